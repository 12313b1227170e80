//! Tiny scenarios with constant times whose every instant can be calculated by hand: what the keys of an edge do. One way on
//! the network takes 1 ms unless a test says otherwise.

mod common;
#[path = "common/spike.rs"]
mod spike;

use spike::{HEAD, MS, edge, ended, failed, finished, messages, ok, once, only, plan, visits};
use windtunnel::figures::{Catalogue, value};
use windtunnel::plan::Plan;
use windtunnel::world::World;

/// A figure of the whole run.
fn figure(world: &World<'_>, plan: &Plan, name: &str) -> f64 {
    let definition = Catalogue::of(plan).get(name).unwrap_or_else(|| panic!("there is no metric {name}"));
    value(world, definition.metric, world.recorder().timeline.whole()).expect("it has a value")
}

/// Requests at these instants [ms].
fn at(instants: &[u64], rest: &str) -> String {
    let batches: Vec<String> =
        instants.iter().map(|at| format!("{{ at = \"{at} ms\", count = 1 }}")).collect();
    format!("[client.user]\narrivals = {{ batches = [ {} ] }}\n{rest}\n", batches.join(", "))
}

/// The attempts begin at 0, 5, and 10 ms and time out after 4 ms; the deadline comes in the middle of the third.
#[test]
fn a_deadline_ends_a_call_with_its_retries() {
    // deadline; attempts, timeouts, how it ends
    for (deadline, attempts, end) in [
        ("12 ms", 3, failed("deadline", 12 * MS)),
        // The third would begin at 10 ms: too late, which is known at 9 ms.
        ("9500 us", 2, failed("deadline", 9 * MS)),
        ("14 ms", 3, failed("deadline", 14 * MS)),
        ("15 ms", 3, failed("timeout", 14 * MS)),
    ] {
        let plan = plan(&[
            HEAD,
            &once("user", "0 s", "request = \"web.go\""),
            &format!("[call.\"user -> web\"]\ntimeout = \"4 ms\"\ndeadline = \"{deadline}\"\n"),
            "retry = { attempts = 3, backoff = { constant = \"1 ms\" } }\n",
            "[server.web]\nworkers = 9\non.go = [ { work = \"10 ms\" } ]\n",
        ]);
        let world = finished(&plan);
        assert_eq!(only(&world, &plan, "user"), end, "{deadline}");
        assert_eq!(edge(&world, &plan, "user", "web").0, attempts, "{deadline}");
    }
}

/// The call begins at 0 and may last 10 ms. Its handler calls at 3 ms; with the deadline handed on it hears at 10 ms that
/// there is no answer, and does not call a third time; otherwise it waits until 15 ms and calls again.
#[test]
fn a_deadline_is_handed_on() {
    for (propagate, waited, calls) in [("true", 9, 1), ("false", 30, 2)] {
        let plan = plan(&[
            HEAD,
            &once("user", "0 s", "request = \"web.go\""),
            &format!("[call.\"user -> web\"]\ndeadline = \"10 ms\"\npropagate = {propagate}\n"),
            "[server.web]\nworkers = 1\n",
            "on.go = [ { work = \"2 ms\" }, { call = \"db.get\", on_deadline = [] }, { call = \"db.get\" } ]\n",
            "[server.db]\nworkers = 1\non.get = [ { work = \"12 ms\" } ]\n",
        ]);
        let world = finished(&plan);
        assert_eq!(only(&world, &plan, "user"), failed("deadline", 10 * MS));
        let (_, _, sojourn) = visits(&world, &plan, "web");
        assert_eq!(sojourn, u128::from(waited * MS), "{propagate}");
        assert_eq!(edge(&world, &plan, "web", "db").0, calls, "{propagate}");
    }
}

