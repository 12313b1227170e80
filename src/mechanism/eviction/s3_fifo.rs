//! S3-FIFO: newcomers pass a small queue on trial, and only those that were used there get into the main one.
//!
//! J. Yang, Y. Zhang, Z. Qiu, Y. Yue and K. V. Rashmi, "FIFO queues are all you need for cache eviction", SOSP 2023,
//! algorithm 1. The small queue has 10 % of the room, and the ghost queue remembers as much as the main queue has room for,
//! 90 %. At its end a newcomer gets on if it was used more than once (a count of two or more), else it becomes a ghost; one
//! that comes back while it is a ghost goes to the main queue at once. There, an object that was used goes around again and
//! loses one use of at most three. Uses are forgotten when an object moves to the main queue.
//!
//! As long as the cache has never been full the small queue may take all of it, as in the paper. As in the authors' own
//! simulator, the object by which a newcomer overfills the main queue gives way when room is needed next, not at once.

use super::ghosts::Ghosts;
use super::segments::Segments;
use super::{Entry, Policy, at_slot, share};

const SMALL: u32 = 0;
const MAIN: u32 = 1;

const SMALL_PERCENT: u64 = 10;
const GHOST_PERCENT: u64 = 90;

/// How often a newcomer must have been used to get on.
const USES_TO_GET_ON: u8 = 2;
const USES_MAX: u8 = 3;

/// Two queues, a use count per object, and ghosts.
#[derive(Clone, Debug)]
pub struct S3Fifo {
    queues: Segments<2>,
    uses: Vec<u8>,
    ghosts: Ghosts<1>,
    room_for_main: u64,
    room_for_ghosts: u64,
    was_ghost: bool,
}

impl S3Fifo {
    /// The policy of an empty cache with this room.
    pub fn new(capacity: u64) -> S3Fifo {
        S3Fifo {
            queues: Segments::new(),
            uses: Vec::new(),
            ghosts: Ghosts::new(),
            room_for_main: capacity - share(capacity, SMALL_PERCENT),
            room_for_ghosts: share(capacity, GHOST_PERCENT),
            was_ghost: false,
        }
    }

    /// The newcomer that goes; those that were used before it get on.
    #[inline]
    fn victim_of_small(&mut self) -> Option<u32> {
        loop {
            let slot = self.queues.back(SMALL)?;
            if self.uses[slot as usize] < USES_TO_GET_ON {
                let entry = self.queues.remove(slot);
                self.ghosts.push_front(0, entry);
                self.ghosts.shrink(0, self.room_for_ghosts);
                return Some(slot);
            }
            self.uses[slot as usize] = 0;
            self.queues.move_to_front(MAIN, slot);
        }
    }

    #[inline]
    fn victim_of_main(&mut self) -> Option<u32> {
        loop {
            let slot = self.queues.back(MAIN)?;
            let uses = &mut self.uses[slot as usize];
            if *uses == 0 {
                self.queues.remove(slot);
                return Some(slot);
            }
            *uses -= 1;
            self.queues.move_to_front(MAIN, slot);
        }
    }
}

impl Policy for S3Fifo {
    #[inline]
    fn arriving(&mut self, incoming: Entry) {
        self.was_ghost = self.ghosts.remove(incoming.key).is_some();
    }

    #[inline]
    fn victim(&mut self, _incoming: Entry) -> u32 {
        let from_small =
            if self.queues.used(MAIN) > self.room_for_main { None } else { self.victim_of_small() };
        from_small.or_else(|| self.victim_of_main()).expect("a full cache has an object")
    }

    #[inline]
    fn inserted(&mut self, slot: u32, entry: Entry) {
        *at_slot(&mut self.uses, slot) = 0;
        self.queues.push_front(if self.was_ghost { MAIN } else { SMALL }, slot, entry);
    }

    #[inline]
    fn hit(&mut self, slot: u32) {
        let uses = &mut self.uses[slot as usize];
        *uses = (*uses + 1).min(USES_MAX);
    }

    fn removed(&mut self, slot: u32) {
        self.queues.remove(slot);
    }
}
