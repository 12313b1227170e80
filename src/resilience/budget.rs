//! A retry budget: tokens that first attempts earn and retries cost (the "retry budget" of Finagle, Twitter 2016; the throttle
//! of gRPC, 2017).

use crate::units::{SECOND, Time};

/// Billionths of a token: whole numbers, so that ten tenths are one.
pub const TOKEN: u64 = 1_000_000_000;

/// How a budget fills.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Allowance {
    /// What a first attempt earns [billionths of a token].
    pub ratio: u64,
    /// What the budget holds at most, and at the beginning [billionths of a token].
    pub burst: u64,
    /// What comes in a second by itself [billionths of a token].
    pub per_second: u64,
}

/// The tokens of one caller.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Budget {
    tokens: u64,
    /// What time has brought beyond whole billionths [billionths of a billionth].
    rest: u64,
    since: Time,
}

impl Budget {
    /// A full one.
    pub fn new(allowance: &Allowance) -> Budget {
        Budget { tokens: allowance.burst, rest: 0, since: Time(0) }
    }

    /// A first attempt is made.
    pub fn earn(&mut self, allowance: &Allowance, now: Time) {
        self.fill(allowance, now);
        self.tokens = self.tokens.saturating_add(allowance.ratio).min(allowance.burst);
    }

    /// Whether a retry may be made; if so, it has been paid.
    pub fn pay(&mut self, allowance: &Allowance, now: Time) -> bool {
        self.fill(allowance, now);
        let paid = self.tokens.checked_sub(TOKEN);
        self.tokens = paid.unwrap_or(self.tokens);
        paid.is_some()
    }

    fn fill(&mut self, allowance: &Allowance, now: Time) {
        let passed = u128::from(now.since(self.since).0);
        self.since = now;
        let came = passed * u128::from(allowance.per_second) + u128::from(self.rest);
        self.rest = (came % u128::from(SECOND)) as u64;
        let sum = u128::from(self.tokens) + came / u128::from(SECOND);
        self.tokens = sum.min(u128::from(allowance.burst)) as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENTH: Allowance = Allowance { ratio: TOKEN / 10, burst: 10 * TOKEN, per_second: 0 };

    #[test]
    fn ten_first_attempts_pay_for_a_retry() {
        let mut budget = Budget::new(&TENTH);
        let now = Time(5);
        assert!((0..10).all(|_| budget.pay(&TENTH, now)), "it begins full");
        assert!(!budget.pay(&TENTH, now));
        for _ in 0..9 {
            budget.earn(&TENTH, now);
        }
        assert!(!budget.pay(&TENTH, now), "nine tenths are no token");
        budget.earn(&TENTH, now);
        assert!(budget.pay(&TENTH, now), "ten tenths are one");
        assert!(!budget.pay(&TENTH, now));
        (0..1000).for_each(|_| budget.earn(&TENTH, now));
        assert_eq!((0..1000).filter(|_| budget.pay(&TENTH, now)).count(), 10, "it holds no more");
    }

    #[test]
    fn time_brings_tokens_to_the_nanosecond() {
        // Three a second: the first is whole after 333,333,334 ns.
        let allowance = Allowance { ratio: 0, burst: 2 * TOKEN, per_second: 3 * TOKEN };
        // many small looks, or one
        for step in [1, 7, 333_333_333] {
            let mut budget = Budget { tokens: 0, rest: 0, since: Time(0) };
            for now in (0..=333_333_333).rev().step_by(step).collect::<Vec<u64>>().into_iter().rev().take(99)
            {
                assert!(!budget.pay(&allowance, Time(now)), "{now}");
            }
            assert!(budget.pay(&allowance, Time(333_333_334)));
            assert!(!budget.pay(&allowance, Time(333_333_335)));
            let much_later = Time(100 * SECOND);
            assert_eq!((0..9).filter(|_| budget.pay(&allowance, much_later)).count(), 2, "the burst is 2");
        }
    }
}
