//! Zipf's law: the second most popular key is asked for half as often as the first, and so on.

use crate::kernel::random::open01;
use rand::Rng;

/// Ranks 1 to `count` with probability proportional to rank^-exponent, by rejection-inversion (W. Hörmann and G. Derflinger,
/// "Rejection-inversion to generate variates from monotone discrete distributions", ACM TOMACS 1996): a draw inverts the
/// integral of x^-exponent and rounds to a rank, which is nearly always right. Takes constant memory and time for any count,
/// and for exponents around 1 too, where the usual formulas cancel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Zipf {
    count: f64,
    exponent: f64,
    /// The ends of the integral's range, from rank 1 (whose piece has area 1) to the last.
    low: f64,
    high: f64,
    /// How far below its rank a point may lie to be accepted without a look.
    accepted_below: f64,
}

/// Ranks beyond are no longer whole in a float.
const COUNT_MAX: u64 = 1 << 53;

/// From this rank on every point is accepted. The integral over a rank exceeds its weight by s (s + 1) / (24 rank^2),
/// relatively, which is below 1e-11 for any exponent s that gets here, and differences of integrals drown in rounding.
const ALWAYS_ACCEPTED: f64 = 1e6;

impl Zipf {
    /// Zipf's law on 1 to 2^53 keys; the exponent must not be negative, 0 makes all keys alike.
    pub fn new(count: u64, exponent: f64) -> Result<Zipf, String> {
        if !(1..=COUNT_MAX).contains(&count) {
            return Err(format!("`count` of a zipf law must be from 1 to 2^53 = {COUNT_MAX}, is {count}"));
        }
        if !(exponent >= 0.0 && exponent.is_finite()) {
            return Err(format!("the exponent of a zipf law must be finite and not negative, is {exponent}"));
        }
        let mut law = Zipf { count: count as f64, exponent, low: 0.0, high: 0.0, accepted_below: 0.0 };
        law.low = law.integral(1.5) - 1.0;
        law.high = law.integral(law.count + 0.5);
        law.accepted_below = 2.0 - law.inverse_integral(law.integral(2.5) - law.weight(2.0));
        Ok(law)
    }

    /// How many ranks there are.
    pub fn count(&self) -> u64 {
        self.count as u64
    }

    /// The key of a random rank: rank 1, the most popular, is key 0.
    #[inline]
    pub fn draw<R: Rng + ?Sized>(&self, draws: &mut R) -> u64 {
        loop {
            let area = self.high + open01(draws.next_u64()) * (self.low - self.high);
            let point = self.inverse_integral(area);
            let rank = (point + 0.5).floor().clamp(1.0, self.count);
            if rank - point <= self.accepted_below
                || rank >= ALWAYS_ACCEPTED
                || area >= self.integral(rank + 0.5) - self.weight(rank)
            {
                return rank as u64 - 1;
            }
        }
    }

    fn weight(&self, rank: f64) -> f64 {
        libm::exp(-self.exponent * libm::log(rank))
    }

    /// The integral of x^-exponent from 1 to `x`: (x^(1 - exponent) - 1) / (1 - exponent), for exponent 1 ln x.
    fn integral(&self, x: f64) -> f64 {
        let logarithm = libm::log(x);
        logarithm * quotient(libm::expm1, (1.0 - self.exponent) * logarithm)
    }

    fn inverse_integral(&self, area: f64) -> f64 {
        // Rounding may bring the argument to just below -1, where the logarithm ends.
        libm::exp(area * quotient(libm::log1p, ((1.0 - self.exponent) * area).max(-1.0)))
    }
}

