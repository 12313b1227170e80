//! Figures that the author of an estimate found elsewhere, and what he says is wrong with them.

use super::quantity::{Quantity, number_length};
use super::reader::Reader;
use super::slip::Slip;
use super::tree::{Node, Table};

/// A figure that the author of an estimate found elsewhere.
#[derive(Clone, PartialEq, Debug)]
pub struct Noted {
    /// Its value; of the dimension of the estimate, unless its unit is the slip.
    pub quantity: Quantity,
    /// As it is written: "36.5 TB".
    pub text: String,
    /// The number in it, without prefix and unit: 36.5.
    pub number: f64,
    /// How many digits of it say something: 3 of "36.5", 2 of "1400".
    pub digits: usize,
    /// What is wrong with it, as the scenario says.
    pub slip: Option<Slip>,
}

impl Noted {
    /// A figure of this value that is written so.
    pub(super) fn new(text: &str, quantity: Quantity, slip: Option<Slip>) -> Noted {
        let (number, digits) = written(text).unwrap_or((quantity.value, DIGITS_MAX));
        Noted { quantity, text: text.trim().to_owned(), number, digits, slip }
    }

    /// A value of the same dimension in the unit of the note, where that is no unit in which values are told otherwise:
    /// "1.543 Gbit/s", "10.36 %", "2 GB/day". None if it is, or if the number would be hard to read.
    pub fn in_its_unit(&self, value: f64) -> Option<String> {
        let one = self.quantity.value / self.number;
        let thousands = libm::log10(one) / 3.0;
        let number = value / one;
        let is_told_so = (thousands - thousands.round()).abs() < 1e-9;
        if is_told_so || !(1e-3..1e5).contains(&number.abs()) {
            return None;
        }
        let text = self.text.trim_start_matches(['-', '$']).trim_start();
        let unit = &text[number_length(text)..];
        let is_unit = unit.chars().all(|letter| letter.is_alphabetic() || "%/ ".contains(letter));
        let decimals = (3 - libm::log10(number.abs()).floor() as i32).max(0) as usize;
        let number = format!("{number:.decimals$}");
        let number = match number.contains('.') {
            true => number.trim_end_matches('0').trim_end_matches('.'),
            false => &number,
        };
        is_unit.then(|| format!("{number}{unit}"))
    }
}

/// What the scenario says is wrong with a noted figure.
pub(super) fn slip(node: &Node, table: &Table, reader: &mut Reader<'_>) -> Option<Slip> {
    if table.get("noted").is_none() {
        let message = "`slip` says what is wrong with `noted`, which is missing";
        reader.diagnostics.error(node.location, message);
        return None;
    }
    let word = reader.text(node)?;
    let found = Slip::find(word);
    if found.is_none() {
        let words: Vec<&str> = Slip::ALL.iter().map(|(_, word, _)| *word).collect();
        reader.diagnostics.unknown(node.location, "slip", word, "", &words);
    }
    found
}

/// More digits than this are as good as none: a float has no more.
const DIGITS_MAX: usize = 15;

/// The number with which a noted figure begins, and how many of its digits say something: zeros at the end of a whole number
/// only hold the place of digits that were left out.
fn written(text: &str) -> Option<(f64, usize)> {
    let text = text.trim().trim_start_matches(['-', '$']).trim_start();
    let number = text[..number_length(text)].replace('_', "");
    let value: f64 = number.parse().ok()?;
    let mantissa = number.split(['e', 'E']).next().unwrap_or_default();
    let digits = mantissa.replace('.', "");
    let digits = digits.trim_start_matches('0');
    let digits = if mantissa.contains('.') { digits } else { digits.trim_end_matches('0') };
    Some((value, digits.len().clamp(1, DIGITS_MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_told_in_the_unit_of_the_note() {
        for (text, one, value, expected) in [
            ("1.54 Gbit/s", 1.25e8, 1.929e8, Some("1.543 Gbit/s")),
            ("10.36 %", 0.01, 0.103_646, Some("10.36 %")),
            ("2 GB/day", 1e9 / 86_400.0, 2e9 / 86_400.0, Some("2 GB/day")),
            ("96.5 year", 31_536_000.0, 96.48 * 31_536_000.0, Some("96.48 year")),
            ("100 %", 0.01, 10.0, Some("1000 %")),
            ("36.5 TB", 1e12, 36.5e12, None),
            ("730 PB", 1e15, 730e15, None),
            ("5 %", 0.01, 1e9, None),
            ("5 %", 0.01, 0.0, None),
            ("2 * 30 day", 86_400.0, 5_184_000.0, None),
        ] {
            let (number, _) = written(text).unwrap();
            let noted = Noted::new(text, Quantity::number(number * one), None);
            assert_eq!(noted.in_its_unit(value).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn noted_figures_keep_the_digits_that_are_written() {
        for (text, expected) in [
            ("36.5 TB", Some((36.5, 3))),
            ("1160 /s", Some((1_160.0, 3))),
            ("16_666_666", Some((16_666_666.0, 8))),
            ("0.40 GB", Some((0.4, 2))),
            ("$150 k", Some((150.0, 2))),
            ("1e-9", Some((1e-9, 1))),
            ("100.0", Some((100.0, 4))),
            ("0", Some((0.0, 1))),
            ("day / 2", None),
        ] {
            assert_eq!(written(text), expected, "{text}");
        }
    }
}
