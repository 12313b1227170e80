//! `check`: judges the objectives and claims of scenarios, for CI.

use super::exit::{Exit, Trouble};
use super::options::{Edits, Format, Repetition};
use super::watch::{Watcher, catch_interrupts, is_interrupted};
use super::{load, print, run};
use clap::Args;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;
use windtunnel::experiment::perform;
use windtunnel::plan::{Document, Objective, build};
use windtunnel::report::text::{self, Style};
use windtunnel::results::{Results, Verdict};
use windtunnel::scenario::Diagnostics;

/// Judge the objectives and claims of scenarios and of the variants that these name; write nothing
#[derive(Args)]
pub(super) struct Arguments {
    /// Scenarios, or folders with scenarios at any depth
    #[arg(required = true, value_name = "FILE")]
    paths: Vec<PathBuf>,

    #[command(flatten)]
    edits: Edits,

    #[command(flatten)]
    repetition: Repetition,

    /// What is printed: a line for each expectation, or an array of the JSON objects of `run`
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// The command.
pub(super) fn check(arguments: &Arguments) -> Result<Exit, Trouble> {
    let files = files(&arguments.paths)?;
    catch_interrupts();
    let begin = Instant::now();
    let style = print::style();
    let (mut exit, mut summary, mut all) = (Exit::Pass, Summary::default(), Vec::new());
    for (index, file) in files.iter().enumerate() {
        if is_interrupted() {
            exit = exit.max(Exit::Interrupted);
            summary.not_run += files.len() - index;
            break;
        }
        match judge(file, arguments) {
            Ok(results) => {
                // Only the base decides: a bad variant is the point of a variant.
                exit = exit.max(Exit::of(&results[0]));
                summary.add(&results[0]);
                match arguments.format {
                    Format::Text => print::result(&(lines(file, &results, style) + "\n"))?,
                    Format::Json => all.extend(results),
                }
            }
            Err(trouble) => {
                summary.not_run += 1;
                exit = exit.max(trouble.tell());
            }
        }
    }
    print::result(&match arguments.format {
        Format::Text => summary.line(files.len()),
        Format::Json => run::array(&all, begin.elapsed().as_secs_f64()),
    })?;
    Ok(exit)
}

/// Runs a scenario with the variants that its expectations name.
fn judge(file: &Path, arguments: &Arguments) -> Result<Vec<Results>, Trouble> {
    let experiment = load::experiment(file, &arguments.edits, named_trials)?;
    let experiment = arguments.repetition.apply(experiment);
    let watcher = match arguments.edits.quiet {
        true => Watcher::silent(&experiment),
        false => Watcher::new(&experiment, &file.display().to_string()),
    };
    let all = perform(&experiment, &watcher);
    watcher.finish();
    all.ok_or(Trouble::said(Exit::Interrupted))
}

/// The base, and the variants that its objectives and claims name, in the order of the file. The others are only built, which
/// finds what is wrong with them.
fn named_trials(document: &Document, diagnostics: &mut Diagnostics) -> Option<load::Trials> {
    let base = build(document, None, diagnostics)?;
    for variant in document.variants() {
        build(document, Some(&variant.name.name), diagnostics);
    }
    let expected: Vec<&Objective> = base.objectives.iter().chain(&base.claims).collect();
    let is_named = |variant: &str| {
        let mut metrics = expected.iter().flat_map(|objective| objective.expectation.metrics());
        metrics.any(|metric| metric.variant.as_ref().is_some_and(|named| named.name == variant))
    };
    let variants = document.variants().iter().map(|variant| variant.name.name.clone());
    Some([None].into_iter().chain(variants.filter(|name| is_named(name)).map(Some)).collect())
}

/// The block of a scenario: a line for each expectation.
fn lines(file: &Path, all: &[Results], style: Style) -> String {
    let base = &all[0];
    let mut text = format!("{}\n{}", file.display(), text::verdict(base, style));
    text += &text::judgements("objectives", &base.objectives, style);
    text += &text::judgements("claims", &base.claims, style);
    for variant in &all[1..] {
        let name = variant.subject.variant.as_deref().unwrap_or_default();
        let heading = format!("objectives @ {name}, only for information");
        text += &text::judgements(&heading, &variant.objectives, style);
    }
    text
}

/// The files that the paths stand for, each once.
fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Trouble> {
    let mut files = Vec::new();
    for path in paths {
        let found = scenarios(path)?;
        if found.is_empty() {
            return Err(Trouble::invalid(format!("there is no scenario (*.toml) in {}", path.display())));
        }
        for file in found {
            if !files.contains(&file) {
                files.push(file);
            }
        }
    }
    Ok(files)
}

/// The scenarios below a folder, in the order of their names; a file itself.
pub(super) fn scenarios(path: &Path) -> Result<Vec<PathBuf>, Trouble> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let cannot = |error: io::Error| Trouble::invalid(format!("cannot read {}: {error}", path.display()));
    let entries = fs::read_dir(path).map_err(cannot)?;
    let entries: io::Result<Vec<PathBuf>> = entries.map(|entry| entry.map(|entry| entry.path())).collect();
    let mut entries = entries.map_err(cannot)?;
    entries.sort();
    let mut files = Vec::new();
    for entry in entries {
        if entry.is_dir() && !entry.is_symlink() {
            files.extend(scenarios(&entry)?);
        } else if entry.is_file() && entry.extension().is_some_and(|extension| extension == "toml") {
            files.push(entry);
        }
    }
    Ok(files)
}

/// What came of all scenarios.
#[derive(Default)]
struct Summary {
    passed: usize,
    failed: usize,
    inconclusive: usize,
    warnings: usize,
    not_run: usize,
}

impl Summary {
    fn add(&mut self, results: &Results) {
        for judgement in results.expectations() {
            let counter = match judgement.verdict {
                Verdict::Pass => &mut self.passed,
                Verdict::Skipped => continue,
                Verdict::Fail | Verdict::Inconclusive if !judgement.gates => &mut self.warnings,
                Verdict::Fail => &mut self.failed,
                Verdict::Inconclusive => &mut self.inconclusive,
            };
            *counter += 1;
        }
    }

    /// "3 scenarios: 11 expectations hold, 1 fails".
    fn line(&self, scenarios: usize) -> String {
        let counted = |count: usize, one: &str, many: &str| match count {
            0 => None,
            1 => Some(format!("1 {one}")),
            count => Some(format!("{count} {many}")),
        };
        let parts = [
            counted(self.passed, "expectation holds", "expectations hold"),
            counted(self.failed, "fails", "fail"),
            counted(self.inconclusive, "is inconclusive", "are inconclusive"),
            counted(
                self.warnings,
                "does not hold, which is only a warning",
                "do not hold, which are only warnings",
            ),
            counted(self.not_run, "scenario was not run", "scenarios were not run"),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        let said = if parts.is_empty() { "nothing was expected".to_owned() } else { parts.join(", ") };
        format!("{}: {said}\n", counted(scenarios, "scenario", "scenarios").unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_is_a_sentence() {
        for (summary, scenarios, expected) in [
            (Summary::default(), 1, "1 scenario: nothing was expected\n"),
            (Summary { passed: 1, ..Summary::default() }, 2, "2 scenarios: 1 expectation holds\n"),
            (
                Summary { passed: 2, failed: 1, inconclusive: 2, warnings: 1, not_run: 1 },
                4,
                "4 scenarios: 2 expectations hold, 1 fails, 2 are inconclusive, \
                 1 does not hold, which is only a warning, 1 scenario was not run\n",
            ),
        ] {
            assert_eq!(summary.line(scenarios), expected);
        }
    }
}
