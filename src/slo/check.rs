//! Checks expectations before a run: that what they speak of is there, and that their units agree.

use super::reference::find;
use super::{Checked, Grounds, Presence, Question, form_of};
use crate::figures::{ClientFigure, Definition, Metric};
use crate::plan::{Expected, Objective};
use crate::results::Form;
use crate::scenario::{
    self, Comparison, Diagnostics, Dimension, Expectation, MetricReference, Position, Sources,
};
use crate::units::shortened;

/// Checks expectations of the scenario `home` before anything runs: that every metric, variant and window exists, and that
/// units agree. Those with errors, which are reported where they stand, are left out.
///
/// The first of the grounds is what was asked for. Objectives of the others are information: they may speak of what only the
/// first has, and are absent then.
pub fn check_expectations(
    objectives: &[Objective],
    home: usize,
    grounds: &Grounds<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<Checked> {
    objectives.iter().filter_map(|objective| check(objective, home, grounds, diagnostics)).collect()
}

/// Checks what can be known of the expectations of a scenario that has no plan: that their variants exist, and their faults,
/// and everything about those metrics that speak of a variant that has one.
pub fn check_names(expected: &Expected, grounds: &Grounds<'_>, diagnostics: &mut Diagnostics) {
    let metrics = expected.objectives.iter().flat_map(|objective| objective.expectation.metrics());
    for reference in metrics {
        if reference.variant.is_some() {
            find(reference, 0, grounds, diagnostics);
            continue;
        }
        let fault = reference.window.as_ref().and_then(scenario::Window::fault);
        if let Some(fault) = fault.filter(|fault| !expected.faults.contains(&fault.name)) {
            let faults: Vec<&str> = expected.faults.iter().map(String::as_str).collect();
            diagnostics.unknown(fault.location, "fault", &fault.name, "", &faults);
        }
    }
}

fn check(
    objective: &Objective,
    home: usize,
    grounds: &Grounds<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Checked> {
    let expectation = &objective.expectation;
    let metrics = expectation.metrics();
    if metrics.iter().any(|reference| is_absent(reference, home, grounds)) {
        let asked = check(objective, 0, grounds, &mut Diagnostics::new())?;
        return Some(Checked { questions: Vec::new(), presence: Presence::Absent, ..asked });
    }
    let found: Vec<Option<(Question, Definition)>> =
        metrics.iter().map(|reference| find(reference, home, grounds, diagnostics)).collect();
    let dimension_of = |reference: &MetricReference| {
        let index = metrics.iter().position(|metric| *metric == reference)?;
        found[index].map(|(_, definition)| definition.dimension())
    };
    let dimension = expectation.check(&grounds.list[home].scenario.estimates, &dimension_of, diagnostics)?;
    let found: Vec<(Question, Definition)> = found.into_iter().collect::<Option<_>>()?;
    if let [(question, _)] = &found[..] {
        count_as_share(expectation, question.metric, grounds.sources, diagnostics)?;
    }
    let is_share = |(question, definition): &(Question, Definition)| {
        form_of(&grounds.list[question.ground].scenario.plan, definition) == Form::Share
    };
    // A ratio of two shares is no share, but nobody minds reading it in percent.
    let are_shares = dimension == Dimension::NONE && !found.is_empty() && found.iter().all(is_share);
    let form = if are_shares { Form::Share } else { Form::of(dimension) };
    let Position { line, column } = grounds.sources.position(objective.name.location);
    let questions = found.into_iter().map(|(question, _)| question).collect();
    let (objective, position) = (objective.clone(), (line, column));
    Some(Checked { objective, dimension, form, position, questions, presence: Presence::Present })
}

/// Reports a count that is compared with a number of per cent, which is that share of one: `None` if so.
fn count_as_share(
    expectation: &Expectation,
    metric: Metric,
    sources: &Sources,
    diagnostics: &mut Diagnostics,
) -> Option<()> {
    let is_count = match metric {
        Metric::Client(_, figure) | Metric::ClientOperation(_, _, figure) => {
            matches!(figure, ClientFigure::Errors | ClientFigure::ErrorsOf(_) | ClientFigure::Outcome(_))
        }
        Metric::Counter(..) => true,
        _ => false,
    };
    let Some((reference, value, location)) = expectation.metric_and_number().filter(|_| is_count) else {
        return Some(());
    };
    let written = sources.slice(location);
    if !written.ends_with('%') {
        return Some(());
    }
    let name = &reference.name;
    let message = format!("`{name}` is a count, and {written} of one is {}", shortened(value));
    let error = diagnostics.error(location, message);
    let of_errors = name.split_once(".errors").filter(|_| (0.0..1.0).contains(&value));
    match (of_errors, expectation.operator) {
        (Some((client, _)), Comparison::Less | Comparison::LessOrEqual) => {
            let kept = scenario::format_share(1.0 - value);
            error.help(format!("the share that does not fail is `{client}.availability`: write `{client}.availability > {kept}`"));
        }
        _ => {
            error.help("write how many there may be, or divide it by another count");
        }
    }
    None
}

/// Whether what a metric speaks of is there in what was asked for, and not in the scenario `home` beside it.
fn is_absent(reference: &MetricReference, home: usize, grounds: &Grounds<'_>) -> bool {
    let is_found = |home| find(reference, home, grounds, &mut Diagnostics::new()).is_some();
    home > 0 && reference.variant.is_none() && is_found(0) && !is_found(home)
}
