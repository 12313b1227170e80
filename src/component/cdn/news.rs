//! What spreads between the instances of a cdn: objects that are put there ahead, and purges.

use super::super::{Context, Letter, Said, Wakes};
use super::CdnState;
use super::blueprint::CdnBlueprint;
use super::spec::{PURGED, PURGES, PUTS};
use crate::distribution::Distribution;
use crate::kernel::random::{Draws, hash_name};
use crate::kernel::request::Request;
use crate::mechanism::eviction::Object;
use crate::units::Span;
use std::collections::BTreeMap;

/// The letters.
const STORE: u16 = 0;
const DROP: u16 = 1;

/// The name of the draw of how long a purge takes.
const TAKES: &str = "cdn.purge_delay";

/// Purges that are under way.
pub(super) struct News {
    purge_delay: Option<Distribution>,
    /// At which instance, and of what.
    purges: BTreeMap<u32, (u32, u64)>,
    next: u32,
}

impl News {
    pub(super) fn new(blueprint: &CdnBlueprint) -> News {
        News { purge_delay: blueprint.purge_delay.clone(), purges: BTreeMap::new(), next: 0 }
    }

    /// An instance has lost its memory, and what it was about to tell the others.
    pub(super) fn forget(&mut self, at: u32) {
        self.purges.retain(|_, (owner, _)| *owner != at);
    }

    pub(super) fn len(&self) -> u64 {
        self.purges.len() as u64
    }
}

impl CdnState {
    /// An object is put at an edge, which sends it on.
    pub(super) fn put(&mut self, at: u32, request: &Request, context: &mut Context<'_>) {
        context.count(PUTS, 1);
        let expires = self.expiry(context.now).0;
        let words = [request.key, request.size, request.version, expires];
        let letter = Letter { tag: STORE, words, bytes: request.size, said: Said::Once };
        self.spread(at, &letter, context);
    }

    /// A purge begins.
    pub(super) fn purge(&mut self, at: u32, request: &Request, context: &mut Context<'_>) {
        context.count(PURGES, 1);
        let takes = match &self.news.purge_delay {
            Some(law) => law.sample(&mut Draws::new(request.fate, hash_name(TAKES))),
            None => 0.0,
        };
        let number = self.news.next;
        self.news.next = number.wrapping_add(1);
        self.news.purges.insert(number, (at, request.key));
        context.wake_after(at, Span::from_nanoseconds(takes), number, Wakes::Duty);
    }

    /// A purge has been worked off: word of it leaves.
    pub(super) fn purge_now(&mut self, at: u32, number: u32, context: &mut Context<'_>) {
        let (_, key) = self.news.purges.remove(&number).expect("a purge that a crash has ended has no timer");
        let letter = Letter { tag: DROP, words: [key, 0, 0, 0], bytes: 0, said: Said::Once };
        self.spread(at, &letter, context);
    }

    /// An instance does as a letter says, and sends it to all others.
    fn spread(&mut self, at: u32, letter: &Letter, context: &mut Context<'_>) {
        self.hear(at, letter, context);
        for other in (0..self.caches.len() as u32).filter(|other| *other != at) {
            context.post(at, other, *letter);
        }
    }

    /// A letter has reached an instance. What it is fetching of the key just now is old.
    pub(super) fn hear(&mut self, at: u32, letter: &Letter, context: &mut Context<'_>) {
        let [key, size, version, expires] = letter.words;
        self.fetching.overtake(at, key);
        match letter.tag {
            STORE => self.keep(at, Object { key, size, version, expires }, context),
            DROP => {
                let dropped = self.caches[at as usize].delete(key);
                context.count(PURGED, u64::from(dropped.is_some()));
            }
            other => unreachable!("a cdn writes no letter {other}"),
        }
    }
}
