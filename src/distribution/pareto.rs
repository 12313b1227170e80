//! The Pareto distribution: sizes of files, flows and everything with a few giants.

use super::{Distribution, Law, check, scv_of_moments};
use crate::kernel::random::open01;
use rand::Rng;

/// The Pareto distribution, P(X > x) = (min / x)^shape, by inverse transform; with an upper end it is the law under the
/// condition X <= max ("bounded Pareto").
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pareto {
    min: f64,
    shape: f64,
    /// max / min; infinite without an upper end.
    range: f64,
    /// P(X > max) of the unbounded law.
    cut_off: f64,
}

impl Distribution {
    /// Pareto from `min` upwards, to `max` if there is one. `min` and `shape` must be positive, `max` above `min`. Without
    /// `max` the mean exists for shape > 1, the variance for shape > 2.
    pub fn pareto(min: f64, shape: f64, max: Option<f64>) -> Result<Distribution, String> {
        check::positive("min", min)?;
        check::positive("shape", shape)?;
        let mut law = Pareto { min, shape, range: f64::INFINITY, cut_off: 0.0 };
        if let Some(max) = max {
            check::require(max > min && max.is_finite(), || {
                format!("`max` must be above `min` = {min}, is {max}")
            })?;
            law.range = max / min;
            law.cut_off = libm::pow(law.range, -shape);
        }
        Ok(law.into())
    }
}

impl Pareto {
    /// E[X^k] / min^k = shape / (1 - cut_off) · ∫ x^(k - shape - 1) dx from 1 to max / min.
    fn moment(&self, k: f64) -> Option<f64> {
        let exponent = k - self.shape;
        if self.range.is_infinite() {
            return (exponent < 0.0).then(|| self.shape / -exponent);
        }
        let log_range = libm::log(self.range);
        let integral = if exponent == 0.0 { log_range } else { libm::expm1(exponent * log_range) / exponent };
        Some(self.shape * integral / (1.0 - self.cut_off))
    }
}

impl Law for Pareto {
    fn sample<R: Rng + ?Sized>(&self, draws: &mut R) -> f64 {
        let above = self.cut_off + open01(draws.next_u64()) * (1.0 - self.cut_off);
        self.min * libm::pow(above, -1.0 / self.shape).min(self.range)
    }

    fn mean(&self) -> Option<f64> {
        Some(self.min * self.moment(1.0)?)
    }

    fn scv(&self) -> Option<f64> {
        Some(scv_of_moments(self.moment(1.0)?, self.moment(2.0)?))
    }

    fn scaled(&self, factor: f64) -> Pareto {
        Pareto { min: self.min * factor, ..*self }
    }
}

impl From<Pareto> for Distribution {
    fn from(law: Pareto) -> Distribution {
        Distribution::Pareto(law)
    }
}
