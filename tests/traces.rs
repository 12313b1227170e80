//! Traces: recorded requests come as they were recorded, one line after the other, and everything that can be wrong with a
//! trace is found before the run.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::io::{BufRead, BufReader, Cursor, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use windtunnel::experiment::{Experiment, Input, Unwatched, perform};
use windtunnel::figures::Catalogue;
use windtunnel::files::{FileMap, Files};
use windtunnel::kernel::random::hash_name;
use windtunnel::mechanism::eviction::{Cache, Capacity, Future, Kind, Object, belady};
use windtunnel::mechanism::hash::mix13_pair;
use windtunnel::mechanism::ring::{Ring, VIRTUAL_NODES};
use windtunnel::plan::{Document, Plan, bounds, build, listing};
use windtunnel::results::Results;
use windtunnel::scenario::Diagnostics;
use windtunnel::world::World;

/// A cache that is filled by what it misses; nothing takes any time.
const CACHE: &str = r#"
[scenario]
duration = "100 s"
[network]
round_trip = { within = "0 s" }
[client.c]
arrivals = { trace = "t.csv" }
session = [ { call = "hot.get", on_miss = [ { call = "hot.put" } ] } ]
[cache.hot]
capacity = "50 objects"
"#;

/// A server with two operations.
const SHOP: &str = r#"
[scenario]
duration = "10 s"
[client.c]
arrivals = { trace = "t.csv" }
request = "shop.buy"
[server.shop]
workers = 1
on.buy = [ { work = "2 ms" } ]
on.look = [ { work = "1 ms" } ]
on.sell = [ { work = "1 ms" } ]
"#;

fn one_file(content: &str) -> FileMap {
    let mut files = FileMap::default();
    files.insert("t.csv", content.as_bytes());
    files
}

/// The plan of a scenario with files beside it, or what is wrong, without the place in the scenario.
fn plan_of(text: &str, files: impl Files + 'static) -> std::result::Result<Plan, Vec<String>> {
    let mut diagnostics = Diagnostics::new();
    let (sources, document) = Document::parse("x", text, &[], &mut diagnostics);
    let document = document.map(|document| document.with_files(files));
    let scenario = document.and_then(|document| build(&document, None, &mut diagnostics));
    scenario.map(|scenario| scenario.plan).ok_or_else(|| {
        let lines = diagnostics.lines(&sources);
        lines.lines().map(|line| line.split_once(": error: ").expect("it is an error").1.to_owned()).collect()
    })
}

/// What comes out of a scenario with files beside it.
fn results_of(text: &str, files: impl Files + 'static) -> Results {
    let mut diagnostics = Diagnostics::new();
    let (sources, document) = Document::parse("x", text, &[], &mut diagnostics);
    let document = document.expect("it can be parsed").with_files(files);
    let input = Input { file: "x", text, settings: &[] };
    let experiment = Experiment::new(&document, input, &[None], &mut diagnostics);
    let experiment = experiment.unwrap_or_else(|| panic!("{}", diagnostics.lines(&sources)));
    perform(&experiment, &Unwatched).expect("nobody stops it").remove(0)
}

fn value(results: &Results, name: &str) -> f64 {
    results.metrics.get(name).unwrap_or_else(|| panic!("there is no {name}")).value
}

/// Keys and sizes by a fixed formula (the generator of D. H. Lehmer, with the constants of S. K. Park and K. W. Miller,
/// 1988): small keys more often than large ones.
fn recorded(count: usize) -> Vec<(u64, u64)> {
    let mut state = 1_u64;
    let mut next = |below: u64| {
        state = state * 48_271 % 2_147_483_647;
        state % below
    };
    (0..count).map(|_| next(300) * next(300) / 300).map(|key| (key, 1 + key * 7_919 % 1_000)).collect()
}

/// The hits of a cache that is asked for these keys one after the other, and filled by what it misses.
fn replayed_alone(kind: Kind, capacity: Capacity, recorded: &[(u64, u64)]) -> u64 {
    let mut cache = Cache::new(kind, capacity);
    cache.foresee(Arc::new(Future::of((0..).zip(recorded.iter().map(|(key, _)| *key)))));
    let objects = recorded.iter().map(|&(key, size)| Object { key, size, version: 0, expires: u64::MAX });
    recorded.len() as u64 - cache.replay(objects)
}

