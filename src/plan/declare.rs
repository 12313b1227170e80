//! Reads the tables of components: names, kinds, stations, and what the kinds make of the rest.

use super::network::Network;
use super::price::Written;
use super::roster::Roster;
use super::{Template, cold_start, frailty, guard, memory, policy};
use crate::component::{Blueprint, DefaultWorkers, KINDS, Key, Reading, Serves, Spec};
use crate::distribution::Distribution;
use crate::mechanism::arrange::Arrange;
use crate::scenario::{
    Beside, Diagnostics, Entry, Estimates, Hint, Location, Node, Reader, Table, Value, suggest,
};
use crate::station::{ColdStart, Discipline, Frailty, Guard, Handling, Shape, UNBOUNDED, Works};
use crate::units::{PlaceId, Span};

/// The words that every kind with a station has.
pub const STATION_KEYS: [Key; 22] = [
    Key { name: "instances", takes: "POSITIVE", doc: told!("how many there are; 1 by default") },
    Key {
        name: "places",
        takes: "[PLACE, ..]",
        doc: told!("instance i stands at places[i mod n]; the first place by default"),
    },
    Key { name: "place", takes: "PLACE", doc: told!("where all instances stand") },
    Key { name: "workers", takes: "POSITIVE | \"unbounded\"", doc: told!("served at once per instance") },
    Key {
        name: "cores",
        takes: "POSITIVE",
        doc: told!("how many works compute at once; as many as there are workers by default"),
    },
    Key {
        name: "queue",
        takes: "COUNT | \"unbounded\"",
        doc: told!("how many may wait, per instance; unbounded by default"),
    },
    Key { name: "discipline", takes: "DISCIPLINE", doc: told!("in which order; `fifo` by default") },
    Key {
        name: "patience",
        takes: "TIMES",
        doc: told!("after how long somebody who waits leaves the queue and fails with `timeout`"),
    },
    Key {
        name: "blocking",
        takes: "true | false",
        doc: told!(
            "whether a worker is held while its handler waits; true by default. Otherwise it is held during each `work` only"
        ),
    },
    Key {
        name: "price",
        takes: "PRICES",
        doc: told!("what its instances, its visits and its bytes cost; nothing by default"),
    },
    Key {
        name: "boot",
        takes: "TIME",
        doc: told!(
            "how long an instance that is started after a crash takes until it serves; calls are refused meanwhile. 0 s by default"
        ),
    },
    Key {
        name: "cold_start",
        takes: "{ factor = NUMBER, for = TIME }",
        doc: told!(
            "an instance that has been started works slowly at first: what it does takes `factor` times as long, which falls in a straight line to 1 within this time, in a hundred steps. Those that are there when the run begins are warm"
        ),
    },
    Key {
        name: "fair_by",
        takes: "TEMPLATE",
        doc: told!(
            "with the discipline `fair`: whose line a request joins; \"{user}\" by default. With {caller} each component that calls has its own, behind balancers, too"
        ),
    },
    Key {
        name: "lifo_threshold",
        takes: "COUNT",
        doc: told!(
            "with the discipline `adaptive_lifo`: the newest is next while more than so many wait; `workers` by default"
        ),
    },
    Key {
        name: "overflow",
        takes: "\"arrival\" | \"oldest\" | \"least_urgent\" | \"longest_line\"",
        doc: told!(
            "who fails with `rejected` when somebody comes and the queue is full: whoever comes (the default), whoever has waited longest, the newest of the least urgent, or (the default of `fair`) the newest of the longest line"
        ),
    },
    Key {
        name: "drop",
        takes: "\"expired\" | \"infeasible\"",
        doc: told!(
            "who fails with `deadline`, without any work, when its turn comes: those whose deadline, handed on with `propagate`, has passed; or those, too, whose first `work` would end later"
        ),
    },
    Key {
        name: "codel",
        takes: "{ target? = TIME, interval? = TIME }",
        doc: told!(
            "drops from the head of a queue in which everybody has waited for longer than `target` (5 ms) during `interval` (100 ms), more and more often (RFC 8289); they fail with `rejected`"
        ),
    },
    Key {
        name: "controlled_delay",
        takes: "{ target? = TIME, interval? = TIME }",
        doc: told!(
            "who waits fails with `timeout` after `interval` (100 ms), or after `target` (5 ms) if the queue has not been empty for `interval` when it came"
        ),
    },
    Key {
        name: "concurrency_limit",
        takes: "COUNT | \"aimd\" | \"gradient\" \
                | { aimd = { initial? = COUNT, min? = COUNT, max? = COUNT, increase? = NUMBER, decrease? = NUMBER, timeout? = TIME } } \
                | { gradient = { initial? = COUNT, min? = COUNT, max? = COUNT, tolerance? = NUMBER, smoothing? = NUMBER, queue? = COUNT, short? = TIME, long? = COUNT } }",
        doc: told!(
            "how many may be at an instance at once, waiting or served; who comes beyond it fails with `rejected`. It moves with what is answered: up by steps and down by a factor (`aimd`), or along the gradient of the latency"
        ),
    },
    Key {
        name: "heap",
        takes: "{ size = SIZE, per_request = SIZE, live? = SIZE, pause = TIMES } \
                | { size = SIZE, per_request = SIZE, live? = SIZE, speed = BANDWIDTH }",
        doc: told!(
            "memory of which each arrival takes `per_request`; when it is full the instance stands still for a collection, which leaves `live` and what belongs to the requests that are present. That takes `pause`, or as long as it takes to go through what is left at this `speed`"
        ),
    },
    Key {
        name: "memory",
        takes: "{ limit = SIZE, per_request = SIZE | { OPERATION = SIZE }, base? = SIZE, full? = \"dies\" | \"rejects\" }",
        doc: told!(
            "how much memory an instance has, of which it takes `base` for itself (0 B) and each request `per_request` for as long as it is there, whatever it waits for. When somebody comes for whom there is no room, the instance dies, which is a crash, and is started again (the default), or rejects whoever comes"
        ),
    },
    Key {
        name: "breakdown",
        takes: "{ mttf = TIMES, mttr = TIMES, work? = \"resumes\" | \"restarts\" | \"lost\", when? = \"any\" | \"working\" }",
        doc: told!(
            "each instance breaks down after `mttf` of any time (the default) or of time in which it works, and stands still for `mttr`; the work that is interrupted resumes then (the default), or restarts; or it is lost, and its callers hear `reset` at once. Whoever waits goes on waiting: where they are lost, too, that is a crash, see `campaign`"
        ),
    },
];

