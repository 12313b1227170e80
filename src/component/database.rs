//! A database: one copy that keeps the version of every key.

use super::{
    Behaviour, Carries, Context, Counter, DefaultWorkers, Key, Line, Operation, Plans, Reading, RoleForm,
    RoleSpec, Serves, Setting, Spec, Verdict, Work,
};
use crate::fault::Role;
use crate::kernel::request::Request;
use crate::mechanism::versions::Versions;
use crate::outcome;
use crate::workload::NEW_KEY;

/// What the table of a database says.
#[derive(Clone, Debug)]
pub struct DatabaseBlueprint {
    read: Option<Work>,
    write: Option<Work>,
    update: Option<Work>,
}

/// The operations, by index.
const READ: u16 = 0;
const WRITE: u16 = 1;
const UPDATE: u16 = 2;

/// The counters, by index.
const READS: usize = 0;
const WRITES: usize = 1;
const MISSING: usize = 2;

impl Plans for DatabaseBlueprint {
    const SPEC: Spec = Spec {
        name: "database",
        doc: "Keeps rows by key, each with its version, in one copy.",
        keys: &[
            Key { name: "read", takes: "a time", doc: "What a read takes of a worker. Default: no time." },
            Key { name: "write", takes: "a time", doc: "What a write takes of a worker. Default: no time." },
            Key {
                name: "update",
                takes: "a time",
                doc: "What an update takes of a worker. Default: as `write`.",
            },
        ],
        serves: Serves::Yes(DefaultWorkers::Unbounded),
        operations: &[
            Operation {
                name: "read",
                outcomes: &[outcome::MISSING],
                doc: "Reads the row of a key. A new key is missing until it is written; all others exist from the start.",
                carries: Carries::Back,
                keyed: true,
            },
            Operation {
                name: "write",
                outcomes: &[],
                doc: "Writes the row of a key, which gets the next version.",
                carries: Carries::There,
                keyed: true,
            },
            Operation {
                name: "update",
                outcomes: &[],
                doc: "Changes the row of a key, which gets the next version; writes it if it is missing.",
                carries: Carries::There,
                keyed: true,
            },
        ],
        counters: &[
            Counter { name: "reads", doc: "Reads, those of missing keys included." },
            Counter { name: "writes", doc: "Writes and updates." },
            Counter { name: "missing", doc: "Reads of keys that were never written." },
        ],
        figures: &[],
        roles: &[
            RoleSpec {
                name: "primary",
                form: RoleForm::One(Role::Primary),
                doc: "The copy that takes the writes.",
            },
            RoleSpec {
                name: "replica",
                form: RoleForm::OneOrAll(Role::Replica),
                doc: "A copy besides the primary; without a number all of them.",
            },
            RoleSpec {
                name: "shard",
                form: RoleForm::Numbered(Role::Shard),
                doc: "All copies of one share of the data.",
            },
        ],
    };
    type State = DatabaseState;

    fn read(reading: &mut Reading<'_, '_>) -> Option<Self> {
        let instances = require_one_instance(reading);
        let (read, write, update) = (reading.work("read"), reading.work("write"), reading.work("update"));
        instances?;
        let (read, write, update) = (read?, write?, update?);
        Some(DatabaseBlueprint { read, update: update.or_else(|| write.clone()), write })
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

    fn state(&self, _setting: &Setting) -> DatabaseState {
        DatabaseState { versions: Versions::new() }
    }
}

fn require_one_instance(reading: &mut Reading<'_, '_>) -> Option<()> {
    if reading.instances == 1 {
        return Some(());
    }
    let message =
        format!("a database is one instance, not {}: it cannot have replicas yet", reading.instances);
    let help = "let caches take the reads, or give each share of the data a database of its own";
    reading.reader.error(reading.place_of("instances"), message).help(help);
    None
}

/// The rows: of each that was written, the version.
pub struct DatabaseState {
    versions: Versions,
}

impl DatabaseState {
    /// The version of a key: 0 for those that nobody has written since the start, `None` for a new one.
    #[inline]
    fn version(&self, key: u64) -> Option<u64> {
        let from_the_start = (key & NEW_KEY != NEW_KEY).then_some(0);
        self.versions.get(key).or(from_the_start)
    }
}

impl Behaviour for DatabaseState {
    #[inline]
    fn visit(&mut self, _at: u32, action: u16, request: &mut Request, context: &mut Context<'_>) -> Verdict {
        match action {
            READ => {
                context.count(READS, 1);
                let Some(version) = self.version(request.key) else {
                    context.count(MISSING, 1);
                    return Verdict::Done(outcome::MISSING);
                };
                request.version = version;
            }
            WRITE | UPDATE => {
                context.count(WRITES, 1);
                // Who writes knows what was written, and may put it into a cache.
                request.version = self.versions.write(request.key);
            }
            other => unreachable!("a database has no operation {other}"),
        }
        Verdict::Done(outcome::OK)
    }

