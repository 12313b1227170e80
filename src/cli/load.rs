//! Reads scenario files, and shows what is wrong with them.

use super::exit::{Exit, Trouble};
use super::options::Edits;
use super::print;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use windtunnel::estimate::check_measured;
use windtunnel::experiment::{Experiment, Input, Trial};
use windtunnel::files::Files;
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

/// The files in a scenario's folder, and those that a path leads to from there.
#[derive(Debug)]
pub(super) struct Beside {
    folder: PathBuf,
}

impl Beside {
    /// The files beside this scenario.
    pub(super) fn of(scenario: &Path) -> Beside {
        Beside { folder: scenario.parent().unwrap_or(Path::new("")).to_owned() }
    }
}

impl Files for Beside {
    fn open(&self, path: &str) -> io::Result<Box<dyn BufRead>> {
        let path = self.folder.join(path);
        // A pipe could be read only once.
        if !fs::metadata(&path)?.is_file() {
            return Err(io::Error::other("it is no regular file"));
        }
        Ok(Box::new(BufReader::with_capacity(1 << 16, File::open(&path)?)))
    }
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
        let document = document.with_files(Beside::of(path));
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
