//! What can be said of a scenario before it runs: the load of every station, by the utilisation law.
//!
//! Every figure is an interval. Its low end counts what comes if nothing fails: what a `choose` draws counts
//! with its share, what depends on an outcome or a condition goes the cheaper way, nothing is tried again,
//! and users who wait for their answers count nothing, because they slow down with the system. Its high end
//! counts every miss, every branch and every attempt; such users ask as often as they would if nobody ever
//! waited, but no station serves more than it can (the asymptotic bounds of Muntz and Wong, 1974, and Denning
//! and Buzen, 1978).
//!
//! The visits of every operation solve the traffic equations (J. R. Jackson, 1957): visits = visits by
//! clients + visits by the handlers of all operations. The offered load of a station is visits x holding
//! time, and its utilisation that per worker (the utilisation law). A worker of a blocking station is held
//! for the whole handler: that time is counted without any waiting at the stations downstream, and without
//! the time that bytes take on a link, so that the real utilisation of such a station is higher as soon as
//! there are queues behind it.

mod limits;
mod notes;
mod peaks;
mod pools;
mod standstill;
#[cfg(test)]
mod tests;
mod waits;
mod walk;

use super::listing::{measured, program};
use super::{ClientPlan, ComponentPlan, ErrandPlan, Law, Plan, Source, Step};
use crate::component::Fall;
use crate::results::{Bounds, ClientBounds, Interval, OperationBounds, Resource, StationBounds};
use crate::station::{Discipline, Handling, UNBOUNDED};
use crate::units::{ComponentId, EntryId, StepId};
pub use limits::latency_limits;
pub(super) use peaks::sustained_peaks;
use std::collections::BTreeSet;
pub(super) use waits::Copies;
pub(super) use walk::shares;
use walk::{Cost, End, Walk, mean, times};

/// Calls that are nested deeper than this fail, so that cycles of calls end there.
const NESTING_MAX: usize = 64;

/// What can be said of a plan before it runs.
pub fn bounds(plan: &Plan) -> Bounds {
    let (least, most) = (Side::new(plan, End::Least), Side::new(plan, End::Most));
    let rates: Vec<Interval> = plan.clients.iter().map(|client| client_rate(plan, client, &least)).collect();
    let low = least.visits(rates.iter().map(|rate| rate.low));
    let high = most.visits(rates.iter().map(|rate| rate.high));
    let mut stations: Vec<StationBounds> = stations(plan)
        .into_iter()
        .map(|station| {
            let operations = operations(&station, (&least, &low), (&most, &high));
            let visits = sum(operations.iter().map(|operation| operation.visits));
            let collecting = |visits: f64| times(visits, station.collecting);
            StationBounds {
                name: station.component.name.clone(),
                role: station.role,
                resource: station.resource,
                visits,
                load: sum(operations.iter().map(|operation| operation.load)),
                operations,
                capacity: station.capacity,
                available: station.available,
                collecting: Interval { low: collecting(visits.low), high: collecting(visits.high) },
            }
        })
        .collect();
    stations.extend(pools::pools(plan, &rates, (&least, &low), (&most, &high)));
    let clients = plan.clients.iter().zip(rates).map(|(client, rate)| ClientBounds {
        name: client.name.clone(),
        users: match client.source {
            Source::Open(_) | Source::Trace(_) => None,
            Source::Closed { users, .. } => Some(users),
        },
        rate,
        highest: peaks::highest_rate(plan, client),
        latency: Interval { low: least.latency(client), high: most.latency(client) },
    });
    let clients = clients.collect();
    let bottleneck = bottleneck(&stations);
    Bounds {
        clients,
        bottleneck,
        at_peak: bottleneck.and_then(|index| peaks::at_peak(plan, &least, &stations[index])),
        stations,
        notes: notes::notes(plan),
    }
}

