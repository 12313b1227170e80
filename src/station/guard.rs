//! How a station protects itself when more is asked of it than it can do: whom it drops, whom it keeps out.

use super::codel::{Codel, Control};
use super::memory::{Full, Memory};
use super::overflow::{Overflow, Standby};
use super::patience::ControlledDelay;
use crate::mechanism::concurrency_limit::{ConcurrencyLimit, Rule};
use crate::units::Time;

/// What the table of a component says of it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Guard {
    /// Whether the deadlines that callers hand on are looked at.
    pub late: Option<Late>,
    /// Drops from a queue that stands.
    pub codel: Option<Codel>,
    /// Waits that depend on whether the queue stands.
    pub delay: Option<ControlledDelay>,
    /// Who goes when the queue is full.
    pub overflow: Overflow,
    /// How many may be there at once.
    pub limit: Option<Rule>,
    /// How much memory they may take.
    pub memory: Option<Memory>,
}

impl Guard {
    /// Whether it may take requests out of the queue.
    pub fn drops(&self) -> bool {
        self.late.is_some() || self.codel.is_some() || self.overflow != Overflow::Arrival
    }

    /// A queue that nobody guards.
    pub const NONE: Guard = Guard {
        late: None,
        codel: None,
        delay: None,
        overflow: Overflow::Arrival,
        limit: None,
        memory: None,
    };

    /// Whether an instance may die of what is asked of it.
    pub fn kills(&self) -> bool {
        self.memory.is_some_and(|memory| memory.full == Full::Dies)
    }
}

/// Which requests come too late to be worth any work.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Late {
    /// Those whose deadline has passed.
    Expired,
    /// Those, too, whose first work would not be done by their deadline.
    Infeasible,
}

impl Late {
    /// Both with the word of the language and one sentence.
    pub const ALL: [(&'static str, Late, &'static str); 2] = [
        ("expired", Late::Expired, "those whose deadline has passed"),
        ("infeasible", Late::Infeasible, "those, too, whose first `work` would end after their deadline"),
    ];
}

/// The guard of one station in a run.
pub struct Watch {
    /// Its rules.
    pub rules: Guard,
    /// The state of CoDel.
    pub control: Control,
    /// When nobody waited last.
    pub last_empty: Time,
    /// Those who would have to make room.
    pub standby: Standby,
    /// Who is there, and how many may be.
    pub limit: Option<ConcurrencyLimit>,
}

impl Watch {
    /// The guard of an empty station.
    pub fn new(rules: Guard) -> Watch {
        Watch {
            rules,
            control: Control::default(),
            last_empty: Time(0),
            standby: Standby::default(),
            limit: rules.limit.as_ref().map(ConcurrencyLimit::new),
        }
    }
}
