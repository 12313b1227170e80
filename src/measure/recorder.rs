//! Counts and distributions of a run, cell by cell of its timeline.
//!
//! Figures of a client belong to the cell of the request's intended arrival, figures of components to the cell in which they
//! happen. Everything is a whole number and merges exactly, in any order.

use super::course::{Brief, Busiest, GroupsServed, Spread};
use super::histogram::Histogram;
use super::ledger::Ledger;
use super::level::{Held, Level};
use super::timeline::{Timeline, Window};
use crate::outcome;
use crate::station::{Load, Version};
use crate::units::{InstanceId, OutcomeId, SECOND, SiteId, Time};
use std::collections::BTreeMap;

/// What one client records under one name.
pub struct SlotRecord {
    /// Arrivals per cell.
    pub born: Vec<u64>,
    ended: Vec<u64>,
    outcome_count: usize,
    /// Latency of the completed per segment \[ns\].
    pub latency: Vec<Histogram>,
    /// Latency of the failed per segment \[ns\].
    pub failed_latency: Vec<Histogram>,
    /// Latency of the completed per cell \[ns\], two digits.
    pub course: Vec<Histogram<2>>,
    /// Completions in the busiest second.
    pub peak: Peak,
}

/// What one operation of a component records.
pub struct EntryRecord {
    /// Visits served per cell.
    pub served: Vec<u64>,
    /// How many of them cost nothing, per cell; empty until there is one.
    pub unpaid: Vec<u64>,
    /// Arrivals turned away per cell.
    pub rejected: Vec<u64>,
    /// Wait for a worker per segment \[ns\].
    pub wait: Vec<Histogram>,
    /// Sojourn per segment \[ns\].
    pub sojourn: Vec<Histogram>,
    /// Visits served in the busiest second.
    pub peak: Peak,
}

/// What one edge records, per cell.
#[derive(Clone, Copy, Default, Debug)]
pub struct EdgeRecord {
    /// Calls made, retries included.
    pub attempts: u64,
    /// Attempts after the first.
    pub retries: u64,
    /// Attempts that the caller gave up.
    pub timeouts: u64,
    /// Attempts beside one that was open.
    pub hedges: u64,
    /// Retries that the budget did not allow.
    pub budget_exhausted: u64,
    /// Calls that waited for a connection.
    pub pool_waits: u64,
    /// Messages that carried a batch of calls.
    pub batches: u64,
    /// Calls that found too many waiting for a connection.
    pub pool_rejected: u64,
    /// For how long connections were in use that have been given back, over all callers \[ns\].
    pub connected: u128,
    /// How often breakers opened.
    pub breaker_opened: u64,
    /// Attempts that open breakers turned away.
    pub breaker_rejected: u64,
    /// For how long breakers were open, over all callers \[ns\].
    pub breaker_open: u128,
    /// Attempts that limits turned away.
    pub limit_rejected: u64,
    /// Attempts that asked whether there are fewer under way than a limit.
    pub limited: u64,
    /// The sum of those limits.
    pub limits: u64,
    /// Time of workers spent on what was given up \[ns\].
    pub wasted: u128,
}

/// What one pair of places records, per cell.
#[derive(Clone, Copy, Default, Debug)]
pub struct LinkRecord {
    /// Messages sent.
    pub messages: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Messages lost.
    pub dropped: u64,
}

/// What a deploy records, per cell.
#[derive(Clone, Copy, Default, Debug)]
pub struct ReplacementRecord {
    /// Instances that were given its version.
    pub forth: u64,
    /// Instances that were given back what they ran before.
    pub back: u64,
}

/// The largest count within one second.
#[derive(Clone, Copy, Default, Debug)]
pub struct Peak {
    second: u64,
    count: u64,
    max: u64,
}

impl Peak {
    #[inline]
    fn count(&mut self, second: u64) {
        if second != self.second {
            self.max = self.max.max(self.count);
            (self.second, self.count) = (second, 0);
        }
        self.count += 1;
    }

