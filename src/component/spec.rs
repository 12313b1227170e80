//! What every kind says about itself: one description from which parsing, the reference and the lists come.

use crate::distribution::Distribution;
use crate::fault::Role;
use crate::measure::recorder::Keeps;
use crate::mechanism::eviction::Future;
use crate::scenario::{Entry, Hint, Key, Location, Named, Node, Reader, Table};
use crate::units::{EntryId, InstanceId, OperationId, OutcomeId, PlaceId, Span, Time};
use std::sync::Arc;

/// A kind's description.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// The word of the scenario: `[server.web]`.
    pub name: &'static str,
    /// One sentence.
    pub doc: &'static str,
    /// The kind's own keys, besides those of the station.
    pub keys: &'static [Key],
    /// Whether it has a station.
    pub serves: Serves,
    /// The operations that it always has.
    pub operations: &'static [Operation],
    /// What it counts.
    pub counters: &'static [Counter],
    /// What it reports besides.
    pub figures: &'static [Figure],
    /// What is shown over the time of a run.
    pub courses: &'static [Course],
    /// What its instances can be to it, for faults that select them so.
    pub roles: &'static [RoleSpec],
}

/// Whether a kind has a station.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Serves {
    /// No: it asks.
    No,
    /// No: it is something that others know, and stands nowhere.
    Nobody,
    /// Yes.
    Yes(DefaultWorkers),
}

impl Serves {
    /// Whether it has one.
    pub const fn has_station(self) -> bool {
        matches!(self, Serves::Yes(_))
    }
}

/// How many workers an instance has if its table does not say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DefaultWorkers {
    /// The table must say.
    Required,
    /// As many as anybody asks for.
    Unbounded,
    /// One if it has a `service` time, else as many as anybody asks for.
    OneWithService,
}

/// An operation that a kind always has.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// The word behind the dot: `get`.
    pub name: &'static str,
    /// Outcomes besides `ok`.
    pub outcomes: &'static [OutcomeId],
    /// One sentence.
    pub doc: &'static str,
    /// Which way its value travels.
    pub carries: Carries,
    /// Whether it is about the key of the request.
    pub keyed: bool,
}

/// Which way a value's bytes travel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Carries {
    /// Neither way.
    Nothing,
    /// To the callee: a write.
    There,
    /// Back to the caller: a read.
    Back,
}

/// What a call of an operation has to do with the value of a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Register {
    /// Nothing.
    None,
    /// It brings it back.
    Read,
    /// `value` of the call sets it.
    Set,
    /// `add` of the call is added to it.
    Add,
}

/// Something that a kind counts.
#[derive(Clone, Copy, Debug)]
pub struct Counter {
    /// The metric's name.
    pub name: &'static str,
    /// Its definition.
    pub doc: &'static str,
}

/// A figure that a kind reports besides its counters.
#[derive(Clone, Copy, Debug)]
pub enum Figure {
    /// A sum of counters over another sum: `hits / (hits + misses)`.
    Ratio {
        /// The metric's name.
        name: &'static str,
        /// Indices of the counters above the line.
        over: &'static [usize],
        /// Indices of the counters below it.
        under: &'static [usize],
        /// Its definition.
        doc: &'static str,
    },
    /// A sum of counters per second: what it does in the eyes of its users, where that is not to serve visits.
    Throughput {
        /// The metric's name.
        name: &'static str,
        /// Indices of the counters.
        over: &'static [usize],
        /// Its definition.
        doc: &'static str,
    },
    /// How long something lasted, told by [`Context::pass`](super::Context::pass) \[s\].
    Duration {
        /// The metric's name.
        name: &'static str,
        /// Its definition.
        doc: &'static str,
    },
    /// A distribution of times, told by [`Context::record`](super::Context::record) \[s\].
    Times {
        /// The metric's name; the statistics follow behind a dot.
        name: &'static str,
        /// Its definition.
        doc: &'static str,
    },
    /// Its value at the end of the run; what it is before is told by [`Context::level`](super::Context::level), and asked for at
    /// the end of any window if it is one of the kind's courses.
    Level {
        /// The metric's name.
        name: &'static str,
        /// Its unit.
        unit: &'static str,
        /// Its definition.
        doc: &'static str,
    },
}

