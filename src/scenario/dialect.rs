//! Finds what only TOML 1.1 allows: other readers of scenarios know TOML 1.0 (Python's `tomllib`, many editors).

use super::diagnostic::Diagnostics;
use super::nesting::after_string;
use super::source::Location;

/// Tells of the first place in a text that TOML 1.0 does not allow; the text has no other errors of syntax.
pub(super) fn check(source: u16, text: &str, diagnostics: &mut Diagnostics) {
    let Some((start, length, what)) = newer(text.as_bytes()) else { return };
    let location = Location { source, start: start as u32, end: (start + length) as u32 };
    let (label, help) = match what {
        News::Escape => ("this escape is new", "write `\\u` and four digits"),
        News::Comma => ("a comma before the `}`", "take the comma away"),
        News::Lines => (
            "this `{` is not closed on its line",
            "write all of `{ ... }` on one line, or make it a table of its own: [a.b]",
        ),
    };
    diagnostics
        .lint("toml_1_1", location, "this is TOML 1.1, which many readers of TOML do not know yet")
        .label(label)
        .help(help);
}

/// What TOML 1.1 has brought.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum News {
    Escape,
    Comma,
    Lines,
}

/// The first byte that TOML 1.0 does not allow, how many there are, and why.
fn newer(text: &[u8]) -> Option<(usize, usize, News)> {
    // The open brackets, and the last byte that means something.
    let (mut open, mut last) = (Vec::new(), (0, b' '));
    let mut offset = 0;
    while offset < text.len() {
        let byte = text[offset];
        match byte {
            b'"' | b'\'' => {
                let end = after_string(text, offset, byte);
                if byte == b'"'
                    && let Some(escape) = newer_escape(&text[offset..end])
                {
                    return Some((offset + escape, 2, News::Escape));
                }
                offset = end - 1;
            }
            b'#' => {
                let rest = text[offset..].iter().position(|byte| *byte == b'\n');
                offset += rest.unwrap_or(text.len() - offset) - 1;
            }
            b'[' | b'{' => open.push((byte, offset)),
            b']' => drop(open.pop()),
            b'}' if last.1 == b',' => return Some((last.0, 1, News::Comma)),
            b'}' => drop(open.pop()),
            b'\n' => {
                if let Some((b'{', begin)) = open.last() {
                    return Some((*begin, 1, News::Lines));
                }
            }
            _ => {}
        }
        if !byte.is_ascii_whitespace() && byte != b'#' {
            last = (offset, text[offset]);
        }
        offset += 1;
    }
    None
}

/// Where a string has `\e` or `\x`.
fn newer_escape(string: &[u8]) -> Option<usize> {
    let mut offset = 0;
    while offset + 1 < string.len() {
        if string[offset] == b'\\' {
            if matches!(string[offset + 1], b'e' | b'x') {
                return Some(offset);
            }
            offset += 1;
        }
        offset += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_new_in_toml_1_1_is_found() {
        for (text, expected) in [
            ("a = { b = 1 }\n[c]\nd = [\n{ e = 2 },\n{ f = [\n3,\n] },\n]\n", None),
            ("a = { b = \"}\" } # {\n[[c]]\nd = '''\n{\n'''\n", None),
            ("a = \"\\\\e \\n\"\nb = '\\e \\x41'\n", None),
            ("a = {\n b = 1 }\n", Some((4, 1, News::Lines))),
            ("a = [ { b = 1,\n c = 2 } ]\n", Some((6, 1, News::Lines))),
            ("a = { b = 1, }\n", Some((11, 1, News::Comma))),
            ("a = { b = [ 1, ], }\n", Some((16, 1, News::Comma))),
            ("a = \"x\\e\"\n", Some((6, 2, News::Escape))),
        ] {
            assert_eq!(newer(text.as_bytes()), expected, "{text}");
        }
    }
}
