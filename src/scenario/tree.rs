//! The text of a scenario as a tree whose every part knows where it stands.

use crate::mechanism::arrange::Arrange;
use std::borrow::Cow;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::diagnostic::Diagnostics;
use super::source::{Location, Sources};
use super::suggestion::suggest;
use super::{dialect, nesting};

/// A value and where it stands.
#[derive(Clone, PartialEq, Debug)]
pub struct Node {
    /// Where the value stands, quotes included.
    pub location: Location,
    /// The value.
    pub value: Value,
}

/// A TOML value.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    /// A string, its escapes resolved.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction or exponent; also `inf` and `nan`.
    Float(f64),
    /// `true` or `false`.
    Boolean(bool),
    /// A date, a time or both, as written.
    Datetime(String),
    /// `[a, b]`.
    Array(Vec<Node>),
    /// `{ a = b }`, `[a]` or the dotted form.
    Table(Table),
}

impl Value {
    /// What it is, in words: "a text", "a whole number", ...
    pub fn noun(&self) -> &'static str {
        match self {
            Value::Text(_) => "a text",
            Value::Integer(_) => "a whole number",
            Value::Float(_) => "a number",
            Value::Boolean(_) => "a boolean",
            Value::Datetime(_) => "a date",
            Value::Array(_) => "an array",
            Value::Table(_) => "a table",
        }
    }
}

/// A name and where it stands.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Named {
    /// The name.
    pub name: String,
    /// Where it stands.
    pub location: Location,
}

/// One entry of a table.
#[derive(Clone, PartialEq, Debug)]
pub struct Entry {
    /// The key.
    pub name: String,
    /// Where the key stands.
    pub name_location: Location,
    /// The value.
    pub node: Node,
}

/// A table: its entries in the order of the text. A look-up walks the entries.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Table {
    /// Where the table, or its header, stands.
    pub location: Location,
    entries: Vec<Entry>,
    has_grown: bool,
    is_made: bool,
}

impl Table {
    /// A table without entries.
    pub fn new(location: Location) -> Table {
        Table { location, ..Table::default() }
    }

    /// A table that is there because a path leads through it.
    pub(super) fn made(location: Location) -> Table {
        Table { is_made: true, ..Table::new(location) }
    }

    /// Whether it is only there because the path of a variant or a setting leads through it.
    pub fn is_made(&self) -> bool {
        self.is_made
    }

    /// Notes that a variant or a setting has put something beside what the text has.
    pub(super) fn grow(&mut self) {
        self.has_grown = true;
    }

    /// How a variant gets rid of an entry beside which it has put another one, if one was put here; `path` is that of the table.
    pub fn way_out(&self, path: &str, name: &str) -> Option<String> {
        let help = || {
            format!("`set` merges tables; with `remove = [\"{path}.{name}\"]` a variant is without `{name}`")
        };
        self.has_grown.then(help)
    }

    /// The value of a key.
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.entry(name).map(|entry| &entry.node)
    }

    /// The value of a key, to be changed.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Node> {
        self.entries.iter_mut().find(|entry| entry.name == name).map(|entry| &mut entry.node)
    }

    /// Key and value.
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name == name)
    }

    /// All entries in the order of the text.
    pub fn iter(&self) -> std::slice::Iter<'_, Entry> {
        self.entries.iter()
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Puts an entry at the end, or in the place of the one with its name, which is returned.
    pub fn insert(&mut self, entry: Entry) -> Option<Entry> {
        match self.entries.iter_mut().find(|old| old.name == entry.name) {
            Some(old) => Some(std::mem::replace(old, entry)),
            None => {
                self.entries.push(entry);
                None
            }
        }
    }

    /// All entries, to be put elsewhere.
    pub(super) fn into_entries(self) -> Vec<Entry> {
        self.entries
    }

    /// Takes an entry out.
    pub fn remove(&mut self, name: &str) -> Option<Entry> {
        let index = self.entries.iter().position(|entry| entry.name == name)?;
        Some(self.entries.remove(index))
    }
}

