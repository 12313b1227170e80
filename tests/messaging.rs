//! Queues, consumers, jobs and providers against what is known of them.

#[path = "common/replications.rs"]
mod replications;

use replications::{EXPONENTIAL, assert_figures, assert_mean, figure, poisson, replicate, scenario, station};
use windtunnel::component::Behaviour;
use windtunnel::figures::{Catalogue, laws};
use windtunnel::plan::{Document, Scenario, build};
use windtunnel::scenario::{Diagnostics, render};
use windtunnel::theory::stations::MultiServer;
use windtunnel::units::{SECOND, Time};
use windtunnel::world::{Pause, World};

/// A scenario with a network of its own.
fn networked(text: &str) -> Scenario {
    let mut diagnostics = Diagnostics::new();
    let (sources, document) = Document::parse("test.toml", text, &[], &mut diagnostics);
    let scenario = document.and_then(|document| build(&document, None, &mut diagnostics));
    scenario.unwrap_or_else(|| panic!("{}", render(&diagnostics, &sources)))
}

/// Figures at the end of one run.
fn figures<const N: usize>(scenario: &Scenario, names: [&str; N]) -> [f64; N] {
    let catalogue = Catalogue::of(&scenario.plan);
    let mut world = World::new(&scenario.plan, scenario.plan.seed);
    world.run_to_end();
    names.map(|name| figure(&world, &catalogue, name))
}

/// Where the link takes no time, messages wait for workers of a consumer as requests wait for those of a server: to the
/// nanosecond, if all work takes as long.
#[test]
fn a_queue_with_consumers_is_a_station() {
    let head = "[scenario]\nduration = \"1000 s\"\nwarm_up = \"1000 s\"\n";
    let station = station(&poisson(3.6), "\"1 s\"", "workers = 4", 1000);
    let [wait, sojourn] = figures(&station, ["s.wait.mean", "s.sojourn.mean"]);
    for (consumers, workers) in [(1, 4), (4, 1), (2, 2)] {
        let queue = scenario(&format!(
            "{head}[client.c]\narrivals = {}\nrequest = \"q.put\"\n[queue.q]\n\
             [consumer.w]\nsource = \"q\"\ninstances = {consumers}\nworkers = {workers}\neach = [ {{ work = \"1 s\" }} ]\n",
            poisson(3.6)
        ));
        let [delay, turnaround, local] =
            figures(&queue, ["q.delay.mean", "q.turnaround.mean", "w.queue.max"]);
        assert_eq!((delay, turnaround), (wait, sojourn), "{consumers} consumers with {workers} workers");
        assert_eq!(local, 0.0, "nobody fetches what it cannot work on");
    }
}

/// Of 100 messages a second 80 can be worked on: that is what the queue serves, however many visits they take.
#[test]
fn a_queue_serves_what_leaves_it() {
    let scenario = scenario(
        "[scenario]\nduration = \"60 s\"\nwarm_up = \"10 s\"\n[client.c]\narrivals = { even = \"100 /s\" }\nrequest = \"q.put\"\n\
         [queue.q]\n[consumer.w]\nsource = \"q\"\nworkers = 10\neach = [ { work = \"125 ms\" } ]\n",
    );
    let [throughput, acknowledged, rate] = figures(&scenario, ["q.throughput", "q.acknowledged", "q.rate"]);
    assert_eq!(throughput, acknowledged / 60.0);
    assert!((throughput - 80.0).abs() < 0.2, "{throughput} /s");
    assert!(rate > 250.0, "puts, deliveries and acknowledgements: {rate} /s");
}

#[test]
fn waits_for_consumers_follow_erlang() {
    for (workers, load, precision) in [(2, 1.2, 0.2), (4, 2.8, 0.2)] {
        let scenario = scenario(&format!(
            "[scenario]\nduration = \"2000 s\"\nwarm_up = \"100 s\"\n\
             [client.c]\narrivals = {}\nrequest = \"q.put\"\n[queue.q]\n\
             [consumer.w]\nsource = \"q\"\nworkers = {workers}\neach = [ {{ work = {EXPONENTIAL} }} ]\n",
            poisson(load)
        ));
        let exact = MultiServer::new(load, 1.0, workers).unwrap().mean_wait();
        assert_figures(&format!("{workers} workers"), &scenario, &[("q.delay.mean", exact, precision)]);
    }
}

