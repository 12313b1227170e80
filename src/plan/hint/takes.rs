//! What a key takes, found by its path.

use super::super::declare::keys_of;
use super::super::verbs::{STEP_KEYS, VERBS};
use super::super::words::{Is, WORDS, Word};
use super::super::{Body, CONDITIONS, TABLES};
use super::path::Step;
use crate::component::KINDS;
use crate::scenario::{Form, Key, LAWS};

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
