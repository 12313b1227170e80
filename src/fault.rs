//! Faults as data: conditions that befall instances and links, and when.
//!
//! A *condition* is something that an instance or a link can be told: you are down, you are slow, you are cut. A *fault* is a
//! condition with those whom it befalls and a schedule: once, from one instant to another, or again and again at random (a
//! *campaign*). Components are told conditions, never faults.

use crate::distribution::Distribution;
use crate::units::{ComponentId, InstanceId, Span, Time};
use std::collections::BTreeSet;

/// A table `[fault.NAME]` or `[campaign.NAME]`.
#[derive(Clone, PartialEq, Debug)]
pub struct Fault {
    /// Its name, which no other fault or campaign has.
    pub name: String,
    /// When it begins and ends.
    pub schedule: Schedule,
    /// What it does, and to whom.
    pub condition: Condition,
    /// The key of the condition: `crash`, `partition`.
    pub word: &'static str,
    /// Whom it befalls, as the scenario writes it.
    pub targets: String,
}

/// When a fault begins and ends.
#[derive(Clone, PartialEq, Debug)]
pub enum Schedule {
    /// Once. Both instants are on the clock of the run, which counts the warm-up.
    Once {
        /// When it begins, before the end of the run.
        from: Time,
        /// When it ends, later than `from`; [`Time::NEVER`] if it lasts for ever.
        until: Time,
    },
    /// Again and again: every selected instance, every selected role, or the links of the condition together, has a clock of
    /// its own, and begins the run unharmed.
    Campaign {
        /// From being well to the next failure \[ns\]; its mean is positive.
        to_failure: Distribution,
        /// From the failure to being well again \[ns\]; its mean is positive.
        to_repair: Distribution,
    },
}

/// What befalls instances or links. Nobody is selected twice, unless by a role.
#[derive(Clone, PartialEq, Debug)]
pub enum Condition {
    /// The instances are down; what they did and what waited there is lost.
    Crash {
        /// Who.
        targets: Vec<Selector>,
        /// Whether callers are told.
        notice: Notice,
        /// Whether what was stored survives.
        disk: Disk,
    },
    /// The instances do nothing for a while; work resumes where it stood.
    Pause {
        /// Who.
        targets: Vec<Selector>,
    },
    /// All work takes longer, also what remains of work that has begun.
    Slow {
        /// Who.
        targets: Vec<Selector>,
        /// How many times longer: above 0; below 1 it is faster.
        factor: f64,
    },
    /// Some visits end with `error` after their service.
    Errors {
        /// Who.
        targets: Vec<Selector>,
        /// Which share of the visits, as a fraction of 2^64.
        share: u64,
    },
    /// The stations have other limits than the scenario gives them.
    Capacity {
        /// Who.
        targets: Vec<Selector>,
        /// Workers per instance, at least 1; as before if none.
        workers: Option<u32>,
        /// Cores per instance, at least 1; as before if none.
        cores: Option<u32>,
    },
    /// The instances' own clocks are wrong.
    Clock {
        /// Who.
        targets: Vec<Selector>,
        /// How.
        change: ClockChange,
    },
    /// The instances are given another version, some at a time.
    Deploy(Deploy),
    /// Messages over some links suffer.
    Links {
        /// Which links; a link that is in several of the sets suffers once.
        links: Vec<LinkSet>,
        /// What they suffer.
        effect: LinkEffect,
    },
}

/// A version that replaces what instances run. Each of them takes no more calls, goes on with what it has, is stopped, boots,
/// and serves again.
#[derive(Clone, PartialEq, Debug)]
pub struct Deploy {
    /// Who, in this order.
    pub targets: Vec<Selector>,
    /// How many are replaced at a time, at least 1.
    pub batch: u32,
    /// From the moment when all of them serve to the next ones.
    pub pause: Span,
    /// For how long an instance goes on with what it has.
    pub drain: Span,
    /// What is wrong with the version.
    pub version: Version,
    /// Who goes first, and is watched.
    pub canary: Option<Canary>,
}

/// What is wrong with a version.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Version {
    /// How many times longer its work takes.
    pub factor: f64,
    /// Which share of its visits fail, as a fraction of 2^64.
    pub errors: u64,
    /// Whether it ever comes up.
    pub start: Start,
}

