//! Queueing, once for all kinds: every instance that serves has one station with workers, cores, a queue and their integrals.
//!
//! A *blocking* station gives each visitor a worker for the whole visit, an event loop only for each piece of work. Cores
//! limit how much work goes on at once, be it that of several workers or of several branches of one. Under processor sharing nobody waits: everyone present shares the cores.

pub mod codel;
pub mod cold_start;
pub mod fair;
pub mod frailty;
pub mod guard;
pub mod load;
pub mod memory;
pub mod overflow;
pub mod patience;
pub mod queue;
pub mod sharing;

pub use cold_start::ColdStart;
pub use frailty::{Frail, Frailty};
pub use guard::{Guard, Late, Watch};
pub use load::{Capacity, Levels, Load, Meter, Version};
pub use queue::{Discipline, Queue, Rank, Waiting};
pub use sharing::Sharing;

use crate::kernel::random::Stream;
use crate::measure::timeline::Timeline;
use crate::units::{AmountId, ComponentId, Span, Time};
use std::collections::VecDeque;

/// As many as anybody asks for.
pub const UNBOUNDED: u32 = u32::MAX;

/// How long a visitor keeps its worker.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Handling {
    /// From admission to the end of the handler, waiting for calls included.
    Blocking,
    /// During each piece of work only.
    EventLoop,
}

/// How many works a visitor may have going at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Works {
    /// One after the other: with a core for each worker nobody waits for a core.
    One,
    /// Several: its handler has branches or parallel turns with work.
    Several,
}

/// The words that every kind that serves has.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Shape {
    /// Served at once per instance.
    pub workers: u32,
    /// How many of them compute at once, if not all; see [`Shape::cores`].
    pub own_cores: Option<u32>,
    /// How many works a visitor may have going at once.
    pub works: Works,
    /// How many may wait.
    pub bound: u32,
    /// In which order.
    pub discipline: Discipline,
    /// How long a visitor keeps its worker.
    pub handling: Handling,
    /// After how long somebody who waits leaves \[ns\].
    pub patience: Option<AmountId>,
    /// How long it takes from being started to serving.
    pub boot: Span,
    /// Under adaptive LIFO: when more than so many wait, the newest is next.
    pub lifo_threshold: u32,
}

impl Shape {
    /// No limits at all.
    pub const FREE: Shape = Shape {
        workers: UNBOUNDED,
        own_cores: None,
        works: Works::One,
        bound: UNBOUNDED,
        discipline: Discipline::Fifo,
        handling: Handling::Blocking,
        patience: None,
        boot: Span::ZERO,
        lifo_threshold: 0,
    };

    /// How many works can go on at once: a core for each worker, where the scenario does not say it. As long as each visitor has
    /// one work at a time that is no limit.
    #[inline]
    pub fn cores(&self) -> u32 {
        match self.works {
            Works::One => self.own_cores.unwrap_or(UNBOUNDED),
            Works::Several => self.own_cores.unwrap_or(self.workers),
        }
    }

    /// Whether work may have to wait for a core: there are fewer cores than workers, or one worker may need several of them. An
    /// event loop gives each work a worker of its own, and who shares the cores never waits for one.
    pub fn limits_cores(&self) -> bool {
        let is_apart = self.handling == Handling::Blocking && self.discipline != Discipline::ProcessorSharing;
        let needs_several = self.works == Works::Several && is_apart;
        self.cores() < self.workers || needs_several && self.cores() != UNBOUNDED
    }

    /// How many can compute at once.
    pub fn capacity(&self) -> u32 {
        self.workers.min(self.cores())
    }

    /// How many can be served at once: under processor sharing as many as can compute.
    pub fn servers(&self) -> u32 {
        if self.discipline == Discipline::ProcessorSharing { self.capacity() } else { self.workers }
    }
}

/// How fast an instance works.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Pace {
    /// Everything takes so many times as long.
    Slow(f64),
    /// Not at all.
    Paused,
}

impl Pace {
    /// As fast as the scenario says.
    pub const FULL: Pace = Pace::Slow(1.0);

    /// How long some work takes; none if it does not go on.
    pub fn stretch(self, work: Span) -> Option<Span> {
        match self {
            Pace::FULL => Some(work),
            Pace::Slow(factor) => Some(Span::from_nanoseconds(work.0 as f64 * factor)),
            Pace::Paused => None,
        }
    }

    /// How much work is done in a time.
    pub fn shrink(self, span: Span) -> Span {
        match self {
            Pace::FULL => span,
            Pace::Slow(factor) => Span::from_nanoseconds(span.0 as f64 / factor),
            Pace::Paused => Span::ZERO,
        }
    }
}

/// Whether an instance is there: somebody pays for it, be it up or down.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Presence {
    /// It is.
    There,
    /// It has not been started, or has been stopped.
    Away,
}

/// The station of one instance.
pub struct Station {
    /// Its component.
    pub component: ComponentId,
    /// Its limits and rules.
    pub shape: Shape,
    /// Its levels right now.
    pub levels: Levels,
    /// Who waits for a worker.
    pub queue: Queue,
    /// Who has a worker and waits for a core.
    pub core_queue: VecDeque<Waiting>,
    /// Who shares the cores, under processor sharing.
    pub sharing: Option<Box<Sharing>>,
    /// Whether work may be interrupted or change its speed, so that it is kept in `running`.
    pub tracks: bool,
    /// Whether a visitor with a worker may have to wait for a core, now or after a change of the limits.
    pub limits_cores: bool,
    /// Whether work that ends gives nothing back: there is no limit of workers, nor one of cores, and nothing is kept of it.
    pub is_free: bool,
    /// How fast it works.
    pub pace: Pace,
    /// Whether the instance is there.
    pub presence: Presence,
    /// Who computes, in the order in which they started, where that matters.
    pub running: Vec<u32>,
    /// How it protects itself, if it does.
    pub guard: Option<Box<Watch>>,
    /// What makes it stand still, if anything does.
    pub frail: Option<Box<Frail>>,
    /// Their integrals.
    pub meter: Meter,
}

