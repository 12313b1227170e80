//! Remembers how often each key was written, and the value of its row.

use super::eviction::table::Table;

/// What a row that was written is like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Written {
    /// How often it was written.
    pub version: u64,
    /// Its value.
    pub value: i64,
}

/// The version of every key that was ever written, 1 after the first time, and its value. Takes constant expected time, and memory only for
/// keys that were written.
#[derive(Clone, Debug, Default)]
pub struct Versions {
    table: Table,
    written: Vec<Written>,
}

impl Versions {
    /// What a key that was written takes \[B\], about: 16 to 32 in the vector, 24 to 48 in the table.
    pub const BYTES_PER_KEY: u64 = 60;

    /// Nothing is written yet.
    pub fn new() -> Versions {
        Versions::default()
    }

    /// The row of a key; `None` where it was never written.
    #[inline]
    pub fn get(&self, key: u64) -> Option<Written> {
        self.table.find(key).map(|slot| self.written[slot as usize])
    }

    /// Writes a key: `change` makes the new value of the one before, which is `start` where it was never written. Returns the
    /// new row; or the value before, where `change` refuses and nothing is written.
    #[inline]
    pub fn write(
        &mut self,
        key: u64,
        start: i64,
        change: impl FnOnce(i64) -> Option<i64>,
    ) -> Result<Written, i64> {
        if let Some(slot) = self.table.find(key) {
            let row = &mut self.written[slot as usize];
            row.value = change(row.value).ok_or(row.value)?;
            row.version += 1;
            return Ok(*row);
        }
        let row = Written { version: 1, value: change(start).ok_or(start)? };
        self.table.insert(key, self.written.len() as u32);
        self.written.push(row);
        Ok(row)
    }

    /// How many keys were written.
    pub fn len(&self) -> usize {
        self.written.len()
    }

    /// How many writes there were.
    pub fn writes(&self) -> u64 {
        self.written.iter().map(|row| row.version).sum()
    }

    /// Whether none was.
    pub fn is_empty(&self) -> bool {
        self.written.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mechanism::hash::mix13;
    use std::collections::BTreeMap;

    #[test]
    fn it_agrees_with_an_ordered_map() {
        let (mut versions, mut oracle) = (Versions::new(), BTreeMap::new());
        assert!(versions.is_empty());
        for turn in 0..20_000 {
            let key = (mix13(turn) % 3000) << 50;
            let row = oracle.entry(key).or_insert(Written { version: 0, value: 7 });
            let add = (mix13(turn + 99_999) % 20) as i64 - 10;
            let is_kept = row.value + add >= 0;
            let written = versions.write(key, 7, |value| is_kept.then_some(value + add));
            if is_kept {
                *row = Written { version: row.version + 1, value: row.value + add };
                assert_eq!(written, Ok(*row));
            } else {
                assert_eq!(written, Err(row.value));
            }
            let probe = (mix13(turn + 77_777) % 3000) << 50;
            let expected = oracle.get(&probe).copied().filter(|row| row.version > 0);
            assert_eq!(versions.get(probe), expected, "turn {turn}");
        }
        assert_eq!(versions.len(), oracle.values().filter(|row| row.version > 0).count());
        assert_eq!(versions.writes(), oracle.values().map(|row| row.version).sum::<u64>());
    }
}
