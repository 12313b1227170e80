//! Lints about who is there for whom: components that nobody uses or that stand nowhere in particular, clients whom nobody
//! answers.

use super::super::bounds::latency_limits;
use super::super::listing::program;
use super::super::{ClientPlan, Plan, Step};
use super::Subject;
use crate::results::Interval;
use crate::scenario::{Diagnostics, format_duration};
use crate::units::ComponentId;

pub(super) fn check(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    unused_component(subject, diagnostics);
    idle_autoscaler(subject, diagnostics);
    unplaced_component(subject, diagnostics);
    for (client, latency) in subject.plan.clients.iter().zip(latency_limits(subject.plan)) {
        unanswered_client(subject, client, latency, diagnostics);
    }
}

/// Components with operations that nobody reaches who acts by himself.
fn unused_component(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    let plan = subject.plan;
    // Who offers nothing that could be called acts by himself.
    let mut used: Vec<bool> = plan.components.iter().map(|component| component.entries.1 == 0).collect();
    for _ in 0..plan.components.len() {
        for edge in &plan.edges {
            used[edge.callee.index()] |= used[edge.caller.index()];
        }
    }
    for (index, component) in plan.components.iter().enumerate().filter(|(index, _)| !used[*index]) {
        let id = ComponentId(index as u16);
        let mut callers = plan.edges.iter().filter(|edge| edge.callee == id && edge.caller != id);
        let label = match callers.next() {
            Some(edge) => format!("only `{}` calls it, which nobody uses either", subject.name(edge.caller)),
            None => "nobody calls it".to_owned(),
        };
        diagnostics
            .lint("unused_component", subject.place(id), format!("`{}` is never used", component.name))
            .label(label)
            .help(format!("call it, or take [{}.{}] away", component.kind, component.name));
    }
}

/// Components that decide how many instances another one has, and never change that.
fn idle_autoscaler(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    let plan = subject.plan;
    let run = plan.timeline.end().since(plan.timeline.start());
    for (index, component) in plan.components.iter().enumerate() {
        let Some(staff) = component.setting.staff else { continue };
        let Some(reason) = component.blueprint.never_acts(staff.initial, run) else { continue };
        let message = format!("`{}` never starts or stops anybody", component.name);
        diagnostics
            .lint("idle_autoscaler", subject.place(ComponentId(index as u16)), message)
            .label(reason)
            .help(format!("change that, or take [{}.{}] away", component.kind, component.name));
    }
}

/// Components that stand at the first place because their tables do not say where, while most others do.
///
/// Only those count that exchange messages: to the others distances are nothing.
fn unplaced_component(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    let plan = subject.plan;
    if plan.places.len() < 2 {
        return;
    }
    let mut talks = vec![false; plan.components.len()];
    for edge in &plan.edges {
        talks[edge.caller.index()] = true;
        talks[edge.callee.index()] = true;
    }
    let talking = (0..plan.components.len()).filter(|index| talks[*index]);
    let (placed, others): (Vec<usize>, Vec<usize>) =
        talking.partition(|index| subject.origins.placed[*index]);
    if placed.len() <= others.len() {
        return;
    }
    let (first, count) = (&plan.places[0], placed.len());
    for index in others {
        let component = &plan.components[index];
        diagnostics
            .lint(
                "unplaced_component",
                subject.place(ComponentId(index as u16)),
                format!("nothing says where `{}` stands", component.name),
            )
            .label(format!("it stands at the first place, `{first}`; {count} others say where they stand"))
            .help(format!("write `place = \"{first}\"` if that is meant"));
    }
}

/// A client none of whose requests can complete.
fn unanswered_client(
    subject: &Subject<'_>,
    client: &ClientPlan,
    latency: Interval,
    diagnostics: &mut Diagnostics,
) {
    let place = subject.place(client.component);
    let name = &client.name;
    let steps = &subject.plan.steps[program(subject.plan, client.start)];
    if !steps.iter().any(|step| matches!(step, Step::Call(_) | Step::Send(..))) {
        diagnostics
            .lint("unanswered_client", place, format!("client `{name}` asks nobody"))
            .label("no step of its session calls anything")
            .help("add a step `{ call = \"component.operation\" }`");
        return;
    }
    let length = length(subject.plan);
    if latency.low < length {
        return;
    }
    let (label, help) = if latency.low.is_finite() {
        (
            format!(
                "an answer takes {}, the whole run {}",
                format_duration(latency.low),
                format_duration(length)
            ),
            "make the run longer, or the work on the way shorter",
        )
    } else {
        (
            "every way through its calls ends in a failure".to_owned(),
            "`windtunnel explain` shows the steps: look for `fail`, for timeouts that are too short and for links that lose everything",
        )
    };
    diagnostics
        .lint("unanswered_client", place, format!("no request of client `{name}` can be answered"))
        .label(label)
        .help(help);
}

/// The time of a run, the warm-up included \[s\].
fn length(plan: &Plan) -> f64 {
    crate::units::Span(plan.timeline.end().0).seconds()
}
