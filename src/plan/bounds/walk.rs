//! What one run of a handler does, at the least and at the most.
//!
//! A run of a handler is a game against whoever decides its open questions: which outcome a call has, which
//! `when` holds. The least and the most of what it costs are the values of that game, found by going through
//! the steps from the last to the first (R. Bellman, 1957); shares of `choose` count with their probability
//! on both sides. This is exact for each cost on its own, because steps only ever go forward, but for loops,
//! whose bodies are closed.

use super::super::listing::program;
use super::super::{Branches, Choice, ErrandPlan, Fork, Law, Need, Others, Plan, Site, Step, Turns};
use super::waits::{self, Awaited, Copies};
use crate::outcome::{self, Class};
use crate::resilience::{Backoff, Retry};
use crate::units::{AmountId, ComponentId, EntryId, KeeperId, OutcomeId, SECOND, SiteId, Span, StepId};
use std::collections::{BTreeMap, BTreeSet};

/// Which end of an interval is computed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum End {
    /// Nothing fails of itself, nothing is tried again, and what is open goes the way that costs less.
    Least,
    /// Whatever may happen happens.
    Most,
}

impl End {
    pub(super) fn pick(self, left: f64, right: f64) -> f64 {
        match self {
            End::Least => left.min(right),
            End::Most => left.max(right),
        }
    }

    /// The value of something that is not known before the run.
    fn unknown(self) -> f64 {
        match self {
            End::Least => 0.0,
            End::Most => f64::INFINITY,
        }
    }
}

/// What is counted along a handler.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Cost {
    /// Visits to an entry.
    Visits(EntryId),
    /// Attempts that take a connection of a keeper's pool.
    Attempts(KeeperId),
    /// The time for which they keep one \[s\].
    Connected(KeeperId),
    /// Computing time \[s\].
    Work,
    /// Time from the begin to the end of the handler, without waiting in queues \[s\].
    Duration,
    /// The same up to the answer, if that comes before the end \[s\].
    Response,
}

impl Cost {
    fn is_time(self) -> bool {
        matches!(self, Cost::Duration | Cost::Response)
    }
}

/// Computes costs of handlers.
pub(super) struct Walk<'p> {
    pub(super) plan: &'p Plan,
    pub(super) end: End,
    /// Of each entry, the time from the arrival of a call to its answer \[s\].
    pub(super) responses: Vec<f64>,
    /// Of each entry, what a visit waits for that others do.
    pub(super) awaited: Vec<Vec<Awaited>>,
    /// The entries, by where their handlers begin.
    begins: BTreeMap<StepId, EntryId>,
    /// Of each entry, the words with which its handler fails although nothing fails of itself.
    failures: Vec<BTreeSet<OutcomeId>>,
}

/// What is known from a step on.
#[derive(Clone, Copy, Debug)]
struct Cell {
    cost: f64,
    /// The probability of coming to the end of the innermost block: of not ending the handler before.
    passes: f64,
}

/// The handler, branch or turn ends here.
const EXIT: Cell = Cell { cost: 0.0, passes: 0.0 };
const PASSED: Cell = Cell { cost: 0.0, passes: 1.0 };

