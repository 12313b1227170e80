//! The JSON Schema of scenarios, with which editors complete and check them: made of the lists from which they are read.
//!
//! It knows the form of values; what they mean together is found by reading the scenario. Keys say what they take in a
//! [notation](Form::parse) that people read in `windtunnel list`, and whose [`WORDS`] stand for the values of the language.

pub use crate::plan::words::{WORDS, Word};
pub use crate::scenario::{Field, Form};

use crate::component::{KINDS, ONE_OF, Spec};
use crate::plan::declare::keys_of;
use crate::plan::verbs::{STEP_KEYS, VERBS, Verb};
use crate::plan::words::{self, Is, PARTS, Whole};
use crate::plan::{Body, CONDITIONS, TABLES, TableSpec};
use crate::scenario::{Diagnostics, Gives, Key, LAWS, LawSpec, Node, Sources, Value as Toml, parse};
use serde_json::{Map, Value, json};

/// The schema, in draft 2020-12.
pub fn schema() -> Value {
    let tables = TABLES.iter().map(|table| (table.name, of_table(table)));
    let kinds = KINDS.iter().map(|kind| (kind.name, of_kind(kind)));
    let mut all = required(object(tables.chain(kinds).collect()), &["scenario"]);
    all["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    all["title"] = json!("windtunnel scenario");
    all["description"] = json!("A system architecture to simulate: see `windtunnel list`.");
    all["$defs"] = Value::Object(definitions());
    all
}

/// A table with these keys and no others.
fn object(properties: Vec<(&str, Value)>) -> Value {
    let properties: Map<String, Value> =
        properties.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    json!({ "type": "object", "properties": properties, "additionalProperties": false })
}

/// A table with values of one kind under names that match a word.
fn by_name(word: &str, value: Value) -> Value {
    json!({ "type": "object", "patternProperties": { names(word): value }, "additionalProperties": false })
}

fn of_kind(kind: &Spec) -> Value {
    let article = if kind.name.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    let doc = format!("[{}.NAME] is {article} {}. {}", kind.name, kind.name.replace('_', " "), kind.doc);
    let mut table = described(of_keys(&keys_of(kind)), kind.doc);
    for (_, keys) in ONE_OF.iter().filter(|(name, _)| *name == kind.name) {
        table["oneOf"] = keys.iter().map(|key| json!({ "required": [key] })).collect();
    }
    described(by_name("NAME", table), &doc)
}

fn of_table(table: &TableSpec) -> Value {
    let value = match table.body {
        Body::Keys(keys) => of_keys(keys),
        Body::Named(word, keys) => by_name(word, described(of_keys(keys), table.doc)),
        Body::Values { takes, keys, own } => {
            let long = required(of_keys(keys), &[keys[0].name]);
            let mut value =
                by_name("NAME", described(json!({ "anyOf": [of_text(takes, ""), long] }), table.doc));
            value["properties"] = of_keys(own)["properties"].take();
            value
        }
        Body::Faults(schedule) => {
            by_name("NAME", described(json!({ "oneOf": conditions(schedule) }), table.doc))
        }
    };
    described(value, table.doc)
}

/// A table for each condition, with the keys of its schedule.
fn conditions(schedule: &[Key]) -> Vec<Value> {
    let of = |condition: &crate::plan::ConditionSpec| {
        let own = Key { name: condition.name, takes: condition.takes, doc: condition.doc };
        let keys: Vec<Key> = schedule.iter().chain([&own]).chain(condition.keys).copied().collect();
        let table = required(of_keys(&keys), &[condition.name]);
        described(table, condition.doc)
    };
    CONDITIONS.iter().map(of).collect()
}

fn of_keys(keys: &[Key]) -> Value {
    object(keys.iter().map(|key| (key.name, of_key(key))).collect())
}

fn of_key(key: &Key) -> Value {
    described(of_text(key.takes, key.doc), key.doc)
}

/// What a form says in the notation, with what is said of it.
fn of_text(takes: &str, doc: &str) -> Value {
    let form = Form::parse(takes).unwrap_or_else(|wrong| panic!("{wrong}"));
    of_form(&form, &Setting { value: None, doc })
}

/// What a law is of.
#[derive(Clone, Copy)]
struct Values<'a> {
    /// The definition of one that is always the same.
    fixed: &'a str,
    /// The definition of one that may vary.
    varying: &'a str,
}

