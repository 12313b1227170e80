//! Compiles `for_each`: turns for the numbers of a list.

use super::compiler::{Compiler, Place};
use super::program::{Sequence, Turns};
use crate::scenario::{Dimension, Node, Reader, Table};
use crate::units::{ComponentId, SequenceId};

impl Compiler<'_> {
    pub(super) fn for_each(&mut self, value: &Node, table: &Table, place: &Place, reader: &mut Reader<'_>) {
        let context = "a step `for_each`";
        let path = format!("{}.for_each", place.path);
        let found = self.sequence(value, reader);
        let of = match reader.required(table, "of", context) {
            Some(_) => self.template(table, "of", reader).flatten(),
            None => None,
        };
        let Some(limit) = self.read_amount_at((table, "limit"), Dimension::NONE, &path, reader) else {
            return;
        };
        let outside = std::mem::replace(&mut self.in_each, true);
        let keep = match table.get("where") {
            Some(node) => self.condition(node, reader).map(Some),
            None => Some(None),
        };
        if let (Some(body), Some((component, sequence)), Some(of), Some(keep)) =
            (reader.required(table, "do", context), found, of, keep)
        {
            let text = reader.source_text(value);
            let id = SequenceId(self.sequences.len() as u32);
            self.sequences.push(Sequence { component, sequence, of, keep, limit, text });
            self.turns(Turns::Each(id), body, table, (path, place), reader);
        }
        self.in_each = outside;
    }

    /// The list of this name: "follows.out".
    fn sequence(&self, value: &Node, reader: &mut Reader<'_>) -> Option<(ComponentId, usize)> {
        let text = reader.text(value)?;
        let (owner, list) = text.rsplit_once('.').unwrap_or((text, ""));
        if self.names.is_broken(owner) {
            return None;
        }
        let known = self.names.sequence_names();
        let choices: Vec<&str> = known.iter().map(String::as_str).collect();
        let found = self.names.sequences(owner);
        if let Some((_, kind, [])) = found {
            reader
                .error(value.location, format!("`for_each` cannot go through the {kind} `{owner}`"))
                .help("it goes through the lists of a graph: \"friends.out\", \"friends.in\"");
            return None;
        }
        let index = found.and_then(|(component, _, lists)| {
            Some((component, lists.iter().position(|known| *known == list)?))
        });
        if index.is_none() {
            reader.diagnostics.unknown(value.location, "list", text, "", &choices);
        }
        index
    }
}
