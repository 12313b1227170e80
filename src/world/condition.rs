//! Conditions: what befalls the instances and links of a run, when it begins, and when it ends.
//!
//! A fault *occurs* once or, in a campaign, again and again for each of those whom it may befall. Conditions of one sort add up
//! on an instance: it is up again when the last crash has ended, and two slow-downs multiply.

use super::down::{Down, Reason, Was};
use super::rollout::Rollout;
use super::{What, World};
use crate::component::{Behaviour, Change};
use crate::fault::{self, ClockChange, Condition, Deploy, Disk, LinkEffect, Notice, Schedule, Selector};
use crate::kernel::random::{Stream, hash_name, stream};
use crate::mechanism::arrange::Arrange;
use crate::plan::Plan;
use crate::station::Pace;
use crate::units::{InstanceId, Span, Time};

/// What befalls the instances and links just now.
#[derive(Default)]
pub(super) struct Conditions {
    occurrences: Vec<Occurrence>,
    /// By instance; empty if no fault is ever to be feared.
    pub instances: Vec<Befallen>,
    /// What the links suffer, in the order in which it began.
    pub breaks: Vec<Break>,
    /// Messages that wait until their link heals.
    pub held: Vec<(InstanceId, InstanceId, What)>,
    /// Deploys that have begun.
    pub rollouts: Vec<Rollout>,
}

/// One fault, or a campaign's share of one of those whom it may befall.
struct Occurrence {
    fault: usize,
    /// Who of a campaign's targets; all of a fault's if none.
    target: Option<Selector>,
    /// When it strikes and ends, if that is drawn.
    draws: Option<Stream>,
    /// Whether it lasts.
    is_on: bool,
    /// Whom it has befallen.
    struck: Vec<InstanceId>,
}

/// What befalls one instance.
#[derive(Clone, Default)]
pub(super) struct Befallen {
    /// Why it is down.
    pub down: Down,
    pauses: u32,
    /// By occurrence.
    pub factors: Vec<(usize, f64)>,
    /// How many times as long everything takes as long as it is not warm.
    pub cold: Option<f64>,
    pub errors: Vec<(usize, u64)>,
    limits: Vec<(usize, Option<u32>, Option<u32>)>,
    /// The share of visits that end with an error, as a fraction of 2^64.
    pub error: u64,
    /// What happens at it when it goes on.
    frozen: Vec<What>,
}

/// What some links suffer.
pub(super) struct Break {
    occurrence: usize,
    /// Who sends and who receives, ascending.
    sets: Vec<(Vec<InstanceId>, Vec<InstanceId>)>,
    fault: usize,
    /// A hash of the fault's name, for the draws of messages: what else is broken changes nothing for them.
    pub salt: u64,
    /// For a bandwidth of its own: when each set of links has sent all that it was given.
    pub pipes: Vec<Time>,
}

impl Break {
    /// Whether it hits the messages from one instance to another.
    pub(super) fn hits(&self, from: InstanceId, to: InstanceId) -> bool {
        self.set_of(from, to).is_some()
    }

    /// The first of its sets that the messages from one instance to another are in.
    pub(super) fn set_of(&self, from: InstanceId, to: InstanceId) -> Option<usize> {
        let has = |set: &[InstanceId], one: InstanceId| set.binary_search(&one).is_ok();
        self.sets.iter().position(|(senders, receivers)| has(senders, from) && has(receivers, to))
    }

    /// What messages suffer.
    pub(super) fn effect<'p>(&self, plan: &'p Plan) -> &'p LinkEffect {
        match &plan.faults[self.fault].condition {
            Condition::Links { effect, .. } => effect,
            _ => unreachable!("only links break"),
        }
    }
}

/// Whom a message would reach.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Health {
    /// Somebody who serves.
    Up,
    /// Nobody, and the sender hears so.
    Refuses,
    /// Nobody, and the sender hears nothing.
    Silent,
}