/// In a trace with times of a second there are forty lines in every instant: each of them must find what the one before it
/// left behind, or two would miss where one does.
#[test]
fn a_cache_misses_what_its_policy_misses_alone() {
    let recorded = recorded(4_000);
    for (lines_per_second, decimals) in [(40, 0), (40, 2), (4_000, 0)] {
        let mut csv = "size,time,key\n".to_owned();
        for (index, (key, size)) in recorded.iter().enumerate() {
            let time = index as f64 / f64::from(lines_per_second);
            let time = if decimals == 0 { time.floor() } else { time };
            writeln!(csv, "{size},{time:.3},{key}").unwrap();
        }
        for (text, capacity) in [
            ("50 objects", Capacity::Objects(50)),
            ("20 kB", Capacity::Bytes(20_000)),
            ("1 B", Capacity::Bytes(1)),
        ] {
            for kind in Kind::ALL {
                let eviction = format!("eviction = \"{}\"\ncapacity = \"{text}\"", kind.name());
                let scenario = CACHE.replace("capacity = \"50 objects\"", &eviction);
                // The more is done between a miss and the put, the later the next line must come.
                let scenario = scenario.replace("on_miss = [", "on_miss = [ { call = \"origin.load\" }, ")
                    + "[server.origin]\nworkers = 1\non.load = [ { work = \"0 s\" }, { wait = \"0 s\" } ]\n";
                let results = results_of(&scenario, one_file(&csv));
                let hits = replayed_alone(*kind, capacity, &recorded) as f64;
                let found = (value(&results, "hot.hits"), value(&results, "hot.misses"));
                assert_eq!(found, (hits, 4_000.0 - hits), "{kind:?}, {text}, {lines_per_second} lines/s");
                assert!(results.laws.broken.is_empty(), "{:?}", results.laws);
            }
        }
    }
    assert!(
        replayed_alone(Kind::Lru, Capacity::Objects(50), &recorded) > 1_000,
        "there is something to find"
    );
}

/// A trace of these keys, one every 10 ms.
fn spaced(keys: &[u64]) -> String {
    let line = |(index, key): (usize, &u64)| format!("{:.2},{key}\n", index as f64 / 100.0);
    "time,key\n".to_owned() + &keys.iter().enumerate().map(line).collect::<String>()
}

/// Each instance sees its part of the trace, and knows when the next request of that part comes.
#[test]
fn each_instance_misses_as_little_as_it_can() {
    let keys: Vec<u64> = recorded(3_000).into_iter().map(|(key, _)| key).collect();
    let scenario = CACHE.replace("50 objects\"", "12 objects\"\ninstances = 3\neviction = \"belady\"");
    let results = results_of(&scenario, one_file(&spaced(&keys)));
    let name = hash_name("hot");
    let ring = Ring::weighted(name, (0..3).map(|at| (at, VIRTUAL_NODES))).expect("there are instances");
    let part = |at: u32| -> Vec<u64> {
        keys.iter().copied().filter(|key| ring.owner(mix13_pair(*key, name)) == at).collect()
    };
    let least: Vec<u64> = (0..3).map(|at| belady::misses(&part(at), 12)).collect();
    assert_eq!(value(&results, "hot.misses"), least.iter().sum::<u64>() as f64, "{least:?}");
}

/// A line is a use of its key if it leads to the cache, and none if it does not.
#[test]
fn what_leads_to_the_cache_is_its_future() {
    let keys: Vec<u64> = recorded(2_000).into_iter().map(|(key, _)| key).collect();
    let mut csv = "time,operation,key\n".to_owned();
    for (index, key) in keys.iter().enumerate() {
        let operation = ["page", "page", "look"][index % 3];
        writeln!(csv, "{:.2},{operation},{key}", index as f64 / 100.0).unwrap();
    }
    let asked: Vec<u64> =
        keys.iter().copied().enumerate().filter(|(index, _)| index % 3 < 2).map(|(_, key)| key).collect();
    let shop = r#"
[scenario]
duration = "100 s"
[client.c]
arrivals = { trace = "t.csv" }
request = "shop.page"
[server.shop]
workers = 4
on.page = [ { call = "hot.get", key = "{key}", on_miss = [ { work = "3 ms" }, { call = "hot.put" } ] }, { call = "rows.find" } ]
on.look = [ { work = "1 ms" } ]
[server.rows]
on.find = [ { work = "1 ms" } ]
workers = 1
[cache.hot]
capacity = "40 objects"
eviction = "belady"
"#;
    let results = results_of(shop, one_file(&csv));
    assert_eq!(value(&results, "hot.misses"), belady::misses(&asked, 40) as f64);
    assert!(belady::misses(&asked, 40) < belady::misses(&keys, 40), "the other lines would count");
}

