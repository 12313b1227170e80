//! Gives every component, client and failure reason the colour that it has in every picture, table and diagram.
//!
//! A colour is a function of the name alone, so neither another scenario variant nor a new neighbour changes it.
//! Twelve colours do not suffice for any set of names: where two names of one picture share a colour, the
//! pattern of the line tells them apart ([`strokes`]).

use std::fmt;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// A colour of the sRGB space; its text form is that of CSS, `#rrggbb`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Colour(pub u8, pub u8, pub u8);

/// What tells a line of a picture from the others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stroke {
    /// The colour of its name.
    pub colour: Colour,
    /// How many names before it in this picture have the same colour: 0 is a solid line.
    pub pattern: usize,
}

/// Colours for lines on white. The first six are those of Okabe and Ito (2008), the others were chosen among the
/// schemes of Paul Tol (2021) and their neighbours for the largest distance to all others, also as seen by
/// people who lack one kind of cone.
const PALETTE: [Colour; 12] = [
    Colour(0x00, 0x72, 0xB2),
    Colour(0xE6, 0x9F, 0x00),
    Colour(0xD5, 0x5E, 0x00),
    Colour(0x00, 0x9E, 0x73),
    Colour(0x56, 0xB4, 0xE9),
    Colour(0xCC, 0x79, 0xA7),
    Colour(0x33, 0x22, 0x88),
    Colour(0x88, 0x22, 0x55),
    Colour(0x7A, 0x4B, 0x12),
    Colour(0xC8, 0xB5, 0x60),
    Colour(0x76, 0x2A, 0x83),
    Colour(0x00, 0x60, 0x6B),
];

/// The same colours for lines on dark ground, of the same hues, chosen in the same way.
const PALETTE_ON_DARK: [Colour; 12] = [
    Colour(0x01, 0x91, 0xFF),
    Colour(0xFF, 0xAB, 0x04),
    Colour(0xED, 0x43, 0x04),
    Colour(0x80, 0xFF, 0xC6),
    Colour(0xB6, 0xE3, 0xF9),
    Colour(0xCB, 0x9F, 0xAF),
    Colour(0xA3, 0xA1, 0xED),
    Colour(0xC2, 0x30, 0x60),
    Colour(0xAF, 0x68, 0x3F),
    Colour(0xDC, 0xDB, 0x86),
    Colour(0xA5, 0x33, 0xC3),
    Colour(0x20, 0x83, 0xA3),
];

/// Warm colours for what went wrong.
const WARNING_PALETTE: [Colour; 6] = [
    Colour(0xD5, 0x5E, 0x00),
    Colour(0x88, 0x22, 0x55),
    Colour(0xF0, 0xB0, 0x30),
    Colour(0xCC, 0x79, 0xA7),
    Colour(0x7A, 0x4B, 0x12),
    Colour(0xB2, 0x18, 0x2B),
];

/// The same colours for dark ground.
const WARNING_PALETTE_ON_DARK: [Colour; 6] = [
    Colour(0xFF, 0x7A, 0x2F),
    Colour(0xC2, 0x30, 0x60),
    Colour(0xFF, 0xD8, 0x66),
    Colour(0xE3, 0xA8, 0xC9),
    Colour(0xAF, 0x68, 0x3F),
    Colour(0xF0, 0x3C, 0x4E),
];

/// Light grounds on which all lines stay visible: for one fault, two, and more over each other.
const SHADES: [Colour; 3] = [Colour(0xED, 0xE7, 0xF4), Colour(0xDD, 0xD2, 0xEA), Colour(0xCB, 0xBB, 0xDF)];

/// Seeds of the hash, found by trial: with them the commonest names (see the tests) have colours of their own.
const SEED: u64 = 18_061;
const WARNING_SEED: u64 = 354;

impl Colour {
    /// Black ink of texts.
    pub const INK: Colour = Colour(0x22, 0x22, 0x22);

