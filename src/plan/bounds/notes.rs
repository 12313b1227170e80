//! What bounds cannot say in numbers: quantities that cannot be counted, and pools that can lock themselves
//! up.

use super::super::listing::{entry_name, program};
use super::super::{Branches, Law, Plan, Source, Step};
use super::walk::mean;
use crate::station::{Discipline, Handling, UNBOUNDED};
use crate::units::{AmountId, PlaceId, StepId};
use std::collections::BTreeSet;

/// The sentences, each of which begins with whom it is about.
pub(super) fn notes(plan: &Plan) -> Vec<String> {
    let mut notes = unknown_quantities(plan);
    notes.extend(self_locking(plan));
    notes.dedup();
    notes
}

/// Quantities without a mean that could be counted.
fn unknown_quantities(plan: &Plan) -> Vec<String> {
    let mut notes = Vec::new();
    let named = |id: AmountId, owner: &str, what: &str| {
        let amount = &plan.amounts[id.index()];
        let why = match &amount.law {
            Law::Computed(_) => "depends on the request",
            law if mean(law).is_none() => "has no mean",
            _ => return None,
        };
        Some(format!(
            "{owner}: {what} {} {why}; it counts nothing in the low ends, anything in the high ones",
            amount.text
        ))
    };
    let mut scan = |owner: &str, start: StepId| {
        for step in &plan.steps[program(plan, start)] {
            notes.extend(match step {
                Step::Work(time) => named(*time, owner, "work"),
                Step::Wait(time) => named(*time, owner, "wait"),
                Step::Repeat(turns, _) => named(*turns, owner, "repeat"),
                Step::Fork(fork) => match &plan.forks[fork.index()].branches {
                    Branches::Turns(turns, _) => named(*turns, owner, "repeat"),
                    Branches::Each(_) => None,
                },
                _ => None,
            });
        }
    };
    for entry in &plan.entries {
        scan(&entry_name(plan, entry), entry.start);
    }
    for client in &plan.clients {
        scan(&client.name, client.start);
    }
    for client in &plan.clients {
        match &client.source {
            Source::Open(arrivals) if !arrivals.mean_rate(0.0, 1.0).is_finite() => {
                notes.push(format!(
                    "{}: the size of its batches has no mean; it counts nothing in the low ends",
                    client.name
                ));
            }
            Source::Closed { think, .. } => notes.extend(named(*think, &client.name, "think")),
            Source::Open(_) | Source::Trace(_) => {}
        }
    }
    let link = plan.links.iter().find(|link| mean(&link.delay).is_none());
    if let Some(link) = link {
        let place = |place: PlaceId| &plan.places[place.index()];
        notes.push(format!("the delay from {} to {} has no mean", place(link.ends.0), place(link.ends.1)));
    }
    notes
}

/// Operations that wait for a worker of their own component while they hold one. When all workers are held by
/// such visits, each waits for another for ever: the deadlock of a thread pool that calls itself.
fn self_locking(plan: &Plan) -> Vec<String> {
    let callees = |entry: usize| -> BTreeSet<usize> {
        let steps = &plan.steps[program(plan, plan.entries[entry].start)];
        let sites = steps.iter().filter_map(|step| match step {
            Step::Call(site) => Some(&plan.sites[site.index()]),
            _ => None,
        });
        sites.flat_map(|site| site.entries.iter().map(|entry| entry.index())).collect()
    };
    let mut notes = Vec::new();
    for (index, entry) in plan.entries.iter().enumerate() {
        let component = &plan.components[entry.component.index()];
        let shape = &component.shape;
        if shape.handling == Handling::EventLoop
            || shape.workers == UNBOUNDED
            || shape.discipline == Discipline::ProcessorSharing
        {
            continue;
        }
        let mut reached = BTreeSet::new();
        let mut open: Vec<usize> = callees(index).into_iter().collect();
        while let Some(next) = open.pop() {
            if reached.insert(next) {
                open.extend(callees(next));
            }
        }
        if reached.iter().any(|other| plan.entries[*other].component == entry.component) {
            notes.push(format!(
                "{}: it holds a worker of {} while it waits for another one; when all are held like this, nothing moves",
                entry_name(plan, entry),
                component.name
            ));
        }
    }
    notes
}
