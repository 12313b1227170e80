//! What components do by themselves: their timers, their letters to one another, and their errands.

use super::condition::Health;
use super::links::{Arrival, Passage, Stage};
use super::reply::NO_SITE;
use super::roster::Order;
use super::visit::ending_with;
use super::{ComponentState, What, World};
use crate::component::{
    About, Behaviour, Cargo, Context, Effect, Letter, Luggage, OriginId, Report, Said, Sighting, Token,
    Verdict, Wakes,
};
use crate::kernel::request::{Flags, Frame, Holds, Parent, Request, RequestId, State};
use crate::kernel::slab::Handle;
use crate::measure::recorder::Ending;
use crate::measure::trace::Touch;
use crate::outcome;
use crate::plan::{ErrandPlan, Exchange, Step};
use crate::units::{
    AmountId, ComponentId, EdgeId, InstanceId, OutcomeId, SiteId, SlotId, Span, StepId, Time,
};
use rand::Rng;

/// A letter on the way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Post {
    /// Who wrote it.
    pub from: InstanceId,
    /// To whom.
    pub to: InstanceId,
    letter: Letter,
    stage: Stage,
}

impl World<'_> {
    /// Every component may set its timers.
    pub(super) fn start_components(&mut self) {
        for component in 0..self.components.len() {
            let first = self.plan.components[component].instances.0;
            self.touch_component(first, |state, _, context| state.start(context));
        }
    }

    /// What goes on at the components is recorded up to the end of what has happened.
    pub(super) fn close_components(&mut self) {
        // Without an event the recorder has not heard of the time.
        let now = self.reached.min(self.recorder.timeline.end());
        self.recorder.advance(now);
        for (index, (component, plan)) in self.components.iter_mut().zip(&self.plan.components).enumerate() {
            let mut context = Context {
                now,
                recorder: &mut self.recorder,
                component: index,
                first: plan.instances.0,
                skews: &self.skews,
                visitor: RequestId::NONE,
                caller: InstanceId::NONE,
                luggage: Luggage::NONE,
                effects: &mut self.effects,
            };
            component.close(&mut context);
        }
    }

    /// Lets the component of an instance act, and does what it wants done.
    pub(super) fn touch_component(
        &mut self,
        at: InstanceId,
        act: impl FnOnce(&mut crate::component::State, u32, &mut Context<'_>),
    ) {
        let instance = self.plan.instances[at.index()];
        let component = instance.component.index();
        let mut context = Context {
            now: self.queue.now(),
            recorder: &mut self.recorder,
            component,
            first: InstanceId(at.0 - instance.index),
            skews: &self.skews,
            visitor: RequestId::NONE,
            caller: InstanceId::NONE,
            luggage: Luggage::NONE,
            effects: &mut self.effects,
        };
        act(&mut self.components[component], instance.index, &mut context);
        if !self.effects.is_empty() {
            self.carry_out();
        }
    }

    /// Does what components want done; nothing of it acts before the present event is over.
    #[cold]
    pub(super) fn carry_out(&mut self) {
        // None of them calls a component, so that the list does not grow meanwhile.
        let mut effects = std::mem::take(&mut self.effects);
        for effect in effects.drain(..) {
            match effect {
                Effect::Wake { at, after, token, wakes } => {
                    let life = self.lives[at.index()];
                    self.queue.push_after(after, What::Wake { at, token, life, wakes });
                }
                Effect::Post { from, to, letter } => self.post(from, to, letter),
                Effect::Send { at, errand, token, about } => self.send_out(at, errand, token, about),
                Effect::Look { at, subject } => self.queue.push_now(What::Look { at, subject }),
                Effect::Start { target } => self.order(target, Order::Start),
                Effect::Stop { target, drain } => {
                    self.roster.set_drain(target, drain);
                    self.order(target, Order::Stop);
                }
                Effect::Compare { component, sighting } => self.compare(component, sighting),
                Effect::Finish { request, report } => self.finish(request, report),
                Effect::Settle { request, verdict } => self.settle_parked(request, verdict),
            }
        }
        debug_assert!(self.effects.is_empty());
        self.effects = effects;
    }

    /// A timer of a component is due.
    pub(super) fn wake_component(&mut self, at: InstanceId, token: u32, wakes: Wakes) {
        if self.is_paused(at) {
            let life = self.lives[at.index()];
            return self.freeze(at, What::Wake { at, token, life, wakes });
        }
        self.touch_component(at, |state, index, context| state.wake(index, token, context));
    }

    fn peer_fate(&mut self, component: ComponentId) -> u64 {
        self.peer_streams[component.index()].next_u64()
    }

    /// A letter leaves.
    fn post(&mut self, from: InstanceId, to: InstanceId, letter: Letter) {
        let news = (from, to, letter.tag);
        if letter.said == Said::Again && self.unsent.get(&news).is_some_and(|left| *left > self.queue.now()) {
            return;
        }
        let component = self.plan.instances[from.index()].component;
        let fate = self.peer_fate(component);
        let handle = self.letters.insert(Post { from, to, letter, stage: Stage::OnItsWay });
        if from == to {
            return self.queue.push_now(What::Letter { letter: handle });
        }
        let latency = self.plan.components[component.index()].letters.map(|latency| latency.there);
        let passage = self.consign((from, to), fate, self.plan.overhead + letter.bytes, latency);
        if letter.said == Said::Again && passage.left > self.queue.now() {
            self.unsent.insert(news, passage.left);
        }
        match passage.arrival {
            Some(arrival) => self.queue.push_at(arrival, What::Letter { letter: handle }),
            None => drop(self.letters.remove(handle)),
        }
    }

    /// Books a message on its link.
    pub(super) fn consign(
        &mut self,
        (from, to): (InstanceId, InstanceId),
        fate: u64,
        bytes: u64,
        latency: Option<AmountId>,
    ) -> Passage {
        let index = self.plan.link(from, to);
        let record = &mut self.recorder.links[index][self.recorder.cell];
        record.messages += 1;
        record.bytes += bytes;
        let passage = self.passage((from, to), index, fate, bytes, latency);
        if passage.arrival.is_none() {
            self.drop_message(from, to);
        }
        passage
    }

    /// A letter has reached its reader.
    pub(super) fn deliver_letter(&mut self, handle: Handle) {
        let Post { from, to, stage, .. } = *self.letters.get(handle).expect("a letter is read once");
        let what = What::Letter { letter: handle };
        if self.has_faults && stage == Stage::OnItsWay {
            match self.fate_of_arrival(from, to) {
                Arrival::Arrives => {}
                Arrival::Held => return self.conditions.held.push((from, to, what)),
                Arrival::Lost => {
                    self.letters.remove(handle);
                    return;
                }
            }
        }
        if self.has_faults && self.health(to) != Health::Up {
            self.drop_message(from, to);
            self.letters.remove(handle);
            return;
        }
        if self.is_paused(to) {
            self.letters.get_mut(handle).expect("it has not been read yet").stage = Stage::There;
            return self.freeze(to, what);
        }
        let letter = self.letters.remove(handle).expect("a letter is read once").letter;
        let (writer, reader) = (self.plan.instances[from.index()], self.plan.instances[to.index()]);
        if reader.component != writer.component {
            return self.components[writer.component.index()].told(to, &letter);
        }
        let from = writer.index;
        self.touch_component(to, |state, index, context| state.letter(index, from, &letter, context));
    }

    /// An instance sets out on an errand.
    fn send_out(&mut self, at: InstanceId, errand: u16, token: Token, about: About) {
        let component = self.plan.instances[at.index()].component;
        let errand = self.plan.components[component.index()].errands[usize::from(errand)];
        let (entry, past) = match errand {
            ErrandPlan::Work(entry) => (entry, false),
            ErrandPlan::Call(entry, through) => (entry, through == crate::component::Through::Past),
        };
        let now = self.queue.now();
        let fate = match about.cargo {
            Some(cargo) => cargo.fate_of_delivery(),
            None => self.peer_fate(component),
        };
        let cargo = about.cargo.unwrap_or_default();
        let mut flags = Flags::default();
        flags.put(Flags::PAST, past);
        flags.put(Flags::CALL, matches!(errand, ErrandPlan::Work(_)));
        let request = self.requests.insert(Request {
            generation: 0,
            stamp: 0,
            fate,
            key: about.key,
            user: about.user,
            id: cargo.id,
            size: about.size,
            version: about.version,
            value: 0,
            born: now,
            since: now,
            due: now,
            abandoned: Time::NEVER,
            deadline: Time::NEVER,
            sent: now,
            from: InstanceId::NONE,
            step: self.plan.entries[entry.index()].start,
            at,
            site: NO_SITE,
            branch_turn: 0,
            target: about.aim.unwrap_or(InstanceId::NONE),
            parent: Parent::Own(token),
            siblings: (u32::MAX, u32::MAX),
            slot: SlotId(0),
            cell: self.recorder.cell as u16,
            entry,
            outcome: outcome::OK,
            wasted_by: EdgeId(u16::MAX),
            state: State::Running,
            depth: 0,
            nesting: 0,
            attempt: u8::try_from(cargo.delivery.max(1)).unwrap_or(u8::MAX),
            priority: about.cargo.map_or(about.priority, |cargo| cargo.priority),
            flags,
        });
        if let Some(ledger) = &mut self.recorder.ledger {
            ledger.hand_over(request, about.origin.unwrap_or_default());
        }
        self.note_errand(request);
        if let ErrandPlan::Work(_) = errand {
            self.requests[request].state = State::Arriving;
            let (arrived, admitted) = (now, now);
            let visit = Frame::Visit {
                site: NO_SITE,
                caller: at,
                caller_entry: entry,
                holds: Holds::Nothing,
                arrived,
                admitted,
                fate,
            };
            self.requests.push_frame(request, visit);
        }
        self.resume_now(request);
    }

    /// Counts whether a copy is as new as the row in its store.
    fn compare(&mut self, component: usize, sighting: Sighting) {
        let Some(store) = self.plan.components[component].copies_of else { return };
        let is_stale = self.components[store.index()].newest(sighting.key) > sighting.version;
        let counter = if is_stale { sighting.stale } else { sighting.fresh };
        self.recorder.count(component, counter, 1);
    }

    /// A component answers a request that it has parked.
    fn finish(&mut self, id: RequestId, report: Report) {
        let Some(request) = self.requests.find(id) else { return };
        assert_eq!(self.requests[request].state, State::Parked, "only a parked request can be finished");
        self.touched(Touch::LetGo(request));
        let parked = &mut self.requests[request];
        (parked.size, parked.version, parked.site) = (report.size, report.version, NO_SITE);
        if let Some(cargo) = report.cargo {
            cargo.load(parked);
        }
        self.wake(request, report.outcome, report.ending);
    }

    /// A component does with a request that it has parked what it might have done at its visit.
    fn settle_parked(&mut self, id: RequestId, verdict: Verdict) {
        let Some(request) = self.requests.find(id) else { return };
        assert_eq!(self.requests[request].state, State::Parked, "only a parked request can be settled");
        let parked = &mut self.requests[request];
        let (size, version) = (parked.size, parked.version);
        let report = |outcome, ending| Report { outcome, ending, size, version, cargo: None };
        match verdict {
            Verdict::Park => {}
            Verdict::Done(outcome) => self.finish(id, report(outcome, ending_with(outcome))),
            Verdict::Refuse(outcome) => {
                self.recorder.waive(parked.entry.index());
                self.finish(id, report(outcome, Ending::Failed));
            }
            Verdict::Deny(after) => {
                parked.due = Time(after.0);
                self.finish(id, report(outcome::DENIED, Ending::Failed));
            }
            Verdict::GoOn => {
                self.touched(Touch::LetGo(request));
                let parked = &mut self.requests[request];
                (parked.state, parked.step) = (State::Running, StepId(parked.step.0 + 1));
                self.resume_now(request);
            }
            Verdict::GoOnAfter(time) => {
                self.touched(Touch::LetGo(request));
                self.hold(request, time);
            }
            Verdict::Drop => {
                parked.state = State::Vanishing;
                self.resume_now(request);
            }
        }
    }

    /// A request goes on behind its step after a time.
    pub(super) fn hold(&mut self, request: u32, time: Span) {
        self.requests[request].state = State::Waiting;
        let stamp = self.requests[request].stamp;
        self.queue.push_after(time, What::Resume { request, stamp });
    }

    /// A request is served that a component's script has sent to a store: the script acts.
    #[cold]
    pub(super) fn run_script(&mut self, request: u32) {
        let Some(Frame::Visit { site, .. }) = self.requests.frames_of(request).last() else { return };
        let Some((owner, errand)) = self.plan.sites.get(site.index()).and_then(|site| site.script) else {
            return;
        };
        let visitor = self.requests[request];
        let store = self.plan.instances[visitor.at.index()];
        let now = self.queue.now();
        let is_there = self.components[store.component.index()].has(store.index, visitor.key, now);
        let first = self.plan.components[owner.index()].instances.0;
        self.touch_component(first, |state, _, context| state.served(errand, &visitor, is_there, context));
    }

    /// Whether nobody does anything but look for messages where there are none, which goes on for ever.
    pub(super) fn only_seeks(&self) -> bool {
        let sought_by = |request| self.sought_by(request);
        let Some(mut sought) = self.requests.living().map(sought_by).collect::<Option<Vec<_>>>() else {
            return false;
        };
        let resting = self.components.iter().filter_map(ComponentState::seeks);
        sought.extend(resting.map(|instance| self.plan.instances[instance.index()].component));
        !sought.is_empty()
            && self.letters.is_empty()
            && self.components.iter().all(ComponentState::holds_nothing)
            && sought.iter().all(|component| !self.components[component.index()].has_messages())
    }

    /// Where a request looks for a message, if it is the errand of an instance that does, or its call.
    fn sought_by(&self, request: u32) -> Option<ComponentId> {
        let looks = |site: SiteId| {
            let site = self.plan.sites.get(site.index())?;
            (site.exchange == Exchange::Message).then(|| site.edges[0].0)
        };
        let living = &self.requests[request];
        // Who has been told that there is none may still be kept by a queue that stands still.
        let visited = self.requests.frames_of(request).iter().find_map(|frame| match frame {
            Frame::Visit { site, .. } => Some(*site),
            _ => None,
        });
        // An attempt is there for one call, and an errand for that with which it begins.
        looks(living.site).or_else(|| looks(visited?)).or_else(|| {
            let Parent::Own(_) = living.parent else { return None };
            let start = self.plan.entries[living.entry.index()].start;
            let Step::Call(site) = self.plan.steps[start.index()] else { return None };
            looks(site)
        })
    }

    /// Ends the errands that wait for messages, and their calls.
    pub(super) fn dismiss(&mut self) {
        let all: Vec<RequestId> = self.requests.living().map(|request| self.requests.id(request)).collect();
        for id in all {
            if let Some(request) = self.requests.find(id) {
                self.unwind(request);
            }
        }
    }

    /// A request that a component has parked goes without an answer.
    #[cold]
    pub(super) fn leave_parked(&mut self, request: u32) {
        let id = self.requests.id(request);
        self.touch_component(self.requests[request].at, |state, index, context| {
            state.left(index, id, context)
        });
    }

    /// An errand has come to its end: its component hears of it.
    pub(super) fn report(&mut self, token: Token, errand: &Request, outcome: OutcomeId, ending: Ending) {
        let brings_message =
            self.plan.sites.get(errand.site.index()).is_some_and(|site| site.exchange == Exchange::Message);
        let ledger = self.recorder.ledger.as_mut().filter(|_| brings_message);
        let origin = ledger.map_or(OriginId::NONE, |ledger| ledger.take_brought());
        let cargo = brings_message.then(|| Cargo { origin, ..Cargo::unload(errand) });
        let report = Report { outcome, ending, size: errand.size, version: errand.version, cargo };
        self.touch_component(errand.at, |state, index, context| {
            state.reported(index, token, &report, context)
        });
        if !self.roster.is_closed() {
            self.may_be_done(errand.at);
        }
    }

    /// Whether a request is work that an instance does for itself: it is never turned away, and never gives up waiting.
    #[cold]
    pub(super) fn is_own_work(&self, request: u32) -> bool {
        let own = &self.requests[request];
        own.flags.has(Flags::CALL) && matches!(own.parent, Parent::Own(_))
    }

    /// Whether a request is let in however many wait.
    #[cold]
    pub(super) fn is_let_in(&self, request: u32) -> bool {
        self.requests[request].flags.has(Flags::PAST) || self.is_own_work(request)
    }
}
