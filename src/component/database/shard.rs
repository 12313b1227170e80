//! One shard: its copies, their histories, and the rules that they follow.

use super::copy::Copy;
use super::history::History;
use super::sessions::Sessions;
use super::store::Store;
use super::values::Values;
use crate::component::Context;
use crate::units::{Span, Time};

/// When a write is acknowledged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Replication {
    /// As soon as the primary has it.
    Asynchronous,
    /// When one replica has received it.
    SemiSynchronous,
    /// When all replicas that are in step have applied it.
    Synchronous,
}

/// What happens when a primary is missed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Failover {
    /// How long a promotion takes.
    pub(super) promote: Span,
    /// Whether only a majority of the copies may go on.
    pub(super) quorum: bool,
}

/// What all shards of a database do alike.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    /// When writes are acknowledged.
    pub(super) replication: Replication,
    /// After how much silence a copy counts as dead.
    pub(super) detect: Span,
    /// What follows when that is the primary; nothing if none.
    pub(super) failover: Option<Failover>,
    /// Whether to apply a write takes work of the replica's station.
    pub(super) applying_is_work: bool,
    /// Whether the reads of a user see the writes of the user.
    pub(super) read_your_writes: bool,
    /// A copy that misses more writes than this gets all rows instead.
    pub(super) backlog: u64,
    /// What is said of the values of the rows.
    pub(super) values: Values,
}

/// A heartbeat is sent so often while a copy's death goes unnoticed.
const BEATS_PER_DETECTION: u64 = 20;

impl Rules {
    /// The time from one heartbeat to the next.
    pub(super) fn period(&self) -> Span {
        Span((self.detect.0 / BEATS_PER_DETECTION).max(1))
    }

    /// Whether only a majority may write.
    pub(super) fn needs_quorum(&self) -> bool {
        self.failover.is_some_and(|failover| failover.quorum)
    }
}

/// A shard.
pub(super) struct Shard {
    /// Its first instance within the component.
    pub(super) first: u32,
    /// The rules.
    pub(super) rules: Rules,
    /// Its copies.
    pub(super) copies: Vec<Copy>,
    /// What was written.
    pub(super) history: History,
    /// The promotions: the term, and when. The first primary has term 0 from the start.
    pub(super) promotions: Vec<(u32, Time)>,
    /// Snapshots so far.
    pub(super) parcels: u64,
    /// What users wrote last, if they read what they wrote.
    pub(super) sessions: Option<Sessions>,
}

impl Shard {
    /// A shard at the start of the run.
    pub(super) fn new(first: u32, count: u32, rules: Rules) -> Shard {
        Shard {
            first,
            rules,
            copies: (0..count as usize).map(|index| Copy::new(index, count as usize)).collect(),
            history: History::new(),
            promotions: vec![(0, Time(0))],
            parcels: 0,
            sessions: rules.read_your_writes.then(Sessions::default),
        }
    }

    /// The instance of a copy, within the component.
    pub(super) fn instance(&self, copy: usize) -> u32 {
        self.first + copy as u32
    }

    /// The copy that was promoted to a term.
    pub(super) fn leader(&self, term: u32) -> usize {
        term as usize % self.copies.len()
    }

    /// The smallest term of a copy that is larger than all so far: no two copies ever have the same.
    pub(super) fn next_term(&self, copy: usize) -> u32 {
        let (count, latest) = (self.copies.len() as u32, self.history.latest_term());
        let candidate = latest - latest % count + copy as u32;
        if candidate > latest { candidate } else { candidate + count }
    }

    /// Whether more than half of the copies are among so many.
    pub(super) fn is_majority(&self, count: usize) -> bool {
        2 * count > self.copies.len()
    }

    /// Forgets the writes that every copy has applied and nobody waits for any more.
    pub(super) fn forget(&mut self, now: Time) {
        let latest = self.history.latest_term();
        let settled = |copy: &Copy| copy.applied.min(self.history.common(copy.term, copy.received, latest));
        let waits = self.copies.iter().filter_map(|copy| copy.pending.front());
        let waits = waits.map(|pending| pending.position - 1).min().unwrap_or(u64::MAX);
        // A copy without rows will have those that are on the way to it.
        let awaited = |copy: &Copy| {
            let parcel = copy.parcel.as_ref()?;
            Some(self.history.common(parcel.term, parcel.position, latest))
        };
        let full = self
            .copies
            .iter()
            .filter_map(|copy| if copy.is_empty { awaited(copy) } else { Some(settled(copy)) });
        let oldest = self.history.end(latest).saturating_sub(self.rules.backlog);
        let settled = full.min().unwrap_or(0);
        // Where so many writes are missed, hardly a read takes longer than a death goes unnoticed.
        let since = Time(now.0.saturating_sub(self.rules.detect.0));
        self.history.forget(settled.max(oldest).min(waits), settled, since);
    }

    /// Counts the acknowledged writes that no copy will ever bring back: those that are neither in the log of a copy that runs
    /// nor in the history of the primary that was promoted last.
    pub(super) fn count_lost(&mut self, context: &mut Context<'_>) {
        let latest = self.history.latest_term();
        let running = self.copies.iter().filter(|copy| copy.is_up && !copy.is_empty);
        let mut survivors: Vec<(u32, u64)> = running.map(|copy| (copy.term, copy.received)).collect();
        let is_over = self.copies.iter().all(|copy| copy.is_empty)
            || (self.rules.failover.is_none() && self.copies[self.leader(latest)].is_empty);
        if !is_over {
            survivors.push((latest, u64::MAX));
        }
        let lost = self.history.count_lost(&survivors);
        context.count(super::spec::LOST_WRITES, lost);
    }

    /// Bytes held.
    pub(super) fn memory(&self) -> u64 {
        let rows = |store: &Store| store.len() as u64 * Store::BYTES_PER_ROW;
        let copies = self.copies.iter().map(|copy| {
            rows(&copy.store)
                + copy.parcel.as_ref().map_or(0, |parcel| rows(&parcel.store))
                + copy.window.len() as u64
        });
        let sessions = self.sessions.as_ref().map_or(0, Sessions::memory);
        copies.sum::<u64>() + sessions + self.history.len() as u64 * History::BYTES_PER_WRITE
    }
}
