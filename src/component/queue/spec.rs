//! What a queue says about itself, and how its table is read.

use super::super::durable::Durable;
use super::super::{Carries, Counter, Course, DefaultWorkers, Figure, Key, Operation, Reading, Serves, Spec};
use super::shelf::{Lanes, Order, Pace};
use super::{QueueBlueprint, Spread};
use crate::outcome;
use crate::scenario::{Named, Node};
use crate::units::{SECOND, Span};

/// The operations, by index; those behind `DRAIN` are hidden.
pub(super) const PUT: u16 = 0;
pub(super) const RUN: u16 = 1;
pub(super) const DRAIN: u16 = 2;
pub(super) const RECEIVE: u16 = 3;
pub(super) const ACKNOWLEDGE: u16 = 4;
pub(super) const REFUSE: u16 = 5;

/// The counters, by index.
pub(super) const PUTS: usize = 0;
pub(super) const FULL: usize = 1;
pub(super) const DELIVERIES: usize = 2;
pub(super) const REDELIVERIES: usize = 3;
pub(super) const ACKNOWLEDGED: usize = 4;
pub(super) const RETURNED: usize = 5;
pub(super) const EXPIRED: usize = 6;
pub(super) const LATE: usize = 7;
pub(super) const DEAD: usize = 8;
pub(super) const DRAINED: usize = 9;
pub(super) const LOST: usize = 10;
pub(super) const RESTORED: usize = 11;

/// The figures, by index.
pub(super) const DELAY: usize = 0;
pub(super) const TURNAROUND: usize = 1;
pub(super) const BACKLOG: usize = 2;
pub(super) const IN_FLIGHT: usize = 3;
pub(super) const OLDEST: usize = 4;
pub(super) const DELAYED: usize = 5;
pub(super) const LATENESS: usize = 6;

/// For how long a message is hidden from others if its table does not say \[s\].
const VISIBILITY: u64 = 30;

/// A message is handed out at most so often before it is dead, if that is limited.
const ATTEMPTS_MAX: u32 = 60_000;

/// The words of `order`.
const ORDERS: [&str; 3] = ["fifo", "lifo", "priority"];

/// What they mean, in this order.
const MEANINGS: [Order; 3] = [Order::Fifo, Order::Lifo, Order::Priority];

/// The words of `spread`.
const SPREADS: [&str; 2] = ["key", "round_robin"];

