//! Numbers with units, and how they are read.

use std::ops::Range;

use super::dimension::Dimension;
use super::misspelt;
use super::suggestion::shorten;
use super::unit::{self, Unit};
use crate::HELPS;

/// A number and what it measures.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Quantity {
    /// In base units: s, B, USD, objects, 1.
    pub value: f64,
    /// What it measures.
    pub dimension: Dimension,
}

impl Quantity {
    /// A quantity in base units.
    pub const fn new(value: f64, dimension: Dimension) -> Quantity {
        Quantity { value, dimension }
    }

    /// A plain number.
    pub const fn number(value: f64) -> Quantity {
        Quantity { value, dimension: Dimension::NONE }
    }
}

/// How long the units of the calendar are. A month is 30 days, a year 365 days, a week 7 days.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Calendar {
    /// A day \[s\]; 86,400 but in an estimate that counts with a rounder number.
    pub day: f64,
    /// A month \[days\]; 30 but where it is asked what another one would do.
    pub(super) month: f64,
    /// A year \[days\]; 365 but where it is asked what another one would do.
    pub(super) year: f64,
}

impl Calendar {
    /// A day for mental arithmetic \[s\].
    pub const ROUND_DAY: f64 = 100_000.0;

    /// The one with a day of this length \[s\].
    pub(super) fn of_days(day: f64) -> Calendar {
        Calendar { day, month: 30.0, year: 365.0 }
    }

    /// The other usual length of a day: a round one, or the one of the sun where a day is anything else.
    pub(super) fn other(self) -> Calendar {
        let usual = Calendar::default();
        if self == usual { Calendar::of_days(Calendar::ROUND_DAY) } else { usual }
    }

    /// With the mean length of a month: a twelfth of a Julian year.
    pub(super) fn with_mean_month(self) -> Calendar {
        Calendar { month: 365.25 / 12.0, ..self }
    }

    /// With a year of twelve months of 30 days.
    pub(super) fn with_short_year(self) -> Calendar {
        Calendar { year: 360.0, ..self }
    }
}

impl Default for Calendar {
    fn default() -> Calendar {
        Calendar::of_days(86_400.0)
    }
}

/// Why a text is no quantity.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct QuantityError {
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub help: String,
    /// The bytes of the text that are wrong.
    pub range: Range<usize>,
}

/// Reads a text that is one quantity: "250 us", "1 h 30 min", "11.6 k/s", "36.5 TB", "10 %", "$0.02/GB", "100
/// k objects", "7".
pub fn parse_quantity(text: &str, calendar: Calendar) -> Result<Quantity, QuantityError> {
    parse_quantity_of(text, calendar, &[])
}

/// The same, where a quantity of one of these dimensions is expected: help is about them.
pub(super) fn parse_quantity_of(
    text: &str,
    calendar: Calendar,
    expected: &[Dimension],
) -> Result<Quantity, QuantityError> {
    let start = text.len() - text.trim_start().len();
    let (sign, start) = match text[start..].strip_prefix('-') {
        Some(_) => (-1.0, start + 1),
        None => (1.0, start),
    };
    if text.len() > 200 || !Scanner::begins_literal(&text[start..]) {
        return Err(QuantityError {
            message: format!("`{}` is not a quantity", shorten(text)),
            help: no_number(text.trim(), expected),
            range: 0..text.len(),
        });
    }
    let mut scanner = Scanner { text, offset: start, calendar, unit_seen: false, expected };
    let mut quantity = scanner.literal()?;
    loop {
        scanner.skip_spaces();
        if !scanner.rest().starts_with('/') {
            break;
        }
        scanner.offset += 1;
        scanner.skip_spaces();
        quantity = scanner.divisor(quantity)?;
    }
    if scanner.offset < text.len() {
        return Err(scanner.surplus());
    }
    Ok(Quantity { value: sign * quantity.value, ..quantity })
}

