//! Work in parallel: the k-th of n answers, fork-join, the power of d choices.

use super::beta::at_least;
use super::falling_root;

/// The mean time until `k` of `n` independent exponential times of rate `mu` \[1/s\] have passed \[s\]: a sum of
/// the gaps 1/(n mu), 1/((n-1) mu), ... (A. Renyi, 1953). With k = n, the mean of the maximum.
pub fn kth_mean(k: u32, n: u32, mu: f64) -> Option<f64> {
    let valid = (1..=n).contains(&k) && mu > 0.0;
    // Added from the smallest, which keeps the last digits.
    valid.then(|| (0..k).map(|passed| 1.0 / (f64::from(n - passed) * mu)).sum())
}

/// The time \[s\] until `k` of `n` independent exponential times of rate `mu` \[1/s\] have passed, which a share
/// `quantile` in [0, 1) of the cases does not exceed.
pub fn kth_quantile(k: u32, n: u32, mu: f64, quantile: f64) -> Option<f64> {
    let valid = (1..=n).contains(&k) && mu > 0.0 && (0.0..1.0).contains(&quantile);
    // Late is when at least n-k+1 of them are still going on.
    let late = |t: f64| at_least(n - k + 1, n, libm::exp(-t)) - (1.0 - quantile);
    valid.then(|| falling_root(late) / mu)
}

/// The mean response of fork-join \[s\]: each arrival of rate `lambda` \[1/s\] puts one exponential task of rate
/// `mu` \[1/s\] into each of `width` queues and is done when all are. Exact for two queues (Flatto and Hahn,
/// 1984), an approximation within 5 % for 3 to 32 (Nelson and Tantawi, 1988); `None` for more.
pub fn fork_join_response(lambda: f64, mu: f64, width: u32) -> Option<f64> {
    let rho = lambda / mu;
    if !(rho < 1.0 && (1..=32).contains(&width)) {
        return None;
    }
    let alone = 1.0 / (mu - lambda);
    if width == 1 {
        return Some(alone);
    }
    let growth = kth_mean(width, width, 1.0)? / kth_mean(2, 2, 1.0)?;
    Some((growth + (1.0 - growth) * 4.0 * rho / 11.0) * (12.0 - rho) / 8.0 * alone)
}

/// The mean sojourn at very many servers of rate `mu` \[1/s\] each, when each arrival joins the shortest of
/// `choices` >= 1 queues picked at random (Vvedenskaya, Dobrushin and Karpelevich, 1996; Mitzenmacher, 1996)
/// \[s\]. At n servers the true value lies above by a relative O(1/n) that grows with the load.
pub fn choices_sojourn(rho: f64, mu: f64, choices: u32) -> Option<f64> {
    if !((0.0..1.0).contains(&rho) && mu > 0.0 && choices > 0) {
        return None;
    }
    // The i-th term is the share of queues of at least i, over rho: rho^d of its predecessor, times rho^d.
    let (mut term, mut sum) = (1.0, 0.0);
    let step = libm::pow(rho, f64::from(choices));
    while sum + term > sum {
        sum += term;
        term = libm::pow(term, f64::from(choices)) * step;
    }
    Some(sum / mu)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::assert_close;

    #[test]
    fn kth_of_n() {
        // (k, n, mean, its tolerance, p99)
        for (k, n, mean, tolerance, p99) in [
            (100, 100, 5.18738, 5e-6, Some((9.20537, 5e-6))),
            (2, 3, 0.8333, 5e-5, Some((2.832, 5e-4))),
            (3, 5, 0.7833, 5e-5, None),
            (1, 1, 1.0, 1e-15, Some((4.60517, 5e-6))),
        ] {
            assert_close(kth_mean(k, n, 1.0).unwrap(), mean, tolerance, "mean");
            if let Some((p99, tolerance)) = p99 {
                assert_close(kth_quantile(k, n, 1.0, 0.99).unwrap(), p99, tolerance, "p99");
                assert_close(kth_quantile(k, n, 10.0, 0.99).unwrap(), p99 / 10.0, tolerance, "p99");
            }
        }
        assert_eq!(kth_mean(4, 3, 1.0), None);
        assert_eq!(kth_quantile(0, 3, 1.0, 0.5), None);
        assert_eq!(kth_quantile(1, 3, 1.0, 1.0), None);
    }

    #[test]
    fn fork_join() {
        for rho in [0.0, 0.5, 0.9] {
            let expected = (12.0 - rho) / 8.0 / (1.0 - rho);
            assert_close(fork_join_response(rho, 1.0, 2).unwrap(), expected, 1e-12, "two");
        }
        // Without load, the maximum of exponentials.
        let maximum = kth_mean(10, 10, 1.0).unwrap();
        assert_close(fork_join_response(0.0, 1.0, 10).unwrap(), maximum, 1e-12, "ten, no load");
        assert_close(fork_join_response(0.5, 1.0, 1).unwrap(), 2.0, 1e-12, "one");
        assert_eq!(fork_join_response(1.0, 1.0, 2), None);
        assert_eq!(fork_join_response(0.5, 1.0, 33), None);
    }

    #[test]
    fn two_choices() {
        for (rho, sojourn) in [(0.5, 1.2657), (0.7, 1.6145), (0.8, 1.9474), (0.9, 2.6141), (0.95, 3.3830)] {
            assert_close(choices_sojourn(rho, 1.0, 2).unwrap(), sojourn, 5e-5, "two choices");
            assert_close(choices_sojourn(rho, 1.0, 1).unwrap(), 1.0 / (1.0 - rho), 1e-9, "no choice");
        }
        assert_eq!(choices_sojourn(1.0, 1.0, 2), None);
    }
}
