//! The back of the envelope beside what others found: the formulas of `[estimate]` with their chain of
//! arithmetic, the values that their authors noted, and what a run measured.

mod sensitivity;
mod slips;

use crate::results::{Compared, Estimated, Form, Judgement, Metrics, Opinion, Verdict};
use crate::scenario::{
    Constant, Diagnostics, Dimension, Estimate, Estimates, Noted, Position, Quantity, Slip, Sources,
};

/// All estimates, each after those it needs; `metrics` are those of a run if there was one.
pub fn estimate(estimates: &Estimates, metrics: Option<&Metrics>) -> Vec<Estimated> {
    let line = |(estimate, sensitivity): (&Estimate, _)| {
        let exact = estimate.value;
        let measured = |metric: &str| Some(metrics?.get(metric)?.value);
        let has_value =
            |word: &str| estimate.inputs.iter().any(|input| input == word) || Constant::find(word).is_some();
        Estimated {
            name: estimate.name.clone(),
            formula: estimate.text.clone(),
            substituted: words(&estimate.text).any(has_value).then(|| substituted(estimate, estimates)),
            result: human(exact),
            value: exact.value,
            unit: exact.dimension.base_unit(),
            noted: estimate.noted.as_ref().map(|noted| Compared {
                text: noted.text.clone(),
                value: noted.quantity.value,
                gap: slips::gap(noted, exact),
            }),
            opinion: estimate.noted.as_ref().map(|noted| opinion(estimate, noted, estimates)),
            measured: estimate.measured.as_ref().map(|metric| {
                (metric.name.clone(), measured(&metric.name).map(|value| compared(value, exact)))
            }),
            sensitivity,
            is_needed: estimates.iter().any(|other| other.inputs.contains(&estimate.name)),
        }
    };
    estimates.iter().zip(sensitivity::all(estimates)).map(line).collect()
}

/// Judges what is noted: a figure is right, or it has the slip that the scenario says it has.
pub fn judge_notes(estimates: &Estimates, sources: &Sources) -> Vec<Judgement> {
    let judgement = |estimate: &Estimate| {
        let noted = estimate.noted.as_ref()?;
        let opinion = opinion(estimate, noted, estimates);
        let Position { line, column } = sources.position(estimate.location);
        let unit = estimate.value.dimension.base_unit();
        Some(Judgement {
            name: estimate.name.clone(),
            expect: format!("noted {}", noted.text),
            verdict: if opinion.holds { Verdict::Pass } else { Verdict::Fail },
            observed: Some(estimate.value.value),
            limit: Some(noted.quantity.value),
            unit: if unit.is_empty() || unit.starts_with('/') { format!("1{unit}") } else { unit },
            half_width: None,
            gates: true,
            reason: reason(&opinion),
            operator: "==",
            form: Form::of(estimate.value.dimension),
            position: (line, column),
        })
    };
    estimates.iter().filter_map(judgement).collect()
}

/// A value as people read it; shares with nines have all of them.
fn human(quantity: Quantity) -> String {
    /// More decimals than a float of this size has.
    const DECIMALS_MAX: usize = 12;
    if !slips::has_nines(quantity) {
        return quantity.human();
    }
    let text = format!("{:.DECIMALS_MAX$}", quantity.value * 100.0);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

/// What is wrong with a note, in a word of the language.
fn reason(opinion: &Opinion) -> Option<&'static str> {
    match (opinion.slips.first(), opinion.declared) {
        (Some(suspicion), _) => Some(suspicion.slip),
        (None, Some(_)) => Some("it has no slip"),
        (None, None) => None,
    }
}

