//! Fair queueing: everybody who asks has a line of their own, and all lines that are not empty get the same share of the work.
//!
//! Self-clocked fair queueing (Golestani 1994), which approximates the bit by bit round robin of Demers, Keshav and Shenker
//! (1989) without simulating it: a request's tag is its work plus the tag of the one before it in its line, or of the one
//! that was served last if its line was empty. The smallest tag is next. Whoever asks for ten times as much waits in a line
//! of their own; the others find the server as before.

use super::queue::Waiting;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Everybody's lines; nobody has one in which nobody waits. Push and pop are O(log n).
#[derive(Default)]
pub struct Lines {
    lines: BTreeMap<u64, VecDeque<Entry>>,
    /// The head of each line, and whose it is.
    heads: BTreeSet<(u128, u64, u64)>,
    /// The tag that was served last.
    tag: u128,
    turn: u64,
    entries: usize,
}

/// Somebody in a line.
struct Entry {
    /// When it would be done if all lines were served at once, in the time of a line.
    tag: u128,
    /// Of equal tags who came first.
    turn: u64,
    waiting: Waiting,
}

impl Lines {
    /// Somebody with so much work joins the line of `owner`.
    pub fn push(&mut self, owner: u64, waiting: Waiting, work: u64) {
        let line = self.lines.entry(owner).or_default();
        let start = line.back().map_or(self.tag, |newest| newest.tag);
        // Work that takes no time is a nanosecond: it is no licence to go first for ever.
        let tag = start + u128::from(work.max(1));
        self.turn += 1;
        if line.is_empty() {
            self.heads.insert((tag, self.turn, owner));
        }
        line.push_back(Entry { tag, turn: self.turn, waiting });
        self.entries += 1;
    }

    /// Who is next.
    pub fn pop(&mut self) -> Option<Waiting> {
        let (tag, _, owner) = self.heads.pop_first()?;
        self.tag = tag;
        let line = self.lines.get_mut(&owner).expect("a head has a line");
        let head = line.pop_front().expect("a head stands in its line");
        match line.front() {
            Some(next) => drop(self.heads.insert((next.tag, next.turn, owner))),
            None => drop(self.lines.remove(&owner)),
        }
        self.entries -= 1;
        Some(head.waiting)
    }

    /// The longest line, of equal ones that of the largest owner, and how many of it still wait.
    pub fn longest(&self, waits: impl Fn(Waiting) -> bool) -> Option<(u64, usize)> {
        let lengths = self.lines.keys().map(|owner| (self.length(*owner, &waits), *owner));
        lengths.filter(|(length, _)| *length > 0).max().map(|(length, owner)| (owner, length))
    }

    /// How many of a line still wait.
    pub fn length(&self, owner: u64, waits: impl Fn(Waiting) -> bool) -> usize {
        let line = self.lines.get(&owner);
        line.map_or(0, |line| line.iter().filter(|entry| waits(entry.waiting)).count())
    }

    /// Takes the newest of those who still wait out of a line, which is charged nothing for it.
    pub fn pop_newest(&mut self, owner: u64, waits: impl Fn(Waiting) -> bool) -> Option<Waiting> {
        let line = self.lines.get_mut(&owner)?;
        let mut newest = None;
        while let Some(entry) = line.pop_back() {
            self.entries -= 1;
            if line.is_empty() {
                self.heads.remove(&(entry.tag, entry.turn, owner));
            }
            if waits(entry.waiting) {
                newest = Some(entry.waiting);
                break;
            }
        }
        if line.is_empty() {
            self.lines.remove(&owner);
        }
        newest
    }

    /// Drops the entries of those who no longer wait.
    pub fn compact(&mut self, waits: impl Fn(Waiting) -> bool) {
        self.lines.values_mut().for_each(|line| line.retain(|entry| waits(entry.waiting)));
        self.lines.retain(|_, line| !line.is_empty());
        let head = |(owner, line): (&u64, &VecDeque<Entry>)| (line[0].tag, line[0].turn, *owner);
        self.heads = self.lines.iter().map(head).collect();
        self.entries = self.lines.values().map(VecDeque::len).sum();
    }

    /// Entries held, of those included who no longer wait.
    pub fn len(&self) -> usize {
        self.entries
    }

    /// Whether it holds no entry.
    pub fn is_empty(&self) -> bool {
        self.entries == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(request: u32) -> Waiting {
        Waiting { request, stamp: 0 }
    }

    fn order(lines: &mut Lines) -> Vec<u32> {
        std::iter::from_fn(|| lines.pop()).map(|waiting| waiting.request).collect()
    }

    #[test]
    fn lines_take_turns_by_work() {
        // Owner and work of each who comes, in order of coming; the order in which they are served.
        for (coming, expected) in [
            // Equal work: one of each in turn, however many one of them has brought.
            (vec![(1, 10), (1, 10), (1, 10), (2, 10), (2, 10), (3, 10)], vec![0, 3, 5, 1, 4, 2]),
            // Ten of work against five: one of the one for two of the other.
            (vec![(1, 10), (1, 10), (2, 5), (2, 5), (2, 5), (2, 5)], vec![2, 0, 3, 4, 1, 5]),
            // No work is no licence.
            (vec![(1, 0), (1, 0), (1, 0), (2, 1), (2, 1)], vec![0, 3, 1, 4, 2]),
        ] {
            let mut lines = Lines::default();
            for (request, (owner, work)) in coming.iter().enumerate() {
                lines.push(*owner, one(request as u32), *work);
            }
            assert_eq!(lines.len(), coming.len());
            assert_eq!(order(&mut lines), expected, "{coming:?}");
            assert!(lines.is_empty());
        }
    }

    /// Nobody saves up: whose line was empty for a while begins where the others are.
    #[test]
    fn idle_time_gives_no_credit() {
        let mut lines = Lines::default();
        (0..6).for_each(|request| lines.push(1, one(request), 10));
        assert_eq!((lines.pop(), lines.pop(), lines.pop()), (Some(one(0)), Some(one(1)), Some(one(2))));
        (6..9).for_each(|request| lines.push(2, one(request), 10));
        assert_eq!(order(&mut lines), [3, 6, 4, 7, 5, 8]);
    }

    #[test]
    fn the_longest_line_gives_up_its_newest() {
        let mut lines = Lines::default();
        for (request, owner) in [1, 2, 2, 3, 2].into_iter().enumerate() {
            lines.push(owner, one(request as u32), 10);
        }
        assert_eq!(lines.longest(|_| true), Some((2, 3)));
        assert_eq!(lines.longest(|waiting| ![2, 4].contains(&waiting.request)), Some((3, 1)));
        assert_eq!(lines.pop_newest(2, |waiting| waiting.request != 4), Some(one(2)));
        assert_eq!((lines.length(2, |_| true), lines.len()), (1, 3));
        // Its next one is charged for what is left only.
        lines.push(2, one(5), 10);
        lines.push(1, one(6), 10);
        assert_eq!(order(&mut lines), [0, 1, 3, 5, 6]);
        assert_eq!(lines.pop_newest(2, |_| true), None);
        assert!(lines.lines.is_empty() && lines.heads.is_empty());
    }

    #[test]
    fn who_has_gone_is_compacted_away() {
        let mut lines = Lines::default();
        (0..4).for_each(|request| lines.push(u64::from(request % 2), one(request), 10));
        lines.compact(|waiting| waiting.request > 0);
        assert_eq!((lines.len(), order(&mut lines)), (3, vec![1, 2, 3]));
    }
}
