//! Who owns the latency: what the requests near the 99th percentile of each client spent their time on, and all of them.

use super::evidence::Evidence;
use super::root::{Doings, Link, Root, root};
use crate::figures::{ClientFigure, Metric, StationFigure, Statistic, value};
use crate::measure::trace::{Blame, Shares};
use crate::mechanism::arrange::Arrange;
use crate::results::finding::held_by_waiting;
use crate::results::number::{counted, human, possessive};
use crate::results::{Finding, Form, Severity};
use crate::units::{ComponentId, EdgeId, InstanceId, SiteId};
use std::collections::BTreeMap;

/// The requests near the 99th percentile: these shares of all are faster, and at least as fast.
const NEAR: (f64, f64) = (0.985, 0.995);

/// Fewer requests than this have no 99th percentile worth the name.
const REQUESTS_MIN: u64 = 200;

/// A smaller part of the latency than this is not named.
const PART_MIN: f64 = 0.03;

/// More parts than this are not named.
const PARTS_MAX: usize = 4;

/// From this part on, waiting for something makes it the bottleneck.
const WAITING_MIN: f64 = 0.2;

/// An instance is named itself, with the share of its component, if practically all of that is its own.
const OWN_MIN: f64 = 0.9;

/// Who has a part of the latency.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Part {
    Queue(ComponentId),
    Core(ComponentId),
    Service(ComponentId),
    Held(ComponentId),
    Paused(ComponentId),
    Network(ComponentId),
    Connection(EdgeId),
    Batch(EdgeId),
    Retry(EdgeId),
}

impl Part {
    /// The component at which it passes; none of what passes on the way.
    pub(super) fn component(self) -> Option<ComponentId> {
        match self {
            Part::Queue(at) | Part::Core(at) | Part::Service(at) | Part::Held(at) | Part::Paused(at) => {
                Some(at)
            }
            Part::Network(_) | Part::Connection(_) | Part::Batch(_) | Part::Retry(_) => None,
        }
    }
}

/// A part with its share of the latency, and the instance that has practically all of it.
#[derive(Clone, Copy, Debug)]
struct Owner {
    part: Part,
    share: f64,
    instance: Option<InstanceId>,
}

/// A finding for the p99 of each client, and one for what makes clients wait most.
pub(super) fn findings(evidence: &Evidence<'_>, doings: &Doings) -> Vec<Finding> {
    let mut findings: Vec<Finding> = bottleneck(evidence, doings).into_iter().collect();
    let clients = 0..evidence.world.plan().clients.len();
    findings.extend(clients.filter_map(|client| p99(evidence, client)));
    findings
}

fn p99(evidence: &Evidence<'_>, client: usize) -> Option<Finding> {
    let sample = &evidence.world.tracer()?.samples[client];
    if sample.total() < REQUESTS_MIN {
        return None;
    }
    let metric = Metric::Client(client, ClientFigure::Latency(Statistic::Quantile(0.99)));
    let latency = value(evidence.world, metric, evidence.whole())?;
    let owners = owners(evidence, &sample.shares(NEAR.0, NEAR.1));
    let named: Vec<&Owner> = owners.iter().filter(|owner| owner.share >= PART_MIN).take(PARTS_MAX).collect();
    if named.is_empty() {
        return None;
    }
    let parts: Vec<String> = named
        .iter()
        .map(|owner| format!("{} {}", human(rounded(owner.share), Form::Share), words(evidence, owner)))
        .collect();
    let name = &evidence.world.plan().clients[client].name;
    let whose = succeeding(evidence, client).unwrap_or_else(|| name.clone());
    let sentence = format!("p99 of {whose} ({}): {}", human(latency, Form::Duration), parts.join(", "));
    let mut finding = Finding {
        client: Some(name.clone()),
        component: named.first().and_then(|owner| component_name(evidence, owner)),
        edge: named.first().and_then(|owner| edge_name(evidence, owner.part)),
        ..Finding::new("tail", Severity::Info, sentence)
    }
    .with("latency.p99", latency, "s");
    for owner in &owners {
        finding = finding.with(words(evidence, &Owner { instance: None, ..*owner }), owner.share, "1");
    }
    Some(finding)
}

