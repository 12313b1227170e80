//! Births: where requests come from, and what becomes of them in the end.

use super::{Flow, What, World};
use crate::component::Behaviour;
use crate::kernel::random::{Draws, Stream, below, hash_name, mix, stream};
use crate::kernel::request::{Flags, Parent, Request, State};
use crate::measure::recorder::Ending;
use crate::measure::trace::Touch;
use crate::outcome;
use crate::plan::{ClientPlan, Plan, Source, Traced};
use crate::units::{AmountId, EdgeId, EntryId, InstanceId, OutcomeId, SiteId, Span, StepId, Time};
use crate::workload::{NEW_KEY, Process, Replay, Told};
use rand::Rng;

/// What a client is up to.
pub(super) struct ClientState {
    arrivals: Option<Process>,
    pub(super) replay: Option<Box<Replayed>>,
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
    pub(super) instance: InstanceId,
}

/// How far a client's trace has been replayed.
pub(super) struct Replayed {
    pub(super) replay: Replay,
    /// The request that is due at the pending arrival.
    due: Option<Told>,
}

impl ClientState {
    /// Before its first request.
    pub(super) fn new(client: &ClientPlan, plan: &Plan, seed: u64) -> ClientState {
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

    /// No more requests come.
    pub(super) fn close(&mut self) {
        self.arrivals = None;
        self.replay = None;
        self.due = 0;
        self.closed = true;
    }
}

/// Bits of the number of a new key; above them stands the client.
const NEW_KEY_BITS: u32 = 40;

/// The names of draws at a birth, as any 64 bits.
const KEYS: u64 = 0x6b65_7973_2061_7265;
const ASKING: u64 = 0x6173_6b69_6e67_2069;

/// The number of a key that did not exist before.
fn new_key(client: &str, serial: u64) -> u64 {
    NEW_KEY | (hash_name(client) & 0x3f_ffff) << NEW_KEY_BITS | serial
}

/// One of the nodes that a node leads to, each equally likely; who leads to none is alone with itself.
#[cold]
fn neighbour(graph: &impl Behaviour, of: u64, draws: &mut Draws) -> u64 {
    let mut neighbours = Vec::new();
    graph.list(0, of, &mut neighbours);
    let picked = below(draws.bits(), neighbours.len().max(1) as u64);
    neighbours.get(picked as usize).copied().unwrap_or(of)
}

impl World<'_> {
    /// Schedules the first request of a client, or the first thought of each of its users.
    pub(super) fn open_client(&mut self, client: usize) {
        match self.plan.clients[client].source {
            Source::Open(_) => self.schedule_arrival(client),
            Source::Trace(_) => self.schedule_line(client),
            Source::Closed { users, .. } => {
                for user in 0..users {
                    self.think(client as u16, user);
                }
            }
        }
    }

    fn schedule_arrival(&mut self, client: usize) {
        let state = &mut self.clients[client];
        let Some(arrival) =
            state.arrivals.as_mut().and_then(|arrivals| arrivals.next(&mut state.arrival_stream))
        else {
            return;
        };
        state.due = arrival.count;
        self.queue.push_at(arrival.at, What::Arrive { client: client as u16 });
    }

    /// Requests of an open-loop client are due.
    pub(super) fn arrive_open(&mut self, client: u16) {
        if self.clients[usize::from(client)].replay.is_some() {
            return self.arrive_by_trace(client);
        }
        let due = std::mem::take(&mut self.clients[usize::from(client)].due);
        self.schedule_arrival(usize::from(client));
        for turn in 0..due {
            if turn > 0 && self.requests.len() as u64 > self.plan.limits.in_flight {
                break;
            }
            let request = self.birth(client, Parent::Client, None);
            self.advance(request);
        }
    }

    /// Schedules the request of the next line of a client's trace.
    fn schedule_line(&mut self, client: usize) {
        let Some((traced, replayed)) = self.replayed(client) else { return };
        replayed.due = replayed.replay.next(&traced.trace);
        let Some(told) = replayed.due else { return };
        let (at, what) = (self.plan.timeline.start() + told.at, What::Arrive { client: client as u16 });
        // What a line does without time passing is done before the next line of the same instant comes, so that a trace with
        // coarse times is replayed one line after the other.
        if at == self.queue.now() { self.queue.push_last(what) } else { self.queue.push_at(at, what) }
    }

    fn replayed(&mut self, client: usize) -> Option<(&'_ Traced, &mut Replayed)> {
        let Source::Trace(traced) = &self.plan.clients[client].source else { return None };
        Some((traced, self.clients[client].replay.as_deref_mut()?))
    }

    /// The request of a line of a client's trace is due.
    #[cold]
    fn arrive_by_trace(&mut self, client: u16) {
        let Some((traced, replayed)) = self.replayed(usize::from(client)) else { return };
        let Some(told) = replayed.due.take() else { return };
        let start = told.operation.and_then(|operation| traced.starts[operation as usize]);
        let request = self.birth(client, Parent::Client, None);
        self.tell(request, client, &told, start);
        self.advance(request);
        self.schedule_line(usize::from(client));
    }

