//! Builds the plan of a scenario: reads its tables, compiles its handlers, and finds everything that is wrong.

use super::call::{Rules, SiteNote};
use super::compiler::{Compiler, Place, Role};
use super::connect::Connections;
use super::declare::{self, Declaration};
use super::document::{Document, first_path};
use super::essence::{self, Essence};
use super::header::{Header, read_limits};
use super::knobs::knobs;
use super::network::Network;
use super::objective::{self, FaultSpan, Objective};
use super::price::PriceTable;
use super::program::{Exchange, Form, Law, Pool, Site, Step};
use super::requirement::Requirements;
use super::roster::Roster;
use super::shown::Shown;
use super::size;
use super::symbols::Symbols;
use super::tables::{Body, TABLES};
use super::{
    ClientPlan, ComponentPlan, EdgePlan, EntryPlan, ErrandPlan, InstancePlan, Limits, Plan, apart, fault,
    graph, hint, lint, marks, memory, names,
};
use crate::component::{Carries, Errand, Geography, KINDS, Line, Register, Setting, Spec, Staff, Ward};
use crate::fault::{Condition, Fault, reported_windows};
use crate::files::Files;
use crate::kernel::random::{hash_name, mix};
use crate::measure::timeline::Timeline;
use crate::outcome;
use crate::resilience::Latency;
use crate::results::Knob;
use crate::scenario::{
    Beside, Diagnostics, Entry, Estimates, Location, Named, Node, Reader, Table, Value, suggest,
};
use crate::station::{Shape, Works};
use crate::units::{ComponentId, EntryId, InstanceId, OperationId, PlaceId, Span, StepId, Time};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Each window cuts the time of the run in two more places, and every count is kept for each cut.
const WINDOW_EDGES_MAX: usize = 1000;

/// Bins of the plots.
const BINS: u64 = 120;

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
    /// When its faults begin and end, and those of the base that a variant does not have.
    pub fault_spans: Vec<FaultSpan>,
    /// What of it can be changed with a slider.
    pub knobs: Vec<Knob>,
    /// The lints that it allows.
    pub allowed: Vec<Named>,
    /// What a run of it tells beyond what it always tells.
    pub shown: Shown,
    /// What is required of it.
    pub requirements: Requirements,
    /// What of its text its design comes from.
    pub essence: Essence,
    /// The files beside it that some of its values stand in, each with a digest of them.
    pub value_files: Vec<(String, u64)>,
    /// Where its parts stand in the text.
    pub(super) origins: Origins,
}

/// Where the parts of a plan stand in the text.
pub(super) struct Origins {
    /// The names of the components.
    pub(super) components: Vec<Location>,
    /// Whether the tables of the components say where their instances stand.
    pub(super) placed: Vec<bool>,
    /// The call sites.
    pub(super) sites: Vec<SiteNote>,
}

/// Builds a variant of a scenario, or its base. `None` if there are errors, which are in `diagnostics`.
pub fn build(document: &Document, variant: Option<&str>, diagnostics: &mut Diagnostics) -> Option<Scenario> {
    let built = build_scenario(document, variant, diagnostics);
    hint::give(document, variant, diagnostics);
    built
}

