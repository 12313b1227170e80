//! How many attempts retries and hedges make of a call, edge by edge, and along the way from a client to the last callee.

use super::evidence::{Evidence, stretch};
use super::graded;
use crate::results::number::{human, noun};
use crate::results::{Finding, Form};
use crate::units::{ComponentId, EdgeId};

/// Below this nobody has to know.
const TELLING: f64 = 1.02;

/// The factor is looked at in stretches of this share of the run, so that a storm does not drown in the calm; bins at their
/// ends in which nothing was repeated are no part of them.
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
    /// Those of a further stretch, too.
    fn and(self, other: Calls) -> Calls {
        Calls { attempts: self.attempts + other.attempts, again: self.again + other.again }
    }

    /// Those of a part of the stretch taken away.
    fn without(self, other: Calls) -> Calls {
        Calls { attempts: self.attempts - other.attempts, again: self.again - other.again }
    }

    /// First attempts.
    fn first(self) -> u64 {
        self.attempts.saturating_sub(self.again)
    }

    /// Attempts for each call.
    fn factor(self) -> f64 {
        if self.first() == 0 { 1.0 } else { self.attempts as f64 / self.first() as f64 }
    }
}

/// An edge with its factor, over the run and in its worst stretch.
struct Amplified {
    edge: EdgeId,
    total: Calls,
    retries: u64,
    timeouts: u64,
    /// The factor in the worst of all stretches of the same length.
    stretch: f64,
    /// The factor in that part of it in which calls were repeated, from when to when.
    worst: (f64, f64, f64),
}

/// A finding for each edge that repeats its calls, and one for the way on which they multiply most.
pub(super) fn findings(evidence: &Evidence<'_>) -> Vec<Finding> {
    let edges = (0..evidence.world.plan().edges.len()).map(|edge| amplified(evidence, EdgeId(edge as u16)));
    let edges: Vec<Amplified> = edges.collect();
    let telling = edges.iter().filter(|edge| edge.total.factor() >= TELLING || edge.stretch >= 1.5);
    let mut findings: Vec<Finding> = telling.map(|edge| finding(evidence, edge)).collect();
    findings.extend(product(evidence, &edges));
    findings
}

fn amplified(evidence: &Evidence<'_>, edge: EdgeId) -> Amplified {
    let cells = &evidence.world.recorder().edges[edge.index()];
    let (mut total, mut retries, mut timeouts, mut worst) = (Calls::default(), 0, 0, (1.0, 0, 0));
    let cell = |bin: usize| &cells[evidence.bins[bin].first];
    let calls =
        |bin: usize| Calls { attempts: cell(bin).attempts, again: cell(bin).retries + cell(bin).hedges };
    let (mut part, mut begin) = (Calls::default(), 0);
    for bin in 0..evidence.bins.len() {
        (retries, timeouts) = (retries + cell(bin).retries, timeouts + cell(bin).timeouts);
        (total, part) = (total.and(calls(bin)), part.and(calls(bin)));
        let is_long = |first: usize| {
            evidence.end(bin) - evidence.begin(first) >= STRETCH * evidence.total_seconds() - 1e-9
        };
        while begin < bin && is_long(begin + 1) {
            part = part.without(calls(begin));
            begin += 1;
        }
        if is_long(begin) && part.first() >= CALLS_MIN && part.factor() > worst.0 {
            worst = (part.factor(), begin, bin);
        }
    }
    let (stretch, mut first, mut last) = worst;
    let mut factor = stretch;
    let repeats = |bin: &usize| calls(*bin).again > 0;
    if let (Some(begin), Some(end)) = ((first..=last).find(repeats), (first..=last).rfind(repeats)) {
        let part = (begin..=end).fold(Calls::default(), |part, bin| part.and(calls(bin)));
        if part.first() >= CALLS_MIN {
            (factor, first, last) = (part.factor(), begin, end);
        }
    }
    let worst = (factor, evidence.begin(first), evidence.end(last));
    Amplified { edge, total, retries, timeouts, stretch, worst }
}

fn finding(evidence: &Evidence<'_>, edge: &Amplified) -> Finding {
    let name = evidence.edge_name(edge.edge);
    let number = |value| human(value, Form::Number);
    // The retries of a stretch may be those of calls before it.
    let most = most_attempts(evidence, edge.edge);
    let factor = edge.total.factor().min(most);
    let mut sentence = format!(
        "{name} made {} attempts for each call ({} {}, {} {})",
        number(factor),
        number(edge.retries as f64),
        noun(edge.retries, "retries"),
        number(edge.timeouts as f64),
        noun(edge.timeouts, "timeouts")
    );
    let (worst, from, until) = (edge.worst.0.min(most), edge.worst.1, edge.worst.2);
    let highest = edge.stretch.min(most);
    if highest > 1.2 * factor {
        sentence += &format!("; {} at the worst, {}", number(worst), stretch(from, until));
    }
    let severity = graded(factor.max(highest), 1.1, 2.0);
    Finding { edge: Some(name), ..Finding::new("amplification", severity, sentence) }
        .with("factor", factor, "1")
        .with("worst", worst, "1")
        .with("retries", edge.retries as f64, "1")
        .with("timeouts", edge.timeouts as f64, "1")
}

/// How many attempts one call over an edge can make: infinitely many if nothing limits them, or if some are made beside others.
fn most_attempts(evidence: &Evidence<'_>, edge: EdgeId) -> f64 {
    let sites = evidence.world.plan().sites.iter().filter(|site| site.edges.iter().any(|own| own.1 == edge));
    let attempts = sites.map(|site| match &site.policy {
        Some(policy) if policy.hedge.is_some() => f64::INFINITY,
        Some(policy) => {
            policy.retry.as_ref().map_or(1.0, |retry| retry.attempts.map_or(f64::INFINITY, f64::from))
        }
        None => 1.0,
    });
    attempts.fold(1.0, f64::max)
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