impl World<'_> {
    /// Schedules the faults of the plan, before anything else happens.
    pub(super) fn schedule_faults(&mut self, seed: u64) {
        let plan = self.plan;
        if !self.has_faults {
            return;
        }
        self.conditions.instances = vec![Befallen::default(); plan.instances.len()];
        self.skews = vec![0; plan.instances.len()];
        self.prepare_stations();
        for (index, fault) in plan.faults.iter().enumerate() {
            match &fault.schedule {
                Schedule::Once { from, until } => {
                    let occurrence = self.add_occurrence(index, None, None);
                    self.queue.push_at(*from, What::Change { occurrence });
                    if *until < Time::NEVER {
                        self.queue.push_at(*until, What::Change { occurrence });
                    }
                }
                Schedule::Campaign { .. } => {
                    for (name, target) in clocks(plan, &fault.condition) {
                        let draws = stream(seed, &format!("{}.{name}", fault.name));
                        let occurrence = self.add_occurrence(index, target, Some(draws));
                        self.schedule_change(occurrence);
                    }
                }
            }
        }
    }

    /// Stations whose speed or limits may change keep what that takes.
    fn prepare_stations(&mut self) {
        let plan = self.plan;
        let component_of = |instance: InstanceId| plan.instances[instance.index()].component;
        let changes_speed = |condition: &Condition| match condition {
            Condition::Pause { .. } | Condition::Slow { .. } => true,
            Condition::Deploy(Deploy { version, .. }) => version.factor != 1.0,
            _ => false,
        };
        let changes_cores = |condition: &Condition| matches!(condition, Condition::Capacity { .. });
        let speeds = fault::befallen(&plan.faults, component_of, changes_speed);
        let cores = fault::befallen(&plan.faults, component_of, changes_cores);
        for station in &mut self.stations {
            let gets_warm = plan.components[station.component.index()].cold_start.is_some();
            station.tracks |= gets_warm || speeds.contains(&station.component);
            station.limits_cores |= cores.contains(&station.component) && station.sharing.is_none();
            station.is_free &= !station.limits_cores && !station.tracks;
        }
    }

    fn add_occurrence(&mut self, fault: usize, target: Option<Selector>, draws: Option<Stream>) -> u32 {
        let occurrence = Occurrence { fault, target, draws, is_on: false, struck: Vec::new() };
        self.conditions.occurrences.push(occurrence);
        (self.conditions.occurrences.len() - 1) as u32
    }

    /// Draws when a campaign strikes next, or ends what it has struck.
    fn schedule_change(&mut self, occurrence: u32) {
        let known = &mut self.conditions.occurrences[occurrence as usize];
        let (Some(draws), Schedule::Campaign { to_failure, to_repair, .. }) =
            (&mut known.draws, &self.plan.faults[known.fault].schedule)
        else {
            return;
        };
        let law = if known.is_on { to_repair } else { to_failure };
        let span = Span::from_nanoseconds(law.sample(draws));
        // A campaign that lasts no time would keep time from passing.
        self.queue.push_after(span.max(Span(1)), What::Change { occurrence });
    }

    /// A fault begins or ends.
    pub(super) fn change(&mut self, occurrence: u32) {
        match (self.conditions.occurrences[occurrence as usize].is_on, self.drains) {
            (true, _) => self.end_fault(occurrence as usize),
            (false, false) => self.begin_fault(occurrence as usize),
            (false, true) => {}
        }
        if !self.drains {
            self.schedule_change(occurrence);
        }
    }

    /// Ends whatever lasts: not before the time that has been reached, up to which the books are closed.
    pub(super) fn heal(&mut self) {
        for (index, occurrence) in self.conditions.occurrences.iter().enumerate() {
            if occurrence.is_on {
                self.queue.push_at(self.reached, What::Change { occurrence: index as u32 });
            }
        }
    }

    fn begin_fault(&mut self, occurrence: usize) {
        let plan = self.plan;
        let fault = self.conditions.occurrences[occurrence].fault;
        let condition = &plan.faults[fault].condition;
        self.conditions.occurrences[occurrence].is_on = true;
        if let Condition::Links { links, .. } = condition {
            let sets: Vec<_> =
                links.iter().map(|set| (self.selected(&set.from), self.selected(&set.to))).collect();
            let (salt, pipes) = (hash_name(&plan.faults[fault].name), vec![Time(0); sets.len()]);
            self.conditions.breaks.push(Break { occurrence, sets, fault, salt, pipes });
            return;
        }
        let struck = match self.conditions.occurrences[occurrence].target {
            Some(target) => self.selected(&[target]),
            None => self.selected(condition.targets()),
        };
        if let Condition::Deploy(_) = condition {
            return self.roll_out(occurrence, struck);
        }
        for at in &struck {
            self.strike(occurrence, condition, *at);
        }
        self.conditions.occurrences[occurrence].struck = struck;
    }

    /// A condition begins at an instance.
    fn strike(&mut self, occurrence: usize, condition: &Condition, at: InstanceId) {
        let befallen = &mut self.conditions.instances[at.index()];
        match condition {
            Condition::Crash { notice, disk, .. } => self.bring_down(at, Reason::Crash(*notice), *disk),
            Condition::Pause { .. } => self.pause(at),
            Condition::Slow { factor, .. } => {
                befallen.factors.push((occurrence, *factor));
                self.change_pace(at);
            }
            Condition::Errors { share, .. } => {
                befallen.errors.push((occurrence, *share));
                befallen.error = together(&befallen.errors);
            }
            Condition::Capacity { workers, cores, .. } => {
                befallen.limits.push((occurrence, *workers, *cores));
                self.change_limits(at);
            }
            Condition::Clock { change: ClockChange::Skew(skew) | ClockChange::Step(skew), .. } => {
                self.skews[at.index()] = self.skews[at.index()].saturating_add(*skew);
            }
            Condition::Links { .. } => unreachable!("links are no instances"),
            Condition::Deploy(_) => unreachable!("a version comes to one after the other"),
        }
    }

    /// There is a reason more for an instance to be down.
    pub(super) fn bring_down(&mut self, at: InstanceId, reason: Reason, disk: Disk) {
        let was = self.conditions.instances[at.index()].down.add(reason);
        if was == Was::Up {
            let notice = if let Reason::Crash(notice) = reason { notice } else { Notice::Reset };
            return self.crash(at, notice, disk);
        }
        if was == Was::Booting {
            self.lives[at.index()] = self.lives[at.index()].wrapping_add(1);
        }
        if disk == Disk::Lost {
            self.touch_component(at, |state, index, context| {
                state.change(index, Change::Down(Disk::Lost), context);
            });
        }
    }

    /// A reason for an instance to be down is gone, if it was one: it is started when none is left.
    pub(super) fn bring_up(&mut self, at: InstanceId, reason: Reason) {
        if self.conditions.instances[at.index()].down.remove(reason) {
            self.start_instance(at);
        }
    }

    fn end_fault(&mut self, occurrence: usize) {
        let plan = self.plan;
        let known = &mut self.conditions.occurrences[occurrence];
        known.is_on = false;
        let (fault, struck) = (known.fault, std::mem::take(&mut known.struck));
        let condition = &plan.faults[fault].condition;
        match condition {
            Condition::Links { .. } => {
                self.conditions.breaks.retain(|one| one.occurrence != occurrence);
                return self.let_go();
            }
            Condition::Deploy(_) => return self.roll_back(occurrence),
            _ => {}
        }
        for at in struck {
            self.relieve(occurrence, condition, at);
        }
    }

    /// A condition ends at an instance.
    fn relieve(&mut self, occurrence: usize, condition: &Condition, at: InstanceId) {
        let befallen = &mut self.conditions.instances[at.index()];
        match condition {
            Condition::Crash { notice, .. } => self.bring_up(at, Reason::Crash(*notice)),
            Condition::Pause { .. } => self.end_pause(at),
            Condition::Slow { .. } => {
                befallen.factors.retain(|one| one.0 != occurrence);
                self.change_pace(at);
            }
            Condition::Errors { .. } => {
                befallen.errors.retain(|one| one.0 != occurrence);
                befallen.error = together(&befallen.errors);
            }
            Condition::Capacity { .. } => {
                befallen.limits.retain(|one| one.0 != occurrence);
                self.change_limits(at);
            }
            Condition::Clock { change: ClockChange::Skew(skew), .. } => {
                self.skews[at.index()] = self.skews[at.index()].saturating_sub(*skew);
            }
            // A clock that has jumped stays where it is.
            Condition::Clock { change: ClockChange::Step(_), .. } => {}
            Condition::Links { .. } => unreachable!("links are no instances"),
            Condition::Deploy(_) => unreachable!("a version goes from one after the other"),
        }
    }

    /// There is one more reason for an instance to do nothing.
    pub(super) fn pause(&mut self, at: InstanceId) {
        self.conditions.instances[at.index()].pauses += 1;
        self.change_pace(at);
    }

    /// A reason to do nothing is gone.
    pub(super) fn end_pause(&mut self, at: InstanceId) {
        self.conditions.instances[at.index()].pauses -= 1;
        self.change_pace(at);
    }

    /// An instance that is down is started: it serves when it has booted.
    fn start_instance(&mut self, at: InstanceId) {
        let boot = self.stations[at.index()].shape.boot;
        if boot == Span::ZERO {
            return self.come_up(at);
        }
        self.conditions.instances[at.index()].down.boot();
        self.queue.push_after(boot, What::Boot { at, life: self.lives[at.index()] });
    }

    /// An instance has booted.
    pub(super) fn boot_ends(&mut self, at: InstanceId) {
        self.conditions.instances[at.index()].down.has_booted();
        self.come_up(at);
    }

    /// An instance that was down serves again.
    fn come_up(&mut self, at: InstanceId) {
        self.touch(at);
        let now = self.queue.now();
        self.stations[at.index()].change_down(now, -1);
        self.warm_up(at, 0);
        self.touch_component(at, |state, index, context| state.change(index, Change::Up, context));
        self.has_come_up(at);
    }

    /// Which of the plan's faults an occurrence is one of.
    pub(super) fn fault_of(&self, occurrence: usize) -> usize {
        self.conditions.occurrences[occurrence].fault
    }

    /// The instances that are selected just now, ascending.
    fn selected(&self, selectors: &[Selector]) -> Vec<InstanceId> {
        let mut instances = Vec::new();
        for selector in selectors {
            match *selector {
                Selector::Instances { first, count } => {
                    instances.extend((first.0..first.0 + count).map(InstanceId));
                }
                Selector::Role { component, role } => {
                    let first = self.plan.components[component.index()].instances.0;
                    let holders = self.components[component.index()].holders(role);
                    instances.extend(holders.into_iter().map(|index| InstanceId(first.0 + index)));
                }
            }
        }
        instances.arrange();
        instances.dedup();
        instances
    }

    /// Whom a message to an instance would reach.
    #[inline]
    pub(super) fn health(&self, at: InstanceId) -> Health {
        self.conditions.instances[at.index()].down.health()
    }

    /// Whether an instance does nothing for a while.
    #[inline]
    pub(super) fn is_paused(&self, at: InstanceId) -> bool {
        self.has_faults && self.conditions.instances[at.index()].pauses > 0
    }

    /// Keeps what would happen at a paused instance until it goes on.
    pub(super) fn freeze(&mut self, at: InstanceId, what: What) {
        self.conditions.instances[at.index()].frozen.push(what);
    }

    /// Letters that a paused instance has not read yet are lost with it.
    pub(super) fn lose_unread(&mut self, at: InstanceId) {
        let letters = &mut self.letters;
        self.conditions.instances[at.index()].frozen.retain(|what| match what {
            What::Letter { letter } => {
                letters.remove(*letter);
                false
            }
            _ => true,
        });
    }

    /// The share of an instance's visits that end with an error, as a fraction of 2^64.
    #[inline]
    pub(super) fn error_share(&self, at: InstanceId) -> u64 {
        self.conditions.instances[at.index()].error
    }

    /// An instance works at another speed, or goes on.
    pub(super) fn change_pace(&mut self, at: InstanceId) {
        let befallen = &self.conditions.instances[at.index()];
        let factor = befallen.factors.iter().map(|one| one.1).chain(befallen.cold).product();
        let pace = if befallen.pauses > 0 { Pace::Paused } else { Pace::Slow(factor) };
        self.set_pace(at, pace);
        if pace != Pace::Paused {
            for what in std::mem::take(&mut self.conditions.instances[at.index()].frozen) {
                self.queue.push_now(what);
            }
        }
    }

    /// The limits of an instance's station are others.
    fn change_limits(&mut self, at: InstanceId) {
        self.touch(at);
        let component = self.plan.instances[at.index()].component;
        let mut shape = self.plan.components[component.index()].shape;
        for (_, workers, cores) in &self.conditions.instances[at.index()].limits {
            shape.workers = workers.unwrap_or(shape.workers);
            shape.own_cores = cores.or(shape.own_cores);
        }
        let now = self.queue.now();
        self.stations[at.index()].set_limits(now, shape);
        self.limits_changed(at);
    }
}

/// The chance that at least one of several errors strikes, as a fraction of 2^64.
pub(super) fn together(errors: &[(usize, u64)]) -> u64 {
    errors
        .iter()
        .fold(0, |all, (_, share)| all + ((u128::from(u64::MAX - all) * u128::from(*share)) >> 64) as u64)
}

/// Those who have a clock of their own in a campaign, with the names of their draws.
fn clocks(plan: &Plan, condition: &Condition) -> Vec<(String, Option<Selector>)> {
    if let Condition::Links { .. } = condition {
        return vec![("links".to_owned(), None)];
    }
    let mut clocks = Vec::new();
    for selector in condition.targets() {
        match *selector {
            Selector::Instances { first, count } => {
                for instance in (first.0..first.0 + count).map(InstanceId) {
                    let known = plan.instances[instance.index()];
                    let name = format!("{}[{}]", plan.components[known.component.index()].name, known.index);
                    clocks.push((name, Some(Selector::Instances { first: instance, count: 1 })));
                }
            }
            Selector::Role { component, role } => {
                let name = format!("{}.{role:?}", plan.components[component.index()].name);
                clocks.push((name, Some(*selector)));
            }
        }
    }
    clocks
}
