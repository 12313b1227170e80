//! A filter: instances that remember which keys they were told, for ever or for a time, exactly or in the bits of a Bloom filter.

mod memory;

use super::durable::Durable;
use super::{
    Ask, Behaviour, Carries, Change, Context, Counter, Course, DefaultWorkers, Figure, Key, Line, Loss,
    Operation, Plans, Reading, Serves, Setting, Spec, Verdict, Work,
};
use crate::fault::Disk;
use crate::kernel::request::Request;
use crate::mechanism::bloom::Size;
use crate::mechanism::hash::mix13_pair;
use crate::mechanism::ring::modulo;
use crate::outcome;
use crate::scenario::Value;
use crate::units::{InstanceId, Span};
use memory::Memory;

/// What the table of a filter says.
#[derive(Clone, Debug)]
pub struct FilterBlueprint {
    /// The bits of each instance; none if it remembers exactly.
    bloom: Option<Size>,
    /// How long a key is known; none if for ever.
    ttl: Option<Span>,
    /// What a crash leaves of the keys.
    durable: Durable,
    service: Option<Work>,
}

/// All filters of a scenario's table together have at most so many bits: a gigabyte.
const BITS_MAX: u64 = 1 << 33;

/// More hashes make no filter better that would fit into memory: the best for 64 bits per key are 44.
const HASHES_MAX: u64 = 64;

/// The operations, by index.
const ADD: u16 = 0;
const CHECK: u16 = 1;

/// The counters, by index.
const ADDS: usize = 0;
const CHECKS: usize = 1;
const SEEN: usize = 2;
const FRESH: usize = 3;
const FALSE_POSITIVES: usize = 4;

/// The figures, by index.
const SIZE: usize = 1;
const FILL: usize = 2;
const MEMORY: usize = 3;

/// What only a Bloom filter has to report.
const BLOOM_FIGURES: [&str; 3] = ["false_positives", "false_positive_ratio", "fill"];

impl Plans for FilterBlueprint {
    const SPEC: Spec = Spec {
        name: "filter",
        doc: told!(
            "Remembers which keys were added, exactly or in the bits of a Bloom filter; its instances share the keys."
        ),
        keys: &[
            Key {
                name: "structure",
                takes: "\"exact\" | \"bloom\"",
                doc: told!(
                    "How keys are remembered: every one of them, or by bits that several keys set, so that some keys seem to be \
                      there that never were. Default: \"exact\"."
                ),
            },
            Key {
                name: "bits",
                takes: "COUNT",
                doc: told!(
                    "The bits of each instance of a Bloom filter. Default: what `expected` and `false_positives` need."
                ),
            },
            Key {
                name: "hashes",
                takes: "COUNT",
                doc: told!("How many of the bits a key sets; goes with `bits`."),
            },
            Key {
                name: "expected",
                takes: "COUNT",
                doc: told!(
                    "How many keys each instance is to hold: m = -n ln p / (ln 2)^2 bits and k = m/n ln 2 hashes."
                ),
            },
            Key {
                name: "false_positives",
                takes: "SHARE",
                doc: told!(
                    "The share p of the other keys that may seem to be there when `expected` are; goes with `expected`."
                ),
            },
            Key {
                name: "ttl",
                takes: "TIME",
                doc: told!(
                    "How long a key is known from when it was added first; adding it again does not renew it. Only with the \
                      structure \"exact\": no bit of a Bloom filter can be taken back. Default: for ever."
                ),
            },
            Key {
                name: "durable",
                takes: "true | false",
                doc: told!(
                    "Whether a crashed instance finds its keys again; they are lost with its disk in any case. Default: true."
                ),
            },
            Key {
                name: "checkpoint",
                takes: "TIME",
                doc: told!(
                    "How often an instance writes its keys to its disk: after a crash it has forgotten those that were added since. \
                      Default: with every change."
                ),
            },
            Key {
                name: "service",
                takes: "TIMES",
                doc: told!("What every operation takes of a worker. Default: no time."),
            },
        ],
        serves: Serves::Yes(DefaultWorkers::OneWithService),
        operations: &[
            Operation {
                name: "add",
                outcomes: &[outcome::SEEN],
                doc: told!("Adds a key; `seen` if it was there already, or seemed so."),
                carries: Carries::Nothing,
                keyed: true,
            },
            Operation {
                name: "check",
                outcomes: &[outcome::SEEN],
                doc: told!(
                    "Looks a key up; `seen` if it is there, or seems so. A key that is known is never overlooked."
                ),
                carries: Carries::Nothing,
                keyed: true,
            },
        ],
        counters: &[
            Counter { name: "adds", doc: told!("Keys that were added, those that were there included.") },
            Counter { name: "checks", doc: told!("Keys that were looked up.") },
            Counter { name: "seen", doc: told!("Adds and checks that found the key, or seemed to.") },
            Counter { name: "fresh", doc: told!("Adds and checks of keys that were not there.") },
            Counter { name: "false_positives", doc: told!("Those of them that seemed to find the key.") },
        ],
        figures: &[
            Figure::Ratio {
                name: "false_positive_ratio",
                over: &[FALSE_POSITIVES],
                under: &[FRESH],
                doc: told!("Keys that seemed to be there per key that was not."),
            },
            Figure::Level {
                name: "size",
                unit: "1",
                doc: told!(
                    "Keys held by all instances together; an instance gives up those whose time is over when it is asked."
                ),
            },
            Figure::Level { name: "fill", unit: "1", doc: told!("The share of the bits that are set.") },
            Figure::Level {
                name: "memory",
                unit: "B",
                doc: told!(
                    "What all instances take to remember: 8 B for each key, or the bits of a Bloom filter."
                ),
            },
        ],
        courses: &[Course::Instances],
        roles: &[],
    };
    type State = FilterState;

