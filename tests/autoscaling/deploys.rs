//! Deploys, in tiny scenarios with constant times: who is replaced when, what capacity is left, who meets a bad version, and
//! when it goes back.

use super::common::plan_of;
use super::spike::{HEAD, MS, ended, plan};
use windtunnel::figures::{Catalogue, value};
use windtunnel::plan::Plan;
use windtunnel::station::Load;
use windtunnel::units::Time;
use windtunnel::world::{Pause, World};

/// Instances of `web` that are up just after the events of an instant [ms], as a picture: `#` up, `.` down.
fn up(world: &mut World<'_>, plan: &Plan, at: u64) -> String {
    world.run(Time(at * MS + 1), u64::MAX);
    let component = plan.components.iter().find(|known| known.name == "web").expect("it is known");
    let (first, count) = component.instances;
    let stations = world.stations()[first.index()..].iter().take(count as usize);
    stations.map(|station| if station.levels.down == 0 { '#' } else { '.' }).collect()
}

/// A figure of all of the measured time.
fn figure(world: &World<'_>, plan: &Plan, name: &str) -> Option<f64> {
    let metric = Catalogue::of(plan).get(name).unwrap_or_else(|| panic!("there is no {name}")).metric;
    value(world, metric, plan.timeline.whole())
}

fn ran(plan: &Plan) -> World<'_> {
    let mut world = World::new(plan, plan.seed);
    assert_eq!(world.run_to_end(), Pause::End);
    world
}

/// So many requests, one each 10 ms, to a balancer that takes turns, and four instances behind it that boot for 20 ms.
fn scene(work: &str, fault: &str) -> String {
    format!(
        "{HEAD}[client.crowd]\narrivals = {{ even = \"100 /s\" }}\nrequest = \"edge.go\"\n\
         [balancer.edge]\ntargets = [\"web\"]\n\
         [server.web]\ninstances = 4\nworkers = 4\nboot = \"20 ms\"\non.go = [ {{ work = \"{work}\" }} ]\n\
         [fault.next]\nat = \"100 ms\"\ndeploy = \"web\"\n{fault}\n"
    )
}

fn count(outcomes: &[(String, u64)], word: &str) -> u64 {
    outcomes.iter().find(|(known, _)| known == word).map_or(0, |one| one.1)
}

/// Four instances by twos: each pair drains for 10 ms and boots for 20 ms, and the next follows 30 ms later.
#[test]
fn a_rolling_deploy_takes_as_long_as_its_batches() {
    for (batch, pictures, took) in [
        (
            2,
            vec![
                (100, "####"),
                (109, "####"),
                (110, "..##"),
                (129, "..##"),
                (130, "####"),
                (169, "####"),
                (170, "##.."),
                (189, "##.."),
                (190, "####"),
            ],
            0.090,
        ),
        (
            1,
            vec![(110, ".###"), (130, "####"), (170, "#.##"), (230, "##.#"), (290, "###."), (310, "####")],
            0.210,
        ),
        (3, vec![(110, "...#"), (129, "...#"), (170, "###."), (190, "####")], 0.090),
        (4, vec![(110, "...."), (129, "...."), (130, "####")], 0.030),
        (9, vec![(110, "...."), (129, "...."), (130, "####")], 0.030),
    ] {
        let fault =
            format!("strategy = {{ rolling = {{ batch = {batch}, pause = \"30 ms\" }} }}\ndrain = \"10 ms\"");
        let plan = plan(&[&scene("5 ms", &fault)]);
        let mut world = World::new(&plan, plan.seed);
        for (at, picture) in pictures {
            assert_eq!(up(&mut world, &plan, at), picture, "{batch} at a time, {at} ms");
        }
        world.run_to_end();
        // (n / b) (drain + boot + pause), without the pause behind the last batch.
        assert_eq!(figure(&world, &plan, "fault.next.took"), Some(took), "{batch} at a time");
        assert_eq!(figure(&world, &plan, "fault.next.updated"), Some(4.0));
        assert_eq!(figure(&world, &plan, "fault.next.rolled_back"), Some(0.0));
        // Nobody stops being paid for.
        assert_eq!(figure(&world, &plan, "web.instance_seconds"), Some(4.0));
        // What is left carries all: nobody is lost, unless nobody is left.
        let (outcomes, _) = ended(&world, &plan, "crowd");
        let unavailable = if batch >= 4 { 3 } else { 0 };
        assert_eq!(count(&outcomes, "unavailable"), unavailable, "{outcomes:?}");
        assert_eq!(outcomes.len(), 1 + usize::from(unavailable > 0), "{outcomes:?}");
    }
}

