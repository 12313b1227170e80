//! The simulator against queueing theory: whatever is known exactly has to come out.
//!
//! Each test states a scenario, the exact value of a figure, and how near the runs have to come. The runs are replications
//! with fixed seeds; the exact value has to lie in the 99.73 % interval (three standard errors, by Student's t) around their
//! mean, and the interval has to be narrow enough that a wrong value falls out of it. Where a law holds on each path, not only
//! in the mean, the tolerance follows from the law itself.

#[path = "common/replications.rs"]
mod replications;

use replications::{
    EXPONENTIAL, REPLICATIONS, assert_figures, assert_mean, figure, poisson, replicate, scenario, station,
};
use windtunnel::figures::{Catalogue, laws};
use windtunnel::measure::histogram::Histogram;
use windtunnel::plan::Scenario;
use windtunnel::theory::priorities::{Class, non_preemptive_waits, preemptive_sojourns};
use windtunnel::theory::stations::{
    MultiServer, Order, bounded, bounded_deterministic, erlang_b, general_wait, wait_variance,
};
use windtunnel::theory::{calls, networks, parallel};
use windtunnel::units::{SECOND, Span, Time};
use windtunnel::world::World;

/// The waits at the only operation of the only server.
fn waits(world: &World<'_>) -> Histogram {
    let mut waits = Histogram::default();
    world.recorder().entries[0].wait[1..].iter().for_each(|segment| waits.merge(segment));
    waits
}

/// The share of zeros, by bisection over the ranks.
fn share_of_zeros(histogram: &Histogram) -> f64 {
    let (mut zeros, mut beyond) = (0, histogram.count() + 1);
    while beyond - zeros > 1 {
        let rank = zeros + (beyond - zeros) / 2;
        let quantile = (rank as f64 - 0.5) / histogram.count() as f64;
        if histogram.value_at(quantile) == Some(0) { zeros = rank } else { beyond = rank }
    }
    zeros as f64 / histogram.count() as f64
}

/// The mean square [s^2]: the integral of the squared quantiles by trapezoids over a ladder that is fine in the tail.
fn mean_square(histogram: &Histogram) -> f64 {
    let steps = histogram.ladder();
    let square = |value: u64| (value as f64 / SECOND as f64) * (value as f64 / SECOND as f64);
    let inner: f64 = steps
        .windows(2)
        .map(|pair| (pair[1].0 - pair[0].0) * 0.5 * (square(pair[0].1) + square(pair[1].1)))
        .sum();
    let (first, last) = (steps[0], steps[steps.len() - 1]);
    inner + first.0 * square(first.1) + (1.0 - last.0) * square(last.1)
}

#[test]
fn one_worker() {
    // Exact by hand: a sojourn is exponential with mean 1 / (1 - r).
    for (load, mean, p99, duration) in
        [(0.5, 2.0, 9.210_34, 60_000), (0.8, 5.0, 23.025_85, 80_000), (0.9, 10.0, 46.051_7, 120_000)]
    {
        let queue = MultiServer::new(load, 1.0, 1).unwrap();
        assert!(
            (queue.mean_sojourn() - mean).abs() < 1e-9 && (queue.sojourn_quantile(0.99) - p99).abs() < 1e-4
        );
        let scenario = station(&poisson(load), EXPONENTIAL, "workers = 1", duration);
        let precision = 0.02 + 0.2 * (load - 0.5);
        assert_figures(
            &format!("M/M/1 at {load}"),
            &scenario,
            &[
                ("c.latency.mean", mean, precision),
                ("c.latency.p99", p99, 2.5 * precision),
                ("s.wait.mean", queue.mean_wait(), 1.5 * precision),
                ("s.utilization", load, 0.01),
                ("s.queue.mean", load * queue.mean_wait(), 1.6 * precision),
            ],
        );
    }
}

