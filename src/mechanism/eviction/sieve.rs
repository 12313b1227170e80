//! SIEVE: a hand moves from the oldest object to the newest one, and whoever was used since it came by may stay in its place.
//!
//! Y. Zhang, J. Yang, Y. Yue, Y. Vigfusson and K. V. Rashmi, "SIEVE is simpler than LRU", NSDI 2024, algorithm 1. One bit per
//! object, clear when the object comes and set when it is used again; unlike with CLOCK, objects keep their places, and new ones
//! come in front, not under the hand. It has no parameters.

use super::lists::Lists;
use super::{Entry, Policy, at_slot};

/// One list, the newest object in front, and a hand.
#[derive(Clone, Debug)]
pub struct Sieve {
    order: Lists<1>,
    visited: Vec<bool>,
    /// None where the hand begins anew, at the back.
    hand: Option<u32>,
}

impl Sieve {
    /// The policy of an empty cache.
    pub fn new(_capacity: u64) -> Sieve {
        Sieve { order: Lists::new(), visited: Vec::new(), hand: None }
    }
}

impl Policy for Sieve {
    #[inline]
    fn inserted(&mut self, slot: u32, _entry: Entry) {
        *at_slot(&mut self.visited, slot) = false;
        self.order.push_front(0, slot);
    }

    #[inline]
    fn hit(&mut self, slot: u32) {
        self.visited[slot as usize] = true;
    }

    #[inline]
    fn victim(&mut self, _incoming: Entry) -> u32 {
        let mut hand = self.hand;
        loop {
            let slot = hand.or_else(|| self.order.back(0)).expect("a full cache has an object");
            hand = self.order.newer(slot);
            if !self.visited[slot as usize] {
                self.order.remove(slot);
                self.hand = hand;
                return slot;
            }
            self.visited[slot as usize] = false;
        }
    }

    fn removed(&mut self, slot: u32) {
        if self.hand == Some(slot) {
            self.hand = self.order.newer(slot);
        }
        self.order.remove(slot);
    }
}
