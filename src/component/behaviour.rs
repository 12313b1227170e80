//! What a component does in a run: the trait that each kind's state implements, what it is asked and what it may answer.

use super::{Change, Context, Letter, Release, Report, Sight, Standing, Token};
use crate::fault::Role;
use crate::kernel::request::{Request, RequestId};
use crate::measure::trace::IsPaused;
use crate::units::{InstanceId, OperationId, OutcomeId, Span, Time};

/// What a component's state does in a run. The defaults are those of a component without keys, tokens or memory, that does
/// nothing by itself.
pub trait Behaviour {
    /// Which of `count` instances, the first of which is `first`, a caller without a balancer picks: each is equally likely,
    /// those to keep away from only if there is no other. `None` if the caller knows of nobody who could take the call.
    #[inline]
    fn route(&mut self, ask: &Ask<'_>, first: InstanceId, count: u32) -> Option<u32> {
        if ask.avoid.is_empty() {
            return Some(crate::kernel::random::below(ask.bits, u64::from(count)) as u32);
        }
        let avoided = |index: u32| ask.avoid.contains(&InstanceId(first.0 + index));
        let others = (0..count).filter(|index| !avoided(*index)).count() as u64;
        if others == 0 {
            return Some(crate::kernel::random::below(ask.bits, u64::from(count)) as u32);
        }
        let picked = crate::kernel::random::below(ask.bits, others) as usize;
        (0..count).filter(|index| !avoided(*index)).nth(picked)
    }

