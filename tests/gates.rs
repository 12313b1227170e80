//! What stands between a caller and its calls: breakers, limits and pools. Tiny scenarios first, whose every instant can be calculated
//! by hand (one way on the network takes 1 ms), then what theory says of those that learn.

mod common;
#[path = "common/replications.rs"]
mod replications;
#[path = "common/spike.rs"]
mod spike;

use replications::{EXPONENTIAL, assert_figures, poisson, station};
use spike::{HEAD, MS, edge, ended, failed, finished, messages, ok, once, only, plan, visits};
use windtunnel::figures::{Catalogue, value};
use windtunnel::plan::Plan;
use windtunnel::world::World;

/// A figure of the whole run, if it has a value.
fn figure(world: &World<'_>, name: &str) -> Option<f64> {
    let catalogue = Catalogue::of(world.plan());
    let definition = catalogue.get(name).unwrap_or_else(|| panic!("there is no metric {name}"));
    value(world, definition.metric, world.recorder().timeline.whole())
}

/// A user who calls at these instants [ms] a server that answers at once, or with errors until an instant [ms].
fn calls(instants: &[u64], terms: &str, errs_until: &str) -> Plan {
    let batches: Vec<String> =
        instants.iter().map(|at| format!("{{ at = \"{at} ms\", count = 1 }}")).collect();
    plan(&[
        HEAD,
        &format!(
            "[client.user]\narrivals = {{ batches = [ {} ] }}\nrequest = \"web.go\"\n",
            batches.join(", ")
        ),
        &format!("[call.\"user -> web\"]\n{terms}\n"),
        "[server.web]\nworkers = 9\non.go = []\n",
        &format!("[fault.wrong]\nat = \"0 s\"\nfor = \"{errs_until}\"\nerrors = \"web\"\nshare = 1\n"),
    ])
}

/// How many of the user's calls ended so.
fn counts(world: &World<'_>, words: &[&str]) -> Vec<u64> {
    let ends = ended(world, world.plan(), "user").0;
    let all: u64 = ends.iter().map(|(_, count)| count).sum();
    let of = |word: &&str| ends.iter().find(|(known, _)| known == word).map_or(0, |(_, count)| *count);
    let counts: Vec<u64> = words.iter().map(of).collect();
    assert_eq!(counts.iter().sum::<u64>(), all, "{ends:?}");
    counts
}

/// Each call takes 2 ms. The breaker opens at 7 ms, with the second failure, and fails the others until 27 ms.
#[test]
fn a_breaker_fails_fast_while_it_is_open() {
    let terms = "breaker = { failures = 2, open = \"20 ms\" }";
    let many = [0, 5, 10, 15, 20, 25, 30, 35];
    // calls at, the last error; ok, error, breaker_open; how often it opened, and for how long [ms]
    for (instants, until, ends, opened, open) in [
        (&many[..], "22 ms", [2, 2, 4], 1, 20),
        // The probe at 30 ms fails, too, which is heard at 32 ms.
        (&many, "33 ms", [0, 3, 5], 2, 40),
        // Half open, it lets one through at a time, and all when that is back.
        (&[0, 5, 30, 31, 33, 34, 35], "22 ms", [4, 2, 1], 1, 20),
        // The two that were sent before it opened fail after that; of what comes later they say nothing.
        (&[0, 5, 6, 6, 30, 33, 34], "22 ms", [3, 4, 0], 1, 20),
        (&[0, 5, 26, 27], "22 ms", [1, 2, 1], 1, 20),
        // An answer in between: they are not in a row.
        (&[0, 2, 23, 40, 50], "1500 us", [4, 1, 0], 0, 0),
    ] {
        let plan = calls(instants, terms, until);
        let world = finished(&plan);
        assert_eq!(counts(&world, &["ok", "error", "breaker_open"]), ends, "{instants:?} {until}");
        let breaker = |name: &str| figure(&world, name).expect("a value");
        assert_eq!(breaker("call.user->web.breaker.opened"), f64::from(opened), "{instants:?} {until}");
        assert_eq!(breaker("call.user->web.breaker.rejected"), ends[2] as f64, "{instants:?} {until}");
        assert!(
            (breaker("call.user->web.breaker.open") - f64::from(open) / 1000.0).abs() < 1e-12,
            "{instants:?} {until}"
        );
        let sent = 2 * (ends[0] + ends[1]);
        assert_eq!(messages(&world), (sent, 0), "who fails fast sends nothing: {instants:?}");
        assert_eq!(edge(&world, &plan, "user", "web").0, sent / 2, "{instants:?}");
    }
}

