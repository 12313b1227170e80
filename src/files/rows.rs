//! Rows of comma-separated values (RFC 4180, 2005), one line at a time: memory does not grow with the file.
//!
//! A field may stand in quotes, in which a comma is a comma and `""` a quote; a line break ends the row all the same, so that
//! lines can be counted. Spaces around a field do not belong to it, and blank lines are no rows.

use std::io::{BufRead, Read};
use std::ops::Range;

/// A longer line is no row of values \[B\].
const LINE_BYTES_MAX: u64 = 1 << 16;

/// What is wrong at a place of a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mistake {
    /// The line, from 1.
    pub line: u64,
    /// The column in characters, from 1.
    pub column: u64,
    /// One sentence without a full stop.
    pub message: String,
    /// The valid choices, a suggestion, or what to do.
    pub help: Option<String>,
}

/// The rows of a file.
pub struct Rows {
    input: Box<dyn BufRead>,
    number: u64,
    /// The bytes of the present line.
    line: Vec<u8>,
    /// Its fields without their quotes, one behind the other.
    text: String,
    fields: Vec<Field>,
}

#[derive(Clone, Debug)]
struct Field {
    /// Where it begins in the line \[B\].
    start: usize,
    /// Where it stands in the text of all fields.
    range: Range<usize>,
}

impl Rows {
    /// The rows of a file, before the first of them.
    pub fn new(input: Box<dyn BufRead>) -> Rows {
        Rows { input, number: 0, line: Vec::new(), text: String::new(), fields: Vec::new() }
    }

    /// Reads the next row; false at the end of the file. After a mistake the row has no fields, and the next call goes on
    /// with the line behind it.
    pub fn advance(&mut self) -> Result<bool, Mistake> {
        loop {
            self.fields.clear();
            self.text.clear();
            if !self.read_line()? {
                return Ok(false);
            }
            let line = std::mem::take(&mut self.line);
            let split = match str::from_utf8(&line) {
                Ok(text) => self.split(text),
                Err(error) => Err((error.valid_up_to(), "this is not UTF-8 text")),
            };
            self.line = line;
            if let Err((start, message)) = split {
                self.fields.clear();
                return Err(self.mistake_at(start, message));
            }
            if !self.fields.is_empty() {
                return Ok(true);
            }
        }
    }

    /// How many fields the row has.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// A field of the row.
    pub fn field(&self, index: usize) -> &str {
        &self.text[self.fields[index].range.clone()]
    }

    /// What is wrong with a field of the row.
    pub fn mistake(&self, index: usize, message: impl Into<String>) -> Mistake {
        self.mistake_at(self.fields.get(index).map_or(0, |field| field.start), message)
    }

    fn mistake_at(&self, start: usize, message: impl Into<String>) -> Mistake {
        let before = String::from_utf8_lossy(&self.line[..start]);
        let column = before.chars().count() as u64 + 1;
        Mistake { line: self.number, column, message: message.into(), help: None }
    }

    /// Reads a line without its end; false at the end of the file, and from the first trouble on.
    fn read_line(&mut self) -> Result<bool, Mistake> {
        self.line.clear();
        let read = (&mut self.input).take(LINE_BYTES_MAX + 1).read_until(b'\n', &mut self.line);
        self.number += 1;
        let trouble = match read {
            Ok(0) => return Ok(false),
            Ok(count) if count as u64 > LINE_BYTES_MAX => Some("a line is longer than 64 KiB".to_owned()),
            Ok(_) => None,
            Err(error) => Some(format!("the file cannot be read on: {error}")),
        };
        if let Some(message) = trouble {
            self.input = Box::new(std::io::empty());
            return Err(self.mistake_at(0, message));
        }
        for end in [b'\n', b'\r'] {
            self.line.pop_if(|byte| *byte == end);
        }
        // Some programs mark UTF-8 text by an invisible character in front of it.
        if self.number == 1 && self.line.starts_with(b"\xef\xbb\xbf") {
            self.line.drain(..3);
        }
        Ok(true)
    }

    /// Finds the fields of a line; a mistake is a place in it \[B\] and what is wrong there.
    fn split(&mut self, line: &str) -> Result<(), (usize, &'static str)> {
        if line.trim_matches(is_space).is_empty() {
            return Ok(());
        }
        let mut next = 0;
        loop {
            let start = next + spaces(&line[next..]);
            let first = self.text.len();
            let end = match line[start..].starts_with('"') {
                true => self.quoted(line, start)?,
                false => {
                    let rest = &line[start..];
                    let length = rest.find(',').unwrap_or(rest.len());
                    self.text.push_str(rest[..length].trim_end_matches(is_space));
                    start + length
                }
            };
            self.fields.push(Field { start, range: first..self.text.len() });
            if end == line.len() {
                return Ok(());
            }
            next = end + 1;
        }
    }

