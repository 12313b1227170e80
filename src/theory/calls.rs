//! Calls that may fail or be slow: retries, fan-out, hedging.

use libm::{expm1, log1p, pow};

/// The mean number of attempts of a call that fails with probability `failure` in [0, 1] each time,
/// independently, and is repeated at most `retries` times: (1 - p^(r+1)) / (1 - p).
pub fn mean_attempts(failure: f64, retries: u32) -> f64 {
    // Summed by Horner's rule, which has no gap at p = 1.
    (0..retries).fold(1.0, |attempts, _| 1.0 + failure * attempts)
}

/// The probability that all attempts of such a call fail: p^(r+1).
pub fn final_failure(failure: f64, retries: u32) -> f64 {
    pow(failure, f64::from(retries) + 1.0)
}

/// The most attempts at the bottom that one request causes when each of `layers` layers makes up to `attempts`
/// (Beyer et al., Site Reliability Engineering, 2016, chapter 22).
pub fn amplification(attempts: u32, layers: u32) -> f64 {
    pow(f64::from(attempts), f64::from(layers))
}

/// The share of requests that meet at least one slow leaf when each of `leaves` is slow with probability
/// `slow` (Dean and Barroso, The Tail at Scale, 2013): 1 - (1-p)^n, exact for small p too.
pub fn meets_slow(slow: f64, leaves: f64) -> f64 {
    -expm1(leaves * log1p(-slow))
}

/// The latency that a share `quantile` in [0, 1) of hedged calls does not exceed \[s\], when an attempt takes
/// an exponential time of mean `mean` \[s\], a second one starts after `delay` \[s\], the first answer counts,
/// and nothing queues: the tail is S(t) S(t - delay) for S(t) = exp(-t/mean).
pub fn hedged_quantile(mean: f64, delay: f64, quantile: f64) -> f64 {
    let unhedged = -mean * log1p(-quantile);
    if unhedged <= delay { unhedged } else { 0.5 * (unhedged + delay) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::assert_close;

    #[test]
    fn retries() {
        // (failure, retries, mean attempts, final failure)
        for (failure, retries, attempts, fails) in [
            (0.0, 3, 1.0, 0.0),
            (0.2, 3, 0.9984 / 0.8, 0.0016),
            (0.5, 1, 1.5, 0.25),
            (0.3, 0, 1.0, 0.3),
            (1.0, 3, 4.0, 1.0),
        ] {
            assert_close(mean_attempts(failure, retries), attempts, 1e-12, "attempts");
            assert_close(final_failure(failure, retries), fails, 1e-12, "final failure");
        }
        assert_eq!(amplification(4, 3), 64.0);
    }

    #[test]
    fn tail_at_scale() {
        assert_close(meets_slow(0.01, 100.0), 0.63, 0.005, "one in a hundred, a hundred leaves");
        assert_close(meets_slow(0.0001, 2000.0), 0.181, 5e-4, "one in ten thousand, two thousand leaves");
    }

    #[test]
    fn hedging_after_the_95th_percentile() {
        let delay = 10.0 * libm::log(20.0);
        assert_close(hedged_quantile(10.0, delay, 0.99), 38.0, 0.05, "p99");
        assert_close(hedged_quantile(10.0, f64::INFINITY, 0.99), 46.1, 0.06, "p99 without");
        assert_close(hedged_quantile(10.0, delay, 0.5), 10.0 * std::f64::consts::LN_2, 1e-12, "p50");
    }
}
