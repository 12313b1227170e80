//! The command line: exit codes, what goes to stdout and stderr, and what is written where.

#![cfg(feature = "cli")]

use serde_json::Value;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// One server, one client; a second or two of simulated time.
const QUEUE: &str = r#"# Question: how long is the queue?
[scenario]
title = "A queue"
duration = "2 s"
[client.c]
arrivals = { poisson = "100 /s" }
request = "s.go"
[server.s]
workers = 1
[server.s.on]
go = [ { work = { exponential = "5 ms" } } ]
"#;

const HOLDS: &str = "[slo]\nserved = \"c.rate > 1 /s\"\n";
const FAILS: &str = "[slo]\nserved = \"c.rate > 1 M/s\"\n";
/// Nothing has arrived yet in this window.
const CANNOT_TELL: &str = "[slo]\nserved = \"c.latency.p99 < 1 s from 0 s to 1 ns\"\n";
const STOPS: &str = "[limits]\nevents = 100\n";
const SLOWER: &str = "[variant.slower]\ntitle = \"Twice the work\"\nset = { \"server.s.on.go[0].work\" = { exponential = \"9 ms\" } }\n";
const CLAIMS: &str = "[claim]\nwaits = \"c.latency.mean @ slower > 2 * c.latency.mean\"\n";

/// A folder of a test's own.
struct Folder(PathBuf);

/// What a command did.
struct Outcome {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Folder {
    fn new(name: &str) -> Folder {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    /// A file made of pieces.
    fn write(&self, name: &str, pieces: &[&str]) {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, pieces.concat()).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap()
    }

    fn has(&self, name: &str) -> bool {
        self.0.join(name).exists()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_windtunnel"));
        command.args(arguments).current_dir(&self.0);
        for variable in
            ["NO_COLOR", "CLICOLOR_FORCE", "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE"]
        {
            command.env_remove(variable);
        }
        command
    }

