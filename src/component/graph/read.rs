//! Reads the table of a graph.

use super::super::{Key, Reading};
use super::{Direction, Form, GraphBlueprint};
use crate::mechanism::graph::{Links, Shares};
use crate::scenario::{Node, Reader, Value};

/// Where the stubs of each node begin is stored: 80 MB.
const PEOPLE_MAX: u64 = 10_000_000;

/// Where the pages of each host begin is stored: 80 MB.
const HOSTS_MAX: u64 = 10_000_000;

/// Numbers of pages stay exact in expressions, and apart from those of traps.
const PAGES_MAX: u64 = 1_000_000_000_000;

/// More links than this on each page are refused.
const LINKS_MAX: u64 = 1000;

/// A trap of so many links per page reaches its four thousand millionth page 5 levels deep.
const TRAP_LINKS_MAX: u64 = 100;

/// Sides of a grid.
const SIDE_MAX: u64 = 1_000_000;

const FORMS: [&str; 3] = ["social", "web", "road"];

pub(super) const KEYS: [Key; 14] = [
    Key {
        name: "form",
        takes: "\"social\" | \"web\" | \"road\"",
        doc: told!(
            "People, pages or crossings. Default: \"social\". Of each, expressions and templates can ask how many it leads to \
              (`NAME.out(key)`) and how many lead to it (`NAME.in(key)`), of `key`, `user`, `id`, `value` or `each`. Of a page, \
              also its `host` (from 0, the largest first), its `content` (the page whose content it is: itself, or the original \
              of a copy), its `depth` (the length of its path, 0 for the first page of a host), and whether it is `forbidden` \
              for robots or a page of a `trap` (1 or 0). Of a crossing, the `level` of its largest road."
        ),
    },
    Key {
        name: "nodes",
        takes: "COUNT",
        doc: told!(
            "How many people, pages or crossings there are; their keys are the numbers from 0. Required."
        ),
    },
    Key {
        name: "degree",
        takes: "COUNTS",
        doc: told!(
            "Of people: how many follow each of them, or how many each knows. Required there. Those whom one follows are about \
              as many for everybody."
        ),
    },
    Key {
        name: "cap",
        takes: "COUNT",
        doc: told!(
            "Of people: the largest `degree`; what is drawn above it becomes it. Default: all others."
        ),
    },
    Key {
        name: "symmetric",
        takes: "true | false",
        doc: told!(
            "Of people: whether they know one another, instead of the one following the other; false by default."
        ),
    },
    Key {
        name: "hosts",
        takes: "COUNT",
        doc: told!("Of pages: on how many hosts they are. Required there."),
    },
    Key {
        name: "skew",
        takes: "NUMBER",
        doc: told!(
            "Of pages: the exponent of Zipf's law, by which the sizes of hosts fall with their rank. Default: 1."
        ),
    },
    Key {
        name: "links",
        takes: "{ within = COUNT, between? = COUNT }",
        doc: told!(
            "Of pages: how many links each has to pages of its own host, besides the one to its first page, and to all pages. \
              Required there; `between` is 0 by default."
        ),
    },
    Key {
        name: "duplicates",
        takes: "SHARE",
        doc: told!("Of pages: the share with the content of another page. Default: none."),
    },
    Key {
        name: "robots",
        takes: "SHARE",
        doc: told!(
            "Of pages: the share of the directories, below the first page of a host, that robots must not enter. Default: none."
        ),
    },
    Key {
        name: "traps",
        takes: "SHARE | { share = SHARE, links? = COUNT }",
        doc: told!(
            "Of pages: the share of hosts with a trap, each page of which links to as many further ones, without end: 1, a calendar, \
              by default. Their paths grow by one with each link. Default: none."
        ),
    },
    Key {
        name: "missing",
        takes: "SHARE",
        doc: told!(
            "Of crossings: the share of the streets between two of them that do not exist. Default: none."
        ),
    },
    Key {
        name: "levels",
        takes: "COUNT",
        doc: told!("Of crossings: how many levels of main roads there are, from 0 to 10. Default: 0."),
    },
    Key {
        name: "spacing",
        takes: "COUNT",
        doc: told!(
            "Of crossings: every so many streets there is one of the next level, from 2 to 1000. Default: 10."
        ),
    },
];

/// The keys of each form, in the order of [`FORMS`].
const OWN: [&[&str]; 3] = [
    &["degree", "cap", "symmetric"],
    &["hosts", "skew", "links", "duplicates", "robots", "traps"],
    &["missing", "levels", "spacing"],
];

pub(super) fn graph(reading: &mut Reading<'_, '_>) -> Option<GraphBlueprint> {
    let form = reading.choice("form", &FORMS, 0)?;
    let others = (0..FORMS.len()).filter(|other| *other != form);
    let misplaced = others.flat_map(|other| OWN[other].iter().map(move |key| (*key, FORMS[other])));
    let fits: Vec<_> =
        misplaced.map(|(key, owner)| reading.only_with(key, &format!("the form `{owner}`"))).collect();
    let most = [PEOPLE_MAX, PAGES_MAX, SIDE_MAX * SIDE_MAX][form];
    let nodes = reading.required_count("nodes", most);
    let read = match form {
        0 => social(reading, nodes),
        1 => web(reading, nodes),
        _ => road(reading, nodes),
    };
    fits.into_iter().collect::<Option<()>>()?;
    read
}