    fn read(reading: &mut Reading<'_, '_>) -> Option<Self> {
        let bloom = match reading.choice("structure", &["exact", "bloom"], 0) {
            Some(0) => only_in_bloom_filters(reading).map(|()| None),
            Some(_) => read_size(reading).map(Some),
            None => None,
        };
        let ttl = read_ttl(reading);
        let durable = Durable::read(reading);
        let service = reading.work("service");
        Some(FilterBlueprint { bloom: bloom?, ttl: ttl?, durable: durable?, service: service? })
    }

    fn lines(&self, _operation: &str) -> Vec<Line> {
        self.service.clone().map(Line::Work).into_iter().chain([Line::Consult]).collect()
    }

    /// The second of two adds finds the key of the first.
    fn is_idempotent(&self, operation: &str) -> bool {
        operation != "add"
    }

    fn lacks(&self, is_called: &dyn Fn(&str) -> bool) -> Option<&'static str> {
        let is_empty = is_called("check") && !is_called("add");
        is_empty.then_some("add the keys that it is to know: `{ call = \"{name}.add\" }`")
    }

    /// The keys of a lost instance have no other home.
    fn loss(&self, _operation: &str, _lost: u32, _instances: u32) -> Loss {
        Loss::Felt
    }

    fn lists(&self, figure: &str) -> bool {
        self.bloom.is_some() || !BLOOM_FIGURES.contains(&figure)
    }

    fn state(&self, setting: &Setting) -> FilterState {
        FilterState {
            instances: (0..setting.instances)
                .map(|_| Memory::new(self.bloom, self.durable.clock()))
                .collect(),
            ttl: self.ttl,
            durable: self.durable,
            name: setting.name,
        }
    }
}

fn read_ttl(reading: &mut Reading<'_, '_>) -> Option<Option<Span>> {
    let ttl = reading.time("ttl")?;
    let Some(node) = reading.get("ttl") else { return Some(None) };
    if ttl == Some(Span::ZERO) {
        reading.reader.error(node.location, "a key has to be known for some time");
        return None;
    }
    if reading.get("structure").is_some_and(|structure| structure.value == Value::Text("bloom".to_owned())) {
        reading.only_with("ttl", "the structure `exact`: no bit of a Bloom filter can be taken back")?;
    }
    Some(ttl)
}

