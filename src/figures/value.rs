//! The value of a figure: counts, integrals and distributions of a run, read for a window of its time.

use super::cost::cost_value;
use super::metric::{
    ClientFigure, DeployFigure, EdgeFigure, EntryFigure, LevelFigure, LinkFigure, MarkFigure, Metric,
    RunFigure, StationFigure, Statistic,
};
use crate::component::{Behaviour, Figure};
use crate::fault::Schedule;
use crate::measure::histogram::Histogram;
use crate::measure::recorder::{EdgeRecord, Ending, SlotRecord};
use crate::measure::timeline::{Timeline, Window};
use crate::plan::{Callers, ComponentPlan, KeeperPlan, Part, Plan};
use crate::station::{Load, UNBOUNDED};
use crate::units::{ComponentId, EdgeId, EntryId, InstanceId, MarkId, OperationId, SECOND, Span, Time};
use crate::world::World;

/// The value of a figure over a window of the measured time, in SI base units. None where nothing happened that it could
/// tell of: no latency without completions, no availability where nothing ended, and nothing at all of a window that the
/// run did not reach.
///
/// The busiest second, the levels of a kind and those of the run are kept for the whole measured time only, and the figures of
/// single instances within windows only of those in [`Plan::apart`]; else they have no value there. Asserts that the window begins and ends where the
/// timeline was told that a window does.
pub fn value(world: &World<'_>, metric: Metric, window: Window) -> Option<f64> {
    let seconds = elapsed(world, window).seconds();
    if seconds == 0.0 {
        return None;
    }
    let is_whole = window == world.recorder().timeline.whole();
    match metric {
        Metric::Client(client, figure) => {
            if figure == ClientFigure::RateMax {
                return is_whole.then(|| world.recorder().client_peaks[client].max() as f64);
            }
            client_value(world, &slots_of_client(world, client), figure, window, seconds)
        }
        Metric::ClientOperation(client, operation, figure) => {
            let slots = slots_of_operation(world, client, operation);
            if figure == ClientFigure::RateMax {
                let [only] = slots[..] else { return None };
                return is_whole.then(|| only.peak.max() as f64);
            }
            client_value(world, &slots, figure, window, seconds)
        }
        Metric::Component(component, figure) => component_value(world, component, figure, window, seconds),
        Metric::Instance(component, index, figure) => {
            part_value(world, component, index..index + 1, figure, window, seconds)
        }
        Metric::Group(component, group, figure) => {
            let groups = world.plan().components[component.index()].groups()?;
            part_value(world, component, groups.members(group), figure, window, seconds)
        }
        Metric::Entry(entry, figure) => entry_value(world, entry, figure, window, seconds),
        Metric::Counter(component, counter) => {
            Some(world.recorder().counted(component.index(), counter, window) as f64)
        }
        Metric::Kind(component, figure) => kind_value(world, component, figure, window),
        Metric::Level(component, level, figure) => {
            let held = world.recorder().held(component.index(), level, window, world.reached())?;
            Some(match figure {
                LevelFigure::Min => held.least,
                LevelFigure::Mean => held.mean(),
                LevelFigure::Max => held.most,
            })
        }
        Metric::Times(component, figure, statistic) => {
            let segments = &world.recorder().times[component.index()][figure];
            statistic_of(&merged([&segments[..]].into_iter(), &world.recorder().timeline, window), statistic)
        }
        Metric::Edge(edge, figure) => edge_value(world, edge, figure, window),
        Metric::Link(link, figure) => Some(link_value(world, link, figure, window)),
        Metric::Cost(payer, figure) => cost_value(world, payer, figure, window),
        Metric::Mark(mark, figure) => mark_value(world, mark, figure, window),
        Metric::Run(RunFigure::Events) => is_whole.then(|| world.events() as f64),
        Metric::Deploy(fault, figure) => {
            deploy_value(world, fault, figure, window).filter(|_| is_whole || figure != DeployFigure::Took)
        }
        Metric::Run(RunFigure::Born) => is_whole.then(|| world.conservation().born as f64),
    }
}

/// How much of a window has passed.
pub(crate) fn elapsed(world: &World<'_>, window: Window) -> Span {
    let timeline = &world.recorder().timeline;
    let (start, end) = (timeline.start_of(window.first), timeline.start_of(window.end));
    end.min(world.reached().max(start)).since(start)
}

