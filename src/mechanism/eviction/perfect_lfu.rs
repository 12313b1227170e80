//! Perfect LFU: the object whose key was asked for least often, in the cache or not, gives way.
//!
//! The "Perfect-LFU" of L. Breslau, P. Cao, L. Fan, G. Phillips and S. Shenker, "Web caching and Zipf-like distributions", INFOCOM
//! 1999, after whom "in-cache LFU" is named too. The counts of keys outlive their objects, so that under independent references
//! the most popular ones stay in the end: the static optimum. Among equal counts the object that was not asked for the longest
//! gives way. It has no parameters, and remembers every key that ever came: 40 to 80 bytes each.

use super::table::Table;
use super::{Entry, Policy, at_slot};
use std::collections::BTreeSet;

/// The objects by use, and the uses of all keys.
#[derive(Clone, Debug)]
pub struct PerfectLfu {
    table: Table,
    keys: Vec<Uses>,
    clock: u64,
    /// The objects that are there: the count, the last use, and the slot.
    order: BTreeSet<(u64, u64, u32)>,
    /// For each slot the number of its key.
    slots: Vec<u32>,
}

/// What is known of a key.
#[derive(Clone, Copy, Debug)]
struct Uses {
    count: u64,
    last: u64,
}

impl PerfectLfu {
    /// The policy of an empty cache.
    pub fn new(_capacity: u64) -> PerfectLfu {
        PerfectLfu {
            table: Table::new(),
            keys: Vec::new(),
            clock: 0,
            order: BTreeSet::new(),
            slots: Vec::new(),
        }
    }

    /// The number of a key, given to it if it has none.
    fn number(&mut self, key: u64) -> u32 {
        self.table.find(key).unwrap_or_else(|| {
            let number = self.keys.len() as u32;
            self.keys.push(Uses { count: 0, last: 0 });
            self.table.insert(key, number);
            number
        })
    }

    /// Counts a use of the object in a slot and puts it in its place.
    fn count(&mut self, slot: u32) {
        self.clock += 1;
        let uses = &mut self.keys[self.slots[slot as usize] as usize];
        uses.count += 1;
        uses.last = self.clock;
        self.order.insert((uses.count, uses.last, slot));
    }
}

impl Policy for PerfectLfu {
    fn victim(&mut self, _incoming: Entry) -> u32 {
        self.order.pop_first().expect("a full cache has an object").2
    }

    fn inserted(&mut self, slot: u32, entry: Entry) {
        *at_slot(&mut self.slots, slot) = self.number(entry.key);
        self.count(slot);
    }

    #[inline(never)]
    fn hit(&mut self, slot: u32) {
        self.removed(slot);
        self.count(slot);
    }

    fn removed(&mut self, slot: u32) {
        let uses = self.keys[self.slots[slot as usize] as usize];
        self.order.remove(&(uses.count, uses.last, slot));
    }
}
