//! What happened, in sentences: the bottleneck first, then what else there is to know before the figures are read.

use super::html::Html;
use crate::report::text::bottleneck::found;
use crate::results::{Background, Results, Severity};

/// The section: a list of findings, and one of the faults.
pub(super) fn section(results: &Results, _: &Background) -> Html {
    let mut items = Html::new();
    if let Some(found) = found(results) {
        let weight = if found.is_full { Weight::Bad } else { Weight::Plain };
        item(&mut items, weight, &found.name, &found.sentence);
    }
    for finding in &results.diagnosis {
        let weight = match finding.severity {
            Severity::Critical => Weight::Bad,
            Severity::Warning => Weight::Unsure,
            Severity::Info => Weight::Plain,
        };
        let subject = finding.fault.as_deref().or(finding.component.as_deref()).unwrap_or("");
        item(&mut items, weight, subject, &finding.sentence);
    }
    for broken in &results.laws.broken {
        let sentence = format!("a law does not hold, which is an error of this program: {broken}");
        item(&mut items, Weight::Bad, "", &sentence);
    }
    let mut html = Html::new();
    list(&mut html, &items);
    if results.replications > 1 && !results.diagnosis.is_empty() {
        html.fixed("<p class=\"note\">The diagnosis is that of the first replication.</p>");
    }
    let mut faults = Html::new();
    for fault in &results.faults {
        item(&mut faults, Weight::Struck, &fault.name, &format!("{}: {}", fault.name, fault.text));
    }
    if !faults.is_empty() {
        html.fixed("<h3>Faults</h3>");
        list(&mut html, &faults);
    }
    html
}

/// How much a sentence matters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Weight {
    Bad,
    Unsure,
    Plain,
    /// It tells what was done to the system.
    Struck,
}

impl Weight {
    /// The class of its line, and what is said to who cannot see the colour.
    fn class(self) -> (&'static str, &'static str) {
        match self {
            Weight::Bad => ("bad", "critical"),
            Weight::Unsure => ("unsure", "warning"),
            Weight::Plain => ("plain", ""),
            Weight::Struck => ("struck", ""),
        }
    }
}

fn list(html: &mut Html, items: &Html) {
    if !items.is_empty() {
        html.element("ul", &[("class", "findings")], |html| html.append(items));
    }
}

/// A sentence; the name with which it begins stands out.
fn item(html: &mut Html, weight: Weight, subject: &str, sentence: &str) {
    let (class, spoken) = weight.class();
    html.element("li", &[("class", class)], |html| {
        if !spoken.is_empty() {
            html.element("span", &[("class", "alert"), ("title", spoken)], |html| {
                html.fixed("<span aria-hidden=\"true\">!</span>");
                html.leaf("span", &[("class", "spoken")], &format!("{spoken}: "));
            });
        }
        match name_end(sentence, subject) {
            Some(end) => {
                html.leaf("b", &[], &sentence[..end]);
                html.text(&sentence[end..]);
            }
            None => html.text(&capitalised(sentence)),
        }
        html.fixed(".");
    });
}

/// Where the name of the subject ends, if the sentence begins with it. That of an instance goes on behind it: `web[3]`.
fn name_end(sentence: &str, subject: &str) -> Option<usize> {
    let rest = sentence.strip_prefix(subject).filter(|_| !subject.is_empty())?;
    let instance = if rest.starts_with('[') { rest.find(']').map_or(0, |end| end + 1) } else { 0 };
    rest[instance..].starts_with([' ', ':']).then_some(subject.len() + instance)
}

/// A sentence with a capital letter, unless it begins with what may be a name.
fn capitalised(sentence: &str) -> String {
    const WORDS: [&str; 3] = ["the ", "nothing ", "a "];
    let mut letters = sentence.chars();
    match letters.next().filter(|_| WORDS.iter().any(|word| sentence.starts_with(word))) {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => sentence.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_begins_with_a_name_or_a_capital_letter() {
        for (subject, sentence, expected) in [
            ("db", "db is full", "<b>db</b> is full."),
            ("db", "db[0] saturated first", "<b>db[0]</b> saturated first."),
            ("cut", "cut: it hurt", "<b>cut</b>: it hurt."),
            ("db", "dbs are full", "dbs are full."),
            ("db", "the first bottleneck is db", "The first bottleneck is db."),
            ("", "p99 of users", "p99 of users."),
        ] {
            let mut html = Html::new();
            item(&mut html, Weight::Plain, subject, sentence);
            assert_eq!(html.into_text(), format!("<li class=\"plain\">{expected}</li>"));
        }
    }
}
