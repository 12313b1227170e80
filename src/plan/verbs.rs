//! The grammar of handlers: the verbs, their keys, and what expressions and templates may name.
//!
//! A handler is a list of steps, a step a table with one verb. The whole grammar is reserved; what a list here does not
//! contain is an unknown verb or key, never accepted and ignored:
//!
//! ```text
//! step     = { work = TIME } | { wait = TIME }
//!          | { call = TARGET, key, within, user, size, priority, value, add, delay, event*, on_OUTCOME = [step..], on_error = [step..] }
//!          | { send = TARGET, key, within, user, size, priority, value, add, delay, event*, after = TIME }
//!          | { all = [[step..]..], need = k, cancel } | { any = [[step..]..], cancel }
//!          | { repeat = COUNT, do = [step..], parallel = p }
//!          | { for_each = LIST, of = "{user}", do = [step..], where, limit, parallel }
//!          | { choose = [ { share | when, do = [step..] } .. ] }
//!          | { transaction* = "db", do = [step..], attempts, on_OUTCOME } | { hold* = "x", key, do = [step..], on_OUTCOME }
//!          | { mark = "name", per = "{key}", late_after = TIME }
//!          | { answer = "outcome" } | { return = "outcome" } | { fail = "reason" }
//! template = text with {key} {user} {id} {turn} {place} {value} {operation} {each} {graph.in(user)}
//! variable = size version turn attempt concurrency queue user value each graph.in(user)
//! ```
//!
//! What bears a star is reserved and not built yet.

use super::program::{Field, FunctionPlan, Piece, Template};
use crate::kernel::random::hash_name;
use crate::scenario::{Dimension, Key, Variable};
use crate::units::FunctionId;

/// The verbs of the language, each with its other keys.
pub const VERBS: &[Verb] = &[
    Verb { name: "work", keys: &[], doc: told!("compute: needs a core of this instance"), takes: "TIMES" },
    Verb { name: "wait", keys: &[], doc: told!("pass time without a core"), takes: "TIMES" },
    Verb {
        name: "call",
        keys: &["key", "within", "user", "size", "priority", "value", "add", "delay"],
        doc: told!(
            "call an operation and wait for the answer; a database's `write` sets the row's `value`, its `update` adds `add`; `on_OUTCOME = [..]` handles an outcome, `on_error` every failure not named; `within = COUNT`: the key is one of so many codes, to which `key` is hashed, and exists where it was written"
        ),
        takes: "TARGET",
    },
    Verb {
        name: "send",
        keys: &["key", "within", "user", "size", "priority", "value", "add", "delay", "after"],
        doc: told!("call an operation and go on at once; its fate is counted, not seen"),
        takes: "TARGET",
    },
    Verb {
        name: "all",
        keys: &["need", "cancel"],
        doc: told!(
            "branches side by side; goes on when `need` of them (default: all) have succeeded, fails when they no longer can"
        ),
        takes: "[STEPS, ..]",
    },
    Verb {
        name: "any",
        keys: &["cancel"],
        doc: told!("`all` with `need = 1`; the others go on unless `cancel = true`"),
        takes: "[STEPS, ..]",
    },
    Verb {
        name: "repeat",
        keys: &["do", "parallel"],
        doc: told!("so many turns, one after the other or `parallel` at a time; `{turn}` counts from 0"),
        takes: "COUNTS",
    },
    Verb {
        name: "for_each",
        keys: &["of", "do", "where", "limit", "parallel"],
        doc: told!(
            "a turn for each number of a list, `GRAPH.out` or `GRAPH.in` of a node, in ascending order (the links of a page in theirs), one after the other or `parallel` at a time; `{each}` is the number, `{turn}` counts from 0"
        ),
        takes: "LIST",
    },
    Verb {
        name: "choose",
        keys: &[],
        doc: told!(
            "one branch by `share` (a branch without one is the rest), or the first whose `when` holds"
        ),
        takes: "[BRANCH, ..]",
    },
    Verb {
        name: "mark",
        keys: &["per", "late_after"],
        doc: told!(
            "say that the client's intention which this work descends from got here: `mark.NAME.count`, `.delay`, `.lost`, `.pending`, `.duplicates`, and `.late` with `late_after`"
        ),
        takes: "NAME",
    },
    Verb { name: "answer", keys: &[], doc: told!("reply with this outcome and go on"), takes: "OUTCOME" },
    Verb {
        name: "return",
        keys: &[],
        doc: told!("reply with this outcome and end the handler"),
        takes: "OUTCOME",
    },
    Verb {
        name: "fail",
        keys: &[],
        doc: told!("fail the handler, or the branch, for this reason"),
        takes: "OUTCOME",
    },
];

