//! What a figure measures: the meaning of a metric's name, as ids.

use crate::units::{ComponentId, EdgeId, EntryId, MarkId, OperationId, OutcomeId, percentile};

/// One figure of a run.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Metric {
    /// Of a client, by its index in the plan.
    Client(usize, ClientFigure),
    /// Of one operation that a client asks for.
    ClientOperation(usize, OperationId, ClientFigure),
    /// Of a component's stations together.
    Component(ComponentId, StationFigure),
    /// Of the station of one instance, by its index within the component.
    Instance(ComponentId, u32, StationFigure),
    /// Of the stations of one group of a component's instances together: a shard.
    Group(ComponentId, u32, StationFigure),
    /// Of one operation of a component.
    Entry(EntryId, EntryFigure),
    /// A counter of the component's kind, by its index in the spec.
    Counter(ComponentId, usize),
    /// Another figure of the component's kind, by its index in the spec.
    Kind(ComponentId, usize),
    /// What a level of the component's kind was in the course of a window, by its index in the spec.
    Level(ComponentId, usize, LevelFigure),
    /// A distribution of times of the component's kind, by its index in the spec.
    Times(ComponentId, usize, Statistic),
    /// Of the calls from one component to another.
    Edge(EdgeId, EdgeFigure),
    /// Of the messages from one place to another, by the index of the link in the plan.
    Link(usize, LinkFigure),
    /// What somebody or something costs.
    Cost(Payer, CostFigure),
    /// Of the intentions that were to get to a mark.
    Mark(MarkId, MarkFigure),
    /// Of the whole run.
    Run(RunFigure),
    /// Of a deploy, by its index among the faults of the plan.
    Deploy(usize, DeployFigure),
}

/// What a client saw. A request belongs to the time of its intended arrival.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum ClientFigure {
    /// Completions per second.
    Rate,
    /// Completions in the busiest second.
    RateMax,
    /// Arrivals per second.
    Offered,
    /// The share of what ended that was completed.
    Availability,
    /// Failures.
    Errors,
    /// Failures for one reason.
    ErrorsOf(OutcomeId),
    /// Completions with one outcome.
    Outcome(OutcomeId),
    /// Latency of the completed.
    Latency(Statistic),
    /// Latency of the failed.
    FailedLatency(Statistic),
}

/// What a level was in the course of a window.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LevelFigure {
    /// The lowest.
    Min,
    /// The mean over time.
    Mean,
    /// The highest.
    Max,
}

/// The load of one or several stations, at the time when it happens.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum StationFigure {
    /// Busy workers over workers.
    Utilization,
    /// Busy cores over cores.
    CpuUtilization,
    /// Visits served per second.
    Rate,
    /// Visits served in the busiest second.
    RateMax,
    /// The mean number of those who wait for a worker.
    QueueMean,
    /// The most that waited at one instance at once.
    QueueMax,
    /// The time from asking for a worker to getting it.
    Wait(Statistic),
    /// The time from arrival to leaving.
    Sojourn(Statistic),
    /// Arrivals turned away.
    Rejected,
    /// Those who left the queue by themselves.
    Reneged,
    /// Those who were taken out of the queue.
    Dropped,
    /// The mean number of instances that were there.
    Instances,
    /// The time for which instances were there, all together.
    InstanceSeconds,
    /// Collections of garbage.
    Collections,
    /// Breakdowns.
    Breakdowns,
    /// The time for which instances stood still on their own.
    Stood,
    /// The mean memory that was taken.
    MemoryMean,
    /// The most that was taken at one instance.
    MemoryMax,
    /// How often an instance was killed for it.
    OutOfMemory,
}

/// What one operation of a component saw, at the time when it happens.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum EntryFigure {
    /// Visits served per second.
    Rate,
    /// Visits served in the busiest second.
    RateMax,
    /// The time from asking for a worker to getting it.
    Wait(Statistic),
    /// The time from arrival to leaving.
    Sojourn(Statistic),
    /// Arrivals turned away.
    Rejected,
}

/// What passed over an edge.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum EdgeFigure {
    /// Calls made, retries included.
    Attempts,
    /// Attempts after the first.
    Retries,
    /// Attempts that the caller gave up.
    Timeouts,
    /// Time of workers spent on what was given up.
    Wasted,
    /// Attempts beside one that was open.
    Hedges,
    /// Retries that the budget did not allow.
    BudgetExhausted,
    /// Messages in which calls travelled together.
    Batches,
    /// Calls that waited for a connection.
    PoolWaits,
    /// Calls that found too many waiting for a connection.
    PoolRejected,
    /// The wait for a connection.
    PoolWait(Statistic),
    /// The share of the connections that were in use.
    PoolUtilization,
    /// How often breakers opened.
    BreakerOpened,
    /// The share of time for which they were open.
    BreakerOpen,
    /// Attempts that open breakers turned away.
    BreakerRejected,
    /// Attempts that limits turned away.
    LimitRejected,
    /// The mean limit that attempts found.
    LimitMean,
}

/// What passed between two places.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LinkFigure {
    /// Messages sent.
    Messages,
    /// Their bytes.
    Bytes,
    /// Messages lost.
    Dropped,
}

/// Whom or what money is paid for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Payer {
    /// A component.
    Component(ComponentId),
    /// The bytes from one place to another, by the index of the link in the plan.
    Link(usize),
    /// All of them.
    All,
}

/// What it costs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CostFigure {
    /// All of it.
    Total,
    /// That its instances are there.
    Instances,
    /// The visits that it serves.
    Requests,
    /// The bytes that it delivers.
    Egress,
    /// What it stores.
    Storage,
    /// All of it, for a day like the window.
    PerDay,
    /// All of it, for a thousand completed requests of clients.
    PerThousand,
}

/// What became of intentions at a mark, by the time of their intended arrival.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum MarkFigure {
    /// First arrivals.
    Count,
    /// Further arrivals of what had arrived.
    Duplicates,
    /// First arrivals that came too late.
    Late,
    /// Answered `ok`, and nothing is left that could arrive.
    Lost,
    /// Answered `ok`, not there, and not lost.
    Pending,
    /// From the intended arrival of the request to the first arrival at the mark.
    Delay(Statistic),
}

/// What a deploy did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DeployFigure {
    /// Instances that were given its version.
    Updated,
    /// Instances that were given back what they ran before.
    RolledBack,
    /// The share of the arrivals at its components that met its version.
    BlastRadius,
    /// From its begin to the last instance that got what it was to have.
    Took,
}

/// What a run as a whole did, the warm-up included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RunFigure {
    /// Events that had an effect.
    Events,
    /// Requests of clients.
    Born,
}

/// A number that sums up a distribution.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Statistic {
    /// The mean.
    Mean,
    /// The value that this share does not exceed, in (0, 1).
    Quantile(f64),
    /// The largest value.
    Max,
}

impl Statistic {
    /// The statistic of a word: `mean`, `max`, `p50`, `p99_9`, any percentile above 0 and below 100.
    pub fn parse(word: &str) -> Option<Statistic> {
        match word {
            "mean" => Some(Statistic::Mean),
            "max" => Some(Statistic::Max),
            _ => percentile(word).map(Statistic::Quantile),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_statistics() {
        assert_eq!(Statistic::parse("mean"), Some(Statistic::Mean));
        assert_eq!(Statistic::parse("p90"), Some(Statistic::Quantile(0.9)));
    }
}
