//! Files beside a scenario: who opens them, and how the rows of those with separated values are read.
//!
//! The core never touches a file system. Whoever reads a scenario says where its files are: the command line in the
//! scenario's folder, WebAssembly and tests in a map.

mod rows;

pub use rows::{Mistake, Rows};

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::io::{BufRead, Cursor, Error, ErrorKind, Result};
use std::sync::Arc;

/// Where the files beside a scenario are.
pub trait Files: Debug + Send + Sync {
    /// Opens a file from its beginning; `path` is relative to the scenario's folder. A run opens it again, so that its content
    /// must stay the same.
    fn open(&self, path: &str) -> Result<Box<dyn BufRead>>;
}

/// Files that are held in memory, by their paths; without any, there are none beside the scenario.
#[derive(Clone, Debug, Default)]
pub struct FileMap(BTreeMap<String, Arc<[u8]>>);

impl FileMap {
    /// Adds a file, or replaces it.
    pub fn insert(&mut self, path: &str, content: &[u8]) {
        self.0.insert(path.to_owned(), content.into());
    }
}

impl Files for FileMap {
    fn open(&self, path: &str) -> Result<Box<dyn BufRead>> {
        let known = || self.0.keys().map(String::as_str).collect::<Vec<&str>>().join(", ");
        match self.0.get(path) {
            Some(content) => Ok(Box::new(Cursor::new(Arc::clone(content)))),
            None if self.0.is_empty() => Err(Error::new(ErrorKind::NotFound, "no file was given")),
            None => {
                Err(Error::new(ErrorKind::NotFound, format!("it is not among the files given: {}", known())))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn a_map_opens_what_it_holds() {
        let mut files = FileMap::default();
        assert_eq!(files.open("a.csv").err().unwrap().to_string(), "no file was given");
        files.insert("a.csv", b"old");
        files.insert("a.csv", b"new");
        for _ in 0..2 {
            let mut text = String::new();
            files.open("a.csv").unwrap().read_to_string(&mut text).unwrap();
            assert_eq!(text, "new");
        }
        let message = "it is not among the files given: a.csv";
        assert_eq!(files.open("b.csv").err().unwrap().to_string(), message);
    }
}
