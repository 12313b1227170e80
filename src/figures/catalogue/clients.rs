//! The figures of clients, of all their requests and of each operation.

use super::super::metric::{ClientFigure, Metric};
use super::{Catalogue, Definition, LATENCIES, Listing};
use crate::outcome::{self, Class};
use crate::plan::Plan;
use crate::units::OutcomeId;

impl Catalogue {
    pub(super) fn add_client(&mut self, plan: &Plan, client: usize, name: &str) {
        self.add_client_figures(plan, name, &|figure| Metric::Client(client, figure));
        for slot in plan.slots.iter().filter(|slot| slot.client == client) {
            if let Some(operation) = slot.operation {
                let name = format!("{name}.{}", plan.operations[operation.index()]);
                self.add_client_figures(plan, &name, &|figure| {
                    Metric::ClientOperation(client, operation, figure)
                });
            }
        }
    }

    fn add_client_figures(&mut self, plan: &Plan, name: &str, metric: &dyn Fn(ClientFigure) -> Metric) {
        let mut add = |suffix: &str, figure, unit, doc| {
            self.add(format!("{name}.{suffix}"), Definition::new(metric(figure), unit, doc));
        };
        add(
            "rate",
            ClientFigure::Rate,
            "1/s",
            "Requests completed per second, by the time of their intended arrival.",
        );
        add("offered", ClientFigure::Offered, "1/s", "Requests that arrived per second.");
        add(
            "availability",
            ClientFigure::Availability,
            "1",
            "Completed requests as a share of those that ended.",
        );
        add("errors", ClientFigure::Errors, "1", "Requests that failed.");
        let peak = Definition::new(
            metric(ClientFigure::RateMax),
            "1/s",
            "Completions in the busiest second of the clock.",
        );
        self.add(format!("{name}.rate.max"), peak.whole());
        for (index, word) in plan.outcomes.iter().enumerate() {
            let outcome = OutcomeId(index as u16);
            let figure = metric(ClientFigure::Outcome(outcome));
            let completed = Definition::new(figure, "1", "Requests completed with this outcome.")
                .listed(Listing::WhenSeen);
            self.add(format!("{name}.outcome.{word}"), completed);
            if outcome::ALL.get(index).is_none_or(|word| word.class == Class::Failure) {
                let figure = metric(ClientFigure::ErrorsOf(outcome));
                let failed = Definition::new(figure, "1", "Requests that failed for this reason.")
                    .listed(Listing::WhenSeen);
                self.add(format!("{name}.errors.{word}"), failed);
            }
        }
        let latency = "Latency of the completed requests: from the intended arrival to the end of the reply.";
        self.add_statistics(&format!("{name}.latency"), latency, LATENCIES, &|statistic| {
            metric(ClientFigure::Latency(statistic))
        });
        let latency = "Latency of the failed requests: from the intended arrival to the failure.";
        self.add_statistics(&format!("{name}.failed.latency"), latency, LATENCIES, &|statistic| {
            metric(ClientFigure::FailedLatency(statistic))
        });
    }
}
