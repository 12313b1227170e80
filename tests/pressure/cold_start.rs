//! Instances that work slowly when they have been started, in tiny scenarios that can be calculated by hand (one way on the
//! network takes 1 ms).
//!
//! With a factor of 201 that falls to 1 within 100 s everything takes 200 times as long in the first second, 198 times in the
//! next one, and so on, and twice as long in the last one.

use crate::spike::{MS, failed, finished, ok, once, only, plan};

const HEAD: &str = "[scenario]\nduration = \"3 min\"\n[network]\nround_trip = { within = \"2 ms\" }\n";

/// How clients end that ask a server with one worker at these instants. It comes up after a crash at 1 s.
fn asked(at: &[&str], work: &str, server: &str) -> Vec<(String, u64)> {
    let names: Vec<String> = (0..at.len()).map(|index| format!("c{index}")).collect();
    let clients: String =
        names.iter().zip(at).map(|(name, at)| once(name, at, "request = \"s.go\"")).collect();
    let plan = plan(&[
        HEAD,
        "[fault.lost]\nat = \"0 s\"\nfor = \"1 s\"\ncrash = \"s\"\n",
        &clients,
        &format!(
            "[server.s]\nworkers = 1\ncold_start = {{ factor = 201, for = \"100 s\" }}\n\
             on.go = [ {{ work = \"{work}\" }} ]\n{server}\n"
        ),
    ]);
    let world = finished(&plan);
    names.iter().map(|name| only(&world, &plan, name)).collect()
}

#[test]
fn work_is_stretched_by_the_speed_of_each_second() {
    // From 1.001 to 2 s 4.995 of the 6 ms are done, the rest at 1/198 in 198.99 ms.
    assert_eq!(asked(&["1 s"], "6 ms", ""), [ok(MS + 999 * MS + 198_990_000 + MS)]);
    // From 100 to 101 s 500 ms are done, then 300 at full speed; and after that all is as if nothing had been.
    assert_eq!(asked(&["99.999 s", "102 s"], "800 ms", ""), [ok(1302 * MS), ok(802 * MS)]);
}

#[test]
fn who_waits_has_all_of_its_work_before_it() {
    // The second begins at 1.601 s: 1.995 ms until 2 s, and 1.005 ms at 1/198.
    let ends = asked(&["1 s", "1.1 s"], "3 ms", "");
    assert_eq!(ends, [ok(602 * MS), ok(500 * MS + 399 * MS + 198_990_000 + 2 * MS)]);
}

#[test]
fn those_who_are_there_from_the_start_are_warm() {
    let later = "[fault.later]\nat = \"2 min\"\nfor = \"1 s\"\ncrash = \"s\"\n";
    let names = ["c0", "c1"];
    let clients = once("c0", "1 min", "request = \"s.go\"") + &once("c1", "2.05 min", "request = \"s.go\"");
    let server = "[server.s]\nworkers = 1\ncold_start = { factor = 201, for = \"100 s\" }\n\
                  on.go = [ { work = \"4 ms\" } ]\n";
    let plan = plan(&[HEAD, later, &clients, server]);
    let world = finished(&plan);
    // At 2 s after the start everything takes 196 times as long.
    assert_eq!(names.map(|name| only(&world, &plan, name)), [ok(6 * MS), ok(786 * MS)]);
}

#[test]
fn it_begins_when_the_instance_has_booted() {
    let ends = asked(&["1.9 s", "3.001 s"], "3 ms", "boot = \"2 s\"");
    assert_eq!(ends, [failed("refused", 2 * MS), ok(602 * MS)]);
}

/// Each of two has half of what there is: together 6 ms in 1.199 s, as above for one.
#[test]
fn those_who_share_the_cores_are_slow_together() {
    let ends = asked(&["1 s", "1 s"], "3 ms", "discipline = \"processor_sharing\"");
    // The speed of a shared core is a fraction of 2^32: 200 times as slow is right to 3 in 10^8.
    for (word, latency) in ends {
        assert_eq!(word, "ok");
        assert!(latency.abs_diff(1_199_990_000) < 50, "{latency}");
    }
}

#[test]
fn other_conditions_multiply_or_pause_and_the_time_goes_on() {
    for (fault, work, expected) in [
        // 2.4975 ms until 2 s, half as much as without; the rest at 1/396.
        ("for = \"1 min\"\nslow = \"s\"\nfactor = 2", "3 ms", 999_000_000 + 198_990_000),
        // 2.495 ms until 1.5 s; from 2.5 s on at 1/198, which it is since 2 s.
        ("for = \"1 s\"\npause = \"s\"", "3 ms", 499_000_000 + 1_000_000_000 + 99_990_000),
    ] {
        let at = if fault.contains("pause") { "1.5 s" } else { "0 s" };
        let ends = asked(&["1 s"], work, &format!("[fault.more]\nat = \"{at}\"\n{fault}\n"));
        assert_eq!(ends, [ok(expected + 2 * MS)], "{fault}");
    }
}

#[test]
fn a_crash_makes_it_cold_again() {
    let again = "[fault.again]\nat = \"50 s\"\nfor = \"1 s\"\ncrash = \"s\"\n";
    // The steps since the first start would go on at 52 s with 100 times as long.
    assert_eq!(asked(&["51 s", "52 s"], "3 ms", again), [ok(602 * MS), ok(596 * MS)]);
}
