//! The checks that every run makes of its own books.
//!
//! Each quantity is measured twice, in two places that know nothing of each other: as an integral of the stations' levels
//! over time, and as a sum of what each visitor went through. Whoever is still there when the books are closed counts with
//! what it has gone through so far. All are whole numbers, so both sides must be equal to the last nanosecond:
//!
//! - Little's law (J. D. C. Little 1961), of those present and of those who wait;
//! - the utilisation law (Denning and Buzen 1978): busy workers against the times for which they were held;
//! - flow balance: whoever arrived was served, turned away or stopped, or is still there;
//! - conservation: every request of a client was completed, failed, or is in flight;
//! - marks: of what was promised by an answer, reached + pending + lost = all of it;
//! - traces: what was replayed is what was read before the run.

use super::value::load_of;
use crate::kernel::request::{Flags, Frame, Holds, State};
use crate::measure::ledger::MarkRecord;
use crate::measure::timeline::Window;
use crate::plan::{Source, Traced};
use crate::results::LawCheck;
use crate::station::load::Experience;
use crate::station::{Discipline, Meter, UNBOUNDED};
use crate::units::{ComponentId, InstanceId, MarkId, SECOND, Time};
use crate::workload::Replay;
use crate::world::World;

/// Checks the books of a run, between any two events of it: by the levels on the left, by the visitors on the right.
/// Instances at which nobody ever was are left out.
pub fn laws(world: &World<'_>) -> Vec<LawCheck> {
    let plan = world.plan();
    let experiences = experiences(world);
    let mut checks = Vec::new();
    for (index, component) in plan.components.iter().enumerate() {
        if !component.blueprint.spec().serves.has_station() {
            continue;
        }
        let (first, count) = component.instances;
        for instance in (first.0..first.0 + count).map(InstanceId) {
            check_station(world, instance, &experiences[instance.index()], &mut checks);
        }
        checks.push(flow_balance(world, ComponentId(index as u16)));
    }
    checks.push(conservation(world));
    checks.extend(marks(world));
    checks.extend(world.replays().filter_map(|(client, replay)| trace_is_kept(world, client, replay)));
    checks
}

/// One line for all checks: how many hold, or the first that does not.
pub fn summary(checks: &[LawCheck]) -> String {
    let broken: Vec<&LawCheck> = checks.iter().filter(|check| !check.holds).collect();
    match broken.first() {
        None => format!("all {} laws hold", checks.len()),
        Some(first) => {
            let LawCheck { name, left, right, .. } = first;
            format!("{} of {} laws are broken; {name}: {left} against {right}", broken.len(), checks.len())
        }
    }
}

/// Two integrals of time \[ns\].
fn times(name: String, left: u128, right: u128) -> LawCheck {
    let seconds = |nanoseconds: u128| nanoseconds as f64 / SECOND as f64;
    LawCheck { name, left: seconds(left), right: seconds(right), holds: left == right }
}

/// Two counts.
fn counts(name: String, left: u64, right: u64) -> LawCheck {
    LawCheck { name, left: left as f64, right: right as f64, holds: left == right }
}

/// The laws of one station over the measured time so far.
fn check_station(
    world: &World<'_>,
    instance: InstanceId,
    experience: &Experience,
    checks: &mut Vec<LawCheck>,
) {
    let plan = world.plan();
    let station = &world.stations()[instance.index()];
    let load = station.meter.measured_load(world.reached(), station.levels, &world.recorder().timeline);
    if load.present == 0 && experience.sojourns == 0 {
        return;
    }
    let component = &plan.components[station.component.index()];
    let name = |law: &str| format!("{}[{}]: {law}", component.name, plan.instances[instance.index()].index);
    checks.push(times(name("Little, present"), load.present, experience.sojourns));
    // Who shares the cores neither waits nor holds a worker.
    let has_workers =
        station.shape.workers != UNBOUNDED && station.shape.discipline != Discipline::ProcessorSharing;
    if has_workers {
        checks.push(times(name("Little, queue"), load.queued, experience.waits));
        checks.push(times(name("utilisation"), load.busy, experience.held));
    }
}

