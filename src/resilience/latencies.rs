//! What a caller has seen of the latencies of its attempts: when a hedge is due that waits for a percentile.
//!
//! Each first attempt of a round counts with its latency when it is answered, and with its age when it is given up, because
//! another one was faster or its time was over: that age is at least the percentile at which the other one started, so that
//! the percentile itself stays right although the end of the latency is never seen. Further attempts do not count, nor do
//! failures.

use crate::measure::histogram::CoarseHistogram;
use crate::units::Span;

/// Before so many latencies have been seen there is no percentile.
pub const ENOUGH: u64 = 100;

/// The latencies that one caller has seen, and one percentile of them, known to a hundredth.
#[derive(Clone, Debug, Default)]
pub struct Latencies {
    seen: CoarseHistogram,
    /// The percentile when it was last looked for.
    percentile: Option<Span>,
    /// After how many it is looked for again.
    next: u64,
}

impl Latencies {
    /// Counts a latency; the percentile is found anew whenever a tenth more have been seen.
    pub fn record(&mut self, latency: Span, quantile: f64) {
        self.seen.record(latency.0);
        if self.seen.count() >= self.next.max(ENOUGH) {
            self.next = self.seen.count() + self.seen.count() / 10;
            self.percentile = self.seen.value_at(quantile).map(Span);
        }
    }

    /// The percentile, once enough latencies have been seen.
    pub fn percentile(&self) -> Option<Span> {
        self.percentile
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_percentile_is_there_when_enough_have_been_seen() {
        let mut latencies = Latencies::default();
        (1..ENOUGH).for_each(|latency| latencies.record(Span(latency), 0.95));
        assert_eq!(latencies.percentile(), None);
        latencies.record(Span(100), 0.95);
        assert_eq!(latencies.percentile(), Some(Span(95)));
        // It is looked for again when a tenth more have been seen.
        (0..9).for_each(|_| latencies.record(Span(1000), 0.95));
        assert_eq!(latencies.percentile(), Some(Span(95)));
        latencies.record(Span(1000), 0.95);
        assert!(latencies.percentile().is_some_and(|span| span.0.abs_diff(1000) <= 10), "the 105th of 110");
    }
}
