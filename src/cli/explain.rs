//! `explain`: what is known of a scenario before it runs, and its plan as a listing.

use super::exit::{Exit, Trouble};
use super::options::{Edits, Format};
use super::{load, print};
use clap::Args;
use serde_json::json;
use std::path::PathBuf;
use windtunnel::plan::{bounds, listing};
use windtunnel::report::explain;

/// Show what is known before the run: load and bounds of every station, then the plan as a listing
#[derive(Args)]
pub(super) struct Arguments {
    /// The scenario
    file: PathBuf,

    /// This variant instead of the base
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,

    #[command(flatten)]
    edits: Edits,

    /// What is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// The command.
pub(super) fn explain(arguments: &Arguments) -> Result<Exit, Trouble> {
    let trials = vec![arguments.variant.clone()];
    // The text says what is overloaded.
    let edits = Edits { set: arguments.edits.set.clone(), quiet: true };
    let experiment = load::experiment(&arguments.file, &edits, |_, _| Some(trials))?;
    let plan = &experiment.trials[0].scenario.plan;
    let (bounds, listing) = (bounds(plan), listing(plan));
    print::result(&match arguments.format {
        Format::Text => explain::explain(&plan.title, &bounds, &listing),
        Format::Json => {
            let subject = &experiment.trials[0].subject;
            format!("{:#}\n", json!({ "scenario": subject, "bounds": bounds, "listing": listing }))
        }
    })?;
    Ok(Exit::Pass)
}
