//! Builds the plan of a scenario: reads its tables, compiles its handlers, and finds everything that is wrong.

use super::compiler::{Callee, Compiler, Names, Place, Role, SiteNote};
use super::declare::{self, Declaration};
use super::document::Document;
use super::network::Network;
use super::objective::{self, Objective};
use super::policy::{Defaults, Policies};
use super::program::{Choice, Form, Pool, Site, Step};
use super::{
    ClientPlan, ComponentPlan, EdgePlan, EntryPlan, InstancePlan, Limits, Part, Plan, SlotPlan, Source, graph,
};
use crate::component::{Asking, Blueprint, Carries, ClientBlueprint, ClientSource, KINDS, Line, Setting};
use crate::kernel::random::hash_name;
use crate::measure::timeline::Timeline;
use crate::outcome;
use crate::scenario::{Diagnostics, Estimates, Node, Reader, Table, Value};
use crate::station::Shape;
use crate::units::{ComponentId, EdgeId, EntryId, InstanceId, OperationId, SiteId, SlotId, Span};

/// Bins of the plots.
const BINS: u64 = 120;

/// The longest run, warm-up included: 100 years.
const LONGEST: Span = Span(100 * 365 * 86_400 * crate::units::SECOND);

/// The tables that are not kinds of components.
const TABLES: [&str; 8] = ["scenario", "estimate", "network", "limits", "call", "slo", "claim", "variant"];

/// A scenario that can be run: the plan, and what is expected of it.
pub struct Scenario {
    /// What runs.
    pub plan: Plan,
    /// The envelope.
    pub estimates: Estimates,
    /// What the user wants of what was run.
    pub objectives: Vec<Objective>,
    /// What the scenario teaches.
    pub claims: Vec<Objective>,
    /// How often it is run, with different seeds.
    pub replications: u64,
}

/// Builds a variant of a scenario, or its base. `None` if there are errors, which are in `diagnostics`.
pub fn build(document: &Document, variant: Option<&str>, diagnostics: &mut Diagnostics) -> Option<Scenario> {
    let root = document.tables(variant, diagnostics)?;
    check_tables(&root, diagnostics);
    let estimates = match root.get("estimate") {
        Some(Node { value: Value::Table(table), .. }) => Estimates::read(table, diagnostics),
        Some(node) => {
            Reader::new(diagnostics, &Estimates::new()).table(node);
            Estimates::new()
        }
        None => Estimates::new(),
    };
    let header = Header::read(&root, &estimates, diagnostics);
    let limits = read_limits(&root, &estimates, diagnostics);
    let objectives = objective::read(&root, "slo", &estimates, diagnostics);
    let claims = objective::read(&root, "claim", &estimates, diagnostics);
    let network = match root.get("network") {
        Some(node) => {
            let mut reader = Reader::new(diagnostics, &estimates);
            match reader.table(node) {
                Some(table) => Network::read(table, node.location, &mut reader),
                None => Network::default_network(),
            }
        }
        None => Network::default_network(),
    };
    let declarations = declare::read_all(&root, &network, &estimates, diagnostics);
    let header = header?;
    let all: Vec<&Objective> = objectives.iter().chain(&claims).collect();
    let edges = objective::window_edges(&all, header.warm_up, diagnostics);
    let timeline = Timeline::new(header.warm_up, header.duration, BINS, &edges);
    let builder =
        Builder { root: &root, estimates: &estimates, declarations: &declarations, network: &network };
    let plan = builder.plan(header.title, header.seed, timeline, limits, diagnostics);
    if diagnostics.has_errors() {
        return None;
    }
    Some(Scenario { plan: plan?, estimates, objectives, claims, replications: header.replications })
}

fn check_tables(root: &Table, diagnostics: &mut Diagnostics) {
    let choices: Vec<&str> = TABLES.into_iter().chain(KINDS.iter().map(|kind| kind.name)).collect();
    for entry in root.iter() {
        if !choices.contains(&entry.name.as_str()) {
            diagnostics.unknown(entry.name_location, "table", &entry.name, "", &choices);
        }
    }
}

