//! Means of figures over some runs, next to exact values.

use crate::runs::figures;

/// Asserts a figure's mean over some seeds, which is to be exact to a relative precision.
pub(crate) fn assert_mean(text: &str, name: &str, seeds: u64, exact: f64, precision: f64) {
    let runs: Vec<f64> = (1..=seeds).map(|seed| figures(text, seed, [name])[0]).collect();
    let mean = runs.iter().sum::<f64>() / runs.len() as f64;
    println!("{name}: {mean:.5}, exact {exact:.5}");
    assert!((mean / exact - 1.0).abs() < precision, "{name}: {mean} instead of {exact}");
}
