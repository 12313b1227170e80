//! A tiny world around a database: callers, letters that take their time or get lost, timers, work, crashes and cuts.

use super::super::super::testing::{Scene, ask, request};
use super::super::routing::Reads;
use super::super::*;
use crate::component::{Effect, Wakes};
use crate::fault::Disk;
use crate::kernel::request::RequestId;
use crate::mechanism::hash::mix13;
use crate::units::{OutcomeId, Span, Time};
use std::collections::{BTreeMap, BTreeSet};

/// What happens.
#[derive(Clone, Copy, Debug)]
enum Event {
    Ask(usize),
    Arrive(usize),
    Visit(usize),
    Wake { at: u32, token: u32, life: u32, wakes: Wakes },
    Letter { from: u32, to: u32, letter: Letter },
    Applied { at: u32, token: Token, life: u32 },
    Change { at: u32, change: Change },
    Cut(bool, u32, u32),
    Pause(u32),
    GoOn(u32),
}

/// A read or write of a caller.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operation {
    pub(super) caller: u32,
    pub(super) user: u64,
    pub(super) is_write: bool,
    pub(super) key: u64,
    pub(super) sent: Time,
    pub(super) at: u32,
    life: u32,
    /// How it ended at the database, with its version, and when.
    pub(super) end: Option<(OutcomeId, u64, Time)>,
    /// The value that was read.
    pub(super) value: i64,
}

/// What the last event was, for those who watch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Seen {
    /// A write was made at a copy.
    Wrote { at: u32, key: u64, version: u64, value: i64 },
    /// A read has ended.
    Read { operation: usize },
    /// Something else.
    Other,
}

pub(super) struct Network {
    pub(super) scene: Scene<DatabaseState>,
    events: BTreeMap<(Time, u64), Event>,
    serial: u64,
    pub(super) operations: Vec<Operation>,
    /// Links that are cut, by instance or caller.
    cuts: BTreeSet<(u32, u32)>,
    pub(super) is_up: Vec<bool>,
    lives: Vec<u32>,
    /// Since when each copy is down, and since when it stands still.
    pub(super) silences: Vec<[Option<Time>; 2]>,
    /// What waits at each copy until it goes on.
    frozen: Vec<Vec<Event>>,
    /// One way takes from this \[ns\] ...
    pub(super) delay: u64,
    /// ... to as much more.
    pub(super) jitter: u64,
    /// Work takes up to this \[ns\].
    pub(super) work: u64,
    /// Of 1000 letters so many are lost.
    pub(super) loss: u64,
    seed: u64,
    pub(super) drains: bool,
}

/// Callers have numbers from here.
pub(super) const CALLERS: u32 = 100;

impl Network {
    pub(super) fn new(toml: &str, seed: u64) -> Network {
        let mut scene = Scene::new::<DatabaseBlueprint>(toml, 1);
        scene.touch(|state, context| state.start(context));
        let count = scene.state.holders(Role::Primary).len() + scene.state.holders(Role::Replica(None)).len();
        let mut network = Network {
            scene,
            events: BTreeMap::new(),
            serial: 0,
            operations: Vec::new(),
            cuts: BTreeSet::new(),
            is_up: vec![true; count],
            lives: vec![0; count],
            silences: vec![[None; 2]; count],
            frozen: vec![Vec::new(); count],
            delay: 1_000_000,
            jitter: 0,
            work: 0,
            loss: 0,
            seed,
            drains: false,
        };
        network.carry_out();
        network
    }

    pub(super) fn draw(&mut self, below: u64) -> u64 {
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix13(self.seed) % below.max(1)
    }

    fn at(&mut self, time: Time, event: Event) {
        self.serial += 1;
        self.events.insert((time, self.serial), event);
    }

    /// An operation is made at an instant.
    pub(super) fn ask(&mut self, time: Time, caller: u32, user: u64, is_write: bool, key: u64) -> usize {
        let number = self.operations.len();
        let operation =
            Operation { caller, user, is_write, key, sent: time, at: 0, life: 0, end: None, value: 0 };
        self.operations.push(operation);
        self.at(time, Event::Ask(number));
        number
    }

