//! A run as a whole, or the replications of a run: what was run, what came out of it, and what it consisted of.

use super::{Conservation, Finding, Judgement, Ladder, Metrics, Series, Trace, Verdict};
use crate::scenario::Dimension;
use serde::Serialize;
use std::collections::BTreeMap;

/// Everything that reports are made of. Equal scenarios and seeds have equal results.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Results {
    /// What was run.
    pub subject: Subject,
    /// The seed of the first replication; those of the others follow from it.
    pub seed: u64,
    /// How many replications there are figures of.
    pub replications: u64,
    /// How many replications were asked for.
    pub replications_planned: u64,
    /// Proves that two runs were the same, event by event.
    pub fingerprint: u64,
    /// Every figure; over replications, means over those in which it has a value.
    pub metrics: Metrics,
    /// By metric of a share in use: what the station or the pool did outside of faults, per second and share \[1/s\]. None where
    /// no fault comes once. Of the first replication.
    pub carried: BTreeMap<String, f64>,
    /// What became of `[slo]`, in the order of the file.
    pub objectives: Vec<Judgement>,
    /// What became of `[claim]`, in the order of the file.
    pub claims: Vec<Judgement>,
    /// What became of the noted figures of `[estimate]`, if somebody wants to know.
    pub notes: Vec<Judgement>,
    /// What became of the clients' requests, over all replications.
    pub conservation: Conservation,
    /// Events that had an effect, over all replications.
    pub events: u64,
    /// Why the first run that did not come to its end stopped; none if all did.
    pub stop: Option<Stop>,
    /// The measured time of a run that comes to its end \[s\].
    pub duration: f64,
    /// The clients, by name.
    pub clients: Vec<ClientShape>,
    /// The components that serve, by name.
    pub components: Vec<ComponentShape>,
    /// The faults and campaigns, by name.
    pub faults: Vec<FaultShape>,
    /// The checks that the runs made of their own books.
    pub laws: Laws,
    /// What theory says.
    pub closed_forms: Vec<ClosedForm>,
    /// What the first replication tells about itself, the most telling first.
    pub diagnosis: Vec<Finding>,
    /// How the first replication went along.
    pub series: Series,
    /// The latency distributions of the first replication.
    pub ladders: Vec<Ladder>,
    /// Whole requests of the first replication, if they were asked for.
    pub traces: Vec<Trace>,
    /// What the author of the scenario may not have meant; of the first of several scenarios that are run together.
    pub remarks: Vec<Remark>,
}

/// What a scenario says that its author may not have meant.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Remark {
    /// `warning`, or `error`.
    pub severity: &'static str,
    /// Which lint it is; errors have none.
    pub id: Option<&'static str>,
    /// What is the matter: one sentence without a full stop.
    pub message: String,
    /// Where it stands: the file, or `--set`; none if it belongs to the scenario as a whole.
    pub file: Option<String>,
    /// The line, from 1.
    pub line: Option<u32>,
    /// The column in characters, from 1.
    pub column: Option<u32>,
    /// What is said at that place; may be empty.
    pub label: String,
    /// What to do.
    pub help: Option<String>,
}

/// What was run.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Subject {
    /// The scenario's title.
    pub title: String,
    /// The file, as it was asked for.
    pub file: String,
    /// The variant; none for the base.
    pub variant: Option<String>,
    /// The variant's title.
    #[serde(skip)]
    pub variant_title: Option<String>,
    /// A hash of the file's text, of what was set from outside, and of the variant.
    #[serde(serialize_with = "hexadecimal")]
    pub hash: u64,
}

fn hexadecimal<S: serde::Serializer>(word: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{word:016x}"))
}

/// Where a run stopped before its end.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Stop {
    /// Why.
    pub reason: StopReason,
    /// When [s, clock of the file: negative in the warm-up].
    pub at: f64,
}

/// Why a run stopped before its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StopReason {
    /// Whoever watched it said so.
    Interrupted,
    /// It reached a limit of the scenario.
    Limit {
        /// Which.
        limit: Limit,
        /// Its value.
        value: u64,
    },
}

/// A limit of the scenario, in `[limits]`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Limit {
    /// Of events.
    Events,
    /// Of requests in flight.
    InFlight,
    /// Of the run's own books \[B\].
    Memory,
    /// Of events at one instant.
    Instant,
}

impl Limit {
    /// Its key in `[limits]`.
    pub fn key(self) -> &'static str {
        match self {
            Limit::Events => "events",
            Limit::InFlight => "in_flight",
            Limit::Memory => "memory",
            Limit::Instant => "events_at_one_instant",
        }
    }
}

/// How a figure is written for people.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// A length of time \[s\].
    Duration,
    /// Something per second \[1/s\].
    Rate,
    /// A share of a whole, in percent.
    Share,
    /// A number of bytes.
    Bytes,
    /// An amount of money \[USD\].
    Money,
    /// A plain number, with the unit it has, if any.
    Number,
}

impl Form {
    /// That of a quantity.
    pub fn of(dimension: Dimension) -> Form {
        match dimension {
            Dimension::TIME => Form::Duration,
            Dimension::RATE => Form::Rate,
            Dimension::BYTES => Form::Bytes,
            Dimension::MONEY => Form::Money,
            _ => Form::Number,
        }
    }
}

/// A client, for the rows of a table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClientShape {
    /// Its name.
    pub name: String,
    /// The operations that it has figures of, by name.
    pub operations: Vec<String>,
}

