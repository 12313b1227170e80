//! The journey: one run of a plan, event by event.
//!
//! [`World::run`] pops an event and dispatches it; `advance` walks a request along its plan until it has to wait for
//! something. What takes no time happens inside `advance` without an event; whatever another request has to do because of it
//! goes to the current-events chain, so nothing is re-entered.

mod advance;
mod attempt;
mod batch;
mod call;
mod client;
mod cold_start;
mod condition;
mod crash;
mod down;
mod each;
mod fork;
mod frailty;
mod gate;
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
mod share;
mod stray;
mod tie;
mod transit;
mod unwind;
mod versions;
mod visit;
mod waste;
mod watch;

use crate::component::{Behaviour, Course, Effect, Figure, State as ComponentState, Wakes};
use crate::kernel::queue::{EventQueue, LaneId};
use crate::kernel::random::{Stream, mix, stream};
use crate::kernel::request::{Handle, RequestId, Requests, Slab, State};
use crate::measure::course::GroupsServed;
use crate::measure::recorder::{Extent, Recorder};
use crate::measure::trace::Tracer;
use crate::plan::{ClientPlan, ComponentPlan, Plan, Source, Traced};
use crate::station::{Frail, Load, Station, Watch};
use crate::units::{EdgeId, InstanceId, SECOND, Span, Time};
use crate::workload::{Process, Replay, Told};
use attempt::Call;
use batch::Gathering;
use condition::Conditions;
use fork::Join;
use gate::has_pool;
use keeper::Kept;
use links::Stage;
use peers::Post;
use rand::Rng;
use roster::{Order, Roster};
use std::collections::BTreeMap;
use stray::Stray;

/// What happens at an event.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum What {
    /// The next requests of an open-loop client are due.
    Arrive { client: u16 },
    /// A user of a closed-loop client has thought.
    Ask { client: u16, user: u32 },
    /// A request goes on: its state says with what.
    Resume { request: u32, stamp: u32 },
    /// A request's patience has run out.
    Renege { request: u32, stamp: u32 },
    /// The next of those who share a station's cores is done.
    Share { instance: InstanceId, stamp: u32 },
    /// The end of a call's pause, or the time for a further attempt.
    Timer { call: Handle, stamp: u16 },
    /// The timeout of one of a call's attempts.
    Expire { call: Handle, attempt: u16 },
    /// The time for a call with its retries is over.
    Deadline { call: Handle },
    /// A caller's word that it no longer wants the answer reaches the callee.
    Cancel { request: RequestId, scope: Scope, stage: Stage },
    /// A component's timer.
    Wake { at: InstanceId, token: u32, life: u16, wakes: Wakes },
    /// A letter reaches its reader.
    Letter { letter: Handle },
    /// The first call of a batch has waited long enough for others.
    Linger { gathering: Handle },
    /// A fault begins or ends.
    Change { occurrence: u32 },
    /// An instance that was started serves.
    Boot { at: InstanceId, life: u16 },
    /// An instance is started or stopped, or is to leave for good.
    Roster { at: InstanceId, stamp: u16, order: Order },
    /// A component looks at another one.
    Look { at: InstanceId, subject: u16 },
    /// A deploy goes on.
    Rollout { occurrence: u32, stamp: u16 },
    /// A collection of garbage is over.
    Collected { at: InstanceId, stamp: u32 },
    /// An instance breaks down or is repaired.
    Breakdown { at: InstanceId, stamp: u32 },
    /// An instance holds more memory than it has.
    OutOfMemory { at: InstanceId, life: u16 },
    /// An instance that has been started works faster from now on.
    Warm { at: InstanceId, life: u16, step: u8 },
}

/// How much of a request a cancellation stops.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Scope {
    /// It, whatever it is doing.
    Everything,
    /// It, if it waits for its first worker.
    Queued,
}

/// Whether a request goes on at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Flow {
    /// Yes.
    Goes,
    /// No: it waits for something, or has ended.
    Stops,
}

/// Why a run has stopped for now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pause {
    /// The end has come: of the time asked for, or of all events.
    End,
    /// The number of events asked for has passed.
    Breath,
    /// A limit has been reached.
    Limit(Limit),
}

/// A limit of the scenario.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Limit {
    /// The number of events.
    Events,
    /// The number of requests in flight.
    InFlight,
    /// The memory of the run's own books.
    Memory,
    /// The number of events at one instant: a loop that takes no time would keep time from passing for ever.
    Instant,
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

