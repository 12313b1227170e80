//! MIN: the object whose next use is farthest away gives way, which needs the future and can be beaten by none.
//!
//! L. A. Belady, "A study of replacement algorithms for a virtual-storage computer", IBM Systems Journal 5(2), 1966; optimal
//! among the policies that store every object that they missed, for objects of one size. It is not in the list of policies, as
//! no cache whose keys are drawn can know the future.
//!
//! Where the keys of a scenario are those of a trace, all keys that a cache will be asked for are known before the run:
//! [`Belady::new`] with them, in the order of the trace, gives the policy for `Cache::kept_by`. It counts the uses of each
//! key apart, so that it knows the next use of a key as long as that key's own requests come in their order, whatever happens
//! to the others. [`misses`] replays a trace at once.

use super::table::Table;
use super::{Cache, Capacity, Entry, Object, Policy, at_slot};
use std::collections::BTreeSet;

/// The next use of what is never used again.
const NEVER: u32 = u32::MAX;

/// The objects by their next use, and the future.
#[derive(Clone, Debug)]
pub struct Belady {
    table: Table,
    /// For each number of a key its next use.
    futures: Vec<u32>,
    /// For each place in the trace the next one with the same key.
    next_uses: Vec<u32>,
    /// The objects that are there: the next use, and the slot.
    order: BTreeSet<(u32, u32)>,
    /// For each slot the number of its key.
    slots: Vec<u32>,
}

impl Belady {
    /// The policy of an empty cache that is going to be asked for these keys, at most 2^32 - 2 of them.
    pub fn new(trace: &[u64]) -> Belady {
        assert!(trace.len() < NEVER as usize, "a trace of {} keys is too long", trace.len());
        let mut belady = Belady {
            table: Table::new(),
            futures: Vec::new(),
            next_uses: vec![NEVER; trace.len()],
            order: BTreeSet::new(),
            slots: Vec::new(),
        };
        for (place, &key) in trace.iter().enumerate().rev() {
            let number = belady.number(key);
            belady.next_uses[place] = std::mem::replace(&mut belady.futures[number as usize], place as u32);
        }
        belady
    }

    /// The number of a key, given to it if it has none. Of a key that is not in the trace no use is known.
    fn number(&mut self, key: u64) -> u32 {
        self.table.find(key).unwrap_or_else(|| {
            let number = self.futures.len() as u32;
            self.futures.push(NEVER);
            self.table.insert(key, number);
            number
        })
    }

    /// Passes a use of a key.
    fn pass(&mut self, number: u32) {
        let next_use = &mut self.futures[number as usize];
        if *next_use != NEVER {
            *next_use = self.next_uses[*next_use as usize];
        }
    }

    fn next_use(&self, slot: u32) -> u32 {
        self.futures[self.slots[slot as usize] as usize]
    }
}

impl Policy for Belady {
    fn victim(&mut self, _incoming: Entry) -> u32 {
        self.order.pop_last().expect("a full cache has an object").1
    }

    fn inserted(&mut self, slot: u32, entry: Entry) {
        let number = self.number(entry.key);
        self.pass(number);
        *at_slot(&mut self.slots, slot) = number;
        self.order.insert((self.next_use(slot), slot));
    }

    fn hit(&mut self, slot: u32) {
        self.order.remove(&(self.next_use(slot), slot));
        self.pass(self.slots[slot as usize]);
        self.order.insert((self.next_use(slot), slot));
    }

    fn removed(&mut self, slot: u32) {
        self.order.remove(&(self.next_use(slot), slot));
    }
}

/// How often a cache with room for so many objects misses in a trace at best.
pub fn misses(trace: &[u64], capacity: u64) -> u64 {
    let mut cache = Cache::kept_by(Belady::new(trace), Capacity::Objects(capacity));
    cache.replay(trace.iter().map(|&key| Object { key, ..Object::default() }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mechanism::hash::mix13;

    /// The fewest misses by trying every victim: the only oracle that knows no rule.
    fn fewest(trace: &[u64], capacity: usize, stored: &mut Vec<u64>) -> u64 {
        let Some((key, rest)) = trace.split_first() else { return 0 };
        if stored.contains(key) {
            return fewest(rest, capacity, stored);
        }
        if stored.len() < capacity {
            stored.push(*key);
            let misses = fewest(rest, capacity, stored);
            stored.pop();
            return 1 + misses;
        }
        let with_victim = |place| {
            let mut stored = stored.clone();
            stored[place] = *key;
            fewest(rest, capacity, &mut stored)
        };
        1 + (0..capacity).map(with_victim).min().unwrap_or_default()
    }

    #[test]
    fn no_choice_of_victims_misses_less() {
        for seed in 0..40 {
            let trace: Vec<u64> = (0..16).map(|turn| mix13(seed * 100 + turn + 1) % 6).collect();
            for capacity in 1..4 {
                let expected = fewest(&trace, capacity, &mut Vec::new());
                assert_eq!(misses(&trace, capacity as u64), expected, "{trace:?} in {capacity}");
            }
        }
    }

    #[test]
    fn an_example_of_the_textbooks() {
        // A. Silberschatz, P. Galvin and G. Gagne, "Operating System Concepts": nine page faults with three frames.
        let trace = [7, 0, 1, 2, 0, 3, 0, 4, 2, 3, 0, 3, 2, 1, 2, 0, 1, 7, 0, 1];
        assert_eq!(misses(&trace, 3), 9);
        assert_eq!((misses(&trace, 0), misses(&trace, 6)), (20, 6));
    }

    #[test]
    fn keys_keep_their_futures_apart() {
        // A use that never reaches the cache, and one of a key outside the trace, leave the others' future as it was.
        let trace = [1, 2, 9, 3, 1, 2];
        let mut cache = Cache::kept_by(Belady::new(&trace), Capacity::Objects(2));
        let put = |cache: &mut Cache<Belady>, key| cache.put(Object { key, ..Object::default() });
        assert_eq!([1, 2, 77].map(|key| put(&mut cache, key)), [0, 0, 1]);
        assert!(cache.peek(1).is_some() && cache.peek(2).is_none(), "the farther one gave way");
        assert_eq!((cache.delete(1).is_some(), put(&mut cache, 3), cache.len()), (true, 0, 2));
    }
}
