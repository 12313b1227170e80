//! Compiles handlers: a list of steps as TOML becomes a run of [`Step`]s.

use super::marks::MarkNote;
use super::program::{
    Amount, Branches, Choice, Exchange, Field, Fork, Form, FunctionPlan, Law, MarkPlan, MarkSite, Need,
    Operand, Others, Pool, Sequence, Site, Step, Template, Turns, Whole,
};
use super::verbs::{FIELDS, TemplateError, VERBS, Verb, parse_template};
use crate::component::{Register, Work};
use crate::distribution::Distribution;
use crate::kernel::random::hash_name;
use crate::outcome;
use crate::resilience::Policy;
use crate::scenario::{Dimension, Entry, Location, Node, Program, Reader, Table, Value};
use crate::units::{
    AmountId, ComponentId, EdgeId, ForkId, OperationId, OutcomeId, SECOND, SiteId, SlotId, Span, StepId,
};
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

/// What the compiler knows of a callee.
pub struct Callee {
    /// Its component.
    pub component: ComponentId,
    /// Whether the operation is about a key.
    pub keyed: bool,
    /// What a call of it has to do with the value of a row.
    pub register: Register,
    /// Whether a call of it may say how long what it brings waits.
    pub schedules: bool,
    /// Whether callers look up where it is and go there themselves.
    pub looked_up: bool,
}

impl Callee {
    /// Who may be called, and whether the call has a request of its own: it does where an address may have to be asked for.
    pub fn pool(&self) -> (Pool, Form) {
        match self.looked_up {
            true => (Pool::Named(self.component), Form::Child),
            false => (Pool::Component(self.component), Form::Hop),
        }
    }
}

