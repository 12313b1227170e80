//! How a rate goes up and down in the course of time.

use std::f64::consts::TAU;

/// A factor on a rate as a function of the file's time \[s\]; time 0 is the end of the warm-up, in which the factor is that of
/// time 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile(Shape);

#[derive(Clone, Debug, PartialEq)]
enum Shape {
    Flat,
    /// The knots at time 0 and later, with one at 0.
    Linear(Vec<Knot>),
    Diurnal,
}

/// Where straight pieces meet.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Knot {
    time: f64,
    factor: f64,
    /// The integral of the factor from time 0.
    integral: f64,
}

/// A day \[s\].
const DAY: f64 = 86_400.0;

impl Profile {
    /// Always 1.
    pub const FLAT: Profile = Profile(Shape::Flat);

    /// 1 - cos(2 pi t / 24 h): mean 1, nothing at midnight, twice the mean at noon.
    pub const DIURNAL: Profile = Profile(Shape::Diurnal);

    /// Straight lines through (time \[s\], factor), constant beyond the ends. The times ascend, two equal ones make a jump;
    /// no factor is negative, and one from time 0 on is positive.
    pub fn linear(points: &[(f64, f64)]) -> Result<Profile, String> {
        let Some(&first) = points.first() else {
            return Err("a profile needs at least one point".to_string());
        };
        for &(time, factor) in points {
            if !time.is_finite() {
                return Err(format!("the time of a profile's point must be finite, is {time}"));
            }
            if !(factor >= 0.0 && factor.is_finite()) {
                return Err(format!("the factor of a profile must be finite and not negative, is {factor}"));
            }
        }
        for pair in points.windows(2) {
            if pair[1].0 < pair[0].0 {
                return Err(format!(
                    "the times of a profile must ascend, {} s comes after {} s",
                    pair[1].0, pair[0].0
                ));
            }
        }
        let mut knots = vec![Knot { time: 0.0, factor: factor_at_zero(points, first), integral: 0.0 }];
        for &(time, factor) in points.iter().filter(|point| point.0 > 0.0) {
            let last = knots[knots.len() - 1];
            let integral = last.integral + (time - last.time) * (last.factor + factor) / 2.0;
            knots.push(Knot { time, factor, integral });
        }
        if knots.iter().all(|knot| knot.factor == 0.0) {
            return Err("a profile must be positive somewhere after time 0".to_string());
        }
        Ok(Profile(Shape::Linear(knots)))
    }

    /// Whether the factor is always 1.
    pub(super) fn is_flat(&self) -> bool {
        self.0 == Shape::Flat
    }

    /// The integral of the factor from 0 to `time`; negative before 0.
    pub fn integral(&self, time: f64) -> f64 {
        match &self.0 {
            Shape::Flat => time,
            Shape::Linear(knots) if time < 0.0 => knots[0].factor * time,
            Shape::Linear(knots) => {
                let next = knots.partition_point(|knot| knot.time <= time);
                let (knot, slope) = piece(knots, next);
                let passed = time - knot.time;
                knot.integral + passed * (knot.factor + slope * passed / 2.0)
            }
            Shape::Diurnal if time < 0.0 => 0.0,
            Shape::Diurnal => time - DAY / TAU * libm::sin(TAU * (time / DAY).fract()),
        }
    }

    /// The factor at an instant; where it jumps, the one after the jump.
    pub(super) fn factor(&self, time: f64) -> f64 {
        match &self.0 {
            Shape::Flat => 1.0,
            Shape::Linear(knots) if time < 0.0 => knots[0].factor,
            Shape::Linear(knots) => {
                let (knot, slope) = piece(knots, knots.partition_point(|knot| knot.time <= time));
                knot.factor + slope * (time - knot.time)
            }
            Shape::Diurnal if time < 0.0 => 0.0,
            Shape::Diurnal => 1.0 - libm::cos(TAU * (time / DAY).fract()),
        }
    }