/// Of each call site, in the order of the plan, how long an attempt takes on average if nobody waits in a queue \[s\], by the
/// component that makes it.
pub(super) fn least_attempts(
    plan: &Plan,
    copies: Copies,
    callers: impl Iterator<Item = ComponentId>,
) -> Vec<f64> {
    let least = Side::of(plan, End::Least, copies);
    callers.zip(&plan.sites).map(|(caller, site)| least.walk.attempt(caller, site)).collect()
}

/// A run of the handler of an operation, or of what a component does with each message, if nobody waits in a queue and
/// everything goes the cheaper way.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Turn {
    /// Who.
    pub(super) component: ComponentId,
    /// Who hands it the message, if one does.
    pub(super) feeds_on: Option<ComponentId>,
    /// How long it takes on average \[s\].
    pub(super) duration: f64,
    /// For how much of that it computes \[s\].
    pub(super) work: f64,
}

/// The turns of all components.
pub(super) fn turns(plan: &Plan) -> Vec<Turn> {
    let least = Side::new(plan, End::Least);
    let mut turns = Vec::new();
    for (index, component) in plan.components.iter().enumerate() {
        let fed = feed(plan, component);
        let feeds_on = |entry| {
            let (put, _) = fed.filter(|(_, errand)| errand.index() == entry)?;
            Some(plan.entries[put.index()].component)
        };
        turns.extend(entry_indices(plan, component).map(|entry| Turn {
            component: ComponentId(index as u16),
            feeds_on: feeds_on(entry),
            duration: least.durations[entry],
            work: least.work[entry],
        }));
    }
    turns
}

/// The least number of requests per second that a client sends in a stretch of the measured time.
fn least_rate(plan: &Plan, client: &ClientPlan, from: f64, to: f64) -> f64 {
    match &client.source {
        Source::Open(arrivals) => {
            Some(arrivals.mean_rate(from, to)).filter(|rate| rate.is_finite()).unwrap_or(0.0)
        }
        Source::Trace(traced) => traced.trace.count() as f64 / measured(plan),
        Source::Closed { .. } => 0.0,
    }
}

