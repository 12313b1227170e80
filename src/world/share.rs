//! Processor sharing: everyone present computes at once.

use super::{Flow, What, World};
use crate::kernel::request::State;
use crate::station::{Pace, Sharing, Waiting};
use crate::units::{AmountId, InstanceId};

impl World<'_> {
    pub(super) fn share_cores(&mut self, request: u32, time: AmountId) -> Flow {
        let at = self.requests[request].at;
        let span = self.draw_span(time, self.requests[request].fate, Some(request));
        self.touch(at);
        let now = self.queue.now();
        self.requests[request].state = State::Sharing;
        self.requests[request].since = now;
        let job = Waiting { request, stamp: self.requests[request].stamp };
        self.sharing(at).join(now, job, span);
        self.share_changed(at);
        Flow::Stops
    }

    fn sharing(&mut self, at: InstanceId) -> &mut Sharing {
        self.stations[at.index()].sharing.as_mut().expect("the station shares its cores")
    }

    /// The number of those who share has changed: levels and the next completion follow.
    fn share_changed(&mut self, at: InstanceId) {
        let now = self.queue.now();
        let requests = &self.requests;
        let station = &mut self.stations[at.index()];
        let sharing = station.sharing.as_mut().expect("the station shares its cores");
        sharing.stamp = sharing.stamp.wrapping_add(1);
        let next = sharing.until_next(|job| requests.is_live(job.request, job.stamp));
        if let Some(span) = next {
            self.queue.push_after(span, What::Share { instance: at, stamp: sharing.stamp });
        }
        let (busy, more) = (sharing.busy() as i32, (sharing.jobs() - sharing.busy()) as i32);
        station.change_busy(now, busy - station.levels.busy as i32);
        station.change_queued(now, more - station.levels.queued as i32);
    }

    /// The cores of a station that shares them work at another speed.
    pub(super) fn change_sharing_pace(&mut self, at: InstanceId, pace: Pace) {
        self.touch(at);
        let now = self.queue.now();
        self.sharing(at).set_pace(now, pace);
        self.share_changed(at);
    }

    /// A station that shares its cores has other limits.
    pub(super) fn change_sharing_capacity(&mut self, at: InstanceId) {
        let now = self.queue.now();
        let capacity = self.stations[at.index()].shape.capacity();
        self.sharing(at).set_capacity(now, capacity);
        self.share_changed(at);
    }

    /// The next of those who share is done; whoever else is done at the same instant as well.
    pub(super) fn share(&mut self, at: InstanceId) {
        self.touch(at);
        let now = self.queue.now();
        loop {
            let requests = &self.requests;
            let station = &mut self.stations[at.index()];
            let sharing = station.sharing.as_mut().expect("the station shares its cores");
            let done = sharing.finished(now, |job| requests.is_live(job.request, job.stamp));
            let Some(done) = done else { break };
            self.requests[done.request].state = State::Running;
            self.requests[done.request].step.0 += 1;
            self.resume_now(done.request);
        }
        self.share_changed(at);
    }

    /// A request that shares the cores stops before it is done.
    pub(super) fn stop_sharing(&mut self, request: u32) {
        let at = self.requests[request].at;
        self.touch(at);
        let now = self.queue.now();
        self.requests.restamp(request);
        self.sharing(at).abandon(now);
        self.share_changed(at);
    }
}
