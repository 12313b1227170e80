//! The graph of calls: cycles, the depth of nesting, and what a request can reach.

use super::compiler::Compiler;
use super::program::{Choice, Exchange, Form, Pool, Site, Step};
use super::{ClientPlan, EntryPlan};
use crate::scenario::{Diagnostics, Location};
use crate::units::{AmountId, ComponentId, OperationId, StepId};
use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use std::collections::BTreeSet;

/// A request can hold this many frames; its count fits in eight bits.
const FRAMES_MAX: usize = 255;

/// The first work of a handler, where nothing that takes time comes before it.
pub(super) fn first_work(steps: &[Step], start: StepId) -> Option<AmountId> {
    match steps.get(start.index())? {
        Step::Work(time) => Some(*time),
        _ => None,
    }
}

/// The entries that a site may lead to.
pub(super) fn callees(site: usize, entries: &[EntryPlan], compiler: &Compiler<'_>) -> Vec<usize> {
    let site = &compiler.sites[site];
    let calls = |entry: &EntryPlan| {
        entry.operation == site.operation
            && site.edges.iter().any(|(component, _)| *component == entry.component)
    };
    entries.iter().enumerate().filter(|(_, entry)| calls(entry)).map(|(index, _)| index).collect()
}

/// Gives every call its form, now that all edges are known: calls on a cycle and calls of handlers that answer early have
/// requests of their own. Cycles without a way out are errors.
pub(super) fn settle(
    entries: &[EntryPlan],
    compiler: &mut Compiler<'_>,
    diagnostics: &mut Diagnostics,
    name: impl Fn(usize) -> String,
) {
    let (cyclic, endless) =
        (cycles(entries, compiler, |_| true), cycles(entries, compiler, |certain| certain));
    let mut reported: Vec<usize> = Vec::new();
    for site in 0..compiler.sites.len() {
        let callees = callees(site, entries, compiler);
        let note = compiler.notes[site].clone();
        if callees.iter().any(|callee| entries[*callee].answers_early) {
            compiler.sites[site].form = Form::Child;
        }
        let Some(caller) = note.entry else { continue };
        if cyclic[caller].is_some() && callees.iter().any(|callee| cyclic[*callee] == cyclic[caller]) {
            compiler.sites[site].form = Form::Child;
        }
        let Some(turn) = endless[caller] else { continue };
        if note.certain
            && callees.iter().any(|callee| endless[*callee] == Some(turn))
            && !reported.contains(&turn)
        {
            reported.push(turn);
            let path: Vec<String> =
                (0..entries.len()).filter(|entry| endless[*entry] == Some(turn)).map(&name).collect();
            let location: Option<Location> = note.location;
            diagnostics
                .error(location, format!("calls go round for ever: {}", path.join(" -> ")))
                .help("every turn of a cycle must pass through a `choose`, an `on_OUTCOME` or a `repeat`");
        }
    }
}

/// A crash parts a caller from its callees, which go on: their calls have requests of their own.
pub(super) fn part(may_crash: &BTreeSet<ComponentId>, compiler: &mut Compiler<'_>) {
    for site in 0..compiler.sites.len() {
        if may_crash.contains(&compiler.notes[site].caller) {
            compiler.sites[site].form = Form::Child;
        }
    }
}

/// Finds the calls that the caller's own readings must survive: those of handlers that may read sizes and versions of their
/// own. `reads` says of each entry whether its mechanism hands a reading to the caller. Errands, whose entries begin at
/// `first_errand`, have no readings of their own, and bring back what the callee's handler has read.
pub(super) fn keep_readings(
    entries: &[EntryPlan],
    compiler: &mut Compiler<'_>,
    first_errand: usize,
    reads: impl Fn(&EntryPlan) -> bool,
) {
    let direct: Vec<bool> = entries.iter().map(reads).collect();
    if !direct.contains(&true) {
        return;
    }
    // A balancer hands on what its targets read.
    let forwards = |entry: usize, known: &[bool], compiler: &Compiler<'_>| {
        (0..compiler.sites.len()).any(|site| {
            compiler.notes[site].entry == Some(entry)
                && compiler.sites[site].pool == Pool::Targets
                && callees(site, entries, compiler).into_iter().any(|callee| known[callee])
        })
    };
    let mut hands_over = direct;
    for _ in 0..entries.len() {
        hands_over = (0..entries.len())
            .map(|entry| hands_over[entry] || forwards(entry, &hands_over, compiler))
            .collect();
    }
    for site in 0..compiler.sites.len() {
        let callees = callees(site, entries, compiler);
        let calls = |callee: &usize| compiler.notes.iter().any(|note| note.entry == Some(*callee));
        let is_errand = compiler.notes[site].entry.is_some_and(|entry| entry >= first_errand);
        compiler.sites[site].keeps_reading = compiler.sites[site].pool != Pool::Targets
            && !is_errand
            && callees.iter().any(|callee| !hands_over[*callee] && calls(callee));
    }
}

