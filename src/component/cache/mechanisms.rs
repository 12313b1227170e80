//! What a cache does beyond keeping what its callers put: the way of a get, put or delete through all that its table asks for.

use super::super::{Context, Report, Sighting, Token, Verdict};
use super::blueprint::CacheBlueprint;
use super::leases::Leases;
use super::source::Source;
use super::spec::{
    DELETE, EVICTIONS, EXPIRED, FRESH_HITS, GET, HITS, MISSES, NEGATIVE_HITS, PUT, PUTS, REFRESHES,
    STALE_HITS,
};
use super::writes::Writes;
use crate::kernel::request::{Request, RequestId};
use crate::measure::recorder::Ending;
use crate::mechanism::eviction::{Cache, Object};
use crate::outcome;
use crate::units::{OutcomeId, Span, Time};

/// The version of a copy that says that the source has no such key.
pub(super) const ABSENT: u64 = u64::MAX;

/// The purposes of errands and timers.
pub(super) const LOAD: u32 = 0;
pub(super) const WRITE: u32 = 1;
pub(super) const FLUSH: u32 = 2;

/// What a cache does beyond keeping what its callers put.
pub(super) struct Mechanisms {
    /// Whether a hit lets the ttl begin anew.
    renews: bool,
    /// Whether a store is known to which copies can be compared.
    observes: bool,
    /// Whether the policy has to know how far the trace has come.
    foresees: bool,
    source: Option<Source>,
    writes: Option<Writes>,
    leases: Option<Leases>,
}

/// The copies of one instance.
pub(super) struct Shelf<'c> {
    pub(super) at: u32,
    pub(super) cache: &'c mut Cache,
    pub(super) ttl: Option<Span>,
}

impl Shelf<'_> {
    /// Stores a copy that is good for a time, or for ever.
    pub(super) fn store(
        &mut self,
        key: u64,
        size: u64,
        version: u64,
        ttl: Option<Span>,
        context: &mut Context<'_>,
    ) {
        let expires = ttl.map_or(Time::NEVER, |ttl| context.now + ttl).0;
        let evictions = self.cache.put(Object { key, size, version, expires });
        context.count(EVICTIONS, evictions);
    }
}

/// A report that something went well.
pub(super) fn completed(outcome: OutcomeId, size: u64, version: u64) -> Report {
    Report { outcome, ending: Ending::Completed, size, version, cargo: None }
}

impl Mechanisms {
    /// What a table asks for; none for a plain cache.
    pub(super) fn of(blueprint: &CacheBlueprint, instances: u32) -> Option<Mechanisms> {
        let errand = u16::from(blueprint.source.is_some());
        let mechanisms = Mechanisms {
            renews: blueprint.renews,
            observes: blueprint.store.is_some(),
            foresees: blueprint.foresees.is_some(),
            source: blueprint.source.as_ref().map(Source::new),
            writes: blueprint.writes.as_ref().map(|plan| Writes::new(plan, errand, instances)),
            leases: blueprint.leases.map(Leases::new),
        };
        let is_plain = !mechanisms.renews
            && !mechanisms.observes
            && !mechanisms.foresees
            && mechanisms.source.is_none()
            && mechanisms.writes.is_none()
            && mechanisms.leases.is_none();
        (!is_plain).then_some(mechanisms)
    }

    pub(super) fn visit(
        &mut self,
        shelf: &mut Shelf<'_>,
        action: u16,
        request: &mut Request,
        context: &mut Context<'_>,
    ) -> Verdict {
        if self.foresees && action != DELETE {
            // A client numbers the requests of its trace by their lines.
            shelf.cache.reach(request.id);
        }
        match action {
            GET => self.get(shelf, request, context),
            PUT => self.put(shelf, request, context),
            DELETE => self.delete(shelf, request.key, context),
            other => unreachable!("a cache has no operation {other}"),
        }
    }

    fn get(&mut self, shelf: &mut Shelf<'_>, request: &mut Request, context: &mut Context<'_>) -> Verdict {
        let (at, key, now) = (shelf.at, request.key, context.now);
        let copy = shelf.cache.peek(key).copied();
        if let Some(object) = copy.filter(|object| Time(object.expires) > now) {
            if object.version == ABSENT {
                return self.hit_nothing(shelf, key, context);
            }
            if self.source.as_ref().is_some_and(|source| source.expires_early(at, &object, request, now)) {
                context.count(REFRESHES, 1);
                return self.miss(at, request, context);
            }
            return self.hit(shelf, object, request, context);
        }
        if let Some(object) = copy {
            context.count(EXPIRED, 1);
            if let Some(leases) = &self.leases
                && leases.keeps_until(Time(object.expires)) > now
            {
                if !leases.is_turn(at, request, now) {
                    self.answer_with(shelf, &object, request, context);
                    return Verdict::Done(outcome::OK);
                }
            } else {
                shelf.cache.delete(key);
            }
        }
        if let Some((size, version)) = self.writes.as_ref().and_then(|writes| writes.pending(at, key)) {
            self.answer_with(shelf, &Object { key, size, version, expires: 0 }, request, context);
            return Verdict::Done(outcome::OK);
        }
        self.miss(at, request, context)
    }

    /// A copy is there and good.
    fn hit(
        &mut self,
        shelf: &mut Shelf<'_>,
        object: Object,
        request: &mut Request,
        context: &mut Context<'_>,
    ) -> Verdict {
        match shelf.ttl.filter(|_| self.renews) {
            // The policy takes note of it once, as of a get.
            Some(ttl) => {
                shelf.cache.put(Object { expires: (context.now + ttl).0, ..object });
            }
            None => {
                shelf.cache.get(object.key);
            }
        }
        self.answer_with(shelf, &object, request, context);
        if let Some(source) = &mut self.source {
            source.refresh(shelf, &object, request, context);
        }
        Verdict::Done(outcome::OK)
    }

