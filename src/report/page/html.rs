//! HTML in the making: text gets in escaped or not at all.
//!
//! Names of elements and attributes are part of the program (`&'static str`); whatever comes from a scenario is content or
//! the value of an attribute, and nothing that can be written there ends its element or its quotes.

use super::letters::letters;

/// A piece of an HTML document.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Html(String);

/// The attributes of an element: names and values.
pub(super) type Attributes<'a> = &'a [(&'static str, &'a str)];

/// Elements that have no content, and so no end.
const VOID: [&str; 5] = ["meta", "input", "br", "link", "hr"];

impl Html {
    pub(super) fn new() -> Html {
        Html::default()
    }

    /// A part of the program.
    pub(super) fn fixed(&mut self, markup: &'static str) {
        self.0.push_str(markup);
    }

    /// A script of the program, of which no text of a scenario is a part.
    pub(super) fn script(&mut self, script: &str) {
        self.0.push_str(script);
    }

    /// Text, as it is to be read.
    pub(super) fn text(&mut self, text: &str) {
        for letter in text.chars() {
            match letter {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                _ if is_shown(letter) => self.0.push(letter),
                _ => self.0.push('\u{fffd}'),
            }
        }
    }

    /// An element with what `inside` writes.
    pub(super) fn element(
        &mut self,
        name: &'static str,
        attributes: Attributes<'_>,
        inside: impl FnOnce(&mut Html),
    ) {
        self.start(name, attributes);
        inside(self);
        self.0.push_str("</");
        self.0.push_str(name);
        self.0.push('>');
    }

    /// An element with a text.
    pub(super) fn leaf(&mut self, name: &'static str, attributes: Attributes<'_>, text: &str) {
        self.element(name, attributes, |html| html.text(text));
    }

    /// An element without content.
    pub(super) fn void(&mut self, name: &'static str, attributes: Attributes<'_>) {
        debug_assert!(VOID.contains(&name), "{name} has an end");
        self.start(name, attributes);
    }

    fn start(&mut self, name: &'static str, attributes: Attributes<'_>) {
        self.0.push('<');
        self.0.push_str(name);
        for (attribute, value) in attributes {
            self.0.push(' ');
            self.0.push_str(attribute);
            self.0.push_str("=\"");
            self.text(value);
            self.0.push('"');
        }
        self.0.push('>');
    }

    /// A script that is data. No text in it can end the element: what could begin a tag is written as JSON's escape for it.
    pub(super) fn data(&mut self, id: &'static str, json: &str) {
        self.start("script", &[("type", "application/json"), ("id", id)]);
        for letter in json.chars() {
            match letter {
                // These stand only within strings of JSON, where any letter may be written by its number.
                '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                    self.0.push_str(&format!("\\u{:04x}", letter as u32));
                }
                _ => self.0.push(letter),
            }
        }
        self.0.push_str("</script>");
    }

    /// A script that is bytes, as letters.
    pub(super) fn bytes(&mut self, id: &'static str, bytes: &[u8]) {
        self.start("script", &[("type", "text/plain"), ("id", id)]);
        self.0.push_str(&letters(bytes));
        self.0.push_str("</script>");
    }

    /// What was written elsewhere.
    pub(super) fn append(&mut self, other: &Html) {
        self.0.push_str(&other.0);
    }

    /// Whether nothing was written.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text of the document.
    pub(crate) fn into_text(self) -> String {
        self.0
    }
}

/// Whether a letter may stand in a page. Invisible ones that turn the direction of what follows could make a name look like
/// another one.
pub(super) fn is_shown(letter: char) -> bool {
    matches!(letter, '\n' | '\t') || !(letter.is_control() || is_steering(letter))
}

/// The formatting characters of Unicode's bidirectional algorithm (UAX 9).
fn is_steering(letter: char) -> bool {
    matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gets_out_of_its_place() {
        for (text, expected) in [
            ("a & b", "<p title=\"a &amp; b\">a &amp; b</p>"),
            ("</p><script>", "<p title=\"&lt;/p&gt;&lt;script&gt;\">&lt;/p&gt;&lt;script&gt;</p>"),
            ("\" onload='x'", "<p title=\"&quot; onload=&#39;x&#39;\">&quot; onload=&#39;x&#39;</p>"),
            (
                "\u{0}\u{202e}é\u{2028}",
                "<p title=\"\u{fffd}\u{fffd}é\u{2028}\">\u{fffd}\u{fffd}é\u{2028}</p>",
            ),
        ] {
            let mut html = Html::new();
            html.leaf("p", &[("title", text)], text);
            assert_eq!(html.into_text(), expected);
        }
    }

    #[test]
    fn data_stays_json_and_ends_no_script() {
        let names = ["</script><script>alert(1)</script>", "<!--", "]]>", "a\u{2028}b & \"c\""];
        let json = serde_json::to_string(&names).expect("texts are JSON");
        let mut html = Html::new();
        html.data("d", &json);
        let text = html.into_text();
        let inside = text.strip_prefix("<script type=\"application/json\" id=\"d\">").expect("it begins so");
        let inside = inside.strip_suffix("</script>").expect("it ends so");
        assert!(!inside.contains(['<', '>', '&', '\u{2028}']), "{inside}");
        let read: Vec<String> = serde_json::from_str(inside).expect("it is still JSON");
        assert_eq!(read, names);
    }
}
