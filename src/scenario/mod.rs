//! Reads scenarios: TOML text to a tree that knows where everything stands; units, expressions, diagnostics.
//!
//! It knows no kind of component: a component's table stays a [`Table`] until its kind reads it with a
//! [`Reader`]. Nothing here fails at the first error: every function writes what is wrong into
//! [`Diagnostics`] and goes on, so that all errors of a file are reported at once.

mod beside;
mod constant;
mod diagnostic;
mod dialect;
mod dimension;
mod edit;
mod estimate;
mod expectation;
mod expression;
mod form;
mod format;
mod key;
mod law;
mod misspelt;
mod nesting;
mod noted;
mod phrase;
mod quantity;
mod reader;
mod render;
mod slip;
mod source;
mod suggestion;
mod synonym;
mod tree;
mod unit;
mod usage;
mod what_if;

pub use beside::Beside;
pub use constant::{CONSTANTS, Constant};
pub use diagnostic::{Diagnostic, Diagnostics, Hint, Severity, Shape};
pub use dimension::Dimension;
pub use edit::{parse_setting, remove, set};
pub use estimate::{ESTIMATE_KEYS, Estimate, Estimates, SECONDS_PER_DAY};
pub use expectation::{Expectation, Sides, Tolerance};
pub use expression::{Comparison, Extent, MetricReference, Program, Variable, Window};
pub use form::{Field, Form};
pub use format::{format_bytes, format_count, format_duration, format_money, format_rate, format_share};
pub use key::Key;
pub use law::{Gives, LAWS, LawSpec};
pub use noted::Noted;
pub use quantity::{Calendar, Quantity, QuantityError, parse_quantity};
pub use reader::Reader;
#[cfg(feature = "cli")]
pub use render::{render, render_coloured};
pub use slip::Slip;
pub use source::{Location, Position, Sources};
pub use suggestion::suggest;
pub(crate) use suggestion::{choices_help, shorten};
pub use tree::{Entry, Named, Node, Table, Value, is_scenario, parse};
pub use what_if::Slope;

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = r#"
[scenario]
title = "Ünits — \"quoted\""
[estimate]
per_day = "100 M"
rate = { is = "per_day / day", noted = "1160 /s", measured = "authors.rate" }
[server.web]
instances = 8
places.list = ["us-a", "us-b"]
[server.web.on]
redirect = [ { work = { exponential = "0.5 ms" } }, { call = "hot.get", when = "value < 1 and size > 1 kB" } ]
[[extra]]
at = 1979-05-27T07:32:00Z
text = '''
lines'''
[slo]
fast = "(a.latency.p99 @ slow during f) == 2 * b.x +- 3 % from 0 s to 1 h 30 min"
"#;

    /// Numbers without a seed from outside (G. Marsaglia's xorshift, 2003).
    struct Noise(u64);

    impl Noise {
        fn below(&mut self, bound: usize) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            (self.0 % bound as u64) as usize
        }
    }

    /// Reads everything in a tree in every way; nothing may panic.
    fn read_all(node: &Node, reader: &mut Reader<'_>) {
        let variables = [Variable { name: "size", dimension: Dimension::BYTES }];
        let _ = (reader.any_quantity(node), reader.count(node), reader.time(node), reader.share(node));
        let _ = (reader.condition(node, &variables), reader.program(node, Dimension::TIME, &variables));
        if let Some(expectation) = Expectation::parse(node, reader.diagnostics) {
            let measure = |_: &MetricReference| Some(Dimension::TIME);
            if expectation.check(reader.estimates, &measure, reader.diagnostics).is_some() {
                let sides = expectation.evaluate(reader.estimates, &mut |_| Ok::<f64, ()>(1.0)).unwrap();
                let _ = expectation.holds(sides);
            }
        }
        match &node.value {
            Value::Table(table) => table.iter().for_each(|entry| read_all(&entry.node, reader)),
            Value::Array(elements) => elements.iter().for_each(|element| read_all(element, reader)),
            _ => {}
        }
    }

    fn survive(text: &str, setting: &str) {
        let (mut sources, mut diagnostics) = (Sources::new(), Diagnostics::new());
        let Some(mut root) = parse(&mut sources, "x.toml", text, &mut diagnostics) else { return };
        if let Some((path, value)) = parse_setting(&mut sources, setting, &mut diagnostics) {
            set(&mut root, &path.name, path.location, value, &mut diagnostics);
            remove(&mut root, &path.name, path.location, &mut diagnostics);
        }
        let estimates = match root.get("estimate").map(|node| &node.value) {
            Some(Value::Table(table)) => Estimates::read(table, &mut diagnostics),
            _ => Estimates::new(),
        };
        let location = root.location;
        read_all(
            &Node { location, value: Value::Table(root) },
            &mut Reader::new(&mut diagnostics, &estimates),
        );
        let _ = diagnostics.lines(&sources);
        #[cfg(feature = "cli")]
        let _ = render_coloured(&diagnostics, &sources);
    }

    #[test]
    fn no_text_makes_it_panic() {
        let pieces: Vec<char> = "[]{}=.\"'\\#\n,()+-*/^<>!@%$ 019eEkmµé_\u{0}\r\t".chars().collect();
        let sample: Vec<char> = SAMPLE.chars().collect();
        let setting: Vec<char> = "server.web.on.redirect[1].\"when\"={ a = [1, \"x\"] }".chars().collect();
        let mut noise = Noise(0x9e37_79b9_7f4a_7c15);
        let mut mutate = |original: &[char]| {
            let mut text = original.to_vec();
            for _ in 0..1 + noise.below(4) {
                let (index, other) = (noise.below(text.len()), noise.below(text.len()));
                match noise.below(4) {
                    0 => text[index] = pieces[noise.below(pieces.len())],
                    1 => text.insert(index, pieces[noise.below(pieces.len())]),
                    2 => text.truncate(text.len().min(index + 1).max(text.len() - text.len().min(8))),
                    _ => text.swap(index, other),
                }
            }
            text.into_iter().collect::<String>()
        };
        survive(SAMPLE, "server.web.instances=4");
        for _ in 0..ROUNDS {
            survive(&mutate(&sample), &mutate(&setting));
        }
    }

    /// Enough to meet the usual slips, few enough to take about a second.
    const ROUNDS: usize = 300;
}
