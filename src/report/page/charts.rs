//! The lines of the page's charts as data: what the run's series and distributions become before the page draws them.

use super::html::Html;
use super::thin::Lines;
use crate::mechanism::arrange::Arrange;
use crate::report::colour::{Colour, colour_of, colour_of_reason, on_dark, reason_on_dark, strokes};
use crate::results::{ClientSeries, ComponentSeries, Form, Ladder, Results, Series};
use serde::Serialize;

/// What the page draws.
#[derive(Serialize)]
pub(super) struct Charts {
    /// The end of the measured time \[s\].
    end: f64,
    /// What lay over it.
    faults: Vec<Shade>,
    /// The points of time \[s\] of all charts that are drawn over time.
    times: Vec<Round>,
    charts: Vec<Chart>,
}

/// A fault over time.
#[derive(Serialize)]
struct Shade {
    name: String,
    from: f64,
    until: f64,
}

/// A chart.
#[derive(Serialize)]
pub(super) struct Chart {
    /// In which section it stands.
    #[serde(skip)]
    place: Place,
    title: String,
    /// What its heights are.
    form: &'static str,
    /// Whether they are shown by their logarithms.
    log: bool,
    /// Whether it is drawn over 1 / (1 - p), of which it has the values, instead of over time.
    tail: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    x: Vec<Round>,
    lines: Vec<Line>,
}

/// A line of a chart.
#[derive(Serialize)]
struct Line {
    label: String,
    /// Its colours on light and on dark ground.
    light: String,
    dark: String,
    /// Which pattern of dashes it has; 0 is solid.
    dash: usize,
    /// Whether the ground under it is coloured as well.
    fill: bool,
    values: Vec<Option<Round>>,
}

/// Where charts stand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Place {
    /// What the clients saw.
    Clients,
    /// The distribution of latencies.
    Distribution,
    /// Utilisation, queues, and what only some kinds show.
    Components,
}

/// A number with as many digits as a picture can show.
#[derive(Clone, Copy)]
struct Round(f64);

impl Serialize for Round {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rounded: f64 = format!("{:.4e}", self.0).parse().unwrap_or(self.0);
        match rounded {
            _ if !rounded.is_finite() => serializer.serialize_none(),
            _ if rounded.fract() == 0.0 && rounded.abs() < 1e15 => serializer.serialize_i64(rounded as i64),
            _ => serializer.serialize_f64(rounded),
        }
    }
}

/// More clients, components or lines than these are not drawn.
const CLIENTS_MAX: usize = 6;
const COMPONENTS_MAX: usize = 8;
const COURSES_MAX: usize = 24;
const LINES_MAX: usize = 16;

/// A line has at most so many columns of points, and at least so many.
const COLUMNS_MAX: usize = 500;
const COLUMNS_MIN: usize = 30;

const INK: Colour = Colour(0x3A, 0x42, 0x4E);
const INK_ON_DARK: Colour = Colour(0xC4, 0xCC, 0xD8);
/// What was completed, as in the pictures.
const COMPLETED: (Colour, Colour) = (Colour(0x2F, 0x7F, 0xB8), Colour(0x5A, 0xA9, 0xE0));
/// Slower percentiles are darker on light ground, and lighter on dark ground.
const PERCENTILES: [(Colour, Colour); 3] = [
    (Colour(0x5B, 0xA3, 0xD9), Colour(0x3F, 0x7C, 0xB5)),
    (Colour(0x1F, 0x6F, 0xB5), Colour(0x6F, 0xB1, 0xE8)),
    (Colour(0x0B, 0x3C, 0x73), Colour(0xC2, 0xE2, 0xFF)),
];

impl Charts {
    /// All charts of a run, with about so many numbers at most.
    pub(super) fn of(results: &Results, numbers: usize) -> Charts {
        let series = &results.series;
        let end = series.edges.last().copied().unwrap_or(0.0);
        let clock = Clock::of(series);
        let drafts = if end > 0.0 { drafts(series, &clock) } else { Vec::new() };
        let lines: usize = drafts.iter().map(|draft| draft.lines.len()).sum();
        let columns = (numbers / 2 / lines.max(1)).clamp(COLUMNS_MIN, COLUMNS_MAX);
        let mut charts: Vec<Chart> =
            drafts.into_iter().map(|draft| draft.thin(&clock.times, columns).finish()).collect();
        let times = Lines { times: clock.times, values: Vec::new() }.thinned(columns).times;
        charts.extend(distribution(&results.ladders));
        let times = times.into_iter().map(Round).collect();
        Charts { end, faults: shades(results, end), times, charts }
    }

