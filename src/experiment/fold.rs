//! Folds the outcomes of replications into results, in the order of their indices.

use super::{Experiment, Outcome, Trial, faults};
use crate::component::Figure as KindFigure;
use crate::kernel::random::mix;
use crate::mechanism::arrange::Arrange;
use crate::plan::{ComponentPlan, Groups, Plan};
use crate::results::{
    ClientShape, ClosedForm, ComponentShape, Conservation, Figure, Finding, Form, Judgement, Ladder, Laws,
    Metrics, OwnFigure, PartShape, Results, Series, Servers, Stop, StopReason, TheoryCheck, Trace,
};
use crate::slo::{self, Answer, Checked, Planned};
use crate::station::{Discipline, UNBOUNDED};
use crate::theory::intervals::{CONFIDENCE, Interval, student_quantile};
use crate::units::{ComponentId, SECOND};
use std::collections::BTreeMap;

/// The results of each trial. Replications by the outcomes of all trials, at least one.
pub(super) fn fold(experiment: &Experiment, mut replications: Vec<Vec<Outcome>>) -> Vec<Results> {
    let is_interrupted =
        |outcome: &Outcome| outcome.stop.is_some_and(|stop| stop.reason == StopReason::Interrupted);
    let interrupted: Option<Stop> = replications
        .iter()
        .flatten()
        .find(|outcome| is_interrupted(outcome))
        .and_then(|outcome| outcome.stop);
    let courses: Vec<Kept> = replications[0].iter_mut().map(course).collect();
    // A part of a run is better than nothing, but not beside whole ones.
    if replications.iter().any(|row| !row.iter().any(is_interrupted)) {
        replications.retain(|row| !row.iter().any(is_interrupted));
    } else {
        replications.truncate(1);
    }
    let was_cut = (replications.len() as u64) < experiment.replications || interrupted.is_some();
    let interruption =
        was_cut.then(|| interrupted.unwrap_or(Stop { reason: StopReason::Interrupted, at: 0.0 }));
    let judge = |checked: &Checked, home: &Trial| judge(experiment, checked, home, &replications);
    let trials = experiment.trials.iter().enumerate().zip(courses);
    trials
        .map(|((index, trial), (diagnosis, carried, series, ladders, traces))| {
            let outcomes: Vec<&Outcome> = replications.iter().map(|row| &row[index]).collect();
            let plan = &trial.scenario.plan;
            Results {
                subject: trial.subject.clone(),
                seed: experiment.seed,
                replications: outcomes.len() as u64,
                replications_planned: experiment.replications,
                fingerprint: fingerprint(&outcomes),
                metrics: metrics(trial, &outcomes),
                carried,
                objectives: trial.objectives.iter().map(|checked| judge(checked, trial)).collect(),
                claims: trial.claims.iter().map(|checked| judge(checked, trial)).collect(),
                notes: Vec::new(),
                conservation: conservation(&outcomes),
                events: outcomes.iter().map(|outcome| outcome.events).sum(),
                stop: outcomes.iter().find_map(|outcome| outcome.stop).or(interruption),
                duration: plan.timeline.end().since(plan.timeline.start()).0 as f64 / SECOND as f64,
                clients: clients(plan),
                components: components(plan),
                faults: faults::shapes(plan, &outcomes),
                laws: laws(&outcomes),
                closed_forms: closed_forms(trial, &outcomes),
                diagnosis,
                series,
                ladders,
                traces,
                remarks: if index == 0 { experiment.remarks.clone() } else { Vec::new() },
            }
        })
        .collect()
}

/// What only the first replication keeps.
type Kept = (Vec<Finding>, BTreeMap<String, f64>, Series, Vec<Ladder>, Vec<Trace>);

fn course(outcome: &mut Outcome) -> Kept {
    use std::mem::take;
    (
        take(&mut outcome.diagnosis),
        take(&mut outcome.carried),
        take(&mut outcome.series),
        take(&mut outcome.ladders),
        take(&mut outcome.traces),
    )
}

