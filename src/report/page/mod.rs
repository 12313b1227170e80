//! Results as one HTML file that needs nothing else: no network, no other file, and no server.
//!
//! The sections are written here, so that the page says the same as the text report; the script draws the charts, of which
//! the page carries the numbers, and holds the shared cursor. No text of a scenario becomes markup (see `Html`), and the
//! page's policy lets only the scripts run whose digests it names, and no request leave it.

mod charts;
mod digest;
mod estimates;
mod findings;
mod html;
mod layout;
mod letters;
mod source;
mod tables;
#[cfg(test)]
mod tests;
mod thin;
mod topology;
mod verdict;
mod whatif;

pub use whatif::answer;

use crate::results::{Background, Results};
use charts::Charts;
use html::Html;
use serde::Serialize;
use whatif::Sliders;

const STYLES: [&str; 2] = [include_str!("../assets/uplot.min.css"), include_str!("../assets/page.css")];
const SCRIPTS: [&str; 2] = [include_str!("../assets/uplot.min.js"), include_str!("../assets/page.js")];
/// The scripts as a page carries them. What is only for readers of the sources stays there: indentation and comments.
fn scripts() -> [String; 2] {
    let [charts, page] = SCRIPTS;
    let lines = page.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//"));
    [charts.to_owned(), lines.collect::<Vec<&str>>().join("\n")]
}

/// The licence of what draws the charts; it travels with it.
const LICENCE: &str = include_str!("../assets/uplot.LICENSE.txt");

/// A section of the page.
struct Section {
    id: &'static str,
    heading: &'static str,
    content: Content,
}

/// Who writes a section.
enum Content {
    Facts(fn(&Results, &Background) -> Html),
    Charts(fn(&Results, &Charts) -> Html),
}

/// The sections, in their order. One that has nothing to say is left out.
const SECTIONS: [Section; 12] = [
    Section { id: "verdict", heading: "", content: Content::Facts(verdict::section) },
    Section { id: "findings", heading: "What happened", content: Content::Facts(findings::section) },
    Section { id: "expectations", heading: "Expectations", content: Content::Facts(verdict::expectations) },
    Section { id: "topology", heading: "Topology", content: Content::Facts(topology::section) },
    Section { id: "clients", heading: "What clients saw", content: Content::Charts(tables::clients) },
    Section {
        id: "distribution",
        heading: "Latency distribution",
        content: Content::Charts(tables::distribution),
    },
    Section {
        id: "components",
        heading: "Utilisation and queues",
        content: Content::Charts(tables::components),
    },
    Section {
        id: "faults",
        heading: "Before, during and after faults",
        content: Content::Facts(tables::faults),
    },
    Section {
        id: "estimates",
        heading: "Estimates and measurements",
        content: Content::Facts(estimates::section),
    },
    Section { id: "costs", heading: "Costs", content: Content::Facts(tables::costs) },
    Section {
        id: "theory",
        heading: "Theory and the run's own books",
        content: Content::Facts(tables::theory),
    },
    Section { id: "again", heading: "The same numbers again", content: Content::Facts(source::again) },
];

/// The section behind which the sliders stand.
const BEFORE_SLIDERS: &str = "topology";

/// What is written in a section.
#[derive(Serialize)]
struct Fragment {
    id: &'static str,
    html: String,
}

/// The contents of the sections of a run.
fn fragments(results: &Results, background: &Background, charts: &Charts) -> Vec<Fragment> {
    let fragment = |section: &Section| {
        let html = section.write(results, background, charts).into_text();
        Fragment { id: section.id, html }
    };
    SECTIONS.iter().map(fragment).collect()
}

impl Section {
    fn write(&self, results: &Results, background: &Background, charts: &Charts) -> Html {
        match self.content {
            Content::Facts(write) => write(results, background),
            Content::Charts(write) => write(results, charts),
        }
    }
}

/// Pages are smaller than this \[bytes\].
pub const SIZE_MAX: usize = 1_000_000;

/// What a page may hold.
struct Budget {
    /// About so many numbers in its charts.
    numbers: usize,
    sliders: Sliders,
}

/// What a page may hold: the first with which it is small enough.
const BUDGETS: [Budget; 7] = [
    Budget { numbers: 40_000, sliders: Sliders::Wanted },
    Budget { numbers: 20_000, sliders: Sliders::Wanted },
    Budget { numbers: 10_000, sliders: Sliders::Wanted },
    Budget { numbers: 5_000, sliders: Sliders::Wanted },
    Budget { numbers: 2_500, sliders: Sliders::Wanted },
    Budget { numbers: 1_250, sliders: Sliders::Wanted },
    Budget { numbers: 10_000, sliders: Sliders::Dropped },
];

