//! The gate that an attempt passes before it leaves its caller: a breaker, a limit and a pool, in this order.
//!
//! Whoever is turned away by one of them has not been at those behind it. Whoever waits for a connection has passed the others.

use super::breaker::{self, Breaker};
use super::pool::{self, Pool};
use super::throttle::{self, Throttle};
use crate::mechanism::concurrency_limit::{self, ConcurrencyLimit, Rule};
use crate::units::Time;

/// What a gate is made of.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Terms {
    /// Whether calls are made at all.
    pub breaker: Option<breaker::Terms>,
    /// How many.
    pub limit: Option<Limit>,
    /// Over which connections.
    pub pool: Option<pool::Limit>,
}

/// How a caller limits itself.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Limit {
    /// To a multiple of what is accepted.
    Adaptive(throttle::Terms),
    /// To so many under way at once.
    Concurrency(Rule),
}

/// The gate of one caller.
#[derive(Clone, Debug)]
pub struct Gate<T> {
    breaker: Option<Breaker>,
    limiter: Option<Limiter>,
    pool: Option<Pool<T>>,
}

#[derive(Clone, Debug)]
enum Limiter {
    Adaptive(Throttle),
    Concurrency(ConcurrencyLimit),
}

/// What comes of asking.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer {
    /// The attempt leaves.
    Goes(Pass),
    /// The attempt waits for a connection.
    Waits(Pass),
    /// The breaker is open.
    Open,
    /// The limit does not allow it.
    Limited,
    /// Too many wait for a connection.
    Full,
}

/// What an attempt gives back when it ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pass {
    /// The breaker's epoch.
    pub epoch: u32,
    /// Since when it is outside.
    pub since: Time,
    /// Whether it is.
    pub place: Place,
}

/// Where the holder of a pass is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// It waits for a connection.
    InLine,
    /// It has left.
    Outside,
}

pub use super::breaker::Ended;

impl<T: Copy> Gate<T> {
    /// An open gate with nobody outside.
    pub fn new(terms: &Terms) -> Gate<T> {
        let limiter = terms.limit.map(|limit| match limit {
            Limit::Adaptive(_) => Limiter::Adaptive(Throttle::default()),
            Limit::Concurrency(rule) => Limiter::Concurrency(ConcurrencyLimit::new(&rule)),
        });
        let breaker = terms.breaker.map(|terms| Breaker::new(&terms));
        Gate { breaker, limiter, pool: terms.pool.map(|_| Pool::default()) }
    }

    /// Somebody wants to leave. `uniform` draws from (0, 1) if chance decides; `waits` says whether somebody in line still waits.
    pub fn ask(
        &mut self,
        terms: &Terms,
        now: Time,
        who: T,
        uniform: impl FnOnce() -> f64,
        waits: impl Fn(T) -> bool,
    ) -> Answer {
        let epoch = match (&mut self.breaker, &terms.breaker) {
            (Some(breaker), Some(terms)) => breaker.ask(terms, now),
            _ => Some(0),
        };
        let Some(epoch) = epoch else { return Answer::Open };
        let is_allowed = match (&mut self.limiter, &terms.limit) {
            (Some(Limiter::Adaptive(throttle)), Some(Limit::Adaptive(terms))) => {
                throttle.ask(terms, now, uniform())
            }
            (Some(Limiter::Concurrency(limit)), _) => limit.take(),
            _ => true,
        };
        let pass = |place| Pass { epoch, since: now, place };
        if !is_allowed {
            self.tell_breaker(terms, epoch, now, Ended::Unknown);
            return Answer::Limited;
        }
        let (Some(pool), Some(limit)) = (&mut self.pool, terms.pool) else {
            return Answer::Goes(pass(Place::Outside));
        };
        match pool.ask(limit, who, waits) {
            pool::Answer::Taken => Answer::Goes(pass(Place::Outside)),
            pool::Answer::Waits => Answer::Waits(pass(Place::InLine)),
            pool::Answer::Full => {
                self.tell(terms, pass(Place::InLine), now, Ended::Unknown);
                Answer::Full
            }
        }
    }

