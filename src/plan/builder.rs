//! Puts the plan together: compiles what clients and components do, then finds out what depends on all of it.

use super::call::SiteNote;
use super::compiler::Compiler;
use super::connect::Connections;
use super::declare::Declaration;
use super::header::Header;
use super::network::{Network, mean_delay};
use super::price::PriceTable;
use super::requirement::Requirements;
use super::roster::Roster;
use super::shown::Shown;
use super::size;
use super::symbols::Symbols;
use super::{ClientPlan, EntryPlan, Limits, Plan, graph, marks, memory};
use crate::component::{Carries, Errand, Geography, Register};
use crate::fault::{Condition, Fault};
use crate::files::Files;
use crate::measure::timeline::Timeline;
use crate::mechanism::arrange::Arrange;
use crate::outcome;
use crate::scenario::{Beside, Diagnostics, Estimates, Location, Reader, Table};
use crate::units::{ComponentId, EntryId, Span, StepId};
use std::collections::BTreeSet;
use std::sync::Arc;

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

/// Where the parts of a plan stand in the text.
pub(super) struct Origins {
    /// The names of the components.
    pub(super) components: Vec<Location>,
    /// Whether the tables of the components say where their instances stand.
    pub(super) placed: Vec<bool>,
    /// The call sites.
    pub(super) sites: Vec<SiteNote>,
}

impl Builder<'_> {
    /// The plan, and where its parts stand in the text; `None` after errors.
    pub(super) fn plan(
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
        operations.arrange();
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
        starts.arrange();
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

    /// The component of this name.
    pub(super) fn component(&self, name: &str) -> Option<ComponentId> {
        let index = self.declarations.iter().position(|declaration| declaration.name == name)?;
        Some(ComponentId(index as u16))
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