fn social(reading: &mut Reading<'_, '_>, nodes: Option<u64>) -> Option<GraphBlueprint> {
    let degree = reading.required("degree");
    let degree = degree.and_then(|node| reading.reader.counts(node));
    let others = nodes.map_or(u64::MAX, |nodes| nodes - 1);
    let cap = match reading.get("cap") {
        Some(_) => reading.required_count("cap", others.max(1)),
        None => Some(others),
    };
    let direction = match reading.get("symmetric").map(|node| reading.reader.boolean(node)) {
        Some(Some(true)) => Some(Direction::BothWays),
        Some(None) => None,
        _ => Some(Direction::OneWay),
    };
    let nodes = nodes?;
    let form = Form::Social { degree: degree?, cap: cap?.min(others), direction: direction? };
    Some(GraphBlueprint { nodes, form })
}

fn web(reading: &mut Reading<'_, '_>, nodes: Option<u64>) -> Option<GraphBlueprint> {
    let hosts = reading.required_count("hosts", nodes.unwrap_or(HOSTS_MAX).min(HOSTS_MAX));
    let skew = match reading.get("skew") {
        Some(node) => skew(node, reading.reader),
        None => Some(1.0),
    };
    let links = reading.required("links");
    let links = links.and_then(|node| links_of(node, reading.reader));
    let traps = match reading.get("traps") {
        Some(node) => traps_of(node, reading.reader),
        None => Some((0.0, 1)),
    };
    let mut share = |key: &str| match reading.get(key) {
        Some(node) => reading.reader.share(node),
        None => Some(0.0),
    };
    let (duplicates, robots) = (share("duplicates"), share("robots"));
    if duplicates == Some(1.0) {
        let node = reading.get("duplicates").expect("it was read");
        reading.reader.error(node.location, "something must be an original: `duplicates` is below 100 %");
        return None;
    }
    let (traps, trapped) = traps?;
    let shares = Shares { duplicates: duplicates?, robots: robots?, traps };
    let links = Links { trapped, ..links? };
    let form = Form::Web { hosts: hosts?, skew: skew?, links, shares };
    Some(GraphBlueprint { nodes: nodes?, form })
}

fn skew(node: &Node, reader: &mut Reader<'_>) -> Option<f64> {
    let skew = reader.number(node)?;
    if (0.0..=10.0).contains(&skew) {
        return Some(skew);
    }
    reader.error(node.location, format!("`skew` is from 0 to 10, not {skew}"));
    None
}

fn links_of(node: &Node, reader: &mut Reader<'_>) -> Option<Links> {
    let table = reader.table(node)?;
    reader.check_keys(table, "`links`", &["within", "between"]);
    let between = match table.get("between") {
        Some(node) => count_within(node, "between", (0, LINKS_MAX), reader),
        None => Some(0),
    };
    let within = match table.get("within") {
        Some(node) => count_within(node, "within", (1, LINKS_MAX), reader),
        None => reader.required(table, "within", "`links`").map(|_| 0),
    };
    Some(Links { within: within?, between: between?, trapped: 1 })
}

/// The share of hosts with a trap, and how many links each of its pages has.
fn traps_of(node: &Node, reader: &mut Reader<'_>) -> Option<(f64, u64)> {
    let Value::Table(table) = &node.value else { return reader.share(node).map(|share| (share, 1)) };
    reader.check_keys(table, "`traps`", &["share", "links"]);
    let share = reader.required(table, "share", "`traps`").and_then(|node| reader.share(node));
    let links = match table.get("links") {
        Some(node) => count_within(node, "links", (1, TRAP_LINKS_MAX), reader),
        None => Some(1),
    };
    Some((share?, links?))
}

/// A whole number of a range.
fn count_within(node: &Node, key: &str, (low, high): (u64, u64), reader: &mut Reader<'_>) -> Option<u64> {
    let count = reader.count(node)?;
    if (low..=high).contains(&count) {
        return Some(count);
    }
    reader.error(node.location, format!("`{key}` is from {low} to {high}, not {count}"));
    None
}

fn road(reading: &mut Reading<'_, '_>, nodes: Option<u64>) -> Option<GraphBlueprint> {
    let missing = match reading.get("missing") {
        Some(node) => reading.reader.share(node),
        None => Some(0.0),
    };
    let levels = reading.count("levels", 0, 0, 10);
    let spacing = reading.count("spacing", 10, 2, 1000);
    let nodes = nodes?;
    let side = nodes.isqrt();
    if side * side != nodes {
        let message =
            format!("crossings make a square: {} or {}, not {nodes}", side * side, (side + 1) * (side + 1));
        let node = reading.get("nodes").expect("it was read");
        reading.reader.error(node.location, message);
        return None;
    }
    let form =
        Form::Road { side, missing: missing?, spacing: u64::from(spacing?), levels: u64::from(levels?) };
    Some(GraphBlueprint { nodes, form })
}
