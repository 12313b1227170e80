//! The exponential distribution and what is built of it: Erlang's stages and the hyperexponential's branches.

use super::logarithm::negative_logarithm;
use super::{Distribution, Law, check};
use crate::kernel::random::open01;
use rand::Rng;

/// The exponential distribution, by inverse transform: -mean ln(u).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exponential {
    mean: f64,
}

/// The sum of independent exponential stages of equal mean (Erlang 1917).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Erlang {
    stages: u32,
    stage_mean: f64,
}

/// One of two exponentials with balanced means, that is, both contribute half of the mean (Allen 1990):
/// the share of the longer one is p = (1 - sqrt((cv^2 - 1) / (cv^2 + 1))) / 2, the means are mean / 2p and mean / 2(1 - p).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hyperexponential {
    long_share: f64,
    long_mean: f64,
    short_mean: f64,
}

/// More stages than this are as good as constant, and slow.
const STAGES_MAX: u32 = 1000;

impl Distribution {
    /// Exponential with this mean, which must be positive.
    pub fn exponential(mean: f64) -> Result<Distribution, String> {
        check::positive("mean", mean)?;
        Ok(Exponential { mean }.into())
    }

    /// The sum of 1 to 1000 exponential stages; `mean` is that of the sum and must be positive.
    pub fn erlang(mean: f64, stages: u32) -> Result<Distribution, String> {
        check::positive("mean", mean)?;
        check::require((1..=STAGES_MAX).contains(&stages), || {
            format!("`stages` must be from 1 to {STAGES_MAX}, is {stages}")
        })?;
        Ok(Erlang { stages, stage_mean: mean / f64::from(stages) }.into())
    }

    /// Hyperexponential with balanced means; the coefficient of variation `cv` must be from 1 (an exponential) to 1000.
    pub fn hyperexponential(mean: f64, cv: f64) -> Result<Distribution, String> {
        check::positive("mean", mean)?;
        check::at_least("cv", cv, 1.0, "1 for a hyperexponential")?;
        check::require(cv <= 1000.0, || format!("`cv` must be at most 1000, is {cv}"))?;
        let square = cv * cv;
        // (1 - w) / 2 where w is the square root; written as (1 - w^2) / (2 (1 + w)), which does not cancel.
        let root = ((square - 1.0) / (square + 1.0)).sqrt();
        let long_share = 1.0 / ((square + 1.0) * (1.0 + root));
        let law = Hyperexponential {
            long_share,
            long_mean: mean / (2.0 * long_share),
            short_mean: mean / (2.0 * (1.0 - long_share)),
        };
        Ok(law.into())
    }
}

impl Law for Exponential {
    #[inline]
    fn sample<R: Rng + ?Sized>(&self, draws: &mut R) -> f64 {
        self.mean * negative_logarithm(open01(draws.next_u64()))
    }

    fn mean(&self) -> Option<f64> {
        Some(self.mean)
    }

    fn scv(&self) -> Option<f64> {
        Some(1.0)
    }

    fn scaled(&self, factor: f64) -> Exponential {
        Exponential { mean: self.mean * factor }
    }
}

impl Law for Erlang {
    fn sample<R: Rng + ?Sized>(&self, draws: &mut R) -> f64 {
        // A sum of logarithms is the logarithm of a product, taken before the product leaves the range of floats.
        const SMALLEST: f64 = 1e-280;
        let mut sum = 0.0;
        let mut product = 1.0;
        for _ in 0..self.stages {
            product *= open01(draws.next_u64());
            if product < SMALLEST {
                sum += negative_logarithm(product);
                product = 1.0;
            }
        }
        self.stage_mean * (sum + negative_logarithm(product))
    }

    fn mean(&self) -> Option<f64> {
        Some(self.stage_mean * f64::from(self.stages))
    }

    fn scv(&self) -> Option<f64> {
        Some(1.0 / f64::from(self.stages))
    }

    fn scaled(&self, factor: f64) -> Erlang {
        Erlang { stage_mean: self.stage_mean * factor, ..*self }
    }
}

impl Law for Hyperexponential {
    fn sample<R: Rng + ?Sized>(&self, draws: &mut R) -> f64 {
        let is_long = open01(draws.next_u64()) < self.long_share;
        let mean = if is_long { self.long_mean } else { self.short_mean };
        mean * negative_logarithm(open01(draws.next_u64()))
    }

    fn mean(&self) -> Option<f64> {
        Some(self.long_share * self.long_mean + (1.0 - self.long_share) * self.short_mean)
    }

    fn scv(&self) -> Option<f64> {
        // With balanced means the variance follows from the share alone.
        Some(1.0 / (2.0 * self.long_share * (1.0 - self.long_share)) - 1.0)
    }

    fn scaled(&self, factor: f64) -> Hyperexponential {
        Hyperexponential { long_mean: self.long_mean * factor, short_mean: self.short_mean * factor, ..*self }
    }
}

impl From<Exponential> for Distribution {
    fn from(law: Exponential) -> Distribution {
        Distribution::Exponential(law)
    }
}

impl From<Erlang> for Distribution {
    fn from(law: Erlang) -> Distribution {
        Distribution::Erlang(law)
    }
}

impl From<Hyperexponential> for Distribution {
    fn from(law: Hyperexponential) -> Distribution {
        Distribution::Hyperexponential(law)
    }
}
