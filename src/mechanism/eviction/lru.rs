//! Least recently used: the object that was not asked for the longest gives way.
//!
//! R. L. Mattson, J. Gecsei, D. R. Slutz and I. L. Traiger, "Evaluation techniques for storage hierarchies", IBM Systems
//! Journal 9(2), 1970, give the order and its inclusion property: a larger cache has all that a smaller one has. It is exact,
//! and has no parameters.

use super::lists::Lists;
use super::{Entry, Policy};

/// One list, the last used object in front.
#[derive(Clone, Debug)]
pub struct Lru {
    order: Lists<1>,
}

impl Lru {
    /// The policy of an empty cache.
    pub fn new(_capacity: u64) -> Lru {
        Lru { order: Lists::new() }
    }
}

impl Policy for Lru {
    #[inline]
    fn inserted(&mut self, slot: u32, _entry: Entry) {
        self.order.push_front(0, slot);
    }

    #[inline]
    fn hit(&mut self, slot: u32) {
        self.order.remove(slot);
        self.order.push_front(0, slot);
    }

    #[inline]
    fn victim(&mut self, _incoming: Entry) -> u32 {
        self.order.pop_back(0).expect("a full cache has an object")
    }

    fn removed(&mut self, slot: u32) {
        self.order.remove(slot);
    }
}