/// The page of a run.
pub fn page(results: &Results, background: &Background) -> String {
    let mut page = String::new();
    for budget in &BUDGETS {
        page = page_within(results, background, budget);
        if page.len() < SIZE_MAX {
            break;
        }
    }
    page
}

fn page_within(results: &Results, background: &Background, budget: &Budget) -> String {
    let charts = Charts::of(results, budget.numbers);
    let mut main = Html::new();
    let mut shown = Vec::new();
    let mut add = |id: &'static str, heading: &'static str, content: &Html| {
        frame(&mut main, id, heading, content);
        shown.extend((!content.is_empty()).then_some(id));
    };
    for section in &SECTIONS {
        add(section.id, section.heading, &section.write(results, background, &charts));
        if section.id == BEFORE_SLIDERS {
            add("whatif", "What if", &whatif::section(results, background, budget.sliders));
        }
    }
    add("scenario", "The scenario", &source::text(results, background));
    let mut html = Html::new();
    html.fixed("<!doctype html>\n");
    html.element("html", &[("lang", "en")], |html| {
        html.element("head", &[], |html| head(html, &results.subject.title));
        html.element("body", &[], |html| {
            navigation(html, &shown);
            html.element("main", &[], |html| html.append(&main));
            html.fixed("<footer>Made by windtunnel. Charts by uPlot, © Leon Sorokin, MIT licence, which stands in this file.</footer>\n");
            html.data("charts", &json(&charts));
            whatif::data(html, results, background, budget.sliders);
            html.element("script", &[("type", "text/plain"), ("id", "licence")], |html| html.fixed(LICENCE));
            for script in scripts() {
                html.element("script", &[], |html| html.script(&script));
            }
        });
    });
    html.into_text() + "\n"
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("maps with text keys and numbers are JSON")
}

/// Whether anything was simulated; estimates alone need no run.
fn has_run(results: &Results) -> bool {
    !results.clients.is_empty() || results.events > 0
}

/// A section with its heading; without content it is there, but hidden.
fn frame(html: &mut Html, id: &'static str, heading: &'static str, content: &Html) {
    let hidden: &[(&'static str, &str)] =
        if content.is_empty() { &[("id", id), ("hidden", "")] } else { &[("id", id)] };
    html.element("section", hidden, |html| {
        if !heading.is_empty() {
            html.leaf("h2", &[], heading);
        }
        html.element("div", &[("class", "content")], |html| html.append(content));
    });
    html.fixed("\n");
}

fn head(html: &mut Html, title: &str) {
    html.void("meta", &[("charset", "utf-8")]);
    html.void("meta", &[("http-equiv", "Content-Security-Policy"), ("content", &policy())]);
    html.void("meta", &[("name", "viewport"), ("content", "width=device-width, initial-scale=1")]);
    html.void("meta", &[("name", "color-scheme"), ("content", "light dark")]);
    html.leaf("title", &[], &format!("{title} · windtunnel"));
    for style in STYLES {
        html.element("style", &[], |html| html.fixed(style));
    }
}

/// What may run in the page, and that nothing may be fetched.
fn policy() -> String {
    let sources =
        |texts: &[&str]| texts.iter().map(|text| digest::source(text)).collect::<Vec<String>>().join(" ");
    let scripts = scripts();
    // The core is compiled in a worker that the page makes of its own script.
    let core = if whatif::has_core() { " 'wasm-unsafe-eval'; worker-src blob:" } else { "" };
    format!(
        "default-src 'none'; style-src {}; script-src {}{core}; base-uri 'none'; form-action 'none'",
        sources(&STYLES),
        sources(&[&scripts[0], &scripts[1]])
    )
}

/// The sections that the bar at the top names, if they are there: what they are called in a word.
const STOPS: [(&str, &str, &str); 9] = [
    ("expectations", "#expectations", "expectations"),
    ("topology", "#topology", "topology"),
    ("whatif", "#whatif", "what if"),
    ("clients", "#clients", "clients"),
    ("components", "#components", "components"),
    ("estimates", "#estimates", "estimates"),
    ("costs", "#costs", "costs"),
    ("theory", "#theory", "theory"),
    ("scenario", "#scenario", "scenario"),
];

fn navigation(html: &mut Html, shown: &[&str]) {
    html.element("header", &[("class", "bar")], |html| {
        html.fixed("<a class=\"brand\" href=\"#verdict\">windtunnel</a>");
        html.element("nav", &[("aria-label", "Sections")], |html| {
            for (_, link, name) in STOPS.iter().filter(|(id, _, _)| shown.contains(id)) {
                html.leaf("a", &[("href", link)], name);
            }
        });
        html.fixed("<button type=\"button\" id=\"theme\" aria-label=\"Light or dark\" title=\"Light or dark\">◐</button>");
    });
}
