//! Instances whose memory is full: they turn away whoever comes, or die of it. In tiny scenarios that can be calculated by hand
//! (one way on the network takes 1 ms), and against queueing theory.

use crate::replications::{EXPONENTIAL, assert_figures, poisson, scenario, station};
use crate::spike::{HEAD, MS, failed, finished, ok, once, only, plan};
use windtunnel::plan::Plan;
use windtunnel::station::Load;
use windtunnel::theory::stations::bounded;
use windtunnel::world::World;

/// Clients `c0`, `c1`, ... that ask at these instants, and the rest of the scenario.
fn asked(at: &[&str], request: &str, rest: &str) -> Plan {
    let client = |(index, at): (usize, &&str)| once(&format!("c{index}"), at, request);
    let clients: String = at.iter().enumerate().map(client).collect();
    plan(&[HEAD, &clients, rest])
}

/// How all of them ended.
fn ends(world: &World<'_>, plan: &Plan) -> Vec<(String, u64)> {
    (0..plan.clients.len()).map(|index| only(world, plan, &format!("c{index}"))).collect()
}

/// All that a component saw.
fn load(world: &World<'_>, plan: &Plan, component: &str) -> Load {
    let index = plan.components.iter().position(|known| known.name == component).expect("it is known");
    let mut load = Load::default();
    world.recorder().loads[index].iter().for_each(|cell| load += *cell);
    load
}

/// Room for 4 MB beside the 1 MB that the server takes itself: the large one leaves room for one small one at a time.
#[test]
fn who_finds_no_room_is_turned_away() {
    let server = "[server.s]\nworkers = \"unbounded\"\n\
                  memory = { limit = \"5 MB\", base = \"1 MB\", per_request = { large = \"3 MB\", small = \"1 MB\" }, full = \"rejects\" }\n\
                  on.large = [ { wait = \"20 ms\" } ]\non.small = [ { wait = \"20 ms\" } ]\non.none = []\n";
    let clients = [
        once("c0", "0 s", "request = \"s.large\""),
        once("c1", "1 ms", "request = \"s.small\""),
        // 4 MB of 4 are taken; who takes none comes in.
        once("c2", "2 ms", "request = \"s.small\""),
        once("c3", "3 ms", "request = \"s.none\""),
        // The large one has left at 21 ms, the small one at 22 ms.
        once("c4", "20 ms", "request = \"s.large\""),
        once("c5", "20 ms", "request = \"s.small\""),
        once("c6", "21 ms", "request = \"s.small\""),
    ];
    let plan = plan(&[HEAD, &clients.concat(), server]);
    let world = finished(&plan);
    let expected = [
        ok(22 * MS),
        ok(22 * MS),
        failed("rejected", 2 * MS),
        ok(2 * MS),
        ok(22 * MS),
        failed("rejected", 2 * MS),
        ok(22 * MS),
    ];
    assert_eq!(ends(&world, &plan), expected);
    let load = load(&world, &plan, "s");
    assert_eq!((load.rejected, load.memory_max, load.out_of_memory), (2, 5_000_000, 0));
    // For each ms: 1 MB of its own for a second, and 20 ms of 3, 1, 3 and 1 MB.
    assert_eq!(load.memory, (1000 + 20 * 8) * 1_000_000 * u128::from(MS));
}

