use super::super::testing::{Scene, error, outline, read, request, setting};
use super::*;
use crate::kernel::request::RequestId;
use crate::outcome;
use crate::units::SECOND;

const WINDOW: &str = "limit = 2\nwindow = \"10 s\"";

/// A limiter with these instances that offers nothing but `check`.
fn scene(toml: &str, instances: u32) -> Scene<RateLimiterState> {
    let operations = vec![CHECK.to_owned()];
    Scene::at::<RateLimiterBlueprint>(toml, &Setting { operations, ..setting(instances) })
}

#[test]
fn tables_and_what_is_said_about_them() {
    let only = |key: &str, owner: &str| format!("`{key}` means something only with {owner}");
    for (toml, expected) in [
        ("algorithm = \"fixed_window\"", Ok("consult")),
        (
            "algorithm = \"token_bucket\"\nburst = \"1 k\"\nsoft = \"10 %\"\nby = \"{user} {operation}\"",
            Ok("consult"),
        ),
        (
            "algorithm = \"leaky_bucket\"\nservice = \"1 us\"\nby = \"{caller} from {address} at {place} for {key}\"",
            Ok("service 0.000001 s, consult"),
        ),
        ("algorithm = \"sliding_log\"\nkeep_rejected = true\nsync = \"1 s\"\ninstances = 3", Ok("consult")),
        (
            "algorithm = \"sliding_counter\"\nstore = \"kept\"\natomicity = \"locked\"\nlock = { ttl = \"1 s\" }",
            Ok("consult"),
        ),
        (
            "algorithm = \"sliding_counter\"\nstore = \"local\"\ndeny = \"queue\"\nlongest_wait = \"1 s\"",
            Ok("consult"),
        ),
        (
            "algorithm = \"leaky\"",
            Err(error(
                13,
                "unknown choice `leaky` (did you mean `leaky_bucket`? valid choices: token_bucket, leaky_bucket, fixed_window, \
                 sliding_log, sliding_counter)",
            )),
        ),
        ("burst = 5\nalgorithm = \"fixed_window\"", Err(error(1, &only("burst", "a bucket")))),
        (
            "keep_rejected = true\nalgorithm = \"fixed_window\"",
            Err(error(1, &only("keep_rejected", "the algorithm `sliding_log`"))),
        ),
        ("burst = 0\nalgorithm = \"token_bucket\"", Err(error(9, "`burst` is from 1 to 1000000000, not 0"))),
        (
            "by = \"{user\"\nalgorithm = \"fixed_window\"",
            Err(error(6, "a `{` of this template is not closed")),
        ),
        (
            "by = \"{ip}\"\nalgorithm = \"fixed_window\"",
            Err(error(
                6,
                "unknown field `ip` in `by` (valid fields: user, key, operation, caller, address, place)",
            )),
        ),
        (
            "soft = \"200 %\"\nalgorithm = \"fixed_window\"",
            Err(error(8, "a share lies between 0 % and 100 %")),
        ),
        (
            "operations = []\nalgorithm = \"fixed_window\"",
            Err(error(14, "a rule for no operations holds for nobody")),
        ),
        (
            "priorities = []\nalgorithm = \"fixed_window\"",
            Err(error(14, "a rule for no priorities holds for nobody")),
        ),
        (
            "priorities = [256]\nalgorithm = \"fixed_window\"",
            Err(error(15, "a priority is a whole number from 0 (the most urgent) to 255")),
        ),
        (
            "atomicity = \"none\"\nalgorithm = \"fixed_window\"",
            Err(error(1, &only("atomicity", "a `store`"))),
        ),
        (
            "on_store_failure = \"deny\"\nalgorithm = \"fixed_window\"",
            Err(error(1, &only("on_store_failure", "a `store`"))),
        ),
        (
            "lock = { retry = \"1 ms\" }\nstore = \"kept\"\nalgorithm = \"fixed_window\"",
            Err(error(1, &only("lock", "`atomicity = \"locked\"`"))),
        ),
        (
            "lock = { retry = \"0 s\" }\nstore = \"kept\"\natomicity = \"locked\"\nalgorithm = \"fixed_window\"",
            Err(error(18, "`retry` is longer than 0 s")),
        ),
        (
            "sync = \"1 s\"\nstore = \"kept\"\nalgorithm = \"fixed_window\"",
            Err(error(1, &only("sync", "`store = \"local\"`"))),
        ),
        ("sync = \"0 s\"\nalgorithm = \"fixed_window\"", Err(error(8, "`sync` is longer than 0 s"))),
        (
            "longest_wait = \"1 s\"\nalgorithm = \"fixed_window\"",
            Err(error(1, &only("longest_wait", "`deny = \"queue\"`"))),
        ),
        (
            "deny = \"queue\"\nalgorithm = \"leaky_bucket\"",
            Err(error(
                8,
                "a `leaky_bucket` is a queue by itself: who does not fit into it cannot wait in another (give it a larger `burst`)",
            )),
        ),
        (
            "deny = \"queue\"\nstore = \"kept\"\nalgorithm = \"fixed_window\"",
            Err(error(
                8,
                "nobody waits for a permit that is kept in a `store`: it does not tell when there is one",
            )),
        ),
        (
            "targets = []\nalgorithm = \"fixed_window\"",
            Err(error(
                11,
                "[rate_limiter.it] needs a component in `targets` (without `targets` it answers `check` and forwards nothing)",
            )),
        ),
        (
            "targets = [\"a\", \"a\"]\nalgorithm = \"fixed_window\"",
            Err(error(17, "`a` is among the targets already")),
        ),
        (
            "rules = [ { algorithm = \"fixed_window\" } ]",
            Err("x:3:1: error: `limit` stands in each of `rules`, not beside them\n".to_owned()),
        ),
    ] {
        let found = read::<RateLimiterBlueprint>(&format!("{toml}\n{WINDOW}"));
        assert_eq!(
            found.map(|limiter| outline(&limiter.lines(CHECK))),
            expected.map(str::to_owned),
            "{toml}"
        );
    }
}

