//! The topology of a plan as text: components with their stations, places, links.

use super::super::{ComponentPlan, Law, Link, Plan};
use super::time;
use crate::distribution::Distribution;
use crate::mechanism::concurrency_limit::Rule;
use crate::scenario::{format_bytes, format_count, format_duration, format_share};
use crate::station::frailty::{Collection, Exposure, Frailty, Interrupted};
use crate::station::memory::Full;
use crate::station::overflow::Overflow;
use crate::station::{Discipline, Guard, Handling, Late, Shape, UNBOUNDED};
use crate::units::{SECOND, Span};
use std::collections::BTreeSet;
use std::fmt::Write;

/// Writes all of it.
pub(super) fn write(plan: &Plan, text: &mut String) {
    text.push_str("Components\n");
    let width = plan.components.iter().map(|component| component.name.len()).max().unwrap_or(0);
    for component in &plan.components {
        if let Some(nodes) = component.blueprint.nodes() {
            let nodes = format_count(nodes as f64);
            let _ = writeln!(text, "  {:<width$}  {}; {nodes} nodes", component.name, component.kind);
            continue;
        }
        let what =
            [vec![component.kind.to_owned(), standing(plan, component)], station(plan, component)].concat();
        let _ = writeln!(text, "  {:<width$}  {}", component.name, what.join("; "));
    }
    text.push_str("\nCalls\n");
    for edge in &plan.edges {
        let name = |component: crate::units::ComponentId| &plan.components[component.index()].name;
        let _ = writeln!(text, "  {} -> {}", name(edge.caller), name(edge.callee));
    }
    text.push_str("\nLinks (one way)\n");
    for (from, to) in used_links(plan) {
        let link = &plan.links[from * plan.places.len() + to];
        let _ = writeln!(text, "  {} -> {}: {}", plan.places[from], plan.places[to], properties(link));
    }
    if plan.overhead > 0 {
        let _ = writeln!(text, "  each message has {} besides its value", format_bytes(plan.overhead as f64));
    }
}

/// How many instances stand where.
fn standing(plan: &Plan, component: &ComponentPlan) -> String {
    let (first, count) = component.instances;
    let instances = &plan.instances[first.index()..first.index() + count as usize];
    let places: BTreeSet<usize> = instances.iter().map(|instance| instance.place.index()).collect();
    let at = |place: &usize| {
        let here = instances.iter().filter(|instance| instance.place.index() == *place).count();
        format!("{here} in {}", plan.places[*place])
    };
    places.iter().map(at).collect::<Vec<_>>().join(", ")
}

/// The limits and rules of a component's stations.
fn station(plan: &Plan, component: &ComponentPlan) -> Vec<String> {
    let shape: &Shape = &component.shape;
    if component.kind == "client" {
        return Vec::new();
    }
    let mut rules: Vec<String> = component.guard.as_ref().map(guard).unwrap_or_default();
    rules.extend(component.frailty.as_ref().map(frailty).unwrap_or_default());
    rules.extend((shape.boot > Span::ZERO).then(|| format!("boot {}", span(shape.boot))));
    rules.extend(component.cold_start.map(|cold| {
        format!("{} times as slow after a start, for {}", format_count(cold.factor), span(cold.span))
    }));
    if shape.workers == UNBOUNDED && !shape.limits_cores() {
        return [vec!["nobody waits".to_owned()], rules].concat();
    }
    let bound = |limit: u32| match limit {
        UNBOUNDED => "unbounded".to_owned(),
        limit => format_count(f64::from(limit)),
    };
    let mut parts = vec![format!("workers {}", bound(shape.workers))];
    if shape.limits_cores() {
        parts.push(format!("cores {}", bound(shape.cores())));
    }
    parts.push(format!("queue {}", bound(shape.bound)));
    let word = Discipline::ALL.iter().find(|(_, discipline, _)| *discipline == shape.discipline);
    parts.push(word.expect("every discipline has a word").0.to_owned());
    if shape.handling == Handling::EventLoop {
        parts.push("not blocking".to_owned());
    }
    parts.extend(shape.patience.map(|patience| format!("patience {}", time(plan, patience))));
    parts.extend(rules);
    parts
}