/// Says of every call what it has to do with the `value` of its handler; `is_row` says of each entry whether it is about a
/// row with a value. Balancers and probes hand on what they are given.
pub(super) fn exchange_values(
    entries: &[EntryPlan],
    compiler: &mut Compiler<'_>,
    is_row: impl Fn(&EntryPlan) -> bool,
) {
    for site in 0..compiler.sites.len() {
        let (Pool::Component(_) | Pool::Named(_)) = compiler.sites[site].pool else { continue };
        let callees = callees(site, entries, compiler);
        if compiler.sites[site].exchange == Exchange::None {
            let are_rows = callees.iter().all(|callee| is_row(&entries[*callee]));
            compiler.sites[site].exchange = if are_rows { Exchange::Row(None) } else { Exchange::Apart };
        }
    }
}

/// The cycle that an entry is on, if any.
type Cycle = Option<usize>;

/// The cycle of each entry in the graph of calls, of all or of the certain ones.
fn cycles(entries: &[EntryPlan], compiler: &Compiler<'_>, counts: impl Fn(bool) -> bool) -> Vec<Cycle> {
    let mut graph = DiGraph::<usize, ()>::new();
    let nodes: Vec<NodeIndex> = (0..entries.len()).map(|entry| graph.add_node(entry)).collect();
    let mut loops = vec![false; entries.len()];
    for site in 0..compiler.sites.len() {
        let note = &compiler.notes[site];
        let Some(caller) = note.entry.filter(|_| counts(note.certain)) else { continue };
        for callee in callees(site, entries, compiler) {
            graph.add_edge(nodes[caller], nodes[callee], ());
            loops[caller] |= caller == callee;
        }
    }
    let mut numbers: Vec<Cycle> = vec![None; entries.len()];
    for (number, component) in tarjan_scc(&graph).into_iter().enumerate() {
        if component.len() > 1 || loops[graph[component[0]]] {
            for node in component {
                numbers[graph[node]] = Some(number);
            }
        }
    }
    numbers
}

/// The largest number of frames that a request can hold.
pub(super) fn depth(entries: &[EntryPlan], compiler: &Compiler<'_>, diagnostics: &mut Diagnostics) -> usize {
    let mut depths = vec![None; entries.len()];
    // A child holds its pass besides the rest.
    let has_gate = |site: &Site| site.policy.as_ref().is_some_and(|policy| policy.gate.is_some());
    let passes = usize::from(compiler.sites.iter().any(has_gate));
    let mut deepest = 2 + passes;
    for entry in 0..entries.len() {
        deepest = deepest.max(entry_depth(entry, entries, compiler, &mut depths) + 2 + passes);
    }
    for site in 0..compiler.sites.len() {
        deepest =
            deepest.max(compiler.notes[site].frames + site_depth(site, entries, compiler, &mut depths) + 2);
    }
    if deepest > FRAMES_MAX {
        diagnostics
            .error(None, format!("calls and blocks are nested {deepest} deep; {FRAMES_MAX} is the most"));
    }
    deepest
}

