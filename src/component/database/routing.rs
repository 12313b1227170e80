//! Which copy a caller asks: what it knows of the primary, and which of the others it reads from.
//!
//! A caller hears of a promotion by a message from the new primary, which crosses the network like any other and is sent
//! again until it has come; until then it goes on with the primary it knows. A copy that is dead or stands still is left alone as
//! soon as the time of detection has passed, and one that comes back until it has caught up.

use super::shard::Shard;
use crate::component::{Ask, Geography};
use crate::kernel::random::below;
use crate::units::{InstanceId, Time};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Which copies take the reads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Reads {
    /// The primary.
    Primary,
    /// The replicas, each with the same probability.
    Replica,
    /// The nearest copy, by the mean time of a message; equally near ones in turn.
    Nearest,
}

/// What callers know.
pub(super) struct Routing {
    pub(super) reads: Reads,
    /// The first instance of the component.
    pub(super) first: InstanceId,
    pub(super) geography: Arc<Geography>,
    /// By caller: whether it has ever asked, and its turn among equally near copies.
    callers: Vec<Option<u32>>,
    /// The term that a caller knows of a shard, where that is not the first.
    terms: BTreeMap<(u32, u32), u32>,
}

impl Routing {
    pub(super) fn new(reads: Reads, first: InstanceId, geography: Arc<Geography>) -> Routing {
        Routing { reads, first, geography, callers: Vec::new(), terms: BTreeMap::new() }
    }

    /// The instance of a copy, in the plan.
    fn instance(&self, shard: &Shard, copy: usize) -> InstanceId {
        InstanceId(self.first.0 + shard.instance(copy))
    }

    /// The copy that a caller takes for the primary.
    fn primary(&mut self, number: u32, shard: &Shard, ask: &Ask<'_>) -> usize {
        let caller = ask.from.0;
        let index = ask.from.index();
        if index >= self.callers.len() && ask.from != InstanceId::NONE {
            self.callers.resize(index + 1, None);
        }
        if let Some(unknown @ None) = self.callers.get_mut(index) {
            *unknown = Some(0);
            // Who asks for the first time knows what everyone at its place does.
            let heard = |(term, at): &&(u32, Time)| {
                let primary = self.instance(shard, shard.leader(*term));
                at.0 + self.geography.distance(primary, ask.from) <= ask.now.0
            };
            let term = shard.promotions.iter().rev().find(heard).map_or(0, |(term, _)| *term);
            self.terms.insert((caller, number), term);
        }
        if shard.promotions.len() == 1 {
            return 0;
        }
        shard.leader(self.terms.get(&(caller, number)).copied().unwrap_or(0))
    }

    /// A caller hears of a promotion.
    pub(super) fn hear(&mut self, caller: InstanceId, shard: u32, term: u32) {
        let known = self.terms.entry((caller.0, shard)).or_insert(0);
        *known = term.max(*known);
    }

    /// The callers that do not know of a term yet.
    pub(super) fn ignorant(&self, shard: u32, term: u32) -> impl Iterator<Item = InstanceId> + '_ {
        let asked = self.callers.iter().enumerate().filter(|(_, turn)| turn.is_some());
        asked
            .map(|(caller, _)| InstanceId(caller as u32))
            .filter(move |caller| self.terms.get(&(caller.0, shard)).copied().unwrap_or(0) < term)
    }

    /// The copy for a write; none if the primary is known to be dead.
    pub(super) fn for_write(&mut self, number: u32, shard: &Shard, ask: &Ask<'_>) -> Option<usize> {
        let primary = self.primary(number, shard, ask);
        (!is_known_dead(shard, primary, ask.now)).then_some(primary)
    }

    /// The copy for a read; none if all that could take it are known to be dead.
    pub(super) fn for_read(&mut self, number: u32, shard: &Shard, ask: &Ask<'_>) -> Option<usize> {
        let primary = self.primary(number, shard, ask);
        let lives = |copy: &usize| !is_known_dead(shard, *copy, ask.now);
        let avoids = |copy: &usize| ask.avoid.contains(&self.instance(shard, *copy));
        let candidates = || {
            let replicas_only = self.reads == Reads::Replica;
            let others = (0..shard.copies.len()).filter(move |copy| !(replicas_only && *copy == primary));
            others.filter(|copy| !is_known_silent(shard, *copy, ask.now))
        };
        let chosen = match self.reads {
            Reads::Primary => Some(primary).filter(lives),
            Reads::Replica | Reads::Nearest => {
                let current = || candidates().filter(|copy| shard.copies[*copy].is_current());
                let fresh = current().any(|copy| !avoids(&copy));
                let pool = || current().filter(|copy| !(fresh && avoids(copy)));
                self.pick(shard, ask, pool)
            }
        };
        // Without such a replica the primary reads, and without that one a replica that has not caught up.
        let chosen = chosen.or(Some(primary).filter(lives));
        let late = || if self.reads == Reads::Primary { None } else { self.pick(shard, ask, candidates) };
        let chosen = chosen.or_else(late)?;
        let is_behind = shard.sessions.as_ref().is_some_and(|own| own.is_behind(shard, chosen, ask.user));
        if let (Reads::Nearest, Some(Some(turn))) = (self.reads, self.callers.get_mut(ask.from.index())) {
            *turn = turn.wrapping_add(1);
        }
        if is_behind { Some(primary).filter(lives) } else { Some(chosen) }
    }

    /// One of several copies, by the policy.
    fn pick<I: Iterator<Item = usize>>(
        &self,
        shard: &Shard,
        ask: &Ask<'_>,
        pool: impl Fn() -> I,
    ) -> Option<usize> {
        if self.reads == Reads::Replica {
            let count = pool().count() as u64;
            return pool().nth(below(ask.bits, count.max(1)) as usize);
        }
        let distance = |copy: usize| self.geography.distance(ask.from, self.instance(shard, copy));
        let least = pool().map(distance).min()?;
        let ties = || pool().filter(|copy| distance(*copy) == least);
        let turn = self.callers.get(ask.from.index()).copied().flatten().unwrap_or(0);
        ties().nth(turn as usize % ties().count())
    }

    /// Bytes held.
    pub(super) fn memory(&self) -> u64 {
        (self.callers.len() * 8 + self.terms.len() * 24) as u64
    }
}

/// Whether everybody has noticed that a copy is dead.
fn is_known_dead(shard: &Shard, copy: usize, now: Time) -> bool {
    let copy = &shard.copies[copy];
    !copy.is_up && now.since(copy.since) >= shard.rules.detect
}

/// Whether everybody has noticed that nothing is heard of a copy, so that the others are asked. Where no other one will do it
/// may still go on.
fn is_known_silent(shard: &Shard, copy: usize, now: Time) -> bool {
    let silent_since = shard.copies[copy].silent_since();
    silent_since.is_some_and(|since| now.since(since) >= shard.rules.detect)
}
