//! Instances that work slowly when they have been started: caches are empty, and code has not been compiled yet.

use crate::units::Span;

/// How many times as long everything takes right after a start, and when that is over.
///
/// The factor falls in a straight line, in [`STEPS`] steps of equal length: during each of them it is what the line has in the
/// middle of the step. Work that has begun goes on with what is left of it at the speed of each step.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ColdStart {
    /// How many times as long work takes right after the start, above 1.
    pub factor: f64,
    /// How long it takes until the instance works as fast as the scenario says.
    pub span: Span,
}

/// In how many steps an instance gets warm.
pub const STEPS: u8 = 100;

impl ColdStart {
    /// How many times as long work takes during a step, from 0; none when the instance is warm.
    pub fn factor_in(&self, step: u8) -> Option<f64> {
        let left = 1.0 - (f64::from(step) + 0.5) / f64::from(STEPS);
        (step < STEPS).then_some(1.0 + (self.factor - 1.0) * left)
    }

    /// How long a step lasts; all of them together exactly as long as the span.
    pub fn length_of(&self, step: u8) -> Span {
        let end_of = |steps: u8| u128::from(self.span.0) * u128::from(steps) / u128::from(STEPS);
        Span((end_of(step + 1) - end_of(step)) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_factor_falls_in_a_straight_line() {
        let rules = ColdStart { factor: 11.0, span: Span(1234) };
        for (step, expected) in [(0, Some(10.95)), (49, Some(6.05)), (99, Some(1.05)), (100, None)] {
            let factor = rules.factor_in(step);
            let is_near = |(left, right): (f64, f64)| (left - right).abs() < 1e-12;
            assert!(factor.zip(expected).map_or(factor == expected, is_near), "{step}: {factor:?}");
        }
        assert_eq!((0..STEPS).map(|step| rules.length_of(step).0).sum::<u64>(), 1234);
    }
}
