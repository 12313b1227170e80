//! What handlers do.

use super::{FAILURES, Generator, OWN_WORDS, SERVED};
use crate::tree::{Tree, bare, one, text};

impl Generator {
    pub(super) fn attempts_of(&self, caller: usize, callee: usize) -> u64 {
        let (caller, callee) = (self.components[caller].name, self.components[callee].name);
        let fits =
            |pattern: &str| pattern == format!("{caller} -> {callee}") || pattern == format!("{caller} -> *");
        self.attempts.iter().find(|(pattern, _)| fits(pattern)).map_or(1, |(_, attempts)| *attempts)
    }

    /// The steps of a handler, or of a session if there is no server that runs them.
    pub(super) fn steps(&mut self, server: Option<usize>, budget: &mut f64, nesting: u32) -> Tree {
        let count = 1 + self.below(if nesting == 0 { 4 } else { 2 });
        Tree::List((0..count).map(|_| self.step(server, budget, nesting)).collect())
    }

    pub(super) fn step(&mut self, server: Option<usize>, budget: &mut f64, nesting: u32) -> Tree {
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

    pub(super) fn mark(&mut self) -> Tree {
        let mark = one("mark", text(self.pick(&["seen", "stored"])));
        if self.chance(40) {
            let per = self.pick(&["{key}", "{turn}", "{user}-{operation}"]);
            return mark.with("per", text(per));
        }
        mark
    }

    pub(super) fn work(&mut self) -> Tree {
        if self.chance(10) {
            return one("work", text("= 1 ms + 0.2 ms * concurrency + 0.1 ms * turn"));
        }
        let time = self.time(&["0 s", "0.5 ms", "1 ms", "2 ms", "5 ms"]);
        one("work", time)
    }

    pub(super) fn end(&mut self, answers: bool) -> Tree {
        let word = self.pick(&["ok", "gone", "broken"]);
        match self.below(10) {
            0..4 if answers && !self.acts_alone => one("answer", text(word)),
            0..7 => one("return", text(word)),
            _ => one("fail", text(self.pick(&["broken", "error", "rejected"]))),
        }
    }

    /// A component and an operation that the budget allows, and what the call would cost.
    pub(super) fn target(&mut self, server: Option<usize>, budget: f64) -> Option<(usize, String, f64)> {
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

    pub(super) fn call(&mut self, server: Option<usize>, budget: &mut f64, nesting: u32) -> Tree {
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

    pub(super) fn carried(&mut self, mut call: Tree) -> Tree {
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

    pub(super) fn send(&mut self, server: Option<usize>, budget: &mut f64) -> Tree {
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

    pub(super) fn fork(&mut self, server: Option<usize>, budget: &mut f64, nesting: u32) -> Tree {
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

    pub(super) fn repeat(&mut self, server: Option<usize>, budget: &mut f64, nesting: u32) -> Tree {
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
    pub(super) fn for_each(&mut self, body: Tree) -> Tree {
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

    pub(super) fn choose(&mut self, server: Option<usize>, budget: &mut f64, nesting: u32) -> Tree {
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
    pub(super) fn turn_back(&mut self, server: Option<usize>) -> Option<Tree> {
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
}