    pub(super) fn crash(&mut self, time: Time, at: u32, disk: Disk, up: Time) {
        self.at(time, Event::Change { at, change: Change::Down(disk) });
        if up != Time::NEVER {
            self.at(up, Event::Change { at, change: Change::Up });
        }
    }

    /// A copy does nothing for a while.
    pub(super) fn pause(&mut self, time: Time, at: u32, until: Time) {
        self.at(time, Event::Pause(at));
        self.at(until, Event::GoOn(at));
    }

    /// Both directions between any of one group and any of the other.
    pub(super) fn cut(&mut self, from: Time, until: Time, left: &[u32], right: &[u32]) {
        for one in left {
            for other in right {
                for (a, b) in [(*one, *other), (*other, *one)] {
                    self.at(from, Event::Cut(true, a, b));
                    self.at(until, Event::Cut(false, a, b));
                }
            }
        }
    }

    fn one_way(&mut self) -> Span {
        Span(self.delay + self.draw(self.jitter + 1))
    }

    fn carry_out(&mut self) {
        for effect in std::mem::take(&mut self.scene.effects) {
            let now = self.scene.now;
            match effect {
                Effect::Wake { at, after, token, wakes } => {
                    let life = self.lives[at.index()];
                    self.at(now + after, Event::Wake { at: at.0, token, life, wakes });
                }
                Effect::Post { from, to, letter } => {
                    let arrival = now + self.one_way();
                    if self.draw(1000) >= self.loss {
                        self.at(arrival, Event::Letter { from: from.0, to: to.0, letter });
                    }
                }
                Effect::Send { at, token, .. } => {
                    let (work, life) = (Span(self.draw(self.work + 1)), self.lives[at.index()]);
                    self.at(now + work, Event::Applied { at: at.0, token, life });
                }
                Effect::Compare { .. } | Effect::Settle { .. } => {
                    unreachable!("a database compares nothing and lets nobody go on")
                }
                Effect::Look { .. } | Effect::Start { .. } | Effect::Stop { .. } => {
                    unreachable!("a database decides about nobody")
                }
                Effect::Finish { request, report } => {
                    let operation = &mut self.operations[request.index as usize];
                    if self.is_up[operation.at as usize] && operation.end.is_none() {
                        operation.end = Some((report.outcome, report.version, now));
                    }
                }
            }
        }
    }

    /// The next event, if it is due by an instant.
    pub(super) fn step(&mut self, until: Time) -> Option<Seen> {
        let ((time, serial), event) = self.events.first_key_value().map(|(key, event)| (*key, *event))?;
        if time > until {
            return None;
        }
        self.events.remove(&(time, serial));
        self.scene.now = time;
        let seen = self.handle(event);
        self.carry_out();
        Some(seen)
    }

    pub(super) fn run(&mut self, until: Time) {
        while self.step(until).is_some() {}
        self.scene.now = until;
        self.scene.touch(|state, context| state.close(context));
    }