/// Whether an instance that is started comes up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Start {
    /// When it has booted.
    Boots,
    /// Never: it crashes again and again.
    Crashes,
}

/// The first instances that are given a version. If they are worse than the others by too much when they have been watched,
/// they are given back what they had.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Canary {
    /// How many, at least 1.
    pub instances: u32,
    /// For how long they are watched from the moment when all of them serve.
    pub watch: Span,
    /// By how much more of their visits may fail.
    pub errors: Option<f64>,
    /// How many times as long their visits may take in the mean.
    pub latency: Option<f64>,
}

/// Whether the callers of a crashed instance are told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Notice {
    /// They are: its requests end with `reset`, new ones are refused.
    Reset,
    /// They are not, as when a host or a place is lost.
    Silent,
}

/// What becomes of what a crashed instance had stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Disk {
    /// It is there after the restart.
    Kept,
    /// It is gone.
    Lost,
}

/// How a clock goes wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ClockChange {
    /// It is ahead by this much while the fault lasts \[ns\]; behind if negative.
    Skew(i64),
    /// It jumps by this much when the fault begins \[ns\], and stays there; back if negative.
    Step(i64),
}

/// Some instances.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Selector {
    /// Instances of one component, by their consecutive ids.
    Instances {
        /// The first.
        first: InstanceId,
        /// How many, at least 1.
        count: u32,
    },
    /// Who has a role when the fault begins; who has it then keeps the fault when the role moves.
    Role {
        /// In which component.
        component: ComponentId,
        /// Which role.
        role: Role,
    },
}

/// What an instance is to its component.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Role {
    /// The copy that takes the writes.
    Primary,
    /// One of the other copies, or all of them.
    Replica(Option<u32>),
    /// All copies of one share of the data.
    Shard(u32),
}

/// Directed links: the messages from any instance of one side to any of the other.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LinkSet {
    /// Who sends.
    pub from: Vec<Selector>,
    /// Who receives.
    pub to: Vec<Selector>,
}

/// What messages suffer.
#[derive(Clone, PartialEq, Debug)]
pub enum LinkEffect {
    /// Those that would arrive are lost.
    Cut,
    /// Those that would arrive do so when the link heals.
    Hold,
    /// Each takes longer by this \[ns\].
    Latency(Distribution),
    /// Each is lost with this probability, as a fraction of 2^64, besides the loss that the link has anyway.
    Loss(u64),
    /// They share this bandwidth \[B/s\].
    Bandwidth(f64),
}

impl Condition {
    /// The instances that it befalls; none for links.
    pub fn targets(&self) -> &[Selector] {
        match self {
            Condition::Crash { targets, .. }
            | Condition::Pause { targets }
            | Condition::Slow { targets, .. }
            | Condition::Errors { targets, .. }
            | Condition::Capacity { targets, .. }
            | Condition::Clock { targets, .. }
            | Condition::Deploy(Deploy { targets, .. }) => targets,
            Condition::Links { .. } => &[],
        }
    }
}

/// The components of which a sort of condition may befall some instance.
pub fn befallen(
    faults: &[Fault],
    component_of: impl Fn(InstanceId) -> ComponentId,
    sort: impl Fn(&Condition) -> bool,
) -> BTreeSet<ComponentId> {
    let conditions = faults.iter().map(|fault| &fault.condition).filter(|condition| sort(condition));
    let selectors = conditions.flat_map(|condition| condition.targets());
    let components = selectors.flat_map(|selector| match *selector {
        Selector::Instances { first, count } => {
            (first.0..first.0 + count).map(|instance| component_of(InstanceId(instance))).collect()
        }
        Selector::Role { component, .. } => vec![component],
    });
    components.collect()
}

/// Every report cuts the time of the run in two more places, and every count is kept for each cut.
const REPORTS_MAX: usize = 12;

/// The first faults that come once, by their indices, with their begins and ends: what clients see around these is reported.
pub fn reported_windows(faults: &[Fault]) -> Vec<(usize, [Time; 2])> {
    let once = |(index, fault): (usize, &Fault)| match fault.schedule {
        Schedule::Once { from, until } => Some((index, [from, until])),
        Schedule::Campaign { .. } => None,
    };
    faults.iter().enumerate().filter_map(once).take(REPORTS_MAX).collect()
}
