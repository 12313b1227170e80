//! Those who wait for the next permit, where a limiter has them wait.

use crate::kernel::request::RequestId;
use crate::units::{Span, Time};
use std::collections::{BTreeMap, VecDeque};

/// The lines of all instances, each of those that fall under the same counters.
pub(super) struct Lines {
    longest: Span,
    lines: BTreeMap<LineId, Line>,
    /// The lines of the timers that are set.
    timers: BTreeMap<u32, LineId>,
    next: u32,
}

/// The instance, and a hash of the counters.
type LineId = (u32, u64);

struct Line {
    /// The counters: the rule and whose it is.
    counters: Vec<(u16, u64)>,
    waiting: VecDeque<Waiting>,
}

/// Who waits.
#[derive(Clone, Copy)]
pub(super) struct Waiting {
    pub request: RequestId,
    pub since: Time,
}

impl Lines {
    pub(super) fn new(longest: Span) -> Lines {
        Lines { longest, lines: BTreeMap::new(), timers: BTreeMap::new(), next: 0 }
    }

    /// Whether somebody waits there.
    pub(super) fn has(&self, id: LineId) -> bool {
        self.lines.contains_key(&id)
    }

    /// Whether it is worth waiting so long.
    pub(super) fn is_worth(&self, wait: Span) -> bool {
        wait <= self.longest
    }

    /// Somebody begins to wait.
    pub(super) fn push(&mut self, id: LineId, counters: &[(u16, u64)], waiting: Waiting) {
        let line = self
            .lines
            .entry(id)
            .or_insert_with(|| Line { counters: counters.to_vec(), waiting: VecDeque::new() });
        line.waiting.push_back(waiting);
    }

    /// A timer for a line.
    pub(super) fn timer(&mut self, id: LineId) -> u32 {
        // The last number is somebody else's.
        let token = self.next;
        self.next = (self.next + 1) % (u32::MAX - 1);
        self.timers.insert(token, id);
        token
    }

    /// The line of a timer that is due.
    pub(super) fn due(&mut self, token: u32) -> Option<LineId> {
        self.timers.remove(&token)
    }

    /// The counters of a line.
    pub(super) fn counters(&self, id: LineId) -> &[(u16, u64)] {
        self.lines.get(&id).map_or(&[], |line| &line.counters)
    }

    /// How long the first of a line still waits.
    pub(super) fn patience(&self, id: LineId, now: Time) -> Option<Span> {
        let first = self.lines.get(&id)?.waiting.front()?;
        // An instance that stood still may be late.
        Some((first.since + self.longest).max(now).since(now))
    }

    /// The first of a line leaves it.
    pub(super) fn pop(&mut self, id: LineId) -> Option<Waiting> {
        let line = self.lines.get_mut(&id)?;
        let waiting = line.waiting.pop_front();
        if line.waiting.is_empty() {
            self.lines.remove(&id);
        }
        waiting
    }

    /// An instance has lost its memory.
    pub(super) fn forget(&mut self, at: u32) {
        self.lines.retain(|(owner, _), _| *owner != at);
        self.timers.retain(|_, (owner, _)| *owner != at);
    }

    pub(super) fn len(&self) -> usize {
        self.lines.values().map(|line| line.waiting.len()).sum()
    }
}
