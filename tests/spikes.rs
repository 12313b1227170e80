//! Tiny scenarios with constant times whose every instant can be calculated by hand: what happens when a caller gives up,
//! answers come early, workers are held or lent, and messages are lost. One way on the network takes 1 ms unless a test
//! says otherwise; every client makes one request unless it says otherwise.

mod common;
#[path = "common/levels.rs"]
mod levels;
#[path = "common/spike.rs"]
mod spike;

use levels::levels_around;
use spike::{HEAD, MS, edge, ended, failed, finished, messages, ok, once, only, plan, visits};
use windtunnel::station::Levels;
use windtunnel::units::Time;
use windtunnel::world::{Limit, Pause, World};

/// Attempts start at 0, 7 and 14 ms and arrive 1 ms later; the only worker serves them from 1 to 11, 11 to 21 and 21 to 31 ms,
/// but their caller gave up at 5, 12 and 19 ms.
#[test]
fn a_callee_works_on_for_those_who_gave_up() {
    let plan = plan(&[
        HEAD,
        &once("user", "0 s", "request = \"web.go\""),
        "[call.\"user -> web\"]\ntimeout = \"5 ms\"\nretry = { attempts = 3, backoff = { constant = \"2 ms\" } }\n",
        "[server.web]\nworkers = 1\non.go = [ { work = \"10 ms\" } ]\n",
    ]);
    let world = finished(&plan);
    assert_eq!(only(&world, &plan, "user"), failed("timeout", 19 * MS));
    assert_eq!(edge(&world, &plan, "user", "web"), (3, 2, 3, u128::from((6 + 9 + 10) * MS)));
    assert_eq!(visits(&world, &plan, "web"), (3, u128::from(9 * MS), u128::from((10 + 13 + 16) * MS)));
    assert_eq!(world.conservation().failed, 1);
}

/// The first attempt waits behind other work until 10 ms and is given up at 11, a millisecond before it is done; the second
/// is served from 12 to 14 ms.
#[test]
fn a_retry_succeeds_where_the_first_attempt_came_too_late() {
    let plan = plan(&[
        HEAD,
        &once("other", "0 s", "request = \"web.slow\""),
        &once("user", "1 ms", "request = \"web.go\""),
        "[call.\"user -> web\"]\ntimeout = \"10 ms\"\nretry = { attempts = 2 }\n",
        "[server.web]\nworkers = 1\non.go = [ { work = \"2 ms\" } ]\non.slow = [ { work = \"9 ms\" } ]\n",
    ]);
    let world = finished(&plan);
    assert_eq!(only(&world, &plan, "other"), ok(11 * MS));
    assert_eq!(only(&world, &plan, "user"), ok(14 * MS));
    assert_eq!(edge(&world, &plan, "user", "web"), (2, 1, 1, u128::from(MS)));
}

/// The caller gives up at 10 ms. Its word reaches the handler at 11 ms, which holds its worker and waits for two calls; from
/// there it reaches the two callees, 2 and 3 ms away, at 13 and 14 ms.
#[test]
fn a_cancelled_handler_gives_back_its_worker_and_its_calls() {
    let plan = plan(&[
        r#"
[scenario]
duration = "1 s"
[network]
places = ["p", "q", "r", "s"]
round_trip = { "p <-> q" = "2 ms", "q <-> r" = "4 ms", "q <-> s" = "6 ms" }
[call."user -> web"]
timeout = "10 ms"
cancel = true
[server.web]
place = "q"
workers = 1
on.go = [ { work = "2 ms" }, { all = [ [ { call = "near.get" } ], [ { call = "far.get" } ] ] } ]
[server.near]
place = "r"
workers = 1
on.get = [ { work = "20 ms" } ]
[server.far]
place = "s"
workers = 1
on.get = [ { wait = "30 ms" } ]
"#,
        &once("user", "0 s", "request = \"web.go\"\nplace = \"p\""),
    ]);
    let mut world = World::new(&plan, plan.seed);
    let (busy, idle) = (Levels { busy: 1, present: 1, ..Levels::default() }, Levels::default());
    for (component, at, before, after) in [
        ("web", 1, idle, busy),
        ("near", 5, idle, busy),
        ("far", 6, idle, busy),
        ("web", 11, busy, idle),
        ("near", 13, busy, idle),
        ("far", 14, busy, idle),
    ] {
        assert_eq!(
            levels_around(&mut world, &plan, component, at * MS),
            (before, after),
            "{component} at {at} ms"
        );
    }
    assert!(world.is_empty());
    assert_eq!(only(&world, &plan, "user"), failed("timeout", 10 * MS));
    assert_eq!(edge(&world, &plan, "user", "web"), (1, 0, 1, u128::from((1 + 3 + 4) * MS)));
    assert_eq!(
        (visits(&world, &plan, "web").0, visits(&world, &plan, "near").0),
        (0, 0),
        "nothing was served"
    );
}

