//! A cache that writes its store itself.

use super::super::super::testing::{Scene, request};
use super::super::mechanisms::{FLUSH, WRITE};
use super::super::{CacheBlueprint, CacheState};
use super::{HIT, MISS, report, visitor};
use crate::component::{Behaviour, Change, Report, Token, Verdict};
use crate::fault::Disk;
use crate::kernel::request::Request;
use crate::outcome;
use crate::units::Time;

fn scene(toml: &str) -> Scene<CacheState> {
    Scene::new::<CacheBlueprint>(&format!("capacity = \"2 objects\"\n{toml}"), 2)
}

fn put(scene: &mut Scene<CacheState>, number: u32, key: u64, size: u64) -> Verdict {
    scene.visitor = visitor(number);
    scene.visit(0, "put", &mut Request { size, ..request(key) })
}

fn ended(scene: &mut Scene<CacheState>, purpose: u32, item: u32, report: Report) {
    scene.touch(|state, context| state.reported(0, Token { purpose, item }, &report, context));
}

/// What a get finds, with the size and version.
fn get(scene: &mut Scene<CacheState>, key: u64) -> (Verdict, u64, u64) {
    let mut asks = request(key);
    let verdict = scene.visit(0, "get", &mut asks);
    scene.wanted();
    (verdict, asks.size, asks.version)
}

#[test]
fn a_put_through_is_acknowledged_when_the_store_has_it() {
    let mut scene = scene("write_through = \"urls.write\"");
    assert_eq!(put(&mut scene, 3, 5, 400), Verdict::Park);
    assert_eq!(scene.wanted(), "send 0 on 0 as 0 about 5");
    assert_eq!(get(&mut scene, 5).0, MISS, "it is not there before");
    ended(&mut scene, WRITE, 0, report(outcome::OK, 400, 8));
    assert_eq!(scene.wanted(), "answer 3: ok 400 B version 8");
    assert_eq!(get(&mut scene, 5), (HIT, 400, 8));
    // Two puts at once, of which the later one is reported first.
    (4..6).for_each(|number| {
        put(&mut scene, number, 5, 100 * u64::from(number));
    });
    ended(&mut scene, WRITE, 2, report(outcome::OK, 500, 10));
    ended(&mut scene, WRITE, 1, report(outcome::OK, 400, 9));
    assert_eq!(get(&mut scene, 5), (HIT, 500, 10), "the newer one stays");
    put(&mut scene, 6, 5, 700);
    scene.wanted();
    ended(&mut scene, WRITE, 3, report(outcome::TIMEOUT, 0, 0));
    assert_eq!(scene.wanted(), "answer 6: timeout 700 B version 0");
    assert_eq!(get(&mut scene, 5).0, MISS, "nobody knows what the store has");
}

#[test]
fn a_put_back_is_acknowledged_at_once_and_written_later() {
    let mut scene = scene("write_back = { to = \"urls.write\", after = \"1 us\" }");
    assert_eq!(put(&mut scene, 1, 5, 400), HIT);
    assert_eq!(scene.wanted(), "wake 0 after 1000 as 2");
    scene.now = Time(600);
    assert_eq!(put(&mut scene, 2, 5, 500), HIT);
    assert_eq!(put(&mut scene, 3, 6, 100), HIT);
    assert_eq!(scene.wanted(), "", "there is a timer");
    scene.now = Time(1000);
    scene.touch(|state, context| state.wake(0, FLUSH, context));
    assert_eq!(scene.wanted(), "send 0 on 0 as 0 about 5, wake 0 after 600 as 2", "two puts are one write");
    put(&mut scene, 4, 5, 600);
    assert_eq!(scene.wanted(), "", "the key is being written");
    ended(&mut scene, FLUSH, 0, report(outcome::OK, 500, 1));
    assert_eq!(scene.wanted(), "send 0 on 0 as 1 about 5", "what was put meanwhile follows at once");
    scene.now = Time(1100);
    ended(&mut scene, FLUSH, 1, report(outcome::TIMEOUT, 0, 0));
    assert_eq!(scene.wanted(), "", "the timer is still set");
    scene.now = Time(1600);
    scene.touch(|state, context| state.wake(0, FLUSH, context));
    assert_eq!(scene.wanted(), "send 0 on 0 as 2 about 6, wake 0 after 500 as 2");
    scene.now = Time(2100);
    scene.touch(|state, context| state.wake(0, FLUSH, context));
    assert_eq!(scene.wanted(), "send 0 on 0 as 3 about 5", "what failed is tried again");
    ended(&mut scene, FLUSH, 3, report(outcome::OK, 600, 2));
    assert_eq!(get(&mut scene, 5), (HIT, 600, 2), "the write has told the version");
    assert_eq!(scene.counter("written_back"), 2);
}

#[test]
fn a_full_batch_is_written_at_once() {
    let mut scene = scene("write_back = { to = \"urls.write\", after = \"1 s\", batch = 2 }");
    put(&mut scene, 1, 5, 1);
    scene.wanted();
    put(&mut scene, 1, 5, 1);
    assert_eq!(scene.wanted(), "", "the same key counts once");
    put(&mut scene, 1, 6, 1);
    assert_eq!(scene.wanted(), "send 0 on 0 as 0 about 5, send 0 on 0 as 1 about 6");
}

#[test]
fn what_is_not_written_yet_is_found_though_it_was_evicted_or_deleted() {
    let mut scene = scene("write_back = { to = \"urls.write\", after = \"1 us\" }");
    (5..8).for_each(|key| {
        put(&mut scene, 1, key, 10 * key);
    });
    assert_eq!((scene.counter("evictions"), scene.state.level(1)), (1, Some(2.0)));
    assert_eq!(get(&mut scene, 5), (HIT, 50, 0));
    scene.wanted();
    scene.visit(0, "delete", &mut request(6));
    assert_eq!(scene.wanted(), "send 0 on 0 as 0 about 6", "a delete lets it be written now");
    assert_eq!(get(&mut scene, 6), (HIT, 60, 0));
    ended(&mut scene, FLUSH, 0, report(outcome::OK, 60, 1));
    assert_eq!(get(&mut scene, 6).0, MISS);
}

#[test]
fn a_crash_loses_what_was_not_being_written() {
    let mut scene = scene("write_back = { to = \"urls.write\", after = \"1 us\" }");
    put(&mut scene, 1, 5, 1);
    put(&mut scene, 1, 6, 1);
    scene.now = Time(1000);
    scene.touch(|state, context| state.wake(0, FLUSH, context));
    put(&mut scene, 1, 6, 2);
    put(&mut scene, 1, 7, 1);
    scene.visit(1, "put", &mut request(8));
    scene.wanted();
    scene.touch(|state, context| state.change(0, Change::Down(Disk::Kept), context));
    assert_eq!(scene.counter("lost_writes"), 2, "6 anew, and 7; 5 and the first 6 were under way");
    scene.touch(|state, context| state.change(0, Change::Up, context));
    put(&mut scene, 1, 5, 1);
    assert_eq!(scene.wanted(), "wake 0 after 1000 as 2", "its timers are gone too");
}
