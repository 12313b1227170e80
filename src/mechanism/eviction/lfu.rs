//! Least frequently used: the object that was asked for least often since it came gives way.
//!
//! K. Shah, A. Mitra and D. Matani, "An O(1) algorithm for implementing the LFU cache eviction scheme", 2010. Frequencies are
//! counted in the cache only: an object that comes again begins at one ("in-cache LFU", not "perfect LFU"), and nothing ages, so
//! that what was popular once stays, and newcomers displace each other. Among equal frequencies the object that was not asked for the longest gives way. It has no parameters.

use super::lists::Lists;
use super::{Entry, Policy, at_slot};

/// One list by frequency, the highest in front, and within a frequency by recency, cut into groups of equal frequency.
#[derive(Clone, Debug)]
pub struct Lfu {
    order: Lists<1>,
    /// The group of each slot.
    groups: Vec<u32>,
    frequencies: Vec<Frequency>,
    free: Vec<u32>,
}

/// The objects of one frequency.
#[derive(Clone, Copy, Debug, Default)]
struct Frequency {
    count: u64,
    /// The slot that was used last.
    front: u32,
}

impl Lfu {
    /// The policy of an empty cache.
    pub fn new(_capacity: u64) -> Lfu {
        Lfu { order: Lists::new(), groups: Vec::new(), frequencies: Vec::new(), free: Vec::new() }
    }

    /// The group that a slot is in if the frequency of this group is `count`.
    #[inline]
    fn group_with(&self, slot: Option<u32>, count: u64) -> Option<u32> {
        let group = self.groups[slot? as usize];
        (self.frequencies[group as usize].count == count).then_some(group)
    }

    #[inline]
    fn new_group(&mut self, count: u64, front: u32) -> u32 {
        let frequency = Frequency { count, front };
        match self.free.pop() {
            Some(group) => {
                self.frequencies[group as usize] = frequency;
                group
            }
            None => {
                self.frequencies.push(frequency);
                (self.frequencies.len() - 1) as u32
            }
        }
    }

    /// Takes a slot out of its group, which ends when it was the only one.
    #[inline]
    fn leave(&mut self, slot: u32) {
        let group = self.groups[slot as usize];
        if self.frequencies[group as usize].front == slot {
            match self.order.older(slot) {
                Some(older) if self.groups[older as usize] == group => {
                    self.frequencies[group as usize].front = older;
                }
                _ => self.free.push(group),
            }
        }
        self.order.remove(slot);
    }

    /// Puts a slot in front of a group and into it.
    #[inline]
    fn join(&mut self, slot: u32, group: u32) {
        self.order.insert_in_front(slot, self.frequencies[group as usize].front);
        self.frequencies[group as usize].front = slot;
        self.groups[slot as usize] = group;
    }
}

impl Policy for Lfu {
    #[inline]
    fn inserted(&mut self, slot: u32, _entry: Entry) {
        at_slot(&mut self.groups, slot);
        match self.group_with(self.order.back(0), 1) {
            Some(group) => self.join(slot, group),
            None => {
                self.groups[slot as usize] = self.new_group(1, slot);
                self.order.push_back(0, slot);
            }
        }
    }

    #[inline(never)]
    fn hit(&mut self, slot: u32) {
        let group = self.groups[slot as usize];
        let Frequency { count, front } = self.frequencies[group as usize];
        if let Some(above) = self.group_with(self.order.newer(front), count + 1) {
            self.leave(slot);
            return self.join(slot, above);
        }
        let older = self.order.older(slot).filter(|&older| self.groups[older as usize] == group);
        match older {
            // Alone in its group, which may as well be the next one.
            None if front == slot => self.frequencies[group as usize].count = count + 1,
            _ => {
                let behind = if front == slot { older.expect("the group has more") } else { front };
                self.leave(slot);
                self.order.insert_in_front(slot, behind);
                self.groups[slot as usize] = self.new_group(count + 1, slot);
            }
        }
    }

    #[inline]
    fn victim(&mut self, _incoming: Entry) -> u32 {
        let slot = self.order.back(0).expect("a full cache has an object");
        self.leave(slot);
        slot
    }

    fn removed(&mut self, slot: u32) {
        self.leave(slot);
    }
}
