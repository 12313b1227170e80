//! One file and one line in the list make a kind: everything else is made from the list.

use super::*;
use crate::component::KINDS;
use crate::figures::Catalogue;
use crate::plan::Document;
use crate::plan::declare::keys_of;
use crate::results::Verdict;
use crate::scenario::{Diagnostics, Key};
use crate::schema::schema;
use std::fs;
use std::path::{Path, PathBuf};

const SCENARIO: &str = r#"
[scenario]
duration = "10 s"
[client.visitors]
arrivals = { even = "1 /s" }
request = "polly.say"
[parrot.polly]
lessons = 4
workers = 1
[slo]
speaks = "polly.words == 6"
learns = "visitors.outcome.missing == 4"
"#;

fn build(text: &str) -> Result<Experiment, String> {
    let mut diagnostics = Diagnostics::new();
    let (sources, document) = Document::parse("parrot.toml", text, &[], &mut diagnostics);
    let input = Input { file: "parrot.toml", text, settings: &[] };
    let experiment =
        document.and_then(|document| Experiment::new(&document, input, &[None], &mut diagnostics));
    experiment.ok_or_else(|| diagnostics.lines(&sources))
}

/// The files of a folder and of those in it.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn one_file_and_one_line_are_enough() {
    let own = ["src/component/parrot.rs", "src/experiment/one_more_kind.rs"];
    let mut lines = Vec::new();
    for file in files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        if own.iter().any(|own| file.ends_with(own)) || file.extension().is_none_or(|kind| kind != "rs") {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        lines.extend(text.lines().filter(|line| line.to_lowercase().contains("parrot")).map(str::to_owned));
    }
    assert_eq!(lines, ["            Parrot(parrot::ParrotBlueprint),"]);
}

#[test]
fn it_is_listed_with_all_its_keys() {
    let kind = KINDS.iter().find(|kind| kind.name == "parrot").expect("it is in the list");
    let keys = Key::names(&keys_of(kind));
    assert!(keys.starts_with(&["lessons", "instances"]) && keys.contains(&"queue"), "{keys:?}");
}

#[test]
fn it_is_in_the_schema() {
    let schema = schema();
    let parrot = &schema["properties"]["parrot"]["patternProperties"]["^[a-z][a-z0-9_]*$"];
    assert_eq!(parrot["properties"]["lessons"]["$ref"], "#/$defs/count");
    assert_eq!(parrot["properties"]["workers"]["description"], "served at once per instance");
}

#[test]
fn it_is_read_and_what_is_wrong_with_it_is_said() {
    for (from, to, expected) in [
        (
            "lessons = 4",
            "lesons = 4",
            "8:1: error: unknown key `lesons` in [parrot.polly] (did you mean `lessons`?",
        ),
        ("lessons = 4", "lessons = 101", "8:11: error: `lessons` is from 0 to 100, not 101"),
        ("polly.say", "polly.sing", "6:11: error: unknown operation `sing` of `polly`"),
    ] {
        let error = build(&SCENARIO.replace(from, to)).err().expect("it is wrong");
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn it_runs_and_is_measured() {
    let experiment = build(SCENARIO).unwrap();
    let catalogue = Catalogue::of(&experiment.trials[0].scenario.plan);
    assert!(catalogue.iter().any(|(name, _)| name == "polly.words"));
    let results = perform(&experiment, &Unwatched).unwrap().remove(0);
    let verdicts: Vec<_> = results.expectations().map(|one| (one.name.as_str(), one.verdict)).collect();
    assert_eq!(verdicts, [("speaks", Verdict::Pass), ("learns", Verdict::Pass)]);
    assert!(results.laws.broken.is_empty());
}
