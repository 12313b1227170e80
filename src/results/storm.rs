//! A metastability map: at which load a system recovers from which trigger, on the way up and on the way down.

use super::Subject;
use serde::Serialize;

/// The map of a system.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Storm {
    /// Of what.
    pub scenario: Subject,
    /// What struck it, for people.
    pub trigger: String,
    /// The levels of the load, as multiples of what the scenario offers; ascending.
    pub loads: Vec<f64>,
    /// How long each level lasted \[s\].
    #[serde(rename = "step_s")]
    pub step: f64,
    /// Who is answered within this time is answered well \[s\].
    #[serde(rename = "within_s")]
    pub within: f64,
    /// The share of the requests that must be answered well for a system to be called well.
    pub share: f64,
    /// A row for each length of the trigger, from none on; ascending.
    pub rows: Vec<StormRow>,
}

/// How the system fared with triggers of one length.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct StormRow {
    /// How long the trigger struck at each level on the way up \[s\].
    #[serde(rename = "trigger_s")]
    pub length: f64,
    /// Proves that two runs were the same.
    #[serde(skip)]
    pub fingerprint: u64,
    /// One for each load.
    pub cells: Vec<StormCell>,
}

/// The share of the requests that were answered well towards the end of a level.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct StormCell {
    /// On the way up, after the trigger.
    pub up: f64,
    /// On the way down, without one.
    pub down: f64,
}

/// What a system is at a load.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Regime {
    /// Well on both ways.
    Stable,
    /// Well on the way up and not on the way down: where it stays depends on where it comes from.
    Metastable,
    /// Well on the way down only: the trigger was survived, but not soon enough.
    Slow,
    /// Well on neither way.
    Collapsed,
}

impl Storm {
    /// What the system is in a cell.
    pub fn regime(&self, cell: StormCell) -> Regime {
        match (cell.up >= self.share, cell.down >= self.share) {
            (true, true) => Regime::Stable,
            (true, false) => Regime::Metastable,
            (false, true) => Regime::Slow,
            (false, false) => Regime::Collapsed,
        }
    }

    /// The highest load up to which, from the lowest on, all cells of a row are well on a way.
    pub fn carries(&self, row: &StormRow, way: fn(&StormCell) -> f64) -> Option<f64> {
        let well = row.cells.iter().take_while(|cell| way(cell) >= self.share).count();
        well.checked_sub(1).map(|last| self.loads[last])
    }

    /// Whether the way back differs from the way there anywhere.
    pub fn has_hysteresis(&self) -> bool {
        self.rows.iter().any(|row| row.cells.iter().any(|cell| self.regime(*cell) == Regime::Metastable))
    }
}
