//! Makes some instances of a random scenario stand still, or die, on their own.

use crate::tree::{Tree, one, text};
use rand::Rng;
use windtunnel::kernel::random::{Stream, below, stream};

/// The kinds whose stations may be frail.
const KINDS: [&str; 10] = [
    "server",
    "cache",
    "database",
    "balancer",
    "id_generator",
    "rate_limiter",
    "dns",
    "cdn",
    "queue",
    "consumer",
];

/// Gives some components a heap, breakdowns, limits of memory, or several of them. The draws are its own, so that the rest of the scenario of a seed is what
/// it is without.
pub(crate) fn add_frailty(root: &mut Tree, seed: u64) {
    let mut draws = Draws { random: stream(seed, "frailty of random topologies") };
    for kind in KINDS {
        if root.get(kind).is_none() {
            continue;
        }
        for (_, table) in root.child(kind).entries() {
            // Those who wait for messages take memory as long as they wait, and polls make garbage: they might keep out for ever
            // whoever brings or fetches one.
            let may_be_full = kind != "queue";
            if may_be_full && draws.chance(20) {
                let heap = draws.heap();
                table.entries().push(("heap".to_owned(), heap));
            }
            if draws.chance(20) {
                let shares =
                    table.get("discipline").is_some_and(|word| word.inline() == "\"processor_sharing\"");
                let breakdown = draws.breakdown();
                let breakdown = if shares { breakdown } else { draws.interrupted(breakdown) };
                table.entries().push(("breakdown".to_owned(), breakdown));
            }
            // Nobody calls a consumer.
            if may_be_full && kind != "consumer" && draws.chance(20) {
                let memory = draws.memory();
                table.entries().push(("memory".to_owned(), memory));
            }
        }
    }
}

struct Draws {
    random: Stream,
}

impl Draws {
    fn chance(&mut self, percent: u64) -> bool {
        below(self.random.next_u64(), 100) < percent
    }

    fn pick(&mut self, words: &[&'static str]) -> Tree {
        text(words[below(self.random.next_u64(), words.len() as u64) as usize])
    }

    /// One that is never, seldom, or always full of what lives.
    fn heap(&mut self) -> Tree {
        let per_request = self.pick(&["10 kB", "200 kB", "1 MB"]);
        let live = if per_request.inline().contains("1 MB") {
            text("0 B")
        } else {
            self.pick(&["0 B", "0.3 MB", "0.8 MB"])
        };
        let heap = one("size", text("1 MB")).with("per_request", per_request).with("live", live);
        match self.chance(60) {
            true => {
                let pause = self.pick(&["1 ns", "1 ms", "5 ms"]);
                let pause = if self.chance(40) { one("exponential", pause) } else { pause };
                heap.with("pause", pause)
            }
            false => heap.with("speed", self.pick(&["100 MB/s", "10 GB/s"])),
        }
    }

    fn memory(&mut self) -> Tree {
        let limit = one("limit", self.pick(&["2 MB", "4 MB", "9 MB"])).with("base", text("1 MB"));
        limit.with("per_request", text("1 MB")).with("full", self.pick(&["dies", "rejects"]))
    }

    fn breakdown(&mut self) -> Tree {
        // Work that restarts and is never done before the next breakdown would go on for ever.
        let up = one("exponential", self.pick(&["5 ms", "30 ms"]));
        let repair = self.pick(&["1 ms", "4 ms", "100 ms"]);
        let repair = if self.chance(40) { one("exponential", repair) } else { repair };
        one("mttf", up).with("mttr", repair)
    }

    fn interrupted(&mut self, breakdown: Tree) -> Tree {
        let breakdown = breakdown.with("work", self.pick(&["resumes", "restarts", "lost"]));
        breakdown.with("when", self.pick(&["any", "working"]))
    }
}
