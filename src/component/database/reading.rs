//! Reads the table of a database.

use super::Reading;
use super::routing::Reads;
use super::shard::{Failover, Replication, Rules};
use super::sharding::Sharding;
use super::spec::DatabaseBlueprint;
use super::values::Values;
use crate::scenario::{Node, Value};
use crate::units::{SECOND, Span};
use std::collections::BTreeMap;

/// More shards or replicas than these are refused.
const SHARDS_MAX: u32 = 10_000;
const REPLICAS_MAX: u32 = 99;

/// The times of a failover that does not say them; a death is noticed after the first of them also without failover.
const DETECT: Span = Span(10 * SECOND);
const PROMOTE: Span = Span(5 * SECOND);

/// A replica that misses more writes than this gets a copy of all rows.
const BACKLOG: u64 = 10_000;

/// Who gives `reads`, `failover` and the like their meaning.
const REPLICAS: &str = "`replicas`";

pub(super) fn read(reading: &mut Reading<'_, '_>) -> Option<DatabaseBlueprint> {
    let (read, write, update) = (reading.work("read"), reading.work("write"), reading.work("update"));
    let shards = reading.count("shards", 1, 1, SHARDS_MAX);
    let replicas = reading.count("replicas", 0, 0, REPLICAS_MAX);
    let (reads, rules) = (read_reads(reading), read_rules(reading, write.as_ref()?.is_some()));
    let sharding = shards.and_then(|shards| read_sharding(reading, shards));
    if replicas == Some(0) {
        for key in ["replication", "reads", "read_your_writes", "failover"] {
            reading.only_with(key, REPLICAS)?;
        }
    }
    let (shards, replicas) = (shards?, replicas?);
    check_instances(reading, shards * (1 + replicas))?;
    let (read, write, update) = (read?, write?, update?);
    Some(DatabaseBlueprint {
        read,
        update: update.or_else(|| write.clone()),
        write,
        shards,
        sharding: sharding?,
        replicas,
        reads: reads?,
        rules: rules?,
    })
}

/// The number of instances follows from the other words.
fn check_instances(reading: &mut Reading<'_, '_>, count: u32) -> Option<()> {
    if reading.get("instances").is_none() || reading.instances == count {
        return Some(());
    }
    let message = format!("`instances` is {count} with these shards and replicas, not {}", reading.instances);
    let help =
        "leave `instances` out; `replicas` are copies besides the primary, `shards` shares of the data";
    reading.reader.error(reading.place_of("instances"), message).help(help);
    None
}

fn read_reads(reading: &mut Reading<'_, '_>) -> Option<Reads> {
    let index = reading.choice("reads", &["primary", "replica", "nearest"], 0)?;
    Some([Reads::Primary, Reads::Replica, Reads::Nearest][index])
}

fn read_rules(reading: &mut Reading<'_, '_>, applying_is_work: bool) -> Option<Rules> {
    let words = ["asynchronous", "semi_synchronous", "synchronous"];
    let replication = reading.choice("replication", &words, 0);
    let read_your_writes = match reading.get("read_your_writes") {
        Some(node) => reading.reader.boolean(node),
        None => Some(false),
    };
    let values = match reading.get("rows") {
        Some(node) => read_values(reading, node),
        None => Some(Values::FREE),
    };
    let failover = match reading.get("failover") {
        Some(node) => read_failover(reading, node).map(|(detect, failover)| (detect, Some(failover))),
        None => Some((DETECT, None)),
    };
    let (detect, failover) = failover?;
    let kinds = [Replication::Asynchronous, Replication::SemiSynchronous, Replication::Synchronous];
    Some(Rules {
        replication: kinds[replication?],
        detect,
        failover,
        applying_is_work,
        read_your_writes: read_your_writes?,
        backlog: BACKLOG,
        values: values?,
    })
}