/// Help for a text that does not begin with a number.
fn no_number(text: &str, expected: &[Dimension]) -> String {
    let begins = |rest: &str| rest.starts_with(|letter: char| letter.is_ascii_digit());
    if let Some(rest) = text.strip_prefix('+').filter(|rest| begins(rest.trim_start())) {
        return format!("write \"{}\", without `+`", rest.trim_start());
    }
    if text.strip_prefix('.').is_some_and(begins) {
        return format!("write \"0{text}\": a number begins with a digit");
    }
    if text.starts_with(['€', '£', '¥']) {
        return "money is in $, as in \"$0.02\"".to_owned();
    }
    match expected {
        [Dimension::NONE] => "a number, as in 1.5 or \"10 %\"".to_owned(),
        [] => "a number with its unit, as in \"250 us\", \"11.6 k/s\", \"36.5 TB\", \"10 %\"".to_owned(),
        _ => {
            let units: Vec<&str> = expected.iter().map(|dimension| dimension.units()).collect();
            format!("a number with its unit: {}", units.join("; "))
        }
    }
}

/// A number with its units at the beginning of an expression's rest.
pub(super) struct Literal {
    pub(super) quantity: Quantity,
    /// How many bytes it takes.
    pub(super) length: usize,
    /// Whether that unit is `%`.
    pub(super) is_percentage: bool,
}

/// Whether a number begins here.
pub(super) fn begins_literal(text: &str) -> bool {
    Scanner::begins_literal(text)
}

/// Reads the number that begins here, with the unit that belongs to it. What cannot be a unit is left to the
/// expression; `/unit` belongs to the number only when there is no space between, as in `100 M/day`.
pub(super) fn literal(text: &str, calendar: Calendar) -> Result<Literal, QuantityError> {
    let mut scanner = Scanner { text, offset: 0, calendar, unit_seen: false, expected: &[] };
    let mut quantity = scanner.literal()?;
    let is_percentage = scanner.unit_seen && text[..scanner.offset].ends_with('%');
    loop {
        let before = scanner.offset;
        scanner.skip_spaces();
        let is_unit = scanner
            .rest()
            .strip_prefix('/')
            .and_then(unit_word)
            .is_some_and(|word| unit::find(word, calendar).is_some());
        if !is_unit {
            scanner.offset = before;
            break;
        }
        scanner.offset += 1;
        quantity = scanner.divisor(quantity)?;
    }
    Ok(Literal { quantity, length: scanner.offset, is_percentage })
}

/// The word at the beginning of a text that could be a unit.
pub(super) fn unit_word(text: &str) -> Option<&str> {
    if text.starts_with('%') || text.starts_with('$') {
        return Some(&text[..1]);
    }
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    (end > 0 && !text.starts_with(|c: char| c.is_ascii_digit())).then_some(&text[..end])
}

/// The digits of a number, not yet read.
struct Number<'a> {
    text: &'a str,
    range: Range<usize>,
}

impl Number<'_> {
    /// The number times a power of ten.
    fn value(&self, exponent: i32) -> Result<f64, QuantityError> {
        let text = self.text.replace('_', "");
        let (digits, own_exponent) = text.split_once(['e', 'E']).unwrap_or((&text, "0"));
        // An exponent that no integer holds is beyond any range.
        let exponent = own_exponent.parse::<i32>().ok().and_then(|own| own.checked_add(exponent));
        let value = exponent.and_then(|exponent| format!("{digits}e{exponent}").parse::<f64>().ok());
        value.filter(|value| value.is_finite()).ok_or_else(|| QuantityError {
            message: "this number is out of range".to_owned(),
            help: "at most 1.79e308".to_owned(),
            range: self.range.clone(),
        })
    }
}

struct Scanner<'a> {
    text: &'a str,
    offset: usize,
    calendar: Calendar,
    unit_seen: bool,
    /// What the quantity should measure; empty for anything.
    expected: &'a [Dimension],
}

impl<'a> Scanner<'a> {
    fn begins_literal(text: &str) -> bool {
        text.strip_prefix('$').unwrap_or(text).starts_with(|c: char| c.is_ascii_digit())
    }

