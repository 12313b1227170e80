//! What faults and surges did to the clients, and how long after their end everything was as before.
//!
//! A client is *as before* in a bin if its goodput and its latency lie within the band of the calm bins before the trigger: the
//! median, with a tolerance of four standard deviations (by the median absolute deviation), at least a point of goodput and a
//! quarter of the latency. It has *recovered* with the first bin from which on that holds but for a few bins. Who has not when
//! the run ends, although no more is offered than before and no backlog shrinks, is in a metastable state: overload that keeps
//! itself up after its trigger is gone (Bronson et al. 2021).

use super::evidence::{Evidence, instant};
use crate::plan::Source;
use crate::results::number::human;
use crate::results::{ClientSeries, Finding, Form, Severity};

/// Of what is calm, so many bins are needed to know what is normal.
const CALM_MIN: usize = 3;

/// The percentile whose course is compared: p99 of a bin is too much of chance.
const PERCENTILE: &str = "p95";

/// Tolerances of what is as before: a point of goodput, a quarter of the latency.
const GOODPUT_TOLERANCE: f64 = 0.01;
const LATENCY_TOLERANCE: f64 = 0.25;

/// So much more than usual is a surge.
const SURGE: f64 = 1.3;

/// Fewer bins than this are no surge.
const SURGE_MIN: usize = 2;

/// What may have pushed the run out of its calm.
struct Trigger {
    name: String,
    from: f64,
    until: f64,
}

/// What a client saw, bin by bin.
struct Course<'e> {
    series: &'e ClientSeries,
    /// Completions for each arrival; of a closed loop, whose arrivals follow its completions, for each one in calm.
    goodput: Vec<f64>,
    latency: Vec<Option<f64>>,
}

/// What is normal.
struct Band {
    goodput: f64,
    goodput_min: f64,
    latency: f64,
    latency_max: f64,
    offered: f64,
}

/// How it ended.
enum End {
    /// As before, so long after the end of the trigger \[s\].
    Recovered(f64),
    /// The run or the next trigger came before it could be told.
    Unknown,
    /// Not by the end of the run.
    Never { goodput: f64, latency: Option<f64>, offered: f64, backlog: Backlog },
}

/// What waits at the end of a run whose clients are not as before.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Backlog {
    /// No more than before.
    Gone,
    /// More than before, and less than at first.
    Shrinks,
    /// As much as at first.
    Stays,
}

/// What a trigger did to a client.
struct Impact {
    goodput: f64,
    latency: Option<f64>,
    end: End,
}

/// A finding for each fault and each surge that some client noticed, about the client that noticed it most.
pub(super) fn findings(evidence: &Evidence<'_>) -> Vec<Finding> {
    let triggers = triggers(evidence);
    (0..triggers.len()).filter_map(|index| finding(evidence, &triggers, index)).collect()
}

fn triggers(evidence: &Evidence<'_>) -> Vec<Trigger> {
    let faults = evidence.faults().into_iter();
    let mut triggers: Vec<Trigger> =
        faults.map(|(fault, from, until)| Trigger { name: fault.name.clone(), from, until }).collect();
    let plan = evidence.world.plan();
    let is_open = |index: &usize| !matches!(plan.clients[*index].source, Source::Closed { .. });
    for index in (0..plan.clients.len()).filter(is_open) {
        let client = &evidence.series.clients[index];
        let usual = median(client.offered.clone());
        let is_high: Vec<bool> = client.offered.iter().map(|offered| *offered > SURGE * usual).collect();
        let high = is_high.iter().filter(|high| **high).count();
        // What is high half of the time is a tide, not a surge; a moment of few arrivals is chance.
        if usual * evidence.seconds[0] < 30.0 || high < SURGE_MIN || high * 3 > is_high.len() {
            continue;
        }
        let first = is_high.iter().position(|high| *high);
        let last = is_high.iter().rposition(|high| *high);
        if let (Some(first), Some(last)) = (first, last)
            && is_high[first..=last].iter().all(|high| *high)
        {
            let (from, until) = (evidence.begin(first), evidence.end(last));
            triggers.push(Trigger { name: format!("the surge of {}", client.name), from, until });
        }
    }
    triggers
}