/// The table `[scenario]`.
struct Header {
    title: String,
    warm_up: Span,
    duration: Span,
    seed: u64,
    replications: u64,
}

/// The keys of `[scenario]`.
pub const SCENARIO_KEYS: [&str; 5] = ["title", "duration", "warm_up", "seed", "replications"];

/// More replications than this say nothing more.
const REPLICATIONS_MAX: u64 = 100_000;

impl Header {
    fn read(root: &Table, estimates: &Estimates, diagnostics: &mut Diagnostics) -> Option<Header> {
        let mut reader = Reader::new(diagnostics, estimates);
        let Some(node) = root.get("scenario") else {
            reader
                .diagnostics
                .error(None, "[scenario] is missing")
                .help("a scenario begins with [scenario], a `title` and a `duration`");
            return None;
        };
        let table = reader.table(node)?;
        reader.check_keys(table, "[scenario]", &SCENARIO_KEYS);
        let title = table.get("title").map_or(Some("scenario"), |node| reader.text(node)).map(str::to_owned);
        let duration = reader.required(table, "duration", "[scenario]").and_then(|node| {
            let duration = reader.time(node)?;
            if duration == Span::ZERO {
                reader.error(node.location, "`duration` must be positive");
                return None;
            }
            Some(duration)
        });
        let warm_up = table.get("warm_up").map_or(Some(Span::ZERO), |node| reader.time(node));
        if let (Some(duration), Some(warm_up)) = (duration, warm_up)
            && duration + warm_up > LONGEST
        {
            reader.error(table.location, "a run is at most 100 years long, warm-up included");
            return None;
        }
        let seed = table.get("seed").map_or(Some(1), |node| reader.count(node));
        let replications = table.get("replications").map_or(Some(1), |node| {
            let replications = reader.count(node)?;
            if (1..=REPLICATIONS_MAX).contains(&replications) {
                return Some(replications);
            }
            reader.error(node.location, format!("`replications` is 1 to {REPLICATIONS_MAX}"));
            None
        });
        Some(Header {
            title: title?,
            warm_up: warm_up?,
            duration: duration?,
            seed: seed?,
            replications: replications?,
        })
    }
}

/// The keys of `[limits]`.
pub const LIMIT_KEYS: [&str; 3] = ["events", "in_flight", "memory"];

fn read_limits(root: &Table, estimates: &Estimates, diagnostics: &mut Diagnostics) -> Limits {
    let mut limits = Limits { events: u64::MAX, in_flight: 10_000_000, memory: 8 << 30 };
    let mut reader = Reader::new(diagnostics, estimates);
    let Some(table) = root.get("limits").and_then(|node| reader.table(node)) else { return limits };
    reader.check_keys(table, "[limits]", &LIMIT_KEYS);
    if let Some(events) = table.get("events").and_then(|node| reader.count(node)) {
        limits.events = events;
    }
    if let Some(in_flight) = table.get("in_flight").and_then(|node| reader.count(node)) {
        limits.in_flight = in_flight;
    }
    if let Some(memory) = table.get("memory").and_then(|node| reader.bytes(node)) {
        limits.memory = memory as u64;
    }
    limits
}

struct Builder<'a> {
    root: &'a Table,
    estimates: &'a Estimates,
    declarations: &'a [Declaration],
    network: &'a Network,
}

/// Everything that can be called, by component.
struct Catalogue<'a> {
    declarations: &'a [Declaration],
    /// Sorted operations of each component.
    operations: Vec<Vec<String>>,
    own_words: Vec<String>,
}

