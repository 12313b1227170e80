//! The tables: clients, components, and theory beside what was measured.

use super::bottleneck::{THERE, busy};
use super::{Ink, Style, cell, value};
use crate::mechanism::arrange::Arrange;
use crate::report::number::{human, noun};
use crate::report::table::{Align, Table};
use crate::results::{ClosedForm, ComponentShape, Form, PartShape, Results, Servers};

/// A table: one row for each client, and one for each of its operations if it has several.
pub fn clients(results: &Results, style: Style) -> String {
    titled(&clients_table(results), style)
}

/// The same as a table.
pub(in crate::report) fn clients_table(results: &Results) -> Table {
    use Align::{Left, Right};
    let mut table = Table::new(&[
        ("client", Left),
        ("offered", Right),
        ("completed", Right),
        ("available", Right),
        ("p50", Right),
        ("p99", Right),
        ("p99.9", Right),
        ("max", Right),
        ("errors", Left),
    ]);
    for client in &results.clients {
        let operations = client
            .operations
            .iter()
            .map(|operation| (format!("{}.{operation}", client.name), format!("  .{operation}")));
        for (owner, shown) in [(client.name.clone(), client.name.clone())].into_iter().chain(operations) {
            let cell = |figure, form| cell(results, &owner, figure, form);
            table.push(vec![
                shown,
                cell("offered", Form::Rate),
                cell("rate", Form::Rate),
                cell("availability", Form::Share),
                cell("latency.p50", Form::Duration),
                cell("latency.p99", Form::Duration),
                cell("latency.p99_9", Form::Duration),
                cell("latency.max", Form::Duration),
                errors(results, &owner),
            ]);
        }
    }
    table
}

/// "1.2 k timeout, 3 rejected", the most frequent first.
fn errors(results: &Results, owner: &str) -> String {
    let prefix = format!("{owner}.errors.");
    let mut reasons: Vec<(&str, f64)> = results
        .metrics
        .range(prefix.clone()..)
        .map_while(|(name, figure)| Some((name.strip_prefix(&prefix)?, figure.value)))
        .filter(|(_, count)| *count > 0.0)
        .collect();
    reasons.arrange_by(|one, other| other.1.total_cmp(&one.1));
    let reasons: Vec<String> = reasons
        .into_iter()
        .map(|(reason, count)| format!("{} {reason}", human(count, Form::Number)))
        .collect();
    if reasons.is_empty() { "none".to_owned() } else { reasons.join(", ") }
}

/// A table: what became of the intentions of clients at each mark.
pub fn marks(results: &Results, style: Style) -> String {
    titled(&marks_table(results), style)
}

/// The same as a table.
pub(in crate::report) fn marks_table(results: &Results) -> Table {
    use Align::{Left, Right};
    const FIGURES: [(&str, &str, Form); 7] = [
        ("got there", "count", Form::Number),
        ("p50", "delay.p50", Form::Duration),
        ("p99", "delay.p99", Form::Duration),
        ("late", "late", Form::Number),
        ("again", "duplicates", Form::Number),
        ("not yet", "pending", Form::Number),
        ("lost", "lost", Form::Number),
    ];
    let titles = FIGURES.map(|(title, _, _)| (title, Right));
    let mut table = Table::new(&[&[("mark", Left)], &titles[..]].concat());
    // A name has no point.
    let all = results.metrics.range("mark.".to_owned()..).map_while(|(name, _)| name.strip_prefix("mark."));
    for name in all.filter_map(|name| name.strip_suffix(".count")).filter(|name| !name.contains('.')) {
        let owner = format!("mark.{name}");
        let cells = FIGURES.map(|(_, figure, form)| cell(results, &owner, figure, form));
        table.push([name.to_owned()].into_iter().chain(cells).collect());
    }
    table
}

/// A table: one row for each component.
pub fn components(results: &Results, style: Style) -> String {
    titled(&components_table(results, 0..results.components.len()), style)
}

/// The same as a table of these components.
pub(in crate::report) fn components_table(
    results: &Results,
    shown: impl IntoIterator<Item = usize>,
) -> Table {
    use Align::{Left, Right};
    let mut table = Table::new(&[
        ("component", Left),
        ("served", Right),
        ("busy", Right),
        ("of", Left),
        ("queue mean", Right),
        ("queue max", Right),
        ("wait p99", Right),
        ("sojourn p99", Right),
        ("rejected", Right),
        ("", Left),
    ]);
    for index in shown {
        let component = &results.components[index];
        let owner = &component.name;
        let cell = |figure, form| cell(results, owner, figure, form);
        let tightest = busy(results, index).map(|busy| busy.servers).or(component.servers.first().copied());
        table.push(vec![
            owner.clone(),
            cell(component.served, Form::Rate),
            tightest.map_or(String::new(), |servers| cell(servers.metric, Form::Share)),
            there(results, owner, component.instances) + &servers(component.instances, tightest),
            if component.servers.is_empty() {
                String::new()
            } else {
                queue(value(results, owner, "queue.mean"))
            },
            if component.servers.is_empty() { String::new() } else { cell("queue.max", Form::Number) },
            cell("wait.p99", Form::Duration),
            cell("sojourn.p99", Form::Duration),
            value(results, owner, "rejected")
                .filter(|count| *count > 0.0)
                .map_or(String::new(), |count| human(count, Form::Number)),
            own(results, component),
        ]);
        for part in &component.listed {
            table.push(part_row(results, part, component, tightest));
        }
    }
    table
}

