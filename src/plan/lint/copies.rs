//! Lints about what is kept: nothing is ever put, nothing has a size or fits, and everybody asks for the same.

use super::super::{Amount, ErrandPlan, Law, Piece, Plan, Site, Source, Template};
use super::Subject;
use crate::component::Carries;
use crate::mechanism::eviction::Capacity;
use crate::scenario::{Diagnostics, format_bytes};
use crate::units::{AmountId, ComponentId, Span};
use crate::workload::Column;

pub(super) fn check(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    let called = called(subject);
    let smallest = smallest(subject.plan);
    for index in 0..subject.plan.components.len() {
        let id = ComponentId(index as u16);
        never_filled(subject, id, &called, smallest.unwrap_or(0.0), diagnostics);
        one_key(subject, id, &called, diagnostics);
        if smallest.is_none() {
            no_sizes(subject, id, diagnostics);
        }
    }
}

/// Of each entry, whether any step may call it that somebody comes to; errands are called by no step.
fn called(subject: &Subject<'_>) -> Vec<bool> {
    let plan = subject.plan;
    let mut acts = vec![false; plan.entries.len()];
    for errand in plan.components.iter().flat_map(|component| &component.errands) {
        let (ErrandPlan::Work(entry) | ErrandPlan::Call(entry, _)) = errand;
        acts[entry.index()] = true;
    }
    let mut called = vec![false; plan.entries.len()];
    loop {
        let before = called.clone();
        for (site, note) in plan.sites.iter().zip(&subject.origins.sites) {
            if note.entry.is_none_or(|entry| acts[entry] || called[entry]) {
                site.entries.iter().for_each(|entry| called[entry.index()] = true);
            }
        }
        if called == before {
            return called;
        }
    }
}

/// Components that are asked for what nobody puts there, or what has no room.
fn never_filled(
    subject: &Subject<'_>,
    id: ComponentId,
    called: &[bool],
    smallest: f64,
    diagnostics: &mut Diagnostics,
) {
    let plan = subject.plan;
    let component = &plan.components[id.index()];
    let is_called = |name: &str| {
        plan.entries.iter().zip(called).any(|(entry, called)| {
            *called && entry.component == id && plan.operations[entry.operation.index()] == name
        })
    };
    let (message, label, help) = match component.blueprint.room() {
        Some(Capacity::Bytes(room)) if room > 0 && smallest > room as f64 => (
            format!("nothing fits into `{}`", component.name),
            format!(
                "there is room for {}, and nothing is smaller than {}",
                format_bytes(room as f64),
                format_bytes(smallest)
            ),
            "write a larger `capacity`".to_owned(),
        ),
        _ => {
            let Some(fill) = component.blueprint.lacks(&is_called) else { return };
            (
                format!("`{}` stays empty: nobody fills it", component.name),
                "whoever asks it finds nothing".to_owned(),
                fill.replace("{name}", &component.name),
            )
        }
    };
    diagnostics.lint("never_filled", subject.place(id), message).label(label).help(help);
}

/// Stores that every request asks for the same key.
fn one_key(subject: &Subject<'_>, id: ComponentId, called: &[bool], diagnostics: &mut Diagnostics) {
    let plan = subject.plan;
    let component = &plan.components[id.index()];
    if component.blueprint.room().is_none() {
        return;
    }
    let asks = |site: &Site| {
        site.entries.iter().any(|entry| {
            let plan = &plan.entries[entry.index()];
            plan.component == id && plan.carries == Carries::Back && called[entry.index()]
        })
    };
    let mut asking = plan.sites.iter().enumerate().filter(|(_, site)| asks(site));
    let Some((first, site)) = asking.next().filter(|(_, site)| is_constant(site.key.as_ref())) else {
        return;
    };
    if asking.any(|(_, other)| other.key != site.key) {
        return;
    }
    diagnostics
        .lint(
            "one_key",
            subject.place_of_call(first),
            format!("every request asks `{}` for the same key", component.name),
        )
        .label("this `key` names no field, so that all but the first find it")
        .help("write the field in braces: `key = \"{key}\"`, \"{user}\", \"profile:{user}\"");
}

/// Whether a key is the same for everybody.
fn is_constant(key: Option<&Template>) -> bool {
    let is_text = |piece: &Piece| matches!(piece, Piece::Text(_));
    matches!(key, Some(Template::Mixed(pieces) | Template::Code(pieces, _)) if pieces.iter().all(is_text))
}

/// Stores with room for so many bytes, where nothing has any.
fn no_sizes(subject: &Subject<'_>, id: ComponentId, diagnostics: &mut Diagnostics) {
    let component = &subject.plan.components[id.index()];
    let Some(Capacity::Bytes(room @ 1..)) = component.blueprint.room() else { return };
    let message =
        format!("`{}` has room for {}, but nothing has a size", component.name, format_bytes(room as f64));
    diagnostics
        .lint("no_sizes", subject.place(id), message)
        .label("it is never full, and never evicts")
        .help("give the clients `sizes = \"1 kB\"`, or write how many fit: `capacity = \"100 k objects\"`");
}

/// The size of the smallest value, as far as it is known \[B\]; none if nothing has a size.
fn smallest(plan: &Plan) -> Option<f64> {
    let amount = |id: &AmountId| &plan.amounts[id.index()];
    let own = plan.clients.iter().map(|client| match &client.source {
        Source::Trace(traced) if traced.trace.has(Column::Size) => Some(0.0),
        _ => client.sizes.as_ref().map(|sizes| least(amount(sizes))),
    });
    let calls = plan.sites.iter().filter_map(|site| site.size.as_ref().map(|size| Some(least(amount(size)))));
    let sizes: Vec<Option<f64>> = own.chain(calls).collect();
    let is_sized = sizes.iter().any(Option::is_some);
    is_sized.then(|| sizes.into_iter().map(|size| size.unwrap_or(0.0)).fold(f64::INFINITY, f64::min))
}

/// What an amount is at least, as far as that is known without a draw.
fn least(amount: &Amount) -> f64 {
    match &amount.law {
        Law::Constant(Span(bytes), _) => *bytes as f64,
        Law::Drawn(_) | Law::Computed(_) => 0.0,
    }
}
