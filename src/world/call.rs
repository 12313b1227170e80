//! Calls: how a request gets to a callee.
//!
//! A *hop* is a call that nothing can part from its caller: the caller's own request walks into the callee and home again.
//! Any other call has a child request per attempt and a [`Call`](super::attempt::Call) that knows the attempts.

use super::transit::{Message, Way};
use super::{Flow, What, World};
use crate::component::{Ask, Behaviour, Context, Luggage};
use crate::kernel::random::{Draws, mix};
use crate::kernel::request::{Flags, Frame, Holds, NO_VALUE, Parent, Request, RequestId, SavedField, State};
use crate::measure::recorder::Ending;
use crate::outcome;
use crate::plan::{Exchange, Form, Law, Part, Pool, Site};
use crate::units::{AmountId, InstanceId, OperationId, SiteId, SlotId};

/// Deeper nesting of calls fails.
pub(super) const NESTING_MAX: u8 = 64;

/// Whose calls have requests of their own, wherever they are written: a cancellation or a deadline may part the two.
const PARTED: Flags = Flags::CANCELLABLE.or(Flags::BOUNDED);

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
        if site.form == Form::Child || self.requests[request].flags.has_any(PARTED) {
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
        if site.plain {
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
        if !matches!(site.exchange, Exchange::None) {
            save(SavedField::Value, caller.value as u64);
        }
        self.apply(request, request, site);
    }

    /// Gives `traveller` what the call carries instead of the values of `caller`.
    fn apply(&mut self, caller: u32, traveller: u32, site: &Site) {
        // All are read before any is written: they may be made of one another.
        let key = site.key.as_ref().map(|template| self.fill(caller, template));
        let user = site.user.as_ref().map(|template| self.fill(caller, template));
        let size = site.size.map(|size| self.draw_count(size, self.requests[caller].fate, Some(caller)));
        let priority = site.priority.as_ref().map(|priority| self.whole(caller, &priority.law));
        let value = match &site.exchange {
            Exchange::None | Exchange::Message => None,
            Exchange::Apart => Some(0),
            Exchange::Row(said) => {
                Some(said.as_ref().map_or(NO_VALUE, |operand| self.whole(caller, &operand.law)))
            }
        };
        if let Some(delay) = site.delay {
            self.bring_later(caller, traveller, delay);
        }
        let travels = &mut self.requests[traveller];
        travels.key = key.unwrap_or(travels.key);
        travels.user = user.unwrap_or(travels.user);
        travels.size = size.unwrap_or(travels.size);
        travels.value = value.unwrap_or(travels.value);
        if let Some(priority) = priority {
            travels.priority = priority.clamp(0, i64::from(u8::MAX)) as u8;
        }
    }

    /// Picks an instance and sends the request's message to it.
    #[inline(always)]
    pub(super) fn depart_for(&mut self, request: u32, site_id: SiteId) -> Flow {
        let plan = self.plan;
        let site = &plan.sites[site_id.index()];
        match self.pick(request, site, &[]) {
            Some(target) => self.send_to(request, site_id, target),
            None => self.bring_home(request, site_id, outcome::UNAVAILABLE, Ending::Failed),
        }
    }

    /// The instance that a call goes to; a place there is held if the caller keeps such books.
    #[inline(always)]
    pub(super) fn pick(&mut self, request: u32, site: &Site, avoid: &[InstanceId]) -> Option<InstanceId> {
        let plan = self.plan;
        let caller = &self.requests[request];
        let from = caller.at;
        let ask = Ask {
            key: caller.key,
            user: caller.user,
            from,
            action: site.action,
            avoid,
            bits: 0,
            now: self.queue.now(),
        };
        // Where there is no choice nothing is drawn.
        let bits = || Draws::new(caller.fate, site.salt).bits();
        match site.pool {
            Pool::Component(callee) | Pool::Resolver(callee) => {
                let (first, count) = plan.components[callee.index()].instances;
                if count == 1 {
                    return Some(first);
                }
                let lane = if self.has_lanes { self.lane(request, callee) } else { None };
                let ask = Ask { bits: bits(), key: lane.unwrap_or(ask.key), ..ask };
                if !self.roster.is_closed() {
                    return self.route_among_those_there(callee, &ask);
                }
                let index = self.components[callee.index()].route(&ask, first, count);
                index.map(|index| InstanceId(first.0 + index))
            }
            Pool::Aimed(_) | Pool::Named(_) => Some(caller.target),
            Pool::Targets => {
                if caller.flags.has(Flags::CALL) {
                    return self.forward_anew(request, site, avoid);
                }
                let ask = Ask { bits: bits(), ..ask };
                self.forward(request, site.operation, &ask)
            }
        }
    }

    /// The target to which the balancer at which a request is sends it; a place there is held.
    #[inline(always)]
    pub(super) fn forward(
        &mut self,
        request: u32,
        operation: OperationId,
        ask: &Ask<'_>,
    ) -> Option<InstanceId> {
        let from = ask.from;
        let balancer = self.plan.instances[from.index()];
        let component = balancer.component.index();
        let mut context = Context {
            now: ask.now,
            recorder: &mut self.recorder,
            component,
            first: InstanceId(from.0 - balancer.index),
            skews: &self.skews,
            visitor: RequestId::NONE,
            caller: InstanceId::NONE,
            luggage: Luggage::NONE,
            effects: &mut self.effects,
        };
        let state = &mut self.components[component];
        let target = state.forward(balancer.index, operation, ask, &mut context);
        if !self.effects.is_empty() {
            self.carry_out();
        }
        let target = target?;
        let since = self.queue.now();
        let token = Frame::Token { component: balancer.component, holder: from, target, since };
        self.requests.push_frame(request, token);
        Some(target)
    }

    /// Sends the request's message to an instance.
    #[inline(always)]
    pub(super) fn send_to(&mut self, request: u32, site_id: SiteId, target: InstanceId) -> Flow {
        let message = self.board(request, site_id, target);
        match self.transmit(request, message) {
            Flow::Goes => self.arrive(request),
            Flow::Stops => Flow::Stops,
        }
    }

    /// Prepares a request for its journey to an instance.
    #[inline(always)]
    pub(super) fn board(&mut self, request: u32, site_id: SiteId, target: InstanceId) -> Message {
        let plan = self.plan;
        let site = &plan.sites[site_id.index()];
        let (edge, entry) = site.route_to(plan.instances[target.index()].component);
        self.recorder.edge(edge.index()).attempts += 1;
        let now = self.queue.now();
        let traveller = &mut self.requests[request];
        let from = traveller.at;
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
        let message =
            Message { entry, fate: traveller.fate, from, to: target, way: Way::There, site: site_id };
        self.requests.push_frame(request, visit);
        message
    }

    /// A child that is about to call: its caller's copy, with what the call carries.
    pub(super) fn spawn(&mut self, caller: u32, site_id: SiteId, parent: Parent, attempt: u32) -> u32 {
        let plan = self.plan;
        let site = &plan.sites[site_id.index()];
        let asks = self.requests[caller];
        // What is sent is its own affair: it is neither cancelled nor late with its sender.
        let handed_on = if parent == Parent::None { Flags::ABANDONED } else { Flags::ABANDONED.or(PARTED) };
        let flags = asks.flags.and(handed_on).or(Flags::CALL);
        let child = self.requests.insert(Request {
            // The first attempt has the fate that the caller itself would have: a policy that never acts changes nothing.
            fate: if attempt == 1 { asks.fate } else { mix(mix(asks.fate, site.salt), u64::from(attempt)) },
            born: self.queue.now(),
            parent,
            site: site_id,
            target: InstanceId::NONE,
            siblings: (u32::MAX, u32::MAX),
            state: State::Running,
            depth: 0,
            nesting: asks.nesting + 1,
            attempt: attempt.min(u32::from(u8::MAX)) as u8,
            flags,
            branch_turn: attempt,
            ..asks
        });
        if let Pool::Aimed(_) = site.pool {
            self.requests[child].target = asks.target;
            self.requests[child].flags.put(Flags::PAST, asks.flags.has(Flags::PAST));
        }
        self.apply(caller, child, site);
        self.note_child(child, caller);
        child
    }

    /// The step `send`: the call is a request of its own that nobody waits for.
    pub(super) fn send(&mut self, request: u32, site_id: SiteId, after: Option<AmountId>) -> Flow {
        if self.requests[request].nesting >= NESTING_MAX {
            return self.bring_home(request, site_id, outcome::TOO_DEEP, Ending::Failed);
        }
        let child = self.spawn(request, site_id, Parent::None, 1);
        self.requests[child].state = State::Departing;
        match after {
            Some(time) => match &self.plan.amounts[time.index()].law {
                // What it depends on is the step's: its loop is known to the sender only.
                Law::Computed(_) => {
                    let span = self.draw_span(time, self.requests[child].fate, Some(request));
                    let what = What::Resume { request: child, stamp: self.requests[child].stamp };
                    self.queue.push_after(span, what);
                }
                _ => self.resume_after(child, time),
            },
            None => self.resume_now(child),
        }
        self.step_on(request)
    }

    /// What was sent leaves, or an attempt that waited for a connection.
    pub(super) fn depart(&mut self, request: u32) -> Flow {
        self.requests[request].state = State::Running;
        if !self.roster.is_closed() {
            self.may_be_done(self.requests[request].at);
        }
        let site = self.requests[request].site;
        match self.requests[request].parent {
            Parent::Call(call) => self.dispatch(request, call, site),
            _ => {
                if let Pool::Named(name) = self.plan.sites[site.index()].pool
                    && let Some(flow) = self.look_up(request, site, name)
                {
                    return flow;
                }
                self.depart_for(request, site)
            }
        }
    }
}
