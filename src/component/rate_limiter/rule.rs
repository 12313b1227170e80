//! Rules: how many are let through in which window, by which algorithm, and for whom.

use super::super::Reading;
use super::by::By;
use crate::mechanism::rate::Rate;
use crate::scenario::{Named, Node, Table, Value};
use crate::units::Span;

/// How a rule counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Algorithm {
    TokenBucket,
    LeakyBucket,
    FixedWindow,
    SlidingLog {
        /// What is noted.
        notes: Notes,
    },
    SlidingCounter,
}

/// Which requests a sliding log notes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Notes {
    Allowed,
    All,
}

/// A rule of a limiter.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Rule {
    pub algorithm: Algorithm,
    pub rate: Rate,
    /// How many the algorithm has room for: tokens, places that wait, or requests in a window.
    pub room: u64,
    /// The same with those that are let through above the limit.
    pub hard: u64,
    pub by: By,
    /// The operations that it holds for; all if there are none.
    pub operations: Vec<Named>,
    /// The priorities that it holds for; all if there are none.
    pub priorities: Vec<u8>,
}

/// The keys of a rule: they stand in the limiter's table if there is one rule, or in each of `rules`.
pub(super) const KEYS: [&str; 9] =
    ["algorithm", "limit", "window", "burst", "keep_rejected", "soft", "by", "operations", "priorities"];

/// The words for the algorithms.
const ALGORITHMS: [&str; 5] =
    ["token_bucket", "leaky_bucket", "fixed_window", "sliding_log", "sliding_counter"];

/// The most that a rule lets through in a window, and the most that a bucket holds.
const LIMIT_MAX: u64 = 1_000_000_000;

/// Windows beyond 100 years do not end.
const WINDOW_MAX: Span = Span(100 * 365 * 86_400 * crate::units::SECOND);

/// More rules than this are refused.
const RULES_MAX: usize = 100;

impl Rule {
    /// Whether it notes those that it turns away.
    pub(super) fn notes_all(&self) -> bool {
        self.algorithm == Algorithm::SlidingLog { notes: Notes::All }
    }

    /// Whether it holds for a priority.
    pub(super) fn holds_for(&self, priority: u8) -> bool {
        self.priorities.is_empty() || self.priorities.contains(&priority)
    }
}

/// Reads the rules of a table: its own, or those of `rules`.
pub(super) fn read_rules(reading: &mut Reading<'_, '_>) -> Option<Vec<Rule>> {
    let context = reading.context();
    let Some(node) = reading.get("rules") else {
        return read_rule(reading.table, &context, reading).map(|rule| vec![rule]);
    };
    let beside = KEYS.iter().find_map(|key| reading.entry(key));
    if let Some(entry) = beside {
        let message = format!("`{}` stands in each of `rules`, not beside them", entry.name);
        reading.reader.error(entry.name_location, message);
        return None;
    }
    let nodes = reading.reader.array(node)?;
    if nodes.is_empty() || nodes.len() > RULES_MAX {
        let message = format!("there are from 1 to {RULES_MAX} `rules`, not {}", nodes.len());
        reading.reader.error(node.location, message);
        return None;
    }
    let one = |node: &Node| {
        let table = reading.reader.table(node)?;
        reading.reader.check_keys(table, "a rule", &KEYS);
        let rule = read_rule(table, "a rule", reading)?;
        if rule.algorithm == Algorithm::LeakyBucket && nodes.len() > 1 {
            let message =
                "a `leaky_bucket` holds back what it lets through: it cannot be one of several rules";
            reading.reader.error(node.location, message).help("put one limiter in front of another");
            return None;
        }
        Some(rule)
    };
    let rules: Vec<Option<Rule>> = nodes.iter().map(one).collect();
    rules.into_iter().collect()
}

