//! Reads scenario files, and shows what is wrong with them.

use super::exit::{Exit, Trouble};
use super::options::Edits;
use super::print;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use windtunnel::estimate::check_measured;
use windtunnel::experiment::{Experiment, Input, Trial};
use windtunnel::plan::{Document, bounds};
use windtunnel::report::explain::overloads;
use windtunnel::scenario::{Diagnostics, Sources, render};

/// The text of a scenario file.
pub(super) fn read(path: &Path) -> Result<String, Trouble> {
    let cannot = |why: String| Trouble::invalid(format!("cannot read {}: {why}", path.display()));
    if path.is_dir() {
        return Err(cannot("it is a folder".to_owned()));
    }
    // One byte more than is allowed: then the reader of scenarios says so.
    let length_max = Sources::BYTES_MAX as u64 + 1;
    let file = File::open(path).map_err(|error| cannot(error.to_string()))?;
    let mut bytes = Vec::new();
    file.take(length_max).read_to_end(&mut bytes).map_err(|error| cannot(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..good].iter().filter(|byte| **byte == b'\n').count() + 1;
        cannot(format!("line {line} is not UTF-8 text"))
    })
}

/// What is run of a scenario: variants, or none for the base.
pub(super) type Trials = Vec<Option<String>>;

/// Builds an experiment from a file: `trials` says what is run of the document. Everything that is wrong is shown on stderr,
/// and then nothing is run.
pub(super) fn experiment(
    path: &Path,
    edits: &Edits,
    trials: impl FnOnce(&Document, &mut Diagnostics) -> Option<Trials>,
) -> Result<Experiment, Trouble> {
    let text = read(path)?;
    let file = path.display().to_string();
    let mut diagnostics = Diagnostics::new();
    let (sources, document) = Document::parse(&file, &text, &edits.set, &mut diagnostics);
    let input = Input { file: &file, text: &text, settings: &edits.set };
    let experiment = document.and_then(|document| {
        let trials = trials(&document, &mut diagnostics)?;
        let variants: Vec<Option<&str>> = trials.iter().map(Option::as_deref).collect();
        let experiment = Experiment::new(&document, input, &variants, &mut diagnostics)?;
        check_estimates(&experiment.trials[0], &mut diagnostics);
        Some(experiment)
    });
    if diagnostics.has_errors() || !edits.quiet {
        show(&diagnostics, &sources);
    }
    if diagnostics.has_errors() {
        return Err(Trouble::said(Exit::Invalid));
    }
    let experiment = experiment.ok_or(Trouble::said(Exit::Invalid))?;
    if !edits.quiet {
        warn_of_overloads(&experiment.trials[0]);
    }
    Ok(experiment)
}

/// Estimates name metrics that measure them.
fn check_estimates(trial: &Trial, diagnostics: &mut Diagnostics) {
    let dimension_of = |name: &str| trial.catalogue.get(name).map(|definition| definition.dimension());
    let names: Vec<&str> = trial.catalogue.iter().map(|(name, _)| name).collect();
    check_measured(&trial.scenario.estimates, dimension_of, &names, diagnostics);
}

/// Storms are the point of many scenarios, so an overload that is known before the run is no error.
fn warn_of_overloads(trial: &Trial) {
    for overload in overloads(&bounds(&trial.scenario.plan)) {
        print::message(&format!("warning: overload: {overload}"));
    }
}

/// Shows diagnostics on stderr, if there are any.
pub(super) fn show(diagnostics: &Diagnostics, sources: &Sources) {
    if !diagnostics.sorted().is_empty() {
        print::message(&render(diagnostics, sources));
    }
}
