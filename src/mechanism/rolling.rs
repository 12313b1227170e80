//! The exact number of events in a sliding window, for whoever only looks on.

use std::collections::VecDeque;

/// The events of the last window.
#[derive(Clone, Debug, Default)]
pub struct Rolling {
    instants: VecDeque<u64>,
}

impl Rolling {
    /// Notes an event, not before the last one \[ns\]: how many there are in the window that ends with it, and how long ago the
    /// one before was \[ns\].
    pub fn note(&mut self, window: u64, now: u64) -> (u64, Option<u64>) {
        let gap = self.instants.back().map(|last| now.saturating_sub(*last));
        // The last one stays, however long ago: the next gap begins there.
        while self.instants.len() > 1 && self.instants.front().is_some_and(|first| first + window <= now) {
            self.instants.pop_front();
        }
        self.instants.push_back(now);
        let is_stale = self.instants.front().is_some_and(|first| first + window <= now);
        (self.instants.len() as u64 - u64::from(is_stale), gap)
    }

    /// Bytes held.
    pub fn memory(&self) -> u64 {
        (self.instants.capacity() * size_of::<u64>()) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_half_open() {
        let mut rolling = Rolling::default();
        let notes = [3, 5, 12, 13, 15, 40, 49].map(|now| rolling.note(10, now));
        let expected =
            [(1, None), (2, Some(2)), (3, Some(7)), (3, Some(1)), (3, Some(2)), (1, Some(25)), (2, Some(9))];
        assert_eq!(notes, expected);
        assert!(rolling.memory() >= 16);
    }
}
