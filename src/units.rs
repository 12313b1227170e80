//! The quantities and ids that everybody uses, as newtypes. Their text form belongs to [`crate::scenario`].

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

/// Nanoseconds in a second.
pub const SECOND: u64 = 1_000_000_000;

/// An instant of simulated time \[ns\], counted from the start of the run (the warm-up included).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Time(pub u64);

/// A length of simulated time \[ns\].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Span(pub u64);

impl Time {
    /// An instant that no run reaches.
    pub const NEVER: Time = Time(u64::MAX);

    /// The length of time since `earlier`; asserts that it is not later.
    pub fn since(self, earlier: Time) -> Span {
        debug_assert!(self >= earlier, "time went back from {} ns to {} ns", earlier.0, self.0);
        Span(self.0 - earlier.0)
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Span = Span(0);

    /// The length in seconds.
    pub fn seconds(self) -> f64 {
        self.0 as f64 / SECOND as f64
    }

    /// The nearest whole number of nanoseconds to a length in seconds. Negative and undefined lengths become zero, lengths
    /// beyond the range of the clock the longest there is: the one place where a float becomes simulated time.
    pub fn from_seconds(seconds: f64) -> Span {
        Span::from_nanoseconds(seconds * SECOND as f64)
    }

    /// The nearest whole number of nanoseconds to a sampled float \[ns\]; see [`Span::from_seconds`].
    #[inline]
    pub fn from_nanoseconds(nanoseconds: f64) -> Span {
        // A cast saturates and sends NaN to zero; half is added because rounding by libm is a call.
        Span((nanoseconds + 0.5) as u64)
    }
}

impl Add<Span> for Time {
    type Output = Time;
    #[inline]
    fn add(self, span: Span) -> Time {
        Time(self.0.saturating_add(span.0))
    }
}

impl Add for Span {
    type Output = Span;
    fn add(self, other: Span) -> Span {
        Span(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Span {
    fn add_assign(&mut self, other: Span) {
        *self = *self + other;
    }
}

impl Sub for Span {
    type Output = Span;
    fn sub(self, other: Span) -> Span {
        Span(self.0.saturating_sub(other.0))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} s", self.seconds())
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident: $word:ty),* $(,)?) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(pub $word);

        impl $name {
            /// The id as an index.
            #[inline]
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    )* };
}

ids! {
    /// A line of the plan.
    StepId: u32,
    /// A component: all the instances of one table of the scenario. In the order of names.
    ComponentId: u16,
    /// One instance of a component; the instances of a component have consecutive ids.
    InstanceId: u32,
    /// An operation, by its bare name: `get` of every cache is the same operation.
    OperationId: u16,
    /// How a call, a branch or a request ended: `ok`, `miss`, `timeout`, or a scenario's own word.
    OutcomeId: u16,
    /// The pair (caller, callee) of components that calls pass over.
    EdgeId: u16,
    /// A place where a call is written: a `call` or `send` step, or what a balancer forwards.
    SiteId: u32,
    /// A duration, size or count that a step draws.
    AmountId: u32,
    /// Branches that run side by side.
    ForkId: u32,
    /// Branches of which one is taken.
    ChoiceId: u32,
    /// What the callers of an edge remember between calls.
    KeeperId: u16,
    /// A named location of the network.
    PlaceId: u16,
    /// One operation of one component: where a visit begins.
    EntryId: u16,
    /// What one client records under one name: the client's, or one of its operations'.
    SlotId: u32,
    /// Where intentions are to get to.
    MarkId: u16,
    /// A step that says that an intention got there.
    MarkSiteId: u32,
    /// A list of numbers that a step goes through.
    SequenceId: u32,
    /// Something that a component can be asked about a number.
    FunctionId: u16,
}

impl InstanceId {
    /// No instance.
    pub const NONE: InstanceId = InstanceId(u32::MAX);
}

/// More digits than this cannot be told apart.
const PERCENTILE_DIGITS_MAX: usize = 9;

/// The share of a percentile, in (0, 1): `p99_9` is 0.999, as near as a float comes, by one division of whole numbers.
pub fn percentile(word: &str) -> Option<f64> {
    let number = word.strip_prefix('p')?;
    let (whole, fraction) = number.split_once('_').unwrap_or((number, ""));
    let is_canonical = !(whole.is_empty() || whole.len() > 2 || (whole.len() > 1 && whole.starts_with('0')))
        && !(number.ends_with('_') || (!fraction.is_empty() && fraction.ends_with('0')))
        && fraction.len() < PERCENTILE_DIGITS_MAX - 1;
    let digits = format!("{whole}{fraction}");
    if !is_canonical || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let scale = 10_u64.pow(fraction.len() as u32 + 2);
    let quantile = digits.parse::<u64>().ok()? as f64 / scale as f64;
    (quantile > 0.0).then_some(quantile)
}

/// The percentile that somebody writes otherwise: "p999" and "p99.9" are `p99_9`.
pub fn percentile_meant(word: &str) -> Option<String> {
    let number = word.strip_prefix(['p', 'P'])?.trim_end_matches('%');
    let digits: String = number.chars().filter(|letter| !matches!(letter, '.' | '_' | ',')).collect();
    // All of a hundred is the maximum, and no tenth.
    let (whole, fraction) = digits.split_at_checked(2).filter(|_| !digits.starts_with("100"))?;
    let meant = format!("p{whole}_{}", fraction.trim_end_matches('0'));
    let meant = meant.trim_end_matches('_').to_owned();
    (meant != word && percentile(&meant).is_some()).then_some(meant)
}

/// The number with nine digits: without what arithmetic leaves behind those that were written.
pub fn shortened(value: f64) -> f64 {
    format!("{value:.8e}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_recognised_in_other_spellings() {
        for (word, expected) in [
            ("p999", Some("p99_9")),
            ("p9999", Some("p99_99")),
            ("p99.9", Some("p99_9")),
            ("P99", Some("p99")),
            ("p99_90", Some("p99_9")),
            ("p990", Some("p99")),
            ("p100", None),
            ("p99", None),
            ("p9", None),
            ("p9x9", None),
            ("q999", None),
            ("p\u{e9}99", None),
        ] {
            assert_eq!(percentile_meant(word).as_deref(), expected, "{word}");
        }
    }

    #[test]
    fn percentiles_have_one_spelling() {
        for (word, expected) in [
            ("p50", Some(0.5)),
            ("p99_9", Some(0.999)),
            ("p99_99", Some(0.9999)),
            ("p5", Some(0.05)),
            ("p0_1", Some(0.001)),
            ("p05", None),
            ("p0", None),
            ("p100", None),
            ("p99_", None),
            ("p99_90", None),
            ("p", None),
            ("p9x", None),
            ("p_9", None),
            ("p99_9_9", None),
            ("p99_999999999999999999999", None),
            ("q50", None),
        ] {
            assert_eq!(percentile(word), expected, "{word}");
        }
    }
}
