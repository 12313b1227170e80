//! What the tests with tiny scenarios share: a client that asks once, and what became of it.

use crate::common::plan_of;
use windtunnel::measure::histogram::Histogram;
use windtunnel::measure::recorder::{EdgeRecord, Ending, LinkRecord};
use windtunnel::plan::{Part, Plan};
use windtunnel::units::OutcomeId;
use windtunnel::world::{Pause, World};

/// A millisecond [ns].
pub(crate) const MS: u64 = 1_000_000;

/// What every scenario has, unless it says otherwise.
pub(crate) const HEAD: &str = r#"
[scenario]
duration = "1 s"
[network]
round_trip = { within = "2 ms" }
"#;

/// A client that asks once.
pub(crate) fn once(name: &str, at: &str, rest: &str) -> String {
    format!("[client.{name}]\narrivals = {{ batches = [ {{ at = \"{at}\", count = 1 }} ] }}\n{rest}\n")
}

pub(crate) fn plan(parts: &[&str]) -> Plan {
    let text = parts.concat();
    plan_of(&text).unwrap_or_else(|error| panic!("{text}\n{error}"))
}

/// A run that is over: everybody has gone home.
pub(crate) fn finished(plan: &Plan) -> World<'_> {
    let mut world = World::new(plan, plan.seed);
    assert_eq!(world.run_to_end(), Pause::End);
    assert!(world.is_empty(), "somebody is still there");
    world
}

/// What became of a client's requests: how often each outcome, and the latencies of all [ns].
pub(crate) fn ended(world: &World<'_>, plan: &Plan, client: &str) -> (Vec<(String, u64)>, Histogram) {
    let client = plan.clients.iter().position(|known| known.name == client).expect("the client is known");
    let recorder = world.recorder();
    let mut latencies = Histogram::new();
    let mut outcomes = Vec::new();
    for (slot, record) in plan.slots.iter().zip(&recorder.slots) {
        if slot.client != client || slot.part != Part::Request {
            continue;
        }
        for histogram in record.latency.iter().chain(&record.failed_latency) {
            latencies.merge(histogram);
        }
        for (index, word) in plan.outcomes.iter().enumerate() {
            let outcome = OutcomeId(index as u16);
            let count = |ending| {
                (0..recorder.timeline.cells()).map(|cell| record.ended(cell, outcome, ending)).sum::<u64>()
            };
            let count = count(Ending::Completed) + count(Ending::Failed);
            if count > 0 {
                outcomes.push((word.clone(), count));
            }
        }
    }
    (outcomes, latencies)
}

/// How a client's only request ended, and after how many nanoseconds.
pub(crate) fn only(world: &World<'_>, plan: &Plan, client: &str) -> (String, u64) {
    let (outcomes, latencies) = ended(world, plan, client);
    let [(word, 1)] = &outcomes[..] else { panic!("{client} made another number of requests: {outcomes:?}") };
    (word.clone(), latencies.sum() as u64)
}

/// The sum over time of an edge's counters: attempts, retries, timeouts and wasted nanoseconds of workers.
pub(crate) fn edge(world: &World<'_>, plan: &Plan, caller: &str, callee: &str) -> (u64, u64, u64, u128) {
    let name = |index: usize| plan.components[index].name.as_str();
    let index = plan
        .edges
        .iter()
        .position(|edge| (name(edge.caller.index()), name(edge.callee.index())) == (caller, callee))
        .expect("the edge is known");
    let cells = &world.recorder().edges[index];
    let sum = |count: fn(&EdgeRecord) -> u128| cells.iter().map(count).sum::<u128>();
    let count = |count: fn(&EdgeRecord) -> u128| sum(count) as u64;
    (
        count(|cell| cell.attempts.into()),
        count(|cell| cell.retries.into()),
        count(|cell| cell.timeouts.into()),
        sum(|cell| cell.wasted),
    )
}

/// Messages sent and lost over all links.
pub(crate) fn messages(world: &World<'_>) -> (u64, u64) {
    let cells = || world.recorder().links.iter().flatten();
    let sum = |count: fn(&LinkRecord) -> u64| cells().map(count).sum();
    (sum(|cell| cell.messages), sum(|cell| cell.dropped))
}

/// Of one operation: the number served, the sum of the waits and the sum of the sojourns [ns].
pub(crate) fn visits(world: &World<'_>, plan: &Plan, component: &str) -> (u64, u128, u128) {
    let of_it =
        |entry: &&windtunnel::plan::EntryPlan| plan.components[entry.component.index()].name == component;
    let mut total = (0, 0, 0);
    for (entry, record) in plan.entries.iter().zip(&world.recorder().entries) {
        if of_it(&entry) {
            total.0 += record.served.iter().sum::<u64>();
            total.1 += record.wait.iter().map(Histogram::sum).sum::<u128>();
            total.2 += record.sojourn.iter().map(Histogram::sum).sum::<u128>();
        }
    }
    total
}

pub(crate) fn ok(latency: u64) -> (String, u64) {
    ("ok".to_owned(), latency)
}

pub(crate) fn failed(reason: &str, latency: u64) -> (String, u64) {
    (reason.to_owned(), latency)
}
