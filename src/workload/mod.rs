//! What the outside world does to a system: when requests arrive, and which keys they are about.
//!
//! Both are pure machines that turn random words into instants and numbers; they know neither the engine nor the scenario's
//! text. A profile stretches the time of an arrival process, so that one method serves random and even arrivals alike.

mod arrivals;
mod clock;
mod keys;
mod profile;
mod trace;
mod zipf;

pub use arrivals::{Arrival, Herd, OpenArrivals, Process};
pub use keys::{Hot, Keys, NEW_KEY, code_key, made_key};
pub use profile::Profile;
pub use trace::{Column, Replay, Told, Trace, TraceReader};
pub use zipf::Zipf;
