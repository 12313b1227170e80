//! Fetches: how an instance gets what it does not have, from a shield or from the origin, and who waits for it meanwhile.

use super::super::filling::Waiter;
use super::super::{About, Context, Report, Token, Verdict};
use super::blueprint::CdnBlueprint;
use super::spec::{FILL_BYTES, NOT_KEPT, ORIGIN_REQUESTS, RESCUED, WAITS};
use super::{ABSENT, CdnState};
use crate::kernel::request::{Request, RequestId};
use crate::measure::recorder::Ending;
use crate::mechanism::eviction::{Cache, Capacity, Kind, Object};
use crate::mechanism::flights::{Flights, Landed};
use crate::outcome;
use crate::units::{InstanceId, Span, Time};
use std::collections::BTreeMap;

/// The errands, and the purposes of their tokens.
pub(super) const ORIGIN: u16 = 0;
pub(super) const SHIELD: u16 = 1;

/// Of so many objects an edge knows how often it was asked for them.
const COUNTED: u64 = 1_000_000;

/// What is being fetched, and what is worth keeping.
pub(super) struct Fetching {
    has_origin: bool,
    single_flight: bool,
    negative_ttl: Option<Span>,
    stale_if_error: Span,
    admit_after: u32,
    flights: Flights<Waiter>,
    /// What the errands of the flights are about.
    subjects: BTreeMap<u32, About>,
    /// How often each instance was asked for an object, as the version of a copy; empty if one request is enough.
    counts: Vec<Cache>,
}

impl Fetching {
    pub(super) fn new(blueprint: &CdnBlueprint, instances: u32) -> Fetching {
        let counters = if blueprint.admit_after > 1 { instances } else { 0 };
        Fetching {
            has_origin: blueprint.origin.is_some(),
            single_flight: blueprint.single_flight,
            negative_ttl: blueprint.negative_ttl,
            stale_if_error: blueprint.stale_if_error,
            admit_after: blueprint.admit_after,
            flights: Flights::default(),
            subjects: BTreeMap::new(),
            counts: (0..counters).map(|_| Cache::new(Kind::Lru, Capacity::Objects(COUNTED))).collect(),
        }
    }

    /// Whether an expired copy may be of use if the origin fails.
    pub(super) fn may_rescue(&self, object: &Object, now: Time) -> bool {
        object.version != ABSENT && Time(object.expires) + self.stale_if_error > now
    }

    /// What is being fetched of a key will be old when it comes.
    pub(super) fn overtake(&mut self, at: u32, key: u64) {
        self.flights.overtake(at, key);
    }

    /// An instance has been asked for an object once more.
    fn note(&mut self, at: u32, key: u64) {
        let Some(counts) = self.counts.get_mut(at as usize) else { return };
        let before = counts.peek(key).map_or(0, |object| object.version);
        counts.put(Object { key, version: before + 1, ..Object::default() });
    }

    /// Whether an instance has been asked for an object often enough to keep it.
    fn is_popular(&self, at: u32, key: u64) -> bool {
        let Some(counts) = self.counts.get(at as usize) else { return true };
        counts.peek(key).is_some_and(|object| object.version >= u64::from(self.admit_after))
    }

    /// An instance has lost its memory; who waited there has been told.
    pub(super) fn forget(&mut self, at: u32) {
        self.flights.forget(at);
        self.subjects.retain(|number, _| self.flights.subject(*number).is_some());
        if let Some(counts) = self.counts.get_mut(at as usize) {
            counts.clear();
        }
    }

    /// Who waits for a fetch.
    pub(super) fn waiters(&self, number: u32) -> Vec<RequestId> {
        self.flights.waiters(number).iter().map(Waiter::id).collect()
    }

    pub(super) fn notes(&self) -> u64 {
        let counted: usize = self.counts.iter().map(Cache::len).sum();
        (self.flights.notes() + self.subjects.len() + counted) as u64
    }
}

