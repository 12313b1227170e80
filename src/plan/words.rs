//! The words of the notation: what a TIME is, and what a LINK.

use super::lint::LINTS;
use super::verbs::BRANCH_KEYS;
use crate::component::POLICIES;
use crate::mechanism::eviction;
use crate::outcome;
use crate::scenario::{Key, Slip};
use crate::station::Discipline;

/// A word of the notation.
#[derive(Clone, Copy, Debug)]
pub struct Word {
    /// As keys name it.
    pub name: &'static str,
    /// What it means.
    pub doc: &'static str,
    /// Values as TOML writes them.
    pub examples: &'static [&'static str],
    /// Which values fit it.
    pub is: Is,
}

/// Which values fit a word.
#[derive(Clone, Copy, Debug)]
pub enum Is {
    /// Any.
    Anything,
    /// Any text.
    Text,
    /// A text that matches an expression, in which `NUM`, `SI`, `SPAN` and `ID` stand for [`PARTS`].
    Pattern(&'static str),
    /// A text that is an expression or matches one.
    Quantity(&'static str),
    /// A number, or such a quantity; if whole, a whole number.
    Number(Whole, &'static str),
    /// One of these texts.
    Choice(fn() -> Vec<&'static str>),
    /// A table with these keys, of which one must be there.
    Table(&'static [Key], &'static str),
    /// What another form says.
    Form(&'static str),
    /// What a word says, or a table with one of the laws, in which it is the VALUE.
    Varying(&'static str),
    /// The word for which the law that is spoken of was taken.
    Value,
    /// The steps of a handler.
    Steps,
}

/// Which numbers fit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Whole {
    /// Any.
    Any,
    /// Whole numbers from 0.
    Count,
    /// Whole numbers from 1.
    Positive,
    /// From 0 to 1.
    Share,
}

/// What the patterns are made of.
pub const PARTS: [(&str, &str); 4] = [
    ("NUM", r"[0-9][0-9_]*(\.[0-9][0-9_]*)?([eE][+-]?[0-9]+)?"),
    ("SI", "(k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi)?"),
    ("SPAN", "(ns|us|ms|s|min|h|day|week|month|year)"),
    ("ID", "[a-z][a-z0-9_]*"),
];

/// All words, in the order in which they are listed.
pub const WORDS: &[Word] = &[
    Word {
        name: "TIME",
        doc: told!(
            "a duration with its unit (ns, us, ms, s, min, h, day, week, month, year), or `= formula` over estimates"
        ),
        examples: &["\"250 us\"", "\"1 h 30 min\""],
        is: Is::Quantity(r"-?\s*NUM\s*SPAN(\s*NUM\s*SPAN)*"),
    },
    Word {
        name: "TIMES",
        doc: told!(
            "a duration that may vary: a TIME or a law; steps may compute it, as in \"= size / 1 GB * 1 s\""
        ),
        examples: &[
            "\"5 ms\"",
            "{ exponential = \"5 ms\" }",
            "{ lognormal = { median = \"2 ms\", p99 = \"20 ms\" } }",
        ],
        is: Is::Varying("TIME"),
    },
    Word {
        name: "SIZE",
        doc: told!(
            "a size in B or bit, with a prefix (k, M, G, T, P, E; Ki, Mi, Gi, Ti, Pi), or `= formula`"
        ),
        examples: &["\"100 kB\"", "\"1 GiB\""],
        is: Is::Quantity(r"NUM\s*SI\s*(B|bit)"),
    },
    Word {
        name: "SIZES",
        doc: told!("a size that may vary: a SIZE or a law"),
        examples: &["\"2 kB\"", "{ lognormal = { mean = \"10 kB\", p99 = \"100 kB\" } }"],
        is: Is::Varying("SIZE"),
    },
    Word {
        name: "RATE",
        doc: told!("so many per time, or `= formula`"),
        examples: &["\"100 /s\"", "\"11.6 k/s\"", "\"100 M/day\"", "\"= read_rate\""],
        is: Is::Quantity(r"NUM\s*SI\s*/\s*SPAN"),
    },
    Word {
        name: "BANDWIDTH",
        doc: told!("a size per time, or `= formula`"),
        examples: &["\"1 Gbit/s\"", "\"100 MB/s\""],
        is: Is::Quantity(r"NUM\s*SI\s*(B|bit)\s*/\s*SPAN"),
    },
    Word {
        name: "PRICE",
        doc: told!("an amount of money, per time, per byte, per both, or per so many, or `= formula`"),
        examples: &["\"$0.10/h\"", "\"$0.09/GB\"", "\"$0.023/GB/month\"", "\"$0.40/M\""],
        is: Is::Quantity(r"\$\s*NUM(\s*/\s*[a-zA-Z]+)*"),
    },
    Word {
        name: "PRICES",
        doc: told!(
            "what an instance costs for as long as it is there, up or down, or what a visit served costs; or both, by \
              operation, and what the bytes cost that it delivers (of kinds that count them as `egress`) and that it stores, all of them whatever the `scale`"
        ),
        examples: &[
            "\"$0.10/h\"",
            "{ request = { put = \"$5/M\" }, storage = \"$0.023/GB/month\", stored = \"36.5 TB\" }",
        ],
        is: Is::Form(
            "PRICE | { instance? = PRICE, request? = PRICE | { NAME = PRICE }, egress? = PRICE, storage? = PRICE, \
             stored? = SIZE }",
        ),
    },
    Word {
        name: "COUNT",
        doc: told!("a whole number from 0, also with a prefix, or `= formula`"),
        examples: &["8", "\"100 k\""],
        is: Is::Number(Whole::Count, r"NUM\s*SI\s*(objects)?"),
    },
    Word {
        name: "POSITIVE",
        doc: told!("a whole number from 1, also with a prefix, or `= formula`"),
        examples: &["8", "\"1 k\""],
        is: Is::Number(Whole::Positive, r"NUM\s*SI\s*(objects)?"),
    },
    Word {
        name: "COUNTS",
        doc: told!("a count that may vary: a COUNT, or a law without unit, rounded; steps may compute it"),
        examples: &["3", "{ geometric = 4 }"],
        is: Is::Varying("COUNT"),
    },
    Word {
        name: "NUMBER",
        doc: told!("a number, or `= formula`"),
        examples: &["1.5", "\"10 k\""],
        is: Is::Number(Whole::Any, r"-?\s*NUM\s*(SI|%)"),
    },
    Word {
        name: "SHARE",
        doc: told!("from 0 % to 100 %, or from 0 to 1, or `= formula`"),
        examples: &["\"10 %\"", "0.1"],
        is: Is::Number(Whole::Share, r"NUM\s*%?"),
    },
    Word {
        name: "OBJECTS",
        doc: told!("a number of objects, or `= formula`"),
        examples: &["\"100 k objects\""],
        is: Is::Quantity(r"NUM\s*SI\s*objects"),
    },
    Word {
        name: "VALUE",
        doc: told!("in a law: a TIME, SIZE or NUMBER, by what it is a law of"),
        examples: &[],
        is: Is::Value,
    },
    Word {
        name: "VALUES",
        doc: told!("in a law: a VALUE that may vary, which is a VALUE or a law"),
        examples: &[],
        is: Is::Value,
    },
    Word { name: "TEXT", doc: told!("any text"), examples: &["\"URL shortener\""], is: Is::Text },
    Word {
        name: "NAME",
        doc: told!("a name: a letter a-z, then letters a-z, digits and `_`"),
        examples: &["\"no_cache\""],
        is: Is::Pattern("ID"),
    },
    Word {
        name: "COMPONENT",
        doc: told!("the name of a component"),
        examples: &["\"web\""],
        is: Is::Pattern("ID"),
    },
    Word {
        name: "OPERATION",
        doc: told!("the name of an operation"),
        examples: &["\"show\""],
        is: Is::Pattern("ID"),
    },
    Word {
        name: "TARGET",
        doc: told!("an operation of a component"),
        examples: &["\"web.show\""],
        is: Is::Pattern(r"ID\.ID"),
    },
    Word {
        name: "GRAPH",
        doc: told!("the name of a graph"),
        examples: &["\"friends\""],
        is: Is::Pattern("ID"),
    },
    Word {
        name: "LIST",
        doc: told!("a list of a graph"),
        examples: &["\"friends.out\""],
        is: Is::Pattern(r"ID\.ID"),
    },
    Word {
        name: "PLACE",
        doc: told!("the name of a place; may contain `-`"),
        examples: &["\"us-a\""],
        is: Is::Pattern("[a-z][a-z0-9_-]*"),
    },
    Word {
        name: "PAIR",
        doc: told!("two places, `*` for any: there, or `<->` both ways"),
        examples: &["\"us-a <-> eu-a\"", "\"us-a -> *\""],
        is: Is::Pattern(r"\s*[a-z*][a-z0-9_-]*\s*<?->\s*[a-z*][a-z0-9_-]*\s*"),
    },
    Word {
        name: "EDGE",
        doc: told!("who calls whom, either side `*`, perhaps with an operation; or `default`"),
        examples: &["\"web -> urls\"", "\"web -> urls.read\""],
        is: Is::Pattern(r"(default|\s*(ID|\*)\s*->\s*(ID|\*)(\.ID)?\s*)"),
    },
    Word {
        name: "INSTANCES",
        doc: told!("a component, one of its instances, some of them, those of a role, or all at a place"),
        examples: &["\"web\"", "\"web[2]\"", "\"web[0..3]\"", "\"urls.primary\"", "\"place:us-a\""],
        is: Is::Text,
    },
    Word {
        name: "LINK",
        doc: told!("the links from A to B, or with `<->` both ways; a side is INSTANCES or a PLACE"),
        examples: &["\"edge -> web[2]\"", "\"us-a <-> eu-a\""],
        is: Is::Pattern(r"[^<>]+<?->[^<>]+"),
    },
    Word {
        name: "PERCENTILE",
        doc: told!("a percentile of what the caller has seen"),
        examples: &["\"p95\"", "\"p99_9\""],
        is: Is::Pattern(r"p[0-9]+(_[0-9]+)?"),
    },
    Word {
        name: "POPULARITY",
        doc: told!(
            "how many there are, and how much each is asked for: all alike, by Zipf's law, or a few hot ones"
        ),
        examples: &[
            "{ count = \"1 M\", zipf = 1.0 }",
            "{ count = 1000, hot = { share = \"50 %\", keys = 3 } }",
        ],
        is: Is::Form(
            "{ count = COUNT, zipf? = NUMBER } | { count = COUNT, hot = { share = SHARE, keys = COUNT } }",
        ),
    },
    Word {
        name: "PROFILE",
        doc: told!(
            "a factor on the rate over time: \"diurnal\" (1 - cos of the day), or points [time, factor] joined by straight lines"
        ),
        examples: &["\"diurnal\"", "[[\"0 s\", 1.0], [\"60 s\", 5.0]]"],
        is: Is::Form("\"diurnal\" | [[TIME, NUMBER], ..]"),
    },
    Word {
        name: "TEMPLATE",
        doc: told!("a text in which {key} {user} {id} {turn} {value} {place} {operation} are filled in"),
        examples: &["\"{user}\"", "\"page/{key}\""],
        is: Is::Text,
    },
    Word {
        name: "CONDITION",
        doc: told!(
            "a comparison of estimates and of what is known of the request: size version turn attempt concurrency queue user value"
        ),
        examples: &["\"value < 1 and size > 1 kB\""],
        is: Is::Text,
    },
    Word {
        name: "FORMULA",
        doc: told!("a formula with units over estimates and constants"),
        examples: &["\"100 M\"", "\"new_per_day / day\""],
        is: Is::Form("NUMBER | TEXT"),
    },
    Word {
        name: "EXPECTATION",
        doc: told!(
            "two formulas over metrics with a comparison between them, perhaps with a tolerance and a window"
        ),
        examples: &[
            "\"visitors.latency.p99 < 100 ms\"",
            "\"web.utilization == 80 % +- 3 %\"",
            "\"visitors.availability > 99 % during primary_lost\"",
        ],
        is: Is::Pattern(r"[\s\S]*[<>=!][\s\S]*"),
    },
    Word {
        name: "METRIC",
        doc: told!("a metric; `windtunnel list metrics FILE` lists those of a scenario"),
        examples: &["\"visitors.rate\""],
        is: Is::Text,
    },
    Word {
        name: "LEVEL",
        doc: told!("a component, and a level that its kind reports"),
        examples: &["\"edge.healthy\""],
        is: Is::Pattern(r"ID\.ID"),
    },
    Word {
        name: "BOUNDS",
        doc: told!("at or above a bound so many more, at or below one so many fewer; the bounds ascend"),
        examples: &["{ up = [[\"70 %\", 1], [\"90 %\", 4]], down = [[\"30 %\", 1]] }"],
        is: Is::Form("{ up? = [[ANY, COUNT], ..], down? = [[ANY, COUNT], ..] }"),
    },
    Word {
        name: "PATH",
        doc: told!("where a value stands in the file"),
        examples: &["\"server.web.instances\"", "\"server.web.on.show[0].work\""],
        is: Is::Text,
    },
    Word {
        name: "FILE",
        doc: told!("a file in the folder of the scenario"),
        examples: &["\"trace.csv\""],
        is: Is::Text,
    },
    Word { name: "ANY", doc: told!("any value"), examples: &[], is: Is::Anything },
    Word {
        name: "STEPS",
        doc: told!("the steps of a handler, one after the other"),
        examples: &[],
        is: Is::Steps,
    },
    Word {
        name: "BRANCH",
        doc: told!("a branch of `choose`: its steps, and how often or when it is taken"),
        examples: &[],
        is: Is::Table(&BRANCH_KEYS, "do"),
    },
    Word {
        name: "OUTCOME",
        doc: told!("the word for how something ends: one that every scenario has, or one of its own"),
        examples: &["\"miss\""],
        is: Is::Pattern("ID"),
    },
    Word { name: "REASON", doc: told!("a failure"), examples: &["\"timeout\""], is: Is::Pattern("ID") },
    Word {
        name: "POLICY",
        doc: told!("how a balancer picks a target"),
        examples: &[],
        is: Is::Choice(|| POLICIES.iter().map(|(name, _)| *name).collect()),
    },
    Word {
        name: "DISCIPLINE",
        doc: told!("the order in which those who wait are served"),
        examples: &[],
        is: Is::Choice(|| Discipline::ALL.iter().map(|(name, _, _)| *name).collect()),
    },
    Word {
        name: "EVICTION",
        doc: told!("the order in which a cache gives up objects"),
        examples: &[],
        is: Is::Choice(|| eviction::Kind::ALL.iter().map(|kind| kind.name()).collect()),
    },
    Word {
        name: "LINT",
        doc: told!("a lint, by its id; `windtunnel list lints` explains them"),
        examples: &[],
        is: Is::Choice(|| LINTS.iter().map(|lint| lint.id).collect()),
    },
    Word {
        name: "SLIP",
        doc: told!("what is wrong with a noted figure"),
        examples: &[],
        is: Is::Choice(|| Slip::ALL.iter().map(|(_, word, _)| *word).collect()),
    },
];

/// The outcomes that a step can handle by their names; `on_error` is for the failures that it does not name.
pub fn handled() -> impl Iterator<Item = &'static outcome::Word> {
    outcome::ALL.iter().filter(|word| !["ok", "error"].contains(&word.word))
}
