//! The back of the envelope beside what was noted and what was measured.

use super::html::Html;
use super::tables::typeset;
use crate::report::estimate::slips;
use crate::results::{Background, Compared, Estimated, Results};

/// A measurement further from the exact value than this deserves a look.
const GAP_MAX: f64 = 0.05;

/// Gaps that would show as zero.
const GAP_MIN: f64 = 0.000_5;

/// The section: a row for each estimate.
pub(super) fn section(_: &Results, background: &Background) -> Html {
    let mut html = Html::new();
    if background.estimates.is_empty() {
        return html;
    }
    let columns = Columns {
        noted: background.estimates.iter().any(|estimate| estimate.noted.is_some()),
        measured: background.estimates.iter().any(|estimate| estimate.measured.is_some()),
    };
    html.element(
        "div",
        &[("class", "scroll"), ("tabindex", "0"), ("role", "group"), ("aria-label", "Estimates")],
        |html| {
            html.element("table", &[], |html| {
                html.fixed(
                    "<thead><tr><th scope=\"col\">name</th><th scope=\"col\">formula</th><th scope=\"col\" \
                     class=\"n\">gives</th>",
                );
                if columns.noted {
                    html.fixed("<th scope=\"col\" class=\"n\">noted</th>");
                }
                if columns.measured {
                    html.fixed("<th scope=\"col\" class=\"n\">measured</th><th scope=\"col\">by</th>");
                }
                html.fixed("</tr></thead>");
                html.element("tbody", &[], |html| {
                    background.estimates.iter().for_each(|estimate| row(html, estimate, columns))
                });
            });
        },
    );
    html
}

/// The columns that are left out if they would be empty.
#[derive(Clone, Copy)]
struct Columns {
    noted: bool,
    measured: bool,
}

fn row(html: &mut Html, estimate: &Estimated, columns: Columns) {
    html.element("tr", &[], |html| {
        html.leaf("th", &[("scope", "row")], &estimate.name);
        html.element("td", &[], |html| {
            html.leaf("code", &[], &estimate.formula);
            if let Some(substituted) = estimate.substituted.as_ref().filter(|text| **text != estimate.formula)
            {
                html.fixed("<br>");
                html.leaf("small", &[], &format!("= {substituted}"));
            }
            for slip in estimate.opinion.iter().flat_map(slips) {
                html.fixed("<br>");
                html.leaf("small", &[("class", "unsure")], &slip);
            }
        });
        html.leaf("td", &[("class", "n")], &estimate.result);
        if columns.noted {
            let is_wrong = estimate.opinion.as_ref().is_some_and(|opinion| !opinion.holds);
            cell(html, estimate.noted.as_ref(), if is_wrong { "unsure" } else { "" });
        }
        if columns.measured {
            let (metric, found) = match &estimate.measured {
                Some((metric, found)) => (metric.as_str(), found.as_ref()),
                None => ("", None),
            };
            let is_far = found.and_then(|found| found.gap).is_some_and(|gap| gap.abs() > GAP_MAX);
            cell(html, found, if is_far { "unsure" } else { "" });
            html.element("td", &[], |html| html.leaf("code", &[], metric));
        }
    });
}

/// What others found, and how far that is from the exact value.
fn cell(html: &mut Html, found: Option<&Compared>, class: &'static str) {
    html.element("td", &[("class", "n")], |html| {
        let Some(found) = found else { return };
        html.text(&found.text);
        let Some(gap) = found.gap.filter(|gap| gap.abs() >= GAP_MIN) else { return };
        html.fixed("<br>");
        html.leaf("small", &[("class", class)], &typeset(&format!("{:+.1} %", gap * 100.0)));
    });
}
