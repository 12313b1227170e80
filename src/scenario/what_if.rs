//! What estimates would be if an input, or a number of a formula, were another.

use std::collections::BTreeSet;

use super::estimate::{Estimate, Estimates};
use super::expression::{Binary, Leaf, Term, TermKind, Unary};
use super::quantity::Quantity;

/// A value and how fast it changes with an input, both in base units.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Slope {
    /// The value of a formula whose roundings (`ceil`, `floor`, `round`) are left out.
    pub value: f64,
    /// Its derivative.
    pub slope: f64,
}

impl Estimates {
    /// The values of all estimates, in their order, if the estimate `input` had this value.
    pub fn values_if(&self, input: &str, value: f64) -> Vec<f64> {
        let mut values: Vec<f64> = Vec::new();
        for estimate in self.iter() {
            let known = |name: &str| values[self.position(name)];
            let is_changed = estimate.name == input;
            values.push(if is_changed { value } else { value_of(&estimate.formula, &known) });
        }
        values
    }

    /// The derivatives of all estimates, in their order, by the estimate `input`: exact, as dual numbers are (forward
    /// differentiation; R. Wengert, 1964).
    pub fn slopes(&self, input: &str) -> Vec<Slope> {
        let mut slopes: Vec<Slope> = Vec::new();
        for estimate in self.iter() {
            let known = |name: &str| slopes[self.position(name)];
            let mut slope = slope_of(&estimate.formula, &known);
            if estimate.name == input {
                slope.slope = 1.0;
            }
            slopes.push(slope);
        }
        slopes
    }

    /// Of each estimate, in their order, whether it depends on `input`, through others too; an estimate depends on itself.
    pub fn depending_on(&self, input: &str) -> Vec<bool> {
        let mut depending: Vec<bool> = Vec::new();
        for estimate in self.iter() {
            let is_reached = estimate.inputs.iter().any(|name| depending[self.position(name)]);
            depending.push(estimate.name == input || is_reached);
        }
        depending
    }

    /// All estimates that one depends on, through others too, in their order.
    pub fn needed_by(&self, estimate: &Estimate) -> Vec<&Estimate> {
        let mut needed: BTreeSet<usize> = BTreeSet::new();
        let mut waiting: Vec<&Estimate> = vec![estimate];
        while let Some(one) = waiting.pop() {
            for input in &one.inputs {
                let index = self.position(input);
                if needed.insert(index) {
                    waiting.push(self.at(index));
                }
            }
        }
        needed.into_iter().map(|index| self.at(index)).collect()
    }

    /// The value of an estimate if those in its formula had these values.
    pub fn value_from(&self, estimate: &Estimate, value: impl Fn(&Estimate) -> f64) -> f64 {
        value_of(&estimate.formula, &|name| value(self.at(self.position(name))))
    }

    /// The value of an estimate if the number at this index among those of its own formula were another.
    pub fn value_if_number(&self, estimate: &Estimate, index: usize, value: f64) -> f64 {
        let mut formula = estimate.formula.clone();
        let mut seen = 0;
        replace_number(&mut formula, index, value, &mut seen);
        value_of(&formula, &|name| self.get(name).expect("names were checked").value)
    }
}

impl Estimate {
    /// The numbers and constants in its own formula, in the order of the text.
    pub fn numbers(&self) -> Vec<Quantity> {
        let mut numbers = Vec::new();
        self.formula.walk(&mut |term| {
            if let TermKind::Number(quantity) = term.kind {
                numbers.push(quantity);
            }
        });
        numbers
    }
}

fn value_of(formula: &Term, known: &dyn Fn(&str) -> f64) -> f64 {
    let mut leaf = |leaf: Leaf<'_>| match leaf {
        Leaf::Name(name) => Ok(known(name)),
        Leaf::Metric(_) => Err(()),
    };
    formula.value(&mut leaf).unwrap_or(f64::NAN)
}

