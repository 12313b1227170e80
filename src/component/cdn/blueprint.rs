//! Reads the table of a cdn.

use super::super::filling::{Target, read_capacity, read_flag, read_store};
use super::super::{Reading, Work};
use crate::distribution::Distribution;
use crate::mechanism::eviction::{Capacity, Kind};
use crate::scenario::{Named, Value};
use crate::units::{SECOND, Span};

/// What the table of a cdn says.
#[derive(Clone, Debug)]
pub struct CdnBlueprint {
    /// How many edges there are.
    pub(super) edges: u32,
    /// Where the shields stand.
    pub(super) shields: Vec<Named>,
    pub(super) origin: Option<Target>,
    pub(super) capacity: Capacity,
    pub(super) eviction: Kind,
    pub(super) ttl: Option<Span>,
    pub(super) negative_ttl: Option<Span>,
    pub(super) single_flight: bool,
    pub(super) admit_after: u32,
    pub(super) stale_if_error: Span,
    /// \[ns\].
    pub(super) purge_delay: Option<Distribution>,
    pub(super) detect: Span,
    pub(super) store: Option<Named>,
    pub(super) service: Option<Work>,
}

/// Nobody waits for more requests than these before an object is kept.
const ADMIT_MAX: u32 = 1000;

impl CdnBlueprint {
    pub(super) fn read_table(reading: &mut Reading<'_, '_>) -> Option<CdnBlueprint> {
        // A shield is asked for what edges miss: nobody knows that before.
        let kinds: Vec<Kind> = Kind::online().collect();
        let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
        let default = kinds.iter().position(|kind| *kind == Kind::Lru).expect("it is in the list");
        let origin = match reading.get("origin") {
            Some(node) => Target::read(node, reading).map(Some),
            None => Some(None),
        };
        let shields = read_shields(reading);
        let capacity = read_capacity(reading);
        let eviction = reading.choice("eviction", &names, default).map(|index| kinds[index]);
        let ttl = reading.time("ttl");
        let negative_ttl = reading.time("negative_ttl");
        let single_flight = read_flag(reading, "single_flight", true);
        let admit_after = reading.count("admit_after", 1, 1, ADMIT_MAX);
        let stale_if_error = reading.time("stale_if_error");
        let purge_delay = match reading.get("purge_delay") {
            Some(node) => reading.reader.duration(node).map(|law| Some(law.scaled(SECOND as f64))),
            None => Some(None),
        };
        let detect = reading.time("detect");
        let store = read_store(reading);
        let service = reading.work("service");
        let fetching = ["shield", "negative_ttl", "single_flight", "admit_after", "stale_if_error"];
        let fetches: Option<()> = match reading.get("origin") {
            Some(_) => Some(()),
            None => fetching.into_iter().map(|key| reading.only_with(key, "`origin`")).collect(),
        };
        let expires = match reading.get("ttl") {
            Some(_) => Some(()),
            None => reading.only_with("stale_if_error", "`ttl`"),
        };
        fetches.and(expires)?;
        let origin = origin?;
        Some(CdnBlueprint {
            edges: edges(reading),
            shields: shields?,
            store: store?.or_else(|| origin.as_ref().map(|origin| origin.component.clone())),
            capacity: capacity?,
            eviction: eviction?,
            ttl: ttl?,
            negative_ttl: negative_ttl?,
            single_flight: single_flight?,
            admit_after: admit_after?,
            stale_if_error: stale_if_error?.unwrap_or(Span::ZERO),
            purge_delay: purge_delay?,
            detect: detect?.unwrap_or(Span::ZERO),
            service: service?,
            origin,
        })
    }
}

/// As many as the table says, or one at each of its places.
fn edges(reading: &Reading<'_, '_>) -> u32 {
    match (reading.get("instances"), reading.get("places").map(|node| &node.value)) {
        (None, Some(Value::Array(places))) => places.len() as u32,
        _ => reading.instances,
    }
}

fn read_shields(reading: &mut Reading<'_, '_>) -> Option<Vec<Named>> {
    let Some(node) = reading.get("shield") else { return Some(Vec::new()) };
    let nodes = match &node.value {
        Value::Array(nodes) if nodes.is_empty() => {
            reading.reader.error(node.location, "`shield` needs at least one place");
            return None;
        }
        Value::Array(nodes) => nodes.iter().collect(),
        _ => vec![node],
    };
    let mut place = |node: &crate::scenario::Node| {
        let name = reading.reader.text(node)?.to_owned();
        Some(Named { name, location: node.location })
    };
    let places: Vec<Option<Named>> = nodes.into_iter().map(&mut place).collect();
    places.into_iter().collect()
}
