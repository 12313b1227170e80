//! How many messages were lost on their way, between which places.

use super::evidence::Evidence;
use super::graded;
use crate::results::number::human;
use crate::results::{Finding, Form};

/// A smaller share than this is not worth a sentence.
const TELLING: f64 = 1e-4;

/// A finding for each pair of places whose messages were lost, in either direction.
pub(super) fn findings(evidence: &Evidence<'_>) -> Vec<Finding> {
    let plan = evidence.world.plan();
    let links = evidence.world.recorder().links.iter().zip(&plan.links);
    let one = |(cells, link): (&Vec<crate::measure::recorder::LinkRecord>, &crate::plan::Link)| {
        let total = |count: fn(&crate::measure::recorder::LinkRecord) -> u64| {
            evidence.bins.iter().map(|bin| count(&cells[bin.first])).sum::<u64>() as f64
        };
        let (messages, dropped) = (total(|cell| cell.messages), total(|cell| cell.dropped));
        let share = if messages > 0.0 { dropped / messages } else { 0.0 };
        if share < TELLING {
            return None;
        }
        let name = format!("{} -> {}", plan.places[link.ends.0.index()], plan.places[link.ends.1.index()]);
        let sentence = format!(
            "{} of the messages from {} to {} were lost ({} of {})",
            human(share, Form::Share),
            plan.places[link.ends.0.index()],
            plan.places[link.ends.1.index()],
            human(dropped, Form::Number),
            human(messages, Form::Number)
        );
        let finding = Finding::new("loss", graded(share, 1e-3, 0.1), sentence);
        Some(Finding { edge: Some(name), ..finding }.with("share", share, "1").with("lost", dropped, "1"))
    };
    links.filter_map(one).collect()
}
