//! Whether health checks made things worse: targets that were up and busy got no more calls.

use super::evidence::{Evidence, instant};
use super::victims::{befalls, silences};
use crate::fault::Condition;
use crate::figures::{ClientFigure, Metric, StationFigure, value};
use crate::measure::level::Held;
use crate::outcome;
use crate::results::number::human;
use crate::results::{Finding, Form, Severity};
use crate::units::{ComponentId, SECOND};

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
    let held =
        |bin: usize| recorder.held(component.index(), figure, evidence.bins[bin], evidence.world.reached());
    let levels: Vec<Held> = (0..evidence.bins.len()).map(held).collect::<Option<_>>()?;
    let all = levels.iter().map(|held| held.most).fold(0.0, f64::max);
    let (target, out) = evidence
        .callees(component)
        .map(|target| {
            let is_on = |bin: usize, hits: &dyn Fn(&Condition) -> bool| {
                evidence.faults().into_iter().any(|(fault, from, until)| {
                    hits(&fault.condition) && evidence.begin(bin) < until && evidence.end(bin) > from
                })
            };
            // Who is taken out while a fault keeps targets from answering may be taken out for that; one of several that is slow,
            // for that.
            let is_busy = |bin: usize| {
                let all = utilization(evidence, target, bin) >= BUSY
                    && !is_on(bin, &|condition| silences(evidence, condition, target));
                all || busiest(evidence, target, bin) >= BUSY
                    && !is_on(bin, &|condition| befalls(evidence, condition, target))
            };
            let is_out = |bin: &usize| levels[*bin].least < all && is_busy(*bin);
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
    let healthy = mean(&|bin| levels[bin].mean());
    let busy = mean(&|bin| utilization(evidence, target, bin));
    let (whom, busy) = match busy >= BUSY {
        true => (evidence.name(target).to_owned(), busy),
        false => {
            (format!("the busiest of {}", evidence.name(target)), mean(&|bin| busiest(evidence, target, bin)))
        }
    };
    let least = out.iter().map(|bin| levels[*bin].least).fold(all, f64::min);
    let (name, number) = (evidence.name(component), |value| human(value, Form::Number));
    let from = evidence.begin(out[0]);
    let mut sentence = format!(
        "the health checks of {name} took targets out that were only busy: in {}, the first of them at {}, {} of {} got \
         calls on average, {} at the worst, while {whom} was busy to {}",
        instant(length),
        instant(from.max(0.0)),
        number(healthy),
        number(all),
        if least == 0.0 { "none".to_owned() } else { number(least) },
        human((busy * 1e3).round() / 1e3, Form::Share)
    );
    if let Some((client, count)) = unavailable(evidence, component, &out) {
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

/// The busy share of the workers of a component in a bin.
fn utilization(evidence: &Evidence<'_>, target: ComponentId, bin: usize) -> f64 {
    evidence.station(target, StationFigure::Utilization, evidence.bins[bin]).unwrap_or(0.0)
}

/// That of the instance that had most to do.
fn busiest(evidence: &Evidence<'_>, target: ComponentId, bin: usize) -> f64 {
    let most = evidence.world.recorder().busiest[target.index()][evidence.bins[bin].first];
    let there = |servers: u32| f64::from(servers) * evidence.seconds[bin] * SECOND as f64;
    evidence.servers(target).map_or(0.0, |servers| most.busy as f64 / there(servers))
}

/// The client of whose requests most found nobody who could be called in these bins, of those who may have come this way.
fn unavailable(evidence: &Evidence<'_>, component: ComponentId, bins: &[usize]) -> Option<(usize, f64)> {
    let clients = evidence.world.plan().clients.iter().enumerate();
    let waits = clients.filter(|(_, client)| evidence.awaited(client.component)[component.index()]);
    let count = |client: usize| {
        let metric = Metric::Client(client, ClientFigure::ErrorsOf(outcome::UNAVAILABLE));
        let of_bin = |bin: &usize| value(evidence.world, metric, evidence.bins[*bin]);
        Some((client, bins.iter().filter_map(of_bin).sum())).filter(|(_, count)| *count > 0.0)
    };
    let counts = waits.filter_map(|(client, _)| count(client));
    counts.reduce(|most, one| if one.1 > most.1 { one } else { most })
}
