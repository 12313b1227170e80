//! The tables of a scenario that are not kinds of components, and what is said of a table that is neither.

use super::document::{VARIANT_KEYS, first_path};
use super::fault::{CAMPAIGN_KEYS, FAULT_KEYS};
use super::header::{LIMIT_KEYS, SCENARIO_KEYS};
use super::lint::LINT_KEYS;
use super::names;
use super::network::NETWORK_KEYS;
use super::objective::EXPECTATION_KEYS;
use super::policy;
use super::price::PRICE_KEYS;
use super::requirement::REQUIREMENT_KEYS;
use super::shown::REPORT_KEYS;
use crate::component::{KINDS, Spec};
use crate::scenario::{Diagnostics, ESTIMATE_KEYS, Entry, Key, SECONDS_PER_DAY, Table, Value, suggest};

/// A table of a scenario.
#[derive(Clone, Copy, Debug)]
pub struct TableSpec {
    /// Its name.
    pub name: &'static str,
    /// What it is for.
    pub doc: &'static str,
    /// What stands in it.
    pub body: Body,
}

/// What stands in a table.
#[derive(Clone, Copy, Debug)]
pub enum Body {
    /// These keys.
    Keys(&'static [Key]),
    /// Tables with these keys, each under a name of the form that the word says.
    Named(&'static str, &'static [Key]),
    /// Values of a form under names; a table with keys says more of one of them.
    Values {
        /// The form of a value.
        takes: &'static str,
        /// The keys of a table in its place.
        keys: &'static [Key],
        /// Keys that are no names.
        own: &'static [Key],
    },
    /// Tables under names, each with one of the [conditions](super::CONDITIONS) and these keys for its time.
    Faults(&'static [Key]),
}

/// All of them, in the order in which messages list them.
pub const TABLES: [TableSpec; 14] = [
    TableSpec {
        name: "scenario",
        doc: told!("What the scenario is called, how long it runs, and where its randomness comes from."),
        body: Body::Keys(&SCENARIO_KEYS),
    },
    TableSpec {
        name: "requirements",
        doc: told!("What the system is for, each requirement under the name of what answers to it."),
        body: Body::Keys(&REQUIREMENT_KEYS),
    },
    TableSpec {
        name: "estimate",
        doc: told!(
            "The back of the envelope: named formulas, which quantities elsewhere may use behind `=`."
        ),
        body: Body::Values { takes: "FORMULA", keys: &ESTIMATE_KEYS, own: &[SECONDS_PER_DAY] },
    },
    TableSpec {
        name: "network",
        doc: told!("The places where instances stand, and what lies between them."),
        body: Body::Keys(&NETWORK_KEYS),
    },
    TableSpec {
        name: "limits",
        doc: told!("Where a run stops before its time."),
        body: Body::Keys(&LIMIT_KEYS),
    },
    TableSpec {
        name: "call",
        doc: told!(
            "What a caller does when things go wrong: [call.\"A -> B\"], [call.\"A -> B.operation\"], either side `*`, or \
              [call.default]. The most specific table wins, key by key."
        ),
        body: Body::Named("EDGE", &policy::KEYS),
    },
    TableSpec {
        name: "fault",
        doc: told!(
            "What befalls instances and links at a given time. Its name is a window of expectations: `during NAME`."
        ),
        body: Body::Faults(&FAULT_KEYS),
    },
    TableSpec {
        name: "campaign",
        doc: told!("What befalls instances again and again, at random."),
        body: Body::Faults(&CAMPAIGN_KEYS),
    },
    TableSpec {
        name: "slo",
        doc: told!("What is wanted of what was run: objectives by name."),
        body: Body::Values { takes: "EXPECTATION", keys: &EXPECTATION_KEYS, own: &[] },
    },
    TableSpec {
        name: "claim",
        doc: told!("What the scenario teaches, over the variants that it names: `METRIC @ VARIANT`."),
        body: Body::Values { takes: "EXPECTATION", keys: &EXPECTATION_KEYS, own: &[] },
    },
    TableSpec {
        name: "variant",
        doc: told!("The same scenario with something changed."),
        body: Body::Named("NAME", &VARIANT_KEYS),
    },
    TableSpec {
        name: "price",
        doc: told!("What the components of a kind, and bytes between places, cost."),
        body: Body::Keys(&PRICE_KEYS),
    },
    TableSpec {
        name: "report",
        doc: told!("What a run tells beyond what it always tells."),
        body: Body::Keys(&REPORT_KEYS),
    },
    TableSpec {
        name: "lint",
        doc: told!("Which lints the scenario does not want."),
        body: Body::Keys(&LINT_KEYS),
    },
];

/// Reports tables that there are not.
pub(super) fn check(root: &Table, diagnostics: &mut Diagnostics) {
    let choices: Vec<&str> =
        TABLES.iter().map(|table| table.name).chain(KINDS.iter().map(|kind| kind.name)).collect();
    for entry in root.iter() {
        if !choices.contains(&entry.name.as_str()) {
            let error = diagnostics.unknown(entry.name_location, "table", &entry.name, "", &choices).cause();
            if let Some(meant) = meant_component(entry, root) {
                error.help(format!("did you mean {meant}?"));
            } else if let Some(header) = meant_header(entry, &choices) {
                error.help(format!("did you mean {header}? valid tables: {}", choices.join(", ")));
            }
        }
    }
}

/// What a table may stand for that has the name of a component: `server.app.instances` for `app.instances`.
fn meant_component(entry: &Entry, root: &Table) -> Option<String> {
    let has_it = |kind: &&Spec| match root.get(kind.name).map(|node| &node.value) {
        Some(Value::Table(tables)) => tables.get(&entry.name).is_some(),
        _ => false,
    };
    let kind = KINDS.iter().find(has_it)?.name;
    match &entry.node.value {
        Value::Table(table) if table.is_made() => Some(format!("`{kind}.{}`", first_path(entry)?)),
        _ => Some(format!("[{kind}.{}]", entry.name)),
    }
}

/// The header that a table with an unknown name may stand for: `[server.app]` for `[service.app]`.
fn meant_header(entry: &Entry, choices: &[&str]) -> Option<String> {
    let Value::Table(inner) = &entry.node.value else { return None };
    let first = inner.iter().find(|inner| matches!(inner.node.value, Value::Table(_)))?;
    if first.name.contains("->") {
        return Some(format!("[call.\"{}\"]", first.name));
    }
    let near = suggest(&entry.name, choices.iter().copied())?;
    let takes_names = TABLES
        .iter()
        .all(|table| table.name != near || matches!(table.body, Body::Named("NAME", _) | Body::Faults(_)));
    (takes_names && names::is_word(&first.name)).then(|| format!("[{near}.{}]", first.name))
}
