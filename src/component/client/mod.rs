//! The client: the outside world that asks, at its own pace or in a closed loop.

mod arrivals;
mod keys;
#[cfg(test)]
mod tests;

use super::{Behaviour, Key, Plans, Reading, Serves, Setting, Spec};
use crate::distribution::Distribution;
use crate::mechanism::arrange::Arrange;
use crate::scenario::{Dimension, Hint, Location, Named, Node, Reader, Value};
use crate::workload::{Keys, OpenArrivals};

/// What the table of a client says.
#[derive(Clone, Debug)]
pub struct ClientBlueprint {
    /// When its requests come.
    pub source: ClientSource,
    /// What they are about.
    pub keys: Option<Keys>,
    /// The graph in which they are about a neighbour of whoever asks.
    pub neighbours: Option<Named>,
    /// Who asks; without it every request is another user.
    pub users: Option<Keys>,
    /// How large the values are \[B\].
    pub sizes: Option<Distribution>,
    /// 0 is the most urgent.
    pub priority: u8,
    /// What it asks for.
    pub asking: Asking,
}

/// When the requests of a client come.
#[derive(Clone, Debug)]
pub enum ClientSource {
    /// Whether or not earlier ones have been answered.
    Open(OpenArrivals),
    /// Each user thinks, asks and waits for the answer.
    Closed {
        /// How many users; at least 1.
        users: u32,
        /// For how long each thinks \[s\].
        think: Distribution,
        /// The same as a listing shows it.
        think_text: String,
    },
    /// As they were recorded in a file beside the scenario.
    Trace(Named),
}

/// What a client asks for. Targets are written `component.operation`; whether there is such a one is not known here.
#[derive(Clone, Debug, PartialEq)]
pub enum Asking {
    /// Always the same.
    Request(Named),
    /// One of several, by weights; sorted by name, at least one, each weight positive.
    Mix(Vec<(Named, f64)>),
    /// The steps of a handler, at least one.
    Session(Vec<Node>),
}

/// A client needs no state of its kind in a run.
pub struct ClientState;

impl Behaviour for ClientState {}

/// The keys that say what a client asks for.
pub(super) const ASKING: [&str; 3] = ["request", "mix", "session"];

impl Plans for ClientBlueprint {
    const SPEC: Spec = Spec {
        name: "client",
        doc: told!(
            "Where requests come from: at a rate, in herds, or from users who wait for their answers."
        ),
        keys: &[
            Key {
                name: "arrivals",
                takes: "{ poisson = RATE, profile? = PROFILE } | { even = RATE, profile? = PROFILE } \
                        | { bursty = { rates = [RATE, ..], stay = [TIME, ..] }, profile? = PROFILE } \
                        | { batch = { rate = RATE, size = COUNTS }, profile? = PROFILE } \
                        | { batches = [{ at = TIME, count = COUNT, every? = TIME }, ..] } \
                        | { users = COUNT, think = TIMES } | { trace = FILE }",
                doc: told!(
                    "When requests come; required. Beside a rate may stand `profile`: \"diurnal\" (1 - cos of the \
                      day: none at midnight, twice the rate at noon), or points [time, factor] joined by straight lines, two \
                      with the same time for a jump. The rate of a `batch` is that of batches; in `batches` the `count` \
                      requests of a herd come one `every` so often from `at` on, all at once without it. A trace is a CSV file in the scenario's folder, whose first \
                      line names its columns: `time` (s from the begin of the measured time, ascending; lines of one \
                      instant come one after the other), and, if it has them, `operation` (of the component that \
                      `request` names, or one of the targets of `mix` in place of its weights), `key` and `user` \
                      (whole numbers below 2^62, or any text) and `size` (B)."
                ),
            },
            Key {
                name: "request",
                takes: "TARGET",
                doc: told!(
                    "What each request asks for; exactly one of `request`, `mix` and `session` is required."
                ),
            },
            Key {
                name: "mix",
                takes: "{ TARGET = NUMBER }",
                doc: told!("What requests ask for, by weights of any sum."),
            },
            Key {
                name: "session",
                takes: "STEPS",
                doc: told!("What each request does, step by step; its latency is that of them all."),
            },
            Key {
                name: "keys",
                takes: "\"new\" | POPULARITY | { neighbour = GRAPH }",
                doc: told!(
                    "What requests are about; required if they reach a component that is addressed by key. `neighbour`: \
                      one of those whom the user leads to in a graph, each equally likely; who leads to nobody asks about \
                      itself."
                ),
            },
            Key {
                name: "users",
                takes: "POPULARITY",
                doc: told!("Who asks; by default every request is another user."),
            },
            Key {
                name: "sizes",
                takes: "SIZES",
                doc: told!(
                    "How large the value of a key is, the same whenever the key is asked for; 0 B by default. A call that names another `key` carries on the size that it has, unless it says `size`."
                ),
            },
            Key {
                name: "priority",
                takes: "COUNT",
                doc: told!("How urgent its requests are: 0, the default, is the most urgent."),
            },
        ],
        serves: Serves::No,
        operations: &[],
        counters: &[],
        figures: &[],
        courses: &[],
        roles: &[],
    };

