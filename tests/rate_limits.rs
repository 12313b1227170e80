//! Limits in whole scenarios: what is known exactly of them, and what becomes of those who are not let through.

use windtunnel::figures::{Catalogue, value};
use windtunnel::plan::{Document, Scenario, build};
use windtunnel::scenario::{Diagnostics, render};
use windtunnel::world::World;

/// A scenario without a network.
fn scenario(text: &str) -> Scenario {
    let text = format!("{text}\n[network]\nround_trip = {{ within = \"0 s\" }}\n");
    let mut diagnostics = Diagnostics::new();
    let (sources, document) = Document::parse("test.toml", &text, &[], &mut diagnostics);
    let scenario = document.and_then(|document| build(&document, None, &mut diagnostics));
    scenario.unwrap_or_else(|| panic!("{}", render(&diagnostics, &sources)))
}

/// A run of a scenario, and figures of it.
fn figures<const N: usize>(scenario: &Scenario, names: [&str; N]) -> [f64; N] {
    let mut world = World::new(&scenario.plan, 1);
    world.run_to_end();
    let catalogue = Catalogue::of(&scenario.plan);
    names.map(|name| {
        let definition = catalogue.get(name).unwrap_or_else(|| panic!("there is no metric {name}"));
        value(&world, definition.metric, world.recorder().timeline.whole()).unwrap_or(0.0)
    })
}

/// A client at a limiter in front of a server that takes no time.
fn limited(arrivals: &str, limiter: &str, rest: &str) -> Scenario {
    scenario(&format!(
        "[scenario]\nduration = \"60 s\"\n\
         [client.c]\narrivals = {arrivals}\nrequest = \"gate.go\"\nusers = {{ count = 1 }}\n\
         [rate_limiter.gate]\ntargets = [\"s\"]\n{limiter}\n\
         [server.s]\nworkers = \"unbounded\"\non.go = []\n{rest}\n"
    ))
}

/// So many, a millisecond apart, from an instant on.
fn burst(count: u32, at: &str) -> String {
    format!("{{ batches = [ {{ at = \"{at}\", count = {count}, every = \"1 ms\" }} ] }}")
}

#[test]
fn who_is_not_let_through() {
    let window = "algorithm = \"fixed_window\"\nlimit = 3\nwindow = \"10 s\"";
    let names = ["c.rate", "c.errors", "c.errors.denied", "gate.allowed", "gate.denied", "c.latency.max"];
    // limiter, further tables, requests served and failed, of which denied, allowed, denied by the limiter, the longest latency
    for (deny, rest, expected) in [
        ("", "", [3.0, 2.0, 2.0, 3.0, 2.0, 0.0]),
        // Nobody answers: the caller learns it from its timeout.
        ("deny = \"drop\"", "[call.\"c -> gate\"]\ntimeout = \"2 s\"", [3.0, 2.0, 0.0, 3.0, 2.0, 0.0]),
        // They wait for the next window, at 10 s; the first of them came at 1.003 s.
        ("deny = \"queue\"", "", [5.0, 0.0, 0.0, 5.0, 0.0, 8.997]),
        // The next window is too far away.
        ("deny = \"queue\"\nlongest_wait = \"5 s\"", "", [3.0, 2.0, 2.0, 3.0, 2.0, 0.0]),
        // Who comes again is let in as soon as there is room, if it waits for it.
        (
            "",
            "[call.\"c -> gate\"]\nretry = { attempts = 2, on = [\"denied\"], retry_after = \"obey\" }",
            [5.0, 0.0, 0.0, 5.0, 2.0, 8.997],
        ),
        (
            "",
            "[call.\"c -> gate\"]\nretry = { attempts = 2, on = [\"denied\"], retry_after = \"obey\", \
             backoff = { constant = \"1 s\" } }",
            [5.0, 0.0, 0.0, 5.0, 2.0, 9.997],
        ),
        (
            "",
            "[call.\"c -> gate\"]\nretry = { attempts = 3, on = [\"denied\"], backoff = { constant = \"1 s\" } }",
            [3.0, 2.0, 2.0, 3.0, 6.0, 0.0],
        ),
        // Who keeps to the time that it is told comes again then, without having to say so twice.
        (
            "",
            "[call.\"c -> gate\"]\nretry = { attempts = 2, retry_after = \"obey\" }",
            [5.0, 0.0, 0.0, 5.0, 2.0, 8.997],
        ),
        // A retry of other failures has nothing to do with it.
        ("", "[call.\"c -> gate\"]\nretry = { attempts = 3 }", [3.0, 2.0, 2.0, 3.0, 2.0, 0.0]),
    ] {
        let scenario = limited(&burst(5, "1 s"), &format!("{window}\n{deny}"), rest);
        let [rate, errors, denied_errors, allowed, denied, latency] = figures(&scenario, names);
        let found = [(rate * 60.0).round(), errors, denied_errors, allowed, denied, latency];
        assert_eq!(found, expected, "{deny} {rest}");
    }
}

