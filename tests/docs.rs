//! What the README and the pages under `docs/` show is what happens: their scenarios are run, their commands are run and
//! print what stands there, and their links lead somewhere.
//!
//! `BLESS=1 cargo test --test docs` writes what is printed now into the console blocks; figures in the text around them stay
//! as they are.

#![cfg(feature = "cli")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

/// A fenced block of a page.
struct Block<'a> {
    /// What stands behind the fence: `toml file=shop.toml`.
    info: &'a str,
    text: String,
}

/// The blocks of a page, in their order.
fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(info) = line.strip_prefix("```") {
            let text = lines.by_ref().take_while(|line| *line != "```");
            let text = text.map(|line| format!("{line}\n")).collect();
            blocks.push(Block { info, text });
        }
    }
    blocks
}

impl Block<'_> {
    /// Its language.
    fn language(&self) -> &str {
        self.info.split(' ').next().unwrap_or_default()
    }

    /// What stands behind `key=`.
    fn attribute(&self, key: &str) -> Option<&str> {
        self.info.split(' ').find_map(|word| word.strip_prefix(key)?.strip_prefix('='))
    }

    /// The commands of a console block, each with what it is said to print.
    fn sessions(&self) -> Vec<(&str, String)> {
        let mut sessions: Vec<(&str, String)> = Vec::new();
        for line in self.text.lines() {
            match (line.strip_prefix("$ "), sessions.last_mut()) {
                (Some(command), _) => sessions.push((command, String::new())),
                (None, Some((_, output))) => *output += &format!("{line}\n"),
                (None, None) => panic!("a console block begins with a command, not with `{line}`"),
            }
        }
        sessions
    }
}

/// The words of a command; single quotes keep spaces.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for (index, part) in command.split('\'').enumerate() {
        let is_quoted = index % 2 == 1;
        for (number, piece) in part.split(' ').enumerate() {
            if number > 0 && !is_quoted {
                words.push(String::new());
            } else if number > 0 {
                words.last_mut().expect("there is a word").push(' ');
            }
            words.last_mut().expect("there is a word").push_str(piece);
        }
    }
    words
}

/// Whether a text is the expected one, in which a line `...` stands for any lines.
fn fits(expected: &str, actual: &str) -> bool {
    let mut rest: Vec<&str> = actual.trim_end().lines().collect();
    let expected: Vec<&str> = expected.trim_end().lines().collect();
    let mut parts = expected.split(|line| *line == "...");
    let first = parts.next().unwrap_or_default();
    if !rest.starts_with(first) {
        return false;
    }
    rest.drain(..first.len());
    let mut open = false;
    for part in parts {
        open = true;
        if part.is_empty() {
            continue;
        }
        let Some(start) = rest.windows(part.len()).position(|window| window == part) else { return false };
        rest.drain(..start + part.len());
        open = false;
    }
    open || rest.is_empty()
}