    /// Answers a get with a copy.
    fn answer_with(
        &self,
        shelf: &Shelf<'_>,
        object: &Object,
        request: &mut Request,
        context: &mut Context<'_>,
    ) {
        let (at, key) = (shelf.at, object.key);
        let version =
            self.writes.as_ref().map_or(object.version, |writes| writes.version(at, key, object.version));
        (request.size, request.version) = (object.size, version);
        context.count(HITS, 1);
        if self.observes {
            // What the store does not have yet is newer than anything there.
            let is_ahead = self.writes.as_ref().is_some_and(|writes| writes.pending(at, key).is_some());
            let version = if is_ahead { u64::MAX } else { version };
            context.compare(Sighting { key, version: Some(version), fresh: FRESH_HITS, stale: STALE_HITS });
        }
    }

    /// The cache knows that there is no such key.
    fn hit_nothing(&self, shelf: &mut Shelf<'_>, key: u64, context: &mut Context<'_>) -> Verdict {
        shelf.cache.get(key);
        context.count(HITS, 1);
        context.count(NEGATIVE_HITS, 1);
        if self.observes {
            context.compare(Sighting { key, version: None, fresh: FRESH_HITS, stale: STALE_HITS });
        }
        Verdict::Done(outcome::MISSING)
    }

    fn miss(&mut self, at: u32, request: &Request, context: &mut Context<'_>) -> Verdict {
        context.count(MISSES, 1);
        if let Some(source) = &mut self.source {
            return source.fill(at, request, context);
        }
        match &mut self.leases {
            Some(leases) => leases.miss(at, request, context),
            None => Verdict::Done(outcome::MISS),
        }
    }

    fn put(&mut self, shelf: &mut Shelf<'_>, request: &Request, context: &mut Context<'_>) -> Verdict {
        let at = shelf.at;
        if let Some(leases) = &mut self.leases
            && !leases.accepts(at, request, context)
        {
            return Verdict::Done(outcome::OK);
        }
        context.count(PUTS, 1);
        if let Some(source) = &mut self.source {
            source.overtake(at, request.key);
        }
        if let Some(writes) = &mut self.writes {
            return writes.put(shelf, request, context);
        }
        shelf.store(request.key, request.size, request.version, shelf.ttl, context);
        Verdict::Done(outcome::OK)
    }

    fn delete(&mut self, shelf: &mut Shelf<'_>, key: u64, context: &mut Context<'_>) -> Verdict {
        let at = shelf.at;
        let keeps = self.leases.as_ref().is_some_and(Leases::keeps_deleted);
        match shelf.cache.peek(key).copied().filter(|_| keeps) {
            Some(object) if Time(object.expires) > context.now => {
                shelf.cache.put(Object { expires: context.now.0, ..object });
            }
            Some(_) => {}
            None => drop(shelf.cache.delete(key)),
        }
        if let Some(leases) = &mut self.leases {
            leases.revoke(at, key);
        }
        if let Some(source) = &mut self.source {
            source.overtake(at, key);
        }
        if let Some(writes) = &mut self.writes {
            writes.flush(at, key, context);
        }
        Verdict::Done(outcome::OK)
    }

    /// A timer of an instance is due: only one of the mechanisms sets any.
    pub(super) fn wake(&mut self, at: u32, token: u32, context: &mut Context<'_>) {
        if let Some(leases) = &mut self.leases {
            leases.wake(at, token, context);
        } else if let Some(writes) = &mut self.writes {
            writes.wake(at, context);
        }
    }

    /// An errand of an instance has come to its end.
    pub(super) fn reported(
        &mut self,
        shelf: &mut Shelf<'_>,
        token: Token,
        report: &Report,
        context: &mut Context<'_>,
    ) {
        let at = shelf.at;
        match (token.purpose, &mut self.source, &mut self.writes) {
            (LOAD, Some(source), _) => source.loaded(shelf, token.item, report, context),
            (WRITE, source, Some(writes)) => {
                let key = writes.written_through(shelf, token.item, report, context);
                // What was read before the write was done may be old.
                if let (Some(source), Some(key)) = (source, key) {
                    source.overtake(at, key);
                }
            }
            (FLUSH, _, Some(writes)) => writes.written_back(shelf, token.item, report, context),
            (purpose, ..) => unreachable!("a cache has no errand {purpose}"),
        }
    }

    /// Who waits for an errand.
    pub(super) fn awaits(&self, token: Token) -> Vec<RequestId> {
        match (token.purpose, &self.source, &self.writes) {
            (LOAD, Some(source), _) => source.waiters(token.item),
            (WRITE, _, Some(writes)) => writes.waiters(token.item),
            _ => Vec::new(),
        }
    }

    /// An instance has lost its memory.
    pub(super) fn forget(&mut self, at: u32, context: &mut Context<'_>) {
        if let Some(source) = &mut self.source {
            source.forget(at);
        }
        if let Some(writes) = &mut self.writes {
            writes.forget(at, context);
        }
        if let Some(leases) = &mut self.leases {
            leases.forget(at);
        }
    }

    /// How many notes it keeps besides the copies.
    pub(super) fn notes(&self) -> u64 {
        let source = self.source.as_ref().map_or(0, Source::notes);
        let writes = self.writes.as_ref().map_or(0, Writes::notes);
        (source + writes + self.leases.as_ref().map_or(0, Leases::notes)) as u64
    }
}
