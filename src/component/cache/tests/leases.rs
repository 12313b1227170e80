//! Leases: one of those who miss a key fills it, the others wait.

use super::super::super::testing::{Scene, request};
use super::super::{CacheBlueprint, CacheState};
use super::{HIT, MISS, intention, visitor};
use crate::component::{Behaviour, Change, Verdict};
use crate::fault::Disk;
use crate::kernel::request::Request;
use crate::units::Time;

fn scene(toml: &str) -> Scene<CacheState> {
    Scene::new::<CacheBlueprint>(&format!("capacity = \"10 objects\"\n{toml}"), 1)
}

fn get(scene: &mut Scene<CacheState>, id: u32, key: u64) -> Verdict {
    scene.visitor = visitor(id);
    scene.visit(0, "get", &mut intention(u64::from(id), key))
}

fn put(scene: &mut Scene<CacheState>, id: u64, key: u64, version: u64) {
    scene.visit(0, "put", &mut Request { version, size: 9, ..intention(id, key) });
}

#[test]
fn the_first_who_misses_fills_and_the_others_wait_for_it() {
    let mut scene = scene("leases = { every = \"1 us\" }");
    scene.now = Time(100);
    assert_eq!(get(&mut scene, 1, 5), MISS);
    assert_eq!(scene.wanted(), "");
    assert_eq!([2, 3].map(|id| get(&mut scene, id, 5)), [Verdict::Park; 2]);
    assert_eq!(scene.wanted(), "wake 0 after 1000 as 0");
    assert_eq!(get(&mut scene, 1, 5), MISS, "its own retry");
    assert_eq!(get(&mut scene, 4, 6), MISS, "another key has a token of its own");
    put(&mut scene, 1, 5, 7);
    assert_eq!(scene.wanted(), "answer 2: ok 9 B version 7, answer 3: ok 9 B version 7");
    assert_eq!(get(&mut scene, 5, 5), HIT);
    assert_eq!((scene.counter("tokens"), scene.counter("waits"), scene.counter("ignored_puts")), (2, 2, 0));
}

#[test]
fn a_put_after_a_delete_is_ignored() {
    let mut scene = scene("leases = { every = \"1 us\" }");
    get(&mut scene, 1, 5);
    scene.visit(0, "delete", &mut request(5));
    put(&mut scene, 1, 5, 7);
    assert_eq!(
        (scene.counter("ignored_puts"), scene.counter("puts"), scene.state.level(1)),
        (1, 0, Some(0.0))
    );
    assert_eq!(get(&mut scene, 1, 5), Verdict::Park, "the key has no other token before its time");
    put(&mut scene, 2, 6, 7);
    assert_eq!(scene.counter("ignored_puts"), 2, "who was not told of a miss cannot put");
    scene.now = Time(1000);
    scene.wanted();
    scene.touch(|state, context| state.wake(0, 0, context));
    assert_eq!(scene.wanted(), "answer 1: miss 0 B version 0");
    put(&mut scene, 1, 5, 8);
    assert_eq!(get(&mut scene, 3, 5), HIT);
}

#[test]
fn a_token_that_nobody_used_passes_to_the_newest_who_waits() {
    let mut scene = scene("leases = { every = \"1 us\" }");
    (1..4).for_each(|id| {
        get(&mut scene, id, 5);
    });
    scene.now = Time(1000);
    scene.wanted();
    scene.touch(|state, context| state.wake(0, 0, context));
    assert_eq!(scene.wanted(), "answer 3: miss 0 B version 0, wake 0 after 1000 as 1");
    put(&mut scene, 1, 5, 6);
    assert_eq!(scene.wanted(), "", "the first token is void");
    put(&mut scene, 3, 5, 7);
    assert_eq!(scene.wanted(), "answer 2: ok 9 B version 7");
    scene.now = Time(2000);
    scene.touch(|state, context| state.wake(0, 1, context));
    assert_eq!(scene.wanted(), "", "nobody waits any more");
    assert_eq!(scene.counter("tokens"), 2);
}

#[test]
fn old_copies_are_handed_out_meanwhile() {
    let mut scene = scene("ttl = \"10 us\"\nleases = { every = \"1 us\", stale = \"5 us\" }");
    get(&mut scene, 1, 5);
    put(&mut scene, 1, 5, 7);
    scene.now = Time(2000);
    scene.visit(0, "delete", &mut request(5));
    assert_eq!(get(&mut scene, 2, 5), MISS, "the first one loads");
    let mut asks = intention(3, 5);
    assert_eq!(scene.visit(0, "get", &mut asks), HIT, "the second has what was deleted");
    assert_eq!(asks.version, 7);
    scene.now = Time(2500);
    put(&mut scene, 2, 5, 8);
    for (now, id, expected) in [
        (12_499, 4, HIT),
        (12_500, 5, MISS),
        (12_501, 6, HIT),
        // The token is renewed, but the copy is too old in the end.
        (17_000, 7, MISS),
        (17_499, 8, HIT),
        (17_500, 9, Verdict::Park),
    ] {
        scene.now = Time(now);
        assert_eq!(get(&mut scene, id, 5), expected, "at {now}");
    }
}

#[test]
fn a_crash_forgets_the_tokens() {
    let mut scene = scene("leases = { every = \"1 us\" }");
    get(&mut scene, 1, 5);
    get(&mut scene, 2, 5);
    scene.touch(|state, context| state.change(0, Change::Down(Disk::Kept), context));
    scene.touch(|state, context| state.change(0, Change::Up, context));
    assert_eq!(get(&mut scene, 3, 5), MISS);
    put(&mut scene, 1, 5, 7);
    assert_eq!(scene.counter("ignored_puts"), 1);
}
