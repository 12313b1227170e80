//! Typed values out of nodes: what does not fit is reported and read as `None`.

use super::beside::Beside;
use super::diagnostic::{Diagnostic, Diagnostics, Hint, Shape};
use super::dimension::Dimension;
use super::estimate::Estimates;
use super::expression::{Program, Term, Variable, Wanted, compile, parse_formula};
use super::phrase::Phrase;
use super::quantity::{Calendar, Quantity, parse_quantity_of};
use super::source::Location;
use super::suggestion::shorten;
use super::tree::{Node, Table, Value};
use crate::units::Span;

/// Reads typed values. A text that begins with `=` is an expression over the estimates.
pub struct Reader<'a> {
    /// Where errors go.
    pub diagnostics: &'a mut Diagnostics,
    /// What expressions may name.
    pub estimates: &'a Estimates,
    /// Where values may stand besides the scenario, if anywhere.
    pub(super) beside: Option<&'a Beside>,
}

/// The longest duration \[s\]; the clock's range is 18 times that.
const SECONDS_MAX: f64 = 1e9;

/// Whole numbers up to here are exact in a float: 2^53.
const EXACT_MAX: f64 = 9_007_199_254_740_992.0;

/// What messages call a table and an array.
const TABLE: &str = "a table";
const ARRAY: &str = "an array";

