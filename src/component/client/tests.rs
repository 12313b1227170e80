//! Tables of clients, good and bad.

use super::*;
use crate::scenario::{Diagnostics, Estimates, Sources, Value, parse};
use crate::workload::{Herd, Profile};

/// What the lines of a client's table give, or the errors.
fn read(lines: &str) -> Result<ClientBlueprint, String> {
    let (mut sources, mut diagnostics) = (Sources::new(), Diagnostics::new());
    let text = format!("[client.visitors]\n{lines}\n[estimate]\nread_rate = \"10 /s\"\n");
    let root = parse(&mut sources, "x", &text, &mut diagnostics).unwrap();
    let table_of = |table: &crate::scenario::Table, name: &str| match &table.get(name).unwrap().value {
        Value::Table(table) => table.clone(),
        _ => panic!("a table"),
    };
    let estimates = Estimates::read(&table_of(&root, "estimate"), &mut diagnostics);
    let table = table_of(&table_of(&root, "client"), "visitors");
    let mut reading = Reading {
        name: "visitors",
        location: table.location,
        spec: &ClientBlueprint::SPEC,
        table: &table,
        reader: &mut Reader::new(&mut diagnostics, &estimates),
        instances: 1,
    };
    let blueprint = ClientBlueprint::read(&mut reading);
    match diagnostics.has_errors() {
        true => Err(diagnostics.lines(&sources)),
        false => Ok(blueprint.expect("without an error there is a blueprint")),
    }
}

/// The one error of a client with this line beside what every client has.
fn line_error(line: &str) -> String {
    let lines = format!("{line}\narrivals = {{ poisson = \"1 /s\" }}\nrequest = \"edge.get\"");
    let errors = read(&lines).unwrap_err();
    let error = errors.strip_prefix("x:").and_then(|error| error.strip_suffix('\n')).unwrap();
    assert!(!error.contains('\n'), "more than one error: {errors}");
    error.replacen(" error:", "", 1)
}

#[test]
fn open_arrivals() {
    let size = Distribution::geometric(3.0).unwrap();
    let ramp = Profile::linear(&[(0.0, 1.0), (60.0, 5.0)]).unwrap();
    let herds = vec![
        Herd { at: -1.0, count: 100, every: None },
        Herd { at: 2.0, count: 10_000_000, every: Some(0.009) },
    ];
    for (toml, expected) in [
        ("{ poisson = \"11.6 k/s\" }", OpenArrivals::poisson(11_600.0, Profile::FLAT)),
        ("{ poisson = \"= 2 * read_rate\" }", OpenArrivals::poisson(20.0, Profile::FLAT)),
        ("{ poisson = \"1 T/s\" }", OpenArrivals::poisson(1e12, Profile::FLAT)),
        ("{ even = \"5 /s\", profile = \"diurnal\" }", OpenArrivals::even(5.0, Profile::DIURNAL)),
        (
            "{ poisson = \"5 /s\", profile = [[\"0 s\", 1.0], [\"60 s\", 5]] }",
            OpenArrivals::poisson(5.0, ramp.clone()),
        ),
        (
            "{ bursty = { rates = [\"1 /s\", \"0 /s\"], stay = [\"2 s\", \"1 min\"] } }",
            OpenArrivals::bursty(vec![1.0, 0.0], vec![2.0, 60.0], Profile::FLAT),
        ),
        (
            "{ batch = { rate = \"2 /s\", size = { geometric = 3 } }, profile = [[\"0 s\", 1], [\"60 s\", 5]] }",
            OpenArrivals::batch(2.0, size, ramp),
        ),
        (
            "{ batches = [{ at = \"-1 s\", count = 100 }, { at = \"2 s\", count = \"10 M\", every = \"9 ms\" }] }",
            OpenArrivals::herds(herds),
        ),
    ] {
        let blueprint = read(&format!("arrivals = {toml}\nrequest = \"edge.get\"")).unwrap();
        let ClientSource::Open(arrivals) = blueprint.source else { panic!("{toml} is open") };
        assert_eq!(Ok(arrivals), expected, "{toml}");
    }
}

#[test]
fn a_closed_loop() {
    let toml = "arrivals = { users = \"20 k\", think = { exponential = \"60 s\" } }\nrequest = \"www.page\"";
    let blueprint = read(toml).unwrap();
    let ClientSource::Closed { users, think, think_text } = blueprint.source else { panic!("it is closed") };
    assert_eq!((users, think.mean(), think_text.as_str()), (20_000, Some(60.0), "exponential 60 s"));
    assert_eq!((blueprint.keys, blueprint.users, blueprint.sizes), (None, None, None));
    assert_eq!(blueprint.priority, 0);
}

