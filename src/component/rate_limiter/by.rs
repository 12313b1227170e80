//! Whose counter a request falls under: a text with fields of the request.

use super::super::Reading;
use crate::kernel::random::{hash_name, mix};
use crate::scenario::Node;

/// What a request is to a limiter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Visitor {
    /// What it is about.
    pub key: u64,
    /// Who asks.
    pub user: u64,
    /// A hash of the name of its operation.
    pub operation: u64,
    /// The component whose call it is, whoever has forwarded that.
    pub caller: u64,
    /// The instance from which it comes.
    pub address: u64,
    /// The place where that stands.
    pub place: u64,
}

/// A part of the text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Piece {
    /// Other text, hashed.
    Text(u64),
    Key,
    User,
    Operation,
    Caller,
    Address,
    Place,
}

/// The fields, by name.
const FIELDS: [(&str, Piece); 6] = [
    ("user", Piece::User),
    ("key", Piece::Key),
    ("operation", Piece::Operation),
    ("caller", Piece::Caller),
    ("address", Piece::Address),
    ("place", Piece::Place),
];

/// Whose counter it is; without any piece there is one for all.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct By(Vec<Piece>);

impl By {
    /// The counter of a request.
    pub(super) fn counter(&self, visitor: &Visitor) -> u64 {
        self.0.iter().fold(0, |hash, piece| {
            mix(
                hash,
                match piece {
                    Piece::Text(text) => *text,
                    Piece::Key => visitor.key,
                    Piece::User => visitor.user,
                    Piece::Operation => visitor.operation,
                    Piece::Caller => visitor.caller,
                    Piece::Address => visitor.address,
                    Piece::Place => visitor.place,
                },
            )
        })
    }

    /// Whether it tells callers apart.
    pub(super) fn names_callers(&self) -> bool {
        self.0.contains(&Piece::Caller)
    }

    pub(super) fn read(node: &Node, reading: &mut Reading<'_, '_>) -> Option<By> {
        let text = reading.reader.text(node)?;
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once('{') {
            let Some((name, after)) = behind.split_once('}') else {
                reading.reader.error(node.location, "a `{` of this template is not closed");
                return None;
            };
            if !before.is_empty() {
                pieces.push(Piece::Text(hash_name(before)));
            }
            let Some((_, field)) = FIELDS.iter().find(|(field, _)| *field == name) else {
                let choices = FIELDS.map(|(field, _)| field);
                reading.reader.diagnostics.unknown(node.location, "field", name, " in `by`", &choices);
                return None;
            };
            pieces.push(*field);
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(hash_name(rest)));
        }
        Some(By(pieces))
    }
}
