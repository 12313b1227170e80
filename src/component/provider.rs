//! A provider: a third party that answers after a while, fails now and then, and allows only so much.

use super::{
    Behaviour, Context, Counter, Course, DefaultWorkers, Key, Line, Plans, Reading, Serves, Setting, Spec,
    Verdict, Work,
};
use crate::kernel::random::{Draws, mix, open01};
use crate::kernel::request::Request;
use crate::outcome;
use crate::scenario::{Entry, Named, Node, Reader, Table, Value};
use crate::units::{Span, Time};

/// What the table of a provider says.
#[derive(Clone, Debug)]
pub struct ProviderBlueprint {
    operations: Vec<(Named, Service)>,
    quota: Option<Quota>,
    outages: Option<Outages>,
}

/// What an operation is like.
#[derive(Clone, Debug, Default)]
struct Service {
    latency: Option<Work>,
    /// The share of calls that end with `error`.
    errors: f64,
}

/// How much it allows: so many calls within each window of time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Quota {
    count: u64,
    per: Span,
}

/// When it is out of order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Outages {
    /// From the begin of one outage to that of the next; the first begins so long after the scenario's clock shows 0.
    every: Span,
    /// How long one lasts.
    length: Span,
}

/// The counters, by index.
const ACCEPTED: usize = 0;
const DENIED: usize = 1;
const UNAVAILABLE: usize = 2;
const FAILED: usize = 3;

/// The name of the draw of an error.
const ERRORS: u64 = 0x7072_6f76_6964_6572;

/// The operation of a provider whose table names none.
const SEND: &str = "send";

/// What an operation may say of itself.
const OWN: [&str; 2] = ["latency", "errors"];

impl Plans for ProviderBlueprint {
    const SPEC: Spec = Spec {
        name: "provider",
        doc: told!(
            "A third party: whatever happens inside, it answers after a while, fails now and then, and allows only so much."
        ),
        keys: &[
            Key {
                name: "operations",
                takes: "[NAME, ..] | { OPERATION = { latency? = TIMES, errors? = SHARE } }",
                doc: told!(
                    "What it offers; each operation may say its own `latency` and `errors`. Default: [\"send\"]."
                ),
            },
            Key {
                name: "latency",
                takes: "TIMES",
                doc: told!("How long a call takes, whatever the others do. Default: no time."),
            },
            Key {
                name: "errors",
                takes: "SHARE",
                doc: told!("The share of the calls that end with `error`. Default: none."),
            },
            Key {
                name: "quota",
                takes: "{ count = COUNT, per = TIME }",
                doc: told!(
                    "How many calls each instance takes within each window of time, one window after the other; the others end \
                      with `denied`. Default: any number."
                ),
            },
            Key {
                name: "outages",
                takes: "{ every = TIME, for = TIME }",
                doc: told!(
                    "Outages, in which every call ends with `unavailable`; the first begins `every` after the start, the \
                      next ones as long after one another. Faults and campaigns can do that as well. Default: none."
                ),
            },
        ],
        serves: Serves::Yes(DefaultWorkers::Unbounded),
        operations: &[],
        counters: &[
            Counter {
                name: "accepted",
                doc: told!("Calls taken, those included that a fault has end with `error`."),
            },
            Counter { name: "denied", doc: told!("Calls beyond the quota.") },
            Counter { name: "outage", doc: told!("Calls during outages.") },
            Counter { name: "failed", doc: told!("Calls taken that ended with `error`.") },
        ],
        figures: &[],
        courses: &[Course::Instances],
        roles: &[],
    };
    type State = ProviderState;

    fn read(reading: &mut Reading<'_, '_>) -> Option<Self> {
        let general = read_service(reading.table, &Service::default(), reading.reader);
        let fallback = general.clone().unwrap_or_default();
        let operations = read_operations(reading, &fallback);
        let quota = read_pair(reading, "quota", ["count", "per"], |reader, count| reader.count(count));
        let outages = read_pair(reading, "outages", ["every", "for"], |reader, every| reader.time(every));
        let (operations, quota, outages) = (operations?, quota?, outages?);
        general?;
        if let Some((every, length, location)) = outages
            && (length == Span::ZERO || every <= length)
        {
            reading.reader.error(location, "an outage lasts some time, and ends before the next one begins");
            return None;
        }
        if let Some((_, Span::ZERO, location)) = quota {
            reading.reader.error(location, "a quota holds for some time");
            return None;
        }
        Some(ProviderBlueprint {
            operations,
            quota: quota.map(|(count, per, _)| Quota { count, per }),
            outages: outages.map(|(every, length, _)| Outages { every, length }),
        })
    }

