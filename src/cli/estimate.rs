//! `estimate`: the back of the envelope with its chain of arithmetic, and what a run measures against it.

use super::exit::{Exit, Trouble};
use super::options::{Edits, Format, Repetition};
use super::watch::{Watcher, catch_interrupts};
use super::{load, print};
use clap::Args;
use serde_json::json;
use std::path::PathBuf;
use windtunnel::estimate;
use windtunnel::experiment::{Experiment, perform};
use windtunnel::report;
use windtunnel::results::Metrics;

/// Show the envelope: each estimate with its formula, its value, and what was noted for it
#[derive(Args)]
pub(super) struct Arguments {
    /// The scenario
    file: PathBuf,

    /// Run the scenario, and show what it measures beside the estimates
    #[arg(long)]
    measured: bool,

    /// This variant instead of the base
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,

    #[command(flatten)]
    edits: Edits,

    #[command(flatten)]
    repetition: Repetition,

    /// What is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// The command.
pub(super) fn estimate(arguments: &Arguments) -> Result<Exit, Trouble> {
    let trials = vec![arguments.variant.clone()];
    let experiment = load::experiment(&arguments.file, &arguments.edits, |_, _| trials)?;
    let experiment = arguments.repetition.apply(experiment);
    let (exit, metrics) = match arguments.measured {
        true => measure(&experiment, arguments)?,
        false => (Exit::Pass, None),
    };
    let trial = &experiment.trials[0];
    let lines = estimate::estimate(&trial.scenario.estimates, metrics.as_ref());
    print::result(&match arguments.format {
        Format::Text => report::estimate::text(&trial.subject.title, &lines),
        Format::Json => format!("{:#}\n", json!({ "scenario": trial.subject, "estimates": lines })),
    })?;
    Ok(exit)
}

/// Runs the scenario; its objectives are another question.
fn measure(experiment: &Experiment, arguments: &Arguments) -> Result<(Exit, Option<Metrics>), Trouble> {
    catch_interrupts();
    let watcher = match arguments.edits.quiet {
        true => Watcher::silent(experiment),
        false => Watcher::new(experiment, &experiment.trials[0].subject.title),
    };
    let all = perform(experiment, &watcher);
    watcher.finish();
    let results = all.and_then(|mut all| all.pop()).ok_or(Trouble::said(Exit::Interrupted))?;
    let exit = if results.stop.is_some() { Exit::of(&results) } else { Exit::Pass };
    Ok((exit, Some(results.metrics)))
}