/// Sets one of the numbers, counted in the order of the text.
fn replace_number(term: &mut Term, wanted: usize, value: f64, seen: &mut usize) {
    match &mut term.kind {
        TermKind::Number(quantity) => {
            if *seen == wanted {
                quantity.value = value;
            }
            *seen += 1;
        }
        TermKind::Unary(_, operand) => replace_number(operand, wanted, value, seen),
        TermKind::Binary(_, left, right) => {
            replace_number(left, wanted, value, seen);
            replace_number(right, wanted, value, seen);
        }
        TermKind::Name(_) | TermKind::Metric(_) => {}
    }
}

fn slope_of(term: &Term, known: &dyn Fn(&str) -> Slope) -> Slope {
    match &term.kind {
        TermKind::Number(quantity) => Slope { value: quantity.value, slope: 0.0 },
        TermKind::Name(name) => known(name),
        TermKind::Metric(_) => Slope { value: f64::NAN, slope: f64::NAN },
        TermKind::Unary(operator, operand) => unary(*operator, slope_of(operand, known)),
        TermKind::Binary(operator, left, right) => {
            binary(*operator, slope_of(left, known), slope_of(right, known))
        }
    }
}

fn unary(operator: Unary, Slope { value, slope }: Slope) -> Slope {
    let times = |factor: f64| if slope == 0.0 { 0.0 } else { slope * factor };
    let slope = match operator {
        // A staircase is as steep as the ramp below it.
        Unary::Ceil | Unary::Floor | Unary::Round => return Slope { value, slope },
        Unary::Negate => -slope,
        Unary::Not => 0.0,
        Unary::SquareRoot => times(0.5 / value.sqrt()),
        Unary::NaturalLogarithm => times(1.0 / value),
        Unary::BinaryLogarithm => times(1.0 / (value * std::f64::consts::LN_2)),
        Unary::DecimalLogarithm => times(1.0 / (value * std::f64::consts::LN_10)),
    };
    Slope { value: operator.apply(value), slope }
}

fn binary(operator: Binary, left: Slope, right: Slope) -> Slope {
    let value = operator.apply(left.value, right.value);
    let slope = match operator {
        Binary::Add => left.slope + right.slope,
        Binary::Subtract => left.slope - right.slope,
        Binary::Multiply => left.slope * right.value + left.value * right.slope,
        Binary::Divide => (left.slope - value * right.slope) / right.value,
        Binary::Power => power_slope(value, left, right),
        Binary::Minimum if right.value < left.value => right.slope,
        Binary::Maximum if right.value > left.value => right.slope,
        Binary::Minimum | Binary::Maximum => left.slope,
        Binary::And | Binary::Or | Binary::Compare(_) => 0.0,
    };
    Slope { value, slope }
}

/// Of base^exponent. What does not change has no part in it, so that a base of zero has no logarithm to take.
fn power_slope(value: f64, base: Slope, exponent: Slope) -> f64 {
    let by_base = match base.slope {
        0.0 => 0.0,
        slope => slope * exponent.value * libm::pow(base.value, exponent.value - 1.0),
    };
    let by_exponent = match exponent.slope {
        0.0 => 0.0,
        slope => slope * value * libm::log(base.value),
    };
    by_base + by_exponent
}

#[cfg(test)]
mod tests {
    use super::super::diagnostic::Diagnostics;
    use super::super::source::Sources;
    use super::super::tree::parse;
    use super::*;

    fn read(text: &str) -> Estimates {
        let (mut sources, mut diagnostics) = (Sources::new(), Diagnostics::new());
        let table = parse(&mut sources, "x", text, &mut diagnostics).unwrap();
        let estimates = Estimates::read(&table, &mut diagnostics);
        assert_eq!(diagnostics.lines(&sources), "");
        estimates
    }