/// Of 20 calls that fail the first ten may be tried again; what these and the others earn pays for one more.
#[test]
fn a_budget_limits_retries() {
    let instants: Vec<u64> = (0..20).map(|call| 10 * call).collect();
    // The budget begins full; each call that is tried again has earned its part before.
    for (budget, retries) in [
        ("\"10 %\"", 10 + 1),
        ("{ ratio = \"0 %\", burst = 3 }", 3),
        ("{ ratio = \"50 %\", burst = 1 }", 1 + 9),
        // The calls fail from 2 ms to 192 ms: the token is there again 1 / 40 s after it was spent, and is spent at the
        // first failure from then on, 30 ms later.
        ("{ ratio = \"0 %\", burst = 1, per_second = 40 }", 7),
        ("{ ratio = \"100 %\" }", 20),
    ] {
        let plan = plan(&[
            HEAD,
            &at(&instants, "request = \"web.go\""),
            "[call.\"user -> web\"]\n",
            &format!("retry = {{ attempts = 2, budget = {budget} }}\n"),
            "[server.web]\nworkers = 1\non.go = [ { fail = \"error\" } ]\n",
        ]);
        let world = finished(&plan);
        assert_eq!(edge(&world, &plan, "user", "web").1, retries, "{budget}");
        let refused = figure(&world, &plan, "call.user->web.budget_exhausted");
        assert_eq!(refused, 20.0 - retries as f64, "{budget}");
        assert_eq!(ended(&world, &plan, "user").0, [("error".to_owned(), 20)], "{budget}");
    }
}

/// Each instance of a caller has a budget of its own, and so has each user of a closed loop.
#[test]
fn budgets_are_of_callers() {
    let web = "[server.web]\nworkers = 9\non.go = [ { fail = \"error\" } ]\n";
    let policy = "retry = { attempts = 9, budget = { ratio = \"0 %\", burst = 1 } }\n";
    let users = "[client.user]\narrivals = { users = 4, think = \"300 ms\" }\nrequest = \"web.go\"\n";
    let plan_of_users = plan(&[HEAD, users, "[call.\"user -> web\"]\n", policy, web]);
    let mut world = World::new(&plan_of_users, 1);
    world.run_to_end();
    assert_eq!(edge(&world, &plan_of_users, "user", "web").1, 4, "one each");
    let through = "[balancer.lb]\ninstances = 1\ntargets = [\"mid\"]\n[server.mid]\ninstances = 3\nworkers = 9\n\
                   on.go = [ { call = \"web.go\" } ]\n";
    let client = at(&[0, 10, 20, 30, 40, 50], "request = \"lb.go\"");
    let plan = plan(&[HEAD, &client, through, "[call.\"mid -> web\"]\n", policy, web]);
    assert_eq!(edge(&finished(&plan), &plan, "mid", "web").1, 3, "one each");
}

/// The first attempt goes to a target that takes 30 ms (2 ms of them on the way), its copy to one that takes 3 ms.
#[test]
fn a_hedge_goes_elsewhere_and_the_first_success_wins() {
    // what the edge says; latency without the way to the balancer, hedges, time that workers spend in vain
    for (keys, latency, hedges, wasted) in [
        ("timeout = \"1 s\"", 32, None, 0),
        // The copy begins at 5 ms and is home at 10 ms; the other one works until 31 ms.
        ("hedge = { after = \"5 ms\" }", 10, Some(1), 31 - 10),
        // The caller's word reaches the other one at 11 ms.
        ("hedge = { after = \"5 ms\" }\ncancel = true", 10, Some(1), 1),
        ("hedge = { after = \"0 s\" }\ncancel = true", 5, Some(1), 1),
        ("hedge = { after = \"0 s\" }", 5, Some(1), 31 - 5),
        // What was scheduled first happens first: the copy was to begin at 32 ms before the reply was on its way.
        ("hedge = { after = \"32 ms\" }", 32, Some(1), 3),
        ("hedge = { after = \"33 ms\" }", 32, Some(0), 0),
    ] {
        let plan = plan(&[
            HEAD,
            &once("user", "0 s", "request = \"lb.go\""),
            "[balancer.lb]\ntargets = [\"aslow\", \"fast\"]\n[call.\"lb -> *\"]\n",
            keys,
            "\n[server.aslow]\nworkers = 1\non.go = [ { work = \"30 ms\" } ]\n",
            "[server.fast]\nworkers = 1\non.go = [ { work = \"3 ms\" } ]\n",
        ]);
        let world = finished(&plan);
        assert_eq!(only(&world, &plan, "user"), ok((latency + 2) * MS), "{keys}");
        if let Some(hedges) = hedges {
            assert_eq!(figure(&world, &plan, "call.lb->fast.hedges"), f64::from(hedges), "{keys}");
        }
        let (slow, fast) = (edge(&world, &plan, "lb", "aslow"), edge(&world, &plan, "lb", "fast"));
        assert_eq!(slow.3 + fast.3, u128::from(wasted * MS), "{keys}");
        assert_eq!((slow.1, fast.1, slow.2, fast.2), (0, 0, 0, 0), "{keys}: no retries, no timeouts");
    }
}