/// The key under which a kind has its handlers.
const HANDLERS: &str = "on";

/// The word of the station that a kind without one has, too.
const PLACE: &str = "place";

/// All keys of a kind: its own, then those that it has in common with others.
pub fn keys_of(spec: &Spec) -> Vec<Key> {
    let has = |key: &&Key| match spec.serves {
        Serves::Yes(_) => true,
        Serves::No => key.name == PLACE,
        Serves::Nobody => false,
    };
    spec.keys.iter().chain(STATION_KEYS.iter().filter(has)).copied().collect()
}

/// More instances in all than this are refused.
const INSTANCES_MAX: u64 = 100_000;

/// A component as its table declares it.
pub struct Declaration {
    /// Its name.
    pub name: String,
    /// Where that stands.
    pub location: Location,
    /// What its kind says.
    pub spec: &'static Spec,
    /// What its table says.
    pub blueprint: Blueprint,
    /// How many instances there are at most.
    pub instances: u32,
    /// How many of them are there when the run begins.
    pub initial: u32,
    /// Where they stand, in turn.
    pub places: Vec<PlaceId>,
    /// Whether its table says where they stand.
    pub is_placed: bool,
    /// Whether nothing is wrong with its table; else how many instances there are may not be what is meant.
    pub is_whole: bool,
    /// Its station; the amount of the patience is not known yet.
    pub shape: Shape,
    /// How long somebody who waits stays, and how the listing shows it.
    pub patience: Option<(Distribution, String)>,
    /// What it costs.
    pub(super) price: Written,
    /// How its stations protect themselves, if they do.
    pub guard: Option<Guard>,
    /// What makes its instances stand still on their own, if anything does.
    pub frailty: Option<Frailty>,
    /// How slowly its instances work when they have been started, if they do.
    pub cold_start: Option<ColdStart>,
    /// Its memory, if it has a limit.
    pub(super) memory: Option<memory::Written>,
    /// Whose line a request joins, under fair queueing.
    pub by: Option<Template>,
}

/// All components, in the order of their names.
pub struct Declarations {
    /// Those that could be read.
    pub list: Vec<Declaration>,
    /// All that the text has.
    pub(super) roster: Roster,
}

