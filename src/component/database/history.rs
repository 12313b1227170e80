//! What was written, in order: a tree of histories.
//!
//! Every primary writes in a *term* of its own. A term's history begins where the copy stood that was promoted: it is a branch
//! that leaves the branch before at that position. While nobody is promoted there is one branch, the log. A copy needs no log
//! of its own: the pair (term, position) says what it has.

use super::store::{COUNT_BITS, Row};
use crate::units::Time;
use std::collections::{BTreeMap, VecDeque};

/// A write.
#[derive(Clone, Copy, Debug)]
pub(super) struct Write {
    /// What it is about.
    pub(super) key: u64,
    /// The row after it.
    pub(super) row: Row,
    /// The row before it.
    pub(super) before: Option<Row>,
    /// When it was acknowledged; [`Time::NEVER`] if it was not.
    pub(super) acknowledged: Time,
    /// It was acknowledged, and is in no history that survives.
    pub(super) is_lost: bool,
}

/// The writes of one primary.
struct Branch {
    /// The term that it left; the first term is its own parent.
    parent: u32,
    /// The position there.
    start: u64,
    /// The position before the first write that is still kept.
    base: u64,
    writes: VecDeque<Write>,
    /// The position of the last write of each key, of those that are kept.
    latest: BTreeMap<u64, u64>,
    /// The writes that are no longer kept, were acknowledged and are not lost: runs of positions, the first and the last.
    forgotten: Vec<(u64, u64)>,
}

/// All histories of one shard.
pub(super) struct History {
    branches: BTreeMap<u32, Branch>,
    /// By key, the acknowledged writes that are no longer kept although some copy misses them, and when that was: the newest, and
    /// those before it that a read which is under way may be held against.
    missed: BTreeMap<u64, Vec<(Row, Time)>>,
}

impl History {
    /// What a kept write takes of memory \[B\], about.
    pub(super) const BYTES_PER_WRITE: u64 = 176;

    /// Nothing is written; the first term is 0.
    pub(super) fn new() -> History {
        let mut history = History { branches: BTreeMap::new(), missed: BTreeMap::new() };
        history.fork(0, 0, 0);
        history
    }

    /// Begins the history of a new term, which is larger than all before.
    pub(super) fn fork(&mut self, term: u32, parent: u32, start: u64) {
        let branch = Branch {
            parent,
            start,
            base: start,
            writes: VecDeque::new(),
            latest: BTreeMap::new(),
            forgotten: Vec::new(),
        };
        self.branches.insert(term, branch);
    }

    /// The term of the primary that was promoted last.
    pub(super) fn latest_term(&self) -> u32 {
        *self.branches.last_key_value().expect("the first term is always there").0
    }

    /// The last position of a term.
    pub(super) fn end(&self, term: u32) -> u64 {
        let branch = &self.branches[&term];
        branch.base + branch.writes.len() as u64
    }

    /// Adds a write to a term; returns its position, which its row must have.
    pub(super) fn append(&mut self, term: u32, write: Write) {
        let branch = self.branches.get_mut(&term).expect("who writes has a term");
        branch.writes.push_back(write);
        debug_assert_eq!(write.row.position, branch.base + branch.writes.len() as u64);
        branch.latest.insert(write.key, write.row.position);
    }

    /// The write at a position of a term's history, unless it is no longer kept.
    pub(super) fn write(&self, term: u32, position: u64) -> Option<&Write> {
        let branch = &self.branches[&self.owner(term, position)];
        branch.writes.get(position.checked_sub(branch.base + 1)? as usize)
    }

    /// The same, to be marked.
    pub(super) fn write_mut(&mut self, term: u32, position: u64) -> Option<&mut Write> {
        let owner = self.owner(term, position);
        let branch = self.branches.get_mut(&owner).expect("the owner is a term");
        branch.writes.get_mut(position.checked_sub(branch.base + 1)? as usize)
    }

    /// The term that wrote a position of a term's history.
    fn owner(&self, term: u32, position: u64) -> u32 {
        let mut owner = term;
        while owner > 0 && position <= self.branches[&owner].start {
            owner = self.branches[&owner].parent;
        }
        owner
    }

    /// Up to which position two histories agree: that of `term` up to `position`, and that of `other`.
    pub(super) fn common(&self, term: u32, position: u64, other: u32) -> u64 {
        let (mut left, mut right) = ((term, position), (other, u64::MAX));
        while left.0 != right.0 {
            // A term is larger than the one that it left.
            let higher = if left.0 > right.0 { &mut left } else { &mut right };
            let branch = &self.branches[&higher.0];
            *higher = (branch.parent, higher.1.min(branch.start));
        }
        left.1.min(right.1)
    }

    /// Up to which position of the branch of `owner` the history of `term` up to `position` contains it; 0 if it does not.
    fn shares(&self, term: u32, position: u64, owner: u32) -> u64 {
        let (mut term, mut position) = (term, position);
        while term > owner {
            let branch = &self.branches[&term];
            (term, position) = (branch.parent, position.min(branch.start));
        }
        if term == owner { position } else { 0 }
    }

