//! A consumer: instances that fetch messages from a queue, work on them, and tell the queue how it went.
//!
//! Each instance has as many fetches open at the queue as it has workers free. A message that comes back is worked on like
//! a request; then its acknowledgement crosses the network, and may be lost on the way: so the queue hands the message out
//! again, and it is worked on twice. Whoever acknowledges before the work never does that, and loses what it had in hand
//! when it crashes.

use super::{
    About, Behaviour, Cargo, Change, Context, Counter, Course, DefaultWorkers, Errand, Figure, Key, Plans,
    Reading, Report, Serves, Setting, Spec, Standing, Terms, Ticket, Token, Wakes,
};
use crate::measure::recorder::Ending;
use crate::outcome;
use crate::scenario::{Named, Node};
use crate::station::UNBOUNDED;
use crate::units::{InstanceId, SECOND, Span};
use std::collections::BTreeMap;

/// What the table of a consumer says.
#[derive(Clone, Debug)]
pub struct ConsumerBlueprint {
    source: Named,
    each: Node,
    acknowledges: Acknowledges,
    /// How many messages it has besides those that it works on; none if its table does not say.
    prefetch: Option<u32>,
    /// How long a fetch waits at the queue.
    poll: Span,
}

/// When a consumer tells the queue that a message is done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Acknowledges {
    /// When it has worked on it.
    After,
    /// Before it works on it, which it does when the queue has confirmed that.
    Before,
}

/// The errands, by index.
const FETCH: u16 = 0;
const ACKNOWLEDGE: u16 = 1;
const REFUSE: u16 = 2;
const EACH: u16 = 3;

/// The counters, by index.
const TAKEN: usize = 0;
const WORKED: usize = 1;
const FAILED: usize = 2;
const DUPLICATES: usize = 3;
const INTERRUPTED: usize = 4;
const UNCONFIRMED: usize = 5;
const LOST: usize = 6;

/// How long a fetch waits at the queue if the table does not say.
const POLL: Span = Span(20 * SECOND);

/// How much longer than the queue may take a consumer waits for it, before it takes the fetch for lost.
const PATIENCE: Span = Span(5 * SECOND);

/// After so long a consumer fetches again from an instance of the queue that it could not reach.
const PAUSE: Span = Span(SECOND);

/// How many fetches are open at a time where any number of messages is worked on at once.
const FETCHES: u32 = 64;

impl Plans for ConsumerBlueprint {
    const SPEC: Spec = Spec {
        name: "consumer",
        doc: told!("Fetches messages from a queue and runs the same steps for each."),
        keys: &[
            Key {
                name: "source",
                takes: "COMPONENT",
                doc: told!("The queue that it takes messages from. Required."),
            },
            Key {
                name: "each",
                takes: "STEPS",
                doc: told!(
                    "What is done for each message: a request with its key, user, id, size and priority. `fail` gives the \
                      message back. Required."
                ),
            },
            Key {
                name: "ack",
                takes: "\"after\" | \"before\"",
                doc: told!(
                    "When a message is acknowledged: after the work, so that it may be worked on twice, or before it, so that it \
                      may be lost. Default: \"after\"."
                ),
            },
            Key {
                name: "prefetch",
                takes: "COUNT",
                doc: told!(
                    "How many messages each instance fetches beyond its workers; with unbounded workers, how many fetches it \
                      has open. Default: 0, or 64 with unbounded workers."
                ),
            },
            Key {
                name: "poll",
                takes: "TIME",
                doc: told!(
                    "How long a fetch waits at the queue for a message before it comes back without one. Default: 20 s."
                ),
            },
        ],
        serves: Serves::Yes(DefaultWorkers::Required),
        operations: &[],
        counters: &[
            Counter { name: "taken", doc: told!("Messages fetched.") },
            Counter { name: "worked", doc: told!("Messages that were worked on to the end.") },
            Counter { name: "failed", doc: told!("Messages whose work failed.") },
            Counter {
                name: "duplicates",
                doc: told!(
                    "Messages that were worked on to the end, and had been before: the queue did not hear of it."
                ),
            },
            Counter { name: "interrupted", doc: told!("Messages whose work was cut off by a crash.") },
            Counter { name: "unconfirmed", doc: told!("Acknowledgements without the queue's confirmation.") },
            Counter {
                name: "lost",
                doc: told!(
                    "Messages that were acknowledged before their work, which then failed or was cut off."
                ),
            },
        ],
        figures: &[Figure::Ratio {
            name: "duplicate_ratio",
            over: &[DUPLICATES],
            under: &[WORKED],
            doc: told!("The share of the work that had been done before."),
        }],
        courses: &[Course::Instances],
        roles: &[],
    };
    type State = ConsumerState;