#[test]
fn wrong_arrivals() {
    let laws = "poisson, even, bursty, batch, batches, users, trace";
    let keys = format!("{laws}, profile, think");
    let points = "(as in [[\"0 s\", 1.0], [\"60 s\", 5.0]])";
    for (toml, expected) in [
        ("\"5 /s\"", "2:12: a table is needed here, not a text (as in { poisson = \"100 /s\" })".to_owned()),
        ("{}", format!("2:12: arrivals need a law (valid laws: {laws})")),
        ("{ profile = \"diurnal\" }", format!("2:12: arrivals need a law (valid laws: {laws})")),
        (
            "{ poison = \"5 /s\" }",
            format!("2:14: unknown key `poison` in `arrivals` (did you mean `poisson`? valid keys: {keys})"),
        ),
        ("{ trace = 1 }", "2:22: a text is needed here, not a whole number".to_owned()),
        (
            "{ trace = \"a.csv\", profile = \"diurnal\" }",
            "2:31: `profile` does not go with `trace` (it goes with poisson, even, bursty, batch)".to_owned(),
        ),
        (
            "{ poisson = \"5 /s\", even = \"5 /s\" }",
            "2:32: arrivals have one law, not `poisson` and `even`".to_owned(),
        ),
        (
            "{ poisson = \"5 /s\", think = \"5 s\" }",
            "2:32: `think` does not go with `poisson` (it goes with users)".to_owned(),
        ),
        (
            "{ users = 5, think = \"5 s\", profile = \"diurnal\" }",
            "2:40: `profile` does not go with `users` (it goes with poisson, even, bursty, batch)".to_owned(),
        ),
        (
            "{ poisson = 5 }",
            "2:24: a rate needs a unit: /s, /min, /h, /day, as in \"100 /s\", \"11.6 k/s\", \"100 M/day\" (write \"5 /s\")"
                .to_owned(),
        ),
        ("{ even = \"-5 /s\" }", "2:21: a rate cannot be negative".to_owned()),
        ("{ even = \"0 /s\" }", "2:21: a rate of arrivals must be positive and finite, is 0 /s".to_owned()),
        ("{ even = \"1 E/s\" }", "2:21: a rate of arrivals is at most 10^12 /s, this is 1 E/s".to_owned()),
        (
            "{ poisson = \"800 G/s\", profile = \"diurnal\" }",
            "2:45: a rate of arrivals is at most 10^12 /s, this is 1.6 T/s".to_owned(),
        ),
        (
            "{ poisson = \"1 G/s\", profile = [[\"0 s\", 2000]] }",
            "2:52: a rate of arrivals is at most 10^12 /s, this is 2 T/s".to_owned(),
        ),
        (
            "{ poisson = \"1 /s\", profile = \"daily\" }",
            "2:42: unknown choice `daily` (valid choices: diurnal)".to_owned(),
        ),
        (
            "{ poisson = \"1 /s\", profile = 2 }",
            format!("2:42: \"diurnal\" or an array of points is needed here, not a whole number {points}"),
        ),
        (
            "{ poisson = \"1 /s\", profile = [\"0 s\", 1.0] }",
            format!(
                "2:43: a point of a profile is [time, factor], not a text {points}\n\
                 x:2:50: error: a point of a profile is [time, factor], not a number {points}"
            ),
        ),
        (
            "{ poisson = \"1 /s\", profile = [[\"0 s\"]] }",
            format!("2:43: a point of a profile is [time, factor], this has 1 elements {points}"),
        ),
        ("{ poisson = \"1 /s\", profile = [] }", "2:42: a profile needs at least one point".to_owned()),
        (
            "{ poisson = \"1 /s\", profile = [[\"5 s\", 1], [\"2 s\", 1]] }",
            "2:42: the times of a profile must ascend, 2 s comes after 5 s".to_owned(),
        ),
        ("{ users = 5 }", "2:12: `users` needs the key `think`".to_owned()),
        (
            "{ users = 0, think = \"5 s\" }",
            "2:22: a whole number from 1 to 10 M is needed here, this is 0".to_owned(),
        ),
        (
            "{ users = \"20 M\", think = \"5 s\" }",
            "2:22: a whole number from 1 to 10 M is needed here, this is 20000000".to_owned(),
        ),
        ("{ bursty = { rates = [\"1 /s\"] } }", "2:23: `bursty` needs the key `stay`".to_owned()),
        (
            "{ bursty = { rates = [\"1 /s\"], stay = [] } }",
            "2:23: `rates` and `stay` must have the same number of entries, at least one; they have 1 and 0"
                .to_owned(),
        ),
        (
            "{ bursty = { rates = [\"2 T/s\"], stay = [\"1 s\"] } }",
            "2:34: a rate of arrivals is at most 10^12 /s, this is 2 T/s".to_owned(),
        ),
        ("{ batch = { rate = \"1 /s\" } }", "2:22: `batch` needs the key `size`".to_owned()),
        (
            "{ batch = { rate = \"1 /s\", size = \"11 M\" } }",
            "2:46: a batch has a mean size of at most 10 M, this is 11 M".to_owned(),
        ),
        (
            "{ batch = { rate = \"1 /s\", size = { pareto = { min = 1, shape = 1 } } } }",
            "2:46: a batch has a mean size of at most 10 M, this has none".to_owned(),
        ),
        ("{ batches = [] }", "2:24: `batches` needs at least one batch".to_owned()),
        ("{ batches = [{ at = \"1 s\" }] }", "2:25: `batches` needs the key `count`".to_owned()),
        (
            "{ batches = [{ at = \"1 s\", count = 1, each = \"1 s\" }] }",
            "2:50: unknown key `each` in `batches` (valid keys: at, count, every)".to_owned(),
        ),
        (
            "{ batches = [{ at = \"1 s\", count = 1, every = \"0 s\" }] }",
            "2:24: `every` must be at least 1 ns, is 0 s".to_owned(),
        ),
        (
            "{ batches = [{ at = \"1 s\", count = \"10_000_001\" }] }",
            "2:47: a whole number from 1 to 10 M is needed here, this is 10000001".to_owned(),
        ),
    ] {
        let lines = format!("arrivals = {toml}\nrequest = \"edge.get\"");
        let found = read(&lines).unwrap_err();
        // A law without a mean is a lint besides.
        let found: String = found.split_inclusive('\n').filter(|line| line.contains(": error: ")).collect();
        let (place, message) = expected.split_once(": ").unwrap();
        assert_eq!(found, format!("x:{place}: error: {message}\n"), "{toml}");
    }
}

