//! The gamma distribution.

use super::portable::Portable;
use super::{Distribution, Law, check};
use rand::Rng;
use rand_distr::Distribution as _;

/// The gamma distribution, sampled by rejection (Marsaglia and Tsang 2000).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gamma {
    shape: f64,
    scale: f64,
    /// The same law with scale 1.
    sampler: rand_distr::Gamma<Portable>,
}

impl Distribution {
    /// Gamma with this mean and coefficient of variation: shape 1 / cv^2, scale mean · cv^2. The mean must be positive, `cv`
    /// from 0.001 (all but constant) to 100 (nearly always zero).
    pub fn gamma(mean: f64, cv: f64) -> Result<Distribution, String> {
        check::positive("mean", mean)?;
        check::require((0.001..=100.0).contains(&cv), || {
            format!("`cv` of a gamma must be from 0.001 to 100, is {cv}")
        })?;
        let shape = 1.0 / (cv * cv);
        let sampler =
            rand_distr::Gamma::new(Portable(shape), Portable(1.0)).map_err(|error| error.to_string())?;
        Ok(Gamma { shape, scale: mean * cv * cv, sampler }.into())
    }
}

impl Law for Gamma {
    fn sample<R: Rng + ?Sized>(&self, draws: &mut R) -> f64 {
        self.scale * self.sampler.sample(draws).0
    }

    fn mean(&self) -> Option<f64> {
        Some(self.shape * self.scale)
    }

    fn scv(&self) -> Option<f64> {
        Some(1.0 / self.shape)
    }

    fn scaled(&self, factor: f64) -> Gamma {
        Gamma { scale: self.scale * factor, ..*self }
    }
}

impl From<Gamma> for Distribution {
    fn from(law: Gamma) -> Distribution {
        Distribution::Gamma(law)
    }
}
