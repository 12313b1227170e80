//! The regularised incomplete beta function, from which the tails of Student's and the binomial law follow.

use libm::{exp, lgamma, log, log1p};

/// I_x(a, b) for x in [0, 1] and a, b > 0: the share of the beta(a, b) law below x (Abramowitz and Stegun,
/// 1964, 26.5).
pub fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x));
    // The fraction converges fast on this side of the mean only.
    if x < (a + 1.0) / (a + b + 2.0) {
        front * continued_fraction(a, b, x) / a
    } else {
        1.0 - front * continued_fraction(b, a, 1.0 - x) / b
    }
}

/// The probability that at least `k` of `n` independent events of probability `p` happen.
pub fn at_least(k: u32, n: u32, p: f64) -> f64 {
    match k {
        0 => 1.0,
        k if k > n => 0.0,
        k => incomplete_beta(f64::from(k), f64::from(n - k + 1), p),
    }
}

/// The continued fraction 26.5.8 of Abramowitz and Stegun by the method of Lentz (1976), as modified by
/// Thompson and Barnett (1986).
fn continued_fraction(a: f64, b: f64, x: f64) -> f64 {
    // Stands in for a zero denominator, which the method then divides out again.
    let nonzero = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
    let mut d = 1.0 / nonzero(1.0 - (a + b) * x / (a + 1.0));
    let (mut c, mut fraction) = (1.0, d);
    // O(sqrt(max(a, b))) turns are enough; the bound only keeps a NaN from turning for ever.
    for turn in 1..100_000 {
        let m = f64::from(turn);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut change = 1.0;
        for coefficient in [even, odd] {
            d = 1.0 / nonzero(1.0 + coefficient * d);
            c = nonzero(1.0 + coefficient / c);
            change = c * d;
            fraction *= change;
        }
        if (change - 1.0).abs() < 1e-15 {
            break;
        }
    }
    fraction
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::assert_close;

    #[test]
    fn closed_cases() {
        // I_x(1, 1) = x, I_x(2, 1) = x^2, I_x(1, 3) = 1 - (1-x)^3, I_x(1/2, 1/2) = 2/pi asin sqrt x
        for x in [0.0, 0.01, 0.3, 0.5, 0.9, 1.0] {
            assert_close(incomplete_beta(1.0, 1.0, x), x, 1e-14, "(1, 1)");
            assert_close(incomplete_beta(2.0, 1.0, x), x * x, 1e-14, "(2, 1)");
            assert_close(
                incomplete_beta(1.0, 3.0, x),
                1.0 - (1.0 - x) * (1.0 - x) * (1.0 - x),
                1e-14,
                "(1, 3)",
            );
            let arcsine = libm::asin(x.sqrt()) * 2.0 / std::f64::consts::PI;
            assert_close(incomplete_beta(0.5, 0.5, x), arcsine, 1e-13, "(1/2, 1/2)");
        }
        assert_close(incomplete_beta(5e5, 5e5, 0.5), 0.5, 1e-9, "symmetry at large parameters");
    }

    #[test]
    fn majorities() {
        for (k, n, p, expected, tolerance) in [
            (2, 3, 0.99, 0.999702, 5e-7),
            (3, 5, 0.99, 0.99999015, 5e-9),
            (1, 100, 0.01, 0.633968, 5e-7),
            (0, 4, 0.3, 1.0, 0.0),
            (5, 4, 0.3, 0.0, 0.0),
        ] {
            assert_close(at_least(k, n, p), expected, tolerance, "at least");
        }
    }
}