/// Published waits of two classes, 0.3 /s and 0.5 /s, at one worker that takes 1 s: 1.14286 s and 5.71429 s. Whoever runs a message waits for
/// its work as well.
#[test]
fn the_most_urgent_message_comes_first() {
    let client = |name: &str, rate: f64, priority: u32| {
        format!("[client.{name}]\narrivals = {}\nrequest = \"q.run\"\npriority = {priority}\n", poisson(rate))
    };
    let scenario = scenario(&format!(
        "[scenario]\nduration = \"8000 s\"\nwarm_up = \"500 s\"\n{}{}[queue.q]\norder = \"priority\"\n\
         [consumer.w]\nsource = \"q\"\nworkers = 1\neach = [ {{ work = {EXPONENTIAL} }} ]\n",
        client("urgent", 0.3, 0),
        client("usual", 0.5, 1),
    ));
    let expected = [("urgent.latency.mean", 2.142_86, 0.03), ("usual.latency.mean", 6.714_29, 0.15)];
    assert_figures("priorities", &scenario, &expected);
}

/// A message is lost with probability m, its acknowledgement with probability a, and it is sent until it is acknowledged: it is sent
/// 1 / ((1-m) (1-a)) times, and arrives 1 / (1-a) times. So it is on the way into the queue, where each arrival is a message, and
/// on the way out of it, where the share a of all work has been done before.
#[test]
fn deliveries_follow_the_losses() {
    let (m, a) = (0.2, 0.1);
    let network = |there: &str, back: &str| {
        format!(
            "[network]\nplaces = [\"outside\", \"inside\"]\nround_trip = {{ within = \"1 ms\", \"outside <-> inside\" = \"1 ms\" }}\n\
             loss = {{ \"outside -> inside\" = \"{there}\", \"inside -> outside\" = \"{back}\" }}\n"
        )
    };
    let way_in = networked(&format!(
        "[scenario]\nduration = \"100 s\"\nwarm_up = \"10 s\"\n{}\
         [client.c]\nplace = \"outside\"\narrivals = {}\nrequest = \"q.put\"\n[queue.q]\nplace = \"inside\"\n\
         [call.\"c -> q\"]\ntimeout = \"100 ms\"\nretry = {{ attempts = \"unbounded\", backoff = {{ constant = \"10 ms\" }} }}\n",
        network("20 %", "10 %"),
        poisson(10.0)
    ));
    let catalogue = Catalogue::of(&way_in.plan);
    let counts = replicate(&way_in, |world| {
        let messages = figure(world, &catalogue, "c.offered") * 100.0;
        ["call.c->q.attempts", "q.puts"].map(|name| figure(world, &catalogue, name) / messages)
    });
    for (index, (what, exact)) in
        [("sends", 1.0 / ((1.0 - m) * (1.0 - a))), ("arrivals", 1.0 / (1.0 - a))].iter().enumerate()
    {
        let samples: Vec<f64> = counts.iter().map(|counts| counts[index]).collect();
        assert_mean(what, &samples, *exact, 0.02);
    }

    let way_out = networked(&format!(
        "[scenario]\nduration = \"100 s\"\nwarm_up = \"20 s\"\n{}\
         [client.c]\nplace = \"inside\"\narrivals = {}\nrequest = \"q.put\"\n\
         [queue.q]\nplace = \"inside\"\nvisibility = \"1 s\"\n\
         [consumer.w]\nplace = \"outside\"\nsource = \"q\"\nworkers = 100\npoll = \"1 s\"\neach = [ {{ work = \"1 ms\" }} ]\n\
         [call.\"w -> q\"]\ntimeout = \"1 s\"\n",
        network("10 %", "20 %"),
        poisson(10.0)
    ));
    let catalogue = Catalogue::of(&way_out.plan);
    let ratios = replicate(&way_out, |world| {
        let ratio = |over, under| figure(world, &catalogue, over) / figure(world, &catalogue, under);
        let duplicates = figure(world, &catalogue, "w.duplicate_ratio");
        let (deliveries, work) =
            (ratio("q.deliveries", "q.acknowledged"), ratio("w.worked", "q.acknowledged"));
        [deliveries, work, duplicates, ratio("w.unconfirmed", "w.worked")]
    });
    let expected = [
        ("deliveries", 1.0 / ((1.0 - m) * (1.0 - a))),
        ("work", 1.0 / (1.0 - a)),
        ("duplicates", a),
        // The confirmation may be lost, too.
        ("unconfirmed", 1.0 - (1.0 - a) * (1.0 - m)),
    ];
    for (index, (what, exact)) in expected.iter().enumerate() {
        let samples: Vec<f64> = ratios.iter().map(|ratios| ratios[index]).collect();
        assert_mean(what, &samples, *exact, 0.1);
    }
}