/// What a cache is asked for is not known if anything else than one trace decides it.
#[test]
fn who_must_know_the_future_is_told_what_hides_it() {
    let prefix = "`belady` must know what `hot` will be asked for, but ";
    let belady = "capacity = \"9 objects\"\neviction = \"belady\"\n";
    let trace = "arrivals = { trace = \"t.csv\" }\n";
    let get = "request = \"hot.get\"\n";
    let no_trace = "client `c` has no trace with a column `key`";
    let web = "[server.web]\nworkers = 1\n";
    for (text, expected) in [
        (
            format!("[client.c]\narrivals = {{ even = \"1 /s\" }}\nkeys = {{ count = 9 }}\n{get}"),
            vec![no_trace],
        ),
        (
            format!("[client.c]\n{trace}{get}[client.d]\n{trace}{get}"),
            vec!["the traces of two clients, `c` and `d`, have no common order"],
        ),
        (
            format!(
                "[client.c]\n{trace}request = \"web.go\"\n{web}on.go = [ {{ call = \"hot.get\", key = \"{{user}}\" }} ]\n"
            ),
            vec!["`web` calls `hot.get` with another key than the request's"],
        ),
        (
            format!(
                "[client.c]\n{trace}request = \"web.go\"\n{web}on.go = [ {{ call = \"web.on\", key = \"x{{key}}\" }} ]\non.on = [ {{ call = \"hot.get\" }} ]\n"
            ),
            vec!["`web` calls `web.on` with another key than the request's"],
        ),
        (
            format!(
                "[client.c]\n{trace}request = \"near.get\"\n[cache.near]\ncapacity = \"2 objects\"\nread_through = \"hot.get\"\n"
            ),
            vec!["`near` calls `hot.get` by itself"],
        ),
        (
            format!(
                "[client.c]\n{trace}{get}[client.d]\narrivals = {{ even = \"1 /s\" }}\nkeys = \"new\"\nsession = [ {{ call = \"hot.put\", key = \"{{id}}\" }} ]\n"
            ),
            vec![
                "`d` calls `hot.put` with another key than the request's",
                "client `d` has no trace with a column `key`",
            ],
        ),
        // Who only deletes asks for nothing.
        (
            format!(
                "[client.c]\n{trace}{get}[client.d]\narrivals = {{ even = \"1 /s\" }}\nkeys = {{ count = 9 }}\nrequest = \"hot.delete\"\n"
            ),
            vec![],
        ),
    ] {
        let scenario = format!("[scenario]\nduration = \"1 s\"\n{text}[cache.hot]\n{belady}");
        let found = plan_of(&scenario, one_file("time,key\n0,1\n")).err().unwrap_or_default();
        let help = " (it is for a cache whose keys all come from the trace of one client; any other `eviction` needs no trace)";
        let expected: Vec<String> =
            expected.iter().map(|problem| format!("{prefix}{problem}{help}")).collect();
        assert_eq!(found, expected, "{text}");
    }
    let scenario = format!(
        "[scenario]\nduration = \"1 s\"\n[client.c]\n{trace}{get}keys = {{ count = 3 }}\n[cache.hot]\n{belady}"
    );
    let found = plan_of(&scenario, one_file("time\n0\n")).err().unwrap_or_default();
    assert!(found.iter().all(|line| line.contains(no_trace)) && !found.is_empty(), "{found:?}");
}

