//! An id generator: nodes that number things without asking one another, each by a scheme with its own weakness.

mod observation;
mod scheme;
#[cfg(test)]
mod tests;

use super::{
    Behaviour, Carries, Change, Context, Counter, Course, DefaultWorkers, Key, Line, Operation, Plans,
    Reading, Report, Serves, Setting, Spec, Verdict, Wakes, Work,
};
use crate::fault::Disk;
use crate::kernel::request::{Request, RequestId};
use crate::measure::recorder::Ending;
use crate::mechanism::snowflake::{Generator, Issue};
use crate::outcome;
use crate::units::Span;
use observation::Observation;
use scheme::{Clocks, Scheme};
use std::collections::VecDeque;

/// What the table of an id generator says.
#[derive(Clone, Debug)]
pub struct IdGeneratorBlueprint {
    scheme: Scheme,
    service: Option<Work>,
}

/// The counters, by index.
const ISSUED: usize = 0;
const STALLS: usize = 1;
const DUPLICATES: usize = 2;
const INVERSIONS: usize = 3;
const REFUSALS: usize = 4;

impl Plans for IdGeneratorBlueprint {
    const SPEC: Spec = Spec {
        name: "id_generator",
        doc: told!("Gives away ids; each instance is a node that asks no other."),
        keys: &[
            Key {
                name: "scheme",
                takes: "\"snowflake\" | \"step\" | \"ticket\" | \"random\"",
                doc: told!(
                    "How ids are made: of the node's clock, its number and a sequence; by counting in steps, node i from i on; \
                      by counting at a single node; by drawing lots. Default: \"snowflake\"."
                ),
            },
            Key {
                name: "bits",
                takes: "{ time = COUNT, node = COUNT, sequence = COUNT }",
                doc: told!(
                    "How a snowflake's 63 bits are split. Default: 41, 10 and 12, for 69.7 years, 1024 nodes and 4096 ids per \
                      millisecond and node."
                ),
            },
            Key {
                name: "nodes",
                takes: "[COUNT, ..]",
                doc: told!(
                    "The node number of each instance of a snowflake, in turn; two that share one give away the same ids. \
                      Default: 0, 1, 2, ..."
                ),
            },
            Key {
                name: "clock_back",
                takes: "\"wait\" | \"refuse\" | \"ignore\"",
                doc: told!(
                    "What a snowflake does while its clock shows an earlier millisecond than that of its last id: it waits, it \
                      fails with `unavailable`, or it goes on and may repeat itself. Default: \"wait\"."
                ),
            },
            Key {
                name: "step",
                takes: "COUNT",
                doc: told!(
                    "By how much each node of the scheme `step` goes on; less than the number of nodes repeats ids. \
                      Default: the number of instances."
                ),
            },
            Key {
                name: "random_bits",
                takes: "COUNT",
                doc: told!(
                    "How long the drawn lots are. Up to 48 bits duplicates are looked for. Default: 122, as in a UUID of version 4."
                ),
            },
            Key {
                name: "service",
                takes: "TIMES",
                doc: told!("What an id takes of a worker. Default: no time."),
            },
        ],
        serves: Serves::Yes(DefaultWorkers::OneWithService),
        courses: &[Course::Instances],
        roles: &[],
        operations: &[Operation {
            name: "next",
            outcomes: &[],
            doc: told!("Gives an id; waits for the next millisecond when all of this one are given away."),
            carries: Carries::Nothing,
            keyed: false,
        }],
        counters: &[
            Counter { name: "issued", doc: told!("Ids given away.") },
            Counter {
                name: "stalls",
                doc: told!("Waits for a later millisecond: all ids were given away, or the clock went back."),
            },
            Counter { name: "duplicates", doc: told!("Ids that had been given away before.") },
            Counter {
                name: "inversions",
                doc: told!("Ids below one that was given away earlier, by whichever node."),
            },
            Counter { name: "refusals", doc: told!("Requests without an id because the clock went back.") },
        ],
        figures: &[],
    };
    type State = IdGeneratorState;

    fn read(reading: &mut Reading<'_, '_>) -> Option<Self> {
        let scheme = scheme::read(reading);
        let service = reading.work("service");
        Some(IdGeneratorBlueprint { scheme: scheme?, service: service? })
    }

    fn lines(&self, _operation: &str) -> Vec<Line> {
        self.service.clone().map(Line::Work).into_iter().chain([Line::Consult]).collect()
    }

    fn state(&self, setting: &Setting) -> IdGeneratorState {
        let node = |at| Node { maker: self.scheme.maker(at), waiting: VecDeque::new(), wakes: false };
        IdGeneratorState {
            nodes: (0..setting.instances).map(node).collect(),
            observation: Observation::of(&self.scheme, setting.instances),
            scheme: self.scheme.clone(),
        }
    }
}

