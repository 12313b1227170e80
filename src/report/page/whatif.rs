//! The sliders of the page, and what they need: the simulation core, which runs in the page, and the scenario for it.

use super::html::Html;
use super::source::fingerprint;
use super::{Fragment, fragments, json};
use crate::report::comparison::{figures, value};
use crate::report::number::human;
use crate::report::text::word;
use crate::results::{Background, Choice, Knob, Results};
use serde::Serialize;

/// The core, as a file of LZMA; nothing if the program was built without it.
const CORE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/core.lzma"));

/// How to get the sliders.
const HOW: &str = "rustup target add wasm32-unknown-unknown && cargo core && cargo build --release";

/// More sliders than this are folded away.
const SHOWN: usize = 9;

/// Whether the page can run the scenario again.
pub(super) fn has_core() -> bool {
    !CORE.is_empty()
}

/// What the core is asked to run, but for what the sliders set.
#[derive(Serialize)]
struct Question<'r> {
    file: &'r str,
    /// None if the page shows the text as it is: then the script reads it there.
    text: Option<&'r str>,
    settings: &'r [String],
    variant: Option<&'r str>,
    /// As text, because a script's numbers have 53 bits.
    seed: String,
    replications: u64,
    files: Vec<(&'r str, &'r str)>,
}

/// What the page must know of a run to compare it with another one, and to show it.
#[derive(Serialize)]
struct Answer<'r> {
    fingerprint: String,
    word: &'static str,
    /// Names of the figures that are compared, and their values for people and for arithmetic.
    figures: Vec<(String, String, f64)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fragments: Option<Vec<Fragment>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    charts: Option<&'r super::Charts>,
}

impl<'r> Answer<'r> {
    fn of(results: &Results) -> Answer<'r> {
        let values = figures(std::slice::from_ref(results)).into_iter().filter_map(|(name, form)| {
            let value = value(results, &name)?;
            Some((name, human(value, form), value))
        });
        Answer {
            fingerprint: fingerprint(results),
            word: word(results).0,
            figures: values.collect(),
            fragments: None,
            charts: None,
        }
    }
}

/// What the core answers: the run's sections as the page of the same run has them.
pub fn answer(results: &Results, background: &Background) -> String {
    let charts = super::Charts::of(results, super::BUDGETS[0].numbers);
    let fragments = Some(fragments(results, background, &charts));
    json(&Answer { fragments, charts: Some(&charts), ..Answer::of(results) })
}

/// Why there are no sliders, if there are none.
fn obstacle(background: &Background, sliders: Sliders) -> Option<&'static str> {
    let origin = &background.origin;
    match () {
        () if sliders == Sliders::Dropped => Some(
            "This page is so large that there is no room in it for the simulation core, so there are no sliders.",
        ),
        () if background.knobs.is_empty() => Some("Nothing that stands in this scenario has a slider."),
        () if origin.files.iter().any(|(_, text)| text.is_none()) => Some(
            "A file beside this scenario is too large to travel with the page, so it cannot be run here.",
        ),
        () if origin.text.len() > super::source::TEXT_MAX => {
            Some("This scenario is too large to travel with the page, so it cannot be run here.")
        }
        () => None,
    }
}

/// Whether there is room for sliders.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Sliders {
    /// There is.
    Wanted,
    /// There is not.
    Dropped,
}

/// The section: the sliders, and what became of them; or how to get them.
pub(super) fn section(results: &Results, background: &Background, sliders: Sliders) -> Html {
    let mut html = Html::new();
    if background.origin.text.is_empty() || !super::has_run(results) {
        return html;
    }
    if let Some(obstacle) = obstacle(background, sliders) {
        html.leaf("p", &[("class", "note")], obstacle);
        return html;
    }
    if !has_core() {
        html.element("p", &[("class", "note")], |html| {
            html.fixed("This windtunnel was built without the simulation core for pages, so there are no sliders here. To have them: ");
            html.leaf("code", &[], HOW);
        });
        return html;
    }
    html.fixed(
        "<p class=\"note\">The simulator itself is in this page. Move a slider, and the whole page shows the run that comes of it: bit \
         by bit what the command line computes.</p>",
    );
    html.element("form", &[("id", "knobs"), ("autocomplete", "off")], |html| {
        let (first, others) = background.knobs.split_at(background.knobs.len().min(SHOWN));
        html.element("div", &[("class", "knobs")], |html| {
            first.iter().enumerate().for_each(|(at, one)| knob(html, at, one))
        });
        if !others.is_empty() {
            html.element("details", &[], |html| {
                html.leaf("summary", &[], &format!("{} more", others.len()));
                html.element("div", &[("class", "knobs")], |html| {
                    others.iter().enumerate().for_each(|(at, one)| knob(html, SHOWN + at, one));
                });
            });
        }
    });
    html.fixed(
        "<div class=\"run\"><p id=\"state\" role=\"status\">This is the run of the report.</p><progress id=\"progress\" \
         max=\"1\" value=\"0\" aria-label=\"Share of the run that is simulated\" hidden></progress><button type=\"button\" \
         id=\"stop\" hidden>stop</button><button type=\"button\" id=\"reset\" hidden>back to the run of the report</button></div>\
         <div id=\"outcome\"></div>",
    );
    html
}

fn knob(html: &mut Html, at: usize, knob: &Knob) {
    let id = format!("knob{at}");
    let stops = json(&knob.stops);
    html.element("div", &[("class", "knob")], |html| {
        html.element("label", &[("for", &id), ("title", &knob.path)], |html| {
            html.leaf("b", &[], &knob.owner);
            html.text(&format!(" {}", knob.what));
        });
        let now = knob.stops[knob.at].as_str();
        let known = [
            ("id", id.as_str()),
            ("data-path", &knob.path),
            ("data-at", &knob.at.to_string()),
            ("data-stops", &stops),
        ];
        match knob.choice {
            Choice::Slide => {
                html.leaf("output", &[("for", &id)], now);
                let most = (knob.stops.len() - 1).to_string();
                let at = knob.at.to_string();
                let range = [
                    ("type", "range"),
                    ("min", "0"),
                    ("max", most.as_str()),
                    ("step", "1"),
                    ("value", &at),
                    ("aria-valuetext", now),
                ];
                html.void("input", &[&known[..], &range].concat());
            }
            Choice::List => html.element("select", &known, |html| {
                for (index, stop) in knob.stops.iter().enumerate() {
                    let value = index.to_string();
                    let chosen: &[(&'static str, &str)] =
                        if index == knob.at { &[("selected", "")] } else { &[] };
                    html.leaf("option", &[&[("value", value.as_str())], chosen].concat(), stop);
                }
            }),
        }
    });
}

/// What the script needs besides: the question, what the run of the page came to, and the core.
pub(super) fn data(html: &mut Html, results: &Results, background: &Background, sliders: Sliders) {
    if !has_core() || obstacle(background, sliders).is_some() {
        return;
    }
    let (subject, origin) = (&results.subject, &background.origin);
    let question = Question {
        file: &subject.file,
        text: (!super::source::is_shown_as_it_is(&origin.text)).then_some(&origin.text),
        settings: &origin.settings,
        variant: subject.variant.as_deref(),
        seed: results.seed.to_string(),
        replications: results.replications_planned,
        files: origin
            .files
            .iter()
            .filter_map(|(path, text)| Some((path.as_str(), text.as_deref()?)))
            .collect(),
    };
    html.data("question", &json(&question));
    html.data("answer", &json(&Answer::of(results)));
    html.bytes("core", CORE);
}
