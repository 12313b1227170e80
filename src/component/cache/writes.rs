//! A store that the cache writes itself: before it acknowledges a put, or some time after.

use super::super::filling::{Target, Waiter};
use super::super::{About, Context, OriginId, Report, Token, Verdict, Wakes};
use super::mechanisms::{ABSENT, FLUSH, Shelf, WRITE};
use super::notes::Notes;
use super::spec::{LOST_WRITES, WRITTEN_BACK};
use crate::kernel::request::{Request, RequestId};
use crate::measure::recorder::Ending;
use crate::mechanism::eviction::Object;
use crate::outcome;
use crate::units::{Span, Time};
use std::collections::{BTreeMap, VecDeque};

/// What the table says of writes.
#[derive(Clone, Debug)]
pub(super) struct WritePlan {
    pub(super) target: Target,
    pub(super) writing: Writing,
}

/// When a put reaches the store.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Writing {
    /// Before it is acknowledged.
    Through,
    /// After it is acknowledged.
    Back {
        /// How long after.
        after: Span,
        /// How many may wait at an instance.
        batch: Option<u64>,
    },
}

/// The writes of all instances.
pub(super) struct Writes {
    writing: Writing,
    /// Which of the blueprint's errands it is to write.
    errand: u16,
    /// Writes under way, with their keys.
    under_way: BTreeMap<u32, Write>,
    /// The next write's number.
    next: u32,
    /// What each instance still has to write.
    queues: Vec<Queue>,
    /// The versions that finished writes have given to copies.
    settled: Notes<u64>,
}

/// A write under way.
struct Write {
    at: u32,
    key: u64,
    /// Who waits for it.
    waiter: Option<Waiter>,
}

/// The puts of an instance that the store does not have yet.
#[derive(Default)]
struct Queue {
    dirty: BTreeMap<u64, Dirty>,
    /// When those that are waiting are due; some have been written meanwhile.
    due: VecDeque<(Time, u64)>,
    /// How many wait.
    waiting: u64,
    /// Whether a timer is set.
    is_awaited: bool,
}

/// A put that the store does not have yet.
#[derive(Clone, Copy)]
struct Dirty {
    user: u64,
    size: u64,
    version: u64,
    stage: Stage,
    /// The intention that is done when it is written.
    origin: OriginId,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Its write is due at this time.
    Waiting(Time),
    /// It is being written.
    UnderWay,
    /// An earlier put of the key is being written; this one follows at once.
    Behind,
}

impl Writes {
    pub(super) fn new(plan: &WritePlan, errand: u16, instances: u32) -> Writes {
        Writes {
            writing: plan.writing,
            errand,
            under_way: BTreeMap::new(),
            next: 0,
            queues: (0..instances).map(|_| Queue::default()).collect(),
            settled: Notes::new(),
        }
    }

    /// A put: it waits for the store, or is acknowledged at once.
    pub(super) fn put(
        &mut self,
        shelf: &mut Shelf<'_>,
        request: &Request,
        context: &mut Context<'_>,
    ) -> Verdict {
        let at = shelf.at;
        let Writing::Back { after, batch } = self.writing else {
            let waiter = Some(Waiter::visiting(request, context));
            self.set_out(at, WRITE, About::instead_of(request), waiter, context);
            return Verdict::Park;
        };
        shelf.store(request.key, request.size, request.version, shelf.ttl, context);
        let due = context.now + after;
        let queue = &mut self.queues[at as usize];
        let stage = match queue.dirty.get(&request.key).map(|dirty| dirty.stage) {
            None => {
                queue.due.push_back((due, request.key));
                queue.waiting += 1;
                Stage::Waiting(due)
            }
            Some(Stage::UnderWay) => Stage::Behind,
            Some(stage) => stage,
        };
        let Request { user, size, version, .. } = *request;
        let origin = context.origin();
        context.hold(origin);
        let dirty = Dirty { user, size, version, stage, origin };
        if let Some(superseded) = queue.dirty.insert(request.key, dirty) {
            context.let_go(superseded.origin);
        }
        if batch.is_some_and(|batch| queue.waiting >= batch) {
            self.write_due(at, Time::NEVER, context);
        }
        self.await_next(at, context);
        Verdict::Done(outcome::OK)
    }

    /// A put that waits for its write, of a copy that may be gone.
    pub(super) fn pending(&self, at: u32, key: u64) -> Option<(u64, u64)> {
        self.queues[at as usize].dirty.get(&key).map(|dirty| (dirty.size, dirty.version))
    }

    /// The version of a copy, once its write has told.
    pub(super) fn version(&self, at: u32, key: u64, known: u64) -> u64 {
        self.settled.get(at, key).map_or(known, |settled| settled.max(known))
    }

    /// The timer of an instance.
    pub(super) fn wake(&mut self, at: u32, context: &mut Context<'_>) {
        self.queues[at as usize].is_awaited = false;
        self.write_due(at, context.now, context);
        self.await_next(at, context);
    }

