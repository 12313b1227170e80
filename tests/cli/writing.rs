//! What stands on the disk is not lost, and what cannot be written is told.

use super::{Folder, Outcome, QUEUE};
use std::fs;
use std::process::Command;

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
fn a_report_that_cannot_be_written_is_told_before_the_runs() {
    let folder = Folder::new("unwritable_report");
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
