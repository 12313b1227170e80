//! Names that are resolved for whoever asks: each instance remembers what it has found out, and finds out one thing once.

use super::super::filling::Waiter;
use super::super::{Context, Report, Verdict, Wakes};
use super::RESOLUTION;
use super::blueprint::DnsBlueprint;
use super::spec::{HITS, LOOKUP, LOOKUPS};
use crate::distribution::Distribution;
use crate::kernel::random::{Draws, hash_name, open01};
use crate::kernel::request::Request;
use crate::measure::recorder::Ending;
use crate::mechanism::flights::Flights;
use crate::outcome;
use crate::units::{OutcomeId, Span, Time};
use std::collections::BTreeMap;

/// The name of the draw of how long a resolution takes.
const TAKES: &str = "dns.resolution";

/// The name of the draw that says whether a name exists.
const EXISTS: &str = "dns.missing";

/// So few names are not worth sweeping.
const FEW: usize = 64;

/// What the instances know of names.
pub(super) struct Names {
    resolution: Option<Distribution>,
    missing: f64,
    ttl: Span,
    negative_ttl: Span,
    /// By instance and name: what it has found out, and how long that is good.
    known: BTreeMap<(u32, u64), (OutcomeId, Time)>,
    /// At how many of them those are thrown away whose time is over.
    sweep_at: usize,
    /// What is being found out.
    flights: Flights<Waiter>,
}

impl Names {
    pub(super) fn new(blueprint: &DnsBlueprint) -> Names {
        Names {
            resolution: blueprint.resolution.clone(),
            missing: blueprint.missing,
            ttl: blueprint.ttl,
            negative_ttl: blueprint.negative_ttl,
            known: BTreeMap::new(),
            sweep_at: FEW,
            flights: Flights::default(),
        }
    }

    /// Somebody asks an instance for a name.
    pub(super) fn resolve(&mut self, at: u32, request: &Request, context: &mut Context<'_>) -> Verdict {
        let name = request.key;
        if let Some((found, _)) = self.known.get(&(at, name)).filter(|(_, until)| *until > context.now) {
            context.count(HITS, 1);
            return Verdict::Done(*found);
        }
        context.count(LOOKUPS, 1);
        let Err(waiter) = self.flights.join(at, name, Waiter::visiting(request, context)) else {
            return Verdict::Park;
        };
        let Some(law) = &self.resolution else {
            return Verdict::Done(self.found_out(at, name, context.now));
        };
        let takes = law.sample(&mut Draws::new(request.fate, hash_name(TAKES)));
        let number = self.flights.begin(at, name, context.now.0, vec![waiter]);
        context.wake_after(at, Span::from_nanoseconds(takes), RESOLUTION | number, Wakes::Duty);
        Verdict::Park
    }

    /// A resolution has come to its end.
    pub(super) fn resolved(&mut self, number: u32, context: &mut Context<'_>) {
        let Some(flight) = self.flights.land(number) else { return };
        let outcome = self.found_out(flight.at, flight.key, context.now);
        context.record(LOOKUP, context.now.since(Time(flight.began)));
        let report = Report { outcome, ending: Ending::Completed, size: 0, version: 0, cargo: None };
        flight.waiters.iter().for_each(|waiter| waiter.answer_without_value(&report, context));
    }

    /// Whether a name exists: always the same, wherever and whenever it is asked for.
    fn found_out(&mut self, at: u32, name: u64, now: Time) -> OutcomeId {
        let is_missing = open01(Draws::new(name, hash_name(EXISTS)).bits()) < self.missing;
        let (outcome, ttl) =
            if is_missing { (outcome::MISSING, self.negative_ttl) } else { (outcome::OK, self.ttl) };
        self.known.insert((at, name), (outcome, now + ttl));
        if self.known.len() > self.sweep_at {
            self.known.retain(|_, (_, until)| *until > now);
            self.sweep_at = FEW + 2 * self.known.len();
        }
        outcome
    }

    /// An instance has lost its memory; who waited there has been told.
    pub(super) fn forget(&mut self, at: u32) {
        self.known.retain(|(owner, _), _| *owner != at);
        self.flights.forget(at);
    }

    pub(super) fn len(&self) -> usize {
        self.known.len() + self.flights.notes()
    }
}
