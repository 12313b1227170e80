//! What of a scenario can be changed with a slider: numbers and policies that stand in it, each with the path of a setting.
//!
//! Only what a variant could set as well is a knob, and its values are written as a setting writes them: a page that changes
//! one does what `--set` does.

use crate::component::POLICIES;
use crate::mechanism::eviction;
use crate::results::{Choice, Knob};
use crate::scenario::{Diagnostics, Dimension, Entry, Estimates, Node, Quantity, Reader, Table, Value};

/// Counts up to here are shown one by one.
const SMALL: u64 = 8;

/// What larger counts and other quantities are multiplied by.
const FACTORS: [f64; 15] = [0.1, 0.25, 0.5, 0.75, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0, 3.0, 4.0, 6.0, 10.0];

/// The keys of a balancer that belong to one policy: with them another one would be an error.
const POLICY_KEYS: [&str; 5] = ["d", "virtual_nodes", "bounded_load", "decay", "weights"];

/// The knobs of a scenario, in the order of its tables.
pub(super) fn knobs(root: &Table, estimates: &Estimates) -> Vec<Knob> {
    let finder = Finder { estimates };
    let mut knobs = Vec::new();
    for kind in root {
        let Value::Table(tables) = &kind.node.value else { continue };
        for entry in tables {
            let Value::Table(table) = &entry.node.value else { continue };
            let owner = Owner { kind: &kind.name, name: &entry.name, table };
            knobs.extend(match kind.name.as_str() {
                "client" => finder.arrivals(&owner),
                "call" => finder.call(&owner),
                _ => finder.component(&owner),
            });
        }
    }
    knobs
}

/// A table whose values can be changed.
struct Owner<'t> {
    kind: &'t str,
    name: &'t str,
    table: &'t Table,
}

impl Owner<'_> {
    fn knob(
        &self,
        keys: &[&str],
        what: &'static str,
        choice: Choice,
        (stops, at): (Vec<String>, usize),
    ) -> Knob {
        let keys = [self.kind, self.name].into_iter().chain(keys.iter().copied());
        let path = keys.map(key).collect::<Vec<String>>().join(".");
        Knob { path, owner: self.name.to_owned(), what, choice, stops, at }
    }

    /// The entry at the end of a way through tables.
    fn find(&self, keys: &[&str]) -> Option<&Entry> {
        let (last, way) = keys.split_last()?;
        let table = way.iter().try_fold(self.table, |table, key| match &table.get(key)?.value {
            Value::Table(inner) => Some(inner),
            _ => None,
        })?;
        table.entry(last)
    }
}

/// A key as paths write it.
fn key(name: &str) -> String {
    let is_bare = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
    if name.chars().all(is_bare) { name.to_owned() } else { format!("\"{name}\"") }
}

struct Finder<'e> {
    estimates: &'e Estimates,
}

impl Finder<'_> {
    fn arrivals(&self, owner: &Owner<'_>) -> Vec<Knob> {
        let rates = ["poisson", "even"]
            .map(|law| self.quantity(owner, &["arrivals", law], "arrivals", Dimension::RATE));
        let users = self.count(owner, &["arrivals", "users"], "users", 1);
        rates.into_iter().chain([users]).flatten().collect()
    }

    fn call(&self, owner: &Owner<'_>) -> Vec<Knob> {
        let found = [
            self.quantity(owner, &["timeout"], "timeout", Dimension::TIME),
            self.quantity(owner, &["deadline"], "deadline", Dimension::TIME),
            self.count(owner, &["retry", "attempts"], "attempts", 1),
            self.quantity(owner, &["hedge", "after"], "hedge after", Dimension::TIME),
        ];
        found.into_iter().flatten().collect()
    }

    fn component(&self, owner: &Owner<'_>) -> Vec<Knob> {
        let mut found = vec![
            self.count(owner, &["instances"], "instances", 1),
            self.count(owner, &["per_place"], "instances per place", 1),
            self.count(owner, &["workers"], "workers", 1),
            self.count(owner, &["cores"], "cores", 1),
            self.count(owner, &["queue"], "places in the queue", 0),
        ];
        match owner.kind {
            "balancer" => found.push(policy(owner)),
            "cache" => {
                found.push(self.quantity(owner, &["capacity"], "capacity", Dimension::OBJECTS));
                found.push(self.quantity(owner, &["capacity"], "capacity", Dimension::BYTES));
                found.push(self.quantity(owner, &["ttl"], "time to live", Dimension::TIME));
                let kinds = eviction::Kind::online().map(|kind| kind.name());
                found.push(words(owner, "eviction", kinds.collect()));
            }
            "database" => found.push(self.count(owner, &["replicas"], "replicas", 0)),
            _ => {}
        }
        found.into_iter().flatten().collect()
    }

    /// A slider for a whole number that is written in the scenario.
    fn count(&self, owner: &Owner<'_>, keys: &[&str], what: &'static str, least: u64) -> Option<Knob> {
        let Value::Integer(value) = owner.find(keys)?.node.value else { return None };
        let stops = count_stops(u64::try_from(value).ok()?, least)?;
        Some(owner.knob(keys, what, Choice::Slide, stops))
    }

    /// A slider for a quantity of a dimension, written out or as an expression.
    fn quantity(
        &self,
        owner: &Owner<'_>,
        keys: &[&str],
        what: &'static str,
        dimension: Dimension,
    ) -> Option<Knob> {
        let value = self.value(&owner.find(keys)?.node, dimension)?;
        Some(owner.knob(keys, what, Choice::Slide, quantity_stops(value)?))
    }

    fn value(&self, node: &Node, dimension: Dimension) -> Option<Quantity> {
        if !matches!(node.value, Value::Text(_)) {
            return None;
        }
        // A text that is no quantity, as `unbounded`, has no slider; what is wrong with it was said when it was read.
        let mut unheard = Diagnostics::new();
        let value = Reader::new(&mut unheard, self.estimates).any_quantity(node)?;
        (value.dimension == dimension && value.value > 0.0).then_some(value)
    }
}