/// Parts of a latency are not known to more than a percent.
fn rounded(share: f64) -> f64 {
    (share * 100.0 + 0.5).floor() / 100.0
}

/// What makes the clients wait most; if nothing does, what the one whose requests take most time spends it on.
fn bottleneck(evidence: &Evidence<'_>, doings: &Doings) -> Option<Finding> {
    let tracer = evidence.world.tracer()?;
    let of_client = |client: usize| {
        let sample = &tracer.samples[client];
        let shares = sample.shares(0.0, 1.0);
        let time = shares.total * sample.total() as f64;
        (sample.total() > 0).then(|| (client, owners(evidence, &shares), time))
    };
    let clients: Vec<_> = (0..tracer.samples.len()).filter_map(of_client).collect();
    let waits = |owners: &[Owner]| owners.iter().find(|owner| is_waiting(owner.part)).copied();
    let waiting = clients.iter().filter_map(|(client, owners, time)| Some((*client, waits(owners)?, *time)));
    let most =
        waiting.reduce(|most, one| if one.1.share * one.2 > most.1.share * most.2 { one } else { most });
    match most.filter(|(_, owner, _)| owner.share >= WAITING_MIN) {
        Some((client, owner, time)) => {
            let failing = failing(evidence, client);
            let waited = |component: ComponentId| {
                // Who is held, nobody knows for whom, may be held for anybody behind.
                let may_be_it = |part: Part| match part {
                    Part::Held(at) => evidence.awaited(at)[component.index()],
                    part => part == Part::Queue(component) || part == Part::Core(component),
                };
                let of_it = |(_, owners, time): &(usize, Vec<Owner>, f64)| {
                    let own = owners.iter().filter(|owner| may_be_it(owner.part));
                    own.map(|owner| owner.share * time).sum::<f64>()
                };
                clients.iter().map(of_it).sum::<f64>() / (owner.share * time)
            };
            let root = root(evidence, doings, owner.part, owner.instance);
            if root.links.is_empty() {
                let mut finding = short_of(evidence, client, owner, waited);
                finding.sentence += &failing;
                return Some(finding);
            }
            let own = clients.iter().filter(|(other, ..)| *other == client).flat_map(|(_, owners, _)| owners);
            let instance = own.filter(|own| own.part == root.part).find_map(|own| own.instance);
            let culprit = Owner { part: root.part, share: owner.share, instance };
            let mut finding = waits_for(evidence, client, owner, culprit, &root);
            finding.sentence += &failing;
            Some(finding)
        }
        None => {
            let requests = |client: usize| tracer.samples[client].total();
            let (client, owners, _) = clients
                .iter()
                .reduce(|most, one| if requests(one.0) > requests(most.0) { one } else { most })?;
            let first = owners.first().filter(|owner| owner.share >= PART_MIN)?;
            Some(no_wait(evidence, doings, *client, first))
        }
    }
}

fn is_waiting(part: Part) -> bool {
    matches!(part, Part::Queue(_) | Part::Core(_) | Part::Connection(_) | Part::Held(_) | Part::Paused(_))
}

/// Requests wait for something. `waited` tells how long clients waited for a worker of a component, compared with that.
fn short_of(
    evidence: &Evidence<'_>,
    client: usize,
    owner: Owner,
    waited: impl Fn(ComponentId) -> f64,
) -> Finding {
    let name = owner_name(evidence, &owner);
    let whom = whom(evidence, client);
    let client = &evidence.world.plan().clients[client].name;
    let mut sentence = format!(
        "the first bottleneck is {name}: {whom} spend {} of their time {}",
        human(rounded(owner.share), Form::Share),
        words(evidence, &owner)
    );
    sentence += &busy_words(evidence, &owner);
    let utilization = match owner.part {
        Part::Queue(_) | Part::Core(_) => busy(evidence, &owner),
        Part::Connection(edge) => {
            let callee = evidence.world.plan().edges[edge.index()].callee;
            let busy = evidence.station(callee, StationFigure::Utilization, evidence.whole());
            let told = |busy: f64| {
                format!(", while {} is busy to {} only", evidence.name(callee), human(busy, Form::Share))
            };
            sentence += &busy.filter(|busy| *busy < 0.9).map_or(String::new(), told);
            None
        }
        _ => None,
    };
    sentence += &innocent(evidence, owner.part, utilization.unwrap_or(0.0), waited);
    let finding = Finding {
        client: Some(client.clone()),
        component: component_name(evidence, &owner),
        edge: edge_name(evidence, owner.part),
        ..Finding::new("bottleneck", Severity::Critical, sentence)
    };
    finding.with("share", owner.share, "1")
}