    /// When the factor is highest between two instants: the first of several times.
    pub(super) fn peak(&self, from: f64, to: f64) -> f64 {
        let inner: Vec<f64> = match &self.0 {
            Shape::Flat => Vec::new(),
            Shape::Linear(knots) => knots.iter().map(|knot| knot.time).collect(),
            Shape::Diurnal => vec![((from / DAY - 0.5).ceil() + 0.5) * DAY],
        };
        let inner = inner.into_iter().filter(|time| (from..to).contains(time));
        let all = [from].into_iter().chain(inner).chain([to]);
        all.reduce(|best, time| if self.factor(time) > self.factor(best) { time } else { best })
            .unwrap_or(from)
    }

    /// The instant at which the integral reaches `integral`, the latest if it stays there; `None` if it never gets beyond.
    pub(super) fn inverse_integral(&self, integral: f64) -> Option<f64> {
        match &self.0 {
            Shape::Flat => Some(integral),
            // In the warm-up: with a factor of zero there the integral is never negative.
            Shape::Linear(knots) if integral < 0.0 => Some(integral / knots[0].factor),
            Shape::Linear(knots) => {
                let next = knots.partition_point(|knot| knot.integral <= integral);
                let (knot, slope) = piece(knots, next);
                let rest = integral - knot.integral;
                // The root of factor x + slope x^2 / 2 = rest in the form that does not cancel. Rounding may have passed
                // the end of a descent, where it would be imaginary.
                let root = (knot.factor * knot.factor + 2.0 * slope * rest).max(0.0).sqrt();
                if knot.factor + root > 0.0 {
                    return Some(knot.time + 2.0 * rest / (knot.factor + root));
                }
                (slope > 0.0).then_some(knot.time)
            }
            Shape::Diurnal => {
                let days = (integral / DAY).floor();
                let turn = TAU * (integral / DAY - days);
                Some(DAY * (days + kepler(turn) / TAU))
            }
        }
    }

    /// Whether the factor is zero from `time` on for ever.
    pub(super) fn is_over(&self, time: f64) -> bool {
        match &self.0 {
            Shape::Linear(knots) => {
                let last = knots[knots.len() - 1];
                last.factor == 0.0 && time >= last.time
            }
            Shape::Flat | Shape::Diurnal => false,
        }
    }
}

/// The factor at time 0: of a jump there, the upper side.
fn factor_at_zero(points: &[(f64, f64)], first: (f64, f64)) -> f64 {
    let next = points.partition_point(|point| point.0 <= 0.0);
    match (next.checked_sub(1).map(|before| points[before]), points.get(next)) {
        (None, _) => first.1,
        (Some(before), None) => before.1,
        (Some(before), Some(after)) => before.1 + (after.1 - before.1) * -before.0 / (after.0 - before.0),
    }
}

/// The piece that ends at the knot with this index, which is not 0: the knot where it begins, and its slope.
fn piece(knots: &[Knot], next: usize) -> (Knot, f64) {
    let begin = knots[next - 1];
    let slope = knots.get(next).map_or(0.0, |end| (end.factor - begin.factor) / (end.time - begin.time));
    (begin, slope)
}

