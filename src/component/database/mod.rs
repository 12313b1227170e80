//! A database: versioned rows in shards, each with a primary and its replicas.
//!
//! Stale reads, lost writes and outages are not parameters: they are observed. Every copy has rows of its own, replication is
//! letters and work, failover is heartbeats and elections; what a read returns is held against what had been acknowledged
//! before it began. A row has a value besides, which an `update` changes at once, and a `write` that follows a read does not:
//! two handlers that have read the same value both write the same.
//!
//! Instances are numbered shard by shard, the copies of a shard in a row: with three copies, instances 3 to 5 are shard 1.

mod copy;
mod failover;
mod history;
mod observation;
mod reading;
mod replication;
mod routing;
mod sessions;
mod shard;
mod sharding;
mod spec;
mod store;
#[cfg(test)]
mod tests;
mod values;

use super::{
    Acknowledgement, Ask, Behaviour, Carries, Change, Context, Counter, Course, Crew, DefaultWorkers, Errand,
    Fall, Figure, Key, Letter, Line, Loss, Operation, Parting, Plans, Reading, Register, Report, RoleForm,
    RoleSpec, Said, Serves, Setting, Spec, Token, Verdict, Work,
};
use crate::fault::{Disk, Role};
use crate::kernel::request::Request;
use crate::measure::trace::IsPaused;
use crate::mechanism::versions::Versions;
use crate::outcome;
use crate::units::{InstanceId, Time};
use crate::workload::NEW_KEY;
use observation::{Outage, Silence};
use replication::{APPEND, HEARTBEAT, SNAPSHOT, STATUS};
use routing::Routing;
use shard::Shard;
use sharding::Sharding;
pub(super) use spec::DatabaseBlueprint;
use spec::{MISSING, READ, READS, STALE_READS, UPDATE, VIOLATIONS, WRITE, WRITES};
use values::Values;

/// A caller is told of a promotion.
const NEWS: u16 = 6;

/// A database in a run.
pub struct DatabaseState {
    sharding: Sharding,
    /// How many shards there are.
    count: u32,
    salt: u64,
    values: Values,
    rows: Rows,
    /// Of the only copy of each shard.
    silences: Vec<Silence>,
    outage: Outage,
}

/// The rows of all shards.
enum Rows {
    /// One copy of each shard: of each key that was written, the version and the value.
    Single(Vec<Versions>),
    /// Several copies.
    Replicated(Vec<Shard>, Box<Routing>),
}

/// A key is there from the start, unless it is a new one.
#[inline]
fn is_from_the_start(key: u64) -> bool {
    key & NEW_KEY != NEW_KEY
}

impl DatabaseState {
    #[inline]
    fn shard_of(&self, key: u64) -> u32 {
        self.sharding.shard(key, self.count, self.salt)
    }

    /// Lets a copy act, and notices whether its shard can still be written and read.
    fn touch(
        &mut self,
        at: u32,
        context: &mut Context<'_>,
        act: impl FnOnce(&mut Shard, usize, &mut Context<'_>),
    ) {
        let Rows::Replicated(shards, routing) = &mut self.rows else { return };
        let copies = shards[0].copies.len() as u32;
        let number = at / copies;
        let shard = &mut shards[number as usize];
        let promotions = shard.promotions.len();
        act(shard, (at % copies) as usize, context);
        if shard.promotions.len() > promotions {
            announce(number, shard, routing, context);
        }
        self.outage.note(number, shard.unserved_until(routing.reads, context.now), context);
    }
}

/// The last primary tells those callers who do not know it yet.
fn announce(number: u32, shard: &Shard, routing: &Routing, context: &mut Context<'_>) {
    let term = shard.history.latest_term();
    let primary = shard.leader(term);
    if shard.promotions.len() == 1 || !shard.copies[primary].leads() {
        return;
    }
    for caller in routing.ignorant(number, term) {
        let letter = Letter {
            tag: NEWS,
            words: [u64::from(number), u64::from(term), 0, 0],
            bytes: 0,
            said: Said::Again,
        };
        context.tell(shard.instance(primary), caller, letter);
    }
}

impl Behaviour for DatabaseState {
    #[inline]
    fn route(&mut self, ask: &Ask<'_>, _first: InstanceId, _count: u32) -> Option<u32> {
        let number = self.shard_of(ask.key);
        match &mut self.rows {
            Rows::Single(_) => Some(number),
            Rows::Replicated(shards, routing) => {
                let shard = &shards[number as usize];
                let copy = match ask.action {
                    READ => routing.for_read(number, shard, ask),
                    _ => routing.for_write(number, shard, ask),
                };
                copy.map(|copy| shard.instance(copy))
            }
        }
    }

