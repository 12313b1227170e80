//! Judges expectations after a run, by what the figures that they speak of came to.
//!
//! A single run either keeps an expectation or does not. Over replications it is judged on the mean of the difference of its
//! sides with its 95 % confidence interval: both sides are taken from the same replication, so that what all variants have in
//! common, their random numbers, cancels. Where the interval straddles the limit, the verdict is inconclusive; so it is
//! where nothing happened that the expectation could tell of. Of a run that stopped early only that is judged which the rest
//! of it could not have changed.

use super::Checked;
use crate::figures::Prospect;
use crate::plan::Level;
use crate::results::{Judgement, Verdict};
use crate::scenario::{self, Comparison, Estimates, Expectation, MetricReference, Sides, Tolerance};
use crate::theory::intervals::Interval;

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

impl Checked {
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
