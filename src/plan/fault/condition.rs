//! The conditions that a fault can bring: one list, from which reading, the reference and `list faults` come.

use super::super::choice::fraction;
use super::select::{Population, Reach};
use super::{Kind, deploy, links};
use crate::component::Key;
use crate::fault::{ClockChange, Condition, Disk, Notice, Selector};
use crate::scenario::{Entry, Node, Reader, Table};
use crate::station::UNBOUNDED;
use crate::units::Span;

/// A condition: its key takes whom it befalls.
#[derive(Clone, Copy, Debug)]
pub struct ConditionSpec {
    /// The key.
    pub name: &'static str,
    /// What it takes.
    pub takes: &'static str,
    /// What it does.
    pub doc: &'static str,
    /// The keys that go with it.
    pub keys: &'static [Key],
    pub(super) read: fn(&mut Terms<'_, '_>) -> Option<Condition>,
}

/// All conditions.
pub const CONDITIONS: [ConditionSpec; 9] = [
    ConditionSpec {
        name: "crash",
        takes: SELECTORS,
        doc: told!("down: what ran and waited there is lost; callers hear `reset`, new ones `refused`"),
        keys: &[
            Key {
                name: "silent",
                takes: "true | false",
                doc: told!("whether nobody is told, as when a host is lost; false by default"),
            },
            Key {
                name: "lose_disk",
                takes: "true | false",
                doc: told!("whether what was stored is lost; false by default"),
            },
        ],
        read: crash,
    },
    ConditionSpec {
        name: "pause",
        takes: SELECTORS,
        doc: told!("nothing moves; work resumes where it stood"),
        keys: &[],
        read: |terms| Some(Condition::Pause { targets: terms.targets()? }),
    },
    ConditionSpec {
        name: "slow",
        takes: SELECTORS,
        doc: told!(
            "work takes longer, also what remains of work that runs; the factors of several faults multiply"
        ),
        keys: &[Key {
            name: "factor",
            takes: "NUMBER",
            doc: told!("how many times longer, above 0; required"),
        }],
        read: slow,
    },
    ConditionSpec {
        name: "errors",
        takes: SELECTORS,
        doc: told!("some visits fail with `error` at the end of their service"),
        keys: &[Key { name: "share", takes: "SHARE", doc: told!("how many of them; required") }],
        read: errors,
    },
    ConditionSpec {
        name: "capacity",
        takes: SELECTORS,
        doc: told!("other limits than those of the table"),
        keys: &[
            Key {
                name: "workers",
                takes: "COUNT",
                doc: told!("workers per instance; one of the two is required"),
            },
            Key { name: "cores", takes: "COUNT", doc: told!("cores per instance") },
        ],
        read: capacity,
    },
    ConditionSpec {
        name: "clock",
        takes: SELECTORS,
        doc: told!("the instance's own clock is wrong; for kinds that read one"),
        keys: &[
            Key {
                name: "skew",
                takes: "TIME",
                doc: told!("how far it is ahead while the fault lasts; negative: behind"),
            },
            Key {
                name: "step",
                takes: "TIME",
                doc: told!(
                    "how far it jumps when the fault begins; negative: back. One of the two is required"
                ),
            },
        ],
        read: clock,
    },
    ConditionSpec {
        name: "partition",
        takes: "[[INSTANCES, ..], ..]",
        doc: told!("messages between different groups are lost; who is in no group reaches all"),
        keys: &[
            Key {
                name: "one_way",
                takes: "true | false",
                doc: told!(
                    "whether only messages from the first group to the others are lost; false by default"
                ),
            },
            Key {
                name: "hold",
                takes: "true | false",
                doc: told!("whether messages arrive at the end instead of being lost; false by default"),
            },
        ],
        read: links::partition,
    },
    ConditionSpec {
        name: "link",
        takes: "LINK | [LINK, ..]",
        doc: told!(
            "messages from A to B suffer, `<->` both ways; a side is a selector or a place, `*` any text in the name of a place"
        ),
        keys: &[
            Key { name: "cut", takes: "true", doc: told!("they are lost") },
            Key {
                name: "hold",
                takes: "true | false",
                doc: told!("with `cut`: they arrive at the end instead; false by default"),
            },
            Key {
                name: "latency",
                takes: "TIME",
                doc: told!("they take longer by this, each way drawn on its own"),
            },
            Key { name: "loss", takes: "SHARE", doc: told!("this share of them is lost") },
            Key {
                name: "bandwidth",
                takes: "BANDWIDTH",
                doc: told!(
                    "they share this bandwidth. One of `cut`, `latency`, `loss` and `bandwidth` is required"
                ),
            },
        ],
        read: links::link,
    },
    ConditionSpec {
        name: "deploy",
        takes: SELECTORS,
        doc: told!(
            "another version comes to them, some at a time: each takes no more calls, goes on with what it has, is stopped, boots \
              and serves again. When the fault ends they are given back what they ran before, in the same way"
        ),
        keys: &[
            Key {
                name: "strategy",
                takes: "\"all_at_once\" | { rolling = { batch? = COUNT, pause? = TIME } }",
                doc: told!(
                    "how many are replaced at a time, and how long those before have served by then; one, and at once, by default"
                ),
            },
            Key {
                name: "drain",
                takes: "TIME",
                doc: told!(
                    "for how long an instance goes on with what it has before it is stopped; who is left is reset. 0 s by default"
                ),
            },
            Key {
                name: "version",
                takes: "{ slow? = NUMBER, errors? = SHARE, crash? = true | false }",
                doc: told!(
                    "what is wrong with it: its work takes so many times as long, some of its visits fail, or it never comes up; \
                      nothing by default"
                ),
            },
            Key {
                name: "canary",
                takes: "{ instances? = COUNT, watch = TIME, errors? = SHARE, latency? = NUMBER }",
                doc: told!(
                    "so many (1) go first and are watched for a time. If by then more of their visits fail than of the others', by \
                      more than `errors`, or they take more than `latency` times as long, all is taken back; else the others follow"
                ),
            },
        ],
        read: deploy::deploy,
    },
];

