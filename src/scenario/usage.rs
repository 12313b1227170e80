//! Which estimates the rest of a scenario is computed from.

use super::diagnostic::Diagnostics;
use super::estimate::Estimates;
use super::expression::parse_formula;
use super::phrase::Phrase;
use super::quantity::Calendar;
use super::reader::expression_start;
use super::tree::{Node, Value};
use std::collections::BTreeSet;

impl Estimates {
    /// The estimates that expressions of a value name, behind an `=`, and those that these are computed from.
    pub fn used_in(&self, node: &Node) -> BTreeSet<&str> {
        let mut used = BTreeSet::new();
        self.collect(node, &mut used);
        // Each stands after those that it needs.
        for estimate in self.iter().rev() {
            if used.contains(estimate.name.as_str()) {
                used.extend(estimate.inputs.iter().map(String::as_str));
            }
        }
        used
    }

    fn collect<'e>(&'e self, node: &Node, used: &mut BTreeSet<&'e str>) {
        match &node.value {
            Value::Text(text) => {
                let Some(start) = expression_start(text) else { return };
                let phrase = Phrase::new(text, node.location).skip(start);
                // What is wrong with it was said when it was read.
                let term = parse_formula(phrase, Calendar::default(), &mut Diagnostics::new());
                let names = term.map_or(Vec::new(), |term| term.names());
                used.extend(
                    names.iter().filter_map(|named| self.find(&named.name)).map(|one| one.name.as_str()),
                );
            }
            Value::Array(nodes) => nodes.iter().for_each(|node| self.collect(node, used)),
            Value::Table(table) => table.iter().for_each(|entry| self.collect(&entry.node, used)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Diagnostics, Estimates, Sources, Value, parse};

    #[test]
    fn an_estimate_is_used_if_a_quantity_needs_it() {
        for (value, expected) in [
            ("'= rate'", &["day_rate", "rate"][..]),
            ("'rate'", &[]),
            ("[{ work = '= 2 * bytes / speed', call = 'a.rate' }]", &["bytes", "speed"]),
            ("{ a = { b = ' = value * bytes' } }", &["bytes"]),
            ("'= ('", &[]),
            ("1", &[]),
        ] {
            let text = format!(
                "[estimate]\nrate = 'day_rate * 2'\nday_rate = '3 /s'\nbytes = '1 B'\nspeed = '2 B/s'\nidle = 'rate'\n[x]\ny = {value}\n"
            );
            let (mut sources, mut diagnostics) = (Sources::new(), Diagnostics::new());
            let root = parse(&mut sources, "x", &text, &mut diagnostics).unwrap();
            let Value::Table(table) = &root.get("estimate").unwrap().value else { unreachable!() };
            let estimates = Estimates::read(table, &mut diagnostics);
            assert_eq!(diagnostics.lines(&sources), "");
            let used: Vec<&str> = estimates.used_in(root.get("x").unwrap()).into_iter().collect();
            assert_eq!(used, expected, "{value}");
        }
    }
}