fn only_in_bloom_filters(reading: &mut Reading<'_, '_>) -> Option<()> {
    let keys = ["bits", "hashes", "expected", "false_positives"];
    keys.map(|key| reading.only_with(key, "the structure `bloom`")).into_iter().collect()
}

fn read_size(reading: &mut Reading<'_, '_>) -> Option<Size> {
    let context = reading.context();
    let has = |key| reading.get(key).is_some();
    let (is_counted, is_derived) = (has("bits") || has("hashes"), has("expected") || has("false_positives"));
    let help =
        "for a million keys of which 1 % others seem to be: expected = \"1 M\", false_positives = \"1 %\"";
    if is_counted == is_derived {
        let message =
            format!("{context} needs either `bits` and `hashes`, or `expected` and `false_positives`");
        reading.reader.error(reading.place_of("structure"), message).help(help);
        return None;
    }
    let most = (BITS_MAX / u64::from(reading.instances.max(1))).max(1);
    if is_counted {
        let bits = reading.required_count("bits", most);
        let hashes = reading.required_count("hashes", HASHES_MAX);
        return Some(Size { bits: bits?, hashes: hashes? as u32 });
    }
    let expected = reading.required_count("expected", u64::MAX);
    let share = reading.required("false_positives");
    let share = share.and_then(|node| Some((reading.reader.share(node)?, node.location)));
    let (expected, (share, location)) = (expected?, share?);
    if share == 0.0 || share == 1.0 {
        reading
            .reader
            .error(location, "a share of false positives lies between 0 % and 100 %, and is neither");
        return None;
    }
    let size = Size::optimal(expected, share);
    if size.bits > most || u64::from(size.hashes) > HASHES_MAX {
        let message = format!(
            "this takes {} bits and {} hashes; there may be up to {most} and {HASHES_MAX}",
            size.bits, size.hashes
        );
        reading.reader.error(reading.place_of("expected"), message);
        return None;
    }
    Some(size)
}

/// What each instance remembers.
pub struct FilterState {
    instances: Vec<Memory>,
    ttl: Option<Span>,
    durable: Durable,
    name: u64,
}

impl Behaviour for FilterState {
    #[inline]
    fn route(&mut self, ask: &Ask<'_>, _first: InstanceId, count: u32) -> Option<u32> {
        Some(modulo(mix13_pair(ask.key, self.name), count))
    }

    fn visit(&mut self, at: u32, action: u16, request: &mut Request, context: &mut Context<'_>) -> Verdict {
        let memory = &mut self.instances[at as usize];
        memory.expire(context.now);
        let (counter, (seems_there, is_there)) = match action {
            ADD => (ADDS, memory.add(request.key)),
            CHECK => (CHECKS, memory.check(request.key)),
            other => unreachable!("a filter has no operation {other}"),
        };
        if action == ADD && !is_there {
            memory.note(request.key, self.ttl.map(|ttl| context.now + ttl));
            memory.await_checkpoint(at, context);
        }
        context.count(counter, 1);
        context.count(SEEN, u64::from(seems_there));
        context.count(FRESH, u64::from(!is_there));
        context.count(FALSE_POSITIVES, u64::from(seems_there && !is_there));
        Verdict::Done(if seems_there { outcome::SEEN } else { outcome::OK })
    }

    /// It is time for a checkpoint.
    fn wake(&mut self, at: u32, _token: u32, _context: &mut Context<'_>) {
        self.instances[at as usize].save();
    }

    fn change(&mut self, at: u32, change: Change, context: &mut Context<'_>) {
        let memory = &mut self.instances[at as usize];
        match (change, self.durable) {
            (Change::Down(Disk::Lost), _) | (Change::Down(_), Durable::Never) => memory.clear(),
            (Change::Down(_), Durable::Every(_)) => memory.restore(),
            (Change::Down(_), Durable::Always) => {}
            (Change::Up, _) => memory.start(context.now),
        }
    }

