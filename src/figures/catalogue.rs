//! The catalogue of a scenario's metrics: every name with its meaning, unit and definition, known before anything runs.

use super::metric::{
    ClientFigure, CostFigure, DeployFigure, EdgeFigure, EntryFigure, LinkFigure, MarkFigure, Metric, Payer,
    RunFigure, StationFigure, Statistic,
};
use crate::component::{Course, Figure, Serves};
use crate::fault::Condition;
use crate::outcome::{self, Class};
use crate::plan::{ComponentPlan, Plan};
use crate::resilience::Policy;
use crate::resilience::gate::Limit;
use crate::scenario::{self, Dimension};
use crate::station::{Discipline, Guard, UNBOUNDED};
use crate::units::{ComponentId, EdgeId, EntryId, MarkId, OutcomeId, percentile_meant};
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

/// The figures of the single instances are listed up to this many instances.
const LISTED_INSTANCES_MAX: u32 = 64;

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

    fn add(&mut self, name: String, definition: Definition) {
        self.definitions.entry(name).or_insert(definition);
    }

    fn add_client(&mut self, plan: &Plan, client: usize, name: &str) {
        self.add_client_figures(plan, name, &|figure| Metric::Client(client, figure));
        for slot in plan.slots.iter().filter(|slot| slot.client == client) {
            if let Some(operation) = slot.operation {
                let name = format!("{name}.{}", plan.operations[operation.index()]);
                self.add_client_figures(plan, &name, &|figure| {
                    Metric::ClientOperation(client, operation, figure)
                });
            }
        }
    }

    fn add_client_figures(&mut self, plan: &Plan, name: &str, metric: &dyn Fn(ClientFigure) -> Metric) {
        let mut add = |suffix: &str, figure, unit, doc| {
            self.add(format!("{name}.{suffix}"), Definition::new(metric(figure), unit, doc));
        };
        add(
            "rate",
            ClientFigure::Rate,
            "1/s",
            "Requests completed per second, by the time of their intended arrival.",
        );
        add("offered", ClientFigure::Offered, "1/s", "Requests that arrived per second.");
        add(
            "availability",
            ClientFigure::Availability,
            "1",
            "Completed requests as a share of those that ended.",
        );
        add("errors", ClientFigure::Errors, "1", "Requests that failed.");
        let peak = Definition::new(
            metric(ClientFigure::RateMax),
            "1/s",
            "Completions in the busiest second of the clock.",
        );
        self.add(format!("{name}.rate.max"), peak.whole());
        for (index, word) in plan.outcomes.iter().enumerate() {
            let outcome = OutcomeId(index as u16);
            let figure = metric(ClientFigure::Outcome(outcome));
            let completed = Definition::new(figure, "1", "Requests completed with this outcome.")
                .listed(Listing::WhenSeen);
            self.add(format!("{name}.outcome.{word}"), completed);
            if outcome::ALL.get(index).is_none_or(|word| word.class == Class::Failure) {
                let figure = metric(ClientFigure::ErrorsOf(outcome));
                let failed = Definition::new(figure, "1", "Requests that failed for this reason.")
                    .listed(Listing::WhenSeen);
                self.add(format!("{name}.errors.{word}"), failed);
            }
        }
        let latency = "Latency of the completed requests: from the intended arrival to the end of the reply.";
        self.add_statistics(&format!("{name}.latency"), latency, LATENCIES, &|statistic| {
            metric(ClientFigure::Latency(statistic))
        });
        let latency = "Latency of the failed requests: from the intended arrival to the failure.";
        self.add_statistics(&format!("{name}.failed.latency"), latency, LATENCIES, &|statistic| {
            metric(ClientFigure::FailedLatency(statistic))
        });
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

    fn add_component(&mut self, plan: &Plan, id: ComponentId, component: &ComponentPlan) {
        let name = &component.name;
        for (word, figure, unit, doc) in station_figures(component) {
            self.add(format!("{name}.{word}"), Definition::new(Metric::Component(id, figure), unit, doc));
        }
        let listing = if plan.may_change(id) { Listing::Always } else { Listing::OnRequest };
        for (word, figure, unit, doc) in PRESENCE_FIGURES {
            let definition = Definition::new(Metric::Component(id, *figure), unit, doc).listed(listing);
            self.add(format!("{name}.{word}"), definition);
        }
        let peak = Metric::Component(id, StationFigure::RateMax);
        let peak = Definition::new(peak, "1/s", "Visits served in the busiest second of the clock.").whole();
        self.add(format!("{name}.rate.max"), peak);
        if queues(component) {
            self.add_statistics(&format!("{name}.wait"), WAIT, TIMES, &|statistic| {
                Metric::Component(id, StationFigure::Wait(statistic))
            });
        }
        self.add_statistics(&format!("{name}.sojourn"), SOJOURN, TIMES, &|statistic| {
            Metric::Component(id, StationFigure::Sojourn(statistic))
        });
        self.add_instances(id, component);
        self.add_groups(id, component);
        let (first, count) = component.entries;
        for entry in (first.0..first.0 + count).map(EntryId) {
            let operation = &plan.operations[plan.entries[entry.index()].operation.index()];
            self.add_entry(entry, &format!("{name}.{operation}"), component);
        }
        self.add_kind(id, component);
    }

    fn add_instances(&mut self, id: ComponentId, component: &ComponentPlan) {
        let shown = shown(component.instances.1, component);
        self.add_parts(&component.name, component, shown, &|index, figure| {
            Metric::Instance(id, index, figure)
        });
    }

    /// Groups of one are listed as what they are: instances.
    fn add_groups(&mut self, id: ComponentId, component: &ComponentPlan) {
        let Some(groups) = component.groups() else { return };
        let shown = if groups.size > 1 { shown(groups.count, component) } else { (1, Listing::OnRequest) };
        let name = format!("{}.{}", component.name, groups.word);
        self.add_parts(&name, component, shown, &|group, figure| Metric::Group(id, group, figure));
    }

    /// The figures of so many parts of a component, which are told apart by a number.
    fn add_parts(
        &mut self,
        name: &str,
        component: &ComponentPlan,
        (shown, listing): (u32, Listing),
        metric: &dyn Fn(u32, StationFigure) -> Metric,
    ) {
        for index in 0..shown {
            for (word, figure, unit, doc) in station_figures(component) {
                let definition = Definition::new(metric(index, figure), unit, doc).listed(listing);
                self.add(format!("{name}[{index}].{word}"), definition);
            }
        }
    }

    fn add_entry(&mut self, entry: EntryId, name: &str, component: &ComponentPlan) {
        let mut add = |suffix: &str, figure, unit, doc| {
            self.add(format!("{name}.{suffix}"), Definition::new(Metric::Entry(entry, figure), unit, doc));
        };
        add("rate", EntryFigure::Rate, "1/s", "Visits served per second.");
        add("rejected", EntryFigure::Rejected, "1", "Arrivals turned away because the queue was full.");
        let peak = Definition::new(
            Metric::Entry(entry, EntryFigure::RateMax),
            "1/s",
            "Visits served in the busiest second.",
        );
        self.add(format!("{name}.rate.max"), peak.whole());
        if queues(component) {
            self.add_statistics(&format!("{name}.wait"), WAIT, TIMES, &|statistic| {
                Metric::Entry(entry, EntryFigure::Wait(statistic))
            });
        }
        self.add_statistics(&format!("{name}.sojourn"), SOJOURN, TIMES, &|statistic| {
            Metric::Entry(entry, EntryFigure::Sojourn(statistic))
        });
    }

    fn add_kind(&mut self, id: ComponentId, component: &ComponentPlan) {
        let spec = component.blueprint.spec();
        for (index, counter) in spec.counters.iter().enumerate() {
            let unit = component.blueprint.unit(counter.name);
            let definition = Definition::new(Metric::Counter(id, index), unit, counter.doc)
                .listed(listing_of(component, counter.name));
            self.add(format!("{}.{}", component.name, counter.name), definition);
        }
        for (index, figure) in spec.figures.iter().enumerate() {
            let metric = Metric::Kind(id, index);
            let definition = match figure {
                Figure::Ratio { doc, .. } => Definition::new(metric, "1", doc),
                Figure::Duration { doc, .. } => Definition::new(metric, "s", doc),
                // What is told as it changes is known at the end of every window.
                Figure::Level { name, unit, doc } if spec.courses.contains(&Course::Figure(name)) => {
                    Definition::new(metric, unit, doc)
                }
                Figure::Level { unit, doc, .. } => Definition::new(metric, unit, doc).whole(),
                Figure::Times { name, doc } => {
                    let name = format!("{}.{name}", component.name);
                    self.add_statistics(&name, doc, TIMES, &|statistic| Metric::Times(id, index, statistic));
                    continue;
                }
            };
            let definition = definition.listed(listing_of(component, figure.name()));
            self.add(format!("{}.{}", component.name, figure.name()), definition);
        }
    }

    fn add_edges(&mut self, plan: &Plan) {
        for (index, edge) in plan.edges.iter().enumerate() {
            let name = |component: ComponentId| &plan.components[component.index()].name;
            let (caller, callee) = (name(edge.caller), name(edge.callee));
            let id = EdgeId(index as u16);
            let policies = plan.sites.iter().filter(|site| site.edges.iter().any(|(_, edge)| *edge == id));
            let policies: Vec<&Policy> = policies.filter_map(|site| site.policy.as_ref()).collect();
            let of_policies = POLICY_FIGURES.iter().filter(|(acts, _)| policies.iter().any(|one| acts(one)));
            for (word, figure, unit, doc) in EDGE_FIGURES.iter().chain(of_policies.map(|(_, figure)| figure))
            {
                let definition = Definition::new(Metric::Edge(EdgeId(index as u16), *figure), unit, doc);
                self.add(format!("call.{caller}->{callee}.{word}"), definition);
            }
            if policies.iter().any(|policy| policy.gate.is_some_and(|gate| gate.pool.is_some())) {
                let name = format!("call.{caller}->{callee}.pool.wait");
                self.add_statistics(&name, POOL_WAIT, TIMES, &|statistic| {
                    Metric::Edge(id, EdgeFigure::PoolWait(statistic))
                });
            }
        }
    }

    fn add_links(&mut self, plan: &Plan) {
        let listing = if plan.places.len() > 1 { Listing::WhenSeen } else { Listing::OnRequest };
        for (index, link) in plan.links.iter().enumerate() {
            let (from, to) = (&plan.places[link.ends.0.index()], &plan.places[link.ends.1.index()]);
            for (word, figure, unit, doc) in LINK_FIGURES {
                let definition = Definition::new(Metric::Link(index, *figure), unit, doc).listed(listing);
                self.add(format!("link.{from}->{to}.{word}"), definition);
            }
        }
    }

    /// The costs of what has a price.
    fn add_costs(&mut self, plan: &Plan) {
        if plan.prices.are_none() {
            return;
        }
        self.add_cost("run", Payer::All, &COST_FIGURES);
        for (index, component) in plan.components.iter().enumerate() {
            let price = &plan.prices.components[index];
            if price.is_free() {
                continue;
            }
            let payer = Payer::Component(ComponentId(index as u16));
            self.add_cost(&component.name, payer, &COST_FIGURES);
            let parts = [
                price.instance.is_some(),
                price.requests.is_some(),
                price.egress.is_some(),
                price.storage.is_some(),
            ];
            for (_, part) in parts.iter().zip(&COST_PARTS).filter(|(is_paid, _)| **is_paid) {
                self.add_cost(&component.name, payer, std::slice::from_ref(part));
            }
        }
        for (index, link) in
            plan.links.iter().enumerate().filter(|(index, _)| plan.prices.links[*index] > 0.0)
        {
            let (from, to) = (&plan.places[link.ends.0.index()], &plan.places[link.ends.1.index()]);
            self.add_cost(&format!("link.{from}->{to}"), Payer::Link(index), &COST_FIGURES);
        }
    }

    fn add_cost(&mut self, owner: &str, payer: Payer, figures: &[(&str, CostFigure, &'static str)]) {
        for (word, figure, doc) in figures {
            let definition = Definition::new(Metric::Cost(payer, *figure), "USD", doc);
            self.add(format!("{owner}.{word}"), definition);
        }
    }

    fn add_marks(&mut self, plan: &Plan) {
        for (index, mark) in plan.marks.iter().enumerate() {
            let (id, name) = (MarkId(index as u16), format!("mark.{}", mark.name));
            for (word, figure, doc) in MARK_FIGURES {
                if *figure != MarkFigure::Late || mark.late_after.is_some() {
                    self.add(format!("{name}.{word}"), Definition::new(Metric::Mark(id, *figure), "1", doc));
                }
            }
            let doc =
                "Time from the intended arrival of the client's request to the first arrival at the mark.";
            self.add_statistics(&format!("{name}.delay"), doc, LATENCIES, &|statistic| {
                Metric::Mark(id, MarkFigure::Delay(statistic))
            });
        }
    }

    fn add_deploys(&mut self, plan: &Plan) {
        let faults = plan.faults.iter().enumerate();
        for (index, fault) in faults.filter(|(_, fault)| matches!(fault.condition, Condition::Deploy(_))) {
            for (word, figure, unit, doc) in DEPLOY_FIGURES {
                let definition = Definition::new(Metric::Deploy(index, *figure), unit, doc);
                let definition = if *figure == DeployFigure::Took { definition.whole() } else { definition };
                self.add(format!("fault.{}.{word}", fault.name), definition);
            }
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

const WAIT: &str = "Time from asking for a worker to getting it, zeros included.";
const POOL_WAIT: &str = "Time from asking for a connection to getting one, zeros included.";
const SOJOURN: &str = "Time from arrival at the instance to leaving it, of the visits served.";

/// A figure of an edge with its name, unit and meaning.
type EdgeRow = (&'static str, EdgeFigure, &'static str, &'static str);

const EDGE_FIGURES: &[EdgeRow] = &[
    ("attempts", EdgeFigure::Attempts, "1", "Calls made, retries and hedges included."),
    ("retries", EdgeFigure::Retries, "1", "Attempts after others had failed."),
    ("timeouts", EdgeFigure::Timeouts, "1", "Attempts that the caller gave up because their time was over."),
    (
        "wasted",
        EdgeFigure::Wasted,
        "s",
        "Time of workers spent on calls after their caller had given them up; where workers are unbounded, time of work.",
    ),
];

/// Whether a policy may bring a figure about.
type Acts = fn(&Policy) -> bool;

fn has_breaker(policy: &Policy) -> bool {
    policy.gate.is_some_and(|gate| gate.breaker.is_some())
}

/// Figures of the edges whose policies may bring them about.
const POLICY_FIGURES: &[(Acts, EdgeRow)] = &[
    (
        |policy| policy.hedge.is_some(),
        ("hedges", EdgeFigure::Hedges, "1", "Attempts made beside one that was open."),
    ),
    (
        |policy| policy.retry.as_ref().is_some_and(|retry| retry.budget.is_some()),
        (
            "budget_exhausted",
            EdgeFigure::BudgetExhausted,
            "1",
            "Calls that failed because the budget allowed no further retry.",
        ),
    ),
    (
        |policy| policy.batch.is_some(),
        (
            "batches",
            EdgeFigure::Batches,
            "1",
            "Messages in which calls travelled together, also those of a single call.",
        ),
    ),
    (
        |policy| policy.gate.is_some_and(|gate| gate.pool.is_some()),
        ("pool.waits", EdgeFigure::PoolWaits, "1", "Attempts that waited for a connection."),
    ),
    (
        |policy| policy.gate.is_some_and(|gate| gate.pool.is_some()),
        (
            "pool.rejected",
            EdgeFigure::PoolRejected,
            "1",
            "Attempts turned away because too many waited for a connection.",
        ),
    ),
    (
        has_breaker,
        ("breaker.opened", EdgeFigure::BreakerOpened, "1", "How often the breaker of a caller opened."),
    ),
    (
        has_breaker,
        (
            "breaker.open",
            EdgeFigure::BreakerOpen,
            "1",
            "The share of time for which the breakers of the callers were open.",
        ),
    ),
    (
        has_breaker,
        (
            "breaker.rejected",
            EdgeFigure::BreakerRejected,
            "1",
            "Attempts that were not made because the breaker was open, or half open and enough were under way.",
        ),
    ),
    (
        |policy| policy.gate.is_some_and(|gate| gate.limit.is_some()),
        (
            "limit.rejected",
            EdgeFigure::LimitRejected,
            "1",
            "Attempts that were not made because the caller's `limit` did not allow them.",
        ),
    ),
    (
        |policy| policy.gate.is_some_and(|gate| matches!(gate.limit, Some(Limit::Concurrency(_)))),
        (
            "limit.mean",
            EdgeFigure::LimitMean,
            "1",
            "How many attempts a caller allowed at once: the mean of what its attempts found.",
        ),
    ),
];

const MARK_FIGURES: &[(&str, MarkFigure, &str)] = &[
    ("count", MarkFigure::Count, "Intentions that got to the mark; with `per` each part of them counts."),
    ("duplicates", MarkFigure::Duplicates, "Arrivals at the mark of what had been there before."),
    (
        "late",
        MarkFigure::Late,
        "First arrivals at the mark later than `late_after` after the intended arrival.",
    ),
    (
        "lost",
        MarkFigure::Lost,
        "Requests that were answered `ok` or with a word of the scenario and of which nothing got to the mark or still may.",
    ),
    (
        "pending",
        MarkFigure::Pending,
        "Requests that were answered so and of which nothing has got to the mark yet, but something is on its way.",
    ),
];

/// What instances cost that come and go.
const PRESENCE_FIGURES: &[(&str, StationFigure, &str, &str)] = &[
    (
        "instances",
        StationFigure::Instances,
        "1",
        "Mean number of instances that were there: those that an autoscaler had started and not stopped yet, be they up or not.",
    ),
    (
        "instance_seconds",
        StationFigure::InstanceSeconds,
        "s",
        "Time for which instances were there, all of them together: what somebody pays for.",
    ),
];

const DEPLOY_FIGURES: &[(&str, DeployFigure, &str, &str)] = &[
    ("updated", DeployFigure::Updated, "1", "Instances that were given the version of the deploy."),
    ("rolled_back", DeployFigure::RolledBack, "1", "Instances that were given back what they ran before."),
    (
        "blast_radius",
        DeployFigure::BlastRadius,
        "1",
        "Arrivals that met the version of the deploy, as a share of all arrivals at its components.",
    ),
    (
        "took",
        DeployFigure::Took,
        "s",
        "Time from the begin of the deploy until the last instance served with the version that it was to have.",
    ),
];

const LINK_FIGURES: &[(&str, LinkFigure, &str, &str)] = &[
    ("messages", LinkFigure::Messages, "1", "Messages sent from the one place to the other."),
    ("bytes", LinkFigure::Bytes, "B", "Bytes of the messages sent from the one place to the other."),
    ("dropped", LinkFigure::Dropped, "1", "Messages lost on the way from the one place to the other."),
];

/// A figure of costs with its name and meaning.
type CostRow = (&'static str, CostFigure, &'static str);

const COST_FIGURES: [CostRow; 3] = [
    ("cost", CostFigure::Total, "What was paid, by a system as large as `scale` says."),
    (
        "cost.per_day",
        CostFigure::PerDay,
        "What a day like the measured time costs a system as large as `scale` says.",
    ),
    (
        "cost.per_thousand",
        CostFigure::PerThousand,
        "What was paid for each thousand requests of all clients that were completed.",
    ),
];

/// What only components pay for.
const COST_PARTS: [CostRow; 4] = [
    (
        "cost.instances",
        CostFigure::Instances,
        "What was paid for instances, as long as they were there, up or down.",
    ),
    ("cost.requests", CostFigure::Requests, "What was paid for visits served."),
    ("cost.egress", CostFigure::Egress, "What was paid for bytes delivered."),
    ("cost.storage", CostFigure::Storage, "What was paid for what is stored."),
];

/// How many of so many parts of a component are in the table, and whether they are listed.
fn shown(count: u32, component: &ComponentPlan) -> (u32, Listing) {
    match count {
        2.. if component.lists_instances => (count, Listing::Always),
        2..=LISTED_INSTANCES_MAX => (count, Listing::Always),
        _ => (1, Listing::OnRequest),
    }
}

/// Whether a figure of a component's kind is listed without being asked for.
fn listing_of(component: &ComponentPlan, figure: &str) -> Listing {
    if component.blueprint.lists(figure) { Listing::Always } else { Listing::WhenSeen }
}

/// Whether visitors queue for workers: neither without a bound on the workers nor where all share them.
fn queues(component: &ComponentPlan) -> bool {
    component.shape.workers != UNBOUNDED && component.shape.discipline != Discipline::ProcessorSharing
}

/// The figures that a component and each of its instances have.
fn station_figures(
    component: &ComponentPlan,
) -> Vec<(&'static str, StationFigure, &'static str, &'static str)> {
    let shape = component.shape;
    let mut figures = vec![
        ("rate", StationFigure::Rate, "1/s", "Visits served per second, retries included."),
        ("queue.mean", StationFigure::QueueMean, "1", "Mean number of those who wait for a worker."),
        ("queue.max", StationFigure::QueueMax, "1", "The most that waited at one instance at once."),
        ("rejected", StationFigure::Rejected, "1", "Arrivals turned away because the queue was full."),
    ];
    if shape.workers != UNBOUNDED {
        let doc = "Busy workers as a share of the workers that there are: those of instances that are up, as many as a fault leaves them. What a worker had begun before a fault took it away counts.";
        figures.push(("utilization", StationFigure::Utilization, "1", doc));
    }
    if shape.limits_cores() && shape.discipline != Discipline::ProcessorSharing {
        let doc = "Busy cores as a share of the cores that there are: those of instances that are up, as many as a fault leaves them. What a core had begun before a fault took it away counts.";
        figures.push(("cpu.utilization", StationFigure::CpuUtilization, "1", doc));
    }
    let guard = component.guard.unwrap_or(Guard::NONE);
    if shape.patience.is_some() || guard.delay.is_some() {
        let doc = "Requests that left the queue because their patience had run out.";
        figures.push(("reneged", StationFigure::Reneged, "1", doc));
    }
    if guard.drops() {
        let doc = "Requests that the station took out of its queue: too late, to shorten it, or to make room for others.";
        figures.push(("dropped", StationFigure::Dropped, "1", doc));
    }
    if guard.memory.is_some() {
        let doc = "Mean memory that was taken, by requests and for themselves by instances that were up; of all instances together.";
        figures.push(("memory.mean", StationFigure::MemoryMean, "B", doc));
        let doc = "The most memory that was taken at one instance at once; one that dies of it has more than its limit.";
        figures.push(("memory.max", StationFigure::MemoryMax, "B", doc));
        let doc = "How often an instance was killed because somebody came for whom it had no memory.";
        figures.push(("out_of_memory", StationFigure::OutOfMemory, "1", doc));
    }
    if let Some(frailty) = &component.frailty {
        if frailty.heap.is_some() {
            let doc = "Collections of garbage that began.";
            figures.push(("collections", StationFigure::Collections, "1", doc));
        }
        if frailty.breakdown.is_some() {
            let doc = "How often an instance broke down.";
            figures.push(("breakdowns", StationFigure::Breakdowns, "1", doc));
        }
        let doc = "For how long instances stood still on their own, added up; counted when they go on.";
        figures.push(("stood", StationFigure::Stood, "s", doc));
    }
    figures
}

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
