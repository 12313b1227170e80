//! The cache itself: objects by key, room, and the order by a policy.

use super::belady::Belady;
use super::table::Table;
use super::{AnyPolicy, Entry, Kind, Object, Policy};

/// How much room a cache has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Capacity {
    /// For so many objects of any size.
    Objects(u64),
    /// For objects of so many bytes together.
    Bytes(u64),
}

impl Capacity {
    /// The number of objects or bytes.
    pub fn room(self) -> u64 {
        match self {
            Capacity::Objects(room) | Capacity::Bytes(room) => room,
        }
    }

    /// The room that an object takes: no object is so small that infinitely many fit.
    fn cost(self, object: &Object) -> u64 {
        match self {
            Capacity::Objects(_) => 1,
            Capacity::Bytes(_) => object.size.max(1),
        }
    }
}

/// A cache that keeps real keys and evicts them by a real policy.
///
/// Memory grows with what is stored (60 to 110 bytes an object, and what the policy needs), never with the
/// capacity; once the cache is full of objects it allocates no more. It knows no clock: whoever reads
/// compares [`Object::expires`] himself.
#[derive(Clone, Debug)]
pub struct Cache<K = AnyPolicy> {
    contents: Contents,
    keeper: K,
}

/// The objects of a cache by key, and its room.
#[derive(Clone, Debug)]
pub struct Contents {
    capacity: Capacity,
    table: Table,
    /// The objects by slot; those of the free slots are leftovers.
    objects: Vec<Object>,
    free: Vec<u32>,
    used: u64,
}

/// Who decides what a cache keeps: a policy, or one of any kind, which is told apart once for each object that is stored, or
/// once for a whole trace, rather than whenever a policy is asked.
pub trait Keeper: Sized {
    /// Takes note that the request at this place of a trace has come.
    fn reach(&mut self, place: u64);

    /// Takes note that the object in this slot was found, or written again.
    fn note(&mut self, slot: u32);

    /// Forgets the object in this slot, which was deleted.
    fn forget(&mut self, slot: u32);

    /// Stores an object that is not there yet and takes so much of the room; says how many others gave way.
    fn store(&mut self, contents: &mut Contents, object: Object, cost: u64) -> u64;

    /// Looks objects up and stores those that are missed; says how many are.
    fn replay(&mut self, contents: &mut Contents, trace: impl Iterator<Item = Object>) -> u64;
}

impl Cache {
    /// An empty cache with a policy of this kind.
    pub fn new(kind: Kind, capacity: Capacity) -> Cache {
        Cache::kept_by(kind.policy(capacity.room()), capacity)
    }

    /// Deletes all objects, and gives back the memory. What it knows of the future it knows thereafter.
    pub fn clear(&mut self) {
        let future = self.future();
        *self = Cache::new(self.keeper.kind(), self.contents.capacity);
        future.into_iter().for_each(|future| self.foresee(future));
    }

    /// The policy that knows the future, if it is kept by that.
    pub(super) fn belady(&mut self) -> Option<&mut Belady> {
        match &mut self.keeper {
            AnyPolicy::Belady(belady) => Some(belady),
            _ => None,
        }
    }
}

impl<K: Keeper> Cache<K> {
    /// An empty cache with a policy that is empty too.
    pub fn kept_by(keeper: K, capacity: Capacity) -> Cache<K> {
        let contents =
            Contents { capacity, table: Table::new(), objects: Vec::new(), free: Vec::new(), used: 0 };
        Cache { contents, keeper }
    }

    /// The request at this place of a trace has come, the first at 0. For caches that were told the future.
    pub fn reach(&mut self, place: u64) {
        self.keeper.reach(place);
    }

    /// Looks an object up; the policy takes note when it is there.
    #[inline]
    pub fn get(&mut self, key: u64) -> Option<&Object> {
        self.contents.get(&mut self.keeper, key)
    }

    /// Looks an object up behind the policy's back.
    pub fn peek(&self, key: u64) -> Option<&Object> {
        self.contents.table.find(key).map(|slot| self.contents.object(slot))
    }

    /// Stores an object and returns how many others had to give way. Writing a key again counts as a hit when
    /// it needs the same room, else the object is stored anew. An object larger than the capacity is not
    /// stored, and an older copy of it is deleted.
    #[inline]
    pub fn put(&mut self, object: Object) -> u64 {
        self.contents.put(&mut self.keeper, object)
    }

    /// Gets object after object, from the first place of a trace on, puts those that are missed, and returns how many are.
    pub fn replay(&mut self, trace: impl IntoIterator<Item = Object>) -> u64 {
        self.keeper.replay(&mut self.contents, trace.into_iter())
    }

    /// Deletes an object and returns it.
    pub fn delete(&mut self, key: u64) -> Option<Object> {
        let slot = self.contents.table.find(key)?;
        self.keeper.forget(slot);
        self.contents.release(slot);
        Some(*self.contents.object(slot))
    }

