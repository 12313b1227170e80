//! The envelope as text: formula, the same with values, result, and how far notes and measurements are from
//! it.

use crate::results::{Compared, Estimated};
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
        let indent = width + 5;
        if let Some(noted) = &estimate.noted {
            let _ = writeln!(
                text,
                "{:indent$}noted {}, exact {}, {}",
                "",
                noted.text,
                estimate.result,
                gap(noted)
            );
        }
        match &estimate.measured {
            Some((metric, Some(found))) => {
                let _ = writeln!(text, "{:indent$}measured {} ({metric}), {}", "", found.text, gap(found));
            }
            Some((metric, None)) => {
                let _ = writeln!(text, "{:indent$}measured by {metric}", "");
            }
            None => {}
        }
    }
    text
}

/// A note further from the exact value than this deserves a look.
const GAP_MAX: f64 = 0.05;

/// Gaps that would show as zero.
const GAP_MIN: f64 = 0.000_5;

fn gap(compared: &Compared) -> String {
    match compared.gap {
        None => "gap without measure: the exact value is 0".to_owned(),
        Some(gap) if gap.abs() < GAP_MIN => "no gap".to_owned(),
        Some(gap) if gap.abs() > GAP_MAX => format!("gap {:+.1} %  <- more than 5 %", gap * 100.0),
        Some(gap) => format!("gap {:+.1} %", gap * 100.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            measured: None,
        };
        let estimates = [
            line("per_day", "100 M", None, "100 M"),
            line("years", "10", None, "10"),
            Estimated {
                noted: Some(compared("1.16 k/s", Some(0.00224))),
                measured: Some(("authors.rate".to_owned(), Some(compared("900 /s", Some(-0.2224))))),
                ..line("rate", "per_day / day", Some("100 M / day"), "1.157 k/s")
            },
            Estimated {
                noted: Some(compared("2", Some(0.0))),
                measured: Some(("web.rate".to_owned(), None)),
                ..line("two", "1 + 1", None, "2")
            },
            Estimated { noted: Some(compared("1", None)), ..line("zero", "0", None, "0") },
        ];
        let expected = "\
Shortener

  per_day = 100 M
  years   = 10

  rate    = per_day / day
          = 100 M / day
          = 1.157 k/s
            noted 1.16 k/s, exact 1.157 k/s, gap +0.2 %
            measured 900 /s (authors.rate), gap -22.2 %  <- more than 5 %

  two     = 1 + 1
          = 2
            noted 2, exact 2, no gap
            measured by web.rate

  zero    = 0
            noted 1, exact 0, gap without measure: the exact value is 0
";
        assert_eq!(text("Shortener", &estimates), expected);
        assert!(text("x", &[]).ends_with("has no [estimate].\n"));
    }
}
