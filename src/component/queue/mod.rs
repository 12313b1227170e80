//! A queue: messages wait for consumers, who fetch them, work on them, and say so.
//!
//! A message is handed out and hidden; whoever has it says that it is done, or that it failed. If it says nothing in time, the
//! message is handed out again: so it is never lost with a consumer, and may be worked on twice (Gray and Reuter 1993,
//! "queued transactions"; the words are those of Amazon's SQS). Consumers who find nothing wait here: a long poll.

mod polls;
mod saved;
mod shelf;
mod spec;
#[cfg(test)]
mod tests;

use super::durable::Durable;
use super::{
    About, Ask, Awaits, Behaviour, Cargo, Change, Context, Errand, Line, Loss, Operation, Plans, Reading,
    Report, Setting, Spec, Ticket, Token, Verdict, Wakes, Work,
};
use crate::fault::Disk;
use crate::kernel::request::{Request, RequestId};
use crate::measure::recorder::Ending;
use crate::mechanism::hash::mix13_pair;
use crate::mechanism::ring::modulo;
use crate::outcome;
use crate::scenario::{Named, Node};
use crate::station::Handling;
use crate::units::{InstanceId, OutcomeId, SECOND, Span, Time};
use polls::Polls;
use saved::Saved;
use shelf::{Due, Lanes, Message, New, Order, Serial, Shelf};
use spec::{ACKNOWLEDGE, DRAIN, PUT, RECEIVE, REFUSE, RUN};

/// What the table of a queue says.
#[derive(Clone, Debug)]
pub struct QueueBlueprint {
    /// How many messages may wait at each instance; any number if none.
    capacity: Option<u64>,
    order: Order,
    lanes: Lanes,
    /// What a message's lane is, if not its key.
    lane: Option<Node>,
    spread: Spread,
    visibility: Span,
    delay: Span,
    backoff: spec::Backoff,
    /// How often a message is handed out; any number if none.
    attempts: Option<u32>,
    dead_letter: Option<Named>,
    /// What a crash leaves of the messages.
    durable: Durable,
    service: Option<Work>,
}

/// To which instance a message goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Spread {
    /// To that of its key, or of its lane.
    ByKey,
    /// To each in turn.
    RoundRobin,
}

/// What a timer is for: whatever is due next, or a checkpoint.
const ALARM: u32 = 0;
const CHECKPOINT: u32 = 1;

/// The errand that moves a dead message to the other queue.
const MOVE: u16 = 0;

/// After so long a dead message that the other queue did not take is sent there again.
const MOVE_AGAIN: Span = Span(SECOND);

impl Plans for QueueBlueprint {
    const SPEC: Spec = spec::SPEC;
    type State = QueueState;

    fn read(reading: &mut Reading<'_, '_>) -> Option<Self> {
        spec::read(reading)
    }

    fn lines(&self, operation: &str) -> Vec<Line> {
        let is_hidden = spec::HIDDEN.iter().any(|hidden| hidden.name == operation);
        let service = self.service.clone().filter(|_| !is_hidden);
        service.map(Line::Work).into_iter().chain([Line::Consult]).collect()
    }

    fn schedules(&self, operation: &str) -> bool {
        matches!(operation, "put" | "run")
    }

    /// A second `put` is a second message.
    fn is_idempotent(&self, operation: &str) -> bool {
        operation == "drain"
    }

    fn visibility(&self) -> Option<Span> {
        Some(self.visibility)
    }

    fn is_bounded(&self) -> bool {
        self.capacity.is_some()
    }

    fn deliveries(&self) -> Option<u32> {
        self.attempts
    }

    /// What the other queue does not take is sent there again.
    fn causes(&self, operation: &str) -> Vec<(u16, Option<u32>)> {
        let moves = operation == "put" && self.attempts.is_some() && self.dead_letter.is_some();
        moves.then_some((MOVE, None)).into_iter().collect()
    }

