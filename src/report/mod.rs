//! Results as text, JSON, pictures and a page: pure functions of results, which import neither engine nor plan.

pub mod ci;
pub mod colour;
mod columns;
pub mod comparison;
pub mod estimate;
pub mod explain;
pub mod grade;
pub mod json;
pub mod page;
#[cfg(feature = "cli")]
pub mod plot;
mod table;
pub mod text;
pub mod topology;
pub mod traces;

use crate::results::number;