    fn rest(&self) -> &'a str {
        &self.text[self.offset..]
    }

    fn skip_spaces(&mut self) {
        self.offset = self.text.len() - self.rest().trim_start().len();
    }

    /// A number, its unit, and the smaller parts that are chained to it.
    fn literal(&mut self) -> Result<Quantity, QuantityError> {
        let is_money = self.rest().starts_with('$');
        self.offset += usize::from(is_money);
        let number = self.number()?;
        let unit = self.unit();
        self.unit_seen |= is_money || unit.is_some();
        let Unit { factor, exponent, mut dimension } = unit.unwrap_or(Unit::ONE);
        let mut value = number.value(exponent)? * factor;
        if is_money {
            dimension = dimension.times(Dimension::MONEY).expect("units are small");
        }
        if let Some(unit) = unit
            && dimension == Dimension::TIME
        {
            value += self.chained(unit)?;
        }
        Ok(Quantity::new(value, dimension))
    }

    /// The parts after the first of "1 h 30 min 10 s" \[s\]; each unit must be smaller than the one before.
    fn chained(&mut self, mut larger: Unit) -> Result<f64, QuantityError> {
        let mut sum = 0.0;
        loop {
            let before = self.offset;
            self.skip_spaces();
            if !self.rest().starts_with(|c: char| c.is_ascii_digit()) {
                self.offset = before;
                return Ok(sum);
            }
            let start = self.offset;
            let number = self.number()?;
            match self.unit() {
                Some(unit) if unit.dimension == Dimension::TIME && unit.size() < larger.size() => {
                    sum += number.value(unit.exponent)? * unit.factor;
                    larger = unit;
                }
                _ => {
                    return Err(QuantityError {
                        message: format!("`{}` cannot follow here", &self.text[start..self.offset]),
                        help: "parts of a duration go from the largest to the smallest unit, as in \"1 h 30 min\""
                            .to_owned(),
                        range: start..self.offset,
                    });
                }
            }
        }
    }

    fn number(&mut self) -> Result<Number<'a>, QuantityError> {
        let range = self.offset..self.offset + number_length(self.rest());
        self.offset = range.end;
        if self.rest().starts_with(',') && self.rest()[1..].starts_with(|c: char| c.is_ascii_digit()) {
            let range = self.offset..self.offset + 1;
            let help = "group digits by `_`, or write \"100 k\"; fractions have a point".to_owned();
            return Err(QuantityError { message: "a comma inside a number".to_owned(), help, range });
        }
        Ok(Number { text: &self.text[range.clone()], range })
    }

    /// The unit after a number, if the next word is one.
    fn unit(&mut self) -> Option<Unit> {
        let before = self.offset;
        self.skip_spaces();
        let found = unit_word(self.rest()).and_then(|word| Some((word, unit::find(word, self.calendar)?)));
        let Some((word, mut unit)) = found else {
            self.offset = before;
            return None;
        };
        self.offset += word.len();
        let after = self.rest().trim_start();
        if unit.dimension == Dimension::NONE && word != "%" && unit_word(after) == Some("objects") {
            self.offset = self.text.len() - after.len() + "objects".len();
            unit.dimension = Dimension::OBJECTS;
        }
        Some(unit)
    }

    /// Divides by the unit that stands here.
    fn divisor(&mut self, quantity: Quantity) -> Result<Quantity, QuantityError> {
        let Some(word) = unit_word(self.rest()) else { return Err(self.surplus()) };
        let Some(unit) = unit::find(word, self.calendar) else { return Err(self.surplus()) };
        self.offset += word.len();
        self.unit_seen = true;
        match quantity.dimension.over(unit.dimension) {
            Some(dimension) => Ok(Quantity::new(unit.per(quantity.value), dimension)),
            None => Err(self.surplus()),
        }
    }

    /// The error that what stands here is no unit.
    fn surplus(&self) -> QuantityError {
        let range = self.offset..self.text.len();
        match unit_word(self.rest()) {
            Some(_) => unknown_unit(self.text, self.offset, self.expected),
            None if range.is_empty() => unknown_unit(self.text, self.offset, self.expected),
            None => QuantityError {
                message: format!("`{}` cannot follow a quantity", shorten(self.rest())),
                help: self.spread().unwrap_or_else(|| {
                    "a text is computed when it begins with `=`, as in \"= 2 * write_rate\"".to_owned()
                }),
                range,
            },
        }
    }

    /// What to write for "5 ms +- 1 ms", if that stands here.
    fn spread(&self) -> Option<String> {
        let rest = self.rest().trim_start();
        let deviation = rest.strip_prefix("+-").or_else(|| rest.strip_prefix("+/-"))?;
        let (mean, deviation) = (self.text[..self.offset].trim(), deviation.trim());
        let law = format!("{{ normal = {{ mean = \"{mean}\", sd = \"{deviation}\" }} }}");
        (rest.len() < 40).then(|| format!("what varies is a distribution, where one may stand: {law}"))
    }
}