#[test]
fn rules_and_what_is_said_about_them() {
    let rule = |more: &str| format!("{{ algorithm = \"sliding_log\", limit = 2, window = \"1 s\"{more} }}");
    for (rules, expected) in [
        (rule(", by = \"{user}\", operations = [\"read\"]") + ", " + &rule(", priorities = [3]"), Ok(2)),
        (String::new(), Err(error(9, "there are from 1 to 100 `rules`, not 0"))),
        (
            "{ limit = 2 }".to_owned(),
            Err("x:2:11: error: a rule needs the key `algorithm`\nx:2:11: error: a rule needs the key `window`\n".to_owned()),
        ),
        (
            "{ algorithm = \"sliding_log\", limit = 0, window = \"0 s\" }".to_owned(),
            Err("x:2:48: error: `limit` is from 1 to 1000000000, not 0\n\
                 x:2:60: error: a `window` is longer than 0 s and not above 100 year\n"
                .to_owned()),
        ),
        (
            rule("") + ", { algorithm = \"leaky_bucket\", limit = 2, window = \"1 s\" }",
            Err(error(
                69,
                "a `leaky_bucket` holds back what it lets through: it cannot be one of several rules \
                 (put one limiter in front of another)",
            )),
        ),
    ] {
        let toml = format!("rules = [ {rules} ]");
        assert_eq!(read::<RateLimiterBlueprint>(&toml).map(|limiter| limiter.rules.len()), expected, "{toml}");
    }
    let limiter =
        read::<RateLimiterBlueprint>("algorithm = \"token_bucket\"\nlimit = 7\nwindow = \"1 s\"\nsoft = 0.5")
            .unwrap();
    assert_eq!((limiter.rules[0].room, limiter.rules[0].hard), (7, 10));
    assert_eq!(
        (outline(&limiter.lines("read")), limiter.is_idempotent(CHECK)),
        ("consult, forward".to_owned(), false)
    );
}

#[test]
fn each_has_a_counter_of_its_own() {
    // by, then who is let through of: user 1, user 1 again, user 2, user 1 about another key, user 1 from elsewhere for another caller
    for (by, expected) in [
        ("", [true, false, false, false, false]),
        ("everybody", [true, false, false, false, false]),
        ("{user}", [true, false, true, false, false]),
        ("{key}", [true, false, false, true, false]),
        ("{caller}", [true, false, false, false, true]),
        ("{address}", [true, false, false, false, true]),
        ("{user} {caller}", [true, false, true, false, true]),
        ("{user}{key}", [true, false, true, true, false]),
        ("{operation}", [true, false, false, false, false]),
    ] {
        let toml = format!("algorithm = \"sliding_log\"\nlimit = 1\nwindow = \"10 s\"\nby = \"{by}\"");
        let mut scene = scene(&toml, 1);
        let visits = [(1, 5, 0), (1, 5, 0), (2, 5, 0), (1, 6, 0), (1, 5, 9)].map(|(user, key, caller)| {
            scene.caller = InstanceId(caller);
            scene.luggage.asker = if by.contains("address") { 0 } else { u64::from(caller) };
            scene.visit(0, CHECK, &mut Request { user, ..request(key) }) == Verdict::GoOn
        });
        assert_eq!(visits, expected, "by {by}");
    }
}

#[test]
fn all_rules_must_agree_and_none_is_paid_in_vain() {
    let rules = "rules = [ { algorithm = \"token_bucket\", limit = 10, window = \"10 s\", burst = 3 }, \
                 { algorithm = \"sliding_log\", limit = 1, window = \"4 s\", by = \"{user}\" }, \
                 { algorithm = \"fixed_window\", limit = 1, window = \"100 s\", priorities = [7] } ]";
    let mut scene = scene(rules, 1);
    let mut ask = |second: u64, user, priority| {
        scene.now = Time(second * SECOND);
        scene.visit(0, CHECK, &mut Request { user, priority, ..request(0) })
    };
    let after = |seconds: u64| Verdict::Deny(Span(seconds * SECOND));
    assert_eq!([ask(0, 1, 0), ask(0, 1, 0), ask(0, 1, 0)], [Verdict::GoOn, after(4), after(4)]);
    // What the second rule turned away has cost no token of the first.
    assert_eq!([ask(0, 2, 7), ask(0, 3, 0), ask(0, 4, 0)], [Verdict::GoOn, Verdict::GoOn, after(1)]);
    assert_eq!([ask(1, 5, 7), ask(1, 6, 0)], [after(99), Verdict::GoOn]);
    assert_eq!(scene.counted(), [4, 4, 0, 0]);
}

