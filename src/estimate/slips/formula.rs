//! What a formula gives when something of it is left out, is there twice, or is another.

use super::{Case, ROUNDING, is_near, labelled};
use crate::scenario::{Calendar, Dimension, Estimate, Noted, Quantity, Slip, Slope};

impl Case<'_> {
    /// What the formula gives when something of it is left out, is there twice, or is another.
    pub(super) fn the_formula(&mut self) {
        let other_day = self.estimate.other_day;
        if let Some(other) = other_day {
            let how = of_a_day(self.estimates.other_day());
            self.suspect(Slip::Day, other.value, how);
        }
        self.inputs();
        self.own_numbers();
        self.swapped();
        self.extra();
        let figure = |input: &Estimate| {
            let noted = input.noted.as_ref().map(|noted| noted.quantity);
            noted.filter(|noted| noted.dimension == input.value.dimension).unwrap_or(input.value).value
        };
        let carried = self.estimates.value_from(self.estimate, figure);
        self.suspect(Slip::Carried, carried, "the figures that are noted for its inputs lead to it");
    }

    fn inputs(&mut self) {
        let estimates = self.estimates;
        let index = estimates.position(&self.estimate.name);
        let slope = |input: &str| estimates.slopes(input)[index];
        for input in self.needed() {
            let with = |value: f64| estimates.values_if(&input.name, value)[index];
            let Quantity { value, dimension } = input.value;
            let label = labelled(input);
            self.suspect_part(input.value, &label, &with);
            if input.inputs.is_empty() {
                self.suspect_count(input.value, &input.human(), &label, &with);
            }
            if dimension == self.estimate.value.dimension {
                self.suspect(Slip::Alone, value, format!("that is {label} alone"));
            }
            if let Some(wanted) = wanted(self.noted.quantity.value / self.exact, slope(&input.name), input) {
                let wanted = Quantity { value: wanted, ..input.value }.human();
                let how = format!("as with `{}` = {wanted} instead of {}", input.name, input.human());
                self.suspect(Slip::Input, self.noted.quantity.value, how);
            }
        }
    }

    /// Something of the formula that was left out, was counted twice, or stands on the wrong side.
    fn suspect_part(&mut self, part: Quantity, label: &str, with: &dyn Fn(f64) -> f64) {
        let Quantity { value, dimension } = part;
        if dimension == Dimension::NONE && value != 1.0 {
            self.suspect(Slip::LeftOut, with(1.0), format!("{label} left out"));
            self.suspect(Slip::Twice, with(value * value), format!("{label} counted twice"));
            self.suspect(
                Slip::Inverted,
                with(1.0 / value),
                format!("{label} on the wrong side of a division"),
            );
            if (0.0..1.0).contains(&value) {
                self.suspect(Slip::Complement, with(1.0 - value), format!("as with the rest of {label}"));
            }
        }
        self.suspect(Slip::LeftOut, with(0.0), format!("{label} left out"));
    }

    /// One day for seven, once a day for ten times.
    fn suspect_count(&mut self, part: Quantity, text: &str, label: &str, with: &dyn Fn(f64) -> f64) {
        let is_counted = [Dimension::TIME, Dimension::RATE].contains(&part.dimension);
        if let Some((count, unit)) = counted(text).filter(|_| is_counted) {
            self.suspect(Slip::LeftOut, with(part.value / count), format!("{label} counted as 1 {unit}"));
        }
    }

    fn own_numbers(&mut self) {
        let (estimates, estimate) = (self.estimates, self.estimate);
        let numbers = estimate.numbers();
        if numbers.len() == 1 && estimate.inputs.is_empty() {
            // There is nothing beside it from which it could be missing.
            return;
        }
        for (index, number) in numbers.into_iter().enumerate() {
            let with = |value: f64| estimates.value_if_number(estimate, index, value);
            let label = number.human();
            let value = number.value;
            if [Calendar::default().day, Calendar::ROUND_DAY].contains(&value) {
                let other = Calendar::default().day + Calendar::ROUND_DAY - value;
                self.suspect(Slip::Day, with(other), of_a_day(other));
            }
            self.suspect_part(number, &label, &with);
            self.suspect_count(number, &label, &label, &with);
            if number.dimension == Dimension::NONE
                && value.fract() == 0.0
                && (2.0..=COUNT_MAX).contains(&value)
            {
                for other in [value - 1.0, value + 1.0] {
                    let how = format!("as with {} instead of {label}", Quantity::number(other).human());
                    self.suspect(Slip::OffByOne, with(other), how);
                }
            }
        }
    }

    /// Another estimate that has this figure, while this one has its.
    pub(super) fn swapped(&mut self) {
        let noted = self.noted.quantity;
        for other in self.estimates.iter().filter(|other| other.name != self.estimate.name) {
            if let Some(theirs) = &other.noted
                && is_near(&Noted { quantity: noted, ..theirs.clone() }, other.value)
                && is_near(theirs, self.estimate.value)
            {
                self.found(
                    Slip::Swapped,
                    format!("it is that of `{}`, whose figure belongs here", other.name),
                );
            }
        }
    }

    /// Plain numbers of the envelope that the formula does not have.
    fn extra(&mut self) {
        let (estimates, estimate) = (self.estimates, self.estimate);
        let needed: Vec<&str> =
            estimates.needed_by(estimate).into_iter().map(|one| one.name.as_str()).collect();
        for other in estimates.iter().filter(|other| other.name != estimate.name) {
            let is_factor = other.value.dimension == Dimension::NONE && other.inputs.is_empty();
            if is_factor && !needed.contains(&other.name.as_str()) {
                let how = format!("`{}` = {} counted as well", other.name, other.human());
                self.suspect_factor(Slip::Extra, other.value.value, how);
            }
        }
    }
}

/// Whole numbers up to this are counts, of which one may be forgotten.
const COUNT_MAX: f64 = 100.0;

/// 7 and "day" of "7 day", 10 and "/day" of "10 /day": how many of a unit of the calendar, if it is more than one.
fn counted(text: &str) -> Option<(f64, &str)> {
    const UNITS: [&str; 12] =
        ["min", "h", "day", "week", "month", "year", "/min", "/h", "/day", "/week", "/month", "/year"];
    let (count, unit) = text.split_once(' ')?;
    let count: f64 = count.parse().ok()?;
    (count > 1.0 && UNITS.contains(&unit)).then_some((count, unit))
}

fn of_a_day(seconds: f64) -> &'static str {
    if seconds == Calendar::ROUND_DAY { "as with a day of 100,000 s" } else { "as with a day of 86,400 s" }
}

/// Who has another value for an input has one of about its size.
const OTHER_INPUT_MAX: f64 = 10.0;

/// The value of an input with which its formula would give a figure that is `ratio` times the right one, if that is a number with
/// one digit, and the formula is proportional to the input or its inverse.
fn wanted(ratio: f64, slope: Slope, input: &Estimate) -> Option<f64> {
    if libm::log(ratio).abs() > libm::log(OTHER_INPUT_MAX) + ROUNDING {
        return None;
    }
    let elasticity = slope.slope * input.value.value / slope.value;
    let is = |value: f64| (elasticity - value).abs() < 1e-6;
    let value = match (is(1.0), is(-1.0)) {
        (true, _) => input.value.value * ratio,
        (_, true) => input.value.value / ratio,
        _ => return None,
    };
    let one_digit = format!("{value:.0e}").parse::<f64>().ok()?;
    ((value / one_digit - 1.0).abs() < 1e-6).then_some(one_digit)
}
