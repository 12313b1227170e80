//! Several lists of slots that know what room their objects take: the segments of a cache.

use super::Entry;
use super::lists::Lists;

/// `LISTS` segments. A slot is in one of them or in none; all operations take constant time.
#[derive(Clone, Debug)]
pub struct Segments<const LISTS: usize> {
    order: Lists<LISTS>,
    /// By slot; those of the slots in no segment are leftovers.
    members: Vec<Member>,
    used: [u64; LISTS],
}

#[derive(Clone, Copy, Debug, Default)]
struct Member {
    entry: Entry,
    segment: u32,
}

impl<const LISTS: usize> Segments<LISTS> {
    /// Empty segments.
    pub fn new() -> Self {
        Segments { order: Lists::new(), members: Vec::new(), used: [0; LISTS] }
    }

    /// Puts a slot that is in no segment at the front of one.
    #[inline]
    pub fn push_front(&mut self, segment: u32, slot: u32, entry: Entry) {
        let member = Member { entry, segment };
        match self.members.get_mut(slot as usize) {
            Some(place) => *place = member,
            None => {
                self.members.resize(slot as usize, Member::default());
                self.members.push(member);
            }
        }
        self.used[segment as usize] += entry.cost;
        self.order.push_front(segment, slot);
    }

    /// Moves a slot from the segment it is in to the front of one.
    #[inline]
    pub fn move_to_front(&mut self, segment: u32, slot: u32) {
        let member = &mut self.members[slot as usize];
        self.used[member.segment as usize] -= member.entry.cost;
        self.used[segment as usize] += member.entry.cost;
        member.segment = segment;
        self.order.remove(slot);
        self.order.push_front(segment, slot);
    }

    /// Takes a slot out of the segment it is in; says what was there.
    #[inline]
    pub fn remove(&mut self, slot: u32) -> Entry {
        let Member { entry, segment } = self.members[slot as usize];
        self.used[segment as usize] -= entry.cost;
        self.order.remove(slot);
        entry
    }

    /// The slot at the back of a segment.
    #[inline]
    pub fn back(&self, segment: u32) -> Option<u32> {
        self.order.back(segment)
    }

    /// Takes out the slot at the back of a segment.
    #[inline]
    pub fn pop_back(&mut self, segment: u32) -> Option<(u32, Entry)> {
        let slot = self.order.back(segment)?;
        Some((slot, self.remove(slot)))
    }

    /// The object of a slot that is in a segment.
    #[inline]
    pub fn entry(&self, slot: u32) -> Entry {
        self.members[slot as usize].entry
    }

    /// The segment that a slot is in.
    #[inline]
    pub fn segment(&self, slot: u32) -> u32 {
        self.members[slot as usize].segment
    }

    /// The room that the objects of a segment take.
    #[inline]
    pub fn used(&self, segment: u32) -> u64 {
        self.used[segment as usize]
    }
}

impl<const LISTS: usize> Default for Segments<LISTS> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_follows_the_objects() {
        let mut segments = Segments::<2>::new();
        let entry = |key| Entry { key, cost: key * 10 };
        (1..5).for_each(|slot| segments.push_front(slot % 2, slot, entry(u64::from(slot))));
        assert_eq!((segments.used(0), segments.used(1)), (60, 40));
        segments.move_to_front(1, 2);
        assert_eq!((segments.segment(2), segments.entry(2), segments.back(1)), (1, entry(2), Some(1)));
        assert_eq!((segments.used(0), segments.used(1)), (40, 60));
        assert_eq!(segments.remove(3), entry(3));
        assert_eq!(segments.pop_back(1), Some((1, entry(1))));
        assert_eq!((segments.used(0), segments.used(1)), (40, 20));
        assert_eq!(segments.pop_back(0), Some((4, entry(4))));
        assert_eq!((segments.pop_back(0), segments.used(0)), (None, 0));
    }
}
