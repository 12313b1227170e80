//! `list`: what the language offers, from the lists in the code, and what a scenario measures.

use super::exit::{Exit, Trouble};
use super::options::Format;
use super::{load, print, walk};
use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Arg, Args, Subcommand};
use serde_json::{Map, Value};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use windtunnel::component::{KINDS, Key, Operation, POLICIES, Spec};
use windtunnel::figures::Catalogue;
use windtunnel::mechanism::eviction;
use windtunnel::outcome::{self, Class};
use windtunnel::plan::declare::keys_of;
use windtunnel::plan::lint::{LINTS, Lint};
use windtunnel::plan::verbs::VERBS;
use windtunnel::plan::{CAMPAIGN_KEYS, CONDITIONS, Document, FAULT_KEYS, build, policy};
use windtunnel::scenario::{CONSTANTS, Diagnostics, LAWS, Slip, suggest};
use windtunnel::schema::WORDS;
use windtunnel::station::Discipline;

/// List what scenarios can say, what one of them measures, or the scenarios of a folder
#[derive(Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: What,

    /// What is printed: aligned columns, or a JSON array of objects
    #[arg(long, value_enum, default_value_t, global = true)]
    format: Format,
}

#[derive(Subcommand)]
enum What {
    /// Kinds of components with their operations, or the keys of one kind
    Components {
        /// The kind
        #[arg(value_parser = Known(kinds), hide_possible_values = true)]
        kind: Option<String>,
    },
    /// Verbs of handlers
    Verbs,
    /// Distributions of durations, sizes and counts
    Distributions,
    /// How a balancer picks a target
    Policies,
    /// Orders in which those who wait are served
    Disciplines,
    /// Orders in which a cache gives up objects
    Evictions,
    /// Keys of `[call."A -> B"]`
    Calls,
    /// Keys of `[fault.NAME]` and `[campaign.NAME]`: schedules and conditions
    Faults,
    /// Outcomes of operations
    Outcomes,
    /// Quantities with a name that every formula knows
    Constants,
    /// Kinds of slips in noted figures
    Slips,
    /// Lints, or the explanation of one
    Lints {
        /// The lint
        #[arg(value_parser = Known(lints), hide_possible_values = true)]
        id: Option<String>,
    },
    /// The words for what keys take: TIME, COUNT, TARGET
    Values,
    /// The metrics of a scenario
    Metrics {
        /// The scenario
        file: PathBuf,
        /// Those of this variant
        #[arg(long, value_name = "NAME")]
        variant: Option<String>,
    },
    /// Scenarios with their questions
    Scenarios {
        /// Where they are
        #[arg(default_value = "scenarios")]
        folder: PathBuf,
    },
}

/// Any text; shells offer those that there are.
#[derive(Clone)]
struct Known(fn() -> Vec<&'static str>);

impl TypedValueParser for Known {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&Arg>,
        value: &OsStr,
    ) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new((self.0)().into_iter().map(PossibleValue::new)))
    }
}

fn kinds() -> Vec<&'static str> {
    KINDS.iter().map(|kind| kind.name).collect()
}

fn lints() -> Vec<&'static str> {
    LINTS.iter().map(|lint| lint.id).collect()
}

