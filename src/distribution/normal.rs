//! The normal distribution, cut off at zero, and the lognormal.

use super::logarithm::negative_logarithm;
use super::{Distribution, Law, check};
use crate::kernel::random::open01;
use rand::Rng;
use std::f64::consts::{PI, SQRT_2};

/// The 99th percentile of the standard normal distribution.
const Z99: f64 = 2.326_347_874_040_841;

/// The largest p99 of a lognormal in units of its mean: exp(Z99^2 / 2), rounded down.
const P99_OVER_MEAN_MAX: f64 = 14.96;

/// The normal distribution under the condition that it is not negative. Mean and variance are those of the truncated law
/// (Johnson, Kotz and Balakrishnan 1994), a little above and below its parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normal {
    mean: f64,
    deviation: f64,
    /// The share of the untruncated law that lies above zero, in [0.5, 1].
    share_above_zero: f64,
}

/// exp(mu + sigma z) for a standard normal z.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogNormal {
    median: f64,
    sigma: f64,
}

impl Distribution {
    /// Normal, drawn again below zero. `mean` and the standard deviation `sd` are those before that; neither may be negative.
    pub fn normal(mean: f64, sd: f64) -> Result<Distribution, String> {
        check::not_negative("mean", mean)?;
        check::not_negative("sd", sd)?;
        let share_above_zero = if sd > 0.0 { share_above(-mean / sd) } else { 1.0 };
        Ok(Normal { mean, deviation: sd, share_above_zero }.into())
    }

    /// Lognormal with this median and 99th percentile; 0 < median <= p99.
    pub fn lognormal_of_median(median: f64, p99: f64) -> Result<Distribution, String> {
        check::positive("median", median)?;
        check::at_least("p99", p99, median, &format!("`median` = {median}"))?;
        Ok(LogNormal { median, sigma: libm::log(p99 / median) / Z99 }.into())
    }

    /// Lognormal with this mean and 99th percentile; 0 < mean <= p99 <= 14.96 mean. Of the two laws that fit, the one that
    /// varies less: sigma = z - sqrt(z^2 - 2 ln(p99 / mean)), where z = 2.326 is the normal's 99th percentile.
    pub fn lognormal_of_mean(mean: f64, p99: f64) -> Result<Distribution, String> {
        check::positive("mean", mean)?;
        check::at_least("p99", p99, mean, &format!("`mean` = {mean}"))?;
        check::require(p99 <= P99_OVER_MEAN_MAX * mean, || {
            let most = crate::units::shortened(P99_OVER_MEAN_MAX * mean);
            format!(
                "`p99` of a lognormal must be at most {P99_OVER_MEAN_MAX} times `mean` = {most}, is {p99}"
            )
        })?;
        let sigma = Z99 - (Z99 * Z99 - 2.0 * libm::log(p99 / mean)).sqrt();
        Ok(LogNormal { median: mean * libm::exp(-sigma * sigma / 2.0), sigma }.into())
    }
}

impl Normal {
    /// The density of the untruncated law at zero over the share above zero, in units of 1 / deviation.
    fn hazard_at_zero(&self) -> f64 {
        let standard = self.mean / self.deviation;
        libm::exp(-standard * standard / 2.0) / (2.0 * PI).sqrt() / self.share_above_zero
    }
}

impl Law for Normal {
    /// Drawing again below zero is the same as drawing from the part above it, which one inversion does.
    fn sample<R: Rng + ?Sized>(&self, draws: &mut R) -> f64 {
        let z = quantile_from_above(open01(draws.next_u64()) * self.share_above_zero);
        (self.mean + self.deviation * z).max(0.0)
    }

    fn mean(&self) -> Option<f64> {
        if self.deviation == 0.0 {
            return Some(self.mean);
        }
        Some(self.mean + self.deviation * self.hazard_at_zero())
    }

    fn scv(&self) -> Option<f64> {
        if self.deviation == 0.0 {
            return Some(0.0);
        }
        let hazard = self.hazard_at_zero();
        let standard = self.mean / self.deviation;
        let variance = 1.0 - standard * hazard - hazard * hazard;
        let mean = standard + hazard;
        Some(variance / (mean * mean))
    }

    fn scaled(&self, factor: f64) -> Normal {
        Normal { mean: self.mean * factor, deviation: self.deviation * factor, ..*self }
    }
}

impl Law for LogNormal {
    fn sample<R: Rng + ?Sized>(&self, draws: &mut R) -> f64 {
        self.median * libm::exp(self.sigma * quantile_from_above(open01(draws.next_u64())))
    }

    fn mean(&self) -> Option<f64> {
        Some(self.median * libm::exp(self.sigma * self.sigma / 2.0))
    }

    fn scv(&self) -> Option<f64> {
        Some(libm::expm1(self.sigma * self.sigma))
    }

    fn scaled(&self, factor: f64) -> LogNormal {
        LogNormal { median: self.median * factor, ..*self }
    }
}

/// The probability that a standard normal is above z.
fn share_above(z: f64) -> f64 {
    libm::erfc(z / SQRT_2) / 2.0
}

