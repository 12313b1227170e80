//! The figures of a run: the names under which they are asked for, and their values.
//!
//! A [`Catalogue`] knows every name of a scenario before it runs; [`value`] reads one figure of a run; [`laws`] checks that
//! the run kept its own books; [`closed_forms`] puts what theory says beside what was simulated. All are read at the end of
//! the measured time, or where the run stopped before it, and change nothing.

mod carried;
mod catalogue;
mod closed_form;
mod cost;
mod course;
mod laws;
mod metric;
mod prospect;
mod queueing;
#[cfg(test)]
mod tests;
pub(crate) mod timely;
mod traces;
mod traffic;
mod value;

pub use carried::carried;
pub use catalogue::{Catalogue, Definition, Listing, Windows};
pub use closed_form::closed_forms;
pub use course::{ladders, series};
pub use laws::{laws, summary};
pub use metric::{
    ClientFigure, CostFigure, DeployFigure, EdgeFigure, EntryFigure, LevelFigure, LinkFigure, MarkFigure,
    Metric, Payer, RunFigure, StationFigure, Statistic,
};
pub use prospect::{Prospect, prospect};
pub use traces::traces;
pub use value::value;
pub(crate) use value::{elapsed, load_of};
