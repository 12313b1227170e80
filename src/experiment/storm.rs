//! Metastability maps: the load goes up level by level and down again, on the way up a trigger strikes at each level, and at
//! the end of each level it is asked whether the system is well, on its way to be, or neither.
//!
//! A system is *stable* at a load if it is well whatever came before, and *vulnerable* if a trigger of some length tips it over
//! into a state that keeps itself up; on the way down one sees how far the load has to fall before it comes back (Bronson et
//! al. 2021; Huang et al. 2022). Nothing is told to collapse: whether the two ways differ comes out of retries, queues and
//! caches alone.
//!
//! Who comes down from a high load has its backlog to work off, however plain the system is. That is no metastable state,
//! since nothing keeps it up: the backlog falls. What is asked is therefore not how much is left, which depends on how high
//! the load went, but whether it becomes less.

use super::run::{Glances, Place, Watch, look_at};
use super::{Experiment, Trial, each};
use crate::fault::{Fault, Schedule};
use crate::figures::timely;
use crate::measure::timeline::{Timeline, Window};
use crate::plan::{Plan, Source};
use crate::results::{Stop, Storm, StormCell, StormLevel, StormRow};
use crate::units::{SECOND, Span, Time};
use crate::workload::Profile;
use crate::world::World;

/// How a map is made.
#[derive(Clone, PartialEq, Debug)]
pub struct StormTerms {
    /// The levels of the load, as multiples of what the scenario offers: positive, ascending, at least one.
    pub loads: Vec<f64>,
    /// How long the trigger strikes, in turn: ascending, none longer than [`StormTerms::longest`].
    pub lengths: Vec<Span>,
    /// How long each level lasts.
    pub step: Span,
    /// What strikes.
    pub trigger: StormTrigger,
    /// Who is answered within this time is answered well; if none, within a few times the p99 at the lowest load.
    pub within: Option<Span>,
    /// The share of the requests that must be answered well, in (0, 1\].
    pub share: f64,
}

/// What strikes.
#[derive(Clone, PartialEq, Debug)]
pub enum StormTrigger {
    /// A fault of the scenario, by its name.
    Fault(String),
    /// So many times the load.
    Surge(f64),
}

/// A level has so many parts: one of calm, then the trigger, and the last in which the system is judged.
const PARTS: u64 = 4;

/// How often a quarter of a level is looked at to see whether the backlog falls.
const GLANCES: u64 = 8;

/// A backlog falls if its mean change is so many standard errors below zero. One that has no trend ends where it began if it
/// is bounded, which is a fraction of one, and grows if it is not; only where what comes is just what can be done, chance
/// decides.
const ERRORS: f64 = 2.0;

/// Without a limit of their own requests are late after so many times the p99 at the lowest load.
const LATENESS: f64 = 4.0;

impl StormTerms {
    /// The longest trigger: between it and the judgement lies at least as much time.
    pub fn longest(&self) -> Span {
        Span(self.step.0 / PARTS)
    }

    /// When a level begins, counted over both ways \[clock of the file\].
    fn begin(&self, level: usize) -> Span {
        Span(self.step.0 * level as u64)
    }

    /// The levels of both ways.
    fn levels(&self) -> usize {
        2 * self.loads.len()
    }

    /// The load of a level: up, then down.
    fn load(&self, level: usize) -> f64 {
        let count = self.loads.len();
        self.loads[if level < count { level } else { 2 * count - 1 - level }]
    }

    fn judged(&self, level: usize) -> [Span; 2] {
        let end = self.begin(level + 1);
        [Span(end.0 - self.longest().0), end]
    }

    /// Between two looks at the backlog.
    fn glance(&self) -> Span {
        Span(self.longest().0 / GLANCES)
    }

    /// When the backlog of a level is looked at: from the trigger's end on, or, where none strikes, from the end of the first
    /// quarter, in which the system gets used to the load.
    fn glances(&self, level: usize) -> impl Iterator<Item = Span> {
        let parts = if level < self.loads.len() { PARTS / 2 } else { PARTS - 1 };
        let (end, glance) = (self.begin(level + 1), self.glance());
        (0..=parts * GLANCES).rev().map(move |back| Span(end.0 - back * glance.0))
    }
}

