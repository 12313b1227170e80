//! Which instance has a key: a ring of virtual nodes or the remainder of a hash, and what becomes of the keys of lost instances.

use super::super::{Ask, Reading, Setting};
use crate::mechanism::hash::mix13_pair;
use crate::mechanism::known::Known;
use crate::mechanism::ring::{Ring, VIRTUAL_NODES, modulo};
use crate::scenario::Node;
use crate::units::{Span, Time};

/// With more points on a ring the spread gets no better that anyone could see, but the memory grows.
const RING_POINTS_MAX: u32 = 10_000_000;

/// How keys are spread over the instances.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Spread {
    /// The virtual nodes of the instances, in turn: one number if all have the same.
    Ring(Vec<u32>),
    /// The remainder of the hash.
    Modulo,
}

impl Spread {
    pub(super) fn read(reading: &mut Reading<'_, '_>) -> Option<Spread> {
        if reading.choice("spread", &["ring", "modulo"], 0)? == 1 {
            let nodes = reading.only_with("virtual_nodes", "the spread `ring`");
            let weights = reading.only_with("weights", "the spread `ring`");
            nodes.and(weights)?;
            return Some(Spread::Modulo);
        }
        let most = (RING_POINTS_MAX / reading.instances.max(1)).max(1);
        let virtual_nodes = reading.count("virtual_nodes", VIRTUAL_NODES.min(most), 1, most);
        let Some(node) = reading.get("weights") else {
            return Some(Spread::Ring(vec![virtual_nodes?]));
        };
        let weights = read_weights(node, reading)?;
        let virtual_nodes = f64::from(virtual_nodes?);
        let nodes: Vec<u32> =
            weights.iter().map(|weight| ((weight * virtual_nodes + 0.5) as u32).max(1)).collect();
        let points: u64 = nodes.iter().map(|nodes| u64::from(*nodes)).sum();
        if points > u64::from(RING_POINTS_MAX) {
            let message =
                format!("a ring has at most {RING_POINTS_MAX} virtual nodes, this one has {points}");
            reading
                .reader
                .error(node.location, message)
                .help("`virtual_nodes` are multiplied by each weight");
            return None;
        }
        Some(Spread::Ring(nodes))
    }
}

/// The weight of each instance.
fn read_weights(node: &Node, reading: &mut Reading<'_, '_>) -> Option<Vec<f64>> {
    let nodes = reading.reader.array(node)?;
    if nodes.len() != reading.instances as usize {
        let message = format!("`weights` has one number for each of {} instances", reading.instances);
        reading.reader.error(node.location, message).label(format!("these are {}", nodes.len()));
        return None;
    }
    let mut weight = |node: &Node| {
        let weight = reading.reader.number(node)?;
        if weight <= 0.0 {
            reading.reader.error(node.location, "a weight is above zero");
            return None;
        }
        Some(weight)
    };
    let weights: Vec<Option<f64>> = nodes.iter().map(&mut weight).collect();
    weights.into_iter().collect()
}

/// Reads whether, and how soon, callers turn from lost instances to others.
pub(super) fn read_rehash(reading: &mut Reading<'_, '_>) -> Option<Option<Span>> {
    let rehashes = match reading.get("rehash") {
        Some(node) => reading.reader.boolean(node)?,
        None => false,
    };
    if !rehashes {
        reading.only_with("detect", "`rehash = true`")?;
        return Some(None);
    }
    Some(Some(reading.time("detect")?.unwrap_or(Span::ZERO)))
}

/// Finds the instance of a key.
pub(super) struct Router {
    /// A hash of the component's name.
    name: u64,
    /// None with one instance, or without a ring.
    ring: Option<Ring>,
    /// None if nothing is rehashed.
    rehash: Option<Box<Rehash>>,
}

/// What the callers know of lost instances; all of them know the same.
struct Rehash {
    spread: Spread,
    known: Known,
}

impl Router {
    pub(super) fn new(spread: &Spread, rehash: Option<Span>, setting: &Setting) -> Router {
        let known = Known::new(setting.instances, rehash.unwrap_or(Span::ZERO).0);
        let ring = if setting.instances > 1 { ring(spread, setting.name, known.up()) } else { None };
        let rehash = rehash.map(|_| Box::new(Rehash { spread: spread.clone(), known }));
        Router { name: setting.name, ring, rehash }
    }

    /// The instance that has a key; none if callers believe that all are lost.
    #[inline]
    pub(super) fn route(&mut self, ask: &Ask<'_>, count: u32) -> Option<u32> {
        // The key goes first: the other way around small keys would hash to the points of the ring themselves.
        let hash = mix13_pair(ask.key, self.name);
        if self.rehash.is_some() {
            return self.route_among_the_living(hash, ask.now);
        }
        Some(match &self.ring {
            Some(ring) => ring.owner(hash),
            None => modulo(hash, count),
        })
    }

    #[inline(never)]
    fn route_among_the_living(&mut self, hash: u64, now: Time) -> Option<u32> {
        self.catch_up(now);
        let up = self.rehash.as_ref()?.known.up();
        match &self.ring {
            Some(ring) => Some(ring.owner(hash)),
            None if up.is_empty() => None,
            None => Some(up[modulo(hash, up.len() as u32) as usize]),
        }
    }

    /// An instance has gone down or come up.
    pub(super) fn change(&mut self, at: u32, is_up: bool, now: Time) {
        self.catch_up(now);
        if let Some(rehash) = &mut self.rehash {
            rehash.known.change(at, is_up, now.0);
        }
    }

    /// Lets the callers know what they can know by now.
    fn catch_up(&mut self, now: Time) {
        let Some(rehash) = &mut self.rehash else { return };
        if rehash.known.catch_up(now.0) {
            self.ring = ring(&rehash.spread, self.name, rehash.known.up());
        }
    }
}

/// The ring of these instances.
fn ring(spread: &Spread, name: u64, instances: &[u32]) -> Option<Ring> {
    match spread {
        Spread::Ring(nodes) => {
            Ring::weighted(name, instances.iter().map(|at| (*at, nodes[*at as usize % nodes.len()])))
        }
        Spread::Modulo => None,
    }
}