/// The backlog of a queue at instants of a run, without a network.
fn backlogs(text: &str, seconds: &[u64]) -> Vec<f64> {
    let scenario = scenario(text);
    let queue = scenario.plan.components.iter().position(|component| component.kind == "queue").unwrap();
    let figures = scenario.plan.components[queue].blueprint.spec().figures;
    let backlog = figures.iter().position(|figure| figure.name() == "backlog").unwrap();
    let mut world = World::new(&scenario.plan, 1);
    let mut at = |second: &u64| {
        world.run(Time(second * SECOND), u64::MAX);
        world.components()[queue].level(backlog).unwrap()
    };
    seconds.iter().map(&mut at).collect()
}

/// Consumers who are away for T leave a backlog of lambda T, which is gone after lambda T / (mu - lambda). The message that one
/// had in hand comes back when its time is over.
#[test]
fn a_backlog_is_worked_off() {
    let text = "[scenario]\nduration = \"400 s\"\n[client.c]\narrivals = { even = \"10 /s\" }\nrequest = \"q.put\"\n\
                [queue.q]\nvisibility = \"5 s\"\n[consumer.w]\nsource = \"q\"\nworkers = 1\neach = [ { work = \"50 ms\" } ]\n\
                [fault.away]\nat = \"100 s\"\nfor = \"100 s\"\ncrash = [\"w\"]\n";
    let found = backlogs(text, &[99, 200, 250, 295, 305]);
    for (backlog, expected) in found.iter().zip([0.0, 1000.0, 500.0, 50.0, 0.0]) {
        assert!((backlog - expected).abs() <= 3.0, "{found:?}");
    }
}

/// Consumers who crash again and again, and messages that stop coming in time for all to be worked on.
fn with_crashes(ack: &str, keys: &str) -> Scenario {
    scenario(&format!(
        "[scenario]\nduration = \"400 s\"\n\
         [client.c]\narrivals = {{ poisson = \"20 /s\", profile = [[\"0 s\", 1.0], [\"99 s\", 1.0], [\"100 s\", 0.0]] }}\n\
         request = \"q.put\"\nkeys = {{ count = 50 }}\n[queue.q]\nvisibility = \"3 s\"\n{keys}\n\
         [consumer.w]\nsource = \"q\"\ninstances = 4\nworkers = 3\nack = \"{ack}\"\neach = [ {{ work = {{ exponential = \"200 ms\" }} }} ]\n\
         [campaign.unwell]\ncrash = [\"w\"]\nmttf = {{ exponential = \"5 s\" }}\nmttr = {{ exponential = \"1 s\" }}\n"
    ))
}