#[test]
fn several_workers() {
    for (workers, load, waiting, wait) in [
        (2, 1.6, 0.711_111, 1.777_78),
        (4, 3.2, 0.596_432, 0.745_541),
        (10, 8.0, 0.409_180, 0.204_590),
        (50, 45.0, 0.363_864, 0.072_772_9),
    ] {
        let queue = MultiServer::new(load, 1.0, workers).unwrap();
        assert!((queue.wait_probability() - waiting).abs() < 1e-6 && (queue.mean_wait() - wait).abs() < 1e-5);
        // At 90 % the queue of fifty workers is as slow to forget as that of one.
        let duration = if workers == 50 { 5_000 } else { (90_000.0 / load) as u32 };
        let scenario = station(&poisson(load), EXPONENTIAL, &format!("workers = {workers}"), duration);
        let catalogue = Catalogue::of(&scenario.plan);
        let runs = replicate(&scenario, |world| {
            let of = |name| figure(world, &catalogue, name);
            [of("s.wait.mean"), of("c.latency.p99"), 1.0 - share_of_zeros(&waits(world))]
        });
        let samples = |index: usize| runs.iter().map(|run| run[index]).collect::<Vec<f64>>();
        assert_mean(&format!("M/M/{workers}, wait"), &samples(0), wait, 0.12);
        assert_mean(&format!("M/M/{workers}, p99"), &samples(1), queue.sojourn_quantile(0.99), 0.06);
        assert_mean(&format!("M/M/{workers}, P(wait)"), &samples(2), waiting, 0.06);
    }
    assert!((MultiServer::new(3.2, 1.0, 4).unwrap().sojourn_quantile(0.99) - 6.8932).abs() < 1e-4);
}

#[test]
fn lost_calls_depend_on_the_mean_length_only() {
    for (lines, load, blocked, work) in [
        (5, 3.0, 0.110_054, EXPONENTIAL),
        (5, 3.0, 0.110_054, "\"1 s\""),
        (5, 3.0, 0.110_054, "{ pareto = { min = \"0.6 s\", shape = 2.5 } }"),
        (10, 10.0, 0.214_582, EXPONENTIAL),
        (50, 40.0, 0.018_690_7, EXPONENTIAL),
    ] {
        assert!((erlang_b(lines, load).unwrap() - blocked).abs() < 1e-6);
        let duration = (90_000.0 / load) as u32;
        let scenario = station(&poisson(load), work, &format!("workers = {lines}\nqueue = 0"), duration);
        let catalogue = Catalogue::of(&scenario.plan);
        let lost = replicate(&scenario, |world| 1.0 - figure(world, &catalogue, "c.availability"));
        assert_mean(&format!("{lines} lines, {work}"), &lost, blocked, 0.08);
    }
}

#[test]
fn bounded_queues() {
    for (load, workers, room, blocked, sojourn) in
        [(0.9, 1, 10, 0.050_813_7, 4.646_6), (3.0, 4, 10, 0.024_320_9, 1.310_96)]
    {
        let queue = bounded(load, 1.0, workers, room).unwrap();
        assert!((queue.blocking - blocked).abs() < 1e-6 && (queue.mean_sojourn - sojourn).abs() < 1e-4);
        let keys = format!("workers = {workers}\nqueue = {}", room - u64::from(workers));
        let scenario = station(&poisson(load), EXPONENTIAL, &keys, (90_000.0 / load) as u32);
        assert_figures(
            &format!("M/M/{workers}/{room}"),
            &scenario,
            &[
                ("c.availability", 1.0 - blocked, 0.004),
                ("c.latency.mean", sojourn, 0.025),
                ("s.utilization", load * (1.0 - blocked) / f64::from(workers), 0.01),
            ],
        );
    }
}

#[test]
fn the_law_of_the_service_time() {
    let sigma_one = "{ lognormal = { median = \"606.530660 ms\", p99 = \"6.21116124 s\" } }";
    let laws = [
        ("\"1 s\"", 0.0, [0.5, 2.0, 4.5]),
        ("{ erlang = { mean = \"1 s\", stages = 2 } }", 0.5, [0.75, 3.0, 6.75]),
        (sigma_one, std::f64::consts::E - 1.0, [1.359_14, 5.436_56, 12.232_3]),
    ];
    for (work, scv, expected) in laws {
        for (load, wait) in [0.5, 0.8, 0.9].into_iter().zip(expected) {
            assert!((general_wait(load, 1.0, scv).unwrap() - wait).abs() < 1e-4);
            let scenario = station(&poisson(load), work, "workers = 1", 80_000);
            assert_figures(
                &format!("M/G/1 at {load}, {work}"),
                &scenario,
                &[("s.wait.mean", wait, 0.05 + 0.4 * (load - 0.5))],
            );
        }
    }
}

/// Pollaczek and Khinchine by hand: rate x E[S^2] / 2 / (1 - load), where E[S^2] of a mixture is that of its parts by shares.
#[test]
fn the_fast_path_and_the_slow_one() {
    let work = "{ mixture = [ { share = \"90 %\", of = \"0.5 s\" }, { share = \"10 %\", of = { exponential = \"5.5 s\" } } ] }";
    let square = 0.9 * 0.5 * 0.5 + 0.1 * 2.0 * 5.5 * 5.5;
    for load in [0.5, 0.8] {
        let wait = load * square / 2.0 / (1.0 - load);
        assert!((general_wait(load, 1.0, square - 1.0).unwrap() - wait).abs() < 1e-9);
        let scenario = station(&poisson(load), work, "workers = 1", 80_000);
        let what = format!("M/G/1 at {load}, two paths");
        assert_figures(&what, &scenario, &[("s.wait.mean", wait, 0.1 + 0.4 * (load - 0.5))]);
    }
}

