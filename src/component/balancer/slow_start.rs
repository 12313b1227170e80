//! Gives a target that has come back or has been started a share of the calls that grows with time.

use super::super::Reading;
use super::pick::Pool;
use crate::units::{Span, Time};

/// How the share grows. As Envoy has it (with its `aggression` of 1), the weight of a target is multiplied by the part of the time
/// that has passed since it came in, but by no less than a floor. HAProxy (2007) and nginx have the same line, with no such floor.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct SlowStart {
    /// After how long a target has all of its share.
    pub span: Span,
    /// The least part of it.
    pub floor: f64,
}

/// Envoy's default.
const FLOOR: f64 = 0.1;

/// What a whole weight of one is in weights that may be parts of it: 2^20 times the largest weight fits into 32 bits.
pub(super) const WHOLE: u32 = 1 << 20;

impl SlowStart {
    /// The weight of a target that came in so long ago; never nothing.
    pub(super) fn weight(&self, whole: u32, age: Span) -> u32 {
        let part = (age.0 as f64 / self.span.0 as f64).clamp(self.floor, 1.0);
        ((f64::from(whole) * part + 0.5) as u32).max(1)
    }
}

/// The targets that do not have all of their share yet, of one instance of the balancer.
#[derive(Default)]
pub(super) struct Newcomers {
    /// By index, with the time at which each came in.
    since: Vec<(u32, Time)>,
}

impl Newcomers {
    /// A target comes in.
    pub(super) fn begin(&mut self, target: u32, now: Time) {
        self.end(target);
        self.since.push((target, now));
    }

    /// A target is out.
    pub(super) fn end(&mut self, target: u32) {
        self.since.retain(|one| one.0 != target);
    }

    /// Nobody is new any more.
    pub(super) fn clear(&mut self) {
        self.since.clear();
    }

    /// Whether nobody is.
    #[inline(always)]
    pub(super) fn is_empty(&self) -> bool {
        self.since.is_empty()
    }

    /// What the members of a pool weigh now; lets go of those who have all of their share. Where the calls at each target are
    /// looked at, they count: a target weighs its weight / (calls + 1), as in Envoy's balancer by least requests when weights
    /// differ.
    #[cold]
    pub(super) fn weigh(
        &mut self,
        rules: &SlowStart,
        now: Time,
        pool: &Pool,
        calls: Option<&[u32]>,
        weights: &mut Vec<u32>,
    ) {
        weights.clear();
        match pool.weights[..] {
            [] => weights.resize(pool.members.len(), WHOLE),
            _ => weights.extend_from_slice(&pool.weights),
        }
        self.since.retain(|(_, since)| now.since(*since) < rules.span);
        for (target, since) in &self.since {
            if let Some(position) = pool.position(*target) {
                let weight = &mut weights[position as usize];
                *weight = rules.weight(*weight, now.since(*since));
            }
        }
        for (weight, member) in weights.iter_mut().zip(&pool.members) {
            let calls = calls.map_or(0, |calls| calls[*member as usize]);
            *weight = (*weight / (calls + 1)).max(1);
        }
    }
}

const KEYS: [&str; 2] = ["for", "min"];

pub(super) fn read_slow_start(reading: &mut Reading<'_, '_>) -> Option<Option<SlowStart>> {
    let Some(node) = reading.get("slow_start") else { return Some(None) };
    let context = format!("`slow_start` of {}", reading.context());
    let reader = &mut *reading.reader;
    let table = reader.table(node)?;
    reader.check_keys(table, &context, &KEYS);
    let span = reader
        .required(table, "for", &context)
        .and_then(|node| super::super::health::positive(reader, "for", node));
    let floor = table.get("min").map_or(Some(FLOOR), |node| reader.share(node));
    Some(Some(SlowStart { span: span?, floor: floor? }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weight_grows_in_a_straight_line_from_its_floor() {
        for (floor, whole, age, expected) in [
            (0.1, 1000, 0, 100),
            (0.1, 1000, 7, 100),
            (0.1, 1000, 20, 200),
            (0.1, 1000, 75, 750),
            (0.1, 1000, 100, 1000),
            (0.1, 1000, 900, 1000),
            (0.0, 1000, 0, 1),
            (0.0, WHOLE * 1000, 50, WHOLE * 500),
            (1.0, 30, 0, 30),
        ] {
            let rules = SlowStart { span: Span(100), floor };
            assert_eq!(rules.weight(whole, Span(age)), expected, "{floor} {whole} {age}");
        }
    }
}
