//! Tables of laws, good and bad.

use super::super::estimate::Estimates;
use super::super::source::Sources;
use super::super::tree::parse;
use super::*;

/// What a reading of `a = TOML` gives, or its errors.
fn read<T>(toml: &str, reading: impl Fn(&mut Reader<'_>, &Node) -> Option<T>) -> Result<T, String> {
    let (mut sources, mut diagnostics) = (Sources::new(), Diagnostics::new());
    let text = format!("a = {toml}\n[estimate]\nlength = \"2 s\"\nn = 7");
    let root = parse(&mut sources, "x", &text, &mut diagnostics).unwrap();
    let Value::Table(table) = &root.get("estimate").unwrap().value else { panic!("a table") };
    let estimates = Estimates::read(table, &mut diagnostics);
    let result = reading(&mut Reader::new(&mut diagnostics, &estimates), root.get("a").unwrap());
    assert_eq!(result.is_none(), diagnostics.has_errors(), "{toml}");
    result.ok_or_else(|| diagnostics.lines(&sources))
}

fn duration(toml: &str) -> Result<Distribution, String> {
    read(toml, |reader, node| reader.duration(node))
}

#[test]
fn every_law_is_read_from_its_example() {
    // The means follow from the parameters of the examples.
    let means = [
        ("exponential", 0.005),
        ("uniform", 0.002),
        ("normal", 0.005),
        ("lognormal", 0.005),
        ("gamma", 0.005),
        ("erlang", 0.005),
        ("hyperexponential", 0.005),
        // scale · Γ(3).
        ("weibull", 0.010),
        // min · shape / (shape - 1).
        ("pareto", 0.001 * 2.5 / 1.5),
        // The middles of the pieces by their shares.
        ("quantiles", 0.5 * 0.001 + 0.4 * 0.003_5 + 0.09 * 0.012_5 + 0.01 * 0.060),
        ("geometric", 4.0),
        ("poisson", 4.0),
    ];
    assert_eq!(LAWS.iter().map(|law| law.name).collect::<Vec<_>>(), means.map(|(name, _)| name));
    for (law, (name, mean)) in LAWS.iter().zip(means) {
        let found = match law.gives {
            Gives::Anything => duration(law.example),
            Gives::Counts => read(law.example, |reader, node| reader.counts(node)),
        };
        let found = found.unwrap().mean().unwrap();
        assert!((found / mean - 1.0).abs() < 1e-6, "{name}: {found}, not {mean}");
        assert!(law.example.contains(&format!("{{ {name} = ")) && law.doc.ends_with('.'), "{name}");
    }
}

#[test]
fn constants_sizes_and_counts() {
    for (toml, dimension, mean) in [
        ("\"5 ms\"", Dimension::TIME, 0.005),
        ("\"0 s\"", Dimension::TIME, 0.0),
        ("\"= 3 * length\"", Dimension::TIME, 6.0),
        ("{ exponential = \"= length / 4\" }", Dimension::TIME, 0.5),
        ("{ normal = { mean = \"1 s\", sd = \"0 s\" } }", Dimension::TIME, 1.0),
        ("{ lognormal = { median = \"2 ms\", p99 = \"2 ms\" } }", Dimension::TIME, 0.002),
        ("{ pareto = { min = \"1 B\", shape = 1, max = \"1 kB\" } }", Dimension::BYTES, 6.914_669_948),
        ("\"1 kB\"", Dimension::BYTES, 1_000.0),
        ("2.5", Dimension::NONE, 2.5),
        ("{ uniform = [1, 3] }", Dimension::NONE, 2.0),
        ("{ gamma = { mean = 3, cv = \"50 %\" } }", Dimension::NONE, 3.0),
    ] {
        let found = read(toml, |reader, node| reader.law(node, dimension)).unwrap().mean().unwrap();
        assert!((found - mean).abs() <= 1e-9 * mean, "{toml}: {found}, not {mean}");
    }
    for (toml, mean) in [
        ("3", 3.0),
        ("\"10 k\"", 10_000.0),
        ("\"= n\"", 7.0),
        ("{ geometric = 1 }", 1.0),
        ("{ uniform = [0, 9] }", 4.5),
    ] {
        let found = read(toml, |reader, node| reader.counts(node)).unwrap().mean();
        assert_eq!(found, Some(mean), "{toml}");
    }
}

#[test]
fn a_mean_that_does_not_exist_is_no_error() {
    assert_eq!(duration("{ pareto = { min = \"1 ms\", shape = 1 } }").unwrap().mean(), None);
}

#[test]
fn what_is_wrong_is_said_at_its_place() {
    let laws = "exponential, uniform, normal, lognormal, gamma, erlang, hyperexponential, weibull, \
                pareto, quantiles";
    for (toml, expected) in [
        ("5", "1:5: error: a duration needs a unit: ns, us, ms, s, min, h, day".to_owned()),
        ("true", "1:5: error: a duration is needed here, not a boolean".to_owned()),
        ("\"-1 ms\"", "1:5: error: a duration cannot be negative".to_owned()),
        (
            "\"100 year\"",
            "1:5: error: a duration of 36500 day is too large (at most 10^9 s, which are about 31 years)"
                .to_owned(),
        ),
        (
            "{ exponential = \"5 /s\" }",
            "1:21: error: a duration is needed here, but this is a rate (units: ns, us, ms, s, min, h, day)"
                .to_owned(),
        ),
        (
            "{ exponential = 5 }",
            "1:21: error: a duration needs a unit: ns, us, ms, s, min, h, day".to_owned(),
        ),
        ("{ exponential = \"0 s\" }", "1:21: error: `mean` must be positive, is 0".to_owned()),
        (
            "{ exponental = \"5 ms\" }",
            format!("1:7: error: unknown law `exponental` (did you mean `exponential`? valid laws: {laws})"),
        ),
        ("{ mixture = [] }", format!("1:7: error: unknown law `mixture` (valid laws: {laws})")),
        (
            "{ poisson = 3 }",
            format!("1:7: error: `poisson` gives counts, but a duration is needed here (valid laws: {laws})"),
        ),
        ("{}", format!("1:5: error: a distribution needs a law (valid laws: {laws})")),
        (
            "{ exponential = \"5 ms\", uniform = [\"1 ms\", \"2 ms\"] }",
            "1:29: error: a distribution has one law, not `exponential` and `uniform`".to_owned(),
        ),
        (
            "{ exponential = { mean = \"5 ms\" } }",
            "1:21: error: `exponential` is followed by VALUE, not by a table \
             (as in { exponential = \"5 ms\" })"
                .to_owned(),
        ),
        (
            "{ gamma = \"5 ms\" }",
            "1:15: error: `gamma` is followed by { mean = VALUE, cv = NUMBER }, not by a text \
             (as in { gamma = { mean = \"5 ms\", cv = 0.5 } })"
                .to_owned(),
        ),
        (
            "{ uniform = [\"1 ms\"] }",
            "1:17: error: `uniform` needs [VALUE, VALUE] and nothing else".to_owned(),
        ),
        (
            "{ uniform = [\"2 ms\", \"1 ms\"] }",
            "1:17: error: `high` must be at least `low` = 0.002, is 0.001".to_owned(),
        ),
        ("{ normal = { mean = \"5 ms\" } }", "1:16: error: `normal` needs the key `sd`".to_owned()),
        (
            "{ normal = { mean = \"5 ms\", sd = \"1 ms\", p99 = \"2 ms\" } }",
            "1:46: error: unknown key `p99` in `normal` (valid keys: mean, sd)".to_owned(),
        ),
        (
            "{ lognormal = { p99 = \"2 ms\" } }",
            "1:19: error: `lognormal` needs one of `median` and `mean`, beside `p99`".to_owned(),
        ),
        (
            "{ lognormal = { mean = \"1 s\", p99 = \"20 s\" } }",
            "1:19: error: `p99` of a lognormal must be at most 14.96 times `mean` = 14.96, is 20".to_owned(),
        ),
        (
            "{ erlang = { mean = \"1 ms\", stages = \"1 M\" } }",
            "1:16: error: `stages` must be from 1 to 1000, is 1000000".to_owned(),
        ),
        (
            "{ erlang = { mean = \"1 ms\", stages = 0.5 } }",
            "1:42: error: a whole number from 0 to 2^53 is needed here".to_owned(),
        ),
    ] {
        assert_eq!(duration(toml), Err(format!("x:{expected}\n")), "{toml}");
    }
}

#[test]
fn what_is_wrong_with_sizes_and_counts() {
    let sizes = |reader: &mut Reader<'_>, node: &Node| reader.law(node, Dimension::BYTES);
    let counts = |reader: &mut Reader<'_>, node: &Node| reader.counts(node);
    let error = |message: &str| Err(format!("x:1:5: error: {message}\n"));
    assert_eq!(read("\"1 EB\"", sizes), error("a size of 1 EB is too large (at most 2^53 B)"));
    assert_eq!(read("-1", counts), error("a whole number from 0 to 2^53 is needed here"));
    assert_eq!(read("0.5", counts), error("a whole number from 0 to 2^53 is needed here"));
    let message = "`mean` must be at least 1 for a geometric count, which starts at 1, is 0.5";
    assert_eq!(read("{ geometric = 0.5 }", counts), Err(format!("x:1:19: error: {message}\n")));
    let message = "a plain number is needed here, but this is a duration \
                   (units: none; k, M, G, % may follow the number)";
    assert_eq!(read("{ exponential = \"1 s\" }", counts), Err(format!("x:1:21: error: {message}\n")));
    let message = "a plain number of 1 E is too large (at most 2^53)";
    assert_eq!(read("{ poisson = 1e18 }", counts), Err(format!("x:1:17: error: {message}\n")));
}

#[test]
fn laws_as_a_listing_shows_them() {
    for (toml, expected) in [
        ("\" 5  ms\"", "5 ms"),
        ("\"= 2 * length\"", "4 s"),
        ("3", "3"),
        ("2.5", "2.5"),
        ("{ exponential = \"0.5 ms\" }", "exponential 0.5 ms"),
        ("{ uniform = [\"1 ms\", \"3 ms\"] }", "uniform 1 ms to 3 ms"),
        ("{ lognormal = { p99 = \"20 ms\", median = \"2 ms\" } }", "lognormal median 2 ms, p99 20 ms"),
        ("{ gamma = { mean = \"= length\", cv = 0.5 } }", "gamma mean 2 s, cv 0.5"),
        ("{ geometric = 4 }", "geometric 4"),
    ] {
        assert_eq!(read(toml, |reader, node| Some(reader.source_text(node))).unwrap(), expected);
    }
}
