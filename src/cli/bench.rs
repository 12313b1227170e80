//! `bench`: measures how fast this machine simulates three models, and checks their results.

use super::exit::{Exit, Trouble};
use super::options::Format;
use super::print;
use super::watch::{catch_interrupts, is_interrupted};
use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use std::time::Instant;
use windtunnel::experiment::{Experiment, Input, Outcome, Unwatched, run};
use windtunnel::plan::Document;
use windtunnel::scenario::{Diagnostics, format_count, format_duration};

/// Measure how fast this machine simulates, and check that the results are those of every other machine
#[derive(Args)]
pub(super) struct Arguments {
    /// Only this model; repeatable
    #[arg(long, value_enum)]
    model: Vec<Name>,

    /// How often each is run; the fastest counts
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=1000))]
    rounds: u32,

    /// What is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// What a model is called.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Name {
    /// One server
    Mm1,
    /// Four servers, one queue
    Mm4,
    /// A balancer, eight servers and a database
    Chain,
}

/// A scenario whose answer is known.
struct Model {
    name: Name,
    word: &'static str,
    text: &'static str,
    /// The mean sojourn time \[s\]: M/M/c (Erlang 1917), and an open network of them (Jackson 1957).
    exact: f64,
    /// That of the run with the scenario's seed, on every machine.
    fingerprint: u64,
}

/// The models, from simple to large.
const MODELS: [Model; 3] = [
    Model {
        name: Name::Mm1,
        word: "mm1",
        text: include_str!("../../benches/models/mm1.toml"),
        exact: 5.0,
        fingerprint: 0xd032_c81d_d799_7f77,
    },
    Model {
        name: Name::Mm4,
        word: "mm4",
        text: include_str!("../../benches/models/mm4.toml"),
        exact: 1.745_540_6,
        fingerprint: 0xb66d_3bff_c7c9_5148,
    },
    Model {
        name: Name::Chain,
        word: "chain",
        text: include_str!("../../benches/models/chain.toml"),
        exact: 0.023_531_787,
        fingerprint: 0xa9b0_4104_73b0_1880,
    },
];

/// Runs of these lengths come nearer than this to the exact value, as a share of it.
const GAP_MAX: f64 = 0.02;

/// What was measured of a model.
struct Measurement<'a> {
    model: &'a Model,
    outcome: Outcome,
    /// The mean sojourn time \[s\].
    mean: f64,
    /// How long the fastest round took \[s\].
    wall: f64,
}

/// The command.
pub(super) fn bench(arguments: &Arguments) -> Result<Exit, Trouble> {
    catch_interrupts();
    let is_asked = |model: &&Model| arguments.model.is_empty() || arguments.model.contains(&model.name);
    let (mut exit, mut objects) = (Exit::Pass, Vec::new());
    if arguments.format == Format::Text {
        print::result(&row(&[
            "model",
            "requests/s",
            "events/s",
            "ns/event",
            "mean time",
            "exact",
            "gap",
            "",
        ]))?;
    }
    for model in MODELS.iter().filter(is_asked) {
        let Some(measured) = measure(model, arguments.rounds) else { return Ok(Exit::Interrupted) };
        if !measured.is_right() {
            exit = Exit::Trouble;
        }
        match arguments.format {
            Format::Text => print::result(&measured.line())?,
            Format::Json => objects.push(measured.json()),
        }
    }
    if arguments.format == Format::Json {
        print::result(&format!("{:#}\n", Value::Array(objects)))?;
    }
    Ok(exit)
}

/// Runs a model; none if the user has had enough.
fn measure(model: &Model, rounds: u32) -> Option<Measurement<'_>> {
    let mut diagnostics = Diagnostics::new();
    let document = Document::parse(model.word, model.text, &[], &mut diagnostics).1;
    let input = Input { file: model.word, text: model.text, settings: &[] };
    let experiment =
        document.and_then(|document| Experiment::new(&document, input, &[None], &mut diagnostics));
    let experiment = experiment.expect("the models are valid");
    let trial = &experiment.trials[0];
    let (mut wall, mut last) = (f64::INFINITY, None);
    for _ in 0..rounds {
        if is_interrupted() {
            return None;
        }
        let begin = Instant::now();
        last = run(trial, experiment.seed, &Unwatched);
        wall = wall.min(begin.elapsed().as_secs_f64());
    }
    let outcome = last.expect("there is a round, and nobody stops it");
    let index = trial.listed().iter().position(|listed| listed.name == "c.latency.mean");
    let mean = index.and_then(|index| outcome.values[index]).expect("requests were completed");
    Some(Measurement { model, outcome, mean, wall })
}

impl Measurement<'_> {
    fn gap(&self) -> f64 {
        self.mean / self.model.exact - 1.0
    }

    fn is_right(&self) -> bool {
        let is_same = self.outcome.fingerprint == self.model.fingerprint;
        is_same && self.gap().abs() < GAP_MAX && self.outcome.laws.broken.is_empty()
    }

    fn requests_per_second(&self) -> f64 {
        self.outcome.conservation.born as f64 / self.wall
    }

    fn events_per_second(&self) -> f64 {
        self.outcome.events as f64 / self.wall
    }

    fn line(&self) -> String {
        let (found, known) = (self.outcome.fingerprint, self.model.fingerprint);
        let fingerprint = match found == known {
            true => format!("fingerprint {found:016x}, as everywhere"),
            false => format!("fingerprint {found:016x} is WRONG: it is {known:016x}"),
        };
        row(&[
            self.model.word,
            &format_count(self.requests_per_second()),
            &format_count(self.events_per_second()),
            &format!("{:.1}", 1e9 / self.events_per_second()),
            &format_duration(self.mean),
            &format_duration(self.model.exact),
            &format!("{:+.2} %", self.gap() * 100.0),
            &fingerprint,
        ])
    }

    fn json(&self) -> Value {
        json!({
            "model": self.model.word,
            "requests": self.outcome.conservation.born,
            "events": self.outcome.events,
            "wall_s": self.wall,
            "requests_per_s": self.requests_per_second(),
            "events_per_s": self.events_per_second(),
            "mean_s": self.mean,
            "exact_s": self.model.exact,
            "fingerprint": format!("{:016x}", self.outcome.fingerprint),
            "right": self.is_right(),
        })
    }
}

fn row(cells: &[&str; 8]) -> String {
    let [model, requests, events, per_event, mean, exact, gap, rest] = cells;
    let figures =
        format!("{model:5}  {requests:>10}  {events:>8}  {per_event:>8}  {mean:>9}  {exact:>9}  {gap:>8}");
    format!("{figures}  {rest}").trim_end().to_owned() + "\n"
}
