//! What befalls instances and links, in tiny scenarios with constant times whose every instant can be calculated by hand.
//! One way on the network takes 1 ms unless a test says otherwise; every client makes one request unless it says otherwise.

mod common;
#[path = "common/figures.rs"]
mod figures;
#[path = "common/levels.rs"]
mod levels;
#[path = "common/spike.rs"]
mod spike;

use common::plan_of;
use figures::figures;
use levels::levels_around;
use spike::{HEAD, MS, edge, ended, failed, finished, messages, ok, once, only, plan, visits};
use std::collections::BTreeMap;
use windtunnel::station::Levels;
use windtunnel::world::{Pause, World};

/// A fault of 20 letters or less in a table of its own.
fn fault(name: &str, at: &str, length: &str, terms: &str) -> String {
    format!("[fault.{name}]\nat = \"{at}\"\nfor = \"{length}\"\n{terms}\n")
}

/// A server with one worker.
fn server(name: &str, steps: &str) -> String {
    format!("[server.{name}]\nworkers = 1\non.go = [ {steps} ]\n")
}

fn asks(name: &str, at: &str) -> String {
    once(name, at, "request = \"web.go\"")
}

/// Whom a table of a single server, and what befalls it, makes of clients that ask at these instants, by their names.
fn answers(parts: &[&str], clients: &[(&str, &str)]) -> Vec<(String, u64)> {
    let clients_text: String = clients.iter().map(|(name, at)| asks(name, at)).collect();
    let plan = plan(&[&[HEAD, &clients_text], parts].concat());
    let world = finished(&plan);
    clients.iter().map(|(name, _)| only(&world, &plan, name)).collect()
}

/// A run until everybody who waits for a lost message has gone home.
fn drained(plan: &windtunnel::plan::Plan) -> World<'_> {
    let mut world = World::new(plan, plan.seed);
    assert_eq!(world.run_to_end(), Pause::End);
    assert_eq!(world.drain(), Pause::End);
    assert!(world.is_empty(), "somebody is still there");
    world
}

const DOWN: Levels = Levels { busy: 0, queued: 0, present: 0, computing: 0, down: 1, memory: 0 };

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

/// The first has 6 of its 10 ms left when the instance stops at 5 ms, and all of them at 25 ms; who comes meanwhile waits.
#[test]
fn paused_work_resumes_where_it_stood() {
    let plan = plan(&[
        HEAD,
        &asks("first", "0 s"),
        &asks("second", "2 ms"),
        &asks("third", "6 ms"),
        &server("web", "{ work = \"10 ms\" }"),
        &fault("asleep", "5 ms", "20 ms", "pause = \"web\""),
    ]);
    let mut world = World::new(&plan, plan.seed);
    let levels = |queued| Levels { busy: 1, queued, present: 1 + queued, ..Levels::default() };
    assert_eq!(levels_around(&mut world, &plan, "web", 7 * MS), (levels(1), levels(2)));
    assert_eq!(levels_around(&mut world, &plan, "web", 25 * MS), (levels(2), levels(2)));
    let world = finished(&plan);
    assert_eq!(
        ["first", "second", "third"].map(|client| only(&world, &plan, client)),
        [ok(32 * MS), ok(40 * MS), ok(46 * MS)]
    );
    assert_eq!(
        visits(&world, &plan, "web"),
        (3, u128::from((28 + 34) * MS), u128::from((30 + 38 + 44) * MS))
    );
}

