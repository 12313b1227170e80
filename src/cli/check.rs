//! `check`: judges the objectives and claims of scenarios, for CI.

use super::exit::{Exit, Trouble};
use super::load::Found;
use super::options::{Edits, Format, Repetition};
use super::watch::{Watcher, catch_interrupts, is_interrupted};
use super::{folder, load, output, print, run, walk};
use clap::{Args, ValueEnum};
use rayon::iter::{ParallelBridge, ParallelIterator};
use std::collections::BTreeMap;
use std::env;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Instant;
use windtunnel::estimate::estimate;
use windtunnel::experiment::perform;
use windtunnel::plan::{Document, Expected, build};
use windtunnel::report::ci::{self, Case};
use windtunnel::report::json;
use windtunnel::report::text::{self, Style};
use windtunnel::results::{Estimated, Results, Verdict};
use windtunnel::scenario::Diagnostics;

/// Judge the objectives and claims of scenarios and of the variants that these name; write nothing
#[derive(Args)]
pub(super) struct Arguments {
    /// Scenarios, or folders with scenarios at any depth, but for those that are hidden, `target` and `node_modules`
    #[arg(required = true, value_name = "FILE")]
    paths: Vec<PathBuf>,

    #[command(flatten)]
    edits: Edits,

    #[command(flatten)]
    repetition: Repetition,

    /// What is printed: a line for each expectation, or an array of the JSON objects of `run`; one with `error` for a scenario
    /// that was not run
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
    let files = files(&arguments.paths, &arguments.edits)?;
    let reports = Reports::of(arguments);
    reports.check()?;
    catch_interrupts();
    let begin = Instant::now();
    let style = print::style();
    let (mut exit, mut summary) = (Exit::Pass, Summary::default());
    let (mut objects, mut cases) = (Vec::new(), Vec::new());
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
        if arguments.format == Format::Json {
            match &results[..] {
                [] => objects.push(Object::NotRun(json::not_run(&file, &found.problems))),
                all => objects.extend(all.iter().cloned().map(|one| Object::Run(Box::new(one)))),
            }
        }
        cases.push(Case { file, results: results.into_iter().next(), problems: found.problems, seconds });
        Ok(())
    })?;
    watcher.finish();
    let line = summary.line(files.len());
    print::result(&match arguments.format {
        Format::Text => line.clone(),
        Format::Json => {
            let wall = begin.elapsed().as_secs_f64();
            run::list(objects.into_iter().map(|object| object.text(wall)))
        }
    })?;
    match reports.write(line.trim_end(), &cases) {
        Ok(()) => Ok(exit),
        Err(trouble) => Ok(exit.max(trouble.tell())),
    }
}

/// An object of the array for programs.
enum Object {
    /// Of a run.
    Run(Box<Results>),
    /// Of a scenario that was not run.
    NotRun(String),
}

impl Object {
    fn text(self, wall: f64) -> String {
        match self {
            Object::Run(results) => json::json(&results, wall),
            Object::NotRun(text) => text,
        }
    }
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

/// What build servers read, and where.
struct Reports {
    junit: Option<PathBuf>,
    summary: Option<PathBuf>,
    annotates: bool,
    /// Where the repository lies, of which annotations speak.
    workspace: Option<PathBuf>,
}

impl Reports {
    fn of(arguments: &Arguments) -> Reports {
        let is_github = env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true");
        let path = |name: &str| env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from);
        let of_step = path("GITHUB_STEP_SUMMARY").filter(|_| is_github);
        Reports {
            junit: arguments.junit.clone(),
            summary: arguments.summary.clone().or(of_step),
            annotates: match arguments.annotate {
                Annotate::Auto => is_github,
                Annotate::Github => true,
                Annotate::Never => false,
            },
            workspace: path("GITHUB_WORKSPACE"),
        }
    }

    /// Whether they can be written: nobody wants to hear it after all the runs.
    fn check(&self) -> Result<(), Trouble> {
        self.junit.iter().chain(&self.summary).try_for_each(|path| output::check(path))
    }

    fn write(&self, line: &str, cases: &[Case]) -> Result<(), Trouble> {
        if let Some(path) = &self.junit {
            output::write(path, ci::junit(cases).as_bytes())?;
        }
        if let Some(path) = &self.summary {
            let file = OpenOptions::new().create(true).append(true).open(path);
            let written = file.and_then(|mut file| file.write_all(ci::summary(line, cases).as_bytes()));
            written.map_err(|error| Trouble::unwritable(path, error))?;
        }
        let place_of = |file: &str| place_in(self.workspace.as_deref(), file);
        let annotations = if self.annotates { ci::annotations(cases, &place_of) } else { String::new() };
        if !annotations.is_empty() {
            print::message(&annotations);
        }
        Ok(())
    }
}

/// Where a file lies in the workspace; if it does not, as it was asked for.
fn place_in(workspace: Option<&Path>, file: &str) -> String {
    let absolute = folder::normal(Path::new(file));
    let real = workspace.and_then(|workspace| workspace.canonicalize().ok());
    let roots = [workspace.map(folder::normal), real];
    let inside = roots.iter().flatten().find_map(|root| absolute.strip_prefix(root).ok());
    let path = inside.unwrap_or(Path::new(file));
    path.strip_prefix(".").unwrap_or(path).display().to_string()
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
    if Exit::of(base) != Exit::Pass {
        text += &text::causes(base, style);
    }
    for variant in &all[1..] {
        let name = variant.subject.variant.as_deref().unwrap_or_default();
        let heading = format!("objectives @ {name}, only for information");
        text += &text::judgements(&heading, &variant.objectives, style);
    }
    text
}

/// The files that the paths stand for, each once.
fn files(paths: &[PathBuf], edits: &Edits) -> Result<Vec<PathBuf>, Trouble> {
    let mut files = Vec::new();
    for path in paths {
        let found = walk::Found::at(path)?;
        if !edits.quiet {
            for other in &found.others {
                let note = "note: skipped, since it has neither [scenario] nor [client.NAME]";
                print::message(&format!("{note}: {}", other.display()));
            }
        }
        if found.scenarios.is_empty() {
            return Err(Trouble::invalid(format!("there is no scenario (*.toml) in {}", path.display())));
        }
        for file in found.scenarios {
            // `check .` names files as `check *.toml` does.
            let file = file.strip_prefix(".").map_or(file.clone(), Path::to_owned);
            if !files.contains(&file) {
                files.push(file);
            }
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
    fn files_are_named_by_where_they_lie_in_the_workspace() {
        for (workspace, file, expected) in [
            (None, "a.toml", "a.toml"),
            (None, "./a.toml", "a.toml"),
            (Some("/w"), "/w/s/a.toml", "s/a.toml"),
            (Some("/w"), "/w/s/../a.toml", "a.toml"),
            (Some("/w/"), "/elsewhere/a.toml", "/elsewhere/a.toml"),
            (Some("/w"), "/wide/a.toml", "/wide/a.toml"),
        ] {
            assert_eq!(place_in(workspace.map(Path::new), file), expected, "{file} in {workspace:?}");
        }
        let here = env::current_dir().unwrap();
        let (name, above) = (here.file_name().unwrap().to_string_lossy(), here.parent().unwrap());
        assert_eq!(place_in(Some(above), "./s/a.toml"), format!("{name}/s/a.toml"));
        assert_eq!(place_in(Some(&here), "../a.toml"), "../a.toml");
    }

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