    fn memory(&self) -> u64 {
        self.versions.len() as u64 * Versions::BYTES_PER_KEY
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Scene, error, outline, read, request};
    use super::*;

    const OK: Verdict = Verdict::Done(outcome::OK);

    #[test]
    fn each_operation_has_its_service_time() {
        for (toml, expected) in [
            ("", ["consult", "consult", "consult"]),
            ("read = \"1 s\"", ["read 1 s, consult", "consult", "consult"]),
            ("write = \"2 s\"", ["consult", "write 2 s, consult", "write 2 s, consult"]),
            ("update = \"3 s\"", ["consult", "consult", "update 3 s, consult"]),
            ("write = \"2 s\"\nupdate = \"3 s\"", ["consult", "write 2 s, consult", "update 3 s, consult"]),
        ] {
            let database = read::<DatabaseBlueprint>(toml).unwrap();
            let lines = ["read", "write", "update"].map(|operation| outline(&database.lines(operation)));
            assert_eq!(lines, expected, "{toml}");
        }
    }

    #[test]
    fn more_than_one_instance_is_an_error() {
        let replicas = |column, count| {
            let message = format!(
                "a database is one instance, not {count}: it cannot have replicas yet \
                 (let caches take the reads, or give each share of the data a database of its own)"
            );
            error(column, &message)
        };
        let unit = "x:3:8: error: a duration needs a unit: ns, us, ms, s, min, h, day\n";
        for (toml, expected) in [
            ("instances = 3", replicas(1, 3)),
            ("instances = 0", replicas(1, 0)),
            ("instances = 2\nread = 1", replicas(1, 2) + unit),
        ] {
            assert_eq!(read::<DatabaseBlueprint>(toml).map(|_| ()), Err(expected), "{toml}");
        }
    }

    #[test]
    fn versions_count_the_writes_of_a_key() {
        let mut scene = Scene::new::<DatabaseBlueprint>("", 1);
        let (old, new) = (7, NEW_KEY | 7);
        for (operation, key, verdict, version) in [
            ("read", old, OK, 0),
            ("read", new, Verdict::Done(outcome::MISSING), 99),
            ("write", new, OK, 1),
            ("read", new, OK, 1),
            ("read", old, OK, 0),
            ("update", old, OK, 1),
            ("write", old, OK, 2),
            ("read", old, OK, 2),
            ("read", old | 1 << 63, OK, 0),
            ("update", new | 1 << 40, OK, 1),
        ] {
            let mut visitor = Request { version: 99, ..request(key) };
            assert_eq!(scene.visit(0, operation, &mut visitor), verdict, "{operation} {key:x}");
            assert_eq!(visitor.version, version, "{operation} {key:x}");
        }
        assert_eq!(scene.counted(), [6, 4, 1]);
    }

    #[test]
    fn only_what_is_written_takes_memory() {
        let mut scene = Scene::new::<DatabaseBlueprint>("", 1);
        (0..1000).for_each(|key| {
            scene.visit(0, "read", &mut request(key));
        });
        assert_eq!(scene.state.memory(), 0);
        (0..1000).for_each(|key| {
            scene.visit(0, "write", &mut request(key % 10));
        });
        assert_eq!(scene.state.memory(), 10 * Versions::BYTES_PER_KEY);
    }
}
