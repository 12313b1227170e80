//! RANDOM: any object gives way, each equally likely.
//!
//! L. A. Belady, "A study of replacement algorithms for a virtual-storage computer", IBM Systems Journal 5(2), 1966, measures
//! it beside FIFO; under independent references both have the same hit ratio (E. Gelenbe, IEEE Transactions on Computers
//! C-22(6), 1973). The draws are a fixed function of the incoming key and of how many objects gave way before, so that a run
//! repeats itself, while caches with other requests draw other victims. It has no parameters.

use super::{Entry, Policy, at_slot};
use crate::mechanism::hash::mix13_pair;

/// The slots in use, in any order.
#[derive(Clone, Debug)]
pub struct Random {
    slots: Vec<u32>,
    /// Where a slot stands in `slots`.
    positions: Vec<u32>,
    draws: u64,
}

impl Random {
    /// The policy of an empty cache.
    pub fn new(_capacity: u64) -> Random {
        Random { slots: Vec::new(), positions: Vec::new(), draws: 0 }
    }
}

impl Policy for Random {
    #[inline]
    fn inserted(&mut self, slot: u32, _entry: Entry) {
        *at_slot(&mut self.positions, slot) = self.slots.len() as u32;
        self.slots.push(slot);
    }

    #[inline]
    fn hit(&mut self, _slot: u32) {}

    #[inline]
    fn victim(&mut self, incoming: Entry) -> u32 {
        let draw = mix13_pair(incoming.key, self.draws);
        self.draws += 1;
        let position = (u128::from(draw) * self.slots.len() as u128) >> u64::BITS;
        let slot = self.slots[position as usize];
        self.removed(slot);
        slot
    }

    #[inline]
    fn removed(&mut self, slot: u32) {
        let position = self.positions[slot as usize];
        self.slots.swap_remove(position as usize);
        if let Some(&moved) = self.slots.get(position as usize) {
            self.positions[moved as usize] = position;
        }
    }
}
