//! Compiles `all` and `any`: branches that run side by side.

use super::compiler::{Compiler, Place};
use super::program::{Branches, Fork, Need, Others, Step};
use crate::kernel::random::hash_name;
use crate::scenario::{Node, Reader, Table};
use crate::units::{ComponentId, ForkId, StepId};

impl Compiler<'_> {
    pub(super) fn branches(
        &mut self,
        verb: &str,
        value: &Node,
        table: &Table,
        place: &Place,
        reader: &mut Reader<'_>,
    ) {
        let Some(lists) = reader.array(value) else { return };
        if lists.is_empty() {
            reader.error(value.location, format!("`{verb}` needs at least one branch"));
            return;
        }
        let need = match table.get("need") {
            Some(node) => {
                let Some(need) = reader.count(node) else { return };
                if need == 0 || need > lists.len() as u64 {
                    reader.error(
                        node.location,
                        format!("`need` is 1 to {}, the number of branches", lists.len()),
                    );
                    return;
                }
                Need::Some(need as u32)
            }
            None if verb == "any" => Need::Some(1),
            None => Need::All,
        };
        let others = match table.get("cancel").map(|node| reader.boolean(node)) {
            Some(Some(true)) => Others::Cancel,
            Some(None) => return,
            _ => Others::GoOn,
        };
        let path = format!("{}.{verb}", place.path);
        let fork = self.open_fork(need, others, lists.len() as u64, &path);
        let mut starts = Vec::new();
        for (index, list) in lists.iter().enumerate() {
            starts.push(self.here());
            self.branch(list, place, format!("{path}[{index}]"), reader);
        }
        self.close_fork(fork, Branches::Each(starts), place.component);
    }

    pub(super) fn open_fork(&mut self, need: Need, others: Others, parallel: u64, path: &str) -> ForkId {
        let id = ForkId(self.forks.len() as u32);
        self.forks.push(Fork {
            branches: Branches::Each(Vec::new()),
            need,
            parallel,
            others,
            next: StepId(0),
            salt: hash_name(path),
            in_each: self.in_each,
        });
        self.steps.push(Step::Fork(id));
        id
    }

    pub(super) fn close_fork(&mut self, fork: ForkId, branches: Branches, component: ComponentId) {
        let next = self.here();
        let fork = &mut self.forks[fork.index()];
        let start = match &branches {
            Branches::Each(starts) => starts[0],
            Branches::Turns(_, start) => *start,
        };
        let works = self.steps[start.index()..].iter().any(|step| matches!(step, Step::Work(_)));
        if works && fork.parallel > 1 {
            self.works_side_by_side.insert(component);
        }
        fork.branches = branches;
        fork.next = next;
    }

    pub(super) fn branch(&mut self, list: &Node, place: &Place, path: String, reader: &mut Reader<'_>) {
        let body = Place { path, frames: place.frames + 1, nesting: place.nesting + 1, ..place.clone() };
        self.handler(list, &body, reader);
        self.steps.push(Step::Done);
    }
}