    /// An attempt has ended; until when the breaker is open if it has opened because of that.
    pub fn tell(&mut self, terms: &Terms, pass: Pass, now: Time, ended: Ended) -> Option<Time> {
        // Who is in line has asked nobody for anything.
        let ended = if pass.place == Place::Outside { ended } else { Ended::Unknown };
        match (&mut self.limiter, &terms.limit) {
            (Some(Limiter::Adaptive(throttle)), Some(Limit::Adaptive(terms))) if ended == Ended::Well => {
                throttle.accepted(terms, now);
            }
            (Some(Limiter::Concurrency(limit)), Some(Limit::Concurrency(rule))) => {
                let ended = match ended {
                    Ended::Well => concurrency_limit::Ended::Answered(now.since(pass.since).0),
                    Ended::Failed => concurrency_limit::Ended::Dropped,
                    Ended::Unknown => concurrency_limit::Ended::Unknown,
                };
                limit.give_back(rule, now.0, ended);
            }
            _ => {}
        }
        self.tell_breaker(terms, pass.epoch, now, ended)
    }

    fn tell_breaker(&mut self, terms: &Terms, epoch: u32, now: Time, ended: Ended) -> Option<Time> {
        let (breaker, terms) = self.breaker.as_mut().zip(terms.breaker.as_ref())?;
        breaker.tell(terms, epoch, now, ended)
    }

    /// Who had this pass has gone: whoever has waited longest in line may leave in its place.
    pub fn leave(&mut self, place: Place, waits: impl Fn(T) -> bool) -> Option<T> {
        let pool = self.pool.as_mut()?;
        match place {
            Place::Outside => pool.give_back(waits),
            Place::InLine => {
                pool.leave();
                None
            }
        }
    }

    /// How many may be outside at once just now, if that is limited by more than connections.
    pub fn limit(&self) -> Option<u32> {
        match &self.limiter {
            Some(Limiter::Concurrency(limit)) => Some(limit.limit()),
            _ => None,
        }
    }

