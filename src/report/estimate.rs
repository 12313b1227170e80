//! The envelope as text: formula, the same with values, result, and how far notes and measurements are from
//! it.

use super::table::{Align, Table};
use crate::results::{Compared, Estimated, Influence, Opinion};
use std::fmt::Write;

/// The text of `estimate`.
pub fn text(title: &str, estimates: &[Estimated]) -> String {
    let mut text = format!("{title}\n");
    if estimates.is_empty() {
        text.push_str("\n  The scenario has no [estimate].\n");
    }
    let width = estimates.iter().map(|estimate| estimate.name.len()).max().unwrap_or(0);
    let mut was_long = true;
    for estimate in estimates {
        let formula = [Some(&estimate.formula), estimate.substituted.as_ref(), Some(&estimate.result)];
        let mut lines: Vec<&String> = formula.into_iter().flatten().collect();
        // A value that is written as people read it is its own result.
        lines.dedup();
        // Bare values stand together.
        let is_long = lines.len() > 1 || estimate.noted.is_some() || estimate.measured.is_some();
        if is_long || was_long {
            text.push('\n');
        }
        was_long = is_long;
        for (index, line) in lines.into_iter().enumerate() {
            let name = if index == 0 { estimate.name.as_str() } else { "" };
            let _ = writeln!(text, "  {name:<width$} = {line}");
        }
        for remark in remarks(estimate) {
            let _ = writeln!(text, "{:1$}{remark}", "", width + 5);
        }
    }
    text + &sensitivity(estimates)
}

/// What others found for an estimate, and what to think of it.
fn remarks(estimate: &Estimated) -> Vec<String> {
    let mut remarks = Vec::new();
    if let (Some(noted), Some(opinion)) = (&estimate.noted, &estimate.opinion) {
        let gap = gap(noted) + &excuse(opinion);
        remarks.push(format!("noted {}, exact {}, {gap}", noted.text, opinion.exact));
        remarks.extend(slips(opinion));
    }
    match &estimate.measured {
        Some((metric, Some(found))) => {
            let far =
                if found.gap.is_some_and(|gap| gap.abs() > GAP_MAX) { "  <- more than 5 %" } else { "" };
            remarks.push(format!("measured {} ({metric}), {}{far}", found.text, gap(found)));
        }
        Some((metric, None)) => remarks.push(format!("measured by {metric}")),
        None => {}
    }
    remarks
}

/// Why a gap is no slip.
fn excuse(opinion: &Opinion) -> String {
    match (rounded(opinion).filter(|_| opinion.slips.is_empty()), opinion.aside) {
        (Some(rounded), _) => format!(", {rounded}"),
        (None, Some(aside)) => format!(", {aside}"),
        (None, None) => String::new(),
    }
}

/// That a figure is only rounded, where that alone explains its gap.
fn rounded(opinion: &Opinion) -> Option<String> {
    opinion.rounded_to.map(|digits| match digits {
        1 => "rounded to one digit".to_owned(),
        digits => format!("rounded to {digits} digits"),
    })
}

/// The slips that explain a gap, the likeliest first.
pub(super) fn slips(opinion: &Opinion) -> Vec<String> {
    let declared = opinion.declared;
    let mut lines: Vec<String> = Vec::new();
    for (index, suspicion) in opinion.slips.iter().enumerate() {
        let word = if index == 0 { "slip" } else { "  or" };
        let known = if declared == Some(suspicion.slip) { ", as the scenario says" } else { "" };
        lines.push(format!("{word} `{}`: {}{known}", suspicion.slip, suspicion.how));
    }
    if let Some(rounded) = rounded(opinion).filter(|_| !lines.is_empty()) {
        lines.push(format!("  or no slip: {rounded}"));
    }
    if let Some(declared) = declared.filter(|_| !opinion.holds) {
        lines.push(match opinion.slips.is_empty() {
            true => format!("no slip, but the scenario says `{declared}`"),
            false => format!("not `{declared}`, as the scenario says"),
        });
    }
    lines
}

/// A measurement further from the exact value than this deserves a look.
const GAP_MAX: f64 = 0.05;

/// Gaps that would show as zero.
const GAP_MIN: f64 = 0.000_5;

/// "gap +3.7 %".
pub(super) fn gap(compared: &Compared) -> String {
    match compared.gap {
        None => "gap without measure".to_owned(),
        Some(gap) if gap.abs() < GAP_MIN => "no gap".to_owned(),
        Some(gap) => format!("gap {:+.1} %", gap * 100.0),
    }
}

/// Tables of what moves the estimates that no other is computed from.
fn sensitivity(estimates: &[Estimated]) -> String {
    let outputs =
        || estimates.iter().filter(|estimate| !estimate.is_needed && !estimate.sensitivity.is_empty());
    let mut table = Table::new(&[
        ("what", Align::Left),
        ("input", Align::Left),
        ("is", Align::Right),
        ("+1 %", Align::Right),
        ("half", Align::Right),
        ("twice", Align::Right),
    ]);
    for output in outputs() {
        for (index, influence) in output.sensitivity.iter().enumerate() {
            let name =
                if index == 0 { format!("{} = {}", output.name, output.result) } else { String::new() };
            let Influence { input, is, elasticity, halved, doubled } = influence;
            let percent = elasticity.map_or("-".to_owned(), percent);
            table.push(vec![
                name,
                input.clone(),
                is.clone(),
                percent,
                halved.text.clone(),
                doubled.text.clone(),
            ]);
        }
    }
    if outputs().next().is_none() {
        return String::new();
    }
    let (titles, lines) = table.lines();
    let lines: String = lines.into_iter().map(|line| format!("  {line}\n")).collect();
    format!(
        "\nsensitivity: what 1 % more of an input adds, and what half or twice of it would give\n  {titles}\n{lines}"
    )
}

