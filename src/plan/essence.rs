//! What of a scenario's text its design comes from, so that two of them can be compared.

use super::tables::TABLES;
use crate::component::KINDS;
use crate::mechanism::arrange::Arrange;
use crate::scenario::{Entry, Estimates, Node, Table, Value};
use std::collections::BTreeSet;

/// What of a scenario's text its design comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Essence {
    /// What serves, how it is connected, and what callers do when things go wrong: equal for scenarios that differ in nothing but
    /// who asks, what breaks and what is expected.
    pub design: String,
    /// The estimates that some quantity of a component, a client or the network is computed from.
    pub estimates: BTreeSet<String>,
}

/// The tables besides the kinds that say how a system is made.
const DESIGN: [&str; 2] = ["network", "call"];

/// The essence of a scenario.
pub(super) fn essence(root: &Table, estimates: &Estimates) -> Essence {
    debug_assert!(
        DESIGN.iter().all(|name| TABLES.iter().any(|table| table.name == *name)),
        "they are tables"
    );
    let is_design = |entry: &&Entry| {
        let is_kind = KINDS.iter().any(|kind| kind.name == entry.name && kind.name != "client");
        is_kind || DESIGN.contains(&entry.name.as_str())
    };
    let mut design = String::new();
    let (mut inputs, mut used) = (BTreeSet::new(), BTreeSet::new());
    for entry in sorted(root).into_iter().filter(is_design) {
        inputs.extend(estimates.used_in(&entry.node));
        write_entry(entry, &mut design);
    }
    for entry in root.iter().filter(|entry| entry.name == "client") {
        used.extend(estimates.used_in(&entry.node));
    }
    for name in &inputs {
        let value = estimates.get(name).expect("it is used").value;
        design += &format!("{name} {value:?}\n");
    }
    used.extend(inputs);
    Essence { design, estimates: used.into_iter().map(str::to_owned).collect() }
}

/// The entries of a table, whatever their order in the text.
fn sorted(table: &Table) -> Vec<&Entry> {
    let mut entries: Vec<&Entry> = table.iter().collect();
    entries.arrange_by(|one, other| one.name.cmp(&other.name));
    entries
}

fn write_entry(entry: &Entry, text: &mut String) {
    *text += &format!("{:?}=", entry.name);
    write_value(&entry.node, text);
    text.push('\n');
}

/// A value without the place where it stands.
fn write_value(node: &Node, text: &mut String) {
    match &node.value {
        Value::Table(table) => {
            text.push('{');
            sorted(table).into_iter().for_each(|entry| write_entry(entry, text));
            text.push('}');
        }
        Value::Array(nodes) => {
            text.push('[');
            for node in nodes {
                write_value(node, text);
                text.push(',');
            }
            text.push(']');
        }
        value => *text += &format!("{value:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Document, build};
    use crate::scenario::Diagnostics;

    #[test]
    fn a_design_differs_where_something_that_serves_does() {
        const BASE: &str = "[scenario]\nduration = \"1 s\"\n[estimate]\nrate = \"5 /s\"\nwork = \"1 ms\"\nidle = \"1\"\n\
            [client.c]\narrivals = { even = \"= rate\" }\nrequest = \"s.go\"\n\
            [server.s]\nworkers = 2\n[server.s.on]\ngo = [ { work = \"= work\" } ]\n";
        for (set, differs) in [
            ("{ \"server.s.workers\" = 2 }", false),
            ("{ \"server.s.workers\" = 3 }", true),
            ("{ \"estimate.work\" = \"2 ms\" }", true),
            ("{ \"estimate.rate\" = \"50 /s\" }", false),
            ("{ \"estimate.idle\" = \"2\" }", false),
            ("{ \"client.c.arrivals\" = { even = \"50 /s\" } }", false),
            ("{ \"call.default\" = { timeout = \"1 s\" } }", true),
            ("{ \"network.round_trip\" = { within = \"2 ms\" } }", true),
            ("{ \"fault.f\" = { at = \"0 s\", crash = [\"s\"] } }", false),
            ("{ \"slo.fast\" = \"c.latency.p99 < 1 s\" }", false),
        ] {
            let text = format!("{BASE}[variant.v]\nset = {set}\n");
            let mut diagnostics = Diagnostics::new();
            let (sources, document) = Document::parse("x", &text, &[], &mut diagnostics);
            let document = document.expect("it is TOML");
            let mut essence = |variant| {
                let built = build(&document, variant, &mut diagnostics);
                built.unwrap_or_else(|| panic!("{}", diagnostics.lines(&sources))).essence
            };
            let (base, variant) = (essence(None), essence(Some("v")));
            assert_eq!(base.design != variant.design, differs, "{set}");
            assert_eq!(base.estimates.iter().collect::<Vec<_>>(), ["rate", "work"]);
        }
    }
}
