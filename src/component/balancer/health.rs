//! What an instance of a balancer holds of a target's health: probes that it sends, and answers that it sees.

use super::super::{Plans, Reading, Through};
use super::BalancerBlueprint;
use crate::measure::recorder::Ending;
use crate::outcome;
use crate::scenario::{Node, Reader, Table};
use crate::units::{OutcomeId, SECOND, Span};

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

/// How targets are taken out whose answers are bad.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Eject {
    /// Bad answers in a row.
    pub failures: u32,
    /// For how long.
    pub period: Span,
    /// The share of the targets that may be out for their answers, but always one.
    pub share: f64,
}

/// The most failures or successes in a row.
const IN_A_ROW_MAX: u32 = 1000;

/// What says of an answer that its target is not well: what it does not say is that there is too much to do.
const BAD: [OutcomeId; 4] = [outcome::TIMEOUT, outcome::ERROR, outcome::RESET, outcome::REFUSED];

/// What an instance of the balancer knows of a target. Every target is well until it is known not to be.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Watch {
    /// Failed probes in a row, or good ones of a target that is down.
    probes: u32,
    /// Bad answers in a row.
    answers: u32,
    /// Its probes have failed.
    pub is_down: bool,
    /// Its answers were bad.
    pub is_ejected: bool,
}

impl Watch {
    /// Whether it gets calls.
    pub(super) fn is_well(self) -> bool {
        !self.is_down && !self.is_ejected
    }

    /// A probe has come back.
    pub(super) fn probed(&mut self, health: &Health, ending: Ending) {
        let is_news = (ending == Ending::Failed) != self.is_down;
        self.probes = if is_news { self.probes + 1 } else { 0 };
        let enough = if self.is_down { health.successes } else { health.failures };
        if self.probes == enough {
            (self.is_down, self.probes) = (!self.is_down, 0);
        }
    }

    /// A call was answered; whether there were too many bad answers in a row.
    pub(super) fn answered(&mut self, eject: &Eject, outcome: OutcomeId, ending: Ending) -> bool {
        let is_bad = ending == Ending::Failed && BAD.contains(&outcome);
        self.answers = if is_bad { self.answers.saturating_add(1) } else { 0 };
        !self.is_ejected && self.answers >= eject.failures
    }

    /// The ejection is over: it begins anew.
    pub(super) fn readmit(&mut self) {
        (self.is_ejected, self.answers) = (false, 0);
    }
}

const HEALTH_KEYS: [&str; 5] = ["every", "timeout", "failures", "successes", "through"];

pub(super) fn read_health(reading: &mut Reading<'_, '_>) -> Option<Option<Health>> {
    let Some(node) = reading.get("health") else { return Some(None) };
    let context = format!("`health` of {}", reading.context(BalancerBlueprint::SPEC.name));
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

const EJECT_KEYS: [&str; 3] = ["failures", "for", "share"];

/// The share of the targets that may be out, if nothing else is asked for: as in Envoy.
const SHARE: f64 = 0.1;

pub(super) fn read_eject(reading: &mut Reading<'_, '_>) -> Option<Option<Eject>> {
    let Some(node) = reading.get("eject") else { return Some(None) };
    let context = format!("`eject` of {}", reading.context(BalancerBlueprint::SPEC.name));
    let reader = &mut *reading.reader;
    let table = reader.table(node)?;
    reader.check_keys(table, &context, &EJECT_KEYS);
    let failures = in_a_row(reader, table, "failures", 5);
    let period = match table.get("for") {
        Some(node) => positive(reader, "for", node),
        None => Some(Span(30 * SECOND)),
    };
    let share = table.get("share").map_or(Some(SHARE), |node| reader.share(node));
    Some(Some(Eject { failures: failures?, period: period?, share: share? }))
}

/// A duration that is not zero.
fn positive(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<Span> {
    let span = reader.time(node)?;
    if span > Span::ZERO {
        return Some(span);
    }
    reader.error(node.location, format!("`{key}` is longer than 0 s"));
    None
}

fn in_a_row(reader: &mut Reader<'_>, table: &Table, key: &str, default: u32) -> Option<u32> {
    let Some(node) = table.get(key) else { return Some(default) };
    let count = reader.count(node)?;
    let fitting = u32::try_from(count).ok().filter(|count| (1..=IN_A_ROW_MAX).contains(count));
    if fitting.is_none() {
        reader.error(node.location, format!("`{key}` is from 1 to {IN_A_ROW_MAX}, not {count}"));
    }
    fitting
}
