//! Picks a target among those that may be picked, and remembers what the policy needs for the next time.

use super::super::Ask;
use super::policy::Policy;
use crate::kernel::random::{Draws, below};
use crate::mechanism::hash::mix13_pair;
use crate::mechanism::least::Least;
use crate::mechanism::lots::Lots;
use crate::mechanism::peaks::Peaks;
use crate::mechanism::ring::Ring;
use crate::mechanism::turns::Turns;

/// Targets that offer the same operations.
pub(super) struct Pool {
    /// Their indices, ascending.
    pub members: Vec<u32>,
    /// The indices on a ring, if the policy wants one.
    pub ring: Option<Ring>,
    /// The weights of the members; empty if all are alike.
    pub weights: Vec<u32>,
}

impl Pool {
    pub(super) fn new(policy: Policy, name: u64, members: Vec<u32>, weights: Vec<u32>) -> Pool {
        let ring = match policy {
            Policy::HashRing { virtual_nodes, .. } => {
                let sum: u64 = weights.iter().map(|weight| u64::from(*weight)).sum();
                // With weights there are as many points in all as without.
                let nodes = |position: usize| match weights.get(position) {
                    Some(weight) => {
                        let points = u64::from(virtual_nodes) * u64::from(*weight) * members.len() as u64;
                        ((points + sum / 2) / sum).max(1) as u32
                    }
                    None => virtual_nodes,
                };
                let points = members.iter().enumerate().map(|(position, member)| (*member, nodes(position)));
                Ring::weighted(name, points)
            }
            _ => None,
        };
        Pool { members, ring, weights }
    }

    pub(super) fn len(&self) -> u32 {
        self.members.len() as u32
    }

    #[inline]
    pub(super) fn position(&self, target: u32) -> Option<u32> {
        self.members.binary_search(&target).ok().map(|position| position as u32)
    }
}

/// What the picks of one instance of the balancer leave behind.
pub(super) struct Memory {
    /// The calls that each target has.
    pub outstanding: Vec<u32>,
    /// For each turn-taking group, the position whose turn is next.
    cursors: Vec<u32>,
    /// For each pool, the calls by position.
    least: Vec<Least>,
    /// For each pool, the weighted turns by position.
    turns: Vec<Turns>,
    /// How long each target took of late.
    peaks: Option<Peaks>,
}

/// A pick that is being made.
pub(super) struct Choice<'a> {
    pub policy: Policy,
    /// A hash of the balancer's name.
    pub name: u64,
    pub pool: &'a Pool,
    pub pool_index: usize,
    /// The weights of the pool's members; empty if all are alike.
    pub weights: &'a [u32],
    /// Who takes turns with whom: the pool, or those of the pool at one distance.
    pub group: usize,
    /// The positions of the pool that may be picked, ascending; at least one.
    pub eligible: &'a [u32],
    pub ask: &'a Ask<'a>,
}

impl Choice<'_> {
    fn count(&self) -> u32 {
        self.eligible.len() as u32
    }

    /// Whether every member of the pool may be picked.
    #[inline]
    fn is_free(&self) -> bool {
        self.eligible.len() == self.pool.members.len()
    }

    fn allows(&self, target: u32) -> bool {
        self.is_free()
            || self
                .pool
                .position(target)
                .is_some_and(|position| self.eligible.binary_search(&position).is_ok())
    }

    /// The eligible positions, beginning at or behind one.
    fn from(&self, position: u32) -> impl Iterator<Item = u32> + Clone {
        let start = self.eligible.partition_point(|eligible| *eligible < position);
        let (before, after) = self.eligible.split_at(start);
        after.iter().chain(before).copied()
    }
}

impl Memory {
    /// The memory of instance `at` of `instances`, which begin at different targets, or all of them would send their first
    /// calls to the same few. The members of a pool take turns in `groups` groups.
    pub(super) fn new(
        policy: Policy,
        (at, instances): (u32, u32),
        targets: usize,
        pools: &[Pool],
        groups: usize,
    ) -> Memory {
        let cursor = |pool: &Pool| (u64::from(at) * u64::from(pool.len()) / u64::from(instances)) as u32;
        let least = match policy {
            Policy::LeastOutstanding => pools.iter().map(|pool| Least::new(pool.len())).collect(),
            _ => Vec::new(),
        };
        let peaks = match policy {
            Policy::LeastResponseTime { decay } => Some(Peaks::new(targets, decay.0)),
            _ => None,
        };
        Memory {
            outstanding: vec![0; targets],
            cursors: pools.iter().flat_map(|pool| vec![cursor(pool); groups]).collect(),
            least,
            turns: pools.iter().map(|pool| Turns::new(pool.len(), cursor(pool))).collect(),
            peaks,
        }
    }

