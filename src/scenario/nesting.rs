//! Refuses texts that are nested so deeply that reading them would exhaust the stack.
//!
//! The TOML parser bounds how deeply brackets nest, but not how many dots a key has, and each dot is one more
//! level of the tree. So the levels are counted before it sees the text: dots of the header and of every key
//! that encloses a place, and brackets.

use super::diagnostic::Diagnostics;
use super::source::Location;

/// The deepest nesting that is read; the deepest scenario that makes sense has about twenty levels.
pub(super) const DEPTH_MAX: usize = 100;

/// Reports the first place that is nested too deeply; whether there is none.
pub(super) fn check(source: u16, text: &str, diagnostics: &mut Diagnostics) -> bool {
    let Some(offset) = too_deep(text.as_bytes()) else { return true };
    let location = Location { source, start: offset as u32, end: offset as u32 + 1 };
    diagnostics.error(location, "this is nested too deeply").help(format!("at most {DEPTH_MAX} levels"));
    false
}

/// The byte at which the nesting exceeds the limit.
fn too_deep(text: &[u8]) -> Option<usize> {
    // Levels of the table header above, then per open bracket those of the key before it. A bracket is part
    // of a header unless an equals sign came before it.
    let (mut header, mut in_value) = (0, false);
    let mut enclosing: Vec<usize> = Vec::new();
    let mut enclosing_sum = 0;
    // Dots since the last separator, and those of the key whose value is being read.
    let (mut dots, mut key_dots) = (0, 0);
    let mut offset = 0;
    while offset < text.len() {
        match text[offset] {
            quote @ (b'"' | b'\'') => offset = after_string(text, offset, quote) - 1,
            b'#' => {
                offset +=
                    text[offset..].iter().position(|&byte| byte == b'\n').unwrap_or(text.len() - offset) - 1
            }
            b'.' => dots += 1,
            b'=' => (key_dots, dots, in_value) = (dots, 0, true),
            b'[' | b'{' => {
                if enclosing.is_empty() && !in_value {
                    header = 0;
                }
                enclosing.push(key_dots + 1);
                enclosing_sum += key_dots + 1;
                (key_dots, dots) = (0, 0);
            }
            b']' | b'}' => {
                if !in_value {
                    header = dots.max(header);
                }
                enclosing_sum -= enclosing.pop().unwrap_or_default();
                (key_dots, dots) = (0, 0);
            }
            b',' | b'\n' => {
                (key_dots, dots) = (0, 0);
                in_value &= !enclosing.is_empty();
            }
            _ => {}
        }
        if header + enclosing_sum + dots > DEPTH_MAX {
            return Some(offset.min(text.len() - 1));
        }
        offset += 1;
    }
    None
}

/// The byte after the string that begins here. A string on one line ends with its line at the latest.
pub(super) fn after_string(text: &[u8], start: usize, quote: u8) -> usize {
    let triple = [quote; 3];
    let is_long = text[start..].starts_with(&triple);
    let mut offset = start + if is_long { 3 } else { 1 };
    while offset < text.len() {
        match text[offset] {
            b'\\' if quote == b'"' => offset += 1,
            b'\n' if !is_long => return offset,
            _ if is_long && text[offset..].starts_with(&triple) => return offset + 3,
            byte if !is_long && byte == quote => return offset + 1,
            _ => {}
        }
        offset += 1;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_depth_is_bounded_and_strings_do_not_count() {
        let dotted = |count: usize| vec!["a"; count].join(".");
        for (text, expected) in [
            (format!("{} = 1", dotted(100)), true),
            (format!("{} = 1", dotted(102)), false),
            (format!("[{}]", dotted(90)), true),
            (format!("[{}]", dotted(110)), false),
            (format!("[{}]\n{} = 1", dotted(60), dotted(60)), false),
            (format!("[{}]\n[b]\n{} = 1", dotted(60), dotted(60)), true),
            (format!("a = {}{}", "[".repeat(99), "]".repeat(99)), true),
            (format!("a = {}{}", "[".repeat(101), "]".repeat(101)), false),
            (format!("a = {}", "[{".repeat(100_000)), false),
            (format!("{} = {{ {} = 1 }}", dotted(60), dotted(60)), false),
            (format!("a = \"{}\"", dotted(300)), true),
            (format!("a = '{}' # {}", dotted(300), dotted(300)), true),
            (format!("a = \"\"\"\n\"{}\\\"\"\"\" # x", dotted(300)), true),
            (format!("a = \"x\\\"{}\"", dotted(300)), true),
            (format!("a = [{}]", ["0.5"; 300].join(", ")), true),
            (["a.b = 1"; 300].join("\n"), true),
            ("a = \"open\nb = 1".to_owned(), true),
            ("a = \"\"\"open".to_owned(), true),
            ("\"\\".to_owned(), true),
            ("]}#".to_owned(), true),
        ] {
            let head: String = text.chars().take(40).collect();
            assert_eq!(check(0, &text, &mut Diagnostics::new()), expected, "{head}");
        }
    }
}
