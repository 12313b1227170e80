//! What an instance of a filter remembers, and what of it the last checkpoint has.

use super::super::Context;
use super::super::durable::Clock;
use crate::mechanism::bloom::{Bloom, Size};
use crate::mechanism::key_set::KeySet;
use crate::units::Time;
use std::collections::VecDeque;

/// What an instance remembers.
pub(super) struct Memory {
    /// Every key. Beside a Bloom filter it is an onlooker, who knows what is a false positive.
    added: KeySet,
    /// The keys that will be forgotten, with the instant of it, ascending: all are known for the same time.
    expiries: VecDeque<(Time, u64)>,
    bloom: Option<Bloom>,
    saved: Option<Saved>,
}

/// The last checkpoint.
struct Saved {
    /// The keys that were added since, in this order.
    since: Vec<u64>,
    /// The bits that it has.
    bloom: Option<Bloom>,
    /// When the next one is made.
    clock: Clock,
}

impl Memory {
    /// One that remembers nothing yet: exactly, or in so many bits; with checkpoints or without.
    pub(super) fn new(bloom: Option<Size>, clock: Option<Clock>) -> Memory {
        let bloom = bloom.map(Bloom::new);
        let saved = clock.map(|clock| Saved { since: Vec::new(), bloom: bloom.clone(), clock });
        Memory { added: KeySet::default(), expiries: VecDeque::new(), bloom, saved }
    }

    /// Whether a key seems to be there, and whether it is.
    pub(super) fn check(&self, key: u64) -> (bool, bool) {
        let is_there = self.added.has(key);
        (self.bloom.as_ref().map_or(is_there, |bloom| bloom.has(key)), is_there)
    }

    /// The same of a key that is added.
    pub(super) fn add(&mut self, key: u64) -> (bool, bool) {
        let was_there = self.added.add(key);
        (self.bloom.as_mut().map_or(was_there, |bloom| bloom.add(key)), was_there)
    }

    /// A key has been added that was not there; it will be forgotten at an instant, or never.
    pub(super) fn note(&mut self, key: u64, expires: Option<Time>) {
        self.expiries.extend(expires.map(|instant| (instant, key)));
        self.saved.iter_mut().for_each(|saved| saved.since.push(key));
    }

    /// Forgets the keys whose time is over.
    pub(super) fn expire(&mut self, now: Time) {
        while let Some((_, key)) = self.expiries.pop_front_if(|(expiry, _)| *expiry <= now) {
            self.added.remove(key);
        }
    }

    /// Something has been noted: there will be a checkpoint, if any is made.
    pub(super) fn await_checkpoint(&mut self, at: u32, context: &mut Context<'_>) {
        self.saved.iter_mut().for_each(|saved| saved.clock.changed(at, 0, context));
    }

    /// Its instance has come up.
    pub(super) fn start(&mut self, now: Time) {
        self.saved.iter_mut().for_each(|saved| saved.clock.start(now));
    }

    /// Makes a checkpoint.
    pub(super) fn save(&mut self) {
        if let Some(saved) = &mut self.saved {
            saved.clock.strikes();
            saved.since.clear();
            saved.bloom.clone_from(&self.bloom);
        }
    }

    /// Forgets what came after the last checkpoint. What has expired since has done so for good.
    pub(super) fn restore(&mut self) {
        let Some(saved) = &mut self.saved else { return };
        for key in saved.since.drain(..).rev() {
            self.added.remove(key);
            self.expiries.pop_back_if(|(_, last)| *last == key);
        }
        self.bloom.clone_from(&saved.bloom);
    }

    /// Forgets all, also what the last checkpoint has.
    pub(super) fn clear(&mut self) {
        self.added = KeySet::default();
        self.expiries.clear();
        self.bloom.iter_mut().for_each(Bloom::clear);
        self.save();
    }

    /// How many keys there are.
    pub(super) fn size(&self) -> usize {
        self.added.len()
    }

    /// The share of the bits that are set.
    pub(super) fn fill(&self) -> Option<f64> {
        self.bloom.as_ref().map(Bloom::fill)
    }

    /// What it takes to remember \[B\]: 8 for each key, or the bits.
    pub(super) fn takes(&self) -> f64 {
        self.bloom.as_ref().map_or(8.0 * self.added.len() as f64, |bloom| bloom.bits() as f64 / 8.0)
    }

    /// Bytes held.
    pub(super) fn bytes(&self) -> u64 {
        let bits = |bloom: &Option<Bloom>| bloom.as_ref().map_or(0, Bloom::bytes);
        let saved = |saved: &Saved| size_of_val(&saved.since[..]) as u64 + bits(&saved.bloom);
        self.added.len() as u64 * KeySet::BYTES_PER_KEY
            + size_of_val(self.expiries.as_slices().0) as u64
            + size_of_val(self.expiries.as_slices().1) as u64
            + bits(&self.bloom)
            + self.saved.as_ref().map_or(0, saved)
    }
}