/// The records that make up a client's own figures.
pub(super) fn slots_of_client<'w>(world: &'w World<'_>, client: usize) -> Vec<&'w SlotRecord> {
    let slots = world.plan().slots.iter().zip(&world.recorder().slots);
    slots
        .filter(|(slot, _)| slot.client == client && slot.part == Part::Request)
        .map(|(_, record)| record)
        .collect()
}

/// The records of one operation of a client.
pub(super) fn slots_of_operation<'w>(
    world: &'w World<'_>,
    client: usize,
    operation: OperationId,
) -> Vec<&'w SlotRecord> {
    let slots = world.plan().slots.iter().zip(&world.recorder().slots);
    let of_operation = slots.filter(|(slot, _)| slot.client == client && slot.operation == Some(operation));
    of_operation.map(|(_, record)| record).collect()
}

fn client_value(
    world: &World<'_>,
    slots: &[&SlotRecord],
    figure: ClientFigure,
    window: Window,
    seconds: f64,
) -> Option<f64> {
    let total = |ending| slots.iter().map(|slot| slot.total(window, ending)).sum::<u64>();
    let ended = |outcome, ending| {
        let per_slot =
            slots.iter().map(|slot| cells(window).map(|cell| slot.ended(cell, outcome, ending)).sum::<u64>());
        per_slot.sum::<u64>()
    };
    // Where nothing ended it cannot be told how much of it would have failed.
    let counted = |count: u64| (total(Ending::Completed) + total(Ending::Failed) > 0).then_some(count as f64);
    let timeline = &world.recorder().timeline;
    match figure {
        ClientFigure::Rate => Some(total(Ending::Completed) as f64 / seconds),
        ClientFigure::RateMax => None,
        ClientFigure::Offered => {
            let born: u64 =
                slots.iter().map(|slot| slot.born[window.first..window.end].iter().sum::<u64>()).sum();
            Some(born as f64 / seconds)
        }
        ClientFigure::Availability => {
            let (completed, failed) = (total(Ending::Completed), total(Ending::Failed));
            (completed + failed > 0).then(|| completed as f64 / (completed + failed) as f64)
        }
        ClientFigure::Errors => counted(total(Ending::Failed)),
        ClientFigure::ErrorsOf(outcome) => counted(ended(outcome, Ending::Failed)),
        ClientFigure::Outcome(outcome) => counted(ended(outcome, Ending::Completed)),
        ClientFigure::Latency(statistic) => {
            statistic_of(&merged(slots.iter().map(|slot| &slot.latency[..]), timeline, window), statistic)
        }
        ClientFigure::FailedLatency(statistic) => statistic_of(
            &merged(slots.iter().map(|slot| &slot.failed_latency[..]), timeline, window),
            statistic,
        ),
    }
}

fn cells(window: Window) -> std::ops::Range<usize> {
    window.first..window.end
}

/// The distributions of a window's segments as one.
pub(super) fn merged<'h>(
    records: impl Iterator<Item = &'h [Histogram]>,
    timeline: &Timeline,
    window: Window,
) -> Histogram {
    let mut whole = Histogram::default();
    if window.first >= window.end {
        return whole;
    }
    let (first, last) = (timeline.segment_of(window.first), timeline.segment_of(window.end - 1));
    let is_cut = |cell: usize| timeline.segment_of(cell - 1) != timeline.segment_of(cell);
    assert!(is_cut(window.first) && is_cut(window.end), "the latencies of {window:?} are not kept apart");
    for segments in records {
        segments[first..=last].iter().for_each(|segment| whole.merge(segment));
    }
    whole
}

/// A statistic of times in nanoseconds \[s\].
fn statistic_of<const DIGITS: u32>(histogram: &Histogram<DIGITS>, statistic: Statistic) -> Option<f64> {
    let nanoseconds = match statistic {
        Statistic::Mean => histogram.mean(),
        Statistic::Quantile(quantile) => histogram.value_at(quantile).map(|value| value as f64),
        Statistic::Max => histogram.max().map(|value| value as f64),
    };
    nanoseconds.map(|nanoseconds| nanoseconds / SECOND as f64)
}

