//! Scales of pictures: from a value to a place on the axis, and the round values that are written beside it.

/// The measure along one side of a panel.
pub(super) struct Axis {
    low: f64,
    high: f64,
    scale: Scale,
    /// Round values within the range, ascending, with what is written beside them.
    pub(super) ticks: Vec<(f64, String)>,
}

#[derive(Clone, Copy)]
enum Scale {
    Linear,
    Logarithmic,
}

/// Units of time from the finest to the coarsest: name, length \[s\], and the steps that look round in it.
const TIME_UNITS: [(&str, f64, &[f64]); 6] = [
    ("µs", 1e-6, &[1.0, 2.0, 5.0]),
    ("ms", 1e-3, &[1.0, 2.0, 5.0]),
    ("s", 1.0, &[1.0, 2.0, 5.0]),
    ("min", 60.0, &[1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0]),
    ("h", 3600.0, &[1.0, 2.0, 3.0, 4.0, 6.0, 12.0]),
    ("d", 86_400.0, &[1.0, 2.0, 5.0]),
];

/// More lines than this distract from what is drawn.
const MOST_STEPS: usize = 6;

/// No span of simulated time lies outside these \[s\]: its clock counts nanoseconds.
const SPAN_LEAST: f64 = 1e-9;
const SPAN_MOST: f64 = 1e12;

/// Latencies further below the largest one than this factor share the bottom line of a picture.
const LATENCY_RANGE: f64 = 1e9;

impl Axis {
    /// From nothing to a little above `highest`, with at most `room` ticks.
    pub(super) fn amount(highest: f64, room: usize) -> Axis {
        let highest = if highest > 0.0 { highest.clamp(1e-6, 1e18) } else { 1.0 };
        let step = round_step(highest / room.clamp(2, MOST_STEPS) as f64);
        let count = (highest / step).ceil();
        Axis { low: 0.0, high: step * count, scale: Scale::Linear, ticks: multiples(step, step * count, 1.0) }
    }

    /// A share of one, in percent; beyond it only where `highest` is.
    pub(super) fn share(highest: f64) -> Axis {
        if highest > 1.0 {
            return Axis::percent(highest);
        }
        let ticks = [0.0, 0.25, 0.5, 0.75, 1.0].map(|share| (share, format!("{} %", share * 100.0)));
        Axis { low: 0.0, high: 1.0, scale: Scale::Linear, ticks: ticks.to_vec() }
    }

    /// A share of one, in percent, of which little is also seen: up to 100 % only from a fifth on.
    pub(super) fn fine_share(highest: f64) -> Axis {
        if highest >= 0.2 || highest <= 0.0 { Axis::share(highest) } else { Axis::percent(highest) }
    }

    /// A share of one, in percent, up to a little above `highest`.
    fn percent(highest: f64) -> Axis {
        let mut axis = Axis::amount(highest * 100.0, 4);
        axis.high /= 100.0;
        for (value, label) in &mut axis.ticks {
            *value /= 100.0;
            label.push_str(" %");
        }
        axis
    }

    /// The time of a run from 0 to `end` \[s\], and the name of the unit of its ticks.
    pub(super) fn time(end: f64) -> (Axis, &'static str) {
        let end = if end > 0.0 { end.clamp(SPAN_LEAST, SPAN_MOST) } else { 1.0 };
        let fits = |unit: &&(&str, f64, &[f64])| end >= 2.5 * unit.1;
        let &(unit, length, steps) = TIME_UNITS.iter().rev().find(fits).unwrap_or(&TIME_UNITS[0]);
        let least = end / length / 10.0;
        let step = steps.iter().copied().find(|&step| step >= least).unwrap_or_else(|| round_step(least));
        (
            Axis { low: 0.0, high: end, scale: Scale::Linear, ticks: multiples(step, end / length, length) },
            unit,
        )
    }

    /// Latencies between two values \[s\] on a logarithmic scale, with at most `room` ticks.
    pub(super) fn latency(lowest: f64, highest: f64, room: usize) -> Axis {
        let highest = if highest > 0.0 { highest.clamp(SPAN_LEAST, SPAN_MOST) } else { 1.0 };
        let least = highest / LATENCY_RANGE;
        let lowest = if lowest > 0.0 && lowest.is_finite() { lowest.clamp(least, highest) } else { least };
        let mut high_index = 3 * libm::floor(libm::log10(highest)) as i32;
        while round_number(high_index) < highest * 0.999_999 {
            high_index += 1;
        }
        let mut low_index = high_index - 3;
        while round_number(low_index) > lowest * 1.000_001 {
            low_index -= 1;
        }
        let count = (high_index - low_index) as usize;
        // One, two and five of each decade, or only the decades, or only some of these.
        let stride = if count < room { 1 } else { 3 * count.div_ceil(3 * room.max(2)) as i32 };
        let indices = (low_index..=high_index).filter(|index| index % stride == 0);
        let ticks = indices.map(|index| (round_number(index), duration(round_number(index)))).collect();
        let (low, high) = (round_number(low_index), round_number(high_index));
        Axis { low, high, scale: Scale::Logarithmic, ticks }
    }

    /// The axis of 1/(1 - p) for shares p of requests, up to `highest`; the ticks show p, except for 0, too
    /// close to a half.
    pub(super) fn tail(highest: f64) -> Axis {
        let mut ticks = vec![(1.0, String::new()), (2.0, "50 %".to_owned()), (10.0, "90 %".to_owned())];
        let high = highest.max(100.0);
        let mut decade = 100.0;
        let mut label = "99".to_owned();
        while decade <= high * 1.000_001 {
            ticks.push((decade, format!("{label} %")));
            label.push_str(if label.len() == 2 { ".9" } else { "9" });
            decade *= 10.0;
        }
        Axis { low: 1.0, high, scale: Scale::Logarithmic, ticks }
    }

