//! What befell the run, and what the clients saw of it.

use super::{Ink, Style, plain, tables};
use crate::report::number::human;
use crate::report::table::{Align, Table};
use crate::results::{Around, Form, Results};

/// A line for each fault and campaign, then a table of the clients before, during and after each fault.
pub fn faults(results: &Results, style: Style) -> String {
    if results.faults.is_empty() {
        return String::new();
    }
    let width = results.faults.iter().map(|fault| fault.name.len()).max().unwrap_or(0);
    let lines =
        results.faults.iter().map(|fault| format!("  {:<width$}  {}\n", fault.name, plain(&fault.text)));
    let list = format!("{}\n{}", style.paint("faults", Ink::Heading), lines.collect::<String>());
    let around = tables::titled(&around(results), style);
    if around.is_empty() { list } else { list + "\n" + &around }
}

/// A table: a row for each fault and client.
pub(in crate::report) fn around(results: &Results) -> Table {
    use Align::{Left, Right};
    let mut table = Table::new(&[
        ("fault", Left),
        ("client", Left),
        ("available before", Right),
        ("during", Right),
        ("after", Right),
        ("p99 before", Right),
        ("during", Right),
        ("after", Right),
    ]);
    for fault in &results.faults {
        for (index, client) in fault.clients.iter().enumerate() {
            let name = if index == 0 { fault.name.clone() } else { String::new() };
            let mut row = vec![name, client.client.clone()];
            row.extend(cells(&client.availability, Form::Share));
            row.extend(cells(&client.latency_p99, Form::Duration));
            table.push(row);
        }
    }
    table
}

/// What has no value, because nothing ended then or the run did not come so far, is a dash.
fn cells(around: &Around, form: Form) -> [String; 3] {
    [around.before, around.during, around.after]
        .map(|value| value.map_or("-".to_owned(), |value| human(value, form)))
}
