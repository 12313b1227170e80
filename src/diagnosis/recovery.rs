//! What faults and surges did to the clients, and how long after their end everything was as before.
//!
//! Only those clients are asked who may have to wait for a victim. A client is *as before* in a bin if its goodput and its
//! latency lie within the band of the calm bins before the trigger, since the last one before it: the median, with a tolerance of four standard deviations (by
//! the median absolute deviation), at least a point of goodput and a quarter of the latency. Of bins in which other triggers are
//! on only those count that were on when this one began. The client has *recovered* with the first bin from which on it is as
//! before but for a few bins: perhaps while the trigger is still on, where somebody takes over. Who has not when the run ends, although it was well before, no more is offered and no backlog
//! shrinks, is in a metastable state: overload that keeps itself up after its trigger is gone (Bronson et al. 2021).

use super::evidence::{Evidence, instant};
use super::victims::{Reach, reach_of};
use crate::fault::Fault;
use crate::plan::Source;
use crate::results::number::human;
use crate::results::{ClientSeries, Finding, Form, Severity};

/// Of what is calm, so many bins are needed to know what is normal.
const CALM_MIN: usize = 3;

/// What was normal since the last trigger ended is known from so many bins; from fewer it is not told apart from chance.
const SINCE_MIN: usize = 2 * CALM_MIN;

/// The percentile whose course is compared: p99 of a bin is too much of chance.
const PERCENTILE: &str = "p95";

/// Tolerances of what is as before: a point of goodput, a quarter of the latency.
const GOODPUT_TOLERANCE: f64 = 0.01;
const LATENCY_TOLERANCE: f64 = 0.25;

/// Whose goodput was lower than this before a trigger was not well.
const WELL_MIN: f64 = 0.5;

/// So much more than usual is a surge.
const SURGE: f64 = 1.3;

/// Fewer bins than this are no surge.
const SURGE_MIN: usize = 2;

/// What may have pushed the run out of its calm.
struct Trigger {
    name: String,
    from: f64,
    until: f64,
    /// Which clients may notice.
    reach: Reach,
}

/// The bins that tell of a trigger, as a client sees it.
struct Stages<'t> {
    trigger: &'t Trigger,
    /// Before it, with the same other triggers on as when it began.
    calm: Vec<usize>,
    /// While it is on, as far as possible without others that came later.
    during: Vec<usize>,
    /// Whether others that came later leave out a part of that.
    is_cut: bool,
    /// Others that were on all that time.
    beside: Vec<&'t str>,
    /// After it, until the next one begins.
    after: Vec<usize>,
    /// The next one.
    next: Option<&'t Trigger>,
}

/// What a client saw, bin by bin.
struct Course<'e> {
    series: &'e ClientSeries,
    /// Completions for each arrival; of a closed loop, whose arrivals follow its completions, for each one in calm.
    goodput: Vec<f64>,
    latency: Vec<Option<f64>>,
    /// How long its bins are \[s\].
    seconds: &'e [f64],
}

/// What is normal.
struct Band {
    goodput: f64,
    goodput_min: f64,
    latency: f64,
    latency_max: f64,
    offered: f64,
    /// How much was answered, if that was too little to be called well.
    sick: Option<f64>,
}

/// How it ended.
enum End {
    /// As before, so long after the end of the trigger \[s\].
    Recovered(f64),
    /// As before while the trigger was still on, so long after its begin \[s\].
    Meanwhile(f64),
    /// Not when the next trigger came, so long after the end of this one \[s\].
    Overtaken(f64),
    /// The run or the next trigger came before it could be told.
    Unknown,
    /// The trigger lasts until the end of the run.
    Lasts,
    /// Nobody can tell: the client was not well before, of whose requests this share was answered.
    Sick(f64),
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

/// A client that noticed a trigger.
struct Noticed<'e, 't> {
    course: Course<'e>,
    stages: Stages<'t>,
    band: Band,
    impact: Impact,
}

/// What a trigger did to a client.
struct Impact {
    /// At worst.
    goodput: f64,
    /// Of what ended while it was on.
    available: Option<f64>,
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
    let trigger = |(fault, from, until): (&Fault, f64, f64)| Trigger {
        name: fault.name.clone(),
        from,
        until,
        reach: reach_of(evidence, &fault.condition),
    };
    let mut triggers: Vec<Trigger> = faults.map(trigger).collect();
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
            let reach = Reach::of_client(evidence, index);
            triggers.push(Trigger { name: format!("the surge of {}", client.name), from, until, reach });
        }
    }
    triggers
}