/// Two clients of different urgency at one worker.
fn two_classes(discipline: &str) -> Scenario {
    scenario(&format!(
        "[scenario]\nduration = \"80000 s\"\nwarm_up = \"1000 s\"\n\
         [client.urgent]\narrivals = {{ poisson = \"0.3 /s\" }}\nrequest = \"s.go\"\n\
         [client.other]\narrivals = {{ poisson = \"0.5 /s\" }}\nrequest = \"s.go\"\npriority = 1\n\
         [server.s]\nworkers = 1\ndiscipline = \"{discipline}\"\non.go = [ {{ work = {EXPONENTIAL} }} ]\n"
    ))
}

#[test]
fn priorities_shift_the_wait_and_keep_its_sum() {
    let class = |lambda| Class { lambda, mean_service: 1.0, scv: 1.0 };
    let classes = [class(0.3), class(0.5)];
    let waits = non_preemptive_waits(&classes).unwrap();
    assert!((waits[0] - 1.142_86).abs() < 1e-5 && (waits[1] - 5.714_29).abs() < 1e-5);
    let sojourns: Vec<f64> = preemptive_sojourns(&classes).into_iter().map(Option::unwrap).collect();
    let fifo = MultiServer::new(0.8, 1.0, 1).unwrap().mean_sojourn();
    for (discipline, urgent, other) in [
        ("priority", waits[0] + 1.0, waits[1] + 1.0),
        ("priority_preemptive", sojourns[0], sojourns[1]),
        ("fifo", fifo, fifo),
    ] {
        // Kleinrock (1965): the sum is that of FIFO; with exponential service for preemption as well.
        let sum = 0.3 * urgent + 0.5 * other;
        assert!((sum - 0.8 * fifo).abs() < 1e-9, "{discipline}");
        let scenario = two_classes(discipline);
        let catalogue = Catalogue::of(&scenario.plan);
        let runs = replicate(&scenario, |world| {
            ["urgent.latency.mean", "other.latency.mean"].map(|name| figure(world, &catalogue, name))
        });
        let samples = |of: fn(&[f64; 2]) -> f64| runs.iter().map(of).collect::<Vec<f64>>();
        assert_mean(&format!("{discipline}, urgent"), &samples(|run| run[0]), urgent, 0.06);
        assert_mean(&format!("{discipline}, other"), &samples(|run| run[1]), other, 0.08);
        assert_mean(&format!("{discipline}, sum"), &samples(|run| 0.3 * run[0] + 0.5 * run[1]), sum, 0.07);
    }
}

#[test]
fn the_order_changes_the_variance_of_the_wait_and_not_its_mean() {
    for (discipline, order, precision) in
        [("fifo", Order::Fifo, 0.2), ("random", Order::Random, 0.2), ("lifo", Order::Lifo, 0.25)]
    {
        let scenario = station(
            &poisson(0.8),
            EXPONENTIAL,
            &format!("workers = 1\ndiscipline = \"{discipline}\""),
            40_000,
        );
        let runs = replicate(&scenario, |world| {
            let waits = waits(world);
            (waits.mean().unwrap() / SECOND as f64, mean_square(&waits))
        });
        let (means, squares): (Vec<f64>, Vec<f64>) = runs.into_iter().unzip();
        assert_mean(&format!("{discipline}, mean"), &means, 4.0, 0.07);
        let square = wait_variance(0.8, 1.0, order).unwrap() + 16.0;
        assert_mean(&format!("{discipline}, mean square"), &squares, square, precision);
    }
}

#[test]
fn sharing_a_worker_depends_on_the_mean_service_only() {
    for work in [EXPONENTIAL, "\"1 s\"", "{ hyperexponential = { mean = \"1 s\", cv = 3 } }"] {
        let scenario =
            station(&poisson(0.8), work, "workers = 1\ndiscipline = \"processor_sharing\"", 80_000);
        assert_figures(&format!("processor sharing, {work}"), &scenario, &[("c.latency.mean", 5.0, 0.1)]);
    }
}