fn finding(evidence: &Evidence<'_>, triggers: &[Trigger], index: usize) -> Option<Finding> {
    let trigger = &triggers[index];
    let impacts = evidence.series.clients.iter().enumerate().filter_map(|(client, series)| {
        let course = course(evidence, client, series);
        let band = band(evidence, &course, triggers, index)?;
        let impact = impact(evidence, &course, &band, triggers, index)?;
        Some((course, band, impact))
    });
    let badness = |impact: &Impact, band: &Band| {
        let never = matches!(impact.end, End::Never { .. });
        let slower = impact.latency.map_or(0.0, |latency| latency / band.latency);
        (never, band.goodput - impact.goodput, slower)
    };
    let worst = impacts.reduce(|worst, other| {
        let (one, two) = (badness(&worst.2, &worst.1), badness(&other.2, &other.1));
        if two.partial_cmp(&one) == Some(std::cmp::Ordering::Greater) { other } else { worst }
    });
    let (course, band, impact) = worst?;
    Some(describe(trigger, &course, &band, &impact))
}

fn course<'e>(evidence: &Evidence<'_>, client: usize, series: &'e ClientSeries) -> Course<'e> {
    let is_closed = matches!(evidence.world.plan().clients[client].source, Source::Closed { .. });
    let usual = median(series.rate.clone()).max(f64::MIN_POSITIVE);
    let goodput = series.rate.iter().zip(&series.offered).map(|(rate, offered)| match is_closed {
        true => rate / usual,
        false if *offered > 0.0 => rate / offered,
        false => 1.0,
    });
    let latency = series.latency.iter().find(|(name, _)| *name == PERCENTILE);
    Course {
        series,
        goodput: goodput.collect(),
        latency: latency.map(|(_, values)| values.clone()).unwrap_or_default(),
    }
}

/// What was normal before a trigger; none if there was no calm before it.
fn band(evidence: &Evidence<'_>, course: &Course<'_>, triggers: &[Trigger], index: usize) -> Option<Band> {
    let bin_begin = |bin: usize| evidence.begin(bin);
    let overlaps =
        |bin: usize, other: &Trigger| evidence.begin(bin) < other.until && evidence.end(bin) > other.from;
    let calm: Vec<usize> = (0..evidence.bins.len())
        .filter(|bin| evidence.end(*bin) <= triggers[index].from && bin_begin(*bin) >= 0.0)
        .filter(|bin| !triggers.iter().any(|other| overlaps(*bin, other)))
        .collect();
    let latencies: Vec<f64> = calm.iter().filter_map(|bin| course.latency[*bin]).collect();
    if latencies.len() < CALM_MIN {
        return None;
    }
    let goodputs: Vec<f64> = calm.iter().map(|bin| course.goodput[*bin]).collect();
    let (goodput, latency) = (median(goodputs.clone()), median(latencies.clone()));
    Some(Band {
        goodput,
        goodput_min: goodput - (4.0 * deviation(&goodputs, goodput)).max(GOODPUT_TOLERANCE),
        latency,
        latency_max: latency + (4.0 * deviation(&latencies, latency)).max(LATENCY_TOLERANCE * latency),
        offered: calm.iter().map(|bin| course.series.offered[*bin]).sum::<f64>() / calm.len() as f64,
    })
}

impl Band {
    fn holds(&self, course: &Course<'_>, bin: usize) -> bool {
        let is_idle = course.series.offered[bin] == 0.0;
        let is_fast = course.latency[bin].is_some_and(|latency| latency <= self.latency_max);
        is_idle || (course.goodput[bin] >= self.goodput_min && is_fast)
    }
}

