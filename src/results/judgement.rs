//! What became of an objective or a claim.

use super::Form;
use serde::Serialize;

/// Whether something that was expected came true.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It did.
    Pass,
    /// It did not.
    Fail,
    /// The run cannot tell.
    Inconclusive,
    /// It speaks of variants that were not run, or of what its own variant is without: the reason says so.
    Skipped,
}

/// An objective or a claim with what was observed.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Judgement {
    /// Its name.
    pub name: String,
    /// What is expected, as the scenario writes it.
    pub expect: String,
    /// What became of it.
    pub verdict: Verdict,
    /// The left side, or over replications its mean, in SI base units; none if nothing happened that it could tell of.
    pub observed: Option<f64>,
    /// The right side, likewise.
    pub limit: Option<f64>,
    /// The unit of the sides: `s`, `B`, `1/s`, `1`.
    pub unit: String,
    /// Half the length of the 95 % confidence interval for the difference of the sides; none for a single run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub half_width: Option<f64>,
    /// Whether it decides on the verdict of the whole.
    pub gates: bool,
    /// Why the run cannot tell, if it cannot; why it was skipped, if it is not for a variant that was not run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// How the sides are compared: `<`.
    #[serde(skip)]
    pub operator: &'static str,
    /// How people read the sides.
    #[serde(skip)]
    pub form: Form,
    /// Line and column of its name in the scenario.
    #[serde(skip)]
    pub position: (u32, u32),
}

impl Judgement {
    /// Whether it has a line of its own: all but those on variants that were not run.
    pub fn is_told(&self) -> bool {
        self.verdict != Verdict::Skipped || self.reason.is_some()
    }
}
