//! What a loss does to requests: whether they can still succeed, and whether they can fail because of it.
//!
//! A request is a game: outcomes, conditions and shares are open, so that each step has a set of ends that it may lead to. The
//! sets are found by going through the steps from the last to the first, and over calls by rounds from nothing, which ends
//! because sets only grow. Where every call is needed and none has a way around it, what fails all requests are the dominators
//! of the graph of calls; branches of which fewer than all must succeed, handled failures and alternatives of a balancer are
//! counted here as what they are. A loop is taken to run at least once. A mechanism that waits for what its component asks for
//! by itself, or for those who take what a visit brings, fails with them.

use super::super::listing::program;
use super::super::{Branches, Choice, EntryPlan, ErrandPlan, Fork, Need, Plan, Site, Step};
use crate::component::{Awaits, Loss};
use crate::mechanism::arrange::Arrange;
use crate::outcome::{self, Class};
use crate::results::Effect;
use crate::units::{EntryId, SiteId, StepId};
use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::{BitOr, BitOrAssign};

/// What is lost.
#[derive(Clone, Debug)]
struct Lost {
    /// How many instances of each component.
    instances: Vec<u32>,
    /// The calls of one site, whoever is called.
    site: Option<SiteId>,
}

/// How much a loss takes of what calls an entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Extent {
    /// So little that the rest serves everyone.
    Nothing,
    /// So much that some calls fail.
    Part,
    /// All calls.
    Whole,
}

/// How much is lost of the calls of an entry with so many instances of its component.
pub(super) fn extent(plan: &Plan, entry: EntryId, lost: u32) -> Extent {
    let count = plan.components[plan.entries[entry.index()].component.index()].instances.1;
    match loss(plan, entry, lost) {
        _ if lost == 0 => Extent::Nothing,
        _ if lost == count => Extent::Whole,
        Loss::Covered => Extent::Nothing,
        Loss::Answered | Loss::Felt => Extent::Part,
        Loss::Fatal => Extent::Whole,
    }
}

fn loss(plan: &Plan, entry: EntryId, lost: u32) -> Loss {
    let entry = &plan.entries[entry.index()];
    let component = &plan.components[entry.component.index()];
    component.blueprint.loss(&plan.operations[entry.operation.index()], lost, component.instances.1)
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

/// Who calls whom in a plan, and how everything may end while nothing is lost. It is found once: of a loss only those hear who
/// call what is lost, directly or through others.
pub(super) struct Intact<'p> {
    pub(super) plan: &'p Plan,
    /// The entries, by where their handlers begin.
    begins: BTreeMap<StepId, EntryId>,
    /// By entry: those that its handler calls, or waits for.
    callees: Vec<Vec<EntryId>>,
    /// By entry: those whose handlers call it, or wait for it.
    callers: Vec<Vec<EntryId>>,
    /// By entry: its place in an order in which callees come first, as far as there are no cycles.
    ranks: Vec<usize>,
    /// By entry: whose work its mechanism waits for.
    awaited: Vec<Awaited>,
    /// How the handler of each entry may end.
    entries: Vec<Ends>,
}

/// Whose work the mechanism of an entry waits for.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Awaited {
    Nobody,
    /// That of each of these errands, unless it can do without.
    Errands(Vec<EntryId>),
    /// That of one of these, who take away what is brought.
    Takers(Vec<EntryId>),
}

