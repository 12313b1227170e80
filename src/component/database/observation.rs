//! What is observed: stale reads, and the time in which the database could not be written or read.
//!
//! A write cannot be served while no copy of its shard runs that takes writes. Whoever takes writes also reads; but where the
//! replicas are to read, those that are dead or stand still are asked all the same until they are missed.

use super::copy::{Copy, Duty};
use super::routing::Reads;
use super::shard::Shard;
use super::spec;
use crate::component::Context;
use crate::units::Time;

impl Shard {
    /// Whether a read that began at an instant and found this version has missed a newer one that had been acknowledged by
    /// then. Acknowledged in the same nanosecond is before: that is what a caller without any delay sees.
    pub(super) fn is_stale(&self, key: u64, version: u64, began: Time) -> bool {
        self.history.newest_acknowledged(key, began) > version
    }

    /// Until when writes or reads are not served if nothing else happens; it is over where both are.
    pub(super) fn unserved_until(&self, reads: Reads, now: Time) -> Time {
        let takes_writes = |copy: &Copy| copy.silent_since().is_none() && copy.duty == Duty::Primary;
        if !self.copies.iter().any(takes_writes) {
            return Time::NEVER;
        }
        if reads != Reads::Replica {
            return SERVED;
        }
        let primary = self.leader(self.history.latest_term());
        let mut until = SERVED;
        for copy in self.others(primary).map(|copy| &self.copies[copy]) {
            match copy.silent_since() {
                None if copy.is_current() => return SERVED,
                // Then the others are asked, and without them the primary.
                Some(since) if copy.is_current() => until = until.max(since + self.rules.detect),
                _ => {}
            }
        }
        if until > now { until } else { SERVED }
    }
}

/// Until when a shard that serves everything does not: it is over.
const SERVED: Time = Time(0);

/// Why the only copy of a shard does not serve.
#[derive(Clone, Copy, Default)]
pub(super) struct Silence {
    /// It is down.
    pub(super) is_down: bool,
    /// It stands still.
    pub(super) is_still: bool,
}

impl Silence {
    /// Until when it does not if nothing else happens.
    pub(super) fn until(self) -> Time {
        if self.is_down || self.is_still { Time::NEVER } else { SERVED }
    }
}

/// The time in which some shard does not serve everything.
pub(super) struct Outage {
    /// Until when each shard does not, if nothing else happens.
    until: Vec<Time>,
    /// The last of these instants.
    latest: Time,
    /// Up to when all has been recorded.
    since: Time,
}

impl Outage {
    /// All of so many shards serve everything.
    pub(super) fn new(shards: u32) -> Outage {
        Outage { until: vec![SERVED; shards as usize], latest: SERVED, since: Time(0) }
    }

    /// Something has happened to a shard: from now on this is until when it does not serve everything.
    pub(super) fn note(&mut self, shard: u32, until: Time, context: &mut Context<'_>) {
        if self.until[shard as usize] == until {
            return;
        }
        self.close(context);
        self.until[shard as usize] = until;
        self.latest = self.until.iter().copied().max().unwrap_or(SERVED);
    }

    /// Records an outage up to now.
    pub(super) fn close(&mut self, context: &mut Context<'_>) {
        let until = self.latest.min(context.now);
        if until > self.since {
            context.pass_until(spec::UNAVAILABLE, self.since, until);
        }
        self.since = self.since.max(context.now);
    }
}
