//! A fixed window: so many until the clock comes to the next multiple of the window, then as many again.

use super::rate::Rate;

/// How many were let through in the window of the last of them.
#[derive(Clone, Debug, Default)]
pub struct FixedWindow {
    window: u64,
    count: u64,
}

impl FixedWindow {
    /// What it takes of memory: a counter, which expires with its window \[B\].
    pub const BYTES: u64 = 8;

    /// After how many nanoseconds one more would be among the first `most` of its window; 0 if it is now.
    pub fn wait(&self, rate: Rate, most: u64, now: u64) -> u64 {
        let (window, into) = rate.window_of(now);
        let is_full = window <= self.window && self.count >= most;
        if is_full { (self.window - window) * rate.window + rate.window - into } else { 0 }
    }

    /// So many more at an instant; those of a window that is over count no more.
    pub fn take(&mut self, rate: Rate, now: u64, count: u64) {
        let (window, _) = rate.window_of(now);
        if window > self.window {
            (self.window, self.count) = (window, 0);
        }
        if window == self.window {
            self.count += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { limit: 2, window: 10 };

    #[test]
    fn twice_the_limit_across_a_boundary() {
        let mut counter = FixedWindow::default();
        // now, the wait before, whether one is then let through
        for (now, wait, takes) in [
            (7, 0, true),
            (9, 0, true),
            (9, 1, false),
            (10, 0, true),
            (11, 0, true),
            (12, 8, false),
            (35, 0, true),
        ] {
            assert_eq!(counter.wait(RATE, 2, now), wait, "at {now}");
            if takes {
                counter.take(RATE, now, 1);
            }
        }
    }

    #[test]
    fn a_clock_that_went_back_finds_the_window_full() {
        let mut counter = FixedWindow::default();
        counter.take(RATE, 25, 2);
        assert_eq!((counter.wait(RATE, 2, 14), counter.wait(RATE, 3, 14)), (16, 0));
        counter.take(RATE, 14, 9);
        assert_eq!(counter.wait(RATE, 3, 25), 0, "what is over counts no more");
    }
}
