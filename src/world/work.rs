//! Work: computing for a time, with a worker and, where these are few, a core.

use super::{Flow, World};
use crate::kernel::request::{Flags, Frame, Holds, State};
use crate::measure::trace::Touch;
use crate::plan::Step;
use crate::station::{Handling, UNBOUNDED, Waiting};
use crate::units::{AmountId, InstanceId};

impl World<'_> {
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
    pub(super) fn compute(&mut self, request: u32, time: AmountId) {
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

    /// Whether a request holds a worker itself: a branch at a blocking station works on its handler's, and nothing could be
    /// taken from it.
    pub(super) fn holds_worker(&self, request: u32) -> bool {
        let visit = self.requests.frames_of(request).iter().rev().find_map(|frame| match frame {
            Frame::Visit { holds, .. } => Some(*holds),
            _ => None,
        });
        self.requests[request].flags.has(Flags::WORKER) || visit == Some(Holds::Worker)
    }
}
