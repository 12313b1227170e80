//! The rows of one copy: of each key that was ever written, the version, and where it stands in the history.

use crate::mechanism::eviction::table::Table;

/// The bits of a version that count the writes of its key; those above them are the term of the primary that wrote it, so
/// that two primaries never give the same version, and the version of the later term is the larger one.
pub(super) const COUNT_BITS: u32 = 40;

/// A row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Row {
    /// Its version: the term, then how often the key was written.
    pub(super) version: u64,
    /// Bytes of its value.
    pub(super) size: u64,
    /// The number that it holds.
    pub(super) value: i64,
    /// The position of the write in its history, from 1.
    pub(super) position: u64,
}

impl Row {
    /// The row after one more write, by a primary of this term.
    pub(super) fn next(before: Option<Row>, term: u32, (size, value): (u64, i64), position: u64) -> Row {
        let count = before.map_or(0, |row| row.version & ((1 << COUNT_BITS) - 1));
        Row { version: u64::from(term) << COUNT_BITS | (count + 1), size, value, position }
    }
}

/// All rows that were written. A look-up takes constant expected time.
#[derive(Clone, Default)]
pub(super) struct Store {
    table: Table,
    rows: Vec<Row>,
    bytes: u64,
}

impl Store {
    /// What a row takes of memory \[B\], about: 32 to 64 in the vector, 24 to 48 in the table.
    pub(super) const BYTES_PER_ROW: u64 = 84;

    /// The row of a key, if it was ever written.
    #[inline]
    pub(super) fn get(&self, key: u64) -> Option<Row> {
        self.table.find(key).map(|slot| self.rows[slot as usize])
    }

    /// Gives a key another row, or none.
    pub(super) fn set(&mut self, key: u64, row: Option<Row>) {
        match (self.table.find(key), row) {
            (Some(slot), Some(row)) => {
                let old = &mut self.rows[slot as usize];
                self.bytes = self.bytes - old.size + row.size;
                *old = row;
            }
            (None, Some(row)) => {
                self.bytes += row.size;
                self.table.insert(key, self.rows.len() as u32);
                self.rows.push(row);
            }
            (Some(slot), None) => self.remove(slot),
            (None, None) => {}
        }
    }

    /// The bytes of all values.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    fn remove(&mut self, slot: u32) {
        self.table.remove(slot);
        self.bytes -= self.rows.swap_remove(slot as usize).size;
        let last = self.rows.len() as u32;
        if slot < last {
            // The last row has moved into the hole.
            let moved = self.table.remove(last);
            self.table.insert(moved, slot);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mechanism::hash::mix13;
    use std::collections::BTreeMap;

    #[test]
    fn it_agrees_with_an_ordered_map() {
        let (mut store, mut oracle) = (Store::default(), BTreeMap::new());
        for turn in 0..20_000_u64 {
            let key = mix13(turn) % 300;
            if mix13(turn + 99_999).is_multiple_of(3) {
                store.set(key, None);
                oracle.remove(&key);
            } else {
                let row = Row { version: turn, size: turn % 7, value: -(turn as i64), position: turn };
                store.set(key, Some(row));
                oracle.insert(key, row);
            }
            let probe = mix13(turn + 77_777) % 300;
            assert_eq!(store.get(probe), oracle.get(&probe).copied(), "turn {turn}");
            assert_eq!(store.len(), oracle.len());
            assert_eq!(store.bytes(), oracle.values().map(|row| row.size).sum::<u64>());
        }
    }

    #[test]
    fn versions_tell_who_wrote() {
        let first = Row::next(None, 0, (5, -2), 1);
        assert_eq!(first, Row { version: 1, size: 5, value: -2, position: 1 });
        let cut_off = Row::next(Some(first), 0, (0, 0), 2).version;
        let promoted = Row::next(Some(first), 1, (0, 0), 2).version;
        assert_eq!((cut_off, promoted), (2, 1 << COUNT_BITS | 2));
    }
}
