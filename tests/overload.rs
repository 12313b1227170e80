//! What callers make of an overload, against published figures: layers of retries, budgets, back-off and jitter, fan-out, spikes and
//! triggers that last.

mod common;

use common::plan_of;
use windtunnel::figures::{Catalogue, value};
use windtunnel::plan::Plan;
use windtunnel::units::{SECOND, Time};
use windtunnel::world::World;

/// The plan of a scenario without a network.
fn plan(text: &str) -> Plan {
    let text = format!("{text}\n[network]\nround_trip = {{ within = \"0 s\" }}\n");
    plan_of(&text).unwrap_or_else(|error| panic!("{text}\n{error}"))
}

/// Figures of a run.
fn figures<const N: usize>(plan: &Plan, seed: u64, names: [&str; N]) -> [f64; N] {
    let catalogue = Catalogue::of(plan);
    let mut world = World::new(plan, seed);
    world.run_to_end();
    let whole = world.recorder().timeline.whole();
    names.map(|name| {
        let definition = catalogue.get(name).unwrap_or_else(|| panic!("there is no metric {name}"));
        value(&world, definition.metric, whole).unwrap_or_else(|| panic!("{name} has no value"))
    })
}

/// Mean and standard error.
fn mean(samples: &[f64]) -> (f64, f64) {
    let count = samples.len() as f64;
    let mean = samples.iter().sum::<f64>() / count;
    let squares: f64 = samples.iter().map(|sample| (sample - mean) * (sample - mean)).sum();
    (mean, (squares / (count - 1.0) / count).sqrt())
}

/// Each layer above a database that fails multiplies the attempts: four, sixteen, sixty-four (Beyer et al., "Site Reliability
/// Engineering", 2016, chapter 22).
#[test]
fn layers_of_retries_multiply() {
    for (layers, attempts) in [(1, 4.0), (2, 16.0), (3, 64.0)] {
        let mut text = String::from(
            "[scenario]\nduration = \"1 s\"\n[call.default]\nretry = { attempts = 4 }\n\
             [client.user]\narrivals = { batches = [ { at = \"0 s\", count = 1 } ] }\nrequest = \"l0.go\"\n",
        );
        for layer in 0..layers {
            let steps = if layer + 1 == layers {
                "{ fail = \"error\" }".to_owned()
            } else {
                format!("{{ call = \"l{}.go\" }}", layer + 1)
            };
            text += &format!("[server.l{layer}]\nworkers = 9\non.go = [ {steps} ]\n");
        }
        let caller = if layers == 1 { "user".to_owned() } else { format!("l{}", layers - 2) };
        let name = format!("call.{caller}->l{}.attempts", layers - 1);
        assert_eq!(figures(&plan(&text), 1, [&name]), [attempts], "{layers} layers");
    }
}

/// Finagle's budget lets a fifth of the calls be tried again and ten a second more, for which it remembers ten seconds (Twitter
/// 2016).
#[test]
fn a_budget_is_a_share_and_a_reserve() {
    let duration = 100.0_f64;
    // calls a second, which all fail; retries a second in the long run
    for (rate, retries) in [(200.0, 0.2 * 200.0 + 10.0), (50.0, 0.2 * 50.0 + 10.0), (5.0, 5.0)] {
        let plan = plan(&format!(
            "[scenario]\nduration = \"{duration} s\"\n\
             [client.c]\narrivals = {{ even = \"{rate} /s\" }}\nrequest = \"s.go\"\n\
             [server.s]\nworkers = 9\non.go = [ {{ fail = \"error\" }} ]\n\
             [call.\"c -> s\"]\nretry = {{ attempts = 2, budget = {{ ratio = \"20 %\", burst = 100, per_second = 10 }} }}\n"
        ));
        let [made, calls] = figures(&plan, 1, ["call.c->s.retries", "c.offered"]);
        // The bucket begins full; where it is never empty everybody is tried again.
        let bucket = if retries < rate { 100.0 } else { 0.0 };
        let exact = (retries * duration + bucket).min(calls * duration);
        assert!((made - exact).abs() <= 2.0, "{rate} /s: {made} instead of {exact}");
    }
}

/// Of those who ask many servers, some of which are slow, most have to wait; Dean and Barroso, "The Tail at Scale", 2013.
#[test]
fn many_servers_have_a_slow_one_among_them() {
    for (leaves, share, pages, slow) in [(100, 0.01, 2000, 0.634), (2000, 0.0001, 200, 0.181)] {
        let plan = plan(&format!(
            "[scenario]\nduration = \"100 s\"\n\
             [client.c]\narrivals = {{ even = \"{} /s\" }}\nrequest = \"root.page\"\n\
             [call.\"c -> root\"]\ntimeout = \"500 ms\"\n\
             [server.root]\nworkers = \"unbounded\"\n\
             on.page = [ {{ repeat = {leaves}, parallel = \"unbounded\", do = [ {{ call = \"leaf.get\" }} ] }} ]\n\
             [server.leaf]\nworkers = \"unbounded\"\n[server.leaf.on]\nget = [ {{ choose = [ \
             {{ share = \"{} %\", do = [ {{ wait = \"1 s\" }} ] }}, {{ do = [ {{ wait = \"10 ms\" }} ] }} ] }} ]\n",
            f64::from(pages) / 100.0,
            100.0 * share
        ));
        let [fast] = figures(&plan, 1, ["c.availability"]);
        let error = 3.0 * (slow * (1.0 - slow) / f64::from(pages)).sqrt();
        assert!((1.0 - fast - slow).abs() < error, "{leaves}: {} instead of {slow} +- {error}", 1.0 - fast);
    }
}

