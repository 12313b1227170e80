//! A cache: instances that keep real keys, evict them by a real policy, and let them expire.

use super::{
    Ask, Behaviour, Carries, Context, Counter, DefaultWorkers, Figure, Key, Line, Loss, Operation, Plans,
    Reading, Serves, Setting, Spec, Verdict, Work,
};
use crate::kernel::request::Request;
use crate::mechanism::eviction::{Cache, Capacity, Kind, Object};
use crate::mechanism::hash::mix13_pair;
use crate::mechanism::ring::{Ring, VIRTUAL_NODES, modulo};
use crate::outcome;
use crate::scenario::Dimension;
use crate::units::{InstanceId, Span, Time};

/// What the table of a cache says.
#[derive(Clone, Debug)]
pub struct CacheBlueprint {
    capacity: Capacity,
    eviction: Kind,
    ttl: Option<Span>,
    spread: Spread,
    service: Option<Work>,
}

/// How keys are spread over the instances.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Spread {
    Ring { virtual_nodes: u32 },
    Modulo,
}

/// With more points on a ring the spread gets no better that anyone could see, but the memory grows.
const RING_POINTS_MAX: u32 = 10_000_000;

/// The operations, by index.
const GET: u16 = 0;
const PUT: u16 = 1;
const DELETE: u16 = 2;

/// The counters, by index.
const HITS: usize = 0;
const MISSES: usize = 1;
const EXPIRED: usize = 2;
const PUTS: usize = 3;
const EVICTIONS: usize = 4;

impl Plans for CacheBlueprint {
    const SPEC: Spec = Spec {
        name: "cache",
        doc: "Keeps copies of objects by key, over which its instances are spread.",
        keys: &[
            Key {
                name: "capacity",
                takes: "a number of objects or a size",
                doc: "The room of each instance: \"100 k objects\" or \"1 GiB\". Required.",
            },
            Key {
                name: "eviction",
                takes: "an eviction policy",
                doc: "Which object gives way when there is no more room. Default: \"lru\".",
            },
            Key {
                name: "ttl",
                takes: "a time",
                doc: "How long a copy is good after it was put. Default: for ever.",
            },
            Key {
                name: "spread",
                takes: "\"ring\" or \"modulo\"",
                doc: "Which instance has a key: a hash ring says it, or the remainder of the hash. Default: \"ring\".",
            },
            Key {
                name: "virtual_nodes",
                takes: "a whole number",
                doc: "How often each instance stands on the ring. Default: 100.",
            },
            Key {
                name: "service",
                takes: "a time",
                doc: "What every operation takes of a worker. Default: no time.",
            },
        ],
        serves: Serves::Yes(DefaultWorkers::OneWithService),
        operations: &[
            Operation {
                name: "get",
                outcomes: &[outcome::MISS],
                doc: "Looks up the copy of a key; a copy that has expired is dropped and missed.",
                carries: Carries::Back,
                keyed: true,
            },
            Operation {
                name: "put",
                outcomes: &[],
                doc: "Stores a copy with its size and the version that was read last.",
                carries: Carries::There,
                keyed: true,
            },
            Operation {
                name: "delete",
                outcomes: &[],
                doc: "Drops the copy of a key if there is one.",
                carries: Carries::Nothing,
                keyed: true,
            },
        ],
        counters: &[
            Counter { name: "hits", doc: "Gets that found a copy." },
            Counter { name: "misses", doc: "Gets that found none, or an expired one." },
            Counter { name: "expired", doc: "Gets that found an expired copy." },
            Counter { name: "puts", doc: "Copies that were put." },
            Counter { name: "evictions", doc: "Copies that gave way to others." },
        ],
        figures: &[
            Figure::Ratio { name: "hit_ratio", over: &[HITS], under: &[HITS, MISSES], doc: "Hits per get." },
            Figure::Level { name: "size", unit: "1", doc: "Objects held by all instances together." },
        ],
        roles: &[],
    };
    type State = CacheState;