/// Reads all components.
pub fn read_all(
    root: &Table,
    network: &Network,
    estimates: &Estimates,
    beside: &Beside,
    diagnostics: &mut Diagnostics,
) -> Declarations {
    let mut declarations: Vec<Declaration> = Vec::new();
    let mut roster = Roster::read(root);
    let mut names: Vec<(String, &str)> = Vec::new();
    let mut reader = Reader::new(diagnostics, estimates).with(beside);
    for spec in KINDS {
        let Some(tables) = root.get(spec.name).and_then(|node| reader.table(node)) else { continue };
        for entry in tables.iter() {
            super::names::check(&entry.name, entry.name_location, reader.diagnostics);
            let table = reader.table(&entry.node);
            let is_made = table.is_some_and(Table::is_made);
            let mut found = Diagnostics::new();
            let declaration = table.and_then(|table| {
                let reader = &mut Reader::new(&mut found, estimates).with(beside);
                read_one(spec, &entry.name, entry.name_location, table, network, reader)
            });
            let lacks = found.iter().any(|error| matches!(error.hint, Some(Hint::Lacking(_))));
            let other = names.iter().find(|(name, _)| *name == entry.name).map(|(_, kind)| *kind);
            if is_made && (lacks || other.is_some()) {
                report_made((spec, &entry.name), entry.node.location, root, reader.diagnostics);
                roster.breaks(&entry.name);
                continue;
            }
            reader.diagnostics.take(found);
            if let Some(kind) = other {
                reader
                    .error(entry.name_location, format!("`{}` is already the name of a {kind}", entry.name))
                    .help("names are unique across kinds")
                    .cause();
            }
            names.push((entry.name.clone(), spec.name));
            match declaration {
                // Nobody can speak of a component whose name is none.
                Some(_) if !super::names::is_word(&entry.name) => {}
                Some(declaration) => declarations.push(declaration),
                None => roster.breaks(&entry.name),
            }
        }
    }
    super::staff::settle(&mut declarations, &roster, reader.diagnostics);
    let total: u64 = declarations.iter().map(|declaration| u64::from(declaration.instances)).sum();
    if total > INSTANCES_MAX {
        let largest =
            declarations.iter().max_by_key(|declaration| declaration.instances).expect("there is one");
        diagnostics
            .error(largest.location, format!("{total} instances in all are more than {INSTANCES_MAX}"))
            .help(format!("`{}` has {} of them", largest.name, largest.instances));
    }
    declarations.arrange_by(|left, right| left.name.cmp(&right.name));
    declarations.dedup_by(|left, right| left.name == right.name);
    Declarations { list: declarations, roster }
}

/// Reports a component that is there only because a path speaks of it, and lacks what it needs.
fn report_made((spec, name): (&Spec, &str), location: Location, root: &Table, diagnostics: &mut Diagnostics) {
    let written = |spec: &'static Spec| {
        let tables = match root.get(spec.name).map(|node| &node.value) {
            Some(Value::Table(tables)) => Some(tables),
            _ => None,
        };
        let is_written =
            |entry: &&Entry| matches!(&entry.node.value, Value::Table(table) if !table.is_made());
        let own = tables.into_iter().flatten().filter(is_written);
        own.map(|entry| (spec.name, entry.name.clone())).collect::<Vec<_>>()
    };
    let there: Vec<(&str, String)> = KINDS.iter().flat_map(written).collect();
    let same_name = there.iter().find(|(_, known)| known == name);
    let of_kind: Vec<&str> =
        there.iter().filter(|(kind, _)| *kind == spec.name).map(|(_, known)| known.as_str()).collect();
    let near = || {
        suggest(name, of_kind.iter().copied()).or(if of_kind.len() == 1 { Some(of_kind[0]) } else { None })
    };
    let meant = same_name.map(|(kind, known)| (*kind, known.as_str())).or_else(|| Some((spec.name, near()?)));
    let help = match meant {
        Some((kind, known)) => format!("did you mean `{kind}.{known}`? "),
        None => String::new(),
    };
    let kind = spec.name;
    diagnostics.error(location, format!("there is no [{kind}.{name}]")).help(format!(
        "{help}a component that a path adds needs all of its keys, as in `{kind}.{name} = {{ .. }}`"
    ));
}

