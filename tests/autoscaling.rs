//! Autoscalers and deploys, in tiny scenarios with constant times: when instances come and go, who gets calls meanwhile, and what
//! is lost.

mod common;
#[path = "autoscaling/deploys.rs"]
mod deploys;
#[path = "autoscaling/outages.rs"]
mod outages;
#[path = "common/spike.rs"]
mod spike;

use common::plan_of;
use spike::{HEAD, MS, edge, ended, failed, finished, messages, ok, once, only, plan, visits};
use windtunnel::figures::{Catalogue, value};
use windtunnel::plan::Plan;
use windtunnel::station::Presence;
use windtunnel::units::Time;
use windtunnel::world::{Pause, World};

/// Instances of a component that are there, and those of them that are up, just after the events of an instant [ms].
fn there_and_up(world: &mut World<'_>, plan: &Plan, component: &str, at: u64) -> (usize, usize) {
    world.run(Time(at * MS + 1), u64::MAX);
    let component = plan.components.iter().find(|known| known.name == component).expect("it is known");
    let (first, count) = component.instances;
    let stations = &world.stations()[first.index()..first.index() + count as usize];
    let there = stations.iter().filter(|station| station.presence == Presence::There);
    (there.clone().count(), there.filter(|station| station.levels.down == 0).count())
}

/// A run until all have gone home.
fn drained(plan: &Plan) -> World<'_> {
    let mut world = World::new(plan, plan.seed);
    assert_eq!(world.run_to_end(), Pause::End);
    assert_eq!(world.drain(), Pause::End);
    assert!(world.is_empty(), "somebody is still there");
    world
}

/// A figure of all of the measured time.
fn figure(world: &World<'_>, plan: &Plan, name: &str) -> f64 {
    let metric = Catalogue::of(plan).get(name).unwrap_or_else(|| panic!("there is no {name}")).metric;
    value(world, metric, plan.timeline.whole()).unwrap_or_else(|| panic!("{name} has no value"))
}

/// Requests of a client that come evenly, straight to `web`.
fn crowd(rate: &str) -> String {
    format!("[client.crowd]\narrivals = {{ even = \"{rate}\" }}\nrequest = \"web.go\"\n")
}

/// The same through a balancer that takes turns.
fn crowd_at_edge(rate: &str) -> String {
    let client = crowd(rate).replace("web.go", "edge.go");
    format!("{client}[balancer.edge]\ntargets = [\"web\"]\n")
}

fn web(instances: u32, work: &str, rest: &str) -> String {
    format!("[server.web]\ninstances = {instances}\nworkers = 1\n{rest}on.go = [ {{ work = \"{work}\" }} ]\n")
}

fn scaler(rest: &str) -> String {
    format!("[autoscaler.size]\ntarget = \"web\"\n{rest}\n")
}

/// One instance, three from 100 ms on, one again from 500 ms on. They boot for 50 ms; who leaves has nothing to do just then. The
/// warm-up of 40 ms comes before.
#[test]
fn a_schedule_is_kept_to_the_instant() {
    let head = HEAD.replace("duration = \"1 s\"", "duration = \"1 s\"\nwarm_up = \"40 ms\"");
    let schedule = "schedule = [[\"100 ms\", 3], [\"500 ms\", 1]]\ndrain = \"20 ms\"";
    let plan = plan(&[&head, &crowd("10 /s"), &web(1, "1 ms", "boot = \"50 ms\"\n"), &scaler(schedule)]);
    let mut world = World::new(&plan, plan.seed);
    for (at, expected) in [
        (0, (1, 1)),
        (139, (1, 1)),
        (140, (3, 1)),
        (189, (3, 1)),
        (190, (3, 3)),
        (539, (3, 3)),
        (540, (1, 1)),
        (1039, (1, 1)),
    ] {
        assert_eq!(there_and_up(&mut world, &plan, "web", at), expected, "{at} ms");
    }
    world.run_to_end();
    for (name, expected) in [
        ("web.instance_seconds", 1.0 + 2.0 * 0.4),
        ("web.instances", 1.8),
        ("size.under_provisioned", 0.05),
        ("size.over_provisioned", 0.0),
        ("size.scale_ups", 1.0),
        ("size.scale_downs", 1.0),
        ("size.instances", 1.0),
        ("size.wanted", 1.0),
    ] {
        assert!((figure(&world, &plan, name) - expected).abs() < 1e-12, "{name}");
    }
    // What was booting was neither busy nor free to be so.
    let workers = 1.0 + 2.0 * (0.5 - 0.15);
    let busy = figure(&world, &plan, "web.rate") * 0.001;
    assert!((figure(&world, &plan, "web.utilization") - busy / workers).abs() < 1e-12);
}