impl<'a> IntoIterator for &'a Table {
    type Item = &'a Entry;
    type IntoIter = std::slice::Iter<'a, Entry>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Reads a TOML text, which becomes the next of the sources.
///
/// Every syntax error is reported, doubled keys among them. The table holds what could be read all the same,
/// so that the errors of meaning in the rest of the text can be reported with them. `None` when the text is
/// too long or nested too deeply to be read at all.
pub fn parse(sources: &mut Sources, name: &str, text: &str, diagnostics: &mut Diagnostics) -> Option<Table> {
    let Some(source) = sources.add(name, text) else {
        let mebibytes = Sources::BYTES_MAX >> 20;
        diagnostics
            .error(None, format!("{name} is too long"))
            .help(format!("a scenario has at most {mebibytes} MiB"));
        return None;
    };
    if !nesting::check(source, text, diagnostics) {
        return None;
    }
    let (root, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        dialect::check(source, text, diagnostics);
    }
    let mut builder = Builder { source, offset: 0, diagnostics };
    let mut doubled = Vec::new();
    for error in errors {
        let location = builder.location(error.span().unwrap_or_default());
        if error.message() == DOUBLED {
            doubled.push(location);
        } else {
            let told = builder.diagnostics.error(location, error.message());
            if let Some(help) = other_syntax(text, location.start as usize) {
                told.help(help);
            }
        }
    }
    let table = builder.table(Location { source, start: 0, end: 0 }, root.into_inner());
    for (index, location) in doubled.into_iter().enumerate() {
        let key = sources.slice(location).trim_matches(['"', '\'']).to_owned();
        let error = diagnostics.error(location, format!("`{key}` is there twice"));
        if index >= EXPLAINED_MAX {
            continue;
        }
        // Tables of other kinds may have the name of one that is there twice, but not its header.
        let first = || last_before(&table, &key, location).map(|first| sources.position(first).line);
        if let Some(line) = same_header(text, location.start as usize).or_else(first) {
            error.help(format!(
                "the first one stands in line {line}: one of them has to go, or needs another name"
            ));
        }
    }
    Some(table)
}

/// More doubled keys than this are told without the first one: to find it takes a walk through the whole file.
const EXPLAINED_MAX: usize = 20;

/// Help for a line with an error of syntax that is right in another language.
fn other_syntax(text: &str, byte: usize) -> Option<String> {
    let byte = text.floor_char_boundary(byte);
    let start = text[..byte].rfind('\n').map_or(0, |newline| newline + 1);
    let line = text[start..].lines().next().unwrap_or_default().trim();
    if line.contains(['“', '”', '„', '‘', '’']) {
        return Some("these quotes are for print: write \" or '".to_owned());
    }
    if line.starts_with('[') && line.contains("->") && !line.contains('"') {
        let inner = line.trim_matches(['[', ']']);
        let (table, name) = inner.split_once('.').unwrap_or(("call", inner));
        return Some(format!("a name with `->` stands in quotes: [{table}.\"{name}\"]"));
    }
    if line.starts_with('{') && start == 0 {
        return Some("a scenario is written in TOML: [table], and `key = value` below".to_owned());
    }
    let (key, value) = line.split_once(':')?;
    let is_key = !key.is_empty() && key.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    let value = value.trim();
    is_key.then(|| match value.is_empty() {
        true => format!("a scenario is written in TOML: write [{key}]"),
        false => format!("a scenario is written in TOML: write `{key} = ..`"),
    })
}

/// What the parser says of a key that a table has already.
const DOUBLED: &str = "duplicate key";

/// Where a key of this name stands that is the last one before a place.
fn last_before(table: &Table, name: &str, place: Location) -> Option<Location> {
    let mut last: Option<Location> = None;
    let mut open: Vec<&Value> = table.iter().map(|entry| &entry.node.value).collect();
    let mut note = |entry: &Entry| {
        let is_before = entry.name == name && entry.name_location.start < place.start;
        if is_before && last.is_none_or(|last| last.start < entry.name_location.start) {
            last = Some(entry.name_location);
        }
    };
    table.iter().for_each(&mut note);
    while let Some(value) = open.pop() {
        match value {
            Value::Table(inner) => {
                inner.iter().for_each(&mut note);
                open.extend(inner.iter().map(|entry| &entry.node.value));
            }
            Value::Array(elements) => open.extend(elements.iter().map(|element| &element.value)),
            _ => {}
        }
    }
    last
}

/// The last line before the one of a byte, which has a header, that has the same one, from 1.
fn same_header(text: &str, byte: usize) -> Option<u32> {
    let number = text.get(..byte)?.matches('\n').count();
    let header = |line: &str| line.trim().strip_prefix('[')?.split_once(']').map(|(path, _)| path.to_owned());
    let ours = header(text.lines().nth(number)?)?;
    let earlier: Vec<&str> = text.lines().take(number).collect();
    let first = earlier.iter().rposition(|line| header(line).as_ref() == Some(&ours));
    first.map(|index| index as u32 + 1)
}

/// Whether a TOML text is a scenario, and not the file of some other program: one with a table `scenario` or `client`, also if its
/// name is misspelt. What is no TOML may be one.
pub fn is_scenario(text: &str) -> bool {
    let mut diagnostics = Diagnostics::new();
    let Some(root) = parse(&mut Sources::new(), "", text, &mut diagnostics) else { return true };
    let is_ours = |entry: &Entry| suggest(&entry.name, ["scenario", "client"]).is_some();
    diagnostics.has_errors() || root.iter().any(is_ours)
}

/// Turns the parser's tree into ours.
pub(super) struct Builder<'a> {
    pub(super) source: u16,
    /// Where in the source the parsed text begins.
    pub(super) offset: u32,
    pub(super) diagnostics: &'a mut Diagnostics,
}

