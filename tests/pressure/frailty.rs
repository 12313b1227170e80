//! Instances that stand still on their own: to collect garbage, and because they break down. In tiny scenarios that can be
//! calculated by hand (one way on the network takes 1 ms), and against queueing theory.

use crate::replications::{EXPONENTIAL, assert_figures, figure, poisson, scenario, station};
use crate::spike::{HEAD, MS, failed, finished, ok, once, only, plan};
use windtunnel::figures::Catalogue;
use windtunnel::plan::Scenario;
use windtunnel::station::Load;
use windtunnel::world::World;

/// How clients end that ask a server with one worker at these instants, and the server's load.
fn asked(at: &[&str], work: &str, server: &str) -> (Vec<(String, u64)>, Load) {
    let names: Vec<String> = (0..at.len()).map(|index| format!("c{index}")).collect();
    let clients: String =
        names.iter().zip(at).map(|(name, at)| once(name, at, "request = \"s.go\"")).collect();
    let server = format!("[server.s]\nworkers = 1\non.go = [ {{ work = \"{work}\" }} ]\n{server}\n");
    let plan = plan(&[HEAD, &clients, &server]);
    let world = finished(&plan);
    let mut load = Load::default();
    world.recorder().loads.iter().flatten().for_each(|cell| load += *cell);
    (names.iter().map(|name| only(&world, &plan, name)).collect(), load)
}

/// Three have room; the fourth, who arrives at 31 ms, waits for a collection of 5 ms.
#[test]
fn a_full_heap_is_collected_before_anybody_goes_on() {
    let heap = "heap = { size = \"3 MB\", per_request = \"1 MB\", pause = \"5 ms\" }\n";
    let (ends, load) = asked(&["0 s", "10 ms", "20 ms", "30 ms"], "2 ms", heap);
    assert_eq!(ends, [ok(4 * MS), ok(4 * MS), ok(4 * MS), ok(9 * MS)]);
    assert_eq!((load.collections, load.stood), (1, u128::from(5 * MS)));
    // A crash at 32 ms ends the collection, and whoever comes after the restart finds an empty heap.
    let crash = "[fault.lost]\nat = \"32 ms\"\nfor = \"1 ms\"\ncrash = \"s\"\n";
    let (ends, load) = asked(&["0 s", "10 ms", "20 ms", "30 ms", "33 ms"], "2 ms", &format!("{heap}{crash}"));
    assert_eq!(ends[3..], [failed("reset", 3 * MS), ok(4 * MS)]);
    assert_eq!((load.collections, load.stood), (1, u128::from(MS)));
}

/// The third arrives at 3 ms, when 1 MB lives for ever and 2 MB belong to those who are there: 3 ms, in which the first, who has
/// worked for 2 ms, stands still. Later only 1 MB is left to go through.
#[test]
fn a_collection_goes_through_what_lives() {
    let heap = "heap = { size = \"3 MB\", per_request = \"1 MB\", live = \"1 MB\", speed = \"1 GB/s\" }";
    let (ends, load) = asked(&["0 s", "1 ms", "2 ms", "40 ms"], "10 ms", heap);
    assert_eq!(ends, [ok(15 * MS), ok(24 * MS), ok(33 * MS), ok(13 * MS)]);
    assert_eq!((load.collections, load.stood), (2, u128::from(4 * MS)));
}

/// All is well for 5 ms, then nothing happens for 3 ms.
#[test]
fn work_resumes_or_restarts_after_a_breakdown() {
    let broken = |terms: &str| format!("breakdown = {{ mttf = \"5 ms\", mttr = \"3 ms\"{terms} }}");
    for (terms, work, at, expected, breakdowns) in [
        // Working from 1 to 6 and 9 to 12 ms; then for 2 ms more before the next breakdown, at 23 ms, and for 5 before 31 ms.
        (", when = \"working\"", "8 ms", ["0 s", "20 ms"], [13, 16], 3),
        // Working from 1 to 5 ms; then from 11 to 12 ms in vain, and from 15 to 19 ms.
        (", when = \"working\", work = \"restarts\"", "4 ms", ["0 s", "10 ms"], [6, 10], 1),
        (", when = \"working\"", "4 ms", ["0 s", "10 ms"], [6, 9], 1),
    ] {
        let (ends, load) = asked(&at, work, &broken(terms));
        assert_eq!(ends, expected.map(|latency| ok(latency * MS)), "{terms}");
        assert_eq!((load.breakdowns, load.stood), (breakdowns, u128::from(breakdowns * 3 * MS)), "{terms}");
    }
    // Broken from 5 to 8, 13 to 16 and 21 to 24 ms, whoever is there.
    let (ends, load) = asked(&["0 s", "14 ms"], "8 ms", &broken(""));
    assert_eq!(ends, [ok(13 * MS), ok(14 * MS)]);
    assert_eq!(load.breakdowns, 125);
    // The first, interrupted after 4 ms, has to do them again.
    let (ends, _) = asked(&["0 s", "14 ms"], "4.5 ms", &broken(", work = \"restarts\""));
    assert_eq!(ends, [ok(13_500_000), ok(7_500_000)]);
}

