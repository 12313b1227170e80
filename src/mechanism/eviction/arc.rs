//! ARC: recent and frequent objects in two LRU lists that learn their sizes from what they gave up.
//!
//! N. Megiddo and D. S. Modha, "ARC: a self-tuning, low overhead replacement cache", FAST 2003, figure 4. T1 has the objects
//! seen once lately, T2 those seen at least twice, B1 and B2 the ghosts of each. A hit in B1 raises the target `p` of T1, one in
//! B2 lowers it, by 1 or by the ratio of the ghost lists, whichever is more; `p` is a real number as in the paper. It has no
//! parameters. Where objects have sizes, all lists are measured by them, and `p` moves by as many units more as the object is
//! large; ghosts give way until the paper's bounds hold: T1 and B1 within the capacity, all four within twice the capacity.

use super::ghosts::Ghosts;
use super::segments::Segments;
use super::{Entry, Policy};

/// T1 and B1.
const ONCE: u32 = 0;
/// T2 and B2.
const OFTEN: u32 = 1;

/// Two lists of objects, two of ghosts, and the target.
#[derive(Clone, Debug)]
pub struct Arc {
    capacity: u64,
    /// T1 and T2.
    lists: Segments<2>,
    /// B1 and B2.
    ghosts: Ghosts<2>,
    /// The room that T1 should have.
    target: f64,
    arrival: Arrival,
}

/// Where the object that arrives was.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Arrival {
    /// In a ghost list.
    Ghost(u32),
    /// Nowhere.
    New,
    /// Nowhere, and T1 has all the room, without ghosts: what gives way for it is forgotten.
    NewToFullT1,
}

impl Arc {
    /// The policy of an empty cache with this room.
    pub fn new(capacity: u64) -> Arc {
        Arc { capacity, lists: Segments::new(), ghosts: Ghosts::new(), target: 0.0, arrival: Arrival::New }
    }

    /// Moves the target towards the ghost list that was right.
    fn adapt(&mut self, list: u32, cost: u64) {
        let other = 1 - list;
        let ratio = self.ghosts.used(other) as f64 / self.ghosts.used(list) as f64;
        let step = ratio.max(1.0) * cost as f64;
        self.target = if list == ONCE {
            (self.target + step).min(self.capacity as f64)
        } else {
            (self.target - step).max(0.0)
        };
    }

    /// Makes room in the ghost lists for a new object.
    fn shrink(&mut self, cost: u64) -> Arrival {
        let (once, often) = (self.lists.used(ONCE), self.lists.used(OFTEN));
        let had_ghosts = self.ghosts.used(ONCE) > 0;
        self.ghosts.shrink(ONCE, self.capacity.saturating_sub(once.saturating_add(cost)));
        let taken = [once, often, self.ghosts.used(ONCE), cost].into_iter().fold(0, u64::saturating_add);
        self.ghosts.shrink(OFTEN, self.capacity.saturating_mul(2).saturating_sub(taken));
        if !had_ghosts && once.saturating_add(cost) > self.capacity {
            Arrival::NewToFullT1
        } else {
            Arrival::New
        }
    }

    /// Whether T1 gives way by the target, rather than T2.
    fn once_gives_way(&self) -> bool {
        let used = self.lists.used(ONCE) as f64;
        used > self.target || (self.arrival == Arrival::Ghost(OFTEN) && used == self.target)
    }
}

impl Policy for Arc {
    fn arriving(&mut self, incoming: Entry) {
        self.arrival = match self.ghosts.list(incoming.key) {
            Some(list) => {
                self.adapt(list, incoming.cost);
                self.ghosts.remove(incoming.key);
                Arrival::Ghost(list)
            }
            None => self.shrink(incoming.cost),
        };
    }

    fn victim(&mut self, _incoming: Entry) -> u32 {
        if self.arrival == Arrival::NewToFullT1
            && let Some((slot, _)) = self.lists.pop_back(ONCE)
        {
            return slot;
        }
        // Only where objects have sizes, or were deleted, the list in question may be empty.
        let list = if self.once_gives_way() { ONCE } else { OFTEN };
        let list = if self.lists.back(list).is_some() { list } else { 1 - list };
        let (slot, entry) = self.lists.pop_back(list).expect("a full cache has an object");
        self.ghosts.push_front(list, entry);
        slot
    }

    fn inserted(&mut self, slot: u32, entry: Entry) {
        let list = if matches!(self.arrival, Arrival::Ghost(_)) { OFTEN } else { ONCE };
        self.lists.push_front(list, slot, entry);
    }

    #[inline(never)]
    fn hit(&mut self, slot: u32) {
        self.lists.move_to_front(OFTEN, slot);
    }

    fn removed(&mut self, slot: u32) {
        self.lists.remove(slot);
    }
}
