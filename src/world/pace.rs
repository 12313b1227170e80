//! The speed of an instance: work that has begun takes longer when it slows down, and stops while it is paused.

use super::{What, World};
use crate::component::Behaviour;
use crate::kernel::request::Flags;
use crate::measure::trace::IsPaused;
use crate::station::Pace;
use crate::units::{AmountId, InstanceId, Span, Time};

impl World<'_> {
    /// Starts work that may be interrupted or change its speed, or what remains of it.
    pub(super) fn start_tracked(&mut self, request: u32, time: AmountId) {
        let interrupted = self.requests[request].flags.has(Flags::INTERRUPTED);
        let work = if interrupted {
            self.requests[request].flags.clear(Flags::INTERRUPTED);
            Span(self.requests[request].due.0)
        } else {
            self.draw_span(time, self.requests[request].fate, Some(request))
        };
        let at = self.requests[request].at;
        self.stations[at.index()].running.push(request);
        if self.stations[at.index()].frail.is_some() {
            self.exposure_changes(at);
        }
        self.run_for(request, work, self.stations[at.index()].pace);
    }

    /// Lets a request work on; while it is paused, `due` holds the work that remains.
    fn run_for(&mut self, request: u32, work: Span, pace: Pace) {
        match pace.stretch(work) {
            Some(span) => {
                let due = self.queue.now() + span;
                self.requests[request].due = due;
                self.queue.push_at(due, What::Resume { request, stamp: self.requests[request].stamp });
            }
            None => self.requests[request].due = Time(work.0),
        }
    }

    /// The work that remains of a request that has begun.
    pub(super) fn remaining_work(&self, request: u32, pace: Pace) -> Span {
        let due = self.requests[request].due;
        match pace {
            Pace::Paused => Span(due.0),
            Pace::Slow(_) => pace.shrink(due.since(self.queue.now())),
        }
    }

    /// An instance works at another speed from now on.
    pub(super) fn set_pace(&mut self, at: InstanceId, pace: Pace) {
        let station = &mut self.stations[at.index()];
        let before = std::mem::replace(&mut station.pace, pace);
        if before == pace {
            return;
        }
        if before == Pace::Paused || pace == Pace::Paused {
            let is_paused = if pace == Pace::Paused { IsPaused::Yes } else { IsPaused::No };
            self.note_pause(at, is_paused);
            self.touch_component(at, |state, index, context| state.pauses(index, is_paused, context));
        }
        for index in 0..self.stations[at.index()].running.len() {
            let request = self.stations[at.index()].running[index];
            let work = self.remaining_work(request, before);
            self.requests.restamp(request);
            self.run_for(request, work, pace);
        }
        if self.stations[at.index()].sharing.is_some() {
            self.change_sharing_pace(at, pace);
        }
        if self.stations[at.index()].frail.is_some() {
            self.exposure_changes(at);
        }
    }

    /// The limits of a station have changed: whoever waits may be next.
    pub(super) fn limits_changed(&mut self, at: InstanceId) {
        if self.stations[at.index()].sharing.is_some() {
            return self.change_sharing_capacity(at);
        }
        // Who has a worker already has waited longer for a core than those who get one now.
        if self.stations[at.index()].limits_cores {
            self.hand_over_cores(at);
        }
        self.hand_over(at);
    }
}