impl<'a> Reader<'a> {
    /// A reader.
    pub fn new(diagnostics: &'a mut Diagnostics, estimates: &'a Estimates) -> Reader<'a> {
        Reader { diagnostics, estimates, beside: None }
    }

    /// The same reader, of a scenario that has files beside it.
    pub fn with(self, beside: &'a Beside) -> Reader<'a> {
        Reader { beside: Some(beside), ..self }
    }

    /// Adds an error.
    pub fn error(&mut self, location: Location, message: impl Into<String>) -> &mut Diagnostic {
        self.diagnostics.error(location, message)
    }

    /// A text.
    pub fn text<'n>(&mut self, node: &'n Node) -> Option<&'n str> {
        match &node.value {
            Value::Text(text) => Some(text),
            _ => self.misfit(node, "a text"),
        }
    }

    /// A name: `[a-z][a-z0-9_]*`.
    pub fn name<'n>(&mut self, node: &'n Node) -> Option<&'n str> {
        let text = self.text(node)?;
        if is_name(text) {
            return Some(text);
        }
        let help = "a name begins with a letter a-z, then letters a-z, digits and `_`";
        self.error(node.location, format!("`{}` is not a name", shorten(text))).help(help);
        None
    }

    /// `true` or `false`.
    pub fn boolean(&mut self, node: &Node) -> Option<bool> {
        match node.value {
            Value::Boolean(truth) => Some(truth),
            _ => self.misfit(node, "true or false"),
        }
    }

    /// A whole number that may be negative: -7, "100 k", "= expression".
    pub fn whole(&mut self, node: &Node) -> Option<i64> {
        let value = self.number(node)?;
        if value.fract() == 0.0 && value.abs() <= EXACT_MAX {
            return Some(value as i64);
        }
        self.error(node.location, "a whole number from -2^53 to 2^53 is needed here")
            .label(format!("this is {value}"));
        None
    }

    /// A whole number, not negative: 7, "100 k", "100 k objects", "= expression".
    pub fn count(&mut self, node: &Node) -> Option<u64> {
        let value = match node.value {
            Value::Integer(number) => number as f64,
            Value::Float(number) => number,
            Value::Text(ref text) if is_word(text) => {
                self.error(node.location, format!("a whole number is needed here, not `{}`", shorten(text)))
                    .help("as in 4 or \"100 k\"");
                return None;
            }
            _ => self.quantity_of(node, &[Dimension::NONE, Dimension::OBJECTS])?.value,
        };
        if value.fract() == 0.0 && (0.0..=EXACT_MAX).contains(&value) {
            return Some(value as u64);
        }
        self.error(node.location, "a whole number from 0 to 2^53 is needed here")
            .label(format!("this is {value}"));
        None
    }

    /// A count, or "unbounded", which is `Some(None)`.
    pub fn count_or_unbounded(&mut self, node: &Node) -> Option<Option<u64>> {
        match &node.value {
            Value::Text(text) if text == "unbounded" => Some(None),
            Value::Text(text) if text.starts_with(|c: char| c.is_alphabetic()) => {
                self.error(node.location, format!("unknown word `{}`", shorten(text)))
                    .help("a whole number is needed here, or \"unbounded\"")
                    .hint(Hint::Count(text.clone()));
                None
            }
            _ => self.count(node).map(Some),
        }
    }

    /// A plain number, which may be negative.
    pub fn number(&mut self, node: &Node) -> Option<f64> {
        self.quantity(node, Dimension::NONE)
    }

    /// A share in 0..=1: "10 %" or 0.1.
    pub fn share(&mut self, node: &Node) -> Option<f64> {
        let value = self.number(node)?;
        if (0.0..=1.0).contains(&value) {
            return Some(value);
        }
        let label = format!("this is {}", super::format::format_share(value));
        let error = self.error(node.location, "a share lies between 0 % and 100 %").label(label);
        if let Some(number) = bare(node).filter(|_| (0.0..=100.0).contains(&value)) {
            error.help(format!("write \"{number} %\""));
        }
        None
    }

    /// A quantity that may measure anything, in base units; finite.
    pub fn any_quantity(&mut self, node: &Node) -> Option<Quantity> {
        self.some_quantity(node, &[])
    }

    /// A quantity that may measure anything, where one of these is expected.
    fn some_quantity(&mut self, node: &Node, expected: &[Dimension]) -> Option<Quantity> {
        let quantity = match &node.value {
            Value::Integer(number) => Quantity::number(*number as f64),
            Value::Float(number) => Quantity::number(*number),
            Value::Text(text) => match expression_start(text) {
                Some(start) => self.constant_expression(Phrase::new(text, node.location).skip(start))?,
                None => self.written_quantity(Phrase::new(text, node.location), expected)?,
            },
            _ => return self.misfit(node, "a quantity"),
        };
        if quantity.value.is_finite() {
            return Some(quantity);
        }
        self.error(node.location, "a finite number is needed here");
        None
    }

    /// A quantity of a dimension, in base units; finite, perhaps negative.
    pub fn quantity(&mut self, node: &Node, dimension: Dimension) -> Option<f64> {
        self.quantity_of(node, &[dimension]).map(|quantity| quantity.value)
    }

    /// A quantity of one of several dimensions.
    pub fn quantity_of(&mut self, node: &Node, dimensions: &[Dimension]) -> Option<Quantity> {
        if !matches!(node.value, Value::Integer(_) | Value::Float(_) | Value::Text(_)) {
            return self.misfit(node, &words(dimensions));
        }
        let quantity = self.some_quantity(node, dimensions)?;
        if dimensions.contains(&quantity.dimension) {
            return Some(quantity);
        }
        self.wrong_dimension(node, quantity.dimension, dimensions);
        None
    }

    /// A duration, not negative.
    pub fn time(&mut self, node: &Node) -> Option<Span> {
        let seconds = self.quantity(node, Dimension::TIME)?;
        span_of(Quantity::new(seconds, Dimension::TIME), node.location, self.diagnostics)
    }

    /// A duration \[s\] that may be negative, such as the begin of a fault in the warm-up.
    pub fn signed_seconds(&mut self, node: &Node) -> Option<f64> {
        let seconds = self.quantity(node, Dimension::TIME)?;
        in_range(seconds.abs(), node.location, self.diagnostics)?;
        Some(seconds)
    }

    /// A rate \[1/s\], not negative.
    pub fn rate(&mut self, node: &Node) -> Option<f64> {
        let rate = self.quantity(node, Dimension::RATE)?;
        self.not_negative(node, rate, Dimension::RATE)
    }

    /// A size \[B\], not negative.
    pub fn bytes(&mut self, node: &Node) -> Option<f64> {
        let bytes = self.quantity(node, Dimension::BYTES)?;
        self.not_negative(node, bytes, Dimension::BYTES)
    }

    /// One of several words: its index.
    pub fn choice(&mut self, node: &Node, choices: &[&str]) -> Option<usize> {
        let text = self.text(node)?;
        let index = choices.iter().position(|choice| *choice == text);
        if index.is_none() {
            self.diagnostics.unknown(node.location, "choice", text, "", choices);
        }
        index
    }

    /// A table.
    pub fn table<'n>(&mut self, node: &'n Node) -> Option<&'n Table> {
        match &node.value {
            Value::Table(table) => Some(table),
            _ => self.misfit(node, TABLE),
        }
    }

    /// An array.
    pub fn array<'n>(&mut self, node: &'n Node) -> Option<&'n [Node]> {
        match &node.value {
            Value::Array(elements) => Some(elements),
            _ => self.misfit(node, ARRAY),
        }
    }

    /// A quantity that a step computes at run time: "= 5 s * size / segment", or a plain quantity.
    ///
    /// `variables` are the names it may use besides estimates, at most 256; they hide estimates of the same
    /// name.
    pub fn program(
        &mut self,
        node: &Node,
        dimension: Dimension,
        variables: &[Variable<'_>],
    ) -> Option<Program> {
        if let Value::Text(text) = &node.value
            && let Some(start) = expression_start(text)
        {
            let term = self.formula(Phrase::new(text, node.location).skip(start))?;
            return compile(&term, variables, self.estimates, Wanted::Quantity(dimension), self.diagnostics);
        }
        self.quantity(node, dimension).map(Program::of_constant)
    }

    /// A condition on variables: "value < 1".
    pub fn condition(&mut self, node: &Node, variables: &[Variable<'_>]) -> Option<Program> {
        let text = self.text(node)?;
        let start = expression_start(text).unwrap_or(0);
        let term = self.formula(Phrase::new(text, node.location).skip(start))?;
        compile(&term, variables, self.estimates, Wanted::Truth, self.diagnostics)
    }

    /// Reports the keys of a table that do not belong there; `context` says where, "[cache.hot]".
    pub fn check_keys(&mut self, table: &Table, context: &str, keys: &[&str]) {
        for entry in table.iter().filter(|entry| !keys.contains(&entry.name.as_str())) {
            self.diagnostics.unknown(
                entry.name_location,
                "key",
                &entry.name,
                &format!(" in {context}"),
                keys,
            );
        }
    }

    /// The value of a key that must be there; `context` says where, "[cache.hot]".
    pub fn required<'n>(&mut self, table: &'n Table, key: &str, context: &str) -> Option<&'n Node> {
        let node = table.get(key);
        if node.is_none() {
            self.error(table.location, format!("{context} needs the key `{key}`"))
                .hint(Hint::Lacking(key.to_owned()));
        }
        node
    }

    fn misfit<T>(&mut self, node: &Node, needed: &str) -> Option<T> {
        let shape = match needed {
            TABLE => Shape::Table,
            ARRAY => Shape::Array,
            _ => Shape::Other,
        };
        self.error(node.location, format!("{needed} is needed here, not {}", node.value.noun()))
            .hint(Hint::Form(shape));
        None
    }

    fn wrong_dimension(&mut self, node: &Node, found: Dimension, dimensions: &[Dimension]) {
        let words = words(dimensions);
        let units: Vec<&str> = dimensions.iter().map(|dimension| dimension.units()).collect();
        let units = units.join("; ");
        let is_bare = found == Dimension::NONE && !dimensions.contains(&Dimension::NONE);
        if is_bare {
            let meant = bare(node).map_or(Vec::new(), |number| {
                dimensions.iter().flat_map(|dimension| dimension.meant(&number)).collect()
            });
            let error = self.error(node.location, format!("{words} needs a unit: {units}"));
            if !meant.is_empty() {
                error.help(format!("write \"{}\"", meant.join("\" or \"")));
            }
        } else {
            let message = format!("{words} is needed here, but this is {found}");
            self.error(node.location, message).help(format!("units: {units}"));
        }
    }

    fn not_negative(&mut self, node: &Node, value: f64, dimension: Dimension) -> Option<f64> {
        if value >= 0.0 {
            return Some(value);
        }
        self.error(node.location, format!("{dimension} cannot be negative"));
        None
    }

    fn written_quantity(&mut self, phrase: Phrase<'_>, expected: &[Dimension]) -> Option<Quantity> {
        match parse_quantity_of(phrase.text, Calendar::default(), expected) {
            Ok(quantity) => Some(quantity),
            Err(error) => {
                self.error(phrase.at(error.range), error.message).help(error.help);
                None
            }
        }
    }

    fn formula(&mut self, phrase: Phrase<'_>) -> Option<Term> {
        parse_formula(phrase, Calendar::default(), self.diagnostics)
    }

    fn constant_expression(&mut self, phrase: Phrase<'_>) -> Option<Quantity> {
        let term = self.formula(phrase)?;
        super::estimate::evaluate(&term, self.estimates, self.diagnostics)
    }
}