fn read_values(reading: &mut Reading<'_, '_>, node: &Node) -> Option<Values> {
    let table = reading.reader.table(node)?;
    let context = format!("`rows` of {}", reading.context());
    reading.reader.check_keys(table, &context, &["start", "min", "max", "enforce"]);
    let mut number = |key: &str, default: i64| match table.get(key) {
        Some(node) => reading.reader.whole(node),
        None => Some(default),
    };
    let free = Values::FREE;
    let (start, min, max) = (number("start", free.start), number("min", free.min), number("max", free.max));
    let enforce = match table.get("enforce") {
        Some(node) => reading.reader.boolean(node),
        None => Some(free.enforce),
    };
    let values = Values { start: start?, min: min?, max: max?, enforce: enforce? };
    let location = |key: &str| table.entry(key).map_or(node.location, |entry| entry.name_location);
    if values.min > values.max {
        reading
            .reader
            .error(location("min"), format!("`min` is {}, but `max` is {}", values.min, values.max));
        return None;
    }
    if values.is_violated_by(values.start) {
        let message = format!("rows start at {}, which is out of their bounds", values.start);
        reading.reader.error(location("start"), message).help("set `start` to a value from `min` to `max`");
        return None;
    }
    if values.enforce && values == (Values { start: values.start, enforce: true, ..free }) {
        reading.reader.error(location("enforce"), "`enforce` means something only with `min` or `max`");
        return None;
    }
    Some(values)
}

fn read_failover(reading: &mut Reading<'_, '_>, node: &Node) -> Option<(Span, Failover)> {
    let table = reading.reader.table(node)?;
    let context = format!("`failover` of {}", reading.context());
    reading.reader.check_keys(table, &context, &["detect", "promote", "quorum"]);
    let mut time = |key: &str, default: Span| match table.get(key) {
        Some(node) => reading.reader.time(node),
        None => Some(default),
    };
    let (detect, promote) = (time("detect", DETECT), time("promote", PROMOTE));
    let quorum = match table.get("quorum") {
        Some(node) => reading.reader.boolean(node),
        None => Some(false),
    };
    let detect = detect?;
    if detect == Span::ZERO {
        let location = table.get("detect").map_or(node.location, |node| node.location);
        reading.reader.error(location, "`detect` is longer than 0 s: nobody hears a heartbeat at once");
        return None;
    }
    Some((detect, Failover { promote: promote?, quorum: quorum? }))
}

fn read_sharding(reading: &mut Reading<'_, '_>, shards: u32) -> Option<Sharding> {
    let Some(node) = reading.get("by") else { return Some(Sharding::Hash) };
    if let Value::Text(_) = node.value {
        return reading.reader.choice(node, &["hash"]).map(|_| Sharding::Hash);
    }
    let table = reading.reader.table(node)?;
    let context = format!("`by` of {}", reading.context());
    reading.reader.check_keys(table, &context, &["range", "list"]);
    match (table.get("range"), table.get("list")) {
        (Some(bounds), None) => read_bounds(reading, bounds, shards),
        (None, Some(lists)) => read_lists(reading, lists, shards),
        _ => {
            let message = "`by` is \"hash\", `{ range = [ bounds ] }` or `{ list = [ [ keys ], .. ] }`";
            reading.reader.error(node.location, message);
            None
        }
    }
}

fn read_bounds(reading: &mut Reading<'_, '_>, node: &Node, shards: u32) -> Option<Sharding> {
    let bounds = read_keys(reading, node)?;
    if bounds.len() as u64 + 1 != u64::from(shards) {
        let message =
            format!("{shards} shards have {} bounds between them, not {}", shards - 1, bounds.len());
        reading.reader.error(node.location, message);
        return None;
    }
    if !bounds.is_sorted_by(|one, next| one < next) {
        reading.reader.error(node.location, "each bound is larger than the one before");
        return None;
    }
    Some(Sharding::Range(bounds))
}

fn read_lists(reading: &mut Reading<'_, '_>, node: &Node, shards: u32) -> Option<Sharding> {
    let lists = reading.reader.array(node)?;
    if lists.len() as u64 != u64::from(shards) {
        let message = format!("{shards} shards have {shards} lists of keys, not {}", lists.len());
        reading.reader.error(node.location, message);
        return None;
    }
    let mut owners = BTreeMap::new();
    for (shard, list) in lists.iter().enumerate() {
        for key in read_keys(reading, list)? {
            if owners.insert(key, shard as u32).is_some() {
                reading.reader.error(list.location, format!("key {key} stands in the lists twice"));
                return None;
            }
        }
    }
    Some(Sharding::List(owners))
}

fn read_keys(reading: &mut Reading<'_, '_>, node: &Node) -> Option<Vec<u64>> {
    reading.reader.array(node)?.iter().map(|key| reading.reader.count(key)).collect()
}
