//! What was short of capacity: which stations stayed saturated, since when, and which of them was the first.

use super::evidence::{Evidence, instant};
use super::root::{Doings, busy_with};
use crate::figures::{StationFigure, load_of};
use crate::mechanism::arrange::Arrange;
use crate::results::number::{grouped, human};
use crate::results::{Finding, Form, Severity};
use crate::station::Discipline;
use crate::units::{ComponentId, SECOND};

/// Busier than this is as busy as can be.
const SATURATED: f64 = 0.985;

/// A station is short of capacity only while somebody waits for it: so many at an instance on average.
const WAITING_MIN: f64 = 1.0;

/// Shorter than this share of the run is a peak, which every queue has now and then.
const SHARE_MIN: f64 = 0.02;

/// So many bins between two that are saturated do not part them.
const GAP_MAX: usize = 1;

/// A fault that began so shortly before has to do with it, as a share of the run.
const CAUSE_WITHIN: f64 = 0.05;

/// A stretch of time through which a station was saturated.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Stretch {
    pub(super) component: ComponentId,
    /// The only instance that was; none if the component as a whole was.
    pub(super) instance: Option<u32>,
    /// Whether cores are short: then workers wait for them.
    is_for_cores: bool,
    /// The first bin and the one behind the last.
    pub(super) bins: (usize, usize),
}

/// Whether a component was saturated in a bin.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Level {
    Free,
    /// One of its instances was.
    One(u32),
    /// All of it was.
    All,
    /// All its cores were busy, and somebody present was not computing.
    Cores,
}

/// The stretches of all components, the first one first.
pub(super) fn stretches(evidence: &Evidence<'_>) -> Vec<Stretch> {
    let mut all: Vec<Stretch> =
        evidence.serving().flat_map(|component| stretches_of(evidence, component)).collect();
    all.arrange_by_key(|stretch| stretch.bins.0);
    all
}

fn stretches_of(evidence: &Evidence<'_>, component: ComponentId) -> Vec<Stretch> {
    let levels: Vec<Level> = (0..evidence.bins.len()).map(|bin| level(evidence, component, bin)).collect();
    let long_enough = |(first, end): &(usize, usize)| {
        evidence.seconds[*first..*end].iter().sum::<f64>() >= SHARE_MIN * evidence.total_seconds()
    };
    let runs = runs(&levels.iter().map(|level| *level != Level::Free).collect::<Vec<bool>>());
    let stretch = |bins: (usize, usize)| {
        let within = &levels[bins.0..bins.1];
        let is_whole = |level: &&Level| matches!(level, Level::All | Level::Cores);
        let is_whole = within.iter().filter(is_whole).count() * 2 >= within.len();
        let is_for_cores = within.iter().filter(|level| **level == Level::Cores).count() * 2 >= within.len();
        let instance = within.iter().find_map(|level| match level {
            Level::One(index) => Some(*index),
            _ => None,
        });
        Stretch { component, instance: instance.filter(|_| !is_whole), is_for_cores, bins }
    };
    runs.into_iter().filter(long_enough).map(stretch).collect()
}

/// The first and the end of each run of `true`, across gaps that are short.
fn runs(marks: &[bool]) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (index, _) in marks.iter().enumerate().filter(|(_, mark)| **mark) {
        match runs.last_mut() {
            Some(last) if index <= last.1 + GAP_MAX => last.1 = index + 1,
            _ => runs.push((index, index + 1)),
        }
    }
    runs
}

fn level(evidence: &Evidence<'_>, component: ComponentId, bin: usize) -> Level {
    let window = evidence.bins[bin];
    let span = evidence.seconds[bin] * SECOND as f64;
    let figure = |figure| evidence.station(component, figure, window).unwrap_or(0.0);
    let instances = f64::from(evidence.world.plan().components[component.index()].instances.1);
    if figure(StationFigure::CpuUtilization) >= SATURATED {
        let load = load_of(evidence.world, component, window);
        // Whoever waits for a core has a worker, as who waits for something else.
        if load.present.saturating_sub(load.computing) as f64 >= WAITING_MIN * instances * span {
            return Level::Cores;
        }
    }
    let Some(servers) = evidence.servers(component) else { return Level::Free };
    let is_refusing = figure(StationFigure::Rejected) > 0.0;
    if figure(StationFigure::Utilization) >= SATURATED
        && (queued(evidence, component, bin) >= WAITING_MIN * instances || is_refusing)
    {
        return Level::All;
    }
    let busiest = evidence.world.recorder().busiest[component.index()][window.first];
    let is_full = busiest.busy as f64 >= SATURATED * f64::from(servers) * span;
    let waits = busiest.queued as f64 >= WAITING_MIN * span || is_refusing;
    if is_full && waits { Level::One(busiest.instance) } else { Level::Free }
}

/// How many waited for a component in a bin: visitors on average, messages at its end.
fn queued(evidence: &Evidence<'_>, component: ComponentId, bin: usize) -> f64 {
    let visitors = evidence.station(component, StationFigure::QueueMean, evidence.bins[bin]);
    visitors.unwrap_or(0.0) + evidence.waiting_messages(component, bin)
}