#[test]
fn what_is_asked_for() {
    let asking = |line: &str| read(&format!("arrivals = {{ even = \"1 /s\" }}\n{line}")).unwrap().asking;
    let Asking::Request(target) = asking("request = \"edge.redirect\"") else { panic!("a request") };
    assert_eq!(target.name, "edge.redirect");
    let Asking::Mix(mix) = asking("mix = { \"edge.save\" = 1, \"edge.page\" = 9.5 }") else {
        panic!("a mix")
    };
    let mix: Vec<(&str, f64)> = mix.iter().map(|(target, weight)| (target.name.as_str(), *weight)).collect();
    assert_eq!(mix, [("edge.page", 9.5), ("edge.save", 1.0)]);
    let Asking::Session(steps) = asking("session = [{ call = \"edge.page\" }, { wait = \"1 s\" }]") else {
        panic!("a session")
    };
    assert_eq!(steps.len(), 2);
    let target = "a target is `component.operation`, as in \"edge.redirect\"";
    for (line, expected) in [
        ("", "1:1: [client.visitors] needs one of the keys `request`, `mix` and `session`".to_owned()),
        (
            "mix = { \"a.b\" = 1 }\nrequest = \"a.b\"",
            "4:1: [client.visitors] has one of `request`, `mix` and `session`, not `mix` and `request`"
                .to_owned(),
        ),
        ("request = 5", "3:11: a text is needed here, not a whole number".to_owned()),
        ("request = \"edge\"", format!("3:11: {target}")),
        ("request = \"edge.\"", format!("3:11: {target}")),
        ("request = \"a.b.c\"", format!("3:11: {target}")),
        ("mix = {}", "3:7: a mix needs at least one target".to_owned()),
        ("mix = [\"a.b\"]", "3:7: a table is needed here, not an array".to_owned()),
        ("mix = { \"a.b\" = 0 }", "3:17: a weight is positive and at most 10^12, this is 0".to_owned()),
        (
            "mix = { \"a.b\" = 1e13 }",
            "3:17: a weight is positive and at most 10^12, this is 10000000000000".to_owned(),
        ),
        (
            "mix = { edge.page = 10, \"a\" = 1 }",
            format!(
                "3:9: a target of a mix stands in quotes, as in {{ \"edge.redirect\" = 10 }}\nx:3:25: error: {target}"
            ),
        ),
        ("session = []", "3:11: a session needs at least one step".to_owned()),
        ("session = { call = \"a.b\" }", "3:11: an array is needed here, not a table".to_owned()),
    ] {
        let found = read(&format!("arrivals = {{ even = \"1 /s\" }}\n{line}")).unwrap_err();
        let (place, message) = expected.split_once(": ").unwrap();
        assert_eq!(found, format!("x:{place}: error: {message}\n"), "{line}");
    }
}

