//! Tests of the database as a whole.

mod network;
mod oracle;
mod replicas;
mod tables;

use super::super::testing::{Scene, request};
use super::*;
use crate::kernel::request::NO_VALUE;

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
    assert_eq!(scene.counted(), [6, 4, 1, 0, 0, 0, 0, 0]);
}

#[test]
fn a_row_holds_what_it_was_told() {
    let sold_out = Verdict::Done(outcome::VIOLATION);
    let (old, new) = (7, NEW_KEY | 7);
    for enforce in [false, true] {
        let toml = format!("rows = {{ start = 2, min = 0, enforce = {enforce} }}");
        for (words, copies) in [("", 1), ("\nreplicas = 1", 2)] {
            let mut scene = Scene::new::<DatabaseBlueprint>(&format!("{toml}{words}"), copies);
            for (operation, key, told, verdict, value) in [
                ("read", old, 99, OK, 2),
                ("read", new, 99, Verdict::Done(outcome::MISSING), 0),
                ("update", old, -1, OK, 1),
                ("update", old, NO_VALUE, OK, 1),
                ("write", old, NO_VALUE, OK, 1),
                ("update", old, -2, if enforce { sold_out } else { OK }, if enforce { 1 } else { -1 }),
                ("write", old, -3, if enforce { sold_out } else { OK }, if enforce { 1 } else { -3 }),
                ("write", old, 5, OK, 5),
                ("update", new, 1, OK, 3),
                ("read", old, 99, OK, 5),
                ("read", new, 99, OK, 3),
            ] {
                let mut visitor = Request { value: told, ..request(key) };
                assert_eq!(scene.visit(0, operation, &mut visitor), verdict, "{operation} {key:x} {told}");
                assert_eq!(visitor.value, value, "{operation} {key:x} {told}");
            }
            let counted = scene.counted();
            let refused = if enforce { 2 } else { 0 };
            assert_eq!((counted[WRITES], counted[VIOLATIONS]), (7 - refused, 2 - refused));
        }
    }
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