impl Builder<'_> {
    fn location(&self, span: Range<usize>) -> Location {
        let (start, end) = (self.offset + span.start as u32, self.offset + span.end as u32);
        Location { source: self.source, start, end }
    }

    fn table(&mut self, location: Location, table: DeTable<'_>) -> Table {
        let mut entries: Vec<Entry> = table.into_iter().map(|(key, value)| self.entry(key, value)).collect();
        // The parser's table is sorted by key.
        entries.arrange_by_key(|entry| entry.name_location.start);
        Table { location, entries, ..Table::default() }
    }

    fn entry(&mut self, key: Spanned<Cow<'_, str>>, value: Spanned<DeValue<'_>>) -> Entry {
        let name_location = self.location(key.span());
        Entry { name: key.into_inner().into_owned(), name_location, node: self.node(value) }
    }

    pub(super) fn node(&mut self, value: Spanned<DeValue<'_>>) -> Node {
        let location = self.location(value.span());
        let value = match value.into_inner() {
            DeValue::String(text) => Value::Text(text.into_owned()),
            DeValue::Integer(number) => {
                Value::Integer(self.integer(location, number.as_str(), number.radix()))
            }
            DeValue::Float(number) => Value::Float(number.as_str().parse().unwrap_or(f64::NAN)),
            DeValue::Boolean(truth) => Value::Boolean(truth),
            DeValue::Datetime(datetime) => Value::Datetime(datetime.to_string()),
            DeValue::Array(elements) => {
                Value::Array(elements.into_iter().map(|element| self.node(element)).collect())
            }
            DeValue::Table(table) => Value::Table(self.table(location, table)),
        };
        Node { location, value }
    }

    /// A whole number; one beyond the range is reported and read as 0.
    fn integer(&mut self, location: Location, digits: &str, radix: u32) -> i64 {
        i64::from_str_radix(digits, radix).unwrap_or_else(|_| {
            let help = format!("at most {}", i64::MAX);
            self.diagnostics.error(location, "this whole number is out of range").help(help);
            0
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Option<Table>, Sources, Diagnostics) {
        let (mut sources, mut diagnostics) = (Sources::new(), Diagnostics::new());
        let table = parse(&mut sources, "x.toml", text, &mut diagnostics);
        (table, sources, diagnostics)
    }

    #[test]
    fn entries_stand_in_the_order_of_the_text_and_know_their_place() {
        let text =
            "z = 1\na = { y = 2.5, b = [\"t\", true] }\n[server.web]\nc.d = 1979-05-27\n[server.app]\n";
        let (table, sources, diagnostics) = read(text);
        assert_eq!(diagnostics.lines(&sources), "");
        let table = table.unwrap();
        let names: Vec<&str> = table.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(names, ["z", "a", "server"]);
        let Value::Table(inner) = &table.get("a").unwrap().value else { panic!("a table") };
        assert_eq!(sources.slice(inner.entry("b").unwrap().name_location), "b");
        assert_eq!(sources.slice(inner.get("b").unwrap().location), "[\"t\", true]");
        let Value::Table(server) = &table.get("server").unwrap().value else { panic!("a table") };
        assert_eq!(server.iter().map(|entry| entry.name.as_str()).collect::<Vec<_>>(), ["web", "app"]);
        assert_eq!(sources.slice(server.get("web").unwrap().location), "[server.web]");
        assert_eq!(sources.slice(server.entry("app").unwrap().name_location), "app");
    }

    #[test]
    fn all_syntax_errors_at_once() {
        let text =
            "a = \nb = 1\nb = 2\nc = \"open\nd = 99999999999999999999\ne = [1,\n2 3]\n[f\n[g]\nh = 1 1\n";
        let (table, sources, diagnostics) = read(text);
        let expected = "\
x.toml:1:5: error: string values must be quoted, expected literal string
x.toml:3:1: error: `b` is there twice (the first one stands in line 2: one of them has to go, or needs another name)
x.toml:4:10: error: invalid basic string, expected `\"`
x.toml:5:5: error: this whole number is out of range (at most 9223372036854775807)
x.toml:7:1: error: string values must be quoted, expected literal string
x.toml:8:3: error: unclosed table, expected `]`
x.toml:10:5: error: string values must be quoted, expected literal string
";
        assert_eq!(diagnostics.lines(&sources), expected);
        assert!(table.unwrap().get("b").is_some());
    }

    #[test]
    fn texts_that_are_not_read_at_all() {
        for (text, expected) in [
            (
                " ".repeat(Sources::BYTES_MAX + 1),
                "error: x.toml is too long (a scenario has at most 4 MiB)\n",
            ),
            (
                "a = ".to_owned() + &"[".repeat(9_999),
                "x.toml:1:105: error: this is nested too deeply (at most 100 levels)\n",
            ),
        ] {
            let (table, sources, diagnostics) = read(&text);
            assert_eq!((table, diagnostics.lines(&sources).as_str()), (None, expected));
        }
    }
}
