//! What happens at an event, whether it still does, and who is told of it.

use super::attempt::Call;
use super::batch::Gathering;
use super::links::Stage;
use super::roster::Order;
use super::{Flow, World};
use crate::component::Wakes;
use crate::kernel::request::{RequestId, Requests, State};
use crate::kernel::slab::{Handle, Slab};
use crate::station::Station;
use crate::units::InstanceId;

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

impl World<'_> {
    #[inline]
    pub(super) fn handle(&mut self, what: What) {
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

    /// An event that has an effect becomes part of the fingerprint.
    #[inline]
    fn note(&mut self, kind: u64, instance: InstanceId, serial: u64) {
        let word = (kind << 32 | u64::from(instance.0)) ^ serial.rotate_left(40);
        let folded = (self.fingerprint ^ self.queue.now().0).wrapping_mul(0x9fb2_1c65_1e98_df25);
        self.fingerprint = (folded.rotate_left(29) ^ word).wrapping_mul(0xd6e8_feb8_6659_fd93);
    }
}

/// Whether an event is still wanted.
#[inline(never)]
pub(super) fn is_live(
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

const _: () = assert!(size_of::<What>() == 12);
