//! What the kind says about itself: its keys, operations, counters and figures.

use super::super::{Carries, Counter, Course, DefaultWorkers, Figure, Key, Operation, Serves, Spec};
use crate::outcome;

/// The operations, by index.
pub(super) const GET: u16 = 0;
pub(super) const PUT: u16 = 1;
pub(super) const PURGE: u16 = 2;

/// The counters, by index.
pub(super) const HITS: usize = 0;
pub(super) const MISSES: usize = 1;
pub(super) const EXPIRED: usize = 2;
pub(super) const EVICTIONS: usize = 3;
pub(super) const FRESH_HITS: usize = 4;
pub(super) const STALE_HITS: usize = 5;
pub(super) const NEGATIVE_HITS: usize = 6;
pub(super) const WAITS: usize = 7;
pub(super) const ORIGIN_REQUESTS: usize = 8;
pub(super) const SHIELD_HITS: usize = 9;
pub(super) const SHIELD_MISSES: usize = 10;
pub(super) const RESCUED: usize = 11;
pub(super) const NOT_KEPT: usize = 12;
pub(super) const PUTS: usize = 13;
pub(super) const PURGES: usize = 14;
pub(super) const PURGED: usize = 15;
pub(super) const EGRESS: usize = 16;
pub(super) const HIT_BYTES: usize = 17;
pub(super) const FILL_BYTES: usize = 18;
pub(super) const SHIELD_BYTES: usize = 19;

/// The figures, by index.
pub(super) const SIZE: usize = 4;

/// The counters of bytes.
pub(super) const BYTES: [&str; 4] = ["egress", "hit_bytes", "fill_bytes", "shield_bytes"];