/// The caller gives up at 10 ms and its word reaches the handler at 11 ms, whose call has waited or worked since 2 ms and would
/// until 22 ms: what the edge of that call says holds, and if it says nothing the word is passed on.
#[test]
fn a_cancelled_handler_does_as_its_edges_say() {
    // what the edge of its call says; how long others keep its callee busy; when the callee is idle; what is served
    for (keys, others, idle_at, served) in [
        ("", "", 12, 0),
        ("timeout = \"1 s\"", "", 12, 0),
        ("cancel = true", "", 12, 0),
        ("cancel = false", "", 22, 1),
        ("cancel = \"queued\"", "", 22, 1),
        ("", "0 s", 21, 1),
        ("cancel = \"queued\"", "0 s", 21, 1),
        ("cancel = false", "0 s", 41, 2),
    ] {
        let other = once("other", "0 s", "request = \"rows.get\"");
        let plan = plan(&[
            HEAD,
            &once("user", "0 s", "request = \"web.go\""),
            if others.is_empty() { "" } else { &other },
            "[call.\"user -> web\"]\ntimeout = \"10 ms\"\ncancel = true\n[call.\"web -> rows\"]\n",
            keys,
            "\n[server.web]\nworkers = 1\non.go = [ { call = \"rows.get\" } ]\n",
            "[server.rows]\nworkers = 1\non.get = [ { work = \"20 ms\" } ]\n",
        ]);
        let mut world = World::new(&plan, plan.seed);
        let busy = Levels { busy: 1, present: 1, ..Levels::default() };
        let around = levels_around(&mut world, &plan, "rows", idle_at * MS);
        assert_eq!(around, (busy, Levels::default()), "{keys}, {others}");
        assert_eq!(only(&world, &plan, "user"), failed("timeout", 10 * MS));
        assert_eq!(visits(&world, &plan, "rows").0, served, "{keys}, {others}");
    }
}

/// Of two requests that wait and work when their callers' word comes, `cancel = "queued"` stops the one that waits; a balancer
/// passes the word on that has made a call of its own, a round trip of 2 ms away.
#[test]
fn only_who_waits_is_cancelled_where_the_edge_says_so() {
    const BALANCER: &str = "[balancer.lb]\ntargets = [\"web\"]\n";
    let own = format!("{BALANCER}[call.\"lb -> web\"]\ntimeout = \"100 ms\"\n");
    for (callee, balancer, worked) in [("web", "", 6), ("lb", BALANCER, 7), ("lb", &own, 7)] {
        let plan = plan(&[
            HEAD,
            &once("first", "0 s", &format!("request = \"{callee}.go\"")),
            &once("second", "1 ms", &format!("request = \"{callee}.go\"")),
            balancer,
            &format!("[call.\"* -> {callee}\"]\ntimeout = \"5 ms\"\ncancel = \"queued\"\n"),
            "[server.web]\nworkers = 1\non.go = [ { work = \"10 ms\" } ]\n",
        ]);
        let world = finished(&plan);
        for client in ["first", "second"] {
            assert_eq!(only(&world, &plan, client), failed("timeout", 5 * MS));
        }
        assert_eq!(visits(&world, &plan, "web"), (1, 0, u128::from(10 * MS)), "{balancer}");
        assert_eq!(edge(&world, &plan, "first", callee).3, u128::from(worked * MS), "{balancer}");
        assert_eq!(edge(&world, &plan, "second", callee).3, 0);
    }
}

/// The answer leaves at 2 ms; the worker stays with the handler until 7 ms, so that who comes at 4 ms waits for 3 ms.
#[test]
fn an_early_answer_does_not_free_the_worker() {
    let plan = plan(&[
        HEAD,
        &once("first", "0 s", "request = \"web.go\""),
        &once("second", "3 ms", "request = \"web.go\""),
        "[server.web]\nworkers = 1\non.go = [ { work = \"1 ms\" }, { answer = \"ok\" }, { work = \"5 ms\" } ]\n",
    ]);
    let world = finished(&plan);
    assert_eq!(only(&world, &plan, "first"), ok(3 * MS));
    assert_eq!(only(&world, &plan, "second"), ok(6 * MS));
    assert_eq!(visits(&world, &plan, "web"), (2, u128::from(3 * MS), u128::from((6 + 9) * MS)));
}

