//! Months and years that are counted otherwise: small gaps with a name.

use super::Case;
use crate::scenario::{Calendar, Dimension, Quantity};

/// A number of days in a formula, what others count instead, and what that is.
const STRETCHES: [(f64, f64, &str); 6] = [
    (30.4375, 30.0, "as with a month of 30 days for one of 30.4"),
    (30.0, 30.4375, LONG_MONTH),
    (365.0, 360.0, SHORT_YEAR),
    (360.0, 365.0, "as with a year of 365 days for one of 360"),
    (365.25, 360.0, "as with a year of 360 days for one of 365.25"),
    (360.0, 365.25, "as with a year of 365.25 days for one of 360"),
];

const LONG_MONTH: &str = "as with a month of 30.4 days for one of 30";

const SHORT_YEAR: &str = "as with a year of 360 days for one of 365";

/// Whether a number of a formula is so many days, or a plain number of them.
fn is_days(number: Quantity, days: f64) -> bool {
    match number.dimension {
        Dimension::NONE => number.value == days,
        Dimension::TIME => number.value == days * Calendar::default().day,
        _ => false,
    }
}

impl Case<'_> {
    /// What the formula gives with other months and years in it: only a formula that has some in it can be off by them.
    pub(super) fn other_stretches(&self) -> Vec<(f64, &'static str)> {
        let (estimates, estimate) = (self.estimates, self.estimate);
        let words = [(estimate.mean_month, LONG_MONTH), (estimate.short_year, SHORT_YEAR)];
        let mut others: Vec<(f64, &str)> =
            words.into_iter().filter_map(|(other, words)| Some((other?.value, words))).collect();
        let index = estimates.position(&estimate.name);
        for (own, other, words) in STRETCHES {
            for (index, number) in estimate.numbers().into_iter().enumerate() {
                if is_days(number, own) {
                    let other = number.value / own * other;
                    others.push((estimates.value_if_number(estimate, index, other), words));
                }
            }
            for input in estimates.needed_by(estimate) {
                if input.inputs.is_empty() && is_days(input.value, own) {
                    let other = input.value.value / own * other;
                    others.push((estimates.values_if(&input.name, other)[index], words));
                }
            }
        }
        others
    }
}
