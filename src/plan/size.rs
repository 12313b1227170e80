//! Refuses a scenario that is too large before anybody works on it: ids have 16 bits, and plans are made for people to read.

use super::verbs::FUNCTIONS_MAX;
use crate::component::KINDS;
use crate::scenario::{Diagnostics, Table, Value};

/// More components than this are refused.
const COMPONENTS_MAX: usize = 5_000;

/// More operations of components than this are refused; those of the targets count at their balancer, too.
const OPERATIONS_MAX: usize = 20_000;

/// More pairs of caller and callee than this are refused.
const EDGES_MAX: usize = 20_000;

/// More different outcomes than this are refused: each has books at every client.
const OUTCOMES_MAX: usize = 1_000;

/// Whether there are few enough components.
pub(super) fn fits_components(root: &Table, diagnostics: &mut Diagnostics) -> bool {
    let tables = KINDS.iter().filter_map(|kind| root.get(kind.name));
    let count =
        tables.map(|node| if let Value::Table(table) = &node.value { table.iter().count() } else { 0 });
    fits(count.sum(), COMPONENTS_MAX, "components", diagnostics)
}

/// Whether all components together offer few enough operations.
pub(super) fn fits_operations(count: usize, diagnostics: &mut Diagnostics) -> bool {
    fits(count, OPERATIONS_MAX, "operations of components", diagnostics)
}

/// Whether few enough components call one another.
pub(super) fn fits_edges(count: usize, diagnostics: &mut Diagnostics) -> bool {
    fits(count, EDGES_MAX, "pairs of caller and callee", diagnostics)
}

/// Whether handlers end with few enough outcomes.
pub(super) fn fits_outcomes(count: usize, diagnostics: &mut Diagnostics) -> bool {
    fits(count, OUTCOMES_MAX, "different outcomes", diagnostics)
}

/// Whether expressions can name everything that components can be asked.
pub(super) fn fits_functions(count: usize, diagnostics: &mut Diagnostics) -> bool {
    fits(count, FUNCTIONS_MAX, "functions of graphs", diagnostics)
}

fn fits(count: usize, most: usize, what: &str, diagnostics: &mut Diagnostics) -> bool {
    if count > most {
        diagnostics.error(None, format!("a scenario has at most {most} {what}, this one has {count}"));
    }
    count <= most
}
