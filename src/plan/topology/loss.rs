//! What a loss does to requests: whether they can still succeed, and whether they can fail because of it.
//!
//! A request is a game: outcomes, conditions and shares are open, so that each step has a set of ends that it may lead to. The
//! sets are found by going through the steps from the last to the first, and over calls by rounds from nothing, which ends
//! because sets only grow. Where every call is needed and none has a way around it, what fails all requests are the dominators
//! of the graph of calls; branches of which fewer than all must succeed, handled failures and alternatives of a balancer are
//! counted here as what they are. A loop is taken to run at least once.

use super::super::listing::program;
use super::super::{Branches, Choice, Fork, Need, Plan, Site, Step};
use crate::component::Loss;
use crate::outcome::{self, Class};
use crate::results::Effect;
use crate::units::{EntryId, SiteId, StepId};
use std::ops::{BitOr, BitOrAssign};

/// What is lost.
#[derive(Clone, Debug)]
pub(super) struct Lost {
    /// How much of each component.
    pub(super) extents: Vec<Extent>,
    /// The calls of one site, whoever is called.
    pub(super) site: Option<SiteId>,
}

/// How much of a component is lost.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Extent {
    /// So little that the rest serves everyone.
    Nothing,
    /// So much that some of its callers fail.
    Part,
    /// All of it.
    Whole,
}

/// The ends that something may come to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Ends(u8);

impl Ends {
    const NONE: Ends = Ends(0);
    /// The branch or turn is over, and its handler goes on.
    const PASSES: Ends = Ends(1);
    /// The handler answers.
    const ANSWERS: Ends = Ends(2);
    /// The handler or branch fails, whatever is lost.
    const FAILS: Ends = Ends(4);
    /// It fails because of the loss.
    const LOST: Ends = Ends(8);

    fn may(self, end: Ends) -> bool {
        self.0 & end.0 != 0
    }

    fn without(self, end: Ends) -> Ends {
        Ends(self.0 & !end.0)
    }

    /// These if `condition` holds.
    fn when(self, condition: bool) -> Ends {
        if condition { self } else { Ends::NONE }
    }
}

impl BitOr for Ends {
    type Output = Ends;
    fn bitor(self, other: Ends) -> Ends {
        Ends(self.0 | other.0)
    }
}

impl BitOrAssign for Ends {
    fn bitor_assign(&mut self, other: Ends) {
        self.0 |= other.0;
    }
}

/// A plan of which something is lost.
pub(super) struct Damage<'p> {
    plan: &'p Plan,
    lost: Lost,
    /// How the handler of each entry may end.
    entries: Vec<Ends>,
}

