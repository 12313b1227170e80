//! What an onlooker sees of those that were let through, whoever let them through and whatever it knew.

use super::rule::Rule;
use crate::mechanism::rolling::Rolling;
use crate::units::{Span, Time};
use std::collections::BTreeMap;

/// What was let through under the first rule, by counter.
#[derive(Default)]
pub(super) struct Observation {
    counters: BTreeMap<u64, Rolling>,
    /// The most in any window of the measured time.
    most: u64,
    /// The shortest time between two of a counter in the measured time.
    shortest: Option<Span>,
    /// The most bytes that a counter has taken.
    largest: u64,
}

/// What is seen of one that is let through.
pub(super) struct Sight {
    /// Whether it is above the limit of its window.
    pub is_above: bool,
    /// How long after the one before it comes.
    pub gap: Option<Span>,
}

impl Observation {
    /// One passes at an instant.
    pub(super) fn pass(&mut self, rule: &Rule, counter: u64, at: Time, start: Time) -> Sight {
        let rolling = self.counters.entry(counter).or_default();
        let (count, gap) = rolling.note(rule.rate.window, at.0);
        let gap = gap.map(Span);
        if at >= start {
            self.most = self.most.max(count);
            self.shortest = [self.shortest, gap].into_iter().flatten().min();
        }
        Sight { is_above: count > rule.rate.limit, gap }
    }

    /// A counter takes so many bytes.
    pub(super) fn weigh(&mut self, bytes: u64) {
        self.largest = self.largest.max(bytes);
    }

    pub(super) fn most(&self) -> u64 {
        self.most
    }

    pub(super) fn shortest(&self) -> Option<Span> {
        self.shortest
    }

    pub(super) fn largest(&self) -> u64 {
        self.largest
    }

    /// Bytes held.
    pub(super) fn memory(&self) -> u64 {
        self.counters.values().map(|rolling| 48 + rolling.memory()).sum()
    }
}
