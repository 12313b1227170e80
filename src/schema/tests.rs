use super::*;
use crate::plan::{Document, build};
use std::collections::{BTreeMap, BTreeSet};

/// Calls something with every schema in a schema.
fn walk(schema: &Value, visit: &mut dyn FnMut(&Value)) {
    visit(schema);
    match schema {
        Value::Object(members) => members.values().for_each(|member| walk(member, visit)),
        Value::Array(elements) => elements.iter().for_each(|element| walk(element, visit)),
        _ => {}
    }
}

/// What is wrong with a scenario.
fn errors(text: &str) -> String {
    let mut diagnostics = Diagnostics::new();
    let (sources, document) = Document::parse("x", text, &[], &mut diagnostics);
    document.and_then(|document| build(&document, None, &mut diagnostics));
    diagnostics.lines(&sources)
}

#[test]
fn everything_that_is_named_is_defined_and_everything_defined_is_named() {
    let schema = schema();
    let mut named = BTreeSet::new();
    walk(&schema, &mut |part| {
        if let Some(Value::String(reference)) = part.get("$ref") {
            named.insert(reference.trim_start_matches("#/$defs/").to_owned());
        }
    });
    let defined: BTreeSet<String> = schema["$defs"].as_object().unwrap().keys().cloned().collect();
    // Names stand for the keys of tables, where no reference can stand.
    let only_names = ["edge", "operation", "pair"].map(str::to_owned);
    assert_eq!(named.union(&BTreeSet::from(only_names)).cloned().collect::<BTreeSet<_>>(), defined);
}

#[test]
fn every_key_has_a_description() {
    let mut count = 0;
    walk(&schema(), &mut |part| {
        for (name, property) in part.get("properties").and_then(Value::as_object).into_iter().flatten() {
            // A table may have a key of this name.
            if part.get("type").is_some() {
                count += 1;
                let doc = property.get("description").and_then(Value::as_str).unwrap_or_default();
                assert!(doc.len() > 10, "{name}: {property}");
            }
        }
    });
    assert!(count > 300, "{count} keys");
}

#[test]
fn laws_take_the_keys_that_they_read() {
    for law in LAWS {
        let fields = |form: &Form| match form {
            Form::Table(fields) => fields.iter().map(|field| field.name.clone()).collect(),
            _ => Vec::new(),
        };
        let names: BTreeSet<String> = match Form::parse(law.takes).unwrap() {
            Form::Any(forms) => forms.iter().flat_map(fields).collect(),
            form => fields(&form).into_iter().collect(),
        };
        let read: BTreeSet<String> = law.keys.iter().map(|key| key.to_string()).collect();
        assert_eq!(names, read, "{}", law.name);
    }
}

#[test]
fn steps_have_no_keys_that_no_verb_has() {
    for key in STEP_KEYS {
        assert!(VERBS.iter().any(|verb| verb.keys.contains(&key.name)), "{}", key.name);
    }
}

/// A value that fits a form.
fn sample(form: &Form) -> String {
    match form {
        Form::Word(word) => {
            let found = WORDS.iter().find(|known| known.name == *word).expect("a word");
            match (found.examples, found.is) {
                ([first, ..], _) => first.to_string(),
                ([], Is::Choice(texts)) => format!("{:?}", texts()[0]),
                _ => panic!("{word} has no example"),
            }
        }
        Form::Text(text) => format!("{text:?}"),
        Form::Boolean(truth) => truth.to_string(),
        Form::List(element) => format!("[{}]", sample(element)),
        Form::Tuple(elements) => format!("[{}]", elements.iter().map(sample).collect::<Vec<_>>().join(", ")),
        Form::Table(fields) => table(fields, "", ""),
        Form::Any(forms) => sample(&forms[0]),
    }
}

/// A table with what is required, and a key with this value.
fn table(fields: &[Field], key: &str, value: &str) -> String {
    let needed = fields.iter().filter(|field| field.is_required && field.name != key && !field.is_pattern());
    let mut pairs: Vec<String> =
        needed.map(|field| format!("{} = {}", field.name, sample(&field.form))).collect();
    if !key.is_empty() {
        pairs.push(format!("{key} = {value}"));
    }
    format!("{{ {} }}", pairs.join(", "))
}