/// Clients who write the same row, which is locked optimistically, and wait so after they have lost; Brooker, "Exponential
/// Backoff and Jitter", 2015. After n failures the pause is 2^n times 5 ms before jitter, at most 2 s.
fn contention(clients: u32, pause: &str) -> Plan {
    plan(&format!(
        "[scenario]\nduration = \"300 s\"\n[lint]\nallow = [\"retry_not_idempotent\"]\n\
         [client.c]\narrivals = {{ batches = [ {{ at = \"0 s\", count = {clients} }} ] }}\n\
         keys = {{ count = 1 }}\nrequest = \"self.change\"\n\
         [server.self]\nworkers = \"unbounded\"\n\
         on.change = [ {{ call = \"rows.read\" }}, {{ call = \"guard.write\", user = \"{{value}}\" }} ]\n\
         [server.guard]\nworkers = \"unbounded\"\non.write = [ {{ call = \"rows.read\" }}, \
         {{ choose = [ {{ when = \"value != user\", do = [ {{ fail = \"conflict\" }} ] }}, {{ do = [] }} ] }}, \
         {{ call = \"rows.update\", add = 1 }} ]\n\
         [database.rows]\n\
         [call.\"c -> self\"]\nretry = {{ attempts = 10000, on = [\"conflict\"]{pause} }}\n\
         [call.\"self -> *\"]\nlatency = {{ there = {HOP}, back = {HOP} }}\n"
    ))
}

const HOP: &str = "{ normal = { mean = \"10 ms\", sd = \"2 ms\" } }";

const PAUSES: [&str; 5] = [
    "",
    ", backoff = { doubling = \"10 ms\", cap = \"2 s\" }",
    ", backoff = { doubling = \"10 ms\", cap = \"2 s\" }, jitter = \"equal\"",
    ", backoff = { doubling = \"10 ms\", cap = \"2 s\" }, jitter = \"full\"",
    ", backoff = { decorrelated = \"5 ms\", cap = \"2 s\" }",
];

/// The published figures are means of 60 trials as well, so that the difference may be that of two samples besides.
fn assert_published(clients: u32, trials: u64, table: [(f64, f64); 5]) {
    for (pause, (calls, completion)) in PAUSES.iter().zip(table) {
        let plan = contention(clients, pause);
        let runs: Vec<[f64; 3]> = (1..=trials)
            .map(|seed| {
                let names = ["call.self->guard.attempts", "c.latency.max", "rows.writes"];
                figures(&plan, seed, names)
            })
            .collect();
        assert!(runs.iter().all(|run| run[2] == f64::from(clients)), "each wins once: {pause}");
        let samples = |index: usize| runs.iter().map(|run| run[index]).collect::<Vec<f64>>();
        for (what, index, published, relative) in
            [("calls", 0, calls, 0.05), ("time", 1, completion / 1000.0, 0.1)]
        {
            let (mean, error) = mean(&samples(index));
            println!("{clients}{pause}, {what}: {mean} +- {error}, published {published}");
            let allowed = (relative * published).max(3.0 * 2.0f64.sqrt() * error);
            assert!(
                (mean - published).abs() <= allowed,
                "{clients}{pause}, {what}: {mean} instead of {published}"
            );
            assert!(error < relative * published, "{clients}{pause}, {what}: too few trials");
        }
    }
}

#[test]
fn jitter_spreads_twenty_who_contend() {
    let published = [(154.0, 602.0), (153.0, 14_756.0), (108.0, 1607.0), (100.0, 940.0), (101.0, 810.0)];
    assert_published(20, 60, published);
}

#[test]
fn jitter_spreads_a_hundred_who_contend() {
    let published =
        [(2419.0, 2031.0), (1861.0, 64_124.0), (811.0, 6524.0), (795.0, 4869.0), (1000.0, 4731.0)];
    assert_published(100, 30, published);
}