fn judge(
    experiment: &Experiment,
    checked: &Checked,
    home: &Trial,
    replications: &[Vec<Outcome>],
) -> Judgement {
    let is_run = |question: &slo::Question| question.ground < experiment.trials.len();
    if checked.is_absent() || !checked.questions().iter().all(is_run) {
        return checked.skipped();
    }
    let answers = |row: &Vec<Outcome>| {
        let answer = |question: &slo::Question| {
            let asked = experiment.trials[question.ground].questions();
            let index = asked.iter().position(|asked| *asked == (question.metric, question.window));
            row[question.ground].answers[index.expect("what was asked was answered")]
        };
        checked.questions().iter().map(answer).collect::<Vec<Answer>>()
    };
    let answers: Vec<Vec<Answer>> = replications.iter().map(answers).collect();
    checked.judge(&home.scenario.estimates, &answers, Planned(experiment.replications))
}

/// The fingerprint of a single run, or a hash of the fingerprints of all.
fn fingerprint(outcomes: &[&Outcome]) -> u64 {
    match outcomes {
        [only] => only.fingerprint,
        _ => outcomes.iter().fold(0, |hash, outcome| mix(hash, outcome.fingerprint)),
    }
}

fn metrics(trial: &Trial, outcomes: &[&Outcome]) -> Metrics {
    let mut metrics = Metrics::new();
    for (index, listed) in trial.listed().iter().enumerate() {
        let samples: Vec<f64> = outcomes.iter().filter_map(|outcome| outcome.values[index]).collect();
        let is_shown = listed.is_shown(&samples);
        if let Some(figure) = is_shown.then(|| figure(&samples, listed.definition.unit)).flatten() {
            metrics.insert(listed.name.clone(), figure);
        }
    }
    metrics
}

fn figure(samples: &[f64], unit: &'static str) -> Option<Figure> {
    if let Some(Interval { mean, low, high }) = Interval::of(samples) {
        return Some(Figure { value: mean, unit, low: Some(low), high: Some(high) });
    }
    samples.first().map(|value| Figure { value: *value, unit, low: None, high: None })
}

fn conservation(outcomes: &[&Outcome]) -> Conservation {
    let mut total = Conservation::default();
    for Outcome { conservation, .. } in outcomes {
        total.born += conservation.born;
        total.completed += conservation.completed;
        total.failed += conservation.failed;
        total.in_flight += conservation.in_flight;
    }
    total
}

fn laws(outcomes: &[&Outcome]) -> Laws {
    Laws {
        checked: outcomes.iter().map(|outcome| outcome.laws.checked).sum(),
        broken: outcomes.iter().flat_map(|outcome| outcome.laws.broken.iter().cloned()).collect(),
    }
}

/// The closed forms, which are the same in every replication.
fn closed_forms(trial: &Trial, outcomes: &[&Outcome]) -> Vec<ClosedForm> {
    let one = |(index, theory): (usize, &TheoryCheck)| {
        let samples: Vec<f64> = outcomes
            .iter()
            .filter_map(|outcome| outcome.theory.get(index).and_then(|theory| theory.simulated))
            .filter(|simulated| simulated.is_finite())
            .collect();
        let interval = Interval::of(&samples);
        let quantile = || student_quantile(0.5 + 0.5 * CONFIDENCE, samples.len() as f64 - 1.0);
        let form =
            trial.catalogue.get(&theory.figure).map(|known| slo::form_of(&trial.scenario.plan, &known));
        ClosedForm {
            figure: theory.figure.clone(),
            model: theory.model.clone(),
            form: form.unwrap_or(Form::Number),
            exact: theory.exact,
            simulated: interval.map(|interval| interval.mean).or(samples.first().copied()),
            standard_error: interval
                .map(|interval| interval.half_width() / quantile())
                .or(theory.standard_error),
        }
    };
    outcomes[0].theory.iter().enumerate().filter(|(_, theory)| theory.exact.is_finite()).map(one).collect()
}

