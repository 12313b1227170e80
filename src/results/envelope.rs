//! Estimates beside what others found for them, and what moves them.

use serde::Serialize;

/// One line of the envelope: a formula with its value, what others found for it, and what moves it.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Estimated {
    /// Its name.
    pub name: String,
    /// As it is written.
    pub formula: String,
    /// The formula with the values of the estimates in it; none if there are no estimates in it.
    pub substituted: Option<String>,
    /// What it gives, as people read it.
    pub result: String,
    /// The same in SI base units.
    pub value: f64,
    /// The unit of `value`.
    pub unit: String,
    /// What its author found elsewhere.
    pub noted: Option<Compared>,
    /// What to think of that.
    pub opinion: Option<Opinion>,
    /// The metric that measures it, with what a run measured if there was one.
    pub measured: Option<(String, Option<Compared>)>,
    /// What its inputs do to it, the strongest first; empty for an input.
    pub sensitivity: Vec<Influence>,
    /// Whether another estimate is computed from it.
    pub is_needed: bool,
}

/// A value beside the exact one.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Compared {
    /// As people read it.
    pub text: String,
    /// In SI base units.
    pub value: f64,
    /// (value - exact) / exact; none if only the exact one is zero, or something else is measured.
    pub gap: Option<f64>,
}

/// What to think of a noted figure.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Opinion {
    /// Whether it is right, or wrong in the way that the scenario says.
    pub holds: bool,
    /// The exact value as people read it, in the unit of the note where that can be.
    pub exact: String,
    /// What the scenario says is wrong with it.
    pub declared: Option<&'static str>,
    /// To how many digits it is rounded, where that alone would take it further away than a note may be.
    pub rounded_to: Option<usize>,
    /// The slips that explain it, the likeliest first; empty if it is right.
    pub slips: Vec<Suspicion>,
    /// What a small gap looks like, where it has a name.
    pub aside: Option<&'static str>,
}

/// A slip that would explain a noted figure.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Suspicion {
    /// Its word: `prefix`.
    pub slip: &'static str,
    /// How it would explain it.
    pub how: String,
}

/// What an input does to an estimate.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Influence {
    /// The input's name.
    pub input: String,
    /// Its value, as people read it.
    pub is: String,
    /// By how many percent the estimate grows when the input grows by one, for small changes; none where the estimate is zero.
    pub elasticity: Option<f64>,
    /// What the estimate is with half of the input.
    pub halved: Changed,
    /// What it is with twice the input.
    pub doubled: Changed,
}

/// A value that an estimate would have; none if the formula has none there.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Changed {
    /// As people read it.
    pub text: String,
    /// In SI base units.
    pub value: Option<f64>,
}