#[test]
fn an_open_network_with_feedback() {
    let station = |external_lambda, mu, servers| networks::OpenStation { external_lambda, mu, servers };
    let stations = [station(4.0, 10.0, 1), station(0.0, 4.0, 2), station(0.0, 6.0, 1)];
    let routing = [vec![0.0, 1.0, 0.0], vec![0.0, 0.0, 0.6], vec![0.0, 0.4, 0.0]];
    let network = networks::open_network(&stations, &routing).unwrap();
    assert!((network.total_sojourn - 1.024_42).abs() < 1e-5);
    let scenario = scenario(
        r#"
        [scenario]
        duration = "8000 s"
        warm_up = "200 s"
        [client.c]
        arrivals = { poisson = "4 /s" }
        request = "web.go"
        [server.web]
        workers = 1
        blocking = false
        on.go = [ { work = { exponential = "0.1 s" } }, { call = "app.go" } ]
        [server.app]
        workers = 2
        blocking = false
        on.go = [ { work = { exponential = "0.25 s" } }, { choose = [ { share = "60 %", do = [ { call = "db.go" } ] }, { do = [] } ] } ]
        [server.db]
        workers = 1
        blocking = false
        on.go = [ { work = { exponential = "0.16666666666666666 s" } }, { choose = [ { share = "40 %", do = [ { call = "app.go" } ] }, { do = [] } ] } ]
        "#,
    );
    assert_figures(
        "Jackson",
        &scenario,
        &[
            ("c.latency.mean", network.total_sojourn, 0.02),
            ("app.rate", network.lambda[1], 0.01),
            ("db.rate", network.lambda[2], 0.015),
            ("app.wait.mean", network.sojourn[1] - 0.25, 0.05),
            ("db.wait.mean", network.sojourn[2] - 1.0 / 6.0, 0.06),
        ],
    );
}

#[test]
fn a_closed_network() {
    for (users, throughput, response) in
        [(20, 17.967_2, 0.113_14), (50, 32.467_2, 0.540_018), (100, 33.329_7, 2.000_33)]
    {
        let network = networks::closed_network(&[0.005, 0.030, 0.027], 1.0, users).unwrap();
        assert!((network.throughput - throughput).abs() < 1e-4 && (network.response - response).abs() < 1e-5);
        let scenario = scenario(&format!(
            r#"
            [scenario]
            duration = "1500 s"
            warm_up = "50 s"
            [client.c]
            arrivals = {{ users = {users}, think = {{ exponential = "1 s" }} }}
            session = [ {{ call = "cpu.go" }}, {{ call = "disk.go" }}, {{ call = "tape.go" }} ]
            [server.cpu]
            workers = 1
            on.go = [ {{ work = {{ exponential = "5 ms" }} }} ]
            [server.disk]
            workers = 1
            on.go = [ {{ work = {{ exponential = "30 ms" }} }} ]
            [server.tape]
            workers = 1
            on.go = [ {{ work = {{ exponential = "27 ms" }} }} ]
            "#
        ));
        // The rate of the disk, not that of the users, who count a request only when it is answered before the end.
        let expected = [("disk.rate", throughput, 0.01), ("c.latency.mean", response, 0.06)];
        assert_figures(&format!("{users} users"), &scenario, &expected);
    }
}

#[test]
fn the_slowest_of_several() {
    for (load, mean) in [(0.5, 2.875), (0.8, 7.0)] {
        assert!((parallel::fork_join_response(load, 1.0, 2).unwrap() - mean).abs() < 1e-9);
        let scenario = scenario(&format!(
            r#"
            [scenario]
            duration = "20000 s"
            warm_up = "1000 s"
            [client.c]
            arrivals = {{ poisson = "{load} /s" }}
            session = [ {{ all = [ [ {{ call = "left.go" }} ], [ {{ call = "right.go" }} ] ] }} ]
            [server.left]
            workers = 1
            on.go = [ {{ work = {EXPONENTIAL} }} ]
            [server.right]
            workers = 1
            on.go = [ {{ work = {EXPONENTIAL} }} ]
            "#
        ));
        assert_figures(&format!("fork-join at {load}"), &scenario, &[("c.latency.mean", mean, 0.1)]);
    }
}

