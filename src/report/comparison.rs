//! Several runs side by side: the figures in which they differ.

use super::number::human;
use super::table::{Align, Table};
use crate::results::{Form, Judgement, Results};

/// The figures of a client that are compared.
const CLIENT_FIGURES: [(&str, Form); 6] = [
    ("offered", Form::Rate),
    ("rate", Form::Rate),
    ("availability", Form::Share),
    ("latency.p50", Form::Duration),
    ("latency.p99", Form::Duration),
    ("latency.p99_9", Form::Duration),
];

/// The figures of a component that are compared, besides how much it serves, what its visitors occupy, and those of its kind.
const COMPONENT_FIGURES: [(&str, Form); 2] = [("queue.mean", Form::Number), ("sojourn.p99", Form::Duration)];

/// What a run is called beside others: its variant.
pub fn label(results: &Results) -> &str {
    results.subject.variant.as_deref().unwrap_or("base")
}

/// A table with a row for each figure and a column for each run. Behind the figures of the further runs stands how they
/// differ from the first one. Figures that are the same in all runs are only counted.
pub fn text(all: &[Results]) -> String {
    let mut columns = vec![("", Align::Left), ("", Align::Right)];
    let mut titles = vec!["compared".to_owned(), label(&all[0]).to_owned()];
    for results in &all[1..] {
        columns.extend([("", Align::Right), ("", Align::Left)]);
        titles.extend([label(results).to_owned(), String::new()]);
    }
    let mut table = Table::new(&columns);
    table.push(titles);
    let figures = figures(all);
    let rows: Vec<Vec<String>> = figures.iter().filter_map(|(name, form)| row(all, name, *form)).collect();
    let same = figures.len() - rows.len();
    let mut text = String::new();
    if !rows.is_empty() {
        rows.into_iter().for_each(|row| table.push(row));
        text = table.lines().1.join("\n") + "\n";
    }
    match same {
        0 => text,
        1 => text + "1 figure is the same\n",
        _ => text + &format!("{same} figures are the same\n"),
    }
}

/// The row of a figure, unless it is the same in all runs.
fn row(all: &[Results], name: &str, form: Form) -> Option<Vec<String>> {
    let values: Vec<Option<f64>> = all.iter().map(|results| value(results, name)).collect();
    let cells: Vec<String> =
        values.iter().map(|value| value.map_or("-".to_owned(), |value| human(value, form))).collect();
    if cells.iter().all(|cell| *cell == cells[0]) {
        return None;
    }
    let mut row = vec![name.to_owned(), cells[0].clone()];
    for (value, cell) in values.iter().zip(cells).skip(1) {
        let gap = values[0].zip(*value).map(|(first, value)| difference(first, value, form));
        row.extend([cell, gap.unwrap_or_default()]);
    }
    Some(row)
}

/// A figure of a run: a metric, or what an objective compares with its limit.
pub(super) fn value(results: &Results, name: &str) -> Option<f64> {
    let objective = || results.objectives.iter().find(|objective| compared(objective) == name);
    let metric = results.metrics.get(name).map(|figure| figure.value);
    metric.or_else(|| objective().and_then(|objective| objective.observed))
}

/// What an objective compares with its limit, as it is written: `orders.delay.p99` of `orders.delay.p99 < 1 s`.
fn compared(objective: &Judgement) -> &str {
    objective.expect.split(objective.operator).next().unwrap_or_default().trim()
}

/// The names of all figures that any of the runs can be compared by, in the order of the tables; at the end those that only
/// objectives speak of.
pub(super) fn figures(all: &[Results]) -> Vec<(String, Form)> {
    let mut names: Vec<(String, Form)> = Vec::new();
    let mut add = |owner: &str, figure: &str, form: Form| {
        let name = format!("{owner}.{figure}");
        let is_known = names.iter().any(|(known, _)| *known == name);
        if !is_known && all.iter().any(|results| results.metrics.contains_key(&name)) {
            names.push((name, form));
        }
    };
    for client in all.iter().flat_map(|results| &results.clients) {
        CLIENT_FIGURES.iter().for_each(|(figure, form)| add(&client.name, figure, *form));
    }
    for component in all.iter().flat_map(|results| &results.components) {
        component.servers.iter().for_each(|servers| add(&component.name, servers.metric, Form::Share));
        add(&component.name, component.served, Form::Rate);
        COMPONENT_FIGURES.iter().for_each(|(figure, form)| add(&component.name, figure, *form));
        component.own.iter().for_each(|own| add(&component.name, own.name, own.form));
    }
    for objective in all.iter().flat_map(|results| &results.objectives) {
        let name = compared(objective);
        let is_known = names.iter().any(|(known, _)| known == name);
        if !is_known && all.iter().any(|results| value(results, name).is_some()) {
            names.push((name.to_owned(), objective.form));
        }
    }
    names
}

