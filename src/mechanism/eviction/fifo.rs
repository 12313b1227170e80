//! First in, first out: the object that came first gives way, used or not.

use super::lists::Lists;
use super::{Object, Policy};

/// One list, the newest object in front.
#[derive(Clone, Debug)]
pub struct Fifo {
    order: Lists<1>,
}

impl Policy for Fifo {
    fn new(_capacity: u64) -> Fifo {
        Fifo { order: Lists::new() }
    }

    #[inline]
    fn inserted(&mut self, slot: u32, _object: &Object) {
        self.order.push_front(0, slot);
    }

    #[inline]
    fn hit(&mut self, _slot: u32) {}

    #[inline]
    fn victim(&mut self, _incoming: &Object) -> u32 {
        self.order.pop_back(0).expect("a full cache has an object")
    }

    fn removed(&mut self, slot: u32) {
        self.order.remove(slot);
    }
}