    fn lacks(&self, is_called: &dyn Fn(&str) -> bool) -> Option<&'static str> {
        let is_empty =
            ["receive", "drain"].into_iter().any(is_called) && !["put", "run"].into_iter().any(is_called);
        is_empty.then_some("put something in: `{ call = \"{name}.put\" }`")
    }

    fn awaits(&self, operation: &str) -> Awaits {
        if operation == "run" { Awaits::Takers } else { Awaits::Nobody }
    }

    /// The messages of a lost instance are nowhere else.
    fn loss(&self, _operation: &str, _lost: u32, _instances: u32) -> Loss {
        Loss::Felt
    }

    fn lane(&self) -> Option<&Node> {
        self.lane.as_ref()
    }

    /// Whoever waits for a message holds no worker.
    fn handling(&self) -> Handling {
        Handling::EventLoop
    }

    fn hidden_operations(&self) -> &'static [Operation] {
        spec::HIDDEN
    }

    fn lists(&self, figure: &str) -> bool {
        !matches!(figure, "delayed" | "lateness")
    }

    fn errands(&self) -> Vec<Errand> {
        let put = |target: &Named| Errand::Call { target: target.clone(), operation: "put".to_owned() };
        self.dead_letter.iter().map(put).collect()
    }

    fn state(&self, setting: &Setting) -> QueueState {
        let instance = || Instance {
            shelf: Shelf::new(self.lanes, self.order),
            polls: Polls::default(),
            alarm: None,
            saved: self.durable.clock().map(Saved::new),
        };
        QueueState {
            instances: (0..setting.instances).map(|_| instance()).collect(),
            blueprint: self.clone(),
            name: setting.name,
            turn: 0,
            oldest: 0.0,
        }
    }
}

impl QueueBlueprint {
    /// The lane of what somebody brings, or asks for.
    fn lane_of(&self, request: &Request, context: &Context<'_>) -> u64 {
        if self.lane.is_some() { context.luggage.lane } else { request.key }
    }
}

/// The messages of all instances.
pub struct QueueState {
    instances: Vec<Instance>,
    blueprint: QueueBlueprint,
    name: u64,
    /// Which instance is the next in turn.
    turn: u32,
    /// The age of the oldest message that waits, when that was asked last \[s\].
    oldest: f64,
}

/// One instance.
struct Instance {
    shelf: Shelf,
    polls: Polls,
    /// For when a timer is set.
    alarm: Option<Time>,
    /// The last checkpoint, if any is made.
    saved: Option<Saved>,
}

impl Instance {
    /// A message is taken away for good; it lives on if it comes back after a crash.
    fn dispose(&mut self, at: u32, serial: Serial, context: &mut Context<'_>) -> Message {
        let message = self.shelf.remove(context.now, serial).expect("only who is there is taken away");
        let gone = match &mut self.saved {
            Some(saved) => {
                saved.clock.changed(at, CHECKPOINT, context);
                saved.keep(serial, message)
            }
            None => Some(message),
        };
        gone.into_iter().for_each(|gone| context.let_go(gone.cargo.origin));
        message
    }
}

/// An answer without a message.
fn answer(outcome: OutcomeId) -> Report {
    Report { outcome, ending: Ending::Completed, size: 0, version: 0, cargo: None }
}

impl Behaviour for QueueState {
    fn start(&mut self, context: &mut Context<'_>) {
        self.tell_levels(context);
    }

    fn route(&mut self, ask: &Ask<'_>, first: InstanceId, count: u32) -> Option<u32> {
        if self.blueprint.spread == Spread::ByKey {
            return Some(modulo(mix13_pair(ask.key, self.name), count));
        }
        for _ in 0..count {
            let picked = self.turn % count;
            self.turn = (self.turn + 1) % count;
            if !ask.avoid.contains(&InstanceId(first.0 + picked)) {
                return Some(picked);
            }
        }
        Some(self.turn % count)
    }

    fn visit(&mut self, at: u32, action: u16, request: &mut Request, context: &mut Context<'_>) -> Verdict {
        let verdict = match action {
            PUT => self.put(at, request, None, context),
            RUN => self.put(at, request, Some(context.visitor), context),
            DRAIN => self.drain(at, request, context),
            RECEIVE => self.receive(at, request, context),
            ACKNOWLEDGE => self.acknowledge(at, request.version, context),
            REFUSE => self.take_back(at, request.version, context),
            other => unreachable!("a queue has no operation {other}"),
        };
        self.go_on(at, context);
        verdict
    }

    fn wake(&mut self, at: u32, token: u32, context: &mut Context<'_>) {
        if token == CHECKPOINT {
            return self.save(at, context);
        }
        let instance = &mut self.instances[at as usize];
        // A timer that was set before an earlier one is not the one that is waited for.
        if instance.alarm.is_some_and(|alarm| alarm <= context.now) {
            instance.alarm = None;
        }
        self.go_on(at, context);
    }

