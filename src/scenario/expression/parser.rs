//! Tokens to trees: a Pratt parser (V. Pratt, 1973).

use super::super::constant::Constant;
use super::super::diagnostic::{Diagnostic, Diagnostics};
use super::super::phrase::Phrase;
use super::super::quantity::{Calendar, Quantity, unknown_unit};
use super::super::source::Location;
use super::super::tree::Named;
use super::super::unit;
use super::lexer::{self, Dialect, Token, TokenKind};
use super::{Binary, Comparison, MetricReference, Term, TermKind, Unary};
use crate::units::{percentile, percentile_meant};

const WINDOW_HELP: &str = "a window stands at the end of an expectation, or in parentheses with its metric: `(c.latency.p99 during f) < 1 s`";

/// Words with which a window begins elsewhere.
const WINDOW_WORDS: [&str; 10] =
    ["at", "in", "within", "over", "while", "when", "until", "since", "between", "starting"];
const WINDOWS: &str =
    "windows: `during FAULT`, `before FAULT`, `after FAULT`, `after FAULT for TIME`, `from TIME to TIME`";

/// How deep expressions may nest; with [`OPERATORS_MAX`] it bounds the stack that walks of the tree need.
const DEPTH_MAX: usize = 64;
/// How many operators an expression may have.
const OPERATORS_MAX: usize = 256;

const UNARY_FUNCTIONS: [(&str, Unary); 7] = [
    ("ceil", Unary::Ceil),
    ("floor", Unary::Floor),
    ("round", Unary::Round),
    ("sqrt", Unary::SquareRoot),
    ("ln", Unary::NaturalLogarithm),
    ("log2", Unary::BinaryLogarithm),
    ("log10", Unary::DecimalLogarithm),
];

const BINARY_FUNCTIONS: [(&str, Binary); 2] = [("min", Binary::Minimum), ("max", Binary::Maximum)];

/// Words that are no names.
const KEYWORDS: [&str; 9] = ["and", "or", "not", "during", "before", "after", "from", "to", "for"];

/// Whether a name is a word of the expression language, so that nothing can be called so.
pub(in super::super) fn is_reserved(name: &str) -> bool {
    let is_unary = UNARY_FUNCTIONS.iter().any(|(function, _)| *function == name);
    is_unary || BINARY_FUNCTIONS.iter().any(|(function, _)| *function == name) || KEYWORDS.contains(&name)
}

/// How strongly operators bind; the next step is stronger.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(in super::super) enum Strength {
    Weakest,
    Or,
    And,
    Not,
    Comparison,
    Sum,
    Product,
    Sign,
    Power,
}

/// Reads a phrase that is one expression; `None` after an error, which is reported.
pub(in super::super) fn parse_formula(
    phrase: Phrase<'_>,
    calendar: Calendar,
    diagnostics: &mut Diagnostics,
) -> Option<Term> {
    let mut parser = Parser::new(phrase, Dialect::Formula, calendar, diagnostics)?;
    let term = parser.expression(Strength::Weakest)?;
    parser.end().then_some(term)
}

/// Reads terms from the tokens of a phrase. Each method that fails has reported why.
pub(in super::super) struct Parser<'a> {
    phrase: Phrase<'a>,
    tokens: Vec<Token<'a>>,
    index: usize,
    dialect: Dialect,
    calendar: Calendar,
    depth: usize,
    operator_count: usize,
    diagnostics: &'a mut Diagnostics,
}

