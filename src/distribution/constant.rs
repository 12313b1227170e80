//! The constant and the uniform distribution.

use super::{Distribution, Law, check};
use crate::kernel::random::open01;
use rand::Rng;

/// Always the same value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Constant {
    value: f64,
}

/// Equally likely everywhere between two ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Uniform {
    low: f64,
    high: f64,
}

impl Distribution {
    /// Always `value`, which must not be negative.
    pub fn constant(value: f64) -> Result<Distribution, String> {
        check::not_negative("constant", value)?;
        Ok(Constant { value }.into())
    }

    /// Equally likely from `low` to `high`; 0 <= low <= high.
    pub fn uniform(low: f64, high: f64) -> Result<Distribution, String> {
        check::not_negative("low", low)?;
        check::at_least("high", high, low, &format!("`low` = {low}"))?;
        Ok(Uniform { low, high }.into())
    }
}

impl Constant {
    /// The value.
    pub fn value(&self) -> f64 {
        self.value
    }
}

impl Law for Constant {
    #[inline]
    fn sample<R: Rng + ?Sized>(&self, _: &mut R) -> f64 {
        self.value
    }

    fn mean(&self) -> Option<f64> {
        Some(self.value)
    }

    fn scv(&self) -> Option<f64> {
        Some(0.0)
    }

    fn scaled(&self, factor: f64) -> Constant {
        Constant { value: self.value * factor }
    }
}

impl Law for Uniform {
    #[inline]
    fn sample<R: Rng + ?Sized>(&self, draws: &mut R) -> f64 {
        self.low + open01(draws.next_u64()) * (self.high - self.low)
    }

    fn mean(&self) -> Option<f64> {
        Some((self.low + self.high) / 2.0)
    }

    fn scv(&self) -> Option<f64> {
        let relative_width =
            if self.high > 0.0 { 2.0 * (self.high - self.low) / (self.high + self.low) } else { 0.0 };
        Some(relative_width * relative_width / 12.0)
    }

    fn scaled(&self, factor: f64) -> Uniform {
        Uniform { low: self.low * factor, high: self.high * factor }
    }
}

impl From<Constant> for Distribution {
    fn from(law: Constant) -> Distribution {
        Distribution::Constant(law)
    }
}

impl From<Uniform> for Distribution {
    fn from(law: Uniform) -> Distribution {
        Distribution::Uniform(law)
    }
}
