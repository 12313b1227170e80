//! Bad input is told where it stands, and nothing else happens.

use super::{Folder, QUEUE, SLOWER};
use std::fs;

#[test]
fn bad_input_writes_nothing() {
    let folder = Folder::new("nothing");
    folder.write("x.toml", &["[scenario]\nduration = \"1 m\"\n"]);
    fs::write(folder.0.join("latin.toml"), b"[scenario]\ntitle = \"caf\xe9\"\n").unwrap();
    folder.write("long.toml", &[&"#".repeat(5 << 20)]);
    folder.write("folder/x", &[]);
    for (file, said) in [
        ("x.toml", "error: `m` could be minutes, milliseconds or months"),
        ("missing.toml", "error: cannot read missing.toml: No such file or directory (os error 2)\n"),
        ("x", "error: cannot read x: No such file or directory (os error 2); did you mean x.toml?\n"),
        ("folder", "error: cannot read folder: it is a folder\n"),
        ("latin.toml", "error: cannot read latin.toml: line 2 is not UTF-8 text\n"),
        ("long.toml", "error: long.toml is too long\n"),
    ] {
        let outcome = folder.run(&["run", file]);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(2), ""), "{file}");
        assert!(outcome.stderr.starts_with(said), "{file}: {}", outcome.stderr);
    }
    assert!(!folder.has("reports"));
    let empty = folder.run(&["check", "folder"]);
    assert_eq!(
        (empty.code, empty.stderr.as_str()),
        (Some(2), "error: there is no scenario (*.toml) in folder\n")
    );
}

#[test]
fn files_from_windows_are_quoted_as_others() {
    let folder = Folder::new("windows");
    for (name, newline) in [("unix.toml", "\n"), ("windows.toml", "\r\n")] {
        folder.write(name, &[&"[scenario]\ntitle = \"x\"\nduratio = 1\n".replace('\n', newline)]);
    }
    let (unix, windows) = (folder.run(&["run", "unix.toml"]), folder.run(&["run", "windows.toml"]));
    assert!(unix.stderr.contains("3 | duratio = 1\n"), "{}", unix.stderr);
    assert_eq!(unix.stderr.replace("unix", "windows"), windows.stderr);
}

#[test]
fn settings_are_shown_with_carets() {
    let folder = Folder::new("settings");
    folder.write("x.toml", &[QUEUE]);
    for (setting, expected) in [
        (
            "server.s.workrs=2",
            "error: unknown key `workrs` in [server.s]\n --> --set:1:1\n  |\n1 | server.s.workrs=2\n  | ^^^^^^^^^^^^^^^\n  |\n  \
             = help: did you mean `workers`? valid keys: on, instances, ",
        ),
        (
            "server.s.workers=none",
            "error: unknown word `none`\n --> --set:1:18\n  |\n1 | server.s.workers=none\n  |                  ^^^^\n  |\n  \
             = help: a whole number is needed here, or \"unbounded\"\n",
        ),
        (
            "server.s.workers",
            "error: this setting has no `=`\n --> --set:1:1\n  |\n1 | server.s.workers\n  | ^^^^^^^^^^^^^^^^\n  |\n  \
             = help: write `--set path=value`, as in `--set server.web.instances=4`\n",
        ),
    ] {
        let outcome = folder.run(&["run", "x.toml", "--set", setting]);
        assert_eq!(outcome.code, Some(2), "{setting}");
        assert!(outcome.stderr.starts_with(expected), "{setting}: {}", outcome.stderr);
    }
    let faster =
        folder.run(&["run", "x.toml", "--set", "client.c.arrivals.poisson=150 /s", "--format", "json"]);
    assert!(faster.json()["metrics"]["c.offered"]["value"].as_f64().unwrap() > 120.0);
}

#[test]
fn an_unknown_variant_is_told_with_the_known_ones() {
    let folder = Folder::new("variants");
    folder.write("x.toml", &[QUEUE, SLOWER]);
    for option in ["--variant", "--with"] {
        let outcome = folder.run(&["run", "x.toml", option, "slow"]);
        let expected =
            "error: unknown variant `slow`\n |\n = help: did you mean `slower`? valid variants: slower\n";
        assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(2), expected), "{option}");
    }
}