/// What happens to a handler while its instance stands still happens when it goes on, in the same order.
#[test]
fn a_paused_handler_waits_with_its_timers() {
    for (pause, steps, store, expected) in [
        // The wait is over at 11 ms.
        (("3 ms", "2 ms"), "{ wait = \"10 ms\" }", "1 ms", ok(12 * MS)),
        (("3 ms", "17 ms"), "{ wait = \"10 ms\" }", "1 ms", ok(21 * MS)),
        // The answer is there at 5 ms, before the timeout at 6; without a pause the same.
        (("3 ms", "17 ms"), "{ call = \"store.go\" }", "2 ms", ok(21 * MS)),
        (("30 ms", "1 ms"), "{ call = \"store.go\" }", "2 ms", ok(6 * MS)),
        // The answer is there at 8 ms.
        (("3 ms", "17 ms"), "{ call = \"store.go\" }", "5 ms", failed("timeout", 21 * MS)),
        // Work begins only when the request gets its turn again.
        (("1 ms", "9 ms"), "{ work = \"1 ms\" }", "1 ms", ok(12 * MS)),
        (("1 ms", "9 ms"), "", "1 ms", ok(11 * MS)),
    ] {
        let plan = plan(&[
            HEAD,
            &asks("user", "0 s"),
            if steps.contains("store") { "[call.\"web -> store\"]\ntimeout = \"5 ms\"\n" } else { "" },
            &server("web", steps),
            &server("store", &format!("{{ work = \"{store}\" }}")),
            &fault("asleep", pause.0, pause.1, "pause = \"web\""),
        ]);
        assert_eq!(only(&finished(&plan), &plan, "user"), expected, "{pause:?} {steps} {store}");
    }
}

/// The first has 3.5 and the second 5.5 ms left when both stop at 4 ms; at half the speed the first is done 7 ms after 14 ms, the
/// second 2 ms later.
#[test]
fn shared_cores_stop_and_resume() {
    let found = answers(
        &[
            "[server.web]\nworkers = 1\ndiscipline = \"processor_sharing\"\non.go = [ { work = \"6 ms\" } ]\n",
            &fault("asleep", "4 ms", "10 ms", "pause = \"web\""),
        ],
        &[("first", "0 s"), ("second", "2 ms")],
    );
    assert_eq!(found, [ok(22 * MS), ok(22 * MS)]);
}

/// Of 10 ms of work that begin at 1 ms, 6 remain at 5 ms.
#[test]
fn work_that_has_begun_changes_its_speed() {
    let slow = |name: &str, at: &str, length: &str, factor: &str| {
        fault(name, at, length, &format!("slow = \"web\"\nfactor = {factor}"))
    };
    let pause = |name: &str, at: &str, length: &str| fault(name, at, length, "pause = \"web\"");
    for (faults, latency) in [
        (slow("a", "5 ms", "12 ms", "3"), 20),
        (slow("a", "5 ms", "1 s", "2"), 18),
        (slow("a", "5 ms", "1 s", "0.5"), 9),
        // 2 ms at a sixth of the speed, then 4 at full.
        (slow("a", "5 ms", "12 ms", "2") + &slow("b", "5 ms", "12 ms", "3"), 22),
        // 2 ms of work until 9 ms, 1 until 15 ms, 1 until 18 ms, 2 at full speed.
        (slow("a", "5 ms", "10 ms", "2") + &slow("b", "9 ms", "9 ms", "3"), 21),
        (pause("a", "5 ms", "4 ms") + &pause("b", "7 ms", "8 ms"), 22),
        // It stands until 9 ms, and what remains takes twice as long.
        (pause("a", "5 ms", "4 ms") + &slow("b", "6 ms", "1 s", "2"), 22),
        (slow("a", "1 ms", "1 s", "2"), 22),
        (slow("a", "11 ms", "1 s", "2"), 12),
    ] {
        for discipline in ["fifo", "priority_preemptive", "processor_sharing"] {
            let web = format!(
                "[server.web]\nworkers = 1\ndiscipline = \"{discipline}\"\non.go = [ {{ work = \"10 ms\" }} ]\n"
            );
            let found = answers(&[&web, &faults], &[("user", "0 s")]);
            let (word, found) = &found[0];
            // A third of a core's speed is no whole number.
            let tolerance = u64::from(discipline == "processor_sharing");
            assert_eq!(word, "ok", "{discipline}\n{faults}");
            assert!(found.abs_diff(latency * MS) <= tolerance, "{found} {discipline}\n{faults}");
        }
    }
}

