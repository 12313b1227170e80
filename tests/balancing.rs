//! Balancers against what is known of them: how long requests take behind a policy, how soon the dead are found, and how
//! health checks make an overload worse.
//!
//! As in the tests of queueing theory each exact value has to lie in the 99.73 % interval around the mean of replications with
//! fixed seeds, and the interval has to be narrow enough to tell it from other values.

use windtunnel::figures::{Catalogue, value};
use windtunnel::plan::Plan;
use windtunnel::theory::intervals::student_quantile;
use windtunnel::units::{SECOND, Time};
use windtunnel::world::World;

mod common;

use common::plan_of;

/// A run of a scenario to its end.
fn run(plan: &Plan, seed: u64) -> World<'_> {
    let mut world = World::new(plan, seed);
    world.run_to_end();
    world
}

/// A figure of the measured time.
fn figure(world: &World<'_>, name: &str) -> f64 {
    let catalogue = Catalogue::of(world.plan());
    let definition = catalogue.get(name).unwrap_or_else(|| panic!("there is no metric {name}"));
    value(world, definition.metric, world.recorder().timeline.whole())
        .unwrap_or_else(|| panic!("{name} has no value"))
}

/// Asserts that the exact value lies in the interval of the samples, which is narrower than `precision` times the value.
fn assert_mean(what: &str, samples: &[f64], exact: f64, precision: f64) {
    let count = samples.len() as f64;
    let mean = samples.iter().sum::<f64>() / count;
    let squares: f64 = samples.iter().map(|sample| (sample - mean) * (sample - mean)).sum();
    let half_width = student_quantile(0.99865, count - 1.0) * (squares / (count - 1.0) / count).sqrt();
    println!("{what}: {mean:.5} +- {half_width:.5}, exact {exact:.5}");
    assert!((mean - exact).abs() <= half_width, "{what}: {mean} +- {half_width} instead of {exact}");
    assert!(half_width <= precision * exact, "{what}: {half_width} says too little about {exact}");
}

/// A hundred queues with exponential service behind one balancer.
fn hundred(policy: &str, load: f64) -> String {
    format!(
        "[scenario]\nduration = \"1200 s\"\nwarm_up = \"100 s\"\n[network]\nround_trip = {{ within = \"0 s\" }}\n\
         [client.c]\narrivals = {{ poisson = \"{} /s\" }}\nrequest = \"b.go\"\nkeys = {{ count = \"1 M\" }}\n\
         [balancer.b]\ntargets = [\"s\"]\n{policy}\n\
         [server.s]\ninstances = 100\nworkers = 1\non.go = [ {{ work = {{ exponential = \"1 s\" }} }} ]\n",
        100.0 * load
    )
}

#[test]
fn two_choices() {
    // Of a hundred queues; in the limit of infinitely many they are 1.2657, 1.6145, 1.9474, 2.6141 and 3.3830 (Mitzenmacher,
    // 2001).
    let table = [
        (0.5, 1.268, 0.01),
        (0.7, 1.621, 0.012),
        (0.8, 1.959, 0.016),
        (0.9, 2.646, 0.02),
        (0.95, 3.46, 0.04),
    ];
    for (load, exact, precision) in table {
        let plan = plan_of(&hundred("policy = \"power_of_d\"\nd = 2", load)).unwrap();
        let samples: Vec<f64> = (1..=16).map(|seed| figure(&run(&plan, seed), "c.latency.mean")).collect();
        assert_mean(&format!("two choices at {load}"), &samples, exact, precision);
    }
}

#[test]
fn one_choice() {
    for (load, precision) in [(0.5, 0.02), (0.8, 0.05)] {
        let plan = plan_of(&hundred("policy = \"random\"", load)).unwrap();
        let samples: Vec<f64> = (1..=16).map(|seed| figure(&run(&plan, seed), "c.latency.mean")).collect();
        assert_mean(&format!("one choice at {load}"), &samples, 1.0 / (1.0 - load), precision);
    }
}

#[test]
fn better_knowledge_is_shorter_waits() {
    let mean = |policy: &str| figure(&run(&plan_of(&hundred(policy, 0.8)).unwrap(), 1), "c.latency.mean");
    let [random, turns, two, least] = [
        "policy = \"random\"",
        "policy = \"round_robin\"",
        "policy = \"power_of_d\"",
        "policy = \"least_outstanding\"",
    ]
    .map(mean);
    assert!(least < two && two < turns && turns < random, "{least}, {two}, {turns}, {random}");
    let quickest = mean("policy = \"least_response_time\"");
    assert!(quickest < two, "{quickest}: all servers are alike, so that the calls decide");
}

