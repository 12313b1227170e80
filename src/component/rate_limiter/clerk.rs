//! Counters in a store that all instances of the limiter share.
//!
//! A counter changes at the instant at which the store serves the call about it, be it that the call is a script, which decides
//! there and then, or that what is written was read some time before. What the store has lost is a counter that begins anew.

use super::super::{About, Context, Errand, Report, Token, Wakes};
use super::meter::{Decision, Meter};
use super::rule::Rule;
use crate::kernel::random::mix;
use crate::kernel::request::{Request, RequestId};
use crate::measure::recorder::Ending;
use crate::scenario::Named;
use crate::units::{Span, Time};
use crate::workload::made_key;
use std::collections::BTreeMap;

/// What the table says of the store.
#[derive(Clone, Debug)]
pub(super) struct StorePlan {
    pub target: Named,
    pub atomicity: Atomicity,
    pub on_failure: OnFailure,
}

/// What keeps two instances from changing a counter at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Atomicity {
    /// The store: it runs a script.
    Atomic,
    /// A lock in the store.
    Locked(LockTerms),
    /// Nothing.
    None,
}

/// How a lock is taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct LockTerms {
    /// How long somebody waits who found it taken.
    pub retry: Span,
    /// After how long it is free again if nobody gives it back.
    pub ttl: Span,
}

/// What a limiter does that cannot reach its store.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum OnFailure {
    Allow,
    Deny,
}

/// A call to the store.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Act {
    Decide,
    Read,
    Write,
    Lock,
    Unlock,
}

/// The operations as which a call may read, or write: the first of them that the store has.
const READS: &[&str] = &["get", "read"];
const WRITES: &[&str] = &["put", "write"];
const SCRIPTS: &[&str] = &["put", "update"];
const DELETES: &[&str] = &["delete", "write"];

/// The name of a lock in its key.
const LOCK: u64 = 0x6c6f_636b_2d6f_662d;

impl StorePlan {
    /// The calls that it takes, in the order of the errands.
    fn acts(&self) -> &'static [Act] {
        match self.atomicity {
            Atomicity::Atomic => &[Act::Decide],
            Atomicity::Locked(_) => &[Act::Lock, Act::Read, Act::Write, Act::Unlock],
            Atomicity::None => &[Act::Read, Act::Write],
        }
    }

    pub(super) fn errands(&self) -> Vec<Errand> {
        let operations = |act: &Act| match act {
            Act::Decide => SCRIPTS,
            Act::Read => READS,
            Act::Write | Act::Lock => WRITES,
            Act::Unlock => DELETES,
        };
        let errand = |act| Errand::Script { target: self.target.clone(), operations: operations(act) };
        self.acts().iter().map(errand).collect()
    }
}

/// The counters in the store, and those who wait for it.
pub(super) struct Clerk {
    plan: StorePlan,
    name: u64,
    counters: BTreeMap<(u16, u64), Meter>,
    /// Who has the lock of a counter, and until when.
    locks: BTreeMap<u64, (u32, Time)>,
    pending: BTreeMap<u32, Pending>,
    next: u32,
}

/// A request whose counters are asked one after the other.
struct Pending {
    at: u32,
    request: RequestId,
    /// The rule and whose counter it is, of each.
    counters: Vec<(u16, u64)>,
    /// Which of them it is about.
    turn: usize,
    began: Time,
    /// How long it is held back at the end.
    delay: Span,
    /// The counter as it was read.
    copy: Option<Meter>,
    decision: Option<Decision>,
}

/// A request that the store has decided upon, or that nobody could ask it about.
pub(super) struct Settled {
    pub request: RequestId,
    pub counters: Vec<(u16, u64)>,
    pub began: Time,
    pub decision: Decision,
    pub source: Source,
}

/// Who has decided.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Source {
    Counters,
    Guess,
}

/// What a clerk needs to know.
pub(super) struct Desk<'r> {
    pub rules: &'r [Rule],
    pub start: Time,
}