/// The work takes 30 ms, a message 1 ms, and the second instance leaves at 102 ms. With a drain of 31 ms all that was on its way
/// to it by then ends well; with less at most the one is reset that it works on, and nobody is sent to it after that.
#[test]
fn a_drain_as_long_as_the_work_loses_nothing() {
    for (drain, lost) in [("31 ms", 0), ("29 ms", 1), ("10 ms", 1), ("0 s", 1)] {
        for crowd in [crowd("30 /s"), crowd_at_edge("30 /s")] {
            let schedule = format!("schedule = [[\"102 ms\", 1]]\ndrain = \"{drain}\"");
            let schedule = scaler(&(schedule + "\nmax = 2"));
            let web = web(2, "30 ms", "").replace("workers = 1", "workers = 9");
            let plan = plan(&[HEAD, &crowd, &web, &schedule]);
            let world = drained(&plan);
            let (outcomes, _) = ended(&world, &plan, "crowd");
            let reset: u64 = outcomes.iter().filter(|(word, _)| word == "reset").map(|one| one.1).sum();
            assert!(reset <= lost, "{drain} {outcomes:?}");
            assert!(outcomes.iter().all(|(word, _)| word == "reset" || word == "ok"), "{outcomes:?}");
        }
    }
    // Two at the same instant, one to each: the second instance has its own from 1 to 31 ms.
    for (drain, expected) in [("25 ms", ok(32 * MS)), ("20 ms", failed("reset", 27 * MS))] {
        let schedule = scaler(&format!("schedule = [[\"6 ms\", 1]]\ndrain = \"{drain}\"\nmax = 2"));
        let edge = "[balancer.edge]\ntargets = [\"web\"]\n[call.\"* -> edge\"]\nlatency = { there = \"0 s\", back = \"0 s\" }\n";
        let asks = ["a", "b"].map(|name| once(name, "0 s", "request = \"edge.go\"")).concat();
        let plan = plan(&[HEAD, &asks, edge, &web(2, "30 ms", ""), &schedule]);
        let world = finished(&plan);
        assert_eq!((only(&world, &plan, "a"), only(&world, &plan, "b")), (ok(32 * MS), expected), "{drain}");
    }
}

/// Nobody is sent to who is not there: neither by a balancer nor by who calls without one, and neither before nor after the
/// change. What each instance served says who was there.
#[test]
fn only_those_who_are_there_get_calls() {
    let beside = |kind: &str, rest: &str| {
        let client = crowd("1 k/s").replace("web.go", "edge.go");
        format!("{client}users = {{ count = 1000 }}\n[{kind}.edge]\ntargets = [\"web\"]\n{rest}")
    };
    for crowd in [
        crowd("1 k/s"),
        crowd_at_edge("1 k/s"),
        beside("rate_limiter", "algorithm = \"token_bucket\"\nlimit = 1000000\nwindow = \"1 s\"\n"),
        beside("dns", "policy = \"round_robin\"\nttl = \"1 ms\"\n"),
    ] {
        let schedule = scaler("schedule = [[\"250 ms\", 4], [\"500 ms\", 2]]\ndrain = \"5 ms\"");
        let plan = plan(&[HEAD, &crowd, &web(1, "0.1 ms", ""), &schedule]);
        let world = drained(&plan);
        assert_eq!(ended(&world, &plan, "crowd").0, [("ok".to_owned(), 1000)]);
        let served = |index: usize| {
            let first = plan.components.iter().find(|one| one.name == "web").expect("web").instances.0;
            world.stations()[first.index() + index].meter.total.served as f64
        };
        // 250 alone, a quarter of 250, half of 500.
        for (index, expected) in [(0, 562.0), (1, 312.0), (2, 62.5), (3, 62.5)] {
            assert!((served(index) - expected).abs() < 60.0, "{index}: {}", served(index));
        }
        assert!(served(2) > 0.0);
        assert_eq!(messages(&world).1, 0);
    }
}

