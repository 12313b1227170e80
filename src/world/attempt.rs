//! Attempts: what a caller does between the beginning of a call and its end.
//!
//! A [`Call`] goes in rounds: the first, and one for each retry. The attempts of a round that are open hang together as the
//! branches of a fork do. The first success wins and the others are given up; a failure waits for the others, and when all
//! have failed the next round begins, or the call has failed.

use super::call::NESTING_MAX;
use super::fork::NOBODY;
use super::route::Reached;
use super::{Flow, What, World};
use crate::kernel::random::{Draws, mix, open01};
use crate::kernel::request::{Flags, Frame, Parent, Request, RequestId, Requests, State};
use crate::kernel::slab::Handle;
use crate::measure::recorder::Ending;
use crate::outcome;
use crate::plan::{Exchange, Law, Part, Pool, Site};
use crate::resilience::{After, Cancel, Hedge, Retry, RetryAfter};
use crate::units::{EdgeId, InstanceId, OutcomeId, SiteId, SlotId, Span, Time};

/// The name of the draw of a pause's jitter.
const JITTER: u64 = 0x6a69_7474_6572_2d6f;

/// A call that has child requests.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call {
    /// Who waits for the answer; its newest frame is this call.
    pub caller: RequestId,
    /// Where the call is written.
    pub site: SiteId,
    /// The attempt that started last, of those that are open.
    pub newest: u32,
    /// Attempts of this round that are open, or about to start at once.
    pub open: u32,
    /// Attempts of this round so far, and those about to start at once.
    copies: u32,
    /// Attempts so far.
    started: u32,
    /// The first round, and one for each retry.
    round: u32,
    /// Which scheduled timer is the valid one.
    pub stamp: u16,
    /// What the pending timer is for.
    awaits: Awaits,
    /// The lane of the pending timer, if it stands in one.
    timer_lane: Option<u32>,
    /// Whether one of this round's attempts has told the others that it has begun.
    pub has_begun: bool,
    /// How the last attempt failed.
    pub failure: OutcomeId,
    /// When the time for all of it is over.
    deadline: Time,
    /// The lane in which the deadline stands, if it stands in one.
    deadline_lane: Option<u32>,
    /// The pause before this round.
    pause: Span,
    /// The instance that the last attempt was sent to.
    last: InstanceId,
    /// Where balancers on their way have sent its attempts.
    pub reached: Reached,
    /// When the call began.
    began: Time,
    /// The bin of time in which it began.
    cell: u16,
}

/// What a call's timer is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Awaits {
    /// There is none.
    Nothing,
    /// The next round.
    Round,
    /// A further attempt of this round.
    Copy,
}

impl Call {
    /// The open attempt of this number.
    #[inline]
    pub(super) fn open_attempt(&self, number: u16, requests: &Requests) -> Option<u32> {
        self.attempts(requests).find(|attempt| requests[*attempt].branch_turn as u16 == number)
    }

    /// The instance at the end of the way of the attempt that was sent last, as far as it is known.
    pub(super) fn end(&self) -> InstanceId {
        if self.reached.last == InstanceId::NONE { self.last } else { self.reached.last }
    }

    /// Its open attempts, the newest first.
    pub(super) fn attempts<'r>(&self, requests: &'r Requests) -> impl Iterator<Item = u32> + 'r {
        let some = |attempt: u32| (attempt != NOBODY).then_some(attempt);
        std::iter::successors(some(self.newest), move |attempt| some(requests[*attempt].siblings.0))
    }
}

