//! A lint about messages that are turned away without anybody's noticing.

use super::super::Scenario;
use super::Subject;
use crate::outcome;
use crate::scenario::Diagnostics;
use crate::units::ComponentId;
use std::collections::BTreeSet;

/// Calls that bring messages to a queue with a bound and go on as if they were taken in. Told once for each pair.
pub(super) fn check(subject: &Subject<'_>, scenario: &Scenario, diagnostics: &mut Diagnostics) {
    let mut told: BTreeSet<(ComponentId, ComponentId)> = BTreeSet::new();
    let expectations = scenario.objectives.iter().chain(&scenario.claims);
    let asked: Vec<&str> = expectations
        .flat_map(|objective| objective.expectation.metrics())
        .map(|metric| metric.name.as_str())
        .collect();
    for (index, site) in subject.plan.sites.iter().enumerate() {
        let note = &subject.origins.sites[index];
        // What a component does by itself it does knowingly.
        if note.location.is_none() || site.handlers.iter().any(|(handled, _)| *handled == outcome::FULL) {
            continue;
        }
        let word = subject.plan.operations[site.operation.index()].as_str();
        let bounded = site.edges.iter().map(|(callee, _)| *callee).find(|callee| {
            let blueprint = &subject.plan.components[callee.index()].blueprint;
            let operation = blueprint.spec().operations.iter().find(|operation| operation.name == word);
            blueprint.is_bounded() && operation.is_some_and(|one| one.outcomes.contains(&outcome::FULL))
        });
        let Some(callee) = bounded else { continue };
        let (caller, queue) = (subject.name(note.caller), subject.name(callee));
        let counts = [format!("{queue}.full"), format!("{caller}.outcome.full")];
        if counts.iter().any(|count| asked.contains(&count.as_str())) || !told.insert((note.caller, callee)) {
            continue;
        }
        let is_client = subject.plan.clients.iter().any(|client| client.component == note.caller);
        let help = match is_client {
            true => format!("expect something of it: `{caller}.outcome.full == 0`"),
            false => format!(
                "write what to do then, `{{ call = \"{queue}.{word}\", on_full = [ {{ fail = \"full\" }} ] }}`, or expect something of it: `{queue}.full == 0`"
            ),
        };
        diagnostics
            .lint(
                "unheard_full",
                subject.place_of_call(index),
                format!("`{caller}` does not notice when `{queue}` is full: the message is gone, and it goes on as after `ok`"),
            )
            .label(format!("`{word}` ends with `full` when `capacity` messages wait"))
            .help(help);
    }
}