/// What the visitors of each instance have gone through, those included who are still there.
fn experiences(world: &World<'_>) -> Vec<Experience> {
    let timeline = &world.recorder().timeline;
    let mut experiences: Vec<Experience> =
        world.stations().iter().map(|station| station.meter.experience).collect();
    let so_far = |from: Time| Meter::measured(timeline, from, world.reached().max(from));
    let requests = world.requests();
    for index in requests.living() {
        let request = &requests[index];
        let mut at = request.at;
        if request.state == State::Queued {
            experiences[at.index()].waits += so_far(request.since);
        }
        if request.flags.has(Flags::WORKER) {
            experiences[at.index()].held += so_far(request.since);
        }
        for frame in requests.frames_of(index).iter().rev() {
            let Frame::Visit { caller, holds, arrived, admitted, .. } = *frame else { continue };
            if holds != Holds::Nothing {
                experiences[at.index()].sojourns += so_far(arrived);
            }
            if holds == Holds::Worker {
                experiences[at.index()].held += so_far(admitted);
            }
            at = caller;
        }
    }
    experiences
}

/// The balance of a component over the whole run.
fn flow_balance(world: &World<'_>, id: ComponentId) -> LawCheck {
    let component = &world.plan().components[id.index()];
    let load = load_of(world, id, Window { first: 0, end: world.recorder().timeline.cells() });
    let (first, count) = component.instances;
    let stations = &world.stations()[first.index()..first.index() + count as usize];
    let present: u64 = stations.iter().map(|station| u64::from(station.levels.present)).sum();
    let left = load.served + load.rejected + load.stopped + present;
    counts(format!("{}: flow balance", component.name), load.arrived, left)
}

/// The balance of the clients' requests over the whole run.
fn conservation(world: &World<'_>) -> LawCheck {
    let requests = world.requests();
    let in_flight =
        requests.living().filter(|index| requests[*index].flags.has(Flags::COUNTED)).count() as u64;
    let totals = world.conservation();
    counts("clients: conservation".to_string(), totals.born, totals.completed + totals.failed + in_flight)
}

/// The balance of each mark over the whole run: what the clients' books say was promised, against the ledger.
fn marks(world: &World<'_>) -> Vec<LawCheck> {
    let (plan, recorder) = (world.plan(), world.recorder());
    let Some(ledger) = &recorder.ledger else { return Vec::new() };
    let all = Window { first: 0, end: recorder.timeline.cells() };
    let balance = |(index, record): (usize, &MarkRecord)| {
        let mark = MarkId(index as u16);
        let slots = recorder.slots.iter().zip(&plan.expected).filter(|(_, expected)| expected.has(mark));
        let answered = slots.flat_map(|(slot, _)| (all.first..all.end).map(|cell| slot.promised(cell)));
        let known = record.reached.iter().sum::<u64>() + record.lost.iter().sum::<u64>();
        let name = format!("mark.{}: reached, pending or lost", plan.marks[index].name);
        counts(name, answered.sum(), known + ledger.pending(mark, all))
    };
    ledger.marks.iter().enumerate().map(balance).collect()
}

/// A trace that was replayed to its end, against what it was before the run: somebody may have changed the file meanwhile.
fn trace_is_kept(world: &World<'_>, client: usize, replay: &Replay) -> Option<LawCheck> {
    let client = &world.plan().clients[client];
    let Source::Trace(Traced { trace, .. }) = &client.source else { return None };
    let (left, right) = (replay.total()? as f64, trace.count() as f64);
    let holds = replay.is_as_read(trace);
    let name = match holds {
        true => format!("{}: lines of the trace", client.name),
        false => format!("{}: lines of the trace {}, which has changed", client.name, trace.path()),
    };
    Some(LawCheck { name, left, right, holds })
}
