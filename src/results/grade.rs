//! How complete a scenario is as an answer to a design question.

use serde::Serialize;

/// The criteria, by the four steps of a design interview.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Grade {
    /// In the order in which they are taken.
    pub steps: Vec<GradedStep>,
}

/// A step of a design interview.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct GradedStep {
    /// What it is called.
    pub title: &'static str,
    /// What belongs to it.
    pub criteria: Vec<Graded>,
}

/// One criterion.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Graded {
    /// Its name.
    pub id: &'static str,
    /// What it asks of a scenario.
    pub meaning: &'static str,
    /// Whether the scenario meets it.
    pub is_met: bool,
    /// What of the scenario meets it, or what it lacks.
    pub reason: String,
    /// What an interviewer asks next: for what is missing, or deeper.
    pub question: &'static str,
}

impl Grade {
    /// All criteria, step by step.
    pub fn criteria(&self) -> impl Iterator<Item = &Graded> {
        self.steps.iter().flat_map(|step| &step.criteria)
    }

    /// Whether all criteria are met.
    pub fn is_complete(&self) -> bool {
        self.criteria().all(|criterion| criterion.is_met)
    }
}
