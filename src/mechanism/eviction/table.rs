//! Finds the slot of a key: an open-addressing hash table of slots.

/// Slots by the hash of their keys, with linear probing and without tombstones. A bucket takes 8 bytes, and
/// there are 2 to 4 buckets per slot (after deletions, per slot at the peak). Nothing ever walks over the
/// table, so its order is nobody's concern.
#[derive(Clone, Debug)]
pub struct Table {
    buckets: Vec<Bucket>,
    len: usize,
    /// How far a tag is shifted for its home, the bucket where its search begins.
    shift: u32,
}

/// The upper half of a hash, which also says where the bucket's search began, and the slot.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    tag: u32,
    slot: u32,
}

const EMPTY: Bucket = Bucket { tag: 0, slot: u32::MAX };

const SMALLEST_BITS: u32 = 3;

impl Table {
    /// An empty table of 64 bytes.
    pub fn new() -> Table {
        Table::with_bits(SMALLEST_BITS)
    }

    fn with_bits(bits: u32) -> Table {
        Table { buckets: vec![EMPTY; 1 << bits], len: 0, shift: u32::BITS - bits }
    }

    /// The slot with this hash for which `is_key` holds.
    #[inline]
    pub fn find(&self, hash: u64, is_key: impl Fn(u32) -> bool) -> Option<u32> {
        let tag = tag(hash);
        let mut position = self.home(tag);
        loop {
            let bucket = self.buckets[position];
            if bucket.slot == EMPTY.slot {
                return None;
            }
            if bucket.tag == tag && is_key(bucket.slot) {
                return Some(bucket.slot);
            }
            position = self.after(position);
        }
    }

    /// Adds a slot, below 2^32 - 1, that is not there yet.
    #[inline]
    pub fn insert(&mut self, hash: u64, slot: u32) {
        // At most half full: longer probes are short in steps, but each of another length, which the
        // processor mispredicts.
        if self.len >= self.buckets.len() / 2 {
            self.grow();
        }
        self.place(Bucket { tag: tag(hash), slot });
        self.len += 1;
    }

    /// Takes a slot out, which must be there under this hash.
    #[inline]
    pub fn remove(&mut self, hash: u64, slot: u32) {
        let mut hole = self.home(tag(hash));
        while self.buckets[hole].slot != slot {
            assert!(self.buckets[hole].slot != EMPTY.slot, "slot {slot} is not in the table");
            hole = self.after(hole);
        }
        // What follows moves up into the hole, unless that is before its home.
        let mut position = hole;
        loop {
            position = self.after(position);
            let bucket = self.buckets[position];
            if bucket.slot == EMPTY.slot {
                break;
            }
            if self.distance(self.home(bucket.tag), position) >= self.distance(hole, position) {
                self.buckets[hole] = bucket;
                hole = position;
            }
        }
        self.buckets[hole] = EMPTY;
        self.len -= 1;
    }

    #[cold]
    fn grow(&mut self) {
        assert!(self.shift > 0, "a table has at most 2^31 slots");
        let mut larger = Table::with_bits(u32::BITS - self.shift + 1);
        self.buckets
            .iter()
            .filter(|bucket| bucket.slot != EMPTY.slot)
            .for_each(|&bucket| larger.place(bucket));
        (self.buckets, self.shift) = (larger.buckets, larger.shift);
    }

    #[inline]
    fn place(&mut self, bucket: Bucket) {
        let mut position = self.home(bucket.tag);
        while self.buckets[position].slot != EMPTY.slot {
            position = self.after(position);
        }
        self.buckets[position] = bucket;
    }

    #[inline]
    fn home(&self, tag: u32) -> usize {
        (tag >> self.shift) as usize
    }

    #[inline]
    fn after(&self, position: usize) -> usize {
        (position + 1) & (self.buckets.len() - 1)
    }

    /// How many buckets lie from one position to a later one, around the end.
    #[inline]
    fn distance(&self, from: usize, to: usize) -> usize {
        to.wrapping_sub(from) & (self.buckets.len() - 1)
    }
}

impl Default for Table {
    fn default() -> Self {
        Self::new()
    }
}

#[inline]
fn tag(hash: u64) -> u32 {
    (hash >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mechanism::hash::mix13;
    use std::collections::BTreeMap;

    #[test]
    fn it_agrees_with_an_ordered_map() {
        // A good hash, one that collides often and wraps around the end, and one that always collides.
        let hashes: [fn(u64) -> u64; 3] = [mix13, |key| 0u64.wrapping_sub(key % 7) << 32, |_| 1 << 40];
        for hash in hashes {
            let (mut table, mut oracle) = (Table::new(), BTreeMap::new());
            let mut keys = Vec::new();
            for turn in 0..3000 {
                let key = mix13(turn) % 300;
                match oracle.remove(&key) {
                    Some(slot) => table.remove(hash(key), slot),
                    None => {
                        let slot = keys.len() as u32;
                        keys.push(key);
                        table.insert(hash(key), slot);
                        oracle.insert(key, slot);
                    }
                }
                let probe = mix13(turn + 9999) % 300;
                let found = table.find(hash(probe), |slot| keys[slot as usize] == probe);
                assert_eq!(found, oracle.get(&probe).copied(), "turn {turn}");
            }
            assert_eq!(table.len, oracle.len());
        }
    }
}