/// The map of the experiment's trials, which are all the same: one for each length of the trigger. None if it was stopped.
///
/// Asserts as many trials as lengths. Errors say why the scenario has no map.
pub fn storm(
    mut experiment: Experiment,
    terms: &StormTerms,
    watch: &dyn Watch,
) -> Result<Option<Storm>, String> {
    assert_eq!(experiment.trials.len(), terms.lengths.len(), "a trial for each length");
    let mut told = String::new();
    let peak = experiment.trials.first().and_then(|trial| peak(&trial.scenario.plan));
    for (trial, length) in experiment.trials.iter_mut().zip(&terms.lengths) {
        told = arrange(&mut trial.scenario.plan, terms, *length)?;
    }
    let seed = experiment.seed;
    let total = experiment.trials.len();
    let within = |trial: &Trial, index: usize, within: Option<Span>| {
        let plan = &trial.scenario.plan;
        let start = plan.timeline.start();
        let at: Vec<Time> =
            (0..terms.levels()).flat_map(|level| terms.glances(level)).map(|at| start + at).collect();
        let mut backlogs = Vec::with_capacity(at.len());
        let mut see = |world: &World<'_>| backlogs.push(world.requests().len() as f64);
        let mut glances = Glances { at: &at, see: &mut see };
        let looked = look_at(plan, seed, Place { index, total }, watch, &mut glances, |world, stop| {
            let windows: Vec<Window> = (0..terms.levels()).map(|level| window(plan, terms, level)).collect();
            let limit = within.or_else(|| {
                let calm = timely::percentile(world, windows[0], 0.99)?;
                Some(Span::from_nanoseconds(calm.0 as f64 * LATENESS))
            });
            let share =
                |window: &Window| timely::share(world, *window, limit.unwrap_or_default()).unwrap_or(0.0);
            let shares: Vec<f64> = windows.iter().map(share).collect();
            (limit, shares, stop, world.fingerprint())
        });
        looked.map(|(limit, shares, stop, fingerprint)| {
            (limit, levels(terms, &shares, &backlogs, stop), fingerprint)
        })
    };
    // The first row, without a trigger, says what is late.
    let Some(first) = within(&experiment.trials[0], 0, terms.within) else { return Ok(None) };
    let Some(limit) = first.0 else {
        return Err("nothing is answered at the lowest load: there is nothing to compare with".to_owned());
    };
    let rest = each(total - 1, |index| within(&experiment.trials[index + 1], index + 1, Some(limit)));
    let mut rows = Vec::new();
    for (outcome, length) in [Some(first)].into_iter().chain(rest).zip(&terms.lengths) {
        let Some((_, levels, fingerprint)) = outcome else { return Ok(None) };
        let count = terms.loads.len();
        let cell = |index: usize| StormCell { up: levels[index], down: levels[2 * count - 1 - index] };
        let cells = (0..count).map(cell).collect();
        rows.push(StormRow { length: length.seconds(), fingerprint, cells });
    }
    Ok(Some(Storm {
        scenario: experiment.trials[0].subject.clone(),
        trigger: told,
        peak,
        loads: terms.loads.clone(),
        step: terms.step.seconds(),
        within: limit.seconds(),
        share: terms.share,
        rows,
    }))
}

/// What came of the levels of one run: the shares that were answered well, how many were there whenever it was looked at, and
/// why it stopped before its end.
fn levels(terms: &StormTerms, shares: &[f64], backlogs: &[f64], stop: Option<Stop>) -> Vec<StormLevel> {
    let mut backlogs = backlogs.iter().copied();
    let mut levels = Vec::new();
    for (level, share) in shares.iter().enumerate() {
        let is_reached = stop.is_none_or(|stop| stop.at >= terms.begin(level + 1).seconds());
        let seen: Vec<f64> = backlogs.by_ref().take(terms.glances(level).count()).collect();
        let empty_in = turns_to_empty(&seen).map(|turns| turns * terms.glance().seconds());
        levels.push(match is_reached {
            true => StormLevel { share: Some(*share), empty_in },
            false => StormLevel::default(),
        });
    }
    levels
}

/// After how many more looks nobody would be there any more, if the number goes on to fall as it did between the looks so
/// far; none if it does not fall.
fn turns_to_empty(seen: &[f64]) -> Option<f64> {
    let falls: Vec<f64> = seen.windows(2).map(|pair| pair[0] - pair[1]).collect();
    let count = falls.len() as f64;
    let mean = falls.iter().sum::<f64>() / count;
    let variance = falls.iter().map(|fall| (fall - mean) * (fall - mean)).sum::<f64>() / (count - 1.0);
    (mean > 0.0 && mean > ERRORS * (variance / count).sqrt()).then(|| seen[seen.len() - 1] / mean)
}

/// The window in which a level is judged.
fn window(plan: &Plan, terms: &StormTerms, level: usize) -> Window {
    let start = plan.timeline.start();
    let [from, until] = terms.judged(level).map(|span| start + span);
    plan.timeline.window(from, until)
}

/// The highest factor of the profiles of all clients; none if they have none.
fn peak(plan: &Plan) -> Option<f64> {
    let measured = plan.timeline.end().since(plan.timeline.start()).seconds();
    let factors = plan.clients.iter().filter_map(|client| match &client.source {
        Source::Open(arrivals) => arrivals.peak(0.0, measured),
        Source::Trace(_) | Source::Closed { .. } => None,
    });
    factors.map(|(_, factor)| factor).reduce(f64::max)
}

