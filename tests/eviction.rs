//! The eviction policies against independent versions of them, against laws, and against theory.
//!
//! The exact miss counts come from `tests/eviction/oracle.py`, which has each policy once more as its paper tells it, with plain
//! lists. libCacheSim 0.3.5 (PyPI `libcachesim`) gives the same counts for LRU, FIFO, LFU, CLOCK and SIEVE everywhere, for 2Q and
//! ARC in objects from ten of them on, and for S3-FIFO when the oracle fills the empty cache in libCacheSim's way, which is
//! not the paper's. Its SLRU has four segments of equal size, its W-TinyLFU another sketch.

use windtunnel::mechanism::eviction::{Cache, Capacity, Kind, Object, belady};
use windtunnel::mechanism::hash::mix13;
use windtunnel::theory::caches::{fifo_hit_ratio, lru_hit_ratio, static_hit_ratio, zipf};

/// SplitMix64.
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix13(self.0)
    }
}

/// Keys by Zipf's law, by inversion; the most popular is 0.
fn zipf_keys(objects: u32, s: f64, requests: usize, seed: u64) -> Vec<u64> {
    let mut total = 0.0;
    let weight = |rank: u32| if s == 1.0 { 1.0 / f64::from(rank) } else { libm::pow(f64::from(rank), -s) };
    let cumulative: Vec<f64> = (1..=objects)
        .map(|rank| {
            total += weight(rank);
            total
        })
        .collect();
    // Where the search begins and ends, for each small share of the weight.
    const GUIDES: usize = 1 << 16;
    let guides: Vec<usize> = (0..=GUIDES)
        .map(|guide| cumulative.partition_point(|&sum| sum < guide as f64 / GUIDES as f64 * total))
        .collect();
    let mut draws = Draws(seed);
    let mut key = || {
        let uniform = ((draws.next() >> 11) as f64 + 0.5) / 9_007_199_254_740_992.0;
        let guide = (uniform * GUIDES as f64) as usize;
        let (low, high) = (guides[guide], guides[guide + 1]);
        (low + cumulative[low..high].partition_point(|&sum| sum < uniform * total)) as u64
    };
    (0..requests).map(|_| key()).collect()
}

/// Popular objects, a scan of new ones, a loop: six times.
fn mixed_keys() -> Vec<u64> {
    let mut keys = Vec::new();
    for phase in 0..6 {
        keys.extend(zipf_keys(600, 1.0, 2500, 100 + phase));
        keys.extend(10_000 + 400 * phase..10_400 + 400 * phase);
        (0..6).for_each(|_| keys.extend(5000..5160));
    }
    keys
}

fn zipf_trace() -> Vec<u64> {
    zipf_keys(1000, 1.0, 20_000, 7)
}

/// From 1 to 20, without any relation to popularity.
fn size(key: u64) -> u64 {
    1 + mix13(key + 1) % 20
}

fn misses(kind: Kind, capacity: Capacity, trace: &[u64]) -> u64 {
    let mut cache = Cache::new(kind, capacity);
    cache.replay(trace.iter().map(|&key| Object { key, size: size(key), ..Object::default() }))
}

/// Gets a key, puts it on a miss, and says whether it was a hit.
fn request(cache: &mut Cache, key: u64) -> bool {
    let hit = cache.get(key).is_some();
    if !hit {
        cache.put(Object { key, size: size(key), ..Object::default() });
    }
    hit
}

const CAPACITIES: [u64; 5] = [3, 10, 45, 100, 320];
const BYTES: [u64; 3] = [50, 400, 2000];

#[test]
fn exact_miss_counts() {
    let traces = [("zipf", zipf_trace(), &ZIPF_MISSES), ("mixed", mixed_keys(), &MIXED_MISSES)];
    for (title, trace, expected) in traces {
        let tested: Vec<&str> = expected.iter().map(|(name, ..)| *name).collect();
        let all: Vec<&str> = Kind::online().map(|kind| kind.name()).collect();
        assert_eq!(tested, all, "every policy has its counts");
        for &(name, objects, bytes) in expected {
            let kind = Kind::named(name).unwrap();
            let found = CAPACITIES.map(|room| misses(kind, Capacity::Objects(room), &trace));
            assert_eq!(found, objects, "{name}, {title}, objects");
            let found = BYTES.map(|room| misses(kind, Capacity::Bytes(room), &trace));
            assert_eq!(found, bytes, "{name}, {title}, bytes");
        }
    }
}

