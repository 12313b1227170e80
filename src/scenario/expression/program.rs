//! Expressions of steps, compiled into postfix programs that are evaluated without allocation.

use super::super::diagnostic::Diagnostics;
use super::super::dimension::Dimension;
use super::super::estimate::Estimates;
use super::typing::{Scope, Type, type_of};
use super::{Binary, Term, TermKind, Unary};

/// A name that an expression of a step may use, and what it measures.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Variable<'a> {
    /// "size"; with its argument if it has one, "follows.in(user)".
    pub name: &'a str,
    /// What it measures.
    pub dimension: Dimension,
}

/// What the value of a compiled expression must be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in super::super) enum Wanted {
    Quantity(Dimension),
    Truth,
}

/// A compiled expression over variables: a postfix program over floats in base units. Truth is 1, falsehood 0.
#[derive(Clone, PartialEq, Debug)]
pub struct Program {
    operations: Box<[Operation]>,
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Operation {
    Constant(f64),
    Variable(u8),
    Unary(Unary),
    Binary(Binary),
}

/// How many values the evaluation may hold at once; compiling checks it.
const STACK_MAX: usize = 32;

impl Program {
    /// The program that is one number.
    pub(in super::super) fn of_constant(value: f64) -> Program {
        Program { operations: Box::new([Operation::Constant(value)]) }
    }

    /// Its value when it depends on no variable.
    pub fn constant(&self) -> Option<f64> {
        match *self.operations {
            [Operation::Constant(value)] => Some(value),
            _ => None,
        }
    }

    /// The variables it reads, as indices into those it was compiled with, ascending, without doubles.
    pub fn variables(&self) -> Vec<u8> {
        let read = self.operations.iter().filter_map(|operation| match operation {
            Operation::Variable(index) => Some(*index),
            _ => None,
        });
        read.collect::<std::collections::BTreeSet<u8>>().into_iter().collect()
    }

    /// Its value in base units, 1 or 0 for a condition. `variable` gives the value of a variable, by its
    /// index among those it was compiled with.
    pub fn evaluate(&self, variable: impl Fn(u8) -> f64) -> f64 {
        let mut stack = [0.0; STACK_MAX];
        let mut height = 0;
        for operation in &self.operations {
            match *operation {
                Operation::Constant(value) => {
                    stack[height] = value;
                    height += 1;
                }
                Operation::Variable(index) => {
                    stack[height] = variable(index);
                    height += 1;
                }
                Operation::Unary(operator) => stack[height - 1] = operator.apply(stack[height - 1]),
                Operation::Binary(operator) => {
                    height -= 1;
                    stack[height - 1] = operator.apply(stack[height - 1], stack[height]);
                }
            }
        }
        stack[0]
    }
}

/// Compiles a term; `None` after an error, which is reported. Estimates become constants, and what depends on
/// constants only is computed now.
pub(in super::super) fn compile(
    term: &Term,
    variables: &[Variable<'_>],
    estimates: &Estimates,
    wanted: Wanted,
    diagnostics: &mut Diagnostics,
) -> Option<Program> {
    debug_assert!(variables.len() <= 256, "{} variables do not fit a byte", variables.len());
    let scope = Scope { estimates, variables, metric: &|_| None };
    match (type_of(term, &scope, diagnostics)?, wanted) {
        (Type::Quantity(found), Wanted::Quantity(dimension)) if found == dimension => {}
        (Type::Truth, Wanted::Truth) => {}
        (Type::Truth, Wanted::Quantity(dimension)) => {
            diagnostics.error(term.location, format!("this is a condition, but {dimension} is needed"));
            return None;
        }
        (Type::Quantity(found), Wanted::Quantity(dimension)) => {
            diagnostics.error(term.location, format!("this is {found}, but {dimension} is needed"));
            return None;
        }
        (Type::Quantity(found), Wanted::Truth) => {
            let help = "compare it, as in `value < 1`";
            diagnostics
                .error(term.location, format!("this is {found}, but a condition is needed"))
                .help(help);
            return None;
        }
    }
    let mut compiler = Compiler { variables, estimates, operations: Vec::new(), height: 0, height_max: 0 };
    compiler.emit(term);
    if compiler.height_max > STACK_MAX {
        diagnostics.error(term.location, "this expression is nested too deeply");
        return None;
    }
    Some(Program { operations: compiler.operations.into_boxed_slice() })
}

struct Compiler<'a> {
    variables: &'a [Variable<'a>],
    estimates: &'a Estimates,
    operations: Vec<Operation>,
    height: usize,
    height_max: usize,
}

