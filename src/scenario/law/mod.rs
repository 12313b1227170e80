//! Distributions and counts as a scenario writes them: a quantity, or a table with one law.

mod list;
#[cfg(test)]
mod tests;

pub use list::{Gives, LAWS, LawSpec};

use super::beside::Beside;
use super::diagnostic::Diagnostics;
use super::dimension::Dimension;
use super::form::{Field, Form};
use super::quantity::Quantity;
use super::reader::Reader;
use super::suggestion::choices_help;
use super::tree::{Entry, Node, Table, Value};
use crate::distribution::Distribution;
use crate::files::FileMap;
use std::sync::Arc;

impl Reader<'_> {
    /// A duration \[s\] that may vary: see [`Reader::law`].
    pub fn duration(&mut self, node: &Node) -> Option<Distribution> {
        self.law(node, Dimension::TIME)
    }

    /// A quantity that may vary, in base units: "5 ms" or "= expression" for a constant, or a table with one of
    /// [`LAWS`]. No value may be negative or beyond 10^9 s for durations, 2^53 in base units for the rest.
    pub fn law(&mut self, node: &Node, dimension: Dimension) -> Option<Distribution> {
        let Value::Table(table) = &node.value else {
            let value = self.magnitude(node, dimension)?;
            return self.accept(node, Distribution::constant(value));
        };
        let (law, entry) = self.only_law(table, dimension)?;
        if !law.keys.is_empty() {
            let Value::Table(parameters) = &entry.node.value else {
                return self.wrong_form(law, &entry.node);
            };
            self.check_keys(parameters, &format!("`{}`", law.name), law.keys);
            if !parameters.iter().all(|parameter| law.keys.contains(&parameter.name.as_str())) {
                return None;
            }
        }
        let made = (law.read)(&mut Parameters { reader: self, law, node: &entry.node, dimension })?;
        let made = made.map_err(|message| with_units(&message, law, dimension));
        let made = self.accept(&entry.node, made)?;
        // What parts of a mixture lack was said of them.
        if !matches!(made, Distribution::Mixture(_)) {
            self.look_for_moments(&made, entry);
        }
        Some(made)
    }

    /// Says so if a law has no mean, or no variance.
    fn look_for_moments(&mut self, law: &Distribution, entry: &Entry) {
        let (lint, message, label, needed) = match (law.mean(), law.scv()) {
            (Some(_), Some(_)) => return,
            (Some(_), None) => (
                "no_variance",
                format!("this `{}` has no variance", entry.name),
                "those who wait behind it wait without bound on average",
                2,
            ),
            (None, _) => (
                "no_mean",
                format!("this `{}` has no mean", entry.name),
                "the longer the run, the larger the average",
                1,
            ),
        };
        let shape = match &entry.node.value {
            Value::Table(parameters) => parameters.get("shape"),
            _ => None,
        };
        let help = format!("write a `shape` above {needed}, or an upper end: `max = ...`");
        let location = shape.unwrap_or(&entry.node).location;
        self.diagnostics.lint(lint, location, message).label(label).help(help);
    }

    /// A count that may vary: a whole number, or a table with one of [`LAWS`] without unit, whose values are rounded.
    pub fn counts(&mut self, node: &Node) -> Option<Distribution> {
        if let Value::Table(_) = node.value {
            return self.law(node, Dimension::NONE);
        }
        let count = self.count(node)?;
        self.accept(node, Distribution::constant(count as f64))
    }

    /// What a constructor made of a node's values; its error is reported there.
    pub fn accept<T>(&mut self, node: &Node, made: Result<T, String>) -> Option<T> {
        match made {
            Ok(value) => Some(value),
            Err(message) => {
                self.error(node.location, message);
                None
            }
        }
    }

    /// A law as a listing shows it: `5 ms`, `exponential 0.5 ms`, `lognormal median 2 ms, p99 20 ms`. Expressions are
    /// shown by their value.
    pub fn source_text(&self, node: &Node) -> String {
        match &node.value {
            Value::Text(text) if text.trim_start().starts_with('=') => {
                let value = Reader::new(&mut Diagnostics::new(), self.estimates).any_quantity(node);
                value.map_or_else(|| text.clone(), |quantity| quantity.human())
            }
            Value::Text(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
            Value::Integer(number) => number.to_string(),
            Value::Float(number) => number.to_string(),
            Value::Boolean(truth) => truth.to_string(),
            Value::Datetime(text) => text.clone(),
            Value::Array(elements) => {
                elements.iter().map(|element| self.source_text(element)).collect::<Vec<_>>().join(" to ")
            }
            Value::Table(table) => self.table_text(table),
        }
    }

    /// Names and values, those of a law in the order of its keys.
    fn table_text(&self, table: &Table) -> String {
        let text_of = |entry: &Entry| {
            let keys = find(&entry.name).map_or(&[][..], |law| law.keys);
            let value = match &entry.node.value {
                Value::Table(parameters) => {
                    let texts = keys.iter().filter_map(|key| Some((key, parameters.get(key)?)));
                    let texts = texts.map(|(key, node)| format!("{key} {}", self.source_text(node)));
                    texts.collect::<Vec<_>>().join(", ")
                }
                Value::Array(parts) if parts.iter().any(|part| matches!(part.value, Value::Table(_))) => {
                    parts.iter().map(|part| self.part_text(part)).collect::<Vec<_>>().join(", ")
                }
                _ => self.source_text(&entry.node),
            };
            format!("{} {value}", entry.name)
        };
        table.iter().map(text_of).collect::<Vec<_>>().join(", ")
    }

    /// A part of a mixture: `90 % of exponential 0.5 ms`.
    fn part_text(&self, part: &Node) -> String {
        let Value::Table(table) = &part.value else { return self.source_text(part) };
        let [share, of] =
            ["share", "of"].map(|key| table.get(key).map_or(String::new(), |node| self.source_text(node)));
        format!("{share} of {of}")
    }

    /// The one law of a table, with its entry.
    fn only_law<'n>(
        &mut self,
        table: &'n Table,
        dimension: Dimension,
    ) -> Option<(&'static LawSpec, &'n Entry)> {
        let fits = |law: &&LawSpec| law.gives == Gives::Anything || dimension == Dimension::NONE;
        let choices: Vec<&str> = LAWS.iter().filter(fits).map(|law| law.name).collect();
        let mut found: Option<(&'static LawSpec, &'n Entry)> = None;
        let mut is_valid = true;
        for entry in table.iter() {
            let location = entry.name_location;
            match (find(&entry.name), found) {
                (None, _) => {
                    self.diagnostics.unknown(location, "law", &entry.name, "", &choices);
                }
                (Some(law), _) if !fits(&law) => {
                    let message = format!("`{}` gives counts, but {dimension} is needed here", law.name);
                    self.error(location, message).help(format!("valid laws: {}", choices.join(", ")));
                }
                (Some(law), Some((first, _))) => {
                    let message =
                        format!("a distribution has one law, not `{}` and `{}`", first.name, law.name);
                    self.error(location, message);
                }
                (Some(law), None) => {
                    found = Some((law, entry));
                    continue;
                }
            }
            is_valid = false;
        }
        if table.is_empty() {
            self.error(table.location, "a distribution needs a law").help(choices_help("law", "", &choices));
        }
        found.filter(|_| is_valid)
    }

    /// A quantity that no law may have negative or without bound.
    fn magnitude(&mut self, node: &Node, dimension: Dimension) -> Option<f64> {
        let value = self.quantity(node, dimension)?;
        if value < 0.0 {
            self.error(node.location, format!("{dimension} cannot be negative"));
            return None;
        }
        let max = largest(dimension);
        let limit = match dimension {
            Dimension::TIME => "10^9 s, which are about 31 years".to_owned(),
            _ => format!("2^53 {}", dimension.base_unit()).trim_end().to_owned(),
        };
        if value <= max {
            return Some(value);
        }
        let found = Quantity::new(value, dimension).human();
        self.error(node.location, format!("{dimension} of {found} is too large"))
            .help(format!("at most {limit}"));
        None
    }

    fn wrong_form<T>(&mut self, law: &LawSpec, node: &Node) -> Option<T> {
        let message = format!("`{}` is followed by {}, not by {}", law.name, law.takes, node.value.noun());
        self.error(node.location, message).help(format!("as in {}", law.example));
        None
    }
}