#[test]
fn exact_miss_counts_of_the_optimum() {
    for (trace, expected) in
        [(zipf_trace(), [15226, 11311, 6981, 4874, 2255]), (mixed_keys(), [19197, 15941, 11620, 8595, 4565])]
    {
        assert_eq!(CAPACITIES.map(|room| belady::misses(&trace, room)), expected);
    }
}

type Misses = [(&'static str, [u64; 5], [u64; 3]); 12];

const ZIPF_MISSES: Misses = [
    ("lru", [18390, 15799, 11028, 8375, 4333], [17787, 11653, 6184]),
    ("fifo", [18476, 16351, 12166, 9479, 5223], [17965, 12728, 7180]),
    ("lfu", [16663, 13952, 8978, 6937, 3806], [15777, 9333, 5302]),
    ("perfect_lfu", [15821, 12424, 8329, 6332, 3520], [15453, 8671, 4781]),
    ("random", [18501, 16367, 12234, 9502, 5190], [17961, 12811, 7225]),
    ("clock", [18299, 15506, 10729, 8100, 4189], [17670, 11311, 5984]),
    ("sieve", [17145, 13180, 9079, 6757, 3799], [16646, 9262, 5260]),
    ("s3_fifo", [15954, 12714, 8844, 6887, 3850], [15559, 9123, 5248]),
    ("slru", [16496, 13100, 9034, 6932, 3752], [16025, 9334, 5209]),
    ("2q", [16526, 13435, 9358, 7267, 4155], [16558, 9822, 5637]),
    ("arc", [16702, 13326, 9185, 7141, 4074], [16205, 9598, 5541]),
    ("w_tinylfu", [15898, 12811, 8808, 6746, 3668], [16003, 9370, 4977]),
];

const MIXED_MISSES: Misses = [
    ("lru", [21745, 19531, 15819, 13685, 6209], [21247, 16325, 7315]),
    ("fifo", [21823, 20012, 16624, 14466, 6585], [21376, 17121, 7939]),
    ("lfu", [19745, 18015, 14423, 12606, 9997], [19400, 14530, 11267]),
    ("perfect_lfu", [19745, 17123, 13853, 12710, 5868], [19448, 14208, 12481]),
    ("random", [21815, 20052, 16584, 13014, 7409], [21422, 17019, 8974]),
    ("clock", [21666, 19304, 15619, 13521, 6451], [21145, 16093, 7302]),
    ("sieve", [20757, 17689, 14252, 12524, 9994], [20390, 14736, 11200]),
    ("s3_fifo", [19874, 17378, 14248, 12604, 6066], [19537, 14602, 9194]),
    ("slru", [20251, 17632, 14383, 12634, 10085], [19865, 14741, 11253]),
    ("2q", [20385, 17903, 14746, 12953, 6294], [20319, 15112, 11545]),
    ("arc", [20472, 17818, 14625, 12890, 6829], [20058, 14969, 8169]),
    ("w_tinylfu", [19838, 17470, 14237, 12565, 6511], [19875, 14732, 9190]),
];

#[test]
fn nothing_beats_the_optimum() {
    for trace in [zipf_trace(), mixed_keys()] {
        for capacity in [1, 3, 30, 200] {
            let least = belady::misses(&trace, capacity);
            for kind in Kind::online() {
                let misses = misses(kind, Capacity::Objects(capacity), &trace);
                assert!(misses >= least, "{kind:?} in {capacity}: {misses} of at least {least}");
                assert!(misses < trace.len() as u64, "{kind:?} in {capacity} never hits");
            }
        }
    }
}

#[test]
fn where_all_have_room_each_is_missed_once() {
    for trace in [zipf_trace(), mixed_keys()] {
        let mut keys = trace.clone();
        keys.sort_unstable();
        keys.dedup();
        let (objects, bytes) = (keys.len() as u64, keys.iter().map(|&key| size(key)).sum());
        for &kind in Kind::ALL {
            for room in [Capacity::Objects(objects), Capacity::Bytes(bytes)] {
                assert_eq!(misses(kind, room, &trace), objects, "{kind:?}");
            }
        }
        assert_eq!(belady::misses(&trace, objects), objects);
    }
}

#[test]
fn what_a_smaller_lru_cache_has_a_larger_one_has_too() {
    let mut caches = [5, 6, 50, 200].map(|room| Cache::new(Kind::Lru, Capacity::Objects(room)));
    for key in mixed_keys() {
        let hits = caches.each_mut().map(|cache| request(cache, key));
        assert!(hits.is_sorted(), "{hits:?}");
    }
    for pair in caches.windows(2) {
        let stored: Vec<u64> = (0..20_000).filter(|&key| pair[0].peek(key).is_some()).collect();
        assert_eq!(stored.len(), pair[0].len());
        assert!(stored.iter().all(|&key| pair[1].peek(key).is_some()));
    }
}

#[test]
fn belady_s_anomaly() {
    // Belady, Nelson and Shedler, 1969: FIFO misses more often with more room.
    let trace = [1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5];
    for (kind, expected) in [(Kind::Fifo, [9, 10]), (Kind::Lru, [10, 8])] {
        assert_eq!([3, 4].map(|room| misses(kind, Capacity::Objects(room), &trace)), expected);
    }
}

#[test]
fn a_scan_longer_than_the_cache() {
    let scan: Vec<u64> = (0..20_200).map(|turn| turn % 101).collect();
    for kind in [Kind::Lru, Kind::Fifo, Kind::Clock] {
        assert_eq!(misses(kind, Capacity::Objects(100), &scan), 20_200, "{kind:?}");
    }
    // A full cache that gives up the newest object hits all but one key in each turn but 1/100 of them.
    let optimum = belady::misses(&scan, 100);
    assert!((300..=305).contains(&optimum), "{optimum}");
    let random = misses(Kind::Random, Capacity::Objects(100), &scan);
    assert!(random < 10_000, "{random}");
}

/// The hit ratio after a warm-up.
fn hit_ratio(kind: Kind, capacity: u64, trace: &[u64], warm_up: usize) -> f64 {
    let mut cache = Cache::new(kind, Capacity::Objects(capacity));
    let hits: Vec<bool> = trace.iter().map(|&key| request(&mut cache, key)).collect();
    hits[warm_up..].iter().filter(|&&hit| hit).count() as f64 / (trace.len() - warm_up) as f64
}

#[test]
fn hit_ratios_of_theory() {
    // (objects, s, capacity, requests, of them warm-up)
    for (objects, s, capacity, requests, warm_up) in [
        (10_000, 0.8, 1000, 1_100_000, 100_000),
        (10_000, 0.99, 1000, 1_100_000, 100_000),
        (100_000, 0.9, 10_000, 1_500_000, 300_000),
        (1_000_000, 1.0, 10_000, 1_500_000, 300_000),
    ] {
        let trace = zipf_keys(objects, s, requests, 1);
        let popularity = zipf(objects, s);
        let lru = lru_hit_ratio(&popularity, capacity as f64);
        let fifo = fifo_hit_ratio(&popularity, capacity as f64);
        for (kind, expected) in [(Kind::Lru, lru), (Kind::Fifo, fifo), (Kind::Random, fifo)] {
            let ratio = hit_ratio(kind, capacity, &trace, warm_up);
            assert!((ratio - expected).abs() < 0.003, "{kind:?}, {objects}, {s}: {ratio}, not {expected}");
        }
    }
}

#[test]
fn perfect_lfu_finds_the_best_static_content() {
    // (objects, s, capacity, requests): the counts must tell the last object that is kept from the first that is not
    for (objects, s, capacity, requests) in [
        (10_000, 0.8, 1000, 2_000_000),
        (10_000, 0.99, 1000, 2_000_000),
        (100_000, 0.9, 10_000, 6_000_000),
        (1_000_000, 1.0, 10_000, 12_000_000),
    ] {
        let best = static_hit_ratio(&zipf(objects, s), capacity);
        let trace = zipf_keys(objects, s, requests, 1);
        let ratio = hit_ratio(Kind::PerfectLfu, capacity as u64, &trace, requests / 2);
        println!("{objects}, {s}: {ratio} instead of {best}");
        assert!((ratio - best).abs() < 0.003, "{objects}, {s}: {ratio} instead of {best}");
        // Counts that end with the object keep what came early, popular or not.
        let in_cache = hit_ratio(Kind::Lfu, capacity as u64, &trace, requests / 2);
        assert!(in_cache < best - 0.02, "{s}: {in_cache}");
    }
}

#[test]
fn hit_ratios_of_tiny_caches() {
    // By solving the Markov chain. A million requests leave a standard error near .0006.
    let trace = zipf_keys(5, 1.0, 1_000_000, 2);
    for (kind, expected) in [(Kind::Lru, 0.518885), (Kind::Fifo, 0.503650), (Kind::Random, 0.503650)] {
        let ratio = hit_ratio(kind, 2, &trace, 1000);
        assert!((ratio - expected).abs() < 0.002, "{kind:?}: {ratio} instead of {expected}");
    }
}