    /// The places of the charts of a section, which the page fills; returns whether there are any.
    pub(super) fn write(&self, html: &mut Html, place: Place) -> bool {
        let here = || self.charts.iter().enumerate().filter(|(_, chart)| chart.place == place);
        if here().next().is_none() {
            return false;
        }
        html.element("div", &[("class", "charts")], |html| {
            for (index, chart) in here() {
                html.element("figure", &[("class", "chart"), ("data-chart", &index.to_string())], |html| {
                    html.leaf("figcaption", &[], &chart.title);
                    html.element("div", &[("class", "plot")], |_| {});
                });
            }
        });
        true
    }
}

fn shades(results: &Results, end: f64) -> Vec<Shade> {
    let shade = |fault: &crate::results::FaultShape| {
        let (from, until) = (fault.from?.max(0.0), fault.until?.min(end));
        (from <= until && until > 0.0).then(|| Shade { name: fault.name.clone(), from, until })
    };
    results.faults.iter().filter_map(shade).collect()
}

/// A chart over time whose lines still have all their points.
struct Draft {
    place: Place,
    title: String,
    form: Form,
    lines: Vec<(Stroke, Vec<Option<f64>>)>,
}

struct Stroke {
    label: String,
    colours: (Colour, Colour),
    dash: usize,
    fill: bool,
}

impl Draft {
    fn thin(mut self, times: &[f64], columns: usize) -> Draft {
        let values = self.lines.iter_mut().map(|line| std::mem::take(&mut line.1)).collect();
        let thin = Lines { times: times.to_vec(), values }.thinned(columns);
        self.lines.iter_mut().zip(thin.values).for_each(|(line, values)| line.1 = values);
        self
    }

    /// Whether there is anything to draw.
    fn has_values(&self) -> bool {
        self.lines.iter().any(|(_, values)| values.iter().any(Option::is_some))
    }

    fn finish(self) -> Chart {
        let line = |(stroke, values): (Stroke, Vec<Option<f64>>)| stroke.line(values.into_iter());
        Chart {
            place: self.place,
            title: self.title,
            form: word(self.form),
            log: self.form == Form::Duration,
            tail: false,
            x: Vec::new(),
            lines: self.lines.into_iter().map(line).collect(),
        }
    }
}

impl Stroke {
    fn line(self, values: impl Iterator<Item = Option<f64>>) -> Line {
        Line {
            label: self.label,
            light: self.colours.0.to_string(),
            dark: self.colours.1.to_string(),
            dash: self.dash,
            fill: self.fill,
            values: values.map(|value| value.filter(|value| value.is_finite()).map(Round)).collect(),
        }
    }
}

fn word(form: Form) -> &'static str {
    match form {
        Form::Duration => "duration",
        Form::Rate => "rate",
        Form::Share => "share",
        Form::Bytes => "bytes",
        Form::Money => "money",
        Form::Number => "number",
    }
}

/// The charts over time.
fn drafts(series: &Series, clock: &Clock) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for client in busiest_clients(series, clock) {
        drafts.push(traffic(client, clock));
        drafts.push(latency(client, clock));
    }
    drafts.extend(load(series, clock));
    let courses = series.components.iter().flat_map(|component| &component.courses);
    for course in courses.take(COURSES_MAX) {
        let labels: Vec<&str> = course.lines.iter().take(LINES_MAX).map(|line| line.label.as_str()).collect();
        let lines = strokes(&labels).into_iter().zip(&course.lines).map(|(stroke, line)| {
            let colours = (stroke.colour, on_dark(stroke.colour));
            let stroke = Stroke { label: line.label.clone(), colours, dash: stroke.pattern, fill: false };
            (stroke, clock.values(&line.values))
        });
        let hidden = course.lines.len().saturating_sub(LINES_MAX);
        let more = if hidden == 0 { String::new() } else { format!(" ({hidden} more lines not shown)") };
        drafts.push(Draft {
            place: Place::Components,
            title: format!("{}: {}{more}", course.name, course.meaning.replace('`', "")),
            form: course.form,
            lines: lines.collect(),
        });
    }
    drafts.retain(Draft::has_values);
    drafts
}

/// The bins that are shown: those that end after the warm-up. A value stands in the middle of its bin; the first and the
/// last reach to the ends.
struct Clock {
    hidden: usize,
    edges: Vec<f64>,
    times: Vec<f64>,
}

impl Clock {
    fn of(series: &Series) -> Clock {
        let hidden = series.edges.iter().skip(1).take_while(|end| **end <= 0.0).count();
        let edges: Vec<f64> = series.edges.iter().skip(hidden).map(|edge| edge.max(0.0)).collect();
        let middles = edges.windows(2).map(|pair| pair[0] + (pair[1] - pair[0]) / 2.0);
        let times = edges.first().copied().into_iter().chain(middles).chain(edges.last().copied()).collect();
        Clock { hidden, edges, times }
    }

