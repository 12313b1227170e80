//! With which failures handlers may end after they have done what should be done once: who tries again then does it twice.

use super::super::listing::program;
use super::super::{Branches, Choice, Need, Plan, Site, Step};
use super::Subject;
use super::repeats::{UNSURE, done_twice, is_guard};
use crate::outcome::{self, Class};
use crate::station::UNBOUNDED;
use crate::units::{EntryId, OutcomeId, StepId};
use std::collections::{BTreeMap, BTreeSet};

/// What was done before a failure, and what failed then: `pg.update`, `mail.post`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Halfway {
    pub(super) done: String,
    pub(super) failed: String,
}

/// The failures with which a handler may end, each with what may have been done before.
type Ends = BTreeMap<OutcomeId, Option<Halfway>>;

/// What is known of the handlers that some calls lead to.
pub(super) struct Handlers<'s> {
    subject: &'s Subject<'s>,
    /// What each may do that should be done once.
    once: BTreeMap<EntryId, Option<String>>,
    ends: BTreeMap<EntryId, Ends>,
}

/// What has happened on the way to a step.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
struct State {
    /// The first operation that should be done once and perhaps was.
    done: Option<String>,
    /// Whether somebody was asked on every way whether the request had been seen.
    is_guarded: bool,
}

impl<'s> Handlers<'s> {
    /// The handlers to which these entries lead.
    pub(super) fn of(subject: &'s Subject<'s>, roots: impl Iterator<Item = EntryId>) -> Handlers<'s> {
        let plan = subject.plan;
        let (mut seen, mut open) = (BTreeSet::new(), roots.collect::<Vec<EntryId>>());
        while let Some(entry) = open.pop() {
            if seen.insert(entry) {
                let sites = steps(plan, entry).filter_map(|(_, step)| called(plan, step));
                open.extend(sites.flat_map(|site| site.entries.iter().copied()));
            }
        }
        let ends = seen.iter().map(|entry| (*entry, Ends::new())).collect();
        let once = seen.iter().map(|entry| (*entry, done_twice(subject, *entry))).collect();
        let mut handlers = Handlers { subject, once, ends };
        // Failures are only added, and what was done before one is never forgotten.
        loop {
            let next = seen.iter().map(|entry| (*entry, handlers.ends_of(*entry))).collect();
            if std::mem::replace(&mut handlers.ends, next) == handlers.ends {
                return handlers;
            }
        }
    }

    /// The first operation that a call leads to and that should be done once.
    pub(super) fn done_twice(&self, site: &Site) -> Option<String> {
        site.entries.iter().find_map(|entry| self.once.get(entry)?.clone())
    }

    /// What may have been done when a call ends with one of these words.
    pub(super) fn halfway(&self, site: &Site, words: &[OutcomeId]) -> Option<(OutcomeId, &Halfway)> {
        let of_word = |word: &OutcomeId| {
            let found = site.entries.iter().find_map(|entry| self.ends.get(entry)?.get(word)?.as_ref())?;
            Some((*word, found))
        };
        words.iter().find_map(of_word)
    }

    fn ends_of(&self, entry: EntryId) -> Ends {
        let plan = self.subject.plan;
        let range = program(plan, plan.entries[entry.index()].start);
        let lenient = forgiving_forks(plan, range.clone());
        let mut states: BTreeMap<usize, State> = BTreeMap::from([(range.start, State::default())]);
        let mut ends = Ends::new();
        for index in range {
            let Some(state) = states.get(&index).cloned() else { continue };
            let next = StepId(index as u32 + 1);
            let mut reach = |step: StepId, state: State| join(&mut states, step, state);
            let done_within = |from: StepId, to: StepId| {
                let sites = (from.index()..to.index()).filter_map(|index| called(plan, &plan.steps[index]));
                sites.filter(|site| !is_guard(site)).find_map(|site| self.done_twice(site))
            };
            let after = |done: Option<String>| {
                let done = state.done.clone().or(done.filter(|_| !state.is_guarded));
                State { done, is_guarded: state.is_guarded }
            };
            match &plan.steps[index] {
                Step::Work(_) | Step::Wait(_) | Step::Mark(_) | Step::Consult | Step::Answer(_) => {
                    reach(next, state);
                }
                Step::Send(site, _) => {
                    reach(next, after(self.done_twice(&plan.sites[site.index()])));
                }
                Step::Call(site) => {
                    let site = &plan.sites[site.index()];
                    for (word, halfway) in self.call(site, &state, &mut reach) {
                        if !lenient.contains(&index) {
                            let known = ends.entry(word).or_insert(None);
                            *known = known.take().or(halfway);
                        }
                    }
                }
                // Who runs beside a branch, or in the turn before, may have done what it does.
                Step::Fork(fork) => {
                    let fork = &plan.forks[fork.index()];
                    let mut starts = match &fork.branches {
                        Branches::Each(starts) => starts.clone(),
                        Branches::Turns(_, start) => vec![*start],
                    };
                    starts.push(fork.next);
                    let is_loop = matches!(fork.branches, Branches::Turns(..));
                    for own in 0..starts.len() - 1 {
                        let others = (0..starts.len() - 1).filter(|other| is_loop || *other != own);
                        let mut done = others.map(|other| done_within(starts[other], starts[other + 1]));
                        reach(starts[own], after(done.find_map(|done| done)));
                    }
                    reach(fork.next, after(done_within(next, fork.next)));
                }
                Step::Repeat(_, end) => {
                    let state = after(done_within(next, *end));
                    reach(next, state.clone());
                    reach(*end, state);
                }
                Step::Choose(choice) => match &plan.choices[choice.index()] {
                    Choice::Drawn(branches, _) => {
                        branches.iter().for_each(|(_, step)| reach(*step, state.clone()));
                    }
                    Choice::Held(branches, rest) => {
                        let all = branches.iter().map(|(_, step)| *step).chain([*rest]);
                        all.for_each(|step| reach(step, state.clone()));
                    }
                },
                Step::Jump(to) => reach(*to, state),
                Step::Fail(word) => {
                    let failed = format!("fail = \"{}\"", plan.outcomes[word.index()]);
                    let known = ends.entry(*word).or_insert(None);
                    *known = known.take().or(state.done.map(|done| Halfway { done, failed }));
                }
                Step::Next | Step::Done | Step::Return(_) | Step::Relay | Step::Depart => {}
            }
        }
        ends
    }

    /// Follows a call; the failures that nothing handles.
    fn call(&self, site: &Site, before: &State, reach: &mut dyn FnMut(StepId, State)) -> Ends {
        let own = self.done_twice(site).filter(|_| !before.is_guarded && !is_guard(site));
        let is_guarded = before.is_guarded || is_guard(site);
        let after = |done: Option<String>| State { done: before.done.clone().or(done), is_guarded };
        reach(site.next, after(own.clone()));
        let mut unhandled = Ends::new();
        for (word, inner) in self.failures(site) {
            let inner = inner.filter(|_| !before.is_guarded);
            let step = site.handlers.iter().find(|(handled, _)| *handled == word).map(|(_, step)| *step);
            match step.or(site.on_error) {
                Some(step) => {
                    let unsure = own.clone().filter(|_| UNSURE.contains(&word));
                    reach(step, after(inner.map(|halfway| halfway.done).or(unsure)));
                }
                None => {
                    let callee = site.edges.first().map_or("", |(callee, _)| self.subject.name(*callee));
                    let failed = format!("{callee}.{}", self.subject.plan.operations[site.operation.index()]);
                    let own = before.done.clone().map(|done| Halfway { done, failed });
                    unhandled.insert(word, own.or(inner));
                }
            }
        }
        let is_answer = |word: &OutcomeId| {
            outcome::ALL.get(word.index()).is_none_or(|known| known.class == Class::Answer)
        };
        for (_, step) in site.handlers.iter().filter(|(word, _)| is_answer(word)) {
            reach(*step, after(own.clone()));
        }
        unhandled
    }

    /// How a call may fail: on the way, at the door, or as its handler does.
    fn failures(&self, site: &Site) -> Ends {
        let mut ends: Ends = UNSURE.into_iter().map(|word| (word, None)).collect();
        ends.extend([(outcome::REFUSED, None), (outcome::UNAVAILABLE, None)]);
        let components = &self.subject.plan.components;
        let is_bounded = |entry: &EntryId| {
            let component = self.subject.plan.entries[entry.index()].component;
            components[component.index()].shape.bound != UNBOUNDED
        };
        let has_gate = site.policy.as_ref().is_some_and(|policy| policy.gate.is_some());
        if has_gate || site.entries.iter().any(is_bounded) {
            ends.insert(outcome::REJECTED, None);
        }
        if has_gate {
            ends.extend([(outcome::BREAKER_OPEN, None), (outcome::THROTTLED, None)]);
        }
        for (word, halfway) in site.entries.iter().filter_map(|entry| self.ends.get(entry)).flatten() {
            let known = ends.entry(*word).or_insert(None);
            *known = known.take().or(halfway.clone());
        }
        ends
    }
}

