//! What the kind says about itself: its keys, operations, counters and figures.

use super::super::{Carries, Counter, Course, DefaultWorkers, Figure, Key, Operation, Serves, Spec};
use crate::outcome;

/// The operations, by index.
pub(super) const GET: u16 = 0;
pub(super) const PUT: u16 = 1;
pub(super) const DELETE: u16 = 2;

/// The counters, by index.
pub(super) const HITS: usize = 0;
pub(super) const MISSES: usize = 1;
pub(super) const EXPIRED: usize = 2;
pub(super) const PUTS: usize = 3;
pub(super) const EVICTIONS: usize = 4;
pub(super) const FRESH_HITS: usize = 5;
pub(super) const STALE_HITS: usize = 6;
pub(super) const NEGATIVE_HITS: usize = 7;
pub(super) const LOADS: usize = 8;
pub(super) const REFRESHES: usize = 9;
pub(super) const WAITS: usize = 10;
pub(super) const WRITTEN_BACK: usize = 11;
pub(super) const LOST_WRITES: usize = 12;
pub(super) const TOKENS: usize = 13;
pub(super) const IGNORED_PUTS: usize = 14;

pub(super) const SPEC: Spec = Spec {
    name: "cache",
    doc: told!("Keeps copies of objects by key, over which its instances are spread."),
    keys: &[
        Key {
            name: "capacity",
            takes: "OBJECTS | SIZE",
            doc: told!("The room of each instance: \"100 k objects\" or \"1 GiB\". Required."),
        },
        Key {
            name: "eviction",
            takes: "EVICTION",
            doc: told!(
                "Which object gives way when there is no more room. \"belady\" misses least, and must know what comes: every key must come from the trace of one client. Default: \"lru\"."
            ),
        },
        Key {
            name: "ttl",
            takes: "TIME",
            doc: told!("How long a copy is good after it was put. Default: for ever."),
        },
        Key {
            name: "renew",
            takes: "true | false",
            doc: told!("Whether a hit lets the `ttl` begin anew (sliding expiry). Default: false."),
        },
        Key {
            name: "spread",
            takes: "\"ring\" | \"modulo\"",
            doc: told!(
                "Which instance has a key: a hash ring says it, or the remainder of the hash. Default: \"ring\"."
            ),
        },
        Key {
            name: "virtual_nodes",
            takes: "COUNT",
            doc: told!("How often each instance stands on the ring. Default: 100."),
        },
        Key {
            name: "weights",
            takes: "[NUMBER, ..]",
            doc: told!(
                "By how much the virtual nodes of each instance are multiplied: its share of the keys. Default: 1 each."
            ),
        },
        Key {
            name: "rehash",
            takes: "true | false",
            doc: told!(
                "Whether callers turn to other instances for the keys of a lost one: on a ring to its neighbours, by modulo all keys move. Default: false."
            ),
        },
        Key {
            name: "detect",
            takes: "TIME",
            doc: told!(
                "With `rehash`, how long after its loss or return all callers know of it; a shorter absence goes unnoticed. Default: at once."
            ),
        },
        Key {
            name: "read_through",
            takes: "TARGET",
            doc: told!(
                "Where the cache itself reads what a get misses: \"urls.read\". The get then ends as the source does. Default: the caller fills the cache (look-aside)."
            ),
        },
        Key {
            name: "single_flight",
            takes: "true | false",
            doc: told!(
                "With `read_through`, whether gets that miss a key at an instance wait for a load of it that is under way. Default: false, each loads for itself."
            ),
        },
        Key {
            name: "refresh_ahead",
            takes: "SHARE | TIME",
            doc: told!(
                "With `read_through`, a hit in the last part of the `ttl` loads the object anew in the background. Default: never."
            ),
        },
        Key {
            name: "early_expiry",
            takes: "{ beta? = NUMBER }",
            doc: told!(
                "With `read_through`, a hit may load before the copy expires, the more likely the nearer that is and the longer the last load took (XFetch: Vattani, Chierichetti and Lowenstein, 2015). `beta` above 1 is earlier; 1 by default."
            ),
        },
        Key {
            name: "negative_ttl",
            takes: "TIME",
            doc: told!("With `read_through`, how long the answer `missing` is kept. Default: not at all."),
        },
        Key {
            name: "write_through",
            takes: "TARGET",
            doc: told!(
                "Where the cache writes every put before it acknowledges it: \"urls.write\". A put fails as the write does, and the copy goes. Default: nowhere."
            ),
        },
        Key {
            name: "write_back",
            takes: "{ to = TARGET, after = TIME, batch? = COUNT }",
            doc: told!(
                "Puts are acknowledged at once and written `to` \"urls.write\" `after` a time, or when `batch` of them wait at an instance; puts of one key in between are one write. Until then gets find them even if they are evicted; a crash loses them. Default: nowhere."
            ),
        },
        Key {
            name: "leases",
            takes: "{ every = TIME, stale? = TIME }",
            doc: told!(
                "For caches that callers fill: of the gets that miss a key, one in `every` is told so and gets a token; the others wait for its put, or are answered with a copy that was deleted or has expired less than `stale` ago. A put without the token is ignored, and a delete voids it (Nishtala et al., 2013). Default: none."
            ),
        },
        Key {
            name: "store",
            takes: "COMPONENT",
            doc: told!(
                "The store of which it has copies, for measuring stale hits; the run is the same without it. Default: where it reads through or writes to."
            ),
        },
        Key {
            name: "service",
            takes: "TIMES",
            doc: told!("What every operation takes of a worker. Default: no time."),
        },
    ],
    serves: Serves::Yes(DefaultWorkers::OneWithService),
    operations: &[
        Operation {
            name: "get",
            outcomes: &[outcome::MISS],
            doc: told!(
                "Looks up the copy of a key; a copy that has expired is dropped and missed. With `read_through` a miss ends as the source does. A caller that cannot reach the instance hears a miss unless it handles the failure or the cache reads through."
            ),
            carries: Carries::Back,
            keyed: true,
        },
        Operation {
            name: "put",
            outcomes: &[],
            doc: told!(
                "Stores a copy with its size and the version that was read last. A put that does not reach the instance is dropped without a failure, unless the caller handles that or the cache writes to a store."
            ),
            carries: Carries::There,
            keyed: true,
        },
        Operation {
            name: "delete",
            outcomes: &[],
            doc: told!(
                "Drops the copy of a key if there is one. A delete that does not reach the instance is no failure unless the caller handles it."
            ),
            carries: Carries::Nothing,
            keyed: true,
        },
    ],
    counters: &[
        Counter { name: "hits", doc: told!("Gets that found a copy.") },
        Counter {
            name: "misses",
            doc: told!(
                "Gets that found none, an expired one, or one that they took for expired ahead of its time (`early_expiry`)."
            ),
        },
        Counter { name: "expired", doc: told!("Gets that found an expired copy.") },
        Counter { name: "puts", doc: told!("Copies that were put.") },
        Counter { name: "evictions", doc: told!("Copies that gave way to others.") },
        Counter {
            name: "fresh_hits",
            doc: told!("Hits of the newest version in the store, where a store is known."),
        },
        Counter { name: "stale_hits", doc: told!("Hits of a version older than the newest in the store.") },
        Counter { name: "negative_hits", doc: told!("Hits that knew that the store has no such key.") },
        Counter { name: "loads", doc: told!("Reads from the source.") },
        Counter { name: "refreshes", doc: told!("Loads of copies that had not expired yet.") },
        Counter { name: "waits", doc: told!("Misses that waited for the load of another get.") },
        Counter { name: "written_back", doc: told!("Writes to the store that a write-back cache finished.") },
        Counter {
            name: "lost_writes",
            doc: told!("Acknowledged puts whose write had not begun when the instance crashed."),
        },
        Counter { name: "tokens", doc: told!("Leases that were given to gets that missed.") },
        Counter { name: "ignored_puts", doc: told!("Puts without a valid lease.") },
    ],
    figures: &[
        Figure::Ratio {
            name: "hit_ratio",
            over: &[HITS],
            under: &[HITS, MISSES],
            doc: told!("Hits per get."),
        },
        Figure::Level { name: "size", unit: "1", doc: told!("Objects held by all instances together.") },
        Figure::Ratio {
            name: "stale_ratio",
            over: &[STALE_HITS],
            under: &[FRESH_HITS, STALE_HITS],
            doc: told!("Stale hits per hit, where a store is known."),
        },
    ],
    courses: &[Course::Figure("hit_ratio"), Course::Figure("stale_ratio"), Course::Instances],
    roles: &[],
};
