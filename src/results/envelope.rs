//! Estimates beside what others found for them.

use serde::Serialize;

/// One line of the envelope: a formula with its value, and what others found for it.
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
    /// The metric that measures it, with what a run measured if there was one.
    pub measured: Option<(String, Option<Compared>)>,
}

/// A value beside the exact one.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Compared {
    /// As people read it.
    pub text: String,
    /// In SI base units.
    pub value: f64,
    /// (value - exact) / exact; none if the exact one is zero.
    pub gap: Option<f64>,
}
