//! How a run went along: its figures bin by bin of time, and the whole distributions of latencies.

mod kind;

use super::value::{elapsed, load_of, merged, slots_of_client, slots_of_operation};
use crate::measure::histogram::CoarseHistogram;
use crate::measure::recorder::{Ending, SlotRecord};
use crate::measure::timeline::Window;
use crate::mechanism::arrange::Arrange;
use crate::results::{ClientSeries, ComponentSeries, Course, CourseLine, Form, Ladder, Series};
use crate::station::{Load, UNBOUNDED};
use crate::units::{ComponentId, OutcomeId, SECOND};
use crate::world::World;

/// The percentiles whose course is shown.
const PERCENTILES: [(&str, f64); 3] = [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)];

/// The course of a run over its measured time, as far as it came. A bin is a cell of the timeline.
pub fn series(world: &World<'_>) -> Series {
    let timeline = &world.recorder().timeline;
    let whole = timeline.whole();
    let bins: Vec<Window> = (whole.first..whole.end)
        .map(|cell| Window { first: cell, end: cell + 1 })
        .filter(|bin| elapsed(world, *bin).0 > 0)
        .collect();
    let clock = |nanoseconds: u64| (nanoseconds - timeline.start().0) as f64 / SECOND as f64;
    let mut edges: Vec<f64> = bins.iter().map(|bin| clock(timeline.start_of(bin.first).0)).collect();
    edges.extend(bins.last().map(|bin| clock(timeline.start_of(bin.first).0 + elapsed(world, *bin).0)));
    let components = world.plan().components.iter().enumerate();
    Series {
        edges,
        clients: (0..world.plan().clients.len()).map(|client| client_series(world, client, &bins)).collect(),
        components: components
            .filter(|(_, component)| {
                let spec = component.blueprint.spec();
                spec.serves.has_station() || !spec.courses.is_empty()
            })
            .map(|(index, _)| component_series(world, ComponentId(index as u16), &bins))
            .collect(),
    }
}

fn client_series(world: &World<'_>, client: usize, bins: &[Window]) -> ClientSeries {
    let slots = slots_of_client(world, client);
    let per_second = |count: &dyn Fn(&SlotRecord, usize) -> u64| {
        let rate = |bin: &Window| {
            let total: u64 = slots.iter().map(|slot| count(slot, bin.first)).sum();
            total as f64 / elapsed(world, *bin).seconds()
        };
        bins.iter().map(rate).collect::<Vec<f64>>()
    };
    let courses: Vec<CoarseHistogram> = bins.iter().map(|bin| merged_cell(&slots, bin.first)).collect();
    let percentile = |quantile: f64| {
        courses.iter().map(move |course| course.value_at(quantile).map(|value| value as f64 / SECOND as f64))
    };
    let reasons = world.plan().outcomes.iter().enumerate().map(|(index, word)| {
        let reason = OutcomeId(index as u16);
        (word.clone(), per_second(&|slot, cell| slot.ended(cell, reason, Ending::Failed)))
    });
    ClientSeries {
        name: world.plan().clients[client].name.clone(),
        latency: PERCENTILES
            .iter()
            .map(|(name, quantile)| (*name, percentile(*quantile).collect()))
            .collect(),
        offered: per_second(&|slot, cell| slot.born[cell]),
        rate: per_second(&|slot, cell| slot.total(Window { first: cell, end: cell + 1 }, Ending::Completed)),
        errors: reasons.filter(|(_, rates)| rates.iter().any(|rate| *rate > 0.0)).collect(),
    }
}

fn merged_cell(slots: &[&SlotRecord], cell: usize) -> CoarseHistogram {
    let mut course = CoarseHistogram::default();
    slots.iter().for_each(|slot| course.merge(&slot.course[cell]));
    course
}

