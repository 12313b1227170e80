//! Reads `[fault.NAME]` and `[campaign.NAME]`: what befalls whom, and when.

mod condition;
mod deploy;
mod links;
mod select;
#[cfg(test)]
mod tests;
mod text;

pub(super) use condition::FACTOR_MAX;
pub use condition::{CONDITIONS, ConditionSpec};
pub use text::describe_fault;

use super::declare::Declarations;
use super::header::Header;
use super::network::Network;
use super::objective::FaultSpan;
use crate::component::Key;
use crate::distribution::Distribution;
use crate::fault::{Condition, Fault, Schedule};
use crate::mechanism::arrange::Arrange;
use crate::scenario::{Diagnostics, Entry, Estimates, Location, Node, Reader, Table, format_duration};
use crate::units::{SECOND, Time};
use condition::{Terms, list, nanoseconds};
use select::Population;
use std::collections::BTreeSet;

/// When a fault begins and ends.
pub const FAULT_KEYS: [Key; 3] = [
    Key {
        name: "at",
        takes: "TIME",
        doc: told!("when it begins, counted from the end of the warm-up, negative within it; required"),
    },
    Key { name: "for", takes: "TIME", doc: told!("how long it lasts; to the end of the run by default") },
    Key { name: "until", takes: "TIME", doc: told!("when it ends, instead of `for`") },
];

/// When the faults of a campaign begin and end; every instance that it selects has a clock of its own.
pub const CAMPAIGN_KEYS: [Key; 2] = [
    Key {
        name: "mttf",
        takes: "TIMES",
        doc: told!("how long all is well, usually a distribution; required"),
    },
    Key {
        name: "mttr",
        takes: "TIMES",
        doc: told!("how long a failure lasts, usually a distribution; required"),
    },
];

/// Reads both tables. Without a header nothing is known of the length of the run.
pub(super) fn read_all(
    root: &Table,
    header: Option<&Header>,
    declarations: &Declarations,
    network: &Network,
    reader: &mut Reader<'_>,
) -> Vec<Fault> {
    let population = Population::new(declarations, network);
    let mut faults = Vec::new();
    let mut once: BTreeSet<&str> = BTreeSet::new();
    for kind in [Kind::Fault, Kind::Campaign] {
        let Some(tables) = root.get(kind.word()).and_then(|node| reader.table(node)) else { continue };
        for entry in tables.iter() {
            super::names::check_fault(&entry.name, entry.name_location, reader.diagnostics);
            if kind == Kind::Fault {
                once.insert(&entry.name);
            } else if once.contains(entry.name.as_str()) {
                reader.error(entry.name_location, format!("`{}` is already the name of a fault", entry.name));
            }
            faults.extend(read_one(entry, kind, header, &population, reader));
        }
    }
    faults.arrange_by(|left, right| left.name.cmp(&right.name));
    faults
}

/// When the faults of a scenario begin and end, for expectations: also where nothing else of a fault can be read.
pub(super) fn spans(root: &Table, header: &Header, estimates: &Estimates) -> Vec<FaultSpan> {
    // What is wrong is reported by whoever reads all of it.
    let mut diagnostics = Diagnostics::new();
    let mut reader = Reader::new(&mut diagnostics, estimates);
    let mut spans = Vec::new();
    for kind in [Kind::Fault, Kind::Campaign] {
        let Some(tables) = root.get(kind.word()).and_then(|node| reader.table(node)) else { continue };
        for entry in tables.iter() {
            let Some(table) = reader.table(&entry.node) else { continue };
            let span = match kind {
                Kind::Fault => match once(table, "", Some(header), &mut reader) {
                    Some(Schedule::Once { from, until }) => Some([from, until]),
                    _ => continue,
                },
                Kind::Campaign => None,
            };
            spans.push(FaultSpan { name: entry.name.clone(), span });
        }
    }
    spans
}

/// Which of the two tables.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Fault,
    Campaign,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Kind::Fault => "fault",
            Kind::Campaign => "campaign",
        }
    }

    /// The keys of its schedule.
    fn keys(self) -> &'static [Key] {
        match self {
            Kind::Fault => &FAULT_KEYS,
            Kind::Campaign => &CAMPAIGN_KEYS,
        }
    }

    fn other(self) -> Kind {
        match self {
            Kind::Fault => Kind::Campaign,
            Kind::Campaign => Kind::Fault,
        }
    }
}

fn read_one(
    entry: &Entry,
    kind: Kind,
    header: Option<&Header>,
    population: &Population<'_>,
    reader: &mut Reader<'_>,
) -> Option<Fault> {
    let context = format!("[{}.{}]", kind.word(), entry.name);
    let table = reader.table(&entry.node)?;
    let schedule = match kind {
        Kind::Fault => once(table, &context, header, reader),
        Kind::Campaign => campaign(table, &context, reader),
    };
    let spec = the_condition(table, kind, &context, entry.name_location, reader)?;
    let node = table.get(spec.name).expect("the key of the condition is there");
    let condition: Option<Condition> =
        (spec.read)(&mut Terms { reader, population, kind, table, context: &context, word: spec.name, node });
    Some(Fault {
        name: entry.name.clone(),
        schedule: schedule?,
        condition: condition?,
        word: spec.name,
        targets: text::targets(node),
    })
}