impl<'a> Parser<'a> {
    pub(in super::super) fn new(
        phrase: Phrase<'a>,
        dialect: Dialect,
        calendar: Calendar,
        diagnostics: &'a mut Diagnostics,
    ) -> Option<Parser<'a>> {
        let tokens = lexer::tokens(phrase, dialect, calendar, diagnostics)?;
        Some(Parser { phrase, tokens, index: 0, dialect, calendar, depth: 0, operator_count: 0, diagnostics })
    }

    /// A term whose operators all bind more strongly than `weakest`.
    pub(in super::super) fn expression(&mut self, weakest: Strength) -> Option<Term> {
        if self.depth == DEPTH_MAX {
            let help = format!("at most {DEPTH_MAX} levels");
            self.error("this expression is nested too deeply").help(help);
            return None;
        }
        self.depth += 1;
        let mut left = self.operand()?;
        while let Some((operator, strength)) = self.operator().filter(|&(_, strength)| strength > weakest) {
            self.count_operator()?;
            self.index += 1;
            // `^` binds to the right: its right side may be another power.
            let right_weakest = if strength == Strength::Power { Strength::Sign } else { strength };
            let right = self.expression(right_weakest)?;
            if strength == Strength::Comparison && matches!(self.operator(), Some((Binary::Compare(_), _))) {
                self.error("comparisons cannot be chained").help("join two comparisons by `and`");
                return None;
            }
            left = binary(operator, left, right);
        }
        self.depth -= 1;
        Some(left)
    }

    /// The comparison that stands here, if one does.
    pub(in super::super) fn comparison(&mut self) -> Option<Comparison> {
        let Some((Binary::Compare(comparison), _)) = self.operator() else { return None };
        self.index += 1;
        Some(comparison)
    }

    /// Takes a symbol if it stands here.
    pub(in super::super) fn take_symbol(&mut self, symbol: &str) -> bool {
        let stands = matches!(self.peek(), TokenKind::Symbol(found) if found == symbol);
        self.index += usize::from(stands);
        stands
    }

    /// Takes a word if it stands here.
    pub(in super::super) fn take_word(&mut self, word: &str) -> bool {
        let stands = matches!(self.peek(), TokenKind::Word(found) if found == word);
        self.index += usize::from(stands);
        stands
    }

    /// A name; `kind` says of what ("fault").
    pub(in super::super) fn name(&mut self, kind: &str) -> Option<Named> {
        match self.peek() {
            TokenKind::Word(word) if !KEYWORDS.contains(&word) => {
                let named = Named { name: word.to_owned(), location: self.here() };
                self.index += 1;
                Some(named)
            }
            _ => {
                self.error(format!("the name of a {kind} is missing"));
                None
            }
        }
    }

    /// A number with its unit, whether it is a percentage, and where it stands.
    pub(in super::super) fn number(&mut self, what: &str) -> Option<(Quantity, bool, Location)> {
        let location = self.here();
        let TokenKind::Number { quantity, is_percentage } = self.peek() else {
            self.error(format!("{what} is missing"));
            return None;
        };
        self.index += 1;
        Some((quantity, is_percentage, location))
    }

    /// Whether nothing is left; reports what is.
    pub(in super::super) fn end(&mut self) -> bool {
        match self.peek() {
            TokenKind::End => true,
            TokenKind::Word(word @ ("and" | "or")) => {
                self.error(format!("an expectation is one comparison, without `{word}`"))
                    .help("write two expectations");
                false
            }
            TokenKind::Word(word) if self.follows_number() && WINDOW_WORDS.contains(&word) => {
                self.error(format!("`{word}` begins no window")).help(WINDOWS);
                false
            }
            TokenKind::Word(_) if self.follows_number() => {
                let start = self.tokens[self.index - 1].range.start;
                let offset = self.tokens[self.index].range.start - start;
                let error = unknown_unit(&self.phrase.text[start..], offset, &[]);
                self.error(error.message).help(error.help);
                false
            }
            TokenKind::Symbol("@") => {
                self.error("`@ VARIANT` follows a metric")
                    .help("as in `c.latency.p99 @ slow < 100 ms`, for each metric of the expectation");
                false
            }
            TokenKind::Symbol(")") => {
                self.error("this `)` closes nothing");
                false
            }
            TokenKind::Word("during" | "before" | "after" | "from") => {
                self.error("an operator is missing before this").help(WINDOW_HELP);
                false
            }
            _ => {
                let figure = self.figure_of();
                let error = self.error("an operator is missing before this");
                if let Some(figure) = figure {
                    error.help(format!("a figure stands behind its owner: {figure}"));
                }
                false
            }
        }
    }

    /// What to write for "p99 of visitors" or "p99 latency of visitors", if what stands here continues that.
    fn figure_of(&self) -> Option<String> {
        let text = |index: usize| self.tokens.get(index).map(|token| &self.phrase.text[token.range.clone()]);
        let of = self.index + usize::from(text(self.index) == Some("latency"));
        let figure = text(self.index.checked_sub(1)?)?;
        let is_percentile = figure.strip_prefix('p').is_some_and(|digits| digits.parse::<f64>().is_ok());
        let is_figure = is_percentile || ["mean", "max"].contains(&figure);
        let owner = text(of + 1).filter(|_| is_figure && text(of) == Some("of"))?;
        Some(format!("`{owner}.latency.{figure}`"))
    }

    /// An error at the token that stands here.
    pub(in super::super) fn error(&mut self, message: impl Into<String>) -> &mut Diagnostic {
        let location = self.here();
        self.diagnostics.error(location, message)
    }

    /// Where diagnostics go.
    pub(in super::super) fn diagnostics(&mut self) -> &mut Diagnostics {
        self.diagnostics
    }

    /// Where the token stands that comes next; the last byte before the end if none does.
    pub(in super::super) fn here(&self) -> Location {
        let range = self.tokens[self.index].range.clone();
        if range.is_empty() && range.start > 0 {
            let last =
                self.phrase.text[..range.start].char_indices().next_back().map_or(0, |(index, _)| index);
            return self.phrase.at(last..range.start);
        }
        self.phrase.at(range)
    }

    fn peek(&self) -> TokenKind<'a> {
        self.tokens[self.index].kind
    }

    fn follows_number(&self) -> bool {
        self.index > 0 && matches!(self.tokens[self.index - 1].kind, TokenKind::Number { .. })
    }

    fn count_operator(&mut self) -> Option<()> {
        self.operator_count += 1;
        if self.operator_count <= OPERATORS_MAX {
            return Some(());
        }
        let help = format!("at most {OPERATORS_MAX} operators");
        self.error("this expression is too long").help(help);
        None
    }

    /// The operator between two terms that stands here.
    fn operator(&self) -> Option<(Binary, Strength)> {
        Some(match self.peek() {
            TokenKind::Word("or") => (Binary::Or, Strength::Or),
            TokenKind::Word("and") => (Binary::And, Strength::And),
            TokenKind::Symbol(symbol) => match symbol {
                "<" => (Binary::Compare(Comparison::Less), Strength::Comparison),
                "<=" => (Binary::Compare(Comparison::LessOrEqual), Strength::Comparison),
                ">" => (Binary::Compare(Comparison::Greater), Strength::Comparison),
                ">=" => (Binary::Compare(Comparison::GreaterOrEqual), Strength::Comparison),
                "==" => (Binary::Compare(Comparison::Equal), Strength::Comparison),
                "!=" => (Binary::Compare(Comparison::NotEqual), Strength::Comparison),
                "+" => (Binary::Add, Strength::Sum),
                "-" => (Binary::Subtract, Strength::Sum),
                "*" => (Binary::Multiply, Strength::Product),
                "/" => (Binary::Divide, Strength::Product),
                "^" => (Binary::Power, Strength::Power),
                _ => return None,
            },
            _ => return None,
        })
    }

    fn operand(&mut self) -> Option<Term> {
        let location = self.here();
        match self.peek() {
            TokenKind::Number { quantity, .. } => {
                self.index += 1;
                Some(Term { location, kind: TermKind::Number(quantity) })
            }
            TokenKind::Symbol("-") => self.prefixed(Unary::Negate, Strength::Sign),
            TokenKind::Word("not") => self.prefixed(Unary::Not, Strength::Not),
            TokenKind::Symbol("(") => self.parenthesized(),
            TokenKind::Word(word) if !KEYWORDS.contains(&word) => {
                self.index += 1;
                self.named(word, location)
            }
            _ => {
                self.error("a value is missing here");
                None
            }
        }
    }

    fn prefixed(&mut self, operator: Unary, strength: Strength) -> Option<Term> {
        let location = self.here();
        self.count_operator()?;
        self.index += 1;
        let operand = self.expression(strength)?;
        Some(unary(operator, location, operand))
    }

    fn parenthesized(&mut self) -> Option<Term> {
        let open = self.here();
        self.index += 1;
        let mut inner = self.expression(Strength::Weakest)?;
        if self.dialect == Dialect::Expectation
            && let Some(window) = self.window()?
        {
            inner.give_window(&window);
        }
        inner.location = open.to(self.here());
        self.close(open)?;
        Some(inner)
    }

    fn close(&mut self, open: Location) -> Option<()> {
        if self.take_symbol(")") {
            return Some(());
        }
        if self.peek() == TokenKind::End {
            self.diagnostics.error(open, "this `(` is never closed");
            return None;
        }
        if !self.end() {
            return None;
        }
        Some(())
    }

    /// What a word stands for: a function, a unit, a constant, a metric, or a name.
    fn named(&mut self, word: &'a str, location: Location) -> Option<Term> {
        if self.peek() == TokenKind::Symbol("(") {
            return self.call(word, location);
        }
        let kind = if let Some(unit) = unit::find(word, self.calendar) {
            TermKind::Number(Quantity::new(unit.size(), unit.dimension))
        } else if let Some(constant) = Constant::find(word) {
            TermKind::Number(constant.quantity())
        } else if self.dialect == Dialect::Expectation && word.contains('.') {
            let variant = if self.take_symbol("@") { Some(self.name("variant")?) } else { None };
            TermKind::Metric(Box::new(MetricReference {
                name: word.to_owned(),
                location,
                variant,
                window: None,
            }))
        } else {
            TermKind::Name(word.to_owned())
        };
        if self.dialect == Dialect::Expectation && matches!(self.peek(), TokenKind::Symbol("@")) {
            self.error("only a metric has variants").help("write `metric @ variant`");
            return None;
        }
        Some(Term { location, kind })
    }

    /// `min(a, b)`, `sqrt(a)`, or the variable `follows.in(user)`.
    fn call(&mut self, word: &'a str, location: Location) -> Option<Term> {
        let open = self.here();
        self.count_operator()?;
        self.index += 1;
        let mut arguments = vec![self.expression(Strength::Weakest)?];
        while self.take_symbol(",") {
            self.count_operator()?;
            arguments.push(self.expression(Strength::Weakest)?);
        }
        let location = location.to(self.here());
        self.close(open)?;
        let count = arguments.len();
        if let Some(&(_, operator)) = BINARY_FUNCTIONS.iter().find(|(name, _)| *name == word) {
            if count < 2 {
                self.diagnostics
                    .error(location, format!("`{word}` compares two values or more, here is one"));
                return None;
            }
            let mut term = arguments.into_iter().reduce(|left, right| binary(operator, left, right))?;
            term.location = location;
            return Some(term);
        }
        let first = arguments.swap_remove(0);
        if let Some(&(_, operator)) = UNARY_FUNCTIONS.iter().find(|(name, _)| *name == word) {
            if count > 1 {
                self.diagnostics.error(location, format!("`{word}` takes one value, here are {count}"));
                return None;
            }
            return Some(unary(operator, location, first));
        }
        if let TermKind::Name(argument) = &first.kind
            && word.contains('.')
            && count == 1
        {
            return Some(Term { location, kind: TermKind::Name(format!("{word}({argument})")) });
        }
        self.unknown_function(word, &first, location);
        None
    }

    fn unknown_function(&mut self, word: &str, argument: &Term, location: Location) {
        if let Some(metric) = metric_meant(word, argument).filter(|_| self.dialect == Dialect::Expectation) {
            self.diagnostics
                .error(location, format!("`{word}` is no function"))
                .help(format!("percentiles and means are metrics, as in `{metric}`"));
            return;
        }
        let functions = || {
            let binary = BINARY_FUNCTIONS.iter().map(|(name, _)| *name);
            binary.chain(UNARY_FUNCTIONS.iter().map(|(name, _)| *name))
        };
        let choices: Vec<&str> = functions().collect();
        self.diagnostics.unknown(location, "function", word, "", &choices);
    }
}

