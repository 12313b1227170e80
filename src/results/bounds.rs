//! What is known of a scenario before it runs.

use serde::Serialize;

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
    /// In the order of their components' names; a component whose cores are fewer than its workers has two entries. Behind them
    /// the pools of connections.
    pub stations: Vec<StationBounds>,
    /// The station that is fully used first when all clients grow alike: an index into `stations`. None if nothing is limited.
    pub bottleneck: Option<usize>,
    /// How busy that is at the least when the profiles of the clients are highest; none if there are no profiles.
    pub at_peak: Option<f64>,
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
    /// Requests per second over the measured time \[1/s\].
    pub rate: Interval,
    /// The highest rate of its profile \[1/s\]; none if it has no profile.
    pub highest: Option<f64>,
    /// Mean latency of a request if it never waits in a queue \[s\].
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
    /// What its calls need to leave: the pool of an edge.
    Connections,
}

/// What is known of the load of a component before the run, over all its instances or all those with the same role; or of that of
/// the pools of an edge, over all callers.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct StationBounds {
    /// The component; of connections the edge: `app -> db`.
    pub name: String,
    /// What its instances are to it that are meant: `primary`; none if all of them are meant.
    pub role: Option<&'static str>,
    /// What is counted.
    pub resource: Resource,
    /// Visits per second \[1/s\].
    pub visits: Interval,
    /// What adds up to them, in the order of the names; only operations that may be visited.
    pub operations: Vec<OperationBounds>,
    /// Offered load: the mean number of workers or cores that the visits need.
    pub load: Interval,
    /// How many workers or cores there are; none for any number.
    pub capacity: Option<f64>,
    /// The share of the time in which its instances neither are broken nor are paused, on average.
    pub available: f64,
    /// The share of that time in which they collect their heaps.
    pub collecting: Interval,
}

/// What is known of one operation of a component.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct OperationBounds {
    /// Its name: `read`.
    pub name: String,
    /// Visits per second \[1/s\].
    pub visits: Interval,
    /// For how long a visit holds a worker or core on average \[s\].
    pub holding: Interval,
    /// Visits x holding.
    pub load: Interval,
}

impl StationBounds {
    /// The component with the role: `urls.primary`.
    pub fn label(&self) -> String {
        self.role.map_or(self.name.clone(), |role| format!("{}.{role}", self.name))
    }

    /// Offered load per capacity, with the time that goes to collections, in the time in which it does not stand still; above 1
    /// the station falls behind. None without a limit.
    pub fn utilization(&self) -> Option<Interval> {
        let capacity = self.capacity?;
        let used = |load: f64, collecting: f64| (load / capacity + collecting) / self.available;
        Some(Interval {
            low: used(self.load.low, self.collecting.low),
            high: used(self.load.high, self.collecting.high),
        })
    }

    /// By how much the rates of all clients may grow before the station is fully used; None without a limit.
    pub fn carries(&self) -> Option<Interval> {
        let utilization = self.utilization()?;
        Some(Interval { low: 1.0 / utilization.high, high: 1.0 / utilization.low })
    }

    /// Visits per second that it can serve, if the least that is offered is more than that: (offered, capacity) \[1/s\].
    pub fn overload(&self) -> Option<(f64, f64)> {
        let utilization = self.utilization()?.low;
        (utilization > 1.0).then(|| (self.visits.low, self.visits.low / utilization))
    }
}
