//! Reads how much memory an instance has, and what requests take of it.

use super::EntryPlan;
use super::declare::Declaration;
use crate::scenario::{Diagnostics, Named, Node, Reader, Table, Value};
use crate::station::memory::{Full, Memory};

/// What the table of a component says of its memory.
pub(super) struct Written {
    /// The limit, and what happens there.
    pub rules: Memory,
    per_request: PerRequest,
}

/// What a request takes \[B\].
enum PerRequest {
    /// Whatever it asks for.
    Any(u64),
    /// By operation; nothing for the others.
    Of(Vec<(Named, u64)>),
}

const CONTEXT: &str = "`memory`";

/// What the table says; none if it says nothing. What is wrong has been reported.
pub(super) fn read(table: &Table, reader: &mut Reader<'_>) -> Option<Written> {
    let node = table.get("memory")?;
    let table = reader.table(node)?;
    reader.check_keys(table, CONTEXT, &["limit", "per_request", "base", "full"]);
    let limit = reader.required(table, "limit", CONTEXT).and_then(|node| above_zero(node, "limit", reader));
    let per_request =
        reader.required(table, "per_request", CONTEXT).and_then(|node| read_per_request(node, reader));
    let base = match table.get("base") {
        Some(node) => reader.bytes(node).map(|bytes| bytes as u64),
        None => Some(0),
    };
    let full = match table.get("full") {
        Some(node) => reader.choice(node, &Full::ALL.map(|(word, ..)| word)).map(|index| Full::ALL[index].1),
        None => Some(Full::Dies),
    };
    let (limit, per_request, base, full) = (limit?, per_request?, base?, full?);
    if per_request.most().saturating_add(base) > limit {
        reader
            .error(node.location, "the memory has no room for what the instance takes and one request")
            .help("`base` and the largest `per_request` together are at most `limit`");
        return None;
    }
    Some(Written { rules: Memory { limit, base, full }, per_request })
}

fn read_per_request(node: &Node, reader: &mut Reader<'_>) -> Option<PerRequest> {
    let Value::Table(table) = &node.value else {
        return above_zero(node, "per_request", reader).map(PerRequest::Any);
    };
    if table.iter().next().is_none() {
        reader.error(node.location, "`per_request` names no operation");
        return None;
    }
    let size = |entry: &crate::scenario::Entry| {
        let operation = Named { name: entry.name.clone(), location: entry.name_location };
        above_zero(&entry.node, &entry.name, reader).map(|bytes| (operation, bytes))
    };
    let sizes: Vec<Option<(Named, u64)>> = table.iter().map(size).collect();
    sizes.into_iter().collect::<Option<Vec<_>>>().map(PerRequest::Of)
}

/// A whole number of bytes.
fn above_zero(node: &Node, key: &str, reader: &mut Reader<'_>) -> Option<u64> {
    let bytes = reader.bytes(node)?;
    if bytes < 1.0 {
        reader.error(node.location, format!("`{key}` is at least 1 B"));
        return None;
    }
    Some(bytes as u64)
}

impl PerRequest {
    /// The most that any request takes.
    fn most(&self) -> u64 {
        match self {
            PerRequest::Any(bytes) => *bytes,
            PerRequest::Of(sizes) => sizes.iter().map(|size| size.1).max().unwrap_or(0),
        }
    }
}

impl Written {
    /// What a request for an operation takes \[B\].
    pub(super) fn of(&self, operation: &str) -> u64 {
        match &self.per_request {
            PerRequest::Any(bytes) => *bytes,
            PerRequest::Of(sizes) => {
                sizes.iter().find(|size| size.0.name == operation).map_or(0, |size| size.1)
            }
        }
    }
}

/// Reports memory of components that nobody calls, and of operations that they do not have.
pub(super) fn check(
    declarations: &[Declaration],
    entries: &[EntryPlan],
    operations: &[String],
    diagnostics: &mut Diagnostics,
) {
    for (index, declaration) in declarations.iter().enumerate() {
        let Some(memory) = &declaration.memory else { continue };
        let own = entries.iter().filter(|entry| entry.component.index() == index);
        let names: Vec<&str> = own.map(|entry| operations[entry.operation.index()].as_str()).collect();
        if names.is_empty() {
            diagnostics
                .error(declaration.location, format!("nobody calls `{}`, so that nothing takes its memory", declaration.name))
                .help("requests take memory as long as they are there; what an instance does for itself takes none");
            continue;
        }
        let PerRequest::Of(sizes) = &memory.per_request else { continue };
        for (named, _) in sizes.iter().filter(|(named, _)| !names.contains(&named.name.as_str())) {
            let place = format!(" of `{}`", declaration.name);
            diagnostics.unknown(named.location, "operation", &named.name, &place, &names);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::plan::testing::complaint;

    #[test]
    fn what_cannot_be_is_said() {
        let job = "[job.j]\nevery = '1 s'\ndo = []\n";
        for (keys, expected) in [
            ("memory = {}", "error: `memory` needs the key `limit`"),
            ("memory = {}", "error: `memory` needs the key `per_request`"),
            ("memory = { limit = '0 B', per_request = '1 B' }", "error: `limit` is at least 1 B"),
            ("memory = { limit = '1 B', per_request = '0 B' }", "error: `per_request` is at least 1 B"),
            ("memory = { limit = '1 B', per_request = { go = '0 B' } }", "error: `go` is at least 1 B"),
            ("memory = { limit = '1 B', per_request = {} }", "error: `per_request` names no operation"),
            (
                "memory = { limit = '1 B', per_request = { went = '1 B' } }",
                "error: unknown operation `went` of `s`",
            ),
            (
                "memory = { limit = '1 kB', per_request = { go = '1 kB' }, base = '1 B' }",
                "error: the memory has no room for what the instance takes and one request",
            ),
            (
                "memory = { limit = '1 B', per_request = '1 B', full = 'sleeps' }",
                "error: unknown choice `sleeps`",
            ),
            (
                &format!("{job}memory = {{ limit = '1 B', per_request = '1 B' }}"),
                "error: nobody calls `j`, so that nothing takes its memory",
            ),
        ] {
            let said = complaint(keys);
            assert!(said.lines().any(|line| line == expected), "{keys}: {said}");
        }
        let memory =
            "memory = { limit = '1 GB', per_request = { go = '1 MB' }, base = '0.5 GB', full = 'rejects' }";
        assert_eq!(complaint(memory), "");
    }
}
