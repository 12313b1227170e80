//! What a figure alone tells: its ratio to the exact one, and its digits.

use super::{Case, ROUNDING, is_rounded};
use crate::scenario::{Dimension, Noted, Quantity, Slip};
use std::cmp::Ordering;

impl Case<'_> {
    /// The factors by which people are usually wrong.
    pub(super) fn the_ratio(&mut self) {
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
        let has_bytes = self.has(|dimension| dimension.bytes != 0);
        let is_size = bytes != 0 && time == 0;
        for (slip, factor, more, less) in FACTORS {
            let may_be = match slip {
                // Bits are of sizes, of bandwidths, and of the times and rates that follow from them.
                Slip::Bits => has_bytes,
                Slip::Framing => has_bytes && !is_size,
                // What is stored has copies and no peak.
                Slip::Peak => !is_size,
                _ => is_size || factor != TWO_COPIES,
            };
            if may_be {
                self.suspect_factor(slip, factor, more);
                self.suspect_factor(slip, 1.0 / factor, less);
            }
        }
        if self.has(|dimension| dimension.time != 0) {
            for (factor, short, long) in TIMES {
                for (factor, one, other) in [(factor, long, short), (1.0 / factor, short, long)] {
                    // Of a duration the smaller unit has the larger number, of a rate the smaller one.
                    let how = match time.cmp(&0) {
                        Ordering::Greater => format!("{other}s taken for {one}s"),
                        Ordering::Less => format!("per {one} taken for per {other}"),
                        Ordering::Equal => format!("as with {one}s instead of {other}s"),
                    };
                    self.suspect_factor(Slip::TimeUnit, factor, how);
                }
            }
        }
    }

    /// What happens to digits on paper.
    pub(super) fn the_digits(&mut self) {
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

/// Of sizes only.
const TWO_COPIES: f64 = 2.0;

/// Slip, factor, how it makes a figure too large, how too small.
const FACTORS: [(Slip, f64, &str, &str); 6] = [
    (Slip::Bits, 8.0, "bits for bytes: 8 times too large", "bits for bytes: 8 times too small"),
    (Slip::Framing, 1.25, "ten bits for a byte: 25 % too much", "ten bits for a byte: 20 % too little"),
    (Slip::Copies, 3.0, "as if there were three copies", "as if three copies were left out"),
    (Slip::Copies, TWO_COPIES, "as if there were two copies", "as if two copies were left out"),
    (Slip::Peak, 2.0, "twice as much: the peak, or both ways?", "half as much: a peak left out, or one way?"),
    (Slip::Peak, 5.0, "five times as much: the peak?", "a fifth of it: a peak left out?"),
];

/// How many of the first there are in the second.
const TIMES: [(f64, &str, &str); 9] = [
    (60.0, "second", "minute"),
    (3_600.0, "second", "hour"),
    (86_400.0, "second", "day"),
    (100_000.0, "second", "round day"),
    (60.0, "minute", "hour"),
    (24.0, "hour", "day"),
    (30.0, "day", "month"),
    (12.0, "month", "year"),
    (365.0, "day", "year"),
];

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