#[test]
fn who_acknowledges_after_the_work_loses_nothing() {
    for keys in ["", "per_key = true", "instances = 3", "instances = 2\nper_key = true\ninterval = \"10 ms\""]
    {
        let names =
            ["q.puts", "q.acknowledged", "w.worked", "w.duplicates", "w.interrupted", "q.expired", "w.lost"];
        let [puts, acknowledged, worked, duplicates, interrupted, expired, lost] =
            figures(&with_crashes("after", keys), names);
        assert_eq!((acknowledged, worked, duplicates, lost), (puts, puts, 0.0, 0.0), "{keys}");
        // Each message that was cut off came back when its time was over.
        assert!(interrupted > 20.0 && expired == interrupted, "{keys}: {interrupted} {expired}");
    }
}

#[test]
fn who_acknowledges_before_the_work_loses_what_is_in_hand_in_a_crash() {
    let names = ["q.puts", "q.acknowledged", "w.worked", "w.interrupted", "w.lost", "q.redeliveries"];
    let [puts, acknowledged, worked, interrupted, lost, again] = figures(&with_crashes("before", ""), names);
    assert_eq!((puts, acknowledged, again), (worked + lost, puts, 0.0));
    assert!(lost > 20.0 && lost == interrupted, "{lost} {interrupted}");
}

/// However many messages there are of a key, from one delivery of it to the next the interval passes.
#[test]
fn a_key_is_left_alone_for_the_interval() {
    for instances in [1, 3] {
        let scenario = scenario(&format!(
            "[scenario]\nduration = \"100 s\"\n[client.c]\narrivals = {{ even = \"50 /s\" }}\nrequest = \"q.put\"\nkeys = {{ count = 5 }}\n\
             [queue.q]\nper_key = true\ninterval = \"2 s\"\ninstances = {instances}\n\
             [consumer.w]\nsource = \"q\"\nworkers = 10\neach = [ {{ work = \"10 ms\" }} ]\n"
        ));
        let [deliveries, backlog, puts] = figures(&scenario, ["q.deliveries", "q.backlog", "q.puts"]);
        // The first of each key comes within the first second or so.
        assert!((245.0..=250.0).contains(&deliveries), "{instances}: {deliveries}");
        assert_eq!(deliveries + backlog, puts);
    }
}

/// What is handed out n times in vain is dead: with failures of a share p that is p^n of all.
#[test]
fn what_fails_too_often_is_moved_to_another_queue() {
    let scenario = scenario(
        "[scenario]\nduration = \"1000 s\"\n[client.c]\narrivals = { even = \"20 /s\" }\nrequest = \"q.run\"\n\
         [queue.q]\nattempts = 3\nretry = \"100 ms\"\ndead_letter = \"broken\"\n[queue.broken]\n\
         [consumer.w]\nsource = \"q\"\nworkers = 8\n\
         each = [ { work = \"1 ms\" }, { choose = [ { share = \"40 %\", do = [ { fail = \"bad\" } ] }, { do = [] } ] } ]\n",
    );
    let names =
        ["q.dead", "broken.puts", "c.outcome.dead", "q.puts", "q.deliveries", "w.failed", "c.availability"];
    let [dead, moved, told, puts, deliveries, failed, availability] = figures(&scenario, names);
    assert_eq!((dead, dead, availability), (moved, told, 1.0));
    for (what, count, share) in
        [("dead", dead, 0.064), ("deliveries", deliveries, 1.0 + 0.4 + 0.16), ("failed", failed, 0.4 * 1.56)]
    {
        assert!((count / puts - share).abs() < 0.015, "{what}: {} instead of {share}", count / puts);
    }
}