/// 100 a second of 20 ms each keep two workers busy: with two instances both of them all the time, half of which is wanted.
/// What is measured from 0 to 100 ms doubles them at 100 ms; from then on all is right.
#[test]
fn instances_follow_the_utilization_in_proportion() {
    let follow = scaler("follow = { utilization = \"50 %\" }\nmax = 10\nevery = \"100 ms\"");
    let plan = plan(&[HEAD, &crowd_at_edge("100 /s"), &web(2, "20 ms", ""), &follow]);
    let mut world = World::new(&plan, plan.seed);
    for (at, expected) in [(99, 2), (100, 4), (200, 4), (900, 4)] {
        assert_eq!(there_and_up(&mut world, &plan, "web", at), (expected, expected), "{at} ms");
    }
    world.run_to_end();
    assert_eq!(figure(&world, &plan, "size.scale_ups"), 1.0);
    assert_eq!(figure(&world, &plan, "size.under_provisioned"), 0.0);
}

/// The same, but what is acted upon is 100 ms old: at 200 ms two become four, and at 300 ms, of what two did, four become
/// eight. When four are seen, of 50 %, eight stay; when eight are seen, with a quarter, four are wanted, but not before the
/// higher numbers are forgotten.
#[test]
fn old_news_makes_it_overshoot() {
    for (stabilize, expected) in [
        ("{ down = \"0 s\" }", [(200, 4), (300, 8), (400, 8), (500, 4)]),
        ("{ down = \"150 ms\" }", [(200, 4), (300, 8), (400, 8), (500, 8)]),
        ("{ up = \"100 ms\", down = \"0 s\" }", [(200, 4), (300, 8), (400, 8), (500, 4)]),
    ] {
        let follow = format!(
            "follow = {{ utilization = \"50 %\" }}\nmax = 10\nevery = \"100 ms\"\ndelay = \"100 ms\"\ndrain = \"0 s\"\nstabilize = {stabilize}"
        );
        let plan = plan(&[HEAD, &crowd_at_edge("100 /s"), &web(2, "20 ms", ""), &scaler(&follow)]);
        let mut world = World::new(&plan, plan.seed);
        assert_eq!(there_and_up(&mut world, &plan, "web", 199).0, 2);
        for (at, count) in expected {
            assert_eq!(there_and_up(&mut world, &plan, "web", at).0, count, "{stabilize} {at} ms");
        }
    }
}

/// Who boots is expected to take its part: as long as the new ones boot no others are started, although those who serve are as
/// busy as before.
#[test]
fn who_boots_is_not_started_again() {
    let follow = scaler("follow = { utilization = \"50 %\" }\nmax = 10\nevery = \"100 ms\"");
    let web = web(2, "20 ms", "boot = \"201 ms\"\n");
    let plan = plan(&[HEAD, &crowd_at_edge("100 /s"), &web, &follow]);
    let mut world = World::new(&plan, plan.seed);
    for (at, expected) in
        [(99, (2, 2)), (100, (4, 2)), (200, (4, 2)), (300, (4, 2)), (301, (4, 4)), (900, (4, 4))]
    {
        assert_eq!(there_and_up(&mut world, &plan, "web", at), expected, "{at} ms");
    }
    world.run_to_end();
    assert_eq!(figure(&world, &plan, "size.under_provisioned"), 0.201);
}

/// Arrivals, those who wait, a level of another component, and steps.
#[test]
fn other_signals() {
    let four = web(4, "20 ms", "");
    let one = web(1, "20 ms", "");
    for (web, follow, expected) in [
        // 100 a second, 20 for each.
        (&one, "{ rate = \"20 /s\" }", 5),
        (&four, "{ rate = \"100 /s\" }", 1),
        // One instance serves 50 a second, and 50 more wait at the end of a second: 5 in the first 200 ms, on average.
        (&one, "{ queue = 2 }", 3),
        (&four, "{ queue = 2 }", 1),
        // The balancer has four targets that are well.
        (&four, "{ level = \"edge.healthy\", each = 2 }", 2),
        (&four, "{ level = \"edge.healthy\", each = 0.5 }", 8),
        // A half of each is busy.
        (&four, "{ utilization = { up = [[\"40 %\", 1], [\"60 %\", 5]] } }", 5),
        (&four, "{ utilization = { up = [[\"40 %\", 1], [\"45 %\", 5]] } }", 9),
        (&four, "{ utilization = { down = [[\"40 %\", 3], [\"60 %\", 1]] } }", 3),
        (&four, "{ utilization = { up = [[\"90 %\", 1]], down = [[\"40 %\", 3]] } }", 4),
        (&four, "{ rate = { up = [[\"24 /s\", 2]] } }", 6),
    ] {
        let follow = format!(
            "follow = {follow}\nmax = 10\nevery = \"200 ms\"\nstabilize = {{ down = \"0 s\" }}\ndrain = \"0 s\""
        );
        let probes = if follow.contains("healthy") { "health = { every = \"1 s\" }\n" } else { "" };
        let plan = plan(&[HEAD, &crowd_at_edge("100 /s"), probes, web, &scaler(&follow)]);
        let mut world = World::new(&plan, plan.seed);
        assert_eq!(there_and_up(&mut world, &plan, "web", 200).0, expected, "{follow}");
    }
}

