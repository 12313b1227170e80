//! The likely slip behind a noted figure: what its author may have done instead of what the formula says.
//!
//! Every [`Slip`] predicts a figure. Some predictions come from the formula itself, computed again with something left out,
//! counted twice or changed; others from the ratio of the noted figure to the exact one. A slip is suspected when its prediction
//! leaves next to nothing of the gap.

mod calendar;
mod figure;
mod formula;
#[cfg(test)]
mod tests;
mod unit;

use crate::mechanism::arrange::Arrange;
use crate::results::Suspicion;
use crate::scenario::{Dimension, Estimate, Estimates, Noted, Quantity, Slip};

/// A noted figure may be this far from the exact one: people round.
pub(super) const GAP_MAX: f64 = 0.05;

/// A gap that is larger only because a float is no decimal number.
const ROUNDING: f64 = 1e-9;

/// What is left of a gap, as a share of it on a logarithmic scale, by a slip that explains it.
const REST_MAX: f64 = 0.05;

/// The same for a slip whose prediction, rounded like the figure, is the figure.
const REST_ROUNDED_MAX: f64 = 0.25;

/// A prediction may be this far from the figure that it explains.
const MISS_MAX: f64 = 0.03;

/// What is noted of an estimate, and what would be right.
struct Case<'a> {
    estimate: &'a Estimate,
    estimates: &'a Estimates,
    noted: &'a Noted,
    exact: f64,
    found: Vec<(Slip, f64, String)>,
}

/// From here on a share is told by what it lacks: 99.99 % and 99.9999 % are not nearly the same.
const NINES: f64 = 0.99;

/// Whether a quantity is such a share.
pub(super) fn has_nines(of: Quantity) -> bool {
    of.dimension == Dimension::NONE && (NINES..1.0).contains(&of.value)
}

/// What a noted figure and the exact one lack of a whole, if both are shares with nines.
fn lacks(noted: &Noted, exact: Quantity) -> Option<(f64, f64)> {
    let are_shares = has_nines(noted.quantity) && has_nines(exact);
    are_shares.then_some((1.0 - noted.quantity.value, 1.0 - exact.value))
}

/// How far a noted figure is from the exact one, as a share of it; of shares with nines, how far what they lack is. None if the
/// exact one is zero and the noted one is not, or something else is noted.
pub(super) fn gap(noted: &Noted, exact: Quantity) -> Option<f64> {
    let (value, right) = lacks(noted, exact).unwrap_or((noted.quantity.value, exact.value));
    let gap = if value == right { 0.0 } else { (value - right) / right };
    (noted.quantity.dimension == exact.dimension && gap.is_finite()).then_some(gap)
}

/// Whether a noted figure is near enough.
pub(super) fn is_near(noted: &Noted, exact: Quantity) -> bool {
    match gap(noted, exact) {
        Some(gap) => gap.abs() <= GAP_MAX + ROUNDING,
        None => noted.quantity == exact,
    }
}

/// Whether a noted figure is what a value is when it is rounded to as many digits.
pub(super) fn is_rounded(noted: &Noted, value: f64) -> bool {
    let unit = noted.quantity.value.abs() / noted.number;
    let rounded = format!("{:.*e}", noted.digits - 1, value.abs() / unit).parse::<f64>();
    rounded.is_ok_and(|rounded| (rounded - noted.number).abs() <= ROUNDING * noted.number)
}

