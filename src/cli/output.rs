//! Files that are written: whole, or not at all.

use super::exit::Trouble;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process;

/// Writes a file. What was there stays until the new one is whole: a full disk takes nothing away, and leaves no half.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Trouble> {
    replace(path, bytes).map_err(|error| Trouble::unwritable(path, error))
}

/// Whether a file can be written, before it is known what; nothing is left of the attempt.
pub(super) fn check(path: &Path) -> Result<(), Trouble> {
    let found = match fs::metadata(path) {
        // To open a pipe would wait for its reader.
        Ok(present) if !present.is_file() && !present.is_dir() => Ok(()),
        Ok(_) => OpenOptions::new().append(true).open(path).map(|_| ()),
        Err(_) => {
            let draft = draft_of(path);
            File::create_new(&draft).and_then(|_| fs::remove_file(&draft))
        }
    };
    found.map_err(|error| Trouble::unwritable(path, error))
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let present = fs::metadata(path).ok();
    // A pipe or a terminal is no file that another one could take the place of.
    if present.as_ref().is_some_and(|present| !present.is_file()) {
        return fs::write(path, bytes);
    }
    // A link stays one.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let draft = draft_of(&target);
    let Ok(mut file) = File::create_new(&draft) else {
        // Nothing can be put beside it, but it may be writable itself.
        return fs::write(path, bytes);
    };
    let permit = |present: &fs::Metadata| fs::set_permissions(&draft, present.permissions());
    let written = file.write_all(bytes).and_then(|()| present.as_ref().map_or(Ok(()), permit));
    drop(file);
    let moved = written.and_then(|()| fs::rename(&draft, &target));
    if moved.is_err() {
        let _ = fs::remove_file(&draft);
    }
    moved
}

/// What a file is called while it is written, in the same folder.
fn draft_of(path: &Path) -> PathBuf {
    path.with_file_name(format!(".windtunnel-{}.part", process::id()))
}
