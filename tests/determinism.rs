//! A run is a pure function of scenario and seed: pinned fingerprints, equal runs, and what must not make a difference: the
//! order of tables, pauses, a bystander, the unit of time, a policy that never acts.

mod common;
#[path = "common/figures.rs"]
mod figures;

use common::plan_of;
use figures::figures;
use std::collections::BTreeMap;
use windtunnel::measure::recorder::Ending;
use windtunnel::plan::Plan;
use windtunnel::units::Time;
use windtunnel::world::{Pause, World};

/// A cache-aside read path behind a balancer, with writes: drawn times, popular keys, three kinds with state.
const READS: &str = r#"
[scenario]
duration = "5 s"
warm_up = "1 s"
[client.visitors]
arrivals = { poisson = "300 /s" }
mix = { "edge.show" = 9, "edge.store" = 1 }
keys = { count = 1000, zipf = 1.0 }
sizes = { lognormal = { median = "2 kB", p99 = "50 kB" } }
[balancer.edge]
targets = ["web"]
policy = "least_outstanding"
[server.web]
instances = 3
workers = 4
on.show = [ { call = "hot.get", on_miss = [ { call = "urls.read" }, { call = "hot.put" } ] }, { work = { exponential = "2 ms" } } ]
on.store = [ { call = "urls.write" }, { call = "hot.delete" }, { work = "1 ms" } ]
[cache.hot]
instances = 2
capacity = "100 objects"
service = "50 us"
[database.urls]
workers = 4
read = { gamma = { mean = "4 ms", cv = 1.5 } }
write = { uniform = ["3 ms", "9 ms"] }
"#;

/// A closed loop over three places with a limited and lossy line, timeouts, retries of every law and cancellation.
const FAR: &str = r#"
[scenario]
duration = "4 s"
seed = 7
[network]
places = ["here", "there", "yonder"]
round_trip = { within = "0.4 ms", "* <-> *" = { exponential = "15 ms" }, "here -> there" = "9 ms" }
bandwidth = { "* <-> *" = "4 Mbit/s" }
loss = { "* <-> *" = "2 %" }
overhead = "200 B"
[client.walkers]
place = "here"
arrivals = { users = 40, think = { exponential = "100 ms" } }
keys = { count = 50, hot = { share = "80 %", keys = 5 } }
sizes = "1 kB"
session = [ { call = "web.go", on_error = [ { wait = "5 ms" } ] }, { repeat = { geometric = 2 }, do = [ { call = "web.note" } ] } ]
[server.web]
places = ["there", "yonder"]
instances = 2
workers = 3
on.go = [ { any = [ [ { call = "left.get" } ], [ { call = "right.get" } ] ], cancel = true } ]
on.note = [ { answer = "noted" }, { send = "left.put", after = "2 ms" } ]
[server.left]
workers = 2
queue = 5
on.get = [ { work = { exponential = "3 ms" } } ]
on.put = [ { work = "1 ms" } ]
[server.right]
place = "yonder"
workers = 2
patience = "20 ms"
on.get = [ { work = { weibull = { scale = "3 ms", shape = 0.7 } } } ]
[call."* -> *"]
timeout = "60 ms"
[call."web -> left"]
retry = { attempts = 3, backoff = { doubling = "2 ms", cap = "20 ms" }, jitter = "full" }
cancel = true
[call."web -> right"]
retry = { attempts = 2, backoff = { decorrelated = "2 ms", cap = "30 ms" } }
cancel = "queued"
"#;

/// Every discipline beside the others, under the same load of two priorities.
const LINES: &str = r#"
[scenario]
duration = "3 s"
[client.casual]
arrivals = { bursty = { rates = ["50 /s", "400 /s"], stay = ["300 ms", "100 ms"] } }
session = [ { all = [ [ { call = "fifo.go" } ], [ { call = "lifo.go" } ], [ { call = "random.go" } ], [ { call = "urgent.go" } ],
    [ { call = "rude.go" } ], [ { call = "fair.go" } ], [ { call = "short.go" } ] ], need = 4 } ]
