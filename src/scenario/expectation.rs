//! What is expected of a run: `expression OPERATOR expression [+- tolerance] [window]`.

use super::diagnostic::Diagnostics;
use super::dimension::{Dimension, UNIT_NEEDED};
use super::estimate::Estimates;
use super::expression::{
    Comparison, Dialect, Extent, Leaf, MetricReference, Parser, Scope, Strength, Term, TermKind, Type,
    type_of,
};
use super::phrase::Phrase;
use super::quantity::{Calendar, Quantity};
use super::source::Location;
use super::tree::{Node, Value};

/// An objective or a claim.
#[derive(Clone, PartialEq, Debug)]
pub struct Expectation {
    /// As it is written.
    pub text: String,
    /// Where the text stands.
    pub location: Location,
    /// How the sides are compared.
    pub operator: Comparison,
    /// How far from equal still counts as equal; only with `==` and `!=`.
    pub tolerance: Option<Tolerance>,
    left: Term,
    right: Term,
}

/// How far from equal still counts as equal.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Tolerance {
    /// A share of the right side: `+- 3 %`.
    Relative(f64),
    /// A quantity: `+- 3 ms`.
    Absolute(Quantity),
}

/// The values of both sides in base units.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Sides {
    /// What stands before the operator.
    pub left: f64,
    /// What stands behind it.
    pub right: f64,
}

impl Expectation {
    /// Reads the text of an expectation; `None` after an error, which is reported.
    pub fn parse(node: &Node, diagnostics: &mut Diagnostics) -> Option<Expectation> {
        let Value::Text(text) = &node.value else {
            let help = "write it as a text, as in \"visitors.latency.p99 < 100 ms\"";
            diagnostics
                .error(node.location, format!("an expectation is a text, not {}", node.value.noun()))
                .help(help);
            return None;
        };
        let phrase = Phrase::new(text, node.location);
        let mut parser = Parser::new(phrase, Dialect::Expectation, Calendar::default(), diagnostics)?;
        let mut left = parser.expression(Strength::Comparison)?;
        let Some(operator) = parser.comparison() else {
            if parser.end() {
                parser.error("a comparison is missing").help("one of <, <=, >, >=, ==, !=");
            }
            return None;
        };
        let mut right = parser.expression(Strength::Comparison)?;
        let tolerance = if parser.take_symbol("+-") { Some(tolerance(&mut parser, operator)?) } else { None };
        if let Some(window) = parser.window()? {
            left.give_window(&window);
            right.give_window(&window);
        }
        if parser.comparison().is_some() {
            parser.error("comparisons cannot be chained").help("write two expectations");
            return None;
        }
        if !parser.end() {
            return None;
        }
        Some(Expectation { text: text.clone(), location: node.location, operator, tolerance, left, right })
    }

    /// All metrics in it, in the order of the text.
    pub fn metrics(&self) -> Vec<&MetricReference> {
        let mut metrics = Vec::new();
        for side in [&self.left, &self.right] {
            side.walk(&mut |term| {
                if let TermKind::Metric(metric) = &term.kind {
                    metrics.push(metric.as_ref());
                }
            });
        }
        metrics
    }

    /// Whether it compares two numbers as they are.
    pub fn is_of_numbers(&self) -> bool {
        [&self.left, &self.right].iter().all(|side| matches!(side.kind, TermKind::Number(_)))
    }