impl<'p> Intact<'p> {
    pub(super) fn new(plan: &'p Plan) -> Intact<'p> {
        let awaited: Vec<Awaited> = plan.entries.iter().map(|entry| awaited(plan, entry)).collect();
        let callees: Vec<Vec<EntryId>> =
            plan.entries.iter().zip(&awaited).map(|(entry, awaited)| callees(plan, entry, awaited)).collect();
        let mut callers = vec![Vec::new(); plan.entries.len()];
        let mut graph = DiGraph::<(), ()>::new();
        let nodes: Vec<NodeIndex> = plan.entries.iter().map(|_| graph.add_node(())).collect();
        for (index, callees) in callees.iter().enumerate() {
            for callee in callees {
                callers[callee.index()].push(EntryId(index as u16));
                graph.add_edge(nodes[index], nodes[callee.index()], ());
            }
        }
        let mut ranks = vec![0; plan.entries.len()];
        for (rank, node) in tarjan_scc(&graph).into_iter().flatten().enumerate() {
            ranks[node.index()] = rank;
        }
        let all = (0..plan.entries.len() as u16).map(EntryId);
        let begins = all.clone().map(|entry| (plan.entries[entry.index()].start, entry)).collect();
        let entries = vec![Ends::NONE; plan.entries.len()];
        let mut intact = Intact { plan, begins, callees, callers, ranks, awaited, entries };
        intact.entries = Damage::among(&intact, Lost::nothing(plan), all.collect()).entries;
        intact
    }

    /// Whether some visit fails, unless it can do without, when this errand does.
    pub(super) fn is_awaited(&self, errand: EntryId) -> bool {
        let awaits =
            |awaited: &Awaited| matches!(awaited, Awaited::Errands(errands) if errands.contains(&errand));
        self.awaited.iter().any(awaits)
    }

    /// Who calls one of these entries, directly or through others; themselves only on a cycle.
    fn upwards(&self, from: impl IntoIterator<Item = EntryId>) -> BTreeSet<EntryId> {
        reachable(&self.callers, from)
    }
}

/// What can be reached from these in one step or more.
fn reachable(next: &[Vec<EntryId>], from: impl IntoIterator<Item = EntryId>) -> BTreeSet<EntryId> {
    let mut seen = BTreeSet::new();
    let mut open: Vec<EntryId> = from.into_iter().collect();
    while let Some(entry) = open.pop() {
        open.extend(next[entry.index()].iter().copied().filter(|other| seen.insert(*other)));
    }
    seen
}

/// Whose work the mechanism of an entry waits for.
fn awaited(plan: &Plan, entry: &EntryPlan) -> Awaited {
    let component = &plan.components[entry.component.index()];
    match component.blueprint.awaits(&plan.operations[entry.operation.index()]) {
        Awaits::Nobody => Awaited::Nobody,
        Awaits::Errands(errands) => {
            let entry_of = |errand: u16| match component.errands.get(usize::from(errand))? {
                ErrandPlan::Work(entry) | ErrandPlan::Call(entry, _) => Some(*entry),
            };
            Awaited::Errands(errands.into_iter().filter_map(entry_of).collect())
        }
        Awaits::Takers => {
            let works = plan.components.iter().filter_map(|taker| {
                let (_, errand) = taker.blueprint.feeds_on()?;
                taker.blueprint.aims_at().filter(|source| source.name == component.name)?;
                match taker.errands.get(usize::from(errand))? {
                    ErrandPlan::Work(entry) => Some(*entry),
                    ErrandPlan::Call(..) => None,
                }
            });
            Awaited::Takers(works.collect())
        }
    }
}

/// Where the work begins of those who take what a visit brings, if it waits for that.
pub(in super::super) fn takers(plan: &Plan, entry: EntryId) -> Vec<EntryId> {
    match awaited(plan, &plan.entries[entry.index()]) {
        Awaited::Takers(works) => works,
        Awaited::Nobody | Awaited::Errands(_) => Vec::new(),
    }
}

/// The entries that a handler calls, or waits for, each once.
fn callees(plan: &Plan, entry: &EntryPlan, awaited: &Awaited) -> Vec<EntryId> {
    let mut callees = Vec::new();
    for step in &plan.steps[program(plan, entry.start)] {
        if let Step::Call(site) = step {
            let site = &plan.sites[site.index()];
            callees.extend(site.entries.iter().copied().chain(site.lookup));
        }
    }
    match awaited {
        Awaited::Nobody => {}
        Awaited::Errands(entries) | Awaited::Takers(entries) => callees.extend(entries),
    }
    callees.arrange();
    callees.dedup();
    callees
}

impl Lost {
    fn nothing(plan: &Plan) -> Lost {
        Lost { instances: vec![0; plan.components.len()], site: None }
    }
}

/// A plan of which something is lost.
pub(super) struct Damage<'p> {
    intact: &'p Intact<'p>,
    plan: &'p Plan,
    lost: Lost,
    /// How the handler of each entry may end.
    entries: Vec<Ends>,
}

