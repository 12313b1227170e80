//! Reads `[call."A -> B"]`: what callers do when things go wrong.

mod guard;
mod rule;

use super::compiler::Compiler;
use super::roster::Roster;
use crate::distribution::Distribution;
use crate::mechanism::arrange::Arrange;
use crate::outcome;
use crate::resilience::batch::Terms;
use crate::resilience::budget::Allowance;
use crate::resilience::{
    After, Backoff, Cancel, Deadline, Hedge, Jitter, Latency, Policy, Retry, RetryAfter,
};
use crate::resilience::{breaker, gate, pool};
use crate::scenario::{Key, Location, Reader, Table};
use crate::units::{OutcomeId, Span};

/// The keys of an edge.
pub const KEYS: [Key; 11] = [
    Key {
        name: "timeout",
        takes: "TIMES",
        doc: told!("how long the caller waits for the answer to an attempt; none by default"),
    },
    Key {
        name: "deadline",
        takes: "TIME",
        doc: told!(
            "how long the caller waits for the answer to the call with its retries; a retry that would begin later is not made; none by default"
        ),
    },
    Key {
        name: "propagate",
        takes: "false | true",
        doc: told!(
            "whether the calls that the callee makes for this one, and theirs, end at the deadline as well"
        ),
    },
    Key {
        name: "retry",
        takes: "{ attempts = COUNT | \"unbounded\", backoff? = { constant = TIMES } | { doubling = TIMES, cap? = TIME } \
         | { decorrelated = TIMES, cap? = TIME }, jitter? = \"none\" | \"full\" | \"equal\", \
         budget? = SHARE | { ratio = SHARE, burst? = COUNT, per_second? = NUMBER }, on? = [REASON, ..], \
         retry_after? = \"ignore\" | \"obey\" }",
        doc: told!(
            "attempts with the first, or \"unbounded\"; backoff { constant = TIME }, { doubling = TIME, cap } or { decorrelated = TIME, cap }; \
         jitter \"none\" (default), \"full\" or \"equal\"; budget \"10 %\" (what a first attempt earns of a retry, full at 10) or \
         { ratio, burst, per_second }, for each caller instance, of a closed-loop client each user; `on` lists the outcomes (default: timeout, reset, refused, unavailable, rejected, error); \
         retry_after \"obey\": after `denied`, which `on` then lists by default as well, the pause begins when the time is over that it was \
         told (default: \"ignore\")"
        ),
    },
    Key {
        name: "hedge",
        takes: "{ after = TIMES | PERCENTILE, copies? = COUNT }",
        doc: told!(
            "further attempts while one is open, each `after` a TIME, or \"p95\": that percentile of the latencies that the caller has \
         seen, from the 100th on; `copies` (default 2) counts the first, and with `after = \"0 s\"` all are sent at once, to \
         different instances; the first success wins"
        ),
    },
    Key {
        name: "pool",
        takes: "{ size = COUNT, queue? = COUNT | \"unbounded\" }",
        doc: told!(
            "connections of each caller instance: a call waits for one in the order of coming, and is `rejected` where more than `queue` \
         (default: unbounded) would wait"
        ),
    },
    Key {
        name: "breaker",
        takes: "{ failures? = COUNT, ratio? = SHARE, window? = TIME, calls? = COUNT, open? = TIME, probes? = COUNT }",
        doc: told!(
            "opens after `failures` in a row, or when the share `ratio` of the calls that ended within the `window` (10 s) have failed, of \
         at least `calls` (20); while it is `open` (5 s) calls fail at once with `breaker_open`; then `probes` (1) are made, which \
         close it if all succeed; a failure is timeout, reset, refused, unavailable, rejected or error; `breaker_open` is not tried again unless \
         `retry.on` lists it; for each caller instance, of a closed-loop client each user"
        ),
    },
    Key {
        name: "limit",
        takes: "{ adaptive = NUMBER, window? = TIME } | { concurrency = COUNT } | \"aimd\" | \"gradient\" \
         | { aimd = { initial? = COUNT, min? = COUNT, max? = COUNT, increase? = NUMBER, decrease? = NUMBER, timeout? = TIME } } \
         | { gradient = { initial? = COUNT, min? = COUNT, max? = COUNT, tolerance? = NUMBER, smoothing? = NUMBER, queue? = COUNT, short? = TIME, long? = COUNT } }",
        doc: told!(
            "what a caller instance keeps itself from asking, with `throttled`, which is not tried again unless `retry.on` lists it: `adaptive = K` with the probability \
         (requests - K accepts) / (requests + 1) over the `window` (2 min); `concurrency = n` with more than n under way; \"aimd\" and \"gradient\" with \
         more under way than they have learned is good: aimd adds `increase` (1) with each answer while half of the limit is in use and \
         multiplies by `decrease` (0.9) with each failure and each answer later than `timeout` (5 s); gradient compares the latency of a `short` time (1 s) with that of \
         the `long` (600) last: the limit gains `queue` (its square root) while that is up to `tolerance` (1.5) times as much, else it shrinks in proportion, each time \
         with the weight `smoothing` (0.2); both begin at `initial` (20) and stay from `min` (1) to `max` (200)"
        ),
    },
    Key {
        name: "batch",
        takes: "{ count? = COUNT, bytes? = SIZE, linger = TIME }",
        doc: told!(
            "calls of a caller instance to the same instance wait and travel as one message: until there are `count`, or `bytes` of \
         values, or the first has waited for `linger` (required); the answers come one by one; not for `send`"
        ),
    },
    Key {
        name: "latency",
        takes: "{ there = TIMES, back = TIMES }",
        doc: told!(
            "how long messages over the edge take instead of the network's latency: a TIME each way; `[call.\"A -> A\"]` also holds for \
         letters between the instances of A, all of which take `there`"
        ),
    },
    Key {
        name: "cancel",
        takes: "false | true | \"queued\"",
        doc: told!(
            "what the callee is told when its caller gives up: nothing (default), to stop, to stop if it has not begun; a message over the link; with `hedge`, \"queued\" also ends the copies that wait when one has begun; \
         whom a caller's `cancel = true` stops passes the word on over edges that say nothing of `cancel`, and over others as they say"
        ),
    },
];

