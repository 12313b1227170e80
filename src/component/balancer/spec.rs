//! What the kind says about itself: its keys, counters and figures.

use super::super::{Counter, Course, DefaultWorkers, Figure, Key, Serves, Spec};

/// The counters, by index.
pub(super) const PROBES: usize = 0;
pub(super) const FAILED_PROBES: usize = 1;
pub(super) const EJECTIONS: usize = 2;
pub(super) const RETURNS: usize = 3;
pub(super) const MOVED_USERS: usize = 4;

/// The figures, by index.
pub(super) const HEALTHY: usize = 0;

/// The kind.
pub(super) const SPEC: Spec = Spec {
    name: "balancer",
    doc: told!("Forwards calls to the instances of its targets, and offers the operations of these."),
    keys: &[
        Key {
            name: "targets",
            takes: "[COMPONENT, ..]",
            doc: told!("To whom it forwards: a call goes to those that offer its operation. Required."),
        },
        Key {
            name: "policy",
            takes: "POLICY",
            doc: told!("How a target is picked. Default: \"round_robin\"."),
        },
        Key { name: "d", takes: "COUNT", doc: told!("How many targets `power_of_d` draws. Default: 2.") },
        Key {
            name: "decay",
            takes: "TIME",
            doc: told!(
                "In which time `least_response_time` forgets to 1 / e. A longer response counts at once, a shorter one \
                  by and by (peak EWMA). Default: 10 s."
            ),
        },
        Key {
            name: "virtual_nodes",
            takes: "COUNT",
            doc: told!("How often each target stands on the ring of `hash_ring`. Default: 100."),
        },
        Key {
            name: "bounded_load",
            takes: "NUMBER",
            doc: told!(
                "With `hash_ring`, how many times the average of calls a target may have; a key goes to the next one \
                  on the ring that has room. Default: no bound."
            ),
        },
        Key {
            name: "weights",
            takes: "{ COMPONENT = COUNT | [COUNT, ..] }",
            doc: told!(
                "How much of the calls each instance of a target gets, with `round_robin`, `random` and `hash_ring` \
                  (as points on the ring). Default: 1."
            ),
        },
        Key {
            name: "sticky",
            takes: "true | false | COUNT",
            doc: told!(
                "A user's calls go where the first one went, as long as that target is healthy. When the memory is \
                  full, who was away longest is forgotten. Default: false; true remembers 1 M users."
            ),
        },
        Key {
            name: "prefer_place",
            takes: "true | false | { overprovisioning? = NUMBER, outstanding? = COUNT }",
            doc: told!(
                "Targets at the nearest place first. A place takes `overprovisioning` (1.4) times its healthy share of \
                  the calls, and a target no more than `outstanding` (unbounded) at once; the rest goes to the next \
                  nearest. Default: false."
            ),
        },
        Key {
            name: "health",
            takes: "{ every = TIME, timeout? = TIME, failures? = COUNT, successes? = COUNT, through? = \"queue\" | \"past\" }",
            doc: told!(
                "Probes each target `every` so often; one that fails (`timeout`, by default as long as `every`) \
                  `failures` (3) times in a row gets no calls until `successes` (2) probes in a row are good. They go \
                  `through` the \"queue\" of the target or \"past\" it. Default: no probes."
            ),
        },
        Key {
            name: "eject",
            takes: "{ failures? = COUNT, for? = TIME, share? = SHARE }",
            doc: told!(
                "A target whose answers are `timeout`, `reset`, `refused` or `error` `failures` (5) times in a row gets no calls `for` a \
                  time (30 s), then its share as before; at most a `share` (10 %) of the targets, but always one if \
                  there are others. Default: none is ejected."
            ),
        },
        Key {
            name: "slow_start",
            takes: "{ for = TIME, min? = SHARE }",
            doc: told!(
                "What a target weighs that was out, or has just been started, grows in a straight line within this time, from no \
                  less than `min` (10 %) of its weight on. Meanwhile `least_outstanding` and `power_of_d` take turns, weighted \
                  by weight / (calls + 1). Default: all of it at once."
            ),
        },
        Key {
            name: "service",
            takes: "TIMES",
            doc: told!("What a call takes of a worker. Default: no time."),
        },
    ],
    serves: Serves::Yes(DefaultWorkers::Unbounded),
    operations: &[],
    counters: &[
        Counter { name: "probes", doc: told!("Health checks that came back or timed out.") },
        Counter { name: "failed_probes", doc: told!("Health checks that failed.") },
        Counter {
            name: "ejections",
            doc: told!("How often an instance took a target out, after failed probes or bad answers."),
        },
        Counter { name: "returns", doc: told!("How often an instance took a target in again.") },
        Counter {
            name: "moved_users",
            doc: told!("Users who were given another target because theirs was out."),
        },
    ],
    figures: &[Figure::Level {
        name: "healthy",
        unit: "1",
        doc: told!("Targets that get calls; the mean over the balancer's instances."),
    }],
    courses: &[Course::Figure("healthy")],
    roles: &[],
};
