//! What befalls instances and links, in tiny scenarios with constant times whose every instant can be calculated by hand.
//! One way on the network takes 1 ms unless a test says otherwise; every client makes one request unless it says otherwise.

mod common;
#[path = "faults/crashes.rs"]
mod crashes;
#[path = "common/figures.rs"]
mod figures;
#[path = "common/levels.rs"]
mod levels;
#[path = "faults/links.rs"]
mod links;
#[path = "faults/neutrality.rs"]
mod neutrality;
#[path = "common/spike.rs"]
mod spike;
#[path = "faults/standstill.rs"]
mod standstill;

use spike::{HEAD, finished, once, only, plan};
use windtunnel::station::Levels;
use windtunnel::world::{Pause, World};

/// A fault of 20 letters or less in a table of its own.
fn fault(name: &str, at: &str, length: &str, terms: &str) -> String {
    format!("[fault.{name}]\nat = \"{at}\"\nfor = \"{length}\"\n{terms}\n")
}

/// A server with one worker.
fn server(name: &str, steps: &str) -> String {
    format!("[server.{name}]\nworkers = 1\non.go = [ {steps} ]\n")
}

fn asks(name: &str, at: &str) -> String {
    once(name, at, "request = \"web.go\"")
}

/// Whom a table of a single server, and what befalls it, makes of clients that ask at these instants, by their names.
fn answers(parts: &[&str], clients: &[(&str, &str)]) -> Vec<(String, u64)> {
    let clients_text: String = clients.iter().map(|(name, at)| asks(name, at)).collect();
    let plan = plan(&[&[HEAD, &clients_text], parts].concat());
    let world = finished(&plan);
    clients.iter().map(|(name, _)| only(&world, &plan, name)).collect()
}

/// A run until everybody who waits for a lost message has gone home.
fn drained(plan: &windtunnel::plan::Plan) -> World<'_> {
    let mut world = World::new(plan, plan.seed);
    assert_eq!(world.run_to_end(), Pause::End);
    assert_eq!(world.drain(), Pause::End);
    assert!(world.is_empty(), "somebody is still there");
    world
}

const DOWN: Levels = Levels { busy: 0, queued: 0, present: 0, computing: 0, down: 1, memory: 0 };