/// Whatever happens, each message is acknowledged, drained, dead, lost, waiting or in flight.
#[test]
fn every_message_is_somewhere() {
    let crash = |name: &str, targets: &str, keys: &str| {
        format!(
            "[campaign.{name}]\ncrash = [\"{targets}\"]\n{keys}\nmttf = {{ exponential = \"8 s\" }}\nmttr = {{ exponential = \"2 s\" }}\n"
        )
    };
    for queue in [
        "",
        "durable = false\ninstances = 2",
        "per_key = true\ninterval = \"300 ms\"\norder = \"priority\"\ninstances = 2",
        "capacity = 20\ndelay = \"500 ms\"",
        "attempts = 2\ndead_letter = \"broken\"\nservice = \"2 ms\"",
    ] {
        for (ack, disk) in [("after", ""), ("before", "lose_disk = true")] {
            let scenario = networked(&format!(
                "[scenario]\nduration = \"120 s\"\n[network]\nround_trip = {{ within = \"4 ms\" }}\nloss = {{ within = \"2 %\" }}\n\
                 [client.c]\narrivals = {{ poisson = \"30 /s\" }}\nmix = {{ \"q.put\" = 10, \"q.run\" = 5, \"q.drain\" = 1 }}\n\
                 keys = {{ count = 20 }}\n[queue.q]\nvisibility = \"1 s\"\nretry = {{ doubling = \"50 ms\", cap = \"1 s\" }}\n{queue}\n\
                 [queue.broken]\n[consumer.w]\nsource = \"q\"\ninstances = 2\nworkers = 2\npoll = \"2 s\"\nack = \"{ack}\"\n\
                 each = [ {{ work = {{ exponential = \"80 ms\" }} }}, {{ choose = [ {{ share = \"20 %\", do = [ {{ fail = \"bad\" }} ] }}, {{ do = [] }} ] }} ]\n\
                 [call.\"* -> *\"]\ntimeout = \"500 ms\"\n{}{}",
                crash("consumers", "w", ""),
                crash("queues", "q", disk),
            ));
            let names = [
                "q.puts",
                "q.acknowledged",
                "q.drained",
                "q.dead",
                "q.lost",
                "q.backlog",
                "q.in_flight",
                "q.expired",
                "q.returned",
                "broken.puts",
            ];
            let [puts, acknowledged, drained, dead, lost, backlog, in_flight, expired, returned, moved] =
                figures(&scenario, names);
            assert_eq!(puts, acknowledged + drained + dead + lost + backlog + in_flight, "{queue} {ack}");
            assert!(
                puts > 500.0 && acknowledged > 300.0 && expired > 10.0,
                "{queue} {ack}: {puts} {acknowledged} {expired}"
            );
            assert_eq!(returned > 0.0, ack == "after", "{queue}");
            assert_eq!(moved > 0.0, queue.contains("dead_letter"), "{queue}");
            let mut world = World::new(&scenario.plan, 7);
            world.run_to_end();
            world.drain();
            assert!(world.is_empty(), "{queue} {ack}");
        }
    }
}

/// A breakdown at 6 ms loses the work that began at 1 ms. The consumer would hear of it when it goes on, at 26 ms, but crashes at
/// 10 ms: a message in hand is cut off once, however much was going on with it.
#[test]
fn who_crashes_while_it_is_broken_has_forgotten_what_it_lost() {
    let scenario = scenario(
        "[scenario]\nduration = \"1 s\"\n[client.c]\narrivals = { batches = [ { at = \"1 ms\", count = 1 } ] }\n\
         request = \"q.put\"\n[queue.q]\n\
         [consumer.w]\nsource = \"q\"\nworkers = 1\neach = [ { work = \"30 ms\" } ]\n\
         breakdown = { mttf = \"5 ms\", mttr = \"20 ms\", when = \"working\", work = \"lost\" }\n\
         [fault.f]\nat = \"10 ms\"\nfor = \"5 ms\"\ncrash = \"w\"\n",
    );
    let counted = figures(&scenario, ["w.taken", "w.interrupted", "w.failed", "q.in_flight"]);
    assert_eq!(counted, [1.0, 1.0, 0.0, 1.0]);
}

