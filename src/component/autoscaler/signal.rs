//! What an autoscaler follows: a measure of its target or of another component, and what is made of it.

use super::super::{Reading, Sight};
use crate::scenario::{Entry, Named, Node, Table, Value};
use crate::station::Load;
use crate::units::{SECOND, Span, Time};

/// What is measured over a window.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Measure {
    /// Busy workers, or cores where these are scarcer, as a share of those that there are.
    Utilization,
    /// How many wait for a worker.
    Queue,
    /// How many arrive \[1/s\].
    Rate,
    /// A level of a component, as it is at the end of the window.
    Level {
        /// Whose.
        of: Named,
        /// Which.
        level: String,
    },
}

/// What is made of it.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Goal {
    /// As much of it for each instance.
    Each(f64),
    /// At or beyond these bounds so many instances more, or fewer; ascending.
    Steps {
        /// More.
        up: Vec<(f64, u32)>,
        /// Fewer.
        down: Vec<(f64, u32)>,
    },
}

/// A measure and a goal.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Signal {
    pub measure: Measure,
    pub goal: Goal,
}

/// A look at the begin of a window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Begin {
    pub at: Time,
    pub load: Load,
}

/// What was measured.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Measured {
    /// The mean over the instances that were up.
    Mean(f64),
    /// The sum over all instances.
    Sum(f64),
    /// Nothing could be: nobody was up, or there is no such level yet.
    Nothing,
}

impl Measure {
    /// What comes of two looks.
    pub(super) fn between(&self, begin: &Begin, now: Time, sight: &Sight) -> Measured {
        let span = now.since(begin.at).0 as f64;
        let (from, to) = (&begin.load, &sight.load);
        let share = |busy: u128, there: u128| if there == 0 { 0.0 } else { busy as f64 / there as f64 };
        match self {
            Measure::Utilization if to.workers == from.workers => Measured::Nothing,
            Measure::Utilization => {
                let workers = share(to.busy - from.busy, to.workers - from.workers);
                let cores = share(to.computing - from.computing, to.cores - from.cores);
                Measured::Mean(workers.max(cores))
            }
            Measure::Queue => Measured::Sum((to.queued - from.queued) as f64 / span),
            Measure::Rate => Measured::Sum((to.arrived - from.arrived) as f64 / (span / SECOND as f64)),
            Measure::Level { .. } => sight.level.map_or(Measured::Nothing, Measured::Sum),
        }
    }
}

/// The measures that have a word of their own.
const WORDS: [&str; 4] = ["utilization", "queue", "rate", "level"];

pub(super) fn read_signal(reading: &mut Reading<'_, '_>, entry: &Entry) -> Option<Signal> {
    let context = format!("`follow` of {}", reading.context());
    let table = reading.reader.table(&entry.node)?;
    let known: Vec<&str> = WORDS.into_iter().chain(["each"]).collect();
    reading.reader.check_keys(table, &context, &known);
    let found: Vec<&Entry> = WORDS.iter().filter_map(|word| table.entry(word)).collect();
    let [followed] = found[..] else {
        let message = format!("{context} needs one of `utilization`, `queue`, `rate` and `level`");
        reading
            .reader
            .error(found.get(1).map_or(entry.name_location, |second| second.name_location), message);
        return None;
    };
    let measure = match followed.name.as_str() {
        "utilization" => Measure::Utilization,
        "queue" => Measure::Queue,
        "rate" => Measure::Rate,
        _ => read_level(reading, &followed.node)?,
    };
    let node = match (&measure, table.entry("each")) {
        (Measure::Level { .. }, _) => reading.reader.required(table, "each", &context)?,
        (_, Some(each)) => {
            let message = "`each` means something only with `level`";
            reading.reader.error(each.name_location, message);
            return None;
        }
        (_, None) => &followed.node,
    };
    let goal = match &node.value {
        Value::Table(steps) => read_steps(reading, &measure, steps, node)?,
        _ => Goal::Each(read_bound(reading, &measure, node)?),
    };
    Some(Signal { measure, goal })
}