/// The condition of a table; reports the keys that do not go with it.
fn the_condition(
    table: &Table,
    kind: Kind,
    context: &str,
    location: Location,
    reader: &mut Reader<'_>,
) -> Option<&'static ConditionSpec> {
    let found: Vec<(&'static ConditionSpec, &Entry)> =
        CONDITIONS.iter().filter_map(|spec| Some((spec, table.entry(spec.name)?))).collect();
    let conditions = CONDITIONS.map(|spec| spec.name);
    let own: Vec<&str> = found.iter().flat_map(|(spec, _)| spec.keys).map(|key| key.name).collect();
    let known: Vec<&str> =
        kind.keys().iter().map(|key| key.name).chain(conditions).chain(own.iter().copied()).collect();
    let mut is_misspelt = false;
    for entry in table.iter().filter(|entry| !known.contains(&entry.name.as_str())) {
        is_misspelt |= report_key(entry, kind, context, &known, reader) == Stray::Unknown;
    }
    match found[..] {
        [(spec, _)] => return Some(spec),
        // A key that nobody knows may have been meant as the condition.
        [] if is_misspelt => {}
        [] => {
            let message = format!("{context} has no condition");
            reader.error(location, message).help(format!("one of {}", list(&conditions)));
        }
        [(first, _), (second, entry), ..] => {
            let message = format!("{context} has one condition, not `{}` and `{}`", first.name, second.name);
            reader.error(entry.name_location, message).help("two faults may last equally long");
        }
    }
    None
}

/// A key that does not belong into a table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stray {
    /// It belongs elsewhere.
    Known,
    /// Nobody has it.
    Unknown,
}

/// Reports a key that does not belong into a table.
fn report_key(entry: &Entry, kind: Kind, context: &str, known: &[&str], reader: &mut Reader<'_>) -> Stray {
    let name = entry.name.as_str();
    let has = |keys: &[Key]| keys.iter().any(|key| key.name == name);
    let owners: Vec<&str> = CONDITIONS.iter().filter(|spec| has(spec.keys)).map(|spec| spec.name).collect();
    let message = if has(kind.other().keys()) {
        format!("`{name}` means something only in [{}.NAME]", kind.other().word())
    } else if owners.is_empty() {
        let place = format!(" in {context}");
        reader.diagnostics.unknown(entry.name_location, "key", name, &place, known);
        return Stray::Unknown;
    } else {
        format!("`{name}` means something only with {}", list(&owners).replace(" and ", " or "))
    };
    reader.error(entry.name_location, message);
    Stray::Known
}

fn once(table: &Table, context: &str, header: Option<&Header>, reader: &mut Reader<'_>) -> Option<Schedule> {
    let at = reader.required(table, "at", context).and_then(|node| {
        let at = instant(node, header, reader)?;
        let header = header?;
        if at >= Time(0) + header.warm_up + header.duration {
            let end = format_duration(header.duration.seconds());
            reader
                .error(node.location, "the run ends before this fault begins")
                .help(format!("it ends at {end}"));
            return None;
        }
        Some(at)
    });
    if let (Some(_), Some(until)) = (table.get("for"), table.entry("until")) {
        reader.error(until.name_location, format!("{context} has `for` or `until`, not both"));
        return None;
    }
    if let Some(node) = table.get("for") {
        let length = reader.time(node)?;
        if length.0 == 0 {
            reader.error(node.location, "`for` must be positive");
            return None;
        }
        return at.map(|from| Schedule::Once { from, until: from + length });
    }
    let Some(node) = table.get("until") else {
        return at.map(|from| Schedule::Once { from, until: Time::NEVER });
    };
    let until = instant(node, header, reader)?;
    let from = at?;
    if until <= from {
        reader.error(node.location, "this fault ends before it begins");
        return None;
    }
    Some(Schedule::Once { from, until })
}

/// An instant on the clock of the file, as one on the clock of the run.
fn instant(node: &Node, header: Option<&Header>, reader: &mut Reader<'_>) -> Option<Time> {
    let at = nanoseconds(reader.signed_seconds(node)?);
    let warm_up = header?.warm_up;
    let instant = warm_up.0.checked_add_signed(at);
    if instant.is_none() {
        let begin = match warm_up.0 {
            0 => "there is no warm-up: it begins at 0 s".to_owned(),
            _ => format!("it begins at -{}, with the warm-up", format_duration(warm_up.seconds())),
        };
        reader.error(node.location, "this is before the run begins").help(begin);
    }
    instant.map(Time)
}

fn campaign(table: &Table, context: &str, reader: &mut Reader<'_>) -> Option<Schedule> {
    let to_failure = time_above_zero(table, "mttf", context, reader);
    let to_repair = time_above_zero(table, "mttr", context, reader);
    Some(Schedule::Campaign { to_failure: to_failure?, to_repair: to_repair? })
}

/// A time that may vary \[ns\], not always 0.
pub(super) fn time_above_zero(
    table: &Table,
    key: &str,
    context: &str,
    reader: &mut Reader<'_>,
) -> Option<Distribution> {
    let node = reader.required(table, key, context)?;
    let law = reader.duration(node)?;
    if law.mean() == Some(0.0) {
        reader.error(node.location, format!("`{key}` must be positive"));
        return None;
    }
    Some(law.scaled(SECOND as f64))
}
