//! An example of every word of the language: the reference shows them, and a test runs them.
//!
//! An example is the part of a scenario that matters. What it lacks (a header, a client `c`, a server `s`) comes from
//! [`whole`]; where it has expectations they must hold, so that the word is not only read but does something.

mod calls;
mod faults;
mod figures;
mod kinds;
mod outcomes;
mod patterns;
mod verbs;

pub(crate) use calls::CALLS;
pub(crate) use faults::FAULTS;
pub(crate) use figures::FIGURES;
pub(crate) use kinds::KINDS;
pub(crate) use outcomes::OUTCOMES;
pub(crate) use patterns::{constant, discipline, eviction, law, policy};
pub(crate) use verbs::VERBS;

use windtunnel::files::FileMap;

/// What an example may leave out: the first line of each table tells whether it does.
const STANDARD: [&str; 3] = [
    "[scenario]\nduration = \"10 s\"\n",
    "[client.c]\narrivals = { even = \"100 /s\" }\nrequest = \"s.go\"\nkeys = { count = 100 }\n",
    "[server.s]\nworkers = 4\n[server.s.on]\ngo = [ { work = { exponential = \"5 ms\" } } ]\n",
];

/// An example with what it lacks.
pub(crate) fn whole(example: &str) -> String {
    let mut text = example.to_owned();
    for (index, table) in STANDARD.iter().enumerate() {
        let (first, _) = table.split_once('\n').expect("a table has a first line");
        let is_needed = index < 2 || text.contains("\"s.go\"") || text.contains("[\"s\"]");
        if !example.contains(first) && is_needed {
            text += table;
        }
    }
    text
}

/// The example of a word, if the table has it.
pub(crate) fn find(table: &[(&str, &'static str)], word: &str) -> Option<&'static str> {
    table.iter().find(|(name, _)| *name == word).map(|(_, text)| text.trim_start())
}

/// What stands beside the examples: 2000 requests for 40 keys, some more often than others.
pub(crate) fn files() -> FileMap {
    let mut trace = "time,key\n".to_owned();
    for line in 0..2000_u32 {
        trace += &format!("{},{}\n", f64::from(line) / 500.0, line % 7 * line % 40);
    }
    let mut files = FileMap::default();
    files.insert("asked.csv", trace.as_bytes());
    files.insert("times.csv", b"ms\n1\n2\n9\n");
    files
}