    fn run(&self, arguments: &[&str]) -> Outcome {
        let output = self.command(arguments).output().unwrap();
        Outcome::of(output.status.code(), output.stdout, output.stderr)
    }
}

impl Outcome {
    fn of(code: Option<i32>, stdout: Vec<u8>, stderr: Vec<u8>) -> Outcome {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Outcome { code, stdout: text(stdout), stderr: text(stderr) }
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap()
    }
}

/// Without the only figure that depends on the clock.
fn without_wall(json: &str) -> String {
    json.lines().filter(|line| !line.contains("\"wall_s\"")).collect()
}

#[test]
fn exit_codes_of_run() {
    let folder = Folder::new("codes");
    folder.write("a_file", &[]);
    for (name, pieces, arguments, expected) in [
        ("nothing expected", &[QUEUE][..], &[][..], 0),
        ("holds", &[QUEUE, HOLDS], &[], 0),
        ("fails", &[QUEUE, FAILS], &[], 99),
        (
            "fails as a warning",
            &[QUEUE, "[slo]\nx = { expect = \"c.rate > 1 M/s\", level = \"warn\" }\n"],
            &[],
            0,
        ),
        ("cannot tell", &[QUEUE, CANNOT_TELL], &[], 3),
        ("stopped by a limit", &[QUEUE, STOPS], &[], 3),
        ("stopped, and does not hold so far", &[QUEUE, STOPS, FAILS], &[], 3),
        ("stopped, and cannot be mended", &[QUEUE, STOPS, "[slo]\nfew = \"run.born < 5\"\n"], &[], 99),
        ("unwritable", &[QUEUE], &["--out", "a_file/report"], 1),
        ("unwritable, and fails", &[QUEUE, FAILS], &["--out", "a_file/report"], 1),
        ("invalid", &["[scenario]\n"], &[], 2),
        ("unknown variant", &[QUEUE], &["--variant", "slower"], 2),
        ("unknown option", &[QUEUE], &["--sede", "3"], 2),
        ("no replication", &[QUEUE], &["--replications", "0"], 2),
        ("wrong setting", &[QUEUE], &["--set", "server.s.workers=0"], 2),
        (
            "failing variant beside a base that holds",
            &[QUEUE, "[slo]\nfast = \"c.latency.mean < 30 ms\"\n", SLOWER],
            &["--with", "slower"],
            0,
        ),
        (
            "failing variant",
            &[QUEUE, "[slo]\nfast = \"c.latency.mean < 30 ms\"\n", SLOWER],
            &["--variant", "slower"],
            99,
        ),
    ] {
        folder.write("x.toml", pieces);
        let outcome = folder.run(&[&["run", "x.toml"], arguments].concat());
        assert_eq!(outcome.code, Some(expected), "{name}\n{}\n{}", outcome.stdout, outcome.stderr);
        let is_invalid = expected == 2;
        assert_eq!(outcome.stdout.is_empty(), is_invalid, "{name}: a result goes to stdout, messages do not");
    }
}

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

#[test]
fn json_is_stable_but_for_the_clock() {
    let folder = Folder::new("stable");
    folder.write("x.toml", &[QUEUE, HOLDS]);
    let arguments = ["run", "x.toml", "--replications", "3", "--seed", "7", "--format", "json"];
    let (one, other) = (folder.run(&arguments), folder.run(&arguments));
    assert_eq!(one.stdout.matches("\"wall_s\"").count(), 1);
    assert_eq!(without_wall(&one.stdout), without_wall(&other.stdout));
    assert_eq!(folder.read("reports/x/result.json"), other.stdout);
    let json = one.json();
    assert_eq!(
        (&json["seed"], &json["replications"], &json["complete"]),
        (&7.into(), &3.into(), &true.into())
    );
    let single = folder.command(&arguments).env("RAYON_NUM_THREADS", "1").output().unwrap();
    assert_eq!(
        without_wall(&String::from_utf8(single.stdout).unwrap()),
        without_wall(&one.stdout),
        "threads"
    );
}

#[test]
fn a_run_writes_its_folder() {
    let folder = Folder::new("folder");
    folder.write("scenarios/shop/scenario.toml", &[QUEUE, SLOWER]);
    let outcome = folder.run(&["run", "scenarios/shop/scenario.toml", "--with", "slower"]);
    assert_eq!(
        (outcome.code, outcome.stderr.as_str()),
        (Some(0), "page, with result and pictures beside it: reports/shop/report.html\n")
    );
    for stem in ["latency", "distribution", "throughput", "load"] {
        for place in ["reports/shop", "reports/shop/slower"] {
            assert!(folder.read(&format!("{place}/{stem}.svg")).starts_with("<svg"), "{stem}");
            let png = fs::read(folder.0.join(format!("{place}/{stem}.png"))).unwrap();
            assert!(png.starts_with(b"\x89PNG"), "{stem}");
        }
    }
    assert!(folder.has("reports/shop/compared.svg") && !folder.has("reports/shop/slower/compared.svg"));
    let marker =
        "The results in this folder are those of\nfile: ../../scenarios/shop/scenario.toml\ntitle: A queue\n";
    assert_eq!(folder.read("reports/shop/scenario.txt"), marker);
    let quiet = folder.run(&["run", "scenarios/shop/scenario.toml", "--quiet"]);
    assert_eq!((quiet.code, quiet.stderr.as_str()), (Some(0), ""));
}

#[test]
fn results_of_another_scenario_are_not_overwritten() {
    let folder = Folder::new("owners");
    folder.write("a/x.toml", &[QUEUE]);
    folder.write("b/x.toml", &[QUEUE, "\n"]);
    assert_eq!(folder.run(&["run", "a/x.toml"]).code, Some(0));
    let first = folder.read("reports/x/result.json");
    let refused = folder.run(&["run", "b/x.toml"]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.stdout.starts_with("DONE  A queue"), "the result is printed all the same");
    let whose = folder.0.join("a/x.toml");
    let said = format!(
        "error: reports/x holds the results of {} (A queue), so nothing was written; choose another folder with --out\n",
        whose.display()
    );
    assert_eq!(refused.stderr, said);
    assert_eq!(folder.read("reports/x/result.json"), first);
    // Its own folder is written again, from wherever it is called.
    let again = folder
        .command(&["run", "./x.toml", "--out", "../reports/x", "--seed", "2"])
        .current_dir(folder.0.join("a"))
        .output();
    assert_eq!(again.unwrap().status.code(), Some(0));
    assert_ne!(folder.read("reports/x/result.json"), first);

    folder.write("mine/result.json", &["{}"]);
    let refused = folder.run(&["run", "a/x.toml", "--out", "mine"]);
    let said = "error: mine/result.json was not written by a run, so nothing was written; choose another folder with --out\n";
    assert_eq!((refused.code, refused.stderr.as_str()), (Some(1), said));
    assert_eq!(folder.read("mine/result.json"), "{}");
}

#[test]
fn an_unwritable_folder_is_named_after_the_result() {
    let folder = Folder::new("unwritable");
    folder.write("x.toml", &[QUEUE]);
    folder.write("a_file", &[]);
    let outcome = folder.run(&["run", "x.toml", "--out", "a_file/report"]);
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.stdout.starts_with("DONE  A queue"), "{}", outcome.stdout);
    assert_eq!(outcome.stderr, "error: cannot write a_file/report: Not a directory (os error 20)\n");
}

