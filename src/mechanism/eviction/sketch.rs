//! Counts how often each of very many keys came lately, in little memory and never too low but for its ageing.

use crate::mechanism::hash::mix13;

/// How many counters each key has.
const ROWS: usize = 4;

/// A count-min sketch (G. Cormode and S. Muthukrishnan, Journal of Algorithms 55(1), 2005) of small counters that ages.
///
/// Each key has one counter in each of four rows; only its smallest counters grow (the conservative update of C. Estan and
/// G. Varghese, SIGCOMM 2002), and the smallest is the estimate. Counters stop at 15. After every `sample` keys all counters
/// are halved (G. Einziger, R. Friedman and B. Manes, 2017).
#[derive(Clone, Debug)]
pub struct Sketch {
    /// By row, the same power of two of counters in each.
    rows: [Vec<u8>; ROWS],
    added: u64,
    sample: u64,
}

const COUNT_MAX: u8 = 15;

const OBJECTS_MIN: u64 = 16;

impl Sketch {
    /// How many keys come between two halvings, per object.
    const SAMPLE_PER_OBJECT: u64 = 10;

    /// How many counters a row has per object at least: a sample has many more keys than the cache has objects.
    const WIDTH_PER_OBJECT: u64 = 4;

    /// An empty sketch for a few objects.
    pub fn new() -> Sketch {
        Sketch {
            rows: std::array::from_fn(|_| vec![0; (Sketch::WIDTH_PER_OBJECT * OBJECTS_MIN) as usize]),
            added: 0,
            sample: Sketch::SAMPLE_PER_OBJECT * OBJECTS_MIN,
        }
    }

    /// Makes the sketch wide enough for a cache with so many objects. A counter that is split leaves its count to both
    /// halves, so that no estimate changes.
    #[inline]
    pub fn fit(&mut self, objects: u64) {
        self.sample = self.sample.max(Sketch::SAMPLE_PER_OBJECT * objects);
        while Sketch::WIDTH_PER_OBJECT * objects > self.rows[0].len() as u64 {
            self.widen();
        }
    }

    #[cold]
    fn widen(&mut self) {
        self.rows.iter_mut().for_each(|row| row.extend_from_within(..));
    }

    /// How often a key was added, about.
    #[inline]
    pub fn estimate(&self, key: u64) -> u8 {
        let hash = mix13(key);
        let counters = self.rows.iter().enumerate().map(|(row, counters)| counters[self.index(hash, row)]);
        counters.fold(COUNT_MAX, u8::min)
    }

    /// Counts a key.
    #[inline]
    pub fn add(&mut self, key: u64) {
        let hash = mix13(key);
        let estimate = self.estimate(key);
        if estimate < COUNT_MAX {
            for row in 0..ROWS {
                let index = self.index(hash, row);
                let counter = &mut self.rows[row][index];
                *counter = (*counter).max(estimate + 1);
            }
        }
        self.added += 1;
        if self.added >= self.sample {
            self.age();
        }
    }

    #[cold]
    fn age(&mut self) {
        self.rows.iter_mut().flatten().for_each(|counter| *counter /= 2);
        self.added /= 2;
    }

    /// The place of a key in a row: double hashing (A. Kirsch and M. Mitzenmacher, 2006).
    #[inline]
    fn index(&self, hash: u64, row: usize) -> usize {
        let (first, step) = (hash as u32, (hash >> 32) as u32 | 1);
        first.wrapping_add(step.wrapping_mul(row as u32)) as usize & (self.rows[0].len() - 1)
    }
}

impl Default for Sketch {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_never_too_low_and_seldom_too_high() {
        let mut sketch = Sketch::new();
        sketch.fit(1000);
        let counts: Vec<u8> = (0..1000_u64).map(|key| (mix13(key) % 6) as u8).collect();
        (0..1000_u64).for_each(|key| (0..counts[key as usize]).for_each(|_| sketch.add(key)));
        let errors: Vec<u8> = (0..1000_u64)
            .map(|key| sketch.estimate(key).checked_sub(counts[key as usize]).unwrap())
            .collect();
        let wrong = errors.iter().filter(|&&error| error > 0).count();
        assert!(wrong < 10, "{wrong} of 1000 are too high");
    }

    #[test]
    fn a_wider_sketch_estimates_the_same() {
        let mut sketch = Sketch::new();
        (0..100).for_each(|turn| sketch.add(mix13(turn) % 40));
        let before: Vec<u8> = (0..40).map(|key| sketch.estimate(key)).collect();
        sketch.fit(500);
        assert_eq!((0..40).map(|key| sketch.estimate(key)).collect::<Vec<_>>(), before);
        assert_eq!(sketch.rows[0].len(), 2048);
    }

    #[test]
    fn old_counts_fade() {
        let mut sketch = Sketch::new();
        (0..100).for_each(|_| sketch.add(1));
        assert_eq!((sketch.estimate(1), sketch.added), (COUNT_MAX, 100));
        (0..59).for_each(|_| sketch.add(2));
        assert_eq!((sketch.estimate(1), sketch.added), (15, 159));
        sketch.add(2);
        assert_eq!((sketch.estimate(1), sketch.added), (7, 80));
    }
}
