//! Tests of the database as a whole.

mod network;
mod oracle;
mod replicas;
mod tables;

use super::super::testing::{Scene, request};
use super::*;

const OK: Verdict = Verdict::Done(outcome::OK);

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
    assert_eq!(scene.counted(), [6, 4, 1, 0, 0, 0, 0]);
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