    fn start(&mut self, context: &mut Context<'_>) {
        if let Rows::Replicated(shards, _) = &mut self.rows {
            shards.iter_mut().for_each(|shard| shard.start(context));
        }
    }

    #[inline]
    fn visit(&mut self, at: u32, action: u16, request: &mut Request, context: &mut Context<'_>) -> Verdict {
        let versions = match &mut self.rows {
            Rows::Single(shards) => &mut shards[at as usize],
            Rows::Replicated(shards, _) => {
                let copies = shards[0].copies.len() as u32;
                let (shard, copy) = (&mut shards[(at / copies) as usize], (at % copies) as usize);
                return match action {
                    READ => shard.read(copy, request, context),
                    WRITE | UPDATE => shard.write(copy, action, request, context),
                    other => unreachable!("a database has no operation {other}"),
                };
            }
        };
        match action {
            READ => {
                context.count(READS, 1);
                match versions.get(request.key) {
                    Some(row) => (request.version, request.value) = (row.version, row.value),
                    None if is_from_the_start(request.key) => {
                        (request.version, request.value) = (0, self.values.start);
                    }
                    None => {
                        context.count(MISSING, 1);
                        request.value = 0;
                        return Verdict::Done(outcome::MISSING);
                    }
                }
            }
            WRITE | UPDATE => {
                let (values, told) = (self.values, request.value);
                let change = |before| values.change(before, action, told);
                match versions.write(request.key, values.start, change) {
                    // Who writes knows what was written, and may put it into a cache.
                    Ok(row) => (request.version, request.value) = (row.version, row.value),
                    Err(value) => {
                        request.value = value;
                        return Verdict::Done(outcome::VIOLATION);
                    }
                }
                context.count(WRITES, 1);
                if values.is_violated_by(request.value) {
                    context.count(VIOLATIONS, 1);
                }
            }
            other => unreachable!("a database has no operation {other}"),
        }
        Verdict::Done(outcome::OK)
    }

    fn wake(&mut self, at: u32, token: u32, context: &mut Context<'_>) {
        self.touch(at, context, |shard, copy, context| shard.wake(copy, token, context));
        if let Rows::Replicated(shards, routing) = &self.rows {
            let number = at / shards[0].copies.len() as u32;
            let shard = &shards[number as usize];
            if shard.promotions.len() > 1 && at == shard.instance(shard.leader(shard.history.latest_term())) {
                announce(number, shard, routing, context);
            }
        }
    }

    fn letter(&mut self, at: u32, from: u32, letter: &Letter, context: &mut Context<'_>) {
        self.touch(at, context, |shard, copy, context| {
            let from = (from - shard.first) as usize;
            shard.open(copy, from, letter, context);
        });
    }

    fn told(&mut self, caller: InstanceId, letter: &Letter) {
        if let Rows::Replicated(_, routing) = &mut self.rows {
            routing.hear(caller, letter.words[0] as u32, letter.words[1] as u32);
        }
    }

    fn newest(&self, key: u64) -> Option<u64> {
        let written = match &self.rows {
            Rows::Single(shards) => shards[self.shard_of(key) as usize].get(key).map(|row| row.version),
            Rows::Replicated(shards, _) => {
                let shard = &shards[self.shard_of(key) as usize];
                // What every copy has was acknowledged long ago, and its history forgets it.
                let version = |row: Option<store::Row>| row.map_or(0, |row| row.version);
                let everywhere = shard.copies.iter().map(|copy| version(copy.store.get(key))).min();
                let at_any_time = Time(u64::MAX - 1);
                let newest = shard.history.newest_acknowledged(key, at_any_time).max(everywhere.unwrap_or(0));
                (newest > 0).then_some(newest)
            }
        };
        written.or(is_from_the_start(key).then_some(0))
    }

    fn reported(&mut self, at: u32, token: Token, report: &Report, context: &mut Context<'_>) {
        self.touch(at, context, |shard, copy, context| shard.end_to_apply(copy, token, report, context));
    }