/// The metric that somebody may mean who asks for a statistic as for a function: `users.latency.p99` for `p99(users)`, or for
/// `users.latency.p(99)`.
fn metric_meant(word: &str, argument: &Term) -> Option<String> {
    let (owner, last) = word.rsplit_once('.').unwrap_or(("", word));
    let last = last.to_lowercase();
    let is_general = ["p", "percentile", "quantile", "histogram_quantile"].contains(&last.as_str());
    let statistic = match (&argument.kind, last.as_str()) {
        (_, "avg" | "mean" | "average") => "mean".to_owned(),
        (_, "median") => "p50".to_owned(),
        (TermKind::Number(number), _) if is_general => {
            let share = if number.value < 1.0 { number.value * 100.0 } else { number.value };
            let word = format!("p{share}");
            percentile(&word).map(|_| word.clone()).or_else(|| percentile_meant(&word))?
        }
        (_, last) => percentile(last).map(|_| last.to_owned()).or_else(|| percentile_meant(last))?,
    };
    let of = match &argument.kind {
        TermKind::Metric(metric) => metric.name.clone(),
        TermKind::Name(name) => format!("{name}.latency"),
        _ if !owner.is_empty() => owner.to_owned(),
        _ => "c.latency".to_owned(),
    };
    Some(format!("{of}.{statistic}"))
}

