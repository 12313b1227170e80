//! Writes random faults and campaigns: every condition, on random instances and links, so that several overlap.

use crate::tree::{Tree, bare, one, text};
use rand::Rng;
use windtunnel::kernel::random::{Stream, below};

/// Who can be befallen.
pub(crate) struct Population {
    /// Components, each with its kind, the number of its instances, and its places.
    pub(crate) components: Vec<(&'static str, &'static str, u64, Vec<String>)>,
    pub(crate) clients: Vec<&'static str>,
}

/// Whether messages may be lost.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Losses {
    May,
    MayNot,
}

/// Whether a fault or campaign can lose messages, so that who waits for an answer needs a timeout.
pub(crate) fn loses(fault: &Tree) -> bool {
    let says = |key: &str| matches!(fault.get(key), Some(Tree::Leaf(leaf)) if leaf == "true");
    let is_cut = fault.get("partition").is_some() || says("cut");
    says("silent") || fault.get("loss").is_some() || is_cut && !says("hold")
}

/// Adds the tables `[fault.*]` and `[campaign.*]`.
pub(crate) fn add_weather(root: &mut Tree, people: &Population, losses: Losses, random: &mut Stream) {
    let mut forecaster = Forecaster { people, losses, random };
    let names = ["autumn", "breeze", "cloud", "drizzle"];
    for name in &names[..1 + forecaster.below(names.len())] {
        let is_campaign = forecaster.chance(40);
        let fault = if is_campaign { forecaster.campaign() } else { forecaster.fault() };
        let kind = if is_campaign { "campaign" } else { "fault" };
        root.child(kind).entries().push(((*name).to_owned(), fault));
    }
}

struct Forecaster<'a> {
    people: &'a Population,
    losses: Losses,
    random: &'a mut Stream,
}

