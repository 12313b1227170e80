//! Replication and failover, one situation at a time, next to what theory says.

use super::super::spec;
use super::network::{CALLERS, Network};
use super::*;
use crate::units::{SECOND, Span, Time};

const MS: u64 = 1_000_000;

fn seconds(seconds: u64) -> Time {
    Time(seconds * SECOND)
}

/// One write every 5 ms, each of another row, from `from` to `until` \[s\].
fn write_steadily(network: &mut Network, from: u64, until: u64) {
    for turn in from * 200..until * 200 {
        network.ask(Time(turn * 5 * MS), CALLERS, 0, true, turn);
    }
}

#[test]
fn a_lost_place_takes_what_was_under_way_with_it() {
    // 200 writes a second, replicated in half a second: the primary takes 100 acknowledged writes with it, and for the time
    // of detection and promotion nobody takes any.
    let mut network = Network::new("replicas = 2\nfailover = { detect = \"10 s\", promote = \"5 s\" }", 1);
    network.delay = SECOND / 2;
    network.crash(seconds(20), 0, Disk::Kept, Time::NEVER);
    network.cut(seconds(20), Time::NEVER, &[0], &[1, 2]);
    write_steadily(&mut network, 0, 60);
    network.run(seconds(70));
    let counted = network.scene.counted();
    // The last heartbeat came up to half a second before.
    assert!((99..=101).contains(&counted[spec::LOST_WRITES]), "{counted:?}");
    let outage = network.scene.duration(spec::UNAVAILABLE);
    assert!((14_500 * MS..=16_000 * MS).contains(&outage), "{outage}");
    assert_eq!((counted[spec::PROMOTIONS], network.shard().history.latest_term()), (1, 1));
    let lag = network.scene.times(spec::LAG);
    assert!((lag.mean().unwrap() / SECOND as f64 - 0.5).abs() < 0.01, "{:?}", lag.mean());
    // What comes to the dead primary is gone; from the detection on nobody is asked; then the new primary answers.
    let ended =
        |outcome| network.operations.iter().filter(|one| one.end.is_some_and(|end| end.0 == outcome)).count();
    let refused = ended(outcome::UNAVAILABLE);
    assert!((1_000..1_300).contains(&refused), "{refused}");
}

#[test]
fn a_crash_alone_loses_nothing_that_is_on_the_way() {
    let mut network = Network::new("replicas = 1\nfailover = { detect = \"1 s\", promote = \"1 s\" }", 1);
    network.delay = SECOND / 2;
    network.crash(seconds(5), 0, Disk::Lost, seconds(20));
    write_steadily(&mut network, 0, 10);
    network.run(seconds(40));
    assert_eq!(network.scene.counted()[spec::LOST_WRITES], 0);
    let shard = network.shard();
    assert!(shard.copies[1].leads() && !shard.copies[0].is_empty, "it came back by a snapshot");
    assert_eq!(shard.copies[0].store.len(), shard.copies[1].store.len());
}

#[test]
fn two_primaries_write_until_they_hear_of_each_other() {
    for quorum in [false, true] {
        let failover = format!("failover = {{ detect = \"1 s\", promote = \"1 s\", quorum = {quorum} }}");
        let mut network = Network::new(&format!("replicas = 2\n{failover}"), 1);
        let (near, far) = (CALLERS, CALLERS + 1);
        // Both callers are known before the network is cut for 10 s; the old primary keeps a caller on its side.
        network.cut(seconds(5), seconds(15), &[0, near], &[1, 2, far]);
        for turn in 0..200 {
            network.ask(Time(turn * 100 * MS), near, 0, true, turn % 10);
            network.ask(Time(turn * 100 * MS + 1), far, 1, true, turn % 10);
        }
        network.run(seconds(30));
        let counted = network.scene.counted();
        let lost = counted[spec::LOST_WRITES];
        if quorum {
            // Only what the old primary took before it noticed: 10 a second for one second.
            assert!((8..=12).contains(&lost), "{lost}");
            assert_eq!(counted[spec::PROMOTIONS], 1);
        } else {
            // Ten seconds of 10 writes a second.
            assert!((98..=102).contains(&lost), "{lost}");
            assert_eq!(network.scene.duration(spec::UNAVAILABLE), 0, "one side or the other took writes");
            assert!(
                (90..=102).contains(&counted[spec::CONFLICTS]),
                "both sides wrote the same rows: {counted:?}"
            );
        }
        assert_eq!(network.shard().copies.iter().filter(|copy| copy.leads()).count(), 1);
    }
}

