//! Histograms of latencies that keep every quantile to a known relative precision and merge exactly.
//!
//! The layout is that of HdrHistogram (G. Tene, 2012): values below a power of two are kept exactly, each
//! octave above it is cut into equally many steps. A histogram of three digits cuts an octave into 1024
//! steps, so that a value is known to better than one part in a thousand. Counts come in pages of one octave,
//! allocated when the octave is first used: a histogram of three digits takes 8 KB for each octave that has
//! occurred, one of two digits 1 KB.

/// A histogram of whole numbers, such as latencies \[ns\], with `DIGITS` significant decimal digits (1 to 4).
///
/// Recording takes constant time and no memory within an octave that has been seen. Two histograms are equal
/// when they have the same counts, extremes and sum, in whatever order these came together.
#[derive(Clone, Debug)]
pub struct Histogram<const DIGITS: u32 = 3> {
    /// Where the page of each octave begins in `counts`, or [`ABSENT`].
    starts: [u32; PAGES],
    /// The pages, in the order in which they were first used.
    counts: Vec<u64>,
    count: u64,
    min: u64,
    max: u64,
    sum: u128,
}

/// A histogram of two digits, for the many bins of a time series.
pub type CoarseHistogram = Histogram<2>;

/// Enough pages for all values of 64 bits: one digit needs 61, two for the exact values and one per octave beyond.
const PAGES: usize = 64;

/// The start of a page that has no counts yet: past the end of any page table, so that the bounds check of
/// the record finds it.
const ABSENT: u32 = u32::MAX;

/// Steps of the ladder for each halving of the remaining share.
const LADDER_STEPS_PER_HALVING: u32 = 16;

impl<const DIGITS: u32> Histogram<DIGITS> {
    /// log2 of the number of steps per octave: the smallest power of two that is not below 10^DIGITS.
    const STEP_BITS: u32 = {
        assert!(DIGITS >= 1 && DIGITS <= 4, "a histogram has 1 to 4 digits");
        10_u32.pow(DIGITS).next_power_of_two().trailing_zeros()
    };

    /// Counts in a page.
    const PAGE_SIZE: usize = 1 << Self::STEP_BITS;

    /// An empty histogram. It takes no memory beyond itself until something is recorded.
    pub fn new() -> Self {
        Histogram { starts: [ABSENT; PAGES], counts: Vec::new(), count: 0, min: u64::MAX, max: 0, sum: 0 }
    }

    /// Counts one value.
    #[inline]
    pub fn record(&mut self, value: u64) {
        self.record_many(value, 1);
    }

    /// Counts a value `occurrences` times.
    #[inline]
    pub fn record_many(&mut self, value: u64, occurrences: u64) {
        let (page, step) = Self::position(value);
        match self.counts.get_mut((self.starts[page] as usize).saturating_add(step)) {
            Some(count) => *count += occurrences,
            None if occurrences == 0 => return,
            None => {
                let start = self.allocate(page);
                self.counts[start + step] += occurrences;
            }
        }
        self.count += occurrences;
        self.sum += u128::from(value) * u128::from(occurrences);
        self.min = self.min.min(value);
        self.max = self.max.max(value);
    }

    /// Adds everything that `other` has counted: as if its values had been recorded here.
    pub fn merge(&mut self, other: &Self) {
        for page in 0..PAGES {
            let Some(source) = other.page(page) else { continue };
            let start = match self.starts[page] {
                ABSENT => self.allocate(page),
                start => start as usize,
            };
            for (count, more) in self.counts[start..start + Self::PAGE_SIZE].iter_mut().zip(source) {
                *count += more;
            }
        }
        self.count += other.count;
        self.sum += other.sum;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }

    /// How many values were recorded.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The smallest value recorded, exactly.
    pub fn min(&self) -> Option<u64> {
        (self.count > 0).then_some(self.min)
    }

    /// The largest value recorded, exactly.
    pub fn max(&self) -> Option<u64> {
        (self.count > 0).then_some(self.max)
    }

    /// The sum of all values recorded, exactly.
    pub fn sum(&self) -> u128 {
        self.sum
    }

