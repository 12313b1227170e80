//! Reads `[call."A -> B"]`: what callers do when things go wrong.

use super::compiler::Compiler;
use super::network::split_pair;
use crate::distribution::Distribution;
use crate::outcome;
use crate::resilience::{Backoff, Cancel, Jitter, Policy, Retry};
use crate::scenario::{Entry, Location, Node, Reader, Table, Value};
use crate::units::{OutcomeId, Span};

/// The keys of an edge.
pub const KEYS: [(&str, &str, &str); 3] = [
    ("timeout", "TIME", "how long the caller waits for the answer to an attempt; none by default"),
    (
        "retry",
        "{ attempts, backoff, jitter, on }",
        "attempts with the first, or \"unbounded\"; backoff { constant = TIME }, { doubling = TIME, cap } or { decorrelated = TIME, cap }; \
         jitter \"none\" (default), \"full\" or \"equal\"; `on` lists the outcomes (default: timeout, rejected, unavailable, error)",
    ),
    (
        "cancel",
        "false | true | \"queued\"",
        "what the callee is told when its caller gives up: nothing (default), to stop, to stop if it has not begun; a message over the link",
    ),
];

/// A table `[call.*]`.
struct Rule {
    caller: String,
    callee: String,
    operation: Option<String>,
    location: Location,
    timeout: Option<(Distribution, String)>,
    retry: Option<RetryRule>,
    cancel: Option<Cancel>,
    used: bool,
}

/// A retry as it is written.
struct RetryRule {
    attempts: Option<u32>,
    backoff: Option<(BackoffLaw, Distribution, String)>,
    cap: Span,
    jitter: Jitter,
    on: Option<Vec<String>>,
}

#[derive(Clone, Copy)]
enum BackoffLaw {
    Constant,
    Doubling,
    Decorrelated,
}

/// All tables `[call.*]`.
pub struct Policies {
    rules: Vec<Rule>,
}

impl Policies {
    /// Reads `[call]`; `reasons` are the words with which a call may fail.
    pub fn read(root: &Table, components: &[&str], reasons: &[&str], reader: &mut Reader<'_>) -> Policies {
        let mut rules = Vec::new();
        let Some(tables) = root.get("call").and_then(|node| reader.table(node)) else {
            return Policies { rules };
        };
        for entry in tables.iter() {
            rules.extend(read_rule(entry, components, reasons, reader));
        }
        Policies { rules }
    }

    /// What holds for the calls of an operation over an edge; `defaults` says whether `[call.default]` counts.
    pub fn find(
        &mut self,
        caller: &str,
        callee: &str,
        operation: &str,
        defaults: Defaults,
        compiler: &mut Compiler<'_>,
    ) -> Option<Policy> {
        let mut fits: Vec<(u8, usize)> = self
            .rules
            .iter()
            .enumerate()
            .filter_map(|(index, rule)| rule.fit(caller, callee, operation, defaults).map(|fit| (fit, index)))
            .collect();
        fits.sort_unstable();
        for (_, index) in &fits {
            self.rules[*index].used = true;
        }
        let rules: Vec<&Rule> = fits.iter().map(|(_, index)| &self.rules[*index]).collect();
        let path = |key: &str| format!("call.{caller}->{callee}.{operation}.{key}");
        let timeout = rules.iter().find_map(|rule| rule.timeout.as_ref());
        let retry = rules.iter().find_map(|rule| rule.retry.as_ref());
        let cancel = rules.iter().find_map(|rule| rule.cancel);
        let policy = Policy {
            timeout: timeout.map(|(law, text)| compiler.duration(law, &path("timeout"), text.clone())),
            retry: retry.map(|retry| retry.compile(&path("retry"), compiler)),
            cancel: cancel.unwrap_or_default(),
        };
        (policy != Policy::default()).then_some(policy)
    }

    /// Warns of tables that no call uses.
    pub fn warn_unused(&self, reader: &mut Reader<'_>) {
        for rule in self.rules.iter().filter(|rule| !rule.used && rule.caller != "default") {
            let operation =
                rule.operation.as_ref().map_or(String::new(), |operation| format!(".{operation}"));
            let message = format!("no call goes from `{}` to `{}{operation}`", rule.caller, rule.callee);
            reader
                .diagnostics
                .warning(rule.location, message)
                .help("the caller is who makes the call, the callee what it names: a balancer is a hop with two edges");
        }
    }
}

/// Whether `[call.default]` holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Defaults {
    /// Yes: for steps.
    Hold,
    /// No: for the hops of a balancer.
    DoNotHold,
}

impl Rule {
    /// How well it fits a call; less is better.
    fn fit(&self, caller: &str, callee: &str, operation: &str, defaults: Defaults) -> Option<u8> {
        if self.caller == "default" {
            return (defaults == Defaults::Hold).then_some(u8::MAX);
        }
        let matches = |pattern: &str, name: &str| pattern == "*" || pattern == name;
        let fits = matches(&self.caller, caller)
            && matches(&self.callee, callee)
            && self.operation.as_deref().is_none_or(|named| named == operation);
        // Of two patterns with one star the one that names the caller wins.
        let stars = 2 * u8::from(self.callee == "*") + 3 * u8::from(self.caller == "*");
        fits.then_some(stars * 2 + u8::from(self.operation.is_none()))
    }
}

impl RetryRule {
    fn compile(&self, path: &str, compiler: &mut Compiler<'_>) -> Retry {
        let backoff = match &self.backoff {
            None => Backoff::None,
            Some((law, base, text)) => {
                let base = compiler.duration(base, path, text.clone());
                match law {
                    BackoffLaw::Constant => Backoff::Constant(base),
                    BackoffLaw::Doubling => Backoff::Doubling(base),
                    BackoffLaw::Decorrelated => Backoff::Decorrelated(base),
                }
            }
        };
        let on: Vec<OutcomeId> = match &self.on {
            None => outcome::RETRIED.to_vec(),
            Some(words) => words.iter().map(|word| compiler.outcome(word)).collect(),
        };
        Retry { attempts: self.attempts, backoff, cap: self.cap, jitter: self.jitter, on }
    }
}