/// Whom a condition befalls.
const SELECTORS: &str = "INSTANCES | [INSTANCES, ..]";

/// More would only make the arithmetic overflow.
pub(in crate::plan) const FACTOR_MAX: f64 = 1e9;

/// A table whose condition is being read.
pub(super) struct Terms<'a, 'b> {
    pub(super) reader: &'a mut Reader<'b>,
    pub(super) population: &'a Population<'a>,
    /// Whether it comes once, or again and again.
    pub(super) kind: Kind,
    pub(super) table: &'a Table,
    /// How messages name the table: `[fault.lost]`.
    pub(super) context: &'a str,
    /// The key of the condition.
    pub(super) word: &'static str,
    /// What stands behind it.
    pub(super) node: &'a Node,
}

impl<'a> Terms<'a, '_> {
    pub(super) fn get(&self, key: &str) -> Option<&'a Node> {
        self.table.get(key)
    }

    pub(super) fn entry(&self, key: &str) -> Option<&'a Entry> {
        self.table.entry(key)
    }

    /// A switch, off by default.
    pub(super) fn switch(&mut self, key: &str) -> Option<bool> {
        self.get(key).map_or(Some(false), |node| self.reader.boolean(node))
    }

    /// The one key of several that stands in the table.
    pub(super) fn one_of(&mut self, keys: &[&str]) -> Option<&'a Entry> {
        let found: Vec<&'a Entry> = keys.iter().filter_map(|key| self.entry(key)).collect();
        match found[..] {
            [only] => return Some(only),
            [] => {
                let message = format!("{} needs one of {}", self.context, list(keys));
                self.reader.error(self.node.location, message);
            }
            [first, second, ..] => {
                let message = format!("{} has `{}` or `{}`, not both", self.context, first.name, second.name);
                self.reader.error(second.name_location, message).help("write two faults");
            }
        }
        None
    }

    fn required(&mut self, key: &str) -> Option<&'a Node> {
        self.reader.required(self.table, key, self.context)
    }

    pub(super) fn targets(&mut self) -> Option<Vec<Selector>> {
        self.population.select(self.node, Reach::Components(self.word), self.reader)
    }

    /// A number of workers or cores.
    fn limit(&mut self, key: &str) -> Option<Option<u32>> {
        let Some(node) = self.get(key) else { return Some(None) };
        let count = self.reader.count(node)?;
        let limit = u32::try_from(count).ok().filter(|count| (1..UNBOUNDED).contains(count));
        if limit.is_none() {
            self.reader.error(node.location, format!("`{key}` is at least 1 and below {UNBOUNDED}"));
        }
        limit.map(Some)
    }
}

/// "`a`, `b` and `c`".
pub(super) fn list(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

fn crash(terms: &mut Terms<'_, '_>) -> Option<Condition> {
    let (targets, silent, lost) = (terms.targets(), terms.switch("silent"), terms.switch("lose_disk"));
    Some(Condition::Crash {
        targets: targets?,
        notice: if silent? { Notice::Silent } else { Notice::Reset },
        disk: if lost? { Disk::Lost } else { Disk::Kept },
    })
}

fn slow(terms: &mut Terms<'_, '_>) -> Option<Condition> {
    let targets = terms.targets();
    let node = terms.required("factor")?;
    let factor = terms.reader.number(node)?;
    if !(factor > 0.0 && factor <= FACTOR_MAX) {
        terms.reader.error(node.location, "`factor` is above 0 and at most 10^9");
        return None;
    }
    Some(Condition::Slow { targets: targets?, factor })
}

fn errors(terms: &mut Terms<'_, '_>) -> Option<Condition> {
    let targets = terms.targets();
    let node = terms.required("share")?;
    let share = terms.reader.share(node)?;
    Some(Condition::Errors { targets: targets?, share: fraction(share) })
}

fn capacity(terms: &mut Terms<'_, '_>) -> Option<Condition> {
    let targets = terms.targets();
    if terms.get("workers").is_none() && terms.get("cores").is_none() {
        let message = format!("{} needs `workers`, `cores` or both", terms.context);
        terms.reader.error(terms.node.location, message);
        return None;
    }
    let (workers, cores) = (terms.limit("workers"), terms.limit("cores"));
    Some(Condition::Capacity { targets: targets?, workers: workers?, cores: cores? })
}

fn clock(terms: &mut Terms<'_, '_>) -> Option<Condition> {
    let targets = terms.targets();
    let entry = terms.one_of(&["skew", "step"])?;
    let offset = nanoseconds(terms.reader.signed_seconds(&entry.node)?);
    let change = if entry.name == "skew" { ClockChange::Skew(offset) } else { ClockChange::Step(offset) };
    Some(Condition::Clock { targets: targets?, change })
}

/// A length of time with its sign, whose size the reader has checked.
pub(super) fn nanoseconds(seconds: f64) -> i64 {
    let size = Span::from_seconds(seconds.abs()).0 as i64;
    if seconds < 0.0 { -size } else { size }
}
