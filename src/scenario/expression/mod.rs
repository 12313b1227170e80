//! Formulas of estimates, expressions of steps, and the terms of expectations: one grammar from text to a tree.
//!
//! The operators, from the weakest to the strongest: `or`, `and`, `not`, comparisons, `+ -`, `* /`, the sign,
//! `^`. A unit binds to the number before it. What a name stands for is decided later: by [`typing`] when
//! dimensions are checked, by [`program`] when an expression is compiled, by the caller of [`Term::value`]
//! when it is evaluated.

mod extent;
mod lexer;
mod parser;
mod program;
mod typing;
mod window;

pub use extent::Extent;
pub(super) use lexer::Dialect;
pub(super) use parser::{Parser, Strength, is_reserved, parse_formula};
pub use program::{Program, Variable};
pub(super) use program::{Wanted, compile};
pub(super) use typing::{Scope, Type, type_of};

use crate::units::Span;

use super::{Location, Named, Quantity};

/// A node of an expression's tree.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Term {
    /// Where it stands.
    pub(super) location: Location,
    pub(super) kind: TermKind,
}

#[derive(Clone, PartialEq, Debug)]
pub(super) enum TermKind {
    Number(Quantity),
    /// An estimate or a variable; `follows.in(user)` is one too.
    Name(String),
    Metric(Box<MetricReference>),
    Unary(Unary, Box<Term>),
    Binary(Binary, Box<Term>, Box<Term>),
}

/// Operators and functions of one operand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Unary {
    Negate,
    Not,
    Ceil,
    Floor,
    Round,
    SquareRoot,
    NaturalLogarithm,
    BinaryLogarithm,
    DecimalLogarithm,
}

/// Operators and functions of two operands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
    Minimum,
    Maximum,
    And,
    Or,
    Compare(Comparison),
}

/// How two sides are compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Comparison {
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
}

impl Comparison {
    /// Whether it holds between two numbers; between undefined ones only `!=` does.
    pub fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Comparison::Less => left < right,
            Comparison::LessOrEqual => left <= right,
            Comparison::Greater => left > right,
            Comparison::GreaterOrEqual => left >= right,
            Comparison::Equal => left == right,
            Comparison::NotEqual => left != right,
        }
    }

    /// As it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            Comparison::Less => "<",
            Comparison::LessOrEqual => "<=",
            Comparison::Greater => ">",
            Comparison::GreaterOrEqual => ">=",
            Comparison::Equal => "==",
            Comparison::NotEqual => "!=",
        }
    }
}

/// A metric that an expectation names.
#[derive(Clone, PartialEq, Debug)]
pub struct MetricReference {
    /// Its name: "visitors.latency.p99".
    pub name: String,
    /// Where the name stands.
    pub location: Location,
    /// The variant after `@`; what was run if there is none.
    pub variant: Option<Named>,
    /// The part of the run; the whole measured time if there is none.
    pub window: Option<Window>,
}

/// A part of the run. A window contains its begin and not its end.
#[derive(Clone, PartialEq, Debug)]
pub enum Window {
    /// While a fault lasts.
    During(Named),
    /// Until a fault begins.
    Before(Named),
    /// From the end of a fault on.
    After {
        /// The fault.
        fault: Named,
        /// For how long; to the end of the run if `None`.
        length: Option<Span>,
    },
    /// Between two times on the clock of the file.
    Between {
        /// The begin, counted from the end of the warm-up.
        from: Span,
        /// The end.
        to: Span,
    },
}

impl Window {
    /// The fault that it names.
    pub fn fault(&self) -> Option<&Named> {
        match self {
            Window::During(fault) | Window::Before(fault) | Window::After { fault, .. } => Some(fault),
            Window::Between { .. } => None,
        }
    }
}

/// A leaf whose value the evaluation asks for.
pub(super) enum Leaf<'a> {
    Name(&'a str),
    Metric(&'a MetricReference),
}

impl Term {
    /// The value in base units; truth is 1, falsehood 0. `leaf` gives the values of names and metrics.
    pub(super) fn value<E>(&self, leaf: &mut dyn FnMut(Leaf<'_>) -> Result<f64, E>) -> Result<f64, E> {
        match &self.kind {
            TermKind::Number(quantity) => Ok(quantity.value),
            TermKind::Name(name) => leaf(Leaf::Name(name)),
            TermKind::Metric(metric) => leaf(Leaf::Metric(metric)),
            TermKind::Unary(operator, operand) => Ok(operator.apply(operand.value(leaf)?)),
            TermKind::Binary(operator, left, right) => {
                let left = left.value(leaf)?;
                Ok(operator.apply(left, right.value(leaf)?))
            }
        }
    }

    /// Calls `visit` with every part of the tree, in the order of the text.
    pub(super) fn walk<'t>(&'t self, visit: &mut dyn FnMut(&'t Term)) {
        visit(self);
        match &self.kind {
            TermKind::Unary(_, operand) => operand.walk(visit),
            TermKind::Binary(_, left, right) => {
                left.walk(visit);
                right.walk(visit);
            }
            TermKind::Number(_) | TermKind::Name(_) | TermKind::Metric(_) => {}
        }
    }

    /// All names in it that are not metrics, with doubles, in the order of the text.
    pub(super) fn names(&self) -> Vec<Named> {
        let mut names = Vec::new();
        self.walk(&mut |term| {
            if let TermKind::Name(name) = &term.kind {
                names.push(Named { name: name.clone(), location: term.location });
            }
        });
        names
    }
}

impl Unary {
    /// The value; logarithms come from `libm`, whose bits are the same everywhere.
    pub(super) fn apply(self, operand: f64) -> f64 {
        match self {
            Unary::Negate => -operand,
            Unary::Not => f64::from(operand == 0.0),
            Unary::Ceil => operand.ceil(),
            Unary::Floor => operand.floor(),
            Unary::Round => operand.round(),
            Unary::SquareRoot => operand.sqrt(),
            Unary::NaturalLogarithm => libm::log(operand),
            Unary::BinaryLogarithm => libm::log2(operand),
            Unary::DecimalLogarithm => libm::log10(operand),
        }
    }
}

impl Binary {
    /// The value; powers come from `libm`, whose bits are the same everywhere.
    pub(super) fn apply(self, left: f64, right: f64) -> f64 {
        match self {
            Binary::Add => left + right,
            Binary::Subtract => left - right,
            Binary::Multiply => left * right,
            Binary::Divide => left / right,
            Binary::Power => libm::pow(left, right),
            Binary::Minimum => left.min(right),
            Binary::Maximum => left.max(right),
            Binary::And => f64::from(left != 0.0 && right != 0.0),
            Binary::Or => f64::from(left != 0.0 || right != 0.0),
            Binary::Compare(comparison) => f64::from(comparison.holds(left, right)),
        }
    }
}
