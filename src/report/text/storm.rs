//! A metastability map as text: a row for each length of the trigger, a column for each load.

use super::{Ink, Style};
use crate::report::number::human;
use crate::report::table::{Align, Table};
use crate::results::{Condition, Form, Regime, Storm, StormCell, StormRow};

/// What a regime is in a cell, in a legend, and in colour.
const REGIMES: [(Regime, &str, &str, Ink); 5] = [
    (Regime::Stable, "+", "well on the way up, and not stuck on the way down", Ink::Good),
    (Regime::Slow, "~", "not well soon after the trigger, but not stuck on the way down", Ink::Unsure),
    (Regime::Metastable, "M", "well on the way up, stuck on the way down: metastable", Ink::Unsure),
    (Regime::Collapsed, "-", "not well on the way up, stuck on the way down", Ink::Bad),
    (Regime::Unknown, "?", "the run stopped at a limit of the scenario before", Ink::Unsure),
];

/// The whole report.
pub fn storm(storm: &Storm, style: Style) -> String {
    let mut text =
        format!("{}: {}\n\n", style.paint("storm", Ink::Heading), super::plain(&storm.scenario.title));
    let columns = storm.loads.iter().map(|load| human(*load, Form::Share));
    let titles: Vec<String> = ["trigger".to_owned()].into_iter().chain(columns).collect();
    let rows = storm.rows.iter().map(|row| {
        let cells = row.cells.iter().map(|cell| sign(storm.regime(*cell)).to_owned());
        [length(row)].into_iter().chain(cells).collect::<Vec<String>>()
    });
    text += &grid(&titles, rows.collect(), style);
    text.push('\n');
    let is_used =
        |regime| storm.rows.iter().flat_map(|row| &row.cells).any(|cell| storm.regime(*cell) == regime);
    for (_, sign, meaning, ink) in REGIMES.iter().filter(|known| is_used(known.0)) {
        text += &format!("  {}  {meaning}\n", style.paint(sign, *ink));
    }
    text.push('\n');
    for sentence in sentences(storm) {
        text += &format!("  · {sentence}\n");
    }
    text
}

/// What the map says, in sentences.
fn sentences(storm: &Storm) -> Vec<String> {
    let mut said = vec![
        format!(
            "each load lasts {}; a request is answered well within {}, a system is well if {} of them are in the last quarter",
            human(storm.step, Form::Duration),
            human(storm.within, Form::Duration),
            share(storm.share),
        ),
        "it is stuck if it is not well and the number of requests under way does not fall, those of which nobody waits any more included"
            .to_owned(),
    ];
    let most = storm.loads.last().copied().unwrap_or_default();
    if let Some(peak) = storm.peak {
        let above = if peak > most { ", above all loads that were tried (--loads)" } else { "" };
        said.push(format!(
            "100 % is the load at a factor of 1 of the profiles: the levels come in their place, and their peak is {}{above}",
            share(peak)
        ));
    }
    let carried = |row: &StormRow| match storm.carries(row) {
        Some(load) if load >= most => format!("carries all loads that were tried, up to {}", share(load)),
        Some(load) => format!("carries up to {} of the load", share(load)),
        None => "carries none of these loads".to_owned(),
    };
    if let Some(calm) = storm.rows.first() {
        said.push(format!("{}, the system {}", named(storm, calm), carried(calm)));
        said.extend(way_back(storm, calm));
    }
    for row in storm.rows.iter().skip(1) {
        said.push(format!("{}, it {}", named(storm, row), carried(row)));
    }
    said.extend(storm.beyond().map(|(row, load)| {
        format!(
            "{}, it was well even at {}, and was not with less of it: near the bound the levels are too short to tell, longer ones \
             (--level) can",
            named(storm, row),
            share(load)
        )
    }));
    said
}

