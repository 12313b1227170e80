//! The topology of a plan as data: who calls whom, where everything stands, and what each client loses with each component and
//! place.

mod loss;
#[cfg(test)]
mod tests;

use super::listing::program;
use super::{ClientPlan, ComponentPlan, ErrandPlan, Plan, Step};
use crate::component::{Errand, Loss, Serves};
use crate::results::{Dependence, Edge, Effect, Need, Node, PlaceReliance, Reliance, Standing, Topology};
use crate::station::UNBOUNDED;
use crate::units::{SiteId, StepId};
use loss::{Damage, Extent, Lost};
use std::collections::{BTreeMap, BTreeSet};

/// The topology of a plan.
pub fn topology(plan: &Plan) -> Topology {
    let stands = |component: &ComponentPlan| component.blueprint.spec().serves != Serves::Nobody;
    let standing = plan.instances.iter().filter(|one| stands(&plan.components[one.component.index()]));
    let used: BTreeSet<usize> = standing.map(|instance| instance.place.index()).collect();
    Topology {
        places: used.iter().map(|place| plan.places[*place].clone()).collect(),
        nodes: plan
            .components
            .iter()
            .filter(|one| stands(one))
            .map(|component| node(plan, component))
            .collect(),
        edges: edges(plan),
        dependences: plan.clients.iter().map(|client| dependence(plan, client, &used)).collect(),
    }
}

fn node(plan: &Plan, component: &ComponentPlan) -> Node {
    let is_bounded = component.kind != "client" && component.shape.workers != UNBOUNDED;
    let standing = |place: usize| Standing {
        place: plan.places[place].clone(),
        instances: instances_at(plan, component, place),
    };
    Node {
        name: component.name.clone(),
        kind: component.kind,
        instances: component.instances.1,
        workers: is_bounded.then_some(component.shape.workers),
        standing: (0..plan.places.len()).map(standing).filter(|standing| standing.instances > 0).collect(),
    }
}

/// How many instances of a component stand at a place.
fn instances_at(plan: &Plan, component: &ComponentPlan, place: usize) -> u32 {
    let (first, count) = component.instances;
    let instances = &plan.instances[first.index()..first.index() + count as usize];
    instances.iter().filter(|instance| instance.place.index() == place).count() as u32
}

/// The sites that a request which begins here may reach, with the steps that begin the programs they stand in.
fn reached(plan: &Plan, start: StepId) -> BTreeMap<SiteId, (StepId, Waits)> {
    let mut sites = BTreeMap::new();
    let mut seen = BTreeSet::from([start]);
    let mut open = vec![start];
    while let Some(start) = open.pop() {
        for step in &plan.steps[program(plan, start)] {
            let (site, waits) = match step {
                Step::Call(site) => (*site, Waits::Yes),
                Step::Send(site, _) => (*site, Waits::No),
                _ => continue,
            };
            sites.insert(site, (start, waits));
            let callees =
                plan.sites[site.index()].entries.iter().map(|entry| plan.entries[entry.index()].start);
            let lookup = plan.sites[site.index()].lookup.map(|lookup| plan.entries[lookup.index()].start);
            open.extend(callees.chain(lookup).filter(|callee| seen.insert(*callee)));
        }
    }
    sites
}

/// Whether a caller waits for the answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Waits {
    Yes,
    No,
}

/// Where the programs of what components do by themselves begin, and whether each is no more than a call; without questions
/// whether somebody is well, and what instances of one component ask each other.
fn errands(plan: &Plan) -> BTreeMap<StepId, IsCall> {
    let mut starts = BTreeMap::new();
    for component in &plan.components {
        for (errand, planned) in component.blueprint.errands().iter().zip(&component.errands) {
            let (entry, is_call) = match (errand, planned) {
                (Errand::Probe { .. } | Errand::Peer { .. }, _) => continue,
                (_, ErrandPlan::Work(entry)) => (entry, IsCall::No),
                (_, ErrandPlan::Call(entry, _)) => (entry, IsCall::Yes),
            };
            starts.insert(plan.entries[entry.index()].start, is_call);
        }
    }
    starts
}

/// Whether an errand is a call, and nothing else.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum IsCall {
    Yes,
    No,
}

