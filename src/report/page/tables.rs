//! The tables of the text report, on the page: the same cells.

use super::charts::{Charts, Place};
use super::html::Html;
use crate::mechanism::arrange::Arrange;
use crate::report::number::{counted, grouped};
use crate::report::table::{Align, Table};
use crate::report::text::bottleneck::busy;
use crate::report::text::costs::costs_table;
use crate::report::text::faults::around;
use crate::report::text::tables::{clients_table, components_table, marks_table, theory_table};
use crate::results::{Background, Results};

/// A table with more rows than this is nothing to read, and makes the page large.
const ROWS_MAX: usize = 300;

/// What clients saw, and what became of what they wanted: tables, and their charts.
pub(super) fn clients(results: &Results, charts: &Charts) -> Html {
    let mut html = Html::new();
    write(&mut html, "Clients", &clients_table(results));
    write(&mut html, "Marks", &marks_table(results));
    if charts.write(&mut html, Place::Clients) {
        html.fixed(
            "<p class=\"note hint\">Drag across a chart to look closer, and double-click to come back; click a name below it to hide its \
             line.</p>",
        );
    }
    html
}

/// The distribution of the latencies.
pub(super) fn distribution(_: &Results, charts: &Charts) -> Html {
    let mut html = Html::new();
    charts.write(&mut html, Place::Distribution);
    html
}

/// How busy the components were: a table, and their charts.
pub(super) fn components(results: &Results, charts: &Charts) -> Html {
    let mut html = Html::new();
    let (shown, count) = (busiest(results), results.components.len());
    write(&mut html, "Components", &components_table(results, shown.iter().copied()));
    if shown.len() < count {
        let more = grouped((count - shown.len()) as u64);
        let note = format!(
            "{more} more components are not shown, which are less busy; result.json has all of them."
        );
        html.leaf("p", &[("class", "note")], &note);
    }
    charts.write(&mut html, Place::Components);
    html
}

/// All components; of very many the busiest, in their order.
fn busiest(results: &Results) -> Vec<usize> {
    let share = |index: usize| busy(results, index).map_or(0.0, |busy| busy.share);
    let mut shares: Vec<(f64, usize)> =
        (0..results.components.len()).map(|index| (share(index), index)).collect();
    shares.arrange_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
    shares.truncate(ROWS_MAX);
    let mut shown: Vec<usize> = shares.into_iter().map(|(_, index)| index).collect();
    shown.arrange();
    shown
}

/// What clients saw before, during and after each fault.
pub(super) fn faults(results: &Results, _: &Background) -> Html {
    let mut html = Html::new();
    write(&mut html, "Faults", &around(results));
    html
}

/// What the system costs a day, and what each part of it.
pub(super) fn costs(results: &Results, _: &Background) -> Html {
    let mut html = Html::new();
    write(&mut html, "Costs", &costs_table(results));
    html
}

/// What theory says, and the laws that every run must obey.
pub(super) fn theory(results: &Results, _: &Background) -> Html {
    let mut html = Html::new();
    if !super::has_run(results) {
        return html;
    }
    let laws = &results.laws;
    let held = laws.checked - laws.broken.len() as u64;
    html.element("p", &[], |html| {
        html.leaf("b", &[], &format!("{} of {}", grouped(held), grouped(laws.checked)));
        html.fixed(
            " checks of the run's own books hold exactly: Little's law and the utilisation law on every station, each side \
             measured by itself. ",
        );
        let totals = results.conservation;
        html.leaf("b", &[], &grouped(totals.born));
        html.fixed(" requests were born = ");
        html.text(&format!(
            "{} completed + {} failed + {} in flight.",
            grouped(totals.completed),
            grouped(totals.failed),
            grouped(totals.in_flight)
        ));
    });
    if results.closed_forms.is_empty() {
        html.fixed("<p class=\"note\">No station of this scenario is a queue for which the textbook has a formula.</p>");
    } else {
        write(&mut html, "Theory", &theory_table(&results.closed_forms));
    }
    html
}

/// A table with its titles, in a frame that scrolls where it is too wide.
pub(super) fn write(html: &mut Html, label: &'static str, table: &Table) {
    let used = table.used();
    if table.rows().is_empty() {
        return;
    }
    // Instances stand in rows of their own below their component.
    let shown = table.rows().len().min(2 * ROWS_MAX);
    let class = |column: usize| match table.columns()[column].1 {
        Align::Left => "",
        Align::Right => "n",
    };
    html.element(
        "div",
        &[("class", "scroll"), ("tabindex", "0"), ("role", "group"), ("aria-label", label)],
        |html| {
            html.element("table", &[], |html| {
                html.element("thead", &[], |html| {
                    html.element("tr", &[], |html| {
                        for &column in &used {
                            match table.columns()[column].0 {
                                "" => html.element("td", &[], |_| {}),
                                title => {
                                    html.leaf("th", &[("scope", "col"), ("class", class(column))], title)
                                }
                            }
                        }
                    });
                });
                html.element("tbody", &[], |html| {
                    for row in table.rows().iter().take(shown) {
                        html.element("tr", &[], |html| {
                            for &column in &used {
                                if column == used[0] && !row[column].is_empty() {
                                    let level = if row[column].starts_with("  ") { "below" } else { "" };
                                    html.leaf(
                                        "th",
                                        &[("scope", "row"), ("class", level)],
                                        row[column].trim_start(),
                                    );
                                } else {
                                    html.leaf("td", &[("class", class(column))], &typeset(&row[column]));
                                }
                            }
                        });
                    }
                });
            });
        },
    );
    if let more @ 1.. = table.rows().len() - shown {
        let note = format!("{} not shown; result.json has all figures.", counted(more as u64, "more rows"));
        html.leaf("p", &[("class", "note")], &note);
    }
}

/// A cell with the signs that a terminal may lack: `-3 %`, `-` for nothing, and `2 x 4 workers`.
pub(super) fn typeset(cell: &str) -> String {
    if cell == "-" {
        return "–".to_owned();
    }
    let is_number = |text: &str| text.starts_with(|letter: char| letter.is_ascii_digit());
    if let Some(number) = cell.strip_prefix('-').filter(|rest| is_number(rest)) {
        return format!("−{number}");
    }
    match cell.split_once(" x ") {
        Some((one, other)) if is_number(other) && one.bytes().all(|byte| byte.is_ascii_digit()) => {
            format!("{one} × {other}")
        }
        _ => cell.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_have_their_signs() {
        for (cell, expected) in [
            ("-0.3 %", "−0.3 %"),
            ("+0.3 %", "+0.3 %"),
            ("-", "–"),
            ("3 x 4 workers", "3 × 4 workers"),
            ("x 2", "x 2"),
            ("a x 2", "a x 2"),
            ("-x", "-x"),
        ] {
            assert_eq!(typeset(cell), expected);
        }
    }
}