#[test]
fn a_limit_stops_a_run_cleanly() {
    let folder = Folder::new("limits");
    folder.write("events.toml", &[QUEUE, STOPS]);
    let outcome = folder.run(&["run", "events.toml", "--format", "json"]);
    let json = outcome.json();
    assert_eq!((&json["complete"], &json["events"]), (&false.into(), &100.into()));
    assert_eq!(json["stopped"]["reason"], "events");
    // More comes than can be served: known before the run, and stopped where the scenario says.
    let storm = ["server.s.workers=1", "client.c.arrivals.poisson=10 k/s", "limits.in_flight=1000"];
    let settings: Vec<&str> = storm.iter().flat_map(|setting| ["--set", setting]).collect();
    folder.write("storm.toml", &[QUEUE]);
    let outcome = folder.run(&[&["run", "storm.toml"], &settings[..]].concat());
    assert_eq!(outcome.code, Some(3));
    assert!(outcome.stdout.starts_with("PARTIAL  A queue"), "{}", outcome.stdout);
    let said = "warning[overload]: `s` is overloaded: offered 10 k/s, capacity 200 /s\n";
    assert!(outcome.stderr.starts_with(said), "{}", outcome.stderr);
}

#[test]
fn large_numbers_are_no_trouble() {
    let folder = Folder::new("large");
    folder.write("x.toml", &[QUEUE]);
    for setting in [
        "client.c.keys={ count = \"1 P\", zipf = 1.1 }",
        "server.s.instances=99999",
        "server.s.queue=4294967294",
        "scenario.seed=9007199254740992",
    ] {
        let outcome = folder.run(&["run", "x.toml", "--set", setting]);
        assert_eq!(outcome.code, Some(0), "{setting}: {}", outcome.stderr);
    }
    let outcome = folder.run(&[
        "run",
        "x.toml",
        "--set",
        "client.c.arrivals.poisson=1 T/s",
        "--set",
        "limits.events=1000",
    ]);
    assert_eq!(outcome.code, Some(3), "{}", outcome.stderr);
}

