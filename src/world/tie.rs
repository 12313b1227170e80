//! Ties: what is not to begin any more, because another copy has begun or its caller has given up.
//!
//! Copies of a call with `cancel = "queued"` are tied (Dean and Barroso, 2013): the first that gets a worker tells the others,
//! and those of them that still wait go. A balancer is a stage of their way: an attempt begins behind it, be it that the
//! balancer sends it on or makes a call of its own on its behalf, and a word that reaches the balancer is passed on.

use super::links::Stage;
use super::transit::Way;
use super::unwind::Notice;
use super::{Scope, What, World};
use crate::kernel::request::{Flags, Frame, Parent, RequestId, State};
use crate::kernel::slab::Handle;
use crate::plan::{Pool, Site};
use crate::resilience::Policy;
use crate::units::{InstanceId, SiteId};

impl World<'_> {
    /// Whether an attempt at a call is tied to others: to copies of its own, or to those of an attempt that a balancer forwards.
    pub(super) fn is_tied(&self, caller: u32, site: SiteId) -> bool {
        let Site { policy, pool, .. } = &self.plan.sites[site.index()];
        policy.as_ref().is_some_and(Policy::is_tied)
            || *pool == Pool::Targets && self.requests[caller].flags.has(Flags::TIED)
    }

    /// Something that is tied to others has got a worker.
    #[cold]
    pub(super) fn begin_tied(&mut self, request: u32) {
        let visit = self.requests[request];
        if self.plan.forwards(visit.entry) {
            return;
        }
        let mut begins = Some(request);
        while let Some(attempt) = begins {
            self.requests[attempt].flags.clear(Flags::TIED);
            self.requests[attempt].flags.set(Flags::BEGUN);
            let Parent::Call(handle) = self.requests[attempt].parent else { return };
            self.tell_others(attempt, handle, visit.at);
            let before = self.before(handle).map(|behalf| behalf.attempt);
            begins = before.filter(|attempt| self.requests[*attempt].flags.has(Flags::TIED));
        }
    }

    /// An attempt has begun at an instance: the others at its call that still wait need not begin.
    fn tell_others(&mut self, attempt: u32, handle: Handle, from: InstanceId) {
        let call = self.calls.get_mut(handle).expect("who has a parent is waited for");
        let site = call.site;
        if !self.plan.sites[site.index()].policy.as_ref().is_some_and(Policy::is_tied) {
            return;
        }
        call.has_begun = true;
        let call = *call;
        let others: Vec<u32> = call.attempts(&self.requests).filter(|other| *other != attempt).collect();
        for other in others {
            self.say_queued(other, from, site);
        }
    }

    /// Somebody's word that an attempt need not begin leaves for where that was sent, if it has left.
    fn say_queued(&mut self, attempt: u32, from: InstanceId, site: SiteId) {
        let to = self.requests[attempt].target;
        if to == InstanceId::NONE {
            return;
        }
        let (scope, latency) = (Scope::Queued, self.latency(site, Way::There));
        let delay = self.notice_delay(attempt, Notice { from, to, scope: Some(scope), latency });
        let request = self.requests.id(attempt);
        self.queue.push_after(delay, What::Cancel { request, scope, stage: Stage::OnItsWay });
    }

    /// A word to stop reaches a request: a caller's that has given up, or that of another attempt that has begun.
    pub(super) fn cancelled(&mut self, id: RequestId, scope: Scope, stage: Stage) {
        if self.has_faults && self.detains(id, scope, stage) {
            return;
        }
        let request = &self.requests[id.index];
        match (scope, request.state) {
            (Scope::Everything, _) => self.end_early(id.index),
            (Scope::Queued, _) if request.flags.has(Flags::BEGUN) => {}
            (Scope::Queued, State::Queued) => self.end_early(id.index),
            (Scope::Queued, State::Calling) => self.pass_on(id.index),
            (Scope::Queued, _) => {}
        }
    }

    /// A word to stop what waits reaches a balancer that has made a call on behalf of whom it is meant for.
    #[cold]
    fn pass_on(&mut self, request: u32) {
        let Some(Frame::Call(handle)) = self.requests.frames_of(request).last().copied() else { return };
        let Some(call) = self.calls.get(handle).copied() else { return };
        if self.plan.sites[call.site.index()].pool != Pool::Targets {
            return;
        }
        if call.open == 0 {
            // The balancer pauses before it tries again.
            return self.end_early(request);
        }
        let from = self.requests[request].at;
        let attempts: Vec<u32> = call.attempts(&self.requests).collect();
        for attempt in attempts {
            self.say_queued(attempt, from, call.site);
        }
    }

    /// A request ends because of a word to stop.
    fn end_early(&mut self, request: u32) {
        match self.requests[request].parent {
            Parent::Call(handle) => self.withdraw(request, handle),
            _ => self.unwind(request),
        }
    }

    /// An attempt ends while its call is open: the call goes on with the others, or as after the failure of the one that has
    /// told it. If there is neither, a balancer has passed a word on that was meant for whom it made the call for.
    fn withdraw(&mut self, request: u32, handle: Handle) {
        let call = *self.calls.get(handle).expect("who has a parent is waited for");
        self.stop_timeout(self.requests[request].flags, call.site);
        self.unlink_attempt(handle, self.requests[request].siblings);
        self.requests[request].parent = Parent::None;
        self.unwind(request);
        if call.has_begun || call.open > 1 {
            self.attempt_failed(handle, call.failure);
        } else {
            self.end_early(call.caller.index);
        }
    }
}
