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
    /// Workers busy, integrated over time \[worker ns\].
    pub busy: u128,
    /// Requests waiting for a worker, integrated \[ns\].
    pub queued: u128,
    /// Requests present, integrated \[ns\].
    pub present: u128,
    /// Cores busy, integrated \[ns\].
    pub computing: u128,
    /// Workers that there are, integrated \[worker ns\]: those of instances that are up, as many as faults leave.
    pub workers: u128,
    /// Cores that there are, in the same way \[core ns\].
    pub cores: u128,
    /// Instances that are there, up or not: those that were not started, or were stopped, are not \[instance ns\].
    pub instances: u128,
    /// Workers busy with what nobody waits for any more \[worker ns\].
    pub wasted: u128,
    /// The most that waited at once.
    pub queue_max: u64,
    /// Visits that ended.
    pub served: u64,
    /// Arrivals turned away by the bound of the queue.
    pub rejected: u64,
    /// Requests that left the queue by themselves.
    pub reneged: u64,
    /// Requests that the station took out of its queue.
    pub dropped: u64,
    /// Visits that did not come to their end, those who left the queue or were taken out of it included.
    pub stopped: u64,
    /// Arrivals.
    pub arrived: u64,
    /// Arrivals at a version that is being deployed.
    pub met: u64,
    /// Visits that failed, those who were turned away included; counted only where something is to be feared.
    pub failed: u64,
    /// Collections of garbage that began.
    pub collections: u64,
    /// Breakdowns.
    pub breakdowns: u64,
    /// How long instances had stood still on their own when they went on \[ns\].
    pub stood: u128,
    /// Memory taken, integrated over time, where there is a limit \[B ns\].
    pub memory: u128,
    /// The most memory that was taken at one instance \[B\].
    pub memory_max: u64,
    /// How often an instance was killed because more memory was taken than there is.
    pub out_of_memory: u64,
}

impl AddAssign for Load {
    fn add_assign(&mut self, other: Load) {
        self.busy += other.busy;
        self.queued += other.queued;
        self.present += other.present;
        self.computing += other.computing;
        self.workers += other.workers;
        self.cores += other.cores;
        self.instances += other.instances;
        self.wasted += other.wasted;
        self.queue_max = self.queue_max.max(other.queue_max);
        self.served += other.served;
        self.rejected += other.rejected;
        self.reneged += other.reneged;
        self.dropped += other.dropped;
        self.stopped += other.stopped;
        self.arrived += other.arrived;
        self.met += other.met;
        self.failed += other.failed;
        self.collections += other.collections;
        self.breakdowns += other.breakdowns;
        self.stood += other.stood;
        self.memory += other.memory;
        self.memory_max = self.memory_max.max(other.memory_max);
        self.out_of_memory += other.out_of_memory;
    }
}

/// What the visitors experienced within the measured time \[ns\].
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
    /// 1 while the instance is down.
    pub down: u32,
    /// Memory taken, where there is a limit \[B\].
    pub memory: u64,
}

/// What an instance runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Version {
    /// What it ran when the run began.
    First,
    /// What a fault deploys.
    Deployed,
}

/// How many an instance can serve at once.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Capacity {
    /// Workers.
    pub workers: u32,
    /// Cores.
    pub cores: u32,
    /// 1 as long as the instance is there, be it up or not.
    pub instances: u32,
}

/// Integrates the levels of one station.
///
/// Every level costs only when it changes: a level that changes by d at time t adds d (T - t) to its integral up to T, so
/// that it suffices to sum up d t.
#[derive(Clone, Debug)]
pub struct Meter {
    edge: Time,
    cell: u16,
    /// How many workers and cores there are right now.
    there: Capacity,
    /// The sums of d t since the cell began.
    moments: Moments,
    /// What was counted in the current cell so far; its integrals are made when it ends.
    pub current: Load,
    /// Of the arrivals of the current cell, how many had come when a version that is being deployed was started.
    met_since: Option<u64>,
    /// The cells that have been closed so far.
    pub past: Load,
    /// Those of them that are measured.
    pub total: Load,
    /// What the visitors experienced.
    pub experience: Experience,
}

/// For each level, the sum of change times time \[ns\].
#[derive(Clone, Copy, Default, Debug)]
struct Moments {
    busy: i128,
    queued: i128,
    present: i128,
    computing: i128,
    workers: i128,
    cores: i128,
    instances: i128,
    memory: i128,
}

impl Meter {
    /// A meter at time zero, of a station that has so many workers and cores.
    pub fn new(timeline: &Timeline, there: Capacity) -> Meter {
        Meter {
            edge: timeline.end_of(0),
            cell: 0,
            there,
            moments: Moments::default(),
            current: Load::default(),
            met_since: None,
            past: Load::default(),
            total: Load::default(),
            experience: Experience::default(),
        }
    }