/// Gives a plan the levels of the load and the triggers of one length. Says what strikes.
fn arrange(plan: &mut Plan, terms: &StormTerms, length: Span) -> Result<String, String> {
    let warm_up = Span(plan.timeline.start().0);
    let measured = terms.begin(terms.levels());
    let edges: Vec<Time> =
        (0..terms.levels()).flat_map(|level| terms.judged(level)).map(|at| Time(0) + warm_up + at).collect();
    plan.timeline = Timeline::new(warm_up, measured, 1, &edges);
    let surge = match terms.trigger {
        StormTrigger::Surge(factor) => Some(factor),
        StormTrigger::Fault(_) => None,
    };
    let profile = profile(terms, length, surge);
    let mut is_open = false;
    for client in &mut plan.clients {
        let Source::Open(arrivals) = &mut client.source else { continue };
        if let Some(changed) = arrivals.with_profile(profile.clone()) {
            *arrivals = changed;
            is_open = true;
        }
    }
    if !is_open {
        return Err("no client comes at a rate: users who wait for their answers slow down with the system"
            .to_owned());
    }
    let StormTrigger::Fault(name) = &terms.trigger else {
        plan.faults.clear();
        let factor = surge.expect("what is no fault is a surge");
        return Ok(format!("{factor} times the load"));
    };
    let fault = plan.faults.iter().find(|fault| fault.name == *name);
    let fault = fault.cloned().ok_or_else(|| format!("there is no fault `{name}`"))?;
    let told = format!("{} of {}", fault.word, fault.targets);
    plan.faults = strikes(&fault, terms, length, warm_up);
    Ok(told)
}

/// The fault at each level of the way up. A length of zero keeps what the fault takes of a run, but no time.
fn strikes(fault: &Fault, terms: &StormTerms, length: Span, warm_up: Span) -> Vec<Fault> {
    if length == Span::ZERO {
        return Vec::new();
    }
    let strike = |level: usize| {
        let from = Time(0) + warm_up + terms.begin(level) + terms.longest();
        let schedule = Schedule::Once { from, until: from + length };
        Fault { name: format!("{}_{level}", fault.name), schedule, ..fault.clone() }
    };
    (0..terms.loads.len()).map(strike).collect()
}

/// The factor on all rates.
fn profile(terms: &StormTerms, length: Span, surge: Option<f64>) -> Profile {
    let seconds = |span: Span| span.0 as f64 / SECOND as f64;
    let mut points = Vec::new();
    for level in 0..terms.levels() {
        let (begin, end, load) = (terms.begin(level), terms.begin(level + 1), terms.load(level));
        points.push((seconds(begin), load));
        if let Some(factor) = surge.filter(|_| level < terms.loads.len() && length > Span::ZERO) {
            let from = begin + terms.longest();
            points.extend([(seconds(from), load), (seconds(from), load * factor)]);
            points.extend([(seconds(from + length), load * factor), (seconds(from + length), load)]);
        }
        points.push((seconds(end), load));
    }
    Profile::linear(&points).expect("loads are positive, and levels follow each other")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backlog_falls_if_it_does_so_by_more_than_chance() {
        for (seen, expected) in [
            // At 2 a look the last 2 are gone after one more.
            (&[10.0, 8.0, 6.0, 4.0, 2.0][..], Some(1.0)),
            (&[100.0, 91.0, 83.0, 72.0, 60.0], Some(6.0)),
            (&[10.0, 10.0, 10.0, 10.0], None),
            (&[0.0, 0.0, 0.0], None),
            (&[10.0, 12.0, 14.0, 16.0], None),
            // A single step is no trend, and to and fro neither.
            (&[100.0, 50.0, 50.0, 50.0, 50.0, 50.0], None),
            (&[50.0, 47.0, 53.0, 48.0, 51.0, 49.0], None),
        ] {
            assert_eq!(turns_to_empty(seen), expected, "{seen:?}");
        }
    }

    #[test]
    fn a_level_is_looked_at_after_its_trigger() {
        let terms = StormTerms {
            loads: vec![1.0],
            lengths: vec![Span(0)],
            step: Span(3200),
            trigger: StormTrigger::Surge(2.0),
            within: None,
            share: 0.9,
        };
        for (level, first, end, count) in [(0, 1600, 3200, 17), (1, 4000, 6400, 25)] {
            let glances: Vec<Span> = terms.glances(level).collect();
            assert_eq!((glances[0], glances[glances.len() - 1]), (Span(first), Span(end)));
            assert_eq!(glances.len(), count);
        }
    }
}