/// What is known where two ways meet.
fn join(states: &mut BTreeMap<usize, State>, step: StepId, other: State) {
    match states.get_mut(&step.index()) {
        Some(state) => {
            state.is_guarded &= other.is_guarded;
            state.done = state.done.take().or(other.done);
        }
        None => drop(states.insert(step.index(), other)),
    }
}

fn steps(plan: &Plan, entry: EntryId) -> impl Iterator<Item = (usize, &Step)> {
    let range = program(plan, plan.entries[entry.index()].start);
    range.clone().zip(&plan.steps[range])
}

fn called<'p>(plan: &'p Plan, step: &Step) -> Option<&'p Site> {
    match step {
        Step::Call(site) | Step::Send(site, _) => Some(&plan.sites[site.index()]),
        _ => None,
    }
}

/// The steps within forks of which not every branch has to succeed: that one fails is no failure yet.
fn forgiving_forks(plan: &Plan, program: std::ops::Range<usize>) -> BTreeSet<usize> {
    let mut inside = BTreeSet::new();
    for index in program {
        let Step::Fork(fork) = plan.steps[index] else { continue };
        let fork = &plan.forks[fork.index()];
        let is_forgiving = match (fork.need, &fork.branches) {
            (Need::All, _) => false,
            (Need::Some(need), Branches::Each(starts)) => (need as usize) < starts.len(),
            (Need::Some(_), Branches::Turns(..)) => true,
        };
        if is_forgiving {
            inside.extend(index + 1..fork.next.index());
        }
    }
    inside
}