/// Two crashes overlap from 10 to 15 ms: it is up again when the second ends at 25 ms. A fault may begin in the warm-up, and last
/// beyond the end.
#[test]
fn faults_overlap_and_reach_beyond_the_edges_of_the_run() {
    let crash = |name: &str, at: &str, length: &str| fault(name, at, length, "crash = \"web\"");
    let head = "[scenario]\nduration = \"100 ms\"\nwarm_up = \"50 ms\"\n[network]\nround_trip = { within = \"2 ms\" }\n";
    let refused = failed("refused", 2 * MS);
    for (faults, at, expected) in [
        (crash("a", "5 ms", "10 ms") + &crash("b", "10 ms", "15 ms"), "11 ms", &refused),
        (crash("a", "5 ms", "10 ms") + &crash("b", "10 ms", "15 ms"), "19 ms", &refused),
        (crash("a", "5 ms", "10 ms") + &crash("b", "10 ms", "15 ms"), "24 ms", &ok(3 * MS)),
        (crash("b", "5 ms", "10 ms") + &crash("a", "5 ms", "20 ms"), "20 ms", &refused),
        (crash("a", "-5 ms", "10 ms"), "3 ms", &refused),
        (crash("a", "-5 ms", "10 ms"), "4 ms", &ok(3 * MS)),
        (crash("a", "-50 ms", "10 ms"), "0 ms", &ok(3 * MS)),
        (crash("a", "95 ms", "1 day"), "96 ms", &refused),
        ("[fault.a]\nat = \"95 ms\"\ncrash = \"web\"\n".to_owned(), "96 ms", &refused),
        // It begins in the instant of the arrival, and comes first; it ends in that instant, and comes first.
        (crash("a", "20 ms", "1 ms"), "19 ms", &refused),
        (crash("a", "19 ms", "1 ms"), "19 ms", &ok(3 * MS)),
    ] {
        let plan = plan(&[head, &asks("user", at), &server("web", "{ work = \"1 ms\" }"), &faults]);
        assert_eq!(&only(&drained(&plan), &plan, "user"), expected, "{faults}{at}");
    }
}

/// The work has been done when the error strikes; an early answer is one too, and its handler goes on.
#[test]
fn errors_strike_at_the_end_of_the_service() {
    for (steps, latency, sojourn) in [
        ("{ work = \"5 ms\" }", 7, 5),
        ("{ work = \"5 ms\" }, { return = \"gone\" }", 7, 5),
        ("{ work = \"1 ms\" }, { answer = \"ok\" }, { work = \"4 ms\" }", 3, 5),
        ("{ repeat = 2, do = [ { work = \"1 ms\" }, { answer = \"ok\" } ] }", 3, 2),
    ] {
        let errors = fault("bad", "0 s", "1 s", "errors = \"web\"\nshare = \"100 %\"");
        let plan = plan(&[HEAD, &asks("user", "0 s"), &server("web", steps), &errors]);
        let world = finished(&plan);
        assert_eq!(only(&world, &plan, "user"), failed("error", latency * MS), "{steps}");
        assert_eq!(visits(&world, &plan, "web"), (1, 0, u128::from(sojourn * MS)), "{steps}");
    }
}

/// Of 10,000 visits a tenth; of two faults of a tenth together 19 %. Three standard deviations on either side.
#[test]
fn errors_strike_their_share() {
    for (shares, chance) in [(&["10 %"][..], 0.1), (&["10 %", "10 %"], 0.19)] {
        let errors: String = shares
            .iter()
            .enumerate()
            .map(|(index, share)| {
                fault(&format!("bad{index}"), "0 s", "1 s", &format!("errors = \"web\"\nshare = \"{share}\""))
            })
            .collect();
        let plan = plan(&[
            HEAD,
            "[client.user]\narrivals = { batches = [ { at = \"0 s\", count = 10000 } ] }\nrequest = \"web.go\"\n",
            "[server.web]\nworkers = \"unbounded\"\non.go = [ { work = \"1 ms\" } ]\n",
            &errors,
        ]);
        let (outcomes, _) = ended(&finished(&plan), &plan, "user");
        let errors = outcomes.iter().find(|(word, _)| word == "error").map_or(0, |(_, count)| *count);
        let variance: f64 = 10_000.0 * chance * (1.0 - chance);
        assert!((errors as f64 - 10_000.0 * chance).abs() < 3.0 * variance.sqrt(), "{shares:?}: {errors}");
    }
}

