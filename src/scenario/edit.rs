//! Changes to a tree by path: what variants set and remove, and what `--set` sets.

use toml::de::DeValue;

use super::diagnostic::Diagnostics;
use super::nesting;
use super::source::{Location, Sources};
use super::suggestion::{choices_help, shorten};
use super::tree::{Builder, Entry, Named, Node, Table, Value};

/// One step of a path: a key, or an element of an array.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Segment {
    Key(String),
    Index(usize),
}

/// The longest path, in steps; deeper trees would not be read from a file either.
const STEPS_MAX: usize = nesting::DEPTH_MAX;

/// Sets the value at a path like `server.web.on.redirect[1].call` or `call."web -> urls".timeout`.
///
/// A table is merged key by key into the table that is there; anything else replaces what is there. Tables
/// that the path names and that are absent are created; array elements are not. `path_location` is where
/// errors point.
pub fn set(
    root: &mut Table,
    path: &str,
    path_location: Location,
    value: Node,
    diagnostics: &mut Diagnostics,
) {
    let walk = Walk { path, location: path_location };
    let change = |place: Place<'_>| match place {
        Place::Entry(table, key) => {
            merge(table, Entry { name: key.to_owned(), name_location: path_location, node: value });
            Ok(())
        }
        Place::Element(elements, index) => {
            replace(&mut elements[index], value);
            Ok(())
        }
    };
    if let Err(problem) = walk.steps().and_then(|steps| walk.apply(root, &steps, Absent::Create, change)) {
        problem.report(path_location, diagnostics);
    }
}

/// Takes out what stands at a path; what does not stand there cannot be taken out and is an error.
pub fn remove(root: &mut Table, path: &str, path_location: Location, diagnostics: &mut Diagnostics) {
    let walk = Walk { path, location: path_location };
    let change = |place: Place<'_>| match place {
        Place::Entry(table, key) => match table.remove(key) {
            Some(_) => Ok(()),
            None => Err(walk.absent(table, key)),
        },
        Place::Element(elements, index) => {
            elements.remove(index);
            Ok(())
        }
    };
    if let Err(problem) = walk.steps().and_then(|steps| walk.apply(root, &steps, Absent::Report, change)) {
        problem.report(path_location, diagnostics);
    }
}

/// Reads the argument `path=value` of `--set`, which becomes the next of the sources.
///
/// The value is TOML if it reads as TOML, and a text if not: `4`, `{ poisson = "2 k/s" }`, `1 h`.
pub fn parse_setting(
    sources: &mut Sources,
    argument: &str,
    diagnostics: &mut Diagnostics,
) -> Option<(Named, Node)> {
    let Some(source) = sources.add("--set", argument) else {
        diagnostics.error(None, "a `--set` argument is too long, or there are too many");
        return None;
    };
    let at = |start: usize, end: usize| Location { source, start: start as u32, end: end as u32 };
    let Some(equals) = equals_sign(argument) else {
        let help = "write `--set path=value`, as in `--set server.web.instances=4`";
        diagnostics.error(at(0, argument.len()), "this setting has no `=`").help(help);
        return None;
    };
    let path = argument[..equals].trim_end();
    let start = argument.len() - argument[equals + 1..].trim_start().len();
    let value = argument[start..].trim_end();
    let path = Named { name: path.to_owned(), location: at(0, path.len()) };
    let location = at(start, start + value.len());
    if nesting::check(source, argument, diagnostics)
        && let Some(node) = toml_value(location, value, diagnostics)
    {
        return Some((path, node));
    }
    Some((path, Node { location, value: Value::Text(value.to_owned()) }))
}

/// The value as TOML, if it is TOML.
fn toml_value(location: Location, text: &str, diagnostics: &mut Diagnostics) -> Option<Node> {
    let parsed = DeValue::parse(text).ok()?;
    Some(Builder { source: location.source, offset: location.start, diagnostics }.node(parsed))
}

/// The first `=` outside quotes.
fn equals_sign(argument: &str) -> Option<usize> {
    let mut quoted = false;
    argument.char_indices().find_map(|(index, c)| {
        quoted ^= c == '"';
        (c == '=' && !quoted).then_some(index)
    })
}

/// Why a path leads nowhere.
struct Problem {
    message: String,
    help: String,
}

