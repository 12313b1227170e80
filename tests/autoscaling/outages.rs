//! Crashes of instances that are being deployed to, or that come and go: whatever the order, who is down goes on being down
//! until the last reason is gone, and everybody serves in the end.

use super::spike::{HEAD, ended, plan};
use super::{crowd, crowd_at_edge, figure, scaler, web};
use windtunnel::station::Presence;
use windtunnel::world::{Pause, World};

/// What stands of each instance of `web` just after the events of an instant \[ms\]: `#` up, `.` down, `-` not there.
fn picture(world: &mut World<'_>, at: u64) -> String {
    world.run(windtunnel::units::Time(at * super::MS + 1), u64::MAX);
    let component = world.plan().components.iter().find(|known| known.name == "web").expect("it is known");
    let (first, count) = component.instances;
    let stations = world.stations()[first.index()..].iter().take(count as usize);
    stations
        .map(|station| match (station.presence, station.levels.down) {
            (Presence::Away, _) => '-',
            (_, 0) => '#',
            _ => '.',
        })
        .collect()
}

fn crash(at: &str, until: &str) -> String {
    format!("[fault.lost]\nat = \"{at}\"\nuntil = \"{until}\"\ncrash = \"web[0]\"\n")
}

fn deploy(name: &str, at: &str, terms: &str) -> String {
    format!("[fault.{name}]\nat = \"{at}\"\n{terms}\n")
}

/// What `web` looks like at some instants \[ms\], and that it is whole when all have gone home.
fn looks(parts: &[&str], pictures: &[(u64, &str)]) {
    let server = web(3, "1 ms", "boot = \"20 ms\"\n");
    let plan = plan(&[&[HEAD, &crowd_at_edge("100 /s"), &server], parts].concat());
    let mut world = World::new(&plan, plan.seed);
    for (at, expected) in pictures {
        assert_eq!(picture(&mut world, *at), *expected, "{} {at} ms", parts.concat());
    }
    assert_eq!(world.run_to_end(), Pause::End);
    assert_eq!(world.drain(), Pause::End);
    assert!(world.is_empty(), "{}: somebody is still there", parts.concat());
    let stations = world.stations();
    assert!(stations.iter().all(|station| station.levels.down == 0), "{}: one is down", parts.concat());
}

/// The first of three is down from 105 ms on, while it drains until 110; the next one waits until it has booted.
#[test]
fn a_crash_during_a_deploy() {
    let rolling = deploy("next", "100 ms", "deploy = \"web\"\ndrain = \"10 ms\"");
    let until = |until| crash("105 ms", until);
    looks(
        &[&rolling, &until("155 ms")],
        &[(104, "###"), (105, ".##"), (174, ".##"), (175, "###"), (185, "#.#")],
    );
    // It ends before the instance is stopped, which stops its boot; or while the new version boots.
    looks(&[&rolling, &until("107 ms")], &[(109, ".##"), (129, ".##"), (130, "###"), (140, "#.#")]);
    looks(&[&rolling, &until("120 ms")], &[(139, ".##"), (140, "###"), (150, "#.#")]);
    // It begins while the new version boots, or never ends.
    looks(&[&rolling, &crash("125 ms", "126 ms")], &[(130, ".##"), (145, ".##"), (146, "###"), (156, "#.#")]);
    looks(&[&rolling, &until("1 h")], &[(110, ".##"), (900, ".##")]);
}

#[test]
fn a_deploy_during_a_crash() {
    let next = deploy("next", "100 ms", "deploy = \"web\"\nstrategy = \"all_at_once\"");
    looks(
        &[&next, &crash("50 ms", "130 ms")],
        &[(100, "..."), (119, "..."), (120, ".##"), (149, ".##"), (150, "###")],
    );
    looks(&[&next, &crash("50 ms", "95 ms")], &[(99, ".##"), (100, "..."), (120, "###")]);
}

/// All are given a version that never comes up, and it is taken back at 300 ms; the first one is down before that.
#[test]
fn a_version_that_never_comes_up_for_who_is_down() {
    let terms = "deploy = \"web\"\nstrategy = \"all_at_once\"\nversion = { crash = true }";
    let bad = deploy("bad", "100 ms", &format!("{terms}\nuntil = \"300 ms\""));
    for (until, pictures) in [
        ("200 ms", [(200, "..."), (319, "..."), (320, "###"), (420, "###")]),
        ("310 ms", [(200, "..."), (320, ".##"), (329, ".##"), (330, "###")]),
        ("400 ms", [(319, "..."), (320, ".##"), (419, ".##"), (420, "###")]),
    ] {
        looks(&[&bad, &crash("50 ms", until)], &pictures);
        // The first one has left already to be given another one, and has not come up with that.
        let good = deploy("good", "60 ms", "deploy = \"web[0]\"");
        looks(&[&good, &bad, &crash("50 ms", until)], &pictures);
        // That is what comes back; it drains for 30 ms, in vain.
        let slow = deploy("good", "60 ms", "deploy = \"web[0]\"\ndrain = \"30 ms\"");
        looks(&[&slow, &bad, &crash("50 ms", until)], &pictures);
    }
    // The bad one while the good one still drains, and when it has come up.
    let late = deploy("late", "90 ms", "deploy = \"web[0]\"\ndrain = \"30 ms\"");
    looks(&[&late, &bad], &[(100, "#.."), (120, "..."), (300, "..."), (320, "###")]);
    let early = deploy("early", "60 ms", "deploy = \"web[0]\"");
    looks(&[&early, &bad], &[(80, "###"), (100, "..."), (300, "..."), (320, "###")]);
    // Nobody takes it back before the run ends.
    looks(&[&early, &deploy("bad", "100 ms", terms), &crash("50 ms", "1 h")], &[(80, ".##"), (900, "...")]);
}