/// The x in [0, 2 pi] with x - sin x = `turn` (Kepler's equation for eccentricity 1), by Newton's method inside of a
/// bracket that bisection keeps.
fn kepler(turn: f64) -> f64 {
    let (mut low, mut high) = (0.0, TAU);
    // The cube root is the solution near 0, where Newton's method alone is slow; its mirror image near 2 pi.
    let nearest_end = turn.min(TAU - turn);
    let start = libm::cbrt(6.0 * nearest_end);
    let mut x = if turn < TAU / 2.0 { start } else { TAU - start };
    for _ in 0..64 {
        let excess = x - libm::sin(x) - turn;
        if excess == 0.0 {
            break;
        }
        if excess > 0.0 {
            high = x;
        } else {
            low = x;
        }
        let newton = x - excess / (1.0 - libm::cos(x));
        let next = if newton > low && newton < high { newton } else { (low + high) / 2.0 };
        if (next - x).abs() < 1e-15 {
            break;
        }
        x = next;
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spike() -> Profile {
        Profile::linear(&[
            (-10.0, 0.0),
            (10.0, 2.0),
            (20.0, 2.0),
            (20.0, 5.0),
            (30.0, 0.0),
            (40.0, 0.0),
            (50.0, 1.0),
        ])
        .unwrap()
    }

    #[test]
    fn integrals() {
        // The profile is 1 at time 0, and so in the warm-up.
        let expected = [
            (-5.0, -5.0),
            (0.0, 0.0),
            (10.0, 15.0),
            (15.0, 25.0),
            (20.0, 35.0),
            (30.0, 60.0),
            (40.0, 60.0),
            (60.0, 75.0),
        ];
        for (time, integral) in expected {
            assert!(
                (spike().integral(time) - integral).abs() < 1e-12,
                "at {time}: {}",
                spike().integral(time)
            );
        }
        assert_eq!(Profile::FLAT.integral(7.0), 7.0);
        assert_eq!(Profile::DIURNAL.integral(-100.0), 0.0);
        assert!((Profile::DIURNAL.integral(3.0 * DAY) - 3.0 * DAY).abs() < 1e-9);
        assert!((Profile::DIURNAL.integral(0.25 * DAY) - (0.25 - 1.0 / TAU) * DAY).abs() < 1e-9);
    }

    #[test]
    fn the_highest_factor_has_its_time() {
        for (from, to, at, factor) in
            [(0.0, 15.0, 10.0, 2.0), (0.0, 60.0, 20.0, 5.0), (25.0, 60.0, 25.0, 2.5), (35.0, 45.0, 45.0, 0.5)]
        {
            let found = spike().peak(from, to);
            assert_eq!((found, spike().factor(found)), (at, factor), "from {from} to {to}");
        }
        assert_eq!((Profile::FLAT.peak(3.0, 9.0), Profile::FLAT.factor(3.0)), (3.0, 1.0));
        for (from, to, at) in
            [(0.0, 2.0 * DAY, 0.5 * DAY), (0.75 * DAY, 3.0 * DAY, 1.5 * DAY), (0.0, 0.25 * DAY, 0.25 * DAY)]
        {
            assert_eq!(Profile::DIURNAL.peak(from, to), at);
        }
        assert!((Profile::DIURNAL.factor(0.5 * DAY) - 2.0).abs() < 1e-12);
    }

    #[test]
    fn the_inverse_inverts() {
        for step in 0..1000 {
            let integral = -5.0 + 0.0812 * f64::from(step);
            let time = spike().inverse_integral(integral).unwrap();
            assert!((spike().integral(time) - integral).abs() < 1e-12, "{integral} at {time}");
            let integral = 345.678 * f64::from(step);
            let time = Profile::DIURNAL.inverse_integral(integral).unwrap();
            assert!((Profile::DIURNAL.integral(time) - integral).abs() < 1e-9, "{integral} at {time}");
        }
        assert_eq!(Profile::DIURNAL.inverse_integral(0.0), Some(0.0));
        assert_eq!(Profile::DIURNAL.inverse_integral(2.0 * DAY), Some(2.0 * DAY));
        // Where the profile is zero the instant is the last one.
        assert_eq!(spike().inverse_integral(60.0), Some(40.0));
    }

    #[test]
    fn a_profile_that_ends_at_zero_has_an_end() {
        let profile = Profile::linear(&[(0.0, 1.0), (10.0, 0.0)]).unwrap();
        assert!(profile.inverse_integral(4.999).unwrap() < 10.0);
        assert_eq!(profile.inverse_integral(5.001), None);
        assert!(profile.is_over(10.0) && !profile.is_over(9.0));
    }

    #[test]
    fn wrong_points_say_what_is_wrong() {
        let cases: [(&[(f64, f64)], &str); 5] = [
            (&[], "a profile needs at least one point"),
            (&[(f64::NAN, 1.0)], "the time of a profile's point must be finite, is NaN"),
            (&[(0.0, -1.0)], "the factor of a profile must be finite and not negative, is -1"),
            (&[(5.0, 1.0), (4.0, 1.0)], "the times of a profile must ascend, 4 s comes after 5 s"),
            (&[(-5.0, 1.0), (0.0, 0.0)], "a profile must be positive somewhere after time 0"),
        ];
        for (points, message) in cases {
            assert_eq!(Profile::linear(points), Err(message.to_string()));
        }
    }
}
