//! Faults in pictures over time: what lay over the run is shaded in every panel, and named in a strip above the panels.

use super::super::colour::{Colour, shade};
use super::canvas::{Anchor, Canvas, Point};
use crate::results::FaultShape;

/// More faults than this are not named, nor shaded.
const MOST_FAULTS: usize = 12;

const ROW: f64 = 30.0;
const BAR_HEIGHT: f64 = 22.0;
const NAME_SIZE: f64 = 20.0;
/// Between a bar or the side of the picture and a name [px].
const GAP: f64 = 8.0;
/// Half the width, and the height, of the sign of a crash [px].
const SIGN: f64 = 8.0;

const BOUND: Colour = Colour(0x8E, 0x7C, 0xA6);
const CRASH: Colour = Colour(0xB2, 0x18, 0x2B);

/// A fault on the horizontal axis.
#[derive(Clone, PartialEq, Debug)]
struct Shade {
    name: String,
    /// Where it begins and ends, as shares of the axis; the end is not before the beginning.
    extent: (f64, f64),
    /// Whether it begins, by a crash, within the picture.
    crashes: bool,
}

/// The faults of a picture, and how many more there are.
#[derive(Default)]
pub(super) struct Shades {
    shades: Vec<Shade>,
    pub(super) hidden: usize,
}

impl Shades {
    /// The faults that lie within a run from 0 to `end` \[s\]: by their beginnings, then in the order in which they are given.
    pub(super) fn of(faults: &[FaultShape], end: f64) -> Shades {
        let mut shown: Vec<(f64, f64, &FaultShape)> = faults
            .iter()
            .filter_map(|fault| Some((fault.from?, fault.until?, fault)))
            .filter(|(from, until, _)| end > 0.0 && *from < end && *until > 0.0 && from <= until)
            .collect();
        shown.sort_by(|one, other| one.0.total_cmp(&other.0));
        let hidden = shown.len().saturating_sub(MOST_FAULTS);
        let shade = |(from, until, fault): (f64, f64, &FaultShape)| Shade {
            name: fault.name.clone(),
            extent: ((from / end).max(0.0), (until / end).min(1.0)),
            crashes: fault.condition == "crash" && from >= 0.0,
        };
        Shades { shades: shown.into_iter().take(MOST_FAULTS).map(shade).collect(), hidden }
    }

    /// Draws the strip from `top` on, between the ends of the axis \[px\]; returns its height.
    pub(super) fn strip(&self, canvas: &mut Canvas, top: f64, (left, right): (f64, f64)) -> f64 {
        let mut rows: Vec<f64> = Vec::new();
        for fault in &self.shades {
            let [begin, end] = fault.at(left, right);
            let width = canvas.typeface().width(&fault.name, NAME_SIZE);
            let reach = GAP + width;
            let sign = if fault.crashes { SIGN } else { 0.0 };
            // The name stands in its bar if there is room, else behind it, else before it.
            let (name, anchor, occupied) = if begin + sign + reach + GAP <= end {
                (begin + sign + GAP, Anchor::Start, (begin - sign, end))
            } else if end.max(begin + sign) + reach <= right {
                let name = end.max(begin + sign) + GAP;
                (name, Anchor::Start, (begin - sign, name + width))
            } else {
                (begin - sign - GAP, Anchor::End, (begin - sign - reach, end))
            };
            let row = rows.iter().position(|free| occupied.0 >= *free).unwrap_or(rows.len());
            if row == rows.len() {
                rows.push(0.0);
            }
            rows[row] = occupied.1 + GAP;
            let middle = top + ROW * (row as f64 + 0.5);
            let (above, below) = (middle - BAR_HEIGHT / 2.0, middle + BAR_HEIGHT / 2.0);
            // What is over in an instant is seen all the same.
            rectangle(canvas, (begin, end.max(begin + 2.0)), (above, below), shade(2));
            canvas.line(vec![(begin, above), (begin, below)], 2.0, BOUND);
            if fault.crashes {
                crash_sign(canvas, (begin, middle - SIGN / 2.0));
            }
            canvas.text((name, middle + 1.0), anchor, NAME_SIZE, Colour::INK, &fault.name);
        }
        ROW * rows.len() as f64
    }

    /// Shades a panel from `top` to `bottom`, before anything else is drawn in it: the darker the more faults lie over each other.
    pub(super) fn fill(&self, canvas: &mut Canvas, (top, bottom): (f64, f64), (left, right): (f64, f64)) {
        let mut bounds: Vec<f64> = self.shades.iter().flat_map(|fault| fault.at(left, right)).collect();
        bounds.sort_by(f64::total_cmp);
        bounds.dedup();
        for pair in bounds.windows(2) {
            let covers = |fault: &&Shade| {
                let [begin, end] = fault.at(left, right);
                begin <= pair[0] && pair[1] <= end
            };
            let depth = self.shades.iter().filter(covers).count();
            if depth > 0 {
                rectangle(canvas, (pair[0], pair[1]), (top, bottom), shade(depth - 1));
            }
        }
    }

