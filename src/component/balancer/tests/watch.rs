//! What an instance of the balancer holds of its targets' health.

use super::super::super::Effect;
use super::*;
use crate::fault::Disk;
use crate::outcome;
use crate::units::{SECOND, Span};

impl Balancer {
    /// A probe of a target comes back.
    fn probed(&mut self, at: u32, target: u32, ending: Ending) {
        let outcome = if ending == Ending::Failed { outcome::TIMEOUT } else { outcome::OK };
        let report = Report { outcome, ending, size: 0, version: 0, cargo: None };
        let token = Token { purpose: 0, item: target - 100 };
        self.touch(|state, context| state.reported(at, token, &report, context));
    }

    /// A call to a target ends so.
    fn ended(&mut self, target: u32, outcome: OutcomeId, ending: Ending) {
        let turn = (0..).find(|turn| {
            let picked = self.forward(0, SHOW, &ask(*turn)).unwrap();
            if picked != target {
                self.release(0, picked, RELEASE);
            }
            picked == target
        });
        assert!(turn.is_some());
        self.release(0, target, Release { answer: Some((outcome, ending)), ..RELEASE });
    }

    fn healthy(&self) -> f64 {
        self.state.level(0).expect("who looks knows")
    }

    /// Whom an instance forwards to.
    fn served(&mut self, at: u32) -> Vec<u32> {
        let mut targets: Vec<u32> = (0..40).filter_map(|turn| self.serve(at, turn)).collect();
        targets.sort_unstable();
        targets.dedup();
        targets
    }
}

#[test]
fn probes_are_spread_over_the_time_between_two() {
    let mut state = balancer("\"random\"\nhealth = { every = \"8 s\" }", 2, 4);
    state.touch(|state, context| state.start(context));
    let mut due: Vec<(u64, u32, u32)> = Vec::new();
    for effect in std::mem::take(&mut state.effects) {
        let Effect::Wake { at, after, token, wakes: Wakes::Routine } = effect else { panic!("{effect:?}") };
        due.push((after.0 / SECOND, at.0, token));
    }
    due.sort_unstable();
    assert_eq!(due, [(0, 0, 0), (1, 1, 0), (2, 0, 1), (3, 1, 1), (4, 0, 2), (5, 1, 2), (6, 0, 3), (7, 1, 3)]);
    state.touch(|state, context| state.wake(1, 3, context));
    match state.effects[..] {
        [
            Effect::Send { at, errand: 0, token, about },
            Effect::Wake { after, token: 3, wakes: Wakes::Routine, .. },
        ] => {
            assert_eq!((at, token.item, about.aim), (InstanceId(1), 3, Some(InstanceId(103))));
            assert_eq!(after, Span(8 * SECOND));
        }
        _ => panic!("{:?}", state.effects),
    }
}

#[test]
fn failures_and_successes_in_a_row() {
    use Ending::{Completed as Good, Failed as Bad};
    for (policy, _) in super::super::POLICIES {
        let mut state = balancer(
            &format!("\"{policy}\"\nhealth = {{ every = \"1 s\", failures = 3, successes = 2 }}"),
            2,
            3,
        );
        for (probe, healthy) in [
            (Bad, 3.0),
            (Bad, 3.0),
            (Good, 3.0),
            (Bad, 3.0),
            (Bad, 3.0),
            // One of two instances knows that one of three is down.
            (Bad, 2.5),
            (Bad, 2.5),
            (Good, 2.5),
            (Bad, 2.5),
            (Good, 2.5),
            (Good, 3.0),
        ] {
            state.probed(0, 101, probe);
            assert_eq!(state.healthy(), healthy, "{policy}");
            let known = if healthy < 3.0 { &[100, 102][..] } else { &[100, 101, 102] };
            if *policy != "hash_ring" || healthy < 3.0 {
                assert_eq!(state.served(0), known, "{policy}");
            }
            assert!(state.served(1).contains(&101), "{policy}: what one instance knows the other does not");
        }
        assert_eq!(state.counted(), [11, 7, 1, 1, 0]);
    }
}

