//! How many instances there should be: the rules, apart from where their numbers come from.

use crate::units::{Span, Time};
use std::collections::VecDeque;

/// What is lost in the last bits of a division must not make one instance more.
const ROUNDING: f64 = 1e-9;

fn ceil(number: f64) -> u32 {
    (number - ROUNDING).ceil().clamp(0.0, f64::from(u32::MAX)) as u32
}

/// By the mean of something over those who serve, `ratio` times what it should be: ceil(ratio x serving) as Kubernetes'
/// horizontal pod autoscaler has it. Nothing changes within the tolerance. Those who still boot do nothing yet, and are
/// expected to take their part: before more are started they count with 0, and if fewer would do then, nothing changes.
pub(super) fn by_mean(serving: u32, booting: u32, ratio: f64, tolerance: f64) -> u32 {
    let all = serving + booting;
    let is_right = |ratio: f64| (ratio - 1.0).abs() <= tolerance + ROUNDING;
    if booting == 0 || ratio <= 1.0 {
        return if is_right(ratio) { all } else { ceil(ratio * f64::from(serving)) };
    }
    let expected = ratio * f64::from(serving) / f64::from(all);
    if is_right(expected) || expected < 1.0 { all } else { ceil(expected * f64::from(all)).max(all) }
}

/// By the sum of something, of which each instance should have `aim`: ceil(sum / aim), if that is out of the tolerance of what
/// there is.
pub(super) fn by_sum(all: u32, sum: f64, aim: f64, tolerance: f64) -> u32 {
    let ratio = sum / (aim * f64::from(all));
    if all > 0 && (ratio - 1.0).abs() <= tolerance + ROUNDING { all } else { ceil(sum / aim) }
}

/// Steps: so many more at or above the highest bound that is reached, so many fewer at or below the lowest one.
pub(super) fn by_steps(all: u32, value: f64, up: &[(f64, u32)], down: &[(f64, u32)]) -> u32 {
    let more = up.iter().rev().find(|(bound, _)| value >= *bound);
    let fewer = down.iter().find(|(bound, _)| value <= *bound);
    match (more, fewer) {
        (Some((_, by)), _) => all.saturating_add(*by),
        (None, Some((_, by))) => all.saturating_sub(*by),
        (None, None) => all,
    }
}

/// What was recommended lately: going up the lowest of a time counts, going down the highest (Kubernetes' stabilization
/// windows).
#[derive(Clone, Debug, Default)]
pub(super) struct Recommendations {
    list: VecDeque<(Time, u32)>,
}

impl Recommendations {
    /// What comes of a recommendation, where there are `all`.
    pub(super) fn settle(&mut self, now: Time, recommended: u32, all: u32, up: Span, down: Span) -> u32 {
        let longest = up.max(down);
        while self.list.front().is_some_and(|(at, _)| *at + longest <= now) {
            self.list.pop_front();
        }
        let within = |span: Span| self.list.iter().filter(move |(at, _)| *at + span > now).map(|one| one.1);
        let floor = within(up).min().map_or(recommended, |lowest| lowest.min(recommended));
        let ceiling = within(down).max().map_or(recommended, |highest| highest.max(recommended));
        self.list.push_back((now, recommended));
        all.max(floor).min(ceiling)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::SECOND;

    /// The examples of Kubernetes' documentation (2 at 200m of 100m; 50m halves), and the rows of its own rule: ready and
    /// unready pods, the ratio of the metric to its target, and what is desired at a tolerance of 10 %.
    #[test]
    fn the_proportional_rule() {
        for (serving, booting, ratio, expected) in [
            (1, 0, 2.0, 2),
            (2, 0, 0.5, 1),
            (3, 0, 1.0, 3),
            // Within a tenth nothing happens; beyond it the rule holds in full.
            (10, 0, 1.1, 10),
            (10, 0, 0.9, 10),
            (10, 0, 1.11, 12),
            (10, 0, 0.89, 9),
            // Exact quotients are not rounded up: 90 % of 60 % is 1.5, 12 / 10 is 1.2.
            (4, 0, 0.9 / 0.6, 6),
            (10, 0, 0.6 / 0.5, 12),
            (1, 0, 0.3 / 0.1, 3),
            (10, 0, 1.1 / 0.1, 110),
            // Who boots counts with 0 on the way up: 3 x 1.5 = 4.5 is nearer to 5 than to 4 instances by more than a tenth or not.
            (3, 1, 1.5, 5),
            (3, 2, 1.5, 5),
            (3, 3, 1.5, 6),
            (4, 4, 1.9, 8),
            (4, 2, 2.0, 8),
            // On the way down they do not count at all.
            (4, 2, 0.5, 2),
            (0, 2, 0.0, 0),
        ] {
            assert_eq!(by_mean(serving, booting, ratio, 0.1), expected, "{serving} {booting} {ratio}");
        }
    }

    #[test]
    fn a_share_of_the_sum_for_each() {
        for (all, sum, expected) in [
            (2, 400.0, 4),
            (4, 400.0, 4),
            (4, 440.0, 4),
            (4, 441.0, 5),
            (4, 360.0, 4),
            (4, 359.0, 4),
            (4, 300.0, 3),
            (4, 0.0, 0),
            (0, 30.0, 1),
        ] {
            assert_eq!(by_sum(all, sum, 100.0, 0.1), expected, "{all} {sum}");
        }
    }

    #[test]
    fn steps() {
        let (up, down) = ([(0.7, 1), (0.9, 4)], [(0.2, 2), (0.4, 1)]);
        for (value, expected) in [
            (0.95, 14),
            (0.9, 14),
            (0.89, 11),
            (0.7, 11),
            (0.69, 10),
            (0.41, 10),
            (0.4, 9),
            (0.21, 9),
            (0.2, 8),
            (0.0, 8),
        ] {
            assert_eq!(by_steps(10, value, &up, &down), expected, "{value}");
        }
        assert_eq!(by_steps(1, 0.1, &up, &down), 0, "nobody is not fewer than nobody");
    }

    /// Every 15 s; up at once, down by the highest of the last 60 s.
    #[test]
    fn the_highest_recommendation_of_a_time_counts_on_the_way_down() {
        let (up, down) = (Span::ZERO, Span(60 * SECOND));
        let mut recommendations = Recommendations::default();
        let mut all = 4;
        let mut settled = Vec::new();
        for (turn, recommended) in [4, 8, 2, 2, 3, 2, 2, 2, 2].into_iter().enumerate() {
            let now = Time(turn as u64 * 15 * SECOND);
            all = recommendations.settle(now, recommended, all, up, down);
            settled.push(all);
        }
        assert_eq!(settled, [4, 8, 8, 8, 8, 3, 3, 3, 2]);
    }

    #[test]
    fn the_lowest_recommendation_of_a_time_counts_on_the_way_up() {
        let (up, down) = (Span(30 * SECOND), Span::ZERO);
        let mut recommendations = Recommendations::default();
        let mut all = 4;
        let mut settled = Vec::new();
        for (turn, recommended) in [4, 9, 8, 7, 3].into_iter().enumerate() {
            let now = Time(turn as u64 * 15 * SECOND);
            all = recommendations.settle(now, recommended, all, up, down);
            settled.push(all);
        }
        assert_eq!(settled, [4, 4, 8, 7, 3]);
    }
}
