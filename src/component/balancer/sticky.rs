//! Remembers which target a user's first call went to.

use super::super::Reading;
use crate::mechanism::eviction::{Cache, Capacity, Kind, Object};
use crate::mechanism::hash::mix13_pair;
use crate::scenario::Value;

/// How many users are remembered if nothing else is asked for.
const USERS: u32 = 1_000_000;

pub(super) fn read_sticky(reading: &mut Reading<'_, '_>) -> Option<Option<u32>> {
    let Some(node) = reading.get("sticky") else { return Some(None) };
    if let Value::Boolean(is_wanted) = node.value {
        return Some(is_wanted.then_some(USERS));
    }
    reading.count("sticky", USERS, 1, u32::MAX).map(Some)
}

/// The targets of users, as many as there is room for; who was away longest is forgotten.
pub(super) struct Sessions {
    /// By user and pool; the version is the index of the target.
    table: Cache,
}

impl Sessions {
    /// What a user takes of memory \[B\], about.
    const BYTES_PER_USER: u64 = 100;

    pub(super) fn new(users: u32) -> Sessions {
        Sessions { table: Cache::new(Kind::Lru, Capacity::Objects(u64::from(users))) }
    }

    /// The target that a user has in a pool.
    pub(super) fn target(&mut self, user: u64, pool: usize) -> Option<u32> {
        self.table.get(key(user, pool)).map(|object| object.version as u32)
    }

    pub(super) fn keep(&mut self, user: u64, pool: usize, target: u32) {
        let object = Object { key: key(user, pool), version: u64::from(target), ..Object::default() };
        self.table.put(object);
    }

    pub(super) fn memory(&self) -> u64 {
        self.table.len() as u64 * Sessions::BYTES_PER_USER
    }
}

fn key(user: u64, pool: usize) -> u64 {
    mix13_pair(user, pool as u64)
}
