//! Marks: what is noted of intentions, in scenarios that have any.
//!
//! Nothing here is an event, draws, or changes anything of the run.

use super::{Flow, World};
use crate::kernel::request::Parent;
use crate::measure::ledger::{Arrival, Ledger};
use crate::measure::recorder::Ending;
use crate::measure::trace::Touch;
use crate::outcome;
use crate::plan::Exchange;
use crate::units::{MarkSiteId, SiteId};

impl World<'_> {
    /// Begins to keep the ledger, if the scenario has marks.
    pub(super) fn open_ledger(&mut self) {
        let marks = self.plan.marks.len();
        if marks > 0 {
            self.recorder.ledger = Some(Box::new(Ledger::new(marks, &self.plan.timeline)));
        }
    }

    /// The step `mark`.
    #[cold]
    pub(super) fn mark(&mut self, request: u32, site: MarkSiteId) -> Flow {
        let plan = self.plan;
        let site = &plan.mark_sites[site.index()];
        let arrival = Arrival {
            mark: site.mark,
            part: site.per.as_ref().map(|template| self.fill(request, template)),
            now: self.queue.now(),
            late_after: plan.marks[site.mark.index()].late_after,
        };
        if let Some(ledger) = &mut self.recorder.ledger {
            ledger.arrive(request, &arrival, &plan.timeline);
        }
        self.step_on(request)
    }

    /// Enters into the ledger what happens to a request.
    pub(super) fn keep_books(&mut self, touch: &Touch) {
        let Some(ledger) = &mut self.recorder.ledger else { return };
        match *touch {
            Touch::Born(request) => {
                let born = &self.requests[request];
                ledger.begin(request, born.born, usize::from(born.cell));
            }
            Touch::Made { request, parent, .. } => ledger.inherit(request, parent),
            Touch::Ended(request, outcome, Ending::Completed) if outcome::promises(outcome) => {
                let slot = self.requests[request].slot;
                ledger.answered(request, self.plan.expected[slot.index()]);
            }
            Touch::Ended(..)
            | Touch::Changed(_)
            | Touch::Visits(_)
            | Touch::Reports(_)
            | Touch::Rests
            | Touch::Sent { .. }
            | Touch::LetGo(_) => {}
        }
    }

    /// A request that has come home, and is about to end, hands the message that it brings to whoever has asked for one.
    #[cold]
    pub(super) fn hand_home(&mut self, request: u32) {
        let child = self.requests[request];
        let Some(ledger) = &mut self.recorder.ledger else { return };
        let is_message = |site: SiteId| {
            self.plan.sites.get(site.index()).is_some_and(|site| site.exchange == Exchange::Message)
        };
        match child.parent {
            Parent::Call(handle) => {
                if let Some(call) = self.calls.get(handle).filter(|call| is_message(call.site)) {
                    ledger.adopt(call.caller.index, ledger.origin(request));
                }
            }
            Parent::Own(_) if is_message(child.site) => ledger.bring(request),
            _ => {}
        }
    }

    /// Frees the slot of a request that holds nothing any more.
    #[inline(always)]
    pub(super) fn remove(&mut self, request: u32) {
        if self.is_noted {
            self.strike_out(request);
        }
        self.requests.remove(request);
    }

    #[cold]
    fn strike_out(&mut self, request: u32) {
        if let Some(ledger) = &mut self.recorder.ledger {
            ledger.end(request);
        }
    }
}