/// Gives a file in pieces of a few bytes.
#[derive(Debug)]
struct Pieces(&'static str, usize);

impl Files for Pieces {
    fn open(&self, _path: &str) -> Result<Box<dyn BufRead>> {
        Ok(Box::new(BufReader::with_capacity(self.1, Cursor::new(self.0))))
    }
}

const VISITS: &str = "time,operation,key,user\n0,buy,1,ann\n0,look,\"a,b\",7\n0.5,shop.look,1,ann\n0.5,sell,2,bob\n9.9995,look,3,7\n\
                      10,buy,1,ann\n";

#[test]
fn a_run_is_the_same_however_the_file_is_read() {
    for capacity in [1, 7, 64, 1 << 16] {
        let plan = plan_of(SHOP, Pieces(VISITS, capacity)).unwrap();
        let mut world = World::new(&plan, 1);
        world.run_to_end();
        assert_eq!(world.fingerprint(), FINGERPRINT, "{capacity} bytes: {:#x}", world.fingerprint());
    }
}

/// That of the trace above: it must not change unless what happens changes.
const FINGERPRINT: u64 = 0x8ee5_fd63_a13f_5128;

/// Lines that are made while they are read: a trace is never held as a whole.
#[derive(Debug)]
struct Endless(u64);

impl Files for Endless {
    fn open(&self, _path: &str) -> Result<Box<dyn BufRead>> {
        let line = |index: u64| format!("{}.{:03}\n", index / 1_000, index % 1_000);
        let lines = (0..self.0).map(line);
        Ok(Box::new(BufReader::new(Lines {
            lines: ["time\n".to_owned()].into_iter().chain(lines),
            rest: Vec::new(),
        })))
    }
}

struct Lines<I> {
    lines: I,
    rest: Vec<u8>,
}

impl<I: Iterator<Item = String>> std::io::Read for Lines<I> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        if self.rest.is_empty() {
            self.rest = self.lines.next().unwrap_or_default().into_bytes();
        }
        let count = self.rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&self.rest[..count]);
        self.rest.drain(..count);
        Ok(count)
    }
}

#[test]
fn the_memory_of_a_run_does_not_grow_with_its_trace() {
    let memory = |lines: u64| {
        let text = SHOP.replace("\"10 s\"", "\"1000 s\"").replace("2 ms", "0.1 ms");
        let plan = plan_of(&text, Endless(lines)).unwrap();
        let mut world = World::new(&plan, 1);
        world.run_to_end();
        assert_eq!(world.conservation().born, lines);
        world.memory()
    };
    assert_eq!(memory(1_000), memory(100_000));
}

#[test]
fn a_trace_chooses_the_operations() {
    let mix = SHOP.replace(
        "request = \"shop.buy\"",
        "mix = { \"shop.buy\" = 1, \"shop.look\" = 9, \"shop.sell\" = 1 }",
    );
    for scenario in [SHOP, &mix] {
        let results = results_of(scenario, one_file(VISITS));
        // What comes at 10 s is after the end, and what came half a millisecond before is under way.
        for (name, expected) in [
            ("c.offered", 0.5),
            ("c.buy.offered", 0.1),
            ("c.look.offered", 0.3),
            ("c.sell.offered", 0.1),
            ("c.buy.latency.max", 2.5e-3),
            // Its line is behind that of the first purchase, which takes 2 ms.
            ("c.sell.latency.max", 2.5e-3),
            ("run.born", 5.0),
        ] {
            assert!(
                (value(&results, name) - expected).abs() < 1e-3 * expected,
                "{name} = {}",
                value(&results, name)
            );
        }
        assert_eq!(results.conservation.in_flight, 1);
        let plan = plan_of(scenario, one_file(VISITS)).unwrap();
        let (bounds, listing) = (bounds(&plan), listing(&plan));
        assert_eq!((bounds.clients[0].rate.low, bounds.clients[0].rate.high), (0.5, 0.5));
        let rates: Vec<(&str, f64)> = bounds.stations[0]
            .operations
            .iter()
            .map(|operation| (operation.name.as_str(), operation.visits.high))
            .collect();
        for ((name, rate), (expected_name, expected)) in
            rates.iter().zip([("buy", 0.1), ("look", 0.3), ("sell", 0.1)])
        {
            assert_eq!(*name, expected_name);
            assert!((rate - expected).abs() < 1e-9, "{name}: {rate}");
        }
        let words = "client c: 0.5 /s on average, by 5 of the 6 lines of t.csv until 10 s";
        assert!(listing.contains(words), "{listing}");
    }
}

/// What a trace does not ask for is there all the same if the client names it.
#[test]
fn what_is_never_asked_for_has_figures() {
    let plan = plan_of(SHOP, one_file("time,operation\n1,look\n")).unwrap();
    let names: Vec<String> = Catalogue::of(&plan).iter().map(|(name, _)| name.to_owned()).collect();
    let has = |name: &str| names.iter().any(|known| known == name);
    assert!(has("c.buy.offered") && has("c.look.offered") && !has("c.sell.offered"), "{names:?}");
    let results = results_of(SHOP, one_file("time,operation\n1,look\n"));
    assert_eq!((value(&results, "c.buy.offered"), value(&results, "c.look.offered")), (0.0, 0.1));
}

