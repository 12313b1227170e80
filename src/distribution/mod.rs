//! What varies at random in a scenario: durations, sizes and counts, each of which knows its mean.
//!
//! A distribution has no unit; whoever reads a scenario scales it ([`Distribution::scaled`]). Each family stands in a file
//! of its own with its formulas; most are sampled by inverse transform from one word of 64 bits, which keeps the draws of
//! compared scenarios paired. All functions beyond `+ - * /` and the square root come from `libm` or from the table of
//! `logarithm.rs`, so that a sample has the same bits on every machine.

mod check;
mod constant;
mod count;
mod exponential;
mod gamma;
pub(crate) mod logarithm;
mod mixture;
mod normal;
mod pareto;
pub(crate) mod portable;
mod quantiles;
#[cfg(test)]
mod tests;
mod weibull;

pub use constant::{Constant, Uniform};
pub use count::{Geometric, Poisson};
pub use exponential::{Erlang, Exponential, Hyperexponential};
pub use gamma::Gamma;
pub use mixture::Mixture;
pub use normal::{LogNormal, Normal};
pub use pareto::Pareto;
pub use quantiles::{Empirical, Quantiles};
pub use weibull::Weibull;

use rand::Rng;

/// A distribution on the numbers from zero up. Its constructors check the parameters; their errors state the condition that
/// does not hold, and are complete sentences but for the place in the scenario.
#[derive(Clone, Debug, PartialEq)]
pub enum Distribution {
    /// Always the same.
    Constant(Constant),
    /// Equally likely everywhere between two ends.
    Uniform(Uniform),
    /// Without memory.
    Exponential(Exponential),
    /// The sum of equal exponential stages.
    Erlang(Erlang),
    /// One of two exponentials: more variable than one alone.
    Hyperexponential(Hyperexponential),
    /// The bell curve, drawn again below zero.
    Normal(Normal),
    /// Its logarithm is normal.
    LogNormal(LogNormal),
    /// Between constant and highly variable by one parameter.
    Gamma(Gamma),
    /// An exponential bent by a power.
    Weibull(Weibull),
    /// A power law, with or without an upper end.
    Pareto(Pareto),
    /// What a dashboard shows: a few percentiles, joined by straight lines.
    Quantiles(Quantiles),
    /// Measured values, each equally likely.
    Empirical(Empirical),
    /// One of several distributions.
    Mixture(Mixture),
    /// A count: trials up to and with the first success.
    Geometric(Geometric),
    /// A count: independent rare events.
    Poisson(Poisson),
}

/// Plans hold one per step.
const _: () = assert!(size_of::<Distribution>() <= 56);

/// Evaluates an expression with the law inside of a distribution bound to a name.
macro_rules! with_law {
    ($distribution:expr, $law:ident => $value:expr) => {
        match $distribution {
            Distribution::Constant($law) => $value,
            Distribution::Uniform($law) => $value,
            Distribution::Exponential($law) => $value,
            Distribution::Erlang($law) => $value,
            Distribution::Hyperexponential($law) => $value,
            Distribution::Normal($law) => $value,
            Distribution::LogNormal($law) => $value,
            Distribution::Gamma($law) => $value,
            Distribution::Weibull($law) => $value,
            Distribution::Pareto($law) => $value,
            Distribution::Quantiles($law) => $value,
            Distribution::Empirical($law) => $value,
            Distribution::Mixture($law) => $value,
            Distribution::Geometric($law) => $value,
            Distribution::Poisson($law) => $value,
        }
    };
}

/// What every family of distributions can do.
trait Law: Clone + Into<Distribution> {
    /// One value.
    fn sample<R: Rng + ?Sized>(&self, draws: &mut R) -> f64;

    /// The expected value; `None` when there is none.
    fn mean(&self) -> Option<f64>;

    /// The variance over the square of the mean; `None` when there is none.
    fn scv(&self) -> Option<f64>;

    /// The law of a value times `factor`, a positive number.
    fn scaled(&self, factor: f64) -> Self;
}

impl Distribution {
    /// Draws a value, never negative.
    #[inline]
    pub fn sample<R: Rng + ?Sized>(&self, draws: &mut R) -> f64 {
        with_law!(self, law => law.sample(draws))
    }

    /// Draws a value and rounds it to the nearest whole number.
    #[inline]
    pub fn sample_count<R: Rng + ?Sized>(&self, draws: &mut R) -> u64 {
        // A cast saturates, and sends what is not a number to zero.
        (self.sample(draws) + 0.5) as u64
    }

    /// The expected value; `None` when it does not exist, as for a Pareto of shape 1 without an upper end.
    pub fn mean(&self) -> Option<f64> {
        with_law!(self, law => law.mean()).filter(|mean| mean.is_finite())
    }

    /// The squared coefficient of variation: the variance over the square of the mean. 0 for a constant, 1 for an
    /// exponential; `None` when it does not exist.
    pub fn scv(&self) -> Option<f64> {
        with_law!(self, law => law.scv()).filter(|scv| scv.is_finite())
    }

    /// The distribution of a value times `factor`: from seconds to nanoseconds, say. The factor must be positive, and the
    /// distribution none of the counts, for these have no unit.
    pub fn scaled(&self, factor: f64) -> Distribution {
        assert!(factor > 0.0 && factor.is_finite(), "a distribution cannot be scaled by {factor}");
        with_law!(self, law => law.scaled(factor).into())
    }
}

/// The squared coefficient of variation from a mean and a mean square. A law whose mean is zero is the constant zero.
fn scv_of_moments(mean: f64, mean_square: f64) -> f64 {
    if mean > 0.0 { (mean_square / (mean * mean) - 1.0).max(0.0) } else { 0.0 }
}
