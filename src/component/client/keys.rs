//! Which keys a client asks for, and which users ask, as a scenario writes them.

use crate::scenario::{Named, Node, Reader, Table, Value};
use crate::workload::Keys;

/// What `keys` says: "new" or a table.
pub(super) fn keys(reader: &mut Reader<'_>, node: &Node) -> Option<Keys> {
    match &node.value {
        Value::Text(text) if text == "new" => Some(Keys::New),
        Value::Table(table) => popularity(reader, node, table, ("`keys`", &["neighbour"])),
        other => {
            let message = format!("\"new\" or a table is needed here, not {}", other.noun());
            reader.error(node.location, message).help(EXAMPLE);
            None
        }
    }
}

/// The graph of `{ neighbour = "friends" }`; the inner option is `None` for any other table.
pub(super) fn neighbours(reader: &mut Reader<'_>, node: &Node) -> Option<Option<Named>> {
    let Value::Table(table) = &node.value else { return Some(None) };
    let Some(graph) = table.get("neighbour") else { return Some(None) };
    reader.check_keys(table, "`keys`", &["neighbour"]);
    let name = reader.text(graph)?.to_owned();
    Some(Some(Named { name, location: graph.location }))
}

/// What `users` says: a table.
pub(super) fn users(reader: &mut Reader<'_>, node: &Node) -> Option<Keys> {
    match &node.value {
        Value::Table(table) => popularity(reader, node, table, ("`users`", &[])),
        Value::Text(text) if text == "new" => {
            reader
                .error(node.location, "`users` cannot be \"new\"")
                .help("without `users` every request is another user");
            None
        }
        Value::Integer(count) => {
            let help = format!(
                "write `arrivals = {{ users = {count}, think = \"1 s\" }}` for so many who ask and wait, \
                 `users = {{ count = {count} }}` for those whose requests arrive"
            );
            reader
                .error(node.location, "a table is needed here, not a whole number")
                .meant("arrivals")
                .help(help);
            None
        }
        other => {
            let message = format!("a table is needed here, not {}", other.noun());
            reader.error(node.location, message).help(EXAMPLE);
            None
        }
    }
}

const EXAMPLE: &str = "as in { count = \"1 M\", zipf = 1.0 }";

/// How many there are, and how much each is asked for.
fn popularity(
    reader: &mut Reader<'_>,
    node: &Node,
    table: &Table,
    (context, others): (&str, &[&str]),
) -> Option<Keys> {
    reader.check_keys(table, context, &[&["count", "zipf", "hot"], others].concat());
    let count = reader.required(table, "count", context).and_then(|node| reader.count(node));
    let made = match (table.entry("zipf"), table.entry("hot")) {
        (Some(zipf), Some(hot)) => {
            let second = zipf.name_location.max(hot.name_location);
            reader.error(second, format!("{context} has `zipf` or `hot`, not both"));
            return None;
        }
        (Some(zipf), None) => {
            let exponent = reader.number(&zipf.node);
            Keys::zipf(count?, exponent?)
        }
        (None, Some(hot)) => {
            let table = reader.table(&hot.node)?;
            reader.check_keys(table, "`hot`", &["share", "keys"]);
            let share = reader.required(table, "share", "`hot`").and_then(|node| reader.share(node));
            let keys = reader.required(table, "keys", "`hot`").and_then(|node| reader.count(node));
            Keys::hot(count?, share?, keys?)
        }
        (None, None) => Keys::uniform(count?),
    };
    reader.accept(node, made)
}
