//! Reads how a station protects itself under pressure: whom it drops, who makes room, and how many may be there.

use super::operands::read_template;
use super::{Field, Template};
use crate::mechanism::concurrency_limit::Rule;
use crate::resilience::rule;
use crate::scenario::{Node, Reader, Table, Value};
use crate::station::codel::Codel;
use crate::station::overflow::Overflow;
use crate::station::patience::ControlledDelay;
use crate::station::{Discipline, Guard, Late, Shape, UNBOUNDED};
use crate::units::Span;

/// The usual target and interval of CoDel, within a data centre and without.
const TARGET: Span = Span(5_000_000);
const INTERVAL: Span = Span(100_000_000);

/// The keys that mean something only where requests wait for a worker.
const OF_QUEUES: [&str; 7] =
    ["patience", "overflow", "drop", "codel", "controlled_delay", "fair_by", "lifo_threshold"];

/// What the table of a component says of its guard, and whose line its requests join. What is wrong has been reported.
pub(super) fn read(
    table: &Table,
    shape: &mut Shape,
    reader: &mut Reader<'_>,
) -> (Option<Guard>, Option<Template>) {
    let nobody_waits = shape.workers == UNBOUNDED || shape.discipline == Discipline::ProcessorSharing;
    if nobody_waits {
        for entry in OF_QUEUES.iter().filter_map(|key| table.entry(key)) {
            reader
                .error(
                    entry.name_location,
                    format!("`{}` means something only where requests wait", entry.name),
                )
                .help("they do with a number of `workers`, and not under processor sharing");
        }
    }
    let by = read_by(table, shape, reader);
    shape.lifo_threshold = read_threshold(table, shape, reader);
    let late = table.get("drop").and_then(|node| {
        let words = Late::ALL.map(|(word, _, _)| word);
        reader.choice(node, &words).map(|index| Late::ALL[index].1)
    });
    let codel = table.get("codel").and_then(|node| {
        read_delays(node, "`codel`", reader).map(|(target, interval)| Codel { target, interval })
    });
    let delay = table.get("controlled_delay").and_then(|node| {
        let delays = read_delays(node, "`controlled_delay`", reader);
        delays.map(|(target, interval)| ControlledDelay { target, interval })
    });
    let overflow = read_overflow(table, shape, reader);
    let limit = table.get("concurrency_limit").and_then(|node| read_limit(node, reader));
    let guard = Guard { late, codel, delay, overflow, limit, memory: None };
    ((guard != Guard::NONE).then_some(guard), by)
}

fn read_by(table: &Table, shape: &Shape, reader: &mut Reader<'_>) -> Option<Template> {
    let is_fair = shape.discipline == Discipline::Fair;
    let Some(entry) = table.entry("fair_by") else { return is_fair.then_some(Template::Field(Field::User)) };
    if !is_fair {
        reader.error(entry.name_location, "`fair_by` means something only with the discipline `fair`");
    }
    let template = read_template(&entry.node, &[], reader)?;
    if template.fields().any(|field| field == Field::Each) {
        reader.error(entry.node.location, "`each` means something only within `for_each`");
        return None;
    }
    if template.fields().any(|field| field == Field::Value) {
        reader.error(entry.node.location, "nobody has read a value when a request joins its line");
        return None;
    }
    Some(template)
}

fn read_threshold(table: &Table, shape: &Shape, reader: &mut Reader<'_>) -> u32 {
    let Some(entry) = table.entry("lifo_threshold") else { return shape.workers };
    if shape.discipline != Discipline::AdaptiveLifo {
        let message = "`lifo_threshold` means something only with the discipline `adaptive_lifo`";
        reader.error(entry.name_location, message);
    }
    let threshold = reader.count(&entry.node).unwrap_or(0);
    u32::try_from(threshold).unwrap_or(UNBOUNDED)
}

fn read_overflow(table: &Table, shape: &Shape, reader: &mut Reader<'_>) -> Overflow {
    let is_fair = shape.discipline == Discipline::Fair;
    let is_bounded = shape.bound != UNBOUNDED;
    let Some(entry) = table.entry("overflow") else {
        return if is_fair && is_bounded { Overflow::LongestLine } else { Overflow::Arrival };
    };
    if !is_bounded {
        reader.error(entry.name_location, "`overflow` means something only with a bound of the `queue`");
    }
    let words = Overflow::ALL.map(|(word, _, _)| word);
    let Some(index) = reader.choice(&entry.node, &words) else { return Overflow::Arrival };
    let overflow = Overflow::ALL[index].1;
    if overflow == Overflow::LongestLine && !is_fair {
        reader.error(entry.node.location, "there are lines only with the discipline `fair`");
    }
    overflow
}

/// A target and an interval, in this order.
fn read_delays(node: &Node, context: &str, reader: &mut Reader<'_>) -> Option<(Span, Span)> {
    let table = reader.table(node)?;
    reader.check_keys(table, context, &["target", "interval"]);
    let target = positive(table, "target", TARGET, reader);
    let interval = positive(table, "interval", INTERVAL, reader);
    let (target, interval) = (target?, interval?);
    if target > interval {
        reader.error(node.location, format!("the target of {context} is not above its interval"));
        return None;
    }
    Some((target, interval))
}

/// A time above 0, or the default.
fn positive(table: &Table, key: &str, default: Span, reader: &mut Reader<'_>) -> Option<Span> {
    let Some(node) = table.get(key) else { return Some(default) };
    let span = reader.time(node)?;
    if span == Span::ZERO {
        reader.error(node.location, format!("`{key}` is above 0"));
        return None;
    }
    Some(span)
}

/// How many may be there: a number, a rule by its name, or a rule with its terms.
fn read_limit(node: &Node, reader: &mut Reader<'_>) -> Option<Rule> {
    match &node.value {
        Value::Text(word) if word.starts_with(|letter: char| letter.is_ascii_alphabetic()) => {
            rule::read_name(node, reader)
        }
        Value::Table(table) => {
            reader.check_keys(table, "`concurrency_limit`", &["aimd", "gradient"]);
            match (table.get("aimd"), table.get("gradient")) {
                (Some(aimd), None) => rule::read_aimd(aimd, reader),
                (None, Some(gradient)) => rule::read_gradient(gradient, reader),
                _ => {
                    reader.error(node.location, "`concurrency_limit` has either `aimd` or `gradient`");
                    None
                }
            }
        }
        _ => {
            let count = reader.count(node)?;
            within(node, "concurrency_limit", count, 1, u64::from(UNBOUNDED), reader)
                .map(|count| Rule::Fixed(count as u32))
        }
    }
}

fn within(node: &Node, key: &str, count: u64, low: u64, high: u64, reader: &mut Reader<'_>) -> Option<u64> {
    if (low..=high).contains(&count) {
        return Some(count);
    }
    reader.error(node.location, format!("`{key}` is from {low} to {high}, not {count}"));
    None
}