priority = 2
[client.pressing]
arrivals = { even = "60 /s" }
session = [ { all = [ [ { call = "rude.go" } ], [ { call = "urgent.go" } ], [ { call = "loop.go" } ] ] } ]
[server.fifo]
workers = 1
on.go = [ { work = { exponential = "4 ms" } } ]
[server.lifo]
workers = 1
discipline = "lifo"
on.go = [ { work = { exponential = "4 ms" } } ]
[server.random]
workers = 1
discipline = "random"
on.go = [ { work = { exponential = "4 ms" } } ]
[server.urgent]
workers = 1
discipline = "priority"
on.go = [ { work = { exponential = "4 ms" } } ]
[server.rude]
workers = 2
cores = 1
discipline = "priority_preemptive"
on.go = [ { work = { exponential = "4 ms" } } ]
[server.fair]
workers = 1
discipline = "processor_sharing"
on.go = [ { work = { exponential = "4 ms" } } ]
[server.short]
workers = 1
discipline = "shortest_first"
on.go = [ { work = { exponential = "4 ms" } } ]
[server.loop]
workers = 1
blocking = false
on.go = [ { work = "2 ms" }, { wait = "3 ms" }, { work = { exponential = "2 ms" } } ]
"#;

/// Overload that is rejected and retried: a storm.
const STORM: &str = r#"
[scenario]
duration = "2 s"
[client.crowd]
arrivals = { poisson = "200 /s", profile = [["0 s", 1.0], ["1 s", 4.0], ["2 s", 1.0]] }
request = "front.go"
[balancer.front]
targets = ["web"]
policy = "power_of_d"
instances = 2
[server.web]
instances = 4
workers = 2
queue = 10
on.go = [ { work = { exponential = "12 ms" } } ]
[call."crowd -> front"]
timeout = "100 ms"
retry = { attempts = 4, backoff = { constant = "10 ms" }, jitter = "equal" }
"#;

/// Herds of equal requests with equal times: everything happens at the same instants.
const TIES: &str = r#"
[scenario]
duration = "2 s"
[client.herd]
arrivals = { batches = [
  { at = "0 ms", count = 50 },
  { at = "100 ms", count = 50 },
  { at = "200 ms", count = 50 },
  { at = "300 ms", count = 50 },
  { at = "400 ms", count = 50 },
  { at = "500 ms", count = 50 },
  { at = "600 ms", count = 50 },
  { at = "700 ms", count = 50 },
  { at = "800 ms", count = 50 },
  { at = "900 ms", count = 50 },
  { at = "1000 ms", count = 50 },
  { at = "1100 ms", count = 50 },
  { at = "1200 ms", count = 50 },
  { at = "1300 ms", count = 50 },
  { at = "1400 ms", count = 50 },
  { at = "1500 ms", count = 50 },
  { at = "1600 ms", count = 50 },
  { at = "1700 ms", count = 50 },
  { at = "1800 ms", count = 50 },
  { at = "1900 ms", count = 50 }
] }
request = "edge.go"
keys = { count = 10 }
[balancer.edge]
targets = ["web"]
policy = "round_robin"
[server.web]
instances = 3
workers = 2
on.go = [ { repeat = 3, do = [ { call = "ids.next" }, { work = "1 ms" } ], parallel = 2 }, { call = "hot.get" } ]
[id_generator.ids]
instances = 2
service = "0.5 ms"
[cache.hot]
capacity = "5 objects"
eviction = "fifo"
"#;

/// Feedback, choices by state, templates, computed times and sizes.
const BRANCHES: &str = r#"
[scenario]
duration = "3 s"
[client.users]
arrivals = { batch = { rate = "40 /s", size = { geometric = 3 } } }
request = "api.go"
keys = "new"
users = { count = 20 }
[server.api]
workers = "unbounded"
on.go = [
    { choose = [ { share = "25 %", do = [ { call = "api.go" } ] }, { do = [ { work = "= 1 ms + 0.1 ms * concurrency" } ] } ] },
    { call = "depot.put", key = "{user}-{turn}", size = "= 10 B * concurrency", on_full = [ { wait = "1 ms" } ] },
]
[server.depot]
workers = 2
on.put = [ { choose = [ { when = "queue > 3", do = [ { return = "full" } ] } ] }, { call = "rows.update" } ]
[database.rows]
workers = 1
write = { pareto = { min = "1 ms", shape = 1.5, max = "1 s" } }
"#;

const SCENARIOS: [(&str, &str); 6] = [
    ("reads", READS),
    ("far", FAR),
    ("lines", LINES),
    ("storm", STORM),
    ("ties", TIES),
    ("branches", BRANCHES),
];

fn plan(text: &str) -> Plan {
    plan_of(text).unwrap_or_else(|error| panic!("{text}\n{error}"))
}

/// A run until nobody is in flight.
fn drained(plan: &Plan) -> World<'_> {
    let mut world = World::new(plan, plan.seed);
    assert_eq!((world.run_to_end(), world.drain()), (Pause::End, Pause::End));
    assert!(world.is_empty());
    world
}

