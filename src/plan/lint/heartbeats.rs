//! Lints about instances that listen for one another: those who take each other for dead before a sign of life can arrive, and
//! those who need a majority that the first loss ends.

use super::super::network::mean_delay;
use super::Subject;
use crate::scenario::{Diagnostics, format_duration};
use crate::units::{ComponentId, SECOND};

pub(super) fn check(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    short_detect(subject, diagnostics);
    quorum_of_two(subject, diagnostics);
}

/// Copies of which the loss of any one leaves no majority.
fn quorum_of_two(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    for (index, component) in subject.plan.components.iter().enumerate() {
        if component.blueprint.voters() != Some(2) {
            continue;
        }
        let message = format!("with one of its two copies lost, `{}` takes no writes", component.name);
        diagnostics
            .lint("quorum_of_two", subject.place(ComponentId(index as u16)), message)
            .label("a majority of two is both of them: whichever is lost, the other one is none")
            .help("write `replicas = 2`: of three copies any one may be lost; or leave `quorum` out");
    }
}

/// Components whose instances wait for a letter less long than it takes over the slowest link between two of them.
fn short_detect(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    for (index, component) in subject.plan.components.iter().enumerate() {
        let id = ComponentId(index as u16);
        let Some(silence) = component.blueprint.silence() else { continue };
        let Some((seconds, link)) = slowest(subject, id) else { continue };
        if seconds <= silence.seconds() {
            continue;
        }
        let (name, taken) = (&component.name, format_duration(seconds));
        diagnostics
            .lint(
                "short_detect",
                subject.place(id),
                format!(
                    "the copies of `{name}` take each other for dead: no heartbeat comes within `detect`"
                ),
            )
            .label(format!(
                "a heartbeat takes {taken} {link}, and is missed after {}",
                format_duration(silence.seconds())
            ))
            .help(format!("write a `detect` of some times {taken}, or give the link what it lacks"));
    }
}

/// How long a letter without content takes between two instances of a component, where that is longest \[s\], and where it is.
fn slowest(subject: &Subject<'_>, id: ComponentId) -> Option<(f64, String)> {
    let plan = subject.plan;
    let component = &plan.components[id.index()];
    let (first, count) = component.instances;
    let instances = first.index()..first.index() + count as usize;
    let mut worst: Option<(f64, String)> = None;
    for from in instances.clone() {
        for to in instances.clone().filter(|to| *to != from) {
            let places = [from, to].map(|instance| plan.instances[instance].place.index());
            let link = &plan.links[places[0] * plan.places.len() + places[1]];
            let delay = match component.letters {
                Some(latency) => mean_delay(&plan.amounts[latency.there.index()].law),
                None => mean_delay(&link.delay),
            };
            let pipe = link.bandwidth.map_or(0.0, |bandwidth| plan.overhead as f64 / bandwidth);
            let seconds = delay as f64 / SECOND as f64 + pipe;
            if worst.as_ref().is_none_or(|(most, _)| seconds > *most) {
                worst =
                    Some((seconds, format!("from {} to {}", plan.places[places[0]], plan.places[places[1]])));
            }
        }
    }
    worst
}