    /// The largest count so far.
    pub fn max(&self) -> u64 {
        self.max.max(self.count)
    }
}

/// Everything that a run counts.
pub struct Recorder {
    /// How its time is cut.
    pub timeline: Timeline,
    /// The cell that it is now.
    pub cell: usize,
    segment: usize,
    /// Whether this cell belongs to the measured time.
    measures: bool,
    next_edge: Time,
    second: u64,
    second_end: Time,
    /// By slot.
    pub slots: Vec<SlotRecord>,
    /// Completions of each client in the busiest second.
    pub client_peaks: Vec<Peak>,
    /// By operation of a component.
    pub entries: Vec<EntryRecord>,
    /// Visits served by each component in the busiest second.
    pub component_peaks: Vec<Peak>,
    /// By component, then cell.
    pub loads: Vec<Vec<Load>>,
    /// By edge, then cell.
    pub edges: Vec<Vec<EdgeRecord>>,
    /// By edge, then segment: the wait for a connection \[ns\]; empty where there are no pools.
    pub pool_waits: Vec<Vec<Histogram>>,
    /// By site and reason: calls that failed within the measured time, of which the caller made a failure of its own.
    pub failures: BTreeMap<(SiteId, OutcomeId), u64>,
    /// By pair of places, then cell.
    pub links: Vec<Vec<LinkRecord>>,
    /// By component, then cell and counter of its kind.
    pub counters: Vec<Vec<u64>>,
    counter_counts: Vec<usize>,
    /// By component, then cell and figure of its kind: how long something lasted \[ns\].
    durations: Vec<Vec<u64>>,
    /// By component and figure of its kind, then segment: times \[ns\].
    pub times: Vec<Vec<Vec<Histogram>>>,
    /// By component, then cell and figure of its kind: the same times in short \[ns\].
    briefs: Vec<Vec<Brief>>,
    /// By component and figure of its kind: levels.
    levels: Vec<Vec<Level>>,
    /// By component, then cell: the instance that had most to do.
    pub busiest: Vec<Vec<Busiest>>,
    /// By component: what each of its instances served.
    pub spreads: Vec<Spread>,
    /// By component: what its groups of instances served.
    pub groups: Vec<GroupsServed>,
    /// By instance, then cell: the load of those that somebody asks for within windows.
    pub apart: BTreeMap<InstanceId, Vec<Load>>,
    /// Whether intentions got where they were meant to get, if the scenario has marks.
    pub ledger: Option<Box<Ledger>>,
    /// By fault, then cell: who was given another version.
    pub replacements: Vec<Vec<ReplacementRecord>>,
    /// By fault: when the last instance had got the version that it was to have.
    pub rolled: Vec<Option<Time>>,
}

/// How many of each a run has.
#[derive(Clone, Debug)]
pub struct Extent {
    /// Faults and campaigns.
    pub faults: usize,
    /// Clients.
    pub clients: usize,
    /// Slots of clients.
    pub slots: usize,
    /// Operations of components.
    pub entries: usize,
    /// Edges, and whether their callers have pools of connections.
    pub edges: Vec<HasPool>,
    /// Pairs of places.
    pub links: usize,
    /// Outcomes.
    pub outcomes: usize,
    /// The counters of each component.
    pub counters: Vec<usize>,
    /// The figures of each component's kind, and whether each is a distribution.
    pub figures: Vec<Vec<Keeps>>,
    /// The instances of each component, none where what each of them served is not asked for.
    pub spreads: Vec<u32>,
}

/// Whether the callers over an edge have pools of connections.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HasPool {
    /// Yes.
    Yes,
    /// No.
    No,
}

/// What a run keeps for a figure of a kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Keeps {
    /// Nothing: it follows from counters.
    Nothing,
    /// How long it lasted, by cell.
    Duration,
    /// A distribution of times, by segment; in short also by cell.
    Times,
    /// The level, by cell.
    Level,
}