/// Room for four: the fifth, who arrives at 41 ms, is one too many. Whoever is there is reset, whoever comes during the boot of 20 ms
/// is refused, and whoever comes at 61 ms finds an empty server.
#[test]
fn one_too_many_kills_them_all() {
    let server = |keys: &str| {
        format!(
            "[server.s]\nworkers = \"unbounded\"\nboot = \"20 ms\"\non.go = [ {{ wait = \"200 ms\" }} ]\n\
             memory = {{ limit = \"5 MB\", base = \"1 MB\", per_request = \"1 MB\" }}\n{keys}"
        )
    };
    let at = ["0 s", "10 ms", "20 ms", "30 ms", "40 ms", "50 ms", "60 ms"];
    let expected = [
        failed("reset", 42 * MS),
        failed("reset", 32 * MS),
        failed("reset", 22 * MS),
        failed("reset", 12 * MS),
        failed("reset", 2 * MS),
        failed("refused", 2 * MS),
        ok(202 * MS),
    ];
    let plan = asked(&at, "request = \"s.go\"", &server(""));
    let world = finished(&plan);
    assert_eq!(ends(&world, &plan), expected);
    let load = load(&world, &plan, "s");
    assert_eq!((load.out_of_memory, load.memory_max, load.stopped, load.served), (1, 6_000_000, 5, 1));
    // 1 MB but while it is down; 40, 30, 20 and 10 ms of the four that were killed, and 200 ms.
    assert_eq!(load.memory, (980 + 100 + 200) * 1_000_000 * u128::from(MS));
    // It is dead although it stands still: a collection that would have lasted for a second is over with it.
    let heap = "heap = { size = \"3 MB\", per_request = \"1 MB\", pause = \"1 s\" }\n";
    let paused = asked(&at, "request = \"s.go\"", &server(heap));
    let world = finished(&paused);
    assert_eq!(ends(&world, &paused), expected);
    // Who is turned away takes nothing: with places for four in all nobody dies.
    let bounded = asked(&at, "request = \"s.go\"", &server("concurrency_limit = 4\n"));
    let world = finished(&bounded);
    assert_eq!(self::load(&world, &bounded, "s").out_of_memory, 0);
    assert_eq!(ends(&world, &bounded)[3..5], [ok(202 * MS), failed("rejected", 2 * MS)]);
}

/// What is killed while it waits for somebody else leaves that work behind; a full queue keeps memory free.
#[test]
fn the_dead_are_waited_for_by_nobody() {
    let rest = "[server.s]\nworkers = \"unbounded\"\non.go = [ { call = \"b.slow\" } ]\n\
                memory = { limit = \"2 MB\", per_request = \"1 MB\" }\n\
                [server.b]\nworkers = 1\nqueue = 1\non.slow = [ { work = \"50 ms\" } ]\n\
                memory = { limit = \"2 MB\", per_request = \"1 MB\" }\n";
    let plan = asked(&["0 s", "1 ms", "2 ms", "3 ms"], "request = \"s.go\"", rest);
    let world = finished(&plan);
    let reset = |latency| failed("reset", latency * MS);
    // The fourth finds a new `s`, but two old calls at `b`.
    assert_eq!(ends(&world, &plan), [reset(4), reset(3), reset(2), failed("rejected", 4 * MS)]);
    let (s, b) = (load(&world, &plan, "s"), load(&world, &plan, "b"));
    assert_eq!((s.out_of_memory, b.out_of_memory, b.rejected, b.served), (1, 0, 1, 2));
}

/// Two servers with room for three each. The seventh request is one too many for the first of them; where callers try again
/// elsewhere at once, its four are too many for the other one, too.
#[test]
fn the_dead_take_others_with_them() {
    let rest = |retry: &str| {
        format!(
            "[balancer.edge]\ntargets = [\"s\"]\n\
             [server.s]\ninstances = 2\nworkers = \"unbounded\"\nboot = \"500 ms\"\non.go = [ {{ wait = \"200 ms\" }} ]\n\
             memory = {{ limit = \"3 MB\", per_request = \"1 MB\" }}\n{retry}"
        )
    };
    let at = ["0 s", "10 ms", "20 ms", "30 ms", "40 ms", "50 ms", "60 ms"];
    for (retry, kills, lost) in [("", 1, 4), ("[call.default]\nretry = { attempts = 2 }\n", 2, 7)] {
        let plan = asked(&at, "request = \"edge.go\"", &rest(retry));
        let world = finished(&plan);
        assert_eq!(load(&world, &plan, "s").out_of_memory, kills, "{retry}");
        let ends = ends(&world, &plan);
        let reset = ends.iter().filter(|(word, _)| ["reset", "refused"].contains(&word.as_str())).count();
        assert_eq!(reset, lost, "{retry}: {ends:?}");
    }
}

fn memory(room: u32, full: &str) -> String {
    format!("memory = {{ limit = \"{room} MB\", per_request = \"1 MB\", full = \"{full}\" }}")
}

/// A server with memory for n requests that turns others away is M/M/c/n.
#[test]
fn memory_for_so_many_is_a_bound_of_the_queue() {
    for (rate, servers, room) in [(0.9, 1, 4), (2.5, 2, 5), (1.0, 3, 3)] {
        let exact = bounded(rate, 1.0, servers, room.into()).expect("it has a closed form");
        let keys = format!("workers = {servers}\n{}", memory(room, "rejects"));
        let system = station(&poisson(rate), EXPONENTIAL, &keys, 6_000);
        let expected = [
            ("c.availability", 1.0 - exact.blocking, 0.02),
            ("c.latency.mean", exact.mean_sojourn, 0.03),
            ("s.memory.mean", exact.mean_number * 1e6, 0.03),
        ];
        assert_figures(&keys, &system, &expected);
    }
}

