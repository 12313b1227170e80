//! Closed forms of queueing theory and its neighbours: what a run is compared with in tests, and what reports
//! print beside the simulated figures.
//!
//! Symbols: `lambda` arrival rate \[1/s\], `mu` service rate of one server \[1/s\], `rho` load of a server [-],
//! `scv` squared coefficient of variation (variance / mean^2) [-]: 0 for constant times, 1 for exponential
//! ones. Any unit of time will do where it is used throughout. A function returns `None` where no steady
//! state exists or an argument has no meaning.

pub mod beta;
pub mod caches;
pub mod calls;
pub mod intervals;
pub mod networks;
pub mod parallel;
pub mod priorities;
pub mod stations;

/// The root of a function that falls from positive to negative on [0, infinity), to the last bits; infinity
/// when it never falls that far.
pub(crate) fn falling_root(function: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while function(high) > 0.0 && high < f64::INFINITY {
        (low, high) = (high, 2.0 * high);
    }
    loop {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            return middle;
        }
        if function(middle) > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
}

/// Compares with a value printed to a number of decimals or digits.
#[cfg(test)]
pub(crate) fn assert_close(actual: f64, expected: f64, tolerance: f64, what: &str) {
    assert!((actual - expected).abs() <= tolerance, "{what}: {actual} instead of {expected}");
}