/// A component and one of its levels: "jobs.depth".
fn read_level(reading: &mut Reading<'_, '_>, node: &Node) -> Option<Measure> {
    let text = reading.reader.text(node)?;
    let Some((component, level)) = text.split_once('.').filter(|(_, level)| !level.is_empty()) else {
        let help = "a component and one of its levels, as in \"edge.healthy\"";
        reading.reader.error(node.location, format!("`{text}` is no level")).help(help);
        return None;
    };
    let of = Named { name: component.to_owned(), location: node.location };
    Some(Measure::Level { of, level: level.to_owned() })
}

/// A value of the measure, above 0.
fn read_bound(reading: &mut Reading<'_, '_>, measure: &Measure, node: &Node) -> Option<f64> {
    let reader = &mut *reading.reader;
    let bound = match measure {
        Measure::Utilization => reader.share(node)?,
        Measure::Rate => reader.rate(node)?,
        Measure::Queue => reader.number(node)?,
        Measure::Level { .. } => reader.any_quantity(node)?.value,
    };
    if bound > 0.0 {
        return Some(bound);
    }
    reader.error(node.location, "this is above 0");
    None
}

fn read_steps(reading: &mut Reading<'_, '_>, measure: &Measure, table: &Table, node: &Node) -> Option<Goal> {
    let context = format!("the steps of {}", reading.context());
    reading.reader.check_keys(table, &context, &["up", "down"]);
    let mut steps = |key: &str| match table.get(key) {
        Some(node) => read_side(reading, measure, node),
        None => Some(Vec::new()),
    };
    let (up, down) = (steps("up"), steps("down"));
    let (up, down) = (up?, down?);
    match (up.first(), down.last()) {
        (None, None) => {
            reading.reader.error(node.location, format!("{context} need `up`, `down` or both"));
            None
        }
        (Some((high, _)), Some((low, _))) if low >= high => {
            let message = format!("{context} want more and fewer at the same time");
            reading.reader.error(node.location, message).help("`up` begins above where `down` ends");
            None
        }
        _ => Some(Goal::Steps { up, down }),
    }
}

/// Bounds, ascending, each with a number of instances.
fn read_side(reading: &mut Reading<'_, '_>, measure: &Measure, node: &Node) -> Option<Vec<(f64, u32)>> {
    let mut steps: Vec<(f64, u32)> = Vec::new();
    for step in reading.reader.array(node)? {
        let Value::Array(pair) = &step.value else {
            reading.reader.error(step.location, "a step is a bound and a number of instances: [\"70 %\", 1]");
            return None;
        };
        let [bound, by] = &pair[..] else {
            reading.reader.error(step.location, "a step is a bound and a number of instances: [\"70 %\", 1]");
            return None;
        };
        let value = read_bound(reading, measure, bound)?;
        let count = reading.reader.count(by)?;
        let Some(by) = u32::try_from(count).ok().filter(|count| *count > 0) else {
            reading.reader.error(by.location, "a step is by 1 instance or more");
            return None;
        };
        if steps.last().is_some_and(|(before, _)| *before >= value) {
            reading.reader.error(bound.location, "the bounds of steps ascend");
            return None;
        }
        steps.push((value, by));
    }
    Some(steps)
}

/// The numbers of instances at certain times, counted from the begin of the measured time.
pub(super) fn read_schedule(reading: &mut Reading<'_, '_>, entry: &Entry) -> Option<Vec<(Span, u32)>> {
    let mut schedule: Vec<(Span, u32)> = Vec::new();
    let entries = reading.reader.array(&entry.node)?;
    if entries.is_empty() {
        reading.reader.error(entry.node.location, "a schedule has an entry or more");
        return None;
    }
    for node in entries {
        let pair = match &node.value {
            Value::Array(pair) if pair.len() == 2 => pair,
            _ => {
                let message = "an entry is a time and a number of instances: [\"10 min\", 8]";
                reading.reader.error(node.location, message);
                return None;
            }
        };
        let at = reading.reader.time(&pair[0])?;
        let count = reading.reader.count(&pair[1])?;
        if schedule.last().is_some_and(|(before, _)| *before >= at) {
            reading.reader.error(pair[0].location, "the times of a schedule ascend");
            return None;
        }
        let Some(count) = u32::try_from(count).ok().filter(|count| *count > 0) else {
            reading.reader.error(pair[1].location, "there is always 1 instance or more");
            return None;
        };
        schedule.push((at, count));
    }
    Some(schedule)
}