#[test]
fn nobody_is_well() {
    let mut state =
        balancer("\"least_outstanding\"\nsticky = true\nhealth = { every = \"1 s\", failures = 1 }", 1, 2);
    let before = forward(&mut state, 0, 5);
    state.probed(0, 100, Ending::Failed);
    state.probed(0, 101, Ending::Failed);
    assert_eq!((state.forward(0, SHOW, &ask(5)), state.healthy()), (None, 0.0));
    let other = if before == 100 { 101 } else { 100 };
    (0..2).for_each(|_| state.probed(0, other, Ending::Completed));
    assert_eq!(state.forward(0, SHOW, &ask(5)), Some(other), "the user moves");
    let retry = Ask { avoid: &[InstanceId(other)], ..ask(6) };
    assert_eq!(state.forward(0, SHOW, &retry), Some(other), "there is no other that is well");
    (0..2).for_each(|_| state.probed(0, before, Ending::Completed));
    assert_eq!(state.forward(0, SHOW, &ask(5)), Some(other), "and stays there");
    assert_eq!(state.counted(), [6, 2, 2, 2, 1]);
}

#[test]
fn bad_answers_in_a_row() {
    use Ending::{Completed as Good, Failed as Bad};
    let mut state =
        balancer("\"round_robin\"\neject = { failures = 3, for = \"4 s\", share = \"50 %\" }", 1, 5);
    for (outcome, ending) in [
        (outcome::ERROR, Bad),
        (outcome::TIMEOUT, Bad),
        (outcome::REJECTED, Bad),
        (outcome::ERROR, Bad),
        (outcome::ERROR, Bad),
        (outcome::OK, Good),
        (outcome::TIMEOUT, Bad),
        (outcome::TIMEOUT, Bad),
    ] {
        state.ended(102, outcome, ending);
        assert_eq!(state.healthy(), 5.0, "{outcome:?}");
    }
    state.ended(102, outcome::ERROR, Bad);
    assert_eq!((state.healthy(), state.served(0)), (4.0, vec![100, 101, 103, 104]));
    match state.effects[..] {
        [Effect::Wake { after, token, wakes: Wakes::Duty, .. }] => {
            assert_eq!(after, Span(4 * SECOND));
            (0..3).for_each(|_| state.ended(100, outcome::ERROR, Bad));
            (0..3).for_each(|_| state.ended(101, outcome::ERROR, Bad));
            assert_eq!(state.healthy(), 3.0, "half of five is two");
            state.touch(|state, context| state.wake(0, token, context));
        }
        _ => panic!("{:?}", state.effects),
    }
    assert_eq!(state.served(0), [101, 102, 103, 104]);
    (0..2).for_each(|_| state.ended(102, outcome::ERROR, Bad));
    assert_eq!(state.healthy(), 4.0, "who returns begins anew");
    assert_eq!(state.counted(), [0, 0, 2, 1, 0]);
}

#[test]
fn the_last_one_is_not_ejected() {
    let mut state = balancer("\"round_robin\"\neject = { failures = 1, share = 1 }", 1, 2);
    state.ended(100, outcome::ERROR, Ending::Failed);
    state.ended(101, outcome::ERROR, Ending::Failed);
    assert_eq!((state.healthy(), state.served(0)), (1.0, vec![101]));
}

#[test]
fn an_instance_that_starts_again_knows_nothing() {
    let mut state = balancer("\"round_robin\"\nhealth = { every = \"1 s\", failures = 1 }", 1, 2);
    state.probed(0, 100, Ending::Failed);
    assert_eq!(state.served(0), [101]);
    state.touch(|state, context| state.change(0, Change::Down(Disk::Kept), context));
    assert!(state.effects.is_empty(), "who is down does not probe");
    state.touch(|state, context| state.change(0, Change::Up, context));
    assert_eq!((state.served(0), state.effects.len()), (vec![100, 101], 2));
}

#[test]
fn an_unhealthy_place_spills_over() {
    // Of the two targets at the nearest place one is down: 1.4 * 0.5 of the calls stay.
    let mut state = super::pick::scattered("prefer_place = true\nhealth = { every = \"1 s\", failures = 1 }");
    state.probed(0, 100, Ending::Failed);
    let mut counts = [0_u32; 6];
    (0..10_000).for_each(|turn| counts[state.serve(0, turn).unwrap() as usize] += 1);
    let near = counts[2];
    assert!(counts[1] == 0 && counts[5] == 0 && counts[3].abs_diff(counts[4]) <= 1, "{counts:?}");
    assert!((6850..7150).contains(&near), "{counts:?}");
}

const SECONDS_100: &str = "slow_start = { for = \"100 s\", min = \"20 %\" }";

/// A balancer in front of three targets, of which one was out until just now.
fn with_a_newcomer(policy: &str, more: &str) -> Balancer {
    let health = "health = { every = \"1 s\", failures = 1, successes = 1 }";
    let mut state = balancer(&format!("\"{policy}\"\n{health}\n{more}"), 1, 3);
    state.probed(0, 101, Ending::Failed);
    state.now = Time(50 * SECOND);
    state.probed(0, 101, Ending::Completed);
    state
}

