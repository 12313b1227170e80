//! How much of the present mix stations and pools would carry: what they do per second over the share of them that it takes.

use super::metric::{EdgeFigure, Metric, StationFigure};
use super::value::{elapsed, value};
use crate::fault::Schedule;
use crate::measure::timeline::Window;
use crate::world::World;

/// Fewer visits than this tell too little of what one takes.
const VISITS_MIN: f64 = 100.0;

/// What the station or pool whose share in use a metric is does per second when all of it is used, by the utilisation law
/// throughput / utilisation (Denning and Buzen 1978) \[1/s\]; counted over the bins in which none of the faults is on that come
/// once. None of other metrics, without such a fault, and where too little happened outside of it to tell.
pub fn carried(world: &World<'_>, metric: Metric) -> Option<f64> {
    let done = match metric {
        Metric::Component(component, StationFigure::Utilization | StationFigure::CpuUtilization) => {
            Metric::Component(component, StationFigure::Rate)
        }
        Metric::Edge(edge, EdgeFigure::PoolUtilization) => Metric::Edge(edge, EdgeFigure::Attempts),
        _ => return None,
    };
    let (whole, timeline) = (world.recorder().timeline.whole(), &world.recorder().timeline);
    let is_on = |bin: &Window| {
        world.plan().faults.iter().any(|fault| match fault.schedule {
            Schedule::Once { from, until } => {
                from < timeline.start_of(bin.end) && until > timeline.start_of(bin.first)
            }
            Schedule::Campaign { .. } => false,
        })
    };
    let bins = (whole.first..whole.end).map(|cell| Window { first: cell, end: cell + 1 });
    let calm: Vec<Window> = bins.filter(|bin| !is_on(bin)).collect();
    if calm.len() == whole.end - whole.first {
        return None;
    }
    let (mut visits, mut used) = (0.0, 0.0);
    for bin in calm {
        let seconds = elapsed(world, bin).seconds();
        let per_bin = if matches!(metric, Metric::Edge(..)) { 1.0 } else { seconds };
        visits += value(world, done, bin).unwrap_or(0.0) * per_bin;
        used += value(world, metric, bin).unwrap_or(0.0) * seconds;
    }
    (visits >= VISITS_MIN && used > 0.0).then(|| visits / used)
}
