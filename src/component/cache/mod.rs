//! A cache: instances that keep real keys, evict them by a real policy, and let them expire.
//!
//! A plain cache is filled by its callers. What a table asks for beyond that (a source that the cache reads itself, a store
//! that it writes, leases, sliding expiry, measured staleness) are its [`Mechanisms`]; a cache without them never meets them.

mod blueprint;
mod leases;
mod mechanisms;
mod notes;
mod source;
mod spec;
mod spread;
#[cfg(test)]
mod tests;
mod writes;

use super::filling::Target;
use super::{
    Ask, Awaits, Behaviour, Change, Context, Errand, Line, Loss, Plans, Reading, Report, Setting, Spec,
    Token, Verdict, Wait,
};
use crate::kernel::request::{Request, RequestId};
use crate::mechanism::eviction::{Cache, Capacity, Object};
use crate::outcome;
use crate::scenario::{Location, Named};
use crate::station::Handling;
use crate::units::{InstanceId, OutcomeId, Span, Time};
pub(super) use blueprint::CacheBlueprint;
use mechanisms::{Mechanisms, Shelf};
use spec::{DELETE, EVICTIONS, EXPIRED, GET, HITS, MISSES, PUT, PUTS};
use spread::Router;
use std::sync::Arc;
use writes::Writing;

impl Plans for CacheBlueprint {
    const SPEC: Spec = spec::SPEC;
    type State = CacheState;

    fn read(reading: &mut Reading<'_, '_>) -> Option<Self> {
        CacheBlueprint::read_table(reading)
    }

    fn lines(&self, _operation: &str) -> Vec<Line> {
        self.service.clone().map(Line::Work).into_iter().chain([Line::Consult]).collect()
    }

    fn errands(&self) -> Vec<Errand> {
        let source = self.source.as_ref().map(|source| &source.target);
        let store = self.writes.as_ref().map(|writes| &writes.target);
        source.into_iter().chain(store).map(Target::errand).collect()
    }

    /// A get loads once if it misses or is near the expiry. What could not be written back is written again.
    fn causes(&self, operation: &str) -> Vec<(u16, Option<u32>)> {
        let write = u16::from(self.source.is_some());
        match (operation, &self.writes) {
            ("get", _) if self.source.is_some() => vec![(0, Some(1))],
            ("put", Some(plan)) if plan.writing == Writing::Through => vec![(write, Some(1))],
            ("put", Some(_)) => vec![(write, None)],
            _ => Vec::new(),
        }
    }

    /// What is written behind is not waited for.
    fn awaits(&self, operation: &str) -> Awaits {
        match (operation, &self.writes) {
            ("get", _) if self.source.is_some() => Awaits::Errands(vec![0]),
            ("put", Some(plan)) if plan.writing == Writing::Through => {
                Awaits::Errands(vec![u16::from(self.source.is_some())])
            }
            _ => Awaits::Nobody,
        }
    }

    fn room(&self) -> Option<Capacity> {
        Some(self.capacity)
    }

    fn lacks(&self, is_called: &dyn Fn(&str) -> bool) -> Option<&'static str> {
        let is_empty = self.source.is_none() && is_called("get") && !is_called("put");
        is_empty.then_some(
            "put what was missed: `on_miss = [ { call = \"db.read\" }, { call = \"{name}.put\" } ]`; or write `read_through = \"db.read\"`",
        )
    }

    fn waits(&self, operation: &str) -> Vec<Wait> {
        let Awaits::Errands(errands) = Plans::awaits(self, operation) else { return Vec::new() };
        // Who puts always waits for the store; who gets waits for the source after a miss.
        let least = u32::from(operation == "put");
        errands.into_iter().map(|errand| Wait { least, ..Wait::on_a_miss(errand) }).collect()
    }

    fn ends_as(&self, operation: &str) -> Option<(&Named, &str)> {
        let source = self.source.as_ref().filter(|_| operation == "get")?;
        Some((&source.target.component, &source.target.operation))
    }

    fn instead(&self, operation: &str) -> Option<OutcomeId> {
        match operation {
            "get" if self.source.is_none() => Some(outcome::MISS),
            "put" if self.writes.is_none() => Some(outcome::OK),
            "delete" => Some(outcome::OK),
            _ => None,
        }
    }

    fn copies_of(&self) -> Option<&Named> {
        self.store.as_ref()
    }

    fn foresees(&self) -> Option<Location> {
        self.foresees
    }

    fn handling(&self) -> Handling {
        // An instance that waits for its source or store serves others meanwhile.
        if self.source.is_some() || self.writes.is_some() || self.leases.is_some() {
            Handling::EventLoop
        } else {
            Handling::Blocking
        }
    }

    /// Callers of a cache that they fill themselves hear a miss, and have its put dropped.
    fn loss(&self, _operation: &str, lost: u32, instances: u32) -> Loss {
        match (&self.source, &self.writes) {
            (None, None) => Loss::Answered,
            _ if self.rehash.is_some() && lost < instances => Loss::Covered,
            _ => Loss::Felt,
        }
    }

    fn state(&self, setting: &Setting) -> CacheState {
        let instance = |_| {
            let mut cache = Cache::new(self.eviction, self.capacity);
            setting.future.iter().for_each(|future| cache.foresee(Arc::clone(future)));
            cache
        };
        CacheState {
            instances: (0..setting.instances).map(instance).collect(),
            router: Router::new(&self.spread, self.rehash, setting),
            ttl: self.ttl,
            mechanisms: Mechanisms::of(self, setting.instances).map(Box::new),
        }
    }
}