impl Recorder {
    /// Nothing recorded yet.
    pub fn new(timeline: Timeline, extent: &Extent) -> Recorder {
        let (cells, segments) = (timeline.cells(), timeline.segments());
        let repeat = |count: usize| 0..count;
        Recorder {
            slots: repeat(extent.slots).map(|_| SlotRecord::new(cells, segments, extent.outcomes)).collect(),
            client_peaks: vec![Peak::default(); extent.clients],
            entries: repeat(extent.entries).map(|_| EntryRecord::new(cells, segments)).collect(),
            component_peaks: vec![Peak::default(); extent.counters.len()],
            loads: extent.counters.iter().map(|_| vec![Load::default(); cells]).collect(),
            edges: vec![vec![EdgeRecord::default(); cells]; extent.edges.len()],
            pool_waits: extent
                .edges
                .iter()
                .map(|has| vec![Histogram::default(); if *has == HasPool::Yes { segments } else { 0 }])
                .collect(),
            failures: BTreeMap::new(),
            links: vec![vec![LinkRecord::default(); cells]; extent.links],
            counters: extent.counters.iter().map(|count| vec![0; count * cells]).collect(),
            counter_counts: extent.counters.clone(),
            durations: by_cell(extent, Keeps::Duration, cells),
            times: extent
                .figures
                .iter()
                .map(|kept| {
                    let segments = |keeps: &Keeps| if *keeps == Keeps::Times { segments } else { 0 };
                    kept.iter().map(|keeps| vec![Histogram::default(); segments(keeps)]).collect()
                })
                .collect(),
            briefs: by_cell(extent, Keeps::Times, cells),
            levels: extent
                .figures
                .iter()
                .map(|kept| {
                    let cells = |keeps: &Keeps| if *keeps == Keeps::Level { cells } else { 0 };
                    kept.iter().map(|keeps| Level::new(cells(keeps))).collect()
                })
                .collect(),
            busiest: extent.counters.iter().map(|_| vec![Busiest::default(); cells]).collect(),
            spreads: extent.spreads.iter().map(|instances| Spread::new(*instances, cells)).collect(),
            groups: vec![GroupsServed::default(); extent.spreads.len()],
            apart: BTreeMap::new(),
            ledger: None,
            replacements: vec![vec![ReplacementRecord::default(); cells]; extent.faults],
            rolled: vec![None; extent.faults],
            cell: 0,
            segment: 0,
            measures: false,
            next_edge: timeline.end_of(0),
            second: 0,
            second_end: Time(SECOND),
            timeline,
        }
    }

    /// Time has come to this instant.
    #[inline]
    pub fn advance(&mut self, now: Time) {
        while now >= self.next_edge {
            self.cell += 1;
            self.segment = self.timeline.segment_of(self.cell);
            self.measures = self.timeline.is_measured(self.cell);
            self.next_edge = self.timeline.end_of(self.cell);
        }
        if now >= self.second_end {
            self.second = now.0 / SECOND;
            self.second_end = Time((self.second + 1) * SECOND);
        }
    }

    /// A request of a client has ended.
    #[inline]
    pub fn ended(&mut self, slot: usize, cell: usize, outcome: OutcomeId, ending: Ending, latency: u64) {
        let record = &mut self.slots[slot];
        record.ended[(cell * record.outcome_count + outcome.index()) * 2 + ending as usize] += 1;
        let segment = self.timeline.segment_of(cell);
        match ending {
            Ending::Completed => {
                record.latency[segment].record(latency);
                record.course[cell].record(latency);
                if self.timeline.is_measured(cell) {
                    record.peak.count(self.second);
                }
            }
            Ending::Failed => record.failed_latency[segment].record(latency),
        }
    }

    /// A request of a client that was born in this cell has been completed.
    #[inline]
    pub fn completed(&mut self, client: usize, cell: usize) {
        if self.timeline.is_measured(cell) {
            self.client_peaks[client].count(self.second);
        }
    }