#[test]
fn synchronous_writes_wait_for_a_round_trip_to_the_replicas() {
    for (replication, expected) in [("asynchronous", 0), ("semi_synchronous", 150), ("synchronous", 150)] {
        let mut network = Network::new(&format!("replicas = 2\nreplication = \"{replication}\""), 1);
        network.delay = 75 * MS;
        let number = network.ask(seconds(1), CALLERS, 0, true, 7);
        network.run(seconds(2));
        let (ended, _, at) = network.operations[number].end.unwrap();
        assert_eq!((ended, at.since(seconds(1)).0 / MS), (outcome::OK, 75 + expected), "{replication}");
    }
}

#[test]
fn a_dead_replica_blocks_synchronous_writes_until_it_is_noticed() {
    let toml = "replicas = 1\nreplication = \"synchronous\"\nfailover = { detect = \"2 s\" }";
    for drains in [false, true] {
        let mut network = Network::new(toml, 1);
        network.drains = drains;
        network.crash(seconds(1), 1, Disk::Kept, seconds(10));
        let (blocked, free) =
            (network.ask(seconds(2), CALLERS, 0, true, 7), network.ask(seconds(6), CALLERS, 0, true, 7));
        network.run(seconds(30));
        let took = |number: usize| {
            let write: super::network::Operation = network.operations[number];
            write.end.unwrap().2.since(write.sent).0 / MS
        };
        if !drains {
            // Last heard at 1 s, up to a heartbeat before or after.
            assert!((900..=1_200).contains(&took(blocked)), "{}", took(blocked));
            assert_eq!(network.shard().copies[1].applied, 2, "it has caught up");
        }
        assert!(took(free) < 2_300 && network.scene.state.holds_nothing());
    }
}

#[test]
fn a_new_row_is_missing_where_it_has_not_arrived() {
    for (words, expected) in [("", outcome::MISSING), ("read_your_writes = true", outcome::OK)] {
        let mut network =
            Network::new(&format!("replicas = 1\nreads = \"replica\"\nwrite = \"1 ms\"\n{words}"), 1);
        network.delay = MS;
        let key = NEW_KEY | 7;
        let write = network.ask(seconds(1), CALLERS, 3, true, key);
        // The replica is busy with it for up to 50 ms.
        network.work = 50 * MS;
        network.run(Time(1_060 * MS));
        assert_eq!(network.operations[write].end.unwrap().0, outcome::OK);
        network.work = 0;
        let is_behind = network.shard().copies[1].applied == 0;
        let read = network.ask(Time(1_061 * MS), CALLERS, 3, false, key);
        let later = network.ask(seconds(3), CALLERS, 3, false, key);
        network.run(seconds(4));
        let expected = if is_behind { expected } else { outcome::OK };
        assert_eq!(network.operations[read].end.unwrap().0, expected, "{words}");
        assert_eq!(network.operations[later].end.unwrap().0, outcome::OK);
        assert!(is_behind, "the seed lets the replica lag");
        assert_eq!(network.scene.counted()[spec::STALE_READS], u64::from(words.is_empty()));
    }
}

#[test]
fn a_copy_that_comes_back_is_read_when_it_has_caught_up() {
    // 200 writes a second, each of another row. From 2 s to 6 s the replica is down, has lost its disk, or is cut off from its
    // primary, not from its readers; to apply a write takes it 2 ms, one after another would.
    for reads in ["replica", "nearest"] {
        for trouble in ["crash", "disk", "cut"] {
            let toml = format!(
                "write = \"2 ms\"\nreplicas = 1\nreads = \"{reads}\"\nfailover = {{ detect = \"2 s\", promote = \"60 s\" }}"
            );
            let mut network = Network::new(&toml, 1);
            (network.delay, network.work) = (MS, 2 * MS);
            match trouble {
                "cut" => network.cut(seconds(2), seconds(6), &[0], &[1]),
                "disk" => network.crash(seconds(2), 1, Disk::Lost, seconds(6)),
                _ => network.crash(seconds(2), 1, Disk::Kept, seconds(6)),
            }
            write_steadily(&mut network, 0, 12);
            // From its return on, reads of what was written while it was away.
            let mut readings = Vec::new();
            for turn in 0..600 {
                let time = Time(seconds(6).0 + (15 + turn * 4) * MS);
                readings.push(network.ask(time, CALLERS, 9, false, 2 * 200 + turn));
            }
            let unnoticed = network.ask(seconds(3), CALLERS, 9, false, 0);
            network.run(seconds(13));
            // Reads that began within these milliseconds and were answered by a copy.
            let reads_of = |from: u64, until: u64, at: u32| {
                let all = readings.iter().map(|number| &network.operations[*number]);
                let sent = |sent: Time| sent >= Time(from * MS) && sent < Time(until * MS);
                let answered = all.filter(|one| one.end.is_some_and(|end| end.0 == outcome::OK));
                answered.filter(|one| one.at == at && sent(one.sent)).count()
            };
            let name = format!("{reads} after {trouble}");
            let asked = network.operations[unnoticed].at;
            assert_eq!(asked, u32::from(reads == "replica"), "{name}: nobody knows before `detect`");
            let stale = network.scene.counted()[spec::STALE_READS];
            assert_eq!(network.shard().copies[1].applied, 2_000 + 400, "{name}: it has caught up");
            let early = (reads_of(6_000, 6_100, 0), reads_of(6_000, 6_100, 1));
            let late = (reads_of(7_000, 12_000, 0), reads_of(7_000, 12_000, 1));
            assert_eq!(stale, 0, "{name}: {early:?} {late:?}");
            assert_eq!(early, (22, 0), "{name}: the primary stands in");
            let expected = if reads == "replica" { 0 } else { late.1 };
            assert!(late.1 > 100 && late.0.abs_diff(expected) <= 1, "{name}: it is read again, {late:?}");
        }
    }
}