/// Requests of two sizes that nobody queues for: the memory in use is that of a stochastic knapsack, q(b) = sum of a_k b_k q(b - b_k) / b
/// (Kaufman 1981; Roberts 1981), and requests of size b_k are turned away as long as less than b_k is free.
#[test]
fn large_requests_find_no_room_more_often() {
    let (room, offered, sizes) = (10_usize, [3.0, 1.0], [1_usize, 4]);
    let mut states = vec![1.0];
    for taken in 1..=room {
        let from = |class: usize| match taken.checked_sub(sizes[class]) {
            Some(before) => offered[class] * sizes[class] as f64 * states[before],
            None => 0.0,
        };
        let state: f64 = (from(0) + from(1)) / taken as f64;
        states.push(state);
    }
    let sum: f64 = states.iter().sum();
    let blocking = |class: usize| states[room + 1 - sizes[class]..].iter().sum::<f64>() / sum;
    let mean = states.iter().enumerate().map(|(taken, state)| taken as f64 * state / sum).sum::<f64>();
    let system = scenario(
        "[scenario]\nduration = \"8000 s\"\nwarm_up = \"100 s\"\n\
         [client.a]\narrivals = { poisson = \"3 /s\" }\nrequest = \"s.small\"\n\
         [client.b]\narrivals = { poisson = \"1 /s\" }\nrequest = \"s.large\"\n\
         [server.s]\nworkers = \"unbounded\"\n\
         memory = { limit = \"10 MB\", per_request = { small = \"1 MB\", large = \"4 MB\" }, full = \"rejects\" }\n\
         on.small = [ { wait = { exponential = \"1 s\" } } ]\non.large = [ { wait = { exponential = \"1 s\" } } ]\n",
    );
    let expected = [
        ("a.availability", 1.0 - blocking(0), 0.02),
        ("b.availability", 1.0 - blocking(1), 0.02),
        ("s.memory.mean", mean * 1e6, 0.02),
    ];
    assert_figures("a knapsack", &system, &expected);
}

/// M/M/1 with memory for n that dies when one more comes, and begins again at once: the time from empty to n + 1 is that of a birth-death
/// process, the sum over i up to n of (1 + m / l + ... + (m / l)^i) / l, and all n + 1 are lost.
#[test]
fn who_dies_of_its_memory_does_so_after_the_time_to_fill_it() {
    for (rate, room) in [(0.8, 5), (1.5, 9)] {
        let climb = |level: i32| (0..=level).map(|down| (1.0_f64 / rate).powi(down)).sum::<f64>() / rate;
        let life: f64 = (0..=room).map(climb).sum();
        let keys = format!("workers = 1\n{}", memory(room as u32, "dies"));
        let system = station(&poisson(rate), EXPONENTIAL, &keys, 20_000);
        let lost = f64::from(room + 1) / (rate * life);
        let expected = [("s.out_of_memory", 20_000.0 / life, 0.05), ("c.availability", 1.0 - lost, 0.05)];
        assert_figures(&keys, &system, &expected);
    }
}

/// What copies apply is no request of anybody's and takes nothing, whichever components there are besides.
#[test]
fn what_an_instance_does_for_itself_takes_none() {
    let beside = |name: &str| {
        let store = "[database.m]\nreplicas = 1\nworkers = 4\nwrite = \"5 ms\"\n\
                     memory = { limit = \"9 MB\", base = \"1 MB\", per_request = \"1 MB\" }\n";
        let other = format!("[server.{name}]\nworkers = 1\non.go = []\n");
        let clients = [
            once("c0", "0 s", "request = \"m.write\"\nkeys = \"new\""),
            once("c1", "0 s", &format!("request = \"{name}.go\"")),
        ];
        let plan = plan(&[HEAD, &clients.concat(), store, &other]);
        load(&finished(&plan), &plan, "m")
    };
    let (before, behind) = (beside("a"), beside("z"));
    assert_eq!(before, behind);
    // 1 MB for each of two copies up to the end, and for one write, 5 ms long, at the primary.
    let end = 1_000 * u128::from(MS);
    assert_eq!(before.memory, 1_000_000 * (2 * end + 5 * u128::from(MS)));
}