/// What a kind shows over the time of a run, bin by bin.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Course {
    /// One of its figures, by name: a ratio or the mean and maximum of times within each bin, or a level at its end.
    Figure(&'static str),
    /// The visits that each instance serves, where there are several.
    Instances,
    /// The visits that each group of its instances serves: `urls.shard[2]`.
    Groups,
}

/// A role that instances of a kind can have: `urls.primary`.
#[derive(Clone, Copy, Debug)]
pub struct RoleSpec {
    /// The word behind the dot.
    pub name: &'static str,
    /// Who is meant.
    pub form: RoleForm,
    /// Its definition.
    pub doc: &'static str,
}

/// How a role is written, and which role it then is.
#[derive(Clone, Copy, Debug)]
pub enum RoleForm {
    /// `urls.primary`: there is one.
    One(Role),
    /// `urls.replica[1]`, or `urls.replica` for all of them.
    OneOrAll(fn(Option<u32>) -> Role),
    /// `urls.shard[2]`, never without its number: one of so many groups of equal size, whose instances stand in a row.
    Numbered(fn(u32) -> Role),
}

impl Figure {
    /// Its name.
    pub fn name(&self) -> &'static str {
        match self {
            Figure::Ratio { name, .. }
            | Figure::Throughput { name, .. }
            | Figure::Duration { name, .. }
            | Figure::Times { name, .. }
            | Figure::Level { name, .. } => name,
        }
    }

    /// What a run keeps for it.
    pub fn keeps(&self) -> Keeps {
        match self {
            Figure::Ratio { .. } | Figure::Throughput { .. } => Keeps::Nothing,
            Figure::Duration { .. } => Keeps::Duration,
            Figure::Times { .. } => Keeps::Times,
            Figure::Level { .. } => Keeps::Level,
        }
    }
}

/// What a visit does, line by line.
#[derive(Clone, Debug)]
pub enum Line {
    /// Compute for a time.
    Work(Work),
    /// Let the kind's mechanism act; it decides the outcome.
    Consult,
    /// Call the same operation of a target, and end as it ends.
    Forward,
    /// The steps of a handler of the scenario.
    Handler(Node),
}

/// A service time.
#[derive(Clone, Debug)]
pub struct Work {
    /// The key that it was read from.
    pub key: &'static str,
    /// Its law \[s\].
    pub time: Distribution,
    /// As the scenario writes it.
    pub text: String,
}

/// Something that an instance does by itself, with a request of its own; the component hears how it ended.
#[derive(Clone, Debug)]
pub enum Errand {
    /// Its own station works for a time.
    Work(Work),
    /// It calls an operation of another component, over the edge between the two.
    Call {
        /// Whom.
        target: Named,
        /// Which operation.
        operation: String,
    },
    /// It calls the first of these operations that a store offers, which acts for the component at the instant at which it is
    /// served ([`Behaviour::served`](super::Behaviour::served)): a script that runs there, or a value of the component's own.
    Script {
        /// Which store.
        target: Named,
        /// Which operations.
        operations: &'static [&'static str],
    },
    /// It calls an operation of another instance of its own component, which it chooses.
    Peer {
        /// Which operation.
        operation: &'static str,
    },
    /// It runs steps that the scenario writes, at its own station.
    Handler {
        /// The key that they were read from.
        key: &'static str,
        /// How long it waits before the first of them.
        delay: Option<Work>,
        /// They.
        steps: Node,
    },
    /// It calls an operation of an instance that it chooses.
    Ask {
        /// Whose instances.
        target: Named,
        /// Which operation.
        operation: &'static str,
        /// On whose terms.
        terms: Terms,
    },
    /// It asks an instance that it chooses whether it is well: a visit of no work, through the queue or past it.
    Probe {
        /// Whose instances.
        target: Named,
        /// How long it waits for the answer.
        timeout: Span,
        /// Whether the probe waits for a worker like everyone.
        through: Through,
    },
}

