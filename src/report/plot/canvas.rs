//! A picture as a list of marks, written as SVG text and as PNG bytes; the only file that knows plotters.
//!
//! Coordinates are pixels of the finished picture from its upper left corner. Both outputs are drawn three times
//! as fine: the SVG says so in its header, the PNG is averaged down, which smooths every edge.

use super::super::colour::Colour;
use super::text::{Lettering, Typeface};
use plotters::prelude::{BitMapBackend, DrawingBackend, SVGBackend};
use plotters_backend::{BackendColor, BackendCoord, BackendStyle, DrawingErrorKind, text_anchor::HPos};

/// Dots per pixel, in both directions.
const FINENESS: u32 = 3;

/// A place in the picture [px]: to the right, and down.
pub(super) type Point = (f64, f64);

/// Which end of a text its place means.
#[derive(Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

enum Mark {
    Line { points: Vec<Point>, width: f64, colour: Colour },
    Area { top: Vec<Point>, bottom: Vec<Point>, colour: Colour },
    Dot { centre: Point, radius: f64, colour: Colour },
    Text { at: Point, anchor: Anchor, size: f64, colour: Colour, text: String },
}

/// A picture in the making; what is added later lies on top.
pub(super) struct Canvas {
    marks: Vec<Mark>,
    typeface: Typeface,
}

impl Canvas {
    pub(super) fn new() -> Canvas {
        Canvas { marks: Vec::new(), typeface: Typeface::new() }
    }

    pub(super) fn typeface(&self) -> &Typeface {
        &self.typeface
    }

    /// A line through the points, `width` [px] wide.
    pub(super) fn line(&mut self, points: Vec<Point>, width: f64, colour: Colour) {
        self.marks.push(Mark::Line { points, width, colour });
    }

    /// What lies between two lines whose points stand at the same places from left to right.
    pub(super) fn area(&mut self, top: Vec<Point>, bottom: Vec<Point>, colour: Colour) {
        assert_eq!(top.len(), bottom.len(), "an area has as many points above as below");
        self.marks.push(Mark::Area { top, bottom, colour });
    }

    pub(super) fn dot(&mut self, centre: Point, radius: f64, colour: Colour) {
        self.marks.push(Mark::Dot { centre, radius, colour });
    }

    /// A line of text whose letters are centred on the height of `at`; `size` is one em [px].
    pub(super) fn text(&mut self, at: Point, anchor: Anchor, size: f64, colour: Colour, text: &str) {
        // XML has no way to write control characters and non-characters.
        let printable =
            |c: char| if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') { '\u{FFFD}' } else { c };
        let text = text.chars().map(printable).collect();
        self.marks.push(Mark::Text { at, anchor, size, colour, text });
    }

    /// The picture as an SVG document.
    pub(super) fn svg(&self, (width, height): (u32, u32)) -> String {
        let mut document = String::new();
        let fine = (width * FINENESS, height * FINENESS);
        self.paint(SVGBackend::with_string(&mut document, fine));
        // The header says how large the picture is shown, and that lines have round corners: acute ones are long
        // spikes otherwise.
        let body = document.split_once('\n').map_or("", |(_, body)| body);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {} {}\" \
             stroke-linejoin=\"round\">\n{body}",
            fine.0, fine.1
        )
    }

    /// The picture as a PNG file.
    pub(super) fn png(&self, (width, height): (u32, u32)) -> Vec<u8> {
        let fine = (width * FINENESS, height * FINENESS);
        let mut dots = vec![255; (fine.0 * fine.1 * 3) as usize];
        self.paint(BitMapBackend::with_buffer(&mut dots, fine));
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, width, height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let pixels = averaged(&dots, width as usize);
        let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(&pixels));
        written.expect("writing to memory does not fail");
        file
    }

    fn paint<S: Surface>(&self, mut surface: S) {
        let drawn = self.marks.iter().try_for_each(|mark| self.paint_mark(&mut surface, mark));
        drawn.and_then(|()| surface.present()).expect("drawing to memory does not fail");
    }

    fn paint_mark<S: Surface>(
        &self,
        surface: &mut S,
        mark: &Mark,
    ) -> Result<(), DrawingErrorKind<S::ErrorType>> {
        match mark {
            Mark::Line { points, width, colour } => {
                let points: Vec<_> = points.iter().map(|&point| dot_at(point)).collect();
                surface.stroke(&points, Pen { colour: *colour, width: dots(*width).max(1) as u32 })
            }
            Mark::Area { top, bottom, colour } => {
                let top: Vec<_> = top.iter().map(|&point| dot_at(point)).collect();
                let bottom: Vec<_> = bottom.iter().map(|&point| dot_at(point)).collect();
                surface.fill(&top, &bottom, Pen { colour: *colour, width: 1 })
            }
            Mark::Dot { centre, radius, colour } => surface.draw_circle(
                dot_at(*centre),
                dots(*radius) as u32,
                &Pen { colour: *colour, width: 1 },
                true,
            ),
            Mark::Text { at, anchor, size, colour, text } => {
                let anchor = match anchor {
                    Anchor::Start => HPos::Left,
                    Anchor::Middle => HPos::Center,
                    Anchor::End => HPos::Right,
                };
                let size = size * f64::from(FINENESS);
                let lettering = Lettering { typeface: &self.typeface, size, colour: *colour, anchor };
                surface.draw_text(text, &lettering, dot_at(*at))
            }
        }
    }
}

