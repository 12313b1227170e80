//! `check` judges files and folders, for people and for build servers.

use super::{CANNOT_TELL, CLAIMS, FAILS, Folder, HOLDS, QUEUE, SLOWER};
use serde_json::Value;

#[test]
fn check_judges_files_and_folders() {
    let folder = Folder::new("check");
    folder.write("s/good.toml", &[QUEUE, HOLDS]);
    folder.write(
        "s/deeper/claims.toml",
        &[QUEUE, "[slo]\nfast = \"c.latency.mean < 30 ms\"\n", CLAIMS, SLOWER],
    );
    folder.write("s/notes.md", &["no scenario"]);
    let outcome = folder.run(&["check", "s"]);
    let expected = "\
s/deeper/claims.toml
PASS  A queue: all 2 expectations hold
objectives
  ✓ fast  ";
    assert_eq!(outcome.code, Some(0), "{}", outcome.stdout);
    assert!(outcome.stdout.starts_with(expected), "{}", outcome.stdout);
    assert!(
        outcome.stdout.contains("\nobjectives @ slower, only for information\n  ✗ fast"),
        "{}",
        outcome.stdout
    );
    assert!(outcome.stdout.ends_with("\n2 scenarios: 3 expectations hold\n"), "{}", outcome.stdout);
    assert_eq!(outcome.stderr, "");
    assert!(!folder.has("reports") && !folder.has("s/reports"), "nothing is written");

    let json = folder.run(&["check", "s", "--format", "json"]).json();
    let variants: Vec<&Value> =
        json.as_array().unwrap().iter().map(|run| &run["scenario"]["variant"]).collect();
    assert_eq!(variants, [&Value::Null, &"slower".into(), &Value::Null]);

    // What was not run has an entry as well.
    folder.write("u/invalid.toml", &["[scenario]\nduratio = 1\n"]);
    folder.write("u/good.toml", &[QUEUE, HOLDS]);
    let json = folder.run(&["check", "u", "u/missing.toml", "--format", "json"]).json();
    let files: Vec<&Value> = json.as_array().unwrap().iter().map(|one| &one["scenario"]["file"]).collect();
    assert_eq!(files, ["u/good.toml", "u/invalid.toml", "u/missing.toml"]);
    assert_eq!((&json[0]["complete"], &json[0]["error"]), (&true.into(), &Value::Null));
    let (first, line) = (&json[1]["diagnostics"][0], &json[1]["diagnostics"][0]["line"]);
    assert_eq!((&json[1]["complete"], &first["severity"]), (&false.into(), &"error".into()));
    assert!(line.is_u64() && json[1]["error"] == first["message"], "{json:#}");
    assert_eq!(json[2]["error"], "cannot read u/missing.toml: No such file or directory (os error 2)");

    // Lints are there for programs, too.
    folder.write("t/odd.toml", &[QUEUE, "[cache.spare]\ncapacity = \"9 objects\"\n"]);
    let json = folder.run(&["check", "t", "--format", "json"]).json();
    let told = &json[0]["diagnostics"];
    assert_eq!((&told[0]["id"], &told[0]["file"]), (&"unused_component".into(), &"t/odd.toml".into()));
    assert!(told[0]["line"].is_u64() && told[0]["column"] == 8 && told[1].is_null(), "{told}");

    // The worst counts: 2 > 99 > 3 > 0.
    for (name, pieces, expected) in [
        ("cannot_tell", &[QUEUE, CANNOT_TELL][..], 3),
        ("fails", &[QUEUE, FAILS], 99),
        ("invalid", &["[scenario]\n"], 2),
    ] {
        folder.write(&format!("s/{name}.toml"), pieces);
        let outcome = folder.run(&["check", "s", "s/good.toml"]);
        assert_eq!(outcome.code, Some(expected), "{name}: {}", outcome.stdout);
    }
    let last = "\n5 scenarios: 3 expectations hold, 1 fails, 1 is inconclusive, 1 scenario was not run\n";
    let outcome = folder.run(&["check", "s"]);
    assert!(outcome.stdout.ends_with(last), "{}", outcome.stdout);
}

