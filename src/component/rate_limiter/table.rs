//! Reads the table of a limiter: what it lets through, where it counts, and what becomes of the others.

use super::super::Reading;
use super::clerk::{Atomicity, LockTerms, OnFailure, StorePlan};
use super::rule::{Algorithm, Rule, read_rules};
use super::{Deny, Keeping, RateLimiterBlueprint};
use crate::scenario::{Named, Reader, Table};
use crate::units::{SECOND, Span};

pub(super) fn read(reading: &mut Reading<'_, '_>) -> Option<RateLimiterBlueprint> {
    let targets = read_targets(reading);
    let rules = read_rules(reading);
    let keeping = read_keeping(reading);
    let deny = read_deny(reading, rules.as_deref());
    let service = reading.work("service");
    let (keeping, deny) = (keeping?, deny?);
    if let (Keeping::Shared(_), Deny::Queue(_), Some(entry)) = (&keeping, deny, reading.entry("deny")) {
        let message =
            "nobody waits for a permit that is kept in a `store`: it does not tell when there is one";
        reading.reader.error(entry.node.location, message);
        return None;
    }
    Some(RateLimiterBlueprint { targets: targets?, rules: rules?, keeping, deny, service: service? })
}

fn read_targets(reading: &mut Reading<'_, '_>) -> Option<Vec<Named>> {
    let Some(node) = reading.get("targets") else { return Some(Vec::new()) };
    let names = reading.reader.array(node)?;
    if names.is_empty() {
        let context = reading.context();
        let help = "without `targets` it answers `check` and forwards nothing";
        reading.reader.error(node.location, format!("{context} needs a component in `targets`")).help(help);
        return None;
    }
    let mut targets: Vec<Option<Named>> = Vec::with_capacity(names.len());
    for node in names {
        let name = reading.reader.name(node).map(str::to_owned);
        let is_double = targets.iter().flatten().any(|earlier| Some(&earlier.name) == name.as_ref());
        if let Some(name) = name.as_ref().filter(|_| is_double) {
            reading.reader.error(node.location, format!("`{name}` is among the targets already"));
        }
        targets.push(name.filter(|_| !is_double).map(|name| Named { name, location: node.location }));
    }
    targets.into_iter().collect()
}

fn read_keeping(reading: &mut Reading<'_, '_>) -> Option<Keeping> {
    let store = match reading.get("store") {
        Some(node) => {
            let name = reading.reader.name(node)?.to_owned();
            (name != "local").then_some(Named { name, location: node.location })
        }
        None => None,
    };
    let Some(target) = store else {
        let strays = ["atomicity", "lock", "on_store_failure"];
        let known: Vec<Option<()>> = strays.map(|key| reading.only_with(key, "a `store`")).to_vec();
        known.into_iter().collect::<Option<Vec<()>>>()?;
        return Some(match positive(reading, "sync")? {
            Some(every) => Keeping::Synced(every),
            None => Keeping::Local,
        });
    };
    let atomicity = reading.choice("atomicity", &["atomic", "locked", "none"], 0);
    let lock = match atomicity {
        Some(1) => read_lock(reading).map(Some),
        _ => reading.only_with("lock", "`atomicity = \"locked\"`").map(|()| None),
    };
    let on_failure = reading.choice("on_store_failure", &["allow", "deny"], 0);
    reading.only_with("sync", "`store = \"local\"`")?;
    let atomicity = match (atomicity?, lock?) {
        (_, Some(terms)) => Atomicity::Locked(terms),
        (0, None) => Atomicity::Atomic,
        _ => Atomicity::None,
    };
    let on_failure = [OnFailure::Allow, OnFailure::Deny][on_failure?];
    Some(Keeping::Shared(StorePlan { target, atomicity, on_failure }))
}

fn read_lock(reading: &mut Reading<'_, '_>) -> Option<LockTerms> {
    let (retry, ttl) = (Span(SECOND / 1000), Span(10 * SECOND));
    let Some(node) = reading.get("lock") else { return Some(LockTerms { retry, ttl }) };
    let table = reading.reader.table(node)?;
    reading.reader.check_keys(table, "`lock`", &["retry", "ttl"]);
    let retry = longer_than_zero(reading.reader, table, "retry", retry);
    let ttl = longer_than_zero(reading.reader, table, "ttl", ttl);
    Some(LockTerms { retry: retry?, ttl: ttl? })
}

fn read_deny(reading: &mut Reading<'_, '_>, rules: Option<&[Rule]>) -> Option<Deny> {
    let choice = reading.choice("deny", &["answer", "drop", "queue"], 0)?;
    if choice < 2 {
        reading.only_with("longest_wait", "`deny = \"queue\"`")?;
        return Some([Deny::Answer, Deny::Drop][choice]);
    }
    let longest = positive(reading, "longest_wait")?;
    let rules = rules?;
    if let Some(entry) =
        reading.entry("deny").filter(|_| rules.iter().any(|rule| rule.algorithm == Algorithm::LeakyBucket))
    {
        let message =
            "a `leaky_bucket` is a queue by itself: who does not fit into it cannot wait in another";
        reading.reader.error(entry.node.location, message).help("give it a larger `burst`");
        return None;
    }
    let window = rules.iter().map(|rule| rule.rate.window).max().unwrap_or(0);
    Some(Deny::Queue(longest.unwrap_or(Span(window))))
}

/// A time above zero under a key of the table that may be absent.
fn positive(reading: &mut Reading<'_, '_>, key: &str) -> Option<Option<Span>> {
    if reading.get(key).is_none() {
        return Some(None);
    }
    longer_than_zero(reading.reader, reading.table, key, Span::ZERO).map(Some)
}

fn longer_than_zero(reader: &mut Reader<'_>, table: &Table, key: &str, default: Span) -> Option<Span> {
    let Some(node) = table.get(key) else { return Some(default) };
    let time = reader.time(node)?;
    if time == Span::ZERO {
        reader.error(node.location, format!("`{key}` is longer than 0 s"));
        return None;
    }
    Some(time)
}