/// Evaluations every 100 ms want more each time; a cool-down lets only every third of them act.
#[test]
fn a_cool_down_puts_off_what_follows() {
    let follow = "follow = { rate = { up = [[\"1 /s\", 1]] } }\nmax = 9\nevery = \"100 ms\"\ncool_down = { up = \"250 ms\" }";
    let plan = plan(&[HEAD, &crowd("100 /s"), &web(1, "1 ms", ""), &scaler(follow)]);
    let mut world = World::new(&plan, plan.seed);
    for (at, expected) in [(99, 1), (100, 2), (399, 2), (400, 3), (699, 3), (700, 4)] {
        assert_eq!(there_and_up(&mut world, &plan, "web", at).0, expected, "{at} ms");
    }
}

/// An instance that is stopped while it boots is gone at once; one that is leaving does not come back, and its place is free
/// only when it has gone: then it is started anew, though nobody looks again.
#[test]
fn who_is_leaving_does_not_come_back() {
    let schedule = scaler(
        "schedule = [[\"100 ms\", 3], [\"120 ms\", 2], [\"200 ms\", 1], [\"210 ms\", 3]]\ndrain = \"50 ms\"",
    );
    // Everybody always has something to do that takes longer than it may.
    let web = web(1, "80 ms", "boot = \"40 ms\"\n").replace("workers = 1", "workers = 99");
    let plan = plan(&[HEAD, &crowd("200 /s"), &web, &schedule]);
    let mut world = World::new(&plan, plan.seed);
    for (at, expected) in [
        (100, (3, 1)),
        (120, (2, 1)),
        (140, (2, 2)),
        (200, (2, 2)),
        // The second one is leaving until 250 ms, so that only the third can be started.
        (210, (3, 2)),
        (249, (3, 2)),
        (250, (3, 2)),
        (289, (3, 2)),
        (290, (3, 3)),
        (999, (3, 3)),
    ] {
        assert_eq!(there_and_up(&mut world, &plan, "web", at), expected, "{at} ms");
    }
}

/// Two requests at 0 s, one for each of two instances, and the second instance is to go at an instant, within 100 ms at the most: it
/// goes when the last thing that it has to do has come to its end.
#[test]
fn who_has_nothing_left_to_do_goes() {
    let edge = "[balancer.edge]\ntargets = [\"web\"]\n[call.\"* -> edge\"]\nlatency = { there = \"0 s\", back = \"0 s\" }\n";
    let other = "[server.far]\nworkers = 9\n[server.far.on]\nask = [ { work = \"40 ms\" } ]\n";
    let calls = "{ call = \"far.ask\" }";
    for (steps, told, gone, sent, outcome) in [
        // It is worked on from 1 ms on.
        ("{ work = \"30 ms\" }", 6.0, 31, 0, "ok"),
        ("{ work = \"30 ms\" }", 31.0, 31, 0, "ok"),
        ("{ work = \"30 ms\" }", 50.0, 50, 0, "ok"),
        // It is still on its way.
        ("{ work = \"30 ms\" }", 0.5, 31, 0, "ok"),
        // It waits for somebody else, to whom a message takes 1 ms.
        (calls, 6.0, 43, 0, "ok"),
        // Something is to be sent later, and is.
        ("{ send = \"far.ask\", after = \"20 ms\" }", 6.0, 21, 2, "ok"),
        // The time is over.
        ("{ work = \"130 ms\" }", 6.0, 106, 0, "reset"),
        ("{ send = \"far.ask\", after = \"200 ms\" }", 6.0, 106, 1, "ok"),
    ] {
        let schedule = scaler(&format!("schedule = [[\"{told} ms\", 1]]\ndrain = \"100 ms\"\nmax = 2"));
        let asks = ["a", "b"].map(|name| once(name, "0 s", "request = \"edge.go\"")).concat();
        let web =
            web(2, "30 ms", "").replace("{ work = \"30 ms\" }", steps).replace("workers = 1", "workers = 9");
        let plan = plan(&[HEAD, &asks, edge, other, &web, &schedule]);
        let mut world = World::new(&plan, plan.seed);
        let seen = [0, gone - 1, gone].map(|at| there_and_up(&mut world, &plan, "web", at).0);
        assert_eq!(seen, [2, 2, 1], "{steps}, told at {told} ms");
        world.run_to_end();
        world.drain();
        assert_eq!(only(&world, &plan, "a").0, "ok", "{steps}, told at {told} ms");
        assert_eq!(only(&world, &plan, "b").0, outcome, "{steps}, told at {told} ms");
        if sent > 0 {
            assert_eq!(visits(&world, &plan, "far").0, sent, "{steps}, told at {told} ms");
        }
    }
}