    fn read(reading: &mut Reading<'_, '_>) -> Option<Self> {
        let names: Vec<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        let default = Kind::ALL.iter().position(|kind| *kind == Kind::Lru).expect("it is in the list");
        let capacity = read_capacity(reading);
        let eviction = reading.choice("eviction", &names, default).map(|index| Kind::ALL[index]);
        let ttl = reading.time("ttl");
        let spread = read_spread(reading);
        let service = reading.work("service");
        Some(CacheBlueprint {
            capacity: capacity?,
            eviction: eviction?,
            ttl: ttl?,
            spread: spread?,
            service: service?,
        })
    }

    fn lines(&self, _operation: &str) -> Vec<Line> {
        self.service.clone().map(Line::Work).into_iter().chain([Line::Consult]).collect()
    }

    /// The keys of a lost instance have no other home.
    fn loss(&self, _instances: u32) -> Loss {
        Loss::Felt
    }

    fn state(&self, setting: &Setting) -> CacheState {
        let ring = match self.spread {
            Spread::Ring { virtual_nodes } if setting.instances > 1 => {
                Ring::new(setting.name, 0..setting.instances, virtual_nodes)
            }
            _ => None,
        };
        let instances = (0..setting.instances).map(|_| Cache::new(self.eviction, self.capacity));
        CacheState { instances: instances.collect(), name: setting.name, ring, ttl: self.ttl }
    }
}

fn read_capacity(reading: &mut Reading<'_, '_>) -> Option<Capacity> {
    let context = reading.context(CacheBlueprint::SPEC.name);
    let node = reading.reader.required(reading.table, "capacity", &context)?;
    let quantity = reading.reader.quantity_of(node, &[Dimension::OBJECTS, Dimension::BYTES])?;
    if quantity.value < 0.0 {
        reading.reader.error(node.location, "a capacity cannot be negative");
        return None;
    }
    // What is beyond the range becomes the largest number there is, and a part of an object or byte has no room.
    let room = quantity.value as u64;
    Some(if quantity.dimension == Dimension::OBJECTS {
        Capacity::Objects(room)
    } else {
        Capacity::Bytes(room)
    })
}

fn read_spread(reading: &mut Reading<'_, '_>) -> Option<Spread> {
    if reading.choice("spread", &["ring", "modulo"], 0)? == 1 {
        reading.only_with("virtual_nodes", "the spread `ring`")?;
        return Some(Spread::Modulo);
    }
    let most = (RING_POINTS_MAX / reading.instances.max(1)).max(1);
    reading
        .count("virtual_nodes", VIRTUAL_NODES.min(most), 1, most)
        .map(|virtual_nodes| Spread::Ring { virtual_nodes })
}

/// The copies that each instance holds.
pub struct CacheState {
    instances: Vec<Cache>,
    name: u64,
    /// None with one instance, or without a ring.
    ring: Option<Ring>,
    ttl: Option<Span>,
}

impl CacheState {
    /// What an object takes of memory \[B\], about.
    const BYTES_PER_OBJECT: u64 = 100;

    fn size(&self) -> u64 {
        self.instances.iter().map(|cache| cache.len() as u64).sum()
    }

    #[inline]
    fn get(&mut self, at: u32, request: &mut Request, context: &mut Context<'_>) -> Verdict {
        let cache = &mut self.instances[at as usize];
        match cache.get(request.key) {
            Some(object) if Time(object.expires) > context.now => {
                (request.size, request.version) = (object.size, object.version);
                context.count(HITS, 1);
                return Verdict::Done(outcome::OK);
            }
            Some(_) => {
                cache.delete(request.key);
                context.count(EXPIRED, 1);
            }
            None => {}
        }
        context.count(MISSES, 1);
        Verdict::Done(outcome::MISS)
    }

    #[inline]
    fn put(&mut self, at: u32, request: &Request, context: &mut Context<'_>) {
        let expires = self.ttl.map_or(Time::NEVER, |ttl| context.now + ttl).0;
        let object = Object { key: request.key, size: request.size, version: request.version, expires };
        let evictions = self.instances[at as usize].put(object);
        context.count(PUTS, 1);
        context.count(EVICTIONS, evictions);
    }
}

impl Behaviour for CacheState {
    #[inline]
    fn route(&mut self, ask: &Ask<'_>, _first: InstanceId, count: u32) -> Option<u32> {
        // The key goes first: the other way around small keys would hash to the points of the ring themselves.
        let hash = mix13_pair(ask.key, self.name);
        Some(match &self.ring {
            Some(ring) => ring.owner(hash),
            None => modulo(hash, count),
        })
    }