    /// Whether the history of `term` has a write of a key behind a position.
    pub(super) fn has_written(&self, term: u32, key: u64, behind: u64) -> bool {
        self.branches.iter().any(|(owner, branch)| {
            let shared = self.shares(term, u64::MAX, *owner);
            let position = branch.latest.get(&key).copied().unwrap_or(0);
            position > behind && position <= shared
        })
    }

    /// The newest version of a key that had been acknowledged at an instant and is not lost; 0 if there is none that any
    /// copy misses. Takes the time of the writes of the key since then.
    pub(super) fn newest_acknowledged(&self, key: u64, at: Time) -> u64 {
        let kept = self.branches.values().map(|branch| branch.newest_acknowledged(key, at)).max();
        let missed =
            self.missed.get(&key).into_iter().flatten().filter(|(_, acknowledged)| *acknowledged <= at);
        kept.unwrap_or(0).max(missed.map(|(row, _)| row.version).max().unwrap_or(0))
    }

    /// Forgets the writes up to a position, on all branches. Up to `settled` every copy has applied them; no read began before
    /// `since`.
    pub(super) fn forget(&mut self, floor: u64, settled: u64, since: Time) {
        if !self.missed.is_empty() {
            self.retain_missed(|row| row.position > settled);
        }
        for branch in self.branches.values_mut() {
            while branch.base < floor
                && let Some(write) = branch.writes.pop_front()
            {
                branch.base += 1;
                if write.acknowledged != Time::NEVER && !write.is_lost {
                    branch.remember(branch.base);
                    if branch.base > settled {
                        let known = self.missed.entry(write.key).or_default();
                        known.push((write.row, write.acknowledged));
                        let seen = known.iter().filter(|(_, acknowledged)| *acknowledged <= since);
                        let seen = seen.map(|(row, _)| row.version).max().unwrap_or(0);
                        known.retain(|(row, _)| row.version >= seen);
                    }
                }
                if branch.latest.get(&write.key) == Some(&branch.base) {
                    branch.latest.remove(&write.key);
                }
            }
        }
    }

    fn retain_missed(&mut self, is_missed: impl Fn(&Row) -> bool) {
        self.missed.retain(|_, writes| {
            writes.retain(|(row, _)| is_missed(row));
            !writes.is_empty()
        });
    }

    /// How many acknowledged writes are lost that have not been counted yet. A write survives if it is in one of these
    /// histories, each a term up to a position.
    pub(super) fn count_lost(&mut self, survivors: &[(u32, u64)]) -> u64 {
        let shared = |owner: u32| survivors.iter().map(|(term, end)| self.shares(*term, *end, owner)).max();
        let limits: Vec<u64> = self.branches.keys().map(|owner| shared(*owner).unwrap_or(0)).collect();
        let limit_of = |term: u32| self.branches.keys().zip(&limits).find(|(owner, _)| **owner == term);
        for writes in self.missed.values_mut() {
            writes.retain(|(row, _)| {
                let limit = limit_of((row.version >> COUNT_BITS) as u32).map_or(0, |(_, limit)| *limit);
                row.position <= limit
            });
        }
        let mut lost = 0;
        for (branch, limit) in self.branches.values_mut().zip(limits) {
            lost += branch.lose_forgotten(limit);
            let first = limit.saturating_sub(branch.base).min(branch.writes.len() as u64) as usize;
            for write in branch.writes.range_mut(first..) {
                let is_new = write.acknowledged != Time::NEVER && !write.is_lost;
                write.is_lost |= is_new;
                lost += u64::from(is_new);
            }
        }
        lost
    }

    /// Writes that are kept.
    pub(super) fn len(&self) -> usize {
        self.branches.values().map(|branch| branch.writes.len()).sum()
    }
}

impl Branch {
    /// A write that is no longer kept was acknowledged.
    fn remember(&mut self, position: u64) {
        match self.forgotten.last_mut() {
            Some((_, last)) if *last + 1 == position => *last = position,
            _ => self.forgotten.push((position, position)),
        }
    }

    /// The writes behind a position are lost: how many of those that are no longer kept.
    fn lose_forgotten(&mut self, limit: u64) -> u64 {
        let mut lost = 0;
        while let Some((first, last)) = self.forgotten.last_mut()
            && *last > limit
        {
            let rest = limit.max(*first - 1);
            lost += *last - rest;
            *last = rest;
            if rest < *first {
                self.forgotten.pop();
            }
        }
        lost
    }

