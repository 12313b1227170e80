//! Writes random scenarios: every kind, verb, discipline, policy and law of arrivals that the language has.
//!
//! Calls go from earlier components to later ones, but for a few that turn back behind a `choose`, and a budget keeps the
//! calls that one request can cause to some dozens, so that every run ends. Where messages can be lost every edge has a
//! timeout, so that nobody waits for ever.

#[path = "generator/clients.rs"]
mod clients;
#[path = "generator/kinds.rs"]
mod kinds;
#[path = "generator/network.rs"]
mod network;
#[path = "generator/station.rs"]
mod station;
#[path = "generator/steps.rs"]
mod steps;

use crate::frailty::add_frailty;
use crate::tree::{Tree, bare, one, text};
use crate::weather::{Losses, Population, add_weather, loses};
use rand::Rng;
use windtunnel::kernel::random::{Stream, below, stream};

/// The most calls that one request may cause, about.
const CALLS_MAX: f64 = 40.0;

/// Words that handlers end with besides those of the language.
const OWN_WORDS: [&str; 2] = ["gone", "broken"];

/// A place where nobody stands but the bystander.
const BESIDE: &str = "beside";

/// The operations of servers; those of the other kinds have other names, so that a name tells who serves it.
const SERVED: [&str; 3] = ["go", "show", "note"];

const FAILURES: [&str; 6] = ["timeout", "rejected", "unavailable", "error", "too_deep", "deadline"];

struct Component {
    name: &'static str,
    kind: &'static str,
    /// Operations, each with the calls that it causes, about.
    operations: Vec<(String, f64)>,
    table: Tree,
}

struct Generator {
    random: Stream,
    components: Vec<Component>,
    /// Who takes messages from the queues, each with the index of its queue.
    consumers: Vec<(usize, Tree)>,
    /// Attempts of the calls between two components.
    attempts: Vec<(String, u64)>,
    places: Vec<&'static str>,
    /// Whether a loop goes through a graph.
    has_graph: bool,
    /// Whether messages can be lost, by the network or by a fault.
    lossy: bool,
    /// Whether any call may be made more than once, also that of a handler to its own component: a chain reaction.
    repeats_calls: bool,
    /// Whether the steps being written are those of a consumer, who has nobody to answer to.
    acts_alone: bool,
}

/// The scenario of a seed.
pub(crate) fn scenario(seed: u64) -> Tree {
    let mut generator = Generator {
        random: stream(seed, "random topologies"),
        components: Vec::new(),
        consumers: Vec::new(),
        attempts: Vec::new(),
        places: Vec::new(),
        has_graph: false,
        lossy: false,
        repeats_calls: false,
        acts_alone: false,
    };
    let mut root = generator.root();
    add_frailty(&mut root, seed);
    drop_unused_words(&mut root);
    root
}

/// Whether every call of a client has a timeout, if messages can be lost on the network or by a fault; who waits for them further on goes with the client.
pub(crate) fn nobody_waits_for_ever(root: &Tree) -> bool {
    let keys = |name: &str| match root.get(name) {
        Some(Tree::Table(entries)) => entries.iter().map(|(key, _)| key.clone()).collect(),
        _ => Vec::new(),
    };
    let times_out = |pattern: &str| {
        root.get("call")
            .and_then(|calls| calls.get(pattern))
            .is_some_and(|edge| edge.get("timeout").is_some())
    };
    let kinds =
        ["server", "balancer", "cache", "database", "id_generator", "rate_limiter", "dns", "cdn", "queue"];
    let components: Vec<String> = kinds.into_iter().flat_map(keys).collect();
    let mut act_alone = ["queue", "consumer", "cdn"].into_iter().flat_map(keys);
    let gives_up_alone = act_alone.all(|name| times_out(&format!("{name} -> *")));
    let weather = ["fault", "campaign"].into_iter().filter_map(|kind| root.get(kind));
    let mut faults = weather.flat_map(|faults| match faults {
        Tree::Table(entries) => entries.iter().map(|(_, fault)| fault).collect::<Vec<_>>(),
        _ => Vec::new(),
    });
    let is_lossy = root.get("network").and_then(|network| network.get("loss")).is_some() || faults.any(loses);
    !is_lossy
        || times_out("* -> *")
        || gives_up_alone
            && keys("client")
                .iter()
                .all(|client| components.iter().all(|callee| times_out(&format!("{client} -> {callee}"))))
}