/// Working from 1 to 5 ms, and on the second from 11 to 12 ms, when that is lost: its caller hears so at 13 ms, during the repair.
/// The third has waited since 11 ms and is worked on from 15 to 19 ms.
#[test]
fn work_is_lost_in_a_breakdown_and_whoever_waits_stays() {
    let broken = "breakdown = { mttf = \"5 ms\", mttr = \"3 ms\", when = \"working\", work = \"lost\" }";
    let (ends, load) = asked(&["0 s", "10 ms", "10 ms"], "4 ms", broken);
    assert_eq!(ends, [ok(6 * MS), failed("reset", 3 * MS), ok(10 * MS)]);
    assert_eq!((load.breakdowns, load.stood), (1, u128::from(3 * MS)));
    assert_eq!((load.served, load.stopped, load.failed), (2, 1, 1));
    // What an event loop does for one of three at a time is lost alone.
    let (ends, _) = asked(&["0 s", "10 ms", "10 ms"], "4 ms", &format!("blocking = false\n{broken}"));
    assert_eq!(ends, [ok(6 * MS), failed("reset", 3 * MS), ok(10 * MS)]);
    // A branch that is lost fails its handler, unless the other one is enough: the handler goes on when the instance does.
    for (need, end) in [(2, failed("reset", 10 * MS)), (1, ok(10 * MS))] {
        let both =
            format!("{{ all = [ [ {{ work = \"9 ms\" }} ], [ {{ wait = \"6 ms\" }} ] ], need = {need} }}");
        let server = format!("[server.s]\nworkers = 2\non.go = [ {both} ]\n{broken}\n");
        let plan = plan(&[HEAD, &once("c", "0 s", "request = \"s.go\""), &server]);
        assert_eq!(only(&finished(&plan), &plan, "c"), end, "{need} of two");
    }
}

/// The mean sojourn in M/G/1 (Pollaczek 1930, Khinchine 1932).
fn sojourn(rate: f64, mean: f64, square: f64) -> f64 {
    mean + rate * square / (2.0 * (1.0 - rate * mean))
}

fn mean_latency(what: &str, system: &Scenario, exact: f64) {
    assert_figures(what, system, &[("c.latency.mean", exact, 0.06)]);
}

const UP: f64 = 5.0;

fn breakdown(repair: &str, terms: &str) -> String {
    format!("workers = 1\nbreakdown = {{ mttf = {{ exponential = \"{UP} s\" }}, mttr = {repair}{terms} }}")
}

/// Breakdowns of a server at work stretch each service S to a completion time C of mean E[S] (1 + E[D] / f) and second moment
/// E[S^2] (1 + E[D] / f)^2 + E[S] E[D^2] / f (White and Christie 1958; Gaver 1962).
#[test]
fn completion_times_that_resume() {
    let rate = 0.5;
    for (repair, square) in [("{ exponential = \"1 s\" }", 2.0), ("\"1 s\"", 1.0)] {
        let stretch = 1.0 + 1.0 / UP;
        let exact = sojourn(rate, stretch, 2.0 * stretch * stretch + square / UP);
        let keys = breakdown(repair, ", when = \"working\"");
        mean_latency(&keys, &station(&poisson(rate), EXPONENTIAL, &keys, 8_000), exact);
    }
}

/// Where time without work counts, too, whoever comes may find a broken server: with the probability E[D] / (f + E[D]), for
/// E[D^2] / (2 E[D]) more. With exponential services and N there, by Little, T = (N + 1) E[C] + that, and N = rate T (M/M/1 with
/// breakdowns at any time: White and Christie 1958; Avi-Itzhak and Naor 1963).
#[test]
fn breakdowns_at_any_time() {
    let rate = 0.5;
    for (repair, square) in [("{ exponential = \"1 s\" }", 2.0), ("\"1 s\"", 1.0)] {
        let finds_it_broken = 1.0 / (UP + 1.0) * square / 2.0;
        let stretch = 1.0 + 1.0 / UP;
        let exact = (stretch + finds_it_broken) / (1.0 - rate * stretch);
        let keys = breakdown(repair, "");
        mean_latency(&keys, &station(&poisson(rate), EXPONENTIAL, &keys, 8_000), exact);
        // The same as a campaign of pauses.
        let campaign = format!(
            "workers = 1\n[campaign.weak]\nmttf = {{ exponential = \"{UP} s\" }}\nmttr = {repair}\npause = \"s\""
        );
        mean_latency(&campaign, &station(&poisson(rate), EXPONENTIAL, &campaign, 8_000), exact);
    }
}

