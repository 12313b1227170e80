//! What lies between the components: places, links, and the policies of calls.

use super::{FAILURES, Generator, consumer_of};
use crate::tree::{Tree, bare, one, text};

impl Generator {
    pub(super) fn network(&mut self) -> Tree {
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

    /// The tables `[call.*]`. A balancer's hops have one table together: it wants the same policy for all its targets.
    pub(super) fn edges(&mut self, clients: &[&str]) -> Vec<(String, Tree)> {
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

    pub(super) fn edge(&mut self, must_time_out: bool) -> (Tree, u64) {
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
}
