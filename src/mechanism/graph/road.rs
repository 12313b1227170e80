//! A road network: the crossings of a square grid, of whose streets some are missing, with main roads of several levels.
//! Nothing is stored. Every k-th street is a road of level 1, every k-th of these one of level 2, and so on; only streets of
//! level 0 are ever missing.

use super::super::hash::{mix13, mix13_pair};

/// A square grid of crossings.
#[derive(Clone, Copy, Debug)]
pub struct Road {
    /// Crossings on each side.
    side: u64,
    /// Share of the streets that are missing, in [0, 1].
    missing: f64,
    /// Every so many streets there is one of the next level; at least 2.
    spacing: u64,
    /// The highest level.
    levels: u64,
    seed: u64,
}

impl Road {
    /// A grid of side times side crossings.
    pub fn new(side: u64, missing: f64, spacing: u64, levels: u64, seed: u64) -> Road {
        Road { side, missing, spacing, levels, seed }
    }

    /// The crossings are the numbers below this, row by row.
    pub fn nodes(&self) -> u64 {
        self.side * self.side
    }

    /// The crossings that are one street away, ascending. Streets lead both ways.
    pub fn successors(&self, node: u64, list: &mut Vec<u64>) {
        if node >= self.nodes() {
            return;
        }
        let (row, column) = (node / self.side, node % self.side);
        let last = self.side - 1;
        let neighbours = [
            (row > 0).then(|| (node - self.side, column)),
            (column > 0).then(|| (node - 1, row)),
            (column < last).then(|| (node + 1, row)),
            (row < last).then(|| (node + self.side, column)),
        ];
        let there = neighbours.into_iter().flatten();
        list.extend(
            there.filter(|(other, street)| self.has_street(node, *other, *street)).map(|(other, _)| other),
        );
    }

    /// The level of the largest road that passes a crossing.
    pub fn level(&self, node: u64) -> u64 {
        self.street_level(node / self.side).max(self.street_level(node % self.side))
    }

    /// The row or column of this number.
    fn street_level(&self, street: u64) -> u64 {
        let mut level = 0;
        let mut step = self.spacing;
        while level < self.levels && street.is_multiple_of(step) {
            level += 1;
            step = step.saturating_mul(self.spacing);
        }
        level
    }

    fn has_street(&self, one: u64, other: u64, street: u64) -> bool {
        let hash = mix13_pair(mix13_pair(self.seed, one.min(other)), one.max(other));
        let luck = (mix13(hash) >> 11) as f64 / (1_u64 << 53) as f64;
        self.street_level(street) > 0 || luck >= self.missing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn neighbours(road: &Road, node: u64) -> Vec<u64> {
        let mut list = Vec::new();
        road.successors(node, &mut list);
        list
    }

    #[test]
    fn a_full_grid_joins_those_beside_one_another() {
        let road = Road::new(3, 0.0, 10, 0, 1);
        for (node, expected) in
            [(0, vec![1, 3]), (4, vec![1, 3, 5, 7]), (5, vec![2, 4, 8]), (8, vec![5, 7]), (9, vec![])]
        {
            assert_eq!(neighbours(&road, node), expected, "{node}");
        }
    }

    #[test]
    fn streets_lead_both_ways_and_so_many_are_missing() {
        let road = Road::new(60, 0.25, 10, 2, 9);
        let mut streets = 0;
        for node in 0..road.nodes() {
            for other in neighbours(&road, node) {
                assert!(neighbours(&road, other).contains(&node));
                streets += 1;
            }
        }
        // 59 streets on each of 60 rows and columns; every tenth of these is whole.
        let expected = 2.0 * 2.0 * 59.0 * (54.0 * 0.75 + 6.0);
        assert!((f64::from(streets) / expected - 1.0).abs() < 0.02, "{streets} not {expected}");
    }

    #[test]
    fn roads_have_levels() {
        let road = Road::new(200, 0.5, 10, 2, 9);
        let at = |row: u64, column: u64| row * 200 + column;
        for (node, level) in
            [(at(3, 7), 0), (at(3, 10), 1), (at(20, 7), 1), (at(100, 7), 2), (at(30, 100), 2)]
        {
            assert_eq!(road.level(node), level, "{node}");
        }
    }
}