    fn newest_acknowledged(&self, key: u64, at: Time) -> u64 {
        let mut position = self.latest.get(&key).copied().unwrap_or(0);
        while position > self.base {
            let write = &self.writes[(position - self.base - 1) as usize];
            if write.acknowledged <= at && !write.is_lost {
                return write.row.version;
            }
            position = write.before.map_or(0, |row| row.position);
        }
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Terms 0 (positions 1 to 6), 1 (from 4: 5 to 7), 2 (from 2 of term 0: 3 to 4), and 5 (from 6 of term 1: 7); the key of
    /// each write is its position, and it was acknowledged at that instant.
    fn tree() -> History {
        let mut history = History::new();
        let write_all = |history: &mut History, term: u32, from: u64, to: u64| {
            for position in from..=to {
                let row = Row::next(None, term, (0, 0), position);
                let acknowledged = Time(position);
                history
                    .append(term, Write { key: position, row, before: None, acknowledged, is_lost: false });
            }
        };
        write_all(&mut history, 0, 1, 6);
        history.fork(1, 0, 4);
        write_all(&mut history, 1, 5, 7);
        history.fork(2, 0, 2);
        write_all(&mut history, 2, 3, 4);
        history.fork(5, 1, 6);
        write_all(&mut history, 5, 7, 7);
        history
    }

    #[test]
    fn histories_agree_up_to_where_they_part() {
        let history = tree();
        for (term, position, other, expected) in [
            (0, 6, 0, 6),
            (0, 6, 1, 4),
            (0, 3, 1, 3),
            (1, 7, 0, 4),
            (1, 7, 2, 2),
            (2, 4, 5, 2),
            (5, 7, 1, 6),
            (5, 7, 0, 4),
            (0, 6, 5, 4),
            (1, 5, 5, 5),
        ] {
            assert_eq!(history.common(term, position, other), expected, "{term} {position} {other}");
        }
    }

    #[test]
    fn a_position_belongs_to_the_term_that_wrote_it() {
        let history = tree();
        for (term, position, writer) in [(0, 6, Some(0)), (1, 4, Some(0)), (1, 5, Some(1)), (5, 6, Some(1))] {
            let found = history.write(term, position).map(|write| (write.row.version >> 40) as u32);
            assert_eq!(found, writer, "{term} {position}");
        }
        assert!(history.write(5, 7).is_some() && history.write(5, 8).is_none());
        assert!(history.has_written(5, 3, 2) && !history.has_written(2, 5, 0));
    }

    #[test]
    fn what_no_survivor_has_is_lost_once() {
        let mut history = tree();
        assert_eq!(history.count_lost(&[(5, u64::MAX), (0, 6), (1, 7), (2, 4)]), 0);
        // Position 7 of term 1 and both of term 2 are gone; the cut-off tail of term 0 still has its copy.
        assert_eq!(history.count_lost(&[(5, u64::MAX), (0, 6)]), 3);
        assert_eq!(history.newest_acknowledged(7, Time(9)) >> 40, 5);
        assert_eq!(history.count_lost(&[(5, u64::MAX)]), 2);
        assert_eq!(history.count_lost(&[(5, u64::MAX)]), 0);
        history.forget(5, 5, Time(9));
        assert_eq!(history.count_lost(&[]), 4 + 2 + 1, "1 to 4, 5 and 6, and 7");
    }

    #[test]
    fn staleness_looks_at_what_was_acknowledged_before() {
        let mut history = History::new();
        let mut before = None;
        for position in 1..=3 {
            let row = Row::next(before, 0, (0, 0), position);
            let acknowledged = if position == 3 { Time::NEVER } else { Time(position * 10) };
            history.append(0, Write { key: 7, row, before, acknowledged, is_lost: false });
            before = Some(row);
        }
        for (at, expected) in [(9, 0), (10, 1), (19, 1), (20, 2), (99, 2)] {
            assert_eq!(history.newest_acknowledged(7, Time(at)), expected, "at {at}");
        }
        assert_eq!(history.newest_acknowledged(8, Time(99)), 0);
        history.forget(3, 3, Time(99));
        assert_eq!((history.len(), history.newest_acknowledged(7, Time(99))), (0, 0));
    }

    #[test]
    fn what_is_no_longer_kept_is_held_against_the_reads_under_way() {
        // Three writes of a key, acknowledged at 10, 20 and 30, of which a copy has none: a read may have begun in between.
        for (since, expected) in [(0, [0, 1, 1, 2, 3]), (12, [0, 1, 1, 2, 3]), (25, [0, 0, 0, 2, 3])] {
            let mut history = History::new();
            let mut before = None;
            for position in 1..=3 {
                let row = Row::next(before, 0, (0, 0), position);
                let acknowledged = Time(position * 10);
                history.append(0, Write { key: 7, row, before, acknowledged, is_lost: false });
                before = Some(row);
            }
            history.forget(3, 0, Time(since));
            let found = [9, 10, 19, 25, 30].map(|at| history.newest_acknowledged(7, Time(at)));
            assert_eq!((history.len(), found), (0, expected), "reads since {since}");
            history.forget(3, 2, Time(since));
            assert_eq!(history.newest_acknowledged(7, Time(25)), 0, "every copy has the first two");
            assert_eq!(history.newest_acknowledged(7, Time(30)), 3);
        }
    }
}