fn component_series(world: &World<'_>, id: ComponentId, bins: &[Window]) -> ComponentSeries {
    let component = &world.plan().components[id.index()];
    let loads = bins.iter().map(|bin| (load_of(world, id, *bin), elapsed(world, *bin).0 as f64));
    let busy = |load: &Load| if load.workers == 0 { 0.0 } else { load.busy as f64 / load.workers as f64 };
    let own = [cores_course(world, id, bins), memory_course(world, id, bins)];
    let (utilization, queue): (Vec<f64>, Vec<f64>) =
        loads.map(|(load, span)| (busy(&load), load.queued as f64 / span)).unzip();
    ComponentSeries {
        name: component.name.clone(),
        utilization: if component.shape.servers() == UNBOUNDED { Vec::new() } else { utilization },
        queue: if component.blueprint.spec().serves.has_station() { queue } else { Vec::new() },
        courses: kind::courses(world, id, bins).into_iter().chain(own.into_iter().flatten()).collect(),
    }
}

/// How busy the cores are, if there are fewer than workers, which then say little.
fn cores_course(world: &World<'_>, id: ComponentId, bins: &[Window]) -> Option<Course> {
    let component = &world.plan().components[id.index()];
    let share = |bin: &Window| {
        let load = load_of(world, id, *bin);
        (load.cores > 0).then(|| load.computing as f64 / load.cores as f64)
    };
    let name = format!("{}.cpu.utilization", component.name);
    component.shape.limits_cores().then(|| Course {
        name: name.clone(),
        meaning: "share of the cores that compute".to_owned(),
        form: Form::Share,
        lines: vec![CourseLine { label: "cores".to_owned(), name, values: bins.iter().map(share).collect() }],
    })
}

/// What was taken of the memory of an instance, if there is a limit: the most of any, and the mean.
fn memory_course(world: &World<'_>, id: ComponentId, bins: &[Window]) -> Option<Course> {
    let component = &world.plan().components[id.index()];
    component.guard.and_then(|guard| guard.memory)?;
    let loads: Vec<Load> = bins.iter().map(|bin| load_of(world, id, *bin)).collect();
    let line = |label: &str, value: &dyn Fn(&Load) -> Option<f64>| CourseLine {
        label: label.to_owned(),
        name: format!("{}.memory.{label}", component.name),
        values: loads.iter().map(value).collect(),
    };
    Some(Course {
        name: format!("{}.memory", component.name),
        meaning: "memory taken at one instance".to_owned(),
        form: Form::Bytes,
        lines: vec![
            line("max", &|load| Some(load.memory_max as f64)),
            line("mean", &|load| (load.instances > 0).then(|| load.memory as f64 / load.instances as f64)),
        ],
    })
}

/// The latency distributions of the completed requests over the measured time: of each client, and of each of its
/// operations if it has several.
pub fn ladders(world: &World<'_>) -> Vec<Ladder> {
    let plan = world.plan();
    let mut ladders = Vec::new();
    for (index, client) in plan.clients.iter().enumerate() {
        ladders.push(ladder(world, client.name.clone(), &slots_of_client(world, index)));
        let slots = plan.slots.iter().filter(|slot| slot.client == index);
        let mut operations: Vec<_> = slots.filter_map(|slot| slot.operation).collect();
        operations.arrange();
        operations.dedup();
        if operations.len() > 1 {
            ladders.extend(operations.into_iter().map(|operation| {
                let name = format!("{}.{}", client.name, plan.operations[operation.index()]);
                ladder(world, name, &slots_of_operation(world, index, operation))
            }));
        }
    }
    ladders
}

fn ladder(world: &World<'_>, name: String, slots: &[&SlotRecord]) -> Ladder {
    let timeline = &world.recorder().timeline;
    let latency = merged(slots.iter().map(|slot| &slot.latency[..]), timeline, timeline.whole());
    let steps = latency.ladder().into_iter().map(|(share, value)| (share, value as f64 / SECOND as f64));
    Ladder { name, steps: steps.collect() }
}
