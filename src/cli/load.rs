//! Reads scenario files, and shows what is wrong with them.

use super::exit::{Exit, Trouble};
use super::options::Edits;
use super::print;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};
use windtunnel::estimate::check_measured;
use windtunnel::experiment::{Experiment, Input, Trial};
use windtunnel::files::Files;
use windtunnel::plan::Document;
use windtunnel::report::ci::{Problem, Weight};
use windtunnel::report::text::Style;
use windtunnel::scenario::{Diagnostic, Diagnostics, Severity, Sources, render, render_coloured};

/// The text of a scenario file.
pub(super) fn read(path: &Path) -> Result<String, Trouble> {
    let cannot = |why: String| Trouble::invalid(format!("cannot read {}: {why}", path.display()));
    if path.is_dir() {
        return Err(cannot("it is a folder".to_owned()));
    }
    // One byte more than is allowed: then the reader of scenarios says so.
    let length_max = Sources::BYTES_MAX as u64 + 1;
    let unreadable = |error: io::Error| {
        let mut longer = path.as_os_str().to_owned();
        longer.push(".toml");
        match error.kind() {
            ErrorKind::NotFound if Path::new(&longer).is_file() => {
                let there = Path::new(&longer).display();
                Trouble::invalid(format!("cannot read {}: {error}; did you mean {there}?", path.display()))
            }
            _ => Trouble::unreadable(path, &error),
        }
    };
    let file = File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(length_max).read_to_end(&mut bytes).map_err(unreadable)?;
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
    trials: impl FnOnce(&Document, &mut Diagnostics) -> Trials,
) -> Result<Experiment, Trouble> {
    let found = find(path, edits, trials);
    found.tell();
    found.experiment.map_err(|trouble| Trouble::said(trouble.exit()))
}

/// What came of reading a scenario.
pub(super) struct Found {
    /// What can be run; a trouble without words if the diagnostics say why nothing can.
    pub(super) experiment: Result<Experiment, Trouble>,
    /// What is wrong, as far as it is to be shown.
    pub(super) problems: Vec<Problem>,
    said: String,
}

impl Found {
    /// Nothing can be run.
    pub(super) fn trouble(trouble: Trouble) -> Found {
        let message = trouble.message().to_owned();
        let problem = Problem { weight: Weight::Error, position: None, message };
        let problems = if trouble.message().is_empty() { Vec::new() } else { vec![problem] };
        Found { experiment: Err(trouble), problems, said: String::new() }
    }

    /// Shows on stderr what is wrong.
    pub(super) fn tell(&self) {
        if !self.said.is_empty() {
            print::message(&self.said);
        }
        if let Err(trouble) = &self.experiment {
            trouble.tell();
        }
    }
}

/// Builds an experiment from a file, and says nothing yet.
pub(super) fn find(
    path: &Path,
    edits: &Edits,
    trials: impl FnOnce(&Document, &mut Diagnostics) -> Trials,
) -> Found {
    let text = match read(path) {
        Ok(text) => text,
        Err(trouble) => return Found::trouble(trouble),
    };
    let file = path.display().to_string();
    let mut diagnostics = Diagnostics::new();
    let (sources, document) = Document::parse(&file, &text, &edits.set, &mut diagnostics);
    let input = Input { file: &file, text: &text, settings: &edits.set };
    let experiment = document.and_then(|document| {
        let document = document.with_files(Beside::of(path));
        let trials = trials(&document, &mut diagnostics);
        let variants: Vec<Option<&str>> = trials.iter().map(Option::as_deref).collect();
        let experiment = Experiment::new(&document, input, &variants, &mut diagnostics)?;
        check_estimates(&experiment.trials[0], &mut diagnostics);
        Some(experiment)
    });
    let (mut problems, mut said) = (Vec::new(), String::new());
    if diagnostics.has_errors() || !edits.quiet {
        problems = diagnostics.sorted().into_iter().map(|one| problem(one, &sources)).collect();
        said = rendered(&diagnostics, &sources);
    }
    let experiment = experiment.filter(|_| !diagnostics.has_errors()).ok_or(Trouble::said(Exit::Invalid));
    Found { experiment, problems, said }
}

/// A diagnostic without its picture of the text.
fn problem(diagnostic: &Diagnostic, sources: &Sources) -> Problem {
    let position = diagnostic.location.map(|location| sources.position(location));
    let mut message = diagnostic.message.clone();
    if let Some(help) = &diagnostic.help {
        message += &format!(" ({help})");
    }
    if let Some(lint) = diagnostic.lint {
        message += &format!(" [{lint}]");
    }
    Problem {
        weight: match diagnostic.severity {
            Severity::Error => Weight::Error,
            Severity::Warning => Weight::Warning,
        },
        position: position.map(|position| (position.line, position.column)),
        message,
    }
}

/// Estimates name metrics that measure them.
fn check_estimates(trial: &Trial, diagnostics: &mut Diagnostics) {
    let dimension_of = |name: &str| trial.catalogue.get(name).map(|definition| definition.dimension());
    let names: Vec<&str> = trial.catalogue.iter().map(|(name, _)| name).collect();
    check_measured(&trial.scenario.estimates, dimension_of, &names, diagnostics);
}

/// Shows diagnostics on stderr, if there are any.
pub(super) fn show(diagnostics: &Diagnostics, sources: &Sources) {
    let said = rendered(diagnostics, sources);
    if !said.is_empty() {
        print::message(&said);
    }
}

fn rendered(diagnostics: &Diagnostics, sources: &Sources) -> String {
    if diagnostics.sorted().is_empty() {
        return String::new();
    }
    let mut text = match print::message_style() {
        Style::Plain => render(diagnostics, sources),
        Style::Colour => render_coloured(diagnostics, sources),
    };
    let lints: BTreeSet<&str> = diagnostics.iter().filter_map(|diagnostic| diagnostic.lint).collect();
    if let Some(first) = lints.first() {
        let id = if lints.len() == 1 { first } else { "ID" };
        text += &format!("\n`windtunnel list lints {id}` explains, `[lint] allow = [\"{id}\"]` silences.\n");
    }
    text
}