/// Who comes at 2 ms finds the worker busy until 11 ms, loses patience at 6 ms, and is home at 7 ms.
#[test]
fn patience_runs_out_in_the_queue() {
    let plan = plan(&[
        HEAD,
        &once("first", "0 s", "request = \"web.go\""),
        &once("second", "1 ms", "request = \"web.go\""),
        "[server.web]\nworkers = 1\npatience = \"4 ms\"\non.go = [ { work = \"10 ms\" } ]\n",
    ]);
    let world = finished(&plan);
    assert_eq!(only(&world, &plan, "first"), ok(12 * MS));
    assert_eq!(only(&world, &plan, "second"), failed("timeout", 6 * MS));
    assert_eq!(visits(&world, &plan, "web").0, 1);
}

#[test]
fn who_finds_the_queue_full_is_home_after_a_round_trip() {
    let plan = plan(&[
        HEAD,
        &once("first", "0 s", "request = \"web.go\""),
        &once("second", "1 ms", "request = \"web.go\""),
        &once("third", "2 ms", "request = \"web.go\""),
        "[server.web]\nworkers = 1\nqueue = 1\non.go = [ { work = \"10 ms\" } ]\n",
    ]);
    let world = finished(&plan);
    assert_eq!(only(&world, &plan, "second"), ok(21 * MS));
    assert_eq!(only(&world, &plan, "third"), failed("rejected", 2 * MS));
}

/// The near callee answers at 8 ms; the word that the other one is no longer wanted reaches it at 9 ms.
#[test]
fn the_losers_of_any_are_cancelled_if_wanted() {
    // cancel, time of the loser's worker, whether it was served
    for (cancel, held, served) in [("true", 7, 0), ("false", 20, 1)] {
        let plan = plan(&[
            HEAD,
            &once("user", "0 s", "request = \"web.go\""),
            "[server.web]\nworkers = 1\non.go = [ { any = [ [ { call = \"quick.get\" } ], [ { call = \"slow.get\" } ] ], cancel = ",
            cancel,
            " } ]\n[server.quick]\nworkers = 1\non.get = [ { work = \"5 ms\" } ]\n",
            "[server.slow]\nworkers = 1\non.get = [ { work = \"20 ms\" } ]\n",
        ]);
        let mut world = World::new(&plan, plan.seed);
        let (busy, idle) = (Levels { busy: 1, present: 1, ..Levels::default() }, Levels::default());
        assert_eq!(levels_around(&mut world, &plan, "slow", 2 * MS), (idle, busy));
        assert_eq!(
            levels_around(&mut world, &plan, "slow", (2 + held) * MS),
            (busy, idle),
            "cancel = {cancel}"
        );
        assert_eq!(only(&world, &plan, "user"), ok(9 * MS));
        assert_eq!(visits(&world, &plan, "slow").0, served);
    }
}

/// Every attempt takes a round trip of 2 ms; four pauses lie between the five of them.
#[test]
fn pauses_between_attempts_follow_their_law() {
    for (backoff, latency) in [
        ("", 10),
        (", backoff = { constant = \"2 ms\" }", 10 + 4 * 2),
        (", backoff = { doubling = \"1 ms\" }", 10 + 1 + 2 + 4 + 8),
        (", backoff = { doubling = \"1 ms\", cap = \"3 ms\" }", 10 + 1 + 2 + 3 + 3),
    ] {
        let call = format!("[call.\"user -> web\"]\nretry = {{ attempts = 5{backoff} }}\n");
        let web = "[server.web]\nworkers = 1\non.go = [ { fail = \"error\" } ]\n";
        let plan = plan(&[HEAD, &once("user", "0 s", "request = \"web.go\""), &call, web]);
        let world = finished(&plan);
        assert_eq!(only(&world, &plan, "user"), failed("error", latency * MS), "{backoff}");
        assert_eq!(edge(&world, &plan, "user", "web"), (5, 4, 0, 0));
    }
}

