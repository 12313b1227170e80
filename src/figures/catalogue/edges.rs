//! The figures of edges, as far as their policies may bring them about, and of links.

use super::super::metric::{EdgeFigure, LinkFigure, Metric};
use super::{Catalogue, Definition, Listing, TIMES};
use crate::plan::Plan;
use crate::resilience::Policy;
use crate::resilience::gate::Limit;
use crate::units::{ComponentId, EdgeId};

impl Catalogue {
    pub(super) fn add_edges(&mut self, plan: &Plan) {
        for (index, edge) in plan.edges.iter().enumerate() {
            let name = |component: ComponentId| &plan.components[component.index()].name;
            let (caller, callee) = (name(edge.caller), name(edge.callee));
            let id = EdgeId(index as u16);
            let policies = plan.sites.iter().filter(|site| site.edges.iter().any(|(_, edge)| *edge == id));
            let policies: Vec<&Policy> = policies.filter_map(|site| site.policy.as_ref()).collect();
            let of_policies = POLICY_FIGURES.iter().filter(|(acts, _)| policies.iter().any(|one| acts(one)));
            for (word, figure, unit, doc) in EDGE_FIGURES.iter().chain(of_policies.map(|(_, figure)| figure))
            {
                let definition = Definition::new(Metric::Edge(id, *figure), unit, doc);
                self.add(format!("call.{caller}->{callee}.{word}"), definition);
            }
            if policies.iter().any(|policy| policy.gate.is_some_and(|gate| gate.pool.is_some())) {
                let name = format!("call.{caller}->{callee}.pool.wait");
                self.add_statistics(&name, POOL_WAIT, TIMES, &|statistic| {
                    Metric::Edge(id, EdgeFigure::PoolWait(statistic))
                });
            }
        }
    }

    pub(super) fn add_links(&mut self, plan: &Plan) {
        let listing = if plan.places.len() > 1 { Listing::WhenSeen } else { Listing::OnRequest };
        for (index, link) in plan.links.iter().enumerate() {
            let (from, to) = (&plan.places[link.ends.0.index()], &plan.places[link.ends.1.index()]);
            for (word, figure, unit, doc) in LINK_FIGURES {
                let definition = Definition::new(Metric::Link(index, *figure), unit, doc).listed(listing);
                self.add(format!("link.{from}->{to}.{word}"), definition);
            }
        }
    }
}

/// A figure of an edge with its name, unit and meaning.
type EdgeRow = (&'static str, EdgeFigure, &'static str, &'static str);

const EDGE_FIGURES: &[EdgeRow] = &[
    ("attempts", EdgeFigure::Attempts, "1", "Calls made, retries and hedges included."),
    ("retries", EdgeFigure::Retries, "1", "Attempts after others had failed."),
    ("timeouts", EdgeFigure::Timeouts, "1", "Attempts that the caller gave up because their time was over."),
    (
        "wasted",
        EdgeFigure::Wasted,
        "s",
        "Time of workers spent on calls after their caller had given them up; where workers are unbounded, time of work.",
    ),
];

/// Whether a policy may bring a figure about.
type Acts = fn(&Policy) -> bool;

fn has_breaker(policy: &Policy) -> bool {
    policy.gate.is_some_and(|gate| gate.breaker.is_some())
}

/// Figures of the edges whose policies may bring them about.
const POLICY_FIGURES: &[(Acts, EdgeRow)] = &[
    (
        |policy| policy.hedge.is_some(),
        ("hedges", EdgeFigure::Hedges, "1", "Attempts made beside one that was open."),
    ),
    (
        |policy| policy.retry.as_ref().is_some_and(|retry| retry.budget.is_some()),
        (
            "budget_exhausted",
            EdgeFigure::BudgetExhausted,
            "1",
            "Calls that failed because the budget allowed no further retry.",
        ),
    ),
    (
        |policy| policy.batch.is_some(),
        (
            "batches",
            EdgeFigure::Batches,
            "1",
            "Messages in which calls travelled together, also those of a single call.",
        ),
    ),
    (
        |policy| policy.gate.is_some_and(|gate| gate.pool.is_some()),
        ("pool.waits", EdgeFigure::PoolWaits, "1", "Attempts that waited for a connection."),
    ),
    (
        |policy| policy.gate.is_some_and(|gate| gate.pool.is_some()),
        (
            "pool.rejected",
            EdgeFigure::PoolRejected,
            "1",
            "Attempts turned away because too many waited for a connection.",
        ),
    ),
    (
        |policy| policy.gate.is_some_and(|gate| gate.pool.is_some()),
        (
            "pool.utilization",
            EdgeFigure::PoolUtilization,
            "1",
            "Connections in use as a share of all that the callers may have.",
        ),
    ),
    (
        has_breaker,
        ("breaker.opened", EdgeFigure::BreakerOpened, "1", "How often the breaker of a caller opened."),
    ),
    (
        has_breaker,
        (
            "breaker.open",
            EdgeFigure::BreakerOpen,
            "1",
            "The share of time for which the breakers of the callers were open.",
        ),
    ),
    (
        has_breaker,
        (
            "breaker.rejected",
            EdgeFigure::BreakerRejected,
            "1",
            "Attempts that were not made because the breaker was open, or half open and enough were under way.",
        ),
    ),
    (
        |policy| policy.gate.is_some_and(|gate| gate.limit.is_some()),
        (
            "limit.rejected",
            EdgeFigure::LimitRejected,
            "1",
            "Attempts that were not made because the caller's `limit` did not allow them.",
        ),
    ),
    (
        |policy| policy.gate.is_some_and(|gate| matches!(gate.limit, Some(Limit::Concurrency(_)))),
        (
            "limit.mean",
            EdgeFigure::LimitMean,
            "1",
            "How many attempts a caller allowed at once: the mean of what its attempts found.",
        ),
    ),
];

const POOL_WAIT: &str = "Time from asking for a connection to getting one, zeros included.";

const LINK_FIGURES: &[(&str, LinkFigure, &str, &str)] = &[
    ("messages", LinkFigure::Messages, "1", "Messages sent from the one place to the other."),
    ("bytes", LinkFigure::Bytes, "B", "Bytes of the messages sent from the one place to the other."),
    ("dropped", LinkFigure::Dropped, "1", "Messages lost on the way from the one place to the other."),
];