    /// The colour with a `share` of white in it, in [0, 1].
    pub fn lighter(self, share: f64) -> Colour {
        let mix = |channel: u8| (f64::from(channel) + (255.0 - f64::from(channel)) * share + 0.5) as u8;
        Colour(mix(self.0), mix(self.1), mix(self.2))
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

/// The colour of a component or client.
pub fn colour_of(name: &str) -> Colour {
    pick(&PALETTE, SEED, name)
}

/// The colour of a reason for which requests fail.
pub fn colour_of_reason(reason: &str) -> Colour {
    pick(&WARNING_PALETTE, WARNING_SEED, reason)
}

/// What a colour of [`colour_of`] is on dark ground.
pub fn on_dark(colour: Colour) -> Colour {
    counterpart(&PALETTE, &PALETTE_ON_DARK, colour)
}

/// What a colour of [`colour_of_reason`] is on dark ground.
pub fn reason_on_dark(colour: Colour) -> Colour {
    counterpart(&WARNING_PALETTE, &WARNING_PALETTE_ON_DARK, colour)
}

fn counterpart(palette: &[Colour], others: &[Colour], colour: Colour) -> Colour {
    palette.iter().zip(others).find(|(one, _)| **one == colour).map_or(colour, |(_, other)| *other)
}

/// The ground under a time with faults, the darker the deeper; from 0.
pub fn shade(depth: usize) -> Colour {
    SHADES[depth.min(SHADES.len() - 1)]
}

fn pick(palette: &[Colour], seed: u64, name: &str) -> Colour {
    let hash = xxh3_64_with_seed(name.as_bytes(), seed);
    palette[(hash % palette.len() as u64) as usize]
}

/// The strokes of the lines of one picture, in the order of `names`, which does not change them.
pub fn strokes(names: &[&str]) -> Vec<Stroke> {
    let stroke = |name: &&str| {
        let colour = colour_of(name);
        let pattern = names.iter().filter(|other| *other < name && colour_of(other) == colour).count();
        Stroke { colour, pattern }
    };
    names.iter().map(stroke).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMON: [&str; 12] = [
        "web", "api", "cache", "database", "queue", "workers", "balancer", "cdn", "store", "gateway", "log",
        "search",
    ];
    const COMMON_CLIENTS: [&str; 4] = ["visitors", "users", "readers", "writers"];
    const COMMON_REASONS: [&str; 6] =
        ["timeout", "rejected", "refused", "unavailable", "error", "breaker_open"];

    fn all_distinct(colours: &[Colour]) -> bool {
        colours.iter().enumerate().all(|(index, colour)| !colours[..index].contains(colour))
    }

    #[test]
    fn the_commonest_names_have_colours_of_their_own() {
        assert!(all_distinct(&COMMON.map(colour_of)));
        assert!(all_distinct(&COMMON_CLIENTS.map(colour_of)));
        assert!(all_distinct(&COMMON_REASONS.map(colour_of_reason)));
    }

    #[test]
    fn a_colour_depends_on_the_name_alone() {
        let cases = [("web", "#009e73"), ("database", "#56b4e9"), ("", "#762a83"), ("naïve", "#332288")];
        for (name, expected) in cases {
            assert_eq!(colour_of(name).to_string(), expected, "{name}");
        }
        assert_eq!(on_dark(colour_of("web")), PALETTE_ON_DARK[3]);
        assert_eq!(reason_on_dark(WARNING_PALETTE[5]), WARNING_PALETTE_ON_DARK[5]);
        let alone = strokes(&["web", "database"]);
        assert_eq!(strokes(&["bystander", "database", "web"])[1..], [alone[1], alone[0]]);
    }

    #[test]
    fn equal_colours_have_different_patterns() {
        let names: Vec<String> = (0..40).map(|index| format!("component{index}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let strokes = strokes(&names);
        for (index, stroke) in strokes.iter().enumerate() {
            assert!(!strokes[..index].contains(stroke), "{}", names[index]);
        }
    }

    /// What people see who lack the cones for long, medium or short waves: matrices for linear light of Machado,
    /// Oliveira and Fernandes (2009), severity 1; the first is for everybody else.
    const SIGHTS: [[[f64; 3]; 3]; 4] = [
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    ];

    fn product(matrix: &[[f64; 3]; 3], vector: [f64; 3]) -> [f64; 3] {
        matrix.map(|row| row.iter().zip(vector).map(|(a, b)| a * b).sum())
    }

    /// Linear light of the three channels.
    fn light(colour: Colour) -> [f64; 3] {
        [colour.0, colour.1, colour.2].map(|channel| {
            let value = f64::from(channel) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { libm::pow((value + 0.055) / 1.055, 2.4) }
        })
    }

    /// CIE 1976 L*a*b* for white D65.
    fn lab(light: [f64; 3]) -> [f64; 3] {
        let xyz =
            product(&[[0.4339, 0.3762, 0.1899], [0.2126, 0.7152, 0.0722], [0.0177, 0.1095, 0.8729]], light);
        let [x, y, z] = xyz.map(|t| if t > 0.008856 { libm::cbrt(t) } else { 7.787 * t + 16.0 / 116.0 });
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }

    #[test]
    fn colours_are_told_apart_by_everybody() {
        for (sight, palette) in SIGHTS.iter().flat_map(|sight| [(sight, PALETTE), (sight, PALETTE_ON_DARK)]) {
            let seen = palette.map(|colour| lab(product(sight, light(colour))));
            for (index, a) in seen.iter().enumerate() {
                for (other, b) in seen[..index].iter().enumerate() {
                    let distance = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt();
                    assert!(distance > 10.0, "{} and {}: {distance}", palette[index], palette[other]);
                }
            }
        }
        let luminance = |colour: Colour| {
            let weights = [0.2126, 0.7152, 0.0722];
            light(colour).iter().zip(weights).map(|(light, weight)| light * weight).sum::<f64>() + 0.05
        };
        for colour in PALETTE {
            let contrast = luminance(Colour(0xFF, 0xFF, 0xFF)) / luminance(colour);
            assert!(contrast > 2.0, "{colour} on white: {contrast}");
        }
        for colour in PALETTE_ON_DARK.into_iter().chain(WARNING_PALETTE_ON_DARK) {
            let contrast = luminance(colour) / luminance(Colour(0x17, 0x1A, 0x21));
            assert!(contrast > 3.0, "{colour} on dark ground: {contrast}");
        }
    }

    #[test]
    fn shades_are_seen_by_everybody_and_hide_no_line() {
        let distance =
            |a: [f64; 3], b: [f64; 3]| a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt();
        for sight in &SIGHTS {
            let seen = |colour: Colour| lab(product(sight, light(colour)));
            let grounds = [Colour(0xFF, 0xFF, 0xFF), shade(0), shade(1), shade(2)];
            for pair in grounds.windows(2) {
                let step = distance(seen(pair[0]), seen(pair[1]));
                assert!(step > 5.0, "{} and {}: {step}", pair[0], pair[1]);
            }
            for line in PALETTE.into_iter().chain(WARNING_PALETTE).chain([Colour::INK]) {
                for ground in &grounds[1..] {
                    let step = distance(seen(line), seen(*ground));
                    assert!(step > 12.0, "{line} on {ground}: {step}");
                }
            }
        }
        assert_eq!(shade(9), shade(2));
    }
}
