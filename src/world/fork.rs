//! Branches: `all`, `any` and parallel `repeat`.
//!
//! A branch is a request at the same instance that works on its handler's worker. Branches never start all at once: a fork
//! is a window with a cursor.

use super::reply::NO_SITE;
use super::unwind::Ends;
use super::{Flow, World};
use crate::kernel::random::mix;
use crate::kernel::request::{Flags, Frame, Parent, Request, RequestId, State};
use crate::kernel::slab::Handle;
use crate::measure::recorder::Ending;
use crate::measure::trace::{Origin, Touch};
use crate::outcome;
use crate::plan::{Branches, Need, Others};
use crate::units::{ForkId, InstanceId, OutcomeId};

/// Nobody in a list of branches or attempts.
pub(super) const NOBODY: u32 = u32::MAX;

/// The branches of one fork of one request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Join {
    /// Who waits for them; its newest frame is this join.
    pub handler: RequestId,
    fork: ForkId,
    total: u64,
    need: u64,
    started: u64,
    open: u64,
    good: u64,
    /// The branch that started last, of those that are open.
    pub newest: u32,
    /// The numbers of which its turns are, if they are not counted only.
    list: Handle,
}

impl World<'_> {
    /// The step that runs branches side by side.
    pub(super) fn fork(&mut self, request: u32, id: ForkId) -> Flow {
        let plan = self.plan;
        let fork = &plan.forks[id.index()];
        let (total, list) = match &fork.branches {
            Branches::Each(starts) => (starts.len() as u64, Handle::NONE),
            Branches::Turns(turns, _) => self.turns(request, *turns),
        };
        let need = match fork.need {
            Need::All => total,
            Need::Some(need) => u64::from(need),
        };
        if need == 0 {
            self.requests[request].step = fork.next;
            return Flow::Goes;
        }
        let handler = self.requests.id(request);
        let join =
            Join { handler, fork: id, total, need, started: 0, open: 0, good: 0, newest: NOBODY, list };
        let handle = self.joins.insert(join);
        self.requests.push_frame(request, Frame::Join(handle));
        self.requests[request].state = State::Joining;
        for turn in 0..fork.parallel.min(total) {
            // Too many are the end of the run; the rest need not be born for that.
            if turn > 0 && self.requests.len() as u64 > plan.limits.in_flight {
                break;
            }
            self.start_branch(handle);
        }
        Flow::Stops
    }

    fn start_branch(&mut self, handle: Handle) {
        let join = self.joins.get_mut(handle).expect("a branch starts while it is waited for");
        let turn = join.started;
        join.started += 1;
        join.open += 1;
        let (handler, newest, list) = (join.handler.index, join.newest, join.list);
        let fork = &self.plan.forks[join.fork.index()];
        let step = match &fork.branches {
            Branches::Each(starts) => starts[turn as usize],
            Branches::Turns(_, start) => *start,
        };
        let forks = self.requests[handler];
        let mut flags = forks.flags.and(Flags::ABANDONED.or(Flags::BOUNDED));
        flags.set(Flags::BRANCH);
        if fork.others == Others::Cancel || forks.flags.has(Flags::CANCELLABLE) {
            flags.set(Flags::CANCELLABLE);
        }
        let branch = self.requests.insert(Request {
            fate: mix(mix(forks.fate, fork.salt), turn),
            parent: Parent::Join(handle),
            siblings: (newest, NOBODY),
            target: InstanceId::NONE,
            branch_turn: turn as u32,
            step,
            depth: 0,
            state: State::Running,
            flags,
            ..forks
        });
        if list != Handle::NONE || fork.in_each {
            self.give_each(branch, handler, (list, turn));
        }
        if newest != NOBODY {
            self.requests[newest].siblings.1 = branch;
        }
        self.joins.get_mut(handle).expect("the join is open").newest = branch;
        self.touched(Touch::Made { request: branch, parent: handler, origin: Origin::Branch });
        self.resume_now(branch);
    }

    /// The step at the end of a branch.
    pub(super) fn done(&mut self, request: u32) -> Flow {
        // All that a branch can still hold is the number that it is about.
        self.requests.pop_frame(request);
        self.end_branch(request, outcome::OK, Ending::Completed)
    }

    /// A handler ends from within a branch, or the branch fails.
    pub(super) fn leave_branch(&mut self, request: u32, outcome: OutcomeId, ending: Ending) -> Flow {
        let parent = self.requests[request].parent;
        match (ending, parent) {
            (Ending::Completed, Parent::Join(join)) => {
                self.unlink(request, join);
                self.remove(request);
                self.end_join(join, Some((outcome, Ending::Completed)));
                Flow::Stops
            }
            _ => self.end_branch(request, outcome, ending),
        }
    }

    fn end_branch(&mut self, request: u32, outcome: OutcomeId, ending: Ending) -> Flow {
        let Parent::Join(handle) = self.requests[request].parent else {
            self.remove(request);
            return Flow::Stops;
        };
        self.unlink(request, handle);
        self.remove(request);
        let join = self.joins.get_mut(handle).expect("a branch with a parent is waited for");
        join.open -= 1;
        join.good += u64::from(ending == Ending::Completed);
        let (good, possible) = (join.good, join.good + join.open + (join.total - join.started));
        let (need, more, newest) = (join.need, join.started < join.total, join.newest);
        if good == need {
            self.end_join(handle, None);
        } else if possible < need {
            self.end_join(handle, Some((outcome, Ending::Failed)));
        } else if more {
            self.start_branch(handle);
        // A success leaves as many branches that may still succeed as there were: only a failure can be one too many, unless
        // a branch has answered the caller meanwhile, and nobody waits for the handler any more.
        } else if newest != NOBODY
            && (ending != Ending::Completed || self.has_answered(newest))
            && self.is_join_stuck(handle)
        {
            self.forsake(newest);
        }
        Flow::Stops
    }

    /// Whether a join can no longer be decided: too many of its branches wait for messages that are lost.
    pub(super) fn is_join_stuck(&self, handle: Handle) -> bool {
        let Some(join) = self.joins.get(handle) else { return false };
        let mut stuck = 0;
        let mut branch = join.newest;
        while branch != NOBODY {
            stuck += u64::from(self.is_stuck(branch));
            branch = self.requests[branch].siblings.0;
        }
        // Turns that have not started wait for a place in the window, which only an open branch that moves can free.
        let startable = if stuck == join.open { 0 } else { join.total - join.started };
        stuck > 0 && join.good + (join.open - stuck) + startable < join.need
    }

    /// Whether the handler of a branch has given its answer.
    fn has_answered(&self, branch: u32) -> bool {
        self.handler_of(branch).is_some_and(|handler| self.requests[handler].flags.has(Flags::ANSWERED))
    }

    /// Takes a branch out of the list of those that are open.
    fn unlink(&mut self, branch: u32, handle: Handle) {
        let (older, newer) = self.requests[branch].siblings;
        if older != NOBODY {
            self.requests[older].siblings.1 = newer;
        }
        if newer != NOBODY {
            self.requests[newer].siblings.0 = older;
        } else {
            self.joins.get_mut(handle).expect("the join is open").newest = older;
        }
    }

    /// The handler no longer waits for its branches: it goes on behind the fork, or ends as a branch has decided.
    fn end_join(&mut self, handle: Handle, verdict: Option<(OutcomeId, Ending)>) {
        let handler = self.joins.get(handle).expect("the join is open").handler.index;
        let fork = self.joins.get(handle).expect("the join is open").fork;
        let frame = self.requests.pop_frame(handler).expect("who waits for branches holds the join");
        debug_assert!(matches!(frame, Frame::Join(open) if open == handle), "a handler waits for one fork");
        let others = self.plan.forks[fork.index()].others;
        self.disband(handle, others, Ends::GivenUp);
        match verdict {
            None => {
                let waits = &mut self.requests[handler];
                waits.step = self.plan.forks[fork.index()].next;
                waits.state = State::Running;
                self.resume_now(handler);
            }
            Some((outcome, ending)) => {
                self.requests[handler].site = NO_SITE;
                self.wake(handler, outcome, ending);
            }
        }
    }

    /// Nobody waits for these branches any more.
    pub(super) fn disband(&mut self, handle: Handle, others: Others, ends: Ends) {
        let Some(join) = self.joins.remove(handle) else { return };
        self.drop_list(join.list);
        let mut branch = join.newest;
        while branch != NOBODY {
            let older = self.requests[branch].siblings.0;
            self.requests[branch].parent = Parent::None;
            match others {
                Others::GoOn if self.is_stuck(branch) => self.unwind(branch),
                Others::GoOn => self.mark_abandoned(branch, None),
                Others::Cancel => self.unwind_as(branch, ends),
            }
            branch = older;
        }
    }
}