pub(super) const SPEC: Spec = Spec {
    name: "queue",
    doc: told!(
        "Keeps messages until consumers have worked on them: each is handed out, hidden from others, and handed out again if \
          nobody acknowledges it in time."
    ),
    keys: &[
        Key {
            name: "capacity",
            takes: "COUNT",
            doc: told!(
                "How many messages may wait at each instance; a `put` of one more ends with `full`. Default: any number."
            ),
        },
        Key {
            name: "order",
            takes: "\"fifo\" | \"lifo\" | \"priority\"",
            doc: told!(
                "Who is handed out first: the oldest, the newest, or the oldest of the most urgent. Default: \"fifo\"."
            ),
        },
        Key {
            name: "per_key",
            takes: "true | false",
            doc: told!(
                "Whether each key has a queue of its own, of which one message at a time is handed out. Default: false."
            ),
        },
        Key {
            name: "lane",
            takes: "TEMPLATE",
            doc: told!(
                "The same for other lanes than those of the keys, made of {key}, {user}, {id} and what a graph says of them: \
                  \"{web.host(key)}\"."
            ),
        },
        Key {
            name: "interval",
            takes: "TIME",
            doc: told!(
                "What passes at least from one delivery of a lane to its next one; goes with `per_key` or `lane`. Default: 0 s."
            ),
        },
        Key {
            name: "rest",
            takes: "TIME",
            doc: told!(
                "What passes at least from when a delivery of a lane has come to its end (the message is done, given back, or its \
                  `visibility` over) to the lane's next one; goes with `per_key` or `lane`. Default: 0 s."
            ),
        },
        Key {
            name: "spread",
            takes: "\"key\" | \"round_robin\"",
            doc: told!(
                "To which of several instances a message goes: to that of its key (its `lane`), or to each in turn. Default: \"key\" with \
                  `per_key` and `lane`, otherwise \"round_robin\"."
            ),
        },
        Key {
            name: "visibility",
            takes: "TIME",
            doc: told!(
                "How long a message that was handed out stays hidden from others; if it has not been acknowledged by then it is \
                  handed out again. Default: 30 s."
            ),
        },
        Key {
            name: "delay",
            takes: "TIME",
            doc: told!(
                "How long after it was put a message is handed out at the earliest, if the call does not say it \
                  (`call = \"q.put\", delay = \"= ...\"`). Default: 0 s."
            ),
        },
        Key {
            name: "retry",
            takes: "TIME | { constant? = TIME, doubling? = TIME, cap? = TIME }",
            doc: told!(
                "How long a message waits that a consumer has failed to work on; doubling from failure to failure. Default: 0 s."
            ),
        },
        Key {
            name: "attempts",
            takes: "COUNT | \"unbounded\"",
            doc: told!("How often a message is handed out before it is dead. Default: \"unbounded\"."),
        },
        Key {
            name: "dead_letter",
            takes: "COMPONENT",
            doc: told!(
                "The queue to which dead messages are moved; goes with `attempts`. Default: they are thrown away."
            ),
        },
        Key {
            name: "durable",
            takes: "true | false",
            doc: told!(
                "Whether a crashed instance finds its messages again; they are lost with its disk in any case. Default: true."
            ),
        },
        Key {
            name: "checkpoint",
            takes: "TIME",
            doc: told!(
                "How often an instance writes its messages to its disk: after a crash it has those of the last time again, also those \
                  that were done since, and later ones are lost. Default: with every change."
            ),
        },
        Key {
            name: "service",
            takes: "TIMES",
            doc: told!("What a `put`, `run` or `drain` takes of a worker. Default: no time."),
        },
    ],
    serves: Serves::Yes(DefaultWorkers::OneWithService),
    operations: &[
        Operation {
            name: "put",
            outcomes: &[outcome::FULL],
            doc: told!("Takes a message in: the key, user, size and priority of the call."),
            carries: Carries::There,
            keyed: false,
        },
        Operation {
            name: "run",
            outcomes: &[outcome::FULL, outcome::DEAD],
            doc: told!(
                "Takes a message in, and answers when a consumer has acknowledged it, or when it is dead."
            ),
            carries: Carries::There,
            keyed: false,
        },
        Operation {
            name: "drain",
            outcomes: &[outcome::EMPTY],
            doc: told!(
                "Takes out all messages that wait at once, with `per_key` or `lane` those of the lane, and brings them back."
            ),
            carries: Carries::Back,
            keyed: false,
        },
    ],
    counters: &[
        Counter { name: "puts", doc: told!("Messages taken in.") },
        Counter { name: "full", doc: told!("Messages that were not taken in because too many waited.") },
        Counter {
            name: "deliveries",
            doc: told!("Messages handed out to consumers, each as often as it was."),
        },
        Counter {
            name: "redeliveries",
            doc: told!("Those of them that were not the first of their message."),
        },
        Counter { name: "acknowledged", doc: told!("Messages that are done.") },
        Counter {
            name: "returned",
            doc: told!("Deliveries whose consumer failed to work on the message, and said so."),
        },
        Counter { name: "expired", doc: told!("Deliveries that nobody acknowledged in time.") },
        Counter { name: "late", doc: told!("Words of consumers about messages that they no longer had.") },
        Counter { name: "dead", doc: told!("Messages that were given up after `attempts` deliveries.") },
        Counter { name: "drained", doc: told!("Messages taken out by `drain`.") },
        Counter { name: "lost", doc: told!("Messages lost in crashes.") },
        Counter {
            name: "restored",
            doc: told!(
                "Messages that were done or dead, and came back in a crash because the last checkpoint had them."
            ),
        },
    ],
    figures: &[
        Figure::Times { name: "delay", doc: told!("From the put of a message to its first delivery.") },
        Figure::Times { name: "turnaround", doc: told!("From the put of a message to its acknowledgement.") },
        Figure::Level {
            name: "backlog",
            unit: "1",
            doc: told!("Messages that wait, those whose time has not come included."),
        },
        Figure::Level {
            name: "in_flight",
            unit: "1",
            doc: told!("Messages handed out and not acknowledged yet."),
        },
        Figure::Level { name: "oldest", unit: "s", doc: told!("The age of the oldest message that waits.") },
        Figure::Level {
            name: "delayed",
            unit: "1",
            doc: told!(
                "Messages that wait for their time: that of their `delay`, or of the pause after a failure."
            ),
        },
        Figure::Times {
            name: "lateness",
            doc: told!("From when the `delay` of a message that has one is over to its first delivery."),
        },
        Figure::Throughput {
            name: "throughput",
            over: &[ACKNOWLEDGED, DRAINED],
            doc: told!(
                "Messages per second that left for good: acknowledged or drained. `rate` also counts puts and deliveries."
            ),
        },
    ],
    courses: &[Course::Figure("backlog"), Course::Figure("in_flight"), Course::Figure("delay")],
    roles: &[],
};

