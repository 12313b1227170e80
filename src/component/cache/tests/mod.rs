//! A cache alone: what it answers, what it wants done, and what it counts.

mod leases;
mod plain;
mod source;
mod spread;
mod table;
mod writes;

use crate::component::{Report, Verdict};
use crate::kernel::request::{Request, RequestId};
use crate::measure::recorder::Ending;
use crate::outcome;
use crate::units::OutcomeId;

const HIT: Verdict = Verdict::Done(outcome::OK);
const MISS: Verdict = Verdict::Done(outcome::MISS);

/// A request that the world knows by this number.
fn visitor(index: u32) -> RequestId {
    RequestId { index, generation: 0 }
}

/// A request about a key from the client's intention of this number.
fn intention(id: u64, key: u64) -> Request {
    Request { id, ..super::super::testing::request(key) }
}

/// How an errand has ended.
fn report(outcome: OutcomeId, size: u64, version: u64) -> Report {
    let is_failure = outcome::ALL[outcome.index()].class == outcome::Class::Failure;
    let ending = if is_failure { Ending::Failed } else { Ending::Completed };
    Report { outcome, ending, size, version, cargo: None }
}
