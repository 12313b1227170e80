//! Compiles `mark`, and finds out which marks the requests of each client may reach.

use super::compiler::{Compiler, Place};
use super::program::{MarkPlan, MarkSite, Step};
use super::{EntryPlan, ErrandPlan, Part, SlotPlan};
use crate::measure::ledger::{MARKS_MAX, Marks};
use crate::scenario::{Node, Reader, Table};
use crate::units::{ComponentId, MarkId, MarkSiteId, SlotId};

/// Where a step `mark` stands.
#[derive(Clone, Copy, Debug)]
pub struct MarkNote {
    /// Who runs it.
    pub component: ComponentId,
    /// In which operation; none for sessions.
    pub entry: Option<usize>,
}

impl Compiler<'_> {
    pub(super) fn mark(&mut self, value: &Node, table: &Table, place: &Place, reader: &mut Reader<'_>) {
        let Some(name) = reader.text(value) else { return };
        super::names::check(name, value.location, reader.diagnostics);
        let Some(per) = self.template(table, "per", reader) else { return };
        let late_after = match table.get("late_after") {
            Some(node) => {
                let Some(time) = reader.time(node) else { return };
                Some((time, node.location))
            }
            None => None,
        };
        let Some(mark) = self.mark_of(name, value, reader) else { return };
        if let Some((time, location)) = late_after {
            let known = &mut self.marks[mark.index()].late_after;
            if known.is_some_and(|other| other != time) {
                reader.error(location, format!("the mark `{name}` has another `late_after` elsewhere"));
                return;
            }
            *known = Some(time);
        }
        let id = MarkSiteId(self.mark_sites.len() as u32);
        self.mark_sites.push(MarkSite { mark, per });
        self.mark_notes.push(MarkNote { component: place.component, entry: self.entry });
        self.steps.push(Step::Mark(id));
    }

    fn mark_of(&mut self, name: &str, value: &Node, reader: &mut Reader<'_>) -> Option<MarkId> {
        let known = self.marks.iter().position(|mark| mark.name == name);
        let index = known.unwrap_or_else(|| {
            self.marks.push(MarkPlan { name: name.to_owned(), late_after: None });
            self.marks.len() - 1
        });
        if index >= MARKS_MAX {
            reader.error(value.location, format!("a scenario has at most {MARKS_MAX} marks"));
            return None;
        }
        Some(MarkId(index as u16))
    }
}

/// For each slot of a client, the marks that its requests may reach, by whatever they call, send, or leave to components.
pub(super) fn expected(
    slots: &[SlotPlan],
    clients: &[ComponentId],
    entries: &[EntryPlan],
    errands: &[Vec<ErrandPlan>],
    takers: &dyn Fn(&EntryPlan) -> Vec<ComponentId>,
    compiler: &Compiler<'_>,
) -> Vec<Marks> {
    if compiler.marks.is_empty() {
        return vec![Marks::default(); slots.len()];
    }
    let direct = |is_meant: &dyn Fn(&MarkNote) -> bool| {
        let notes = compiler.mark_notes.iter().zip(&compiler.mark_sites);
        let mut marks = Marks::default();
        for (_, site) in notes.filter(|(note, _)| is_meant(note)) {
            marks.add(Marks::of(site.mark));
        }
        marks
    };
    let mut of_entries: Vec<Marks> =
        (0..entries.len()).map(|entry| direct(&|note| note.entry == Some(entry))).collect();
    let calls: Vec<Vec<usize>> =
        (0..compiler.sites.len()).map(|site| super::graph::callees(site, entries, compiler)).collect();
    let mut leads: Vec<Vec<usize>> = vec![Vec::new(); entries.len()];
    for (site, callees) in calls.iter().enumerate() {
        if let Some(caller) = compiler.notes[site].entry {
            leads[caller].extend(callees);
        }
    }
    for (entry, plan) in entries.iter().enumerate() {
        for component in takers(plan).into_iter().chain([plan.component]) {
            leads[entry].extend(errands[component.index()].iter().map(|errand| match errand {
                ErrandPlan::Work(entry) | ErrandPlan::Call(entry, _) => entry.index(),
            }));
        }
    }
    // Each round carries every mark at least one call further back.
    loop {
        let mut has_grown = false;
        for entry in 0..entries.len() {
            for index in 0..leads[entry].len() {
                let further = of_entries[leads[entry][index]];
                has_grown |= of_entries[entry].add(further);
            }
        }
        if !has_grown {
            break;
        }
    }
    let reached = |slot: usize, slot_plan: &SlotPlan| {
        let client = clients[slot_plan.client];
        let mut marks = match slot_plan.operation {
            Some(_) => Marks::default(),
            None => direct(&|note| note.entry.is_none() && note.component == client),
        };
        for (site, callees) in calls.iter().enumerate() {
            let note = &compiler.notes[site];
            let is_own = match slot_plan.operation {
                Some(_) => compiler.sites[site].slot == Some(SlotId(slot as u32)),
                None => note.entry.is_none() && note.caller == client,
            };
            for callee in callees.iter().filter(|_| is_own) {
                marks.add(of_entries[*callee]);
            }
        }
        marks
    };
    let of_slot = |(slot, plan): (usize, &SlotPlan)| match plan.part {
        Part::Request => reached(slot, plan),
        Part::Call => Marks::default(),
    };
    slots.iter().enumerate().map(of_slot).collect()
}