impl Station {
    /// An empty station.
    pub fn new(
        component: ComponentId,
        shape: Shape,
        timeline: &Timeline,
        stream: impl FnOnce() -> Stream,
    ) -> Station {
        let shares = shape.discipline == Discipline::ProcessorSharing;
        Station {
            component,
            shape,
            levels: Levels::default(),
            queue: Queue::new(shape.discipline, shape.lifo_threshold, stream),
            core_queue: VecDeque::new(),
            sharing: shares.then(|| Box::new(Sharing::new(shape.capacity()))),
            tracks: shape.discipline == Discipline::PriorityPreemptive,
            limits_cores: shape.limits_cores(),
            is_free: shape.workers == UNBOUNDED
                && !shape.limits_cores()
                && shape.discipline != Discipline::PriorityPreemptive,
            pace: Pace::FULL,
            presence: Presence::There,
            running: Vec::new(),
            guard: None,
            frail: None,
            meter: Meter::new(
                timeline,
                Capacity { workers: shape.servers(), cores: shape.cores(), instances: 1 },
            ),
        }
    }

    /// Whether an arrival that needs a worker gets one at once.
    #[inline]
    pub fn has_free_worker(&self) -> bool {
        self.levels.busy < self.shape.workers
    }

    /// Whether an arrival that has to wait may.
    #[inline]
    pub fn has_room(&self) -> bool {
        self.levels.queued < self.shape.bound
    }

    /// Another worker is busy (+1), or one less (-1), from now on.
    #[inline]
    pub fn change_busy(&mut self, now: Time, by: i32) {
        self.levels.busy = self.levels.busy.wrapping_add_signed(by);
        self.meter.busy_changes(now, by);
    }

    /// One more waits for a worker (+1), or one less (-1), from now on.
    #[inline]
    pub fn change_queued(&mut self, now: Time, by: i32) {
        self.levels.queued = self.levels.queued.wrapping_add_signed(by);
        self.meter.current.queue_max = self.meter.current.queue_max.max(u64::from(self.levels.queued));
        self.meter.queued_changes(now, by);
    }

    /// One more is present (+1), or one less (-1), from now on.
    #[inline]
    pub fn change_present(&mut self, now: Time, by: i32) {
        self.levels.present = self.levels.present.wrapping_add_signed(by);
        self.meter.present_changes(now, by);
    }

    /// Another core is busy (+1), or one less (-1), from now on.
    #[inline]
    pub fn change_computing(&mut self, now: Time, by: i32) {
        self.levels.computing = self.levels.computing.wrapping_add_signed(by);
        self.meter.computing_changes(now, by);
    }

    /// More memory is taken (+), or less (-), from now on \[B\].
    pub fn change_memory(&mut self, now: Time, by: i64) {
        self.levels.memory = self.levels.memory.wrapping_add_signed(by);
        self.meter.current.memory_max = self.meter.current.memory_max.max(self.levels.memory);
        self.meter.memory_changes(now, by);
    }

    /// What the instance takes of its memory for itself \[B\].
    fn base(&self) -> u64 {
        let memory = self.guard.as_ref().and_then(|watch| watch.rules.memory);
        memory.filter(|_| self.levels.down == 0).map_or(0, |memory| memory.base)
    }

    /// The instance goes down (+1) or comes up (-1).
    pub fn change_down(&mut self, now: Time, by: i32) {
        let before = self.base();
        self.levels.down = self.levels.down.wrapping_add_signed(by);
        let after = self.base();
        if before != after {
            self.change_memory(now, after as i64 - before as i64);
        }
        self.measure_capacity(now);
    }

    /// Takes the workers and cores of another shape; what has begun goes on.
    pub fn set_limits(&mut self, now: Time, shape: Shape) {
        (self.shape.workers, self.shape.own_cores) = (shape.workers, shape.own_cores);
        self.measure_capacity(now);
    }

    /// The instance is there from now on, or no longer.
    pub fn set_presence(&mut self, now: Time, presence: Presence) {
        self.presence = presence;
        self.measure_capacity(now);
    }

    fn measure_capacity(&mut self, now: Time) {
        let instances = u32::from(self.presence == Presence::There);
        let there = match self.levels.down {
            0 => Capacity { workers: self.shape.servers(), cores: self.shape.cores(), instances },
            _ => Capacity { instances, ..Capacity::default() },
        };
        self.meter.capacity_becomes(now, there);
    }

    /// Whether nobody is there; that may be because the instance has been stopped.
    pub fn is_idle(&self) -> bool {
        let is_watched = |watch: &Watch| watch.limit.is_some_and(|limit| limit.in_flight() > 0);
        let down = if self.presence == Presence::Away { self.levels.down } else { 0 };
        self.levels == Levels { down, memory: self.base(), ..Levels::default() }
            && !self.guard.as_deref().is_some_and(is_watched)
    }
}