#[test]
fn a_queue_of_permits_is_first_come_first_served_and_bounded_in_time() {
    // One permit a second, from the first on: four wait for theirs, the fifth up to 5 s. The others give up after 4.5 s.
    let limiter = "algorithm = \"token_bucket\"\nlimit = 1\nwindow = \"1 s\"\ndeny = \"queue\"\nlongest_wait = \"4.5 s\"";
    let scenario = limited(&burst(10, "1 s"), limiter, "");
    let names = [
        "gate.allowed",
        "gate.denied",
        "gate.held.max",
        "gate.gap.min",
        "c.failed.latency.max",
        "c.failed.latency.mean",
    ];
    assert_eq!(figures(&scenario, names), [5.0, 5.0, 3.996, 1.0, 4.5, 4.5]);
}

#[test]
fn retry_after_is_relayed_by_whoever_does_not_handle_the_denial() {
    // A handler asks the limiter; its caller is told when to come again, over both calls.
    for (handler, expected) in [
        ("[ { call = \"gate.check\" } ]", [2.0, 0.0]),
        // Who denies by itself does not say when.
        ("[ { call = \"gate.check\", on_denied = [ { fail = \"denied\" } ] } ]", [1.0, 1.0]),
        ("[ { call = \"gate.check\", on_denied = [ { return = \"later\" } ] } ]", [2.0, 0.0]),
    ] {
        let scenario = scenario(&format!(
            "[scenario]\nduration = \"60 s\"\n\
             [client.c]\narrivals = {}\nrequest = \"s.go\"\n\
             [server.s]\nworkers = 1\nblocking = false\non.go = {handler}\n\
             [rate_limiter.gate]\nalgorithm = \"sliding_log\"\nlimit = 1\nwindow = \"10 s\"\n\
             [call.\"c -> s\"]\nretry = {{ attempts = 2, on = [\"denied\"], retry_after = \"obey\" }}\n\
             [call.\"s -> gate\"]\ntimeout = \"1 s\"\n",
            burst(2, "1 s")
        ));
        let [rate, errors] = figures(&scenario, ["c.rate", "c.errors"]);
        assert_eq!([(rate * 60.0).round(), errors], expected, "{handler}");
    }
}

