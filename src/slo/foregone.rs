//! Lints about expectations whose verdict is known before the run.

use super::{Checked, Grounds};
use crate::component::Figure;
use crate::fault::Condition;
use crate::figures::{ClientFigure, DeployFigure, Metric, StationFigure};
use crate::plan::{Part, Plan, latency_limits};
use crate::results::Form;
use crate::results::Interval;
use crate::scenario::{Diagnostics, Dimension, Extent, MetricReference, Quantity, format_share};

/// Recorded latencies are exact to three digits.
const SLACK: f64 = 0.002;

/// Tells of expectations that can never fail, and of those that can never hold.
pub fn look_for_foregone<'c>(
    all: impl IntoIterator<Item = &'c Checked>,
    home: usize,
    grounds: &Grounds<'_>,
    diagnostics: &mut Diagnostics,
) {
    for checked in all {
        let Some((holds, left, right)) = sides(checked, home, grounds) else { continue };
        let expectation = &checked.objective.expectation;
        let show = |extent| shown(extent, checked.form, checked.dimension);
        let label = format!("the left side is {}, the right side {}", show(left), show(right));
        let name = &checked.objective.name.name;
        let (lint, message, help) = match holds {
            true => {
                ("always_holds", format!("`{name}` can never fail"), "write a limit that a run could miss")
            }
            false => {
                ("never_holds", format!("`{name}` can never hold"), "write a limit that a run could keep")
            }
        };
        diagnostics.lint(lint, expectation.location, message).label(label).help(help);
    }
}

/// Whether the verdict on an expectation of the scenario `home` is known before the run, and which it is.
pub fn foregone(checked: &Checked, home: usize, grounds: &Grounds<'_>) -> Option<bool> {
    sides(checked, home, grounds).map(|(holds, _, _)| holds)
}

/// The verdict that is known before the run, if it is, with all that both sides can be.
fn sides(checked: &Checked, home: usize, grounds: &Grounds<'_>) -> Option<(bool, Extent, Extent)> {
    let expectation = &checked.objective.expectation;
    let metrics = expectation.metrics();
    if metrics.is_empty() && !expectation.is_of_numbers() {
        // Arithmetic of the envelope, which guards its formulas.
        return None;
    }
    let mut extent_of = |reference: &MetricReference| {
        let index = metrics.iter().position(|metric| *metric == reference);
        let question = &checked.questions[index.expect("every metric was looked up")];
        let plan = &grounds.list[question.ground].scenario.plan;
        extent(plan, question.metric)
    };
    let estimates = &grounds.list[home].scenario.estimates;
    let (left, right) = expectation.extents(estimates, &mut extent_of);
    expectation.is_certain(left, right).map(|holds| (holds, left, right))
}

/// Between which ends the values of a metric lie, whatever happens in the run.
fn extent(plan: &Plan, metric: Metric) -> Extent {
    let share = Extent { low: 0.0, high: 1.0 };
    match metric {
        Metric::Client(client, figure) => client_extent(latency_limits(plan)[client], figure),
        Metric::ClientOperation(client, operation, figure) => {
            let part =
                plan.slots.iter().find(|slot| slot.client == client && slot.operation == Some(operation));
            // The calls of a session take a part of its time.
            let is_request = part.is_some_and(|slot| slot.part == Part::Request);
            let latency = if is_request {
                latency_limits(plan)[client]
            } else {
                Interval { low: 0.0, high: f64::INFINITY }
            };
            client_extent(latency, figure)
        }
        Metric::Component(_, StationFigure::Utilization | StationFigure::CpuUtilization)
        | Metric::Instance(_, _, StationFigure::Utilization | StationFigure::CpuUtilization)
        | Metric::Group(_, _, StationFigure::Utilization | StationFigure::CpuUtilization) => {
            // Who has fewer workers than before finishes what all of them began.
            let shrinks = |condition: &Condition| matches!(condition, Condition::Capacity { .. });
            let may_shrink = plan.faults.iter().any(|fault| shrinks(&fault.condition));
            if may_shrink { Extent::NOT_NEGATIVE } else { share }
        }
        Metric::Kind(component, index) => {
            match plan.components[component.index()].blueprint.spec().figures[index] {
                Figure::Ratio { over, under, .. } if over.iter().all(|counter| under.contains(counter)) => {
                    share
                }
                Figure::Ratio { .. }
                | Figure::Throughput { .. }
                | Figure::Duration { .. }
                | Figure::Times { .. } => Extent::NOT_NEGATIVE,
                Figure::Level { .. } => Extent::ANY,
            }
        }
        Metric::Deploy(_, DeployFigure::BlastRadius) => share,
        Metric::Deploy(..)
        | Metric::Component(..)
        | Metric::Instance(..)
        | Metric::Group(..)
        | Metric::Entry(..)
        | Metric::Counter(..)
        | Metric::Times(..)
        | Metric::Edge(..)
        | Metric::Link(..)
        | Metric::Cost(..)
        | Metric::Mark(..)
        | Metric::Run(..) => Extent::NOT_NEGATIVE,
    }
}

fn client_extent(latency: Interval, figure: ClientFigure) -> Extent {
    match figure {
        ClientFigure::Availability if latency.low.is_infinite() => Extent::point(0.0),
        ClientFigure::Availability => Extent { low: 0.0, high: 1.0 },
        ClientFigure::Latency(_) if latency.low.is_finite() => {
            Extent { low: latency.low * (1.0 - SLACK), high: latency.high * (1.0 + SLACK) }
        }
        _ => Extent::NOT_NEGATIVE,
    }
}

/// "0 % to 100 %", "5 ms or more", "3".
fn shown(extent: Extent, form: Form, dimension: Dimension) -> String {
    let value = |value: f64| match form {
        Form::Share => format_share(value),
        _ => Quantity::new(value, dimension).human(),
    };
    match (extent.low.is_finite(), extent.high.is_finite()) {
        (true, true) if extent.low == extent.high => value(extent.low),
        (true, true) => format!("{} to {}", value(extent.low), value(extent.high)),
        (true, false) => format!("{} or more", value(extent.low)),
        (false, true) => format!("{} or less", value(extent.high)),
        (false, false) => "anything".to_owned(),
    }
}