#[test]
fn the_kth_of_a_hundred() {
    for (need, mean, p99) in [
        (100, 5.187_38, 9.205_37),
        (50, parallel::kth_mean(50, 100, 1.0).unwrap(), parallel::kth_quantile(50, 100, 1.0, 0.99).unwrap()),
    ] {
        assert!((parallel::kth_mean(need, 100, 1.0).unwrap() - mean).abs() < 1e-5);
        assert!((parallel::kth_quantile(need, 100, 1.0, 0.99).unwrap() - p99).abs() < 1e-5);
        let branches = vec!["[ { call = \"s.go\" } ]"; 100].join(", ");
        let scenario = scenario(&format!(
            "[scenario]\nduration = \"300 s\"\n\
             [client.c]\narrivals = {{ poisson = \"1 /s\" }}\nsession = [ {{ all = [ {branches} ], need = {need} }} ]\n\
             [server.s]\nworkers = \"unbounded\"\non.go = [ {{ work = {EXPONENTIAL} }} ]\n"
        ));
        let expected = [
            ("c.latency.mean", mean, 0.03),
            ("c.latency.p50", parallel::kth_quantile(need, 100, 1.0, 0.5).unwrap(), 0.03),
        ];
        assert_figures(&format!("{need} of 100"), &scenario, &expected);
        let latencies = replicate(&scenario, |world| world.recorder().slots[0].latency[1].clone());
        let mut all = Histogram::default();
        latencies.iter().for_each(|latency| all.merge(latency));
        // Of n independent trials the share beyond the exact percentile is 1 % within three binomial standard errors.
        let n = all.count() as f64;
        let error = 3.0 * (0.01 * 0.99 / n).sqrt();
        let at = |share: f64| all.value_at(share).unwrap() as f64 / SECOND as f64;
        assert!(
            at(0.99 - error) <= p99 && p99 <= at(0.99 + error) * 1.002,
            "{need} of 100: {} .. {}",
            at(0.99 - error),
            at(0.99 + error)
        );
    }
}

/// Poisson arrivals see time averages (Wolff 1982): of n arrivals the share that finds the worker busy differs from the share
/// of time for which it is busy by a standard error of sqrt(r (1 - r) / n) only, whatever the law of the service.
#[test]
fn poisson_arrivals_see_time_averages() {
    for work in [EXPONENTIAL, "\"1 s\"", "{ hyperexponential = { mean = \"1 s\", cv = 3 } }"] {
        let scenario = station(&poisson(0.7), work, "workers = 1", 100_000);
        let catalogue = Catalogue::of(&scenario.plan);
        let mut world = World::new(&scenario.plan, 1);
        world.run_to_end();
        let waits = waits(&world);
        let (found, busy) = (1.0 - share_of_zeros(&waits), figure(&world, &catalogue, "s.utilization"));
        let tolerance = 3.0 * (busy * (1.0 - busy) / waits.count() as f64).sqrt();
        println!("{work}: {found} of the arrivals, {busy} of the time, +- {tolerance}");
        assert!(
            (found - busy).abs() < tolerance,
            "{work}: {found} of the arrivals, {busy} of the time, +- {tolerance}"
        );
    }
    // Others do not: at even intervals of 1.5 s and with 1 s of work nobody ever finds anybody.
    let scenario = station("{ even = \"0.7 /s\" }", "\"1 s\"", "workers = 1", 1_000);
    let catalogue = Catalogue::of(&scenario.plan);
    let mut world = World::new(&scenario.plan, 1);
    world.run_to_end();
    assert_eq!(share_of_zeros(&waits(&world)), 1.0);
    assert!((figure(&world, &catalogue, "s.utilization") - 0.7).abs() < 0.002);
}

/// Completions per bin of 5 s, and how many are there at its end.
fn departures(scenario: &Scenario, bins: u64) -> Vec<(f64, f64)> {
    let mut world = World::new(&scenario.plan, 1);
    let mut before = 0;
    let bin = |index: u64| {
        world.run(Time(0) + Span(1_000 * SECOND) + Span(5 * SECOND * index), u64::MAX);
        let totals = world.conservation();
        let left = totals.completed - before;
        before = totals.completed;
        (left as f64, (totals.born - totals.completed - totals.failed) as f64)
    };
    // The first bin is all that came before.
    (0..=bins).map(bin).skip(1).collect()
}

/// Variance over mean of the counts, and the correlation of the counts with what is left behind.
fn dispersion_and_correlation(counts: &[(f64, f64)]) -> (f64, f64) {
    let n = counts.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| counts.iter().map(of).sum::<f64>() / n;
    let (left, there) = (mean(|count| count.0), mean(|count| count.1));
    let moment =
        |of: &dyn Fn(f64, f64) -> f64| counts.iter().map(|(a, b)| of(a - left, b - there)).sum::<f64>() / n;
    let (variance, spread) = (moment(&|a, _| a * a), moment(&|_, b| b * b));
    (variance / left, moment(&|a, b| a * b) / (variance * spread).sqrt())
}