fn read_one(
    spec: &'static Spec,
    name: &str,
    location: Location,
    table: &Table,
    network: &Network,
    reader: &mut Reader<'_>,
) -> Option<Declaration> {
    let context = format!("[{}.{name}]", spec.name);
    let known_errors = reader.diagnostics.error_count();
    check_keys(table, &context, spec, name, reader);
    let instances = read_instances(table, spec, reader);
    let places = read_places(table, network, reader);
    let price = match table.get("price").filter(|_| spec.serves.has_station()) {
        Some(node) => Written::read(node, &format!("`price` of {context}"), reader),
        None => Written::default(),
    };
    let station = match spec.serves {
        Serves::Yes(workers) => read_shape(table, &context, workers, reader),
        Serves::No | Serves::Nobody => Some((Shape::FREE, None)),
    };
    let mut reading = Reading { name, location, spec, table, reader, instances: instances.unwrap_or(1) };
    let blueprint = Blueprint::read(&mut reading);
    // What could not be read has been reported; the rest of the file is checked as if it were well.
    let (mut shape, patience) = station.unwrap_or((Shape { workers: 1, ..Shape::FREE }, None));
    let memory = memory::read(table, reader);
    let (mut guard, by) = guard::read(table, &mut shape, reader);
    if let Some(memory) = &memory {
        guard.get_or_insert(Guard::NONE).memory = Some(memory.rules);
    }
    let frailty = frailty::read(table, &shape, reader);
    let cold_start = cold_start::read(table, reader);
    let blueprint = blueprint?;
    if table.get("blocking").is_none() {
        shape.handling = blueprint.handling();
    }
    let mut instances = blueprint.instances().or(instances).unwrap_or(1);
    let mut places = places.unwrap_or_else(|| vec![PlaceId(0)]);
    let further = blueprint.further_places();
    if !further.is_empty() {
        places = (0..instances as usize).map(|index| places[index % places.len()]).collect();
        places.extend(
            further.iter().filter_map(|place| find_place(&place.name, place.location, network, reader)),
        );
        instances = places.len() as u32;
    }
    Some(Declaration {
        name: name.to_owned(),
        location,
        spec,
        instances,
        initial: instances,
        blueprint,
        places,
        is_whole: reader.diagnostics.error_count() == known_errors,
        is_placed: ["place", "places"].iter().any(|key| table.get(key).is_some()),
        shape,
        patience,
        price,
        guard,
        frailty,
        cold_start,
        memory,
        by,
    })
}

/// Reports unknown keys; those of edges are told where they belong.
fn check_keys(table: &Table, context: &str, spec: &Spec, name: &str, reader: &mut Reader<'_>) {
    let keys = keys_of(spec);
    let known = Key::names(&keys);
    let place = format!(" in {context}");
    for entry in table.iter().filter(|entry| !known.contains(&entry.name.as_str())) {
        let error = reader.diagnostics.unknown(entry.name_location, "key", &entry.name, &place, &known);
        if policy::is_key(&entry.name) {
            let asked = match table.get("request").map(|node| &node.value) {
                Some(Value::Text(target)) => target.as_str(),
                _ => "*",
            };
            error.help(match spec.serves {
                Serves::No => policy::belongs_to_edge(name, asked),
                Serves::Yes(_) | Serves::Nobody => policy::belongs_to_edge("*", name),
            });
        } else if known.contains(&HANDLERS) && is_handler(&entry.node) {
            let operation = entry.name.strip_prefix("on_").unwrap_or(&entry.name);
            let help = format!(
                "handlers stand in [{}.{name}.{HANDLERS}]: write `{operation} = [..]` there",
                spec.name
            );
            error.meant(HANDLERS).help(help);
        }
    }
}

/// Whether a value looks like the steps of a handler.
fn is_handler(node: &Node) -> bool {
    match &node.value {
        Value::Array(steps) => steps.iter().any(|step| matches!(step.value, Value::Table(_))),
        _ => false,
    }
}

fn read_instances(table: &Table, spec: &Spec, reader: &mut Reader<'_>) -> Option<u32> {
    let Some(node) = table.get("instances").filter(|_| spec.serves.has_station()) else { return Some(1) };
    let instances = reader.count(node)?;
    if (1..=INSTANCES_MAX).contains(&instances) {
        return Some(instances as u32);
    }
    reader.error(node.location, format!("`instances` is 1 to {INSTANCES_MAX}"));
    None
}

