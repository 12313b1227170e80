//! The figures of marks.

use super::super::metric::{MarkFigure, Metric};
use super::{Catalogue, Definition, LATENCIES};
use crate::plan::Plan;
use crate::units::MarkId;

impl Catalogue {
    pub(super) fn add_marks(&mut self, plan: &Plan) {
        for (index, mark) in plan.marks.iter().enumerate() {
            let (id, name) = (MarkId(index as u16), format!("mark.{}", mark.name));
            for (word, figure, doc) in MARK_FIGURES {
                if *figure != MarkFigure::Late || mark.late_after.is_some() {
                    self.add(format!("{name}.{word}"), Definition::new(Metric::Mark(id, *figure), "1", doc));
                }
            }
            let doc =
                "Time from the intended arrival of the client's request to the first arrival at the mark.";
            self.add_statistics(&format!("{name}.delay"), doc, LATENCIES, &|statistic| {
                Metric::Mark(id, MarkFigure::Delay(statistic))
            });
        }
    }
}

const MARK_FIGURES: &[(&str, MarkFigure, &str)] = &[
    ("count", MarkFigure::Count, "Intentions that got to the mark; with `per` each part of them counts."),
    ("duplicates", MarkFigure::Duplicates, "Arrivals at the mark of what had been there before."),
    (
        "late",
        MarkFigure::Late,
        "First arrivals at the mark later than `late_after` after the intended arrival.",
    ),
    (
        "lost",
        MarkFigure::Lost,
        "Requests that were answered `ok` or with a word of the scenario and of which nothing got to the mark or still may.",
    ),
    (
        "pending",
        MarkFigure::Pending,
        "Requests that were answered so and of which nothing has got to the mark yet, but something is on its way, or lies in a queue: a dead-letter queue, too.",
    ),
];