pub(super) const SPEC: Spec = Spec {
    name: "cdn",
    doc: told!(
        "Keeps copies of objects at edges near those who ask for them, and fetches from the origin what an edge does not have."
    ),
    keys: &[
        Key {
            name: "origin",
            takes: "TARGET",
            doc: told!(
                "Where an edge fetches what a get misses: \"site.object\". The get then ends as the origin does. Default: nowhere, objects are put there."
            ),
        },
        Key {
            name: "shield",
            takes: "PLACE | [PLACE, ..]",
            doc: told!(
                "Where further instances stand between the edges and the origin: an edge that misses asks the nearest of them, and the origin if it cannot reach that. Default: none."
            ),
        },
        Key {
            name: "capacity",
            takes: "OBJECTS | SIZE",
            doc: told!("The room of each instance: \"100 k objects\" or \"1 TB\". Required."),
        },
        Key {
            name: "eviction",
            takes: "EVICTION",
            doc: told!("Which object gives way when there is no more room. Default: \"lru\"."),
        },
        Key {
            name: "ttl",
            takes: "TIME",
            doc: told!(
                "How long a copy is good after it came from the origin; one from a shield is as old as it is there. Default: for ever."
            ),
        },
        Key {
            name: "negative_ttl",
            takes: "TIME",
            doc: told!("How long the answer `missing` of the origin is kept. Default: not at all."),
        },
        Key {
            name: "single_flight",
            takes: "true | false",
            doc: told!(
                "Whether gets that miss a key at an instance wait for a fetch of it that is under way. Default: true."
            ),
        },
        Key {
            name: "admit_after",
            takes: "COUNT",
            doc: told!(
                "How often an edge is asked for an object before it keeps it; what is asked for less often passes through. It knows the counts of the million objects that were asked for last. Default: 1."
            ),
        },
        Key {
            name: "stale_if_error",
            takes: "TIME",
            doc: told!(
                "For how long after its expiry a copy is handed out if it cannot be fetched anew (RFC 5861). Default: not at all."
            ),
        },
        Key {
            name: "purge_delay",
            takes: "TIMES",
            doc: told!(
                "How long a purge takes before word of it leaves for all instances. Default: no time."
            ),
        },
        Key {
            name: "detect",
            takes: "TIME",
            doc: told!(
                "How long after the loss or return of an instance all callers know of it, and turn to the next nearest edge; a shorter absence goes unnoticed. Default: at once."
            ),
        },
        Key {
            name: "store",
            takes: "COMPONENT",
            doc: told!(
                "The store of which it has copies, for measuring stale hits; the run is the same without it. Default: the component of `origin`."
            ),
        },
        Key {
            name: "service",
            takes: "TIMES",
            doc: told!("What every operation takes of a worker. Default: no time."),
        },
    ],
    serves: Serves::Yes(DefaultWorkers::Unbounded),
    operations: &[
        Operation {
            name: "get",
            outcomes: &[outcome::MISS],
            doc: told!(
                "Looks up the copy of a key at the nearest edge. Where it has none it fetches one, and the get ends as the origin does; without an `origin` it ends `miss`."
            ),
            carries: Carries::Back,
            keyed: true,
        },
        Operation {
            name: "put",
            outcomes: &[],
            doc: told!(
                "Stores an object, with its size and the version that was read last, at the nearest edge, which sends it on to all instances."
            ),
            carries: Carries::There,
            keyed: true,
        },
        Operation {
            name: "purge",
            outcomes: &[],
            doc: told!(
                "Has the copies of a key dropped. It is answered at once; after `purge_delay` the edge that was asked drops its copy and writes to the other instances."
            ),
            carries: Carries::Nothing,
            keyed: true,
        },
    ],
    counters: &[
        Counter { name: "hits", doc: told!("Gets for which the edge had a copy that was good.") },
        Counter { name: "misses", doc: told!("Gets for which the edge had none.") },
        Counter {
            name: "expired",
            doc: told!("Gets, at edges and shields, that found a copy whose time was over."),
        },
        Counter { name: "evictions", doc: told!("Copies that gave way to others.") },
        Counter {
            name: "fresh_hits",
            doc: told!("Copies handed out by edges that were as new as the store's, where a store is known."),
        },
        Counter {
            name: "stale_hits",
            doc: told!("Copies handed out by edges that were older than the store's."),
        },
        Counter { name: "negative_hits", doc: told!("Hits that knew that the origin has no such object.") },
        Counter { name: "waits", doc: told!("Misses that waited for a fetch of another get.") },
        Counter { name: "origin_requests", doc: told!("What the origin was asked for.") },
        Counter { name: "shield_hits", doc: told!("Misses of edges for which a shield had a copy.") },
        Counter {
            name: "shield_misses",
            doc: told!("Misses of edges for which the shield that they asked had none."),
        },
        Counter {
            name: "rescued",
            doc: told!("Gets that were answered with an expired copy because no other was to be had."),
        },
        Counter {
            name: "not_kept",
            doc: told!("Objects that an edge fetched and did not keep: they are not popular enough."),
        },
        Counter { name: "puts", doc: told!("Objects that were put.") },
        Counter { name: "purges", doc: told!("Purges that were asked for.") },
        Counter { name: "purged", doc: told!("Copies that were dropped because of a purge.") },
        Counter { name: "egress", doc: told!("Bytes of objects that edges sent to their callers.") },
        Counter {
            name: "hit_bytes",
            doc: told!("Bytes of objects that edges sent to their callers without fetching them."),
        },
        Counter { name: "fill_bytes", doc: told!("Bytes of objects that the origin sent.") },
        Counter { name: "shield_bytes", doc: told!("Bytes of objects that shields sent to edges.") },
    ],
    figures: &[
        Figure::Ratio {
            name: "hit_ratio",
            over: &[HITS],
            under: &[HITS, MISSES],
            doc: told!("The share of gets for which the edge had a copy."),
        },
        Figure::Ratio {
            name: "byte_hit_ratio",
            over: &[HIT_BYTES],
            under: &[EGRESS],
            doc: told!("The share of the bytes sent to callers that the edge did not have to fetch."),
        },
        Figure::Ratio {
            name: "shield_hit_ratio",
            over: &[SHIELD_HITS],
            under: &[SHIELD_HITS, SHIELD_MISSES],
            doc: told!("The share of the misses of edges for which a shield had a copy."),
        },
        Figure::Ratio {
            name: "stale_ratio",
            over: &[STALE_HITS],
            under: &[FRESH_HITS, STALE_HITS],
            doc: told!("The share of copies handed out by edges that were older than the store's."),
        },
        Figure::Level { name: "size", unit: "objects", doc: told!("Copies held by all instances.") },
    ],
    courses: &[Course::Figure("hit_ratio"), Course::Figure("stale_ratio"), Course::Instances],
    roles: &[],
};