/// What makes its instances stand still on their own.
fn frailty(frailty: &Frailty) -> Vec<String> {
    let mean = |law: &Distribution| match law.mean() {
        Some(mean) => format_duration(mean / SECOND as f64),
        None => "no mean".to_owned(),
    };
    let heap = frailty.heap.as_ref().map(|heap| {
        let how = match &heap.collection {
            Collection::Takes(law) => format!("in {}", mean(law)),
            Collection::Traces(speed) => format!("at {}/s", format_bytes(*speed)),
        };
        format!("heap {}, collected {how}", format_bytes(heap.size as f64))
    });
    let breakdown = frailty.breakdown.as_ref().map(|breakdown| {
        let (up, down) = (mean(&breakdown.to_failure), mean(&breakdown.to_repair));
        let work = Interrupted::ALL.iter().find(|(_, work)| *work == breakdown.work);
        let when = if breakdown.when == Exposure::Working { " at work" } else { "" };
        format!("breaks down after {up}{when} for {down}, work {}", work.expect("it has a word").0)
    });
    heap.into_iter().chain(breakdown).collect()
}

/// How a station protects itself.
fn guard(guard: &Guard) -> Vec<String> {
    let mut parts = Vec::new();
    let late = Late::ALL.iter().find(|(_, late, _)| Some(*late) == guard.late);
    parts.extend(late.map(|(word, ..)| format!("drops {word}")));
    let delays = |word: &str, target: Span, interval: Span| {
        format!("{word} {} within {}", span(target), span(interval))
    };
    parts.extend(guard.codel.map(|codel| delays("codel", codel.target, codel.interval)));
    parts.extend(guard.delay.map(|delay| delays("controlled delay", delay.target, delay.interval)));
    let overflow = Overflow::ALL.iter().find(|(_, overflow, _)| *overflow == guard.overflow);
    let overflow = overflow.filter(|(_, overflow, _)| *overflow != Overflow::Arrival);
    parts.extend(overflow.map(|(word, ..)| format!("overflow {word}")));
    parts.extend(guard.limit.map(|limit| match limit {
        Rule::Fixed(limit) => format!("limit {limit}"),
        Rule::Aimd(aimd) => format!("limit by aimd {} to {}", aimd.min, aimd.max),
        Rule::Gradient(gradient) => format!("limit by gradient {} to {}", gradient.min, gradient.max),
    }));
    parts.extend(guard.memory.map(|memory| {
        let full = Full::ALL.iter().find(|(_, full, _)| *full == memory.full);
        format!(
            "memory {}, {} when it is full",
            format_bytes(memory.limit as f64),
            full.expect("it has a word").0
        )
    }));
    parts
}

fn span(span: Span) -> String {
    format_duration(span.seconds())
}

/// The pairs of places between which messages pass, as indices.
fn used_links(plan: &Plan) -> BTreeSet<(usize, usize)> {
    let places = |component: crate::units::ComponentId| {
        let (first, count) = plan.components[component.index()].instances;
        let instances = &plan.instances[first.index()..first.index() + count as usize];
        instances.iter().map(|instance| instance.place.index()).collect::<BTreeSet<usize>>()
    };
    let mut pairs = BTreeSet::new();
    for edge in &plan.edges {
        let (callers, callees) = (places(edge.caller), places(edge.callee));
        for from in &callers {
            pairs.extend(callees.iter().flat_map(|to| [(*from, *to), (*to, *from)]));
        }
    }
    pairs
}

fn properties(link: &Link) -> String {
    let delay = match &link.delay {
        Law::Constant(span, _) => format_duration(span.seconds()),
        Law::Drawn(distribution) => match distribution.mean() {
            Some(mean) => format!("mean {}", format_duration(mean / SECOND as f64)),
            None => "no mean".to_owned(),
        },
        Law::Computed(_) => unreachable!("no link computes its delay"),
    };
    let mut parts = vec![delay];
    if link.loss > 0 {
        parts.push(format!("loses {}", format_share(link.loss as f64 / 18_446_744_073_709_551_616.0)));
    }
    parts.extend(link.bandwidth.map(|bandwidth| format!("{}/s", format_bytes(bandwidth))));
    parts.join("; ")
}
