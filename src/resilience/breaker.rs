//! A circuit breaker: after enough failures calls are not made for a while, and then only a few to see whether all is well again
//! (Nygard, Release It!, 2007; Hystrix, Netflix 2012).

use crate::mechanism::recent::Recent;
use crate::units::{Span, Time};

/// When a breaker opens, and how it closes again.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Terms {
    /// So many failures one after the other open it.
    pub failures: Option<u32>,
    /// Such a share of failures opens it.
    pub ratio: Option<Ratio>,
    /// For how long it is open.
    pub open: Span,
    /// How many calls then have to succeed.
    pub probes: u32,
}

/// The share of failures that opens a breaker.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Ratio {
    /// The share; in (0, 1].
    pub share: f64,
    /// Of the calls that ended so lately.
    pub window: Span,
    /// With fewer calls than this it stays closed.
    pub calls: u32,
}

/// How a call ended, as far as it says something of the callee.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ended {
    /// It was answered.
    Well,
    /// It failed.
    Failed,
    /// Its caller gave it up for another reason, or it was never made.
    Unknown,
}

/// What a breaker has changed to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Closed,
    Open {
        until: Time,
    },
    /// So many calls are under way and so many have succeeded.
    HalfOpen {
        under_way: u32,
        succeeded: u32,
    },
}

/// The breaker of one caller.
#[derive(Clone, PartialEq, Debug)]
pub struct Breaker {
    state: State,
    /// Counts the changes of state: a call that was made before the last one says nothing of it.
    epoch: u32,
    /// Failures one after the other.
    failures: u32,
    recent: Option<Recent>,
}

impl Breaker {
    /// A closed one.
    pub fn new(terms: &Terms) -> Breaker {
        let recent = terms.ratio.map(|_| Recent::default());
        Breaker { state: State::Closed, epoch: 0, failures: 0, recent }
    }

    /// Whether a call may be made; if so, the epoch in which it is.
    pub fn ask(&mut self, terms: &Terms, now: Time) -> Option<u32> {
        if let State::Open { until } = self.state
            && now >= until
        {
            self.change(State::HalfOpen { under_way: 0, succeeded: 0 });
        }
        match &mut self.state {
            State::Closed => {}
            State::Open { .. } => return None,
            State::HalfOpen { under_way, succeeded } => {
                if *under_way + *succeeded >= terms.probes {
                    return None;
                }
                *under_way += 1;
            }
        }
        Some(self.epoch)
    }

    /// A call that was made in this epoch has ended; until when the breaker is open if it has opened because of that.
    pub fn tell(&mut self, terms: &Terms, epoch: u32, now: Time, ended: Ended) -> Option<Time> {
        if epoch != self.epoch {
            return None;
        }
        let opens = match (&mut self.state, ended) {
            (State::Open { .. }, _) => unreachable!("no call is made while it is open"),
            (State::Closed, Ended::Unknown) => false,
            (State::Closed, Ended::Well | Ended::Failed) => self.counts(terms, now, ended),
            (State::HalfOpen { .. }, Ended::Failed) => true,
            (State::HalfOpen { under_way, .. }, Ended::Unknown) => {
                *under_way -= 1;
                false
            }
            (State::HalfOpen { under_way, succeeded }, Ended::Well) => {
                *under_way -= 1;
                *succeeded += 1;
                if *succeeded >= terms.probes {
                    self.change(State::Closed);
                }
                false
            }
        };
        if !opens {
            return None;
        }
        let until = now + terms.open;
        self.change(State::Open { until });
        Some(until)
    }

    /// Whether a call that ended so is the last straw.
    fn counts(&mut self, terms: &Terms, now: Time, ended: Ended) -> bool {
        let failed = u32::from(ended == Ended::Failed);
        self.failures = if ended == Ended::Failed { self.failures.saturating_add(1) } else { 0 };
        let is_in_a_row = terms.failures.is_some_and(|failures| self.failures >= failures);
        let Some((recent, ratio)) = self.recent.as_mut().zip(terms.ratio) else { return is_in_a_row };
        recent.add(ratio.window.0, now.0, [1, failed]);
        let [calls, failures] = recent.sums(ratio.window.0, now.0);
        let is_share = calls >= u64::from(ratio.calls) && failures as f64 >= ratio.share * calls as f64;
        is_in_a_row || is_share
    }

