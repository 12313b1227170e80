//! A sliding log: the instants of the last window, each of which counts for as long as the window is.

use super::rate::Rate;
use std::collections::VecDeque;

/// Instants, ascending.
#[derive(Clone, Debug, Default)]
pub struct SlidingLog {
    instants: VecDeque<u64>,
}

impl SlidingLog {
    /// What an instant takes of memory \[B\].
    pub const BYTES: u64 = 8;

    /// After how many nanoseconds one more would be among `most` in a window; 0 if it is now.
    pub fn wait(&self, rate: Rate, most: u64, now: u64) -> u64 {
        let above = (self.instants.len() as u64).checked_sub(most);
        let Some(instant) = above.and_then(|above| self.instants.get(above as usize)) else { return 0 };
        (instant + rate.window).saturating_sub(now)
    }

    /// Notes an instant, and forgets those that have left the window.
    pub fn note(&mut self, rate: Rate, now: u64) {
        let now = self.instants.back().map_or(now, |last| now.max(*last));
        while self.instants.front().is_some_and(|first| first + rate.window <= now) {
            self.instants.pop_front();
        }
        self.instants.push_back(now);
    }

    /// How many instants it keeps.
    pub fn len(&self) -> u64 {
        self.instants.len() as u64
    }

    /// Whether it keeps none.
    pub fn is_empty(&self) -> bool {
        self.instants.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::random::{below, mix};

    const RATE: Rate = Rate { limit: 3, window: 10 };

    #[test]
    fn an_instant_counts_for_a_window() {
        let mut log = SlidingLog::default();
        for (now, wait, notes) in [
            (5, 0, true),
            (5, 0, true),
            (7, 0, true),
            (7, 8, false),
            (14, 1, false),
            (15, 0, true), // both of 5 have left
            (16, 0, true),
            (16, 1, false),
            (17, 0, true),
        ] {
            assert_eq!(log.wait(RATE, 3, now), wait, "at {now}");
            if notes {
                log.note(RATE, now);
            }
        }
        assert_eq!((log.len(), log.is_empty()), (3, false));
    }

    #[test]
    fn no_window_has_more_than_the_limit() {
        let (mut log, mut admitted) = (SlidingLog::default(), Vec::new());
        let mut now = 0;
        for turn in 0..5000 {
            now += below(mix(turn, 2), 6);
            if log.wait(RATE, 3, now) == 0 {
                log.note(RATE, now);
                admitted.push(now);
            }
        }
        let most = admitted.windows(4).filter(|four| four[3] - four[0] < 10).count();
        assert_eq!(most, 0, "the fourth comes a window after the first");
        assert!(admitted.windows(4).any(|four| four[3] - four[0] == 10), "and as soon as it may");
    }
}
