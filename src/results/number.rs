//! Figures as people read them: three digits, the unit that fits; shares near a whole keep what they lack.

use super::Form;
use crate::scenario::{format_bytes, format_count, format_duration, format_money, format_rate, format_share};

/// Whole numbers below this are written out.
const EXACT_BELOW: f64 = 10_000.0;

/// A value in SI base units.
pub(crate) fn human(value: f64, form: Form) -> String {
    match form {
        Form::Duration => format_duration(rounded(value)),
        Form::Rate => format_rate(rounded(value)),
        Form::Bytes => format_bytes(rounded(value)),
        Form::Money => format_money(rounded(value)),
        Form::Share => share(value),
        Form::Number if value.fract() == 0.0 && value.abs() < EXACT_BELOW => format!("{value}"),
        Form::Number => format_count(rounded(value)),
    }
}

/// The value with three significant digits.
fn rounded(value: f64) -> f64 {
    format!("{value:.2e}").parse().unwrap_or(value)
}

/// A share in percent. Above 99 % it has two digits of what it lacks, so that 99.9996 % is not 100 %.
fn share(value: f64) -> String {
    /// More decimals than a float of this size has.
    const DECIMALS_MAX: usize = 12;
    let lack = (1.0 - value) * 100.0;
    if !(lack > 0.0 && lack < 1.0) {
        return format_share(rounded(value));
    }
    let (mut decimals, mut digits) = (1, lack * 10.0);
    while digits < 9.95 && decimals < DECIMALS_MAX {
        digits *= 10.0;
        decimals += 1;
    }
    let text = format!("{:.decimals$}", value * 100.0);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

/// A whole number with commas between its thousands.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The noun for so many.
pub(crate) fn noun(count: u64, plural: &'static str) -> &'static str {
    match (count, plural) {
        (1, "retries") => "retry",
        (1, "deliveries") => "delivery",
        (1, plural) => plural.strip_suffix('s').unwrap_or(plural),
        _ => plural,
    }
}

/// So many of them: "1 worker", "1,024 workers".
pub(crate) fn counted(count: u64, plural: &'static str) -> String {
    format!("{} {}", grouped(count), noun(count, plural))
}

/// The possessive of a name.
pub(crate) fn possessive(name: &str) -> String {
    if name.ends_with('s') { format!("{name}'") } else { format!("{name}'s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nouns_follow_their_numbers() {
        for (count, plural, expected) in [
            (0, "workers", "0 workers"),
            (1, "workers", "1 worker"),
            (1, "retries", "1 retry"),
            (2, "retries", "2 retries"),
            (1_024, "instances", "1,024 instances"),
        ] {
            assert_eq!(counted(count, plural), expected);
        }
    }

    #[test]
    fn possessives() {
        for (name, expected) in [("readers", "readers'"), ("shop", "shop's")] {
            assert_eq!(possessive(name), expected);
        }
    }

    #[test]
    fn three_digits_and_a_unit() {
        for (value, form, expected) in [
            (0.083_234, Form::Duration, "83.2 ms"),
            (0.0, Form::Duration, "0 s"),
            (0.999_6, Form::Duration, "1 s"),
            (11_574.07, Form::Rate, "11.6 k/s"),
            (250.0, Form::Rate, "250 /s"),
            (36.54e12, Form::Bytes, "36.5 TB"),
            (1_499.0, Form::Money, "$1.5 k"),
            (0.000_016_196, Form::Money, "$0.0000162"),
            (9_999.0, Form::Number, "9999"),
            (10_040.0, Form::Number, "10 k"),
            (2.345_6, Form::Number, "2.35"),
            (0.873_4, Form::Share, "87.3 %"),
            (0.0, Form::Share, "0 %"),
            (1.0, Form::Share, "100 %"),
            (0.999_996, Form::Share, "99.9996 %"),
            (0.999_53, Form::Share, "99.953 %"),
            (0.999, Form::Share, "99.9 %"),
            (0.995, Form::Share, "99.5 %"),
            (1.25, Form::Share, "125 %"),
        ] {
            assert_eq!(human(value, form), expected, "{value} {form:?}");
        }
    }

    #[test]
    fn thousands_are_grouped() {
        for (number, expected) in [(0, "0"), (999, "999"), (1_000, "1,000"), (12_345_678, "12,345,678")] {
            assert_eq!(grouped(number), expected);
        }
    }
}