impl Clerk {
    pub(super) fn new(plan: &StorePlan, name: u64) -> Clerk {
        let (counters, locks, pending) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Clerk { plan: plan.clone(), name, counters, locks, pending, next: 0 }
    }

    /// A request asks for its counters, of which there is at least one.
    pub(super) fn ask(&mut self, at: u32, counters: &[(u16, u64)], context: &mut Context<'_>) {
        let ticket = self.next;
        self.next = ticket.wrapping_add(1);
        let pending = Pending {
            at,
            request: context.visitor,
            counters: counters.to_vec(),
            turn: 0,
            began: context.now,
            delay: Span::ZERO,
            copy: None,
            decision: None,
        };
        self.pending.insert(ticket, pending);
        self.send(ticket, 0, context);
    }

    /// Sets out for the store.
    fn send(&mut self, ticket: u32, errand: usize, context: &mut Context<'_>) {
        let Some(pending) = self.pending.get(&ticket) else { return };
        let (rule, counter) = pending.counters[pending.turn];
        let is_about_lock = matches!(self.plan.acts()[errand], Act::Lock | Act::Unlock);
        let key = self.key(rule, counter);
        let key = if is_about_lock { made_key(mix(key, LOCK)) } else { key };
        // What the store's end of the call needs to know travels with it.
        let about = About { key, user: u64::from(rule), version: u64::from(ticket), ..About::default() };
        context.send(pending.at, errand as u16, Token { purpose: errand as u32, item: ticket }, about);
    }

    fn key(&self, rule: u16, counter: u64) -> u64 {
        made_key(mix(mix(self.name, u64::from(rule)), counter))
    }

    /// The store serves a call; `is_there` says whether it has what the call is about.
    pub(super) fn served(
        &mut self,
        errand: u16,
        request: &Request,
        is_there: bool,
        desk: &Desk<'_>,
        context: &Context<'_>,
    ) {
        let ticket = request.version as u32;
        let id = (request.user as u16, request.key);
        let act = self.plan.acts()[usize::from(errand)];
        if !is_there && matches!(act, Act::Decide | Act::Read) {
            self.counters.remove(&id);
        }
        let pending = self.pending.get_mut(&ticket);
        match act {
            Act::Decide => {
                let rule = &desk.rules[usize::from(id.0)];
                let counter = self.counters.entry(id).or_insert_with(|| Meter::new(rule.algorithm));
                let decision = counter.decide(rule, rule.instant(context.now, desk.start));
                // Who has given up has taken its permit all the same.
                if let Some(pending) = pending {
                    pending.decision = Some(decision);
                }
            }
            Act::Read => {
                if let Some(pending) = pending {
                    pending.copy = self.counters.get(&id).cloned();
                }
            }
            Act::Write => {
                if let Some(copy) = pending.and_then(|pending| pending.copy.clone()) {
                    self.counters.insert(id, copy);
                }
            }
            Act::Lock => {
                let Atomicity::Locked(terms) = self.plan.atomicity else { return };
                let is_free = self.locks.get(&id.1).is_none_or(|(_, until)| *until <= context.now);
                if is_free && pending.is_some() {
                    self.locks.insert(id.1, (ticket, context.now + terms.ttl));
                }
            }
            Act::Unlock => {
                if self.locks.get(&id.1).is_some_and(|(owner, _)| *owner == ticket) {
                    self.locks.remove(&id.1);
                }
            }
        }
    }

    /// The store has answered, or has not.
    pub(super) fn reported(
        &mut self,
        token: Token,
        report: &Report,
        desk: &Desk<'_>,
        context: &mut Context<'_>,
    ) -> Option<Settled> {
        let ticket = token.item;
        let acts = self.plan.acts();
        let act = acts[token.purpose as usize];
        self.pending.get(&ticket)?;
        if report.ending == Ending::Failed {
            return self.guess(ticket);
        }
        let errand_of = |wanted| acts.iter().position(|act| *act == wanted);
        let next = match act {
            Act::Decide | Act::Unlock => None,
            Act::Lock if self.has_lock(ticket) => errand_of(Act::Read),
            Act::Lock => {
                let Atomicity::Locked(terms) = self.plan.atomicity else { return None };
                let at = self.pending.get(&ticket)?.at;
                context.wake_after(at, terms.retry, ticket, Wakes::Duty);
                return None;
            }
            Act::Read if self.decide(ticket, desk, context) => errand_of(Act::Write),
            Act::Read | Act::Write => errand_of(Act::Unlock),
        };
        match next {
            Some(errand) => {
                self.send(ticket, errand, context);
                None
            }
            None => self.conclude(ticket, context),
        }
    }

