//! Instances that stand still on their own: to collect their garbage, or because they have broken down.
//!
//! Standing still is the same condition as under a fault `pause`; what has several reasons ends with the last of them.

use super::visit::Leaving;
use super::{Flow, What, World};
use crate::kernel::request::{RequestId, State};
use crate::measure::recorder::Ending;
use crate::measure::trace::Touch;
use crate::outcome;
use crate::plan::Step;
use crate::station::Pace;
use crate::station::frailty::{Breakdown, Collection, Exposure, Frail, Frailty, Heap, Interrupted};
use crate::units::{InstanceId, SECOND, Span, Time};

impl<'p> World<'p> {
    fn frailty(&self, at: InstanceId) -> Option<&'p Frailty> {
        let plan = self.plan;
        plan.components[plan.instances[at.index()].component.index()].frailty.as_ref()
    }

    fn heap(&self, at: InstanceId) -> Option<&'p Heap> {
        self.frailty(at)?.heap.as_ref()
    }

    fn breakdown(&self, at: InstanceId) -> Option<&'p Breakdown> {
        self.frailty(at)?.breakdown.as_ref()
    }

    fn frail(&mut self, at: InstanceId) -> &mut Frail {
        self.stations[at.index()].frail.as_mut().expect("only the frail are asked")
    }

    /// Schedules the first breakdowns, before anything happens.
    pub(super) fn schedule_breakdowns(&mut self) {
        for index in 0..self.stations.len() {
            let at = InstanceId(index as u32);
            if self.roster.is_closed() || !self.roster.is_away(at) {
                self.await_breakdown(at);
            }
        }
    }

    /// An instance is not there any more: neither does it break down, nor is it repaired. Who comes in its place is well.
    #[cold]
    pub(super) fn retire(&mut self, at: InstanceId) {
        if self.breakdown(at).is_none() {
            return;
        }
        let frail = self.frail(at);
        frail.breakdown = frail.breakdown.wrapping_add(1);
        if std::mem::take(&mut frail.is_broken) {
            self.go_on(at);
        }
    }

    /// An instance is well from now on: draws for how long.
    pub(super) fn await_breakdown(&mut self, at: InstanceId) {
        let Some(rules) = self.breakdown(at) else { return };
        let frail = self.frail(at);
        let span = draw(rules.to_failure.sample(&mut frail.breakdowns));
        frail.breakdown = frail.breakdown.wrapping_add(1);
        let stamp = frail.breakdown;
        match rules.when {
            Exposure::Any => self.queue.push_after(span, What::Breakdown { at, stamp }),
            Exposure::Working => frail.left = span,
        }
    }

    /// An instance begins or ends to work, where that may matter for its breakdowns.
    #[cold]
    pub(super) fn exposure_changes(&mut self, at: InstanceId) {
        if self.drains || self.breakdown(at).is_none_or(|rules| rules.when == Exposure::Any) {
            return;
        }
        let now = self.queue.now();
        let station = &mut self.stations[at.index()];
        let works = !station.running.is_empty() && station.pace != Pace::Paused;
        let frail = station.frail.as_mut().expect("it has breakdowns");
        if works == frail.is_exposed {
            return;
        }
        frail.is_exposed = works;
        if works {
            frail.since = now;
            self.queue.push_after(frail.left, What::Breakdown { at, stamp: frail.breakdown });
        } else {
            frail.left = Span(frail.left.0 - now.since(frail.since).0);
            frail.breakdown = frail.breakdown.wrapping_add(1);
        }
    }

    /// An instance breaks down, or is repaired.
    pub(super) fn break_or_repair(&mut self, at: InstanceId) {
        let Some(rules) = self.breakdown(at) else { return };
        if self.frail(at).is_broken {
            self.frail(at).is_broken = false;
            if !self.drains {
                self.await_breakdown(at);
            }
            return self.go_on(at);
        }
        if self.drains {
            return;
        }
        self.touch(at);
        self.stations[at.index()].meter.current.breakdowns += 1;
        self.frail(at).is_broken = true;
        self.stand_still(at);
        match rules.work {
            Interrupted::Resumes => {}
            Interrupted::Restarts => self.begin_anew(at),
            Interrupted::Lost => self.lose_work(at),
        }
        let frail = self.frail(at);
        let span = draw(rules.to_repair.sample(&mut frail.breakdowns));
        let stamp = frail.breakdown;
        self.queue.push_after(span, What::Breakdown { at, stamp });
    }

    /// Work that stands still has all of it before it again.
    fn begin_anew(&mut self, at: InstanceId) {
        for index in 0..self.stations[at.index()].running.len() {
            let request = self.stations[at.index()].running[index];
            let Step::Work(time) = self.plan.steps[self.requests[request].step.index()] else {
                unreachable!("who computes is at work");
            };
            let work = self.draw_span(time, self.requests[request].fate, Some(request));
            self.requests[request].due = Time(work.0);
        }
    }

    /// Whoever is at work fails; those who wait for a worker stay.
    fn lose_work(&mut self, at: InstanceId) {
        let running = self.stations[at.index()].running.iter();
        let at_work: Vec<RequestId> = running.map(|request| self.requests.id(*request)).collect();
        for id in at_work {
            // Who stopped with another, as a branch does with its handler, is gone already.
            let Some(request) = self.requests.find(id) else { continue };
            self.touched(Touch::Changed(request));
            self.stop(request);
            self.requests[request].state = State::Running;
            if self.reply_as(request, outcome::RESET, Ending::Failed, Leaving::Stopped) == Flow::Goes {
                self.resume_now(request);
            }
        }
    }

    /// Somebody arrives at a frail instance and takes a piece of its heap.
    #[cold]
    pub(super) fn take_heap(&mut self, at: InstanceId) {
        let Some(heap) = self.heap(at) else { return };
        let frail = self.frail(at);
        if !frail.collects && frail.used + heap.per_request > heap.size {
            self.collect(at, heap);
        }
        self.frail(at).used += heap.per_request;
    }

    /// The heap is full: nothing else happens until its garbage is gone.
    fn collect(&mut self, at: InstanceId, heap: &Heap) {
        self.touch(at);
        let station = &mut self.stations[at.index()];
        station.meter.current.collections += 1;
        let live = heap.live(station.levels.present);
        let frail = station.frail.as_mut().expect("it has a heap");
        frail.used = live;
        let nanoseconds = match &heap.collection {
            Collection::Takes(law) => law.sample(&mut frail.collections),
            Collection::Traces(speed) => live as f64 / speed * SECOND as f64,
        };
        frail.collects = true;
        frail.collection = frail.collection.wrapping_add(1);
        let stamp = frail.collection;
        self.queue.push_after(draw(nanoseconds), What::Collected { at, stamp });
        self.stand_still(at);
    }

    /// A collection is over.
    pub(super) fn collected(&mut self, at: InstanceId) {
        self.frail(at).collects = false;
        self.go_on(at);
    }

    /// An instance has crashed: its heap is gone, and what will be started has a new one.
    #[cold]
    pub(super) fn lose_heap(&mut self, at: InstanceId) {
        let Some(heap) = self.heap(at) else { return };
        let frail = self.frail(at);
        frail.used = heap.live;
        if std::mem::take(&mut frail.collects) {
            frail.collection = frail.collection.wrapping_add(1);
            self.go_on(at);
        }
    }

    /// There is a reason of its own for an instance to stand still.
    fn stand_still(&mut self, at: InstanceId) {
        let now = self.queue.now();
        let frail = self.frail(at);
        frail.reasons += 1;
        if frail.reasons == 1 {
            frail.stopped = now;
            self.pause(at);
        }
    }

    /// A reason to stand still is gone.
    fn go_on(&mut self, at: InstanceId) {
        let now = self.queue.now();
        let frail = self.frail(at);
        frail.reasons -= 1;
        if frail.reasons == 0 {
            let stood = now.since(frail.stopped);
            self.touch(at);
            self.stations[at.index()].meter.current.stood += u128::from(stood.0);
            self.end_pause(at);
        }
    }
}

/// A drawn time: what takes no time would keep time from passing.
fn draw(nanoseconds: f64) -> Span {
    Span::from_nanoseconds(nanoseconds).max(Span(1))
}
