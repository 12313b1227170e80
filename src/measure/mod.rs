//! What a run records: counts, histograms, integrals of levels, series; and the names under which they are asked for.

pub mod course;
pub mod histogram;
pub mod ledger;
pub mod level;
pub mod recorder;
pub mod timeline;
pub mod trace;