/// Burke (1956): departures of M/M/c are Poisson, and those so far tell nothing about who is still there.
#[test]
fn departures_are_poisson() {
    const BINS: u64 = 20_000;
    // The index of dispersion of N Poisson counts of mean m has the standard error sqrt((2 + 1 / m) / N).
    for (workers, load) in [(1, 0.8), (4, 3.2)] {
        let scenario = station(&poisson(load), EXPONENTIAL, &format!("workers = {workers}"), 5 * BINS as u32);
        let (dispersion, correlation) = dispersion_and_correlation(&departures(&scenario, BINS));
        let tolerance = 3.0 * ((2.0 + 1.0 / (5.0 * load)) / BINS as f64).sqrt();
        println!("M/M/{workers}: {dispersion} +- {tolerance}, correlation {correlation}");
        assert!((dispersion - 1.0).abs() < tolerance, "M/M/{workers}: {dispersion}");
        assert!(correlation.abs() < 3.0 / (BINS as f64).sqrt(), "M/M/{workers}: {correlation}");
    }
    // Those of a constant service are more regular: the test can tell.
    let scenario = station(&poisson(0.8), "\"1 s\"", "workers = 1", 5 * BINS as u32);
    let (dispersion, correlation) = dispersion_and_correlation(&departures(&scenario, BINS));
    assert!(dispersion < 0.9 && correlation > 0.1, "M/D/1: {dispersion}, {correlation}");
}

/// With bounds, patience, timeouts and retries every request is somewhere, at any instant and at the end.
#[test]
fn what_comes_is_accounted_for_to_the_integer() {
    let scenario = scenario(
        r#"
        [scenario]
        duration = "100 s"
        warm_up = "10 s"
        [client.c]
        arrivals = { poisson = "100 /s" }
        request = "front.go"
        [server.front]
        workers = 8
        queue = 10
        patience = { exponential = "50 ms" }
        on.go = [ { work = { exponential = "20 ms" } }, { call = "back.go" } ]
        [server.back]
        workers = 2
        on.go = [ { work = { exponential = "25 ms" } }, { choose = [ { share = "10 %", do = [ { fail = "broken" } ] }, { do = [] } ] } ]
        [call."c -> front"]
        timeout = "200 ms"
        retry = { attempts = 2, backoff = { constant = "10 ms" } }
        [call."front -> back"]
        timeout = { exponential = "80 ms" }
        cancel = true
        "#,
    );
    let mut world = World::new(&scenario.plan, 1);
    for second in 1..=110 {
        world.run(Time(second * SECOND), u64::MAX);
        for law in laws(&world) {
            assert!(law.holds, "after {second} s: {}: {} against {}", law.name, law.left, law.right);
        }
    }
    let totals = world.conservation();
    assert!(totals.failed > 1_000 && totals.completed > 1_000, "{totals:?}");
    world.drain();
    let totals = world.conservation();
    assert!(world.is_empty());
    assert_eq!(totals.born, totals.completed + totals.failed);
}

/// With all times eight times as long everything takes eight times as long, in the same order of events; only the rounding
/// to nanoseconds differs.
#[test]
fn a_power_of_two_scales_all_times() {
    let run = |factor: u32| {
        let scenario = scenario(&format!(
            "[scenario]\nduration = \"{} s\"\n\
             [client.c]\narrivals = {{ poisson = \"{} /s\" }}\nrequest = \"s.go\"\n\
             [server.s]\nworkers = 4\nqueue = 8\non.go = [ {{ work = {{ exponential = \"{factor} s\" }} }} ]\n\
             [call.\"c -> s\"]\ntimeout = \"{} s\"\nretry = {{ attempts = 2, backoff = {{ constant = \"{factor} s\" }} }}\n",
            20_000 * factor,
            3.6 / f64::from(factor),
            2 * factor
        ));
        let mut world = World::new(&scenario.plan, 1);
        world.run_to_end();
        let mean = world.recorder().slots[0].latency[1].mean().unwrap();
        (world.events(), world.conservation(), mean)
    };
    let (events, totals, mean) = run(1);
    assert!(totals.failed > 1_000, "{totals:?}");
    for factor in [8, 1 << 10] {
        let (scaled_events, scaled_totals, scaled_mean) = run(factor);
        assert_eq!((scaled_events, scaled_totals), (events, totals), "times {factor}");
        // A nanosecond in a second.
        assert!(
            (scaled_mean / f64::from(factor) / mean - 1.0).abs() < 1e-9,
            "times {factor}: {scaled_mean} of {mean}"
        );
    }
}

