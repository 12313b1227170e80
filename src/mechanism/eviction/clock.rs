//! CLOCK, or second chance: as first in, first out, but an object that was used goes around once more.
//!
//! F. J. Corbató, "A paging experiment with the Multics system", in "In Honor of Philip M. Morse", MIT Press, 1969. One bit
//! per object, clear when the object comes and set when it is used again. The hand clears the bits that it passes and stops
//! at the first one that is clear. The ring is kept as a list whose back is under the hand, so that passing an object puts it
//! in front: the same order.

use super::lists::Lists;
use super::{Entry, Policy, at_slot};

/// A ring of objects with one bit each.
#[derive(Clone, Debug)]
pub struct Clock {
    order: Lists<1>,
    used: Vec<bool>,
}

impl Clock {
    /// The policy of an empty cache.
    pub fn new(_capacity: u64) -> Clock {
        Clock { order: Lists::new(), used: Vec::new() }
    }
}

impl Policy for Clock {
    #[inline]
    fn inserted(&mut self, slot: u32, _entry: Entry) {
        *at_slot(&mut self.used, slot) = false;
        self.order.push_front(0, slot);
    }

    #[inline]
    fn hit(&mut self, slot: u32) {
        self.used[slot as usize] = true;
    }

    #[inline]
    fn victim(&mut self, _incoming: Entry) -> u32 {
        loop {
            let slot = self.order.pop_back(0).expect("a full cache has an object");
            if !self.used[slot as usize] {
                return slot;
            }
            self.used[slot as usize] = false;
            self.order.push_front(0, slot);
        }
    }

    fn removed(&mut self, slot: u32) {
        self.order.remove(slot);
    }
}