fn build_scenario(
    document: &Document,
    variant: Option<&str>,
    diagnostics: &mut Diagnostics,
) -> Option<Scenario> {
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
    if !size::fits_components(&root, diagnostics) {
        return None;
    }
    let header = Header::read(&root, &estimates, diagnostics);
    let limits = read_limits(&root, &estimates, diagnostics);
    let allowed = lint::read_allowed(&root, diagnostics);
    let objectives = objective::read(&root, "slo", &estimates, diagnostics);
    let claims = objective::read(&root, "claim", &estimates, diagnostics);
    let requirements = Requirements::read(&root, diagnostics);
    // They are those of the base: a variant may be without what it must have.
    let required = if variant.is_none() { requirements.clone() } else { Requirements::default() };
    required.check_names(&root, diagnostics);
    let beside = Beside::new(Arc::clone(document.files()));
    let network = match root.get("network") {
        Some(node) => {
            let mut reader = Reader::new(diagnostics, &estimates).with(&beside);
            match reader.table(node) {
                Some(table) => Network::read(table, node.location, &mut reader),
                None => Network::default_network(),
            }
        }
        None => Network::default_network(),
    };
    let declarations = declare::read_all(&root, &network, &estimates, &beside, diagnostics);
    let shown = Shown::read(&root, &declarations, diagnostics);
    let mut reader = Reader::new(diagnostics, &estimates).with(&beside);
    let price_table = PriceTable::read(&root, &network, &mut reader);
    let faults = fault::read_all(&root, header.as_ref(), &declarations, &network, &mut reader);
    // Without a header there is nothing to run, but the rest of the file can still be checked.
    let header = header.unwrap_or_default();
    let all: Vec<&Objective> = objectives.iter().chain(&claims).collect();
    let mut fault_spans = fault::spans(&root, &header, &estimates);
    if variant.is_some()
        && let Some(base) = document.tables(None, &mut Diagnostics::new())
    {
        // A fault that the variant does not have is a stretch of time all the same, so that it can be compared with the base.
        for span in fault::spans(&base, &header, &estimates) {
            if !fault_spans.iter().any(|known| known.name == span.name) {
                fault_spans.push(span);
            }
        }
    }
    let mut edges = objective::window_edges(&all, header.warm_up, &fault_spans);
    if edges.len() > WINDOW_EDGES_MAX {
        diagnostics.error(None, format!("more than {} windows in [slo] and [claim]", WINDOW_EDGES_MAX / 2));
        return None;
    }
    edges.extend(reported_windows(&faults).into_iter().flat_map(|(_, window)| window));
    let timeline = Timeline::new(header.warm_up, header.duration, BINS, &edges);
    let builder = Builder {
        root: &root,
        estimates: &estimates,
        declarations: &declarations.list,
        roster: &declarations.roster,
        network: &network,
        files: document.files(),
        beside: &beside,
        measured: header.duration,
        price_table: &price_table,
        seed: header.seed,
        required: &required,
        shown: &shown,
    };
    let replications = header.replications;
    let built = builder.plan(header, timeline, limits, faults, diagnostics);
    if diagnostics.has_errors() {
        return None;
    }
    let (mut plan, origins) = built?;
    plan.apart = apart::asked(&all, &plan);
    let knobs = knobs(&root, &estimates);
    let essence = essence::essence(&root, &estimates);
    Some(Scenario {
        plan,
        estimates,
        objectives,
        claims,
        replications,
        fault_spans,
        knobs,
        allowed,
        shown,
        requirements,
        essence,
        value_files: beside.read(),
        origins,
    })
}

fn check_tables(root: &Table, diagnostics: &mut Diagnostics) {
    let choices: Vec<&str> =
        TABLES.iter().map(|table| table.name).chain(KINDS.iter().map(|kind| kind.name)).collect();
    for entry in root.iter() {
        if !choices.contains(&entry.name.as_str()) {
            let error = diagnostics.unknown(entry.name_location, "table", &entry.name, "", &choices).cause();
            if let Some(meant) = meant_component(entry, root) {
                error.help(format!("did you mean {meant}?"));
            } else if let Some(header) = meant_header(entry, &choices) {
                error.help(format!("did you mean {header}? valid tables: {}", choices.join(", ")));
            }
        }
    }
}

/// What a table may stand for that has the name of a component: `server.app.instances` for `app.instances`.
fn meant_component(entry: &Entry, root: &Table) -> Option<String> {
    let has_it = |kind: &&Spec| match root.get(kind.name).map(|node| &node.value) {
        Some(Value::Table(tables)) => tables.get(&entry.name).is_some(),
        _ => false,
    };
    let kind = KINDS.iter().find(has_it)?.name;
    match &entry.node.value {
        Value::Table(table) if table.is_made() => Some(format!("`{kind}.{}`", first_path(entry)?)),
        _ => Some(format!("[{kind}.{}]", entry.name)),
    }
}

