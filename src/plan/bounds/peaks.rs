//! Stretches of the measured time in which stations fall behind, though perhaps not on average.

use super::super::listing::measured;
use super::super::{ClientPlan, Plan, Source};
use super::walk::End;
use super::{Side, least_rate, stations};
use crate::results::{Resource, StationBounds};
use crate::units::ComponentId;

/// A stretch of time in which a station is offered more than it can serve.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(in super::super) struct Peak {
    /// Which component.
    pub(in super::super) component: ComponentId,
    /// Which of its instances, if not all are meant.
    pub(in super::super) role: Option<&'static str>,
    /// What it has too little of.
    pub(in super::super) resource: Resource,
    /// When the stretch begins, on the clock of the file \[s\].
    pub(in super::super) from: f64,
    /// When it ends \[s\].
    pub(in super::super) to: f64,
    /// The least that is offered \[1/s\].
    pub(in super::super) offered: f64,
    /// What can be served \[1/s\].
    pub(in super::super) capacity: f64,
}

/// The worst stretch of each station that falls behind for a tenth of the measured time, in which clients come as their
/// profiles say; shorter spikes do not count.
pub(in super::super) fn sustained_peaks(plan: &Plan) -> Vec<Peak> {
    /// The measured time is looked at in so many steps; a stretch is [`STRETCH`] of them.
    const STEPS: u32 = 40;
    const STRETCH: u32 = 4;
    let least = Side::new(plan, End::Least);
    let step = measured(plan) / f64::from(STEPS);
    let stations = stations(plan);
    let mut worst: Vec<Peak> = Vec::new();
    let mut seen: Vec<f64> = Vec::new();
    for begin in 0..=STEPS - STRETCH {
        let (from, to) = (step * f64::from(begin), step * f64::from(begin + STRETCH));
        let rates: Vec<f64> = plan.clients.iter().map(|client| least_rate(plan, client, from, to)).collect();
        if rates == seen {
            continue;
        }
        let visits = least.visits(rates.iter().copied());
        seen = rates;
        for station in &stations {
            let Some(used) = station.used(&least, &visits) else { continue };
            let parts = station.parts.iter();
            let offered: f64 = parts.map(|part| part.visits(&least, &visits)).sum();
            let peak = Peak {
                component: ComponentId(station.index as u16),
                role: station.role,
                resource: station.resource,
                from,
                to,
                offered,
                capacity: offered / used,
            };
            let known = worst.iter_mut().find(|known| known.is_of_the_station_of(&peak));
            match known {
                Some(known) if known.overload() < used => *known = peak,
                None if used > 1.0 && used.is_finite() => worst.push(peak),
                _ => {}
            }
        }
    }
    worst
}

/// The highest rate of a client's profile \[1/s\], if it has one.
pub(super) fn highest_rate(plan: &Plan, client: &ClientPlan) -> Option<f64> {
    let Source::Open(arrivals) = &client.source else { return None };
    let (time, _) = arrivals.peak(0.0, measured(plan))?;
    Some(arrivals.rate_at(time)).filter(|rate| rate.is_finite())
}

/// How busy a station is at the least at the worst of the instants at which profiles are highest; none without profiles.
pub(super) fn at_peak(plan: &Plan, least: &Side<'_>, station: &StationBounds) -> Option<f64> {
    let stations = stations(plan);
    let station = stations.iter().find(|one| {
        (&one.component.name, one.role, one.resource) == (&station.name, station.role, station.resource)
    })?;
    let peaks = plan.clients.iter().filter_map(|client| match &client.source {
        Source::Open(arrivals) => arrivals.peak(0.0, measured(plan)),
        Source::Trace(_) | Source::Closed { .. } => None,
    });
    let used = peaks.filter_map(|(time, _)| {
        let rate = |client: &ClientPlan| match &client.source {
            Source::Open(arrivals) => {
                Some(arrivals.rate_at(time)).filter(|rate| rate.is_finite()).unwrap_or(0.0)
            }
            Source::Trace(_) | Source::Closed { .. } => least_rate(plan, client, 0.0, measured(plan)),
        };
        station.used(least, &least.visits(plan.clients.iter().map(rate)))
    });
    used.reduce(f64::max)
}

impl Peak {
    /// What is offered over what can be served.
    fn overload(&self) -> f64 {
        self.offered / self.capacity
    }

    fn is_of_the_station_of(&self, other: &Peak) -> bool {
        (self.component, self.role, self.resource) == (other.component, other.role, other.resource)
    }
}
