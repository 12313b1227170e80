//! What makes a beginning easy: the JSON Schema for editors, the first scenario, and completions for shells.

#![cfg(feature = "cli")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn windtunnel(arguments: &[&str], folder: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_windtunnel"));
    command.args(arguments).current_dir(folder).env_remove("GITHUB_ACTIONS").output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// An empty folder of a test's own.
fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All scenarios of a folder and of those in it.
fn scenarios(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let is_scenario = |path: &PathBuf| path.extension().is_some_and(|kind| kind == "toml");
    entries
        .flat_map(|path| if path.is_dir() { scenarios(&path) } else { vec![path] })
        .filter(is_scenario)
        .collect()
}

/// With BLESS=1 it is written anew.
#[test]
fn the_schema_in_the_repository_is_the_one_that_is_printed() {
    let path = root().join("scenarios/windtunnel.schema.json");
    let printed = text(&windtunnel(&["schema"], root()).stdout);
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, &printed).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == printed, "scenarios/windtunnel.schema.json is old: BLESS=1 cargo test --test editors");
}

#[test]
fn scenarios_name_the_schema_that_is_kept() {
    let kept = fs::canonicalize(root().join("scenarios/windtunnel.schema.json")).unwrap();
    let mut count = 0;
    for file in scenarios(&root().join("scenarios")) {
        let scenario = fs::read_to_string(&file).unwrap();
        let Some(path) = scenario.lines().next().and_then(|line| line.strip_prefix("#:schema ")) else {
            continue;
        };
        let named = fs::canonicalize(file.parent().unwrap().join(path));
        assert_eq!(named.ok().as_ref(), Some(&kept), "{}", file.display());
        count += 1;
    }
    assert!(count > 40, "{count} scenarios name it");
}

#[test]
fn the_first_scenario_runs_and_keeps_its_promises() {
    let folder = folder("first");
    let written = windtunnel(&["new", "corner_shop"], &folder);
    assert_eq!(written.status.code(), Some(0));
    assert!(text(&written.stdout).contains("windtunnel run ./corner_shop.toml"), "{}", text(&written.stdout));
    let scenario = fs::read_to_string(folder.join("corner_shop.toml")).unwrap();
    assert!(scenario.starts_with("#:schema ./windtunnel.schema.json\n\n# Question: "));
    let schema = fs::read_to_string(folder.join("windtunnel.schema.json")).unwrap();
    assert_eq!(schema, text(&windtunnel(&["schema"], &folder).stdout));
    let checked = windtunnel(&["check", "corner_shop.toml"], &folder);
    let verdict = text(&checked.stdout);
    assert_eq!(checked.status.code(), Some(0), "{verdict}{}", text(&checked.stderr));
    assert!(verdict.contains("PASS  Corner shop: all 4 expectations hold"), "{verdict}");
    assert_eq!(text(&checked.stderr), "", "it has no warning");
}

#[test]
fn nothing_is_overwritten_and_names_are_checked() {
    let folder = folder("refused");
    fs::write(folder.join("shop.toml"), "mine").unwrap();
    fs::write(folder.join("windtunnel.schema.json"), "mine, too").unwrap();
    for (arguments, expected) in [
        (&["new", "shop"][..], "error: ./shop.toml is there already; choose another name\n"),
        (
            &["new", "My-Shop"][..],
            "error: `My-Shop` is not a name for a scenario: letters a-z, digits and `_`, the first a letter, as in \
             `url_shortener`\n",
        ),
    ] {
        let refused = windtunnel(arguments, &folder);
        assert_eq!((refused.status.code(), text(&refused.stderr)), (Some(2), expected.to_owned()));
    }
    let beside = windtunnel(&["new", "cafe"], &folder);
    assert_eq!(text(&beside.stdout), "wrote ./cafe.toml\n\n  windtunnel run ./cafe.toml --with no_cache\n");
    let note = "note: ./windtunnel.schema.json was there already and is not that of this version; \
                `windtunnel schema > ./windtunnel.schema.json` makes it anew\n";
    assert_eq!(text(&beside.stderr), note);
    assert_eq!(fs::read_to_string(folder.join("shop.toml")).unwrap(), "mine");
    assert_eq!(fs::read_to_string(folder.join("windtunnel.schema.json")).unwrap(), "mine, too");
    let blocked = windtunnel(&["new", "bar", "--out", "shop.toml"], &folder);
    assert_eq!(blocked.status.code(), Some(1), "a file is no folder");
}

#[test]
fn every_shell_gets_completions_of_every_command() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let completions = windtunnel(&["completions", shell], root());
        assert_eq!(completions.status.code(), Some(0));
        let script = text(&completions.stdout);
        for word in ["estimate", "completions", "components", "replications"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    assert_eq!(windtunnel(&["completions", "tcsh"], root()).status.code(), Some(2));
    let script = text(&windtunnel(&["completions", "bash"], root()).stdout);
    // What is offered behind an option: files for paths only.
    for (option, has_files) in
        [("--variant", false), ("--with", false), ("--seed", false), ("--out", true), ("--junit", true)]
    {
        let start = script.find(&format!("                {option})\n")).expect(option);
        let offer = script[start..].split("return 0").next().unwrap();
        assert_eq!(offer.contains("compgen -f"), has_files, "{option}: {offer}");
    }
    for known in ["id_generator", "retry_without_backoff"] {
        assert!(script.contains(known), "{known}");
    }
}
