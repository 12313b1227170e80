//! A text inside a source with the way back from its bytes to the file.

use std::ops::Range;

use super::source::Location;

/// A text, or the rest of one, that stands in a string literal of a source.
#[derive(Clone, Copy, Debug)]
pub(super) struct Phrase<'a> {
    pub(super) text: &'a str,
    /// The whole literal, quotes included.
    location: Location,
    /// Where in the source the text begins; `None` when escapes shift its bytes.
    start: Option<u32>,
}

impl<'a> Phrase<'a> {
    /// The phrase of a text value that stands at a location.
    pub(super) fn new(text: &'a str, location: Location) -> Phrase<'a> {
        let surplus = ((location.end - location.start) as usize).saturating_sub(text.len());
        // An escape is longer than what it stands for, so two bytes more than the text are the quotes and
        // nothing else.
        let start = match surplus {
            0 => Some(location.start),
            2 => Some(location.start + 1),
            _ => None,
        };
        Phrase { text, location, start }
    }

    /// The phrase without its first bytes.
    pub(super) fn skip(self, bytes: usize) -> Phrase<'a> {
        Phrase { text: &self.text[bytes..], start: self.start.map(|start| start + bytes as u32), ..self }
    }

    /// The whole literal.
    pub(super) fn location(self) -> Location {
        self.location
    }

    /// Where some bytes of the text stand in the source; the whole literal when that cannot be told.
    pub(super) fn at(self, range: Range<usize>) -> Location {
        match self.start {
            Some(start) => {
                Location { start: start + range.start as u32, end: start + range.end as u32, ..self.location }
            }
            None => self.location,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::diagnostic::Diagnostics;
    use super::super::source::Sources;
    use super::super::tree::{Value, parse};
    use super::*;

    #[test]
    fn bytes_are_found_in_the_file() {
        for (literal, expected) in [
            ("\"a bc\"", "bc"),
            ("'a bc'", "bc"),
            ("\"a b\\u0063\"", "\"a b\\u0063\""),
            ("\"\\ta bc\"", "\"\\ta bc\""),
            ("\"\"\"a bc\"\"\"", "\"\"\"a bc\"\"\""),
        ] {
            let (mut sources, mut diagnostics) = (Sources::new(), Diagnostics::new());
            let table = parse(&mut sources, "x", &format!("key = {literal}"), &mut diagnostics).unwrap();
            let node = table.get("key").unwrap();
            let Value::Text(text) = &node.value else { panic!("a text") };
            let start = text.find("bc").unwrap();
            let location = Phrase::new(text, node.location).skip(1).at(start - 1..start + 1);
            assert_eq!(sources.slice(location), expected);
        }
    }
}
