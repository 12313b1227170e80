//! The envelopes of the library: every noted figure agrees with its formula, or has the slip that its scenario says it has; and
//! what `check` and `estimate` say of that.

#![cfg(feature = "cli")]

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a command did: exit code, stdout, stderr.
fn windtunnel(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_windtunnel"));
    let output = command.args(arguments).current_dir(folder).env("NO_COLOR", "1").output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn json(folder: &Path, arguments: &[&str]) -> Value {
    let (_, stdout, stderr) = windtunnel(folder, arguments);
    serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{arguments:?}: {error}\n{stdout}{stderr}"))
}

fn own(name: &str, text: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("envelopes").join(name);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("x.toml"), text).unwrap();
    folder
}

/// The slips of study notes on seventeen systems: file, estimate, likeliest slip.
const SLIPS: [(&str, &str, &str); 47] = [
    ("ad_clicks/estimate", "rate", "day"),
    ("ad_clicks/estimate", "peak", "day"),
    ("ad_clicks/estimate", "replayed", "day"),
    ("ad_clicks/estimate", "hot_ad", "day"),
    ("ad_clicks/estimate", "piles_up", "day"),
    ("ad_clicks/estimate", "each_of_3", "day"),
    ("autocomplete/estimate", "daily", "left_out"),
    ("autocomplete/estimate", "new_data", "unit"),
    ("email/estimate", "sent", "day"),
    ("email/estimate", "received", "day"),
    ("email/estimate", "bodies", "prefix"),
    ("email/estimate", "attachments", "prefix"),
    ("email/estimate", "stored", "prefix"),
    ("estimation/latency", "send_2kb", "framing"),
    ("estimation/latency", "send_1mb", "framing"),
    ("estimation/powers_of_two", "billion", "binary_prefix"),
    ("estimation/powers_of_two", "trillion", "binary_prefix"),
    ("estimation/powers_of_two", "quadrillion", "binary_prefix"),
    ("estimation/powers_of_two", "copied", "exponent"),
    ("estimation/rules", "round_rate", "day"),
    ("hotel/estimate", "may_be_sold", "left_out"),
    ("maps/estimate", "as_bits", "bits"),
    ("maps/estimate", "whole", "left_out"),
    ("maps/estimate", "from_zero", "off_by_one"),
    ("maps/estimate", "all_levels", "rounded_up"),
    ("maps/estimate", "updates", "day"),
    ("maps/estimate", "batches", "day"),
    ("maps/estimate", "peak", "day"),
    ("maps/estimate", "bandwidth", "day"),
    ("maps/estimate", "sent", "day"),
    ("maps/estimate", "sent_each", "day"),
    ("metrics/estimate", "in_a_unit", "unit"),
    ("metrics/estimate", "in_a_row", "alone"),
    ("nearby_friends/estimate", "channels", "input"),
    ("object_store/estimate", "stored", "decimals"),
    ("object_store/estimate", "reads_each", "off_by_one"),
    ("object_store/estimate", "durability", "swapped"),
    ("object_store/estimate", "availability", "swapped"),
    ("object_store/estimate", "lost_as_noted", "decimals"),
    ("object_store/estimate", "eleven", "decimals"),
    ("proximity/estimate", "rate", "day"),
    ("proximity/estimate", "width_12", "cut"),
    ("url_shortener/estimate", "written", "unit"),
    ("url_shortener/estimate", "rows", "left_out"),
    ("url_shortener/estimate", "letter_a", "off_by_one"),
    ("video/estimate", "renditions_too", "left_out"),
    ("video/estimate", "misprinted", "unit"),
];

/// All envelopes of the library, without ".toml".
fn files(library: &Path) -> Vec<String> {
    let mut files = Vec::new();
    for entry in fs::read_dir(library).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_dir()) {
        let folder = entry.file_name().into_string().unwrap();
        for file in fs::read_dir(entry.path()).unwrap().map(Result::unwrap) {
            let name = file.file_name().into_string().unwrap();
            let stem = name.strip_suffix(".toml").unwrap_or_default();
            if !stem.is_empty() && (stem == "estimate" || folder == "estimation") {
                files.push(format!("{folder}/{stem}"));
            }
        }
    }
    files.sort();
    files
}

#[test]
fn the_slips_of_the_library_are_found_and_named() {
    let library = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut found: Vec<(String, String, String)> = Vec::new();
    for file in files(&library) {
        let envelope = json(&library, &["estimate", &format!("{file}.toml"), "--format", "json"]);
        for estimate in envelope["estimates"].as_array().unwrap() {
            let opinion = &estimate["opinion"];
            assert_ne!(opinion["holds"], false, "{file}: {}: {opinion}", estimate["name"]);
            if let Some(slip) = opinion["slips"][0]["slip"].as_str() {
                let name = estimate["name"].as_str().unwrap();
                found.push((file.clone(), name.to_owned(), slip.to_owned()));
            }
        }
    }
    let found: Vec<(&str, &str, &str)> =
        found.iter().map(|(file, name, slip)| (file.as_str(), name.as_str(), slip.as_str())).collect();
    assert_eq!(found, SLIPS);
}

