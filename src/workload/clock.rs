//! A clock fine enough for gaps far below a nanosecond.

use crate::units::{SECOND, Time};

/// An instant in units of 2^-64 ns since the start of the run. Adding to it rounds nothing once the gap is a float, so no
/// drift builds up however many gaps there are.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Clock(u128);

const UNITS_PER_NANOSECOND: f64 = (1_u128 << 64) as f64;

impl Clock {
    /// Goes on by a gap \[ns\]; `None` when that is beyond the end of time.
    #[inline]
    pub(super) fn advance(&mut self, gap: f64) -> Option<()> {
        // Whole and fraction apart, because a cast to 128 bits is a call. Both casts saturate; a gap that is too long for the
        // first is refused by the sum or by `time`.
        let whole = gap as u64;
        let fraction = ((gap - whole as f64) * UNITS_PER_NANOSECOND) as u64;
        self.0 = self.0.checked_add(u128::from(whole) << 64 | u128::from(fraction))?;
        Some(())
    }

    /// The nearest nanosecond; `None` when it is one that no run reaches.
    #[inline]
    pub(super) fn time(self) -> Option<Time> {
        let time = Time((self.0.checked_add(1 << 63)? >> 64) as u64);
        (time != Time::NEVER).then_some(time)
    }

    /// The instant in seconds.
    pub(super) fn seconds(self) -> f64 {
        self.0 as f64 / UNITS_PER_NANOSECOND / SECOND as f64
    }
}
