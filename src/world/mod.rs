//! The journey: one run of a plan, event by event.
//!
//! [`World::run`] pops an event and dispatches it; `advance` walks a request along its plan until it has to wait for
//! something. What takes no time happens inside `advance` without an event; whatever another request has to do because of it
//! goes to the current-events chain, so nothing is re-entered.

mod advance;
mod attempt;
mod batch;
mod call;
mod cells;
mod client;
mod cold_start;
mod condition;
mod crash;
mod down;
mod each;
mod event;
mod fork;
mod frailty;
mod gate;
mod give_up;
mod guard;
mod keeper;
mod links;
mod look;
mod lookup;
mod luggage;
mod mark;
mod memory;
mod pace;
mod peers;
mod preempt;
mod reply;
mod rollout;
mod roster;
mod route;
mod run;
mod setup;
mod share;
mod stray;
mod tie;
mod transit;
mod unwind;
mod versions;
mod visit;
mod waste;
mod watch;
mod work;
mod worker;

pub use run::{Limit, Pause};

use crate::component::{Behaviour, Effect, State as ComponentState};
use crate::kernel::queue::{EventQueue, LaneId};
use crate::kernel::random::{Stream, mix};
use crate::kernel::request::Requests;
use crate::kernel::slab::Slab;
use crate::measure::recorder::Recorder;
use crate::measure::trace::Tracer;
use crate::plan::Plan;
use crate::station::Station;
use crate::units::{InstanceId, Time};
use crate::workload::Replay;
use attempt::Call;
use batch::Gathering;
use client::ClientState;
use condition::Conditions;
use event::{Scope, What};
use fork::Join;
use keeper::Kept;
use peers::Post;
use roster::Roster;
use std::collections::BTreeMap;
use stray::Stray;

/// Whether a request goes on at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Flow {
    /// Yes.
    Goes,
    /// No: it waits for something, or has ended.
    Stops,
}

/// What became of the requests of all clients, over the whole run.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Conservation {
    /// Born.
    pub born: u64,
    /// Answered.
    pub completed: u64,
    /// Failed.
    pub failed: u64,
}

/// One run of a plan.
pub struct World<'p> {
    plan: &'p Plan,
    queue: EventQueue<What>,
    lanes: Vec<LaneId>,
    requests: Requests,
    calls: Slab<Call>,
    joins: Slab<Join>,
    /// What loops go through.
    lists: Slab<Vec<u64>>,
    stations: Vec<Station>,
    components: Vec<ComponentState>,
    clients: Vec<ClientState>,
    /// What callers remember, by keeper.
    kept: Vec<Kept>,
    /// Instances to keep away from, while one is picked.
    avoid: Vec<InstanceId>,
    /// The same for one that is picked on the way of an attempt.
    ends: Vec<InstanceId>,
    /// When each directed pair of places has sent all it was given, where bandwidth is limited.
    pipes: Vec<Time>,
    /// Letters on the way.
    letters: Slab<Post>,
    /// Batches of calls that wait for more.
    gatherings: Slab<Gathering>,
    /// Until when a letter that is said again and again waits to leave: by who writes it, to whom, and its tag.
    unsent: BTreeMap<(InstanceId, InstanceId, u16), Time>,
    /// What components want done.
    effects: Vec<Effect>,
    /// Errands that will never report.
    strays: Vec<Stray>,
    /// The randomness of letters and errands, by component.
    peer_streams: Vec<Stream>,
    /// By how much the clock of each instance is wrong \[ns\]; empty if none ever is.
    skews: Vec<i64>,
    /// Whether any component has scripts in a store.
    has_scripts: bool,
    /// Whether any component has lanes.
    has_lanes: bool,
    /// Whether anybody wants to know more of a visitor than its request carries.
    has_luggage: bool,
    /// Whether anything is ever to be feared; what follows is not looked at otherwise.
    has_faults: bool,
    /// Whether the events of requests are looked at before they happen: something is to be feared, or they are noted.
    heeds_events: bool,
    /// Whether any message may ever take another way than the network's plain one.
    has_detours: bool,
    /// What befalls instances and links just now.
    conditions: Conditions,
    /// Who is there.
    roster: Roster,
    /// How often each instance has crashed: timers of an earlier life are void.
    lives: Vec<u16>,
    /// No more requests come: routine timers stop.
    drains: bool,
    recorder: Recorder,
    /// What is noted of single requests, if anybody asks for it.
    tracer: Option<Box<Tracer>>,
    /// Whether anything is noted of single requests: by the tracer, or by the ledger of intentions.
    is_noted: bool,
    conservation: Conservation,
    fingerprint: u64,
    events: u64,
    /// Events so far at the present instant.
    instant_events: u64,
    /// Until when everything has happened.
    reached: Time,
    /// Turns of loops since the last event: a loop that takes no time must not keep the run from stopping.
    turns: u64,
}

impl<'p> World<'p> {
    /// What it runs.
    pub fn plan(&self) -> &'p Plan {
        self.plan
    }

    /// Until when everything has happened: the end of the time asked for, or the last event if the run stopped before.
    pub fn reached(&self) -> Time {
        self.reached
    }

    /// Who is under way.
    pub(crate) fn requests(&self) -> &Requests {
        &self.requests
    }

    /// The simulated time.
    pub fn now(&self) -> Time {
        self.queue.now()
    }

    /// Events so far that had an effect.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// What became of the clients' requests so far.
    pub fn conservation(&self) -> Conservation {
        self.conservation
    }

    /// A hash of (time, kind, instance, serial number) of every event that had an effect, in order.
    pub fn fingerprint(&self) -> u64 {
        mix(self.fingerprint, self.events)
    }

    /// Whether no request lives and nobody holds anything.
    pub fn is_empty(&self) -> bool {
        self.requests.is_empty()
            && self.calls.is_empty()
            && self.joins.is_empty()
            && self.lists.is_empty()
            && self.letters.is_empty()
            && self.gatherings.is_empty()
            && self.kept.iter().all(Kept::holds_nothing)
            && self.stations.iter().all(Station::is_idle)
            && self.components.iter().all(ComponentState::holds_nothing)
            && self.recorder.ledger.as_ref().is_none_or(|ledger| ledger.is_settled())
    }

    /// What has been recorded.
    pub fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    /// The stations, by instance.
    pub fn stations(&self) -> &[Station] {
        &self.stations
    }

    /// The components' states, by component.
    pub fn components(&self) -> &[ComponentState] {
        &self.components
    }

    /// How far the traces of clients have been replayed, by client.
    pub(crate) fn replays(&self) -> impl Iterator<Item = (usize, &Replay)> {
        let states = self.clients.iter().enumerate();
        states.filter_map(|(client, state)| state.replay.as_ref().map(|replayed| (client, &replayed.replay)))
    }

    /// Bytes of the run's own books, equal on every machine of the same word size.
    pub fn memory(&self) -> u64 {
        let stores: u64 = self.components.iter().map(ComponentState::memory).sum();
        self.queue.memory()
            + self.requests.memory()
            + self.calls.memory()
            + self.joins.memory()
            + self.memory_of_lists()
            + self.letters.memory()
            + self.gatherings.memory()
            + stores
            + self.kept.iter().map(Kept::memory).sum::<u64>()
            + self.recorder.ledger.as_ref().map_or(0, |ledger| ledger.memory())
    }
}