    /// The mean of the values recorded: of their exact sum, not of the steps they fell into.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum as f64 / self.count as f64)
    }

    /// The value that a share `quantile` of the values does not exceed: the largest value of the step that
    /// holds the one of rank ceil(quantile x count), but never more than the maximum. Quantiles outside [0,
    /// 1] are taken as the nearest end; 0 gives the step of the minimum.
    pub fn value_at(&self, quantile: f64) -> Option<u64> {
        let rank = self.rank(quantile);
        self.cumulative().find(|&(_, cumulative)| cumulative >= rank).map(|(value, _)| value)
    }

    /// How many of the values are at most `value`, to the precision of a step.
    pub fn count_up_to(&self, value: u64) -> u64 {
        self.cumulative().take_while(|(highest, _)| *highest <= value).last().map_or(0, |(_, count)| count)
    }

    /// The whole distribution as steps (share, value that this share does not exceed), both ascending, for an
    /// axis of 1/(1-share): equally many steps for each halving of the remaining share, down to the last
    /// value. The maximum stands at the share 1 - 1/(2 count).
    pub fn ladder(&self) -> Vec<(f64, u64)> {
        let mut steps = Vec::new();
        if self.count == 0 {
            return steps;
        }
        let last_share = 1.0 - 0.5 / self.count as f64;
        let mut values = self.cumulative().peekable();
        for share in ladder_shares().take_while(|&share| share < last_share).chain([last_share]) {
            let rank = self.rank(share);
            while values.next_if(|&(_, cumulative)| cumulative < rank).is_some() {}
            steps.extend(values.peek().map(|&(value, _)| (share, value)));
        }
        steps
    }

    /// The rank, counted from 1, of the value at a quantile.
    fn rank(&self, quantile: f64) -> u64 {
        let rank = (quantile.clamp(0.0, 1.0) * self.count as f64).ceil() as u64;
        rank.clamp(1, self.count.max(1))
    }

    /// The page and the step in it that count a value.
    #[inline]
    fn position(value: u64) -> (usize, usize) {
        // The exact values take the pages 0 and 1; there the shift is zero. An octave's step keeps its
        // leading bit, which moves it into the next page.
        let exact = (Self::PAGE_SIZE as u64) * 2 - 1;
        let shift = exact.leading_zeros() - (value | exact).leading_zeros();
        let position = (u64::from(shift) << Self::STEP_BITS) + (value >> shift);
        ((position >> Self::STEP_BITS) as usize, position as usize & (Self::PAGE_SIZE - 1))
    }

    /// The largest value that is counted at a position: the inverse of [`Self::position`].
    fn highest_at(page: usize, step: usize) -> u64 {
        let Some(shift) = page.checked_sub(1) else { return step as u64 };
        let lowest = ((Self::PAGE_SIZE + step) as u64) << shift;
        lowest + ((1 << shift) - 1)
    }

    #[cold]
    fn allocate(&mut self, page: usize) -> usize {
        let start = self.counts.len();
        self.starts[page] = u32::try_from(start).expect("64 pages of at most 16384 counts");
        self.counts.reserve_exact(Self::PAGE_SIZE);
        self.counts.resize(start + Self::PAGE_SIZE, 0);
        start
    }

    /// The counts of a page that has been used.
    fn page(&self, page: usize) -> Option<&[u64]> {
        let start = self.starts[page];
        (start != ABSENT).then(|| &self.counts[start as usize..start as usize + Self::PAGE_SIZE])
    }

    /// The steps that have counts, ascending: (highest value of the step, number of values up to it).
    fn cumulative(&self) -> impl Iterator<Item = (u64, u64)> {
        let mut cumulative = 0;
        (0..PAGES)
            .filter_map(|page| Some((page, self.page(page)?)))
            .flat_map(|(page, counts)| {
                counts.iter().enumerate().map(move |(step, &count)| (page, step, count))
            })
            .filter(|&(_, _, count)| count > 0)
            .map(move |(page, step, count)| {
                cumulative += count;
                (Self::highest_at(page, step).min(self.max), cumulative)
            })
    }
}

impl<const DIGITS: u32> Default for Histogram<DIGITS> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const DIGITS: u32> PartialEq for Histogram<DIGITS> {
    fn eq(&self, other: &Self) -> bool {
        (self.count, self.sum, self.min, self.max) == (other.count, other.sum, other.min, other.max)
            && (0..PAGES).all(|page| self.page(page) == other.page(page))
    }
}

