//! Crashes: who is there is reset, who comes is refused or hears nothing, and what was started boots before it serves.

use super::levels::levels_around;
use super::spike::{HEAD, MS, edge, ended, failed, finished, messages, ok, once, only, plan, visits};
use super::{DOWN, answers, asks, drained, fault, server};
use windtunnel::station::Levels;
use windtunnel::world::World;

/// Down from 5 to 15 ms. Who works and who waits there hears of it one way later, at 6 ms; who arrives at 8 ms is refused and
/// home after a round trip; who arrives in the instant of the restart finds an empty station.
#[test]
fn a_crash_resets_who_is_there_and_refuses_who_comes() {
    let plan = plan(&[
        HEAD,
        &asks("first", "0 s"),
        &asks("second", "1 ms"),
        &asks("third", "7 ms"),
        &asks("fourth", "14 ms"),
        &server("web", "{ work = \"10 ms\" }"),
        &fault("lost", "5 ms", "10 ms", "crash = \"web\""),
    ]);
    let mut world = World::new(&plan, plan.seed);
    let before = Levels { busy: 1, queued: 1, present: 2, ..Levels::default() };
    assert_eq!(levels_around(&mut world, &plan, "web", 5 * MS), (before, DOWN));
    let after = Levels { busy: 1, present: 1, ..Levels::default() };
    assert_eq!(levels_around(&mut world, &plan, "web", 15 * MS), (DOWN, after));
    let world = finished(&plan);
    assert_eq!(
        ["first", "second", "third", "fourth"].map(|client| only(&world, &plan, client)),
        [failed("reset", 6 * MS), failed("reset", 5 * MS), failed("refused", 2 * MS), ok(12 * MS)]
    );
    assert_eq!(visits(&world, &plan, "web"), (1, 0, u128::from(10 * MS)));
}

/// Down from 5 to 15 ms and refusing until it has booted at 20 ms; a crash at 18 ms that lasts 1 ms puts that off until 24 ms.
#[test]
fn an_instance_that_is_started_boots_before_it_serves() {
    let web = server("web", "{ work = \"1 ms\" }") + "boot = \"5 ms\"\n";
    let lost = fault("lost", "5 ms", "10 ms", "crash = \"web\"");
    let again = fault("again", "18 ms", "1 ms", "crash = \"web\"");
    let clients = [("a", "13 ms"), ("b", "18 ms"), ("c", "19 ms"), ("d", "22 ms"), ("e", "23 ms")];
    let (refused, served) = (failed("refused", 2 * MS), ok(3 * MS));
    for (faults, answers_at) in [
        (vec![&lost], [&refused, &refused, &served, &served, &served]),
        (vec![&lost, &again], [&refused, &refused, &refused, &refused, &served]),
    ] {
        let parts: Vec<&str> = faults.into_iter().chain([&web]).map(String::as_str).collect();
        assert_eq!(answers(&parts, &clients).iter().collect::<Vec<_>>(), answers_at, "{parts:?}");
    }
    // Whoever still boots when the run ends comes up as it drains.
    let late = fault("late", "998 ms", "1 ms", "crash = \"web\"");
    drained(&plan(&[HEAD, &asks("a", "0 s"), &web, &late]));
}

/// The handler has called both callees by 2 ms and crashes at 4. They go on until 12 ms, in vain: one works for 8 ms, the
/// other one only waits.
#[test]
fn the_calls_of_a_crashed_handler_go_on_in_vain() {
    for steps in [
        "{ all = [ [ { call = \"near.go\" } ], [ { call = \"far.go\" } ] ] }",
        "{ send = \"far.go\" }, { call = \"near.go\" }",
    ] {
        let plan = plan(&[
            HEAD,
            &asks("user", "0 s"),
            &server("web", steps),
            &server("near", "{ work = \"10 ms\" }"),
            "[server.far]\nworkers = \"unbounded\"\non.go = [ { wait = \"10 ms\" } ]\n",
            &fault("lost", "4 ms", "1 ms", "crash = \"web\""),
        ]);
        let mut world = World::new(&plan, plan.seed);
        let busy = Levels { busy: 1, present: 1, ..Levels::default() };
        assert_eq!(levels_around(&mut world, &plan, "near", 4 * MS), (busy, busy), "{steps}");
        let world = finished(&plan);
        assert_eq!(only(&world, &plan, "user"), failed("reset", 5 * MS), "{steps}");
        assert_eq!(edge(&world, &plan, "web", "near"), (1, 0, 0, u128::from(8 * MS)), "{steps}");
        assert_eq!((visits(&world, &plan, "near").0, visits(&world, &plan, "far").0), (1, 1), "{steps}");
        assert_eq!(visits(&world, &plan, "web").0, 0, "{steps}");
    }
}