    /// Who waits for the store's answer.
    pub(super) fn waiters(&self, ticket: u32) -> Vec<RequestId> {
        self.pending.get(&ticket).map(|pending| pending.request).into_iter().collect()
    }

    /// A lock that was taken is tried again.
    pub(super) fn wake(&mut self, ticket: u32, context: &mut Context<'_>) {
        self.send(ticket, 0, context);
    }

    fn has_lock(&self, ticket: u32) -> bool {
        let Some(pending) = self.pending.get(&ticket) else { return false };
        let (rule, counter) = pending.counters[pending.turn];
        let lock = made_key(mix(self.key(rule, counter), LOCK));
        self.locks.get(&lock).is_some_and(|(owner, _)| *owner == ticket)
    }

    /// Decides upon what was read; whether there is something to write.
    fn decide(&mut self, ticket: u32, desk: &Desk<'_>, context: &Context<'_>) -> bool {
        let Some(pending) = self.pending.get_mut(&ticket) else { return false };
        let (rule, _) = pending.counters[pending.turn];
        let rule = &desk.rules[usize::from(rule)];
        let mut copy = pending.copy.take().unwrap_or_else(|| Meter::new(rule.algorithm));
        let decision = copy.decide(rule, rule.instant(context.clock(pending.at), desk.start));
        let is_changed = decision.is_ok() || rule.notes_all();
        (pending.copy, pending.decision) = (Some(copy), Some(decision));
        is_changed
    }

    /// A counter has been asked: the next one, or the request's fate.
    fn conclude(&mut self, ticket: u32, context: &mut Context<'_>) -> Option<Settled> {
        let pending = self.pending.get_mut(&ticket)?;
        let Some(decision) = pending.decision.take() else { return self.guess(ticket) };
        pending.copy = None;
        if let Ok(delay) = decision {
            pending.delay = pending.delay.max(delay);
            pending.turn += 1;
            if pending.turn < pending.counters.len() {
                self.send(ticket, 0, context);
                return None;
            }
        }
        let Pending { request, counters, began, delay, .. } = self.pending.remove(&ticket)?;
        Some(Settled {
            request,
            counters,
            began,
            decision: decision.map(|_| delay),
            source: Source::Counters,
        })
    }

    /// The store cannot be asked.
    fn guess(&mut self, ticket: u32) -> Option<Settled> {
        let Pending { request, counters, began, .. } = self.pending.remove(&ticket)?;
        let decision = match self.plan.on_failure {
            OnFailure::Allow => Ok(Span::ZERO),
            OnFailure::Deny => Err(Span::ZERO),
        };
        Some(Settled { request, counters, began, decision, source: Source::Guess })
    }

    /// An instance has lost its memory; those who waited there have gone.
    pub(super) fn forget(&mut self, at: u32) {
        self.pending.retain(|_, pending| pending.at != at);
    }

    /// The counters, by rule.
    pub(super) fn counters(&self) -> impl Iterator<Item = (u16, &Meter)> {
        self.counters.iter().map(|((rule, _), meter)| (*rule, meter))
    }

    /// The bytes that a counter takes.
    pub(super) fn bytes(&self, rule: u16, counter: u64, desk: &Desk<'_>, now: Time) -> u64 {
        let rule_plan = &desk.rules[usize::from(rule)];
        let meter = self.counters.get(&(rule, self.key(rule, counter)));
        meter.map_or(0, |meter| meter.bytes(rule_plan, rule_plan.instant(now, desk.start)))
    }
}
