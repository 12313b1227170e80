//! A cache that its callers fill.

use super::super::super::testing::{Scene, outline, read, request, setting};
use super::super::{CacheBlueprint, CacheState};
use super::{HIT, MISS, intention};
use crate::component::{Behaviour, Change, Plans, Setting};
use crate::fault::Disk;
use crate::kernel::request::Request;
use crate::mechanism::eviction::Future;
use crate::units::Time;
use std::sync::Arc;

#[test]
fn a_visit_takes_its_service_time_first() {
    for (toml, expected) in [("", "consult"), ("\nservice = \"2 s\"", "service 2 s, consult")] {
        let cache = read::<CacheBlueprint>(&format!("capacity = \"1 B\"{toml}")).unwrap();
        assert_eq!(outline(&cache.lines("get")), expected);
    }
}

#[test]
fn what_was_put_is_found_until_it_is_deleted() {
    let mut scene = Scene::new::<CacheBlueprint>("capacity = \"10 objects\"", 1);
    let mut asks = request(5);
    assert_eq!(scene.visit(0, "get", &mut asks), MISS);
    let mut puts = Request { size: 300, version: 4, ..request(5) };
    assert_eq!(scene.visit(0, "put", &mut puts), HIT);
    scene.now = Time(u64::MAX - 1);
    assert_eq!(scene.visit(0, "get", &mut asks), HIT);
    assert_eq!((asks.size, asks.version), (300, 4));
    assert_eq!((scene.state.level(1), scene.state.memory()), (Some(1.0), 100));
    assert_eq!(scene.visit(0, "delete", &mut asks), HIT);
    assert_eq!(scene.visit(0, "delete", &mut asks), HIT, "there is none, and that is no failure");
    assert_eq!(scene.visit(0, "get", &mut asks), MISS);
    assert_eq!(scene.counted()[..5], [1, 2, 0, 1, 0]);
    assert_eq!(scene.state.level(1), Some(0.0));
}

#[test]
fn a_copy_expires_when_its_time_has_passed() {
    let mut scene = Scene::new::<CacheBlueprint>("capacity = \"10 objects\"\nttl = \"1 us\"", 1);
    scene.now = Time(500);
    scene.visit(0, "put", &mut request(5));
    for (now, expected, size) in [(1499, HIT, 1.0), (1500, MISS, 0.0), (1501, MISS, 0.0)] {
        scene.now = Time(now);
        assert_eq!(scene.visit(0, "get", &mut request(5)), expected, "at {now}");
        assert_eq!(scene.state.level(1), Some(size), "what has expired leaves");
    }
    assert_eq!(scene.counted()[..5], [1, 2, 1, 1, 0]);
}

#[test]
fn each_instance_has_its_own_room() {
    let mut scene = Scene::new::<CacheBlueprint>("capacity = \"2 objects\"", 2);
    (0..3).for_each(|key| {
        scene.visit(0, "put", &mut request(key));
    });
    scene.visit(1, "put", &mut request(0));
    assert_eq!(scene.counted()[..5], [0, 0, 0, 4, 1]);
    let found = [(0, 0), (0, 1), (0, 2), (1, 0)].map(|(at, key)| scene.visit(at, "get", &mut request(key)));
    assert_eq!(found, [MISS, HIT, HIT, HIT], "the least recently used one gave way");
    assert_eq!(scene.state.level(1), Some(3.0));
}

#[test]
fn a_hit_renews_a_copy_with_sliding_expiry() {
    let toml = "capacity = \"10 objects\"\nttl = \"1 us\"\nrenew = true";
    let mut scene = Scene::new::<CacheBlueprint>(toml, 1);
    scene.visit(0, "put", &mut request(5));
    for (now, expected) in [(999, HIT), (1998, HIT), (2997, HIT), (3997, MISS), (3998, MISS)] {
        scene.now = Time(now);
        assert_eq!(scene.visit(0, "get", &mut request(5)), expected, "at {now}");
    }
    assert_eq!(scene.counted()[..5], [3, 2, 1, 1, 0]);
}

#[test]
fn a_crash_loses_the_copies_of_one_instance() {
    let mut scene = Scene::new::<CacheBlueprint>("capacity = \"10 objects\"", 2);
    (0..2).for_each(|at| {
        scene.visit(at, "put", &mut request(5));
    });
    scene.touch(|state, context| state.change(0, Change::Down(Disk::Kept), context));
    scene.touch(|state, context| state.change(0, Change::Up, context));
    assert_eq!([0, 1].map(|at| scene.visit(at, "get", &mut request(5))), [MISS, HIT]);
}

#[test]
fn who_knows_the_future_keeps_what_is_needed_first() {
    // Requests 0 to 6 are about these keys.
    let trace = [1, 2, 3, 1, 2, 1, 3];
    let future = Some(Arc::new(Future::of((0..).zip(trace))));
    let toml = "capacity = \"2 objects\"\neviction = \"belady\"";
    let mut scene = Scene::at::<CacheBlueprint>(toml, &Setting { future, ..setting(2) });
    let ask = |scene: &mut Scene<CacheState>, at: u32, id: u64| {
        let found = scene.visit(at, "get", &mut intention(id, trace[id as usize]));
        if found == MISS {
            scene.visit(at, "put", &mut intention(id, trace[id as usize]));
        }
        found
    };
    let mut first = |id| ask(&mut scene, 0, id);
    assert_eq!([0, 1, 2, 3].map(&mut first), [MISS, MISS, MISS, HIT], "2 gave way to 3");
    assert_eq!(first(3), HIT, "it is tried again, and no further use");
    assert_eq!([4, 5, 6].map(&mut first), [MISS, HIT, MISS], "3 gave way to 2, as 1 is needed before");
    // Another instance begins in the middle, and so does one that has lost its memory.
    let late = [MISS, MISS, MISS, HIT, MISS];
    assert_eq!([2, 3, 4, 5, 6].map(|id| ask(&mut scene, 1, id)), late);
    scene.touch(|state, context| state.change(0, Change::Down(Disk::Kept), context));
    assert_eq!([2, 3, 4, 5, 6].map(|id| ask(&mut scene, 0, id)), late);
}