/// Both copies of a round fail, at 4 ms and at 12 ms; the next round begins then and is answered.
#[test]
fn a_round_has_failed_when_all_its_attempts_have() {
    for (fast, end, attempts) in [
        ("{ fail = \"error\" }", failed("error", (2 * 12 + 1 + 2) * MS), 4),
        ("{ wait = \"0 s\" }", ok(6 * MS), 2),
    ] {
        let plan = plan(&[
            HEAD,
            &once("user", "0 s", "request = \"lb.go\""),
            "[balancer.lb]\ntargets = [\"aslow\", \"fast\"]\n[call.\"lb -> *\"]\n",
            "hedge = { after = \"0 s\" }\nretry = { attempts = 2, backoff = { constant = \"1 ms\" } }\n",
            "[server.aslow]\nworkers = 2\non.go = [ { work = \"10 ms\" }, { fail = \"error\" } ]\n",
            &format!("[server.fast]\nworkers = 2\non.go = [ {{ work = \"2 ms\" }}, {fast} ]\n"),
        ]);
        let world = finished(&plan);
        assert_eq!(only(&world, &plan, "user"), end, "{fast}");
        let counts = (edge(&world, &plan, "lb", "aslow"), edge(&world, &plan, "lb", "fast"));
        assert_eq!(counts.0.0 + counts.1.0, attempts, "{fast}");
        assert_eq!(
            counts.0.1 + counts.1.1,
            attempts / 2 - 1,
            "{fast}: one of each round's copies is its retry"
        );
    }
}

/// Two copies of each call go to two targets with one worker each; the one that begins tells the other, be it the balancer that
/// sends the copies or who calls through it. The calls at 0 and 1 ms find an idle target and need no other; the third waits at
/// both until 10 ms, and only one of its copies begins.
#[test]
fn copies_that_wait_go_when_one_has_begun() {
    let balancers = [
        ("lb -> web", "[balancer.lb]\ntargets = [\"web\"]\n"),
        ("user -> lb", "[balancer.lb]\ntargets = [\"web\"]\n"),
        ("user -> lb", "[balancer.lb]\ntargets = [\"web\"]\nworkers = 1\nservice = \"0 s\"\n"),
        ("user -> lb", "[balancer.lb]\ntargets = [\"web\"]\n[call.\"lb -> web\"]\ntimeout = \"100 ms\"\n"),
        (
            "user -> front",
            "[balancer.front]\ntargets = [\"lb\"]\n[balancer.lb]\ntargets = [\"web\"]\n\
             [call.\"front -> lb\"]\ntimeout = \"100 ms\"\n",
        ),
    ];
    for (edge, balancers) in balancers {
        for (cancel, served) in [("\"queued\"", 3), ("false", 6)] {
            let through = if edge.ends_with("front") { "front" } else { "lb" };
            let plan = plan(&[
                "[scenario]\nduration = \"1 s\"\n[network]\nround_trip = { within = \"0 s\" }\n",
                &at(&[0, 1, 2], &format!("request = \"{through}.go\"")),
                balancers,
                &format!("[call.\"{edge}\"]\nhedge = {{ after = \"0 s\" }}\ncancel = {cancel}\n"),
                "[server.web]\ninstances = 2\nworkers = 1\non.go = [ { work = \"10 ms\" } ]\n",
            ]);
            let world = finished(&plan);
            let (count, _, _) = visits(&world, &plan, "web");
            assert_eq!(count, served, "{edge} {cancel} {balancers}");
            assert_eq!(ended(&world, &plan, "user").0, vec![("ok".to_owned(), 3)], "{edge} {cancel}");
        }
    }
}

