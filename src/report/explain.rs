//! What is known of a scenario before it runs, as text: bounds, the first bottleneck, overloads, lints, what fails with
//! what, then the plan's listing.

use super::columns::columns;
use super::number::noun;
use super::topology::dependences;
use crate::results::{
    Bounds, ClientBounds, Interval, OperationBounds, Remark, Resource, StationBounds, Topology,
};
use crate::scenario::{format_count, format_duration, format_rate, format_share};
use std::fmt::Write;

/// The text of `explain`. `listing` is the plan's own.
pub fn explain(
    title: &str,
    bounds: &Bounds,
    remarks: &[Remark],
    topology: &Topology,
    listing: &str,
) -> String {
    let mut text = format!("{title}\n\nClients\n{}", columns(&client_rows(&bounds.clients)));
    let _ = write!(text, "\nLoad before the run\n{}", columns(&station_rows(&bounds.stations)));
    for line in LEGEND {
        let _ = writeln!(text, "  {line}");
    }
    text.push('\n');
    if let Some(sentence) = bottleneck(bounds) {
        let _ = writeln!(text, "First bottleneck: {sentence}");
    }
    for overload in overloads(bounds) {
        let _ = writeln!(text, "Overload: {overload}");
    }
    for note in &bounds.notes {
        let _ = writeln!(text, "Note: {note}");
    }
    text.push_str("\nLints\n");
    if remarks.is_empty() {
        text.push_str("  none\n");
    }
    for remark in remarks {
        text.push_str(&lint(remark));
    }
    let _ = write!(text, "\n{}\n{listing}", dependences(topology));
    text
}

/// What a lint says, with its label and its help on lines of their own.
fn lint(remark: &Remark) -> String {
    let mut text = String::from("  ");
    if let (Some(file), Some(line), Some(column)) = (&remark.file, remark.line, remark.column) {
        let _ = write!(text, "{file}:{line}:{column}: ");
    }
    let _ = writeln!(text, "{}: {}", remark.id.unwrap_or(remark.severity), remark.message);
    if !remark.label.is_empty() {
        let _ = writeln!(text, "    {}", remark.label);
    }
    if let Some(help) = &remark.help {
        let _ = writeln!(text, "    help: {help}");
    }
    text
}

const LEGEND: [&str; 4] = [
    "A range is from what comes if nothing fails to what comes if every miss, branch and attempt happens that may.",
    "holding: how long a visit keeps a worker (a core: computes), waiting at stations behind it not included.",
    "load: visits/s x holding, the workers, cores or connections needed on average; utilization: load / capacity.",
    "carries: by how much the rates of all clients may grow until this station is fully used.",
];

/// One line for each station that cannot serve even the least that comes: "offered 12 k/s, capacity 9.6 k/s
/// at db".
pub fn overloads(bounds: &Bounds) -> Vec<String> {
    let line = |station: &StationBounds| {
        let (offered, capacity) = station.overload()?;
        if offered.is_infinite() {
            return Some(format!("each visit leads to one more or more at {}", label(station)));
        }
        Some(format!(
            "offered {}, capacity {} at {}",
            format_rate(offered),
            format_rate(capacity),
            label(station)
        ))
    };
    bounds.stations.iter().filter_map(line).collect()
}

fn client_rows(clients: &[ClientBounds]) -> Vec<Vec<String>> {
    let mut rows = vec![["client", "requests/s", "latency without queues"].map(str::to_owned).to_vec()];
    rows.extend(clients.iter().map(|client| {
        vec![client.name.clone(), requests(client), interval(client.latency, format_duration)]
    }));
    rows
}

/// How many requests come, on average and at most.
fn requests(client: &ClientBounds) -> String {
    let mean = interval(client.rate, format_rate);
    match client.highest {
        Some(highest) => format!("{mean}, at the peak {}", format_rate(highest)),
        None => mean,
    }
}

fn station_rows(stations: &[StationBounds]) -> Vec<Vec<String>> {
    let header = ["component", "visits/s", "holding", "load", "capacity", "utilization", "carries"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    for station in stations {
        let servers = |capacity| {
            let count = if capacity == 1.0 { 1 } else { 2 };
            format!("{} {}", format_count(capacity), noun(count, plural(station.resource)))
        };
        let capacity = station.capacity.map(servers);
        let holding = match &station.operations[..] {
            [only] => interval(only.holding, format_duration),
            _ => String::new(),
        };
        let mut row = vec![
            label(station),
            interval(station.visits, format_rate),
            holding,
            interval(station.load, format_count),
            capacity.unwrap_or_else(|| "unbounded".to_owned()),
        ];
        row.extend(station.utilization().map(|used| interval(used, format_share)));
        row.extend(
            station
                .carries()
                .map(|carries| interval(carries, |factor| format!("{} x", format_count(factor)))),
        );
        rows.push(row);
        if station.operations.len() > 1 {
            rows.extend(station.operations.iter().map(operation_row));
        }
    }
    rows
}

fn operation_row(operation: &OperationBounds) -> Vec<String> {
    vec![
        format!("  .{}", operation.name),
        interval(operation.visits, format_rate),
        interval(operation.holding, format_duration),
        interval(operation.load, format_count),
    ]
}

/// The name of a station; cores are named, for their component has workers as well, and connections.
fn label(station: &StationBounds) -> String {
    match station.resource {
        Resource::Workers => station.label(),
        Resource::Cores => format!("{} (cores)", station.label()),
        Resource::Connections => format!("{} (connections)", station.label()),
    }
}

fn plural(resource: Resource) -> &'static str {
    match resource {
        Resource::Workers => "workers",
        Resource::Cores => "cores",
        Resource::Connections => "connections",
    }
}

