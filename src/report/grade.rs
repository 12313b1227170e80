//! The grade of a scenario as text: step by step what is there, what is missing, and what an interviewer asks next.

use super::text::{Ink, Style, plain};
use crate::results::{Grade, Graded};

/// The text of `grade`.
pub fn text(title: &str, grade: &Grade, style: Style) -> String {
    let (met, all) =
        (grade.criteria().filter(|criterion| criterion.is_met).count(), grade.criteria().count());
    let (word, ink) = if grade.is_complete() { ("COMPLETE", Ink::Good) } else { ("INCOMPLETE", Ink::Bad) };
    let mut text = format!("{}  {}: {met} of {all} criteria are met\n", style.paint(word, ink), plain(title));
    for (index, step) in grade.steps.iter().enumerate() {
        text += &format!("\n{}\n", style.paint(&format!("{}. {}", index + 1, step.title), Ink::Heading));
        text.extend(step.criteria.iter().map(|criterion| lines(criterion, style)));
    }
    text
}

fn lines(criterion: &Graded, style: Style) -> String {
    let Graded { id, meaning, is_met, reason, question } = criterion;
    let (mark, ink) = if *is_met { ("✓", Ink::Good) } else { ("✗", Ink::Bad) };
    let meaning = if *is_met { String::new() } else { format!("    wanted: {meaning}\n") };
    format!("  {} {id}: {reason}\n{meaning}    asked next: {question}\n", style.paint(mark, ink))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::GradedStep;

    #[test]
    fn what_is_missing_is_told_with_what_is_wanted() {
        let criterion = |id, is_met, reason: &str| Graded {
            id,
            meaning: "something is there",
            is_met,
            reason: reason.to_owned(),
            question: "Why?",
        };
        let steps = vec![
            GradedStep { title: "begin", criteria: vec![criterion("first", true, "it is there")] },
            GradedStep { title: "end", criteria: vec![criterion("second", false, "nothing is there")] },
        ];
        let whole = Grade { steps: steps[..1].to_vec() };
        assert_eq!(
            text("A system", &Grade { steps }, Style::Plain),
            "INCOMPLETE  A system: 1 of 2 criteria are met\n\n\
             1. begin\n  ✓ first: it is there\n    asked next: Why?\n\n\
             2. end\n  ✗ second: nothing is there\n    wanted: something is there\n    asked next: Why?\n"
        );
        assert!(text("A system", &whole, Style::Plain).starts_with("COMPLETE  A system: 1 of 1 criteria"));
    }
}