/// One connection: the calls at 0, 1, 2 and 3 ms take 12 ms each, one may wait.
#[test]
fn a_pool_lets_so_many_calls_out_at_once() {
    // pool, timeout; how the calls end, waits, turned away, messages; for how long a connection was in use, of how many
    for (pool, ends, waits, rejected, sent, used) in [
        ("{ size = 1, queue = 1 }", vec![("ok", 2), ("rejected", 2)], 1, 2, 4, 24.0 / 1.0),
        ("{ size = 2, queue = 1 }", vec![("ok", 3), ("rejected", 1)], 1, 1, 6, 36.0 / 2.0),
        ("{ size = 1 }", vec![("ok", 4)], 3, 0, 8, 48.0 / 1.0),
        ("{ size = 4, queue = 0 }", vec![("ok", 4)], 0, 0, 8, 48.0 / 4.0),
        // The second call has its connection from 12 ms on and gives up at 16 ms, the third from then until 17 ms,
        // the fourth until 18 ms: the answers to all of them cross the network.
        ("{ size = 1 }\ntimeout = \"15 ms\"", vec![("ok", 1), ("timeout", 3)], 3, 0, 8, 18.0 / 1.0),
    ] {
        let plan = plan(&[
            HEAD,
            &at(&[0, 1, 2, 3], "request = \"web.go\""),
            &format!("[call.\"user -> web\"]\npool = {pool}\n"),
            "[server.web]\nworkers = 9\non.go = [ { work = \"10 ms\" } ]\n",
        ]);
        let world = finished(&plan);
        let ends: Vec<(String, u64)> =
            ends.iter().map(|(word, count)| ((*word).to_owned(), *count)).collect();
        assert_eq!(ended(&world, &plan, "user").0, ends, "{pool}");
        assert_eq!(figure(&world, &plan, "call.user->web.pool.waits"), f64::from(waits), "{pool}");
        assert_eq!(figure(&world, &plan, "call.user->web.pool.rejected"), f64::from(rejected), "{pool}");
        assert_eq!(messages(&world), (sent, 0), "{pool}");
        let used_for = figure(&world, &plan, "call.user->web.pool.utilization") * 1000.0;
        assert!((used_for - used).abs() < 1e-6, "{pool}: {used_for} ms");
    }
}

/// Calls at 0, 1, 2 and 3 ms; a message takes 1 ms and the work 10 ms.
fn batched(terms: &str, rest: &str) -> Plan {
    plan(&[
        HEAD,
        &at(&[0, 1, 2, 3], "request = \"web.go\""),
        &format!("[call.\"user -> web\"]\n{terms}\n"),
        "[server.web]\nworkers = 9\non.go = [ { work = \"10 ms\" } ]\n",
        rest,
    ])
}

/// They leave when there are enough or when the first has waited long enough; every answer comes by itself.
#[test]
fn calls_travel_together() {
    // the terms; messages there, the latencies [0.1 ms]
    for (terms, together, latencies) in [
        ("count = 3, linger = \"10 ms\"", 2, [140, 130, 120, 220]),
        ("count = 1, linger = \"10 ms\"", 4, [120, 120, 120, 120]),
        ("linger = \"2500 us\"", 2, [145, 135, 125, 145]),
        // Who calls at the instant at which the others leave comes too late: their time was over first.
        ("linger = \"2 ms\"", 2, [140, 130, 140, 130]),
        ("linger = \"0 s\"", 4, [120, 120, 120, 120]),
        ("count = 9, linger = \"20 ms\"", 1, [320, 310, 300, 290]),
        ("bytes = \"1 B\", linger = \"20 ms\"", 1, [320, 310, 300, 290]),
    ] {
        let plan = batched(&format!("batch = {{ {terms} }}"), "");
        let world = finished(&plan);
        let (ends, seen) = ended(&world, &plan, "user");
        assert_eq!(ends, [("ok".to_owned(), 4)], "{terms}");
        assert_eq!(
            seen.sum(),
            latencies.iter().map(|latency| latency * u128::from(MS / 10)).sum(),
            "{terms}"
        );
        assert_eq!(figure(&world, &plan, "call.user->web.batches"), f64::from(together), "{terms}");
        assert_eq!(messages(&world), (u64::from(together as u32) + 4, 0), "{terms}");
        assert_eq!(edge(&world, &plan, "user", "web").0, 4, "{terms}");
    }
}