/// Frames of a visit for an entry: the visit's own, its blocks', and those of the deepest call that walks on in it.
fn entry_depth(
    entry: usize,
    entries: &[EntryPlan],
    compiler: &Compiler<'_>,
    depths: &mut Vec<Option<usize>>,
) -> usize {
    if let Some(depth) = depths[entry] {
        return depth;
    }
    // On a cycle every call has a request of its own, so that this value is never asked for while it stands.
    depths[entry] = Some(0);
    let mut depth = entries[entry].frames + 1;
    for site in 0..compiler.sites.len() {
        if compiler.notes[site].entry == Some(entry) {
            depth = depth.max(compiler.notes[site].frames + site_depth(site, entries, compiler, depths));
        }
    }
    depths[entry] = Some(depth + 1);
    depth + 1
}

fn site_depth(
    site: usize,
    entries: &[EntryPlan],
    compiler: &Compiler<'_>,
    depths: &mut Vec<Option<usize>>,
) -> usize {
    /// Saved fields, and the token of a route.
    const CARRIED: usize = 6;
    let has_gate = compiler.sites[site].policy.as_ref().is_some_and(|policy| policy.gate.is_some());
    let has_value = compiler.sites[site].exchange != Exchange::None;
    let carried = if compiler.sites[site].carries_nothing_of_its_own() { 1 } else { CARRIED }
        + usize::from(has_value)
        + usize::from(compiler.sites[site].delay.is_some())
        + usize::from(has_gate);
    if compiler.sites[site].form == Form::Child {
        return carried + 1;
    }
    let callees = callees(site, entries, compiler);
    carried
        + callees.into_iter().map(|callee| entry_depth(callee, entries, compiler, depths)).max().unwrap_or(0)
}

/// Leads every way that ends at a jump to where the jump leads.
pub(super) fn thread_jumps(
    entries: &mut [EntryPlan],
    clients: &mut [ClientPlan],
    compiler: &mut Compiler<'_>,
) {
    let steps = compiler.steps.clone();
    let lead = |to: &mut StepId| {
        // Jumps lead forward, so that this ends.
        while let Step::Jump(next) = steps[to.index()] {
            *to = next;
        }
    };
    for step in &mut compiler.steps {
        if let Step::Jump(to) | Step::Repeat(_, to) = step {
            lead(to);
        }
    }
    for choice in &mut compiler.choices {
        match choice {
            Choice::Drawn(branches, _) => branches.iter_mut().for_each(|(_, to)| lead(to)),
            Choice::Held(branches, rest) => {
                branches.iter_mut().for_each(|(_, to)| lead(to));
                lead(rest);
            }
        }
    }
    for site in &mut compiler.sites {
        lead(&mut site.next);
        site.handlers.iter_mut().for_each(|(_, to)| lead(to));
        site.on_error.iter_mut().for_each(lead);
    }
    compiler.forks.iter_mut().for_each(|fork| lead(&mut fork.next));
    entries.iter_mut().for_each(|entry| lead(&mut entry.start));
    clients.iter_mut().for_each(|client| lead(&mut client.start));
}

/// What tells whether an operation is about a key.
pub(super) trait Keyed {
    /// The name of the operation, if it is.
    fn keyed(&self, component: ComponentId, operation: &str) -> Option<String>;
}

/// An operation that is about a key and that requests of this client reach with the client's own key.
pub(super) fn keyed_operation(
    client: &ClientPlan,
    entries: &[EntryPlan],
    compiler: &Compiler<'_>,
    keyed: &dyn Keyed,
) -> Option<String> {
    let mut seen = vec![false; entries.len()];
    let mut open: Vec<usize> = (0..compiler.sites.len())
        .filter(|site| {
            compiler.notes[*site].entry.is_none() && compiler.notes[*site].caller == client.component
        })
        .collect();
    while let Some(site) = open.pop() {
        if compiler.sites[site].key.is_some() {
            continue;
        }
        let operation: OperationId = compiler.sites[site].operation;
        for (component, _) in &compiler.sites[site].edges {
            let name = &compiler.operations[operation.index()];
            if let Some(found) = keyed.keyed(*component, name) {
                return Some(found);
            }
        }
        for callee in callees(site, entries, compiler) {
            if !std::mem::replace(&mut seen[callee], true) {
                open.extend(
                    (0..compiler.sites.len()).filter(|next| compiler.notes[*next].entry == Some(callee)),
                );
            }
        }
    }
    None
}
