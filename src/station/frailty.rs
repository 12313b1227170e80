//! What makes an instance stand still on its own: collections of garbage, and breakdowns with their repairs.

use crate::distribution::Distribution;
use crate::kernel::random::Stream;
use crate::units::{Span, Time};

/// What the table of a component says of it.
#[derive(Clone, PartialEq, Debug)]
pub struct Frailty {
    /// Its memory, whose garbage is collected.
    pub heap: Option<Heap>,
    /// When it breaks down, and for how long.
    pub breakdown: Option<Breakdown>,
}

/// Memory that requests fill and that is collected, by an instance that does nothing else meanwhile.
#[derive(Clone, PartialEq, Debug)]
pub struct Heap {
    /// Its room \[B\].
    pub size: u64,
    /// What each arrival takes of it \[B\].
    pub per_request: u64,
    /// What lives for ever \[B\].
    pub live: u64,
    /// How long a collection takes.
    pub collection: Collection,
}

impl Heap {
    /// What a collection leaves while so many requests are present \[B\].
    pub fn live(&self, present: u32) -> u64 {
        self.live + self.per_request * u64::from(present)
    }
}

/// How long a collection takes.
#[derive(Clone, PartialEq, Debug)]
pub enum Collection {
    /// A time of its own \[ns\].
    Takes(Distribution),
    /// As long as it takes to go through what it leaves, at this speed \[B/s\].
    Traces(f64),
}

/// When an instance breaks down, and what that does.
#[derive(Clone, PartialEq, Debug)]
pub struct Breakdown {
    /// How long all is well \[ns\].
    pub to_failure: Distribution,
    /// How long the repair takes \[ns\].
    pub to_repair: Distribution,
    /// What becomes of the work that it interrupts.
    pub work: Interrupted,
    /// Which time counts.
    pub when: Exposure,
}

/// What becomes of work that is interrupted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Interrupted {
    /// It goes on where it stopped.
    Resumes,
    /// It begins anew, and takes as long as it would have.
    Restarts,
    /// It is given up, and whoever asked for it hears so at once.
    Lost,
}

impl Interrupted {
    /// All of them with the word of the language.
    pub const ALL: [(&'static str, Interrupted); 3] =
        [("resumes", Interrupted::Resumes), ("restarts", Interrupted::Restarts), ("lost", Interrupted::Lost)];
}

/// Which time counts towards a breakdown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exposure {
    /// All time in which it is not broken.
    Any,
    /// The time in which it works.
    Working,
}

impl Exposure {
    /// Both with the word of the language.
    pub const ALL: [(&'static str, Exposure); 2] = [("any", Exposure::Any), ("working", Exposure::Working)];
}

/// The frailty of one instance in a run.
pub struct Frail {
    /// When it breaks down and is repaired.
    pub breakdowns: Stream,
    /// How long its collections take.
    pub collections: Stream,
    /// What of its heap is taken \[B\].
    pub used: u64,
    /// Whether a collection is under way.
    pub collects: bool,
    /// A collection's end that does not bear it is void.
    pub collection: u32,
    /// Whether it is broken.
    pub is_broken: bool,
    /// A breakdown or repair that does not bear it is void.
    pub breakdown: u32,
    /// Whether the time that passes counts towards a breakdown; looked at only if not all time does.
    pub is_exposed: bool,
    /// How much of such time is left until the next one, as of `since`.
    pub left: Span,
    /// Since when such time has passed.
    pub since: Time,
    /// For how many reasons of its own it stands still.
    pub reasons: u32,
    /// Since when.
    pub stopped: Time,
}

impl Frail {
    /// An instance that has just been started.
    pub fn new(rules: &Frailty, breakdowns: Stream, collections: Stream) -> Frail {
        Frail {
            breakdowns,
            collections,
            used: rules.heap.as_ref().map_or(0, |heap| heap.live),
            collects: false,
            collection: 0,
            is_broken: false,
            breakdown: 0,
            is_exposed: false,
            left: Span::ZERO,
            since: Time(0),
            reasons: 0,
            stopped: Time(0),
        }
    }
}
