//! Metastability maps: the load goes up level by level and down again, on the way up a trigger strikes at each level, and at
//! the end of each level it is asked whether the system is well.
//!
//! A system is *stable* at a load if it is well whatever came before, and *vulnerable* if a trigger of some length tips it over
//! into a state that keeps itself up; on the way down one sees how far the load has to fall before it comes back (Bronson et
//! al. 2021; Huang et al. 2022). Nothing is told to collapse: whether the two ways differ comes out of retries, queues and
//! caches alone.

use super::run::{Place, Watch, look_at};
use super::{Experiment, Trial, each};
use crate::fault::{Fault, Schedule};
use crate::figures::timely;
use crate::measure::timeline::{Timeline, Window};
use crate::plan::{Plan, Source};
use crate::results::{Storm, StormCell, StormRow};
use crate::units::{SECOND, Span, Time};
use crate::workload::Profile;

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
    for (trial, length) in experiment.trials.iter_mut().zip(&terms.lengths) {
        told = arrange(&mut trial.scenario.plan, terms, *length)?;
    }
    let seed = experiment.seed;
    let total = experiment.trials.len();
    let within = |trial: &Trial, index: usize, within: Option<Span>| {
        let plan = &trial.scenario.plan;
        look_at(plan, seed, Place { index, total }, watch, |world, _| {
            let windows: Vec<Window> = (0..terms.levels()).map(|level| window(plan, terms, level)).collect();
            let limit = within.or_else(|| {
                let calm = timely::percentile(world, windows[0], 0.99)?;
                Some(Span::from_nanoseconds(calm.0 as f64 * LATENESS))
            });
            // Where a run stops at a limit nobody is answered.
            let share =
                |window: &Window| timely::share(world, *window, limit.unwrap_or_default()).unwrap_or(0.0);
            let shares: Vec<f64> = windows.iter().map(share).collect();
            (limit, shares, world.fingerprint())
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
        let Some((_, shares, fingerprint)) = outcome else { return Ok(None) };
        let count = terms.loads.len();
        let cell = |index: usize| StormCell { up: shares[index], down: shares[2 * count - 1 - index] };
        let cells = (0..count).map(cell).collect();
        rows.push(StormRow { length: length.seconds(), fingerprint, cells });
    }
    Ok(Some(Storm {
        scenario: experiment.trials[0].subject.clone(),
        trigger: told,
        loads: terms.loads.clone(),
        step: terms.step.seconds(),
        within: limit.seconds(),
        share: terms.share,
        rows,
    }))
}

/// The window in which a level is judged.
fn window(plan: &Plan, terms: &StormTerms, level: usize) -> Window {
    let start = plan.timeline.start();
    let [from, until] = terms.judged(level).map(|span| start + span);
    plan.timeline.window(from, until)
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