/// The scenario with a client and a server beside it that have nothing to do with the rest.
pub(crate) fn with_bystander(root: &Tree) -> Tree {
    let mut root = root.clone();
    let mut client = one("arrivals", one("poisson", text("90 /s"))).with("request", text("aa_station.aaa"));
    let mut server = one("workers", bare(1)).with("discipline", text("lifo"));
    let work = one("work", one("exponential", text("8 ms")));
    server.entries().push(("on".to_owned(), one("aaa", Tree::List(vec![work]))));
    if let Some(network) = root.get("network") {
        let places = network.get("places").cloned().unwrap_or(Tree::List(vec![text("local")]));
        let Tree::List(places) = places else { panic!("places are a list") };
        let network = root.child("network").entries();
        network.retain(|(key, _)| key != "places");
        network.push(("places".to_owned(), Tree::List(places.into_iter().chain([text(BESIDE)]).collect())));
        client.entries().push(("place".to_owned(), text(BESIDE)));
        server.entries().push(("place".to_owned(), text(BESIDE)));
    }
    let edge = one("timeout", text("40 ms"));
    root.child("call").entries().push(("aa_bystander -> aa_station".to_owned(), edge));
    root.child("client").entries().push(("aa_bystander".to_owned(), client));
    root.child("server").entries().push(("aa_station".to_owned(), server));
    root
}

impl Generator {
    fn below(&mut self, n: usize) -> usize {
        below(self.random.next_u64(), n as u64) as usize
    }

    fn between(&mut self, low: u64, high: u64) -> u64 {
        low + below(self.random.next_u64(), high - low + 1)
    }

    /// True so many times of a hundred.
    fn chance(&mut self, percent: u64) -> bool {
        below(self.random.next_u64(), 100) < percent
    }

    fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    fn root(&mut self) -> Tree {
        let mut root = Tree::Table(Vec::new());
        let mut header = one("duration", text(self.pick(&["200 ms", "500 ms", "1 s"])));
        if self.chance(50) {
            header = header.with("warm_up", text(self.pick(&["50 ms", "100 ms"])));
        }
        root.entries().push(("scenario".to_owned(), header.with("seed", bare(self.between(1, 1000)))));
        root.entries().push(("limits".to_owned(), one("events", bare(3_000_000))));
        self.lossy = self.chance(40);
        if self.chance(60) {
            let network = self.network();
            root.entries().push(("network".to_owned(), network));
        }
        self.name_components();
        let clients: Vec<&'static str> = ["user", "batch_job", "mobile"][..1 + self.below(3)].to_vec();
        let calls = self.edges(&clients);
        let makes_more = |table: &Tree| table.get("retry").is_some() || table.get("hedge").is_some();
        self.repeats_calls = calls
            .iter()
            .any(|(pattern, table)| ["default", "* -> *"].contains(&pattern.as_str()) && makes_more(table));
        if !calls.is_empty() {
            root.entries().push(("call".to_owned(), Tree::Table(calls)));
        }
        for index in (0..self.components.len()).rev() {
            self.component(index);
        }
        for name in &clients {
            let client = self.client(name);
            root.child("client").entries().push(((*name).to_owned(), client));
        }
        self.autoscalers(&mut root);
        for component in &self.components {
            root.child(component.kind).entries().push((component.name.to_owned(), component.table.clone()));
        }
        for (queue, table) in &self.consumers {
            let name = consumer_of(self.components[*queue].name);
            root.child("consumer").entries().push((name.to_owned(), table.clone()));
        }
        if self.has_graph {
            let directions = [("degree", bare(3)), ("symmetric", bare(self.chance(50)))];
            let graph = directions
                .into_iter()
                .fold(one("nodes", bare(20)), |graph, (key, value)| graph.with(key, value));
            root.child("graph").entries().push(("circle".to_owned(), graph));
        }
        if self.chance(80) {
            let people = self.population(&clients);
            let losses = if self.lossy { Losses::May } else { Losses::MayNot };
            add_weather(&mut root, &people, losses, &mut self.random);
        }
        root
    }

    /// Autoscalers of some of the servers.
    fn autoscalers(&mut self, root: &mut Tree) {
        let names = ["growth", "harvest", "idle", "jump", "kettle", "ladder"];
        for (index, name) in (0..self.components.len()).zip(names) {
            if self.components[index].kind != "server" || !self.chance(25) {
                continue;
            }
            let leaf = |tree: Option<&Tree>| match tree {
                Some(Tree::Leaf(leaf)) => Some(leaf.clone()),
                _ => None,
            };
            let table = &self.components[index].table;
            let begins: u64 = leaf(table.get("instances")).map_or(1, |leaf| leaf.parse().expect("a number"));
            let is_bounded = table.get("cores").is_some()
                || leaf(table.get("workers")).is_some_and(|workers| workers != "\"unbounded\"");
            let max = begins + self.between(0, 3);
            let mut scaler = one("target", text(self.components[index].name))
                .with("min", bare(self.between(1, begins)))
                .with("max", bare(max))
                .with("drain", text(self.pick(&["0 s", "1 ms", "10 ms"])));
            if self.chance(25) {
                let entry = |at: &str, count: u64| Tree::List(vec![text(at), bare(count)]);
                let entries = vec![entry("10 ms", max), entry("60 ms", begins), entry("70 ms", max)];
                scaler = scaler.with("schedule", Tree::List(entries));
            } else {
                let steps = |bound: &str| {
                    let step =
                        |bound: &str, by: u64| Tree::List(vec![Tree::List(vec![text(bound), bare(by)])]);
                    one("up", step(bound, 2))
                };
                let follow = match self.below(if is_bounded { 4 } else { 2 }) {
                    0 => one("rate", text(self.pick(&["20 /s", "100 /s"]))),
                    1 => one("rate", steps("50 /s")),
                    2 => one("utilization", text(self.pick(&["20 %", "60 %"]))),
                    _ => one("queue", bare(1)),
                };
                scaler = scaler.with("follow", follow).with("every", text(self.pick(&["5 ms", "20 ms"])));
                if self.chance(40) {
                    scaler = scaler.with("delay", text("7 ms"));
                }
                if self.chance(70) {
                    scaler = scaler.with("stabilize", one("down", text("10 ms")));
                }
                if self.chance(30) {
                    scaler = scaler.with("cool_down", one("up", text("15 ms")));
                }
            }
            root.child("autoscaler").entries().push((name.to_owned(), scaler));
        }
    }

