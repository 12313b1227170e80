//! Where failures came from: the last call on the way from a client on which most of them were failures already.

use super::evidence::Evidence;
use super::graded;
use crate::figures::{ClientFigure, Metric, value};
use crate::mechanism::arrange::Arrange;
use crate::outcome;
use crate::results::number::human;
use crate::results::{Finding, Form};
use crate::units::{ComponentId, EdgeId, OutcomeId, SiteId};

/// A smaller share of the requests than this is not worth a sentence.
const TELLING: f64 = 1e-3;

/// Of the reasons so many are told, those that are more than this share of the failures.
const REASONS_MAX: usize = 3;
const REASON_MIN: f64 = 0.02;

/// A call passes on what others behind it began if those failed at least for this share of its failures.
const PASSED_ON: f64 = 0.5;

/// A finding for each client whose requests failed.
pub(super) fn findings(evidence: &Evidence<'_>) -> Vec<Finding> {
    (0..evidence.world.plan().clients.len()).filter_map(|client| finding(evidence, client)).collect()
}

/// "1045 requests of fans failed (0.83 %): 525 unavailable and 520 refused, in calls app -> pg".
fn finding(evidence: &Evidence<'_>, client: usize) -> Option<Finding> {
    let plan = evidence.world.plan();
    let figure = |figure| value(evidence.world, Metric::Client(client, figure), evidence.whole());
    let (all, share) = (figure(ClientFigure::Errors)?, 1.0 - figure(ClientFigure::Availability)?);
    if share < TELLING {
        return None;
    }
    let mut reasons: Vec<(f64, OutcomeId)> = (0..plan.outcomes.len())
        .map(|index| OutcomeId(index as u16))
        .filter_map(|reason| Some((figure(ClientFigure::ErrorsOf(reason))?, reason)))
        .filter(|(count, _)| *count >= REASON_MIN * all)
        .collect();
    reasons.arrange_by(|one, other| other.0.total_cmp(&one.0));
    reasons.truncate(REASONS_MAX);
    let told = reasons.iter().map(|(count, reason)| {
        let origin = origin(evidence, plan.clients[client].component, *count, *reason);
        (format!("{} `{}`", human(*count, Form::Number), plan.outcomes[reason.index()]), origin)
    });
    let told: Vec<(String, Option<EdgeId>)> = told.collect();
    let first = told.first()?.1;
    // What one call is to blame for is told once.
    let mut parts: Vec<(Vec<&str>, Option<EdgeId>)> = Vec::new();
    for (words, origin) in &told {
        match parts.iter_mut().find(|part| part.1 == *origin) {
            Some(part) => part.0.push(words),
            None => parts.push((vec![words], *origin)),
        }
    }
    let part = |(words, origin): &(Vec<&str>, Option<EdgeId>)| {
        let of = origin.map_or(String::new(), |edge| format!(" in calls {}", evidence.edge_name(edge)));
        words.join(" and ") + &of
    };
    let name = &plan.clients[client].name;
    let sentence = format!(
        "{} of the requests of {name} failed: {}",
        human(share, Form::Share),
        parts.iter().map(part).collect::<Vec<String>>().join(", ")
    );
    let finding = Finding {
        client: Some(name.clone()),
        edge: first.map(|edge| evidence.edge_name(edge)),
        ..Finding::new("errors", graded(share, TELLING, 0.5), sentence)
    };
    Some(finding.with("share", share, "1").with("failed", all, "1"))
}

/// The call from which so many failures came home to a client for one reason; none if none of its own did.
fn origin(evidence: &Evidence<'_>, client: ComponentId, count: f64, reason: OutcomeId) -> Option<EdgeId> {
    let (plan, recorder) = (evidence.world.plan(), evidence.world.recorder());
    let failed = |edge: usize| {
        let of_edge = plan.sites.iter().enumerate().filter(|(_, site)| site.edges[0].1.index() == edge);
        let count = of_edge.filter_map(|(site, _)| recorder.failures.get(&(SiteId(site as u32), reason)));
        let timed_out = || evidence.bins.iter().map(|bin| recorder.edges[edge][bin.first].timeouts).sum();
        let count: u64 = count.sum();
        if reason == outcome::TIMEOUT { count.max(timed_out()) } else { count }
    };
    let (mut found, mut seen, mut at) = (None, vec![client], client);
    loop {
        let own = plan
            .edges
            .iter()
            .enumerate()
            .filter(|(_, edge)| edge.caller == at && !seen.contains(&edge.callee));
        let counts = own.map(|(index, edge)| (failed(index), index, edge.callee));
        let worst = counts.reduce(|worst, one| if one.0 > worst.0 { one } else { worst });
        let Some((_, index, callee)) = worst.filter(|worst| worst.0 as f64 >= PASSED_ON * count) else {
            return found;
        };
        (found, at) = (Some(EdgeId(index as u16)), callee);
        seen.push(callee);
    }
}
