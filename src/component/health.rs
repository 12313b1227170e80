//! Health checks: how components that send others somewhere probe where they send them, and what they make of it.

use super::{Errand, Reading, Through};
use crate::measure::recorder::Ending;
use crate::scenario::{Named, Node, Reader, Table};
use crate::units::Span;

/// How targets are probed.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Health {
    /// Between two probes of a target.
    pub every: Span,
    /// How long a probe waits for its answer.
    pub timeout: Span,
    /// Failed probes in a row after which a target gets no more calls.
    pub failures: u32,
    /// Good probes in a row after which it gets calls again.
    pub successes: u32,
    /// Whether a probe waits for a worker.
    pub through: Through,
}

impl Health {
    /// The probes of targets, in their order.
    pub(super) fn probes(&self, targets: &[Named]) -> Vec<Errand> {
        let probe = |target: &Named| Errand::Probe {
            target: target.clone(),
            timeout: self.timeout,
            through: self.through,
        };
        targets.iter().map(probe).collect()
    }
}

/// The most failures or successes in a row.
const IN_A_ROW_MAX: u32 = 1000;

/// What the probes of a target say of it. Every target is well until it is known not to be.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Probes {
    /// Failed probes in a row, or good ones of a target that is down.
    in_a_row: u32,
    /// They have failed too often.
    pub is_down: bool,
}

impl Probes {
    /// A probe has come back.
    pub(super) fn probed(&mut self, health: &Health, ending: Ending) {
        let is_news = (ending == Ending::Failed) != self.is_down;
        self.in_a_row = if is_news { self.in_a_row + 1 } else { 0 };
        let enough = if self.is_down { health.successes } else { health.failures };
        if self.in_a_row == enough {
            (self.is_down, self.in_a_row) = (!self.is_down, 0);
        }
    }
}

/// How long after the start an instance first probes a target: all pairs of them are spread over the time between two probes.
pub(super) fn first_probe(
    health: &Health,
    (at, instances): (u32, u32),
    (target, targets): (u32, u32),
) -> Span {
    let turn = u128::from(target) * u128::from(instances) + u128::from(at);
    Span((u128::from(health.every.0) * turn / (u128::from(targets) * u128::from(instances))) as u64)
}

const HEALTH_KEYS: [&str; 5] = ["every", "timeout", "failures", "successes", "through"];

/// Reads `health` of a kind; none if it is not there.
pub(super) fn read_health(reading: &mut Reading<'_, '_>) -> Option<Option<Health>> {
    let Some(node) = reading.get("health") else { return Some(None) };
    let context = format!("`health` of {}", reading.context());
    let reader = &mut *reading.reader;
    let table = reader.table(node)?;
    reader.check_keys(table, &context, &HEALTH_KEYS);
    let every = reader.required(table, "every", &context).and_then(|node| positive(reader, "every", node));
    let timeout = match table.get("timeout") {
        Some(node) => positive(reader, "timeout", node).map(Some),
        None => Some(None),
    };
    let failures = in_a_row(reader, table, "failures", 3);
    let successes = in_a_row(reader, table, "successes", 2);
    let through = match table.get("through") {
        Some(node) => {
            reader.choice(node, &["queue", "past"]).map(|index| [Through::Queue, Through::Past][index])
        }
        None => Some(Through::Queue),
    };
    let (every, timeout) = (every?, timeout?);
    if let Some(entry) = table.entry("timeout").filter(|_| timeout > Some(every)) {
        reader
            .error(entry.node.location, "`timeout` is not longer than `every`")
            .help("a target has one probe at a time");
        return None;
    }
    Some(Some(Health {
        every,
        timeout: timeout.unwrap_or(every),
        failures: failures?,
        successes: successes?,
        through: through?,
    }))
}

/// A duration that is not zero.
pub(super) fn positive(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<Span> {
    let span = reader.time(node)?;
    if span > Span::ZERO {
        return Some(span);
    }
    reader.error(node.location, format!("`{key}` is longer than 0 s"));
    None
}

/// So many in a row, or the default.
pub(super) fn in_a_row(reader: &mut Reader<'_>, table: &Table, key: &str, default: u32) -> Option<u32> {
    let Some(node) = table.get(key) else { return Some(default) };
    let count = reader.count(node)?;
    let fitting = u32::try_from(count).ok().filter(|count| (1..=IN_A_ROW_MAX).contains(count));
    if fitting.is_none() {
        reader.error(node.location, format!("`{key}` is from 1 to {IN_A_ROW_MAX}, not {count}"));
    }
    fitting
}
