//! An id generator: nodes that number things without asking one another.

use super::{
    Behaviour, Carries, Context, Counter, DefaultWorkers, Key, Line, Operation, Plans, Reading, Serves,
    Setting, Spec, Verdict, Work,
};
use crate::kernel::request::Request;
use crate::mechanism::snowflake::{Generator, Issue, NODES};
use crate::outcome;
use crate::units::Span;

/// What the table of an id generator says. It numbers by the only scheme there is.
#[derive(Clone, Debug)]
pub struct IdGeneratorBlueprint {
    service: Option<Work>,
}

/// The counters, by index.
const ISSUED: usize = 0;
const STALLS: usize = 1;

impl Plans for IdGeneratorBlueprint {
    const SPEC: Spec = Spec {
        name: "id_generator",
        doc: "Gives away unique ids that grow with time; each instance is a node with its own numbers.",
        keys: &[
            Key {
                name: "scheme",
                takes: "\"snowflake\"",
                doc: "How ids are made: of milliseconds, node and sequence, 4096 per node and millisecond on 1024 nodes. \
                      Default: \"snowflake\".",
            },
            Key { name: "service", takes: "a time", doc: "What an id takes of a worker. Default: no time." },
        ],
        serves: Serves::Yes(DefaultWorkers::OneWithService),
        operations: &[Operation {
            name: "next",
            outcomes: &[],
            doc: "Gives an id; waits for the next millisecond when all of this one are given away.",
            carries: Carries::Nothing,
            keyed: false,
        }],
        counters: &[
            Counter { name: "issued", doc: "Ids given away." },
            Counter { name: "stalls", doc: "Waits for the next millisecond." },
        ],
        figures: &[],
        roles: &[],
    };
    type State = IdGeneratorState;

    fn read(reading: &mut Reading<'_, '_>) -> Option<Self> {
        let scheme = reading.choice("scheme", &["snowflake"], 0);
        let service = reading.work("service");
        if reading.instances > NODES {
            let message = format!("ids have room for {NODES} nodes, not for {} instances", reading.instances);
            reading.reader.error(reading.place_of("instances"), message);
            return None;
        }
        scheme?;
        Some(IdGeneratorBlueprint { service: service? })
    }

    fn lines(&self, _operation: &str) -> Vec<Line> {
        self.service.clone().map(Line::Work).into_iter().chain([Line::Consult]).collect()
    }

    fn state(&self, setting: &Setting) -> IdGeneratorState {
        let node =
            |index| Node { generator: Generator::new(index).expect("there are not too many"), unused: 0 };
        IdGeneratorState { nodes: (0..setting.instances).map(node).collect() }
    }
}

/// The nodes, by instance. Their epoch is the start of the run.
pub struct IdGeneratorState {
    nodes: Vec<Node>,
}

struct Node {
    generator: Generator,
    /// No id from here on has been given away; a node's ids ascend.
    unused: u64,
}

impl Behaviour for IdGeneratorState {
    fn visit(&mut self, at: u32, _action: u16, _request: &mut Request, context: &mut Context<'_>) -> Verdict {
        let node = &mut self.nodes[at as usize];
        match node.generator.next(context.now.0) {
            Issue::Id(id) => {
                assert!(id >= node.unused, "node {at} gives away the id {id} again");
                node.unused = id + 1;
                context.count(ISSUED, 1);
                Verdict::Done(outcome::OK)
            }
            Issue::Exhausted { wait_ns } => {
                context.count(STALLS, 1);
                Verdict::After(Span(wait_ns))
            }
            Issue::ClockWentBack { .. } => unreachable!("simulated time does not go back"),
            // After 69.7 years no milliseconds are left.
            Issue::EpochOver => Verdict::Done(outcome::ERROR),
        }
    }

    fn memory(&self) -> u64 {
        (self.nodes.len() * size_of::<Node>()) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Scene, error, outline, read, request};
    use super::*;
    use crate::mechanism::snowflake::IDS_PER_MILLISECOND;
    use crate::units::Time;

    const OK: Verdict = Verdict::Done(outcome::OK);

    #[test]
    fn tables_and_what_is_said_about_them() {
        for (toml, expected) in [
            ("", Ok("consult")),
            ("scheme = \"snowflake\"\nservice = \"1 s\"\ninstances = 1024", Ok("service 1 s, consult")),
            ("scheme = \"uuid\"", Err(error(10, "unknown choice `uuid` (valid choices: snowflake)"))),
            ("instances = 1025", Err(error(1, "ids have room for 1024 nodes, not for 1025 instances"))),
        ] {
            let lines = read::<IdGeneratorBlueprint>(toml).map(|generator| outline(&generator.lines("next")));
            assert_eq!(lines, expected.map(str::to_owned), "{toml}");
        }
    }

    #[test]
    fn a_node_stalls_until_the_next_millisecond() {
        let mut scene = Scene::new::<IdGeneratorBlueprint>("", 2);
        scene.now = Time(400_000);
        for _ in 0..IDS_PER_MILLISECOND {
            assert_eq!(scene.visit(1, "next", &mut request(0)), OK);
        }
        assert_eq!(scene.visit(1, "next", &mut request(0)), Verdict::After(Span(600_000)));
        assert_eq!(scene.visit(0, "next", &mut request(0)), OK, "the other node has ids left");
        scene.now = Time(1_000_000);
        assert_eq!(scene.visit(1, "next", &mut request(0)), OK);
        assert_eq!(scene.counted(), [u64::from(IDS_PER_MILLISECOND) + 2, 1]);
    }
}
