//! How long a request may wait, by how the queue has been lately: the controlled delay of servers (Maurer 2015).
//!
//! As long as the queue has been empty within the last `interval`, a burst is worth working off, and a request may wait for
//! an interval. When it has not, the queue stands, and nobody may wait for longer than `target`: requests go soon enough
//! that their callers can ask somebody else. Unlike CoDel it needs no callers who slow down.

use crate::units::{Span, Time};

/// The two waits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ControlledDelay {
    /// How long a request may wait in a queue that stands.
    pub target: Span,
    /// How long it may wait otherwise; without having been empty for so long, a queue stands.
    pub interval: Span,
}

impl ControlledDelay {
    /// How long a request may wait that comes now, by when the queue was empty last.
    pub fn patience(self, now: Time, last_empty: Time) -> Span {
        if now.since(last_empty) > self.interval { self.target } else { self.interval }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_that_has_not_been_empty_gives_less_time() {
        let rule = ControlledDelay { target: Span(5), interval: Span(100) };
        for (now, last_empty, expected) in [(0, 0, 100), (100, 0, 100), (101, 0, 5), (500, 499, 100)] {
            assert_eq!(rule.patience(Time(now), Time(last_empty)), Span(expected), "{now} {last_empty}");
        }
    }
}
