//! Why a run went as it did: what it found out about itself, sentence by sentence.

use super::{Ink, Style, plain};
use crate::results::{Finding, Results, Severity};

/// More sentences than this are a wall of text; the rest stands in the JSON, but none that tells of trouble.
const SENTENCES_MAX: usize = 7;

/// Of those that tell of none so many are shown beside any number of others: what the time of requests is spent on.
const OTHERS_MIN: usize = 2;

/// Sentences are wrapped at so many letters.
const LETTERS_MAX: usize = 112;

/// The most telling findings, a sentence each.
pub fn diagnosis(results: &Results, style: Style) -> String {
    if results.diagnosis.is_empty() {
        return String::new();
    }
    let mut text = style.paint("diagnosis", Ink::Heading);
    if results.replications > 1 {
        text += " of the first replication";
    }
    text += "\n";
    let is_trouble = |finding: &Finding| finding.severity > Severity::Info;
    let trouble = results.diagnosis.iter().filter(|finding| is_trouble(finding)).count();
    let mut room = SENTENCES_MAX.saturating_sub(trouble).max(OTHERS_MIN);
    let mut left = 0;
    for finding in &results.diagnosis {
        match (is_trouble(finding), room) {
            (true, _) => text += &sentence(finding, style),
            (false, 0) => left += 1,
            (false, _) => {
                text += &sentence(finding, style);
                room -= 1;
            }
        }
    }
    match left {
        0 => text,
        1 => text + "  and one more in result.json\n",
        more => text + &format!("  and {more} more in result.json\n"),
    }
}

/// More sentences than these are for who runs the scenario alone.
const CAUSES_MAX: usize = 3;

/// What may be why a run does not keep what is expected of it: the first sentences that tell of trouble.
pub fn causes(results: &Results, style: Style) -> String {
    let troubles = results.diagnosis.iter().filter(|finding| finding.severity != Severity::Info);
    troubles.take(CAUSES_MAX).map(|finding| sentence(finding, style)).collect()
}

/// The sentence behind a mark, on lines whose further ones are indented.
fn sentence(finding: &Finding, style: Style) -> String {
    let (mark, ink) = match finding.severity {
        Severity::Critical => ("!", Ink::Bad),
        Severity::Warning => ("!", Ink::Unsure),
        Severity::Info => ("·", Ink::Heading),
    };
    let mut lines = vec![String::new()];
    for word in plain(&finding.sentence).split(' ') {
        let line = lines.last_mut().expect("there is a line");
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > LETTERS_MAX {
            lines.push(word.to_owned());
        } else {
            line.push_str(if line.is_empty() { "" } else { " " });
            line.push_str(word);
        }
    }
    format!("  {} {}\n", style.paint(mark, ink), lines.join("\n    "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn results(sentences: &[(Severity, &str)]) -> Results {
        let finding =
            |(severity, text): &(Severity, &str)| Finding::new("waste", *severity, text.to_string());
        Results { diagnosis: sentences.iter().map(finding).collect(), replications: 1, ..Results::default() }
    }

    #[test]
    fn sentences_behind_marks() {
        let long = format!("db {}", "waits ".repeat(20).trim_end());
        for (sentences, expected) in [
            (vec![], String::new()),
            (
                vec![(Severity::Critical, "db is full"), (Severity::Info, "all is well")],
                "diagnosis\n  ! db is full\n  · all is well\n".to_owned(),
            ),
            (
                vec![(Severity::Warning, long.as_str())],
                format!("diagnosis\n  ! db {}\n    waits waits\n", "waits ".repeat(18).trim_end()),
            ),
            (
                [vec![(Severity::Info, "so"); 3], vec![(Severity::Warning, "woe"); 8]].concat(),
                format!(
                    "diagnosis\n  · so\n  · so\n{}  and one more in result.json\n",
                    "  ! woe\n".repeat(8)
                ),
            ),
            (
                vec![(Severity::Info, "so"); 9],
                format!("diagnosis\n{}  and 2 more in result.json\n", "  · so\n".repeat(7)),
            ),
        ] {
            assert_eq!(diagnosis(&results(&sentences), Style::Plain), expected);
        }
        let mixed =
            results(&[(Severity::Info, "so"), (Severity::Warning, "slow"), (Severity::Critical, "full")]);
        assert_eq!(causes(&mixed, Style::Plain), "  ! slow\n  ! full\n");
        let replicated = Results { replications: 2, ..results(&[(Severity::Info, "so")]) };
        assert_eq!(diagnosis(&replicated, Style::Plain), "diagnosis of the first replication\n  · so\n");
    }
}
