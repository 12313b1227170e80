//! A rate: so many in a window of so many nanoseconds. What all algorithms of rate limits have in common.

/// So many in a window.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rate {
    /// How many; at least 1.
    pub limit: u64,
    /// The window \[ns\]; at least 1.
    pub window: u64,
}

impl Rate {
    /// The number of the window that an instant is in, and how far into it that is \[ns\].
    pub fn window_of(&self, now: u64) -> (u64, u64) {
        (now / self.window, now % self.window)
    }
}

/// The first whole number of nanoseconds that is not below a fraction.
pub(super) fn ceiling(numerator: u128, denominator: u128) -> u64 {
    u64::try_from(numerator.div_ceil(denominator)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_begin_at_multiples() {
        let rate = Rate { limit: 1, window: 60 };
        assert_eq!([0, 59, 60, 125].map(|now| rate.window_of(now)), [(0, 0), (0, 59), (1, 0), (2, 5)]);
        assert_eq!([(0, 3), (6, 3), (7, 3)].map(|(over, under)| ceiling(over, under)), [0, 2, 3]);
    }
}
