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
use crate::station::{Handling, Meter, UNBOUNDED};
use crate::units::{InstanceId, OutcomeId, Time};

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
            return self.err(request, at);
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
            self.touched(Touch::Visits(request));
            self.carry_out();
            self.touched(Touch::Rests);
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

    /// An error strikes before the component can act.
    #[cold]
    fn err(&mut self, request: u32, at: InstanceId) -> Flow {
        let component = self.plan.instances[at.index()].component.index();
        for counter in self.plan.components[component].blueprint.counts_errors() {
            self.recorder.count(component, *counter, 1);
        }
        self.reply(request, outcome::ERROR, Ending::Failed)
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
}

/// How a visit ends that a mechanism ends with an outcome.
pub(super) fn ending_with(outcome: OutcomeId) -> Ending {
    match outcome::ALL[outcome.index()].class {
        outcome::Class::Answer => Ending::Completed,
        outcome::Class::Failure => Ending::Failed,
    }
}