impl<'p> Damage<'p> {
    pub(super) fn new(plan: &'p Plan, lost: Lost) -> Damage<'p> {
        let mut damage = Damage { plan, lost, entries: vec![Ends::NONE; plan.entries.len()] };
        loop {
            let entries: Vec<Ends> = plan.entries.iter().map(|entry| damage.ends(entry.start)).collect();
            if entries == damage.entries {
                return damage;
            }
            damage.entries = entries;
        }
    }

    /// What is lost of the requests whose session or handler begins here.
    pub(super) fn effect(&self, start: StepId) -> Effect {
        let ends = self.ends(start);
        match (ends.may(Ends::LOST), ends.may(Ends::ANSWERS)) {
            (false, _) => Effect::Nothing,
            (true, true) => Effect::Some,
            (true, false) => Effect::Every,
        }
    }

    fn ends(&self, start: StepId) -> Ends {
        let program = program(self.plan, start);
        let size = program.len() + 1;
        let mut cells = Cells {
            first: program.start,
            before: vec![Ends::NONE; size],
            handling: vec![Ends::NONE; size],
            in_error_body: error_bodies(self.plan, program.clone()),
        };
        for index in program.rev() {
            let cell = index - cells.first;
            cells.before[cell] = self.step(index, Ends::FAILS, &cells.before, &cells);
            cells.handling[cell] = match cells.in_error_body[cell] {
                true => self.step(index, Ends::LOST, &cells.handling, &cells),
                false => cells.before[cell],
            };
        }
        cells.before[start.index() - cells.first]
    }

    /// The ends of what begins with a step. `failure` is what it means to fail here, `column` holds the ends of the steps behind.
    fn step(&self, index: usize, failure: Ends, column: &[Ends], cells: &Cells) -> Ends {
        let at = |step: StepId| column[step.index() - cells.first];
        let next = column[index + 1 - cells.first];
        match self.plan.steps[index] {
            Step::Work(_) | Step::Wait(_) | Step::Send(..) | Step::Mark(_) => next,
            Step::Call(site) => self.call(site, failure, &at, cells),
            Step::Fork(fork) => fork_ends(&self.plan.forks[fork.index()], &at),
            Step::Repeat(_, after) => next.without(Ends::PASSES) | at(after).when(next.may(Ends::PASSES)),
            Step::Choose(choice) => branches(&self.plan.choices[choice.index()])
                .into_iter()
                .fold(Ends::NONE, |ends, step| ends | at(step)),
            Step::Jump(to) => at(to),
            Step::Next | Step::Done => Ends::PASSES,
            // A mechanism answers, or lets the visit go on.
            Step::Consult => next,
            Step::Answer(_) | Step::Return(_) | Step::Relay | Step::Depart => Ends::ANSWERS,
            Step::Fail(_) => failure,
        }
    }

    fn call(&self, id: SiteId, failure: Ends, at: &dyn Fn(StepId) -> Ends, cells: &Cells) -> Ends {
        let site = &self.plan.sites[id.index()];
        let callee = self.callee(id, site);
        let mut ends = at(site.next).when(callee.may(Ends::ANSWERS));
        for (word, step) in &site.handlers {
            let is_failure =
                outcome::ALL.get(word.index()).is_some_and(|known| known.class == Class::Failure);
            let leads_here = if is_failure { Ends::FAILS } else { Ends::ANSWERS | Ends::FAILS };
            ends |= at(*step).when(callee.may(leads_here));
            // One word for a failure is not all of them.
            ends |= cells.handling(*step).when(is_failure && callee.may(Ends::LOST));
        }
        let (failed, lost) = match site.on_error {
            Some(step) => (at(step), cells.handling(step)),
            None => (failure, Ends::LOST),
        };
        ends | failed.when(callee.may(Ends::FAILS)) | lost.when(callee.may(Ends::LOST))
    }

    /// How the calls of a site may end: one lost target of a balancer is none as long as another can do the same.
    fn callee(&self, id: SiteId, site: &Site) -> Ends {
        let is_lost = self.lost.site == Some(id);
        let target = |entry: &EntryId| {
            let component = self.plan.entries[entry.index()].component;
            self.visit(*entry, if is_lost { Extent::Whole } else { self.lost.extents[component.index()] })
        };
        let targets: Vec<Ends> = site.entries.iter().map(target).collect();
        let all = targets.iter().fold(Ends::NONE, |ends, target| ends | *target);
        // Who has the address does not ask for it.
        let unasked = site.lookup.map_or(Ends::NONE, |lookup| self.lookup(lookup));
        let found =
            if targets.iter().all(|target| target.may(Ends::LOST)) { all } else { all.without(Ends::LOST) };
        found | unasked
    }

    /// How the question where to go may keep a call from being made.
    fn lookup(&self, lookup: EntryId) -> Ends {
        let Step::Call(asking) = self.plan.steps[self.plan.entries[lookup.index()].start.index()] else {
            unreachable!("a lookup begins with a call");
        };
        self.callee(asking, &self.plan.sites[asking.index()]).without(Ends::ANSWERS)
    }

    /// How a call of an entry may end when so much of its component is lost.
    fn visit(&self, entry: EntryId, extent: Extent) -> Ends {
        let component = &self.plan.components[self.plan.entries[entry.index()].component.index()];
        let instead = match component.blueprint.loss(component.instances.1) {
            Loss::Answered => Ends::ANSWERS,
            Loss::Covered | Loss::Felt => Ends::LOST,
        };
        match extent {
            Extent::Nothing => self.entries[entry.index()],
            Extent::Part => self.entries[entry.index()] | instead,
            Extent::Whole => instead,
        }
    }
}

/// What is known from each step of a program on.
struct Cells {
    first: usize,
    /// On the usual way.
    before: Vec<Ends>,
    /// While a failure is being handled that comes from the loss: to fail then is to fail because of the loss.
    handling: Vec<Ends>,
    /// Whether the step stands in the body of an `on_error` or of a handler of one failure.
    in_error_body: Vec<bool>,
}

impl Cells {
    fn handling(&self, step: StepId) -> Ends {
        self.handling[step.index() - self.first]
    }
}

/// Which steps of a program stand in a body that handles a failure. A body ends where the next one of the same call begins, or
/// where the call goes on.
fn error_bodies(plan: &Plan, program: std::ops::Range<usize>) -> Vec<bool> {
    let mut inside = vec![false; program.len() + 1];
    for index in program.clone() {
        let Step::Call(site) = plan.steps[index] else { continue };
        let site = &plan.sites[site.index()];
        let bodies = || site.handlers.iter().map(|(_, step)| *step).chain(site.on_error);
        let failures = site.handlers.iter().filter(|(word, _)| {
            outcome::ALL.get(word.index()).is_some_and(|known| known.class == Class::Failure)
        });
        for start in failures.map(|(_, step)| *step).chain(site.on_error) {
            let end = bodies().filter(|other| *other > start).min().unwrap_or(site.next);
            inside[start.index() - program.start..end.index() - program.start].fill(true);
        }
    }
    inside
}

fn branches(choice: &Choice) -> Vec<StepId> {
    match choice {
        Choice::Drawn(branches, _) => branches.iter().map(|(_, step)| *step).collect(),
        Choice::Held(branches, rest, _) => branches.iter().map(|(_, step)| *step).chain([*rest]).collect(),
    }
}

fn fork_ends(fork: &Fork, at: &dyn Fn(StepId) -> Ends) -> Ends {
    let branches: Vec<Ends> = match &fork.branches {
        Branches::Each(starts) => starts.iter().map(|start| at(*start)).collect(),
        // All turns are alike: one stands for them.
        Branches::Turns(_, start) => vec![at(*start)],
    };
    let need = match fork.need {
        Need::All => branches.len(),
        Need::Some(need) => need as usize,
    };
    let count = |ends: Ends| branches.iter().filter(|branch| branch.may(ends)).count();
    let too_many = branches.len() + 1 - need;
    let fails = count(Ends::FAILS) >= too_many;
    let is_lost = count(Ends::LOST) > 0 && count(Ends::FAILS | Ends::LOST) >= too_many;
    at(fork.next).when(count(Ends::PASSES) >= need)
        | Ends::ANSWERS.when(count(Ends::ANSWERS) > 0)
        | Ends::FAILS.when(fails)
        | Ends::LOST.when(is_lost)
}