impl CdnState {
    /// A get has missed: it waits for a fetch, its own or one that is under way.
    pub(super) fn fetch(&mut self, at: u32, request: &Request, context: &mut Context<'_>) -> Verdict {
        if !self.fetching.has_origin {
            return Verdict::Done(outcome::MISS);
        }
        self.fetching.note(at, request.key);
        let waiter = Waiter::visiting(request, context);
        let alone = match self.fetching.single_flight {
            true => self.fetching.flights.join(at, request.key, waiter).err(),
            false => Some(waiter),
        };
        let Some(waiter) = alone else {
            context.count(WAITS, 1);
            return Verdict::Park;
        };
        let number = self.fetching.flights.begin(at, request.key, context.now.0, vec![waiter]);
        let about = About::instead_of(request);
        self.fetching.subjects.insert(number, about);
        self.known.catch_up(context.now.0);
        let shields = self.edges..self.caches.len() as u32;
        let own = InstanceId(self.first.0 + at);
        match self.nearest(own, request.key, shields).filter(|_| self.is_edge(at)) {
            Some(shield) => {
                let about = About { aim: Some(InstanceId(self.first.0 + shield)), ..about };
                let purpose = u32::from(SHIELD);
                context.send(at, SHIELD, Token { purpose, item: number }, about);
            }
            None => self.ask_origin(at, number, &about, context),
        }
        Verdict::Park
    }

    fn ask_origin(&self, at: u32, number: u32, about: &About, context: &mut Context<'_>) {
        context.count(ORIGIN_REQUESTS, 1);
        context.send(at, ORIGIN, Token { purpose: u32::from(ORIGIN), item: number }, *about);
    }

    /// A fetch has come to its end. If the shield did not answer, the origin is asked.
    pub(super) fn fetched(&mut self, at: u32, token: Token, report: &Report, context: &mut Context<'_>) {
        let is_from_shield = token.purpose == u32::from(SHIELD);
        if is_from_shield && report.ending == Ending::Failed && outcome::UNREACHED.contains(&report.outcome) {
            if let Some(about) = self.fetching.subjects.get(&token.item).copied() {
                self.ask_origin(at, token.item, &about, context);
            }
            return;
        }
        self.fetching.subjects.remove(&token.item);
        let Some(flight) = self.fetching.flights.land(token.item) else { return };
        if report.ending == Ending::Failed {
            return self.rescue(&flight, report, context);
        }
        if report.outcome == outcome::OK && !is_from_shield {
            context.count(FILL_BYTES, report.size);
        }
        if flight.is_current {
            self.keep_fetched(&flight, report, context);
        }
        let object = Object { key: flight.key, size: report.size, version: report.version, expires: 0 };
        for waiter in &flight.waiters {
            if report.outcome == outcome::OK {
                self.hand_out(at, &object, context);
            }
            waiter.answer(report, context);
        }
    }

    /// An instance keeps what it has fetched, if it is worth it.
    fn keep_fetched(&mut self, flight: &Landed<Waiter>, report: &Report, context: &mut Context<'_>) {
        let (at, key, now) = (flight.at, flight.key, context.now);
        match (report.outcome, self.fetching.negative_ttl) {
            (outcome::OK, _) if self.is_edge(at) && !self.fetching.is_popular(at, key) => {
                context.count(NOT_KEPT, 1);
            }
            (outcome::OK, _) => {
                let expires = self.expiry_of(at, key, report.version, now).0;
                self.keep(at, Object { key, size: report.size, version: report.version, expires }, context);
            }
            (outcome::MISSING, Some(ttl)) => {
                self.keep(at, Object { key, size: 0, version: ABSENT, expires: (now + ttl).0 }, context);
            }
            _ => drop(self.caches[at as usize].delete(key)),
        }
    }

    /// A copy from a shield is as old as it is there.
    fn expiry_of(&self, at: u32, key: u64, version: u64, now: Time) -> Time {
        let shields = self.caches[self.edges as usize..].iter().filter(|_| self.is_edge(at));
        let copies = shields.filter_map(|cache| cache.peek(key));
        let same = copies.filter(|copy| copy.version == version).map(|copy| Time(copy.expires));
        same.filter(|expires| *expires > now).min().unwrap_or_else(|| self.expiry(now))
    }

    /// The object is not to be had: an expired copy will do, if there is one that is not too old.
    fn rescue(&mut self, flight: &Landed<Waiter>, report: &Report, context: &mut Context<'_>) {
        let copy = self.caches[flight.at as usize].peek(flight.key).copied();
        let copy = copy.filter(|copy| flight.is_current && self.fetching.may_rescue(copy, context.now));
        let rescued = copy.map(|copy| Report {
            outcome: outcome::OK,
            ending: Ending::Completed,
            size: copy.size,
            version: copy.version,
            cargo: None,
        });
        for waiter in &flight.waiters {
            if let Some(copy) = &copy {
                context.count(RESCUED, u64::from(self.is_edge(flight.at)));
                self.hand_out(flight.at, copy, context);
            }
            waiter.answer(rescued.as_ref().unwrap_or(report), context);
        }
    }
}