    /// The metric that is compared with a number as it is, and the number with the place where it stands; none if it is not as
    /// simple as that.
    pub fn metric_and_number(&self) -> Option<(&MetricReference, f64, Location)> {
        let pair = |metric: &'_ Term, number: &Term| match number.kind {
            TermKind::Number(quantity) if matches!(metric.kind, TermKind::Metric(_)) => {
                Some((quantity.value, number.location))
            }
            _ => None,
        };
        let (value, location) = pair(&self.left, &self.right).or_else(|| pair(&self.right, &self.left))?;
        Some((*self.metrics().first()?, value, location))
    }

    /// Checks what the sides measure before a run: what both measure, or `None` after an error, which is
    /// reported.
    ///
    /// `dimension_of` says what a metric measures; for one that it does not know it gives `None`, and its
    /// caller reports the metric, which [`Expectation::metrics`] gives.
    pub fn check(
        &self,
        estimates: &Estimates,
        dimension_of: &dyn Fn(&MetricReference) -> Option<Dimension>,
        diagnostics: &mut Diagnostics,
    ) -> Option<Dimension> {
        let scope = Scope { estimates, variables: &[], metric: dimension_of };
        let types = (type_of(&self.left, &scope, diagnostics), type_of(&self.right, &scope, diagnostics));
        let (left, right) =
            (quantity(types.0?, &self.left, diagnostics)?, quantity(types.1?, &self.right, diagnostics)?);
        if left != right {
            let message = format!("{left} cannot be compared with {right}");
            let error = diagnostics.error(self.left.location.to(self.right.location), message);
            if [left, right].contains(&Dimension::NONE) {
                error.help(UNIT_NEEDED);
            }
            return None;
        }
        if let Some(Tolerance::Absolute(tolerance)) = self.tolerance
            && tolerance.dimension != left
        {
            let message = format!("the sides are {left}, but the tolerance is {}", tolerance.dimension);
            let error = diagnostics.error(self.location, message);
            if tolerance.dimension == Dimension::NONE {
                error.help(format!("write its unit, or a share of the right side: +- {} %", tolerance.value));
            }
            return None;
        }
        Some(left)
    }

    /// The values of both sides in base units. `metric` gives the value of a metric in base units, or why
    /// there is none. The expectation was checked with these estimates.
    pub fn evaluate<E>(
        &self,
        estimates: &Estimates,
        metric: &mut dyn FnMut(&MetricReference) -> Result<f64, E>,
    ) -> Result<Sides, E> {
        let mut leaf = |leaf: Leaf<'_>| match leaf {
            Leaf::Name(name) => Ok(estimates.get(name).expect("names were checked").value),
            Leaf::Metric(reference) => metric(reference),
        };
        let left = self.left.value(&mut leaf)?;
        Ok(Sides { left, right: self.right.value(&mut leaf)? })
    }

    /// Where the values of both sides lie; `metric` says it of a metric. The expectation was checked with these estimates.
    pub fn extents(
        &self,
        estimates: &Estimates,
        metric: &mut dyn FnMut(&MetricReference) -> Extent,
    ) -> (Extent, Extent) {
        let mut leaf = |leaf: Leaf<'_>| match leaf {
            Leaf::Name(name) => Extent::point(estimates.get(name).expect("names were checked").value),
            Leaf::Metric(reference) => metric(reference),
        };
        let left = self.left.extent(&mut leaf);
        (left, self.right.extent(&mut leaf))
    }

    /// Whether the comparison holds for all values of the sides that lie there, or for none; `None` if for some.
    pub fn is_certain(&self, left: Extent, right: Extent) -> Option<bool> {
        let certain = |always: bool, never: bool| (always || never).then_some(always);
        let are_points = left.low == left.high && right.low == right.high;
        if are_points {
            return Some(self.holds(Sides { left: left.low, right: right.low }));
        }
        let are_apart = left.high < right.low || right.high < left.low;
        match self.operator {
            Comparison::Less => certain(left.high < right.low, left.low >= right.high),
            Comparison::LessOrEqual => certain(left.high <= right.low, left.low > right.high),
            Comparison::Greater => certain(left.low > right.high, left.high <= right.low),
            Comparison::GreaterOrEqual => certain(left.low >= right.high, left.high < right.low),
            Comparison::Equal => certain(false, are_apart && self.tolerance.is_none()),
            Comparison::NotEqual => certain(are_apart && self.tolerance.is_none(), false),
        }
    }

    /// Whether the comparison holds. Within the tolerance, its ends included, two values are equal.
    pub fn holds(&self, sides: Sides) -> bool {
        let Some(tolerance) = self.tolerance else { return self.operator.holds(sides.left, sides.right) };
        let distance_max = match tolerance {
            Tolerance::Relative(share) => share * sides.right.abs(),
            Tolerance::Absolute(quantity) => quantity.value,
        };
        let is_near = (sides.left - sides.right).abs() <= distance_max;
        is_near == (self.operator == Comparison::Equal)
    }
}

fn tolerance(parser: &mut Parser<'_>, operator: Comparison) -> Option<Tolerance> {
    let (quantity, is_percentage, location) = parser.number("a tolerance")?;
    if !matches!(operator, Comparison::Equal | Comparison::NotEqual) {
        let message = format!("`{}` has no tolerance", operator.symbol());
        parser.diagnostics().error(location, message).help("only == and != have one");
        return None;
    }
    Some(if is_percentage { Tolerance::Relative(quantity.value) } else { Tolerance::Absolute(quantity) })
}

