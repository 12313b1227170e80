//! 2Q: newcomers pass a FIFO queue; an object that comes back after it left that queue is a hot one.
//!
//! T. Johnson and D. Shasha, "2Q: a low overhead high performance buffer management replacement algorithm", VLDB 1994, the
//! full version. The newcomers' queue (A1in) has 25 % of the room, its ghosts (A1out) are those that took 50 % of it, as the
//! authors advise, and the rest is the LRU list of the hot ones (Am). A hit in A1in changes nothing; an object that leaves Am
//! leaves no ghost. The paper does not say when a key that comes back is taken out of A1out: here before room is made for it.

use super::ghosts::Ghosts;
use super::segments::Segments;
use super::{Entry, Policy, share};

const IN: u32 = 0;
const HOT: u32 = 1;

const IN_PERCENT: u64 = 25;
const OUT_PERCENT: u64 = 50;

/// The queue of newcomers, the list of hot objects, and the ghosts of the queue.
#[derive(Clone, Debug)]
pub struct TwoQueues {
    queues: Segments<2>,
    out: Ghosts<1>,
    room_in: u64,
    room_out: u64,
    was_out: bool,
}

impl TwoQueues {
    /// The policy of an empty cache with this room.
    pub fn new(capacity: u64) -> TwoQueues {
        TwoQueues {
            queues: Segments::new(),
            out: Ghosts::new(),
            room_in: share(capacity, IN_PERCENT),
            room_out: share(capacity, OUT_PERCENT),
            was_out: false,
        }
    }
}

impl Policy for TwoQueues {
    #[inline]
    fn arriving(&mut self, incoming: Entry) {
        self.was_out = self.out.remove(incoming.key).is_some();
    }

    #[inline]
    fn victim(&mut self, _incoming: Entry) -> u32 {
        if self.queues.used(IN) <= self.room_in
            && let Some((slot, _)) = self.queues.pop_back(HOT)
        {
            return slot;
        }
        let (slot, entry) = self.queues.pop_back(IN).expect("a full cache has an object");
        self.out.push_front(0, entry);
        self.out.shrink(0, self.room_out);
        slot
    }

    #[inline]
    fn inserted(&mut self, slot: u32, entry: Entry) {
        self.queues.push_front(if self.was_out { HOT } else { IN }, slot, entry);
    }

    #[inline(never)]
    fn hit(&mut self, slot: u32) {
        if self.queues.segment(slot) == HOT {
            self.queues.move_to_front(HOT, slot);
        }
    }

    fn removed(&mut self, slot: u32) {
        self.queues.remove(slot);
    }
}