impl Compiler<'_> {
    fn emit(&mut self, term: &Term) {
        match &term.kind {
            TermKind::Number(quantity) => self.push(Operation::Constant(quantity.value)),
            TermKind::Name(name) => self.push(self.name(name)),
            TermKind::Metric(metric) => unreachable!("a formula has no metric, here is {}", metric.name),
            TermKind::Unary(operator, operand) => {
                self.emit(operand);
                self.unary(*operator);
            }
            TermKind::Binary(operator, left, right) => {
                self.emit(left);
                self.emit(right);
                self.binary(*operator);
            }
        }
    }

    fn push(&mut self, operation: Operation) {
        self.operations.push(operation);
        self.height += 1;
        self.height_max = self.height_max.max(self.height);
    }

    fn name(&self, name: &str) -> Operation {
        match self.variables.iter().position(|variable| variable.name == name) {
            Some(index) => Operation::Variable(index as u8),
            None => Operation::Constant(self.estimates.get(name).expect("names were checked").value),
        }
    }

    fn unary(&mut self, operator: Unary) {
        match self.operations.last_mut() {
            Some(Operation::Constant(value)) => *value = operator.apply(*value),
            _ => self.operations.push(Operation::Unary(operator)),
        }
    }

    fn binary(&mut self, operator: Binary) {
        self.height -= 1;
        if let [.., Operation::Constant(left), Operation::Constant(right)] = self.operations[..] {
            self.operations.truncate(self.operations.len() - 2);
            self.operations.push(Operation::Constant(operator.apply(left, right)));
        } else {
            self.operations.push(Operation::Binary(operator));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::phrase::Phrase;
    use super::super::super::quantity::Calendar;
    use super::super::super::source::{Location, Sources};
    use super::super::super::tree::parse;
    use super::super::parse_formula;
    use super::*;

    const VARIABLES: [Variable<'_>; 4] = [
        Variable { name: "size", dimension: Dimension::BYTES },
        Variable { name: "value", dimension: Dimension::NONE },
        Variable { name: "follows.in(user)", dimension: Dimension::NONE },
        Variable { name: "delay", dimension: Dimension::TIME },
    ];

    fn estimates() -> Estimates {
        let (mut sources, mut diagnostics) = (Sources::new(), Diagnostics::new());
        let text = "segment = \"4 MB\"\nthreshold = 500\nbroken = \"1 s + 1 B\"";
        let table = parse(&mut sources, "x", text, &mut diagnostics).unwrap();
        Estimates::read(&table, &mut diagnostics)
    }

    fn compile_text(text: &str, wanted: Wanted) -> Result<Program, String> {
        let (mut sources, mut diagnostics) = (Sources::new(), Diagnostics::new());
        let source = sources.add("x", text).unwrap();
        let phrase = Phrase::new(text, Location { source, start: 0, end: text.len() as u32 });
        parse_formula(phrase, Calendar::default(), &mut diagnostics)
            .and_then(|term| compile(&term, &VARIABLES, &estimates(), wanted, &mut diagnostics))
            .ok_or_else(|| diagnostics.lines(&sources))
    }

    #[test]
    fn programs_compute_what_is_written() {
        let time = Wanted::Quantity(Dimension::TIME);
        let number = Wanted::Quantity(Dimension::NONE);
        for (text, wanted, expected) in [
            ("5 s * size / segment", time, 2.5),
            ("delay + 1 min", time, 63.0),
            ("min(delay, 1 s)", time, 1.0),
            ("-delay", time, -3.0),
            ("value - 1", number, 6.0),
            ("1 - value", number, -6.0),
            ("2 ^ value", number, 128.0),
            ("ceil(size / 1.5 MB)", number, 2.0),
            ("sqrt(delay ^ 2) / 1 s", number, 3.0),
            ("round(2.5) + log2(8) + log10(100) + ln(1) + floor(1.9)", number, 9.0),
            ("follows.in(user) <= threshold", Wanted::Truth, 1.0),
            ("follows.in(user) > threshold", Wanted::Truth, 0.0),
            ("value < 1 or value > 6 and not delay == 3 s", Wanted::Truth, 0.0),
            ("value != 1", Wanted::Truth, 1.0),
        ] {
            let program = compile_text(text, wanted).unwrap();
            let value = program.evaluate(|index| [2e6, 7.0, 20.0, 3.0][usize::from(index)]);
            assert_eq!(value, expected, "{text}");
        }
    }

    #[test]
    fn what_is_constant_is_computed_when_compiling() {
        let number = Wanted::Quantity(Dimension::NONE);
        for (text, constant, variables) in [
            ("2 * threshold + 1", Some(1_001.0), vec![]),
            ("value + 2 * threshold", None, vec![1]),
            ("value * follows.in(user) / value", None, vec![1, 2]),
        ] {
            let program = compile_text(text, number).unwrap();
            assert_eq!((program.constant(), program.variables()), (constant, variables), "{text}");
        }
        assert_eq!(compile_text("value + 2 * threshold", number).unwrap().operations.len(), 3);
    }

    #[test]
    fn dimensions_are_checked() {
        let time = Wanted::Quantity(Dimension::TIME);
        let choices = "valid names: size, value, follows.in(user), delay, broken, segment, threshold";
        for (text, wanted, expected) in [
            ("5 s + size", time, "x:1:1: error: a duration cannot be added to a size\n".to_owned()),
            ("2 * (1 /s + size)", time, "x:1:5: error: a rate cannot be added to a size\n".to_owned()),
            ("size", time, "x:1:1: error: this is a size, but a duration is needed\n".to_owned()),
            (
                "size < 1 s",
                Wanted::Truth,
                "x:1:1: error: a size cannot be compared with a \
                duration\n"
                    .to_owned(),
            ),
            (
                "sise * 2",
                time,
                format!("x:1:1: error: unknown name `sise` (did you mean `size`? {choices})\n"),
            ),
            (
                "value",
                Wanted::Truth,
                "x:1:1: error: this is a plain number, but a condition is needed \
                (compare it, as in `value < 1`)\n"
                    .to_owned(),
            ),
            ("value < 1", time, "x:1:1: error: this is a condition, but a duration is needed\n".to_owned()),
            ("(value < 1) + 1", time, "x:1:1: error: a comparison is not a quantity\n".to_owned()),
            (
                "value and 1 < 2",
                Wanted::Truth,
                "x:1:1: error: a condition is needed here, not a plain \
                number\n"
                    .to_owned(),
            ),
            ("not size", Wanted::Truth, "x:1:5: error: a condition is needed here, not a size\n".to_owned()),
            (
                "ceil(delay)",
                time,
                "x:1:6: error: this function takes a plain number, not a duration (divide \
                by a unit first, as in `ceil(x / 1 s)`)\n"
                    .to_owned(),
            ),
            ("sqrt(delay)", time, "x:1:6: error: a duration has no square root\n".to_owned()),
            (
                "delay ^ value",
                time,
                "x:1:9: error: the exponent of a duration is a small whole \
                number\n"
                    .to_owned(),
            ),
            (
                "value ^ delay",
                time,
                "x:1:9: error: an exponent is a plain number, not a duration\n".to_owned(),
            ),
            (
                "delay ^ 9 * delay",
                time,
                "x:1:1: error: the unit of this has an exponent that nobody \
                needs\n"
                    .to_owned(),
            ),
            ("broken + 1 s", time, String::new()),
            (
                "a + b",
                time,
                format!(
                    "x:1:1: error: unknown name `a` ({choices})\nx:1:5: error: unknown name `b` \
                    ({choices})\n"
                ),
            ),
        ] {
            assert_eq!(compile_text(text, wanted), Err(expected), "{text}");
        }
    }

    #[test]
    fn the_stack_is_bounded() {
        let nested = |count: usize| format!("{}value{}", "(value - ".repeat(count), ")".repeat(count));
        let number = Wanted::Quantity(Dimension::NONE);
        let program = compile_text(&nested(31), number).unwrap();
        assert_eq!(program.evaluate(|_| 1.0), 0.0);
        let error = compile_text(&nested(32), number).unwrap_err();
        assert!(error.contains("nested too deeply"), "{error}");
    }

    #[test]
    fn an_operation_stays_small() {
        assert_eq!(size_of::<Operation>(), 16);
    }
}
