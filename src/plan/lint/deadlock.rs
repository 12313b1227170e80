//! The lint about pools that can lock themselves up: the deadlock of a thread pool that calls itself.

use super::super::listing::program;
use super::super::{Plan, Site, Step};
use super::Subject;
use crate::scenario::Diagnostics;
use crate::station::{Discipline, Handling, UNBOUNDED};
use std::collections::BTreeSet;

/// Operations that wait for a worker of their own component while they hold one. When all workers are held by such visits,
/// each waits for another for ever.
pub(super) fn check(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    let plan = subject.plan;
    for (index, entry) in plan.entries.iter().enumerate() {
        let shape = &plan.components[entry.component.index()].shape;
        if shape.handling == Handling::EventLoop
            || shape.workers == UNBOUNDED
            || shape.discipline == Discipline::ProcessorSharing
        {
            continue;
        }
        let comes_back = |site: &usize| {
            let reached = reached(plan, &plan.sites[*site]);
            reached.into_iter().any(|other| plan.entries[other].component == entry.component)
        };
        let Some(site) = calls(plan, index).find(comes_back) else { continue };
        let name = subject.name(entry.component);
        let operation = &plan.operations[entry.operation.index()];
        diagnostics
            .lint(
                "self_deadlock",
                subject.place_of_call(site),
                format!("`{name}.{operation}` holds a worker of `{name}` while it waits for another one"),
            )
            .label(format!("this call comes back to `{name}`"))
            .help(format!(
                "when all workers are held like this, nothing moves: write `blocking = false` in [{}.{name}], or a timeout for this call",
                plan.components[entry.component.index()].kind
            ));
    }
}

/// The calls that an entry waits for without limit, as indices of sites.
fn calls(plan: &Plan, entry: usize) -> impl Iterator<Item = usize> {
    let steps = &plan.steps[program(plan, plan.entries[entry].start)];
    let sites = steps.iter().filter_map(|step| match step {
        Step::Call(site) => Some(site.index()),
        _ => None,
    });
    sites.filter(|site| {
        let policy = plan.sites[*site].policy.as_ref();
        policy.is_none_or(|policy| policy.timeout.is_none() && policy.deadline.is_none())
    })
}

/// The entries that a call leads to, at any depth.
fn reached(plan: &Plan, site: &Site) -> BTreeSet<usize> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<usize> = site.entries.iter().map(|entry| entry.index()).collect();
    while let Some(next) = open.pop() {
        if reached.insert(next) {
            open.extend(
                calls(plan, next).flat_map(|site| plan.sites[site].entries.iter().map(|entry| entry.index())),
            );
        }
    }
    reached
}