/// The shares 0, ..., 1/2, ..., 3/4, ...: all of them are exact, because the steps are a power of two.
fn ladder_shares() -> impl Iterator<Item = f64> {
    let mut tail = 2.0;
    std::iter::repeat_with(move || {
        tail *= 0.5;
        tail
    })
    .flat_map(|tail| {
        (0..LADDER_STEPS_PER_HALVING)
            .map(move |step| 1.0 - tail * (1.0 - f64::from(step) / f64::from(2 * LADDER_STEPS_PER_HALVING)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::random::{Draws, below};

    const QUANTILES: [f64; 12] = [1e-6, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 1.0];

    /// Values spread evenly over the octaves up to `bits`, so that all pages are met.
    fn samples(seed: u64, bits: u64, n: usize) -> Vec<u64> {
        let mut draws = Draws::new(seed, bits);
        (0..n).map(|_| draws.bits() >> (63 - below(draws.bits(), bits))).collect()
    }

    fn histogram_of<const DIGITS: u32>(values: &[u64]) -> Histogram<DIGITS> {
        let mut histogram = Histogram::new();
        values.iter().for_each(|&value| histogram.record(value));
        histogram
    }

    fn agrees_with_hdrhistogram<const DIGITS: u32>() {
        for (seed, bits) in [(1, 8), (2, 12), (3, 30), (4, 40), (5, 62)] {
            let values = samples(seed, bits, 3000);
            let ours = histogram_of::<DIGITS>(&values);
            let mut oracle =
                hdrhistogram::Histogram::<u64>::new_with_bounds(1, u64::MAX / 2, DIGITS as u8).unwrap();
            values.iter().for_each(|&value| oracle.record(value).unwrap());
            let exact_max = *values.iter().max().unwrap();
            for quantile in QUANTILES {
                let expected = oracle.value_at_quantile(quantile).min(exact_max);
                assert_eq!(
                    ours.value_at(quantile),
                    Some(expected),
                    "{DIGITS} digits, {bits} bits, {quantile}"
                );
            }
        }
    }

    #[test]
    fn quantiles_equal_those_of_hdrhistogram() {
        agrees_with_hdrhistogram::<1>();
        agrees_with_hdrhistogram::<2>();
        agrees_with_hdrhistogram::<3>();
        agrees_with_hdrhistogram::<4>();
    }

    #[test]
    fn a_step_holds_what_it_says() {
        // (value, highest value of its step) at three digits
        for (value, highest) in [
            (0, 0),
            (1, 1),
            (2047, 2047),
            (2048, 2049),
            (2049, 2049),
            (4095, 4095),
            (4096, 4099),
            (1_000_000, 1_000_447),
            (u64::MAX - 1, u64::MAX),
            (u64::MAX, u64::MAX),
        ] {
            let (page, step) = Histogram::<3>::position(value);
            assert_eq!(Histogram::<3>::highest_at(page, step), highest, "step of {value}");
        }
    }

    #[test]
    fn extremes_sum_and_mean_are_exact() {
        let histogram = histogram_of::<3>(&[1_000_001, 3, 999_999_999_999]);
        assert_eq!((histogram.count(), histogram.sum()), (3, 1_000_001_000_003));
        assert_eq!((histogram.min(), histogram.max()), (Some(3), Some(999_999_999_999)));
        assert_eq!(histogram.mean(), Some(1_000_001_000_003.0 / 3.0));
        assert_eq!(histogram.value_at(1.0), Some(999_999_999_999), "capped by the maximum");
        assert_eq!(histogram_of::<3>(&[u64::MAX, u64::MAX]).mean(), Some(u64::MAX as f64), "no overflow");
    }

    #[test]
    fn an_empty_histogram_has_no_values() {
        let mut empty = Histogram::<3>::new();
        empty.record_many(5, 0);
        assert_eq!((empty.min(), empty.max(), empty.mean(), empty.value_at(0.5)), (None, None, None, None));
        assert!(empty.ladder().is_empty() && empty.counts.is_empty());
        assert_eq!(empty, Histogram::new());
    }

    #[test]
    fn merging_in_any_order_equals_recording_together() {
        let parts: Vec<Vec<u64>> = (0..4).map(|seed| samples(seed, 20 + 10 * seed, 500)).collect();
        let together = histogram_of::<2>(&parts.concat());
        for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]] {
            let mut merged = CoarseHistogram::new();
            order.iter().for_each(|&part| merged.merge(&histogram_of(&parts[part])));
            assert_eq!(merged, together);
        }
        assert_ne!(histogram_of::<2>(&parts[0]), together);
    }

    #[test]
    fn many_at_once_equal_many_records() {
        let mut at_once = Histogram::<3>::new();
        at_once.record_many(123_456, 1000);
        assert_eq!(at_once, histogram_of(&[123_456; 1000]));
    }

    #[test]
    fn memory_follows_the_octaves_that_occurred() {
        assert_eq!(histogram_of::<3>(&[5_000_000; 100]).counts.capacity(), 1024);
        assert_eq!(histogram_of::<2>(&[1, 5_000_000, 5_000_001]).counts.capacity(), 256);
    }

    #[test]
    fn the_ladder_ascends_to_the_maximum() {
        let histogram = histogram_of::<3>(&samples(9, 40, 10_000));
        let ladder = histogram.ladder();
        assert_eq!(ladder.first().map(|step| step.0), Some(0.0));
        assert_eq!(ladder.last().copied(), Some((1.0 - 0.5e-4, histogram.max().unwrap())));
        assert!(ladder.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1));
        assert!(ladder.iter().all(|&(share, value)| histogram.value_at(share) == Some(value)));
        let halves = [0.5, 0.75, 0.875];
        assert!(halves.iter().all(|half| ladder.iter().any(|(share, _)| share == half)));
        assert_eq!(histogram_of::<3>(&[7]).ladder().last(), Some(&(0.5, 7)));
    }
}