/// What a trigger did to a client; none if it did not notice.
fn impact(
    evidence: &Evidence<'_>,
    course: &Course<'_>,
    band: &Band,
    triggers: &[Trigger],
    index: usize,
) -> Option<Impact> {
    let trigger = &triggers[index];
    let bins = evidence.bins.len();
    let next = triggers.iter().map(|other| other.from).filter(|from| *from >= trigger.until);
    let horizon = next.fold(f64::INFINITY, f64::min);
    let within = |bin: &usize| evidence.begin(*bin) < trigger.until && evidence.end(*bin) > trigger.from;
    let during: Vec<usize> = (0..bins).filter(within).collect();
    let after: Vec<usize> = (0..bins)
        .filter(|bin| evidence.begin(*bin) + 1e-9 >= trigger.until && evidence.end(*bin) <= horizon + 1e-9)
        .collect();
    let hit = |of: &[usize]| of.iter().filter(|bin| !band.holds(course, **bin)).count();
    let soon = &after[..after.len().min(3)];
    // A single bin outside of the band is chance, unless the trigger was as short.
    if hit(&during) < during.len().min(2) && hit(soon) < 2 {
        return None;
    }
    let shown: Vec<usize> = during.iter().chain(soon).copied().collect();
    let goodput = shown.iter().map(|bin| course.goodput[*bin]).fold(f64::INFINITY, f64::min);
    let latency = shown.iter().filter_map(|bin| course.latency[*bin]).reduce(f64::max);
    Some(Impact { goodput, latency, end: end(evidence, course, band, trigger, &after) })
}

/// When the client was as before again.
fn end(evidence: &Evidence<'_>, course: &Course<'_>, band: &Band, trigger: &Trigger, after: &[usize]) -> End {
    if after.len() < CALM_MIN {
        return End::Unknown;
    }
    let steady = (evidence.bins.len() / 20).max(CALM_MIN);
    let recovered = after.iter().enumerate().find(|(index, bin)| {
        let ahead = &after[*index..after.len().min(index + steady)];
        let good = ahead.iter().filter(|bin| band.holds(course, **bin)).count();
        band.holds(course, **bin) && ahead.len() >= 2 && good * 5 >= ahead.len() * 4
    });
    if let Some((_, bin)) = recovered {
        return End::Recovered((evidence.begin(*bin) - trigger.until).max(0.0));
    }
    if after.last() != Some(&(evidence.bins.len() - 1)) {
        return End::Unknown;
    }
    let tail = &after[after.len() - (after.len() / 5).max(CALM_MIN).min(after.len())..];
    let mean = |values: &[f64]| tail.iter().map(|bin| values[*bin]).sum::<f64>() / tail.len() as f64;
    let latencies: Vec<f64> = tail.iter().filter_map(|bin| course.latency[*bin]).collect();
    let backlog = |bins: &[usize]| {
        let queues = evidence.series.components.iter().map(|component| &component.queue);
        queues.map(|queue| bins.iter().map(|bin| queue[*bin]).sum::<f64>()).sum::<f64>() / bins.len() as f64
    };
    let (head, before) = (&after[..tail.len()], 0..evidence.bins.len());
    let before: Vec<usize> = before.filter(|bin| evidence.end(*bin) <= trigger.from).collect();
    let usual = if before.is_empty() { 0.0 } else { backlog(&before) };
    let backlog = match (backlog(head), backlog(tail)) {
        (_, last) if last <= 2.0 * usual + 1.0 => Backlog::Gone,
        (first, last) if last < 0.8 * first => Backlog::Shrinks,
        _ => Backlog::Stays,
    };
    End::Never {
        goodput: mean(&course.series.rate) / (band.offered * band.goodput),
        latency: (!latencies.is_empty()).then(|| median(latencies)),
        offered: mean(&course.series.offered) / band.offered,
        backlog,
    }
}