/// The busy share of the workers or the cores that an owner has: those of its instance, if that is named.
fn busy(evidence: &Evidence<'_>, owner: &Owner) -> Option<f64> {
    let figure = match owner.part {
        Part::Core(_) => StationFigure::CpuUtilization,
        _ => StationFigure::Utilization,
    };
    let component = owner.part.component()?;
    let metric = match owner.instance {
        Some(at) => Metric::Instance(component, evidence.world.plan().instances[at.index()].index, figure),
        None => Metric::Component(component, figure),
    };
    value(evidence.world, metric, evidence.whole())
}

/// " (74 % busy)", " (90 % of 2 cores busy)".
fn busy_words(evidence: &Evidence<'_>, owner: &Owner) -> String {
    match (owner.part, busy(evidence, owner)) {
        (Part::Core(component), Some(busy)) => {
            let plan = &evidence.world.plan().components[component.index()];
            let instances = if owner.instance.is_some() { 1 } else { plan.instances.1 };
            let cores = counted(u64::from(instances) * u64::from(plan.shape.cores()), "cores");
            format!(" ({} of {cores} busy)", human(busy, Form::Share))
        }
        (Part::Queue(_) | Part::Service(_), Some(busy)) => format!(" ({} busy)", human(busy, Form::Share)),
        _ => String::new(),
    }
}

/// Requests wait where the workers wait for somebody else.
fn waits_for(evidence: &Evidence<'_>, client: usize, owner: Owner, culprit: Owner, root: &Root) -> Finding {
    let whom = whom(evidence, client);
    let client = &evidence.world.plan().clients[client].name;
    let busy = busy_words(evidence, &culprit);
    let name = match culprit.part {
        Part::Queue(_) | Part::Core(_) => format!("{}{busy}", owner_name(evidence, &culprit)),
        Part::Service(_) => format!("the service of {}{busy}", owner_name(evidence, &culprit)),
        Part::Network(component) => format!("the network to {}", evidence.name(component)),
        Part::Held(_) | Part::Paused(_) | Part::Batch(_) | Part::Retry(_) => words(evidence, &culprit),
        Part::Connection(_) => owner_name(evidence, &culprit),
    };
    let mut sentence = format!(
        "the first bottleneck is {name}: {whom} spend {} of their time {}{}",
        human(rounded(owner.share), Form::Share),
        words(evidence, &owner),
        root.words(evidence)
    );
    if root.is_circle {
        sentence += ": they wait for each other";
    }
    let mut finding = Finding {
        client: Some(client.clone()),
        component: component_name(evidence, &culprit),
        edge: edge_name(evidence, culprit.part),
        ..Finding::new("bottleneck", Severity::Critical, sentence)
    }
    .with("share", owner.share, "1");
    for link in &root.links {
        if let Link::Workers { component, share, .. } = link {
            finding = finding.with(held_by_waiting(evidence.name(*component)), *share, "1");
        }
    }
    finding
}

/// "; reports is busier (97 %), but no answer waits for it": the component that only looks like the bottleneck.
fn innocent(
    evidence: &Evidence<'_>,
    part: Part,
    utilization: f64,
    waited: impl Fn(ComponentId) -> f64,
) -> String {
    /// Clients may wait there for this part of what they wait for at the bottleneck.
    const INNOCENT: f64 = 0.02;
    /// Less busy than this nobody would suspect it.
    const SUSPECT: f64 = 0.7;
    let busy = |component: ComponentId| {
        let busy = evidence.station(component, StationFigure::Utilization, evidence.whole())?;
        let is_other = part.component() != Some(component);
        (is_other && busy > utilization.max(SUSPECT)).then_some((component, busy))
    };
    let busiest =
        evidence.serving().filter_map(busy).reduce(|most, one| if one.1 > most.1 { one } else { most });
    let Some((component, busy)) = busiest else { return String::new() };
    if waited(component) > INNOCENT {
        return String::new();
    }
    let name = evidence.name(component);
    format!("; {name} is busier ({}), but no answer waits for it", human(busy, Form::Share))
}