fn dots(pixels: f64) -> i32 {
    (pixels * f64::from(FINENESS)).round() as i32
}

fn dot_at((x, y): Point) -> BackendCoord {
    (dots(x), dots(y))
}

/// The mean of every square of dots: the pixels of the finished picture.
fn averaged(dots: &[u8], width: usize) -> Vec<u8> {
    let fineness = FINENESS as usize;
    let row = width * fineness * 3;
    let mut pixels = Vec::with_capacity(dots.len() / (fineness * fineness));
    let mut sums = vec![0_u16; width * 3];
    for rows in dots.chunks_exact(row * fineness) {
        sums.fill(FINENESS as u16 * FINENESS as u16 / 2);
        for line in rows.chunks_exact(row) {
            for (sum, square) in sums.chunks_exact_mut(3).zip(line.chunks_exact(3 * fineness)) {
                for dot in square.chunks_exact(3) {
                    sum[0] += u16::from(dot[0]);
                    sum[1] += u16::from(dot[1]);
                    sum[2] += u16::from(dot[2]);
                }
            }
        }
        pixels.extend(sums.iter().map(|sum| (sum / (FINENESS * FINENESS) as u16) as u8));
    }
    pixels
}

/// Colour and width [dots] of a line.
#[derive(Clone, Copy)]
struct Pen {
    colour: Colour,
    width: u32,
}

impl BackendStyle for Pen {
    fn color(&self) -> BackendColor {
        let Colour(red, green, blue) = self.colour;
        BackendColor { alpha: 1.0, rgb: (red, green, blue) }
    }

    fn stroke_width(&self) -> u32 {
        self.width
    }
}

/// What the two outputs do differently: an SVG takes a line as a whole, the rasterizer of plotters fails on sharp
/// corners of thick lines and gets them piece by piece.
trait Surface: DrawingBackend {
    fn stroke(&mut self, points: &[BackendCoord], pen: Pen) -> Result<(), DrawingErrorKind<Self::ErrorType>>;
    fn fill(
        &mut self,
        top: &[BackendCoord],
        bottom: &[BackendCoord],
        pen: Pen,
    ) -> Result<(), DrawingErrorKind<Self::ErrorType>>;
}

impl Surface for SVGBackend<'_> {
    fn stroke(&mut self, points: &[BackendCoord], pen: Pen) -> Result<(), DrawingErrorKind<Self::ErrorType>> {
        self.draw_path(points.iter().copied(), &pen)
    }

    fn fill(
        &mut self,
        top: &[BackendCoord],
        bottom: &[BackendCoord],
        pen: Pen,
    ) -> Result<(), DrawingErrorKind<Self::ErrorType>> {
        self.fill_polygon(top.iter().chain(bottom.iter().rev()).copied(), &pen)
    }
}

impl Surface for BitMapBackend<'_> {
    fn stroke(&mut self, points: &[BackendCoord], pen: Pen) -> Result<(), DrawingErrorKind<Self::ErrorType>> {
        for (index, pair) in points.windows(2).enumerate() {
            if index > 0 && pen.width > 2 {
                self.draw_circle(pair[0], pen.width / 2, &pen, true)?;
            }
            if pair[0] != pair[1] {
                self.fill_polygon(thick_segment(pair[0], pair[1], pen.width), &pen)?;
            }
        }
        Ok(())
    }

    fn fill(
        &mut self,
        top: &[BackendCoord],
        bottom: &[BackendCoord],
        pen: Pen,
    ) -> Result<(), DrawingErrorKind<Self::ErrorType>> {
        for (above, below) in top.windows(2).zip(bottom.windows(2)) {
            // Edges are drawn, too: what has no height would be seen.
            if above != below {
                self.fill_polygon([above[0], above[1], below[1], below[0]], &pen)?;
            }
        }
        Ok(())
    }
}

/// The corners of a straight line of some width.
fn thick_segment(from: BackendCoord, to: BackendCoord, width: u32) -> [BackendCoord; 4] {
    let (across, down) = (f64::from(to.0 - from.0), f64::from(to.1 - from.1));
    // Both edges of a polygon are drawn, which makes it one dot wider than its corners say.
    let scale = f64::from(width - 1) / 2.0 / (across * across + down * down).sqrt();
    let (x, y) = ((-down * scale).round() as i32, (across * scale).round() as i32);
    [(from.0 + x, from.1 + y), (to.0 + x, to.1 + y), (to.0 - x, to.1 - y), (from.0 - x, from.1 - y)]
}
