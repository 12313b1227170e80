//! Messages on their way: how long they take, and whether they arrive.

use super::unwind::Notice;
use super::{Flow, What, World};
use crate::component::Carries;
use crate::kernel::random::{Draws, mix};
use crate::kernel::request::State;
use crate::outcome;
use crate::plan::Law;
use crate::units::{AmountId, EntryId, InstanceId, SECOND, SiteId, Span, Time};

/// Names of the draws of a message.
const DELAY_THERE: u64 = 0x7468_6572_652d_6465;
const DELAY_BACK: u64 = 0x6261_636b_2d64_656c;
const LOSS: u64 = 0x6c6f_7373_2d6f_662d;

/// Which way a message goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Way {
    /// To the callee.
    There,
    /// Home to the caller.
    Back,
}

/// What is sent from one instance to another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Message {
    /// The operation that is called or answered.
    pub entry: EntryId,
    /// The callee's fate.
    pub fate: u64,
    /// Who sends it.
    pub from: InstanceId,
    /// Who gets it.
    pub to: InstanceId,
    /// Whether it asks or answers.
    pub way: Way,
    /// For which call; none for what an instance asks of itself.
    pub site: SiteId,
}

impl Message {
    /// The fate of its journey.
    pub(super) fn travel_fate(&self) -> u64 {
        self.fate ^ if self.way == Way::There { DELAY_THERE } else { DELAY_BACK }
    }
}

impl World<'_> {
    /// Sends the request's message from one instance to the other. The request goes on at once if that takes no time.
    #[inline(always)]
    pub(super) fn transmit(&mut self, request: u32, message: Message) -> Flow {
        let Message { entry, from, to, way, .. } = message;
        if from == to {
            return Flow::Goes;
        }
        let plan = self.plan;
        let index = plan.link(from, to);
        let bytes = plan.overhead + self.value_bytes(request, entry, way);
        let record = &mut self.recorder.links[index][self.recorder.cell];
        record.messages += 1;
        record.bytes += bytes;
        if self.has_detours
            && let Some(latency) = self.detour_of(message)
        {
            return self.detour(request, message, index, bytes, latency);
        }
        if plan.links[index].is_instant { Flow::Goes } else { self.travel(request, message, index, bytes) }
    }

    /// The bytes of the value that a message carries.
    #[inline(always)]
    pub(super) fn value_bytes(&self, request: u32, entry: EntryId, way: Way) -> u64 {
        let carries_value = match (way, self.plan.entries[entry.index()].carries) {
            (Way::There, Carries::There) => true,
            // Who misses brings nothing back.
            (Way::Back, Carries::Back) => self.requests[request].outcome == outcome::OK,
            _ => false,
        };
        if carries_value { self.requests[request].size } else { 0 }
    }

    /// A message takes its time on a link, or is lost.
    fn travel(&mut self, request: u32, message: Message, index: usize, bytes: u64) -> Flow {
        let fate = message.travel_fate();
        let sent = self.leave_on(index, bytes);
        if self.is_lost(index, fate) {
            self.recorder.links[index][self.recorder.cell].dropped += 1;
            return self.lose(request);
        }
        let state = if message.way == Way::There { State::Arriving } else { State::Returning };
        self.requests[request].state = state;
        self.requests[request].from = message.from;
        let what = What::Resume { request, stamp: self.requests[request].stamp };
        match &self.plan.links[index].delay {
            Law::Constant(_, lane) if sent == self.queue.now() => self.push_lane(*lane, what),
            _ => self.queue.push_at(sent + self.link_delay(index, fate), what),
        }
        Flow::Stops
    }

    /// When the last byte of a message has left on a link.
    #[inline]
    pub(super) fn leave_on(&mut self, index: usize, bytes: u64) -> Time {
        match self.plan.links[index].bandwidth {
            Some(bandwidth) => self.occupy_pipe(index, bytes, bandwidth),
            None => self.queue.now(),
        }
    }

    /// Whether a message of this fate is lost on a link.
    #[inline]
    pub(super) fn is_lost(&self, index: usize, fate: u64) -> bool {
        let loss = self.plan.links[index].loss;
        loss > 0 && Draws::new(mix(fate, LOSS), 0).bits() < loss
    }

    /// How long a message of this fate takes from one place to another.
    pub(super) fn delay(&self, index: usize, fate: u64, latency: Option<AmountId>) -> Span {
        match latency {
            Some(latency) => self.draw_span(latency, fate, None),
            None => self.link_delay(index, fate),
        }
    }

    /// How long a message of this fate takes on a link.
    fn link_delay(&self, index: usize, fate: u64) -> Span {
        let link = &self.plan.links[index];
        match &link.delay {
            Law::Constant(span, _) => *span,
            Law::Drawn(distribution) => {
                Span::from_nanoseconds(distribution.sample(&mut Draws::new(fate, link.salt)))
            }
            Law::Computed(_) => unreachable!("no link computes its delay"),
        }
    }

    /// A first-come pipe takes in the bytes of a message; when the last of them has been sent.
    fn occupy_pipe(&mut self, link: usize, bytes: u64, bandwidth: f64) -> Time {
        let start = self.pipes[link].max(self.queue.now());
        self.pipes[link] = start + Span::from_nanoseconds(bytes as f64 / bandwidth * SECOND as f64);
        self.pipes[link]
    }

    /// The message is lost. The request stays as long as somebody may give it up; if nobody can, it is gone with all
    /// that waits for it.
    pub(super) fn lose(&mut self, request: u32) -> Flow {
        self.requests[request].state = State::Lost;
        self.forsake(request);
        Flow::Stops
    }

    /// How long the messages of a call take, if the network does not say it.
    pub(super) fn latency(&self, site: SiteId, way: Way) -> Option<AmountId> {
        // The work that an instance does for itself is called from nowhere.
        let latency = self.plan.sites.get(site.index())?.latency?;
        Some(if way == Way::There { latency.there } else { latency.back })
    }

    /// How long the caller's word that it gave up takes to reach the callee.
    pub(super) fn notice_delay(&self, request: u32, notice: Notice) -> Span {
        let Notice { from, to, latency, .. } = notice;
        if from == to || to == InstanceId::NONE {
            return Span::ZERO;
        }
        self.delay(self.plan.link(from, to), mix(self.requests[request].fate, LOSS), latency)
    }
}
