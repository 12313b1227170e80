//! The notation in which a key says what it takes.

use std::iter::Peekable;
use std::str::CharIndices;

/// What a key takes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Form {
    /// A value that has a name in [`WORDS`](crate::plan::words::WORDS): `TIME`.
    Word(String),
    /// This text: `"ring"`.
    Text(String),
    /// `true` or `false`.
    Boolean(bool),
    /// An array of any length: `[COUNT, ..]`.
    List(Box<Form>),
    /// An array of this length: `[TIME, NUMBER]`.
    Tuple(Vec<Form>),
    /// A table: `{ every = TIME, timeout? = TIME, PAIR = SHARE }`.
    Table(Vec<Field>),
    /// One of several: `SHARE | TIME`.
    Any(Vec<Form>),
}

/// A key of a table, or a word for all keys of its form.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Field {
    /// The key, or the word.
    pub name: String,
    /// Whether it must be there.
    pub is_required: bool,
    /// What it takes.
    pub form: Form,
}

impl Field {
    /// Whether its name is a word for names: `PAIR`.
    pub fn is_pattern(&self) -> bool {
        self.name.starts_with(|first: char| first.is_ascii_uppercase())
    }
}

impl Form {
    /// The keys of a table, or of the tables in a list.
    pub fn fields(&self) -> &[Field] {
        match self {
            Form::Table(fields) => fields,
            Form::List(element) => element.fields(),
            _ => &[],
        }
    }

    /// Parses the notation, or says what is wrong with it.
    ///
    /// ```text
    /// form  = piece | piece "|" form
    /// piece = WORD | "text" | true | false | [form, ..] | [form, form] | { field, field }
    /// field = name = form | name? = form | WORD = form
    /// ```
    pub fn parse(text: &str) -> Result<Form, String> {
        let mut parser = Parser { text, chars: text.char_indices().peekable() };
        let form = parser.form()?;
        match parser.next() {
            None => Ok(form),
            Some(_) => Err(parser.wrong("nothing more")),
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    chars: Peekable<CharIndices<'a>>,
}

impl Parser<'_> {
    fn form(&mut self) -> Result<Form, String> {
        let mut pieces = vec![self.piece()?];
        while self.takes('|') {
            pieces.push(self.piece()?);
        }
        Ok(if pieces.len() == 1 { pieces.remove(0) } else { Form::Any(pieces) })
    }

    fn piece(&mut self) -> Result<Form, String> {
        match self.next() {
            Some('"') => {
                self.chars.next();
                let text = self.take_while(|letter| letter != '"');
                self.expect('"')?;
                Ok(Form::Text(text))
            }
            Some('[') => self.array(),
            Some('{') => self.table(),
            Some(letter) if letter.is_ascii_uppercase() => Ok(Form::Word(self.name())),
            _ => match self.name().as_str() {
                "true" => Ok(Form::Boolean(true)),
                "false" => Ok(Form::Boolean(false)),
                _ => Err(self.wrong("a WORD, a \"text\", true, false, `[` or `{`")),
            },
        }
    }

    fn array(&mut self) -> Result<Form, String> {
        self.expect('[')?;
        let mut elements = vec![self.form()?];
        while self.takes(',') {
            if self.takes('.') {
                self.expect('.')?;
                self.expect(']')?;
                return match elements.len() {
                    1 => Ok(Form::List(Box::new(elements.remove(0)))),
                    _ => Err(self.wrong("one form in front of `..`")),
                };
            }
            elements.push(self.form()?);
        }
        self.expect(']')?;
        Ok(Form::Tuple(elements))
    }

    fn table(&mut self) -> Result<Form, String> {
        self.expect('{')?;
        let mut fields = Vec::new();
        loop {
            self.next();
            let name = self.name();
            if name.is_empty() {
                return Err(self.wrong("a key"));
            }
            let is_required = !self.takes('?');
            self.expect('=')?;
            fields.push(Field { name, is_required, form: self.form()? });
            if !self.takes(',') {
                self.expect('}')?;
                return Ok(Form::Table(fields));
            }
        }
    }

    /// The next character that is no space.
    fn next(&mut self) -> Option<char> {
        while self.chars.next_if(|(_, letter)| *letter == ' ').is_some() {}
        self.chars.peek().map(|(_, letter)| *letter)
    }

    fn takes(&mut self, letter: char) -> bool {
        let found = self.next() == Some(letter);
        if found {
            self.chars.next();
        }
        found
    }

    fn expect(&mut self, letter: char) -> Result<(), String> {
        if self.takes(letter) { Ok(()) } else { Err(self.wrong(&format!("`{letter}`"))) }
    }

    fn name(&mut self) -> String {
        self.take_while(|letter| letter.is_ascii_alphanumeric() || letter == '_')
    }

    fn take_while(&mut self, fits: impl Fn(char) -> bool) -> String {
        let mut text = String::new();
        while let Some((_, letter)) = self.chars.next_if(|(_, letter)| fits(*letter)) {
            text.push(letter);
        }
        text
    }

    fn wrong(&mut self, needed: &str) -> String {
        let at = self.chars.peek().map_or(self.text.len(), |(at, _)| *at);
        format!("{needed} is needed in `{}` at `{}`", self.text, &self.text[at..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(name: &str) -> Form {
        Form::Word(name.to_owned())
    }

    fn field(name: &str, is_required: bool, form: Form) -> Field {
        Field { name: name.to_owned(), is_required, form }
    }

    #[test]
    fn the_notation_is_read() {
        for (text, expected) in [
            ("TIME", word("TIME")),
            ("\"a b\"", Form::Text("a b".to_owned())),
            ("true | COUNT", Form::Any(vec![Form::Boolean(true), word("COUNT")])),
            ("[[COUNT, ..], ..]", Form::List(Box::new(Form::List(Box::new(word("COUNT")))))),
            ("[TIME, NUMBER]", Form::Tuple(vec![word("TIME"), word("NUMBER")])),
            (
                "{ for? = TIME, PAIR = SHARE | true }",
                Form::Table(vec![
                    field("for", false, word("TIME")),
                    field("PAIR", true, Form::Any(vec![word("SHARE"), Form::Boolean(true)])),
                ]),
            ),
        ] {
            assert_eq!(Form::parse(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_notation_is_an_error() {
        for (text, expected) in [
            ("a time", "a WORD, a \"text\", true, false, `[` or `{` is needed in `a time` at ` time`"),
            ("TIME or COUNT", "nothing more is needed in `TIME or COUNT` at `or COUNT`"),
            ("{ every }", "`=` is needed in `{ every }` at `}`"),
            ("{ = TIME }", "a key is needed in `{ = TIME }` at `= TIME }`"),
            ("[COUNT, TIME, ..]", "one form in front of `..` is needed in `[COUNT, TIME, ..]` at ``"),
            ("[COUNT", "`]` is needed in `[COUNT` at ``"),
            ("\"open", "`\"` is needed in `\"open` at ``"),
        ] {
            assert_eq!(Form::parse(text), Err(expected.to_owned()), "{text}");
        }
    }
}
