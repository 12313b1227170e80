//! The form that all pictures share: a title, panels one below the other over a common horizontal axis, legends at
//! the right.

use super::super::colour::{Colour, Stroke};
use super::Picture;
use super::axis::Axis;
use super::canvas::{Anchor, Canvas, Point};
use super::faults::Shades;
use super::line;
use crate::results::FaultShape;
use std::collections::BTreeSet;

/// All lengths in pixels of a picture that is 1200 wide, and still readable when shown at two thirds of that.
const WIDTH: f64 = 1200.0;
const LEFT: f64 = 112.0;
const RIGHT: f64 = 888.0;
const LEGEND: f64 = 912.0;
const TITLE_SIZE: f64 = 30.0;
const TEXT_SIZE: f64 = 22.0;
const LEGEND_STEP: f64 = 33.0;
const SIGN_WIDTH: f64 = 36.0;
const LINE_WIDTH: f64 = 3.0;
/// The least distance of two labels of a vertical axis.
const LABEL_STEP: f64 = 34.0;

const GRID: Colour = Colour(0xE2, 0xE2, 0xE2);
const FRAME: Colour = Colour(0x99, 0x99, 0x99);
const QUIET: Colour = Colour(0x66, 0x66, 0x66);

/// A picture in the making.
pub(super) struct Sheet {
    canvas: Canvas,
    /// Where the next panel begins.
    top: f64,
    /// What is shaded in every panel.
    shades: Shades,
}

/// One diagram of a sheet.
pub(super) struct Panel {
    top: f64,
    height: f64,
    pub(super) x: Axis,
    pub(super) y: Axis,
}

/// The sign of a legend's line.
pub(super) enum Sign {
    Line(Stroke),
    Block(Colour),
    /// Words without a sign.
    Note,
}

impl Sheet {
    /// A sheet that says what it shows, and of what.
    pub(super) fn new(what: &str, subject: &str) -> Sheet {
        let mut canvas = Canvas::new();
        canvas.text((24.0, 38.0), Anchor::Start, TITLE_SIZE, Colour::INK, what);
        let left = 24.0 + canvas.typeface().width(what, TITLE_SIZE) + 24.0;
        let subject = canvas.typeface().fitted(subject, TEXT_SIZE, WIDTH - 24.0 - left);
        canvas.text((left, 40.0), Anchor::Start, TEXT_SIZE, QUIET, &subject);
        Sheet { canvas, top: 72.0, shades: Shades::default() }
    }

    /// The same for a picture of panels over time from 0 to `end` \[s\], with the faults of that time above them.
    pub(super) fn over_time(what: &str, subject: &str, faults: &[FaultShape], end: f64) -> Sheet {
        let mut sheet = Sheet::new(what, subject);
        sheet.shades = Shades::of(faults, end);
        let height = sheet.shades.strip(&mut sheet.canvas, sheet.top, (LEFT, RIGHT));
        if height > 0.0 {
            let place = (LEFT - 12.0, sheet.top + 17.0);
            sheet.canvas.text(place, Anchor::End, TEXT_SIZE, QUIET, "faults");
            sheet.top += height + 12.0;
        }
        if sheet.shades.hidden > 0 {
            sheet.note(&format!("{} more faults not shown", sheet.shades.hidden));
        }
        sheet
    }

    /// A panel below the ones before, under a heading.
    pub(super) fn panel(&mut self, heading: &str, height: f64, x: Axis, y: Axis) -> Panel {
        let heading = self.canvas.typeface().fitted(heading, TEXT_SIZE, RIGHT - 24.0);
        self.canvas.text((24.0, self.top + 16.0), Anchor::Start, TEXT_SIZE, Colour::INK, &heading);
        let panel = Panel { top: self.top + 44.0, height, x, y };
        self.top = panel.bottom() + 26.0;
        self.shades.fill(&mut self.canvas, panel.vertical(), (LEFT, RIGHT));
        panel
    }

    /// The light lines of a panel at its ticks, where faults begin and end, and what is written at the left.
    pub(super) fn grid(&mut self, panel: &Panel) {
        for (value, label) in &panel.y.ticks {
            let y = panel.at(0.0, *value).1;
            self.canvas.line(vec![(LEFT, y), (RIGHT, y)], 1.0, GRID);
            // Digits are higher than the small letters by which a line of text is centred.
            self.canvas.text((LEFT - 12.0, y + 2.0), Anchor::End, TEXT_SIZE, QUIET, label);
        }
        for (value, _) in &panel.x.ticks {
            let x = panel.at(*value, 0.0).0;
            self.canvas.line(vec![(x, panel.top), (x, panel.bottom())], 1.0, GRID);
        }
        self.shades.bounds(&mut self.canvas, panel.vertical(), (LEFT, RIGHT));
        self.canvas.line(vec![(LEFT, panel.bottom()), (RIGHT, panel.bottom())], 1.5, FRAME);
    }

