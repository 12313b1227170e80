//! Large numbers and many names are no trouble, and what is too large is refused at once.

use super::{Folder, QUEUE};
use std::process::Stdio;

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