/// These fingerprints change with whatever changes an event of a run: a change of one needs a reason that its commit gives.
#[test]
fn fingerprints_are_pinned() {
    // name, events, completed, failed, fingerprint
    let expected = [
        ("reads", 21349, 1853, 0, "bb0d284979a5a3e7"),
        ("far", 27043, 912, 76, "623efdb073515ed8"),
        ("lines", 17824, 559, 0, "e7e29299da6ebdf6"),
        ("storm", 7632, 960, 13, "831a5ae7ac8c5b65"),
        ("ties", 22900, 1000, 0, "5a8798880d065567"),
        ("branches", 4526, 429, 0, "11ee03ee62369ead"),
    ];
    let actual = SCENARIOS.map(|(name, text)| {
        let plan = plan(text);
        let world = drained(&plan);
        let counts = world.conservation();
        (name, world.events(), counts.completed, counts.failed, format!("{:016x}", world.fingerprint()))
    });
    let expected = expected
        .map(|(name, events, completed, failed, hash)| (name, events, completed, failed, hash.to_owned()));
    assert_eq!(actual, expected);
}

#[test]
fn another_seed_is_another_run() {
    for (name, text) in SCENARIOS.iter().filter(|(name, _)| *name != "ties") {
        let plan = plan(text);
        let mut world = World::new(&plan, plan.seed + 1);
        world.run_to_end();
        world.drain();
        assert_ne!(world.fingerprint(), drained(&plan).fingerprint(), "{name}");
    }
}

/// A run that is paused after every few events, at odd instants, is the same run.
#[test]
fn pauses_change_nothing() {
    for (name, text) in SCENARIOS {
        let plan = plan(text);
        let (mut world, end) = (World::new(&plan, plan.seed), plan.timeline.end());
        let mut breaths = 0;
        for stop in (0..100).map(|part| Time(end.0 / 97 * part).min(end)).chain([end]) {
            while world.run(stop, 7) == Pause::Breath {
                breaths += 1;
            }
        }
        world.drain();
        let whole = drained(&plan);
        assert_eq!(world.fingerprint(), whole.fingerprint(), "{name} after {breaths} breaths");
        assert_eq!(figures(&plan, &world), figures(&plan, &whole), "{name}");
    }
}

/// The tables of a scenario from the last to the first.
fn reversed(text: &str) -> String {
    let mut tables: Vec<String> = Vec::new();
    for line in text.lines() {
        if line.starts_with('[') {
            tables.push(String::new());
        }
        if let Some(table) = tables.last_mut() {
            *table += &format!("{line}\n");
        }
    }
    tables.reverse();
    tables.concat()
}

#[test]
fn the_order_of_tables_means_nothing() {
    for (name, text) in SCENARIOS {
        let (plan, other) = (plan(text), plan(&reversed(text)));
        let (world, run_of_other) = (drained(&plan), drained(&other));
        assert_eq!(world.fingerprint(), run_of_other.fingerprint(), "{name}");
        assert_eq!(figures(&plan, &world), figures(&other, &run_of_other), "{name}");
    }
}

/// A client and a server of their own change no figure of anybody else, wherever their names stand in the alphabet.
#[test]
fn a_bystander_changes_nothing() {
    const BESIDE: &str = r#"
[client.aaa]
arrivals = { poisson = "123 /s" }
request = "aab.aac"
[server.aab]
workers = 1
on.aac = [ { work = { exponential = "6 ms" } }, { repeat = 5, do = [ { wait = "1 ms" } ] } ]
[client.zzx]
arrivals = { users = 3, think = "10 ms" }
request = "zzy.zzz"
[server.zzy]
workers = 1
on.zzz = [ { work = { exponential = "6 ms" } } ]
"#;
    // What both share by themselves: the line between their places.
    let own = |figures: BTreeMap<String, String>| -> BTreeMap<String, String> {
        figures.into_iter().filter(|(name, _)| !name.starts_with("link")).collect()
    };
    for (name, text) in SCENARIOS.iter().filter(|(name, _)| *name != "far") {
        let (plan, other) = (plan(text), plan(&format!("{text}{BESIDE}")));
        let accompanied = own(figures(&other, &drained(&other)));
        for (figure, expected) in own(figures(&plan, &drained(&plan))) {
            assert_eq!(accompanied.get(&figure), Some(&expected), "{name}: {figure}");
        }
    }
}

