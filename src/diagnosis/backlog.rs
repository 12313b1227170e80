//! What queues still owe at the end, and what was given up: backlogs that grow or do not drain, dead letters.

use super::evidence::{Evidence, instant};
use super::graded;
use crate::component::Spec;
use crate::figures::{Metric, elapsed, value};
use crate::measure::timeline::Window;
use crate::plan::{ComponentPlan, ErrandPlan, Step};
use crate::results::number::{counted, human};
use crate::results::{Finding, Form, Severity};
use crate::units::ComponentId;

/// Fewer messages than this are no backlog.
const WAITING_MIN: f64 = 20.0;

/// A backlog that is gone within this share of the run is none to speak of.
const DRAIN_MIN: f64 = 0.05;

/// A backlog grows that is so many times as large at the end as half way.
const GROWTH: f64 = 1.2;

/// A finding for each queue whose backlog is left over, and one for each that gave messages up.
pub(super) fn findings(evidence: &Evidence<'_>) -> Vec<Finding> {
    let all = evidence.serving().flat_map(|component| [left(evidence, component), dead(evidence, component)]);
    all.flatten().collect()
}

/// A figure of a component's kind that is a level, at the end of a bin.
fn level(evidence: &Evidence<'_>, component: ComponentId, name: &str, bin: usize) -> Option<f64> {
    let figure = figure(evidence, component, name)?;
    evidence.world.recorder().level(component.index(), figure, evidence.bins[bin].first)
}

/// The index of a figure of a component's kind.
fn figure(evidence: &Evidence<'_>, component: ComponentId, name: &str) -> Option<usize> {
    spec(evidence, component).figures.iter().position(|figure| figure.name() == name)
}

fn spec(evidence: &Evidence<'_>, component: ComponentId) -> &'static Spec {
    evidence.world.plan().components[component.index()].blueprint.spec()
}

/// How often something was counted.
fn count(evidence: &Evidence<'_>, component: ComponentId, name: &str, window: Window) -> Option<f64> {
    let counter = spec(evidence, component).counters.iter().position(|counter| counter.name == name)?;
    value(evidence.world, Metric::Counter(component, counter), window)
}

/// "the backlog of jobs grew to 1200 messages and is not worked off: in the last 30 s 100 /s came and 80 /s were done; the oldest
/// has waited for 12 s".
fn left(evidence: &Evidence<'_>, component: ComponentId) -> Option<Finding> {
    let last = evidence.bins.len() - 1;
    let delayed = |bin: usize| level(evidence, component, "delayed", bin).unwrap_or(0.0);
    // What waits for its time is no debt.
    let due = |bin: usize| level(evidence, component, "backlog", bin).map(|backlog| backlog - delayed(bin));
    let backlog = |bin: usize| due(bin).unwrap_or(0.0);
    let (end, half) = (due(last)?, backlog(last / 2));
    let late = Window { first: evidence.bins[last.div_ceil(2)].first, end: evidence.bins[last].end };
    let seconds = elapsed(evidence.world, late).seconds();
    let rate = |name: &str| count(evidence, component, name, late).map(|count| count / seconds);
    let (came, done) = (rate("puts")?, rate("acknowledged")?);
    if end < WAITING_MIN || end < done * DRAIN_MIN * evidence.total_seconds() {
        return None;
    }
    let most = (0..=last).map(backlog).fold(0.0, f64::max);
    let (name, number) = (evidence.name(component), |value| human(value, Form::Number));
    let grows = end > GROWTH * half && came > done;
    let mut sentence = match grows {
        true => format!(
            "the backlog of {name} grew to {} messages and is not worked off: in the last {} s {} came and {} were done",
            number(end),
            number(seconds),
            human(came, Form::Rate),
            human(done, Form::Rate)
        ),
        false => format!(
            "{} messages still wait in {name} at the end, of {} at the most",
            number(end),
            number(most)
        ),
    };
    // The oldest may be one of those whose time has not come.
    let oldest = figure(evidence, component, "oldest").filter(|_| delayed(last) == 0.0);
    let oldest =
        oldest.and_then(|oldest| value(evidence.world, Metric::Kind(component, oldest), evidence.whole()));
    if let Some(oldest) = oldest {
        sentence += &format!("; the oldest has waited for {}", instant(oldest));
    }
    let severity = if grows { Severity::Critical } else { Severity::Warning };
    let finding = Finding { component: Some(name.to_owned()), ..Finding::new("backlog", severity, sentence) };
    let finding = finding.with("backlog", end, "1").with("came", came, "1/s").with("done", done, "1/s");
    Some(match oldest {
        Some(oldest) => finding.with("oldest", oldest, "s"),
        None => finding,
    })
}

/// The queue to which dead messages go, if nobody takes any there.
fn grave<'e>(evidence: &Evidence<'e>, component: ComponentId) -> Option<&'e str> {
    let plan = evidence.world.plan();
    let [ErrandPlan::Call(put, _)] = plan.components[component.index()].errands[..] else { return None };
    let Step::Call(site) = plan.steps[plan.entries[put.index()].start.index()] else { return None };
    let (grave, _) = plan.sites[site.index()].edges.first()?;
    let grave = &plan.components[grave.index()].name;
    let takes = |taker: &ComponentPlan| {
        taker.blueprint.feeds_on().and(taker.blueprint.aims_at()).is_some_and(|source| source.name == *grave)
    };
    (!plan.components.iter().any(takes)).then_some(grave)
}

/// "60 of 1,200 messages of jobs (5 %) were given up as dead after 2 deliveries".
fn dead(evidence: &Evidence<'_>, component: ComponentId) -> Option<Finding> {
    let whole = evidence.whole();
    let dead = count(evidence, component, "dead", whole).filter(|count| *count > 0.0)?;
    let came = count(evidence, component, "puts", whole)?;
    let (name, share) = (evidence.name(component), dead / came.max(dead));
    let mut sentence = format!(
        "{} of {} messages of {name} ({}) were given up as dead",
        human(dead, Form::Number),
        human(came, Form::Number),
        human(share, Form::Share)
    );
    if let Some(deliveries) = evidence.world.plan().components[component.index()].blueprint.deliveries() {
        sentence += &format!(" after {}", counted(deliveries.into(), "deliveries"));
    }
    if let Some(grave) = grave(evidence, component) {
        sentence += &format!("; they lie in {grave}, which nobody reads");
        if !evidence.world.plan().marks.is_empty() {
            sentence += ": to a mark they are pending, not lost";
        }
    }
    let finding = Finding::new("dead_letters", graded(share, 0.0, 0.05), sentence);
    let finding = Finding { component: Some(name.to_owned()), ..finding };
    Some(finding.with("dead", dead, "1").with("share", share, "1"))
}
