//! What the kind says about itself: its keys, operations, counters and figures.

use super::super::{Carries, Counter, Course, DefaultWorkers, Figure, Key, Operation, Serves, Spec};
use crate::outcome;

/// The operations, by index.
pub(super) const RESOLVE: u16 = 0;

/// The counters, by index.
pub(super) const LOOKUPS: usize = 0;
pub(super) const HITS: usize = 1;
pub(super) const STALE: usize = 2;
pub(super) const PROBES: usize = 3;
pub(super) const FAILED_PROBES: usize = 4;
pub(super) const EJECTIONS: usize = 5;
pub(super) const RETURNS: usize = 6;

/// The figures, by index.
pub(super) const LOOKUP: usize = 1;
pub(super) const HEALTHY: usize = 2;

pub(super) const SPEC: Spec = Spec {
    name: "dns",
    doc: told!(
        "Tells its callers where its targets are: they go there themselves, and remember the answer for a while."
    ),
    keys: &[
        Key {
            name: "targets",
            takes: "[COMPONENT, ..]",
            doc: told!(
                "Whose instances it names: a call goes to those that offer its operation. Default: none, it only resolves."
            ),
        },
        Key {
            name: "policy",
            takes: "\"nearest\" | \"round_robin\" | \"weighted\" | \"failover\"",
            doc: told!(
                "Which target an answer names: the one \"nearest\" to who asks, by the mean latency (equally near ones take turns), one after the other, each as often as `weights` say, or an instance of the first of `targets` of which one is well. Default: \"nearest\"."
            ),
        },
        Key {
            name: "weights",
            takes: "{ COMPONENT = COUNT }",
            doc: told!(
                "With `weighted`, how many of the answers name an instance of each target. Default: 1."
            ),
        },
        Key {
            name: "ttl",
            takes: "TIME",
            doc: told!("How long an answer is good after it has come. Default: 60 s."),
        },
        Key {
            name: "cached",
            takes: "\"user\" | \"place\" | \"none\"",
            doc: told!(
                "Who remembers where the targets are: each \"user\" at a place, all at a \"place\" together, or nobody. Default: \"user\"."
            ),
        },
        Key {
            name: "health",
            takes: "{ every = TIME, timeout? = TIME, failures? = COUNT, successes? = COUNT, through? = \"queue\" | \"past\" }",
            doc: told!(
                "Probes each target `every` so often; one that fails (`timeout`, by default as long as `every`) `failures` (3) times in a row is named no more until `successes` (2) probes in a row are good. They go `through` the \"queue\" of the target or \"past\" it. Default: no probes."
            ),
        },
        Key {
            name: "resolution",
            takes: "TIMES",
            doc: told!(
                "What a `resolve` takes of a name that the instance does not remember. Default: no time."
            ),
        },
        Key {
            name: "missing",
            takes: "SHARE",
            doc: told!(
                "How many of the names that `resolve` is asked for do not exist; always the same ones. Default: none."
            ),
        },
        Key {
            name: "negative_ttl",
            takes: "TIME",
            doc: told!(
                "How long an instance remembers that a name does not exist. Default: as long as `ttl`."
            ),
        },
        Key {
            name: "service",
            takes: "TIMES",
            doc: told!("What every lookup and `resolve` takes of a worker. Default: no time."),
        },
    ],
    serves: Serves::Yes(DefaultWorkers::Unbounded),
    operations: &[Operation {
        name: "resolve",
        outcomes: &[outcome::MISSING],
        doc: told!(
            "Finds the address of the name that the key is, in the memory of the instance or by a resolution, which all who ask for the name meanwhile wait for. Who asks goes nowhere with it."
        ),
        carries: Carries::Nothing,
        keyed: true,
    }],
    counters: &[
        Counter { name: "lookups", doc: told!("Lookups and resolutions: answers that nobody remembered.") },
        Counter { name: "hits", doc: told!("Calls and `resolve`s for which an answer was remembered.") },
        Counter {
            name: "stale",
            doc: told!("Calls that a remembered answer sent to a target that is named no more."),
        },
        Counter { name: "probes", doc: told!("Health checks that came back or timed out.") },
        Counter { name: "failed_probes", doc: told!("Health checks that failed.") },
        Counter {
            name: "ejections",
            doc: told!("How often an instance ceased to name a target, after failed probes."),
        },
        Counter { name: "returns", doc: told!("How often an instance named a target again.") },
    ],
    figures: &[
        Figure::Ratio {
            name: "hit_ratio",
            over: &[HITS],
            under: &[HITS, LOOKUPS],
            doc: told!("The share of calls and `resolve`s for which an answer was remembered."),
        },
        Figure::Times {
            name: "lookup",
            doc: told!(
                "How long it took to find out what was not remembered: from the question to the answer, over the network for a call, at the instance for a `resolve`."
            ),
        },
        Figure::Level {
            name: "healthy",
            unit: "1",
            doc: told!("Instances of targets that are named; the mean over the instances of the dns."),
        },
    ],
    courses: &[Course::Figure("hit_ratio"), Course::Figure("healthy")],
    roles: &[],
};