    /// The run begins: timers may be set.
    fn start(&mut self, _context: &mut Context<'_>) {}

    /// What a visit at instance `at` finds, after its service time; `action` is the index of the operation of the kind.
    fn visit(
        &mut self,
        _at: u32,
        _action: u16,
        _request: &mut Request,
        _context: &mut Context<'_>,
    ) -> Verdict {
        Verdict::Done(crate::outcome::OK)
    }

    /// The target that instance `at` forwards an operation to; it holds a place there until `release`.
    fn forward(
        &mut self,
        _at: u32,
        _operation: OperationId,
        _ask: &Ask<'_>,
        _context: &mut Context<'_>,
    ) -> Option<InstanceId> {
        None
    }

    /// A place that instance `at` held at a target is free.
    fn release(&mut self, _at: u32, _target: InstanceId, _release: &Release, _context: &mut Context<'_>) {}

    /// Where a caller that goes by this component's name sends a call of an operation, as far as it remembers.
    fn recall(&mut self, _operation: OperationId, _ask: &Ask<'_>, _context: &mut Context<'_>) -> Recall {
        unreachable!("only a component that tells where its targets are has a name to go by")
    }

    /// The answer to a caller's question has come, which was asked at that time: where it sends its call.
    fn learn(
        &mut self,
        _question: u64,
        _answer: InstanceId,
        _asked: Time,
        _ask: &Ask<'_>,
        _context: &mut Context<'_>,
    ) {
    }

    /// A timer of instance `at` is due, unless the instance has crashed since it was set.
    fn wake(&mut self, _at: u32, _token: u32, _context: &mut Context<'_>) {}

    /// A letter of the peer `from` has reached instance `at`.
    fn letter(&mut self, _at: u32, _from: u32, _letter: &Letter, _context: &mut Context<'_>) {}

    /// What the component wanted to tell a caller has reached it ([`Context::tell`]).
    fn told(&mut self, _caller: InstanceId, _letter: &Letter) {}

    /// An errand of instance `at` has come to its end.
    fn reported(&mut self, _at: u32, _token: Token, _report: &Report, _context: &mut Context<'_>) {}

    /// The requests that are parked at instance `at` until this errand reports.
    fn awaits(&self, _at: u32, _token: Token) -> Vec<RequestId> {
        Vec::new()
    }

    /// A store serves a call of one of the component's scripts, by its index among the errands; `is_there` says whether it has
    /// what the call is about. The call acts at the store thereafter.
    fn served(&mut self, _errand: u16, _request: &Request, _is_there: bool, _context: &mut Context<'_>) {}

    /// Whether instance `at` of a store has something under a key.
    fn has(&self, _at: u32, _key: u64, _now: Time) -> bool {
        true
    }

    /// A request that was parked at instance `at` has gone without an answer: its caller has given up, or is no more. Those
    /// that an instance has when it goes down are gone without a word.
    fn left(&mut self, _at: u32, _request: RequestId, _context: &mut Context<'_>) {}

    /// The instances that have a role just now.
    fn holders(&self, _role: Role) -> Vec<u32> {
        Vec::new()
    }

    /// Instance `at` has gone down or come up.
    fn change(&mut self, _at: u32, _change: Change, _context: &mut Context<'_>) {}

    /// Instance `at` stands still from now on, or goes on.
    fn pauses(&mut self, _at: u32, _is_paused: IsPaused, _context: &mut Context<'_>) {}

    /// An instance of a component that it forwards to, or whose number of instances it decides, is there, or no longer.
    fn stands(&mut self, _target: InstanceId, _standing: Standing, _context: &mut Context<'_>) {}

    /// What instance `at` sees of a subject that it has looked at.
    fn saw(&mut self, _at: u32, _subject: u16, _sight: &Sight, _context: &mut Context<'_>) {}

    /// What goes on is recorded up to now: somebody is about to read the figures.
    fn close(&mut self, _context: &mut Context<'_>) {}

    /// The newest version of a key that has been acknowledged, for measuring only; none if there is no such key, or if the
    /// kind keeps no versions.
    fn newest(&self, _key: u64) -> Option<u64> {
        None
    }

    /// Whether no place is held, and nothing is under way that goes on by itself.
    fn holds_nothing(&self) -> bool {
        true
    }

    /// Whether there are messages that somebody might fetch, now or later.
    fn has_messages(&self) -> bool {
        false
    }

    /// One of the instances from which it fetches messages again after a pause, if it pauses.
    fn seeks(&self) -> Option<InstanceId> {
        None
    }

    /// Bytes held.
    fn memory(&self) -> u64 {
        0
    }

    /// Writes one of its lists, by its index in [`super::Plans::sequences`], behind what is there.
    fn list(&self, _sequence: usize, _of: u64, _into: &mut Vec<u64>) {}

    /// What one of its functions, by its index in [`super::Plans::functions`], says about a number.
    fn tell(&self, _function: usize, _about: u64) -> u64 {
        0
    }

    /// The present value of a level that the kind reports, by its index in [`super::Spec::figures`]; none if there is nothing to say.
    fn level(&self, _figure: usize) -> Option<f64> {
        None
    }
}

/// What a caller asks for when an instance is picked.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// What the call is about; its lane, if the callee has lanes.
    pub key: u64,
    /// On whose behalf it is made.
    pub user: u64,
    /// Who asks.
    pub from: InstanceId,
    /// The operation that is called, as [`Behaviour::visit`] will hear it.
    pub action: u16,
    /// Instances to keep away from if there are others.
    pub avoid: &'a [InstanceId],
    /// The call's own random bits.
    pub bits: u64,
    /// The simulated time.
    pub now: Time,
}

/// What comes of a visit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It is done, with this outcome.
    Done(OutcomeId),
    /// It stays until the component finishes it ([`Context::finish`], [`Context::settle`]).
    Park,
    /// It goes on behind the line that let the component act.
    GoOn,
    /// The same, after a time.
    GoOnAfter(Span),
    /// It is turned away with this outcome: who has to pay for visits does not pay for this one.
    Refuse(OutcomeId),
    /// It is `denied`, and may come again after this time.
    Deny(Span),
    /// It is gone, and nobody is told.
    Drop,
}

/// What a caller remembers of a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Recall {
    /// Where to go.
    Known(InstanceId),
    /// Nothing: it asks, by visiting an instance with this as the key. The answer comes back as the version.
    Asks(u64),
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;
    use crate::kernel::random::mix;

    struct Plain;
    impl Behaviour for Plain {}

    #[test]
    fn those_who_are_not_avoided_are_equally_likely() {
        // the avoided among 10, 11, 12, 13; who may be picked
        for (avoid, picked) in [
            (&[][..], &[0, 1, 2, 3][..]),
            (&[12][..], &[0, 1, 3][..]),
            (&[10, 13, 99][..], &[1, 2][..]),
            (&[13, 12, 11, 10][..], &[0, 1, 2, 3][..]),
        ] {
            let avoid: Vec<InstanceId> = avoid.iter().copied().map(InstanceId).collect();
            let mut counts = [0_u32; 4];
            for turn in 0..12_000 {
                let ask = Ask { avoid: &avoid, bits: mix(turn, 1), ..testing::ask() };
                counts[Plain.route(&ask, InstanceId(10), 4).unwrap() as usize] += 1;
            }
            for (index, count) in counts.iter().enumerate() {
                let expected = if picked.contains(&index) { 12_000 / picked.len() as u32 } else { 0 };
                assert!(count.abs_diff(expected) < 300, "{avoid:?}: {counts:?}");
            }
        }
    }
}
