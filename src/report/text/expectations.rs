//! Objectives and claims as lines: mark, name, what was expected, what was observed, and how far that is from the limit.

use super::{Ink, Style, plain};
use crate::report::number::human;
use crate::report::table::{Align, Table};
use crate::results::{Form, Judgement, Results, Verdict};

/// One line for each objective or claim.
pub fn judgements(heading: &str, judgements: &[Judgement], style: Style) -> String {
    let judgements: Vec<&Judgement> = judgements.iter().filter(|judgement| judgement.is_told()).collect();
    if judgements.is_empty() {
        return String::new();
    }
    let mut table =
        Table::new(&[("", Align::Left), ("", Align::Left), ("", Align::Right), ("", Align::Left)]);
    for judgement in &judgements {
        let observed = judgement.observed.map_or("-".to_owned(), |observed| with_error(observed, judgement));
        table.push(vec![judgement.name.clone(), plain(&judgement.expect), observed, remark(judgement)]);
    }
    let mut text = style.paint(heading, Ink::Heading) + "\n";
    for (judgement, line) in judgements.into_iter().zip(table.lines().1) {
        let (mark, ink) = match judgement.verdict {
            Verdict::Pass => ("✓", Ink::Good),
            Verdict::Fail => ("✗", Ink::Bad),
            Verdict::Inconclusive => ("?", Ink::Unsure),
            Verdict::Skipped => ("-", Ink::Heading),
        };
        text += &format!("  {} {line}\n", style.paint(mark, ink));
    }
    text
}

/// "83.2 ms ± 0.4 ms, 16.8 % below 100 ms": what was observed, and how far it is from the limit.
pub(in crate::report) fn observed(judgement: &Judgement) -> String {
    let value = judgement.observed.map(|observed| with_error(observed, judgement));
    let parts = [value.unwrap_or_default(), remark(judgement)];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

/// "83.2 ms ± 0.4 ms".
pub(in crate::report) fn with_error(observed: f64, judgement: &Judgement) -> String {
    let value = human(observed, judgement.form);
    match judgement.half_width {
        Some(half_width) if half_width > 0.0 => format!("{value} ± {}", human(half_width, judgement.form)),
        _ => value,
    }
}

/// How far it is from the limit, and why it cannot be told.
pub(in crate::report) fn remark(judgement: &Judgement) -> String {
    let mut parts: Vec<String> = margin(judgement).into_iter().collect();
    parts.extend(judgement.reason.map(str::to_owned));
    if !judgement.gates {
        parts.push("only a warning".to_owned());
    }
    parts.join("; ")
}

/// Distances between shares that are shown as numbers.
const POINTS_MIN: f64 = 1e-6;

/// How far sums of the same numbers in another order are apart, relatively.
const NOISE: f64 = 1e-12;

/// "16.8 % below 100 ms", "0.04 points above 99.9 %".
pub(super) fn margin(judgement: &Judgement) -> Option<String> {
    let (observed, limit) = (judgement.observed?, judgement.limit?);
    let (distance, shown) = ((observed - limit).abs(), human(limit, judgement.form));
    let side = match () {
        () if distance <= NOISE * limit.abs() => return Some(format!("exactly {shown}")),
        () if observed < limit => "below",
        () => "above",
    };
    // Two and a half times the limit is easier to read than 150 % above it.
    let times = observed / limit;
    let size = match judgement.form {
        Form::Share if distance < POINTS_MIN => "a trifle".to_owned(),
        Form::Share => match human(distance * 100.0, Form::Number).as_str() {
            "1" => "1 point".to_owned(),
            points => format!("{points} points"),
        },
        _ if limit == 0.0 => return Some(format!("{side} {shown}")),
        _ if times >= 2.0 => return Some(format!("{} times {shown}", human(times, Form::Number))),
        _ => human(distance / limit.abs(), Form::Share),
    };
    Some(format!("{size} {side} {shown}"))
}

/// The names of those that were not judged.
pub(super) fn skipped(results: &Results) -> String {
    let skipped = results.expectations().filter(|judgement| !judgement.is_told());
    let names: Vec<&str> = skipped.map(|judgement| judgement.name.as_str()).collect();
    match names[..] {
        [] => String::new(),
        _ => format!("not judged, since they speak of variants that were not run: {}\n", names.join(", ")),
    }
}
