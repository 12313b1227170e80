//! Noting what single requests do, for whoever asks for it: after each event those are looked at that it had to do with.
//!
//! Nothing here is an event, draws, or changes anything of the run.

use super::{Pause, World};
use crate::kernel::request::{Flags, Frame, Parent, State};
use crate::measure::recorder::Ending;
use crate::measure::trace::{Birth, Follows, IsPaused, Origin, Seen, Touch, Tracer};
use crate::plan::{Exchange, Step};
use crate::units::{InstanceId, SiteId, Time};

impl World<'_> {
    /// Has requests noted from now on, and so many of each sort kept whole: the slowest, some that failed, some of all.
    pub fn trace(&mut self, kept: usize) {
        let tracer = Tracer::new(self.plan.clients.len(), self.plan.instances.len(), kept);
        self.tracer = Some(Box::new(tracer));
        self.heeds_events = true;
        self.is_noted = true;
    }

    /// Runs as [`World::run`] says, and notes after each event what it made of requests.
    pub(super) fn run_watched(&mut self, end: Time, events: u64) -> Pause {
        let mut left = events;
        loop {
            let pause = self.run_events(end, 1);
            self.note_requests();
            left -= u64::from(pause == Pause::Breath);
            if pause != Pause::Breath || left == 0 {
                return pause;
            }
        }
    }

    /// The event of a request is about to happen; whether it does not.
    #[cold]
    pub(super) fn heed(&mut self, request: u32, state: State) -> bool {
        self.touched(Touch::Changed(request));
        self.has_faults && self.holds_back(request, state)
    }

    /// What has been noted of requests, if anything.
    pub fn tracer(&self) -> Option<&Tracer> {
        self.tracer.as_deref()
    }

    /// Something happens to a request within the event that is on.
    #[inline(always)]
    pub(super) fn touched(&mut self, touch: Touch) {
        if self.is_noted {
            self.note_touch(touch);
        }
    }

    #[cold]
    fn note_touch(&mut self, touch: Touch) {
        self.keep_books(&touch);
        if let Some(tracer) = &mut self.tracer {
            tracer.touched.push(touch);
        }
    }

    /// An instance stands still from now on, or no longer.
    #[cold]
    pub(super) fn note_pause(&mut self, at: InstanceId, is_paused: IsPaused) {
        let now = self.queue.now();
        if let Some(tracer) = &mut self.tracer {
            tracer.pause(at, is_paused, now);
        }
    }

    /// Notes what the event that is over made of requests.
    fn note_requests(&mut self) {
        let Some(mut tracer) = self.tracer.take() else { return };
        let now = self.queue.now();
        let mut touched = std::mem::take(&mut tracer.touched);
        for touch in touched.drain(..) {
            match touch {
                Touch::Born(request) => {
                    tracer.begin(request, self.seen(request), self.birth_of(request), now)
                }
                Touch::Made { request, parent, origin } => {
                    tracer.make(request, self.seen(request), parent, origin, now);
                }
                Touch::Changed(request) if tracer.follows(request) => {
                    tracer.look(request, self.seen(request), now);
                }
                Touch::Changed(_) => {}
                Touch::Ended(request, outcome, ending) => tracer.end(request, outcome, ending, now),
                Touch::Visits(request) => tracer.visit(request),
                Touch::Reports(request) => tracer.report(request, now),
                Touch::Rests => tracer.rest(),
                Touch::Sent { request, at, follows } => {
                    tracer.send(request, self.seen(request), at, follows, now);
                }
                Touch::LetGo(request) => tracer.let_go(request, now),
            }
        }
        tracer.touched = touched;
        self.tracer = Some(tracer);
    }

    fn birth_of(&self, request: u32) -> Birth {
        let born = &self.requests[request];
        Birth {
            client: self.plan.slots[born.slot.index()].client,
            serial: born.id,
            fate: born.fate,
            is_measured: self.recorder.timeline.is_measured(usize::from(born.cell)),
        }
    }

    /// What a slot of the requests shows.
    fn seen(&self, request: u32) -> Seen {
        let shown = &self.requests[request];
        let visits = match shown.state {
            State::Free => 0,
            _ => {
                let frames = self.requests.frames_of(request).iter();
                frames.filter(|frame| matches!(frame, Frame::Visit { .. })).count()
            }
        };
        let ending = if shown.flags.has(Flags::FAILED) { Ending::Failed } else { Ending::Completed };
        Seen {
            generation: shown.generation,
            state: shown.state,
            instance: shown.at,
            from: shown.from,
            site: shown.site,
            entry: shown.entry,
            level: visits as u8,
            outcome: shown.outcome,
            ending,
        }
    }

    /// A component has sent out an errand.
    pub(super) fn note_errand(&mut self, request: u32) {
        if self.is_noted {
            let errand = &self.requests[request];
            let (at, start) = (errand.at, self.plan.entries[errand.entry.index()].start);
            let looks = |site: SiteId| self.plan.sites[site.index()].exchange == Exchange::Message;
            let follows = match self.plan.steps[start.index()] {
                Step::Call(site) if looks(site) => Follows::Nobody,
                _ => Follows::Actor,
            };
            self.note_touch(Touch::Sent { request, at, follows });
        }
    }

    /// A request has made another one, to call somebody.
    #[inline(always)]
    pub(super) fn note_child(&mut self, request: u32, parent: u32) {
        if self.is_noted {
            let made = &self.requests[request];
            let origin = match made.parent {
                Parent::Call(_) => Origin::Attempt(made.branch_turn),
                _ => Origin::Sent,
            };
            self.note_touch(Touch::Made { request, parent, origin });
        }
    }
}
