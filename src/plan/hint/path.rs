//! The way through a scenario to a value of it.

use crate::scenario::{Location, Node, Table, Value};

/// A key on the way to a value, or the place of an element.
#[derive(Clone, Copy)]
pub(super) enum Step<'t> {
    Key(&'t str),
    Index(usize),
}

/// The value that stands at a location, and the way to it behind `path`; of several the innermost.
pub(super) fn search<'t>(node: &'t Node, location: Location, path: &mut Vec<Step<'t>>) -> Option<&'t Node> {
    let is_here = node.location == location;
    // An array of tables stands where the first of them stands, and it is the array that is meant.
    if is_here && matches!(node.value, Value::Array(_)) {
        return Some(node);
    }
    let mut deeper = |child: &'t Node, step| {
        path.push(step);
        let found = search(child, location, path);
        if found.is_none() {
            path.pop();
        }
        found
    };
    let inner = match &node.value {
        Value::Table(table) => table.iter().find_map(|entry| deeper(&entry.node, Step::Key(&entry.name))),
        Value::Array(elements) => {
            elements.iter().enumerate().find_map(|(index, element)| deeper(element, Step::Index(index)))
        }
        _ => None,
    };
    inner.or_else(|| is_here.then_some(node))
}

/// A value as a table, if it is one.
pub(super) fn table(node: &Node) -> Option<&Table> {
    match &node.value {
        Value::Table(table) => Some(table),
        _ => None,
    }
}

/// The texts of an array under a key.
pub(super) fn texts<'t>(table: &'t Table, key: &str) -> impl Iterator<Item = &'t str> {
    let elements = match table.get(key).map(|node| &node.value) {
        Some(Value::Array(elements)) => elements.as_slice(),
        _ => &[],
    };
    elements.iter().filter_map(|element| match &element.value {
        Value::Text(text) => Some(text.as_str()),
        _ => None,
    })
}

/// The table in or below a value whose key stands at a location.
pub(super) fn owner(node: &Node, location: Location) -> Option<&Table> {
    match &node.value {
        Value::Table(table) if table.iter().any(|entry| entry.name_location == location) => Some(table),
        Value::Table(table) => table.iter().find_map(|entry| owner(&entry.node, location)),
        Value::Array(elements) => elements.iter().find_map(|element| owner(element, location)),
        _ => None,
    }
}