/// The slips that explain a noted figure, the likeliest first; empty if it is right.
pub(super) fn suspected(estimate: &Estimate, noted: &Noted, estimates: &Estimates) -> Vec<Suspicion> {
    if is_near(noted, estimate.value) {
        return Vec::new();
    }
    let mut case = Case { estimate, estimates, noted, exact: estimate.value.value, found: Vec::new() };
    if noted.quantity.dimension != estimate.value.dimension {
        case.units();
    } else if let Some((lack, exact)) = lacks(noted, estimate.value) {
        case.swapped();
        let lack = Quantity::number(lack);
        let noted = Noted { quantity: lack, number: lack.value, ..noted.clone() };
        let mut lacking = Case { noted: &noted, exact, found: Vec::new(), ..case };
        lacking.the_ratio();
        case.found.append(&mut lacking.found);
    } else {
        case.the_digits();
        case.the_formula();
        case.the_ratio();
    }
    let mut found = case.found;
    found.arrange_by(|one, other| {
        (one.0, one.1).partial_cmp(&(other.0, other.1)).expect("no rest is undefined")
    });
    // What follows from figures that are wrong, or from other ones, is no slip if it is only rounded.
    let is_weak = |(slip, ..): &(Slip, f64, String)| matches!(slip, Slip::Carried | Slip::Input);
    if found.iter().all(is_weak) && is_rounded(noted, estimate.value.value) {
        return Vec::new();
    }
    if found.iter().any(|(slip, ..)| *slip != Slip::Input) {
        found.retain(|(slip, ..)| *slip != Slip::Input);
    }
    if found.is_empty() {
        found.push((Slip::Unexplained, 0.0, "no usual slip explains it".to_owned()));
    }
    // The same slip can be made in two places: in a number of the formula, and in a word of the calendar.
    let mut suspicions: Vec<Suspicion> = Vec::new();
    for (slip, _, how) in found {
        let suspicion = Suspicion { slip: slip.name(), how };
        if !suspicions.contains(&suspicion) {
            suspicions.push(suspicion);
        }
    }
    suspicions
}

/// What a gap looks like that is small enough to be none.
pub(super) fn aside(estimate: &Estimate, noted: &Noted, estimates: &Estimates) -> Option<&'static str> {
    let case = Case { estimate, estimates, noted, exact: estimate.value.value, found: Vec::new() };
    if lacks(noted, estimate.value).is_some() {
        return Some("of what is missing");
    }
    let is_rounded = noted.digits > 1 && is_rounded(noted, case.exact);
    let is_plain = is_rounded || !is_near(noted, estimate.value);
    if is_plain {
        return None;
    }
    let others = case.other_stretches();
    let rests = others.into_iter().filter_map(|(value, words)| Some((case.rest(value)?, words)));
    rests.min_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, words)| words)
}

impl<'a> Case<'a> {
    /// What the formula needs, what stands in it itself first.
    fn needed(&self) -> Vec<&'a Estimate> {
        let needed = self.estimates.needed_by(self.estimate);
        let (own, others): (Vec<_>, Vec<_>) =
            needed.into_iter().partition(|one| self.estimate.inputs.contains(&one.name));
        own.into_iter().chain(others).take(INPUTS_MAX).collect()
    }

    /// Whether something of this kind is in the formula, or in those that it needs.
    fn has(&self, is: impl Fn(Dimension) -> bool) -> bool {
        let is_in = |one: &Estimate| {
            is(one.value.dimension) || one.numbers().iter().any(|number| is(number.dimension))
        };
        is_in(self.estimate) || self.needed().into_iter().any(is_in)
    }

    /// What a prediction leaves of the gap, on a logarithmic scale; none if it does not explain it.
    fn rest(&self, prediction: f64) -> Option<f64> {
        let noted = self.noted.quantity.value;
        let gap = libm::log(noted / self.exact).abs();
        let rest = libm::log(noted / prediction).abs();
        let is_rounded = is_rounded(self.noted, prediction);
        let has_digits = self.noted.digits > 1;
        let is_within = |miss: f64| rest <= libm::log(1.0 + miss);
        // Of one digit, half the figures there are would be the prediction.
        let is_it = is_rounded && (has_digits || is_within(GAP_MAX));
        let explains = rest <= REST_MAX * gap && (is_it || is_within(MISS_MAX))
            || rest <= REST_ROUNDED_MAX * gap && is_it && has_digits && is_within(GAP_MAX);
        (explains && rest.is_finite()).then_some(rest)
    }

    /// Suspects a slip that explains the figure by another way than its prediction.
    fn found(&mut self, slip: Slip, how: String) {
        self.found.push((slip, 0.0, how));
    }

    /// Suspects a slip if its prediction explains the figure.
    fn suspect(&mut self, slip: Slip, prediction: f64, how: impl Into<String>) {
        if let Some(rest) = self.rest(prediction) {
            self.found.push((slip, rest, how.into()));
        }
    }

    /// Suspects a slip that makes a figure `factor` times as large as it should be.
    fn suspect_factor(&mut self, slip: Slip, factor: f64, how: impl Into<String>) {
        self.suspect(slip, self.exact * factor, how);
    }
}

/// A formula with more inputs is suspected of its first ones only.
const INPUTS_MAX: usize = 100;

/// "`copies` = 3".
fn labelled(input: &Estimate) -> String {
    format!("`{}` = {}", input.name, input.human())
}
