//! Stations that protect themselves: who is kept out, who has to make room, and who is dropped from the queue.

use super::visit::Leaving;
use super::{Flow, What, World};
use crate::kernel::request::{Flags, Frame, Holds, State};
use crate::measure::recorder::Ending;
use crate::measure::trace::Touch;
use crate::mechanism::concurrency_limit::Ended;
use crate::outcome;
use crate::station::codel::Head;
use crate::station::overflow::Overflow;
use crate::station::{Handling, Late, Queue, Waiting, Watch};
use crate::units::{InstanceId, OutcomeId, Span, Time};

/// How an arrival finds a guarded station.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Door {
    /// It may come in.
    Open,
    /// It is turned away.
    Closed,
    /// It might begin at once, and is too late for that.
    Late,
    /// If there is a place for it, the instance dies of it.
    Fatal,
}

impl World<'_> {
    fn watch(&mut self, at: InstanceId) -> &mut Watch {
        self.stations[at.index()].guard.as_mut().expect("only a guarded station asks")
    }

    /// How an arrival finds a guarded station: it is one of those who are there from now on unless it is kept out.
    #[cold]
    pub(super) fn knock(&mut self, request: u32, at: InstanceId) -> Door {
        if self.is_let_in(request) {
            return Door::Open;
        }
        let is_full = self.lacks_memory(request, at);
        if is_full || self.watch(at).limit.as_mut().is_some_and(|limit| !limit.take()) {
            return Door::Closed;
        }
        let door = self.take_memory(request, at);
        let station = &self.stations[at.index()];
        let begins = station.shape.handling == Handling::Blocking && station.has_free_worker();
        if door == Door::Open && begins && self.is_late_for(request, at) { Door::Late } else { door }
    }

    /// Somebody is there just long enough to hear that it is too late.
    #[cold]
    pub(super) fn drop_at_the_door(&mut self, request: u32, at: InstanceId) -> Flow {
        let now = self.queue.now();
        let station = &mut self.stations[at.index()];
        station.meter.current.arrived += 1;
        station.change_present(now, 1);
        let Some(Frame::Visit { holds, arrived, admitted, .. }) = self.requests.top_frame(request) else {
            unreachable!("who arrives is on a visit");
        };
        (*holds, *arrived, *admitted) = (Holds::Presence, now, now);
        self.drop_idle(request)
    }

    /// One of those who may be there at once has left.
    #[cold]
    pub(super) fn place_is_free(&mut self, request: u32, at: InstanceId, stay: Span, leaving: Leaving) {
        if self.is_let_in(request) {
            return;
        }
        self.give_memory_back(request, at);
        let now = self.queue.now();
        let watch = self.watch(at);
        if let (Some(limit), Some(rule)) = (&mut watch.limit, &watch.rules.limit) {
            let ended = match leaving {
                Leaving::Served => Ended::Answered(stay.0),
                Leaving::Rejected | Leaving::Stopped => Ended::Dropped,
            };
            limit.give_back(rule, now.0, ended);
        }
    }

    /// The queue is full: whether one of those who wait makes room for an arrival.
    #[cold]
    pub(super) fn makes_room(&mut self, request: u32, at: InstanceId) -> bool {
        let Some(overflow) = self.stations[at.index()].guard.as_ref().map(|watch| watch.rules.overflow)
        else {
            return false;
        };
        let victim = match overflow {
            Overflow::Arrival => None,
            Overflow::Oldest | Overflow::LeastUrgent => {
                let priority = self.requests[request].priority;
                let requests = &self.requests;
                let waits = |waiting: Waiting| requests.is_live(waiting.request, waiting.stamp);
                let watch = self.stations[at.index()].guard.as_mut().expect("it has a guard");
                match overflow {
                    Overflow::Oldest => watch.standby.pop_oldest(waits),
                    _ => watch.standby.pop_less_urgent(priority, waits),
                }
            }
            Overflow::LongestLine => self.newest_of_longest_line(request, at),
        };
        let Some(victim) = victim else { return false };
        self.drop_waiting(victim.request, outcome::REJECTED);
        true
    }

    /// The newest of those in the longest line, which the entry of an arrival in its own line must not be.
    fn newest_of_longest_line(&mut self, request: u32, at: InstanceId) -> Option<Waiting> {
        let owner = self.owner(request);
        let Queue::Fair(mut lines) =
            std::mem::replace(&mut self.stations[at.index()].queue, Queue::Line(Default::default(), FIFO))
        else {
            unreachable!("only under fair queueing there are lines")
        };
        let waits = |waiting: Waiting| {
            self.requests.is_live(waiting.request, waiting.stamp) && !self.is_own_work(waiting.request)
        };
        let (longest, length) = lines.longest(waits).unwrap_or((owner, 0));
        let is_longer = length > lines.length(owner, waits) + 1;
        let victim = if is_longer { lines.pop_newest(longest, waits) } else { None };
        self.stations[at.index()].queue = Queue::Fair(lines);
        victim
    }

    /// Whose line a request joins.
    pub(super) fn owner(&self, request: u32) -> u64 {
        let plan = self.plan;
        let component = self.stations[self.requests[request].at.index()].component;
        plan.components[component.index()].by.as_ref().map_or(0, |by| self.fill(request, by))
    }

    /// Work was interrupted, and waits before all others of its class: where waiting requests make room for one another, the bound
    /// of the queue holds for it, too.
    #[cold]
    pub(super) fn guard_interrupted(&mut self, waiting: Waiting, at: InstanceId) {
        let priority = self.requests[waiting.request].priority;
        let is_own_work = self.is_own_work(waiting.request);
        let station = &mut self.stations[at.index()];
        let (queued, bound) = (station.levels.queued, station.shape.bound);
        let watch = station.guard.as_mut().expect("only a guarded station asks");
        let overflow = watch.rules.overflow;
        let Some(class) = overflow.class(priority) else { return };
        let requests = &self.requests;
        let waits = |waiting: Waiting| requests.is_live(waiting.request, waiting.stamp);
        if !is_own_work {
            watch.standby.push_first(class, waiting, queued, waits);
        }
        if queued <= bound {
            return;
        }
        let victim = match overflow {
            Overflow::Oldest => watch.standby.pop_oldest(waits),
            _ => watch.standby.pop_least_urgent(waits),
        };
        if let Some(victim) = victim {
            self.drop_waiting(victim.request, outcome::REJECTED);
        }
    }

    /// Somebody begins to wait at a guarded station.
    #[cold]
    pub(super) fn guard_waiting(&mut self, waiting: Waiting, at: InstanceId) {
        let now = self.queue.now();
        let priority = self.requests[waiting.request].priority;
        let is_own_work = self.is_own_work(waiting.request);
        let requests = &self.requests;
        let station = &mut self.stations[at.index()];
        let queued = station.levels.queued;
        let watch = station.guard.as_mut().expect("only a guarded station asks");
        if queued == 0 {
            watch.last_empty = now;
        }
        let Some(class) = watch.rules.overflow.class(priority) else { return };
        if !is_own_work {
            let waits = |waiting: Waiting| requests.is_live(waiting.request, waiting.stamp);
            watch.standby.push(class, waiting, queued, waits);
        }
    }

    /// Somebody who waits at a guarded station may do so for as long as its queue allows.
    #[cold]
    pub(super) fn limit_wait(&mut self, request: u32, at: InstanceId) {
        let now = self.queue.now();
        let watch = self.watch(at);
        let Some(patience) = watch.rules.delay.map(|delay| delay.patience(now, watch.last_empty)) else {
            return;
        };
        if self.requests[request].state == State::Queued && !self.is_own_work(request) {
            let stamp = self.requests[request].stamp;
            self.queue.push_after(patience, What::Renege { request, stamp });
        }
    }

    /// Whether somebody whose turn has come is dropped instead of being served. Work that was interrupted goes on.
    #[cold]
    pub(super) fn is_dropped(&mut self, request: u32, at: InstanceId) -> bool {
        if self.requests[request].flags.has(Flags::INTERRUPTED) || self.is_own_work(request) {
            return false;
        }
        let now = self.queue.now();
        let rules = self.watch(at).rules;
        if rules.late.is_some_and(|late| self.is_too_late(request, late, now)) {
            self.drop_waiting(request, outcome::DEADLINE);
            return true;
        }
        let waited = now.since(self.requests[request].since);
        let others = self.stations[at.index()].levels.queued - 1;
        let control = &mut self.watch(at).control;
        let is_dropped =
            rules.codel.is_some_and(|codel| control.judge(codel, now, waited, others) == Head::Dropped);
        if is_dropped {
            self.drop_waiting(request, outcome::REJECTED);
        }
        is_dropped
    }

    /// Whether somebody for whom a worker of a guarded station is free is too late to begin.
    #[cold]
    pub(super) fn is_late_for(&mut self, request: u32, at: InstanceId) -> bool {
        let now = self.queue.now();
        let late = self.watch(at).rules.late.filter(|_| !self.is_own_work(request));
        late.is_some_and(|late| self.is_too_late(request, late, now))
    }

    /// Somebody who need not wait is dropped all the same; its caller hears why.
    #[cold]
    pub(super) fn drop_idle(&mut self, request: u32) -> Flow {
        let at = self.requests[request].at;
        self.touch(at);
        self.stations[at.index()].meter.current.dropped += 1;
        self.reply_as(request, outcome::DEADLINE, Ending::Failed, Leaving::Stopped)
    }

    /// Whether the deadline that a request's caller has handed on has passed, or would before its work is done.
    fn is_too_late(&self, request: u32, late: Late, now: Time) -> bool {
        let known = &self.requests[request];
        let work = match late {
            _ if !known.flags.has(Flags::BOUNDED) => return false,
            Late::Expired => Span::ZERO,
            Late::Infeasible => Span(self.first_work(request)),
        };
        now + work >= known.deadline
    }

    /// Takes a request out of the queue, whose entry is gone or stale from now on; its caller hears why.
    fn drop_waiting(&mut self, request: u32, reason: OutcomeId) {
        self.leave_queue(request);
        let at = self.requests[request].at;
        self.stations[at.index()].meter.current.dropped += 1;
        self.requests.restamp(request);
        let dropped = &mut self.requests[request];
        (dropped.state, dropped.outcome) = (State::Dropped, reason);
        self.touched(Touch::Changed(request));
        self.resume_now(request);
    }

    /// Who was taken out of the queue leaves; its caller hears why.
    #[cold]
    pub(super) fn leave_dropped(&mut self, request: u32) -> Flow {
        self.requests[request].state = State::Running;
        let reason = self.requests[request].outcome;
        self.reply_as(request, reason, Ending::Failed, Leaving::Stopped)
    }
}

const FIFO: crate::station::Discipline = crate::station::Discipline::Fifo;
