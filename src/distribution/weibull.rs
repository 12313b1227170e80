//! The Weibull distribution.

use super::logarithm::negative_logarithm;
use super::{Distribution, Law, check};
use crate::kernel::random::open01;
use rand::Rng;

/// The Weibull distribution (1951), by inverse transform: scale · (-ln u)^(1/shape).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weibull {
    scale: f64,
    inverse_shape: f64,
}

impl Distribution {
    /// Weibull; both parameters must be positive. Shape 1 is the exponential, below 1 the tail is heavier.
    pub fn weibull(scale: f64, shape: f64) -> Result<Distribution, String> {
        check::positive("scale", scale)?;
        check::positive("shape", shape)?;
        Ok(Weibull { scale, inverse_shape: 1.0 / shape }.into())
    }
}

impl Law for Weibull {
    fn sample<R: Rng + ?Sized>(&self, draws: &mut R) -> f64 {
        self.scale * libm::pow(negative_logarithm(open01(draws.next_u64())), self.inverse_shape)
    }

    /// scale · Γ(1 + 1/shape).
    fn mean(&self) -> Option<f64> {
        Some(self.scale * libm::tgamma(1.0 + self.inverse_shape))
    }

    /// Γ(1 + 2/shape) / Γ(1 + 1/shape)^2 - 1.
    fn scv(&self) -> Option<f64> {
        let first = libm::lgamma(1.0 + self.inverse_shape);
        let second = libm::lgamma(1.0 + 2.0 * self.inverse_shape);
        Some(libm::expm1(second - 2.0 * first))
    }

    fn scaled(&self, factor: f64) -> Weibull {
        Weibull { scale: self.scale * factor, ..*self }
    }
}

impl From<Weibull> for Distribution {
    fn from(law: Weibull) -> Distribution {
        Distribution::Weibull(law)
    }
}