/// What holds for a call that a component makes by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Terms {
    /// Whatever its edge says.
    Edge,
    /// It waits for a message, so long at most, whatever its edge says: the message takes the place of all that the errand
    /// was about. When it gives up, or its instance goes down with a word, the callee is told.
    Message(Span),
}

/// Whether a probe waits for a worker.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Through {
    /// Like everyone.
    Queue,
    /// It is answered past the queue.
    Past,
}

/// A component whose number of instances another one decides.
#[derive(Clone, PartialEq, Debug)]
pub struct Ward {
    /// Whose.
    pub target: Named,
    /// The fewest that there are.
    pub min: u32,
    /// The most.
    pub max: u32,
}

/// Something at which a component looks: the load of another one, and perhaps one of its levels.
#[derive(Clone, PartialEq, Debug)]
pub struct Subject {
    /// At whom.
    pub component: Named,
    /// At which level of its kind.
    pub level: Option<String>,
    /// Whether it wants to know how busy the workers are, so that there must be a number of them.
    pub needs_workers: bool,
}

/// Instances that have the same part in the work of their component, where not all have.
#[derive(Clone, PartialEq, Debug)]
pub struct Crew {
    /// What they are to it: `primary`.
    pub role: &'static str,
    /// How many there are.
    pub instances: u32,
    /// What its visits mean to them.
    pub falls: Vec<Fall>,
}

/// What visits of a component mean to a crew, over all its instances.
#[derive(Clone, PartialEq, Debug)]
pub struct Fall {
    /// Which visits.
    pub operation: &'static str,
    /// The errand that they cause; none if they come here themselves.
    pub errand: Option<u16>,
    /// How often one visit does so: at the least, if nothing fails, and at the most.
    pub times: (f64, f64),
}

/// For whom a visit waits before it is answered: the instances of a component stand in groups, in a row, and the first of a
/// group waits for some of the others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Acknowledgement {
    /// How many instances a group has.
    pub copies: u32,
    /// For how many of the others it waits: at the least, if nothing fails, and at the most.
    pub need: (u32, u32),
    /// The errand that each of them runs before it answers.
    pub errand: Option<u16>,
}

/// How often a visit waits for an errand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wait {
    /// The errand.
    pub errand: u16,
    /// The least.
    pub least: u32,
    /// The least if what it asks for is not at hand.
    pub missed: u32,
    /// The most; none if there is no limit.
    pub most: Option<u32>,
}

impl Wait {
    /// Once, if what is asked for is not at hand.
    pub fn on_a_miss(errand: u16) -> Wait {
        Wait { errand, least: 0, missed: 1, most: Some(1) }
    }
}

/// By what keys are parted among groups of instances.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Parting {
    /// By a hash: keys that are all alike are spread evenly.
    Hash,
    /// By what the table says of them.
    Named,
}

/// The instances that a component decides about, in a plan.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Staff {
    /// The first; the others follow.
    pub first: InstanceId,
    /// How many there are at most.
    pub most: u32,
    /// How many there are when the run begins.
    pub initial: u32,
}

/// Who stands where, and how far apart.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Geography {
    /// The place of every instance of the scenario.
    pub places: Vec<PlaceId>,
    /// A hash of the component's name and the number of every instance of the scenario.
    pub names: Vec<u64>,
    /// The mean time of a message from place to place \[ns\], row by row.
    pub distances: Vec<u64>,
    /// The number of places.
    pub count: usize,
}

impl Geography {
    /// The place of an instance.
    pub fn place(&self, instance: InstanceId) -> PlaceId {
        self.places.get(instance.index()).copied().unwrap_or(PlaceId(0))
    }

