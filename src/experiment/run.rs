//! One run of one trial, in breaths: between two of them whoever watches learns how far it is, and may stop it.

use super::trial::Listed;
use super::{Trial, faults};
use crate::diagnosis::diagnose;
use crate::figures::{self, Prospect};
use crate::measure::timeline::Window;
use crate::plan::Plan;
use crate::results::{
    Conservation, Finding, Ladder, Laws, Limit, Series, Stop, StopReason, TheoryCheck, Trace,
};
use crate::slo::Answer;
use crate::units::{SECOND, Span, Time};
use crate::world::{self, Pause, World};
use std::collections::BTreeMap;

/// Events between two looks of whoever watches: some ten milliseconds.
const BREATH: u64 = 1 << 17;

/// How far a run is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// Which of the runs of the experiment, in [0, total).
    pub index: usize,
    /// How many runs there are.
    pub total: usize,
    /// How much of the run's time has been simulated, the warm-up included.
    pub simulated: Span,
    /// The time of the whole run.
    pub length: Span,
    /// Events so far.
    pub events: u64,
}

/// Whether a run goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Signal {
    /// It does.
    Continue,
    /// It stops, with what it has so far.
    Stop,
}

/// Watches runs, of which several may go on at once.
pub trait Watch: Sync {
    /// Learns how far a run is, at its beginning and now and then.
    fn look(&self, progress: Progress) -> Signal;
}

/// Nobody watches.
#[derive(Clone, Copy, Debug)]
pub struct Unwatched;

impl Watch for Unwatched {
    fn look(&self, _progress: Progress) -> Signal {
        Signal::Continue
    }
}

/// Whether a run's course over time and its whole distributions are kept: they are large.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Course {
    /// They are, and perhaps what requests spent their time on.
    Kept(Tracing),
    /// They are not.
    Dropped,
}

/// Whether single requests are noted: it takes time, and changes nothing else.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Tracing {
    /// They are not.
    #[default]
    Off,
    /// They are, for the diagnosis, and so many of each sort are kept whole: the slowest, some that failed, some of all.
    On(usize),
}

/// What came out of one run.
#[derive(Clone, PartialEq, Debug)]
pub struct Outcome {
    /// Proves that two runs were the same, event by event.
    pub fingerprint: u64,
    /// Events that had an effect.
    pub events: u64,
    /// What became of the clients' requests.
    pub conservation: Conservation,
    /// Why it stopped before its end; none if it did not.
    pub stop: Option<Stop>,
    /// The values of the trial's listed metrics, in their order.
    pub values: Vec<Option<f64>>,
    /// What is known of them outside of faults, by name; empty if not kept.
    pub carried: BTreeMap<String, f64>,
    /// The answers to the trial's questions, in their order.
    pub answers: Vec<Answer>,
    /// What the clients saw around the plan's faults.
    pub around: Vec<Option<f64>>,
    /// The checks of its own books.
    pub laws: Laws,
    /// What theory says.
    pub theory: Vec<TheoryCheck>,
    /// Why it went as it did; empty if not kept.
    pub diagnosis: Vec<Finding>,
    /// How it went along; empty if not kept.
    pub series: Series,
    /// The distributions of its latencies; empty if not kept.
    pub ladders: Vec<Ladder>,
    /// Whole requests; empty if none were asked for.
    pub traces: Vec<Trace>,
}

/// Which of several runs this is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) index: usize,
    pub(super) total: usize,
}

/// Runs a trial once, to its end, to a limit, or until whoever watches stops it.
pub fn run(trial: &Trial, seed: u64, watch: &dyn Watch) -> Option<Outcome> {
    run_watched(trial, seed, Course::Kept(Tracing::Off), Place { index: 0, total: 1 }, watch)
}

/// One of several runs; none if it was stopped before it began.
pub(super) fn run_watched(
    trial: &Trial,
    seed: u64,
    wants: Course,
    place: Place,
    watch: &dyn Watch,
) -> Option<Outcome> {
    let kept = match wants {
        Course::Kept(Tracing::On(kept)) => Some(kept),
        Course::Kept(Tracing::Off) | Course::Dropped => None,
    };
    let prepare = |world: &mut World<'_>| kept.into_iter().for_each(|kept| world.trace(kept));
    let plan = &trial.scenario.plan;
    let mut never = Glances { at: &[], see: &mut |_| {} };
    let look = |world: &World<'_>, stop| outcome(trial, world, wants, stop);
    look_into(plan, seed, place, watch, prepare, &mut never, look)
}

/// Instants of a run at which somebody looks at it: they are no events, and change nothing.
pub(super) struct Glances<'a> {
    /// When, in order.
    pub(super) at: &'a [Time],
    /// Sees the world in which everything before the instant has happened.
    pub(super) see: &'a mut dyn FnMut(&World<'_>),
}