/// Whether a word is that of a key of an edge, and not likely to mean anything else: `latency` may be how long work takes.
pub(super) fn is_key(word: &str) -> bool {
    KEYS.iter().any(|key| key.name == word && key.name != "latency")
}

/// Where a key of an edge belongs that stands with the caller, or with what it asks for.
pub(super) fn belongs_to_edge(caller: &str, target: &str) -> String {
    let callee = target.split_once('.').map_or(target, |(callee, _)| callee);
    format!("it is for all such calls: write it in [call.\"{caller} -> {callee}\"]")
}

/// A table `[call.*]`.
struct Rule {
    caller: String,
    callee: String,
    operation: Option<String>,
    location: Location,
    timeout: Option<(Distribution, String)>,
    deadline: Option<(Distribution, String)>,
    /// Where it is written, too.
    propagate: Option<(bool, Location)>,
    retry: Option<RetryRule>,
    hedge: Option<HedgeRule>,
    breaker: Option<breaker::Terms>,
    limit: Option<gate::Limit>,
    pool: Option<pool::Limit>,
    batch: Option<Terms>,
    latency: Option<LatencyRule>,
    cancel: Option<Cancel>,
    used: bool,
    /// Whether a deadline was there to hand on.
    hands_on: bool,
    /// The table itself, which knows where its keys stand.
    table: Table,
}

/// A retry as it is written.
struct RetryRule {
    attempts: Option<u32>,
    backoff: Option<(BackoffLaw, Distribution, String)>,
    cap: Span,
    jitter: Jitter,
    on: Option<Vec<String>>,
    budget: Option<Allowance>,
    retry_after: RetryAfter,
}

/// The latency of an edge as it is written: there and back.
struct LatencyRule {
    there: (Distribution, String),
    back: (Distribution, String),
}

/// A hedge as it is written.
struct HedgeRule {
    after: Wait,
    copies: u32,
}

