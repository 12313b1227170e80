//! Adaptive throttling: a caller whose calls are not accepted makes fewer of them (Beyer et al., Site Reliability Engineering, 2016,
//! chapter 21).

use crate::mechanism::recent::Recent;
use crate::units::{Span, Time};

/// How much a caller throttles itself.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Terms {
    /// So many times what is accepted may be asked for; more than 1.
    pub multiplier: f64,
    /// Over which time both are counted.
    pub window: Span,
}

impl Terms {
    /// With which probability a call is not made, after so many calls and answers:
    /// max(0, (requests - K accepts) / (requests + 1)).
    pub fn rejection(&self, requests: u64, accepts: u64) -> f64 {
        let surplus = requests as f64 - self.multiplier * accepts as f64;
        (surplus / (requests as f64 + 1.0)).max(0.0)
    }
}

/// What one caller has asked for and got lately.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Throttle {
    recent: Recent,
}

impl Throttle {
    /// Whether a call may be made; `uniform` is a draw from (0, 1). One that may not counts as a request all the same.
    pub fn ask(&mut self, terms: &Terms, now: Time, uniform: f64) -> bool {
        let [requests, accepts] = self.recent.sums(terms.window.0, now.0);
        self.recent.add(terms.window.0, now.0, [1, 0]);
        uniform >= terms.rejection(requests, accepts)
    }

    /// A call has been accepted.
    pub fn accepted(&mut self, terms: &Terms, now: Time) {
        self.recent.add(terms.window.0, now.0, [0, 1]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TERMS: Terms = Terms { multiplier: 2.0, window: Span(120_000) };

    #[test]
    fn the_probability_is_that_of_the_book() {
        // The multiplier, requests, accepts, the probability.
        for (multiplier, requests, accepts, probability) in [
            (2.0, 0, 0, 0.0),
            (2.0, 100, 100, 0.0),
            (2.0, 100, 50, 0.0),
            (2.0, 99, 25, 0.49),
            (2.0, 99, 0, 0.99),
            (1.1, 99, 50, 0.44),
            (1.1, 99, 90, 0.0),
        ] {
            let terms = Terms { multiplier, ..TERMS };
            assert!((terms.rejection(requests, accepts) - probability).abs() < 1e-12, "{requests} {accepts}");
        }
    }

    /// A callee that accepts one call of four moments is asked for K of them: all that is beyond is not sent.
    #[test]
    fn what_is_sent_is_a_multiple_of_what_is_accepted() {
        for multiplier in [1.25, 2.0, 3.0] {
            let terms = Terms { multiplier, ..TERMS };
            let (mut throttle, mut credit, mut sent, mut accepted) = (Throttle::default(), 0.0_f64, 0, 0);
            for now in 0..600_000_u64 {
                credit = (credit + 0.25).min(1.0);
                let uniform = (now as f64 * 0.618_033_988_749_895).fract().max(1e-9);
                if !throttle.ask(&terms, Time(now), uniform) {
                    continue;
                }
                let accepts = credit >= 1.0;
                if accepts {
                    credit -= 1.0;
                    throttle.accepted(&terms, Time(now));
                }
                if now >= 300_000 {
                    sent += 1;
                    accepted += u32::from(accepts);
                }
            }
            let ratio = f64::from(sent) / f64::from(accepted);
            assert!((ratio - multiplier).abs() < 0.02 * multiplier, "{multiplier}: {ratio}");
        }
    }

    #[test]
    fn what_was_not_made_counts_as_asked_for() {
        let mut throttle = Throttle::default();
        // The first passes; none is ever accepted: the second is refused below 1/2, the third below 2/3.
        let passes = [0.9, 0.49, 0.66, 0.76].map(|uniform| throttle.ask(&TERMS, Time(5), uniform));
        assert_eq!(passes, [true, false, false, true]);
        throttle.accepted(&TERMS, Time(6));
        throttle.accepted(&TERMS, Time(6));
        assert!(throttle.ask(&TERMS, Time(7), 1e-9), "four requests, two accepts");
    }
}
