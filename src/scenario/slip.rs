//! The kinds of slips by which a noted figure and its own formula come apart.

/// What may have gone wrong with a noted figure.
///
/// Their order is that of likelihood: of two that explain a figure equally well, the one that stands first says more.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Slip {
    /// The figure has no unit, or the wrong one.
    Unit,
    /// A power that was flattened.
    Exponent,
    /// Two lines have each other's figure.
    Swapped,
    /// Another length of a day.
    Day,
    /// Something of the formula is missing.
    LeftOut,
    /// Something of the formula is there twice.
    Twice,
    /// An input instead of the result.
    Alone,
    /// The rest of a share instead of the share.
    Complement,
    /// Times instead of divided by.
    Inverted,
    /// A bit more or less than counted.
    OffByOne,
    /// Something is there that the formula does not have.
    Extra,
    /// k, M, G, T, P.
    Prefix,
    /// 1024 and 1000.
    BinaryPrefix,
    /// Bits and bytes.
    Bits,
    /// Ten bits for a byte.
    Framing,
    /// Seconds, minutes, hours, days.
    TimeUnit,
    /// The decimal point.
    Decimals,
    /// The usual number of copies.
    Copies,
    /// The usual peak factors.
    Peak,
    /// Digits dropped instead of rounded.
    Cut,
    /// The next power of ten.
    RoundedUp,
    /// What is wrong with the figure of an input.
    Carried,
    /// Another value for an input.
    Input,
    /// It is wrong, and nothing tells why.
    Unexplained,
}

impl Slip {
    /// Each with its word in scenarios and what it means.
    pub const ALL: [(Slip, &'static str, &'static str); 24] = [
        (Slip::Unit, "unit", "The figure has no unit, or that of something else: 0.4 GB for 0.4 GB/day"),
        (Slip::Exponent, "exponent", "A power of ten was flattened: 109 for 10^9"),
        (Slip::Swapped, "swapped", "Two lines have each other's figure"),
        (Slip::Day, "day", "A day of 100,000 s instead of 86,400 s, or the other way round"),
        (Slip::LeftOut, "left_out", "An input of the formula was left out"),
        (Slip::Twice, "twice", "An input of the formula was counted twice"),
        (Slip::Alone, "alone", "The figure is that of one input alone"),
        (
            Slip::Complement,
            "complement",
            "The rest of a share was counted instead of the share: hits for misses",
        ),
        (Slip::Inverted, "inverted", "Multiplied by what the formula divides by, or the other way round"),
        (Slip::OffByOne, "off_by_one", "A count that is one too large or too small"),
        (Slip::Extra, "extra", "Another estimate was counted as well, which the formula does not have"),
        (Slip::Prefix, "prefix", "Another prefix, a factor of 1000 or its powers: TB for PB"),
        (
            Slip::BinaryPrefix,
            "binary_prefix",
            "1024 counted as 1000, or the other way round, for each prefix",
        ),
        (Slip::Bits, "bits", "Bits for bytes, or the other way round: a factor of 8"),
        (Slip::Framing, "framing", "Ten bits for a byte instead of eight, as if a link carried 80 %"),
        (Slip::TimeUnit, "time_unit", "Another unit of time: per day for per second, months for days"),
        (Slip::Decimals, "decimals", "The decimal point stands elsewhere: a factor of 10, 100, ..."),
        (Slip::Copies, "copies", "Two or three copies were counted, or left out"),
        (Slip::Peak, "peak", "A peak of 2 or 5 times the average was counted, or left out"),
        (Slip::Cut, "cut", "Digits were cut off instead of rounded"),
        (Slip::RoundedUp, "rounded_up", "The figure is the next power of ten"),
        (Slip::Carried, "carried", "The figures that are noted for the inputs lead to it"),
        (Slip::Input, "input", "The figure belongs to another value of an input"),
        (Slip::Unexplained, "unexplained", "The figure is wrong, and nothing tells why"),
    ];

    /// The one that a word of a scenario names.
    pub fn find(word: &str) -> Option<Slip> {
        Slip::ALL.iter().find(|(_, name, _)| *name == word).map(|(slip, _, _)| *slip)
    }

    /// Its word in scenarios.
    pub fn name(self) -> &'static str {
        Slip::ALL.iter().find(|(slip, _, _)| *slip == self).expect("all are listed").1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_lead_there_and_back() {
        for (slip, word, _) in Slip::ALL {
            assert_eq!((Slip::find(word), slip.name()), (Some(slip), word));
        }
        assert!(Slip::ALL.is_sorted_by_key(|(slip, _, _)| *slip), "the list has the order of likelihood");
        assert_eq!(Slip::find("prefixes"), None);
    }
}
