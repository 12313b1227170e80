//! The catalogue of a scenario's metrics: every name with its meaning, unit and definition, known before anything runs.

mod clients;
mod components;
mod costs;
mod deploys;
mod edges;
mod marks;
mod readings;

use super::metric::{
    ClientFigure, EdgeFigure, EntryFigure, MarkFigure, Metric, RunFigure, StationFigure, Statistic,
};
use crate::component::Serves;
use crate::plan::Plan;
use crate::scenario::{self, Dimension};
use crate::units::{ComponentId, percentile_meant};
use readings::readings;
use std::collections::BTreeMap;

/// What stands behind a metric's name.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Definition {
    /// The figure.
    pub metric: Metric,
    /// Its unit: `s`, `B`, `1/s`, `1`, `USD`, or what the component's kind says.
    pub unit: &'static str,
    /// What it means.
    pub doc: &'static str,
    /// Of which stretches of time it can be asked.
    pub windows: Windows,
    /// Whether it is among the figures of a run that nobody asked for.
    pub listing: Listing,
}

/// Of which stretches of time a figure can be asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Windows {
    /// Of any window of the measured time.
    Any,
    /// Of all of the measured time only.
    Whole,
}

/// Whether a figure is listed without being asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Listing {
    /// Wherever it has a value.
    Always,
    /// Where it is not zero.
    WhenSeen,
    /// No.
    OnRequest,
}

/// The percentile that stands for all others in the catalogue's table.
const MODEL_PERCENTILE: &str = "p50";

/// Every metric of a scenario, by name.
pub struct Catalogue {
    definitions: BTreeMap<String, Definition>,
    /// How many instances each component has.
    instance_counts: Vec<u32>,
    /// How many groups of them.
    group_counts: Vec<u32>,
}

impl Definition {
    fn new(metric: Metric, unit: &'static str, doc: &'static str) -> Definition {
        Definition { metric, unit, doc, windows: Windows::Any, listing: Listing::Always }
    }

    fn whole(self) -> Definition {
        Definition { windows: Windows::Whole, ..self }
    }

    fn listed(self, listing: Listing) -> Definition {
        Definition { listing, ..self }
    }

    /// What it measures, for checks of expectations.
    pub fn dimension(&self) -> Dimension {
        match self.unit {
            "s" => Dimension::TIME,
            "B" => Dimension::BYTES,
            "1/s" => Dimension::RATE,
            "USD" => Dimension::MONEY,
            "objects" => Dimension::OBJECTS,
            _ => Dimension::NONE,
        }
    }
}

impl Catalogue {
    /// The metrics of a plan.
    pub fn of(plan: &Plan) -> Catalogue {
        let mut catalogue = Catalogue {
            definitions: BTreeMap::new(),
            instance_counts: plan.components.iter().map(|component| component.instances.1).collect(),
            group_counts: plan
                .components
                .iter()
                .map(|one| one.groups().map_or(0, |groups| groups.count))
                .collect(),
        };
        for (index, client) in plan.clients.iter().enumerate() {
            catalogue.add_client(plan, index, &client.name);
        }
        for (index, component) in plan.components.iter().enumerate() {
            let id = ComponentId(index as u16);
            match component.blueprint.spec().serves {
                Serves::Yes(_) => catalogue.add_component(plan, id, component),
                Serves::No | Serves::Nobody => catalogue.add_kind(id, component),
            }
        }
        catalogue.add_edges(plan);
        catalogue.add_links(plan);
        catalogue.add_marks(plan);
        catalogue.add_deploys(plan);
        catalogue.add_run();
        catalogue.add_costs(plan);
        catalogue
    }

    /// What a name means. Percentiles and instances that are not in the table are known as well: `web[70].queue.max`,
    /// `visitors.latency.p99_99`.
    pub fn get(&self, name: &str) -> Option<Definition> {
        if let Some(definition) = self.definitions.get(name) {
            return Some(*definition);
        }
        if let Some((base, word)) = name.rsplit_once('.')
            && let Some(Statistic::Quantile(quantile)) = Statistic::parse(word)
        {
            let model = self.definitions.get(&format!("{base}.{MODEL_PERCENTILE}"))?;
            return Some(Definition {
                metric: with_quantile(model.metric, quantile),
                listing: Listing::OnRequest,
                ..*model
            });
        }
        let (component, rest) = name.split_once('[')?;
        let (index, figure) = rest.split_once(']')?;
        let model = self.definitions.get(&format!("{component}[0]{figure}"))?;
        let index: u32 = index.parse().ok().filter(|parsed: &u32| parsed.to_string() == index)?;
        let (count, metric) = match model.metric {
            Metric::Instance(component, _, figure) => {
                (self.instance_counts[component.index()], Metric::Instance(component, index, figure))
            }
            Metric::Group(component, _, figure) => {
                (self.group_counts[component.index()], Metric::Group(component, index, figure))
            }
            _ => return None,
        };
        (index < count).then_some(Definition { metric, ..*model })
    }

