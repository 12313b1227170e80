//! The tables of the components, by kind.

use super::{CALLS_MAX, Component, Generator, SERVED};
use crate::tree::{Tree, bare, one, text};
use windtunnel::mechanism::eviction::Kind;

impl Generator {
    pub(super) fn component(&mut self, index: usize) {
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
                table = table.with("capacity", capacity).with("eviction", self.eviction());
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

    /// Those whom somebody sends others to, and what that offers.
    pub(super) fn targets(&mut self, index: usize) -> (Vec<Tree>, Vec<(String, f64)>) {
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
    pub(super) fn forwarding(&mut self, index: usize, table: Tree) -> (Tree, Vec<(String, f64)>) {
        let (names, operations) = self.targets(index);
        (table.with("targets", Tree::List(names)), operations)
    }

    pub(super) fn balancer(&mut self, index: usize, table: Tree) {
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

    pub(super) fn rate_limiter(&mut self, index: usize, table: Tree) {
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

    pub(super) fn dns(&mut self, index: usize, mut table: Tree) {
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

    /// A policy that needs to know nothing of the future.
    fn eviction(&mut self) -> Tree {
        let kinds: Vec<Kind> = Kind::online().collect();
        text(self.pick(&kinds).name())
    }

    /// A cdn, with or without an origin behind it; what a get costs.
    pub(super) fn cdn(&mut self, index: usize, mut table: Tree) -> (Tree, f64) {
        if table.get("instances").is_none() {
            table = table.with("instances", bare(self.between(1, 3)));
        }
        table = table
            .with("capacity", text(self.pick(&["10 objects", "3 kB", "0 objects"])))
            .with("eviction", self.eviction());
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
    pub(super) fn copies(&mut self, mut table: Tree) -> Tree {
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

    pub(super) fn queue(&mut self, index: usize, mut table: Tree) {
        let attempts = self.between(1, 3);
        let visibility = text(self.pick(&["2 ms", "30 ms", "200 ms"]));
        table = table.with("attempts", bare(attempts)).with("visibility", visibility);
        if self.chance(40) {
            table = table.with("order", text(self.pick(&["priority", "lifo"])));
        }
        if self.chance(40) {
            table = match self.chance(50) {
                true => table.with("per_key", bare(true)),
                false => table.with("lane", text(self.pick(&["{user}", "{key}-{user}", "one"]))),
            };
            for pace in ["interval", "rest"] {
                if self.chance(50) {
                    table = table.with(pace, text(self.pick(&["1 ms", "20 ms"])));
                }
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
        } else if self.chance(40) {
            table = table.with("checkpoint", text(self.pick(&["5 ms", "100 ms"])));
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

    pub(super) fn server(&mut self, index: usize, table: Tree) {
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
}
