//! Reads what stands at the gate of a caller: `breaker`, `limit` and `pool`.

use crate::mechanism::concurrency_limit::Rule;
use crate::mechanism::recent::PARTS;
use crate::resilience::gate::Limit;
use crate::resilience::{breaker, pool, rule, throttle};
use crate::scenario::{Node, Reader, Table, Value};
use crate::units::{SECOND, Span};

/// In which time the share of failures is counted, unless a breaker says otherwise (Hystrix, 2012).
const BREAKER_WINDOW: Span = Span(10 * SECOND);

/// The fewest calls of which a share says anything, likewise.
const BREAKER_CALLS: u64 = 20;

/// For how long a breaker is open, likewise.
const BREAKER_OPEN: Span = Span(5 * SECOND);

/// Over which time requests and accepts are counted (Beyer et al. 2016).
const THROTTLE_WINDOW: Span = Span(120 * SECOND);

pub(super) fn read_breaker(node: &Node, reader: &mut Reader<'_>) -> Option<breaker::Terms> {
    let table = reader.table(node)?;
    reader.check_keys(table, "`breaker`", &["failures", "ratio", "window", "calls", "open", "probes"]);
    let failures = read_count(table, "failures", None, "a breaker opens after at least 1 failure", reader);
    let share = match table.get("ratio") {
        Some(node) => reader.share(node).and_then(|share| {
            if share == 0.0 {
                reader.error(node.location, "a share of 0 % would keep the breaker open for ever");
            }
            (share > 0.0).then_some(Some(share))
        }),
        None => Some(None),
    };
    let window = read_window(table, BREAKER_WINDOW, reader);
    let calls = read_count(table, "calls", Some(BREAKER_CALLS), "a share is one of at least 1 call", reader);
    let open = match table.get("open") {
        Some(node) => reader.time(node),
        None => Some(BREAKER_OPEN),
    };
    let probes = read_count(table, "probes", Some(1), "a breaker closes after at least 1 probe", reader);
    let (failures, share) = (failures?, share?);
    if failures.is_none() && share.is_none() {
        reader
            .error(node.location, "a breaker opens after `failures` in a row, or at a `ratio` of failures")
            .help("write `breaker = { failures = 5, open = \"5 s\" }`");
        return None;
    }
    if share.is_none() {
        for key in ["window", "calls"] {
            if let Some(node) = table.get(key) {
                reader.error(node.location, format!("`{key}` goes with `ratio`"));
                return None;
            }
        }
    }
    let (window, calls) = (window?, calls??);
    let ratio = share.map(|share| breaker::Ratio { share, window, calls });
    Some(breaker::Terms { failures, ratio, open: open?, probes: probes?? })
}

pub(super) fn read_limit(node: &Node, reader: &mut Reader<'_>) -> Option<Limit> {
    const LIMITS: [&str; 4] = ["adaptive", "concurrency", "aimd", "gradient"];
    if let Value::Text(_) = node.value {
        return rule::read_name(node, reader).map(Limit::Concurrency);
    }
    let table = reader.table(node)?;
    reader.check_keys(table, "`limit`", &["adaptive", "concurrency", "aimd", "gradient", "window"]);
    let limits: Vec<(&str, &Node)> =
        LIMITS.iter().filter_map(|key| table.get(key).map(|node| (*key, node))).collect();
    let [(key, limit)] = limits[..] else {
        reader.error(node.location, "`limit` has one of `adaptive`, `concurrency`, `aimd` and `gradient`");
        return None;
    };
    if let (Some(node), true) = (table.get("window"), key != "adaptive") {
        reader.error(node.location, "`window` goes with `adaptive`");
        return None;
    }
    match key {
        "adaptive" => {
            let multiplier = reader.number(limit)?;
            if multiplier < 1.0 {
                let message =
                    "fewer calls than are accepted would never let through what the callee could take";
                reader.error(limit.location, message).help("2 is usual");
                return None;
            }
            let window = read_window(table, THROTTLE_WINDOW, reader)?;
            Some(Limit::Adaptive(throttle::Terms { multiplier, window }))
        }
        "concurrency" => {
            let most = read_count(table, "concurrency", None, "a limit is at least 1", reader)?;
            most.map(|most| Limit::Concurrency(Rule::Fixed(most)))
        }
        "aimd" => rule::read_aimd(limit, reader).map(Limit::Concurrency),
        _ => rule::read_gradient(limit, reader).map(Limit::Concurrency),
    }
}

pub(super) fn read_pool(node: &Node, reader: &mut Reader<'_>) -> Option<pool::Limit> {
    let table = reader.table(node)?;
    reader.check_keys(table, "`pool`", &["size", "queue"]);
    let queue = match table.get("queue") {
        Some(node) => reader.count_or_unbounded(node),
        None => Some(None),
    };
    let node = reader.required(table, "size", "`pool`")?;
    let size = reader.count(node)?;
    if size == 0 {
        reader.error(node.location, "a pool has at least 1 connection");
        return None;
    }
    Some(pool::Limit { size: bounded(size), queue: queue?.map_or(u32::MAX, bounded) })
}

/// A count from 1 on, or what stands for it; `None` if it is wrong.
fn read_count(
    table: &Table,
    key: &str,
    default: Option<u64>,
    least: &str,
    reader: &mut Reader<'_>,
) -> Option<Option<u32>> {
    let Some(node) = table.get(key) else { return Some(default.map(bounded)) };
    let count = reader.count(node)?;
    if count == 0 {
        reader.error(node.location, least);
    }
    (count > 0).then_some(Some(bounded(count)))
}

fn read_window(table: &Table, default: Span, reader: &mut Reader<'_>) -> Option<Span> {
    let Some(node) = table.get("window") else { return Some(default) };
    let window = reader.time(node)?;
    if window.0 < PARTS as u64 {
        reader.error(node.location, format!("a window is at least {PARTS} ns long"));
    }
    (window.0 >= PARTS as u64).then_some(window)
}

fn bounded(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