/// The copies that each instance holds.
pub struct CacheState {
    instances: Vec<Cache>,
    router: Router,
    ttl: Option<Span>,
    /// None of a plain cache.
    mechanisms: Option<Box<Mechanisms>>,
}

impl CacheState {
    /// What an object takes of memory \[B\], about.
    const BYTES_PER_OBJECT: u64 = 100;

    fn size(&self) -> u64 {
        self.instances.iter().map(|cache| cache.len() as u64).sum()
    }

    #[inline]
    fn get(&mut self, at: u32, request: &mut Request, context: &mut Context<'_>) -> Verdict {
        let cache = &mut self.instances[at as usize];
        match cache.get(request.key) {
            Some(object) if Time(object.expires) > context.now => {
                (request.size, request.version) = (object.size, object.version);
                context.count(HITS, 1);
                return Verdict::Done(outcome::OK);
            }
            Some(_) => {
                cache.delete(request.key);
                context.count(EXPIRED, 1);
            }
            None => {}
        }
        context.count(MISSES, 1);
        Verdict::Done(outcome::MISS)
    }

    #[inline]
    fn put(&mut self, at: u32, request: &Request, context: &mut Context<'_>) {
        let expires = self.ttl.map_or(Time::NEVER, |ttl| context.now + ttl).0;
        let object = Object { key: request.key, size: request.size, version: request.version, expires };
        let evictions = self.instances[at as usize].put(object);
        context.count(PUTS, 1);
        context.count(EVICTIONS, evictions);
    }

    /// The mechanisms of a cache that has some, and the copies of an instance.
    fn with_mechanisms(&mut self, at: u32) -> Option<(&mut Mechanisms, Shelf<'_>)> {
        let mechanisms = self.mechanisms.as_mut()?;
        Some((mechanisms, Shelf { at, cache: &mut self.instances[at as usize], ttl: self.ttl }))
    }
}

impl Behaviour for CacheState {
    #[inline]
    fn route(&mut self, ask: &Ask<'_>, _first: InstanceId, count: u32) -> Option<u32> {
        self.router.route(ask, count)
    }

    #[inline]
    fn visit(&mut self, at: u32, action: u16, request: &mut Request, context: &mut Context<'_>) -> Verdict {
        if let Some((mechanisms, mut shelf)) = self.with_mechanisms(at) {
            return mechanisms.visit(&mut shelf, action, request, context);
        }
        match action {
            GET => return self.get(at, request, context),
            PUT => self.put(at, request, context),
            DELETE => drop(self.instances[at as usize].delete(request.key)),
            other => unreachable!("a cache has no operation {other}"),
        }
        Verdict::Done(outcome::OK)
    }

    fn wake(&mut self, at: u32, token: u32, context: &mut Context<'_>) {
        if let Some((mechanisms, _)) = self.with_mechanisms(at) {
            mechanisms.wake(at, token, context);
        }
    }

    fn reported(&mut self, at: u32, token: Token, report: &Report, context: &mut Context<'_>) {
        if let Some((mechanisms, mut shelf)) = self.with_mechanisms(at) {
            mechanisms.reported(&mut shelf, token, report, context);
        }
    }

    fn awaits(&self, _at: u32, token: Token) -> Vec<RequestId> {
        self.mechanisms.as_ref().map_or(Vec::new(), |mechanisms| mechanisms.awaits(token))
    }

    fn change(&mut self, at: u32, change: Change, context: &mut Context<'_>) {
        match change {
            Change::Down(_) => {
                self.instances[at as usize].clear();
                if let Some(mechanisms) = &mut self.mechanisms {
                    mechanisms.forget(at, context);
                }
                self.router.change(at, false, context.now);
            }
            Change::Up => self.router.change(at, true, context.now),
        }
    }

    fn has(&self, at: u32, key: u64, now: Time) -> bool {
        self.instances[at as usize].peek(key).is_some_and(|object| Time(object.expires) > now)
    }

    fn memory(&self) -> u64 {
        let notes = self.mechanisms.as_ref().map_or(0, |mechanisms| mechanisms.notes());
        (self.size() + notes) * CacheState::BYTES_PER_OBJECT
    }

    fn level(&self, _figure: usize) -> Option<f64> {
        Some(self.size() as f64)
    }
}
