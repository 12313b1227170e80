//! Consumers who wait at a queue until there is a message, or until they are tired of it.

use crate::kernel::request::RequestId;
use crate::units::Time;
use std::collections::{BTreeMap, BTreeSet};

/// Those who wait at one instance.
#[derive(Debug, Default)]
pub(super) struct Polls {
    /// Who, and until when, in the order in which they came.
    waiting: BTreeMap<u64, (RequestId, Time)>,
    /// Until when, and who.
    tired: BTreeSet<(Time, u64)>,
    /// How many have come.
    came: u64,
}

impl Polls {
    /// Whether nobody waits.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Somebody waits until an instant.
    pub(super) fn add(&mut self, request: RequestId, until: Time) {
        self.waiting.insert(self.came, (request, until));
        self.tired.insert((until, self.came));
        self.came += 1;
    }

    /// Who has waited longest waits no longer.
    pub(super) fn next(&mut self) -> Option<RequestId> {
        let (number, (request, until)) = self.waiting.pop_first()?;
        self.tired.remove(&(until, number));
        Some(request)
    }

    /// When the next one is tired.
    pub(super) fn next_tired(&self) -> Option<Time> {
        self.tired.first().map(|(until, _)| *until)
    }

    /// One who has waited long enough waits no longer.
    pub(super) fn tired(&mut self, now: Time) -> Option<RequestId> {
        let (_, number) = self.tired.first().copied().filter(|(until, _)| *until <= now)?;
        self.tired.pop_first();
        self.waiting.remove(&number).map(|(request, _)| request)
    }

    /// Somebody has gone.
    pub(super) fn forget(&mut self, gone: RequestId) {
        let found = self.waiting.iter().find(|(_, (request, _))| *request == gone);
        if let Some((number, (_, until))) = found.map(|(number, waits)| (*number, *waits)) {
            self.waiting.remove(&number);
            self.tired.remove(&(until, number));
        }
    }

    /// Bytes held, about.
    pub(super) fn memory(&self) -> u64 {
        (self.waiting.len() * 2 * size_of::<(u64, RequestId, Time)>()) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_leave_in_the_order_in_which_they_came_or_are_tired() {
        let mut polls = Polls::default();
        let request = |index| RequestId { index, generation: 0 };
        for (index, until) in [(1, 50), (2, 20), (3, 30), (4, 20), (5, 90)] {
            polls.add(request(index), Time(until));
        }
        polls.forget(request(4));
        polls.forget(request(99));
        assert_eq!(polls.tired(Time(19)), None);
        assert_eq!((polls.next_tired(), polls.tired(Time(20))), (Some(Time(20)), Some(request(2))));
        assert_eq!(polls.tired(Time(20)), None);
        assert_eq!(polls.next(), Some(request(1)));
        assert_eq!((polls.tired(Time(30)), polls.next()), (Some(request(3)), Some(request(5))));
        assert!(polls.is_empty() && polls.next().is_none() && polls.next_tired().is_none());
    }
}
