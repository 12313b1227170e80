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
    /// The highest factor of the profiles in the place of which the levels come; none if no client has a profile.
    pub peak: Option<f64>,
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

/// What became of a load on both ways.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct StormCell {
    /// On the way up, after the trigger.
    pub up: StormLevel,
    /// On the way down, without one.
    pub down: StormLevel,
}

/// What became of a load on one way.
#[derive(Clone, Copy, PartialEq, Default, Debug, Serialize)]
pub struct StormLevel {
    /// The share of the requests that were answered well towards its end; none if the run stopped at a limit before.
    pub share: Option<f64>,
    /// In how long nobody would be under way any more \[s\], if their number, with that of the work for those who have given
    /// up, went on to fall as it did; none if it did not fall.
    #[serde(rename = "empty_in_s")]
    pub empty_in: Option<f64>,
}

/// How a system is at the end of a level.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Condition {
    /// Requests are answered well.
    Well,
    /// They are not, but the backlog becomes less: nothing keeps this state up.
    Draining,
    /// They are not, and the backlog does not become less.
    Stuck,
    /// The run stopped at a limit of the scenario before.
    Unknown,
}

/// What a system is at a load.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Regime {
    /// Well on the way up, and on the way down well or on its way to be: where it stays does not depend on where it comes from.
    Stable,
    /// Well on the way up and stuck on the way down: where it stays depends on where it comes from.
    Metastable,
    /// Not well on the way up and not stuck on the way down: the trigger is survived, but not soon enough.
    Slow,
    /// Not well on the way up, and stuck on the way down.
    Collapsed,
    /// The run stopped at a limit of the scenario before it was known.
    Unknown,
}

impl Storm {
    /// How the system was at the end of a level.
    pub fn condition(&self, level: StormLevel) -> Condition {
        match level.share {
            None => Condition::Unknown,
            Some(share) if share >= self.share => Condition::Well,
            Some(_) if level.empty_in.is_some() => Condition::Draining,
            Some(_) => Condition::Stuck,
        }
    }

    /// What the system is in a cell.
    pub fn regime(&self, cell: StormCell) -> Regime {
        use Condition::{Stuck, Unknown, Well};
        match (self.condition(cell.up), self.condition(cell.down)) {
            (Unknown, _) | (_, Unknown) => Regime::Unknown,
            (Well, Stuck) => Regime::Metastable,
            (Well, _) => Regime::Stable,
            (_, Stuck) => Regime::Collapsed,
            _ => Regime::Slow,
        }
    }

    /// The highest load up to which, from the lowest on, a row meets a condition at every load.
    pub fn highest(&self, row: &StormRow, is_met: impl Fn(StormCell) -> bool) -> Option<f64> {
        let met = row.cells.iter().take_while(|cell| is_met(**cell)).count();
        met.checked_sub(1).map(|last| self.loads[last])
    }

    /// The highest load up to which, from the lowest on, the system is well on the way up, with triggers of this length and with
    /// all shorter ones: to be struck harder is no help.
    pub fn carries(&self, row: &StormRow) -> Option<f64> {
        let shorter = self.rows.iter().filter(|other| other.length <= row.length);
        let all = shorter.map(|other| self.survives(other)).collect::<Option<Vec<f64>>>()?;
        all.into_iter().reduce(f64::min)
    }

    /// A row in which the system is well at a higher load than with a shorter trigger, and that load: what happens near the bound is
    /// then chance.
    pub fn beyond(&self) -> Option<(&StormRow, f64)> {
        self.rows.iter().find_map(|row| {
            let highest = self.survives(row)?;
            (self.carries(row).is_none_or(|carried| carried < highest)).then_some((row, highest))
        })
    }

    /// The highest load up to which, from the lowest on, the system is well on the way up in this row.
    fn survives(&self, row: &StormRow) -> Option<f64> {
        self.highest(row, |cell| self.condition(cell.up) == Condition::Well)
    }

    /// Whether the way back differs from the way there anywhere.
    pub fn has_hysteresis(&self) -> bool {
        self.rows.iter().any(|row| row.cells.iter().any(|cell| self.regime(*cell) == Regime::Metastable))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn to_be_struck_harder_is_no_help() {
        let level =
            |is_well: bool| StormLevel { share: Some(if is_well { 1.0 } else { 0.0 }), empty_in: None };
        let row = |(length, well): (f64, usize)| {
            let cell = |at| StormCell { up: level(at < well), down: level(true) };
            StormRow { length, fingerprint: 0, cells: (0..3).map(cell).collect() }
        };
        let storm = |rows: &[(f64, usize)]| Storm {
            scenario: Subject::default(),
            trigger: String::new(),
            peak: None,
            loads: vec![0.5, 1.0, 1.5],
            step: 1.0,
            within: 1.0,
            share: 0.9,
            rows: rows.iter().copied().map(row).collect(),
        };
        for (rows, carried, beyond) in [
            (&[(0.0, 3), (1.0, 2), (2.0, 1)][..], &[Some(1.5), Some(1.0), Some(0.5)][..], None),
            (&[(0.0, 2), (1.0, 3), (2.0, 1)], &[Some(1.0), Some(1.0), Some(0.5)], Some((1.0, 1.5))),
            (&[(0.0, 2), (1.0, 1), (2.0, 2)], &[Some(1.0), Some(0.5), Some(0.5)], Some((2.0, 1.0))),
            (&[(0.0, 0), (1.0, 1)], &[None, None], Some((1.0, 0.5))),
        ] {
            let storm = storm(rows);
            let all: Vec<Option<f64>> = storm.rows.iter().map(|row| storm.carries(row)).collect();
            assert_eq!(all, carried, "{rows:?}");
            assert_eq!(storm.beyond().map(|(row, load)| (row.length, load)), beyond, "{rows:?}");
        }
    }
}
