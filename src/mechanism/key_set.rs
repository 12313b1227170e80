//! Remembers which keys were added, each of them exactly.

use super::eviction::table::Table;
use super::hash::mix13;

/// A set of keys. Adding and asking take constant expected time.
#[derive(Clone, Debug, Default)]
pub struct KeySet {
    table: Table,
    keys: Vec<u64>,
}

impl KeySet {
    /// What a key takes \[B\], about: 8 to 16 in the vector, 16 to 32 in the table.
    pub const BYTES_PER_KEY: u64 = 32;

    /// Whether a key was added.
    pub fn has(&self, key: u64) -> bool {
        self.table.find(mix13(key), |slot| self.keys[slot as usize] == key).is_some()
    }

    /// Adds a key; whether it was there already.
    pub fn add(&mut self, key: u64) -> bool {
        if self.has(key) {
            return true;
        }
        self.table.insert(mix13(key), self.keys.len() as u32);
        self.keys.push(key);
        false
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
        }
        assert_eq!(set.len(), oracle.len());
    }
}
