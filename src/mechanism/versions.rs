//! Remembers how often each key was written.

use super::eviction::table::Table;
use super::hash::mix13;

/// The version of every key that was ever written: 1 after the first time. Takes constant expected time, and memory only for
/// keys that were written.
#[derive(Clone, Debug, Default)]
pub struct Versions {
    table: Table,
    /// Key and version.
    written: Vec<(u64, u64)>,
}

impl Versions {
    /// What a key that was written takes \[B\], about: 16 to 32 in the vector, and as much in the table.
    pub const BYTES_PER_KEY: u64 = 48;

    /// Nothing is written yet.
    pub fn new() -> Versions {
        Versions::default()
    }

    /// The version of a key; `None` where it was never written.
    #[inline]
    pub fn get(&self, key: u64) -> Option<u64> {
        self.find(key).map(|slot| self.written[slot as usize].1)
    }

    /// Writes a key; returns its new version.
    #[inline]
    pub fn write(&mut self, key: u64) -> u64 {
        if let Some(slot) = self.find(key) {
            let version = &mut self.written[slot as usize].1;
            *version += 1;
            return *version;
        }
        self.table.insert(mix13(key), self.written.len() as u32);
        self.written.push((key, 1));
        1
    }

    /// How many keys were written.
    pub fn len(&self) -> usize {
        self.written.len()
    }

    /// How many writes there were.
    pub fn writes(&self) -> u64 {
        self.written.iter().map(|(_, version)| version).sum()
    }

    /// Whether none was.
    pub fn is_empty(&self) -> bool {
        self.written.is_empty()
    }

    #[inline]
    fn find(&self, key: u64) -> Option<u32> {
        self.table.find(mix13(key), |slot| self.written[slot as usize].0 == key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn it_agrees_with_an_ordered_map() {
        let (mut versions, mut oracle) = (Versions::new(), BTreeMap::new());
        assert!(versions.is_empty());
        for turn in 0..20_000 {
            let key = (mix13(turn) % 3000) << 50;
            let count = oracle.entry(key).or_insert(0);
            *count += 1;
            assert_eq!(versions.write(key), *count);
            let probe = (mix13(turn + 77_777) % 3000) << 50;
            assert_eq!(versions.get(probe), oracle.get(&probe).copied(), "turn {turn}");
        }
        assert_eq!(versions.len(), oracle.len());
    }
}