    fn memory(&self) -> u64 {
        self.instances.iter().map(Memory::bytes).sum()
    }

    fn level(&self, figure: usize) -> Option<f64> {
        let instances = || self.instances.iter();
        Some(match figure {
            SIZE => instances().map(|memory| memory.size() as f64).sum(),
            FILL => instances().filter_map(Memory::fill).sum::<f64>() / self.instances.len() as f64,
            MEMORY => instances().map(Memory::takes).sum(),
            other => unreachable!("a filter has no level {other}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Scene, error, outline, read, request};
    use super::*;
    use crate::units::{SECOND, Time};

    const OK: Verdict = Verdict::Done(outcome::OK);
    const SEEN_IT: Verdict = Verdict::Done(outcome::SEEN);

    #[test]
    fn tables_and_what_is_said_about_them() {
        for (toml, expected) in [
            ("", Ok(None)),
            ("structure = \"exact\"", Ok(None)),
            (
                "structure = \"bloom\"\nbits = \"1 M\"\nhashes = 7",
                Ok(Some(Size { bits: 1_000_000, hashes: 7 })),
            ),
            (
                "structure = \"bloom\"\nexpected = \"1 M\"\nfalse_positives = \"1 %\"",
                Ok(Some(Size { bits: 9_585_059, hashes: 7 })),
            ),
            ("ttl = \"5 min\"\ndurable = false", Ok(None)),
            ("ttl = \"0 s\"", Err(error(7, "a key has to be known for some time"))),
            (
                "ttl = \"1 s\"\nstructure = \"bloom\"\nbits = 5\nhashes = 1",
                Err(error(
                    1,
                    "`ttl` means something only with the structure `exact`: no bit of a Bloom filter can be taken back",
                )),
            ),
            ("durable = false\ncheckpoint = \"1 s\"", Err("x:3:1: error: `checkpoint` means something only with `durable`: what is not is never written\n".to_owned())),
            (
                "checkpoint = \"0 s\"",
                Err(error(
                    1,
                    "some time passes from one checkpoint to the next (without `checkpoint` every change is written at once)",
                )),
            ),
            ("durable = 1", Err(error(11, "true or false is needed here, not a whole number"))),
            (
                "hashes = 7",
                Err(error(1, "`hashes` means something only with the structure `bloom`")),
            ),
            (
                "structure = \"bloom\"",
                Err(error(
                    1,
                    "[filter.it] needs either `bits` and `hashes`, or `expected` and `false_positives` \
                     (for a million keys of which 1 % others seem to be: expected = \"1 M\", false_positives = \"1 %\")",
                )),
            ),
            (
                "structure = \"bloom\"\nbits = 0",
                Err("x:1:1: error: [filter.it] needs the key `hashes` (How many of the bits a key sets; goes with `bits`)\n\
                     x:3:8: error: `bits` is from 1 to 8589934592, not 0\n"
                    .to_owned()),
            ),
            (
                "structure = \"bloom\"\nbits = \"5 G\"\nhashes = 65\ninstances = 2",
                Err("x:3:8: error: `bits` is from 1 to 4294967296, not 5000000000\n\
                     x:4:10: error: `hashes` is from 1 to 64, not 65\n"
                    .to_owned()),
            ),
            (
                "structure = \"bloom\"\nexpected = 0\nfalse_positives = 1.5",
                Err("x:3:12: error: `expected` is at least 1, not 0\n\
                     x:4:19: error: a share lies between 0 % and 100 % (write \"1.5 %\")\n"
                    .to_owned()),
            ),
            (
                "structure = \"bloom\"\nexpected = 5\nfalse_positives = 0",
                Err("x:4:19: error: a share of false positives lies between 0 % and 100 %, and is neither\n".to_owned()),
            ),
            (
                "structure = \"bloom\"\nexpected = \"1 G\"\nfalse_positives = \"1 %\"",
                Err("x:3:1: error: this takes 9585058378 bits and 7 hashes; there may be up to 8589934592 and 64\n"
                    .to_owned()),
            ),
        ] {
            assert_eq!(read::<FilterBlueprint>(toml).map(|filter| filter.bloom), expected, "{toml}");
        }
        let filter = read::<FilterBlueprint>("service = \"1 us\"").unwrap();
        assert_eq!(outline(&filter.lines("add")), "service 0.000001 s, consult");
        assert_eq!((filter.lists("seen"), filter.lists("fill")), (true, false));
    }

    #[test]
    fn what_was_added_is_seen() {
        for toml in ["", "structure = \"bloom\"\nexpected = 100\nfalse_positives = \"0.1 %\""] {
            let mut scene = Scene::new::<FilterBlueprint>(toml, 1);
            for (operation, key, expected) in [
                ("check", 5, OK),
                ("add", 5, OK),
                ("check", 5, SEEN_IT),
                ("add", 5, SEEN_IT),
                ("check", 6, OK),
                ("add", 6, OK),
            ] {
                assert_eq!(
                    scene.visit(0, operation, &mut request(key)),
                    expected,
                    "{operation} {key}, {toml}"
                );
            }
            assert_eq!(scene.counted(), [3, 3, 2, 4, 0], "{toml}");
            let memory = if toml.is_empty() { 16.0 } else { 1438.0 / 8.0 };
            assert_eq!([SIZE, MEMORY].map(|figure| scene.state.level(figure)), [Some(2.0), Some(memory)]);
        }
    }

    #[test]
    fn what_only_seems_to_be_there_is_told_apart() {
        // A single bit: after the first key everything seems to be there.
        let mut scene = Scene::new::<FilterBlueprint>("structure = \"bloom\"\nbits = 1\nhashes = 1", 1);
        for (operation, key, expected) in
            [("add", 1, OK), ("check", 2, SEEN_IT), ("add", 3, SEEN_IT), ("add", 3, SEEN_IT)]
        {
            assert_eq!(scene.visit(0, operation, &mut request(key)), expected);
        }
        assert_eq!(scene.counted(), [3, 1, 3, 3, 2]);
        assert_eq!(
            [SIZE, FILL, MEMORY].map(|figure| scene.state.level(figure)),
            [Some(2.0), Some(1.0), Some(0.125)]
        );
    }

    #[test]
    fn a_key_is_known_for_its_time() {
        let mut scene = Scene::new::<FilterBlueprint>("ttl = \"10 s\"", 1);
        for (second, operation, key, expected, size) in [
            (0, "add", 1, OK, 1.0),
            (4, "add", 2, OK, 2.0),
            // It is known already, and not for longer.
            (9, "add", 1, SEEN_IT, 2.0),
            (10, "check", 1, OK, 1.0),
            (11, "check", 2, SEEN_IT, 1.0),
            (11, "add", 1, OK, 2.0),
            (14, "check", 2, OK, 1.0),
            (20, "check", 1, SEEN_IT, 1.0),
            (21, "check", 1, OK, 0.0),
        ] {
            scene.now = Time(second * SECOND);
            assert_eq!(
                scene.visit(0, operation, &mut request(key)),
                expected,
                "{second} s: {operation} {key}"
            );
            assert_eq!(scene.state.level(SIZE), Some(size), "{second} s");
        }
        // What is lost in a crash and added again has its whole time.
        for (second, operation, expected) in
            [(30, "add", OK), (35, "add", OK), (41, "check", SEEN_IT), (45, "check", OK)]
        {
            scene.now = Time(second * SECOND);
            if second == 35 {
                scene.touch(|state, context| state.change(0, Change::Down(Disk::Lost), context));
            }
            assert_eq!(scene.visit(0, operation, &mut request(1)), expected, "{second} s: {operation}");
        }
    }

    #[test]
    fn what_is_in_memory_only_is_lost_in_any_crash() {
        for (toml, disk, expected) in [
            ("", Disk::Kept, SEEN_IT),
            ("durable = true", Disk::Lost, OK),
            ("durable = false", Disk::Kept, OK),
            ("durable = false\nstructure = \"bloom\"\nbits = 99\nhashes = 1", Disk::Kept, OK),
        ] {
            let mut scene = Scene::new::<FilterBlueprint>(toml, 1);
            scene.visit(0, "add", &mut request(5));
            scene.touch(|state, context| state.change(0, Change::Down(disk), context));
            scene.touch(|state, context| state.change(0, Change::Up, context));
            assert_eq!(scene.visit(0, "check", &mut request(5)), expected, "{toml} {disk:?}");
        }
    }

    /// Key 1 is written at 10 s; key 2, added at 12 s, is not when the instance crashes at 15 s. Then nothing else has changed:
    /// what seemed to be there before seems so again.
    #[test]
    fn a_crash_takes_what_came_after_the_last_checkpoint() {
        for structure in ["", "structure = \"bloom\"\nexpected = 100\nfalse_positives = \"0.1 %\""] {
            let mut scene = Scene::new::<FilterBlueprint>(&format!("checkpoint = \"10 s\"\n{structure}"), 1);
            scene.now = Time(4 * SECOND);
            scene.visit(0, "add", &mut request(1));
            scene.visit(0, "add", &mut request(1));
            assert_eq!(scene.wanted(), format!("wake 0 after {} as 0", 6 * SECOND));
            scene.now = Time(10 * SECOND);
            scene.touch(|state, context| state.wake(0, 0, context));
            scene.now = Time(12 * SECOND);
            scene.visit(0, "add", &mut request(2));
            scene.now = Time(15 * SECOND);
            scene.touch(|state, context| state.change(0, Change::Down(Disk::Kept), context));
            scene.touch(|state, context| state.change(0, Change::Up, context));
            assert_eq!(scene.state.level(SIZE), Some(1.0), "{structure}");
            for (operation, key, expected) in [("check", 1, SEEN_IT), ("check", 2, OK), ("add", 2, OK)] {
                assert_eq!(scene.visit(0, operation, &mut request(key)), expected, "{structure} {key}");
            }
            // Another crash before the next checkpoint takes it again; a lost disk takes all.
            for (disk, size) in [(Disk::Kept, 1.0), (Disk::Lost, 0.0), (Disk::Kept, 0.0)] {
                scene.touch(|state, context| state.change(0, Change::Down(disk), context));
                assert_eq!(scene.state.level(SIZE), Some(size), "{structure} {disk:?}");
            }
        }
    }

    #[test]
    fn a_lost_disk_is_forgotten() {
        for toml in ["", "structure = \"bloom\"\nexpected = 100\nfalse_positives = \"1 %\""] {
            let mut scene = Scene::new::<FilterBlueprint>(toml, 2);
            scene.visit(0, "add", &mut request(5));
            scene.visit(1, "add", &mut request(5));
            for (disk, expected) in [(Disk::Kept, SEEN_IT), (Disk::Lost, OK)] {
                scene.touch(|state, context| state.change(0, Change::Down(disk), context));
                scene.touch(|state, context| state.change(0, Change::Up, context));
                assert_eq!(scene.visit(0, "check", &mut request(5)), expected, "{disk:?}, {toml}");
                assert_eq!(scene.visit(1, "check", &mut request(5)), SEEN_IT);
            }
        }
    }

    #[test]
    fn each_key_has_one_home() {
        let mut scene = Scene::new::<FilterBlueprint>("", 4);
        let mut shares = [0_u32; 4];
        for key in 0..4000 {
            let ask = Ask { key, ..super::super::testing::ask() };
            let home = scene.state.route(&ask, InstanceId(0), 4);
            assert_eq!(scene.state.route(&ask, InstanceId(0), 4), home);
            shares[home.expect("a home") as usize] += 1;
        }
        assert!(shares.iter().all(|share| share.abs_diff(1000) < 110), "{shares:?}");
    }
}
