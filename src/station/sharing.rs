//! Processor sharing by virtual time.
//!
//! With n jobs on a capacity of c cores each job runs at min(1, c / n). Instead of touching every job at every change, the
//! station keeps a virtual clock that runs at this speed: a job that arrives at virtual time v with work w is done when the
//! clock shows v + w, whatever happens in between (Parekh and Gallager 1993 use the same device for fair queueing). The
//! arithmetic is in integers, 2^-32 ns fine, so that it has the same bits everywhere.

use super::Pace;
use super::queue::Waiting;
use crate::units::{Span, Time};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Fraction bits of the virtual clock.
const FRACTION: u32 = 32;

/// The pace of a core that is as fast as the scenario says.
const FULL_PACE: u64 = 1 << FRACTION;

/// The jobs that share a station. Adding and finishing a job is O(log n).
pub struct Sharing {
    capacity: u64,
    /// The speed of a core, as a fraction of 2^32.
    pace: u64,
    clock: u128,
    last: Time,
    jobs: u64,
    targets: BinaryHeap<Reverse<(u128, u64, Waiting)>>,
    sequence: u64,
    /// Which scheduled completion is the valid one.
    pub stamp: u32,
}

impl Sharing {
    /// Nobody on a capacity of this many cores (at least 1).
    pub fn new(capacity: u32) -> Sharing {
        let capacity = u64::from(capacity.max(1));
        Sharing {
            capacity,
            pace: FULL_PACE,
            clock: 0,
            last: Time(0),
            jobs: 0,
            targets: BinaryHeap::new(),
            sequence: 0,
            stamp: 0,
        }
    }

    /// How many share.
    pub fn jobs(&self) -> u64 {
        self.jobs
    }

    /// How many cores are busy.
    pub fn busy(&self) -> u64 {
        self.jobs.min(self.capacity)
    }

    /// Cores work at another speed from now on.
    pub fn set_pace(&mut self, now: Time, pace: Pace) {
        self.advance(now);
        self.pace = match pace {
            // A cast saturates; nobody is slower than a billionth of a core.
            Pace::Slow(factor) => ((FULL_PACE as f64 / factor + 0.5) as u64).max(1),
            Pace::Paused => 0,
        };
    }

    /// There are other cores from now on (at least 1).
    pub fn set_capacity(&mut self, now: Time, capacity: u32) {
        self.advance(now);
        self.capacity = u64::from(capacity.max(1));
    }

    /// A job with this much work joins.
    pub fn join(&mut self, now: Time, job: Waiting, work: Span) {
        self.advance(now);
        self.sequence += 1;
        self.targets.push(Reverse((self.clock + (u128::from(work.0) << FRACTION), self.sequence, job)));
        self.jobs += 1;
    }

    /// A job left before it was done; its entry is dropped when it surfaces.
    pub fn abandon(&mut self, now: Time) {
        self.advance(now);
        self.jobs -= 1;
    }

    /// The next job that is done by now, of those that are still there.
    pub fn finished(&mut self, now: Time, there: impl Fn(Waiting) -> bool) -> Option<Waiting> {
        self.advance(now);
        loop {
            let Reverse((target, _, job)) = *self.targets.peek()?;
            if !there(job) {
                self.targets.pop();
            } else if target <= self.clock {
                self.targets.pop();
                self.jobs -= 1;
                return Some(job);
            } else {
                return None;
            }
        }
    }

    /// How long until the next job is done if nobody comes or goes.
    pub fn until_next(&mut self, there: impl Fn(Waiting) -> bool) -> Option<Span> {
        while let Some(Reverse((target, _, job))) = self.targets.peek() {
            if there(*job) {
                if self.pace == 0 {
                    return None;
                }
                let virtual_span = target.saturating_sub(self.clock);
                // Rounded up, so that the job is done when the event comes.
                let span = (virtual_span * u128::from(self.jobs.max(self.capacity)))
                    .div_ceil(u128::from(self.capacity) * u128::from(self.pace));
                return Some(Span(u64::try_from(span).unwrap_or(u64::MAX)));
            }
            self.targets.pop();
        }
        None
    }

    fn advance(&mut self, now: Time) {
        let span = u128::from(now.since(self.last).0) * u128::from(self.pace);
        if self.jobs > 0 {
            self.clock += span * u128::from(self.capacity) / u128::from(self.jobs.max(self.capacity));
        }
        self.last = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(request: u32) -> Waiting {
        Waiting { request, stamp: 0 }
    }

    /// Two jobs of 100 on one core: the second comes at 50, both slow to a half, the first ends at 150, the second at 200.
    #[test]
    fn jobs_share_the_core() {
        let mut sharing = Sharing::new(1);
        sharing.join(Time(0), job(0), Span(100));
        sharing.join(Time(50), job(1), Span(100));
        assert_eq!(sharing.until_next(|_| true), Some(Span(100)));
        assert_eq!(sharing.finished(Time(149), |_| true), None);
        assert_eq!(sharing.finished(Time(150), |_| true), Some(job(0)));
        assert_eq!(sharing.until_next(|_| true), Some(Span(50)));
        assert_eq!(sharing.finished(Time(200), |_| true), Some(job(1)));
        assert_eq!(sharing.until_next(|_| true), None);
    }

    #[test]
    fn nobody_runs_faster_than_one_core() {
        let mut sharing = Sharing::new(4);
        sharing.join(Time(0), job(0), Span(100));
        sharing.join(Time(0), job(1), Span(300));
        assert_eq!(sharing.busy(), 2);
        assert_eq!(sharing.finished(Time(100), |_| true), Some(job(0)));
        sharing.abandon(Time(150));
        assert_eq!((sharing.jobs(), sharing.finished(Time(400), |job| job.request != 1)), (0, None));
    }
}