/// Two requests of 1 ms of work, a call of 12 ms, and 1 ms of work on one worker: one after the other if the worker waits for
/// the call, else side by side.
#[test]
fn a_blocking_worker_waits_for_calls_and_an_event_loop_does_not() {
    for (blocking, latencies) in [("true", [16, 30]), ("false", [16, 17])] {
        let web = format!(
            "[server.web]\nworkers = 1\nblocking = {blocking}\n\
             on.go = [ {{ work = \"1 ms\" }}, {{ call = \"store.get\" }}, {{ work = \"1 ms\" }} ]\n"
        );
        let store = "[server.store]\nworkers = \"unbounded\"\non.get = [ { work = \"10 ms\" } ]\n";
        let (first, second) =
            (once("first", "0 s", "request = \"web.go\""), once("second", "0 s", "request = \"web.go\""));
        let plan = plan(&[HEAD, &first, &second, &web, store]);
        let world = finished(&plan);
        assert_eq!(
            ["first", "second"].map(|client| only(&world, &plan, client)),
            latencies.map(|latency| ok(latency * MS))
        );
    }
}

/// Work from 1 ms on is interrupted from 4 to 7 ms by more urgent work, or keeps its worker until 11 ms.
#[test]
fn urgent_work_interrupts_where_the_discipline_says_so() {
    for (discipline, high, low) in [("priority_preemptive", 5, 15), ("priority", 12, 12), ("fifo", 12, 12)] {
        let plan = plan(&[
            HEAD,
            &once("low", "0 s", "request = \"web.long\"\npriority = 3"),
            &once("high", "3 ms", "request = \"web.short\"\npriority = 1"),
            "[server.web]\nworkers = 1\non.long = [ { work = \"10 ms\" } ]\non.short = [ { work = \"3 ms\" } ]\ndiscipline = \"",
            discipline,
            "\"\n",
        ]);
        let world = finished(&plan);
        assert_eq!(only(&world, &plan, "high"), ok(high * MS), "{discipline}");
        assert_eq!(only(&world, &plan, "low"), ok(low * MS), "{discipline}");
    }
}

/// Alone from 1 to 3 ms, half the speed until 11 ms, alone again until 13 ms; with two workers nobody disturbs anybody.
#[test]
fn present_work_shares_the_workers() {
    for (workers, latencies) in [("1", [12, 12]), ("2", [8, 8])] {
        let plan = plan(&[
            HEAD,
            &once("first", "0 s", "request = \"web.go\""),
            &once("second", "2 ms", "request = \"web.go\""),
            "[server.web]\ndiscipline = \"processor_sharing\"\non.go = [ { work = \"6 ms\" } ]\nworkers = ",
            workers,
            "\n",
        ]);
        let world = finished(&plan);
        assert_eq!(
            ["first", "second"].map(|client| only(&world, &plan, client)),
            latencies.map(|latency| ok(latency * MS))
        );
    }
}

/// Two of three requests have a worker but only one has the core: they compute from 1 to 6, 6 to 11 and 11 to 16 ms.
#[test]
fn cores_limit_how_many_workers_compute() {
    let plan = plan(&[
        HEAD,
        "[client.user]\narrivals = { batches = [ { at = \"0 s\", count = 3 } ] }\nrequest = \"web.go\"\n",
        "[server.web]\nworkers = 2\ncores = 1\non.go = [ { work = \"5 ms\" } ]\n",
    ]);
    let world = finished(&plan);
    let (_, latencies) = ended(&world, &plan, "user");
    assert_eq!(latencies.sum(), u128::from((7 + 12 + 17) * MS));
    assert_eq!(visits(&world, &plan, "web"), (3, u128::from(5 * MS), u128::from((5 + 10 + 15) * MS)));
}

