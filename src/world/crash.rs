//! Crashes: whatever happens at an instance ends, each request in the way in which its caller would hear of it.

use super::unwind::Ends;
use super::visit::Leaving;
use super::{Flow, World};
use crate::component::{Behaviour, Change};
use crate::fault::{Disk, Notice};
use crate::kernel::request::{Flags, Frame, Parent, RequestId, State};
use crate::measure::recorder::Ending;
use crate::mechanism::arrange::Arrange;
use crate::outcome;
use crate::units::{InstanceId, Time};

impl World<'_> {
    /// An instance goes down: its queue, its running work and its memory are lost.
    pub(super) fn crash(&mut self, at: InstanceId, notice: Notice, disk: Disk) {
        self.lives[at.index()] = self.lives[at.index()].wrapping_add(1);
        self.touch(at);
        let now = self.queue.now();
        self.stations[at.index()].change_down(now, 1);
        let mut present: Vec<u32> =
            self.requests.living().filter(|request| self.is_present(*request, at)).collect();
        // Whoever came first hears of it first. Their slots say nothing: other requests elsewhere change those.
        present.arrange_by_key(|request| (self.arrival_of(*request), self.requests[*request].fate));
        let present: Vec<RequestId> = present.into_iter().map(|request| self.requests.id(request)).collect();
        // First all who wait, so that nobody gets a worker or a core that others let go.
        for state in [State::Queued, State::WaitingForCore, State::Working, State::Sharing] {
            for id in &present {
                if self.requests[id.index].state == state {
                    self.stop(id.index);
                    self.requests[id.index].state = State::Running;
                }
            }
        }
        for id in present {
            // Who stopped with another, as a branch does with its handler, is gone already.
            if let Some(request) = self.requests.find(id) {
                self.fall(request, notice);
            }
        }
        self.lose_unread(at);
        if self.stations[at.index()].frail.is_some() {
            self.lose_heap(at);
        }
        self.forget_strays(at);
        self.touch_component(at, |state, index, context| state.change(index, Change::Down(disk), context));
    }

    /// Whether a request is at an instance, as opposed to on the way to it.
    fn is_present(&self, request: u32, at: InstanceId) -> bool {
        let known = &self.requests[request];
        // What an instance does on its own has nowhere to come from and to go to, even if it waits until that goes on.
        let is_own = matches!(known.parent, Parent::Own(_));
        known.at == at && (is_own || !matches!(known.state, State::Arriving | State::Returning | State::Lost))
    }

    /// When a request came to the instance that it is at, or was born there.
    fn arrival_of(&self, request: u32) -> Time {
        let arrival = self.requests.frames_of(request).iter().rev().find_map(|frame| match frame {
            Frame::Visit { arrived, .. } => Some(*arrived),
            _ => None,
        });
        arrival.unwrap_or(self.requests[request].born)
    }

    /// A request ends because the instance that it is at has gone down.
    fn fall(&mut self, request: u32, notice: Notice) {
        let fallen = &self.requests[request];
        if matches!(fallen.parent, Parent::Call(_))
            && matches!(fallen.state, State::Connecting | State::Departing | State::Gathering)
        {
            // It has not left, and ends with the caller whose attempt it is.
            return;
        }
        let at = fallen.at;
        let visit = self.requests.frames_of(request).iter().rev().find_map(|frame| match frame {
            Frame::Visit { caller, .. } => Some(*caller),
            _ => None,
        });
        if visit.is_none() && fallen.flags.has(Flags::BRANCH) && fallen.parent != Parent::None {
            // It ends with the handler whose branch it is.
            return;
        }
        // What an instance asked of itself, or does on its own, is over with it.
        if visit.is_none_or(|caller| caller == at) {
            return self.unwind_as(request, Ends::Crash);
        }
        self.requests.restamp(request);
        self.requests[request].state = State::Running;
        // Whatever its caller does next has nothing to do with the work that is lost.
        self.requests[request].flags.clear(Flags::INTERRUPTED);
        match notice {
            Notice::Reset => {
                while let Some(frame) = self.requests.top_frame(request).copied()
                    && !matches!(frame, Frame::Visit { .. })
                {
                    self.requests.pop_frame(request);
                    self.give_back_as(request, frame, Ends::Crash);
                }
                let flow = self.reply_as(request, outcome::RESET, Ending::Failed, Leaving::Stopped);
                if flow == Flow::Goes {
                    self.resume_now(request);
                }
            }
            Notice::Silent => self.vanish(request),
        }
    }

    /// A request is lost with the instance that it is at, and nobody is told.
    fn vanish(&mut self, request: u32) {
        while let Some(frame) = self.requests.pop_frame(request) {
            let is_visit = matches!(frame, Frame::Visit { .. });
            self.give_back_as(request, frame, Ends::Crash);
            if is_visit {
                break;
            }
        }
        self.lose(request);
    }
}
