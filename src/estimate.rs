//! The back of the envelope beside what others found: the formulas of `[estimate]` with their chain of
//! arithmetic, the values that their authors noted, and what a run measured.

use crate::results::{Compared, Estimated, Metrics};
use crate::scenario::{Diagnostics, Dimension, Estimate, Estimates, Quantity};

/// All estimates, each after those it needs; `metrics` are those of a run if there was one.
pub fn estimate(estimates: &Estimates, metrics: Option<&Metrics>) -> Vec<Estimated> {
    let line = |estimate: &Estimate| {
        let exact = estimate.value;
        let measured = |metric: &str| Some(metrics?.get(metric)?.value);
        Estimated {
            name: estimate.name.clone(),
            formula: estimate.text.clone(),
            substituted: (!estimate.inputs.is_empty()).then(|| substituted(estimate, estimates)),
            result: exact.human(),
            value: exact.value,
            unit: exact.dimension.base_unit(),
            noted: estimate.noted.map(|noted| compared(noted.value, exact)),
            measured: estimate.measured.as_ref().map(|metric| {
                (metric.name.clone(), measured(&metric.name).map(|value| compared(value, exact)))
            }),
        }
    };
    estimates.iter().map(line).collect()
}

/// Reports estimates that are measured by a metric which does not exist, or which measures something else.
/// `dimension_of` knows the metrics; `names` are those that a message may suggest.
pub fn check_measured(
    estimates: &Estimates,
    dimension_of: impl Fn(&str) -> Option<Dimension>,
    names: &[&str],
    diagnostics: &mut Diagnostics,
) {
    for estimate in estimates.iter() {
        let Some(metric) = &estimate.measured else { continue };
        match dimension_of(&metric.name) {
            None => {
                diagnostics.unknown(metric.location, "metric", &metric.name, "", names);
            }
            Some(found) if found != estimate.value.dimension => {
                let message = format!(
                    "`{}` is {}, but `{}` measures {found}",
                    estimate.name, estimate.value.dimension, metric.name
                );
                diagnostics.error(metric.location, message);
            }
            Some(_) => {}
        }
    }
}

fn compared(value: f64, exact: Quantity) -> Compared {
    let gap = (exact.value != 0.0).then(|| (value - exact.value) / exact.value);
    Compared { text: Quantity { value, ..exact }.human(), value, gap }
}

/// The formula with values in place of names.
fn substituted(estimate: &Estimate, estimates: &Estimates) -> String {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let mut text = String::new();
    let mut rest = estimate.text.as_str();
    while let Some(first) = rest.chars().next() {
        let end = match is_word(first) {
            true => rest.find(|letter: char| !is_word(letter)).unwrap_or(rest.len()),
            false => first.len_utf8(),
        };
        let (piece, behind) = rest.split_at(end);
        let is_input = estimate.inputs.iter().any(|input| input == piece);
        match estimates.get(piece).filter(|_| is_input) {
            Some(value) => text.push_str(&as_factor(value)),
            None => text.push_str(piece),
        }
        rest = behind;
    }
    text
}

/// A value within a formula. A rate stands in parentheses: its `/` would read like one of the formula.
fn as_factor(value: Quantity) -> String {
    let text = value.human();
    if text.contains('/') || text.starts_with('-') { format!("({text})") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::Figure;
    use crate::scenario::{Sources, parse};

    fn read(text: &str) -> (Estimates, Sources) {
        let (mut sources, mut diagnostics) = (Sources::new(), Diagnostics::new());
        let table = parse(&mut sources, "x", text, &mut diagnostics).unwrap();
        let estimates = Estimates::read(&table, &mut diagnostics);
        assert_eq!(diagnostics.lines(&sources), "");
        (estimates, sources)
    }

    #[test]
    fn formulas_show_their_values() {
        for (text, formula, expected, result) in [
            ("a = \"100 M\"", "100 M", None, "100 M"),
            ("a = 7", "7", None, "7"),
            ("a = \"100 M\"\nz = \"a / day\"", "a / day", Some("100 M / day"), "1.157 k/s"),
            ("a = \"20 /s\"\nz = \"10 * a + a\"", "10 * a + a", Some("10 * (20 /s) + (20 /s)"), "220 /s"),
            (
                "a = \"2 MB\"\nz = \"max(a, 3 MB) / 2\"",
                "max(a, 3 MB) / 2",
                Some("max(2 MB, 3 MB) / 2"),
                "1.5 MB",
            ),
            ("a = 3\nab = 4\nz = \"a*ab\"", "a*ab", Some("3*4"), "12"),
        ] {
            let (estimates, _) = read(text);
            let last = estimate(&estimates, None).pop().unwrap();
            assert_eq!((last.formula.as_str(), last.substituted.as_deref()), (formula, expected), "{text}");
            assert_eq!(last.result, result, "{text}");
        }
    }

    #[test]
    fn notes_and_measurements_have_gaps() {
        let (estimates, _) = read(
            "z = { is = \"1000 /s\", noted = \"1100 /s\", measured = \"c.rate\" }\nn = { is = \"0 s\", noted = \"1 s\" }",
        );
        let figure = Figure { value: 950.0, unit: "1/s", low: None, high: None };
        let metrics = Metrics::from([("c.rate".to_owned(), figure)]);
        let lines = estimate(&estimates, Some(&metrics));
        assert_eq!(
            lines[0].noted,
            Some(Compared { text: "1.1 k/s".to_owned(), value: 1100.0, gap: Some(0.1) })
        );
        let measured = Compared { text: "950 /s".to_owned(), value: 950.0, gap: Some(-0.05) };
        assert_eq!(lines[0].measured, Some(("c.rate".to_owned(), Some(measured))));
        assert_eq!((lines[0].value, lines[0].unit.as_str()), (1000.0, "/s"));
        assert_eq!(lines[1].noted.as_ref().unwrap().gap, None);
        assert_eq!(estimate(&estimates, None)[0].measured, Some(("c.rate".to_owned(), None)));
    }

    #[test]
    fn metrics_must_exist_and_measure_the_same() {
        let (estimates, sources) = read(
            "a = { is = \"1 /s\", measured = \"c.rate\" }\nb = { is = \"1 /s\", measured = \"c.rte\" }\n\
             z = { is = \"1 s\", measured = \"c.rate\" }\nn = 1",
        );
        let mut diagnostics = Diagnostics::new();
        let dimension_of = |name: &str| (name == "c.rate").then_some(Dimension::RATE);
        check_measured(&estimates, dimension_of, &["c.rate"], &mut diagnostics);
        assert_eq!(
            diagnostics.lines(&sources),
            "x:2:32: error: unknown metric `c.rte` (did you mean `c.rate`? valid metrics: c.rate)\n\
             x:3:31: error: `z` is a duration, but `c.rate` measures a rate\n"
        );
    }
}
