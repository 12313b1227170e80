//! Finds what the metrics of expectations refer to: a figure of a scenario, and a part of its run.

use super::{Ground, Grounds, Question};
use crate::figures::{Definition, Metric, Windows};
use crate::measure::timeline::Window;
use crate::plan::{NoWindow, Plan, Scenario, window_span};
use crate::scenario::{self, Diagnostics, MetricReference};
use crate::units::Time;

/// The share of the requests that did not fail.
const AVAILABILITY: &str = ".availability";

/// What a metric of an expectation refers to; `None` after an error, which is reported.
pub(super) fn find(
    reference: &MetricReference,
    home: usize,
    grounds: &Grounds<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<(Question, Definition)> {
    let ground = match &reference.variant {
        None => home,
        Some(variant) => {
            let Some(index) = grounds.list.iter().position(|ground| ground.variant == Some(&variant.name))
            else {
                // What is wrong with one that is there is told by whoever built it.
                if !grounds.variants.contains(&variant.name.as_str()) {
                    diagnostics.unknown(variant.location, "variant", &variant.name, "", &grounds.variants);
                }
                return None;
            };
            index
        }
    };
    let place =
        grounds.list[ground].variant.map_or(String::new(), |name| format!(" in the variant `{name}`"));
    let catalogue = grounds.list[ground].catalogue;
    let Some(definition) = catalogue.get(&reference.name) else {
        let help = match catalogue.suggest(&reference.name) {
            Some(name) if name.ends_with(AVAILABILITY) && reference.name.contains("rate") => {
                format!(
                    "did you mean `{name}`? It is the share that does not fail: an error rate below 1 % is `{name} > 99 %`"
                )
            }
            Some(name) => format!("did you mean `{name}`? `windtunnel list metrics` shows all"),
            None => match &catalogue.figures_of(&reference.name)[..] {
                [] => without_owner(&reference.name, &grounds.list[ground]),
                figures => {
                    format!("there are {}, ...: `windtunnel list metrics` shows all", figures.join(", "))
                }
            },
        };
        diagnostics
            .error(reference.location, format!("unknown metric `{}`{place}", reference.name))
            .help(help);
        return None;
    };
    let scenario = grounds.list[ground].scenario;
    let window = window(scenario, reference, &place, diagnostics)?;
    if definition.windows == Windows::Whole && window != scenario.plan.timeline.whole() {
        let message = format!("`{}` is known of the measured time as a whole only", reference.name);
        let error = diagnostics.error(reference.location, message);
        if let names @ [_, ..] = &catalogue.windowed_like(&reference.name, definition)[..] {
            error.help(format!("of a window there are {}", names.join(", ")));
        }
        return None;
    }
    if window != scenario.plan.timeline.whole() && !is_kept(&scenario.plan, definition.metric) {
        not_measured(reference, &place, diagnostics);
        return None;
    }
    Some((Question { ground, metric: definition.metric, window }, definition))
}

/// Help for a metric of somebody who has none, or who is not there.
fn without_owner(name: &str, ground: &Ground<'_>) -> String {
    const ALL: &str = "`windtunnel list metrics` shows all";
    let ends = ['.', '['];
    let owner = name.split(ends).next().unwrap_or(name);
    let mut owners = ground.catalogue.iter().filter_map(|(known, _)| known.split(ends).next());
    if owners.any(|known| known == owner) {
        return ALL.to_owned();
    }
    let components = &ground.scenario.plan.components;
    let names: Vec<&str> = components.iter().map(|component| component.name.as_str()).collect();
    match scenario::suggest(owner, names.iter().copied()) {
        Some(near) => format!("there is no `{owner}`: did you mean `{near}`? {ALL}"),
        None => format!("there is no `{owner}`; there are {}: {ALL}", names.join(", ")),
    }
}

/// The part of the run that a metric speaks of; `None` after an error, which is reported. `place` says where it was looked for.
fn window(
    scenario: &Scenario,
    reference: &MetricReference,
    place: &str,
    diagnostics: &mut Diagnostics,
) -> Option<Window> {
    let timeline = &scenario.plan.timeline;
    let Some(written) = &reference.window else { return Some(timeline.whole()) };
    let [from, to] = match window_span(written, timeline.start(), &scenario.fault_spans) {
        Ok([from, to]) => {
            let begins_in_time = from < timeline.end();
            let rest = match written {
                scenario::Window::Between { .. } => Some(""),
                scenario::Window::After { length: Some(_), .. } => {
                    Some("; without `for` the window lasts until then")
                }
                _ => None,
            };
            if let Some(rest) = rest.filter(|_| begins_in_time && to > timeline.end()) {
                let end = scenario::format_duration(timeline.end().since(timeline.start()).seconds());
                diagnostics
                    .error(reference.location, format!("the run ends before this window ends{place}"))
                    .help(format!("it ends at {end}{rest}"));
                return None;
            }
            [from, to].map(|time| time.clamp(timeline.start(), timeline.end()))
        }
        Err(NoWindow::Unknown(fault)) => {
            let faults = scenario.fault_spans.iter().filter(|fault| fault.span.is_some());
            let faults: Vec<&str> = faults.map(|fault| fault.name.as_str()).collect();
            diagnostics.unknown(fault.location, "fault", &fault.name, place, &faults);
            return None;
        }
        Err(NoWindow::Campaign(campaign)) => {
            let message = format!("the campaign `{}` is no window: its faults come at random", campaign.name);
            diagnostics.error(campaign.location, message).help("only a [fault.NAME] begins and ends once");
            return None;
        }
    };
    if from >= to {
        report_empty(written, reference, place, diagnostics);
        return None;
    }
    let window = timeline.window(from, to);
    let is_cut = |cell: usize, at: Time| {
        timeline.start_of(cell) == at && timeline.segment_of(cell - 1) != timeline.segment_of(cell)
    };
    if is_cut(window.first, from) && is_cut(window.end, to) {
        return Some(window);
    }
    not_measured(reference, place, diagnostics);
    None
}

/// Reports that a scenario does not keep what another one asks of it, because it is without the expectation.
fn not_measured(reference: &MetricReference, place: &str, diagnostics: &mut Diagnostics) {
    let message = format!("this window is not measured: the expectation that names it was taken away{place}");
    diagnostics.error(reference.location, message);
}

/// Whether a plan keeps a figure for windows: those of single instances only where its own expectations ask for them.
fn is_kept(plan: &Plan, metric: Metric) -> bool {
    let (component, instances) = match metric {
        Metric::Instance(component, index, _) => (component, index..index + 1),
        Metric::Group(component, group, _) => {
            let groups = plan.components[component.index()].groups();
            (component, groups.map_or(0..0, |groups| groups.members(group)))
        }
        _ => return true,
    };
    instances.map(|index| plan.instance(component, index)).all(|instance| plan.apart.contains(&instance))
}

/// Reports a window in which nothing can happen.
fn report_empty(
    window: &scenario::Window,
    reference: &MetricReference,
    place: &str,
    diagnostics: &mut Diagnostics,
) {
    let (location, message, help) = match window {
        scenario::Window::Between { .. } => {
            (reference.location, "the run ends before this window begins".to_owned(), None)
        }
        scenario::Window::During(fault) => {
            let help = "it ends before the measured time begins";
            (fault.location, format!("nothing is measured during `{}`", fault.name), Some(help))
        }
        scenario::Window::Before(fault) => {
            let help = "it begins before the measured time, or with it";
            (fault.location, format!("nothing is measured before `{}`", fault.name), Some(help))
        }
        scenario::Window::After { fault, .. } => {
            let help = "it lasts to the end of the run, or this window ends before the measured time begins";
            (fault.location, format!("nothing is measured after `{}`", fault.name), Some(help))
        }
    };
    let error = diagnostics.error(location, message + place);
    if let Some(help) = help {
        error.help(help);
    }
}
