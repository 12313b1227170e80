//! Cuts expressions into tokens.

use std::ops::Range;

use super::super::diagnostic::Diagnostics;
use super::super::phrase::Phrase;
use super::super::quantity::{self, Calendar, Quantity};

/// Which names a text may contain.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in super::super) enum Dialect {
    /// Estimates and variables: letters, digits, `_` and dots.
    Formula,
    /// Metrics too: a name runs on over `-`, `->`, `<->` and brackets.
    Expectation,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum TokenKind<'a> {
    Number { quantity: Quantity, is_percentage: bool },
    Word(&'a str),
    Symbol(&'static str),
    End,
}

#[derive(Clone, PartialEq, Debug)]
pub(super) struct Token<'a> {
    pub(super) kind: TokenKind<'a>,
    /// Bytes of the phrase.
    pub(super) range: Range<usize>,
}

/// The longest expression \[B\]: it fits on no screen.
pub(super) const LENGTH_MAX: usize = 4_096;

/// Longer symbols first.
const SYMBOLS: [&str; 14] = ["<=", ">=", "==", "!=", "(", ")", ",", "+", "-", "*", "/", "^", "<", ">"];

/// What other languages write for what is a word here.
const FOREIGN: [(&str, &str); 7] = [
    ("&&", "write `and`"),
    ("||", "write `or`"),
    ("!", "write `not`"),
    ("=", "write `==` to compare"),
    ("≤", "write `<=`"),
    ("≥", "write `>=`"),
    ("×", "write `*`"),
];

/// All tokens of a phrase, the end included; `None` after an error, which is reported.
pub(super) fn tokens<'a>(
    phrase: Phrase<'a>,
    dialect: Dialect,
    calendar: Calendar,
    diagnostics: &mut Diagnostics,
) -> Option<Vec<Token<'a>>> {
    let text = phrase.text;
    if text.len() > LENGTH_MAX {
        let help = format!("at most {LENGTH_MAX} bytes");
        diagnostics.error(phrase.location(), "this expression is too long").help(help);
        return None;
    }
    let mut tokens = Vec::new();
    let mut offset = 0;
    loop {
        offset = text.len() - text[offset..].trim_start().len();
        let rest = &text[offset..];
        if rest.is_empty() {
            tokens.push(Token { kind: TokenKind::End, range: offset..offset });
            return Some(tokens);
        }
        let (kind, length) = if quantity::begins_literal(rest) {
            match quantity::literal(rest, calendar) {
                Ok(literal) => {
                    let kind = TokenKind::Number {
                        quantity: literal.quantity,
                        is_percentage: literal.is_percentage,
                    };
                    (kind, literal.length)
                }
                Err(error) => {
                    let range = offset + error.range.start..offset + error.range.end;
                    diagnostics.error(phrase.at(range), error.message).help(error.help);
                    return None;
                }
            }
        } else if let Some(word) = word(rest, dialect) {
            (TokenKind::Word(word), word.len())
        } else if let Some(symbol) = symbol(rest, dialect) {
            (TokenKind::Symbol(symbol), symbol.len())
        } else {
            unexpected(phrase, offset, diagnostics);
            return None;
        };
        tokens.push(Token { kind, range: offset..offset + length });
        offset += length;
    }
}

fn word(text: &str, dialect: Dialect) -> Option<&str> {
    if text.starts_with('%') {
        return Some("%");
    }
    if !text.starts_with(|c: char| c.is_alphabetic() || c == '_') {
        return None;
    }
    let mut length = 0;
    while let Some(c) = text[length..].chars().next() {
        let in_formula = c.is_alphanumeric() || c == '_' || c == '.';
        let in_metric = match c {
            '-' | '[' | ']' => true,
            '<' => text[length..].starts_with("<->"),
            '>' => text[..length].ends_with('-'),
            _ => false,
        };
        if !(in_formula || dialect == Dialect::Expectation && in_metric) {
            break;
        }
        length += c.len_utf8();
    }
    Some(&text[..length])
}

fn symbol(text: &str, dialect: Dialect) -> Option<&'static str> {
    let expectation = if dialect == Dialect::Expectation { ["+-", "@"].as_slice() } else { &[] };
    expectation.iter().chain(&SYMBOLS).find(|symbol| text.starts_with(**symbol)).copied()
}

fn unexpected(phrase: Phrase<'_>, offset: usize, diagnostics: &mut Diagnostics) {
    let rest = &phrase.text[offset..];
    let foreign = FOREIGN.iter().find(|(symbol, _)| rest.starts_with(symbol));
    let length =
        foreign.map_or_else(|| rest.chars().next().map_or(0, char::len_utf8), |(symbol, _)| symbol.len());
    let location = phrase.at(offset..offset + length);
    let diagnostic = diagnostics.error(location, format!("`{}` means nothing here", &rest[..length]));
    if let Some((_, help)) = foreign {
        diagnostic.help(*help);
    }
}