fn unary(operator: Unary, location: Location, operand: Term) -> Term {
    let location = location.to(operand.location);
    Term { location, kind: TermKind::Unary(operator, Box::new(operand)) }
}

fn binary(operator: Binary, left: Term, right: Term) -> Term {
    let location = left.location.to(right.location);
    Term { location, kind: TermKind::Binary(operator, Box::new(left), Box::new(right)) }
}

#[cfg(test)]
mod tests {
    use super::super::super::source::{Location, Sources};
    use super::*;

    /// The tree as text with all parentheses, or the errors.
    fn parse(text: &str) -> String {
        let (mut sources, mut diagnostics) = (Sources::new(), Diagnostics::new());
        let source = sources.add("x", text).unwrap();
        let location = Location { source, start: 0, end: text.len() as u32 };
        match parse_formula(Phrase::new(text, location), Calendar::default(), &mut diagnostics) {
            Some(term) => show(&term),
            None => diagnostics.lines(&sources),
        }
    }

    fn show(term: &Term) -> String {
        match &term.kind {
            TermKind::Number(quantity) => format!("{}{}", quantity.value, quantity.dimension.base_unit()),
            TermKind::Name(name) => name.clone(),
            TermKind::Metric(metric) => metric.name.clone(),
            TermKind::Unary(operator, operand) => format!("{operator:?}({})", show(operand)),
            TermKind::Binary(operator, left, right) => {
                let operator = match operator {
                    Binary::Compare(comparison) => comparison.symbol().to_owned(),
                    other => format!("{other:?}"),
                };
                format!("({} {operator} {})", show(left), show(right))
            }
        }
    }