impl Forecaster<'_> {
    fn below(&mut self, n: usize) -> usize {
        below(self.random.next_u64(), n as u64) as usize
    }

    fn chance(&mut self, percent: u64) -> bool {
        below(self.random.next_u64(), 100) < percent
    }

    fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    fn fault(&mut self) -> Tree {
        let at = self.pick(&["0 s", "1 ms", "20 ms", "30 ms", "45.5 ms", "100 ms", "101 ms", "150 ms"]);
        let mut fault = one("at", text(at));
        if self.chance(85) {
            let length = self.pick(&["1 ns", "1 ms", "5 ms", "20 ms", "50 ms", "200 ms", "1 h"]);
            fault = fault.with("for", text(length));
        }
        if self.chance(15) { self.deploy(fault) } else { self.condition(fault) }
    }

    fn deploy(&mut self, fault: Tree) -> Tree {
        // Whoever is at a place would wait for the batches of others.
        let some: Vec<String> = (0..1 + self.below(2)).map(|_| self.selector_of_some()).collect();
        let many =
            self.people.components.iter().any(|one| one.2 > 1 && some.iter().any(|name| name == one.0));
        let mut fault = fault.with("deploy", Tree::List(some.into_iter().map(text).collect()));
        if self.chance(30) {
            fault = fault.with("strategy", text("all_at_once"));
        } else if self.chance(60) {
            let rolling =
                one("batch", bare(1 + self.below(3))).with("pause", text(self.pick(&["0 s", "4 ms"])));
            fault = fault.with("strategy", one("rolling", rolling));
        }
        if self.chance(60) {
            fault = fault.with("drain", text(self.pick(&["1 ms", "8 ms"])));
        }
        if many && self.chance(40) {
            let bound = if self.chance(50) { ("errors", text("10 %")) } else { ("latency", bare(2)) };
            let watch = one("watch", text(self.pick(&["0 s", "3 ms", "40 ms"])));
            fault = fault.with("canary", watch.with(bound.0, bound.1));
        }
        fault.with(
            "version",
            match self.below(4) {
                0 => one("slow", bare(self.pick(&["0.5", "3"]))),
                1 => one("errors", text(self.pick(&["20 %", "100 %"]))),
                2 => one("crash", bare(true)),
                _ => one("slow", bare(2)).with("errors", text("50 %")),
            },
        )
    }

    fn campaign(&mut self) -> Tree {
        let mut law = |means: &[&'static str]| {
            let mean = self.pick(means);
            if self.chance(50) { text(mean) } else { one("exponential", text(mean)) }
        };
        let mttf = law(&["5 ms", "20 ms", "100 ms"]);
        let mttr = law(&["1 ms", "5 ms", "20 ms", "50 ms"]);
        self.condition(one("mttf", mttf).with("mttr", mttr))
    }

    fn condition(&mut self, fault: Tree) -> Tree {
        let loses = self.losses == Losses::May;
        match self.below(12) {
            0..3 => {
                let mut fault = fault.with("crash", self.selectors());
                if loses && self.chance(50) {
                    fault = fault.with("silent", bare(true));
                }
                if self.chance(30) {
                    fault = fault.with("lose_disk", bare(true));
                }
                fault
            }
            3 | 4 => fault.with("pause", self.selectors()),
            5 => {
                let factor = self.pick(&["2", "3", "0.5", "1.7", "1000000"]);
                fault.with("slow", self.selectors()).with("factor", bare(factor))
            }
            6 => {
                let share = self.pick(&["10 %", "50 %", "100 %"]);
                fault.with("errors", self.selectors()).with("share", text(share))
            }
            7 => {
                let fault = fault.with("capacity", self.selectors());
                let limits = ["workers", "cores"].map(|key| (key, bare(1 + self.below(5))));
                let [workers, cores] = limits;
                match self.below(3) {
                    0 => fault.with(workers.0, workers.1),
                    1 => fault.with(cores.0, cores.1),
                    _ => fault.with(workers.0, workers.1).with(cores.0, cores.1),
                }
            }
            8 => {
                let change = self.pick(&["skew", "step"]);
                fault
                    .with("clock", self.selectors())
                    .with(change, text(self.pick(&["5 ms", "-5 ms", "-1 s"])))
            }
            9 => self.partition(fault),
            _ => self.link(fault),
        }
    }

    /// One to three selectors.
    fn selectors(&mut self) -> Tree {
        if self.chance(60) {
            return text(self.selector());
        }
        Tree::List((0..1 + self.below(3)).map(|_| text(self.selector())).collect())
    }

    fn selector(&mut self) -> String {
        if self.chance(15) {
            return self.place().map_or("place:*".to_owned(), |place| format!("place:{place}"));
        }
        let (name, kind, count, _) = &self.people.components[self.below(self.people.components.len())];
        let (kind, count) = (*kind, *count);
        match self.below(4) {
            0 if kind == "database" => format!("{name}.primary"),
            0 | 1 if count > 1 => format!("{name}[{}]", self.below(count as usize)),
            2 if count > 1 => {
                let low = self.below(count as usize);
                format!("{name}[{low}..{}]", low + self.below(count as usize - low))
            }
            _ => (*name).to_owned(),
        }
    }

    /// A place where a component stands, if there are places.
    fn place(&mut self) -> Option<String> {
        let places: Vec<&String> = self.people.components.iter().flat_map(|one| &one.3).collect();
        if places.is_empty() { None } else { Some(places[self.below(places.len())].clone()) }
    }

    fn partition(&mut self, fault: Tree) -> Tree {
        let names = self.people.components.iter().map(|one| one.0);
        let mut names: Vec<&str> = names.chain(self.people.clients.iter().copied()).collect();
        let count = 2 + self.below(2.min(names.len() - 1));
        let mut groups: Vec<Vec<Tree>> = vec![Vec::new(); count.min(names.len())];
        // Everybody else is in some group, or in none.
        for index in 0..names.len() {
            let name = names.remove(self.below(names.len()));
            if index < groups.len() {
                groups[index].push(text(name));
            } else if self.chance(60) {
                let group = self.below(groups.len());
                groups[group].push(text(name));
            }
        }
        let fault = fault.with("partition", Tree::List(groups.into_iter().map(Tree::List).collect()));
        let fault = if self.chance(40) { fault.with("one_way", bare(true)) } else { fault };
        if self.losses == Losses::MayNot || self.chance(40) { fault.with("hold", bare(true)) } else { fault }
    }

    fn link(&mut self, fault: Tree) -> Tree {
        let loses = self.losses == Losses::May;
        let effect = self.below(if loses { 5 } else { 3 });
        let mut end = || {
            // What everybody shares would be shared with a bystander, too.
            if effect != 2 && self.chance(20) {
                return if self.chance(50) { "*".to_owned() } else { "place:*".to_owned() };
            }
            if self.chance(25) { self.pick(&self.people.clients).to_owned() } else { self.selector_of_some() }
        };
        let (from, to) = (end(), end());
        let arrow = self.pick(&["->", "<->"]);
        let fault = fault.with("link", text(format!("{from} {arrow} {to}")));
        match effect {
            0 => {
                let latency = if self.chance(50) { text("5 ms") } else { one("exponential", text("3 ms")) };
                fault.with("latency", latency)
            }
            1 => fault.with("cut", bare(true)).with("hold", bare(true)),
            2 => fault.with("bandwidth", text(self.pick(&["100 kB/s", "1 MB/s"]))),
            3 => fault.with("cut", bare(true)),
            _ => fault.with("loss", text(self.pick(&["5 %", "50 %", "100 %"]))),
        }
    }

    /// Instances of one component.
    fn selector_of_some(&mut self) -> String {
        let (name, _, count, _) = &self.people.components[self.below(self.people.components.len())];
        let count = *count;
        if count > 1 && self.chance(50) {
            format!("{name}[{}]", self.below(count as usize))
        } else {
            (*name).to_owned()
        }
    }
}