    fn reported(&mut self, at: u32, token: Token, report: &Report, context: &mut Context<'_>) {
        let serial = Serial::from(token.purpose) << 32 | Serial::from(token.item);
        let shelf = &mut self.instances[at as usize].shelf;
        if shelf.get(serial).is_none() {
            return;
        }
        if report.ending == Ending::Completed && report.outcome == outcome::OK {
            self.instances[at as usize].dispose(at, serial, context);
        } else {
            shelf.move_on(context.now, serial, context.now + MOVE_AGAIN);
        }
        self.go_on(at, context);
    }

    fn left(&mut self, at: u32, request: RequestId, _context: &mut Context<'_>) {
        self.instances[at as usize].polls.forget(request);
    }

    fn change(&mut self, at: u32, change: Change, context: &mut Context<'_>) {
        let survives =
            if change == Change::Down(Disk::Lost) { Durable::Never } else { self.blueprint.durable };
        let instance = &mut self.instances[at as usize];
        match change {
            Change::Down(_) => {
                instance.polls = Polls::default();
                instance.alarm = None;
                match survives {
                    Durable::Always => {
                        instance.shelf.messages_mut().for_each(|message| message.waiter = None)
                    }
                    Durable::Every(_) => self.restore(at, context),
                    Durable::Never => {
                        // Those that are moving may have arrived where they were sent.
                        let lost = instance.shelf.backlog() + instance.shelf.out();
                        context.count(spec::LOST, lost as u64);
                        let saved = instance.saved.as_mut().map(|saved| saved.renew(instance.shelf.next()));
                        let gone = instance.shelf.clear().chain(saved.into_iter().flatten());
                        gone.for_each(|message| context.let_go(message.cargo.origin));
                    }
                }
                self.tell_levels(context);
            }
            Change::Up => {
                instance.saved.iter_mut().for_each(|saved| saved.clock.start(context.now));
                instance.shelf.resend_all(context.now);
                self.go_on(at, context);
            }
        }
    }

    fn holds_nothing(&self) -> bool {
        let is_settled = |one: &Instance| one.saved.as_ref().is_none_or(Saved::is_settled);
        self.instances.iter().all(|one| one.shelf.out() == 0 && one.shelf.moving() == 0 && is_settled(one))
    }

    fn has_messages(&self) -> bool {
        self.backlog() > 0
    }

    fn close(&mut self, context: &mut Context<'_>) {
        let put = self.instances.iter().filter_map(|one| one.shelf.oldest()).min();
        // A run that goes on beyond its measured time closes its books at the end of that.
        self.oldest = put.map_or(0.0, |put| Span(context.now.0.saturating_sub(put.0)).seconds());
    }

    fn memory(&self) -> u64 {
        let saved = |one: &Instance| one.saved.as_ref().map_or(0, Saved::memory);
        self.instances.iter().map(|one| one.shelf.memory() + one.polls.memory() + saved(one)).sum()
    }

    fn level(&self, figure: usize) -> Option<f64> {
        match figure {
            spec::BACKLOG => Some(self.backlog() as f64),
            spec::IN_FLIGHT => Some(self.in_flight() as f64),
            spec::OLDEST => Some(self.oldest),
            spec::DELAYED => Some(self.delayed() as f64),
            other => unreachable!("a queue has no level {other}"),
        }
    }
}

impl QueueState {
    fn backlog(&self) -> usize {
        self.instances.iter().map(|one| one.shelf.backlog()).sum()
    }

    fn in_flight(&self) -> usize {
        self.instances.iter().map(|one| one.shelf.out()).sum()
    }

    fn delayed(&self) -> usize {
        self.instances.iter().map(|one| one.shelf.delayed()).sum()
    }

    /// Makes a checkpoint.
    fn save(&mut self, at: u32, context: &mut Context<'_>) {
        let Instance { shelf, saved, .. } = &mut self.instances[at as usize];
        let Some(saved) = saved else { return };
        saved.clock.strikes();
        saved.renew(shelf.next()).for_each(|message| context.let_go(message.cargo.origin));
    }

