//! Breakdowns and repairs against theory: whatever is known exactly of systems that fail has to come out.

#[path = "common/replications.rs"]
mod replications;

use replications::{EXPONENTIAL, assert_figures, assert_mean, figure, poisson, replicate, scenario, station};
use windtunnel::figures::Catalogue;
use windtunnel::plan::Scenario;
use windtunnel::units::{SECOND, Time};
use windtunnel::world::World;

/// A campaign against all of `s`.
fn campaign(condition: &str, mttf: &str, mttr: &str) -> String {
    format!("[campaign.breakdown]\n{condition} = \"s\"\nmttf = {mttf}\nmttr = {mttr}\n")
}

fn exponential(mean: f64) -> String {
    format!("{{ exponential = \"{mean} s\" }}")
}

/// M/M/1 whose server breaks down at rate f, also while it is idle, and is repaired at rate r; interrupted work resumes (White
/// and Christie 1958; Avi-Itzhak and Naor 1963, model A). With the generating functions P of the number present while it is up
/// and Q while it is down,
///
///   (r + λ (1 - z)) Q = f P   and   P (μ - λ z - f λ z / (r + λ (1 - z))) = μ p0,
///
/// so that P(1) = A = r / (r + f), p0 = A - λ / μ, and P'(1) + Q'(1) is the mean number present
///
///   λ ((r + f)^2 + f μ) / ((r + f) (r μ - (r + f) λ)).
///
/// Exponential work has no memory, so that every order has the same mean, and so has sharing.
#[test]
fn work_that_breakdowns_interrupt_resumes() {
    let (lambda, mu) = (0.5, 1.0);
    for (to_failure, to_repair, exact) in [(20.0, 5.0, 6.0), (2.0, 0.5, 3.6), (100.0, 10.0, 4.464_646)] {
        let (f, r) = (1.0 / to_failure, 1.0 / to_repair);
        let both: f64 = r + f;
        let present = lambda * (both * both + f * mu) / (both * (r * mu - both * lambda));
        let sojourn = present / lambda;
        assert!((sojourn - exact).abs() < 1e-5, "{sojourn}");
        for discipline in ["fifo", "lifo", "priority_preemptive", "processor_sharing"] {
            let keys = format!(
                "workers = 1\ndiscipline = \"{discipline}\"\n{}",
                campaign("pause", &exponential(to_failure), &exponential(to_repair))
            );
            let scenario = station(&poisson(lambda), EXPONENTIAL, &keys, 60_000);
            assert_figures(
                &format!("{discipline}, fails after {to_failure} s"),
                &scenario,
                &[("c.latency.mean", sojourn, 0.1)],
            );
        }
    }
}

/// M/M/1 whose server crashes at rate f, which everybody present perishes in, and restarts at rate r; who comes meanwhile is refused
/// (queues with disasters: Towsley and Tripathi 1991; Jain and Sigman 1996). While it is up, the number present is geometric:
/// with z the larger root of λ z^2 - (λ + f + μ) z + μ = 0, P(n) = (1 - 1 / z) z^-n. So it is busy for 1 / z of the time that it is
/// up, and μ A / z are served per second, of λ who come.
#[test]
fn crashes_are_disasters() {
    let (lambda, mu) = (0.8, 1.0);
    for (to_failure, to_repair) in [(20.0, 5.0), (5.0, 5.0), (200.0, 2.0)] {
        let (f, r): (f64, f64) = (1.0 / to_failure, 1.0 / to_repair);
        let middle: f64 = lambda + f + mu;
        let root = (middle + (middle * middle - 4.0 * lambda * mu).sqrt()) / (2.0 * lambda);
        let up = r / (r + f);
        assert!(to_failure != 20.0 || (root - 1.451_06).abs() < 1e-5, "{root}");
        for discipline in ["fifo", "random", "priority_preemptive", "processor_sharing"] {
            let keys = format!(
                "workers = 1\ndiscipline = \"{discipline}\"\n{}",
                campaign("crash", &exponential(to_failure), &exponential(to_repair))
            );
            let scenario = station(&poisson(lambda), EXPONENTIAL, &keys, 30_000);
            assert_figures(
                &format!("{discipline}, crashes after {to_failure} s"),
                &scenario,
                &[("s.utilization", 1.0 / root, 0.03), ("c.availability", mu * up / (root * lambda), 0.03)],
            );
        }
    }
}

