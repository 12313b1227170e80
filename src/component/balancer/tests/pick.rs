//! Whom each policy picks.

use super::super::super::Geography;
use super::*;
use crate::mechanism::hash::mix13_pair;
use crate::outcome;
use crate::units::{PlaceId, SECOND};
use std::sync::Arc;

#[test]
fn round_robin_takes_turns_at_each_instance() {
    let mut state = balancer("\"round_robin\"", 2, 4);
    let turns = [0, 0, 1, 0, 1, 0, 0, 1].map(|at| forward(&mut state, at, 0));
    assert_eq!(turns, [100, 101, 102, 102, 103, 103, 100, 100]);
    let avoiding = Ask { avoid: &[InstanceId(101)], ..ask(0) };
    assert_eq!(state.forward(0, SHOW, &avoiding), Some(102));
}

#[test]
fn the_least_outstanding_target_is_picked_and_equals_take_turns() {
    let mut state = balancer("\"least_outstanding\"", 1, 3);
    assert_eq!([0; 5].map(|_| forward(&mut state, 0, 0)), [100, 101, 102, 100, 101]);
    assert_eq!(forward(&mut state, 0, 0), 102);
    state.release(0, 101, RELEASE);
    assert_eq!([0; 2].map(|_| forward(&mut state, 0, 0)), [101, 102], "the turn goes on behind the last one");
    let mut idle = balancer("\"least_outstanding\"", 1, 3);
    let turns = [0; 5].map(|_| {
        let target = forward(&mut idle, 0, 0);
        idle.release(0, target, RELEASE);
        target
    });
    assert_eq!(turns, [100, 101, 102, 100, 101], "not always the first one");
}

#[test]
fn instances_of_a_balancer_do_not_know_of_one_another() {
    let mut state = balancer("\"least_outstanding\"", 2, 2);
    for _ in 0..6 {
        forward(&mut state, 0, 0);
    }
    assert_eq!(state.outstanding(0), [3, 3]);
    assert_eq!(state.outstanding(1), [0, 0]);
}

#[test]
fn the_best_of_all_targets_is_the_least_outstanding() {
    let (mut power, mut least) =
        (balancer("\"power_of_d\"\nd = 9", 1, 5), balancer("\"least_outstanding\"", 1, 5));
    for turn in 0..200 {
        forward(&mut power, 0, turn);
        forward(&mut least, 0, turn);
        let sorted = |state: &Balancer| {
            let mut counts = state.outstanding(0).to_vec();
            counts.sort_unstable();
            counts
        };
        assert_eq!(sorted(&power), sorted(&least), "turn {turn}");
    }
}

#[test]
fn two_choices_are_much_better_than_one() {
    // Calls that never end, as many as targets: the fullest has about ln n / ln ln n with one choice and log2 log2 n
    // with two (Azar, Broder, Karlin and Upfal, 1994).
    for (policy, fullest) in
        [("\"random\"", 5..=9), ("\"power_of_d\"\nd = 1", 5..=9), ("\"power_of_d\"", 3..=4)]
    {
        let mut state = balancer(policy, 1, 1000);
        for turn in 0..1000 {
            forward(&mut state, 0, turn);
        }
        let most = *state.outstanding(0).iter().max().unwrap();
        assert!(fullest.contains(&most), "{policy}: {most}");
    }
}

#[test]
fn a_key_stays_at_its_target() {
    let mut state = balancer("\"hash_ring\"", 2, 4);
    let mut counts = [0; 4];
    for key in 0..100 {
        let owner = forward(&mut state, 0, key);
        assert_eq!(forward(&mut state, 1, key), owner);
        counts[owner as usize - 100] += 1;
        let avoiding = Ask { avoid: &[InstanceId(owner)], ..ask(key) };
        assert_ne!(state.forward(0, SHOW, &avoiding), Some(owner));
        let elsewhere = Ask { avoid: &[InstanceId(if owner == 100 { 101 } else { 100 })], ..ask(key) };
        assert_eq!(state.forward(0, SHOW, &elsewhere), Some(owner));
    }
    assert!(counts.iter().all(|count| (10..45).contains(count)), "the first keys are spread: {counts:?}");
}

#[test]
fn every_policy_avoids_a_target_and_keeps_the_books() {
    for (policy, _) in POLICIES {
        let policy = format!("\"{policy}\"");
        let mut state = balancer(&policy, 1, 3);
        let mut held = Vec::new();
        for turn in 0..300 {
            let avoid = 100 + turn as u32 % 3;
            let target = state.forward(0, SHOW, &Ask { avoid: &[InstanceId(avoid)], ..ask(turn) }).unwrap();
            assert!(target != avoid && (100..103).contains(&target), "{policy}");
            held.push(target);
            assert!(!state.state.holds_nothing());
        }
        held.into_iter().for_each(|target| state.release(0, target, RELEASE));
        assert!(state.state.holds_nothing(), "{policy}");
        let mut only = balancer(&policy, 1, 1);
        let target = only.forward(0, SHOW, &Ask { avoid: &[InstanceId(100)], ..ask(0) });
        assert_eq!(target, Some(100), "{policy}: there is no other");
    }
}