#[test]
fn a_leaky_bucket_holds_back() {
    let mut scene = scene("algorithm = \"leaky_bucket\"\nlimit = 1\nwindow = \"2 s\"\nburst = 2", 1);
    let visits: Vec<Verdict> = (0..4).map(|_| scene.visit(0, CHECK, &mut request(0))).collect();
    let hold = |seconds: u64| Verdict::GoOnAfter(Span(seconds * SECOND));
    assert_eq!(visits, [Verdict::GoOn, hold(2), hold(4), Verdict::Deny(Span(2 * SECOND))]);
    assert_eq!(scene.times(GAP).min(), Some(2 * SECOND), "they pass 2 s apart");
    assert_eq!((scene.state.level(SHORTEST), scene.state.level(MOST)), (Some(2.0), Some(1.0)));
}

#[test]
fn what_counters_take() {
    // algorithm, bytes of a counter at the end and at the most, after three let through and one turned away
    for (algorithm, now, most) in [
        ("token_bucket", 16.0, 16.0),
        ("fixed_window", 8.0, 8.0),
        ("sliding_counter", 16.0, 16.0),
        ("sliding_log", 24.0, 24.0),
        ("sliding_log\"\nkeep_rejected = true\nby = \"x", 32.0, 32.0),
        ("leaky_bucket", 24.0, 24.0),
    ] {
        let mut scene = scene(&format!("algorithm = \"{algorithm}\"\nlimit = 3\nwindow = \"10 s\""), 1);
        for _ in 0..3 {
            scene.visit(0, CHECK, &mut request(0));
        }
        if algorithm != "leaky_bucket" {
            scene.visit(0, CHECK, &mut request(0));
        }
        let levels = [KEYS, MEMORY, LARGEST].map(|figure| scene.state.level(figure));
        assert_eq!(levels, [Some(1.0), Some(now), Some(most)], "{algorithm}");
    }
}

#[test]
fn windows_begin_with_the_measured_time() {
    let rule = &read::<RateLimiterBlueprint>("algorithm = \"fixed_window\"\nlimit = 2\nwindow = \"10 s\"")
        .unwrap()
        .rules[0];
    for (start, now, expected) in [(0, 7, 7), (25, 25, 30), (25, 34, 39), (30, 31, 31)] {
        assert_eq!(rule.instant(Time(now * SECOND), Time(start * SECOND)), expected * SECOND);
    }
}

#[test]
fn a_crash_forgets_what_an_instance_has_counted() {
    let mut scene = scene(&format!("algorithm = \"fixed_window\"\n{WINDOW}\ndeny = \"queue\""), 2);
    scene.visitor = RequestId { index: 5, generation: 0 };
    let visits: Vec<Verdict> = [0, 0, 0, 1].map(|at| scene.visit(at, CHECK, &mut request(0))).to_vec();
    assert_eq!(visits, [Verdict::GoOn, Verdict::GoOn, Verdict::Park, Verdict::GoOn]);
    assert_eq!(scene.wanted(), "wake 0 after 10000000000 as 0");
    scene.touch(|state, context| state.change(0, Change::Down(crate::fault::Disk::Kept), context));
    assert_eq!(scene.state.level(KEYS), Some(1.0), "the other instance has its own");
    assert_eq!(scene.visit(0, CHECK, &mut request(0)), Verdict::GoOn);
    scene.now = Time(10 * SECOND);
    scene.touch(|state, context| state.wake(0, 0, context));
    assert_eq!(scene.wanted(), "", "who waited there is gone");
}

#[test]
fn the_first_in_line_is_let_in_when_there_is_a_permit() {
    let mut scene = scene(
        "algorithm = \"sliding_log\"\nlimit = 1\nwindow = \"4 s\"\ndeny = \"queue\"\nlongest_wait = \"6 s\"",
        1,
    );
    for index in 0..3 {
        scene.visitor = RequestId { index, generation: 0 };
        scene.visit(0, CHECK, &mut request(0));
    }
    assert_eq!(scene.wanted(), "wake 0 after 4000000000 as 0");
    scene.now = Time(4 * SECOND);
    scene.touch(|state, context| state.wake(0, 0, context));
    assert_eq!(scene.wanted(), "settle 1: GoOn, wake 0 after 2000000000 as 1", "the third waits up to 6 s");
    scene.now = Time(6 * SECOND);
    scene.touch(|state, context| state.wake(0, 1, context));
    assert_eq!(scene.wanted(), "settle 2: Deny(Span(2000000000))");
    assert_eq!(scene.counted(), [2, 1, 0, 0]);
    assert!(outcome::ALL[outcome::DENIED.index()].word == "denied");
}
