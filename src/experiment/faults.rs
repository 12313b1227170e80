//! What befell a run, and what its clients saw before, during and after.

use super::Outcome;
use crate::fault::{Fault, Schedule, reported_windows};
use crate::figures::{ClientFigure, Metric, Statistic};
use crate::measure::timeline::Window;
use crate::plan::{Plan, describe_fault};
use crate::results::{Around, ClientAround, FaultShape};
use crate::units::{SECOND, Time};

/// What is asked of each client.
const FIGURES: [ClientFigure; 2] =
    [ClientFigure::Availability, ClientFigure::Latency(Statistic::Quantile(0.99))];

/// Before, during, after.
const PARTS: usize = 3;

/// The faults that are reported, by their indices, each with the time before it, its own, and the time after it.
fn parts(plan: &Plan) -> Vec<(usize, [Window; PARTS])> {
    let timeline = &plan.timeline;
    let cut = |(index, [from, until]): (usize, [Time; 2])| {
        let window = |from, to| timeline.window(from, to);
        (index, [window(timeline.start(), from), window(from, until), window(until, timeline.end())])
    };
    reported_windows(&plan.faults).into_iter().map(cut).collect()
}

/// What is asked of a run: by fault, client, figure, and part.
pub(super) fn questions(plan: &Plan) -> Vec<(Metric, Window)> {
    let mut questions = Vec::new();
    for (_, windows) in parts(plan) {
        for client in 0..plan.clients.len() {
            for figure in FIGURES {
                questions.extend(windows.map(|window| (Metric::Client(client, figure), window)));
            }
        }
    }
    questions
}

/// The faults and campaigns of a plan, with what became of the questions: means over the outcomes that have a value.
pub(super) fn shapes(plan: &Plan, outcomes: &[&Outcome]) -> Vec<FaultShape> {
    let (start, end) = (plan.timeline.start(), plan.timeline.end());
    let clock = |time: Time| (time.0 as f64 - start.0 as f64) / SECOND as f64;
    let shape = |fault: &Fault| {
        let times = match fault.schedule {
            Schedule::Once { from, until } => Some((clock(from), clock(until.min(end)))),
            Schedule::Campaign { .. } => None,
        };
        FaultShape {
            name: fault.name.clone(),
            condition: fault.word,
            targets: fault.targets.clone(),
            from: times.map(|(from, _)| from),
            until: times.map(|(_, until)| until),
            text: describe_fault(fault, start),
            clients: Vec::new(),
        }
    };
    let mut shapes: Vec<FaultShape> = plan.faults.iter().map(shape).collect();
    let mean = |question: usize| {
        let values: Vec<f64> = outcomes.iter().filter_map(|outcome| outcome.around[question]).collect();
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    };
    let around = |question: usize| Around {
        before: mean(question),
        during: mean(question + 1),
        after: mean(question + 2),
    };
    let mut question = 0;
    for (index, _) in parts(plan) {
        for client in &plan.clients {
            shapes[index].clients.push(ClientAround {
                client: client.name.clone(),
                availability: around(question),
                latency_p99: around(question + PARTS),
            });
            question += FIGURES.len() * PARTS;
        }
    }
    shapes
}
