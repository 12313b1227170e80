//! The words for units and prefixes, and how much each is.

use super::dimension::Dimension;
use super::quantity::Calendar;

/// How much one of it is: `factor * 10^exponent` base units.
///
/// The factor is exact and the power of ten goes into the reading of the digits, so that a quantity is the
/// float nearest to what is written: 99.9 % is 0.999.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Unit {
    pub(super) factor: f64,
    pub(super) exponent: i32,
    pub(super) dimension: Dimension,
}

impl Unit {
    /// A plain one.
    pub(super) const ONE: Unit = Unit { factor: 1.0, exponent: 0, dimension: Dimension::NONE };

    /// One of it in base units.
    pub(super) fn size(self) -> f64 {
        self.factor * power_of_ten(self.exponent)
    }

    /// So many base units, per one of it.
    pub(super) fn per(self, number: f64) -> f64 {
        match self.exponent {
            0.. => number / (self.factor * power_of_ten(self.exponent)),
            _ => number * power_of_ten(-self.exponent) / self.factor,
        }
    }
}

/// A power of ten; exact up to 10^22, and prefixes end at 10^18.
fn power_of_ten(exponent: i32) -> f64 {
    let power = (0..exponent.abs()).fold(1.0, |power, _| power * 10.0);
    if exponent < 0 { 1.0 / power } else { power }
}

/// Everything that may stand behind a number, for messages.
pub(super) const LIST: &str = "ns, us, ms, s, min, h, day, week, month, year, B, bit, %, objects; \
                               prefixes k, M, G, T, P, E, Ki, Mi, Gi, Ti, Pi; per unit as in \"k/s\"";

/// The words that stand without a prefix.
const WORDS: [&str; 15] =
    ["ns", "us", "ms", "s", "min", "h", "day", "week", "month", "year", "%", "$", "objects", "B", "bit"];

/// Prefix, factor, power of ten.
const PREFIXES: [(&str, f64, i32); 11] = [
    ("Ki", 1_024.0, 0),
    ("Mi", 1_048_576.0, 0),
    ("Gi", 1_073_741_824.0, 0),
    ("Ti", 1_099_511_627_776.0, 0),
    ("Pi", 1_125_899_906_842_624.0, 0),
    ("k", 1.0, 3),
    ("M", 1.0, 6),
    ("G", 1.0, 9),
    ("T", 1.0, 12),
    ("P", 1.0, 15),
    ("E", 1.0, 18),
];

/// The unit that a word names: `ms`, `GB`, `Mbit`, `%`, or a prefix alone, `k`.
pub(super) fn find(word: &str, calendar: Calendar) -> Option<Unit> {
    plain(word, calendar).or_else(|| {
        let prefixed = |&(prefix, factor, exponent): &(&str, f64, i32)| {
            let unit = match word.strip_prefix(prefix)? {
                "" => Unit::ONE,
                rest @ ("B" | "bit") => plain(rest, calendar)?,
                _ => return None,
            };
            Some(Unit { factor: factor * unit.factor, exponent, ..unit })
        };
        PREFIXES.iter().find_map(prefixed)
    })
}

fn plain(word: &str, calendar: Calendar) -> Option<Unit> {
    let (factor, exponent, dimension) = match word {
        "ns" => (1.0, -9, Dimension::TIME),
        "us" => (1.0, -6, Dimension::TIME),
        "ms" => (1.0, -3, Dimension::TIME),
        "s" => (1.0, 0, Dimension::TIME),
        "min" => (60.0, 0, Dimension::TIME),
        "h" => (3_600.0, 0, Dimension::TIME),
        "day" => (calendar.day, 0, Dimension::TIME),
        "week" => (7.0 * calendar.day, 0, Dimension::TIME),
        "month" => (calendar.month * calendar.day, 0, Dimension::TIME),
        "year" => (calendar.year * calendar.day, 0, Dimension::TIME),
        "B" => (1.0, 0, Dimension::BYTES),
        "bit" => (0.125, 0, Dimension::BYTES),
        "%" => (1.0, -2, Dimension::NONE),
        "$" => (1.0, 0, Dimension::MONEY),
        "objects" => (1.0, 0, Dimension::OBJECTS),
        _ => return None,
    };
    Some(Unit { factor, exponent, dimension })
}

/// Whether a name is taken by a unit or prefix.
pub(super) fn is_reserved(name: &str) -> bool {
    find(name, Calendar::default()).is_some()
}

/// All words, for suggestions.
pub(super) fn words() -> impl Iterator<Item = &'static str> {
    WORDS.into_iter().chain([
        "k", "M", "G", "T", "P", "kB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB", "kbit", "Mbit", "Gbit",
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_a_unit() {
        for word in words() {
            assert!(find(word, Calendar::default()).is_some(), "{word}");
        }
        for prefix in PREFIXES {
            assert_eq!(
                find(prefix.0, Calendar::default()).map(|unit| (unit.factor, unit.exponent)),
                Some((prefix.1, prefix.2))
            );
        }
    }

    #[test]
    fn words_that_are_no_units() {
        for word in ["", "m", "K", "kms", "ks", "Mobjects", "kk", "GiGi", "bits", "b"] {
            assert_eq!(find(word, Calendar::default()), None, "{word}");
        }
    }
}
