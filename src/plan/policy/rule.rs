//! Reads one table `[call.*]`.

use super::{BackoffLaw, HedgeRule, KEYS, LatencyRule, RetryRule, Rule, Wait, guard};
use crate::distribution::Distribution;
use crate::outcome;
use crate::plan::network::split_pair;
use crate::plan::roster::Roster;
use crate::resilience::batch::Terms;
use crate::resilience::budget::{Allowance, TOKEN};
use crate::resilience::{Cancel, Jitter, RetryAfter};
use crate::scenario::{Entry, Key, Node, Reader, Table, Value, shorten};
use crate::units::{Span, percentile, percentile_meant};

/// Reads one table, all that is wrong with it at once.
pub(super) fn read(
    entry: &Entry,
    (components, roster): (&[&str], &Roster),
    reasons: &[&str],
    reader: &mut Reader<'_>,
) -> Option<Rule> {
    let context = format!("[call.\"{}\"]", entry.name);
    let (caller, callee, operation) = if entry.name == "default" {
        ("default", "*", None)
    } else {
        let pair = split_pair(&entry.name).filter(|(_, _, both_ways)| !both_ways);
        let Some((caller, callee, _)) = pair else {
            reader
                .error(entry.name_location, format!("`{}` is no pair of caller and callee", entry.name))
                .help("write [call.\"A -> B\"] or [call.\"A -> B.operation\"], either side `*`, or [call.default]");
            return None;
        };
        let (callee, operation) = match callee.split_once('.') {
            Some((callee, operation)) => (callee, Some(operation)),
            None => (callee, None),
        };
        for name in [caller, callee] {
            if name != "*" && !components.contains(&name) {
                roster.unknown((name, None), entry.name_location, "", components, reader.diagnostics);
                return None;
            }
        }
        (caller, callee, operation)
    };
    let table = reader.table(&entry.node)?;
    reader.check_keys(table, &context, &Key::names(&KEYS));
    let timeout = read_positive(table, "timeout", "a timeout", reader);
    let deadline = read_deadline(table, reader);
    let propagate = optional(table, "propagate", reader, |reader, node| {
        reader.boolean(node).map(|propagate| (propagate, node.location))
    });
    let retry = optional(table, "retry", reader, |reader, node| read_retry(node, reasons, reader));
    let hedge = optional(table, "hedge", reader, |reader, node| read_hedge(node, reader));
    let breaker = optional(table, "breaker", reader, |reader, node| guard::read_breaker(node, reader));
    let limit = optional(table, "limit", reader, |reader, node| guard::read_limit(node, reader));
    let pool = optional(table, "pool", reader, |reader, node| guard::read_pool(node, reader));
    let batch = optional(table, "batch", reader, |reader, node| read_batch(node, reader));
    let latency = optional(table, "latency", reader, |reader, node| read_latency(node, reader));
    let cancel = optional(table, "cancel", reader, |reader, node| read_cancel(node, reader));
    Some(Rule {
        caller: caller.to_owned(),
        callee: callee.to_owned(),
        operation: operation.map(str::to_owned),
        location: entry.name_location,
        timeout: timeout?,
        deadline: deadline?,
        propagate: propagate?,
        retry: retry?,
        hedge: hedge?,
        breaker: breaker?,
        limit: limit?,
        pool: pool?,
        batch: batch?,
        latency: latency?,
        cancel: cancel?,
        used: false,
        hands_on: false,
        table: table.clone(),
    })
}

/// A law with its text.
type Written = (Distribution, String);

/// Reads a time that is not zero; the inner option is `None` without the key.
fn read_positive(table: &Table, key: &str, what: &str, reader: &mut Reader<'_>) -> Option<Option<Written>> {
    let Some(node) = table.get(key) else { return Some(None) };
    let law = reader.duration(node)?;
    if law.mean() == Some(0.0) {
        reader.error(node.location, format!("{what} must be positive"));
        return None;
    }
    Some(Some((law, reader.source_text(node))))
}

