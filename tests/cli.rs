//! The command line: exit codes, what goes to stdout and stderr, and what is written where.

#![cfg(feature = "cli")]

#[path = "cli/before.rs"]
mod before;
#[path = "cli/check.rs"]
mod check;
#[path = "cli/input.rs"]
mod input;
#[path = "cli/run.rs"]
mod run;
#[path = "cli/shell.rs"]
mod shell;
#[path = "cli/size.rs"]
mod size;
#[path = "cli/writing.rs"]
mod writing;

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

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
