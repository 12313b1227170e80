//! `grade`: how complete a scenario is as the answer to a design question.

use super::exit::{Exit, Trouble};
use super::options::{Edits, Format};
use super::{load, print};
use clap::Args;
use serde_json::json;
use std::path::PathBuf;
use windtunnel::grade::grade as graded;
use windtunnel::report::grade;

/// Grade a scenario as the answer to a design question: what is there, what is missing, what is asked next; runs nothing
#[derive(Args)]
pub(super) struct Arguments {
    /// The scenario
    file: PathBuf,

    #[command(flatten)]
    edits: Edits,

    /// What is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// The command.
pub(super) fn grade(arguments: &Arguments) -> Result<Exit, Trouble> {
    let experiment = load::experiment(&arguments.file, &arguments.edits, |document, _| {
        let variants = document.variants().iter().map(|variant| Some(variant.name.name.clone()));
        [None].into_iter().chain(variants).collect()
    })?;
    let (subject, graded) = (&experiment.trials[0].subject, graded(&experiment));
    print::result(&match arguments.format {
        Format::Text => grade::text(&subject.title, &graded, print::style()),
        Format::Json => {
            let object =
                json!({ "scenario": subject, "complete": graded.is_complete(), "steps": graded.steps });
            format!("{object:#}\n")
        }
    })?;
    Ok(if graded.is_complete() { Exit::Pass } else { Exit::Fail })
}
