//! Hit ratios under independent references: each request asks for object i with probability `popularity[i]`.

use libm::{exp, expm1, pow};

/// The popularities of `objects` objects under Zipf's law with exponent `s` >= 0: proportional to 1/rank^s,
/// the most popular first; they sum to 1.
pub fn zipf(objects: u32, s: f64) -> Vec<f64> {
    let weights: Vec<f64> = (1..=objects).map(|rank| pow(f64::from(rank), -s)).collect();
    // Added from the smallest, which keeps the last digits.
    let total: f64 = weights.iter().rev().sum();
    weights.iter().map(|weight| weight / total).collect()
}

/// The hit ratio of LRU with room for `capacity` objects of one size (Che, Tung and Wang, 2002): an object is
/// a hit when it was asked for within a characteristic time, the same for all. Very good for a hundred
/// objects and more (Fricker, Robert and Roberts, 2012).
pub fn lru_hit_ratio(popularity: &[f64], capacity: f64) -> f64 {
    hit_ratio(popularity, capacity, |p, time| (-expm1(-p * time), p * exp(-p * time)))
}

/// The hit ratio of FIFO, and equally of RANDOM, eviction by the same reasoning (Fricker, Robert and Roberts,
/// 2012; Martina, Garetto and Leonardi, 2014): an object stays for a time that hits do not renew.
pub fn fifo_hit_ratio(popularity: &[f64], capacity: f64) -> f64 {
    hit_ratio(popularity, capacity, |p, time| {
        let missed = 1.0 / (1.0 + p * time);
        (p * time * missed, p * missed * missed)
    })
}

/// The hit ratio of the best static content, which LFU reaches in the end: the share of the most popular
/// objects. `popularity` must descend.
pub fn static_hit_ratio(popularity: &[f64], capacity: usize) -> f64 {
    popularity.iter().take(capacity).sum()
}

/// The hit ratio of a key asked for in a Poisson stream of `rate` \[1/s\] that expires `ttl` \[s\] after it was
/// stored.
pub fn ttl_hit_ratio(rate: f64, ttl: f64) -> f64 {
    rate * ttl / (1.0 + rate * ttl)
}

/// The same when each hit renews the time to live.
pub fn renewed_ttl_hit_ratio(rate: f64, ttl: f64) -> f64 {
    -expm1(-rate * ttl)
}

/// The mean of `presence(p, time).0` over requests, for the time at which the presences of all objects fill
/// the capacity. `presence` gives the share of time that an object is in the cache, and its derivative by the
/// time.
fn hit_ratio(popularity: &[f64], capacity: f64, presence: impl Fn(f64, f64) -> (f64, f64)) -> f64 {
    if capacity >= popularity.iter().filter(|&&p| p > 0.0).count() as f64 {
        return popularity.iter().sum();
    }
    // The filling grows ever slower with the time, so Newton's steps from below never overshoot; p x time
    // bounds a presence, so the time is at least the capacity.
    let mut time = capacity.max(0.0);
    loop {
        let (filling, slope) = popularity.iter().fold((0.0, 0.0), |(filling, slope), &p| {
            let (share, derivative) = presence(p, time);
            (filling + share, slope + derivative)
        });
        let step = (capacity - filling) / slope;
        if step <= 1e-12 * time || step.is_nan() {
            return popularity.iter().map(|&p| p * presence(p, time).0).sum();
        }
        time += step;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::assert_close;

    #[test]
    fn zipf_table() {
        // (objects, s, capacity, LRU, FIFO, LFU)
        for (objects, s, capacity, lru, fifo, lfu) in [
            (10_000, 0.8, 1000, 0.436660, 0.394179, 0.570618),
            (10_000, 0.99, 1000, 0.664140, 0.619030, 0.755935),
            (100_000, 0.9, 10_000, 0.605230, 0.563718, 0.706939),
            (1_000_000, 1.0, 10_000, 0.585138, 0.550174, 0.680038),
        ] {
            let popularity = zipf(objects, s);
            assert_close(lru_hit_ratio(&popularity, f64::from(capacity)), lru, 5e-7, "LRU");
            assert_close(fifo_hit_ratio(&popularity, f64::from(capacity)), fifo, 5e-7, "FIFO");
            assert_close(static_hit_ratio(&popularity, capacity as usize), lfu, 5e-7, "LFU");
        }
    }

    #[test]
    fn the_ends_of_the_range() {
        let popularity = zipf(100, 1.0);
        for ratio in [lru_hit_ratio, fifo_hit_ratio] {
            assert_eq!(ratio(&popularity, 0.0), 0.0);
            assert_close(ratio(&popularity, 100.0), 1.0, 1e-12, "all fit");
        }
        let uniform = zipf(1000, 0.0);
        assert_close(lru_hit_ratio(&uniform, 250.0), 0.25, 1e-9, "uniform");
        assert_close(fifo_hit_ratio(&uniform, 250.0), 0.25, 1e-9, "uniform");
    }

    #[test]
    fn expiry() {
        assert_close(ttl_hit_ratio(2.0, 3.0), 6.0 / 7.0, 1e-12, "not renewed");
        assert_close(renewed_ttl_hit_ratio(2.0, 3.0), 1.0 - exp(-6.0), 1e-12, "renewed");
    }
}