    fn values(&self, values: &[Option<f64>]) -> Vec<Option<f64>> {
        let shown = values.get(self.hidden..).unwrap_or_default();
        let (first, last) = (shown.first().copied().flatten(), shown.last().copied().flatten());
        [first].into_iter().chain(shown.iter().copied()).chain([last]).collect()
    }

    fn numbers(&self, values: &[f64]) -> Vec<Option<f64>> {
        self.values(&values.iter().copied().map(Some).collect::<Vec<_>>())
    }

    /// The integral over time.
    fn total(&self, values: &[f64]) -> f64 {
        let shown = values.get(self.hidden..).unwrap_or_default();
        self.edges.windows(2).zip(shown).map(|(pair, value)| (pair[1] - pair[0]) * value).sum()
    }
}

/// The clients with the most requests, in the order of the series.
fn busiest_clients<'s>(series: &'s Series, clock: &Clock) -> Vec<&'s ClientSeries> {
    let mut ranked: Vec<&ClientSeries> = series.clients.iter().collect();
    ranked.arrange_by(|one, other| clock.total(&other.offered).total_cmp(&clock.total(&one.offered)));
    ranked.truncate(CLIENTS_MAX);
    series.clients.iter().filter(|client| ranked.iter().any(|one| one.name == client.name)).collect()
}

fn traffic(client: &ClientSeries, clock: &Clock) -> Draft {
    let stroke = |label: &str, colours, dash, fill| Stroke { label: label.to_owned(), colours, dash, fill };
    let mut lines = vec![
        (stroke("completed", COMPLETED, 0, true), clock.numbers(&client.rate)),
        (stroke("offered", (INK, INK_ON_DARK), 1, false), clock.numbers(&client.offered)),
    ];
    for (reason, rates) in client.errors.iter().take(LINES_MAX) {
        let colour = colour_of_reason(reason);
        let same = client.errors.iter().take_while(|(other, _)| other != reason);
        let dash = same.filter(|(other, _)| colour_of_reason(other) == colour).count();
        lines.push((stroke(reason, (colour, reason_on_dark(colour)), dash, true), clock.numbers(rates)));
    }
    let title = format!("{}: requests per second", client.name);
    Draft { place: Place::Clients, title, form: Form::Rate, lines }
}

fn latency(client: &ClientSeries, clock: &Clock) -> Draft {
    let lines = client.latency.iter().enumerate().map(|(index, (name, values))| {
        let colours = PERCENTILES[index.min(PERCENTILES.len() - 1)];
        let stroke = Stroke { label: name.replace('_', "."), colours, dash: 0, fill: false };
        (stroke, clock.values(values))
    });
    let title = format!("{}: latency of the completed requests", client.name);
    Draft { place: Place::Clients, title, form: Form::Duration, lines: lines.collect() }
}

/// Utilisation and queues of the busiest components.
fn load(series: &Series, clock: &Clock) -> Vec<Draft> {
    let serving = series.components.iter().filter(|component| !component.queue.is_empty());
    let mut components: Vec<&ComponentSeries> = serving.collect();
    let business =
        |component: &ComponentSeries| (clock.total(&component.utilization), clock.total(&component.queue));
    // What never worked and where nobody ever waited makes lines along the bottom.
    components.retain(|component| business(component) != (0.0, 0.0));
    components.arrange_by(|one, other| {
        let (one, other) = (business(one), business(other));
        other.0.total_cmp(&one.0).then(other.1.total_cmp(&one.1))
    });
    let hidden = components.len().saturating_sub(COMPONENTS_MAX);
    components.truncate(COMPONENTS_MAX);
    let names: Vec<&str> = components.iter().map(|component| component.name.as_str()).collect();
    let strokes = strokes(&names);
    let more = if hidden == 0 { String::new() } else { format!(" ({hidden} more components not shown)") };
    let draft = |title: &str, form: Form, values: &dyn Fn(&ComponentSeries) -> Vec<f64>| {
        let lines = components.iter().zip(&strokes).filter_map(|(component, stroke)| {
            let values = values(component);
            let colours = (stroke.colour, on_dark(stroke.colour));
            let line = Stroke { label: component.name.clone(), colours, dash: stroke.pattern, fill: false };
            (!values.is_empty()).then(|| (line, clock.numbers(&values)))
        });
        let title = format!("{title}{more}");
        Draft { place: Place::Components, title, form, lines: lines.collect() }
    };
    let all = [
        draft("Utilisation: share of the workers that are busy", Form::Share, &|one| one.utilization.clone()),
        draft("Queues: how many wait for a worker, on average", Form::Number, &|one| match clock
            .total(&one.queue)
        {
            0.0 => Vec::new(),
            _ => one.queue.clone(),
        }),
    ];
    all.into_iter().filter(|draft| !draft.lines.is_empty()).collect()
}

/// Points per factor of ten on the axis 1 / (1 - p), so that p90, p99, p99.9 are among them.
const POINTS_PER_DECADE: u32 = 48;

