//! The plan: a scenario compiled into a flat, immutable program that a run interprets.
//!
//! Names have become ids, flows have become steps; everything that can be wrong with a scenario has been found. A plan is
//! shared by all the runs of a scenario.

mod apart;
mod bounds;
mod build;
mod builder;
mod call;
mod choice;
mod cold_start;
mod compiler;
mod components;
mod connect;
pub mod declare;
mod document;
mod each;
mod entries;
mod errands;
mod essence;
mod fault;
mod fork;
mod frailty;
mod future;
mod graph;
mod guard;
mod header;
mod hint;
mod knobs;
mod lane;
pub mod lint;
mod listing;
mod marks;
mod memory;
mod names;
mod neighbours;
mod network;
mod objective;
mod operands;
pub mod policy;
mod price;
pub mod program;
mod repeat;
mod requirement;
mod roster;
mod session;
mod shown;
mod size;
mod staff;
mod symbols;
mod tables;
mod targets;
#[cfg(test)]
mod testing;
mod topology;
mod trace;
pub mod verbs;
pub mod words;

pub use bounds::{bounds, latency_limits};
pub use build::{Scenario, build};
pub use document::{Document, Variant};
pub use essence::Essence;
pub use fault::{CAMPAIGN_KEYS, CONDITIONS, ConditionSpec, FAULT_KEYS, describe_fault};
pub use listing::listing;
pub use names::RESERVED;
pub use objective::{Expected, FaultSpan, Level, NoWindow, Objective, window_span};
pub use price::{EGRESS, Price, Prices};
pub use program::{
    Amount, Branches, Choice, Exchange, Field, Fork, Form, FunctionPlan, Law, Link, MarkPlan, MarkSite, Need,
    Operand, Others, Piece, Pool, Sequence, Site, Step, Template, Turns, Whole,
};
pub use requirement::{Requirement, Requirements};
pub use shown::Shown;
pub use tables::{Body, TABLES, TableSpec};
pub use topology::topology;

use crate::component::{Blueprint, Carries, RoleForm, Setting, Through};
use crate::fault::{Condition, Fault};
use crate::measure::ledger::Marks;
use crate::measure::timeline::Timeline;
use crate::resilience::budget::Allowance;
use crate::resilience::{Latency, batch, gate};
use crate::station::{ColdStart, Frailty, Guard, Shape};
use crate::units::{
    AmountId, ComponentId, EdgeId, EntryId, InstanceId, OperationId, PlaceId, SlotId, Span, StepId,
};
use crate::workload::{Column, Keys, OpenArrivals, Trace};
use std::collections::BTreeSet;

/// A scenario, ready to run.
pub struct Plan {
    /// Its title.
    pub title: String,
    /// The program.
    pub steps: Vec<Step>,
    /// What steps draw.
    pub amounts: Vec<Amount>,
    /// Where calls are written.
    pub sites: Vec<Site>,
    /// Branches that run side by side.
    pub forks: Vec<Fork>,
    /// Branches of which one is taken.
    pub choices: Vec<Choice>,
    /// Lists of numbers that steps go through.
    pub sequences: Vec<Sequence>,
    /// What components can be asked; their variables stand behind those that every expression has.
    pub functions: Vec<FunctionPlan>,
    /// Where intentions are to get to.
    pub marks: Vec<MarkPlan>,
    /// The steps that say that one got there.
    pub mark_sites: Vec<MarkSite>,
    /// The marks that the requests of each slot may reach.
    pub expected: Vec<Marks>,
    /// The constant delays, each of which gets a lane of the event queue.
    pub delays: Vec<Span>,
    /// The names of outcomes.
    pub outcomes: Vec<String>,
    /// The names of operations.
    pub operations: Vec<String>,
    /// In the order of their names.
    pub components: Vec<ComponentPlan>,
    /// Component by component.
    pub instances: Vec<InstancePlan>,
    /// What can be visited: the operations of the components, in the order of both names.
    pub entries: Vec<EntryPlan>,
    /// Where sessions and handlers begin, ascending: each ends where the next one begins.
    pub starts: Vec<StepId>,
    /// The pairs of components between which calls pass.
    pub edges: Vec<EdgePlan>,
    /// What callers remember between calls, where their policies need that.
    pub keepers: Vec<KeeperPlan>,
    /// The clients, in the order of their names.
    pub clients: Vec<ClientPlan>,
    /// What clients record.
    pub slots: Vec<SlotPlan>,
    /// The names of places.
    pub places: Vec<String>,
    /// From place to place, row by row.
    pub links: Vec<Link>,
    /// Bytes that every message has besides its value.
    pub overhead: u64,
    /// The largest number of frames that a request can hold.
    pub depth: usize,
    /// Faults and campaigns, in the order of their names.
    pub faults: Vec<Fault>,
    /// How the time of a run is cut.
    pub timeline: Timeline,
    /// The scenario's seed.
    pub seed: u64,
    /// What a run may not exceed.
    pub limits: Limits,
    /// What it costs.
    pub prices: Prices,
    /// How many times as large the system is that the scenario stands for.
    pub scale: f64,
    /// The instances whose load is kept for windows.
    pub apart: BTreeSet<InstanceId>,
}