/// A call that fails with probability p and is tried r more times makes (1 - p^(r+1)) / (1 - p) attempts in the mean and
/// fails for good with p^(r+1).
#[test]
fn attempts_of_calls_that_fail_independently() {
    for (failure, retries) in [(0.1, 2), (0.5, 3), (0.3, 0)] {
        let scenario = scenario(&format!(
            "[scenario]\nduration = \"100000 s\"\n\
             [client.c]\narrivals = {{ even = \"1 /s\" }}\nrequest = \"s.go\"\n\
             [server.s]\nworkers = \"unbounded\"\n\
             on.go = [ {{ choose = [ {{ share = \"{} %\", do = [ {{ fail = \"error\" }} ] }}, {{ do = [] }} ] }} ]\n\
             [call.\"c -> s\"]\nretry = {{ attempts = {}, backoff = {{ constant = \"1 ms\" }} }}\n",
            100.0 * failure,
            retries + 1
        ));
        let catalogue = Catalogue::of(&scenario.plan);
        let mut world = World::new(&scenario.plan, 1);
        world.run_to_end();
        let of = |name| figure(&world, &catalogue, name);
        let calls = of("c.offered") * 100_000.0;
        let (attempts, failed) = (of("call.c->s.attempts") / calls, 1.0 - of("c.availability"));
        let (mean, exact) = (calls::mean_attempts(failure, retries), calls::final_failure(failure, retries));
        // The number of attempts is geometric, cut off at r + 1.
        let square: f64 = (1..=retries + 1)
            .map(|made| {
                let goes_on = failure.powi(made as i32 - 1);
                let ends = if made <= retries { goes_on * (1.0 - failure) } else { goes_on };
                f64::from(made * made) * ends
            })
            .sum();
        let error = |variance: f64| 3.0 * (variance / calls).sqrt();
        println!("p {failure} r {retries}: {attempts} against {mean}, {failed} against {exact}");
        assert!(
            (attempts - mean).abs() <= error(square - mean * mean),
            "p {failure} r {retries}: {attempts} against {mean}"
        );
        assert!(
            (failed - exact).abs() < error(exact * (1.0 - exact)),
            "p {failure} r {retries}: {failed} against {exact}"
        );
    }
}

/// Over one edge copies of each call go to `copies` of `servers` stations with one worker each, without a network; what is late is cancelled.
fn redundant(edge: &str, (servers, copies): (u32, u32), cancel: &str, rate: f64, duration: u32) -> Scenario {
    scenario(&format!(
        "[scenario]\nduration = \"{duration} s\"\nwarm_up = \"1000 s\"\n\
         [client.c]\narrivals = {{ poisson = \"{rate} /s\" }}\nrequest = \"lb.go\"\n\
         [balancer.lb]\ntargets = [\"s\"]\npolicy = \"random\"\n\
         [call.\"{edge}\"]\nhedge = {{ after = \"0 s\", copies = {copies} }}\ncancel = {cancel}\n\
         [server.s]\ninstances = {servers}\nworkers = 1\non.go = [ {{ work = {EXPONENTIAL} }} ]\n"
    ))
}

/// Redundancy-d with cancellation on completion has the mean response time of Gardner et al. (2016), whether the balancer sends
/// the copies or the client does.
#[test]
fn copies_that_go_when_one_is_done() {
    for (edge, servers, copies, rate) in [
        ("lb -> s", 2, 2, 1.2),
        ("lb -> s", 4, 2, 2.8),
        ("lb -> s", 5, 3, 3.5),
        ("lb -> s", 3, 3, 2.4),
        ("c -> lb", 4, 2, 2.8),
    ] {
        let scenario = redundant(edge, (servers, copies), "true", rate, 10_000);
        let exact = calls::redundancy_response(servers, copies, rate, 1.0).expect("it is stable");
        let what = format!("{edge}: {copies} of {servers} at {rate} /s");
        assert_figures(&what, &scenario, &[("c.latency.mean", exact, 0.05)]);
    }
}

/// Copies to all stations of which only the first to begin stays are one queue before all of them, whether the balancer sends
/// the copies or the client does, with the calls that the balancer makes for them.
#[test]
fn copies_that_go_when_one_has_begun() {
    let inner = "\n[call.\"lb -> s\"]\ntimeout = \"1000 s\"";
    for (edge, inner, servers, rate) in [
        ("lb -> s", "", 2, 1.5),
        ("lb -> s", "", 4, 3.0),
        ("c -> lb", "", 4, 3.0),
        ("c -> lb", inner, 4, 3.0),
    ] {
        let cancel = format!("\"queued\"{inner}");
        let scenario = redundant(edge, (servers, servers), &cancel, rate, 10_000);
        let station = MultiServer::new(rate, 1.0, servers).expect("it is stable");
        let exact = station.mean_wait() + 1.0;
        assert_figures(
            &format!("{edge}: {servers} at {rate} /s"),
            &scenario,
            &[("c.latency.mean", exact, 0.05), ("s.utilization", rate / f64::from(servers), 0.02)],
        );
    }
}