/// The nodes, by instance. The epoch of their clocks is the start of the run.
pub struct IdGeneratorState {
    scheme: Scheme,
    nodes: Vec<Node>,
    observation: Observation,
}

/// One node.
struct Node {
    maker: Maker,
    /// Who waits for a later millisecond, in the order in which they came.
    waiting: VecDeque<RequestId>,
    /// Whether a timer is set for them.
    wakes: bool,
}

/// How a node makes its next id.
#[derive(Clone, Debug)]
enum Maker {
    Snowflake(Generator),
    /// The next number, and by how much it goes on.
    Count {
        next: u64,
        step: u64,
    },
    /// Lots of this many bits.
    Lots(u32),
}

impl Behaviour for IdGeneratorState {
    fn visit(&mut self, at: u32, _action: u16, request: &mut Request, context: &mut Context<'_>) -> Verdict {
        let node = &mut self.nodes[at as usize];
        // Who comes while others wait stands behind them.
        if !node.waiting.is_empty() {
            node.waiting.push_back(context.visitor);
            return Verdict::Park;
        }
        let id = match &mut node.maker {
            Maker::Snowflake(generator) => match generator.next(context.clock(at).0) {
                Issue::Id(id) => u128::from(id),
                // After 69.7 years no milliseconds are left.
                Issue::EpochOver => return Verdict::Done(outcome::ERROR),
                Issue::ClockWentBack { .. } if self.scheme.clocks() == Clocks::Refuse => {
                    context.count(REFUSALS, 1);
                    return Verdict::Done(outcome::UNAVAILABLE);
                }
                Issue::ClockWentBack { wait_ns } | Issue::Exhausted { wait_ns } => {
                    node.waiting.push_back(context.visitor);
                    self.stall(at, wait_ns, context);
                    return Verdict::Park;
                }
            },
            Maker::Count { next, step } => {
                let id = *next;
                *next = next.saturating_add(*step);
                u128::from(id)
            }
            Maker::Lots(bits) => scheme::lot(request.fate, *bits),
        };
        self.give(at, id, context);
        Verdict::Done(outcome::OK)
    }

    fn wake(&mut self, at: u32, _token: u32, context: &mut Context<'_>) {
        self.nodes[at as usize].wakes = false;
        while let Some(&request) = self.nodes[at as usize].waiting.front() {
            let now = context.clock(at).0;
            let Maker::Snowflake(generator) = &mut self.nodes[at as usize].maker else {
                unreachable!("only a snowflake waits for its clock");
            };
            let (outcome, ending) = match generator.next(now) {
                Issue::Id(id) => {
                    self.give(at, u128::from(id), context);
                    (outcome::OK, Ending::Completed)
                }
                Issue::EpochOver => (outcome::ERROR, Ending::Failed),
                Issue::Exhausted { wait_ns } | Issue::ClockWentBack { wait_ns } => {
                    return self.stall(at, wait_ns, context);
                }
            };
            context.finish(request, Report { outcome, ending, size: 0, version: 0, cargo: None });
            self.nodes[at as usize].waiting.pop_front();
        }
    }

    fn change(&mut self, at: u32, change: Change, _context: &mut Context<'_>) {
        let node = &mut self.nodes[at as usize];
        match (change, &node.maker) {
            // A counter stands on the disk; a clock is read anew.
            (Change::Down(Disk::Kept), Maker::Count { .. }) | (Change::Up, _) => {}
            (Change::Down(_), _) => node.maker = self.scheme.maker(at),
        }
        node.waiting.clear();
        node.wakes = false;
    }

    fn memory(&self) -> u64 {
        let waiting: usize = self.nodes.iter().map(|node| node.waiting.capacity()).sum();
        (self.nodes.len() * size_of::<Node>() + waiting * size_of::<RequestId>()) as u64
            + self.observation.memory()
    }
}

impl IdGeneratorState {
    /// Gives an id away.
    fn give(&mut self, at: u32, id: u128, context: &mut Context<'_>) {
        let seen = self.observation.see(at, id);
        context.count(ISSUED, 1);
        context.count(DUPLICATES, u64::from(seen.is_duplicate));
        context.count(INVERSIONS, u64::from(seen.is_inverted));
    }

    /// A node has no id before its clock has gone on by this much.
    fn stall(&mut self, at: u32, wait_ns: u64, context: &mut Context<'_>) {
        context.count(STALLS, 1);
        let node = &mut self.nodes[at as usize];
        if !std::mem::replace(&mut node.wakes, true) {
            context.wake_after(at, Span(wait_ns), 0, Wakes::Duty);
        }
    }
}
