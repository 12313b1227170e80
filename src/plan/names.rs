//! Which names a scenario may give.

use crate::scenario::{Diagnostics, Location};

/// Words of metrics, tables and selectors: a component with such a name could not be told from them.
pub const RESERVED: [&str; 34] = [
    "scenario",
    "estimate",
    "network",
    "call",
    "slo",
    "claim",
    "variant",
    "fault",
    "campaign",
    "limits",
    "lint",
    "price",
    "requirements",
    "report",
    "run",
    "mark",
    "link",
    "place",
    "default",
    "latency",
    "errors",
    "outcome",
    "failed",
    "rate",
    "offered",
    "availability",
    "utilization",
    "queue",
    "wait",
    "sojourn",
    "rejected",
    "primary",
    "replica",
    "shard",
];

/// Words of expectations, which name faults.
const EXPRESSION_WORDS: [&str; 9] = ["and", "or", "not", "during", "before", "after", "from", "to", "for"];

/// Reports a name that a component, operation, fault or variant cannot have.
pub(super) fn check(name: &str, location: Location, diagnostics: &mut Diagnostics) {
    if !is_word(name) {
        let near = match plain(name) {
            near if is_word(&near) && !RESERVED.contains(&near.as_str()) => {
                format!("did you mean `{near}`? ")
            }
            _ => String::new(),
        };
        let rule =
            "a name begins with a lower-case letter and goes on with lower-case letters, digits and `_`";
        diagnostics.error(location, format!("`{name}` is not a name")).help(format!("{near}{rule}")).cause();
    } else if RESERVED.contains(&name) {
        diagnostics
            .error(location, format!("`{name}` is a word of the language"))
            .help("metrics or tables have this name; choose another one");
    }
}

/// Reports a name that a fault or a campaign cannot have.
pub(super) fn check_fault(name: &str, location: Location, diagnostics: &mut Diagnostics) {
    check(name, location, diagnostics);
    if EXPRESSION_WORDS.contains(&name) {
        diagnostics
            .error(location, format!("`{name}` is a word of the language"))
            .help("expectations could not name this fault; choose another name");
    }
}

/// The name that is nearest to a text: `app_1` for `App-1`.
pub(super) fn plain(text: &str) -> String {
    text.to_lowercase().replace(|letter: char| !letter.is_ascii_alphanumeric(), "_")
}

/// Whether a text is `[a-z][a-z0-9_]*`.
pub(super) fn is_word(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_')
}
