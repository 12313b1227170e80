//! What a run leaves behind: plain data, everything a report needs and nothing of the engine.

use serde::Serialize;
use std::collections::BTreeMap;

/// One measured quantity, in SI base units.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// The value, or over replications their mean.
    pub value: f64,
    /// `s`, `B`, `1/s`, `1` or `USD`.
    pub unit: &'static str,
    /// Lower end of the 95 % confidence interval over replications.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// Upper end of that interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
}

/// Every figure under its name, sorted: `visitors.latency.p99`, `urls.utilization`, ...
pub type Metrics = BTreeMap<String, Figure>;

/// How the run went along, in bins of time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// Edges of the bins [s, clock of the file: 0 is the end of the warm-up]; one more than there are bins; ascending, not
    /// necessarily evenly spaced.
    pub edges: Vec<f64>,
    /// One entry per client, by name.
    pub clients: Vec<ClientSeries>,
    /// One entry per component that has a station, by name.
    pub components: Vec<ComponentSeries>,
}

/// What one client saw, bin by bin. A request belongs to the bin of its intended arrival.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClientSeries {
    /// The client's name.
    pub name: String,
    /// Latency percentiles of the completed requests [s]: (name such as `p50`, one value per bin; none where nothing ended).
    pub latency: Vec<(&'static str, Vec<Option<f64>>)>,
    /// Arrivals [1/s].
    pub offered: Vec<f64>,
    /// Completed requests [1/s].
    pub rate: Vec<f64>,
    /// Failed requests by reason [1/s]; only reasons that occurred.
    pub errors: Vec<(String, Vec<f64>)>,
}

/// The load of one component, bin by bin, over all its instances.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ComponentSeries {
    /// The component's name.
    pub name: String,
    /// Busy workers / workers; empty when its workers are unbounded.
    pub utilization: Vec<f64>,
    /// Mean number of requests that wait.
    pub queue: Vec<f64>,
}

/// The whole latency distribution of a client as a ladder.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ladder {
    /// The client's name, or `client.operation`.
    pub name: String,
    /// (share of requests in [0, 1), latency [s] that this share does not exceed), ascending in both.
    pub steps: Vec<(f64, f64)>,
}

/// What became of the requests of all clients over the whole run, warm-up included.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize)]
pub struct Conservation {
    /// Born.
    pub born: u64,
    /// Answered.
    pub completed: u64,
    /// Failed.
    pub failed: u64,
    /// Neither yet.
    pub in_flight: u64,
}

/// Whether an expectation holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It does.
    Pass,
    /// It does not.
    Fail,
    /// The interval straddles the limit, or nothing happened in the window.
    Inconclusive,
    /// It speaks of variants that were not run.
    Skipped,
}

/// An objective or claim with its verdict.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Judgement {
    /// Its name.
    pub name: String,
    /// As it is written.
    pub expect: String,
    /// Whether it holds.
    pub verdict: Verdict,
    /// The value of the left side.
    pub observed: Option<f64>,
    /// The value of the right side.
    pub limit: Option<f64>,
    /// The unit of both sides.
    pub unit: &'static str,
    /// Half the width of the 95 % interval of what was observed, over replications.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub half_width: Option<f64>,
    /// Whether it gates the exit code.
    pub gates: bool,
    /// Line and column of its name in the scenario.
    #[serde(skip)]
    pub position: (u32, u32),
}

/// A law that every run must obey, with both sides.
#[derive(Clone, PartialEq, Debug)]
pub struct LawCheck {
    /// Where, and which law: `web[0]: Little, present`.
    pub name: String,
    /// One measurement.
    pub left: f64,
    /// The other one.
    pub right: f64,
    /// Whether they agree exactly.
    pub holds: bool,
}

/// A closed form beside the figure that it predicts.
#[derive(Clone, PartialEq, Debug)]
pub struct TheoryCheck {
    /// The textbook's name of the queue: `M/M/4`.
    pub model: String,
    /// The metric.
    pub figure: String,
    /// What the formula says.
    pub exact: f64,
    /// What the run measured.
    pub simulated: Option<f64>,
    /// The standard error to expect of a run of this length, where it is known.
    pub standard_error: Option<f64>,
}

/// The least and the most that a quantity can be.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize)]
pub struct Interval {
    /// The least.
    pub low: f64,
    /// The most; infinite if nothing limits it.
    pub high: f64,
}

/// What is known of a scenario before it runs, by the utilisation law.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct Bounds {
    /// In the order of their names.
    pub clients: Vec<ClientBounds>,
    /// In the order of their components' names; a component whose cores are fewer than its workers has two entries.
    pub stations: Vec<StationBounds>,
    /// The station that is fully used first when all clients grow alike: an index into `stations`. None if nothing is limited.
    pub bottleneck: Option<usize>,
    /// What could not be counted, as sentences.
    pub notes: Vec<String>,
}

/// What is known of a client before the run.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct ClientBounds {
    /// Its name.
    pub name: String,
    /// How many users there are, if they wait for their answers.
    pub users: Option<u32>,
    /// Requests per second over the measured time [1/s].
    pub rate: Interval,
    /// Mean latency of a request if it never waits in a queue [s].
    pub latency: Interval,
}

/// What limits a station.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Resource {
    /// Those who serve.
    Workers,
    /// Those of them who compute at once.
    Cores,
}

/// What is known of the load of a component before the run, over all its instances.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct StationBounds {
    /// The component.
    pub name: String,
    /// What is counted.
    pub resource: Resource,
    /// Visits per second [1/s].
    pub visits: Interval,
    /// What adds up to them, in the order of the names; only operations that may be visited.
    pub operations: Vec<OperationBounds>,
    /// Offered load: the mean number of workers or cores that the visits need.
    pub load: Interval,
    /// How many workers or cores there are; none for any number.
    pub capacity: Option<f64>,
}

/// What is known of one operation of a component.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct OperationBounds {
    /// Its name: `read`.
    pub name: String,
    /// Visits per second [1/s].
    pub visits: Interval,
    /// For how long a visit holds a worker or core on average [s].
    pub holding: Interval,
    /// Visits x holding.
    pub load: Interval,
}

impl StationBounds {
    /// Offered load per capacity; above 1 the station falls behind. None without a limit.
    pub fn utilization(&self) -> Option<Interval> {
        let capacity = self.capacity?;
        Some(Interval { low: self.load.low / capacity, high: self.load.high / capacity })
    }

    /// By how much the rates of all clients may grow before the station is fully used; None without a limit.
    pub fn carries(&self) -> Option<Interval> {
        let utilization = self.utilization()?;
        Some(Interval { low: 1.0 / utilization.high, high: 1.0 / utilization.low })
    }

    /// Visits per second that it can serve, if the least that is offered is more than that: (offered, capacity) [1/s].
    pub fn overload(&self) -> Option<(f64, f64)> {
        let utilization = self.utilization()?.low;
        (utilization > 1.0).then(|| (self.visits.low, self.visits.low / utilization))
    }
}
