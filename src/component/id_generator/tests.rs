use super::super::testing::{Scene, error, outline, read, request};
use super::*;
use crate::component::Effect;
use crate::mechanism::snowflake::Layout;
use crate::units::Time;

const OK: Verdict = Verdict::Done(outcome::OK);
const IDS: u64 = 4096;

fn scene(toml: &str, instances: u32) -> Scene<IdGeneratorState> {
    Scene::new::<IdGeneratorBlueprint>(toml, instances)
}

/// Asks a node so many times at this instant, with fates of their own.
fn ask(scene: &mut Scene<IdGeneratorState>, at: u32, millisecond: u64, times: u64) -> Vec<Verdict> {
    scene.now = Time(millisecond * 1_000_000);
    let visit = |fate| scene.visit(at, "next", &mut Request { fate, ..request(0) });
    (0..times).map(visit).collect()
}

#[test]
fn tables_and_what_is_said_about_them() {
    let only = |key: &str, owner: &str| format!("`{key}` means something only with the scheme `{owner}`");
    for (toml, expected) in [
        ("", Ok("consult")),
        ("scheme = \"snowflake\"\nservice = \"1 s\"\ninstances = 1024", Ok("service 1 s, consult")),
        ("scheme = \"step\"\ninstances = 3\nstep = 2", Ok("consult")),
        ("scheme = \"random\"\nrandom_bits = 41", Ok("consult")),
        ("bits = { time = 43, node = 10, sequence = 10 }", Ok("consult")),
        ("nodes = [7, 7]\ninstances = 2", Ok("consult")),
        (
            "scheme = \"uuid\"",
            Err(error(10, "unknown choice `uuid` (valid choices: snowflake, step, ticket, random)")),
        ),
        ("instances = 1025", Err(error(1, "ids have room for 1024 nodes, not for 1025 instances"))),
        ("nodes = [1024]", Err(error(10, "ids have room for the nodes 0 to 1023, not for 1024"))),
        ("nodes = []", Err(error(9, "`nodes` needs a number"))),
        (
            "bits = { time = 43, node = 10, sequence = 12 }",
            Err(error(
                8,
                "the bits of an id are 63 besides its sign, not 65 \
                 (`time` has at least 1 of them, `node` and `sequence` at most 31 each)",
            )),
        ),
        ("step = 2", Err(error(1, &only("step", "step")))),
        ("clock_back = \"wait\"\nscheme = \"ticket\"", Err(error(1, &only("clock_back", "snowflake")))),
        (
            "instances = 2\nscheme = \"ticket\"",
            Err(error(
                1,
                "a ticket server is one instance, not 2 (several nodes that count apart are the scheme `step`)",
            )),
        ),
        ("random_bits = 200\nscheme = \"random\"", Err(error(15, "`random_bits` is from 1 to 122, not 200"))),
    ] {
        let lines = read::<IdGeneratorBlueprint>(toml).map(|generator| outline(&generator.lines("next")));
        assert_eq!(lines, expected.map(str::to_owned), "{toml}");
    }
}

#[test]
fn a_node_stalls_until_the_next_millisecond_and_serves_in_turn() {
    let mut scene = scene("instances = 2", 2);
    scene.now = Time(400_000);
    for _ in 0..IDS {
        assert_eq!(scene.visit(1, "next", &mut request(0)), OK);
    }
    for _ in 0..2 {
        assert_eq!(scene.visit(1, "next", &mut request(0)), Verdict::Park);
    }
    let [Effect::Wake { after: Span(600_000), .. }] = scene.effects[..] else {
        panic!("one timer for all who wait: {:?}", scene.effects);
    };
    assert_eq!(scene.visit(0, "next", &mut request(0)), OK, "the other node has ids left");
    scene.effects.clear();
    scene.now = Time(1_000_000);
    scene.touch(|state, context| state.wake(1, 0, context));
    assert_eq!(scene.effects.len(), 2, "both get theirs");
    assert_eq!(scene.counted(), [IDS + 3, 1, 0, 1, 0]);
}