/// Names of the scenario that handlers refer to.
pub trait Names {
    /// The component of this name.
    fn component(&self, name: &str) -> Option<ComponentId>;
    /// Its operation.
    fn callee(&self, component: ComponentId, operation: &str) -> Option<Callee>;
    /// Whether there is such a component, but it could not be read.
    fn is_broken(&self, name: &str) -> bool;
    /// All components that can be called.
    fn component_names(&self) -> Vec<&str>;
    /// All operations of a component.
    fn operation_names(&self, component: ComponentId) -> Vec<&str>;
    /// The words with which an operation may end besides failures: those that its kind fixes, or any that the scenario's
    /// handlers use.
    fn answers(&self, component: ComponentId, operation: &str) -> Vec<&str>;
    /// The lists of a component that `for_each` may go through; none if there is no such component.
    fn sequences(&self, name: &str) -> Option<(ComponentId, &'static str, &'static [&'static str])>;
    /// All of them, by their names in the scenario.
    fn sequence_names(&self) -> Vec<String>;
    /// What components can be asked: the names of both, with their numbers.
    fn functions(&self) -> Vec<(String, ComponentId, usize)>;
    /// What a caller hears if it cannot reach the callee; none for the failure.
    fn instead(&self, component: ComponentId, operation: &str) -> Option<OutcomeId>;
}

/// What was found out about a call site while compiling, for the passes that follow.
#[derive(Clone, Debug)]
pub struct SiteNote {
    /// Who calls.
    pub caller: ComponentId,
    /// In which operation; none for sessions.
    pub entry: Option<usize>,
    /// Frames that the caller holds around the call.
    pub frames: usize,
    /// Whether it is reached on every visit.
    pub certain: bool,
    /// Whether nobody waits for the answer.
    pub sent: bool,
    /// Where it stands in the text.
    pub location: Option<Location>,
    /// Where what its edge says of it stands.
    pub rules: Rules,
}

/// Where what an edge says of a call stands in the text.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rules {
    /// How long an attempt may take.
    pub timeout: Option<Location>,
    /// Whether it is tried again.
    pub retry: Option<Location>,
    /// Whether further attempts are made beside one that is open.
    pub hedge: Option<Location>,
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
    pub(super) names: &'n dyn Names,
}

impl<'n> Compiler<'n> {
    /// Nothing compiled yet; outcomes and operations are known from the start, so that their ids do not depend on the order
    /// of the file.
    pub fn new(names: &'n dyn Names, outcomes: Vec<String>, operations: Vec<String>) -> Compiler<'n> {
        Compiler {
            steps: Vec::new(),
            amounts: Vec::new(),
            sites: Vec::new(),
            notes: Vec::new(),
            forks: Vec::new(),
            choices: Vec::new(),
            sequences: Vec::new(),
            functions: super::each::functions(names),
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

    /// A duration with a law in seconds.
    pub fn duration(&mut self, law: &Distribution, path: &str, text: String) -> AmountId {
        let law = match law {
            Distribution::Constant(constant) => {
                let span = Span::from_seconds(constant.value());
                Law::Constant(span, self.lane(span))
            }
            other => Law::Drawn(other.scaled(SECOND as f64)),
        };
        self.amount(law, path, text)
    }

    /// A count or size.
    pub fn count(&mut self, law: &Distribution, path: &str, text: String) -> AmountId {
        let law = match law {
            Distribution::Constant(constant) => Law::Constant(Span(constant.value() as u64), u32::MAX),
            other => Law::Drawn(other.clone()),
        };
        self.amount(law, path, text)
    }

    fn amount(&mut self, law: Law, path: &str, text: String) -> AmountId {
        self.amounts.push(Amount { law, salt: hash_name(path), text });
        AmountId((self.amounts.len() - 1) as u32)
    }

    /// The service time of a kind.
    pub fn service(&mut self, work: &Work, path: &str) {
        let time = self.duration(&work.time, &format!("{path}.{}", work.key), work.text.clone());
        self.steps.push(Step::Work(time));
    }

    /// A call that is not written as a step: a balancer's, or the short form of a client's session.
    pub fn site(&mut self, note: SiteNote, site: Site) -> SiteId {
        self.notes.push(note);
        self.sites.push(site);
        SiteId((self.sites.len() - 1) as u32)
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
        let verbs: Vec<&Verb> = VERBS.iter().filter(|verb| table.get(verb.name).is_some()).collect();
        let names: Vec<&str> = VERBS.iter().map(|verb| verb.name).collect();
        let verb = match verbs[..] {
            [verb] => verb,
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
                return;
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
                return;
            }
        };
        self.check_step_keys(table, verb, reader);
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

    fn check_step_keys(&self, table: &Table, verb: &Verb, reader: &mut Reader<'_>) {
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
                let place = format!(" in a step `{}`", verb.name);
                reader.diagnostics.unknown(entry.name_location, "key", &entry.name, &place, &choices);
            }
        }
    }

    fn timed(&mut self, verb: &str, value: &Node, place: &Place, reader: &mut Reader<'_>) {
        let path = format!("{}.{verb}", place.path);
        let Some(time) = self.read_time(value, &path, reader) else { return };
        self.steps.push(if verb == "work" { Step::Work(time) } else { Step::Wait(time) });
    }

    /// A duration that may depend on the request.
    fn read_time(&mut self, value: &Node, path: &str, reader: &mut Reader<'_>) -> Option<AmountId> {
        let text = reader.source_text(value);
        match self.read_program(value, Dimension::TIME, reader)? {
            Some(program) => Some(self.amount(Law::Computed(program), path, text)),
            None => {
                let law = reader.duration(value)?;
                Some(self.duration(&law, path, text))
            }
        }
    }

    /// A text that begins with `=` and needs the request; the inner option is `None` for anything else.
    fn read_program(
        &mut self,
        value: &Node,
        dimension: Dimension,
        reader: &mut Reader<'_>,
    ) -> Option<Option<Program>> {
        match &value.value {
            Value::Text(text) if text.trim_start().starts_with('=') => {
                let program = reader.program(value, dimension, &self.variables())?;
                self.notice(&program, value.location, reader)?;
                Some(program.constant().is_none().then_some(program))
            }
            _ => Some(None),
        }
    }

    /// Splits "component.operation" and looks both up.
    pub fn target(&mut self, value: &Node, reader: &mut Reader<'_>) -> Option<(Callee, OperationId)> {
        let text = reader.text(value)?.to_owned();
        let Some((component, operation)) = text.rsplit_once('.') else {
            reader
                .error(value.location, format!("`{text}` is not of the form \"component.operation\""))
                .help(format!("components: {}", self.names.component_names().join(", ")));
            return None;
        };
        if self.names.is_broken(component) {
            return None;
        }
        let Some(id) = self.names.component(component) else {
            let names = self.names.component_names();
            reader.diagnostics.unknown(value.location, "component", component, "", &names);
            return None;
        };
        let Some(callee) = self.names.callee(id, operation) else {
            let names = self.names.operation_names(id);
            let place = format!(" of `{component}`");
            reader.diagnostics.unknown(value.location, "operation", operation, &place, &names);
            return None;
        };
        Some((callee, self.operation(operation)))
    }

    /// The operations of a component; none if there is no such one.
    pub fn operations_of(&self, component: &str) -> Option<Vec<&str>> {
        self.names.component(component).map(|id| self.names.operation_names(id))
    }

    fn call(&mut self, value: &Node, table: &Table, place: &Place, reader: &mut Reader<'_>) {
        let Some((callee, operation)) = self.target(value, reader) else { return };
        let Some(id) = self.written_site(value, table, &callee, operation, place, reader) else { return };
        self.steps.push(Step::Call(id));
        let mut jumps = Vec::new();
        for entry in table.iter().filter(|entry| entry.name.starts_with("on_")) {
            let word = &entry.name["on_".len()..];
            let words = self.possible_words(callee.component, operation);
            if word != "error" && !words.contains(&word) {
                let choices: Vec<String> = words.iter().map(|word| format!("on_{word}")).collect();
                let choices: Vec<&str> = choices.iter().map(String::as_str).collect();
                let place = format!(": `{}` has no such outcome", reader_text(value));
                reader.diagnostics.unknown(entry.name_location, "key", &entry.name, &place, &choices);
                continue;
            }
            let start = self.here();
            let body = Place {
                path: format!("{}.{}", place.path, entry.name),
                nesting: place.nesting + 1,
                certain: false,
                ..place.clone()
            };
            self.handler(&entry.node, &body, reader);
            jumps.push(self.steps.len());
            self.steps.push(Step::Jump(StepId(0)));
            if word == "error" {
                self.sites[id.index()].on_error = Some(start);
            } else {
                let outcome = self.outcome(word);
                self.sites[id.index()].handlers.push((outcome, start));
            }
        }
        let end = self.here();
        for jump in jumps {
            self.steps[jump] = Step::Jump(end);
        }
        self.sites[id.index()].next = end;
        self.excuse(id, callee.component);
    }

    /// Lets a caller that cannot reach the callee, and does not say what then, go on as the callee's kind says.
    fn excuse(&mut self, id: SiteId, callee: ComponentId) {
        let operation = self.sites[id.index()].operation;
        let instead = self.names.instead(callee, &self.operations[operation.index()]);
        let site = &mut self.sites[id.index()];
        let Some(instead) = instead.filter(|_| site.on_error.is_none()) else { return };
        let handled =
            |site: &Site, word| site.handlers.iter().find(|(known, _)| *known == word).map(|(_, to)| *to);
        let to = handled(site, instead).unwrap_or(site.next);
        for failure in outcome::UNREACHED {
            if handled(site, failure).is_none() {
                site.handlers.push((failure, to));
            }
        }
    }

    /// The words with which an operation may end, besides `ok`.
    fn possible_words(&self, component: ComponentId, operation: OperationId) -> Vec<&str> {
        let failures = outcome::ALL
            .iter()
            .filter(|known| known.class == outcome::Class::Failure)
            .map(|known| known.word);
        let mut words = self.names.answers(component, &self.operations[operation.index()]);
        words.extend(failures);
        words.sort_unstable();
        words.dedup();
        words.retain(|word| *word != "ok");
        words
    }

    fn send(&mut self, value: &Node, table: &Table, place: &Place, reader: &mut Reader<'_>) {
        let Some((callee, operation)) = self.target(value, reader) else { return };
        let Some(id) = self.written_site(value, table, &callee, operation, place, reader) else { return };
        let after = match table.get("after") {
            Some(node) => match self.read_time(node, &format!("{}.after", place.path), reader) {
                Some(time) => Some(time),
                None => return,
            },
            None => None,
        };
        self.notes[id.index()].sent = true;
        self.sites[id.index()].form = Form::Child;
        self.steps.push(Step::Send(id, after));
        self.sites[id.index()].next = self.here();
    }

    /// A call as a step writes it.
    fn written_site(
        &mut self,
        value: &Node,
        table: &Table,
        callee: &Callee,
        operation: OperationId,
        place: &Place,
        reader: &mut Reader<'_>,
    ) -> Option<SiteId> {
        let key = self.key(table, reader)?;
        let user = self.template(table, "user", reader)?;
        let priority = match table.get("priority") {
            Some(node) => Some(self.priority(node, reader)?),
            None => None,
        };
        let size = match table.get("size") {
            Some(node) => Some(self.read_size(node, &format!("{}.size", place.path), reader)?),
            None => None,
        };
        let delay = match table.entry("delay") {
            Some(entry) if callee.schedules => {
                Some(self.read_time(&entry.node, &format!("{}.delay", place.path), reader)?)
            }
            Some(entry) => {
                let message = format!("`{}` takes no `delay`", reader_text(value));
                let help = "a `put` or `run` of a queue takes it; `wait` lets the caller wait, and `send` takes `after`";
                reader.error(entry.name_location, message).help(help);
                return None;
            }
            None => None,
        };
        let exchange = self.exchange(reader_text(value), table, callee.register, reader)?;
        let note = SiteNote {
            caller: place.component,
            entry: self.entry,
            frames: place.frames,
            certain: place.certain,
            sent: false,
            location: Some(value.location),
            rules: Rules::default(),
        };
        let (pool, form) = callee.pool();
        let site = Site {
            operation,
            pool,
            edges: vec![(callee.component, EdgeId(0))],
            entries: Vec::new(),
            plain: false,
            action: u16::MAX,
            policy: None,
            latency: None,
            script: None,
            keeper: None,
            form,
            key,
            user,
            size,
            priority,
            delay,
            keeps_reading: false,
            exchange,
            next: StepId(0),
            handlers: Vec::new(),
            on_error: None,
            lookup: None,
            slot: None,
            salt: hash_name(&place.path),
            text: reader_text(value).to_owned(),
        };
        Some(self.site(note, site))
    }

    fn read_size(&mut self, node: &Node, path: &str, reader: &mut Reader<'_>) -> Option<AmountId> {
        let text = reader.source_text(node);
        match self.read_program(node, Dimension::BYTES, reader)? {
            Some(program) => Some(self.amount(Law::Computed(program), path, text)),
            None => {
                let law = reader.law(node, Dimension::BYTES)?;
                Some(self.count(&law, path, text))
            }
        }
    }

    /// The priority of a call.
    fn priority(&mut self, node: &Node, reader: &mut Reader<'_>) -> Option<Operand> {
        let text = reader.source_text(node);
        let law = match self.read_program(node, Dimension::NONE, reader)? {
            Some(program) => Whole::Computed(program),
            None => Whole::Constant(i64::from(read_priority(node, reader)?)),
        };
        Some(Operand { law, text })
    }

    /// What a call says of the value of its row.
    fn exchange(
        &mut self,
        callee: &str,
        table: &Table,
        register: Register,
        reader: &mut Reader<'_>,
    ) -> Option<Exchange> {
        let taken = match register {
            Register::Set => Some("value"),
            Register::Add => Some("add"),
            Register::None | Register::Read => None,
        };
        for key in ["value", "add"].into_iter().filter(|key| Some(*key) != taken) {
            if let Some(entry) = table.entry(key) {
                let message = format!("`{callee}` takes no `{key}`");
                let help = "a `write` of a database takes `value`, an `update` takes `add`";
                reader.error(entry.name_location, message).help(help);
                return None;
            }
        }
        let Some((key, node)) = taken.and_then(|key| Some((key, table.get(key)?))) else {
            return Some(Exchange::None);
        };
        let text = format!("{key} {}", reader.source_text(node));
        let law = match self.read_program(node, Dimension::NONE, reader)? {
            Some(program) => Whole::Computed(program),
            None => Whole::Constant(reader.whole(node)?),
        };
        self.uses_values = true;
        Some(Exchange::Row(Some(Operand { law, text })))
    }

    /// Reads the key of a call, which may be a code of a limited number; the outer option is `None` after an error.
    fn key(&mut self, table: &Table, reader: &mut Reader<'_>) -> Option<Option<Template>> {
        let key = self.template(table, "key", reader)?;
        let Some(entry) = table.entry("within") else { return Some(key) };
        let Some(key) = key else {
            reader
                .error(entry.name_location, "`within` means something only with `key`")
                .help("to hash the request's own key: key = \"{key}\", within = 1000");
            return None;
        };
        let codes = reader.count(&entry.node)?;
        if codes == 0 {
            reader.error(entry.node.location, "a key cannot be one of 0 codes");
            return None;
        }
        Some(Some(key.within(codes)))
    }

    /// Reads a template; the outer option is `None` after an error.
    pub(super) fn template(
        &mut self,
        table: &Table,
        key: &str,
        reader: &mut Reader<'_>,
    ) -> Option<Option<Template>> {
        let Some(node) = table.get(key) else { return Some(None) };
        let template = read_template(node, &self.functions, reader)?;
        let fields: Vec<Field> = template.fields().collect();
        self.notice_fields(&fields, node.location, reader)?;
        Some(Some(template))
    }

    fn branches(&mut self, verb: &str, value: &Node, table: &Table, place: &Place, reader: &mut Reader<'_>) {
        let Some(lists) = reader.array(value) else { return };
        if lists.is_empty() {
            reader.error(value.location, format!("`{verb}` needs at least one branch"));
            return;
        }
        let need = match table.get("need") {
            Some(node) => {
                let Some(need) = reader.count(node) else { return };
                if need == 0 || need > lists.len() as u64 {
                    reader.error(
                        node.location,
                        format!("`need` is 1 to {}, the number of branches", lists.len()),
                    );
                    return;
                }
                Need::Some(need as u32)
            }
            None if verb == "any" => Need::Some(1),
            None => Need::All,
        };
        let others = match table.get("cancel").map(|node| reader.boolean(node)) {
            Some(Some(true)) => Others::Cancel,
            Some(None) => return,
            _ => Others::GoOn,
        };
        let path = format!("{}.{verb}", place.path);
        let fork = self.open_fork(need, others, lists.len() as u64, &path);
        let mut starts = Vec::new();
        for (index, list) in lists.iter().enumerate() {
            starts.push(self.here());
            self.branch(list, place, format!("{path}[{index}]"), reader);
        }
        self.close_fork(fork, Branches::Each(starts), place.component);
    }

    pub(super) fn open_fork(&mut self, need: Need, others: Others, parallel: u64, path: &str) -> ForkId {
        let id = ForkId(self.forks.len() as u32);
        self.forks.push(Fork {
            branches: Branches::Each(Vec::new()),
            need,
            parallel,
            others,
            next: StepId(0),
            salt: hash_name(path),
            in_each: self.in_each,
        });
        self.steps.push(Step::Fork(id));
        id
    }

    fn close_fork(&mut self, fork: ForkId, branches: Branches, component: ComponentId) {
        let next = self.here();
        let fork = &mut self.forks[fork.index()];
        let start = match &branches {
            Branches::Each(starts) => starts[0],
            Branches::Turns(_, start) => *start,
        };
        let works = self.steps[start.index()..].iter().any(|step| matches!(step, Step::Work(_)));
        if works && fork.parallel > 1 {
            self.works_side_by_side.insert(component);
        }
        fork.branches = branches;
        fork.next = next;
    }

    fn branch(&mut self, list: &Node, place: &Place, path: String, reader: &mut Reader<'_>) {
        let body = Place { path, frames: place.frames + 1, nesting: place.nesting + 1, ..place.clone() };
        self.handler(list, &body, reader);
        self.steps.push(Step::Done);
    }

    fn repeat(&mut self, value: &Node, table: &Table, place: &Place, reader: &mut Reader<'_>) {
        let Some(body) = reader.required(table, "do", "a step `repeat`") else { return };
        let path = format!("{}.repeat", place.path);
        let Some(turns) = self.read_count(value, &path, reader) else { return };
        if let Law::Constant(count, _) = &self.amounts[turns.index()].law
            && count.0 > u64::from(u32::MAX)
        {
            reader.error(value.location, format!("`repeat` has at most {} turns", u32::MAX));
            return;
        }
        self.turns(Turns::Count(turns), body, table, (path, place), reader);
    }

    /// A number that may depend on the request.
    pub(super) fn read_count(
        &mut self,
        value: &Node,
        path: &str,
        reader: &mut Reader<'_>,
    ) -> Option<AmountId> {
        let text = reader.source_text(value);
        match self.read_program(value, Dimension::NONE, reader)? {
            Some(program) => Some(self.amount(Law::Computed(program), path, text)),
            None => {
                let law = reader.counts(value)?;
                Some(self.count(&law, path, text))
            }
        }
    }

    /// The body of a loop: its turns follow one another, or run `parallel` at a time.
    pub(super) fn turns(
        &mut self,
        turns: Turns,
        body: &Node,
        table: &Table,
        (path, place): (String, &Place),
        reader: &mut Reader<'_>,
    ) {
        let parallel = match table.get("parallel") {
            Some(node) => {
                let Some(parallel) = reader.count_or_unbounded(node) else { return };
                if parallel == Some(0) {
                    reader.error(node.location, "`parallel` is at least 1");
                    return;
                }
                Some(parallel.unwrap_or(u64::MAX))
            }
            None => None,
        };
        match parallel {
            Some(parallel) => {
                let fork = self.open_fork(Need::All, Others::GoOn, parallel, &path);
                let start = self.here();
                let place = Place { certain: false, ..place.clone() };
                self.branch(body, &place, path, reader);
                self.close_fork(fork, Branches::Turns(turns, start), place.component);
            }
            None => {
                let open = self.steps.len();
                self.steps.push(Step::Repeat(turns, StepId(0)));
                let inner = Place {
                    path,
                    frames: place.frames + 1,
                    nesting: place.nesting + 1,
                    certain: false,
                    ..place.clone()
                };
                self.handler(body, &inner, reader);
                self.steps.push(Step::Next);
                self.steps[open] = Step::Repeat(turns, self.here());
            }
        }
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

    /// Puts a policy and a form on the calls that were written so far.
    pub fn set_policy(&mut self, site: SiteId, policy: Option<Policy>, edges: Vec<(ComponentId, EdgeId)>) {
        let site = &mut self.sites[site.index()];
        if policy.is_some() {
            site.form = Form::Child;
        }
        site.policy = policy;
        site.edges = edges;
    }

    /// Lets a client record the calls of a site under a slot.
    pub fn record(&mut self, site: SiteId, slot: SlotId) {
        self.sites[site.index()].slot = Some(slot);
    }
}

/// Reads a priority that is always the same.
fn read_priority(node: &Node, reader: &mut Reader<'_>) -> Option<u8> {
    let priority = reader.count(node)?;
    if let Ok(priority) = u8::try_from(priority) {
        return Some(priority);
    }
    reader.error(node.location, "a priority is a whole number from 0 (the most urgent) to 255");
    None
}

fn position_or_push(list: &mut Vec<String>, word: &str) -> u16 {
    let index = list.iter().position(|known| known == word).unwrap_or_else(|| {
        list.push(word.to_owned());
        list.len() - 1
    });
    // With more words than ids a scenario is refused as soon as all are counted.
    u16::try_from(index).unwrap_or(u16::MAX)
}

/// The text of a node that was read as text.
fn reader_text(node: &Node) -> &str {
    match &node.value {
        Value::Text(text) => text,
        _ => "",
    }
}

/// Reads a template, which may ask these functions.
pub(super) fn read_template(
    node: &Node,
    functions: &[FunctionPlan],
    reader: &mut Reader<'_>,
) -> Option<Template> {
    match parse_template(reader.text(node)?, functions) {
        Ok(template) => Some(template),
        Err(TemplateError::Unclosed) => {
            reader.error(node.location, "a `{` of this template is not closed");
            None
        }
        Err(TemplateError::Unknown(field)) => {
            let told = functions.iter().map(|function| function.name.as_str());
            let choices: Vec<&str> = FIELDS.iter().map(|(name, _)| *name).chain(told).collect();
            reader.diagnostics.unknown(node.location, "field", &field, " in a template", &choices);
            None
        }
    }
}
