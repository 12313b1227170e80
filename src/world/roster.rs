//! Who is there: instances that are started and stopped while a run goes on, and components that must hear of it.
//!
//! An instance that is not there is down like one that has crashed, so that whatever is sent to it all the same is refused;
//! besides, nobody pays for it, and who picks among the instances of its component knows that it is not there. What starts
//! and stops instances are components ([`Context::start`](crate::component::Context::start)) and deploys.

use super::condition::together;
use super::down::Reason;
use super::versions::Versions;
use super::{What, World};
use crate::component::{Ask, Behaviour, Standing};
use crate::fault::{Condition, Deploy, Disk, Start, Version};
use crate::kernel::random::below;
use crate::kernel::request::{Frame, Parent, State};
use crate::station::{Presence, load};
use crate::units::{ComponentId, InstanceId, Span, Time};

/// Who is there.
#[derive(Default)]
pub(super) struct Roster {
    /// By instance; empty if nobody comes or goes.
    entries: Vec<Entry>,
}

/// What holds of one instance.
#[derive(Clone)]
struct Entry {
    standing: Standing,
    /// What becomes of it when it has left.
    next: Next,
    /// How long it goes on with what it has when it is stopped.
    drain: Span,
    /// Which of the pending ends of its leaving is the valid one.
    stamp: u16,
    /// What it runs, and what it runs when it starts next.
    versions: Versions,
}

/// What becomes of an instance that has left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Next {
    /// It is away.
    Stops,
    /// It is started with the version that is wanted.
    StartsAgain,
}

/// What an instance is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Order {
    /// It is started.
    Start,
    /// It is to leave.
    Stop,
    /// It has left.
    Leave,
    /// It has left if it has nothing left to do.
    LeaveIfDone,
}

impl Default for Entry {
    fn default() -> Entry {
        Entry {
            standing: Standing::Serving,
            next: Next::Stops,
            drain: Span::ZERO,
            stamp: 0,
            versions: Versions::default(),
        }
    }
}

impl Roster {
    /// Whether nobody comes or goes in this run.
    #[inline(always)]
    pub(super) fn is_closed(&self) -> bool {
        self.entries.is_empty()
    }

    /// How long an instance will go on with what it has.
    pub(super) fn set_drain(&mut self, at: InstanceId, drain: Span) {
        self.entries[at.index()].drain = drain;
    }

    /// Whether an instance takes calls.
    pub(super) fn is_serving(&self, at: InstanceId) -> bool {
        self.entries[at.index()].standing == Standing::Serving
    }

    /// Whether an instance is not there.
    pub(super) fn is_away(&self, at: InstanceId) -> bool {
        self.entries[at.index()].standing == Standing::Away
    }

    /// The deploys that have come to an instance.
    pub(super) fn versions(&mut self, at: InstanceId) -> &mut Versions {
        &mut self.entries[at.index()].versions
    }
}