/// All times of the scenario in units of 2^n ns: all instants scale exactly, and everything happens in the same order.
#[test]
fn scaled_times_scale_every_latency() {
    let scenario = |scale: u64| {
        let time = |nanoseconds: u64| format!("{} ns", nanoseconds * scale);
        let herd = |turn: u64| format!("{{ at = \"{}\", count = 7 }}", time((3 << 20) + (turn << 25)));
        let herds: Vec<String> = (0..32).map(herd).collect();
        format!(
            r#"
[scenario]
duration = "{duration}"
[network]
round_trip = {{ within = "{round_trip}" }}
[client.steady]
arrivals = {{ even = "{rate} /s" }}
request = "web.go"
priority = 1
[client.herd]
arrivals = {{ batches = [ {herds} ] }}
mix = {{ "web.go" = 2, "web.note" = 1 }}
[server.web]
workers = 8
cores = 1
discipline = "priority_preemptive"
on.go = [ {{ work = "{work}" }}, {{ all = [ [ {{ call = "left.get" }} ], [ {{ call = "right.get" }} ] ] }} ]
on.note = [ {{ wait = "{work}" }}, {{ choose = [ {{ share = "50 %", do = [ {{ work = "{long}" }} ] }}, {{ do = [] }} ] }} ]
[server.left]
discipline = "processor_sharing"
workers = 1
on.get = [ {{ work = "{work}" }} ]
[server.right]
workers = 1
queue = 2
patience = "{long}"
on.get = [ {{ work = "{long}" }} ]
[call."web -> right"]
timeout = "{timeout}"
retry = {{ attempts = 3, backoff = {{ doubling = "{pause}", cap = "{long}" }} }}
cancel = true
"#,
            duration = time(1 << 30),
            round_trip = time(600_000),
            rate = 128.0 / scale as f64,
            herds = herds.join(", "),
            work = time(900_000),
            long = time(5_000_000),
            timeout = time(4_000_000),
            pause = time(700_000),
        )
    };
    let plan_at_one = plan(&scenario(1));
    let world = drained(&plan_at_one);
    assert!(
        world.conservation().failed > 0 && world.conservation().completed > 50,
        "{:?}",
        world.conservation()
    );
    for scale in [2, 1 << 4, 1 << 10] {
        let plan = plan(&scenario(scale));
        let scaled = drained(&plan);
        assert_eq!(
            (scaled.events(), scaled.conservation()),
            (world.events(), world.conservation()),
            "scale {scale}"
        );
        assert_eq!(scaled.now().0, world.now().0 * scale, "the last event at scale {scale}");
        for (slot, (small, large)) in world.recorder().slots.iter().zip(&scaled.recorder().slots).enumerate()
        {
            let sum = |histograms: &[windtunnel::measure::histogram::Histogram]| -> (u64, u128, Option<u64>) {
                let max = histograms.iter().filter_map(|histogram| histogram.max()).max();
                (
                    histograms.iter().map(|one| one.count()).sum(),
                    histograms.iter().map(|one| one.sum()).sum(),
                    max,
                )
            };
            for (before, after) in
                [(&small.latency, &large.latency), (&small.failed_latency, &large.failed_latency)]
            {
                let (count, total, max) = sum(before);
                assert_eq!(
                    sum(after),
                    (count, total * u128::from(scale), max.map(|max| max * scale)),
                    "slot {slot}, scale {scale}"
                );
            }
            for ending in [Ending::Completed, Ending::Failed] {
                let whole = |world: &World<'_>| world.recorder().timeline.whole();
                assert_eq!(small.total(whole(&world), ending), large.total(whole(&scaled), ending));
            }
        }
    }
}

/// A policy that never comes to act changes no figure: what is drawn behind it is the same.
#[test]
fn a_policy_that_never_acts_changes_nothing() {
    const POLICIES: [&str; 5] = [
        "timeout = \"1 day\"\nretry = { attempts = 2, on = [\"timeout\"] }",
        "retry = { attempts = 2, on = [\"timeout\"], budget = \"10 %\" }",
        "deadline = \"1 day\"\npropagate = true",
        "hedge = { after = \"1 day\" }\ncancel = \"queued\"",
        "pool = { size = 1000000, queue = 0 }",
    ];
    for (name, text) in [("reads", READS), ("ties", TIES), ("branches", BRANCHES)] {
        let plan_without = plan(text);
        let expected = figures(&plan_without, &drained(&plan_without));
        for policy in POLICIES {
            let other = plan(&format!("{text}[call.\"* -> *\"]\n{policy}\n"));
            let actual = figures(&other, &drained(&other));
            for (figure, expected) in &expected {
                assert_eq!(actual.get(figure), Some(expected), "{name}, {policy}: {figure}");
            }
        }
    }
}
