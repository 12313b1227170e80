//! Counts: sizes of batches, degrees, turns. They have no unit, so they are never scaled.

use super::logarithm::negative_logarithm;
use super::portable::Portable;
use super::{Distribution, Law, check};
use crate::kernel::random::open01;
use rand::Rng;
use rand_distr::Distribution as _;

/// Trials up to and with the first success, at least 1: P(N = n) = p (1 - p)^(n - 1) with p = 1 / mean. By inverse
/// transform: ln(u) / ln(1 - p), rounded up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Geometric {
    mean: f64,
    /// -1 / ln(1 - p); zero for p = 1.
    scale: f64,
}

/// The number of independent rare events; sampled by multiplication (Knuth 1969) below a mean of 12, by rejection (Ahrens
/// and Dieter 1982) above.
#[derive(Clone, Debug, PartialEq)]
pub struct Poisson {
    mean: f64,
    sampler: Box<rand_distr::Poisson<Portable>>,
}

/// Counts beyond are no longer whole in a float.
const COUNT_MAX: f64 = 9e15;

impl Distribution {
    /// Geometric from 1 upwards; the mean must be from 1 to 9e15.
    pub fn geometric(mean: f64) -> Result<Distribution, String> {
        check::at_least("mean", mean, 1.0, "1 for a geometric count, which starts at 1")?;
        check_count_mean(mean)?;
        Ok(Geometric { mean, scale: -1.0 / libm::log1p(-1.0 / mean) }.into())
    }

    /// Poisson; the mean must be positive and at most 9e15.
    pub fn poisson(mean: f64) -> Result<Distribution, String> {
        check::positive("mean", mean)?;
        check_count_mean(mean)?;
        let sampler = rand_distr::Poisson::new(Portable(mean)).map_err(|error| error.to_string())?;
        Ok(Poisson { mean, sampler: Box::new(sampler) }.into())
    }
}

fn check_count_mean(mean: f64) -> Result<(), String> {
    check::require(mean <= COUNT_MAX, || format!("`mean` of a count must be at most {COUNT_MAX}, is {mean}"))
}

impl Law for Geometric {
    fn sample<R: Rng + ?Sized>(&self, draws: &mut R) -> f64 {
        (self.scale * negative_logarithm(open01(draws.next_u64()))).ceil().max(1.0)
    }

    fn mean(&self) -> Option<f64> {
        Some(self.mean)
    }

    fn scv(&self) -> Option<f64> {
        Some(1.0 - 1.0 / self.mean)
    }

    fn scaled(&self, factor: f64) -> Geometric {
        unreachable!("a geometric count has no unit to scale by {factor}")
    }
}

impl Law for Poisson {
    fn sample<R: Rng + ?Sized>(&self, draws: &mut R) -> f64 {
        self.sampler.sample(draws).0
    }

    fn mean(&self) -> Option<f64> {
        Some(self.mean)
    }

    fn scv(&self) -> Option<f64> {
        Some(1.0 / self.mean)
    }

    fn scaled(&self, factor: f64) -> Poisson {
        unreachable!("a Poisson count has no unit to scale by {factor}")
    }
}

impl From<Geometric> for Distribution {
    fn from(law: Geometric) -> Distribution {
        Distribution::Geometric(law)
    }
}

impl From<Poisson> for Distribution {
    fn from(law: Poisson) -> Distribution {
        Distribution::Poisson(law)
    }
}
