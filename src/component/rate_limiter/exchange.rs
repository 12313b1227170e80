//! How instances that count by themselves tell one another what they have let through.

use super::super::{Context, Letter, Said};
use super::rule::Rule;
use crate::units::Span;
use std::collections::BTreeMap;
use std::ops::Bound;

/// What each instance has let through since it told its peers, by instance, rule and counter.
pub(super) struct Exchange {
    every: Span,
    instances: u32,
    news: BTreeMap<(u32, u16, u64), News>,
}

/// So many, the last of them at an instant.
#[derive(Clone, Copy)]
struct News {
    count: u64,
    last: u64,
}

/// The bytes of what is told of a counter: its name and a number.
const BYTES: u64 = 16;

impl Exchange {
    pub(super) fn new(every: Span, instances: u32) -> Exchange {
        Exchange { every, instances, news: BTreeMap::new() }
    }

    pub(super) fn every(&self) -> Span {
        self.every
    }

    /// One was let through at an instance.
    pub(super) fn note(
        &mut self,
        (at, index, counter): (u32, u16, u64),
        rule: &Rule,
        now: u64,
        context: &mut Context<'_>,
    ) {
        let id = (at, index, counter);
        let window = |instant| rule.rate.window_of(instant).0;
        // What belongs to a window that is over is told as such.
        if let Some(old) = self.news.get(&id).copied().filter(|old| window(old.last) != window(now)) {
            self.tell(id, old, context);
            self.news.remove(&id);
        }
        let news = self.news.entry(id).or_insert(News { count: 0, last: now });
        (news.count, news.last) = (news.count + 1, now);
    }

    /// It is time to tell the peers.
    pub(super) fn tell_all(&mut self, at: u32, context: &mut Context<'_>) {
        let after = match at.checked_add(1) {
            Some(next) => Bound::Excluded((next, 0, 0)),
            None => Bound::Unbounded,
        };
        let own: Vec<_> =
            self.news.range((Bound::Included((at, 0, 0)), after)).map(|(id, news)| (*id, *news)).collect();
        for (id, news) in own {
            self.tell(id, news, context);
            self.news.remove(&id);
        }
    }

    fn tell(&self, (at, index, counter): (u32, u16, u64), news: News, context: &mut Context<'_>) {
        let words = [u64::from(index), counter, news.count, news.last];
        for peer in (0..self.instances).filter(|peer| *peer != at) {
            context.post(at, peer, Letter { tag: 0, words, bytes: BYTES, said: Said::Once });
        }
    }

    /// An instance has lost its memory.
    pub(super) fn forget(&mut self, at: u32) {
        self.news.retain(|(owner, _, _), _| *owner != at);
    }
}
