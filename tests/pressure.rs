//! Stations under more than they can carry: whom they drop, keep out and displace, in tiny scenarios that can be calculated by
//! hand, and against queueing theory. One way on the network takes 1 ms in the tiny ones.

#[path = "pressure/cold_start.rs"]
mod cold_start;
mod common;
#[path = "pressure/frailty.rs"]
mod frailty;
#[path = "pressure/memory.rs"]
mod memory;
#[path = "common/replications.rs"]
mod replications;
#[path = "common/spike.rs"]
mod spike;

use replications::{EXPONENTIAL, assert_figures, figure, poisson, scenario, station};
use spike::{HEAD, MS, edge, failed, finished, messages, ok, once, only, plan, visits};
use windtunnel::figures::Catalogue;
use windtunnel::plan::Plan;
use windtunnel::world::World;

/// Clients that ask `s.go` at these instants, each with these further words; the server has one worker and works for 10 ms.
fn asked(clients: &[(&str, &str, &str)], server: &str) -> Plan {
    let clients: String = clients
        .iter()
        .map(|(name, at, words)| once(name, at, &format!("session = [ {{ call = \"s.go\" }} ]\n{words}")))
        .collect();
    plan(&[
        HEAD,
        &clients,
        &format!("[server.s]\nworkers = 1\non.go = [ {{ work = \"10 ms\" }} ]\n{server}\n"),
    ])
}

/// How the only requests of clients ended, by their names.
fn ends(world: &World<'_>, plan: &Plan, names: &[&str]) -> Vec<(String, u64)> {
    names.iter().map(|name| only(world, plan, name)).collect()
}

fn dropped(world: &World<'_>) -> u64 {
    world.recorder().loads.iter().flatten().map(|load| load.dropped).sum()
}

/// Three who come at 0, 1 and 2 ms and have 18 ms. The second is served from 11 to 21 ms, which is 21 ms after its call, in
/// vain; the third would begin at 21 ms, when its time has passed at 20 ms.
#[test]
fn who_comes_too_late_costs_no_work() {
    let edges = "[call.default]\ndeadline = \"18 ms\"\npropagate = true\n";
    let clients = [("a", "0 s", ""), ("b", "1 ms", ""), ("c", "2 ms", "")];
    for (words, heard, served, lost, wasted) in [
        // Callers hear their own deadlines, unless they are told before that it is in vain: at 12 ms. The second is served in
        // vain from its deadline at 19 ms on, the third altogether.
        ("", [18, 18], 3, 0, [0, 2, 10]),
        ("drop = \"expired\"", [18, 18], 2, 1, [0, 2, 0]),
        ("drop = \"infeasible\"", [11, 10], 1, 2, [0, 0, 0]),
    ] {
        let plan = asked(&clients, &format!("{words}\n{edges}"));
        let world = finished(&plan);
        let [b, c] = heard.map(|at| failed("deadline", at * MS));
        assert_eq!(ends(&world, &plan, &["a", "b", "c"]), [ok(12 * MS), b, c], "{words}");
        assert_eq!((visits(&world, &plan, "s").0, dropped(&world)), (served, lost), "{words}");
        let in_vain = ["a", "b", "c"].map(|client| edge(&world, &plan, client, "s").3);
        assert_eq!(in_vain, wasted.map(|time| u128::from(time * MS)), "{words}");
    }
    // Without a deadline that is handed on nobody is too late.
    let alone = "[call.default]\ndeadline = \"18 ms\"\n";
    let plan = asked(&clients, &format!("drop = \"infeasible\"\n{alone}"));
    assert_eq!(visits(&finished(&plan), &plan, "s").0, 3);
}

/// Nobody waits, but 10 ms of work cannot be done within 5 ms, nor any when the way there has taken the whole time.
#[test]
fn who_comes_too_late_to_somebody_idle_costs_no_work_either() {
    for (deadline, words, heard, work) in [
        ("5 ms", "", 5, 10),
        ("5 ms", "drop = \"expired\"", 5, 10),
        ("5 ms", "drop = \"infeasible\"", 2, 0),
        ("1 ms", "", 1, 10),
        ("1 ms", "drop = \"expired\"", 1, 0),
        ("1 ms", "drop = \"infeasible\"", 1, 0),
    ] {
        for handling in ["", "blocking = false", "concurrency_limit = 1"] {
            let edges = format!("[call.default]\ndeadline = \"{deadline}\"\npropagate = true\n");
            let plan = asked(&[("a", "0 s", "")], &format!("{words}\n{handling}\n{edges}"));
            let world = finished(&plan);
            let what = format!("{deadline} {words} {handling}");
            assert_eq!(ends(&world, &plan, &["a"]), [failed("deadline", heard * MS)], "{what}");
            let busy: u128 = world.recorder().loads.iter().flatten().map(|load| load.busy).sum();
            assert_eq!(busy, u128::from(work * MS), "{what}");
            assert_eq!(dropped(&world), u64::from(work == 0), "{what}");
        }
    }
}

