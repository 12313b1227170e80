//! The load of a station over time: integrals of its levels, kept apart from the sums of what its visitors experienced.
//!
//! The integral of the number present over time and the sum of all sojourn times are the same quantity measured twice
//! (Little 1961); so are the integral of the busy workers and the sum of the times they were held (the utilisation law).
//! Both are whole numbers of nanoseconds here, so that they must agree exactly.

use crate::measure::timeline::Timeline;
use crate::units::Time;
use std::ops::AddAssign;

/// Integrals and counts over one stretch of time.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Load {
    /// Workers busy, integrated over time [worker ns].
    pub busy: u128,
    /// Requests waiting for a worker, integrated [ns].
    pub queued: u128,
    /// Requests present, integrated [ns].
    pub present: u128,
    /// Cores busy, integrated [ns].
    pub computing: u128,
    /// The most that waited at once.
    pub queue_max: u64,
    /// Visits that ended.
    pub served: u64,
    /// Arrivals turned away by the bound of the queue.
    pub rejected: u64,
    /// Requests that left the queue by themselves.
    pub reneged: u64,
    /// Arrivals.
    pub arrived: u64,
}

impl AddAssign for Load {
    fn add_assign(&mut self, other: Load) {
        self.busy += other.busy;
        self.queued += other.queued;
        self.present += other.present;
        self.computing += other.computing;
        self.queue_max = self.queue_max.max(other.queue_max);
        self.served += other.served;
        self.rejected += other.rejected;
        self.reneged += other.reneged;
        self.arrived += other.arrived;
    }
}

/// What the visitors experienced within the measured time [ns].
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Experience {
    /// The sum of all sojourns.
    pub sojourns: u128,
    /// The sum of all waits for a worker.
    pub waits: u128,
    /// The sum of all times a worker was held.
    pub held: u128,
}

/// The levels of a station right now.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Levels {
    /// Workers busy.
    pub busy: u32,
    /// Requests that wait for a worker.
    pub queued: u32,
    /// Requests present.
    pub present: u32,
    /// Cores busy, where they are fewer than the workers or shared.
    pub computing: u32,
}

/// Integrates the levels of one station.
#[derive(Clone, Debug)]
pub struct Meter {
    last: Time,
    edge: Time,
    cell: u16,
    /// The current cell so far.
    pub current: Load,
    /// The measured cells so far.
    pub total: Load,
    /// What the visitors experienced.
    pub experience: Experience,
}

impl Meter {
    /// A meter at time zero.
    pub fn new(timeline: &Timeline) -> Meter {
        let edge = timeline.end_of(0);
        Meter { last: Time(0), edge, cell: 0, current: Load::default(), total: Load::default(), experience: Experience::default() }
    }

    /// Integrates up to now, when a level is about to change. `cells` are those of the component.
    #[inline]
    pub fn touch(&mut self, now: Time, levels: Levels, timeline: &Timeline, cells: &mut [Load]) {
        while now >= self.edge {
            let edge = self.edge;
            self.integrate(edge, levels);
            self.close(timeline, cells);
            self.current.queue_max = u64::from(levels.queued);
        }
        self.integrate(now, levels);
    }

    #[inline]
    fn integrate(&mut self, now: Time, levels: Levels) {
        let span = u128::from(now.0 - self.last.0);
        self.current.busy += span * u128::from(levels.busy);
        self.current.queued += span * u128::from(levels.queued);
        self.current.present += span * u128::from(levels.present);
        self.current.computing += span * u128::from(levels.computing);
        self.last = now;
    }

    /// Books the current cell and goes on to the next.
    #[cold]
    fn close(&mut self, timeline: &Timeline, cells: &mut [Load]) {
        let cell = usize::from(self.cell);
        cells[cell] += self.current;
        if timeline.is_measured(cell) {
            self.total += self.current;
        }
        self.current = Load::default();
        self.cell += 1;
        self.edge = timeline.end_of(usize::from(self.cell));
    }

    /// The part of a stretch of time that lies within the measured time.
    #[inline]
    pub fn measured(timeline: &Timeline, from: Time, to: Time) -> u128 {
        u128::from(to.min(timeline.end()).0.saturating_sub(from.max(timeline.start()).0))
    }
}