/// The answer has left at 2 ms and is not called back; what was sent by 3 ms arrives, what was to leave at 11 ms is gone.
#[test]
fn a_crash_takes_back_nothing_that_has_left() {
    let plan = plan(&[
        HEAD,
        &asks("user", "0 s"),
        &server(
            "web",
            "{ send = \"log.go\", after = \"2 ms\" }, { send = \"log.go\", after = \"10 ms\" }, { work = \"1 ms\" }, \
             { answer = \"ok\" }, { work = \"10 ms\" }",
        ),
        &server("log", "{ work = \"5 ms\" }"),
        &fault("lost", "5 ms", "1 ms", "crash = \"web\""),
    ]);
    let world = finished(&plan);
    assert_eq!(only(&world, &plan, "user"), ok(3 * MS));
    assert_eq!(visits(&world, &plan, "log"), (1, 0, u128::from(5 * MS)));
    assert_eq!(visits(&world, &plan, "web").0, 0);
}

/// A user thinks for 5 ms and asks at 5, 14, 23, 30, 37, 44 and 53 ms; what arrives between 20 and 40 ms is refused after a round
/// trip, the rest takes 4 ms.
#[test]
fn users_think_after_a_refusal_too() {
    let plan = plan(&[
        "[scenario]\nduration = \"60 ms\"\n[network]\nround_trip = { within = \"2 ms\" }\n",
        "[client.user]\narrivals = { users = 1, think = \"5 ms\" }\nrequest = \"web.go\"\n",
        &server("web", "{ work = \"2 ms\" }"),
        &fault("lost", "20 ms", "20 ms", "crash = \"web\""),
    ]);
    let world = finished(&plan);
    let (mut outcomes, latencies) = ended(&world, &plan, "user");
    outcomes.sort_unstable();
    assert_eq!(outcomes, [("ok".to_owned(), 4), ("refused".to_owned(), 3)]);
    assert_eq!(latencies.sum(), u128::from((4 * 4 + 3 * 2) * MS));
}

/// Whatever the station is like, a crash at 5 ms empties it, and who arrives at 21 ms is served as if nobody had been there.
#[test]
fn every_sort_of_station_restarts_empty() {
    let busy = |busy, queued, computing| Levels { busy, queued, present: 3, computing, down: 0, memory: 0 };
    for (keys, before, latency) in [
        ("workers = 1", busy(1, 2, 0), 8),
        ("workers = 1\ndiscipline = \"processor_sharing\"", busy(1, 2, 0), 8),
        ("workers = 1\ndiscipline = \"lifo\"", busy(1, 2, 0), 8),
        ("workers = 1\ndiscipline = \"random\"", busy(1, 2, 0), 8),
        ("workers = 1\ndiscipline = \"shortest_first\"", busy(1, 2, 0), 8),
        ("workers = 2\ncores = 1", busy(2, 1, 1), 8),
        ("workers = 2\ncores = 1\nblocking = false", busy(2, 1, 1), 8),
        ("workers = 2\ncores = 1\ndiscipline = \"priority_preemptive\"", busy(2, 1, 1), 8),
    ] {
        let plan = plan(&[
            HEAD,
            &asks("first", "0 s"),
            &once("second", "1 ms", "request = \"web.go\"\npriority = 3"),
            &once("third", "2 ms", "request = \"web.go\"\npriority = 2"),
            &asks("fourth", "20 ms"),
            &format!("[server.web]\non.go = [ {{ work = \"6 ms\" }} ]\n{keys}\n"),
            &fault("lost", "5 ms", "3 ms", "crash = \"web\""),
        ]);
        let mut world = World::new(&plan, plan.seed);
        assert_eq!(levels_around(&mut world, &plan, "web", 5 * MS), (before, DOWN), "{keys}");
        let world = finished(&plan);
        assert_eq!(
            ["first", "second", "third", "fourth"].map(|client| only(&world, &plan, client)),
            [failed("reset", 6 * MS), failed("reset", 5 * MS), failed("reset", 4 * MS), ok(latency * MS)],
            "{keys}"
        );
    }
}