    /// A visitor got a worker.
    #[inline]
    pub fn waited(&mut self, entry: usize, wait: u64) {
        self.entries[entry].wait[self.segment].record(wait);
    }

    /// A visit has ended.
    #[inline]
    pub fn served(&mut self, component: usize, entry: usize, sojourn: u64) {
        let record = &mut self.entries[entry];
        record.served[self.cell] += 1;
        record.sojourn[self.segment].record(sojourn);
        if self.measures {
            record.peak.count(self.second);
            self.component_peaks[component].count(self.second);
        }
    }

    /// A visit that ends now costs nothing.
    #[cold]
    pub fn waive(&mut self, entry: usize) {
        let (cells, cell) = (self.entries[entry].served.len(), self.cell);
        let unpaid = &mut self.entries[entry].unpaid;
        unpaid.resize(cells, 0);
        unpaid[cell] += 1;
    }

    /// The counters of an edge for the present cell.
    #[inline]
    pub fn edge(&mut self, edge: usize) -> &mut EdgeRecord {
        &mut self.edges[edge][self.cell]
    }

    /// A call has failed, and its caller with it.
    #[cold]
    pub fn failed(&mut self, site: SiteId, outcome: OutcomeId) {
        if self.measures {
            *self.failures.entry((site, outcome)).or_default() += 1;
        }
    }

    /// An attempt got its connection after so long \[ns\].
    pub fn pool_waited(&mut self, edge: usize, wait: u64) {
        self.pool_waits[edge][self.segment].record(wait);
    }

    /// A connection is given back that was in use since an instant.
    pub fn connected(&mut self, edge: usize, since: Time, now: Time) {
        for cell in (0..=self.cell).rev() {
            let (start, end) = (self.timeline.start_of(cell).max(since), self.timeline.end_of(cell).min(now));
            self.edges[edge][cell].connected += u128::from(end.0.saturating_sub(start.0));
            if self.timeline.start_of(cell) <= since {
                return;
            }
        }
    }

    /// A breaker has opened for a time that is known.
    pub fn breaker_opened(&mut self, edge: usize, from: Time, until: Time) {
        self.edges[edge][self.cell].breaker_opened += 1;
        for cell in self.cell..self.timeline.cells() {
            let (start, end) =
                (self.timeline.start_of(cell).max(from), self.timeline.end_of(cell).min(until));
            self.edges[edge][cell].breaker_open += u128::from(end.since(start).0);
            if self.timeline.end_of(cell) >= until {
                return;
            }
        }
    }

    /// Counts something that only one kind knows.
    #[inline]
    pub fn count(&mut self, component: usize, counter: usize, n: u64) {
        self.counters[component][self.cell * self.counter_counts[component] + counter] += n;
    }

    /// What a component's kind counted within a window.
    pub fn counted(&self, component: usize, counter: usize, window: Window) -> u64 {
        let stride = self.counter_counts[component];
        (window.first..window.end).map(|cell| self.counters[component][cell * stride + counter]).sum()
    }

    /// A deploy has given an instance its version, or given back what it ran before.
    pub fn replaced(&mut self, fault: usize, version: Version) {
        let record = &mut self.replacements[fault][self.cell];
        match version {
            Version::Deployed => record.forth += 1,
            Version::First => record.back += 1,
        }
    }

    /// The last instance of a deploy has got what it was to have.
    pub fn rolled(&mut self, fault: usize, now: Time) {
        self.rolled[fault] = Some(now);
    }

    /// Something that only one kind knows has taken a time.
    pub fn took(&mut self, component: usize, figure: usize, time: u64) {
        let stride = self.times[component].len();
        self.times[component][figure][self.segment].record(time);
        self.briefs[component][self.cell * stride + figure].record(time);
    }

    /// The times of one cell in short \[ns\].
    pub fn brief(&self, component: usize, figure: usize, cell: usize) -> Brief {
        self.briefs[component][cell * self.times[component].len() + figure]
    }

