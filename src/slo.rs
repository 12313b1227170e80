//! Objectives and claims: checks them before a run, and judges them after it.
//!
//! A single run either keeps an expectation or does not. Over replications it is judged on the mean of the difference of its
//! sides with its 95 % confidence interval: both sides are taken from the same replication, so that what all variants have in
//! common, their random numbers, cancels. Where the interval straddles the limit, the verdict is inconclusive; so it is
//! where nothing happened that the expectation could tell of. Of a run that stopped early only that is judged which the rest
//! of it could not have changed.

mod foregone;

pub use foregone::{foregone, look_for_foregone};

use crate::component::Figure;
use crate::figures::{Catalogue, ClientFigure, Definition, Metric, Prospect, StationFigure, Windows};
use crate::measure::timeline::Window;
use crate::plan::{Expected, Level, NoWindow, Objective, Plan, Scenario, window_span};
use crate::results::{Form, Judgement, Verdict};
use crate::scenario::{
    self, Comparison, Diagnostics, Dimension, Estimates, Expectation, MetricReference, Position, Sides,
    Sources, Tolerance,
};
use crate::theory::intervals::Interval;
use crate::units::{Time, shortened};

/// The share of the requests that did not fail.
const AVAILABILITY: &str = ".availability";

/// The scenarios that expectations can speak of.
pub struct Grounds<'a> {
    /// What is run, and the variants that expectations name.
    pub list: Vec<Ground<'a>>,
    /// The names of all variants that there are.
    pub variants: Vec<&'a str>,
    /// The texts that they are read from.
    pub sources: &'a Sources,
}

/// A scenario that expectations can speak of.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// The variant's name; none for the base.
    pub variant: Option<&'a str>,
    /// It.
    pub scenario: &'a Scenario,
    /// Its metrics.
    pub catalogue: &'a Catalogue,
}

/// An objective or a claim that was checked.
#[derive(Clone, Debug)]
pub struct Checked {
    objective: Objective,
    dimension: Dimension,
    form: Form,
    /// Line and column of its name.
    position: (u32, u32),
    /// In the order of [`Expectation::metrics`]; none if it is absent.
    questions: Vec<Question>,
    presence: Presence,
}

/// Whether a scenario has what an expectation speaks of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Presence {
    /// It has.
    Present,
    /// This variant is without it, and what was asked for has it.
    Absent,
}

/// A figure that must be known after the run.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Question {
    /// Of which scenario, as an index into the grounds.
    pub ground: usize,
    /// Which figure.
    pub metric: Metric,
    /// Over which part of its run.
    pub window: Window,
}

/// The value of a figure, and what the rest of its run could have made of it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Answer {
    /// In SI base units; none if nothing happened that it could tell of.
    pub value: Option<f64>,
    /// What the rest of the run could have made of it: nothing if it came to its end.
    pub prospect: Prospect,
}

impl Answer {
    /// Between which ends the value lies at the end of the run.
    fn extent(self) -> scenario::Extent {
        match (self.prospect, self.value) {
            (Prospect::Settled, Some(value)) => scenario::Extent::point(value),
            (Prospect::Growing, Some(value)) => scenario::Extent { low: value, high: f64::INFINITY },
            (Prospect::Open, _) | (_, None) => scenario::Extent::ANY,
        }
    }
}

/// How many replications were asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Planned(pub u64);

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
    let form = if are_shares { Form::Share } else { form_of_dimension(dimension) };
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

