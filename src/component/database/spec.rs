//! The words of a database, and what its visits do.

use super::observation::{Outage, Silence};
use super::reading;
use super::replication::APPLY;
use super::routing::{Reads, Routing};
use super::shard::{Replication, Rules, Shard};
use super::sharding::Sharding;
use super::values::Values;
use super::{
    Acknowledgement, Carries, Counter, Course, Crew, DatabaseState, DefaultWorkers, Errand, Fall, Figure,
    Key, Line, Loss, Operation, Parting, Plans, Reading, Register, RoleForm, RoleSpec, Rows, Serves, Setting,
    Spec, Work,
};
use crate::fault::Role;
use crate::mechanism::versions::Versions;
use crate::outcome;
use crate::units::Span;

/// What the table of a database says.
#[derive(Clone, Debug)]
pub struct DatabaseBlueprint {
    pub(super) read: Option<Work>,
    pub(super) write: Option<Work>,
    pub(super) update: Option<Work>,
    pub(super) shards: u32,
    pub(super) sharding: Sharding,
    /// Copies of each shard besides the primary.
    pub(super) replicas: u32,
    pub(super) reads: Reads,
    pub(super) rules: Rules,
}

/// The operations, by index.
pub(super) const READ: u16 = 0;
pub(super) const WRITE: u16 = 1;
pub(super) const UPDATE: u16 = 2;

/// The counters, by index.
pub(super) const READS: usize = 0;
pub(super) const WRITES: usize = 1;
pub(super) const MISSING: usize = 2;
pub(super) const STALE_READS: usize = 3;
pub(super) const LOST_WRITES: usize = 4;
pub(super) const CONFLICTS: usize = 5;
pub(super) const PROMOTIONS: usize = 6;
pub(super) const VIOLATIONS: usize = 7;

/// The figures, by index.
pub(super) const UNAVAILABLE: usize = 1;
pub(super) const LAG: usize = 2;

/// The figures of a database that has one copy of everything and never fails.
const PLAIN_FIGURES: [&str; 3] = ["reads", "writes", "missing"];