/// A hundred callers with a budget of a tenth each, of whose calls a share fails: where three retries would cost less than the
/// budget they are all made, and where they cost more there are a tenth and what the buckets held; Brooker, "Fixing retries
/// with token buckets and circuit breakers", 2022.
#[test]
fn a_budget_is_enough_for_rare_failures_and_a_bound_for_frequent_ones() {
    let (callers, duration) = (100.0, 60.0);
    for (failing, published) in [(0.05_f64, None), (0.2, Some((0.883, 1.104))), (1.0, None)] {
        let plan = plan(&format!(
            "[scenario]\nduration = \"{duration} s\"\nwarm_up = \"30 s\"\n[lint]\nallow = [\"retry_without_backoff\"]\n\
             [client.c]\narrivals = {{ users = {callers}, think = {{ exponential = \"100 ms\" }} }}\nrequest = \"s.go\"\n\
             [server.s]\nworkers = \"unbounded\"\non.go = [ {{ choose = [ {{ share = \"{} %\", \
             do = [ {{ fail = \"error\" }} ] }}, {{ do = [] }} ] }} ]\n\
             [call.\"c -> s\"]\nretry = {{ attempts = 4, budget = \"10 %\" }}\n",
            100.0 * failing
        ));
        let [success, offered, attempts] =
            figures(&plan, 1, ["c.availability", "c.offered", "call.c->s.attempts"]);
        let load = attempts / (offered * duration);
        let all = 1.0 + failing + failing.powi(2) + failing.powi(3);
        let exact_load = all.min(1.1);
        let exact_success = if all < 1.1 { 1.0 - failing.powi(4) } else { (1.0 - failing) * exact_load };
        println!("{failing}: {success} of {exact_success}, {load} of {exact_load}");
        assert!((success - exact_success).abs() < 0.005, "{failing}: {success} instead of {exact_success}");
        assert!((load - exact_load).abs() < 0.006, "{failing}: {load} instead of {exact_load}");
        if let Some((published_success, published_load)) = published {
            assert!((success - published_success).abs() < 0.01 && (load - published_load).abs() < 0.01);
        }
    }
}

/// A server that takes 1 s and a hundredth for everybody who is there, 40 requests a second, and 80 for five seconds; who waits
/// for 3 s comes again up to twice. The share that succeeds after 120 s; Brooker, "What is backoff for?", 2022.
fn after_the_spike(pause: &str, seed: u64) -> f64 {
    let plan = plan(&format!(
        "[scenario]\nduration = \"140 s\"\n[lint]\nallow = [\"retry_without_backoff\"]\n\
         [client.c]\nrequest = \"s.go\"\narrivals = {{ poisson = \"40 /s\", \
         profile = [[\"0 s\", 1], [\"20 s\", 1], [\"20 s\", 2], [\"25 s\", 2], [\"25 s\", 1]] }}\n\
         [server.s]\nworkers = \"unbounded\"\non.go = [ {{ wait = \"= 1 s + concurrency * 10 ms\" }} ]\n\
         [call.\"c -> s\"]\ntimeout = \"3 s\"\nretry = {{ attempts = 3{pause} }}\n\
         latency = {{ there = {{ exponential = \"100 ms\" }}, back = {{ exponential = \"100 ms\" }} }}\n"
    ));
    let mut world = World::new(&plan, seed);
    world.run(Time(120 * SECOND), u64::MAX);
    let before = world.conservation();
    world.run_to_end();
    let after = world.conservation();
    let (completed, failed) = (after.completed - before.completed, after.failed - before.failed);
    completed as f64 / (completed + failed) as f64
}

#[test]
fn a_spike_ends_where_retries_wait() {
    let backoff = ", backoff = { doubling = \"20 s\", cap = \"40 s\" }, jitter = \"full\"";
    let collapsed = (1..=20).filter(|seed| after_the_spike("", *seed) < 0.5).count();
    assert!(collapsed > 10, "most never recover: {collapsed} of 20");
    for seed in 1..=10 {
        let share = after_the_spike(backoff, seed);
        assert!(share > 0.99, "seed {seed}: {share}");
    }
}

/// Whether a server that is slower for some seconds carries its load a minute later. It can do 400 a second; everybody tries three
/// times, for a second each.
fn recovers(lasts: f64, slowness: f64, load: f64) -> bool {
    let plan = plan(&format!(
        "[scenario]\nduration = \"10 s\"\nwarm_up = \"75 s\"\n[lint]\nallow = [\"retry_without_backoff\"]\n\
         [client.c]\narrivals = {{ poisson = \"{load} /s\" }}\nrequest = \"s.go\"\n\
         [server.s]\nworkers = 4\non.go = [ {{ work = {{ exponential = \"10 ms\" }} }} ]\n\
         [call.\"c -> s\"]\ntimeout = \"1 s\"\nretry = {{ attempts = 3 }}\n\
         [fault.trigger]\nat = \"-70 s\"\nfor = \"{lasts} s\"\nslow = [\"s\"]\nfactor = {slowness}\n"
    ));
    let [availability] = figures(&plan, 1, ["c.availability"]);
    assert!(!(0.1..0.9).contains(&availability), "it does or does not: {availability}");
    availability > 0.9
}

/// The length, the strength and the load decide, each on its own (Huang et al., "Metastable Failures in the Wild", 2022).
#[test]
fn what_is_a_little_less_is_survived() {
    assert!(!recovers(10.0, 5.0, 200.0), "ten seconds of a fifth of the speed");
    assert!(recovers(1.5, 5.0, 200.0), "less time");
    assert!(recovers(10.0, 1.6, 200.0), "more speed: five eighths are more than what is asked for");
    assert!(recovers(10.0, 5.0, 120.0), "less load: three attempts of everybody are less than it can do");
}