    /// What is written below the last panel: the ticks of the horizontal axis, and its name.
    pub(super) fn horizontal_axis(&mut self, panel: &Panel, name: &str) {
        let mut free = f64::NEG_INFINITY;
        for (value, label) in &panel.x.ticks {
            let x = panel.at(*value, 0.0).0;
            let half = self.canvas.typeface().width(label, TEXT_SIZE) / 2.0;
            if x - half > free && !label.is_empty() {
                self.canvas.text((x, panel.bottom() + 20.0), Anchor::Middle, TEXT_SIZE, QUIET, label);
                free = x + half + 12.0;
            }
        }
        let middle = (LEFT + RIGHT) / 2.0;
        self.canvas.text((middle, panel.bottom() + 54.0), Anchor::Middle, TEXT_SIZE, QUIET, name);
        self.top = panel.bottom() + 78.0;
    }

    /// A line through values, in time order; where one is no number the line has a gap.
    pub(super) fn line(&mut self, panel: &Panel, values: &[Point], stroke: Stroke) {
        for run in values.split(|(x, y)| !x.is_finite() || !y.is_finite()).filter(|run| !run.is_empty()) {
            let points: Vec<Point> = run.iter().map(|&(x, y)| panel.at(x, y)).collect();
            if let [point] = points[..] {
                self.canvas.dot(point, LINE_WIDTH * 0.8, stroke.colour);
            }
            let kept = line::thinned(&points).into_iter().map(|index| points[index]).collect();
            for piece in line::dashed(kept, stroke.pattern) {
                self.canvas.line(piece, LINE_WIDTH, stroke.colour);
            }
        }
    }

    /// Layers on top of each other. The edges, one more than there are colours, have values at the same places from
    /// left to right; the lowest edge comes first.
    pub(super) fn layers(&mut self, panel: &Panel, edges: &[Vec<Point>], colours: &[Colour]) {
        let place = |edge: &Vec<Point>| edge.iter().map(|&(x, y)| panel.at(x, y)).collect();
        let edges: Vec<Vec<Point>> = edges.iter().map(place).collect();
        // Neighbours must keep the same points, or gaps open between them.
        let kept: BTreeSet<usize> = edges.iter().flat_map(|edge| line::thinned(edge)).collect();
        let edge = |index: usize| kept.iter().map(|&point| edges[index][point]).collect();
        for (index, colour) in colours.iter().enumerate() {
            self.canvas.area(edge(index + 1), edge(index), *colour);
        }
    }

    /// The names of a panel's lines, beside it.
    pub(super) fn legend(&mut self, panel: &Panel, entries: &[(Sign, String)]) {
        // More names than the panel is high for begin above it, as far as its heading.
        let start = panel.top + 8.0;
        for (index, (sign, name)) in entries.iter().enumerate() {
            let y = start + LEGEND_STEP * index as f64;
            let mut left = LEGEND;
            match sign {
                Sign::Line(stroke) => {
                    for piece in line::dashed(vec![(left, y), (left + SIGN_WIDTH, y)], stroke.pattern) {
                        self.canvas.line(piece, LINE_WIDTH + 1.0, stroke.colour);
                    }
                    left += SIGN_WIDTH + 10.0;
                }
                Sign::Block(colour) => {
                    let corners = |y: f64| vec![(left, y), (left + SIGN_WIDTH, y)];
                    self.canvas.area(corners(y - 9.0), corners(y + 9.0), *colour);
                    left += SIGN_WIDTH + 10.0;
                }
                Sign::Note => {}
            }
            let name = self.canvas.typeface().fitted(name, TEXT_SIZE, WIDTH - 16.0 - left);
            self.canvas.text((left, y), Anchor::Start, TEXT_SIZE, Colour::INK, &name);
            self.top = self.top.max(y + LEGEND_STEP);
        }
    }

    /// Words in the place of the next panel, or below the last one.
    pub(super) fn note(&mut self, text: &str) {
        self.canvas.text((24.0, self.top + 16.0), Anchor::Start, TEXT_SIZE, QUIET, text);
        self.top += 44.0;
    }

    /// The finished picture, to be filed under `stem`.
    pub(super) fn finish(self, stem: &'static str) -> Picture {
        let size = (WIDTH as u32, self.top.ceil() as u32);
        Picture { stem, canvas: self.canvas, size }
    }
}

impl Panel {
    /// How many labels have room on a vertical axis of this `height`.
    pub(super) fn room(height: f64) -> usize {
        (height / LABEL_STEP) as usize
    }

    /// Where it begins and ends.
    fn vertical(&self) -> (f64, f64) {
        (self.top, self.bottom())
    }

    fn bottom(&self) -> f64 {
        self.top + self.height
    }

    fn at(&self, x: f64, y: f64) -> Point {
        (LEFT + (RIGHT - LEFT) * self.x.place(x), self.bottom() - self.height * self.y.place(y))
    }
}