/// The load of a component within a window; the part of a cell that a stopped run has gone through included.
pub(crate) fn load_of(world: &World<'_>, component: ComponentId, window: Window) -> Load {
    let mut load = Load::default();
    world.recorder().loads[component.index()][cells(window)].iter().for_each(|cell| load += *cell);
    let (first, count) = world.plan().components[component.index()].instances;
    for station in &world.stations()[first.index()..first.index() + count as usize] {
        if cells(window).contains(&station.meter.open_cell()) {
            load += station.meter.open_load(world.reached(), station.levels);
        }
    }
    load
}

fn component_value(
    world: &World<'_>,
    id: ComponentId,
    figure: StationFigure,
    window: Window,
    seconds: f64,
) -> Option<f64> {
    let recorder = world.recorder();
    let component = &world.plan().components[id.index()];
    let (first, count) = component.entries;
    let entries = || recorder.entries[first.index()..first.index() + usize::from(count)].iter();
    match figure {
        StationFigure::RateMax => {
            (window == recorder.timeline.whole()).then(|| recorder.component_peaks[id.index()].max() as f64)
        }
        StationFigure::Wait(statistic) => statistic_of(
            &merged(entries().map(|entry| &entry.wait[..]), &recorder.timeline, window),
            statistic,
        ),
        StationFigure::Sojourn(statistic) => statistic_of(
            &merged(entries().map(|entry| &entry.sojourn[..]), &recorder.timeline, window),
            statistic,
        ),
        _ => load_value(component, &load_of(world, id, window), figure, seconds),
    }
}

/// A figure of some instances of a component together.
fn part_value(
    world: &World<'_>,
    id: ComponentId,
    instances: std::ops::Range<u32>,
    figure: StationFigure,
    window: Window,
    seconds: f64,
) -> Option<f64> {
    let mut load = Load::default();
    for index in instances {
        load += load_of_instance(world, world.plan().instance(id, index), window)?;
    }
    load_value(&world.plan().components[id.index()], &load, figure, seconds)
}

/// The load of an instance within a window; none if nobody said before the run that it would be asked for.
fn load_of_instance(world: &World<'_>, instance: InstanceId, window: Window) -> Option<Load> {
    let (station, recorder) = (&world.stations()[instance.index()], world.recorder());
    if window == recorder.timeline.whole() {
        return Some(station.meter.measured_load(world.reached(), station.levels, &recorder.timeline));
    }
    let mut load = Load::default();
    recorder.apart.get(&instance)?[cells(window)].iter().for_each(|cell| load += *cell);
    if cells(window).contains(&station.meter.open_cell()) {
        load += station.meter.open_load(world.reached(), station.levels);
    }
    Some(load)
}

/// A figure that follows from the load of one or several stations over this many seconds.
fn load_value(component: &ComponentPlan, load: &Load, figure: StationFigure, seconds: f64) -> Option<f64> {
    let shape = component.shape;
    let mean = |integral: u128| integral as f64 / (seconds * SECOND as f64);
    // Of what was there: nothing can be said of a time in which all instances were down.
    let share = |busy: u128, there: u128| (there > 0).then(|| busy as f64 / there as f64);
    match figure {
        StationFigure::Utilization => {
            (shape.servers() != UNBOUNDED).then(|| share(load.busy, load.workers)).flatten()
        }
        StationFigure::CpuUtilization => {
            shape.limits_cores().then(|| share(load.computing, load.cores)).flatten()
        }
        StationFigure::Rate => Some(load.served as f64 / seconds),
        StationFigure::QueueMean => Some(mean(load.queued)),
        StationFigure::QueueMax => Some(load.queue_max as f64),
        StationFigure::Rejected => Some(load.rejected as f64),
        StationFigure::Reneged => Some(load.reneged as f64),
        StationFigure::Dropped => Some(load.dropped as f64),
        StationFigure::Instances => Some(mean(load.instances)),
        StationFigure::InstanceSeconds => Some(load.instances as f64 / SECOND as f64),
        StationFigure::Collections => Some(load.collections as f64),
        StationFigure::Breakdowns => Some(load.breakdowns as f64),
        StationFigure::Stood => Some(load.stood as f64 / SECOND as f64),
        StationFigure::MemoryMean => Some(mean(load.memory)),
        StationFigure::MemoryMax => Some(load.memory_max as f64),
        StationFigure::OutOfMemory => Some(load.out_of_memory as f64),
        StationFigure::RateMax | StationFigure::Wait(_) | StationFigure::Sojourn(_) => None,
    }
}

