//! Permutations of whole numbers that are computed and not stored: a way there and back between 0..n and 0..n.
//!
//! A Feistel network (M. Luby and C. Rackoff, 1988) with halves of unequal size permutes the smallest power of two that
//! holds n; numbers that fall outside of 0..n walk on along their cycle until they are inside (J. Black and P. Rogaway, 2002).

use super::hash::{mix13, mix13_pair};

/// Rounds: four of a balanced network are indistinguishable from chance; more do not hurt.
const ROUNDS: u64 = 6;

/// A permutation of the numbers below n.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Permutation {
    n: u64,
    key: u64,
    /// Bits of the left and the right half.
    left: u32,
    right: u32,
}

impl Permutation {
    /// The permutation of 0..n that a key names.
    pub fn new(n: u64, key: u64) -> Permutation {
        let bits = u64::BITS - n.saturating_sub(1).leading_zeros();
        Permutation { n, key, left: bits / 2, right: bits - bits / 2 }
    }

    /// Where a number below n goes.
    #[inline]
    pub fn apply(&self, x: u64) -> u64 {
        debug_assert!(x < self.n, "{x} is not below {}", self.n);
        let mut y = x;
        loop {
            y = (0..ROUNDS).fold(y, |y, round| self.round(y, round));
            if y < self.n {
                return y;
            }
        }
    }

    /// Where a number below n comes from.
    #[inline]
    pub fn invert(&self, y: u64) -> u64 {
        debug_assert!(y < self.n, "{y} is not below {}", self.n);
        let mut x = y;
        loop {
            x = (0..ROUNDS).rev().fold(x, |x, round| self.round(x, round));
            if x < self.n {
                return x;
            }
        }
    }

    /// One half changes by what the other one is: the same again undoes it.
    #[inline]
    fn round(&self, x: u64, round: u64) -> u64 {
        let right_mask = (1 << self.right) - 1;
        let (left, right) = (x >> self.right, x & right_mask);
        let hash = |half: u64| mix13(half.wrapping_add(mix13_pair(self.key, round)));
        if round.is_multiple_of(2) {
            let left_mask = (1 << self.left) - 1;
            (left ^ hash(right) & left_mask) << self.right | right
        } else {
            left << self.right | (right ^ hash(left) & right_mask)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_hit_once_and_found_again() {
        for n in [1, 2, 3, 4, 5, 7, 64, 65, 1000, 4097] {
            for key in 0..3 {
                let permutation = Permutation::new(n, key);
                let mut seen = vec![false; n as usize];
                for x in 0..n {
                    let y = permutation.apply(x);
                    assert!(!std::mem::replace(&mut seen[y as usize], true), "{y} of {n} is hit twice");
                    assert_eq!(permutation.invert(y), x);
                }
            }
        }
        let large = Permutation::new(1_000_000_000_000, 5);
        for x in [0, 1, 77, 999_999_999_999] {
            assert_eq!(large.invert(large.apply(x)), x);
        }
    }

    /// A number goes to each of sixteen sixteenths equally often: chi-square with 15 degrees of freedom, below the 99.9 %
    /// quantile of 37.7.
    #[test]
    fn images_are_spread_evenly() {
        for x in [0, 1, 499, 999] {
            let mut counts = [0_u32; 16];
            for key in 0..16_000 {
                counts[(Permutation::new(1000, mix13(key + 1)).apply(x) * 16 / 1000) as usize] += 1;
            }
            // The sixteenths of 1000 are of 62 or 63 numbers.
            let chi: f64 = (0..16_u32)
                .map(|part| {
                    let numbers = (0..1000).filter(|y| y * 16 / 1000 == part).count() as f64;
                    let expected = 16.0 * numbers;
                    (f64::from(counts[part as usize]) - expected).powi(2) / expected
                })
                .sum();
            assert!(chi < 37.7, "{x}: {counts:?}");
        }
    }
}
