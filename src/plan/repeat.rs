//! Compiles `repeat`, and the turns of every loop: one after the other, or so many at a time.

use super::compiler::{Compiler, Place};
use super::program::{Branches, Law, Need, Others, Step, Turns};
use crate::scenario::{Dimension, Node, Reader, Table};
use crate::units::StepId;

impl Compiler<'_> {
    pub(super) fn repeat(&mut self, value: &Node, table: &Table, place: &Place, reader: &mut Reader<'_>) {
        let Some(body) = reader.required(table, "do", "a step `repeat`") else { return };
        let path = format!("{}.repeat", place.path);
        let Some(turns) = self.read_amount(value, Dimension::NONE, &path, reader) else { return };
        if let Law::Constant(count, _) = &self.amounts[turns.index()].law
            && count.0 > u64::from(u32::MAX)
        {
            reader.error(value.location, format!("`repeat` has at most {} turns", u32::MAX));
            return;
        }
        self.turns(Turns::Count(turns), body, table, (path, place), reader);
    }

    /// The body of a loop: its turns follow one another, or run `parallel` at a time.
    pub(super) fn turns(
        &mut self,
        turns: Turns,
        body: &Node,
        table: &Table,
        (path, place): (String, &Place),
        reader: &mut Reader<'_>,
    ) {
        let parallel = match table.get("parallel") {
            Some(node) => {
                let Some(parallel) = reader.count_or_unbounded(node) else { return };
                if parallel == Some(0) {
                    reader.error(node.location, "`parallel` is at least 1");
                    return;
                }
                Some(parallel.unwrap_or(u64::MAX))
            }
            None => None,
        };
        match parallel {
            Some(parallel) => {
                let fork = self.open_fork(Need::All, Others::GoOn, parallel, &path);
                let start = self.here();
                let place = Place { certain: false, ..place.clone() };
                self.branch(body, &place, path, reader);
                self.close_fork(fork, Branches::Turns(turns, start), place.component);
            }
            None => {
                let open = self.steps.len();
                self.steps.push(Step::Repeat(turns, StepId(0)));
                let inner = Place {
                    path,
                    frames: place.frames + 1,
                    nesting: place.nesting + 1,
                    certain: false,
                    ..place.clone()
                };
                self.handler(body, &inner, reader);
                self.steps.push(Step::Next);
                self.steps[open] = Step::Repeat(turns, self.here());
            }
        }
    }
}