    /// A crash leaves what the last checkpoint has.
    fn restore(&mut self, at: u32, context: &mut Context<'_>) {
        let Instance { shelf, saved, .. } = &mut self.instances[at as usize];
        let Some((next, gone)) = saved.as_mut().map(Saved::restore) else { return };
        // Who was dead, and moving, waits again; who was dead and is gone is not lost once more.
        context.count(spec::RESTORED, (gone.len() + shelf.moving_before(next)) as u64);
        let newer = shelf.restore(context.now, next, gone.into_iter());
        context.count(spec::LOST, newer.iter().filter(|message| !message.is_moving()).count() as u64);
        newer.iter().for_each(|message| context.let_go(message.cargo.origin));
    }

    fn tell_levels(&self, context: &mut Context<'_>) {
        context.level(spec::BACKLOG, self.backlog() as f64);
        context.level(spec::IN_FLIGHT, self.in_flight() as f64);
        context.level(spec::DELAYED, self.delayed() as f64);
    }

    fn put(
        &mut self,
        at: u32,
        request: &Request,
        waiter: Option<RequestId>,
        context: &mut Context<'_>,
    ) -> Verdict {
        let shelf = &mut self.instances[at as usize].shelf;
        if self.blueprint.capacity.is_some_and(|capacity| shelf.backlog() as u64 >= capacity) {
            context.count(spec::FULL, 1);
            return Verdict::Done(outcome::FULL);
        }
        context.count(spec::PUTS, 1);
        let origin = context.origin();
        context.hold(origin);
        let cargo = Cargo { origin, ..Cargo::of(request) };
        let lane = self.blueprint.lane_of(request, context);
        let new = New { cargo, lane, size: request.size, waiter };
        shelf.put(context.now, context.luggage.delay.unwrap_or(self.blueprint.delay), new);
        if let Some(saved) = &mut self.instances[at as usize].saved {
            saved.clock.changed(at, CHECKPOINT, context);
        }
        if waiter.is_some() { Verdict::Park } else { Verdict::Done(outcome::OK) }
    }

    fn drain(&mut self, at: u32, request: &mut Request, context: &mut Context<'_>) -> Verdict {
        let shelf = &mut self.instances[at as usize].shelf;
        let waiting = shelf.waiting(self.blueprint.lane_of(request, context));
        request.size = 0;
        context.count(spec::DRAINED, waiting.len() as u64);
        for serial in &waiting {
            let message = self.instances[at as usize].dispose(at, *serial, context);
            request.size += message.size;
            message.waiter.into_iter().for_each(|waiter| context.finish(waiter, answer(outcome::OK)));
        }
        Verdict::Done(if waiting.is_empty() { outcome::EMPTY } else { outcome::OK })
    }

    /// A consumer asks for a message; its version says how long it waits for one \[ns\].
    fn receive(&mut self, at: u32, request: &mut Request, context: &mut Context<'_>) -> Verdict {
        let until = context.now + Span(request.version);
        self.go_on(at, context);
        let Some((report, cargo)) = self.hand_out(at, context) else {
            self.instances[at as usize].polls.add(context.visitor, until);
            return Verdict::Park;
        };
        (request.size, request.version) = (report.size, report.version);
        cargo.load(request);
        context.entrust(context.visitor, cargo.origin);
        Verdict::Done(outcome::OK)
    }

    /// Hands out the first message that may be.
    fn hand_out(&mut self, at: u32, context: &mut Context<'_>) -> Option<(Report, Cargo)> {
        let shelf = &mut self.instances[at as usize].shelf;
        let (serial, message) = shelf.take(context.now, self.blueprint.visibility)?;
        context.count(spec::DELIVERIES, 1);
        if message.deliveries == 1 {
            context.record(spec::DELAY, context.now.since(message.put));
            if message.due > message.put {
                context.record(spec::LATENESS, context.now.since(message.due));
            }
        } else {
            context.count(spec::REDELIVERIES, 1);
        }
        let Message { cargo, size, deliveries, .. } = *message;
        let version = Ticket { serial, delivery: deliveries }.pack();
        Some((Report { size, version, cargo: Some(cargo), ..answer(outcome::OK) }, cargo))
    }

