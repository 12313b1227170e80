//! A leaky bucket as a queue: what is in it flows out at a constant rate, and what finds it full is lost.
//!
//! It is kept by *virtual scheduling* (ITU-T I.371, 1996): the instant at which all that was let in will have flowed out. With
//! room for `places` that wait it is a G/D/1/K queue, with K = places + 1.

use super::rate::{Rate, ceiling};

/// When all will have flowed out, in nanoseconds times `limit`: all is whole numbers.
#[derive(Clone, Debug, Default)]
pub struct LeakyBucket {
    empty_at: u128,
}

impl LeakyBucket {
    /// What a bucket takes of memory besides those who wait in it: a number \[B\].
    pub const BYTES: u64 = 8;

    /// After how many nanoseconds there is room for one more among so many places; 0 if there is now.
    pub fn wait(&self, rate: Rate, places: u64, now: u64) -> u64 {
        let fits = self.empty_at.saturating_sub(u128::from(places) * u128::from(rate.window));
        ceiling(fits, u128::from(rate.limit)).saturating_sub(now)
    }

    /// After how many nanoseconds it flows out if it comes in now.
    pub fn delay(&self, rate: Rate, now: u64) -> u64 {
        ceiling(self.empty_at, u128::from(rate.limit)).saturating_sub(now)
    }

    /// One comes in.
    pub fn take(&mut self, rate: Rate, now: u64) {
        let begins = self.empty_at.max(u128::from(now) * u128::from(rate.limit));
        self.empty_at = begins + u128::from(rate.window);
    }

    /// How many wait to flow out.
    pub fn waiting(&self, rate: Rate, now: u64) -> u64 {
        let left = self.empty_at.saturating_sub(u128::from(now) * u128::from(rate.limit));
        ceiling(left, u128::from(rate.window)).saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::super::token_bucket::TokenBucket;
    use super::*;
    use crate::kernel::random::{below, mix};

    /// Three in 10 ns.
    const RATE: Rate = Rate { limit: 3, window: 10 };

    #[test]
    fn the_outflow_is_even() {
        let mut bucket = LeakyBucket::default();
        // the first goes through at once, two wait
        for (now, delay, waiting) in [(0, 0, 0), (0, 4, 1), (0, 7, 2)] {
            assert_eq!((bucket.wait(RATE, 2, now), bucket.delay(RATE, now)), (0, delay));
            bucket.take(RATE, now);
            assert_eq!(bucket.waiting(RATE, now), waiting);
        }
        // the fourth finds room when the second flows out
        assert_eq!((bucket.wait(RATE, 2, 0), bucket.wait(RATE, 2, 3), bucket.wait(RATE, 2, 4)), (4, 1, 0));
        bucket.take(RATE, 4);
        assert_eq!(bucket.waiting(RATE, 4), 2);
        assert_eq!((bucket.waiting(RATE, 13), bucket.waiting(RATE, 14), bucket.delay(RATE, 14)), (0, 0, 0));
    }

    #[test]
    fn it_loses_what_a_token_bucket_refuses() {
        // With b places it admits the same requests as a bucket of b + 1 tokens, which lets them through at once.
        let (rate, places) = (Rate { limit: 7, window: 1000 }, 4);
        let (mut leaky, mut tokens) = (LeakyBucket::default(), TokenBucket::default());
        let (mut now, mut refused) = (0, 0);
        for turn in 0..20_000 {
            now += below(mix(turn, 1), 280);
            let wait = leaky.wait(rate, places, now);
            assert_eq!(wait, tokens.wait(rate, places + 1, now), "at {now}");
            if wait == 0 {
                leaky.take(rate, now);
                tokens.take(rate, now);
            } else {
                refused += 1;
            }
        }
        assert!((500..8000).contains(&refused), "{refused}");
    }
}
