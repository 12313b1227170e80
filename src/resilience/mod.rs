//! What a call does when things go wrong: pure machines that the world tells what happened.

pub mod batch;
pub mod breaker;
pub mod budget;
pub mod gate;
pub mod latencies;
pub mod pool;
pub mod rule;
pub mod throttle;

use crate::units::{AmountId, OutcomeId, Span};

/// What a caller does when a call fails; belongs to an edge.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Policy {
    /// How long the caller waits for the answer to an attempt.
    pub timeout: Option<AmountId>,
    /// How long it waits for the answer to the call, with all attempts.
    pub deadline: Option<Deadline>,
    /// Whether and when it tries again.
    pub retry: Option<Retry>,
    /// Whether and when it makes further attempts beside one that is open.
    pub hedge: Option<Hedge>,
    /// What it tells the callee when it gives up. If nothing is said of that the callee hears nothing, unless the caller has been told
    /// to stop itself: then so is the callee.
    pub cancel: Option<Cancel>,
    /// What its attempts pass before they leave.
    pub gate: Option<gate::Terms>,
    /// When its calls travel together.
    pub batch: Option<batch::Terms>,
}

/// How long messages over an edge take instead of what the network says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Latency {
    /// To the callee.
    pub there: AmountId,
    /// Home.
    pub back: AmountId,
}

impl Policy {
    /// Whether it makes no more and no fewer calls than the caller, at no other times.
    pub fn lets_calls_be(&self) -> bool {
        self.timeout.is_none()
            && self.deadline.is_none()
            && self.retry.is_none()
            && self.hedge.is_none()
            && self.gate.is_none()
            && self.batch.is_none()
    }

    /// Whether the other attempts that wait end when one of them has begun.
    pub fn is_tied(&self) -> bool {
        self.hedge.is_some() && self.cancel == Some(Cancel::Queued)
    }
}

/// Further attempts beside one that is open.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Hedge {
    /// How long after the one before each begins.
    pub after: After,
    /// How many attempts there are in a round, the first included.
    pub copies: u32,
}

/// How long a caller waits before it makes a further attempt.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum After {
    /// Not at all: they all begin at once.
    AtOnce,
    /// This long.
    Time(AmountId),
    /// As long as this share of its attempts took, as far as it has seen.
    Percentile(f64),
}

/// The time for a call with its retries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Deadline {
    /// How long it is; always the same.
    pub time: AmountId,
    /// Whether the callee's own calls end with it.
    pub is_handed_on: bool,
}

/// What a caller that gives up tells its callee.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cancel {
    /// Nothing: the callee finishes the work, in vain.
    Nothing,
    /// To stop if it has not begun.
    Queued,
    /// To stop.
    Everything,
}

/// When a call is tried again.
#[derive(Clone, PartialEq, Debug)]
pub struct Retry {
    /// How many attempts there are, the first included; none for any number.
    pub attempts: Option<u32>,
    /// The pause between them.
    pub backoff: Backoff,
    /// The longest pause before jitter.
    pub cap: Span,
    /// What chance does to the pause.
    pub jitter: Jitter,
    /// The outcomes after which it is tried again.
    pub on: Vec<OutcomeId>,
    /// What limits the retries of one caller, besides the attempts of each call.
    pub budget: Option<budget::Allowance>,
    /// What the caller makes of being told when to come again.
    pub retry_after: RetryAfter,
}

/// What a caller makes of a callee's word when to come again.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum RetryAfter {
    /// Nothing.
    #[default]
    Ignore,
    /// Its pause begins when that time is over.
    Obey,
}

/// How the pause between attempts grows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Backoff {
    /// No pause.
    None,
    /// The same law each time.
    Constant(AmountId),
    /// Twice as long each time.
    Doubling(AmountId),
    /// Uniform between the base and three times the pause before (Brooker 2015, "decorrelated jitter").
    Decorrelated(AmountId),
}

/// What chance does to a pause.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Jitter {
    /// Nothing.
    None,
    /// Uniform between zero and the pause.
    Full,
    /// Half of the pause, and a uniform part of the other half.
    Equal,
}