fn quantity(found: Type, side: &Term, diagnostics: &mut Diagnostics) -> Option<Dimension> {
    match found {
        Type::Quantity(dimension) => Some(dimension),
        Type::Truth => {
            diagnostics.error(side.location, "a comparison is not a quantity");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::expression::Window;
    use super::super::source::Sources;
    use super::super::tree::parse;
    use super::*;

    fn read(text: &str) -> (Option<Expectation>, String) {
        let (mut sources, mut diagnostics) = (Sources::new(), Diagnostics::new());
        let table = parse(&mut sources, "x", &format!("a = '{text}'"), &mut diagnostics).unwrap();
        let expectation = Expectation::parse(table.get("a").unwrap(), &mut diagnostics);
        (expectation, diagnostics.lines(&sources))
    }

    fn metrics(text: &str) -> Vec<String> {
        let (expectation, errors) = read(text);
        let expectation = expectation.unwrap_or_else(|| panic!("{text}: {errors}"));
        expectation.metrics().into_iter().map(show).collect()
    }

    fn show(metric: &MetricReference) -> String {
        let variant = metric.variant.as_ref().map_or(String::new(), |variant| format!(" @ {}", variant.name));
        let window = match &metric.window {
            None => String::new(),
            Some(Window::During(fault)) => format!(" during {}", fault.name),
            Some(Window::Before(fault)) => format!(" before {}", fault.name),
            Some(Window::After { fault, length }) => {
                format!(" after {} {:?}", fault.name, length.map(|length| length.seconds()))
            }
            Some(Window::Between { from, to }) => format!(" {}..{}", from.seconds(), to.seconds()),
        };
        format!("{}{variant}{window}", metric.name)
    }

    #[test]
    fn metrics_with_variants_and_windows() {
        for (text, expected) in [
            ("visitors.latency.p99 < 100 ms", vec!["visitors.latency.p99"]),
            ("visitors.latency.p99<100 ms", vec!["visitors.latency.p99"]),
            ("authors.availability > 60 % during lost", vec!["authors.availability during lost"]),
            (
                "urls.read.rate @ no_cache > 2.5 * urls.read.rate",
                vec!["urls.read.rate @ no_cache", "urls.read.rate"],
            ),
            (
                "(a.latency.p99 @ slow during f) < 2 * a.latency.p99",
                vec!["a.latency.p99 @ slow during f", "a.latency.p99"],
            ),
            (
                "(a.x during f) - b.x < c.x - d.x before g",
                vec!["a.x during f", "b.x before g", "c.x before g", "d.x before g"],
            ),
            ("kv.stale_reads @ strict == 0 from 0 s to 1 min", vec!["kv.stale_reads @ strict 0..60"]),
            ("a.x > 1 after f for 30 s", vec!["a.x after f Some(30.0)"]),
            ("a.x > 1 after f", vec!["a.x after f None"]),
            ("call.web->urls.retries == 0", vec!["call.web->urls.retries"]),
            ("link.us-a<->eu-a.bytes > 1 GB", vec!["link.us-a<->eu-a.bytes"]),
            ("web[3].utilization < 90 %", vec!["web[3].utilization"]),
            ("max(a.x, b.x) <= threshold * 2", vec!["a.x", "b.x"]),
            ("mark.billed.duplicates <= 500 * 12", vec!["mark.billed.duplicates"]),
            ("run.events / day > 1 k", vec!["run.events"]),
        ] {
            assert_eq!(metrics(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_expectation_is_said() {
        for (text, expected) in [
            ("a.x", "x:1:8: error: a comparison is missing (one of <, <=, >, >=, ==, !=)\n"),
            ("a.x <", "x:1:10: error: a value is missing here\n"),
            ("a.x < 1 < 2", "x:1:16: error: comparisons cannot be chained (write two expectations)\n"),
            ("a.x = 1", "x:1:10: error: `=` means nothing here (write `==` to compare)\n"),
            ("a.x < 1 +- 2 %", "x:1:17: error: `<` has no tolerance (only == and != have one)\n"),
            ("a.x == 1 +-", "x:1:16: error: a tolerance is missing\n"),
            ("threshold @ v > 1", "x:1:16: error: only a metric has variants (write `metric @ variant`)\n"),
            ("a.x @ > 1", "x:1:12: error: the name of a variant is missing\n"),
            ("a.x > 1 during", "x:1:19: error: the name of a fault is missing\n"),
            ("a.x > 1 from 0 s", "x:1:21: error: `to` is missing (write `from 0 s to 10 min`)\n"),
            ("a.x > 1 from 2 s to 1 s", "x:1:26: error: this window ends before it begins\n"),
            (
                "a.x > 1 after f for 3",
                "x:1:26: error: a duration is needed here, but this is a plain number (write its unit, as in \
                3 s; units: ns, us, ms, s, min, h, day)\n",
            ),
            ("a.x > 1 sometimes", "x:1:14: error: unknown unit `sometimes` (units: "),
            ("a.x > b.x sometimes", "x:1:16: error: an operator is missing before this\n"),
            ("(a.x > 1", "x:1:6: error: this `(` is never closed\n"),
        ] {
            let (expectation, errors) = read(text);
            assert_eq!(expectation, None, "{text}");
            assert!(errors.starts_with(expected), "{text}: {errors}");
        }
        let (mut sources, mut diagnostics) = (Sources::new(), Diagnostics::new());
        let table = parse(&mut sources, "x", "a = 1", &mut diagnostics).unwrap();
        assert_eq!(Expectation::parse(table.get("a").unwrap(), &mut diagnostics), None);
        assert!(
            diagnostics
                .lines(&sources)
                .starts_with("x:1:5: error: an expectation is a text, not a whole number")
        );
    }

    #[test]
    fn sides_are_evaluated_and_compared() {
        for (text, left, right, holds) in [
            ("a.x * 2 + 1 == b.x - 3", 7.0, 7.0, true),
            ("a.x == b.x", 3.0, 10.0, false),
            ("b.x == 9 +- 12 %", 10.0, 9.0, true),
            ("b.x == 9 +- 11 %", 10.0, 9.0, false),
            ("b.x == 9 +- 1", 10.0, 9.0, true),
            ("b.x != 9 +- 1", 10.0, 9.0, false),
            ("b.x != 9 +- 0.5", 10.0, 9.0, true),
            ("-b.x == -9 +- 12 %", -10.0, -9.0, true),
            ("threshold / 100 > a.x", 5.0, 3.0, true),
            ("a.x >= 3", 3.0, 3.0, true),
            ("a.x < 3", 3.0, 3.0, false),
        ] {
            let estimates = estimates();
            let expectation = read(text).0.unwrap();
            let mut metric = |metric: &MetricReference| match metric.name.as_str() {
                "a.x" => Ok(3.0),
                "b.x" => Ok(10.0),
                other => Err(other.to_owned()),
            };
            let sides = expectation.evaluate(&estimates, &mut metric).unwrap();
            assert_eq!((sides, expectation.holds(sides)), (Sides { left, right }, holds), "{text}");
        }
        let absent = read("c.x > 1").0.unwrap().evaluate(&estimates(), &mut |_| Err("nothing happened"));
        assert_eq!(absent, Err("nothing happened"));
    }

    fn estimates() -> Estimates {
        let (mut sources, mut diagnostics) = (Sources::new(), Diagnostics::new());
        let table = parse(&mut sources, "x", "threshold = 500", &mut diagnostics).unwrap();
        Estimates::read(&table, &mut diagnostics)
    }

    #[test]
    fn dimensions_are_checked_before_the_run() {
        for (text, dimension, expected) in [
            ("a.latency < 100 ms", Some(Dimension::TIME), ""),
            ("a.latency == 0.6 s +- 1 ms", Some(Dimension::TIME), ""),
            ("a.latency == 0.6 s +- 1 %", Some(Dimension::TIME), ""),
            ("a.count > 2.5 * b.count", Some(Dimension::NONE), ""),
            (
                "a.latency < 100",
                None,
                "x:1:6: error: a duration cannot be compared with a plain number \
                 (a number has its unit: 100 ms, 20 /s, 10 MB, $15)\n",
            ),
            ("a.latency + 1 B < 1 s", None, "x:1:6: error: a duration cannot be added to a size\n"),
            (
                "a.latency == 1 s +- 2",
                None,
                "x:1:5: error: the sides are a duration, but the tolerance is a plain number (write its unit, or a share of \
                 the right side: +- 2 %)\n",
            ),
            ("a.unknown < 1 s", None, ""),
            (
                "a.count < treshold",
                None,
                "x:1:16: error: unknown name `treshold` (did you mean `threshold`? valid names: threshold)\n",
            ),
        ] {
            let (mut sources, mut diagnostics) = (Sources::new(), Diagnostics::new());
            let table = parse(&mut sources, "x", &format!("a = '{text}'"), &mut diagnostics).unwrap();
            let expectation = Expectation::parse(table.get("a").unwrap(), &mut diagnostics).unwrap();
            let dimension_of = |metric: &MetricReference| match metric.name.as_str() {
                "a.latency" => Some(Dimension::TIME),
                "a.unknown" => None,
                _ => Some(Dimension::NONE),
            };
            let found = expectation.check(&estimates(), &dimension_of, &mut diagnostics);
            assert_eq!((found, diagnostics.lines(&sources).as_str()), (dimension, expected), "{text}");
        }
    }
}