/// As much of a text as an older one showed of an older text: the lines that are most like those, in their order.
fn excerpt(shown: &str, text: &str) -> String {
    let lines: Vec<&str> = text.trim_end().lines().collect();
    if !shown.lines().any(|line| line == "...") {
        return lines.join("\n") + "\n";
    }
    let mut kept: Vec<usize> = Vec::new();
    for line in shown.lines().filter(|line| *line != "...") {
        let from = kept.last().map_or(0, |last| last + 1);
        let likeness = |at: &usize| (strsim::normalized_levenshtein(line, lines[*at]) * 1e6) as u32;
        // Of equally alike lines the first one.
        let best = (from..lines.len()).rev().max_by_key(likeness);
        kept.extend(best.filter(|at| likeness(at) > 500_000));
    }
    let mut text = String::new();
    let mut next = 0;
    for at in kept {
        if at > next {
            text += "...\n";
        }
        text += &format!("{}\n", lines[at]);
        next = at + 1;
    }
    if next < lines.len() { text + "...\n" } else { text }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The Markdown files of a folder, at any depth, in the order of their names.
fn markdown(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries
        .into_iter()
        .flat_map(|path| match path.is_dir() {
            true => markdown(&path),
            false => {
                vec![path].into_iter().filter(|path| path.extension().is_some_and(|it| it == "md")).collect()
            }
        })
        .collect()
}

/// All pages, by their path in the repository.
fn pages() -> Vec<PathBuf> {
    let mut pages = vec![root().join("README.md")];
    pages.extend(markdown(&root().join("docs")));
    pages.iter().map(|page| page.strip_prefix(root()).unwrap().to_owned()).collect()
}

/// The folder in which the commands of a page run, and what came of the last one.
struct Desk {
    folder: PathBuf,
    runs: usize,
    code: i32,
    /// Whether what a page shows has to be free of warnings.
    is_strict: bool,
}

/// What a command printed.
struct Printed {
    stdout: String,
    stderr: String,
}

impl Desk {
    fn new(page: &Path) -> Desk {
        let name = page.with_extension("").display().to_string().replace(['/', '\\'], "-");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("docs").join(name);
        let _ = fs::remove_dir_all(&folder);
        copy(&root().join("scenarios"), &folder.join("scenarios"));
        Desk { folder, runs: 0, code: 0, is_strict: page.starts_with("docs") }
    }

    /// Runs windtunnel; pictures go where nobody looks.
    fn windtunnel(&mut self, arguments: &[String]) -> Printed {
        self.runs += 1;
        let mut run = Command::new(env!("CARGO_BIN_EXE_windtunnel"));
        run.args(arguments).current_dir(&self.folder).env("NO_COLOR", "1").env_remove("GITHUB_ACTIONS");
        if arguments[0] == "run" && !arguments.iter().any(|argument| argument == "--out") {
            run.args(["--out", &format!("reports/{}", self.runs)]);
        }
        let output = run.output().unwrap();
        self.code = output.status.code().expect("it ends by itself");
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Printed { stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// What a command of a console block prints: the result, or why there is none.
    fn answer(&mut self, command: &str) -> Result<String, String> {
        let mut words = words(command);
        match words.remove(0).as_str() {
            "windtunnel" => {
                let printed = self.windtunnel(&words);
                if printed.stderr.contains("warning[") && self.is_strict {
                    return Err(format!("`{command}` warns:\n{}", printed.stderr));
                }
                Ok(if self.code == 2 { printed.stderr } else { printed.stdout })
            }
            "echo" if words == ["$?"] => Ok(format!("{}\n", self.code)),
            "cat" => {
                fs::read_to_string(self.folder.join(&words[0])).map_err(|error| format!("{command}: {error}"))
            }
            other => Err(format!("a page can show `windtunnel`, `echo $?` and `cat`, not `{other}`")),
        }
    }

    /// Saves a block as the page says.
    fn save(&self, block: &Block<'_>) -> Option<String> {
        let name = block.attribute("file").or(block.attribute("append"))?;
        let path = self.folder.join(name);
        let before = match block.attribute("append") {
            Some(_) => fs::read_to_string(&path).expect("what is appended to was saved") + "\n",
            None => String::new(),
        };
        fs::create_dir_all(path.parent().expect("a file is in a folder")).unwrap();
        fs::write(&path, before + &block.text).unwrap();
        Some(name.to_owned())
    }
}

/// Generated pages show parts of scenarios, which the test of the lists runs.
const GENERATED: &str = "<!-- Written by ";

/// Follows a page from top to bottom as a reader would: saves its files, types its commands. What does not come out as it
/// says is returned.
fn follow(page: &Path) -> Vec<String> {
    let text = fs::read_to_string(root().join(page)).unwrap();
    if text.starts_with(GENERATED) {
        return Vec::new();
    }
    let mut desk = Desk::new(page);
    let mut wrong = Vec::new();
    let mut blessed = text.clone();
    let mut waiting: Vec<String> = Vec::new();
    for block in blocks(&text) {
        let saved = desk.save(&block);
        if let ("toml", Some(name)) = (block.language(), &saved) {
            let printed = desk.windtunnel(&["explain".to_owned(), name.clone()]);
            if desk.code != 0 || printed.stderr.contains("warning") {
                wrong.push(format!("{name}:\n{}", printed.stderr));
            }
            waiting.retain(|known| known != name);
            waiting.push(name.clone());
        } else if block.language() == "toml" && page.starts_with("docs") {
            wrong.push(format!("a block says neither `file=` nor `append=`:\n{}", block.text));
        }
        if block.language() == "console" {
            for (command, expected) in block.sessions() {
                waiting.retain(|name| !command.contains(name.as_str()));
                match desk.answer(command) {
                    Ok(actual) if fits(&expected, &actual) => {}
                    Ok(actual) if std::env::var_os("BLESS").is_some() => {
                        let new = format!("$ {command}\n{}", excerpt(&expected, &actual));
                        blessed = blessed.replacen(&format!("$ {command}\n{expected}"), &new, 1);
                    }
                    Ok(actual) => wrong.push(format!("`{command}` prints\n{actual}\nand not\n{expected}")),
                    Err(error) => wrong.push(error),
                }
            }
        }
    }
    if blessed != text {
        fs::write(root().join(page), blessed).unwrap();
    }
    for name in waiting {
        let printed = desk.windtunnel(&["check".to_owned(), name.clone()]);
        if desk.code != 0 {
            wrong.push(format!(
                "`check {name}` ends with {}:\n{}{}",
                desk.code, printed.stdout, printed.stderr
            ));
        }
    }
    wrong.into_iter().map(|what| format!("{}: {what}", page.display())).collect()
}

#[test]
fn the_pages_are_true() {
    let pages = pages();
    let wrong: Vec<String> = thread::scope(|scope| {
        let readers: Vec<_> = pages.iter().map(|page| scope.spawn(|| follow(page))).collect();
        readers.into_iter().flat_map(|reader| reader.join().expect("a page is read to its end")).collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// The targets of the links of a page, outside of its blocks.
fn links(page: &str) -> Vec<&str> {
    let mut is_block = false;
    let prose = page.lines().filter(|line| {
        let is_fence = line.starts_with("```");
        is_block ^= is_fence;
        !is_block && !is_fence
    });
    let behind = prose.flat_map(|line| line.split("](").skip(1));
    behind.filter_map(|rest| rest.split(')').next()).collect()
}

/// The name by which a heading is linked to: GitHub's.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().chars().filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

#[test]
fn links_lead_somewhere() {
    let pages = pages();
    let mut linked: Vec<PathBuf> = Vec::new();
    for page in &pages {
        let text = fs::read_to_string(root().join(page)).unwrap();
        for link in links(&text).into_iter().filter(|link| !link.contains("://")) {
            let (file, section) =
                link.split_once('#').map_or((link, None), |(file, section)| (file, Some(section)));
            let path = match file {
                "" => root().join(page),
                _ => root().join(page).parent().expect("a page is in a folder").join(file),
            };
            assert!(path.exists(), "{}: {link} is not there", page.display());
            if let Some(section) = section {
                let target = fs::read_to_string(&path).unwrap();
                let headings = target.lines().filter(|line| line.starts_with('#'));
                let found =
                    headings.map(|line| anchor(line.trim_start_matches('#'))).any(|known| known == section);
                assert!(found, "{}: {link} is no heading", page.display());
            }
            linked.push(path.canonicalize().unwrap());
        }
    }
    for page in pages.iter().skip(1) {
        let path = root().join(page).canonicalize().unwrap();
        assert!(linked.contains(&path), "nothing links to {}", page.display());
    }
}

#[test]
fn the_first_scenario_is_the_one_in_the_repository() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let scenario = fs::read_to_string(root().join("scenarios/first.toml")).unwrap();
    assert!(readme.contains(&format!("```toml file=first.toml\n{}\n```", scenario.trim_end())));
}

#[test]
fn dots_stand_for_any_lines() {
    for (expected, actual, fit) in [
        ("a\nb", "a\nb\n", true),
        ("a\nb", "a\nb\nc", false),
        ("a\n...", "a\nb\nc", true),
        ("a\n...\nc", "a\nb\nc", true),
        ("a\n...\nd", "a\nb\nc", false),
        ("b\n...", "a\nb\nc", false),
        ("...\nb ... c", "a\nb c", false),
    ] {
        assert_eq!(fits(expected, actual), fit, "{expected:?} {actual:?}");
    }
}

#[test]
fn an_excerpt_keeps_the_lines_that_were_shown() {
    for (shown, text, expected) in [
        ("a\nb\n", "a\nc\n", "a\nc\n"),
        ("...\nload 10 %\n...\n", "title\nload 12 %\nend\n", "...\nload 12 %\n...\n"),
        ("load 10 %\n...\n", "load 12 %\n", "load 12 %\n"),
        (
            "...\nlatency 1 s\nlatency 2 s\n...\n",
            "x\nlatency 1 s\nlatency 3 s\ny\n",
            "...\nlatency 1 s\nlatency 3 s\n...\n",
        ),
        ("...\ngone for good\nkept\n", "new\nkept\n", "...\nkept\n"),
    ] {
        assert_eq!(excerpt(shown, text), expected, "{shown:?} of {text:?}");
    }
}

#[test]
fn quotes_keep_words_together() {
    for (command, expected) in [
        ("run a.toml", vec!["run", "a.toml"]),
        ("run --set 'a=\"40 /s\"' b", vec!["run", "--set", "a=\"40 /s\"", "b"]),
    ] {
        assert_eq!(words(command), expected, "{command}");
    }
}