/// What a consumer asks for.
pub(super) const HIDDEN: &[Operation] = &[
    Operation {
        name: "receive",
        outcomes: &[outcome::EMPTY],
        doc: told!("Hands out a message, as soon as there is one; gives up after a time."),
        carries: Carries::Back,
        keyed: false,
    },
    Operation {
        name: "acknowledge",
        outcomes: &[outcome::MISSING],
        doc: told!("A message that was handed out is done."),
        carries: Carries::Nothing,
        keyed: false,
    },
    Operation {
        name: "refuse",
        outcomes: &[outcome::MISSING],
        doc: told!("A message that was handed out could not be worked on."),
        carries: Carries::Nothing,
        keyed: false,
    },
];

/// How long a message waits after a failure.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Backoff {
    /// Always so long.
    Constant(Span),
    /// So long after the first failure, twice as long after each further one, up to a cap.
    Doubling(Span, Span),
}

impl Backoff {
    /// The pause after so many deliveries, at least one.
    pub(super) fn pause(self, deliveries: u32) -> Span {
        match self {
            Backoff::Constant(pause) => pause,
            Backoff::Doubling(base, cap) => {
                let factor = 1_u64.checked_shl(deliveries.saturating_sub(1)).unwrap_or(u64::MAX);
                Span(base.0.saturating_mul(factor)).min(cap)
            }
        }
    }
}

pub(super) fn read(reading: &mut Reading<'_, '_>) -> Option<QueueBlueprint> {
    let takes_everybody = refuse_limit(reading);
    let capacity = match reading.get("capacity") {
        Some(_) => reading.count("capacity", 0, 1, u32::MAX).map(|count| Some(u64::from(count))),
        None => Some(None),
    };
    let order = reading.choice("order", &ORDERS, 0);
    let lane = read_lane(reading);
    let lanes = read_lanes(reading);
    let by_key = usize::from(lanes == Some(Lanes::One));
    let spread = reading.choice("spread", &SPREADS, by_key);
    let visibility = read_visibility(reading);
    let delay = reading.time("delay");
    let backoff = match reading.get("retry") {
        Some(node) => read_backoff(node, reading),
        None => Some(Backoff::Constant(Span::ZERO)),
    };
    let attempts = read_attempts(reading);
    let dead_letter = read_dead_letter(reading);
    let durable = Durable::read(reading);
    let service = reading.work("service");
    takes_everybody?;
    Some(QueueBlueprint {
        capacity: capacity?,
        order: MEANINGS[order?],
        lanes: lanes?,
        lane: lane?,
        spread: if spread? == 0 { Spread::ByKey } else { Spread::RoundRobin },
        visibility: visibility?,
        delay: delay?.unwrap_or(Span::ZERO),
        backoff: backoff?,
        attempts: attempts?,
        dead_letter: dead_letter?,
        durable: durable?,
        service: service?,
    })
}

