//! Runs of scenarios: replications over seeds, variants beside each other, and the only threads.
//!
//! An [`Experiment`] is built from a document, which finds everything that is wrong before anything runs. Each of its
//! [`Trial`]s is a scenario that is run, the base or a variant; all of them use the same seeds, replication by replication,
//! so that they can be compared in pairs. Results do not depend on the number of threads: every run is a world of its own,
//! and the runs are folded in the order of their indices.

mod faults;
mod fold;
#[cfg(test)]
mod one_more_kind;
mod run;
mod storm;
#[cfg(test)]
mod tests;
mod trial;

pub use run::{Course, Outcome, Progress, Signal, Tracing, Unwatched, Watch, run};
pub use storm::{StormTerms, StormTrigger, storm};
pub use trial::{Experiment, Input, Listed, Trial, content_hash};

use crate::kernel::random::mix;
use crate::results::Results;

/// The seed of a replication. The first one has the seed itself: one replication is a plain run.
pub fn replication_seed(seed: u64, replication: u64) -> u64 {
    if replication == 0 { seed } else { mix(seed, replication) }
}

/// Everything that came out of an experiment: one result for each trial, in their order; none if it was stopped before
/// anything was run. Judged are the objectives of each trial and the claims of the base, as far as the trials that they name
/// were run.
pub fn perform(experiment: &Experiment, watch: &dyn Watch) -> Option<Vec<Results>> {
    let trials = experiment.trials.len();
    let total = trials * experiment.replications as usize;
    let one = |index: usize| {
        let (replication, trial) = (index / trials, index % trials);
        let wants = if replication == 0 { Course::Kept(experiment.tracing) } else { Course::Dropped };
        let seed = replication_seed(experiment.seed, replication as u64);
        run::run_watched(&experiment.trials[trial], seed, wants, run::Place { index, total }, watch)
    };
    let mut outcomes = each(total, one).into_iter();
    let rows = (0..experiment.replications)
        .map(|_| outcomes.by_ref().take(trials).collect::<Vec<Option<Outcome>>>());
    // What was stopped before it began leaves nothing, and takes the other trials of its replication along: pairs stay pairs.
    let begun: Vec<Vec<Outcome>> = rows.filter_map(|row| row.into_iter().collect()).collect();
    (!begun.is_empty()).then(|| fold::fold(experiment, begun))
}

#[cfg(feature = "cli")]
fn each<T: Send>(count: usize, one: impl Fn(usize) -> T + Send + Sync) -> Vec<T> {
    use rayon::iter::{IntoParallelIterator, ParallelIterator};
    (0..count).into_par_iter().map(one).collect()
}

#[cfg(not(feature = "cli"))]
fn each<T>(count: usize, one: impl Fn(usize) -> T) -> Vec<T> {
    (0..count).map(one).collect()
}