/// Consumers that look for messages for ever, one of which never finds room to, do not keep a run from its end; a message that
/// will be there in an hour does.
#[test]
fn who_looks_for_messages_in_vain_holds_nothing_up() {
    for delay in ["0 s", "1 h"] {
        let scenario = scenario(&format!(
            "[scenario]\nduration = \"1 min\"\n[client.c]\narrivals = {{ batches = [ {{ at = \"1 s\", count = 1 }} ] }}\nrequest = \"q.put\"\n\
             [call.\"w -> q\"]\npool = {{ size = 1, queue = 0 }}\n\
             [queue.q]\ndelay = \"{delay}\"\n\
             [consumer.w]\nsource = \"q\"\nworkers = 3\npoll = \"7 s\"\neach = [ {{ work = \"1 s\" }} ]\n"
        ));
        let mut world = World::new(&scenario.plan, scenario.plan.seed);
        world.run_to_end();
        assert_eq!(world.drain(), Pause::End);
        assert!(world.is_empty(), "{delay}");
        assert!(!world.components().iter().any(Behaviour::has_messages), "{delay}");
        assert!(laws(&world).iter().all(|law| law.holds), "{delay}");
    }
}

/// One way takes 1 ms: a `put` is answered after 2 ms whatever its delay, a `run` when the message has been handed out, worked on
/// and acknowledged, 4 ms beyond its delay.
#[test]
fn every_message_has_a_time_of_its_own() {
    let figures = |session: &str, queue: &str, rest: &str| {
        let scenario = networked(&format!(
            "[scenario]\nduration = \"20 s\"\n[estimate]\nstep = \"1 s\"\n[network]\nround_trip = {{ within = \"2 ms\" }}\n\
             [client.c]\narrivals = {{ batches = [ {{ at = \"1 s\", count = 1 }} ] }}\nsession = [ {session} ]\n\
             [queue.q]\n{queue}\n[balancer.b]\ntargets = [\"q\"]\n\
             [consumer.w]\nsource = \"q\"\nworkers = 9\n{rest}\n"
        ));
        let catalogue = Catalogue::of(&scenario.plan);
        let mut world = World::new(&scenario.plan, scenario.plan.seed);
        world.run_to_end();
        let names = ["c.latency.max", "q.delay.mean", "q.lateness.max", "q.turnaround.max", "q.delayed"];
        let window = world.recorder().timeline.whole();
        let seen = names.map(|name| {
            windtunnel::figures::value(&world, catalogue.get(name).unwrap().metric, window).unwrap_or(-1.0)
        });
        assert_eq!(world.drain(), Pause::End, "{session}");
        assert!(world.is_empty() && !world.components().iter().any(Behaviour::has_messages), "{session}");
        assert!(laws(&world).iter().all(|law| law.holds), "{session}");
        seen
    };
    let idle = "each = []";
    let fails_once = "each = [ { choose = [ { when = \"attempt == 1\", do = [ { fail = \"broken\" } ] }, { do = [] } ] } ]";
    let down = |at: &str, until: &str| {
        format!("{idle}\n[fault.f]\nat = \"{at}\"\nuntil = \"{until}\"\ncrash = [\"q\"]")
    };
    for (session, queue, rest, expected) in [
        ("{ call = \"q.put\", delay = \"3 s\" }", "", idle.to_owned(), [0.002, 3.0, 0.0, 3.002, 0.0]),
        ("{ call = \"q.run\", delay = \"3 s\" }", "", idle.to_owned(), [3.004, 3.0, 0.0, 3.002, 0.0]),
        ("{ call = \"b.put\", delay = \"3 s\" }", "", idle.to_owned(), [0.004, 3.0, 0.0, 3.002, 0.0]),
        // What stands at the message comes before what stands at the queue.
        (
            "{ call = \"q.put\", delay = \"0 s\" }",
            "delay = \"5 s\"",
            idle.to_owned(),
            [0.002, 0.0, -1.0, 0.002, 0.0],
        ),
        ("{ call = \"q.put\" }", "delay = \"5 s\"", idle.to_owned(), [0.002, 5.0, 0.0, 5.002, 0.0]),
        // 0 s, 2 s and 4 s.
        (
            "{ repeat = 3, do = [ { call = \"q.put\", delay = \"= 2 * step * turn\" } ] }",
            "",
            idle.to_owned(),
            [0.006, 2.0, 0.0, 4.002, 0.0],
        ),
        (
            "{ send = \"q.put\", after = \"2 s\", delay = \"3 s\" }",
            "",
            idle.to_owned(),
            [0.0, 3.0, 0.0, 3.002, 0.0],
        ),
        // Its time is that of its first delivery.
        (
            "{ call = \"q.put\", delay = \"3 s\" }",
            "retry = \"500 ms\"",
            fails_once.to_owned(),
            [0.002, 3.0, 0.0, 3.504, 0.0],
        ),
        ("{ call = \"q.put\", delay = \"1 h\" }", "", idle.to_owned(), [0.002, -1.0, -1.0, -1.0, 1.0]),
        // A crash in between, and one during which its time comes.
        ("{ call = \"q.put\", delay = \"3 s\" }", "", down("2 s", "3 s"), [0.002, 3.0, 0.0, 3.002, 0.0]),
        (
            "{ call = \"q.put\", delay = \"3 s\" }",
            "checkpoint = \"500 ms\"",
            down("2 s", "3 s"),
            [0.002, 3.0, 0.0, 3.002, 0.0],
        ),
    ] {
        let seen = figures(session, queue, &rest);
        let are_near = seen.iter().zip(expected).all(|(seen, expected)| (seen - expected).abs() < 1e-9);
        assert!(are_near, "{session} {queue} {rest}: {seen:?}, not {expected:?}");
    }
    // The queue is down when its time has come, and whoever asks in vain asks again every so often.
    let [_, delay, lateness, ..] =
        figures("{ call = \"q.put\", delay = \"3 s\" }", "", &down("3500 ms", "6 s"));
    assert!((5.0..6.1).contains(&delay) && (lateness - (delay - 3.0)).abs() < 1e-9, "{delay} {lateness}");
}

