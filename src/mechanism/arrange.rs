//! Sorting, once for all types.
//!
//! The library's sort is made anew, with some four thousand bytes, for each type and each order by which it sorts. The core
//! travels in every page, so what is short or sorted rarely is arranged by this one; long lists of numbers are not.

use std::cmp::Ordering;

/// Sorting that keeps the order of equals, with O(n log n) comparisons.
pub trait Arrange<T> {
    /// Sorts, the smallest first.
    fn arrange(&mut self)
    where
        T: Ord;

    /// Sorts by what `compare` says of two elements.
    fn arrange_by(&mut self, compare: impl Fn(&T, &T) -> Ordering);

    /// Sorts by keys, the smallest first; a key may be asked for more than once.
    fn arrange_by_key<K: Ord>(&mut self, key: impl Fn(&T) -> K);
}

impl<T> Arrange<T> for [T] {
    fn arrange(&mut self)
    where
        T: Ord,
    {
        self.arrange_by(T::cmp);
    }

    fn arrange_by(&mut self, compare: impl Fn(&T, &T) -> Ordering) {
        let mut origins = sorted(self.len(), &|one, other| compare(&self[one], &self[other]));
        for place in 0..self.len() {
            // What stood at `place` has gone where it was swapped to, if it went before its turn.
            let mut origin = origins[place];
            while origin < place {
                origin = origins[origin];
            }
            self.swap(place, origin);
            origins[place] = origin;
        }
    }

    fn arrange_by_key<K: Ord>(&mut self, key: impl Fn(&T) -> K) {
        self.arrange_by(|one, other| key(one).cmp(&key(other)));
    }
}

/// The numbers below `count` in the order that `compare` says.
fn sorted(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|one, other| compare(*one, *other));
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mechanism::hash::mix13;

    #[test]
    fn arranges_as_the_library_sorts() {
        for (length, values) in
            [(0, 1), (1, 1), (2, 2), (3, 2), (10, 3), (100, 10), (1000, 7), (1000, 1 << 40)]
        {
            for round in 0..20 {
                let element = |index: u64| (mix13(index * 31 + round) % values, index);
                let list: Vec<(u64, u64)> = (0..length).map(element).collect();
                let mut expected = list.clone();
                expected.sort_by_key(|element| element.0);
                let mut actual = list.clone();
                actual.arrange_by_key(|element| element.0);
                assert_eq!(actual, expected, "{length} elements of {values} values");
                expected.sort_by(|one, other| other.cmp(one));
                actual.arrange_by(|one, other| other.cmp(one));
                assert_eq!(actual, expected);
                actual.arrange();
                expected.sort();
                assert_eq!(actual, expected);
            }
        }
    }
}