#[test]
fn rules_hold_for_whom_they_are_written() {
    // Reads 5 and writes 2 per user and window, all together 12; one of the first priority is free.
    let gate = "rules = [\n\
        { algorithm = \"fixed_window\", limit = 12, window = \"60 s\", priorities = [1] },\n\
        { algorithm = \"sliding_log\", limit = 5, window = \"60 s\", by = \"{user}\", operations = [\"read\"], priorities = [1] },\n\
        { algorithm = \"sliding_log\", limit = 2, window = \"60 s\", by = \"w {user}\", operations = [\"write\"], priorities = [1] },\n]";
    let scenario = scenario(&format!(
        "[scenario]\nduration = \"60 s\"\n\
         [client.c]\narrivals = {{ even = \"10 /s\" }}\nusers = {{ count = 3 }}\n\
         session = [ {{ call = \"gate.read\", priority = 1, on_denied = [] }}, {{ call = \"gate.write\", priority = 1, on_denied = [] }} ]\n\
         [client.first]\narrivals = {{ even = \"1 /s\" }}\nrequest = \"gate.read\"\n\
         [rate_limiter.gate]\ntargets = [\"s\"]\n{gate}\n\
         [server.s]\nworkers = \"unbounded\"\non.read = []\non.write = []\n"
    ));
    let [read, write, most] = figures(&scenario, ["s.read.rate", "s.write.rate", "gate.max_in_window"]);
    let (read, write) = ((read * 60.0).round(), (write * 60.0).round());
    assert_eq!(most, 12.0, "all together");
    assert_eq!(read + write, 12.0 + 60.0, "and those of the first priority");
    assert!((3.0..=6.0).contains(&write), "no more than 2 of each user: {write}");
}

#[test]
fn counters_of_a_store_live_and_die_there() {
    let gate = |more: &str| {
        format!(
            "algorithm = \"sliding_log\"\nlimit = 5\nwindow = \"60 s\"\ninstances = 3\nstore = \"kept\"\n{more}"
        )
    };
    let even = "{ even = \"1 /s\" }";
    let crash = "[fault.down]\nat = \"20 s\"\nfor = \"5 s\"\ncrash = [\"kept\"]";
    let cache = "[cache.kept]\ncapacity = \"10 objects\"";
    let names = ["gate.allowed", "gate.unchecked", "gate.max_in_window", "gate.overshoot"];
    for (atomicity, more, store, expected) in [
        ("atomic", "", cache.to_owned(), [5.0, 0.0, 5.0, 0.0]),
        ("none", "", cache.to_owned(), [5.0, 0.0, 5.0, 0.0]),
        ("locked", "", cache.to_owned(), [5.0, 0.0, 5.0, 0.0]),
        ("atomic", "", "[database.kept]\nworkers = 1".to_owned(), [5.0, 0.0, 5.0, 0.0]),
        ("none", "", "[database.kept]\nworkers = 1".to_owned(), [5.0, 0.0, 5.0, 0.0]),
        // What expires or is lost begins anew: after each second, or after the crash.
        ("atomic", "", format!("{cache}\nttl = \"0.5 s\""), [60.0, 0.0, 60.0, 55.0]),
        ("atomic", "", format!("{cache}\n{crash}"), [15.0, 5.0, 15.0, 10.0]),
        ("atomic", "on_store_failure = \"deny\"", format!("{cache}\n{crash}"), [10.0, 5.0, 10.0, 5.0]),
        ("none", "", format!("{cache}\n{crash}"), [15.0, 5.0, 15.0, 10.0]),
    ] {
        let scenario = limited(even, &gate(&format!("atomicity = \"{atomicity}\"\n{more}")), &store);
        assert_eq!(figures(&scenario, names), expected, "{atomicity} {more} {store}");
    }
}

#[test]
fn a_limiter_offers_nothing_that_it_asks_of_its_store() {
    // The store and its limiter go by one name; only the store can be asked to write.
    let together = scenario(
        "[scenario]\nduration = \"1 s\"\n\
             [client.c]\narrivals = { even = \"20 /s\" }\nrequest = \"all.put\"\nkeys = \"new\"\n\
             [dns.all]\ntargets = [\"gate\", \"store\"]\n\
             [rate_limiter.gate]\nalgorithm = \"fixed_window\"\nlimit = 3\nwindow = \"10 s\"\nstore = \"store\"\n\
             [cache.store]\ncapacity = \"1 k objects\"\n",
    );
    let names = ["c.rate", "c.errors", "store.put.rate", "gate.rate"];
    assert_eq!(figures(&together, names), [20.0, 0.0, 20.0, 0.0]);
}

