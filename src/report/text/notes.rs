//! The noted figures of an envelope, as `check` tells of them: the slips one by one, the others by their number.

use super::super::estimate::{gap, slips};
use super::{Ink, Style};
use crate::results::{Compared, Estimated, Opinion};
use std::fmt::Write;

/// A noted figure with its estimate and what to think of it.
type Note<'e> = (&'e Estimated, &'e Compared, &'e Opinion);

/// The block of the notes; empty if nothing is noted.
pub fn notes(estimates: &[Estimated], style: Style) -> String {
    let noted = |one| {
        let estimate: &Estimated = one;
        Some((estimate, estimate.noted.as_ref()?, estimate.opinion.as_ref()?))
    };
    let is_plain = |(_, _, opinion): &Note<'_>| opinion.holds && opinion.declared.is_none();
    let (plain, special): (Vec<Note<'_>>, Vec<Note<'_>>) =
        estimates.iter().filter_map(noted).partition(is_plain);
    if plain.is_empty() && special.is_empty() {
        return String::new();
    }
    let mut text = style.paint("notes", Ink::Heading) + "\n";
    for (estimate, compared, opinion) in special {
        let (mark, ink) = if opinion.holds { ("✓", Ink::Good) } else { ("✗", Ink::Bad) };
        let figures = format!("noted {}, exact {}, {}", compared.text, opinion.exact, gap(compared));
        let _ = writeln!(text, "  {} {}  {figures}", style.paint(mark, ink), estimate.name);
        for line in slips(&known(opinion)) {
            let _ = writeln!(text, "      {line}");
        }
    }
    let agree = match plain.len() {
        0 => return text,
        1 => "1 figure agrees with its formula".to_owned(),
        count => format!("{count} figures agree with their formulas"),
    };
    text + &format!("  {} {agree}\n", style.paint("✓", Ink::Good))
}

/// Of what holds only that which the scenario says; everything of what does not.
fn known(opinion: &Opinion) -> Opinion {
    let mut known = opinion.clone();
    if known.holds {
        known.slips.retain(|suspicion| known.declared == Some(suspicion.slip));
        known.rounded_to = None;
    }
    known
}
