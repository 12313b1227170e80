//! Which instance has a key.

use super::super::super::testing::{Scene, read, request, setting};
use super::super::{CacheBlueprint, CacheState};
use crate::component::{Ask, Behaviour, Change, Plans, Setting};
use crate::fault::Disk;
use crate::units::{InstanceId, Time};

fn ask(key: u64, now: u64) -> Ask<'static> {
    Ask { key, now: Time(now), ..super::super::super::testing::ask() }
}

/// How many of the first keys each of four instances has.
fn spread(toml: &str, name: u64, keys: u64) -> [u64; 4] {
    let cache = read::<CacheBlueprint>(&format!("capacity = \"1 B\"\n{toml}")).unwrap();
    let mut state = cache.state(&Setting { name, ..setting(4) });
    let mut counts = [0; 4];
    (0..keys).for_each(|key| counts[state.route(&ask(key, 0), InstanceId(0), 4).unwrap() as usize] += 1);
    counts
}

#[test]
fn keys_are_spread_over_the_instances() {
    for toml in ["spread = \"ring\"", "spread = \"modulo\""] {
        // The most popular keys are the first ones, so these few must be spread as well.
        assert!(spread(toml, 1, 100).into_iter().all(|count| (10..45).contains(&count)), "{toml}");
        assert!(spread(toml, 1, 40_000).into_iter().all(|count| (6_000..15_000).contains(&count)), "{toml}");
        assert_ne!(spread(toml, 1, 1000), spread(toml, 2, 1000), "two caches differ");
    }
    assert!(spread("spread = \"modulo\"", 1, 40_000).into_iter().all(|count| count.abs_diff(10_000) < 400));
}

#[test]
fn weights_give_shares() {
    let counts = spread("virtual_nodes = 1000\nweights = [1, 2, 0.5, 4.5]\ninstances = 4", 1, 40_000);
    for (count, expected) in counts.into_iter().zip([5_000, 10_000, 2_500, 22_500]) {
        assert!(count.abs_diff(expected) < expected / 8, "{counts:?}");
    }
}

/// Where the first keys are at an instant.
fn owners(scene: &mut Scene<CacheState>, now: u64) -> Vec<Option<u32>> {
    (0..2000).map(|key| scene.state.route(&ask(key, now), InstanceId(0), 4)).collect()
}

/// The share of keys that are elsewhere.
fn moved(before: &[Option<u32>], after: &[Option<u32>]) -> f64 {
    let moved = before.iter().zip(after).filter(|(before, after)| before != after).count();
    moved as f64 / before.len() as f64
}

#[test]
fn the_keys_of_a_lost_instance_go_to_others_only_if_the_table_says_so() {
    for (toml, expected) in [
        ("", 0.0),
        ("spread = \"modulo\"", 0.0),
        ("rehash = false", 0.0),
        ("rehash = true", 0.25),
        // One in three keys has the same remainder by three as by four, of those at the three that live.
        ("rehash = true\nspread = \"modulo\"", 0.75),
    ] {
        let toml = format!("capacity = \"1 B\"\ninstances = 4\n{toml}");
        let mut scene = Scene::new::<CacheBlueprint>(&toml, 4);
        let before = owners(&mut scene, 0);
        scene.touch(|state, context| state.change(2, Change::Down(Disk::Kept), context));
        let after = owners(&mut scene, 0);
        let share = moved(&before, &after);
        assert!((share - expected).abs() < 0.05, "{toml}: {share}");
        if expected > 0.0 {
            assert!(!after.contains(&Some(2)));
        }
        if expected == 0.25 {
            assert!(before.iter().zip(&after).all(|(before, after)| before == after || *before == Some(2)));
        }
        scene.touch(|state, context| state.change(2, Change::Up, context));
        assert_eq!(owners(&mut scene, 0), before, "everything is as it was");
    }
}

#[test]
fn callers_know_of_a_loss_after_some_time() {
    let toml = "capacity = \"1 B\"\ninstances = 4\nrehash = true\ndetect = \"1 us\"";
    let mut scene = Scene::new::<CacheBlueprint>(toml, 4);
    let all = owners(&mut scene, 0);
    let change = |scene: &mut Scene<CacheState>, now, change| {
        scene.now = Time(now);
        scene.touch(|state, context| state.change(1, change, context));
    };
    change(&mut scene, 100, Change::Down(Disk::Kept));
    assert_eq!(owners(&mut scene, 1099), all);
    let without = owners(&mut scene, 1100);
    assert!(!without.contains(&Some(1)));
    change(&mut scene, 2000, Change::Up);
    assert_eq!(owners(&mut scene, 2999), without, "its return is not known at once either");
    assert_eq!(owners(&mut scene, 3000), all);
    change(&mut scene, 4000, Change::Down(Disk::Kept));
    change(&mut scene, 4400, Change::Down(Disk::Lost));
    change(&mut scene, 4500, Change::Up);
    assert_eq!(owners(&mut scene, 9000), all, "nobody noticed");
    (0..4).for_each(|at| {
        scene.now = Time(10_000);
        scene.touch(|state, context| state.change(at, Change::Down(Disk::Kept), context));
    });
    assert_eq!(scene.state.route(&ask(1, 11_000), InstanceId(0), 4), None, "there is nobody left");
}

#[test]
fn what_the_loss_of_one_cache_costs() {
    // Each of ten instances has 95 % of its keys. By modulo 9 in 10 keys move, on a ring those of the lost instance only.
    for (toml, moved_share, hit_ratio) in
        [("spread = \"modulo\"", 0.9, 0.095), ("virtual_nodes = 1000", 0.1, 0.855)]
    {
        let toml = format!("capacity = \"100 k objects\"\ninstances = 10\nrehash = true\n{toml}");
        let mut scene = Scene::new::<CacheBlueprint>(&toml, 10);
        let keys = 40_000;
        let route =
            |scene: &mut Scene<CacheState>, key| scene.state.route(&ask(key, 0), InstanceId(0), 10).unwrap();
        let before: Vec<Option<u32>> = (0..keys).map(|key| Some(route(&mut scene, key))).collect();
        for key in (0..keys).filter(|key| key % 20 != 0) {
            let at = route(&mut scene, key);
            scene.visit(at, "put", &mut request(key));
        }
        scene.touch(|state, context| state.change(9, Change::Down(Disk::Kept), context));
        let after: Vec<Option<u32>> = (0..keys).map(|key| Some(route(&mut scene, key))).collect();
        let share = moved(&before, &after);
        assert!((share - moved_share).abs() < 0.01, "{toml}: {share} moved");
        for key in 0..keys {
            let at = route(&mut scene, key);
            scene.visit(at, "get", &mut request(key));
        }
        let ratio = scene.counter("hits") as f64 / keys as f64;
        assert!((ratio - hit_ratio).abs() < 0.01, "{toml}: {ratio} hits");
    }
}
