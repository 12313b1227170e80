//! Pauses, slow work, errors and lower limits: what stands still goes on where it stood.

use super::levels::levels_around;
use super::spike::{HEAD, MS, ended, failed, finished, ok, only, plan, visits};
use super::{answers, asks, drained, fault, server};
use windtunnel::station::Levels;
use windtunnel::world::World;

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
