//! The costs of what has a price.

use super::super::metric::{CostFigure, Metric, Payer};
use super::{Catalogue, Definition};
use crate::plan::Plan;
use crate::units::ComponentId;

impl Catalogue {
    /// The costs of what has a price.
    pub(super) fn add_costs(&mut self, plan: &Plan) {
        if plan.prices.are_none() {
            return;
        }
        self.add_cost("run", Payer::All, &COST_FIGURES);
        for (index, component) in plan.components.iter().enumerate() {
            let price = &plan.prices.components[index];
            if price.is_free() {
                continue;
            }
            let payer = Payer::Component(ComponentId(index as u16));
            self.add_cost(&component.name, payer, &COST_FIGURES);
            let parts = [
                price.instance.is_some(),
                price.requests.is_some(),
                price.egress.is_some(),
                price.storage.is_some(),
            ];
            for (_, part) in parts.iter().zip(&COST_PARTS).filter(|(is_paid, _)| **is_paid) {
                self.add_cost(&component.name, payer, std::slice::from_ref(part));
            }
        }
        for (index, link) in
            plan.links.iter().enumerate().filter(|(index, _)| plan.prices.links[*index] > 0.0)
        {
            let (from, to) = (&plan.places[link.ends.0.index()], &plan.places[link.ends.1.index()]);
            self.add_cost(&format!("link.{from}->{to}"), Payer::Link(index), &COST_FIGURES);
        }
    }

    fn add_cost(&mut self, owner: &str, payer: Payer, figures: &[(&str, CostFigure, &'static str)]) {
        for (word, figure, doc) in figures {
            let definition = Definition::new(Metric::Cost(payer, *figure), "USD", doc);
            self.add(format!("{owner}.{word}"), definition);
        }
    }
}

/// A figure of costs with its name and meaning.
type CostRow = (&'static str, CostFigure, &'static str);

const COST_FIGURES: [CostRow; 3] = [
    ("cost", CostFigure::Total, "What was paid, by a system as large as `scale` says."),
    (
        "cost.per_day",
        CostFigure::PerDay,
        "What a day like the measured time costs a system as large as `scale` says.",
    ),
    (
        "cost.per_thousand",
        CostFigure::PerThousand,
        "What was paid for each thousand requests of all clients that were completed.",
    ),
];

/// What only components pay for.
const COST_PARTS: [CostRow; 4] = [
    (
        "cost.instances",
        CostFigure::Instances,
        "What was paid for instances, as long as they were there, up or down.",
    ),
    ("cost.requests", CostFigure::Requests, "What was paid for visits served."),
    ("cost.egress", CostFigure::Egress, "What was paid for bytes delivered."),
    ("cost.storage", CostFigure::Storage, "What was paid for what is stored."),
];