/// Three values of 400 B are more than 1000 B; one message has one overhead.
#[test]
fn values_fill_a_batch() {
    let plan = plan(&[
        HEAD,
        "overhead = \"100 B\"\n",
        &at(&[0, 1, 2, 3], "request = \"store.write\"\nkeys = { count = 9 }"),
        "sizes = \"400 B\"\n[call.\"user -> store\"]\nbatch = { bytes = \"1 kB\", linger = \"10 ms\" }\n",
        "[database.store]\nread = \"0 s\"\nwrite = \"0 s\"\n",
    ]);
    let world = finished(&plan);
    assert_eq!(figure(&world, &plan, "call.user->store.batches"), 2.0);
    let sent = world.recorder().links.iter().flatten().map(|cell| cell.bytes).sum::<u64>();
    assert_eq!(sent, 2 * 100 + 4 * 400 + 4 * 100);
}

/// Who gives up before the others come is not among them, and a batch of nobody is not sent.
#[test]
fn who_gives_up_does_not_travel() {
    // timeout [ms]; how many are answered, batches
    for (timeout, answered, together) in [(4, 0, 0), (11, 0, 1), (24, 4, 1)] {
        let terms = format!("timeout = \"{timeout} ms\"\nbatch = {{ count = 9, linger = \"10 ms\" }}");
        let plan = batched(&terms, "");
        let world = finished(&plan);
        let (ends, _) = ended(&world, &plan, "user");
        let ok = ends.iter().find(|(word, _)| word == "ok").map_or(0, |(_, count)| *count);
        assert_eq!(ok, answered, "{timeout}: {ends:?}");
        assert_eq!(figure(&world, &plan, "call.user->web.batches"), f64::from(together), "{timeout}");
        assert_eq!(edge(&world, &plan, "user", "web").2, 4 - answered, "{timeout}");
    }
}

/// A lost message takes all with it: a link that is cut while the first three are on their way.
#[test]
fn a_batch_is_lost_as_a_whole() {
    let cut = "[fault.cut]\nat = \"2500 us\"\nfor = \"2 ms\"\nlink = \"user -> web\"\ncut = true\n";
    let plan = batched("timeout = \"30 ms\"\nbatch = { count = 3, linger = \"10 ms\" }", cut);
    let world = finished(&plan);
    let (ends, _) = ended(&world, &plan, "user");
    assert_eq!(ends, [("ok".to_owned(), 1), ("timeout".to_owned(), 3)]);
}

/// The caller crashes while a call gathers; the next one, after the restart, waits for its whole time.
#[test]
fn a_crash_ends_what_gathers() {
    let plan = plan(&[
        HEAD,
        &at(&[0, 7], "request = \"web.go\""),
        "[call.\"web -> db\"]\nbatch = { count = 2, linger = \"10 ms\" }\n",
        "[server.web]\nworkers = 9\non.go = [ { call = \"db.get\" } ]\n",
        "[server.db]\nworkers = 9\non.get = [ { work = \"1 ms\" } ]\n",
        "[fault.lost]\nat = \"5 ms\"\nfor = \"1 ms\"\ncrash = \"web\"\n",
    ]);
    let world = finished(&plan);
    let (ends, latencies) = ended(&world, &plan, "user");
    assert_eq!(ends, [("ok".to_owned(), 1), ("reset".to_owned(), 1)]);
    // The first hears of it at 6 ms; the second is at the server from 8 ms on, and leaves it at 18 ms.
    assert_eq!(latencies.sum(), u128::from((6 + 1 + 10 + 1 + 1 + 1 + 1) * MS));
    assert_eq!(figure(&world, &plan, "call.web->db.batches"), 1.0);
}

