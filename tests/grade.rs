//! Each criterion of `grade` is missed by a scenario that meets all others, and every scenario of the library can be graded.

#![cfg(feature = "cli")]

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn grade(file: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_windtunnel"));
    command.args(["grade", "--quiet"]).args(arguments).arg(file).env("NO_COLOR", "1").output().unwrap()
}

/// The criteria that a scenario misses, each with its reason, and the exit code.
fn missed(file: &Path) -> (Vec<(String, String)>, Option<i32>) {
    let output = grade(file, &["--format", "json"]);
    let json: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}: {}", file.display(), String::from_utf8_lossy(&output.stderr)));
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let criteria =
        json["steps"].as_array().unwrap().iter().flat_map(|step| step["criteria"].as_array().unwrap());
    let missed = criteria.filter(|one| one["is_met"] == false);
    let missed: Vec<_> = missed.map(|one| (text(&one["id"]), text(&one["reason"]))).collect();
    assert_eq!(json["complete"], missed.is_empty(), "{}", file.display());
    (missed, output.status.code())
}

/// The scenario that lacks nothing.
const COMPLETE: &str = include_str!("grade/complete.toml");

#[test]
fn each_criterion_is_missed_alone() {
    for (id, reason) in [
        ("functional", "no client asks for `s.stay`"),
        ("non_functional", "`fair` can never fail"),
        ("estimate", "the system is computed from `rate`, but nothing is `noted` or `measured` beside it"),
        ("objective", "none of `fast` decides the exit code"),
        ("variant", "`slow`, `crowd` leave the design as it is"),
        ("fault", "nothing is expected during or after `down`"),
        ("ten_times", "no variant offers more than 9.0 times the load of 10 /s"),
    ] {
        let file = root().join(format!("tests/grade/{id}.toml"));
        assert_eq!(missed(&file), (vec![(id.to_owned(), reason.to_owned())], Some(99)));
    }
    assert_eq!(missed(&root().join("tests/grade/complete.toml")), (vec![], Some(0)));
}

/// Changes of the complete scenario, with the one criterion that is missed and why.
#[test]
fn what_only_looks_like_an_answer_is_none() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("graded.toml");
    for (from, to, id, reason) in [
        ("functional = { \"s.go\" = \"It goes.\" }", "", "functional", "[requirements] has no `functional`"),
        (
            "non_functional = { fast = \"Soon.\" }",
            "",
            "non_functional",
            "[requirements] has no `non_functional`",
        ),
        (
            "fast = \"c.latency.p99 < 300 ms\"",
            "fast = \"rate > 1 /s\"\nserved = \"c.availability > 10 %\"",
            "non_functional",
            "`fast` speaks of estimates only",
        ),
        ("\"= rate\"", "\"10 /s\"", "estimate", "no quantity of the system is computed from an estimate"),
        ("@ slow > c", "@ crowd > c", "variant", "no claim speaks of `slow`"),
        (
            "\"c.latency.mean @ slow > c.latency.mean\"",
            "\"s.rejected @ slow >= 0\"",
            "variant",
            "`slower` can never fail",
        ),
        ("c.availability < 10 % during", "c.availability < 0 % during", "fault", "`lost` can never hold"),
        ("[fault.down]\nat = \"4 s\"\nfor = \"2 s\"\ncrash = [\"s\"]\n", "", "fault", "there is no [fault]"),
        (
            "\"s.utilization @ crowd > 5 * s.utilization\"",
            "\"s.rejected @ crowd >= 0\"",
            "ten_times",
            "`crowded` can never fail",
        ),
        // Nine times the open load is none of ten, whatever else there is ten times of.
        (
            "set = { \"estimate.rate\" = \"100 /s\" }",
            "set = { \"estimate.rate\" = \"90 /s\", \"server.s.instances\" = 10 }",
            "ten_times",
            "no variant offers more than 9.0 times the load of 10 /s",
        ),
    ] {
        assert!(COMPLETE.contains(from), "{from}");
        let text = COMPLETE.replacen(from, to, 1);
        let text = if id == "fault" && to.is_empty() {
            text.replace("during down", "from 4 s to 6 s")
        } else {
            text
        };
        let text = match reason {
            "no quantity of the system is computed from an estimate" => {
                text.replace("\"estimate.rate\" = \"100 /s\"", "\"client.c.arrivals.poisson\" = \"100 /s\"")
            }
            _ => text,
        };
        fs::write(&path, &text).unwrap();
        assert_eq!(missed(&path), (vec![(id.to_owned(), reason.to_owned())], Some(99)), "{text}");
    }
}

/// Users who wait for their answers are counted, not how often they come to ask.
#[test]
fn ten_times_the_users_are_ten_times_the_load() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("graded_users.toml");
    for (users, expected) in [(400, vec![]), (399, vec!["ten_times"])] {
        let text = COMPLETE
            .replace("{ is = \"864 k / day\", noted = \"10 /s\" }", "{ is = \"40\", noted = \"40\" }")
            .replace("{ poisson = \"= rate\" }", "{ users = 40, think = \"= rate * 0.1 s\" }")
            .replace("\"estimate.rate\" = \"100 /s\"", &format!("\"client.c.arrivals.users\" = {users}"));
        fs::write(&path, &text).unwrap();
        let (missed, _) = missed(&path);
        assert_eq!(missed.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), expected, "{missed:?}");
    }
}

#[test]
fn every_scenario_of_the_library_can_be_graded() {
    fn scenarios(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                scenarios(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "toml") {
                found.push(path);
            }
        }
    }
    let mut files = Vec::new();
    scenarios(&root().join("scenarios"), &mut files);
    assert!(files.len() > 20, "only {} scenarios", files.len());
    for file in files {
        let (missed, code) = missed(&file);
        let is_example = file.starts_with(root().join("scenarios/interview"));
        assert!(missed.is_empty() || !is_example, "{}: {missed:?}", file.display());
        assert_eq!(code, Some(if missed.is_empty() { 0 } else { 99 }), "{}", file.display());
    }
}

#[test]
fn what_is_wrong_with_a_scenario_is_no_grade() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ungraded.toml");
    fs::write(&path, COMPLETE.replace("fast = \"Soon.\"", "fats = \"Soon.\"")).unwrap();
    let output = grade(&path, &[]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("unknown objective `fats` in [requirements]"), "{said}");
}