/// Four wait when the worker is free at 11 ms: with a threshold of two the newest is served while more than two wait.
#[test]
fn the_newest_is_next_while_many_wait() {
    let clients =
        [("a", "0 s", ""), ("b", "1 ms", ""), ("c", "2 ms", ""), ("d", "3 ms", ""), ("e", "4 ms", "")];
    let plan = asked(&clients, "discipline = \"adaptive_lifo\"\nlifo_threshold = 2");
    let world = finished(&plan);
    assert_eq!(
        ends(&world, &plan, &["a", "b", "c", "d", "e"]),
        // a from 1 to 11 ms, then e and d, then b and c.
        [ok(12 * MS), ok(41 * MS), ok(50 * MS), ok(29 * MS), ok(18 * MS)]
    );
}

/// One works and two wait when somebody comes who finds no room.
#[test]
fn who_makes_room_when_the_queue_is_full() {
    let [urgent, middling, idle] = [0, 1, 2].map(|priority| format!("priority = {priority}"));
    let rejected = |latency: u64| failed("rejected", latency);
    for (overflow, priorities, expected) in [
        // Whoever comes at 4 ms is home at 6 ms; whoever makes room then is home a way later.
        (
            "arrival",
            [&idle, &middling, &idle, &urgent],
            [ok(12 * MS), ok(21 * MS), ok(30 * MS), rejected(2 * MS)],
        ),
        (
            "oldest",
            [&idle, &middling, &idle, &urgent],
            [ok(12 * MS), rejected(5 * MS), ok(20 * MS), ok(28 * MS)],
        ),
        (
            "least_urgent",
            [&idle, &middling, &idle, &urgent],
            [ok(12 * MS), ok(21 * MS), rejected(4 * MS), ok(28 * MS)],
        ),
        (
            "least_urgent",
            [&idle, &idle, &idle, &urgent],
            [ok(12 * MS), ok(21 * MS), rejected(4 * MS), ok(28 * MS)],
        ),
        (
            "least_urgent",
            [&urgent, &idle, &middling, &idle],
            [ok(12 * MS), ok(21 * MS), ok(30 * MS), rejected(2 * MS)],
        ),
    ] {
        let names = ["a", "b", "c", "d"];
        let at = ["0 s", "1 ms", "2 ms", "4 ms"];
        let clients: Vec<(&str, &str, &str)> =
            (0..4).map(|index| (names[index], at[index], priorities[index].as_str())).collect();
        let plan = asked(&clients, &format!("queue = 2\noverflow = \"{overflow}\""));
        let world = finished(&plan);
        assert_eq!(ends(&world, &plan, &names), expected, "{overflow} {priorities:?}");
        assert_eq!(dropped(&world), u64::from(overflow != "arrival" && expected[3].0 == "ok"));
    }
}

/// At most two may be there: the third is turned away at the door, whether or not there is room to wait.
#[test]
fn no_more_are_there_than_the_limit_says() {
    let clients = [("a", "0 s", ""), ("b", "1 ms", ""), ("c", "2 ms", ""), ("d", "11 ms", "")];
    let plan = asked(&clients, "concurrency_limit = 2");
    let world = finished(&plan);
    assert_eq!(
        ends(&world, &plan, &["a", "b", "c", "d"]),
        [ok(12 * MS), ok(21 * MS), failed("rejected", 2 * MS), ok(21 * MS)]
    );
    assert_eq!(messages(&world), (8, 0));
}

/// With one worker, a limit of K on all who are there is the queue M/M/1/K.
#[test]
fn a_fixed_limit_loses_what_erlang_says() {
    let system = station(&poisson(1.2), EXPONENTIAL, "workers = 1\nconcurrency_limit = 5", 4_000);
    let lost = (1.2_f64.powi(5) * 0.2) / (1.2_f64.powi(6) - 1.0);
    assert_figures("M/M/1/5", &system, &[("c.availability", 1.0 - lost, 0.016)]);
}

/// The probabilities of a chain with these rates between so many states, by repeated sweeps.
fn stationary(states: usize, rates: impl Fn(usize) -> Vec<(usize, f64)>) -> Vec<f64> {
    let mut into = vec![Vec::new(); states];
    let mut out = vec![0.0; states];
    for (from, out) in out.iter_mut().enumerate() {
        for (to, rate) in rates(from) {
            into[to].push((from, rate));
            *out += rate;
        }
    }
    let mut share = vec![1.0 / states as f64; states];
    for _ in 0..20_000 {
        for state in 0..states {
            share[state] =
                into[state].iter().map(|(from, rate)| share[*from] * rate).sum::<f64>() / out[state];
        }
        let total: f64 = share.iter().sum();
        share.iter_mut().for_each(|one| *one /= total);
    }
    share
}

