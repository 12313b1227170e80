//! The value of a row: where it begins, what changes it, and between which bounds it stays.

use super::spec::UPDATE;
use crate::kernel::request::NO_VALUE;

/// What a table says of the values of its rows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Values {
    /// The value of a row that was never written.
    pub(super) start: i64,
    /// The smallest that is allowed.
    pub(super) min: i64,
    /// The largest.
    pub(super) max: i64,
    /// Whether a change that leaves the bounds is refused.
    pub(super) enforce: bool,
}

impl Values {
    /// Rows begin at 0 and may have any value.
    pub(super) const FREE: Values = Values { start: 0, min: i64::MIN, max: i64::MAX, enforce: false };

    /// The value after an operation that is told this; none if that is refused.
    #[inline]
    pub(super) fn change(&self, before: i64, operation: u16, told: i64) -> Option<i64> {
        let after = match (told, operation) {
            (NO_VALUE, _) => before,
            (add, UPDATE) => before.saturating_add(add),
            (value, _) => value,
        };
        (!self.enforce || !self.is_violated_by(after)).then_some(after)
    }

    /// Whether a value is out of bounds.
    #[inline]
    pub(super) fn is_violated_by(&self, value: i64) -> bool {
        value < self.min || value > self.max
    }
}

#[cfg(test)]
mod tests {
    use super::super::spec::WRITE;
    use super::*;

    #[test]
    fn a_change_stays_within_the_bounds_or_is_refused() {
        let free = Values { start: 10, min: 0, max: 10, enforce: false };
        let strict = Values { enforce: true, ..free };
        for (before, operation, told, after, is_out) in [
            (10, UPDATE, -1, 9, false),
            (0, UPDATE, -1, -1, true),
            (10, UPDATE, 1, 11, true),
            (3, UPDATE, NO_VALUE, 3, false),
            (3, WRITE, NO_VALUE, 3, false),
            (3, WRITE, 0, 0, false),
            (3, WRITE, 10, 10, false),
            (3, WRITE, -2, -2, true),
        ] {
            assert_eq!(free.change(before, operation, told), Some(after));
            assert_eq!(free.is_violated_by(after), is_out);
            assert_eq!(strict.change(before, operation, told), (!is_out).then_some(after));
        }
        assert_eq!(Values::FREE.change(i64::MAX, UPDATE, 1), Some(i64::MAX));
    }
}
