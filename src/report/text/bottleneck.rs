//! The component that limits the throughput, in one sentence.

use super::{Ink, Style, value};
use crate::report::number::{counted, human};
use crate::results::finding::held_by_waiting;
use crate::results::{Figure, Form, Results, Servers};

/// Busier than this is as busy as can be.
const SATURATED: f64 = 0.985;

/// An instance that is busier than its component by more than this factor is a bottleneck of its own: whoever picks it has no
/// choice. Independent arrivals spread evenly do not differ so much over a run.
const UNEVEN: f64 = 1.25;

/// So many instances less than all on average are worth being told of.
pub(super) const THERE: f64 = 0.05;

/// A component with what is scarcest at it.
#[derive(Clone, Copy)]
pub(in crate::report) struct Busy {
    /// Among all that serve.
    pub(in crate::report) index: usize,
    pub(in crate::report) servers: Servers,
    /// The busy share.
    pub(in crate::report) share: f64,
    /// The instance whose share it is; none if it is that of all of them.
    instance: Option<u32>,
}

/// The component that limits the throughput, in one sentence, and how much of the present mix it can carry: by the
/// utilisation law (Denning and Buzen 1978) throughput / utilisation, outside of faults.
pub fn bottleneck(results: &Results, style: Style) -> String {
    let Some(found) = found(results) else { return String::new() };
    let Bottleneck { name, is_full, sentence } = found;
    let painted = style.paint(&name, if is_full { Ink::Bad } else { Ink::Heading });
    format!("{painted}{}\n", &wrapped(&sentence)[name.len()..])
}

/// The component that limits the throughput.
pub(in crate::report) struct Bottleneck {
    /// Its name, or that of its instance: `db[2]`.
    pub(in crate::report) name: String,
    /// Whether it is as busy as can be.
    pub(in crate::report) is_full: bool,
    /// What [`bottleneck`] says, on one line; it begins with the name.
    pub(in crate::report) sentence: String,
}

/// The component that limits the throughput; none if nothing is limited.
pub(in crate::report) fn found(results: &Results) -> Option<Bottleneck> {
    let (busiest, waiting) = busiest(results)?;
    let component = &results.components[busiest.index];
    let (name, instances) = match busiest.instance {
        Some(instance) => (numbered(&component.name, instance), 1),
        None => (component.name.clone(), component.instances),
    };
    let all = counted(u64::from(instances) * u64::from(busiest.servers.count), busiest.servers.noun);
    let figure = |figure: &str| value(results, &name, figure);
    let busy = human(busiest.share, Form::Share);
    // Of those who come and go not all were there.
    let there = figure("instances").filter(|there| instances > 1 && *there < f64::from(instances) - THERE);
    let mut facts = match there {
        Some(there) => {
            let there = human(there, Form::Number);
            format!(
                "{busy} of the {} of {there} instances busy (of at most {instances})",
                busiest.servers.noun
            )
        }
        None => format!("{busy} of {all} busy"),
    };
    if let Some(share) = idle_share(results, &name) {
        facts += &format!(", {} of that with waiting for others", human(share, Form::Share));
    }
    let rate = figure("rate").unwrap_or(0.0);
    facts += &format!(", {}", human(rate, Form::Rate));
    if let Some(queue) = figure("queue.mean").filter(|queue| *queue >= 1.0) {
        facts += &format!(", {} waiting on average", human(queue, Form::Number));
    }
    if let Some(wait) = figure("wait.p99").filter(|wait| *wait > 0.0) {
        facts += &format!(", p99 wait {}", human(wait, Form::Duration));
    }
    let is_full = busiest.share >= SATURATED;
    let state = if is_full { "is saturated" } else { "is the busiest" };
    let mut sentence = format!("{name} {state}: {facts}");
    let of_all = value(results, &component.name, "rate").unwrap_or(0.0);
    if let Some(pool) = tighter_pool(results, busiest.share) {
        sentence += &format!("; {pool}");
    } else {
        let carrier = if busiest.instance.is_some() { component.name.as_str() } else { "it" };
        let metric = format!("{}.{}", component.name, busiest.servers.metric);
        if let Some(most) = most(results, &metric, of_all, busiest.share) {
            sentence += &format!("; at this mix {carrier} carries {most}");
        }
    }
    if !waiting.is_empty() {
        let names: Vec<&str> = waiting.iter().map(|index| results.components[*index].name.as_str()).collect();
        let verb = if names.len() == 1 { "is" } else { "are" };
        sentence += &format!("; {} {verb} full of requests that wait for it", names.join(", "));
    }
    Some(Bottleneck { name, is_full, sentence })
}

/// "the connections app -> db are busier (91 %): at this mix they carry about 217 /s": the pool that lets less through than the
/// busiest component could do.
fn tighter_pool(results: &Results, busiest: f64) -> Option<String> {
    let pool = |(name, figure): (&String, &Figure)| {
        let edge = name.strip_prefix("call.")?.strip_suffix(".pool.utilization")?;
        (figure.value > busiest).then(|| (edge.to_owned(), figure.value))
    };
    let pools = results.metrics.iter().filter_map(pool);
    let (edge, used) = pools.reduce(|most, one| if one.1 > most.1 { one } else { most })?;
    let attempts = value(results, &format!("call.{edge}"), "attempts")?;
    let metric = format!("call.{edge}.pool.utilization");
    let carry = most(results, &metric, attempts / results.duration, used);
    Some(format!(
        "the connections {} are busier ({}){}",
        edge.replace("->", " -> "),
        human(used, Form::Share),
        carry.map_or(String::new(), |most| format!(": at this mix they carry {most}"))
    ))
}