    fn read(reading: &mut Reading<'_, '_>) -> Option<Self> {
        let source = reading.required("source").and_then(|node| {
            let name = reading.reader.name(node)?.to_owned();
            Some(Named { name, location: node.location })
        });
        let each = reading.required("each").and_then(|node| {
            reading.reader.array(node)?;
            Some(node.clone())
        });
        let acknowledges = reading.choice("ack", &["after", "before"], 0);
        let prefetch = match reading.get("prefetch") {
            Some(_) => reading.count("prefetch", 0, 0, 100_000).map(Some),
            None => Some(None),
        };
        let poll = match reading.time("poll") {
            Some(Some(Span::ZERO)) => {
                let node = reading.get("poll").expect("the default is longer");
                reading.reader.error(node.location, "a fetch has to wait at the queue for some time");
                None
            }
            other => other.map(|poll| poll.unwrap_or(POLL)),
        };
        Some(ConsumerBlueprint {
            source: source?,
            each: each?,
            acknowledges: if acknowledges? == 0 { Acknowledges::After } else { Acknowledges::Before },
            prefetch: prefetch?,
            poll: poll?,
        })
    }

    fn aims_at(&self) -> Option<&Named> {
        Some(&self.source)
    }

    fn feeds_on(&self) -> Option<(&'static str, u16)> {
        Some(("put", EACH))
    }

    fn has_interchangeable_instances(&self) -> bool {
        true
    }

    fn errands(&self) -> Vec<Errand> {
        let ask = |operation, terms| Errand::Ask { target: self.source.clone(), operation, terms };
        vec![
            ask("receive", Terms::Message(self.poll + PATIENCE)),
            ask("acknowledge", Terms::Edge),
            ask("refuse", Terms::Edge),
            Errand::Handler { key: "each", delay: None, steps: self.each.clone() },
        ]
    }

    fn state(&self, setting: &Setting) -> ConsumerState {
        let (first, count) = setting.targets.last().copied().unwrap_or((InstanceId(0), 0));
        let sources: Vec<InstanceId> = (first.0..first.0 + count).map(InstanceId).collect();
        let wants = match (setting.workers, self.prefetch) {
            (UNBOUNDED, fetches) => Wants::Always(fetches.unwrap_or(FETCHES).max(1)),
            (workers, prefetch) => Wants::UpTo(workers.saturating_add(prefetch.unwrap_or(0))),
        };
        let instance = || Instance {
            open: vec![0; sources.len()],
            pauses: vec![false; sources.len()],
            held: BTreeMap::new(),
            confirming: BTreeMap::new(),
            is_leaving: false,
            next: 0,
        };
        ConsumerState {
            instances: (0..setting.instances).map(|_| instance()).collect(),
            sources,
            wants,
            first: setting.first,
            acknowledges: self.acknowledges,
            poll: self.poll,
            onlooker: BTreeMap::new(),
        }
    }
}

/// What the instances have in hand.
pub struct ConsumerState {
    /// The address of the first instance.
    first: InstanceId,
    instances: Vec<Instance>,
    /// The instances of the queue.
    sources: Vec<InstanceId>,
    wants: Wants,
    acknowledges: Acknowledges,
    poll: Span,
    /// For measuring only: the messages that somebody has in hand, or has worked on without the queue's having confirmed it.
    onlooker: BTreeMap<Identity, Seen>,
}

/// How many messages an instance fetches.
#[derive(Clone, Copy, Debug)]
enum Wants {
    /// So that it has so many.
    UpTo(u32),
    /// So many at a time, however many it has.
    Always(u32),
}

/// One instance.
struct Instance {
    /// Fetches that are open, by instance of the queue.
    open: Vec<u32>,
    /// Whether an instance of the queue could not be reached a moment ago.
    pauses: Vec<bool>,
    /// Messages in hand, by number.
    held: BTreeMap<u32, Held>,
    /// Acknowledgements on their way that nothing waits for, by number.
    confirming: BTreeMap<u32, Identity>,
    /// Whether it takes no more: it is not there, or about to go or to come.
    is_leaving: bool,
    /// The next number.
    next: u32,
}

/// A message in hand.
#[derive(Clone, Copy, Debug)]
struct Held {
    /// The instance of the queue that it is from.
    source: InstanceId,
    /// What that calls the delivery by.
    ticket: Ticket,
    size: u64,
    cargo: Cargo,
    /// Whether it is being worked on, as opposed to being acknowledged first.
    is_worked_on: bool,
}

/// A message, whichever delivery of it: the instance of the queue, and the number there.
type Identity = (InstanceId, u64);

impl Held {
    fn identity(&self) -> Identity {
        (self.source, self.ticket.serial)
    }
}

/// What an onlooker knows of a message.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    /// How many have it in hand.
    holders: u32,
    is_worked_on: bool,
    is_acknowledged: bool,
}

