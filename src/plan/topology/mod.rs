//! The topology of a plan as data: who calls whom, where everything stands, and what each client loses with each component and
//! place.

mod loss;
#[cfg(test)]
mod tests;

use super::bounds::feed;
use super::listing::program;
use super::{ClientPlan, ComponentPlan, ErrandPlan, Plan, Step};
use crate::component::{Errand, Serves};
use crate::results::{
    Dependence, Edge, Effect, Need, Node, OwnWork, PlaceReliance, Reliance, Standing, Topology,
};
use crate::station::UNBOUNDED;
use crate::units::{ComponentId, EntryId, SiteId, StepId};
pub(super) use loss::takers;
use loss::{Damage, Extent, Intact};
use std::collections::{BTreeMap, BTreeSet};

/// The topology of a plan.
pub fn topology(plan: &Plan) -> Topology {
    let stands = |component: &ComponentPlan| component.blueprint.spec().serves != Serves::Nobody;
    let standing = plan.instances.iter().filter(|one| stands(&plan.components[one.component.index()]));
    let used: BTreeSet<usize> = standing.map(|instance| instance.place.index()).collect();
    let intact = Intact::new(plan);
    let of_clients: Vec<Work> = plan.clients.iter().map(|client| Work::of_client(plan, client)).collect();
    let own_works = own_works(plan);
    let works: Vec<&Work> = of_clients.iter().chain(own_works.iter().map(|(work, ..)| work)).collect();
    let mut losses = losses(&intact, &works, &used).into_iter();
    let clients = plan.clients.iter().zip(&mut losses);
    let dependences = clients.map(|(client, (components, places))| Dependence {
        client: client.name.clone(),
        components,
        places,
    });
    let dependences = dependences.collect();
    let own_works = own_works.iter().zip(losses).map(|((_, worker, source), (components, places))| OwnWork {
        worker: worker.name.clone(),
        source: source.map(|source| source.name.clone()),
        components,
        places,
    });
    Topology {
        places: used.iter().map(|place| plan.places[*place].clone()).collect(),
        nodes: plan
            .components
            .iter()
            .filter(|one| stands(one))
            .map(|component| node(plan, component))
            .collect(),
        edges: edges(&intact),
        dependences,
        own_works: own_works.collect(),
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

/// What work may reach.
#[derive(Default)]
struct Reach {
    /// The sites, with the steps that begin the programs they stand in.
    sites: BTreeMap<SiteId, (StepId, Waits)>,
    /// The components.
    components: BTreeSet<usize>,
}

impl Reach {
    /// What may be reached from these programs. With `Others::Follow` also by what those who are called ask for by themselves,
    /// and by those who take what they are brought, if somebody waits for that.
    fn of(plan: &Plan, starts: impl IntoIterator<Item = StepId>, others: Others) -> Reach {
        let mut reach = Reach::default();
        let mut open: Vec<StepId> = starts.into_iter().collect();
        let mut seen: BTreeSet<StepId> = open.iter().copied().collect();
        while let Some(start) = open.pop() {
            for step in &plan.steps[program(plan, start)] {
                let (site, waits) = match step {
                    Step::Call(site) => (*site, Waits::Yes),
                    Step::Send(site, _) => (*site, Waits::No),
                    _ => continue,
                };
                reach.sites.insert(site, (start, waits));
                let site = &plan.sites[site.index()];
                for entry in site.entries.iter().copied().chain(site.lookup) {
                    let component = plan.entries[entry.index()].component.index();
                    let is_new = reach.components.insert(component) && others == Others::Follow;
                    let own = if is_new { calls_of(&plan.components[component]) } else { Vec::new() };
                    let takers = if others == Others::Follow { takers(plan, entry) } else { Vec::new() };
                    reach
                        .components
                        .extend(takers.iter().map(|work| plan.entries[work.index()].component.index()));
                    let next = [entry]
                        .into_iter()
                        .chain(own)
                        .chain(takers)
                        .map(|entry| plan.entries[entry.index()].start);
                    open.extend(next.filter(|start| seen.insert(*start)));
                }
            }
        }
        reach
    }
}

/// Whether what others do because of a call is followed, too.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Others {
    Follow,
    Leave,
}

/// What a component calls by itself, without questions whether somebody is well, and between its own instances.
fn calls_of(component: &ComponentPlan) -> Vec<EntryId> {
    let errands = component.blueprint.errands().into_iter().zip(&component.errands);
    let call = |(errand, planned): (Errand, &ErrandPlan)| match (errand, planned) {
        (Errand::Probe { .. } | Errand::Peer { .. }, _) | (_, ErrandPlan::Work(_)) => None,
        (_, ErrandPlan::Call(entry, _)) => Some(*entry),
    };
    errands.filter_map(call).collect()
}

/// Whether a caller waits for the answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Waits {
    Yes,
    No,
}