/// More workers or cores serve those who wait at once, in the order in which they came; with fewer those who have begun go on.
#[test]
fn limits_change_for_those_who_wait() {
    let all = |at| [("first", at), ("second", at), ("third", at)];
    for (keys, at, limits, expected) in [
        ("workers = 1", "0 s", "workers = 3", [12, 15, 15]),
        ("workers = 3", "0 s", "workers = 1", [12, 12, 12]),
        ("workers = 3", "5 ms", "workers = 1", [12, 22, 32]),
        ("workers = 3\ncores = 1", "0 s", "cores = 3", [12, 15, 15]),
        ("workers = 2\ncores = 1", "0 s", "workers = 3\ncores = 2", [12, 15, 22]),
        ("workers = \"unbounded\"", "5 ms", "workers = 1", [12, 22, 32]),
        ("workers = 1\ndiscipline = \"processor_sharing\"", "0 s", "workers = 3", [14, 14, 14]),
        ("workers = 1\nblocking = false", "0 s", "workers = 3", [12, 15, 15]),
    ] {
        let web = format!("[server.web]\n{keys}\non.go = [ {{ work = \"10 ms\" }} ]\n");
        let limits_text = fault("other", "4 ms", "500 ms", &format!("capacity = \"web\"\n{limits}"));
        let found = answers(&[&web, &limits_text], &all(at));
        assert_eq!(found, expected.map(|latency| ok(latency * MS)), "{keys}, then {limits}");
    }
}

/// A message from p to q takes 10 ms. One that was sent before the cut and is due after it has healed arrives.
#[test]
fn a_cut_decides_when_a_message_is_due() {
    let lost = failed("timeout", 100 * MS);
    for (links, at, length, expected, served, dropped) in [
        ("user <-> web", "5 ms", "3 ms", &ok(20 * MS), 1, 0),
        ("user <-> web", "5 ms", "10 ms", &lost, 0, 1),
        ("user -> web", "5 ms", "50 ms", &lost, 0, 1),
        ("web -> user", "5 ms", "50 ms", &lost, 1, 1),
        ("web -> user", "12 ms", "8 ms", &ok(20 * MS), 1, 0),
        ("web -> user", "12 ms", "9 ms", &lost, 1, 1),
        ("p -> q", "5 ms", "50 ms", &lost, 0, 1),
        ("q -> p", "5 ms", "6 ms", &ok(20 * MS), 1, 0),
        // A fault that begins, or ends, in the instant of the arrival comes first.
        ("user -> web", "10 ms", "1 ms", &lost, 0, 1),
        ("user -> web", "9 ms", "1 ms", &ok(20 * MS), 1, 0),
    ] {
        let plan = plan(&[
            "[scenario]\nduration = \"1 s\"\n[network]\nplaces = [\"p\", \"q\"]\nround_trip = { \"* <-> *\" = \"20 ms\" }\n",
            "[call.default]\ntimeout = \"100 ms\"\n",
            &once("user", "0 s", "request = \"web.go\"\nplace = \"p\""),
            "[server.web]\nplace = \"q\"\nworkers = 1\non.go = []\n",
            &fault("dark", at, length, &format!("link = \"{links}\"\ncut = true")),
        ]);
        let world = drained(&plan);
        assert_eq!(&only(&world, &plan, "user"), expected, "{links} from {at} for {length}");
        assert_eq!(
            (visits(&world, &plan, "web").0, messages(&world).1),
            (served, dropped),
            "{links} from {at} for {length}"
        );
    }
}

