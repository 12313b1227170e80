//! Where the requests come from.

use super::{CALLS_MAX, Generator};
use crate::tree::{Tree, bare, one, text};

impl Generator {
    pub(super) fn client(&mut self, name: &str) -> Tree {
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

    pub(super) fn asked(&mut self) -> String {
        let callee = if self.chance(60) { 0 } else { self.below(self.components.len()) };
        let operations = self.components[callee].operations.clone();
        let operation = self.below(operations.len());
        format!("{}.{}", self.components[callee].name, operations[operation].0)
    }

    pub(super) fn keys(&mut self) -> Tree {
        match self.below(4) {
            0 => text("new"),
            1 => one("count", bare(50)).with("zipf", bare(1.0)),
            2 => one("count", bare(100)).with("hot", one("share", text("80 %")).with("keys", bare(5))),
            _ => one("count", bare(20)),
        }
    }
}