    fn population(&self, clients: &[&'static str]) -> Population {
        let text_of = |tree: &Tree| match tree {
            Tree::Leaf(leaf) => leaf.trim_matches('"').to_owned(),
            other => panic!("{other:?} is no text"),
        };
        let component = |component: &Component| {
            let number = |key: &str, default: u64| {
                component.table.get(key).map_or(default, |number| text_of(number).parse().expect("a number"))
            };
            let count = number("instances", 1) * number("shards", 1) * (1 + number("replicas", 0));
            let places: Vec<String> = match (component.table.get("place"), component.table.get("places")) {
                (Some(place), _) => vec![text_of(place)],
                (None, Some(Tree::List(places))) => {
                    places[..places.len().min(count as usize)].iter().map(text_of).collect()
                }
                _ => self.places.first().map(|place| (*place).to_owned()).into_iter().collect(),
            };
            (component.name, component.kind, count, places)
        };
        let consumer = |(queue, table): &(usize, Tree)| {
            let name = consumer_of(self.components[*queue].name);
            component(&Component { name, kind: "consumer", operations: Vec::new(), table: table.clone() })
        };
        let components = self.components.iter().map(component).chain(self.consumers.iter().map(consumer));
        Population { components: components.collect(), clients: clients.to_vec() }
    }

    fn name_components(&mut self) {
        let mut names = vec!["api", "basket", "crawler", "desk", "engine", "feed"];
        let count = 1 + self.below(names.len());
        for index in 0..count {
            let name = names.remove(self.below(names.len()));
            let kind = if index + 1 == count {
                self.pick(&["server", "server", "cache", "database", "id_generator", "cdn", "queue"])
            } else {
                self.pick(&[
                    "server",
                    "server",
                    "server",
                    "balancer",
                    "balancer",
                    "rate_limiter",
                    "cache",
                    "database",
                    "id_generator",
                    "dns",
                    "cdn",
                    "queue",
                    "queue",
                ])
            };
            self.components.push(Component {
                name,
                kind,
                operations: Vec::new(),
                table: Tree::Table(Vec::new()),
            });
        }
    }

    /// A time: one of these constants, or a law with a mean like them.
    fn time(&mut self, constants: &[&'static str]) -> Tree {
        let constant = self.pick(constants);
        if constant == "0 s" || self.chance(50) {
            return text(constant);
        }
        match self.below(4) {
            0 => one("exponential", text(constant)),
            1 => one("uniform", Tree::List(vec![text("0.1 ms"), text("9 ms")])),
            2 => one("gamma", one("mean", text(constant)).with("cv", bare(2.0))),
            _ => one("lognormal", one("median", text(constant)).with("p99", text("100 ms"))),
        }
    }
}

/// The name of who takes the messages of a queue.
fn consumer_of(queue: &str) -> &'static str {
    match queue {
        "api" => "clerk",
        "basket" => "packer",
        "crawler" => "spider",
        "desk" => "porter",
        "engine" => "stoker",
        "feed" => "reader",
        other => panic!("nobody takes messages from {other}"),
    }
}

/// Takes out what waits for words that nobody says.
fn drop_unused_words(root: &mut Tree) {
    // What one word's handler says may be dropped with it, so each word is looked for once more than there are others.
    for word in [OWN_WORDS, OWN_WORDS].concat() {
        let said = root.file();
        let is_said =
            ["answer", "return", "fail"].iter().any(|verb| said.contains(&format!("{verb} = \"{word}\"")));
        if !is_said {
            drop_key(root, &format!("on_{word}"));
        }
    }
}

fn drop_key(tree: &mut Tree, key: &str) {
    match tree {
        Tree::Leaf(_) => {}
        Tree::List(elements) => elements.iter_mut().for_each(|element| drop_key(element, key)),
        Tree::Table(entries) => {
            entries.retain(|(name, _)| name != key);
            entries.iter_mut().for_each(|(_, value)| drop_key(value, key));
        }
    }
}
