//! Everything that can be wrong with a scenario is found before it runs, and said in words that are part of the language.
//!
//! The cases stand in `diagnostics.txt`: a title, the scenario, and what `check` says. A scenario need not be whole: the
//! tables of [`STANDARD`] whose first line does not occur in it are added at its end. With `BLESS=1` the file is written anew.

#![cfg(feature = "cli")]

use std::fs;
use std::path::Path;
use std::process::Command;

/// A scenario in which everything is right.
const STANDARD: [&str; 3] = [
    "[scenario]\nduration = \"1 s\"\n",
    "[client.c]\narrivals = { even = \"10 /s\" }\nrequest = \"s.go\"\n",
    "[server.s]\nworkers = 1\n[server.s.on]\ngo = [ { work = \"1 ms\" } ]\n",
];

/// What stands before the title of a case, and between a scenario and what is said of it.
const TITLE: &str = "=== ";
const ANSWER: &str = "\n---\n";

struct Case<'a> {
    title: &'a str,
    scenario: &'a str,
    expected: &'a str,
}

fn cases(text: &str) -> Vec<Case<'_>> {
    let case = |part| {
        let (title, rest): (&str, &str) = str::split_once(part, '\n').expect("a case has a title");
        let (scenario, expected) = rest.split_once(ANSWER).expect("a case has an answer");
        Case { title, scenario, expected: expected.trim_end() }
    };
    text.split(TITLE).skip(1).map(case).collect()
}

fn whole(scenario: &str) -> String {
    let mut text = scenario.to_owned() + "\n";
    for table in STANDARD {
        let (first, _) = table.split_once('\n').expect("a table has a first line");
        if !scenario.contains(first) {
            text += table;
        }
    }
    text
}

/// What `check` says of a scenario: its exit code, stdout and stderr.
fn check(folder: &Path, scenario: &str) -> (Option<i32>, String, String) {
    fs::write(folder.join("x.toml"), scenario).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_windtunnel"));
    let output = command.args(["check", "x.toml"]).current_dir(folder).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr).trim_end().to_owned())
}

#[test]
fn every_mistake_is_answered_in_the_words_of_the_file() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("diagnostics");
    fs::create_dir_all(&folder).unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics.txt");
    let text = fs::read_to_string(&path).unwrap();
    let (mut said, mut wrong) = (String::new(), Vec::new());
    let blesses = std::env::var_os("BLESS").is_some();
    for Case { title, scenario, expected } in cases(&text) {
        let (code, stdout, stderr) = check(&folder, &whole(scenario));
        said += &format!("{TITLE}{title}\n{scenario}{ANSWER}{stderr}\n\n");
        if stderr != expected && !blesses {
            wrong.push(format!("{title}\nexpected:\n{expected}\nsaid:\n{stderr}"));
        }
        let is_wrong = stderr.contains("error: ");
        let (code_expected, end) = match (is_wrong, scenario.contains("[slo]")) {
            (true, _) => (2, "1 scenario was not run\n"),
            (false, true) => (0, "\n"),
            (false, false) => (0, "nothing was expected\n"),
        };
        if stderr.is_empty() || code != Some(code_expected) || !stdout.ends_with(end) {
            wrong.push(format!("{title}\nexit code {code:?}, stdout:\n{stdout}"));
        }
    }
    if blesses {
        fs::write(&path, said).unwrap();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    let others: Vec<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(others, ["x.toml"], "nothing is written");
}

#[test]
fn the_standard_tables_are_right() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("standard");
    fs::create_dir_all(&folder).unwrap();
    let (code, _, stderr) = check(&folder, &whole(""));
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
}