/// Where a form stands.
struct Setting<'a> {
    /// The definitions for which VALUE and VALUES stand.
    value: Option<Values<'a>>,
    /// What is said of it: also the description of the keys of its tables.
    doc: &'a str,
}

fn of_form(form: &Form, setting: &Setting<'_>) -> Value {
    match form {
        Form::Word(word) => match (word.as_str(), setting.value) {
            ("VALUE", Some(value)) => reference(value.fixed),
            ("VALUES", Some(value)) => reference(value.varying),
            _ => reference(word),
        },
        Form::Text(text) => json!({ "const": text }),
        Form::Boolean(truth) => json!({ "const": truth }),
        Form::List(element) => json!({ "type": "array", "items": of_form(element, setting) }),
        Form::Tuple(elements) => {
            let items: Vec<Value> = elements.iter().map(|element| of_form(element, setting)).collect();
            let count = items.len();
            json!({ "type": "array", "prefixItems": items, "minItems": count, "maxItems": count })
        }
        Form::Table(fields) => of_fields(fields, setting),
        Form::Any(forms) => of_any(forms, setting),
    }
}

fn of_fields(fields: &[Field], setting: &Setting<'_>) -> Value {
    let value = |field: &Field| described(of_form(&field.form, setting), setting.doc);
    let (patterns, keys): (Vec<&Field>, Vec<&Field>) = fields.iter().partition(|field| field.is_pattern());
    let mut table = object(keys.iter().map(|field| (field.name.as_str(), value(field))).collect());
    for field in &patterns {
        table["patternProperties"][names(&field.name)] = value(field);
    }
    let needed: Vec<&str> =
        keys.iter().filter(|field| field.is_required).map(|field| field.name.as_str()).collect();
    if needed.is_empty() { table } else { required(table, &needed) }
}

/// One of several forms. Tables exclude each other by their keys; words may share expressions.
fn of_any(forms: &[Form], setting: &Setting<'_>) -> Value {
    let constants: Vec<Value> = forms
        .iter()
        .filter_map(|form| match form {
            Form::Text(text) => Some(json!(text)),
            Form::Boolean(truth) => Some(json!(truth)),
            _ => None,
        })
        .collect();
    let is_constant = |form: &&Form| matches!(form, Form::Text(_) | Form::Boolean(_));
    let mut choices: Vec<Value> = match &constants[..] {
        [] => Vec::new(),
        _ => vec![json!({ "enum": constants })],
    };
    choices.extend(forms.iter().filter(|form| !is_constant(form)).map(|form| of_form(form, setting)));
    let is_table = |form: &Form| matches!(form, Form::Table(_));
    match choices.len() {
        1 => choices.remove(0),
        _ if forms.iter().all(is_table) => json!({ "oneOf": choices }),
        _ => json!({ "anyOf": choices }),
    }
}

/// What the words stand for.
fn definitions() -> Map<String, Value> {
    let words = WORDS.iter().filter(|word| !matches!(word.is, Is::Value));
    let mut all: Map<String, Value> = words.map(|word| (definition(word.name), of_word(word))).collect();
    let step = json!({ "oneOf": VERBS.iter().map(of_verb).collect::<Vec<Value>>() });
    all.insert("step".to_owned(), described(step, "A step: a table with one verb."));
    all
}

fn of_word(word: &Word) -> Value {
    let mut value = match word.is {
        // Language servers that are strict take a table without this for an empty one.
        Is::Anything => json!({ "additionalProperties": true }),
        Is::Value => unreachable!("it stands for another word"),
        Is::Text => json!({ "type": "string" }),
        Is::Pattern(text) => json!({ "type": "string", "pattern": pattern(text) }),
        Is::Quantity(text) => json!({ "type": "string", "pattern": quantity(text) }),
        Is::Number(whole, text) => {
            let number = match whole {
                Whole::Any => json!({ "type": "number" }),
                Whole::Count => json!({ "type": "integer", "minimum": 0 }),
                Whole::Positive => json!({ "type": "integer", "minimum": 1 }),
                Whole::Share => json!({ "type": "number", "minimum": 0, "maximum": 1 }),
            };
            json!({ "anyOf": [number, { "type": "string", "pattern": quantity(text) }] })
        }
        Is::Choice(texts) => json!({ "enum": texts() }),
        Is::Form(takes) => of_text(takes, word.doc),
        Is::Table(keys, needed) => required(of_keys(keys), &[needed]),
        Is::Varying(of) => {
            // A count is rounded: its laws have any numbers.
            let (value, gives_counts) = if of == "COUNT" { ("NUMBER", true) } else { (of, false) };
            let fits = |law: &&LawSpec| gives_counts || law.gives == Gives::Anything;
            let values = Values { fixed: value, varying: word.name };
            let laws: Vec<Value> = LAWS.iter().filter(fits).map(|law| of_law(law, values)).collect();
            json!({ "anyOf": [reference(of), { "oneOf": laws }] })
        }
        Is::Steps => json!({ "type": "array", "items": reference("step") }),
    };
    if !word.examples.is_empty() {
        value["examples"] = word.examples.iter().map(|example| json_of(example)).collect();
    }
    described(value, word.doc)
}

