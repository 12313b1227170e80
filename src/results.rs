//! What a run leaves behind: plain data, everything a report needs and nothing of the engine.

mod background;
mod bounds;
mod envelope;
pub(crate) mod finding;
mod grade;
mod judgement;
pub(crate) mod number;
mod run;
mod storm;
mod topology;
mod trace;

pub use background::{Background, Choice, Knob, Origin};
pub use bounds::{Bounds, ClientBounds, Interval, OperationBounds, Resource, StationBounds};
pub use envelope::{Changed, Compared, Estimated, Influence, Opinion, Suspicion};
pub use finding::{Finding, Severity};
pub use grade::{Grade, Graded, GradedStep};
pub use judgement::{Judgement, Verdict};
pub use run::{
    Around, ClientAround, ClientShape, ClosedForm, ComponentShape, FaultShape, Form, Laws, Limit, OwnFigure,
    PartShape, Remark, Results, Servers, Stop, StopReason, Subject,
};
pub use storm::{Condition, Regime, Storm, StormCell, StormLevel, StormRow};
pub use topology::{
    Dependence, Edge, Effect, Need, Node, OwnWork, PlaceReliance, Reliance, Standing, Topology,
};
pub use trace::{Span, SpanKind, Trace};

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
    /// Latency percentiles of the completed requests \[s\]: (name such as `p50`, one value per bin; none where nothing ended).
    pub latency: Vec<(&'static str, Vec<Option<f64>>)>,
    /// Arrivals \[1/s\].
    pub offered: Vec<f64>,
    /// Completed requests \[1/s\].
    pub rate: Vec<f64>,
    /// Failed requests by reason \[1/s\]; only reasons that occurred.
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
    /// What its kind shows over time besides.
    pub courses: Vec<Course>,
}

/// Something about a component over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Course {
    /// The component's name and the figure's: `hot.hit_ratio`.
    pub name: String,
    /// What it is, in few words.
    pub meaning: String,
    /// How its values are written.
    pub form: Form,
    /// One or more lines of values.
    pub lines: Vec<CourseLine>,
}

/// A line of a [`Course`].
#[derive(Clone, Debug, PartialEq)]
pub struct CourseLine {
    /// The name that tells it from the others: `mean`, `[3]`.
    pub label: String,
    /// Its name in data: `urls.lag.mean`, `urls[3].rate`.
    pub name: String,
    /// One value per bin, in SI base units; none where nothing happened that it could tell of.
    pub values: Vec<Option<f64>>,
}

/// The whole latency distribution of a client as a ladder.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ladder {
    /// The client's name, or `client.operation`.
    pub name: String,
    /// (share of requests in [0, 1), latency \[s\] that this share does not exceed), ascending in both.
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