/// A latency of an edge stands in the place of the network's, in each direction its own, also for the word that ends a call.
#[test]
fn an_edge_has_a_latency_of_its_own() {
    let web = "[server.web]\nworkers = 1\non.go = [ { work = \"10 ms\" } ]\n";
    for (terms, end) in [
        ("latency = { there = \"3 ms\", back = \"5 ms\" }", ok(18 * MS)),
        ("latency = { there = \"0 s\", back = \"0 s\" }", ok(10 * MS)),
        ("latency = { there = \"3 ms\", back = \"5 ms\" }\nbatch = { linger = \"2 ms\" }", ok(20 * MS)),
    ] {
        let plan = plan(&[
            HEAD,
            &once("user", "0 s", "request = \"web.go\""),
            &format!("[call.\"user -> web\"]\n{terms}\n"),
            web,
        ]);
        let world = finished(&plan);
        assert_eq!(only(&world, &plan, "user"), end, "{terms}");
        assert_eq!(messages(&world), (2, 0), "{terms}");
    }
    // Given up at 4 ms, the work goes on until the word comes: at 5 ms by the network, at 7 ms by the edge.
    for (there, wasted) in [("", 1), ("latency = { there = \"3 ms\", back = \"5 ms\" }", 3)] {
        let plan = plan(&[
            HEAD,
            &once("user", "0 s", "request = \"web.go\""),
            &format!("[call.\"user -> web\"]\ntimeout = \"4 ms\"\ncancel = true\n{there}\n"),
            web,
        ]);
        let world = finished(&plan);
        assert_eq!(only(&world, &plan, "user"), failed("timeout", 4 * MS));
        assert_eq!(edge(&world, &plan, "user", "web").3, u128::from(wasted * MS), "{there}");
    }
}

/// A caller gives up at 4 ms; whatever is done for it from then on is wasted, on how many workers ever.
#[test]
fn work_in_vain_is_wasted_where_workers_are_unbounded() {
    let work = "on.go = [ { work = \"10 ms\" } ]";
    let steps = "on.go = [ { work = \"2 ms\" }, { wait = \"1 ms\" }, { work = \"10 ms\" } ]";
    let told = "cancel = true\nlatency = { there = \"3 ms\", back = \"1 ms\" }";
    // the server, what the edge says, the time wasted
    for (web, keys, wasted) in [
        (format!("workers = 1\n{work}"), "", 7),
        (format!("workers = \"unbounded\"\n{work}"), "", 7),
        (format!("workers = \"unbounded\"\nblocking = false\n{work}"), "", 7),
        (format!("workers = \"unbounded\"\n{work}"), "cancel = true", 1),
        // Work until 3 ms, from 4 ms to 14 ms.
        (format!("workers = \"unbounded\"\n{steps}"), "", 10),
        // Work from 3 ms to 5 ms, and from 6 ms until the word comes at 7 ms.
        (format!("workers = \"unbounded\"\n{steps}"), told, 2),
        // The only core is busy until 11 ms.
        (format!("workers = \"unbounded\"\ncores = 1\n{work}"), "", 10),
    ] {
        let others = once("other", "0 s", "request = \"web.go\"");
        let plan = plan(&[
            HEAD,
            if web.contains("cores") { &others } else { "" },
            &once("user", "0 s", "request = \"web.go\""),
            &format!("[call.\"user -> web\"]\ntimeout = \"4 ms\"\n{keys}\n[server.web]\n{web}\n"),
        ]);
        let world = finished(&plan);
        assert_eq!(edge(&world, &plan, "user", "web").3, u128::from(wasted * MS), "{web}, {keys}");
    }
    let store =
        "keys = { count = 1 }\n[database.db]\nread = \"10 ms\"\n[call.\"user -> db\"]\ntimeout = \"4 ms\"\n";
    let plan = plan(&[HEAD, &once("user", "0 s", "request = \"db.read\""), store]);
    assert_eq!(edge(&finished(&plan), &plan, "user", "db").3, u128::from(7 * MS));
}

