//! windtunnel: a deterministic discrete-event simulator of whole system architectures.
//!
//! A TOML *scenario* names clients, balancers, servers, caches, databases and the network between them. It compiles into a
//! flat program, the *plan*; a *world* interprets the plan, event by event; what it recorded becomes figures, verdicts and
//! pictures.
//!
//! ```text
//!   scenario text ──▶ scenario/ ──▶ plan/ ──▶ world/ ──▶ figures/ ──▶ experiment/ ──▶ report/
//!      TOML           spans, units   ids,      one run    names and    replications    text, JSON,
//!                     expressions    steps     of it      values       and verdicts    SVG and PNG
//! ```
//!
//! # Vocabulary
//!
//! - A *client* is where requests come from; a *component* is anything else with a table; its *instances* stand at *places*.
//! - A *request* walks the plan. What it holds (a visit, a loop's turn, branches, a call, a place on its route) stands on its
//!   stack of *frames*, in the order in which it took it, and is given back once, newest first, however the request ends.
//! - A *station* is the queue of one instance: workers, cores, a discipline, and the integrals of its levels.
//! - An *edge* is a pair (caller, callee); timeouts and retries belong to it. A *hop* is a call that nothing can part from its
//!   caller; any other call has a *child* request for each attempt.
//! - A request is *abandoned* when its caller has given up: the work goes on and is wasted.
//! - An *estimate* is a line of the back of the envelope; a *note* is the figure that somebody else found for it, a *slip* the way
//!   in which the two came apart.
//! - A *replication* is a repeated run with another seed; a *replica* is a copy of a database. They never mix.
//! - A *cell* is a stretch of time between two edges of bins or windows; everything is counted by cell.
//! - A *condition* is something that befalls an instance or a link: down, paused, slow, cut. A *fault* is a condition with those
//!   whom it befalls and a time; a *campaign* strikes each of them again and again, at random.
//! - A *record* is a client's request with all that was done for it, noted if somebody asks for it; its *strands* are the requests
//!   of the run that did it. A *finding* is a sentence of the diagnosis, with its numbers.
//! - An *errand* is a request of a component's own (work at its station, a call, a probe); a *letter* is a message between the
//!   instances of one component. Both cross the same links and wait in the same queues as everybody's.
//!
//! # The journey of a request
//!
//! A client wakes and a request is born with a *fate*: 64 bits from which everything random about it and its descendants is
//! mixed. [`world`] walks it along its plan. At a `call` the callee's component picks an instance, the message crosses the
//! link, the request arrives at the station and waits for a worker if there is none; its handler runs; the reply crosses the
//! link back, and the caller goes on as its scenario says for the outcome. Steps that take no time happen inside the walk;
//! whatever another request has to do because of it goes to the current-events chain, so that nothing is re-entered.
//!
//! # What must never be untrue
//!
//! 1. A run is a pure function of (scenario, seed): the same bits in debug and release, natively and in WebAssembly, for any
//!    number of threads. The [fingerprint](world::World::fingerprint) proves it.
//! 2. Events are ordered by (time, sequence number), nothing else. What was scheduled first happens first: a timeout that is
//!    due in the nanosecond of the reply wins.
//! 3. Every request ends as completed, failed or in flight; everything taken is given back exactly once; when no requests
//!    come any more a world [drains](world::World::drain) to empty.
//! 4. Every run checks Little's law and the utilisation law on every station, to the nanosecond.
//! 5. Draws follow names and fates: another component, another order of the file, or a policy that never acts changes no
//!    figure of the others.
//! 6. After planning a run cannot fail: everything that can be wrong with a scenario is found before, all at once.
//!
//! # The rooms
//!
//! Imports go down this list only. [`report`] (text, JSON, pictures, a page: pure functions of [`results`]) — [`grade`] (what
//! a scenario lacks as an answer) — [`experiment`] (replications and verdicts, the only threads), [`schema`] (the JSON Schema, of the lists from which scenarios are read),
//! [`diagnosis`] (why a run went as it did, in sentences), [`figures`] (names and values of what was recorded) — [`world`]
//! (the journey) — [`plan`] (all semantic checks) — [`component`] (a file or folder per kind), [`fault`] (what befalls
//! instances and links, and when), [`workload`] (arrivals and keys) — [`resilience`] (what a call does when things go
//! wrong), [`station`] (queueing), [`measure`] (histograms and cells) — [`scenario`] (the only place that knows TOML; it
//! knows no kind) — [`distribution`], [`theory`] (closed forms) — [`kernel`] (events, requests, random streams),
//! [`mechanism`] (pure algorithms), [`files`] (what stands beside a scenario), [`outcome`], [`units`].
//!
//! A new kind of component is one file in [`component`] and one line in its list; an eviction policy likewise.
//!
//! # Why it is made like this
//!
//! The form had to carry four stories without a special case. The first three are tests with exact instants, in `tests/spikes.rs`
//! and `tests/faults.rs`; the fourth waits for the kind that keeps connections:
//!
//! 1. *A call with a timeout and retries whose callee keeps working.* The attempt is a request of its own. When the timer
//!    fires the attempt loses its parent, keeps its frames, and pays whatever workers it still holds to the edge. A second
//!    open attempt (a hedge) is a second child of the same call; the first that is delivered settles it.
//! 2. *Replicas that exchange letters over a network that can be cut.* Links are pairs of instances with a law, not methods
//!    of components; a message is decided when it arrives. A letter is one more thing that crosses, a component's own work one
//!    more job of its station.
//! 3. *A handler that holds a worker, a lock and two open calls when its host crashes, or its caller cancels it.* All of it
//!    stands on one stack, and one function, `unwind`, gives it back. Its calls have requests of their own, so that a cancel is
//!    a message to each over its link, and a crash leaves them running, abandoned.
//! 4. *A push to a client over a connection whose gateway dies.* Clients are components with instances like all others: a
//!    push is a call to one, the connection a token that the gateway keeps and the frame gives back.
//!
//! Rejected: one coroutine per request (its stack cannot be looked at, cut or cancelled from outside); boxed events with a
//! dynamic payload (an allocation per event, and a match that need not be exhaustive); times as floats with an epsilon.

/// Whether there is somebody to be helped: an author who writes a scenario, at the command line. The core travels in each
/// page, where a scenario only runs again; to be small, it has no lints, helps, suggestions and references.
const HELPS: bool = cfg!(feature = "helps");

/// A text of lists and references.
macro_rules! told {
    ($text:literal) => {
        if crate::HELPS { $text } else { "" }
    };
}

pub mod component;
pub mod diagnosis;
pub mod distribution;
pub mod estimate;
pub mod experiment;
pub mod fault;
pub mod figures;
pub mod files;
pub mod grade;
pub mod kernel;
pub mod measure;
pub mod mechanism;
pub mod outcome;
pub mod plan;
pub mod report;
pub mod resilience;
pub mod results;
pub mod scenario;
pub mod schema;
pub mod slo;
pub mod station;
pub mod theory;
pub mod units;
#[cfg(target_arch = "wasm32")]
pub mod wasm;
pub mod workload;
pub mod world;