/// A crash of an instance that is not there changes nothing, but it cannot come up before the crash is over.
#[test]
fn a_crash_of_who_is_not_there() {
    let schedule = scaler("schedule = [[\"100 ms\", 2], [\"300 ms\", 1], [\"320 ms\", 2]]\ndrain = \"0 s\"");
    let crash = |at: &str, length: &str| {
        format!("[fault.lost]\nat = \"{at}\"\nfor = \"{length}\"\ncrash = \"web[1]\"\n")
    };
    for (fault, expected) in [
        (crash("0 s", "50 ms"), [(99, (1, 1)), (100, (2, 1)), (110, (2, 2)), (301, (1, 1)), (330, (2, 2))]),
        (crash("0 s", "150 ms"), [(99, (1, 1)), (100, (2, 1)), (159, (2, 1)), (160, (2, 2)), (330, (2, 2))]),
        (crash("105 ms", "1 ms"), [(99, (1, 1)), (100, (2, 1)), (115, (2, 1)), (116, (2, 2)), (330, (2, 2))]),
        (
            crash("299 ms", "80 ms"),
            [(99, (1, 1)), (110, (2, 2)), (300, (1, 1)), (320, (2, 1)), (389, (2, 2))],
        ),
    ] {
        let plan = plan(&[HEAD, &crowd("10 /s"), &web(1, "1 ms", "boot = \"10 ms\"\n"), &schedule, &fault]);
        let mut world = World::new(&plan, plan.seed);
        for (at, expected) in expected {
            assert_eq!(there_and_up(&mut world, &plan, "web", at), expected, "{fault} {at} ms");
        }
        world.run_to_end();
        world.drain();
        assert!(world.is_empty(), "{fault}");
    }
}

/// Probes go to those who are there, and a target that has come anew gets calls before it has been probed.
#[test]
fn balancers_probe_only_those_who_are_there() {
    let schedule = scaler("schedule = [[\"500 ms\", 2]]");
    let crowd = crowd_at_edge("100 /s") + "health = { every = \"100 ms\", failures = 1 }\n";
    let plan = plan(&[HEAD, &crowd, &web(1, "1 ms", ""), &schedule]);
    let world = drained(&plan);
    assert_eq!(figure(&world, &plan, "edge.failed_probes"), 0.0);
    assert_eq!(figure(&world, &plan, "edge.probes"), 15.0);
    assert_eq!(figure(&world, &plan, "edge.ejections"), 0.0);
    assert_eq!(figure(&world, &plan, "edge.healthy"), 2.0);
    assert_eq!(visits(&world, &plan, "web").0, 100 + 15);
    assert_eq!(edge(&world, &plan, "edge", "web").0, 100 + 15);
}

#[test]
fn what_cannot_be_scaled_is_said() {
    let basis =
        format!("{HEAD}{}{}[cache.hot]\ncapacity = \"9 objects\"\n", crowd("1 /s"), web(2, "1 ms", ""));
    let follow = "follow = { utilization = \"50 %\" }\nmax = 4";
    for (text, expected) in [
        (scaler(follow).replace("\"web\"", "\"wob\""), "unknown component `wob`"),
        (
            scaler(follow).replace("\"web\"", "\"hot\""),
            "the instances of `hot` cannot come and go: not any of them takes any call",
        ),
        (scaler("follow = { rate = \"1 /s\" }\nmin = 3\nmax = 4"), "`web` begins with 2 of 3 to 4 instances"),
        (
            format!("{}{}", scaler(follow), scaler(follow).replace("size", "same")),
            "`size` and `same` both decide how many instances `web` has",
        ),
        (scaler("follow = { level = \"hot.depth\", each = 1 }\nmax = 4"), "unknown level `depth` of `hot`"),
        (scaler("follow = { level = \"hut.size\", each = 1 }\nmax = 4"), "unknown component `hut`"),
    ] {
        let error = plan_of(&format!("{basis}{text}")).err().unwrap_or_else(|| panic!("{text} is fine"));
        assert!(error.contains(expected), "{text}\n{error}");
    }
    let unbounded = basis.replace("workers = 1", "workers = \"unbounded\"") + &scaler(follow);
    let error = plan_of(&unbounded).err().expect("nothing is busy");
    assert!(error.contains("`web` has no utilization: its workers are unbounded"), "{error}");
}