    /// Whether nobody is outside or in line.
    pub fn is_idle(&self) -> bool {
        let is_unlimited = match &self.limiter {
            Some(Limiter::Concurrency(limit)) => limit.in_flight() == 0,
            _ => true,
        };
        is_unlimited && self.pool.as_ref().is_none_or(|pool| pool.taken() == 0 && pool.waiting() == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Span;

    const BREAKER: breaker::Terms =
        breaker::Terms { failures: Some(2), ratio: None, open: Span(100), probes: 1 };
    const POOL: pool::Limit = pool::Limit { size: 1, queue: 1 };

    fn ask(gate: &mut Gate<u32>, terms: &Terms, now: u64) -> Answer {
        gate.ask(terms, Time(now), 7, || 0.5, |_| true)
    }

    fn goes(epoch: u32, since: u64) -> Answer {
        Answer::Goes(Pass { epoch, since: Time(since), place: Place::Outside })
    }

    fn end(gate: &mut Gate<u32>, terms: &Terms, answer: Answer, now: u64, ended: Ended) -> Option<u32> {
        let (Answer::Goes(pass) | Answer::Waits(pass)) = answer else { panic!("{answer:?} is no pass") };
        gate.tell(terms, pass, Time(now), ended);
        gate.leave(pass.place, |_| false)
    }

    /// Two may be outside by the limit, one of them has a connection, and one waits; the fourth is turned away by the limit, and
    /// with a higher limit by the pool, which it tells nobody of.
    #[test]
    fn each_turns_away_for_its_own_reason() {
        for (limit, last) in [(2, Answer::Limited), (3, Answer::Full)] {
            let limit = Some(Limit::Concurrency(Rule::Fixed(limit)));
            let terms = Terms { breaker: Some(BREAKER), limit, pool: Some(POOL) };
            let mut gate = Gate::new(&terms);
            let first = ask(&mut gate, &terms, 1);
            assert_eq!(first, goes(0, 1));
            let second = ask(&mut gate, &terms, 2);
            assert_eq!(second, Answer::Waits(Pass { epoch: 0, since: Time(2), place: Place::InLine }));
            assert_eq!([3, 4, 5].map(|now| ask(&mut gate, &terms, now)), [last; 3]);
            assert_eq!(end(&mut gate, &terms, second, 6, Ended::Failed), None, "it was never made");
            assert_eq!(end(&mut gate, &terms, first, 7, Ended::Well), None);
            assert!(gate.is_idle());
        }
    }

    /// A probe that the pool turns away gives its place to the next.
    #[test]
    fn who_is_turned_away_further_on_is_no_probe() {
        let terms =
            Terms { breaker: Some(BREAKER), limit: None, pool: Some(pool::Limit { size: 2, queue: 0 }) };
        let mut gate = Gate::new(&terms);
        let both = [1, 2].map(|now| ask(&mut gate, &terms, now));
        let Answer::Goes(pass) = both[0] else { panic!("it is closed") };
        assert_eq!(gate.tell(&terms, pass, Time(10), Ended::Failed), None);
        assert_eq!(gate.tell(&terms, pass, Time(10), Ended::Failed), Some(Time(110)));
        assert_eq!(ask(&mut gate, &terms, 109), Answer::Open);
        assert_eq!([110, 111].map(|now| ask(&mut gate, &terms, now)), [Answer::Full; 2]);
        assert_eq!(gate.leave(Place::Outside, |_| true), None);
        assert_eq!(ask(&mut gate, &terms, 112), goes(2, 112));
        assert_eq!(ask(&mut gate, &terms, 113), Answer::Open, "the probe is under way");
    }

    #[test]
    fn a_limit_learns_from_those_who_left() {
        let rule = Rule::Aimd(concurrency_limit::Aimd {
            initial: 1,
            min: 1,
            max: 9,
            increase: 1.0,
            decrease: 0.5,
            timeout: 50,
        });
        let terms = Terms { breaker: None, limit: Some(Limit::Concurrency(rule)), pool: None };
        let mut gate = Gate::new(&terms);
        // How long it takes, how it ends, and the limit then.
        for (time, ended, limit) in [
            (50, Ended::Well, 2),
            (50, Ended::Well, 3),
            (50, Ended::Well, 3),
            (50, Ended::Unknown, 3),
            (51, Ended::Well, 1),
            (50, Ended::Well, 2),
            (50, Ended::Failed, 1),
        ] {
            let pass = ask(&mut gate, &terms, 1000);
            end(&mut gate, &terms, pass, 1000 + time, ended);
            assert_eq!(gate.limit(), Some(limit), "{time} {ended:?}");
        }
    }

    #[test]
    fn chance_is_asked_where_it_decides() {
        let throttle = throttle::Terms { multiplier: 2.0, window: Span(6_000) };
        let terms = Terms { breaker: None, limit: Some(Limit::Adaptive(throttle)), pool: None };
        let mut gate = Gate::new(&terms);
        let answers = [1, 2, 3].map(|now| gate.ask(&terms, Time(now), 7, || 0.6, |_| true));
        assert_eq!(answers, [goes(0, 1), goes(0, 2), Answer::Limited], "0, 1/2 and 2/3 are turned away");
        for now in 4..7 {
            end(&mut gate, &terms, answers[0], now, Ended::Well);
        }
        assert_eq!(gate.ask(&terms, Time(8), 7, || 1e-9, |_| true), goes(0, 8));
        let without = Terms { breaker: None, limit: None, pool: None };
        let mut gate: Gate<u32> = Gate::new(&without);
        let answer = gate.ask(&without, Time(9), 7, || unreachable!("nothing is drawn"), |_| true);
        assert_eq!(answer, goes(0, 9));
    }
}