/// The queue takes a second to take a message in, and its caller gives up after 100 ms: the only connection is free at once, and both
/// messages are there with their delay.
#[test]
fn who_gives_up_keeps_no_connection_for_a_message_to_come() {
    for (delay, waits) in [("", 0.0), (", delay = \"3 s\"", 3.0)] {
        let scenario = networked(&format!(
            "[scenario]\nduration = \"20 s\"\n[network]\nround_trip = {{ within = \"2 ms\" }}\n\
             [client.c]\narrivals = {{ batches = [ {{ at = \"0 s\", count = 2, every = \"200 ms\" }} ] }}\n\
             session = [ {{ call = \"q.put\"{delay} }} ]\n\
             [call.\"c -> q\"]\ntimeout = \"100 ms\"\npool = {{ size = 1 }}\n[queue.q]\nservice = \"1 s\"\nworkers = 1\n\
             [consumer.w]\nsource = \"q\"\nworkers = 9\neach = []\n"
        ));
        let names = ["call.c->q.timeouts", "call.c->q.pool.wait.max", "q.puts", "q.delay.max"];
        assert_eq!(figures(&scenario, names), [2.0, 0.0, 2.0, waits], "{delay}");
    }
}

/// A law is drawn for each message: those of rate r with delays of mean d have a Poisson number of r d on the shelf.
#[test]
fn drawn_delays_follow_little() {
    let scenario = scenario(&format!(
        "[scenario]\nduration = \"2000 s\"\nwarm_up = \"100 s\"\n\
         [client.c]\narrivals = {}\nsession = [ {{ call = \"q.put\", delay = {{ exponential = \"5 s\" }} }} ]\n[queue.q]\n\
         [consumer.w]\nsource = \"q\"\nworkers = 50\neach = []\n",
        poisson(4.0)
    ));
    assert_figures("delays", &scenario, &[("q.delay.mean", 5.0, 0.02), ("q.delayed", 20.0, 0.25)]);
}

