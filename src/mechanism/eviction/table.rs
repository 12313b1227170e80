//! Finds the slot of a key: a hash table whose chains run through the slots.

use super::at_slot;
use crate::mechanism::hash::mix13;

/// Keys, each with a slot, which is a small number that no other key has. All operations take constant expected time. A slot
/// takes 16 bytes, and there are 2 to 4 chains of 4 bytes per slot (after deletions, per slot at the peak). Nothing ever walks
/// over the table, so its order is nobody's concern.
///
/// Chains rather than open addressing: a key is added and taken out without a search for a free bucket, whose length the
/// processor mispredicts, and most of them are one key long.
#[derive(Clone, Debug)]
pub struct Table {
    /// The first slot of each chain.
    heads: Vec<u32>,
    /// By slot; those of the slots without a key are leftovers.
    nodes: Vec<Node>,
    len: usize,
    /// How far a hash is shifted for its chain.
    shift: u32,
}

/// A key, and the next slot in its chain.
#[derive(Clone, Copy, Debug, Default)]
struct Node {
    key: u64,
    /// Of the key.
    hash: u32,
    next: u32,
}

/// The end of a chain, where no node ever is.
const END: u32 = u32::MAX;

const SMALLEST_BITS: u32 = 4;

impl Table {
    /// An empty table of 64 bytes.
    pub fn new() -> Table {
        Table {
            heads: vec![END; 1 << SMALLEST_BITS],
            nodes: Vec::new(),
            len: 0,
            shift: u32::BITS - SMALLEST_BITS,
        }
    }

    /// The slot of a key.
    #[inline]
    pub fn find(&self, key: u64) -> Option<u32> {
        let mut slot = self.heads[self.chain(hash(key))];
        while let Some(node) = self.nodes.get(slot as usize) {
            if node.key == key {
                return Some(slot);
            }
            slot = node.next;
        }
        None
    }

    /// Adds a key that is not there yet, in a slot below 2^32 - 1 that is free.
    #[inline]
    pub fn insert(&mut self, key: u64, slot: u32) {
        if self.len >= self.heads.len() / 2 {
            self.grow();
        }
        self.link(key, hash(key), slot);
        self.len += 1;
    }

    /// Takes out the key in a slot, where there must be one, and returns it.
    #[inline]
    pub fn remove(&mut self, slot: u32) -> u64 {
        let Node { key, hash, next } = self.nodes[slot as usize];
        let chain = self.chain(hash);
        let mut before = self.heads[chain];
        if before == slot {
            self.heads[chain] = next;
        } else {
            while self.nodes[before as usize].next != slot {
                before = self.nodes[before as usize].next;
            }
            self.nodes[before as usize].next = next;
        }
        self.len -= 1;
        key
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Puts a key at the front of its chain.
    #[inline]
    fn link(&mut self, key: u64, hash: u32, slot: u32) {
        let chain = self.chain(hash);
        *at_slot(&mut self.nodes, slot) = Node { key, hash, next: self.heads[chain] };
        self.heads[chain] = slot;
    }

    #[cold]
    fn grow(&mut self) {
        let chains = vec![END; 2 * self.heads.len()];
        self.shift -= 1;
        for mut slot in std::mem::replace(&mut self.heads, chains) {
            while slot != END {
                let Node { hash, next, .. } = self.nodes[slot as usize];
                let chain = self.chain(hash);
                self.nodes[slot as usize].next = self.heads[chain];
                self.heads[chain] = slot;
                slot = next;
            }
        }
    }

    /// The chain that a key with this hash belongs to.
    #[inline]
    fn chain(&self, hash: u32) -> usize {
        (hash >> self.shift) as usize
    }
}

/// The hash of a key, as many bits as there are chains at most.
#[inline]
fn hash(key: u64) -> u32 {
    (mix13(key) >> u32::BITS) as u32
}

impl Default for Table {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn it_agrees_with_an_ordered_map() {
        // Keys in many chains, and keys that are all in one.
        let spread: Vec<u64> = (0..300).map(|key| key << 50).collect();
        let colliding: Vec<u64> = (0..).filter(|&key| mix13(key) >> 54 == 1).take(300).collect();
        for keys in [spread, colliding] {
            let (mut table, mut oracle, mut free) = (Table::new(), BTreeMap::new(), Vec::new());
            assert!(table.is_empty());
            for turn in 0..5000_u64 {
                let draw = |salt: u64| keys[(mix13(turn + salt) % 300) as usize];
                let key = draw(0);
                match oracle.remove(&key) {
                    Some(slot) => {
                        assert_eq!(table.remove(slot), key, "turn {turn}");
                        free.push(slot);
                    }
                    None => {
                        let slot = free.pop().unwrap_or(oracle.len() as u32);
                        table.insert(key, slot);
                        oracle.insert(key, slot);
                    }
                }
                let probe = draw(9999);
                assert_eq!(table.find(probe), oracle.get(&probe).copied(), "turn {turn}");
            }
            assert_eq!(table.len(), oracle.len());
            assert!(oracle.iter().all(|(&key, &slot)| table.find(key) == Some(slot)));
        }
    }
}
