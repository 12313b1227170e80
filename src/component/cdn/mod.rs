//! A cdn: edges at many places that keep copies near those who ask for them, perhaps behind shields.
//!
//! An edge that misses fetches: from the nearest shield, or from the origin. A shield is an instance like an edge, but only
//! edges ask it. Purges and objects that are put travel as letters between the instances.

mod blueprint;
mod fetch;
mod news;
mod spec;
#[cfg(test)]
mod tests;

use super::{
    Ask, Awaits, Behaviour, Change, Context, Errand, Geography, Letter, Line, Loss, Plans, Reading, Report,
    Setting, Sighting, Spec, Token, Verdict, Wait,
};
use crate::kernel::request::{Request, RequestId};
use crate::mechanism::eviction::{Cache, Capacity, Object};
use crate::mechanism::hash::mix13_pair;
use crate::mechanism::known::Known;
use crate::mechanism::ring::modulo;
use crate::outcome;
use crate::scenario::Named;
use crate::station::Handling;
use crate::units::{InstanceId, Span, Time};
pub(super) use blueprint::CdnBlueprint;
use fetch::{Fetching, ORIGIN};
use news::News;
use spec::{
    BYTES, EGRESS, EVICTIONS, EXPIRED, FRESH_HITS, GET, HIT_BYTES, HITS, MISSES, NEGATIVE_HITS, PURGE, PUT,
    SHIELD_BYTES, SHIELD_HITS, SHIELD_MISSES, STALE_HITS,
};
use std::sync::Arc;

impl Plans for CdnBlueprint {
    const SPEC: Spec = spec::SPEC;
    type State = CdnState;

    fn read(reading: &mut Reading<'_, '_>) -> Option<Self> {
        CdnBlueprint::read_table(reading)
    }

    fn lines(&self, _operation: &str) -> Vec<Line> {
        self.service.clone().map(Line::Work).into_iter().chain([Line::Consult]).collect()
    }

    fn errands(&self) -> Vec<Errand> {
        let origin = self.origin.iter().map(super::filling::Target::errand);
        origin.chain((!self.shields.is_empty()).then_some(Errand::Peer { operation: "get" })).collect()
    }

    /// An edge asks the origin if its shield, which may have asked as well, does not answer.
    fn causes(&self, operation: &str) -> Vec<(u16, Option<u32>)> {
        let most = if self.shields.is_empty() { 1 } else { 2 };
        let asks = operation == "get" && self.origin.is_some();
        asks.then_some((ORIGIN, Some(most))).into_iter().collect()
    }

    /// A copy that is too old may be given out instead for a while, but there has to be one.
    fn awaits(&self, operation: &str) -> Awaits {
        if self.causes(operation).is_empty() { Awaits::Nobody } else { Awaits::Errands(vec![ORIGIN]) }
    }

    fn room(&self) -> Option<Capacity> {
        Some(self.capacity)
    }

    fn lacks(&self, is_called: &dyn Fn(&str) -> bool) -> Option<&'static str> {
        let is_empty = self.origin.is_none() && is_called("get") && !is_called("put");
        is_empty.then_some("write where it fetches what it misses: `origin = \"site.object\"`")
    }

    /// With a shield an edge asks the origin only if the shield, which may have asked as well, does not answer.
    fn waits(&self, operation: &str) -> Vec<Wait> {
        match self.causes(operation).is_empty() {
            true => Vec::new(),
            false if self.shields.is_empty() => vec![Wait::on_a_miss(ORIGIN)],
            false => vec![
                Wait { errand: ORIGIN, least: 0, missed: 0, most: Some(2) },
                Wait::on_a_miss(fetch::SHIELD),
            ],
        }
    }

    fn instances(&self) -> Option<u32> {
        Some(self.edges)
    }

    fn further_places(&self) -> &[Named] {
        &self.shields
    }

    /// Nobody but its edges asks a shield.
    fn has_unlike_instances(&self) -> bool {
        !self.shields.is_empty()
    }

    fn ends_as(&self, operation: &str) -> Option<(&Named, &str)> {
        let origin = self.origin.as_ref().filter(|_| operation == "get")?;
        Some((&origin.component, &origin.operation))
    }

    fn copies_of(&self) -> Option<&Named> {
        self.store.as_ref()
    }

    fn has_letters(&self) -> bool {
        true
    }

    /// An instance that waits for the origin serves others meanwhile.
    fn handling(&self) -> Handling {
        Handling::EventLoop
    }

    fn loss(&self, _operation: &str, lost: u32, _instances: u32) -> Loss {
        if lost < self.edges { Loss::Covered } else { Loss::Felt }
    }

    fn unit(&self, counter: &str) -> &'static str {
        if BYTES.contains(&counter) { "B" } else { "1" }
    }

    fn lists(&self, figure: &str) -> bool {
        match figure {
            "shield_hits" | "shield_misses" | "shield_bytes" | "shield_hit_ratio" => !self.shields.is_empty(),
            "negative_hits" => self.negative_ttl.is_some(),
            "rescued" => self.stale_if_error > Span::ZERO,
            "not_kept" => self.admit_after > 1,
            _ => true,
        }
    }

    fn state(&self, setting: &Setting) -> CdnState {
        let caches = (0..setting.instances).map(|_| Cache::new(self.eviction, self.capacity));
        CdnState {
            caches: caches.collect(),
            edges: self.edges,
            name: setting.name,
            first: setting.first,
            geography: setting.geography.clone(),
            known: Known::new(setting.instances, self.detect.0),
            ttl: self.ttl,
            observes: self.store.is_some(),
            fetching: Fetching::new(self, setting.instances),
            news: News::new(self),
        }
    }
}