/// What a constructor says of the parameters of a law, which it knows in base units only: with the units of those that measure
/// what the law is of.
fn with_units(message: &str, law: &LawSpec, dimension: Dimension) -> String {
    let name = message.split('`').nth(1).unwrap_or_default();
    let form = Form::parse(law.takes).ok();
    let is_measured = |field: &Field| matches!(&field.form, Form::Word(word) if word.starts_with("VALUE"));
    let fields = form.iter().flat_map(Form::fields);
    let is_number = fields.filter(|field| field.name == name).any(|field| !is_measured(field));
    if is_number || dimension == Dimension::NONE {
        return message.to_owned();
    }
    let mut text = String::new();
    let mut before = "";
    for word in message.split_inclusive(' ') {
        let number = word.trim_end().trim_end_matches(',');
        match number.parse::<f64>() {
            Ok(value) if ["is ", "= "].contains(&before) => {
                text += &Quantity::new(value, dimension).human();
                text += &word[number.len()..];
            }
            _ => text += word,
        }
        before = word;
    }
    text
}

/// The largest value of a law, in base units.
fn largest(dimension: Dimension) -> f64 {
    /// Seconds; the clock's range is 18 times that.
    const SECONDS_MAX: f64 = 1e9;
    /// Whole numbers up to here are exact in a float: 2^53.
    const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
    if dimension == Dimension::TIME { SECONDS_MAX } else { EXACT_MAX }
}

