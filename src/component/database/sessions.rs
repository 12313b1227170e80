//! Read your writes: until when the reads of a user go to the primary.

use super::shard::Shard;
use super::store::COUNT_BITS;
use std::collections::{BTreeMap, VecDeque};

/// The last writes of the users, as long as some copy misses them.
#[derive(Default)]
pub(super) struct Sessions {
    /// By user, the version and the position of the last write.
    writes: BTreeMap<u64, (u64, u64)>,
    /// Positions and users, in the order of the writes.
    order: VecDeque<(u64, u64)>,
}

impl Sessions {
    /// What an entry takes of memory \[B\], about.
    const BYTES_PER_WRITE: u64 = 64;

    /// A user has written; what every copy has applied up to `floor` is forgotten.
    pub(super) fn wrote(&mut self, user: u64, version: u64, position: u64, floor: u64) {
        while let Some((old, user)) = self.order.front().copied()
            && old <= floor
        {
            self.order.pop_front();
            if self.writes.get(&user).is_some_and(|(_, last)| *last == old) {
                self.writes.remove(&user);
            }
        }
        self.writes.insert(user, (version, position));
        self.order.push_back((position, user));
    }

    /// Whether a copy has not applied yet what the user wrote last. What is in no history that lives on is no reason to wait.
    pub(super) fn is_behind(&self, shard: &Shard, copy: usize, user: u64) -> bool {
        let Some((version, position)) = self.writes.get(&user).copied() else { return false };
        let (copy, writer) = (&shard.copies[copy], (version >> COUNT_BITS) as u32);
        let has = |term: u32, end: u64| shard.history.common(writer, position, term).min(end) >= position;
        has(shard.history.latest_term(), u64::MAX) && !has(copy.term, copy.applied)
    }

    /// Bytes held.
    pub(super) fn memory(&self) -> u64 {
        self.order.len() as u64 * Self::BYTES_PER_WRITE
    }
}
