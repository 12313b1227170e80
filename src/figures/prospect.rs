//! What the rest of a run that stopped early could still have made of its figures.

use super::metric::{
    ClientFigure, DeployFigure, EdgeFigure, EntryFigure, LevelFigure, Metric, RunFigure, StationFigure,
    Statistic,
};
use crate::measure::recorder::Ending;
use crate::measure::timeline::Window;
use crate::world::World;

/// What the rest of a run could still make of a figure.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Prospect {
    /// Nothing: the run came to its end, or all that the figure tells of is over.
    Settled,
    /// It could become larger, and never smaller.
    Growing,
    /// Anything.
    Open,
}

/// What the rest of a run that stopped where this one is could still make of a figure over a window.
///
/// Whatever is not surely settled or growing is open: nobody is told of a verdict that a longer run takes back.
pub fn prospect(world: &World<'_>, metric: Metric, window: Window) -> Prospect {
    if is_settled(world, metric, window) {
        Prospect::Settled
    } else if only_grows(metric) {
        Prospect::Growing
    } else {
        Prospect::Open
    }
}

/// Whether a window is over, and what came in it as well.
fn is_settled(world: &World<'_>, metric: Metric, window: Window) -> bool {
    let recorder = world.recorder();
    if world.reached() < recorder.timeline.start_of(window.end) {
        return false;
    }
    match metric {
        // They belong to the time of the arrival, and some of what arrived may still be under way.
        Metric::Client(client, _) | Metric::ClientOperation(client, _, _) => {
            let slots = world.plan().slots.iter().zip(&recorder.slots);
            slots.filter(|(slot, _)| slot.client == client).all(|(_, record)| {
                let born: u64 = record.born[window.first..window.end].iter().sum();
                born == record.total(window, Ending::Completed) + record.total(window, Ending::Failed)
            })
        }
        Metric::Component(_, figure) | Metric::Instance(_, _, figure) | Metric::Group(_, _, figure) => {
            figure != StationFigure::Stood
        }
        Metric::Entry(..) | Metric::Link(..) | Metric::Level(..) => true,
        Metric::Counter(..)
        | Metric::Kind(..)
        | Metric::Times(..)
        | Metric::Edge(..)
        | Metric::Cost(..)
        | Metric::Mark(..)
        | Metric::Run(..)
        | Metric::Deploy(..) => false,
    }
}

/// Whether a figure is a count, or the largest of what was seen.
fn only_grows(metric: Metric) -> bool {
    let is_largest = |statistic| statistic == Statistic::Max;
    match metric {
        Metric::Client(_, figure) | Metric::ClientOperation(_, _, figure) => match figure {
            ClientFigure::RateMax
            | ClientFigure::Errors
            | ClientFigure::ErrorsOf(_)
            | ClientFigure::Outcome(_) => true,
            ClientFigure::Latency(statistic) | ClientFigure::FailedLatency(statistic) => {
                is_largest(statistic)
            }
            ClientFigure::Rate | ClientFigure::Offered | ClientFigure::Availability => false,
        },
        Metric::Component(_, figure) | Metric::Instance(_, _, figure) | Metric::Group(_, _, figure) => {
            station_grows(figure)
        }
        Metric::Entry(_, figure) => match figure {
            EntryFigure::RateMax | EntryFigure::Rejected => true,
            EntryFigure::Wait(statistic) | EntryFigure::Sojourn(statistic) => is_largest(statistic),
            EntryFigure::Rate => false,
        },
        Metric::Times(_, _, statistic) | Metric::Edge(_, EdgeFigure::PoolWait(statistic)) => {
            is_largest(statistic)
        }
        Metric::Edge(_, figure) => !matches!(figure, EdgeFigure::BreakerOpen | EdgeFigure::LimitMean),
        Metric::Counter(..) | Metric::Link(..) | Metric::Level(_, _, LevelFigure::Max) => true,
        Metric::Run(RunFigure::Events | RunFigure::Born) => true,
        Metric::Deploy(_, DeployFigure::Updated | DeployFigure::RolledBack) => true,
        Metric::Deploy(..) | Metric::Kind(..) | Metric::Level(..) | Metric::Cost(..) | Metric::Mark(..) => {
            false
        }
    }
}

fn station_grows(figure: StationFigure) -> bool {
    match figure {
        StationFigure::Wait(statistic) | StationFigure::Sojourn(statistic) => statistic == Statistic::Max,
        StationFigure::RateMax
        | StationFigure::QueueMax
        | StationFigure::Rejected
        | StationFigure::Reneged
        | StationFigure::Dropped
        | StationFigure::InstanceSeconds
        | StationFigure::Collections
        | StationFigure::Breakdowns
        | StationFigure::MemoryMax
        | StationFigure::OutOfMemory => true,
        StationFigure::Utilization
        | StationFigure::CpuUtilization
        | StationFigure::Rate
        | StationFigure::QueueMean
        | StationFigure::Instances
        | StationFigure::Stood
        | StationFigure::MemoryMean => false,
    }
}
