//! Traces: requests that were recorded, asked again at the same times.
//!
//! A trace is read twice and never held: once before the run, which finds everything that is wrong with it, and line by line
//! while it is replayed.

use super::keys::made_key;
use crate::files::{Files, Mistake, Rows};
use crate::kernel::random::{hash_name, mix};
use crate::scenario::{choices_help, shorten};
use crate::units::Span;
use std::io::BufRead;
use std::sync::Arc;

/// What a column of a trace says of each request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Column {
    /// When it comes, on the clock of the file \[s\].
    Time,
    /// What it asks for.
    Operation,
    /// What it is about.
    Key,
    /// How large its value is \[B\].
    Size,
    /// Who asks.
    User,
}

impl Column {
    /// All columns, with their names.
    pub const ALL: [(&str, Column); 5] = [
        ("time", Column::Time),
        ("operation", Column::Operation),
        ("key", Column::Key),
        ("size", Column::Size),
        ("user", Column::User),
    ];
}

/// Keys that are numbers are below 2^62; what a trace has from there on is taken for text.
const NUMBER_END: u64 = 1 << 62;

/// Whole numbers up to here are exact in a float: 2^53 \[B\].
const SIZE_MAX: u64 = 1 << 53;

/// Later times are none: about 31 years \[s\].
const TIME_MAX: f64 = 1e9;

/// After so many mistakes nobody wants to read on.
const MISTAKES_MAX: usize = 20;

/// A request as a line of a trace tells it; what has no column is not told.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Told {
    /// When it comes after time 0 of the file's clock.
    pub at: Span,
    /// What it asks for, as an index into [`Trace::operations`].
    pub operation: Option<u32>,
    /// What it is about.
    pub key: Option<u64>,
    /// How large its value is \[B\].
    pub size: Option<u64>,
    /// Who asks.
    pub user: Option<u64>,
}

/// A trace file of which the header has been read.
pub struct TraceReader {
    rows: Rows,
    columns: Vec<Column>,
    /// The time of the last good line \[s\].
    last: f64,
}

impl TraceReader {
    /// Reads the header of a trace; all that is wrong with it is said.
    pub fn new(input: Box<dyn BufRead>) -> Result<TraceReader, Vec<Mistake>> {
        let mut rows = Rows::new(input);
        let is_empty = !rows.advance().map_err(|mistake| vec![mistake])?;
        let names = Column::ALL.map(|(name, _)| name);
        let (mut columns, mut mistakes) = (Vec::new(), Vec::new());
        for index in 0..rows.len() {
            let name = rows.field(index);
            match Column::ALL.iter().find(|(known, _)| *known == name) {
                None => mistakes.push(Mistake {
                    help: Some(choices_help("column", name, &names)),
                    ..rows.mistake(index, format!("unknown column `{}`", shorten(name)))
                }),
                Some((_, column)) if columns.contains(column) => {
                    mistakes.push(rows.mistake(index, format!("there are two columns `{name}`")));
                }
                Some((_, column)) => columns.push(*column),
            }
        }
        if mistakes.is_empty() && !columns.contains(&Column::Time) {
            let message = if is_empty { "the file is empty" } else { "the column `time` is missing" };
            let help = format!("a trace begins with a line of names: valid columns: {}", names.join(", "));
            mistakes.push(Mistake { help: Some(help), ..rows.mistake(0, message) });
        }
        if mistakes.is_empty() { Ok(TraceReader { rows, columns, last: 0.0 }) } else { Err(mistakes) }
    }

    /// Whether there is such a column.
    pub fn has(&self, column: Column) -> bool {
        self.columns.contains(&column)
    }

    /// What the next line tells; none at the end. Nothing is told by a line with a mistake.
    fn next(&mut self, operations: &[Operation], mistakes: &mut Vec<Mistake>) -> Option<Option<Told>> {
        match self.rows.advance() {
            Ok(true) => {}
            Ok(false) => return None,
            Err(mistake) => {
                mistakes.push(mistake);
                return Some(None);
            }
        }
        let (found, named) = (self.rows.len(), self.columns.len());
        if found != named {
            let noun = if found == 1 { "field" } else { "fields" };
            let message = format!("this line has {found} {noun}, the header {named}");
            mistakes.push(self.rows.mistake(found.min(named), message));
            return Some(None);
        }
        let (before, mut told) = (mistakes.len(), Told::default());
        for (index, column) in self.columns.iter().enumerate() {
            let text = self.rows.field(index);
            let read = match column {
                Column::Time => time(text, &mut self.last).map(|at| told.at = at),
                Column::Operation => find(operations, text).map(|found| told.operation = Some(found)),
                Column::Key => identity(text, "key").map(|key| told.key = Some(key)),
                Column::Size => size(text).map(|size| told.size = Some(size)),
                Column::User => identity(text, "user").map(|user| told.user = Some(user)),
            };
            mistakes.extend(
                read.err()
                    .map(|Wrong { message, help }| Mistake { help, ..self.rows.mistake(index, message) }),
            );
        }
        Some((mistakes.len() == before).then_some(told))
    }
}

