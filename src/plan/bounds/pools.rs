//! Pools of connections as stations: an attempt keeps a connection from when it leaves until its answer is there.

use super::super::{Callers, KeeperPlan, Plan};
use super::Side;
use super::walk::{Cost, times};
use crate::results::{Interval, OperationBounds, Resource, StationBounds};
use crate::units::KeeperId;

/// The pools of all edges, under these visits of all entries and these rates of the clients, at the least and at the most. Calls
/// that travel together share a connection, nobody knows how many of them: such an edge is left out.
pub(super) fn pools(
    plan: &Plan,
    rates: &[Interval],
    (least, low): (&Side<'_>, &[f64]),
    (most, high): (&Side<'_>, &[f64]),
) -> Vec<StationBounds> {
    let pool = |(index, keeper): (usize, &KeeperPlan)| {
        let size = keeper.gate.as_ref().filter(|_| keeper.batch.is_none())?.pool?.size;
        let both = |cost: fn(KeeperId) -> Cost| {
            let cost = cost(KeeperId(index as u16));
            Interval {
                low: sum(least, cost, low, rates.iter().map(|rate| rate.low)),
                high: sum(most, cost, high, rates.iter().map(|rate| rate.high)),
            }
        };
        let (visits, load) = (both(Cost::Attempts), both(Cost::Connected));
        let (Callers::Instances(callers) | Callers::Users(callers)) = keeper.callers;
        let holding = |load: f64, visits: f64| if visits > 0.0 { load / visits } else { 0.0 };
        Some(StationBounds {
            name: name(plan, keeper),
            role: None,
            resource: Resource::Connections,
            visits,
            operations: vec![OperationBounds {
                name: "call".to_owned(),
                visits,
                holding: Interval {
                    low: holding(load.low, visits.low),
                    high: holding(load.high, visits.high),
                },
                load,
            }],
            load,
            capacity: Some(f64::from(size) * f64::from(callers)),
            available: 1.0,
            collecting: Interval::default(),
        })
    };
    plan.keepers.iter().enumerate().filter_map(pool).collect()
}

/// What all runs of handlers and sessions cost together, per second.
fn sum(side: &Side<'_>, cost: Cost, visits: &[f64], rates: impl Iterator<Item = f64>) -> f64 {
    let plan = side.walk.plan;
    let entries = plan.entries.iter().zip(visits);
    let entries =
        entries.map(|(entry, visits)| times(*visits, side.walk.cost(entry.component, entry.start, cost)));
    let clients = plan.clients.iter().zip(rates);
    let clients =
        clients.map(|(client, rate)| times(rate, side.walk.cost(client.component, client.start, cost)));
    entries.chain(clients).sum()
}

/// "app -> db"; of a balancer with several components "lb -> app, web".
fn name(plan: &Plan, keeper: &KeeperPlan) -> String {
    let callees = keeper.edges.iter().map(|edge| plan.edges[edge.index()].callee);
    let callees: Vec<&str> = callees.map(|callee| plan.components[callee.index()].name.as_str()).collect();
    format!("{} -> {}", plan.components[keeper.caller.index()].name, callees.join(", "))
}