/// M/M/1/K with two priorities, non-preemptive, in which an urgent arrival pushes out an idle one that waits: the chain of the
/// numbers that wait, solved exactly. An urgent one is lost only where the whole queue is urgent.
#[test]
fn pushing_out_loses_the_idle_first() {
    let (urgent, idle, room) = (0.6, 0.9, 4);
    // State 0: nobody is there. Then pairs: how many urgent and how many idle ones wait beside the one at work.
    let index = |u: usize, i: usize| 1 + u * (room + 1) + i;
    let pair = |state: usize| ((state - 1) / (room + 1), (state - 1) % (room + 1));
    let rates = |state: usize| {
        if state == 0 {
            return vec![(index(0, 0), urgent + idle)];
        }
        let (u, i) = pair(state);
        if u + i > room {
            return vec![(0, 1.0)];
        }
        let mut rates = Vec::new();
        if u + i < room {
            rates.extend([(index(u + 1, i), urgent), (index(u, i + 1), idle)]);
        } else if i > 0 {
            rates.push((index(u + 1, i - 1), urgent));
        }
        rates.push(match (u, i) {
            (0, 0) => (0, 1.0),
            (0, _) => (index(0, i - 1), 1.0),
            _ => (index(u - 1, i), 1.0),
        });
        rates
    };
    let share = stationary(1 + (room + 1) * (room + 1), rates);
    let full: f64 = (0..=room).map(|u| share[index(u, room - u)]).sum();
    let urgent_lost = share[index(room, 0)];
    let idle_lost = ((urgent + idle) * full - urgent * urgent_lost) / idle;
    let erlang = 1.5_f64.powi(5) * 0.5 / (1.5_f64.powi(6) - 1.0);
    assert!((full - erlang).abs() < 1e-6, "{full} {erlang}");
    let client = |name: &str, rate: f64, priority: u8| {
        format!("[client.{name}]\narrivals = {}\nrequest = \"s.go\"\npriority = {priority}\n", poisson(rate))
    };
    let system = scenario(&format!(
        "[scenario]\nduration = \"3000 s\"\nwarm_up = \"100 s\"\n{}{}\
         [server.s]\nworkers = 1\nqueue = {room}\ndiscipline = \"priority\"\noverflow = \"least_urgent\"\n\
         on.go = [ {{ work = {EXPONENTIAL} }} ]\n",
        client("urgent", urgent, 0),
        client("idle", idle, 1)
    ));
    assert_figures(
        "push-out",
        &system,
        &[
            ("urgent.availability", 1.0 - urgent_lost, 0.01),
            ("idle.availability", 1.0 - idle_lost, 0.04),
            ("s.utilization", 1.0 - share[0], 0.01),
        ],
    );
}

/// Where urgent arrivals interrupt and push out, the others are nothing to them: an M/M/1/K of their own, whatever else there is.
/// All together are an M/M/1/K, too, since what resumes has as much before it as it had at the begin.
#[test]
fn who_interrupts_and_pushes_out_is_alone() {
    let lost = |load: f64, places: i32| load.powi(places) * (1.0 - load) / (1.0 - load.powi(places + 1));
    for room in [0, 4] {
        let client = |name: &str, rate: f64, priority: u8| {
            format!(
                "[client.{name}]\narrivals = {}\nrequest = \"s.go\"\npriority = {priority}\n",
                poisson(rate)
            )
        };
        let system = scenario(&format!(
            "[scenario]\nduration = \"3000 s\"\nwarm_up = \"100 s\"\n{}{}\
             [server.s]\nworkers = 1\nqueue = {room}\ndiscipline = \"priority_preemptive\"\n\
             overflow = \"least_urgent\"\non.go = [ {{ work = {EXPONENTIAL} }} ]\n",
            client("urgent", 0.6, 0),
            client("idle", 0.9, 1)
        ));
        let total: f64 = (0..=room + 1).map(|there| 1.5_f64.powi(there)).sum();
        let waiting = (1..=room + 1).map(|there| f64::from(there - 1) * 1.5_f64.powi(there) / total).sum();
        let idle_rate = 1.5 * (1.0 - lost(1.5, room + 1)) - 0.6 * (1.0 - lost(0.6, room + 1));
        assert_figures(
            &format!("room {room}"),
            &system,
            &[
                ("urgent.availability", 1.0 - lost(0.6, room + 1), 0.02),
                ("idle.rate", idle_rate, 0.05),
                ("s.queue.mean", waiting, 0.02),
            ],
        );
    }
}