/// f(x) / x for a function with f(x) = x near 0.
#[inline]
fn quotient(f: fn(f64) -> f64, x: f64) -> f64 {
    // Nearer to 0 the second term of the series is lost in rounding.
    if x.abs() < 1e-16 { 1.0 } else { f(x) / x }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::random::Draws;

    const EXPONENTS: [f64; 9] = [0.0, 0.3, 0.8, 0.99, 1.0, 1.0 + 1e-12, 1.2, 2.0, 5.0];

    /// Pearson's statistic over all ranks against the exact weights; rare ranks are taken together.
    #[test]
    fn frequencies_are_those_of_the_law() {
        const DRAWS: u32 = 300_000;
        for count in [1, 2, 5, 10_000] {
            for exponent in EXPONENTS {
                let law = Zipf::new(count, exponent).unwrap();
                let mut draws = Draws::new(count, 3);
                let mut observed = vec![0.0; count as usize];
                for _ in 0..DRAWS {
                    observed[law.draw(&mut draws) as usize] += 1.0;
                }
                let weights = (1..=count).map(|rank| (rank as f64).powf(-exponent)).collect::<Vec<_>>();
                let sum: f64 = weights.iter().sum();
                let (mut statistic, mut bins, mut rare) = (0.0, 0.0, (0.0, 0.0));
                for (weight, observed) in weights.iter().zip(&observed) {
                    rare = (rare.0 + observed, rare.1 + weight / sum * f64::from(DRAWS));
                    if rare.1 >= 20.0 {
                        statistic += (rare.0 - rare.1) * (rare.0 - rare.1) / rare.1;
                        bins += 1.0;
                        rare = (0.0, 0.0);
                    }
                }
                // Chi-square has mean k and variance 2k.
                let freedom: f64 = bins - 1.0;
                let limit = freedom + 3.5 * (2.0 * freedom).sqrt() + 5.0;
                assert!(statistic <= limit, "{count} keys, exponent {exponent}: {statistic} > {limit}");
            }
        }
    }

    /// The shares of the first ranks and of the upper half, against sums where they are short and integrals where not.
    #[test]
    fn huge_counts_take_no_memory() {
        const DRAWS: u32 = 100_000;
        for count in [1_000_000_000_u64, 1_000_000_000_000_000, COUNT_MAX] {
            for exponent in EXPONENTS {
                let law = Zipf::new(count, exponent).unwrap();
                let mut draws = Draws::new(count, 4);
                let (mut first, mut half) = (0, 0);
                for _ in 0..DRAWS {
                    let key = law.draw(&mut draws);
                    assert!(key < count);
                    first += u32::from(key < 100);
                    half += u32::from(key >= count / 2);
                }
                // Euler and Maclaurin: the sum from 1 to n is the integral plus f(n) / 2 plus a constant, taken at 1e4.
                let sum_of_first = |n: u32| (1..=n).map(|rank| f64::from(rank).powf(-exponent)).sum::<f64>();
                let sum = |n: f64| {
                    let near = 1e4;
                    sum_of_first(10_000) + law.integral(n) - law.integral(near)
                        + (law.weight(n) - law.weight(near)) / 2.0
                };
                let total = sum(count as f64);
                let expected = [sum_of_first(100) / total, 1.0 - sum((count / 2) as f64) / total];
                for (seen, share) in [first, half].into_iter().zip(expected) {
                    let observed = f64::from(seen) / f64::from(DRAWS);
                    let tolerance = 3.5 * (share * (1.0 - share) / f64::from(DRAWS)).sqrt() + 1e-5;
                    assert!(
                        (observed - share).abs() < tolerance,
                        "{count} keys, exponent {exponent}: {observed}, not {share}"
                    );
                }
            }
        }
    }

    #[test]
    fn steep_laws_give_the_first_key() {
        for exponent in [100.0, 1e6, 1e300] {
            let law = Zipf::new(1000, exponent).unwrap();
            let mut draws = Draws::new(1, 5);
            assert!((0..1000).all(|_| law.draw(&mut draws) == 0), "{exponent}");
        }
    }

    #[test]
    fn first_keys_stay_the_same() {
        let cases = [
            (1_000_000, 0.8, [316377, 19121, 17, 285696, 65, 284]),
            (1_000_000, 1.0, [43379, 237, 0, 33958, 1, 4]),
            (1_000_000_000_000_000, 1.2, [1129, 8, 0, 776, 0, 0]),
        ];
        for (count, exponent, expected) in cases {
            let law = Zipf::new(count, exponent).unwrap();
            let mut draws = Draws::new(7, 11);
            assert_eq!(expected.map(|_| law.draw(&mut draws)), expected, "{count} {exponent}");
        }
    }

    #[test]
    fn wrong_parameters_say_what_is_wrong() {
        let cases = [
            (0, 1.0, "`count` of a zipf law must be from 1 to 2^53 = 9007199254740992, is 0"),
            (
                u64::MAX,
                1.0,
                "`count` of a zipf law must be from 1 to 2^53 = 9007199254740992, is 18446744073709551615",
            ),
            (5, -0.5, "the exponent of a zipf law must be finite and not negative, is -0.5"),
            (5, f64::NAN, "the exponent of a zipf law must be finite and not negative, is NaN"),
        ];
        for (count, exponent, message) in cases {
            assert_eq!(Zipf::new(count, exponent), Err(message.to_string()));
        }
    }
}