#[test]
fn check_speaks_to_build_servers() {
    let folder = Folder::new("builders");
    for (name, pieces) in [
        ("good", &[QUEUE, HOLDS][..]),
        ("fails", &[QUEUE, FAILS]),
        ("invalid", &["[scenario]\nduratio = 1\nsede = 1\n"]),
    ] {
        folder.write(&format!("s/{name}.toml"), pieces);
    }
    let arguments = ["check", "s", "--junit", "junit.xml", "--summary", "summary.md"];
    let quiet = folder.run(&arguments);
    assert_eq!(quiet.code, Some(2));
    assert!(!quiet.stderr.contains("::error"), "{}", quiet.stderr);
    let junit = folder.read("junit.xml");
    assert!(
        junit.contains(
            "<testsuites name=\"windtunnel\" tests=\"5\" failures=\"1\" errors=\"1\" skipped=\"0\""
        ),
        "{junit}"
    );
    let summary = folder.read("summary.md");
    assert!(
        summary.starts_with(
            "### windtunnel: 3 scenarios: 1 expectation holds, 1 fails, 1 scenario was not run\n"
        ),
        "{summary}"
    );

    let mut command = folder.command(&["check", "s"]);
    command.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", "summary.md");
    let output = command.output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    let errors: Vec<&str> = stderr.lines().filter(|line| line.starts_with("::")).collect();
    assert_eq!(errors.len(), 3, "{stderr}");
    assert!(
        errors[0].starts_with("::error file=s/fails.toml,line=13,col=1,title=served::c.rate > 1 M/s: "),
        "{stderr}"
    );
    assert!(errors[1].starts_with("::error file=s/invalid.toml,line=2,col="), "{stderr}");
    assert!(folder.read("summary.md").starts_with(&(summary.clone() + "### windtunnel")), "it is appended");

    // Places are those in the repository, wherever this runs.
    let mut command = folder.command(&["check", ".", "-q"]);
    command.current_dir(folder.0.join("s")).env("GITHUB_ACTIONS", "true").env("GITHUB_WORKSPACE", &folder.0);
    let stderr = String::from_utf8(command.output().unwrap().stderr).unwrap();
    assert!(stderr.contains("\n::error file=s/invalid.toml,line=2,col="), "{stderr}");
}

#[test]
fn folders_are_searched_for_scenarios_only() {
    let folder = Folder::new("walk");
    folder.write("s/good.toml", &[QUEUE, HOLDS]);
    folder.write("s/Cargo.toml", &["[package]\nname = \"s\"\n[lints]\n"]);
    for hidden in ["s/.git/x.toml", "s/.cache.toml/x.toml", "s/target/x.toml", "s/node_modules/a/x.toml"] {
        folder.write(hidden, &["[scenario]\n"]);
    }
    let outcome = folder.run(&["check", "s"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert!(outcome.stdout.ends_with("\n1 scenario: 1 expectation holds\n"), "{}", outcome.stdout);
    let note = "note: skipped, since it has neither [scenario] nor [client.NAME]: s/Cargo.toml\n";
    assert_eq!(outcome.stderr, note);
    assert_eq!(folder.run(&["check", "s", "-q"]).stderr, "");
    let listed = folder.run(&["list", "scenarios", "s"]);
    assert_eq!(listed.stdout.lines().count(), 2, "{}", listed.stdout);
    // Who names a file or a folder means it.
    assert_eq!(folder.run(&["check", "s/Cargo.toml"]).code, Some(2));
    assert_eq!(folder.run(&["check", "s/target"]).code, Some(2));
    // What looks like a scenario is one, however it is spelt.
    for (there, instead) in [
        ("[scenario]", "[scenari]"),
        ("[client.c]", "[clients.c]"),
        ("[scenario]", ""),
        ("[scenario]", "[scenario"),
    ] {
        folder.write("t/odd.toml", &[&QUEUE.replace(there, instead)]);
        let outcome = folder.run(&["check", "t"]);
        assert_eq!(outcome.code, Some(2), "{instead}: {}", outcome.stderr);
        assert_eq!(outcome.stdout, "1 scenario: 1 scenario was not run\n", "{instead}");
    }
}

#[test]
fn many_scenarios_are_told_in_their_order() {
    let folder = Folder::new("order");
    let names: Vec<String> = (0..12).map(|index| format!("s/{index:02}.toml")).collect();
    for (index, name) in names.iter().enumerate() {
        // The first takes the longest.
        let length = format!("duration = \"{} s\"", if index == 0 { 600 } else { 1 });
        folder.write(name, &[&QUEUE.replace("duration = \"2 s\"", &length), HOLDS]);
    }
    let outcome = folder.run(&["check", "s"]);
    let told: Vec<&str> = outcome.stdout.lines().filter(|line| line.starts_with("s/")).collect();
    assert_eq!(told, names);
}