    /// What an instance is called, hashed: the same whatever else the scenario has.
    pub fn name(&self, instance: InstanceId) -> u64 {
        self.names.get(instance.index()).copied().unwrap_or(u64::from(instance.0))
    }

    /// The mean time of a message from a place to an instance \[ns\].
    pub fn distance_from(&self, place: PlaceId, to: InstanceId) -> u64 {
        self.distances.get(place.index() * self.count + self.place(to).index()).copied().unwrap_or(0)
    }

    /// The mean time of a message from one instance to another \[ns\].
    pub fn distance(&self, from: InstanceId, to: InstanceId) -> u64 {
        let index = self.place(from).index() * self.count + self.place(to).index();
        if from == to { 0 } else { self.distances.get(index).copied().unwrap_or(0) }
    }
}

/// Where a component stands in the plan, for its state in a run.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Its first instance; the others follow.
    pub first: InstanceId,
    /// Who stands where.
    pub geography: Arc<Geography>,
    /// A hash of its name.
    pub name: u64,
    /// The scenario's seed, for what belongs to the scenario and not to a run.
    pub seed: u64,
    /// How many instances it has.
    pub instances: u32,
    /// The entry of its first operation; the others follow.
    pub first_entry: EntryId,
    /// The operations that it offers, in the order of their entries.
    pub operations: Vec<String>,
    /// How many each of them serves at once; [`UNBOUNDED`](crate::station::UNBOUNDED) for any number.
    pub workers: u32,
    /// For each operation that it forwards, the instances that offer it.
    pub pools: Vec<(OperationId, Vec<InstanceId>)>,
    /// For each component that it forwards to, its first instance and how many there are.
    pub targets: Vec<(InstanceId, u32)>,
    /// The instances whose number it decides.
    pub staff: Option<Staff>,
    /// When the measured time begins: time 0 of the scenario's clock.
    pub zero: Time,
    /// What it will be asked for, if it [has to know](super::Plans::foresees).
    pub future: Option<Arc<Future>>,
}

impl Setting {
    /// Which of the targets an instance belongs to, and which of its instances it is.
    pub fn target_of(&self, instance: InstanceId) -> Option<(usize, u32)> {
        self.targets.iter().enumerate().find_map(|(index, (first, count))| {
            let within = instance.0.checked_sub(first.0).filter(|within| within < count)?;
            Some((index, within))
        })
    }

    /// Whether it hears of the comings and goings of an instance, its own among them.
    pub fn minds(&self, instance: InstanceId) -> bool {
        let is_staff = |staff: Staff| (staff.first.0..staff.first.0 + staff.most).contains(&instance.0);
        let is_own = (self.first.0..self.first.0 + self.instances).contains(&instance.0);
        is_own || self.target_of(instance).is_some() || self.staff.is_some_and(is_staff)
    }
}

/// A table that is being read.
pub struct Reading<'a, 'b> {
    /// The component's name.
    pub name: &'a str,
    /// Where that stands.
    pub location: Location,
    /// What its kind says.
    pub spec: &'static Spec,
    /// Its table.
    pub table: &'a Table,
    /// Reads values and collects errors.
    pub reader: &'a mut Reader<'b>,
    /// How many instances it has.
    pub instances: u32,
}

