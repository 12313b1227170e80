//! Calls that wait for one another and travel together, as producers of a log send their records.

use crate::units::Span;

/// When those who wait leave: as soon as there are enough of them, or they are large enough, or the first has waited so long.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Terms {
    /// How many are enough; `u32::MAX` if their number does not matter.
    pub count: u32,
    /// How many bytes of values are enough; `u64::MAX` if they do not matter.
    pub bytes: u64,
    /// How long the first waits for others.
    pub linger: Span,
}

/// Those who wait to go to the same callee.
#[derive(Clone, Debug)]
pub struct Batch<T> {
    members: Vec<(T, u64)>,
}

impl<T> Default for Batch<T> {
    fn default() -> Self {
        Batch { members: Vec::new() }
    }
}

impl<T: Copy> Batch<T> {
    /// One more waits, with so many bytes; whether they leave now. Those who no longer wait do not count.
    pub fn join(&mut self, terms: Terms, who: T, bytes: u64, waits: impl Fn(T) -> bool) -> bool {
        self.members.push((who, bytes));
        if !self.is_full(terms) {
            return false;
        }
        self.members.retain(|(member, _)| waits(*member));
        self.is_full(terms)
    }

    fn is_full(&self, terms: Terms) -> bool {
        let bytes = self.members.iter().fold(0, |sum: u64, (_, bytes)| sum.saturating_add(*bytes));
        self.members.len() as u64 >= u64::from(terms.count) || bytes >= terms.bytes
    }

    /// All who have joined, in the order in which they came.
    pub fn members(&self) -> impl Iterator<Item = T> {
        self.members.iter().map(|(member, _)| *member)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_leave_when_there_are_enough() {
        let terms = |count, bytes| Terms { count, bytes, linger: Span(5) };
        // Terms, the bytes of those who come, and after which of them they leave.
        for (terms, sizes, leaves) in [
            (terms(3, u64::MAX), &[0, 0, 0][..], Some(2)),
            (terms(1, u64::MAX), &[0], Some(0)),
            (terms(u32::MAX, 100), &[40, 40, 40], Some(2)),
            (terms(u32::MAX, 100), &[40, 59], None),
            (terms(2, 100), &[100], Some(0)),
            (terms(u32::MAX, u64::MAX), &[u64::MAX - 1, 7], Some(1)),
        ] {
            let mut batch = Batch::default();
            let left =
                sizes.iter().enumerate().position(|(who, bytes)| batch.join(terms, who, *bytes, |_| true));
            assert_eq!(left, leaves, "{terms:?} {sizes:?}");
        }
    }

    #[test]
    fn who_has_gone_does_not_count() {
        let terms = Terms { count: 2, bytes: u64::MAX, linger: Span(5) };
        let mut batch = Batch::default();
        assert!(!batch.join(terms, 0, 0, |_| true));
        assert!(!batch.join(terms, 1, 0, |who| who != 0));
        assert!(batch.join(terms, 2, 0, |who| who != 0));
        assert_eq!(batch.members().collect::<Vec<_>>(), [1, 2]);
    }
}