    /// Whether a cell has to be closed before anything changes now.
    #[inline]
    pub fn is_due(&self, now: Time) -> bool {
        now >= self.edge
    }

    /// Closes the cells that have ended by now, and tells what each of them saw.
    #[cold]
    pub fn close(
        &mut self,
        now: Time,
        levels: Levels,
        timeline: &Timeline,
        mut tell: impl FnMut(usize, Load),
    ) {
        while now >= self.edge {
            let (end, ended) = (i128::from(self.edge.0), self.open_load(self.edge, levels));
            let cell = usize::from(self.cell);
            tell(cell, ended);
            self.past += ended;
            if timeline.is_measured(cell) {
                self.total += ended;
            }
            let (queue_max, memory_max) = (u64::from(levels.queued), levels.memory);
            self.current = Load { queue_max, memory_max, ..Load::default() };
            self.met_since = self.met_since.map(|_| 0);
            let begin = |level: u32| i128::from(level) * end;
            self.moments = Moments {
                busy: begin(levels.busy),
                queued: begin(levels.queued),
                present: begin(levels.present),
                computing: begin(levels.computing),
                workers: begin(self.there.workers),
                cores: begin(self.there.cores),
                instances: begin(self.there.instances),
                memory: i128::from(levels.memory) * end,
            };
            self.cell += 1;
            self.edge = timeline.end_of(usize::from(self.cell));
        }
    }

    /// The load of the cell that has not been closed yet, up to now.
    pub fn open_load(&self, now: Time, levels: Levels) -> Load {
        let since = |level: u64, moment: i128| (i128::from(level) * i128::from(now.0) - moment) as u128;
        let integral = |level: u32, moment: i128| since(u64::from(level), moment);
        Load {
            busy: integral(levels.busy, self.moments.busy),
            queued: integral(levels.queued, self.moments.queued),
            present: integral(levels.present, self.moments.present),
            computing: integral(levels.computing, self.moments.computing),
            workers: integral(self.there.workers, self.moments.workers),
            cores: integral(self.there.cores, self.moments.cores),
            instances: integral(self.there.instances, self.moments.instances),
            memory: since(levels.memory, self.moments.memory),
            met: self.current.met + self.met_since.map_or(0, |since| self.current.arrived - since),
            ..self.current
        }
    }

    /// The load of the measured time up to now, whose cells before now have been closed.
    pub fn measured_load(&self, now: Time, levels: Levels, timeline: &Timeline) -> Load {
        let mut load = self.total;
        if timeline.is_measured(self.open_cell()) {
            load += self.open_load(now, levels);
        }
        load
    }

    /// The load since the run began; all cells that have ended have been closed.
    pub fn load_so_far(&self, now: Time, levels: Levels) -> Load {
        let mut load = self.past;
        load += self.open_load(now, levels);
        load
    }

    /// Who arrives from now on meets a version that is being deployed, or no longer does.
    pub fn version_changes(&mut self, version: Version) {
        let since = self.met_since.take();
        self.current.met += since.map_or(0, |since| self.current.arrived - since);
        self.met_since = (version == Version::Deployed).then_some(self.current.arrived);
    }

    /// The cell that has not been closed yet.
    pub fn open_cell(&self) -> usize {
        usize::from(self.cell)
    }

    /// The number of busy workers changes now.
    #[inline]
    pub fn busy_changes(&mut self, now: Time, by: i32) {
        self.moments.busy += i128::from(by) * i128::from(now.0);
    }

    /// The number of those who wait changes now.
    #[inline]
    pub fn queued_changes(&mut self, now: Time, by: i32) {
        self.moments.queued += i128::from(by) * i128::from(now.0);
    }

    /// The number of those present changes now.
    #[inline]
    pub fn present_changes(&mut self, now: Time, by: i32) {
        self.moments.present += i128::from(by) * i128::from(now.0);
    }

    /// The number of busy cores changes now.
    #[inline]
    pub fn computing_changes(&mut self, now: Time, by: i32) {
        self.moments.computing += i128::from(by) * i128::from(now.0);
    }

    /// More memory is taken, or less.
    pub fn memory_changes(&mut self, now: Time, by: i64) {
        self.moments.memory += i128::from(by) * i128::from(now.0);
    }

    /// There are so many workers and cores from now on.
    pub fn capacity_becomes(&mut self, now: Time, there: Capacity) {
        let change = |before: u32, after: u32| (i128::from(after) - i128::from(before)) * i128::from(now.0);
        self.moments.workers += change(self.there.workers, there.workers);
        self.moments.cores += change(self.there.cores, there.cores);
        self.moments.instances += change(self.there.instances, there.instances);
        self.there = there;
    }

    /// The part of a stretch of time that lies within the measured time.
    #[inline]
    pub fn measured(timeline: &Timeline, from: Time, to: Time) -> u128 {
        u128::from(to.min(timeline.end()).0.saturating_sub(from.max(timeline.start()).0))
    }
}
