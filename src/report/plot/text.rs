//! Text in pictures: how wide it is, and its shape where no viewer draws it, from a font that comes with the program.

use super::super::colour::Colour;
use ab_glyph::{Font, FontRef, PxScale, ScaleFont, point};
use plotters_backend::{
    BackendColor, BackendCoord, BackendTextStyle, FontFamily,
    text_anchor::{HPos, Pos, VPos},
};
use std::convert::Infallible;

/// DejaVu Sans, reduced to Latin and the signs of this report; its licence lies beside it.
static FONT: &[u8] = include_bytes!("../assets/dejavu-sans-subset.ttf");

/// What an SVG asks its viewer for: the same font, or one whose letters are about as wide.
const FAMILY: &str = "DejaVu Sans, Verdana, Geneva, sans-serif";

/// The SVG writer of plotters divides sizes by this number.
const SIZE_DIVISOR: f64 = 1.24;

/// Half the height of a small letter [em]: how far below the middle of a line its letters stand.
const HALF_LETTER: f64 = 0.273;

/// The font of all pictures.
pub(super) struct Typeface(FontRef<'static>);

impl Typeface {
    pub(super) fn new() -> Typeface {
        Typeface(FontRef::try_from_slice(FONT).expect("the font that comes with the program is well-formed"))
    }

    /// The width of a line of text, in the unit of `size`, which is one em.
    pub(super) fn width(&self, text: &str, size: f64) -> f64 {
        self.pen_positions(text, size).1
    }

    /// The text, with an ellipsis for its middle where it is wider than `room`: similar names often differ at their
    /// ends.
    pub(super) fn fitted(&self, text: &str, size: f64, room: f64) -> String {
        let letters: Vec<char> = text.chars().collect();
        let mut fitted = text.to_owned();
        // No letter is narrower than a tenth of an em: what is longer than that is not even tried.
        let mut kept = letters.len().min((room / size * 10.0) as usize + 1);
        while kept > 0 && self.width(&fitted, size) > room {
            kept -= 1;
            let start: String = letters[..kept.div_ceil(2)].iter().collect();
            let end: String = letters[letters.len() - kept / 2..].iter().collect();
            fitted = format!("{}…{}", start.trim_end(), end.trim_start());
        }
        fitted
    }

    /// Where each glyph begins, and where the last one ends.
    fn pen_positions(&self, text: &str, size: f64) -> (Vec<f32>, f64) {
        let font = self.0.as_scaled(self.scale(size));
        let mut pen = 0.0;
        let mut previous = None;
        let mut positions = Vec::with_capacity(text.len());
        for letter in text.chars() {
            let glyph = font.glyph_id(letter);
            pen += previous.map_or(0.0, |previous| font.kern(previous, glyph));
            positions.push(pen);
            pen += font.h_advance(glyph);
            previous = Some(glyph);
        }
        (positions, f64::from(pen))
    }

    /// The scale at which one em is `size` high: the rasterizer counts from the lowest descent to the highest ascent.
    fn scale(&self, size: f64) -> PxScale {
        let em = self.0.units_per_em().unwrap_or(self.0.height_unscaled());
        PxScale::from(size as f32 * self.0.height_unscaled() / em)
    }
}

/// How one line of text is written: the size [dots] of one em, the colour, and which of its ends is given.
pub(super) struct Lettering<'a> {
    pub(super) typeface: &'a Typeface,
    pub(super) size: f64,
    pub(super) colour: Colour,
    pub(super) anchor: HPos,
}

impl BackendTextStyle for Lettering<'_> {
    type FontError = Infallible;

    fn color(&self) -> BackendColor {
        let Colour(red, green, blue) = self.colour;
        BackendColor { alpha: 1.0, rgb: (red, green, blue) }
    }

    fn size(&self) -> f64 {
        self.size * SIZE_DIVISOR
    }

    fn anchor(&self) -> Pos {
        Pos::new(self.anchor, VPos::Center)
    }

    fn family(&self) -> FontFamily<'_> {
        FontFamily::Name(FAMILY)
    }

    /// No height: [`Lettering::draw`] counts from the middle of the line, which is what the anchor asks for.
    fn layout_box(&self, text: &str) -> Result<(BackendCoord, BackendCoord), Infallible> {
        Ok(((0, 0), (self.typeface.width(text, self.size) as i32, 0)))
    }

    fn draw<E, DrawFunc: FnMut(i32, i32, BackendColor) -> Result<(), E>>(
        &self,
        text: &str,
        (left, middle): BackendCoord,
        mut draw: DrawFunc,
    ) -> Result<Result<(), E>, Infallible> {
        let font = &self.typeface.0;
        let scale = self.typeface.scale(self.size);
        let baseline = (self.size * HALF_LETTER) as f32;
        let mut result = Ok(());
        for (letter, pen) in text.chars().zip(self.typeface.pen_positions(text, self.size).0) {
            let glyph = font.glyph_id(letter).with_scale_and_position(scale, point(pen, baseline));
            let Some(outline) = font.outline_glyph(glyph) else { continue };
            let corner = outline.px_bounds().min;
            outline.draw(|x, y, coverage| {
                if result.is_ok() && coverage > 0.0 {
                    let alpha = f64::from(coverage).min(1.0);
                    let at = (left + corner.x as i32 + x as i32, middle + corner.y as i32 + y as i32);
                    result = draw(at.0, at.1, BackendColor { alpha, ..self.color() });
                }
            });
        }
        Ok(result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_lose_their_middle() {
        let typeface = Typeface::new();
        let cases = [
            ("short", 200.0, "short"),
            ("component-number-17", 150.0, "compo…r-17"),
            ("", 10.0, ""),
            ("no room at all", 1.0, "…"),
        ];
        for (text, room, expected) in cases {
            assert_eq!(typeface.fitted(text, 22.0, room), expected);
        }
    }

    #[test]
    fn widths_are_those_of_the_font() {
        // The advance of a digit of DejaVu Sans is 1303 of 2048 units.
        assert!((Typeface::new().width("0", 2048.0) - 1303.0).abs() < 0.01);
    }
}
