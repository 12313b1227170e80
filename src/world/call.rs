//! Calls: how a request gets to a callee, and what the caller does when that goes wrong.
//!
//! A *hop* is a call that nothing can part from its caller: the caller's own request walks into the callee and home again.
//! Any other call has a child request per attempt and a [`Call`] that knows the attempts.

use super::transit::{Message, Way};
use super::unwind::Notice;
use super::{Flow, Scope, What, World};
use crate::component::{Ask, Behaviour, Context};
use crate::kernel::random::{Draws, mix, open01};
use crate::kernel::request::{Flags, Frame, Handle, Holds, Parent, Request, RequestId, SavedField, State};
use crate::measure::recorder::Ending;
use crate::outcome;
use crate::plan::{Form, Law, Part, Pool, Site};
use crate::resilience::{Cancel, Retry};
use crate::units::{AmountId, EdgeId, InstanceId, OutcomeId, SiteId, SlotId, Span, Time};

/// Deeper nesting of calls fails.
const NESTING_MAX: u8 = 64;

/// The name of the draw of a pause's jitter.
const JITTER: u64 = 0x6a69_7474_6572_2d6f;

/// A call that has child requests.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call {
    /// Who waits for the answer; its newest frame is this call.
    pub caller: RequestId,
    /// Where the call is written.
    pub site: SiteId,
    /// The attempt that is open.
    pub attempt: RequestId,
    /// Attempts so far.
    pub started: u32,
    /// Which scheduled timer is the valid one.
    pub stamp: u16,
    /// The lane of the pending timer, if it has one.
    pub timer_lane: Option<u32>,
    /// The pause before the attempt that is open.
    pub pause: Span,
    /// The instance that the last attempt was sent to.
    pub last: InstanceId,
    /// The edge that it took.
    pub edge: EdgeId,
    /// When the call began.
    pub began: Time,
    /// The bin of time in which it began.
    pub cell: u16,
}

