//! Giving up: what becomes of attempts whose answer nobody wants any more, and who is told to stop.

use super::attempt::Call;
use super::condition::Health;
use super::fork::NOBODY;
use super::transit::Way;
use super::unwind::{Ends, Notice};
use super::{Scope, World};
use crate::kernel::request::{Flags, State};
use crate::kernel::slab::Handle;
use crate::measure::recorder::Ending;
use crate::plan::Exchange;
use crate::resilience::Cancel;
use crate::units::{InstanceId, OutcomeId, SiteId};

impl World<'_> {
    /// The caller gives up all attempts that are open.
    pub(super) fn give_up_all(&mut self, handle: Handle) {
        let call = *self.calls.get(handle).expect("the call is open");
        let mut child = call.newest;
        while child != NOBODY {
            let older = self.requests[child].siblings.0;
            self.stop_timeout(self.requests[child].flags, call.site);
            self.give_up(child, &call, None);
            child = older;
        }
        self.calls.get_mut(handle).expect("the call is open").newest = NOBODY;
    }

    /// The caller gives up an attempt: nobody hears its answer any more. `answer` is what stands for it, if the callee is to
    /// blame.
    pub(super) fn give_up(&mut self, child: u32, call: &Call, answer: Option<(OutcomeId, Ending)>) {
        self.saw(call.caller.index, call.site, self.requests[child].flags, self.requests[child].born);
        let scope = self.word_to(call.site).unwrap_or(None);
        let (from, to) = (self.requests[call.caller.index].at, self.requests[child].target);
        let notice = Notice { from, to, scope, latency: self.latency(call.site, Way::There) };
        self.abandon(child, self.edge_of(child, call.site), notice, answer);
    }

    /// What a caller that gives up tells its callee to stop, if its edge says anything of that.
    fn word_to(&self, site: SiteId) -> Option<Option<Scope>> {
        let policy = self.plan.sites[site.index()].policy.as_ref()?;
        Some(match policy.cancel? {
            Cancel::Nothing => None,
            Cancel::Queued => Some(Scope::Queued),
            Cancel::Everything => Some(Scope::Everything),
        })
    }

    /// The caller of a call ends before its answer has come.
    pub(super) fn hang_up(&mut self, request: u32, handle: Handle, ends: Ends) {
        let Some(call) = self.calls.get(handle).copied() else { return };
        self.stop_timers(handle);
        self.calls.remove(handle);
        // Who has crashed tells nobody anything.
        let cancellable = self.requests[request].flags.has(Flags::CANCELLABLE) && ends != Ends::Crash;
        let from = self.requests[request].at;
        let mut child = call.newest;
        while child != NOBODY {
            let older = self.requests[child].siblings.0;
            self.stop_timeout(self.requests[child].flags, call.site);
            let to = self.requests[child].target;
            let scope = if cancellable {
                // Who is told to stop passes the word on, unless the edge has one of its own.
                self.word_to(call.site).unwrap_or(Some(Scope::Everything))
            } else {
                let is_heard = ends == Ends::Crash && self.breaks_off(child, from, call.site);
                is_heard.then_some(Scope::Everything)
            };
            let notice = Notice { from, to, scope, latency: self.latency(call.site, Way::There) };
            self.abandon(child, self.edge_of(child, call.site), notice, None);
            child = older;
        }
    }

    /// Whether a callee hears that a caller for whom it keeps a message has gone down: the connection over which that waits
    /// breaks, unless the whole host is lost.
    #[cold]
    fn breaks_off(&self, child: u32, from: InstanceId, site: SiteId) -> bool {
        self.plan.sites[site.index()].exchange == Exchange::Message
            && self.requests[child].state == State::Parked
            && self.health(from) != Health::Silent
    }
}
