//! Reads `[slo]` and `[claim]`.

use super::Document;
use crate::mechanism::arrange::Arrange;
use crate::scenario::{
    Diagnostics, Entry, Estimates, Expectation, Key, Named, Node, Reader, Table, Value, Window,
};
use crate::units::{Span, Time};

/// Something that is expected of a run.
#[derive(Clone, Debug)]
pub struct Objective {
    /// Its name, and where that stands.
    pub name: Named,
    /// What is expected.
    pub expectation: Expectation,
    /// Whether it gates.
    pub level: Level,
}

/// Whether an objective gates the exit code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Level {
    /// Yes.
    Error,
    /// No: it is only told.
    Warn,
}

/// The keys of an expectation that is a table.
pub(super) const EXPECTATION_KEYS: [Key; 2] = [
    Key { name: "expect", takes: "EXPECTATION", doc: told!("What is expected. Required.") },
    Key {
        name: "level",
        takes: "\"error\" | \"warn\"",
        doc: told!("Whether it decides the exit code, or is only told. Default: \"error\"."),
    },
];

/// Reads the objectives of a table, in the order of the file.
pub(super) fn read(
    root: &Table,
    table: &str,
    estimates: &Estimates,
    diagnostics: &mut Diagnostics,
) -> Vec<Objective> {
    let mut reader = Reader::new(diagnostics, estimates);
    let Some(entries) = root.get(table).and_then(|node| reader.table(node)) else { return Vec::new() };
    entries.iter().filter_map(|entry| read_one(entry, table, &mut reader)).collect()
}

fn read_one(entry: &Entry, table: &str, reader: &mut Reader<'_>) -> Option<Objective> {
    super::names::check(&entry.name, entry.name_location, reader.diagnostics);
    let (expect, level): (&Node, Level) = match &entry.node.value {
        Value::Table(long) => {
            let context = format!("[{table}] {}", entry.name);
            reader.check_keys(long, &context, &Key::names(&EXPECTATION_KEYS));
            let level = match long.get("level") {
                Some(node) => [Level::Error, Level::Warn][reader.choice(node, &["error", "warn"])?],
                None => Level::Error,
            };
            (reader.required(long, "expect", &context)?, level)
        }
        _ => (&entry.node, Level::Error),
    };
    let expectation = Expectation::parse(expect, reader.diagnostics)?;
    Some(Objective {
        name: Named { name: entry.name.clone(), location: entry.name_location },
        expectation,
        level,
    })
}

/// What is expected of a scenario that cannot be planned, and the names that this may use.
#[derive(Clone, Debug)]
pub struct Expected {
    /// Its objectives and its claims.
    pub objectives: Vec<Objective>,
    /// The names of its faults and campaigns.
    pub faults: Vec<String>,
}

impl Expected {
    /// Reads it from a document; what is wrong with it is reported by whoever builds the scenario.
    pub fn read(document: &Document, variant: Option<&str>) -> Expected {
        let unheard = &mut Diagnostics::new();
        let base = document.tables(None, unheard);
        let root = document.tables(variant, unheard).or_else(|| base.clone()).unwrap_or_default();
        let estimates = match root.get("estimate") {
            Some(Node { value: Value::Table(table), .. }) => Estimates::read(table, unheard),
            _ => Estimates::new(),
        };
        let mut objectives = read(&root, "slo", &estimates, unheard);
        objectives.extend(read(&root, "claim", &estimates, unheard));
        // A fault that a variant is without is a stretch of time all the same.
        let tables = base.iter().chain([&root]);
        let tables = tables.flat_map(|root| ["fault", "campaign"].map(|word| root.get(word)));
        let mut faults = Vec::new();
        for node in tables.flatten() {
            if let Value::Table(table) = &node.value {
                faults.extend(table.iter().map(|entry| entry.name.clone()));
            }
        }
        faults.arrange();
        faults.dedup();
        Expected { objectives, faults }
    }
}

/// When a fault begins and ends, since the start of the run: what `during` its name means.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FaultSpan {
    /// Its name.
    pub name: String,
    /// Its begin, and its end or [`Time::NEVER`]; none for a campaign, whose faults come at random.
    pub span: Option<[Time; 2]>,
}

/// The instants at which windows of the objectives begin or end, since the start of the run. A fault that is none is reported
/// when the expectation is checked, for it may be one of the variant that the metric speaks of.
pub(super) fn window_edges(objectives: &[&Objective], warm_up: Span, faults: &[FaultSpan]) -> Vec<Time> {
    let metrics = objectives.iter().flat_map(|objective| objective.expectation.metrics());
    let windows = metrics.filter_map(|metric| metric.window.as_ref());
    windows.filter_map(|window| window_span(window, Time(warm_up.0), faults).ok()).flatten().collect()
}

/// Why a window of a fault is none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoWindow<'a> {
    /// There is no such fault.
    Unknown(&'a Named),
    /// It is a campaign.
    Campaign(&'a Named),
}

/// The begin and the end of a window, since the start of the run; `start` is when the measured time begins. The window of a
/// fault may lie outside of it.
pub fn window_span<'a>(
    window: &'a Window,
    start: Time,
    faults: &[FaultSpan],
) -> Result<[Time; 2], NoWindow<'a>> {
    let span = |named: &'a Named| {
        let fault = faults.iter().find(|fault| fault.name == named.name).ok_or(NoWindow::Unknown(named))?;
        fault.span.ok_or(NoWindow::Campaign(named))
    };
    Ok(match window {
        Window::Between { from, to } => [start + *from, start + *to],
        Window::During(fault) => span(fault)?,
        Window::Before(fault) => [start, span(fault)?[0]],
        Window::After { fault, length } => {
            let [_, until] = span(fault)?;
            [until, length.map_or(Time::NEVER, |length| until + length)]
        }
    })
}