    /// How many objects there are.
    pub fn len(&self) -> usize {
        self.contents.table.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The room taken: objects or bytes, as the capacity.
    pub fn used(&self) -> u64 {
        self.contents.used
    }

    /// The room there is.
    pub fn capacity(&self) -> Capacity {
        self.contents.capacity
    }
}

impl<P: Policy> Keeper for P {
    fn reach(&mut self, place: u64) {
        Policy::reach(self, place);
    }

    #[inline]
    fn note(&mut self, slot: u32) {
        self.hit(slot);
    }

    fn forget(&mut self, slot: u32) {
        self.removed(slot);
    }

    /// Apart from who calls it, which has registers left for what is done more often.
    #[inline(never)]
    fn store(&mut self, contents: &mut Contents, object: Object, cost: u64) -> u64 {
        let entry = Entry { key: object.key, cost };
        self.arriving(entry);
        let room_for_others = contents.capacity.room() - cost;
        let mut evicted = 0;
        while contents.used > room_for_others {
            let victim = self.victim(entry);
            contents.release(victim);
            evicted += 1;
        }
        let slot = contents.insert(object, cost);
        self.inserted(slot, entry);
        evicted
    }

    fn replay(&mut self, contents: &mut Contents, trace: impl Iterator<Item = Object>) -> u64 {
        let mut misses = 0;
        for (place, object) in (0..).zip(trace) {
            Policy::reach(self, place);
            if contents.get(self, object.key).is_none() {
                contents.put(self, object);
                misses += 1;
            }
        }
        misses
    }
}

impl Contents {
    #[inline]
    fn get(&mut self, keeper: &mut impl Keeper, key: u64) -> Option<&Object> {
        let slot = self.table.find(key)?;
        keeper.note(slot);
        Some(self.object(slot))
    }

    #[inline]
    fn put(&mut self, keeper: &mut impl Keeper, object: Object) -> u64 {
        let cost = self.capacity.cost(&object);
        if let Some(slot) = self.table.find(object.key) {
            if self.capacity.cost(self.object(slot)) == cost {
                self.objects[slot as usize] = object;
                keeper.note(slot);
                return 0;
            }
            keeper.forget(slot);
            self.release(slot);
        }
        if cost > self.capacity.room() {
            return 0;
        }
        keeper.store(self, object, cost)
    }

    #[inline]
    fn object(&self, slot: u32) -> &Object {
        &self.objects[slot as usize]
    }

    /// Puts an object that is not there yet in a free slot.
    #[inline]
    fn insert(&mut self, object: Object, cost: u64) -> u32 {
        let slot = match self.free.pop() {
            Some(slot) => {
                self.objects[slot as usize] = object;
                slot
            }
            None => {
                self.objects.push(object);
                (self.objects.len() - 1) as u32
            }
        };
        self.used += cost;
        self.table.insert(object.key, slot);
        slot
    }