impl Plans for DatabaseBlueprint {
    const SPEC: Spec = Spec {
        name: "database",
        doc: told!(
            "Keeps rows by key, each with its version: in shards, each with a primary and its replicas."
        ),
        keys: &[
            Key {
                name: "read",
                takes: "TIMES",
                doc: told!("What a read takes of a worker. Default: no time."),
            },
            Key {
                name: "write",
                takes: "TIMES",
                doc: told!("What a write takes of a worker. Default: no time."),
            },
            Key {
                name: "update",
                takes: "TIMES",
                doc: told!("What an update takes of a worker. Default: as `write`."),
            },
            Key {
                name: "replicas",
                takes: "COUNT",
                doc: told!(
                    "Copies of each shard besides its primary. Copy i stands at places[i mod n], with shards instance i. Default: 0."
                ),
            },
            Key {
                name: "replication",
                takes: "\"asynchronous\" | \"semi_synchronous\" | \"synchronous\"",
                doc: told!(
                    "When a write is acknowledged: by the primary alone, once a replica has received it, or once all replicas in step have applied it. A replica that is silent for `detect` is left out until it has caught up. To apply a write takes `write` of a replica's worker. Default: \"asynchronous\"."
                ),
            },
            Key {
                name: "reads",
                takes: "\"primary\" | \"replica\" | \"nearest\"",
                doc: told!(
                    "Which copies take the reads; equally near ones in turn. A copy that has been down or has stood still for `detect` is avoided, and one that comes back, or hears of its primary again after `detect`, until it has caught up. Default: \"primary\"."
                ),
            },
            Key {
                name: "read_your_writes",
                takes: "true | false",
                doc: told!(
                    "Whether a user's reads go to the primary until the replica has caught up with the user's last write. Default: false."
                ),
            },
            Key {
                name: "failover",
                takes: "{ detect? = TIME, promote? = TIME, quorum? = true | false }",
                doc: told!(
                    "A replica that hears nothing of the primary for `detect` (10 s) has the copy that received most promoted after `promote` (5 s). With `quorum = true` a majority of the copies is needed, and a primary that hears from none takes no writes; otherwise (default) a primary that is cut off goes on. Heartbeats leave 20 times in `detect`, less often where a narrow link does not carry so many. Default: nobody is promoted."
                ),
            },
            Key {
                name: "shards",
                takes: "COUNT",
                doc: told!(
                    "Shares of the data, each with copies of its own: instance s * (1 + replicas) + i is copy i of shard s. Default: 1."
                ),
            },
            Key {
                name: "rows",
                takes: "{ start? = NUMBER, min? = NUMBER, max? = NUMBER, enforce? = true | false }",
                doc: told!(
                    "The whole number that each row holds: `start` (0) before it is written, from `min` to `max` (no bounds). With `enforce = true` a write or update that leaves the bounds changes nothing and ends with `violation`; otherwise (default) it goes through and is counted."
                ),
            },
            Key {
                name: "by",
                takes: "\"hash\" | { range = [COUNT, ..] } | { list = [[COUNT, ..], ..] }",
                doc: told!(
                    "Which shard has a key: its hash says it; or the bounds between the shards, each the first key of the next one; or a list of keys per shard, the hash for all others. Default: \"hash\"."
                ),
            },
        ],
        serves: Serves::Yes(DefaultWorkers::Unbounded),
        operations: &[
            Operation {
                name: "read",
                outcomes: &[outcome::MISSING],
                doc: told!(
                    "Reads the row of a key: its size, `version` and `value`. A new key is missing until it is written; all others exist from the start."
                ),
                carries: Carries::Back,
                keyed: true,
            },
            Operation {
                name: "write",
                outcomes: &[outcome::VIOLATION],
                doc: told!(
                    "Writes the row of a key, which gets the next version, and the `value` of the call if it has one."
                ),
                carries: Carries::There,
                keyed: true,
            },
            Operation {
                name: "update",
                outcomes: &[outcome::VIOLATION],
                doc: told!(
                    "Changes the row of a key, which gets the next version; writes it if it is missing. Adds `add` of the call to its value, at the primary, so that no other change comes between."
                ),
                carries: Carries::There,
                keyed: true,
            },
        ],
        counters: &[
            Counter { name: "reads", doc: told!("Reads, those of missing keys included.") },
            Counter { name: "writes", doc: told!("Writes and updates.") },
            Counter {
                name: "missing",
                doc: told!("Reads of keys that were never written, as far as the copy knew."),
            },
            Counter {
                name: "stale_reads",
                doc: told!(
                    "Reads that returned an older version than the newest one acknowledged before they began; what is lost for good is not missed by them."
                ),
            },
            Counter {
                name: "lost_writes",
                doc: told!(
                    "Acknowledged writes that no copy will bring back, counted when that is certain: at a promotion if their copy is down, when it rejoins if it runs."
                ),
            },
            Counter {
                name: "conflicts",
                doc: told!(
                    "Writes given up by a copy that rejoined, of rows that the surviving history wrote as well."
                ),
            },
            Counter { name: "promotions", doc: told!("Replicas that became primaries.") },
            Counter {
                name: "violations",
                doc: told!(
                    "Writes and updates after which the value of the row was out of its bounds; those that `enforce` refused are not among them."
                ),
            },
        ],
        figures: &[
            Figure::Ratio {
                name: "stale_ratio",
                over: &[STALE_READS],
                under: &[READS],
                doc: told!("Stale reads per read."),
            },
            Figure::Duration {
                name: "unavailable",
                doc: told!(
                    "Time in which some shard had no copy that takes writes, or none of those that were asked for reads answered: they were down, or stood still."
                ),
            },
            Figure::Times {
                name: "lag",
                doc: told!(
                    "Time from the acknowledgement of a write to its application at a replica; 0 if it is applied first."
                ),
            },
        ],
        courses: &[Course::Figure("lag"), Course::Figure("stale_ratio"), Course::Groups, Course::Instances],
        roles: &[
            RoleSpec {
                name: "primary",
                form: RoleForm::One(Role::Primary),
                doc: told!("The copy that takes the writes."),
            },
            RoleSpec {
                name: "replica",
                form: RoleForm::OneOrAll(Role::Replica),
                doc: told!("A copy besides the primary; without a number all of them."),
            },
            RoleSpec {
                name: "shard",
                form: RoleForm::Numbered(Role::Shard),
                doc: told!("All copies of one share of the data."),
            },
        ],
    };
    type State = DatabaseState;
    const KEEPS_VERSIONS: bool = true;

    fn read(reading: &mut Reading<'_, '_>) -> Option<Self> {
        reading::read(reading)
    }

    fn lines(&self, operation: &str) -> Vec<Line> {
        let work = match operation {
            "read" => &self.read,
            "write" => &self.write,
            "update" => &self.update,
            other => unreachable!("a database has no operation {other}"),
        };
        work.clone().map(Line::Work).into_iter().chain([Line::Consult]).collect()
    }

    fn register(&self, operation: &str) -> Register {
        match operation {
            "read" => Register::Read,
            "write" => Register::Set,
            "update" => Register::Add,
            _ => Register::None,
        }
    }

    /// A row that is written twice is the same; one that is added to twice is not.
    fn is_idempotent(&self, operation: &str) -> bool {
        operation != "update"
    }

    fn has_values(&self) -> bool {
        self.rules.values != Values::FREE
    }

    fn instances(&self) -> Option<u32> {
        Some(self.shards * (1 + self.replicas))
    }

    fn has_unlike_instances(&self) -> bool {
        self.shards * (1 + self.replicas) > 1
    }