/// Which station is fully used first, and whether that is certain.
fn bottleneck(bounds: &Bounds) -> Option<String> {
    let station = &bounds.stations[bounds.bottleneck?];
    let used = station.utilization()?;
    if used.high.is_infinite() && used.low == 0.0 {
        return Some(format!("unknown: before the run nothing limits the load of {}", label(station)));
    }
    if used.low == 0.0 {
        let open = "if all that may happen does; how much of it will is not known before the run";
        return Some(format!("{}, {} used {open}", label(station), format_share(used.high)));
    }
    let limit = if used.high > used.low * (1.0 + EQUAL) { "no more than " } else { "" };
    let factor = format_count(1.0 / used.low);
    let mut sentence = format!("{}, fully used at {limit}{factor} times these rates", label(station));
    if let Some(at_peak) = bounds.at_peak.filter(|at_peak| *at_peak > 0.0) {
        let _ = write!(sentence, " ({limit}{} times those of the peak)", format_count(1.0 / at_peak));
    }
    let own = label(station);
    let others = bounds.stations.iter().filter(|other| label(other) != own);
    let mut rivals: Vec<(&StationBounds, f64)> = others
        .filter_map(|other| Some((other, other.utilization()?.high)))
        .filter(|(_, high)| *high > used.low.max(used.high))
        .collect();
    // Of equal ones the first.
    rivals.sort_by(|one, other| other.1.total_cmp(&one.1));
    for (index, (rival, high)) in rivals.iter().take(RIVALS_MAX).enumerate() {
        let how = match high.is_finite() {
            true => format!(", as early as at {} times", format_count(1.0 / high)),
            false => ": before the run nothing limits its load".to_owned(),
        };
        let _ = match index {
            0 => write!(sentence, "; {} could come first{how}", label(rival)),
            _ => write!(sentence, "; so could {}{how}", label(rival)),
        };
    }
    match rivals.len().saturating_sub(RIVALS_MAX) {
        0 => {}
        more => drop(write!(sentence, "; so could {more} more")),
    }
    Some(sentence)
}

/// So many stations that could come first are named.
const RIVALS_MAX: usize = 3;

/// Relative differences below this are roundings.
const EQUAL: f64 = 1e-9;

