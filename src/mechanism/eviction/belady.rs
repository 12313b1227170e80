//! MIN: the object whose next use is farthest away gives way, which needs the future and can be beaten by none.
//!
//! L. A. Belady, "A study of replacement algorithms for a virtual-storage computer", IBM Systems Journal 5(2), 1966; optimal
//! among the policies that store every object that they missed, for objects of one size that do not expire. It is a bound for
//! the other policies, and needs requests that were recorded: a [`Future`] says at which places of a trace each key is asked
//! for, and [`Policy::reach`] how far the trace has come.
//!
//! What has been reached is over: a use that was to come before, and has not, is not waited for any more. So a request that got
//! lost on its way does not keep its object for ever, and one that is tried again is one use.

use super::{Cache, Capacity, Entry, Kind, Object, Policy, at_slot};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The next use of what is never used again.
const NEVER: u32 = u32::MAX;

/// The number of a key that is never asked for.
const UNKNOWN: u32 = u32::MAX;

/// At which places of a trace each key is asked for: 4 bytes for each of them, and 12 for each key. While it is made it takes
/// 16 bytes more for each place.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Future {
    /// In ascending order.
    keys: Vec<u64>,
    /// Where the places of each key begin.
    begins: Vec<u32>,
    /// Key by key, ascending.
    places: Vec<u32>,
}

impl Future {
    /// What is asked for: ascending places, and the key at each. From the 2^32nd place on it is not known.
    pub fn of(uses: impl IntoIterator<Item = (u64, u64)>) -> Future {
        let known = uses.into_iter().take_while(|(place, _)| *place < u64::from(NEVER));
        let mut uses: Vec<(u64, u32)> = known.map(|(place, key)| (key, place as u32)).collect();
        uses.sort_unstable();
        let mut future = Future::default();
        for &(key, place) in &uses {
            if future.keys.last() != Some(&key) {
                future.keys.push(key);
                future.begins.push(future.places.len() as u32);
            }
            future.places.push(place);
        }
        future
    }

    /// The number of a key.
    fn number(&self, key: u64) -> u32 {
        self.keys.binary_search(&key).map_or(UNKNOWN, |index| index as u32)
    }

    /// The first use of the key with a number at or behind a place.
    fn next_use(&self, number: u32, place: u32) -> u32 {
        let begin =
            |number: usize| self.begins.get(number).map_or(self.places.len(), |&begin| begin as usize);
        let number = number as usize;
        let places = self.places.get(begin(number)..begin(number + 1)).unwrap_or_default();
        places.get(places.partition_point(|&other| other < place)).copied().unwrap_or(NEVER)
    }
}

/// The objects by their next use, and the future.
#[derive(Clone, Debug)]
pub struct Belady {
    future: Arc<Future>,
    /// The place behind the last one that was reached.
    reached: u32,
    /// The objects that are there: the next use, and the slot.
    order: BTreeSet<(u32, u32)>,
    slots: Vec<Slot>,
}

/// What is known of the object in a slot.
#[derive(Clone, Copy, Default, Debug)]
struct Slot {
    /// The number of its key.
    number: u32,
    next_use: u32,
}

impl Belady {
    /// The policy of an empty cache, to which the future is still to be told.
    pub fn new(_capacity: u64) -> Belady {
        Belady { future: Arc::default(), reached: 0, order: BTreeSet::new(), slots: Vec::new() }
    }

    /// Sorts an object in by the next use of its key.
    fn sort_in(&mut self, slot: u32, number: u32) {
        let next_use = self.future.next_use(number, self.reached);
        *at_slot(&mut self.slots, slot) = Slot { number, next_use };
        self.order.insert((next_use, slot));
    }
}

impl Policy for Belady {
    fn reach(&mut self, place: u64) {
        let behind = place.saturating_add(1).min(u64::from(NEVER)) as u32;
        self.reached = self.reached.max(behind);
    }

    fn victim(&mut self, _incoming: Entry) -> u32 {
        while let Some(&(next_use, slot)) = self.order.first()
            && next_use < self.reached
        {
            self.order.pop_first();
            self.sort_in(slot, self.slots[slot as usize].number);
        }
        self.order.pop_last().expect("a full cache has an object").1
    }

    fn inserted(&mut self, slot: u32, entry: Entry) {
        self.sort_in(slot, self.future.number(entry.key));
    }

