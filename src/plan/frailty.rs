//! Reads what makes the instances of a component stand still on their own.

use super::fault::time_above_zero;
use crate::scenario::{Dimension, Node, Reader, Table};
use crate::station::frailty::{Breakdown, Collection, Exposure, Frailty, Heap, Interrupted};
use crate::station::{Discipline, Shape};

/// What the table of a component says of its frailty. What is wrong has been reported.
pub(super) fn read(table: &Table, shape: &Shape, reader: &mut Reader<'_>) -> Option<Frailty> {
    let heap = table.get("heap").and_then(|node| read_heap(node, reader));
    let breakdown = table.get("breakdown").and_then(|node| read_breakdown(node, shape, reader));
    (heap.is_some() || breakdown.is_some()).then_some(Frailty { heap, breakdown })
}

fn read_heap(node: &Node, reader: &mut Reader<'_>) -> Option<Heap> {
    const CONTEXT: &str = "`heap`";
    let table = reader.table(node)?;
    reader.check_keys(table, CONTEXT, &["size", "per_request", "live", "pause", "speed"]);
    let size = bytes_above_zero(table, "size", reader);
    let per_request = bytes_above_zero(table, "per_request", reader);
    let live = match table.get("live") {
        Some(node) => reader.bytes(node).map(|bytes| bytes as u64),
        None => Some(0),
    };
    let collection = match (table.get("pause"), table.get("speed")) {
        (Some(_), None) => time_above_zero(table, "pause", CONTEXT, reader).map(Collection::Takes),
        (None, Some(node)) => reader.quantity(node, Dimension::BANDWIDTH).and_then(|speed| {
            if speed > 0.0 {
                return Some(Collection::Traces(speed));
            }
            reader.error(node.location, "`speed` must be positive");
            None
        }),
        _ => {
            reader
                .error(node.location, "`heap` has either `pause` or `speed`")
                .help("how long each collection takes, or how fast it goes through what it leaves");
            None
        }
    };
    let heap = Heap { size: size?, per_request: per_request?, live: live?, collection: collection? };
    if heap.live(1) > heap.size {
        reader
            .error(node.location, "the heap has no room for what lives in it and one request")
            .help("`live` and `per_request` together are at most `size`");
        return None;
    }
    Some(heap)
}

/// A whole number of bytes.
fn bytes_above_zero(table: &Table, key: &str, reader: &mut Reader<'_>) -> Option<u64> {
    let node = reader.required(table, key, "`heap`")?;
    let bytes = reader.bytes(node)?;
    if bytes < 1.0 {
        reader.error(node.location, format!("`{key}` is at least 1 B"));
        return None;
    }
    Some(bytes as u64)
}

fn read_breakdown(node: &Node, shape: &Shape, reader: &mut Reader<'_>) -> Option<Breakdown> {
    const CONTEXT: &str = "`breakdown`";
    let table = reader.table(node)?;
    reader.check_keys(table, CONTEXT, &["mttf", "mttr", "work", "when"]);
    let to_failure = time_above_zero(table, "mttf", CONTEXT, reader);
    let to_repair = time_above_zero(table, "mttr", CONTEXT, reader);
    let work = match table.get("work") {
        Some(node) => reader
            .choice(node, &Interrupted::ALL.map(|(word, _)| word))
            .map(|index| Interrupted::ALL[index].1),
        None => Some(Interrupted::Resumes),
    };
    let when = match table.get("when") {
        Some(node) => {
            reader.choice(node, &Exposure::ALL.map(|(word, _)| word)).map(|index| Exposure::ALL[index].1)
        }
        None => Some(Exposure::Any),
    };
    let rules = Breakdown { to_failure: to_failure?, to_repair: to_repair?, work: work?, when: when? };
    let needs_work = rules.work != Interrupted::Resumes || rules.when == Exposure::Working;
    if needs_work && shape.discipline == Discipline::ProcessorSharing {
        reader.error(node.location, "under processor sharing work always resumes, and any time counts").help(
            "`work = \"restarts\"`, `work = \"lost\"` and `when = \"working\"` need another discipline",
        );
        return None;
    }
    Some(rules)
}

#[cfg(test)]
mod tests {
    use crate::plan::testing::complaint;

    #[test]
    fn what_cannot_be_is_said() {
        for (keys, expected) in [
            ("heap = {}", "error: `heap` needs the key `size`"),
            ("heap = {}", "error: `heap` needs the key `per_request`"),
            ("heap = {}", "error: `heap` has either `pause` or `speed`"),
            (
                "heap = { size = '1 MB', per_request = '1 kB', pause = '1 ms', speed = '1 GB/s' }",
                "error: `heap` has either `pause` or `speed`",
            ),
            (
                "heap = { size = '1 MB', per_request = '1 kB', live = '1 MB', pause = '1 ms' }",
                "error: the heap has no room for what lives in it and one request",
            ),
            (
                "heap = { size = '0 B', per_request = '1 kB', pause = '1 ms' }",
                "error: `size` is at least 1 B",
            ),
            (
                "heap = { size = '1 MB', per_request = '1 kB', speed = '0 B/s' }",
                "error: `speed` must be positive",
            ),
            (
                "heap = { size = '1 MB', per_request = '1 kB', pause = '0 s' }",
                "error: `pause` must be positive",
            ),
            ("breakdown = { mttf = '1 s' }", "error: `breakdown` needs the key `mttr`"),
            ("breakdown = { mttf = '0 s', mttr = '1 s' }", "error: `mttf` must be positive"),
            ("breakdown = { mttf = '1 s', mttr = '1 s', work = 'gone' }", "error: unknown choice `gone`"),
            (
                "discipline = 'processor_sharing'\nbreakdown = { mttf = '1 s', mttr = '1 s', work = 'lost' }",
                "error: under processor sharing work always resumes, and any time counts",
            ),
            (
                "discipline = 'processor_sharing'\nbreakdown = { mttf = '1 s', mttr = '1 s', when = 'working' }",
                "error: under processor sharing work always resumes, and any time counts",
            ),
        ] {
            let said = complaint(keys);
            assert!(said.lines().any(|line| line == expected), "{keys}: {said}");
        }
        let heap = "heap = { size = '1 MB', per_request = '1 kB', live = '0.5 MB', speed = '1 GB/s' }\n";
        let breakdown = "breakdown = { mttf = '1 s', mttr = { exponential = '1 s' }, work = 'restarts', when = 'working' }";
        assert_eq!(complaint(&format!("{heap}{breakdown}")), "");
    }
}
