//! Links that suffer: what is cut, held, late, lossy or slow while a fault lasts.
//!
//! Whether a message gets through a cut is decided when it would arrive: one that was sent before the cut and is due after it
//! has healed arrives. A link is an ordered pair of instances.

use super::condition::Break;
use super::transit::{Message, Way};
use super::{Flow, Scope, What, World};
use crate::fault::LinkEffect;
use crate::kernel::random::{Draws, mix};
use crate::kernel::request::{Flags, Frame, Parent, RequestId, State};
use crate::units::{AmountId, InstanceId, SECOND, Span, Time};

/// The names of the draws of a message on a link that suffers.
const LATE: u64 = 0x6c61_7465_2d6f_6e65;
const LOSSY: u64 = 0x6c6f_7373_792d_6f6e;

/// How far a message has come that has to do with no request of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stage {
    /// It has left.
    OnItsWay,
    /// It has arrived; nothing on its way matters any more.
    There,
}

/// What becomes of a message that is due.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Arrival {
    /// It arrives.
    Arrives,
    /// It waits until the link heals.
    Held,
    /// It is lost.
    Lost,
}

/// The way of a message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Passage {
    /// When the last byte has left.
    pub left: Time,
    /// When it arrives; none if it is lost on the way.
    pub arrival: Option<Time>,
}