/// At which loads it comes back after the highest, and where it is still at it.
fn way_back(storm: &Storm, calm: &StormRow) -> Vec<String> {
    let most = storm.loads.last().copied().unwrap_or_default();
    let Some(up) = storm.carries(calm).filter(|up| *up < most) else { return Vec::new() };
    let down = |cell: &StormCell| storm.condition(cell.down);
    if calm.cells.iter().any(|cell| down(cell) == Condition::Unknown) {
        return vec![format!("the way down from {} was stopped by a limit of the scenario", share(most))];
    }
    let back = storm.highest(calm, |cell| down(&cell) != Condition::Stuck);
    let mut said = vec![match back {
        Some(back) if back >= up => {
            format!("after {} it comes back at {}: it forgets", share(most), share(back))
        }
        Some(back) => format!(
            "after {} it comes back only at {}: between {} and {} it depends on where it comes from",
            share(most),
            share(back),
            share(back),
            share(up)
        ),
        None => format!("after {} it comes back at none of these loads", share(most)),
    }];
    // The last of the way down is the lowest load: what is left there is left of all.
    let last = calm.cells.first().filter(|cell| down(cell) == Condition::Draining);
    let left = last.and_then(|cell| cell.down.empty_in);
    said.extend(left.map(|left| {
        format!(
            "at {} the backlog of the way down is still falling: it would be gone in about {}",
            share(storm.loads[0]),
            human(left, Form::Duration)
        )
    }));
    said
}

fn share(share: f64) -> String {
    human(share, Form::Share)
}

fn named(storm: &Storm, row: &StormRow) -> String {
    match row.length {
        0.0 => "without a trigger".to_owned(),
        length => format!("with {} of {}", human(length, Form::Duration), super::plain(&storm.trigger)),
    }
}

fn length(row: &StormRow) -> String {
    if row.length == 0.0 { "none".to_owned() } else { human(row.length, Form::Duration) }
}

fn sign(regime: Regime) -> &'static str {
    REGIMES.iter().find(|known| known.0 == regime).expect("every regime has a sign").1
}

/// Rows of cells below their titles, the cells on the right of their columns.
fn grid(titles: &[String], rows: Vec<Vec<String>>, style: Style) -> String {
    // The titles are numbers here: a table of other columns has theirs in the program.
    let columns: Vec<(&'static str, Align)> = titles.iter().map(|_| ("", Align::Right)).collect();
    let mut table = Table::new(&columns);
    table.push(titles.to_vec());
    rows.into_iter().for_each(|row| table.push(row));
    let (_, lines) = table.lines();
    let mut lines = lines.into_iter();
    let heading = lines.next().map(|line| style.paint(&line, Ink::Heading)).unwrap_or_default();
    [heading].into_iter().chain(lines).map(|line| line + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{StormLevel, Subject};

    /// What is said of a system that is well at so many of three loads.
    fn said(well: usize, peak: Option<f64>) -> String {
        let level =
            |is_well: bool| StormLevel { share: Some(if is_well { 1.0 } else { 0.0 }), empty_in: None };
        let cell = |at| StormCell { up: level(at < well), down: level(true) };
        let row = StormRow { length: 0.0, fingerprint: 0, cells: (0..3).map(cell).collect() };
        let storm = Storm {
            scenario: Subject::default(),
            trigger: String::new(),
            peak,
            loads: vec![0.5, 1.0, 1.5],
            step: 1.0,
            within: 1.0,
            share: 0.9,
            rows: vec![row],
        };
        sentences(&storm)[2..].join("; ")
    }

    #[test]
    fn the_end_of_the_map_is_no_limit_of_the_system() {
        for (well, expected) in [
            (0, "without a trigger, the system carries none of these loads"),
            (
                2,
                "without a trigger, the system carries up to 100 % of the load; after 150 % it comes back at 150 %: it forgets",
            ),
            (3, "without a trigger, the system carries all loads that were tried, up to 150 %"),
        ] {
            assert_eq!(said(well, None), expected);
        }
    }

    #[test]
    fn a_peak_that_was_not_tried_is_told() {
        let told = "100 % is the load at a factor of 1 of the profiles: the levels come in their place, and their peak is ";
        for (peak, expected) in
            [(5.0, "500 %, above all loads that were tried (--loads); "), (1.5, "150 %; ")]
        {
            assert!(said(3, Some(peak)).starts_with(&format!("{told}{expected}")), "{}", said(3, Some(peak)));
        }
    }
}