fn finding(evidence: &Evidence<'_>, triggers: &[Trigger], index: usize) -> Option<Finding> {
    let clients = evidence.series.clients.iter().enumerate();
    let touched = clients.filter(|(client, _)| triggers[index].reach.touches(*client));
    let noticed = touched.filter_map(|(client, series)| {
        let course = course(evidence, client, series);
        let stages = stages(evidence, triggers, index, client);
        let band = band(&course, &stages.calm)?;
        let impact = impact(evidence, &course, &band, &stages)?;
        Some(Noticed { course, stages, band, impact })
    });
    let noticed: Vec<Noticed<'_, '_>> = noticed.collect();
    let badness = |Noticed { impact, band, .. }: &Noticed<'_, '_>| {
        let is_well = !matches!(impact.end, End::Sick(_));
        let never = matches!(impact.end, End::Never { .. });
        let slower = impact.latency.map_or(0.0, |latency| latency / band.latency.max(f64::MIN_POSITIVE));
        let lost = if impact.goodput < band.goodput_min { band.goodput - impact.goodput } else { 0.0 };
        let late = if let End::Recovered(after) = impact.end { after } else { 0.0 };
        (is_well, never, lost, late, slower)
    };
    let worst = noticed.iter().reduce(|worst, other| {
        let is_worse = badness(other).partial_cmp(&badness(worst)) == Some(std::cmp::Ordering::Greater);
        if is_worse { other } else { worst }
    })?;
    let mut finding = describe(worst);
    let own = briefly(&worst.impact.end);
    let others = noticed.iter().filter_map(|other| {
        let ended = briefly(&other.impact.end).filter(|ended| Some(ended) != own.as_ref())?;
        finding.severity = finding.severity.max(severity(other));
        Some(format!("{} {ended}", other.course.series.name))
    });
    let others: Vec<String> = others.collect();
    if !others.is_empty() {
        finding.sentence += &format!(" ({})", others.join("; "));
    }
    Some(finding)
}

/// Sorts the bins of the run, as a client sees them.
fn stages<'t>(evidence: &Evidence<'_>, triggers: &'t [Trigger], index: usize, client: usize) -> Stages<'t> {
    let trigger = &triggers[index];
    let others: Vec<&Trigger> = triggers
        .iter()
        .enumerate()
        .filter(|(other, one)| *other != index && one.reach.touches(client))
        .map(|(_, one)| one)
        .collect();
    let is_on =
        |bin: usize, other: &Trigger| evidence.begin(bin) < other.until && evidence.end(bin) > other.from;
    let was_on = |other: &Trigger| other.from < trigger.from && other.until > trigger.from;
    // What was on before belongs to what is as before; what was not is another matter.
    let is_as_then = |bin: &usize| others.iter().all(|other| is_on(*bin, other) == was_on(other));
    let is_alone = |bin: &usize| others.iter().all(|other| !is_on(*bin, other) || was_on(other));
    let measured = || (0..evidence.bins.len()).filter(|bin| evidence.begin(*bin) >= 0.0);
    let before = || measured().filter(|bin| evidence.end(*bin) <= trigger.from);
    let mut calm: Vec<usize> = before().filter(is_as_then).collect();
    // What the trigger before this one has left behind, such as another primary, is what this one began with.
    let ended = others.iter().map(|other| other.until).filter(|until| *until <= trigger.from);
    let since = ended.fold(0.0, f64::max);
    let late = calm.partition_point(|bin| evidence.begin(*bin) + 1e-9 < since);
    if calm.len() - late >= SINCE_MIN {
        calm.drain(..late);
    }
    if calm.len() < CALM_MIN {
        calm = before().filter(|bin| !others.iter().any(|other| is_on(*bin, other))).collect();
    }
    let all: Vec<usize> = measured().filter(|bin| is_on(*bin, trigger)).collect();
    let alone: Vec<usize> = all.iter().copied().filter(is_alone).collect();
    let is_beside = |other: &&&Trigger| !was_on(other) && all.iter().any(|bin| is_on(*bin, other));
    let beside = match alone.is_empty() {
        true => others.iter().filter(is_beside).map(|other| other.name.as_str()).collect(),
        false => Vec::new(),
    };
    let after = || measured().filter(|bin| evidence.begin(*bin) + 1e-9 >= trigger.until);
    let end = after().find(|bin| !is_alone(bin));
    let next = end.and_then(|end| others.iter().find(|other| !was_on(other) && is_on(end, other)).copied());
    let after = after().take_while(is_alone).collect();
    let (is_cut, during) = match alone.is_empty() {
        true => (false, all),
        false => (alone.len() < all.len(), alone),
    };
    Stages { trigger, calm, during, is_cut, beside, after, next }
}