/// What is wrong with a field.
struct Wrong {
    message: String,
    help: Option<String>,
}

impl From<String> for Wrong {
    fn from(message: String) -> Wrong {
        Wrong { message, help: None }
    }
}

fn time(text: &str, last: &mut f64) -> Result<Span, Wrong> {
    let seconds = text.parse::<f64>().ok().filter(|seconds| (0.0..=TIME_MAX).contains(seconds));
    let Some(seconds) = seconds else {
        return Err(format!("a time is a number of seconds from 0 to 10^9, not `{}`", shorten(text)).into());
    };
    if seconds < *last {
        return Err(format!("times ascend, but {seconds} s is before {last} s").into());
    }
    *last = seconds;
    Ok(Span::from_seconds(seconds))
}

/// The index of an operation, written with its component, or without it if one component alone has such an operation.
fn find(operations: &[Operation], text: &str) -> Result<u32, Wrong> {
    let with = operations.iter().position(|operation| operation.name == text);
    let without = || operations.iter().position(|operation| short_name(operations, operation) == Some(text));
    with.or_else(without).map(|index| index as u32).ok_or_else(|| {
        let name = |operation| {
            let short = short_name(operations, operation).filter(|_| !text.contains('.'));
            short.unwrap_or(&operation.name)
        };
        let names: Vec<&str> = operations.iter().map(name).collect();
        Wrong {
            message: format!("unknown operation `{}`", shorten(text)),
            help: Some(choices_help("operation", text, &names)),
        }
    })
}

/// The name of an operation without its component, if no other one has the same.
fn short_name<'o>(operations: &[Operation], operation: &'o Operation) -> Option<&'o str> {
    let (component, bare) = operation.name.split_once('.')?;
    let has_same = |other: &Operation| {
        other.name.split_once('.').is_some_and(|(owner, name)| owner != component && name == bare)
    };
    (!operations.iter().any(has_same)).then_some(bare)
}

/// A key or user: a whole number is itself, any other text is hashed as a template's is.
fn identity(text: &str, what: &str) -> Result<u64, Wrong> {
    if text.is_empty() {
        return Err(format!("a {what} cannot be empty").into());
    }
    let number = if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse::<u64>().ok() } else { None };
    let hashed = || made_key(mix(0, hash_name(text)));
    Ok(number.filter(|number| *number < NUMBER_END).unwrap_or_else(hashed))
}

fn size(text: &str) -> Result<u64, Wrong> {
    text.parse::<u64>().ok().filter(|size| *size <= SIZE_MAX).ok_or_else(|| {
        format!("a size is a whole number of bytes from 0 to 2^53, not `{}`", shorten(text)).into()
    })
}

/// What a trace may ask for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Operation {
    /// `component.operation`.
    pub name: String,
    /// How many requests of a run ask for it.
    pub count: u64,
}

/// A trace that has been read once, and in which everything was right.
#[derive(Clone, Debug)]
pub struct Trace {
    files: Arc<dyn Files>,
    path: String,
    columns: Vec<Column>,
    operations: Vec<Operation>,
    end: Span,
    lines: u64,
    first: Span,
    last: Span,
    tally: Tally,
}

/// What identifies the requests of a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Tally {
    count: u64,
    digest: u64,
}

impl Tally {
    fn add(&mut self, told: &Told) {
        let maybe = |value: Option<u64>| value.map_or(0, |value| mix(1, value));
        let words = [
            told.at.0,
            maybe(told.operation.map(u64::from)),
            maybe(told.key),
            maybe(told.size),
            maybe(told.user),
        ];
        self.digest = words.into_iter().fold(self.digest, mix);
        self.count += 1;
    }
}

