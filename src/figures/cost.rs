//! What a run cost: prices times what was there, was served and was moved, within a window.

use super::metric::{CostFigure, Payer};
use super::value::{elapsed, load_of};
use crate::measure::recorder::Ending;
use crate::measure::timeline::Window;
use crate::plan::Price;
use crate::units::{ComponentId, EntryId, SECOND};
use crate::world::World;

/// Seconds of a day.
const DAY: f64 = 86_400.0;

/// Costs are also given for this many completed requests of all clients.
const REQUESTS: f64 = 1000.0;

/// A figure of the costs within a window \[USD\], of the system that the scenario [stands for](crate::plan::Plan::scale); none
/// where it is that of a thousand requests and none was completed.
pub(super) fn cost_value(world: &World<'_>, payer: Payer, figure: CostFigure, window: Window) -> Option<f64> {
    let seconds = elapsed(world, window).seconds();
    let total = || match payer {
        Payer::Component(component) => component_parts(world, component, window).iter().sum(),
        Payer::Link(link) => of_link(world, link, window),
        Payer::All => {
            let plan = world.plan();
            let ids = (0..plan.components.len()).map(|index| ComponentId(index as u16));
            let components: f64 = ids.map(|id| component_parts(world, id, window).iter().sum::<f64>()).sum();
            components + (0..plan.links.len()).map(|link| of_link(world, link, window)).sum::<f64>()
        }
    };
    let part = |index: usize| match payer {
        Payer::Component(component) => component_parts(world, component, window)[index],
        Payer::Link(_) | Payer::All => 0.0,
    };
    let cost = match figure {
        CostFigure::Total => total(),
        CostFigure::Instances => part(0),
        CostFigure::Requests => part(1),
        CostFigure::Egress => part(2),
        CostFigure::Storage => part(3),
        CostFigure::PerDay => total() / seconds * DAY,
        CostFigure::PerThousand => {
            let completed = completed(world, window);
            let stands_for = completed as f64 * world.plan().scale;
            return (completed > 0).then(|| total() / stands_for * REQUESTS);
        }
    };
    Some(cost)
}

/// What a component costs for its instances, its visits, its egress and its storage, of which the scenario says all
/// \[USD\].
fn component_parts(world: &World<'_>, id: ComponentId, window: Window) -> [f64; 4] {
    let (plan, recorder) = (world.plan(), world.recorder());
    let Price { instance, requests, egress, storage } = &plan.prices.components[id.index()];
    let seconds = elapsed(world, window).seconds();
    // Nobody pays for who is not there.
    let there = load_of(world, id, window).instances as f64 / SECOND as f64;
    let paid = |entry: EntryId| {
        let record = &recorder.entries[entry.index()];
        let sum = |cells: &[u64]| cells[window.first..window.end].iter().sum::<u64>();
        let unpaid = if record.unpaid.is_empty() { 0 } else { sum(&record.unpaid) };
        (sum(&record.served) - unpaid) as f64
    };
    let visits =
        |prices: &Vec<(EntryId, f64)>| prices.iter().map(|(entry, price)| price * paid(*entry)).sum::<f64>();
    let bytes = |counter| recorder.counted(id.index(), counter, window) as f64;
    [
        plan.scale * instance.map_or(0.0, |price| price * there),
        plan.scale * requests.as_ref().map_or(0.0, visits),
        plan.scale * egress.map_or(0.0, |(price, counter)| price * bytes(counter)),
        storage.map_or(0.0, |price| price * seconds),
    ]
}

/// What the bytes from one place to another cost \[USD\].
fn of_link(world: &World<'_>, link: usize, window: Window) -> f64 {
    let records = &world.recorder().links[link][window.first..window.end];
    let bytes: u64 = records.iter().map(|record| record.bytes).sum();
    world.plan().scale * world.plan().prices.links[link] * bytes as f64
}

/// Requests of all clients that were completed.
fn completed(world: &World<'_>, window: Window) -> u64 {
    let clients = 0..world.plan().clients.len();
    let slots = clients.flat_map(|client| super::value::slots_of_client(world, client));
    slots.map(|slot| slot.total(window, Ending::Completed)).sum()
}