/// Three messages are due while the link is held, and arrive when it heals at 51 ms, in the order in which they were due; a
/// reply that is held comes then, too.
#[test]
fn held_messages_arrive_in_order() {
    for (links, expected) in [("user -> web", [55, 56, 57]), ("web -> user", [51, 49, 47])] {
        let links =
            ["first", "second", "third"].map(|client| format!("\"{}\"", links.replace("user", client)));
        let hold = format!("link = [{}]\ncut = true\nhold = true", links.join(", "));
        let found = answers(
            &[&server("web", "{ work = \"3 ms\" }"), &fault("held", "0 s", "51 ms", &hold)],
            &[("first", "0 s"), ("second", "2 ms"), ("third", "4 ms")],
        );
        assert_eq!(found, expected.map(|latency| ok(latency * MS)), "{hold}");
    }
}

/// A client calls web, web calls store: 1 ms a message, given up after 50 and 20 ms. Who is in no group reaches all.
#[test]
fn a_partition_parts_the_groups_and_nobody_else() {
    let (near, far) = (failed("timeout", 22 * MS), failed("timeout", 50 * MS));
    for (partition, user, other, served) in [
        ("[[\"web\"], [\"store\"]]", &near, &near, 0),
        ("[[\"web\"], [\"store\"]]\none_way = true", &near, &near, 0),
        ("[[\"store\"], [\"web\"]]\none_way = true", &near, &near, 2),
        ("[[\"place:p\"], [\"place:q\"]]", &far, &ok(4 * MS), 1),
        ("[[\"place:p\"], [\"place:r\"], [\"web\"]]", &far, &far, 0),
        ("[[\"place:p\"], [\"place:r\", \"web\"]]", &far, &ok(4 * MS), 1),
        ("[[\"user\"], [\"place:r\"]]", &ok(4 * MS), &ok(4 * MS), 2),
        ("[[\"place:q\"], [\"user\"]]\none_way = true", &far, &ok(4 * MS), 2),
    ] {
        let plan = plan(&[
            "[scenario]\nduration = \"1 s\"\n[network]\nplaces = [\"p\", \"q\", \"r\"]\n\
             round_trip = { within = \"2 ms\", \"* <-> *\" = \"2 ms\" }\n",
            "[call.default]\ntimeout = \"50 ms\"\n[call.\"web -> store\"]\ntimeout = \"20 ms\"\n",
            &once("user", "0 s", "request = \"web.go\"\nplace = \"p\""),
            &once("other", "0 s", "request = \"web.go\"\nplace = \"r\""),
            "[server.web]\nplace = \"q\"\nworkers = 2\non.go = [ { call = \"store.go\" } ]\n",
            "[server.store]\nplace = \"q\"\nworkers = 2\non.go = []\n",
            &fault("apart", "0 s", "2 s", &format!("partition = {partition}")),
        ]);
        let world = drained(&plan);
        assert_eq!(
            (&only(&world, &plan, "user"), &only(&world, &plan, "other"), visits(&world, &plan, "store").0),
            (user, other, served),
            "{partition}"
        );
    }
}