/// "x 2.5", "+12 %", "-0.4 points".
fn difference(first: f64, value: f64, form: Form) -> String {
    let signed = |number: f64, unit: &str| {
        let sign = if number < 0.0 { "-" } else { "+" };
        format!("{sign}{}{unit}", human(number.abs(), Form::Number))
    };
    match form {
        _ if value == first => "=".to_owned(),
        Form::Share => signed((value - first) * 100.0, " points"),
        _ if first == 0.0 => String::new(),
        _ if value / first >= 2.0 => format!("x {}", human(value / first, Form::Number)),
        _ => signed((value / first - 1.0) * 100.0, " %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{ClientShape, ComponentShape, Figure, Servers, Subject, Verdict};

    fn results(variant: Option<&str>, figures: &[(&str, f64)]) -> Results {
        let figure = |value: f64| Figure { value, unit: "1", low: None, high: None };
        Results {
            subject: Subject { variant: variant.map(str::to_owned), ..Subject::default() },
            metrics: figures.iter().map(|(name, value)| ((*name).to_owned(), figure(*value))).collect(),
            clients: vec![ClientShape { name: "a".to_owned(), operations: Vec::new() }],
            components: vec![ComponentShape {
                name: "web".to_owned(),
                kind: "server",
                instances: 1,
                listed: Vec::new(),
                servers: vec![Servers { metric: "utilization", noun: "workers", count: 4 }],
                served: "rate",
                own: Vec::new(),
                callees: Vec::new(),
            }],
            ..Results::default()
        }
    }

    #[test]
    fn figures_stand_beside_each_other_with_their_differences() {
        let base =
            [("a.offered", 100.0), ("a.rate", 100.0), ("a.latency.p99", 0.1), ("web.utilization", 0.5)];
        let slow =
            [("a.offered", 100.0), ("a.rate", 88.0), ("a.latency.p99", 0.4), ("web.utilization", 0.75)];
        let all = [results(None, &base), results(Some("slow"), &slow)];
        let expected = "\
compared           base    slow
a.rate           100 /s   88 /s  -12 %
a.latency.p99    100 ms  400 ms  x 4
web.utilization    50 %    75 %  +25 points
1 figure is the same
";
        assert_eq!(text(&all), expected);
    }

    #[test]
    fn what_objectives_speak_of_is_compared() {
        let judged = |observed: f64| Judgement {
            name: "delay".to_owned(),
            expect: "orders.delay.p99 during lost < 1 s".to_owned(),
            verdict: Verdict::Fail,
            observed: Some(observed),
            limit: Some(1.0),
            unit: "s".to_owned(),
            half_width: None,
            gates: true,
            reason: None,
            operator: "<",
            form: Form::Duration,
            position: (1, 1),
        };
        let run = |variant, observed: f64| Results {
            objectives: vec![judged(observed)],
            ..results(variant, &[("web.utilization", 0.5)])
        };
        let all = [run(None, 3.0), run(Some("more"), 1.5)];
        let expected = "\
compared                      base   more
orders.delay.p99 during lost   3 s  1.5 s  -50 %
1 figure is the same
";
        assert_eq!(text(&all), expected);
    }

    #[test]
    fn what_only_one_run_has_is_shown() {
        let all = [results(None, &[]), results(Some("more"), &[("a.rate", 1.0)])];
        assert_eq!(text(&all), "compared  base  more\na.rate       -  1 /s\n");
        assert_eq!(text(&[results(None, &[]), results(None, &[])]), "");
    }
}
