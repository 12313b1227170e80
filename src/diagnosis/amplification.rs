//! How many attempts retries and hedges make of a call, edge by edge, and along the way from a client to the last callee.

use super::evidence::{Evidence, stretch};
use super::graded;
use crate::results::number::{human, noun};
use crate::results::{Finding, Form};
use crate::units::{ComponentId, EdgeId};

/// Below this nobody has to know.
const TELLING: f64 = 1.02;

/// The factor is looked at in stretches of this share of the run, so that a storm does not drown in the calm.
const STRETCH: f64 = 0.05;

/// Fewer first attempts than this tell of chance.
const CALLS_MIN: u64 = 20;

/// What an edge carried.
#[derive(Clone, Copy, Default)]
struct Calls {
    attempts: u64,
    again: u64,
}

impl Calls {
    /// Attempts for each call.
    fn factor(self) -> f64 {
        let first = self.attempts.saturating_sub(self.again);
        if first == 0 { 1.0 } else { self.attempts as f64 / first as f64 }
    }
}

/// An edge with its factor, over the run and in its worst stretch.
struct Amplified {
    edge: EdgeId,
    total: Calls,
    retries: u64,
    timeouts: u64,
    worst: (f64, f64, f64),
}

/// A finding for each edge that repeats its calls, and one for the way on which they multiply most.
pub(super) fn findings(evidence: &Evidence<'_>) -> Vec<Finding> {
    let edges = (0..evidence.world.plan().edges.len()).map(|edge| amplified(evidence, EdgeId(edge as u16)));
    let edges: Vec<Amplified> = edges.collect();
    let telling = edges.iter().filter(|edge| edge.total.factor() >= TELLING || edge.worst.0 >= 1.5);
    let mut findings: Vec<Finding> = telling.map(|edge| finding(evidence, edge)).collect();
    findings.extend(product(evidence, &edges));
    findings
}

fn amplified(evidence: &Evidence<'_>, edge: EdgeId) -> Amplified {
    let cells = &evidence.world.recorder().edges[edge.index()];
    let (mut total, mut retries, mut timeouts, mut worst) = (Calls::default(), 0, 0, (1.0, 0.0, 0.0));
    let (mut part, mut begin) = (Calls::default(), 0);
    for (index, bin) in evidence.bins.iter().enumerate() {
        let cell = &cells[bin.first];
        let again = cell.retries + cell.hedges;
        (retries, timeouts) = (retries + cell.retries, timeouts + cell.timeouts);
        for calls in [&mut total, &mut part] {
            (calls.attempts, calls.again) = (calls.attempts + cell.attempts, calls.again + again);
        }
        let seconds = evidence.end(index) - evidence.begin(begin);
        if seconds >= STRETCH * evidence.total_seconds() {
            if part.attempts - part.again >= CALLS_MIN && part.factor() > worst.0 {
                worst = (part.factor(), evidence.begin(begin), evidence.end(index));
            }
            (part, begin) = (Calls::default(), index + 1);
        }
    }
    Amplified { edge, total, retries, timeouts, worst }
}

fn finding(evidence: &Evidence<'_>, edge: &Amplified) -> Finding {
    let name = evidence.edge_name(edge.edge);
    let number = |value| human(value, Form::Number);
    let factor = edge.total.factor();
    let mut sentence = format!(
        "{name} made {} attempts for each call ({} {}, {} {})",
        number(factor),
        number(edge.retries as f64),
        noun(edge.retries, "retries"),
        number(edge.timeouts as f64),
        noun(edge.timeouts, "timeouts")
    );
    let (worst, from, until) = edge.worst;
    if worst > 1.2 * factor {
        sentence += &format!("; {} at the worst, {}", number(worst), stretch(from, until));
    }
    let severity = graded(factor.max(worst), 1.1, 2.0);
    Finding { edge: Some(name), ..Finding::new("amplification", severity, sentence) }
        .with("factor", factor, "1")
        .with("worst", worst, "1")
        .with("retries", edge.retries as f64, "1")
        .with("timeouts", edge.timeouts as f64, "1")
}

/// The way along which attempts multiply most, if several edges of it repeat their calls.
fn product(evidence: &Evidence<'_>, edges: &[Amplified]) -> Option<Finding> {
    let plan = evidence.world.plan();
    let mut best: (f64, Vec<EdgeId>) = (1.0, Vec::new());
    for client in &plan.clients {
        follow(edges, evidence, client.component, 1.0, &mut Vec::new(), &mut best);
    }
    let (factor, way) = best;
    if way.len() < 2 || factor < 1.1 {
        return None;
    }
    let names: Vec<&str> = std::iter::once(plan.edges[way[0].index()].caller)
        .chain(way.iter().map(|edge| plan.edges[edge.index()].callee))
        .map(|component| evidence.name(component))
        .collect();
    let factors: Vec<String> =
        way.iter().map(|edge| human(edges[edge.index()].total.factor(), Form::Number)).collect();
    let path = names.join(" -> ");
    let sentence = format!(
        "along {path} attempts multiply to {} for each call of {} ({})",
        human(factor, Form::Number),
        names[0],
        factors.join(" x ")
    );
    let finding = Finding::new("amplification", graded(factor, 1.2, 2.0), sentence);
    Some(
        Finding { edge: Some(path), client: Some(names[0].to_owned()), ..finding }
            .with("factor", factor, "1"),
    )
}

/// Follows the edges that repeat their calls, and those between them, without turning in circles.
fn follow(
    edges: &[Amplified],
    evidence: &Evidence<'_>,
    from: ComponentId,
    factor: f64,
    way: &mut Vec<EdgeId>,
    best: &mut (f64, Vec<EdgeId>),
) {
    /// Longer ways than this are circles.
    const WAY_MAX: usize = 12;
    let plan = evidence.world.plan();
    let repeating = way.iter().filter(|edge| edges[edge.index()].total.factor() >= TELLING).count();
    let ends_well = way.last().is_some_and(|edge| edges[edge.index()].total.factor() >= TELLING);
    if repeating >= 2 && ends_well && factor > best.0 {
        *best = (factor, way.clone());
    }
    if way.len() == WAY_MAX {
        return;
    }
    for edge in edges.iter().filter(|edge| plan.edges[edge.edge.index()].caller == from) {
        let to = plan.edges[edge.edge.index()].callee;
        if edge.total.attempts == 0 || way.iter().any(|gone| plan.edges[gone.index()].caller == to) {
            continue;
        }
        way.push(edge.edge);
        follow(edges, evidence, to, factor * edge.total.factor(), way, best);
        way.pop();
    }
}