/// Nodes that fail and are repaired, and next to nobody who asks them.
fn nodes(count: u32, mttf: &str, mttr: &str, duration: u32) -> Scenario {
    scenario(&format!(
        "[scenario]\nduration = \"{duration} s\"\nwarm_up = \"1000 s\"\n\
         [client.c]\narrivals = {{ even = \"0.001 /s\" }}\nrequest = \"s.go\"\n\
         [server.s]\ninstances = {count}\nworkers = 1\non.go = []\n{}",
        campaign("crash", mttf, mttr)
    ))
}

/// The share of the measured time in which an instance with one worker was down, over all instances.
fn share_down(world: &World<'_>, component: &str) -> f64 {
    let plan = world.plan();
    let index = plan.components.iter().position(|known| known.name == component).expect("it is known");
    let timeline = &world.recorder().timeline;
    let measured = (0..timeline.cells()).filter(|cell| timeline.is_measured(*cell));
    let there: u128 = measured.map(|cell| world.recorder().loads[index][cell].workers).sum();
    let instances = plan.components[index].instances.1;
    1.0 - there as f64 / (timeline.end().since(timeline.start()).0 as f64 * f64::from(instances))
}

/// A renewal process is up for mttf / (mttf + mttr) of the time, whatever the laws. A Weibull time to failure of scale 20 s has the
/// mean 20 s * Γ(1 + 1 / shape): 40 s for shape 1/2, 17.7245 s for shape 2.
#[test]
fn the_availability_of_a_node_depends_on_the_means_only() {
    for (mttf, mttr, exact) in [
        ("{ exponential = \"99 s\" }", "{ exponential = \"1 s\" }", 0.01),
        ("\"30 s\"", "{ exponential = \"10 s\" }", 0.25),
        ("{ weibull = { scale = \"20 s\", shape = 0.5 } }", "\"10 s\"", 0.2),
        (
            "{ weibull = { scale = \"20 s\", shape = 2 } }",
            "{ uniform = [\"1 s\", \"9 s\"] }",
            5.0 / 22.724_539,
        ),
        ("{ exponential = \"5 s\" }", "{ lognormal = { mean = \"5 s\", p99 = \"30 s\" } }", 0.5),
    ] {
        let scenario = nodes(2, mttf, mttr, 50_000);
        let down = replicate(&scenario, |world| share_down(world, "s"));
        assert_mean(&format!("fails after {mttf}, well after {mttr}"), &down, exact, 0.06);
    }
}

/// Poisson arrivals see time averages: who comes is refused as often as the node is down.
#[test]
fn who_comes_is_refused_while_the_node_is_down() {
    let keys = format!("workers = \"unbounded\"\n{}", campaign("crash", &exponential(30.0), "\"10 s\""));
    let scenario = station(&poisson(2.0), "\"0 s\"", &keys, 20_000);
    assert_figures("refused", &scenario, &[("c.availability", 0.75, 0.02)]);
}

/// Nodes fail independently, so that the number of those that are up is binomial: of 3 nodes that are up for 99 % of the time a
/// majority is for 3 A^2 - 2 A^3, of 5 nodes for 10 A^3 - 15 A^4 + 6 A^5.
#[test]
fn majorities_are_more_available_than_nodes() {
    let a: f64 = 0.99;
    for (count, duration, exact, precision) in [
        (3_u32, 100_000, 1.0 - (3.0 * a.powi(2) - 2.0 * a.powi(3)), 0.2),
        (5, 200_000, 1.0 - (10.0 * a.powi(3) - 15.0 * a.powi(4) + 6.0 * a.powi(5)), 0.9),
    ] {
        let scenario = nodes(count, "{ exponential = \"99 s\" }", "{ exponential = \"1 s\" }", duration);
        let first = scenario.plan.instances.len() - count as usize;
        let lost = |seed| {
            let mut world = World::new(&scenario.plan, seed);
            let (start, step) = (scenario.plan.timeline.start(), SECOND / 2);
            let samples = u64::from(duration) * SECOND / step;
            let is_lost = |sample: &u64| {
                world.run(Time(start.0 + sample * step), u64::MAX);
                let down: u32 = world.stations()[first..].iter().map(|station| station.levels.down).sum();
                2 * down > count
            };
            (0..samples).filter(is_lost).count() as f64 / samples as f64
        };
        let shares: Vec<f64> = (1..=20).map(lost).collect();
        assert_mean(&format!("no majority of {count}"), &shares, exact, precision);
    }
    // Of one node it is known from its own figure, too.
    let scenario = nodes(1, "{ exponential = \"99 s\" }", "{ exponential = \"1 s\" }", 1_000);
    let catalogue = Catalogue::of(&scenario.plan);
    let mut world = World::new(&scenario.plan, 1);
    world.run_to_end();
    assert_eq!(figure(&world, &catalogue, "s.utilization"), 0.0);
}
