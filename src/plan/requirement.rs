//! Reads `[requirements]`: what the system is for, each requirement under the name of what answers to it.

use super::symbols::Symbols;
use crate::scenario::{
    Diagnostics, Estimates, Hint, Key, Location, Named, Reader, SECONDS_PER_DAY, Table, Value,
};

/// What is required of a system, before anything is designed.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Requirements {
    /// What it is asked for: operations, as `component.operation`.
    pub functional: Vec<Requirement>,
    /// How well it does that: objectives.
    pub non_functional: Vec<Requirement>,
    /// What is taken for granted: estimates.
    pub assumptions: Vec<Requirement>,
}

/// One of them.
#[derive(Clone, PartialEq, Debug)]
pub struct Requirement {
    /// What of the scenario answers to it.
    pub of: Named,
    /// It, in words.
    pub text: String,
}

/// The keys of `[requirements]`.
pub(super) const REQUIREMENT_KEYS: [Key; 3] = [
    Key {
        name: "functional",
        takes: "{ TARGET = TEXT }",
        doc: told!("What the system is asked for: operations, each with what it is good for in words."),
    },
    Key {
        name: "non_functional",
        takes: "{ NAME = TEXT }",
        doc: told!("How well it does that: objectives of [slo], each with the wish behind it."),
    },
    Key {
        name: "assumptions",
        takes: "{ NAME = TEXT }",
        doc: told!("What is taken for granted: estimates, each with its reason or source."),
    },
];

impl Requirements {
    /// Reads the table; what its names stand for is checked when that is known.
    pub(super) fn read(root: &Table, diagnostics: &mut Diagnostics) -> Requirements {
        let estimates = Estimates::new();
        let mut reader = Reader::new(diagnostics, &estimates);
        let Some(table) = root.get("requirements").and_then(|node| reader.table(node)) else {
            return Requirements::default();
        };
        reader.check_keys(table, "[requirements]", &Key::names(&REQUIREMENT_KEYS));
        let [functional, non_functional, assumptions] =
            REQUIREMENT_KEYS.map(|key| read_list(table, key.name, &mut reader));
        Requirements { functional, non_functional, assumptions }
    }

    /// Reports names of objectives and estimates that the scenario does not have.
    pub(super) fn check_names(&self, root: &Table, diagnostics: &mut Diagnostics) {
        check("objective", &self.non_functional, &names(root, "slo"), diagnostics);
        let estimates = names(root, "estimate").into_iter().filter(|name| *name != SECONDS_PER_DAY.name);
        check("estimate", &self.assumptions, &estimates.collect::<Vec<&str>>(), diagnostics);
    }

    /// Reports operations that no component has.
    pub(super) fn check_operations(&self, symbols: &Symbols<'_>, diagnostics: &mut Diagnostics) {
        for Requirement { of, .. } in &self.functional {
            let Some((component, operation)) = of.name.split_once('.') else {
                diagnostics
                    .error(of.location, format!("`{}` is no operation", of.name))
                    .help("write \"component.operation\", in quotes")
                    .hint(Hint::Operation(of.name.clone()));
                continue;
            };
            match symbols.component(component) {
                None => {
                    symbols.unknown((component, operation), of.location, " in [requirements]", diagnostics)
                }
                Some(_) if symbols.may_offer(component) => {}
                Some(id) if symbols.callee(id, operation).is_none() => {
                    let (names, place) = (symbols.operation_names(id), format!(" of `{component}`"));
                    diagnostics.unknown(of.location, "operation", operation, &place, &names);
                }
                Some(_) => {}
            }
        }
    }
}

fn read_list(table: &Table, key: &str, reader: &mut Reader<'_>) -> Vec<Requirement> {
    let Some(list) = table.get(key).and_then(|node| reader.table(node)) else { return Vec::new() };
    let mut found = Vec::new();
    for entry in list {
        let of = Named { name: entry.name.clone(), location: entry.name_location };
        match &entry.node.value {
            Value::Text(text) if text.trim().is_empty() => {
                reader.error(entry.node.location, format!("`{}` is required, but not in words", of.name));
            }
            Value::Text(text) => found.push(Requirement { of, text: text.clone() }),
            Value::Table(_) => is_unquoted(entry.name_location, &of.name, reader),
            other => {
                let noun = other.noun();
                reader.error(entry.node.location, format!("a requirement is a text, not {noun}"));
            }
        }
    }
    found
}

