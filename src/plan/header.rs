//! Reads `[scenario]` and `[limits]`.

use super::Limits;
use crate::component::KINDS;
use crate::scenario::{Diagnostics, Estimates, Key, Location, Reader, Table};
use crate::units::Span;

/// The longest run, warm-up included: 100 years.
const LONGEST: Span = Span(100 * 365 * 86_400 * crate::units::SECOND);

/// The table `[scenario]`.
pub(super) struct Header {
    pub(super) title: String,
    pub(super) warm_up: Span,
    pub(super) duration: Span,
    pub(super) seed: u64,
    pub(super) replications: u64,
    pub(super) scale: f64,
}

/// The keys of `[scenario]`.
pub(super) const SCENARIO_KEYS: [Key; 6] = [
    Key { name: "title", takes: "TEXT", doc: told!("What reports call the scenario.") },
    Key {
        name: "duration",
        takes: "TIME",
        doc: told!(
            "How long is measured, after the warm-up. Required, but for a scenario that has only estimates."
        ),
    },
    Key {
        name: "warm_up",
        takes: "TIME",
        doc: told!("How long runs before anything is measured. Default: 0 s."),
    },
    Key { name: "seed", takes: "COUNT", doc: told!("Where all randomness comes from. Default: 1.") },
    Key {
        name: "replications",
        takes: "COUNT",
        doc: told!(
            "How often it is run, with different seeds; from 2 on figures have confidence intervals. Hashes place servers, keys and bits alike in all of them. Default: 1."
        ),
    },
    Key {
        name: "scale",
        takes: "NUMBER",
        doc: told!(
            "How many times as large the system is that the scenario stands for: what \
              is paid for instances, visits and bytes is multiplied by it, nothing else. \
              Default: 1."
        ),
    },
];

/// More replications than this say nothing more.
const REPLICATIONS_MAX: u64 = 100_000;

impl Default for Header {
    fn default() -> Header {
        Header {
            title: String::new(),
            warm_up: Span::ZERO,
            duration: Span(crate::units::SECOND),
            seed: 1,
            replications: 1,
            scale: 1.0,
        }
    }
}

impl Header {
    pub(super) fn read(root: &Table, estimates: &Estimates, diagnostics: &mut Diagnostics) -> Option<Header> {
        let mut reader = Reader::new(diagnostics, estimates);
        let Some(node) = root.get("scenario") else {
            reader
                .diagnostics
                .error(Location { source: 0, start: 0, end: 0 }, "[scenario] is missing")
                .help("a scenario begins with [scenario], a `title` and a `duration`");
            return None;
        };
        let table = reader.table(node)?;
        reader.check_keys(table, "[scenario]", &Key::names(&SCENARIO_KEYS));
        let title = table.get("title").map_or(Some("scenario"), |node| reader.text(node)).map(str::to_owned);
        // What has nothing but an envelope takes no time.
        let duration = match table.get("duration") {
            None if is_envelope(root) => Some(Header::default().duration),
            _ => reader.required(table, "duration", "[scenario]").and_then(|node| {
                let duration = reader.time(node)?;
                if duration == Span::ZERO {
                    reader.error(node.location, "`duration` must be positive");
                    return None;
                }
                Some(duration)
            }),
        };
        let warm_up = table.get("warm_up").map_or(Some(Span::ZERO), |node| reader.time(node));
        if let (Some(duration), Some(warm_up)) = (duration, warm_up)
            && duration + warm_up > LONGEST
        {
            reader.error(table.location, "a run is at most 100 years long, warm-up included");
            return None;
        }
        let seed = table.get("seed").map_or(Some(1), |node| reader.count(node));
        let replications = table.get("replications").map_or(Some(1), |node| {
            let replications = reader.count(node)?;
            if (1..=REPLICATIONS_MAX).contains(&replications) {
                return Some(replications);
            }
            reader.error(node.location, format!("`replications` is 1 to {REPLICATIONS_MAX}"));
            None
        });
        let scale = table.get("scale").map_or(Some(1.0), |node| {
            let scale = reader.number(node)?;
            if scale > 0.0 {
                return Some(scale);
            }
            reader
                .error(node.location, "`scale` must be positive")
                .help("a scenario with a hundredth of the users has `scale = 100`");
            None
        });
        Some(Header {
            title: title?,
            warm_up: warm_up?,
            duration: duration?,
            seed: seed?,
            replications: replications?,
            scale: scale?,
        })
    }
}

/// Whether there is an envelope, and nobody who could run.
fn is_envelope(root: &Table) -> bool {
    let has_component = || KINDS.iter().any(|kind| root.get(kind.name).is_some());
    root.get("estimate").is_some() && !has_component()
}

/// The keys of `[limits]`.
pub(super) const LIMIT_KEYS: [Key; 4] = [
    Key { name: "events", takes: "COUNT", doc: told!("Events of a run. Default: no limit.") },
    Key { name: "in_flight", takes: "COUNT", doc: told!("Requests at once. Default: 10 M.") },
    Key { name: "memory", takes: "SIZE", doc: told!("What a run may hold. Default: 8 GiB.") },
    Key {
        name: "events_at_one_instant",
        takes: "COUNT",
        doc: told!("Events without time passing, as in a loop that takes no time. Default: 100 M."),
    },
];

pub(super) fn read_limits(root: &Table, estimates: &Estimates, diagnostics: &mut Diagnostics) -> Limits {
    let mut limits = Limits {
        events: u64::MAX,
        in_flight: 10_000_000,
        memory: 8 << 30,
        events_at_one_instant: 100_000_000,
    };
    let mut reader = Reader::new(diagnostics, estimates);
    let Some(table) = root.get("limits").and_then(|node| reader.table(node)) else { return limits };
    reader.check_keys(table, "[limits]", &Key::names(&LIMIT_KEYS));
    if let Some(events) = table.get("events").and_then(|node| reader.count(node)) {
        limits.events = events;
    }
    if let Some(in_flight) = table.get("in_flight").and_then(|node| reader.count(node)) {
        limits.in_flight = in_flight;
    }
    if let Some(events) = table.get("events_at_one_instant").and_then(|node| reader.count(node)) {
        limits.events_at_one_instant = events;
    }
    if let Some(memory) = table.get("memory").and_then(|node| reader.bytes(node)) {
        limits.memory = memory as u64;
    }
    limits
}