#[test]
fn a_scenario_that_is_too_large_is_refused() {
    let folder = Folder::new("too_large");
    let many = |count: usize, line: &dyn Fn(usize) -> String| (0..count).map(line).collect::<String>();
    let servers = |name: &str, count: usize, steps: &str| {
        many(count, &|i| {
            format!("[server.{name}{i}]\nworkers = 1\n[server.{name}{i}.on]\ngo = [ {steps} ]\n")
        })
    };
    let sends = many(150, &|i| format!("{{ send = \"a{i}.go\" }}, "));
    let fails = many(70_000, &|i| format!("{{ fail = \"f{i}\" }}, "));
    let ids = "[server.z]\nworkers = 1\n[server.z.on]\n";
    for (what, rest) in [
        ("5000 components", servers("a", 20_000, "")),
        ("20000 operations of components", ids.to_owned() + &many(70_000, &|i| format!("o{i} = []\n"))),
        ("1000 different outcomes", format!("{ids}go = [ {fails} ]\n")),
        ("20000 pairs of caller and callee", servers("a", 150, "") + &servers("b", 150, &sends)),
    ] {
        folder.write("x.toml", &[QUEUE, &rest]);
        let outcome = folder.run(&["check", "x.toml"]);
        assert_eq!(outcome.code, Some(2), "{what}: {}", outcome.stderr);
        let said = format!("error: a scenario has at most {what}, this one has ");
        assert!(outcome.stderr.starts_with(&said), "{}", outcome.stderr);
    }
}

#[test]
fn many_branches_and_many_names_take_no_more_than_their_share() {
    let folder = Folder::new("many");
    // One step of work for each pair of branches, or of faults or expectations, would take minutes.
    let wide = "[server.w]\nworkers = 1\n[server.w.on]\ngo = [ { repeat = 200000, parallel = \"unbounded\", do = [ { work = \"1 us\" } ] } ]\n";
    let requests = ["--set", "client.c.request=w.go", "--set", "client.c.arrivals.poisson=2 /s"];
    folder.write("wide.toml", &[QUEUE, wide]);
    let expectations: String = (0..60_000).map(|i| format!("s{i} = \"c.rate > 1 /s\"\n")).collect();
    let faults: String =
        (0..100_000).map(|i| format!("f{i} = {{ crash = \"s\", at = \"1 s\" }}\n")).collect();
    folder.write("names.toml", &[QUEUE, "[slo]\n", &expectations]);
    folder.write("faults.toml", &[QUEUE, "[fault]\n", &faults]);
    for arguments in [
        &[&["check", "wide.toml"], &requests[..]].concat()[..],
        &["check", "names.toml"],
        &["explain", "faults.toml"],
    ] {
        let mut child =
            folder.command(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let began = std::time::Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break Some(status);
            }
            if began.elapsed().as_secs() > 60 {
                child.kill().unwrap();
                child.wait().unwrap();
                break None;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        };
        assert!(status.is_some_and(|status| status.success()), "{arguments:?}: {status:?}");
    }
}

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
fn a_report_that_cannot_be_written_is_told_before_the_runs() {
    let folder = Folder::new("unwritable");
    let long = QUEUE.replace("duration = \"2 s\"", "duration = \"10 year\"");
    folder.write("long.toml", &[&long]);
    folder.write("invalid.toml", &["[scenario]\n"]);
    for arguments in [
        &["check", "long.toml", "--junit", "nowhere/report"][..],
        &["check", "long.toml", "--summary", "nowhere/report"],
        &["run", "long.toml", "--traces", "nowhere/report"],
    ] {
        let outcome = folder.run(arguments);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(1), ""), "{arguments:?}");
        let said = "error: cannot write nowhere/report: No such file or directory (os error 2)\n";
        assert_eq!(outcome.stderr, said, "{arguments:?}");
    }
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 2, "nothing is left of the attempt");
    #[cfg(target_os = "linux")]
    {
        // What turns out only in the end does not hide what was found before.
        let outcome = folder.run(&["check", "invalid.toml", "--junit", "/dev/full"]);
        assert_eq!(outcome.code, Some(2), "{}", outcome.stderr);
        assert!(
            outcome
                .stderr
                .ends_with("error: cannot write /dev/full: No space left on device (os error 28)\n")
        );
        // It is there, but cannot be read.
        let unreadable = folder.run(&["check", "/proc/self/mem"]);
        assert_eq!(unreadable.code, Some(1), "{}", unreadable.stderr);
    }
}

