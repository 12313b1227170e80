//! Draws distinct numbers out of the first few, without taking memory for a draw.

/// The numbers from which lots are drawn.
///
/// A draw is the beginning of a shuffle (R. Durstenfeld, Communications of the ACM 7, 1964), which is undone afterwards, so
/// that it depends on its own chance alone. It takes time proportional to what is drawn, whatever there is.
#[derive(Clone, Debug)]
pub struct Lots {
    /// The number `i` at index `i`.
    numbers: Vec<u32>,
    /// With which index each of the first ones has changed its place.
    swaps: Vec<u32>,
    drawn: Vec<u32>,
}

impl Lots {
    /// The numbers below `count`.
    pub fn new(count: u32) -> Lots {
        Lots { numbers: (0..count).collect(), swaps: Vec::new(), drawn: Vec::new() }
    }

    /// Draws `drawn` different numbers below `among`, in the order of drawing; `among` is not more than there are, and `drawn`
    /// not more than `among`. `below(n)` draws a number below n, each equally likely.
    #[inline]
    pub fn draw(&mut self, drawn: u32, among: u32, mut below: impl FnMut(u32) -> u32) -> &[u32] {
        self.swaps.clear();
        self.drawn.clear();
        for index in 0..drawn {
            let other = index + below(among - index);
            self.numbers.swap(index as usize, other as usize);
            self.swaps.push(other);
            self.drawn.push(self.numbers[index as usize]);
        }
        for (index, other) in self.swaps.iter().enumerate().rev() {
            self.numbers.swap(index, *other as usize);
        }
        &self.drawn
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mechanism::hash::mix13_pair;
    use std::collections::BTreeMap;

    #[test]
    fn every_order_is_equally_likely_and_without_memory() {
        let mut lots = Lots::new(7);
        let mut counts = BTreeMap::new();
        for turn in 0..60_000 {
            let chance = || {
                let mut draw = 0;
                move |n: u32| {
                    draw += 1;
                    (mix13_pair(turn, draw) % u64::from(n)) as u32
                }
            };
            let drawn = lots.draw(2, 4, chance()).to_vec();
            assert_eq!(lots.draw(2, 4, chance()), drawn, "the same chance, the same draw");
            *counts.entry(drawn).or_insert(0_u32) += 1;
        }
        // Twelve ordered pairs of different numbers: binomial with mean 5000 and deviation 68.
        assert_eq!(counts.len(), 12);
        for (pair, count) in counts {
            assert!(pair[0] != pair[1] && pair.iter().all(|number| *number < 4), "{pair:?}");
            assert!(count.abs_diff(5000) < 350, "{pair:?}: {count}");
        }
    }

    #[test]
    fn all_of_them_and_none() {
        let mut lots = Lots::new(5);
        let mut all = lots.draw(5, 5, |n| n - 1).to_vec();
        all.sort_unstable();
        assert_eq!(all, [0, 1, 2, 3, 4]);
        assert!(lots.draw(0, 5, |_| unreachable!("nothing is drawn")).is_empty());
    }
}
