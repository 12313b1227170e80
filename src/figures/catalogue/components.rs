//! The figures of components: of all their instances, of single ones, of groups, of each operation, and those of the kind.

use super::super::metric::{EntryFigure, LevelFigure, Metric, StationFigure};
use super::{Catalogue, Definition, Listing, TIMES};
use crate::component::{Course, Figure};
use crate::plan::{ComponentPlan, Plan};
use crate::station::{Discipline, Guard, UNBOUNDED};
use crate::units::{ComponentId, EntryId};

/// The figures of the single instances are listed up to this many instances.
const LISTED_INSTANCES_MAX: u32 = 64;

impl Catalogue {
    pub(super) fn add_component(&mut self, plan: &Plan, id: ComponentId, component: &ComponentPlan) {
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

    pub(super) fn add_kind(&mut self, id: ComponentId, component: &ComponentPlan) {
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
                Figure::Throughput { doc, .. } => Definition::new(metric, "1/s", doc),
                Figure::Duration { doc, .. } => Definition::new(metric, "s", doc),
                // What is told as it changes is known at the end of every window.
                Figure::Level { name, unit, doc } if spec.courses.contains(&Course::Figure(name)) => {
                    for (word, figure, doc) in LEVEL_FIGURES {
                        let level = Definition::new(Metric::Level(id, index, *figure), unit, doc);
                        self.add(
                            format!("{}.{name}.{word}", component.name),
                            level.listed(listing_of(component, name)),
                        );
                    }
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
}

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

/// What a level was in the course of a window.
const LEVEL_FIGURES: &[(&str, LevelFigure, &str)] = &[
    ("min", LevelFigure::Min, "The lowest level within the window."),
    ("mean", LevelFigure::Mean, "The mean level over the time of the window."),
    ("max", LevelFigure::Max, "The highest level within the window."),
];

const WAIT: &str = "Time from asking for a worker to getting it, zeros included, of visits of callers: neither of health probes nor of what a component does by itself, as when a replica applies writes.";

const SOJOURN: &str = "Time from arrival at the instance to leaving it, of the visits of callers that were served: neither of health probes nor of what a component does by itself.";

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
        (
            "rate",
            StationFigure::Rate,
            "1/s",
            "Visits served per second, with retries, health probes and what a component does by itself, as when a replica applies writes.",
        ),
        (
            "queue.mean",
            StationFigure::QueueMean,
            "1",
            "Mean number of those who wait for a worker, with health probes and what a component does by itself.",
        ),
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
