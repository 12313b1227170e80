//! What a diagnosis looks at: the bins of a run with their lengths, and names.

use super::backlog;
use crate::fault::{Fault, Schedule};
use crate::figures::{Metric, StationFigure, elapsed, value};
use crate::measure::timeline::Window;
use crate::plan::Exchange;
use crate::results::number::human;
use crate::results::{Form, Series};
use crate::station::{Discipline, UNBOUNDED};
use crate::units::{ComponentId, EdgeId, SECOND, Time};
use crate::world::World;

/// A run, cut into bins.
pub(super) struct Evidence<'w> {
    pub(super) world: &'w World<'w>,
    /// Its course over the same bins.
    pub(super) series: &'w Series,
    /// The bins of the measured time that the run reached.
    pub(super) bins: Vec<Window>,
    /// Their lengths \[s\].
    pub(super) seconds: Vec<f64>,
    /// By component: whom it calls.
    callees: Vec<Vec<ComponentId>>,
    /// By component: whom it may have to wait for. Of a queue that are those who come for its messages, too;
    /// of what is scaled, who scales it.
    awaited: Vec<Vec<ComponentId>>,
    /// By component: the queues that it takes messages from.
    sources: Vec<Vec<ComponentId>>,
}

impl<'w> Evidence<'w> {
    pub(super) fn of(world: &'w World<'w>, series: &'w Series) -> Evidence<'w> {
        let whole = world.recorder().timeline.whole();
        let all = (whole.first..whole.end).map(|cell| Window { first: cell, end: cell + 1 });
        let bins: Vec<Window> = all.filter(|bin| elapsed(world, *bin).0 > 0).collect();
        let seconds = bins.iter().map(|bin| elapsed(world, *bin).seconds()).collect();
        let mut callees = vec![Vec::new(); world.plan().components.len()];
        world.plan().edges.iter().for_each(|edge| callees[edge.caller.index()].push(edge.callee));
        let (mut awaited, mut sources) = (callees.clone(), vec![Vec::new(); callees.len()]);
        for site in world.plan().sites.iter().filter(|site| site.exchange == Exchange::Message) {
            for (queue, edge) in &site.edges {
                let taker = world.plan().edges[edge.index()].caller;
                awaited[queue.index()].push(taker);
                sources[taker.index()].push(*queue);
            }
        }
        for (looks, component) in world.plan().components.iter().enumerate() {
            component
                .subjects
                .iter()
                .for_each(|(seen, _)| awaited[seen.index()].push(ComponentId(looks as u16)));
        }
        Evidence { world, series, bins, seconds, callees, awaited, sources }
    }

    /// All bins together.
    pub(super) fn whole(&self) -> Window {
        self.world.recorder().timeline.whole()
    }

    /// The time from the first bin to the last one \[s\].
    pub(super) fn total_seconds(&self) -> f64 {
        self.seconds.iter().sum()
    }

    /// An instant on the clock of the file \[s\].
    pub(super) fn clock(&self, time: Time) -> f64 {
        (time.0 as f64 - self.world.recorder().timeline.start().0 as f64) / SECOND as f64
    }

    /// When a bin begins \[s, clock of the file\].
    pub(super) fn begin(&self, bin: usize) -> f64 {
        self.clock(self.world.recorder().timeline.start_of(self.bins[bin].first))
    }

    /// When a bin ends, or the run within it.
    pub(super) fn end(&self, bin: usize) -> f64 {
        self.begin(bin) + self.seconds[bin]
    }

    /// The components that serve.
    pub(super) fn serving(&self) -> impl Iterator<Item = ComponentId> {
        let components = self.world.plan().components.iter().enumerate();
        components
            .filter(|(_, component)| component.blueprint.spec().serves.has_station())
            .map(|(index, _)| ComponentId(index as u16))
    }

    /// The name of a component.
    pub(super) fn name(&self, component: ComponentId) -> &'w str {
        &self.world.plan().components[component.index()].name
    }

    /// The name of one of its instances: that of the component if there is no other one.
    pub(super) fn instance_name(&self, component: ComponentId, index: u32) -> String {
        match self.world.plan().components[component.index()].instances.1 {
            1 => self.name(component).to_owned(),
            _ => format!("{}[{index}]", self.name(component)),
        }
    }

    /// The name of an edge.
    pub(super) fn edge_name(&self, edge: EdgeId) -> String {
        let edge = &self.world.plan().edges[edge.index()];
        format!("{} -> {}", self.name(edge.caller), self.name(edge.callee))
    }

