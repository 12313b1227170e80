//! Examples of what a key takes: those that are written out for it, or one that is made of its form.

use super::super::words::Is;
use super::path::Step;
use super::takes::find;
use crate::scenario::{Field, Form};

/// Examples that say more than those that are made of what a key takes: the table, the key, wherever it is in it, the value.
const EXAMPLES: [(&str, &str, &str); 16] = [
    ("call", "retry", "{ attempts = 3, backoff = { doubling = \"50 ms\", cap = \"1 s\" } }"),
    ("call", "backoff", "{ doubling = \"50 ms\", cap = \"1 s\" }"),
    ("call", "attempts", "3"),
    ("call", "breaker", "{ failures = 5, open = \"5 s\" }"),
    ("call", "hedge", "{ after = \"p95\" }"),
    ("balancer", "health", "{ every = \"1 s\", failures = 3 }"),
    ("database", "failover", "{ detect = \"5 s\", promote = \"5 s\" }"),
    ("network", "round_trip", "{ within = \"0.5 ms\", \"us-a <-> eu-a\" = \"80 ms\" }"),
    ("campaign", "mttf", "{ exponential = \"30 day\" }"),
    ("campaign", "mttr", "{ exponential = \"5 min\" }"),
    ("fault", "at", "\"30 s\""),
    ("fault", "for", "\"30 s\""),
    ("fault", "factor", "5"),
    ("client", "think", "\"1 s\""),
    ("client", "mix", "{ \"web.show\" = 9, \"web.save\" = 1 }"),
    ("client", "request", "\"web.show\""),
];

pub(super) fn curated(path: &[Step<'_>]) -> Option<&'static str> {
    let [Step::Key(first), .., Step::Key(last)] = path else { return None };
    let is_it = |one: &&(&str, &str, &str)| one.0 == *first && one.1 == *last;
    EXAMPLES.iter().find(is_it).map(|(_, _, example)| *example)
}

/// A value of a form, as TOML writes it: without what may be left out.
pub(super) fn example(form: &Form) -> Option<String> {
    match form {
        Form::Word(word) => {
            let word = find(word)?;
            if word.name == "TIME" {
                // Closer to most of what a table says than what the reference shows first.
                return Some("\"1 s\"".to_owned());
            }
            let first = word.examples.first().map(|example| (*example).to_owned());
            first.or_else(|| match word.is {
                Is::Steps => Some("[ { work = \"5 ms\" } ]".to_owned()),
                Is::Choice(texts) => texts().first().map(|text| format!("\"{text}\"")),
                Is::Form(takes) => example(&Form::parse(takes).ok()?),
                _ => None,
            })
        }
        Form::Text(text) => Some(format!("\"{text}\"")),
        Form::Boolean(truth) => Some(truth.to_string()),
        Form::List(element) => Some(format!("[{}]", example(element)?)),
        Form::Tuple(elements) => {
            let elements: Vec<String> = elements.iter().map(example).collect::<Option<_>>()?;
            Some(format!("[{}]", elements.join(", ")))
        }
        Form::Table(fields) => {
            let mut shown: Vec<&Field> = fields.iter().filter(|field| field.is_required).collect();
            if shown.is_empty() {
                shown.extend(fields.first());
            }
            let entry = |field: &&Field| {
                let key = if field.is_pattern() { key_of(&field.name)? } else { field.name.clone() };
                Some(format!("{key} = {}", example(&field.form)?))
            };
            let entries: Vec<String> = shown.iter().map(entry).collect::<Option<_>>()?;
            Some(format!("{{ {} }}", entries.join(", ")))
        }
        Form::Any(forms) => forms.iter().find_map(example),
    }
}

/// A key of the form of a word: quoted only if it must be.
fn key_of(word: &str) -> Option<String> {
    let quoted = find(word)?.examples.first()?;
    let bare = quoted.trim_matches('"');
    let is_bare = bare.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-'));
    Some(if is_bare { bare.to_owned() } else { (*quoted).to_owned() })
}

#[cfg(test)]
mod tests {
    use super::super::super::declare::keys_of;
    use super::super::super::{Body, CONDITIONS, TABLES};
    use super::*;
    use crate::component::KINDS;
    use crate::scenario::{Diagnostics, Key, Sources};

    /// All keys of the language, with the tables in which they stand.
    fn keys() -> Vec<(&'static str, Key)> {
        let of_tables = TABLES.iter().flat_map(|table| {
            let keys = match table.body {
                Body::Keys(keys) | Body::Named(_, keys) | Body::Values { keys, .. } | Body::Faults(keys) => {
                    keys
                }
            };
            keys.iter().map(|key| (table.name, *key))
        });
        let of_kinds = KINDS.iter().flat_map(|kind| keys_of(kind).into_iter().map(|key| (kind.name, key)));
        let of_faults =
            CONDITIONS.iter().flat_map(|condition| condition.keys.iter().map(|key| ("fault", *key)));
        of_tables.chain(of_kinds).chain(of_faults).collect()
    }

    fn reads(toml: &str) -> bool {
        let (mut sources, mut diagnostics) = (Sources::new(), Diagnostics::new());
        crate::scenario::parse(&mut sources, "x", toml, &mut diagnostics).is_some()
            && !diagnostics.has_errors()
    }

    #[test]
    fn every_key_has_an_example() {
        for (table, key) in keys() {
            let example = example(&Form::parse(key.takes).unwrap());
            // A value of a variant may be anything.
            let Some(example) = example.or((key.takes == "{ PATH = ANY }").then(|| "{}".to_owned())) else {
                panic!("[{table}] {}: {}", key.name, key.takes);
            };
            assert!(reads(&format!("{} = {example}", key.name)), "[{table}] {}: {example}", key.name);
        }
    }

    #[test]
    fn examples_that_are_written_out_are_of_keys_that_exist() {
        let keys = keys();
        for (table, key, example) in EXAMPLES {
            assert!(reads(&format!("{key} = {example}")), "{example}");
            let takes = |known: &&(&str, Key)| {
                known.0 == table && (known.1.name == key || known.1.takes.contains(key))
            };
            assert!(keys.iter().any(|known| takes(&known)), "[{table}] {key}");
        }
    }
}
