//! Tables of laws, good and bad.

use super::super::estimate::Estimates;
use super::super::source::Sources;
use super::super::tree::parse;
use super::*;
use crate::files::FileMap;
use std::sync::Arc;

/// What stands beside the scenario.
const FILES: [(&str, &str); 12] = [
    ("times.csv", "ms\n1\n\n 2.5 \n5.5\r\n"),
    ("sizes.csv", "KiB\n1\n3\n"),
    ("numbers.csv", "number\n0\n1\n1\n"),
    ("empty.csv", ""),
    ("no_values.csv", "ms\n"),
    ("no_header.csv", "1\n2\n"),
    ("two_columns.csv", "ms,s\n1,2\n"),
    ("other_unit.csv", "kB\n1\n"),
    ("two_units.csv", "h 30 min\n1\n"),
    ("bad.csv", "ms\n-1\nfast\n1, 2\nNaN\n1\n"),
    ("long.csv", "year\n100\n"),
    ("exponent.csv", "us\n1e3\n"),
];

/// What a reading of `a = TOML` gives, or its errors.
fn read<T>(toml: &str, reading: impl Fn(&mut Reader<'_>, &Node) -> Option<T>) -> Result<T, String> {
    let (mut sources, mut diagnostics) = (Sources::new(), Diagnostics::new());
    let text = format!("a = {toml}\n[estimate]\nlength = \"2 s\"\nn = 7");
    let root = parse(&mut sources, "x", &text, &mut diagnostics).unwrap();
    let Value::Table(table) = &root.get("estimate").unwrap().value else { panic!("a table") };
    let estimates = Estimates::read(table, &mut diagnostics);
    let mut files = FileMap::default();
    FILES.iter().for_each(|(name, content)| files.insert(name, content.as_bytes()));
    let beside = Beside::new(Arc::new(files));
    let mut reader = Reader::new(&mut diagnostics, &estimates).with(&beside);
    let result = reading(&mut reader, root.get("a").unwrap());
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
        ("empirical", 0.003),
        ("mixture", 0.9 * 0.001 + 0.1 * 0.020),
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
                pareto, quantiles, empirical, mixture";
    for (toml, expected) in [
        (
            "5",
            "1:5: error: a duration needs a unit: ns, us, ms, s, min, h, day (write \"5 ms\" or \"5 s\")"
                .to_owned(),
        ),
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
            "1:21: error: a duration needs a unit: ns, us, ms, s, min, h, day (write \"5 ms\" or \"5 s\")"
                .to_owned(),
        ),
        ("{ exponential = \"0 s\" }", "1:21: error: `mean` must be positive, is 0 s".to_owned()),
        (
            "{ exponental = \"5 ms\" }",
            format!("1:7: error: unknown law `exponental` (did you mean `exponential`? valid laws: {laws})"),
        ),
        (
            "{ mixture = [] }",
            "1:17: error: the shares of a mixture must add up to 1, they add up to 0".to_owned(),
        ),
        (
            "{ mixture = [ { share = 0.5, of = \"1 s\" }, { share = \"25 %\", of = \"2 s\" } ] }",
            "1:17: error: the shares of a mixture must add up to 1, they add up to 0.75".to_owned(),
        ),
        (
            "{ mixture = [ { share = 0, of = \"1 s\" }, { share = 1, of = \"2 s\" } ] }",
            "1:17: error: `share` must be positive, is 0".to_owned(),
        ),
        (
            "{ mixture = { share = 1, of = \"1 s\" } }",
            "1:17: error: `mixture` is followed by [{ share = SHARE, of = VALUES }, ..], not by a table \
             (as in { mixture = [ { share = \"90 %\", of = \"1 ms\" }, \
             { share = \"10 %\", of = { exponential = \"20 ms\" } } ] })"
                .to_owned(),
        ),
        (
            "{ mixture = [ { share = 1.5, of = { exponental = \"1 s\" } }, { of = \"1 B\" }, 3, { share = 1, of = \"1 s\", at = 3 } ] }",
            format!(
                "1:29: error: a share lies between 0 % and 100 % (write \"1.5 %\")\n\
                 x:1:41: error: unknown law `exponental` (did you mean `exponential`? valid laws: {laws})\n\
                 x:1:65: error: a part of a `mixture` needs the key `share`\n\
                 x:1:72: error: a duration is needed here, but this is a size (units: ns, us, ms, s, min, h, day)\n\
                 x:1:81: error: a table is needed here, not a whole number\n\
                 x:1:109: error: unknown key `at` in a part of a `mixture` (valid keys: share, of)"
            ),
        ),
        (
            "{ empirical = 5 }",
            "1:19: error: `empirical` is followed by FILE, not by a whole number \
             (as in { empirical = \"times.csv\" })"
                .to_owned(),
        ),
        (
            "{ empirical = \"empty.csv\" }",
            "1:19: error: empty.csv:1:1: the file is empty \
             (the first line names the unit of the values, as in `ms`)"
                .to_owned(),
        ),
        (
            "{ empirical = \"no_values.csv\" }",
            "1:19: error: no_values.csv has no values behind its first line".to_owned(),
        ),
        (
            "{ empirical = \"no_header.csv\" }",
            "1:19: error: no_header.csv:1:1: `1` is no unit of a duration \
             (the first line names the unit of the values, as in `ms`; units: ns, us, ms, s, min, h, day)"
                .to_owned(),
        ),
        (
            "{ empirical = \"two_units.csv\" }",
            "1:19: error: two_units.csv:1:1: `h 30 min` is no unit of a duration \
             (the first line names the unit of the values, as in `ms`; units: ns, us, ms, s, min, h, day)"
                .to_owned(),
        ),
        (
            "{ empirical = \"other_unit.csv\" }",
            "1:19: error: other_unit.csv:1:1: `kB` is no unit of a duration \
             (the first line names the unit of the values, as in `ms`; units: ns, us, ms, s, min, h, day)"
                .to_owned(),
        ),
        (
            "{ empirical = \"two_columns.csv\" }",
            "1:19: error: two_columns.csv:1:4: this line has 2 fields, and one is expected".to_owned(),
        ),
        (
            "{ empirical = \"bad.csv\" }",
            "1:19: error: bad.csv:2:1: a duration cannot be negative, and `-1` is\n\
             x:1:19: error: bad.csv:3:1: a value is a number, not `fast`\n\
             x:1:19: error: bad.csv:4:4: this line has 2 fields, and one is expected\n\
             x:1:19: error: bad.csv:5:1: a value is a number, not `NaN`"
                .to_owned(),
        ),
        (
            "{ empirical = \"long.csv\" }",
            "1:19: error: long.csv:2:1: a duration of 100 year is too large".to_owned(),
        ),
        (
            "{ empirical = \"none.csv\" }",
            format!("1:19: error: cannot read none.csv: it is not among the files given: {}", {
                let mut names = FILES.map(|(name, _)| name);
                names.sort_unstable();
                names.join(", ")
            }),
        ),
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
            "1:17: error: `high` must be at least `low` = 2 ms, is 1 ms".to_owned(),
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
            "1:19: error: `p99` of a lognormal must be at most 14.96 times `mean` = 14.96 s, is 20 s"
                .to_owned(),
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
fn files_have_values_of_all_dimensions() {
    for (toml, dimension, mean) in [
        ("{ empirical = \"times.csv\" }", Dimension::TIME, 0.003),
        ("{ empirical = \"exponent.csv\" }", Dimension::TIME, 0.001),
        ("{ empirical = \"sizes.csv\" }", Dimension::BYTES, 2_048.0),
        ("{ empirical = \"numbers.csv\" }", Dimension::NONE, 2.0 / 3.0),
    ] {
        let found = read(toml, |reader, node| reader.law(node, dimension)).unwrap().mean().unwrap();
        assert!((found - mean).abs() < 1e-12, "{toml}: {found}, not {mean}");
    }
    let sizes = |reader: &mut Reader<'_>, node: &Node| reader.law(node, Dimension::BYTES);
    let message = "`ms` is no unit of a size (the first line names the unit of the values, as in `kB`; \
                   units: B, kB, MB, GB, TB, KiB, MiB, GiB, TiB, bit)";
    let expected = Err(format!("x:1:19: error: times.csv:1:1: {message}\n"));
    assert_eq!(read("{ empirical = \"times.csv\" }", sizes), expected);
    let counts = |reader: &mut Reader<'_>, node: &Node| reader.counts(node);
    let message = "plain numbers are needed here, not values in `ms` \
                   (the first line names the unit of the values, as in `number`)";
    let expected = Err(format!("x:1:19: error: times.csv:1:1: {message}\n"));
    assert_eq!(read("{ empirical = \"times.csv\" }", counts), expected);
}

/// Of what is within a mixture is said what it lacks, once.
#[test]
fn a_mixture_of_what_has_no_mean_has_none() {
    let part = "{ pareto = { min = \"1 ms\", shape = 1 } }";
    let toml =
        format!("{{ mixture = [ {{ share = 0.5, of = \"1 ms\" }}, {{ share = 0.5, of = {part} }} ] }}");
    let (mut sources, mut diagnostics) = (Sources::new(), Diagnostics::new());
    let root = parse(&mut sources, "x", &format!("a = {toml}"), &mut diagnostics).unwrap();
    let law = Reader::new(&mut diagnostics, &Estimates::new()).duration(root.get("a").unwrap()).unwrap();
    assert_eq!(law.mean(), None);
    let lines = diagnostics.lines(&sources);
    assert_eq!(lines.matches("has no mean").count(), 1, "{lines}");
    assert!(lines.contains("this `pareto` has no mean"), "{lines}");
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
        ("{ empirical = \"times.csv\" }", "empirical times.csv"),
        (
            "{ mixture = [ { share = \"90 %\", of = \"1 ms\" }, { of = { exponential = \"= length\" }, share = 0.1 } ] }",
            "mixture 90 % of 1 ms, 0.1 of exponential 2 s",
        ),
    ] {
        assert_eq!(read(toml, |reader, node| Some(reader.source_text(node))).unwrap(), expected);
    }
}
