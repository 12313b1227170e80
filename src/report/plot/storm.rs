//! A metastability map as a picture: a field for each load and length of the trigger, cut in two: the way up above, the way
//! down below; with a key to its colours.

use super::super::colour::Colour;
use super::Picture;
use super::canvas::{Anchor, Canvas};
use crate::report::number::human;
use crate::results::{Condition, Form, Storm, StormLevel};

const WIDTH: f64 = 1200.0;
const LEFT: f64 = 190.0;
const RIGHT: f64 = 1160.0;
const TOP: f64 = 130.0;
const ROW: f64 = 64.0;
const GAP: f64 = 4.0;
const TITLE_SIZE: f64 = 28.0;
const TEXT_SIZE: f64 = 20.0;
const BELOW: f64 = 200.0;
/// A field of the key, and what is free after its words.
const SWATCH: [f64; 2] = [26.0, 22.0];
const SWATCH_GAP: f64 = 32.0;
const KEY_LINE: f64 = 34.0;
/// The shades that stand for all in the key.
const SHADES: usize = 4;

const WELL: Colour = Colour(0x1B, 0x9E, 0x77);
const DRAINING: Colour = Colour(0xFD, 0xC0, 0x4E);
const BAD: Colour = Colour(0xB2, 0x18, 0x2B);
const UNKNOWN: Colour = Colour(0xC8, 0xC8, 0xC8);

/// The map: green where the requests are answered well, yellow where they will be, red where they are not, the paler the
/// nearer to it.
pub fn storm(storm: &Storm) -> Picture {
    let mut canvas = Canvas::new();
    let height = TOP + ROW * storm.rows.len() as f64 + BELOW;
    canvas.text(
        (LEFT, 40.0),
        Anchor::Start,
        TITLE_SIZE,
        Colour::INK,
        &format!("{}: storm", storm.scenario.title),
    );
    let subtitle = format!(
        "trigger: {}; each load lasts {}, well is who answers {} within {}",
        storm.trigger,
        human(storm.step, Form::Duration),
        human(storm.share, Form::Share),
        human(storm.within, Form::Duration),
    );
    canvas.text((LEFT, 78.0), Anchor::Start, TEXT_SIZE, Colour::INK, &subtitle);
    let column = (RIGHT - LEFT) / storm.loads.len() as f64;
    for (index, row) in storm.rows.iter().enumerate() {
        // The longest trigger stands at the top.
        let above = TOP + ROW * (storm.rows.len() - 1 - index) as f64;
        let name =
            if row.length == 0.0 { "no trigger".to_owned() } else { human(row.length, Form::Duration) };
        let middle = above + ROW / 2.0;
        canvas.text((LEFT - 14.0, middle), Anchor::End, TEXT_SIZE, Colour::INK, &name);
        for (index, cell) in row.cells.iter().enumerate() {
            let left = LEFT + column * index as f64;
            let across = [left + GAP / 2.0, left + column - GAP / 2.0];
            for (level, top, bottom) in
                [(cell.up, above + GAP / 2.0, middle), (cell.down, middle, above + ROW - GAP / 2.0)]
            {
                let side = |y: f64| across.map(|x| (x, y)).to_vec();
                canvas.area(side(top), side(bottom), colour(storm, level));
            }
            canvas.line(vec![(across[0], middle), (across[1], middle)], 1.5, Colour(0xFF, 0xFF, 0xFF));
        }
    }
    let axis = TOP + ROW * storm.rows.len() as f64;
    for (index, load) in storm.loads.iter().enumerate() {
        let at = LEFT + column * (index as f64 + 0.5);
        canvas.text((at, axis + 24.0), Anchor::Middle, TEXT_SIZE, Colour::INK, &human(*load, Form::Share));
    }
    let middle = (LEFT + RIGHT) / 2.0;
    canvas.text(
        (middle, axis + 58.0),
        Anchor::Middle,
        TEXT_SIZE,
        Colour::INK,
        "load, of what the scenario offers",
    );
    let legend = "upper half: on the way up, after the trigger; lower half: on the way down";
    canvas.text((middle, axis + 96.0), Anchor::Middle, TEXT_SIZE, Colour::INK, legend);
    key(&mut canvas, storm, axis + 138.0);
    Picture { stem: "storm", canvas, size: (WIDTH as u32, height as u32) }
}

/// What the colours say that are in the map, in a line or two from this height on.
fn key(canvas: &mut Canvas, storm: &Storm, mut middle: f64) {
    let levels = || storm.rows.iter().flat_map(|row| &row.cells).flat_map(|cell| [cell.up, cell.down]);
    let limit = human(storm.share, Form::Share);
    let shades = |index: usize| stuck(index as f64 / (SHADES - 1) as f64);
    let entries = [
        (Condition::Well, vec![WELL], "well".to_owned()),
        (Condition::Draining, vec![DRAINING], "not well, but the backlog falls".to_owned()),
        (
            Condition::Stuck,
            (0..SHADES).map(shades).collect(),
            format!("stuck: 0 % to {limit} are answered well"),
        ),
        (Condition::Unknown, vec![UNKNOWN], "stopped at a limit".to_owned()),
    ];
    let mut left = LEFT;
    for (_, colours, words) in
        entries.into_iter().filter(|entry| levels().any(|level| storm.condition(level) == entry.0))
    {
        let [width, height] = SWATCH;
        let room = canvas.typeface().width(&words, TEXT_SIZE);
        if left + width * (colours.len() as f64 + 0.25) + room > RIGHT {
            (left, middle) = (LEFT, middle + KEY_LINE);
        }
        for shade in colours {
            let side = |y: f64| vec![(left, y), (left + width, y)];
            canvas.area(side(middle - height / 2.0), side(middle + height / 2.0), shade);
            left += width;
        }
        left += width / 4.0;
        canvas.text((left, middle), Anchor::Start, TEXT_SIZE, Colour::INK, &words);
        left += room + SWATCH_GAP;
    }
}

fn colour(storm: &Storm, level: StormLevel) -> Colour {
    match storm.condition(level) {
        Condition::Well => WELL,
        Condition::Draining => DRAINING,
        Condition::Stuck => stuck(level.share.unwrap_or_default() / storm.share),
        Condition::Unknown => UNKNOWN,
    }
}

/// Red for a share of what would be well.
fn stuck(part: f64) -> Colour {
    BAD.lighter(0.7 * part)
}
