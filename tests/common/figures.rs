//! Every figure of a run by name, to compare runs of scenarios that differ.

use std::collections::BTreeMap;
use windtunnel::kernel::random::hash_name;
use windtunnel::measure::histogram::Histogram;
use windtunnel::measure::recorder::{EdgeRecord, Ending, LinkRecord};
use windtunnel::plan::Plan;
use windtunnel::units::{ComponentId, OutcomeId};
use windtunnel::world::World;

/// Everything that a run recorded, by names that do not depend on what else the scenario has.
pub(crate) fn figures(plan: &Plan, world: &World<'_>) -> BTreeMap<String, String> {
    let recorder = world.recorder();
    let mut figures = BTreeMap::new();
    let component = |id: ComponentId| plan.components[id.index()].name.as_str();
    for (slot, record) in plan.slots.iter().zip(&recorder.slots) {
        let operation = slot.operation.map_or("", |operation| plan.operations[operation.index()].as_str());
        let name = format!("{}.{operation} {:?}", plan.clients[slot.client].name, slot.part);
        let mut ended = String::new();
        for (outcome, word) in plan.outcomes.iter().enumerate() {
            for ending in [Ending::Completed, Ending::Failed] {
                let counts: Vec<u64> = (0..recorder.timeline.cells())
                    .map(|cell| record.ended(cell, OutcomeId(outcome as u16), ending))
                    .collect();
                if counts.iter().any(|count| *count > 0) {
                    ended += &format!(" {word} {ending:?} {}", cells(&counts));
                }
            }
        }
        let latency = histograms(&record.latency);
        let failed = histograms(&record.failed_latency);
        let peak = record.peak.max();
        figures.insert(
            name,
            format!("born {}{ended} latency {latency} failed {failed} peak {peak}", cells(&record.born)),
        );
    }
    for (entry, record) in plan.entries.iter().zip(&recorder.entries) {
        let name = format!("{}.{}", component(entry.component), plan.operations[entry.operation.index()]);
        let (wait, sojourn) = (histograms(&record.wait), histograms(&record.sojourn));
        let (served, rejected, peak) = (cells(&record.served), cells(&record.rejected), record.peak.max());
        figures.insert(
            name,
            format!("served {served} rejected {rejected} wait {wait} sojourn {sojourn} peak {peak}"),
        );
    }
    for (plan, loads) in plan.components.iter().zip(&recorder.loads) {
        let text = format!("{loads:?}");
        figures.insert(format!("{} loads", plan.name), format!("{:016x}", hash_name(&text)));
    }
    for (edge, record) in plan.edges.iter().zip(&recorder.edges) {
        let name = format!("{} -> {}", component(edge.caller), component(edge.callee));
        let total = |count: fn(&EdgeRecord) -> u128| record.iter().map(count).sum::<u128>();
        let (attempts, retries) = (total(|cell| cell.attempts.into()), total(|cell| cell.retries.into()));
        let (timeouts, wasted) = (total(|cell| cell.timeouts.into()), total(|cell| cell.wasted));
        figures.insert(
            name,
            format!("attempts {attempts} retries {retries} timeouts {timeouts} wasted {wasted}"),
        );
    }
    for (mark, record) in plan.marks.iter().zip(recorder.ledger.iter().flat_map(|ledger| &ledger.marks)) {
        let (count, duplicates, lost) =
            (cells(&record.count), cells(&record.duplicates), cells(&record.lost));
        let delay = histograms(&record.delay);
        figures.insert(
            format!("mark {}", mark.name),
            format!("count {count} duplicates {duplicates} lost {lost} delay {delay}"),
        );
    }
    for (link, record) in plan.links.iter().zip(&recorder.links) {
        let name =
            format!("link {} -> {}", plan.places[link.ends.0.index()], plan.places[link.ends.1.index()]);
        let total = |count: fn(&LinkRecord) -> u64| record.iter().map(count).sum::<u64>();
        let (messages, bytes, dropped) =
            (total(|cell| cell.messages), total(|cell| cell.bytes), total(|cell| cell.dropped));
        figures.insert(name, format!("messages {messages} bytes {bytes} dropped {dropped}"));
    }
    for (plan, counters) in plan.components.iter().zip(&recorder.counters) {
        figures.insert(format!("{} counters", plan.name), cells(counters));
    }
    figures
}

fn cells(counts: &[u64]) -> String {
    format!("{}#{:08x}", counts.iter().sum::<u64>(), hash_name(&format!("{counts:?}")) as u32)
}

fn histograms(segments: &[Histogram]) -> String {
    let mut text = String::new();
    for histogram in segments.iter().filter(|histogram| histogram.count() > 0) {
        let steps = hash_name(&format!("{:?}", histogram.ladder())) as u32;
        text += &format!(
            "[{} sum {} {:?}..{:?} #{steps:08x}]",
            histogram.count(),
            histogram.sum(),
            histogram.min(),
            histogram.max()
        );
    }
    text
}