    fn own_operations(&self) -> Vec<Named> {
        self.operations.iter().map(|(operation, _)| operation.clone()).collect()
    }

    fn lines(&self, operation: &str) -> Vec<Line> {
        let found = self.operations.iter().find(|(own, _)| own.name == operation);
        let (_, service) = found.unwrap_or_else(|| panic!("a provider without the operation {operation}"));
        service.latency.clone().map(Line::Work).into_iter().chain([Line::Consult]).collect()
    }

    /// What a third party does twice is done twice.
    fn is_idempotent(&self, _operation: &str) -> bool {
        false
    }

    /// A fault's error is one of a call that was taken.
    fn counts_errors(&self) -> &'static [usize] {
        &[ACCEPTED, FAILED]
    }

    fn state(&self, setting: &Setting) -> ProviderState {
        ProviderState {
            quota: self.quota,
            outages: self.outages,
            windows: vec![(0, 0); setting.instances as usize],
            errors: self.operations.iter().map(|(_, service)| service.errors).collect(),
            name: setting.name,
        }
    }
}

fn read_service(table: &Table, general: &Service, reader: &mut Reader<'_>) -> Option<Service> {
    let latency = match table.get("latency") {
        Some(node) => reader
            .duration(node)
            .map(|time| Some(Work { key: "latency", time, text: reader.source_text(node) })),
        None => Some(general.latency.clone()),
    };
    let errors = match table.get("errors") {
        Some(node) => reader.share(node),
        None => Some(general.errors),
    };
    Some(Service { latency: latency?, errors: errors? })
}

fn read_operations(reading: &mut Reading<'_, '_>, general: &Service) -> Option<Vec<(Named, Service)>> {
    let Some(node) = reading.get("operations") else {
        let name = Named { name: SEND.to_owned(), location: reading.location };
        return Some(vec![(name, general.clone())]);
    };
    let operations: Vec<Option<(Named, Service)>> = match &node.value {
        Value::Array(names) => names
            .iter()
            .map(|name| {
                let word = reading.reader.name(name)?.to_owned();
                Some((Named { name: word, location: name.location }, general.clone()))
            })
            .collect(),
        _ => {
            let table = reading.reader.table(node)?;
            table.iter().map(|entry| read_operation(entry, general, reading.reader)).collect()
        }
    };
    if operations.is_empty() {
        let message = format!("{} needs an operation", reading.context());
        reading.reader.error(node.location, message).help("as in operations = [\"send\"]");
        return None;
    }
    let operations = operations.into_iter().collect::<Option<Vec<_>>>()?;
    for (index, (operation, _)) in operations.iter().enumerate() {
        if operations[..index].iter().any(|(other, _)| other.name == operation.name) {
            reading.reader.error(operation.location, format!("`{}` stands here twice", operation.name));
            return None;
        }
    }
    Some(operations)
}

fn read_operation(entry: &Entry, general: &Service, reader: &mut Reader<'_>) -> Option<(Named, Service)> {
    let word = Node { location: entry.name_location, value: Value::Text(entry.name.clone()) };
    let name = reader.name(&word).map(str::to_owned);
    let table = reader.table(&entry.node)?;
    reader.check_keys(table, &format!("the operation `{}`", entry.name), &OWN);
    let service = read_service(table, general, reader);
    Some((Named { name: name?, location: entry.name_location }, service?))
}

