//! Options that several commands have.

use clap::{Args, ValueEnum};
use windtunnel::experiment::Experiment;

/// What a scenario is read with.
#[derive(Args)]
pub(super) struct Edits {
    /// Set a value of the scenario, as in `--set server.web.instances=4`; repeatable
    #[arg(long, value_name = "PATH=VALUE")]
    pub(super) set: Vec<String>,

    /// Show only errors on stderr: no progress, no warnings
    #[arg(long, short)]
    pub(super) quiet: bool,
}

/// How a scenario is run.
#[derive(Args)]
pub(super) struct Repetition {
    /// Seed of the first replication, instead of the scenario's
    #[arg(long, value_name = "N")]
    seed: Option<u64>,

    /// How often to run it, each time with another seed, instead of what the scenario says
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=100_000))]
    replications: Option<u64>,
}

impl Repetition {
    /// Makes an experiment use the seed and the number of replications that were asked for.
    pub(super) fn apply(&self, mut experiment: Experiment) -> Experiment {
        experiment.seed = self.seed.unwrap_or(experiment.seed);
        experiment.replications = self.replications.unwrap_or(experiment.replications);
        experiment
    }
}

/// What a result looks like.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub(super) enum Format {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
}
