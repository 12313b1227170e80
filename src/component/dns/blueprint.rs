//! Reads the table of a dns.

use super::super::health::{Health, read_health};
use super::super::{Reading, Work};
use crate::distribution::Distribution;
use crate::scenario::Named;
use crate::units::{SECOND, Span};

/// What the table of a dns says.
#[derive(Clone, Debug)]
pub struct DnsBlueprint {
    pub(super) targets: Vec<Named>,
    pub(super) policy: Naming,
    /// One for each target.
    pub(super) weights: Vec<u32>,
    pub(super) ttl: Span,
    pub(super) memory: Memory,
    pub(super) health: Option<Health>,
    pub(super) service: Option<Work>,
    /// How long it takes to find out about a name \[ns\].
    pub(super) resolution: Option<Distribution>,
    /// How many names do not exist.
    pub(super) missing: f64,
    pub(super) negative_ttl: Span,
}

/// Which target an answer names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Naming {
    Nearest,
    RoundRobin,
    Weighted,
    Failover,
}

/// Who remembers answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Memory {
    User,
    Place,
    Nobody,
}

/// The policies by which a target is named.
const NAMINGS: [(&str, Naming); 4] = [
    ("nearest", Naming::Nearest),
    ("round_robin", Naming::RoundRobin),
    ("weighted", Naming::Weighted),
    ("failover", Naming::Failover),
];

/// How long an answer is good, if nothing else is said.
const TTL: Span = Span(60 * SECOND);

/// Weights are up to here.
const WEIGHT_MAX: u32 = 1000;

impl DnsBlueprint {
    pub(super) fn read_table(reading: &mut Reading<'_, '_>) -> Option<DnsBlueprint> {
        let targets = read_targets(reading);
        let names = NAMINGS.map(|(name, _)| name);
        let policy = reading.choice("policy", &names, 0).map(|index| NAMINGS[index].1);
        let weights = match policy {
            Some(Naming::Weighted) => targets.as_ref().and_then(|targets| read_weights(reading, targets)),
            Some(_) => reading.only_with("weights", "the policy `weighted`").map(|()| Vec::new()),
            None => None,
        };
        let ttl = reading.time("ttl");
        let memories = [Memory::User, Memory::Place, Memory::Nobody];
        let memory = reading.choice("cached", &["user", "place", "none"], 0).map(|index| memories[index]);
        let health = read_health(reading);
        let resolution = match reading.get("resolution") {
            Some(node) => reading.reader.duration(node).map(|law| Some(law.scaled(SECOND as f64))),
            None => Some(None),
        };
        let missing = reading.get("missing").map_or(Some(0.0), |node| reading.reader.share(node));
        let negative_ttl = reading.time("negative_ttl");
        let service = reading.work("service");
        let needed = match &targets {
            Some(targets) if targets.is_empty() => ["policy", "cached", "health"]
                .map(|key| reading.only_with(key, "`targets`"))
                .into_iter()
                .collect::<Option<Vec<()>>>(),
            _ => Some(Vec::new()),
        };
        needed?;
        let ttl = ttl?.unwrap_or(TTL);
        Some(DnsBlueprint {
            targets: targets?,
            policy: policy?,
            weights: weights?,
            memory: memory?,
            health: health?,
            resolution: resolution?,
            missing: missing?,
            negative_ttl: negative_ttl?.unwrap_or(ttl),
            service: service?,
            ttl,
        })
    }
}

fn read_targets(reading: &mut Reading<'_, '_>) -> Option<Vec<Named>> {
    let Some(node) = reading.get("targets") else { return Some(Vec::new()) };
    reading.components(node, "targets")
}

/// One weight for each target.
fn read_weights(reading: &mut Reading<'_, '_>, targets: &[Named]) -> Option<Vec<u32>> {
    let Some(node) = reading.get("weights") else { return Some(vec![1; targets.len()]) };
    let table = reading.reader.table(node)?;
    let names: Vec<&str> = targets.iter().map(|target| target.name.as_str()).collect();
    let context = format!("`weights` of {}", reading.context());
    reading.reader.check_keys(table, &context, &names);
    let mut weight = |name: &&str| {
        let Some(node) = table.get(name) else { return Some(1) };
        let count = reading.reader.count(node)?;
        let weight = u32::try_from(count).ok().filter(|weight| (1..=WEIGHT_MAX).contains(weight));
        if weight.is_none() {
            reading.reader.error(node.location, format!("a weight is from 1 to {WEIGHT_MAX}, not {count}"));
        }
        weight
    };
    let weights: Vec<Option<u32>> = names.iter().map(&mut weight).collect();
    let are_targets = table.iter().all(|entry| names.contains(&entry.name.as_str()));
    weights.into_iter().collect::<Option<Vec<u32>>>().filter(|_| are_targets)
}
