//! What an instance remembers of keys besides their copies.

use crate::mechanism::eviction::Cache;
use std::collections::BTreeMap;

/// Notes about keys at instances. Those about keys without a copy are thrown away from time to time, so that memory grows
/// with the copies only.
#[derive(Debug)]
pub(super) struct Notes<T> {
    notes: BTreeMap<(u32, u64), T>,
    /// At how many notes the useless ones are thrown away.
    sweep_at: usize,
}

/// So few notes are not worth sweeping.
const FEW: usize = 64;

impl<T: Copy> Notes<T> {
    pub(super) fn new() -> Notes<T> {
        Notes { notes: BTreeMap::new(), sweep_at: FEW }
    }

    pub(super) fn get(&self, at: u32, key: u64) -> Option<T> {
        self.notes.get(&(at, key)).copied()
    }

    /// Notes something about a key at an instance, whose copies tell which of its notes are of use.
    pub(super) fn set(&mut self, at: u32, key: u64, note: T, cache: &Cache) {
        self.notes.insert((at, key), note);
        if self.notes.len() > self.sweep_at {
            self.notes.retain(|(owner, key), _| *owner != at || cache.peek(*key).is_some());
            self.sweep_at = FEW + 2 * self.notes.len();
        }
    }

    /// An instance has lost its memory.
    pub(super) fn forget(&mut self, at: u32) {
        self.notes.retain(|(owner, _), _| *owner != at);
    }

    pub(super) fn len(&self) -> usize {
        self.notes.len()
    }
}
