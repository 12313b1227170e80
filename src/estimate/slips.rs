//! The likely slip behind a noted figure: what its author may have done instead of what the formula says.
//!
//! Every [`Slip`] predicts a figure. Some predictions come from the formula itself, computed again with something left out,
//! counted twice or changed; others from the ratio of the noted figure to the exact one. A slip is suspected when its prediction
//! leaves next to nothing of the gap.

#[cfg(test)]
mod tests;

use crate::results::Suspicion;
use crate::scenario::{Calendar, Dimension, Estimate, Estimates, Noted, Quantity, Slip};

/// A noted figure may be this far from the exact one: people round.
pub(super) const GAP_MAX: f64 = 0.05;

/// A gap that is larger only because a float is no decimal number.
const ROUNDING: f64 = 1e-9;

/// What is left of a gap, as a share of it on a logarithmic scale, by a slip that explains it.
const REST_MAX: f64 = 0.05;

/// The same for a slip whose prediction, rounded like the figure, is the figure.
const REST_ROUNDED_MAX: f64 = 0.25;

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
/// exact one is zero, or something else is noted.
pub(super) fn gap(noted: &Noted, exact: Quantity) -> Option<f64> {
    let (value, right) = lacks(noted, exact).unwrap_or((noted.quantity.value, exact.value));
    (noted.quantity.dimension == exact.dimension && right != 0.0).then(|| (value - right) / right)
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
    found
        .sort_by(|one, other| (one.0, one.1).partial_cmp(&(other.0, other.1)).expect("no rest is undefined"));
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

/// How a stretch of the calendar is counted instead of another one.
const STRETCHES: [(f64, &str); 6] = [
    (30.0 / 30.4375, "as with a month of 30 days for one of 30.4"),
    (30.4375 / 30.0, "as with a month of 30.4 days for one of 30"),
    (360.0 / 365.0, "as with a year of 360 days for one of 365"),
    (365.0 / 360.0, "as with a year of 365 days for one of 360"),
    (360.0 / 365.25, "as with a year of 360 days for one of 365.25"),
    (365.25 / 360.0, "as with a year of 365.25 days for one of 360"),
];

/// What a gap looks like that is small enough to be none.
pub(super) fn aside(estimate: &Estimate, noted: &Noted) -> Option<&'static str> {
    let case = Case {
        estimate,
        estimates: &Estimates::new(),
        noted,
        exact: estimate.value.value,
        found: Vec::new(),
    };
    if lacks(noted, estimate.value).is_some() {
        return Some("of what is missing");
    }
    let is_rounded = noted.digits > 1 && is_rounded(noted, case.exact);
    let is_plain = is_rounded || !is_near(noted, estimate.value);
    if is_plain {
        return None;
    }
    let rests = STRETCHES.iter().filter_map(|(ratio, words)| Some((case.rest(case.exact * ratio)?, *words)));
    rests.min_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, words)| words)
}