#[test]
fn the_warm_up_is_before_the_trace() {
    let text = CACHE.replace("duration = \"100 s\"", "duration = \"100 s\"\nwarm_up = \"30 s\"\nseed = 3");
    let results = results_of(&text, one_file("time,key\n0,1\n99.999999999,1\n"));
    assert_eq!((value(&results, "run.born"), value(&results, "c.offered")), (2.0, 0.02));
    assert_eq!((value(&results, "hot.hits"), value(&results, "hot.misses")), (1.0, 1.0));
}

/// A text in a trace is the key that the same text is in a handler; a number is itself. What the trace does not tell is drawn.
#[test]
fn keys_of_a_trace_are_those_of_the_scenario() {
    let put = "session = [ { call = \"hot.put\", key = \"front\" }, { call = \"hot.get\" } ]";
    let text =
        CACHE.replace("session = [ { call = \"hot.get\", on_miss = [ { call = \"hot.put\" } ] } ]", put);
    for (csv, hits) in [
        ("time,key\n0,front\n1,\" front \"\n2,back\n", 1.0),
        ("key,time\n7,0\nfront,0\n\"front\",1e1\n", 2.0),
    ] {
        assert_eq!(value(&results_of(&text, one_file(csv)), "hot.hits"), hits, "{csv}");
    }
    let drawn = CACHE
        .replace("request", "keys")
        .replace("[cache.hot]", "keys = { count = 1 }\nsizes = \"1 kB\"\n[cache.hot]");
    let results = results_of(&drawn, one_file("time\n0\n0\n1\n"));
    assert_eq!((value(&results, "hot.hits"), value(&results, "hot.misses")), (2.0, 1.0));
}

/// The size of a key that a trace tells is drawn by that key, for every client.
#[test]
fn sizes_belong_to_the_keys_of_the_trace() {
    let sizes = "sizes = { uniform = [\"1 B\", \"1 MB\"] }";
    let bytes = |arrivals: &str, csv: &str| {
        let network =
            "[network]\nplaces = [\"a\", \"b\"]\nround_trip = { within = \"1 ms\", \"* <-> *\" = \"1 ms\" }";
        let client =
            format!("{network}\n[client.c]\narrivals = {arrivals}\n{sizes}\nrequest = \"store.put\"\n");
        let text = format!(
            "[scenario]\nduration = \"1 s\"\n{client}[cache.store]\nplace = \"b\"\ncapacity = \"9 objects\"\n"
        );
        value(&results_of(&text, one_file(csv)), "link.a->b.bytes")
    };
    let one = bytes("{ batches = [ { at = \"0 s\", count = 1 } ] }\nkeys = { count = 1 }", "");
    let traced = bytes("{ trace = \"t.csv\" }", "time,key\n0,0\n0.1,0\n");
    assert_eq!(traced, 2.0 * one);
    assert!(bytes("{ trace = \"t.csv\" }", "time,key\n0,0\n0.1,1\n") != traced);
}