    /// The derivative of each function at x = 3, from a table of derivatives.
    #[test]
    fn slopes_are_exact() {
        for (formula, value, slope) in [
            ("5", 5.0, 0.0),
            ("x", 3.0, 1.0),
            ("-x", -3.0, -1.0),
            ("2 + x", 5.0, 1.0),
            ("2 - x", -1.0, -1.0),
            ("4 * x * x", 36.0, 24.0),
            ("6 / x", 2.0, -2.0 / 3.0),
            ("(x + 1) / (x - 1)", 2.0, -0.5),
            ("x ^ 3", 27.0, 27.0),
            ("2 ^ x", 8.0, 8.0 * std::f64::consts::LN_2),
            ("x ^ x", 27.0, 27.0 * (1.0 + 3f64.ln())),
            ("0 ^ 2 * x", 0.0, 0.0),
            ("sqrt(x + 1)", 2.0, 0.25),
            ("ln(x)", 3f64.ln(), 1.0 / 3.0),
            ("log2(x + 1)", 2.0, 0.25 / std::f64::consts::LN_2),
            ("log10(x + 7)", 1.0, 0.1 / std::f64::consts::LN_10),
            ("sqrt(0) * x", 0.0, 0.0),
            ("min(x, 5)", 3.0, 1.0),
            ("min(2, x)", 2.0, 0.0),
            ("max(x, 5)", 5.0, 0.0),
            ("max(2, x)", 3.0, 1.0),
            ("ceil(x / 2)", 1.5, 0.5),
            ("floor(x / 2) + round(x / 2)", 3.0, 1.0),
        ] {
            let estimates = read(&format!("x = 3\nz = \"{formula}\""));
            let last = *estimates.slopes("x").last().unwrap();
            let near = |one: f64, other: f64| (one - other).abs() < 1e-12 * other.abs().max(1.0);
            assert!(near(last.value, value) && near(last.slope, slope), "{formula}: {last:?}");
        }
    }

    #[test]
    fn changes_pass_through_others() {
        let estimates = read("x = 3\nother = 7\ny = \"2 * x\"\nz = \"ceil(y / 4) + other\"");
        assert_eq!(estimates.values_if("x", 6.0), [6.0, 7.0, 12.0, 10.0]);
        assert_eq!(
            estimates.values_if("y", 0.0),
            [3.0, 7.0, 0.0, 7.0],
            "an estimate between may change as well"
        );
        let slopes: Vec<f64> = estimates.slopes("x").iter().map(|slope| slope.slope).collect();
        assert_eq!(slopes, [1.0, 0.0, 2.0, 0.5]);
        assert_eq!(estimates.depending_on("x"), [true, false, true, true]);
        let names = |name: &str| {
            let estimate = estimates.iter().find(|estimate| estimate.name == name).unwrap();
            estimates.needed_by(estimate).iter().map(|one| one.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!((names("z"), names("x")), (vec!["x".into(), "other".into(), "y".into()], vec![]));
    }

    #[test]
    fn all_inputs_may_change() {
        let estimates = read("x = 3\ny = \"2 * x\"\nz = \"x + 10 * y\"");
        let last = estimates.iter().last().unwrap();
        assert_eq!(estimates.value_from(last, |input| input.value.value + 1.0), 74.0);
    }

    #[test]
    fn numbers_of_a_formula_may_change() {
        let estimates = read("x = 3\nz = \"x * 365 * 2 day + (1 day - 4 h)\"");
        let last = estimates.iter().last().unwrap();
        let numbers: Vec<f64> = last.numbers().iter().map(|number| number.value).collect();
        assert_eq!(numbers, [365.0, 172_800.0, 86_400.0, 14_400.0]);
        for (index, value, expected) in [
            (0, 1.0, 3.0 * 172_800.0 + 72_000.0),
            (1, 1.0, 3.0 * 365.0 + 72_000.0),
            (3, 0.0, 3.0 * 365.0 * 172_800.0 + 86_400.0),
        ] {
            assert_eq!(estimates.value_if_number(last, index, value), expected, "{index}");
        }
    }
}