/// Where fewer are available it has to be said of whom a sentence speaks.
const NEARLY_ALL: f64 = 0.99;

/// The share of a client's requests that succeed, if many do not.
fn available(evidence: &Evidence<'_>, client: usize) -> Option<f64> {
    let metric = Metric::Client(client, ClientFigure::Availability);
    value(evidence.world, metric, evidence.whole()).filter(|share| *share < NEARLY_ALL)
}

/// "the 20 % of c's requests that succeed", if many do not.
fn succeeding(evidence: &Evidence<'_>, client: usize) -> Option<String> {
    let share = human(rounded(available(evidence, client)?), Form::Share);
    Some(format!(
        "the {share} of {} requests that succeed",
        possessive(&evidence.world.plan().clients[client].name)
    ))
}

/// Those of a client's requests whose time is known.
fn whom(evidence: &Evidence<'_>, client: usize) -> String {
    let all = || format!("requests of {}", evidence.world.plan().clients[client].name);
    succeeding(evidence, client).unwrap_or_else(all)
}

/// "; 80 % of the requests of c fail", if a client sends more requests than the one that a sentence speaks of, and many fail.
fn failing(evidence: &Evidence<'_>, client: usize) -> String {
    let offered = |client: usize| {
        value(evidence.world, Metric::Client(client, ClientFigure::Offered), evidence.whole()).unwrap_or(0.0)
    };
    let others = (0..evidence.world.plan().clients.len()).filter(|other| offered(*other) > offered(client));
    let failing = others.filter_map(|other| Some((other, available(evidence, other)?)));
    failing.reduce(|worst, one| if one.1 < worst.1 { one } else { worst }).map_or(
        String::new(),
        |(other, share)| {
            let name = &evidence.world.plan().clients[other].name;
            format!("; {} of the requests of {name} fail", human(rounded(1.0 - share), Form::Share))
        },
    )
}

/// Requests wait for nothing to speak of, or only for further attempts: what takes their time.
fn no_wait(evidence: &Evidence<'_>, doings: &Doings, client: usize, owner: &Owner) -> Finding {
    let whom = whom(evidence, client);
    let client = &evidence.world.plan().clients[client].name;
    let share = human(rounded(owner.share), Form::Share);
    let sentence = match owner.part {
        Part::Retry(_) => format!(
            "{whom} spend {share} of their time on {}{}",
            words(evidence, owner),
            root(evidence, doings, owner.part, None).words(evidence)
        ),
        _ => match longest_queue(evidence) {
            Some((name, waiting)) => format!(
                "{whom} hardly wait, {share} of their time is {}; but {waiting} wait at {name} on average",
                words(evidence, owner)
            ),
            None => {
                format!("nothing makes {whom} wait: {share} of their time is {}", words(evidence, owner))
            }
        },
    };
    let finding = Finding {
        client: Some(client.clone()),
        component: component_name(evidence, owner),
        edge: edge_name(evidence, owner.part),
        ..Finding::new("bottleneck", Severity::Info, sentence)
    };
    finding.with("share", owner.share, "1")
}

/// The component with the longest queue, if that is more than a few, and how many wait there.
fn longest_queue<'w>(evidence: &Evidence<'w>) -> Option<(&'w str, String)> {
    const WAITING_MIN: f64 = 10.0;
    let mean = |component| evidence.station(component, StationFigure::QueueMean, evidence.whole());
    let waiting = evidence.serving().filter_map(|component| Some((component, mean(component)?)));
    let most = waiting.reduce(|most, one| if one.1 > most.1 { one } else { most });
    let (component, waiting) = most.filter(|(_, waiting)| *waiting >= WAITING_MIN)?;
    Some((evidence.name(component), human(waiting, Form::Number)))
}