/// "+0.5 %"; 2 decimals at most, none that are zeros.
fn percent(elasticity: f64) -> String {
    let text = format!("{elasticity:+.2}");
    match text.trim_end_matches('0').trim_end_matches('.') {
        "+" | "-" | "+0" | "-0" => "0 %".to_owned(),
        text => format!("{text} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{Changed, Suspicion};

    #[test]
    fn the_chain_of_arithmetic_can_be_followed() {
        let compared = |text: &str, gap| Compared { text: text.to_owned(), value: 0.0, gap };
        let line = |name: &str, formula: &str, substituted: Option<&str>, result: &str| Estimated {
            name: name.to_owned(),
            formula: formula.to_owned(),
            substituted: substituted.map(str::to_owned),
            result: result.to_owned(),
            value: 0.0,
            unit: String::new(),
            noted: None,
            opinion: None,
            measured: None,
            sensitivity: Vec::new(),
            is_needed: false,
        };
        let right = |exact: &str| Opinion {
            holds: true,
            exact: exact.to_owned(),
            declared: None,
            rounded_to: None,
            slips: Vec::new(),
            aside: None,
        };
        let suspicion = |slip, how: &str| Suspicion { slip, how: how.to_owned() };
        let influence = |input: &str, elasticity| Influence {
            input: input.to_owned(),
            is: "10".to_owned(),
            elasticity,
            halved: Changed { text: "5 /s".to_owned(), value: Some(5.0) },
            doubled: Changed { text: "-".to_owned(), value: None },
        };
        let estimates = [
            line("per_day", "100 M", None, "100 M"),
            line("years", "10", None, "10"),
            Estimated {
                noted: Some(compared("1.16 k/s", Some(0.00224))),
                opinion: Some(right("1157 /s")),
                sensitivity: vec![influence("per_day", Some(1.0)), influence("years", Some(-0.333_333))],
                measured: Some(("authors.rate".to_owned(), Some(compared("900 /s", Some(-0.2224))))),
                ..line("rate", "per_day / day", Some("100 M / day"), "1.157 k/s")
            },
            Estimated {
                noted: Some(compared("2", Some(0.0))),
                opinion: Some(Opinion { aside: Some("as with a short month"), ..right("2") }),
                measured: Some(("web.rate".to_owned(), None)),
                ..line("two", "1 + 1", None, "2")
            },
            Estimated {
                noted: Some(compared("1", None)),
                opinion: Some(Opinion { rounded_to: Some(1), ..right("0") }),
                ..line("zero", "0", None, "0")
            },
            Estimated {
                noted: Some(compared("730 TB", Some(-0.999))),
                opinion: Some(Opinion {
                    declared: Some("prefix"),
                    slips: vec![
                        suspicion("left_out", "`k` = 1 k left out"),
                        suspicion("prefix", "too small"),
                    ],
                    ..right("730 PB")
                }),
                sensitivity: vec![influence("years", Some(0.001)), influence("per_day", None)],
                ..line("size", "730 PB", None, "730 PB")
            },
            Estimated {
                noted: Some(compared("1", Some(-0.5))),
                opinion: Some(Opinion {
                    holds: false,
                    declared: Some("bits"),
                    slips: vec![suspicion("peak", "half")],
                    rounded_to: Some(1),
                    ..right("2")
                }),
                sensitivity: vec![influence("years", Some(2.0))],
                is_needed: true,
                ..line("wrong", "2", None, "2")
            },
            Estimated {
                noted: Some(compared("2", Some(0.0))),
                opinion: Some(Opinion {
                    holds: false,
                    declared: Some("bits"),
                    rounded_to: Some(2),
                    ..right("2")
                }),
                ..line("fine", "2", None, "2")
            },
        ];
        let expected = "\
Shortener

  per_day = 100 M
  years   = 10

  rate    = per_day / day
          = 100 M / day
          = 1.157 k/s
            noted 1.16 k/s, exact 1157 /s, gap +0.2 %
            measured 900 /s (authors.rate), gap -22.2 %  <- more than 5 %

  two     = 1 + 1
          = 2
            noted 2, exact 2, no gap, as with a short month
            measured by web.rate

  zero    = 0
            noted 1, exact 0, gap without measure, rounded to one digit

  size    = 730 PB
            noted 730 TB, exact 730 PB, gap -99.9 %
            slip `left_out`: `k` = 1 k left out
              or `prefix`: too small, as the scenario says

  wrong   = 2
            noted 1, exact 2, gap -50.0 %
            slip `peak`: half
              or no slip: rounded to one digit
            not `bits`, as the scenario says

  fine    = 2
            noted 2, exact 2, no gap, rounded to 2 digits
            no slip, but the scenario says `bits`

sensitivity: what 1 % more of an input adds, and what half or twice of it would give
  what              input    is     +1 %  half  twice
  rate = 1.157 k/s  per_day  10     +1 %  5 /s      -
                    years    10  -0.33 %  5 /s      -
  size = 730 PB     years    10      0 %  5 /s      -
                    per_day  10        -  5 /s      -
";
        assert_eq!(text("Shortener", &estimates), expected);
        assert!(text("x", &[]).ends_with("has no [estimate].\n"));
    }
}