/// The command.
pub(super) fn list(arguments: &Arguments) -> Result<Exit, Trouble> {
    let listing = match &arguments.what {
        What::Components { kind: None } => components(),
        What::Components { kind: Some(kind) } => keys(kind)?,
        What::Verbs => verbs(),
        What::Distributions => distributions(),
        What::Policies => {
            Listing::new(&["policy", "meaning"], POLICIES.iter().map(|(name, doc)| texts(&[name, doc])))
        }
        What::Disciplines => {
            let rows = Discipline::ALL.iter().map(|(name, _, doc)| texts(&[name, doc]));
            Listing::new(&["discipline", "meaning"], rows)
        }
        What::Evictions => {
            let rows = eviction::Kind::ALL.iter().map(|kind| texts(&[kind.name(), kind.doc()]));
            Listing::new(&["eviction", "meaning"], rows)
        }
        What::Calls => {
            let rows = policy::KEYS.iter().map(|key| texts(&[key.name, key.takes, key.doc]));
            Listing::new(&["key", "takes", "meaning"], rows)
        }
        What::Faults => faults(),
        What::Outcomes => outcomes(),
        What::Constants => {
            let rows = CONSTANTS.iter().map(|one| texts(&[one.name, one.value, one.doc, one.source]));
            Listing::new(&["constant", "value", "meaning", "source"], rows)
        }
        What::Slips => {
            Listing::new(&["slip", "meaning"], Slip::ALL.iter().map(|(_, word, doc)| texts(&[word, doc])))
        }
        What::Lints { id: None } => {
            Listing::new(&["lint", "meaning"], LINTS.iter().map(|lint| texts(&[lint.id, lint.summary])))
        }
        What::Lints { id: Some(id) } => {
            let lint = lint(id)?;
            if arguments.format == Format::Text {
                print::result(&explanation(lint))?;
                return Ok(Exit::Pass);
            }
            let cells = [lint.id, lint.summary, lint.explanation, lint.bad, lint.good];
            Listing::new(&["lint", "meaning", "explanation", "bad", "good"], [texts(&cells)])
        }
        What::Values => {
            let rows = WORDS.iter().map(|word| texts(&[word.name, &word.examples.join(", "), word.doc]));
            Listing::new(&["value", "examples", "meaning"], rows)
        }
        What::Metrics { file, variant } => metrics(file, variant.as_deref())?,
        What::Scenarios { folder } => scenarios(folder)?,
    };
    print::result(&match (arguments.format, print::width()) {
        (Format::Text, Some(width)) => listing.text_within(width),
        (Format::Text, None) => listing.text(),
        (Format::Json, _) => listing.json(),
    })?;
    Ok(Exit::Pass)
}