#[cfg(unix)]
#[test]
fn a_full_disk_leaves_no_half_files() {
    let folder = Folder::new("full");
    // No file may become larger than a block.
    let run = |arguments: &str| {
        let script =
            format!("trap '' XFSZ; ulimit -f 1; exec '{}' {arguments}", env!("CARGO_BIN_EXE_windtunnel"));
        let output = Command::new("sh").args(["-c", &script]).current_dir(&folder.0).output().unwrap();
        Outcome::of(output.status.code(), output.stdout, output.stderr)
    };
    let outcome = run("new shop");
    assert_eq!(outcome.code, Some(1), "{}", outcome.stdout);
    assert!(outcome.stderr.starts_with("error: cannot write ./shop.toml: "), "{}", outcome.stderr);
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 0, "nothing is left");
    // What was there before stays.
    folder.write("x.toml", &[QUEUE]);
    assert_eq!(folder.run(&["run", "x.toml"]).code, Some(0));
    let (page, files) =
        (folder.read("reports/x/report.html"), || fs::read_dir(folder.0.join("reports/x")).unwrap().count());
    let before = files();
    let outcome = run("run x.toml --seed 7");
    assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
    assert!(folder.read("reports/x/report.html") == page, "the page is the old one");
    assert_eq!(files(), before);
    // Links stay links, and pipes pipes.
    folder.write("real.xml", &["old"]);
    std::os::unix::fs::symlink("real.xml", folder.0.join("link.xml")).unwrap();
    assert_eq!(folder.run(&["check", "x.toml", "--junit", "link.xml"]).code, Some(0));
    assert!(folder.0.join("link.xml").is_symlink() && folder.read("real.xml").contains("<testsuites"));
    let piped = folder.run(&["check", "x.toml", "--junit", "/dev/stdout"]);
    assert!(piped.code == Some(0) && piped.stdout.contains("<testsuites"), "{}", piped.stdout);
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

#[test]
fn runs_beside_each_other_are_compared() {
    let folder = Folder::new("compared");
    folder.write("x.toml", &[QUEUE, CLAIMS, SLOWER]);
    let alone = folder.run(&["run", "x.toml"]);
    assert!(alone.stdout.contains("waits"), "{}", alone.stdout);
    assert_eq!(alone.code, Some(0), "a claim that was not judged decides nothing");
    let both = folder.run(&["run", "x.toml", "--with", "slower", "--with", "slower"]);
    assert_eq!(both.code, Some(0));
    assert!(both.stdout.contains("\nclaims\n  ✓ waits"), "{}", both.stdout);
    assert!(
        both.stdout.contains("\nDONE  A queue @ slower (Twice the work): nothing was expected of it\n"),
        "{}",
        both.stdout
    );
    assert!(both.stdout.contains("\ncompared "), "{}", both.stdout);
    // What does not hold of a variant is named, and decides nothing.
    folder.write("y.toml", &[QUEUE, "[slo]\nfast = \"c.latency.mean < 30 ms\"\n", SLOWER]);
    let fails = folder.run(&["run", "y.toml", "--with", "slower"]);
    assert_eq!(fails.code, Some(0));
    let expected = "\nFAIL  A queue @ slower (Twice the work): 0 of 1 expectations hold\n\
                    objectives, only for information\n  ✗ fast  c.latency.mean < 30 ms";
    assert!(fails.stdout.contains(expected), "{}", fails.stdout);
    let json = folder.run(&["run", "x.toml", "--with", "slower", "--format", "json"]).json();
    assert_eq!(json.as_array().unwrap().len(), 2);
    assert_eq!(json[0]["metrics"]["c.offered"], json[1]["metrics"]["c.offered"], "the same arrivals");
}

