//! Who is really short of something: workers that are all taken may be held by waiting for somebody else.
//!
//! While a request waits for the answer to a call, its handler keeps a worker. So a slow callee fills its callers, and theirs,
//! and the longest queue forms where it is least to blame. Of each visit it is known what its request did meanwhile; whoever
//! spent most of its workers' time waiting is a victim, and what it waited for most is looked at next, until somebody spends
//! its time on its own work, or nobody is busy at all.

use super::evidence::Evidence;
use super::tail::{Part, part_of};
use crate::figures::StationFigure;
use crate::measure::trace::{Blame, Shares};
use crate::results::Form;
use crate::results::number::human;
use crate::station::{Handling, UNBOUNDED};
use crate::units::{ComponentId, EdgeId, InstanceId};
use std::collections::BTreeMap;

/// Whoever waits for this part of its workers' time is a victim.
const WAITING_MIN: f64 = 0.5;

/// Calls fail because of a callee that is this busy.
const BUSY: f64 = 0.9;

/// What all requests did together.
#[derive(Default)]
pub(super) struct Doings {
    /// \[request ns\].
    pieces: BTreeMap<Part, f64>,
    /// Meanwhile an instance kept a worker for them.
    held: BTreeMap<(InstanceId, Blame), f64>,
}

impl Doings {
    /// What the requests of all clients did; nothing if nobody noted it.
    pub(super) fn of(evidence: &Evidence<'_>) -> Doings {
        let mut doings = Doings::default();
        for sample in evidence.world.tracer().into_iter().flat_map(|tracer| &tracer.samples) {
            if sample.total() > 0 {
                doings.add(evidence, &sample.shares(0.0, 1.0), sample.total() as f64);
            }
        }
        doings
    }

    /// Adds what so many requests did on average.
    fn add(&mut self, evidence: &Evidence<'_>, shares: &Shares, requests: f64) {
        for (blame, time) in &shares.pieces {
            *self.pieces.entry(part_of(evidence, *blame).0).or_default() += time * requests;
        }
        for (name, time) in &shares.held {
            *self.held.entry(*name).or_default() += time * requests;
        }
    }

    /// What the workers of a component spent their time on, or those of one of its instances.
    fn of_workers(
        &self,
        evidence: &Evidence<'_>,
        component: ComponentId,
        instance: Option<InstanceId>,
    ) -> BTreeMap<Part, f64> {
        let (first, count) = evidence.world.plan().components[component.index()].instances;
        let (first, end) = instance.map_or((first.0, first.0 + count), |one| (one.0, one.0 + 1));
        let mut parts = BTreeMap::new();
        for instance in (first..end).map(InstanceId) {
            let of_it = self.held.range((instance, Blame::FIRST)..);
            for ((_, blame), time) in of_it.take_while(|((holder, _), _)| *holder == instance) {
                *parts.entry(part_of(evidence, *blame).0).or_default() += time;
            }
        }
        parts
    }
}

/// Why what is waited for is waited for: a step on the way to the root.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Link {
    /// The workers of a component are held by waiting, this share of their time.
    Workers { component: ComponentId, share: f64, awaited: Part },
    /// The connections of an edge are held by calls that wait.
    Connections { awaited: Part },
    /// Calls fail because somebody behind them is full.
    Failures { awaited: Part },
}

/// What is waited for in the end.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Root {
    pub(super) part: Part,
    /// The way there.
    pub(super) links: Vec<Link>,
    /// Whether the last of them leads back to an earlier one.
    pub(super) is_circle: bool,
}

/// What those really wait for who wait for this.
pub(super) fn root(
    evidence: &Evidence<'_>,
    doings: &Doings,
    part: Part,
    instance: Option<InstanceId>,
) -> Root {
    let mut root = Root { part, links: Vec::new(), is_circle: false };
    let (mut seen, mut instance) = (vec![part], instance);
    while let Some(link) = step(evidence, doings, root.part, instance.take()) {
        root.links.push(link);
        root.part = link.awaited();
        root.is_circle = seen.contains(&root.part);
        if root.is_circle {
            break;
        }
        seen.push(root.part);
    }
    root
}

/// Whom those wait for who keep others waiting; none if that is their own affair.
fn step(evidence: &Evidence<'_>, doings: &Doings, part: Part, instance: Option<InstanceId>) -> Option<Link> {
    match part {
        Part::Queue(component) => {
            let shape = &evidence.world.plan().components[component.index()].shape;
            if shape.handling != Handling::Blocking || shape.workers == UNBOUNDED {
                return None;
            }
            let parts = doings.of_workers(evidence, component, instance);
            let total: f64 = parts.values().sum();
            let waiting = total - time_at(&parts, component);
            let awaited = most(parts.iter().filter(|(part, _)| part.component() != Some(component)))?;
            let share = share_of(evidence, doings, &parts, awaited).min(waiting) / total;
            (waiting >= WAITING_MIN * total).then_some(Link::Workers { component, share, awaited })
        }
        // Connections are kept as long as the callee takes: if that waits for workers there are enough connections.
        Part::Connection(edge) => {
            let callee = evidence.world.plan().edges[edge.index()].callee;
            let mut parts = doings.of_workers(evidence, callee, None);
            parts.retain(|part, _| part.component() != Some(callee));
            let own = doings.pieces.iter().filter(|(part, _)| part.component() == Some(callee));
            parts.extend(own.map(|(part, time)| (*part, *time)));
            let awaited = most(parts.iter())?;
            let is_waiting =
                matches!(awaited, Part::Queue(_) | Part::Core(_) | Part::Connection(_) | Part::Retry(_));
            is_waiting.then_some(Link::Connections { awaited })
        }
        Part::Retry(edge) => Some(Link::Failures { awaited: Part::Queue(full_behind(evidence, edge)?) }),
        _ => None,
    }
}

