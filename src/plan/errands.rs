//! Compiles what the instances of components do by themselves: each errand is a small program of its own, whose entry stands
//! behind those that can be called by name.

use super::builder::Builder;
use super::call::plain_site;
use super::call::{Rules, SiteNote};
use super::compiler::{Compiler, Place, Role};
use super::program::{Exchange, Pool, Site, Step};
use super::symbols::Symbols;
use super::targets::unknown_target;
use super::{EntryPlan, ErrandPlan, graph};
use crate::component::{Carries, Errand, Line, Terms, Through};
use crate::distribution::Distribution;
use crate::kernel::random::{hash_name, mix};
use crate::outcome;
use crate::resilience::{Cancel, Policy};
use crate::scenario::{Named, Reader};
use crate::units::{AmountId, ComponentId, EntryId, OperationId, Span, StepId};

/// The operation that a probe asks for; a component that does not offer it answers without work.
const HEALTH: &str = "health";

/// What a caller asks of a component that tells where its targets are.
const LOOKUP: &str = "lookup";

/// What a probe is to the component that sends it: not what it answers when it is probed itself.
const PROBE: &str = "probe";

impl Builder<'_> {
    /// Compiles the errands of every component; by component, in the order of the blueprint.
    pub(super) fn compile_errands(
        &self,
        symbols: &Symbols<'_>,
        entries: &mut Vec<EntryPlan>,
        compiler: &mut Compiler<'_>,
        reader: &mut Reader<'_>,
    ) -> Vec<Vec<ErrandPlan>> {
        let mut all = Vec::new();
        for (index, declaration) in self.declarations.iter().enumerate() {
            let component = ComponentId(index as u16);
            let path = format!("{}.{}", declaration.spec.name, declaration.name);
            let compile = |(number, errand)| match errand {
                Errand::Work(work) => {
                    let operation = compiler.operation(work.key);
                    let start = compiler.here();
                    compiler.service(&work, &path);
                    compiler.steps.push(Step::Return(outcome::OK));
                    Some(ErrandPlan::Work(hidden(entries, component, operation, start, compiler)))
                }
                Errand::Call { target, operation } => {
                    let callee = self.errand_target(index, &target, symbols, reader)?;
                    if !symbols.operations[callee].contains(&operation) {
                        let names: Vec<&str> =
                            symbols.operations[callee].iter().map(String::as_str).collect();
                        let place = format!(" of `{}`, which `{}` needs", target.name, declaration.name);
                        reader.diagnostics.unknown(target.location, "operation", &operation, &place, &names);
                        return None;
                    }
                    let called = compiler.operation(&operation);
                    let id = ComponentId(callee as u16);
                    let (pool, form) = symbols.callee(id, &operation)?.pool();
                    let text = format!("{}.{operation}", target.name);
                    let start = call(component, entries.len(), called, pool, &path, text, compiler);
                    compiler.sites.last_mut().expect("the call has a site").form = form;
                    Some(ErrandPlan::Call(
                        hidden(entries, component, called, start, compiler),
                        Through::Queue,
                    ))
                }
                Errand::Script { target, operations } => {
                    let callee = self.errand_target(index, &target, symbols, reader)?;
                    let store = &self.declarations[callee];
                    let acts = |operation: &&str| {
                        let is_offered =
                            symbols.operations[callee].iter().any(|offered| offered == operation);
                        let consults = |line: &Line| matches!(line, Line::Consult);
                        is_offered
                            && matches!(store.blueprint.lines(operation).last(), Some(line) if consults(line))
                    };
                    let Some(operation) = operations.iter().copied().find(acts) else {
                        // Each of its scripts would say the same.
                        if number == 0 {
                            let message =
                                format!("the {} `{}` keeps no counters", store.spec.name, target.name);
                            reader.error(target.location, message).help("name a cache or a database");
                        }
                        return None;
                    };
                    let called = compiler.operation(operation);
                    let pool = Pool::Component(ComponentId(callee as u16));
                    let text = format!("{}.{operation}", target.name);
                    let path = format!("{path}.{number}");
                    let start = call(component, entries.len(), called, pool, &path, text, compiler);
                    let site = compiler.sites.last_mut().expect("the script has a site");
                    site.script = Some((component, number as u16));
                    Some(ErrandPlan::Call(
                        hidden(entries, component, called, start, compiler),
                        Through::Queue,
                    ))
                }
                Errand::Peer { operation } => {
                    let called = compiler.operation(operation);
                    let text = format!("{}.{operation}", declaration.name);
                    let pool = Pool::Aimed(component);
                    let start = call(component, entries.len(), called, pool, &path, text, compiler);
                    let own = hidden(entries, component, called, start, compiler);
                    Some(ErrandPlan::Call(own, Through::Queue))
                }
                Errand::Handler { key, delay, steps } => {
                    let operation = compiler.operation(key);
                    let start = compiler.here();
                    let path = format!("{path}.{key}");
                    let place =
                        Place { component, role: Role::Own, path, frames: 0, nesting: 0, certain: true };
                    compiler.entry = Some(entries.len());
                    compiler.frames_max = 0;
                    if let Some(delay) = delay {
                        let path = format!("{}.{}.{}", declaration.spec.name, declaration.name, delay.key);
                        let time = compiler.duration(&delay.time, &path, delay.text);
                        compiler.steps.push(Step::Wait(time));
                    }
                    compiler.handler(&steps, &place, reader);
                    compiler.steps.push(Step::Return(outcome::OK));
                    compiler.entry = None;
                    let entry = hidden(entries, component, operation, start, compiler);
                    entries[entry.index()].frames = compiler.frames_max;
                    Some(ErrandPlan::Work(entry))
                }
                Errand::Ask { target, operation, terms } => {
                    let callee = self.errand_target(index, &target, symbols, reader)?;
                    let called =
                        self.hidden_entry(index, &target, callee, operation, entries, compiler, reader)?;
                    let text = format!("{}.{operation}", target.name);
                    let pool = Pool::Aimed(ComponentId(callee as u16));
                    let start = call(component, entries.len(), called, pool, &path, text, compiler);
                    if let Terms::Message(timeout) = terms {
                        let timeout = timeout_of(timeout, &format!("{path}.{operation}.timeout"), compiler);
                        let site = compiler.sites.last_mut().expect("the call has a site");
                        site.policy = Some(Policy {
                            timeout: Some(timeout),
                            cancel: Some(Cancel::Everything),
                            ..Policy::default()
                        });
                        site.exchange = Exchange::Message;
                    }
                    let asks = compiler.operation(operation);
                    Some(ErrandPlan::Call(hidden(entries, component, asks, start, compiler), Through::Queue))
                }
                Errand::Probe { target, timeout, through } => {
                    let callee = self.declarations.iter().position(|other| other.name == target.name)?;
                    let callee = ComponentId(callee as u16);
                    let operation = compiler.operation(HEALTH);
                    let is_offered =
                        entries.iter().any(|entry| entry.component == callee && entry.operation == operation);
                    if !is_offered {
                        let start = compiler.here();
                        compiler.steps.push(Step::Return(outcome::OK));
                        hidden(entries, callee, operation, start, compiler);
                    }
                    let text = format!("{}.{HEALTH}", target.name);
                    let start =
                        call(component, entries.len(), operation, Pool::Aimed(callee), &path, text, compiler);
                    let timeout = timeout_of(timeout, &format!("{path}.health.timeout"), compiler);
                    let site = compiler.sites.last_mut().expect("the probe has a site");
                    site.policy = Some(Policy { timeout: Some(timeout), ..Policy::default() });
                    let probe = compiler.operation(PROBE);
                    Some(ErrandPlan::Call(hidden(entries, component, probe, start, compiler), through))
                }
            };
            all.push(declaration.blueprint.errands().into_iter().enumerate().filter_map(compile).collect());
        }
        all
    }

    /// Compiles what an attempt does that does not know where to go yet: it asks, and leaves. Every call of a component that
    /// tells where its targets are has such a program of its own. The operations that it visits.
    pub(super) fn compile_lookups(
        &self,
        symbols: &Symbols<'_>,
        entries: &mut Vec<EntryPlan>,
        compiler: &mut Compiler<'_>,
        reader: &mut Reader<'_>,
    ) -> Vec<EntryId> {
        let mut lookups = Vec::new();
        for (index, declaration) in self.declarations.iter().enumerate() {
            let component = ComponentId(index as u16);
            let is_callee = |site: &Site| site.pool == Pool::Named(component);
            if !symbols.tells_where(index) || !compiler.sites.iter().any(is_callee) {
                continue;
            }
            let operation = compiler.operation(LOOKUP);
            let start = compiler.here();
            self.compile_lines(declaration, component, LOOKUP, operation, compiler, reader);
            lookups.push(hidden(entries, component, operation, start, compiler));
            for site in 0..compiler.sites.len() {
                if !is_callee(&compiler.sites[site]) {
                    continue;
                }
                let note = SiteNote {
                    entry: Some(entries.len()),
                    frames: 2,
                    certain: false,
                    sent: false,
                    rules: Rules::default(),
                    ..compiler.notes[site].clone()
                };
                let caller = note.caller;
                let text = format!("{}.{LOOKUP}", declaration.name);
                let asking = plain_site(operation, Pool::Resolver(component), "", text);
                let salt = mix(compiler.sites[site].salt, hash_name(LOOKUP));
                let start = compiler.here();
                let id = compiler.site(note, Site { salt, ..asking });
                compiler.steps.push(Step::Call(id));
                let (next, on_error) = (compiler.here(), Some(compiler.here()));
                compiler.sites[id.index()] = Site { next, on_error, ..compiler.sites[id.index()].clone() };
                compiler.steps.push(Step::Depart);
                compiler.sites[site].lookup = Some(hidden(entries, caller, operation, start, compiler));
            }
        }
        lookups
    }

    /// The operation of a callee that only errands ask for; its entry is made when the first of them does.
    #[expect(clippy::too_many_arguments, reason = "what an entry needs has no common owner")]
    fn hidden_entry(
        &self,
        caller: usize,
        target: &Named,
        callee: usize,
        name: &str,
        entries: &mut Vec<EntryPlan>,
        compiler: &mut Compiler<'_>,
        reader: &mut Reader<'_>,
    ) -> Option<OperationId> {
        let (asks, asked) = (&self.declarations[caller], &self.declarations[callee]);
        let hidden_ones = asked.blueprint.hidden_operations();
        let Some(index) = hidden_ones.iter().position(|hidden| hidden.name == name) else {
            let message = format!(
                "`{}` is a {}: a {} cannot take anything from it",
                target.name, asked.spec.name, asks.spec.name
            );
            reader.error(target.location, message);
            return None;
        };
        let (component, operation) = (ComponentId(callee as u16), compiler.operation(name));
        let is_made = |entry: &EntryPlan| entry.component == component && entry.operation == operation;
        if !entries.iter().any(is_made) {
            let start = compiler.here();
            self.compile_lines(asked, component, name, operation, compiler, reader);
            let entry = hidden(entries, component, operation, start, compiler);
            let entry = &mut entries[entry.index()];
            entry.carries = hidden_ones[index].carries;
            entry.action = (asked.spec.operations.len() + index) as u16;
        }
        Some(operation)
    }

    /// Whom a component calls by itself, by its index.
    fn errand_target(
        &self,
        caller: usize,
        target: &Named,
        symbols: &Symbols<'_>,
        reader: &mut Reader<'_>,
    ) -> Option<usize> {
        let callable = |index: usize| index != caller && !symbols.operations[index].is_empty();
        let callees = (0..self.declarations.len()).filter(|index| callable(*index));
        let found = callees.clone().find(|index| self.declarations[*index].name == target.name);
        if found.is_none() && !symbols.may_offer(&target.name) {
            let names: Vec<&str> = callees.map(|index| self.declarations[index].name.as_str()).collect();
            let own = &self.declarations[caller].name;
            unknown_target(own, target, &names, self.roster, reader.diagnostics);
        }
        found
    }
}

