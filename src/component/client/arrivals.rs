//! When the requests of a client come, as a scenario writes it.

use super::ClientSource;
use crate::distribution::Distribution;
use crate::scenario::{Entry, Named, Node, Reader, Table, Value, format_count, format_rate};
use crate::workload::{Herd, OpenArrivals, Profile};

/// The laws, each with the key that may or must stand beside it.
const LAWS: [(&str, &str); 7] = [
    ("poisson", "profile"),
    ("even", "profile"),
    ("bursty", "profile"),
    ("batch", "profile"),
    ("batches", ""),
    ("users", "think"),
    ("trace", ""),
];

/// The keys that are no law.
const BESIDE: [&str; 2] = ["profile", "think"];

const POINTS: &str = "as in [[\"0 s\", 1.0], [\"60 s\", 5.0]]";

/// What a constructor of arrivals gives.
type Made = Result<OpenArrivals, String>;

/// The highest rate \[1/s\]: a thousand arrivals in a nanosecond.
const RATE_MAX: f64 = 1e12;

/// The most users of a closed loop, and the most requests that arrive at once.
const CROWD_MAX: u64 = 10_000_000;

/// What `arrivals` says.
pub(super) fn source(reader: &mut Reader<'_>, node: &Node, client: &str) -> Option<ClientSource> {
    let Value::Table(table) = &node.value else {
        let message = format!("a table is needed here, not {}", node.value.noun());
        reader.error(node.location, message).help("as in { poisson = \"100 /s\" }");
        return None;
    };
    let law = only_law(reader, table, client)?;
    match law.name.as_str() {
        "users" => return closed(reader, table, &law.node),
        "trace" => return trace(reader, &law.node),
        _ => {}
    }
    let made = match law.name.as_str() {
        "batches" => OpenArrivals::herds(herds(reader, &law.node)?),
        "bursty" => bursty(reader, table, &law.node)?,
        "batch" => batch(reader, table, &law.node)?,
        name => {
            let rate = rate(reader, &law.node);
            let profile = profile(reader, table, rate);
            let make = if name == "even" { OpenArrivals::even } else { OpenArrivals::poisson };
            make(rate?, profile?)
        }
    };
    reader.accept(&law.node, made).map(ClientSource::Open)
}

/// The one law of a table.
fn only_law<'n>(reader: &mut Reader<'_>, table: &'n Table, client: &str) -> Option<&'n Entry> {
    let names = LAWS.map(|(name, _)| name);
    let keys = [&names[..], &BESIDE].concat();
    reader.check_keys(table, "`arrivals`", &keys);
    let mut laws = table.iter().filter(|entry| names.contains(&entry.name.as_str()));
    let Some(law) = laws.next() else {
        if table.iter().all(|entry| keys.contains(&entry.name.as_str())) {
            let help = format!("valid laws: {}", names.join(", "));
            reader.error(table.location, "arrivals need a law").help(help);
        }
        return None;
    };
    if let Some(second) = laws.next() {
        let message = format!("arrivals have one law, not `{}` and `{}`", law.name, second.name);
        let error = reader.error(second.name_location, message);
        if let Some(help) = table.way_out(&format!("client.{client}.arrivals"), &law.name) {
            error.help(help);
        }
        return None;
    }
    for entry in BESIDE.iter().filter_map(|key| table.entry(key)) {
        let hosts: Vec<&str> =
            LAWS.iter().filter(|(_, beside)| *beside == entry.name).map(|&(name, _)| name).collect();
        if !hosts.contains(&law.name.as_str()) {
            reader
                .error(entry.name_location, format!("`{}` does not go with `{}`", entry.name, law.name))
                .help(format!("it goes with {}", hosts.join(", ")));
        }
    }
    Some(law)
}

fn closed(reader: &mut Reader<'_>, table: &Table, node: &Node) -> Option<ClientSource> {
    let users = crowd(reader, node);
    let think = reader.required(table, "think", "`users`")?;
    let (time, think_text) = (reader.duration(think), reader.source_text(think));
    Some(ClientSource::Closed { users: users? as u32, think: time?, think_text })
}

/// The file itself is read when it is known what it may ask for.
fn trace(reader: &mut Reader<'_>, node: &Node) -> Option<ClientSource> {
    let path = reader.text(node)?.to_owned();
    Some(ClientSource::Trace(Named { name: path, location: node.location }))
}

fn herds(reader: &mut Reader<'_>, node: &Node) -> Option<Vec<Herd>> {
    let elements = reader.array(node)?;
    if elements.is_empty() {
        reader.error(node.location, "`batches` needs at least one batch");
    }
    // All are read before the first wrong one ends it, so that each error is reported.
    let herds: Vec<Option<Herd>> = elements.iter().map(|element| herd(reader, element)).collect();
    herds.into_iter().collect()
}

fn herd(reader: &mut Reader<'_>, node: &Node) -> Option<Herd> {
    let table = reader.table(node)?;
    reader.check_keys(table, "`batches`", &["at", "count", "every"]);
    let at = reader.required(table, "at", "`batches`").and_then(|node| reader.signed_seconds(node));
    let count = reader.required(table, "count", "`batches`").and_then(|node| crowd(reader, node));
    let every = match table.get("every") {
        Some(node) => reader.time(node).map(|span| Some(span.seconds())),
        None => Some(None),
    };
    Some(Herd { at: at?, count: count?, every: every? })
}