/// Runs a plan, glances at it on the way, and looks at what it left; none if it was stopped by whoever watches.
pub(super) fn look_at<T>(
    plan: &Plan,
    seed: u64,
    place: Place,
    watch: &dyn Watch,
    glances: &mut Glances<'_>,
    look: impl FnOnce(&World<'_>, Option<Stop>) -> T,
) -> Option<T> {
    let is_over = |stop: Option<Stop>| stop.is_none_or(|stop| stop.reason != StopReason::Interrupted);
    let look = |world: &World<'_>, stop| is_over(stop).then(|| look(world, stop));
    look_into(plan, seed, place, watch, |_| {}, glances, look).flatten()
}

fn look_into<T>(
    plan: &Plan,
    seed: u64,
    place: Place,
    watch: &dyn Watch,
    prepare: impl FnOnce(&mut World<'_>),
    glances: &mut Glances<'_>,
    look: impl FnOnce(&World<'_>, Option<Stop>) -> T,
) -> Option<T> {
    let end = plan.timeline.end();
    let progress = |simulated: Time, events: u64| Progress {
        index: place.index,
        total: place.total,
        simulated: Span(simulated.0),
        length: Span(end.0),
        events,
    };
    if watch.look(progress(Time(0), 0)) == Signal::Stop {
        return None;
    }
    let mut world = World::new(plan, seed);
    prepare(&mut world);
    let mut to_come = glances.at.iter().copied();
    let mut until = to_come.next();
    let reason = loop {
        match world.run(until.unwrap_or(end), BREATH) {
            Pause::End if until.is_some() => {
                (glances.see)(&world);
                until = to_come.next();
            }
            Pause::End => break None,
            Pause::Breath => {
                if watch.look(progress(world.now(), world.events())) == Signal::Stop {
                    break Some(StopReason::Interrupted);
                }
            }
            Pause::Limit(limit) => break Some(limit_reached(limit, plan.limits)),
        }
    };
    watch.look(progress(if reason.is_none() { end } else { world.now() }, world.events()));
    let start = plan.timeline.start();
    let clock = |time: Time| (time.0 as f64 - start.0 as f64) / SECOND as f64;
    let stop = reason.map(|reason| Stop { reason, at: clock(world.now()) });
    Some(look(&world, stop))
}

fn limit_reached(limit: world::Limit, limits: crate::plan::Limits) -> StopReason {
    let (limit, value) = match limit {
        world::Limit::Events => (Limit::Events, limits.events),
        world::Limit::InFlight => (Limit::InFlight, limits.in_flight),
        world::Limit::Memory => (Limit::Memory, limits.memory),
        world::Limit::Instant => (Limit::Instant, limits.events_at_one_instant),
    };
    StopReason::Limit { limit, value }
}

fn outcome(trial: &Trial, world: &World<'_>, wants: Course, stop: Option<Stop>) -> Outcome {
    let whole = trial.scenario.plan.timeline.whole();
    // What is not a number says nothing, and has no place in a report.
    let value =
        |metric, window: Window| figures::value(world, metric, window).filter(|value| value.is_finite());
    let answer = |metric, window| {
        let is_whole = stop.is_none();
        let prospect = if is_whole { Prospect::Settled } else { figures::prospect(world, metric, window) };
        Answer { value: value(metric, window), prospect }
    };
    let world::Conservation { born, completed, failed } = world.conservation();
    let kept = wants != Course::Dropped;
    let series = if kept { figures::series(world) } else { Series::default() };
    Outcome {
        fingerprint: world.fingerprint(),
        events: world.events(),
        conservation: Conservation { born, completed, failed, in_flight: born - completed - failed },
        stop,
        values: trial.listed().iter().map(|listed| value(listed.definition.metric, whole)).collect(),
        carried: if kept { carried(trial, world) } else { BTreeMap::new() },
        answers: trial.questions().iter().map(|(metric, window)| answer(*metric, *window)).collect(),
        around: faults::questions(&trial.scenario.plan)
            .into_iter()
            .map(|(metric, window)| value(metric, window))
            .collect(),
        laws: laws(world),
        theory: if stop.is_none() { figures::closed_forms(world, &trial.catalogue) } else { Vec::new() },
        diagnosis: if kept { diagnose(world, &series, trial.questions()) } else { Vec::new() },
        series,
        ladders: if kept { figures::ladders(world) } else { Vec::new() },
        traces: figures::traces(world),
    }
}

fn carried(trial: &Trial, world: &World<'_>) -> BTreeMap<String, f64> {
    let one =
        |listed: &Listed| Some((listed.name.clone(), figures::carried(world, listed.definition.metric)?));
    trial.listed().iter().filter_map(one).collect()
}

fn laws(world: &World<'_>) -> Laws {
    let checks = figures::laws(world);
    let broken = checks.iter().filter(|check| !check.holds);
    Laws {
        checked: checks.len() as u64,
        broken: broken
            .map(|check| format!("{}: {} against {}", check.name, check.left, check.right))
            .collect(),
    }
}
