//! Segmented LRU: objects that were used are protected from those that were not.
//!
//! R. Karedla, J. S. Love and B. G. Wherry, "Caching strategies to improve disk system performance", IEEE Computer 27(3), 1994.
//! Two LRU lists: newcomers are on probation; a hit moves an object to the front of the protected list; what that list has no
//! room for goes back to the front of probation, whose back gives way. The protected list has up to 80 % of the room (the paper
//! leaves its limit to tuning; 80 % is the main cache of W-TinyLFU), probation what is left of it.

use super::segments::Segments;
use super::{Entry, Policy, share};

const PROBATION: u32 = 0;
const PROTECTED: u32 = 1;

const PROTECTED_PERCENT: u64 = 80;

/// Two lists, the last used object in front.
#[derive(Clone, Debug)]
pub struct SegmentedLru {
    lists: Segments<2>,
    room_for_protected: u64,
}

impl SegmentedLru {
    /// The policy of an empty cache with this room.
    pub fn new(capacity: u64) -> SegmentedLru {
        SegmentedLru { lists: Segments::new(), room_for_protected: share(capacity, PROTECTED_PERCENT) }
    }
}

impl Policy for SegmentedLru {
    #[inline]
    fn inserted(&mut self, slot: u32, entry: Entry) {
        self.lists.push_front(PROBATION, slot, entry);
    }

    #[inline(never)]
    fn hit(&mut self, slot: u32) {
        protect(&mut self.lists, slot, PROTECTED, PROBATION, self.room_for_protected);
    }

    #[inline]
    fn victim(&mut self, _incoming: Entry) -> u32 {
        let victim = self.lists.pop_back(PROBATION).or_else(|| self.lists.pop_back(PROTECTED));
        victim.expect("a full cache has an object").0
    }

    fn removed(&mut self, slot: u32) {
        self.lists.remove(slot);
    }
}

/// Moves a slot to the front of the protected segment, and from its back to the front of probation what has no room.
#[inline]
pub(super) fn protect<const LISTS: usize>(
    lists: &mut Segments<LISTS>,
    slot: u32,
    protected: u32,
    probation: u32,
    room: u64,
) {
    lists.move_to_front(protected, slot);
    while lists.used(protected) > room
        && let Some(last) = lists.back(protected)
    {
        lists.move_to_front(probation, last);
    }
}
