//! The words of a limiter: its keys, its operation, and what it counts and reports.

use super::super::{Carries, Counter, Course, DefaultWorkers, Figure, Key, Operation, Serves, Spec};
use crate::outcome;

/// The counters, by index.
pub(super) const ALLOWED: usize = 0;
pub(super) const DENIED: usize = 1;
pub(super) const OVERSHOOT: usize = 2;
pub(super) const UNCHECKED: usize = 3;

/// The figures, by index.
pub(super) const HELD: usize = 1;
pub(super) const GAP: usize = 2;
pub(super) const SHORTEST: usize = 3;
pub(super) const MOST: usize = 4;
pub(super) const KEYS: usize = 5;
pub(super) const MEMORY: usize = 6;
pub(super) const LARGEST: usize = 7;

/// The operation of a limiter itself, by index.
pub(super) const CHECK: &str = "check";

pub(super) const SPEC: Spec = Spec {
    name: "rate_limiter",
    doc: told!(
        "Lets so many requests through in a window, in front of its targets, or asked by `check`; the others are `denied`."
    ),
    keys: &[
        Key {
            name: "targets",
            takes: "[COMPONENT, ..]",
            doc: told!(
                "To whom it forwards what it lets through, in turn: it offers their operations. Default: none; it answers `check`."
            ),
        },
        Key {
            name: "algorithm",
            takes: "\"token_bucket\" | \"leaky_bucket\" | \"fixed_window\" | \"sliding_log\" | \"sliding_counter\"",
            doc: told!(
                "How it counts. A leaky bucket is a queue with a constant outflow; fixed windows begin at multiples of the window by \
                  the instance's clock; a sliding counter is two of them, of which the earlier counts by its share. Required."
            ),
        },
        Key {
            name: "limit",
            takes: "COUNT",
            doc: told!("How many requests it lets through in a window. Required."),
        },
        Key {
            name: "window",
            takes: "TIME",
            doc: told!("The window. `limit` / `window` is the rate of a bucket. Required."),
        },
        Key {
            name: "burst",
            takes: "COUNT",
            doc: told!(
                "How many tokens a token bucket holds, or how many requests wait in a leaky bucket. Default: `limit`."
            ),
        },
        Key {
            name: "keep_rejected",
            takes: "true | false",
            doc: told!(
                "Whether a sliding log notes those that it turns away as well: who keeps asking is never let in again. Default: false."
            ),
        },
        Key {
            name: "soft",
            takes: "SHARE",
            doc: told!(
                "How much above the limit it still lets through; `overshoot` counts it. Default: 0 %."
            ),
        },
        Key {
            name: "by",
            takes: "TEMPLATE",
            doc: told!(
                "Who has a counter of its own, in text with {user}, {key}, {operation}, {caller} (the component that calls, \
                  behind balancers), {address} (the instance from which the call comes) and {place} (where that stands). Default: one counter for all."
            ),
        },
        Key {
            name: "operations",
            takes: "[OPERATION, ..]",
            doc: told!("For which operations the rule holds. Default: all."),
        },
        Key {
            name: "priorities",
            takes: "[COUNT, ..]",
            doc: told!("For which priorities the rule holds. Default: all."),
        },
        Key {
            name: "rules",
            takes: "[{ algorithm = \"token_bucket\" | \"leaky_bucket\" | \"fixed_window\" | \"sliding_log\" | \"sliding_counter\", limit = COUNT, window = TIME, burst? = COUNT, keep_rejected? = true | false, \
                    soft? = SHARE, by? = TEMPLATE, operations? = [OPERATION, ..], priorities? = [COUNT, ..] }, ..]",
            doc: told!(
                "Several rules, all of which must let a request through, instead of the keys above. What is measured (`overshoot`, \
                  `gap`, `max_in_window`) is measured by the first."
            ),
        },
        Key {
            name: "store",
            takes: "\"local\" | COMPONENT",
            doc: told!(
                "Where the counters are: in each instance, or in a cache or database that all instances call. Default: \"local\"."
            ),
        },
        Key {
            name: "atomicity",
            takes: "\"atomic\" | \"locked\" | \"none\"",
            doc: told!(
                "How a counter in a `store` changes: by a script that runs in the store (one call), under a lock (four calls, and \
                  further ones while it is taken), or by a read and a write, between which others read the same. Default: \"atomic\"."
            ),
        },
        Key {
            name: "lock",
            takes: "{ retry? = TIME, ttl? = TIME }",
            doc: told!(
                "With `atomicity = \"locked\"`: how long it waits before it asks for a lock again that is taken (1 ms), and after how \
                  long a lock is free that nobody gave back (10 s)."
            ),
        },
        Key {
            name: "on_store_failure",
            takes: "\"allow\" | \"deny\"",
            doc: told!(
                "What becomes of a request when the `store` cannot be asked: open or closed. Default: \"allow\"."
            ),
        },
        Key {
            name: "sync",
            takes: "TIME",
            doc: told!(
                "How often each instance tells all others what it has let through, which they count as well. Default: never."
            ),
        },
        Key {
            name: "deny",
            takes: "\"answer\" | \"drop\" | \"queue\"",
            doc: told!(
                "What becomes of the others: the answer `denied` (429) with the time to the next permit, no answer at all, or they wait for \
                  the next permit. Default: \"answer\"."
            ),
        },
        Key {
            name: "longest_wait",
            takes: "TIME",
            doc: told!(
                "With `deny = \"queue\"`: who would have to wait longer is `denied`. Default: the longest window of the rules."
            ),
        },
        Key {
            name: "service",
            takes: "TIMES",
            doc: told!("What a request takes of a worker. Default: no time."),
        },
    ],
    serves: Serves::Yes(DefaultWorkers::Unbounded),
    operations: &[Operation {
        name: CHECK,
        outcomes: &[outcome::DENIED],
        doc: told!("Asks for a permit; `denied` if there is none."),
        carries: Carries::Nothing,
        keyed: false,
    }],
    counters: &[
        Counter { name: "allowed", doc: told!("Requests that were let through.") },
        Counter { name: "denied", doc: told!("Requests that were not.") },
        Counter {
            name: "overshoot",
            doc: told!(
                "Requests that were let through although `limit` others of their counter had been within the window before them, by \
                  whichever instance."
            ),
        },
        Counter {
            name: "unchecked",
            doc: told!("Requests that were allowed or denied without the store, which could not be asked."),
        },
    ],
    figures: &[
        Figure::Ratio {
            name: "denied_ratio",
            over: &[DENIED],
            under: &[ALLOWED, DENIED],
            doc: told!("The share of the requests that were not let through."),
        },
        Figure::Times {
            name: "held",
            doc: told!(
                "How long a request that was let through had to wait for it: in the bucket, for the store, or for a permit."
            ),
        },
        Figure::Times {
            name: "gap",
            doc: told!(
                "Time between one request that was let through and the one before it of the same counter."
            ),
        },
        Figure::Level { name: "gap.min", unit: "s", doc: told!("The shortest of these times.") },
        Figure::Level {
            name: "max_in_window",
            unit: "1",
            doc: told!(
                "The most requests of one counter that were let through within a window, wherever it begins and whoever let them through."
            ),
        },
        Figure::Level { name: "keys", unit: "1", doc: told!("Counters, of all instances together.") },
        Figure::Level {
            name: "memory",
            unit: "B",
            doc: told!(
                "What the counters take at the end, as 8-byte numbers: 1 for a fixed window, 2 for a token bucket or a sliding counter, \
                  1 and another for each that waits in a leaky bucket, 1 for each request in a sliding log."
            ),
        },
        Figure::Level {
            name: "memory_per_key",
            unit: "B",
            doc: told!("The most that one counter has taken."),
        },
    ],
    courses: &[Course::Figure("denied_ratio"), Course::Figure("held"), Course::Instances],
    roles: &[],
};
