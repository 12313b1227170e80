//! The chain of ../../models/chain.toml for simcore, the engine of DSLab: how many requests a second it simulates.
//!
//! ```text
//! simcore_chain [REQUESTS [SEED]]
//!
//! source --> balancer --> 8 app servers, 4 workers each --> wait --> 80 % leave
//!                                                                '-> database, 16 workers
//! ```
//!
//! A worker is given back before the request goes on, so that the exact mean time is known: 23.531787 ms (Jackson 1957).

use rand::SeedableRng;
use rand_distr::{Distribution, Exp1, StandardUniform};
use rand_pcg::Pcg64Mcg;
use serde::Serialize;
use simcore::{Event, EventHandler, Id, Simulation, SimulationContext, cast};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Instant;

/// Arrivals, a Poisson process [1/s].
const ARRIVAL_RATE: f64 = 2560.0;
/// What the balancer takes [s].
const BALANCER_TIME: f64 = 0.000_1;
const APP_SERVERS: u64 = 8;
const APP_WORKERS: usize = 4;
/// Mean service time of an app server, exponential [s].
const APP_MEAN: f64 = 0.010;
/// From the app server to what comes next [s].
const WAIT_TIME: f64 = 0.000_5;
/// The share of requests that need the database.
const DATABASE_SHARE: f64 = 0.2;
const DATABASE_WORKERS: usize = 16;
/// Mean service time of the database, exponential [s].
const DATABASE_MEAN: f64 = 0.025;

/// The next request is due at the source.
#[derive(Clone, Serialize)]
struct Arrival {}

/// A request that was born at `born` [s] reaches a component.
#[derive(Clone, Serialize)]
struct Request {
    born: f64,
}

/// A station has served a request.
#[derive(Clone, Serialize)]
struct Served {
    born: f64,
}

/// Random numbers of one component; the engine's own generator is shared by all, and slower.
struct Draws(Pcg64Mcg);

impl Draws {
    fn new(seed: u64, component: u64) -> Draws {
        const COMPONENTS_MAX: u64 = 1000;
        Draws(Pcg64Mcg::seed_from_u64(seed * COMPONENTS_MAX + component))
    }

    fn exponential(&mut self, mean: f64) -> f64 {
        let standard: f64 = Exp1.sample(&mut self.0);
        standard * mean
    }

    /// In [0, 1).
    fn uniform(&mut self) -> f64 {
        StandardUniform.sample(&mut self.0)
    }
}

/// Sends so many requests to the balancer.
struct Source {
    context: SimulationContext,
    balancer: Id,
    left: u64,
    draws: Draws,
}

impl Source {
    fn schedule_next(&mut self) {
        if self.left > 0 {
            self.left -= 1;
            self.context.emit_self(Arrival {}, self.draws.exponential(1.0 / ARRIVAL_RATE));
        }
    }
}

impl EventHandler for Source {
    fn on(&mut self, event: Event) {
        cast!(match event.data {
            Arrival {} => {
                self.context.emit_now(Request { born: self.context.time() }, self.balancer);
                self.schedule_next();
            }
        })
    }
}

/// Sends each request to an app server drawn at random.
struct Balancer {
    context: SimulationContext,
    apps: Vec<Id>,
    draws: Draws,
}

impl EventHandler for Balancer {
    fn on(&mut self, event: Event) {
        cast!(match event.data {
            Request { born } => {
                let index = (self.draws.uniform() * self.apps.len() as f64) as usize;
                self.context.emit(Request { born }, self.apps[index], BALANCER_TIME);
            }
        })
    }
}

/// Workers that serve one queue in order of arrival, and send what they have served downstream.
struct Station {
    context: SimulationContext,
    downstream: Id,
    /// Mean service time [s].
    mean: f64,
    free_workers: usize,
    /// When the requests that wait were born [s].
    queue: VecDeque<f64>,
    draws: Draws,
}