#[test]
fn the_envelopes_of_the_library_hold() {
    let library = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let paths: Vec<String> = files(&library).into_iter().map(|file| file + ".toml").collect();
    assert_eq!(paths.len(), 25, "three on estimating, and one for each of twenty-two systems");
    // A slow machine would tell of its progress.
    let arguments: Vec<&str> =
        ["check", "--quiet"].into_iter().chain(paths.iter().map(String::as_str)).collect();
    let (code, stdout, stderr) = windtunnel(&library, &arguments);
    assert_eq!((code, stderr.as_str()), (Some(0), ""), "{stdout}");
}

const MAIL: &str = "[scenario]\ntitle = \"Mail\"\n[estimate]\nusers = \"1 G\"\nmail = \"50 kB\"\n\
    stored = { is = \"users * 40 * mail * 365\", noted = \"730 TB\" }\n\
    daily = { is = \"users * 40 * mail\", noted = \"2 PB\" }\n";

#[test]
fn a_wrong_note_fails_a_check() {
    let folder = own("wrong", MAIL);
    let (code, stdout, stderr) = windtunnel(&folder, &["check", "x.toml"]);
    let expected = "\
x.toml
FAIL  Mail: 1 of 2 expectations hold
notes
  ✗ stored  noted 730 TB, exact 730 PB, gap -99.9 %
      slip `prefix`: 1000 times too small: 730 PB would fit
  ✓ 1 figure agrees with its formula

1 scenario: 1 expectation holds, 1 fails
";
    assert_eq!((code, stdout.as_str(), stderr.as_str()), (Some(99), expected, ""));
    let run = &json(&folder, &["check", "x.toml", "--format", "json"])[0];
    assert_eq!(run["notes"][0]["name"], "stored");
    assert_eq!(run["notes"][0]["verdict"], "fail");
    assert_eq!(run["notes"][0]["observed"], 7.3e17);
    assert_eq!(run["notes"][1]["verdict"], "pass");
    // To look at it is no failure.
    assert_eq!(windtunnel(&folder, &["estimate", "x.toml"]).0, Some(0));
}

#[test]
fn a_slip_that_is_declared_is_expected() {
    for (slip, code, said) in [
        ("prefix", 0, "slip `prefix`: 1000 times too small: 730 PB would fit, as the scenario says\n"),
        ("bits", 99, "      not `bits`, as the scenario says\n"),
    ] {
        let text = MAIL.replace("\"730 TB\"", &format!("\"730 TB\", slip = \"{slip}\""));
        let (found, stdout, _) = windtunnel(&own(slip, &text), &["check", "x.toml"]);
        assert_eq!(found, Some(code), "{stdout}");
        assert!(stdout.contains(said), "{stdout}");
    }
    let text = MAIL.replace("\"2 PB\"", "\"2 PB\", slip = \"day\"");
    let (code, stdout, _) = windtunnel(&own("none", &text), &["check", "x.toml"]);
    assert_eq!(code, Some(99));
    assert!(
        stdout.contains(
            "  ✗ daily  noted 2 PB, exact 2 PB, no gap\n      no slip, but the scenario says `day`\n"
        ),
        "{stdout}"
    );
}

#[test]
fn an_envelope_needs_no_duration_and_shows_what_moves_it() {
    let folder = own("moves", MAIL);
    let (code, stdout, stderr) = windtunnel(&folder, &["estimate", "x.toml"]);
    let expected = "\
Mail

  users  = 1 G
  mail   = 50 kB

  stored = users * 40 * mail * 365
         = 1 G * 40 * 50 kB * 365
         = 730 PB
           noted 730 TB, exact 730 PB, gap -99.9 %
           slip `prefix`: 1000 times too small: 730 PB would fit

  daily  = users * 40 * mail
         = 1 G * 40 * 50 kB
         = 2 PB
           noted 2 PB, exact 2 PB, no gap

sensitivity: what 1 % more of an input adds, and what half or twice of it would give
  what             input     is  +1 %    half    twice
  stored = 730 PB  users    1 G  +1 %  365 PB  1.46 EB
                   mail   50 kB  +1 %  365 PB  1.46 EB
  daily = 2 PB     users    1 G  +1 %    1 PB     4 PB
                   mail   50 kB  +1 %    1 PB     4 PB
";
    assert_eq!((code, stdout.as_str(), stderr.as_str()), (Some(0), expected, ""));
    let envelope = json(&folder, &["estimate", "x.toml", "--format", "json"]);
    let influence = &envelope["estimates"][2]["sensitivity"][1];
    assert_eq!(influence["input"], "mail");
    assert_eq!(influence["elasticity"], 1.0);
    assert_eq!(
        (&influence["halved"]["value"], &influence["doubled"]["text"]),
        (&3.65e17.into(), &"1.46 EB".into())
    );
}
