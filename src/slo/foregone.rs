//! Lints about expectations whose verdict is known before the run.

use super::{Checked, Grounds};
use crate::component::Figure;
use crate::fault::Condition;
use crate::figures::{ClientFigure, DeployFigure, Metric, StationFigure};
use crate::plan::{Part, Plan, latency_limits};
use crate::results::Form;
use crate::results::Interval;
use crate::scenario::{Diagnostics, Dimension, Extent, MetricReference, Quantity, format_share};
use crate::station::UNBOUNDED;

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
        let help = elsewhere(checked, grounds).unwrap_or_else(|| help.to_owned());
        diagnostics.lint(lint, expectation.location, message).label(label).help(help);
    }
}

/// What is meant by who asks how many visitors wait at a queue of messages, where none ever does.
fn elsewhere(checked: &Checked, grounds: &Grounds<'_>) -> Option<String> {
    checked.questions.iter().find_map(|question| {
        let plan = &grounds.list[question.ground].scenario.plan;
        let Metric::Component(id, _) = question.metric else { return None };
        let (component, figures) =
            (&plan.components[id.index()], plan.components[id.index()].blueprint.spec().figures);
        let keeps_messages = figures.iter().any(|figure| figure.name() == "backlog");
        (keeps_messages && never_queues(plan, question.metric)).then(|| {
            let name = &component.name;
            format!(
                "messages that wait are `{name}.backlog`, `{name}.backlog.max` and `{name}.backlog.mean`, those turned away `{name}.full`"
            )
        })
    })
}

/// Whether a figure is of those who wait for a worker, or found too many of them, where there is one for everybody.
fn never_queues(plan: &Plan, metric: Metric) -> bool {
    let (Metric::Component(id, figure) | Metric::Instance(id, _, figure) | Metric::Group(id, _, figure)) =
        metric
    else {
        return false;
    };
    let component = &plan.components[id.index()];
    let is_free = component.shape.workers == UNBOUNDED
        && !component.shape.limits_cores()
        && component.guard.is_none()
        && !may_shrink(plan);
    is_free && matches!(figure, StationFigure::QueueMean | StationFigure::QueueMax | StationFigure::Rejected)
}

/// Whether a fault takes workers away.
fn may_shrink(plan: &Plan) -> bool {
    plan.faults.iter().any(|fault| matches!(fault.condition, Condition::Capacity { .. }))
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
            if may_shrink(plan) { Extent::NOT_NEGATIVE } else { share }
        }
        metric if never_queues(plan, metric) => Extent::point(0.0),
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
        // A level can be below zero: a clock that is late.
        Metric::Level(..) => Extent::ANY,
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