/// A number without a unit, as it is written.
fn bare(node: &Node) -> Option<String> {
    match &node.value {
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Text(text) => text.parse::<f64>().is_ok_and(f64::is_finite).then(|| text.clone()),
        _ => None,
    }
}

/// The duration of a quantity: not negative, and within the range of the clock; otherwise an error is reported.
pub(super) fn span_of(quantity: Quantity, location: Location, diagnostics: &mut Diagnostics) -> Option<Span> {
    if quantity.dimension != Dimension::TIME {
        let units = Dimension::TIME.units();
        let help = match quantity.dimension {
            Dimension::NONE => format!("write its unit, as in {} s; units: {units}", quantity.value),
            _ => format!("units: {units}"),
        };
        diagnostics
            .error(location, format!("a duration is needed here, but this is {}", quantity.dimension))
            .help(help);
        return None;
    }
    if quantity.value < 0.0 {
        diagnostics.error(location, "a duration cannot be negative");
        return None;
    }
    in_range(quantity.value, location, diagnostics)?;
    Some(Span::from_seconds(quantity.value))
}

fn in_range(seconds: f64, location: Location, diagnostics: &mut Diagnostics) -> Option<()> {
    if seconds <= SECONDS_MAX {
        return Some(());
    }
    diagnostics
        .error(location, "this duration is too long")
        .help("at most 10^18 ns, which are about 31 years");
    None
}

