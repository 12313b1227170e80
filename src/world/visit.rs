//! Visits: what a request does at the station of an instance, from its arrival to its leaving.

use super::condition::Health;
use super::guard::Door;
use super::{Flow, What, World};
use crate::component::{Behaviour, Context, Luggage, Verdict};
use crate::kernel::random::{Draws, hash_name, mix};
use crate::kernel::request::{Flags, Frame, Holds, State};
use crate::measure::recorder::Ending;
use crate::measure::trace::Touch;
use crate::outcome;
use crate::plan::Step;
use crate::station::{Discipline, Handling, Meter, Rank, UNBOUNDED, Waiting};
use crate::units::{AmountId, InstanceId, OutcomeId, Time};

/// The name of the draw of an error.
const ERRORS: u64 = 0x6572_726f_7273_2d6f;

/// How a visit ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Leaving {
    /// Its handler has come to an end.
    Served,
    /// It was turned away at the door.
    Rejected,
    /// It was stopped, or left by itself.
    Stopped,
}

impl World<'_> {
    /// A request reaches the instance it was sent to.
    #[inline(always)]
    pub(super) fn arrive(&mut self, request: u32) -> Flow {
        let now = self.queue.now();
        let at = self.requests[request].at;
        self.requests[request].state = State::Running;
        if self.has_faults {
            if self.health(at) != Health::Up {
                return self.find_nobody(request, at);
            }
            if self.stations[at.index()].frail.is_some() {
                self.take_heap(at);
            }
        }
        self.touch(at);
        let mut door = Door::Open;
        if self.stations[at.index()].guard.is_some() {
            door = self.knock(request, at);
            match door {
                Door::Open | Door::Fatal => {}
                Door::Late => return self.drop_at_the_door(request, at),
                Door::Closed => {
                    self.stations[at.index()].meter.current.arrived += 1;
                    return self.turn_away(request);
                }
            }
        }
        let station = &mut self.stations[at.index()];
        station.meter.current.arrived += 1;
        station.change_present(now, 1);
        let shape = station.shape;
        let admitted = if shape.workers == UNBOUNDED {
            Some(Holds::Presence)
        } else if let Some(sharing) = &station.sharing {
            (sharing.jobs() < u64::from(shape.workers) + u64::from(shape.bound) || self.is_let_in(request))
                .then_some(Holds::Presence)
        } else if shape.handling == Handling::EventLoop {
            (station.has_free_worker()
                || station.has_room()
                || self.is_let_in(request)
                || self.makes_room(request, at))
            .then_some(Holds::Presence)
        } else if station.has_free_worker() {
            station.change_busy(now, 1);
            Some(Holds::Worker)
        } else if self.requests[request].flags.has(Flags::PAST) {
            Some(Holds::Presence)
        } else if station.has_room()
            || self.may_interrupt(request, at)
            || self.is_own_work(request)
            || self.makes_room(request, at)
        {
            self.stand_in_line(request, now);
            return if door == Door::Fatal { self.doom(at) } else { Flow::Stops };
        } else {
            None
        };
        let Some(Frame::Visit { holds, arrived, admitted: admitted_at, .. }) =
            self.requests.top_frame(request)
        else {
            unreachable!("who arrives is on a visit");
        };
        (*arrived, *admitted_at) = (now, now);
        match admitted {
            Some(held) => {
                *holds = held;
                if held == Holds::Worker {
                    self.begin(request);
                    self.recorder.waited(self.requests[request].entry.index(), 0);
                }
                if door == Door::Fatal {
                    return self.doom(at);
                }
                if self.is_paused(at) {
                    self.freeze(at, What::Resume { request, stamp: self.requests[request].stamp });
                    return Flow::Stops;
                }
                Flow::Goes
            }
            None => {
                *holds = Holds::Presence;
                self.turn_away(request)
            }
        }
    }

    /// The instance that a request was sent to is down.
    #[cold]
    fn find_nobody(&mut self, request: u32, at: InstanceId) -> Flow {
        match self.health(at) {
            Health::Silent => self.lose(request),
            _ => self.reply_as(request, outcome::REFUSED, Ending::Failed, Leaving::Rejected),
        }
    }

    /// An arrival at a blocking station waits for a worker, or takes one from less urgent work.
    fn stand_in_line(&mut self, request: u32, now: Time) {
        let Some(Frame::Visit { holds, arrived, .. }) = self.requests.top_frame(request) else {
            unreachable!("who arrives is on a visit");
        };
        (*holds, *arrived) = (Holds::Presence, now);
        self.queue_up(request);
    }

    /// The queue is full: the caller hears of it.
    #[cold]
    fn turn_away(&mut self, request: u32) -> Flow {
        let at = self.requests[request].at;
        self.stations[at.index()].meter.current.rejected += 1;
        let entry = self.requests[request].entry.index();
        self.recorder.entries[entry].rejected[self.recorder.cell] += 1;
        self.reply_as(request, outcome::REJECTED, Ending::Failed, Leaving::Rejected)
    }

    /// Closes the cells of a station that have ended; due before any of its levels changes.
    #[inline(always)]
    pub(super) fn touch(&mut self, at: InstanceId) {
        let now = self.queue.now();
        if self.stations[at.index()].meter.is_due(now) {
            self.close_station(at, now);
        }
    }

    /// A request begins to wait for a worker.
    fn queue_up(&mut self, request: u32) {
        let at = self.requests[request].at;
        let now = self.queue.now();
        self.touch(at);
        let rank = self.rank(request);
        let shape = self.stations[at.index()].shape;
        let waiting = {
            let request_now = &mut self.requests[request];
            request_now.state = State::Queued;
            request_now.since = self.queue.now();
            Waiting { request, stamp: request_now.stamp }
        };
        let requests = &self.requests;
        let station = &mut self.stations[at.index()];
        if station.queue.len() > 2 * station.levels.queued as usize + 64 {
            station.queue.compact(|waiting| requests.is_live(waiting.request, waiting.stamp));
        }
        if station.guard.is_some() {
            self.guard_waiting(waiting, at);
        }
        let station = &mut self.stations[at.index()];
        station.change_queued(now, 1);
        station.queue.push(waiting, rank);
        if shape.discipline == Discipline::PriorityPreemptive {
            self.interrupt(at, self.requests[request].priority);
        }
        if let Some(patience) = shape.patience
            && self.requests[request].state == State::Queued
            && !self.is_own_work(request)
        {
            let fate = self.requests[request].fate;
            let span = self.draw_span(patience, fate, None);
            let stamp = self.requests[request].stamp;
            self.queue.push_after(span, What::Renege { request, stamp });
        }
        if self.stations[at.index()].guard.is_some() {
            self.limit_wait(request, at);
        }
    }

    /// What the discipline may look at: the first work is drawn by fate, so that it is the same when it begins.
    fn rank(&self, request: u32) -> Rank {
        let now = &self.requests[request];
        let discipline = self.stations[now.at.index()].shape.discipline;
        let looks_at_work = matches!(discipline, Discipline::ShortestFirst | Discipline::Fair);
        let work = if looks_at_work { self.first_work(request) } else { 0 };
        let owner = if discipline == Discipline::Fair { self.owner(request) } else { 0 };
        Rank { priority: now.priority, work, owner }
    }

    /// How long the next work of a request takes \[ns\].
    #[cold]
    pub(super) fn first_work(&self, request: u32) -> u64 {
        let now = &self.requests[request];
        let work = match self.plan.steps[now.step.index()] {
            Step::Work(time) => Some(time),
            _ => self.plan.entries.get(now.entry.index()).and_then(|entry| entry.first_work),
        };
        work.map_or(0, |time| self.draw_span(time, now.fate, Some(request)).0)
    }

    /// A worker is free: whoever is next gets it.
    #[inline(always)]
    pub(super) fn hand_over(&mut self, at: InstanceId) {
        if self.stations[at.index()].levels.queued > 0 {
            self.admit_next(at);
        }
    }

    fn admit_next(&mut self, at: InstanceId) {
        let now = self.queue.now();
        while self.stations[at.index()].levels.queued > 0 && self.stations[at.index()].has_free_worker() {
            let requests = &self.requests;
            let station = &mut self.stations[at.index()];
            let queued = station.levels.queued;
            let next = station.queue.pop(queued, |waiting| requests.is_live(waiting.request, waiting.stamp));
            let Some(next) = next else {
                unreachable!("{queued} wait at instance {}, but nobody is in line", at.0);
            };
            if station.guard.is_some() && self.is_dropped(next.request, at) {
                continue;
            }
            let station = &mut self.stations[at.index()];
            station.change_queued(now, -1);
            station.change_busy(now, 1);
            self.admit(next.request);
        }
    }

    /// A request that waited has got a worker.
    fn admit(&mut self, request: u32) {
        let now = self.queue.now();
        let since = self.requests[request].since;
        let at = self.requests[request].at;
        let station = &mut self.stations[at.index()];
        station.meter.experience.waits += Meter::measured(&self.recorder.timeline, since, now);
        let handling = station.shape.handling;
        // The patience timer, if any, is over.
        self.requests.restamp(request);
        self.requests[request].state = State::Running;
        self.begin(request);
        let interrupted = self.requests[request].flags.has(Flags::INTERRUPTED);
        if !interrupted {
            self.recorder.waited(self.requests[request].entry.index(), now.since(since).0);
        }
        if handling == Handling::EventLoop {
            self.requests[request].flags.set(Flags::WORKER);
            self.requests[request].since = now;
        } else if let Some((held, admitted)) = self.visit_of(request) {
            (*held, *admitted) = (Holds::Worker, now);
        }
        self.touched(Touch::Changed(request));
        match self.plan.steps[self.requests[request].step.index()] {
            Step::Work(time) => self.compute(request, time),
            _ => self.resume_now(request),
        }
    }

    /// A request has got a worker.
    #[inline(always)]
    fn begin(&mut self, request: u32) {
        let flags = &mut self.requests[request].flags;
        flags.set(Flags::BEGUN);
        if flags.has(Flags::TIED) {
            self.begin_tied(request);
        }
    }

    /// The innermost visit of a request: what it holds and since when.
    pub(super) fn visit_of(&mut self, request: u32) -> Option<(&mut Holds, &mut Time)> {
        self.requests.held(request).iter_mut().rev().find_map(|frame| match frame {
            Frame::Visit { holds, admitted, .. } => Some((holds, admitted)),
            _ => None,
        })
    }

    /// The step `work`: compute for a drawn time.
    #[inline(always)]
    pub(super) fn work(&mut self, request: u32, time: AmountId) -> Flow {
        let at = self.requests[request].at;
        let station = &mut self.stations[at.index()];
        if station.sharing.is_some() {
            return self.share_cores(request, time);
        }
        if station.shape.workers == UNBOUNDED {
            self.requests[request].since = self.queue.now();
        } else if station.shape.handling == Handling::EventLoop {
            if !station.has_free_worker() {
                self.queue_up(request);
                return Flow::Stops;
            }
            if station.guard.is_some() && self.is_late_for(request, at) {
                return self.drop_idle(request);
            }
            self.touch(at);
            let now = self.queue.now();
            self.stations[at.index()].change_busy(now, 1);
            self.requests[request].flags.set(Flags::WORKER);
            self.begin(request);
            self.requests[request].since = now;
            self.recorder.waited(self.requests[request].entry.index(), 0);
        }
        self.compute(request, time);
        Flow::Stops
    }

    /// A request that has its worker takes a core, or waits for one.
    #[inline(always)]
    fn compute(&mut self, request: u32, time: AmountId) {
        let at = self.requests[request].at;
        if self.stations[at.index()].limits_cores {
            self.touch(at);
            let station = &mut self.stations[at.index()];
            if station.levels.computing >= station.shape.cores() {
                let waiting = Waiting { request, stamp: self.requests[request].stamp };
                station.core_queue.push_back(waiting);
                self.requests[request].state = State::WaitingForCore;
                return;
            }
            station.change_computing(self.queue.now(), 1);
        }
        self.start_work(request, time);
    }

    #[inline(always)]
    fn start_work(&mut self, request: u32, time: AmountId) {
        self.requests[request].state = State::Working;
        let at = self.requests[request].at;
        if self.stations[at.index()].tracks {
            self.start_tracked(request, time);
        } else {
            self.resume_after(request, time);
        }
    }

    /// Whether a request holds a worker itself: a branch at a blocking station works on its handler's, and nothing could be
    /// taken from it.
    pub(super) fn holds_worker(&self, request: u32) -> bool {
        let visit = self.requests.frames_of(request).iter().rev().find_map(|frame| match frame {
            Frame::Visit { holds, .. } => Some(*holds),
            _ => None,
        });
        self.requests[request].flags.has(Flags::WORKER) || visit == Some(Holds::Worker)
    }

    /// Work has had its time.
    #[inline(always)]
    pub(super) fn end_work(&mut self, request: u32) -> Flow {
        self.requests[request].state = State::Running;
        self.stop_work(request);
        self.step_on(request)
    }

    /// Gives back what a running work holds: the core, and the worker of an event loop.
    #[inline(always)]
    pub(super) fn stop_work(&mut self, request: u32) {
        let at = self.requests[request].at;
        let station = &self.stations[at.index()];
        if station.is_free {
            if self.requests[request].flags.has(Flags::ABANDONED) {
                self.waste_work(request, at);
            }
            return;
        }
        if station.tracks {
            self.stop_tracked(request, at);
        }
        if self.stations[at.index()].limits_cores {
            self.release_core(request, at);
        }
        if self.requests[request].flags.has(Flags::WORKER) {
            self.touch(at);
            self.requests[request].flags.clear(Flags::WORKER);
            self.release_worker(request, at, self.requests[request].since);
        }
    }

    /// Takes work that has been kept an eye on off the list.
    fn stop_tracked(&mut self, request: u32, at: InstanceId) {
        let station = &mut self.stations[at.index()];
        station.running.retain(|running| *running != request);
        if station.frail.is_some() {
            self.exposure_changes(at);
        }
        let station = &self.stations[at.index()];
        if station.shape.workers == UNBOUNDED && !station.limits_cores {
            self.waste_work(request, at);
        }
    }

    fn release_core(&mut self, request: u32, at: InstanceId) {
        self.touch(at);
        if self.stations[at.index()].shape.workers == UNBOUNDED {
            self.waste_work(request, at);
        }
        self.stations[at.index()].change_computing(self.queue.now(), -1);
        self.hand_over_cores(at);
    }

    /// Cores are free: whoever waits for one gets it.
    pub(super) fn hand_over_cores(&mut self, at: InstanceId) {
        let now = self.queue.now();
        while self.stations[at.index()].levels.computing < self.stations[at.index()].shape.cores() {
            let station = &mut self.stations[at.index()];
            let Some(next) = station.core_queue.pop_front() else { return };
            if !self.requests.is_live(next.request, next.stamp) {
                continue;
            }
            station.change_computing(now, 1);
            if station.shape.workers == UNBOUNDED {
                self.requests[next.request].since = now;
            }
            let Step::Work(time) = self.plan.steps[self.requests[next.request].step.index()] else {
                unreachable!("who waits for a core is about to work");
            };
            self.touched(Touch::Changed(next.request));
            self.start_work(next.request, time);
        }
    }

    /// A request that has its worker no longer waits for a core; its entry is stale as soon as it is stamped anew.
    pub(super) fn stop_waiting_for_core(&mut self, request: u32) {
        if self.requests[request].flags.has(Flags::WORKER) {
            let at = self.requests[request].at;
            self.touch(at);
            self.requests[request].flags.clear(Flags::WORKER);
            self.release_worker(request, at, self.requests[request].since);
        }
    }

    /// A worker that was held since an instant is free again; the station has been touched.
    #[inline(always)]
    pub(super) fn release_worker(&mut self, request: u32, at: InstanceId, since: Time) {
        let now = self.queue.now();
        self.take_worker(request, at, since, now);
        self.hand_over(at);
    }

    /// Books the time for which a request held a worker that it holds no more.
    #[inline(always)]
    pub(super) fn take_worker(&mut self, request: u32, at: InstanceId, since: Time, now: Time) {
        let station = &mut self.stations[at.index()];
        station.change_busy(now, -1);
        station.meter.experience.held += Meter::measured(&self.recorder.timeline, since, now);
        if self.requests[request].flags.has(Flags::ABANDONED) {
            self.waste(request, at, since);
        }
    }

    /// A request leaves the instance of its innermost visit, whose frame has been popped.
    #[inline(always)]
    pub(super) fn leave(&mut self, request: u32, visit: Frame, leaving: Leaving) {
        let Frame::Visit { holds, arrived, admitted, .. } = visit else {
            unreachable!("only a visit can be left");
        };
        if holds == Holds::Nothing {
            return;
        }
        let now = self.queue.now();
        let at = self.requests[request].at;
        self.touch(at);
        let station = &mut self.stations[at.index()];
        station.change_present(now, -1);
        station.meter.experience.sojourns += Meter::measured(&self.recorder.timeline, arrived, now);
        match leaving {
            Leaving::Served => {
                station.meter.current.served += 1;
                let (component, entry) = (station.component.index(), self.requests[request].entry.index());
                self.recorder.served(component, entry, now.since(arrived).0);
            }
            Leaving::Stopped => station.meter.current.stopped += 1,
            Leaving::Rejected => {}
        }
        if station.guard.is_some() {
            self.place_is_free(request, at, now.since(arrived), leaving);
        }
        if holds == Holds::Worker {
            if self.requests[request].flags.has(Flags::ABANDONED) {
                return self.leave_in_vain(request, at, visit);
            }
            self.release_worker(request, at, admitted);
        }
        if !self.roster.is_closed() && self.stations[at.index()].levels.present == 0 {
            self.may_be_done(at);
        }
    }

    /// The step that lets the component act.
    pub(super) fn consult(&mut self, request: u32) -> Flow {
        let at = self.requests[request].at;
        if self.has_faults && self.errs(request, at) {
            return self.reply(request, outcome::ERROR, Ending::Failed);
        }
        if self.has_scripts {
            self.run_script(request);
        }
        let caller = match self.requests.frames_of(request).last() {
            Some(Frame::Visit { caller, .. }) => *caller,
            _ => InstanceId::NONE,
        };
        let instance = self.plan.instances[at.index()];
        let component = instance.component.index();
        let action = self.plan.entries[self.requests[request].entry.index()].action;
        let luggage;
        let luggage = if self.has_luggage {
            luggage = self.luggage(request, instance.component);
            &luggage
        } else {
            Luggage::NONE
        };
        let mut context = Context {
            now: self.queue.now(),
            recorder: &mut self.recorder,
            component,
            first: InstanceId(at.0 - instance.index),
            skews: &self.skews,
            visitor: self.requests.id(request),
            caller,
            luggage,
            effects: &mut self.effects,
        };
        let visitor = &mut self.requests[request];
        let verdict = self.components[component].visit(instance.index, action, visitor, &mut context);
        if !self.effects.is_empty() {
            self.carry_out();
        }
        match verdict {
            Verdict::Done(outcome) => self.reply(request, outcome, ending_with(outcome)),
            Verdict::Park => {
                self.requests[request].state = State::Parked;
                if !self.strays.is_empty() {
                    self.join_strays(request);
                }
                Flow::Stops
            }
            Verdict::GoOn => self.step_on(request),
            Verdict::GoOnAfter(time) => {
                self.hold(request, time);
                Flow::Stops
            }
            Verdict::Refuse(outcome) => {
                self.recorder.waive(self.requests[request].entry.index());
                self.reply(request, outcome, Ending::Failed)
            }
            Verdict::Deny(after) => {
                self.requests[request].due = Time(after.0);
                self.reply(request, outcome::DENIED, Ending::Failed)
            }
            Verdict::Drop => self.drop_unanswered(request),
        }
    }

    /// Whether an error strikes the visit of a request: the same whenever it is asked during the visit.
    #[cold]
    pub(super) fn errs(&self, request: u32, at: InstanceId) -> bool {
        let share = self.error_share(at);
        if share == 0 {
            return false;
        }
        // Within loops the fate is another one in every turn.
        let frames = self.requests.frames_of(request).iter().rev();
        let within = frames.take_while(|frame| !matches!(frame, Frame::Visit { .. }));
        let outside = within.filter_map(|frame| match frame {
            Frame::Turn { fate, .. } => Some(*fate),
            _ => None,
        });
        let fate = outside.last().unwrap_or(self.requests[request].fate);
        // Names, not ids: another component must not change who errs.
        let instance = self.plan.instances[at.index()];
        let name =
            mix(hash_name(&self.plan.components[instance.component.index()].name), u64::from(instance.index));
        Draws::new(mix(fate, ERRORS), name).bits() < share
    }

    /// A request's patience has run out while it waits.
    pub(super) fn renege(&mut self, request: u32) {
        let at = self.requests[request].at;
        if self.is_paused(at) {
            return self.freeze(at, What::Renege { request, stamp: self.requests[request].stamp });
        }
        self.touched(Touch::Changed(request));
        self.leave_queue(request);
        self.stations[at.index()].meter.current.reneged += 1;
        self.requests.restamp(request);
        self.requests[request].state = State::Running;
        if self.reply_as(request, outcome::TIMEOUT, Ending::Failed, Leaving::Stopped) == Flow::Goes {
            self.advance(request);
        }
    }

    /// Takes a request that waits for a worker out of the queue; its entry is stale as soon as it is stamped anew.
    pub(super) fn leave_queue(&mut self, request: u32) {
        let (at, since) = (self.requests[request].at, self.requests[request].since);
        self.touch(at);
        let now = self.queue.now();
        let station = &mut self.stations[at.index()];
        station.change_queued(now, -1);
        station.meter.experience.waits += Meter::measured(&self.recorder.timeline, since, now);
    }
}

/// How a visit ends that a mechanism ends with an outcome.
pub(super) fn ending_with(outcome: OutcomeId) -> Ending {
    match outcome::ALL[outcome.index()].class {
        outcome::Class::Answer => Ending::Completed,
        outcome::Class::Failure => Ending::Failed,
    }
}