    /// Where a value stands, from 0 at the low end to 1 at the high end; what is beyond an end stands there.
    pub(super) fn place(&self, value: f64) -> f64 {
        let place = match self.scale {
            Scale::Linear => (value - self.low) / (self.high - self.low),
            Scale::Logarithmic => {
                let low = libm::log10(self.low);
                (libm::log10(value.max(self.low)) - low) / (libm::log10(self.high) - low)
            }
        };
        place.clamp(0.0, 1.0)
    }
}

/// 1, 2 or 5 times a power of ten: number 0 is 1, number 3 is 10.
fn round_number(index: i32) -> f64 {
    let mantissa = [1.0, 2.0, 5.0][index.rem_euclid(3) as usize];
    mantissa * libm::exp10(f64::from(index.div_euclid(3)))
}

/// The first round number that is not below `least`.
fn round_step(least: f64) -> f64 {
    let mut index = 3 * libm::floor(libm::log10(least)) as i32;
    while round_number(index) < least * 0.999_999 {
        index += 1;
    }
    round_number(index)
}

/// The multiples of a step from 0 to `high`, both in some `unit`.
fn multiples(step: f64, high: f64, unit: f64) -> Vec<(f64, String)> {
    let count = (high / step + 1e-9) as u32;
    (0..=count).map(|index| f64::from(index) * step).map(|value| (value * unit, amount(value))).collect()
}

/// Three significant digits and a decimal prefix: `1.5 k`.
pub(super) fn amount(value: f64) -> String {
    let prefixes = [(1e12, " T"), (1e9, " G"), (1e6, " M"), (1e3, " k")];
    let magnitude = value.abs();
    if magnitude >= 1e15 || (magnitude > 0.0 && magnitude < 1e-3) {
        return format!("{:e}", three_digits(value));
    }
    match prefixes.iter().find(|(size, _)| magnitude >= *size) {
        Some((size, prefix)) => format!("{}{prefix}", three_digits(value / size)),
        None => three_digits(value).to_string(),
    }
}

/// A duration with three significant digits, in the unit that suits it.
fn duration(seconds: f64) -> String {
    let units = [(1.0, "s"), (1e-3, "ms"), (1e-6, "µs")];
    match units.iter().find(|(length, _)| seconds >= length * 0.999_999) {
        Some((_, "s")) if seconds >= 1e5 => format!("{:e} s", three_digits(seconds)),
        Some((length, unit)) => format!("{} {unit}", three_digits(seconds / length)),
        None => format!("{} ns", three_digits(seconds * 1e9)),
    }
}

/// The value rounded to three significant digits, exactly as decimal text rounds it.
fn three_digits(value: f64) -> f64 {
    format!("{value:.2e}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|(_, label)| label.as_str()).collect()
    }

    #[test]
    fn ticks_are_round_and_few() {
        let cases: [(Axis, &[&str]); 19] = [
            (Axis::amount(1234.0, 5), &["0", "500", "1 k", "1.5 k"]),
            (Axis::amount(0.0, 5), &["0", "0.2", "0.4", "0.6", "0.8", "1"]),
            (Axis::amount(3e12, 3), &["0", "1 T", "2 T", "3 T"]),
            (Axis::amount(0.000_3, 3), &["0", "1e-4", "2e-4", "3e-4"]),
            (Axis::share(0.3), &["0 %", "25 %", "50 %", "75 %", "100 %"]),
            (Axis::share(1.4), &["0 %", "50 %", "100 %", "150 %"]),
            (Axis::fine_share(0.0), &["0 %", "25 %", "50 %", "75 %", "100 %"]),
            (Axis::fine_share(0.2), &["0 %", "25 %", "50 %", "75 %", "100 %"]),
            (Axis::fine_share(0.15), &["0 %", "5 %", "10 %", "15 %"]),
            (Axis::time(60.0).0, &["0", "10", "20", "30", "40", "50", "60"]),
            (Axis::time(1800.0).0, &["0", "5", "10", "15", "20", "25", "30"]),
            (Axis::time(86_400.0).0, &["0", "3", "6", "9", "12", "15", "18", "21", "24"]),
            (Axis::time(0.0).0, &["0", "100", "200", "300", "400", "500", "600", "700", "800", "900", "1 k"]),
            (Axis::latency(0.003, 0.04, 8), &["2 ms", "5 ms", "10 ms", "20 ms", "50 ms"]),
            (Axis::latency(0.000_25, 12.0, 8), &["1 ms", "10 ms", "100 ms", "1 s", "10 s"]),
            (Axis::latency(0.01, 0.01, 8), &["1 ms", "2 ms", "5 ms", "10 ms"]),
            (Axis::latency(0.0, 1e12, 4), &["1000 s", "1e6 s", "1e9 s", "1e12 s"]),
            (Axis::tail(1000.0), &["", "50 %", "90 %", "99 %", "99.9 %"]),
            (Axis::tail(1.0), &["", "50 %", "90 %", "99 %"]),
        ];
        for (axis, expected) in cases {
            assert_eq!(labels(&axis), expected);
        }
    }

    #[test]
    fn places_run_from_end_to_end() {
        let axis = Axis::latency(0.001, 1.0, 8);
        let cases = [(0.0, 0.0), (0.001, 0.0), (1.0, 1.0), (1e12, 1.0)];
        for (value, expected) in cases {
            assert_eq!(axis.place(value), expected, "{value}");
        }
        assert!((axis.place(0.01) - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!(Axis::amount(10.0, 5).place(5.0), 0.5);
    }
}