/// Where the programs of what components do by themselves begin, with their entries, and whether each is no more than a call;
/// without questions whether somebody is well, and what instances of one component ask each other.
fn errands(plan: &Plan) -> BTreeMap<StepId, (EntryId, IsCall)> {
    let mut starts = BTreeMap::new();
    for component in &plan.components {
        for (errand, planned) in component.blueprint.errands().iter().zip(&component.errands) {
            let (entry, is_call) = match (errand, planned) {
                (Errand::Probe { .. } | Errand::Peer { .. }, _) => continue,
                (_, ErrandPlan::Work(entry)) => (entry, IsCall::No),
                (_, ErrandPlan::Call(entry, _)) => (entry, IsCall::Yes),
            };
            starts.insert(plan.entries[entry.index()].start, (*entry, is_call));
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

fn edges(intact: &Intact<'_>) -> Vec<Edge> {
    let plan = intact.plan;
    let mut operations: BTreeMap<(&str, &str, Need), BTreeSet<&str>> = BTreeMap::new();
    let errands = errands(plan);
    let owners = owners(plan);
    let clients = plan.clients.iter().map(|client| client.start);
    let reach = Reach::of(plan, clients.chain(errands.keys().copied()), Others::Leave);
    for (site, (start, waits)) in reach.sites {
        let caller = &plan.components[owners[&start].index()].name;
        let need = match waits {
            _ if let Some((errand, IsCall::Yes)) = errands.get(&start) => need_of_errand(intact, *errand),
            Waits::Yes => need(intact, site, start),
            Waits::No => Need::Sent,
        };
        for entry in &plan.sites[site.index()].entries {
            let entry = &plan.entries[entry.index()];
            let callee = &plan.components[entry.component.index()].name;
            let operation = &plan.operations[entry.operation.index()];
            operations.entry((caller, callee, need)).or_default().insert(operation);
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

/// Whose session or handler begins at a step.
fn owners(plan: &Plan) -> BTreeMap<StepId, ComponentId> {
    let entries = plan.entries.iter().map(|entry| (entry.start, entry.component));
    entries.chain(plan.clients.iter().map(|client| (client.start, client.component))).collect()
}

/// Whether the program that begins at `start` fails if every call of one of its sites does.
fn need(intact: &Intact<'_>, site: SiteId, start: StepId) -> Need {
    match Damage::of_site(intact, site, start).effect(start) {
        Effect::Nothing => Need::Handled,
        Effect::Some | Effect::Every => Need::Needed,
    }
}

/// What the failure of a call that a component makes by itself does to those who visit it.
fn need_of_errand(intact: &Intact<'_>, errand: EntryId) -> Need {
    let plan = intact.plan;
    let component = &plan.components[plan.entries[errand.index()].component.index()];
    let is_meant = |planned: &ErrandPlan| matches!(planned, ErrandPlan::Call(entry, _) if *entry == errand);
    let operations = |(first, count): (EntryId, u16)| {
        let entries = &plan.entries[first.index()..first.index() + usize::from(count)];
        entries.iter().map(|entry| &plan.operations[entry.operation.index()])
    };
    let mut waits = operations(component.entries).flat_map(|operation| component.blueprint.waits(operation));
    match waits.any(|wait| component.errands.get(usize::from(wait.errand)).is_some_and(is_meant)) {
        _ if intact.is_awaited(errand) => Need::Needed,
        true => Need::Handled,
        false => Need::Own,
    }
}

/// Work that depends on components.
struct Work {
    start: StepId,
    /// The entries without which there is none of it: of who does it, and of whom that takes it from.
    roots: Vec<EntryId>,
    /// The components that it may reach.
    components: BTreeSet<usize>,
}

impl Work {
    fn of_client(plan: &Plan, client: &ClientPlan) -> Work {
        let components = Reach::of(plan, [client.start], Others::Follow).components;
        Work { start: client.start, roots: Vec::new(), components }
    }

    /// What is lost of it.
    fn effect(&self, damage: &Damage<'_>) -> Effect {
        let of_root = |root: &EntryId| match damage.extent(*root) {
            Extent::Nothing => Effect::Nothing,
            Extent::Part => Effect::Some,
            Extent::Whole => Effect::Every,
        };
        self.roots.iter().map(of_root).fold(damage.effect(self.start), Effect::max)
    }
}

/// The work that components do by themselves, with who does it and whom that takes it from.
fn own_works(plan: &Plan) -> Vec<(Work, &ComponentPlan, Option<&ComponentPlan>)> {
    let mut works = Vec::new();
    for component in &plan.components {
        let source = feed(plan, component).map(|(source, _)| source);
        for (errand, planned) in component.blueprint.errands().iter().zip(&component.errands) {
            let (Errand::Handler { .. }, ErrandPlan::Work(entry)) = (errand, planned) else { continue };
            let start = plan.entries[entry.index()].start;
            let roots: Vec<EntryId> = [*entry].into_iter().chain(source).collect();
            let component_of = |entry: EntryId| plan.entries[entry.index()].component.index();
            let mut components = Reach::of(plan, [start], Others::Follow).components;
            components.extend(roots.iter().map(|root| component_of(*root)));
            let source = source.map(|source| &plan.components[component_of(source)]);
            works.push((Work { start, roots, components }, component, source));
        }
    }
    works
}

/// What each work loses with each of its components, and with each place if there are several.
fn losses(
    intact: &Intact<'_>,
    works: &[&Work],
    places: &BTreeSet<usize>,
) -> Vec<(Vec<Reliance>, Vec<PlaceReliance>)> {
    let plan = intact.plan;
    let mut all = vec![(Vec::new(), Vec::new()); works.len()];
    let reached: BTreeSet<usize> = works.iter().flat_map(|work| &work.components).copied().collect();
    for index in reached {
        let component = &plan.components[index];
        let count = component.instances.1;
        let damage = |lost: u32| {
            let mut instances = vec![0; plan.components.len()];
            instances[index] = lost;
            Damage::of_components(intact, instances)
        };
        let (of_all, of_one) = (damage(count), (count > 1).then(|| damage(1)));
        let reliers = works.iter().zip(&mut all).filter(|(work, _)| work.components.contains(&index));
        for (work, (reliances, _)) in reliers {
            let reliance = Reliance {
                name: component.name.clone(),
                instances: count,
                loss_of_one: work.effect(of_one.as_ref().unwrap_or(&of_all)),
                loss_of_all: work.effect(&of_all),
            };
            reliances.push(reliance);
        }
    }
    for place in places.iter().copied().filter(|_| places.len() > 1) {
        let here = |component: &ComponentPlan| instances_at(plan, component, place);
        let damage = Damage::of_components(intact, plan.components.iter().map(here).collect());
        let entries = (0..plan.entries.len() as u16).map(EntryId);
        let hit = entries.filter(|entry| damage.extent(*entry) != Extent::Nothing);
        let hit: BTreeSet<usize> = hit.map(|entry| plan.entries[entry.index()].component.index()).collect();
        for (work, (reliances, places)) in works.iter().zip(&mut all) {
            let loss = work.effect(&damage);
            let is_needed = |(index, one): &(&usize, &Reliance)| {
                one.loss_of_all != Effect::Nothing && hit.contains(*index)
            };
            // The reliances stand in the order of the components.
            let needed = work.components.iter().zip(reliances.iter()).filter(is_needed);
            let components = needed.map(|(_, one)| one.name.clone()).collect();
            if loss != Effect::Nothing {
                places.push(PlaceReliance { name: plan.places[place].clone(), loss, components });
            }
        }
    }
    all
}