/// A constant service of s that restarts fails N times, which is geometric, each time after an exponential time X below s:
/// C = s + the sum of N times X + D (Gaver 1962), of mean (e^(s / f) - 1) (f + E[D]).
#[test]
fn completion_times_that_restart() {
    let (rate, s) = (0.4, 1.0_f64);
    let (square_of_repair, repair) = (2.0, 1.0);
    let through = (-s / UP).exp();
    let odds = (1.0 - through) / through;
    let (x, square_of_x) = (UP - s / odds, 2.0 * UP * UP - (s * s + 2.0 * s * UP) / odds);
    let once = x + repair;
    let square_of_once = square_of_x + 2.0 * x * repair + square_of_repair;
    let mean = s + odds * once;
    assert!((mean - ((s / UP).exp() - 1.0) * (UP + repair)).abs() < 1e-12);
    let square = s * s + 2.0 * s * odds * once + odds * square_of_once + 2.0 * odds * odds * once * once;
    let keys = breakdown("{ exponential = \"1 s\" }", ", when = \"working\", work = \"restarts\"");
    mean_latency(&keys, &station(&poisson(rate), "\"1 s\"", &keys, 8_000), sojourn(rate, mean, square));
}

/// Work that is lost: a service S of rate m ends after X, the shorter of it and the time F of rate f to the breakdown, which is
/// exponential of rate m + f whichever it is; with the probability f / (m + f) it is F, and a repair D follows. To those who wait
/// the server is an M/G/1 with services X + D. Who is served stayed for the wait and X.
#[test]
fn work_that_is_lost_is_an_earlier_end_and_a_repair() {
    let (rate, f) = (0.6, 1.0 / UP);
    for (repair, square) in [("{ exponential = \"1 s\" }", 2.0), ("\"1 s\"", 1.0)] {
        let (x, is_lost) = (1.0 / (1.0 + f), f / (1.0 + f));
        let mean = x + is_lost;
        let second = 2.0 * x * x + 2.0 * x * is_lost + is_lost * square;
        let latency = sojourn(rate, mean, second) - mean + x;
        let keys = breakdown(repair, ", when = \"working\", work = \"lost\"");
        let system = station(&poisson(rate), EXPONENTIAL, &keys, 8_000);
        let expected = [
            ("c.latency.mean", latency, 0.06),
            ("c.availability", 1.0 - is_lost, 0.02),
            ("s.breakdowns", rate * is_lost * 8_000.0, 0.05),
        ];
        assert_figures(&keys, &system, &expected);
    }
}

/// A collection of 100 ms every 500 requests, at 100 a second: of 500, one waits for all of it and ten come within it. Without
/// collections nobody takes more than 2 ms.
#[test]
fn pauses_are_seen_at_the_99th_percentile_only() {
    let run = |heap: &str| {
        let system = scenario(&format!(
            "[scenario]\nduration = \"300 s\"\nwarm_up = \"10 s\"\n\
             [client.c]\narrivals = {{ poisson = \"100 /s\" }}\nrequest = \"s.go\"\n\
             [server.s]\nworkers = \"unbounded\"\non.go = [ {{ work = \"2 ms\" }} ]\n{heap}\n"
        ));
        let catalogue = Catalogue::of(&system.plan);
        let mut world = World::new(&system.plan, 1);
        world.run_to_end();
        let mut names = vec!["c.latency.p90", "c.latency.p99", "c.latency.max"];
        names.extend((!heap.is_empty()).then_some("s.collections"));
        names.iter().map(|name| figure(&world, &catalogue, name)).collect::<Vec<f64>>()
    };
    let without = run("");
    assert!(without.iter().all(|latency| (latency / 0.002 - 1.0).abs() < 0.01), "{without:?}");
    let with = run("heap = { size = \"500 MB\", per_request = \"1 MB\", pause = \"100 ms\" }");
    // Five of 500 wait for longer than 60 ms: 1 + 10 x 40 %. Over 60 collections that is 300 give or take 15, or 2.6 ms.
    println!("{with:?}");
    assert!((with[0] / 0.002 - 1.0).abs() < 0.01, "{with:?}");
    assert!((with[1] / 0.062 - 1.0).abs() < 0.13, "{with:?}");
    assert!((with[2] / 0.102 - 1.0).abs() < 0.01, "{with:?}");
    assert!((with[3] / 60.0 - 1.0).abs() < 0.06, "{with:?}");
}
