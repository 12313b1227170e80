//! Doubly linked lists of slots, from which most policies are built.

/// `LISTS` lists that share one array of links; a slot is in at most one of them. All operations take
/// constant time; 8 bytes per slot.
#[derive(Clone, Debug)]
pub struct Lists<const LISTS: usize> {
    /// The ends of the lists first, then the slots: every list is a ring through its end, so that no link is
    /// ever absent.
    links: Vec<Link>,
}

#[derive(Clone, Copy, Debug)]
struct Link {
    /// The neighbour towards the front.
    newer: u32,
    /// The neighbour towards the back.
    older: u32,
}

impl<const LISTS: usize> Lists<LISTS> {
    /// Empty lists.
    pub fn new() -> Self {
        Lists { links: (0..LISTS as u32).map(|end| Link { newer: end, older: end }).collect() }
    }

    /// Puts a slot that is in no list at the front of one.
    #[inline]
    pub fn push_front(&mut self, list: u32, slot: u32) {
        self.insert(slot + LISTS as u32, Link { newer: list, older: self.links[list as usize].older });
    }

    /// Puts a slot that is in no list at the back of one.
    #[inline]
    pub fn push_back(&mut self, list: u32, slot: u32) {
        self.insert(slot + LISTS as u32, Link { newer: self.links[list as usize].newer, older: list });
    }

    /// Puts a slot that is in no list in front of one that is.
    #[inline]
    pub fn insert_in_front(&mut self, slot: u32, older: u32) {
        let older = older + LISTS as u32;
        self.insert(slot + LISTS as u32, Link { newer: self.links[older as usize].newer, older });
    }

    /// Puts a node between two neighbours.
    #[inline]
    fn insert(&mut self, node: u32, link: Link) {
        match self.links.get_mut(node as usize) {
            Some(place) => *place = link,
            None => self.grow(node, link),
        }
        self.links[link.older as usize].newer = node;
        self.links[link.newer as usize].older = node;
    }

    /// Takes a slot out of the list it is in.
    #[inline]
    pub fn remove(&mut self, slot: u32) {
        let Link { newer, older } = self.links[(slot + LISTS as u32) as usize];
        self.links[newer as usize].older = older;
        self.links[older as usize].newer = newer;
    }

    /// The neighbour of a slot towards the front.
    #[inline]
    pub fn newer(&self, slot: u32) -> Option<u32> {
        self.links[(slot + LISTS as u32) as usize].newer.checked_sub(LISTS as u32)
    }

    /// The neighbour of a slot towards the back.
    #[inline]
    pub fn older(&self, slot: u32) -> Option<u32> {
        self.links[(slot + LISTS as u32) as usize].older.checked_sub(LISTS as u32)
    }

    /// The slot at the back of a list.
    #[inline]
    pub fn back(&self, list: u32) -> Option<u32> {
        // The end of an empty list is its own neighbour, and lies before the slots.
        self.links[list as usize].newer.checked_sub(LISTS as u32)
    }

    /// Takes out the slot at the back of a list.
    #[inline]
    pub fn pop_back(&mut self, list: u32) -> Option<u32> {
        let slot = self.back(list)?;
        let newer = self.links[(slot + LISTS as u32) as usize].newer;
        self.links[newer as usize].older = list;
        self.links[list as usize].newer = newer;
        Some(slot)
    }

    #[cold]
    fn grow(&mut self, node: u32, link: Link) {
        // Slots are given out in order, but not every slot need come to these lists.
        self.links.resize(node as usize + 1, link);
    }
}

impl<const LISTS: usize> Default for Lists<LISTS> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_keep_their_order() {
        let mut lists = Lists::<2>::new();
        assert_eq!(lists.back(0), None);
        for slot in 0..6 {
            lists.push_front(slot % 2, slot);
        }
        lists.remove(2);
        lists.push_front(1, 2);
        let mut drain = |list| -> Vec<u32> { std::iter::from_fn(|| lists.pop_back(list)).collect() };
        assert_eq!(drain(0), [0, 4]);
        assert_eq!(drain(1), [1, 3, 5, 2]);
        assert_eq!(drain(1), Vec::<u32>::new());
        lists.push_front(0, 9);
        lists.push_back(0, 3);
        lists.insert_in_front(5, 3);
        assert_eq!((lists.back(0), lists.newer(3), lists.newer(5)), (Some(3), Some(5), Some(9)));
        assert_eq!((lists.newer(9), lists.older(9), lists.older(3)), (None, Some(5), None));
    }
}
