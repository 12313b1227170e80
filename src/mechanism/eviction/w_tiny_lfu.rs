//! W-TinyLFU: an LRU window, whose objects get into the main cache when they are more popular than the one they would replace.
//!
//! G. Einziger, R. Friedman and B. Manes, "TinyLFU: a highly efficient cache admission policy", ACM Transactions on Storage
//! 13(4), 2017. The window has 1 % of the room, at least one object; the main cache is a segmented LRU, 80 % of it protected.
//! What leaves the window is a candidate: it goes to probation if there is room or if its estimated frequency is higher than
//! that of the next victim of the main cache, which then gives way; else the candidate gives way itself. Frequencies come from
//! a count-min sketch with four rows of counters up to 15, at least four times as wide as there are objects, which ages every
//! ten accesses per object. The paper's doorkeeper, a filter that saves counters, is left out, as in its authors' own library.

use super::segmented_lru::protect;
use super::segments::Segments;
use super::sketch::Sketch;
use super::{Entry, Policy, share};

const WINDOW: u32 = 0;
const PROBATION: u32 = 1;
const PROTECTED: u32 = 2;

const WINDOW_PERCENT: u64 = 1;
const PROTECTED_PERCENT: u64 = 80;

/// A window, a segmented main cache, and the frequencies of all keys that came lately.
#[derive(Clone, Debug)]
pub struct WTinyLfu {
    segments: Segments<3>,
    sketch: Sketch,
    objects: u64,
    room_for_window: u64,
    room_for_main: u64,
    room_for_protected: u64,
}

impl WTinyLfu {
    /// The policy of an empty cache with this room.
    pub fn new(capacity: u64) -> WTinyLfu {
        let room_for_window = share(capacity, WINDOW_PERCENT).max(1);
        let room_for_main = capacity.saturating_sub(room_for_window);
        WTinyLfu {
            segments: Segments::new(),
            sketch: Sketch::new(),
            objects: 0,
            room_for_window,
            room_for_main,
            room_for_protected: share(room_for_main, PROTECTED_PERCENT),
        }
    }

    /// Whether the main cache has room for the object in this slot.
    fn fits_main(&self, slot: u32) -> bool {
        let used = self.segments.used(PROBATION) + self.segments.used(PROTECTED);
        self.room_for_main.saturating_sub(used) >= self.segments.entry(slot).cost
    }

    /// The object at the back of the window once those before it that fit into the main cache went there, as long as the
    /// window has not this much room.
    fn candidate(&mut self, cost: u64) -> Option<u32> {
        while self.segments.used(WINDOW).saturating_add(cost) > self.room_for_window {
            let candidate = self.segments.back(WINDOW)?;
            if !self.fits_main(candidate) {
                return Some(candidate);
            }
            self.segments.move_to_front(PROBATION, candidate);
        }
        None
    }

    /// The object of the main cache that gives way next.
    fn victim_of_main(&self) -> Option<u32> {
        self.segments.back(PROBATION).or_else(|| self.segments.back(PROTECTED))
    }

    fn estimate(&self, slot: u32) -> u8 {
        self.sketch.estimate(self.segments.entry(slot).key)
    }
}

impl Policy for WTinyLfu {
    fn arriving(&mut self, incoming: Entry) {
        self.sketch.add(incoming.key);
    }

    fn victim(&mut self, incoming: Entry) -> u32 {
        let slot = match (self.candidate(incoming.cost), self.victim_of_main()) {
            (Some(candidate), Some(victim)) if self.estimate(candidate) > self.estimate(victim) => victim,
            (Some(candidate), _) => candidate,
            // The object is larger than the window, or something was deleted.
            (None, victim) => {
                victim.or_else(|| self.segments.back(WINDOW)).expect("a full cache has an object")
            }
        };
        self.segments.remove(slot);
        self.objects -= 1;
        // A candidate that won gets on as soon as it fits.
        self.candidate(incoming.cost);
        slot
    }

    fn inserted(&mut self, slot: u32, entry: Entry) {
        self.segments.push_front(WINDOW, slot, entry);
        self.objects += 1;
        self.sketch.fit(self.objects);
        self.candidate(0);
    }

    #[inline(never)]
    fn hit(&mut self, slot: u32) {
        self.sketch.add(self.segments.entry(slot).key);
        if self.segments.segment(slot) == WINDOW {
            self.segments.move_to_front(WINDOW, slot);
        } else {
            protect(&mut self.segments, slot, PROTECTED, PROBATION, self.room_for_protected);
        }
    }

    fn removed(&mut self, slot: u32) {
        self.segments.remove(slot);
        self.objects -= 1;
    }
}