fn batch(reader: &mut Reader<'_>, arrivals: &Table, node: &Node) -> Option<Made> {
    let table = reader.table(node)?;
    reader.check_keys(table, "`batch`", &["rate", "size"]);
    let rate = reader.required(table, "rate", "`batch`").and_then(|node| rate(reader, node));
    let size = reader.required(table, "size", "`batch`").and_then(|node| batch_size(reader, node));
    let profile = profile(reader, arrivals, rate);
    Some(OpenArrivals::batch(rate?, size?, profile?))
}

fn batch_size(reader: &mut Reader<'_>, node: &Node) -> Option<Distribution> {
    let size = reader.counts(node)?;
    let found = match size.mean() {
        Some(mean) if mean <= CROWD_MAX as f64 => return Some(size),
        Some(mean) => format!("this is {}", format_count(mean)),
        None => "this has none".to_owned(),
    };
    reader.error(node.location, format!("a batch has a mean size of at most 10 M, {found}"));
    None
}

fn bursty(reader: &mut Reader<'_>, arrivals: &Table, node: &Node) -> Option<Made> {
    let table = reader.table(node)?;
    reader.check_keys(table, "`bursty`", &["rates", "stay"]);
    let rates = reader.required(table, "rates", "`bursty`").and_then(|node| numbers(reader, node, rate));
    let seconds = |reader: &mut Reader<'_>, node: &Node| reader.time(node).map(|span| span.seconds());
    let stay = reader.required(table, "stay", "`bursty`").and_then(|node| numbers(reader, node, seconds));
    let highest = rates.as_ref().map(|rates| rates.iter().copied().fold(0.0, f64::max));
    let profile = profile(reader, arrivals, highest);
    Some(OpenArrivals::bursty(rates?, stay?, profile?))
}

/// The numbers of an array, every wrong one reported.
fn numbers(
    reader: &mut Reader<'_>,
    node: &Node,
    read: impl Fn(&mut Reader<'_>, &Node) -> Option<f64>,
) -> Option<Vec<f64>> {
    let numbers: Vec<Option<f64>> = reader.array(node)?.iter().map(|element| read(reader, element)).collect();
    numbers.into_iter().collect()
}

/// A rate \[1/s\] within the limit.
fn rate(reader: &mut Reader<'_>, node: &Node) -> Option<f64> {
    let rate = reader.rate(node)?;
    check_rate(reader, node, rate).then_some(rate)
}

fn check_rate(reader: &mut Reader<'_>, node: &Node, rate: f64) -> bool {
    let is_within = rate <= RATE_MAX;
    if !is_within {
        let message = format!("a rate of arrivals is at most 10^12 /s, this is {}", format_rate(rate));
        reader.error(node.location, message);
    }
    is_within
}

/// How many users there are, or how many requests arrive at once.
fn crowd(reader: &mut Reader<'_>, node: &Node) -> Option<u64> {
    let count = reader.count(node)?;
    if (1..=CROWD_MAX).contains(&count) {
        return Some(count);
    }
    reader.error(node.location, format!("a whole number from 1 to 10 M is needed here, this is {count}"));
    None
}

/// The profile that stands beside a law whose highest rate \[1/s\] is given, if that could be read.
fn profile(reader: &mut Reader<'_>, arrivals: &Table, rate: Option<f64>) -> Option<Profile> {
    let Some(node) = arrivals.get("profile") else { return Some(Profile::FLAT) };
    let rate = rate.unwrap_or(0.0);
    let elements = match &node.value {
        Value::Text(_) => {
            reader.choice(node, &["diurnal"])?;
            // At noon it is twice the mean.
            return check_rate(reader, node, 2.0 * rate).then_some(Profile::DIURNAL);
        }
        Value::Array(elements) => elements,
        other => {
            let message = format!("\"diurnal\" or an array of points is needed here, not {}", other.noun());
            reader.error(node.location, message).help(POINTS);
            return None;
        }
    };
    let points: Vec<Option<(f64, f64)>> =
        elements.iter().map(|element| point(reader, element, rate)).collect();
    let points = points.into_iter().collect::<Option<Vec<_>>>()?;
    reader.accept(node, Profile::linear(&points))
}

/// A time \[s\] and the factor there.
fn point(reader: &mut Reader<'_>, node: &Node, rate: f64) -> Option<(f64, f64)> {
    let Value::Array(elements) = &node.value else {
        let message = format!("a point of a profile is [time, factor], not {}", node.value.noun());
        reader.error(node.location, message).help(POINTS);
        return None;
    };
    let [time, factor] = elements.as_slice() else {
        let message = format!("a point of a profile is [time, factor], this has {} elements", elements.len());
        reader.error(node.location, message).help(POINTS);
        return None;
    };
    let (time, number) = (reader.signed_seconds(time), reader.number(factor));
    let (time, number) = (time?, number?);
    check_rate(reader, factor, number * rate).then_some((time, number))
}