/// The largest of some parts; the first of equal ones.
fn most<'p>(parts: impl Iterator<Item = (&'p Part, &'p f64)>) -> Option<Part> {
    parts.reduce(|most, one| if one.1 > most.1 { one } else { most }).map(|(part, _)| *part)
}

/// What passes at a component.
fn time_at(parts: &BTreeMap<Part, f64>, component: ComponentId) -> f64 {
    let at = parts.iter().filter(|(part, _)| part.component() == Some(component));
    at.map(|(_, time)| time).sum()
}

/// How much of what these parts took was for one of them: at its component, on the way there, and what that waits for itself.
fn share_of(evidence: &Evidence<'_>, doings: &Doings, parts: &BTreeMap<Part, f64>, awaited: Part) -> f64 {
    let Some(component) = awaited.component() else { return parts[&awaited] };
    let there = |parts: &BTreeMap<Part, f64>| {
        time_at(parts, component) + parts.get(&Part::Network(component)).unwrap_or(&0.0)
    };
    let own = there(parts);
    let behind = doings.of_workers(evidence, component, None);
    let behind = behind.values().sum::<f64>() - time_at(&behind, component);
    // Of what it waits for itself, as much as it is visited from here.
    own + behind * own / there(&doings.pieces).max(own)
}

/// The busiest of those behind an edge, if it can be the reason why calls fail.
fn full_behind(evidence: &Evidence<'_>, edge: EdgeId) -> Option<ComponentId> {
    let callee = evidence.world.plan().edges[edge.index()].callee;
    let busy = |component: ComponentId| {
        evidence.station(component, StationFigure::Utilization, evidence.whole()).unwrap_or(0.0)
    };
    let behind = evidence.serving().filter(|other| *other == callee || evidence.calls(callee, *other));
    let full = behind.map(|component| (component, busy(component))).filter(|(_, busy)| *busy >= BUSY);
    full.reduce(|most, one| if one.1 > most.1 { one } else { most }).map(|(component, _)| component)
}

impl Link {
    /// What is waited for.
    pub(super) fn awaited(self) -> Part {
        match self {
            Link::Workers { awaited, .. } | Link::Connections { awaited } | Link::Failures { awaited } => {
                awaited
            }
        }
    }

    /// What is to be said of those whom the words before have named: ", which has all its workers taken, 86 % of that time
    /// waiting for db".
    fn words(self, evidence: &Evidence<'_>) -> String {
        let whom = awaited(evidence, self.awaited());
        match self {
            Link::Workers { share, .. } => {
                let share = human((share * 100.0 + 0.5).floor() / 100.0, Form::Share);
                format!(", which has all its workers taken, {share} of that time waiting for {whom}")
            }
            Link::Connections { .. } => format!(", all of which are held by calls that wait for {whom}"),
            Link::Failures { .. } => format!(", while {whom} is full"),
        }
    }
}

impl Root {
    /// All that is to be said of the way there.
    pub(super) fn words(&self, evidence: &Evidence<'_>) -> String {
        self.links.iter().map(|link| link.words(evidence)).collect()
    }
}

/// ", 86 % of their time waiting for db": what is to be said of the workers of a component that are all busy; nothing if they
/// work.
pub(super) fn busy_with(evidence: &Evidence<'_>, doings: &Doings, component: ComponentId) -> String {
    match step(evidence, doings, Part::Queue(component), None) {
        Some(Link::Workers { share, awaited: whom, .. }) => {
            let share = human((share * 100.0 + 0.5).floor() / 100.0, Form::Share);
            format!(", {share} of their time with waiting for {}", awaited(evidence, whom))
        }
        _ => String::new(),
    }
}

/// What somebody waits for.
fn awaited(evidence: &Evidence<'_>, part: Part) -> String {
    match part {
        Part::Queue(component)
        | Part::Core(component)
        | Part::Service(component)
        | Part::Held(component)
        | Part::Paused(component) => evidence.name(component).to_owned(),
        Part::Network(component) => format!("the network to {}", evidence.name(component)),
        Part::Connection(edge) => format!("a connection {}", evidence.edge_name(edge)),
        Part::Batch(edge) => format!("others to travel with over {}", evidence.edge_name(edge)),
        Part::Retry(edge) => format!("failed attempts over {}", evidence.edge_name(edge)),
    }
}
