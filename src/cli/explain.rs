//! `explain`: what is known of a scenario before it runs, and its plan as a listing or a graph.

use super::exit::{Exit, Trouble};
use super::options::Edits;
use super::{load, print};
use clap::{Args, ValueEnum};
use serde_json::json;
use std::path::PathBuf;
use windtunnel::plan::{bounds, listing, topology};
use windtunnel::report::explain;
use windtunnel::report::topology::{dot, mermaid};

/// Show what is known before the run: load and bounds of every station, what fails with what, then the plan as a listing
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

/// What an explanation looks like.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
enum Format {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
    /// The topology as a Mermaid flowchart, which many Markdown viewers draw
    Mermaid,
    /// The topology as a digraph for Graphviz
    Dot,
}

/// The command.
pub(super) fn explain(arguments: &Arguments) -> Result<Exit, Trouble> {
    let trials = vec![arguments.variant.clone()];
    // The text has the lints.
    let edits = Edits { set: arguments.edits.set.clone(), quiet: true };
    let experiment = load::experiment(&arguments.file, &edits, |_, _| trials)?;
    let plan = &experiment.trials[0].scenario.plan;
    let topology = topology(plan);
    print::result(&match arguments.format {
        Format::Text => {
            explain::explain(&plan.title, &bounds(plan), &experiment.remarks, &topology, &listing(plan))
        }
        Format::Json => {
            let object = json!({
                "scenario": experiment.trials[0].subject,
                "bounds": bounds(plan),
                "diagnostics": experiment.remarks,
                "topology": topology,
                "listing": listing(plan),
            });
            format!("{object:#}\n")
        }
        Format::Mermaid => mermaid(&plan.title, &topology),
        Format::Dot => dot(&plan.title, &topology),
    })?;
    Ok(Exit::Pass)
}