fn course<'e>(evidence: &'e Evidence<'_>, client: usize, series: &'e ClientSeries) -> Course<'e> {
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
        seconds: &evidence.seconds,
    }
}

/// What was normal in the calm before a trigger; none if there was not enough of it.
fn band(course: &Course<'_>, calm: &[usize]) -> Option<Band> {
    if calm.len() < CALM_MIN {
        return None;
    }
    let latencies: Vec<f64> = calm.iter().filter_map(|bin| course.latency[*bin]).collect();
    let goodputs: Vec<f64> = calm.iter().map(|bin| course.goodput[*bin]).collect();
    let (goodput, latency) = (median(goodputs.clone()), median(latencies.clone()));
    let goodput_min = goodput - (4.0 * deviation(&goodputs, goodput)).max(GOODPUT_TOLERANCE);
    let last = &calm[calm.len() - CALM_MIN..];
    let is_falling = last.iter().all(|bin| course.goodput[*bin] < goodput_min.min(WELL_MIN));
    let sick = match () {
        () if goodput < WELL_MIN => available(course, calm),
        () if is_falling => available(course, last),
        () => None,
    };
    if latencies.len() < CALM_MIN && sick.is_none() {
        return None;
    }
    Some(Band {
        goodput,
        goodput_min,
        latency,
        latency_max: latency + (4.0 * deviation(&latencies, latency)).max(LATENCY_TOLERANCE * latency),
        offered: calm.iter().map(|bin| course.series.offered[*bin]).sum::<f64>() / calm.len() as f64,
        sick,
    })
}

/// Of what ended in some bins, how much was completed.
fn available(course: &Course<'_>, bins: &[usize]) -> Option<f64> {
    let ended = |rates: &[f64]| bins.iter().map(|bin| rates[*bin] * course.seconds[*bin]).sum::<f64>();
    let completed = ended(&course.series.rate);
    let failed: f64 = course.series.errors.iter().map(|(_, rates)| ended(rates)).sum();
    (completed + failed > 0.0).then(|| completed / (completed + failed))
}

impl Band {
    fn holds(&self, course: &Course<'_>, bin: usize) -> bool {
        let is_idle = course.series.offered[bin] == 0.0;
        let is_fast = course.latency[bin].is_none_or(|latency| latency <= self.latency_max);
        is_idle || (course.goodput[bin] >= self.goodput_min && is_fast)
    }
}