/// How many of so many calls each of three targets gets at a time after the return of one of them.
fn shares(state: &mut Balancer, after: u64, calls: u64) -> [u64; 3] {
    state.now = Time((50 + after) * SECOND);
    let mut counts = [0; 3];
    (0..calls).for_each(|turn| counts[state.serve(0, turn).unwrap() as usize - 100] += 1);
    counts
}

/// Its weight is the part of 100 s that has passed, but 0.2 at first: of 2.2, 2.25, 2.5, 2.75 and 3.
#[test]
fn a_newcomer_gets_a_growing_share() {
    for policy in ["round_robin", "least_outstanding", "power_of_d"] {
        let mut state = with_a_newcomer(policy, SECONDS_100);
        for (after, calls, expected) in [
            (0, 2200, [1000, 200, 1000]),
            (19, 2200, [1000, 200, 1000]),
            (25, 2250, [1000, 250, 1000]),
            (50, 2500, [1000, 500, 1000]),
            (75, 2750, [1000, 750, 1000]),
        ] {
            let counts = shares(&mut state, after, calls);
            let is_near = counts.iter().zip(expected).all(|(count, wanted)| count.abs_diff(wanted) <= 2);
            assert!(is_near, "{policy} after {after} s: {counts:?}");
        }
        // From now on it is one like any other.
        let counts = shares(&mut state, 100, 3000);
        assert!(state.state.instances[0].newcomers.is_empty(), "{policy}");
        if policy != "power_of_d" {
            assert!(counts.iter().all(|count| count.abs_diff(1000) <= 1), "{policy}: {counts:?}");
        }
    }
    // Draws are right to the square root of a fifth.
    let [_, newcomer, _] = shares(&mut with_a_newcomer("random", SECONDS_100), 50, 25_000);
    assert!(newcomer.abs_diff(5000) < 200, "{newcomer}");
    assert_eq!(shares(&mut with_a_newcomer("round_robin", ""), 0, 3000), [1000; 3], "all at once without");
}

/// Weights are parts of the whole ones: 3, 8 and 1, of which a half for the second.
#[test]
fn a_newcomer_has_a_part_of_its_own_weight() {
    let mut state =
        with_a_newcomer("round_robin", &format!("{SECONDS_100}\nweights = {{ web = [3, 8, 1] }}"));
    let counts = shares(&mut state, 50, 800);
    assert!(
        counts.iter().zip([300, 400, 100]).all(|(count, wanted)| count.abs_diff(wanted) <= 1),
        "{counts:?}"
    );
}

/// Of two who are alike but for their calls, who has one more gets half as many of what comes: 1 / 1 to 1 / 2.
#[test]
fn calls_count_while_somebody_is_new() {
    let mut state = with_a_newcomer("least_outstanding", SECONDS_100);
    state.now = Time(100 * SECOND);
    let held = forward(&mut state, 0, 0);
    let mut counts = shares(&mut state, 50, 2000);
    counts[held as usize - 100] *= 2;
    counts[1] *= 2;
    assert!(counts.iter().all(|count| count.abs_diff(1000) <= 4), "{counts:?} with one call at {held}");
}

#[test]
fn who_is_new_is_forgotten_when_it_goes_and_when_the_balancer_does() {
    let mut state = with_a_newcomer("round_robin", SECONDS_100);
    state.probed(0, 101, Ending::Failed);
    assert!(state.state.instances[0].newcomers.is_empty());
    state.now = Time(120 * SECOND);
    state.probed(0, 101, Ending::Completed);
    let counts = shares(&mut state, 95, 2250);
    assert!(counts[1].abs_diff(250) <= 2, "a new time begins: {counts:?}");
    state.touch(|state, context| state.change(0, Change::Down(Disk::Kept), context));
    assert_eq!(shares(&mut state, 75, 3000), [1000; 3]);
}

/// Who has been started is new, too.
#[test]
fn who_comes_into_being_is_new() {
    let mut state = balancer(&format!("\"round_robin\"\n{SECONDS_100}"), 1, 3);
    for standing in [Standing::Away, Standing::Starting, Standing::Serving] {
        state.now = Time(50 * SECOND);
        state.touch(|state, context| state.stands(InstanceId(101), standing, context));
    }
    let counts = shares(&mut state, 50, 2500);
    assert!(counts[1].abs_diff(500) <= 1, "{counts:?}");
}
