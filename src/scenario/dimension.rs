//! What quantities measure, as exponents of seconds, bytes, dollars and objects.

use std::fmt::{self, Write};

/// What a quantity measures: the exponents of its base units.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Dimension {
    /// Exponent of seconds.
    pub time: i8,
    /// Exponent of bytes.
    pub bytes: i8,
    /// Exponent of US dollars.
    pub money: i8,
    /// Exponent of objects.
    pub objects: i8,
}

/// What to do about a plain number beside a quantity.
pub(super) const UNIT_NEEDED: &str = "a number has its unit: 100 ms, 20 /s, 10 MB, $15";

impl Dimension {
    /// A plain number.
    pub const NONE: Dimension = Dimension { time: 0, bytes: 0, money: 0, objects: 0 };
    /// A duration \[s\].
    pub const TIME: Dimension = Dimension { time: 1, ..Dimension::NONE };
    /// A rate \[1/s\].
    pub const RATE: Dimension = Dimension { time: -1, ..Dimension::NONE };
    /// A size \[B\].
    pub const BYTES: Dimension = Dimension { bytes: 1, ..Dimension::NONE };
    /// A bandwidth \[B/s\].
    pub const BANDWIDTH: Dimension = Dimension { bytes: 1, time: -1, ..Dimension::NONE };
    /// An amount of money \[USD\].
    pub const MONEY: Dimension = Dimension { money: 1, ..Dimension::NONE };
    /// A number of objects.
    pub const OBJECTS: Dimension = Dimension { objects: 1, ..Dimension::NONE };

    /// The exponents are kept within this distance from 0: nobody needs more, and no sum of two overflows.
    const EXPONENT_MAX: i32 = 9;

    /// The units in which it can be written, for messages.
    pub fn units(self) -> &'static str {
        match self {
            Dimension::NONE => "none; k, M, G, % may follow the number",
            Dimension::TIME => "ns, us, ms, s, min, h, day",
            Dimension::RATE => "/s, /min, /h, /day, as in \"100 /s\", \"11.6 k/s\", \"100 M/day\"",
            Dimension::BYTES => "B, kB, MB, GB, TB, KiB, MiB, GiB, TiB, bit",
            Dimension::BANDWIDTH => "B/s, MB/s, GB/s, MiB/s, kbit/s, Mbit/s, Gbit/s",
            Dimension::MONEY => "$, as in \"$0.02\"",
            Dimension::OBJECTS => "objects, as in \"100 k objects\"",
            _ => "products of ns, us, ms, s, min, h, day, B, bit, $, objects",
        }
    }

    /// What a bare number may have been meant to be, for messages: "5 ms" or "5 s".
    pub fn meant(self, number: &str) -> Vec<String> {
        let units: &[&str] = match self {
            Dimension::TIME => &["ms", "s"],
            Dimension::RATE => &["/s"],
            Dimension::BYTES => &["B", "MB"],
            Dimension::BANDWIDTH => &["Mbit/s", "MB/s"],
            Dimension::OBJECTS => &["objects"],
            Dimension::MONEY => return vec![format!("${number}")],
            _ => &[],
        };
        units.iter().map(|unit| format!("{number} {unit}")).collect()
    }

    /// Of a product; `None` when it goes beyond what anyone measures.
    pub fn times(self, other: Dimension) -> Option<Dimension> {
        self.combine(other, 1)
    }

    /// Of a quotient.
    pub fn over(self, other: Dimension) -> Option<Dimension> {
        self.combine(other, -1)
    }

    /// Of a power with a whole exponent.
    pub fn power(self, exponent: i32) -> Option<Dimension> {
        Dimension::NONE
            .combine(self, exponent.clamp(-2 * Dimension::EXPONENT_MAX, 2 * Dimension::EXPONENT_MAX))
    }

    /// Of a square root; `None` when an exponent is odd.
    pub fn root(self) -> Option<Dimension> {
        let half = |exponent: i8| (exponent % 2 == 0).then_some(exponent / 2);
        let (time, bytes) = (half(self.time)?, half(self.bytes)?);
        Some(Dimension { time, bytes, money: half(self.money)?, objects: half(self.objects)? })
    }

    fn combine(self, other: Dimension, factor: i32) -> Option<Dimension> {
        let sum = |a: i8, b: i8| {
            let sum = i32::from(a) + i32::from(b) * factor;
            (sum.abs() <= Dimension::EXPONENT_MAX).then_some(sum as i8)
        };
        let (time, bytes) = (sum(self.time, other.time)?, sum(self.bytes, other.bytes)?);
        Some(Dimension {
            time,
            bytes,
            money: sum(self.money, other.money)?,
            objects: sum(self.objects, other.objects)?,
        })
    }

    /// The base unit as text: "s", "B/s", "USD/B/s", "" for a plain number.
    pub fn base_unit(self) -> String {
        let parts = [(self.money, "USD"), (self.bytes, "B"), (self.objects, "objects"), (self.time, "s")];
        let mut text = String::new();
        for (exponent, symbol) in parts.into_iter().filter(|&(exponent, _)| exponent > 0) {
            let separator = if text.is_empty() { "" } else { " " };
            let _ = write!(text, "{separator}{symbol}{}", superscript(exponent));
        }
        for (exponent, symbol) in parts.into_iter().filter(|&(exponent, _)| exponent < 0) {
            let _ = write!(text, "/{symbol}{}", superscript(-exponent));
        }
        text
    }
}

/// "^2", or nothing for the exponent 1.
fn superscript(exponent: i8) -> String {
    if exponent == 1 { String::new() } else { format!("^{exponent}") }
}

impl fmt::Display for Dimension {
    /// In words, for messages: "a duration".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match *self {
            Dimension::NONE => "a plain number",
            Dimension::TIME => "a duration",
            Dimension::RATE => "a rate",
            Dimension::BYTES => "a size",
            Dimension::BANDWIDTH => "a bandwidth",
            Dimension::MONEY => "an amount of money",
            Dimension::OBJECTS => "a number of objects",
            other => return write!(f, "a quantity in {}", other.base_unit()),
        };
        f.write_str(words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dimensions_in_words_and_units() {
        let odd = Dimension { money: 1, bytes: -1, time: -2, objects: 0 };
        for (dimension, words, unit) in [
            (Dimension::NONE, "a plain number", ""),
            (Dimension::BANDWIDTH, "a bandwidth", "B/s"),
            (Dimension::RATE, "a rate", "/s"),
            (odd, "a quantity in USD/B/s^2", "USD/B/s^2"),
        ] {
            assert_eq!((dimension.to_string().as_str(), dimension.base_unit().as_str()), (words, unit));
        }
    }

    #[test]
    fn exponents_are_bounded() {
        assert_eq!(Dimension::TIME.power(9).unwrap().time, 9);
        assert_eq!(Dimension::TIME.power(10), None);
        assert_eq!(Dimension::TIME.power(i32::MIN), None);
        assert_eq!(Dimension::NONE.power(i32::MAX), Some(Dimension::NONE));
        assert_eq!(Dimension::TIME.root(), None);
        assert_eq!(Dimension::TIME.power(4).unwrap().root(), Dimension::TIME.power(2));
    }
}
