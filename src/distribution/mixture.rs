//! Mixtures: a fast path and a slow one.

use super::{Distribution, Law, check, scv_of_moments};
use crate::kernel::random::open01;
use rand::Rng;

/// One of several distributions, chosen by their shares at every draw.
#[derive(Clone, Debug, PartialEq)]
pub struct Mixture {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq)]
struct Part {
    share: f64,
    /// The sum of the shares up to this part and with it.
    cumulative_share: f64,
    law: Distribution,
}

impl Distribution {
    /// A mixture of (share, distribution). Each share must be positive, and together they must be 1 (to nine digits).
    pub fn mixture(parts: Vec<(f64, Distribution)>) -> Result<Distribution, String> {
        let mut sum = 0.0;
        let mut mixture = Mixture { parts: Vec::with_capacity(parts.len()) };
        for (share, law) in parts {
            check::positive("share", share)?;
            sum += share;
            mixture.parts.push(Part { share, cumulative_share: sum, law });
        }
        check::require((sum - 1.0).abs() < 1e-9, || {
            format!("the shares of a mixture must add up to 1, they add up to {sum}")
        })?;
        Ok(mixture.into())
    }
}

impl Mixture {
    fn sum(&self, f: impl Fn(&Distribution) -> Option<f64>) -> Option<f64> {
        self.parts.iter().map(|part| Some(part.share * f(&part.law)?)).sum()
    }
}

impl Law for Mixture {
    fn sample<R: Rng + ?Sized>(&self, draws: &mut R) -> f64 {
        let u = open01(draws.next_u64());
        // The shares may add up to a little less than 1: what is left belongs to the last part.
        let last = self.parts.len() - 1;
        let chosen = self.parts[..last].iter().position(|part| u < part.cumulative_share).unwrap_or(last);
        self.parts[chosen].law.sample(draws)
    }

    fn mean(&self) -> Option<f64> {
        self.sum(Distribution::mean)
    }

    fn scv(&self) -> Option<f64> {
        let mean_square = self.sum(|law| {
            let mean = law.mean()?;
            Some(mean * mean * (1.0 + law.scv()?))
        })?;
        Some(scv_of_moments(self.mean()?, mean_square))
    }

    fn scaled(&self, factor: f64) -> Mixture {
        let scale = |part: &Part| Part { law: part.law.scaled(factor), ..part.clone() };
        Mixture { parts: self.parts.iter().map(scale).collect() }
    }
}

impl From<Mixture> for Distribution {
    fn from(law: Mixture) -> Distribution {
        Distribution::Mixture(law)
    }
}