/// Each of four instances with four workers boots for 20 ms, whatever the strategy: what is left are 16 workers without 16 times
/// 20 ms, and the load is a share of that.
#[test]
fn the_capacity_is_that_of_those_who_serve() {
    for fault in [
        "strategy = \"all_at_once\"\ndrain = \"11 ms\"",
        "strategy = { rolling = { batch = 2 } }\ndrain = \"11 ms\"",
        "drain = \"11 ms\"",
    ] {
        let plan = plan(&[&scene("10 ms", fault)]);
        let world = ran(&plan);
        let sum = |of: fn(&Load) -> u128| {
            world.stations().iter().map(|station| of(&station.meter.total)).sum::<u128>() as f64
        };
        let (busy, workers) = (sum(|load| load.busy), sum(|load| load.workers));
        // The client and the balancer have as many workers as anybody asks for.
        let workers = workers - 2.0 * f64::from(u32::MAX) * 1e9;
        assert!((workers / 1e9 - (16.0 - 16.0 * 0.02)).abs() < 1e-3, "{fault}: {workers}");
        let utilization = figure(&world, &plan, "web.utilization").expect("it was up");
        assert!((utilization - busy / workers).abs() < 1e-6, "{fault}: {utilization}");
    }
}

/// Without a drain what an instance was doing is reset: each works half of the time.
#[test]
fn a_restart_without_a_drain_resets_who_is_there() {
    for (drain, reset) in [("0 s", 8), ("12 ms", 5), ("41 ms", 0)] {
        let fault =
            format!("strategy = {{ rolling = {{ batch = 1, pause = \"50 ms\" }} }}\ndrain = \"{drain}\"");
        let plan = plan(&[&scene("40 ms", &fault)]);
        let mut world = World::new(&plan, plan.seed);
        world.run_to_end();
        world.drain();
        let (outcomes, _) = ended(&world, &plan, "crowd");
        assert_eq!(count(&outcomes, "reset") > 0, reset > 0, "{drain} {outcomes:?}");
        assert_eq!(count(&outcomes, "ok") + count(&outcomes, "reset"), 100, "{drain} {outcomes:?}");
    }
}

/// The first instance serves the new version from 120 ms on (its boot) and is watched for 200 ms; all that it answers fails. It
/// leaves at 320 ms: a quarter of 200 ms at 100 a second.
#[test]
fn a_canary_limits_who_meets_a_bad_version() {
    let version = "version = { errors = \"100 %\" }\n";
    let canary = "canary = { instances = 1, watch = \"200 ms\", errors = \"50 %\" }\n";
    let (one, rest) = ("strategy = { rolling = { batch = 1 } }\n", "drain = \"10 ms\"");
    let run = |text: &str| {
        let plan = plan(&[&scene("5 ms", text)]);
        let world = ran(&plan);
        let failed = count(&ended(&world, &plan, "crowd").0, "error");
        let figures = ["updated", "rolled_back", "blast_radius", "took"];
        (failed, figures.map(|name| figure(&world, &plan, &format!("fault.next.{name}"))))
    };
    let (failed, figures) = run(&format!("{one}{version}{canary}{rest}"));
    assert_eq!(failed, 5, "a quarter of 20");
    assert_eq!(figures[..2], [Some(1.0), Some(1.0)]);
    assert!((figures[2].unwrap() - 0.05).abs() < 0.001, "{figures:?}");
    // 30 ms forth, 200 ms of watching, 30 ms back.
    assert_eq!(figures[3], Some(0.260));
    // Without a canary all of them have it by 220 ms, and it stays.
    let (failed, figures) = run(&format!("{one}{version}{rest}"));
    // From 190 ms on nobody else is left; a third and two thirds of the 30 ms before that, and before that.
    assert_eq!(failed, 81 + 2 + 1);
    assert_eq!(figures[..2], [Some(4.0), Some(0.0)]);
    // Who is as good as the others, or worse by less than is allowed, is followed by all.
    for version in ["", "version = { errors = \"10 %\" }\n", "version = { slow = 2.0 }\n"] {
        let (_, figures) = run(&format!("{one}{version}{canary}{rest}"));
        assert_eq!(figures[..2], [Some(4.0), Some(0.0)], "{version}");
    }
    // Nor does it matter that all of them fail.
    let errors = "[fault.storm]\nat = \"0 s\"\nerrors = \"web\"\nshare = \"80 %\"";
    let (_, figures) = run(&format!("{one}{version}{canary}{rest}\n{errors}"));
    assert_eq!(figures[..2], [Some(4.0), Some(0.0)], "20 % more are less than 50 %");
}

/// 5 ms become 15 ms, which is more than twice as much.
#[test]
fn a_canary_that_is_slow_goes_back() {
    for (slow, updated, rolled_back) in [("3.0", 2.0, 2.0), ("1.9", 4.0, 0.0)] {
        let text = format!(
            "version = {{ slow = {slow} }}\ncanary = {{ instances = 2, watch = \"200 ms\", latency = 2 }}\ndrain = \"10 ms\""
        );
        let plan = plan(&[&scene("5 ms", &text)]);
        let world = ran(&plan);
        let figures =
            ["updated", "rolled_back"].map(|name| figure(&world, &plan, &format!("fault.next.{name}")));
        assert_eq!(figures, [Some(updated), Some(rolled_back)], "{slow}");
    }
}

