//! The way home: replies, and what a caller does with them.

use super::transit::{Message, Way};
use super::visit::Leaving;
use super::{Flow, What, World};
use crate::kernel::request::{Flags, Frame, Parent, Request, SavedField, State, Token};
use crate::measure::recorder::Ending;
use crate::measure::trace::{Origin, Touch};
use crate::outcome;
use crate::plan::Exchange;
use crate::units::{InstanceId, OutcomeId, SiteId};

/// In place of a site: no call has been answered, the handler itself is to end.
pub(super) const NO_SITE: SiteId = SiteId(u32::MAX);

impl World<'_> {
    /// The handler, branch or session that a request runs has come to its end.
    #[inline(always)]
    pub(super) fn reply(&mut self, request: u32, outcome: OutcomeId, ending: Ending) -> Flow {
        self.reply_as(request, outcome, ending, Leaving::Served)
    }

    /// The same, when the visit ends in another way.
    #[inline(always)]
    pub(super) fn reply_as(
        &mut self,
        request: u32,
        outcome: OutcomeId,
        ending: Ending,
        leaving: Leaving,
    ) -> Flow {
        while let Some(frame) = self.requests.pop_frame(request) {
            let Frame::Visit { site, caller, caller_entry, fate, .. } = frame else {
                self.give_back(request, frame);
                continue;
            };
            let (outcome, ending) = match self.has_faults {
                true => self.after_errors(request, outcome, ending, leaving),
                false => (outcome, ending),
            };
            self.leave(request, frame, leaving);
            if self.is_nobodys_affair(request) {
                self.unwind(request);
                return Flow::Stops;
            }
            let homeward = &mut self.requests[request];
            let (entry, from) = (homeward.entry, homeward.at);
            let message = Message { entry, fate: homeward.fate, from, to: caller, way: Way::Back, site };
            (homeward.at, homeward.entry, homeward.fate) = (caller, caller_entry, fate);
            (homeward.site, homeward.outcome) = (site, outcome);
            homeward.flags.put(Flags::FAILED, ending == Ending::Failed);
            return match self.transmit(request, message) {
                Flow::Goes if self.is_paused(caller) => self.wait_at_the_door(request, caller),
                Flow::Goes => self.bring_home(request, site, outcome, ending),
                Flow::Stops => Flow::Stops,
            };
        }
        if self.requests[request].flags.has(Flags::BRANCH) {
            return self.leave_branch(request, outcome, ending);
        }
        if let Parent::Own(token) = self.requests[request].parent {
            return self.end_errand(request, token, outcome, ending);
        }
        self.end_request(request, outcome, ending)
    }

    /// The visit of a request ends and nobody is answered: its caller learns it from its timeout, as if the reply were lost.
    #[cold]
    pub(super) fn drop_unanswered(&mut self, request: u32) -> Flow {
        while let Some(frame) = self.requests.pop_frame(request) {
            let Frame::Visit { site, caller, caller_entry, fate, .. } = frame else {
                self.give_back(request, frame);
                continue;
            };
            self.leave(request, frame, Leaving::Served);
            if self.is_nobodys_affair(request) {
                self.unwind(request);
                return Flow::Stops;
            }
            let homeward = &mut self.requests[request];
            (homeward.at, homeward.entry, homeward.fate) = (caller, caller_entry, fate);
            homeward.site = site;
            return self.lose(request);
        }
        unreachable!("who is dropped is on a visit")
    }

    /// An errand has come to its end without a visit of its own.
    #[cold]
    fn end_errand(&mut self, request: u32, token: Token, outcome: OutcomeId, ending: Ending) -> Flow {
        let errand = self.requests[request];
        if self.is_noted {
            self.hand_home(request);
        }
        self.remove(request);
        self.touched(Touch::Reports(request));
        self.report(token, &errand, outcome, ending);
        self.touched(Touch::Rests);
        Flow::Stops
    }

    /// A reply that took no time has reached a caller that is paused.
    #[cold]
    fn wait_at_the_door(&mut self, request: u32, caller: InstanceId) -> Flow {
        self.requests[request].state = State::Returning;
        self.requests[request].from = InstanceId::NONE;
        self.freeze(caller, What::Resume { request, stamp: self.requests[request].stamp });
        Flow::Stops
    }

    /// What becomes of an answer at an instance that errs.
    #[cold]
    fn after_errors(
        &mut self,
        request: u32,
        outcome: OutcomeId,
        ending: Ending,
        leaving: Leaving,
    ) -> (OutcomeId, Ending) {
        let at = self.requests[request].at;
        let errs = (leaving, ending) == (Leaving::Served, Ending::Completed) && self.errs(request, at);
        let (outcome, ending) = if errs { (outcome::ERROR, Ending::Failed) } else { (outcome, ending) };
        if ending == Ending::Failed {
            self.touch(at);
            self.stations[at.index()].meter.current.failed += 1;
        }
        (outcome, ending)
    }

    /// Whether a request has answered early and has just left the handler that did.
    fn is_nobodys_affair(&self, request: u32) -> bool {
        self.requests[request].flags.has(Flags::ANSWERED)
            && !self.requests.frames_of(request).iter().any(|frame| matches!(frame, Frame::Visit { .. }))
    }

    /// A reply has reached the caller's instance.
    #[inline(always)]
    pub(super) fn land(&mut self, request: u32) -> Flow {
        self.requests[request].state = State::Running;
        let (site, outcome) = (self.requests[request].site, self.requests[request].outcome);
        self.bring_home(request, site, outcome, self.ending_of(request))
    }

    /// The call at this site has ended: whatever was taken for it is given back, and the caller hears the outcome.
    #[inline(always)]
    pub(super) fn bring_home(
        &mut self,
        request: u32,
        site: SiteId,
        outcome: OutcomeId,
        ending: Ending,
    ) -> Flow {
        while let Some(Frame::Token { .. } | Frame::Pass { .. } | Frame::Saved { .. } | Frame::Nothing) =
            self.requests.frames_of(request).last()
            && let Some(frame) = self.requests.pop_frame(request)
        {
            match frame {
                Frame::Token { .. } => self.release_token(frame, Some((outcome, ending))),
                Frame::Pass { .. } => self.pass_back(frame, Some((outcome, ending))),
                Frame::Saved { field: SavedField::Value, .. }
                    if ending == Ending::Completed && self.reads_row(site) => {}
                _ => self.give_back(request, frame),
            }
        }
        let home = &self.requests[request];
        if home.flags.has(Flags::CALL) && home.depth == 0 {
            let child = *home;
            if self.is_noted {
                self.hand_home(request);
            }
            self.remove(request);
            match child.parent {
                Parent::Call(call) => self.deliver(call, child, outcome, ending),
                Parent::Own(token) => {
                    self.touched(Touch::Reports(request));
                    self.report(token, &child, outcome, ending);
                    self.touched(Touch::Rests);
                }
                _ => {}
            }
            return Flow::Stops;
        }
        self.hear(request, site, outcome, ending)
    }

    /// Whether the handler has the row's value after a call that went well.
    #[cold]
    fn reads_row(&self, site: SiteId) -> bool {
        matches!(self.plan.sites[site.index()].exchange, Exchange::Row(_))
    }

    /// A caller goes on after a call, as the scenario says for the outcome.
    #[inline(always)]
    fn hear(&mut self, request: u32, site_id: SiteId, outcome: OutcomeId, ending: Ending) -> Flow {
        let plan = self.plan;
        let site = &plan.sites[site_id.index()];
        let named = site.handlers.iter().find(|(handled, _)| *handled == outcome).map(|(_, step)| *step);
        let next = match ending {
            Ending::Completed => Some(named.unwrap_or(site.next)),
            Ending::Failed => named.or(site.on_error),
        };
        match next {
            Some(step) => {
                self.requests[request].step = step;
                Flow::Goes
            }
            None => {
                self.recorder.failed(site_id, outcome);
                self.reply(request, outcome, Ending::Failed)
            }
        }
    }

    /// A request that waited for a child or for branches goes on at its next event.
    pub(super) fn wake(&mut self, request: u32, outcome: OutcomeId, ending: Ending) {
        let waits = &mut self.requests[request];
        waits.outcome = outcome;
        waits.flags.put(Flags::FAILED, ending == Ending::Failed);
        waits.state = State::Answered;
        self.resume_now(request);
    }

    /// What a request waited for has come.
    pub(super) fn answered(&mut self, request: u32) -> Flow {
        let waits = &mut self.requests[request];
        waits.state = State::Running;
        let (site, outcome) = (waits.site, waits.outcome);
        let ending = self.ending_of(request);
        if site == NO_SITE {
            self.reply(request, outcome, ending)
        } else {
            self.hear(request, site, outcome, ending)
        }
    }

    #[inline(always)]
    fn ending_of(&self, request: u32) -> Ending {
        if self.requests[request].flags.has(Flags::FAILED) { Ending::Failed } else { Ending::Completed }
    }

    /// The step `answer`: the reply goes home as a request of its own, and the handler goes on.
    pub(super) fn answer(&mut self, request: u32, outcome: OutcomeId) -> Flow {
        if let Some(handler) = self.handler_of(request) {
            self.answer_early(handler, outcome);
        }
        self.step_on(request)
    }

    fn answer_early(&mut self, handler: u32, outcome: OutcomeId) {
        let answers = self.requests[handler];
        let Parent::Call(call) = answers.parent else { return };
        let base =
            self.requests.frames_of(handler).iter().position(|frame| matches!(frame, Frame::Visit { .. }));
        let Some(base) = base else { return };
        let Frame::Visit { site, caller, caller_entry, fate, .. } = self.requests.held(handler)[base] else {
            unreachable!("the base was found to be a visit");
        };
        let mut flags = Flags::CALL;
        flags.set(answers.flags.and(Flags::ABANDONED.or(Flags::TIMED).or(Flags::HEDGE)));
        let errs = self.has_faults && self.errs(handler, answers.at);
        flags.put(Flags::FAILED, errs);
        let outcome = if errs { outcome::ERROR } else { outcome };
        let courier = self.requests.insert(Request {
            at: caller,
            entry: caller_entry,
            fate,
            site,
            outcome,
            depth: 0,
            flags,
            state: State::Running,
            ..answers
        });
        // What the call holds of its route is held until the reply passes.
        for held in 0..base {
            let frame = std::mem::replace(&mut self.requests.held(handler)[held], Frame::Nothing);
            self.requests.push_frame(courier, frame);
        }
        let answering = &mut self.requests[handler];
        answering.parent = Parent::None;
        answering.flags.set(Flags::ANSWERED);
        self.replace_attempt(call, courier);
        self.touched(Touch::Made { request: courier, parent: handler, origin: Origin::Answer(handler) });
        let message = Message {
            entry: answers.entry,
            fate: answers.fate,
            from: answers.at,
            to: caller,
            way: Way::Back,
            site,
        };
        if self.transmit(courier, message) == Flow::Goes {
            let flow = self.land(courier);
            debug_assert_eq!(flow, Flow::Stops, "a courier ends where it arrives");
        }
    }

    /// The request that runs the handler of a branch.
    pub(super) fn handler_of(&self, request: u32) -> Option<u32> {
        let mut handler = request;
        while self.requests[handler].flags.has(Flags::BRANCH) {
            let Parent::Join(join) = self.requests[handler].parent else { return None };
            handler = self.joins.get(join)?.handler.index;
        }
        Some(handler)
    }
}
