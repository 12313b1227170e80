//! Compiles handlers: a list of steps as TOML becomes a run of [`Step`]s.

use super::call::SiteNote;
use super::marks::MarkNote;
use super::policy;
use super::program::{
    Amount, Choice, Fork, FunctionPlan, MarkPlan, MarkSite, Sequence, Site, Step, Template,
};
use super::symbols::Symbols;
use super::verbs::{VERBS, Verb};
use crate::component::Work;
use crate::outcome;
use crate::scenario::{Dimension, Entry, Node, Reader, Table, Value};
use crate::units::{ComponentId, OperationId, OutcomeId, Span, StepId};
use std::collections::BTreeSet;

/// Deeper nesting of blocks is refused.
const NESTING_MAX: usize = 32;

/// Where the steps being compiled stand.
#[derive(Clone, Debug)]
pub struct Place {
    /// Who runs them.
    pub component: ComponentId,
    /// Whose they are.
    pub role: Role,
    /// Their path in the scenario: the name of their draws.
    pub path: String,
    /// Frames that the blocks around them hold.
    pub frames: usize,
    /// Blocks around them.
    pub nesting: usize,
    /// Whether they are run on every visit, as opposed to on some.
    pub certain: bool,
}

/// Who runs steps.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// The handler of an operation.
    Handler,
    /// A client's session.
    Session,
    /// Something that an instance does by itself.
    Own,
}

/// Collects the parts of a plan.
pub struct Compiler<'n> {
    /// Steps so far.
    pub steps: Vec<Step>,
    /// Amounts so far.
    pub amounts: Vec<Amount>,
    /// Call sites so far.
    pub sites: Vec<Site>,
    /// One for each of `sites`.
    pub notes: Vec<SiteNote>,
    /// Forks so far.
    pub forks: Vec<Fork>,
    /// Choices so far.
    pub choices: Vec<Choice>,
    /// Lists so far.
    pub sequences: Vec<Sequence>,
    /// What components can be asked.
    pub functions: Vec<FunctionPlan>,
    /// By what that which visitors of each component bring falls into lanes.
    pub lanes: Vec<Option<Template>>,
    /// Marks so far.
    pub marks: Vec<MarkPlan>,
    /// Steps `mark` so far.
    pub mark_sites: Vec<MarkSite>,
    /// One for each of `mark_sites`.
    pub mark_notes: Vec<MarkNote>,
    /// Constant delays so far.
    pub delays: Vec<Span>,
    /// Outcomes so far.
    pub outcomes: Vec<String>,
    /// Operations so far.
    pub operations: Vec<String>,
    /// The most frames that blocks hold at once, for the handler being compiled.
    pub frames_max: usize,
    /// Whether a handler that is being compiled answers early.
    pub answers: bool,
    /// Whether any step says something of a value, or looks at one.
    pub uses_values: bool,
    /// The entry being compiled.
    pub entry: Option<usize>,
    /// Whether steps within a `for_each` are being compiled.
    pub in_each: bool,
    /// The components whose handlers may have several works going at once.
    pub works_side_by_side: BTreeSet<ComponentId>,
    pub(super) names: &'n Symbols<'n>,
}