    fn handle(&mut self, event: Event) -> Seen {
        let now = self.scene.now;
        let place = match event {
            Event::Arrive(number) | Event::Visit(number) => self.operations[number].at,
            Event::Wake { at, .. } | Event::Applied { at, .. } => at,
            Event::Letter { to, .. } => to,
            _ => CALLERS,
        };
        if self.silences.get(place as usize).is_some_and(|[_, still]| still.is_some()) {
            self.frozen[place as usize].push(event);
            return Seen::Other;
        }
        match event {
            Event::Ask(number) => self.route(number),
            Event::Arrive(number) => {
                let operation = self.operations[number];
                let (caller, at) = (operation.caller, operation.at);
                if self.is_up[at as usize] && !self.cuts.contains(&(caller, at)) {
                    self.operations[number].life = self.lives[at as usize];
                    let work = Span(self.draw(self.work + 1));
                    self.at(now + work, Event::Visit(number));
                }
            }
            Event::Visit(number) => return self.visit(number),
            Event::Wake { at, token, life, wakes } => {
                let is_void = self.drains && wakes == Wakes::Routine;
                if life == self.lives[at as usize] && !is_void {
                    self.scene.touch(|state, context| state.wake(at, token, context));
                }
            }
            Event::Letter { from, to, letter } => {
                if self.cuts.contains(&(from, to)) {
                } else if to >= CALLERS {
                    self.scene.state.told(InstanceId(to), &letter);
                } else if self.is_up[to as usize] {
                    self.scene.touch(|state, context| state.letter(to, from, &letter, context));
                }
            }
            Event::Applied { at, token, life } => {
                if life == self.lives[at as usize] {
                    let ending = crate::measure::recorder::Ending::Completed;
                    let report = Report { outcome: outcome::OK, ending, size: 0, version: 0, cargo: None };
                    self.scene.touch(|state, context| state.reported(at, token, &report, context));
                }
            }
            Event::Change { at, change } => {
                let is_up = change == Change::Up;
                if is_up != self.is_up[at as usize] {
                    self.is_up[at as usize] = is_up;
                    self.lives[at as usize] += 1;
                    self.silences[at as usize][0] = (!is_up).then_some(now);
                    self.frozen[at as usize].retain(|event| !matches!(event, Event::Letter { .. }));
                    self.scene.touch(|state, context| state.change(at, change, context));
                }
            }
            Event::Pause(at) => {
                if self.silences[at as usize][1].is_none() {
                    self.silences[at as usize][1] = Some(now);
                    self.scene.touch(|state, context| state.pauses(at, IsPaused::Yes, context));
                }
            }
            Event::GoOn(at) => {
                if self.silences[at as usize][1].take().is_some() {
                    self.scene.touch(|state, context| state.pauses(at, IsPaused::No, context));
                }
                for event in std::mem::take(&mut self.frozen[at as usize]) {
                    self.at(now, event);
                }
            }
            Event::Cut(true, from, to) => drop(self.cuts.insert((from, to))),
            Event::Cut(false, from, to) => drop(self.cuts.remove(&(from, to))),
        }
        Seen::Other
    }

    fn route(&mut self, number: usize) {
        let Operation { caller, user, is_write, key, .. } = self.operations[number];
        let (now, bits) = (self.scene.now, self.draw(u64::MAX));
        let action = if is_write { WRITE } else { READ };
        let ask = Ask { key, user, from: InstanceId(caller), action, bits, now, ..ask() };
        match self.scene.state.route(&ask, InstanceId(0), self.is_up.len() as u32) {
            Some(at) => {
                self.operations[number].at = at;
                let arrival = now + self.one_way();
                self.at(arrival, Event::Arrive(number));
            }
            None => self.operations[number].end = Some((outcome::UNAVAILABLE, 0, now)),
        }
    }

    fn visit(&mut self, number: usize) -> Seen {
        let Operation { at, life, is_write, key, user, sent, .. } = self.operations[number];
        if life != self.lives[at as usize] {
            return Seen::Other;
        }
        // Every write says another value.
        let mut visitor = Request { sent, user, size: 1, value: number as i64, ..request(key) };
        self.scene.visitor = RequestId { index: number as u32, generation: 0 };
        let verdict = self.scene.visit(at, if is_write { "write" } else { "read" }, &mut visitor);
        self.scene.visitor = RequestId::NONE;
        if let Verdict::Done(outcome) = verdict {
            self.operations[number].end = Some((outcome, visitor.version, self.scene.now));
            self.operations[number].value = visitor.value;
        }
        match (verdict, is_write) {
            (Verdict::Done(outcome::UNAVAILABLE), _) => Seen::Other,
            (_, true) => Seen::Wrote { at, key, version: visitor.version, value: visitor.value },
            (_, false) => Seen::Read { operation: number },
        }
    }

    /// The copies of the only shard.
    pub(super) fn shard(&self) -> &Shard {
        match &self.scene.state.rows {
            Rows::Replicated(shards, _) => &shards[0],
            Rows::Single(_) => panic!("the database has one copy"),
        }
    }

    /// Which copies take the reads.
    pub(super) fn reads(&self) -> Reads {
        match &self.scene.state.rows {
            Rows::Replicated(_, routing) => routing.reads,
            Rows::Single(_) => Reads::Primary,
        }
    }

    pub(super) fn shard_mut(&mut self) -> &mut Shard {
        match &mut self.scene.state.rows {
            Rows::Replicated(shards, _) => &mut shards[0],
            Rows::Single(_) => panic!("the database has one copy"),
        }
    }
}
