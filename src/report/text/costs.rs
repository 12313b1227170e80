//! What the system costs a day: a table with a row for each component and link that has a price.

use super::{Style, tables, value};
use crate::mechanism::arrange::Arrange;
use crate::report::number::human;
use crate::report::table::{Align, Table};
use crate::results::{Form, Results};

/// What is paid for, with the titles of the columns.
const PARTS: [(&str, &str); 4] = [
    ("cost.instances", "instances"),
    ("cost.requests", "requests"),
    ("cost.egress", "egress"),
    ("cost.storage", "storage"),
];

/// The owner of the figures of everything together.
const ALL: &str = "run";

/// The table as text; empty if nothing has a price.
pub fn costs(results: &Results, style: Style) -> String {
    tables::titled(&costs_table(results), style)
}

/// The same as a table.
pub(in crate::report) fn costs_table(results: &Results) -> Table {
    use Align::{Left, Right};
    let [instances, requests, egress, storage] = PARTS.map(|(_, title)| (title, Right));
    let mut table = Table::new(&[
        ("costs a day", Left),
        instances,
        requests,
        egress,
        storage,
        ("together", Right),
        ("share", Right),
        ("per 1000 requests", Right),
    ]);
    let Some(all) = value(results, ALL, "cost.per_day") else { return table };
    let mut owners: Vec<&str> = results
        .metrics
        .keys()
        .filter_map(|name| name.strip_suffix(".cost.per_day"))
        .filter(|owner| *owner != ALL)
        .collect();
    // Components as everywhere, then links.
    owners.arrange_by_key(|owner| owner.starts_with("link."));
    for owner in owners.into_iter().chain([ALL]) {
        let cost = |figure| value(results, owner, figure);
        let day = cost("cost.per_day").unwrap_or(0.0);
        // Parts are told of the measured time: as much of the day as the whole.
        let days = cost("cost").filter(|cost| *cost > 0.0).map(|cost| day / cost);
        let money = |amount: f64| human(amount, Form::Money);
        let part =
            |(figure, _)| cost(figure).zip(days).map_or(String::new(), |(cost, days)| money(cost * days));
        let share = if all > 0.0 { human(day / all, Form::Share) } else { String::new() };
        let [instances, requests, egress, storage] = PARTS.map(part);
        table.push(vec![
            if owner == ALL { "all".to_owned() } else { owner.trim_start_matches("link.").to_owned() },
            instances,
            requests,
            egress,
            storage,
            money(day),
            if owner == ALL { String::new() } else { share },
            cost("cost.per_thousand").map_or(String::new(), money),
        ]);
    }
    table
}
