//! What queues owe, and what was given up: backlogs that grow, do not drain or did in the end, messages turned away, dead letters.

use super::evidence::{Evidence, instant};
use super::graded;
use crate::component::Spec;
use crate::figures::{Metric, Statistic, elapsed, value};
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

/// A backlog that was worked off is told of if it was at least what is done in this share of the run, and was there for twice that.
const PASSED_MIN: f64 = 0.01;

/// A backlog is none any more below this share of the most.
const FEW: f64 = 0.05;

/// A finding for each queue with a backlog, left over or worked off, one for each that turned messages away, and one for each that
/// gave some up.
pub(super) fn findings(evidence: &Evidence<'_>) -> Vec<Finding> {
    let all = evidence.serving().flat_map(|component| {
        let backlog = left(evidence, component).or_else(|| passed(evidence, component));
        [backlog, full(evidence, component), dead(evidence, component)]
    });
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

/// The messages that wait at the end of a bin; what waits for its time is no debt.
pub(super) fn due(evidence: &Evidence<'_>, component: ComponentId, bin: usize) -> Option<f64> {
    let delayed = level(evidence, component, "delayed", bin).unwrap_or(0.0);
    level(evidence, component, "backlog", bin).map(|backlog| backlog - delayed)
}

/// "from 3 min on (when slow_consumer began) the backlog of orders grew to 3.02 k messages; it was worked off at 6.6 min, and the
/// longest wait of a message was 30.6 s".
fn passed(evidence: &Evidence<'_>, component: ComponentId) -> Option<Finding> {
    let last = evidence.bins.len() - 1;
    let due: Vec<f64> = (0..=last).map(|bin| due(evidence, component, bin)).collect::<Option<_>>()?;
    let peak = (0..=last).reduce(|peak, bin| if due[bin] > due[peak] { bin } else { peak })?;
    let (most, is_few) = (due[peak], |bin: &usize| due[*bin] <= FEW * due[peak]);
    let end = (peak..=last).find(is_few)?;
    let begin = (0..peak).rfind(is_few).map_or(0, |bin| bin + 1);
    let (from, until) = (evidence.begin(begin), evidence.end(end));
    let total = evidence.total_seconds();
    let done = count(evidence, component, "acknowledged", evidence.whole())? / total;
    if most < WAITING_MIN.max(done * PASSED_MIN * total) || until - from < 2.0 * PASSED_MIN * total {
        return None;
    }
    let name = evidence.name(component);
    let mut sentence = format!(
        "from {} on{} the backlog of {name} grew to {} messages; it was worked off at {}",
        instant(from),
        when(evidence, begin),
        human(most, Form::Number),
        instant(until)
    );
    let delay = figure(evidence, component, "delay").and_then(|delay| {
        value(evidence.world, Metric::Times(component, delay, Statistic::Max), evidence.whole())
    });
    if let Some(delay) = delay {
        sentence += &format!(", and the longest wait of a message was {}", instant(delay));
    }
    let finding = Finding {
        component: Some(name.to_owned()),
        from: Some(from),
        until: Some(until),
        ..Finding::new("backlog", Severity::Warning, sentence)
    };
    Some(finding.with("backlog.max", most, "1").with("lasted", until - from, "s"))
}

/// " (when slow_consumer began)"; nothing if no fault began in a bin or just before it.
fn when(evidence: &Evidence<'_>, bin: usize) -> String {
    let within = evidence.begin(bin) - evidence.seconds[bin]..evidence.end(bin);
    let faults = evidence.faults();
    let fault = faults.iter().rfind(|(_, from, _)| within.contains(from));
    fault.map_or(String::new(), |(fault, ..)| format!(" (when {} began)", fault.name))
}

/// "2079 of 12.1 k messages (17 %) were turned away because q was full, the first of them at 40 s".
fn full(evidence: &Evidence<'_>, component: ComponentId) -> Option<Finding> {
    let away = |window| count(evidence, component, "full", window);
    let lost = away(evidence.whole()).filter(|lost| *lost > 0.0)?;
    let came = lost + count(evidence, component, "puts", evidence.whole())?;
    let from = evidence.bins.iter().position(|bin| away(*bin) > Some(0.0)).map(|bin| evidence.begin(bin));
    let (name, share) = (evidence.name(component), lost / came);
    let sentence = format!(
        "{} of {} messages ({}) were turned away because {name} was full, the first of them at {}",
        human(lost, Form::Number),
        human(came, Form::Number),
        human(share, Form::Share),
        instant(from.unwrap_or(0.0).max(0.0))
    );
    let finding = Finding::new("full", graded(share, 0.0, 0.05), sentence);
    let finding = Finding { component: Some(name.to_owned()), from, ..finding };
    Some(finding.with("full", lost, "1").with("share", share, "1"))
}

/// "the backlog of jobs grew to 1200 messages and is not worked off: in the last 30 s 100 /s came and 80 /s were done; the oldest
/// has waited for 12 s".
fn left(evidence: &Evidence<'_>, component: ComponentId) -> Option<Finding> {
    let last = evidence.bins.len() - 1;
    let backlog = |bin: usize| due(evidence, component, bin).unwrap_or(0.0);
    let (end, half) = (due(evidence, component, last)?, backlog(last / 2));
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
    let is_due = level(evidence, component, "delayed", last).is_none_or(|delayed| delayed == 0.0);
    let oldest = figure(evidence, component, "oldest").filter(|_| is_due);
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
