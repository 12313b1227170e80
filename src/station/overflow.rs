//! Who goes when somebody comes and the queue is full.

use super::queue::Waiting;
use std::collections::VecDeque;

/// Who goes when the queue is full.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Overflow {
    /// Whoever comes.
    Arrival,
    /// Whoever has waited longest.
    Oldest,
    /// The least urgent of those who wait and whoever comes, of these the newest.
    LeastUrgent,
    /// The newest of the longest line, under fair queueing.
    LongestLine,
}

impl Overflow {
    /// All of them with the word of the language and one sentence.
    pub const ALL: [(&'static str, Overflow, &'static str); 4] = [
        ("arrival", Overflow::Arrival, "whoever comes"),
        ("oldest", Overflow::Oldest, "whoever has waited longest makes room"),
        (
            "least_urgent",
            Overflow::LeastUrgent,
            "the newest of the least urgent who wait makes room for somebody more urgent",
        ),
        (
            "longest_line",
            Overflow::LongestLine,
            "with `fair`: the newest of those in the longest line makes room, unless that is the arrival's own",
        ),
    ];

    /// The class of [`Standby`] in which somebody of a priority waits; none where nobody makes room, or lines of their own say who.
    pub fn class(self, priority: u8) -> Option<u8> {
        match self {
            Overflow::Arrival | Overflow::LongestLine => None,
            Overflow::Oldest => Some(0),
            Overflow::LeastUrgent => Some(priority),
        }
    }
}

/// Those who wait, in the order in which they would have to go. Push and pop are O(1) for each priority.
#[derive(Default)]
pub struct Standby {
    /// By priority, the oldest in front; all in the first where priorities do not matter.
    classes: Vec<VecDeque<Waiting>>,
    entries: usize,
}

impl Standby {
    /// Somebody begins to wait where `queued` do.
    pub fn push(&mut self, class: u8, waiting: Waiting, queued: u32, waits: impl Fn(Waiting) -> bool) {
        self.forget(queued, waits);
        self.class(class).push_back(waiting);
        self.entries += 1;
    }

    /// Somebody waits again where `queued` do, as the oldest of the class.
    pub fn push_first(&mut self, class: u8, waiting: Waiting, queued: u32, waits: impl Fn(Waiting) -> bool) {
        self.forget(queued, waits);
        self.class(class).push_front(waiting);
        self.entries += 1;
    }

    /// Drops the entries of those who no longer wait when there are many more than wait.
    fn forget(&mut self, queued: u32, waits: impl Fn(Waiting) -> bool) {
        if self.entries > 2 * queued as usize + 64 {
            self.classes.iter_mut().for_each(|class| class.retain(|one| waits(*one)));
            self.entries = self.classes.iter().map(VecDeque::len).sum();
        }
    }

    fn class(&mut self, class: u8) -> &mut VecDeque<Waiting> {
        let index = usize::from(class);
        if self.classes.len() <= index {
            self.classes.resize_with(index + 1, VecDeque::new);
        }
        &mut self.classes[index]
    }

    /// Takes out who has waited longest, of all who still wait; all are of one class.
    pub fn pop_oldest(&mut self, waits: impl Fn(Waiting) -> bool) -> Option<Waiting> {
        self.pop_from(0, VecDeque::pop_front, waits)
    }

    /// Takes out the newest of the least urgent who still wait, if they are less urgent than `class`.
    pub fn pop_less_urgent(&mut self, class: u8, waits: impl Fn(Waiting) -> bool) -> Option<Waiting> {
        self.pop_newest_from(usize::from(class) + 1, waits)
    }

    /// Takes out the newest of the least urgent who still wait.
    pub fn pop_least_urgent(&mut self, waits: impl Fn(Waiting) -> bool) -> Option<Waiting> {
        self.pop_newest_from(0, waits)
    }

    fn pop_newest_from(&mut self, first: usize, waits: impl Fn(Waiting) -> bool) -> Option<Waiting> {
        let classes = first..self.classes.len();
        classes.rev().find_map(|index| self.pop_from(index, VecDeque::pop_back, &waits))
    }

    fn pop_from(
        &mut self,
        class: usize,
        pop: impl Fn(&mut VecDeque<Waiting>) -> Option<Waiting>,
        waits: impl Fn(Waiting) -> bool,
    ) -> Option<Waiting> {
        let class = self.classes.get_mut(class)?;
        loop {
            let one = pop(class)?;
            self.entries -= 1;
            if waits(one) {
                return Some(one);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standby(classes: &[u8]) -> Standby {
        let mut standby = Standby::default();
        for (request, class) in classes.iter().enumerate() {
            standby.push(*class, Waiting { request: request as u32, stamp: 0 }, 10, |_| true);
        }
        standby
    }

    #[test]
    fn the_newest_of_the_least_urgent_goes() {
        let mut standby = standby(&[2, 0, 2, 1, 2]);
        let mut pop = |class| standby.pop_less_urgent(class, |one| one.request != 4).map(|one| one.request);
        assert_eq!([pop(2), pop(1), pop(1), pop(1)], [None, Some(2), Some(0), None]);
        assert_eq!([pop(0), pop(0)], [Some(3), None]);
    }

    #[test]
    fn the_oldest_goes() {
        let mut standby = standby(&[0, 0, 0]);
        let mut pop = || standby.pop_oldest(|one| one.request != 1).map(|one| one.request);
        assert_eq!([pop(), pop(), pop()], [Some(0), Some(2), None]);
    }

    #[test]
    fn who_has_gone_is_forgotten() {
        let mut standby = Standby::default();
        for request in 0..1000 {
            standby.push(0, Waiting { request, stamp: 0 }, 3, |one| one.request + 3 > request);
            assert!(standby.entries <= 71, "{}", standby.entries);
        }
        for stamp in 0..1000 {
            standby.push_first(0, Waiting { request: 0, stamp }, 1, |one| one.stamp + 1 > stamp);
            assert!(standby.entries <= 71, "{}", standby.entries);
        }
    }
}