fn clients(plan: &Plan) -> Vec<ClientShape> {
    let shape = |(index, client): (usize, &crate::plan::ClientPlan)| {
        let slots: Vec<_> = plan.slots.iter().filter(|slot| slot.client == index).collect();
        let mut operations: Vec<String> = slots
            .iter()
            .filter_map(|slot| slot.operation)
            .map(|operation| plan.operations[operation.index()].clone())
            .collect();
        operations.arrange();
        operations.dedup();
        // The only operation of a client without sessions has the client's own figures.
        if slots.len() == 1 {
            operations.clear();
        }
        ClientShape { name: client.name.clone(), operations }
    };
    plan.clients.iter().enumerate().map(shape).collect()
}

fn components(plan: &Plan) -> Vec<ComponentShape> {
    let is_serving = |component: &&ComponentPlan| component.blueprint.spec().serves.has_station();
    let serving: Vec<&ComponentPlan> = plan.components.iter().filter(is_serving).collect();
    let name = |id: ComponentId| plan.components[id.index()].name.as_str();
    let callees = |caller: &ComponentPlan| {
        let edges = plan.edges.iter().filter(|edge| name(edge.caller) == caller.name);
        edges.filter_map(|edge| serving.iter().position(|known| known.name == name(edge.callee))).collect()
    };
    let shape = |component: &&ComponentPlan| ComponentShape {
        name: component.name.clone(),
        kind: component.kind,
        instances: component.instances.1,
        listed: if component.lists_instances { parts(component) } else { Vec::new() },
        servers: servers(component),
        callees: callees(component),
        served: served(component),
        own: component.blueprint.spec().figures.iter().filter_map(own_figure).collect(),
    };
    serving.iter().map(shape).collect()
}

/// The groups of instances of a component, if they have several each, and the instances, if there are several.
fn parts(component: &ComponentPlan) -> Vec<PartShape> {
    let (name, count) = (&component.name, component.instances.1);
    let groups = component.groups().filter(|groups| groups.count > 1 && groups.size > 1);
    let group = |groups: Groups| {
        (0..groups.count).map(move |at| PartShape {
            name: format!("{name}.{}[{at}]", groups.word),
            instances: groups.size,
        })
    };
    // The only one is its component.
    let single = if count > 1 { 0..count } else { 0..0 };
    let instances = single.map(|at| PartShape { name: format!("{name}[{at}]"), instances: 1 });
    groups.into_iter().flat_map(group).chain(instances).collect()
}

fn servers(component: &ComponentPlan) -> Vec<Servers> {
    let shape = component.shape;
    let is_shared = shape.discipline == Discipline::ProcessorSharing;
    let workers = Servers { metric: "utilization", noun: "workers", count: shape.workers };
    let cores = Servers { metric: "cpu.utilization", noun: "cores", count: shape.cores() };
    let all = match (is_shared, shape.limits_cores()) {
        (true, _) => vec![Servers { metric: "utilization", noun: "cores", count: shape.capacity() }],
        (false, true) => vec![workers, cores],
        (false, false) => vec![workers],
    };
    all.into_iter().filter(|servers| servers.count != UNBOUNDED).collect()
}

/// The figure that says how much it serves.
fn served(component: &ComponentPlan) -> &'static str {
    let is_throughput = |figure: &&KindFigure| matches!(figure, KindFigure::Throughput { .. });
    component.blueprint.spec().figures.iter().find(is_throughput).map_or("rate", KindFigure::name)
}

/// A figure beside those that every component has.
fn own_figure(figure: &KindFigure) -> Option<OwnFigure> {
    Some(match figure {
        KindFigure::Throughput { .. } => return None,
        KindFigure::Ratio { name, .. } => OwnFigure { name, form: Form::Share },
        KindFigure::Duration { name, .. } | KindFigure::Times { name, .. } => {
            OwnFigure { name, form: Form::Duration }
        }
        KindFigure::Level { name, unit, .. } => {
            let form = match *unit {
                "s" => Form::Duration,
                "B" => Form::Bytes,
                "1/s" => Form::Rate,
                "USD" => Form::Money,
                _ => Form::Number,
            };
            OwnFigure { name, form }
        }
    })
}
