//! Waste: what is done for a request whose caller has given up, and which edge pays for it.

use super::World;
use crate::kernel::request::{Flags, Frame};
use crate::units::{EdgeId, InstanceId, SiteId, Time};

/// No edge pays for what is wasted, or each call of the request pays for itself.
pub(super) const NOBODYS: EdgeId = EdgeId(u16::MAX);

/// A call of a request that it makes itself: where it is written, and who makes it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hop {
    /// Where the call is written.
    pub site: SiteId,
    /// Where the caller is.
    pub caller: InstanceId,
}

impl World<'_> {
    /// Books work that began at an instant and ends now, as far as it was done after its caller had given up. Where workers are
    /// unbounded that is the work itself, elsewhere the time for which a worker was held. The station has been touched.
    #[cold]
    pub(super) fn waste(&mut self, request: u32, at: InstanceId, since: Time) {
        let now = self.queue.now();
        let wasted = u128::from(now.0 - since.max(self.requests[request].abandoned).0);
        self.stations[at.index()].meter.current.wasted += wasted;
        if let Some(edge) = self.payer(request, None) {
            self.recorder.edge(edge.index()).wasted += wasted;
        }
    }

    /// Books work that ends at a station whose workers are unbounded, if it was in vain.
    #[cold]
    pub(super) fn waste_work(&mut self, request: u32, at: InstanceId) {
        if self.requests[request].flags.has(Flags::ABANDONED) {
            self.touch(at);
            self.waste(request, at, self.requests[request].since);
        }
    }

    /// A request in vain gives back the worker of a visit whose frame has been popped.
    #[cold]
    pub(super) fn leave_in_vain(&mut self, request: u32, at: InstanceId, visit: Frame) {
        let Frame::Visit { site, caller, admitted, .. } = visit else {
            unreachable!("only a visit can be left");
        };
        let known = self.requests[request].wasted_by;
        let edge = self.payer(request, Some(Hop { site, caller }));
        self.requests[request].wasted_by = edge.unwrap_or(NOBODYS);
        self.release_worker(request, at, admitted);
        self.requests[request].wasted_by = known;
    }

    /// The edge that pays for what a request does in vain: the one on which its caller gave up. A branch that nobody waits for
    /// was given up by no call: there each call pays for itself, with all that is done for it. `left` is a visit that has just
    /// ended.
    pub(super) fn payer(&self, request: u32, left: Option<Hop>) -> Option<EdgeId> {
        let holder = &self.requests[request];
        if holder.wasted_by != NOBODYS {
            return Some(holder.wasted_by);
        }
        let visits = self.requests.frames_of(request).iter().filter_map(|frame| match frame {
            Frame::Visit { site, caller, .. } => Some(Hop { site: *site, caller: *caller }),
            _ => None,
        });
        let mut hops = visits.chain(left);
        let outermost = hops.next()?;
        let callee = hops.next().map_or(holder.at, |within| within.caller);
        // What an instance does for itself is called from nowhere.
        let site = self.plan.sites.get(outermost.site.index())?;
        Some(site.route_to(self.plan.instances[callee.index()].component).0)
    }

    /// The edge that an attempt took, once it has been sent.
    pub(super) fn edge_taken(&self, attempt: u32, site: SiteId) -> Option<EdgeId> {
        (self.requests[attempt].target != InstanceId::NONE).then(|| self.edge_of(attempt, site))
    }

    /// An attempt is sent over an edge by a caller: if all that is in vain, somebody pays for it.
    #[inline]
    pub(super) fn charge_attempt(&mut self, attempt: u32, caller: u32, edge: EdgeId) {
        let sent = &self.requests[attempt];
        if sent.flags.has(Flags::ABANDONED) && sent.wasted_by == NOBODYS {
            self.requests[attempt].wasted_by = self.payer(caller, None).unwrap_or(edge);
        }
    }
}
