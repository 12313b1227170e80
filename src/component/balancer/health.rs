//! What an instance of a balancer holds of a target's health: probes that it sends, and answers that it sees.

use super::super::health::{Health, Probes, in_a_row, positive};
use super::super::{Reading, Standing};
use crate::measure::recorder::Ending;
use crate::outcome;
use crate::units::{OutcomeId, SECOND, Span};

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

/// What says of an answer that its target is not well: what it does not say is that there is too much to do.
const BAD: [OutcomeId; 4] = [outcome::TIMEOUT, outcome::ERROR, outcome::RESET, outcome::REFUSED];

/// What an instance of the balancer knows of a target. Every target is well until it is known not to be.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Watch {
    /// What its probes say.
    probes: Probes,
    /// Bad answers in a row.
    answers: u32,
    /// Its answers were bad.
    pub is_ejected: bool,
    /// It is not there, or is leaving.
    pub is_away: bool,
}

impl Watch {
    /// Whether it gets calls.
    pub(super) fn is_well(self) -> bool {
        !self.probes.is_down && !self.is_ejected && !self.is_away
    }

    /// What is known of it is void, but for whether it is there.
    pub(super) fn forget(&mut self) {
        *self = Watch { is_away: self.is_away, ..Watch::default() };
    }

    /// It is there and takes calls, or not; of who has just come nothing is known.
    pub(super) fn stands(&mut self, standing: Standing) {
        *self = Watch { is_away: standing != Standing::Serving, ..Watch::default() };
    }

    /// A probe has come back.
    pub(super) fn probed(&mut self, health: &Health, ending: Ending) {
        self.probes.probed(health, ending);
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

const EJECT_KEYS: [&str; 3] = ["failures", "for", "share"];

/// The share of the targets that may be out, if nothing else is asked for: as in Envoy.
const SHARE: f64 = 0.1;

pub(super) fn read_eject(reading: &mut Reading<'_, '_>) -> Option<Option<Eject>> {
    let Some(node) = reading.get("eject") else { return Some(None) };
    let context = format!("`eject` of {}", reading.context());
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