/// `web.show = ".."` is a table `web` in TOML.
fn is_unquoted(location: Location, name: &str, reader: &mut Reader<'_>) {
    reader
        .error(location, format!("`{name}` is a table here, not a name with a text"))
        .help(format!("a name with a dot stands in quotes: \"{name}.OPERATION\" = \"..\""));
}

fn names<'t>(root: &'t Table, table: &str) -> Vec<&'t str> {
    let Some(Value::Table(table)) = root.get(table).map(|node| &node.value) else { return Vec::new() };
    table.iter().map(|entry| entry.name.as_str()).collect()
}

fn check(kind: &str, list: &[Requirement], known: &[&str], diagnostics: &mut Diagnostics) {
    for Requirement { of, .. } in list.iter().filter(|one| !known.contains(&one.of.name.as_str())) {
        diagnostics.unknown(of.location, kind, &of.name, " in [requirements]", known);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Document, build};
    use crate::scenario::Diagnostics;

    const SYSTEM: &str = "[scenario]\nduration = \"1 s\"\n[estimate]\nseconds_per_day = 100000\nrate = \"5 /s\"\n\
        [client.c]\narrivals = { even = \"= rate\" }\nrequest = \"s.go\"\n[server.s]\nworkers = 1\n[server.s.on]\ngo = []\n\
        [slo]\nfast = \"c.latency.p99 < 1 s\"\n[variant.bare]\nremove = [\"slo.fast\"]\n";

    #[test]
    fn names_must_be_there() {
        for (table, expected) in [
            (
                "functional = { \"s.go\" = \"it goes\" }\nnon_functional = { fast = \"soon\" }\nassumptions = { rate = \"known\" }",
                "",
            ),
            (
                "functional = { \"s.do\" = \"x\", \"t.go\" = \"x\", sgo = \"x\" }",
                "x:2:16: error: unknown operation `do` of `s` (did you mean `go`? valid operations: go)\n\
                 x:2:30: error: unknown component `t` in [requirements] (did you mean `s`? valid components: s)\n\
                 x:2:44: error: `sgo` is no operation (write \"component.operation\", in quotes)\n",
            ),
            (
                "functional.s.go = \"it goes\"",
                "x:2:12: error: `s` is a table here, not a name with a text (a name with a dot stands in quotes: \"s.OPERATION\" = \"..\")\n",
            ),
            (
                "non_functional = { fats = \"soon\" }",
                "x:2:20: error: unknown objective `fats` in [requirements] (did you mean `fast`? valid objectives: fast)\n",
            ),
            (
                "assumptions = { seconds_per_day = \"round\" }",
                "x:2:17: error: unknown estimate `seconds_per_day` in [requirements] (valid estimates: rate)\n",
            ),
            (
                "assumptions = { rate = \" \" }\nnon_functional = { fast = 1 }\nfunctonal = 1",
                "x:2:24: error: `rate` is required, but not in words\n\
                 x:3:27: error: a requirement is a text, not a whole number\n\
                 x:4:1: error: unknown key `functonal` in [requirements] (did you mean `functional`? valid keys: functional, non_functional, assumptions)\n",
            ),
        ] {
            let text = format!("[requirements]\n{table}\n{SYSTEM}");
            let mut diagnostics = Diagnostics::new();
            let (sources, document) = Document::parse("x", &text, &[], &mut diagnostics);
            let document = document.expect("it is TOML");
            build(&document, None, &mut diagnostics);
            assert_eq!(diagnostics.lines(&sources), expected, "{table}");
        }
    }

    /// What is required is required of the scenario; a variant may be without it.
    #[test]
    fn a_variant_may_lack_what_the_base_must_have() {
        let text = format!("[requirements]\nnon_functional = {{ fast = \"soon\" }}\n{SYSTEM}");
        let mut diagnostics = Diagnostics::new();
        let (_, document) = Document::parse("x", &text, &[], &mut diagnostics);
        assert!(build(&document.expect("it is TOML"), Some("bare"), &mut diagnostics).is_some());
    }
}
