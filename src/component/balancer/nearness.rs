//! Prefers targets at the balancer's own place, and spills over to the next nearest.

use super::super::Reading;
use super::pick::Pool;
use crate::kernel::random::{Draws, open01};
use crate::mechanism::arrange::Arrange;
use crate::scenario::Value;

/// When calls go to places further away.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Preference {
    /// A place takes all the calls that come to it as long as this many times its healthy share is one; below, only that
    /// much of them (Envoy's overprovisioning factor).
    pub overprovisioning: f64,
    /// Calls of a balancer instance at a target with which it takes no more, if another one takes them.
    pub outstanding: Option<u32>,
}

/// Envoy's default: a place keeps its calls until fewer than 71 % of its targets are healthy.
const OVERPROVISIONING: f64 = 1.4;

/// The name of the draw of the place.
const SPILL: u64 = 0x7370_696c_6c2d_6f76;

const KEYS: [&str; 2] = ["overprovisioning", "outstanding"];

pub(super) fn read_preference(reading: &mut Reading<'_, '_>) -> Option<Option<Preference>> {
    let Some(node) = reading.get("prefer_place") else { return Some(None) };
    let Value::Table(table) = &node.value else {
        let is_wanted = reading.reader.boolean(node)?;
        let preference = Preference { overprovisioning: OVERPROVISIONING, outstanding: None };
        return Some(is_wanted.then_some(preference));
    };
    let context = format!("`prefer_place` of {}", reading.context());
    let reader = &mut *reading.reader;
    reader.check_keys(table, &context, &KEYS);
    let factor = match table.get("overprovisioning") {
        Some(node) => reader.number(node).and_then(|factor| {
            let fits = (1.0..=100.0).contains(&factor);
            if !fits {
                let message = format!("`overprovisioning` is from 1 to 100, not {factor}");
                reader.error(node.location, message);
            }
            fits.then_some(factor)
        }),
        None => Some(OVERPROVISIONING),
    };
    let outstanding = match table.get("outstanding") {
        Some(node) => reader.count(node).and_then(|count| {
            let limit = u32::try_from(count).ok().filter(|limit| *limit > 0);
            if limit.is_none() {
                reader.error(node.location, format!("`outstanding` is from 1 to {}, not {count}", u32::MAX));
            }
            limit.map(Some)
        }),
        None => Some(None),
    };
    Some(Some(Preference { overprovisioning: factor?, outstanding: outstanding? }))
}

/// The members of a pool by distance from an instance of the balancer, nearest first.
pub(super) struct Tiers {
    /// Positions in the pool.
    tiers: Vec<Vec<u32>>,
}

impl Tiers {
    /// `distance` is that of a target, by its index.
    pub(super) fn new(pool: &Pool, distance: impl Fn(u32) -> u64) -> Tiers {
        let mut by_distance: Vec<(u64, u32)> =
            pool.members.iter().zip(0..).map(|(target, position)| (distance(*target), position)).collect();
        by_distance.arrange();
        let tiers = by_distance.chunk_by(|left, right| left.0 == right.0);
        Tiers { tiers: tiers.map(|tier| tier.iter().map(|(_, position)| *position).collect()).collect() }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.tiers.len()
    }

    /// Keeps those of the positions that stand in one tier, and says in which: the nearest one, unless it is less healthy or
    /// has more to do than the preference allows. `open` are the healthy positions; both ascend.
    pub(super) fn narrow(
        &self,
        preference: &Preference,
        open: &[u32],
        positions: &mut Vec<u32>,
        outstanding: impl Fn(u32) -> u32,
        bits: u64,
    ) -> usize {
        let drawn = self.draw(preference, open, bits);
        let order = (drawn..self.tiers.len()).chain(0..drawn);
        let is_busy =
            |position: u32| preference.outstanding.is_some_and(|limit| outstanding(position) >= limit);
        let stands = |tier: usize, position: u32| self.tiers[tier].binary_search(&position).is_ok();
        let free = |tier: usize| positions.iter().any(|one| stands(tier, *one) && !is_busy(*one));
        if let Some(tier) = order.clone().find(|tier| free(*tier)) {
            positions.retain(|one| stands(tier, *one) && !is_busy(*one));
            return tier;
        }
        let there = |tier: &usize| positions.iter().any(|one| stands(*tier, *one));
        let tier = order.clone().find(there).expect("every position stands in a tier");
        positions.retain(|one| stands(tier, *one));
        tier
    }

    /// The tier that a call goes to first. Each takes of what comes to it the overprovisioning times its healthy share; if
    /// together they take less than all, they share it alike.
    fn draw(&self, preference: &Preference, open: &[u32], bits: u64) -> usize {
        let share = |tier: &Vec<u32>| {
            let healthy = tier.iter().filter(|position| open.binary_search(position).is_ok()).count();
            preference.overprovisioning * healthy as f64 / tier.len() as f64
        };
        let taken: f64 = self.tiers.iter().map(share).sum::<f64>().min(1.0);
        let mut lot = open01(Draws::new(bits, SPILL).bits()) * taken;
        let is_drawn = |tier: &Vec<u32>| {
            lot -= share(tier);
            lot < 0.0
        };
        self.tiers.iter().position(is_drawn).unwrap_or(0)
    }
}
