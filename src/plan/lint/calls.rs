//! Lints about how long callers wait: no timeout where messages can be lost, timeouts that always strike.

use super::super::bounds::{Copies, least_attempts};
use super::super::{Law, Plan, Pool, Site};
use super::Subject;
use crate::fault::{Condition, Fault, LinkEffect, LinkSet, Notice, Selector};
use crate::scenario::{Diagnostics, format_duration, format_share};
use crate::units::{AmountId, ComponentId, SECOND};
use std::collections::BTreeSet;

pub(super) fn check(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    no_timeout(subject, diagnostics);
    short_timeout(subject, diagnostics);
}

/// Callers who wait for an answer over an edge that can lose it, without any limit. Told once for each edge.
fn no_timeout(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    let plan = subject.plan;
    let limited = limited_entries(subject);
    let mut told: BTreeSet<(ComponentId, ComponentId)> = BTreeSet::new();
    for (index, site) in plan.sites.iter().enumerate() {
        let note = &subject.origins.sites[index];
        let (Pool::Component(callee) | Pool::Aimed(callee), false) = (site.pool, note.sent) else { continue };
        if is_limited(site)
            || note.entry.is_some_and(|entry| limited[entry])
            || told.contains(&(note.caller, callee))
        {
            continue;
        }
        let Some(why) = loss(subject, note.caller, site) else { continue };
        told.insert((note.caller, callee));
        let (caller, callee) = (subject.name(note.caller), subject.name(callee));
        diagnostics
            .lint(
                "no_timeout",
                subject.place_of_call(index),
                format!("calls from `{caller}` to `{callee}` can wait for ever: they have no timeout"),
            )
            .label(why)
            .help(format!("write `timeout = \"1 s\"` in [call.\"{caller} -> {callee}\"]"));
    }
}

/// Whether a caller gives up some time.
fn is_limited(site: &Site) -> bool {
    site.policy.as_ref().is_some_and(|policy| policy.timeout.is_some() || policy.deadline.is_some())
}

/// Of each entry, whether whoever calls it hands a deadline on to it.
fn limited_entries(subject: &Subject<'_>) -> Vec<bool> {
    let plan = subject.plan;
    let mut limited = vec![true; plan.entries.len()];
    loop {
        let mut next = vec![false; plan.entries.len()];
        let mut is_called = vec![false; plan.entries.len()];
        for (index, site) in plan.sites.iter().enumerate() {
            let note = &subject.origins.sites[index];
            let hands_on = site
                .policy
                .as_ref()
                .and_then(|policy| policy.deadline)
                .is_some_and(|deadline| deadline.is_handed_on)
                || !note.sent && note.entry.is_some_and(|entry| limited[entry]);
            for entry in &site.entries {
                let first = !std::mem::replace(&mut is_called[entry.index()], true);
                next[entry.index()] = hands_on && (first || next[entry.index()]);
            }
        }
        if next == limited {
            return limited;
        }
        limited = next;
    }
}

/// Why messages of a call can be lost, or of the calls that a balancer makes of it; none if they cannot.
fn loss(subject: &Subject<'_>, caller: ComponentId, site: &Site) -> Option<String> {
    site.edges.iter().find_map(|(callee, _)| {
        loss_between(subject.plan, caller, *callee).or_else(|| {
            let mut onward = subject
                .plan
                .sites
                .iter()
                .zip(&subject.origins.sites)
                .filter(|(site, note)| note.caller == *callee && site.pool == Pool::Targets);
            // A balancer stands behind its callers, never in a circle.
            onward.find_map(|(site, _)| loss(subject, *callee, site))
        })
    })
}

fn loss_between(plan: &Plan, caller: ComponentId, callee: ComponentId) -> Option<String> {
    let places = |component: ComponentId| {
        let (first, count) = plan.components[component.index()].instances;
        let instances = &plan.instances[first.index()..first.index() + count as usize];
        instances.iter().map(|instance| instance.place.index()).collect::<BTreeSet<usize>>()
    };
    let names = || (&plan.components[caller.index()].name, &plan.components[callee.index()].name);
    let mut worst = 0;
    for from in places(caller) {
        for to in places(callee) {
            let loss = |from: usize, to: usize| plan.links[from * plan.places.len() + to].loss;
            worst = worst.max(loss(from, to)).max(loss(to, from));
        }
    }
    if worst > 0 && caller != callee {
        let (caller, callee) = names();
        let share = worst as f64 / 18_446_744_073_709_551_616.0;
        return Some(format!(
            "{} of the messages between `{caller}` and `{callee}` are lost",
            format_share(share)
        ));
    }
    let fault = plan.faults.iter().find(|fault| loses(plan, fault, caller, callee))?;
    let (caller, callee) = names();
    Some(match fault.condition {
        Condition::Crash { .. } => format!("`{}` leaves calls of `{callee}` without any answer", fault.name),
        _ => format!("`{}` loses messages between `{caller}` and `{callee}`", fault.name),
    })
}

/// Whether a fault can keep an answer from a caller without a word.
fn loses(plan: &Plan, fault: &Fault, caller: ComponentId, callee: ComponentId) -> bool {
    let befalls = |selectors: &[Selector], component: ComponentId| {
        selectors.iter().any(|selector| match *selector {
            Selector::Instances { first, .. } => plan.instances[first.index()].component == component,
            Selector::Role { component: owner, .. } => owner == component,
        })
    };
    match &fault.condition {
        Condition::Crash { targets, notice: Notice::Silent, .. } => befalls(targets, callee),
        Condition::Links { links, effect: LinkEffect::Cut | LinkEffect::Loss(_) } => {
            let joins = |set: &LinkSet, from, to| befalls(&set.from, from) && befalls(&set.to, to);
            links.iter().any(|set| joins(set, caller, callee) || joins(set, callee, caller))
        }
        _ => false,
    }
}

/// Timeouts and deadlines that are over before an answer can be expected.
fn short_timeout(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    let plan = subject.plan;
    let least = |copies| least_attempts(plan, copies, subject.origins.sites.iter().map(|note| note.caller));
    let least = least(Copies::AtHand).into_iter().zip(least(Copies::Missing));
    let mut told = BTreeSet::new();
    for (index, (site, (hit, miss))) in plan.sites.iter().zip(least).enumerate() {
        let note = &subject.origins.sites[index];
        let (Some(policy), Some(place)) = (&site.policy, note.rules.timeout) else { continue };
        let Some(timeout) = policy.timeout.and_then(|timeout| constant(plan, timeout)) else { continue };
        let (least, when, what) = match timeout < hit {
            true => (hit, "", "an answer"),
            false => (miss, " on a miss", "a miss"),
        };
        if timeout >= least || !told.insert(place) {
            continue;
        }
        let callee = site.edges.first().map_or("", |(callee, _)| subject.name(*callee));
        let operation = &plan.operations[site.operation.index()];
        let again = match &policy.retry {
            Some(retry) if retry.attempts != Some(1) => ", and every retry adds to the work",
            _ => "",
        };
        diagnostics
            .lint(
                "short_timeout",
                place,
                format!(
                    "this timeout is shorter than `{callee}.{operation}` takes{when}, even without a queue"
                ),
            )
            .label(format!("{what} takes {} on average{again}", format_duration(least)))
            .help(format!("write more than {}", format_duration(least)));
    }
}

/// A duration that is always the same \[s\].
fn constant(plan: &Plan, amount: AmountId) -> Option<f64> {
    match plan.amounts[amount.index()].law {
        Law::Constant(span, _) => Some(span.0 as f64 / SECOND as f64),
        Law::Drawn(_) | Law::Computed(_) => None,
    }
}