/// Three messages of 1 kB go there at 0 ms and come back at once.
#[test]
fn links_get_late_lossy_and_narrow() {
    let asked =
        "[client.user]\narrivals = { batches = [ { at = \"0 s\", count = 3 } ] }\nrequest = \"web.go\"\n";
    for (links, effect, expected) in [
        ("user -> web", "latency = \"7 ms\"", [9, 9, 9]),
        ("user <-> web", "latency = \"7 ms\"", [16, 16, 16]),
        ("web -> nobody", "latency = \"7 ms\"", [2, 2, 2]),
        ("user -> web", "loss = \"100 %\"", [50, 50, 50]),
        ("web -> user", "loss = \"100 %\"", [50, 50, 50]),
        ("user -> web", "loss = \"0 %\"", [2, 2, 2]),
        ("user -> web", "bandwidth = \"1 MB/s\"", [3, 4, 5]),
        // A pipe each way: the first reply leaves while the second message still does.
        ("user <-> web", "bandwidth = \"1 MB/s\"", [4, 5, 6]),
    ] {
        let plan = plan(&[
            HEAD,
            "overhead = \"1 kB\"\n[call.default]\ntimeout = \"50 ms\"\n",
            asked,
            "[server.web]\nworkers = \"unbounded\"\non.go = []\n[server.nobody]\nworkers = 1\non.go = []\n",
            &fault("bad", "0 s", "500 ms", &format!("link = \"{links}\"\n{effect}")),
        ]);
        let (_, latencies) = ended(&drained(&plan), &plan, "user");
        assert_eq!(
            (latencies.min(), latencies.max(), latencies.sum()),
            (Some(expected[0] * MS), Some(expected[2] * MS), u128::from(expected.iter().sum::<u64>() * MS)),
            "{links}: {effect}"
        );
    }
}

/// The caller gives up at 10 ms work that began at 1 ms. Its word is a message: it is lost where the link is cut, comes late where
/// it is held, and is not read by who is paused.
#[test]
fn a_callers_word_suffers_like_any_message() {
    for (terms, wasted) in [
        ("slow = \"web\"\nfactor = 1", 1),
        ("link = \"user -> web\"\ncut = true", 21),
        ("link = \"web -> user\"\ncut = true", 1),
        ("link = \"user -> web\"\ncut = true\nhold = true", 10),
        ("pause = \"web\"", 10),
    ] {
        let plan = plan(&[
            HEAD,
            &asks("user", "0 s"),
            "[call.\"user -> web\"]\ntimeout = \"10 ms\"\ncancel = true\n",
            &server("web", "{ work = \"30 ms\" }"),
            &fault("bad", "5 ms", "15 ms", terms),
        ]);
        let world = drained(&plan);
        assert_eq!(only(&world, &plan, "user"), failed("timeout", 10 * MS), "{terms}");
        assert_eq!(edge(&world, &plan, "user", "web"), (1, 0, 1, u128::from(wasted * MS)), "{terms}");
    }
}

/// Two systems side by side, with drawn times, loss, and calls that are given up and made again.
const SIDE_BY_SIDE: &str = r#"
[scenario]
duration = "2 s"
[network]
places = ["east", "west"]
round_trip = { within = { exponential = "2 ms" } }
loss = { "east <-> east" = "2 %" }
[client.ann]
place = "east"
arrivals = { poisson = "200 /s" }
request = "app.go"
keys = { count = 100 }
[balancer.app]
place = "east"
targets = ["api"]
policy = "power_of_d"
[server.api]
place = "east"
instances = 2
workers = 2
on.go = [ { work = { exponential = "5 ms" } }, { call = "base.read" } ]
[database.base]
place = "east"
workers = 4
read = { exponential = "6 ms" }
[client.bob]
place = "west"
arrivals = { poisson = "100 /s" }
request = "web.go"
[server.web]
place = "west"
instances = 2
workers = 1
on.go = [ { work = { exponential = "5 ms" } }, { call = "tail.go" } ]
[server.tail]
place = "west"
workers = 2
on.go = [ { work = { exponential = "5 ms" } } ]
[server.spare]
place = "west"
workers = 1
on.go = []
[server.idle]
place = "west"
workers = 1
on.go = [ { work = "1 ms" } ]
[call."* -> *"]
timeout = "60 ms"
retry = { attempts = 2 }
"#;

/// A fault of the east that draws on every message, under which the others must change nothing.
const LOSSY_EAST: &str = "[fault.storm]\nat = \"500 ms\"\nlink = \"place:east -> place:east\"\nloss = \"20 %\"\n\
    [fault.wrong]\nat = \"1 s\"\nerrors = \"api[0]\"\nshare = \"30 %\"\n";