/// "about 217 /s": what is carried by that of which this metric says which share is in use, if `share` of it, or of its busiest
/// instance, is needed for this rate. None if too little happened to tell.
fn most(results: &Results, metric: &str, rate: f64, share: f64) -> Option<String> {
    /// The standard error of a mean of so many exponential times is a tenth.
    const VISITS_MIN: f64 = 100.0;
    let number = |rate: f64| human(rate, Form::Rate);
    let whole = results.metrics.get(metric).map_or(share, |figure| figure.value);
    match results.carried.get(metric) {
        // An instance that is busier than all of them is so without a fault, too.
        Some(calm) => Some(format!("about {} outside of faults", number(calm * whole / share))),
        None if rate * results.duration < VISITS_MIN => None,
        None if share >= SATURATED => Some(format!("no more than {}", number(rate / share))),
        None => Some(format!("about {}", number(rate / share))),
    }
}

/// The share of its workers' time for which a component waits for others, if that is why somebody waits for it.
fn idle_share(results: &Results, name: &str) -> Option<f64> {
    let bottleneck = results.diagnosis.iter().find(|finding| finding.id == "bottleneck")?;
    let share = bottleneck.numbers.get(&held_by_waiting(name))?.value;
    Some((share * 100.0 + 0.5).floor() / 100.0)
}

/// Clauses on lines of at most 110 letters; the further lines are indented.
fn wrapped(text: &str) -> String {
    const LETTERS_MAX: usize = 110;
    let mut lines = vec![String::new()];
    for clause in text.split_inclusive("; ") {
        let line = lines.last_mut().expect("there is a line");
        if !line.is_empty() && line.chars().count() + clause.trim_end().chars().count() > LETTERS_MAX {
            lines.push(format!("  {clause}"));
        } else {
            line.push_str(clause);
        }
    }
    lines.iter().map(|line| line.trim_end()).collect::<Vec<&str>>().join("\n")
}

/// The component that limits the throughput, and the saturated ones that call it: whoever holds a worker while it waits for
/// a saturated callee is busy with waiting.
fn busiest(results: &Results) -> Option<(Busy, Vec<usize>)> {
    let busiest_of = |index| busy(results, index).map(|all| busiest_instance(results, all));
    let all: Vec<Busy> = (0..results.components.len()).filter_map(busiest_of).collect();
    let full: Vec<Busy> = all.iter().copied().filter(|busy| busy.share >= SATURATED).collect();
    let calls_full =
        |index: usize| full.iter().any(|other| other.index != index && reaches(results, index, other.index));
    let root = full.iter().find(|busy| !calls_full(busy.index));
    let Some(root) = root.or_else(|| full.first()) else {
        let busiest = all.into_iter().reduce(|most, busy| if busy.share > most.share { busy } else { most });
        return busiest.map(|busiest| (busiest, Vec::new()));
    };
    let waiting =
        full.iter().filter(|busy| busy.index != root.index && reaches(results, busy.index, root.index));
    Some((*root, waiting.map(|busy| busy.index).collect()))
}

/// What is scarcest at a component; none if it has as much of everything as anybody asks for, or nothing to do.
pub(in crate::report) fn busy(results: &Results, index: usize) -> Option<Busy> {
    let component = &results.components[index];
    let shares = component.servers.iter().filter_map(|servers| {
        let share = value(results, &component.name, servers.metric).filter(|share| *share > 0.0)?;
        Some(Busy { index, servers: *servers, share, instance: None })
    });
    shares.reduce(|most, busy| if busy.share > most.share { busy } else { most })
}

/// The busiest instance of a component, if it is much busier than all of them together.
fn busiest_instance(results: &Results, all: Busy) -> Busy {
    let component = &results.components[all.index];
    let share = |instance: u32| value(results, &numbered(&component.name, instance), all.servers.metric);
    let alone = (0..component.instances).filter_map(|instance| Some((share(instance)?, instance)));
    match alone.reduce(|most, one| if one.0 > most.0 { one } else { most }) {
        Some((share, instance)) if share > UNEVEN * all.share => {
            Busy { share, instance: Some(instance), ..all }
        }
        _ => all,
    }
}

fn numbered(component: &str, instance: u32) -> String {
    format!("{component}[{instance}]")
}

/// Whether calls of one component lead to another.
fn reaches(results: &Results, from: usize, to: usize) -> bool {
    let mut reached = vec![from];
    let mut next = 0;
    while let Some(index) = reached.get(next).copied() {
        let new = results.components[index].callees.iter().filter(|callee| !reached.contains(callee));
        let new: Vec<usize> = new.copied().collect();
        reached.extend(new);
        next += 1;
    }
    from != to && reached.contains(&to)
}
