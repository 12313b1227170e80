//! A token bucket: it fills at a rate, holds so many tokens, and each request takes one (J. Turner, 1986).
//!
//! What is missing in it is the work of a queue whose server takes 1 / rate for each: fed by Poisson arrivals it loses what an
//! M/D/1/K queue loses that has room for as many as the bucket holds (A. Berger, 1991).

use super::rate::{Rate, ceiling};

/// The tokens that are missing, in parts of `window`, of which `limit` come back in each nanosecond: all is whole numbers.
#[derive(Clone, Debug, Default)]
pub struct TokenBucket {
    missing: u128,
    since: u64,
}

impl TokenBucket {
    /// What a bucket takes of memory: two numbers \[B\].
    pub const BYTES: u64 = 16;

    /// After how many nanoseconds a bucket that holds `burst` has a token; 0 if it has one now.
    pub fn wait(&self, rate: Rate, burst: u64, now: u64) -> u64 {
        let taken = self.missing_at(rate, now) + u128::from(rate.window);
        let excess = taken.saturating_sub(u128::from(burst) * u128::from(rate.window));
        ceiling(excess, u128::from(rate.limit))
    }

    /// Takes a token, even one that is not there.
    pub fn take(&mut self, rate: Rate, now: u64) {
        self.missing = self.missing_at(rate, now) + u128::from(rate.window);
        self.since = self.since.max(now);
    }

    fn missing_at(&self, rate: Rate, now: u64) -> u128 {
        let passed = u128::from(now.saturating_sub(self.since));
        self.missing.saturating_sub(passed * u128::from(rate.limit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three in 10 ns, and two at once: a token every 10/3 ns.
    const RATE: Rate = Rate { limit: 3, window: 10 };

    #[test]
    fn tokens_come_back_to_the_nanosecond() {
        let mut bucket = TokenBucket::default();
        // now, the wait before, whether one is then taken
        for (now, wait, takes) in [
            (0, 0, true),
            (0, 0, true),
            (0, 4, false), // 10/3 is over after 4
            (3, 1, false),
            (4, 0, true),  // 2/3 of a nanosecond is kept
            (4, 3, false), // the next is whole at 20/3
            (7, 0, true),
            (7, 3, false), // then at 10
            (10, 0, true),
            (100, 0, true),
            (100, 0, true),
            (100, 4, false), // it never holds more than two
        ] {
            assert_eq!(bucket.wait(RATE, 2, now), wait, "at {now}");
            if takes {
                bucket.take(RATE, now);
            }
        }
    }

    #[test]
    fn a_window_sees_the_burst_and_what_the_rate_brings() {
        // b + r T, here 100 at once and 100 in the minute that follows
        let rate = Rate { limit: 100, window: 60_000 };
        let mut bucket = TokenBucket::default();
        let mut taken = 0;
        for now in 0..60_000 {
            while bucket.wait(rate, 100, now) == 0 {
                bucket.take(rate, now);
                taken += 1;
            }
        }
        assert_eq!(taken, 199, "the last token of the second hundred comes at 60 s");
    }

    #[test]
    fn it_may_be_overdrawn() {
        let mut bucket = TokenBucket::default();
        (0..5).for_each(|_| bucket.take(RATE, 0));
        // 5 are missing, and a bucket of 2 has one when 1 is: after 4 times 10/3 ns
        assert_eq!((bucket.wait(RATE, 2, 0), bucket.wait(RATE, 6, 0)), (14, 0));
    }
}
