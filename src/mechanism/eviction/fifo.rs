//! First in, first out: the object that came first gives way, used or not.
//!
//! L. A. Belady, "A study of replacement algorithms for a virtual-storage computer", IBM Systems Journal 5(2), 1966, measures
//! it. It is exact, and has no parameters.

use super::lists::Lists;
use super::{Entry, Policy};

/// One list, the newest object in front.
#[derive(Clone, Debug)]
pub struct Fifo {
    order: Lists<1>,
}

impl Fifo {
    /// The policy of an empty cache.
    pub fn new(_capacity: u64) -> Fifo {
        Fifo { order: Lists::new() }
    }
}

impl Policy for Fifo {
    #[inline]
    fn inserted(&mut self, slot: u32, _entry: Entry) {
        self.order.push_front(0, slot);
    }

    #[inline]
    fn hit(&mut self, _slot: u32) {}

    #[inline]
    fn victim(&mut self, _incoming: Entry) -> u32 {
        self.order.pop_back(0).expect("a full cache has an object")
    }

    fn removed(&mut self, slot: u32) {
        self.order.remove(slot);
    }
}