    type State = ClientState;

    fn read(reading: &mut Reading<'_, '_>) -> Option<Self> {
        let context = reading.context();
        let source = match reading.required("arrivals") {
            Some(node) => arrivals::source(reading.reader, node, reading.name),
            None => None,
        };
        let asking = asking(reading, &context);
        let neighbours = match reading.get("keys") {
            Some(node) => keys::neighbours(reading.reader, node),
            None => Some(None),
        };
        let keys = match &neighbours {
            Some(Some(_)) => Some(None),
            _ => optional(reading, "keys", keys::keys),
        };
        let users = optional(reading, "users", keys::users);
        let sizes = optional(reading, "sizes", |reader, node| reader.law(node, Dimension::BYTES));
        let priority = optional(reading, "priority", priority);
        Some(ClientBlueprint {
            source: source?,
            keys: keys?,
            neighbours: neighbours?,
            users: users?,
            sizes: sizes?,
            priority: priority?.unwrap_or(0),
            asking: asking?,
        })
    }

    fn state(&self, _setting: &Setting) -> ClientState {
        ClientState
    }
}

/// The value of a key that may be absent; `None` if it is wrong.
fn optional<T>(
    reading: &mut Reading<'_, '_>,
    key: &str,
    read: impl FnOnce(&mut Reader<'_>, &Node) -> Option<T>,
) -> Option<Option<T>> {
    match reading.get(key) {
        Some(node) => read(reading.reader, node).map(Some),
        None => Some(None),
    }
}

fn priority(reader: &mut Reader<'_>, node: &Node) -> Option<u8> {
    let priority = u8::try_from(reader.count(node)?).ok();
    if priority.is_none() {
        reader.error(node.location, "a priority is a whole number from 0, the most urgent, to 255");
    }
    priority
}

fn asking(reading: &mut Reading<'_, '_>, context: &str) -> Option<Asking> {
    let mut given = reading.table.iter().filter(|entry| ASKING.contains(&entry.name.as_str()));
    let Some(entry) = given.next() else {
        let message = format!("{context} needs one of the keys `request`, `mix` and `session`");
        reading.reader.error(reading.table.location, message).hint(Hint::Lacking("request".to_owned()));
        return None;
    };
    if let Some(second) = given.next() {
        let message = format!(
            "{context} has one of `request`, `mix` and `session`, not `{}` and `{}`",
            entry.name, second.name
        );
        reading.reader.error(second.name_location, message);
        return None;
    }
    match entry.name.as_str() {
        "request" => request(reading.reader, &entry.node),
        "mix" => mix(reading.reader, &entry.node),
        _ => session(reading.reader, &entry.node),
    }
}

fn request(reader: &mut Reader<'_>, node: &Node) -> Option<Asking> {
    let text = reader.text(node)?;
    target(reader, text, node.location).map(Asking::Request)
}

fn mix(reader: &mut Reader<'_>, node: &Node) -> Option<Asking> {
    let table = reader.table(node)?;
    if table.is_empty() {
        reader.error(node.location, "a mix needs at least one target");
        return None;
    }
    // All are read before the first wrong one ends it, so that each error is reported.
    let targets: Vec<Option<(Named, f64)>> = table
        .iter()
        .map(|entry| {
            if let Value::Table(_) = entry.node.value {
                let message = "a target of a mix stands in quotes, as in { \"edge.redirect\" = 10 }";
                reader.error(entry.name_location, message);
                return None;
            }
            let target = target(reader, &entry.name, entry.name_location);
            let weight = weight(reader, &entry.node);
            Some((target?, weight?))
        })
        .collect();
    let mut targets = targets.into_iter().collect::<Option<Vec<_>>>()?;
    targets.arrange_by(|(left, _), (right, _)| left.cmp(right));
    Some(Asking::Mix(targets))
}

fn weight(reader: &mut Reader<'_>, node: &Node) -> Option<f64> {
    /// Far beyond any use, and small enough for the sum of all weights to be finite.
    const WEIGHT_MAX: f64 = 1e12;
    let weight = reader.number(node)?;
    if weight > 0.0 && weight <= WEIGHT_MAX {
        return Some(weight);
    }
    reader.error(node.location, format!("a weight is positive and at most 10^12, this is {weight}"));
    None
}

fn session(reader: &mut Reader<'_>, node: &Node) -> Option<Asking> {
    let steps = reader.array(node)?;
    if steps.is_empty() {
        reader.error(node.location, "a session needs at least one step");
        return None;
    }
    Some(Asking::Session(steps.to_vec()))
}

/// A target with the form `component.operation`.
fn target(reader: &mut Reader<'_>, text: &str, location: Location) -> Option<Named> {
    let is_one = |part: &str| !part.is_empty() && !part.contains('.');
    if text.split_once('.').is_some_and(|(component, operation)| is_one(component) && is_one(operation)) {
        return Some(Named { name: text.to_owned(), location });
    }
    let message = "a target is `component.operation`, as in \"edge.redirect\"";
    reader.error(location, message).hint(Hint::Operation(text.to_owned()));
    None
}
