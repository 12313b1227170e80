//! Lints about load: stations that fall behind.

use super::super::bounds::{bounds, sustained_peaks};
use super::Subject;
use crate::results::{Bounds, Resource, StationBounds};
use crate::scenario::{Diagnostics, format_count, format_duration, format_rate};
use crate::station::{Shape, UNBOUNDED};
use crate::units::ComponentId;
use std::fmt::Write;

pub(super) fn check(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    let bounds = bounds(subject.plan);
    overload(subject, &bounds, diagnostics);
    overload_at_peak(subject, &bounds, diagnostics);
}

/// Stations that cannot serve even the least that is offered.
fn overload(subject: &Subject<'_>, bounds: &Bounds, diagnostics: &mut Diagnostics) {
    for station in &bounds.stations {
        let Some((offered, capacity)) = station.overload() else { continue };
        if station.resource == Resource::Connections {
            pool_overload(subject, station, (offered, capacity), diagnostics);
            continue;
        }
        let component = component_of(subject, &station.name);
        let name = label(&station.label(), station.resource);
        let message = if offered.is_infinite() {
            format!("{name} is overloaded: each visit leads to one more or more")
        } else {
            format!(
                "{name} is overloaded: offered {}, capacity {}",
                format_rate(offered),
                format_rate(capacity)
            )
        };
        let shape = &subject.plan.components[component.index()].shape;
        diagnostics
            .lint("overload", subject.place(component), message)
            .label(fate_of_the_rest(shape, offered - capacity))
            .help(remedy(station.resource, station.role));
    }
}

/// Connections that cannot carry even the least that is offered.
fn pool_overload(
    subject: &Subject<'_>,
    pool: &StationBounds,
    (offered, capacity): (f64, f64),
    diagnostics: &mut Diagnostics,
) {
    let caller = pool.name.split(" -> ").next().expect("an edge has a caller");
    let message = format!(
        "the connections of `{}` are overloaded: offered {}, capacity {}",
        pool.name,
        format_rate(offered),
        format_rate(capacity)
    );
    diagnostics
        .lint("overload", subject.place(component_of(subject, caller)), message)
        .label("its calls wait for a connection, or find too many waiting")
        .help("give the `pool` a larger `size`, or allow this if the overload is meant");
}

/// Stations that fall behind for a sustained stretch of a profile, though not on average.
fn overload_at_peak(subject: &Subject<'_>, bounds: &Bounds, diagnostics: &mut Diagnostics) {
    for peak in sustained_peaks(subject.plan) {
        let name = subject.name(peak.component);
        let is_known = bounds.stations.iter().any(|station| {
            (station.name.as_str(), station.role, station.resource) == (name, peak.role, peak.resource)
                && station.overload().is_some()
        });
        if is_known {
            continue;
        }
        let name = peak.role.map_or(name.to_owned(), |role| format!("{name}.{role}"));
        let message = format!(
            "{} is overloaded from {} to {}: offered {}, capacity {}",
            label(&name, peak.resource),
            format_duration(peak.from),
            format_duration(peak.to),
            format_rate(peak.offered),
            format_rate(peak.capacity)
        );
        let shape = &subject.plan.components[peak.component.index()].shape;
        let mut said = fate_of_the_rest(shape, peak.offered - peak.capacity);
        if shape.bound == UNBOUNDED && shape.patience.is_none() {
            let waiting = (peak.offered - peak.capacity) * (peak.to - peak.from);
            let _ = write!(said, ", to about {}", format_count(waiting.round()));
        }
        diagnostics
            .lint("overload_at_peak", subject.place(peak.component), message)
            .label(said)
            .help(remedy(peak.resource, peak.role));
    }
}

/// What becomes of those who cannot be served.
fn fate_of_the_rest(shape: &Shape, rest: f64) -> String {
    let rest = if rest.is_finite() { format!(" by {}", format_rate(rest)) } else { String::new() };
    if shape.bound != UNBOUNDED {
        "what finds the queue full is rejected".to_owned()
    } else if shape.patience.is_some() {
        "whoever loses patience leaves the queue".to_owned()
    } else {
        format!("its queue grows{rest}")
    }
}

fn remedy(resource: Resource, role: Option<&str>) -> String {
    let more = match resource {
        Resource::Workers => "workers",
        Resource::Cores => "cores",
        Resource::Connections => "connections",
    };
    match role {
        None => format!("give it more `{more}` or `instances`, or allow this if the overload is meant"),
        Some(_) => format!("give it more `{more}`, ask it for less, or allow this if the overload is meant"),
    }
}

/// The name of a station; cores are named, for their component has workers as well.
fn label(name: &str, resource: Resource) -> String {
    match resource {
        Resource::Workers => format!("`{name}`"),
        Resource::Cores => format!("`{name}` (cores)"),
        Resource::Connections => format!("`{name}` (connections)"),
    }
}

fn component_of(subject: &Subject<'_>, name: &str) -> ComponentId {
    let index = subject.plan.components.iter().position(|component| component.name == name);
    ComponentId(index.expect("a station belongs to a component") as u16)
}