impl Retry {
    /// Whether an attempt follows after `started` attempts, the last of which ended so.
    pub fn tries_again(&self, started: u32, outcome: OutcomeId) -> bool {
        self.attempts.is_none_or(|attempts| started < attempts) && self.on.contains(&outcome)
    }

    /// The pause after the attempt number `started` (from 1). `base` is this pause's draw of the base, `previous` the pause
    /// before, `uniform` a draw from (0, 1).
    pub fn pause(&self, started: u32, base: Span, previous: Span, uniform: f64) -> Span {
        let pause = match self.backoff {
            Backoff::None => Span::ZERO,
            Backoff::Constant(_) => base.min(self.cap),
            Backoff::Doubling(_) => {
                let doublings = started.saturating_sub(1).min(63);
                Span(base.0.saturating_mul(1 << doublings)).min(self.cap)
            }
            Backoff::Decorrelated(_) => {
                let high = previous.max(base).0.saturating_mul(3).max(base.0);
                return Span(base.0 + portion(high - base.0, uniform)).min(self.cap);
            }
        };
        match self.jitter {
            Jitter::None => pause,
            Jitter::Full => Span(portion(pause.0, uniform)),
            Jitter::Equal => Span(pause.0 / 2 + portion(pause.0 - pause.0 / 2, uniform)),
        }
    }

    /// The amount that the base of a pause is drawn from.
    pub fn base(&self) -> Option<AmountId> {
        match self.backoff {
            Backoff::None => None,
            Backoff::Constant(base) | Backoff::Doubling(base) | Backoff::Decorrelated(base) => Some(base),
        }
    }
}

fn portion(whole: u64, share: f64) -> u64 {
    (whole as f64 * share) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retry(backoff: Backoff, jitter: Jitter) -> Retry {
        Retry {
            attempts: Some(5),
            backoff,
            cap: Span(100),
            jitter,
            on: vec![OutcomeId(1)],
            budget: None,
            retry_after: RetryAfter::Ignore,
        }
    }

    #[test]
    fn pauses_follow_their_law() {
        let amount = AmountId(0);
        // backoff, jitter, attempts started, pause before, uniform draw, pause
        let table = [
            (Backoff::None, Jitter::Full, 3, 0, 0.5, 0),
            (Backoff::Constant(amount), Jitter::None, 3, 0, 0.5, 10),
            (Backoff::Doubling(amount), Jitter::None, 1, 0, 0.5, 10),
            (Backoff::Doubling(amount), Jitter::None, 4, 0, 0.5, 80),
            (Backoff::Doubling(amount), Jitter::None, 5, 0, 0.5, 100),
            (Backoff::Doubling(amount), Jitter::None, 200, 0, 0.5, 100),
            (Backoff::Doubling(amount), Jitter::Full, 4, 0, 0.25, 20),
            (Backoff::Doubling(amount), Jitter::Equal, 4, 0, 0.25, 50),
            (Backoff::Decorrelated(amount), Jitter::None, 1, 0, 0.5, 20),
            (Backoff::Decorrelated(amount), Jitter::None, 2, 20, 0.5, 35),
            (Backoff::Decorrelated(amount), Jitter::None, 9, 90, 0.99, 100),
        ];
        for (backoff, jitter, started, previous, uniform, pause) in table {
            let actual = retry(backoff, jitter).pause(started, Span(10), Span(previous), uniform);
            assert_eq!(actual, Span(pause), "{backoff:?} {jitter:?} {started}");
        }
    }

    #[test]
    fn attempts_count_the_first() {
        let retry = retry(Backoff::None, Jitter::None);
        assert!(retry.tries_again(4, OutcomeId(1)));
        assert!(!retry.tries_again(5, OutcomeId(1)));
        assert!(!retry.tries_again(1, OutcomeId(2)));
        assert!(Retry { attempts: None, ..retry }.tries_again(u32::MAX, OutcomeId(1)));
    }
}
