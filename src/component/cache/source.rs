//! A source that the cache reads itself: read-through, one load for all who wait, and loads before a copy expires.

use super::super::filling::{Target, Waiter};
use super::super::{About, Context, Report, Token, Verdict};
use super::mechanisms::{ABSENT, LOAD, Shelf};
use super::notes::Notes;
use super::spec::{LOADS, REFRESHES, WAITS};
use crate::kernel::random::{Draws, open01};
use crate::kernel::request::{Request, RequestId};
use crate::measure::recorder::Ending;
use crate::mechanism::eviction::Object;
use crate::mechanism::flights::{Flights, Landed};
use crate::outcome;
use crate::units::{Span, Time};

/// What the table says of the source.
#[derive(Clone, Debug)]
pub(super) struct SourcePlan {
    pub(super) target: Target,
    pub(super) single_flight: bool,
    pub(super) ahead: Option<Ahead>,
    /// How eagerly copies expire early, if they do.
    pub(super) beta: Option<f64>,
    /// How long the answer `missing` is kept.
    pub(super) negative_ttl: Option<Span>,
}

/// From when on a hit loads in the background.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Ahead {
    /// In this last share of the ttl.
    Share(f64),
    /// So long before the copy expires.
    Time(Span),
}

/// The name of the draw of an early expiry.
const EARLY: u64 = 0x6561_726c_792d_6578;

/// The loads of all instances.
pub(super) struct Source {
    plan: SourcePlan,
    flights: Flights<Waiter>,
    /// How long the last load of each copy took.
    took: Notes<Span>,
}

impl Source {
    pub(super) fn new(plan: &SourcePlan) -> Source {
        Source { plan: plan.clone(), flights: Flights::default(), took: Notes::new() }
    }

    /// A get that has missed waits for a load: its own, or one that is under way.
    pub(super) fn fill(&mut self, at: u32, request: &Request, context: &mut Context<'_>) -> Verdict {
        let waiter = Waiter::visiting(request, context);
        let alone = match self.plan.single_flight {
            true => self.flights.join(at, request.key, waiter).err(),
            false => Some(waiter),
        };
        match alone {
            Some(waiter) => self.set_out(at, request, vec![waiter], context),
            None => context.count(WAITS, 1),
        }
        Verdict::Park
    }

    /// Whether a hit is to load at once, as if the copy had expired: with `beta` times the last load's duration times an
    /// exponential variable of mean 1 ahead of the expiry.
    pub(super) fn expires_early(&self, at: u32, object: &Object, request: &Request, now: Time) -> bool {
        let Some(beta) = self.plan.beta else { return false };
        let Some(took) = self.took.get(at, object.key) else { return false };
        let left = (object.expires - now.0) as f64;
        let exponential = -libm::log(open01(Draws::new(request.fate, EARLY).bits()));
        let is_loading = self.plan.single_flight && self.flights.is_under_way(at, object.key);
        took.0 as f64 * beta * exponential >= left && !is_loading
    }

    /// Loads in the background what a hit has found near its expiry.
    pub(super) fn refresh(
        &mut self,
        shelf: &Shelf<'_>,
        object: &Object,
        request: &Request,
        context: &mut Context<'_>,
    ) {
        let ahead = match self.plan.ahead {
            Some(Ahead::Share(share)) => {
                shelf.ttl.map_or(Span::ZERO, |ttl| Span::from_nanoseconds(ttl.0 as f64 * share))
            }
            Some(Ahead::Time(time)) => time,
            None => return,
        };
        if object.expires - context.now.0 <= ahead.0 && !self.flights.is_under_way(shelf.at, object.key) {
            context.count(REFRESHES, 1);
            self.set_out(shelf.at, request, Vec::new(), context);
        }
    }

    fn set_out(&mut self, at: u32, request: &Request, waiters: Vec<Waiter>, context: &mut Context<'_>) {
        let key = request.key;
        let item = self.flights.begin(at, key, context.now.0, waiters);
        context.count(LOADS, 1);
        context.send(at, 0, Token { purpose: LOAD, item }, About::instead_of(request));
    }

    /// Who waits for a load.
    pub(super) fn waiters(&self, item: u32) -> Vec<RequestId> {
        self.flights.waiters(item).iter().map(Waiter::id).collect()
    }

    /// A put or delete: what is being loaded will be old when it comes.
    pub(super) fn overtake(&mut self, at: u32, key: u64) {
        self.flights.overtake(at, key);
    }

    /// A load has come to its end.
    pub(super) fn loaded(
        &mut self,
        shelf: &mut Shelf<'_>,
        item: u32,
        report: &Report,
        context: &mut Context<'_>,
    ) {
        let Some(load) = self.flights.land(item) else { return };
        if load.is_current && report.ending == Ending::Completed {
            self.keep(shelf, &load, report, context);
        }
        load.waiters.iter().for_each(|waiter| waiter.answer(report, context));
    }

    /// Keeps what was loaded.
    fn keep(
        &mut self,
        shelf: &mut Shelf<'_>,
        load: &Landed<Waiter>,
        report: &Report,
        context: &mut Context<'_>,
    ) {
        let key = load.key;
        match (report.outcome, self.plan.negative_ttl) {
            (outcome::OK, _) => {
                shelf.store(key, report.size, report.version, shelf.ttl, context);
                if self.plan.beta.is_some() {
                    self.took.set(load.at, key, context.now.since(Time(load.began)), shelf.cache);
                }
            }
            (outcome::MISSING, Some(ttl)) => shelf.store(key, 0, ABSENT, Some(ttl), context),
            _ => drop(shelf.cache.delete(key)),
        }
    }

    /// An instance has lost its memory; who waited there has been told.
    pub(super) fn forget(&mut self, at: u32) {
        self.flights.forget(at);
        self.took.forget(at);
    }

    pub(super) fn notes(&self) -> usize {
        self.flights.notes() + self.took.len()
    }
}