/// A file that is another one when it is opened again.
#[derive(Debug)]
struct Changing(BTreeMap<usize, &'static str>, AtomicUsize);

impl Files for Changing {
    fn open(&self, _path: &str) -> Result<Box<dyn BufRead>> {
        let times = self.1.fetch_add(1, Ordering::Relaxed);
        let text = self.0.range(..=times).next_back().map(|(_, text)| *text);
        text.map(|text| Box::new(Cursor::new(text)) as Box<dyn BufRead>)
            .filter(|_| !text.unwrap_or_default().is_empty())
            .ok_or_else(|| std::io::Error::other("it is gone"))
    }
}

#[test]
fn a_file_that_changes_during_the_run_breaks_a_law() {
    for (later, replayed) in
        [("time\n0\n1\n3\n", 3), ("time\n0\n1\n", 2), ("time\n0\nx\n2\n", 1), ("key\n0\n", 0), ("", 0)]
    {
        let files = Changing([(0, "time\n0\n1\n2\n"), (1, later)].into(), AtomicUsize::new(0));
        let results = results_of(SHOP, files);
        let message = format!("c: lines of the trace t.csv, which has changed: {replayed} against 3");
        assert_eq!(results.laws.broken, [message], "{later:?}");
        assert_eq!(results.conservation.born, replayed);
    }
    let files = Changing([(0, "time\n0\n1\n2\n")].into(), AtomicUsize::new(0));
    assert!(results_of(SHOP, files).laws.broken.is_empty());
}

#[test]
fn the_trace_is_part_of_what_a_result_is_made_of() {
    let hash = |csv: &str| results_of(SHOP, one_file(csv)).subject.hash;
    assert_eq!(hash("time\n1\n"), hash("time\r\n1.0\n\n"));
    assert_ne!(hash("time\n1\n"), hash("time\n2\n"));
    assert_ne!(hash("time,key\n1,1\n"), hash("time,user\n1,1\n"));
}

/// Everything that can be wrong with a trace, in the words of the reports.
#[test]
fn mistakes_are_found_before_the_run() {
    let columns = "valid columns: time, operation, key, size, user";
    let operations = "valid operations: shop.buy, shop.look, shop.sell";
    let seconds = "a time is a number of seconds from 0 to 10^9, not";
    let whole = "a size is a whole number of bytes from 0 to 2^53, not";
    let names = format!("a trace begins with a line of names: {columns}");
    for (csv, expected) in [
        ("", vec![format!("t.csv:1:1: the file is empty ({names})")]),
        ("key,size\n1,1\n", vec![format!("t.csv:1:1: the column `time` is missing ({names})")]),
        (
            "tiem,key, Key,key\n",
            vec![
                format!("t.csv:1:1: unknown column `tiem` (did you mean `time`? {columns})"),
                format!("t.csv:1:11: unknown column `Key` (did you mean `key`? {columns})"),
                "t.csv:1:15: there are two columns `key`".to_owned(),
            ],
        ),
        ("time\n", vec!["t.csv has no lines behind its header".to_owned()]),
        (
            "time\n1700000000\n",
            vec![format!("t.csv:2:1: {seconds} `1700000000`")],
        ),
        (
            "time\n10\n11\n",
            vec![
                "t.csv begins at 10 s, when the run has ended at 10 s (times count from the begin of the measured time)"
                    .to_owned(),
            ],
        ),
        (
            "time,size\n1,1\n-1,2\ninf,NaN\n\n0.5,0.5\n2,-1\n2,9007199254740993\n3\n4,1,2\n",
            vec![
                format!("t.csv:3:1: {seconds} `-1`"),
                format!("t.csv:4:1: {seconds} `inf`"),
                format!("t.csv:4:5: {whole} `NaN`"),
                "t.csv:6:1: times ascend, but 0.5 s is before 1 s".to_owned(),
                format!("t.csv:6:5: {whole} `0.5`"),
                format!("t.csv:7:3: {whole} `-1`"),
                format!("t.csv:8:3: {whole} `9007199254740993`"),
                "t.csv:9:1: this line has 1 field, the header 2".to_owned(),
                "t.csv:10:5: this line has 3 fields, the header 2".to_owned(),
            ],
        ),
        (
            "time,operation,key,user\n1,lok,,\n1, till.look ,1,\"x\n",
            vec![
                format!("t.csv:2:3: unknown operation `lok` (did you mean `look`? valid operations: buy, look, sell)"),
                "t.csv:2:7: a key cannot be empty".to_owned(),
                "t.csv:2:8: a user cannot be empty".to_owned(),
                "t.csv:3:17: this quote does not end in its line".to_owned(),
            ],
        ),
        (
            "operation,time\ntill.look,1\n",
            vec![format!("t.csv:2:1: unknown operation `till.look` ({operations})")],
        ),
    ] {
        let said = plan_of(SHOP, one_file(csv)).err().unwrap_or_else(|| panic!("{csv:?} is accepted"));
        assert_eq!(said, expected, "{csv:?}");
    }
    assert_eq!(plan_of(SHOP, FileMap::default()).err().unwrap(), ["cannot read t.csv: no file was given"]);
}

#[test]
fn nobody_reads_more_than_twenty_mistakes() {
    let said = plan_of(SHOP, one_file(&format!("time\n{}", "x\n".repeat(1_000)))).err().unwrap();
    assert_eq!(said.len(), 21);
    assert_eq!(said[20], "t.csv:21:1: after so many mistakes the rest of the file was not read");
}

#[test]
fn what_the_client_and_its_trace_both_say_is_an_error() {
    let all = "keys = \"new\"\nusers = { count = 9 }\nsizes = \"1 B\"\n[server.shop]";
    let text = SHOP.replace("[server.shop]", all);
    let told = |key: &str, column: &str| {
        format!(
            "client `c` has `{key}`, but its trace `t.csv` has a column `{column}` (leave out one of them)"
        )
    };
    let said = plan_of(&text, one_file("time,key,user,size\n1,1,1,x\n")).err().unwrap();
    let wrong = "t.csv:2:7: a size is a whole number of bytes from 0 to 2^53, not `x`".to_owned();
    assert_eq!(said, [wrong, told("keys", "key"), told("users", "user"), told("sizes", "size")]);
    assert!(plan_of(&text, one_file("time\n1\n")).is_ok());
    let session = CACHE.replace("[cache.hot]", "keys = \"new\"\n[cache.hot]");
    let said = plan_of(&session, one_file("time,operation\n1,get\n")).err().unwrap();
    assert_eq!(said, [told("session", "operation")]);
    let keyless = plan_of(CACHE, one_file("time\n1\n")).err().unwrap();
    assert!(keyless[0].starts_with("client `c` has no `keys`, but its requests reach `hot."), "{keyless:?}");
}

#[test]
fn a_mix_says_what_a_trace_may_ask_for() {
    let text = SHOP
        .replace("request = \"shop.buy\"", "mix = { \"shop.buy\" = 1, \"till.buy\" = 1, \"till.look\" = 1 }")
        + "[server.till]\nworkers = 1\non.buy = [ { work = \"2 ms\" } ]\non.look = [ { work = \"2 ms\" } ]\n";
    let said =
        plan_of(&text, one_file("time,operation\n1,look\n1,shop.buy\n1,buy\n1,shop.look\n")).err().unwrap();
    let (bare, full) =
        ("valid operations: shop.buy, till.buy, look", "valid operations: shop.buy, till.buy, till.look");
    assert_eq!(
        said,
        [
            format!("t.csv:4:3: unknown operation `buy` ({bare})"),
            format!("t.csv:5:3: unknown operation `shop.look` ({full})"),
        ]
    );
    let results = results_of(&text, one_file("time,operation\n1,look\n1,shop.buy\n1,till.buy\n"));
    let per_second = |name: &str| value(&results, name);
    assert_eq!((per_second("shop.rate"), per_second("till.rate")), (0.1, 0.2));
}

/// The trace of the library is what its scenario says.
#[test]
fn the_trace_of_the_library_follows_its_formula() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let csv = std::fs::read_to_string(root.join("scenarios/caches/trace.csv")).unwrap();
    let key = |k: u64| match k {
        0..1_000 => k % 80,
        1_000..2_000 => 1_000 + k % 125,
        _ if k.is_multiple_of(2) => 5_000,
        _ => 10_000 + k,
    };
    let line = |k: u64| format!("{}.{:02},{}\n", k / 50, k % 50 * 2, key(k));
    assert_eq!(csv, "time,key\n".to_owned() + &(0..3_000).map(line).collect::<String>());
}

