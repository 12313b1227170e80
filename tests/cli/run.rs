//! What `run` ends with, prints, and writes into its folder.

use super::{CANNOT_TELL, CLAIMS, FAILS, Folder, HOLDS, QUEUE, SLOWER, STOPS};
use serde_json::Value;
use std::fs;

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

/// Without the only figure that depends on the clock.
fn without_wall(json: &str) -> String {
    json.lines().filter(|line| !line.contains("\"wall_s\"")).collect()
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
fn the_bench_checks_its_results() {
    let folder = Folder::new("bench");
    let outcome = folder.run(&["bench", "--rounds", "1", "--format", "json"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stdout);
    let json = outcome.json();
    let models: Vec<&Value> = json.as_array().unwrap().iter().map(|model| &model["model"]).collect();
    assert_eq!(models, ["mm1", "mm4", "chain"]);
}
