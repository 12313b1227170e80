//! Lints about waiting: messages that come again before the work on them is done, and orders in which nobody waits.

use super::super::bounds::{Turn, turns};
use super::Subject;
use crate::scenario::{Diagnostics, format_duration};
use crate::station::Discipline;
use crate::units::ComponentId;

pub(super) fn check(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    let turns = turns(subject.plan);
    for turn in &turns {
        short_visibility(subject, turn, diagnostics);
    }
    for (index, _) in subject.plan.components.iter().enumerate() {
        order_of_nobody(subject, ComponentId(index as u16), &turns, diagnostics);
    }
}

/// Queues that hand messages out again while they are worked on.
fn short_visibility(subject: &Subject<'_>, turn: &Turn, diagnostics: &mut Diagnostics) {
    let Some(source) = turn.feeds_on else { return };
    let queue = &subject.plan.components[source.index()];
    let Some(hidden) = queue.blueprint.visibility().filter(|hidden| hidden.seconds() <= turn.duration) else {
        return;
    };
    let (consumer, work) = (subject.name(turn.component), format_duration(turn.duration));
    let hidden = format_duration(hidden.seconds());
    let message = format!("`{}` hands messages out again while `{consumer}` works on them", queue.name);
    diagnostics
        .lint("short_visibility", subject.place(source), message)
        .label(format!("they stay hidden for {hidden}; a turn of `{consumer}` takes {work} on average"))
        .help(format!("write a `visibility` well above {work}"));
}

/// Stations whose discipline orders those who wait for a worker, while all that there is to wait for are cores.
fn order_of_nobody(subject: &Subject<'_>, id: ComponentId, turns: &[Turn], diagnostics: &mut Diagnostics) {
    let component = &subject.plan.components[id.index()];
    let shape = &component.shape;
    let orders = !matches!(shape.discipline, Discipline::Fifo | Discipline::ProcessorSharing);
    let mut own = turns.iter().filter(|turn| turn.component == id);
    if !orders || !shape.limits_cores() || own.any(|turn| turn.duration != turn.work) {
        return;
    }
    let message = format!("the discipline of `{}` orders nobody while it has a free worker", component.name);
    diagnostics
        .lint("order_of_nobody", subject.place(id), message)
        .label("it orders those who wait for a worker; whoever waits for a core comes first in, first out")
        .help("write as many `workers` as `cores`, and leave `cores` away");
}