/// Whether a text is a name: `[a-z][a-z0-9_]*`.
pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// Whether a text is a word rather than a number: "two".
fn is_word(text: &str) -> bool {
    text.trim_start().starts_with(|letter: char| letter.is_alphabetic())
}

/// Where the expression begins, if the text is one: behind its `=`.
pub(super) fn expression_start(text: &str) -> Option<usize> {
    let spaces = text.len() - text.trim_start().len();
    text[spaces..].starts_with('=').then_some(spaces + 1)
}

/// "a size or a number of objects".
fn words(dimensions: &[Dimension]) -> String {
    let words: Vec<String> = dimensions.iter().map(Dimension::to_string).collect();
    words.join(" or ")
}

#[cfg(test)]
mod tests {
    use super::super::source::Sources;
    use super::super::tree::parse;
    use super::*;

    /// What a reading of `a = TOML` gives, or its errors.
    fn read<T>(toml: &str, reading: impl Fn(&mut Reader<'_>, &Node) -> Option<T>) -> Result<T, String> {
        let (mut sources, mut diagnostics) = (Sources::new(), Diagnostics::new());
        let text = format!("a = {toml}\n[estimate]\nrate = \"10 /s\"\nn = 7\nlength = \"2 s\"");
        let root = parse(&mut sources, "x", &text, &mut diagnostics).unwrap();
        let Value::Table(table) = &root.get("estimate").unwrap().value else { panic!("a table") };
        let estimates = Estimates::read(table, &mut diagnostics);
        let result = reading(&mut Reader::new(&mut diagnostics, &estimates), root.get("a").unwrap());
        assert_eq!(result.is_none(), diagnostics.has_errors());
        result.ok_or_else(|| diagnostics.lines(&sources))
    }

    fn error<T>(message: &str) -> Result<T, String> {
        Err(format!("x:1:5: error: {message}\n"))
    }

    #[test]
    fn times_rates_and_sizes() {
        let units = "ns, us, ms, s, min, h, day";
        for (toml, expected) in [
            ("\"250 us\"", Ok(250_000)),
            ("\"0 s\"", Ok(0)),
            ("\"= 2 * length\"", Ok(4_000_000_000)),
            ("\"=length\"", Ok(2_000_000_000)),
            ("5", error(&format!("a duration needs a unit: {units} (write \"5 ms\" or \"5 s\")"))),
            ("\"0.5\"", error(&format!("a duration needs a unit: {units} (write \"0.5 ms\" or \"0.5 s\")"))),
            ("\"5 /s\"", error(&format!("a duration is needed here, but this is a rate (units: {units})"))),
            ("true", error("a duration is needed here, not a boolean")),
            ("\"-1 s\"", error("a duration cannot be negative")),
            ("\"100 year\"", error("this duration is too long (at most 10^18 ns, which are about 31 years)")),
            ("\"= length * rate\"", error(&format!("a duration needs a unit: {units}"))),
        ] {
            assert_eq!(read(toml, |reader, node| reader.time(node)).map(|span| span.0), expected, "{toml}");
        }
        assert_eq!(read("\"-30 s\"", |reader, node| reader.signed_seconds(node)), Ok(-30.0));
        assert_eq!(read("\"= 3 * rate\"", |reader, node| reader.rate(node)), Ok(30.0));
        assert_eq!(read("\"-3 /s\"", |reader, node| reader.rate(node)), error("a rate cannot be negative"));
        assert_eq!(read("\"1 GiB\"", |reader, node| reader.bytes(node)), Ok(1_073_741_824.0));
        let objects_or_bytes = [Dimension::OBJECTS, Dimension::BYTES];
        let capacity = |reader: &mut Reader<'_>, node: &Node| reader.quantity_of(node, &objects_or_bytes);
        assert_eq!(read("\"1 k objects\"", capacity), Ok(Quantity::new(1e3, Dimension::OBJECTS)));
        let message = "a number of objects or a size needs a unit: objects, as in \"100 k objects\"; \
                       B, kB, MB, GB, TB, KiB, MiB, GiB, TiB, bit (write \"7 objects\" or \"7 B\" or \"7 MB\")";
        assert_eq!(read("7", capacity), error(message));
    }

    #[test]
    fn numbers() {
        for (toml, expected) in [
            ("7", Ok(7)),
            ("7.0", Ok(7)),
            ("\"100 k\"", Ok(100_000)),
            ("\"2 Ki objects\"", Ok(2_048)),
            ("\"= n + 1\"", Ok(8)),
            ("-1", error("a whole number from 0 to 2^53 is needed here")),
            ("0.5", error("a whole number from 0 to 2^53 is needed here")),
            ("nan", error("a whole number from 0 to 2^53 is needed here")),
            ("\"1 E\"", error("a whole number from 0 to 2^53 is needed here")),
            ("\"= n / 2\"", error("a whole number from 0 to 2^53 is needed here")),
            ("[]", error("a plain number or a number of objects is needed here, not an array")),
        ] {
            assert_eq!(read(toml, |reader, node| reader.count(node)), expected, "{toml}");
        }
        let unbounded = |reader: &mut Reader<'_>, node: &Node| reader.count_or_unbounded(node);
        assert_eq!(read("\"unbounded\"", unbounded), Ok(None));
        assert_eq!(read("256", unbounded), Ok(Some(256)));
        let message = "unknown word `unbound` (a whole number is needed here, or \"unbounded\")";
        assert_eq!(read("\"unbound\"", unbounded), error(message));
        for (toml, expected) in [
            ("\"10 %\"", Ok(0.1)),
            ("0.1", Ok(0.1)),
            ("1", Ok(1.0)),
            ("\"120 %\"", error("a share lies between 0 % and 100 %")),
            ("20", error("a share lies between 0 % and 100 % (write \"20 %\")")),
            ("nan", error("a finite number is needed here")),
        ] {
            assert_eq!(read(toml, |reader, node| reader.share(node)), expected, "{toml}");
        }
    }

    #[test]
    fn words_and_containers() {
        let choice = |reader: &mut Reader<'_>, node: &Node| reader.choice(node, &["fifo", "lifo"]);
        assert_eq!(read("\"lifo\"", choice), Ok(1));
        let message = "unknown choice `fif` (did you mean `fifo`? valid choices: fifo, lifo)";
        assert_eq!(read("\"fif\"", choice), error(message));
        let name = |reader: &mut Reader<'_>, node: &Node| reader.name(node).map(str::to_owned);
        assert_eq!(read("\"web_2\"", name), Ok("web_2".to_owned()));
        for toml in ["\"Web\"", "\"2a\"", "\"\"", "\"a-b\""] {
            assert!(read(toml, name).unwrap_err().contains("is not a name"), "{toml}");
        }
        assert_eq!(read("true", |reader, node| reader.boolean(node)), Ok(true));
        assert_eq!(
            read("1", |reader, node| reader.boolean(node)),
            error("true or false is needed here, not a whole number")
        );
        assert_eq!(read("[1, 2]", |reader, node| reader.array(node).map(<[Node]>::len)), Ok(2));
        assert_eq!(
            read("1", |reader, node| reader.table(node).map(Table::len)),
            error("a table is needed here, not a whole number")
        );
        let keys = |reader: &mut Reader<'_>, node: &Node| {
            let table = reader.table(node)?;
            reader.check_keys(table, "[cache.hot]", &["capacity", "eviction"]);
            reader
                .required(table, "eviction", "[cache.hot]")
                .filter(|_| !reader.diagnostics.has_errors())
                .map(|_| ())
        };
        assert_eq!(read("{ capacity = 1, eviction = 2 }", keys), Ok(()));
        let expected = "x:1:5: error: [cache.hot] needs the key `eviction`\n\
                        x:1:7: error: unknown key `capcity` in [cache.hot] \
                        (did you mean `capacity`? valid keys: capacity, eviction)\n";
        assert_eq!(read("{ capcity = 1 }", keys), Err(expected.to_owned()));
    }

