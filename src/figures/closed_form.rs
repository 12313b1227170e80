//! What queueing theory says of the stations of a scenario, beside what was simulated.
//!
//! A closed form stands only where its assumptions hold by construction: no approximations, and nothing for stations whose
//! arrivals or service times the plan does not pin down. They are those of the steady state: a run without a warm-up, or a
//! short one, differs from them for good reasons.

use super::Catalogue;
use super::queueing::{model, passes_on};
use super::traffic::{Inflow, inflows};
use super::value::{elapsed, value};
use crate::plan::Plan;
use crate::results::TheoryCheck;
use crate::world::World;

/// The closed forms of all stations that have one, in the order of the components.
pub fn closed_forms(world: &World<'_>, catalogue: &Catalogue) -> Vec<TheoryCheck> {
    let plan = world.plan();
    // No formula here knows of faults, nor of instances that come and go.
    if !plan.faults.is_empty() || plan.changes_staff() {
        return Vec::new();
    }
    let inflows = inflows(plan);
    let whole = world.recorder().timeline.whole();
    let seconds = elapsed(world, whole).seconds();
    let mut theories = Vec::new();
    for index in sound(plan, &inflows) {
        let component = &plan.components[index];
        let Some(model) = model(component, &inflows[index], seconds) else { continue };
        for row in model.figures {
            let figure = format!("{}.{}", component.name, row.figure);
            let metric = catalogue.get(&figure).map(|definition| definition.metric);
            theories.push(TheoryCheck {
                model: model.name.clone(),
                exact: row.exact,
                simulated: metric.and_then(|metric| value(world, metric, whole)),
                standard_error: row.standard_error,
                figure,
            });
        }
    }
    theories
}

/// The components whose arrivals are Poisson: every station that the flow has passed passes it on as such.
fn sound(plan: &Plan, inflows: &[Inflow]) -> Vec<usize> {
    let mut passing = vec![false; inflows.len()];
    let is_sound = |passing: &[bool], inflow: &Inflow| {
        !inflow.is_spoiled && inflow.upstream.iter().all(|before| passing[before.index()])
    };
    // From nothing up, so that stations that feed one another never count.
    loop {
        let found = (0..inflows.len()).find(|index| {
            !passing[*index]
                && is_sound(&passing, &inflows[*index])
                && passes_on(&plan.components[*index], &inflows[*index])
        });
        match found {
            Some(index) => passing[index] = true,
            None => break,
        }
    }
    (0..inflows.len()).filter(|index| is_sound(&passing, &inflows[*index])).collect()
}