/// How long a hedge waits.
enum Wait {
    Time(Distribution, String),
    Percentile(f64),
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
    pub(super) fn read(
        root: &Table,
        components: (&[&str], &Roster),
        reasons: &[&str],
        reader: &mut Reader<'_>,
    ) -> Policies {
        let mut rules = Vec::new();
        let Some(tables) = root.get("call").and_then(|node| reader.table(node)) else {
            return Policies { rules };
        };
        for entry in tables.iter() {
            rules.extend(rule::read(entry, components, reasons, reader));
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
        let fits = self.fitting(caller, callee, Some(operation), defaults);
        let has_deadline = fits.iter().any(|index| self.rules[*index].deadline.is_some());
        for index in &fits {
            self.rules[*index].hands_on |= has_deadline;
        }
        let rules: Vec<&Rule> = fits.iter().map(|index| &self.rules[*index]).collect();
        let path = |key: &str| format!("call.{caller}->{callee}.{operation}.{key}");
        let timeout = rules.iter().find_map(|rule| rule.timeout.as_ref());
        let deadline = rules.iter().find_map(|rule| rule.deadline.as_ref());
        let propagate = rules.iter().find_map(|rule| rule.propagate);
        let retry = rules.iter().find_map(|rule| rule.retry.as_ref());
        let hedge = rules.iter().find_map(|rule| rule.hedge.as_ref());
        let cancel = rules.iter().find_map(|rule| rule.cancel);
        let policy = Policy {
            timeout: timeout.map(|(law, text)| compiler.duration(law, &path("timeout"), text.clone())),
            deadline: deadline.map(|(law, text)| Deadline {
                time: compiler.duration(law, &path("deadline"), text.clone()),
                is_handed_on: propagate.is_some_and(|(propagate, _)| propagate),
            }),
            retry: retry.map(|retry| retry.compile(&path("retry"), compiler)),
            hedge: hedge.map(|hedge| hedge.compile(&path("hedge"), compiler)),
            cancel,
            gate: gate(&rules),
            batch: rules.iter().find_map(|rule| rule.batch),
        };
        (policy != Policy::default()).then_some(policy)
    }

    /// How long the messages of an operation over an edge take, if the network does not say it; letters have no operation.
    pub fn latency(
        &mut self,
        caller: &str,
        callee: &str,
        operation: Option<&str>,
        defaults: Defaults,
        compiler: &mut Compiler<'_>,
    ) -> Option<Latency> {
        let fits = self.fitting(caller, callee, operation, defaults);
        let LatencyRule { there, back } =
            fits.iter().find_map(|index| self.rules[*index].latency.as_ref())?;
        let path = format!("call.{caller}->{callee}.{}.latency", operation.unwrap_or_default());
        let mut time = |law: &(Distribution, String), way| {
            compiler.duration(&law.0, &format!("{path}.{way}"), law.1.clone())
        };
        Some(Latency { there: time(there, "there"), back: time(back, "back") })
    }

    /// The tables that hold for the calls of an operation over an edge, the most specific first; they are in use.
    fn fitting(
        &mut self,
        caller: &str,
        callee: &str,
        operation: Option<&str>,
        defaults: Defaults,
    ) -> Vec<usize> {
        let fit = |(index, rule): (usize, &Rule)| {
            rule.fit(caller, callee, operation, defaults).map(|fit| (fit, index))
        };
        let mut fits: Vec<(u8, usize)> = self.rules.iter().enumerate().filter_map(fit).collect();
        fits.arrange();
        fits.iter().for_each(|(_, index)| self.rules[*index].used = true);
        fits.into_iter().map(|(_, index)| index).collect()
    }

    /// Where a key stands that holds for the calls of an operation over an edge, if one does.
    pub fn place_of(
        &self,
        key: &str,
        caller: &str,
        callee: &str,
        operation: &str,
        defaults: Defaults,
    ) -> Option<Location> {
        let fits = self.rules.iter().filter_map(|rule| {
            let fit = rule.fit(caller, callee, Some(operation), defaults)?;
            Some((fit, rule.table.entry(key)?.node.location))
        });
        fits.min_by_key(|(fit, _)| *fit).map(|(_, location)| location)
    }

    /// Tells of tables and keys that no call uses; `edges` are all that calls go over.
    pub fn tell_unused(&self, edges: &[(&str, &str)], reader: &mut Reader<'_>) {
        for rule in self.rules.iter().filter(|rule| rule.used && !rule.hands_on) {
            if let Some((true, location)) = rule.propagate {
                reader
                    .diagnostics
                    .lint(
                        "unused_propagate",
                        location,
                        "`propagate` hands nothing on: the edge has no `deadline`",
                    )
                    .help("add `deadline = \"1 s\"`");
            }
        }
        for rule in self.rules.iter().filter(|rule| !rule.used && rule.caller != "default") {
            let operation =
                rule.operation.as_ref().map_or(String::new(), |operation| format!(".{operation}"));
            let message = format!("no call goes from `{}` to `{}{operation}`", rule.caller, rule.callee);
            reader.diagnostics.lint("unused_call", rule.location, message).help(others(rule, edges));
        }
    }
}

/// Over which edges calls go, those of the caller or the callee that a table names first.
fn others(rule: &Rule, edges: &[(&str, &str)]) -> String {
    /// More are no help any more.
    const SHOWN_MAX: usize = 12;
    let back = edges.iter().find(|(caller, callee)| *caller == rule.callee && *callee == rule.caller);
    if let Some((caller, callee)) = back {
        return format!(
            "did you mean `{caller} -> {callee}`? the caller is who makes the call, the callee what it names"
        );
    }
    let mut near: Vec<&(&str, &str)> = edges.iter().filter(|(caller, callee)| caller != callee).collect();
    near.arrange_by_key(|(caller, callee)| *caller != rule.caller && *callee != rule.callee);
    let shown: Vec<String> =
        near.iter().take(SHOWN_MAX).map(|(caller, callee)| format!("{caller} -> {callee}")).collect();
    let more = if near.len() > SHOWN_MAX { ", ..." } else { "" };
    format!("a balancer is a hop with two edges; calls go over {}{more}", shown.join(", "))
}

/// What stands at the gate of the callers, each part as the most specific table says that has it.
fn gate(rules: &[&Rule]) -> Option<gate::Terms> {
    let breaker = rules.iter().find_map(|rule| rule.breaker);
    let limit = rules.iter().find_map(|rule| rule.limit);
    let pool = rules.iter().find_map(|rule| rule.pool);
    (breaker.is_some() || limit.is_some() || pool.is_some()).then_some(gate::Terms { breaker, limit, pool })
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
    fn fit(&self, caller: &str, callee: &str, operation: Option<&str>, defaults: Defaults) -> Option<u8> {
        if self.caller == "default" {
            return (defaults == Defaults::Hold).then_some(u8::MAX);
        }
        let matches = |pattern: &str, name: &str| pattern == "*" || pattern == name;
        let fits = matches(&self.caller, caller)
            && matches(&self.callee, callee)
            && self.operation.as_deref().is_none_or(|named| Some(named) == operation);
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
            None => {
                // Who keeps to the time that it is told with `denied` comes again then.
                let told = (self.retry_after == RetryAfter::Obey).then_some(outcome::DENIED);
                outcome::RETRIED.into_iter().chain(told).collect()
            }
            Some(words) => words.iter().map(|word| compiler.outcome(word)).collect(),
        };
        Retry {
            attempts: self.attempts,
            backoff,
            cap: self.cap,
            jitter: self.jitter,
            on,
            budget: self.budget,
            retry_after: self.retry_after,
        }
    }
}

impl HedgeRule {
    fn compile(&self, path: &str, compiler: &mut Compiler<'_>) -> Hedge {
        let after = match &self.after {
            Wait::Percentile(percentile) => After::Percentile(*percentile),
            Wait::Time(law, _) if law.mean() == Some(0.0) => After::AtOnce,
            Wait::Time(law, text) => After::Time(compiler.duration(law, path, text.clone())),
        };
        Hedge { after, copies: self.copies }
    }
}