    /// Reads a field in quotes, which begins at `start`; where its comma or the end of the line is.
    fn quoted(&mut self, line: &str, start: usize) -> Result<usize, (usize, &'static str)> {
        let mut rest = start + 1;
        loop {
            let length = line[rest..].find('"').ok_or((start, "this quote does not end in its line"))?;
            self.text.push_str(&line[rest..rest + length]);
            rest += length + 1;
            if !line[rest..].starts_with('"') {
                break;
            }
            self.text.push('"');
            rest += 1;
        }
        let end = rest + spaces(&line[rest..]);
        match line[end..].chars().next() {
            None | Some(',') => Ok(end),
            Some(_) => Err((end, "a comma must follow what stands in quotes")),
        }
    }
}

fn is_space(letter: char) -> bool {
    letter == ' ' || letter == '\t'
}

/// How many bytes of spaces a text begins with.
fn spaces(text: &str) -> usize {
    text.len() - text.trim_start_matches(is_space).len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufReader, Cursor};

    /// The rows with their line numbers, or what is wrong, line by line.
    fn read(bytes: &[u8]) -> Vec<Result<(u64, Vec<String>), String>> {
        // A buffer of three bytes cuts everything somewhere.
        let mut rows = Rows::new(Box::new(BufReader::with_capacity(3, Cursor::new(bytes.to_vec()))));
        let mut all = Vec::new();
        loop {
            match rows.advance() {
                Ok(false) => return all,
                Ok(true) => {
                    let fields = (0..rows.len()).map(|index| rows.field(index).to_owned()).collect();
                    all.push(Ok((rows.number, fields)));
                }
                Err(mistake) => {
                    let Mistake { line, column, message, .. } = mistake;
                    all.push(Err(format!("{line}:{column}: {message}")));
                }
            }
        }
    }

    #[test]
    fn rows_and_their_fields() {
        let row = |number: u64, fields: &[&str]| -> Result<(u64, Vec<String>), String> {
            Ok((number, fields.iter().map(|field| (*field).to_owned()).collect()))
        };
        for (text, expected) in [
            ("", vec![]),
            ("a", vec![row(1, &["a"])]),
            ("a,b\n1,2\n", vec![row(1, &["a", "b"]), row(2, &["1", "2"])]),
            ("a,b\r\n\r\n  \n1,\r\n", vec![row(1, &["a", "b"]), row(4, &["1", ""])]),
            (",", vec![row(1, &["", ""])]),
            ("\u{feff}a, b c ,\td\n", vec![row(1, &["a", "b c", "d"])]),
            ("\"a,\"\"b\"\"\" , \"\",é\"\n", vec![row(1, &["a,\"b\"", "", "é\""])]),
        ] {
            assert_eq!(read(text.as_bytes()), expected, "{text:?}");
        }
    }

    #[test]
    fn mistakes_say_where_they_stand() {
        let wrong = |message: &str| Err(message.to_owned());
        let good = |number: u64| Ok((number, vec!["1".to_owned()]));
        let long = [&b"1\n"[..], &[b'x'; LINE_BYTES_MAX as usize + 1], b"\n1\n"].concat();
        for (bytes, expected) in [
            (
                &b"1\n2,\"x\n1\n"[..],
                vec![good(1), wrong("2:3: this quote does not end in its line"), good(3)],
            ),
            (
                "é, \"x\" y\n1".as_bytes(),
                vec![wrong("1:8: a comma must follow what stands in quotes"), good(2)],
            ),
            (b"\xc3\xa9,\xff\n1", vec![wrong("1:3: this is not UTF-8 text"), good(2)]),
            (&long, vec![good(1), wrong("2:1: a line is longer than 64 KiB")]),
        ] {
            assert_eq!(read(bytes), expected);
        }
    }

    #[test]
    fn a_line_of_the_greatest_length_is_read() {
        let line = vec![b'x'; LINE_BYTES_MAX as usize - 1];
        assert_eq!(read(&[&line[..], b"\n"].concat())[0].as_ref().unwrap().1[0].len(), line.len());
    }
}
