//! Least recently used: the object that was not asked for the longest gives way.

use super::lists::Lists;
use super::{Object, Policy};

/// One list, the last used object in front.
#[derive(Clone, Debug)]
pub struct Lru {
    order: Lists<1>,
}

impl Policy for Lru {
    fn new(_capacity: u64) -> Lru {
        Lru { order: Lists::new() }
    }

    #[inline]
    fn inserted(&mut self, slot: u32, _object: &Object) {
        self.order.push_front(0, slot);
    }

    #[inline]
    fn hit(&mut self, slot: u32) {
        self.order.remove(slot);
        self.order.push_front(0, slot);
    }

    #[inline]
    fn victim(&mut self, _incoming: &Object) -> u32 {
        self.order.pop_back(0).expect("a full cache has an object")
    }

    fn removed(&mut self, slot: u32) {
        self.order.remove(slot);
    }
}
