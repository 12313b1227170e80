//! Who calls whom, where everything stands, and what is lost with what.

use serde::Serialize;

/// The graph of a scenario: clients and components, and the calls between them.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Topology {
    /// The names of the places where something stands, in the order of the scenario.
    pub places: Vec<String>,
    /// Clients and components, in the order of their names.
    pub nodes: Vec<Node>,
    /// Calls that requests of clients may lead to, and those of what components do by themselves, in the order of (caller,
    /// callee, need).
    pub edges: Vec<Edge>,
    /// What each client depends on, in the order of their names.
    pub dependences: Vec<Dependence>,
    /// What the work depends on that components do by themselves, in the order of their names.
    pub own_works: Vec<OwnWork>,
}

/// A client or component.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// Its kind: `server`.
    pub kind: &'static str,
    /// How many instances it has.
    pub instances: u32,
    /// How many requests each of them serves at once; none for any number, and for clients.
    pub workers: Option<u32>,
    /// How many instances stand where, in the order of the places.
    pub standing: Vec<Standing>,
}

/// How many instances of a component stand at a place.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Standing {
    /// The place.
    pub place: String,
    /// At least 1.
    pub instances: u32,
}

/// Calls from one component to another that matter alike to the caller.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Edge {
    /// Who calls.
    pub caller: String,
    /// Who is called.
    pub callee: String,
    /// What is asked for, in the order of the names.
    pub operations: Vec<String>,
    /// What a failure of these calls does to the caller.
    pub need: Need,
}

/// What the failure of a call does to its caller.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Need {
    /// The caller fails as well, or those who wait for what it fetches.
    Needed,
    /// The caller handles it: by `on_error`, because enough other branches succeed, or by a decision of its own.
    Handled,
    /// The caller does not wait for the answer.
    Sent,
    /// The caller makes it by itself, with a request of its own, and nobody waits for it: to fetch what there is to do.
    Own,
}

/// What a client depends on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Dependence {
    /// The client.
    pub client: String,
    /// Every component that its requests may reach, in the order of the names.
    pub components: Vec<Reliance>,
    /// The places whose loss fails requests of it, if the scenario has several.
    pub places: Vec<PlaceReliance>,
}

/// Work that a component does by itself: for each message that it takes from a queue, or now and then.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct OwnWork {
    /// Who does it.
    pub worker: String,
    /// The queue that it is taken from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Every component that it may reach, and those two, in the order of the names.
    pub components: Vec<Reliance>,
    /// The places whose loss fails some of it, if the scenario has several.
    pub places: Vec<PlaceReliance>,
}

/// What is lost with a component.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Reliance {
    /// The component.
    pub name: String,
    /// How many instances it has.
    pub instances: u32,
    /// The requests that fail when one instance is lost: it is a single point of failure if there are any.
    pub loss_of_one: Effect,
    /// The requests that fail when every instance is lost: it is optional if there are none.
    pub loss_of_all: Effect,
}

/// What is lost with a place.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PlaceReliance {
    /// The place.
    pub name: String,
    /// The requests that fail when everything at it is lost.
    pub loss: Effect,
    /// The components that stand only there and that are needed.
    pub components: Vec<String>,
}

/// Which requests of a client fail, or how much other work does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// None.
    Nothing,
    /// Those whose way leads there: of one operation, after a miss, on one branch.
    Some,
    /// All.
    Every,
}