    /// Gives a new request what its line tells.
    fn tell(&mut self, request: u32, client: u16, told: &Told, start: Option<StepId>) {
        let sizes = self.plan.clients[usize::from(client)].sizes;
        let drawn = told.key.and_then(|key| Some(self.draw_size(sizes?, key)));
        let newborn = &mut self.requests[request];
        newborn.key = told.key.unwrap_or(newborn.key);
        newborn.user = told.user.unwrap_or(newborn.user);
        newborn.size = told.size.or(drawn).unwrap_or(newborn.size);
        newborn.step = start.unwrap_or(newborn.step);
    }

    /// The size of a key's value belongs to the key, so that it is the same wherever the key appears.
    fn draw_size(&self, sizes: AmountId, key: u64) -> u64 {
        self.draw_count(sizes, mix(self.plan.seed, key), None)
    }

    /// A user has thought and asks.
    pub(super) fn ask(&mut self, client: u16, user: u32) {
        if self.clients[usize::from(client)].closed {
            return;
        }
        let request = self.birth(client, Parent::User(user), Some(u64::from(user)));
        self.advance(request);
    }

    fn think(&mut self, client: u16, user: u32) {
        let Source::Closed { think, .. } = self.plan.clients[usize::from(client)].source else {
            unreachable!("only users of a closed loop think");
        };
        let state = &mut self.clients[usize::from(client)];
        state.fates[user as usize] = mix(state.fates[user as usize], u64::from(user));
        let fate = state.fates[user as usize];
        let span = self.draw_span(think, fate, None);
        self.queue.push_after(span, What::Ask { client, user });
    }

    fn birth(&mut self, client: u16, parent: Parent, asker: Option<u64>) -> u32 {
        let plan = &self.plan.clients[usize::from(client)];
        let state = &mut self.clients[usize::from(client)];
        let serial = state.serial;
        state.serial += 1;
        // A user's fates follow one another whatever the others do; those of an open loop follow the arrivals.
        let fate = match asker {
            Some(user) => mix(state.fates[user as usize], ASKING),
            None => state.fate_stream.next_u64(),
        };
        let mut draws = Draws::new(fate, KEYS);
        let mut key = match &plan.keys {
            Some(keys) => keys.draw(&mut draws).unwrap_or_else(|| new_key(&plan.name, serial)),
            None => 0,
        };
        let user = match &plan.users {
            Some(users) => users.draw(&mut draws).unwrap_or(serial),
            None => asker.unwrap_or(serial),
        };
        if let Some(graph) = plan.neighbours {
            key = neighbour(&self.components[graph.index()], user, &mut draws);
        }
        let (at, now, slot, cell) = (state.instance, self.queue.now(), plan.slot, self.recorder.cell);
        let size = plan.sizes.map_or(0, |sizes| self.draw_size(sizes, key));
        self.conservation.born += 1;
        self.recorder.slots[slot.index()].born[cell] += 1;
        let request = self.requests.insert(Request {
            generation: 0,
            stamp: 0,
            fate,
            key,
            user,
            id: serial,
            size,
            version: 0,
            value: 0,
            born: now,
            since: now,
            due: now,
            abandoned: Time::NEVER,
            sent: now,
            from: InstanceId::NONE,
            deadline: Time::NEVER,
            step: plan.start,
            at,
            site: SiteId(0),
            branch_turn: 0,
            target: InstanceId::NONE,
            parent,
            siblings: (u32::MAX, u32::MAX),
            slot,
            cell: cell as u16,
            entry: EntryId(u16::MAX),
            outcome: outcome::OK,
            wasted_by: EdgeId(u16::MAX),
            state: State::Running,
            depth: 0,
            nesting: 0,
            attempt: 1,
            priority: plan.priority,
            flags: Flags::COUNTED,
        });
        self.touched(Touch::Born(request));
        request
    }

    /// A client's request has ended: its client hears the outcome.
    pub(super) fn end_request(&mut self, request: u32, outcome: OutcomeId, ending: Ending) -> Flow {
        let ended = &self.requests[request];
        let (slot, cell, parent, at) = (ended.slot.index(), usize::from(ended.cell), ended.parent, ended.at);
        let latency = self.queue.now().since(ended.born).0;
        match ending {
            Ending::Completed => {
                self.conservation.completed += 1;
                self.recorder.completed(self.plan.slots[slot].client, cell);
            }
            Ending::Failed => self.conservation.failed += 1,
        }
        self.recorder.ended(slot, cell, outcome, ending, latency);
        self.touched(Touch::Ended(request, outcome, ending));
        self.remove(request);
        if let Parent::User(user) = parent {
            let client = self.plan.slots[slot].client as u16;
            debug_assert_eq!(self.clients[usize::from(client)].instance, at);
            self.think(client, user);
        }
        Flow::Stops
    }
}