fn interval(interval: Interval, format: impl Fn(f64) -> String) -> String {
    let Interval { low, high } = interval;
    let is_open = high.is_infinite();
    if low.is_infinite() {
        "any".to_owned()
    } else if !is_open && high - low <= EQUAL * high.abs() {
        format(low)
    } else if is_open && low == 0.0 {
        "unknown".to_owned()
    } else if is_open {
        format!("{} or more", format(low))
    } else if low == 0.0 {
        format!("up to {}", format(high))
    } else {
        format!("{} to {}", format(low), format(high))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn station(name: &str, resource: Resource, load: (f64, f64), capacity: Option<f64>) -> StationBounds {
        let interval = |low, high| Interval { low, high };
        StationBounds {
            name: name.to_owned(),
            role: None,
            resource,
            visits: interval(load.0 * 100.0, load.1 * 100.0),
            operations: vec![OperationBounds {
                name: "go".to_owned(),
                visits: interval(load.0 * 100.0, load.1 * 100.0),
                holding: interval(0.01, 0.01),
                load: interval(load.0, load.1),
            }],
            load: interval(load.0, load.1),
            capacity,
            available: 1.0,
            collecting: Interval::default(),
        }
    }

    fn of(stations: Vec<StationBounds>, bottleneck: Option<usize>) -> Bounds {
        Bounds { stations, bottleneck, ..Bounds::default() }
    }

    #[test]
    fn intervals_read_like_a_sentence() {
        for (low, high, expected) in [
            (2.0, 2.0, "2"),
            (0.0, 0.0, "0"),
            (1.0, 2.0, "1 to 2"),
            (0.0, 2.0, "up to 2"),
            (1.0, f64::INFINITY, "1 or more"),
            (0.0, f64::INFINITY, "unknown"),
            (f64::INFINITY, f64::INFINITY, "any"),
        ] {
            assert_eq!(interval(Interval { low, high }, format_count).trim(), expected);
        }
    }

    #[test]
    fn the_bottleneck_is_named_with_its_rival() {
        let workers = Resource::Workers;
        let app = station("app", workers, (8.0, 8.0), Some(10.0));
        let rival = |name: &str, high| station(name, workers, (1.0, high), Some(10.0));
        for (bounds, expected) in [
            (of(vec![app.clone()], Some(0)), Some("app, fully used at 1.25 times these rates")),
            (
                of(vec![app.clone(), station("urls", Resource::Cores, (1.0, 20.0), Some(10.0))], Some(0)),
                Some(
                    "app, fully used at 1.25 times these rates; urls (cores) could come first, as early as at 0.5 times",
                ),
            ),
            (
                of(vec![station("urls", workers, (5.0, 20.0), Some(10.0)), app.clone()], Some(1)),
                Some(
                    "app, fully used at 1.25 times these rates; urls could come first, as early as at 0.5 times",
                ),
            ),
            (
                of(vec![station("db", workers, (5.0, 20.0), Some(10.0))], Some(0)),
                Some("db, fully used at no more than 2 times these rates"),
            ),
            (
                of(vec![app.clone(), rival("a", 9.0), rival("b", 20.0), rival("c", 10.0)], Some(0)),
                Some(
                    "app, fully used at 1.25 times these rates; b could come first, as early as at 0.5 times; \
                     so could c, as early as at 1 times; so could a, as early as at 1.111 times",
                ),
            ),
            (
                of(
                    [vec![app.clone()], ["a", "b", "c", "d", "e"].map(|name| rival(name, 20.0)).to_vec()]
                        .concat(),
                    Some(0),
                ),
                Some(
                    "app, fully used at 1.25 times these rates; a could come first, as early as at 0.5 times; \
                     so could b, as early as at 0.5 times; so could c, as early as at 0.5 times; so could 2 more",
                ),
            ),
            (
                of(vec![station("db", workers, (0.0, 5.0), Some(10.0))], Some(0)),
                Some(
                    "db, 50 % used if all that may happen does; how much of it will is not known before the run",
                ),
            ),
            (
                of(vec![station("jobs", workers, (0.0, f64::INFINITY), Some(10.0))], Some(0)),
                Some("unknown: before the run nothing limits the load of jobs"),
            ),
            (of(vec![station("db", workers, (5.0, 5.0), None)], None), None),
        ] {
            assert_eq!(bottleneck(&bounds).as_deref(), expected);
        }
    }

    #[test]
    fn overload_is_what_even_the_least_exceeds() {
        let workers = Resource::Workers;
        let stations = vec![
            station("a", workers, (10.0, 20.0), Some(10.0)),
            station("db", workers, (120.0, 130.0), Some(96.0)),
            station("free", workers, (120.0, 130.0), None),
            station("loop", workers, (f64::INFINITY, f64::INFINITY), Some(1.0)),
        ];
        let expected =
            ["offered 12 k/s, capacity 9.6 k/s at db", "each visit leads to one more or more at loop"];
        assert_eq!(overloads(&of(stations, None)), expected);
    }

    #[test]
    fn the_page_has_tables_then_sentences_then_the_listing() {
        let mut bounds = of(vec![station("app", Resource::Workers, (8.0, 8.0), Some(10.0))], Some(0));
        let rate = Interval { low: 800.0, high: 800.0 };
        bounds.clients.push(ClientBounds {
            name: "c".to_owned(),
            users: None,
            rate,
            highest: Some(1600.0),
            latency: Interval { low: 0.01, high: 0.02 },
        });
        bounds.at_peak = Some(1.6);
        bounds.notes.push("a note".to_owned());
        let remark = Remark {
            severity: "warning",
            id: Some("no_timeout"),
            message: "calls can wait".to_owned(),
            file: Some("a.toml".to_owned()),
            line: Some(3),
            column: Some(7),
            label: "here".to_owned(),
            help: Some("write `timeout`".to_owned()),
        };
        let text = explain("Title", &bounds, &[remark], &Topology::default(), "Steps\n");
        let begin = "Title\n\n\
            Clients\n  client  requests/s                   latency without queues\n  c       800 /s, at the peak 1.6 k/s  10 ms to 20 ms\n\n\
            Load before the run\n  \
            component  visits/s  holding  load  capacity    utilization  carries\n  \
            app        800 /s    10 ms    8     10 workers  80 %         1.25 x\n";
        assert!(text.starts_with(begin), "{text}");
        let middle = "\n\nFirst bottleneck: app, fully used at 1.25 times these rates (0.625 times those of the peak)\nNote: a note\n\n\
            Lints\n  a.toml:3:7: no_timeout: calls can wait\n    here\n    help: write `timeout`\n\nWhat fails with what\n";
        assert!(text.contains(middle) && text.ends_with("\n\nSteps\n"), "{text}");
    }
}