fn opinion(estimate: &Estimate, noted: &Noted, estimates: &Estimates) -> Opinion {
    let slips = slips::suspected(estimate, noted, estimates);
    let declared = noted.slip.map(Slip::name);
    let is_same = noted.quantity.dimension == estimate.value.dimension;
    let is_plain = is_same && !slips::has_nines(estimate.value);
    let is_rounded = (is_plain || slips.is_empty())
        && !slips::is_near(noted, estimate.value)
        && slips::is_rounded(noted, estimate.value.value);
    let holds = match declared {
        None => slips.is_empty(),
        Some(word) => slips.iter().any(|suspicion| suspicion.slip == word),
    };
    let aside = slips::aside(estimate, noted, estimates);
    let in_its_unit = is_plain.then(|| noted.in_its_unit(estimate.value.value)).flatten();
    let exact = in_its_unit.unwrap_or_else(|| human(estimate.value));
    Opinion { holds, exact, declared, rounded_to: is_rounded.then_some(noted.digits), slips, aside }
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

/// The words of a formula; a word may have a dot in it, a number stands alone.
fn words(formula: &str) -> impl Iterator<Item = &str> {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '.';
    let mut rest = formula;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let end = match is_part(first) {
            true => rest.find(|letter: char| !is_part(letter)).unwrap_or(rest.len()),
            false => first.len_utf8(),
        };
        let (word, behind) = rest.split_at(end);
        rest = behind;
        Some(word)
    })
}

/// The formula with values in place of names.
fn substituted(estimate: &Estimate, estimates: &Estimates) -> String {
    let value_of = |word: &str| match estimate.inputs.iter().any(|input| input == word) {
        true => estimates.find(word).map(Estimate::human),
        false => Constant::find(word).map(|constant| constant.value.to_owned()),
    };
    words(&estimate.text).map(|word| value_of(word).map_or(word.to_owned(), as_factor)).collect()
}

/// A value within a formula. A rate stands in parentheses: its `/` would read like one of the formula.
fn as_factor(text: String) -> String {
    if text.contains('/') || text.starts_with('-') { format!("({text})") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::Figure;
    use crate::scenario::{Sources, parse};

    pub(super) fn read(text: &str) -> (Estimates, Sources) {
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
            ("z = \"2.5*latency.disk_seek\"", "2.5*latency.disk_seek", Some("2.5*10 ms"), "25 ms"),
            (
                "disk_seek = 2\nz = \"disk_seek*latency.disk_seek\"",
                "disk_seek*latency.disk_seek",
                Some("2*10 ms"),
                "20 ms",
            ),
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
            Some(Compared { text: "1100 /s".to_owned(), value: 1100.0, gap: Some(0.1) })
        );
        let measured = Compared { text: "950 /s".to_owned(), value: 950.0, gap: Some(-0.05) };
        assert_eq!(lines[0].measured, Some(("c.rate".to_owned(), Some(measured))));
        assert_eq!((lines[0].value, lines[0].unit.as_str()), (1000.0, "/s"));
        assert_eq!(lines[1].noted.as_ref().unwrap().gap, None);
        assert_eq!(estimate(&estimates, None)[0].measured, Some(("c.rate".to_owned(), None)));
    }

    #[test]
    fn the_exact_value_is_told_as_the_note_is() {
        for (is, noted, exact) in [
            ("193 MB/s", "1.5 Gbit/s", "1.544 Gbit/s"),
            ("23_148 B / 1 s", "2 GB/day", "2 GB/day"),
            ("1 / 3", "33 %", "33.33 %"),
            ("35_216 day", "96 year", "96.48 year"),
            ("36.5 TB", "37 TB", "36.5 TB"),
            ("99.99 %", "99.9 %", "99.99 %"),
            ("4.63 kB/s", "0.4 GB", "4.63 kB/s"),
        ] {
            let (estimates, _) =
                read(&format!("z = {{ is = \"{is}\", noted = \"{noted}\", slip = \"unit\" }}"));
            let opinion = estimate(&estimates, None).pop().unwrap().opinion.unwrap();
            assert_eq!(opinion.exact, exact, "{is}, noted {noted}");
        }
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
