//! `check`: judges the objectives and claims of scenarios, for CI.

use super::exit::{Exit, Trouble};
use super::load::Found;
use super::options::{Edits, Format, Repetition};
use super::watch::{Watcher, catch_interrupts, is_interrupted};
use super::{load, print, run};
use clap::{Args, ValueEnum};
use rayon::iter::{ParallelBridge, ParallelIterator};
use std::collections::BTreeMap;
use std::env;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Instant;
use windtunnel::estimate::estimate;
use windtunnel::experiment::perform;
use windtunnel::plan::{Document, Expected, build};
use windtunnel::report::ci::{self, Case};
use windtunnel::report::text::{self, Style};
use windtunnel::results::{Estimated, Results, Verdict};
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

    /// Also write a JUnit report, which build servers read
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,

    /// Also append a summary in Markdown; in GitHub's actions by default to the summary of the step
    #[arg(long, value_name = "FILE")]
    summary: Option<PathBuf>,

    /// Who is told of findings by a line on stderr
    #[arg(long, value_enum, default_value_t)]
    annotate: Annotate,
}

/// Who is told of findings.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
enum Annotate {
    /// GitHub where it runs this, otherwise nobody
    #[default]
    Auto,
    /// GitHub, which shows them beside the lines of the files
    Github,
    /// Nobody
    Never,
}

/// What became of a scenario.
struct Judged {
    exit: Exit,
    /// The base, then the variants that its expectations name; empty if it was not run.
    all: Vec<Results>,
    /// The envelope of the base.
    estimates: Vec<Estimated>,
    found: Found,
    seconds: f64,
}

/// The command.
pub(super) fn check(arguments: &Arguments) -> Result<Exit, Trouble> {
    let files = files(&arguments.paths)?;
    catch_interrupts();
    let begin = Instant::now();
    let style = print::style();
    let (mut exit, mut summary) = (Exit::Pass, Summary::default());
    let (mut all, mut cases) = (Vec::new(), Vec::new());
    let label = if let [file] = &files[..] { file.display().to_string() } else { "scenarios".to_owned() };
    let watcher = Watcher::of_many(files.len(), &label, arguments.edits.quiet);
    judge_all(&files, arguments, &watcher, |file, judged| {
        let Judged { exit: one, all: results, estimates, found, seconds } = judged;
        exit = exit.max(one);
        let mut text = String::new();
        if let Some(base) = results.first() {
            summary.add(base);
            text = lines(file, &results, &estimates, style) + "\n";
        } else {
            summary.not_run += 1;
        }
        watcher.aside(|| {
            found.tell();
            if arguments.format == Format::Text { print::result(&text) } else { Ok(()) }
        })?;
        let file = file.display().to_string();
        cases.push(Case { file, results: results.first().cloned(), problems: found.problems, seconds });
        if arguments.format == Format::Json {
            all.extend(results);
        }
        Ok(())
    })?;
    watcher.finish();
    let line = summary.line(files.len());
    print::result(&match arguments.format {
        Format::Text => line.clone(),
        Format::Json => run::array(&all, begin.elapsed().as_secs_f64()),
    })?;
    tell_builders(arguments, line.trim_end(), &cases)?;
    Ok(exit)
}

/// Judges all files, several at a time, and hands them over in their order.
fn judge_all(
    files: &[PathBuf],
    arguments: &Arguments,
    watcher: &Watcher,
    mut hand_over: impl FnMut(&Path, Judged) -> Result<(), Trouble>,
) -> Result<(), Trouble> {
    thread::scope(|scope| {
        let (sender, receiver) = mpsc::channel();
        scope.spawn(move || {
            let numbered = files.iter().enumerate().par_bridge();
            numbered.for_each_with(sender, |sender, (index, file)| {
                // Nobody listens any more where a result could not be written.
                let _ = sender.send((index, judge(index, file, arguments, watcher)));
            });
        });
        let mut early = BTreeMap::new();
        let mut next = 0;
        for (index, judged) in receiver {
            early.insert(index, judged);
            while let Some(judged) = early.remove(&next) {
                hand_over(&files[next], judged)?;
                next += 1;
            }
        }
        Ok(())
    })
}