fn edges(plan: &Plan) -> Vec<Edge> {
    let mut operations: BTreeMap<(&str, &str, Need), BTreeSet<&str>> = BTreeMap::new();
    let errands = errands(plan);
    let clients = plan.clients.iter().map(|client| client.start);
    for first in clients.chain(errands.keys().copied()) {
        for (site, (start, waits)) in reached(plan, first) {
            let caller = owner(plan, start);
            let need = match waits {
                _ if errands.get(&start) == Some(&IsCall::Yes) => Need::Own,
                Waits::Yes => need(plan, site, start),
                Waits::No => Need::Sent,
            };
            for entry in &plan.sites[site.index()].entries {
                let entry = &plan.entries[entry.index()];
                let callee = &plan.components[entry.component.index()].name;
                let operation = &plan.operations[entry.operation.index()];
                operations.entry((caller, callee, need)).or_default().insert(operation);
            }
        }
    }
    let edge = |((caller, callee, need), operations): ((&str, &str, Need), BTreeSet<&str>)| Edge {
        caller: caller.to_owned(),
        callee: callee.to_owned(),
        operations: operations.into_iter().map(str::to_owned).collect(),
        need,
    };
    operations.into_iter().map(edge).collect()
}

/// Whose session or handler begins here.
fn owner(plan: &Plan, start: StepId) -> &str {
    let client = plan.clients.iter().find(|client| client.start == start);
    let entry = || plan.entries.iter().find(|entry| entry.start == start).map(|entry| entry.component);
    let component = client.map(|client| client.component).or_else(entry);
    &plan.components[component.expect("a program has an owner").index()].name
}

/// Whether the program that begins at `start` fails if every call of one of its sites does.
fn need(plan: &Plan, site: SiteId, start: StepId) -> Need {
    let lost = Lost { extents: vec![Extent::Nothing; plan.components.len()], site: Some(site) };
    match Damage::new(plan, lost).effect(start) {
        Effect::Nothing => Need::Handled,
        Effect::Some | Effect::Every => Need::Needed,
    }
}

fn dependence(plan: &Plan, client: &ClientPlan, places: &BTreeSet<usize>) -> Dependence {
    let sites = reached(plan, client.start);
    let entries = sites.keys().flat_map(|site| &plan.sites[site.index()].entries);
    let components: BTreeSet<usize> =
        entries.map(|entry| plan.entries[entry.index()].component.index()).collect();
    let effect = |extent: &dyn Fn(usize) -> Extent| {
        let extents = (0..plan.components.len()).map(extent).collect();
        Damage::new(plan, Lost { extents, site: None }).effect(client.start)
    };
    let reliance = |index: usize| {
        let component = &plan.components[index];
        let of =
            |lost: u32| move |other| if other == index { extent(component, lost) } else { Extent::Nothing };
        Reliance {
            name: component.name.clone(),
            instances: component.instances.1,
            loss_of_one: effect(&of(1)),
            loss_of_all: effect(&of(component.instances.1)),
        }
    };
    let components: Vec<(usize, Reliance)> =
        components.into_iter().map(|index| (index, reliance(index))).collect();
    let place_reliance = |place: usize| {
        let here = |index: usize| {
            let component = &plan.components[index];
            extent(component, instances_at(plan, component, place))
        };
        let needed = components.iter().filter(|(index, reliance)| {
            reliance.loss_of_all != Effect::Nothing && here(*index) != Extent::Nothing
        });
        PlaceReliance {
            name: plan.places[place].clone(),
            loss: effect(&here),
            components: needed.map(|(_, reliance)| reliance.name.clone()).collect(),
        }
    };
    let several = places.iter().copied().filter(|_| places.len() > 1);
    let places = several.map(place_reliance).filter(|place| place.loss != Effect::Nothing).collect();
    Dependence {
        client: client.name.clone(),
        places,
        components: components.into_iter().map(|(_, reliance)| reliance).collect(),
    }
}

/// How much of a component is gone with so many of its instances.
fn extent(component: &ComponentPlan, lost: u32) -> Extent {
    let count = component.instances.1;
    match component.blueprint.loss(count) {
        _ if lost == 0 => Extent::Nothing,
        _ if lost == count => Extent::Whole,
        Loss::Covered => Extent::Nothing,
        Loss::Answered | Loss::Felt => Extent::Part,
    }
}