/// A second attempt after the 95th percentile of the first: without queues the tail is S(t) S(t - d), and a twentieth of the
/// calls has a second attempt (Dean and Barroso 2013).
#[test]
fn a_hedge_cuts_the_tail() {
    let delay = -10.0 * libm::log(0.05);
    // after, relative precision: a caller that has to find the percentile out is not quite there from the start
    for (after, hedges) in [(format!("{} ms", delay), 0.03), ("p95".to_owned(), 0.05)] {
        let scenario = scenario(&format!(
            "[scenario]\nduration = \"2000 s\"\n\
             [client.c]\narrivals = {{ poisson = \"50 /s\" }}\nrequest = \"s.go\"\n\
             [call.\"c -> s\"]\nhedge = {{ after = \"{after}\" }}\n\
             [server.s]\nworkers = \"unbounded\"\non.go = [ {{ work = {{ exponential = \"10 ms\" }} }} ]\n"
        ));
        let catalogue = Catalogue::of(&scenario.plan);
        let runs = replicate(&scenario, |world| {
            ["c.latency.p99", "c.latency.p50", "call.c->s.hedges"].map(|name| figure(world, &catalogue, name))
        });
        let of =
            |index: usize| -> f64 { runs.iter().map(|run| run[index]).sum::<f64>() / REPLICATIONS as f64 };
        let p99 = calls::hedged_quantile(0.010, delay / 1000.0, 0.99);
        println!("{after}: p99 {} against {p99}, hedges {}", of(0), of(2) / 100_000.0);
        assert!((of(0) / p99 - 1.0).abs() < 0.01, "{after}: p99 {} against {p99}", of(0));
        assert!((of(1) / 0.00693 - 1.0).abs() < 0.01, "{after}: p50 {}", of(1));
        assert!((of(2) / 100_000.0 / 0.05 - 1.0).abs() < hedges, "{after}: {} hedges", of(2));
    }
}

#[test]
fn a_token_bucket_loses_what_a_bounded_queue_loses() {
    // A bucket of b tokens, one of which comes every second, and Poisson arrivals: M/D/1/b.
    for (load, burst, duration) in [(0.9, 1, 3000), (0.8, 3, 10_000), (1.2, 5, 10_000), (2.0, 20, 4000)] {
        let queue = bounded_deterministic(load, 1.0, burst).unwrap();
        let scenario = scenario(&format!(
            "[scenario]\nduration = \"{duration} s\"\nwarm_up = \"1000 s\"\n\
             [client.c]\narrivals = {{ poisson = \"{load} /s\" }}\nrequest = \"gate.check\"\n\
             [rate_limiter.gate]\nalgorithm = \"token_bucket\"\nlimit = 60\nwindow = \"1 min\"\nburst = {burst}\n"
        ));
        let expected =
            [("gate.denied_ratio", queue.blocking, 0.1), ("c.availability", 1.0 - queue.blocking, 0.05)];
        assert_figures(&format!("M/D/1/{burst} at {load}"), &scenario, &expected);
    }
}

#[test]
fn a_leaky_bucket_is_a_queue() {
    // With b places it is M/D/1/(b + 1): what it loses, and how long the others wait.
    for (load, burst, duration) in [(0.8, 4, 10_000), (1.2, 9, 10_000)] {
        let queue = bounded_deterministic(load, 1.0, burst + 1).unwrap();
        let scenario = leaky(load, burst, duration);
        let expected =
            [("gate.denied_ratio", queue.blocking, 0.1), ("gate.held.mean", queue.mean_sojourn - 1.0, 0.05)];
        assert_figures(&format!("M/D/1/{} at {load}", burst + 1), &scenario, &expected);
    }
    // With room for all it is M/D/1, whose wait its callers feel.
    let wait = general_wait(0.8, 1.0, 0.0).unwrap();
    let expected = [("gate.held.mean", wait, 0.08), ("c.latency.mean", wait, 0.08)];
    assert_figures("M/D/1", &leaky(0.8, 100_000, 15_000), &expected);
}

fn leaky(load: f64, burst: u32, duration: u32) -> Scenario {
    scenario(&format!(
        "[scenario]\nduration = \"{duration} s\"\nwarm_up = \"1000 s\"\n\
         [client.c]\narrivals = {{ poisson = \"{load} /s\" }}\nrequest = \"gate.check\"\n\
         [rate_limiter.gate]\nalgorithm = \"leaky_bucket\"\nlimit = 1\nwindow = \"1 s\"\nburst = {burst}\n"
    ))
}
