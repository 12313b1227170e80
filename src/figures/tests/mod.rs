//! The figures of whole scenarios.

mod catalogue;
mod closed_forms;
mod courses;
mod laws;
mod parts;
mod runs;

use super::*;
use crate::measure::timeline::Window;
use crate::plan::{Document, Plan, build};
use crate::results::Series;
use crate::scenario::Diagnostics;
use crate::units::{Span, Time};
use crate::world::{Pause, World};

/// The plan of a scenario; `text` begins with the keys of `[scenario]`.
fn plan(text: &str) -> Plan {
    let mut diagnostics = Diagnostics::new();
    let (sources, document) =
        Document::parse("test.toml", &format!("[scenario]\n{text}"), &[], &mut diagnostics);
    let scenario = document.and_then(|document| build(&document, None, &mut diagnostics));
    match scenario {
        Some(scenario) if !diagnostics.has_errors() => scenario.plan,
        _ => panic!("{text}\n{}", diagnostics.lines(&sources)),
    }
}

fn figure(world: &World<'_>, name: &str, window: Window) -> Option<f64> {
    let definition = Catalogue::of(world.plan()).get(name).unwrap_or_else(|| panic!("{name} is no metric"));
    value(world, definition.metric, window)
}

/// The values of a line of a course, by its name in data.
fn line(series: &Series, name: &str) -> Vec<Option<f64>> {
    let lines = series.components.iter().flat_map(|one| &one.courses).flat_map(|course| &course.lines);
    let found = lines.filter(|line| line.name == name).map(|line| line.values.clone()).collect::<Vec<_>>();
    let [values] = &found[..] else { panic!("{name} is there {} times", found.len()) };
    values.clone()
}