impl Names for Catalogue<'_> {
    fn component(&self, name: &str) -> Option<ComponentId> {
        let index = self.declarations.iter().position(|declaration| declaration.name == name)?;
        (!self.operations[index].is_empty()).then_some(ComponentId(index as u16))
    }

    fn callee(&self, component: ComponentId, operation: &str) -> Option<Callee> {
        let declaration = &self.declarations[component.index()];
        self.operations[component.index()].iter().find(|known| *known == operation)?;
        let fixed = declaration.spec.operations.iter().find(|known| known.name == operation);
        Some(Callee {
            component,
            outcomes: fixed.map(|operation| operation.outcomes),
            keyed: fixed.is_some_and(|operation| operation.keyed),
        })
    }

    fn component_names(&self) -> Vec<&str> {
        let callable =
            self.declarations.iter().zip(&self.operations).filter(|(_, operations)| !operations.is_empty());
        callable.map(|(declaration, _)| declaration.name.as_str()).collect()
    }

    fn operation_names(&self, component: ComponentId) -> Vec<&str> {
        self.operations[component.index()].iter().map(String::as_str).collect()
    }

    fn own_words(&self) -> Vec<&str> {
        self.own_words.iter().map(String::as_str).collect()
    }
}

impl Builder<'_> {
    fn plan(
        &self,
        title: String,
        seed: u64,
        timeline: Timeline,
        limits: Limits,
        diagnostics: &mut Diagnostics,
    ) -> Option<Plan> {
        let catalogue = self.catalogue(diagnostics)?;
        let own_words = catalogue.own_words.clone();
        let mut outcomes: Vec<String> = outcome::ALL.iter().map(|known| known.word.to_owned()).collect();
        outcomes.extend(
            own_words.iter().filter(|word| !outcome::ALL.iter().any(|known| known.word == **word)).cloned(),
        );
        let mut operations: Vec<String> = catalogue.operations.iter().flatten().cloned().collect();
        operations.sort_unstable();
        operations.dedup();
        let mut compiler = Compiler::new(&catalogue, outcomes, operations);
        let mut reader = Reader::new(diagnostics, self.estimates);
        let mut entries = self.compile_entries(&catalogue, &mut compiler, &mut reader);
        let (mut clients, slots) = self.compile_clients(&mut compiler, &mut reader);
        let edges = self.connect(&entries, &mut compiler, &mut reader);
        let shapes = self.shapes(&mut compiler);
        if reader.diagnostics.has_errors() {
            return None;
        }
        graph::settle(&entries, &mut compiler, reader.diagnostics, |entry| {
            self.entry_name(entry, &catalogue)
        });
        graph::keep_readings(&entries, &mut compiler, |entry| entry.carries != Carries::Nothing);
        let depth = graph::depth(&entries, &compiler, reader.diagnostics);
        graph::thread_jumps(&mut entries, &mut clients, &mut compiler);
        let instances = self.instances();
        let needed = self.talking_places(&edges);
        let links = self.network.links(&needed, &mut compiler, reader.diagnostics);
        self.check_keys_are_there(&clients, &entries, &catalogue, &compiler, reader.diagnostics);
        if reader.diagnostics.has_errors() {
            return None;
        }
        Some(Plan {
            title,
            components: self.components(&entries, &shapes, &compiler, &catalogue),
            instances,
            entries,
            edges,
            clients,
            slots,
            places: self.network.places.clone(),
            links,
            overhead: self.network.overhead,
            depth,
            timeline,
            seed,
            limits,
            steps: compiler.steps,
            amounts: compiler.amounts,
            sites: compiler.sites,
            forks: compiler.forks,
            choices: compiler.choices,
            delays: compiler.delays,
            outcomes: compiler.outcomes,
            operations: compiler.operations,
        })
    }

    /// Finds out which operations each component offers; a balancer offers those of its targets.
    fn catalogue(&self, diagnostics: &mut Diagnostics) -> Option<Catalogue<'_>> {
        let mut operations: Vec<Vec<String>> = Vec::new();
        for declaration in self.declarations {
            let mut own: Vec<String> =
                declaration.spec.operations.iter().map(|operation| operation.name.to_owned()).collect();
            own.extend(declaration.blueprint.own_operations().into_iter().map(|operation| operation.name));
            own.sort_unstable();
            operations.push(own);
        }
        for declaration in self.declarations {
            for target in declaration.blueprint.targets() {
                let names: Vec<&str> = self
                    .declarations
                    .iter()
                    .filter(|other| other.spec.name != "client" && other.name != declaration.name)
                    .map(|other| other.name.as_str())
                    .collect();
                if !names.contains(&target.name.as_str()) {
                    diagnostics.unknown(target.location, "component", &target.name, "", &names);
                }
            }
        }
        // Balancers may stand in front of balancers; as many rounds as there are components reach every one.
        for _ in 0..self.declarations.len() {
            for (index, declaration) in self.declarations.iter().enumerate() {
                for target in declaration.blueprint.targets() {
                    let Some(other) = self.declarations.iter().position(|other| other.name == target.name)
                    else {
                        continue;
                    };
                    let offered: Vec<String> = operations[other]
                        .iter()
                        .filter(|operation| !operations[index].contains(operation))
                        .cloned()
                        .collect();
                    operations[index].extend(offered);
                    operations[index].sort_unstable();
                }
            }
        }
        if diagnostics.has_errors() {
            return None;
        }
        let mut own_words = Vec::new();
        for kind in KINDS {
            if let Some(node) = self.root.get(kind.name) {
                collect_words(node, &mut own_words);
            }
        }
        own_words.sort_unstable();
        own_words.dedup();
        Some(Catalogue { declarations: self.declarations, operations, own_words })
    }

    fn entry_name(&self, entry: usize, catalogue: &Catalogue<'_>) -> String {
        let mut left = entry;
        for (declaration, operations) in self.declarations.iter().zip(&catalogue.operations) {
            if let Some(operation) = operations.get(left) {
                return format!("{}.{operation}", declaration.name);
            }
            left -= operations.len();
        }
        unreachable!("there is no entry {entry}")
    }

    /// Compiles every operation of every component, in the order of both names.
    fn compile_entries(
        &self,
        catalogue: &Catalogue<'_>,
        compiler: &mut Compiler<'_>,
        reader: &mut Reader<'_>,
    ) -> Vec<EntryPlan> {
        let mut entries = Vec::new();
        for (index, declaration) in self.declarations.iter().enumerate() {
            let component = ComponentId(index as u16);
            for name in &catalogue.operations[index] {
                let operation = compiler.operation(name);
                let start = compiler.here();
                compiler.entry = Some(entries.len());
                compiler.answers = false;
                compiler.frames_max = 0;
                self.compile_lines(declaration, component, name, operation, compiler, reader);
                let fixed = declaration.spec.operations.iter().position(|known| known.name == name);
                entries.push(EntryPlan {
                    component,
                    operation,
                    start,
                    first_work: graph::first_work(&compiler.steps, start),
                    carries: fixed
                        .map_or(Carries::Nothing, |index| declaration.spec.operations[index].carries),
                    answers_early: compiler.answers,
                    frames: compiler.frames_max,
                    action: fixed.unwrap_or(usize::from(u16::MAX)) as u16,
                });
            }
        }
        compiler.entry = None;
        entries
    }

    fn compile_lines(
        &self,
        declaration: &Declaration,
        component: ComponentId,
        name: &str,
        operation: OperationId,
        compiler: &mut Compiler<'_>,
        reader: &mut Reader<'_>,
    ) {
        let path = format!("{}.{}.{name}", declaration.spec.name, declaration.name);
        for line in declaration.blueprint.lines(name) {
            match line {
                Line::Work(work) => compiler.service(&work, &path),
                Line::Consult => compiler.steps.push(Step::Consult),
                Line::Forward => {
                    let note = SiteNote {
                        caller: component,
                        entry: compiler.entry,
                        frames: 1,
                        certain: true,
                        sent: false,
                        location: None,
                    };
                    let site = plain_site(operation, Pool::Targets, &path, format!("a target's {name}"));
                    let id = compiler.site(note, site);
                    compiler.steps.push(Step::Call(id));
                    compiler.sites[id.index()].next = compiler.here();
                    compiler.steps.push(Step::Relay);
                    return;
                }
                Line::Handler(node) => {
                    let place = Place {
                        component,
                        role: Role::Handler,
                        path: format!("{}.{}.on.{name}", declaration.spec.name, declaration.name),
                        frames: 0,
                        nesting: 0,
                        certain: true,
                    };
                    compiler.handler(&node, &place, reader);
                }
            }
        }
        compiler.steps.push(Step::Return(outcome::OK));
    }

    /// Compiles the sessions of the clients.
    fn compile_clients(
        &self,
        compiler: &mut Compiler<'_>,
        reader: &mut Reader<'_>,
    ) -> (Vec<ClientPlan>, Vec<SlotPlan>) {
        let mut clients = Vec::new();
        let mut slots: Vec<SlotPlan> = Vec::new();
        for (index, declaration) in self.declarations.iter().enumerate() {
            let Blueprint::Client(client) = &declaration.blueprint else { continue };
            let number = clients.len();
            let first_slot = slots.len();
            let start = compiler.here();
            let component = ComponentId(index as u16);
            self.compile_session(declaration, client, component, number, &mut slots, compiler, reader);
            let path = format!("client.{}", declaration.name);
            let source = match &client.source {
                ClientSource::Open(arrivals) => Source::Open(arrivals.clone()),
                ClientSource::Closed { users, think, think_text } => Source::Closed {
                    users: *users,
                    think: compiler.duration(think, &format!("{path}.think"), think_text.clone()),
                },
            };
            let sizes = client.sizes.as_ref().map(|sizes| {
                // Equal for every client, so that a key has one size wherever it appears.
                compiler.count(sizes, "sizes", String::new())
            });
            let own: Vec<SlotId> = (first_slot..slots.len())
                .filter(|slot| slots[*slot].part == Part::Request)
                .map(|slot| SlotId(slot as u32))
                .collect();
            clients.push(ClientPlan {
                component,
                name: declaration.name.clone(),
                source,
                keys: client.keys.clone(),
                users: client.users.clone(),
                sizes,
                priority: client.priority,
                start,
                slot: own.first().copied().unwrap_or(SlotId(0)),
                slots: own,
            });
        }
        (clients, slots)
    }

    #[expect(clippy::too_many_arguments, reason = "what a session needs has no common owner")]
    fn compile_session(
        &self,
        declaration: &Declaration,
        client: &ClientBlueprint,
        component: ComponentId,
        number: usize,
        slots: &mut Vec<SlotPlan>,
        compiler: &mut Compiler<'_>,
        reader: &mut Reader<'_>,
    ) {
        let path = format!("client.{}", declaration.name);
        let note = |location| SiteNote {
            caller: component,
            entry: None,
            frames: 0,
            certain: true,
            sent: false,
            location: Some(location),
        };
        let mut short = |node: &Node, path: &str, compiler: &mut Compiler<'_>, slots: &mut Vec<SlotPlan>| {
            let (callee, operation) = compiler.target(node, reader)?;
            let Value::Text(text) = &node.value else { return None };
            let site = plain_site(operation, Pool::Component(callee.component), path, text.clone());
            let id = compiler.site(note(node.location), site);
            compiler.steps.push(Step::Call(id));
            compiler.sites[id.index()].next = compiler.here();
            let slot =
                slot_for(slots, SlotPlan { client: number, operation: Some(operation), part: Part::Request });
            compiler.record(id, slot);
            compiler.steps.push(Step::Relay);
            Some(())
        };
        match &client.asking {
            Asking::Request(target) => {
                let node = Node { location: target.location, value: Value::Text(target.name.clone()) };
                short(&node, &format!("{path}.request"), compiler, slots);
                return;
            }
            Asking::Mix(parts) => {
                let total: f64 = parts.iter().map(|(_, weight)| weight).sum();
                let choice = crate::units::ChoiceId(compiler.choices.len() as u32);
                compiler.choices.push(Choice::Drawn(Vec::new(), hash_name(&format!("{path}.mix"))));
                compiler.steps.push(Step::Choose(choice));
                let mut branches = Vec::new();
                let mut cumulative = 0.0;
                for (target, weight) in parts {
                    cumulative += weight / total;
                    branches.push((super::compiler::fraction(cumulative), compiler.here()));
                    let node = Node { location: target.location, value: Value::Text(target.name.clone()) };
                    short(&node, &format!("{path}.mix.{}", target.name), compiler, slots);
                }
                compiler.choices[choice.index()] = Choice::Drawn(branches, hash_name(&format!("{path}.mix")));
                return;
            }
            Asking::Session(steps) => {
                slots.push(SlotPlan { client: number, operation: None, part: Part::Request });
                let first = compiler.sites.len();
                let place = Place {
                    component,
                    role: Role::Session,
                    path: format!("{path}.session"),
                    frames: 0,
                    nesting: 0,
                    certain: true,
                };
                compiler.block(steps, &place, reader);
                for index in first..compiler.sites.len() {
                    let id = SiteId(index as u32);
                    if compiler.notes[index].sent {
                        continue;
                    }
                    let operation = compiler.sites[index].operation;
                    let slot = slot_for(
                        slots,
                        SlotPlan { client: number, operation: Some(operation), part: Part::Call },
                    );
                    compiler.record(id, slot);
                    compiler.sites[index].form = Form::Child;
                }
            }
        }
        compiler.steps.push(Step::Return(outcome::OK));
    }

    /// Finds the edges between components, and the policy of every call.
    fn connect(
        &self,
        entries: &[EntryPlan],
        compiler: &mut Compiler<'_>,
        reader: &mut Reader<'_>,
    ) -> Vec<EdgePlan> {
        let names: Vec<&str> =
            self.declarations.iter().map(|declaration| declaration.name.as_str()).collect();
        let mut policies = Policies::read(self.root, &names, reader);
        let mut edges: Vec<EdgePlan> = Vec::new();
        for index in 0..compiler.sites.len() {
            let note = compiler.notes[index].clone();
            let operation = compiler.sites[index].operation;
            let callees = match compiler.sites[index].pool {
                Pool::Component(callee) => vec![callee],
                Pool::Targets => self.offering(note.caller, operation, entries),
            };
            let defaults = if compiler.sites[index].pool == Pool::Targets {
                Defaults::DoNotHold
            } else {
                Defaults::Hold
            };
            let name = compiler.operations[operation.index()].clone();
            let mut found = Vec::new();
            for callee in &callees {
                let (caller, called) = (names[note.caller.index()], names[callee.index()]);
                found.push(policies.find(caller, called, &name, defaults, compiler));
            }
            if found.windows(2).any(|pair| !same_policy(&pair[0], &pair[1], compiler)) {
                let balancer = &self.declarations[note.caller.index()];
                reader
                    .error(balancer.location, format!("the targets of `{}` that offer `{name}` have different policies", balancer.name))
                    .help("a balancer picks the target after it has decided how long to wait: give the edges the same keys");
            }
            let site_edges = callees
                .iter()
                .map(|callee| {
                    (*callee, edge_for(&mut edges, EdgePlan { caller: note.caller, callee: *callee }))
                })
                .collect();
            let policy = found.into_iter().next().flatten().filter(|_| !note.sent);
            compiler.set_policy(SiteId(index as u32), policy, site_edges);
            let entry = |callee: &ComponentId| {
                entries.iter().position(|entry| entry.component == *callee && entry.operation == operation)
            };
            compiler.sites[index].entries =
                callees.iter().filter_map(entry).map(|entry| EntryId(entry as u16)).collect();
        }
        policies.warn_unused(reader);
        edges
    }

    /// The targets of a balancer that offer an operation.
    fn offering(
        &self,
        balancer: ComponentId,
        operation: OperationId,
        entries: &[EntryPlan],
    ) -> Vec<ComponentId> {
        let targets = self.declarations[balancer.index()].blueprint.targets();
        let ids = targets
            .iter()
            .filter_map(|target| {
                self.declarations.iter().position(|declaration| declaration.name == target.name)
            })
            .map(|index| ComponentId(index as u16));
        ids.filter(|id| entries.iter().any(|entry| entry.component == *id && entry.operation == operation))
            .collect()
    }

    fn shapes(&self, compiler: &mut Compiler<'_>) -> Vec<Shape> {
        let shape = |declaration: &Declaration| {
            let patience = declaration.patience.as_ref().map(|(law, text)| {
                compiler.duration(
                    law,
                    &format!("{}.{}.patience", declaration.spec.name, declaration.name),
                    text.clone(),
                )
            });
            Shape { patience, ..declaration.shape }
        };
        self.declarations.iter().map(shape).collect()
    }

    fn instances(&self) -> Vec<InstancePlan> {
        let mut instances = Vec::new();
        for (component, declaration) in self.declarations.iter().enumerate() {
            for index in 0..declaration.instances {
                let place = declaration.places[index as usize % declaration.places.len()];
                instances.push(InstancePlan { component: ComponentId(component as u16), index, place });
            }
        }
        instances
    }

    /// The pairs of places between which messages pass.
    fn talking_places(&self, edges: &[EdgePlan]) -> Vec<(crate::units::PlaceId, crate::units::PlaceId)> {
        let mut pairs = Vec::new();
        let places = |component: ComponentId| {
            let mut places: Vec<_> = self.declarations[component.index()].places.clone();
            places.truncate(self.declarations[component.index()].instances as usize);
            places
        };
        for edge in edges {
            for from in places(edge.caller) {
                for to in places(edge.callee) {
                    pairs.push((from, to));
                }
            }
        }
        pairs.sort_unstable();
        pairs.dedup();
        pairs
    }

    fn components(
        &self,
        entries: &[EntryPlan],
        shapes: &[Shape],
        compiler: &Compiler<'_>,
        catalogue: &Catalogue<'_>,
    ) -> Vec<ComponentPlan> {
        let mut first_instance = 0;
        let mut first_entry = 0;
        let firsts: Vec<u32> = self
            .declarations
            .iter()
            .scan(0, |next, declaration| {
                let first = *next;
                *next += declaration.instances;
                Some(first)
            })
            .collect();
        let mut components = Vec::new();
        for (index, declaration) in self.declarations.iter().enumerate() {
            let component = ComponentId(index as u16);
            let count = catalogue.operations[index].len() as u16;
            let pools = if declaration.blueprint.targets().is_empty() {
                Vec::new()
            } else {
                let operations = catalogue.operations[index].iter().map(|name| {
                    let id = compiler
                        .operations
                        .iter()
                        .position(|known| known == name)
                        .expect("the operation is known");
                    OperationId(id as u16)
                });
                operations
                    .map(|operation| {
                        let offering = self.offering(component, operation, entries);
                        let instances = offering.iter().flat_map(|target| {
                            let first = firsts[target.index()];
                            (first..first + self.declarations[target.index()].instances).map(InstanceId)
                        });
                        (operation, instances.collect())
                    })
                    .collect()
            };
            components.push(ComponentPlan {
                name: declaration.name.clone(),
                kind: declaration.spec.name,
                blueprint: declaration.blueprint.clone(),
                shape: shapes[index],
                instances: (InstanceId(first_instance), declaration.instances),
                entries: (EntryId(first_entry), count),
                setting: Setting {
                    name: hash_name(&declaration.name),
                    instances: declaration.instances,
                    pools,
                },
            });
            first_instance += declaration.instances;
            first_entry += count;
        }
        components
    }

    /// A client whose requests reach a kind that goes by keys must say which keys.
    fn check_keys_are_there(
        &self,
        clients: &[ClientPlan],
        entries: &[EntryPlan],
        catalogue: &Catalogue<'_>,
        compiler: &Compiler<'_>,
        diagnostics: &mut Diagnostics,
    ) {
        for client in clients.iter().filter(|client| client.keys.is_none()) {
            let reached = graph::keyed_operation(client, entries, compiler, catalogue);
            if let Some(operation) = reached {
                let declaration = &self.declarations[client.component.index()];
                diagnostics
                    .error(declaration.location, format!("client `{}` has no `keys`, but its requests reach `{operation}`", client.name))
                    .help("add `keys = { count = \"1 M\", zipf = 1.0 }`, `keys = { count = 1000 }` or `keys = \"new\"`");
            }
        }
    }
}