impl<'n> Compiler<'n> {
    /// Nothing compiled yet; outcomes and operations are known from the start, so that their ids do not depend on the order
    /// of the file.
    pub(super) fn new(
        names: &'n Symbols<'n>,
        outcomes: Vec<String>,
        operations: Vec<String>,
    ) -> Compiler<'n> {
        Compiler {
            steps: Vec::new(),
            amounts: Vec::new(),
            sites: Vec::new(),
            notes: Vec::new(),
            forks: Vec::new(),
            choices: Vec::new(),
            sequences: Vec::new(),
            functions: super::operands::functions(names),
            lanes: Vec::new(),
            marks: Vec::new(),
            mark_sites: Vec::new(),
            mark_notes: Vec::new(),
            delays: Vec::new(),
            outcomes,
            operations,
            frames_max: 0,
            answers: false,
            uses_values: false,
            entry: None,
            in_each: false,
            works_side_by_side: BTreeSet::new(),
            names,
        }
    }

    /// The next step's id.
    pub fn here(&self) -> StepId {
        StepId(self.steps.len() as u32)
    }

    /// The lane of a constant delay.
    pub fn lane(&mut self, span: Span) -> u32 {
        let index = self.delays.iter().position(|delay| *delay == span).unwrap_or_else(|| {
            self.delays.push(span);
            self.delays.len() - 1
        });
        index as u32
    }

    /// The id of an outcome.
    pub fn outcome(&mut self, word: &str) -> OutcomeId {
        OutcomeId(position_or_push(&mut self.outcomes, word))
    }

    /// The id of an operation.
    pub fn operation(&mut self, name: &str) -> OperationId {
        OperationId(position_or_push(&mut self.operations, name))
    }

    /// The service time of a kind.
    pub fn service(&mut self, work: &Work, path: &str) {
        let time = self.duration(&work.time, &format!("{path}.{}", work.key), work.text.clone());
        self.steps.push(Step::Work(time));
    }

    /// Compiles a list of steps.
    pub fn handler(&mut self, node: &Node, place: &Place, reader: &mut Reader<'_>) {
        let Some(steps) = reader.array(node) else { return };
        if place.nesting > NESTING_MAX {
            reader.error(node.location, format!("steps are nested deeper than {NESTING_MAX}"));
            return;
        }
        self.block(steps, place, reader);
    }

    /// Compiles steps, one after the other.
    pub fn block(&mut self, steps: &[Node], place: &Place, reader: &mut Reader<'_>) {
        self.frames_max = self.frames_max.max(place.frames);
        for (index, step) in steps.iter().enumerate() {
            let place = Place { path: format!("{}[{index}]", place.path), ..place.clone() };
            self.step(step, &place, reader);
        }
    }

    fn step(&mut self, node: &Node, place: &Place, reader: &mut Reader<'_>) {
        let Some(table) = reader.table(node) else { return };
        let Some(verb) = only_verb(node, table, place, reader) else { return };
        self.check_step_keys(table, verb, place, reader);
        let value = table.get(verb.name).expect("the verb was found");
        match verb.name {
            "work" | "wait" => self.timed(verb.name, value, place, reader),
            "call" => self.call(value, table, place, reader),
            "send" => self.send(value, table, place, reader),
            "all" | "any" => self.branches(verb.name, value, table, place, reader),
            "repeat" => self.repeat(value, table, place, reader),
            "for_each" => self.for_each(value, table, place, reader),
            "choose" => self.choose(value, place, reader),
            "mark" => self.mark(value, table, place, reader),
            "answer" | "return" | "fail" => self.end(verb.name, value, place, reader),
            other => unreachable!("{other} is in the list of verbs"),
        }
    }

    fn check_step_keys(&self, table: &Table, verb: &Verb, place: &Place, reader: &mut Reader<'_>) {
        for entry in table.iter() {
            let known = entry.name == verb.name
                || verb.keys.contains(&entry.name.as_str())
                || verb.name == "call" && entry.name.starts_with("on_");
            if !known {
                let mut choices: Vec<&str> = verb.keys.to_vec();
                if verb.name == "call" {
                    choices.push("on_OUTCOME");
                    choices.push("on_error");
                }
                let context = format!(" in a step `{}`", verb.name);
                let error =
                    reader.diagnostics.unknown(entry.name_location, "key", &entry.name, &context, &choices);
                if let ("call" | "send", Some(Value::Text(target))) =
                    (verb.name, table.get(verb.name).map(|node| &node.value))
                    && policy::is_key(&entry.name)
                {
                    error.help(policy::belongs_to_edge(self.names.name(place.component), target));
                }
            }
        }
    }

    fn timed(&mut self, verb: &str, value: &Node, place: &Place, reader: &mut Reader<'_>) {
        let path = format!("{}.{verb}", place.path);
        let Some(time) = self.read_amount(value, Dimension::TIME, &path, reader) else { return };
        self.steps.push(if verb == "work" { Step::Work(time) } else { Step::Wait(time) });
    }

    fn end(&mut self, verb: &str, value: &Node, place: &Place, reader: &mut Reader<'_>) {
        let Some(word) = reader.text(value) else { return };
        if !super::names::is_word(word) {
            reader
                .error(value.location, format!("`{word}` is not the name of an outcome"))
                .help("an outcome begins with a lower-case letter and goes on with lower-case letters, digits and `_`");
            return;
        }
        if verb == "fail" && word == "ok" {
            reader.error(value.location, "a handler cannot fail with `ok`");
            return;
        }
        let known = outcome::ALL.iter().find(|known| known.word == word);
        if verb != "fail" && known.is_some_and(|known| known.class == outcome::Class::Failure) {
            reader
                .error(value.location, format!("`{word}` is a failure, not an answer"))
                .help(format!("use `{{ fail = \"{word}\" }}`, or a word of your own"));
            return;
        }
        let outcome = self.outcome(word);
        match verb {
            "answer" if place.role == Role::Session => {
                reader.error(value.location, "a session has nobody to answer to");
            }
            "answer" if place.role == Role::Own => {
                reader
                    .error(value.location, "nobody waits for an answer of what an instance does by itself")
                    .help("`return` ends it");
            }
            "answer" => {
                self.answers = true;
                self.steps.push(Step::Answer(outcome));
            }
            "return" => self.steps.push(Step::Return(outcome)),
            _ => self.steps.push(Step::Fail(outcome)),
        }
    }
}

/// The verb of a step; `None` unless it has exactly one, which is reported.
fn only_verb(node: &Node, table: &Table, place: &Place, reader: &mut Reader<'_>) -> Option<&'static Verb> {
    let verbs: Vec<&Verb> = VERBS.iter().filter(|verb| table.get(verb.name).is_some()).collect();
    let names: Vec<&str> = VERBS.iter().map(|verb| verb.name).collect();
    match verbs[..] {
        [verb] => Some(verb),
        [] => {
            match table.iter().next() {
                Some(first) => {
                    reader.diagnostics.unknown(first.name_location, "verb", &first.name, "", &names);
                }
                None => {
                    reader
                        .error(node.location, "a step needs a verb")
                        .help(format!("verbs: {}", names.join(", ")));
                }
            }
            None
        }
        [first, second, ..] => {
            let location = table.entry(second.name).map_or(node.location, |entry| entry.name_location);
            // What was there comes first.
            let is_verb = |entry: &&Entry| VERBS.iter().any(|verb| verb.name == entry.name);
            let old = table.iter().find(is_verb).map_or(first.name, |entry| entry.name.as_str());
            let way_out = table.way_out(&place.path, old);
            reader
                .error(
                    location,
                    format!("a step has one verb, this one has `{}` and `{}`", first.name, second.name),
                )
                .help(way_out.unwrap_or_else(|| "make two steps of it".to_owned()));
            None
        }
    }
}

fn position_or_push(list: &mut Vec<String>, word: &str) -> u16 {
    let index = list.iter().position(|known| known == word).unwrap_or_else(|| {
        list.push(word.to_owned());
        list.len() - 1
    });
    // With more words than ids a scenario is refused as soon as all are counted.
    u16::try_from(index).unwrap_or(u16::MAX)
}
