//! Runs of a plan: replications, their statistics, and the only threads.

pub mod statistics;