fn describe(trigger: &Trigger, course: &Course<'_>, band: &Band, impact: &Impact) -> Finding {
    let client = &course.series.name;
    let share = |value: f64| human(value.clamp(0.0, 1.0), Form::Share);
    let mut seen = Vec::new();
    if impact.goodput < band.goodput_min {
        seen.push(format!(
            "the goodput of {client} fell from {} to {}",
            share(band.goodput),
            share(impact.goodput)
        ));
    }
    if let Some(latency) = impact.latency.filter(|latency| *latency > band.latency_max) {
        let whose = if seen.is_empty() { format!("the p95 of {client}") } else { "its p95".to_owned() };
        seen.push(format!("{whose} rose from {} to {}", instant(band.latency), instant(latency)));
    }
    let seen = format!("{}: {}", trigger.name, seen.join(", "));
    let length = trigger.until - trigger.from;
    let (severity, sentence) = match &impact.end {
        End::Recovered(0.0) => (Severity::Info, format!("{seen}; as before as soon as it ended")),
        End::Recovered(after) => {
            let severity = if *after > length { Severity::Critical } else { Severity::Warning };
            (severity, format!("{seen}; as before {} after it ended", instant(*after)))
        }
        End::Unknown => (Severity::Warning, format!("{seen}; what came after it is too short to tell")),
        End::Never { goodput, latency, offered, backlog } => {
            let is_slower_only = *goodput >= band.goodput_min / band.goodput && *backlog == Backlog::Gone;
            let severity = if is_slower_only { Severity::Warning } else { Severity::Critical };
            let never = never(trigger, band, (*goodput, *latency), *offered, *backlog);
            (severity, format!("{seen}; {never}"))
        }
    };
    let mut finding = Finding {
        client: Some(client.clone()),
        fault: Some(trigger.name.clone()),
        from: Some(trigger.from),
        until: Some(trigger.until),
        ..Finding::new("recovery", severity, sentence)
    }
    .with("goodput.before", band.goodput, "1")
    .with("goodput.worst", impact.goodput, "1")
    .with("latency.p95.before", band.latency, "s");
    if let Some(latency) = impact.latency {
        finding = finding.with("latency.p95.worst", latency, "s");
    }
    match impact.end {
        End::Recovered(after) => finding.with("recovery", after, "s"),
        End::Never { goodput, offered, .. } => {
            finding.with("goodput.remaining", goodput, "1").with("offered.remaining", offered, "1")
        }
        End::Unknown => finding,
    }
}

/// More offered than this is another load than before.
const SAME_LOAD: f64 = 1.1;

/// "it did not recover: 60 s after its end goodput is still 4 % of before although no more is offered (metastable)".
fn never(
    trigger: &Trigger,
    band: &Band,
    (goodput, latency): (f64, Option<f64>),
    offered: f64,
    backlog: Backlog,
) -> String {
    let state = if goodput < band.goodput_min / band.goodput {
        format!("goodput is still {} of before", human(goodput, Form::Share))
    } else {
        let latency = latency.map_or("unknown".to_owned(), instant);
        format!("p95 is still {latency} instead of {}", instant(band.latency))
    };
    let rest = match () {
        () if offered > SAME_LOAD => format!("but {} times as much is offered", human(offered, Form::Number)),
        () if backlog == Backlog::Shrinks => "and the backlog shrinks only slowly".to_owned(),
        () if backlog == Backlog::Gone => "although no more is offered and no backlog is left".to_owned(),
        () => "although no more is offered than before: a metastable failure".to_owned(),
    };
    format!("it did not recover from {} by the end: {state}, {rest}", trigger.name)
}

fn median(mut values: Vec<f64>) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { (values[middle - 1] + values[middle]) / 2.0 }
}

/// The standard deviation of normal noise with the same median absolute deviation.
fn deviation(values: &[f64], median_value: f64) -> f64 {
    1.4826 * median(values.iter().map(|value| (value - median_value).abs()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_robust_deviations() {
        for (values, expected) in [
            (vec![], (0.0, 0.0)),
            (vec![3.0], (3.0, 0.0)),
            (vec![1.0, 4.0, 2.0, 3.0], (2.5, 1.4826)),
            (vec![1.0, 1.0, 1.0, 99.0], (1.0, 0.0)),
        ] {
            let median = median(values.clone());
            assert_eq!((median, deviation(&values, median)), expected, "{values:?}");
        }
    }
}
