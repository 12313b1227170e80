//! Quantities as people read them: three or four digits, the unit that fits.

use super::dimension::Dimension;
use super::quantity::Quantity;

impl Quantity {
    /// As people read it: "83.2 ms", "11.6 k/s", "36.5 TB", "$1.5 k".
    ///
    /// A plain number is a count; whoever knows that it is a share uses [`format_share`].
    pub fn human(self) -> String {
        match self.dimension {
            Dimension::TIME => format_duration(self.value),
            Dimension::RATE => format_rate(self.value),
            Dimension::BYTES => format_bytes(self.value),
            Dimension::NONE => format_count(self.value),
            Dimension::MONEY => format_money(self.value),
            Dimension::OBJECTS => format!("{} objects", format_count(self.value)),
            Dimension::BANDWIDTH => format!("{}/s", format_bytes(self.value)),
            other => format!("{} {}", format_count(self.value), other.base_unit()),
        }
    }
}

/// A duration \[s\]: "83.2 ms", "1.50 s", "12.5 min".
pub fn format_duration(seconds: f64) -> String {
    const UNITS: [(f64, &str); 7] = [
        (86_400.0, "day"),
        (3_600.0, "h"),
        (60.0, "min"),
        (1.0, "s"),
        (1e-3, "ms"),
        (1e-6, "us"),
        (1e-9, "ns"),
    ];
    scaled(seconds, &UNITS, "s")
}

/// A rate \[1/s\]: "11.6 k/s".
pub fn format_rate(per_second: f64) -> String {
    let text = format_count(per_second);
    if text.ends_with(|c: char| c.is_ascii_digit()) { format!("{text} /s") } else { format!("{text}/s") }
}

/// A size \[B\]: "36.5 TB".
pub fn format_bytes(bytes: f64) -> String {
    const UNITS: [(f64, &str); 7] =
        [(1e18, "EB"), (1e15, "PB"), (1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B")];
    scaled(bytes, &UNITS, "B")
}

/// A count or another plain number: "100 k", "12.3 M", "7", "0.25".
pub fn format_count(count: f64) -> String {
    const UNITS: [(f64, &str); 7] =
        [(1e18, "E"), (1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, "")];
    scaled(count, &UNITS, "").trim_end().to_owned()
}

/// An amount of money: "$1.5 k", "$0.0000486". Nobody reads a price with an exponent.
pub fn format_money(amount: f64) -> String {
    /// Below this nobody counts the zeros.
    const WRITTEN_OUT_MIN: f64 = 1e-9;
    /// Four significant digits of the smallest one that is written out.
    const DECIMALS_MAX: i32 = 12;
    let magnitude = amount.abs();
    if !(WRITTEN_OUT_MIN..1e-4).contains(&magnitude) {
        return format!("${}", format_count(amount));
    }
    let mut decimals = 7;
    while decimals < DECIMALS_MAX && magnitude * 10f64.powi(decimals) < 999.95 {
        decimals += 1;
    }
    let text = format!("{amount:.*}", decimals as usize);
    format!("${}", text.trim_end_matches('0'))
}

/// A share in percent: "99.95 %".
pub fn format_share(share: f64) -> String {
    format!("{} %", digits(share * 100.0))
}

/// The number in the largest unit that it fills, or the smallest there is.
fn scaled(value: f64, units: &[(f64, &str)], base: &str) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value} {base}");
    }
    // A value that rounds up to the next unit, as 999.96 ms does, is shown in that unit.
    let fills = |&&(factor, _): &&(f64, &str)| value.abs() / factor >= 0.999_95;
    let (factor, unit) = units.iter().find(fills).or(units.last()).expect("there are units");
    format!("{} {unit}", digits(value / factor))
}

/// Four significant digits without trailing zeros, up to twelve where they stand before the point.
fn digits(value: f64) -> String {
    let magnitude = value.abs();
    let decimals = match magnitude {
        _ if magnitude >= 1e12 => return format!("{value:.3e}"),
        _ if magnitude >= 999.95 => 0,
        _ if magnitude >= 99.995 => 1,
        _ if magnitude >= 9.999_5 => 2,
        _ if magnitude >= 0.999_95 => 3,
        _ if magnitude >= 0.099_995 => 4,
        _ if magnitude >= 1e-4 => 7,
        _ if magnitude == 0.0 => 0,
        _ => return format!("{value:.3e}"),
    };
    let text = format!("{value:.decimals$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_as_people_read_them() {
        let per_byte = Dimension { money: 1, bytes: -1, ..Dimension::NONE };
        for (value, dimension, expected) in [
            (0.0832, Dimension::TIME, "83.2 ms"),
            (1.5, Dimension::TIME, "1.5 s"),
            (0.999_96, Dimension::TIME, "1 s"),
            (59.999, Dimension::TIME, "1 min"),
            (3e-10, Dimension::TIME, "0.3 ns"),
            (5_400.0, Dimension::TIME, "1.5 h"),
            (0.0, Dimension::TIME, "0 s"),
            (-30.0, Dimension::TIME, "-30 s"),
            (11_574.074, Dimension::RATE, "11.57 k/s"),
            (12.5, Dimension::RATE, "12.5 /s"),
            (0.057_870_37, Dimension::RATE, "0.0578704 /s"),
            (36.5e12, Dimension::BYTES, "36.5 TB"),
            (5e6, Dimension::BANDWIDTH, "5 MB/s"),
            (100e3, Dimension::OBJECTS, "100 k objects"),
            (100e3, Dimension::NONE, "100 k"),
            (0.25, Dimension::NONE, "0.25"),
            (7.0, Dimension::NONE, "7"),
            (1_234.0, Dimension::NONE, "1.234 k"),
            (999_999.0, Dimension::NONE, "1 M"),
            (1_500.0, Dimension::MONEY, "$1.5 k"),
            (0.02, Dimension::MONEY, "$0.02"),
            (0.000_231_5, Dimension::MONEY, "$0.0002315"),
            (4.86e-5, Dimension::MONEY, "$0.0000486"),
            (1.234_56e-8, Dimension::MONEY, "$0.00000001235"),
            (0.0, Dimension::MONEY, "$0"),
            (2e-11, per_byte, "2.000e-11 USD/B"),
            (1e300, Dimension::RATE, "1.000e282 E/s"),
            (f64::INFINITY, Dimension::TIME, "inf s"),
            (f64::NAN, Dimension::NONE, "NaN"),
        ] {
            assert_eq!(Quantity::new(value, dimension).human(), expected);
        }
        assert_eq!(format_share(0.9995), "99.95 %");
        assert_eq!(format_share(1.0), "100 %");
    }
}