/// The work of 10 ms begins at 2 ms, is interrupted at 4 and lost at 5. What its caller does from 6 ms on takes 2 ms, not what
/// remained of the other work.
#[test]
fn interrupted_work_is_lost_with_its_instance() {
    let line = "discipline = \"priority_preemptive\"\n";
    let plan = plan(&[
        HEAD,
        &once("low", "0 s", "request = \"app.go\"\npriority = 3"),
        &once("high", "3 ms", "request = \"web.go\"\npriority = 1"),
        &server("app", "{ call = \"web.go\", on_error = [ { work = \"2 ms\" } ] }"),
        line,
        &server("web", "{ work = \"10 ms\" }"),
        line,
        &fault("lost", "5 ms", "1 ms", "crash = \"web\""),
    ]);
    let world = finished(&plan);
    assert_eq!(only(&world, &plan, "low"), ok(9 * MS));
    assert_eq!(only(&world, &plan, "high"), failed("reset", 3 * MS));
}

/// One of two branches is at the instance that crashes at 5 ms: its handler, elsewhere, hears of it at 6 ms.
#[test]
fn a_branch_hears_of_the_crash_of_its_callee() {
    let plan = plan(&[
        HEAD,
        &once("user", "0 s", "request = \"app.go\""),
        &server("app", "{ all = [ [ { call = \"web.go\" } ], [ { wait = \"2 ms\" } ] ] }"),
        &server("web", "{ work = \"10 ms\" }"),
        &fault("lost", "5 ms", "1 ms", "crash = \"web\""),
    ]);
    assert_eq!(only(&finished(&plan), &plan, "user"), failed("reset", 7 * MS));
}

/// Nothing is heard from 5 to 30 ms: neither of the request that is there nor of the one that comes; both are given up after
/// 20 ms. Their work until 5 ms was not in vain when it was done.
#[test]
fn a_silent_crash_is_seen_by_timeouts() {
    let plan = plan(&[
        HEAD,
        "[call.default]\ntimeout = \"20 ms\"\n",
        &asks("first", "0 s"),
        &asks("second", "7 ms"),
        &asks("third", "29 ms"),
        &server("web", "{ work = \"10 ms\" }"),
        &fault("lost", "5 ms", "25 ms", "crash = \"web\"\nsilent = true"),
    ]);
    let mut world = World::new(&plan, plan.seed);
    assert_eq!(levels_around(&mut world, &plan, "web", 5 * MS).1, DOWN);
    let world = finished(&plan);
    assert_eq!(
        ["first", "second", "third"].map(|client| only(&world, &plan, client)),
        [failed("timeout", 20 * MS), failed("timeout", 20 * MS), ok(12 * MS)]
    );
    assert_eq!(edge(&world, &plan, "first", "web"), (1, 0, 1, 0));
    assert_eq!((visits(&world, &plan, "web").0, messages(&world)), (1, (4, 0)));
}

/// One of two targets is down for good. A request every 10 ms takes 5 ms where somebody is and is given up after 95 ms where
/// nobody is; its place at the target is free again at 96 ms, so that the target that swallows whatever it gets is not the
/// least busy one but once in 100 ms. Whoever refuses at once always is.
#[test]
fn a_black_hole_fills_up_and_does_not_attract_everybody() {
    for (policy, silent, lost) in [
        ("least_outstanding", true, 10),
        ("round_robin", true, 50),
        ("least_outstanding", false, 50),
        ("round_robin", false, 50),
    ] {
        let plan = plan(&[
            HEAD,
            "[client.user]\narrivals = { batches = [ { at = \"0 s\", count = 100, every = \"10 ms\" } ] }\nrequest = \"front.go\"\n",
            "[call.\"user -> front\"]\ntimeout = \"95 ms\"\n",
            &format!("[balancer.front]\ntargets = [\"web\"]\npolicy = \"{policy}\"\n"),
            "[server.web]\ninstances = 2\nworkers = 10\non.go = [ { work = \"1 ms\" } ]\n",
            &fault("lost", "0 s", "2 s", &format!("crash = \"web[0]\"\nsilent = {silent}")),
        ]);
        let world = drained(&plan);
        let (outcomes, _) = ended(&world, &plan, "user");
        let ok = outcomes.iter().find(|(word, _)| word == "ok").map_or(0, |(_, count)| *count);
        assert_eq!(ok, 100 - lost, "{policy}, silent = {silent}: {outcomes:?}");
    }
}