/// Runs a scenario with the variants that its expectations name.
fn judge(index: usize, file: &Path, arguments: &Arguments, watcher: &Watcher) -> Judged {
    let begin = Instant::now();
    let interrupted = || Trouble::said(Exit::Interrupted);
    let mut found = match is_interrupted() {
        true => Found::trouble(interrupted()),
        false => load::find(file, &arguments.edits, named_trials),
    };
    let (mut all, mut estimates) = (Vec::new(), Vec::new());
    found.experiment = found.experiment.map(|experiment| arguments.repetition.apply(experiment));
    if let Ok(experiment) = &found.experiment {
        match perform(experiment, &watcher.part(index, experiment)) {
            Some(results) => {
                let base = &experiment.trials[0];
                all = results;
                all[0].notes.clone_from(&base.notes);
                estimates = estimate(&base.scenario.estimates, None);
            }
            None => found = Found::trouble(interrupted()),
        }
    }
    let exit = match (&found.experiment, all.first()) {
        (Err(trouble), _) => trouble.exit(),
        // Only the base decides: a bad variant is the point of a variant.
        (Ok(_), base) => base.map_or(Exit::Interrupted, Exit::of),
    };
    Judged { exit, all, estimates, found, seconds: begin.elapsed().as_secs_f64() }
}

/// Writes what build servers read.
fn tell_builders(arguments: &Arguments, line: &str, cases: &[Case]) -> Result<(), Trouble> {
    if let Some(path) = &arguments.junit {
        fs::write(path, ci::junit(cases)).map_err(|error| Trouble::unwritable(path, error))?;
    }
    let is_github = env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true");
    let of_step = env::var_os("GITHUB_STEP_SUMMARY").filter(|path| is_github && !path.is_empty());
    if let Some(path) = &arguments.summary.clone().or(of_step.map(PathBuf::from)) {
        let file = OpenOptions::new().create(true).append(true).open(path);
        let written = file.and_then(|mut file| file.write_all(ci::summary(line, cases).as_bytes()));
        written.map_err(|error| Trouble::unwritable(path, error))?;
    }
    let annotates = match arguments.annotate {
        Annotate::Auto => is_github,
        Annotate::Github => true,
        Annotate::Never => false,
    };
    let annotations = if annotates { ci::annotations(cases) } else { String::new() };
    if !annotations.is_empty() {
        print::message(&annotations);
    }
    Ok(())
}

/// The base, and the variants that its objectives and claims name, in the order of the file. The others are only built, which
/// finds what is wrong with them.
fn named_trials(document: &Document, diagnostics: &mut Diagnostics) -> load::Trials {
    let mut found = Diagnostics::new();
    build(document, None, &mut found);
    // Whoever builds what is run tells its lints.
    found.retain_warnings(|_| false);
    diagnostics.take(found);
    for variant in document.variants() {
        let mut found = Diagnostics::new();
        build(document, Some(&variant.name.name), &mut found);
        diagnostics.take_errors_of(&variant.name.name, found);
    }
    let expected = Expected::read(document, None).objectives;
    let is_named = |variant: &str| {
        let mut metrics = expected.iter().flat_map(|objective| objective.expectation.metrics());
        metrics.any(|metric| metric.variant.as_ref().is_some_and(|named| named.name == variant))
    };
    let variants = document.variants().iter().map(|variant| variant.name.name.clone());
    [None].into_iter().chain(variants.filter(|name| is_named(name)).map(Some)).collect()
}

/// The block of a scenario: a line for each expectation.
fn lines(file: &Path, all: &[Results], estimates: &[Estimated], style: Style) -> String {
    let base = &all[0];
    let mut text = format!("{}\n{}", file.display(), text::verdict(base, style));
    text += &text::judgements("objectives", &base.objectives, style);
    text += &text::judgements("claims", &base.claims, style);
    text += &text::notes(estimates, style);
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
