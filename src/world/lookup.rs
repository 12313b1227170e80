//! Lookups: how an attempt at a call of a name finds out where to go. It asks the component of that name, if its caller does
//! not remember an answer, and then leaves for the address that it was told.

use super::{Flow, World};
use crate::component::{Ask, Behaviour, Context, Luggage, Recall};
use crate::kernel::request::{Flags, Frame, Parent, RequestId};
use crate::measure::recorder::Ending;
use crate::outcome;
use crate::plan::Pool;
use crate::resilience::Policy;
use crate::units::{ComponentId, InstanceId, SiteId};

/// The version of an attempt that has not been told anything.
const NO_ANSWER: u64 = u64::MAX;

impl World<'_> {
    /// Lets an attempt that does not know where to go find out; none if it knows.
    #[cold]
    pub(super) fn look_up(&mut self, request: u32, site_id: SiteId, name: ComponentId) -> Option<Flow> {
        if self.requests[request].target != InstanceId::NONE {
            return None;
        }
        let plan = self.plan;
        let site = &plan.sites[site_id.index()];
        match self.with_name(request, name, |state, ask, context| state.recall(site.operation, ask, context))
        {
            Recall::Known(target) => {
                self.requests[request].target = target;
                None
            }
            Recall::Asks(question) => {
                let lookup = site.lookup.expect("who goes by a name can look it up");
                let since = self.queue.now();
                let asks = &mut self.requests[request];
                let (key, version, is_sent) = (asks.key, asks.version, asks.parent == Parent::None);
                (asks.key, asks.version) = (question, NO_ANSWER);
                // Its turn at the dns is not yet the turn that others wait for.
                asks.flags.clear(Flags::TIED);
                asks.step = plan.entries[lookup.index()].start;
                self.requests
                    .push_frame(request, Frame::Lookup { site: site_id, key, version, since, is_sent });
                Some(Flow::Goes)
            }
        }
    }

    /// The step `depart`: the question has been answered, or has failed.
    #[cold]
    pub(super) fn depart_for_address(&mut self, request: u32) -> Flow {
        let Some(Frame::Lookup { site, key, version, since, is_sent }) = self.requests.pop_frame(request)
        else {
            unreachable!("who departs has looked something up");
        };
        let asked = &mut self.requests[request];
        let (question, answer) = (asked.key, asked.version);
        (asked.key, asked.version, asked.site) = (key, version, site);
        if !is_sent && asked.parent == Parent::None {
            // Its caller has given up.
            self.unwind(request);
            return Flow::Stops;
        }
        let target = u32::try_from(answer).ok().map(InstanceId);
        let has_failed = asked.flags.has(Flags::FAILED);
        let Some(target) = target.filter(|_| !has_failed) else {
            let reason = if has_failed { asked.outcome } else { outcome::UNAVAILABLE };
            return self.bring_home(request, site, reason, Ending::Failed);
        };
        asked.target = target;
        asked.flags.clear(Flags::BEGUN);
        let policy = self.plan.sites[site.index()].policy.as_ref();
        asked.flags.put(Flags::TIED, !is_sent && policy.is_some_and(Policy::is_tied));
        let Pool::Named(name) = self.plan.sites[site.index()].pool else {
            unreachable!("only names are looked up");
        };
        self.with_name(request, name, |state, ask, context| {
            state.learn(question, target, since, ask, context);
        });
        self.depart(request)
    }

    /// Lets the component of a name act for a request.
    fn with_name<R>(
        &mut self,
        request: u32,
        name: ComponentId,
        act: impl FnOnce(&mut crate::component::State, &Ask<'_>, &mut Context<'_>) -> R,
    ) -> R {
        let asks = &self.requests[request];
        let now = self.queue.now();
        let (key, user, from) = (asks.key, asks.user, asks.at);
        let ask = Ask { key, user, from, action: u16::MAX, avoid: &[], bits: asks.fate, now };
        let mut context = Context {
            now,
            recorder: &mut self.recorder,
            component: name.index(),
            first: self.plan.components[name.index()].instances.0,
            skews: &self.skews,
            visitor: RequestId::NONE,
            caller: from,
            luggage: Luggage::NONE,
            effects: &mut self.effects,
        };
        let found = act(&mut self.components[name.index()], &ask, &mut context);
        if !self.effects.is_empty() {
            self.carry_out();
        }
        found
    }
}
