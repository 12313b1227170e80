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

/// The mean response time \[s\] of a call of which copies go to `copies` = d out of `servers` = n first-come servers, all sets
/// equally likely, when the first copy that is done ends the others, each copy takes an exponential time of its own with rate
/// `mu`, and calls are Poisson with rate `lambda`: the sum over i = d..n of 1 / (n mu C(n-1, d-1) / C(i-1, d-1) - lambda)
/// (Gardner, Harchol-Balter, Scheller-Wolf, Velednitsky and Zbarsky, Redundancy-d, 2017, theorem 2).
pub fn redundancy_response(servers: u32, copies: u32, lambda: f64, mu: f64) -> Option<f64> {
    let capacity = f64::from(servers) * mu;
    if copies == 0 || copies > servers || !(lambda >= 0.0 && lambda < capacity) {
        return None;
    }
    // From i = n downwards the quotient of binomials begins at 1 and grows by (i - 1) / (i - d).
    let (mut sum, mut quotient) = (0.0, 1.0);
    for i in (copies..=servers).rev() {
        sum += 1.0 / (capacity * quotient - lambda);
        if i > copies {
            quotient *= f64::from(i - 1) / f64::from(i - copies);
        }
    }
    Some(sum)
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
    fn copies_to_some_of_the_servers() {
        // servers, copies, arrivals; response
        for (servers, copies, lambda, response) in [
            (1, 1, 0.5, 2.0),
            // One copy each: a station of its own. As many as there are servers: one station that is so much faster.
            (4, 1, 2.0, 2.0),
            (4, 4, 2.0, 0.5),
            // Two of three: the terms are 1 / (3 * 2 / 1 - 1) and 1 / (3 * 2 / 2 - 1).
            (3, 2, 1.0, 0.2 + 0.5),
        ] {
            let exact = redundancy_response(servers, copies, lambda, 1.0).unwrap();
            assert_close(exact, response, 1e-12, "response");
        }
        assert_eq!(redundancy_response(2, 1, 2.0, 1.0), None);
        assert_eq!(redundancy_response(2, 3, 1.0, 1.0), None);
    }

    #[test]
    fn hedging_after_the_95th_percentile() {
        let delay = 10.0 * libm::log(20.0);
        assert_close(hedged_quantile(10.0, delay, 0.99), 38.0, 0.05, "p99");
        assert_close(hedged_quantile(10.0, f64::INFINITY, 0.99), 46.1, 0.06, "p99 without");
        assert_close(hedged_quantile(10.0, delay, 0.5), 10.0 * std::f64::consts::LN_2, 1e-12, "p50");
    }
}