#[test]
fn a_crash_of_an_instance_loses_its_counters() {
    let gate = "algorithm = \"sliding_log\"\nlimit = 5\nwindow = \"60 s\"";
    let crash = "[fault.down]\nat = \"20.5 s\"\nfor = \"1 s\"\ncrash = [\"gate\"]";
    let names = ["gate.allowed", "gate.max_in_window", "c.errors.refused"];
    assert_eq!(figures(&limited("{ even = \"1 /s\" }", gate, crash), names), [10.0, 10.0, 1.0]);
}

#[test]
fn a_window_begins_by_the_clock_of_the_instance() {
    // Windows of 20 s: three of them in the measured time; by a clock that is 10 s ahead, four.
    let gate = "algorithm = \"fixed_window\"\nlimit = 2\nwindow = \"20 s\"";
    let skew = "[fault.clock]\nat = \"0 s\"\nclock = [\"gate\"]\nskew = \"10 s\"";
    let even = "{ even = \"1 /s\" }";
    assert_eq!(figures(&limited(even, gate, ""), ["gate.allowed"]), [6.0]);
    assert_eq!(figures(&limited(even, gate, skew), ["gate.allowed"]), [8.0]);
}

#[test]
fn instances_hear_of_each_other() {
    // Two instances in turn, 2 per second each. After a second each knows what the other has let through.
    let gate = |sync: &str| {
        format!("algorithm = \"fixed_window\"\nlimit = 10\nwindow = \"60 s\"\ninstances = 2\n{sync}")
    };
    for (sync, most) in [("", 20.0), ("sync = \"20 ms\"", 10.0)] {
        let scenario = limited("{ even = \"4 /s\" }", &gate(sync), "");
        let [found] = figures(&scenario, ["gate.max_in_window"]);
        assert_eq!(found, most, "{sync}");
    }
    let slow = limited("{ even = \"4 /s\" }", &gate("sync = \"1 s\""), "");
    let [found] = figures(&slow, ["gate.max_in_window"]);
    assert!((10.0..=13.0).contains(&found), "limit + (n - 1) rate interval, and one: {found}");
}

#[test]
fn a_drained_limiter_is_empty() {
    let gate = "algorithm = \"token_bucket\"\nlimit = 5\nwindow = \"10 s\"\ninstances = 2";
    for more in
        ["deny = \"queue\"", "deny = \"drop\"", "sync = \"3 s\"", "store = \"kept\"\natomicity = \"locked\""]
    {
        let cache = "[cache.kept]\ncapacity = \"10 objects\"\n[call.default]\ntimeout = \"1 s\"";
        let scenario = limited("{ poisson = \"5 /s\" }", &format!("{gate}\n{more}"), cache);
        let mut world = World::new(&scenario.plan, 1);
        world.run_to_end();
        world.drain();
        assert!(world.is_empty(), "{more}");
        let conservation = world.conservation();
        assert_eq!(conservation.born, conservation.completed + conservation.failed, "{more}");
    }
}

/// Two clients that ask three times each, behind a balancer: it forwards their calls, and all come from its address.
#[test]
fn callers_are_told_apart_behind_a_balancer() {
    for (by, denied) in
        [("{caller}", [2.0, 2.0]), ("{address}", [2.0, 3.0]), ("{caller} {address}", [2.0, 2.0])]
    {
        for hop in ["", "[call.\"edge -> gate\"]\ntimeout = \"1 s\"\n"] {
            let client = |name: &str, at: &str| {
                format!("[client.{name}]\narrivals = {}\nrequest = \"edge.go\"\n", burst(3, at))
            };
            let scenario = scenario(&format!(
                "[scenario]\nduration = \"10 s\"\n{}{}[balancer.edge]\ntargets = [\"gate\"]\n{hop}\
                 [rate_limiter.gate]\ntargets = [\"s\"]\nalgorithm = \"sliding_log\"\nlimit = 1\nwindow = \"60 s\"\nby = \"{by}\"\n\
                 [server.s]\nworkers = \"unbounded\"\non.go = []\n",
                client("a", "0 s"),
                client("b", "1 s")
            ));
            assert_eq!(figures(&scenario, ["a.errors.denied", "b.errors.denied"]), denied, "{by} {hop}");
        }
    }
}