/// Who has come to fetch a message, or waits until one is done, is there until somebody else comes, whom a limit would keep out.
fn refuse_limit(reading: &mut Reading<'_, '_>) -> Option<()> {
    let Some(entry) = reading.entry("concurrency_limit") else { return Some(()) };
    let message = "`concurrency_limit` would count those who wait for a message, and keep out who brings it";
    reading
        .reader
        .error(entry.name_location, message)
        .help("`capacity` limits the messages, and `workers` those who are served at a time");
    None
}

fn read_lane(reading: &mut Reading<'_, '_>) -> Option<Option<Node>> {
    let Some(entry) = reading.entry("lane") else { return Some(None) };
    if reading.get("per_key").is_some() {
        let message = "either each key has a queue of its own (`per_key`), or each `lane`";
        reading.reader.error(entry.name_location, message);
        return None;
    }
    reading.reader.text(&entry.node)?;
    Some(Some(entry.node.clone()))
}

fn read_lanes(reading: &mut Reading<'_, '_>) -> Option<Lanes> {
    let has_lanes = match reading.get("per_key") {
        Some(node) => reading.reader.boolean(node)?,
        None => reading.get("lane").is_some(),
    };
    if has_lanes {
        let (interval, rest) = (reading.time("interval"), reading.time("rest"));
        let pace = Pace { interval: interval?.unwrap_or(Span::ZERO), rest: rest?.unwrap_or(Span::ZERO) };
        return Some(Lanes::Many(pace));
    }
    let fits = ["interval", "rest"].map(|key| reading.only_with(key, "`per_key = true` or `lane`"));
    fits.into_iter().collect::<Option<()>>().map(|()| Lanes::One)
}

fn read_visibility(reading: &mut Reading<'_, '_>) -> Option<Span> {
    let visibility = reading.time("visibility")?.unwrap_or(Span(VISIBILITY * SECOND));
    if visibility == Span::ZERO {
        let node = reading.get("visibility").expect("the default is longer");
        reading
            .reader
            .error(node.location, "a message that is handed out has to be hidden from others for some time")
            .help("longer than the work on it takes, as in visibility = \"30 s\"");
        return None;
    }
    Some(visibility)
}

fn read_backoff(node: &Node, reading: &mut Reading<'_, '_>) -> Option<Backoff> {
    let crate::scenario::Value::Table(table) = &node.value else {
        return reading.reader.time(node).map(Backoff::Constant);
    };
    reading.reader.check_keys(table, "`retry`", &["constant", "doubling", "cap"]);
    match (table.get("constant"), table.get("doubling"), table.entry("cap")) {
        (Some(constant), None, None) => reading.reader.time(constant).map(Backoff::Constant),
        (None, Some(base), cap) => {
            let base = reading.reader.time(base);
            let cap = match cap {
                Some(cap) => reading.reader.time(&cap.node),
                None => Some(Span(u64::MAX >> 2)),
            };
            Some(Backoff::Doubling(base?, cap?))
        }
        _ => {
            reading
                .reader
                .error(node.location, "`retry` is a time, or has either `constant` or `doubling`")
                .help("as in retry = \"5 s\", or retry = { doubling = \"1 s\", cap = \"1 min\" }");
            None
        }
    }
}

fn read_attempts(reading: &mut Reading<'_, '_>) -> Option<Option<u32>> {
    let Some(node) = reading.get("attempts") else { return Some(None) };
    match reading.reader.count_or_unbounded(node)? {
        None => Some(None),
        Some(_) => reading.count("attempts", 0, 1, ATTEMPTS_MAX).map(Some),
    }
}

fn read_dead_letter(reading: &mut Reading<'_, '_>) -> Option<Option<Named>> {
    let Some(entry) = reading.entry("dead_letter") else { return Some(None) };
    if reading.get("attempts").is_none() {
        reading.only_with("dead_letter", "`attempts`: without it no message is ever dead")?;
    }
    let name = reading.reader.name(&entry.node)?.to_owned();
    Some(Some(Named { name, location: entry.node.location }))
}
