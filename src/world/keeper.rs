//! What callers remember between calls: budgets of retries, latencies, and what stands at their gates.

use super::World;
use crate::kernel::request::{Flags, Parent, RequestId};
use crate::kernel::slab::Handle;
use crate::plan::{Callers, KeeperPlan, Site};
use crate::resilience::budget::Budget;
use crate::resilience::gate::Gate;
use crate::resilience::latencies::Latencies;
use crate::units::{InstanceId, KeeperId, SiteId, Span, Time};

/// What the callers of one keeper remember, each for itself; empty where nothing of the kind is needed.
pub(super) struct Kept {
    budgets: Vec<Budget>,
    latencies: Vec<Latencies>,
    gates: Vec<Gate<RequestId>>,
    /// Batches that gather, and to which instance they will go.
    batches: Vec<Vec<(InstanceId, Handle)>>,
}

impl Kept {
    pub(super) fn new(plan: &KeeperPlan) -> Kept {
        let callers = plan.callers.count() as usize;
        Kept {
            budgets: plan.budget.map_or(Vec::new(), |allowance| vec![Budget::new(&allowance); callers]),
            latencies: plan.percentile.map_or(Vec::new(), |_| vec![Latencies::default(); callers]),
            gates: plan.gate.map_or(Vec::new(), |terms| vec![Gate::new(&terms); callers]),
            batches: plan.batch.map_or(Vec::new(), |_| vec![Vec::new(); callers]),
        }
    }

    /// The batches that gather at a caller.
    pub(super) fn open_batches(&mut self, slot: usize) -> &mut Vec<(InstanceId, Handle)> {
        &mut self.batches[slot]
    }

    /// The gate of a caller.
    pub(super) fn gate(&mut self, slot: usize) -> &mut Gate<RequestId> {
        &mut self.gates[slot]
    }

    /// Whether nobody is outside a gate or waits before it.
    pub(super) fn holds_nothing(&self) -> bool {
        self.gates.iter().all(Gate::is_idle)
    }

    /// Bytes held, without what lies behind pointers.
    pub(super) fn memory(&self) -> u64 {
        (self.budgets.capacity() * size_of::<Budget>()
            + self.latencies.capacity() * size_of::<Latencies>()
            + self.gates.capacity() * size_of::<Gate<RequestId>>()
            + self.batches.capacity() * size_of::<Vec<(InstanceId, Handle)>>()) as u64
    }
}

impl World<'_> {
    /// Where a caller at a call remembers.
    pub(super) fn slot_of(&self, caller: u32, keeper: KeeperId) -> usize {
        match self.plan.keepers[keeper.index()].callers {
            Callers::Instances(_) => self.plan.instances[self.requests[caller].at.index()].index as usize,
            Callers::Users(count) => {
                let asker = self.handler_of(caller).map(|handler| self.requests[handler].parent);
                if let Some(Parent::User(user)) = asker { user as usize } else { count as usize }
            }
        }
    }

    /// A first attempt is made.
    pub(super) fn earn(&mut self, caller: u32, site: &Site) {
        let Some(keeper) = site.keeper else { return };
        let Some(allowance) = self.plan.keepers[keeper.index()].budget else { return };
        let slot = self.slot_of(caller, keeper);
        self.kept[keeper.index()].budgets[slot].earn(&allowance, self.queue.now());
    }

    /// Whether a retry may be made; if so, it has been paid.
    pub(super) fn pay(&mut self, caller: u32, site: &Site) -> bool {
        let Some(keeper) = site.keeper else { return true };
        let Some(allowance) = self.plan.keepers[keeper.index()].budget else { return true };
        let slot = self.slot_of(caller, keeper);
        self.kept[keeper.index()].budgets[slot].pay(&allowance, self.queue.now())
    }

    /// The caller has seen how long a first attempt took, or at least takes.
    pub(super) fn saw(&mut self, caller: u32, site: SiteId, flags: Flags, born: Time) {
        let Some(keeper) = self.plan.sites[site.index()].keeper else { return };
        let Some(percentile) = self.plan.keepers[keeper.index()].percentile else { return };
        if !flags.has(Flags::HEDGE) {
            let slot = self.slot_of(caller, keeper);
            let latency = self.queue.now().since(born);
            self.kept[keeper.index()].latencies[slot].record(latency, percentile);
        }
    }

    /// The percentile of the latencies that a caller has seen, once there are enough.
    pub(super) fn seen_percentile(&self, caller: u32, site: &Site) -> Option<Span> {
        let keeper = site.keeper?;
        self.kept[keeper.index()].latencies[self.slot_of(caller, keeper)].percentile()
    }
}