fn find(name: &str) -> Option<&'static LawSpec> {
    LAWS.iter().find(|law| law.name == name)
}

/// The value of a law's key, from which the law takes what it needs.
struct Parameters<'r, 'b, 'n> {
    reader: &'r mut Reader<'b>,
    law: &'static LawSpec,
    node: &'n Node,
    dimension: Dimension,
}

impl<'n> Parameters<'_, '_, 'n> {
    /// The value is the only parameter.
    fn value(&mut self) -> Option<f64> {
        match self.node.value {
            Value::Table(_) | Value::Array(_) => self.reader.wrong_form(self.law, self.node),
            _ => self.reader.magnitude(self.node, self.dimension),
        }
    }

    /// The value is an array of two.
    fn pair(&mut self) -> Option<[f64; 2]> {
        let Value::Array(elements) = &self.node.value else {
            return self.reader.wrong_form(self.law, self.node);
        };
        let [low, high] = elements.as_slice() else {
            let message = format!("`{}` needs {} and nothing else", self.law.name, self.law.takes);
            self.reader.error(self.node.location, message);
            return None;
        };
        let ends = [low, high].map(|end| self.reader.magnitude(end, self.dimension));
        Some([ends[0]?, ends[1]?])
    }

    /// The values of the file that is named.
    fn file(&mut self) -> Option<Vec<f64>> {
        let Value::Text(path) = &self.node.value else {
            return self.reader.wrong_form(self.law, self.node);
        };
        let nothing = Beside::new(Arc::new(FileMap::default()));
        let beside = self.reader.beside.unwrap_or(&nothing);
        let values = beside.values(path, self.dimension, largest(self.dimension));
        let report = |(message, help): (String, Option<String>)| {
            let error = self.reader.error(self.node.location, message);
            if let Some(help) = help {
                error.help(help);
            }
        };
        values.map_err(|wrong| wrong.into_iter().for_each(report)).ok()
    }

    /// The value is an array of shares, each of a law.
    fn parts(&mut self) -> Option<Vec<(f64, Distribution)>> {
        let Value::Array(elements) = &self.node.value else {
            return self.reader.wrong_form(self.law, self.node);
        };
        let context = format!("a part of a `{}`", self.law.name);
        let (reader, dimension) = (&mut *self.reader, self.dimension);
        let mut part = |element: &Node| {
            let table = reader.table(element)?;
            reader.check_keys(table, &context, &["share", "of"]);
            let share = reader.required(table, "share", &context).and_then(|node| reader.share(node));
            let of = reader.required(table, "of", &context).and_then(|node| reader.law(node, dimension));
            Some((share?, of?))
        };
        // All are read, also those behind one that is wrong.
        let parts: Vec<Option<(f64, Distribution)>> = elements.iter().map(&mut part).collect();
        parts.into_iter().collect()
    }

    /// What is asked for in the unit of the law's values.
    fn measure(&mut self, key: &str) -> Option<f64> {
        let node = self.parameter(key)?;
        self.reader.magnitude(node, self.dimension)
    }

    /// A plain number.
    fn number(&mut self, key: &str) -> Option<f64> {
        let node = self.parameter(key)?;
        self.reader.number(node)
    }

    /// A whole number; one that is far too large stays too large.
    fn count(&mut self, key: &str) -> Option<u32> {
        let node = self.parameter(key)?;
        let count = self.reader.count(node)?;
        Some(u32::try_from(count).unwrap_or(u32::MAX))
    }

    fn has(&self, key: &str) -> bool {
        self.table().get(key).is_some()
    }

    fn parameter(&mut self, key: &str) -> Option<&'n Node> {
        let table = self.table();
        self.reader.required(table, key, &format!("`{}`", self.law.name))
    }

    fn table(&self) -> &'n Table {
        let Value::Table(table) = &self.node.value else { unreachable!("the form has been checked") };
        table
    }
}
