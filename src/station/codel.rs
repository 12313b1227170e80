//! Controlled delay: drops from the head of a queue that stands, whatever its length (Nichols and Jacobson 2012; RFC 8289).
//!
//! A queue that empties now and then does its work; one in which nobody has waited for less than `target` during a whole
//! `interval` is a standing queue, which costs time and gains nothing. From then on one is dropped at a time, the n-th an
//! interval / sqrt(n) after the one before, until somebody has waited for less than the target again.
//!
//! In the network the drop is what makes TCP slow down. Callers who do not slow down go on, and then the drops, which come
//! no faster than the square root grows, cannot hold the delay at the target.

use crate::units::{Span, Time};

/// When a queue stands, and how fast it is shortened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Codel {
    /// The wait that is good enough.
    pub target: Span,
    /// For how long every wait may be longer; above 0.
    pub interval: Span,
}

/// What becomes of whoever is at the head of the queue.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Head {
    /// It is served.
    Served,
    /// It is dropped, and the next one is looked at.
    Dropped,
}

/// The state of one queue, by the names of RFC 8289.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Control {
    /// When the wait will have been above the target for an interval; none if it is below.
    first_above: Option<Time>,
    is_dropping: bool,
    /// When the next one is dropped.
    drop_next: Time,
    /// Drops since dropping began.
    count: u32,
    /// The count with which dropping began last.
    last_count: u32,
    /// What the last decision was.
    after: After,
}

/// What has just been decided.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
enum After {
    /// To serve somebody.
    #[default]
    Serving,
    /// To begin dropping: whoever comes next is served.
    Beginning,
    /// To drop another one: the time of the next drop follows.
    Dropping,
}

/// A new episode of dropping within so many intervals of the last one goes on with its rate.
const RECENT: u64 = 16;

impl Control {
    /// What becomes of somebody who has waited for so long and is at the head, while so many others wait.
    pub fn judge(&mut self, rule: Codel, now: Time, waited: Span, others: u32) -> Head {
        let is_late = self.is_late(rule, now, waited, others);
        let after = std::mem::take(&mut self.after);
        if after == After::Beginning {
            return Head::Served;
        }
        if !self.is_dropping {
            return if is_late { self.begin(rule, now) } else { Head::Served };
        }
        if !is_late {
            self.is_dropping = false;
            return Head::Served;
        }
        if after == After::Dropping {
            self.drop_next = self.drop_next + step(rule, self.count);
        }
        if now < self.drop_next {
            return Head::Served;
        }
        self.count = self.count.saturating_add(1);
        self.after = After::Dropping;
        Head::Dropped
    }

    /// Whether waits have been above the target for an interval. A queue of one or two does not stand.
    fn is_late(&mut self, rule: Codel, now: Time, waited: Span, others: u32) -> bool {
        if waited < rule.target || others <= 1 {
            self.first_above = None;
            return false;
        }
        match self.first_above {
            Some(instant) => now >= instant,
            None => {
                self.first_above = Some(now + rule.interval);
                false
            }
        }
    }

    fn begin(&mut self, rule: Codel, now: Time) -> Head {
        let is_recent = now.0.saturating_sub(self.drop_next.0) < RECENT * rule.interval.0;
        let since = self.count - self.last_count;
        self.count = if since > 1 && is_recent { since } else { 1 };
        self.last_count = self.count;
        self.is_dropping = true;
        self.drop_next = now + step(rule, self.count);
        self.after = After::Beginning;
        Head::Dropped
    }
}

/// The control law: the time between two drops.
fn step(rule: Codel, count: u32) -> Span {
    Span::from_nanoseconds(rule.interval.0 as f64 / f64::from(count).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;
    const RULE: Codel = Codel { target: Span(5 * MS), interval: Span(100 * MS) };

    /// Somebody is at the head every millisecond, who has waited for so long \[ms\] while so many others wait; when it is dropped.
    fn drops(control: &mut Control, from: u64, until: u64, waited: u64, others: u32) -> Vec<u64> {
        let head = |at: &u64| control.judge(RULE, Time(at * MS), Span(waited * MS), others) == Head::Dropped;
        (from..until).filter(head).collect()
    }

    #[test]
    fn a_queue_that_does_not_stand_loses_nobody() {
        for (waited, others) in [(4, 1000), (1000, 1), (1000, 0)] {
            assert_eq!(drops(&mut Control::default(), 0, 10_000, waited, others), [] as [u64; 0]);
        }
    }

    /// The first drop after an interval above the target, then interval / sqrt(count): 100, 70.7, 57.7, 50, 44.7 ms.
    #[test]
    fn drops_follow_the_square_root() {
        let mut control = Control::default();
        let expected = [100, 200, 271, 329, 379, 424];
        assert_eq!(drops(&mut control, 0, 430, 6, 100), expected);
        // One short wait ends it; the next episode takes an interval again, and begins with the rate of the last one: 5 drops
        // more than at its beginning, 100 / sqrt(5) = 44.7 ms.
        assert_eq!(drops(&mut control, 430, 431, 4, 100), [] as [u64; 0]);
        assert_eq!(drops(&mut control, 431, 580, 6, 100), [531, 576]);
        // After 16 intervals all is forgotten.
        assert_eq!(drops(&mut control, 580, 3000, 4, 100), [] as [u64; 0]);
        assert_eq!(drops(&mut control, 3000, 3210, 6, 100), [3100, 3200]);
    }

    /// If the heads come seldom, those that are due are dropped together.
    #[test]
    fn what_is_due_is_dropped_at_once() {
        let mut control = Control::default();
        drops(&mut control, 0, 101, 6, 100);
        let at = |control: &mut Control, at: u64| control.judge(RULE, Time(at * MS), Span(6 * MS), 100);
        let heads: Vec<Head> = (0..4).map(|_| at(&mut control, 330)).collect();
        assert_eq!(heads, [Head::Served, Head::Dropped, Head::Dropped, Head::Dropped]);
        assert_eq!(at(&mut control, 330), Head::Served);
    }
}