#[test]
fn an_operation_goes_to_those_who_offer_it() {
    let [web, api] = [[100, 101], [7, 8]].map(|ids| ids.map(InstanceId).to_vec());
    let both = [web.clone(), api.clone()].concat();
    let pools =
        vec![(SHOW, both.clone()), (OperationId(9), Vec::new()), (STORE, web), (OperationId(4), both)];
    for (policy, _) in POLICIES {
        let mut state = of_pools(&format!("\"{policy}\""), 1, pools.clone());
        assert_eq!((state.state.pools.len(), state.state.targets.len()), (2, 4), "equal pools are one");
        (0..50).for_each(|turn| {
            let store = state.forward(0, STORE, &ask(turn)).unwrap();
            assert!(store >= 100, "{policy}");
        });
        assert_eq!(state.forward(0, OperationId(9), &ask(0)), None);
        assert_eq!(state.forward(0, OperationId(5), &ask(0)), None);
    }
}

#[test]
fn the_calls_of_all_operations_count() {
    let [web, api] = [[100, 101], [7, 8]].map(|ids| ids.map(InstanceId).to_vec());
    let pools = vec![(SHOW, [web.clone(), api].concat()), (STORE, web)];
    let mut state = of_pools("\"least_outstanding\"", 1, pools);
    let targets =
        [SHOW, SHOW, SHOW, STORE, STORE, SHOW].map(|operation| state.forward(0, operation, &ask(0)).unwrap());
    assert_eq!(targets, [7, 8, 100, 101, 100, 101]);
}

#[test]
fn weights_are_kept() {
    let weights = "weights = { web = [4, 1, 2, 1] }";
    let mut turns = balancer(&format!("\"round_robin\"\n{weights}"), 1, 4);
    let mut counts = [0; 4];
    (0..8 * 25).for_each(|turn| counts[turns.serve(0, turn).unwrap() as usize - 100] += 1);
    assert_eq!(counts, [100, 25, 50, 25], "every round is exact");
    for policy in ["random", "hash_ring"] {
        let mut drawn = balancer(&format!("\"{policy}\"\n{weights}\n"), 1, 4);
        let mut counts = [0_u32; 4];
        (0..80_000).for_each(|turn| counts[drawn.serve(0, turn).unwrap() as usize - 100] += 1);
        for (count, weight) in counts.into_iter().zip([4.0, 1.0, 2.0, 1.0]) {
            let share = f64::from(count) / (weight * 10_000.0);
            // Three standard errors of a draw; the points of a ring vary by 1 / sqrt(50).
            let tolerance = if policy == "random" { 0.03 } else { 0.3 };
            assert!((share - 1.0).abs() < tolerance, "{policy}: {counts:?}");
        }
    }
}

#[test]
fn a_bounded_load_is_never_more() {
    let mut elsewhere = 0;
    for (bound, targets) in [(1.0, 7), (1.25, 10), (2.0, 3)] {
        let mut state = balancer(&format!("\"hash_ring\"\nbounded_load = {bound}"), 1, targets);
        let mut held: Vec<u32> = Vec::new();
        for turn in 0..5000_u64 {
            let bits = mix13(turn);
            // The books swell and shrink; few keys, so that the owners of some are always full.
            if bits % 100 < if turn / 500 % 2 == 0 { 30 } else { 60 } && !held.is_empty() {
                let target = held.swap_remove((bits >> 32) as usize % held.len());
                state.release(0, target, RELEASE);
                continue;
            }
            let key = Ask { key: bits >> 60, ..ask(turn) };
            let target = state.forward(0, SHOW, &key).unwrap();
            held.push(target);
            let most = (bound * held.len() as f64 / f64::from(targets)).ceil() as u32;
            let load = state.outstanding(0)[target as usize - 100];
            assert!(load <= most, "{load} of at most {most} with a bound of {bound}");
            let owner = state.state.pools[0].ring.as_ref().unwrap().walk(mix13_pair(key.key, 0x6974)).next();
            elsewhere += u32::from(owner != Some(target - 100));
        }
    }
    assert!(elsewhere > 1000, "{elsewhere} calls have gone on to the next target");
    // Without departures the whole table keeps the bound.
    let mut state = balancer("\"hash_ring\"\nbounded_load = 1.25", 1, 10);
    for turn in 0..1000 {
        forward(&mut state, 0, turn);
    }
    let most = *state.outstanding(0).iter().max().unwrap();
    assert!((110..=125).contains(&most), "{most} of at most 125, 100 on average");
}