    fn acknowledge(&mut self, at: u32, ticket: u64, context: &mut Context<'_>) -> Verdict {
        let Some(serial) = self.delivered(at, ticket, context) else {
            return Verdict::Done(outcome::MISSING);
        };
        let message = self.instances[at as usize].dispose(at, serial, context);
        context.count(spec::ACKNOWLEDGED, 1);
        context.record(spec::TURNAROUND, context.now.since(message.put));
        message.waiter.into_iter().for_each(|waiter| context.finish(waiter, answer(outcome::OK)));
        Verdict::Done(outcome::OK)
    }

    /// A consumer says that it has failed.
    fn take_back(&mut self, at: u32, ticket: u64, context: &mut Context<'_>) -> Verdict {
        let Some(serial) = self.delivered(at, ticket, context) else {
            return Verdict::Done(outcome::MISSING);
        };
        context.count(spec::RETURNED, 1);
        let deliveries = self.instances[at as usize].shelf.get(serial).expect("it was found").deliveries;
        self.deliver_again(at, serial, self.blueprint.backoff.pause(deliveries), context);
        Verdict::Done(outcome::OK)
    }

    /// The message of a ticket, if nobody else has had it since.
    fn delivered(&self, at: u32, ticket: u64, context: &mut Context<'_>) -> Option<Serial> {
        let Ticket { serial, delivery } = Ticket::unpack(ticket);
        let found = self.instances[at as usize].shelf.delivered(serial, delivery).map(|_| serial);
        context.count(spec::LATE, u64::from(found.is_none()));
        found
    }

    /// A delivery was in vain: the message is handed out again after a pause, or is dead.
    fn deliver_again(&mut self, at: u32, serial: Serial, pause: Span, context: &mut Context<'_>) {
        let shelf = &mut self.instances[at as usize].shelf;
        let message = shelf.get(serial).expect("it was handed out");
        if self.blueprint.attempts.is_none_or(|attempts| message.deliveries < attempts) {
            return shelf.put_back(context.now, serial, pause);
        }
        context.count(spec::DEAD, 1);
        if let Some(waiter) = message.waiter {
            context.finish(waiter, answer(outcome::DEAD));
        }
        if self.blueprint.dead_letter.is_some() {
            self.move_on(at, serial, context);
        } else {
            self.instances[at as usize].dispose(at, serial, context);
        }
    }

    /// A dead message sets out for the other queue.
    fn move_on(&mut self, at: u32, serial: Serial, context: &mut Context<'_>) {
        let shelf = &mut self.instances[at as usize].shelf;
        shelf.move_on(context.now, serial, Time::NEVER);
        let Message { cargo, size, .. } = *shelf.get(serial).expect("it is on its way");
        let origin = Some(cargo.origin);
        let about =
            About { key: cargo.key, user: cargo.user, size, origin, cargo: Some(cargo), ..About::default() };
        let token = Token { purpose: (serial >> 32) as u32, item: serial as u32 };
        context.send(at, MOVE, token, about);
    }

    /// Does what is due, and hands out what can be.
    fn go_on(&mut self, at: u32, context: &mut Context<'_>) {
        while let Some(due) = self.instances[at as usize].shelf.pass(context.now) {
            match due {
                Due::Expired(serial) => {
                    context.count(spec::EXPIRED, 1);
                    self.deliver_again(at, serial, Span::ZERO, context);
                }
                Due::Move(serial) => self.move_on(at, serial, context),
            }
        }
        while !self.instances[at as usize].polls.is_empty()
            && let Some((report, cargo)) = self.hand_out(at, context)
        {
            let poll = self.instances[at as usize].polls.next().expect("somebody waits");
            context.entrust(poll, cargo.origin);
            context.finish(poll, report);
        }
        while let Some(poll) = self.instances[at as usize].polls.tired(context.now) {
            context.finish(poll, answer(outcome::EMPTY));
        }
        self.set_alarm(at, context);
        self.tell_levels(context);
    }

    /// Sets a timer for whatever is due next, unless one is set for an earlier instant.
    fn set_alarm(&mut self, at: u32, context: &mut Context<'_>) {
        let instance = &mut self.instances[at as usize];
        let tired = instance.polls.next_tired();
        let Some(due) = instance.shelf.next_due().into_iter().chain(tired).min() else { return };
        if instance.alarm.is_none_or(|alarm| due < alarm) {
            instance.alarm = Some(due);
            context.wake_after(at, due.since(context.now), ALARM, Wakes::Duty);
        }
    }
}