/// The version of a copy that says that the origin has no such object.
const ABSENT: u64 = u64::MAX;

/// The copies of all instances, first those of the edges, and what is under way between them.
pub struct CdnState {
    caches: Vec<Cache>,
    edges: u32,
    /// A hash of its name.
    name: u64,
    first: InstanceId,
    geography: Arc<Geography>,
    known: Known,
    ttl: Option<Span>,
    /// Whether a store is known to which copies can be compared.
    observes: bool,
    fetching: Fetching,
    news: News,
}

impl CdnState {
    /// What an object takes of memory \[B\], about.
    const BYTES_PER_OBJECT: u64 = 100;

    fn is_edge(&self, at: u32) -> bool {
        at < self.edges
    }

    /// The nearest of some instances that are known to be up; equally near ones share the keys.
    fn nearest(&self, from: InstanceId, key: u64, among: std::ops::Range<u32>) -> Option<u32> {
        let distance = |at: u32| self.geography.distance(from, InstanceId(self.first.0 + at));
        let up = || self.known.up().iter().copied().filter(|at| among.contains(at));
        let nearest = up().map(distance).min()?;
        let near = || up().filter(|at| distance(*at) == nearest);
        near().nth(modulo(mix13_pair(key, self.name), near().count() as u32) as usize)
    }

    fn get(&mut self, at: u32, request: &mut Request, context: &mut Context<'_>) -> Verdict {
        let (hits, misses) = if self.is_edge(at) { (HITS, MISSES) } else { (SHIELD_HITS, SHIELD_MISSES) };
        let copy = self.caches[at as usize].peek(request.key).copied();
        if let Some(object) = copy.filter(|object| Time(object.expires) > context.now) {
            self.caches[at as usize].get(object.key);
            context.count(hits, 1);
            if object.version == ABSENT {
                context.count(NEGATIVE_HITS, u64::from(self.is_edge(at)));
                return Verdict::Done(outcome::MISSING);
            }
            (request.size, request.version) = (object.size, object.version);
            self.hand_out(at, &object, context);
            context.count(HIT_BYTES, if self.is_edge(at) { object.size } else { 0 });
            return Verdict::Done(outcome::OK);
        }
        if let Some(object) = copy {
            context.count(EXPIRED, 1);
            if !self.fetching.may_rescue(&object, context.now) {
                self.caches[at as usize].delete(object.key);
            }
        }
        context.count(misses, 1);
        self.fetch(at, request, context)
    }

    /// An instance sends a copy to whoever asked for it.
    fn hand_out(&self, at: u32, object: &Object, context: &mut Context<'_>) {
        if !self.is_edge(at) {
            return context.count(SHIELD_BYTES, object.size);
        }
        context.count(EGRESS, object.size);
        if self.observes {
            let (key, version) = (object.key, Some(object.version));
            context.compare(Sighting { key, version, fresh: FRESH_HITS, stale: STALE_HITS });
        }
    }

    /// An instance keeps a copy.
    fn keep(&mut self, at: u32, object: Object, context: &mut Context<'_>) {
        let evictions = self.caches[at as usize].put(object);
        context.count(EVICTIONS, evictions);
    }

    /// When a copy that leaves the origin now is no longer good.
    fn expiry(&self, now: Time) -> Time {
        self.ttl.map_or(Time::NEVER, |ttl| now + ttl)
    }

    fn size(&self) -> u64 {
        self.caches.iter().map(|cache| cache.len() as u64).sum()
    }
}

impl Behaviour for CdnState {
    fn route(&mut self, ask: &Ask<'_>, _first: InstanceId, _count: u32) -> Option<u32> {
        self.known.catch_up(ask.now.0);
        self.nearest(ask.from, ask.key, 0..self.edges)
    }

    fn visit(&mut self, at: u32, action: u16, request: &mut Request, context: &mut Context<'_>) -> Verdict {
        match action {
            GET => return self.get(at, request, context),
            PUT => self.put(at, request, context),
            PURGE => self.purge(at, request, context),
            other => unreachable!("a cdn has no operation {other}"),
        }
        Verdict::Done(outcome::OK)
    }

    fn wake(&mut self, at: u32, token: u32, context: &mut Context<'_>) {
        self.purge_now(at, token, context);
    }

    fn letter(&mut self, at: u32, _from: u32, letter: &Letter, context: &mut Context<'_>) {
        self.hear(at, letter, context);
    }

    fn reported(&mut self, at: u32, token: Token, report: &Report, context: &mut Context<'_>) {
        self.fetched(at, token, report, context);
    }

    fn awaits(&self, _at: u32, token: Token) -> Vec<RequestId> {
        self.fetching.waiters(token.item)
    }

    fn change(&mut self, at: u32, change: Change, context: &mut Context<'_>) {
        if let Change::Down(_) = change {
            self.caches[at as usize].clear();
            self.fetching.forget(at);
            self.news.forget(at);
        }
        self.known.catch_up(context.now.0);
        self.known.change(at, change == Change::Up, context.now.0);
    }

    fn memory(&self) -> u64 {
        (self.size() + self.fetching.notes() + self.news.len()) * CdnState::BYTES_PER_OBJECT
    }

    fn level(&self, figure: usize) -> Option<f64> {
        (figure == spec::SIZE).then(|| self.size() as f64)
    }
}
