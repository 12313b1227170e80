//! What is observed: stale reads, and the time in which the database could not be written.
//!
//! An operation cannot be served while no copy of its shard runs that takes writes; whoever takes writes also reads.

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
}

/// Since when some shard cannot be written.
#[derive(Default)]
pub(super) struct Outage {
    /// How many shards cannot.
    shards: u32,
    /// Since when there is one, or up to when that has been recorded.
    since: Time,
}

impl Outage {
    /// Something has happened to a shard: whether it took writes before and does so now.
    pub(super) fn note(&mut self, before: bool, after: bool, context: &mut Context<'_>) {
        match (before, after) {
            (true, false) => {
                if self.shards == 0 {
                    self.since = context.now;
                }
                self.shards += 1;
            }
            (false, true) => {
                self.close(context);
                self.shards -= 1;
            }
            _ => {}
        }
    }

    /// Records an outage up to now.
    pub(super) fn close(&mut self, context: &mut Context<'_>) {
        if self.shards > 0 {
            context.pass(spec::UNAVAILABLE, self.since);
            self.since = self.since.max(context.now);
        }
    }
}