/// How long a call waits that does so on terms of its own.
fn timeout_of(timeout: Span, path: &str, compiler: &mut Compiler<'_>) -> AmountId {
    let law = Distribution::constant(timeout.seconds()).expect("a timeout is a duration");
    compiler.duration(&law, path, format!("{} s", timeout.seconds()))
}

/// The program of an errand that makes a call and reports what came of it.
fn call(
    caller: ComponentId,
    entry: usize,
    operation: OperationId,
    pool: Pool,
    path: &str,
    text: String,
    compiler: &mut Compiler<'_>,
) -> StepId {
    let start = compiler.here();
    let note = SiteNote {
        caller,
        entry: Some(entry),
        frames: 1,
        certain: false,
        sent: false,
        location: None,
        rules: Rules::default(),
    };
    let path = format!("{path}->{text}");
    let id = compiler.site(note, plain_site(operation, pool, &path, text));
    compiler.steps.push(Step::Call(id));
    compiler.sites[id.index()].next = compiler.here();
    compiler.steps.push(Step::Relay);
    start
}

/// An entry that nobody can call by name.
fn hidden(
    entries: &mut Vec<EntryPlan>,
    component: ComponentId,
    operation: OperationId,
    start: StepId,
    compiler: &Compiler<'_>,
) -> EntryId {
    entries.push(EntryPlan {
        component,
        operation,
        start,
        first_work: graph::first_work(&compiler.steps, start),
        carries: Carries::Nothing,
        answers_early: false,
        frames: 1,
        action: u16::MAX,
    });
    EntryId((entries.len() - 1) as u16)
}