impl Behaviour for ConsumerState {
    fn start(&mut self, context: &mut Context<'_>) {
        for at in 0..self.instances.len() as u32 {
            self.fetch(at, context);
        }
    }

    /// The pause after a fetch that failed is over.
    fn wake(&mut self, at: u32, token: u32, context: &mut Context<'_>) {
        self.instances[at as usize].pauses[token as usize] = false;
        self.fetch(at, context);
    }

    fn reported(&mut self, at: u32, token: Token, report: &Report, context: &mut Context<'_>) {
        let is_well = report.ending == Ending::Completed && report.outcome == outcome::OK;
        match token.purpose as u16 {
            FETCH => self.fetched(at, token.item, report, context),
            EACH => self.worked(at, token.item, report.ending, context),
            ACKNOWLEDGE => self.confirmed(at, token.item, is_well, context),
            REFUSE => context.count(UNCONFIRMED, u64::from(!is_well)),
            other => unreachable!("a consumer has no errand {other}"),
        }
        self.fetch(at, context);
    }

    fn change(&mut self, at: u32, change: Change, context: &mut Context<'_>) {
        if change == Change::Up {
            return self.fetch(at, context);
        }
        let instance = &mut self.instances[at as usize];
        let held = std::mem::take(&mut instance.held);
        instance.confirming.clear();
        instance.open.fill(0);
        instance.pauses.fill(false);
        for message in held.into_values() {
            context.count(INTERRUPTED, u64::from(message.is_worked_on));
            let is_lost = message.is_worked_on && self.acknowledges == Acknowledges::Before;
            context.count(LOST, u64::from(is_lost));
            context.let_go(message.cargo.origin);
            self.let_go(message.identity());
        }
    }

    /// Whoever is told to go finishes what it has.
    fn stands(&mut self, instance: InstanceId, standing: Standing, context: &mut Context<'_>) {
        let Some(at) = instance.0.checked_sub(self.first.0) else { return };
        let Some(own) = self.instances.get_mut(at as usize) else { return };
        own.is_leaving = standing != Standing::Serving;
        self.fetch(at, context);
    }

    fn holds_nothing(&self) -> bool {
        self.instances.iter().all(|one| one.held.is_empty())
    }

    fn seeks(&self) -> Option<InstanceId> {
        let pauses = self.instances.iter().any(|one| one.pauses.contains(&true));
        self.sources.first().copied().filter(|_| pauses)
    }

    fn memory(&self) -> u64 {
        let held: usize = self.instances.iter().map(|one| one.held.len() + one.confirming.len()).sum();
        (held * size_of::<(u32, Held)>() + self.onlooker.len() * size_of::<(Identity, Seen)>()) as u64
    }
}

impl ConsumerState {
    /// Opens as many fetches as are wanted: with several instances of the queue at least one at each, so that no message waits
    /// at one of them while everybody asks at another.
    fn fetch(&mut self, at: u32, context: &mut Context<'_>) {
        let instance = &mut self.instances[at as usize];
        if instance.is_leaving {
            return;
        }
        let wanted = match self.wants {
            Wants::UpTo(most) => most.saturating_sub(instance.held.len() as u32),
            Wants::Always(fetches) => fetches,
        };
        let each = wanted.div_ceil(self.sources.len().max(1) as u32);
        for (index, source) in self.sources.iter().enumerate() {
            while instance.open[index] < each && !instance.pauses[index] {
                instance.open[index] += 1;
                let token = Token { purpose: u32::from(FETCH), item: index as u32 };
                let about = About { version: self.poll.0, aim: Some(*source), ..About::default() };
                context.send(at, FETCH, token, about);
            }
        }
    }

    /// A fetch has come back.
    fn fetched(&mut self, at: u32, index: u32, report: &Report, context: &mut Context<'_>) {
        let instance = &mut self.instances[at as usize];
        instance.open[index as usize] -= 1;
        if report.ending == Ending::Failed {
            report.cargo.iter().for_each(|cargo| context.let_go(cargo.origin));
            instance.pauses[index as usize] = true;
            return context.wake_after(at, PAUSE, index, Wakes::Duty);
        }
        let Some(cargo) = report.cargo.filter(|_| report.outcome == outcome::OK) else {
            report.cargo.iter().for_each(|cargo| context.let_go(cargo.origin));
            return;
        };
        context.count(TAKEN, 1);
        let ticket = Ticket::unpack(report.version);
        let number = instance.next;
        instance.next = instance.next.wrapping_add(1);
        let held = Held {
            source: self.sources[index as usize],
            ticket,
            size: report.size,
            cargo: Cargo { delivery: ticket.delivery, ..cargo },
            is_worked_on: self.acknowledges == Acknowledges::After,
        };
        instance.held.insert(number, held);
        self.onlooker.entry(held.identity()).or_default().holders += 1;
        match self.acknowledges {
            Acknowledges::After => work_on(at, number, &held, context),
            Acknowledges::Before => tell(at, ACKNOWLEDGE, number, &held, context),
        }
    }