    fn change(&mut self, at: u32, change: Change, context: &mut Context<'_>) {
        if let Rows::Single(shards) = &mut self.rows {
            let is_up = change == Change::Up;
            if change == Change::Down(Disk::Lost) {
                let rows = std::mem::take(&mut shards[at as usize]);
                context.count(spec::LOST_WRITES, rows.writes());
            }
            let silence = &mut self.silences[at as usize];
            silence.is_down = !is_up;
            return self.outage.note(at, silence.until(), context);
        }
        self.touch(at, context, |shard, copy, context| shard.change(copy, change, context));
    }

    fn pauses(&mut self, at: u32, is_paused: IsPaused, context: &mut Context<'_>) {
        let is_still = is_paused == IsPaused::Yes;
        if let Rows::Single(_) = self.rows {
            let silence = &mut self.silences[at as usize];
            silence.is_still = is_still;
            return self.outage.note(at, silence.until(), context);
        }
        self.touch(at, context, |shard, copy, context| {
            shard.copies[copy].still_since = is_still.then_some(context.now);
        });
    }

    fn close(&mut self, context: &mut Context<'_>) {
        self.outage.close(context);
    }

    fn holders(&self, role: Role) -> Vec<u32> {
        let all = |shards: u32, copies: u32| (0..shards * copies).collect::<Vec<u32>>();
        match &self.rows {
            Rows::Single(_) => match role {
                Role::Primary => all(self.count, 1),
                Role::Replica(_) => Vec::new(),
                Role::Shard(shard) => vec![shard],
            },
            Rows::Replicated(shards, _) => shards
                .iter()
                .enumerate()
                .flat_map(|(number, shard)| {
                    let primary = shard.leader(shard.history.latest_term());
                    let replicas: Vec<usize> = shard.others(primary).collect();
                    let copies: Vec<usize> = match role {
                        Role::Primary => vec![primary],
                        Role::Replica(None) => replicas,
                        Role::Replica(Some(index)) => vec![replicas[index as usize]],
                        Role::Shard(wanted) if wanted as usize == number => (0..shard.copies.len()).collect(),
                        Role::Shard(_) => Vec::new(),
                    };
                    copies.into_iter().map(|copy| shard.instance(copy)).collect::<Vec<u32>>()
                })
                .collect(),
        }
    }

    fn holds_nothing(&self) -> bool {
        match &self.rows {
            Rows::Single(_) => true,
            Rows::Replicated(shards, _) => {
                shards.iter().flat_map(|shard| &shard.copies).all(|copy| copy.pending.is_empty())
            }
        }
    }

    fn memory(&self) -> u64 {
        match &self.rows {
            Rows::Single(shards) => {
                shards.iter().map(|versions| versions.len() as u64 * Versions::BYTES_PER_KEY).sum()
            }
            Rows::Replicated(shards, routing) => {
                shards.iter().map(Shard::memory).sum::<u64>() + routing.memory()
            }
        }
    }
}

impl Shard {
    /// A copy reads a letter.
    fn open(&mut self, at: usize, from: usize, letter: &Letter, context: &mut Context<'_>) {
        match letter.tag {
            APPEND => self.receive(at, from, letter, context),
            HEARTBEAT => self.hear_beat(at, from, letter, context),
            STATUS => self.hear_position(at, from, letter, context),
            SNAPSHOT => self.install(at, from, letter, context),
            failover::SUSPECT => self.hear_suspicion(at, from, letter, context),
            failover::OBJECT => self.hear_objection(at, from, letter, context),
            other => unreachable!("no letter of a database has the tag {other}"),
        }
    }

    /// A request reads a row, which is held against what had been acknowledged before it began.
    fn read(&mut self, at: usize, request: &mut Request, context: &mut Context<'_>) -> Verdict {
        if self.copies[at].is_empty {
            return Verdict::Done(outcome::UNAVAILABLE);
        }
        context.count(READS, 1);
        let row = self.copies[at].store.get(request.key);
        let version = row.map_or(0, |row| row.version);
        context.count(STALE_READS, u64::from(self.is_stale(request.key, version, request.sent)));
        if row.is_none() && !is_from_the_start(request.key) {
            context.count(MISSING, 1);
            request.value = 0;
            return Verdict::Done(outcome::MISSING);
        }
        request.version = version;
        request.value = row.map_or(self.rules.values.start, |row| row.value);
        Verdict::Done(outcome::OK)
    }
}
