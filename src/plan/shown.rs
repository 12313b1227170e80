//! Reads `[report]`: what a run tells beyond what it always tells.

use super::declare::Declarations;
use crate::component::Serves;
use crate::scenario::{Diagnostics, Estimates, Key, Node, Reader, Table, Value};

/// What a run tells beyond what it always tells.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Shown {
    /// How many whole requests of each sort are kept and written: the slowest, some that failed, some of all.
    pub traces: usize,
    /// Components whose single instances have rows of their own.
    pub instances: Vec<String>,
}

/// More whole requests than this nobody reads, and each has to be held.
const TRACES_MAX: u64 = 10_000;

/// The keys of `[report]`.
pub(super) const REPORT_KEYS: [Key; 2] = [
    Key {
        name: "traces",
        takes: "COUNT",
        doc: told!(
            "How many whole requests of each sort `run` writes beside its result, as traces.json for Perfetto: the slowest, some that \
              failed, some of all. Default: none."
        ),
    },
    Key {
        name: "instances",
        takes: "true | false | [COMPONENT, ..]",
        doc: told!(
            "The components whose single instances are listed, each with its figures; `true` for all. Default: none in tables; the \
              JSON has those of components with 2 to 64 instances."
        ),
    },
];

impl Shown {
    pub(super) fn read(root: &Table, declarations: &Declarations, diagnostics: &mut Diagnostics) -> Shown {
        let estimates = Estimates::new();
        let mut reader = Reader::new(diagnostics, &estimates);
        let Some(table) = root.get("report").and_then(|node| reader.table(node)) else {
            return Shown::default();
        };
        reader.check_keys(table, "[report]", &Key::names(&REPORT_KEYS));
        let traces = table.get("traces").and_then(|node| {
            let count = reader.count(node)?;
            if count <= TRACES_MAX {
                return Some(count as usize);
            }
            reader.error(node.location, format!("`traces` is at most {TRACES_MAX} of each sort"));
            None
        });
        let instances = table.get("instances").map(|node| read_instances(node, declarations, &mut reader));
        Shown { traces: traces.unwrap_or(0), instances: instances.unwrap_or_default() }
    }
}

fn read_instances(node: &Node, declarations: &Declarations, reader: &mut Reader<'_>) -> Vec<String> {
    let serving = declarations.list.iter().filter(|declaration| declaration.spec.serves != Serves::No);
    let names: Vec<&str> = serving.map(|declaration| declaration.name.as_str()).collect();
    if let Value::Boolean(all) = node.value {
        return if all { names.into_iter().map(str::to_owned).collect() } else { Vec::new() };
    }
    let Some(nodes) = reader.array(node) else { return Vec::new() };
    let mut found = Vec::new();
    for node in nodes {
        let Some(name) = reader.text(node) else { continue };
        if names.contains(&name) {
            found.push(name.to_owned());
        } else {
            let place = " in [report] instances";
            declarations.roster.unknown((name, None), node.location, place, &names, reader.diagnostics);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::{Document, build};
    use crate::scenario::Diagnostics;

    #[test]
    fn what_is_to_be_shown_must_be_there() {
        const SYSTEM: &str = "[scenario]\nduration = \"1 s\"\n[client.c]\narrivals = { even = \"5 /s\" }\nrequest = \"s.go\"\n\
            [server.s]\ninstances = 2\nworkers = 1\n[server.s.on]\ngo = [ { call = \"t.go\" } ]\n[server.t]\nworkers = 1\n[server.t.on]\ngo = []\n";
        for (table, expected) in [
            ("instances = true\ntraces = 5", Ok((5, &["s", "t"][..]))),
            ("instances = false", Ok((0, &[]))),
            ("instances = [\"t\"]", Ok((0, &["t"]))),
            (
                "instances = [\"c\", \"s\"]\ntraces = 10001\ntrace = 1",
                Err(
                    "x:2:14: error: unknown component `c` in [report] instances (did you mean `s`? valid components: s, t)\n\
                     x:3:10: error: `traces` is at most 10000 of each sort\n\
                     x:4:1: error: unknown key `trace` in [report] (did you mean `traces`? valid keys: traces, instances)\n",
                ),
            ),
        ] {
            let text = format!("[report]\n{table}\n{SYSTEM}");
            let mut diagnostics = Diagnostics::new();
            let (sources, document) = Document::parse("x", &text, &[], &mut diagnostics);
            let built = build(&document.expect("it is TOML"), None, &mut diagnostics);
            let shown = built.map(|scenario| (scenario.shown.traces, scenario.shown.instances));
            let errors = diagnostics.lines(&sources);
            match expected {
                Ok((traces, names)) => {
                    let names = names.iter().map(|name| (*name).to_owned()).collect();
                    assert_eq!(shown, Some((traces, names)), "{errors}");
                }
                Err(expected) => assert_eq!(errors, expected),
            }
        }
    }
}