/// What visits a station, under these visits of all entries.
fn operations(
    station: &Station<'_>,
    (least, low): (&Side<'_>, &[f64]),
    (most, high): (&Side<'_>, &[f64]),
) -> Vec<OperationBounds> {
    let plan = least.walk.plan;
    let both = |of: &dyn Fn(&Side<'_>, &[f64]) -> f64| Interval { low: of(least, low), high: of(most, high) };
    let visited = station.parts.iter().filter(|part| part.visits(most, high) > 0.0);
    let operation = |part: &Part| OperationBounds {
        name: plan.operations[plan.entries[part.visited].operation.index()].clone(),
        visits: both(&|side, visits| part.visits(side, visits)),
        holding: both(&|side, _| side.holding(station.component, station.resource, part.works)),
        load: both(&|side, visits| station.load_of(part, side, visits)),
    };
    visited.map(operation).collect()
}

fn sum(intervals: impl Iterator<Item = Interval>) -> Interval {
    intervals
        .fold(Interval::default(), |sum, one| Interval { low: sum.low + one.low, high: sum.high + one.high })
}

/// The operations of a component, and what it is fed with.
fn entry_indices(plan: &Plan, component: &ComponentPlan) -> impl Iterator<Item = usize> + Clone + use<> {
    let (first, count) = component.entries;
    let fed = feed(plan, component).map(|(_, errand)| errand.index());
    (first.index()..first.index() + usize::from(count)).chain(fed)
}

/// From an operation to an errand that it may have its component run, the most that one visit causes.
fn consequences(plan: &Plan) -> impl Iterator<Item = (EntryId, EntryId, f64)> {
    plan.entries.iter().enumerate().flat_map(|(index, entry)| {
        let component = &plan.components[entry.component.index()];
        let (first, count) = component.entries;
        let is_named = (first.index()..first.index() + usize::from(count)).contains(&index);
        let causes = component.blueprint.causes(&plan.operations[entry.operation.index()]);
        causes.into_iter().filter(move |_| is_named).filter_map(move |(errand, most)| {
            let (ErrandPlan::Work(errand) | ErrandPlan::Call(errand, _)) =
                *component.errands.get(usize::from(errand))?;
            Some((EntryId(index as u16), errand, most.map_or(f64::INFINITY, f64::from)))
        })
    })
}

/// The operation elsewhere that has a component work, and where that work begins.
pub(super) fn feed(plan: &Plan, component: &ComponentPlan) -> Option<(EntryId, EntryId)> {
    let (name, errand) = component.blueprint.feeds_on()?;
    let source = component.blueprint.aims_at()?;
    let source = plan.components.iter().find(|other| other.name == source.name)?;
    let (first, count) = source.entries;
    let mut offered = (first.0..first.0 + count).map(EntryId);
    let is_named = |entry: &EntryId| plan.operations[plan.entries[entry.index()].operation.index()] == name;
    match component.errands.get(usize::from(errand))? {
        ErrandPlan::Work(work) => Some((offered.find(is_named)?, *work)),
        ErrandPlan::Call(..) => None,
    }
}

/// All instances of a component, or those that have the same part in its work, and one of the things that limit them.
struct Station<'p> {
    component: &'p ComponentPlan,
    /// Of the component.
    index: usize,
    role: Option<&'static str>,
    resource: Resource,
    /// How much of it there is in all.
    capacity: Option<f64>,
    /// The share of the time in which it does not stand still.
    available: f64,
    /// For how long all of it stands still for each visit, to collect a heap \[s\].
    collecting: f64,
    parts: Vec<Part>,
}

/// Visits that mean work for a station.
struct Part {
    /// The entry that is visited.
    visited: usize,
    /// The entry that works for them.
    works: usize,
    /// How often, for each of them: at the least and at the most.
    times: (f64, f64),
}

impl Part {
    /// How many come here.
    fn visits(&self, side: &Side<'_>, visits: &[f64]) -> f64 {
        let share = match side.walk.end {
            End::Least => self.times.0,
            End::Most => self.times.1,
        };
        times(visits[self.visited], share)
    }
}

impl Station<'_> {
    /// What is needed of the resource on average.
    fn load(&self, side: &Side<'_>, visits: &[f64]) -> f64 {
        self.parts.iter().map(|part| self.load_of(part, side, visits)).sum()
    }

    /// Which part of it is used; `None` without a limit.
    fn used(&self, side: &Side<'_>, visits: &[f64]) -> Option<f64> {
        let collecting = self.parts.iter().map(|part| times(part.visits(side, visits), self.collecting));
        Some((self.load(side, visits) / self.capacity? + collecting.sum::<f64>()) / self.available)
    }

    fn load_of(&self, part: &Part, side: &Side<'_>, visits: &[f64]) -> f64 {
        times(part.visits(side, visits), side.holding(self.component, self.resource, part.works))
    }
}

/// The stations of all components.
fn stations(plan: &Plan) -> Vec<Station<'_>> {
    let mut stations = Vec::new();
    for (index, component) in plan.components.iter().enumerate() {
        if !component.blueprint.spec().serves.has_station() {
            continue;
        }
        let available = standstill::available(plan, component);
        let collecting = standstill::collecting(component);
        let mut add = |role, instances: u32, parts: &dyn Fn() -> Vec<Part>| {
            for (resource, capacity) in resources(component, instances) {
                let (collecting, parts) = (collecting / f64::from(instances), parts());
                let station =
                    Station { component, index, role, resource, capacity, available, collecting, parts };
                stations.push(station);
            }
        };
        let crews = component.blueprint.crews();
        if crews.is_empty() {
            let alike = |entry| Part { visited: entry, works: entry, times: (1.0, 1.0) };
            add(None, component.instances.1, &|| entry_indices(plan, component).map(alike).collect());
        }
        for crew in crews {
            let part = |fall: &Fall| part(plan, component, fall);
            add(Some(crew.role), crew.instances, &|| crew.falls.iter().filter_map(part).collect());
        }
    }
    stations
}

