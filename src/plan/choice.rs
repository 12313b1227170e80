//! Compiles `choose`: branches of which one is taken, by chance or by condition.

use super::compiler::{Compiler, Place};
use super::program::{Choice, Step};
use super::verbs::{BRANCH_KEYS, VERBS};
use crate::kernel::random::hash_name;
use crate::scenario::{Key, Location, Node, Program, Reader, Table, format_share};
use crate::units::{ChoiceId, StepId};

impl Compiler<'_> {
    pub(super) fn choose(&mut self, value: &Node, place: &Place, reader: &mut Reader<'_>) {
        let Some(nodes) = reader.array(value) else { return };
        let path = format!("{}.choose", place.path);
        let mut branches = Vec::new();
        // An unknown key may be what a branch lacks.
        let mut is_clear = true;
        for node in nodes {
            let Some(table) = reader.table(node) else { return };
            is_clear &= check_branch(table, reader);
            let Some(body) = reader.required(table, "do", "a branch of `choose`") else { return };
            let share = table.get("share").map(|node| (node.location, reader.share(node)));
            let when = table.get("when").map(|node| (node.location, self.condition(node, reader)));
            branches.push((share, when, body));
        }
        let by_condition = branches.iter().any(|(_, when, _)| when.is_some());
        let by_share = branches.iter().any(|(share, _, _)| share.is_some());
        if branches.is_empty() || by_condition && by_share {
            let message = if branches.is_empty() {
                "`choose` needs at least one branch"
            } else {
                "`choose` goes by `share` or by `when`, not by both"
            };
            reader.error(value.location, message);
            return;
        }
        let id = ChoiceId(self.choices.len() as u32);
        let salt = hash_name(&path);
        self.choices.push(Choice::Drawn(Vec::new(), salt));
        self.steps.push(Step::Choose(id));
        let mut jumps = Vec::new();
        let mut starts = Vec::new();
        for (index, (_, _, body)) in branches.iter().enumerate() {
            starts.push(self.here());
            let inner = Place {
                path: format!("{path}[{index}]"),
                nesting: place.nesting + 1,
                certain: false,
                ..place.clone()
            };
            self.handler(body, &inner, reader);
            jumps.push(self.steps.len());
            self.steps.push(Step::Jump(StepId(0)));
        }
        let end = self.here();
        for jump in jumps {
            self.steps[jump] = Step::Jump(end);
        }
        if !is_clear {
            return;
        }
        let choice = if by_condition {
            let conditions =
                branches.into_iter().map(|(_, when, _)| when.map(|(location, program)| (program, location)));
            held(conditions.collect(), &starts, end, value.location, reader)
        } else {
            let bad = branches.iter().any(|(share, _, _)| share.is_some_and(|(_, share)| share.is_none()));
            if bad {
                return;
            }
            let shares = branches.into_iter().map(|(share, _, _)| share.and_then(|(_, share)| share));
            drawn(shares.collect(), &starts, salt, value.location, reader)
        };
        if let Some(choice) = choice {
            self.choices[id.index()] = choice;
        }
    }
}

/// Reports the unknown keys of a branch; whether it has none.
fn check_branch(table: &Table, reader: &mut Reader<'_>) -> bool {
    let keys = Key::names(&BRANCH_KEYS);
    let mut is_clear = true;
    for entry in table.iter().filter(|entry| !keys.contains(&entry.name.as_str())) {
        is_clear = false;
        let place = " in a branch of `choose`";
        let error = reader.diagnostics.unknown(entry.name_location, "key", &entry.name, place, &keys);
        if VERBS.iter().any(|verb| verb.name == entry.name) {
            error.meant("do").help(format!("steps stand in `do`: do = [ {{ {} = .. }} ]", entry.name));
        }
    }
    is_clear
}

/// A share in [0, 1] as a fraction of 2^64.
pub(super) fn fraction(share: f64) -> u64 {
    // 2^64 itself saturates to the largest number: certain but for one draw in 2^64.
    (share * 18_446_744_073_709_551_616.0) as u64
}

fn held(
    conditions: Vec<Option<(Option<Program>, Location)>>,
    starts: &[StepId],
    end: StepId,
    location: Location,
    reader: &mut Reader<'_>,
) -> Option<Choice> {
    let mut branches = Vec::new();
    let mut rest = None;
    let count = conditions.len();
    for (index, (condition, start)) in conditions.into_iter().zip(starts).enumerate() {
        match condition {
            Some((program, _)) => branches.push((program?, *start)),
            None if index + 1 == count => rest = Some(*start),
            None => {
                reader.error(location, "only the last branch of `choose` can be without `when`");
                return None;
            }
        }
    }
    Some(Choice::Held(branches, rest.unwrap_or(end)))
}

fn drawn(
    shares: Vec<Option<f64>>,
    starts: &[StepId],
    salt: u64,
    location: Location,
    reader: &mut Reader<'_>,
) -> Option<Choice> {
    let given: f64 = shares.iter().flatten().sum();
    let without = shares.iter().filter(|share| share.is_none()).count();
    if without > 1 {
        reader.error(location, "only one branch of `choose` can be without `share`: the rest");
        return None;
    }
    if given > 1.0 + 1e-9 {
        reader.error(location, format!("the shares of `choose` add up to {}", format_share(given)));
        return None;
    }
    if without == 0 && given < 1.0 - 1e-9 {
        reader
            .error(location, format!("the shares of `choose` add up to {}", format_share(given)))
            .help("add a branch without `share` for the rest");
        return None;
    }
    let mut cumulative = 0.0;
    let branches = shares.iter().zip(starts).map(|(share, start)| {
        cumulative += share.unwrap_or(1.0 - given).max(0.0);
        (fraction(cumulative), *start)
    });
    Some(Choice::Drawn(branches.collect(), salt))
}