impl Trace {
    /// Reads a trace to its end; all that is wrong with it is said. In a run come the requests before `end`, counted from
    /// time 0; those of a trace with a column `operation` ask for one of `operations`.
    pub fn read(
        files: Arc<dyn Files>,
        path: &str,
        mut reader: TraceReader,
        operations: Vec<String>,
        end: Span,
    ) -> Result<Trace, Vec<Mistake>> {
        let operations = operations.into_iter().map(|name| Operation { name, count: 0 }).collect();
        let mut trace = Trace {
            files,
            path: path.to_owned(),
            columns: reader.columns.clone(),
            operations,
            end,
            lines: 0,
            first: Span::ZERO,
            last: Span::ZERO,
            tally: Tally::default(),
        };
        let mut mistakes = Vec::new();
        while let Some(told) = reader.next(&trace.operations, &mut mistakes) {
            if mistakes.len() >= MISTAKES_MAX {
                let message = "after so many mistakes the rest of the file was not read";
                mistakes.push(reader.rows.mistake(0, message));
                break;
            }
            trace.add(&told.unwrap_or_default());
        }
        if mistakes.is_empty() { Ok(trace) } else { Err(mistakes) }
    }

    fn add(&mut self, told: &Told) {
        self.first = if self.lines == 0 { told.at } else { self.first };
        self.last = told.at;
        self.lines += 1;
        if told.at < self.end {
            self.tally.add(told);
            if let Some(operation) = told.operation {
                self.operations[operation as usize].count += 1;
            }
        }
    }

    /// The file.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether there is such a column.
    pub fn has(&self, column: Column) -> bool {
        self.columns.contains(&column)
    }

    /// What it may ask for.
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// How many requests it has, and when the first and the last of them come after time 0.
    pub fn extent(&self) -> (u64, Span, Span) {
        (self.lines, self.first, self.last)
    }

    /// How many of its requests come in a run.
    pub fn count(&self) -> u64 {
        self.tally.count
    }

    /// A hash of the requests that come in a run.
    pub fn digest(&self) -> u64 {
        self.tally.digest
    }

    /// Begins to replay it.
    pub fn replay(&self) -> Replay {
        let input = self.files.open(&self.path).ok();
        let reader = input.and_then(|input| TraceReader::new(input).ok());
        Replay { reader, tally: Tally::default() }
    }
}

/// A trace in a run, line by line. It ends at the first line that is wrong, which is none if the file has not changed.
pub struct Replay {
    reader: Option<TraceReader>,
    tally: Tally,
}

impl Replay {
    /// The next request of the run.
    pub fn next(&mut self, trace: &Trace) -> Option<Told> {
        let mut mistakes = Vec::new();
        let told = self.reader.as_mut().and_then(|reader| reader.next(&trace.operations, &mut mistakes));
        let told = told.flatten().filter(|told| told.at < trace.end);
        match &told {
            Some(told) => self.tally.add(told),
            None => self.reader = None,
        }
        told
    }

    /// How many requests have been read, once there are no more of them.
    pub fn total(&self) -> Option<u64> {
        self.reader.is_none().then_some(self.tally.count)
    }

    /// Whether what has been read is what the trace was when it was read first.
    pub fn is_as_read(&self, trace: &Trace) -> bool {
        self.tally == trace.tally
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::NEW_KEY;

    #[test]
    fn keys_are_numbers_or_text() {
        let key = |text| identity(text, "key").ok().expect("it is a key");
        for (text, number) in [("0", 0), ("007", 7), ("4611686018427387903", NUMBER_END - 1)] {
            assert_eq!(key(text), number, "{text}");
        }
        let texts = ["4611686018427387904", "18446744073709551616", "-1", "+1", "1.0", "0x7", "a"];
        let mut keys: Vec<u64> = texts.into_iter().map(key).collect();
        for key in &keys {
            assert_eq!(key & NEW_KEY, made_key(0), "a made key, neither a number nor new");
        }
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), texts.len());
        assert!(matches!(identity("", "user"), Err(wrong) if wrong.message == "a user cannot be empty"));
    }

    #[test]
    fn times_are_rounded_to_nanoseconds() {
        for (text, nanoseconds) in [
            ("0", 0),
            ("-0", 0),
            ("1e-9", 1),
            ("0.1", 100_000_000),
            ("59.98", 59_980_000_000),
            ("+2.", 2_000_000_000),
        ] {
            assert_eq!(time(text, &mut 0.0).ok(), Some(Span(nanoseconds)), "{text}");
        }
    }

    #[test]
    fn operations_are_found_with_and_without_their_component() {
        let operations =
            ["a.get", "a.put", "b.get"].map(|name| Operation { name: name.to_owned(), count: 0 });
        for (text, expected) in [
            ("a.get", Some(0)),
            ("b.get", Some(2)),
            ("put", Some(1)),
            ("get", None),
            ("b.put", None),
            ("", None),
        ] {
            assert_eq!(find(&operations, text).ok(), expected, "{text}");
        }
    }
}
