//! A level that changes now and then, cell by cell of the timeline: what it was last, and the least, the mean and the most of it.

use super::timeline::{Timeline, Window};
use crate::units::Time;

/// One level of one component.
#[derive(Clone, Default, Debug)]
pub struct Level {
    /// What it is, and since when; none as long as nobody has said.
    stands: Option<(f64, Time)>,
    cells: Vec<Within>,
}

/// What a level was within a cell.
#[derive(Clone, Copy, Default, Debug)]
struct Within {
    /// What was said last.
    last: Option<f64>,
    held: Option<Held>,
}

/// What was held for some time.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Held {
    /// The least.
    pub least: f64,
    /// The most.
    pub most: f64,
    /// Integrated over the time for which it is known \[level ns\].
    area: f64,
    /// That time \[ns\].
    time: u64,
}

impl Held {
    /// The mean over the time for which it is known.
    pub fn mean(self) -> f64 {
        self.area / self.time as f64
    }

    /// This and that together.
    fn and(self, other: Held) -> Held {
        Held {
            least: self.least.min(other.least),
            most: self.most.max(other.most),
            area: self.area + other.area,
            time: self.time + other.time,
        }
    }
}

impl Level {
    /// Nothing said yet of so many cells.
    pub fn new(cells: usize) -> Level {
        Level { stands: None, cells: vec![Within::default(); cells] }
    }

    /// It is this from now on, which lies in a cell.
    pub fn stands(&mut self, level: f64, now: Time, cell: usize, timeline: &Timeline) {
        if let Some((before, since)) = self.stands {
            if before == level {
                return;
            }
            for passed in (0..=cell).rev() {
                if let Some(held) = held(before, (since, now), (passed, passed + 1), timeline) {
                    let within = &mut self.cells[passed].held;
                    *within = Some(within.map_or(held, |earlier| earlier.and(held)));
                }
                if timeline.start_of(passed) <= since {
                    break;
                }
            }
        }
        self.stands = Some((level, now));
        self.cells[cell].last = Some(level);
    }

    /// What it was at the end of a cell; none if nobody had said.
    pub fn at_the_end_of(&self, cell: usize) -> Option<f64> {
        self.cells[..=cell].iter().rev().find_map(|within| within.last)
    }

    /// What it was within a window, as far as the run has come; none if nobody had said.
    pub fn within(&self, window: Window, reached: Time, timeline: &Timeline) -> Option<Held> {
        let passed = self.cells[window.first..window.end].iter().filter_map(|within| within.held);
        let now = self
            .stands
            .and_then(|(level, since)| held(level, (since, reached), (window.first, window.end), timeline));
        passed.chain(now).reduce(Held::and)
    }
}

/// A level that was held from one instant to another, as far as these cells go.
fn held(
    level: f64,
    (from, until): (Time, Time),
    (first, end): (usize, usize),
    timeline: &Timeline,
) -> Option<Held> {
    let time = timeline.start_of(end).min(until).0.saturating_sub(timeline.start_of(first).max(from).0);
    (time > 0).then_some(Held { least: level, most: level, area: level * time as f64, time })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Span;

    /// Bins of 100 ns from 0 on: nothing is known until 50 ns, then it is 4, from 250 ns on 1, for no time 9, from 260 ns on 2.
    #[test]
    fn levels_hold_until_something_else_is_said() {
        let timeline = Timeline::new(Span(0), Span(400), 4, &[]);
        let mut level = Level::new(timeline.cells());
        for (value, now, cell) in [(4.0, 50, 1), (4.0, 120, 2), (1.0, 250, 3), (9.0, 260, 3), (2.0, 260, 3)] {
            level.stands(value, Time(now), cell, &timeline);
        }
        let within = |first, end, reached| {
            let held = level.within(Window { first, end }, Time(reached), &timeline)?;
            Some((held.least, held.mean(), held.most))
        };
        for (first, end, reached, expected) in [
            (1, 2, 400, Some((4.0, 4.0, 4.0))),
            (2, 3, 400, Some((4.0, 4.0, 4.0))),
            (3, 4, 400, Some((1.0, (50.0 * 4.0 + 10.0 + 40.0 * 2.0) / 100.0, 4.0))),
            (4, 5, 400, Some((2.0, 2.0, 2.0))),
            (1, 5, 400, Some((1.0, (200.0 * 4.0 + 10.0 + 140.0 * 2.0) / 350.0, 4.0))),
            (4, 5, 300, None),
        ] {
            assert_eq!(within(first, end, reached), expected, "{first} to {end}");
        }
        assert_eq!([1, 2, 3, 4].map(|cell| level.at_the_end_of(cell)), [4.0, 4.0, 2.0, 2.0].map(Some));
        assert_eq!(Level::new(2).within(Window { first: 0, end: 2 }, Time(9), &timeline), None);
    }
}