impl Case<'_> {
    /// What a prediction leaves of the gap, on a logarithmic scale; none if it does not explain it.
    fn rest(&self, prediction: f64) -> Option<f64> {
        let noted = self.noted.quantity.value;
        let gap = libm::log(noted / self.exact).abs();
        let rest = libm::log(noted / prediction).abs();
        let is_rounded = is_rounded(self.noted, prediction);
        let is_near = rest <= libm::log(1.0 + GAP_MAX);
        let explains = rest <= REST_MAX * gap && (is_near || is_rounded)
            || rest <= REST_ROUNDED_MAX * gap && is_near && is_rounded && self.noted.digits > 1;
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

    /// The noted figure with another unit.
    fn units(&mut self) {
        for (dimension, size, word) in UNITS {
            let noted = self.noted;
            for (value, own) in
                [(noted.quantity.value, noted.quantity.dimension), (noted.number, Dimension::NONE)]
            {
                let fits = own.times(dimension) == Some(self.estimate.value.dimension);
                let gap = (value * size / self.exact - 1.0).abs();
                if fits && gap <= GAP_MAX + ROUNDING {
                    let how = match dimension == self.estimate.value.dimension {
                        true => format!("in {word} it would fit"),
                        false => format!("{word} it would fit"),
                    };
                    self.found.push((Slip::Unit, gap, how));
                }
            }
        }
    }

    /// What the formula gives when something of it is left out, is there twice, or is another.
    fn the_formula(&mut self) {
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
        let (estimates, name) = (self.estimates, self.estimate.name.as_str());
        let index = estimates.iter().position(|one| one.name == name).expect("it is one of them");
        let slope = |input: &str| estimates.slopes(input)[index];
        for input in estimates.needed_by(self.estimate).into_iter().take(INPUTS_MAX) {
            let with = |value: f64| estimates.values_if(&input.name, value)[index];
            let Quantity { value, dimension } = input.value;
            let label = format!("`{}` = {}", input.name, input.human());
            if dimension == Dimension::NONE {
                self.suspect(Slip::LeftOut, with(1.0), format!("{label} left out"));
                self.suspect(Slip::Twice, with(value * value), format!("{label} counted twice"));
            }
            self.suspect(Slip::LeftOut, with(0.0), format!("{label} left out"));
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
            if number.dimension == Dimension::NONE && value != 1.0 {
                self.suspect(Slip::LeftOut, with(1.0), format!("{label} left out"));
                self.suspect(Slip::Twice, with(value * value), format!("{label} counted twice"));
            }
            self.suspect(Slip::LeftOut, with(0.0), format!("{label} left out"));
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
    fn swapped(&mut self) {
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

    /// The factors by which people are usually wrong.
    fn the_ratio(&mut self) {
        let noted = self.noted.quantity;
        let right = |factor: f64| Quantity { value: noted.value / factor, ..noted }.human();
        for power in 1..=6 {
            for (direction, words) in [(1, "too large"), (-1, "too small")] {
                let factor = |base: f64| libm::pow(base, f64::from(direction * power));
                // A prefix counts once, in figures that are large enough to have it.
                let has_prefix = noted.value.max(self.exact) >= 0.9 * libm::pow(1_000.0, f64::from(power));
                let thousands = factor(1_000.0);
                let how = format!(
                    "{} times {words}: {} would fit",
                    libm::pow(1e3, f64::from(power)),
                    right(thousands)
                );
                self.suspect_factor(Slip::Prefix, thousands, how);
                let how = match direction {
                    1 => format!("1024 for 1000, {}", times(power)),
                    _ => format!("1000 for 1024, {}", times(power)),
                };
                if has_prefix {
                    self.suspect_factor(Slip::BinaryPrefix, factor(1.024), how);
                }
                if power % 3 != 0 {
                    let tens = factor(10.0);
                    let how = format!("{} {words}: {} would fit", places(power), right(tens));
                    self.suspect_factor(Slip::Decimals, tens, how);
                }
            }
        }
        let Dimension { time, bytes, .. } = self.estimate.value.dimension;
        for (slip, factor, more, less) in FACTORS {
            // Bits are of sizes, of bandwidths, and of the times and rates that follow from them.
            if !matches!(slip, Slip::Bits | Slip::Framing) || bytes != 0 || time != 0 {
                self.suspect_factor(slip, factor, more);
                self.suspect_factor(slip, 1.0 / factor, less);
            }
        }
        if time != 0 {
            for (factor, short, long) in TIMES {
                for (factor, one, other) in [(factor, long, short), (1.0 / factor, short, long)] {
                    // Of a duration the smaller unit has the larger number, of a rate the smaller one.
                    let how = match time > 0 {
                        true => format!("{other}s taken for {one}s"),
                        false => format!("per {one} taken for per {other}"),
                    };
                    self.suspect_factor(Slip::TimeUnit, factor, how);
                }
            }
        }
    }

    /// What happens to digits on paper.
    fn the_digits(&mut self) {
        let noted = self.noted.quantity.value;
        let is_one = |distance: f64| (distance.abs() - 1.0).abs() < ROUNDING * noted;
        if noted.fract() == 0.0 && is_one(noted - self.exact) {
            let how = if noted > self.exact { "one too many" } else { "one too few" };
            self.suspect(Slip::OffByOne, noted, how);
        }
        if let Some(power) = flattened(&self.noted.text) {
            self.suspect_flattened(power);
        }
        let unit = noted / self.noted.number;
        let last = last_place(self.noted) * unit;
        if self.exact > noted && self.exact - noted < last && !is_rounded(self.noted, self.exact) {
            self.suspect(Slip::Cut, noted, "digits cut off instead of rounded");
        }
        let is_power_of_ten = self.noted.digits == 1 && format!("{:e}", self.noted.number).starts_with("1e");
        if is_power_of_ten && noted > self.exact && noted <= 2.0 * self.exact {
            self.suspect(Slip::RoundedUp, noted, "rounded up to the next power of ten");
        }
    }

    /// 109 for 10^9: the power is near the exact value, as 10^9 is near 2^30.
    fn suspect_flattened(&mut self, power: i32) {
        let meant = libm::pow(10.0, f64::from(power));
        if (meant / self.exact - 1.0).abs() < 0.15 {
            self.found(Slip::Exponent, format!("10^{power} written flat"));
        }
    }
}

/// A formula with more inputs is suspected of its first ones only.
const INPUTS_MAX: usize = 100;

/// Whole numbers up to this are counts, of which one may be forgotten.
const COUNT_MAX: f64 = 100.0;

/// Slip, factor, how it makes a figure too large, how too small.
const FACTORS: [(Slip, f64, &str, &str); 5] = [
    (Slip::Bits, 8.0, "bits for bytes: 8 times too large", "bits for bytes: 8 times too small"),
    (Slip::Framing, 1.25, "ten bits for a byte: 25 % too much", "ten bits for a byte: 20 % too little"),
    (Slip::Copies, 3.0, "as if there were three copies", "as if three copies were left out"),
    (Slip::Peak, 2.0, "twice as much: the peak, or both ways?", "half as much: a peak left out, or one way?"),
    (Slip::Peak, 5.0, "five times as much: the peak?", "a fifth of it: a peak left out?"),
];

/// How many of the first there are in the second.
const TIMES: [(f64, &str, &str); 6] = [
    (60.0, "second", "minute"),
    (3_600.0, "second", "hour"),
    (86_400.0, "second", "day"),
    (100_000.0, "second", "round day"),
    (60.0, "minute", "hour"),
    (24.0, "hour", "day"),
];

/// What may be missing behind a figure: its dimension, how much one of it is, what to say.
const UNITS: [(Dimension, f64, &str); 13] = [
    (Dimension::RATE, 1.0, "per second"),
    (Dimension::RATE, 1.0 / 60.0, "per minute"),
    (Dimension::RATE, 1.0 / 3_600.0, "per hour"),
    (Dimension::RATE, 1.0 / 86_400.0, "per day"),
    (Dimension::RATE, 1.0 / 2_592_000.0, "per month"),
    (Dimension::RATE, 1.0 / 31_536_000.0, "per year"),
    (Dimension::TIME, 1.0, "seconds"),
    (Dimension::TIME, 86_400.0, "days"),
    (Dimension::TIME, 31_536_000.0, "years"),
    (Dimension::BYTES, 1.0, "bytes"),
    (Dimension::BYTES, 0.125, "bits"),
    (Dimension::MONEY, 1.0, "dollars"),
    (Dimension::OBJECTS, 1.0, "objects"),
];

fn of_a_day(seconds: f64) -> &'static str {
    if seconds == Calendar::ROUND_DAY { "as with a day of 100,000 s" } else { "as with a day of 86,400 s" }
}

fn times(count: i32) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        count => format!("{count} times"),
    }
}

fn places(count: i32) -> String {
    if count == 1 { "one decimal place".to_owned() } else { format!("{count} decimal places") }
}

/// The value of an input with which its formula would give a figure that is `ratio` times the right one, if that is a number with
/// one digit, and the formula is proportional to the input or its inverse.
fn wanted(ratio: f64, slope: crate::scenario::Slope, input: &Estimate) -> Option<f64> {
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

/// 9 of "109": the exponent, if a text looks like a power of ten whose exponent slid down.
fn flattened(text: &str) -> Option<i32> {
    let exponent =
        text.strip_prefix("10").filter(|exponent| exponent.len() < 3 && !exponent.starts_with('0'));
    exponent.and_then(|exponent| exponent.parse().ok())
}

/// The place value of the last digit that says something, in the unit as written: 0.1 of "36.5", 10 of "1160".
fn last_place(noted: &Noted) -> f64 {
    let text = format!("{:e}", noted.number);
    let exponent: i32 = text.split_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or(0);
    libm::pow(10.0, f64::from(exponent - noted.digits as i32 + 1))
}