/// Columns with their names, and rows.
struct Listing {
    titles: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// No column but the first is wider: a single long cell would push all others out of sight.
const WIDTH_MAX: usize = 30;

/// What stands between columns.
const GAP: &str = "  ";

impl Listing {
    fn new(columns: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> Listing {
        Listing { titles: texts(columns), rows: rows.into_iter().collect() }
    }

    /// The columns aligned, a line for each row; a cell that is longer than others may be moves what follows it.
    fn text(&self) -> String {
        let widths = self.widths();
        self.lines().map(|row| line(row, &widths) + "\n").collect()
    }

    /// The same for a terminal of this width: where a row is too long for it, the last cell of each goes below the others.
    fn text_within(&self, width: usize) -> String {
        let whole = self.text();
        if whole.lines().all(|line| line.chars().count() <= width) {
            return whole;
        }
        let widths = self.widths();
        let rows = self.lines().map(|row| {
            let (last, others) = row.split_last().expect("there is a column");
            let first = widths[0] + GAP.len();
            match others {
                [only] => hung(&format!("{only:first$}{last}"), width, first),
                _ => hung(&line(others, &widths), width, first) + &hung(&format!("    {last}"), width, 4),
            }
        });
        rows.collect()
    }

    /// The titles, then the rows.
    fn lines(&self) -> impl Iterator<Item = &[String]> {
        [&self.titles[..]].into_iter().chain(self.rows.iter().map(Vec::as_slice))
    }

    /// How wide the columns are: the first as its longest cell, the others as most of them need.
    fn widths(&self) -> Vec<usize> {
        let longest =
            |column: usize| self.lines().map(|row| row[column].chars().count()).max().unwrap_or_default();
        let width = |column| if column == 0 { longest(0) } else { longest(column).min(WIDTH_MAX) };
        (0..self.titles.len()).map(width).collect()
    }

    /// An array of objects, whose keys are the names of the columns.
    fn json(&self) -> String {
        let object = |row: &Vec<String>| {
            let cells = self.titles.iter().zip(row);
            let pairs = cells.map(|(title, cell)| (title.clone(), Value::from(cell.as_str())));
            Value::Object(pairs.collect::<Map<String, Value>>())
        };
        format!("{:#}\n", Value::Array(self.rows.iter().map(object).collect()))
    }
}

/// Cells beside each other.
fn line(cells: &[String], widths: &[usize]) -> String {
    let cells = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
    cells.collect::<Vec<String>>().join(GAP).trim_end().to_owned()
}

fn texts(cells: &[&str]) -> Vec<String> {
    cells.iter().map(|cell| (*cell).to_owned()).collect()
}

fn components() -> Listing {
    let row = |kind: &Spec| {
        let operations: Vec<String> = kind.operations.iter().map(operation).collect();
        texts(&[kind.name, &operations.join(", "), kind.doc])
    };
    Listing::new(&["kind", "operations", "meaning"], KINDS.iter().map(row))
}

/// "get (miss)".
fn operation(operation: &Operation) -> String {
    let outcomes: Vec<&str> = operation.outcomes.iter().map(|id| outcome::ALL[id.index()].word).collect();
    match outcomes[..] {
        [] => operation.name.to_owned(),
        _ => format!("{} ({})", operation.name, outcomes.join(", ")),
    }
}

/// The keys of a kind: its own, then those of every station.
fn keys(name: &str) -> Result<Listing, Trouble> {
    let Some(kind) = KINDS.iter().find(|kind| kind.name == name) else {
        return Err(Trouble::invalid(format!("unknown kind `{name}`; kinds: {}", kinds().join(", "))));
    };
    let row = |key: &Key| texts(&[key.name, key.takes, key.doc]);
    Ok(Listing::new(&["key", "takes", "meaning"], keys_of(kind).iter().map(row)))
}

fn verbs() -> Listing {
    let rows = VERBS.iter().map(|verb| texts(&[verb.name, verb.takes, &verb.keys.join(", "), verb.doc]));
    Listing::new(&["verb", "takes", "keys", "meaning"], rows)
}

fn distributions() -> Listing {
    let rows = LAWS.iter().map(|law| texts(&[law.name, law.takes, law.example, law.doc]));
    Listing::new(&["law", "takes", "example", "meaning"], rows)
}

/// The keys of schedules, then each condition with its keys.
fn faults() -> Listing {
    let key = |of: &str, key: &Key| texts(&[of, key.name, key.takes, key.doc]);
    let schedules = FAULT_KEYS.iter().map(|at| key("fault", at));
    let schedules = schedules.chain(CAMPAIGN_KEYS.iter().map(|mttf| key("campaign", mttf)));
    let conditions = CONDITIONS.iter().flat_map(|condition| {
        let own = condition.keys.iter().map(|own| key(condition.name, own));
        let first = texts(&[condition.name, condition.name, condition.takes, condition.doc]);
        [first].into_iter().chain(own).collect::<Vec<_>>()
    });
    Listing::new(&["of", "key", "takes", "meaning"], schedules.chain(conditions))
}

/// The lint of this name.
fn lint(id: &str) -> Result<&'static Lint, Trouble> {
    LINTS.iter().find(|lint| lint.id == id).ok_or_else(|| {
        let near = suggest(id, lints()).map_or(String::new(), |near| format!("did you mean `{near}`? "));
        Trouble::invalid(format!("unknown lint `{id}`; {near}`windtunnel list lints` shows all"))
    })
}

/// All that can be said of a lint.
fn explanation(lint: &Lint) -> String {
    let indented = |text: &str| text.lines().map(|line| format!("    {line}\n")).collect::<String>();
    format!(
        "{}: {}\n\n{}\n\nIt is told of\n\n{}\nbut not of\n\n{}\nTo allow it:\n\n    [lint]\n    allow = [\"{}\"]\n",
        lint.id,
        lint.summary,
        wrapped(lint.explanation),
        indented(lint.bad),
        indented(lint.good),
        lint.id,
    )
}

/// A text on lines that a terminal holds.
fn wrapped(text: &str) -> String {
    hung(text, 100, 0).trim_end().to_owned()
}

/// A line cut between words into lines of this width, all but the first indented. Spaces in a line stay as they are.
fn hung(text: &str, width: usize, indent: usize) -> String {
    // Where nearly nothing is left beside the indent, it would be a column of single words.
    let indent = indent.min(width / 2);
    let mut lines = vec![String::new()];
    let mut length = 0;
    for word in text.split_inclusive(' ') {
        let letters = word.trim_end().chars().count();
        if length > indent && length + letters > width {
            lines.push(" ".repeat(indent));
            length = indent;
        }
        lines.last_mut().expect("there is a line").push_str(word);
        length += word.chars().count();
    }
    lines.iter().map(|line| line.trim_end().to_owned() + "\n").collect()
}

fn outcomes() -> Listing {
    let row = |word: &outcome::Word| {
        let class = if word.class == Class::Failure { "failure" } else { "answer" };
        texts(&[word.word, class, word.doc.trim()])
    };
    Listing::new(&["outcome", "class", "meaning"], outcome::ALL.iter().map(row))
}

fn metrics(file: &Path, variant: Option<&str>) -> Result<Listing, Trouble> {
    let text = load::read(file)?;
    let mut diagnostics = Diagnostics::new();
    let (sources, document) = Document::parse(&file.display().to_string(), &text, &[], &mut diagnostics);
    let scenario = document
        .and_then(|document| build(&document.with_files(load::Beside::of(file)), variant, &mut diagnostics));
    // Lints are for those who run it.
    diagnostics.retain_warnings(|_| false);
    load::show(&diagnostics, &sources);
    let scenario = scenario.ok_or(Trouble::said(Exit::Invalid))?;
    let catalogue = Catalogue::of(&scenario.plan);
    let rows = catalogue.iter().map(|(name, definition)| texts(&[name, definition.unit, definition.doc]));
    Ok(Listing::new(&["metric", "unit", "meaning"], rows))
}

fn scenarios(folder: &Path) -> Result<Listing, Trouble> {
    if !folder.is_dir() {
        return Err(Trouble::invalid(format!("{} is not a folder", folder.display())));
    }
    let mut rows = Vec::new();
    for file in walk::Found::at(folder)?.scenarios {
        rows.push(texts(&[&file.display().to_string(), &question(&load::read(&file)?)]));
    }
    Ok(Listing::new(&["scenario", "question"], rows))
}

/// The comment with which a scenario begins.
fn question(text: &str) -> String {
    let lines = text.lines().skip_while(|line| line.starts_with("#:") || line.is_empty());
    let comments = lines.take_while(|line| line.starts_with('#'));
    let words = comments.map(|line| line.trim_start_matches('#').trim()).filter(|line| !line.is_empty());
    let said = words.collect::<Vec<&str>>().join(" ");
    let asked = said.strip_prefix("Question:").unwrap_or(&said).trim();
    // What stands behind the question mark is the answer.
    asked.split_inclusive('?').next().unwrap_or(asked).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let listing = Listing::new(&["a", "b"], [texts(&["long", "x"]), texts(&["é", "y"])]);
        assert_eq!(listing.text(), "a     b\nlong  x\né     y\n");
        // A long cell does not widen its column.
        let long = "x".repeat(40);
        let listing =
            Listing::new(&["a", "takes", "b"], [texts(&["1", &long, "x"]), texts(&["2", "y", "z"])]);
        let expected = format!("a  {:30}  b\n1  {long}  x\n2  {:30}  z\n", "takes", "y");
        assert_eq!(listing.text(), expected);
        let listing = Listing::new(&["a", "b"], [texts(&["long", "x"]), texts(&["é", "y"])]);
        let json = listing.json().replace([' ', '\n'], "");
        assert_eq!(json, "[{\"a\":\"long\",\"b\":\"x\"},{\"a\":\"é\",\"b\":\"y\"}]");
    }

