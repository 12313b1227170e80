//! What caches will be asked for: the keys of a client's trace, if nothing else reaches them.

use super::builder::Builder;
use super::compiler::Compiler;
use super::declare::Declaration;
use super::program::{Field, Step, Template};
use super::{ClientPlan, EntryPlan, Source, Traced, graph};
use crate::component::Carries;
use crate::mechanism::eviction::Future;
use crate::scenario::{Diagnostics, Location};
use crate::units::{ComponentId, StepId};
use std::sync::Arc;

/// What leads to the operations of a component that carry values.
struct Ways {
    /// Whether each entry is one of these operations, or may call one, however far off.
    entries: Vec<bool>,
    /// The call sites that lead to such entries, in their order.
    sites: Vec<usize>,
}

impl Ways {
    fn to(component: ComponentId, entries: &[EntryPlan], compiler: &Compiler<'_>) -> Ways {
        let callees: Vec<Vec<usize>> =
            (0..compiler.sites.len()).map(|site| graph::callees(site, entries, compiler)).collect();
        let asks = |entry: &EntryPlan| entry.component == component && entry.carries != Carries::Nothing;
        let mut ways = Ways { entries: entries.iter().map(asks).collect(), sites: Vec::new() };
        // Each round finds the callers of what was found before.
        loop {
            let leads = |site: &usize| callees[*site].iter().any(|callee| ways.entries[*callee]);
            let sites: Vec<usize> = (0..callees.len()).filter(leads).collect();
            if sites.len() == ways.sites.len() {
                return ways;
            }
            for caller in sites.iter().filter_map(|site| compiler.notes[*site].entry) {
                ways.entries[caller] = true;
            }
            ways.sites = sites;
        }
    }
}

impl Builder<'_> {
    /// What each component will be asked for that has to know it. `first_errand` is the first entry that nobody can call by
    /// name.
    pub(super) fn futures(
        &self,
        clients: &[ClientPlan],
        (entries, first_errand): (&[EntryPlan], usize),
        compiler: &Compiler<'_>,
        diagnostics: &mut Diagnostics,
    ) -> Vec<Option<Arc<Future>>> {
        let declarations = self.declarations.iter().enumerate();
        let future = |(index, declaration): (usize, &Declaration)| {
            let location = declaration.blueprint.foresees()?;
            let ways = Ways::to(ComponentId(index as u16), entries, compiler);
            let mut problems = self.strangers(&ways, first_errand, compiler);
            let asks = |client: &&ClientPlan| {
                ways.sites.iter().any(|site| {
                    compiler.notes[*site].entry.is_none() && compiler.notes[*site].caller == client.component
                })
            };
            let askers: Vec<&ClientPlan> = clients.iter().filter(asks).collect();
            for client in askers.iter().filter(|client| !client.source.tells_keys()) {
                problems.push(format!("client `{}` has no trace with a column `key`", client.name));
            }
            if let ([first, second, ..], true) = (askers.as_slice(), problems.is_empty()) {
                problems.push(format!(
                    "the traces of two clients, `{}` and `{}`, have no common order",
                    first.name, second.name
                ));
            }
            report(&declaration.name, location, &problems, diagnostics);
            let traced = askers.first().and_then(|client| match &client.source {
                Source::Trace(traced) if problems.is_empty() => Some(traced),
                _ => None,
            });
            Some(Arc::new(traced.map(|traced| read(traced, &ways, compiler)).unwrap_or_default()))
        };
        declarations.map(future).collect()
    }

    /// What else than the requests of clients, with their own keys, asks a component.
    fn strangers(&self, ways: &Ways, first_errand: usize, compiler: &Compiler<'_>) -> Vec<String> {
        let mut strangers = Vec::new();
        for &site in &ways.sites {
            let (note, asked) = (&compiler.notes[site], &compiler.sites[site]);
            let caller = &self.declarations[note.caller.index()].name;
            let own = matches!(asked.key, None | Some(Template::Field(Field::Key)));
            let stranger = if note.entry.is_some_and(|entry| entry >= first_errand) {
                format!("`{caller}` calls `{}` by itself", asked.text)
            } else if !own {
                format!("`{caller}` calls `{}` with another key than the request's", asked.text)
            } else {
                continue;
            };
            if !strangers.contains(&stranger) {
                strangers.push(stranger);
            }
        }
        strangers
    }
}

fn report(name: &str, location: Location, problems: &[String], diagnostics: &mut Diagnostics) {
    for problem in problems {
        diagnostics
            .error(location, format!("`belady` must know what `{name}` will be asked for, but {problem}"))
            .help("it is for a cache whose keys all come from the trace of one client; any other `eviction` needs no trace");
    }
}

/// What of a trace leads to a component.
fn read(traced: &Traced, ways: &Ways, compiler: &Compiler<'_>) -> Future {
    let leads = |start: &Option<StepId>| match start.map(|step| compiler.steps[step.index()]) {
        Some(Step::Call(site)) => ways.sites.contains(&site.index()),
        _ => true,
    };
    let operations: Vec<bool> = traced.starts.iter().map(leads).collect();
    let mut replay = traced.trace.replay();
    let lines = std::iter::from_fn(|| replay.next(&traced.trace));
    Future::of((0..).zip(lines).filter_map(|(place, told)| {
        let leads = told.operation.is_none_or(|operation| operations[operation as usize]);
        told.key.filter(|_| leads).map(|key| (place, key))
    }))
}