/// A condition that changes nothing: it cuts the time into the same windows.
const NOTHING: &str = "slow = \"spare\"\nfactor = 1";

fn figures_of(text: &str) -> BTreeMap<String, String> {
    let plan = plan_of(text).unwrap_or_else(|error| panic!("{text}\n{error}"));
    figures(&plan, &drained(&plan))
}

/// What befalls the west leaves every figure of the east as it was, and the other way round.
#[test]
fn faults_elsewhere_change_no_figure() {
    let in_the_east =
        |name: &str| ["ann", "app", "api", "base", "link east"].iter().any(|known| name.starts_with(known));
    let schedules = [
        "[fault.bad]\nat = \"300 ms\"\nfor = \"1200 ms\"\n",
        "[campaign.bad]\nmttf = { exponential = \"200 ms\" }\nmttr = \"50 ms\"\n",
    ];
    let base = schedules.map(|schedule| format!("{SIDE_BY_SIDE}{LOSSY_EAST}{schedule}"));
    let expected = [0, 1].map(|index: usize| figures_of(&format!("{}{NOTHING}\n", base[index])));
    let mut changed = 0;
    for terms in [
        "crash = \"web\"",
        "crash = [\"web[1]\", \"tail\"]\nsilent = true",
        "pause = \"web[0]\"",
        "slow = \"place:west\"\nfactor = 3",
        "errors = \"web\"\nshare = \"40 %\"",
        "capacity = \"web\"\nworkers = 3",
        "link = \"west -> west\"\nloss = \"30 %\"",
        "link = \"bob -> web\"\nlatency = { exponential = \"9 ms\" }",
        "partition = [[\"web[0]\"], [\"tail\"]]",
    ] {
        for (base, expected) in base.iter().zip(&expected) {
            let found = figures_of(&format!("{base}{terms}\n"));
            for (name, figure) in expected.iter().filter(|(name, _)| in_the_east(name)) {
                assert_eq!(found.get(name), Some(figure), "{terms} changes {name}");
            }
            changed += usize::from(found != *expected);
        }
    }
    assert_eq!(changed, 2 * 9, "every fault changes something");
}

/// Whatever befalls a component that nobody calls changes no figure, but that it was down.
#[test]
fn faults_of_who_is_not_called_change_no_figure() {
    for terms in [
        "crash = \"idle\"",
        "crash = \"idle\"\nsilent = true",
        "pause = \"idle\"",
        "slow = \"idle\"\nfactor = 7",
        "errors = \"idle\"\nshare = \"50 %\"",
        "capacity = \"idle\"\nworkers = 9",
        "link = \"web <-> idle\"\ncut = true",
        "link = \"idle <-> *\"\nloss = \"50 %\"",
        "partition = [[\"idle\"], [\"web\", \"tail\"]]\nhold = true",
    ] {
        let schedules = [
            "[fault.bad]\nat = \"100 ms\"\nfor = \"1 s\"\n",
            "[campaign.bad]\nmttf = \"90 ms\"\nmttr = \"40 ms\"\n",
        ];
        for schedule in schedules {
            let mut expected = figures_of(&format!("{SIDE_BY_SIDE}{schedule}{NOTHING}\n"));
            expected.remove("idle loads");
            let mut found = figures_of(&format!("{SIDE_BY_SIDE}{schedule}{terms}\n"));
            found.remove("idle loads");
            for (name, figure) in &expected {
                assert_eq!(found.get(name), Some(figure), "{terms} changes {name}");
            }
        }
    }
}