    fn change(&mut self, state: State) {
        self.state = state;
        self.epoch = self.epoch.wrapping_add(1);
        self.failures = 0;
        if let Some(recent) = &mut self.recent {
            recent.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Ended::{Failed, Unknown, Well};

    const TERMS: Terms = Terms { failures: Some(3), ratio: None, open: Span(100), probes: 2 };
    const RATIO: Ratio = Ratio { share: 0.5, window: Span(600), calls: 10 };

    /// Calls that end at once, one after the other, one per nanosecond; which of them opened it.
    fn opened_by(terms: &Terms, ends: &[Ended]) -> Option<usize> {
        let mut breaker = Breaker::new(terms);
        ends.iter().enumerate().position(|(now, ended)| {
            let epoch = breaker.ask(terms, Time(now as u64)).expect("it is closed so far");
            breaker.tell(terms, epoch, Time(now as u64), *ended).is_some()
        })
    }

    #[test]
    fn enough_failures_open_it() {
        let share = Terms { failures: None, ratio: Some(RATIO), ..TERMS };
        let both = Terms { failures: Some(3), ..share };
        let half = [Well, Failed, Well, Failed, Well, Failed, Well, Failed, Well, Failed, Well, Failed];
        for (terms, ends, opened) in [
            (TERMS, &[Failed, Failed, Failed][..], Some(2)),
            (TERMS, &[Failed, Failed, Well, Failed, Failed], None),
            (TERMS, &[Failed, Unknown, Failed, Unknown, Failed], Some(4)),
            (TERMS, &half, None),
            // With the tenth call there are enough, and half of them have failed.
            (share, &half, Some(9)),
            (share, &half[..9], None),
            // It may also be a success that makes them enough.
            (share, &[Failed, Failed, Failed, Failed, Failed, Well, Well, Well, Well, Well], Some(9)),
            (share, &[Failed, Failed, Failed, Failed, Well, Well, Well, Well, Well, Well, Failed], None),
            (both, &[Well, Failed, Failed, Failed], Some(3)),
        ] {
            assert_eq!(opened_by(&terms, ends), opened, "{terms:?} {ends:?}");
        }
    }

    #[test]
    fn old_failures_are_forgotten() {
        let terms = Terms { failures: None, ratio: Some(RATIO), ..TERMS };
        let mut breaker = Breaker::new(&terms);
        for now in (0..9).chain([700]) {
            let epoch = breaker.ask(&terms, Time(now)).expect("it is closed");
            assert_eq!(breaker.tell(&terms, epoch, Time(now), Failed), None, "{now}");
        }
    }

    /// A breaker that opened at 10 and is open until 110.
    fn opened() -> Breaker {
        let mut breaker = Breaker::new(&TERMS);
        let [last, ..] = [2, 1, 0].map(|_| breaker.ask(&TERMS, Time(10)).expect("it is closed"));
        let until = [Failed, Failed, Failed].map(|ended| breaker.tell(&TERMS, last, Time(10), ended));
        assert_eq!(until, [None, None, Some(Time(110))]);
        breaker
    }

    #[test]
    fn an_open_one_lets_probes_through_when_its_time_is_over() {
        let mut breaker = opened();
        assert_eq!(breaker.ask(&TERMS, Time(109)), None);
        let first = breaker.ask(&TERMS, Time(110)).expect("the first probe");
        let second = breaker.ask(&TERMS, Time(110)).expect("the second probe");
        assert_eq!(breaker.ask(&TERMS, Time(111)), None, "two are enough while they are under way");
        assert_eq!(breaker.tell(&TERMS, first, Time(112), Well), None);
        assert_eq!(breaker.ask(&TERMS, Time(113)), None, "the second has not ended");
        assert_eq!(breaker.tell(&TERMS, second, Time(114), Unknown), None);
        let third = breaker.ask(&TERMS, Time(115)).expect("in the place of the second");
        assert_eq!(breaker.tell(&TERMS, third, Time(116), Well), None);
        let closed = breaker.ask(&TERMS, Time(117)).expect("it is closed");
        assert_ne!(closed, third);
        // It counts from the beginning.
        for (now, until) in [(118, None), (119, None), (120, Some(Time(220)))] {
            assert_eq!(breaker.tell(&TERMS, closed, Time(now), Failed), until);
        }
    }

    #[test]
    fn a_probe_that_fails_opens_it_again() {
        let mut breaker = opened();
        let first = breaker.ask(&TERMS, Time(200)).expect("the first probe");
        let second = breaker.ask(&TERMS, Time(200)).expect("the second probe");
        assert_eq!(breaker.tell(&TERMS, first, Time(210), Failed), Some(Time(310)));
        assert_eq!(breaker.tell(&TERMS, second, Time(220), Well), None, "it is too late for this one");
        assert_eq!(breaker.ask(&TERMS, Time(309)), None);
        assert!(breaker.ask(&TERMS, Time(310)).is_some());
    }

    /// Whoever was under way when it opened says nothing of what comes after.
    #[test]
    fn latecomers_do_not_count() {
        let mut breaker = Breaker::new(&TERMS);
        let calls = [0; 5].map(|_| breaker.ask(&TERMS, Time(0)).expect("it is closed"));
        let ends = calls.map(|epoch| breaker.tell(&TERMS, epoch, Time(10), Failed));
        assert_eq!(ends, [None, None, Some(Time(110)), None, None]);
        let probe = breaker.ask(&TERMS, Time(110)).expect("a probe");
        assert_eq!(breaker.tell(&TERMS, calls[0], Time(111), Failed), None);
        assert_eq!(breaker.tell(&TERMS, probe, Time(112), Well), None);
        assert!(breaker.ask(&TERMS, Time(113)).is_some(), "the second probe");
    }
}