    /// All names in the table, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Definition)> {
        self.definitions.iter().map(|(name, definition)| (name.as_str(), definition))
    }

    /// The name that is probably meant by one that is not known.
    pub fn suggest(&self, name: &str) -> Option<&str> {
        let meant =
            name.rsplit_once('.').and_then(|(of, word)| Some(format!("{of}.{}", percentile_meant(word)?)));
        if let Some((known, _)) = meant.and_then(|meant| self.definitions.get_key_value(&meant)) {
            return Some(known);
        }
        if let Some((known, _)) = readings(name).find_map(|meant| self.definitions.get_key_value(&meant)) {
            return Some(known);
        }
        let names = || self.definitions.keys().map(String::as_str);
        let begun = || names().filter(|known| known.starts_with(name)).min_by_key(|known| known.len());
        scenario::suggest(name, names()).or_else(begun)
    }

    /// Figures of whoever a name begins with, of those that are always shown: what stands behind the dot.
    pub fn figures_of<'c>(&'c self, name: &str) -> Vec<&'c str> {
        /// More are no help any more.
        const SHOWN_MAX: usize = 24;
        let owner = name.split_once('.').map_or(name, |(owner, _)| owner);
        let shown = self.definitions.iter().filter(|(_, figure)| figure.listing == Listing::Always);
        let behind = shown.filter_map(|(known, _)| known.strip_prefix(owner)?.strip_prefix('.'));
        behind.take(SHOWN_MAX).collect()
    }

    /// Some figures of the same owner that measure the same as one, and can be asked of a window.
    pub fn windowed_like(&self, name: &str, definition: Definition) -> Vec<&str> {
        const SHOWN_MAX: usize = 4;
        let owner = name.split_once('.').map_or(name, |(owner, _)| owner);
        let alike = self.definitions.iter().filter(|(known, other)| {
            let is_own = known.strip_prefix(owner).is_some_and(|rest| rest.starts_with('.'));
            let is_alike = other.windows == Windows::Any && other.dimension() == definition.dimension();
            is_own && is_alike && other.listing != Listing::OnRequest
        });
        alike.map(|(known, _)| known.as_str()).take(SHOWN_MAX).collect()
    }

    fn add(&mut self, name: String, definition: Definition) {
        self.definitions.entry(name).or_insert(definition);
    }

    /// The statistics of a distribution of times: the listed ones, and the model of all percentiles.
    fn add_statistics(
        &mut self,
        name: &str,
        doc: &'static str,
        listed: &[&str],
        metric: &dyn Fn(Statistic) -> Metric,
    ) {
        for word in LATENCIES {
            let statistic = Statistic::parse(word).expect("the listed statistics have names");
            let listing = if listed.contains(word) { Listing::Always } else { Listing::OnRequest };
            self.add(format!("{name}.{word}"), Definition::new(metric(statistic), "s", doc).listed(listing));
        }
    }

    fn add_run(&mut self) {
        let events = "Events that had an effect, over the whole run, the warm-up included.";
        let born = "Requests of all clients, over the whole run, the warm-up included.";
        for (word, figure, doc) in [("events", RunFigure::Events, events), ("born", RunFigure::Born, born)] {
            self.add(format!("run.{word}"), Definition::new(Metric::Run(figure), "1", doc).whole());
        }
    }
}

/// The statistics of latencies; all others are asked for by name.
const LATENCIES: &[&str] = &["mean", "p50", "p90", "p95", "p99", "p99_9", "max"];

/// The statistics of waits and sojourns that are listed.
const TIMES: &[&str] = &["mean", "p50", "p99"];

/// The same figure at another percentile.
fn with_quantile(metric: Metric, quantile: f64) -> Metric {
    let at = Statistic::Quantile(quantile);
    let client = |figure| match figure {
        ClientFigure::Latency(_) => ClientFigure::Latency(at),
        ClientFigure::FailedLatency(_) => ClientFigure::FailedLatency(at),
        other => other,
    };
    match metric {
        Metric::Client(index, figure) => Metric::Client(index, client(figure)),
        Metric::ClientOperation(index, operation, figure) => {
            Metric::ClientOperation(index, operation, client(figure))
        }
        Metric::Component(id, StationFigure::Wait(_)) => Metric::Component(id, StationFigure::Wait(at)),
        Metric::Component(id, StationFigure::Sojourn(_)) => Metric::Component(id, StationFigure::Sojourn(at)),
        Metric::Times(id, figure, _) => Metric::Times(id, figure, at),
        Metric::Edge(id, EdgeFigure::PoolWait(_)) => Metric::Edge(id, EdgeFigure::PoolWait(at)),
        Metric::Mark(id, MarkFigure::Delay(_)) => Metric::Mark(id, MarkFigure::Delay(at)),
        Metric::Entry(id, EntryFigure::Wait(_)) => Metric::Entry(id, EntryFigure::Wait(at)),
        Metric::Entry(id, EntryFigure::Sojourn(_)) => Metric::Entry(id, EntryFigure::Sojourn(at)),
        other => other,
    }
}