fn read_rule(entry: &Entry, components: &[&str], reasons: &[&str], reader: &mut Reader<'_>) -> Option<Rule> {
    let context = format!("[call.\"{}\"]", entry.name);
    let (caller, callee, operation) = if entry.name == "default" {
        ("default", "*", None)
    } else {
        let pair = split_pair(&entry.name).filter(|(_, _, both_ways)| !both_ways);
        let Some((caller, callee, _)) = pair else {
            reader
                .error(entry.name_location, format!("`{}` is no pair of caller and callee", entry.name))
                .help("write [call.\"A -> B\"] or [call.\"A -> B.operation\"], either side `*`, or [call.default]");
            return None;
        };
        let (callee, operation) = match callee.split_once('.') {
            Some((callee, operation)) => (callee, Some(operation)),
            None => (callee, None),
        };
        for name in [caller, callee] {
            if name != "*" && !components.contains(&name) {
                reader.diagnostics.unknown(entry.name_location, "component", name, "", components);
                return None;
            }
        }
        (caller, callee, operation)
    };
    let table = reader.table(&entry.node)?;
    reader.check_keys(table, &context, &KEYS.map(|(key, _, _)| key));
    let timeout = match table.get("timeout") {
        Some(node) => {
            let law = reader.duration(node)?;
            if law.mean() == Some(0.0) {
                reader.error(node.location, "a timeout must be positive");
                return None;
            }
            Some((law, reader.source_text(node)))
        }
        None => None,
    };
    let retry = match table.get("retry") {
        Some(node) => Some(read_retry(node, reasons, reader)?),
        None => None,
    };
    let cancel = match table.get("cancel") {
        Some(node) => Some(read_cancel(node, reader)?),
        None => None,
    };
    Some(Rule {
        caller: caller.to_owned(),
        callee: callee.to_owned(),
        operation: operation.map(str::to_owned),
        location: entry.name_location,
        timeout,
        retry,
        cancel,
        used: false,
    })
}

fn read_cancel(node: &Node, reader: &mut Reader<'_>) -> Option<Cancel> {
    match &node.value {
        Value::Boolean(false) => Some(Cancel::Nothing),
        Value::Boolean(true) => Some(Cancel::Everything),
        Value::Text(text) if text == "queued" => Some(Cancel::Queued),
        _ => {
            reader.error(node.location, "`cancel` is false, true or \"queued\"");
            None
        }
    }
}

fn read_retry(node: &Node, reasons: &[&str], reader: &mut Reader<'_>) -> Option<RetryRule> {
    let table = reader.table(node)?;
    reader.check_keys(table, "`retry`", &["attempts", "backoff", "jitter", "on"]);
    let attempts = reader.required(table, "attempts", "`retry`")?;
    let attempts = match reader.count_or_unbounded(attempts)? {
        Some(0) => {
            reader.error(node.location, "`attempts` counts the first, so it is at least 1");
            return None;
        }
        Some(attempts) => Some(u32::try_from(attempts).unwrap_or(u32::MAX)),
        None => None,
    };
    let (backoff, cap) = match table.get("backoff") {
        Some(node) => {
            let (law, cap) = read_backoff(node, reader)?;
            (Some(law), cap)
        }
        None => (None, Span(u64::MAX)),
    };
    let jitter = match table.get("jitter") {
        Some(node) => {
            [Jitter::None, Jitter::Full, Jitter::Equal][reader.choice(node, &["none", "full", "equal"])?]
        }
        None => Jitter::None,
    };
    let on = match table.get("on") {
        Some(node) => {
            let mut words = Vec::new();
            for word in reader.array(node)? {
                let text = reader.text(word)?;
                if !reasons.contains(&text) {
                    reader.diagnostics.unknown(word.location, "reason", text, "", reasons);
                    return None;
                }
                words.push(text.to_owned());
            }
            Some(words)
        }
        None => None,
    };
    if attempts.is_none() && backoff.is_none() {
        reader
            .error(node.location, "unbounded attempts without a pause would never let time pass")
            .help("add `backoff = { doubling = \"50 ms\", cap = \"1 s\" }`");
        return None;
    }
    Some(RetryRule { attempts, backoff, cap, jitter, on })
}

fn read_backoff(node: &Node, reader: &mut Reader<'_>) -> Option<((BackoffLaw, Distribution, String), Span)> {
    const LAWS: [(&str, BackoffLaw); 3] = [
        ("constant", BackoffLaw::Constant),
        ("doubling", BackoffLaw::Doubling),
        ("decorrelated", BackoffLaw::Decorrelated),
    ];
    let table = reader.table(node)?;
    reader.check_keys(table, "`backoff`", &["constant", "doubling", "decorrelated", "cap"]);
    let laws: Vec<_> = LAWS.iter().filter_map(|(key, law)| table.get(key).map(|node| (*law, node))).collect();
    let [(law, base)] = laws[..] else {
        reader.error(node.location, "`backoff` has one of `constant`, `doubling` and `decorrelated`");
        return None;
    };
    let distribution = reader.duration(base)?;
    if distribution.mean() == Some(0.0) {
        reader.error(base.location, "a back-off must be positive");
        return None;
    }
    let cap = match table.get("cap") {
        Some(node) => reader.time(node)?,
        None => Span(u64::MAX),
    };
    Some(((law, distribution, reader.source_text(base)), cap))
}