/// The z that a standard normal exceeds with probability `share`, in (0, 1]; at 1, where there is none, the lowest that
/// occurs. By M. J. Wichura, "Algorithm AS 241: the percentage points of the normal distribution" (Applied Statistics
/// 1988), routine PPND16: a relative error of about 1e-16.
pub(super) fn quantile_from_above(share: f64) -> f64 {
    let q = 0.5 - share;
    if q.abs() <= 0.425 {
        return q * ratio(0.180625 - q * q, &CENTRAL);
    }
    // Below the smallest step of a random number; it keeps the logarithm of 0 away.
    const SMALLEST: f64 = 1.0 / (1_u64 << 54) as f64;
    let tail = if q < 0.0 { (1.0 - share).max(SMALLEST) } else { share };
    let r = negative_logarithm(tail).sqrt();
    let magnitude = if r <= 5.0 { ratio(r - 1.6, &MIDDLE) } else { ratio(r - 5.0, &FAR) };
    if q < 0.0 { -magnitude } else { magnitude }
}

/// A ratio of polynomials, lowest powers first.
struct Ratio {
    numerator: [f64; 8],
    denominator: [f64; 8],
}

fn ratio(x: f64, ratio: &Ratio) -> f64 {
    polynomial(x, &ratio.numerator) / polynomial(x, &ratio.denominator)
}

fn polynomial(x: f64, coefficients: &[f64; 8]) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, coefficient| sum * x + coefficient)
}

const CENTRAL: Ratio = Ratio {
    numerator: [
        3.387_132_872_796_366_5,
        133.141_667_891_784_38,
        1_971.590_950_306_551_3,
        13_731.693_765_509_46,
        45_921.953_931_549_87,
        67_265.770_927_008_7,
        33_430.575_583_588_13,
        2_509.080_928_730_122_7,
    ],
    denominator: [
        1.0,
        42.313_330_701_600_91,
        687.187_007_492_057_9,
        5_394.196_021_424_751,
        21_213.794_301_586_597,
        39_307.895_800_092_71,
        28_729.085_735_721_943,
        5_226.495_278_852_854,
    ],
};

const MIDDLE: Ratio = Ratio {
    numerator: [
        1.423_437_110_749_683_5,
        4.630_337_846_156_546,
        5.769_497_221_460_691,
        3.647_848_324_763_204_5,
        1.270_458_252_452_368_4,
        0.241_780_725_177_450_6,
        0.022_723_844_989_269_184,
        7.745_450_142_783_414e-4,
    ],
    denominator: [
        1.0,
        2.053_191_626_637_759,
        1.676_384_830_183_803_8,
        0.689_767_334_985_1,
        0.148_103_976_427_480_08,
        0.015_198_666_563_616_457,
        5.475_938_084_995_345e-4,
        1.050_750_071_644_416_9e-9,
    ],
};

const FAR: Ratio = Ratio {
    numerator: [
        6.657_904_643_501_103,
        5.463_784_911_164_114,
        1.784_826_539_917_291_3,
        0.296_560_571_828_504_87,
        0.026_532_189_526_576_124,
        1.242_660_947_388_078_4e-3,
        2.711_555_568_743_487_6e-5,
        2.010_334_399_292_288_1e-7,
    ],
    denominator: [
        1.0,
        0.599_832_206_555_887_9,
        0.136_929_880_922_735_8,
        0.014_875_361_290_850_615,
        7.868_691_311_456_133e-4,
        1.846_318_317_510_054_7e-5,
        1.421_511_758_316_446e-7,
        2.044_263_103_389_939_8e-15,
    ],
};

impl From<Normal> for Distribution {
    fn from(law: Normal) -> Distribution {
        Distribution::Normal(law)
    }
}

impl From<LogNormal> for Distribution {
    fn from(law: LogNormal) -> Distribution {
        Distribution::LogNormal(law)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quantile_inverts_the_error_function() {
        // Around the joints of the three ratios too: 0.075 and e^-25.
        for share in [
            1e-16, 1e-12, 1.38e-11, 1.39e-11, 1e-6, 0.001, 0.0749, 0.0751, 0.2, 0.4, 0.5, 0.6, 0.9, 0.9249,
            0.9251,
        ] {
            let back = share_above(quantile_from_above(share));
            assert!(((back - share) / share).abs() < 2e-14, "{share} came back as {back}");
        }
        assert!((quantile_from_above(0.01) - Z99).abs() < 1e-15);
        assert!((-9.0..-8.0).contains(&quantile_from_above(1.0)));
    }

    #[test]
    fn a_lognormal_meets_the_percentile_it_was_made_of() {
        let laws = [
            Distribution::lognormal_of_median(2.0, 20.0),
            Distribution::lognormal_of_mean(3.0, 20.0),
            Distribution::lognormal_of_mean(2.0, 20.0),
        ];
        for law in laws {
            let Ok(Distribution::LogNormal(law)) = law else { panic!("{law:?}") };
            let p99 = law.median * libm::exp(law.sigma * Z99);
            assert!((p99 - 20.0).abs() < 1e-12, "{law:?} has {p99}");
        }
        let mean = Distribution::lognormal_of_mean(3.0, 20.0).unwrap().mean().unwrap();
        assert!((mean - 3.0).abs() < 1e-14);
    }
}
