//! Latency percentiles over time, a panel for each client.

use super::super::colour::{Colour, Stroke};
use super::axis::Axis;
use super::sheet::{Panel, Sheet, Sign};
use super::{Picture, Windows, busiest_clients, panel_height};
use crate::results::{ClientSeries, FaultShape, Series};

/// From the usual request to the slowest: lightness falls with the percentile, so that the order is also seen in
/// grey.
const COLOURS: [Colour; 5] = [
    Colour(0xF5, 0xA6, 0x23),
    Colour(0xE0, 0x52, 0x2D),
    Colour(0xA8, 0x22, 0x5E),
    Colour(0x4B, 0x0C, 0x6B),
    Colour(0x00, 0x00, 0x00),
];

/// Draws p50, p99 and so on of each client on a logarithmic scale.
pub(super) fn draw(subject: &str, series: &Series, faults: &[FaultShape]) -> Picture {
    let windows = Windows::of(series);
    let mut sheet = Sheet::over_time("Latency over time", subject, faults, windows.end);
    let (clients, hidden) = busiest_clients(series);
    let height = panel_height(clients.len());
    let mut last = None;
    for client in &clients {
        let (x, unit) = Axis::time(windows.end);
        let (lowest, highest) = range(client, &windows);
        let y = Axis::latency(lowest, highest, Panel::room(height));
        let panel = sheet.panel(&format!("{}: latency of completed requests", client.name), height, x, y);
        sheet.grid(&panel);
        let mut entries = Vec::new();
        for (name, values) in &client.latency {
            let stroke = Stroke { colour: colour_of_percentile(name), pattern: 0 };
            let seconds: Vec<f64> = values.iter().map(|value| value.unwrap_or(f64::NAN)).collect();
            sheet.line(&panel, &windows.points(&seconds), stroke);
            entries.push((Sign::Line(stroke), name.replace('_', ".")));
        }
        entries.reverse();
        sheet.legend(&panel, &entries);
        last = Some((panel, unit));
    }
    sheet.close(last, hidden, "clients");
    sheet.finish("latency")
}

/// The least and the greatest latency that is shown \[s\]; zeros where there is none.
fn range(client: &ClientSeries, windows: &Windows) -> (f64, f64) {
    let shown =
        client.latency.iter().flat_map(|(_, values)| values.iter().skip(windows.hidden).flatten().copied());
    let (lowest, highest) = shown
        .filter(|value| value.is_finite() && *value > 0.0)
        .fold((f64::INFINITY, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
    if lowest > highest { (0.001, 0.1) } else { (lowest, highest) }
}

/// The colour of a percentile by its name, such as `p99` or `p99_9`: it depends on how many requests are slower.
fn colour_of_percentile(name: &str) -> Colour {
    let percent: f64 = name.trim_start_matches('p').replace('_', ".").parse().unwrap_or(100.0);
    let least = [75.0, 97.0, 99.5, 99.95];
    COLOURS[least.iter().filter(|least| percent >= **least).count()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slower_percentiles_are_darker() {
        let cases = [
            ("p50", 0),
            ("p90", 1),
            ("p95", 1),
            ("p99", 2),
            ("p99.9", 3),
            ("p99_9", 3),
            ("p99_99", 4),
            ("max", 4),
        ];
        for (name, expected) in cases {
            assert_eq!(colour_of_percentile(name), COLOURS[expected], "{name}");
        }
    }
}
