//! A sliding counter: two fixed windows, of which the earlier one counts by the share of it that a sliding window would still
//! cover, as if what it had were spread evenly (J. Desgats, Cloudflare, 2017).

use super::rate::Rate;

/// How many were let through in the window of the last of them, and in the one before.
#[derive(Clone, Debug, Default)]
pub struct SlidingCounter {
    window: u64,
    current: u64,
    previous: u64,
}

impl SlidingCounter {
    /// What it takes of memory: two counters \[B\].
    pub const BYTES: u64 = 16;

    /// The estimate of the last window, times the window's nanoseconds.
    pub fn estimate(&self, rate: Rate, now: u64) -> u128 {
        let (current, previous, into) = self.at(rate, now);
        u128::from(previous) * u128::from(rate.window - into) + u128::from(current) * u128::from(rate.window)
    }

    /// After how many nanoseconds the estimate is below `most`, if nothing else comes; 0 if it is now.
    pub fn wait(&self, rate: Rate, most: u64, now: u64) -> u64 {
        let (current, previous, into) = self.at(rate, now);
        if current < most {
            return falls_below(previous, most - current, rate.window).saturating_sub(into);
        }
        rate.window - into + falls_below(current, most, rate.window)
    }

    /// So many more at an instant.
    pub fn take(&mut self, rate: Rate, now: u64, count: u64) {
        let (window, _) = rate.window_of(now);
        if window > self.window {
            (self.current, self.previous, _) = self.at(rate, now);
            self.window = window;
        }
        if window == self.window {
            self.current += count;
        } else if window + 1 == self.window {
            self.previous += count;
        }
    }

    /// The counters of the window of an instant and of the one before, and how far into it that is \[ns\].
    fn at(&self, rate: Rate, now: u64) -> (u64, u64, u64) {
        let (window, into) = rate.window_of(now);
        match window.saturating_sub(self.window) {
            0 => (self.current, self.previous, into),
            1 => (0, self.current, into),
            _ => (0, 0, into),
        }
    }
}

/// How far into a window the rest of what the window before had is below a number: the first nanosecond at which
/// `count` (window - into) < below window.
fn falls_below(count: u64, below: u64, window: u64) -> u64 {
    if count < below {
        return 0;
    }
    // Less than the window: the count is not below.
    let rest = (u128::from(below) * u128::from(window) - 1) / u128::from(count.max(1));
    window - rest as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    #[test]
    fn the_example_of_cloudflare() {
        // limit 50 a minute, 42 in the last minute, 18 so far, 15 s in: 42 x 45/60 + 18 = 49.5
        let rate = Rate { limit: 50, window: 60 * SECOND };
        let mut counter = SlidingCounter::default();
        counter.take(rate, 30 * SECOND, 42);
        counter.take(rate, 70 * SECOND, 18);
        let estimate = |now| counter.estimate(rate, now) as f64 / rate.window as f64;
        assert_eq!(estimate(75 * SECOND), 49.5);
        assert_eq!(counter.wait(rate, 50, 75 * SECOND), 0, "one more is let through");
        counter.take(rate, 75 * SECOND, 1);
        // 42 (60 - into) + 19 x 60 < 50 x 60 from 110/7 s on
        let first = 110 * SECOND / 7 + 1;
        assert_eq!(counter.wait(rate, 50, 75 * SECOND), first - 15 * SECOND);
        for (now, wait) in [(60 * SECOND + first - 1, 1), (60 * SECOND + first, 0), (200 * SECOND, 0)] {
            assert_eq!(counter.wait(rate, 50, now), wait);
        }
    }

    #[test]
    fn a_full_window_lets_one_through_as_soon_as_it_shrinks() {
        let rate = Rate { limit: 2, window: 10 };
        let mut counter = SlidingCounter::default();
        counter.take(rate, 3, 2);
        // at 10 the estimate is 2, at 11 it is 1.8; with one of its own it falls below 2 after half of the window
        for (now, wait, takes) in
            [(3, 8, false), (10, 1, false), (11, 0, true), (11, 5, false), (16, 0, true)]
        {
            assert_eq!(counter.wait(rate, 2, now), wait, "at {now}");
            if takes {
                counter.take(rate, now, 1);
            }
        }
        counter.take(rate, 4, 7);
        assert_eq!(counter.wait(rate, 2, 16), 5, "a window that is over counts in the one before");
    }

    #[test]
    fn the_wait_is_the_first_instant() {
        let rate = Rate { limit: 5, window: 97 };
        for (previous, current) in [(0, 5), (3, 4), (9, 1), (11, 0), (30, 4), (2, 9), (7, 5)] {
            let mut counter = SlidingCounter::default();
            counter.take(rate, 90, previous);
            counter.take(rate, 100, current);
            for now in 100..194 {
                let is_below = |now: u64| counter.estimate(rate, now) < u128::from(rate.limit * rate.window);
                let first = (now..).find(|instant| is_below(*instant)).expect("all is over some day");
                assert_eq!(counter.wait(rate, 5, now), first - now, "{previous} {current} at {now}");
            }
        }
    }
}