    /// A level that only one kind knows is this from now on.
    pub fn stands(&mut self, component: usize, figure: usize, level: f64, now: Time) {
        self.levels[component][figure].stands(level, now, self.cell, &self.timeline);
    }

    /// The level at the end of a cell; none if it has not been told until then.
    pub fn level(&self, component: usize, figure: usize, cell: usize) -> Option<f64> {
        self.levels[component][figure].at_the_end_of(cell)
    }

    /// What a level was within a window of a run that has come to this instant; none if it has not been told until then.
    pub fn held(&self, component: usize, figure: usize, window: Window, reached: Time) -> Option<Held> {
        self.levels[component][figure].within(window, reached, &self.timeline)
    }

    /// Something that only one kind knows went on from one instant to another.
    pub fn passed(&mut self, component: usize, figure: usize, from: Time, to: Time) {
        let stride = self.times[component].len();
        for cell in (0..=self.cell).rev() {
            let (start, end) = (self.timeline.start_of(cell).max(from), self.timeline.end_of(cell).min(to));
            self.durations[component][cell * stride + figure] += end.0.saturating_sub(start.0);
            if self.timeline.start_of(cell) <= from {
                return;
            }
        }
    }

    /// How long it went on within a window \[ns\].
    pub fn duration(&self, component: usize, figure: usize, window: Window) -> u64 {
        let stride = self.times[component].len();
        (window.first..window.end).map(|cell| self.durations[component][cell * stride + figure]).sum()
    }

    /// Bytes held by what grows with the run: histograms.
    pub fn cells(&self) -> usize {
        self.timeline.cells()
    }
}

/// For each component, something for each cell and figure if its kind keeps it of any.
fn by_cell<T: Clone + Default>(extent: &Extent, keeps: Keeps, cells: usize) -> Vec<Vec<T>> {
    let kept = extent.figures.iter().map(|kept| if kept.contains(&keeps) { kept.len() * cells } else { 0 });
    kept.map(|count| vec![T::default(); count]).collect()
}

/// Whether a request counts as available.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ending {
    /// It has its answer, whatever the outcome.
    Completed,
    /// It failed.
    Failed,
}

impl SlotRecord {
    fn new(cells: usize, segments: usize, outcome_count: usize) -> SlotRecord {
        SlotRecord {
            born: vec![0; cells],
            ended: vec![0; cells * outcome_count * 2],
            outcome_count,
            latency: vec![Histogram::default(); segments],
            failed_latency: vec![Histogram::default(); segments],
            course: vec![Histogram::default(); cells],
            peak: Peak::default(),
        }
    }

    /// How many that were born in a cell ended so.
    pub fn ended(&self, cell: usize, outcome: OutcomeId, ending: Ending) -> u64 {
        self.ended[(cell * self.outcome_count + outcome.index()) * 2 + ending as usize]
    }

    /// How many that were born in a cell were answered with a promise.
    pub fn promised(&self, cell: usize) -> u64 {
        let outcomes = (0..self.outcome_count).map(|index| OutcomeId(index as u16));
        let promises = outcomes.filter(|outcome| outcome::promises(*outcome));
        promises.map(|outcome| self.ended(cell, outcome, Ending::Completed)).sum()
    }

    /// How many that were born in a window ended so, whatever the outcome.
    pub fn total(&self, window: Window, ending: Ending) -> u64 {
        (window.first..window.end)
            .flat_map(|cell| {
                (0..self.outcome_count)
                    .map(move |outcome| self.ended(cell, OutcomeId(outcome as u16), ending))
            })
            .sum()
    }
}

impl EntryRecord {
    fn new(cells: usize, segments: usize) -> EntryRecord {
        EntryRecord {
            served: vec![0; cells],
            unpaid: Vec::new(),
            rejected: vec![0; cells],
            wait: vec![Histogram::default(); segments],
            sojourn: vec![Histogram::default(); segments],
            peak: Peak::default(),
        }
    }
}
