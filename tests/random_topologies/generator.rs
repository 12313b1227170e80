//! Writes random scenarios: every kind, verb, discipline, policy and law of arrivals that the language has.
//!
//! Calls go from earlier components to later ones, but for a few that turn back behind a `choose`, and a budget keeps the
//! calls that one request can cause to some dozens, so that every run ends. Where messages can be lost every edge has a
//! timeout, so that nobody waits for ever.

use crate::frailty::add_frailty;
use crate::tree::{Tree, bare, one, text};
use crate::weather::{Losses, Population, add_weather, loses};
use rand::Rng;
use windtunnel::kernel::random::{Stream, below, stream};
use windtunnel::mechanism::eviction::Kind;

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

    fn network(&mut self) -> Tree {
        let places = ["here", "there", "far-off"];
        self.places = places[..1 + self.below(3)].to_vec();
        let names = self.places.iter().map(text).collect();
        let mut network = one("places", Tree::List(names));
        let within = self.time(&["0 s", "0.5 ms", "1 ms"]);
        let mut round_trip = one("within", within);
        let between = self.time(&["2 ms", "5 ms", "20 ms"]);
        round_trip = round_trip.with("* <-> *", between);
        if self.places.len() > 1 && self.chance(50) {
            let one_way = self.time(&["3 ms", "30 ms"]);
            round_trip = round_trip.with("here -> there", one_way);
        }
        network = network.with("round_trip", round_trip);
        if self.chance(40) {
            let bandwidth = one("* <-> *", text(self.pick(&["1 Mbit/s", "100 kB/s", "1 GB/s"])));
            network = network.with("bandwidth", bandwidth);
        }
        if self.chance(50) {
            network = network.with("overhead", text(self.pick(&["40 B", "1 kB"])));
        }
        if self.lossy && self.chance(50) {
            network = network.with("loss", one("* <-> *", text(self.pick(&["1 %", "10 %", "50 %"]))));
        }
        network
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

    /// The tables `[call.*]`. A balancer's hops have one table together: it wants the same policy for all its targets.
    fn edges(&mut self, clients: &[&str]) -> Vec<(String, Tree)> {
        let mut tables = Vec::new();
        let mut patterns = Vec::new();
        let components: Vec<(&str, &str)> =
            self.components.iter().map(|component| (component.name, component.kind)).collect();
        for (index, (name, kind)) in components.iter().enumerate() {
            if matches!(*kind, "balancer" | "rate_limiter") {
                patterns.push(format!("{name} -> *"));
                continue;
            }
            patterns.extend(components[index + 1..].iter().map(|(callee, _)| format!("{name} -> {callee}")));
        }
        for client in clients {
            patterns.extend(components.iter().map(|(callee, _)| format!("{client} -> {callee}")));
        }
        for pattern in patterns {
            if self.chance(35) {
                let (table, attempts) = self.edge(false);
                tables.push((pattern.clone(), table));
                self.attempts.push((pattern, attempts));
            }
        }
        if self.lossy && self.chance(50) {
            // Only clients time out: whatever waits for a lost message behind them must go when they give up.
            let edges =
                clients.iter().flat_map(|client| components.iter().map(move |(callee, _)| (client, callee)));
            for (client, callee) in edges {
                let pattern = format!("{client} -> {callee}");
                tables.retain(|(known, _)| *known != pattern);
                tables.push((pattern, self.edge(true).0));
            }
            // What an edge of a cdn fetches is nobody's who gives up.
            for (name, _) in components.iter().filter(|(_, kind)| *kind == "cdn") {
                tables.retain(|(known, _)| !known.starts_with(&format!("{name} -> ")));
                tables.push((format!("{name} -> *"), self.edge(true).0));
            }
            // Nobody gives up the work on a message.
            for (name, _) in components.iter().filter(|(_, kind)| *kind == "queue") {
                tables.push((format!("{} -> *", consumer_of(name)), self.edge(true).0));
            }
        } else if self.lossy {
            tables.push(("* -> *".to_owned(), self.edge(true).0));
        } else if self.chance(20) {
            tables.push(("default".to_owned(), self.edge(false).0));
        }
        // A dead message is moved until the other queue says that it has it: that must have the time to say so, whatever the
        // tables for everybody say.
        for (name, _) in components.iter().filter(|(_, kind)| *kind == "queue") {
            tables.retain(|(known, _)| !known.starts_with(&format!("{name} -> ")));
            tables.push((format!("{name} -> *"), one("timeout", text("2 s")).with("deadline", text("2 s"))));
        }
        tables
    }

    fn edge(&mut self, must_time_out: bool) -> (Tree, u64) {
        let mut edge = Tree::Table(Vec::new());
        let mut attempts = 1;
        if must_time_out || self.chance(70) {
            let timeout = self.time(&["1 ms", "4 ms", "10 ms", "50 ms"]);
            edge = edge.with("timeout", timeout);
        }
        if !must_time_out && self.chance(50) {
            attempts = self.between(1, 3);
            let mut retry = one("attempts", bare(attempts));
            if self.chance(70) {
                let law = self.pick(&["constant", "doubling", "decorrelated"]);
                let base = self.time(&["1 ms", "2 ms"]);
                let mut backoff = one(law, base);
                if self.chance(50) {
                    backoff = backoff.with("cap", text("3 ms"));
                }
                retry = retry
                    .with("backoff", backoff)
                    .with("jitter", text(self.pick(&["none", "full", "equal"])));
            }
            if self.chance(30) {
                let words = [self.pick(&FAILURES), self.pick(&FAILURES)].map(text);
                retry = retry.with("on", Tree::List(words.to_vec()));
            }
            if self.chance(40) {
                let detailed =
                    one("ratio", text("20 %")).with("burst", bare(2)).with("per_second", bare(0.5));
                retry = retry.with("budget", if self.chance(50) { text("10 %") } else { detailed });
            }
            edge = edge.with("retry", retry);
        }
        if self.chance(25) {
            let copies = self.between(2, 3);
            attempts *= copies;
            let after = if self.chance(30) {
                text("0 s")
            } else if self.chance(30) {
                text(self.pick(&["p50", "p95"]))
            } else {
                self.time(&["1 ms", "3 ms"])
            };
            edge = edge.with("hedge", one("after", after).with("copies", bare(copies)));
        }
        // Calls that hold connections while they wait for others may wait for ever, unless they time out.
        if edge.get("timeout").is_some() && self.chance(25) {
            let mut pool = one("size", bare(self.between(1, 3)));
            if self.chance(60) {
                pool = pool.with("queue", bare(self.between(0, 3)));
            }
            edge = edge.with("pool", pool);
        }
        if self.chance(15) {
            let mut batch = one("linger", text(self.pick(&["0 s", "1 ms", "3 ms"])));
            if self.chance(60) {
                batch = batch.with("count", bare(self.between(1, 4)));
            }
            if self.chance(30) {
                batch = batch.with("bytes", text("2 kB"));
            }
            edge = edge.with("batch", batch);
        }
        if self.chance(20) {
            let (there, back) = (self.time(&["0 s", "2 ms"]), self.time(&["1 ms", "4 ms"]));
            edge = edge.with("latency", one("there", there).with("back", back));
        }
        if self.chance(25) {
            edge = edge.with("deadline", text(self.pick(&["2 ms", "12 ms", "40 ms"])));
            if self.chance(60) {
                edge = edge.with("propagate", bare(true));
            }
        }
        if self.chance(40) {
            let cancel = if self.chance(50) { bare(true) } else { text("queued") };
            edge = edge.with("cancel", cancel);
        }
        (edge, attempts)
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

    fn component(&mut self, index: usize) {
        let sends_on = ["balancer", "dns"].contains(&self.components[index].kind);
        if sends_on && self.components[index + 1..].iter().all(|other| other.kind == "dns") {
            self.components[index].kind = "id_generator";
        }
        let kind = self.components[index].kind;
        let mut table = Tree::Table(Vec::new());
        let instances = if kind == "database" { 1 } else { self.between(1, 3) };
        if instances > 1 {
            table = table.with("instances", bare(instances));
        }
        if !self.places.is_empty() && self.chance(60) {
            let places = [self.pick(&self.places.clone()), self.pick(&self.places.clone())];
            table = if self.chance(50) {
                table.with("place", text(places[0]))
            } else {
                table.with("places", Tree::List(places.map(text).to_vec()))
            };
        }
        if kind == "server" || self.chance(30) {
            table = self.station(table, matches!(kind, "balancer" | "rate_limiter"));
            if kind == "queue" {
                table.entries().retain(|(key, _)| key != "concurrency_limit");
            }
        }
        let work = ["0.5 ms", "1 ms", "3 ms"];
        let fixed = |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), 1.0)).collect();
        let operations = match kind {
            "cache" => {
                let capacity = text(self.pick(&["10 objects", "3 kB", "0 objects"]));
                let eviction = self.pick(Kind::ALL).name();
                table = table.with("capacity", capacity).with("eviction", text(eviction));
                if self.chance(30) {
                    table = table.with("ttl", text("20 ms"));
                }
                if self.chance(40) {
                    table = table.with("spread", text("modulo"));
                }
                if self.chance(50) {
                    table = table.with("service", self.time(&work));
                }
                fixed(&["get", "put", "delete"])
            }
            "database" => {
                for operation in ["read", "write", "update"] {
                    if self.chance(60) {
                        table = table.with(operation, self.time(&work));
                    }
                }
                table = self.copies(table);
                fixed(&["read", "write", "update"])
            }
            "id_generator" => {
                if self.chance(60) {
                    table = table.with("service", self.time(&work));
                }
                fixed(&["next"])
            }
            "cdn" => {
                let (table, cost) = self.cdn(index, table);
                self.components[index].table = table;
                self.components[index].operations = [("get", cost), ("put", 1.0), ("purge", 1.0)]
                    .map(|(name, cost)| (name.to_owned(), cost))
                    .to_vec();
                return;
            }
            "dns" => return self.dns(index, table),
            "balancer" => return self.balancer(index, table),
            "rate_limiter" => return self.rate_limiter(index, table),
            "queue" => return self.queue(index, table),
            _ => return self.server(index, table),
        };
        self.components[index].table = table;
        self.components[index].operations = operations;
    }

    fn station(&mut self, mut table: Tree, may_be_unbounded: bool) -> Tree {
        let disciplines = [
            "fifo",
            "fifo",
            "lifo",
            "random",
            "priority",
            "priority_preemptive",
            "processor_sharing",
            "shortest_first",
            "adaptive_lifo",
            "fair",
        ];
        let discipline = self.pick(&disciplines);
        if !may_be_unbounded && discipline != "processor_sharing" && self.chance(15) {
            table = table.with("workers", text("unbounded"));
        } else {
            table = table.with("workers", bare(self.between(1, 4)));
        }
        if discipline != "fifo" {
            table = table.with("discipline", text(discipline));
        }
        if self.chance(25) {
            table = table.with("cores", bare(self.between(1, 2)));
        }
        let is_bounded = self.chance(30);
        if is_bounded {
            table = table.with("queue", bare(self.between(0, 4)));
        }
        let queues = table.get("workers").is_some_and(|workers| workers.inline() != "\"unbounded\"")
            && discipline != "processor_sharing";
        if queues && self.chance(35) {
            table = self.guard(table, discipline, is_bounded);
        }
        if self.chance(20) {
            table = table.with("concurrency_limit", self.concurrency_limit());
        }
        if self.chance(25) {
            table = table.with("boot", text(self.pick(&["0 s", "1 ms", "30 ms"])));
            if self.chance(50) {
                let factor = bare(self.pick(&[2, 10]));
                table = table.with("cold_start", one("factor", factor).with("for", text("20 ms")));
            }
        }
        if self.chance(25) {
            let patience = self.time(&["2 ms", "5 ms"]);
            table = table.with("patience", patience);
        }
        if self.chance(35) {
            table = table.with("blocking", bare(false));
        }
        table
    }

    /// How a station where requests wait protects its queue.
    fn guard(&mut self, mut table: Tree, discipline: &str, is_bounded: bool) -> Tree {
        if is_bounded && self.chance(70) {
            let overflow = match discipline {
                "fair" => self.pick(&["arrival", "oldest", "least_urgent", "longest_line"]),
                _ => self.pick(&["arrival", "oldest", "least_urgent"]),
            };
            table = table.with("overflow", text(overflow));
        }
        if discipline == "fair" && self.chance(50) {
            table = table.with("fair_by", text(self.pick(&["{user}", "{key}", "{operation}-{place}"])));
        }
        if discipline == "adaptive_lifo" && self.chance(50) {
            table = table.with("lifo_threshold", bare(self.between(0, 3)));
        }
        if self.chance(50) {
            table = table.with("drop", text(self.pick(&["expired", "infeasible"])));
        }
        for key in ["codel", "controlled_delay"] {
            if self.chance(40) {
                let target = one("target", text(self.pick(&["0.5 ms", "2 ms"])));
                table = table.with(key, target.with("interval", text(self.pick(&["2 ms", "10 ms"]))));
            }
        }
        table
    }

    fn concurrency_limit(&mut self) -> Tree {
        let max = self.between(2, 6);
        match self.below(3) {
            0 => bare(max),
            1 => {
                let aimd = one("min", bare(1)).with("max", bare(max)).with("timeout", text("3 ms"));
                one("aimd", aimd.with("decrease", text("50 %")))
            }
            _ => {
                let gradient = one("min", bare(1)).with("max", bare(max)).with("queue", bare(1));
                one("gradient", gradient.with("short", text("5 ms")))
            }
        }
    }

    /// Those whom somebody sends others to, and what that offers.
    fn targets(&mut self, index: usize) -> (Vec<Tree>, Vec<(String, f64)>) {
        // Who only knows where others are takes no calls.
        let takes_calls = |index: &usize| self.components[*index].kind != "dns";
        let mut targets: Vec<usize> = (index + 1..self.components.len()).filter(takes_calls).collect();
        while targets.len() > 1 && self.chance(50) {
            targets.remove(self.below(targets.len()));
        }
        let mut operations: Vec<(String, f64)> = Vec::new();
        let attempts = self.attempts_of(index, targets[0]);
        for target in &targets {
            for (name, cost) in &self.components[*target].operations {
                let cost = 1.0 + cost * attempts as f64;
                match operations.iter_mut().find(|(known, _)| known == name) {
                    Some((_, known)) => *known = known.max(cost),
                    None => operations.push((name.clone(), cost)),
                }
            }
        }
        for target in &targets {
            // Who picks among the copies and shards of a database would send writes to replicas.
            let unlike =
                ["shards", "replicas", "replication", "reads", "failover", "read_your_writes", "shield"];
            self.components[*target].table.entries().retain(|(key, _)| !unlike.contains(&key.as_str()));
        }
        (targets.iter().map(|target| text(self.components[*target].name)).collect(), operations)
    }

    /// The table of a component that forwards, with its targets, and what they offer.
    fn forwarding(&mut self, index: usize, table: Tree) -> (Tree, Vec<(String, f64)>) {
        let (names, operations) = self.targets(index);
        (table.with("targets", Tree::List(names)), operations)
    }

    fn balancer(&mut self, index: usize, table: Tree) {
        let (mut table, operations) = self.forwarding(index, table);
        let policy = self.pick(&["round_robin", "random", "least_outstanding", "power_of_d", "hash_ring"]);
        table = table.with("policy", text(policy));
        if self.chance(20) {
            let service = self.time(&["0.1 ms", "1 ms"]);
            table = table.with("service", service);
        }
        if self.chance(30) {
            let mut health = one("every", text(self.pick(&["5 ms", "20 ms"])));
            if self.chance(50) {
                health = health.with("through", text(self.pick(&["queue", "past"])));
            }
            table = table.with("health", health);
        }
        if self.chance(30) {
            let eject = one("failures", bare(self.between(1, 3)));
            table = table.with("eject", eject.with("for", text("20 ms")));
        }
        if policy != "hash_ring" && self.chance(30) {
            table = table.with("slow_start", one("for", text(self.pick(&["10 ms", "1 s"]))));
        }
        self.components[index].table = table;
        self.components[index].operations = operations;
    }

    fn rate_limiter(&mut self, index: usize, table: Tree) {
        let (mut table, mut operations) = self.forwarding(index, table);
        let is_store = |store: &Component| matches!(store.kind, "cache" | "database");
        let stores: Vec<&str> =
            self.components[index + 1..].iter().filter(|one| is_store(one)).map(|one| one.name).collect();
        let store = (!stores.is_empty() && self.chance(60)).then(|| self.pick(&stores));
        let buckets = ["token_bucket", "leaky_bucket"];
        let windows = ["fixed_window", "sliding_log", "sliding_counter"];
        let algorithm = if self.chance(50) { self.pick(&buckets) } else { self.pick(&windows) };
        let limit = self.between(1, 20);
        table = table
            .with("algorithm", text(algorithm))
            .with("limit", bare(limit))
            .with("window", text(self.pick(&["10 ms", "100 ms", "1 s"])));
        if buckets.contains(&algorithm) && self.chance(50) {
            table = table.with("burst", bare(self.between(1, 5)));
        }
        if algorithm == "sliding_log" && self.chance(30) {
            table = table.with("keep_rejected", bare(true));
        }
        if self.chance(70) {
            table =
                table.with("by", text(self.pick(&["{user}", "{key}", "{operation}", "{caller}", "{place}"])));
        }
        if self.chance(20) {
            table = table.with("soft", text("20 %"));
        }
        if let Some(store) = store {
            let atomicity = self.pick(&["atomic", "locked", "none"]);
            table = table.with("store", text(store)).with("atomicity", text(atomicity));
            if atomicity == "locked" {
                table = table.with("lock", one("retry", text("40 ms")).with("ttl", text("100 ms")));
            }
            table = table.with("on_store_failure", text(self.pick(&["allow", "deny"])));
        } else if self.chance(30) {
            table = table.with("sync", text(self.pick(&["5 ms", "20 ms"])));
        }
        // What is dropped is lost, and its caller must have a timeout.
        if self.lossy && self.chance(30) {
            table = table.with("deny", text("drop"));
        } else if store.is_none() && algorithm != "leaky_bucket" && self.chance(30) {
            table = table.with("deny", text("queue")).with("longest_wait", text("20 ms"));
        }
        if self.chance(20) {
            let service = self.time(&["0.1 ms", "1 ms"]);
            table = table.with("service", service);
        }
        // A store is called up to four times.
        operations.iter_mut().for_each(|(_, cost)| *cost += 4.0);
        operations.push(("check".to_owned(), 5.0));
        self.components[index].table = table;
        self.components[index].operations = operations;
    }

    fn dns(&mut self, index: usize, mut table: Tree) {
        let (names, mut operations) = self.targets(index);
        // It is named for its operations, and asked for more than it names.
        operations.push(("resolve".to_owned(), 1.0));
        operations.iter_mut().for_each(|(_, cost)| *cost += 1.0);
        table = table.with("targets", Tree::List(names));
        if self.chance(70) {
            table = table
                .with("policy", text(self.pick(&["nearest", "round_robin", "weighted", "failover"])))
                .with("cached", text(self.pick(&["user", "place", "none"])))
                .with("ttl", text(self.pick(&["0 s", "10 ms", "1 s"])));
        }
        if self.chance(40) {
            table = table.with("resolution", text("2 ms")).with("missing", text("20 %"));
        }
        if self.chance(40) {
            let service = self.time(&["0.1 ms", "1 ms"]);
            table = table.with("service", service);
        }
        if self.chance(40) {
            table =
                table.with("health", one("every", text("20 ms")).with("failures", bare(self.between(1, 2))));
        }
        self.components[index].table = table;
        self.components[index].operations = operations;
    }

    /// A cdn, with or without an origin behind it; what a get costs.
    fn cdn(&mut self, index: usize, mut table: Tree) -> (Tree, f64) {
        if table.get("instances").is_none() {
            table = table.with("instances", bare(self.between(1, 3)));
        }
        table = table
            .with("capacity", text(self.pick(&["10 objects", "3 kB", "0 objects"])))
            .with("eviction", text(self.pick(Kind::ALL).name()));
        if self.chance(40) {
            let delay = self.time(&["0 s", "3 ms"]);
            table = table.with("purge_delay", delay).with("detect", text("20 ms"));
        }
        let expires = self.chance(60);
        if expires {
            table = table.with("ttl", text("20 ms"));
        }
        if index + 1 == self.components.len() || self.chance(20) {
            return (table, 1.0);
        }
        let origin = index + 1 + self.below(self.components.len() - index - 1);
        let operations = self.components[origin].operations.clone();
        let (operation, cost) = operations[self.below(operations.len())].clone();
        let cost = 1.0 + (1.0 + cost) * 2.0 * self.attempts_of(index, origin) as f64;
        table = table.with("origin", text(format!("{}.{operation}", self.components[origin].name)));
        if !self.places.is_empty() && self.chance(50) {
            table = table.with("shield", text(self.pick(&self.places.clone())));
        }
        if expires && self.chance(40) {
            table = table.with("stale_if_error", text("30 ms"));
        }
        if self.chance(30) {
            table = table.with("admit_after", bare(2)).with("single_flight", bare(false));
        }
        (table, cost)
    }

    /// Replicas and shards of a database, or none.
    fn copies(&mut self, mut table: Tree) -> Tree {
        if self.chance(30) {
            table = table.with("shards", bare(self.between(1, 2)));
        }
        if self.chance(50) {
            return table;
        }
        let replication = self.pick(&["asynchronous", "semi_synchronous", "synchronous"]);
        let reads = self.pick(&["primary", "replica", "nearest"]);
        table = table
            .with("replicas", bare(self.between(1, 2)))
            .with("replication", text(replication))
            .with("reads", text(reads));
        if self.chance(70) {
            let mut failover = one("detect", text(self.pick(&["5 ms", "30 ms", "100 ms", "300 ms"])));
            failover = failover.with("promote", text(self.pick(&["0 s", "2 ms", "10 ms"])));
            if self.chance(40) {
                failover = failover.with("quorum", bare(true));
            }
            table = table.with("failover", failover);
        }
        if self.chance(30) { table.with("read_your_writes", bare(true)) } else { table }
    }

    fn queue(&mut self, index: usize, mut table: Tree) {
        let attempts = self.between(1, 3);
        let visibility = text(self.pick(&["2 ms", "30 ms", "200 ms"]));
        table = table.with("attempts", bare(attempts)).with("visibility", visibility);
        if self.chance(40) {
            table = table.with("order", text("priority"));
        }
        if self.chance(40) {
            table = table.with("per_key", bare(true));
            if self.chance(50) {
                table = table.with("interval", text(self.pick(&["1 ms", "20 ms"])));
            }
        }
        if self.chance(20) {
            table = table.with("capacity", bare(self.between(1, 20)));
        }
        if self.chance(30) {
            table = table.with("delay", text("3 ms"));
        }
        if self.chance(30) {
            table = table.with("retry", one("doubling", text("2 ms")).with("cap", text("5 ms")));
        }
        if self.chance(30) {
            table = table.with("durable", bare(false));
        }
        if self.chance(30) {
            table = table.with("spread", text(self.pick(&["key", "round_robin"])));
        }
        if self.chance(30) {
            table = table.with("service", self.time(&["0.2 ms", "1 ms"]));
        }
        let others: Vec<&'static str> = self.components[index + 1..]
            .iter()
            .filter(|other| other.kind == "queue")
            .map(|other| other.name)
            .collect();
        if !others.is_empty() && self.chance(50) {
            table = table.with("dead_letter", text(self.pick(&others)));
        }
        self.components[index].table = table;
        let mut budget = CALLS_MAX / 4.0;
        self.acts_alone = true;
        let each = self.steps(Some(index), &mut budget, 0);
        self.acts_alone = false;
        let mut consumer = one("source", text(self.components[index].name)).with("each", each);
        let is_unbounded = self.chance(20);
        consumer =
            consumer.with("workers", if is_unbounded { text("unbounded") } else { bare(self.between(1, 3)) });
        if self.chance(50) {
            consumer = consumer.with("instances", bare(self.between(1, 3)));
        }
        if !self.places.is_empty() && self.chance(50) {
            let place = self.pick(&self.places.clone());
            consumer = consumer.with("place", text(place));
        }
        if self.chance(30) {
            consumer = consumer.with("ack", text("before"));
        }
        // As many fetches as are usual would fill a narrow link with polls, for ever.
        if is_unbounded || self.chance(30) {
            consumer = consumer.with("prefetch", bare(self.between(0, 4)));
        }
        if self.chance(60) {
            consumer = consumer.with("poll", text(self.pick(&["5 ms", "50 ms", "1 s"])));
        }
        self.consumers.push((index, consumer));
        let cost = 1.0 + attempts as f64 * (1.0 + CALLS_MAX / 4.0 - budget);
        let costs = [("put", cost), ("run", cost), ("drain", 1.0)];
        self.components[index].operations = costs.map(|(name, cost)| (name.to_owned(), cost)).to_vec();
    }

    fn server(&mut self, index: usize, table: Tree) {
        // What its handlers may do depends on its station.
        self.components[index].table = table;
        let mut handlers = Tree::Table(Vec::new());
        let mut operations = Vec::new();
        for name in &SERVED[..1 + self.below(3)] {
            let mut budget = CALLS_MAX;
            let steps = self.steps(Some(index), &mut budget, 0);
            handlers = handlers.with(name, steps);
            operations.push(((*name).to_owned(), 1.0 + CALLS_MAX - budget));
        }
        self.components[index].table.entries().push(("on".to_owned(), handlers));
        self.components[index].operations = operations;
    }

    fn attempts_of(&self, caller: usize, callee: usize) -> u64 {
        let (caller, callee) = (self.components[caller].name, self.components[callee].name);
        let fits =
            |pattern: &str| pattern == format!("{caller} -> {callee}") || pattern == format!("{caller} -> *");
        self.attempts.iter().find(|(pattern, _)| fits(pattern)).map_or(1, |(_, attempts)| *attempts)
    }

    /// The steps of a handler, or of a session if there is no server that runs them.
    fn steps(&mut self, server: Option<usize>, budget: &mut f64, nesting: u32) -> Tree {
        let count = 1 + self.below(if nesting == 0 { 4 } else { 2 });
        Tree::List((0..count).map(|_| self.step(server, budget, nesting)).collect())
    }

    fn step(&mut self, server: Option<usize>, budget: &mut f64, nesting: u32) -> Tree {
        if self.chance(10) {
            return self.mark();
        }
        let verb = if nesting > 2 { self.below(6) } else { self.below(14) };
        match verb {
            0 => match server {
                Some(_) => self.work(),
                None => one("wait", text("2 ms")),
            },
            1 => {
                let wait = self.time(&["0 s", "1 ms", "3 ms"]);
                one("wait", wait)
            }
            2..=4 => self.call(server, budget, nesting),
            5 => self.end(server.is_some()),
            6 => self.send(server, budget),
            7 | 8 => self.fork(server, budget, nesting),
            9 | 10 => self.repeat(server, budget, nesting),
            11 | 12 => self.choose(server, budget, nesting),
            _ => self.call(server, budget, nesting),
        }
    }

    fn mark(&mut self) -> Tree {
        let mark = one("mark", text(self.pick(&["seen", "stored"])));
        if self.chance(40) {
            let per = self.pick(&["{key}", "{turn}", "{user}-{operation}"]);
            return mark.with("per", text(per));
        }
        mark
    }

    fn work(&mut self) -> Tree {
        if self.chance(10) {
            return one("work", text("= 1 ms + 0.2 ms * concurrency + 0.1 ms * turn"));
        }
        let time = self.time(&["0 s", "0.5 ms", "1 ms", "2 ms", "5 ms"]);
        one("work", time)
    }

    fn end(&mut self, answers: bool) -> Tree {
        let word = self.pick(&["ok", "gone", "broken"]);
        match self.below(10) {
            0..4 if answers && !self.acts_alone => one("answer", text(word)),
            0..7 => one("return", text(word)),
            _ => one("fail", text(self.pick(&["broken", "error", "rejected"]))),
        }
    }

    /// A component and an operation that the budget allows, and what the call would cost.
    fn target(&mut self, server: Option<usize>, budget: f64) -> Option<(usize, String, f64)> {
        let first = server.map_or(0, |server| server + 1);
        if first == self.components.len() {
            return None;
        }
        let callee = first + self.below(self.components.len() - first);
        let operations = self.components[callee].operations.clone();
        let (operation, cost) = operations[self.below(operations.len())].clone();
        let attempts = server.map_or(3, |server| self.attempts_of(server, callee));
        let cost = 1.0 + cost * attempts as f64;
        (cost <= budget).then_some((callee, operation, cost))
    }

    fn call(&mut self, server: Option<usize>, budget: &mut f64, nesting: u32) -> Tree {
        let Some((callee, operation, cost)) = self.target(server, *budget) else {
            return one("wait", text("1 ms"));
        };
        *budget -= cost;
        let call = one("call", text(format!("{}.{operation}", self.components[callee].name)));
        let mut call = self.carried(call);
        let is_written = SERVED.contains(&operation.as_str());
        let mut outcomes: Vec<&str> = match operation.as_str() {
            // What fetches ends as its origin does.
            "get" if self.components.iter().any(|one| one.kind == "cdn") => vec!["error"],
            "get" => vec!["miss", "error"],
            "read" => vec!["missing", "error"],
            "put" if self.components[callee].kind == "queue" => vec!["full", "error"],
            "run" => vec!["full", "dead", "error"],
            "drain" => vec!["empty", "error"],
            _ => vec!["error"],
        };
        outcomes.extend(FAILURES.iter().filter(|word| **word != "error"));
        if is_written {
            outcomes.extend(OWN_WORDS);
        }
        for outcome in outcomes {
            if self.chance(15) && nesting < 3 {
                let steps = self.steps(server, budget, nesting + 1);
                call = call.with(&format!("on_{outcome}"), steps);
            }
        }
        call
    }

    fn carried(&mut self, mut call: Tree) -> Tree {
        if self.chance(20) {
            call = call.with(
                "key",
                text(self.pick(&["{user}", "{id}", "item-{key}-{turn}", "at-{operation}-{place}", "all"])),
            );
        }
        if self.chance(10) {
            call = call.with("user", text("{key}"));
        }
        if self.chance(15) {
            call = call.with("size", text(self.pick(&["0 B", "500 B", "= 2 * size + 100 B"])));
        }
        if self.chance(20) {
            call = call.with("priority", bare(self.between(0, 3)));
        }
        call
    }

    fn send(&mut self, server: Option<usize>, budget: &mut f64) -> Tree {
        let Some((callee, operation, cost)) = self.target(server, *budget) else {
            return one("wait", text("0 s"));
        };
        *budget -= cost;
        let send = one("send", text(format!("{}.{operation}", self.components[callee].name)));
        let send = self.carried(send);
        if self.chance(40) {
            let after = self.time(&["1 ms", "7 ms"]);
            return send.with("after", after);
        }
        send
    }

    fn fork(&mut self, server: Option<usize>, budget: &mut f64, nesting: u32) -> Tree {
        let count = 1 + self.below(3);
        let branches = (0..count).map(|_| self.steps(server, budget, nesting + 1)).collect();
        let is_any = self.chance(50);
        let mut fork = one(if is_any { "any" } else { "all" }, Tree::List(branches));
        if !is_any && self.chance(40) {
            fork = fork.with("need", bare(1 + self.below(count)));
        }
        if self.chance(50) {
            fork = fork.with("cancel", bare(true));
        }
        fork
    }

    fn repeat(&mut self, server: Option<usize>, budget: &mut f64, nesting: u32) -> Tree {
        let mut inside = *budget / 3.0;
        let before = inside;
        let body = self.steps(server, &mut inside, nesting + 1);
        *budget -= 3.0 * (before - inside);
        let turns = match self.below(4) {
            0 => one("geometric", bare(2)),
            1 => text("= 1 + turn"),
            _ => bare(self.below(4)),
        };
        let repeat = match self.chance(40) {
            true => self.for_each(body),
            false => one("repeat", turns).with("do", body),
        };
        if self.chance(50) {
            let parallel = if self.chance(20) { text("unbounded") } else { bare(self.between(1, 3)) };
            return repeat.with("parallel", parallel);
        }
        repeat
    }

    /// A loop through at most three neighbours in a small graph.
    fn for_each(&mut self, body: Tree) -> Tree {
        self.has_graph = true;
        let Tree::List(mut steps) = body else { panic!("a body is a list") };
        steps.insert(0, one("wait", text("= each * 0.1 ms + circle.in(each) * 0.1 ms")));
        let (list, of) = (self.pick(&["circle.out", "circle.in"]), self.pick(&["{key}", "{turn}", "{user}"]));
        let mut step = one("for_each", text(list)).with("of", text(of)).with("do", Tree::List(steps));
        if self.chance(30) {
            step = step.with("where", text(self.pick(&["each > 10", "circle.out(each) < 3 or turn > 0"])));
        }
        if self.chance(30) {
            step = step.with("limit", bare(self.below(3)));
        }
        step
    }

    fn choose(&mut self, server: Option<usize>, budget: &mut f64, nesting: u32) -> Tree {
        let usual = self.steps(server, budget, nesting + 1);
        let turned = if nesting == 0 && !self.repeats_calls && self.chance(50) {
            self.turn_back(server)
        } else {
            None
        };
        let branch = if turned.is_some() {
            one("share", text("80 %"))
        } else if self.chance(50) {
            let conditions = [
                "concurrency > 2",
                "turn == 1",
                "attempt > 1",
                "queue > 1",
                "size > 1 kB",
                "version > 0",
                "user < 5",
            ];
            one("when", text(self.pick(&conditions)))
        } else {
            one("share", text(self.pick(&["90 %", "10 %", "60 %"])))
        };
        let rest = match turned {
            Some(turned) => Tree::List(vec![turned]),
            None => self.steps(server, budget, nesting + 1),
        };
        one("choose", Tree::List(vec![branch.with("do", usual), one("do", rest)]))
    }

    /// A call to the handler's own component: one turn in five, and in no loop, so that it ends. A worker that waits for itself would
    /// wait for ever, so the station must not hold workers.
    fn turn_back(&mut self, server: Option<usize>) -> Option<Tree> {
        let callee = &self.components[server.filter(|_| !self.acts_alone)?];
        let says =
            |key: &str, value: &str| matches!(callee.table.get(key), Some(Tree::Leaf(leaf)) if leaf == value);
        let holds_workers = !(says("workers", "\"unbounded\"")
            || says("blocking", "false")
            || says("discipline", "\"processor_sharing\""));
        (!holds_workers).then(|| {
            one("call", text(format!("{}.go", callee.name)))
                .with("on_too_deep", Tree::List(vec![one("wait", text("1 ms"))]))
        })
    }

    fn client(&mut self, name: &str) -> Tree {
        let arrivals = match self.below(6) {
            0 => one("poisson", text("150 /s")),
            1 => one("even", text(self.pick(&["100 /s", "500 /s"]))),
            2 => {
                let burst = |at: &str, count| one("at", text(at)).with("count", bare(count));
                one(
                    "batches",
                    Tree::List(vec![burst("20 ms", 20), burst("100 ms", 5).with("every", text("40 ms"))]),
                )
            }
            3 => {
                let rates = Tree::List(vec![text("20 /s"), text("800 /s")]);
                one(
                    "bursty",
                    one("rates", rates).with("stay", Tree::List(vec![text("50 ms"), text("20 ms")])),
                )
            }
            4 => one("batch", one("rate", text("30 /s")).with("size", one("geometric", bare(4)))),
            _ => {
                let think = self.time(&["5 ms", "20 ms"]);
                one("users", bare(self.between(1, 5))).with("think", think)
            }
        };
        let mut client = one("arrivals", arrivals);
        client = match self.below(3) {
            0 => {
                let target = self.asked();
                client.with("request", text(target))
            }
            1 => {
                let mut mix: Vec<(String, Tree)> = Vec::new();
                for _ in 0..3 {
                    let target = self.asked();
                    if mix.iter().all(|(known, _)| *known != target) {
                        mix.push((target, bare(self.between(1, 9))));
                    }
                }
                client.with("mix", Tree::Table(mix))
            }
            _ => {
                let mut budget = CALLS_MAX * 3.0;
                client.with("session", self.steps(None, &mut budget, 0))
            }
        };
        client = client.with("keys", self.keys());
        if self.chance(30) {
            client = client.with("users", one("count", bare(10)));
        }
        if self.chance(40) {
            let size = if self.chance(50) { text("1 kB") } else { one("exponential", text("2 kB")) };
            client = client.with("sizes", size);
        }
        if self.chance(50) {
            client = client.with("priority", bare(self.between(0, 3)));
        }
        if !self.places.is_empty() && self.chance(50) {
            let place = self.pick(&self.places.clone());
            client = client.with("place", text(place));
        }
        debug_assert!(!name.is_empty());
        client
    }

    fn asked(&mut self) -> String {
        let callee = if self.chance(60) { 0 } else { self.below(self.components.len()) };
        let operations = self.components[callee].operations.clone();
        let operation = self.below(operations.len());
        format!("{}.{}", self.components[callee].name, operations[operation].0)
    }

    fn keys(&mut self) -> Tree {
        match self.below(4) {
            0 => text("new"),
            1 => one("count", bare(50)).with("zipf", bare(1.0)),
            2 => one("count", bare(100)).with("hot", one("share", text("80 %")).with("keys", bare(5))),
            _ => one("count", bare(20)),
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