/// What saturated first, and what after it.
pub(super) fn findings(evidence: &Evidence<'_>, doings: &Doings) -> Vec<Finding> {
    let stretches = stretches(evidence);
    let Some(first) = stretches.first().copied() else { return Vec::new() };
    // Who waits for a full callee is full in the same bin: the deepest one is the cause.
    let together = stretches.iter().filter(|other| other.bins.0 <= first.bins.0 + 1);
    let first = together
        .copied()
        .find(|one| {
            !stretches.iter().any(|other| other.bins.0 <= first.bins.0 + 1 && calls(evidence, one, other))
        })
        .unwrap_or(first);
    let (from, until) = (evidence.begin(first.bins.0), evidence.end(first.bins.1 - 1));
    let name = name(evidence, &first);
    let sentence = format!(
        "{name} saturated first, {}: {}{}{}",
        when(evidence, from, until),
        load(evidence, &first),
        if first.is_for_cores { String::new() } else { busy_with(evidence, doings, first.component) },
        others(evidence, &first, &stretches)
    );
    let waiting = waiting(evidence, &first);
    vec![
        Finding {
            component: Some(name),
            from: Some(from),
            until: Some(until),
            ..Finding::new("saturation", Severity::Critical, sentence)
        }
        .with("waiting", waiting, "1")
        .with("lasted", until - from, "s"),
    ]
}

/// Whether the component of one stretch calls that of another, directly or through others.
fn calls(evidence: &Evidence<'_>, one: &Stretch, other: &Stretch) -> bool {
    evidence.calls(one.component, other.component)
}

fn name(evidence: &Evidence<'_>, stretch: &Stretch) -> String {
    match stretch.instance {
        Some(index) => evidence.instance_name(stretch.component, index),
        None => evidence.name(stretch.component).to_owned(),
    }
}

/// "at 30 s, 0.5 s after `spike` began, and stayed so for 62 s".
fn when(evidence: &Evidence<'_>, from: f64, until: f64) -> String {
    let end = evidence.end(evidence.bins.len() - 1);
    let bin = evidence.seconds[0];
    let mut text = if from <= bin { "from the start".to_owned() } else { format!("at {}", instant(from)) };
    let within = CAUSE_WITHIN * evidence.total_seconds();
    // A bin may have begun before the fault that filled the station within it.
    let causes =
        evidence.faults().into_iter().filter(|(_, begin, _)| *begin <= from + bin && from - begin <= within);
    if let Some((fault, begin, _)) = causes.max_by(|one, other| one.1.total_cmp(&other.1)) {
        text += &match from - begin {
            late if late <= bin => format!(" (when {} began)", fault.name),
            late => format!(" ({} after {} began)", instant(late), fault.name),
        };
    }
    text + &match until >= end {
        true => ", until the end".to_owned(),
        false => format!(", for {}", instant(until - from)),
    }
}

/// "all 32 workers busy, 85 waiting on average"; those who wait for a core are not counted.
fn load(evidence: &Evidence<'_>, stretch: &Stretch) -> String {
    let shape = &evidence.world.plan().components[stretch.component.index()].shape;
    let is_shared = shape.discipline == Discipline::ProcessorSharing;
    let noun = if stretch.is_for_cores || is_shared { "core" } else { "worker" };
    let servers = match stretch.is_for_cores {
        true => shape.cores(),
        false => evidence.servers(stretch.component).unwrap_or(0),
    };
    let count = match stretch.instance {
        Some(_) => u64::from(servers),
        None => {
            u64::from(servers)
                * u64::from(evidence.world.plan().components[stretch.component.index()].instances.1)
        }
    };
    let workers = match count {
        1 => format!("its only {noun} busy"),
        count => format!("all {} {noun}s busy", grouped(count)),
    };
    match waiting(evidence, stretch) {
        waiting if stretch.is_for_cores && waiting < WAITING_MIN => workers,
        waiting => format!("{workers}, {} waiting on average", human(waiting, Form::Number)),
    }
}

/// How many waited on average.
fn waiting(evidence: &Evidence<'_>, stretch: &Stretch) -> f64 {
    let bins = stretch.bins.0..stretch.bins.1;
    let seconds: f64 = evidence.seconds[bins.clone()].iter().sum();
    let busiest = &evidence.world.recorder().busiest[stretch.component.index()];
    let queued = |bin: usize| match stretch.instance {
        Some(_) => busiest[evidence.bins[bin].first].queued as f64 / SECOND as f64,
        None => queued(evidence, stretch.component, bin) * evidence.seconds[bin],
    };
    bins.map(queued).sum::<f64>() / seconds
}

/// "; then web at 31 s".
fn others(evidence: &Evidence<'_>, first: &Stretch, stretches: &[Stretch]) -> String {
    let mut named = vec![first.component];
    let mut parts = Vec::new();
    for stretch in stretches {
        if named.contains(&stretch.component) {
            continue;
        }
        named.push(stretch.component);
        let relation = if calls(evidence, stretch, first) { ", which waits for it," } else { "" };
        parts.push(format!(
            "{}{relation} at {}",
            name(evidence, stretch),
            instant(evidence.begin(stretch.bins.0))
        ));
    }
    match parts.len() {
        0 => String::new(),
        1 | 2 => format!("; then {}", parts.join(", then ")),
        count => format!("; then {} and {} more", parts[0], count - 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_gaps_do_not_part_what_is_saturated() {
        for (marks, expected) in [
            (&[][..], &[][..]),
            (&[false, false], &[]),
            (&[true, true, false, true], &[(0, 4)]),
            (&[true, false, false, true], &[(0, 1), (3, 4)]),
        ] {
            assert_eq!(runs(marks), expected, "{marks:?}");
        }
    }
}