/// A table of two keys, the second of which is a time, that may be absent; with where that time stands.
fn read_pair<T>(
    reading: &mut Reading<'_, '_>,
    key: &str,
    keys: [&str; 2],
    first: impl Fn(&mut Reader<'_>, &Node) -> Option<T>,
) -> Option<Option<(T, Span, crate::scenario::Location)>> {
    let Some(node) = reading.get(key) else { return Some(None) };
    let table = reading.reader.table(node)?;
    let context = format!("`{key}`");
    reading.reader.check_keys(table, &context, &keys);
    let head = reading.reader.required(table, keys[0], &context);
    let head = head.and_then(|node| first(reading.reader, node));
    let tail = reading.reader.required(table, keys[1], &context);
    let tail = tail.and_then(|node| Some((reading.reader.time(node)?, node.location)));
    let (head, (time, location)) = (head?, tail?);
    Some(Some((head, time, location)))
}

/// What is left of the quotas.
pub struct ProviderState {
    quota: Option<Quota>,
    outages: Option<Outages>,
    /// The share of calls that fail, by operation.
    errors: Vec<f64>,
    name: u64,
    /// The window that the last call fell into, and how many there have been in it, by instance.
    windows: Vec<(u64, u64)>,
}

impl Behaviour for ProviderState {
    fn visit(&mut self, at: u32, action: u16, request: &mut Request, context: &mut Context<'_>) -> Verdict {
        if self.outages.is_some_and(|outages| outages.is_on(context.now, context.recorder.timeline.start())) {
            context.count(UNAVAILABLE, 1);
            return Verdict::Refuse(outcome::UNAVAILABLE);
        }
        if let Some(Quota { count, per }) = self.quota {
            let (window, calls) = &mut self.windows[at as usize];
            let number = context.now.0 / per.0;
            if *window != number {
                (*window, *calls) = (number, 0);
            }
            if *calls >= count {
                context.count(DENIED, 1);
                return Verdict::Refuse(outcome::DENIED);
            }
            *calls += 1;
        }
        context.count(ACCEPTED, 1);
        let draw = Draws::new(mix(request.fate, ERRORS), self.name).bits();
        let errs = open01(draw) < self.errors[usize::from(action)];
        context.count(FAILED, u64::from(errs));
        Verdict::Done(if errs { outcome::ERROR } else { outcome::OK })
    }
}

impl Outages {
    /// Whether one is on at an instant of the run, whose clock shows 0 at another.
    fn is_on(self, now: Time, zero: Time) -> bool {
        let Some(since) = now.0.checked_sub(zero.0) else { return false };
        since >= self.every.0 && since % self.every.0 < self.length.0
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{error, outline, read};
    use super::*;

    #[test]
    fn tables_and_what_is_said_about_them() {
        for (toml, expected) in [
            ("", Ok(vec!["send"])),
            (
                "operations = [\"charge\", \"refund\"]\nlatency = \"1 s\"\nerrors = \"1 %\"",
                Ok(vec!["charge", "refund"]),
            ),
            ("operations = { push = { latency = \"1 s\" }, text = {} }", Ok(vec!["push", "text"])),
            (
                "operations = []",
                Err(error(14, "[provider.it] needs an operation (as in operations = [\"send\"])")),
            ),
            ("operations = [\"a\", \"a\"]", Err(error(20, "`a` stands here twice"))),
            ("quota = { count = 5, per = \"0 s\" }", Err(error(28, "a quota holds for some time"))),
            (
                "outages = { every = \"5 s\", for = \"5 s\" }",
                Err(error(34, "an outage lasts some time, and ends before the next one begins")),
            ),
            ("quota = { count = 5 }", Err(error(9, "`quota` needs the key `per`"))),
        ] {
            let names = read::<ProviderBlueprint>(toml).map(|provider| {
                provider.own_operations().into_iter().map(|operation| operation.name).collect::<Vec<_>>()
            });
            let expected = expected.map(|names| names.into_iter().map(str::to_owned).collect::<Vec<_>>());
            assert_eq!(names, expected, "{toml}");
        }
        let provider = read::<ProviderBlueprint>(
            "latency = \"1 s\"\noperations = { a = {}, b = { latency = \"2 s\" } }",
        )
        .unwrap();
        assert_eq!(outline(&provider.lines("a")), "latency 1 s, consult");
        assert_eq!(outline(&provider.lines("b")), "latency 2 s, consult");
    }

    #[test]
    fn outages_come_again() {
        let outages = Outages { every: Span(100), length: Span(10) };
        for (now, expected) in
            [(0, false), (50, false), (105, false), (150, true), (159, true), (160, false), (255, true)]
        {
            assert_eq!(outages.is_on(Time(now), Time(50)), expected, "{now}");
        }
    }
}
