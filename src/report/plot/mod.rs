//! Draws results as pictures, each as SVG text and PNG bytes, without a font or a file of the system.
//!
//! Equal results have equal pictures, to the byte, on every machine. One file per picture: `latency` (percentiles
//! over time), `distribution` (latency against 1/(1 - p)), `throughput` (requests offered, completed and failed),
//! `load` (utilisation and queues) and `components` (what only some kinds show). What they share: `faults` (shaded windows), `sheet` (the form), `axis` (scales and round values), `line`
//! (thinning and dashes), `canvas` (the two outputs) and `text` (the font).

mod axis;
mod canvas;
mod components;
mod distribution;
mod faults;
mod latency;
mod line;
mod load;
mod sheet;
mod storm;
mod text;
mod throughput;

use crate::results::{ClientSeries, FaultShape, Ladder, Series};
use canvas::Canvas;
use sheet::{Panel, Sheet};
pub use storm::storm;

/// A picture, 1200 pixels wide.
pub struct Picture {
    /// The name of its files without the extension.
    pub stem: &'static str,
    canvas: Canvas,
    /// Width and height [px].
    size: (u32, u32),
}

impl Picture {
    /// The picture as an SVG document.
    pub fn svg(&self) -> String {
        self.canvas.svg(self.size)
    }

    /// The picture as a PNG file.
    pub fn png(&self) -> Vec<u8> {
        self.canvas.png(self.size)
    }
}

/// All pictures of one run. The subject, usually the title of the scenario, stands beside the name of the picture.
pub fn pictures(subject: &str, series: &Series, ladders: &[Ladder], faults: &[FaultShape]) -> Vec<Picture> {
    let mut pictures = vec![
        latency::draw(subject, series, faults),
        distribution::draw(subject, &[("", ladders)]),
        throughput::draw(subject, series, faults),
        load::draw(subject, series, faults),
    ];
    pictures.extend(components::draw(subject, series, faults));
    pictures
}

/// The latency distributions of several runs over each other; each run has a label.
pub fn compared_distributions(subject: &str, runs: &[(&str, &[Ladder])]) -> Picture {
    distribution::draw(subject, runs)
}

/// Pictures with more panels than this are higher than a screen.
const MOST_CLIENTS: usize = 6;

/// The windows of time that are shown: those that end after the warm-up.
struct Windows {
    /// How many windows are not shown because they belong to the warm-up.
    hidden: usize,
    /// The edges of the shown ones \[s\], the first at 0 or later.
    edges: Vec<f64>,
    /// The end of the run \[s\]; 0 when nothing is shown.
    end: f64,
}

impl Windows {
    fn of(series: &Series) -> Windows {
        let hidden = series.edges.iter().skip(1).take_while(|end| **end <= 0.0).count();
        let edges: Vec<f64> = series.edges.iter().skip(hidden).map(|edge| edge.max(0.0)).collect();
        let end = edges.last().copied().filter(|end| end.is_finite()).unwrap_or(0.0);
        Windows { hidden, edges, end }
    }

    /// The values of the shown windows, each in the middle of its window; the first and the last reach to the ends.
    fn points(&self, values: &[f64]) -> Vec<(f64, f64)> {
        let shown = values.iter().skip(self.hidden);
        let middles = self.edges.windows(2).map(|pair| pair[0] + (pair[1] - pair[0]) / 2.0);
        let mut points: Vec<(f64, f64)> = middles.zip(shown.copied()).collect();
        if let (Some(first), Some(last)) = (points.first().copied(), points.last().copied()) {
            points.insert(0, (self.edges[0], first.1));
            points.push((self.end, last.1));
        }
        points
    }

    /// The integral of what [`Windows::points`] gave, over time.
    fn total(&self, points: &[(f64, f64)]) -> f64 {
        let middles = points.iter().skip(1).zip(self.edges.windows(2));
        middles.map(|(point, edges)| point.1 * (edges[1] - edges[0])).filter(|area| area.is_finite()).sum()
    }
}

/// The clients with the most requests, in the order of the series, and how many others there are.
fn busiest_clients(series: &Series) -> (Vec<&ClientSeries>, usize) {
    let windows = Windows::of(series);
    if windows.end <= 0.0 {
        return (Vec::new(), 0);
    }
    let offered = |client: &ClientSeries| windows.total(&windows.points(&client.offered));
    let mut ranked: Vec<(usize, &ClientSeries)> = series.clients.iter().enumerate().collect();
    ranked.sort_by(|a, b| offered(b.1).total_cmp(&offered(a.1)).then(a.0.cmp(&b.0)));
    let hidden = ranked.len().saturating_sub(MOST_CLIENTS);
    ranked.truncate(MOST_CLIENTS);
    ranked.sort_by_key(|(index, _)| *index);
    (ranked.into_iter().map(|(_, client)| client).collect(), hidden)
}

/// The height [px] of one of so many panels.
fn panel_height(panels: usize) -> f64 {
    match panels {
        0 | 1 => 400.0,
        2 => 230.0,
        _ => 175.0,
    }
}

impl Sheet {
    /// Ends a picture of panels over time, whose last one is given, with its axis and what is not shown.
    fn close(&mut self, last: Option<(Panel, &str)>, hidden: usize, kind: &str) {
        match last {
            Some((panel, unit)) => self.horizontal_axis(&panel, &format!("time [{unit}]")),
            None => self.note(&format!("There are no {kind} to show.")),
        }
        if hidden > 0 {
            self.note(&format!("{hidden} more {kind} not shown"));
        }
    }
}

#[cfg(test)]
mod tests;
