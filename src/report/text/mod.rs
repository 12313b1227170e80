//! Results as text, for people: the verdict first, then why, then the figures, then the proofs.

pub(super) mod bottleneck;
pub(super) mod costs;
mod diagnosis;
pub(super) mod expectations;
pub(super) mod faults;
mod notes;
mod storm;
pub(super) mod tables;
#[cfg(test)]
mod tests;

pub use bottleneck::bottleneck;
pub use costs::costs;
pub use diagnosis::{causes, diagnosis};
pub use expectations::judgements;
pub(super) use expectations::observed;
pub use faults::faults;
pub use notes::notes;
pub use storm::storm;
pub use tables::{clients, components, marks, theory};

use super::number::{grouped, human};
use crate::results::{Form, Limit, Results, Stop, StopReason, Verdict};

/// How the text looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Style {
    /// Letters only.
    Plain,
    /// With the colours of a terminal (ECMA-48).
    Colour,
}

/// What a piece of text says besides its words.
#[derive(Clone, Copy)]
pub(super) enum Ink {
    Good,
    Bad,
    Unsure,
    Heading,
}

impl Style {
    pub(super) fn paint(self, text: &str, ink: Ink) -> String {
        let code = match ink {
            _ if self == Style::Plain || text.is_empty() => return text.to_owned(),
            Ink::Good => "1;32",
            Ink::Bad => "1;31",
            Ink::Unsure => "1;33",
            Ink::Heading => "1",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}

/// All that `run` prints, with a newline at its end.
pub fn text(results: &Results, style: Style) -> String {
    let parts = [
        verdict(results, style),
        judgements("objectives", &results.objectives, style),
        judgements("claims", &results.claims, style),
        expectations::skipped(results),
        diagnosis(results, style),
        faults(results, style),
        bottleneck(results, style),
        clients(results, style),
        marks(results, style),
        components(results, style),
        costs(results, style),
        theory(&results.closed_forms, style),
        proofs(results, style),
    ];
    let shown: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    shown.join("\n")
}

/// The first line, and a second one if the runs did not come to their end.
pub fn verdict(results: &Results, style: Style) -> String {
    let (word, ink) = word(results);
    let mut line = format!("{}  {}", style.paint(word, ink), plain(&results.subject.title));
    if let Some(variant) = &results.subject.variant {
        line += &format!(" @ {variant}");
        if let Some(title) = &results.subject.variant_title {
            line += &format!(" ({})", plain(title));
        }
    }
    line += &tally(results);
    if let Some(stop) = results.stop {
        line += &format!("\n{}", stopped(results, stop));
    }
    line + "\n"
}

/// The verdict in a word.
pub fn verdict_word(results: &Results) -> &'static str {
    word(results).0
}

pub(super) fn word(results: &Results) -> (&'static str, Ink) {
    match (results.verdict(), results.stop) {
        (Some(Verdict::Fail), _) => ("FAIL", Ink::Bad),
        (_, Some(_)) => ("PARTIAL", Ink::Unsure),
        (Some(Verdict::Inconclusive), None) => ("INCONCLUSIVE", Ink::Unsure),
        (Some(Verdict::Pass), None) => ("PASS", Ink::Good),
        (Some(Verdict::Skipped) | None, None) => ("DONE", Ink::Heading),
    }
}

/// ": 2 of 3 hold".
pub(super) fn tally(results: &Results) -> String {
    let all = || results.expectations().filter(|judgement| judgement.verdict != Verdict::Skipped);
    let held = all().filter(|judgement| judgement.verdict == Verdict::Pass).count();
    match all().count() {
        0 => ": nothing was expected of it".to_owned(),
        1 if held == 1 => ": what was expected holds".to_owned(),
        count if held == count => format!(": all {count} expectations hold"),
        count => format!(": {held} of {count} expectations hold"),
    }
}

/// Why and where the runs stopped before their end.
pub(super) fn stopped(results: &Results, stop: Stop) -> String {
    let mut place =
        format!("at {} of {}", human(stop.at, Form::Duration), human(results.duration, Form::Duration));
    if results.replications_planned > 1 {
        place += &format!(
            "; figures of {} of {} replications",
            results.replications, results.replications_planned
        );
    }
    match stop.reason {
        StopReason::Interrupted => format!("interrupted {place}"),
        StopReason::Limit { limit, value } => {
            let (what, form) = match limit {
                Limit::Events => ("events", Form::Number),
                Limit::InFlight => ("requests in flight", Form::Number),
                Limit::Memory => ("of memory", Form::Bytes),
                Limit::Instant => ("events, in a loop that takes no time", Form::Number),
            };
            format!("stopped by [limits] {} = {} {what}, {place}", limit.key(), human(value as f64, form))
        }
    }
}

/// A text of the file without what could steer a terminal.
pub(super) fn plain(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).collect()
}

/// The checks that the runs made of themselves, and what makes them repeatable.
pub fn proofs(results: &Results, style: Style) -> String {
    let laws = &results.laws;
    let held = laws.checked - laws.broken.len() as u64;
    let mut text = format!("laws: {} of {} hold exactly\n", grouped(held), grouped(laws.checked));
    for broken in &laws.broken {
        text += &format!("  {} {broken}\n", style.paint("✗", Ink::Bad));
    }
    let totals = results.conservation;
    text += &format!(
        "requests: {} born = {} completed + {} failed + {} in flight\n",
        grouped(totals.born),
        grouped(totals.completed),
        grouped(totals.failed),
        grouped(totals.in_flight)
    );
    let replications = match results.replications {
        1 => String::new(),
        count => format!(", means over {count} replications"),
    };
    text + &format!(
        "run: {} events, seed {}{replications}, fingerprint {:016x}\n",
        grouped(results.events),
        results.seed,
        results.fingerprint
    )
}

/// The value of a figure.
fn value(results: &Results, owner: &str, figure: &str) -> Option<f64> {
    results.metrics.get(&format!("{owner}.{figure}")).map(|figure| figure.value)
}

/// The cell of a figure; empty without a value.
fn cell(results: &Results, owner: &str, figure: &str, form: Form) -> String {
    value(results, owner, figure).map_or(String::new(), |value| human(value, form))
}