/// Reads a key that may be left out; the inner option is `None` without it.
fn optional<T>(
    table: &Table,
    key: &str,
    reader: &mut Reader<'_>,
    read: impl FnOnce(&mut Reader<'_>, &Node) -> Option<T>,
) -> Option<Option<T>> {
    match table.get(key) {
        Some(node) => read(reader, node).map(Some),
        None => Some(None),
    }
}

fn read_deadline(table: &Table, reader: &mut Reader<'_>) -> Option<Option<Written>> {
    let deadline = read_positive(table, "deadline", "a deadline", reader)?;
    if let (Some((law, _)), Some(node)) = (&deadline, table.get("deadline"))
        && !matches!(law, Distribution::Constant(_))
    {
        reader.error(node.location, "a deadline is always the same time");
        return None;
    }
    Some(deadline)
}

/// The most attempts that are open at once.
const COPIES_MAX: u64 = 100;

fn read_hedge(node: &Node, reader: &mut Reader<'_>) -> Option<HedgeRule> {
    let table = reader.table(node)?;
    reader.check_keys(table, "`hedge`", &["after", "copies"]);
    let copies = match table.get("copies") {
        Some(node) => reader.count(node).and_then(|copies| {
            let fits = (2..=COPIES_MAX).contains(&copies);
            if !fits {
                let message =
                    format!("`copies` counts the first: it is from 2 to {COPIES_MAX}, not {copies}");
                reader.error(node.location, message);
            }
            fits.then_some(copies as u32)
        }),
        None => Some(2),
    };
    let after = reader.required(table, "after", "`hedge`")?;
    let word = match &after.value {
        Value::Text(text) => text,
        _ => "",
    };
    let after = match (percentile(word), percentile_meant(word)) {
        (Some(percentile), _) => Some(Wait::Percentile(percentile)),
        (None, Some(meant)) => {
            let message = format!("`{}` is not how a percentile is written", shorten(word));
            reader.error(after.location, message).help(format!("did you mean `{meant}`?"));
            None
        }
        (None, None) => reader.duration(after).map(|law| Wait::Time(law, reader.source_text(after))),
    };
    Some(HedgeRule { after: after?, copies: copies? })
}

fn read_batch(node: &Node, reader: &mut Reader<'_>) -> Option<Terms> {
    let table = reader.table(node)?;
    reader.check_keys(table, "`batch`", &["count", "bytes", "linger"]);
    let count = optional(table, "count", reader, |reader, node| {
        let count = reader.count(node)?;
        if count == 0 {
            reader.error(node.location, "a batch has at least 1 call");
        }
        (count > 0).then_some(u32::try_from(count).unwrap_or(u32::MAX))
    });
    let bytes = optional(table, "bytes", reader, |reader, node| {
        let bytes = reader.bytes(node)?;
        if bytes < 1.0 {
            reader.error(node.location, "a batch has at least 1 B");
        }
        (bytes >= 1.0).then_some(bytes as u64)
    });
    let linger = reader.required(table, "linger", "`batch`").and_then(|node| reader.time(node));
    Some(Terms { count: count?.unwrap_or(u32::MAX), bytes: bytes?.unwrap_or(u64::MAX), linger: linger? })
}

fn read_latency(node: &Node, reader: &mut Reader<'_>) -> Option<LatencyRule> {
    let table = reader.table(node)?;
    reader.check_keys(table, "`latency`", &["there", "back"]);
    let mut time = |key| {
        let node = reader.required(table, key, "`latency`")?;
        reader.duration(node).map(|law| (law, reader.source_text(node)))
    };
    let (there, back) = (time("there"), time("back"));
    Some(LatencyRule { there: there?, back: back? })
}

/// A retry earned by every tenth first attempt fills a budget of 10.
const BURST: f64 = 10.0;

fn read_budget(node: &Node, reader: &mut Reader<'_>) -> Option<Allowance> {
    let tokens = |tokens: f64| (tokens * TOKEN as f64 + 0.5) as u64;
    let Value::Table(table) = &node.value else {
        let ratio = reader.share(node)?;
        return Some(Allowance { ratio: tokens(ratio), burst: tokens(BURST), per_second: 0 });
    };
    reader.check_keys(table, "`budget`", &["ratio", "burst", "per_second"]);
    let ratio = reader.required(table, "ratio", "`budget`").and_then(|node| reader.share(node));
    let burst = match table.get("burst") {
        Some(node) => reader.count(node).and_then(|burst| {
            if burst == 0 {
                reader.error(node.location, "a budget that holds no token never allows a retry");
            }
            (burst > 0).then_some(burst as f64)
        }),
        None => Some(BURST),
    };
    let per_second = match table.get("per_second") {
        Some(node) => reader.number(node).and_then(|number| {
            if number < 0.0 {
                reader.error(node.location, "`per_second` is not negative");
            }
            (number >= 0.0).then_some(number)
        }),
        None => Some(0.0),
    };
    Some(Allowance { ratio: tokens(ratio?), burst: tokens(burst?), per_second: tokens(per_second?) })
}

fn read_cancel(node: &Node, reader: &mut Reader<'_>) -> Option<Cancel> {
    match &node.value {
        Value::Boolean(false) => Some(Cancel::Nothing),
        Value::Boolean(true) => Some(Cancel::Everything),
        Value::Text(text) if text == "queued" => Some(Cancel::Queued),
        _ => {
            reader.error(node.location, "`cancel` is false, true or \"queued\"");
            None
        }
    }
}

fn read_retry(node: &Node, reasons: &[&str], reader: &mut Reader<'_>) -> Option<RetryRule> {
    let table = reader.table(node)?;
    reader.check_keys(table, "`retry`", &["attempts", "backoff", "jitter", "budget", "on", "retry_after"]);
    let attempts = reader.required(table, "attempts", "`retry`")?;
    let attempts = match reader.count_or_unbounded(attempts)? {
        Some(0) => {
            reader.error(node.location, "`attempts` counts the first, so it is at least 1");
            return None;
        }
        Some(attempts) => Some(u32::try_from(attempts).unwrap_or(u32::MAX)),
        None => None,
    };
    let (backoff, cap) = match table.get("backoff") {
        Some(node) => {
            let (law, cap) = read_backoff(node, reader)?;
            (Some(law), cap)
        }
        None => (None, Span(u64::MAX)),
    };
    let jitter = match table.get("jitter") {
        Some(node) => {
            [Jitter::None, Jitter::Full, Jitter::Equal][reader.choice(node, &["none", "full", "equal"])?]
        }
        None => Jitter::None,
    };
    let on = match table.get("on") {
        Some(node) => {
            let mut words = Vec::new();
            for word in reader.array(node)? {
                let text = reader.text(word)?;
                if !reasons.contains(&text) {
                    reader.diagnostics.unknown(word.location, "reason", text, "", reasons);
                    return None;
                }
                words.push(text.to_owned());
            }
            Some(words)
        }
        None => None,
    };
    let budget = optional(table, "budget", reader, |reader, node| read_budget(node, reader))?;
    if attempts.is_none() && backoff.is_none() {
        reader
            .error(node.location, "unbounded attempts without a pause would never let time pass")
            .help("add `backoff = { doubling = \"50 ms\", cap = \"1 s\" }`");
        return None;
    }
    let retry_after = match table.get("retry_after") {
        Some(node) => [RetryAfter::Ignore, RetryAfter::Obey][reader.choice(node, &["ignore", "obey"])?],
        None => RetryAfter::Ignore,
    };
    if let (RetryAfter::Obey, Some(words)) = (retry_after, &on)
        && !words.iter().any(|word| word == outcome::ALL[outcome::DENIED.index()].word)
    {
        let node = table.get("retry_after").expect("it has been read");
        reader
            .error(node.location, "`retry_after` is heard with `denied`, which `on` does not list")
            .help("add \"denied\" to `on`, or leave `on` out: what is obeyed is tried again");
        return None;
    }
    Some(RetryRule { attempts, backoff, cap, jitter, on, budget, retry_after })
}

fn read_backoff(node: &Node, reader: &mut Reader<'_>) -> Option<((BackoffLaw, Distribution, String), Span)> {
    const LAWS: [(&str, BackoffLaw); 3] = [
        ("constant", BackoffLaw::Constant),
        ("doubling", BackoffLaw::Doubling),
        ("decorrelated", BackoffLaw::Decorrelated),
    ];
    let table = reader.table(node)?;
    reader.check_keys(table, "`backoff`", &["constant", "doubling", "decorrelated", "cap"]);
    let laws: Vec<_> = LAWS.iter().filter_map(|(key, law)| table.get(key).map(|node| (*law, node))).collect();
    let [(law, base)] = laws[..] else {
        reader.error(node.location, "`backoff` has one of `constant`, `doubling` and `decorrelated`");
        return None;
    };
    let distribution = reader.duration(base)?;
    if distribution.mean() == Some(0.0) {
        reader.error(base.location, "a back-off must be positive");
        return None;
    }
    let cap = match table.get("cap") {
        Some(node) => reader.time(node)?,
        None => Span(u64::MAX),
    };
    Some(((law, distribution, reader.source_text(base)), cap))
}
