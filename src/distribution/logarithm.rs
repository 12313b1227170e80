//! The logarithm of a random number: fast, and with the same bits on every machine.
//!
//! P. T. P. Tang, "Table-driven implementation of the logarithm function in IEEE floating-point arithmetic" (ACM TOMS,
//! 1990): u = 2^k m; a nearby centre c of m comes from a table, with 1/c and ln c; then ln u = k ln 2 + ln c + ln(1 + r)
//! where r = (m - c) / c is small. Only additions and multiplications, never fused, so every IEEE machine agrees. The
//! compiler computes the table in whole numbers.

use std::f64::consts::LN_2;

/// -ln(u) for a positive normal number u, with a relative error below 4.5e-16 (2 ulp). Of zero, a subnormal or a negative
/// number, which `kernel::random::open01` never gives, the result means nothing.
#[inline]
pub(crate) fn negative_logarithm(u: f64) -> f64 {
    let bits = u.to_bits();
    let offset = bits.wrapping_sub(LOWEST_BITS);
    let exponent = ((offset as i64) >> 52) as f64;
    let mantissa = f64::from_bits(bits.wrapping_sub(offset & EXPONENT_MASK));
    let center = &CENTERS[(offset >> INDEX_SHIFT) as usize % CENTERS.len()];

    // The difference of two floats that are so close is exact.
    let r = (mantissa - center.value) * center.inverse;
    let square = r * r;
    let tail = (-1.0 / 4.0 + r * (1.0 / 5.0)) - square * (1.0 / 6.0);
    let series = r + square * ((-1.0 / 2.0 + r * (1.0 / 3.0)) + square * tail);
    -((exponent * LN_2 + center.logarithm) + series)
}

/// The mantissa m lies in [0.6875, 1.375), an interval around 1, so that u near 1 has k = 0 and nothing cancels.
const LOWEST_BITS: u64 = 0.6875_f64.to_bits();
const EXPONENT_MASK: u64 = 0xfff << 52;
/// The eight bits below the exponent choose the centre.
const INDEX_SHIFT: u32 = 52 - 8;

/// The middle of an interval of mantissas.
struct Center {
    value: f64,
    inverse: f64,
    logarithm: f64,
}

static CENTERS: [Center; 256] = centers();

const fn centers() -> [Center; 256] {
    let mut centers = [const { Center { value: 1.0, inverse: 1.0, logarithm: 0.0 } }; 256];
    let mut index = 0;
    while index < centers.len() {
        // The intervals below 1 are 1/512 wide and begin at 0.6875 = 352/512, those above are 1/256 wide.
        let middle = match index {
            // Both neighbours of 1 take 1 itself: nothing is rounded where the logarithm is tiny.
            159 | 160 => 1024,
            0..159 => 2 * (352 + index as i64) + 1,
            _ => 4 * (256 + index as i64 - 160) + 2,
        };
        let value = middle as f64 / 1024.0;
        centers[index] = Center { value, inverse: 1.0 / value, logarithm: logarithm_of_ratio(middle, 1024) };
        index += 1;
    }
    centers
}

/// ln(p/q) = 2 artanh((p - q) / (p + q)) as a series in whole numbers with 100 bits behind the point; p, q < 2048.
const fn logarithm_of_ratio(p: i64, q: i64) -> f64 {
    let numerator = (p - q).unsigned_abs() as u128;
    let denominator = (p + q).unsigned_abs() as u128;
    let mut power = (numerator << 100) / denominator;
    let mut sum = 0;
    let mut divisor = 1;
    while power > 0 {
        sum += power / divisor;
        power = power * (numerator * numerator) / (denominator * denominator);
        divisor += 2;
    }
    const TWO_TO_99: f64 = (1_u128 << 99) as f64;
    let magnitude = sum as f64 / TWO_TO_99;
    if p < q { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::random::{Draws, open01};

    /// libm's own error is below 1 ulp, 2.2e-16.
    const LIMIT: f64 = 4.5e-16;

    fn relative_error(u: f64) -> f64 {
        let exact = -libm::log(u);
        ((negative_logarithm(u) - exact) / exact).abs()
    }

    #[test]
    fn agrees_with_libm() {
        let mut draws = Draws::new(1, 2);
        let mut worst: f64 = 0.0;
        for _ in 0..1_000_000 {
            let u = open01(draws.bits());
            // A plain draw, small numbers, and numbers near 1.
            for u in [u, u * u * u * u * 0.5 + open01(0), 1.0 - u * u * u * 0.01, 1.0 - u * 1e-9] {
                if u < 1.0 {
                    worst = worst.max(relative_error(u));
                }
            }
        }
        assert!(worst < LIMIT, "relative error {worst:e}");
    }

    #[test]
    fn ends_of_the_range() {
        assert!(relative_error(open01(0)) < LIMIT);
        assert!(relative_error(1.0_f64.next_down()) < LIMIT);
        assert_eq!(negative_logarithm(1.0), 0.0);
    }

    #[test]
    fn edges_of_the_table() {
        for index in 0..=256 {
            let edge = f64::from_bits(LOWEST_BITS + (index << INDEX_SHIFT));
            for u in [edge, edge.next_up(), edge.next_down(), edge / 2.0, edge / 1024.0] {
                if u < 1.0 {
                    assert!(relative_error(u) < LIMIT, "u = {u}: {:e}", relative_error(u));
                }
            }
        }
    }
}