/// The error that the word at an offset of a text, behind a number with which this begins, is no unit.
pub(super) fn unknown_unit(text: &str, offset: usize, expected: &[Dimension]) -> QuantityError {
    let word = unit_word(&text[offset..]).unwrap_or_default();
    let range = offset..offset + word.len();
    if word == "m" {
        let message = "`m` could be minutes, milliseconds or months".to_owned();
        return QuantityError { message, help: "write `min`, `ms` or `month`".to_owned(), range };
    }
    let help = if HELPS { misspelt::help(&text[..offset], &text[offset..], expected) } else { String::new() };
    let message = match word {
        "" => "a unit is missing".to_owned(),
        word => format!("unknown unit `{}`", shorten(word)),
    };
    QuantityError { message, help, range }
}

/// How many bytes of a text are a number: digits, `_` between digits, a fraction, an exponent.
pub(super) fn number_length(text: &str) -> usize {
    let digits = |from: usize| {
        let bytes = &text.as_bytes()[from..];
        let is_digit = |index: usize| bytes.get(index).is_some_and(u8::is_ascii_digit);
        (0..bytes.len())
            .find(|&index| !(is_digit(index) || index > 0 && bytes[index] == b'_' && is_digit(index + 1)))
            .unwrap_or(bytes.len())
    };
    let mut length = digits(0);
    if text[length..].starts_with('.') && digits(length + 1) > 0 {
        length += 1 + digits(length + 1);
    }
    if text[length..].starts_with(['e', 'E']) {
        let sign = usize::from(text[length + 1..].starts_with(['+', '-']));
        let exponent = digits(length + 1 + sign);
        if exponent > 0 {
            length += 1 + sign + exponent;
        }
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Quantity, QuantityError> {
        parse_quantity(text, Calendar::default())
    }

    #[test]
    fn texts_that_are_quantities() {
        let per_byte = Dimension { money: 1, bytes: -1, ..Dimension::NONE };
        let per_byte_time = Dimension { money: 1, bytes: -1, time: -1, ..Dimension::NONE };
        for (text, value, dimension) in [
            ("250 us", 250e-6, Dimension::TIME),
            ("250us", 250e-6, Dimension::TIME),
            ("0.1 ms", 0.1e-3, Dimension::TIME),
            ("7 ns", 7e-9, Dimension::TIME),
            ("-30 s", -30.0, Dimension::TIME),
            ("1 h 30 min", 5_400.0, Dimension::TIME),
            ("1 day 2 h 3 min 4 s 5 ms", 93_784.005, Dimension::TIME),
            ("1 month", 30.0 * 86_400.0, Dimension::TIME),
            ("1 year", 365.0 * 86_400.0, Dimension::TIME),
            ("2 week", 14.0 * 86_400.0, Dimension::TIME),
            ("11.6 k/s", 11_600.0, Dimension::RATE),
            ("100 M/day", 100e6 / 86_400.0, Dimension::RATE),
            ("2560 /s", 2_560.0, Dimension::RATE),
            ("2560/s", 2_560.0, Dimension::RATE),
            ("90 / min", 1.5, Dimension::RATE),
            ("36.5 TB", 36.5e12, Dimension::BYTES),
            ("1 GiB", 1_073_741_824.0, Dimension::BYTES),
            ("4.17 MB", 4.17e6, Dimension::BYTES),
            ("8 bit", 1.0, Dimension::BYTES),
            ("40 Mbit/s", 5e6, Dimension::BANDWIDTH),
            ("10 %", 0.1, Dimension::NONE),
            ("99.9%", 0.999, Dimension::NONE),
            ("$0.02/GB", 0.02 / 1e9, per_byte),
            ("$0.023/GB/month", 0.023 / 1e9 / 2_592_000.0, per_byte_time),
            ("$5", 5.0, Dimension::MONEY),
            ("$1.5 k", 1_500.0, Dimension::MONEY),
            ("$0.40/M", 0.4 / 1e6, Dimension::MONEY),
            ("100 k objects", 100e3, Dimension::OBJECTS),
            ("0 objects", 0.0, Dimension::OBJECTS),
            ("100 k", 100e3, Dimension::NONE),
            ("1 Ki", 1_024.0, Dimension::NONE),
            ("7", 7.0, Dimension::NONE),
            ("1_000_000", 1e6, Dimension::NONE),
            ("1e-3 s", 1e-3, Dimension::TIME),
            (" 1.5e3 ", 1_500.0, Dimension::NONE),
        ] {
            assert_eq!(parse(text), Ok(Quantity::new(value, dimension)), "{text:?}");
        }
    }

    #[test]
    fn texts_that_are_none() {
        for (text, message, range) in [
            ("", "`` is not a quantity", 0..0),
            ("fast", "`fast` is not a quantity", 0..4),
            (".5 s", "`.5 s` is not a quantity", 0..4),
            ("5 m", "`m` could be minutes, milliseconds or months", 2..3),
            ("5 mins", "unknown unit `mins`", 2..6),
            ("5 sec", "unknown unit `sec`", 2..5),
            ("5 K", "unknown unit `K`", 2..3),
            ("5 kib", "unknown unit `kib`", 2..5),
            ("100,000", "a comma inside a number", 3..4),
            ("30 min 1 h", "`1 h` cannot follow here", 7..10),
            ("1 h 30", "`30` cannot follow here", 4..6),
            ("1 k/", "a unit is missing", 4..4),
            ("1 k/sec", "unknown unit `sec`", 4..7),
            ("1e999 s", "this number is out of range", 0..5),
            ("5 s * x", "`* x` cannot follow a quantity", 4..7),
            ("5 s 3", "`3` cannot follow here", 4..5),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!((error.message.as_str(), error.range), (message, range), "{text:?}");
        }
    }

    #[test]
    fn wrong_units_are_corrected() {
        for (text, near) in [
            ("5 m", "write `min`, `ms` or `month`"),
            ("5 sec", "did you mean `s`? "),
            ("5 mins", "did you mean `min`? "),
            ("5 days", "did you mean `day`? "),
            ("5 K", "did you mean `k`? "),
            ("5 KB", "did you mean `kB`? "),
            ("5 µs", "did you mean `us`? "),
            ("5 Mbps", "did you mean `Mbit/s`? "),
        ] {
            let help = parse(text).unwrap_err().help;
            assert!(help.starts_with(near), "{text:?}: {help}");
        }
    }

    #[test]
    fn a_day_is_as_long_as_the_calendar_says() {
        let calendar = Calendar::of_days(100_000.0);
        assert_eq!(parse_quantity("100 M/day", calendar), Ok(Quantity::new(1_000.0, Dimension::RATE)));
        assert_eq!(parse_quantity("1 year", calendar), Ok(Quantity::new(36_500_000.0, Dimension::TIME)));
        assert_eq!(parse_quantity("1 h", calendar), Ok(Quantity::new(3_600.0, Dimension::TIME)));
    }
}
