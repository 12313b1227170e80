//! What an onlooker who sees every id notices: ids that come twice, and ids that are not in order.
//!
//! Looking on takes memory only as far as ids can come twice at all: for counters and snowflakes a mark per counter and
//! millisecond, for lots the ids themselves.

use super::scheme::Scheme;
use crate::mechanism::snowflake::Layout;
use std::collections::{BTreeMap, BTreeSet};

/// Lots that are longer come twice so rarely that nobody could see it: with 10^9 of them, once in 10^6 runs at 80 bits.
const WATCHED_BITS: u32 = 48;

/// What is remembered of the ids.
pub(super) struct Observation {
    seen: Seen,
    /// The largest id so far.
    largest: Option<u128>,
}

/// What has been given away.
enum Seen {
    /// Of each node and millisecond, how many sequence numbers.
    Snowflakes(Layout, BTreeMap<u64, u32>),
    /// The step, and of each node the number behind the largest that it has given away.
    Counters(u64, Vec<u64>),
    /// Every lot.
    Lots(BTreeSet<u64>),
    /// Nothing: lots that are too long.
    Nothing,
}

/// What was noticed about an id.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Noticed {
    /// It had been given away before.
    pub(super) is_duplicate: bool,
    /// A larger one had been given away before.
    pub(super) is_inverted: bool,
}

impl Observation {
    /// Nothing seen yet.
    pub(super) fn of(scheme: &Scheme, instances: u32) -> Observation {
        let seen = match scheme {
            Scheme::Snowflake { layout, .. } => Seen::Snowflakes(*layout, BTreeMap::new()),
            Scheme::Step(step) => Seen::Counters(u64::from(*step), vec![0; instances as usize]),
            Scheme::Ticket => Seen::Counters(1, vec![0]),
            Scheme::Random(bits) if *bits <= WATCHED_BITS => Seen::Lots(BTreeSet::new()),
            Scheme::Random(_) => Seen::Nothing,
        };
        Observation { seen, largest: None }
    }

    /// Looks at an id that a node gives away.
    pub(super) fn see(&mut self, at: u32, id: u128) -> Noticed {
        let is_duplicate = match &mut self.seen {
            Seen::Snowflakes(layout, marks) => {
                let parts = layout.parts(id as u64);
                let next = marks.entry(id as u64 >> layout.sequence).or_insert(0);
                let is_duplicate = parts.sequence < *next;
                *next = (*next).max(parts.sequence + 1);
                is_duplicate
            }
            Seen::Counters(step, ends) => {
                // Node i gives away i, i + step, ...: only those with the same remainder could have given this one.
                let id = id as u64;
                let nodes = (id % *step..ends.len() as u64).step_by(*step as usize);
                let is_duplicate = nodes.into_iter().any(|node| node <= id && id < ends[node as usize]);
                ends[at as usize] = ends[at as usize].max(id + 1);
                is_duplicate
            }
            Seen::Lots(lots) => !lots.insert(id as u64),
            Seen::Nothing => false,
        };
        let is_inverted = self.largest.is_some_and(|largest| id < largest);
        self.largest = self.largest.max(Some(id));
        Noticed { is_duplicate, is_inverted }
    }

    /// Bytes held, about.
    pub(super) fn memory(&self) -> u64 {
        let entries = match &self.seen {
            Seen::Snowflakes(_, marks) => marks.len(),
            Seen::Counters(_, ends) => ends.len(),
            Seen::Lots(lots) => lots.len(),
            Seen::Nothing => 0,
        };
        entries as u64 * 24
    }
}
