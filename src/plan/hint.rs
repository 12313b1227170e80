//! What errors can add once the whole text is known: an example of what a key takes, the operation that a text leaves out.

use super::declare::keys_of;
use super::verbs::{STEP_KEYS, VERBS};
use super::words::{Is, WORDS, Word};
use super::{Body, CONDITIONS, Document, TABLES, names};
use crate::component::KINDS;
use crate::scenario::{
    Calendar, Diagnostics, Dimension, Field, Form, Hint, Key, LAWS, Location, Node, Shape, Sources, Table,
    Value, parse_quantity,
};

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

/// Gives all errors that wait for one their hint; what cannot be hinted at stays as it is.
pub(super) fn give(document: &Document, variant: Option<&str>, diagnostics: &mut Diagnostics) {
    if !diagnostics.has_errors() {
        return;
    }
    let unheard = &mut Diagnostics::new();
    let Some(root) = document.tables(variant, unheard).or_else(|| document.tables(None, unheard)) else {
        return;
    };
    let hints = Hints { root: &root, sources: &document.sources };
    let is_there = |location, key: &str, meant: &[(Location, String)]| {
        let found = hints.find(location).and_then(|(_, node)| table(node));
        found
            .into_iter()
            .flatten()
            .any(|entry| meant.iter().any(|(place, meant)| *place == entry.name_location && meant == key))
    };
    diagnostics.resolve(is_there, |location, hint| match hint {
        Hint::Form(shape) => hints.form(location, *shape),
        Hint::Lacking(key) => hints.lacking(location, key),
        Hint::Operation(text) => hints.operation(text),
    });
}

/// A key on the way to a value, or the place of an element.
#[derive(Clone, Copy)]
enum Step<'t> {
    Key(&'t str),
    Index(usize),
}

struct Hints<'a> {
    root: &'a Table,
    sources: &'a Sources,
}

impl Hints<'_> {
    /// "as in { attempts = 3 }" for a value of the wrong form.
    fn form(&self, location: Location, shape: Shape) -> Option<String> {
        let (path, node) = self.find(location)?;
        if let Some(header) = header(&path) {
            return Some(header);
        }
        let form = takes(&path)?;
        let mut forms = Vec::new();
        alternatives(&form, &mut forms);
        let element = forms.iter().find_map(|form| match form {
            Form::List(element) => Some(Some(element.as_ref())),
            Form::Word(word) => is_steps(word).then_some(None),
            _ => None,
        });
        if let (Shape::Array, Some(element), Some(written)) = (shape, element, self.written(node)) {
            let is_one = match (&node.value, element) {
                (Value::Table(step), None) => VERBS.iter().any(|verb| step.get(verb.name).is_some()),
                (Value::Text(_), Some(element)) => is_text(element),
                _ => false,
            };
            if is_one {
                let space = if element.is_none() { " " } else { "" };
                return Some(format!("in brackets: [{space}{written}{space}]"));
            }
        }
        if let Value::Text(text) = &node.value
            && let Some(step) = step_of(text)
        {
            match (shape, element) {
                (Shape::Array, Some(None)) => return Some(format!("as in [ {step} ]")),
                (Shape::Table, _) if is_step(&path) => return Some(format!("as in {step}")),
                _ => {}
            }
        }
        if let Some(example) = curated(&path) {
            return Some(format!("as in {example}"));
        }
        let fitting = forms.iter().find(|form| match shape {
            Shape::Table => matches!(form, Form::Table(_)),
            Shape::Array => matches!(form, Form::List(_) | Form::Tuple(_)) || is_word_of_steps(form),
            Shape::Other => true,
        });
        let example = example(fitting?)?;
        Some(match (shape, path.last()) {
            (Shape::Other, Some(Step::Key(key))) => format!("as in `{key} = {example}`"),
            _ => format!("as in {example}"),
        })
    }

    /// "as in `factor = 1.5`" for a key that is not there.
    fn lacking(&self, location: Location, key: &str) -> Option<String> {
        let (mut path, _) = self.find(location)?;
        let law = path
            .last()
            .and_then(|last| LAWS.iter().find(|law| matches!(last, Step::Key(name) if law.name == *name)));
        path.push(Step::Key(key));
        let example = match curated(&path) {
            Some(example) => Some(example.to_owned()),
            None => takes(&path).and_then(|form| example(&form)),
        };
        match (example, law) {
            (Some(example), _) => Some(format!("as in `{key} = {example}`")),
            (None, law) => law.map(|law| format!("as in {}", law.example)),
        }
    }

    /// "did you mean "lb.get"?" for a text that names a component without its operation.
    fn operation(&self, text: &str) -> Option<String> {
        let parts: Vec<&str> =
            text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').collect();
        let (name, asked) = match parts[..] {
            [name] => (name, None),
            [name, operation] => (name, Some(operation)),
            _ => return None,
        };
        let offered = self.operations(name, 0);
        let meant: Vec<String> = match asked.filter(|asked| offered.iter().any(|known| known == asked)) {
            Some(asked) => vec![asked.to_owned()],
            None => offered,
        };
        match &meant[..] {
            [] => None,
            [one] => Some(format!("did you mean \"{name}.{one}\"?")),
            several => {
                let targets: Vec<String> = several.iter().map(|one| format!("\"{name}.{one}\"")).collect();
                Some(format!("one of {}", targets.join(", ")))
            }
        }
    }

    /// What a component offers, as far as its text says it: sorted.
    fn operations(&self, name: &str, depth: usize) -> Vec<String> {
        /// Balancers stand in front of balancers, perhaps in a circle.
        const DEPTH_MAX: usize = 8;
        let mut found = Vec::new();
        for kind in KINDS {
            let Some(own) = self.root.get(kind.name).and_then(table).and_then(|all| all.get(name)) else {
                continue;
            };
            found.extend(kind.operations.iter().map(|operation| operation.name.to_owned()));
            let Some(own) = table(own) else { continue };
            let handlers = own.get("on").and_then(table).into_iter().flatten();
            found.extend(handlers.map(|entry| entry.name.clone()));
            found.extend(texts(own, "operations").map(str::to_owned));
            if depth < DEPTH_MAX {
                found.extend(texts(own, "targets").flat_map(|target| self.operations(target, depth + 1)));
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The way to the value that stands at a location, and the value; of several the innermost.
    fn find(&self, location: Location) -> Option<(Vec<Step<'_>>, &Node)> {
        let mut path = Vec::new();
        let node = self.root.iter().find_map(|entry| {
            path.clear();
            path.push(Step::Key(&entry.name));
            search(&entry.node, location, &mut path)
        });
        node.map(|node| (path, node))
    }

    /// A value as it is written, if it is short.
    fn written(&self, node: &Node) -> Option<&str> {
        /// A line of a message holds it.
        const LENGTH_MAX: usize = 60;
        let written = self.sources.slice(node.location);
        (written.len() <= LENGTH_MAX && !written.contains('\n')).then_some(written)
    }
}

fn table(node: &Node) -> Option<&Table> {
    match &node.value {
        Value::Table(table) => Some(table),
        _ => None,
    }
}

/// The texts of an array under a key.
fn texts<'t>(table: &'t Table, key: &str) -> impl Iterator<Item = &'t str> {
    let elements = match table.get(key).map(|node| &node.value) {
        Some(Value::Array(elements)) => elements.as_slice(),
        _ => &[],
    };
    elements.iter().filter_map(|element| match &element.value {
        Value::Text(text) => Some(text.as_str()),
        _ => None,
    })
}

