//! Of which single instances an expectation asks within a window: their loads are kept cell by cell, those of others are not.

use super::{Objective, Plan};
use crate::units::{ComponentId, InstanceId};
use std::collections::BTreeSet;

/// The instances of `COMPONENT[i].FIGURE` and `COMPONENT.GROUP[i].FIGURE`. What does not exist is reported when the expectation
/// is checked.
pub(super) fn asked(objectives: &[&Objective], plan: &Plan) -> BTreeSet<InstanceId> {
    let metrics = objectives.iter().flat_map(|objective| objective.expectation.metrics());
    let windowed = metrics.filter(|metric| metric.window.is_some());
    windowed.flat_map(|metric| meant_by(&metric.name, plan)).collect()
}

fn meant_by(name: &str, plan: &Plan) -> Vec<InstanceId> {
    let numbered = name.split_once('[').and_then(|(owner, rest)| {
        let index: u32 = rest.split_once(']')?.0.parse().ok()?;
        let (component, word) =
            owner.split_once('.').map_or((owner, None), |(name, word)| (name, Some(word)));
        let id = plan.components.iter().position(|known| known.name == component)?;
        let members = match word {
            None => index..index.saturating_add(1),
            Some(word) => plan.components[id].groups().filter(|groups| groups.word == word)?.members(index),
        };
        Some((ComponentId(id as u16), members))
    });
    let Some((id, members)) = numbered else { return Vec::new() };
    let count = plan.components[id.index()].instances.1;
    members.take_while(|index| *index < count).map(|index| plan.instance(id, index)).collect()
}