    #[inline(never)]
    fn hit(&mut self, slot: u32) {
        self.removed(slot);
        self.sort_in(slot, self.slots[slot as usize].number);
    }

    fn removed(&mut self, slot: u32) {
        self.order.remove(&(self.slots[slot as usize].next_use, slot));
    }
}

impl Cache {
    /// Tells a cache that is empty what it will be asked for; only one by [`Kind::Belady`] heeds it.
    pub fn foresee(&mut self, future: Arc<Future>) {
        if let Some(belady) = self.belady() {
            belady.future = future;
        }
    }

    /// What it was told that it will be asked for.
    pub(super) fn future(&mut self) -> Option<Arc<Future>> {
        self.belady().map(|belady| Arc::clone(&belady.future))
    }
}

/// How often a cache with room for so many objects misses in a trace at best.
pub fn misses(trace: &[u64], capacity: u64) -> u64 {
    let mut cache = Cache::new(Kind::Belady, Capacity::Objects(capacity));
    cache.foresee(Arc::new(Future::of((0..).zip(trace.iter().copied()))));
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

    /// The policy with a future, in a cache for so many objects.
    fn cache(trace: &[u64], capacity: u64) -> Cache {
        let mut cache = Cache::new(Kind::Belady, Capacity::Objects(capacity));
        cache.foresee(Arc::new(Future::of((0..).zip(trace.iter().copied()))));
        cache
    }

    /// Asks for the key at a place of a trace; whether it was there.
    fn ask(cache: &mut Cache, trace: &[u64], place: usize) -> bool {
        cache.reach(place as u64);
        let is_there = cache.get(trace[place]).is_some();
        if !is_there {
            cache.put(Object { key: trace[place], ..Object::default() });
        }
        is_there
    }

    #[test]
    fn the_next_use_of_each_key() {
        let future = Future::of([(0, 7), (2, 9), (3, 7), (9, 7), (u64::from(NEVER), 7)]);
        for (key, place, expected) in [
            (7, 0, 0),
            (7, 1, 3),
            (7, 3, 3),
            (7, 4, 9),
            (7, 10, NEVER),
            (9, 0, 2),
            (9, 3, NEVER),
            (8, 0, NEVER),
        ] {
            assert_eq!(future.next_use(future.number(key), place), expected, "{key} from {place} on");
        }
    }

    #[test]
    fn what_is_overdue_is_not_waited_for() {
        // The use of 2 at place 2 gets lost; when 3 comes, 2 is needed later than 1.
        let trace = [1, 2, 2, 3, 1, 2];
        let mut cache = cache(&trace, 2);
        for place in [0, 1, 3] {
            assert!(!ask(&mut cache, &trace, place));
        }
        assert!(cache.peek(1).is_some() && cache.peek(2).is_none());
    }

    #[test]
    fn a_second_try_is_one_use() {
        // 1 is asked for twice at place 2, and once more when 9 has come: it is needed before 2 all the same.
        let trace = [1, 2, 1, 9, 1, 2, 1];
        let mut cache = cache(&trace, 2);
        let found = [0, 1, 2, 2].map(|place| ask(&mut cache, &trace, place));
        assert_eq!(found, [false, false, true, true]);
        assert!(!ask(&mut cache, &trace, 3));
        assert!(cache.peek(1).is_some() && cache.peek(2).is_none());
    }

    #[test]
    fn an_empty_cache_knows_what_is_left() {
        let trace = [1, 2, 3, 1, 2, 4, 1, 2, 1];
        let mut cache = cache(&trace, 2);
        for place in 0..5 {
            ask(&mut cache, &trace, place);
        }
        cache.clear();
        assert_eq!([5, 6, 7].map(|place| ask(&mut cache, &trace, place)), [false; 3]);
        assert!(cache.peek(4).is_none(), "it is never used again");
        assert!(ask(&mut cache, &trace, 8));
        assert_eq!((cache.delete(1).is_some(), cache.delete(1), cache.len()), (true, None, 1));
    }

    #[test]
    fn without_a_future_something_gives_way() {
        let mut cache = Cache::new(Kind::Belady, Capacity::Objects(2));
        assert_eq!([1, 2, 3].map(|key| cache.put(Object { key, ..Object::default() })), [0, 0, 1]);
        assert!(cache.peek(3).is_some());
    }
}
