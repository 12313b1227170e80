//! The condition `deploy`: what is replaced, how many at a time, what is wrong with it, and who is watched.

use super::super::choice::fraction;
use super::Kind;
use super::condition::{FACTOR_MAX, Terms};
use crate::fault::{Canary, Condition, Deploy, Selector, Start, Version};
use crate::scenario::{Entry, Node, Table, Value};
use crate::units::Span;

/// The word of a strategy that replaces all instances at the same time.
const ALL_AT_ONCE: &str = "all_at_once";

/// How many are replaced at a time, and the pause before the next ones.
type Strategy = (u32, Span);

pub(super) fn deploy(terms: &mut Terms<'_, '_>) -> Option<Condition> {
    if terms.kind == Kind::Campaign {
        let message = format!("{}: a deploy does not come again and again", terms.context);
        terms.reader.error(terms.node.location, message).help("write [fault.NAME] with `at`");
        return None;
    }
    let targets = terms.targets();
    let strategy = strategy(terms);
    let drain = match terms.get("drain") {
        Some(node) => terms.reader.time(node),
        None => Some(Span::ZERO),
    };
    let version = match terms.get("version") {
        Some(node) => version(terms, node),
        None => Some(Version { factor: 1.0, errors: 0, start: Start::Boots }),
    };
    let canary = match terms.entry("canary") {
        Some(entry) => canary(terms, entry, targets.as_deref()).map(Some),
        None => Some(None),
    };
    let (batch, pause) = strategy?;
    Some(Condition::Deploy(Deploy {
        targets: targets?,
        batch,
        pause,
        drain: drain?,
        version: version?,
        canary: canary?,
    }))
}

fn strategy(terms: &mut Terms<'_, '_>) -> Option<Strategy> {
    let Some(node) = terms.get("strategy") else { return Some((1, Span::ZERO)) };
    let context = format!("`strategy` of {}", terms.context);
    let reader = &mut *terms.reader;
    if let Value::Text(_) = node.value {
        return reader.choice(node, &[ALL_AT_ONCE]).map(|_| (u32::MAX, Span::ZERO));
    }
    let table = reader.table(node)?;
    reader.check_keys(table, &context, &["rolling"]);
    let node = reader.required(table, "rolling", &context)?;
    let rolling = reader.table(node)?;
    reader.check_keys(rolling, &format!("`rolling` of {}", terms.context), &["batch", "pause"]);
    let batch = number(terms, rolling, "batch");
    let pause = match rolling.get("pause") {
        Some(node) => terms.reader.time(node),
        None => Some(Span::ZERO),
    };
    Some((batch?, pause?))
}

/// A number of instances, 1 if it is absent.
fn number(terms: &mut Terms<'_, '_>, table: &Table, key: &str) -> Option<u32> {
    let Some(node) = table.get(key) else { return Some(1) };
    let count = terms.reader.count(node)?;
    let number = u32::try_from(count).ok().filter(|count| *count >= 1);
    if number.is_none() {
        terms.reader.error(node.location, format!("`{key}` is at least 1"));
    }
    number
}

/// How many times as long, above `low`.
fn times(terms: &mut Terms<'_, '_>, node: &Node, key: &str, low: f64) -> Option<f64> {
    let times = terms.reader.number(node)?;
    if times > low && times <= FACTOR_MAX {
        return Some(times);
    }
    terms.reader.error(node.location, format!("`{key}` is above {low} and at most 10^9"));
    None
}

fn version(terms: &mut Terms<'_, '_>, node: &Node) -> Option<Version> {
    let table = terms.reader.table(node)?;
    let context = format!("`version` of {}", terms.context);
    terms.reader.check_keys(table, &context, &["slow", "errors", "crash"]);
    let factor = table.get("slow").map_or(Some(1.0), |node| times(terms, node, "slow", 0.0));
    let errors = table.get("errors").map_or(Some(0.0), |node| terms.reader.share(node));
    let crashes = table.get("crash").map_or(Some(false), |node| terms.reader.boolean(node));
    Some(Version {
        factor: factor?,
        errors: fraction(errors?),
        start: if crashes? { Start::Crashes } else { Start::Boots },
    })
}

fn canary(terms: &mut Terms<'_, '_>, entry: &Entry, targets: Option<&[Selector]>) -> Option<Canary> {
    let table = terms.reader.table(&entry.node)?;
    let context = format!("`canary` of {}", terms.context);
    terms.reader.check_keys(table, &context, &["instances", "watch", "errors", "latency"]);
    let instances = number(terms, table, "instances");
    let watch = terms.reader.required(table, "watch", &context).and_then(|node| terms.reader.time(node));
    let errors = match table.get("errors") {
        Some(node) => terms.reader.share(node).map(Some),
        None => Some(None),
    };
    let latency = match table.get("latency") {
        Some(node) => times(terms, node, "latency", 1.0).map(Some),
        None => Some(None),
    };
    let canary = Canary { instances: instances?, watch: watch?, errors: errors?, latency: latency? };
    if canary.errors.is_none() && canary.latency.is_none() {
        let message = format!("{context} needs `errors`, `latency` or both");
        terms.reader.error(entry.name_location, message).help("by how much it may be worse than the others");
        return None;
    }
    let all = targets.and_then(count);
    if let Some(all) = all.filter(|all| *all <= canary.instances) {
        let message = format!("{context} leaves nobody to compare with: the deploy is for {all}");
        terms.reader.error(entry.name_location, message);
        return None;
    }
    Some(canary)
}

/// How many instances are selected, as far as that is known before the run.
fn count(targets: &[Selector]) -> Option<u32> {
    let counts = targets.iter().map(|selector| match selector {
        Selector::Instances { count, .. } => Some(*count),
        Selector::Role { .. } => None,
    });
    counts.sum()
}
