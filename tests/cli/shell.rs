//! What a shell and its user expect: colours where they are wanted, pipes that may close, and signals.

use super::{Folder, HOLDS, Outcome, QUEUE};
use std::io::Read;
use std::process::{Command, Stdio};

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