    #[test]
    fn operators_bind_in_their_order() {
        for (text, expected) in [
            ("1 + 2 * 3", "(1 Add (2 Multiply 3))"),
            ("1 - 2 - 3", "((1 Subtract 2) Subtract 3)"),
            ("2 ^ 3 ^ 2", "(2 Power (3 Power 2))"),
            ("-2 ^ 2", "Negate((2 Power 2))"),
            ("-a * b", "(Negate(a) Multiply b)"),
            ("2 ^ -1", "(2 Power Negate(1))"),
            ("(1 + 2) * 3", "((1 Add 2) Multiply 3)"),
            ("5 M * 10 % / day / scale", "(((5000000 Multiply 0.1) Divide 86400s) Divide scale)"),
            ("5 s * size / segment", "((5s Multiply size) Divide segment)"),
            ("a / 100 M/day", "(a Divide 1157.4074074074074/s)"),
            ("a / 2 / day", "((a Divide 2) Divide 86400s)"),
            ("a/b*c", "((a Divide b) Multiply c)"),
            ("1 h 30 min", "5400s"),
            ("min(a, b, 3 s)", "((a Minimum b) Minimum 3s)"),
            ("5 min", "300s"),
            ("ceil(sqrt(x))", "Ceil(SquareRoot(x))"),
            ("follows.in(user) <= threshold", "(follows.in(user) <= threshold)"),
            ("not a < 1 and b > 2 or c == 3", "((Not((a < 1)) And (b > 2)) Or (c == 3))"),
            ("50 %", "0.5"),
            ("a * %", "(a Multiply 0.01)"),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_expression_is_said() {
        let functions = "valid functions: min, max, ceil, floor, round, sqrt, ln, log2, log10";
        for (text, expected) in [
            ("", "x:1:1: error: a value is missing here\n".to_owned()),
            ("1 +", "x:1:3: error: a value is missing here\n".to_owned()),
            ("* 2", "x:1:1: error: a value is missing here\n".to_owned()),
            ("a b", "x:1:3: error: an operator is missing before this\n".to_owned()),
            (
                "a.b during f < 3",
                "x:1:5: error: an operator is missing before this (a window stands at the end of an expectation, or in parentheses \
                 with its metric: `(c.latency.p99 during f) < 1 s`)\n"
                    .to_owned(),
            ),
            ("(a", "x:1:1: error: this `(` is never closed\n".to_owned()),
            ("a)", "x:1:2: error: this `)` closes nothing\n".to_owned()),
            (
                "a < b < c",
                "x:1:7: error: comparisons cannot be chained (join two comparisons by `and`)\n".to_owned(),
            ),
            ("a && b", "x:1:3: error: `&&` means nothing here (write `and`)\n".to_owned()),
            ("a = b", "x:1:3: error: `=` means nothing here (write `==` to compare)\n".to_owned()),
            ("a ; b", "x:1:3: error: `;` means nothing here\n".to_owned()),
            (
                "squrt(2)",
                format!("x:1:1: error: unknown function `squrt` (did you mean `sqrt`? {functions})\n"),
            ),
            ("sqrt(1, 2)", "x:1:1: error: `sqrt` takes one value, here are 2\n".to_owned()),
            ("min(1)", "x:1:1: error: `min` compares two values or more, here is one\n".to_owned()),
            ("ceil()", "x:1:6: error: a value is missing here\n".to_owned()),
            (
                "5 m * 2",
                "x:1:3: error: `m` could be minutes, milliseconds or months (write `min`, `ms` or `month`)\n"
                    .to_owned(),
            ),
            ("and", "x:1:1: error: a value is missing here\n".to_owned()),
            ("é +", "x:1:3: error: a value is missing here\n".to_owned()),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
    }

    #[test]
    fn no_expression_exhausts_the_stack() {
        for (text, expected) in [
            ("(".repeat(4_000), "nested too deeply"),
            ("-".repeat(4_000), "nested too deeply"),
            ("2^".repeat(2_000), "nested too deeply"),
            ("not ".repeat(1_000), "nested too deeply"),
            ("min(".repeat(1_000), "nested too deeply"),
            ("1+".repeat(2_000), "too long"),
            ("1,".repeat(2_000), "comma inside"),
            (format!("min({}1)", "1, ".repeat(1_000)), "too long"),
            ("a".repeat(5_000), "too long"),
        ] {
            let errors = parse(&text);
            assert!(errors.contains(expected), "{errors}");
        }
        assert_eq!(parse(&format!("{}1{}", "(".repeat(63), ")".repeat(63))), "1");
        assert!(parse(&format!("1{}", " + 1".repeat(256))).starts_with("(((("));
    }
}