/// What a trigger did to a client; none if it did not notice.
fn impact(evidence: &Evidence<'_>, course: &Course<'_>, band: &Band, stages: &Stages<'_>) -> Option<Impact> {
    let Stages { during, after, .. } = stages;
    let hit = |of: &[usize]| of.iter().filter(|bin| !band.holds(course, **bin)).count();
    let soon = &after[..after.len().min(3)];
    // A single bin outside of the band is chance, unless the trigger was as short.
    if band.sick.is_none() && hit(during) < during.len().min(2) && hit(soon) < 2 {
        return None;
    }
    let shown: Vec<usize> = during.iter().chain(soon).copied().collect();
    let goodput = shown.iter().map(|bin| course.goodput[*bin]).fold(f64::INFINITY, f64::min);
    let latency = shown.iter().filter_map(|bin| course.latency[*bin]).reduce(f64::max);
    let end = match band.sick {
        Some(share) => End::Sick(share),
        None => end(evidence, course, band, stages),
    };
    Some(Impact { goodput, available: available(course, during), latency, end })
}

/// The first of some bins from which on it is as before, but for a few of those that come next.
fn settled(course: &Course<'_>, band: &Band, bins: &[usize]) -> Option<usize> {
    let steady = (course.goodput.len() / 20).max(CALM_MIN);
    (0..bins.len()).find(|index| {
        let ahead = &bins[*index..bins.len().min(index + steady)];
        band.holds(course, bins[*index]) && ahead.len() >= 2 && is_mostly_calm(course, band, ahead)
    })
}

/// Whether all but a few bins are as before.
fn is_mostly_calm(course: &Course<'_>, band: &Band, bins: &[usize]) -> bool {
    bins.iter().filter(|bin| band.holds(course, **bin)).count() * 5 >= bins.len() * 4
}

