//! How limits of concurrency are written: `"aimd"`, `"gradient"`, or a table with their parameters.

use crate::mechanism::concurrency_limit::{Aimd, Allowed, Gradient, Rule};
use crate::scenario::{Node, Reader, Table};

/// The limits that can be named without parameters.
pub const NAMES: [(&str, Rule); 2] =
    [("aimd", Rule::Aimd(Rule::AIMD)), ("gradient", Rule::Gradient(Rule::GRADIENT))];

/// Reads the name of one.
pub fn read_name(node: &Node, reader: &mut Reader<'_>) -> Option<Rule> {
    reader.choice(node, &NAMES.map(|(name, _)| name)).map(|index| NAMES[index].1)
}

/// Reads the parameters of `aimd`.
pub fn read_aimd(node: &Node, reader: &mut Reader<'_>) -> Option<Rule> {
    let table = reader.table(node)?;
    reader.check_keys(table, "`aimd`", &["initial", "min", "max", "increase", "decrease", "timeout"]);
    let default = Rule::AIMD;
    let bounds = read_bounds(table, [default.initial, default.min, default.max], reader);
    let increase = read_number(table, "increase", default.increase, reader);
    let decrease = read_number(table, "decrease", default.decrease, reader);
    let timeout = match table.get("timeout") {
        Some(node) => reader.time(node).map(|span| span.0),
        None => Some(default.timeout),
    };
    let (increase, decrease, timeout) = (increase?, decrease?, timeout?);
    let conditions = [
        (increase > 0.0, "increase", "`increase` is positive".to_owned()),
        ((0.0..1.0).contains(&decrease), "decrease", "`decrease` is a factor from 0 to below 1".to_owned()),
        (timeout > 0, "timeout", "a timeout must be positive".to_owned()),
    ];
    let is_right = holds(&conditions, table, reader);
    let [initial, min, max] = bounds?;
    is_right.then_some(Rule::Aimd(Aimd { initial, min, max, increase, decrease, timeout }))
}

/// Reads the parameters of `gradient`.
pub fn read_gradient(node: &Node, reader: &mut Reader<'_>) -> Option<Rule> {
    let table = reader.table(node)?;
    let keys = ["initial", "min", "max", "tolerance", "smoothing", "queue", "short", "long"];
    reader.check_keys(table, "`gradient`", &keys);
    let default = Rule::GRADIENT;
    let bounds = read_bounds(table, [default.initial, default.min, default.max], reader);
    let tolerance = read_number(table, "tolerance", default.tolerance, reader);
    let smoothing = read_number(table, "smoothing", default.smoothing, reader);
    let queue = match table.get("queue") {
        Some(node) => reader.count(node).map(|count| Allowed::Count(bounded(count))),
        None => Some(default.queue),
    };
    let short = match table.get("short") {
        Some(node) => reader.time(node).map(|span| span.0),
        None => Some(default.short),
    };
    let long = match table.get("long") {
        Some(node) => reader.count(node).map(bounded),
        None => Some(default.long),
    };
    let (tolerance, smoothing, queue) = (tolerance?, smoothing?, queue?);
    let (short, long) = (short?, long?);
    let conditions = [
        (tolerance >= 1.0, "tolerance", "`tolerance` is at least 1".to_owned()),
        (smoothing > 0.0 && smoothing <= 1.0, "smoothing", "`smoothing` is above 0 and at most 1".to_owned()),
        (short > 0, "short", "`short` must be positive".to_owned()),
        (long > 0, "long", "`long` must be positive".to_owned()),
    ];
    let is_right = holds(&conditions, table, reader);
    let [initial, min, max] = bounds?;
    let gradient = Gradient { initial, min, max, tolerance, smoothing, queue, short, long };
    is_right.then_some(Rule::Gradient(gradient))
}

/// The first, the lowest and the highest limit.
fn read_bounds(table: &Table, default: [u32; 3], reader: &mut Reader<'_>) -> Option<[u32; 3]> {
    let mut read = |key, default| match table.get(key) {
        Some(node) => reader.count(node).map(bounded),
        None => Some(default),
    };
    let [first, lowest, highest] = default;
    let (min, max, initial) = (read("min", lowest), read("max", highest), read("initial", first));
    let (min, max) = (min?, max?);
    // Where nobody says where to begin, it is within the bounds.
    let initial = if table.get("initial").is_some() { initial? } else { initial?.clamp(min.min(max), max) };
    let wrong = [
        (min > 0, "min", "a limit is at least 1".to_owned()),
        (
            min <= max,
            if table.get("max").is_some() { "max" } else { "min" },
            format!("`min` is {min} and `max` is {max}"),
        ),
        (
            (min..=max).contains(&initial) || min > max,
            "initial",
            format!("a limit that begins at {initial} is not from {min} to {max}"),
        ),
    ];
    holds(&wrong, table, reader).then_some([initial, min, max])
}

fn read_number(table: &Table, key: &str, default: f64, reader: &mut Reader<'_>) -> Option<f64> {
    table.get(key).map_or(Some(default), |node| reader.number(node))
}

/// Whether all of these hold; tells of those that do not, where the key stands.
fn holds(conditions: &[(bool, &str, String)], table: &Table, reader: &mut Reader<'_>) -> bool {
    for (_, key, message) in conditions.iter().filter(|(holds, ..)| !holds) {
        let node = table.get(key).expect("what nobody has written is right");
        reader.error(node.location, message.clone());
    }
    conditions.iter().all(|(holds, ..)| *holds)
}

fn bounded(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