/// Who fails fast hears it at once, and is not tried again unless the edge says so.
#[test]
fn a_breaker_takes_no_time() {
    let breaker = "breaker = { failures = 1, open = \"20 ms\" }";
    for (retry, end) in [
        ("", failed("breaker_open", 2 * MS)),
        ("retry = { attempts = 3, backoff = { constant = \"7 ms\" } }", failed("breaker_open", 2 * MS)),
        // At 10, 17 and 24 ms: it was open until 23 ms.
        ("retry = { attempts = 3, backoff = { constant = \"7 ms\" }, on = [\"breaker_open\"] }", ok(18 * MS)),
    ] {
        let plan = plan(&[
            HEAD,
            &once("first", "0 s", "request = \"app.go\""),
            &once("user", "9 ms", "request = \"app.go\""),
            "[server.app]\nworkers = 9\non.go = [ { call = \"web.go\" } ]\n",
            "[server.web]\nworkers = 9\non.go = []\n",
            &format!("[call.\"app -> web\"]\n{breaker}\n{retry}\n"),
            "[fault.wrong]\nat = \"0 s\"\nfor = \"5 ms\"\nerrors = \"web\"\nshare = 1\n",
        ]);
        let world = finished(&plan);
        // There and back to the application, and where it is called, to the server.
        assert_eq!(only(&world, &plan, "user"), end, "{retry}");
    }
}

/// Ten calls are enough to tell that half of them fail, within so many milliseconds.
#[test]
fn a_breaker_counts_a_share() {
    let instants: Vec<u64> = (0..40).map(|index| 10 * index).collect();
    // window [ms], the last error; ok, error, breaker_open
    for (window, until, ends) in [
        // Of the first ten answers five are errors: the one at 92 ms opens it for 1 s.
        (600, "45 ms", [5, 5, 30]),
        (600, "35 ms", [36, 4, 0]),
        // Ten calls never fall into 60 ms.
        (60, "45 ms", [35, 5, 0]),
        (60, "400 ms", [0, 40, 0]),
    ] {
        let terms =
            format!("breaker = {{ ratio = \"50 %\", calls = 10, window = \"{window} ms\", open = \"1 s\" }}");
        let plan = calls(&instants, &terms, until);
        let world = finished(&plan);
        assert_eq!(counts(&world, &["ok", "error", "breaker_open"]), ends, "{window} {until}");
    }
}

/// Each user of a closed loop has a breaker: one failure of each of two users does not open what two of one would.
#[test]
fn breakers_are_of_callers() {
    let terms = "breaker = { failures = 2, open = \"1 min\" }";
    for (users, ends) in [(1, [8, 1, 0]), (2, [16, 2, 0])] {
        let plan = plan(&[
            HEAD,
            &format!(
                "[client.user]\narrivals = {{ users = {users}, think = \"100 ms\" }}\nrequest = \"web.go\"\n"
            ),
            &format!("[call.\"user -> web\"]\n{terms}\n"),
            "[server.web]\nworkers = 9\non.go = []\n",
            "[fault.wrong]\nat = \"0 s\"\nfor = \"150 ms\"\nerrors = \"web\"\nshare = 1\n",
        ]);
        let mut world = World::new(&plan, 1);
        world.run_to_end();
        assert_eq!(counts(&world, &["ok", "error", "breaker_open"]), ends, "{users} users");
    }
}

/// Four calls of 12 ms each at 0, 1, 2 and 3 ms: no more than the limit are under way, and nobody waits.
#[test]
fn a_limit_is_a_bound_without_a_queue() {
    let web = "[server.web]\nworkers = 9\non.go = [ { work = \"10 ms\" } ]\n";
    let retry = "retry = { attempts = 2, backoff = { constant = \"12 ms\" }, on = [\"throttled\"] }";
    // terms; ok, throttled, timeout; turned away
    for (terms, ends, rejected) in [
        ("limit = { concurrency = 2 }".to_owned(), [2, 2, 0], 2),
        ("limit = { concurrency = 4 }".to_owned(), [4, 0, 0], 0),
        (format!("limit = {{ concurrency = 2 }}\n{retry}"), [4, 0, 0], 2),
        // Both give up at 1 and 2 ms: the third finds one place, and the fourth another one.
        ("limit = { concurrency = 1 }\ntimeout = \"1500 us\"".to_owned(), [0, 2, 2], 2),
        ("limit = { concurrency = 1 }\ntimeout = \"500 us\"".to_owned(), [0, 0, 4], 0),
        // The pool of one lets the second wait and sends the others away, who take no place of the limit.
        ("limit = { concurrency = 3 }\npool = { size = 1, queue = 1 }".to_owned(), [2, 0, 0], 0),
    ] {
        let plan = plan(&[
            HEAD,
            "[client.user]\narrivals = { batches = [ { at = \"0 s\", count = 4, every = \"1 ms\" } ] }\nrequest = \"web.go\"\n",
            &format!("[call.\"user -> web\"]\n{terms}\n"),
            web,
        ]);
        let world = finished(&plan);
        if terms.contains("pool") {
            assert_eq!(counts(&world, &["ok", "rejected"]), [2, 2]);
            assert_eq!(figure(&world, "call.user->web.pool.wait.max"), Some(0.011), "from 1 to 12 ms");
            assert_eq!(
                figure(&world, "call.user->web.pool.wait.mean"),
                Some(0.0055),
                "the other did not wait"
            );
        } else {
            assert_eq!(counts(&world, &["ok", "throttled", "timeout"]), ends, "{terms}");
        }
        assert_eq!(figure(&world, "call.user->web.limit.rejected"), Some(f64::from(rejected)), "{terms}");
    }
}