impl World<'_> {
    /// Whether messages from one instance to another suffer just now.
    fn is_hit(&self, from: InstanceId, to: InstanceId) -> bool {
        self.conditions.breaks.iter().any(|one| one.hits(from, to))
    }

    /// Whether a message takes another way than the network's plain one, and if so, the time that its edge says.
    #[cold]
    pub(super) fn detour_of(&self, message: Message) -> Option<Option<AmountId>> {
        let latency = self.latency(message.site, message.way);
        (latency.is_some() || self.is_hit(message.from, message.to)).then_some(latency)
    }

    /// A request's message leaves on a link that suffers, or over an edge with a latency of its own.
    #[cold]
    pub(super) fn detour(
        &mut self,
        request: u32,
        message: Message,
        index: usize,
        bytes: u64,
        latency: Option<AmountId>,
    ) -> Flow {
        let Message { from, to, way, .. } = message;
        let fate = message.travel_fate();
        let Some(arrival) = self.passage((from, to), index, fate, bytes, latency).arrival else {
            self.drop_message(from, to);
            return self.lose(request);
        };
        self.requests[request].state = if way == Way::There { State::Arriving } else { State::Returning };
        self.requests[request].from = from;
        self.queue.push_at(arrival, What::Resume { request, stamp: self.requests[request].stamp });
        Flow::Stops
    }

    /// When a message of this fate has left and arrives, whatever is cut then.
    pub(super) fn passage(
        &mut self,
        (from, to): (InstanceId, InstanceId),
        index: usize,
        fate: u64,
        bytes: u64,
        latency: Option<AmountId>,
    ) -> Passage {
        let plan = self.plan;
        let now = self.queue.now();
        let mut sent = self.leave_on(index, bytes);
        let mut late = Span::ZERO;
        let mut is_lost = self.is_lost(index, fate);
        for one in &mut self.conditions.breaks {
            let Some(set) = one.set_of(from, to) else { continue };
            let name = mix(fate, one.salt);
            match one.effect(plan) {
                LinkEffect::Cut | LinkEffect::Hold => {}
                LinkEffect::Latency(law) => {
                    late += Span::from_nanoseconds(law.sample(&mut Draws::new(name, LATE)));
                }
                LinkEffect::Loss(share) => is_lost |= Draws::new(name, LOSSY).bits() < *share,
                LinkEffect::Bandwidth(bandwidth) => {
                    let start = one.pipes[set].max(now);
                    one.pipes[set] = start + Span::from_nanoseconds(bytes as f64 / bandwidth * SECOND as f64);
                    sent = sent.max(one.pipes[set]);
                }
            }
        }
        let arrival = (!is_lost).then(|| sent + self.delay(index, fate, latency) + late);
        Passage { left: sent, arrival }
    }

    /// Whether a message that is due gets through; one that does not is counted.
    pub(super) fn fate_of_arrival(&mut self, from: InstanceId, to: InstanceId) -> Arrival {
        let arrival = self.state_of_link(from, to);
        if arrival == Arrival::Lost {
            self.drop_message(from, to);
        }
        arrival
    }

    /// What becomes of a message that is due now.
    pub(super) fn state_of_link(&self, from: InstanceId, to: InstanceId) -> Arrival {
        if from == InstanceId::NONE || from == to {
            return Arrival::Arrives;
        }
        let mut arrival = Arrival::Arrives;
        for one in self.conditions.breaks.iter().filter(|one| one.hits(from, to)) {
            match one.effect(self.plan) {
                LinkEffect::Cut => return Arrival::Lost,
                LinkEffect::Hold => arrival = Arrival::Held,
                LinkEffect::Latency(_) | LinkEffect::Loss(_) | LinkEffect::Bandwidth(_) => {}
            }
        }
        arrival
    }

    /// Counts a message that does not arrive.
    pub(super) fn drop_message(&mut self, from: InstanceId, to: InstanceId) {
        let index = self.plan.link(from, to);
        self.recorder.links[index][self.recorder.cell].dropped += 1;
    }

    /// Whether the event of a request does not happen now: its message does not get through, or its instance is paused.
    #[cold]
    pub(super) fn holds_back(&mut self, request: u32, state: State) -> bool {
        let (from, at) = (self.requests[request].from, self.requests[request].at);
        let what = What::Resume { request, stamp: self.requests[request].stamp };
        if matches!(state, State::Arriving | State::Returning) {
            match self.fate_of_arrival(from, at) {
                Arrival::Arrives => self.requests[request].from = InstanceId::NONE,
                Arrival::Held => {
                    self.conditions.held.push((from, at, what));
                    return true;
                }
                Arrival::Lost => {
                    self.lose(request);
                    return true;
                }
            }
        }
        // An arrival gets as far as the queue.
        if state == State::Arriving || state == State::Working || !self.is_paused(at) {
            return false;
        }
        self.freeze(at, what);
        true
    }

    /// Whether a caller's word that it has given up is lost or has to wait.
    #[cold]
    pub(super) fn detains(&mut self, id: RequestId, scope: Scope, stage: Stage) -> bool {
        // Nobody waits for what is lost already: this word stands for none that could be lost, too.
        if self.is_stuck(id.index) {
            return false;
        }
        let at = self.requests[id.index].at;
        let word = |stage| What::Cancel { request: id, scope, stage };
        if let (Stage::OnItsWay, Some(sender)) = (stage, self.sender_of_word(id.index)) {
            match self.state_of_link(sender, at) {
                Arrival::Arrives => {}
                Arrival::Held => {
                    self.conditions.held.push((sender, at, word(stage)));
                    return true;
                }
                Arrival::Lost => return true,
            }
        }
        let is_paused = self.is_paused(at);
        if is_paused {
            self.freeze(at, word(Stage::There));
        }
        is_paused
    }

    /// Who tells a request to stop: another attempt at an open call that has begun, else its caller.
    fn sender_of_word(&self, request: u32) -> Option<InstanceId> {
        if let Parent::Call(handle) = self.requests[request].parent {
            let has_begun =
                |attempt: &u32| *attempt != request && self.requests[*attempt].flags.has(Flags::BEGUN);
            let call = self.calls.get(handle)?;
            let sender = call.attempts(&self.requests).find(has_begun).unwrap_or(call.caller.index);
            return Some(self.requests[sender].at);
        }
        self.requests.frames_of(request).iter().find_map(|frame| match frame {
            Frame::Visit { caller, .. } => Some(*caller),
            _ => None,
        })
    }

    /// A fault of links has ended: what was held on links that have healed arrives, in the order in which it was due.
    pub(super) fn let_go(&mut self) {
        for (from, to, what) in std::mem::take(&mut self.conditions.held) {
            let holds = |one: &Break| *one.effect(self.plan) == LinkEffect::Hold && one.hits(from, to);
            if self.conditions.breaks.iter().any(holds) {
                self.conditions.held.push((from, to, what));
            } else {
                self.queue.push_now(what);
            }
        }
    }
}
