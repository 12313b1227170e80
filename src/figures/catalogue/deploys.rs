//! The figures of deploys.

use super::super::metric::{DeployFigure, Metric};
use super::{Catalogue, Definition};
use crate::fault::Condition;
use crate::plan::Plan;

impl Catalogue {
    pub(super) fn add_deploys(&mut self, plan: &Plan) {
        let faults = plan.faults.iter().enumerate();
        for (index, fault) in faults.filter(|(_, fault)| matches!(fault.condition, Condition::Deploy(_))) {
            for (word, figure, unit, doc) in DEPLOY_FIGURES {
                let definition = Definition::new(Metric::Deploy(index, *figure), unit, doc);
                let definition = if *figure == DeployFigure::Took { definition.whole() } else { definition };
                self.add(format!("fault.{}.{word}", fault.name), definition);
            }
        }
    }
}

const DEPLOY_FIGURES: &[(&str, DeployFigure, &str, &str)] = &[
    ("updated", DeployFigure::Updated, "1", "Instances that were given the version of the deploy."),
    ("rolled_back", DeployFigure::RolledBack, "1", "Instances that were given back what they ran before."),
    (
        "blast_radius",
        DeployFigure::BlastRadius,
        "1",
        "Arrivals that met the version of the deploy, as a share of all arrivals at its components.",
    ),
    (
        "took",
        DeployFigure::Took,
        "s",
        "Time from the begin of the deploy until the last instance served with the version that it was to have.",
    ),
];