impl graph::Keyed for Catalogue<'_> {
    fn keyed(&self, component: ComponentId, operation: &str) -> Option<String> {
        let callee = self.callee(component, operation)?;
        callee.keyed.then(|| format!("{}.{operation}", self.declarations[component.index()].name))
    }
}

fn plain_site(operation: OperationId, pool: Pool, path: &str, text: String) -> Site {
    Site {
        operation,
        pool,
        edges: Vec::new(),
        entries: Vec::new(),
        policy: None,
        form: Form::Hop,
        key: None,
        user: None,
        size: None,
        priority: None,
        keeps_reading: false,
        next: crate::units::StepId(0),
        handlers: Vec::new(),
        on_error: None,
        slot: None,
        salt: hash_name(path),
        text,
    }
}

fn slot_for(slots: &mut Vec<SlotPlan>, slot: SlotPlan) -> SlotId {
    let index = slots.iter().position(|known| *known == slot).unwrap_or_else(|| {
        slots.push(slot);
        slots.len() - 1
    });
    SlotId(index as u32)
}

fn edge_for(edges: &mut Vec<EdgePlan>, edge: EdgePlan) -> EdgeId {
    let index = edges.iter().position(|known| *known == edge).unwrap_or_else(|| {
        edges.push(edge);
        edges.len() - 1
    });
    EdgeId(index as u16)
}

