//! A metastability map as a picture: a field for each load and length of the trigger, cut in two: the way up above, the way
//! down below.

use super::super::colour::Colour;
use super::Picture;
use super::canvas::{Anchor, Canvas};
use crate::report::number::human;
use crate::results::{Form, Storm};

const WIDTH: f64 = 1200.0;
const LEFT: f64 = 190.0;
const RIGHT: f64 = 1160.0;
const TOP: f64 = 130.0;
const ROW: f64 = 64.0;
const GAP: f64 = 4.0;
const TITLE_SIZE: f64 = 28.0;
const TEXT_SIZE: f64 = 20.0;
const BELOW: f64 = 130.0;

const WELL: Colour = Colour(0x1B, 0x9E, 0x77);
const BAD: Colour = Colour(0xB2, 0x18, 0x2B);

/// The map: green where the requests are answered well, the paler the nearer to the limit, red where they are not.
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
            for (share, top, bottom) in
                [(cell.up, above + GAP / 2.0, middle), (cell.down, middle, above + ROW - GAP / 2.0)]
            {
                let side = |y: f64| across.map(|x| (x, y)).to_vec();
                canvas.area(side(top), side(bottom), colour(share, storm.share));
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
    Picture { stem: "storm", canvas, size: (WIDTH as u32, height as u32) }
}

fn colour(share: f64, limit: f64) -> Colour {
    if share >= limit { WELL } else { BAD.lighter(0.7 * share / limit) }
}
