//! Checks what an expression measures before it is evaluated.

use super::super::constant;
use super::super::diagnostic::Diagnostics;
use super::super::dimension::{Dimension, UNIT_NEEDED};
use super::super::estimate::Estimates;
use super::super::source::Location;
use super::{Binary, MetricReference, Term, TermKind, Unary, Variable};
use crate::units::percentile;

/// What the value of an expression is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in super::super) enum Type {
    Quantity(Dimension),
    Truth,
}

/// What the names of an expression may stand for.
#[derive(Clone, Copy)]
pub(in super::super) struct Scope<'a> {
    pub(in super::super) estimates: &'a Estimates,
    pub(in super::super) variables: &'a [Variable<'a>],
    /// What a metric measures; `None` when that is not known, which somebody else has reported.
    pub(in super::super) metric: &'a dyn Fn(&MetricReference) -> Option<Dimension>,
}

/// What a term measures; `None` after an error, which is reported.
pub(in super::super) fn type_of(
    term: &Term,
    scope: &Scope<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Type> {
    Typing { scope, diagnostics }.term(term)
}

struct Typing<'a> {
    scope: &'a Scope<'a>,
    diagnostics: &'a mut Diagnostics,
}

impl Typing<'_> {
    fn term(&mut self, term: &Term) -> Option<Type> {
        match &term.kind {
            TermKind::Number(quantity) => Some(Type::Quantity(quantity.dimension)),
            TermKind::Name(name) => self.name(name, term.location),
            TermKind::Metric(metric) => (self.scope.metric)(metric).map(Type::Quantity),
            TermKind::Unary(operator, operand) => self.unary(*operator, operand),
            TermKind::Binary(operator, left, right) => {
                // Both sides are checked even if the first is wrong, so that all errors are found.
                let types = (self.term(left), self.term(right));
                let (left_type, right_type) = (types.0?, types.1?);
                self.binary(*operator, term, (left, left_type), (right, right_type))
            }
        }
    }

    fn name(&mut self, name: &str, location: Location) -> Option<Type> {
        if let Some(variable) = self.scope.variables.iter().find(|variable| variable.name == name) {
            return Some(Type::Quantity(variable.dimension));
        }
        if let Some(quantity) = self.scope.estimates.get(name) {
            return Some(Type::Quantity(quantity.dimension));
        }
        // A name without a value has an error of its own, which is reported.
        let estimates = self.scope.estimates.names();
        if estimates.contains(name) {
            return None;
        }
        let constants = constant::group(name);
        if !constants.is_empty() {
            self.diagnostics.unknown(location, "constant", name, "", &constants);
            return None;
        }
        let variables = self.scope.variables.iter().map(|variable| variable.name);
        let choices: Vec<&str> = variables.chain(estimates.iter().map(String::as_str)).collect();
        let error = self.diagnostics.unknown(location, "name", name, "", &choices);
        if percentile(name).is_some() {
            error.help(format!("a percentile is a metric of somebody, as in `users.latency.{name}`"));
        }
        None
    }

    fn unary(&mut self, operator: Unary, operand: &Term) -> Option<Type> {
        if operator == Unary::Not {
            self.truth(operand)?;
            return Some(Type::Truth);
        }
        let dimension = self.quantity(operand)?;
        match operator {
            Unary::Negate => Some(Type::Quantity(dimension)),
            Unary::SquareRoot => match dimension.root() {
                Some(root) => Some(Type::Quantity(root)),
                None => self.error(operand.location, format!("{dimension} has no square root")),
            },
            _ if dimension == Dimension::NONE => Some(Type::Quantity(dimension)),
            // Rounding or taking the logarithm of 1.5 s would depend on the unit it is counted in.
            _ => {
                let message = format!("this function takes a plain number, not {dimension}");
                let help = "divide by a unit first, as in `ceil(x / 1 s)`";
                self.diagnostics.error(operand.location, message).help(help);
                None
            }
        }
    }

    fn binary(
        &mut self,
        operator: Binary,
        term: &Term,
        left: (&Term, Type),
        right: (&Term, Type),
    ) -> Option<Type> {
        if matches!(operator, Binary::And | Binary::Or) {
            let both = (self.expect_truth(left), self.expect_truth(right));
            return both.0.and(both.1).map(|()| Type::Truth);
        }
        let dimensions = (self.expect_quantity(left), self.expect_quantity(right));
        let (left_dimension, right_dimension) = (dimensions.0?, dimensions.1?);
        let product = match operator {
            Binary::Multiply => left_dimension.times(right_dimension),
            Binary::Divide => left_dimension.over(right_dimension),
            Binary::Power => return self.power(left_dimension, (right.0, right_dimension)),
            _ if left_dimension != right_dimension => {
                let message = format!("{left_dimension} cannot be {} {right_dimension}", verb(operator));
                let error = self.diagnostics.error(term.location, message);
                if [left_dimension, right_dimension].contains(&Dimension::NONE) {
                    error.help(UNIT_NEEDED);
                }
                return None;
            }
            Binary::Compare(_) => return Some(Type::Truth),
            _ => return Some(Type::Quantity(left_dimension)),
        };
        match product {
            Some(dimension) => Some(Type::Quantity(dimension)),
            None => {
                self.error(term.location, "the unit of this has an exponent that nobody needs".to_owned())
            }
        }
    }

    /// A plain number may have any power, a quantity only one that is written as a whole number.
    fn power(&mut self, base: Dimension, (exponent, dimension): (&Term, Dimension)) -> Option<Type> {
        if dimension != Dimension::NONE {
            return self.error(exponent.location, format!("an exponent is a plain number, not {dimension}"));
        }
        if base == Dimension::NONE {
            return Some(Type::Quantity(base));
        }
        let whole = written_number(exponent).filter(|value| value.fract() == 0.0 && value.abs() < 100.0);
        match whole.and_then(|value| base.power(value as i32)) {
            Some(dimension) => Some(Type::Quantity(dimension)),
            None => self.error(exponent.location, format!("the exponent of {base} is a small whole number")),
        }
    }

    fn quantity(&mut self, term: &Term) -> Option<Dimension> {
        let found = self.term(term)?;
        self.expect_quantity((term, found))
    }

    fn truth(&mut self, term: &Term) -> Option<()> {
        let found = self.term(term)?;
        self.expect_truth((term, found))
    }

    fn expect_quantity(&mut self, (term, found): (&Term, Type)) -> Option<Dimension> {
        match found {
            Type::Quantity(dimension) => Some(dimension),
            Type::Truth => self.error(term.location, "a comparison is not a quantity".to_owned()),
        }
    }

    fn expect_truth(&mut self, (term, found): (&Term, Type)) -> Option<()> {
        match found {
            Type::Truth => Some(()),
            Type::Quantity(dimension) => {
                self.error(term.location, format!("a condition is needed here, not {dimension}"))
            }
        }
    }

    fn error<T>(&mut self, location: Location, message: String) -> Option<T> {
        self.diagnostics.error(location, message);
        None
    }
}

fn verb(operator: Binary) -> &'static str {
    match operator {
        Binary::Add => "added to",
        Binary::Subtract => "joined by `-` with",
        _ => "compared with",
    }
}

/// The number that a term is, sign included.
fn written_number(term: &Term) -> Option<f64> {
    match &term.kind {
        TermKind::Number(quantity) => Some(quantity.value),
        TermKind::Unary(Unary::Negate, operand) => written_number(operand).map(|value| -value),
        _ => None,
    }
}