/// A hundred messages of 10 ms each for consumers that take one at a time.
const BACKLOG: &str = "[client.c]\narrivals = { batches = [ { at = \"0 s\", count = 100 } ] }\nrequest = \"q.put\"\n\
    keys = { count = 1000 }\n[queue.q]\nvisibility = \"100 ms\"\n\
    [consumer.hands]\nsource = \"q\"\nworkers = 1\neach = [ { work = \"10 ms\" } ]\n";

/// Five consumers for 100 ms, and then one again while much is left to do: each of those that go finishes what it has within the
/// 20 ms, and takes nothing any more. So nothing is cut off, and nothing is done twice.
#[test]
fn a_consumer_that_leaves_takes_no_more() {
    for (drain, interrupted) in [("20 ms", 0.0), ("1 ms", 4.0)] {
        let schedule = format!("schedule = [[\"100 ms\", 5], [\"205 ms\", 1]]\ndrain = \"{drain}\"");
        let plan = plan(&[HEAD, BACKLOG, &scaler(&schedule).replace("\"web\"", "\"hands\"")]);
        let world = drained(&plan);
        let figures = ["q.acknowledged", "hands.interrupted", "hands.duplicates", "hands.taken"];
        let figures = figures.map(|name| figure(&world, &plan, name));
        // Whom a stop cuts off has done nothing, and another one takes the message when it is seen again.
        assert_eq!(figures, [figures[0], interrupted, 0.0, figures[0] + interrupted], "{drain}");
    }
}

/// One for 10 of those who wait: of 99 that one consumer cannot take at once it becomes five, as many as there may be, and one
/// when all is done.
#[test]
fn consumers_follow_the_backlog() {
    let follow = "follow = { level = \"q.backlog\", each = 10 }\nmin = 1\nmax = 5\nevery = \"20 ms\"\ndrain = \"20 ms\"\n\
                  stabilize = { down = \"0 s\" }";
    let plan = plan(&[HEAD, BACKLOG, &scaler(follow).replace("\"web\"", "\"hands\"")]);
    let mut world = World::new(&plan, plan.seed);
    for (at, expected) in [(19, 1), (21, 5), (150, 5), (999, 1)] {
        assert_eq!(there_and_up(&mut world, &plan, "hands", at), (expected, expected), "{at} ms");
    }
    world.run_to_end();
    for (name, expected) in [("q.acknowledged", 100.0), ("hands.interrupted", 0.0), ("hands.duplicates", 0.0)]
    {
        assert_eq!(figure(&world, &plan, name), expected, "{name}");
    }
}

/// Each breaks down 30 ms after it has come or was repaired, for 10 ms. The first is there all the time and breaks down every 40 ms from
/// 30 ms on; the second is there from 100 to 175 ms, breaks down at 130 ms and is under repair from 170 ms on when it goes; a third
/// one in its place is well, from 200 ms on.
#[test]
fn who_is_away_neither_breaks_down_nor_is_repaired() {
    let head = HEAD.replace("duration = \"1 s\"", "duration = \"300 ms\"");
    let frail = "breakdown = { mttf = \"30 ms\", mttr = \"10 ms\" }\n";
    let schedule = "schedule = [[\"100 ms\", 2], [\"175 ms\", 1], [\"200 ms\", 2]]\ndrain = \"0 s\"";
    let plan = plan(&[&head, &crowd("10 /s"), &web(1, "1 ms", frail), &scaler(schedule)]);
    let world = drained(&plan);
    // 30, 70, ... 270 ms; 130 and 170 ms; 230 and 270 ms.
    assert_eq!(figure(&world, &plan, "web.breakdowns"), 7.0 + 2.0 + 2.0);
}
