//! How busy the components are: utilisation and queue length of each over time.

use super::super::colour::strokes;
use super::axis::Axis;
use super::sheet::{Panel, Sheet, Sign};
use super::{Picture, Windows};
use crate::results::{ComponentSeries, FaultShape, Series};

const HEIGHT: f64 = 230.0;

/// More lines than this cannot be told apart.
const MOST_COMPONENTS: usize = 8;

/// Draws the busiest components, the busiest on top.
pub(super) fn draw(subject: &str, series: &Series, faults: &[FaultShape]) -> Picture {
    let windows = Windows::of(series);
    let mut sheet = Sheet::over_time("Load of the components", subject, faults, windows.end);
    let serving = series.components.iter().filter(|component| !component.queue.is_empty());
    let mut components: Vec<&ComponentSeries> = serving.collect();
    let business = |component: &ComponentSeries| {
        let total = |values: &[f64]| windows.total(&windows.points(values));
        (total(&component.utilization), total(&component.queue))
    };
    components.sort_by(|a, b| {
        let ((a_busy, a_waiting), (b_busy, b_waiting)) = (business(a), business(b));
        b_busy.total_cmp(&a_busy).then(b_waiting.total_cmp(&a_waiting)).then(a.name.cmp(&b.name))
    });
    let hidden = components.len().saturating_sub(MOST_COMPONENTS);
    components.truncate(MOST_COMPONENTS);
    if components.is_empty() || windows.end <= 0.0 {
        sheet.close(None, 0, "components");
        return sheet.finish("load");
    }
    let names: Vec<&str> = components.iter().map(|component| component.name.as_str()).collect();
    let strokes = strokes(&names);
    let upper: Vec<_> = components.iter().map(|component| windows.points(&component.utilization)).collect();
    let lower: Vec<_> = components.iter().map(|component| windows.points(&component.queue)).collect();

    let panel = sheet.panel(
        "utilization: share of the workers that are busy",
        HEIGHT,
        Axis::time(windows.end).0,
        Axis::share(highest(&upper)),
    );
    sheet.grid(&panel);
    for (points, stroke) in upper.iter().zip(&strokes).rev() {
        sheet.line(&panel, points, *stroke);
    }
    let mut entries: Vec<_> =
        names.iter().zip(&strokes).map(|(name, stroke)| (Sign::Line(*stroke), (*name).to_owned())).collect();
    if hidden > 0 {
        entries.push((Sign::Note, format!("{hidden} more not shown")));
    }
    sheet.legend(&panel, &entries);

    let (x, unit) = Axis::time(windows.end);
    let panel = sheet.panel(
        "mean queue length: requests that wait",
        HEIGHT,
        x,
        Axis::amount(highest(&lower), Panel::room(HEIGHT)),
    );
    sheet.grid(&panel);
    for (points, stroke) in lower.iter().zip(&strokes).rev() {
        sheet.line(&panel, points, *stroke);
    }
    sheet.close(Some((panel, unit)), 0, "components");
    sheet.finish("load")
}

fn highest(lines: &[Vec<(f64, f64)>]) -> f64 {
    lines.iter().flatten().map(|point| point.1).filter(|value| value.is_finite()).fold(0.0, f64::max)
}
