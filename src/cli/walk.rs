//! Which scenarios stand below a folder.

use super::exit::Trouble;
use super::load;
use std::fs;
use std::path::{Path, PathBuf};
use windtunnel::scenario::is_scenario;

/// Folders of what was built or fetched; hidden ones are skipped as well.
const SKIPPED: [&str; 2] = ["target", "node_modules"];

/// What was found, in the order of the names.
#[derive(Default)]
pub(super) struct Found {
    /// Scenarios.
    pub(super) scenarios: Vec<PathBuf>,
    /// Other files that end like one.
    pub(super) others: Vec<PathBuf>,
}

impl Found {
    /// The scenarios below a folder; a file itself, whatever it is.
    pub(super) fn at(path: &Path) -> Result<Found, Trouble> {
        let mut found = Found::default();
        if path.is_dir() {
            found.walk(path)?;
        } else {
            found.scenarios.push(path.to_owned());
        }
        Ok(found)
    }

    fn walk(&mut self, folder: &Path) -> Result<(), Trouble> {
        let entries =
            fs::read_dir(folder).and_then(|entries| entries.collect::<Result<Vec<fs::DirEntry>, _>>());
        let entries = entries.map_err(|error| Trouble::unreadable(folder, &error))?;
        let mut paths: Vec<PathBuf> = entries.iter().map(fs::DirEntry::path).collect();
        paths.sort();
        for path in paths {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let is_hidden = name.starts_with('.');
            if path.is_dir() && !path.is_symlink() {
                if !is_hidden && !SKIPPED.contains(&name.as_ref()) {
                    self.walk(&path)?;
                }
            } else if path.is_file() && path.extension().is_some_and(|extension| extension == "toml") {
                // What cannot be read may be one: whoever wants to run it will hear why it cannot.
                let is_scenario = load::read(&path).map_or(true, |text| is_scenario(&text));
                if is_scenario { &mut self.scenarios } else { &mut self.others }.push(path);
            }
        }
        Ok(())
    }
}