fn entry_value(
    world: &World<'_>,
    id: EntryId,
    figure: EntryFigure,
    window: Window,
    seconds: f64,
) -> Option<f64> {
    let recorder = world.recorder();
    let entry = &recorder.entries[id.index()];
    let times = |segments: &[Histogram], statistic| {
        statistic_of(&merged([segments].into_iter(), &recorder.timeline, window), statistic)
    };
    match figure {
        EntryFigure::Rate => Some(entry.served[cells(window)].iter().sum::<u64>() as f64 / seconds),
        EntryFigure::RateMax => (window == recorder.timeline.whole()).then(|| entry.peak.max() as f64),
        EntryFigure::Wait(statistic) => times(&entry.wait, statistic),
        EntryFigure::Sojourn(statistic) => times(&entry.sojourn, statistic),
        EntryFigure::Rejected => Some(entry.rejected[cells(window)].iter().sum::<u64>() as f64),
    }
}

fn kind_value(world: &World<'_>, component: ComponentId, figure: usize, window: Window) -> Option<f64> {
    let recorder = world.recorder();
    let sum = |counters: &[usize]| {
        counters.iter().map(|counter| recorder.counted(component.index(), *counter, window)).sum::<u64>()
    };
    match world.plan().components[component.index()].blueprint.spec().figures[figure] {
        Figure::Throughput { over, .. } => {
            let span = elapsed(world, window);
            (span.0 > 0).then(|| sum(over) as f64 / span.seconds())
        }
        Figure::Ratio { over, under, .. } => {
            let below = sum(under);
            (below > 0).then(|| sum(over) as f64 / below as f64)
        }
        Figure::Duration { .. } => {
            Some(recorder.duration(component.index(), figure, window) as f64 / SECOND as f64)
        }
        Figure::Times { .. } => None,
        Figure::Level { .. } => {
            if window == recorder.timeline.whole() {
                return world.components()[component.index()].level(figure);
            }
            recorder.level(component.index(), figure, window.end.checked_sub(1)?)
        }
    }
}

fn edge_value(world: &World<'_>, edge: EdgeId, figure: EdgeFigure, window: Window) -> Option<f64> {
    let recorder = world.recorder();
    let records = &recorder.edges[edge.index()][cells(window)];
    let count = |of: fn(&EdgeRecord) -> u64| records.iter().map(of).sum::<u64>();
    let value = match figure {
        EdgeFigure::Attempts => count(|record| record.attempts) as f64,
        EdgeFigure::Retries => count(|record| record.retries) as f64,
        EdgeFigure::Timeouts => count(|record| record.timeouts) as f64,
        EdgeFigure::Hedges => count(|record| record.hedges) as f64,
        EdgeFigure::BudgetExhausted => count(|record| record.budget_exhausted) as f64,
        EdgeFigure::Batches => count(|record| record.batches) as f64,
        EdgeFigure::PoolWaits => count(|record| record.pool_waits) as f64,
        EdgeFigure::PoolRejected => count(|record| record.pool_rejected) as f64,
        EdgeFigure::PoolWait(statistic) => {
            let waits = &recorder.pool_waits[edge.index()][..];
            // A policy with a pool may stand on an edge over which nobody calls.
            return (!waits.is_empty())
                .then(|| merged([waits].into_iter(), &recorder.timeline, window))
                .and_then(|waits| statistic_of(&waits, statistic));
        }
        EdgeFigure::PoolUtilization => {
            let given_back = records.iter().map(|record| record.connected).sum::<u128>() as f64;
            let timeline = &recorder.timeline;
            let (start, end) =
                (timeline.start_of(window.first), timeline.start_of(window.end).min(world.reached()));
            let within = |since: Time| end.0.saturating_sub(since.max(start).0) as f64;
            let used = given_back + world.open_connections(edge).map(within).sum::<f64>();
            let there = f64::from(connections(world.plan(), edge)) * elapsed(world, window).0 as f64;
            return (there > 0.0).then(|| used / there);
        }
        EdgeFigure::BreakerOpened => count(|record| record.breaker_opened) as f64,
        EdgeFigure::BreakerRejected => count(|record| record.breaker_rejected) as f64,
        EdgeFigure::BreakerOpen => {
            let open = records.iter().map(|record| record.breaker_open).sum::<u128>() as f64;
            let there = elapsed(world, window).0 as f64 * f64::from(breakers(world.plan(), edge));
            // What is known of the time behind the end of a run that stopped early is not part of it.
            (open / there).min(1.0)
        }
        EdgeFigure::LimitRejected => count(|record| record.limit_rejected) as f64,
        EdgeFigure::LimitMean => {
            let asked = count(|record| record.limited);
            return (asked > 0).then(|| count(|record| record.limits) as f64 / asked as f64);
        }
        EdgeFigure::Wasted => records.iter().map(|record| record.wasted).sum::<u128>() as f64 / SECOND as f64,
    };
    Some(value)
}