/// One branch calls `quick` and is home at 8 ms; from then on the other one is in vain, and each of its calls pays for itself,
/// with all that is done for it.
#[test]
fn branches_in_vain_are_paid_for_by_their_calls() {
    let quick = "{ call = \"quick.get\" }";
    let slow = "{ call = \"slow.get\" }";
    let mid = "{ call = \"mid.go\" }";
    // the winner, the other, what the edges say; the time wasted over web -> slow, web -> mid and mid -> slow
    for (kind, winner, other, wasted) in [
        ("any", quick, slow.to_owned(), [14, 0, 0]),
        // The message is on its way when it fails at 1 ms.
        ("all", "{ fail = \"error\" }", slow.to_owned(), [20, 0, 0]),
        ("any", quick, format!("{slow}, {slow}"), [14 + 20, 0, 0]),
        // It is at `mid` from 2 ms to 29 ms, and at `slow` from 8 ms to 28 ms.
        ("any", quick, mid.to_owned(), [0, 21 + 20, 0]),
        ("any", quick, format!("{mid}, {slow}"), [20, 21 + 20, 0]),
        ("any", quick, format!("{slow}, {mid}"), [14, 27 + 20, 0]),
        ("any", quick, format!("{{ all = [ [ {slow} ], [ {mid} ] ] }}"), [14, 21 + 20, 0]),
    ] {
        for keys in ["", "[call.\"* -> slow\"]\ntimeout = \"1 s\"\n", "[call.default]\ntimeout = \"1 s\"\n"] {
            let plan = plan(&[
                HEAD,
                &once("user", "0 s", "request = \"web.go\""),
                &format!(
                    "[server.web]\nworkers = 1\non.go = [ {{ {kind} = [ [ {winner} ], [ {other} ] ] }} ]\n"
                ),
                "[server.quick]\nworkers = 1\non.get = [ { work = \"5 ms\" } ]\n",
                "[server.slow]\nworkers = 9\non.get = [ { work = \"20 ms\" } ]\n[server.mid]\nworkers = 9\n",
                "on.go = [ { work = \"5 ms\" }, { call = \"slow.get\" } ]\n",
                keys,
            ]);
            let world = finished(&plan);
            let paid = [("web", "slow"), ("web", "mid"), ("mid", "slow")].map(|(caller, callee)| {
                let name = |index: usize| plan.components[index].name.as_str();
                let is_it = |edge: &windtunnel::plan::EdgePlan| {
                    (name(edge.caller.index()), name(edge.callee.index())) == (caller, callee)
                };
                if plan.edges.iter().any(is_it) { edge(&world, &plan, caller, callee).3 } else { 0 }
            });
            assert_eq!(paid, wasted.map(|time: u64| u128::from(time * MS)), "{kind}, {other}, {keys}");
        }
    }
}