#[test]
fn the_quickest_target_is_picked() {
    let mut state = balancer("\"least_response_time\"\ndecay = \"10 s\"", 1, 3);
    let answer = |state: &mut Balancer, target: u32, milliseconds: u64| {
        let now = Time(SECOND);
        let since = Time(now.0 - milliseconds * 1_000_000);
        state.release(0, target, Release { since, now, answer: Some((outcome::OK, Ending::Completed)) });
    };
    assert_eq!([0; 3].map(|_| forward(&mut state, 0, 0)), [100, 101, 102], "nothing is known: by turns");
    for (target, milliseconds) in [(100, 30), (101, 10), (102, 25)] {
        answer(&mut state, target, milliseconds);
    }
    // 10 ms for one call, 20 for two, 30 for three; then 25 at the third, 30 at the first.
    assert_eq!([0; 4].map(|_| forward(&mut state, 0, 0)), [101, 101, 102, 100]);
    answer(&mut state, 101, 500);
    assert_eq!(forward(&mut state, 0, 0), 102, "a long response counts at once");
}

#[test]
fn a_user_stays_with_a_target() {
    for (policy, _) in POLICIES {
        let mut state = balancer(&format!("\"{policy}\"\nsticky = true"), 2, 5);
        let first: Vec<u32> = (0..40).map(|user| forward(&mut state, 0, user)).collect();
        let spread = (100..105).all(|target| first.contains(&target));
        assert!(spread || *policy == "least_response_time", "{policy}: {first:?}");
        for (user, target) in (0..).zip(&first) {
            let again = Ask { key: 99, bits: 7, ..ask(user) };
            assert_eq!(state.forward(1, SHOW, &again), Some(*target), "{policy}: also at the other instance");
            let retry = Ask { avoid: &[InstanceId(*target)], ..again };
            assert_ne!(state.forward(0, SHOW, &retry), Some(*target), "{policy}: a retry goes elsewhere");
            assert_eq!(state.forward(0, SHOW, &again), Some(*target), "{policy}: and does not move the user");
        }
        assert_eq!(state.counted()[MOVED_USERS], 0);
    }
}

#[test]
fn who_was_away_longest_is_forgotten() {
    let mut state = balancer("\"round_robin\"\nsticky = 2", 1, 4);
    assert_eq!([7, 8, 7, 9].map(|user| forward(&mut state, 0, user)), [100, 101, 100, 102]);
    assert_eq!([7, 8].map(|user| forward(&mut state, 0, user)), [100, 103], "user 8 has been forgotten");
}

/// A balancer at place 0 before targets 1 and 2 there, 3 and 4 at place 1, and 5 at place 2, which is further away.
pub(super) fn scattered(keys: &str) -> Balancer {
    let places = [0, 0, 0, 1, 1, 2].map(PlaceId).to_vec();
    let geography = Arc::new(Geography {
        places,
        names: Vec::new(),
        distances: vec![0, 5, 9, 5, 0, 9, 9, 9, 0],
        count: 3,
    });
    let pools = vec![(SHOW, (1..6).map(InstanceId).collect())];
    let toml = format!("targets = [\"web\"]\n{keys}");
    let targets = vec![(InstanceId(1), 5)];
    Scene::at::<BalancerBlueprint>(&toml, &Setting { pools, geography, targets, ..setting(1) })
}

#[test]
fn the_nearest_targets_come_first() {
    for (policy, _) in POLICIES {
        let mut state = scattered(&format!("policy = \"{policy}\"\nprefer_place = true"));
        for turn in 0..100 {
            let target = forward(&mut state, 0, turn);
            assert!(target <= 2, "{policy}");
            let retry = Ask { avoid: &[InstanceId(1), InstanceId(2)], ..ask(turn) };
            let elsewhere = state.forward(0, SHOW, &retry).unwrap();
            assert!((3..5).contains(&elsewhere), "{policy}: {elsewhere} is not the next nearest");
        }
    }
}

#[test]
fn busy_places_spill_over() {
    let mut state = scattered("prefer_place = { outstanding = 2 }");
    let targets: Vec<u32> = (0..12).map(|turn| forward(&mut state, 0, turn)).collect();
    assert_eq!(targets[..4].iter().filter(|target| **target <= 2).count(), 4);
    assert_eq!(targets[4..8].iter().filter(|target| (3..5).contains(*target)).count(), 4);
    assert_eq!(targets[8..10], [5, 5]);
    assert!(targets[10..].iter().all(|target| *target <= 2), "all are busy: the nearest again");
}
