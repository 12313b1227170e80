use super::super::testing::{Scene, error, read, setting};
use super::super::{Setting, Staff};
use super::*;
use crate::station::Load;
use crate::units::Time;

const SIZE: &str = "follow = { utilization = \"50 %\" }\ntarget = \"web\"\nmax = 4";

/// What stands in the second line, with what the rest of the table needs.
fn with(line: &str, rest: &str) -> String {
    format!("{line}\n{rest}\ntarget = \"web\"")
}

#[test]
fn tables_and_what_is_said_about_them() {
    let needs = "follow = { rate = \"1 /s\" }";
    for (toml, expected) in [
        (SIZE.to_owned(), Ok((1, 4))),
        (with("schedule = [[\"0 s\", 2], [\"1 min\", 7]]", ""), Ok((1, 7))),
        (with("schedule = [[\"0 s\", 2]]", "min = 2\nmax = 9"), Ok((2, 9))),
        (with("min = 2", "max = 3\nfollow = { level = \"jobs.depth\", each = \"5 s\" }"), Ok((2, 3))),
        (
            with("follow = { rate = { up = [[\"9 /s\", 1]], down = [[\"3 /s\", 1], [\"5 /s\", 2]] } }", "max = 3"),
            Ok((1, 3)),
        ),
        (
            "max = 3".to_owned(),
            Err("x:1:1: error: [autoscaler.it] needs the key `target` (Whose instances)\n\
                 x:1:13: error: [autoscaler.it] needs `follow` or `schedule` (as in `follow = { utilization = \"60 %\" }`)\n"
                .to_owned()),
        ),
        (with("follow = { queue = 1 }", ""), Err("x:1:1: error: [autoscaler.it] needs the key `max` (The most)\n".to_owned())),
        (with("min = 5", &format!("max = 4\n{needs}")), Err(error(1, "`min` is at most `max`, which is 4, not 5"))),
        (
            with("schedule = [[\"0 s\", 2]]", needs),
            Err(error(1, "[autoscaler.it] has `follow` or `schedule`, not both")),
        ),
        (
            with("every = \"1 s\"", "schedule = [[\"0 s\", 2]]"),
            Err(error(1, "`every` means something only with `follow`")),
        ),
        (with("every = \"0 s\"", &format!("max = 4\n{needs}")), Err(error(9, "`every` is longer than 0 s"))),
        (
            with("schedule = [[\"0 s\", 2]]", "min = 3\nmax = 5"),
            Err(error(1, "the schedule wants 2 instances, not from 3 to 5")),
        ),
        (with("schedule = []", ""), Err(error(12, "a schedule has an entry or more"))),
        (
            with("schedule = [\"0 s\"]", ""),
            Err(error(13, "an entry is a time and a number of instances: [\"10 min\", 8]")),
        ),
        (with("schedule = [[\"1 s\", 1], [\"1 s\", 2]]", ""), Err(error(26, "the times of a schedule ascend"))),
        (with("schedule = [[\"1 s\", 0]]", ""), Err(error(21, "there is always 1 instance or more"))),
        (
            with("follow = {}", "max = 4"),
            Err(error(1, "`follow` of [autoscaler.it] needs one of `utilization`, `queue`, `rate` and `level`")),
        ),
        (
            with("follow = { queue = 1, rate = \"1 /s\" }", "max = 4"),
            Err(error(23, "`follow` of [autoscaler.it] needs one of `utilization`, `queue`, `rate` and `level`")),
        ),
        (with("follow = { utilization = \"0 %\" }", "max = 4"), Err(error(26, "this is above 0"))),
        (
            with("follow = { queue = 1, each = 2 }", "max = 4"),
            Err(error(23, "`each` means something only with `level`")),
        ),
        (
            with("follow = { level = \"jobs\", each = 2 }", "max = 4"),
            Err(error(20, "`jobs` is no level (a component and one of its levels, as in \"edge.healthy\")")),
        ),
        (
            with("follow = { level = \"jobs.depth\" }", "max = 4"),
            Err(error(10, "`follow` of [autoscaler.it] needs the key `each`")),
        ),
        (
            with("follow = { queue = {} }", "max = 4"),
            Err(error(20, "the steps of [autoscaler.it] need `up`, `down` or both")),
        ),
        (
            with("follow = { queue = { up = [[5, 1]], down = [[5, 1]] } }", "max = 4"),
            Err(error(
                20,
                "the steps of [autoscaler.it] want more and fewer at the same time (`up` begins above where `down` ends)",
            )),
        ),
        (
            with("follow = { queue = { up = [[5, 1], [4, 1]] } }", "max = 4"),
            Err(error(37, "the bounds of steps ascend")),
        ),
        (
            with("follow = { queue = { up = [5] } }", "max = 4"),
            Err(error(28, "a step is a bound and a number of instances: [\"70 %\", 1]")),
        ),
        (
            with("follow = { queue = { up = [[5, 0]] } }", "max = 4"),
            Err(error(32, "a step is by 1 instance or more")),
        ),
    ] {
        let range = read::<AutoscalerBlueprint>(&toml).map(|size| (size.ward.min, size.ward.max));
        assert_eq!(range, expected, "{toml}");
    }
}

fn scene(rest: &str) -> Scene<AutoscalerState> {
    let staff = Staff { first: InstanceId(7), most: 4, initial: 2 };
    let toml = format!("{SIZE}\n{rest}");
    let mut scene = Scene::at::<AutoscalerBlueprint>(&toml, &Setting { staff: Some(staff), ..setting(1) });
    for away in [9, 10] {
        scene.touch(|state, context| state.stands(InstanceId(away), Standing::Away, context));
    }
    scene.touch(|state, context| state.start(context));
    scene
}

/// Windows of 10 s that are 12 s old when they are acted upon, every 15 s: the first lies from 8 to 18 s, for 30 s.
#[test]
fn windows_end_a_delay_before_the_evaluation() {
    let mut scene = scene("window = \"10 s\"\ndelay = \"12 s\"");
    let second = SECOND;
    let expected =
        format!("wake 0 after {} as {LOOK_FIRST}, wake 0 after {} as {LOOK_AGAIN}", 8 * second, 18 * second);
    assert_eq!(scene.wanted(), expected);
    let look = |scene: &mut Scene<AutoscalerState>, subject, at, busy: u128, workers: u128| {
        scene.now = Time(at * second);
        let load = Load { busy: busy * 1_000_000_000, workers: workers * 1_000_000_000, ..Load::default() };
        scene.touch(|state, context| state.saw(0, subject, &Sight { load, level: None }, context));
    };
    look(&mut scene, BEGIN, 8, 10, 100);
    look(&mut scene, END, 18, 25, 120);
    assert_eq!(scene.wanted(), format!("wake 0 after {} as {ACT}", 12 * second));
    scene.now = Time(30 * second);
    scene.touch(|state, context| state.wake(0, ACT, context));
    // 15 of 20 busy are 75 %: two become three.
    assert_eq!(scene.wanted(), "start 9");
    assert_eq!(scene.counted(), [1, 0]);
}

/// The youngest go first, and of all those who boot: nobody loses anything by them.
#[test]
fn those_who_boot_are_stopped_before_those_who_serve() {
    let mut scene = scene("drain = \"7 ns\"");
    scene.wanted();
    scene.touch(|state, context| state.stands(InstanceId(7), Standing::Starting, context));
    scene.touch(|state, context| state.stands(InstanceId(9), Standing::Serving, context));
    scene.touch(|state, context| state.scale_to(1, Span(7), context));
    assert_eq!(scene.wanted(), "stop 7 after 7, stop 9 after 7");
}