#[test]
fn colours_are_only_where_they_are_wanted() {
    let folder = Folder::new("colours");
    folder.write("x.toml", &[QUEUE, HOLDS]);
    for (variables, is_coloured) in [
        (&[][..], false),
        (&[("CLICOLOR_FORCE", "1")], true),
        (&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false),
    ] {
        let mut command = folder.command(&["run", "x.toml"]);
        let output = command.envs(variables.iter().copied()).output().unwrap();
        assert_eq!(output.stdout.contains(&0x1b), is_coloured, "{variables:?}");
    }
}

#[test]
fn a_closed_pipe_is_no_error() {
    let folder = Folder::new("pipe");
    folder.write("x.toml", &[QUEUE]);
    let mut command = folder.command(&["run", "x.toml"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!(
        (child.wait().unwrap().code(), stderr.as_str()),
        (Some(0), "page, with result and pictures beside it: reports/x/report.html\n")
    );
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_leaves_partial_results() {
    use std::thread::sleep;
    use std::time::Duration;
    let folder = Folder::new("interrupted");
    folder.write("x.toml", &[QUEUE, HOLDS]);
    for signal in ["-INT", "-TERM"] {
        let arguments = ["run", "x.toml", "--set", "scenario.duration=10 year", "--format", "json"];
        let mut command = folder.command(&arguments);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // Long enough for the program to begin, and far too short for ten years.
        sleep(Duration::from_secs(2));
        let id = child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
        let output = child.wait_with_output().unwrap();
        let outcome = Outcome::of(output.status.code(), output.stdout, output.stderr);
        assert_eq!(outcome.code, Some(130), "{}", outcome.stderr);
        let json = outcome.json();
        assert_eq!((&json["complete"], &json["stopped"]["reason"]), (&false.into(), &"interrupted".into()));
        assert!(json["events"].as_u64().unwrap() > 0);
        assert_eq!(folder.read("reports/x/result.json"), outcome.stdout);
        let verdict = &json["slo"][0];
        assert_eq!(
            (&verdict["verdict"], &verdict["reason"]),
            (&"inconclusive".into(), &"so far: the run stopped before its end".into())
        );
    }
}

#[test]
fn what_is_known_before_the_run() {
    let folder = Folder::new("before");
    let estimate =
        "[estimate]\nload = { is = \"100 /s * 5 ms\", noted = 0.5, measured = \"s.utilization\" }\n";
    folder.write("x.toml", &[QUEUE, estimate]);
    for (arguments, parts) in [
        (&["explain", "x.toml"][..], &["A queue\n", "s          100 /s    5 ms", "s.go (server)"][..]),
        (
            &["estimate", "x.toml"],
            &["load = 100 /s * 5 ms\n", "noted 0.5, exact 0.5, no gap", "measured by s.utilization"],
        ),
        (&["estimate", "x.toml", "--measured"], &["measured 0."]),
    ] {
        let outcome = folder.run(arguments);
        assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""), "{arguments:?}");
        for part in parts {
            assert!(outcome.stdout.contains(part), "{arguments:?}: {part}\n{}", outcome.stdout);
        }
        let json = folder.run(&[arguments, &["--format", "json"]].concat()).json();
        assert_eq!(json["scenario"]["title"], "A queue", "{arguments:?}");
    }
    assert!(!folder.has("reports"));
}

/// What the README shows of it is what is printed.
#[test]
fn the_topology_of_the_url_shortener() {
    let folder = Folder::new("topology");
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/url_shortener/scenario.toml");
    let mermaid = folder.run(&["explain", file, "--format", "mermaid"]);
    let readme = include_str!("../README.md");
    assert!(
        mermaid.stdout.starts_with("---\ntitle: \"URL shortener\"\n---\nflowchart LR\n"),
        "{}",
        mermaid.stdout
    );
    assert!(readme.contains(&format!("```mermaid\n{}```\n", mermaid.stdout)), "{}", mermaid.stdout);

    let dot = folder.run(&["explain", file, "--format", "dot"]).stdout;
    for line in [
        "digraph \"URL shortener\" {\n",
        "    \"urls\" [label=\"urls\\ndatabase, 1 x 32 workers\", color=\"#b00020\", penwidth=3]\n  }\n",
        "  \"web\" -> \"hot\" [label=\"get, put\", style=dashed]\n",
    ] {
        assert!(dot.contains(line), "{line}\n{dot}");
    }

    let text = folder.run(&["explain", file]).stdout;
    let sentences = "
  single points of failure for visitors: edge (1 instance), place zone-a (with edge, urls)
  single points of failure for some requests of visitors: urls (1 instance)
  redundant for visitors: web (8 instances)
  optional for visitors: hot (3 instances)
";
    assert!(text.contains(sentences), "{text}");

    let json = folder.run(&["explain", file, "--format", "json"]).json();
    let authors = &json["topology"]["dependences"][0];
    assert_eq!(authors["components"][1]["name"], "ids");
    assert_eq!(authors["components"][1]["loss_of_one"], "every");
    assert_eq!(json["topology"]["edges"][4]["need"], "handled");
}

#[test]
fn lists_show_what_the_code_knows() {
    let folder = Folder::new("lists");
    folder.write("scenarios/x.toml", &[QUEUE]);
    for (arguments, part) in [
        (&["components"][..], "cache         get (miss), put, delete"),
        (&["components", "cache"], "capacity"),
        (&["components", "client"], "arrivals"),
        (&["verbs"], "work"),
        (&["distributions"], "lognormal"),
        (&["policies"], "least_outstanding"),
        (&["disciplines"], "processor_sharing"),
        (&["evictions"], "sieve        A hand from old to new"),
        (&["calls"], "timeout"),
        (&["outcomes"], "too_deep"),
        (&["faults"], "lose_disk"),
        (&["constants"], "latency.disk_seek          10 ms                  A disk's arm moved"),
        (&["slips"], "day            A day of 100,000 s"),
        (&["metrics", "scenarios/x.toml"], "c.latency.p99"),
        (&["scenarios"], "scenarios/x.toml  how long is the queue?"),
    ] {
        let outcome = folder.run(&[&["list"], arguments].concat());
        assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""), "{arguments:?}");
        assert!(outcome.stdout.contains(part), "{arguments:?}: {}", outcome.stdout);
        let json = folder.run(&[&["list"], arguments, &["--format", "json"]].concat()).json();
        assert_eq!(json.as_array().unwrap().len(), outcome.stdout.lines().count() - 1, "{arguments:?}");
    }
    let unknown = folder.run(&["list", "components", "cash"]);
    let said = "error: unknown kind `cash`; kinds: client, balancer, server, cache, database,";
    assert_eq!(unknown.code, Some(2));
    assert!(unknown.stderr.starts_with(said), "{}", unknown.stderr);
    for (id, said) in [
        ("nope", "error: unknown lint `nope`; `windtunnel list lints` shows all\n"),
        (
            "overlod",
            "error: unknown lint `overlod`; did you mean `overload`? `windtunnel list lints` shows all\n",
        ),
    ] {
        assert_eq!(folder.run(&["list", "lints", id]).stderr, said);
    }
}

#[test]
fn the_bench_checks_its_results() {
    let folder = Folder::new("bench");
    let outcome = folder.run(&["bench", "--rounds", "1", "--format", "json"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stdout);
    let json = outcome.json();
    let models: Vec<&Value> = json.as_array().unwrap().iter().map(|model| &model["model"]).collect();
    assert_eq!(models, ["mm1", "mm4", "chain"]);
}
