//! Grades a scenario as the answer to a design question: which parts of such an answer are there, and which are missing.
//!
//! A design interview has four steps: understand the problem and fix its scope, propose a design and check that its figures
//! hold, go deep into a choice, wrap up with what breaks and what grows. Each has criteria, which are checks of what was
//! built, never of words: a requirement counts if a client asks for it, an estimate if a quantity comes from it, an
//! expectation if it can fail. Nothing is run for it; `check` judges the expectations.

mod criteria;

use crate::experiment::{Experiment, Trial};
use crate::plan::Objective;
use crate::results::{Grade, GradedStep};
use crate::scenario::{MetricReference, Sources};
use crate::slo::{Checked, Ground, Grounds, foregone};
use criteria::{CRITERIA, Criterion, STEPS};

/// Grades the first trial of an experiment, its base, by it and the variants beside it.
pub fn grade(experiment: &Experiment) -> Grade {
    let exam = Exam::new(&experiment.trials);
    let steps = STEPS.iter().enumerate().map(|(index, title)| {
        let own = CRITERIA.iter().filter(|criterion| criterion.step == index);
        GradedStep { title, criteria: own.map(|criterion| criterion.apply(&exam)).collect() }
    });
    Grade { steps: steps.collect() }
}

/// What is looked at.
struct Exam<'e> {
    base: &'e Trial,
    variants: &'e [Trial],
    objectives: Vec<Expected<'e>>,
    claims: Vec<Expected<'e>>,
}

/// An expectation, and what is known of it before a run.
struct Expected<'e> {
    objective: &'e Objective,
    metrics: Vec<&'e MetricReference>,
    /// Its verdict.
    foregone: Option<bool>,
}

impl<'e> Exam<'e> {
    fn new(trials: &'e [Trial]) -> Exam<'e> {
        let (base, variants) = trials.split_first().expect("an experiment has a trial");
        let sources = Sources::new();
        let ground = |trial: &'e Trial| Ground {
            variant: trial.subject.variant.as_deref(),
            scenario: &trial.scenario,
            catalogue: &trial.catalogue,
        };
        let grounds =
            Grounds { list: trials.iter().map(ground).collect(), variants: Vec::new(), sources: &sources };
        let expected = |list: &'e [Checked]| -> Vec<Expected<'e>> {
            list.iter().map(|checked| Expected::new(checked, &grounds)).collect()
        };
        Exam { base, variants, objectives: expected(&base.objectives), claims: expected(&base.claims) }
    }

    fn expectations(&self) -> impl Iterator<Item = &Expected<'e>> {
        self.objectives.iter().chain(&self.claims)
    }

    /// The claims that speak of a variant.
    fn claims_about<'x>(&'x self, variant: &'x str) -> impl Iterator<Item = &'x Expected<'e>> {
        self.claims.iter().filter(move |claim| claim.names(variant))
    }
}

impl<'e> Expected<'e> {
    fn new(checked: &'e Checked, grounds: &Grounds<'_>) -> Expected<'e> {
        let objective = checked.objective();
        let metrics = objective.expectation.metrics();
        Expected { objective, metrics, foregone: foregone(checked, 0, grounds) }
    }

    fn name(&self) -> &'e str {
        &self.objective.name.name
    }

    /// Whether it speaks of a variant.
    fn names(&self, variant: &str) -> bool {
        self.metrics.iter().any(|metric| metric.variant.as_ref().is_some_and(|named| named.name == variant))
    }

    /// Why no run can decide it; none if one can.
    fn weakness(&self) -> Option<String> {
        let name = self.name();
        match self.foregone {
            Some(true) => Some(format!("`{name}` can never fail")),
            Some(false) => Some(format!("`{name}` can never hold")),
            None if self.metrics.is_empty() => Some(format!("`{name}` speaks of estimates only")),
            None => None,
        }
    }
}

impl Criterion {
    fn apply(&self, exam: &Exam<'_>) -> crate::results::Graded {
        let found = (self.check)(exam);
        let question = if found.is_ok() { self.deeper } else { self.missing };
        let is_met = found.is_ok();
        let reason = found.unwrap_or_else(|reason| reason);
        crate::results::Graded { id: self.id, meaning: self.meaning, is_met, reason, question }
    }
}
