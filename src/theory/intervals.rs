//! Confidence intervals for means over replications.
//!
//! Replications are independent, so Student's t interval holds for their mean as far as each replication's
//! figure is itself nearly normal (a mean or a quantile of many requests is).

use super::beta::incomplete_beta;
use super::falling_root;

/// The probability with which an interval covers the true mean.
pub const CONFIDENCE: f64 = 0.95;

/// A mean with its two-sided confidence interval at [`CONFIDENCE`].
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Interval {
    /// The mean of the samples.
    pub mean: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// The interval for the mean of independent samples; `None` for fewer than two. Samples are added in the
    /// order of their index, so that the bits do not depend on which was finished first.
    pub fn of(samples: &[f64]) -> Option<Interval> {
        if samples.len() < 2 {
            return None;
        }
        let count = samples.len() as f64;
        let mean = samples.iter().sum::<f64>() / count;
        // In a second pass: the squares of the first would cancel.
        let squares: f64 = samples.iter().map(|sample| (sample - mean) * (sample - mean)).sum();
        let standard_error = (squares / (count - 1.0) / count).sqrt();
        let half_width = student_quantile(0.5 + 0.5 * CONFIDENCE, count - 1.0) * standard_error;
        Some(Interval { mean, low: mean - half_width, high: mean + half_width })
    }

    /// The interval for the mean of `a - b`, replication by replication: with common random numbers much
    /// narrower than the difference of two intervals. Asserts equally many samples.
    pub fn paired(a: &[f64], b: &[f64]) -> Option<Interval> {
        assert_eq!(a.len(), b.len(), "paired samples come in pairs");
        let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
        Interval::of(&differences)
    }

    /// Half the length of the interval.
    pub fn half_width(&self) -> f64 {
        0.5 * (self.high - self.low)
    }
}

/// The value that Student's t with `degrees` > 0 degrees of freedom does not exceed with `probability` in (0,
/// 1) ("Student", 1908), from the incomplete beta function (Abramowitz and Stegun, 1964, 26.5.27).
pub fn student_quantile(probability: f64, degrees: f64) -> f64 {
    if probability < 0.5 {
        return -student_quantile(1.0 - probability, degrees);
    }
    let tail = |t: f64| 0.5 * incomplete_beta(0.5 * degrees, 0.5, degrees / (degrees + t * t));
    falling_root(|t| tail(t) - (1.0 - probability))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn student_table() {
        for (probability, degrees, expected) in [
            (0.975, 1.0, 12.706_204_736),
            (0.975, 2.0, 4.302_652_730),
            (0.975, 3.0, 3.182_446_305),
            (0.975, 4.0, 2.776_445_105),
            (0.975, 9.0, 2.262_157_163),
            (0.975, 19.0, 2.093_024_054),
            (0.975, 30.0, 2.042_272_456),
            (0.975, 100.0, 1.983_971_519),
            (0.975, 200.0, 1.971_896_224),
            (0.975, 1e9, 1.959_963_985),
            (0.95, 1.0, 6.313_751_515),
            (0.995, 5.0, 4.032_142_984),
            (0.9995, 10.0, 4.586_893_859),
            (0.025, 4.0, -2.776_445_105),
            (0.5, 7.0, 0.0),
        ] {
            let actual = student_quantile(probability, degrees);
            assert!(
                (actual - expected).abs() < 1e-6,
                "{probability}, {degrees}: {actual} instead of {expected}"
            );
        }
    }

    /// P(|T| <= t) as a finite sum of powers of a cosine (Abramowitz and Stegun, 1964, 26.7.3 and 26.7.4).
    fn student_by_sum(t: f64, degrees: u32) -> f64 {
        let angle = libm::atan(t / f64::from(degrees).sqrt());
        let (sine, cosine) = libm::sincos(angle);
        let odd = degrees % 2;
        let (mut term, mut sum) = (if odd == 1 { cosine } else { 1.0 }, 0.0);
        for power in (odd..degrees.saturating_sub(1)).step_by(2) {
            sum += term;
            term *= f64::from(power + 1) / f64::from(power + 2) * cosine * cosine;
        }
        if odd == 1 { (angle + sine * sum) * 2.0 / std::f64::consts::PI } else { sine * sum }
    }

    #[test]
    fn student_agrees_with_the_finite_sums() {
        for degrees in 1..=200 {
            for probability in [0.6, 0.9, 0.975, 0.9995] {
                let t = student_quantile(probability, f64::from(degrees));
                let covered = student_by_sum(t, degrees);
                assert!(
                    (covered - (2.0 * probability - 1.0)).abs() < 1e-9,
                    "{degrees}, {probability}: {covered}"
                );
            }
        }
    }

    #[test]
    fn an_interval_by_hand() {
        // Mean 3, variance 2.5, so 2.776445105 sqrt(2.5 / 5) on either side.
        let interval = Interval::of(&[1.0, 2.0, 3.0, 4.0, 5.0]).unwrap();
        assert_eq!(interval.mean, 3.0);
        assert!((interval.half_width() - 1.963_243_161).abs() < 1e-8, "{interval:?}");
        assert!((interval.low + interval.high - 6.0).abs() < 1e-12);
        assert_eq!(Interval::of(&[2.0, 2.0]), Some(Interval { mean: 2.0, low: 2.0, high: 2.0 }));
        assert_eq!((Interval::of(&[7.0]), Interval::of(&[])), (None, None));
    }

    #[test]
    fn a_large_offset_does_not_cancel() {
        let shifted = Interval::of(&[1e9 + 1.0, 1e9 + 2.0, 1e9 + 3.0, 1e9 + 4.0, 1e9 + 5.0]).unwrap();
        assert!((shifted.half_width() - 1.963_243_161).abs() < 1e-6, "{shifted:?}");
    }

    #[test]
    fn pairs_remove_what_is_common() {
        let base = [10.0, 20.0, 30.0];
        let faster = [9.0, 19.0, 29.0];
        assert_eq!(Interval::paired(&base, &faster), Some(Interval { mean: 1.0, low: 1.0, high: 1.0 }));
    }
}
