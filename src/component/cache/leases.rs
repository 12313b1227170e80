//! Leases: of the gets that miss a key, one in a while gets a token and fills the cache; the others wait for it (Nishtala et al.,
//! Scaling Memcache at Facebook, NSDI 2013).
//!
//! A token belongs to the request, with its retries, that was told of the miss; the put that fills the cache comes from it.

use super::super::filling::Waiter;
use super::super::{Context, Report, Verdict, Wakes};
use super::mechanisms::completed;
use super::spec::{IGNORED_PUTS, TOKENS, WAITS};
use crate::kernel::request::Request;
use crate::outcome;
use crate::units::{Span, Time};
use std::collections::BTreeMap;

/// What the table says of leases.
#[derive(Clone, Copy, Debug)]
pub(super) struct LeasePlan {
    /// How often a key has a token to give away.
    pub(super) every: Span,
    /// How long a copy that was deleted or has expired may still be handed out.
    pub(super) stale: Option<Span>,
}

/// The leases of all instances.
pub(super) struct Leases {
    plan: LeasePlan,
    leases: BTreeMap<(u32, u64), Lease>,
    /// At how many leases the old ones are thrown away.
    sweep_at: usize,
    /// The keys of the timers that are set.
    timers: BTreeMap<u32, u64>,
    /// The next timer's number.
    next: u32,
}

/// The last token that was given away for a key at an instance.
struct Lease {
    given: Time,
    holder: Holder,
    /// Whether a put with it still counts.
    is_valid: bool,
    waiters: Vec<(Waiter, Holder)>,
}

/// Who has a token: a client's request, and all that descends from it.
type Holder = (u32, u64);

fn holder(request: &Request) -> Holder {
    (request.slot.0, request.id)
}

/// So few leases are not worth sweeping.
const FEW: usize = 64;

impl Leases {
    pub(super) fn new(plan: LeasePlan) -> Leases {
        Leases { plan, leases: BTreeMap::new(), sweep_at: FEW, timers: BTreeMap::new(), next: 0 }
    }

    /// Until when a copy that was good until `expires` may be handed out to those without a token.
    pub(super) fn keeps_until(&self, expires: Time) -> Time {
        self.plan.stale.map_or(Time(0), |stale| expires + stale)
    }

    /// Whether deleted copies are kept for those without a token.
    pub(super) fn keeps_deleted(&self) -> bool {
        self.plan.stale.is_some()
    }

    /// Whether a get that misses a key now gets the token, or has it already.
    pub(super) fn is_turn(&self, at: u32, request: &Request, now: Time) -> bool {
        self.leases.get(&(at, request.key)).is_none_or(|lease| {
            lease.given + self.plan.every <= now || lease.is_valid && lease.holder == holder(request)
        })
    }

    /// A get has missed: it gets the token if there is one, else it waits.
    pub(super) fn miss(&mut self, at: u32, request: &Request, context: &mut Context<'_>) -> Verdict {
        let key = request.key;
        if self.is_turn(at, request, context.now) {
            let held = self
                .leases
                .get(&(at, key))
                .is_some_and(|lease| lease.is_valid && lease.holder == holder(request));
            if !held {
                self.give(at, key, holder(request), Vec::new(), context);
            }
            return Verdict::Done(outcome::MISS);
        }
        let lease = self.leases.get_mut(&(at, key)).expect("it has no turn because of a lease");
        let is_first = lease.waiters.is_empty();
        lease.waiters.push((Waiter::visiting(request, context), holder(request)));
        let ends = lease.given + self.plan.every;
        context.count(WAITS, 1);
        if is_first {
            self.set_timer(at, key, ends, context);
        }
        Verdict::Park
    }

    fn give(
        &mut self,
        at: u32,
        key: u64,
        holder: Holder,
        waiters: Vec<(Waiter, Holder)>,
        context: &mut Context<'_>,
    ) {
        context.count(TOKENS, 1);
        let given = context.now;
        self.leases.insert((at, key), Lease { given, holder, is_valid: true, waiters });
        if self.leases.len() > self.sweep_at {
            let every = self.plan.every;
            self.leases.retain(|_, lease| !lease.waiters.is_empty() || lease.given + every > given);
            self.sweep_at = FEW + 2 * self.leases.len();
        }
    }

    fn set_timer(&mut self, at: u32, key: u64, ends: Time, context: &mut Context<'_>) {
        let token = self.next;
        self.next = token.wrapping_add(1);
        self.timers.insert(token, key);
        context.wake_after(at, Span(ends.0.saturating_sub(context.now.0)), token, Wakes::Duty);
    }

    /// A token may have run out: the newest of those who wait gets another one. Who has waited longest may have given up.
    pub(super) fn wake(&mut self, at: u32, token: u32, context: &mut Context<'_>) {
        let Some(key) = self.timers.remove(&token) else { return };
        let Some(lease) = self.leases.get_mut(&(at, key)) else { return };
        let ends = lease.given + self.plan.every;
        if ends > context.now {
            if !lease.waiters.is_empty() {
                self.set_timer(at, key, ends, context);
            }
            return;
        }
        let mut waiters = std::mem::take(&mut lease.waiters);
        let Some((waiter, holder)) = waiters.pop() else { return };
        waiter.answer(&completed(outcome::MISS, 0, 0), context);
        let waits_on = !waiters.is_empty();
        self.give(at, key, holder, waiters, context);
        if waits_on {
            self.set_timer(at, key, context.now + self.plan.every, context);
        }
    }

    /// Whether a put counts: only with a valid token, which it uses up. Who waited for it is answered.
    pub(super) fn accepts(&mut self, at: u32, request: &Request, context: &mut Context<'_>) -> bool {
        let lease = self.leases.get_mut(&(at, request.key));
        let Some(lease) = lease.filter(|lease| lease.is_valid && lease.holder == holder(request)) else {
            context.count(IGNORED_PUTS, 1);
            return false;
        };
        lease.is_valid = false;
        let report: Report = completed(outcome::OK, request.size, request.version);
        std::mem::take(&mut lease.waiters).iter().for_each(|(waiter, _)| waiter.answer(&report, context));
        true
    }

    /// A delete voids the token: what its holder has read may be old.
    pub(super) fn revoke(&mut self, at: u32, key: u64) {
        if let Some(lease) = self.leases.get_mut(&(at, key)) {
            lease.is_valid = false;
        }
    }

    /// An instance has lost its memory; who waited there has been told.
    pub(super) fn forget(&mut self, at: u32) {
        self.leases.retain(|(owner, _), _| *owner != at);
    }

    pub(super) fn notes(&self) -> usize {
        self.leases.len() + self.timers.len()
    }
}
