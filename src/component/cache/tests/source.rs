//! A cache that reads its source itself.

use super::super::super::testing::{Scene, request};
use super::super::mechanisms::LOAD;
use super::super::{CacheBlueprint, CacheState};
use super::{HIT, report, visitor};
use crate::component::{Behaviour, Change, Report, Token, Verdict};
use crate::fault::Disk;
use crate::kernel::random::mix;
use crate::kernel::request::Request;
use crate::outcome;
use crate::units::Time;

const READ_THROUGH: &str = "capacity = \"10 objects\"\nread_through = \"urls.read\"\n";

fn scene(toml: &str) -> Scene<CacheState> {
    Scene::new::<CacheBlueprint>(&format!("{READ_THROUGH}{toml}"), 2)
}

/// A get of the visitor with this number at instance 0.
fn get(scene: &mut Scene<CacheState>, number: u32, key: u64) -> Verdict {
    scene.visitor = visitor(number);
    scene.visit(0, "get", &mut Request { size: 7, ..request(key) })
}

/// The end of a load at instance 0.
fn loaded(scene: &mut Scene<CacheState>, item: u32, report: Report) {
    scene.touch(|state, context| state.reported(0, Token { purpose: LOAD, item }, &report, context));
}

#[test]
fn a_miss_is_filled_and_ends_as_the_source_does() {
    for (outcome, said, again) in [
        (outcome::OK, "answer 3: ok 500 B version 4", HIT),
        (outcome::MISSING, "answer 3: missing 7 B version 0", Verdict::Park),
        (outcome::TIMEOUT, "answer 3: timeout 7 B version 0", Verdict::Park),
    ] {
        let mut scene = scene("");
        assert_eq!(get(&mut scene, 3, 5), Verdict::Park);
        assert_eq!(scene.wanted(), "send 0 on 0 as 0 about 5");
        loaded(&mut scene, 0, report(outcome, 500, 4));
        assert_eq!(scene.wanted(), said);
        assert_eq!(get(&mut scene, 4, 5), again);
        assert_eq!(scene.counter("misses") + scene.counter("hits"), 2);
        assert_eq!(scene.counter("loads"), scene.counter("misses"));
    }
}

#[test]
fn one_flight_carries_all_who_miss_a_key() {
    for (toml, loads, answers) in [("", 3, 1), ("single_flight = true", 1, 3)] {
        let mut scene = scene(toml);
        (0..3).for_each(|number| {
            get(&mut scene, number, 5);
        });
        assert_eq!(scene.counter("loads"), loads);
        assert_eq!(scene.counter("waits"), 3 - loads);
        scene.wanted();
        loaded(&mut scene, 0, report(outcome::OK, 500, 4));
        assert_eq!(scene.wanted().matches("answer").count(), answers);
        get(&mut scene, 9, 6);
        assert_eq!(scene.counter("loads"), loads + 1, "another key is another flight");
    }
}

#[test]
fn what_a_put_or_delete_has_overtaken_is_answered_but_not_kept() {
    for operation in ["put", "delete"] {
        let mut scene = scene("single_flight = true");
        get(&mut scene, 1, 5);
        scene.visit(0, operation, &mut Request { version: 9, ..request(5) });
        scene.visit(0, "delete", &mut request(5));
        assert_eq!(get(&mut scene, 2, 5), Verdict::Park);
        assert_eq!(scene.counter("loads"), 2, "the flight under way brings something old");
        scene.wanted();
        loaded(&mut scene, 0, report(outcome::OK, 500, 4));
        assert_eq!(scene.wanted(), "answer 1: ok 500 B version 4");
        assert_eq!(scene.state.level(1), Some(0.0));
        loaded(&mut scene, 1, report(outcome::OK, 500, 5));
        assert_eq!(scene.wanted(), "answer 2: ok 500 B version 5");
        assert_eq!(scene.state.level(1), Some(1.0));
    }
}

#[test]
fn that_there_is_nothing_is_kept_for_a_time() {
    let mut scene = scene("negative_ttl = \"1 us\"");
    get(&mut scene, 1, 5);
    loaded(&mut scene, 0, report(outcome::MISSING, 0, 0));
    scene.wanted();
    for (now, expected, wanted) in [
        (999, Verdict::Done(outcome::MISSING), "compare 5 None"),
        (1000, Verdict::Park, "send 0 on 0 as 1 about 5"),
    ] {
        scene.now = Time(now);
        assert_eq!(get(&mut scene, 2, 5), expected);
        assert_eq!(scene.wanted(), wanted);
    }
    assert_eq!((scene.counter("negative_hits"), scene.counter("hits"), scene.counter("misses")), (1, 1, 2));
    loaded(&mut scene, 1, report(outcome::OK, 500, 1));
    assert_eq!(get(&mut scene, 3, 5), HIT);
}

#[test]
fn a_hit_near_the_expiry_loads_ahead() {
    for (toml, near) in [("refresh_ahead = \"20 %\"", 800), ("refresh_ahead = \"300 ns\"", 700)] {
        let mut scene = scene(&format!("ttl = \"1 us\"\n{toml}"));
        get(&mut scene, 1, 5);
        loaded(&mut scene, 0, report(outcome::OK, 500, 1));
        for (now, refreshes) in [(near - 1, 0), (near, 1), (near + 1, 1)] {
            scene.now = Time(now);
            assert_eq!(get(&mut scene, 2, 5), HIT);
            assert_eq!(scene.counter("refreshes"), refreshes, "{toml} at {now}");
        }
        scene.wanted();
        loaded(&mut scene, 1, report(outcome::OK, 500, 2));
        assert_eq!(scene.wanted(), "", "nobody waits");
        scene.now = Time(near + 1000);
        assert_eq!(get(&mut scene, 3, 5), HIT, "the ttl began anew");
    }
}

#[test]
fn early_expiry_follows_its_law() {
    // A load takes 1000 ns; with beta b a hit at 1000 x ns before the expiry loads with probability exp(-x / b).
    for (beta, left, expected) in [(1.0, 1.0, 0.367_879), (1.0, 3.0, 0.049_787), (2.0, 3.0, 0.223_130)] {
        let mut scene = scene(&format!("ttl = \"100 us\"\nearly_expiry = {{ beta = {beta} }}"));
        get(&mut scene, 1, 5);
        scene.now = Time(1000);
        loaded(&mut scene, 0, report(outcome::OK, 500, 1));
        scene.now = Time(101_000 - (left * 1000.0) as u64);
        let turns = 20_000;
        let early = (0..turns).filter(|turn| {
            let mut asks = Request { fate: mix(*turn, 3), ..request(5) };
            scene.visit(0, "get", &mut asks) == Verdict::Park
        });
        let share = early.count() as f64 / turns as f64;
        assert!((share - expected).abs() < 0.012, "{beta} {left}: {share} instead of {expected}");
    }
}

#[test]
fn a_crash_forgets_the_loads() {
    let mut scene = scene("single_flight = true");
    get(&mut scene, 1, 5);
    scene.touch(|state, context| state.change(0, Change::Down(Disk::Kept), context));
    scene.touch(|state, context| state.change(0, Change::Up, context));
    scene.wanted();
    get(&mut scene, 2, 5);
    assert_eq!(scene.wanted(), "send 0 on 0 as 1 about 5", "it waits for nothing from its earlier life");
    loaded(&mut scene, 0, report(outcome::OK, 500, 1));
    assert_eq!(scene.wanted(), "", "the old load means nothing any more");
}
