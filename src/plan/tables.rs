//! The tables of a scenario that are not kinds of components.

use super::document::VARIANT_KEYS;
use super::fault::{CAMPAIGN_KEYS, FAULT_KEYS};
use super::header::{LIMIT_KEYS, SCENARIO_KEYS};
use super::lint::LINT_KEYS;
use super::network::NETWORK_KEYS;
use super::objective::EXPECTATION_KEYS;
use super::policy;
use super::price::PRICE_KEYS;
use super::requirement::REQUIREMENT_KEYS;
use super::shown::REPORT_KEYS;
use crate::scenario::{ESTIMATE_KEYS, Key, SECONDS_PER_DAY};

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
