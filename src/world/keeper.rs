//! What callers remember between calls: budgets of retries, latencies, and pools of connections.

use super::{Flow, World};
use crate::kernel::request::{Flags, Frame, Handle, Parent, RequestId, State};
use crate::measure::recorder::Ending;
use crate::outcome;
use crate::plan::{Callers, KeeperPlan, Site};
use crate::resilience::budget::Budget;
use crate::resilience::latencies::Latencies;
use crate::resilience::pool::{Answer, Limit, Pool};
use crate::units::{InstanceId, KeeperId, SiteId, Span, Time};

/// What the callers of one keeper remember, each for itself; empty where nothing of the kind is needed.
pub(super) struct Kept {
    budgets: Vec<Budget>,
    latencies: Vec<Latencies>,
    pools: Vec<Pool<RequestId>>,
    /// Batches that gather, and to which instance they will go.
    batches: Vec<Vec<(InstanceId, Handle)>>,
}

impl Kept {
    pub(super) fn new(plan: &KeeperPlan) -> Kept {
        let callers = plan.callers.count() as usize;
        Kept {
            budgets: plan.budget.map_or(Vec::new(), |allowance| vec![Budget::new(&allowance); callers]),
            latencies: plan.percentile.map_or(Vec::new(), |_| vec![Latencies::default(); callers]),
            pools: plan.pool.map_or(Vec::new(), |_| vec![Pool::default(); callers]),
            batches: plan.batch.map_or(Vec::new(), |_| vec![Vec::new(); callers]),
        }
    }

    /// The batches that gather at a caller.
    pub(super) fn open_batches(&mut self, slot: usize) -> &mut Vec<(InstanceId, Handle)> {
        &mut self.batches[slot]
    }

    /// Whether all connections are free.
    pub(super) fn holds_nothing(&self) -> bool {
        self.pools.iter().all(|pool| pool.taken() == 0 && pool.waiting() == 0)
    }

    /// Bytes held, without what lies behind pointers.
    pub(super) fn memory(&self) -> u64 {
        (self.budgets.capacity() * size_of::<Budget>()
            + self.latencies.capacity() * size_of::<Latencies>()
            + self.pools.capacity() * size_of::<Pool<RequestId>>()
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

    /// An attempt takes a connection, or waits for one.
    pub(super) fn connect(&mut self, child: u32, caller: u32, site_id: SiteId, limit: Limit) -> Flow {
        let site = &self.plan.sites[site_id.index()];
        let keeper = site.keeper.expect("a pool is remembered");
        let slot = self.slot_of(caller, keeper);
        let (id, requests) = (self.requests.id(child), &self.requests);
        let waits =
            |id: RequestId| requests.find(id).is_some_and(|child| requests[child].state == State::Connecting);
        let answer = self.kept[keeper.index()].pools[slot].ask(limit, id, waits);
        let connection = |is_open| Frame::Connection { keeper, slot: slot as u32, is_open };
        match answer {
            Answer::Taken => {
                self.requests.push_frame(child, connection(true));
                Flow::Goes
            }
            Answer::Waits => {
                self.recorder.edge(site.edges[0].1.index()).pool_waits += 1;
                self.requests.push_frame(child, connection(false));
                self.requests[child].state = State::Connecting;
                Flow::Stops
            }
            Answer::Full => {
                self.recorder.edge(site.edges[0].1.index()).pool_rejected += 1;
                self.bring_home(child, site_id, outcome::REJECTED, Ending::Failed)
            }
        }
    }

    /// A connection is free, or somebody no longer waits for one.
    pub(super) fn disconnect(&mut self, keeper: KeeperId, slot: u32, is_open: bool) {
        let pool = &mut self.kept[keeper.index()].pools[slot as usize];
        if !is_open {
            return pool.leave();
        }
        let requests = &self.requests;
        let waits =
            |id: RequestId| requests.find(id).is_some_and(|child| requests[child].state == State::Connecting);
        let Some(next) = pool.give_back(waits) else { return };
        let Some(Frame::Connection { is_open, .. }) = self.requests.top_frame(next.index) else {
            unreachable!("who waits for a connection stands in line");
        };
        *is_open = true;
        self.requests[next.index].state = State::Departing;
        self.resume_now(next.index);
    }
}