fn read_places(table: &Table, network: &Network, reader: &mut Reader<'_>) -> Option<Vec<PlaceId>> {
    if let (Some(place), Some(_)) = (table.entry("place"), table.get("places")) {
        reader.error(place.name_location, "a table has `place` or `places`, not both");
        return None;
    }
    if let Some(node) = table.get("place") {
        return Some(vec![read_place(node, network, reader)?]);
    }
    let Some(nodes) = table.get("places") else { return Some(vec![PlaceId(0)]) };
    let places: Vec<PlaceId> =
        reader.array(nodes)?.iter().map(|node| read_place(node, network, reader)).collect::<Option<_>>()?;
    if places.is_empty() {
        reader.error(nodes.location, "`places` needs at least one place");
        return None;
    }
    Some(places)
}

fn read_place(node: &Node, network: &Network, reader: &mut Reader<'_>) -> Option<PlaceId> {
    let name = reader.text(node)?;
    find_place(name, node.location, network, reader)
}

fn find_place(name: &str, location: Location, network: &Network, reader: &mut Reader<'_>) -> Option<PlaceId> {
    let place = network.place(name);
    if place.is_none() {
        let choices: Vec<&str> = network.places.iter().map(String::as_str).collect();
        let error = reader.diagnostics.unknown(location, "place", name, "", &choices);
        if !network.names_places() {
            error.help(format!(
                "[network] says which places there are: `places = [\"{name}\"]`, and a `round_trip`"
            ));
        }
    }
    place
}

type Patience = Option<(Distribution, String)>;

fn read_shape(
    table: &Table,
    context: &str,
    workers: DefaultWorkers,
    reader: &mut Reader<'_>,
) -> Option<(Shape, Patience)> {
    let workers = match table.get("workers") {
        Some(node) => read_bound(node, "workers", 1, reader),
        None => match workers {
            DefaultWorkers::Required => {
                reader
                    .error(table.location, format!("{context} needs `workers`"))
                    .help("how many requests an instance serves at once, or \"unbounded\"")
                    .hint(Hint::Lacking("workers".to_owned()));
                None
            }
            DefaultWorkers::Unbounded => Some(UNBOUNDED),
            DefaultWorkers::OneWithService if table.get("service").is_some() => Some(1),
            DefaultWorkers::OneWithService => Some(UNBOUNDED),
        },
    };
    let cores = match table.get("cores") {
        Some(node) => read_bound(node, "cores", 1, reader).map(Some),
        None => Some(None),
    };
    let bound = table.get("queue").map_or(Some(UNBOUNDED), |node| read_bound(node, "queue", 0, reader));
    let words = Discipline::ALL.map(|(word, _, _)| word);
    let discipline = match table.get("discipline") {
        Some(node) => reader.choice(node, &words).map(|index| Discipline::ALL[index].1),
        None => Some(Discipline::Fifo),
    };
    let handling = match table.get("blocking").map(|node| reader.boolean(node)) {
        None | Some(Some(true)) => Some(Handling::Blocking),
        Some(Some(false)) => Some(Handling::EventLoop),
        Some(None) => None,
    };
    let boot = table.get("boot").map_or(Some(Span::ZERO), |node| reader.time(node));
    let patience = match table.get("patience") {
        Some(node) => Some((reader.duration(node)?, reader.source_text(node))),
        None => None,
    };
    let shape = Shape {
        workers: workers?,
        own_cores: cores?,
        works: Works::One,
        bound: bound?,
        discipline: discipline?,
        handling: handling?,
        patience: None,
        boot: boot?,
        lifo_threshold: 0,
    };
    if shape.discipline == Discipline::ProcessorSharing && shape.capacity() == UNBOUNDED {
        let location = table.entry("discipline").map_or(table.location, |entry| entry.name_location);
        reader.error(
            location,
            "processor sharing needs a number of `workers`: there is nothing to share otherwise",
        );
        return None;
    }
    Some((shape, patience))
}

/// A count that may be "unbounded".
fn read_bound(node: &Node, key: &str, min: u64, reader: &mut Reader<'_>) -> Option<u32> {
    let Some(count) = reader.count_or_unbounded(node)? else { return Some(UNBOUNDED) };
    if count < min {
        reader.error(node.location, format!("`{key}` is at least {min}"));
        return None;
    }
    if count >= u64::from(UNBOUNDED) {
        reader
            .error(node.location, format!("`{key}` is below {UNBOUNDED}"))
            .help("write \"unbounded\" for as many as anybody asks for");
        return None;
    }
    Some(count as u32)
}
