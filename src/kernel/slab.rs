//! A slab: entries that come and go, in slots that are used again.

/// Entries that come and go, named by handles that carry a generation.
pub struct Slab<T> {
    entries: Vec<(u32, Option<T>)>,
    free: Vec<u32>,
}

/// Names an entry of a [`Slab`] for as long as it is there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Handle {
    /// Its slot.
    pub index: u32,
    /// Which of the slot's entries it is.
    pub generation: u32,
}

impl Handle {
    /// Nothing.
    pub const NONE: Handle = Handle { index: u32::MAX, generation: 0 };
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Slab { entries: Vec::new(), free: Vec::new() }
    }
}

impl<T> Slab<T> {
    /// Puts an entry in.
    #[inline]
    pub fn insert(&mut self, entry: T) -> Handle {
        if let Some(index) = self.free.pop() {
            let slot = &mut self.entries[index as usize];
            slot.1 = Some(entry);
            return Handle { index, generation: slot.0 };
        }
        self.entries.push((0, Some(entry)));
        Handle { index: (self.entries.len() - 1) as u32, generation: 0 }
    }

    /// The entry of this name, if it is still there.
    #[inline]
    pub fn get_mut(&mut self, handle: Handle) -> Option<&mut T> {
        self.entries.get_mut(handle.index as usize).filter(|slot| slot.0 == handle.generation)?.1.as_mut()
    }

    /// The entry of this name, if it is still there.
    #[inline]
    pub fn get(&self, handle: Handle) -> Option<&T> {
        self.entries.get(handle.index as usize).filter(|slot| slot.0 == handle.generation)?.1.as_ref()
    }

    /// Takes an entry out; its handle names nobody from now on.
    #[inline]
    pub fn remove(&mut self, handle: Handle) -> Option<T> {
        let slot = self.entries.get_mut(handle.index as usize).filter(|slot| slot.0 == handle.generation)?;
        let entry = slot.1.take()?;
        slot.0 = slot.0.wrapping_add(1);
        self.free.push(handle.index);
        Some(entry)
    }

    /// All of them, in the order of their slots.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.entries.iter().filter_map(|(_, entry)| entry.as_ref())
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries.len() - self.free.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes held.
    pub fn memory(&self) -> u64 {
        (self.entries.capacity() * size_of::<(u32, Option<T>)>() + self.free.capacity() * size_of::<u32>())
            as u64
    }
}