/// Eight servers at place `a` and `dead` ones at `b`, from where nothing comes back.
fn black_hole(balancer: &str) -> String {
    format!(
        "[scenario]\nduration = \"60 s\"\n\
         [network]\nplaces = [\"a\", \"b\"]\n\
         round_trip = {{ within = \"1 ms\", \"a <-> b\" = \"1 ms\" }}\nloss = {{ \"a -> b\" = \"100 %\" }}\n\
         [client.c]\nplace = \"a\"\narrivals = {{ even = \"400 /s\" }}\nrequest = \"edge.go\"\nkeys = {{ count = 1000 }}\n\
         users = {{ count = 1000 }}\n\
         [balancer.edge]\nplace = \"a\"\ntargets = [\"web\", \"dead\"]\n{balancer}\n\
         [server.web]\nplace = \"a\"\ninstances = 3\nworkers = 10\non.go = [ {{ work = \"1 ms\" }} ]\n\
         [server.dead]\nplace = \"b\"\nworkers = 10\non.go = [ {{ work = \"1 ms\" }} ]\n\
         [call.\"edge -> *\"]\ntimeout = \"100 ms\"\n"
    )
}

#[test]
fn the_dead_are_found_in_time() {
    for (every, timeout, failures) in [(2.0, 2.0, 3), (2.0, 0.5, 3), (5.0, 1.0, 2), (4.0, 4.0, 1)] {
        let health = format!(
            "policy = \"random\"\nhealth = {{ every = \"{every} s\", timeout = \"{timeout} s\", failures = {failures} }}"
        );
        let plan = plan_of(&black_hole(&health)).unwrap();
        let failed: Vec<f64> = (1..=8).map(|seed| run(&plan, seed).conservation().failed as f64).collect();
        // The last failed probe began within `every` of the first one's turn.
        let (shortest, longest) =
            (f64::from(failures - 1) * every + timeout, f64::from(failures) * every + timeout);
        for failed in &failed {
            // A quarter of 400 a second go to the dead one; the count of draws varies by its root.
            let (low, high) = (100.0 * shortest, 100.0 * longest);
            assert!(
                low - 3.0 * (0.75 * low).sqrt() < *failed && *failed < high + 3.0 * (0.75 * high).sqrt(),
                "{failed} instead of {low} to {high}"
            );
        }
        // Of four targets the dead one is the first by name: its probes begin at 0.
        assert_mean(&format!("{failures} x {every} s"), &failed, 100.0 * shortest, 0.12);
        let world = run(&plan, 1);
        assert_eq!(
            ["healthy", "ejections", "returns"].map(|name| figure(&world, &format!("edge.{name}"))),
            [3.0, 1.0, 0.0]
        );
    }
}

#[test]
fn a_crash_costs_its_share_until_it_is_found() {
    // Of four servers one is silent from 10 s to 40 s; the checks of it begin anywhere within two seconds.
    let text = |fault: &str| {
        format!(
            "[scenario]\nduration = \"60 s\"\n\
             [client.c]\narrivals = {{ even = \"400 /s\" }}\nrequest = \"edge.go\"\n\
             [balancer.edge]\ntargets = [\"web\"]\npolicy = \"random\"\n\
             health = {{ every = \"2 s\", timeout = \"1 s\", failures = 3, successes = 2 }}\n\
             [server.web]\ninstances = 4\nworkers = 10\non.go = [ {{ work = \"1 ms\" }} ]\n\
             [call.\"edge -> web\"]\ntimeout = \"100 ms\"\n\
             [fault.lost]\nat = \"10 s\"\nfor = \"30 s\"\n{fault}\n"
        )
    };
    for instance in 0..4 {
        // Probes of instance i begin at i / 2 s, then every two seconds; three have to fail, and the last one takes 1 s.
        let plan = plan_of(&text(&format!("crash = [\"web[{instance}]\"]\nsilent = true"))).unwrap();
        let found = 5.0 + 0.5 * f64::from(instance);
        let world = run(&plan, 1);
        let failed = world.conservation().failed as f64;
        let deviation = (400.0 * found * 0.25 * 0.75).sqrt();
        assert!((failed - 100.0 * found).abs() < 3.0 * deviation, "web[{instance}]: {failed} in {found} s");
        let figures = ["healthy", "ejections", "returns"].map(|name| figure(&world, &format!("edge.{name}")));
        assert_eq!(figures, [4.0, 1.0, 1.0]);
    }
}

