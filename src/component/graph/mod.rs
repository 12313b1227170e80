//! A graph: who follows or knows whom, which pages link to which, which streets join which crossings.
//!
//! It is no machine: nobody calls it, and it takes no time. Handlers go through its lists with `for_each`, and expressions and
//! templates ask it about its nodes.

mod read;
#[cfg(test)]
mod tests;

use super::{Behaviour, Plans, Reading, Serves, Setting, Spec};
use crate::distribution::Distribution;
use crate::kernel::random::{Draws, mix};
use crate::mechanism::graph::{Links, Road, Shares, Social, Web};

/// What the table of a graph says.
#[derive(Clone, Debug)]
pub struct GraphBlueprint {
    nodes: u64,
    form: Form,
}

/// Which graph it is.
#[derive(Clone, Debug)]
enum Form {
    Social { degree: Distribution, cap: u64, direction: Direction },
    Web { hosts: u64, skew: f64, links: Links, shares: Shares },
    Road { side: u64, missing: f64, spacing: u64, levels: u64 },
}

/// Whether an edge leads both ways.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Direction {
    OneWay,
    BothWays,
}

/// The lists, by index.
const OUT: usize = 0;
const IN: usize = 1;

/// What can be asked of every graph, then of a web, then of roads.
const DEGREES: [&str; 2] = ["out", "in"];
const WEB: [&str; 5] = ["host", "content", "depth", "forbidden", "trap"];
const ROAD: [&str; 1] = ["level"];

impl Plans for GraphBlueprint {
    const SPEC: Spec = Spec {
        name: "graph",
        doc: told!(
            "Who is joined to whom: people, pages or crossings, made by hashing. It takes no time: handlers go through \
              `NAME.out` and `NAME.in` with `for_each`, expressions and templates ask `NAME.in(user)`."
        ),
        keys: &read::KEYS,
        serves: Serves::Nobody,
        operations: &[],
        counters: &[],
        figures: &[],
        courses: &[],
        roles: &[],
    };
    type State = GraphState;

    fn read(reading: &mut Reading<'_, '_>) -> Option<Self> {
        read::graph(reading)
    }

    fn sequences(&self) -> &'static [&'static str] {
        &["out", "in"]
    }

    fn functions(&self) -> Vec<&'static str> {
        let own: &[&str] = match self.form {
            Form::Social { .. } => &[],
            Form::Web { .. } => &WEB,
            Form::Road { .. } => &ROAD,
        };
        DEGREES.iter().chain(own).copied().collect()
    }

    fn nodes(&self) -> Option<u64> {
        Some(self.nodes)
    }

    /// The graph belongs to the scenario: it is the same in every replication.
    fn state(&self, setting: &Setting) -> GraphState {
        let seed = mix(setting.seed, setting.name);
        match &self.form {
            Form::Social { degree, cap, direction } => {
                let degrees = (0..self.nodes)
                    .map(|node| degree.sample_count(&mut Draws::new(mix(seed, node), 0)).min(*cap));
                GraphState::Social(match direction {
                    Direction::OneWay => Social::directed(degrees, seed),
                    Direction::BothWays => Social::symmetric(degrees, seed),
                })
            }
            Form::Web { hosts, skew, links, shares } => {
                GraphState::Web(Web::new(self.nodes, *hosts, *skew, *links, *shares, seed))
            }
            Form::Road { side, missing, spacing, levels } => {
                GraphState::Road(Road::new(*side, *missing, *spacing, *levels, seed))
            }
        }
    }
}

/// A graph in a run, where nothing changes it.
pub enum GraphState {
    /// People.
    Social(Social),
    /// Pages.
    Web(Web),
    /// Crossings.
    Road(Road),
}

impl Behaviour for GraphState {
    fn list(&self, sequence: usize, of: u64, into: &mut Vec<u64>) {
        match (self, sequence) {
            (GraphState::Social(social), OUT) => social.successors(of, into),
            (GraphState::Social(social), _) => social.predecessors(of, into),
            (GraphState::Web(web), OUT) => web.successors(of, into),
            (GraphState::Web(web), _) => web.predecessors(of, into),
            (GraphState::Road(road), _) => road.successors(of, into),
        }
    }

    fn tell(&self, function: usize, about: u64) -> u64 {
        if let (GraphState::Social(social), IN) = (self, function) {
            return social.in_degree(about);
        }
        if function < DEGREES.len() {
            let mut list = Vec::new();
            self.list(function, about, &mut list);
            return list.len() as u64;
        }
        match (self, function - DEGREES.len()) {
            (GraphState::Web(web), 0) => web.host(about),
            (GraphState::Web(web), 1) => web.content(about),
            (GraphState::Web(web), 2) => web.depth(about),
            (GraphState::Web(web), 3) => u64::from(web.is_forbidden(about)),
            (GraphState::Web(web), 4) => u64::from(web.is_trap(about)),
            (GraphState::Road(road), 0) => road.level(about),
            (_, other) => unreachable!("this graph has no function {other}"),
        }
    }

    fn memory(&self) -> u64 {
        match self {
            GraphState::Social(social) => social.memory(),
            GraphState::Web(web) => web.memory(),
            GraphState::Road(_) => 0,
        }
    }
}