#[test]
fn duplicates_are_seen_where_a_scheme_makes_them() {
    // table, instances, who asks when and how often, then issued, duplicates and inversions
    type Ask = (u32, u64, u64);
    let table: [(&str, u32, &[Ask], [u64; 3]); 9] = [
        ("instances = 2", 2, &[(0, 5, 10), (1, 5, 10)], [20, 0, 0]),
        ("instances = 2", 2, &[(1, 5, 10), (0, 5, 10)], [20, 0, 10]),
        ("nodes = [3, 3]\ninstances = 2", 2, &[(0, 5, 10), (1, 5, 4)], [14, 4, 4]),
        ("nodes = [3, 3]\ninstances = 2", 2, &[(0, 5, 10), (1, 6, 4)], [14, 0, 0]),
        ("scheme = \"step\"\ninstances = 3", 3, &[(0, 0, 4), (1, 0, 4), (2, 0, 4)], [12, 0, 6]),
        ("scheme = \"step\"\ninstances = 2\nstep = 1", 2, &[(1, 0, 3), (0, 0, 5)], [8, 3, 3]),
        ("scheme = \"ticket\"", 1, &[(0, 0, 100)], [100, 0, 0]),
        ("scheme = \"random\"\nrandom_bits = 3", 1, &[(0, 0, 9)], [9, 9, 9]),
        ("scheme = \"random\"", 1, &[(0, 0, 1000)], [1000, 0, 1000]),
    ];
    for (toml, instances, asks, expected) in table {
        let mut scene = scene(toml, instances);
        for (at, millisecond, times) in asks {
            assert!(ask(&mut scene, *at, *millisecond, *times).iter().all(|verdict| *verdict == OK));
        }
        let counted = scene.counted();
        if toml.contains("random") {
            assert_eq!(counted[ISSUED], expected[0], "{toml}");
            assert_eq!(
                counted[DUPLICATES] > 0,
                expected[1] > 0,
                "{toml}: nine lots of eight cannot all differ"
            );
        } else {
            assert_eq!(
                [counted[ISSUED], counted[DUPLICATES], counted[INVERSIONS]],
                expected,
                "{toml} {asks:?}"
            );
        }
    }
}

#[test]
fn a_clock_that_goes_back_is_waited_for_refused_or_ignored() {
    for (policy, verdict, counted) in [
        ("wait", Verdict::Park, [5, 1, 0, 0, 0]),
        ("refuse", Verdict::Done(outcome::UNAVAILABLE), [5, 0, 0, 0, 1]),
        ("ignore", OK, [6, 0, 1, 1, 0]),
    ] {
        let mut scene = scene(&format!("clock_back = \"{policy}\""), 1);
        ask(&mut scene, 0, 10, 1);
        ask(&mut scene, 0, 20, 4);
        assert_eq!(ask(&mut scene, 0, 10, 1), [verdict], "{policy}");
        assert_eq!(scene.counted(), counted, "{policy}");
    }
}

#[test]
fn a_counter_survives_a_crash_if_its_disk_does() {
    for (disk, duplicates) in [(Disk::Kept, 0), (Disk::Lost, 5)] {
        let mut scene = scene("scheme = \"ticket\"", 1);
        ask(&mut scene, 0, 0, 5);
        scene.touch(|state, context| state.change(0, Change::Down(disk), context));
        scene.touch(|state, context| state.change(0, Change::Up, context));
        ask(&mut scene, 0, 1, 5);
        assert_eq!(scene.counted()[DUPLICATES], duplicates, "{disk:?}");
    }
}

#[test]
fn half_of_all_sets_of_so_many_codes_have_a_collision() {
    // Of n lots from N values, the chance of no collision is near exp(-n (n - 1) / 2 N); 2^20 values need 1206 for a half.
    let sets = 200;
    let collided = (0..sets).filter(|set| {
        let mut scene = scene("scheme = \"random\"\nrandom_bits = 20", 1);
        for number in 0..1206 {
            let fate = crate::kernel::random::mix(*set, number);
            scene.visit(0, "next", &mut Request { fate, ..request(0) });
        }
        scene.counted()[DUPLICATES] > 0
    });
    let share = collided.count() as f64 / sets as f64;
    // Three standard errors of a share of one half.
    assert!((share - 0.5).abs() < 3.0 * (0.25 / sets as f64).sqrt(), "{share}");
    assert_eq!(Layout::TWITTER.ids_per_millisecond(), 4096);
}