#[test]
fn the_dead_attract_nobody() {
    // A black hole's answers never come: whoever sees its calls pile up, or time out, turns away from it.
    let availability =
        |balancer: &str| figure(&run(&plan_of(&black_hole(balancer)).unwrap(), 3), "c.availability");
    let random = availability("policy = \"random\"");
    assert!((0.74..0.76).contains(&random), "{random}");
    let eject = availability("policy = \"random\"\neject = { failures = 5, for = \"10 s\" }");
    // Each of six ejections takes five failures, and 100 ms to hear of them: some ten more are under way.
    let failed = 24_000.0 * (1.0 - eject);
    assert!((6.0 * 5.0..6.0 * 30.0).contains(&failed), "{failed}");
    for policy in ["least_outstanding", "least_response_time", "power_of_d\"\nd = \"4"] {
        let known = availability(&format!("policy = \"{policy}\"").replace("\"4\"", "4"));
        assert!(known > 0.97, "{policy}: {known}");
    }
}

#[test]
fn users_move_once() {
    let sticky = "policy = \"round_robin\"\nsticky = true\nhealth = { every = \"1 s\" }";
    let plan = plan_of(&black_hole(sticky)).unwrap();
    let world = run(&plan, 1);
    // Within 3 s 1000 (1 - exp(-1.2)) of the users have come, a quarter of them to the dead target; nobody moves twice.
    let moved = figure(&world, "edge.moved_users");
    assert!((165.0..185.0).contains(&moved), "{moved}");
    let failed = world.conservation().failed;
    assert!((250..350).contains(&failed), "{failed}: a quarter of 400 a second for 3 s");
}

/// Servers that are a little too busy for a while, behind health checks of little patience.
fn spiral(through: &str) -> String {
    format!(
        "[scenario]\nduration = \"120 s\"\n\
         [client.c]\narrivals = {{ poisson = \"800 /s\", profile = [[\"0 s\", 1.0], [\"20 s\", 1.0], \
         [\"20.001 s\", 1.4], [\"30 s\", 1.4], [\"30.001 s\", 1.0]] }}\nrequest = \"edge.go\"\n\
         [balancer.edge]\ntargets = [\"web\"]\npolicy = \"random\"\n\
         health = {{ every = \"1 s\", timeout = \"300 ms\", failures = 2, through = \"{through}\" }}\n\
         [server.web]\ninstances = 10\nworkers = 1\nqueue = 100\non.go = [ {{ work = {{ exponential = \"10 ms\" }} }} ]\n"
    )
}

#[test]
fn health_checks_that_wait_in_the_queue_make_an_overload_worse() {
    let of = |through: &str| {
        let plan = plan_of(&spiral(through)).unwrap();
        let world = run(&plan, 1);
        ["edge.ejections", "c.availability", "edge.failed_probes"].map(|name| figure(&world, name))
    };
    let [queue, past] = ["queue", "past"].map(of);
    println!("through the queue {queue:?}, past it {past:?}");
    assert_eq!((past[0], past[2]), (0.0, 0.0), "all processes are alive");
    assert!(past[1] > 0.97, "{past:?}");
    assert!(queue[0] > 10.0, "one after the other: {queue:?}");
    assert!(queue[1] < past[1] - 0.05, "the servers that are left get the calls of the others: {queue:?}");
}

#[test]
fn weights_and_places_in_a_whole_scenario() {
    let text = "[scenario]\nduration = \"10 s\"\n[network]\nplaces = [\"a\", \"b\"]\n\
                round_trip = { within = \"1 ms\", \"a <-> b\" = \"10 ms\" }\n\
                [client.c]\nplace = \"a\"\narrivals = { even = \"800 /s\" }\nrequest = \"edge.go\"\n\
                [balancer.edge]\nplace = \"a\"\ntargets = [\"web\", \"new\"]\nKEYS\n\
                [server.web]\nplaces = [\"a\", \"b\"]\ninstances = 2\nworkers = 10\non.go = [ { work = \"1 ms\" } ]\n\
                [server.new]\nplace = \"a\"\nworkers = 10\non.go = [ { work = \"1 ms\" } ]\n";
    for (keys, expected) in [
        ("weights = { web = [4, 1], new = 3 }", [400.0, 100.0, 300.0]),
        ("weights = { new = 2 }", [200.0, 200.0, 400.0]),
        ("prefer_place = true", [400.0, 0.0, 400.0]),
    ] {
        let plan = plan_of(&text.replace("KEYS", keys)).unwrap();
        let mut world = World::new(&plan, 1);
        world.run(Time(10 * SECOND), u64::MAX);
        let rates = ["web[0].rate", "web[1].rate", "new.rate"].map(|name| figure(&world, name));
        for (rate, expected) in rates.into_iter().zip(expected) {
            assert!((rate - expected).abs() <= 2.0, "{keys}: {rates:?}");
        }
    }
}