/// The share of the reads that found nobody, and the time in which nobody could be found, with two replicas and 100 reads a
/// second in each of 30 s.
fn reads_under(trouble: impl FnOnce(&mut Network), reads: &str) -> (usize, u64) {
    let failover = "failover = { detect = \"1 s\", promote = \"1 s\" }";
    let mut network = Network::new(&format!("replicas = 2\nreads = \"{reads}\"\n{failover}"), 1);
    trouble(&mut network);
    for turn in 0..3000 {
        network.ask(Time(turn * 10 * MS), CALLERS, 0, false, turn % 10);
    }
    network.run(seconds(30));
    // Who had to wait for a copy that stood still for longer than any caller would.
    let is_late = |one: &super::network::Operation| {
        one.end.is_none_or(|(_, _, at)| at.since(one.sent) > Span(200 * MS))
    };
    let late = network.operations.iter().filter(|one| is_late(one)).count();
    (late, network.scene.duration(spec::UNAVAILABLE) / MS)
}

#[test]
fn a_copy_that_stands_still_is_left_alone_like_a_dead_one() {
    let (from, until) = (seconds(10), seconds(20));
    for (reads, share) in [("replica", 50), ("nearest", 33)] {
        let crashed = reads_under(|network| network.crash(from, 1, Disk::Kept, until), reads);
        let paused = reads_under(|network| network.pause(from, 1, until), reads);
        // Its share of the reads of a second, and nobody's is refused for that.
        for (late, unavailable) in [crashed, paused] {
            assert!(late.abs_diff(share) <= 12 && unavailable == 0, "{reads}: {late}, {unavailable} ms");
        }
    }
    // What a deposed primary gets while it stands still: nothing.
    let (late, unavailable) = reads_under(|network| network.pause(from, 0, until), "replica");
    assert!(late == 0 && unavailable.abs_diff(2000) <= 60, "{late}, {unavailable} ms");
}

#[test]
fn reads_that_find_no_replica_count_as_an_outage_until_the_primary_takes_them() {
    let (from, until) = (seconds(10), seconds(20));
    let crash = |network: &mut Network| (1..3).for_each(|at| network.crash(from, at, Disk::Kept, until));
    let pause = |network: &mut Network| (1..3).for_each(|at| network.pause(from, at, until));
    let shortly = |network: &mut Network| (1..3).for_each(|at| network.pause(from, at, Time(10_400 * MS)));
    // The second is missed 500 ms after the first; then the primary reads.
    let in_turn = |network: &mut Network| {
        network.crash(from, 1, Disk::Kept, until);
        network.pause(Time(10_500 * MS), 2, until);
    };
    for (reads, expected) in [("replica", [1000, 1000, 400, 1000]), ("nearest", [0; 4]), ("primary", [0; 4])]
    {
        let unavailable = [
            reads_under(crash, reads).1,
            reads_under(pause, reads).1,
            reads_under(shortly, reads).1,
            reads_under(in_turn, reads).1,
        ];
        assert_eq!(unavailable, expected, "{reads}");
    }
}

#[test]
fn the_only_copy_does_not_serve_while_it_is_down_or_stands_still() {
    let mut scene = super::super::super::testing::Scene::new::<DatabaseBlueprint>("shards = 2", 1);
    let mut at = |time: u64, act: &dyn Fn(&mut DatabaseState, &mut Context<'_>)| {
        scene.now = Time(time);
        scene.touch(|state, context| act(state, context));
        scene.duration(spec::UNAVAILABLE)
    };
    at(100, &|state, context| state.pauses(0, IsPaused::Yes, context));
    at(200, &|state, context| state.change(1, Change::Down(Disk::Kept), context));
    at(300, &|state, context| state.pauses(0, IsPaused::No, context));
    at(400, &|state, context| state.pauses(1, IsPaused::Yes, context));
    at(500, &|state, context| state.change(1, Change::Up, context));
    assert_eq!(at(600, &|state, context| state.pauses(1, IsPaused::No, context)), 500);
    at(700, &|state, context| state.change(0, Change::Down(Disk::Kept), context));
    assert_eq!(at(750, &|state, context| state.close(context)), 550);
}