    #[test]
    fn a_terminal_shows_what_does_not_fit_below() {
        let two = Listing::new(&["law", "meaning"], [texts(&["even", "one two three four five"])]);
        let three = Listing::new(
            &["key", "takes", "meaning"],
            [texts(&["of", "TIME | { a lot = VALUE }", "one two three four five"]), texts(&["on", "X", "y"])],
        );
        for (listing, width, expected) in [
            (&two, 40, "law   meaning\neven  one two three four five\n"),
            (&two, 20, "law   meaning\neven  one two three\n      four five\n"),
            (
                &three,
                20,
                "key  takes\n    meaning\nof   TIME | { a lot\n     = VALUE }\n    one two three\n    four five\n\
                 on   X\n    y\n",
            ),
        ] {
            assert_eq!(listing.text_within(width), expected);
        }
        for kind in KINDS {
            let text = keys(kind.name).unwrap().text_within(80);
            assert!(text.lines().all(|line| line.chars().count() <= 80), "{}\n{text}", kind.name);
        }
    }

    #[test]
    fn the_question_is_the_first_comment() {
        for (text, expected) in [
            ("# Question: does it\n# hold?\n\n# not this\n[scenario]\n", "does it hold?"),
            ("#:schema ./x.json\n\n# Question: does it?\n# Yes.\n", "does it?"),
            ("# A text.\n", "A text."),
            ("[scenario]\n# late\n", ""),
        ] {
            assert_eq!(question(text), expected);
        }
    }
}