/// The header that a table with an unknown name may stand for: `[server.app]` for `[service.app]`.
fn meant_header(entry: &Entry, choices: &[&str]) -> Option<String> {
    let Value::Table(inner) = &entry.node.value else { return None };
    let first = inner.iter().find(|inner| matches!(inner.node.value, Value::Table(_)))?;
    if first.name.contains("->") {
        return Some(format!("[call.\"{}\"]", first.name));
    }
    let near = suggest(&entry.name, choices.iter().copied())?;
    let takes_names = TABLES
        .iter()
        .all(|table| table.name != near || matches!(table.body, Body::Named("NAME", _) | Body::Faults(_)));
    (takes_names && names::is_word(&first.name)).then(|| format!("[{near}.{}]", first.name))
}

/// What a plan is built from.
pub(super) struct Builder<'a> {
    pub(super) root: &'a Table,
    pub(super) estimates: &'a Estimates,
    pub(super) declarations: &'a [Declaration],
    /// All components that the text has.
    pub(super) roster: &'a Roster,
    pub(super) network: &'a Network,
    /// What stands beside the scenario.
    pub(super) files: &'a Arc<dyn Files>,
    /// The same, for values.
    pub(super) beside: &'a Beside,
    /// The measured time.
    pub(super) measured: Span,
    /// What `[price]` says.
    pub(super) price_table: &'a PriceTable,
    /// The seed of the scenario.
    pub(super) seed: u64,
    /// What must be there.
    pub(super) required: &'a Requirements,
    /// What is listed besides.
    pub(super) shown: &'a Shown,
}

