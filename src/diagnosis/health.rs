//! Whether health checks made things worse: targets that were up and busy got no more calls.

use super::evidence::{Evidence, instant};
use super::victims::silences;
use crate::fault::Condition;
use crate::figures::{ClientFigure, Metric, StationFigure, value};
use crate::outcome;
use crate::results::number::human;
use crate::results::{Finding, Form, Severity};
use crate::units::ComponentId;

/// Targets are busy whose workers are busy to this share.
const BUSY: f64 = 0.9;

/// In a smaller share of the run it is chance.
const SHARE_MIN: f64 = 0.02;

/// A finding for each component that sent busy targets no more calls.
pub(super) fn findings(evidence: &Evidence<'_>) -> Vec<Finding> {
    let components = (0..evidence.world.plan().components.len()).map(|index| ComponentId(index as u16));
    components.filter_map(|component| finding(evidence, component)).collect()
}

/// "the health checks of lb took busy targets out: only 1.2 of 3 got calls on average from 6 s on, none at the worst, while those
/// of app that were up were busy to 96 %; 2970 requests of users were answered `unavailable`".
fn finding(evidence: &Evidence<'_>, component: ComponentId) -> Option<Finding> {
    let figures = evidence.world.plan().components[component.index()].blueprint.spec().figures;
    let figure = figures.iter().position(|figure| figure.name() == "healthy")?;
    let recorder = evidence.world.recorder();
    let level = |bin: usize| recorder.level(component.index(), figure, evidence.bins[bin].first);
    let levels: Vec<f64> = (0..evidence.bins.len()).map(level).collect::<Option<_>>()?;
    let all = levels.iter().copied().fold(0.0, f64::max);
    let utilization = |target: ComponentId, bin: usize| {
        evidence.station(target, StationFigure::Utilization, evidence.bins[bin]).unwrap_or(0.0)
    };
    let (target, out) = evidence
        .callees(component)
        .map(|target| {
            let silences = |condition: &Condition| silences(evidence, condition, target);
            let silent: Vec<(f64, f64)> = evidence
                .faults()
                .into_iter()
                .filter(|(fault, ..)| silences(&fault.condition))
                .map(|(_, from, until)| (from, until))
                .collect();
            // Who is taken out while a fault keeps targets from answering may be taken out for that.
            let is_well = |bin: usize| {
                !silent.iter().any(|(from, until)| evidence.begin(bin) < *until && evidence.end(bin) > *from)
            };
            let is_out =
                |bin: &usize| levels[*bin] < all && is_well(*bin) && utilization(target, *bin) >= BUSY;
            (target, (0..levels.len()).filter(is_out).collect::<Vec<usize>>())
        })
        .max_by_key(|(target, out)| (out.len(), std::cmp::Reverse(*target)))?;
    let length: f64 = out.iter().map(|bin| evidence.seconds[*bin]).sum();
    if length < SHARE_MIN * evidence.total_seconds() {
        return None;
    }
    let mean = |of: &dyn Fn(usize) -> f64| {
        out.iter().map(|bin| of(*bin) * evidence.seconds[*bin]).sum::<f64>() / length
    };
    let healthy = mean(&|bin| levels[bin]);
    let busy = mean(&|bin| utilization(target, bin));
    let least = out.iter().map(|bin| levels[*bin]).fold(all, f64::min);
    let (name, number) = (evidence.name(component), |value| human(value, Form::Number));
    let from = evidence.begin(out[0]);
    let mut sentence = format!(
        "the health checks of {name} took targets out that were only busy: in {}, the first of them at {}, {} of {} got \
         calls on average, {} at the worst, while {} was busy to {}",
        instant(length),
        instant(from.max(0.0)),
        number(healthy),
        number(all),
        if least == 0.0 { "none".to_owned() } else { number(least) },
        evidence.name(target),
        human(busy, Form::Share)
    );
    if let Some((client, count)) = unavailable(evidence, component) {
        let name = &evidence.world.plan().clients[client].name;
        sentence += &format!("; {} requests of {name} ended `unavailable`", human(count, Form::Number));
    }
    let finding = Finding {
        component: Some(name.to_owned()),
        from: Some(from),
        ..Finding::new("health_checks", Severity::Critical, sentence)
    };
    Some(finding.with("healthy", healthy, "1").with("healthy.least", least, "1").with("lasted", length, "s"))
}

/// The client of whose requests most found nobody who could be called, of those who may have come this way.
fn unavailable(evidence: &Evidence<'_>, component: ComponentId) -> Option<(usize, f64)> {
    let clients = evidence.world.plan().clients.iter().enumerate();
    let waits = clients.filter(|(_, client)| evidence.awaited(client.component)[component.index()]);
    let count = |client: usize| {
        let metric = Metric::Client(client, ClientFigure::ErrorsOf(outcome::UNAVAILABLE));
        Some((client, value(evidence.world, metric, evidence.whole()).filter(|count| *count > 0.0)?))
    };
    let counts = waits.filter_map(|(client, _)| count(client));
    counts.reduce(|most, one| if one.1 > most.1 { one } else { most })
}