/// A version that never comes up stops a rolling deploy at its first batch, until it is taken back at 300 ms; a canary is taken
/// back when it has been watched for 50 ms from the moment when it is stopped.
#[test]
fn a_version_that_never_comes_up_stops_the_deploy() {
    let crash = "version = { crash = true }\n";
    let rolling = "strategy = { rolling = { batch = 2 } }\n";
    let canary = "canary = { watch = \"50 ms\", errors = \"1 %\" }\n";
    for (text, pictures) in [
        (format!("{crash}{rolling}"), vec![(99, "####"), (100, "..##"), (900, "..##")]),
        (format!("{crash}{rolling}until = \"300 ms\"\n"), vec![(100, "..##"), (319, "..##"), (320, "####")]),
        (
            format!("{crash}{rolling}{canary}"),
            vec![(100, ".###"), (169, ".###"), (170, "####"), (900, "####")],
        ),
        (format!("{crash}strategy = \"all_at_once\"\n"), vec![(100, "...."), (900, "....")]),
    ] {
        let plan = plan(&[&scene("5 ms", &text)]);
        let mut world = World::new(&plan, plan.seed);
        for (at, picture) in pictures {
            assert_eq!(up(&mut world, &plan, at), picture, "{text} {at} ms");
        }
        world.run_to_end();
        assert_eq!(world.drain(), Pause::End, "{text}");
        assert!(world.is_empty(), "{text}");
    }
}

/// From 100 to 300 ms all that is answered fails; at its end the version goes back all at once.
#[test]
fn a_deploy_is_taken_back_when_it_ends() {
    let text =
        "until = \"300 ms\"\nstrategy = \"all_at_once\"\nversion = { errors = \"100 %\" }\ndrain = \"0 s\"";
    let plan = plan(&[&scene("1 ms", text)]);
    let mut world = World::new(&plan, plan.seed);
    for (at, picture) in [(99, "####"), (100, "...."), (120, "####"), (300, "...."), (320, "####")] {
        assert_eq!(up(&mut world, &plan, at), picture, "{at} ms");
    }
    world.run_to_end();
    let (outcomes, _) = ended(&world, &plan, "crowd");
    // 120 to 300 ms, of one each 10 ms.
    assert_eq!(count(&outcomes, "error"), 18, "{outcomes:?}");
    let figures = ["updated", "rolled_back"].map(|name| figure(&world, &plan, &format!("fault.next.{name}")));
    assert_eq!(figures, [Some(4.0), Some(4.0)]);
}

/// A cache is restarted one node after the other: who was asked there misses once more.
#[test]
fn a_deploy_empties_memories() {
    let text = format!(
        "{HEAD}[client.crowd]\narrivals = {{ even = \"100 /s\" }}\nrequest = \"hot.get\"\nkeys = {{ count = 1 }}\n\
         [cache.hot]\ncapacity = \"10 objects\"\nread_through = \"rows.read\"\n[database.rows]\nread = \"1 ms\"\n\
         [fault.next]\nat = \"505 ms\"\ndeploy = \"hot\"\n"
    );
    let plan = plan(&[&text]);
    let world = ran(&plan);
    assert_eq!(figure(&world, &plan, "hot.misses"), Some(2.0));
}

#[test]
fn what_cannot_be_deployed_is_said() {
    for (text, expected) in [
        ("strategy = \"slowly\"", "unknown choice `slowly`"),
        ("strategy = { rolling = { batch = 0 } }", "`batch` is at least 1"),
        ("strategy = { canary = 1 }", "unknown key `canary` in `strategy` of [fault.next]"),
        ("version = { slow = 0 }", "`slow` is above 0 and at most 10^9"),
        ("version = { errors = \"110 %\" }", "a share lies between 0 % and 100 %"),
        ("canary = { watch = \"1 s\" }", "`canary` of [fault.next] needs `errors`, `latency` or both"),
        ("canary = { errors = \"1 %\" }", "`canary` of [fault.next] needs the key `watch`"),
        ("canary = { watch = \"1 s\", latency = 1 }", "`latency` is above 1 and at most 10^9"),
        (
            "canary = { instances = 4, watch = \"1 s\", latency = 2 }",
            "`canary` of [fault.next] leaves nobody to compare with: the deploy is for 4",
        ),
        ("factor = 2", "`factor` means something only with `slow`"),
    ] {
        let error = plan_of(&scene("1 ms", text)).err().unwrap_or_else(|| panic!("{text} is fine"));
        assert!(error.contains(expected), "{text}\n{error}");
    }
    let again = scene("1 ms", "")
        .replace("[fault.next]\nat = \"100 ms\"", "[campaign.next]\nmttf = \"1 s\"\nmttr = \"1 s\"");
    let error = plan_of(&again).err().expect("a deploy comes once");
    assert!(error.contains("[campaign.next]: a deploy does not come again and again"), "{error}");
}
