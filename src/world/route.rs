//! Routes through balancers: what a further attempt at a call avoids at a balancer that stands on its way.
//!
//! A caller that tries again, or sends a copy, through a balancer has the route chosen anew, and the balancer avoids the
//! targets that attempts before it have got to: the last one, and those that are open. The call belongs to the caller, the
//! choice to the balancer, which may be several hops away. So whoever chooses for an attempt looks back along the attempt's
//! way: it is the frames of the request that stands at the balancer, if they hold visits of balancers only. A call that one
//! of those opened on behalf of the attempt, with a request of its own, continues the way.

use super::World;
use crate::component::Ask;
use crate::kernel::random::Draws;
use crate::kernel::request::{Flags, Frame, Parent};
use crate::kernel::slab::Handle;
use crate::plan::{Pool, Site};
use crate::units::InstanceId;

/// Where balancers have sent the attempts at a call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reached {
    /// The number of the attempt that was sent on last.
    attempt: u32,
    /// The instance that it was sent to.
    pub last: InstanceId,
    /// The last instance that an attempt before it was sent to.
    before: InstanceId,
}

impl Default for Reached {
    fn default() -> Reached {
        Reached { attempt: 0, last: InstanceId::NONE, before: InstanceId::NONE }
    }
}

impl Reached {
    /// A balancer sends the attempt of this number to an instance.
    fn note(&mut self, attempt: u32, target: InstanceId) {
        if attempt != self.attempt {
            (self.attempt, self.before) = (attempt, self.last);
        }
        self.last = target;
    }

    /// Where the last attempt but the one of this number has got to.
    fn end_without(&self, attempt: u32) -> InstanceId {
        if attempt == self.attempt { self.before } else { self.last }
    }
}

/// An attempt at a call on whose behalf a balancer chooses.
#[derive(Clone, Copy)]
pub(super) struct Behalf {
    call: Handle,
    /// Its request.
    pub attempt: u32,
}

impl World<'_> {
    /// A balancer forwards an attempt at a call, or what has been asked on its behalf.
    #[cold]
    pub(super) fn forward_anew(
        &mut self,
        request: u32,
        site: &Site,
        known: &[InstanceId],
    ) -> Option<InstanceId> {
        let mut avoid = std::mem::take(&mut self.ends);
        avoid.clear();
        avoid.extend(known);
        let first = self.on_behalf_of(request);
        let mut next = first;
        while let Some(behalf) = next {
            self.add_ends(behalf, &mut avoid);
            next = self.before(behalf.call);
        }
        let caller = &self.requests[request];
        let ask = Ask {
            key: caller.key,
            user: caller.user,
            from: caller.at,
            action: site.action,
            avoid: &avoid,
            bits: Draws::new(caller.fate, site.salt).bits(),
            now: self.queue.now(),
        };
        let target = self.forward(request, site.operation, &ask);
        self.ends = avoid;
        next = first;
        while let (Some(behalf), Some(target)) = (next, target) {
            // A turn at a balancer is none of those that others wait for.
            self.requests[behalf.attempt].flags.clear(Flags::BEGUN);
            let number = self.requests[behalf.attempt].branch_turn;
            if let Some(call) = self.calls.get_mut(behalf.call) {
                call.reached.note(number, target);
            }
            next = self.before(behalf.call);
        }
        target
    }

    /// The attempt that is at a balancer as this request, or has led a balancer to make it.
    fn on_behalf_of(&self, request: u32) -> Option<Behalf> {
        let Parent::Call(call) = self.requests[request].parent else { return None };
        match self.visits_on_the_way(request)? {
            0 => self.before(call),
            _ => Some(Behalf { call, attempt: request }),
        }
    }

    /// The attempt on whose behalf a balancer makes this call, if it is one that forwards.
    pub(super) fn before(&self, call: Handle) -> Option<Behalf> {
        let call = self.calls.get(call)?;
        let is_forwarded = self.plan.sites[call.site.index()].pool == Pool::Targets;
        if is_forwarded { self.on_behalf_of(call.caller.index) } else { None }
    }

    /// How many balancers a request visits; none if it does anything else.
    fn visits_on_the_way(&self, request: u32) -> Option<u32> {
        let (mut visits, mut is_sent_on) = (0, true);
        for frame in self.requests.frames_of(request) {
            match frame {
                Frame::Visit { .. } if is_sent_on => (visits, is_sent_on) = (visits + 1, false),
                Frame::Token { .. } => is_sent_on = true,
                // It waits for the call that is looked at.
                Frame::Call(_) => break,
                // What it got before it left.
                _ if visits == 0 => {}
                _ => return None,
            }
        }
        Some(visits)
    }

    /// Adds the instances that an attempt avoids: where the one before it and those that are open have got to.
    fn add_ends(&self, behalf: Behalf, ends: &mut Vec<InstanceId>) {
        let Some(call) = self.calls.get(behalf.call) else { return };
        ends.push(call.reached.end_without(self.requests[behalf.attempt].branch_turn));
        ends.extend(call.attempts(&self.requests).filter_map(|attempt| self.end_of(attempt)));
        ends.retain(|end| *end != InstanceId::NONE);
    }

    /// The instance to which balancers have sent an attempt that is open, as far as it has got.
    fn end_of(&self, attempt: u32) -> Option<InstanceId> {
        let mut frames = self.requests.frames_of(attempt).iter();
        let mut end = None;
        frames.find(|frame| matches!(frame, Frame::Visit { .. }))?;
        loop {
            match frames.next() {
                Some(Frame::Token { target, .. }) => end = Some(*target),
                Some(Frame::Call(handle)) => {
                    let call = self.calls.get(*handle)?;
                    let is_forwarded = self.plan.sites[call.site.index()].pool == Pool::Targets;
                    return if is_forwarded { Some(call.end()) } else { end };
                }
                _ => return end,
            }
            if !matches!(frames.next(), Some(Frame::Visit { .. })) {
                return end;
            }
        }
    }
}
