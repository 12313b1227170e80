//! Loops through lists, and what components are asked about numbers.

use super::World;
use crate::component::Behaviour;
use crate::kernel::request::Frame;
use crate::kernel::slab::Handle;
use crate::plan::verbs::VARIABLES;
use crate::plan::{Field, Turns};
use crate::units::{FunctionId, SequenceId};

/// The number of the variable `each`.
const EACH: u8 = 8;

impl World<'_> {
    /// How many turns a loop has, and of which numbers they are.
    #[inline]
    pub(super) fn turns(&mut self, request: u32, turns: Turns) -> (u64, Handle) {
        match turns {
            Turns::Count(count) => {
                (self.draw_count(count, self.requests[request].fate, Some(request)), Handle::NONE)
            }
            Turns::Each(sequence) => self.gather_list(request, sequence),
        }
    }

    /// The numbers that a loop goes through, which are known before its first turn.
    #[cold]
    fn gather_list(&mut self, request: u32, sequence: SequenceId) -> (u64, Handle) {
        let plan = self.plan;
        let sequence = &plan.sequences[sequence.index()];
        let of = self.fill(request, &sequence.of);
        let mut numbers = Vec::new();
        self.components[sequence.component.index()].list(sequence.sequence, of, &mut numbers);
        let limit = sequence
            .limit
            .map_or(u64::MAX, |limit| self.draw_count(limit, self.requests[request].fate, Some(request)));
        let mut left = limit;
        numbers.retain(|number| {
            let variable = |index: u8| match index {
                EACH => *number as f64,
                own if usize::from(own) < VARIABLES.len() => self.variable(Some(request), own),
                told => {
                    let function = FunctionId(u16::from(told) - VARIABLES.len() as u16);
                    self.told(request, function, Some(*number)) as f64
                }
            };
            let is_kept =
                left > 0 && sequence.keep.as_ref().is_none_or(|keep| keep.evaluate(variable) != 0.0);
            left -= u64::from(is_kept);
            is_kept
        });
        let turns = numbers.len() as u64;
        if turns == 0 {
            return (0, Handle::NONE);
        }
        (turns, self.lists.insert(numbers))
    }

    /// A loop has come to its end.
    #[inline]
    pub(super) fn drop_list(&mut self, list: Handle) {
        if list != Handle::NONE {
            self.lists.remove(list);
        }
    }

    /// Lets a branch know of which number it is: that of its own turn, or that of the loop around its fork.
    #[cold]
    pub(super) fn give_each(&mut self, branch: u32, handler: u32, (list, turn): (Handle, u64)) {
        let own = self.lists.get(list).map(|numbers| numbers[turn as usize]);
        let each = own.unwrap_or_else(|| self.each(handler));
        self.requests.push_frame(branch, Frame::Each(each));
    }

    /// The number of which the turn of a request's innermost `for_each` is.
    pub(super) fn each(&self, request: u32) -> u64 {
        for frame in self.requests.frames_of(request).iter().rev() {
            match frame {
                Frame::Turn { turn, list, .. } if *list != Handle::NONE => {
                    return self.lists.get(*list).map_or(0, |numbers| numbers[*turn as usize]);
                }
                Frame::Each(each) => return *each,
                Frame::Visit { .. } => break,
                _ => {}
            }
        }
        unreachable!("only steps within `for_each` ask for its number")
    }

    /// What a component says about a number of a request; `each` stands for the number that is looked at just now.
    pub(super) fn told(&self, request: u32, function: FunctionId, each: Option<u64>) -> u64 {
        let function = &self.plan.functions[function.index()];
        let about = match (function.argument, each) {
            (Field::Each, Some(each)) => each,
            (argument, _) => self.field(request, argument),
        };
        self.components[function.component.index()].tell(function.function, about)
    }

    /// Bytes of all lists.
    pub(super) fn memory_of_lists(&self) -> u64 {
        self.lists.memory()
            + self.lists.iter().map(|list| (list.capacity() * size_of::<u64>()) as u64).sum::<u64>()
    }
}