    /// The work on a message has come to its end.
    fn worked(&mut self, at: u32, number: u32, ending: Ending, context: &mut Context<'_>) {
        let instance = &mut self.instances[at as usize];
        let held = instance.held.remove(&number).expect("what is worked on is in hand");
        let identity = held.identity();
        let is_done = ending == Ending::Completed;
        context.count(if is_done { WORKED } else { FAILED }, 1);
        if is_done {
            let seen = self.onlooker.get_mut(&identity).expect("somebody has it in hand");
            context.count(DUPLICATES, u64::from(std::mem::replace(&mut seen.is_worked_on, true)));
        }
        match (self.acknowledges, is_done) {
            (Acknowledges::After, true) => {
                instance.confirming.insert(number, identity);
                tell(at, ACKNOWLEDGE, number, &held, context);
            }
            (Acknowledges::After, false) => tell(at, REFUSE, number, &held, context),
            (Acknowledges::Before, true) => {}
            (Acknowledges::Before, false) => context.count(LOST, 1),
        }
        context.let_go(held.cargo.origin);
        self.let_go(identity);
    }

    /// The queue has heard of an acknowledgement, or has not answered.
    fn confirmed(&mut self, at: u32, number: u32, is_well: bool, context: &mut Context<'_>) {
        context.count(UNCONFIRMED, u64::from(!is_well));
        let instance = &mut self.instances[at as usize];
        if let Some(identity) = instance.confirming.remove(&number) {
            return self.settle(identity, is_well);
        }
        let Some(held) = instance.held.get_mut(&number) else { return };
        let identity = held.identity();
        if is_well {
            held.is_worked_on = true;
            work_on(at, number, held, context);
        } else {
            // It may come again: better nobody works on it now than two do.
            context.let_go(held.cargo.origin);
            instance.held.remove(&number);
            self.let_go(identity);
        }
        self.settle(identity, is_well);
    }

    /// An onlooker forgets a message that will not be seen again.
    fn settle(&mut self, identity: Identity, is_acknowledged: bool) {
        let Some(seen) = self.onlooker.get_mut(&identity) else { return };
        seen.is_acknowledged |= is_acknowledged;
        if seen.holders == 0 && (seen.is_acknowledged || !seen.is_worked_on) {
            self.onlooker.remove(&identity);
        }
    }

    /// A message is no longer in hand.
    fn let_go(&mut self, identity: Identity) {
        if let Some(seen) = self.onlooker.get_mut(&identity) {
            seen.holders -= 1;
        }
        self.settle(identity, false);
    }
}

/// Sets out to work on a message.
fn work_on(at: u32, number: u32, held: &Held, context: &mut Context<'_>) {
    let Held { size, cargo, .. } = *held;
    let token = Token { purpose: u32::from(EACH), item: number };
    let about = About {
        key: cargo.key,
        user: cargo.user,
        size,
        origin: Some(cargo.origin),
        cargo: Some(cargo),
        ..About::default()
    };
    context.send(at, EACH, token, about);
}

/// Tells the queue what has become of a message.
fn tell(at: u32, errand: u16, number: u32, held: &Held, context: &mut Context<'_>) {
    let Held { source, ticket, cargo, .. } = *held;
    let token = Token { purpose: u32::from(errand), item: number };
    let about = About {
        key: cargo.key,
        user: cargo.user,
        version: ticket.pack(),
        aim: Some(source),
        cargo: Some(cargo),
        ..About::default()
    };
    context.send(at, errand, token, about);
}

#[cfg(test)]
mod tests {
    use super::super::testing::{error, read};
    use super::*;

    #[test]
    fn tables_and_what_is_said_about_them() {
        for (toml, expected) in [
            ("source = \"q\"\neach = []\nworkers = 1", Ok(())),
            ("source = \"q\"\neach = []\nack = \"before\"\nprefetch = 5\npoll = \"1 s\"", Ok(())),
            (
                "",
                Err("x:1:1: error: [consumer.it] needs the key `source` (The queue that it takes messages from)\n\
                     x:1:1: error: [consumer.it] needs the key `each` (What is done for each message: a request with its key, user, id, size and priority)\n"
                    .to_owned()),
            ),
            (
                "source = \"q\"\neach = 5",
                Err("x:3:8: error: an array is needed here, not a whole number\n".to_owned()),
            ),
            (
                "poll = \"0 s\"\nsource = \"q\"\neach = []",
                Err(error(8, "a fetch has to wait at the queue for some time")),
            ),
        ] {
            assert_eq!(read::<ConsumerBlueprint>(toml).map(|_| ()), expected, "{toml}");
        }
    }
}
