//! Objectives and claims: checks them before a run, and judges them after it.

mod check;
mod foregone;
mod judge;
mod reference;

pub use check::{check_expectations, check_names};
pub use foregone::{foregone, look_for_foregone};
pub use judge::{Answer, Planned};

use crate::component::Figure;
use crate::figures::{Catalogue, ClientFigure, Definition, Metric, StationFigure};
use crate::measure::timeline::Window;
use crate::plan::{Objective, Plan, Scenario};
use crate::results::Form;
use crate::scenario::{Dimension, Sources};

/// The scenarios that expectations can speak of.
pub struct Grounds<'a> {
    /// What is run, and the variants that expectations name.
    pub list: Vec<Ground<'a>>,
    /// The names of all variants that there are.
    pub variants: Vec<&'a str>,
    /// The texts that they are read from.
    pub sources: &'a Sources,
}

/// A scenario that expectations can speak of.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// The variant's name; none for the base.
    pub variant: Option<&'a str>,
    /// It.
    pub scenario: &'a Scenario,
    /// Its metrics.
    pub catalogue: &'a Catalogue,
}

/// An objective or a claim that was checked.
#[derive(Clone, Debug)]
pub struct Checked {
    objective: Objective,
    dimension: Dimension,
    form: Form,
    /// Line and column of its name.
    position: (u32, u32),
    /// In the order of [`Expectation::metrics`]; none if it is absent.
    questions: Vec<Question>,
    presence: Presence,
}

/// Whether a scenario has what an expectation speaks of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Presence {
    /// It has.
    Present,
    /// This variant is without it, and what was asked for has it.
    Absent,
}

/// A figure that must be known after the run.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Question {
    /// Of which scenario, as an index into the grounds.
    pub ground: usize,
    /// Which figure.
    pub metric: Metric,
    /// Over which part of its run.
    pub window: Window,
}

/// How people read a figure of a plan.
pub fn form_of(plan: &Plan, definition: &Definition) -> Form {
    let is_share = match definition.metric {
        Metric::Client(_, figure) | Metric::ClientOperation(_, _, figure) => {
            figure == ClientFigure::Availability
        }
        Metric::Component(_, figure) | Metric::Instance(_, _, figure) | Metric::Group(_, _, figure) => {
            matches!(figure, StationFigure::Utilization | StationFigure::CpuUtilization)
        }
        Metric::Kind(component, index) => {
            let spec = plan.components[component.index()].blueprint.spec();
            matches!(spec.figures[index], Figure::Ratio { .. })
        }
        _ => false,
    };
    if is_share { Form::Share } else { Form::of(definition.dimension()) }
}

impl Checked {
    /// What was checked.
    pub fn objective(&self) -> &Objective {
        &self.objective
    }

    /// The figures that must be known to judge it.
    pub fn questions(&self) -> &[Question] {
        &self.questions
    }

    /// Whether it speaks of something that its variant is without.
    pub fn is_absent(&self) -> bool {
        self.presence == Presence::Absent
    }
}