/// The policy of a balancer that has nothing which belongs to one policy.
fn policy(owner: &Owner<'_>) -> Option<Knob> {
    let is_bound = POLICY_KEYS.iter().any(|key| owner.table.get(key).is_some());
    let names = POLICIES.iter().map(|(name, _)| *name).collect();
    if is_bound { None } else { words(owner, "policy", names) }
}

/// A list of words of which the scenario names one.
fn words(owner: &Owner<'_>, key: &'static str, words: Vec<&str>) -> Option<Knob> {
    let Value::Text(word) = &owner.table.get(key)?.value else { return None };
    let at = words.iter().position(|one| one == word)?;
    let stops = words.into_iter().map(str::to_owned).collect();
    Some(owner.knob(&[key], key, Choice::List, (stops, at)))
}

/// Counts around a count: small ones one by one.
fn count_stops(value: u64, least: u64) -> Option<(Vec<String>, usize)> {
    let mut stops: Vec<u64> = if value <= SMALL {
        (least..=SMALL.max(2 * value)).collect()
    } else {
        FACTORS.iter().map(|factor| (value as f64 * factor + 0.5).floor() as u64).collect()
    };
    stops.retain(|stop| *stop >= least);
    stops.dedup();
    let at = stops.iter().position(|stop| *stop == value)?;
    Some((stops.into_iter().map(|stop| stop.to_string()).collect(), at))
}

/// Quantities around a quantity.
fn quantity_stops(value: Quantity) -> Option<(Vec<String>, usize)> {
    let scaled = |factor: &f64| Quantity { value: value.value * factor, ..value }.human();
    let stops: Vec<String> = FACTORS.iter().map(scaled).collect();
    let at = FACTORS.iter().position(|factor| *factor == 1.0)?;
    Some((stops, at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Document, build};

    const SCENARIO: &str = r#"
[scenario]
title = "t"
duration = "1 s"
[estimate]
rate = "40 /s"
[client.people]
arrivals = { poisson = "= 2 * rate" }
request = "edge.go"
keys = { count = 1000 }
[client.users]
arrivals = { users = 20, think = "1 s" }
request = "edge.go"
keys = { count = 1000 }
[balancer.edge]
targets = ["web"]
policy = "random"
[server.web]
instances = 3
workers = 40
queue = "unbounded"
[server.web.on]
go = [ { work = "1 ms" }, { call = "hot.get" } ]
[cache.hot]
capacity = "100 k objects"
eviction = "sieve"
[call."edge -> web"]
timeout = "250 ms"
retry = { attempts = 2, backoff = { constant = "1 ms" } }
"#;

    fn build_with(settings: &[String]) -> Result<Vec<Knob>, String> {
        let mut diagnostics = Diagnostics::new();
        let (sources, document) = Document::parse("x", SCENARIO, settings, &mut diagnostics);
        let scenario = document.and_then(|document| build(&document, None, &mut diagnostics));
        scenario.map(|scenario| scenario.knobs).ok_or_else(|| diagnostics.lines(&sources))
    }

    #[test]
    fn what_stands_in_a_scenario_can_be_turned() {
        let knobs = build_with(&[]).expect("it is a good scenario");
        let found: Vec<(&str, &str)> =
            knobs.iter().map(|knob| (knob.path.as_str(), knob.stops[knob.at].as_str())).collect();
        let expected = [
            ("client.people.arrivals.poisson", "80 /s"),
            ("client.users.arrivals.users", "20"),
            ("balancer.edge.policy", "random"),
            ("server.web.instances", "3"),
            ("server.web.workers", "40"),
            ("cache.hot.capacity", "100 k objects"),
            ("cache.hot.eviction", "sieve"),
            ("call.\"edge -> web\".timeout", "250 ms"),
            ("call.\"edge -> web\".retry.attempts", "2"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn every_stop_is_a_good_setting() {
        for knob in build_with(&[]).expect("it is a good scenario") {
            assert_eq!(
                knob.stops.iter().filter(|stop| **stop == knob.stops[knob.at]).count(),
                1,
                "{}",
                knob.path
            );
            for stop in &knob.stops {
                let setting = format!("{}={stop}", knob.path);
                if let Err(said) = build_with(std::slice::from_ref(&setting)) {
                    panic!("{setting}: {said}");
                }
            }
        }
    }

    #[test]
    fn counts_around_a_count() {
        for (value, least, expected) in [
            (1, 1, Some(("1 2 3 4 5 6 7 8", 0))),
            (0, 0, Some(("0 1 2 3 4 5 6 7 8", 0))),
            (0, 1, None),
            (10, 1, Some(("1 3 5 8 9 10 11 13 15 20 30 40 60 100", 5))),
        ] {
            let found = count_stops(value, least).map(|(stops, at)| (stops.join(" "), at));
            assert_eq!(found, expected.map(|(stops, at)| (stops.to_owned(), at)), "{value}");
        }
    }
}