impl Problem {
    fn report(self, location: Location, diagnostics: &mut Diagnostics) {
        let diagnostic = diagnostics.error(location, self.message);
        if !self.help.is_empty() {
            diagnostic.help(self.help);
        }
    }
}

/// What becomes of tables on the way that are absent.
#[derive(Clone, Copy)]
enum Absent {
    Create,
    Report,
}

/// Where the last step of a path leads.
enum Place<'a> {
    Entry(&'a mut Table, &'a str),
    Element(&'a mut Vec<Node>, usize),
}

struct Walk<'a> {
    path: &'a str,
    location: Location,
}

impl Walk<'_> {
    /// Follows all steps but the last and hands over the place to which the last leads.
    fn apply(
        &self,
        root: &mut Table,
        steps: &[Segment],
        absent: Absent,
        change: impl FnOnce(Place<'_>) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        let (last, way) = steps.split_last().expect("a path has a step");
        let mut root_node = Node { location: root.location, value: Value::Table(std::mem::take(root)) };
        let result =
            self.follow(&mut root_node, way, absent).and_then(|node| change(self.place(node, last)?));
        if let Value::Table(table) = root_node.value {
            *root = table;
        }
        result
    }

    fn follow<'n>(
        &self,
        mut node: &'n mut Node,
        way: &'n [Segment],
        absent: Absent,
    ) -> Result<&'n mut Node, Problem> {
        for step in way {
            node = match self.place(node, step)? {
                Place::Element(elements, index) => &mut elements[index],
                Place::Entry(table, key) => {
                    if table.get(key).is_none() {
                        match absent {
                            Absent::Report => return Err(self.absent(table, key)),
                            Absent::Create => table.insert(self.empty_table(key)),
                        };
                    }
                    table.get_mut(key).expect("it was there or was created")
                }
            };
        }
        Ok(node)
    }

    /// Where one step leads from a node.
    fn place<'n>(&self, node: &'n mut Node, step: &'n Segment) -> Result<Place<'n>, Problem> {
        self.check(&node.value, step)?;
        match (&mut node.value, step) {
            (Value::Table(table), Segment::Key(key)) => Ok(Place::Entry(table, key)),
            (Value::Array(elements), &Segment::Index(index)) => Ok(Place::Element(elements, index)),
            (value, step) => unreachable!("{step:?} was checked against {}", value.noun()),
        }
    }

    /// Whether a step can be taken from a value: keys lead into tables, numbers to the elements of an array.
    fn check(&self, value: &Value, step: &Segment) -> Result<(), Problem> {
        let path = shorten(self.path);
        let (message, help) = match (value, step) {
            (Value::Table(_), Segment::Key(_)) => return Ok(()),
            (Value::Array(elements), Segment::Index(index)) if *index < elements.len() => return Ok(()),
            (Value::Array(elements), Segment::Index(index)) => {
                let help = match elements.len() {
                    0 => "the array is empty".to_owned(),
                    length => format!("the last one is [{}]", length - 1),
                };
                (format!("there is no element [{index}] on the path `{path}`"), help)
            }
            (value, Segment::Key(key)) => {
                let message = format!("`{}` on the path `{path}` is in {}", shorten(key), value.noun());
                (message, "only tables have keys".to_owned())
            }
            (value, Segment::Index(index)) => {
                let message = format!("[{index}] on the path `{path}` is in {}", value.noun());
                (message, "only arrays have numbered elements".to_owned())
            }
        };
        Err(Problem { message, help })
    }

    fn empty_table(&self, key: &str) -> Entry {
        let node = Node { location: self.location, value: Value::Table(Table::made(self.location)) };
        Entry { name: key.to_owned(), name_location: self.location, node }
    }

    fn absent(&self, table: &Table, key: &str) -> Problem {
        let choices: Vec<&str> = table.iter().map(|entry| entry.name.as_str()).collect();
        Problem {
            message: format!("there is no `{}` on the path `{}`", shorten(key), shorten(self.path)),
            help: choices_help("key", key, &choices),
        }
    }

    /// The steps of the path, in order.
    fn steps(&self) -> Result<Vec<Segment>, Problem> {
        let malformed = |help: &str| Problem {
            message: format!("`{}` is not a path", shorten(self.path)),
            help: format!(
                "{help}; a path looks like server.web.on.redirect[1].call or call.\"web -> urls\".timeout"
            ),
        };
        let mut steps = Vec::new();
        let mut rest = self.path.trim();
        loop {
            let (key, after) = key(rest).ok_or_else(|| malformed("a key is missing"))?;
            steps.push(Segment::Key(key.to_owned()));
            rest = after;
            while let Some(inside) = rest.strip_prefix('[') {
                let (digits, after) = inside.split_once(']').ok_or_else(|| malformed("a `]` is missing"))?;
                let index =
                    digits.trim().parse().map_err(|_| malformed("between [ and ] stands a number"))?;
                steps.push(Segment::Index(index));
                rest = after;
            }
            if steps.len() > STEPS_MAX {
                return Err(malformed("it has too many steps"));
            }
            match rest.strip_prefix('.') {
                Some(after) => rest = after,
                None if rest.is_empty() => return Ok(steps),
                None => return Err(malformed("keys with dots, brackets or quotes stand in quotes")),
            }
        }
    }
}