impl World<'_> {
    /// The step `call`.
    #[inline(always)]
    pub(super) fn call(&mut self, request: u32, site_id: SiteId) -> Flow {
        let plan = self.plan;
        let site = &plan.sites[site_id.index()];
        if let Some(slot) = site.slot
            && plan.slots[slot.index()].part == Part::Request
        {
            self.book_under(request, slot);
        }
        if site.form == Form::Child || self.requests[request].flags.has(Flags::CANCELLABLE) {
            return self.open_call(request, site_id, site);
        }
        self.save_and_apply(request, site);
        self.depart_for(request, site_id)
    }

    /// The request chose one of the operations of its client's mix: its figures are that operation's.
    #[inline]
    fn book_under(&mut self, request: u32, slot: SlotId) {
        let booked = &mut self.requests[request];
        if booked.slot == slot {
            return;
        }
        let (before, cell) = (booked.slot.index(), usize::from(booked.cell));
        booked.slot = slot;
        self.recorder.slots[before].born[cell] -= 1;
        self.recorder.slots[slot.index()].born[cell] += 1;
    }

    /// Lets the call carry other values than the caller's, which are kept in frames.
    #[inline(always)]
    fn save_and_apply(&mut self, request: u32, site: &Site) {
        if site.is_plain() {
            return;
        }
        let caller = self.requests[request];
        let mut save = |field, value| self.requests.push_frame(request, Frame::Saved { field, value });
        if site.key.is_some() {
            save(SavedField::Key, caller.key);
        }
        if site.user.is_some() {
            save(SavedField::User, caller.user);
        }
        if site.size.is_some() {
            save(SavedField::Size, caller.size);
        }
        if site.priority.is_some() {
            save(SavedField::Priority, u64::from(caller.priority));
        }
        if site.keeps_reading {
            if site.size.is_none() {
                save(SavedField::Size, caller.size);
            }
            save(SavedField::Version, caller.version);
        }
        self.apply(request, request, site);
    }

    /// Gives `traveller` what the call carries instead of the values of `caller`.
    fn apply(&mut self, caller: u32, traveller: u32, site: &Site) {
        // All are read before any is written: they may be made of one another.
        let key = site.key.as_ref().map(|template| self.fill(caller, template));
        let user = site.user.as_ref().map(|template| self.fill(caller, template));
        let size = site.size.map(|size| self.draw_count(size, self.requests[caller].fate, Some(caller)));
        let travels = &mut self.requests[traveller];
        travels.key = key.unwrap_or(travels.key);
        travels.user = user.unwrap_or(travels.user);
        travels.size = size.unwrap_or(travels.size);
        travels.priority = site.priority.unwrap_or(travels.priority);
    }

    /// Picks an instance and sends the request's message to it.
    #[inline(always)]
    pub(super) fn depart_for(&mut self, request: u32, site_id: SiteId) -> Flow {
        let plan = self.plan;
        let site = &plan.sites[site_id.index()];
        let caller = &mut self.requests[request];
        let (from, depth) = (caller.at, caller.depth);
        // A retry keeps away from the last target of this very call, not of those within it.
        let avoid = [std::mem::replace(&mut caller.avoid, InstanceId::NONE)];
        let ask = Ask {
            key: caller.key,
            user: caller.user,
            from,
            action: plan.entries[site.entries[0].index()].action,
            avoid: if avoid[0] == InstanceId::NONE { &[] } else { &avoid },
            bits: Draws::new(caller.fate, site.salt).bits(),
            now: self.queue.now(),
        };
        let target = match site.pool {
            Pool::Component(callee) => {
                let (first, count) = plan.components[callee.index()].instances;
                let index =
                    if count == 1 { Some(0) } else { self.components[callee.index()].route(&ask, count) };
                index.map(|index| InstanceId(first.0 + index))
            }
            Pool::Aimed(_) => Some(InstanceId(caller.branch_turn)),
            Pool::Targets => {
                let balancer = plan.instances[from.index()];
                let component = balancer.component.index();
                let mut context = Context {
                    now: ask.now,
                    recorder: &mut self.recorder,
                    component,
                    first: InstanceId(from.0 - balancer.index),
                    skews: &self.skews,
                    visitor: RequestId::NONE,
                    effects: &mut self.effects,
                };
                let state = &mut self.components[component];
                let target = state.forward(balancer.index, site.operation, &ask, &mut context);
                if !self.effects.is_empty() {
                    self.carry_out();
                }
                if let Some(target) = target {
                    let since = self.queue.now();
                    let token = Frame::Token { component: balancer.component, holder: from, target, since };
                    self.requests.push_frame(request, token);
                }
                target
            }
        };
        let Some(target) = target else {
            return self.bring_home(request, site_id, outcome::UNAVAILABLE, Ending::Failed);
        };
        let (edge, entry) = site.route_to(plan.instances[target.index()].component);
        let counts = self.recorder.edge(edge.index());
        counts.attempts += 1;
        let now = self.queue.now();
        let traveller = &mut self.requests[request];
        if let Parent::Call(call) = traveller.parent
            && depth == 0
        {
            counts.retries += u64::from(traveller.attempt > 1);
            let call = self.calls.get_mut(call).expect("the call is open");
            (call.last, call.edge) = (target, edge);
        }
        let visit = Frame::Visit {
            site: site_id,
            caller: from,
            caller_entry: traveller.entry,
            holds: Holds::Nothing,
            arrived: now,
            admitted: now,
            fate: traveller.fate,
        };
        traveller.fate = mix(traveller.fate, site.salt);
        traveller.entry = entry;
        traveller.at = target;
        traveller.sent = now;
        traveller.step = plan.entries[entry.index()].start;
        let message = Message { entry, fate: traveller.fate, from, to: target, way: Way::There };
        self.requests.push_frame(request, visit);
        match self.transmit(request, message) {
            Flow::Goes => self.arrive(request),
            Flow::Stops => Flow::Stops,
        }
    }

    /// Opens a call with child requests.
    fn open_call(&mut self, request: u32, site_id: SiteId, site: &Site) -> Flow {
        if self.requests[request].nesting >= NESTING_MAX {
            return self.bring_home(request, site_id, outcome::TOO_DEEP, Ending::Failed);
        }
        let call = self.calls.insert(Call {
            caller: self.requests.id(request),
            site: site_id,
            attempt: RequestId::NONE,
            started: 0,
            stamp: 0,
            timer_lane: None,
            pause: Span::ZERO,
            last: InstanceId::NONE,
            edge: site.edges[0].1,
            began: self.queue.now(),
            cell: self.recorder.cell as u16,
        });
        if let Some(slot) = self.slot_of_call(site) {
            self.recorder.slots[slot.index()].born[self.recorder.cell] += 1;
        }
        self.requests.push_frame(request, Frame::Call(call));
        self.requests[request].state = State::Calling;
        self.attempt(call);
        Flow::Stops
    }

    /// Makes an attempt at a call.
    fn attempt(&mut self, handle: Handle) {
        let call = self.calls.get_mut(handle).expect("who makes an attempt has a call");
        call.started += 1;
        let Call { caller, site: site_id, started, last, .. } = *call;
        let plan = self.plan;
        let site = &plan.sites[site_id.index()];
        let child = self.spawn(caller.index, site_id, Parent::Call(handle), started);
        self.requests[child].avoid = last;
        let id = self.requests.id(child);
        let call = self.calls.get_mut(handle).expect("the call is open");
        call.attempt = id;
        // The timer comes before the message: a reply in the same nanosecond is too late.
        let cancels = site.policy.as_ref().is_some_and(|policy| policy.cancel != Cancel::Nothing);
        if let Some(timeout) = site.policy.as_ref().and_then(|policy| policy.timeout) {
            self.start_timer(handle, timeout, self.requests[child].fate);
        }
        if cancels {
            self.requests[child].flags.set(Flags::CANCELLABLE);
        }
        if self.depart_for(child, site_id) == Flow::Goes {
            self.advance(child);
        }
    }

    /// A child that is about to call: its caller's copy, with what the call carries.
    fn spawn(&mut self, caller: u32, site_id: SiteId, parent: Parent, attempt: u32) -> u32 {
        let plan = self.plan;
        let site = &plan.sites[site_id.index()];
        let asks = self.requests[caller];
        let mut flags = asks.flags.and(Flags::ABANDONED);
        if asks.flags.has(Flags::CANCELLABLE) && parent != Parent::None {
            flags.set(Flags::CANCELLABLE);
        }
        flags.set(Flags::CALL);
        let child = self.requests.insert(Request {
            // The first attempt has the fate that the caller itself would have: a policy that never acts changes nothing.
            fate: if attempt == 1 { asks.fate } else { mix(mix(asks.fate, site.salt), u64::from(attempt)) },
            born: self.queue.now(),
            parent,
            site: site_id,
            avoid: InstanceId::NONE,
            siblings: (u32::MAX, u32::MAX),
            state: State::Running,
            depth: 0,
            nesting: asks.nesting + 1,
            attempt: attempt.min(u32::from(u8::MAX)) as u8,
            flags,
            branch_turn: 0,
            ..asks
        });
        if let Pool::Aimed(_) = site.pool {
            self.requests[child].branch_turn = asks.branch_turn;
            self.requests[child].flags.put(Flags::PAST, asks.flags.has(Flags::PAST));
        }
        self.apply(caller, child, site);
        child
    }

    fn start_timer(&mut self, handle: Handle, time: AmountId, fate: u64) {
        let plan = self.plan;
        let call = self.calls.get(handle).expect("the call is open");
        let what = What::Timer { call: handle, stamp: call.stamp };
        if let Law::Constant(_, lane) = &plan.amounts[time.index()].law {
            self.push_lane(*lane, what);
            self.calls.get_mut(handle).expect("the call is open").timer_lane = Some(*lane);
        } else {
            let span = self.draw_span(time, fate, None);
            self.queue.push_after(span, what);
        }
    }

    /// The pending timer of a call is pointless from now on.
    pub(super) fn stop_timer(&mut self, handle: Handle) {
        let call = self.calls.get_mut(handle).expect("the call is open");
        call.stamp = call.stamp.wrapping_add(1);
        if let Some(lane) = call.timer_lane.take() {
            self.queue.became_stale(self.lanes[lane as usize]);
        }
    }

    /// The timeout of an attempt, or the end of the pause before the next one.
    pub(super) fn timer(&mut self, handle: Handle) {
        let call = self.calls.get_mut(handle).expect("a stale timer has no effect");
        let at = self.requests[call.caller.index].at;
        if self.is_paused(at) {
            let stamp = self.calls.get(handle).expect("the call is open").stamp;
            return self.freeze(at, What::Timer { call: handle, stamp });
        }
        let call = self.calls.get_mut(handle).expect("the call is open");
        call.stamp = call.stamp.wrapping_add(1);
        call.timer_lane = None;
        let attempt = std::mem::replace(&mut call.attempt, RequestId::NONE);
        match self.requests.find(attempt) {
            None => self.attempt(handle),
            Some(child) => {
                self.give_up(child, handle);
                self.settle(handle, outcome::TIMEOUT, Ending::Failed);
            }
        }
    }

    /// The caller gives up an attempt: nobody hears its answer any more.
    fn give_up(&mut self, child: u32, handle: Handle) {
        let call = *self.calls.get(handle).expect("the call is open");
        self.recorder.edge(call.edge.index()).timeouts += 1;
        let policy = self.plan.sites[call.site.index()].policy.as_ref();
        let scope = match policy.map_or(Cancel::Nothing, |policy| policy.cancel) {
            Cancel::Nothing => None,
            Cancel::Queued => Some(Scope::Queued),
            Cancel::Everything => Some(Scope::Everything),
        };
        self.abandon(
            child,
            call.edge,
            Notice { from: self.requests[call.caller.index].at, to: call.last, scope },
            Some((outcome::TIMEOUT, Ending::Failed)),
        );
    }

    /// Where a client records a call of its session.
    fn slot_of_call(&self, site: &Site) -> Option<SlotId> {
        site.slot.filter(|slot| self.plan.slots[slot.index()].part == Part::Call)
    }

    /// An attempt, or its time, has come to an end: the caller goes on, or tries again.
    pub(super) fn settle(&mut self, handle: Handle, outcome: OutcomeId, ending: Ending) {
        let call = *self.calls.get(handle).expect("only an open call is settled");
        let plan = self.plan;
        let site = &plan.sites[call.site.index()];
        let retry = site.policy.as_ref().and_then(|policy| policy.retry.as_ref());
        if let (Ending::Failed, Some(retry)) = (ending, retry)
            && retry.tries_again(call.started, outcome)
        {
            return self.try_again(handle, retry);
        }
        self.calls.remove(handle);
        let caller = call.caller.index;
        let top = self.requests.pop_frame(caller);
        debug_assert!(
            matches!(top, Some(Frame::Call(open)) if open == handle),
            "a caller waits for one call"
        );
        if let Some(slot) = self.slot_of_call(site) {
            let latency = self.queue.now().since(call.began).0;
            self.recorder.ended(slot.index(), usize::from(call.cell), outcome, ending, latency);
        }
        self.requests[caller].site = call.site;
        self.wake(caller, outcome, ending);
    }

    /// Schedules the next attempt.
    fn try_again(&mut self, handle: Handle, retry: &Retry) {
        let call = *self.calls.get(handle).expect("the call is open");
        let site = &self.plan.sites[call.site.index()];
        let fate = mix(mix(self.requests[call.caller.index].fate, site.salt), !u64::from(call.started));
        let base = retry.base().map_or(Span::ZERO, |base| self.draw_span(base, fate, None));
        let uniform = open01(Draws::new(fate, JITTER).bits());
        let pause = retry.pause(call.started, base, call.pause, uniform);
        let call = self.calls.get_mut(handle).expect("the call is open");
        call.pause = pause;
        call.attempt = RequestId::NONE;
        let stamp = call.stamp;
        self.queue.push_after(pause, What::Timer { call: handle, stamp });
    }

    /// A child request has come home to its caller.
    pub(super) fn deliver(&mut self, handle: Handle, child: Request, outcome: OutcomeId, ending: Ending) {
        let Some(call) = self.calls.get_mut(handle) else { return };
        debug_assert_eq!(call.attempt.generation, child.generation, "only the open attempt has a parent");
        call.attempt = RequestId::NONE;
        let (caller, site) = (call.caller.index, call.site);
        if !self.plan.sites[site.index()].keeps_reading {
            let reads = &mut self.requests[caller];
            (reads.size, reads.version) = (child.size, child.version);
        }
        self.stop_timer(handle);
        self.settle(handle, outcome, ending);
    }

    /// The step `send`: the call is a request of its own that nobody waits for.
    pub(super) fn send(&mut self, request: u32, site_id: SiteId, after: Option<AmountId>) -> Flow {
        if self.requests[request].nesting >= NESTING_MAX {
            return self.bring_home(request, site_id, outcome::TOO_DEEP, Ending::Failed);
        }
        let child = self.spawn(request, site_id, Parent::None, 1);
        self.requests[child].state = State::Departing;
        match after {
            Some(time) => {
                self.resume_after(child, time);
            }
            None => self.resume_now(child),
        }
        self.step_on(request)
    }

    /// What was sent leaves.
    pub(super) fn depart(&mut self, request: u32) -> Flow {
        self.requests[request].state = State::Running;
        self.depart_for(request, self.requests[request].site)
    }
}