/// What a metric of an expectation refers to; `None` after an error, which is reported.
fn find(
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
        diagnostics.error(reference.location, message);
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
            if matches!(written, scenario::Window::Between { .. }) && begins_in_time && to > timeline.end() {
                let end = scenario::format_duration(timeline.end().since(timeline.start()).seconds());
                diagnostics
                    .error(reference.location, format!("the run ends before this window ends{place}"))
                    .help(format!("it ends at {end}"));
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

/// How people read a figure of a plan.
pub fn form_of(plan: &Plan, definition: &Definition) -> Form {
    let is_share = match definition.metric {
        Metric::Client(_, figure) | Metric::ClientOperation(_, _, figure) => {
            figure == ClientFigure::Availability
        }
        Metric::Component(_, figure) | Metric::Instance(_, _, figure) | Metric::Group(_, _, figure) => {
            matches!(figure, StationFigure::Utilization | StationFigure::CpuUtilization)
        }
        Metric::Kind(component, index) => {
            let spec = plan.components[component.index()].blueprint.spec();
            matches!(spec.figures[index], Figure::Ratio { .. })
        }
        _ => false,
    };
    if is_share { Form::Share } else { form_of_dimension(definition.dimension()) }
}

fn form_of_dimension(dimension: Dimension) -> Form {
    match dimension {
        Dimension::TIME => Form::Duration,
        Dimension::RATE => Form::Rate,
        Dimension::BYTES => Form::Bytes,
        Dimension::MONEY => Form::Money,
        _ => Form::Number,
    }
}

impl Checked {
    /// What was checked.
    pub fn objective(&self) -> &Objective {
        &self.objective
    }

    /// The figures that must be known to judge it.
    pub fn questions(&self) -> &[Question] {
        &self.questions
    }

    /// Judges it by the answers to its questions, replication by replication. The estimates are those of the scenario that
    /// it stands in.
    pub fn judge(&self, estimates: &Estimates, replications: &[Vec<Answer>], planned: Planned) -> Judgement {
        let sides: Result<Vec<Sides>, Unknown> =
            replications.iter().map(|answers| self.sides(estimates, answers)).collect();
        let expectation = &self.objective.expectation;
        let found = sides.map(|sides| Found::new(expectation, &sides));
        let is_settled =
            |answers: &Vec<Answer>| answers.iter().all(|answer| answer.prospect == Prospect::Settled);
        let are_all = replications.len() as u64 == planned.0;
        let (verdict, reason) = if are_all && replications.iter().all(is_settled) {
            match &found {
                Err(unknown) => (Verdict::Inconclusive, Some(unknown.reason())),
                Ok(Found { verdict: Verdict::Inconclusive, .. }) => {
                    (Verdict::Inconclusive, Some("the interval straddles the limit"))
                }
                Ok(found) => (found.verdict, None),
            }
        } else {
            match self.foreseen(estimates, replications, planned) {
                Some(true) => (Verdict::Pass, None),
                Some(false) => (Verdict::Fail, None),
                None if found.is_ok() => (Verdict::Inconclusive, Some(STOPPED)),
                None => (Verdict::Inconclusive, Some(STOPPED_BEFORE)),
            }
        };
        let found = found.ok();
        Judgement {
            verdict,
            observed: found.map(|found| found.mean.left),
            limit: found.map(|found| found.mean.right),
            half_width: found.and_then(|found| found.half_width),
            reason,
            ..self.skipped()
        }
    }

    /// Whether it holds at the end of a run that stopped early, if that is sure. Of several runs nothing is: the interval over
    /// them may still become as wide as it likes.
    fn foreseen(
        &self,
        estimates: &Estimates,
        replications: &[Vec<Answer>],
        planned: Planned,
    ) -> Option<bool> {
        let ([answers], Planned(1)) = (replications, planned) else { return None };
        let mut extent = |reference: &MetricReference| answers[self.index_of(reference)].extent();
        let expectation = &self.objective.expectation;
        let (left, right) = expectation.extents(estimates, &mut extent);
        expectation.is_certain(left, right)
    }

    /// Which of the questions a metric is.
    fn index_of(&self, reference: &MetricReference) -> usize {
        let metrics = self.objective.expectation.metrics();
        let index = metrics.iter().position(|metric| *metric == reference);
        index.expect("it is a metric of its own")
    }

    /// Whether it speaks of something that its variant is without.
    pub fn is_absent(&self) -> bool {
        self.presence == Presence::Absent
    }

    /// The judgement on what was not run, or is not there.
    pub fn skipped(&self) -> Judgement {
        let expectation = &self.objective.expectation;
        let unit = self.dimension.base_unit();
        Judgement {
            name: self.objective.name.name.clone(),
            expect: expectation.text.clone(),
            verdict: Verdict::Skipped,
            observed: None,
            limit: None,
            unit: if unit.is_empty() || unit.starts_with('/') { format!("1{unit}") } else { unit },
            half_width: None,
            gates: self.objective.level == Level::Error,
            reason: self.is_absent().then_some("not in this variant"),
            operator: expectation.operator.symbol(),
            form: self.form,
            position: self.position,
        }
    }

    fn sides(&self, estimates: &Estimates, answers: &[Answer]) -> Result<Sides, Unknown> {
        let expectation = &self.objective.expectation;
        assert_eq!(expectation.metrics().len(), answers.len(), "every metric has an answer");
        let sides = expectation.evaluate(estimates, &mut |reference| {
            answers[self.index_of(reference)].value.ok_or(Unknown::Nothing)
        })?;
        if sides.left.is_finite() && sides.right.is_finite() { Ok(sides) } else { Err(Unknown::Undefined) }
    }
}

/// What the rest of a run could still mend, or spoil.
const STOPPED: &str = "so far: the run stopped before its end";

/// Where there is no value yet.
const STOPPED_BEFORE: &str = "the run stopped before it could tell";

/// Why the sides of an expectation have no values.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Unknown {
    /// A metric has none.
    Nothing,
    /// The arithmetic has none.
    Undefined,
}

impl Unknown {
    fn reason(self) -> &'static str {
        match self {
            Unknown::Nothing => "nothing happened that it could tell of",
            Unknown::Undefined => "its arithmetic has no value, as in a division by zero",
        }
    }
}

