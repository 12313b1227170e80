//! Giving up and giving back: abandonment, cancellation, and the one function that returns what a request holds.

use super::fork::NOBODY;
use super::links::Stage;
use super::visit::Leaving;
use super::waste::NOBODYS;
use super::{Scope, What, World};
use crate::component::{Behaviour, Context, Luggage, Release};
use crate::kernel::request::{Flags, Frame, Parent, RequestId, SavedField, State};
use crate::measure::recorder::Ending;
use crate::measure::trace::Touch;
use crate::plan::Others;
use crate::units::{AmountId, EdgeId, InstanceId, OutcomeId};

/// A caller's word to its callee that it has given up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Notice {
    /// Where the caller is.
    pub from: InstanceId,
    /// Where the callee is.
    pub to: InstanceId,
    /// What the callee is told to stop; none if it is told nothing.
    pub scope: Option<Scope>,
    /// How long its words take, if the network does not say it.
    pub latency: Option<AmountId>,
}

/// Why a request ends that nobody waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Ends {
    /// It was given up.
    GivenUp,
    /// The instance that it is at has crashed.
    Crash,
}

impl World<'_> {
    /// Ends a request that nobody waits for: whatever it holds is given back, newest first, each thing once.
    pub(super) fn unwind(&mut self, request: u32) {
        self.unwind_as(request, Ends::GivenUp);
    }

    /// The same, for a reason.
    pub(super) fn unwind_as(&mut self, request: u32, ends: Ends) {
        self.touched(Touch::Changed(request));
        self.stop(request);
        while let Some(frame) = self.requests.pop_frame(request) {
            self.give_back_as(request, frame, ends);
        }
        self.remove(request);
        if !self.strays.is_empty() {
            self.give_up_strays();
        }
    }

    /// Stops whatever a request is doing at its station; its pending event is stale.
    pub(super) fn stop(&mut self, request: u32) {
        match self.requests[request].state {
            State::Queued => self.leave_queue(request),
            State::Sharing => self.stop_sharing(request),
            State::Working => self.stop_work(request),
            State::WaitingForCore => self.stop_waiting_for_core(request),
            State::Parked => self.leave_parked(request),
            _ => {}
        }
        self.requests.restamp(request);
    }

    /// Gives back what a frame stands for; the frame has been popped.
    #[inline]
    pub(super) fn give_back(&mut self, request: u32, frame: Frame) {
        self.give_back_as(request, frame, Ends::GivenUp);
    }

    /// The same, for a reason.
    #[inline]
    pub(super) fn give_back_as(&mut self, request: u32, frame: Frame, ends: Ends) {
        match frame {
            Frame::Nothing => {}
            Frame::Visit { caller, caller_entry, fate, .. } => {
                self.leave(request, frame, Leaving::Stopped);
                let left = &mut self.requests[request];
                (left.at, left.entry, left.fate) = (caller, caller_entry, fate);
            }
            Frame::Turn { fate, list, .. } => {
                self.requests[request].fate = fate;
                self.drop_list(list);
            }
            Frame::Each(_) => {}
            Frame::Join(join) => {
                let cancellable = self.requests[request].flags.has(Flags::CANCELLABLE) || ends == Ends::Crash;
                self.disband(join, if cancellable { Others::Cancel } else { Others::GoOn }, ends);
            }
            Frame::Call(handle) => self.hang_up(request, handle, ends),
            Frame::Token { .. } => self.release_token(frame, None),
            Frame::Pass { .. } => self.pass_back(frame, None),
            Frame::Lookup { key, version, .. } => {
                let asks = &mut self.requests[request];
                (asks.key, asks.version) = (key, version);
            }
            Frame::Saved { field, value } => {
                let owner = &mut self.requests[request];
                match field {
                    SavedField::Key => owner.key = value,
                    SavedField::User => owner.user = value,
                    SavedField::Size => owner.size = value,
                    SavedField::Version => owner.version = value,
                    SavedField::Value => owner.value = value as i64,
                    SavedField::Priority => owner.priority = value as u8,
                    SavedField::Delay => {}
                }
            }
        }
    }

    /// Tells a component that a place which it kept is free, and what came of it.
    #[inline]
    pub(super) fn release_token(&mut self, token: Frame, answer: Option<(OutcomeId, Ending)>) {
        let Frame::Token { component, holder, target, since } = token else {
            unreachable!("only a token is given back to a component");
        };
        let index = self.plan.instances[holder.index()].index;
        let release = Release { since, now: self.queue.now(), answer };
        let mut context = Context {
            now: release.now,
            recorder: &mut self.recorder,
            component: component.index(),
            first: InstanceId(holder.0 - index),
            skews: &self.skews,
            visitor: RequestId::NONE,
            caller: InstanceId::NONE,
            luggage: Luggage::NONE,
            effects: &mut self.effects,
        };
        self.components[component.index()].release(index, target, &release, &mut context);
        if !self.effects.is_empty() {
            self.carry_out();
        }
    }

    /// A caller gives up a child request: it goes on in vain, unless it is told to stop. `answer` is what stands for its
    /// answer, if its callee is to blame.
    pub(super) fn abandon(
        &mut self,
        child: u32,
        edge: EdgeId,
        notice: Notice,
        answer: Option<(OutcomeId, Ending)>,
    ) {
        self.requests[child].parent = Parent::None;
        self.mark_abandoned(child, Some(edge));
        if matches!(self.requests[child].state, State::Connecting | State::Departing | State::Gathering) {
            return self.unwind(child);
        }
        // The places that it held on its route are free as soon as its caller has given up.
        let mut index = 0;
        while let Some(
            frame @ (Frame::Token { .. } | Frame::Pass { .. } | Frame::Saved { .. } | Frame::Nothing),
        ) = self.requests.frames_of(child).get(index)
        {
            // What it brings is still brought.
            if let Frame::Saved { .. } = frame {
                index += 1;
                continue;
            }
            let place = std::mem::replace(&mut self.requests.held(child)[index], Frame::Nothing);
            match place {
                Frame::Token { .. } => self.release_token(place, answer),
                Frame::Pass { .. } => self.pass_back(place, answer),
                _ => self.give_back(child, place),
            }
            index += 1;
        }
        // Who still asks where to go comes home by itself, and goes no further.
        let told = notice.scope.filter(|_| notice.to != InstanceId::NONE);
        let scope = if self.is_stuck(child) { Some(Scope::Everything) } else { told };
        if let Some(scope) = scope {
            let delay = self.notice_delay(child, notice);
            self.queue.push_after(
                delay,
                What::Cancel { request: self.requests.id(child), scope, stage: Stage::OnItsWay },
            );
        }
    }

    /// Whatever is done for a request and its descendants from now on is in vain. An edge pays for it; if none is given, each of
    /// the request's calls for itself.
    pub(super) fn mark_abandoned(&mut self, request: u32, edge: Option<EdgeId>) {
        let now = self.queue.now();
        let marked = &mut self.requests[request];
        if !marked.flags.has(Flags::ABANDONED) {
            marked.flags.set(Flags::ABANDONED);
            marked.abandoned = now;
            marked.wasted_by = edge.unwrap_or(NOBODYS);
        }
        let edge = edge.or_else(|| self.payer(request, None));
        for frame in 0..self.requests[request].depth {
            match self.requests.frames_of(request)[usize::from(frame)] {
                Frame::Call(handle) => {
                    let Some(call) = self.calls.get(handle).copied() else { continue };
                    let mut attempt = call.newest;
                    while attempt != NOBODY {
                        let pays = edge.or_else(|| self.edge_taken(attempt, call.site));
                        self.mark_abandoned(attempt, pays);
                        attempt = self.requests[attempt].siblings.0;
                    }
                }
                Frame::Join(handle) => {
                    let mut branch = self.joins.get(handle).map_or(NOBODY, |join| join.newest);
                    while branch != NOBODY {
                        self.mark_abandoned(branch, edge);
                        branch = self.requests[branch].siblings.0;
                    }
                }
                _ => {}
            }
        }
    }

    /// Whether a request waits for a message that is lost, without a timer that would let it go on.
    pub(super) fn is_stuck(&self, request: u32) -> bool {
        match (self.requests[request].state, self.requests.frames_of(request).last()) {
            (State::Lost, _) => true,
            (State::Calling, Some(Frame::Call(handle))) => self.is_call_stuck(*handle),
            (State::Joining, Some(Frame::Join(handle))) => self.is_join_stuck(*handle),
            (State::Parked, _) => self.waits_for_stray(request),
            _ => false,
        }
    }

    /// If nobody waits any more for what a lost request ultimately works for, and no timer is in between, all of it is gone.
    pub(super) fn forsake(&mut self, lost: u32) {
        let Some(root) = self.root_of(lost) else { return };
        match self.requests[root].parent {
            Parent::Own(token) => self.stray(root, token),
            _ => self.unwind(root),
        }
    }

    /// The request that a lost one ultimately works for, if no timer is in between: one that nobody waits for, or an errand.
    fn root_of(&self, lost: u32) -> Option<u32> {
        let mut request = lost;
        loop {
            request = match self.requests[request].parent {
                Parent::None => return Some(request),
                // Who works for itself is as patient as a client.
                Parent::Own(_) => return Some(request).filter(|errand| !self.is_own_work(*errand)),
                Parent::Client | Parent::User(_) => return None,
                Parent::Call(handle) if self.is_call_stuck(handle) => self.calls.get(handle)?.caller.index,
                Parent::Call(_) => return None,
                Parent::Join(handle) if self.is_join_stuck(handle) => self.joins.get(handle)?.handler.index,
                Parent::Join(_) => return None,
            };
        }
    }
}
