//! Figures that have no unit, or another one.

use super::{Case, GAP_MAX, ROUNDING, labelled};
use crate::scenario::{Dimension, Quantity, Slip};

impl Case<'_> {
    /// The noted figure with another unit.
    pub(super) fn units(&mut self) {
        for (dimension, size, word) in UNITS {
            let noted = self.noted;
            for (value, own) in
                [(noted.quantity.value, noted.quantity.dimension), (noted.number, Dimension::NONE)]
            {
                let fits = own.times(dimension) == Some(self.estimate.value.dimension);
                let gap = (value * size / self.exact - 1.0).abs();
                if fits && gap <= GAP_MAX + ROUNDING {
                    let how = match dimension == self.estimate.value.dimension {
                        true => format!("in {word} it would fit"),
                        false => format!("{word} it would fit"),
                    };
                    self.found.push((Slip::Unit, gap, how));
                }
            }
        }
        let parts = self.needed().into_iter().map(|input| (input.value, labelled(input)));
        let numbers = self.estimate.numbers().into_iter().map(|number| (number, number.human()));
        for (part, label) in parts.chain(numbers).collect::<Vec<_>>() {
            self.without(part, &label);
        }
    }

    /// The noted figure has another unit because something that has one was left out.
    fn without(&mut self, part: Quantity, label: &str) {
        let (noted, own) = (self.noted.quantity, self.estimate.value.dimension);
        if part.dimension == Dimension::NONE {
            return;
        }
        let factor = part.value;
        for (fits, factor) in [
            (noted.dimension.times(part.dimension) == Some(own), factor),
            (noted.dimension.over(part.dimension) == Some(own), 1.0 / factor),
        ] {
            let gap = (noted.value * factor / self.exact - 1.0).abs();
            // A second, or a byte, is no part that could be missed.
            if fits && factor != 1.0 && gap <= GAP_MAX + ROUNDING {
                self.found.push((Slip::Unit, gap, format!("with {label} counted it would fit")));
            }
        }
    }
}

/// What may be missing behind a figure: its dimension, how much one of it is, what to say.
const UNITS: [(Dimension, f64, &str); 13] = [
    (Dimension::RATE, 1.0, "per second"),
    (Dimension::RATE, 1.0 / 60.0, "per minute"),
    (Dimension::RATE, 1.0 / 3_600.0, "per hour"),
    (Dimension::RATE, 1.0 / 86_400.0, "per day"),
    (Dimension::RATE, 1.0 / 2_592_000.0, "per month"),
    (Dimension::RATE, 1.0 / 31_536_000.0, "per year"),
    (Dimension::TIME, 1.0, "seconds"),
    (Dimension::TIME, 86_400.0, "days"),
    (Dimension::TIME, 31_536_000.0, "years"),
    (Dimension::BYTES, 1.0, "bytes"),
    (Dimension::BYTES, 0.125, "bits"),
    (Dimension::MONEY, 1.0, "dollars"),
    (Dimension::OBJECTS, 1.0, "objects"),
];
