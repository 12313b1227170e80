//! Reads how slowly the instances of a component work when they have been started.

use super::fault::FACTOR_MAX;
use crate::scenario::{Reader, Table};
use crate::station::ColdStart;
use crate::units::Span;

/// What the table of a component says of it; none if it says nothing. What is wrong has been reported.
pub(super) fn read(table: &Table, reader: &mut Reader<'_>) -> Option<ColdStart> {
    const CONTEXT: &str = "`cold_start`";
    let table = reader.table(table.get("cold_start")?)?;
    reader.check_keys(table, CONTEXT, &["factor", "for"]);
    let factor = reader.required(table, "factor", CONTEXT).and_then(|node| {
        let factor = reader.number(node)?;
        let fits = factor > 1.0 && factor <= FACTOR_MAX;
        if !fits {
            reader.error(node.location, "`factor` is above 1 and at most 10^9");
        }
        fits.then_some(factor)
    });
    let span = reader.required(table, "for", CONTEXT).and_then(|node| {
        let span = reader.time(node)?;
        if span == Span::ZERO {
            reader.error(node.location, "`for` is longer than 0 s");
        }
        (span > Span::ZERO).then_some(span)
    });
    Some(ColdStart { factor: factor?, span: span? })
}

#[cfg(test)]
mod tests {
    use crate::plan::testing::complaint;

    #[test]
    fn what_cannot_be_is_said() {
        for (key, expected) in [
            ("{ for = '1 s' }", "error: `cold_start` needs the key `factor`"),
            ("{ factor = 2 }", "error: `cold_start` needs the key `for`"),
            ("{ factor = 1, for = '1 s' }", "error: `factor` is above 1 and at most 10^9"),
            ("{ factor = 2, for = '0 s' }", "error: `for` is longer than 0 s"),
            ("{ factor = 2, for = '1 s', steps = 2 }", "error: unknown key `steps` in `cold_start`"),
        ] {
            let said = complaint(&format!("cold_start = {key}"));
            assert!(said.lines().any(|line| line == expected), "{key}: {said}");
        }
        assert_eq!(complaint("cold_start = { factor = 1.5, for = '1 s' }"), "");
    }
}
