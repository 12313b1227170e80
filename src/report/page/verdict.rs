//! The top of the page: what was asked, the verdict, and what it rests on.

use super::html::Html;
use super::source;
use crate::report::number::{grouped, human};
use crate::report::text::expectations::{remark, with_error};
use crate::report::text::{Ink, stopped, tally, word};
use crate::results::{Background, Form, Judgement, Results, Verdict};

/// The section: the word, the title, the question of the scenario, and the facts of the run.
pub(super) fn section(results: &Results, background: &Background) -> Html {
    let mut html = Html::new();
    let subject = &results.subject;
    let (word, ink) = word(results);
    html.element("p", &[("class", "verdict")], |html| {
        html.leaf("strong", &[("class", class(ink))], word);
        html.text(tally(results).trim_start_matches(": "));
        let warns = |judgement: &&Judgement| judgement.verdict == Verdict::Fail && !judgement.gates;
        match results.expectations().filter(warns).count() {
            0 => {}
            1 => html.fixed("; one is only a warning"),
            count => html.text(&format!("; {count} are only warnings")),
        }
    });
    html.leaf("h1", &[], &subject.title);
    if let Some(variant) = &subject.variant {
        html.element("p", &[("class", "variant")], |html| {
            html.fixed("Variant ");
            html.leaf("b", &[], variant);
            if let Some(title) = &subject.variant_title {
                html.text(&format!(": {title}"));
            }
        });
    }
    if !background.origin.settings.is_empty() {
        html.element("p", &[("class", "variant")], |html| {
            html.fixed("With ");
            for (index, setting) in background.origin.settings.iter().enumerate() {
                html.fixed(if index == 0 { "" } else { ", " });
                html.leaf("code", &[], setting);
            }
        });
    }
    if let Some(question) = source::question(&background.origin.text) {
        html.leaf("p", &[("class", "question")], &question);
    }
    if let Some(stop) = results.stop {
        html.element("p", &[("class", "warning")], |html| {
            html.fixed("Not the whole run: ");
            html.text(&stopped(results, stop));
        });
    }
    if !super::has_run(results) {
        return html;
    }
    html.element("dl", &[("class", "facts")], |html| {
        let mut fact = |name: &'static str, value: &str, class: &'static str| {
            html.element("div", &[], |html| {
                html.leaf("dt", &[], name);
                html.leaf("dd", &[("class", class)], value);
            });
        };
        fact("measured", &human(results.duration, Form::Duration), "");
        fact("requests", &grouped(results.conservation.born), "");
        fact("events", &grouped(results.events), "");
        if results.replications_planned > 1 {
            fact("replications", &grouped(results.replications), "");
        }
        fact("seed", &results.seed.to_string(), "");
        fact("fingerprint", &source::fingerprint(results), "code");
    });
    html
}

fn class(ink: Ink) -> &'static str {
    match ink {
        Ink::Good => "good",
        Ink::Bad => "bad",
        Ink::Unsure => "unsure",
        Ink::Heading => "plain",
    }
}

/// The section of objectives and claims: what was expected, what was observed, and how far that is from the limit.
pub(super) fn expectations(results: &Results, _: &Background) -> Html {
    let mut html = Html::new();
    for (heading, note, judgements) in [
        ("Objectives", "What is wanted of what was run.", &results.objectives),
        ("Claims", "What the scenario teaches.", &results.claims),
    ] {
        let judged: Vec<&Judgement> = judgements.iter().filter(|judgement| judgement.is_told()).collect();
        if judged.is_empty() {
            continue;
        }
        html.element("h3", &[], |html| {
            html.fixed(heading);
            html.leaf("small", &[], note);
        });
        html.element("div", &[("class", "scroll"), ("tabindex", "0"), ("role", "group"), ("aria-label", heading)], |html| {
            html.element("table", &[("class", "expectations")], |html| {
                html.fixed(
                    "<thead><tr><th scope=\"col\">verdict</th><th scope=\"col\">name</th><th scope=\"col\">expected</th><th \
                     scope=\"col\" class=\"n\">observed</th><th scope=\"col\">distance</th></tr></thead>",
                );
                html.element("tbody", &[], |html| judged.into_iter().for_each(|judgement| row(html, judgement)));
            });
        });
    }
    let skipped: Vec<&str> = results
        .expectations()
        .filter(|judgement| !judgement.is_told())
        .map(|judgement| judgement.name.as_str())
        .collect();
    if !skipped.is_empty() {
        html.element("p", &[("class", "note")], |html| {
            html.fixed("Not judged, since they speak of variants that were not run: ");
            html.text(&skipped.join(", "));
            html.fixed(".");
        });
    }
    html
}

fn row(html: &mut Html, judgement: &Judgement) {
    let (class, mark, word) = match judgement.verdict {
        Verdict::Pass => ("good", "✓", "holds"),
        Verdict::Fail if !judgement.gates => ("unsure", "✗", "fails, as a warning"),
        Verdict::Fail => ("bad", "✗", "fails"),
        Verdict::Inconclusive => ("unsure", "?", "cannot be told"),
        Verdict::Skipped => ("unsure", "-", "is skipped"),
    };
    let observed = judgement.observed.map_or("–".to_owned(), |observed| with_error(observed, judgement));
    html.element("tr", &[], |html| {
        html.element("td", &[("class", "mark")], |html| {
            html.element("span", &[("class", class), ("title", word)], |html| {
                html.leaf("span", &[("aria-hidden", "true")], mark);
                html.leaf("span", &[("class", "spoken")], word);
            });
        });
        html.element("th", &[("scope", "row")], |html| {
            html.leaf("a", &[("href", &format!("#L{}", judgement.position.0))], &judgement.name);
        });
        html.element("td", &[], |html| html.leaf("code", &[], &judgement.expect));
        html.leaf("td", &[("class", "n")], &observed);
        html.leaf("td", &[], &joined(&remark(judgement)));
    });
}

/// A text whose numbers are not parted from their units at the end of a line.
fn joined(text: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    let mut before = ' ';
    while let Some(letter) = letters.next() {
        let is_unit = |next: &char| next.is_alphabetic() || "%/".contains(*next);
        let is_within = letter == ' ' && before.is_ascii_digit() && letters.peek().is_some_and(is_unit);
        joined.push(if is_within { '\u{a0}' } else { letter });
        before = letter;
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_stay_with_their_numbers() {
        for (text, expected) in [
            ("0.1 points above 99.9 %", "0.1\u{a0}points above 99.9\u{a0}%"),
            ("3 % below 1.13 k/s; only a warning", "3\u{a0}% below 1.13\u{a0}k/s; only a warning"),
            ("exactly 1", "exactly 1"),
        ] {
            assert_eq!(joined(text), expected);
        }
    }
}
