//! What errors can add once the whole text is known: an example of what a key takes, the operation that a text leaves out.

mod example;
mod path;
mod takes;

use super::verbs::VERBS;
use super::{Document, names};
use crate::component::KINDS;
use crate::scenario::{
    Calendar, Diagnostics, Dimension, Form, Hint, LAWS, Location, Node, Shape, Sources, Table, Value,
    parse_quantity,
};
use example::{curated, example};
use path::{Step, owner, search, table, texts};
use std::collections::BTreeSet;
use takes::{alternatives, header, is_steps, is_text, is_word_of_steps, takes};

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
        found.into_iter().flatten().any(|entry| {
            let is_here = |place| [entry.name_location, entry.node.location].contains(place);
            meant.iter().any(|(place, meant)| is_here(place) && meant == key)
        })
    };
    diagnostics.resolve(is_there, |location, hint| match hint {
        Hint::Form(shape) => hints.form(location, *shape),
        Hint::Lacking(key) => hints.lacking(location, key),
        Hint::Operation(text) => hints.operation(text),
        Hint::Edge => hints.edge(location),
        Hint::Target => hints.target(location),
        Hint::Count(text) => hints.source(location, text),
    });
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
        let texts = forms.iter().map(|form| match form {
            Form::Text(text) => Some(format!("\"{text}\"")),
            _ => None,
        });
        let texts: Option<Vec<String>> = texts.collect();
        if let (Shape::Other, Some(texts)) = (shape, texts.filter(|texts| texts.len() > 1)) {
            return Some(format!("one of {}", texts.join(", ")));
        }
        let example = example(fitting?)?;
        Some(match (shape, path.last()) {
            (Shape::Other, Some(Step::Key(key))) => format!("as in `{key} = {example}`"),
            _ => format!("as in {example}"),
        })
    }

    /// "as in `factor = 1.5`" for a key that is not there.
    fn lacking(&self, location: Location, key: &str) -> Option<String> {
        let (mut path, node) = self.find(location)?;
        if let ([Step::Key("consumer"), _], "source") = (&path[..], key)
            && let Some(queue) = self.queue_for(node)
        {
            return Some(format!("as in `source = \"{queue}\"`"));
        }
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

    /// "c -> web" for a key of a client or of a step that asks somebody, or of somebody who is asked.
    fn edge(&self, location: Location) -> Option<String> {
        let components = || {
            let kinds = KINDS.iter().filter_map(|kind| self.root.get(kind.name).and_then(table));
            kinds.flat_map(Table::iter)
        };
        let (own, asking) = components().find_map(|one| Some((one, owner(&one.node, location)?)))?;
        if let Some(asked) = asked(asking).or_else(|| asked(table(&own.node)?)) {
            return Some(format!("{} -> {asked}", own.name));
        }
        let caller = components().find(|one| asks(&one.node, &own.name))?;
        Some(format!("{} -> {}", caller.name, own.name))
    }

    /// "web.show" for a key that names `web`.
    fn target(&self, location: Location) -> Option<String> {
        let tables = self.root.iter().find_map(|entry| owner(&entry.node, location))?;
        let entry = tables.iter().find(|entry| entry.name_location == location)?;
        let named = match &entry.node.value {
            Value::Array(nodes) => &nodes.first()?.value,
            value => value,
        };
        let Value::Text(named) = named else { return None };
        match named.contains('.') {
            true => Some(named.clone()),
            false => self.operations(named).first().map(|operation| format!("{named}.{operation}")),
        }
    }

    /// The queue that a consumer may be meant to take from: the one that its table names elsewhere, or else the first.
    fn queue_for(&self, consumer: &Node) -> Option<&str> {
        let queues = table(self.root.get("queue")?)?;
        let named = table(consumer).and_then(|own| match &own.get("queue")?.value {
            Value::Text(text) => queues.iter().find(|queue| queue.name == *text),
            _ => None,
        });
        named.or_else(|| queues.iter().next()).map(|queue| queue.name.as_str())
    }

    /// "write `source = "mail"`" for a consumer that names its queue where its own waiting room is bounded.
    fn source(&self, location: Location, text: &str) -> Option<String> {
        let (path, _) = self.find(location)?;
        let [Step::Key("consumer"), _, Step::Key("queue")] = path[..] else { return None };
        table(self.root.get("queue")?)?.get(text)?;
        Some(format!("write `source = \"{text}\"`: `queue` is how many may wait"))
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
        let offered = self.operations(name);
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

    /// What a component offers, as far as its text and those of its targets say it: sorted.
    fn operations(&self, name: &str) -> Vec<String> {
        let mut found = BTreeSet::new();
        let (mut open, mut seen) = (vec![name], BTreeSet::new());
        while let Some(name) = open.pop() {
            if !seen.insert(name) {
                continue;
            }
            for kind in KINDS {
                let all = self.root.get(kind.name).and_then(table);
                let Some(own) = all.and_then(|all| all.get(name)) else { continue };
                found.extend(kind.operations.iter().map(|operation| operation.name.to_owned()));
                let Some(own) = table(own) else { continue };
                let handlers = own.get("on").and_then(table).into_iter().flatten();
                found.extend(handlers.map(|entry| entry.name.clone()));
                found.extend(texts(own, "operations").map(str::to_owned));
                open.extend(texts(own, "targets"));
            }
        }
        found.into_iter().collect()
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

/// Whom a client or a step asks.
fn asked(table: &Table) -> Option<&str> {
    let asked = ["request", "call", "send"].iter().find_map(|key| table.get(key))?;
    let Value::Text(asked) = &asked.value else { return None };
    asked.split_once('.').map(|(callee, _)| callee)
}

/// Whether somebody asks another one, by a request, a step or as his target.
fn asks(node: &Node, name: &str) -> bool {
    match &node.value {
        Value::Table(own) => {
            asked(own) == Some(name)
                || texts(own, "targets").any(|target| target == name)
                || own.iter().any(|entry| asks(&entry.node, name))
        }
        Value::Array(elements) => elements.iter().any(|element| asks(element, name)),
        _ => false,
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