/// A server with one worker and no queue accepts s / (1 + s d) of s calls a second that take d each, whatever their law (Erlang
/// 1917). A caller that asks for K times what is accepted sends s = K s / (1 + s d), which is s = (K - 1) / d: all that is
/// beyond it fails at once. Here d is 1 s.
#[test]
fn adaptive_throttling_asks_for_a_multiple_of_what_is_accepted() {
    let (offered, duration) = (3.0, 10_000.0);
    for multiplier in [1.5, 2.0, 3.0] {
        let sent: f64 = multiplier - 1.0;
        let accepted = sent / multiplier;
        let keys = format!(
            "workers = 1\nqueue = 0\n[call.\"c -> s\"]\nlimit = {{ adaptive = {multiplier}, window = \"500 s\" }}\n"
        );
        let scenario = station(&poisson(offered), EXPONENTIAL, &keys, duration as u32);
        assert_figures(
            &format!("K = {multiplier}"),
            &scenario,
            &[
                ("call.c->s.limit.rejected", (offered - sent) * duration, 0.03),
                ("c.rate", accepted, 0.05),
                ("s.rejected", (sent - accepted) * duration, 0.08),
            ],
        );
    }
}

/// A caller whose calls are all accepted never keeps one back.
#[test]
fn adaptive_throttling_does_nothing_while_all_is_well() {
    let plan = plan(&[
        HEAD,
        "[client.user]\narrivals = { poisson = \"2000 /s\" }\nrequest = \"web.go\"\n",
        "[call.\"user -> web\"]\nlimit = { adaptive = 2 }\n",
        "[server.web]\nworkers = \"unbounded\"\non.go = []\n",
    ]);
    let mut world = World::new(&plan, 1);
    world.run_to_end();
    // The first answers come after 2 ms, when four have asked: until then less than K times what is accepted.
    let kept = figure(&world, "call.user->web.limit.rejected").expect("a value");
    assert!(kept <= 5.0, "{kept}");
    assert_eq!(visits(&world, &plan, "web").0 as f64 + kept, world.conservation().born as f64);
}

/// Twice as much is asked for as ten workers can do, 100 ms each. A caller that learns keeps about as many under way as there are
/// workers (and, with the gradient, what it lets wait); one that does not lets the queue grow for as long as it lasts.
#[test]
fn limits_that_learn_find_the_capacity() {
    let run = |limit: &str, queue: &str| {
        let plan = plan(&[
            "[scenario]\nduration = \"60 s\"\nwarm_up = \"30 s\"\n[network]\nround_trip = { within = \"0 s\" }\n",
            "[client.user]\narrivals = { poisson = \"200 /s\" }\nrequest = \"web.go\"\n",
            limit,
            &format!("[server.web]\nworkers = 10\n{queue}\non.go = [ {{ work = \"100 ms\" }} ]\n"),
        ]);
        let mut world = World::new(&plan, 1);
        world.run_to_end();
        ["web.utilization", "user.latency.p99", "call.user->web.limit.mean", "web.rejected"]
            .map(|name| Catalogue::of(&plan).get(name).map(|_| figure(&world, name)))
            .map(|value| value.flatten().unwrap_or(f64::NAN))
    };
    let limited = |limit: &str| format!("[call.\"user -> web\"]\nlimit = {limit}\n");
    let [busy, p99, ..] = run("", "");
    assert!(busy == 1.0 && p99 > 30.0, "{busy} {p99}");
    // Without a queue the first who finds no worker is dropped: the limit falls to nine tenths of eleven and comes back.
    let [busy, p99, limit, rejected] = run(&limited("\"aimd\""), "queue = 0");
    assert!(busy > 0.9 && (p99 - 0.1).abs() < 0.01 && (9.0..13.0).contains(&limit), "{busy} {p99} {limit}");
    // Without a limit 6456 would be turned away: Erlang's 53.8 % of 20 on 10 workers.
    assert!(rejected < 6456.0 / 2.0, "{rejected}");
    // Who waits too long counts as dropped as well.
    let [busy, p99, limit, _] = run(&limited("{ aimd = { timeout = \"150 ms\", increase = 0.05 } }"), "");
    assert!(busy > 0.85 && p99 < 0.25 && (8.0..20.0).contains(&limit), "{busy} {p99} {limit}");
    // Up to one and a half times as slow as in the long run is good: a queue of a half of the workers, its growth, and what the
    // long run forgets of the time before.
    let [busy, p99, limit, _] = run(&limited("\"gradient\""), "");
    assert!(busy > 0.99 && p99 < 0.6 && (11.0..60.0).contains(&limit), "{busy} {p99} {limit}");
}
