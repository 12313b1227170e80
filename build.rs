//! Puts the simulation core, built for WebAssembly, into the program, which puts it into the pages that it writes.
//!
//! `cargo core` builds the core to `src/report/assets/core.wasm`, and the next build of the program takes it along, if it was
//! made from the same sources: both builds hash them, and the core carries its hash. Without a core, or with one of other
//! sources, the program works all the same, but its pages have no sliders. With `WINDTUNNEL_CORE=required`, that is an error.

use lzma_rust2::{LzmaOptions, LzmaWriter};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Where `cargo core` puts the core.
const CORE: &str = "src/report/assets/core.wasm";

/// What the core consists of.
const SOURCES: [&str; 3] = ["Cargo.lock", "Cargo.toml", "src"];

/// What only the command line consists of.
const OTHERS: [&str; 3] = ["src/cli", "src/main.rs", "src/report/plot"];

/// The preset with the smallest output.
const PRESET: u32 = 9;

fn main() {
    println!("cargo::rerun-if-env-changed=WINDTUNNEL_CORE");
    for source in SOURCES.into_iter().chain(["build.rs"]) {
        println!("cargo::rerun-if-changed={source}");
    }
    let mark = format!("windtunnel core of {:016x}", hash_of_sources());
    println!("cargo::rustc-env=WINDTUNNEL_CORE_MARK={mark}");
    let is_core = env::var_os("CARGO_FEATURE_CLI").is_none();
    let core = if is_core { Vec::new() } else { core(mark.as_bytes()) };
    let target = PathBuf::from(env::var_os("OUT_DIR").expect("cargo gives a folder")).join("core.lzma");
    fs::write(target, core).expect("the folder can be written");
}

/// The core, compressed; nothing if there is none of these sources.
fn core(mark: &[u8]) -> Vec<u8> {
    let problem = match fs::read(CORE) {
        Ok(core) if core.windows(mark.len()).any(|bytes| bytes == mark) => {
            return compressed(&core).expect("memory can be written");
        }
        Ok(_) => "is that of other sources",
        Err(_) => "is missing",
    };
    if env::var("WINDTUNNEL_CORE").is_ok_and(|value| value == "required") {
        panic!("the core {CORE} {problem}: run `cargo core` first");
    }
    Vec::new()
}

/// As a file of LZMA (Pavlov, 1998): a third smaller than deflate makes it, and the page has to unpack it only when a slider moves.
fn compressed(bytes: &[u8]) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    // Instructions of WebAssembly stand at any byte, and the whole byte before says most about the next one.
    let options = LzmaOptions { lc: 4, lp: 0, pb: 0, ..LzmaOptions::with_preset(PRESET) };
    let mut writer = LzmaWriter::new_use_header(Vec::new(), &options, Some(bytes.len() as u64))?;
    writer.write_all(bytes)?;
    Ok(writer.finish()?)
}

/// A hash of everything that the core consists of: names and contents of the files, in the order of their names.
fn hash_of_sources() -> u64 {
    let mut files = Vec::new();
    for source in SOURCES {
        collect(Path::new(source), &mut files);
    }
    files.sort();
    let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
    for file in files {
        hash.add(file.to_string_lossy().replace('\\', "/").as_bytes());
        hash.add(&fs::read(&file).expect("a source can be read"));
    }
    hash.0
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) {
    if OTHERS.iter().any(|other| path == Path::new(other)) {
        return;
    }
    if path.is_dir() {
        let entries = fs::read_dir(path).expect("a folder can be read");
        entries.for_each(|entry| collect(&entry.expect("an entry can be read").path(), files));
    } else if path
        .extension()
        .is_some_and(|extension| ["rs", "toml", "lock"].iter().any(|one| extension == *one))
    {
        files.push(path.to_owned());
    }
}

/// The hash FNV-1a of 64 bits (Fowler, Noll and Vo, 1991).
struct Fnv(u64);

impl Fnv {
    fn add(&mut self, bytes: &[u8]) {
        for byte in (bytes.len() as u64).to_le_bytes().iter().chain(bytes) {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}
