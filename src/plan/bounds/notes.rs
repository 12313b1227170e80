//! What bounds cannot say in numbers: quantities that cannot be counted.

use super::super::listing::{entry_name, program};
use super::super::{Branches, ClientPlan, ComponentPlan, Law, Plan, Source, Step, Turns};
use super::standstill;
use super::walk::mean;
use crate::component::Parting;
use crate::units::{AmountId, PlaceId, StepId};
use crate::workload::Keys;

/// The sentences, each of which begins with whom it is about.
pub(super) fn notes(plan: &Plan) -> Vec<String> {
    let mut notes = unknown_quantities(plan);
    notes.extend(unknown_shares(plan));
    notes.extend(standstill::notes(plan));
    notes.dedup();
    notes
}

/// Components whose keys are parted, and perhaps not evenly: evenly they are if all clients ask about keys that are all alike.
fn unknown_shares(plan: &Plan) -> Vec<String> {
    let are_alike = |client: &ClientPlan| {
        matches!(client.keys, None | Some(Keys::New | Keys::Uniform { .. })) && client.neighbours.is_none()
    };
    let is_spread = plan.clients.iter().all(are_alike) && plan.sites.iter().all(|site| site.key.is_none());
    let parted =
        plan.components.iter().filter_map(|component| Some((component, component.blueprint.parting()?)));
    let open = parted.filter(|(_, (_, by))| *by != Parting::Hash || !is_spread);
    let sentence = |(component, (count, _)): (&ComponentPlan, (u32, Parting))| {
        format!(
            "{}: what part of its load falls on the busiest of its {count} shares of the keys is not known before the run; \
             all are counted alike",
            component.name
        )
    };
    open.map(sentence).collect()
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
    let loops = |turns: Turns, owner: &str| match turns {
        Turns::Count(turns) => named(turns, owner, "repeat"),
        Turns::Each(sequence) => Some(format!(
            "{owner}: for_each {} depends on the request; it counts nothing in the low ends, anything in the high ones",
            plan.sequences[sequence.index()].text
        )),
    };
    let mut scan = |owner: &str, start: StepId| {
        for step in &plan.steps[program(plan, start)] {
            notes.extend(match step {
                Step::Work(time) => named(*time, owner, "work"),
                Step::Wait(time) => named(*time, owner, "wait"),
                Step::Repeat(turns, _) => loops(*turns, owner),
                Step::Fork(fork) => match &plan.forks[fork.index()].branches {
                    Branches::Turns(turns, _) => loops(*turns, owner),
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