/// How many connections the callers over an edge have.
fn connections(plan: &Plan, edge: EdgeId) -> u32 {
    let keepers = plan.keepers.iter().filter(|keeper| keeper.edges[0] == edge);
    let size = |keeper: &KeeperPlan| {
        let (Callers::Instances(callers) | Callers::Users(callers)) = keeper.callers;
        Some(keeper.gate.as_ref()?.pool?.size.saturating_mul(callers))
    };
    keepers.filter_map(size).sum()
}

/// How many breakers the callers over an edge have.
fn breakers(plan: &Plan, edge: EdgeId) -> u32 {
    let gates = plan.keepers.iter().filter(|keeper| keeper.edges[0] == edge);
    let with = gates.filter(|keeper| keeper.gate.is_some_and(|terms| terms.breaker.is_some()));
    with.map(|keeper| match keeper.callers {
        Callers::Instances(count) | Callers::Users(count) => count,
    })
    .sum()
}

fn mark_value(world: &World<'_>, mark: MarkId, figure: MarkFigure, window: Window) -> Option<f64> {
    let ledger = world.recorder().ledger.as_ref()?;
    let record = &ledger.marks[mark.index()];
    let sum = |counts: &[u64]| Some(counts[cells(window)].iter().sum::<u64>() as f64);
    match figure {
        MarkFigure::Count => sum(&record.count),
        MarkFigure::Duplicates => sum(&record.duplicates),
        MarkFigure::Late => sum(&record.late),
        MarkFigure::Lost => sum(&record.lost),
        MarkFigure::Pending => Some(ledger.pending(mark, window) as f64),
        MarkFigure::Delay(statistic) => {
            let timeline = &world.recorder().timeline;
            statistic_of(&merged([&record.delay[..]].into_iter(), timeline, window), statistic)
        }
    }
}

fn deploy_value(world: &World<'_>, fault: usize, figure: DeployFigure, window: Window) -> Option<f64> {
    let records = &world.recorder().replacements[fault][cells(window)];
    match figure {
        DeployFigure::Updated => Some(records.iter().map(|record| record.forth).sum::<u64>() as f64),
        DeployFigure::RolledBack => Some(records.iter().map(|record| record.back).sum::<u64>() as f64),
        DeployFigure::BlastRadius => {
            let mut all = Load::default();
            for component in world.plan().befallen_by(fault) {
                all += load_of(world, component, window);
            }
            (all.arrived > 0).then(|| all.met as f64 / all.arrived as f64)
        }
        DeployFigure::Took => {
            let Schedule::Once { from, .. } = world.plan().faults[fault].schedule else { return None };
            world.recorder().rolled[fault].map(|end| end.since(from).seconds())
        }
    }
}

fn link_value(world: &World<'_>, link: usize, figure: LinkFigure, window: Window) -> f64 {
    let records = &world.recorder().links[link][cells(window)];
    let count =
        |of: fn(&crate::measure::recorder::LinkRecord) -> u64| records.iter().map(of).sum::<u64>() as f64;
    match figure {
        LinkFigure::Messages => count(|record| record.messages),
        LinkFigure::Bytes => count(|record| record.bytes),
        LinkFigure::Dropped => count(|record| record.dropped),
    }
}