/// Latency against 1 / (1 - p).
fn distribution(ladders: &[Ladder]) -> Option<Chart> {
    let ladders: Vec<&Ladder> =
        ladders.iter().filter(|ladder| !ladder.steps.is_empty()).take(LINES_MAX).collect();
    let reach = |ladder: &Ladder| ladder.steps.last().map_or(1.0, |(share, _)| 1.0 / (1.0 - share));
    let farthest = ladders.iter().map(|ladder| reach(ladder)).fold(1.0, f64::max);
    let mut x: Vec<f64> = (0..)
        .map(|index| libm::pow(10.0, f64::from(index) / f64::from(POINTS_PER_DECADE)))
        .take_while(|x| *x < farthest)
        .chain(ladders.iter().map(|ladder| reach(ladder)))
        .collect();
    x.sort_unstable_by(f64::total_cmp);
    x.dedup();
    let names: Vec<&str> = ladders.iter().map(|ladder| ladder.name.as_str()).collect();
    let lines = ladders.iter().zip(&names).map(|(ladder, name)| {
        let colour = colour_of(name);
        let before = names.iter().take_while(|other| other != &name);
        let dash = before.filter(|other| colour_of(other) == colour).count();
        let stroke =
            Stroke { label: ladder.name.clone(), colours: (colour, on_dark(colour)), dash, fill: false };
        let reach = reach(ladder);
        let value = |x: &f64| (*x <= reach).then(|| latency_at(ladder, 1.0 - 1.0 / x)).flatten();
        stroke.line(x.iter().map(value))
    });
    let lines: Vec<Line> = lines.collect();
    (!lines.is_empty()).then(|| Chart {
        place: Place::Distribution,
        title: "Latency that this share of the requests does not exceed".to_owned(),
        form: "duration",
        log: true,
        tail: true,
        x: x.into_iter().map(Round).collect(),
        lines,
    })
}

/// The least latency that at least this share of the requests does not exceed.
fn latency_at(ladder: &Ladder, share: f64) -> Option<f64> {
    /// What a division may add to a share.
    const TOLERANCE: f64 = 1e-12;
    let index = ladder.steps.partition_point(|step| step.0 < share - TOLERANCE);
    ladder.steps.get(index).or(ladder.steps.last()).map(|step| step.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_digits_that_a_picture_shows() {
        for (value, expected) in [
            (0.0, "0"),
            (3.0, "3"),
            (0.123_456_789, "0.12346"),
            (123_456.7, "123460"),
            (f64::NAN, "null"),
            (1e-9, "1e-9"),
        ] {
            assert_eq!(serde_json::to_string(&Round(value)).expect("a number"), expected);
        }
    }

    #[test]
    fn latencies_of_shares() {
        let ladder =
            Ladder { name: "a".to_owned(), steps: vec![(0.0, 1.0), (0.5, 2.0), (0.9, 5.0), (0.99, 9.0)] };
        for (share, expected) in
            [(0.0, 1.0), (0.3, 2.0), (0.5, 2.0), (0.51, 5.0), (0.9, 5.0), (0.99, 9.0), (1.0, 9.0)]
        {
            assert_eq!(latency_at(&ladder, share), Some(expected), "{share}");
        }
        let chart = distribution(&[ladder]).expect("there is a line");
        let at = |x: f64| {
            let index =
                chart.x.iter().position(|one| (one.0 - x).abs() < 1e-9 * x).expect("the point is there");
            chart.lines[0].values[index].map(|value| value.0)
        };
        assert_eq!([at(1.0), at(10.0), at(100.0)], [Some(1.0), Some(5.0), Some(9.0)]);
        assert!(distribution(&[]).is_none());
    }

    /// A run of 250 lines of 4000 bins: a million points.
    #[test]
    fn a_million_points_become_some_ten_thousand() {
        let bins = 4000;
        let component = |index: usize| ComponentSeries {
            name: format!("c{index}"),
            utilization: vec![0.5; bins],
            queue: vec![1.0; bins],
            courses: Vec::new(),
        };
        let client = |index: usize| ClientSeries {
            name: format!("k{index}"),
            latency: vec![("p50", vec![Some(0.123_456); bins]); 3],
            offered: vec![1234.567; bins],
            rate: vec![1234.567; bins],
            errors: (0..6).map(|reason| (format!("r{reason}"), vec![0.123_456; bins])).collect(),
        };
        let series = Series {
            edges: (0..=bins).map(|edge| edge as f64 / 7.0).collect(),
            clients: (0..10).map(client).collect(),
            components: (0..70).map(component).collect(),
        };
        let charts = Charts::of(&Results { series, ..Results::default() }, 40_000);
        let json = serde_json::to_string(&charts).expect("numbers are JSON");
        assert!(json.len() < 400_000, "{}", json.len());
    }
}