/// What a run may not exceed; it stops cleanly there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Events.
    pub events: u64,
    /// Requests in flight.
    pub in_flight: u64,
    /// Bytes of the run's own books: requests, events, stores.
    pub memory: u64,
    /// Events at one instant: more are a loop that takes no time, which would keep time from passing for ever.
    pub events_at_one_instant: u64,
}

/// One table of the scenario that has instances.
pub struct ComponentPlan {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: &'static str,
    /// What its kind knows of it.
    pub blueprint: Blueprint,
    /// Its station's limits and rules.
    pub shape: Shape,
    /// How its stations protect themselves, if they do.
    pub guard: Option<Guard>,
    /// What makes its instances stand still on their own, if anything does.
    pub frailty: Option<Frailty>,
    /// How slowly its instances work when they have been started, if they do.
    pub cold_start: Option<ColdStart>,
    /// What a request for each of its operations takes of the memory \[B\]; empty where there is no limit.
    pub memory: Vec<u64>,
    /// Whose line a request joins, under fair queueing.
    pub by: Option<Template>,
    /// By what that which its visitors bring falls into lanes, if it does.
    pub lane: Option<Template>,
    /// Its instances: the first, and how many.
    pub instances: (InstanceId, u32),
    /// Its operations: the first entry, and how many.
    pub entries: (EntryId, u16),
    /// What its instances do by themselves, in the order of its kind.
    pub errands: Vec<ErrandPlan>,
    /// How long letters between its instances take, if the network does not say it.
    pub letters: Option<Latency>,
    /// The store whose newest versions its copies are compared with.
    pub copies_of: Option<ComponentId>,
    /// What its instances look at, in the order of its kind: a component, and a level by its index among the kind's figures.
    pub subjects: Vec<(ComponentId, Option<usize>)>,
    /// Whether its single instances are listed, however many there are.
    pub lists_instances: bool,
    /// What its state in a run needs to know.
    pub setting: Setting,
}

/// The groups of equal size into which the instances of a component fall, in a row: the shards of a database.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Groups {
    /// The word behind the dot: `shard`.
    pub word: &'static str,
    /// How many there are.
    pub count: u32,
    /// The instances of each.
    pub size: u32,
}

impl Groups {
    /// The instances of a group, by their indices within the component.
    pub fn members(&self, group: u32) -> std::ops::Range<u32> {
        let begin = group.saturating_mul(self.size);
        begin..begin.saturating_add(self.size)
    }
}

impl ComponentPlan {
    /// Its groups, if its kind parts its instances: they are what its numbered role means.
    pub fn groups(&self) -> Option<Groups> {
        let roles = self.blueprint.spec().roles.iter();
        let word =
            roles.filter(|role| matches!(role.form, RoleForm::Numbered(_))).map(|role| role.name).next()?;
        let count = self.blueprint.role_count(word);
        Some(Groups { word, count, size: self.instances.1 / count })
    }
}

/// Something that the instances of a component do by themselves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ErrandPlan {
    /// Work at their own station.
    Work(EntryId),
    /// A call, which waits for a worker of the callee or is served past its queue.
    Call(EntryId, Through),
}

/// One instance.
#[derive(Clone, Copy, Debug)]
pub struct InstancePlan {
    /// Of which component.
    pub component: ComponentId,
    /// Which of its instances, from 0.
    pub index: u32,
    /// Where it stands.
    pub place: PlaceId,
}

/// One operation of one component.
#[derive(Clone, Debug)]
pub struct EntryPlan {
    /// Whose.
    pub component: ComponentId,
    /// Which.
    pub operation: OperationId,
    /// Where its program begins.
    pub start: StepId,
    /// The first work of the handler, where it is the first thing that takes time.
    pub first_work: Option<AmountId>,
    /// Which way its value travels.
    pub carries: Carries,
    /// Whether its handler may answer before it ends.
    pub answers_early: bool,
    /// The most frames that the blocks of its handler hold at once.
    pub frames: usize,
    /// The counter-part in its kind: an index into the kind's operations, behind them those that its table names, or those
    /// that only errands ask for.
    pub action: u16,
}

/// A pair of components between which calls pass.
#[derive(Clone, PartialEq, Debug)]
pub struct EdgePlan {
    /// Who calls.
    pub caller: ComponentId,
    /// Who is called.
    pub callee: ComponentId,
}

/// What the callers over an edge remember between calls: each instance for itself, of a closed-loop client each user.
#[derive(Clone, PartialEq, Debug)]
pub struct KeeperPlan {
    /// Who calls.
    pub caller: ComponentId,
    /// To whom: one edge, but several where a balancer picks among several components.
    pub edges: Vec<EdgeId>,
    /// The budget of retries.
    pub budget: Option<Allowance>,
    /// The percentile of latencies that hedges wait for.
    pub percentile: Option<f64>,
    /// What attempts pass before they leave.
    pub gate: Option<gate::Terms>,
    /// When calls travel together.
    pub batch: Option<batch::Terms>,
    /// Who remembers.
    pub callers: Callers,
}

