//! `run`: simulates a scenario, prints the report, and writes it with its pictures.

use super::exit::{Exit, Trouble};
use super::folder::{Folder, Item};
use super::options::{Edits, Format, Repetition};
use super::watch::{Watcher, catch_interrupts};
use super::{load, output, print};
use clap::Args;
use std::path::{Path, PathBuf};
use windtunnel::experiment::{Experiment, Tracing, perform};
use windtunnel::report::text::Style;
use windtunnel::report::{comparison, json, page, plot, text, traces};
use windtunnel::results::{Ladder, Results};

/// How many traces of each sort are written if the scenario does not say it.
const TRACES: usize = 20;

/// Simulate a scenario: print verdict, objectives, bottleneck and tables; write result and pictures
#[derive(Args)]
pub(super) struct Arguments {
    /// The scenario
    file: PathBuf,

    /// Run this variant instead of the base
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,

    /// Run this variant beside it, with the same seeds, and compare them; its own objectives decide nothing; repeatable
    #[arg(long, value_name = "VARIANT")]
    with: Vec<String>,

    #[command(flatten)]
    edits: Edits,

    #[command(flatten)]
    repetition: Repetition,

    /// Also write whole requests of the first replication to FILE: the slowest, some that failed, some of all; 20 of
    /// each, or as many as `[report] traces` says. A name that
    /// ends with `.jsonl` gets OTLP lines, any other one the JSON that Perfetto opens; repeatable
    #[arg(long, value_name = "FILE")]
    traces: Vec<PathBuf>,

    /// Folder for result and pictures; variants go to folders below it [default: reports/<scenario>]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// What is printed: a report, or a JSON object (with `--with` an array of them)
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// The file for people, which shows everything.
const PAGE: &str = "report.html";

impl Arguments {
    /// What is run: what was asked for, then what stands beside it.
    fn trials(&self) -> load::Trials {
        let mut trials = vec![self.variant.clone()];
        for variant in self.with.iter().cloned().map(Some) {
            if !trials.contains(&variant) {
                trials.push(variant);
            }
        }
        trials
    }
}

/// The command.
pub(super) fn run(arguments: &Arguments) -> Result<Exit, Trouble> {
    let file = &arguments.file;
    let experiment = load::experiment(file, &arguments.edits, |_, _| arguments.trials())?;
    let mut experiment = arguments.repetition.apply(experiment);
    let shown = experiment.trials[0].scenario.shown.traces;
    let is_asked = shown == 0 && !arguments.traces.is_empty();
    arguments.traces.iter().try_for_each(|path| output::check(path))?;
    experiment.tracing = Tracing::On(if is_asked { TRACES } else { shown });
    catch_interrupts();
    let watcher = match arguments.edits.quiet {
        true => Watcher::silent(&experiment),
        false => Watcher::new(&experiment, &experiment.trials[0].subject.title),
    };
    let all = perform(&experiment, &watcher);
    let wall = watcher.finish();
    let Some(all) = all else {
        print::message("interrupted before anything was run");
        return Ok(Exit::Interrupted);
    };
    print::result(&match arguments.format {
        Format::Text => report(&all),
        Format::Json if all.len() == 1 => json::json(&all[0], wall),
        Format::Json => array(&all, wall),
    })?;
    let folder = Folder::of(file, arguments.out.as_deref());
    let exit = Exit::of(&all[0]);
    if let Err(trouble) = write(&folder, &experiment, &all, wall) {
        return Ok(exit.max(trouble.tell()));
    }
    for path in &arguments.traces {
        if let Err(trouble) = write_traces(path, &all[0]) {
            return Ok(exit.max(trouble.tell()));
        }
    }
    if !arguments.edits.quiet {
        let path = folder.path_for(arguments.variant.as_deref()).join(PAGE);
        print::message(&format!("page, with result and pictures beside it: {}", path.display()));
    }
    Ok(exit)
}

/// The report on what was asked for, of what was run beside it the verdicts and why, and how they compare.
fn report(all: &[Results]) -> String {
    let style = print::style();
    let mut parts = vec![text::text(&all[0], style)];
    parts.extend(all[1..].iter().map(|other| beside(other, style)));
    if all.len() > 1 {
        parts.push(comparison::text(all));
    }
    parts.join("\n")
}

/// The report on what was run beside: what became of its expectations, and why. They gate nothing: a bad variant is the point of
/// a variant.
fn beside(other: &Results, style: Style) -> String {
    text::verdict(other, style)
        + &text::judgements("objectives, only for information", &other.objectives, style)
        + &text::judgements("claims, only for information", &other.claims, style)
        + &text::diagnosis(other, style)
        + &text::bottleneck(other, style)
}

/// The objects of several results, in an array.
fn array(all: &[Results], wall: f64) -> String {
    list(all.iter().map(|results| json::json(results, wall)))
}

/// JSON objects in an array.
pub(super) fn list(objects: impl Iterator<Item = String>) -> String {
    let objects: Vec<String> = objects.map(|object| object.trim_end().to_owned()).collect();
    format!("[{}]\n", objects.join(",\n"))
}

/// Writes whole requests in the form that the name of the file asks for.
fn write_traces(path: &Path, results: &Results) -> Result<(), Trouble> {
    let is_lines = path.extension().is_some_and(|extension| extension == "jsonl");
    let text = if is_lines { traces::otlp(&results.traces) } else { traces::perfetto(&results.traces) };
    output::write(path, text.as_bytes())
}

/// Writes the folder of each result.
fn write(folder: &Folder, experiment: &Experiment, all: &[Results], wall: f64) -> Result<(), Trouble> {
    for (index, (trial, results)) in experiment.trials.iter().zip(all).enumerate() {
        let background = experiment.background(trial, results);
        let mut items = vec![
            Item::new(PAGE, page::page(results, &background)),
            Item::new("result.json", json::json(results, wall)),
        ];
        if trial.scenario.shown.traces > 0 {
            items.push(Item::new("traces.json", traces::perfetto(&results.traces)));
        }
        let pictures = plot::pictures(&subject(results), &results.series, &results.ladders, &results.faults);
        items.extend(pictures.iter().flat_map(|picture| files(picture.stem, picture)));
        if index == 0 && all.len() > 1 {
            items.extend(files("compared", &compared(all)));
        }
        folder.write(&results.subject, &items)?;
    }
    Ok(())
}

/// A picture in both of its forms.
fn files(stem: &str, picture: &plot::Picture) -> [Item; 2] {
    [Item::new(format!("{stem}.svg"), picture.svg()), Item::new(format!("{stem}.png"), picture.png())]
}

/// The latency distributions over each other.
fn compared(all: &[Results]) -> plot::Picture {
    let runs: Vec<(&str, &[Ladder])> =
        all.iter().map(|results| (comparison::label(results), results.ladders.as_slice())).collect();
    plot::compared_distributions(&all[0].subject.title, &runs)
}

/// What stands above the pictures.
fn subject(results: &Results) -> String {
    match &results.subject.variant {
        Some(variant) => format!("{} @ {variant}", results.subject.title),
        None => results.subject.title.clone(),
    }
}