/// Whether two policies that were compiled apart say the same.
fn same_policy(
    left: &Option<crate::resilience::Policy>,
    right: &Option<crate::resilience::Policy>,
    compiler: &Compiler<'_>,
) -> bool {
    let words = |policy: &Option<crate::resilience::Policy>| {
        policy.as_ref().map(|policy| {
            let text = |amount: crate::units::AmountId| compiler.amounts[amount.index()].text.clone();
            let retry = policy.retry.as_ref().map(|retry| {
                (
                    retry.attempts,
                    std::mem::discriminant(&retry.backoff),
                    retry.base().map(text),
                    retry.cap,
                    retry.jitter,
                    retry.on.clone(),
                )
            });
            (policy.timeout.map(text), retry, policy.cancel)
        })
    };
    words(left) == words(right)
}

/// The words behind `answer`, `return` and `fail`, wherever they stand.
fn collect_words(node: &Node, words: &mut Vec<String>) {
    match &node.value {
        Value::Table(table) => {
            for entry in table.iter() {
                if let ("answer" | "return" | "fail", Value::Text(word)) =
                    (entry.name.as_str(), &entry.node.value)
                {
                    words.push(word.clone());
                }
                collect_words(&entry.node, words);
            }
        }
        Value::Array(elements) => elements.iter().for_each(|element| collect_words(element, words)),
        _ => {}
    }
}
