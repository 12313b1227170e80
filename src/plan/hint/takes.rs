//! What a key takes, found by its path, and an example of it.

use super::super::declare::keys_of;
use super::super::verbs::{STEP_KEYS, VERBS};
use super::super::words::{Is, WORDS, Word};
use super::super::{Body, CONDITIONS, TABLES};
use crate::component::KINDS;
use crate::scenario::{Field, Form, Key, LAWS};

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

/// A key on the way to a value, or the place of an element.
#[derive(Clone, Copy)]
pub(super) enum Step<'t> {
    Key(&'t str),
    Index(usize),
}

/// How a table is begun, where its name, or that of what is in it, is not there.
pub(super) fn header(path: &[Step<'_>]) -> Option<String> {
    let [Step::Key(first), rest @ ..] = path else { return None };
    let by_name = |word: &str| format!("write [{first}.{word}], and its keys below");
    let body = TABLES.iter().find(|table| table.name == *first).map(|table| table.body);
    match (body, rest.len()) {
        (Some(Body::Keys(_) | Body::Values { .. }), 0) => {
            Some(format!("write [{first}], and its keys below"))
        }
        (Some(Body::Named("EDGE", _)), 0 | 1) => Some(by_name("\"A -> B\"")),
        (Some(Body::Named(..) | Body::Faults(_)), 0 | 1) => Some(by_name("NAME")),
        (None, 0 | 1) if KINDS.iter().any(|kind| kind.name == *first) => Some(by_name("NAME")),
        _ => None,
    }
}

/// What stands at the end of a path takes.
pub(super) fn takes(path: &[Step<'_>]) -> Option<Form> {
    let [Step::Key(first), rest @ ..] = path else { return None };
    let Some(table) = TABLES.iter().find(|table| table.name == *first) else {
        let kind = KINDS.iter().find(|kind| kind.name == *first)?;
        return of_keys(&keys_of(kind), rest.get(1..)?);
    };
    match table.body {
        Body::Keys(keys) => of_keys(keys, rest),
        Body::Named(_, keys) => of_keys(keys, rest.get(1..)?),
        Body::Values { takes, keys, .. } => match rest {
            [_] => Form::parse(takes).ok(),
            _ => of_keys(keys, rest.get(1..)?),
        },
        Body::Faults(schedule) => {
            let own = CONDITIONS.iter().map(|condition| Key {
                name: condition.name,
                takes: condition.takes,
                doc: condition.doc,
            });
            let more = CONDITIONS.iter().flat_map(|condition| condition.keys.iter().copied());
            let keys: Vec<Key> = schedule.iter().copied().chain(own).chain(more).collect();
            of_keys(&keys, rest.get(1..)?)
        }
    }
}

/// What stands behind the first step of a path, which is one of these keys.
fn of_keys(keys: &[Key], path: &[Step<'_>]) -> Option<Form> {
    let [Step::Key(name), rest @ ..] = path else { return None };
    let key = keys.iter().find(|key| key.name == *name)?;
    within(&Form::parse(key.takes).ok()?, rest)
}

/// What stands at the end of a path through a form.
fn within(form: &Form, path: &[Step<'_>]) -> Option<Form> {
    let [step, rest @ ..] = path else { return Some(form.clone()) };
    match (form, step) {
        (Form::Table(fields), Step::Key(name)) => {
            let own = fields.iter().find(|field| field.name == *name);
            let field = own.or_else(|| fields.iter().find(|field| field.is_pattern()))?;
            within(&field.form, rest)
        }
        (Form::List(element), Step::Index(_)) => within(element, rest),
        (Form::Tuple(elements), Step::Index(index)) => within(elements.get(*index)?, rest),
        (Form::Any(forms), _) => forms.iter().find_map(|form| within(form, path)),
        (Form::Word(word), _) => within_word(find(word)?, step, rest),
        _ => None,
    }
}

fn within_word(word: &Word, step: &Step<'_>, rest: &[Step<'_>]) -> Option<Form> {
    match (word.is, step) {
        (Is::Form(takes), _) => {
            let path: Vec<Step<'_>> = [*step].into_iter().chain(rest.iter().copied()).collect();
            within(&Form::parse(takes).ok()?, &path)
        }
        (Is::Varying(_), Step::Key(name)) => {
            let law = LAWS.iter().find(|law| law.name == *name)?;
            within(&Form::parse(law.takes).ok()?, rest)
        }
        (Is::Table(keys, _), Step::Key(name)) => {
            let key = keys.iter().find(|key| key.name == *name)?;
            within(&Form::parse(key.takes).ok()?, rest)
        }
        (Is::Steps, Step::Index(_)) => match rest {
            [] => Form::parse("{ work = TIMES }").ok(),
            [Step::Key(name), rest @ ..] => {
                let verb = VERBS.iter().find(|verb| verb.name == *name).map(|verb| verb.takes);
                let key = || STEP_KEYS.iter().find(|key| key.name == *name).map(|key| key.takes);
                let handler = || name.starts_with("on_").then_some("STEPS");
                within(&Form::parse(verb.or_else(key).or_else(handler)?).ok()?, rest)
            }
            _ => None,
        },
        _ => None,
    }
}

pub(super) fn find(word: &str) -> Option<&'static Word> {
    WORDS.iter().find(|known| known.name == word)
}

pub(super) fn is_steps(word: &str) -> bool {
    find(word).is_some_and(|word| matches!(word.is, Is::Steps))
}

pub(super) fn is_word_of_steps(form: &Form) -> bool {
    matches!(form, Form::Word(word) if is_steps(word))
}

/// Whether a form is that of a text.
pub(super) fn is_text(form: &Form) -> bool {
    match form {
        Form::Text(_) => true,
        Form::Word(word) => {
            find(word).is_some_and(|word| matches!(word.is, Is::Text | Is::Pattern(_) | Is::Choice(_)))
        }
        Form::Any(forms) => forms.iter().any(is_text),
        _ => false,
    }
}

/// The forms of which one is enough, words that stand for several forms among them.
pub(super) fn alternatives(form: &Form, found: &mut Vec<Form>) {
    match form {
        Form::Any(forms) => forms.iter().for_each(|form| alternatives(form, found)),
        Form::Word(word) => match find(word).map(|word| word.is) {
            Some(Is::Form(takes)) => {
                if let Ok(form) = Form::parse(takes) {
                    alternatives(&form, found);
                }
            }
            _ => found.push(form.clone()),
        },
        _ => found.push(form.clone()),
    }
}

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
    use super::*;
    use crate::scenario::{Diagnostics, Sources};

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
