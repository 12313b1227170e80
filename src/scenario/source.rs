//! Where a text stands: the texts a scenario is read from, and places in them.

/// A stretch of a source: bytes `start..end` of the text with the index `source`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Location {
    /// Index into [`Sources`]: 0 is the scenario file, the further ones are `--set` arguments.
    pub source: u16,
    /// First byte.
    pub start: u32,
    /// The byte after the last one.
    pub end: u32,
}

impl Location {
    /// The stretch from the beginning of this one to the end of a later one of the same source.
    pub fn to(self, later: Location) -> Location {
        Location { end: later.end.max(self.end), ..self }
    }
}

/// A place in a text as people count it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// The texts that a scenario is read from, in the order in which they were added.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    list: Vec<Source>,
}

#[derive(Clone, Debug)]
struct Source {
    name: String,
    text: String,
    line_starts: Vec<u32>,
}

impl Sources {
    /// The longest text that is read \[B\]; it keeps a hostile file from eating the memory.
    pub const BYTES_MAX: usize = 4 << 20;
    /// The largest number of texts.
    pub const COUNT_MAX: usize = u16::MAX as usize;

    /// No texts.
    pub fn new() -> Sources {
        Sources::default()
    }

    /// Adds a text and returns its index; `None` when it is longer than [`Sources::BYTES_MAX`] or one too many.
    pub fn add(&mut self, name: &str, text: &str) -> Option<u16> {
        if text.len() > Sources::BYTES_MAX || self.list.len() == Sources::COUNT_MAX {
            return None;
        }
        let ends = text.bytes().zip(1..).filter(|&(byte, _)| byte == b'\n');
        let line_starts = std::iter::once(0).chain(ends.map(|(_, next)| next)).collect();
        self.list.push(Source { name: name.to_owned(), text: text.to_owned(), line_starts });
        Some(self.list.len() as u16 - 1)
    }

    /// The name of a source: a file name, or `--set`.
    pub fn name(&self, source: u16) -> &str {
        &self.list[usize::from(source)].name
    }

    /// The whole text of a source.
    pub fn text(&self, source: u16) -> &str {
        &self.list[usize::from(source)].text
    }

    /// The text at a location.
    pub fn slice(&self, location: Location) -> &str {
        &self.text(location.source)[self.range(location)]
    }

    /// The bytes of a location as a range of whole characters inside the text. In a text with syntax errors the
    /// parser guesses where values end, and a guess may fall into a character.
    pub fn range(&self, location: Location) -> std::ops::Range<usize> {
        let text = self.text(location.source);
        let start = text.floor_char_boundary(location.start as usize);
        start..text.ceil_char_boundary(location.end as usize).max(start)
    }

    /// Line and column at which a location begins.
    pub fn position(&self, location: Location) -> Position {
        let source = &self.list[usize::from(location.source)];
        let start = self.range(location).start;
        let line = source.line_starts.partition_point(|&line_start| line_start as usize <= start);
        let line_start = source.line_starts[line - 1] as usize;
        let column = source.text[line_start..start].chars().count() as u32 + 1;
        Position { line: line as u32, column }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_characters_from_one() {
        let mut sources = Sources::new();
        let source = sources.add("x.toml", "a = 1\nü = \"é\"\n\nlast").unwrap();
        for (start, line, column) in
            [(0, 1, 1), (4, 1, 5), (5, 1, 6), (6, 2, 1), (11, 2, 5), (16, 3, 1), (17, 4, 1)]
        {
            let position = sources.position(Location { source, start, end: start });
            assert_eq!(position, Position { line, column }, "byte {start}");
        }
    }

    #[test]
    fn a_text_that_is_too_long_is_refused() {
        let mut sources = Sources::new();
        assert_eq!(sources.add("long", &" ".repeat(Sources::BYTES_MAX + 1)), None);
        assert_eq!(sources.add("short", ""), Some(0));
        assert_eq!(sources.position(Location::default()), Position { line: 1, column: 1 });
    }
    #[test]
    fn locations_that_cut_characters_are_widened() {
        let mut sources = Sources::new();
        let source = sources.add("x.toml", "aµb").unwrap();
        for (start, end, expected) in
            [(0, 2, 0..3), (2, 3, 1..3), (2, 2, 1..3), (3, 9, 3..4), (8, 9, 4..4), (3, 1, 3..3)]
        {
            assert_eq!(sources.range(Location { source, start, end }), expected, "{start}..{end}");
        }
        assert_eq!(sources.position(Location { source, start: 2, end: 3 }).column, 2);
        assert_eq!(sources.slice(Location { source, start: 2, end: 3 }), "µ");
    }
}