fn read_rule(table: &Table, context: &str, reading: &mut Reading<'_, '_>) -> Option<Rule> {
    let algorithm = reading.reader.required(table, "algorithm", context);
    let algorithm = algorithm.and_then(|node| reading.reader.choice(node, &ALGORITHMS));
    let limit = reading.reader.required(table, "limit", context);
    let limit = limit.and_then(|node| bounded(node, "limit", reading));
    let window = reading.reader.required(table, "window", context).and_then(|node| {
        let window = reading.reader.time(node)?;
        let fits = (Span(1)..=WINDOW_MAX).contains(&window);
        if !fits {
            reading.reader.error(node.location, "a `window` is longer than 0 s and not above 100 year");
        }
        fits.then_some(window)
    });
    let burst = table.get("burst").map(|node| bounded(node, "burst", reading));
    let notes = table.get("keep_rejected").map(|node| reading.reader.boolean(node));
    let soft = table.get("soft").map_or(Some(0.0), |node| reading.reader.share(node));
    let by = table.get("by").map_or(Some(By::default()), |node| By::read(node, reading));
    let operations = table.get("operations").map_or(Some(Vec::new()), |node| read_operations(node, reading));
    let priorities = table.get("priorities").map_or(Some(Vec::new()), |node| read_priorities(node, reading));
    let algorithm = algorithm.map(|index| match index {
        0 => Algorithm::TokenBucket,
        1 => Algorithm::LeakyBucket,
        2 => Algorithm::FixedWindow,
        3 if notes == Some(Some(true)) => Algorithm::SlidingLog { notes: Notes::All },
        3 => Algorithm::SlidingLog { notes: Notes::Allowed },
        _ => Algorithm::SlidingCounter,
    });
    let is_bucket = matches!(algorithm, Some(Algorithm::TokenBucket | Algorithm::LeakyBucket));
    let is_log = matches!(algorithm, Some(Algorithm::SlidingLog { .. }));
    let strays = [("burst", is_bucket, "a bucket"), ("keep_rejected", is_log, "the algorithm `sliding_log`")];
    for (key, is_at_home, owner) in strays {
        let entry = table.entry(key).filter(|_| !is_at_home && algorithm.is_some());
        if let Some(entry) = entry {
            let message = format!("`{key}` means something only with {owner}");
            reading.reader.error(entry.name_location, message);
            return None;
        }
    }
    let (limit, window, burst, _) =
        (limit?, window?, burst.map_or(Some(None), |burst| burst.map(Some))?, notes);
    if notes == Some(None) {
        return None;
    }
    let room = burst.unwrap_or(limit);
    Some(Rule {
        algorithm: algorithm?,
        rate: Rate { limit, window: window.0 },
        room,
        hard: room + (room as f64 * soft?) as u64,
        by: by?,
        operations: operations?,
        priorities: priorities?,
    })
}

fn bounded(node: &Node, key: &str, reading: &mut Reading<'_, '_>) -> Option<u64> {
    let count = reading.reader.count(node)?;
    let fits = (1..=LIMIT_MAX).contains(&count);
    if !fits {
        reading.reader.error(node.location, format!("`{key}` is from 1 to {LIMIT_MAX}, not {count}"));
    }
    fits.then_some(count)
}

fn read_operations(node: &Node, reading: &mut Reading<'_, '_>) -> Option<Vec<Named>> {
    let nodes = reading.reader.array(node)?;
    let one = |node: &Node| {
        let name = reading.reader.name(node)?.to_owned();
        Some(Named { name, location: node.location })
    };
    let names: Vec<Option<Named>> = nodes.iter().map(one).collect();
    not_none(node, "operations", names, reading)
}

fn read_priorities(node: &Node, reading: &mut Reading<'_, '_>) -> Option<Vec<u8>> {
    let nodes = reading.reader.array(node)?;
    let one = |node: &Node| {
        let priority = reading.reader.count(node)?;
        let fits = u8::try_from(priority).ok();
        if fits.is_none() {
            let message = "a priority is a whole number from 0 (the most urgent) to 255";
            reading.reader.error(node.location, message);
        }
        fits
    };
    let priorities: Vec<Option<u8>> = nodes.iter().map(one).collect();
    not_none(node, "priorities", priorities, reading)
}

/// A list that says for whom a rule holds is not empty.
fn not_none<T>(
    node: &Node,
    key: &str,
    list: Vec<Option<T>>,
    reading: &mut Reading<'_, '_>,
) -> Option<Vec<T>> {
    if matches!(&node.value, Value::Array(nodes) if nodes.is_empty()) {
        reading.reader.error(node.location, format!("a rule for no {key} holds for nobody"));
        return None;
    }
    list.into_iter().collect()
}