impl World<'_> {
    /// Instances that are not there when the run begins are known not to be.
    pub(super) fn open_roster(&mut self) {
        let plan = self.plan;
        if !plan.changes_staff() {
            return;
        }
        self.roster.entries = vec![Entry::default(); plan.instances.len()];
        for staff in plan.components.iter().filter_map(|component| component.setting.staff) {
            for at in (staff.first.0 + staff.initial..staff.first.0 + staff.most).map(InstanceId) {
                self.conditions.instances[at.index()].down.add(Reason::Away);
                self.stations[at.index()].change_down(Time(0), 1);
                self.stations[at.index()].set_presence(Time(0), Presence::Away);
                self.stand(at, Standing::Away);
            }
        }
    }

    /// An instance is told something, when the present event is over.
    pub(super) fn order(&mut self, at: InstanceId, order: Order) {
        self.queue.push_now(What::Roster { at, stamp: self.roster.entries[at.index()].stamp, order });
    }

    /// An instance does as it was told.
    pub(super) fn obey(&mut self, at: InstanceId, stamp: u16, order: Order) {
        let Entry { standing, next, stamp: valid, .. } = self.roster.entries[at.index()];
        match (order, standing, next) {
            (Order::Start, Standing::Away, _) => self.start_up(at),
            (Order::Stop, Standing::Serving, _) => self.leave_with(at, Next::Stops),
            (Order::Stop, Standing::Starting, _) => self.take_away(at),
            (Order::Stop, Standing::Leaving, _) => self.roster.entries[at.index()].next = Next::Stops,
            (Order::Leave, Standing::Leaving, Next::Stops) if stamp == valid => self.take_away(at),
            (Order::Leave, Standing::Leaving, Next::StartsAgain) if stamp == valid => self.start_again(at),
            (Order::LeaveIfDone, Standing::Leaving, Next::Stops) if stamp == valid && self.is_done(at) => {
                self.take_away(at)
            }
            _ => {}
        }
    }

    /// An instance is to run another version: at once if it does not serve, else it is stopped and started again.
    pub(super) fn replace(&mut self, at: InstanceId, drain: Span) {
        let entry = &mut self.roster.entries[at.index()];
        match entry.standing {
            Standing::Serving => {
                entry.drain = drain;
                self.leave_with(at, Next::StartsAgain);
            }
            Standing::Starting | Standing::Away => self.run_version(at),
            Standing::Leaving => {}
        }
    }

    /// An instance takes no more calls, and goes on with what it has for a time.
    fn leave_with(&mut self, at: InstanceId, next: Next) {
        let entry = &mut self.roster.entries[at.index()];
        entry.stamp = entry.stamp.wrapping_add(1);
        entry.next = next;
        let (drain, stamp) = (entry.drain, entry.stamp);
        self.stand(at, Standing::Leaving);
        self.queue.push_after(drain, What::Roster { at, stamp, order: Order::Leave });
        if next == Next::Stops {
            self.order(at, Order::LeaveIfDone);
        }
    }

    /// Something has come to its end at an instance: if it is about to go, and has nothing left to do, it goes.
    #[cold]
    pub(super) fn may_be_done(&mut self, at: InstanceId) {
        let Entry { standing, next, .. } = self.roster.entries[at.index()];
        if standing == Standing::Leaving && next == Next::Stops && self.is_done(at) {
            self.order(at, Order::LeaveIfDone);
        }
    }

    /// Whether nobody visits an instance or is on the way to it, and nothing that it does or has to send by itself is open.
    fn is_done(&self, at: InstanceId) -> bool {
        let comes = |request: u32| {
            let living = &self.requests[request];
            living.at == at && matches!(living.state, State::Arriving | State::Departing)
        };
        let is_own = |request: u32| {
            let living = &self.requests[request];
            let home = self.requests.frames_of(request).iter().find_map(|frame| match frame {
                Frame::Visit { caller, .. } => Some(*caller),
                _ => None,
            });
            matches!(living.parent, Parent::Own(_)) && home.unwrap_or(living.at) == at
        };
        self.stations[at.index()].levels.present == 0
            && !self.requests.living().any(|request| comes(request) || is_own(request))
    }

    /// An instance that is not there is started.
    fn start_up(&mut self, at: InstanceId) {
        self.touch(at);
        self.stations[at.index()].set_presence(self.queue.now(), Presence::There);
        self.stand(at, Standing::Starting);
        self.bring_up(at, Reason::Away);
        self.await_breakdown(at);
    }

    /// An instance is stopped: who is still there is reset, and what it had stored is gone.
    fn take_away(&mut self, at: InstanceId) {
        self.bring_down(at, Reason::Away, Disk::Lost);
        self.run_version(at);
        self.touch(at);
        self.stations[at.index()].set_presence(self.queue.now(), Presence::Away);
        self.retire(at);
        self.stand(at, Standing::Away);
    }

    /// An instance is stopped, and started with another version.
    fn start_again(&mut self, at: InstanceId) {
        self.bring_down(at, Reason::Restart, Disk::Kept);
        self.stand(at, Standing::Starting);
        self.run_version(at);
        self.bring_up(at, Reason::Restart);
    }

    /// An instance has come up.
    pub(super) fn has_come_up(&mut self, at: InstanceId) {
        if self.roster.entries.get(at.index()).is_some_and(|entry| entry.standing == Standing::Starting) {
            self.stand(at, Standing::Serving);
        }
    }

    /// An instance that does not serve runs from now on the version that is wanted.
    fn run_version(&mut self, at: InstanceId) {
        let Some(change) = self.roster.versions(at).settle() else { return };
        let wrong = change.now.map(|occurrence| (occurrence, self.version(occurrence)));
        let befallen = &mut self.conditions.instances[at.index()];
        befallen.factors.retain(|one| Some(one.0) != change.before);
        befallen.errors.retain(|one| Some(one.0) != change.before);
        if let Some((occurrence, version)) = wrong {
            befallen.factors.push((occurrence, version.factor));
            befallen.errors.push((occurrence, version.errors));
        }
        befallen.error = together(&befallen.errors);
        self.touch(at);
        let kind = if change.now.is_some() { load::Version::Deployed } else { load::Version::First };
        self.stations[at.index()].meter.version_changes(kind);
        self.change_pace(at);
        for (occurrence, by) in
            [(change.rolled_back, load::Version::First), (change.updated, load::Version::Deployed)]
        {
            if let Some(occurrence) = occurrence {
                let fault = self.fault_of(occurrence);
                self.recorder.replaced(fault, by);
            }
        }
        if wrong.is_some_and(|(_, version)| version.start == Start::Crashes) {
            self.bring_down(at, Reason::Stuck, Disk::Kept);
            self.hear_of(at, self.roster.entries[at.index()].standing);
        } else {
            self.bring_up(at, Reason::Stuck);
        }
    }

    /// What is wrong with the version of a deploy.
    fn version(&self, occurrence: usize) -> Version {
        match &self.plan.faults[self.fault_of(occurrence)].condition {
            Condition::Deploy(Deploy { version, .. }) => *version,
            _ => unreachable!("only a deploy brings a version"),
        }
    }

    /// How an instance stands from now on; who minds hears of it.
    fn stand(&mut self, at: InstanceId, standing: Standing) {
        self.roster.entries[at.index()].standing = standing;
        let plan = self.plan;
        for component in plan.components.iter().filter(|component| component.setting.minds(at)) {
            self.touch_component(component.instances.0, |state, _, context| {
                state.stands(at, standing, context);
            });
        }
        self.hear_of(at, standing);
    }

    /// The instance that a caller without a balancer picks while some come and go: any of those that take calls if any of them
    /// can take any call.
    #[cold]
    pub(super) fn route_among_those_there(
        &mut self,
        callee: ComponentId,
        ask: &Ask<'_>,
    ) -> Option<InstanceId> {
        let component = &self.plan.components[callee.index()];
        let (first, count) = component.instances;
        let all = (first.0..first.0 + count).map(InstanceId);
        let there = all.clone().filter(|at| self.roster.is_serving(*at)).count();
        if there == count as usize || !component.blueprint.has_interchangeable_instances() {
            let index = self.components[callee.index()].route(ask, first, count);
            return index.map(|index| InstanceId(first.0 + index));
        }
        let serving = all.filter(|at| self.roster.is_serving(*at));
        let others = serving.clone().filter(|at| !ask.avoid.contains(at));
        match others.clone().count() {
            0 if there == 0 => None,
            0 => serving.clone().nth(below(ask.bits, there as u64) as usize),
            some => others.clone().nth(below(ask.bits, some as u64) as usize),
        }
    }
}