/// A component that serves, for the rows of a table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ComponentShape {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: &'static str,
    /// How many instances it has.
    pub instances: u32,
    /// Its parts that have rows of their own: groups of instances, and single ones.
    pub listed: Vec<PartShape>,
    /// What its visitors occupy; nothing if it has as many workers as anybody asks for.
    pub servers: Vec<Servers>,
    /// The end of the name of the metric that says how much it serves: `rate`, of a queue `throughput`.
    pub served: &'static str,
    /// The components that it calls, as indices into all that serve.
    pub callees: Vec<usize>,
    /// The figures that only its kind has.
    pub own: Vec<OwnFigure>,
}

/// A part of a component, for a row of a table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PartShape {
    /// The begin of the names of its figures: `web[2]`, `urls.shard[1]`.
    pub name: String,
    /// How many instances it has.
    pub instances: u32,
}

/// What visitors of a component occupy, so many at a time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Servers {
    /// The end of the name of the metric that says which share of them is busy: `utilization`.
    pub metric: &'static str,
    /// What they are, in the plural: `workers`, `cores`.
    pub noun: &'static str,
    /// How many of them one instance has.
    pub count: u32,
}

/// A figure that only one kind has.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OwnFigure {
    /// The end of the metric's name: `hit_ratio`.
    pub name: &'static str,
    /// How it is written.
    pub form: Form,
}

/// A fault or a campaign of the scenario, for pictures and lists. Times are \[s, clock of the file: negative in the warm-up\].
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct FaultShape {
    /// Its name.
    pub name: String,
    /// The key of its condition: `crash`, `partition`.
    pub condition: &'static str,
    /// Whom it befalls, as the scenario writes it.
    pub targets: String,
    /// When it begins; none for a campaign, whose faults come at random.
    #[serde(rename = "from_s", skip_serializing_if = "Option::is_none")]
    pub from: Option<f64>,
    /// When it ends, at the latest with the run; none for a campaign.
    #[serde(rename = "until_s", skip_serializing_if = "Option::is_none")]
    pub until: Option<f64>,
    /// All of that, and how bad it is, on a line for people.
    #[serde(skip)]
    pub text: String,
    /// What each client saw of it, by name; empty for a campaign, and where there are too many faults.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub clients: Vec<ClientAround>,
}

/// What a client saw before, during and after a fault.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct ClientAround {
    /// Its name.
    pub client: String,
    /// The share of what ended that was completed.
    pub availability: Around,
    /// The latency that 99 % of the completed requests do not exceed \[s\].
    pub latency_p99: Around,
}

/// A figure before, during and after a fault, over the measured time; none where nothing happened. Over replications, means
/// over those in which it has a value.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize)]
pub struct Around {
    /// Before.
    pub before: Option<f64>,
    /// During.
    pub during: Option<f64>,
    /// After.
    pub after: Option<f64>,
}

/// The checks that runs made of their own books: each quantity is measured twice, and must be the same.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Laws {
    /// How many were made.
    pub checked: u64,
    /// Those that do not hold, each as a line of text.
    pub broken: Vec<String>,
}

/// A figure beside what theory says of it.
#[derive(Clone, PartialEq, Debug)]
pub struct ClosedForm {
    /// The metric's name.
    pub figure: String,
    /// The textbook's name of the station: `M/M/4`.
    pub model: String,
    /// How it is written.
    pub form: Form,
    /// What theory says, in SI base units.
    pub exact: f64,
    /// What was measured, over replications the mean.
    pub simulated: Option<f64>,
    /// The standard error of what was measured: over replications the observed one, else what a run of this length can
    /// hope for, where that is known.
    pub standard_error: Option<f64>,
}

impl Results {
    /// The verdict on all that decides and was judged: objectives, claims, notes; none if there is not one.
    pub fn verdict(&self) -> Option<Verdict> {
        let deciding = || self.expectations().filter(|judgement| judgement.gates);
        let found = |verdict: &Verdict| deciding().any(|judgement| judgement.verdict == *verdict);
        [Verdict::Fail, Verdict::Inconclusive, Verdict::Pass].into_iter().find(found)
    }

    /// Objectives, then claims, then notes.
    pub fn expectations(&self) -> impl Iterator<Item = &Judgement> {
        self.objectives.iter().chain(&self.claims).chain(&self.notes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_that_decides_is_the_verdict() {
        use Verdict::{Fail, Inconclusive, Pass, Skipped};
        for (judgements, expected) in [
            (&[][..], None),
            (&[(false, Fail)], None),
            (&[(true, Skipped)], None),
            (&[(true, Pass), (true, Skipped), (false, Fail)], Some(Pass)),
            (&[(true, Pass), (true, Inconclusive)], Some(Inconclusive)),
            (&[(true, Fail), (true, Inconclusive), (true, Pass)], Some(Fail)),
        ] {
            let judgements: Vec<Judgement> = judgements
                .iter()
                .map(|(gates, verdict)| Judgement {
                    name: String::new(),
                    expect: String::new(),
                    verdict: *verdict,
                    observed: None,
                    limit: None,
                    unit: String::new(),
                    half_width: None,
                    gates: *gates,
                    reason: None,
                    operator: "<",
                    form: Form::Number,
                    position: (1, 1),
                })
                .collect();
            let as_objectives = Results { objectives: judgements.clone(), ..Results::default() };
            let as_claims = Results { claims: judgements, ..Results::default() };
            assert_eq!((as_objectives.verdict(), as_claims.verdict()), (expected, expected));
        }
    }
}
