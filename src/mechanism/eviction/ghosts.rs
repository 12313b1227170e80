//! Memories of objects that are no longer in the cache.

use super::Entry;
use super::segments::Segments;
use super::table::Table;

/// `LISTS` lists of the keys that were evicted last, with the room that their objects took.
#[derive(Clone, Debug)]
pub struct Ghosts<const LISTS: usize> {
    table: Table,
    lists: Segments<LISTS>,
    /// The slots in no list, of those that ever were in one.
    free: Vec<u32>,
    slots: u32,
}

impl<const LISTS: usize> Ghosts<LISTS> {
    /// Empty lists.
    pub fn new() -> Self {
        Ghosts { table: Table::new(), lists: Segments::new(), free: Vec::new(), slots: 0 }
    }

    /// Remembers, at the front of a list, an object that is in none.
    #[inline]
    pub fn push_front(&mut self, list: u32, entry: Entry) {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots += 1;
            self.slots - 1
        });
        self.lists.push_front(list, slot, entry);
        self.table.insert(entry.key, slot);
    }

    /// Forgets a key; says in which list it was.
    #[inline]
    pub fn remove(&mut self, key: u64) -> Option<u32> {
        let slot = self.table.find(key)?;
        self.table.remove(slot);
        self.lists.remove(slot);
        self.free.push(slot);
        Some(self.lists.segment(slot))
    }

    /// In which list a key is.
    #[inline]
    pub fn list(&self, key: u64) -> Option<u32> {
        self.table.find(key).map(|slot| self.lists.segment(slot))
    }

    /// Forgets the oldest ghosts of a list until those that stay have taken no more than this room.
    #[inline]
    pub fn shrink(&mut self, list: u32, room: u64) {
        while self.lists.used(list) > room
            && let Some((slot, _)) = self.lists.pop_back(list)
        {
            self.table.remove(slot);
            self.free.push(slot);
        }
    }

    /// The room that the objects of a list took.
    #[inline]
    pub fn used(&self, list: u32) -> u64 {
        self.lists.used(list)
    }
}

impl<const LISTS: usize> Default for Ghosts<LISTS> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_are_forgotten_first() {
        let mut ghosts = Ghosts::<2>::new();
        (1..=6).for_each(|key| ghosts.push_front((key % 2) as u32, Entry { key, cost: key }));
        assert_eq!((ghosts.used(0), ghosts.used(1)), (12, 9));
        assert_eq!((ghosts.remove(4), ghosts.remove(4), ghosts.list(5)), (Some(0), None, Some(1)));
        ghosts.shrink(1, 8);
        assert_eq!((ghosts.list(1), ghosts.list(3), ghosts.used(1)), (None, Some(1), 8));
        ghosts.shrink(1, 0);
        assert_eq!((ghosts.list(5), ghosts.used(1), ghosts.used(0)), (None, 0, 8));
        ghosts.push_front(1, Entry { key: 9, cost: 1 });
        assert_eq!((ghosts.list(9), ghosts.slots), (Some(1), 6), "slots are used again");
    }
}