    #[inline]
    fn visit(&mut self, at: u32, action: u16, request: &mut Request, context: &mut Context<'_>) -> Verdict {
        match action {
            GET => return self.get(at, request, context),
            PUT => self.put(at, request, context),
            DELETE => drop(self.instances[at as usize].delete(request.key)),
            other => unreachable!("a cache has no operation {other}"),
        }
        Verdict::Done(outcome::OK)
    }

    fn memory(&self) -> u64 {
        self.size() * CacheState::BYTES_PER_OBJECT
    }

    fn level(&self, _figure: usize) -> f64 {
        self.size() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Scene, error, outline, read, request, setting};
    use super::*;

    const HIT: Verdict = Verdict::Done(outcome::OK);
    const MISS: Verdict = Verdict::Done(outcome::MISS);

    fn ask(key: u64) -> Ask<'static> {
        Ask { key, ..super::super::testing::ask() }
    }

    #[test]
    fn tables_and_what_is_said_about_them() {
        let spread = Spread::Ring { virtual_nodes: 100 };
        for (toml, capacity, eviction, ttl, expected) in [
            ("capacity = \"100 k objects\"", Capacity::Objects(100_000), Kind::Lru, None, spread),
            (
                "capacity = \"0 objects\"\nttl = \"0 s\"",
                Capacity::Objects(0),
                Kind::Lru,
                Some(Span(0)),
                spread,
            ),
            (
                "capacity = \"1 KiB\"\neviction = \"fifo\"\nttl = \"1 us\"\nspread = \"modulo\"",
                Capacity::Bytes(1024),
                Kind::Fifo,
                Some(Span(1000)),
                Spread::Modulo,
            ),
            (
                "capacity = \"1 B\"\nspread = \"ring\"\nvirtual_nodes = 7",
                Capacity::Bytes(1),
                Kind::Lru,
                None,
                Spread::Ring { virtual_nodes: 7 },
            ),
        ] {
            let cache = read::<CacheBlueprint>(toml).unwrap();
            assert_eq!(
                (cache.capacity, cache.eviction, cache.ttl, cache.spread),
                (capacity, eviction, ttl, expected)
            );
        }
        for (toml, expected) in [
            ("", "x:1:1: error: [cache.it] needs the key `capacity`\n".to_owned()),
            (
                "capacity = 7",
                error(
                    12,
                    "a number of objects or a size needs a unit: objects, as in \"100 k objects\"; \
                     B, kB, MB, GB, TB, KiB, MiB, GiB, TiB, bit",
                ),
            ),
            ("capacity = \"-1 objects\"", error(12, "a capacity cannot be negative")),
            (
                "eviction = \"lur\"\ncapacity = \"1 B\"",
                error(
                    12,
                    "unknown choice `lur` (did you mean `lru`? valid choices: lru, fifo, lfu, perfect_lfu, \
                     random, clock, sieve, s3_fifo, slru, 2q, arc, w_tinylfu)",
                ),
            ),
            (
                "virtual_nodes = 7\nspread = \"modulo\"\ncapacity = \"1 B\"",
                error(1, "`virtual_nodes` means something only with the spread `ring`"),
            ),
            (
                "virtual_nodes = 0\ncapacity = \"1 B\"",
                error(17, "`virtual_nodes` is from 1 to 10000000, not 0"),
            ),
            (
                "virtual_nodes = 1001\ncapacity = \"1 B\"\ninstances = 10000",
                error(17, "`virtual_nodes` is from 1 to 1000, not 1001"),
            ),
            (
                "ttl = 5\ncapacity = 7.5",
                "x:2:7: error: a duration needs a unit: ns, us, ms, s, min, h, day\n\
                 x:3:12: error: a number of objects or a size needs a unit: objects, as in \"100 k objects\"; \
                 B, kB, MB, GB, TB, KiB, MiB, GiB, TiB, bit\n"
                    .to_owned(),
            ),
        ] {
            assert_eq!(read::<CacheBlueprint>(toml).map(|_| ()), Err(expected), "{toml}");
        }
    }

    #[test]
    fn a_visit_takes_its_service_time_first() {
        for (toml, expected) in [("", "consult"), ("\nservice = \"2 s\"", "service 2 s, consult")] {
            let cache = read::<CacheBlueprint>(&format!("capacity = \"1 B\"{toml}")).unwrap();
            assert_eq!(outline(&cache.lines("get")), expected);
        }
    }

    #[test]
    fn what_was_put_is_found_until_it_is_deleted() {
        let mut scene = Scene::new::<CacheBlueprint>("capacity = \"10 objects\"", 1);
        let mut asks = request(5);
        assert_eq!(scene.visit(0, "get", &mut asks), MISS);
        let mut puts = Request { size: 300, version: 4, ..request(5) };
        assert_eq!(scene.visit(0, "put", &mut puts), HIT);
        scene.now = Time(u64::MAX - 1);
        assert_eq!(scene.visit(0, "get", &mut asks), HIT);
        assert_eq!((asks.size, asks.version), (300, 4));
        assert_eq!((scene.state.level(1), scene.state.memory()), (1.0, 100));
        assert_eq!(scene.visit(0, "delete", &mut asks), HIT);
        assert_eq!(scene.visit(0, "delete", &mut asks), HIT, "there is none, and that is no failure");
        assert_eq!(scene.visit(0, "get", &mut asks), MISS);
        assert_eq!(scene.counted(), [1, 2, 0, 1, 0]);
        assert_eq!(scene.state.level(1), 0.0);
    }

    #[test]
    fn a_copy_expires_when_its_time_has_passed() {
        let mut scene = Scene::new::<CacheBlueprint>("capacity = \"10 objects\"\nttl = \"1 us\"", 1);
        scene.now = Time(500);
        scene.visit(0, "put", &mut request(5));
        for (now, expected, size) in [(1499, HIT, 1.0), (1500, MISS, 0.0), (1501, MISS, 0.0)] {
            scene.now = Time(now);
            assert_eq!(scene.visit(0, "get", &mut request(5)), expected, "at {now}");
            assert_eq!(scene.state.level(1), size, "what has expired leaves");
        }
        assert_eq!(scene.counted(), [1, 2, 1, 1, 0]);
    }

    #[test]
    fn each_instance_has_its_own_room() {
        let mut scene = Scene::new::<CacheBlueprint>("capacity = \"2 objects\"", 2);
        (0..3).for_each(|key| {
            scene.visit(0, "put", &mut request(key));
        });
        scene.visit(1, "put", &mut request(0));
        assert_eq!(scene.counted(), [0, 0, 0, 4, 1]);
        let found =
            [(0, 0), (0, 1), (0, 2), (1, 0)].map(|(at, key)| scene.visit(at, "get", &mut request(key)));
        assert_eq!(found, [MISS, HIT, HIT, HIT], "the least recently used one gave way");
        assert_eq!(scene.state.level(1), 3.0);
    }

    /// How many of the first keys each of four instances has.
    fn spread(toml: &str, name: u64, keys: u64) -> [u64; 4] {
        let cache = read::<CacheBlueprint>(&format!("capacity = \"1 B\"\n{toml}")).unwrap();
        let mut state = cache.state(&Setting { name, ..setting(4) });
        let mut counts = [0; 4];
        (0..keys).for_each(|key| counts[state.route(&ask(key), InstanceId(0), 4).unwrap() as usize] += 1);
        counts
    }

    #[test]
    fn keys_are_spread_over_the_instances() {
        for toml in ["spread = \"ring\"", "spread = \"modulo\""] {
            // The most popular keys are the first ones, so these few must be spread as well.
            assert!(spread(toml, 1, 100).into_iter().all(|count| (10..45).contains(&count)), "{toml}");
            assert!(
                spread(toml, 1, 40_000).into_iter().all(|count| (6_000..15_000).contains(&count)),
                "{toml}"
            );
            assert_ne!(spread(toml, 1, 1000), spread(toml, 2, 1000), "two caches differ");
        }
        assert!(
            spread("spread = \"modulo\"", 1, 40_000).into_iter().all(|count| count.abs_diff(10_000) < 400)
        );
    }
}
