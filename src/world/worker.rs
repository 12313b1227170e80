//! Workers: who waits for one at a station, who gets it, and when it is free again.

use super::visit::Leaving;
use super::{Flow, What, World};
use crate::kernel::request::{Flags, Frame, Holds, State};
use crate::measure::recorder::Ending;
use crate::measure::trace::Touch;
use crate::outcome;
use crate::plan::Step;
use crate::station::{Discipline, Handling, Meter, Rank, Waiting};
use crate::units::{InstanceId, Time};

impl World<'_> {
    /// An arrival at a blocking station waits for a worker, or takes one from less urgent work.
    pub(super) fn stand_in_line(&mut self, request: u32, now: Time) {
        let Some(Frame::Visit { holds, arrived, .. }) = self.requests.top_frame(request) else {
            unreachable!("who arrives is on a visit");
        };
        (*holds, *arrived) = (Holds::Presence, now);
        self.queue_up(request);
    }

    /// A request begins to wait for a worker.
    pub(super) fn queue_up(&mut self, request: u32) {
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
    pub(super) fn begin(&mut self, request: u32) {
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
