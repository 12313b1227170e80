//! windtunnel: a deterministic discrete-event simulator of whole system architectures.

pub mod component;
pub mod distribution;
pub mod experiment;
pub mod figures;
pub mod kernel;
pub mod measure;
pub mod mechanism;
pub mod outcome;
pub mod plan;
pub mod report;
pub mod resilience;
pub mod results;
pub mod scenario;
pub mod station;
pub mod theory;
pub mod units;
pub mod workload;
pub mod world;
