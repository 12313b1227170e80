//! The counter of a rule, by its algorithm.

use super::rule::{Algorithm, Rule};
use crate::mechanism::fixed_window::FixedWindow;
use crate::mechanism::leaky_bucket::LeakyBucket;
use crate::mechanism::sliding_counter::SlidingCounter;
use crate::mechanism::sliding_log::SlidingLog;
use crate::mechanism::token_bucket::TokenBucket;
use crate::units::{Span, Time};

/// What a rule remembers of those that fall under one counter.
#[derive(Clone, Debug)]
pub(super) enum Meter {
    Tokens(TokenBucket),
    Leaky(LeakyBucket),
    Window(FixedWindow),
    Log(SlidingLog),
    Counter(SlidingCounter),
}

/// What a rule says to a request: let through after a time, or come again after a time.
pub(super) type Decision = Result<Span, Span>;

impl Meter {
    /// Nothing has come yet.
    pub(super) fn new(algorithm: Algorithm) -> Meter {
        match algorithm {
            Algorithm::TokenBucket => Meter::Tokens(TokenBucket::default()),
            Algorithm::LeakyBucket => Meter::Leaky(LeakyBucket::default()),
            Algorithm::FixedWindow => Meter::Window(FixedWindow::default()),
            Algorithm::SlidingLog { .. } => Meter::Log(SlidingLog::default()),
            Algorithm::SlidingCounter => Meter::Counter(SlidingCounter::default()),
        }
    }

    /// After what time one more is let through; 0 if it is now.
    pub(super) fn wait(&self, rule: &Rule, now: u64) -> Span {
        Span(match self {
            Meter::Tokens(bucket) => bucket.wait(rule.rate, rule.hard, now),
            Meter::Leaky(bucket) => bucket.wait(rule.rate, rule.hard, now),
            Meter::Window(counter) => counter.wait(rule.rate, rule.hard, now),
            Meter::Log(log) => log.wait(rule.rate, rule.hard, now),
            Meter::Counter(counter) => counter.wait(rule.rate, rule.hard, now),
        })
    }

    /// One is let through: how long it is held back.
    pub(super) fn take(&mut self, rule: &Rule, now: u64) -> Span {
        let delay = match self {
            Meter::Leaky(bucket) => bucket.delay(rule.rate, now),
            _ => 0,
        };
        self.absorb(rule, now, now, 1);
        Span(delay)
    }

    /// One is turned away: after what time another would be let through.
    pub(super) fn refuse(&mut self, rule: &Rule, now: u64) -> Span {
        if let Meter::Log(log) = self
            && rule.notes_all()
        {
            log.note(rule.rate, now);
        }
        self.wait(rule, now)
    }

    /// Decides, and counts.
    pub(super) fn decide(&mut self, rule: &Rule, now: u64) -> Decision {
        if self.wait(rule, now) == Span::ZERO {
            Ok(self.take(rule, now))
        } else {
            Err(self.refuse(rule, now))
        }
    }

    /// So many were let through elsewhere, the last of them at an instant, of which is heard now.
    pub(super) fn absorb(&mut self, rule: &Rule, then: u64, now: u64, count: u64) {
        match self {
            Meter::Tokens(bucket) => (0..count).for_each(|_| bucket.take(rule.rate, now)),
            Meter::Leaky(bucket) => (0..count).for_each(|_| bucket.take(rule.rate, now)),
            Meter::Window(counter) => counter.take(rule.rate, then, count),
            Meter::Log(log) => (0..count).for_each(|_| log.note(rule.rate, now)),
            Meter::Counter(counter) => counter.take(rule.rate, then, count),
        }
    }

    /// What it takes of memory \[B\].
    pub(super) fn bytes(&self, rule: &Rule, now: u64) -> u64 {
        match self {
            Meter::Tokens(_) => TokenBucket::BYTES,
            // Those who wait stand in it.
            Meter::Leaky(bucket) => LeakyBucket::BYTES * (1 + bucket.waiting(rule.rate, now)),
            Meter::Window(_) => FixedWindow::BYTES,
            Meter::Log(log) => SlidingLog::BYTES * log.len(),
            Meter::Counter(_) => SlidingCounter::BYTES,
        }
    }
}

impl Rule {
    /// An instant as the rule's windows count it \[ns\]: they begin with the measured time.
    pub(super) fn instant(&self, now: Time, start: Time) -> u64 {
        let into = start.0 % self.rate.window;
        now.0 + if into == 0 { 0 } else { self.rate.window - into }
    }
}