/// What the other keys of steps take; each means the same with every verb that has it.
pub const STEP_KEYS: &[Key] = &[
    Key {
        name: "key",
        takes: "TEMPLATE",
        doc: told!(
            "what the call is about, as a template with {key} {user} {id} {turn} {place} {value} {version} {operation}, within \
              `for_each` {each}, and what a graph says of one of them: {web.host(key)}; the key of the request by \
              default"
        ),
    },
    Key {
        name: "within",
        takes: "COUNT",
        doc: told!("the key is one of so many codes, to which `key` is hashed"),
    },
    Key {
        name: "user",
        takes: "TEMPLATE",
        doc: told!("on whose behalf the call is made; the user of the request by default"),
    },
    Key {
        name: "size",
        takes: "SIZES",
        doc: told!("how large the value is; that of the request by default"),
    },
    Key {
        name: "priority",
        takes: "NUMBER",
        doc: told!("how urgent it is, from 0, the most, to 255; that of the request by default"),
    },
    Key { name: "value", takes: "NUMBER", doc: told!("the whole number that a `write` gives the row") },
    Key { name: "add", takes: "NUMBER", doc: told!("the whole number that an `update` adds to the row") },
    Key {
        name: "delay",
        takes: "TIMES",
        doc: told!(
            "how long after a queue has taken the message in it is handed out at the earliest, instead of the queue's own \
              `delay`"
        ),
    },
    Key { name: "after", takes: "TIMES", doc: told!("how much later it is sent; at once by default") },
    Key { name: "need", takes: "COUNT", doc: told!("how many branches must succeed; all by default") },
    Key {
        name: "cancel",
        takes: "true | false",
        doc: told!("whether the branches that nobody waits for any more are stopped; false by default"),
    },
    Key { name: "of", takes: "TEMPLATE", doc: told!("of what it is the list: a node of the graph") },
    Key { name: "do", takes: "STEPS", doc: told!("the steps of each turn") },
    Key {
        name: "where",
        takes: "CONDITION",
        doc: told!(
            "which numbers of the list have a turn, asked before the first one begins; all by default"
        ),
    },
    Key {
        name: "limit",
        takes: "COUNTS",
        doc: told!("how many of those have a turn at most, from the front of the list; all by default"),
    },
    Key {
        name: "per",
        takes: "TEMPLATE",
        doc: told!(
            "what tells several arrivals of one intention apart: each of them is a first one; by default there is one, and \
              the others are duplicates"
        ),
    },
    Key {
        name: "late_after",
        takes: "TIME",
        doc: told!(
            "after how long, from the client's intended arrival, an intention that gets there is late"
        ),
    },
    Key {
        name: "parallel",
        takes: "COUNT | \"unbounded\"",
        doc: told!("how many turns run at a time; 1 by default"),
    },
];

/// The keys of a branch of `choose`.
pub const BRANCH_KEYS: [Key; 3] = [
    Key { name: "share", takes: "SHARE", doc: told!("how often it is taken; the rest by default") },
    Key { name: "when", takes: "CONDITION", doc: told!("when it is taken; the first that holds is") },
    Key { name: "do", takes: "STEPS", doc: told!("its steps; required") },
];

/// A verb of the language.
#[derive(Clone, Copy, Debug)]
pub struct Verb {
    /// The key that makes a table a step of this verb.
    pub name: &'static str,
    /// The other keys that it takes.
    pub keys: &'static [&'static str],
    /// What it does.
    pub doc: &'static str,
    /// What stands behind the verb.
    pub takes: &'static str,
}

/// Run-time variables of expressions; the world knows them by their indices here.
pub const VARIABLES: [Variable<'static>; 9] = [
    Variable { name: "size", dimension: Dimension::BYTES },
    Variable { name: "version", dimension: Dimension::NONE },
    Variable { name: "turn", dimension: Dimension::NONE },
    Variable { name: "attempt", dimension: Dimension::NONE },
    Variable { name: "concurrency", dimension: Dimension::NONE },
    Variable { name: "queue", dimension: Dimension::NONE },
    Variable { name: "user", dimension: Dimension::NONE },
    Variable { name: "value", dimension: Dimension::NONE },
    Variable { name: "each", dimension: Dimension::NONE },
];

/// What functions of components may be asked about: `follows.in(user)`.
pub const ARGUMENTS: [(&str, Field); 5] = [
    ("key", Field::Key),
    ("user", Field::User),
    ("id", Field::Id),
    ("value", Field::Value),
    ("each", Field::Each),
];

/// A variable of an expression has a number below 256.
pub const FUNCTIONS_MAX: usize = (256 - VARIABLES.len()) / ARGUMENTS.len();

/// The fields of templates.
pub const FIELDS: [(&str, Field); 10] = [
    ("key", Field::Key),
    ("user", Field::User),
    ("id", Field::Id),
    ("turn", Field::Turn),
    ("value", Field::Value),
    ("version", Field::Version),
    ("place", Field::Place),
    ("operation", Field::Operation),
    ("each", Field::Each),
    ("caller", Field::Caller),
];

/// What is wrong with a template.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TemplateError {
    /// A brace is open at its end.
    Unclosed,
    /// There is no field of this name.
    Unknown(String),
}

/// Parses a template, which may ask these functions.
pub fn parse_template(text: &str, functions: &[FunctionPlan]) -> Result<Template, TemplateError> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('{') {
        let Some((name, after)) = behind.split_once('}') else { return Err(TemplateError::Unclosed) };
        if !before.is_empty() {
            pieces.push(Piece::Text(hash_name(before)));
        }
        let field = FIELDS.iter().find(|(field, _)| *field == name).map(|(_, field)| *field);
        let told = || {
            let index = functions.iter().position(|function| function.name == name)?;
            Some(Field::Told(FunctionId(index as u16)))
        };
        let field = field.or_else(told).ok_or_else(|| TemplateError::Unknown(name.to_owned()))?;
        pieces.push(Piece::Field(field));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(hash_name(rest)));
    }
    Ok(match pieces[..] {
        [Piece::Field(field)] => Template::Field(field),
        _ => Template::Mixed(pieces),
    })
}