/// The part of a crew; none if it is nothing.
fn part(plan: &Plan, component: &ComponentPlan, fall: &Fall) -> Option<Part> {
    let is_meant = |entry: &usize| plan.operations[plan.entries[*entry].operation.index()] == fall.operation;
    let visited = entry_indices(plan, component).find(is_meant)?;
    let works = match fall.errand {
        None => visited,
        Some(errand) => match component.errands.get(usize::from(errand))? {
            ErrandPlan::Work(work) | ErrandPlan::Call(work, _) => work.index(),
        },
    };
    Some(Part { visited, works, times: fall.times })
}

/// What limits so many instances of a component, and how much of it there is in all.
fn resources(component: &ComponentPlan, instances: u32) -> Vec<(Resource, Option<f64>)> {
    let shape = &component.shape;
    let of_all = |each: u32| (each != UNBOUNDED).then(|| f64::from(each) * f64::from(instances));
    if shape.discipline == Discipline::ProcessorSharing {
        return vec![(Resource::Cores, of_all(shape.capacity()))];
    }
    let mut resources = Vec::new();
    if shape.workers != UNBOUNDED || !shape.limits_cores() {
        resources.push((Resource::Workers, of_all(shape.workers)));
    }
    if shape.limits_cores() {
        resources.push((Resource::Cores, of_all(shape.cores())));
    }
    resources
}

/// The station with the highest utilisation: by what is certain, or if nothing is, by what is possible.
fn bottleneck(stations: &[StationBounds]) -> Option<usize> {
    let highest = |end: fn(Interval) -> f64| {
        let used = stations.iter().enumerate();
        let used = used.filter_map(|(index, station)| Some((index, end(station.utilization()?))));
        // Of equal ones the first.
        used.filter(|(_, used)| *used > 0.0).reduce(|best, other| if other.1 > best.1 { other } else { best })
    };
    highest(|used| used.low).or_else(|| highest(|used| used.high)).map(|(index, _)| index)
}

/// One end of all intervals.
struct Side<'p> {
    walk: Walk<'p>,
    /// From caller to callee, the visits of one run of its handler.
    calls: Vec<(EntryId, EntryId, f64)>,
    /// Of each entry, how long it computes \[s\].
    work: Vec<f64>,
    /// Of each entry, how long its handler takes \[s\].
    durations: Vec<f64>,
}

