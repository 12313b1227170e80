//! Results as text, JSON and pictures: pure functions of results, which import neither engine nor plan.

pub mod colour;
#[cfg(feature = "cli")]
pub mod plot;