impl World<'_> {
    /// Opens a call with child requests.
    pub(super) fn open_call(&mut self, request: u32, site_id: SiteId, site: &Site) -> Flow {
        let (caller, now) = (&self.requests[request], self.queue.now());
        if caller.nesting >= NESTING_MAX {
            return self.bring_home(request, site_id, outcome::TOO_DEEP, Ending::Failed);
        }
        let handed = if caller.flags.has(Flags::BOUNDED) { caller.deadline } else { Time::NEVER };
        if handed <= now {
            return self.bring_home(request, site_id, outcome::DEADLINE, Ending::Failed);
        }
        let call = self.calls.insert(Call {
            caller: self.requests.id(request),
            site: site_id,
            newest: NOBODY,
            open: 0,
            copies: 0,
            started: 0,
            round: 0,
            stamp: 0,
            awaits: Awaits::Nothing,
            timer_lane: None,
            has_begun: false,
            failure: outcome::OK,
            deadline: handed,
            deadline_lane: None,
            pause: Span::ZERO,
            last: InstanceId::NONE,
            reached: Reached::default(),
            began: now,
            cell: self.recorder.cell as u16,
        });
        if let Some(slot) = self.slot_of_call(site) {
            self.recorder.slots[slot.index()].born[self.recorder.cell] += 1;
        }
        self.requests.push_frame(request, Frame::Call(call));
        self.requests[request].state = State::Calling;
        self.set_deadline(call, handed, site);
        self.earn(request, site);
        self.start_round(call);
        Flow::Stops
    }

    /// Schedules the end of a call: by its own deadline or the one that was handed to its caller, whichever comes first.
    fn set_deadline(&mut self, handle: Handle, handed: Time, site: &Site) {
        let own = site.policy.as_ref().and_then(|policy| policy.deadline);
        let what = What::Deadline { call: handle };
        match own.map(|deadline| &self.plan.amounts[deadline.time.index()].law) {
            Some(Law::Constant(span, lane)) if self.queue.now() + *span < handed => {
                let (deadline, lane) = (self.queue.now() + *span, *lane);
                self.push_lane(lane, what);
                let call = self.calls.get_mut(handle).expect("the call is open");
                (call.deadline, call.deadline_lane) = (deadline, Some(lane));
            }
            _ if handed < Time::NEVER => self.queue.push_at(handed, what),
            _ => {}
        }
    }

    fn start_round(&mut self, handle: Handle) {
        let call = self.calls.get_mut(handle).expect("a round starts while it is waited for");
        let policy = self.plan.sites[call.site.index()].policy.as_ref();
        let copies = match policy.and_then(|policy| policy.hedge) {
            Some(Hedge { after: After::AtOnce, copies }) => copies,
            _ => 1,
        };
        call.round += 1;
        (call.open, call.copies, call.has_begun) = (copies, copies, false);
        self.attempt(handle, Flags::default());
        for made in 1..copies {
            // One of those before may have been answered at once, or have begun.
            let Some(call) = self.calls.get_mut(handle) else { return };
            if call.has_begun {
                return self.spare_copies(handle, copies - made);
            }
            self.attempt(handle, Flags::HEDGE);
        }
        self.await_copy(handle);
    }

    /// So many attempts of this round need not be made.
    fn spare_copies(&mut self, handle: Handle, spared: u32) {
        let call = self.calls.get_mut(handle).expect("the call is open");
        call.copies -= spared;
        if call.open > spared {
            call.open -= spared;
        } else {
            // The one that has begun has failed already.
            call.open = 1;
            let failure = call.failure;
            self.attempt_failed(handle, failure);
        }
    }

    /// Schedules a further attempt of this round, if there is one to come.
    fn await_copy(&mut self, handle: Handle) {
        let Some(call) = self.calls.get(handle).copied() else { return };
        let plan = self.plan;
        let site = &plan.sites[call.site.index()];
        let Some(hedge) = site.policy.as_ref().and_then(|policy| policy.hedge) else { return };
        if call.open == 0 || call.copies == hedge.copies {
            return;
        }
        let what = What::Timer { call: handle, stamp: call.stamp };
        let mut timer_lane = None;
        match hedge.after {
            After::AtOnce => return,
            After::Percentile(_) => {
                let Some(span) = self.seen_percentile(call.caller.index, site) else { return };
                self.queue.push_after(span, what);
            }
            After::Time(time) => {
                if let Law::Constant(_, lane) = &plan.amounts[time.index()].law {
                    self.push_lane(*lane, what);
                    timer_lane = Some(*lane);
                } else {
                    let fate = self.requests[call.newest].fate;
                    let span = self.draw_span(time, mix(fate, u64::from(call.started)), None);
                    self.queue.push_after(span, what);
                }
            }
        }
        let call = self.calls.get_mut(handle).expect("the call is open");
        (call.awaits, call.timer_lane) = (Awaits::Copy, timer_lane);
    }

    /// Makes an attempt at a call.
    fn attempt(&mut self, handle: Handle, flags: Flags) {
        let call = self.calls.get_mut(handle).expect("who makes an attempt has a call");
        call.started += 1;
        let Call { caller, site: site_id, started, newest, deadline, .. } = *call;
        let plan = self.plan;
        let policy = plan.sites[site_id.index()].policy.as_ref();
        let child = self.spawn(caller.index, site_id, Parent::Call(handle), started);
        self.requests[child].siblings.0 = newest;
        self.requests[child].flags.set(flags);
        if newest != NOBODY {
            self.requests[newest].siblings.1 = child;
        }
        self.calls.get_mut(handle).expect("the call is open").newest = child;
        if let Some(cancel) = policy.and_then(|policy| policy.cancel) {
            self.requests[child].flags.put(Flags::CANCELLABLE, cancel != Cancel::Nothing);
        }
        if self.is_tied(caller.index, site_id) {
            self.requests[child].flags.set(Flags::TIED);
        }
        if policy.is_some_and(|policy| policy.deadline.is_some_and(|deadline| deadline.is_handed_on)) {
            self.requests[child].flags.set(Flags::BOUNDED);
            self.requests[child].deadline = deadline;
        }
        // The timer comes before the message: a reply in the same nanosecond is too late.
        if let Some(timeout) = policy.and_then(|policy| policy.timeout) {
            let what = What::Expire { call: handle, attempt: started as u16 };
            if let Law::Constant(_, lane) = &plan.amounts[timeout.index()].law {
                self.push_lane(*lane, what);
                self.requests[child].flags.set(Flags::TIMED);
            } else {
                let span = self.draw_span(timeout, self.requests[child].fate, None);
                self.queue.push_after(span, what);
            }
        }
        if let Some(terms) = policy.and_then(|policy| policy.gate.as_ref())
            && self.pass_gate(child, caller.index, site_id, terms) == Flow::Stops
        {
            return;
        }
        if self.dispatch(child, handle, site_id) == Flow::Goes {
            self.advance(child);
        }
    }

    /// Picks an instance for an attempt and sends its message there.
    pub(super) fn dispatch(&mut self, child: u32, handle: Handle, site_id: SiteId) -> Flow {
        let plan = self.plan;
        let site = &plan.sites[site_id.index()];
        if let Pool::Named(name) = site.pool
            && let Some(flow) = self.look_up(child, site_id, name)
        {
            return flow;
        }
        let call = *self.calls.get(handle).expect("an attempt starts while it is waited for");
        let mut avoid = std::mem::take(&mut self.avoid);
        avoid.clear();
        // Who calls without a balancer knows nothing of the instances, nor which one he has tried.
        if site.pool == Pool::Targets {
            avoid.push(call.last);
        }
        avoid.extend(call.attempts(&self.requests).map(|attempt| self.requests[attempt].target));
        avoid.retain(|instance| *instance != InstanceId::NONE);
        let target = self.pick(child, site, &avoid);
        self.avoid = avoid;
        let Some(target) = target else {
            return self.bring_home(child, site_id, outcome::UNAVAILABLE, Ending::Failed);
        };
        self.calls.get_mut(handle).expect("the call is open").last = target;
        let attempt = &mut self.requests[child];
        attempt.target = target;
        let is_hedge = attempt.flags.has(Flags::HEDGE);
        let is_retry = attempt.attempt > 1 && !is_hedge;
        let edge = site.route_to(plan.instances[target.index()].component).0;
        let counts = self.recorder.edge(edge.index());
        counts.retries += u64::from(is_retry);
        counts.hedges += u64::from(is_hedge);
        self.charge_attempt(child, call.caller.index, edge);
        if let Some(terms) = site.policy.as_ref().and_then(|policy| policy.batch) {
            return self.gather(child, call.caller.index, site_id, terms);
        }
        self.send_to(child, site_id, target)
    }

    /// The edge that an attempt took.
    pub(super) fn edge_of(&self, attempt: u32, site: SiteId) -> EdgeId {
        let (target, site) = (self.requests[attempt].target, &self.plan.sites[site.index()]);
        if target == InstanceId::NONE {
            return site.edges[0].1;
        }
        site.route_to(self.plan.instances[target.index()].component).0
    }

    /// The pending timer of a call is pointless from now on, and so is its deadline.
    pub(super) fn stop_timers(&mut self, handle: Handle) {
        self.stop_timer(handle);
        let call = self.calls.get_mut(handle).expect("the call is open");
        if let Some(lane) = call.deadline_lane.take() {
            self.queue.became_stale(self.lanes[lane as usize]);
        }
    }

    /// The pending timer of a call is pointless from now on.
    fn stop_timer(&mut self, handle: Handle) {
        let call = self.calls.get_mut(handle).expect("the call is open");
        call.stamp = call.stamp.wrapping_add(1);
        call.awaits = Awaits::Nothing;
        if let Some(lane) = call.timer_lane.take() {
            self.queue.became_stale(self.lanes[lane as usize]);
        }
    }

    /// The timeout of an attempt is pointless from now on.
    pub(super) fn stop_timeout(&mut self, flags: Flags, site: SiteId) {
        if flags.has(Flags::TIMED)
            && let Some(timeout) =
                self.plan.sites[site.index()].policy.as_ref().and_then(|policy| policy.timeout)
            && let Law::Constant(_, lane) = &self.plan.amounts[timeout.index()].law
        {
            self.queue.became_stale(self.lanes[*lane as usize]);
        }
    }

    /// The end of the pause before the next round, or the time for a further attempt.
    pub(super) fn timer(&mut self, handle: Handle) {
        let call = self.calls.get_mut(handle).expect("a stale timer has no effect");
        call.timer_lane = None;
        let (stamp, at) = (call.stamp, self.requests[call.caller.index].at);
        if self.is_paused(at) {
            return self.freeze(at, What::Timer { call: handle, stamp });
        }
        let call = self.calls.get_mut(handle).expect("the call is open");
        call.stamp = call.stamp.wrapping_add(1);
        match std::mem::replace(&mut call.awaits, Awaits::Nothing) {
            Awaits::Nothing => unreachable!("a timer is for something"),
            Awaits::Round => self.start_round(handle),
            Awaits::Copy => {
                call.open += 1;
                call.copies += 1;
                self.attempt(handle, Flags::HEDGE);
                self.await_copy(handle);
            }
        }
    }

    /// The timeout of an attempt.
    pub(super) fn expire(&mut self, handle: Handle, number: u16) {
        let call = *self.calls.get(handle).expect("a stale timeout has no effect");
        let child = call.open_attempt(number, &self.requests).expect("a stale timeout has no effect");
        self.requests[child].flags.clear(Flags::TIMED);
        let at = self.requests[call.caller.index].at;
        if self.is_paused(at) {
            return self.freeze(at, What::Expire { call: handle, attempt: number });
        }
        let edge = self.edge_of(child, call.site);
        self.recorder.edge(edge.index()).timeouts += 1;
        self.unlink_attempt(handle, self.requests[child].siblings);
        self.give_up(child, &call, Some((outcome::TIMEOUT, Ending::Failed)));
        self.attempt_failed(handle, outcome::TIMEOUT);
    }

    /// The time for a call with its retries is over.
    pub(super) fn deadline(&mut self, handle: Handle) {
        let call = self.calls.get_mut(handle).expect("a stale deadline has no effect");
        call.deadline_lane = None;
        let call = *call;
        let at = self.requests[call.caller.index].at;
        if self.is_paused(at) {
            return self.freeze(at, What::Deadline { call: handle });
        }
        for child in call.attempts(&self.requests) {
            let edge = self.edge_of(child, call.site);
            self.recorder.edge(edge.index()).timeouts += 1;
        }
        self.give_up_all(handle);
        self.settle(handle, outcome::DEADLINE, Ending::Failed);
    }

    /// Takes an attempt with these neighbours out of the list of those that are open.
    pub(super) fn unlink_attempt(&mut self, handle: Handle, (older, newer): (u32, u32)) {
        if older != NOBODY {
            self.requests[older].siblings.1 = newer;
        }
        if newer != NOBODY {
            self.requests[newer].siblings.0 = older;
        } else {
            self.calls.get_mut(handle).expect("the call is open").newest = older;
        }
    }

    /// Somebody else brings home the answer to an attempt.
    pub(super) fn replace_attempt(&mut self, handle: Handle, courier: u32) {
        let (older, newer) = self.requests[courier].siblings;
        if older != NOBODY {
            self.requests[older].siblings.1 = courier;
        }
        if newer != NOBODY {
            self.requests[newer].siblings.0 = courier;
        } else {
            self.calls.get_mut(handle).expect("who is asked has an open call").newest = courier;
        }
    }

    /// Whether nobody will ever decide a call: all its attempts wait for messages that are lost, and no timer is pending.
    pub(super) fn is_call_stuck(&self, handle: Handle) -> bool {
        let Some(call) = self.calls.get(handle) else { return false };
        let policy = self.plan.sites[call.site.index()].policy.as_ref();
        let has_timer = call.awaits != Awaits::Nothing
            || call.deadline < Time::NEVER
            || policy.is_some_and(|policy| policy.timeout.is_some());
        let stuck = || call.attempts(&self.requests).filter(|attempt| self.is_stuck(*attempt)).count();
        !has_timer && call.open > 0 && stuck() == call.open as usize
    }

    /// Where a client records a call of its session.
    fn slot_of_call(&self, site: &Site) -> Option<SlotId> {
        site.slot.filter(|slot| self.plan.slots[slot.index()].part == Part::Call)
    }

    /// A child request has come home to its caller.
    pub(super) fn deliver(&mut self, handle: Handle, child: Request, outcome: OutcomeId, ending: Ending) {
        let Some(call) = self.calls.get(handle).copied() else { return };
        self.unlink_attempt(handle, child.siblings);
        self.stop_timeout(child.flags, call.site);
        if !self.plan.sites[call.site.index()].keeps_reading {
            let reads = &mut self.requests[call.caller.index];
            (reads.size, reads.version) = (child.size, child.version);
        }
        // A further attempt says what the first one said.
        let exchange = &self.plan.sites[call.site.index()].exchange;
        if ending == Ending::Completed && !matches!(exchange, Exchange::Apart) {
            let caller = &mut self.requests[call.caller.index];
            caller.value = child.value;
            if matches!(exchange, Exchange::Message) {
                (caller.key, caller.user, caller.id) = (child.key, child.user, child.id);
                caller.priority = child.priority;
            }
        }
        match ending {
            Ending::Completed => {
                self.saw(call.caller.index, call.site, child.flags, child.born);
                self.give_up_all(handle);
                self.settle(handle, outcome, ending);
            }
            Ending::Failed => {
                if outcome == outcome::DENIED {
                    self.requests[call.caller.index].due = child.due;
                }
                self.attempt_failed(handle, outcome);
            }
        }
    }

    /// An attempt has failed: if it was the last one open, the caller tries again or goes on.
    pub(super) fn attempt_failed(&mut self, handle: Handle, outcome: OutcomeId) {
        let call = self.calls.get_mut(handle).expect("only an open call is settled");
        call.open -= 1;
        call.failure = outcome;
        let call = *call;
        if call.open > 0 {
            if call.newest != NOBODY && self.is_call_stuck(handle) {
                self.forsake(call.newest);
            }
            return;
        }
        self.stop_timer(handle);
        let plan = self.plan;
        let policy = plan.sites[call.site.index()].policy.as_ref();
        match policy.and_then(|policy| policy.retry.as_ref()) {
            Some(retry) if retry.tries_again(call.round, outcome) => {
                self.try_again(handle, retry, outcome);
            }
            _ => self.settle(handle, outcome, Ending::Failed),
        }
    }

    /// The call has ended: its caller goes on.
    fn settle(&mut self, handle: Handle, outcome: OutcomeId, ending: Ending) {
        self.stop_timers(handle);
        let call = self.calls.remove(handle).expect("only an open call ends");
        let caller = call.caller.index;
        let top = self.requests.pop_frame(caller);
        debug_assert!(
            matches!(top, Some(Frame::Call(open)) if open == handle),
            "a caller waits for one call"
        );
        if let Some(slot) = self.slot_of_call(&self.plan.sites[call.site.index()]) {
            let latency = self.queue.now().since(call.began).0;
            self.recorder.ended(slot.index(), usize::from(call.cell), outcome, ending, latency);
        }
        self.requests[caller].site = call.site;
        self.wake(caller, outcome, ending);
    }

    /// Schedules the next round, unless the time is over before it begins.
    fn try_again(&mut self, handle: Handle, retry: &Retry, outcome: OutcomeId) {
        let call = *self.calls.get(handle).expect("the call is open");
        let site = &self.plan.sites[call.site.index()];
        let fate = mix(mix(self.requests[call.caller.index].fate, site.salt), !u64::from(call.started));
        let base = retry.base().map_or(Span::ZERO, |base| self.draw_span(base, fate, None));
        let uniform = open01(Draws::new(fate, JITTER).bits());
        let mut pause = retry.pause(call.round, base, call.pause, uniform);
        if retry.retry_after == RetryAfter::Obey && outcome == outcome::DENIED {
            pause = Span(pause.0.saturating_add(self.requests[call.caller.index].due.0));
        }
        if self.queue.now() + pause > call.deadline {
            return self.settle(handle, outcome::DEADLINE, Ending::Failed);
        }
        if !self.pay(call.caller.index, site) {
            let last =
                (call.last != InstanceId::NONE).then(|| self.plan.instances[call.last.index()].component);
            let edge = last.map_or(site.edges[0].1, |component| site.route_to(component).0);
            self.recorder.edge(edge.index()).budget_exhausted += 1;
            return self.settle(handle, outcome, Ending::Failed);
        }
        let call = self.calls.get_mut(handle).expect("the call is open");
        (call.pause, call.awaits) = (pause, Awaits::Round);
        let stamp = call.stamp;
        self.queue.push_after(pause, What::Timer { call: handle, stamp });
    }
}