/// When the client was as before again.
fn end(evidence: &Evidence<'_>, course: &Course<'_>, band: &Band, stages: &Stages<'_>) -> End {
    let Stages { trigger, during, after, .. } = stages;
    let lasts = trigger.until >= evidence.end(evidence.bins.len() - 1);
    let recovered = settled(course, band, after);
    let meanwhile = settled(course, band, during).filter(|index| {
        let rest = &during[*index..];
        *index > 0 && rest.len() >= CALM_MIN && is_mostly_calm(course, band, rest)
    });
    if let Some(index) = meanwhile.filter(|_| lasts || recovered == Some(0)) {
        return End::Meanwhile(evidence.begin(during[index]) - trigger.from);
    }
    if lasts {
        return End::Lasts;
    }
    if after.len() < CALM_MIN {
        return End::Unknown;
    }
    if let Some(index) = recovered {
        return End::Recovered((evidence.begin(after[index]) - trigger.until).max(0.0));
    }
    if let Some(last) = after.last().filter(|last| **last != evidence.bins.len() - 1) {
        return match after.len() >= SINCE_MIN {
            true => End::Overtaken(evidence.end(*last) - trigger.until),
            false => End::Unknown,
        };
    }
    let tail = &after[after.len() - (after.len() / 5).max(CALM_MIN).min(after.len())..];
    let mean = |values: &[f64]| tail.iter().map(|bin| values[*bin]).sum::<f64>() / tail.len() as f64;
    let latencies: Vec<f64> = tail.iter().filter_map(|bin| course.latency[*bin]).collect();
    let backlog = |bins: &[usize]| {
        // Who nobody waits for, such as an autoscaler, has none.
        let queues = evidence.series.components.iter().map(|component| &component.queue);
        let queues = queues.filter(|queue| !queue.is_empty());
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

/// "as before 5 s after it ended"; none if nobody can tell.
fn briefly(end: &End) -> Option<String> {
    match end {
        End::Recovered(0.0) => Some("as before as soon as it ended".to_owned()),
        End::Recovered(after) => Some(format!("as before {} after it ended", instant(*after))),
        End::Meanwhile(after) => {
            Some(format!("as before {} after it began, while it was still on", instant(*after)))
        }
        End::Overtaken(after) => {
            Some(format!("not yet as before {} after it ended, when the next began", instant(*after)))
        }
        End::Lasts | End::Never { .. } => Some("not as before by the end".to_owned()),
        End::Unknown | End::Sick(_) => None,
    }
}

fn severity(noticed: &Noticed<'_, '_>) -> Severity {
    let Noticed { stages: Stages { trigger, .. }, band, impact, .. } = noticed;
    match &impact.end {
        End::Recovered(0.0) | End::Meanwhile(_) => Severity::Info,
        End::Recovered(after) if *after > trigger.until - trigger.from => Severity::Critical,
        End::Never { goodput, backlog, .. }
            if *goodput < band.goodput_min / band.goodput || *backlog != Backlog::Gone =>
        {
            Severity::Critical
        }
        _ => Severity::Warning,
    }
}

fn describe(noticed: &Noticed<'_, '_>) -> Finding {
    let Noticed { course, stages, band, impact } = noticed;
    let (trigger, client) = (stages.trigger, &course.series.name);
    let share = |value: f64| human(value.clamp(0.0, 1.0), Form::Share);
    let mut seen = Vec::new();
    if impact.goodput < band.goodput_min {
        let alone = if stages.is_cut { " alone" } else { "" };
        let over = impact
            .available
            .map(|available| format!(" ({} available while it{alone} was on)", share(available)));
        seen.push(format!(
            "the goodput of {client} fell from {} to {} at worst{}",
            share(band.goodput),
            share(impact.goodput),
            over.unwrap_or_default()
        ));
    }
    if let Some(latency) = impact.latency.filter(|latency| *latency > band.latency_max) {
        let whose = if seen.is_empty() { format!("the p95 of {client}") } else { "its p95".to_owned() };
        seen.push(format!("{whose} rose from {} to {} at worst", instant(band.latency), instant(latency)));
    }
    let mut seen = format!("{}: {}", trigger.name, seen.join(", "));
    if !stages.beside.is_empty() {
        seen += &format!(", while {} went on, too", stages.beside.join(" and "));
    }
    let ended = briefly(&impact.end).unwrap_or_default();
    let sentence = match &impact.end {
        End::Recovered(_) | End::Meanwhile(_) | End::Overtaken(_) => format!("{seen}; {ended}"),
        End::Sick(available) => format!(
            "{}: {client} were already badly served before it ({} available): no recovery can be judged",
            trigger.name,
            share(*available)
        ),
        End::Lasts => format!("{seen}; it lasts until the end"),
        End::Unknown => match stages.next {
            Some(next) if next.from <= trigger.until => format!("{seen}; {} was on when it ended", next.name),
            Some(next) => format!("{seen}; {} began too soon after it to tell", next.name),
            None => format!("{seen}; what came after it is too short to tell"),
        },
        End::Never { goodput, latency, offered, backlog } => {
            format!("{seen}; {}", never(trigger, band, (*goodput, *latency), *offered, *backlog))
        }
    };
    let mut finding = Finding {
        client: Some(client.clone()),
        fault: Some(trigger.name.clone()),
        from: Some(trigger.from),
        until: Some(trigger.until),
        ..Finding::new("recovery", severity(noticed), sentence)
    }
    .with("goodput.before", band.goodput, "1")
    .with("goodput.worst", impact.goodput, "1")
    .with("latency.p95.before", band.latency, "s");
    if let Some(latency) = impact.latency {
        finding = finding.with("latency.p95.worst", latency, "s");
    }
    match impact.end {
        End::Recovered(after) => finding.with("recovery", after, "s"),
        End::Meanwhile(after) => finding.with("recovery", 0.0, "s").with("recovery.from.begin", after, "s"),
        End::Never { goodput, offered, .. } => {
            finding.with("goodput.remaining", goodput, "1").with("offered.remaining", offered, "1")
        }
        End::Sick(available) => finding.with("available.before", available, "1"),
        End::Unknown | End::Overtaken(_) | End::Lasts => finding,
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
    let state = match latency.filter(|_| goodput >= band.goodput_min / band.goodput) {
        Some(latency) => format!("p95 is still {} instead of {}", instant(latency), instant(band.latency)),
        None => format!("goodput is still {} of before", human(goodput, Form::Share)),
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