/// All instances of `web` but the last are down. Who tries again through balancers, or sends copies, gets to another instance
/// each time, however the balancers ask on his behalf; who asks a server that asks a balancer does not.
#[test]
fn further_attempts_through_balancers_go_elsewhere() {
    let lb = "[balancer.lb]\ntargets = [\"web\"]\n";
    let front = "[balancer.front]\ntargets = [\"lb\"]\n";
    let limiter = "[rate_limiter.front]\ntargets = [\"lb\"]\nalgorithm = \"fixed_window\"\nlimit = 999\nwindow = \"1 s\"\n";
    let mid = "[server.front]\nworkers = 9\non.go = [ { call = \"lb.go\" } ]\n";
    let two = "retry = { attempts = 2 }";
    let own = "\n[call.\"lb -> web\"]\ntimeout = \"1 s\"";
    let own_of_both = "\n[call.\"* -> web\"]\ntimeout = \"1 s\"\n[call.\"front -> lb\"]\ntimeout = \"1 s\"";
    // whom the client asks, the policies of all balancers, how many instances, what the edge says, whether all goes well
    for (asks, between, policy, instances, keys, all) in [
        ("lb", "", "random", 2, two.to_owned(), true),
        ("lb", "", "random", 2, format!("{two}\ncancel = true"), true),
        ("lb", "", "random", 2, format!("{two}{own}"), true),
        ("lb", "", "random", 2, "hedge = { after = \"0 s\" }".to_owned(), true),
        ("lb", "", "random", 2, "hedge = { after = \"0 s\" }\ncancel = true".to_owned(), true),
        ("lb", "", "random", 2, format!("hedge = {{ after = \"0 s\" }}{own}"), true),
        ("lb", "", "random", 2, "hedge = { after = \"500 us\" }".to_owned(), true),
        ("lb", "", "random", 3, "hedge = { after = \"0 s\", copies = 3 }".to_owned(), true),
        ("lb", "", "random", 3, format!("hedge = {{ after = \"0 s\", copies = 3 }}{own}"), true),
        ("lb", "", "least_outstanding", 2, two.to_owned(), true),
        ("lb", "", "power_of_d\"\nd = \"2", 2, two.to_owned(), true),
        ("lb", "", "hash_ring", 2, two.to_owned(), true),
        ("front", front, "random", 2, two.to_owned(), true),
        ("front", front, "random", 2, format!("{two}\ncancel = true"), true),
        ("front", front, "random", 2, format!("{two}{own_of_both}"), true),
        ("front", front, "random", 3, "hedge = { after = \"0 s\", copies = 3 }".to_owned(), true),
        ("front", limiter, "random", 2, two.to_owned(), true),
        // The last attempt is avoided, and not those before it.
        ("lb", "", "random", 3, "retry = { attempts = 3 }".to_owned(), false),
        ("front", mid, "random", 2, two.to_owned(), false),
    ] {
        let down: Vec<String> = (0..instances - 1).map(|index| format!("\"web[{index}]\"")).collect();
        let balancers = format!("{lb}{between}").replace("\"]\n", &format!("\"]\npolicy = \"{policy}\"\n"));
        let balancers =
            if between == limiter { format!("{limiter}{lb}policy = \"{policy}\"\n") } else { balancers };
        let plan = plan(&[
            HEAD,
            "[client.user]\narrivals = { even = \"100 /s\" }\nkeys = { count = 50 }\n",
            &format!("request = \"{asks}.go\"\n{balancers}[call.\"user -> *\"]\n{keys}\n"),
            &format!("[server.web]\ninstances = {instances}\nworkers = 99\non.go = []\n"),
            &format!("[fault.down]\nat = \"0 s\"\ncrash = [ {} ]\n", down.join(", ")),
        ]);
        let mut world = World::new(&plan, plan.seed);
        world.run_to_end();
        let errors = figure(&world, &plan, "user.errors");
        assert_eq!(errors == 0.0, all, "{errors} errors: {asks}, {between}, {policy}, {keys}");
    }
}

/// Letters between the copies of a store take the time that the edge from the store to itself says.
#[test]
fn letters_have_the_latency_of_their_edge() {
    // 1 ms there, the letter to the copy and its answer, 1 ms back.
    for (terms, latency) in
        [("", 4), ("[call.\"store -> store\"]\nlatency = { there = \"5 ms\", back = \"7 ms\" }\n", 12)]
    {
        let plan = plan(&[
            HEAD,
            &once("user", "0 s", "request = \"store.write\"\nkeys = { count = 9 }"),
            "[database.store]\nread = \"0 s\"\nwrite = \"0 s\"\nreplicas = 1\nreplication = \"synchronous\"\n",
            terms,
        ]);
        let world = finished(&plan);
        assert_eq!(only(&world, &plan, "user"), ok(latency * MS), "{terms}");
    }
}
