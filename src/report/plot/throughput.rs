//! What became of the load: requests offered, completed, and failed by reason, a panel for each client.

use super::super::colour::{Colour, Stroke, colour_of_reason};
use super::axis::{Axis, amount};
use super::sheet::{Panel, Sheet, Sign};
use super::{Picture, Windows, busiest_clients, panel_height};
use crate::results::{FaultShape, Series};

const COMPLETED: Colour = Colour(0xA9, 0xC9, 0xE3);
const OFFERED: Stroke = Stroke { colour: Colour::INK, pattern: 0 };

/// Draws completed and failed requests on top of each other, under the line of what was offered: a request that is
/// neither is still on its way.
pub(super) fn draw(subject: &str, series: &Series, faults: &[FaultShape]) -> Picture {
    let windows = Windows::of(series);
    let mut sheet = Sheet::over_time("Throughput and errors", subject, faults, windows.end);
    let (clients, hidden) = busiest_clients(series);
    let height = panel_height(clients.len());
    let mut last = None;
    for client in &clients {
        let mut layers = vec![("completed", COMPLETED, windows.points(&client.rate))];
        let mut colours = Vec::new();
        for (reason, rates) in &client.errors {
            let colour = colour_of_reason(reason);
            let before = colours.iter().filter(|earlier| **earlier == colour).count();
            colours.push(colour);
            layers.push((reason, colour.lighter(0.4 * before.min(2) as f64), windows.points(rates)));
        }
        let shares = shares(&layers.iter().map(|layer| windows.total(&layer.2)).collect::<Vec<_>>());
        let stacks = stacked(layers.iter().map(|layer| layer.2.as_slice()));
        let offered = windows.points(&client.offered);
        let highest =
            stacks.iter().flatten().chain(&offered).map(|point| point.1).filter(|rate| rate.is_finite());
        let (x, unit) = Axis::time(windows.end);
        let y = Axis::amount(highest.fold(0.0, f64::max), Panel::room(height));
        let panel = sheet.panel(&format!("{}: requests per second", client.name), height, x, y);
        sheet.layers(&panel, &stacks, &layers.iter().map(|layer| layer.1).collect::<Vec<_>>());
        sheet.grid(&panel);
        sheet.line(&panel, &offered, OFFERED);
        let mut entries = vec![(Sign::Line(OFFERED), "offered".to_owned())];
        for (layer, share) in layers.iter().zip(shares).rev() {
            entries.push((Sign::Block(layer.1), format!("{share}{}", layer.0)));
        }
        sheet.legend(&panel, &entries);
        last = Some((panel, unit));
    }
    sheet.close(last, hidden, "clients");
    sheet.finish("throughput")
}

/// What part of the whole each total is, in percent, with a space behind; nothing where there is no whole.
fn shares(totals: &[f64]) -> Vec<String> {
    let whole: f64 = totals.iter().sum();
    totals
        .iter()
        .map(
            |total| if whole > 0.0 { format!("{} % ", amount(total / whole * 100.0)) } else { String::new() },
        )
        .collect()
}

/// The lower edge of the first layer, then the upper edge of each; what is no number has no thickness.
fn stacked<'a>(layers: impl Iterator<Item = &'a [(f64, f64)]>) -> Vec<Vec<(f64, f64)>> {
    let mut stacks: Vec<Vec<(f64, f64)>> = Vec::new();
    for layer in layers {
        let below =
            stacks.last().cloned().unwrap_or_else(|| layer.iter().map(|point| (point.0, 0.0)).collect());
        if stacks.is_empty() {
            stacks.push(below.clone());
        }
        let height = |value: f64| if value > 0.0 && value.is_finite() { value } else { 0.0 };
        stacks.push(
            below.iter().zip(layer).map(|(below, point)| (below.0, below.1 + height(point.1))).collect(),
        );
    }
    stacks
}