/// Where a message is lost anyway, what befalls other links has no say in it.
#[test]
fn draws_of_a_bad_link_do_not_depend_on_other_faults() {
    let lossy = "[fault.zloss]\nat = \"200 ms\"\nlink = \"api -> base\"\nloss = \"30 %\"\n";
    let bad = "link = \"web -> tail\"\nlatency = \"1 ms\"";
    let other = format!("[fault.early]\nat = \"100 ms\"\n{bad}\n");
    let (alone, beside) = (
        figures_of(&format!("{SIDE_BY_SIDE}{}{lossy}", other.replace(bad, NOTHING))),
        figures_of(&format!("{SIDE_BY_SIDE}{other}{lossy}")),
    );
    let mut compared = 0;
    for (name, figure) in
        alone.iter().filter(|(name, _)| name.starts_with("ann") || name.starts_with("link east"))
    {
        assert_eq!(beside.get(name), Some(figure), "{name}");
        compared += 1;
    }
    assert!(compared > 3, "{compared} figures are not all");
}

/// A writer and the primary stand at p, a reader and the replica at q; a message between them takes 10 ms. The write is
/// done at 1 ms and due at the replica at 11 ms; who asks at t reads at t + 2. A letter that is held comes with the healing of
/// the link at 50 ms; one that is lost is written again, since its reader does not confirm it. What befalls the way back, or comes
/// when the letter has left, does not matter to it.
#[test]
fn letters_of_replicas_cross_links_that_can_be_cut() {
    for (terms, reads) in [
        ("slow = \"web\"\nfactor = 1", [(8, "ok"), (10, "fresh")]),
        ("link = \"urls[0] -> urls[1]\"\ncut = true\nhold = true", [(47, "ok"), (49, "fresh")]),
        ("partition = [[\"place:p\"], [\"place:q\"]]\nhold = true", [(47, "ok"), (49, "fresh")]),
        ("link = \"urls[0] -> urls[1]\"\ncut = true", [(60, "ok"), (700, "fresh")]),
        ("link = \"urls[1] -> urls[0]\"\ncut = true", [(8, "ok"), (10, "fresh")]),
        ("link = \"urls[0] -> urls[1]\"\nlatency = \"20 ms\"", [(8, "ok"), (10, "fresh")]),
        ("pause = \"urls[1]\"", [(3, "ok"), (49, "fresh")]),
        // It has arrived before the cut, and is read after the pause. Who crashes meanwhile has never read it: until it has caught
        // up the primary is asked.
        (
            "pause = \"urls[1]\"\n[fault.cut]\nat = \"20 ms\"\nfor = \"40 ms\"\nlink = \"urls[0] -> urls[1]\"\ncut = true",
            [(49, "fresh"), (70, "fresh")],
        ),
        (
            "pause = \"urls[1]\"\n[fault.lost]\nat = \"20 ms\"\nfor = \"1 ms\"\ncrash = \"urls[1]\"",
            [(49, "fresh"), (700, "fresh")],
        ),
    ] {
        for (at, expected) in reads {
            let plan = plan(&[
                "[scenario]\nduration = \"1 s\"\n[network]\nplaces = [\"p\", \"q\"]\n\
                 round_trip = { within = \"2 ms\", \"* <-> *\" = \"20 ms\" }\n",
                &once("writer", "0 s", "request = \"urls.write\"\nplace = \"p\"\nkeys = { count = 1 }"),
                &once(
                    "reader",
                    &format!("{at} ms"),
                    "request = \"web.go\"\nplace = \"q\"\nkeys = { count = 1 }",
                ),
                "[server.web]\nplace = \"q\"\nworkers = 1\n",
                "on.go = [ { call = \"urls.read\" }, ",
                "{ choose = [ { when = \"version == 1\", do = [ { return = \"fresh\" } ] } ] } ]\n",
                "[database.urls]\nplaces = [\"p\", \"q\"]\nreplicas = 1\nreads = \"nearest\"\n",
                "failover = { detect = \"400 ms\", promote = \"100 ms\" }\n",
                &fault("bad", "5 ms", "45 ms", terms),
            ]);
            let world = drained(&plan);
            assert_eq!(only(&world, &plan, "writer"), ok(2 * MS), "{terms}");
            assert_eq!(only(&world, &plan, "reader").0, expected, "{terms} at {at} ms");
        }
    }
}