impl<'a> Reading<'a, '_> {
    /// How messages name the table: `[cache.hot]`.
    pub fn context(&self) -> String {
        format!("[{}.{}]", self.spec.name, self.name)
    }

    /// The value of a key of the table that must be there; who forgot it is told what it means.
    pub fn required(&mut self, key: &str) -> Option<&'a Node> {
        let node = self.table.get(key);
        if node.is_none() {
            let message = format!("{} needs the key `{key}`", self.context());
            let error = self.reader.error(self.table.location, message).hint(Hint::Lacking(key.to_owned()));
            if let Some(known) = self.spec.keys.iter().find(|known| known.name == key) {
                // Its first sentence says it; the rest is for the reference.
                error.help(
                    known
                        .doc
                        .split_once(". ")
                        .map_or(known.doc, |(sentence, _)| sentence)
                        .trim_end_matches('.'),
                );
            }
        }
        node
    }

    /// The value of a key that may be absent.
    pub fn get(&self, key: &str) -> Option<&'a Node> {
        self.table.get(key)
    }

    /// The entry of a key that may be absent.
    pub fn entry(&self, key: &str) -> Option<&'a Entry> {
        self.table.entry(key)
    }

    /// Where a key stands, or the component's name if it is absent.
    pub fn place_of(&self, key: &str) -> Location {
        self.table.entry(key).map_or(self.location, |entry| entry.name_location)
    }

    /// A whole number under a key that may be absent, from `low` to `high`.
    pub fn count(&mut self, key: &str, default: u32, low: u32, high: u32) -> Option<u32> {
        let Some(node) = self.table.get(key) else { return Some(default) };
        let count = self.reader.count(node)?;
        let fitting = u32::try_from(count).ok().filter(|count| (low..=high).contains(count));
        if fitting.is_none() {
            self.reader.error(node.location, format!("`{key}` is from {low} to {high}, not {count}"));
        }
        fitting
    }

    /// A whole number that must be there, from 1 to `most`.
    pub fn required_count(&mut self, key: &str, most: u64) -> Option<u64> {
        let node = self.required(key)?;
        let count = self.reader.count(node)?;
        if (1..=most).contains(&count) {
            return Some(count);
        }
        let range = if most == u64::MAX { "at least 1".to_owned() } else { format!("from 1 to {most}") };
        self.reader.error(node.location, format!("`{key}` is {range}, not {count}"));
        None
    }

    /// The names of components, at least one and none of them twice, under a key of a kind.
    pub fn components(&mut self, node: &Node, key: &str) -> Option<Vec<Named>> {
        let context = self.context();
        let names = self.reader.array(node)?;
        if names.is_empty() {
            self.reader.error(node.location, format!("{context} needs a component in `{key}`"));
            return None;
        }
        let mut found: Vec<Option<Named>> = Vec::with_capacity(names.len());
        for node in names {
            let name = self.reader.name(node).map(str::to_owned);
            let is_double = found.iter().flatten().any(|earlier| Some(&earlier.name) == name.as_ref());
            if let Some(name) = name.as_ref().filter(|_| is_double) {
                self.reader.error(node.location, format!("`{name}` is among the {key} already"));
            }
            found.push(name.filter(|_| !is_double).map(|name| Named { name, location: node.location }));
        }
        found.into_iter().collect()
    }

    /// Says so if a key is there whose meaning `owner` alone gives it: "the policy `power_of_d`".
    pub fn only_with(&mut self, key: &str, owner: &str) -> Option<()> {
        let Some(entry) = self.table.entry(key) else { return Some(()) };
        self.reader.error(entry.name_location, format!("`{key}` means something only with {owner}"));
        None
    }

    /// A service time under a key; `None` in the inner option if it is absent.
    pub fn work(&mut self, key: &'static str) -> Option<Option<Work>> {
        let Some(node) = self.table.get(key) else { return Some(None) };
        let time = self.reader.duration(node)?;
        Some(Some(Work { key, time, text: self.reader.source_text(node) }))
    }

    /// One of several words under a key, or the default; the index of the word.
    pub fn choice(&mut self, key: &str, words: &[&str], default: usize) -> Option<usize> {
        match self.table.get(key) {
            Some(node) => self.reader.choice(node, words),
            None => Some(default),
        }
    }

    /// A duration under a key that may be absent.
    pub fn time(&mut self, key: &str) -> Option<Option<Span>> {
        match self.table.get(key) {
            Some(node) => self.reader.time(node).map(Some),
            None => Some(None),
        }
    }
}
