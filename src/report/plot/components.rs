//! What only some kinds of components show over time: hit ratios, lags, healthy targets, the load of each instance.

use super::super::colour::strokes;
use super::axis::Axis;
use super::sheet::{Panel, Sheet, Sign};
use super::{Picture, Windows};
use crate::results::{Course, CourseLine, FaultShape, Form, Series};

/// Pictures with more panels than this are higher than two screens.
const MOST_PANELS: usize = 12;

const HEIGHT: f64 = 150.0;
/// A panel with more lines is as high as their names need.
const CROWDED: f64 = 250.0;
const FEW_LINES: usize = 4;

/// Draws a panel for each course, component by component; no picture if there is none.
pub(super) fn draw(subject: &str, series: &Series, faults: &[FaultShape]) -> Option<Picture> {
    let windows = Windows::of(series);
    let courses: Vec<&Course> = series.components.iter().flat_map(|component| &component.courses).collect();
    if courses.is_empty() || windows.end <= 0.0 {
        return None;
    }
    let mut sheet = Sheet::over_time("Components over time", subject, faults, windows.end);
    let mut last = None;
    for course in courses.iter().take(MOST_PANELS) {
        let points: Vec<_> = course.lines.iter().map(|line| points(&windows, line)).collect();
        let height = if course.lines.len() > FEW_LINES { CROWDED } else { HEIGHT };
        let (x, unit) = Axis::time(windows.end);
        let y = vertical(course.form, &points, height);
        let panel = sheet.panel(&format!("{}: {}", course.name, course.meaning), height, x, y);
        sheet.grid(&panel);
        let labels: Vec<&str> = course.lines.iter().map(|line| line.label.as_str()).collect();
        let strokes = strokes(&labels);
        for (points, stroke) in points.iter().zip(&strokes).rev() {
            sheet.line(&panel, points, *stroke);
        }
        let entries =
            labels.iter().zip(&strokes).map(|(label, stroke)| (Sign::Line(*stroke), (*label).to_owned()));
        sheet.legend(&panel, &entries.collect::<Vec<_>>());
        last = Some((panel, unit));
    }
    sheet.close(last, courses.len().saturating_sub(MOST_PANELS), "figures");
    Some(sheet.finish("components"))
}

fn points(windows: &Windows, line: &CourseLine) -> Vec<(f64, f64)> {
    let values: Vec<f64> = line.values.iter().map(|value| value.unwrap_or(f64::NAN)).collect();
    windows.points(&values)
}

/// The axis that suits the values. Times reach from microseconds to minutes, so that they need a logarithmic one.
fn vertical(form: Form, lines: &[Vec<(f64, f64)>], height: f64) -> Axis {
    let values = || lines.iter().flatten().map(|point| point.1).filter(|value| value.is_finite());
    let highest = values().fold(0.0, f64::max);
    match form {
        Form::Share => Axis::fine_share(highest),
        Form::Duration => {
            let lowest = values().filter(|value| *value > 0.0).fold(highest, f64::min);
            Axis::latency(lowest, highest, Panel::room(height))
        }
        _ => Axis::amount(highest, Panel::room(height)),
    }
}