impl Station {
    fn serve(&mut self, born: f64) {
        self.context.emit_self(Served { born }, self.draws.exponential(self.mean));
    }
}

impl EventHandler for Station {
    fn on(&mut self, event: Event) {
        cast!(match event.data {
            Request { born } => {
                if self.free_workers > 0 {
                    self.free_workers -= 1;
                    self.serve(born);
                } else {
                    self.queue.push_back(born);
                }
            }
            Served { born } => {
                self.context.emit_now(Request { born }, self.downstream);
                match self.queue.pop_front() {
                    Some(next) => self.serve(next),
                    None => self.free_workers += 1,
                }
            }
        })
    }
}

/// Holds each request for a moment, then sends it to the database or out.
struct Wait {
    context: SimulationContext,
    database: Id,
    sink: Id,
    draws: Draws,
}

impl EventHandler for Wait {
    fn on(&mut self, event: Event) {
        cast!(match event.data {
            Request { born } => {
                let next = if self.draws.uniform() < DATABASE_SHARE { self.database } else { self.sink };
                self.context.emit(Request { born }, next, WAIT_TIME);
            }
        })
    }
}

/// Counts the requests that leave.
struct Sink {
    context: SimulationContext,
    completed: u64,
    /// The sum of the times that they spent in the system [s].
    time_sum: f64,
}

impl EventHandler for Sink {
    fn on(&mut self, event: Event) {
        cast!(match event.data {
            Request { born } => {
                self.completed += 1;
                self.time_sum += self.context.time() - born;
            }
        })
    }
}

/// Makes a component and tells the simulation about it.
fn add<C: EventHandler + 'static>(
    simulation: &mut Simulation,
    name: &str,
    make: impl FnOnce(SimulationContext) -> C,
) -> (Id, Rc<RefCell<C>>) {
    let component = Rc::new(RefCell::new(make(simulation.create_context(name))));
    (simulation.add_handler(name, component.clone()), component)
}

fn main() {
    let mut arguments =
        std::env::args().skip(1).map(|text| text.parse().expect("REQUESTS and SEED are numbers"));
    let requests: u64 = arguments.next().unwrap_or(2_000_000);
    let seed: u64 = arguments.next().unwrap_or(1);

    let mut simulation = Simulation::new(seed);
    let (sink_id, sink) =
        add(&mut simulation, "sink", |context| Sink { context, completed: 0, time_sum: 0.0 });
    let station = |simulation: &mut Simulation, name: &str, workers, mean, downstream, draws| {
        let make = |context| Station {
            context,
            downstream,
            mean,
            free_workers: workers,
            queue: VecDeque::new(),
            draws,
        };
        add(simulation, name, make).0
    };
    let draws = Draws::new(seed, 1);
    let database = station(&mut simulation, "database", DATABASE_WORKERS, DATABASE_MEAN, sink_id, draws);
    let draws = Draws::new(seed, 2);
    let (wait, _) = add(&mut simulation, "wait", |context| Wait { context, database, sink: sink_id, draws });
    let mut apps = Vec::new();
    for index in 0..APP_SERVERS {
        let draws = Draws::new(seed, 10 + index);
        apps.push(station(&mut simulation, &format!("app{index}"), APP_WORKERS, APP_MEAN, wait, draws));
    }
    let draws = Draws::new(seed, 3);
    let (balancer, _) = add(&mut simulation, "balancer", |context| Balancer { context, apps, draws });
    let draws = Draws::new(seed, 4);
    let (_, source) =
        add(&mut simulation, "source", |context| Source { context, balancer, left: requests, draws });
    source.borrow_mut().schedule_next();

    let begin = Instant::now();
    simulation.step_until_no_events();
    let wall = begin.elapsed().as_secs_f64();
    let sink = sink.borrow();
    let (rate, mean) = (sink.completed as f64 / wall, sink.time_sum / sink.completed as f64);
    println!("{{\"requests_per_s\": {rate:.0}, \"mean_s\": {mean}}}");
}
