//! A pool of connections: so many calls at once, the others wait in the order in which they came (the bulkhead of Nygard,
//! Release It!, 2007).

use std::collections::VecDeque;

/// The bounds of a pool.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limit {
    /// Connections.
    pub size: u32,
    /// How many calls may wait; `u32::MAX` for any number.
    pub queue: u32,
}

/// What comes of asking for a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer {
    /// There is one.
    Taken,
    /// The call waits.
    Waits,
    /// Too many wait already.
    Full,
}

/// The connections of one caller. Those who wait may leave without a word: they are passed over when it is their turn.
#[derive(Clone, Debug)]
pub struct Pool<T> {
    taken: u32,
    waiting: u32,
    line: VecDeque<T>,
}

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Pool { taken: 0, waiting: 0, line: VecDeque::new() }
    }
}

/// The line is looked through for those who have left only when it is at least this long.
const LINE_COMPACTION_LENGTH: usize = 64;

impl<T: Copy> Pool<T> {
    /// Somebody asks for a connection.
    pub fn ask(&mut self, limit: Limit, who: T, waits: impl Fn(T) -> bool) -> Answer {
        if self.taken < limit.size {
            self.taken += 1;
            return Answer::Taken;
        }
        if self.waiting >= limit.queue {
            return Answer::Full;
        }
        if self.line.len() > 2 * self.waiting as usize + LINE_COMPACTION_LENGTH {
            self.line.retain(|other| waits(*other));
        }
        self.waiting += 1;
        self.line.push_back(who);
        Answer::Waits
    }

    /// Somebody who waits leaves.
    pub fn leave(&mut self) {
        self.waiting -= 1;
    }

    /// A connection is free: whoever has waited longest takes it.
    pub fn give_back(&mut self, waits: impl Fn(T) -> bool) -> Option<T> {
        while let Some(next) = self.line.pop_front() {
            if waits(next) {
                self.waiting -= 1;
                return Some(next);
            }
        }
        self.taken -= 1;
        None
    }

    /// Connections taken.
    pub fn taken(&self) -> u32 {
        self.taken
    }

    /// How many wait.
    pub fn waiting(&self) -> u32 {
        self.waiting
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_wait_get_their_turn() {
        let limit = Limit { size: 2, queue: 3 };
        let mut pool = Pool::default();
        let answers = [1, 2, 3, 4, 5, 6].map(|who| pool.ask(limit, who, |_| true));
        let [taken, waits, full] = [Answer::Taken, Answer::Waits, Answer::Full];
        assert_eq!(answers, [taken, taken, waits, waits, waits, full]);
        pool.leave();
        assert_eq!(pool.ask(limit, 7, |_| true), waits, "there is room where 3 has left");
        assert_eq!((pool.taken(), pool.waiting()), (2, 3));
        let turns: Vec<Option<i32>> = (0..5).map(|_| pool.give_back(|who| who != 3)).collect();
        assert_eq!(turns, [Some(4), Some(5), Some(7), None, None]);
        assert_eq!((pool.taken(), pool.waiting()), (0, 0));
    }

    #[test]
    fn those_who_have_left_are_forgotten() {
        let limit = Limit { size: 0, queue: 1 };
        let mut pool = Pool::default();
        for who in 0..1000 {
            assert_eq!(pool.ask(limit, who, |_| false), Answer::Waits);
            pool.leave();
        }
        assert!(pool.line.len() <= LINE_COMPACTION_LENGTH + 1);
    }
}