impl<'p> Damage<'p> {
    /// So many instances of each component are lost.
    pub(super) fn of_components(intact: &'p Intact<'p>, instances: Vec<u32>) -> Damage<'p> {
        let lost = |entry: &EntryId| instances[intact.plan.entries[entry.index()].component.index()];
        let is_hit = |entry: &EntryId| extent(intact.plan, *entry, lost(entry)) != Extent::Nothing;
        let hit = (0..intact.plan.entries.len() as u16).map(EntryId).filter(is_hit);
        let affected = intact.upwards(hit);
        Damage::among(intact, Lost { instances, site: None }, affected.into_iter().collect())
    }

    /// Every call of a site fails, which stands in the program that begins at `start`. Only that program is looked at, and what
    /// it depends on.
    pub(super) fn of_site(intact: &'p Intact<'p>, site: SiteId, start: StepId) -> Damage<'p> {
        let own = intact.begins.get(&start).copied();
        let ahead = reachable(&intact.callees, own);
        let affected = match own.filter(|own| ahead.contains(own)) {
            // Whoever is not on a cycle depends on nobody who calls it.
            None => Vec::new(),
            Some(own) => intact.upwards([own]).intersection(&ahead).copied().collect(),
        };
        Damage::among(intact, Lost { site: Some(site), ..Lost::nothing(intact.plan) }, affected)
    }

    /// Only these entries may end in other ways because of a loss.
    fn among(intact: &'p Intact<'p>, lost: Lost, mut affected: Vec<EntryId>) -> Damage<'p> {
        affected.arrange_by_key(|entry| intact.ranks[entry.index()]);
        let mut entries = intact.entries.clone();
        affected.iter().for_each(|entry| entries[entry.index()] = Ends::NONE);
        let mut damage = Damage { intact, plan: intact.plan, lost, entries };
        loop {
            let mut is_settled = true;
            for entry in &affected {
                let ends = damage.ends(intact.plan.entries[entry.index()].start);
                is_settled &= ends == damage.entries[entry.index()];
                damage.entries[entry.index()] = ends;
            }
            if is_settled {
                return damage;
            }
        }
    }

    /// How much is lost of the calls of an entry itself, whoever it calls.
    pub(super) fn extent(&self, entry: EntryId) -> Extent {
        extent(self.plan, entry, self.lost.instances[self.plan.entries[entry.index()].component.index()])
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
            entry: self.intact.begins.get(&start).copied(),
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
            Step::Consult => cells.entry.map_or(next, |entry| self.consult(entry, failure, next)),
            Step::Answer(_) | Step::Return(_) | Step::Relay | Step::Depart => Ends::ANSWERS,
            Step::Fail(_) => failure,
        }
    }

    /// How a mechanism may end that waits for the work of others. Whether it does without is open.
    fn consult(&self, entry: EntryId, failure: Ends, next: Ends) -> Ends {
        match &self.intact.awaited[entry.index()] {
            Awaited::Nobody => next,
            Awaited::Errands(errands) => errands.iter().fold(next, |ends, errand| {
                let errand = self.entries[errand.index()];
                ends | failure.when(errand.may(Ends::FAILS)) | Ends::LOST.when(errand.may(Ends::LOST))
            }),
            Awaited::Takers(works) => {
                let works: Vec<Ends> = works.iter().map(|work| self.visit(*work)).collect();
                let is_lost = !works.is_empty() && works.iter().all(|work| work.may(Ends::LOST));
                // What fails is given back until it is dead, and that is an answer, too.
                let is_done =
                    works.is_empty() || works.iter().any(|work| work.may(Ends::ANSWERS | Ends::FAILS));
                next.when(is_done) | Ends::LOST.when(is_lost)
            }
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
        let target = |entry: &EntryId| if is_lost { self.without(*entry) } else { self.visit(*entry) };
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

    /// How a call of an entry may end.
    fn visit(&self, entry: EntryId) -> Ends {
        match self.extent(entry) {
            Extent::Nothing => self.entries[entry.index()],
            Extent::Part => self.entries[entry.index()] | self.without(entry),
            Extent::Whole => self.without(entry),
        }
    }

    /// How a call of an entry ends that meets nobody.
    fn without(&self, entry: EntryId) -> Ends {
        let count = self.plan.components[self.plan.entries[entry.index()].component.index()].instances.1;
        match loss(self.plan, entry, count) {
            Loss::Answered => Ends::ANSWERS,
            Loss::Covered | Loss::Felt | Loss::Fatal => Ends::LOST,
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
    /// Whose handler it is; none of a client's session.
    entry: Option<EntryId>,
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
        Choice::Held(branches, rest) => branches.iter().map(|(_, step)| *step).chain([*rest]).collect(),
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
