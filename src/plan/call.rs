//! Compiles `call` and `send`: whom a step calls, what the call says, and where it goes on after the answer.

use super::compiler::{Compiler, Place};
use super::program::{Exchange, Form, Operand, Pool, Site, Step, Template, Whole};
use super::symbols::Callee;
use crate::component::Register;
use crate::kernel::random::hash_name;
use crate::mechanism::arrange::Arrange;
use crate::outcome;
use crate::resilience::Policy;
use crate::scenario::{Dimension, Hint, Location, Node, Reader, Table, Value};
use crate::units::{ComponentId, EdgeId, OperationId, SiteId, SlotId, StepId};

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

impl Compiler<'_> {
    pub(super) fn call(&mut self, value: &Node, table: &Table, place: &Place, reader: &mut Reader<'_>) {
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

    pub(super) fn send(&mut self, value: &Node, table: &Table, place: &Place, reader: &mut Reader<'_>) {
        let Some((callee, operation)) = self.target(value, reader) else { return };
        let Some(id) = self.written_site(value, table, &callee, operation, place, reader) else { return };
        let Some(after) = self.read_amount_at((table, "after"), Dimension::TIME, &place.path, reader) else {
            return;
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
        let size = self.read_amount_at((table, "size"), Dimension::BYTES, &place.path, reader)?;
        let delay = match table.entry("delay") {
            Some(_) if callee.schedules => {
                self.read_amount_at((table, "delay"), Dimension::TIME, &place.path, reader)?
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
            edges: vec![(callee.component, EdgeId(0))],
            form,
            key,
            user,
            size,
            priority,
            delay,
            exchange,
            ..plain_site(operation, pool, &place.path, reader_text(value).to_owned())
        };
        Some(self.site(note, site))
    }

    /// Splits "component.operation" and looks both up.
    pub fn target(&mut self, value: &Node, reader: &mut Reader<'_>) -> Option<(Callee, OperationId)> {
        let text = reader.text(value)?.to_owned();
        let Some((component, operation)) = text.rsplit_once('.') else {
            reader
                .error(value.location, format!("`{text}` is not of the form \"component.operation\""))
                .help(format!("components: {}", self.names.component_names().join(", ")))
                .hint(Hint::Operation(text.clone()));
            return None;
        };
        let Some(id) = self.names.component(component) else {
            self.names.unknown((component, operation), value.location, "", reader.diagnostics);
            return None;
        };
        let Some(callee) = self.names.callee(id, operation) else {
            if self.names.may_offer(component) {
                return None;
            }
            let names = self.names.operation_names(id);
            let place = format!(" of `{component}`");
            let error = reader.diagnostics.unknown(value.location, "operation", operation, &place, &names);
            if let Some(help) = self.names.way_to_offer(id, operation) {
                error.help(help);
            }
            return None;
        };
        Some((callee, self.operation(operation)))
    }

    /// The operations of a component; none if there is no such one.
    pub fn operations_of(&self, component: &str) -> Option<Vec<&str>> {
        self.names.component(component).map(|id| self.names.operation_names(id))
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
        words.arrange();
        words.dedup();
        words.retain(|word| *word != "ok");
        words
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

    /// A call that is not written as a step: a balancer's, or the short form of a client's session.
    pub fn site(&mut self, note: SiteNote, site: Site) -> SiteId {
        self.notes.push(note);
        self.sites.push(site);
        SiteId((self.sites.len() - 1) as u32)
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

/// The text of a node that was read as text.
fn reader_text(node: &Node) -> &str {
    match &node.value {
        Value::Text(text) => text,
        _ => "",
    }
}

/// A call that carries just what its caller has.
pub(super) fn plain_site(operation: OperationId, pool: Pool, path: &str, text: String) -> Site {
    Site {
        operation,
        pool,
        edges: Vec::new(),
        entries: Vec::new(),
        plain: false,
        action: u16::MAX,
        policy: None,
        latency: None,
        script: None,
        keeper: None,
        form: Form::Hop,
        key: None,
        user: None,
        size: None,
        priority: None,
        delay: None,
        keeps_reading: false,
        exchange: Exchange::None,
        next: StepId(0),
        handlers: Vec::new(),
        on_error: None,
        lookup: None,
        slot: None,
        salt: hash_name(path),
        text,
    }
}