    /// Picks the index of a target.
    #[inline]
    pub(super) fn pick(&mut self, choice: &Choice<'_>, lots: &mut Lots) -> u32 {
        let (pool, pool_index, ask) = (choice.pool, choice.pool_index, choice.ask);
        let cursor = self.cursors[choice.group];
        let outstanding = |position: u32| self.outstanding[pool.members[position as usize] as usize];
        let position = match choice.policy {
            Policy::RoundRobin | Policy::LeastOutstanding | Policy::PowerOfD { .. }
                if !choice.weights.is_empty() =>
            {
                self.turns[pool_index].next(choice.weights, choice.eligible)
            }
            Policy::RoundRobin if choice.is_free() => cursor,
            Policy::RoundRobin => choice.from(cursor).next().expect("somebody may be picked"),
            Policy::Random if !choice.weights.is_empty() => draw_weighted(choice),
            Policy::Random => choice.eligible[below(ask.bits, u64::from(choice.count())) as usize],
            Policy::LeastOutstanding if choice.is_free() => self.least[pool_index].next_least(cursor),
            // The first of several equal ones is taken.
            Policy::LeastOutstanding => choice
                .from(cursor)
                .min_by_key(|position| outstanding(*position))
                .expect("somebody may be picked"),
            Policy::PowerOfD { d } => {
                let mut draws = Draws::new(ask.bits, 0);
                let below = |n| below(draws.bits(), u64::from(n)) as u32;
                let drawn = lots.draw(d.min(choice.count()), choice.count(), below);
                let positions = drawn.iter().map(|lot| choice.eligible[*lot as usize]);
                positions.min_by_key(|position| outstanding(*position)).expect("one is drawn")
            }
            Policy::LeastResponseTime { .. } => {
                let peaks = self.peaks.as_ref().expect("the policy remembers response times");
                let index = |position: u32| pool.members[position as usize];
                let work = |position| outstanding(position) + 1;
                peaks.least(choice.from(cursor), index, work).expect("somebody may be picked")
            }
            Policy::HashRing { bounded_load, .. } => return self.owner(choice, bounded_load),
        };
        self.cursors[choice.group] = if position + 1 == pool.len() { 0 } else { position + 1 };
        pool.members[position as usize]
    }

    /// The target that owns the key, or the next one on the ring that may be picked and has room.
    #[inline]
    fn owner(&self, choice: &Choice<'_>, bounded_load: Option<f64>) -> u32 {
        let ring = choice.pool.ring.as_ref().expect("the policy has a ring");
        // The key goes first: the other way around small keys would hash to the points of the ring themselves.
        let hash = mix13_pair(choice.ask.key, choice.name);
        if choice.is_free() && bounded_load.is_none() {
            return ring.owner(hash);
        }
        let room = bounded_load.map_or(u32::MAX, |bound| self.room(choice, bound));
        let has_room = |target: &u32| choice.allows(*target) && self.outstanding[*target as usize] < room;
        ring.walk(hash).find(has_room).expect("not all have more than the average")
    }

    /// How many calls a target may have, together with the one that comes: `bound` times the average, rounded up
    /// (Mirrokni, Thorup and Zadimoghaddam, 2018).
    fn room(&self, choice: &Choice<'_>, bound: f64) -> u32 {
        let calls =
            |position: &u32| u64::from(self.outstanding[choice.pool.members[*position as usize] as usize]);
        let all: u64 = choice.eligible.iter().map(calls).sum();
        (bound * (all + 1) as f64 / choice.eligible.len() as f64).ceil() as u32
    }

    /// A target has one call more, or one fewer.
    #[inline]
    pub(super) fn change(&mut self, pools: &[Pool], target: u32, delta: i32) {
        let outstanding = &mut self.outstanding[target as usize];
        *outstanding = outstanding.checked_add_signed(delta).expect("what is given back was taken");
        for (pool, least) in pools.iter().zip(&mut self.least) {
            if let Some(position) = pool.position(target) {
                least.add(position, delta);
            }
        }
    }

    /// A target has answered, or its caller has waited in vain for so long.
    #[inline]
    pub(super) fn responded(&mut self, target: u32, now: u64, response: u64) {
        if let Some(peaks) = &mut self.peaks {
            peaks.observe(target, now, response);
        }
    }

    /// What is known of a target's response times is void.
    pub(super) fn forget(&mut self, target: u32) {
        if let Some(peaks) = &mut self.peaks {
            peaks.forget(target);
        }
    }
}

/// A position, as likely as its weight says.
fn draw_weighted(choice: &Choice<'_>) -> u32 {
    let weight = |position: &u32| u64::from(choice.weights[*position as usize]);
    let sum: u64 = choice.eligible.iter().map(weight).sum();
    let mut lot = below(choice.ask.bits, sum);
    let drawn = choice.eligible.iter().find(|position| {
        let is_drawn = lot < weight(position);
        lot = lot.saturating_sub(weight(position));
        is_drawn
    });
    *drawn.expect("the lot is below the sum of the weights")
}
