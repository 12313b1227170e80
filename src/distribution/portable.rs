//! A float for `rand_distr` whose functions are libm's, whatever the rest of the build does.
//!
//! `rand_distr` takes its functions from `num_traits::Float`, and any crate of the build that turns on `num-traits/std`
//! replaces those of `f64` by the platform's, whose bits depend on the processor. Those of [`Portable`] stay.

use super::logarithm::negative_logarithm;
use super::normal::quantile_from_above;
use crate::kernel::random::open01;
use num_traits::{Float, FloatConst, Num, NumCast, One, ToPrimitive, Zero};
use rand::Rng;
use rand_distr::{Distribution, Exp1, Open01, StandardNormal, StandardUniform};
use std::num::FpCategory;
use std::ops::{Add, Div, Mul, Neg, Rem, Sub};

/// An `f64` with the same functions on every machine.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(crate) struct Portable(pub(crate) f64);

impl Distribution<Portable> for StandardUniform {
    fn sample<R: Rng + ?Sized>(&self, draws: &mut R) -> Portable {
        Portable(open01(draws.next_u64()))
    }
}

impl Distribution<Portable> for Open01 {
    fn sample<R: Rng + ?Sized>(&self, draws: &mut R) -> Portable {
        Portable(open01(draws.next_u64()))
    }
}

impl Distribution<Portable> for Exp1 {
    fn sample<R: Rng + ?Sized>(&self, draws: &mut R) -> Portable {
        Portable(negative_logarithm(open01(draws.next_u64())))
    }
}

impl Distribution<Portable> for StandardNormal {
    fn sample<R: Rng + ?Sized>(&self, draws: &mut R) -> Portable {
        Portable(quantile_from_above(open01(draws.next_u64())))
    }
}

macro_rules! operators {
    ($($operator:ident::$name:ident),*) => { $(
        impl $operator for Portable {
            type Output = Portable;
            fn $name(self, other: Portable) -> Portable {
                Portable($operator::$name(self.0, other.0))
            }
        }
    )* };
}

operators!(Add::add, Sub::sub, Mul::mul, Div::div, Rem::rem);

impl Neg for Portable {
    type Output = Portable;
    fn neg(self) -> Portable {
        Portable(-self.0)
    }
}

impl Zero for Portable {
    fn zero() -> Portable {
        Portable(0.0)
    }
    fn is_zero(&self) -> bool {
        self.0 == 0.0
    }
}

impl One for Portable {
    fn one() -> Portable {
        Portable(1.0)
    }
}

impl Num for Portable {
    type FromStrRadixErr = <f64 as Num>::FromStrRadixErr;
    fn from_str_radix(text: &str, radix: u32) -> Result<Portable, Self::FromStrRadixErr> {
        f64::from_str_radix(text, radix).map(Portable)
    }
}

impl ToPrimitive for Portable {
    fn to_i64(&self) -> Option<i64> {
        self.0.to_i64()
    }
    fn to_u64(&self) -> Option<u64> {
        self.0.to_u64()
    }
    fn to_f64(&self) -> Option<f64> {
        Some(self.0)
    }
}

impl NumCast for Portable {
    fn from<T: ToPrimitive>(number: T) -> Option<Portable> {
        number.to_f64().map(Portable)
    }
}

macro_rules! constants {
    ($($name:ident)*) => { $(fn $name() -> Portable { Portable(std::f64::consts::$name) })* };
}

impl FloatConst for Portable {
    constants!(E FRAC_1_PI FRAC_1_SQRT_2 FRAC_2_PI FRAC_2_SQRT_PI FRAC_PI_2 FRAC_PI_3 FRAC_PI_4 FRAC_PI_6 FRAC_PI_8);
    constants!(LN_10 LN_2 LOG10_E LOG2_E PI SQRT_2);
}

macro_rules! values {
    ($($name:ident = $value:expr),* $(,)?) => { $(fn $name() -> Portable { Portable($value) })* };
}