#[test]
fn runs_that_take_longer_than_they_have_time() {
    // At 0, 1, .. 19 s it is time, and a run takes 2.5 s.
    for (overlap, runs, missed) in [("skip", 6.0, 13.0), ("queue", 7.0, 0.0), ("allow", 18.0, 0.0)] {
        let scenario = scenario(&format!(
            "[scenario]\nduration = \"20 s\"\n[client.c]\narrivals = {{ even = \"1 /s\" }}\nrequest = \"s.go\"\n\
             [server.s]\nworkers = 1\non.go = []\n\
             [job.j]\nevery = \"1 s\"\noverlap = \"{overlap}\"\ndo = [ {{ wait = \"2.5 s\" }} ]\n"
        ));
        let [done, left_out, longest] = figures(&scenario, ["j.runs", "j.missed", "j.run_time.max"]);
        assert_eq!((done, left_out), (runs, missed), "{overlap}");
        assert!((longest - 2.5).abs() < 0.01, "{overlap}: {longest}");
    }
    let scenario = scenario(
        "[scenario]\nduration = \"20 s\"\nwarm_up = \"5 s\"\n[client.c]\narrivals = { even = \"1 /s\" }\nrequest = \"s.go\"\n\
         [server.s]\nworkers = 1\non.go = []\n\
         [job.j]\nat = [\"12 s\", \"3 s\", \"30 s\"]\ndo = [ { call = \"s.go\" }, { fail = \"bad\" } ]\n\
         [job.down]\nevery = \"2 s\"\ndo = []\n[fault.f]\ncrash = [\"down\"]\nat = \"3 s\"\nfor = \"4 s\"\n",
    );
    // It is down at 4 s and 6 s.
    let names = ["j.failed", "s.rate", "down.runs", "down.missed"];
    assert_eq!(figures(&scenario, names), [2.0, 22.0 / 20.0, 8.0, 2.0]);
}

#[test]
fn a_provider_allows_so_much_and_fails_so_often() {
    let scenario = scenario(
        "[scenario]\nduration = \"1000 s\"\n[client.c]\narrivals = { even = \"15 /s\" }\nmix = { \"p.send\" = 1, \"p.look\" = 1 }\n\
         [provider.p]\nlatency = \"80 ms\"\nquota = { count = 10, per = \"1 s\" }\noutages = { every = \"200 s\", for = \"20 s\" }\n\
         operations = { send = { errors = \"20 %\" }, look = { latency = \"10 ms\" } }\n",
    );
    let names = [
        "p.accepted",
        "p.denied",
        "p.outage",
        "p.failed",
        "c.errors.unavailable",
        "c.errors.denied",
        "c.look.latency.p50",
    ];
    let [accepted, denied, outage, failed, unavailable, refused, look] = figures(&scenario, names);
    assert!((accepted - 9200.0).abs() < 15.0 && (denied - 4600.0).abs() < 15.0, "{accepted} {denied}");
    assert!((outage - 1200.0).abs() < 3.0, "four outages of 20 s at 15 /s: {outage}");
    assert_eq!((unavailable, refused), (outage, denied));
    assert!((failed / accepted - 0.1).abs() < 0.01, "{failed}");
    assert!((look - 0.01).abs() < 1e-4, "{look}");
}

/// A fault of `errors` fails calls that were taken: of 10 /s for 10 s those of 5 s, beside the provider's own.
#[test]
fn the_calls_of_a_provider_add_up_while_a_fault_fails_them() {
    let scenario = scenario(
        "[scenario]\nduration = \"10 s\"\n[client.c]\narrivals = { even = \"10 /s\" }\nrequest = \"p.send\"\n\
         [provider.p]\nquota = { count = 8, per = \"1 s\" }\n[fault.f]\nat = \"5 s\"\nfor = \"5 s\"\nerrors = [\"p\"]\nshare = 1\n",
    );
    let names = ["p.accepted", "p.denied", "p.outage", "p.failed", "c.errors.error", "c.offered"];
    let [accepted, denied, outage, failed, errors, offered] = figures(&scenario, names);
    assert_eq!(accepted + denied + outage, offered * 10.0);
    assert_eq!((failed, errors), (50.0, 50.0));
}