    #[test]
    fn expressions_point_at_their_column() {
        let variables = [Variable { name: "size", dimension: Dimension::BYTES }];
        let program =
            |reader: &mut Reader<'_>, node: &Node| reader.program(node, Dimension::TIME, &variables);
        let condition = |reader: &mut Reader<'_>, node: &Node| reader.condition(node, &variables);
        assert_eq!(read("\"= length * size / 1 kB\"", program).unwrap().evaluate(|_| 500.0), 1.0);
        assert_eq!(read("\"5 ms\"", program).unwrap().constant(), Some(0.005));
        assert_eq!(read("\"size < 1 kB\"", condition).unwrap().evaluate(|_| 500.0), 1.0);
        for (toml, expected) in [
            ("\"= length + size\"", "x:1:8: error: a duration cannot be added to a size\n"),
            (
                "\"  = lenght\"",
                "x:1:10: error: unknown name `lenght` (did you mean `length`? valid names: size, length, n, \
                rate)\n",
            ),
            (
                "\"\\t= lenght\"",
                "x:1:5: error: unknown name `lenght` (did you mean `length`? valid names: size, length, n, \
                rate)\n",
            ),
        ] {
            assert_eq!(read(toml, program), Err(expected.to_owned()), "{toml}");
        }
    }
}