    /// Marks where faults begin and end, above what covers the shading.
    pub(super) fn bounds(&self, canvas: &mut Canvas, (top, bottom): (f64, f64), (left, right): (f64, f64)) {
        for shade in &self.shades {
            for x in shade.at(left, right).into_iter().filter(|x| *x > left && *x < right) {
                canvas.line(vec![(x, top), (x, bottom)], 1.5, BOUND);
            }
            if shade.crashes {
                // Above the panel, where no line covers it.
                crash_sign(canvas, (shade.at(left, right)[0], top - 1.5 * SIGN));
            }
        }
    }
}

impl Shade {
    fn at(&self, left: f64, right: f64) -> [f64; 2] {
        [self.extent.0, self.extent.1].map(|share| left + (right - left) * share)
    }
}

fn rectangle(canvas: &mut Canvas, (left, right): (f64, f64), (top, bottom): (f64, f64), colour: Colour) {
    let side = |y: f64| vec![(left, y), (right, y)];
    canvas.area(side(top), side(bottom), colour);
}

/// A triangle that points down, the middle of its upper side at a point.
fn crash_sign(canvas: &mut Canvas, (x, y): Point) {
    let across = [x - SIGN, x, x + SIGN];
    let below = [y, y + 1.5 * SIGN, y];
    canvas.area(across.map(|x| (x, y)).to_vec(), across.into_iter().zip(below).collect(), CRASH);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(name: &str, condition: &'static str, times: Option<(f64, f64)>) -> FaultShape {
        FaultShape {
            name: name.into(),
            condition,
            targets: String::new(),
            from: times.map(|times| times.0),
            until: times.map(|times| times.1),
            text: String::new(),
            clients: Vec::new(),
        }
    }

    fn height(faults: &[FaultShape]) -> f64 {
        Shades::of(faults, 100.0).strip(&mut Canvas::new(), 0.0, (100.0, 900.0)) / ROW
    }

    #[test]
    fn what_lies_within_the_run_is_shown() {
        let faults = [
            fault("late", "slow", Some((50.0, 900.0))),
            fault("warm_up", "crash", Some((-9.0, 0.0))),
            fault("random", "crash", None),
            fault("early", "crash", Some((-9.0, 20.0))),
            fault("after", "crash", Some((100.0, 120.0))),
            fault("crash", "crash", Some((50.0, 60.0))),
        ];
        let shades = Shades::of(&faults, 100.0);
        let shown: Vec<_> =
            shades.shades.iter().map(|one| (one.name.as_str(), one.extent, one.crashes)).collect();
        let expected =
            [("early", (0.0, 0.2), false), ("late", (0.5, 1.0), false), ("crash", (0.5, 0.6), true)];
        assert_eq!((shown, shades.hidden), (expected.to_vec(), 0));
        let many: Vec<FaultShape> = (0..20).map(|_| fault("f", "slow", Some((1.0, 2.0)))).collect();
        assert_eq!(Shades::of(&many, 100.0).hidden, 20 - MOST_FAULTS);
        assert_eq!(Shades::of(&faults, 0.0).shades, []);
    }

    #[test]
    fn names_that_would_meet_stand_below_each_other() {
        let at = |from: f64, until: f64| fault("a_name", "slow", Some((from, until)));
        for (faults, rows) in [
            (vec![], 0.0),
            (vec![at(10.0, 20.0), at(40.0, 50.0), at(80.0, 90.0)], 1.0),
            (vec![at(10.0, 50.0), at(20.0, 60.0), at(30.0, 70.0), at(80.0, 90.0)], 3.0),
            // The windows do not meet, but the first name needs room behind its bar.
            (vec![at(10.0, 10.1), at(12.0, 40.0)], 2.0),
        ] {
            assert_eq!(height(&faults), rows, "{faults:?}");
        }
    }

    #[test]
    fn shades_are_as_deep_as_faults_overlap() {
        let faults = [
            fault("a", "slow", Some((10.0, 50.0))),
            fault("b", "slow", Some((20.0, 40.0))),
            fault("c", "slow", Some((60.0, 70.0))),
        ];
        let mut canvas = Canvas::new();
        Shades::of(&faults, 100.0).fill(&mut canvas, (0.0, 10.0), (0.0, 100.0));
        let document = canvas.svg((100, 10)).to_lowercase();
        let count = |depth: usize| document.matches(&shade(depth).to_string()).count();
        assert_eq!([count(0), count(1), count(2)], [3, 1, 0], "{document}");
    }
}