/// What is known of a group of instances or a single one, below its component.
fn part_row(
    results: &Results,
    part: &PartShape,
    whole: &ComponentShape,
    tightest: Option<Servers>,
) -> Vec<String> {
    let owner = part.name.as_str();
    let cell = |figure, form| cell(results, owner, figure, form);
    vec![
        format!("  {owner}"),
        cell(whole.served, Form::Rate),
        tightest.map_or(String::new(), |servers| cell(servers.metric, Form::Share)),
        servers(part.instances, tightest),
        queue(value(results, owner, "queue.mean")),
        cell("queue.max", Form::Number),
        cell("wait.p99", Form::Duration),
        cell("sojourn.p99", Form::Duration),
        value(results, owner, "rejected")
            .filter(|count| *count > 0.0)
            .map_or(String::new(), |count| human(count, Form::Number)),
        String::new(),
    ]
}

/// "4.2 of ", if on average not all of the instances were there.
fn there(results: &Results, owner: &str, instances: u32) -> String {
    let there = value(results, owner, "instances");
    let there = there.filter(|there| instances > 1 && *there < f64::from(instances) - THERE);
    there.map_or(String::new(), |there| format!("{} of ", human(there, Form::Number)))
}

/// "8 x 64 workers", "3 instances".
fn servers(instances: u32, servers: Option<Servers>) -> String {
    let of = |count: u32, plural| format!("{count} {}", noun(u64::from(count), plural));
    match (servers, instances) {
        (Some(servers), 1) => of(servers.count, servers.noun),
        (Some(servers), instances) => format!("{instances} x {}", of(servers.count, servers.noun)),
        (None, 1) => String::new(),
        (None, instances) => of(instances, "instances"),
    }
}

/// A mean length so small that nobody ever waits is 0.
fn queue(mean: Option<f64>) -> String {
    match mean {
        None => String::new(),
        Some(mean) if mean > 0.0 && mean < 0.01 => "<0.01".to_owned(),
        Some(mean) => human(mean, Form::Number),
    }
}

/// Levels of which the lowest tells more than the highest.
const LOWEST: [&str; 1] = ["healthy"];

/// "hit ratio 93.1 %, size 100 k", "backlog 1 (3.02 k at most)".
fn own(results: &Results, component: &ComponentShape) -> String {
    let figures = component.own.iter().filter_map(|own| {
        let last = value(results, &component.name, own.name)?;
        let extreme = |word: &str| value(results, &component.name, &format!("{}.{word}", own.name));
        // A level at the end says little of one that was quite another before.
        let other = match (extreme("max"), extreme("min")) {
            (Some(most), _) if most > 2.0 * last + 1.0 => format!(" ({} at most)", human(most, own.form)),
            (_, Some(least)) if LOWEST.contains(&own.name) && least < last => {
                format!(" ({} at least)", human(least, own.form))
            }
            _ => String::new(),
        };
        Some(format!("{} {}{other}", own.name.replace('_', " "), human(last, own.form)))
    });
    figures.collect::<Vec<String>>().join(", ")
}

pub(super) fn titled(table: &Table, style: Style) -> String {
    let (titles, lines) = table.lines();
    if lines.is_empty() {
        return String::new();
    }
    style.paint(&titles, Ink::Heading) + "\n" + &lines.join("\n") + "\n"
}

/// A table: what theory says beside what was measured.
pub fn theory(closed_forms: &[ClosedForm], style: Style) -> String {
    titled(&theory_table(closed_forms), style)
}

/// The same as a table.
pub(in crate::report) fn theory_table(closed_forms: &[ClosedForm]) -> Table {
    use Align::{Left, Right};
    let mut table = Table::new(&[
        ("theory", Left),
        ("figure", Left),
        ("exact", Right),
        ("simulated", Right),
        ("gap", Right),
        ("", Left),
    ]);
    for row in closed_forms {
        let gap = row.simulated.map(|simulated| simulated - row.exact);
        let relative =
            gap.filter(|_| row.exact != 0.0).map(|gap| format!("{:+.2} %", gap / row.exact * 100.0));
        let errors = gap.zip(row.standard_error.filter(|error| *error > 0.0)).map(|(gap, error)| {
            format!("{:.1} standard errors of {}", (gap / error).abs(), human(error, row.form))
        });
        table.push(vec![
            row.model.clone(),
            row.figure.clone(),
            human(row.exact, row.form),
            row.simulated.map_or("-".to_owned(), |simulated| human(simulated, row.form)),
            relative.unwrap_or_default(),
            errors.unwrap_or_default(),
        ]);
    }
    table
}
