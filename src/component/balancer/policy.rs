//! Reads how a target is picked: the policy, its own keys, and the weights of the targets.

use super::super::{Reading, Setting};
use super::BalancerBlueprint;
use crate::mechanism::ring::VIRTUAL_NODES;
use crate::scenario::{Named, Node, Value};
use crate::units::{InstanceId, SECOND, Span};

/// How a target is picked.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Policy {
    RoundRobin,
    Random,
    LeastOutstanding,
    PowerOfD {
        d: u32,
    },
    LeastResponseTime {
        decay: Span,
    },
    HashRing {
        virtual_nodes: u32,
        /// By how much a target may have more calls than the average.
        bounded_load: Option<f64>,
    },
}

/// The policies by which a target is picked: name and meaning.
pub const POLICIES: &[(&str, &str)] = &[
    ("round_robin", "One target after the other; with `weights` as often as they say, spread evenly."),
    ("random", "Every target is equally likely, or as likely as `weights` say."),
    (
        "least_outstanding",
        "A target that has the fewest calls of this balancer instance; equal ones take turns.",
    ),
    ("power_of_d", "The one of `d` random targets that has the fewest calls of this balancer instance."),
    (
        "least_response_time",
        "The target whose response time of late, times its calls and one, is the least at this balancer instance; equal \
         ones take turns.",
    ),
    (
        "hash_ring",
        "The target that owns the request's key on a hash ring, whatever it has to do; with `bounded_load` the next one \
         that has room.",
    ),
];

/// More draws than this pick no better target than `least_outstanding` does.
const D_MAX: u32 = 1000;

/// With more points per target the ring gets no more even that anyone could see, but the memory grows.
const VIRTUAL_NODES_MAX: u32 = 10_000;

/// Weights are up to here.
const WEIGHT_MAX: u32 = 1000;

/// The time in which a response time is forgotten to 1 / e, if nothing else is asked for.
const DECAY: Span = Span(10 * SECOND);

pub(super) fn read_policy(reading: &mut Reading<'_, '_>) -> Option<Policy> {
    let names: Vec<&str> = POLICIES.iter().map(|(name, _)| *name).collect();
    let name = names[reading.choice("policy", &names, 0)?];
    let d = match name {
        "power_of_d" => reading.count("d", 2, 1, D_MAX),
        _ => reading.only_with("d", "the policy `power_of_d`").map(|()| 0),
    };
    let (virtual_nodes, bounded_load) = match name {
        "hash_ring" => {
            (reading.count("virtual_nodes", VIRTUAL_NODES, 1, VIRTUAL_NODES_MAX), read_bound(reading))
        }
        _ => (
            reading.only_with("virtual_nodes", "the policy `hash_ring`").map(|()| 0),
            reading.only_with("bounded_load", "the policy `hash_ring`").map(|()| None),
        ),
    };
    let decay = match name {
        "least_response_time" => read_decay(reading),
        _ => reading.only_with("decay", "the policy `least_response_time`").map(|()| DECAY),
    };
    let weights = match name {
        "round_robin" | "random" | "hash_ring" => Some(()),
        _ => reading.only_with("weights", "the policies `round_robin`, `random` and `hash_ring`"),
    };
    let slow_start = match name {
        "round_robin" | "random" | "least_outstanding" | "power_of_d" => Some(()),
        _ => reading.only_with(
            "slow_start",
            "the policies `round_robin`, `random`, `least_outstanding` and `power_of_d`",
        ),
    };
    let (d, virtual_nodes, bounded_load, decay) = (d?, virtual_nodes?, bounded_load?, decay?);
    weights.and(slow_start)?;
    Some(match name {
        "round_robin" => Policy::RoundRobin,
        "random" => Policy::Random,
        "least_outstanding" => Policy::LeastOutstanding,
        "power_of_d" => Policy::PowerOfD { d },
        "least_response_time" => Policy::LeastResponseTime { decay },
        "hash_ring" => Policy::HashRing { virtual_nodes, bounded_load },
        other => unreachable!("{other} is no policy"),
    })
}

fn read_bound(reading: &mut Reading<'_, '_>) -> Option<Option<f64>> {
    let Some(node) = reading.get("bounded_load") else { return Some(None) };
    let bound = reading.reader.number(node)?;
    if (1.0..=1000.0).contains(&bound) {
        return Some(Some(bound));
    }
    reading
        .reader
        .error(node.location, format!("`bounded_load` is from 1 to 1000, not {bound}"))
        .help("1.25 lets a target have a quarter more calls than the average");
    None
}

fn read_decay(reading: &mut Reading<'_, '_>) -> Option<Span> {
    let decay = reading.time("decay")?.unwrap_or(DECAY);
    if decay > Span::ZERO {
        return Some(decay);
    }
    reading.reader.error(reading.place_of("decay"), "`decay` is longer than 0 s");
    None
}

/// How much of the calls a target's instances get.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Weight {
    /// The target; where its weight stands.
    pub target: Named,
    /// One for each of its instances, or one for all of them.
    pub of: Weights,
}

/// One weight for each instance, or one for all.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Weights {
    /// All have this one.
    Equal(u32),
    /// One for each.
    Each(Vec<u32>),
}

/// Reads `weights`; none if there are none.
pub(super) fn read_weights(reading: &mut Reading<'_, '_>, targets: &[Named]) -> Option<Vec<Weight>> {
    let Some(node) = reading.get("weights") else { return Some(Vec::new()) };
    let table = reading.reader.table(node)?;
    let names: Vec<&str> = targets.iter().map(|target| target.name.as_str()).collect();
    let context = format!("`weights` of {}", reading.context());
    reading.reader.check_keys(table, &context, &names);
    let mut weights: Vec<Option<Weight>> = Vec::new();
    for entry in table.iter() {
        let of = match &entry.node.value {
            Value::Array(nodes) => nodes
                .iter()
                .map(|node| read_weight(reading, node))
                .collect::<Vec<_>>()
                .into_iter()
                .collect::<Option<Vec<u32>>>()
                .map(Weights::Each),
            _ => read_weight(reading, &entry.node).map(Weights::Equal),
        };
        let target = Named { name: entry.name.clone(), location: entry.node.location };
        let is_target = names.contains(&entry.name.as_str());
        weights.push(of.filter(|_| is_target).map(|of| Weight { target, of }));
    }
    weights.into_iter().collect()
}

fn read_weight(reading: &mut Reading<'_, '_>, node: &Node) -> Option<u32> {
    let count = reading.reader.count(node)?;
    let weight = u32::try_from(count).ok().filter(|weight| (1..=WEIGHT_MAX).contains(weight));
    if weight.is_none() {
        reading.reader.error(node.location, format!("a weight is from 1 to {WEIGHT_MAX}, not {count}"));
    }
    weight
}

/// The weight of an instance of the targets; 1 where none is said.
pub(super) fn weight_of(blueprint: &BalancerBlueprint, setting: &Setting, instance: InstanceId) -> u32 {
    let of_target = |index: usize| {
        blueprint.weights.iter().find(|weight| weight.target.name == blueprint.targets[index].name)
    };
    let Some((index, within)) = setting.target_of(instance) else { return 1 };
    match of_target(index).map(|weight| &weight.of) {
        None => 1,
        Some(Weights::Equal(weight)) => *weight,
        Some(Weights::Each(weights)) => weights[within as usize],
    }
}