    /// Writes go to the primary, and each replica applies them; reads go where `reads` says.
    fn crews(&self) -> Vec<Crew> {
        if self.replicas == 0 {
            return Vec::new();
        }
        let (at_primary, at_replicas) = match self.reads {
            Reads::Primary => ((1.0, 1.0), (0.0, 0.0)),
            // The primary reads for whoever would not find there what it has written.
            Reads::Replica => ((0.0, 1.0), (f64::from(u8::from(!self.rules.read_your_writes)), 1.0)),
            Reads::Nearest => ((0.0, 1.0), (0.0, 1.0)),
        };
        let all = f64::from(self.replicas);
        let applied = (if self.rules.values.enforce { 0.0 } else { all }, all);
        let visit = |operation, times| Fall { operation, errand: None, times };
        let apply = |operation| Fall { operation, errand: Some(APPLY), times: applied };
        let primary =
            vec![visit("read", at_primary), visit("write", (1.0, 1.0)), visit("update", (1.0, 1.0))];
        let replica = vec![visit("read", at_replicas), apply("write"), apply("update")];
        vec![
            Crew { role: "primary", instances: self.shards, falls: primary },
            Crew { role: "replica", instances: self.shards * self.replicas, falls: replica },
        ]
    }

    fn acknowledgement(&self, operation: &str) -> Option<Acknowledgement> {
        let need = match self.rules.replication {
            _ if self.replicas == 0 || operation == "read" => return None,
            Replication::Asynchronous => return None,
            Replication::SemiSynchronous => 1,
            Replication::Synchronous => self.replicas,
        };
        let applies = self.rules.replication == Replication::Synchronous && self.write.is_some();
        Some(Acknowledgement {
            copies: 1 + self.replicas,
            need: (if self.rules.values.enforce { 0 } else { need }, need),
            errand: applies.then_some(APPLY),
        })
    }

    fn parting(&self) -> Option<(u32, Parting)> {
        let by = if self.sharding == Sharding::Hash { Parting::Hash } else { Parting::Named };
        (self.shards > 1).then_some((self.shards, by))
    }

    fn errands(&self) -> Vec<Errand> {
        if self.replicas == 0 {
            return Vec::new();
        }
        self.write.clone().map(Errand::Work).into_iter().collect()
    }

    fn has_letters(&self) -> bool {
        self.replicas > 0
    }

    fn silence(&self) -> Option<Span> {
        let follows = self.rules.failover.is_some() || self.rules.replication == Replication::Synchronous;
        (self.replicas > 0 && follows).then_some(self.rules.detect)
    }

    fn role_count(&self, role: &str) -> u32 {
        if role == "shard" { self.shards } else { self.replicas }
    }

    /// A write waits for the replicas that its `replication` wants to have it.
    fn keeping(&self) -> &'static str {
        "waiting for the copies of"
    }

    /// Replicas take over only where somebody promotes them, and only within their shard; at worst all that is lost is of one
    /// shard, and its primary is among it. Without a majority nobody is promoted, and no primary takes writes.
    fn loss(&self, operation: &str, lost: u32, _instances: u32) -> Loss {
        let copies = 1 + self.replicas;
        let needed = match self.voters() {
            Some(voters) => voters / 2 + 1,
            None if self.rules.failover.is_some() => 1,
            None => copies,
        };
        let reads_elsewhere = operation == "read" && self.reads != Reads::Primary && lost < copies;
        match reads_elsewhere {
            _ if lost + needed <= copies => Loss::Covered,
            true if !self.rules.read_your_writes => Loss::Covered,
            false if self.shards == 1 => Loss::Fatal,
            _ => Loss::Felt,
        }
    }

    fn voters(&self) -> Option<u32> {
        (self.rules.needs_quorum() && self.replicas > 0).then_some(1 + self.replicas)
    }

    fn lists(&self, figure: &str) -> bool {
        let Values { min, max, .. } = self.rules.values;
        let is_bounded = (min, max) != (Values::FREE.min, Values::FREE.max);
        if figure == "violations" { is_bounded } else { self.replicas > 0 || PLAIN_FIGURES.contains(&figure) }
    }

    fn state(&self, setting: &Setting) -> DatabaseState {
        let copies = 1 + self.replicas;
        let rows = if self.replicas == 0 {
            Rows::Single(vec![Versions::new(); self.shards as usize])
        } else {
            let shards = (0..self.shards).map(|shard| Shard::new(shard * copies, copies, self.rules));
            let routing = Routing::new(self.reads, setting.first, setting.geography.clone());
            Rows::Replicated(shards.collect(), Box::new(routing))
        };
        let sharding = self.sharding.clone();
        let (salt, values) = (setting.name, self.rules.values);
        DatabaseState {
            sharding,
            count: self.shards,
            salt,
            values,
            rows,
            silences: vec![Silence::default(); self.shards as usize],
            outage: Outage::new(self.shards),
        }
    }
}