    /// Sets the timer for the next that is due.
    fn await_next(&mut self, at: u32, context: &mut Context<'_>) {
        let queue = &mut self.queues[at as usize];
        if let Some((due, _)) = queue.due.front()
            && !queue.is_awaited
        {
            queue.is_awaited = true;
            let after = Span(due.0.saturating_sub(context.now.0));
            context.wake_after(at, after, FLUSH, Wakes::Duty);
        }
    }

    /// Writes what is due by a time.
    fn write_due(&mut self, at: u32, by: Time, context: &mut Context<'_>) {
        while let Some((due, key)) = self.queues[at as usize].due.front().copied().filter(|next| next.0 <= by)
        {
            let queue = &mut self.queues[at as usize];
            queue.due.pop_front();
            if let Some(dirty) = queue.dirty.get_mut(&key)
                && dirty.stage == Stage::Waiting(due)
            {
                dirty.stage = Stage::UnderWay;
                queue.waiting -= 1;
                let Dirty { user, size, origin, .. } = *dirty;
                let about = About { key, user, size, origin: Some(origin), ..About::default() };
                self.set_out(at, FLUSH, about, None, context);
            }
        }
    }

    fn set_out(
        &mut self,
        at: u32,
        purpose: u32,
        about: About,
        waiter: Option<Waiter>,
        context: &mut Context<'_>,
    ) {
        let item = self.next;
        self.next = item.wrapping_add(1);
        self.under_way.insert(item, Write { at, key: about.key, waiter });
        context.send(at, self.errand, Token { purpose, item }, about);
    }

    /// Who waits for a write.
    pub(super) fn waiters(&self, item: u32) -> Vec<RequestId> {
        let waiter = self.under_way.get(&item).and_then(|write| write.waiter.as_ref());
        waiter.map(Waiter::id).into_iter().collect()
    }

    /// A write that a put waits for has come to its end; its key.
    pub(super) fn written_through(
        &mut self,
        shelf: &mut Shelf<'_>,
        item: u32,
        report: &Report,
        context: &mut Context<'_>,
    ) -> Option<u64> {
        let Some(Write { key, waiter: Some(waiter), .. }) = self.under_way.remove(&item) else { return None };
        let is_done = report.ending == Ending::Completed && report.outcome == outcome::OK;
        let is_older = |copy: &Object| copy.version == ABSENT || copy.version <= report.version;
        let is_newest = shelf.cache.peek(key).is_none_or(is_older);
        if !is_done {
            // Nobody knows what the store has now.
            shelf.cache.delete(key);
        } else if is_newest {
            shelf.store(key, report.size, report.version, shelf.ttl, context);
        }
        waiter.answer(report, context);
        Some(key)
    }

    /// A write of a put that was acknowledged before has come to its end; what failed is tried again later.
    pub(super) fn written_back(
        &mut self,
        shelf: &mut Shelf<'_>,
        item: u32,
        report: &Report,
        context: &mut Context<'_>,
    ) {
        let Some(Write { at, key, .. }) = self.under_way.remove(&item) else { return };
        let Writing::Back { after, .. } = self.writing else { return };
        let queue = &mut self.queues[at as usize];
        let Some(dirty) = queue.dirty.get_mut(&key) else { return };
        let due = match report.ending {
            Ending::Completed => {
                context.count(WRITTEN_BACK, 1);
                if dirty.stage == Stage::UnderWay {
                    context.let_go(dirty.origin);
                    queue.dirty.remove(&key);
                    self.settled.set(at, key, report.version, shelf.cache);
                    return;
                }
                context.now
            }
            Ending::Failed => context.now + after,
        };
        dirty.stage = Stage::Waiting(due);
        queue.waiting += 1;
        let position = queue.due.partition_point(|(other, _)| *other <= due);
        queue.due.insert(position, (due, key));
        self.write_due(at, context.now, context);
        self.await_next(at, context);
    }

    /// Writes a key now if the store does not have it yet.
    pub(super) fn flush(&mut self, at: u32, key: u64, context: &mut Context<'_>) {
        let queue = &mut self.queues[at as usize];
        if let Some(dirty) = queue.dirty.get_mut(&key)
            && matches!(dirty.stage, Stage::Waiting(_))
        {
            dirty.stage = Stage::Waiting(context.now);
            queue.due.push_front((context.now, key));
            self.write_due(at, context.now, context);
        }
    }

    /// An instance has lost its memory, and with it what it had not begun to write.
    pub(super) fn forget(&mut self, at: u32, context: &mut Context<'_>) {
        let queue = std::mem::take(&mut self.queues[at as usize]);
        let lost = queue.dirty.values().filter(|dirty| dirty.stage != Stage::UnderWay).count();
        context.count(LOST_WRITES, lost as u64);
        queue.dirty.values().for_each(|dirty| context.let_go(dirty.origin));
        self.under_way.retain(|_, write| write.at != at);
        self.settled.forget(at);
    }

    pub(super) fn notes(&self) -> usize {
        let dirty: usize = self.queues.iter().map(|queue| queue.dirty.len() + queue.due.len()).sum();
        dirty + self.under_way.len() + self.settled.len()
    }
}