/// How far a client's trace has been replayed.
struct Replayed {
    replay: Replay,
    /// The request that is due at the pending arrival.
    due: Option<Told>,
}

/// What a client is up to.
struct ClientState {
    arrivals: Option<Process>,
    replay: Option<Box<Replayed>>,
    arrival_stream: Stream,
    fate_stream: Stream,
    /// The last fate of each user of a closed loop.
    fates: Vec<u64>,
    /// Requests so far, over all users.
    serial: u64,
    /// The number of requests that are due at the pending arrival.
    due: u64,
    /// No more requests come.
    closed: bool,
    instance: InstanceId,
}

/// How often the limits on memory are looked at [events].
const MEMORY_CHECK_PERIOD: u64 = 1 << 14;

/// After so long a world that drains looks whether anybody still does anything, then after twice as long, and so on.
const DRAIN_PERIOD: Span = Span(SECOND);

impl<'p> World<'p> {
    /// A world at time zero.
    pub fn new(plan: &'p Plan, seed: u64) -> World<'p> {
        let mut queue = EventQueue::new();
        let lanes = plan.delays.iter().map(|delay| queue.lane(*delay)).collect();
        let extent = Extent {
            faults: plan.faults.len(),
            clients: plan.clients.len(),
            slots: plan.slots.len(),
            entries: plan.entries.len(),
            edges: (0..plan.edges.len()).map(|edge| has_pool(plan, EdgeId(edge as u16))).collect(),
            links: plan.links.len(),
            outcomes: plan.outcomes.len(),
            counters: plan
                .components
                .iter()
                .map(|component| component.blueprint.spec().counters.len())
                .collect(),
            figures: plan
                .components
                .iter()
                .map(|component| component.blueprint.spec().figures.iter().map(Figure::keeps).collect())
                .collect(),
            spreads: plan.components.iter().map(spread).collect(),
        };
        let stations = plan.instances.iter().map(|instance| {
            let component = &plan.components[instance.component.index()];
            let order = || stream(seed, &format!("{}[{}].order", component.name, instance.index));
            let mut station = Station::new(instance.component, component.shape, &plan.timeline, order);
            station.guard = component.guard.map(|rules| Box::new(Watch::new(rules)));
            if let Some(memory) = component.guard.and_then(|rules| rules.memory) {
                station.change_memory(Time(0), memory.base as i64);
            }
            if let Some(rules) = &component.frailty {
                let draws = |of: &str| stream(seed, &format!("{}[{}].{of}", component.name, instance.index));
                let frail = Frail::new(rules, draws("breakdowns"), draws("collections"));
                station.frail = Some(Box::new(frail));
                station.tracks = true;
                station.is_free = false;
            }
            station
        });
        let is_frail = plan.components.iter().any(|component| {
            component.frailty.is_some() || component.guard.is_some_and(|guard| guard.kills())
        });
        let may_fail = !plan.faults.is_empty() || plan.changes_staff() || is_frail;
        let mut world = World {
            plan,
            queue,
            lanes,
            requests: Requests::new(plan.depth),
            calls: Slab::default(),
            joins: Slab::default(),
            lists: Slab::default(),
            stations: stations.collect(),
            components: plan
                .components
                .iter()
                .map(|component| component.blueprint.state(&component.setting))
                .collect(),
            clients: plan.clients.iter().map(|client| ClientState::new(client, plan, seed)).collect(),
            kept: plan.keepers.iter().map(Kept::new).collect(),
            avoid: Vec::new(),
            ends: Vec::new(),
            pipes: vec![Time(0); plan.links.len()],
            letters: Slab::default(),
            gatherings: Slab::default(),
            unsent: BTreeMap::new(),
            effects: Vec::new(),
            strays: Vec::new(),
            peer_streams: plan
                .components
                .iter()
                .map(|one| stream(seed, &format!("{}.peers", one.name)))
                .collect(),
            skews: Vec::new(),
            has_faults: may_fail,
            has_lanes: plan.components.iter().any(|component| component.lane.is_some()),
            has_luggage: plan.sites.iter().any(|site| site.delay.is_some())
                || plan.components.iter().any(|one| one.lane.is_some() || one.blueprint.minds_callers()),
            has_scripts: plan.sites.iter().any(|site| site.script.is_some()),
            heeds_events: may_fail,
            has_detours: !plan.faults.is_empty() || plan.sites.iter().any(|site| site.latency.is_some()),
            conditions: Conditions::default(),
            roster: Roster::default(),
            lives: vec![0; plan.instances.len()],
            drains: false,
            recorder: Recorder::new(plan.timeline.clone(), &extent),
            tracer: None,
            is_noted: !plan.marks.is_empty(),
            conservation: Conservation::default(),
            fingerprint: mix(0, 0),
            events: 0,
            instant_events: 0,
            reached: Time(0),
            turns: 0,
        };
        world.keep_parts();
        world.open_ledger();
        world.schedule_faults(seed);
        world.open_roster();
        world.schedule_breakdowns();
        world.start_components();
        for client in 0..world.clients.len() {
            world.open_client(client);
        }
        world
    }

    /// Runs until `end`, or until so many events have passed, or until a limit is reached.
    pub fn run(&mut self, end: Time, events: u64) -> Pause {
        let pause = match self.tracer {
            Some(_) => self.run_watched(end, events),
            None => self.run_events(end, events),
        };
        self.reached = if pause == Pause::End { end } else { self.queue.now() };
        self.close_cells();
        pause
    }

    /// Makes room for what is kept of groups of instances, and of single ones.
    fn keep_parts(&mut self) {
        let cells = self.recorder.timeline.cells();
        self.recorder.groups = self.plan.components.iter().map(|one| groups_served(one, cells)).collect();
        let apart = self.plan.apart.iter();
        self.recorder.apart = apart.map(|instance| (*instance, vec![Load::default(); cells])).collect();
    }

    /// Closes the cells that have ended at all stations, so that their figures can be read.
    fn close_cells(&mut self) {
        self.close_components();
        let until = self.reached.min(self.recorder.timeline.end());
        for index in 0..self.stations.len() {
            if self.stations[index].meter.is_due(until) {
                self.close_station(InstanceId(index as u32), until);
            }
        }
    }

    /// Closes the cells of a station that have ended by an instant.
    #[cold]
    fn close_station(&mut self, at: InstanceId, until: Time) {
        let station = &mut self.stations[at.index()];
        let component = station.component.index();
        let index = at.0 - self.plan.components[component].instances.0.0;
        let (loads, spread) = (&mut self.recorder.loads[component], &mut self.recorder.spreads[component]);
        let busiest = &mut self.recorder.busiest[component];
        let (groups, mut apart) = (&mut self.recorder.groups[component], self.recorder.apart.get_mut(&at));
        station.meter.close(until, station.levels, &self.recorder.timeline, |cell, load| {
            loads[cell] += load;
            busiest[cell].note(index, &load);
            spread.note(index, cell, load.served);
            groups.note(index, cell, load.served);
            if let Some(cells) = &mut apart {
                cells[cell] = load;
            }
        });
    }

    fn run_events(&mut self, end: Time, events: u64) -> Pause {
        let pause_at = self.events.saturating_add(events);
        let stop_at = pause_at.min(self.plan.limits.events);
        loop {
            let (requests, calls, stations) = (&self.requests, &self.calls, &self.stations);
            let (gatherings, lives) = (&self.gatherings, &self.lives);
            let live = |what: What| match what {
                // Most events are those of requests, whose question is answered here.
                What::Resume { request, stamp } => requests.is_live(request, stamp),
                What::Arrive { .. } => true,
                other => is_live(requests, calls, stations, gatherings, lives, other),
            };
            let now = self.queue.now();
            let Some(event) = self.queue.pop_before(end, live) else {
                return Pause::End;
            };
            self.recorder.advance(event.at);
            self.instant_events = if event.at > now { 1 } else { self.instant_events + 1 };
            self.events += 1;
            self.handle(event.what);
            if self.requests.len() as u64 > self.plan.limits.in_flight {
                return Pause::Limit(Limit::InFlight);
            }
            if self.events.is_multiple_of(MEMORY_CHECK_PERIOD) && self.memory() > self.plan.limits.memory {
                return Pause::Limit(Limit::Memory);
            }
            if self.instant_events >= self.plan.limits.events_at_one_instant {
                return Pause::Limit(Limit::Instant);
            }
            if self.events >= stop_at {
                let is_limit = self.events >= self.plan.limits.events;
                return if is_limit { Pause::Limit(Limit::Events) } else { Pause::Breath };
            }
        }
    }

    /// Runs until the end of the measured time, without a pause.
    pub fn run_to_end(&mut self) -> Pause {
        self.run(self.plan.timeline.end(), u64::MAX)
    }

    /// Lets no more requests come and runs on until all that are in flight have ended, or until a limit is reached.
    pub fn drain(&mut self) -> Pause {
        for client in &mut self.clients {
            client.close();
        }
        self.heal();
        self.drains = true;
        let mut period = DRAIN_PERIOD;
        loop {
            let until = Time(self.reached.0.saturating_add(period.0));
            let pause = self.run(until, u64::MAX);
            if pause != Pause::End || until == Time::NEVER || self.queue.is_empty() {
                return pause;
            }
            if self.only_seeks() {
                // They go where the run has come to: what happened before has been recorded.
                self.queue.pass_to(until);
                self.recorder.advance(until);
                self.dismiss();
                return Pause::End;
            }
            period = Span(period.0.saturating_mul(2));
        }
    }

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

    #[inline]
    fn handle(&mut self, what: What) {
        self.turns = 0;
        match what {
            What::Resume { request, .. } => {
                let (state, at, id) =
                    (self.requests[request].state, self.requests[request].at, self.requests[request].id);
                self.note(state as u64, at, id);
                self.resume(request, state);
            }
            What::Arrive { client } => {
                self.note(32, self.clients[usize::from(client)].instance, 0);
                self.arrive_open(client);
            }
            other => self.handle_other(other),
        }
    }

    /// The events of others than requests, or of requests that wait.
    #[inline(never)]
    fn handle_other(&mut self, what: What) {
        match what {
            What::Resume { .. } | What::Arrive { .. } => unreachable!("they have been handled"),
            What::Ask { client, user } => {
                self.note(33, self.clients[usize::from(client)].instance, u64::from(user));
                self.ask(client, user);
            }
            What::Renege { request, .. } => {
                self.note(34, self.requests[request].at, self.requests[request].id);
                self.renege(request);
            }
            What::Share { instance, .. } => {
                self.note(35, instance, 0);
                self.share(instance);
            }
            What::Timer { call, .. } => {
                self.note(36, InstanceId::NONE, u64::from(call.index));
                self.timer(call);
            }
            What::Expire { call, attempt } => {
                self.note(36, InstanceId::NONE, u64::from(call.index));
                self.expire(call, attempt);
            }
            What::Deadline { call } => {
                self.note(50, InstanceId::NONE, u64::from(call.index));
                self.deadline(call);
            }
            What::Cancel { request, scope, stage } => {
                self.note(37, self.requests[request.index].at, self.requests[request.index].id);
                self.cancelled(request, scope, stage);
            }
            What::Wake { at, token, wakes, .. } => {
                self.note(38, at, u64::from(token));
                if !(self.drains && wakes == Wakes::Routine) {
                    self.wake_component(at, token, wakes);
                }
            }
            What::Change { occurrence } => {
                self.note(40, InstanceId::NONE, u64::from(occurrence));
                self.change(occurrence);
            }
            What::Boot { at, .. } => {
                self.note(60, at, 0);
                self.boot_ends(at);
            }
            What::Roster { at, stamp, order } => {
                self.note(61, at, order as u64);
                self.obey(at, stamp, order);
            }
            What::Look { at, subject } => {
                self.note(62, at, u64::from(subject));
                self.look(at, subject);
            }
            What::Rollout { occurrence, stamp } => {
                self.note(63, InstanceId::NONE, u64::from(occurrence));
                self.go_on_rolling(occurrence as usize, stamp);
            }
            What::Collected { at, .. } => {
                self.note(64, at, 0);
                self.collected(at);
            }
            What::Breakdown { at, .. } => {
                self.note(65, at, 0);
                self.break_or_repair(at);
            }
            What::OutOfMemory { at, .. } => {
                self.note(66, at, 0);
                self.run_out_of_memory(at);
            }
            What::Warm { at, step, .. } => {
                self.note(67, at, u64::from(step));
                self.warm_up(at, step);
            }
            What::Linger { gathering } => {
                self.note(41, self.place_of_gathering(gathering), u64::from(gathering.index));
                self.linger_ends(gathering);
            }
            What::Letter { letter } => {
                let to = self.letters.get(letter).expect("a letter is read once").to;
                self.note(39, to, u64::from(letter.index));
                self.deliver_letter(letter);
            }
        }
    }

    /// A request's pending event has come.
    #[inline]
    fn resume(&mut self, request: u32, state: State) {
        if self.heeds_events && self.heed(request, state) {
            return;
        }
        let flow = match state {
            State::Working => self.end_work(request),
            State::Arriving => self.arrive(request),
            State::Returning => self.land(request),
            State::Running => Flow::Goes,
            State::Waiting => self.pass(request),
            State::Answered => self.answered(request),
            State::Departing => self.depart(request),
            State::Vanishing => self.drop_unanswered(request),
            State::Dropped => self.leave_dropped(request),
            State::Parked
            | State::Free
            | State::Queued
            | State::WaitingForCore
            | State::Sharing
            | State::Calling
            | State::Joining
            | State::Lost
            | State::Connecting
            | State::Gathering => unreachable!("a request in state {state:?} has no event"),
        };
        if flow == Flow::Goes {
            self.advance(request);
        }
    }

    #[inline]
    fn note(&mut self, kind: u64, instance: InstanceId, serial: u64) {
        let word = (kind << 32 | u64::from(instance.0)) ^ serial.rotate_left(40);
        let folded = (self.fingerprint ^ self.queue.now().0).wrapping_mul(0x9fb2_1c65_1e98_df25);
        self.fingerprint = (folded.rotate_left(29) ^ word).wrapping_mul(0xd6e8_feb8_6659_fd93);
    }
}

/// Whether an event is still wanted.
#[inline(never)]
fn is_live(
    requests: &Requests,
    calls: &Slab<Call>,
    stations: &[Station],
    gatherings: &Slab<Gathering>,
    lives: &[u16],
    what: What,
) -> bool {
    match what {
        What::Resume { request, stamp } | What::Renege { request, stamp } => requests.is_live(request, stamp),
        What::Arrive { .. } | What::Ask { .. } => true,
        What::Share { instance, stamp } => {
            stations[instance.index()].sharing.as_ref().is_some_and(|sharing| sharing.stamp == stamp)
        }
        What::Timer { call, stamp } => calls.get(call).is_some_and(|call| call.stamp == stamp),
        What::Expire { call, attempt } => {
            calls.get(call).is_some_and(|call| call.open_attempt(attempt, requests).is_some())
        }
        What::Deadline { call } => calls.get(call).is_some(),
        What::Cancel { request, .. } => requests.find(request).is_some(),
        What::Wake { at, life, .. }
        | What::Boot { at, life }
        | What::OutOfMemory { at, life }
        | What::Warm { at, life, .. } => lives[at.index()] == life,
        What::Collected { at, stamp } => {
            stations[at.index()].frail.as_ref().is_some_and(|frail| frail.collection == stamp)
        }
        What::Breakdown { at, stamp } => {
            stations[at.index()].frail.as_ref().is_some_and(|frail| frail.breakdown == stamp)
        }
        What::Linger { gathering } => gatherings.get(gathering).is_some(),
        What::Letter { .. } | What::Change { .. } => true,
        What::Roster { .. } | What::Look { .. } | What::Rollout { .. } => true,
    }
}

/// Of more groups than this it is not shown what each serves.
const GROUPS_SHOWN_MAX: u32 = 1000;

/// What groups of instances serve, where that is shown: groups of one are their instances.
fn groups_served(component: &ComponentPlan, cells: usize) -> GroupsServed {
    let shows = component.blueprint.spec().courses.contains(&Course::Groups);
    let groups =
        component.groups().filter(|groups| shows && groups.size > 1 && groups.count <= GROUPS_SHOWN_MAX);
    groups.map_or_else(GroupsServed::default, |groups| GroupsServed::new(groups.count, groups.size, cells))
}

/// The instances whose visits are kept apart.
fn spread(component: &ComponentPlan) -> u32 {
    let shows = component.blueprint.spec().courses.contains(&Course::Instances);
    if shows { component.instances.1 } else { 0 }
}

impl ClientState {
    fn new(client: &ClientPlan, plan: &Plan, seed: u64) -> ClientState {
        let named = |purpose: &str| stream(seed, &format!("{}.{purpose}", client.name));
        let warm_up = Span(plan.timeline.start().0);
        let mut fate_stream = named("fates");
        let (mut arrivals, mut replay, mut fates) = (None, None, Vec::new());
        match &client.source {
            Source::Open(open) => arrivals = Some(open.process(warm_up)),
            Source::Closed { users, .. } => fates = (0..*users).map(|_| fate_stream.next_u64()).collect(),
            Source::Trace(Traced { trace, .. }) => {
                replay = Some(Box::new(Replayed { replay: trace.replay(), due: None }));
            }
        }
        ClientState {
            arrivals,
            replay,
            arrival_stream: named("arrivals"),
            fate_stream,
            fates,
            serial: 0,
            due: 0,
            closed: false,
            instance: plan.instance(client.component, 0),
        }
    }
}

const _: () = assert!(size_of::<What>() == 12);