/// Each work takes a core of its own, also that of branches and parallel turns, which have one worker in common: as many cores
/// as workers, unless `cores` says otherwise. Who does not wait for the others leaves them on the core.
#[test]
fn branches_compute_on_the_cores_that_there_are() {
    const WORK: &str = "{ work = \"5 ms\" }";
    let all = format!("{{ all = [ [ {WORK} ], [ {WORK} ], [ {WORK} ] ] }}");
    let turns = format!("{{ repeat = 3, parallel = 3, do = [ {WORK} ] }}");
    let two_turns = format!("{{ repeat = 3, parallel = 2, do = [ {WORK} ] }}");
    let any = format!("{{ any = [ [ {WORK} ], [ {WORK} ], [ {WORK} ] ] }}, {WORK}");
    let inner = format!("{{ all = [ [ {all} ], [ {{ wait = \"1 ms\" }} ] ] }}");
    for (words, steps, count, last) in [
        ("workers = 1", &all, 1, 15),
        ("workers = 1", &turns, 1, 15),
        ("workers = 1", &two_turns, 1, 15),
        ("workers = 1", &inner, 1, 15),
        // The losers stand before the last work in the line.
        ("workers = 1", &any, 1, 20),
        ("workers = 1\ncores = 1", &all, 1, 15),
        ("workers = 1\ncores = 2", &all, 1, 10),
        ("workers = 1\ncores = 3", &all, 1, 5),
        ("workers = 1\ncores = \"unbounded\"", &all, 1, 5),
        ("workers = 3", &all, 1, 5),
        ("workers = 4", &all, 4, 15),
        ("workers = 4\ncores = 4", &turns, 4, 15),
        ("workers = 5\ncores = 4", &all, 4, 15),
        ("workers = 4\ncores = 6", &all, 4, 10),
        ("workers = \"unbounded\"", &all, 4, 5),
        ("workers = \"unbounded\"\ncores = 4", &all, 4, 15),
        ("workers = 1\nblocking = false", &all, 1, 15),
        ("workers = 1\ndiscipline = \"priority_preemptive\"", &all, 1, 15),
        ("workers = 1\ndiscipline = \"processor_sharing\"", &turns, 1, 15),
    ] {
        let plan = plan(&[
            HEAD,
            &format!("[client.user]\narrivals = {{ batches = [ {{ at = \"0 s\", count = {count} }} ] }}\n"),
            &format!("request = \"web.go\"\n[server.web]\n{words}\non.go = [ {steps} ]\n"),
        ]);
        let (_, latencies) = ended(&finished(&plan), &plan, "user");
        assert_eq!(latencies.max(), Some((last + 2) * MS), "{words}: {steps}");
    }
}

/// A fault takes three of four workers, and with them the cores that are not counted by themselves.
#[test]
fn branches_lose_cores_with_the_workers() {
    for (cores, limits, latency) in
        [("", "workers = 1", 15), ("cores = 4\n", "workers = 1", 5), ("", "cores = 2", 10)]
    {
        let plan = plan(&[
            HEAD,
            &once("user", "10 ms", "request = \"web.go\""),
            &format!("[fault.less]\nat = \"5 ms\"\ncapacity = [\"web\"]\n{limits}\n"),
            &format!("[server.web]\nworkers = 4\n{cores}"),
            "on.go = [ { repeat = 3, parallel = 3, do = [ { work = \"5 ms\" } ] } ]\n",
        ]);
        assert_eq!(only(&finished(&plan), &plan, "user"), ok((latency + 2) * MS), "{cores}{limits}");
    }
}