fn of_law(law: &LawSpec, value: Values<'_>) -> Value {
    let form = Form::parse(law.takes).unwrap_or_else(|wrong| panic!("`{}`: {wrong}", law.name));
    let taken = described(of_form(&form, &Setting { value: Some(value), doc: law.doc }), law.doc);
    described(required(object(vec![(law.name, taken)]), &[law.name]), law.doc)
}

fn of_verb(verb: &Verb) -> Value {
    let own = Key { name: verb.name, takes: verb.takes, doc: verb.doc };
    let find = |name: &&str| {
        let found = STEP_KEYS.iter().find(|key| key.name == *name);
        *found.unwrap_or_else(|| panic!("`{name}` of `{}` is not in STEP_KEYS", verb.name))
    };
    let keys: Vec<Key> = [own].into_iter().chain(verb.keys.iter().map(find)).collect();
    let mut table = required(of_keys(&keys), &[verb.name]);
    if verb.name == "call" {
        let handler = |doc: &str| described(reference("STEPS"), doc);
        for word in words::handled() {
            let doc = format!("What is done after the outcome `{}`. {}", word.word, word.doc.trim());
            table["properties"][format!("on_{}", word.word)] = handler(&doc);
        }
        table["properties"]["on_error"] = handler("What is done after every failure that is not named.");
        table["patternProperties"] =
            json!({ "^on_[a-z][a-z0-9_]*$": handler("What is done after this outcome.") });
    }
    described(table, verb.doc)
}

fn described(mut value: Value, doc: &str) -> Value {
    if !doc.is_empty() {
        value["description"] = json!(doc);
    }
    value
}

fn required(mut table: Value, keys: &[&str]) -> Value {
    table["required"] = json!(keys);
    table
}

/// The name of a word's definition.
fn definition(word: &str) -> String {
    word.to_lowercase()
}

fn reference(word: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{}", definition(word)) })
}

/// The pattern of a word for names.
fn names(word: &str) -> String {
    let found = WORDS.iter().find(|known| known.name == word);
    match found.map(|word| word.is) {
        Some(Is::Pattern(text)) => pattern(text),
        Some(Is::Text) => ".".to_owned(),
        _ => panic!("`{word}` is no word for names"),
    }
}

fn pattern(text: &str) -> String {
    format!("^{}$", PARTS.iter().fold(text.to_owned(), |text, (part, meaning)| text.replace(part, meaning)))
}

/// A quantity may be written as an expression.
fn quantity(text: &str) -> String {
    pattern(&format!(r"\s*(=[\s\S]*|{text})\s*"))
}

/// A value that is written in TOML.
fn json_of(toml: &str) -> Value {
    let (mut sources, mut diagnostics) = (Sources::new(), Diagnostics::new());
    let root = parse(&mut sources, "example", &format!("example = {toml}"), &mut diagnostics);
    value_of(root.as_ref().and_then(|root| root.get("example")).expect("examples are TOML"))
}

fn value_of(node: &Node) -> Value {
    match &node.value {
        Toml::Text(text) | Toml::Datetime(text) => json!(text),
        Toml::Integer(number) => json!(number),
        Toml::Float(number) => json!(number),
        Toml::Boolean(truth) => json!(truth),
        Toml::Array(elements) => elements.iter().map(value_of).collect(),
        Toml::Table(table) => {
            Value::Object(table.iter().map(|entry| (entry.name.clone(), value_of(&entry.node))).collect())
        }
    }
}

#[cfg(test)]
mod tests;