/// What the replications say together.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Found {
    mean: Sides,
    half_width: Option<f64>,
    verdict: Verdict,
}

impl Found {
    fn new(expectation: &Expectation, sides: &[Sides]) -> Found {
        let left: Vec<f64> = sides.iter().map(|sides| sides.left).collect();
        let right: Vec<f64> = sides.iter().map(|sides| sides.right).collect();
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let mean = Sides { left: mean(&left), right: mean(&right) };
        match Interval::paired(&left, &right) {
            None => {
                let verdict = if expectation.holds(mean) { Verdict::Pass } else { Verdict::Fail };
                Found { mean, half_width: None, verdict }
            }
            Some(difference) => {
                let tolerance = match expectation.tolerance {
                    None => 0.0,
                    Some(Tolerance::Relative(share)) => share * mean.right.abs(),
                    Some(Tolerance::Absolute(quantity)) => quantity.value,
                };
                let verdict = judge_difference(expectation.operator, difference, tolerance);
                Found { mean, half_width: Some(difference.half_width()), verdict }
            }
        }
    }
}

/// Whether a comparison holds at every point of the interval for the difference of its sides, at none, or only at some.
fn judge_difference(operator: Comparison, difference: Interval, tolerance: f64) -> Verdict {
    let Interval { low, high, .. } = difference;
    let (always, never) = match operator {
        Comparison::Less => (high < 0.0, low >= 0.0),
        Comparison::LessOrEqual => (high <= 0.0, low > 0.0),
        Comparison::Greater => (low > 0.0, high <= 0.0),
        Comparison::GreaterOrEqual => (low >= 0.0, high < 0.0),
        Comparison::Equal => (low >= -tolerance && high <= tolerance, low > tolerance || high < -tolerance),
        Comparison::NotEqual => {
            (low > tolerance || high < -tolerance, low >= -tolerance && high <= tolerance)
        }
    };
    match (always, never) {
        (true, _) => Verdict::Pass,
        (_, true) => Verdict::Fail,
        _ => Verdict::Inconclusive,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_passes_fails_or_straddles() {
        use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
        use Verdict::{Fail, Inconclusive, Pass};
        for (low, high, operator, tolerance, expected) in [
            (-2.0, -1.0, Less, 0.0, Pass),
            (-1.0, 0.0, Less, 0.0, Inconclusive),
            (0.0, 0.0, Less, 0.0, Fail),
            (-1.0, 0.0, LessOrEqual, 0.0, Pass),
            (0.0, 1.0, LessOrEqual, 0.0, Inconclusive),
            (0.5, 1.0, LessOrEqual, 0.0, Fail),
            (0.5, 1.0, Greater, 0.0, Pass),
            (-0.5, 1.0, Greater, 0.0, Inconclusive),
            (0.0, 0.0, Greater, 0.0, Fail),
            (0.0, 1.0, GreaterOrEqual, 0.0, Pass),
            (-1.0, -0.5, GreaterOrEqual, 0.0, Fail),
            (0.0, 0.0, Equal, 0.0, Pass),
            (-1.0, 1.0, Equal, 0.0, Inconclusive),
            (-1.0, 1.0, Equal, 1.0, Pass),
            (-1.0, 1.1, Equal, 1.0, Inconclusive),
            (1.1, 1.2, Equal, 1.0, Fail),
            (1.1, 1.2, NotEqual, 1.0, Pass),
            (-1.0, 1.0, NotEqual, 1.0, Fail),
            (0.9, 1.1, NotEqual, 1.0, Inconclusive),
        ] {
            let difference = Interval { mean: 0.5 * (low + high), low, high };
            let found = judge_difference(operator, difference, tolerance);
            assert_eq!(found, expected, "{low}..{high} {operator:?} {tolerance}");
        }
    }
}