/// A bare or quoted key and what follows it.
fn key(text: &str) -> Option<(&str, &str)> {
    if let Some(quoted) = text.strip_prefix('"') {
        return quoted.split_once('"');
    }
    let end = text.find(['.', '[', ']', '"']).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// Puts an entry into a table, key by key where both are tables.
fn merge(table: &mut Table, entry: Entry) {
    match table.get_mut(&entry.name) {
        Some(old) => replace(old, entry.node),
        None => {
            table.grow();
            table.insert(entry);
        }
    }
}

fn replace(old: &mut Node, new: Node) {
    match (&mut old.value, new.value) {
        (Value::Table(table), Value::Table(additions)) => {
            additions.into_entries().into_iter().for_each(|entry| merge(table, entry));
        }
        (_, value) => *old = Node { location: new.location, value },
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree::parse;
    use super::*;

    const TEXT: &str = r#"
        [server.web]
        instances = 8
        on.redirect = [ { work = "1 ms" }, { call = "hot.get", on_miss = [ { call = "urls.read" } ] } ]
        [call."web -> urls"]
        retry = { attempts = 3, budget = "10 %" }
    "#;

    fn tree(sources: &mut Sources, diagnostics: &mut Diagnostics) -> Table {
        parse(sources, "x.toml", TEXT, diagnostics).unwrap()
    }

    /// The tree without places, for comparisons.
    fn shape(value: &Value) -> String {
        match value {
            Value::Text(text) => format!("{text:?}"),
            Value::Integer(number) => number.to_string(),
            Value::Array(elements) => {
                let elements: Vec<String> = elements.iter().map(|element| shape(&element.value)).collect();
                format!("[{}]", elements.join(", "))
            }
            Value::Table(table) => {
                let entries: Vec<String> = table
                    .iter()
                    .map(|entry| format!("{}: {}", entry.name, shape(&entry.node.value)))
                    .collect();
                format!("{{{}}}", entries.join(", "))
            }
            other => other.noun().to_owned(),
        }
    }

    #[test]
    fn settings_merge_tables_and_replace_the_rest() {
        for (argument, table, expected) in [
            ("server.web.instances=4", "server.web.instances", "4"),
            ("server.web.instances = 4 ", "server.web.instances", "4"),
            ("server.web.ttl=1 h", "server.web.ttl", "\"1 h\""),
            ("server.web.ttl=\"1 h\"", "server.web.ttl", "\"1 h\""),
            ("server.web.title=a = b", "server.web.title", "\"a = b\""),
            ("client.a.arrivals={ poisson = \"2 k/s\" }", "client", "{a: {arrivals: {poisson: \"2 k/s\"}}}"),
            ("server.web.on.redirect[1].call=hot.put", "server.web.on.redirect[1].call", "\"hot.put\""),
            (
                "server.web.on.redirect[0]={ wait = 1 }",
                "server.web.on.redirect[0]",
                "{work: \"1 ms\", wait: 1}",
            ),
            (
                "server.web.on.redirect[1].on_miss[0].call=x.y",
                "server.web.on.redirect[1].on_miss",
                "[{call: \"x.y\"}]",
            ),
            (
                "call.\"web -> urls\".retry={ attempts = 5 }",
                "call.\"web -> urls\".retry",
                "{attempts: 5, budget: \"10 %\"}",
            ),
            ("call.\"a = b\".retry=1", "call.\"a = b\"", "{retry: 1}"),
            ("call.\"web -> urls\"=7", "call", "{web -> urls: 7}"),
        ] {
            let (mut sources, mut diagnostics) = (Sources::new(), Diagnostics::new());
            let mut root = tree(&mut sources, &mut diagnostics);
            let (path, value) = parse_setting(&mut sources, argument, &mut diagnostics).unwrap();
            set(&mut root, &path.name, path.location, value, &mut diagnostics);
            assert_eq!(diagnostics.lines(&sources), "", "{argument}");
            let mut node = Node { location: Location::default(), value: Value::Table(root) };
            let walk = Walk { path: table, location: Location::default() };
            let steps = walk.steps().ok().unwrap();
            let found = walk.follow(&mut node, &steps, Absent::Report).ok().unwrap();
            assert_eq!(shape(&found.value), expected, "{argument}");
        }
    }

    #[test]
    fn settings_that_lead_nowhere() {
        for (argument, expected) in [
            (
                "server.web.on.redirect[2].call=x",
                "--set:1:1: error: there is no element [2] on the path `server.web.on.redirect[2].call` \
                (the last one is [1])\n",
            ),
            (
                "server.web.instances.x=1",
                "--set:1:1: error: `x` on the path `server.web.instances.x` is in a whole number (only \
                tables have keys)\n",
            ),
            (
                "server[0]=1",
                "--set:1:1: error: [0] on the path `server[0]` is in a table (only arrays have numbered \
                elements)\n",
            ),
            (
                "a..b=1",
                "--set:1:1: error: `a..b` is not a path (a key is missing; a path looks like \
                 server.web.on.redirect[1].call or call.\"web -> urls\".timeout)\n",
            ),
            (
                "server.web",
                "--set:1:1: error: this setting has no `=` (write `--set path=value`, as in `--set \
                server.web.instances=4`)\n",
            ),
        ] {
            let (mut sources, mut diagnostics) = (Sources::new(), Diagnostics::new());
            let mut root = tree(&mut sources, &mut diagnostics);
            let before = root.clone();
            if let Some((path, value)) = parse_setting(&mut sources, argument, &mut diagnostics) {
                set(&mut root, &path.name, path.location, value, &mut diagnostics);
            }
            assert_eq!(diagnostics.lines(&sources), expected, "{argument}");
            assert_eq!(root, before, "{argument}");
        }
    }

    #[test]
    fn values_know_their_place_in_the_argument() {
        let (mut sources, mut diagnostics) = (Sources::new(), Diagnostics::new());
        let argument = "a.b = { c = [1, \"two\"] }";
        let (_, node) = parse_setting(&mut sources, argument, &mut diagnostics).unwrap();
        assert_eq!(sources.slice(node.location), "{ c = [1, \"two\"] }");
        let Value::Table(table) = node.value else { panic!("a table") };
        assert_eq!(sources.slice(table.entry("c").unwrap().name_location), "c");
        let Value::Array(elements) = &table.get("c").unwrap().value else { panic!("an array") };
        assert_eq!(sources.slice(elements[1].location), "\"two\"");
    }

    #[test]
    fn removing_takes_out_and_misses_what_is_absent() {
        for (path, expected) in [
            ("server.web.instances", ""),
            ("server.web.on.redirect[0]", ""),
            (
                "server.web.instance",
                "x.toml:1:1: error: there is no `instance` on the path `server.web.instance` \
                 (did you mean `instances`? valid keys: instances, on)\n",
            ),
            (
                "sever.web",
                "x.toml:1:1: error: there is no `sever` on the path `sever.web` \
                 (did you mean `server`? valid keys: server, call)\n",
            ),
        ] {
            let (mut sources, mut diagnostics) = (Sources::new(), Diagnostics::new());
            let mut root = tree(&mut sources, &mut diagnostics);
            let before = root.clone();
            remove(&mut root, path, Location::default(), &mut diagnostics);
            assert_eq!(diagnostics.lines(&sources), expected, "{path}");
            assert_eq!(root == before, !expected.is_empty(), "{path}");
        }
    }
}