fn search<'t>(node: &'t Node, location: Location, path: &mut Vec<Step<'t>>) -> Option<&'t Node> {
    let is_here = node.location == location;
    // An array of tables stands where the first of them stands, and it is the array that is meant.
    if is_here && matches!(node.value, Value::Array(_)) {
        return Some(node);
    }
    let mut deeper = |child: &'t Node, step| {
        path.push(step);
        let found = search(child, location, path);
        if found.is_none() {
            path.pop();
        }
        found
    };
    let inner = match &node.value {
        Value::Table(table) => table.iter().find_map(|entry| deeper(&entry.node, Step::Key(&entry.name))),
        Value::Array(elements) => {
            elements.iter().enumerate().find_map(|(index, element)| deeper(element, Step::Index(index)))
        }
        _ => None,
    };
    inner.or_else(|| is_here.then_some(node))
}

/// How a table is begun, where its name, or that of what is in it, is not there.
fn header(path: &[Step<'_>]) -> Option<String> {
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
fn takes(path: &[Step<'_>]) -> Option<Form> {
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

/// Whether a path leads to a step of a handler.
fn is_step(path: &[Step<'_>]) -> bool {
    let [list @ .., Step::Index(_)] = path else { return false };
    takes(list).is_some_and(|form| is_word_of_steps(&form))
}

/// The step that a text may mean: "work 10 ms", "db.read", "10 ms".
fn step_of(text: &str) -> Option<String> {
    let text = text.trim();
    if let Some((first, rest)) = text.split_once(' ')
        && VERBS.iter().any(|verb| verb.name == first)
    {
        return Some(format!("{{ {first} = \"{}\" }}", rest.trim()));
    }
    let is_target = text
        .split_once('.')
        .is_some_and(|(name, operation)| names::is_word(name) && names::is_word(operation));
    let is_time =
        || parse_quantity(text, Calendar::default()).is_ok_and(|one| one.dimension == Dimension::TIME);
    match is_target {
        true => Some(format!("{{ call = \"{text}\" }}")),
        false => is_time().then(|| format!("{{ work = \"{text}\" }}")),
    }
}

fn find(word: &str) -> Option<&'static Word> {
    WORDS.iter().find(|known| known.name == word)
}

fn is_steps(word: &str) -> bool {
    find(word).is_some_and(|word| matches!(word.is, Is::Steps))
}

fn is_word_of_steps(form: &Form) -> bool {
    matches!(form, Form::Word(word) if is_steps(word))
}

/// Whether a form is that of a text.
fn is_text(form: &Form) -> bool {
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
fn alternatives(form: &Form, found: &mut Vec<Form>) {
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

fn curated(path: &[Step<'_>]) -> Option<&'static str> {
    let [Step::Key(first), .., Step::Key(last)] = path else { return None };
    let is_it = |one: &&(&str, &str, &str)| one.0 == *first && one.1 == *last;
    EXAMPLES.iter().find(is_it).map(|(_, _, example)| *example)
}

/// A value of a form, as TOML writes it: without what may be left out.
fn example(form: &Form) -> Option<String> {
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
