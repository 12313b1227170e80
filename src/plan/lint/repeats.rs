//! Lints about attempts after the first: what is done twice, and retries that come at once.

use super::super::listing::program;
use super::super::{Plan, Pool, Site, Step};
use super::Subject;
use super::halfway::{Halfway, Handlers};
use crate::outcome;
use crate::resilience::{Backoff, Policy};
use crate::scenario::{Diagnostics, Location};
use crate::units::{EntryId, OutcomeId};
use std::collections::BTreeSet;

/// What becomes of the work is not known after these.
pub(super) const UNSURE: [OutcomeId; 3] = [outcome::TIMEOUT, outcome::RESET, outcome::ERROR];

/// So attempts end that were not begun, unless a handler ends as one of its own calls.
const UNBEGUN: [OutcomeId; 2] = [outcome::REFUSED, outcome::REJECTED];

/// So may calls of a callee end that has too much to do.
const OVERLOADED: [OutcomeId; 4] =
    [outcome::TIMEOUT, outcome::REJECTED, outcome::UNAVAILABLE, outcome::ERROR];

pub(super) fn check(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    let mut told: BTreeSet<(&str, Location, String)> = BTreeSet::new();
    let repeated = subject.plan.sites.iter().filter(|site| {
        let policy = site.policy.as_ref();
        policy.is_some_and(|policy| policy.retry.is_some() || policy.hedge.is_some())
    });
    let handlers = Handlers::of(subject, repeated.flat_map(|site| site.entries.iter().copied()));
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
        let again: &[OutcomeId] = match &policy.retry {
            Some(retry) if retry.attempts != Some(1) => &retry.on,
            _ => &[],
        };
        let (repeats, halfway) = (again.iter().any(is_unsure), handlers.halfway(site, again));
        let (what, place) = match policy.hedge {
            _ if repeats || halfway.is_some() => ("a retry", note.rules.retry),
            Some(_) => ("a hedge", note.rules.hedge),
            None => continue,
        };
        let Some(place) = place else { continue };
        let unsure = handlers.done_twice(site).filter(|_| repeats || policy.hedge.is_some());
        let Some(twice) = unsure.clone().or(halfway.as_ref().map(|(_, halfway)| halfway.done.clone())) else {
            continue;
        };
        if !told.insert(("retry_not_idempotent", place, called.clone())) {
            continue;
        }
        let message = match twice == called {
            true => format!("{what} of `{called}` may do twice what should be done once"),
            false => format!("{what} of `{called}` may do `{twice}` twice, which should be done once"),
        };
        let label = match halfway.filter(|_| unsure.is_none()) {
            Some((word, Halfway { done, failed })) => {
                let word = &subject.plan.outcomes[word.index()];
                format!("it may end with `{word}` because of `{failed}`, after `{done}` was done")
            }
            None => "an attempt may have done its work although nobody heard of it".to_owned(),
        };
        let unbegun = match (unsure.is_some(), handlers.halfway(site, &UNBEGUN)) {
            (true, None) => {
                "try again only what was not begun: `on = [\"refused\", \"rejected\"]`".to_owned()
            }
            (true, Some((_, Halfway { failed, .. }))) => format!(
                "try again only what was not begun, `on = [\"refused\", \"rejected\"]`, and handle the failure of `{failed}` (`on_error`), \
                 which would end so after the work was done"
            ),
            (false, _) => {
                let failed = halfway.map_or("", |(_, halfway)| &halfway.failed);
                format!(
                    "handle the failure of `{failed}` (`on_error`), so that nothing ends with it after the work was done"
                )
            }
        };
        let help = format!("ask a `filter` first, with `key = \"{{id}}\"`, and end on `seen`; or {unbegun}");
        diagnostics.lint("retry_not_idempotent", place, message).label(label).help(help);
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

/// Whether an attempt that ends so may have done its work.
fn is_unsure(word: &OutcomeId) -> bool {
    UNSURE.contains(word) || word.index() >= outcome::ALL.len()
}

/// The first operation that a call of an entry leads to and that changes more the second time, unless its handler first asks somebody
/// whether it has `seen` the request.
pub(super) fn done_twice(subject: &Subject<'_>, entry: EntryId) -> Option<String> {
    let (mut seen, mut open) = (BTreeSet::new(), vec![entry]);
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
    sites.take_while(|site| !is_guard(site)).flat_map(|site| site.entries.iter().copied()).collect()
}

/// Whether a call asks if the request has been seen.
pub(super) fn is_guard(site: &Site) -> bool {
    site.handlers.iter().any(|(word, _)| *word == outcome::SEEN)
}