/// Values that end in a table with a key that nobody knows, each with the keys that the table could have.
fn probes(form: &Form, wrap: &dyn Fn(&str) -> String, found: &mut BTreeMap<String, BTreeSet<String>>) {
    match form {
        Form::List(element) => probes(element, &|inner| wrap(&format!("[{inner}]")), found),
        Form::Any(forms) => forms.iter().for_each(|form| probes(form, wrap, found)),
        Form::Table(fields) if fields.iter().all(|field| !field.is_pattern()) => {
            let keys = fields.iter().map(|field| field.name.clone());
            found.entry(wrap("{ zzz = 1 }")).or_default().extend(keys);
            for field in fields {
                let inner = |inner: &str| wrap(&table(fields, &field.name, inner));
                probes(&field.form, &inner, found);
            }
        }
        Form::Word(word) => {
            let known = WORDS.iter().find(|known| known.name == *word).expect("a word");
            if let Is::Form(takes) = known.is {
                probes(&Form::parse(takes).unwrap(), wrap, found);
            }
        }
        _ => {}
    }
}

#[test]
fn tables_within_tables_have_the_keys_that_are_read() {
    // What must stand beside a key so that it is read.
    let beside = |key: &str| match key {
        "early_expiry" => "read_through = \"a.b\"\nttl = \"1 s\"\n",
        "by" => "shards = 2\n",
        "lock" => "store = \"a\"\natomicity = \"locked\"\n",
        "links" | "traps" => "form = \"web\"\n",
        "stabilize" | "cool_down" => "follow = { queue = 1 }\n",
        _ => "",
    };
    let mut tables: Vec<(String, Vec<Key>)> =
        KINDS.iter().map(|kind| (format!("[{}.it]", kind.name), keys_of(kind))).collect();
    for spec in &TABLES {
        match spec.body {
            Body::Keys(keys) => tables.push((format!("[{}]", spec.name), keys.to_vec())),
            Body::Named("EDGE", keys) => tables.push((format!("[{}.default]", spec.name), keys.to_vec())),
            Body::Named(..) | Body::Values { .. } | Body::Faults(_) => {}
        }
    }
    let mut count = 0;
    for (head, keys) in tables {
        for key in keys {
            let mut found = BTreeMap::new();
            probes(&Form::parse(key.takes).unwrap(), &str::to_owned, &mut found);
            for (value, expected) in found {
                let text = format!("{head}\n{}{} = {value}\n", beside(key.name), key.name);
                let errors = errors(&text);
                let line = errors.lines().find(|line| line.contains("unknown key `zzz`"));
                let line = line.unwrap_or_else(|| panic!("{text} gives\n{errors}"));
                let (_, valid) = line.split_once("valid keys: ").expect("the valid keys");
                let valid = valid.trim_end_matches(')').split(", ").map(str::to_owned);
                assert_eq!(valid.collect::<BTreeSet<_>>(), expected, "{text}");
                count += 1;
            }
        }
    }
    assert!(count > 20, "{count} tables");
}

#[test]
fn what_a_plan_refuses_of_itself_the_schema_refuses() {
    let schema = schema();
    let definition = |kind: &str| {
        let named = schema["properties"][kind]["patternProperties"].as_object().unwrap();
        named.values().next().unwrap().clone()
    };
    for key in ["instances", "workers", "cores"] {
        let server = |count: u32| {
            format!("[server.it]\nworkers = 4\n{key} = {count}\non.go = []\n")
                .replace("workers = 4\nworkers", "workers")
        };
        let wrong = format!("`{key}`");
        assert!(errors(&server(0)).contains(&wrong) && !errors(&server(1)).contains(&wrong), "{key}");
        assert!(definition("server")["properties"][key].to_string().contains("#/$defs/positive"), "{key}");
    }
    assert_eq!(schema["$defs"]["positive"]["anyOf"][0], json!({ "type": "integer", "minimum": 1 }));
    let asks = "[client.it]\narrivals = { even = \"1 /s\" }\n";
    let (request, mix) = ("request = \"s.go\"\n", "mix = { \"s.go\" = 1 }\n");
    let needed = "`request`, `mix` and `session`";
    for (keys, is_refused) in
        [(String::new(), true), (request.to_owned(), false), (format!("{request}{mix}"), true)]
    {
        assert_eq!(
            errors(&format!("{asks}{keys}")).contains(needed),
            is_refused,
            "{keys}: {}",
            errors(&format!("{asks}{keys}"))
        );
    }
    let one = json!([{ "required": ["request"] }, { "required": ["mix"] }, { "required": ["session"] }]);
    assert_eq!(definition("client")["oneOf"], one);
}