/// The path of a trace leads from the scenario's folder, also one that is set from outside.
#[cfg(feature = "cli")]
#[test]
fn paths_lead_from_the_folder_of_the_scenario() {
    use std::fs;
    use std::process::Command;
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("traces");
    fs::create_dir_all(folder.join("shop/recorded")).unwrap();
    fs::write(folder.join("shop/x.toml"), SHOP.to_owned() + "[slo]\nall = \"run.born == 2\"\n").unwrap();
    fs::write(folder.join("shop/t.csv"), "time\n1\n2\n").unwrap();
    fs::write(folder.join("shop/recorded/one.csv"), "time\n1\n").unwrap();
    let check = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_windtunnel"));
        let output =
            command.args(["check", "shop/x.toml"]).args(arguments).current_dir(&folder).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    assert_eq!(check(&[]), (Some(0), String::new()));
    let path = "client.c.arrivals.trace";
    assert_eq!(check(&["--set", &format!("{path}=recorded/one.csv")]), (Some(99), String::new()));
    let (code, said) = check(&["--set", &format!("{path}=recorded")]);
    assert_eq!(code, Some(2));
    assert!(said.contains("error: cannot read recorded: it is no regular file\n"), "{said}");
    let metrics = Command::new(env!("CARGO_BIN_EXE_windtunnel"))
        .args(["list", "metrics", "shop/x.toml"])
        .current_dir(&folder)
        .output()
        .unwrap();
    assert!(String::from_utf8(metrics.stdout).unwrap().contains("c.buy.latency.p99"));
}