impl<'p> Walk<'p> {
    /// A walk that knows no responses yet.
    pub(super) fn new(plan: &'p Plan, end: End, copies: Copies) -> Walk<'p> {
        let entries = plan.entries.iter().zip(0..);
        let mut walk = Walk {
            plan,
            end,
            responses: vec![0.0; plan.entries.len()],
            awaited: waits::awaited(plan, end, copies),
            begins: entries.map(|(entry, index)| (entry.start, EntryId(index))).collect(),
            failures: vec![BTreeSet::new(); plan.entries.len()],
        };
        if end == End::Least {
            walk.find_failures();
        }
        walk
    }

    /// The cost of one run of the handler or session that `caller` begins at `start`.
    pub(super) fn cost(&self, caller: ComponentId, start: StepId, cost: Cost) -> f64 {
        let program = program(self.plan, start);
        let mut cells = Cells { first: program.start, cells: vec![EXIT; program.len() + 1] };
        for index in program.rev() {
            let cell = self.step(caller, index, cost, &cells);
            cells.cells[index - cells.first] = cell;
        }
        cells.at(start).cost
    }

    fn step(&self, caller: ComponentId, index: usize, cost: Cost, cells: &Cells) -> Cell {
        let next = cells.cells[index + 1 - cells.first];
        let after = |more: f64| Cell { cost: more + next.cost, ..next };
        match self.plan.steps[index] {
            Step::Work(time) if cost == Cost::Work || cost.is_time() => after(self.seconds(time)),
            Step::Wait(time) if cost.is_time() => after(self.seconds(time)),
            Step::Work(_) | Step::Wait(_) | Step::Mark(_) => next,
            Step::Call(site) => self.call(caller, site, cost, cells),
            Step::Send(site, _) => after(match cost {
                Cost::Visits(entry) => self.share(caller, &self.plan.sites[site.index()], entry),
                _ => 0.0,
            }),
            Step::Fork(fork) => self.fork(&self.plan.forks[fork.index()], index, cost, cells),
            Step::Repeat(turns, end) => self.repeat(turns, next, cells.at(end)),
            Step::Choose(choice) => self.choose(&self.plan.choices[choice.index()], cells),
            Step::Jump(to) => cells.at(to),
            Step::Answer(_) if cost == Cost::Response => Cell { cost: 0.0, ..next },
            Step::Answer(_) => next,
            Step::Next | Step::Done => PASSED,
            // A mechanism may end the visit or let it go on.
            Step::Consult => {
                let entry = self.begins.range(..=StepId(index as u32)).next_back();
                let own = match entry.filter(|_| cost.is_time()) {
                    Some((_, entry)) => self.acknowledgement(*entry) + self.waiting(*entry),
                    None => 0.0,
                };
                Cell {
                    cost: own + self.end.pick(EXIT.cost, next.cost),
                    passes: self.end.pick(EXIT.passes, next.passes),
                }
            }
            Step::Return(_) | Step::Relay | Step::Fail(_) | Step::Depart => EXIT,
        }
    }

    fn call(&self, caller: ComponentId, id: SiteId, cost: Cost, cells: &Cells) -> Cell {
        let site = &self.plan.sites[id.index()];
        let goes_on =
            self.continuations(site).into_iter().map(|step| step.map_or(EXIT, |step| cells.at(step)));
        let best = goes_on.reduce(|left, right| Cell {
            cost: self.end.pick(left.cost, right.cost),
            passes: self.end.pick(left.passes, right.passes),
        });
        let best = best.expect("a call goes on somewhere");
        let own = match cost {
            Cost::Visits(entry) => times(self.share(caller, site, entry), self.attempts(site)),
            Cost::Attempts(keeper) | Cost::Connected(keeper) if site.keeper != Some(keeper) => 0.0,
            Cost::Attempts(_) => self.attempts(site),
            Cost::Connected(_) => times(self.time_of_attempt(caller, site), self.attempts(site)),
            Cost::Work => 0.0,
            Cost::Duration | Cost::Response => self.time_of_call(caller, site),
        };
        Cell { cost: own + best.cost, ..best }
    }

    /// Where a caller may go on; none for the end of its handler.
    fn continuations(&self, site: &Site) -> Vec<Option<StepId>> {
        let mut steps = vec![Some(site.next)];
        let fails =
            |word: &OutcomeId| site.entries.iter().any(|entry| self.failures[entry.index()].contains(word));
        for (word, step) in &site.handlers {
            let is_failure =
                outcome::ALL.get(word.index()).is_some_and(|known| known.class == Class::Failure);
            if self.end == End::Most || !is_failure || fails(word) {
                steps.push(Some(*step));
            }
        }
        let words = site.entries.iter().flat_map(|entry| &self.failures[entry.index()]);
        let unhandled =
            words.into_iter().any(|word| !site.handlers.iter().any(|(handled, _)| handled == word));
        if unhandled || self.end == End::Most {
            steps.push(site.on_error);
        }
        steps
    }

    /// The expected visits to an entry of one attempt of a call. Which of several components a balancer picks
    /// is open unless it draws lots among their instances.
    fn share(&self, caller: ComponentId, site: &Site, entry: EntryId) -> f64 {
        if !site.entries.contains(&entry) {
            return 0.0;
        }
        let instances = |entry: EntryId| {
            let component = self.plan.entries[entry.index()].component;
            f64::from(self.plan.components[component.index()].instances.1)
        };
        let draws = self.plan.components[caller.index()].blueprint.picks_at_random();
        match (site.entries.len(), self.end) {
            (1, _) => 1.0,
            (_, _) if draws => instances(entry) / site.entries.iter().copied().map(instances).sum::<f64>(),
            (_, End::Least) => 0.0,
            (_, End::Most) => 1.0,
        }
    }

    fn attempts(&self, site: &Site) -> f64 {
        let retry = site.policy.as_ref().and_then(|policy| policy.retry.as_ref());
        let hedge = site.policy.as_ref().and_then(|policy| policy.hedge);
        let copies = hedge.map_or(1.0, |hedge| f64::from(hedge.copies));
        match (self.end, retry) {
            (End::Least, _) => 1.0,
            (End::Most, None) => copies,
            (End::Most, Some(retry)) => copies * retry.attempts.map_or(f64::INFINITY, f64::from),
        }
    }

    /// The time from the begin of an attempt to its answer, however long that is.
    pub(super) fn attempt(&self, caller: ComponentId, site: &Site) -> f64 {
        let time_at = |(index, entry): (usize, &EntryId)| {
            let round_trip = match site.latency {
                Some(latency) => self.seconds(latency.there) + self.seconds(latency.back),
                None => self.round_trip(caller, site.edges[index].0),
            };
            round_trip + self.responses[entry.index()]
        };
        let attempt =
            site.entries.iter().enumerate().map(time_at).reduce(|left, right| self.end.pick(left, right));
        attempt.unwrap_or(0.0) + self.asking(site).map_or(0.0, |asking| self.attempt(caller, asking))
    }

    /// The call by which an attempt of another one may have to ask where to go.
    fn asking(&self, site: &Site) -> Option<&Site> {
        let lookup = site.lookup.filter(|_| self.end == End::Most)?;
        let Step::Call(asking) = self.plan.steps[self.plan.entries[lookup.index()].start.index()] else {
            unreachable!("a lookup begins with a call");
        };
        Some(&self.plan.sites[asking.index()])
    }

    /// The time from the begin of an attempt to its answer, or until the caller gives it up.
    fn time_of_attempt(&self, caller: ComponentId, site: &Site) -> f64 {
        let timeout = site.policy.as_ref().and_then(|policy| policy.timeout);
        let patience = timeout.map_or(f64::INFINITY, |timeout| self.seconds(timeout));
        self.attempt(caller, site).min(patience)
    }

    /// The time for which a caller waits.
    fn time_of_call(&self, caller: ComponentId, site: &Site) -> f64 {
        let attempt = self.time_of_attempt(caller, site);
        let Some(policy) = &site.policy else { return attempt };
        let pauses = match (&policy.retry, self.end) {
            (Some(retry), End::Most) => self.pauses(retry),
            _ => 0.0,
        };
        let call = times(attempt, self.attempts(site)) + pauses;
        policy.deadline.map_or(call, |deadline| call.min(self.seconds(deadline.time)))
    }

    /// The most that the pauses between all attempts take together \[s\]; jitter only makes them shorter.
    fn pauses(&self, retry: &Retry) -> f64 {
        /// Of more pauses nothing is known but that there is no limit.
        const PAUSES_MAX: u32 = 1000;
        let Some(base) = retry.base() else { return 0.0 };
        let pauses = retry.attempts.map_or(u32::MAX, |attempts| attempts - 1);
        if pauses > PAUSES_MAX {
            return f64::INFINITY;
        }
        let growth: f64 = match retry.backoff {
            Backoff::None | Backoff::Constant(_) => 1.0,
            Backoff::Doubling(_) => 2.0,
            Backoff::Decorrelated(_) => 3.0,
        };
        let mut pause =
            self.seconds(base) * if matches!(retry.backoff, Backoff::Decorrelated(_)) { growth } else { 1.0 };
        let mut sum = 0.0;
        for _ in 0..pauses {
            sum += pause.min(retry.cap.seconds());
            pause *= growth;
        }
        sum
    }

    /// The mean time of a message there and one back, without the time that their bytes take \[s\].
    pub(super) fn round_trip(&self, caller: ComponentId, callee: ComponentId) -> f64 {
        let places = |component: ComponentId| {
            let (first, count) = self.plan.components[component.index()].instances;
            let instances = first.index()..first.index() + count as usize;
            instances.map(|instance| self.plan.instances[instance].place.index()).collect::<BTreeSet<usize>>()
        };
        let delay = |from: usize, to: usize| {
            self.law_seconds(&self.plan.links[from * self.plan.places.len() + to].delay)
        };
        let mut round_trip: Option<f64> = (caller == callee && self.end == End::Least).then_some(0.0);
        for from in places(caller) {
            for to in places(callee) {
                let time = delay(from, to) + delay(to, from);
                round_trip = Some(round_trip.map_or(time, |other| self.end.pick(other, time)));
            }
        }
        round_trip.expect("a component has an instance")
    }

    /// For how long a visit of an entry waits for other instances of its component \[s\].
    fn acknowledgement(&self, entry: EntryId) -> f64 {
        let plan = self.plan;
        let entry = &plan.entries[entry.index()];
        let component = &plan.components[entry.component.index()];
        let operation = &plan.operations[entry.operation.index()];
        let Some(wanted) = component.blueprint.acknowledgement(operation) else { return 0.0 };
        let need = match self.end {
            End::Least => wanted.need.0,
            End::Most => wanted.need.1,
        };
        let work = match wanted.errand.and_then(|errand| component.errands.get(usize::from(errand))) {
            Some(ErrandPlan::Work(work)) => {
                let work = &plan.entries[work.index()];
                self.cost(work.component, work.start, Cost::Work)
            }
            _ => 0.0,
        };
        let place =
            |instance: u32| plan.instances[component.instances.0.index() + instance as usize].place.index();
        let link =
            |from: usize, to: usize| self.law_seconds(&plan.links[from * plan.places.len() + to].delay);
        let round_trip = |from: u32, to: u32| match component.letters {
            Some(latency) => self.seconds(latency.there) + self.seconds(latency.back),
            None => link(place(from), place(to)) + link(place(to), place(from)),
        };
        let group = |number: u32| {
            let first = number * wanted.copies;
            let mut times: Vec<f64> =
                (first + 1..first + wanted.copies).map(|peer| round_trip(first, peer) + work).collect();
            times.sort_unstable_by(f64::total_cmp);
            if need > 0 { times[need as usize - 1] } else { 0.0 }
        };
        let groups = (0..component.instances.1 / wanted.copies).map(group);
        groups.reduce(|left, right| self.end.pick(left, right)).unwrap_or(0.0)
    }

    fn repeat(&self, turns: Turns, body: Cell, after: Cell) -> Cell {
        let mean = self.turns(turns);
        if self.end == End::Most || body.passes == 1.0 {
            return Cell { cost: times(mean, body.cost) + after.cost, ..after };
        }
        // A turn may end the handler: how many there are is certain only if their number is.
        let is_certain = match turns {
            Turns::Count(turns) => matches!(self.plan.amounts[turns.index()].law, Law::Constant(..)),
            Turns::Each(_) => false,
        };
        if !is_certain {
            return EXIT;
        }
        let passes = libm::pow(body.passes, mean);
        let turns = (1.0 - passes) / (1.0 - body.passes);
        Cell { cost: turns * body.cost + passes * after.cost, passes: passes * after.passes }
    }

    fn choose(&self, choice: &Choice, cells: &Cells) -> Cell {
        match choice {
            Choice::Drawn(branches, _) => {
                let mut mean = EXIT;
                let shares = shares(branches);
                for ((_, step), share) in branches.iter().zip(shares) {
                    let cell = cells.at(*step);
                    mean.cost += times(share, cell.cost);
                    mean.passes += share * cell.passes;
                }
                // The shares of a whole add up to it, whatever their roundings do.
                mean.passes = if mean.passes > 1.0 - 1e-12 { 1.0 } else { mean.passes };
                mean
            }
            Choice::Held(branches, rest) => {
                branches.iter().map(|(_, step)| cells.at(*step)).fold(cells.at(*rest), |best, cell| Cell {
                    cost: self.end.pick(best.cost, cell.cost),
                    passes: self.end.pick(best.passes, cell.passes),
                })
            }
        }
    }

    fn fork(&self, fork: &Fork, index: usize, cost: Cost, cells: &Cells) -> Cell {
        let after = cells.at(fork.next);
        let branches: Vec<Cell> = match &fork.branches {
            Branches::Each(starts) => starts.iter().map(|start| cells.at(*start)).collect(),
            Branches::Turns(_, start) => vec![cells.at(*start)],
        };
        let turns = match &fork.branches {
            Branches::Each(_) => 1.0,
            Branches::Turns(turns, _) => self.turns(*turns),
        };
        let sum: f64 = branches.iter().map(|branch| times(turns, branch.cost)).sum();
        if self.end == End::Most {
            return Cell { cost: sum + after.cost, ..after };
        }
        let ends_early: f64 = branches.iter().map(|branch| 1.0 - branch.passes).sum();
        let is_certain = ends_early == 0.0;
        let passes = match &fork.branches {
            Branches::Each(_) => (1.0 - ends_early).max(0.0),
            Branches::Turns(..) => f64::from(u8::from(is_certain)),
        };
        let needs_all = match (fork.need, &fork.branches) {
            (Need::Some(need), Branches::Each(starts)) => need as usize == starts.len(),
            _ => true,
        };
        let own = if cost.is_time() {
            let answers =
                self.plan.steps[index..fork.next.index()].iter().any(|step| matches!(step, Step::Answer(_)));
            if answers && cost == Cost::Response {
                return Cell { cost: 0.0, passes: passes * after.passes };
            }
            let longest = branches.iter().map(|branch| branch.cost).fold(0.0, f64::max);
            // So many turns at a time do not take less than their share of all of them.
            let windows = sum / fork.parallel.max(1) as f64;
            let once = if turns >= 1.0 { longest } else { 0.0 };
            if needs_all && is_certain { once.max(windows) } else { 0.0 }
        } else {
            let all_run = match (&fork.branches, fork.others) {
                (_, Others::Cancel) => needs_all && is_certain,
                (Branches::Each(_), Others::GoOn) => true,
                (Branches::Turns(..), Others::GoOn) => is_certain,
            };
            if all_run { sum } else { 0.0 }
        };
        Cell { cost: own + passes * after.cost, passes: passes * after.passes }
    }

    /// The mean of a duration \[s\].
    fn seconds(&self, amount: AmountId) -> f64 {
        self.law_seconds(&self.plan.amounts[amount.index()].law)
    }

    fn law_seconds(&self, law: &Law) -> f64 {
        match law {
            Law::Constant(span, _) => span.seconds(),
            law => mean(law).map_or(self.end.unknown(), |mean| mean / SECOND as f64),
        }
    }

    /// The mean of a count.
    /// The number of turns of a loop; how long lists are is not known before the run.
    fn turns(&self, turns: Turns) -> f64 {
        match turns {
            Turns::Count(amount) => self.count(amount),
            Turns::Each(_) => self.end.unknown(),
        }
    }

    fn count(&self, amount: AmountId) -> f64 {
        match &self.plan.amounts[amount.index()].law {
            Law::Constant(Span(count), _) => *count as f64,
            law => mean(law).unwrap_or(self.end.unknown()),
        }
    }

    /// Finds the words with which handlers fail by their own steps.
    fn find_failures(&mut self) {
        loop {
            let found: Vec<BTreeSet<OutcomeId>> =
                self.plan.entries.iter().map(|entry| self.failures_from(entry.start)).collect();
            if found == self.failures {
                return;
            }
            self.failures = found;
        }
    }

    fn failures_from(&self, start: StepId) -> BTreeSet<OutcomeId> {
        let mut words = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut open = vec![start];
        while let Some(step) = open.pop() {
            if !seen.insert(step) {
                continue;
            }
            let next = StepId(step.0 + 1);
            match self.plan.steps[step.index()] {
                Step::Fail(word) => {
                    words.insert(word);
                }
                Step::Call(site) => {
                    let site = &self.plan.sites[site.index()];
                    open.extend(self.continuations(site).into_iter().flatten());
                    if site.on_error.is_none() {
                        let own = site.entries.iter().flat_map(|entry| &self.failures[entry.index()]);
                        words.extend(
                            own.filter(|word| !site.handlers.iter().any(|(handled, _)| handled == *word)),
                        );
                    }
                }
                Step::Fork(fork) => {
                    let fork = &self.plan.forks[fork.index()];
                    open.push(fork.next);
                    match &fork.branches {
                        Branches::Each(starts) => open.extend(starts),
                        Branches::Turns(_, start) => open.push(*start),
                    }
                }
                Step::Repeat(_, end) => open.extend([next, end]),
                Step::Choose(choice) => match &self.plan.choices[choice.index()] {
                    Choice::Drawn(branches, _) => open.extend(branches.iter().map(|(_, step)| *step)),
                    Choice::Held(branches, rest) => {
                        open.extend(branches.iter().map(|(_, step)| *step).chain([*rest]));
                    }
                },
                Step::Jump(to) => open.push(to),
                Step::Work(_)
                | Step::Wait(_)
                | Step::Send(..)
                | Step::Answer(_)
                | Step::Consult
                | Step::Mark(_) => open.push(next),
                Step::Next | Step::Done | Step::Return(_) | Step::Relay | Step::Depart => {}
            }
        }
        words
    }
}

/// What is known from each step of a program on.
struct Cells {
    first: usize,
    cells: Vec<Cell>,
}

impl Cells {
    fn at(&self, step: StepId) -> Cell {
        self.cells[step.index() - self.first]
    }
}

/// The mean of a law that is drawn, in its own unit; none if it has none, or if it depends on the request.
pub(super) fn mean(law: &Law) -> Option<f64> {
    match law {
        Law::Constant(value, _) => Some(value.0 as f64),
        Law::Drawn(distribution) => distribution.mean(),
        Law::Computed(_) => None,
    }
}

/// The share of each branch of a choice that is drawn; the last one takes what is left.
pub(in super::super) fn shares(branches: &[(u64, StepId)]) -> Vec<f64> {
    let mut before = 0.0;
    let last = branches.len() - 1;
    let cumulative = branches.iter().enumerate().map(|(index, (share, _))| match index == last {
        true => 1.0,
        false => *share as f64 / 18_446_744_073_709_551_616.0,
    });
    cumulative.map(|share| share - std::mem::replace(&mut before, share)).collect()
}

/// A product in which nothing of something without limit is nothing.
pub(super) fn times(left: f64, right: f64) -> f64 {
    if left == 0.0 || right == 0.0 { 0.0 } else { left * right }
}
