//! Reads `[slo]` and `[claim]`.

use crate::scenario::{
    Diagnostics, Entry, Estimates, Expectation, Named, Node, Reader, Table, Value, Window,
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
            reader.check_keys(long, &context, &["expect", "level"]);
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

/// The instants at which windows of the objectives begin or end, since the start of the run. Windows of faults are unknown.
pub(super) fn window_edges(
    objectives: &[&Objective],
    warm_up: Span,
    diagnostics: &mut Diagnostics,
) -> Vec<Time> {
    let mut edges = Vec::new();
    for metric in objectives.iter().flat_map(|objective| objective.expectation.metrics()) {
        match &metric.window {
            None => {}
            Some(Window::Between { from, to }) => {
                edges.extend([Time(warm_up.0) + *from, Time(warm_up.0) + *to]);
            }
            Some(Window::During(fault) | Window::Before(fault) | Window::After { fault, .. }) => {
                diagnostics.unknown(fault.location, "fault", &fault.name, "", &[]);
            }
        }
    }
    edges
}