/// A second deploy heals those that the first one broke; the end of one says nothing of the other.
#[test]
fn two_deploys_of_the_same() {
    let at_once = "deploy = \"web\"\nstrategy = \"all_at_once\"\n";
    let bad = format!("{at_once}version = {{ crash = true }}\n");
    let good = format!("{at_once}until = \"300 ms\"");
    looks(
        &[&deploy("a", "100 ms", &bad), &deploy("b", "150 ms", &good)],
        &[
            (149, "..."),
            (170, "###"),
            // What they ran before is what never comes up.
            (300, "..."),
            (900, "..."),
        ],
    );
    let ends = deploy("a", "100 ms", &format!("{bad}until = \"200 ms\""));
    looks(&[&ends, &deploy("b", "150 ms", &good)], &[(170, "###"), (200, "###"), (300, "..."), (320, "###")]);
    // Both at the same instant: the name that comes first goes first.
    looks(&[&deploy("a", "100 ms", &bad), &deploy("b", "100 ms", at_once)], &[(100, "..."), (120, "###")]);
    looks(&[&deploy("b", "100 ms", &bad), &deploy("a", "100 ms", at_once)], &[(100, "..."), (900, "...")]);
}

/// All of what is answered fails from 200 ms on, with another version from 400 until 600 ms half of that or nothing, and then
/// fails again until 800 ms.
#[test]
fn what_they_ran_before_comes_back() {
    let version = |name: &str, at: &str, until: &str, errors: &str| {
        deploy(
            name,
            at,
            &format!(
                "until = \"{until}\"\ndeploy = \"web\"\nstrategy = \"all_at_once\"\nversion = {{ errors = \"{errors}\" }}"
            ),
        )
    };
    let scene = |parts: &[&str]| {
        let (client, server) = (crowd("100 /s"), web(1, "1 ms", ""));
        let plan = plan(&[&[HEAD, &client, &server], parts].concat());
        let mut world = World::new(&plan, plan.seed);
        world.run_to_end();
        let outcomes = ended(&world, &plan, "crowd").0;
        let errors = outcomes.iter().find(|(word, _)| word == "error").map_or(0, |one| one.1);
        let figures = ["a.updated", "a.rolled_back", "b.updated", "b.rolled_back"]
            .map(|name| figure(&world, &plan, &format!("fault.{name}")));
        (errors, figures)
    };
    let [a, b] = [version("a", "200 ms", "800 ms", "100 %"), version("b", "400 ms", "600 ms", "0 %")];
    assert_eq!(scene(&[&a, &b]), (40, [1.0, 1.0, 1.0, 1.0]));
    // The first one is taken back while the second is run: nothing changes until that goes.
    let a = version("a", "200 ms", "500 ms", "100 %");
    assert_eq!(scene(&[&a, &b]), (20, [1.0, 0.0, 1.0, 1.0]));
}

/// An instance that is down has nothing to finish: it is stopped by the autoscaler at 200 ms, and started again at 250 ms.
#[test]
fn who_is_down_is_stopped_and_started() {
    let schedule = scaler("schedule = [[\"200 ms\", 2], [\"250 ms\", 3]]\ndrain = \"10 ms\"");
    let crash = |until: &str| crash("150 ms", until).replace("web[0]", "web[2]");
    looks(&[&schedule, &crash("220 ms")], &[(199, "##."), (200, "##-"), (250, "##."), (270, "###")]);
    looks(&[&schedule, &crash("260 ms")], &[(210, "##-"), (250, "##."), (279, "##."), (280, "###")]);
    looks(&[&schedule, &crash("205 ms")], &[(205, "##-"), (250, "##."), (270, "###")]);
    // The same of who has a version that never comes up, which is taken back before, while or after it is away.
    for (until, pictures) in [
        ("205 ms", [(200, "##-"), (249, "##-"), (250, "##."), (270, "###")]),
        ("230 ms", [(200, "##-"), (249, "##-"), (250, "##."), (270, "###")]),
        ("300 ms", [(200, "##-"), (250, "##."), (319, "##."), (320, "###")]),
    ] {
        let terms = format!("deploy = \"web[2]\"\nversion = {{ crash = true }}\nuntil = \"{until}\"");
        let bad = deploy("bad", "100 ms", &terms);
        looks(&[&schedule, &bad], &pictures);
        looks(&[&schedule, &bad, &crash("240 ms")], &pictures);
    }
    // It is given such a version while it is away.
    let bad = deploy("bad", "230 ms", "deploy = \"web[2]\"\nversion = { crash = true }\nuntil = \"300 ms\"");
    looks(&[&schedule, &bad], &[(230, "##-"), (250, "##."), (300, "##."), (320, "###")]);
}
