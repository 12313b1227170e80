//! Latency against 1/(1 - p): the whole distribution, with the slowest requests as wide as the others.
//!
//! The form is that of Gil Tene's HdrHistogram: each step to the right is ten times as rare.

use super::super::colour::{Stroke, colour_of};
use super::Picture;
use super::axis::Axis;
use super::sheet::{Panel, Sheet, Sign};
use crate::results::Ladder;

const HEIGHT: f64 = 400.0;

/// More lines than this cannot be told apart.
const MOST_LINES: usize = 10;

/// One line of the picture.
struct Curve<'a> {
    run: &'a str,
    name: &'a str,
    stroke: Stroke,
    points: Vec<(f64, f64)>,
}

/// Draws every ladder of every labelled run; a client keeps its colour, the pattern of its line tells the run.
pub(super) fn draw(subject: &str, runs: &[(&str, &[Ladder])]) -> Picture {
    let mut sheet = Sheet::new("Latency distribution", subject);
    let mut curves = curves(runs);
    if curves.is_empty() {
        sheet.note("No request was completed.");
        return sheet.finish("distribution");
    }
    let hidden = curves.len().saturating_sub(MOST_LINES);
    curves.truncate(MOST_LINES);
    let all = || curves.iter().flat_map(|curve| &curve.points);
    let rarest = all().map(|point| point.0).fold(0.0, f64::max);
    let lowest = all().map(|point| point.1).filter(|latency| *latency > 0.0).fold(f64::INFINITY, f64::min);
    let highest = all().map(|point| point.1).fold(0.0, f64::max);
    let y = Axis::latency(lowest, highest, Panel::room(HEIGHT));
    let heading = "latency that this share of the requests does not exceed";
    let panel = sheet.panel(heading, HEIGHT, Axis::tail(rarest), y);
    sheet.grid(&panel);
    for curve in &curves {
        sheet.line(&panel, &curve.points, curve.stroke);
    }
    sheet.horizontal_axis(&panel, "share of requests");
    let mut entries = legend(&curves);
    if hidden > 0 {
        entries.push((Sign::Note, format!("{hidden} more not shown")));
    }
    sheet.legend(&panel, &entries);
    sheet.finish("distribution")
}

fn curves<'a>(runs: &[(&'a str, &'a [Ladder])]) -> Vec<Curve<'a>> {
    let mut curves: Vec<Curve> = Vec::new();
    for (run, ladders) in runs {
        for ladder in *ladders {
            let points = points(ladder);
            if points.is_empty() {
                continue;
            }
            let colour = colour_of(&ladder.name);
            let pattern = curves.iter().filter(|curve| curve.stroke.colour == colour).count();
            curves.push(Curve { run, name: &ladder.name, stroke: Stroke { colour, pattern }, points });
        }
    }
    curves
}

/// The names of the clients under that of their run; only those of the runs, or only those of the clients, where these
/// suffice.
fn legend(curves: &[Curve]) -> Vec<(Sign, String)> {
    let one_client = curves.iter().all(|curve| curve.name == curves[0].name);
    let one_run = curves.iter().all(|curve| curve.run == curves[0].run);
    let mut entries = Vec::new();
    for group in curves.chunk_by(|a, b| a.run == b.run) {
        if !one_client && !one_run {
            entries.push((Sign::Note, format!("{}:", group[0].run)));
        }
        for curve in group {
            let name = if one_client && !one_run { curve.run } else { curve.name };
            entries.push((Sign::Line(curve.stroke), name.to_owned()));
        }
    }
    entries
}

/// The steps as (1/(1 - p), latency), without what is no number.
fn points(ladder: &Ladder) -> Vec<(f64, f64)> {
    let steps =
        ladder.steps.iter().filter(|(share, latency)| (0.0..1.0).contains(share) && latency.is_finite());
    steps.map(|(share, latency)| (1.0 / (1.0 - share), *latency)).collect()
}
