//! Distributions that were measured: by a few percentiles, or value by value.

use super::{Distribution, Law, check, scv_of_moments};
use crate::kernel::random::{below, open01};
use rand::Rng;
use std::sync::Arc;

/// The distribution whose distribution function joins (0, 0), p50, p90, p99 and max by straight lines. By inverse transform.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantiles {
    values: [f64; 5],
}

/// The shares of the values that belong to [`Quantiles::values`].
const SHARES: [f64; 5] = [0.0, 0.5, 0.9, 0.99, 1.0];

/// Measured values, each equally likely; the distribution function is a staircase. By inverse transform.
#[derive(Clone, Debug, PartialEq)]
pub struct Empirical {
    /// Ascending. A copy shares them; 8 B per value.
    values: Arc<[f64]>,
}

impl Distribution {
    /// The distribution with these percentiles; 0 <= p50 <= p90 <= p99 <= max.
    pub fn quantiles(p50: f64, p90: f64, p99: f64, max: f64) -> Result<Distribution, String> {
        check::not_negative("p50", p50)?;
        check::at_least("p90", p90, p50, &format!("`p50` = {p50}"))?;
        check::at_least("p99", p99, p90, &format!("`p90` = {p90}"))?;
        check::at_least("max", max, p99, &format!("`p99` = {p99}"))?;
        Ok(Quantiles { values: [0.0, p50, p90, p99, max] }.into())
    }

    /// Each of these values with the same probability. There must be at least one, and none may be negative.
    pub fn empirical(mut values: Vec<f64>) -> Result<Distribution, String> {
        check::require(!values.is_empty(), || {
            "an empirical distribution needs at least one value".to_string()
        })?;
        for &value in &values {
            check::not_negative("value", value)?;
        }
        values.sort_unstable_by(f64::total_cmp);
        Ok(Empirical { values: values.into() }.into())
    }
}

impl Quantiles {
    /// The sum over the pieces of share · f(lower end, upper end).
    fn sum_over_pieces(&self, f: impl Fn(f64, f64) -> f64) -> f64 {
        (1..SHARES.len()).map(|i| (SHARES[i] - SHARES[i - 1]) * f(self.values[i - 1], self.values[i])).sum()
    }
}

impl Law for Quantiles {
    fn sample<R: Rng + ?Sized>(&self, draws: &mut R) -> f64 {
        let u = open01(draws.next_u64());
        let piece = match u {
            ..0.5 => 1,
            ..0.9 => 2,
            ..0.99 => 3,
            _ => 4,
        };
        let (low, high) = (self.values[piece - 1], self.values[piece]);
        low + (high - low) * ((u - SHARES[piece - 1]) / (SHARES[piece] - SHARES[piece - 1]))
    }

    fn mean(&self) -> Option<f64> {
        Some(self.sum_over_pieces(|low, high| (low + high) / 2.0))
    }

    fn scv(&self) -> Option<f64> {
        let mean_square = self.sum_over_pieces(|low, high| (low * low + low * high + high * high) / 3.0);
        Some(scv_of_moments(self.mean()?, mean_square))
    }

    fn scaled(&self, factor: f64) -> Quantiles {
        Quantiles { values: self.values.map(|value| value * factor) }
    }
}

impl Empirical {
    fn average(&self, f: impl Fn(f64) -> f64) -> f64 {
        self.values.iter().map(|&value| f(value)).sum::<f64>() / self.values.len() as f64
    }
}

impl Law for Empirical {
    fn sample<R: Rng + ?Sized>(&self, draws: &mut R) -> f64 {
        self.values[below(draws.next_u64(), self.values.len() as u64) as usize]
    }

    fn mean(&self) -> Option<f64> {
        Some(self.average(|value| value))
    }

    fn scv(&self) -> Option<f64> {
        let mean = self.mean()?;
        Some(scv_of_moments(mean, mean * mean + self.average(|value| (value - mean) * (value - mean))))
    }

    fn scaled(&self, factor: f64) -> Empirical {
        Empirical { values: self.values.iter().map(|value| value * factor).collect() }
    }
}

impl From<Quantiles> for Distribution {
    fn from(law: Quantiles) -> Distribution {
        Distribution::Quantiles(law)
    }
}

impl From<Empirical> for Distribution {
    fn from(law: Empirical) -> Distribution {
        Distribution::Empirical(law)
    }
}