    /// Frees the slot of an object that the policy has forgotten.
    #[inline]
    fn release(&mut self, slot: u32) {
        self.used -= match self.capacity {
            // What gives way was not touched for long: where its size does not count, its memory is left alone.
            Capacity::Objects(_) => 1,
            Capacity::Bytes(_) => self.capacity.cost(&self.objects[slot as usize]),
        };
        self.table.remove(slot);
        self.free.push(slot);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mechanism::hash::mix13;

    /// SplitMix64 as a float in (0, 1).
    fn uniform(state: &mut u64) -> f64 {
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        ((mix13(*state) >> 11) as f64 + 0.5) / libm::exp2(53.0)
    }

    /// Zipf's law by inversion.
    fn trace(objects: u32, s: f64, requests: usize, mut seed: u64) -> Vec<u64> {
        let mut sum = 0.0;
        let cumulative: Vec<f64> = (1..=objects)
            .map(|rank| {
                sum += libm::pow(f64::from(rank), -s);
                sum
            })
            .collect();
        let key = |_| {
            let weight = uniform(&mut seed) * sum;
            cumulative.partition_point(|&below| below < weight) as u64
        };
        (0..requests).map(key).collect()
    }

    fn object(key: u64, size: u64) -> Object {
        Object { key, size, version: 0, expires: u64::MAX }
    }

    /// Gets a key, puts it on a miss, and says whether it was a hit.
    fn request(cache: &mut Cache, key: u64, size: u64) -> bool {
        let hit = cache.get(key).is_some();
        if !hit {
            cache.put(object(key, size));
        }
        hit
    }

    /// The slow twin: the objects in a vector, the next victim first.
    struct Naive {
        kind: Kind,
        capacity: u64,
        objects: Vec<(u64, u64)>,
    }

    impl Naive {
        fn request(&mut self, key: u64, size: u64) -> bool {
            if let Some(index) = self.objects.iter().position(|object| object.0 == key) {
                if self.kind == Kind::Lru {
                    let object = self.objects.remove(index);
                    self.objects.push(object);
                }
                return true;
            }
            if size <= self.capacity {
                while self.used() + size > self.capacity {
                    self.objects.remove(0);
                }
                self.objects.push((key, size));
            }
            false
        }

        fn used(&self) -> u64 {
            self.objects.iter().map(|object| object.1).sum()
        }
    }

    #[test]
    fn hits_are_those_of_the_slow_twin() {
        let trace = trace(500, 0.8, 5_000, 3);
        for kind in [Kind::Lru, Kind::Fifo] {
            for capacity in [0, 1, 2, 10, 100, 499, 500, 10_000] {
                for (room, size_of) in [
                    (Capacity::Objects(capacity), (|_| 1) as fn(u64) -> u64),
                    (Capacity::Bytes(capacity), |key| 1 + mix13(key) % 20),
                ] {
                    let mut cache = Cache::new(kind, room);
                    let mut naive = Naive { kind, capacity, objects: Vec::new() };
                    for (turn, &key) in trace.iter().enumerate() {
                        let (hit, expected) =
                            (request(&mut cache, key, size_of(key)), naive.request(key, size_of(key)));
                        assert_eq!(hit, expected, "{kind:?} of {room:?} at turn {turn}");
                        if turn % 16 == 15 {
                            let gone = mix13(turn as u64) % 500;
                            let deleted = cache.delete(gone).is_some();
                            let left = naive.objects.len();
                            naive.objects.retain(|object| object.0 != gone);
                            assert_eq!(deleted, left > naive.objects.len());
                        }
                        assert_eq!((cache.used(), cache.len()), (naive.used(), naive.objects.len()));
                    }
                }
            }
        }
    }

    #[test]
    fn a_replay_gets_and_puts() {
        let objects = trace(300, 0.9, 5_000, 7).into_iter().map(|key| object(key, 1 + key % 30));
        for &kind in Kind::ALL {
            for room in [Capacity::Objects(40), Capacity::Bytes(200)] {
                let (mut replayed, mut asked) = (Cache::new(kind, room), Cache::new(kind, room));
                let misses = objects.clone().filter(|object| !request(&mut asked, object.key, object.size));
                assert_eq!(replayed.replay(objects.clone()), misses.count() as u64, "{kind:?} of {room:?}");
                assert!((0..300).all(|key| replayed.peek(key) == asked.peek(key)), "{kind:?} of {room:?}");
            }
        }
    }

    #[test]
    fn every_policy_keeps_the_books() {
        let trace = trace(300, 0.9, 20_000, 5);
        for &kind in Kind::ALL {
            let mut cache = Cache::new(kind, Capacity::Bytes(200));
            let (mut stored, mut evicted, mut deleted) = (0, 0, 0);
            for (turn, &key) in trace.iter().enumerate() {
                if cache.get(key).is_none() {
                    evicted += cache.put(object(key, 1 + key % 30));
                    stored += 1;
                    assert!(cache.peek(key).is_some(), "what fits is stored");
                }
                if turn % 10 == 0 {
                    deleted += u64::from(cache.delete(trace[turn / 2]).is_some());
                }
                assert!(cache.used() <= 200);
                assert_eq!(cache.len() as u64, stored - evicted - deleted);
            }
            assert!(evicted > 0 && deleted > 0);
            cache.clear();
            assert!(cache.is_empty() && cache.used() == 0 && cache.peek(trace[0]).is_none());
        }
    }

    #[test]
    fn capacities_at_the_limits() {
        for &kind in Kind::ALL {
            let mut none = Cache::new(kind, Capacity::Objects(0));
            assert_eq!((none.put(object(1, 1)), none.len()), (0, 0));
            let mut no_bytes = Cache::new(kind, Capacity::Bytes(0));
            assert_eq!((no_bytes.put(object(1, 0)), no_bytes.len()), (0, 0));
            let mut small = Cache::new(kind, Capacity::Bytes(10));
            small.put(object(1, 10));
            assert_eq!((small.put(object(2, 11)), small.len()), (0, 1), "too large, and nothing gives way");
            assert_eq!((small.put(object(1, 11)), small.len()), (0, 0), "no copy is better than an old one");
            let mut huge = Cache::new(kind, Capacity::Objects(1_000_000_000_000_000));
            (0..1000).for_each(|key| assert_eq!(huge.put(object(key, 1)), 0));
            assert_eq!((huge.len(), huge.used()), (1000, 1000));
        }
    }

    #[test]
    fn writing_again_replaces() {
        for &kind in Kind::ALL {
            let mut cache = Cache::new(kind, Capacity::Bytes(10));
            cache.put(Object { key: 1, size: 4, version: 1, expires: 50 });
            let newer = Object { key: 1, size: 4, version: 2, expires: 60 };
            assert_eq!(cache.put(newer), 0);
            assert_eq!((cache.peek(1), cache.used(), cache.len()), (Some(&newer), 4, 1));
            cache.put(object(2, 6));
            let larger = Object { key: 1, size: 5, version: 3, expires: 70 };
            assert_eq!(cache.put(larger), 1, "the other one gives way");
            assert_eq!((cache.peek(1), cache.used(), cache.len()), (Some(&larger), 5, 1));
        }
    }

    #[test]
    fn a_full_cache_takes_no_more_memory() {
        for &kind in Kind::ALL {
            let mut cache = Cache::new(kind, Capacity::Objects(100));
            (0..100_000).for_each(|key| assert!(cache.put(object(key, 1)) <= 1));
            assert_eq!(cache.contents.objects.len(), 100, "slots are used again");
        }
    }
}
