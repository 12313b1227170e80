//! Between which ends the value of a term lies, if those of its names and metrics are known (R. E. Moore, 1966: interval
//! arithmetic). Ends may be wider than what can happen, never narrower.

use super::{Binary, Leaf, Term, TermKind, Unary};

/// The least and the most that a value can be; the ends may be infinite.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Extent {
    /// The least.
    pub low: f64,
    /// The most.
    pub high: f64,
}

impl Extent {
    /// Any number.
    pub const ANY: Extent = Extent { low: f64::NEG_INFINITY, high: f64::INFINITY };
    /// Any number that is not negative.
    pub const NOT_NEGATIVE: Extent = Extent { low: 0.0, high: f64::INFINITY };

    /// One number and no other.
    pub fn point(value: f64) -> Extent {
        Extent { low: value, high: value }
    }

    /// The smallest one that has all of these values; those that are no numbers are left out.
    fn around(values: impl IntoIterator<Item = f64>) -> Extent {
        let known = values.into_iter().filter(|value| !value.is_nan());
        let extent = known.fold(None, |extent: Option<Extent>, value| {
            let known = extent.unwrap_or(Extent::point(value));
            Some(Extent { low: known.low.min(value), high: known.high.max(value) })
        });
        extent.unwrap_or(Extent::ANY)
    }
}

impl Term {
    /// Where its value lies; `leaf` says it of names and metrics.
    pub(in super::super) fn extent(&self, leaf: &mut dyn FnMut(Leaf<'_>) -> Extent) -> Extent {
        match &self.kind {
            TermKind::Number(quantity) => Extent::point(quantity.value),
            TermKind::Name(name) => leaf(Leaf::Name(name)),
            TermKind::Metric(metric) => leaf(Leaf::Metric(metric)),
            TermKind::Unary(operator, operand) => unary(*operator, operand.extent(leaf)),
            TermKind::Binary(operator, left, right) => {
                let left = left.extent(leaf);
                binary(*operator, left, right.extent(leaf))
            }
        }
    }
}

fn unary(operator: Unary, operand: Extent) -> Extent {
    let ends = [operand.low, operand.high].map(|end| operator.apply(end));
    // All but `not` are monotone where they have a value.
    if operator == Unary::Not || ends.iter().any(|end| end.is_nan()) {
        Extent::ANY
    } else {
        Extent::around(ends)
    }
}

fn binary(operator: Binary, left: Extent, right: Extent) -> Extent {
    let ends = |of: fn(f64, f64) -> f64| {
        let pairs = [left.low, left.high].into_iter().flat_map(|one| [(one, right.low), (one, right.high)]);
        Extent::around(pairs.map(|(one, other)| of(one, other)))
    };
    match operator {
        Binary::Add => ends(|one, other| one + other),
        Binary::Subtract => ends(|one, other| one - other),
        // An infinite end is never reached, so that nothing of it is nothing.
        Binary::Multiply => ends(|one, other| if one == 0.0 || other == 0.0 { 0.0 } else { one * other }),
        Binary::Divide if right.low > 0.0 || right.high < 0.0 => ends(|one, other| one / other),
        Binary::Minimum => ends(f64::min),
        Binary::Maximum => ends(f64::max),
        Binary::Power if left.low == left.high && right.low == right.high => {
            Extent::point(operator.apply(left.low, right.low))
        }
        Binary::Divide | Binary::Power | Binary::And | Binary::Or | Binary::Compare(_) => Extent::ANY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_never_too_narrow() {
        let (inf, any) = (f64::INFINITY, (f64::NEG_INFINITY, f64::INFINITY));
        for (operator, left, right, expected) in [
            (Binary::Add, (1.0, 2.0), (10.0, inf), (11.0, inf)),
            (Binary::Subtract, (0.0, inf), (0.0, inf), any),
            (Binary::Subtract, (5.0, 6.0), (1.0, 2.0), (3.0, 5.0)),
            (Binary::Multiply, (-1.0, 2.0), (3.0, 4.0), (-4.0, 8.0)),
            (Binary::Multiply, (0.0, inf), (0.0, 1.0), (0.0, inf)),
            (Binary::Divide, (1.0, inf), (1.0, inf), (0.0, inf)),
            (Binary::Divide, (1.0, 1.0), (0.0, 1.0), any),
            (Binary::Divide, (1.0, 2.0), (-2.0, -1.0), (-2.0, -0.5)),
            (Binary::Minimum, (1.0, 5.0), (2.0, 3.0), (1.0, 3.0)),
            (Binary::Maximum, (1.0, 5.0), (2.0, 3.0), (2.0, 5.0)),
            (Binary::Power, (2.0, 2.0), (3.0, 3.0), (8.0, 8.0)),
            (Binary::Power, (-1.0, 2.0), (2.0, 2.0), any),
        ] {
            let of = |(low, high)| Extent { low, high };
            assert_eq!(
                binary(operator, of(left), of(right)),
                of(expected),
                "{operator:?} {left:?} {right:?}"
            );
        }
        let of = |low, high| Extent { low, high };
        assert_eq!(unary(Unary::Negate, of(1.0, inf)), of(f64::NEG_INFINITY, -1.0));
        assert_eq!(unary(Unary::SquareRoot, of(4.0, 9.0)), of(2.0, 3.0));
        assert_eq!(unary(Unary::SquareRoot, of(-4.0, 9.0)), Extent::ANY);
        assert_eq!(unary(Unary::Not, of(0.0, 0.0)), Extent::ANY);
    }
}