    /// Whom a component calls itself.
    pub(super) fn callees(&self, component: ComponentId) -> impl Iterator<Item = ComponentId> {
        self.callees[component.index()].iter().copied()
    }

    /// Messages that waited for a component at the end of a bin, and whose time had come.
    pub(super) fn waiting_messages(&self, component: ComponentId, bin: usize) -> f64 {
        self.sources[component.index()].iter().filter_map(|queue| backlog::due(self, *queue, bin)).sum()
    }

    /// Whether one component calls another one, directly or through others.
    pub(super) fn calls(&self, one: ComponentId, other: ComponentId) -> bool {
        one != other && reached(&self.callees, one)[other.index()]
    }

    /// Those for whom a component may have to wait, itself among them: whom it calls on whatever errand, who takes messages from a
    /// queue, and who scales it, directly or through others.
    pub(super) fn awaited(&self, one: ComponentId) -> Vec<bool> {
        reached(&self.awaited, one)
    }

    /// How many an instance of a component serves at once; none if it serves everybody.
    pub(super) fn servers(&self, component: ComponentId) -> Option<u32> {
        let shape = self.world.plan().components[component.index()].shape;
        let is_shared = shape.discipline == Discipline::ProcessorSharing;
        let servers = if is_shared { shape.capacity() } else { shape.workers };
        (servers != UNBOUNDED).then_some(servers)
    }

    /// A figure of a station.
    pub(super) fn station(
        &self,
        component: ComponentId,
        figure: StationFigure,
        window: Window,
    ) -> Option<f64> {
        value(self.world, Metric::Component(component, figure), window)
    }

    /// The faults that come once and end, or last until the end of the run: begin and end \[s, clock of the file\].
    pub(super) fn faults(&self) -> Vec<(&'w Fault, f64, f64)> {
        let end = self.world.recorder().timeline.end();
        let once = |fault: &'w Fault| match fault.schedule {
            Schedule::Once { from, until } => Some((fault, self.clock(from), self.clock(until.min(end)))),
            Schedule::Campaign { .. } => None,
        };
        self.world.plan().faults.iter().filter_map(once).collect()
    }
}

/// By component: whether one leads there.
fn reached(next: &[Vec<ComponentId>], one: ComponentId) -> Vec<bool> {
    let mut reached = vec![false; next.len()];
    let mut open = vec![one];
    reached[one.index()] = true;
    while let Some(from) = open.pop() {
        for to in &next[from.index()] {
            if !std::mem::replace(&mut reached[to.index()], true) {
                open.push(*to);
            }
        }
    }
    reached
}

/// From one instant on the clock of the file to another one \[s\], both in the largest unit that the time between them fills:
/// "from 60 s to 66 s".
pub(super) fn stretch(from: f64, until: f64) -> String {
    const UNITS: [(f64, &str); 6] =
        [(86_400.0, "day"), (3_600.0, "h"), (60.0, "min"), (1.0, "s"), (1e-3, "ms"), (1e-6, "us")];
    // What lacks nothing but the error of a float fills a unit; tenths of a second late in a run are not told in thousandths.
    let enough = |size: f64| if size == 1.0 && from >= 1.0 { 0.1 } else { 0.999_95 * size };
    let fills = |(size, _): &&(f64, &str)| until - from >= enough(*size);
    let (size, unit) = UNITS.iter().find(fills).unwrap_or(&UNITS[UNITS.len() - 1]);
    let [from, until] = [from, until].map(|at| (at / size * 100.0).round() / 100.0);
    format!("from {from} {unit} to {until} {unit}")
}

/// An instant on the clock of the file, for people.
pub(super) fn instant(seconds: f64) -> String {
    human(seconds, Form::Duration)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_of_a_stretch_differ() {
        for (from, until, expected) in [
            (60.0, 66.0, "from 60 s to 66 s"),
            (4.5, 6.0, "from 4.5 s to 6 s"),
            (5.0, 10.0, "from 5 s to 10 s"),
            (0.0, 0.25, "from 0 ms to 250 ms"),
            (10.333_333, 11.0, "from 10.33 s to 11 s"),
            (10.0, 10.05, "from 10000 ms to 10050 ms"),
            (60.0, 120.0, "from 1 min to 2 min"),
            (90.0, 180.0, "from 1.5 min to 3 min"),
            (5_400.0, 5_670.0, "from 90 min to 94.5 min"),
        ] {
            assert_eq!(stretch(from, until), expected);
        }
    }
}