/// CoDel with callers who do not slow down. With an excess of e requests a second the n-th drop comes at 2 I sqrt(n), so that
/// drops are as many as the excess after T = 2 I^2 e; until then the queue grows to I^2 e^2. Thereafter it comes down and stays
/// near the target, as long as a new episode goes on with the rate of the last one.
#[test]
fn codel_needs_a_while_for_callers_who_do_not_slow_down() {
    let (interval, capacity) = (0.1_f64, 1000.0);
    for excess in [100.0, 300.0] {
        let system = scenario(&format!(
            "[scenario]\nduration = \"8 s\"\n\
             [client.c]\narrivals = {{ even = \"{} /s\" }}\nrequest = \"s.go\"\n\
             [server.s]\nworkers = 1\ncodel = {{}}\non.go = [ {{ work = \"1 ms\" }} ]\n",
            capacity + excess
        ));
        let catalogue = Catalogue::of(&system.plan);
        let mut world = World::new(&system.plan, 1);
        world.run_to_end();
        let get = |name: &str| figure(&world, &catalogue, name);
        let highest = (interval * excess).powi(2);
        println!("excess {excess}: highest {} of {highest}, wait {}", get("s.queue.max"), get("s.wait.p50"));
        assert!((get("s.queue.max") / highest - 1.0).abs() < 0.5, "{}", get("s.queue.max"));
    }
}

/// Nine users with 5 % of the load each, and one who asks for ten times what is left. In one queue everybody waits for ever; with
/// lines of their own the nine wait for the one at work and now and then for another of the tenth, beside themselves.
#[test]
fn a_noisy_neighbour_is_alone_in_a_line() {
    let system = |noisy: &str, words: &str| {
        scenario(&format!(
            "[scenario]\nduration = \"100 s\"\nwarm_up = \"10 s\"\n\
             [client.quiet]\narrivals = {}\nusers = {{ count = 9 }}\nsession = [ {{ call = \"s.go\" }} ]\n\
             {noisy}\
             [server.s]\nworkers = 1\non.go = [ {{ work = {{ exponential = \"10 ms\" }} }} ]\nqueue = 500\n{words}\n",
            poisson(45.0)
        ))
    };
    let noise = format!(
        "[client.noisy]\narrivals = {}\nsession = [ {{ call = \"s.go\", user = \"noisy\" }} ]\n",
        poisson(550.0)
    );
    let mean = |system: &windtunnel::plan::Scenario| {
        let catalogue = Catalogue::of(&system.plan);
        let mut world = World::new(&system.plan, 1);
        world.run_to_end();
        ["quiet.latency.mean", "quiet.availability"].map(|name| figure(&world, &catalogue, name))
    };
    let [alone, _] = mean(&system("", ""));
    let [fifo, _] = mean(&system(&noise, ""));
    let [fair, served] = mean(&system(&noise, "discipline = \"fair\""));
    println!("alone {alone}, fifo {fifo}, fair {fair}, served {served}");
    assert!((alone / 0.018_18 - 1.0).abs() < 0.1, "M/M/1: {alone}");
    assert!(fifo > 4.5, "{fifo}");
    assert!(fair < alone + 0.03, "{fair}");
    assert!(served > 0.999_9, "{served}");
}

/// Ten at once from one client, and one from another 1 ms later. With a line for each client the eleventh is served third: it is
/// as far on as the second of the others, who came before; whether it comes straight, through a balancer, or as an attempt of that.
#[test]
fn callers_have_lines_of_their_own() {
    let edge = "[balancer.edge]\ntargets = [\"s\"]\n";
    let retried = format!("{edge}[call.\"edge -> s\"]\ntimeout = \"800 ms\"\nretry = {{ attempts = 2 }}\n");
    for (asks, rest, hops) in [("s", "", 0), ("edge", edge, 1), ("edge", &retried, 1)] {
        for (by, expected) in
            [("{caller}", 31), ("{caller} {operation}", 31), ("{operation}", 111), ("{user}", 111)]
        {
            let request = format!("request = \"{asks}.go\"");
            let many = format!(
                "[client.many]\narrivals = {{ batches = [ {{ at = \"0 s\", count = 10 }} ] }}\n{request}\n"
            );
            let server = format!(
                "[server.s]\nworkers = 1\ndiscipline = \"fair\"\nfair_by = \"{by}\"\non.go = [ {{ work = \"10 ms\" }} ]\n"
            );
            let plan = plan(&[HEAD, &many, &once("one", "1 ms", &request), &server, rest]);
            let world = finished(&plan);
            assert_eq!(only(&world, &plan, "one"), ok((expected + 2 * hops) * MS), "{by}, {rest}");
        }
    }
}
