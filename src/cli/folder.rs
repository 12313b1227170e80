//! The folder that a run writes: its result and its pictures. Results of another scenario are never overwritten.

use super::exit::Trouble;
use super::output;
use std::fs;
use std::path::{Component, Path, PathBuf};
use windtunnel::results::Subject;

/// The file that says which scenario a folder belongs to.
const MARKER: &str = "scenario.txt";

/// Where the results of a scenario go.
pub(super) struct Folder {
    path: PathBuf,
}

/// A file that is to be written.
pub(super) struct Item {
    name: String,
    bytes: Vec<u8>,
}

impl Item {
    /// A file of this name with this content.
    pub(super) fn new(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Item {
        Item { name: name.into(), bytes: bytes.into() }
    }
}

impl Folder {
    /// The folder of a scenario file, or the one that the user gave.
    pub(super) fn of(file: &Path, given: Option<&Path>) -> Folder {
        let path = given.map_or_else(|| Path::new("reports").join(stem(file)), Path::to_owned);
        Folder { path }
    }

    /// The folder of a run of the scenario: variants stand below the base.
    pub(super) fn path_for(&self, variant: Option<&str>) -> PathBuf {
        variant.map_or_else(|| self.path.clone(), |variant| self.path.join(variant))
    }

    /// Writes the files of a run, and the marker that names its scenario.
    ///
    /// Refused is a folder that holds results of another scenario, or files of these names that no run wrote.
    pub(super) fn write(&self, subject: &Subject, items: &[Item]) -> Result<(), Trouble> {
        let path = self.path_for(subject.variant.as_deref());
        let marker = Marker::of(&normal(&path), subject);
        marker.check(&path, items)?;
        fs::create_dir_all(&path).map_err(|error| Trouble::unwritable(&path, error))?;
        let marker = Item::new(MARKER, marker.text());
        for item in [&marker].into_iter().chain(items) {
            let target = path.join(&item.name);
            output::write(&target, &item.bytes)?;
        }
        Ok(())
    }
}

/// The name of the folder of a scenario: the file's without its extension; a `scenario.toml` is named by its folder.
fn stem(file: &Path) -> PathBuf {
    let stem = file.file_stem().unwrap_or(file.as_os_str());
    let normal = normal(file);
    match normal.parent().and_then(Path::file_name) {
        Some(folder) if stem == "scenario" => PathBuf::from(folder),
        _ => PathBuf::from(stem),
    }
}

/// An absolute path without `.` and `..`; links are not followed.
pub(super) fn normal(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut normal = PathBuf::new();
    for component in absolute.components() {
        match component {
            Component::ParentDir => {
                normal.pop();
            }
            Component::CurDir => {}
            other => normal.push(other),
        }
    }
    normal
}

/// Whose results a folder holds.
#[derive(PartialEq, Eq, Debug)]
struct Marker {
    /// The scenario file as seen from the folder, so that both can be moved together.
    file: String,
    title: String,
}

impl Marker {
    fn of(home: &Path, subject: &Subject) -> Marker {
        let file = relative(home, &normal(Path::new(&subject.file)));
        Marker { file: file.display().to_string(), title: one_line(&subject.title) }
    }

    fn text(&self) -> String {
        format!("The results in this folder are those of\nfile: {}\ntitle: {}\n", self.file, self.title)
    }

    fn parse(text: &str) -> Option<Marker> {
        let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)).map(str::to_owned);
        Some(Marker { file: value("file: ")?, title: value("title: ")? })
    }

    /// Whether a folder may be written: it holds results of the same file, or nothing of these names.
    fn check(&self, path: &Path, items: &[Item]) -> Result<(), Trouble> {
        let present = fs::read_to_string(path.join(MARKER)).ok().and_then(|text| Marker::parse(&text));
        if let Some(present) = present {
            if present.file == self.file {
                return Ok(());
            }
            return Err(Trouble::other(format!(
                "{} holds the results of {} ({}), so nothing was written; choose another folder with --out",
                path.display(),
                normal(&path.join(&present.file)).display(),
                present.title
            )));
        }
        let names = items.iter().map(|item| item.name.as_str()).chain([MARKER]);
        match names.into_iter().find(|name| path.join(name).exists()) {
            Some(name) => Err(Trouble::other(format!(
                "{} was not written by a run, so nothing was written; choose another folder with --out",
                path.join(name).display()
            ))),
            None => Ok(()),
        }
    }
}

/// The way from a folder to a file, both absolute.
fn relative(from: &Path, to: &Path) -> PathBuf {
    let shared = from.components().zip(to.components()).take_while(|(one, other)| one == other).count();
    if shared == 0 {
        return to.to_owned();
    }
    let up = from.components().skip(shared).map(|_| Component::ParentDir);
    up.chain(to.components().skip(shared)).collect()
}

fn one_line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_named_after_their_scenarios() {
        for (file, given, variant, expected) in [
            ("a/url.toml", None, None, "reports/url"),
            ("a/url.toml", None, Some("slow"), "reports/url/slow"),
            ("a/shop/scenario.toml", None, None, "reports/shop"),
            ("a/shop/../mall/scenario.toml", None, None, "reports/mall"),
            ("a/url.toml", Some("out"), Some("slow"), "out/slow"),
        ] {
            let folder = Folder::of(Path::new(file), given.map(Path::new));
            assert_eq!(folder.path_for(variant), Path::new(expected), "{file}");
        }
    }

    #[test]
    fn the_way_from_a_folder_to_a_file() {
        for (from, to, expected) in [
            ("/w/reports/url", "/w/scenarios/url.toml", "../../scenarios/url.toml"),
            ("/w", "/w/url.toml", "url.toml"),
            ("/", "/url.toml", "url.toml"),
        ] {
            assert_eq!(relative(Path::new(from), Path::new(to)), Path::new(expected), "{from} {to}");
        }
    }

    #[test]
    fn a_marker_is_read_as_it_was_written() {
        let marker = Marker { file: "../a b.toml".to_owned(), title: one_line("two\nlines") };
        assert_eq!(Marker::parse(&marker.text()), Some(marker));
        assert_eq!(Marker::parse("something else"), None);
    }
}
