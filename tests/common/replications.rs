//! Replications against exact values.
//!
//! The exact value has to lie in the 99.73 % interval (three standard errors, by Student's t) around the mean of runs with fixed
//! seeds, and the interval has to be narrow enough that a wrong value falls out of it.

use windtunnel::figures::{Catalogue, value};
use windtunnel::plan::{Document, Scenario, build};
use windtunnel::scenario::{Diagnostics, render};
use windtunnel::theory::intervals::student_quantile;
use windtunnel::world::World;

/// How often each scenario is run.
pub(crate) const REPLICATIONS: u64 = 20;

/// The probability that the interval covers the true mean: three standard errors of a normal mean.
pub(crate) const COVERAGE: f64 = 0.9973;

/// A scenario without a network.
pub(crate) fn scenario(text: &str) -> Scenario {
    let text = format!("{text}\n[network]\nround_trip = {{ within = \"0 s\" }}\n");
    let mut diagnostics = Diagnostics::new();
    let (sources, document) = Document::parse("test.toml", &text, &[], &mut diagnostics);
    let scenario = document.and_then(|document| build(&document, None, &mut diagnostics));
    scenario.unwrap_or_else(|| panic!("{}", render(&diagnostics, &sources)))
}

/// One client `c` that calls `s.go`, a server with this work and these further keys.
pub(crate) fn station(arrivals: &str, work: &str, keys: &str, duration: u32) -> Scenario {
    scenario(&format!(
        "[scenario]\nduration = \"{duration} s\"\nwarm_up = \"1000 s\"\n\
         [client.c]\narrivals = {arrivals}\nrequest = \"s.go\"\n\
         [server.s]\non.go = [ {{ work = {work} }} ]\n{keys}\n"
    ))
}

pub(crate) fn poisson(rate: f64) -> String {
    format!("{{ poisson = \"{rate} /s\" }}")
}

pub(crate) const EXPONENTIAL: &str = "{ exponential = \"1 s\" }";

/// The same figures of each replication.
pub(crate) fn replicate<T>(scenario: &Scenario, read: impl Fn(&World<'_>) -> T) -> Vec<T> {
    let one = |seed| {
        let mut world = World::new(&scenario.plan, seed);
        world.run_to_end();
        read(&world)
    };
    (1..=REPLICATIONS).map(one).collect()
}

/// A figure of the measured time.
pub(crate) fn figure(world: &World<'_>, catalogue: &Catalogue, name: &str) -> f64 {
    let definition = catalogue.get(name).unwrap_or_else(|| panic!("there is no metric {name}"));
    value(world, definition.metric, world.recorder().timeline.whole())
        .unwrap_or_else(|| panic!("{name} has no value"))
}

/// Asserts that the exact value lies in the interval of the samples, and that the interval is narrower than `precision`
/// times the value on either side.
pub(crate) fn assert_mean(what: &str, samples: &[f64], exact: f64, precision: f64) {
    let count = samples.len() as f64;
    let mean = samples.iter().sum::<f64>() / count;
    let squares: f64 = samples.iter().map(|sample| (sample - mean) * (sample - mean)).sum();
    let standard_error = (squares / (count - 1.0) / count).sqrt();
    let half_width = student_quantile(0.5 + 0.5 * COVERAGE, count - 1.0) * standard_error;
    println!("{what}: {mean:.6} +- {half_width:.6}, exact {exact:.6}");
    assert!((mean - exact).abs() <= half_width, "{what}: {mean} +- {half_width} instead of {exact}");
    assert!(
        half_width <= precision * exact.abs(),
        "{what}: {half_width} is too wide to say anything about {exact}"
    );
}

/// Asserts the exact values of figures of one scenario.
pub(crate) fn assert_figures(what: &str, scenario: &Scenario, expected: &[(&str, f64, f64)]) {
    let catalogue = Catalogue::of(&scenario.plan);
    let runs = replicate(scenario, |world| {
        expected.iter().map(|(name, _, _)| figure(world, &catalogue, name)).collect::<Vec<f64>>()
    });
    for (index, (name, exact, precision)) in expected.iter().enumerate() {
        let samples: Vec<f64> = runs.iter().map(|run| run[index]).collect();
        assert_mean(&format!("{what}, {name}"), &samples, *exact, *precision);
    }
}