impl<'p> Side<'p> {
    fn new(plan: &'p Plan, end: End) -> Side<'p> {
        Side::of(plan, end, Copies::AtHand)
    }

    fn of(plan: &'p Plan, end: End, copies: Copies) -> Side<'p> {
        let mut walk = Walk::new(plan, end, copies);
        let all = |walk: &Walk<'_>, cost: Cost| -> Vec<f64> {
            plan.entries.iter().map(|entry| walk.cost(entry.component, entry.start, cost)).collect()
        };
        // Times grow from nothing, one level of calls in each round.
        for _ in 0..NESTING_MAX + plan.entries.len() {
            let responses = all(&walk, Cost::Response);
            if responses == walk.responses {
                break;
            }
            walk.responses = responses;
        }
        let (work, durations) = (all(&walk, Cost::Work), all(&walk, Cost::Duration));
        let mut calls = Vec::new();
        for (index, entry) in plan.entries.iter().enumerate() {
            for callee in callees(&walk, entry.start) {
                let visits = walk.cost(entry.component, entry.start, Cost::Visits(callee));
                calls.push((EntryId(index as u16), callee, visits));
            }
        }
        let feeds: Vec<(EntryId, EntryId)> =
            plan.components.iter().filter_map(|component| feed(plan, component)).collect();
        for (put, errand) in &feeds {
            // Which of several takes a message is open; and what fails, or takes too long, comes again.
            let alone = feeds.iter().filter(|(other, _)| other == put).count() == 1;
            let source = &plan.components[plan.entries[put.index()].component.index()].blueprint;
            let visits = match end {
                End::Least => f64::from(u8::from(alone)),
                End::Most => source.deliveries().map_or(f64::INFINITY, f64::from),
            };
            calls.push((*put, *errand, visits));
        }
        if end == End::Most {
            calls.extend(consequences(plan));
        }
        Side { walk, calls, work, durations }
    }

    /// The visits per second of all entries, if each client sends so many requests per second.
    fn visits(&self, rates: impl Iterator<Item = f64>) -> Vec<f64> {
        let plan = self.walk.plan;
        let mut external = vec![0.0; plan.entries.len()];
        for (client, rate) in plan.clients.iter().zip(rates) {
            for (callee, visits) in self.first_visits(client) {
                external[callee.index()] += times(rate, visits);
            }
        }
        self.traffic(external)
    }

    /// The visits that one request of a client pays by itself.
    fn first_visits(&self, client: &ClientPlan) -> Vec<(EntryId, f64)> {
        let visits = |callee| (callee, self.walk.cost(client.component, client.start, Cost::Visits(callee)));
        callees(&self.walk, client.start).into_iter().map(visits).collect()
    }

    /// Solves the traffic equations by rounds, one level of calls in each: as many as calls can be nested.
    fn traffic(&self, external: Vec<f64>) -> Vec<f64> {
        let mut visits = external.clone();
        for _ in 0..NESTING_MAX + external.len() {
            let mut next = external.clone();
            for (caller, callee, each) in &self.calls {
                next[callee.index()] += times(visits[caller.index()], *each);
            }
            if next == visits {
                break;
            }
            visits = next;
        }
        visits
    }

    /// The time of one request of a client, without waiting in queues \[s\].
    fn latency(&self, client: &ClientPlan) -> f64 {
        self.walk.cost(client.component, client.start, Cost::Duration)
    }

    /// For how long a visit for an entry of a component holds what limits it \[s\].
    fn holding(&self, component: &ComponentPlan, resource: Resource, entry: usize) -> f64 {
        match (resource, component.shape.handling) {
            (Resource::Workers, Handling::Blocking) => self.durations[entry],
            _ => self.work[entry],
        }
    }
}

/// Requests per second of a client over the measured time.
fn client_rate(plan: &Plan, client: &ClientPlan, least: &Side<'_>) -> Interval {
    match &client.source {
        Source::Open(arrivals) => {
            let low = least_rate(plan, client, 0.0, measured(plan));
            Interval { low, high: arrivals.mean_rate(0.0, measured(plan)) }
        }
        Source::Trace(_) => {
            let rate = least_rate(plan, client, 0.0, measured(plan));
            Interval { low: rate, high: rate }
        }
        Source::Closed { users, think } => {
            let think = match &plan.amounts[think.index()].law {
                Law::Constant(span, _) => span.seconds(),
                law => mean(law).unwrap_or(0.0) / crate::units::SECOND as f64,
            };
            let turn = think + least.latency(client);
            let never_waiting = f64::from(*users) / turn;
            Interval { low: 0.0, high: never_waiting.min(saturation(plan, client, least)) }
        }
    }
}

/// The requests per second of a client at which the first station would be fully used by them alone.
fn saturation(plan: &Plan, client: &ClientPlan, least: &Side<'_>) -> f64 {
    let mut external = vec![0.0; plan.entries.len()];
    for (callee, visits) in least.first_visits(client) {
        external[callee.index()] = visits;
    }
    let visits = least.traffic(external);
    let highest =
        |station: Station<'_>| station.used(least, &visits).map_or(f64::INFINITY, |used| 1.0 / used);
    stations(plan).into_iter().map(highest).fold(f64::INFINITY, f64::min)
}

/// The entries that a handler or session calls, in their order.
fn callees(walk: &Walk<'_>, start: StepId) -> BTreeSet<EntryId> {
    let steps = &walk.plan.steps[program(walk.plan, start)];
    let sites = steps.iter().filter_map(|step| match step {
        Step::Call(site) | Step::Send(site, _) => Some(&walk.plan.sites[site.index()]),
        _ => None,
    });
    sites.flat_map(|site| site.entries.iter().copied()).collect()
}
