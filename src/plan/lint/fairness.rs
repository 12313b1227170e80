//! Lints about fairness: stations that are to be fair to whoever asks, where nobody can be told from the others.

use super::super::{Field, Pool, Source, Template};
use super::Subject;
use crate::scenario::Diagnostics;
use crate::station::Discipline;
use crate::units::ComponentId;
use crate::workload::Column;
use std::collections::BTreeSet;

pub(super) fn check(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    for (index, component) in subject.plan.components.iter().enumerate() {
        let Some(by) = component.by.as_ref().filter(|_| component.shape.discipline == Discipline::Fair)
        else {
            continue;
        };
        let id = ComponentId(index as u16);
        if by.fields().any(|field| tells(subject, id, field)) {
            continue;
        }
        let is_each = |field: Field| matches!(field, Field::User | Field::Id);
        let (label, help) = match by.fields().any(is_each) {
            true => (
                "every request has a line of its own",
                "give the clients `users`, or write what tells them apart: fair_by = \"{caller}\"",
            ),
            false => (
                "all requests stand in one line",
                "write what tells them apart: fair_by = \"{user}\", \"{key}\", \"{caller}\" or \"{operation}\"",
            ),
        };
        let message = format!("`{}` is fair, but nobody can be told from the others", component.name);
        diagnostics.lint("fair_to_nobody", subject.place(id), message).label(label).help(help);
    }
}

/// Whether a field tells those who ask a component apart: several of them, each with more than one request.
fn tells(subject: &Subject<'_>, component: ComponentId, field: Field) -> bool {
    match field {
        Field::User => has_users(subject),
        Field::Caller => {
            let mut askers = BTreeSet::new();
            collect_askers(subject, component, &mut askers);
            askers.len() > 1
        }
        Field::Operation => subject.plan.components[component.index()].entries.1 > 1,
        // An instance stands in one place, and an intention is one request of each client.
        Field::Place | Field::Id => false,
        _ => true,
    }
}

/// Whether anybody asks twice.
fn has_users(subject: &Subject<'_>) -> bool {
    let plan = subject.plan;
    let asks_again = |source: &Source| match source {
        Source::Open(_) => false,
        Source::Closed { .. } => true,
        Source::Trace(traced) => traced.trace.has(Column::User),
    };
    plan.clients.iter().any(|client| client.users.is_some() || asks_again(&client.source))
        || plan
            .sites
            .iter()
            .any(|site| !matches!(site.user, None | Some(Template::Field(Field::User | Field::Id))))
}

/// The components that call another one, behind those that only forward.
fn collect_askers(subject: &Subject<'_>, component: ComponentId, askers: &mut BTreeSet<ComponentId>) {
    for (site, note) in subject.plan.sites.iter().zip(&subject.origins.sites) {
        if site.edges.iter().all(|(callee, _)| *callee != component) {
            continue;
        }
        match site.pool {
            // No one forwards in a circle.
            Pool::Targets => collect_askers(subject, note.caller, askers),
            _ => drop(askers.insert(note.caller)),
        }
    }
}