macro_rules! questions {
    ($($name:ident)*) => { $(fn $name(self) -> bool { self.0.$name() })* };
}

macro_rules! functions {
    ($($name:ident = $function:path),* $(,)?) => { $(fn $name(self) -> Portable { Portable($function(self.0)) })* };
}

macro_rules! functions_of_two {
    ($($name:ident = $function:path),* $(,)?) => {
        $(fn $name(self, other: Portable) -> Portable { Portable($function(self.0, other.0)) })*
    };
}

impl Float for Portable {
    values! {
        nan = f64::NAN,
        infinity = f64::INFINITY,
        neg_infinity = f64::NEG_INFINITY,
        neg_zero = -0.0,
        min_value = f64::MIN,
        min_positive_value = f64::MIN_POSITIVE,
        epsilon = f64::EPSILON,
        max_value = f64::MAX,
    }

    questions!(is_nan is_infinite is_finite is_normal is_sign_positive is_sign_negative);

    // The first line is exactly rounded everywhere.
    functions! {
        floor = f64::floor, ceil = f64::ceil, round = f64::round, trunc = f64::trunc, fract = f64::fract,
        abs = f64::abs, signum = f64::signum, recip = f64::recip, sqrt = f64::sqrt,
        exp = libm::exp, exp2 = libm::exp2, exp_m1 = libm::expm1,
        ln = libm::log, log2 = libm::log2, log10 = libm::log10, ln_1p = libm::log1p, cbrt = libm::cbrt,
        sin = libm::sin, cos = libm::cos, tan = libm::tan, asin = libm::asin, acos = libm::acos, atan = libm::atan,
        sinh = libm::sinh, cosh = libm::cosh, tanh = libm::tanh,
        asinh = libm::asinh, acosh = libm::acosh, atanh = libm::atanh,
    }

    functions_of_two! {
        max = f64::max, min = f64::min, copysign = f64::copysign, abs_sub = libm::fdim,
        powf = libm::pow, hypot = libm::hypot, atan2 = libm::atan2,
    }

    fn classify(self) -> FpCategory {
        self.0.classify()
    }

    fn mul_add(self, factor: Portable, summand: Portable) -> Portable {
        Portable(libm::fma(self.0, factor.0, summand.0))
    }

    fn powi(self, exponent: i32) -> Portable {
        Portable(libm::pow(self.0, exponent as f64))
    }

    fn log(self, base: Portable) -> Portable {
        self.ln() / base.ln()
    }

    fn sin_cos(self) -> (Portable, Portable) {
        (self.sin(), self.cos())
    }

    fn integer_decode(self) -> (u64, i16, i8) {
        Float::integer_decode(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_those_of_libm() {
        // The platform's functions differ from libm's in a few of a thousand arguments.
        for x in (1..10_000).map(|step| 0.003 * step as f64) {
            let portable = Portable(x);
            assert_eq!(portable.ln().0.to_bits(), libm::log(x).to_bits());
            assert_eq!(portable.exp().0.to_bits(), libm::exp(x).to_bits());
            assert_eq!(portable.powf(portable).0.to_bits(), libm::pow(x, x).to_bits());
            assert_eq!(portable.powi(3).0.to_bits(), libm::pow(x, 3.0).to_bits());
            assert_eq!(portable.mul_add(portable, Portable(-1.0)).0, x.mul_add(x, -1.0));
            assert_eq!(portable.integer_decode(), Float::integer_decode(x));
        }
    }

    #[test]
    fn numbers_come_in_unchanged() {
        assert_eq!(<Portable as NumCast>::from(0.1).unwrap().0, 0.1);
        assert_eq!(<Portable as NumCast>::from(12_u64).unwrap().0, 12.0);
        assert_eq!(Portable(7.9).to_usize(), Some(7));
        assert_eq!(Portable::PI().0, std::f64::consts::PI);
    }
}