impl Builder<'_> {
    fn plan(
        &self,
        header: Header,
        timeline: Timeline,
        limits: Limits,
        faults: Vec<Fault>,
        diagnostics: &mut Diagnostics,
    ) -> Option<(Plan, Origins)> {
        let symbols = Symbols::of(self.declarations, self.roster, self.root, diagnostics)?;
        self.required.check_operations(&symbols, diagnostics);
        let own_words = symbols.own_words.clone();
        let mut outcomes: Vec<String> = outcome::ALL.iter().map(|known| known.word.to_owned()).collect();
        outcomes.extend(
            own_words.iter().filter(|word| !outcome::ALL.iter().any(|known| known.word == **word)).cloned(),
        );
        let offered = symbols.operations.iter().map(Vec::len).sum();
        // Both are told, if both are too many.
        let fits =
            [size::fits_operations(offered, diagnostics), size::fits_outcomes(outcomes.len(), diagnostics)];
        let functions: usize = self.declarations.iter().map(|one| one.blueprint.functions().len()).sum();
        if fits != [true; 2] || !size::fits_functions(functions, diagnostics) {
            return None;
        }
        let mut operations: Vec<String> = symbols.operations.iter().flatten().cloned().collect();
        operations.sort_unstable();
        operations.dedup();
        let mut compiler = Compiler::new(&symbols, outcomes, operations);
        let mut reader = Reader::new(diagnostics, self.estimates).with(self.beside);
        let mut entries = self.compile_entries(&symbols, &mut compiler, &mut reader);
        let (mut clients, slots) = self.compile_clients(&mut compiler, &mut reader);
        let first_errand = entries.len();
        let errands = self.compile_errands(&symbols, &mut entries, &mut compiler, &mut reader);
        let lookups = self.compile_lookups(&symbols, &mut entries, &mut compiler, &mut reader);
        let Connections { edges, letters } = self.connect(&entries, first_errand, &mut compiler, &mut reader);
        let fits = [
            size::fits_operations(entries.len(), reader.diagnostics),
            size::fits_edges(edges.len(), reader.diagnostics),
            size::fits_outcomes(compiler.outcomes.len(), reader.diagnostics),
        ];
        if fits != [true; 3] {
            return None;
        }
        compiler.lanes = self.lanes(&compiler, &mut reader);
        let keepers = self.keepers(&clients, &mut compiler);
        let shapes = self.shapes(&mut compiler);
        if reader.diagnostics.has_errors() {
            return None;
        }
        let words = compiler.operations.clone();
        graph::part(&self.may_crash(&faults), &mut compiler);
        graph::settle(&entries, &mut compiler, reader.diagnostics, |entry| {
            let EntryPlan { component, operation, .. } = entries[entry];
            format!("{}.{}", self.declarations[component.index()].name, words[operation.index()])
        });
        graph::keep_readings(&entries, &mut compiler, first_errand, |entry| {
            entry.carries != Carries::Nothing
        });
        let has_values = self.declarations.iter().any(|declaration| declaration.blueprint.has_values());
        if compiler.uses_values || has_values {
            graph::exchange_values(&entries, &mut compiler, |entry| {
                symbols.register(entry.component, &words[entry.operation.index()]) != Register::None
            });
        }
        for site in &mut compiler.sites {
            site.plain = site.carries_nothing_of_its_own();
        }
        let depth = graph::depth(&entries, &compiler, reader.diagnostics);
        graph::thread_jumps(&mut entries, &mut clients, &mut compiler);
        let client_ids: Vec<ComponentId> = clients.iter().map(|client| client.component).collect();
        let takers = |entry: &EntryPlan| match entry.carries {
            Carries::There => self.aiming_at(entry.component),
            _ => Vec::new(),
        };
        let expected = marks::expected(&slots, &client_ids, &entries, &errands, &takers, &compiler);
        let instances = self.instances();
        let needed = self.talking_places(&edges);
        let links = self.network.links(&needed, &mut compiler, reader.diagnostics);
        let geography = Arc::new(Geography {
            places: instances.iter().map(|instance| instance.place).collect(),
            names: instances.iter().map(|instance| self.name_of(instance)).collect(),
            distances: links.iter().map(|link| mean_delay(&link.delay)).collect(),
            count: self.network.places.len(),
        });
        self.check_stores(reader.diagnostics);
        memory::check(self.declarations, &entries[..first_errand], &words, reader.diagnostics);
        let subjects = self.subjects(&shapes, reader.diagnostics);
        self.check_keys_are_there(&clients, &entries, &symbols, &compiler, reader.diagnostics);
        let futures = self.futures(&clients, (&entries, first_errand), &compiler, reader.diagnostics);
        if reader.diagnostics.has_errors() {
            return None;
        }
        let asked = (0..first_errand).map(|entry| EntryId(entry as u16)).chain(lookups);
        let prices = self.prices(
            &self.payable(asked, &errands),
            &entries,
            &compiler.operations,
            &links,
            &mut Reader::new(diagnostics, self.estimates),
        );
        let mut components = self.components(
            &entries,
            &shapes,
            &compiler,
            &symbols,
            errands.into_iter().zip(letters).zip(subjects),
            (&geography, timeline.start()),
        );
        for (component, future) in components.iter_mut().zip(futures) {
            component.setting.future = future;
        }
        let mut starts: Vec<StepId> = entries.iter().map(|entry| entry.start).collect();
        starts.extend(clients.iter().map(|client| client.start));
        starts.sort_unstable();
        let plan = Plan {
            title: header.title,
            components,
            instances,
            entries,
            starts,
            edges,
            keepers,
            clients,
            slots,
            places: self.network.places.clone(),
            links,
            overhead: self.network.overhead,
            depth,
            faults,
            timeline,
            seed: header.seed,
            limits,
            prices,
            scale: header.scale,
            apart: BTreeSet::new(),
            steps: compiler.steps,
            amounts: compiler.amounts,
            sites: compiler.sites,
            forks: compiler.forks,
            choices: compiler.choices,
            sequences: compiler.sequences,
            functions: compiler.functions,
            marks: compiler.marks,
            mark_sites: compiler.mark_sites,
            expected,
            delays: compiler.delays,
            outcomes: compiler.outcomes,
            operations: compiler.operations,
        };
        let components = self.declarations.iter().map(|declaration| declaration.location).collect();
        let placed = self.declarations.iter().map(|declaration| declaration.is_placed).collect();
        Some((plan, Origins { components, placed, sites: compiler.notes }))
    }

    /// Compiles every operation of every component, in the order of both names.
    fn compile_entries(
        &self,
        symbols: &Symbols<'_>,
        compiler: &mut Compiler<'_>,
        reader: &mut Reader<'_>,
    ) -> Vec<EntryPlan> {
        let mut entries = Vec::new();
        for (index, declaration) in self.declarations.iter().enumerate() {
            let component = ComponentId(index as u16);
            for name in symbols.visited(index) {
                let operation = compiler.operation(name);
                let start = compiler.here();
                compiler.entry = Some(entries.len());
                compiler.answers = false;
                compiler.frames_max = 0;
                self.compile_lines(declaration, component, name, operation, compiler, reader);
                let fixed = declaration.spec.operations.iter().position(|known| known.name == name);
                let own = declaration.blueprint.own_operations();
                let own = own.iter().position(|known| known.name == *name);
                let own = own.map(|index| declaration.spec.operations.len() + index);
                entries.push(EntryPlan {
                    component,
                    operation,
                    start,
                    first_work: graph::first_work(&compiler.steps, start),
                    carries: fixed
                        .map_or(Carries::Nothing, |index| declaration.spec.operations[index].carries),
                    answers_early: compiler.answers,
                    frames: compiler.frames_max,
                    action: fixed.or(own).unwrap_or(usize::from(u16::MAX)) as u16,
                });
            }
        }
        compiler.entry = None;
        entries
    }

    pub(super) fn compile_lines(
        &self,
        declaration: &Declaration,
        component: ComponentId,
        name: &str,
        operation: OperationId,
        compiler: &mut Compiler<'_>,
        reader: &mut Reader<'_>,
    ) {
        let path = format!("{}.{}.{name}", declaration.spec.name, declaration.name);
        let lines = declaration.blueprint.lines(name);
        // Who consults may end there.
        let certain = !lines.iter().any(|line| matches!(line, Line::Consult));
        for line in lines {
            match line {
                Line::Work(work) => compiler.service(&work, &path),
                Line::Consult => compiler.steps.push(Step::Consult),
                Line::Forward => {
                    let note = SiteNote {
                        caller: component,
                        entry: compiler.entry,
                        frames: 1,
                        certain,
                        sent: false,
                        location: None,
                        rules: Rules::default(),
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

    /// The components that a fault or campaign may crash.
    fn may_crash(&self, faults: &[Fault]) -> BTreeSet<ComponentId> {
        let owners: Vec<ComponentId> = self
            .declarations
            .iter()
            .enumerate()
            .flat_map(|(index, own)| (0..own.instances).map(move |_| ComponentId(index as u16)))
            .collect();
        let crashes =
            |condition: &Condition| matches!(condition, Condition::Crash { .. } | Condition::Deploy(_));
        let mut may_crash = crate::fault::befallen(faults, |instance| owners[instance.index()], crashes);
        // Who is stopped while something is left to do crashes as well.
        let wards = self.declarations.iter().filter_map(|own| own.blueprint.ward());
        may_crash.extend(wards.filter_map(|ward| self.component(&ward.target.name)));
        let dies = |own: &Declaration| own.guard.is_some_and(|guard| guard.kills());
        let dying = self.declarations.iter().enumerate().filter(|(_, own)| dies(own));
        may_crash.extend(dying.map(|(index, _)| ComponentId(index as u16)));
        may_crash
    }

    fn shapes(&self, compiler: &mut Compiler<'_>) -> Vec<Shape> {
        let shape = |(index, declaration): (usize, &Declaration)| {
            let patience = declaration.patience.as_ref().map(|(law, text)| {
                compiler.duration(
                    law,
                    &format!("{}.{}.patience", declaration.spec.name, declaration.name),
                    text.clone(),
                )
            });
            let has_several = compiler.works_side_by_side.contains(&ComponentId(index as u16));
            let works = if has_several { Works::Several } else { Works::One };
            Shape { patience, works, ..declaration.shape }
        };
        self.declarations.iter().enumerate().map(shape).collect()
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

    /// What an instance is called, hashed.
    fn name_of(&self, instance: &InstancePlan) -> u64 {
        mix(hash_name(&self.declarations[instance.component.index()].name), u64::from(instance.index))
    }

    /// The component of this name.
    pub(super) fn component(&self, name: &str) -> Option<ComponentId> {
        let index = self.declarations.iter().position(|declaration| declaration.name == name)?;
        Some(ComponentId(index as u16))
    }

    /// The components that take from another one what is put there.
    fn aiming_at(&self, component: ComponentId) -> Vec<ComponentId> {
        let name = &self.declarations[component.index()].name;
        let aims = |other: &&ComponentId| {
            let aim = self.declarations[other.index()].blueprint.aims_at();
            aim.is_some_and(|aim| aim.name == *name)
        };
        let all: Vec<ComponentId> = (0..self.declarations.len() as u16).map(ComponentId).collect();
        all.iter().filter(aims).copied().collect()
    }

    /// Reports stores that do not exist, or that know no versions.
    fn check_stores(&self, diagnostics: &mut Diagnostics) {
        let keeps = |declaration: &&Declaration| declaration.blueprint.keeps_versions();
        let choices: Vec<&str> =
            self.declarations.iter().filter(keeps).map(|declaration| declaration.name.as_str()).collect();
        for declaration in self.declarations {
            let Some(store) = declaration.blueprint.copies_of() else { continue };
            // What the cache reads through or writes to need not be a store itself.
            let calls = |errand: &Errand| matches!(errand, Errand::Call { target, .. } if target == store);
            let is_written = !declaration.blueprint.errands().iter().any(calls);
            if is_written && !choices.contains(&store.name.as_str()) && !self.roster.is_broken(&store.name) {
                let place = " that keeps versions";
                diagnostics.unknown(store.location, "component", &store.name, place, &choices);
            }
        }
    }

    /// The pairs of places between which messages pass.
    fn talking_places(&self, edges: &[EdgePlan]) -> Vec<(PlaceId, PlaceId)> {
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
        let writers = self.declarations.iter().enumerate().filter(|(_, own)| own.blueprint.has_letters());
        for (component, _) in writers {
            let own = places(ComponentId(component as u16));
            pairs.extend(own.iter().flat_map(|from| own.iter().map(|to| (*from, *to))));
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
        symbols: &Symbols<'_>,
        affairs: impl Iterator<Item = Affairs>,
        (geography, zero): (&Arc<Geography>, Time),
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
        let named: usize = (0..self.declarations.len()).map(|index| symbols.visited(index).count()).sum();
        let mut components = Vec::new();
        let declarations = self.declarations.iter().enumerate();
        for ((index, declaration), ((errands, letters), subjects)) in declarations.zip(affairs) {
            let component = ComponentId(index as u16);
            let count = symbols.visited(index).count() as u16;
            let pools = if declaration.blueprint.targets().is_empty() {
                Vec::new()
            } else {
                let operations = symbols.operations[index].iter().map(|name| {
                    let id = compiler
                        .operations
                        .iter()
                        .position(|known| known == name)
                        .expect("the operation is known");
                    OperationId(id as u16)
                });
                operations
                    .map(|operation| {
                        let offering = self.offering(component, operation, &entries[..named]);
                        let instances = offering.iter().flat_map(|target| {
                            let first = firsts[target.index()];
                            (first..first + self.declarations[target.index()].instances).map(InstanceId)
                        });
                        (operation, instances.collect())
                    })
                    .collect()
            };
            let blueprint = &declaration.blueprint;
            let targets = blueprint.targets().iter().chain(blueprint.aims_at()).filter_map(|target| {
                let index = self.declarations.iter().position(|other| other.name == target.name)?;
                Some((InstanceId(firsts[index]), self.declarations[index].instances))
            });
            let staff = |ward: &Ward| {
                let target = self.component(&ward.target.name)?.index();
                let Declaration { instances: most, initial, .. } = self.declarations[target];
                Some(Staff { first: InstanceId(firsts[target]), most, initial })
            };
            components.push(ComponentPlan {
                name: declaration.name.clone(),
                kind: declaration.spec.name,
                blueprint: declaration.blueprint.clone(),
                shape: shapes[index],
                guard: declaration.guard,
                frailty: declaration.frailty.clone(),
                cold_start: declaration.cold_start,
                memory: self.memory(declaration, component, &entries[..named], compiler),
                by: declaration.by.clone(),
                lane: compiler.lanes[index].clone(),
                instances: (InstanceId(first_instance), declaration.instances),
                entries: (EntryId(first_entry), count),
                errands,
                letters,
                copies_of: declaration.blueprint.copies_of().and_then(|store| self.component(&store.name)),
                subjects,
                lists_instances: self.shown.instances.contains(&declaration.name),
                setting: Setting {
                    first: InstanceId(first_instance),
                    geography: geography.clone(),
                    name: hash_name(&declaration.name),
                    seed: self.seed,
                    instances: declaration.instances,
                    first_entry: EntryId(first_entry),
                    operations: symbols.operations[index].clone(),
                    workers: shapes[index].workers,
                    pools,
                    targets: targets.collect(),
                    staff: declaration.blueprint.ward().and_then(staff),
                    zero,
                    future: None,
                },
            });
            first_instance += declaration.instances;
            first_entry += count;
        }
        components
    }

    /// What a request for each operation of a component takes of its memory.
    fn memory(
        &self,
        declaration: &Declaration,
        component: ComponentId,
        entries: &[EntryPlan],
        compiler: &Compiler<'_>,
    ) -> Vec<u64> {
        let Some(memory) = &declaration.memory else { return Vec::new() };
        let own = entries.iter().filter(|entry| entry.component == component);
        own.map(|entry| memory.of(&compiler.operations[entry.operation.index()])).collect()
    }

    /// A client whose requests reach a kind that goes by keys must say which keys.
    fn check_keys_are_there(
        &self,
        clients: &[ClientPlan],
        entries: &[EntryPlan],
        symbols: &Symbols<'_>,
        compiler: &Compiler<'_>,
        diagnostics: &mut Diagnostics,
    ) {
        for client in clients.iter().filter(|client| !client.has_keys()) {
            let reached = graph::keyed_operation(client, entries, compiler, symbols);
            if let Some(operation) = reached {
                let declaration = &self.declarations[client.component.index()];
                diagnostics
                    .error(declaration.location, format!("client `{}` has no `keys`, but its requests reach `{operation}`", client.name))
                    .help("add `keys = { count = \"1 M\", zipf = 1.0 }`, `keys = { count = 1000 }` or `keys = \"new\"`");
            }
        }
    }
}

/// What the instances of a component do by themselves: errands, letters that take so long, and looks at others.
type Affairs = ((Vec<ErrandPlan>, Option<Latency>), Vec<(ComponentId, Option<usize>)>);

/// The mean time that a message takes [ns].
pub(super) fn mean_delay(delay: &Law) -> u64 {
    match delay {
        Law::Constant(span, _) => span.0,
        Law::Drawn(law) => law.mean().map_or(u64::MAX, |mean| Span::from_nanoseconds(mean).0),
        Law::Computed(_) => unreachable!("no link computes its delay"),
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
