//! Remembers which keys were added, each of them exactly, until they are taken out.

use super::eviction::table::Table;

/// A set of keys. Adding, asking and taking out take constant expected time.
#[derive(Clone, Debug, Default)]
pub struct KeySet {
    table: Table,
    /// Slots of keys that were taken out.
    free: Vec<u32>,
}

impl KeySet {
    /// What a key takes \[B\], about: 24 to 48.
    pub const BYTES_PER_KEY: u64 = 32;

    /// Whether a key was added.
    pub fn has(&self, key: u64) -> bool {
        self.table.find(key).is_some()
    }

    /// Adds a key; whether it was there already.
    pub fn add(&mut self, key: u64) -> bool {
        if self.has(key) {
            return true;
        }
        let slot = self.free.pop().unwrap_or(self.len() as u32);
        self.table.insert(key, slot);
        false
    }

    /// Takes a key out, if it is there.
    pub fn remove(&mut self, key: u64) {
        if let Some(slot) = self.table.find(key) {
            self.table.remove(slot);
            self.free.push(slot);
        }
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mechanism::hash::mix13;
    use std::collections::BTreeSet;

    #[test]
    fn it_agrees_with_an_ordered_set() {
        let (mut set, mut oracle) = (KeySet::default(), BTreeSet::new());
        assert!(set.is_empty());
        for turn in 0..20_000 {
            let key = (mix13(turn) % 3000) << 50;
            assert_eq!(set.add(key), !oracle.insert(key));
            let probe = (mix13(turn + 77_777) % 3000) << 50;
            assert_eq!(set.has(probe), oracle.contains(&probe), "turn {turn}");
            if turn % 3 == 0 {
                set.remove(probe);
                oracle.remove(&probe);
            }
        }
        assert_eq!(set.len(), oracle.len());
    }
}