/// Who remembers, each for itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Callers {
    /// So many instances.
    Instances(u32),
    /// So many users; branches that nobody waits for any more are one more together.
    Users(u32),
}

impl Callers {
    /// How many.
    pub fn count(self) -> u32 {
        match self {
            Callers::Instances(count) => count,
            Callers::Users(count) => count + 1,
        }
    }
}

/// A client: where requests come from.
pub struct ClientPlan {
    /// Its component.
    pub component: ComponentId,
    /// Its name.
    pub name: String,
    /// When they come.
    pub source: Source,
    /// What they are about.
    pub keys: Option<Keys>,
    /// The graph in which they are about a neighbour of whoever asks.
    pub neighbours: Option<ComponentId>,
    /// Who asks.
    pub users: Option<Keys>,
    /// How large the values are \[B\], by key; none for 0.
    pub sizes: Option<AmountId>,
    /// 0 is the most urgent.
    pub priority: u8,
    /// Where its session begins.
    pub start: StepId,
    /// Where its requests are recorded; those of a mix are recorded apart from the start.
    pub slot: SlotId,
}

/// When the requests of a client come.
pub enum Source {
    /// Whether or not earlier ones have been answered.
    Open(OpenArrivals),
    /// This many users, each of whom thinks, asks and waits for the answer.
    Closed {
        /// How many.
        users: u32,
        /// For how long each thinks \[ns\].
        think: AmountId,
    },
    /// As they were recorded.
    Trace(Traced),
}

/// Requests that come as they were recorded.
pub struct Traced {
    /// The file, which has been read once.
    pub trace: Trace,
    /// For each of its operations, where a request for it begins; none for those that no request of a run asks for.
    pub starts: Vec<Option<StepId>>,
}

impl ClientPlan {
    /// Whether anything says what its requests are about.
    pub fn has_keys(&self) -> bool {
        self.keys.is_some() || self.neighbours.is_some() || self.source.tells_keys()
    }
}

impl Source {
    /// Whether a trace says the keys of the requests.
    pub fn tells_keys(&self) -> bool {
        matches!(self, Source::Trace(traced) if traced.trace.has(Column::Key))
    }
}

/// What a client records under one name.
#[derive(Clone, PartialEq, Debug)]
pub struct SlotPlan {
    /// Which client.
    pub client: usize,
    /// The operation, if it is not the session as a whole.
    pub operation: Option<OperationId>,
    /// Whether its figures are part of the client's own: not so for the calls of a session.
    pub part: Part,
}

/// What the figures of a slot are to the client's own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// Its requests, or those of them that chose this operation.
    Request,
    /// Calls within its sessions, which are recorded beside.
    Call,
}

impl Plan {
    /// Whether instances come and go in a run.
    pub fn changes_staff(&self) -> bool {
        self.components.iter().any(|component| component.setting.staff.is_some())
            || self.faults.iter().any(|fault| matches!(fault.condition, Condition::Deploy(_)))
    }

    /// Whether instances of a component come and go in a run.
    pub fn may_change(&self, component: ComponentId) -> bool {
        let first = self.components[component.index()].instances.0;
        self.components.iter().any(|one| one.setting.staff.is_some_and(|staff| staff.first == first))
    }

    /// The components some of whose instances a fault befalls.
    pub fn befallen_by(&self, fault: usize) -> BTreeSet<ComponentId> {
        let component_of = |instance: InstanceId| self.instances[instance.index()].component;
        crate::fault::befallen(&self.faults[fault..=fault], component_of, |_| true)
    }

    /// The traces that clients replay.
    pub fn traces(&self) -> impl Iterator<Item = &Trace> {
        self.clients.iter().filter_map(|client| match &client.source {
            Source::Trace(traced) => Some(&traced.trace),
            Source::Open(_) | Source::Closed { .. } => None,
        })
    }

    /// Whether a handler does no more than hand its call on to a target, after work or a look of its mechanism.
    pub fn forwards(&self, entry: EntryId) -> bool {
        let steps = &self.steps[self.entries[entry.index()].start.index()..];
        let calls = steps.iter().find(|step| !matches!(step, Step::Work(_) | Step::Consult));
        matches!(calls, Some(Step::Call(site)) if self.sites[site.index()].pool == Pool::Targets)
    }

    /// The entry of an operation at a component.
    #[inline]
    pub fn entry(&self, component: ComponentId, operation: OperationId) -> Option<EntryId> {
        let (first, count) = self.components[component.index()].entries;
        (first.0..first.0 + count)
            .map(EntryId)
            .find(|entry| self.entries[entry.index()].operation == operation)
    }

    /// The id of instance `index` of a component.
    pub fn instance(&self, component: ComponentId, index: u32) -> InstanceId {
        let (first, count) = self.components[component.index()].instances;
        assert!(index < count, "instance {index} of {count}");
        InstanceId(first.0 + index)
    }

    /// The link that messages from one instance to another take.
    #[inline]
    pub fn link(&self, from: InstanceId, to: InstanceId) -> usize {
        let place = |instance: InstanceId| self.instances[instance.index()].place.index();
        place(from) * self.places.len() + place(to)
    }
}