/// Messages of 1 kB leave one after the other at 1 MB/s, a millisecond each; the replies do not have to share.
#[test]
fn a_pipe_sends_one_message_after_the_other() {
    let plan = plan(&[r#"
[scenario]
duration = "1 s"
[network]
places = ["p", "q"]
round_trip = { "* <-> *" = "2 ms" }
bandwidth = { "p -> q" = "1 MB/s" }
overhead = "1 kB"
[client.user]
place = "p"
arrivals = { batches = [ { at = "0 s", count = 3 } ] }
request = "web.go"
[server.web]
place = "q"
workers = "unbounded"
on.go = []
"#]);
    let world = finished(&plan);
    let (_, latencies) = ended(&world, &plan, "user");
    assert_eq!(
        (latencies.min(), latencies.max(), latencies.sum()),
        (Some(3 * MS), Some(5 * MS), u128::from(12 * MS))
    );
    assert_eq!(messages(&world), (6, 0));
}

/// Whether the request or the reply is lost, the caller learns of it by its timeout; but in one case work has been done.
#[test]
fn loss_is_seen_by_timeouts() {
    // which way, served, messages, wasted
    for (lost, served, sent, wasted) in [("p -> q", 0, 2, 0), ("q -> p", 2, 4, 0)] {
        let network = format!(
            "[network]\nplaces = [\"p\", \"q\"]\nround_trip = {{ \"* <-> *\" = \"2 ms\" }}\nloss = {{ \"{lost}\" = \"100 %\" }}\n"
        );
        let plan = plan(&[
            "[scenario]\nduration = \"1 s\"\n",
            &network,
            &once("user", "0 s", "request = \"web.go\"\nplace = \"p\""),
            "[call.\"user -> web\"]\ntimeout = \"5 ms\"\nretry = { attempts = 2 }\n",
            "[server.web]\nplace = \"q\"\nworkers = 1\non.go = [ { work = \"2 ms\" } ]\n",
        ]);
        let mut world = World::new(&plan, plan.seed);
        world.run_to_end();
        assert_eq!(world.drain(), Pause::End);
        assert!(world.is_empty(), "{lost}");
        assert_eq!(only(&world, &plan, "user"), failed("timeout", 10 * MS));
        assert_eq!(edge(&world, &plan, "user", "web"), (2, 1, 2, wasted));
        assert_eq!((visits(&world, &plan, "web").0, messages(&world)), (served, (sent, 2)), "{lost}");
    }
}

/// Four calls of 7 ms each, two at a time; a sequential loop takes them one by one.
#[test]
fn a_parallel_loop_is_a_window() {
    for (parallel, latency) in [("", 30), (", parallel = 2", 16), (", parallel = \"unbounded\"", 9)] {
        let web = format!(
            "[server.web]\nworkers = 1\non.go = [ {{ repeat = 4, do = [ {{ call = \"store.get\" }} ]{parallel} }} ]\n"
        );
        let store = "[server.store]\nworkers = \"unbounded\"\non.get = [ { work = \"5 ms\" } ]\n";
        let plan = plan(&[HEAD, &once("user", "0 s", "request = \"web.go\""), &web, store]);
        assert_eq!(only(&finished(&plan), &plan, "user"), ok(latency * MS), "{parallel}");
    }
}

/// The limit holds within a step too: as many branches as a count can say would fill any memory.
#[test]
fn more_branches_than_the_limit_are_not_born() {
    let web = "[server.web]\nworkers = 1\n\
               on.go = [ { repeat = \"4 G\", do = [ { work = \"1 s\" } ], parallel = \"unbounded\" } ]\n";
    let limits = "[limits]\nin_flight = 1000\n";
    let plan = plan(&[HEAD, &once("user", "0 s", "request = \"web.go\""), web, limits]);
    let mut world = World::new(&plan, plan.seed);
    assert_eq!(world.run_to_end(), Pause::Limit(Limit::InFlight));
}

/// What a call reads is the caller's to know, whether the call has a timeout or not.
#[test]
fn what_a_call_reads_comes_home() {
    for timeout in ["", "[call.\"web -> store\"]\ntimeout = \"1 s\"\n"] {
        let plan = plan(&[
            HEAD,
            timeout,
            &once("user", "0 s", "request = \"web.go\"\nkeys = { count = 1 }"),
            "[server.web]\nworkers = 1\non.go = [ { call = \"store.write\" }, ",
            "{ choose = [ { when = \"version == 1\", do = [ { return = \"fresh\" } ] } ] } ]\n[database.store]\n",
        ]);
        assert_eq!(only(&finished(&plan), &plan, "user"), failed("fresh", 4 * MS), "{timeout}");
    }
}

/// A branch on a blocking server has no worker of its own that more urgent work could take from it.
#[test]
fn branches_are_not_interrupted() {
    let plan = plan(&[
        HEAD,
        &once("low", "0 s", "request = \"web.go\"\npriority = 5"),
        &once("high", "2 ms", "request = \"web.go\"\npriority = 1"),
        "[server.web]\nworkers = 1\ncores = 2\ndiscipline = \"priority_preemptive\"\n",
        "on.go = [ { all = [ [ { work = \"5 ms\" } ], [ { work = \"5 ms\" } ] ] } ]\n",
    ]);
    let world = finished(&plan);
    assert_eq!(["low", "high"].map(|client| only(&world, &plan, client)), [ok(7 * MS), ok(10 * MS)]);
}

/// The first has the core and is interrupted at 3 ms by work that only waits: the core goes to the second at once.
#[test]
fn a_core_that_an_interruption_frees_does_not_idle() {
    let plan = plan(&[
        HEAD,
        "[client.low]\narrivals = { batches = [ { at = \"0 s\", count = 2 } ] }\nrequest = \"web.go\"\npriority = 5\n",
        &once("high", "2 ms", "request = \"web.urgent\"\npriority = 1"),
        "[server.web]\nworkers = 2\ncores = 1\ndiscipline = \"priority_preemptive\"\n",
        "on.go = [ { work = \"5 ms\" } ]\non.urgent = [ { wait = \"20 ms\" } ]\n",
    ]);
    let world = finished(&plan);
    assert_eq!(only(&world, &plan, "high"), ok(22 * MS));
    // The second computes from 3 to 8 ms; its worker goes to the first, who has 3 ms left.
    let (_, latencies) = ended(&world, &plan, "low");
    assert_eq!((latencies.min(), latencies.max()), (Some(9 * MS), Some(12 * MS)));
}

/// A branch waits for a message that was lost. Its handler goes when the client's word comes, and the branch with it.
#[test]
fn a_branch_that_waits_in_vain_goes_with_its_handler() {
    let plan = plan(&[
        r#"
[scenario]
duration = "1 s"
[network]
places = ["here", "gone"]
round_trip = { within = "2 ms", "here <-> gone" = "2 ms" }
loss = { "here -> gone" = "100 %" }
[call."user -> web"]
timeout = "50 ms"
[server.web]
workers = 1
on.go = [ { all = [ [ { call = "nowhere.get" } ], [ { wait = "5 ms" } ] ] } ]
[server.nowhere]
place = "gone"
workers = 1
on.get = []
"#,
        &once("user", "0 s", "request = \"web.go\""),
    ]);
    let mut world = World::new(&plan, plan.seed);
    let (busy, idle) = (Levels { busy: 1, present: 1, ..Levels::default() }, Levels::default());
    assert_eq!(levels_around(&mut world, &plan, "web", 51 * MS), (busy, idle));
    assert!(world.is_empty(), "the branch is still there");
    assert_eq!(only(&world, &plan, "user"), failed("timeout", 50 * MS));
}

/// Nobody waits for the job, and one of its two branches waits for a message that was lost: the other one is enough. It answers
/// at 7 ms, and the job goes on.
#[test]
fn any_goes_on_where_one_message_was_lost() {
    let plan = plan(&[
        r#"
[scenario]
duration = "1 s"
[network]
places = ["here", "gone"]
round_trip = { within = "2 ms", "here <-> gone" = "2 ms" }
loss = { "here -> gone" = "100 %" }
[server.web]
workers = 1
on.go = [ { send = "job.run" } ]
[server.job]
workers = 1
on.run = [ { any = [ [ { call = "nowhere.get" } ], [ { call = "near.get" } ] ] }, { call = "near.put" } ]
[server.nowhere]
place = "gone"
workers = 1
on.get = []
[server.near]
workers = 1
on.get = [ { work = "3 ms" } ]
on.put = [ { work = "1 ms" } ]
"#,
        &once("user", "0 s", "request = \"web.go\""),
    ]);
    let world = finished(&plan);
    assert_eq!(visits(&world, &plan, "near"), (2, 0, u128::from(4 * MS)));
    assert_eq!(visits(&world, &plan, "job"), (1, 0, u128::from((1 + 3 + 1 + 1 + 1 + 1) * MS)));
}

/// The first has begun before it is interrupted at 3 ms; when its caller's word comes at 5 ms it waits, but not for its first
/// worker.
#[test]
fn interrupted_work_has_begun() {
    let plan = plan(&[
        HEAD,
        &once("low", "0 s", "request = \"web.go\"\npriority = 5"),
        &once("high", "2 ms", "request = \"web.go\"\npriority = 1"),
        "[call.\"low -> web\"]\ntimeout = \"4 ms\"\ncancel = \"queued\"\n",
        "[server.web]\nworkers = 1\ndiscipline = \"priority_preemptive\"\non.go = [ { work = \"5 ms\" } ]\n",
    ]);
    let world = finished(&plan);
    assert_eq!(
        ["low", "high"].map(|client| only(&world, &plan, client)),
        [failed("timeout", 4 * MS), ok(7 * MS)]
    );
    assert_eq!(visits(&world, &plan, "web"), (2, 0, u128::from((10 + 5) * MS)));
}

/// The outcome of a call is the same behind a balancer, and a client hears it however it asks.
#[test]
fn outcomes_come_home_through_everybody() {
    for asks in ["request = \"web.go\"", "mix = { \"web.go\" = 1 }"] {
        let plan = plan(&[
            HEAD,
            &once("user", "0 s", &format!("{asks}\nkeys = {{ count = 1 }}")),
            "[server.web]\nworkers = 1\n",
            "on.go = [ { call = \"edge.get\", on_miss = [ { wait = \"10 ms\" }, { return = \"cold\" } ] } ]\n",
            "[balancer.edge]\ntargets = [\"hot\"]\n[cache.hot]\ncapacity = \"1 objects\"\n",
        ]);
        assert_eq!(only(&finished(&plan), &plan, "user"), ("cold".to_owned(), 16 * MS), "{asks}");
    }
}

/// A user who never thinks asks a server that takes no time: the clock would never move on.
#[test]
fn a_loop_that_takes_no_time_is_stopped() {
    let plan = plan(&[
        "[scenario]\nduration = \"1 s\"\n[network]\nround_trip = { within = \"0 s\" }\n",
        "[client.user]\narrivals = { users = 1, think = \"0 s\" }\nrequest = \"web.go\"\n",
        "[server.web]\nworkers = 1\non.go = []\n[limits]\nevents_at_one_instant = 5000\n",
    ]);
    let mut world = World::new(&plan, 1);
    assert_eq!(world.run_to_end(), Pause::Limit(Limit::Instant));
    assert_eq!((world.now(), world.events()), (Time(0), 5000));
}

/// One branch answers and is done; the message of the other was lost before, and nobody waits for the handler any more.
#[test]
fn a_handler_whose_branch_has_answered_does_not_wait_for_a_lost_message_for_ever() {
    let plan = plan(&[
        r#"
[scenario]
duration = "1 s"
[network]
places = ["here", "there"]
round_trip = { "* <-> *" = "2 ms", within = "2 ms" }
loss = { "here <-> there" = "100 %", within = "0 %" }
"#,
        &once("user", "0 s", "request = \"web.go\""),
        "[server.web]\nworkers = 1\non.go = [ { all = [ [ { call = \"far.go\" } ], [ { answer = \"ok\" } ] ] } ]\n",
        "[server.far]\nplace = \"there\"\nworkers = 1\non.go = []\n",
    ]);
    let world = finished(&plan);
    assert_eq!(only(&world, &plan, "user"), ok(2 * MS));
}

/// A place from which no message comes, and a component whose work depends on one.
const GONE: &str = r#"
[scenario]
duration = "1 s"
[network]
places = ["here", "gone"]
round_trip = { within = "2 ms", "here <-> gone" = "2 ms" }
loss = { "here <-> gone" = "100 %" }
[server.site]
place = "gone"
workers = 1
on.get = []
on.put = []
[cache.store]
place = "gone"
capacity = "10 objects"
"#;

/// Components that ask others on behalf of those who ask them: the operation, and the table.
const PARKS: [(&str, &str); 5] = [
    (
        "limit.get",
        "[rate_limiter.limit]\ntargets = [\"near\"]\nlimit = 9\nwindow = \"1 s\"\nalgorithm = \"sliding_log\"\nstore = \"store\"\n\
         [server.near]\nworkers = 1\non.get = []\n",
    ),
    ("copies.get", "[cache.copies]\ncapacity = \"10 objects\"\nread_through = \"site.get\"\n"),
    (
        "copies.get",
        "[cache.copies]\ncapacity = \"10 objects\"\nread_through = \"site.get\"\nsingle_flight = true\n",
    ),
    ("copies.put", "[cache.copies]\ncapacity = \"10 objects\"\nwrite_through = \"site.put\"\n"),
    ("edges.get", "[cdn.edges]\nplaces = [\"here\"]\ncapacity = \"10 objects\"\norigin = \"site.get\"\n"),
];

/// Who asks at 0 and at 20 ms gives up after 50 ms; its word arrives 1 ms later. What was asked on its behalf never comes back,
/// and nobody hears that the message is lost. The second one finds it lost already.
#[test]
fn nobody_waits_for_an_errand_that_went_astray_longer_than_somebody_waits_for_him() {
    for (request, component) in PARKS {
        let users = ["0 s", "20 ms"].map(|at| {
            let name = format!("user{}", &at[..1]);
            let patience =
                format!("[call.\"{name} -> {}\"]\ntimeout = \"50 ms\"\n", &request[..request.len() - 4]);
            once(&name, at, &format!("request = \"{request}\"\nkeys = {{ count = 1 }}\n{patience}"))
        });
        let plan = plan(&[GONE, component, &users.concat()]);
        let mut world = World::new(&plan, plan.seed);
        let parks = request.split('.').next().expect("a component");
        for (at, present) in [(51, 2), (71, 1)] {
            let (before, after) = levels_around(&mut world, &plan, parks, at * MS);
            assert_eq!((before.present, after.present), (present, present - 1), "{at} ms: {component}");
            assert_eq!(world.is_empty(), at == 71, "{at} ms: {component}");
        }
        for user in ["user0", "user2"] {
            assert_eq!(only(&world, &plan, user), failed("timeout", 50 * MS), "{component}");
        }
    }
}

/// As who calls a handler that waits for a lost message does.
#[test]
fn a_client_without_a_timeout_waits_for_an_errand_that_went_astray_for_ever() {
    for (request, component) in PARKS {
        let plan = plan(&[
            GONE,
            component,
            &once("user", "0 s", &format!("request = \"{request}\"\nkeys = {{ count = 1 }}")),
        ]);
        let mut world = World::new(&plan, plan.seed);
        assert_eq!(world.run_to_end(), Pause::End);
        let counts = world.conservation();
        assert_eq!((counts.born, counts.completed + counts.failed), (1, 0), "{component}");
        assert!(!world.is_empty(), "{component}");
    }
}
