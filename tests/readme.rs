//! What the README shows is what happens: its console blocks are run, and the first scenario is the one in the repository.

#![cfg(feature = "cli")]

use std::fs;
use std::path::Path;
use std::process::Command;

/// The commands of the console blocks, each with what it is said to print.
fn sessions(readme: &str) -> Vec<(String, String)> {
    let blocks =
        readme.split("```console\n").skip(1).map(|block| block.split("\n```").next().unwrap_or_default());
    let session = |block: &str| {
        let (command, output) = block.split_once('\n').expect("a command prints something");
        (command.trim_start_matches("$ windtunnel ").to_owned(), output.to_owned())
    };
    blocks.map(session).collect()
}

/// Whether a text is the expected one, in which a line `...` stands for any lines.
fn fits(expected: &str, actual: &str) -> bool {
    let mut rest: Vec<&str> = actual.trim_end().lines().collect();
    let mut parts =
        expected.trim_end().split("...").map(|part| part.trim_matches('\n').lines().collect::<Vec<_>>());
    let first = parts.next().unwrap_or_default();
    if !rest.starts_with(&first) {
        return false;
    }
    rest.drain(..first.len());
    let mut open = false;
    for part in parts {
        open = true;
        if part.is_empty() {
            continue;
        }
        let Some(start) = rest.windows(part.len()).position(|window| window == part) else { return false };
        rest.drain(..start + part.len());
        open = false;
    }
    open || rest.is_empty()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn the_console_blocks_are_true() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readme");
    copy(&root.join("scenarios"), &folder.join("scenarios"));
    let sessions = sessions(&fs::read_to_string(root.join("README.md")).unwrap());
    assert!(sessions.len() >= 4, "the README shows {} commands", sessions.len());
    for (number, (command, expected)) in sessions.iter().enumerate() {
        let mut run = Command::new(env!("CARGO_BIN_EXE_windtunnel"));
        run.args(command.split(' ')).current_dir(&folder).env("NO_COLOR", "1");
        if command.starts_with("run ") {
            run.args(["--out", &format!("reports/{number}")]);
        }
        let output = run.output().unwrap();
        let actual = String::from_utf8(output.stdout).unwrap();
        assert!(fits(expected, &actual), "`windtunnel {command}` prints\n{actual}\nand not\n{expected}");
    }
}

#[test]
fn the_first_scenario_is_the_one_in_the_repository() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let scenario = fs::read_to_string(root.join("scenarios/first.toml")).unwrap();
    assert!(readme.contains(&format!("```toml\n{}\n```", scenario.trim_end())));
}

#[test]
fn dots_stand_for_any_lines() {
    for (expected, actual, fit) in [
        ("a\nb", "a\nb\n", true),
        ("a\nb", "a\nb\nc", false),
        ("a\n...", "a\nb\nc", true),
        ("a\n...\nc", "a\nb\nc", true),
        ("a\n...\nd", "a\nb\nc", false),
        ("b\n...", "a\nb\nc", false),
    ] {
        assert_eq!(fits(expected, actual), fit, "{expected:?} {actual:?}");
    }
}
