//! How a component takes in its requests: workers, queues, and what guards them.

use super::Generator;
use crate::tree::{Tree, bare, one, text};

impl Generator {
    pub(super) fn station(&mut self, mut table: Tree, may_be_unbounded: bool) -> Tree {
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
        if queues && self.chance(25) {
            let patience = self.time(&["2 ms", "5 ms"]);
            table = table.with("patience", patience);
        }
        if self.chance(35) {
            table = table.with("blocking", bare(false));
        }
        table
    }

    /// How a station where requests wait protects its queue.
    pub(super) fn guard(&mut self, mut table: Tree, discipline: &str, is_bounded: bool) -> Tree {
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

    pub(super) fn concurrency_limit(&mut self) -> Tree {
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
}