/// Who has how much of a latency, the most first.
fn owners(evidence: &Evidence<'_>, shares: &Shares) -> Vec<Owner> {
    let mut parts: BTreeMap<Part, (f64, BTreeMap<InstanceId, f64>)> = BTreeMap::new();
    for (blame, time) in &shares.pieces {
        let (part, instance) = part_of(evidence, *blame);
        let entry = parts.entry(part).or_default();
        entry.0 += time;
        if let Some(instance) = instance {
            *entry.1.entry(instance).or_default() += time;
        }
    }
    let owner = |(part, (time, instances)): (Part, (f64, BTreeMap<InstanceId, f64>))| {
        let own = instances.into_iter().find(|(_, own)| *own >= OWN_MIN * time).map(|(instance, _)| instance);
        Owner { part, share: time / shares.total, instance: own }
    };
    let mut owners: Vec<Owner> = parts.into_iter().map(owner).collect();
    owners.arrange_by(|one, other| other.share.total_cmp(&one.share).then(one.part.cmp(&other.part)));
    owners
}

pub(super) fn part_of(evidence: &Evidence<'_>, blame: Blame) -> (Part, Option<InstanceId>) {
    let component = |instance: InstanceId| evidence.world.plan().instances[instance.index()].component;
    let edge = |site: SiteId| evidence.world.plan().sites[site.index()].edges[0].1;
    match blame {
        Blame::Queue(at) => (Part::Queue(component(at)), Some(at)),
        Blame::Core(at) => (Part::Core(component(at)), Some(at)),
        // Whoever came for it in the end, any other one would have done.
        Blame::Awaited(at) => (Part::Queue(component(at)), None),
        Blame::Service(at) => (Part::Service(component(at)), Some(at)),
        Blame::Held(at) => (Part::Held(component(at)), Some(at)),
        Blame::Paused(at) => (Part::Paused(component(at)), Some(at)),
        Blame::Network(to) => (Part::Network(component(to)), None),
        Blame::Connection(site) => (Part::Connection(edge(site)), None),
        Blame::Batch(site) => (Part::Batch(edge(site)), None),
        Blame::Retry(site) => (Part::Retry(edge(site)), None),
    }
}

/// "waiting at db[2]", "retries of web -> db".
fn words(evidence: &Evidence<'_>, owner: &Owner) -> String {
    let name = owner_name(evidence, owner);
    match owner.part {
        Part::Queue(_) => format!("waiting at {name}"),
        Part::Core(_) => format!("waiting for a core of {name}"),
        Part::Service(_) => format!("service at {name}"),
        Part::Held(at) => {
            let blueprint = &evidence.world.plan().components[at.index()].blueprint;
            format!("{} {name}", blueprint.keeping())
        }
        Part::Paused(_) => format!("standing still at {name}"),
        Part::Network(_) => format!("network to {name}"),
        Part::Connection(edge) => format!("waiting for a connection {}", evidence.edge_name(edge)),
        Part::Batch(_) => format!("gathering on {name}"),
        Part::Retry(_) => format!("failed attempts and pauses of {name}"),
    }
}

fn owner_name(evidence: &Evidence<'_>, owner: &Owner) -> String {
    if let Part::Connection(edge) = owner.part {
        return format!("the pool of connections {}", evidence.edge_name(edge));
    }
    let edge = edge_name(evidence, owner.part);
    edge.or_else(|| component_name(evidence, owner)).expect("a part is a component's or an edge's")
}

fn component_name(evidence: &Evidence<'_>, owner: &Owner) -> Option<String> {
    match owner.part {
        Part::Queue(component)
        | Part::Core(component)
        | Part::Service(component)
        | Part::Held(component)
        | Part::Paused(component) => {
            let index = owner.instance.map(|at| evidence.world.plan().instances[at.index()].index);
            Some(match index {
                Some(index) => evidence.instance_name(component, index),
                None => evidence.name(component).to_owned(),
            })
        }
        Part::Network(component) => Some(evidence.name(component).to_owned()),
        Part::Connection(_) | Part::Batch(_) | Part::Retry(_) => None,
    }
}

fn edge_name(evidence: &Evidence<'_>, part: Part) -> Option<String> {
    match part {
        Part::Connection(edge) | Part::Batch(edge) | Part::Retry(edge) => Some(evidence.edge_name(edge)),
        _ => None,
    }
}
