//! A dns: tells callers where its targets are. They go there themselves, and remember the answer until its time is over.
//!
//! So it is a choice of a target with a lookup in front: what is out may go on being asked as long as somebody remembers it.
//! Besides it resolves names for whoever asks, as the resolver of a crawler does.

mod blueprint;
mod names;
mod spec;
#[cfg(test)]
mod tests;
mod zone;

use super::{
    Ask, Behaviour, Change, Context, Errand, Line, Plans, Reading, Recall, Report, Setting, Spec, Standing,
    Token, Verdict,
};
use crate::kernel::random::below;
use crate::kernel::request::Request;
use crate::scenario::Named;
use crate::units::{InstanceId, OperationId, PlaceId, Span, Time};
pub(super) use blueprint::DnsBlueprint;
use blueprint::Memory;
use names::Names;
use spec::{HITS, LOOKUP, LOOKUPS, RESOLVE, STALE};
use std::collections::BTreeMap;
use std::sync::Arc;
use zone::Zone;

impl Plans for DnsBlueprint {
    const SPEC: Spec = spec::SPEC;
    type State = DnsState;

    fn read(reading: &mut Reading<'_, '_>) -> Option<Self> {
        DnsBlueprint::read_table(reading)
    }

    fn targets(&self) -> &[Named] {
        &self.targets
    }

    fn tells_where(&self) -> bool {
        true
    }

    fn lines(&self, _operation: &str) -> Vec<Line> {
        self.service.clone().map(Line::Work).into_iter().chain([Line::Consult]).collect()
    }

    fn errands(&self) -> Vec<Errand> {
        self.health.map_or(Vec::new(), |health| health.probes(&self.targets))
    }

    fn state(&self, setting: &Setting) -> DnsState {
        DnsState {
            zone: Zone::new(self, setting),
            names: Names::new(self),
            memory: self.memory,
            ttl: self.ttl,
            geography: setting.geography.clone(),
            answers: BTreeMap::new(),
            sweep_at: FEW,
        }
    }
}

/// So few answers are not worth sweeping.
const FEW: usize = 64;

/// Above the target in a timer's token: it is that of a resolution.
const RESOLUTION: u32 = 1 << 31;

/// Who remembers an answer: of which targets, at which place, and which user.
type Owner = (u32, PlaceId, u64);

/// What it names, what it knows of names, and what its callers remember.
pub struct DnsState {
    zone: Zone,
    names: Names,
    memory: Memory,
    ttl: Span,
    geography: Arc<super::Geography>,
    answers: BTreeMap<Owner, Answer>,
    /// At how many answers those are thrown away whose time is over.
    sweep_at: usize,
}

/// An answer that somebody remembers.
#[derive(Clone, Copy, Debug)]
struct Answer {
    target: InstanceId,
    expires: Time,
}

impl DnsState {
    /// What an answer or a name takes of memory \[B\], about.
    const BYTES_PER_ANSWER: u64 = 64;

    /// Who remembers an answer for this caller; none if nobody does.
    fn owner(&self, pool: u32, ask: &Ask<'_>) -> Option<Owner> {
        let place = self.geography.place(ask.from);
        match self.memory {
            Memory::User => Some((pool, place, ask.user)),
            Memory::Place => Some((pool, place, 0)),
            Memory::Nobody => None,
        }
    }
}

impl Behaviour for DnsState {
    /// The nearest instance is asked; of equally near ones any.
    fn route(&mut self, ask: &Ask<'_>, first: InstanceId, count: u32) -> Option<u32> {
        let distance = |index: &u32| self.geography.distance(ask.from, InstanceId(first.0 + index));
        let nearest = (0..count).map(|index| distance(&index)).min()?;
        let near = || (0..count).filter(|index| distance(index) == nearest);
        let lot = below(ask.bits, near().count() as u64) as usize;
        near().nth(lot)
    }

    fn start(&mut self, context: &mut Context<'_>) {
        self.zone.start(context);
    }

    fn recall(&mut self, operation: OperationId, ask: &Ask<'_>, context: &mut Context<'_>) -> Recall {
        let pool = self.zone.pool_of(operation);
        let owner = self.owner(pool, ask);
        let answer = owner.and_then(|owner| self.answers.get(&owner));
        match answer.filter(|answer| answer.expires > ask.now) {
            Some(answer) => {
                context.count(HITS, 1);
                context.count(STALE, u64::from(!self.zone.is_named(answer.target)));
                Recall::Known(answer.target)
            }
            None => {
                context.count(LOOKUPS, 1);
                Recall::Asks(u64::from(pool) << 32 | self.geography.place(ask.from).index() as u64)
            }
        }
    }

    fn learn(
        &mut self,
        question: u64,
        answer: InstanceId,
        asked: Time,
        ask: &Ask<'_>,
        context: &mut Context<'_>,
    ) {
        context.record(LOOKUP, ask.now.since(asked));
        let Some(owner) = self.owner((question >> 32) as u32, ask) else { return };
        self.answers.insert(owner, Answer { target: answer, expires: ask.now + self.ttl });
        if self.answers.len() > self.sweep_at {
            self.answers.retain(|_, answer| answer.expires > ask.now);
            self.sweep_at = FEW + 2 * self.answers.len();
        }
    }

    fn visit(&mut self, at: u32, action: u16, request: &mut Request, context: &mut Context<'_>) -> Verdict {
        if action == RESOLVE {
            return self.names.resolve(at, request, context);
        }
        let (pool, place) = ((request.key >> 32) as u32, PlaceId(request.key as u16));
        match self.zone.choose(at, pool, place) {
            Some(target) => {
                request.version = u64::from(target.0);
                Verdict::Done(crate::outcome::OK)
            }
            None => Verdict::Done(crate::outcome::UNAVAILABLE),
        }
    }

    fn wake(&mut self, at: u32, token: u32, context: &mut Context<'_>) {
        if token & RESOLUTION == 0 {
            self.zone.probe(at, token, context);
        } else {
            self.names.resolved(token & !RESOLUTION, context);
        }
    }

    fn reported(&mut self, at: u32, token: Token, report: &Report, context: &mut Context<'_>) {
        self.zone.probed(at, token.item, report.ending, context);
    }

    fn stands(&mut self, target: InstanceId, standing: Standing, context: &mut Context<'_>) {
        self.zone.stands(target, standing, context);
    }

    /// What its callers remember they remember without it.
    fn change(&mut self, at: u32, change: Change, context: &mut Context<'_>) {
        self.names.forget(at);
        self.zone.restart(at, change, context);
    }

    fn memory(&self) -> u64 {
        (self.answers.len() + self.names.len()) as u64 * DnsState::BYTES_PER_ANSWER
    }

    fn level(&self, figure: usize) -> Option<f64> {
        (figure == spec::HEALTHY).then(|| self.zone.healthy()).flatten()
    }
}
