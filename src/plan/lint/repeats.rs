//! Lints about attempts after the first: what is done twice, and retries that come at once.

use super::super::listing::program;
use super::super::{Plan, Pool, Site, Step};
use super::Subject;
use crate::outcome;
use crate::resilience::{Backoff, Policy};
use crate::scenario::{Diagnostics, Location};
use crate::units::{EntryId, OutcomeId};
use std::collections::BTreeSet;

/// What becomes of the work is not known after these.
const UNSURE: [OutcomeId; 3] = [outcome::TIMEOUT, outcome::RESET, outcome::ERROR];

/// So may calls of a callee end that has too much to do.
const OVERLOADED: [OutcomeId; 4] =
    [outcome::TIMEOUT, outcome::REJECTED, outcome::UNAVAILABLE, outcome::ERROR];

pub(super) fn check(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    let mut told: BTreeSet<(&str, Location, String)> = BTreeSet::new();
    for (index, site) in subject.plan.sites.iter().enumerate() {
        let note = &subject.origins.sites[index];
        let Some(policy) = site.policy.as_ref().filter(|_| !matches!(site.pool, Pool::Aimed(_))) else {
            continue;
        };
        let callee = site.edges.first().map_or("", |(callee, _)| subject.name(*callee));
        let called = format!("{callee}.{}", subject.plan.operations[site.operation.index()]);
        if let (Some(place), true) = (note.rules.retry, comes_at_once(policy))
            && told.insert(("retry_without_backoff", place, String::new()))
        {
            diagnostics
                .lint("retry_without_backoff", place, "these retries follow at once, when the callee can bear them least")
                .label("no `backoff`, and no `budget` that limits them")
                .help("add `backoff = { doubling = \"50 ms\", cap = \"1 s\" }, jitter = \"full\"`, or `budget = \"10 %\"`");
        }
        let (what, place) = match (repeats(policy), policy.hedge) {
            (true, _) => ("a retry", note.rules.retry),
            (false, Some(_)) => ("a hedge", note.rules.hedge),
            (false, None) => continue,
        };
        let Some((place, twice)) = place.zip(done_twice(subject, site)) else { continue };
        if !told.insert(("retry_not_idempotent", place, called.clone())) {
            continue;
        }
        let message = match twice == called {
            true => format!("{what} of `{called}` may do twice what should be done once"),
            false => format!("{what} of `{called}` may do `{twice}` twice, which should be done once"),
        };
        diagnostics
            .lint("retry_not_idempotent", place, message)
            .label("an attempt may have done its work although nobody heard of it".to_owned())
            .help("ask a `filter` first, with `key = \"{id}\"`, and end on `seen`; or try again only what was not begun: `on = [\"refused\", \"rejected\"]`");
    }
}

/// Whether a callee that has too much to do is asked again at once, and no budget restrains that.
fn comes_at_once(policy: &Policy) -> bool {
    policy.retry.as_ref().is_some_and(|retry| {
        retry.attempts != Some(1)
            && matches!(retry.backoff, Backoff::None)
            && retry.budget.is_none()
            && retry.on.iter().any(|word| OVERLOADED.contains(word))
    })
}

/// Whether a call is tried again after an attempt that may have done its work.
fn repeats(policy: &Policy) -> bool {
    policy.retry.as_ref().is_some_and(|retry| {
        let is_unsure = |word: &OutcomeId| UNSURE.contains(word) || word.index() >= outcome::ALL.len();
        retry.attempts != Some(1) && retry.on.iter().any(is_unsure)
    })
}

/// The first operation that a call leads to and that changes more the second time, unless its handler first asks somebody
/// whether it has `seen` the request.
fn done_twice(subject: &Subject<'_>, site: &Site) -> Option<String> {
    let (mut seen, mut open) = (BTreeSet::new(), site.entries.clone());
    while let Some(entry) = open.pop() {
        if !seen.insert(entry) {
            continue;
        }
        let plan = &subject.plan.entries[entry.index()];
        let operation = &subject.plan.operations[plan.operation.index()];
        let component = &subject.plan.components[plan.component.index()];
        if !component.blueprint.is_idempotent(operation) {
            return Some(format!("{}.{operation}", component.name));
        }
        open.extend(unguarded_callees(subject.plan, entry));
    }
    None
}

/// What a handler calls, up to the first call whose outcome `seen` it handles.
fn unguarded_callees(plan: &Plan, entry: EntryId) -> Vec<EntryId> {
    let steps = &plan.steps[program(plan, plan.entries[entry.index()].start)];
    let sites = steps.iter().filter_map(|step| match step {
        Step::Call(site) | Step::Send(site, _) => Some(&plan.sites[site.index()]),
        _ => None,
    });
    let guards = |site: &&Site| site.handlers.iter().any(|(word, _)| *word == outcome::SEEN);
    sites.take_while(|site| !guards(site)).flat_map(|site| site.entries.iter().copied()).collect()
}
