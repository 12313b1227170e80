//! Calls that travel together: they gather at their caller, one message carries them, and each is answered by itself.

use super::transit::{Message, Way};
use super::{Flow, What, World};
use crate::kernel::request::{RequestId, State};
use crate::kernel::slab::Handle;
use crate::measure::trace::Touch;
use crate::resilience::batch::{Batch, Terms};
use crate::units::{InstanceId, KeeperId, SiteId};

/// Calls of one caller that wait to go to the same instance.
pub(super) struct Gathering {
    keeper: KeeperId,
    slot: usize,
    /// Where they wait.
    from: InstanceId,
    /// Where they go.
    to: InstanceId,
    /// How often their caller had crashed: who comes after the next crash does not join them.
    life: u16,
    batch: Batch<RequestId>,
}

impl World<'_> {
    /// An attempt that knows where to go waits for others who go there, too.
    pub(super) fn gather(&mut self, child: u32, caller: u32, site_id: SiteId, terms: Terms) -> Flow {
        let plan = self.plan;
        let site = &plan.sites[site_id.index()];
        let keeper = site.keeper.expect("batches are remembered");
        let slot = self.slot_of(caller, keeper);
        let (from, to) = (self.requests[child].at, self.requests[child].target);
        let entry = site.route_to(plan.instances[to.index()].component).1;
        let bytes = self.value_bytes(child, entry, Way::There);
        self.requests[child].state = State::Gathering;
        let (life, gatherings) = (self.lives[from.index()], &mut self.gatherings);
        let open = self.kept[keeper.index()].open_batches(slot);
        let joins = |(callee, handle): &&(InstanceId, Handle)| {
            *callee == to && gatherings.get(*handle).is_some_and(|gathering| gathering.life == life)
        };
        let known = open.iter().find(joins).map(|(_, handle)| *handle);
        let handle = known.unwrap_or_else(|| {
            let batch = Batch::default();
            let handle = gatherings.insert(Gathering { keeper, slot, from, to, life, batch });
            open.push((to, handle));
            handle
        });
        if known.is_none() {
            self.queue.push_after(terms.linger, What::Linger { gathering: handle });
        }
        let (id, requests) = (self.requests.id(child), &self.requests);
        let waits =
            |id: RequestId| requests.find(id).is_some_and(|child| requests[child].state == State::Gathering);
        let gathering = self.gatherings.get_mut(handle).expect("an open batch is there");
        if gathering.batch.join(terms, id, bytes, waits) {
            self.leave_together(handle);
        }
        Flow::Stops
    }

    /// The first of a batch has waited long enough.
    pub(super) fn linger_ends(&mut self, handle: Handle) {
        let from = self.gatherings.get(handle).expect("a batch leaves once").from;
        if self.is_paused(from) {
            return self.freeze(from, What::Linger { gathering: handle });
        }
        self.leave_together(handle);
    }

    /// Where a batch gathers, for the fingerprint.
    pub(super) fn place_of_gathering(&self, handle: Handle) -> InstanceId {
        self.gatherings.get(handle).expect("a batch leaves once").from
    }

    /// Those of a batch who still wait leave in one message.
    fn leave_together(&mut self, handle: Handle) {
        let Gathering { keeper, slot, from, to, batch, .. } =
            self.gatherings.remove(handle).expect("a batch leaves once");
        self.kept[keeper.index()].open_batches(slot).retain(|(_, open)| *open != handle);
        let found = batch.members().filter_map(|id| self.requests.find(id));
        let travellers: Vec<u32> =
            found.filter(|child| self.requests[*child].state == State::Gathering).collect();
        let Some(&first) = travellers.first() else { return };
        let site = self.requests[first].site;
        let edge = self.edge_of(first, site);
        self.recorder.edge(edge.index()).batches += 1;
        let boarded: Vec<Message> =
            travellers.iter().map(|child| self.board(*child, self.requests[*child].site, to)).collect();
        let values = boarded.iter().zip(&travellers);
        let values: u64 = values.map(|(one, child)| self.value_bytes(*child, one.entry, Way::There)).sum();
        // The message has the fate of the call that came first.
        let arrival = match from == to {
            true => Some(self.queue.now()),
            false => {
                let latency = self.latency(site, Way::There);
                let bytes = self.plan.overhead.saturating_add(values);
                self.consign((from, to), boarded[0].travel_fate(), bytes, latency).arrival
            }
        };
        for child in travellers {
            let Some(arrival) = arrival else {
                self.lose(child);
                continue;
            };
            self.requests[child].state = State::Arriving;
            self.requests[child].from = from;
            self.touched(Touch::Changed(child));
            self.queue.push_at(arrival, What::Resume { request: child, stamp: self.requests[child].stamp });
        }
    }
}