#[test]
fn keys_and_users() {
    for (toml, expected) in [
        ("\"new\"", Ok(Keys::New)),
        ("{ count = \"100 k\" }", Keys::uniform(100_000)),
        ("{ count = \"1 M\", zipf = 1.0 }", Keys::zipf(1_000_000, 1.0)),
        ("{ count = 10, zipf = 0 }", Keys::uniform(10)),
        ("{ count = 1000, hot = { share = \"90 %\", keys = 10 } }", Keys::hot(1_000, 0.9, 10)),
    ] {
        let keys_only = format!("keys = {toml}\narrivals = {{ even = \"1 /s\" }}\nrequest = \"a.b\"");
        assert_eq!(read(&keys_only).unwrap().keys, expected.clone().ok(), "{toml}");
        let users_only = format!("users = {toml}\narrivals = {{ even = \"1 /s\" }}\nrequest = \"a.b\"");
        match expected {
            Ok(Keys::New) => assert!(read(&users_only).is_err()),
            _ => assert_eq!(read(&users_only).unwrap().users, expected.ok(), "{toml}"),
        }
    }
    let example = "(as in { count = \"1 M\", zipf = 1.0 })";
    for (line, expected) in [
        ("keys = \"old\"", format!("2:8: \"new\" or a table is needed here, not a text {example}")),
        ("users = \"10 k\"", format!("2:9: a table is needed here, not a text {example}")),
        (
            "users = \"new\"",
            "2:9: `users` cannot be \"new\" (without `users` every request is another user)".to_owned(),
        ),
        ("keys = { zipf = 1.0 }", "2:8: `keys` needs the key `count`".to_owned()),
        ("keys = { count = 0 }", "2:8: `count` of keys must be at least 1, is 0".to_owned()),
        ("keys = { count = \"1 E\" }", "2:18: a whole number from 0 to 2^53 is needed here".to_owned()),
        (
            "keys = { count = 5, zipf = -1 }",
            "2:8: the exponent of a zipf law must be finite and not negative, is -1".to_owned(),
        ),
        (
            "users = { count = 5, zipf = 1, hot = { share = 0.5, keys = 1 } }",
            "2:32: `users` has `zipf` or `hot`, not both".to_owned(),
        ),
        ("keys = { count = 5, hot = { share = 0.5 } }", "2:27: `hot` needs the key `keys`".to_owned()),
        (
            "keys = { count = 5, hot = { share = 1.5, keys = 1 } }",
            "2:37: a share lies between 0 % and 100 % (write \"1.5 %\")".to_owned(),
        ),
        (
            "keys = { count = 5, hot = { share = 0.5, keys = 5 } }",
            "2:8: the hot `keys` must be at least 1 and fewer than `count` = 5, are 5".to_owned(),
        ),
        (
            "keys = { recent = \"authors\", count = 1 }",
            "2:10: unknown key `recent` in `keys` (valid keys: count, zipf, hot, neighbour)".to_owned(),
        ),
    ] {
        assert_eq!(line_error(line), expected, "{line}");
    }
}

#[test]
fn sizes_and_priority() {
    let blueprint = read(
        "sizes = { lognormal = { mean = \"300 MB\", p99 = \"1 GB\" } }\npriority = 2\n\
         arrivals = { even = \"1 /s\" }\nrequest = \"a.b\"",
    );
    let blueprint = blueprint.unwrap();
    let mean = blueprint.sizes.and_then(|sizes| sizes.mean()).unwrap();
    assert!((mean / 300e6 - 1.0).abs() < 1e-9, "{mean}");
    assert_eq!(blueprint.priority, 2);
    for (line, expected) in [
        (
            "sizes = 100",
            "2:9: a size needs a unit: B, kB, MB, GB, TB, KiB, MiB, GiB, TiB, bit (write \"100 B\" or \"100 MB\")",
        ),
        ("priority = 256", "2:12: a priority is a whole number from 0, the most urgent, to 255"),
        ("priority = -1", "2:12: a whole number from 0 to 2^53 is needed here"),
    ] {
        assert_eq!(line_error(line), expected, "{line}");
    }
}

#[test]
fn all_errors_are_reported_at_once() {
    let errors = read("keys = 1\nusers = 1\nsizes = 1\npriority = 999\narrivals = { even = 1 }").unwrap_err();
    assert_eq!(errors.lines().count(), 6, "{errors}");
    assert!(read("request = \"a.b\"").unwrap_err().contains("[client.visitors] needs the key `arrivals`"));
}

#[test]
fn the_reference_names_every_key_and_none_that_is_not_built() {
    let keys: Vec<&str> = ClientBlueprint::SPEC.keys.iter().map(|key| key.name).collect();
    let expected = ["arrivals", "request", "mix", "session", "keys", "users", "sizes", "priority"];
    assert_eq!(keys, expected);
    assert!(ClientBlueprint::SPEC.keys.iter().all(|key| key.doc.ends_with('.') && !key.takes.is_empty()));
}
