//! What visits wait for that their mechanism has others do: a fetch after a miss, a store, those who take a message.

use super::super::topology::takers;
use super::super::{ErrandPlan, Plan, Step};
use super::walk::{Cost, End, Walk, times};
use crate::component::{Errand, Wait};
use crate::units::{ComponentId, EntryId};

/// Whether what a cache or an edge is asked for is there, if everything goes the cheaper way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in super::super) enum Copies {
    /// It is.
    AtHand,
    /// It has to be fetched.
    Missing,
}

/// What a visit waits for.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Awaited {
    /// An errand, so often.
    Errand(EntryId, f64),
    /// The same, of another instance of the component, whose own errands are counted beside it.
    Peer(EntryId, f64),
    /// Somebody who takes a message and works on it, so often.
    Taker(EntryId, f64),
}

/// What a visit of each entry waits for.
pub(super) fn awaited(plan: &Plan, end: End, copies: Copies) -> Vec<Vec<Awaited>> {
    (0..plan.entries.len() as u16).map(|entry| of_entry(plan, EntryId(entry), end, copies)).collect()
}

fn of_entry(plan: &Plan, id: EntryId, end: End, copies: Copies) -> Vec<Awaited> {
    let entry = &plan.entries[id.index()];
    let component = &plan.components[entry.component.index()];
    let is_named = id.0 < component.entries.0.0 + component.entries.1;
    if !is_named {
        return Vec::new();
    }
    let operation = &plan.operations[entry.operation.index()];
    let errand = |wait: Wait| {
        let (ErrandPlan::Work(errand) | ErrandPlan::Call(errand, _)) =
            *component.errands.get(usize::from(wait.errand))?;
        let count = match (end, copies) {
            (End::Least, Copies::AtHand) => f64::from(wait.least),
            (End::Least, Copies::Missing) => f64::from(wait.missed),
            (End::Most, _) => wait.most.map_or(f64::INFINITY, f64::from),
        };
        match component.blueprint.errands()[usize::from(wait.errand)] {
            Errand::Peer { .. } => Some(Awaited::Peer(errand, count)),
            _ => Some(Awaited::Errand(errand, count)),
        }
    };
    let deliveries = match end {
        End::Least => 1.0,
        End::Most => component.blueprint.deliveries().map_or(f64::INFINITY, f64::from),
    };
    let takers = takers(plan, id).into_iter().map(|work| Awaited::Taker(work, deliveries));
    component.blueprint.waits(operation).into_iter().filter_map(errand).chain(takers).collect()
}

impl Walk<'_> {
    /// For how long a visit of an entry waits for what others do \[s\].
    pub(super) fn waiting(&self, entry: EntryId) -> f64 {
        let component = self.plan.entries[entry.index()].component;
        let (mut errands, mut taker) = (0.0, None);
        for awaited in &self.awaited[entry.index()] {
            match *awaited {
                Awaited::Errand(errand, count) => errands += times(count, self.responses[errand.index()]),
                Awaited::Peer(errand, count) => errands += times(count, self.peer(component, errand)),
                Awaited::Taker(work, count) => {
                    let takes = self.round_trip(self.plan.entries[work.index()].component, component)
                        + self.responses[work.index()];
                    let takes = times(count, takes);
                    // Who comes first takes it.
                    taker = Some(taker.map_or(takes, |other| self.end.pick(other, takes)));
                }
            }
        }
        errands + taker.unwrap_or(0.0)
    }

    /// How long another instance takes to answer what it has at hand \[s\].
    fn peer(&self, component: ComponentId, errand: EntryId) -> f64 {
        let Step::Call(site) = self.plan.steps[self.plan.entries[errand.index()].start.index()] else {
            return 0.0;
        };
        let work = |entry: &EntryId| {
            let entry = &self.plan.entries[entry.index()];
            self.cost(entry.component, entry.start, Cost::Work)
        };
        let work = self.plan.sites[site.index()].entries.iter().map(work).fold(0.0, f64::max);
        self.round_trip(component, component) + work
    }
}
