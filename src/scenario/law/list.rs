//! The laws of the language.

use super::Parameters;
use crate::distribution::Distribution;

/// A law of the language: what parsing, its messages and the list of distributions know of it.
#[derive(Clone, Copy)]
pub struct LawSpec {
    /// The key of the table.
    pub name: &'static str,
    /// The form of its value.
    pub takes: &'static str,
    /// One sentence.
    pub doc: &'static str,
    /// Who described it, or how it is sampled.
    pub source: &'static str,
    /// A table that says it.
    pub example: &'static str,
    /// What its values are.
    pub gives: Gives,
    /// The keys of its value, if that is a table, in the order in which a listing shows them.
    pub keys: &'static [&'static str],
    pub(super) read: fn(&mut Parameters<'_, '_, '_>) -> Option<Made>,
}

/// What a constructor of a distribution gives.
pub(super) type Made = Result<Distribution, String>;

/// What the values of a law are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Gives {
    /// Whatever is needed: durations, sizes, plain numbers.
    Anything,
    /// Whole numbers without a unit.
    Counts,
}

/// The laws, in the order in which they are listed.
pub const LAWS: &[LawSpec] = &[
    LawSpec {
        name: "exponential",
        takes: "VALUE",
        doc: told!("Without memory: how long it still takes does not depend on how long it took."),
        source: "inverse transform",
        example: "{ exponential = \"5 ms\" }",
        gives: Gives::Anything,
        keys: &[],
        read: |of| of.value().map(Distribution::exponential),
    },
    LawSpec {
        name: "uniform",
        takes: "[VALUE, VALUE]",
        doc: told!("Equally likely everywhere between two ends."),
        source: "inverse transform",
        example: "{ uniform = [\"1 ms\", \"3 ms\"] }",
        gives: Gives::Anything,
        keys: &[],
        read: |of| of.pair().map(|[low, high]| Distribution::uniform(low, high)),
    },
    LawSpec {
        name: "normal",
        takes: "{ mean = VALUE, sd = VALUE }",
        doc: told!("The bell curve with this mean and standard deviation, drawn again below zero."),
        source: "Johnson, Kotz and Balakrishnan 1994",
        example: "{ normal = { mean = \"5 ms\", sd = \"1 ms\" } }",
        gives: Gives::Anything,
        keys: &["mean", "sd"],
        read: |of| {
            let (mean, sd) = (of.measure("mean"), of.measure("sd"));
            Some(Distribution::normal(mean?, sd?))
        },
    },
    LawSpec {
        name: "lognormal",
        takes: "{ median = VALUE, p99 = VALUE } | { mean = VALUE, p99 = VALUE }",
        doc: told!(
            "Its logarithm is normal: most are short, a few are long. Of two laws with this mean the calmer one."
        ),
        source: "Johnson, Kotz and Balakrishnan 1994",
        example: "{ lognormal = { mean = \"5 ms\", p99 = \"20 ms\" } }",
        gives: Gives::Anything,
        keys: &["median", "mean", "p99"],
        read: lognormal,
    },
    LawSpec {
        name: "gamma",
        takes: "{ mean = VALUE, cv = NUMBER }",
        doc: told!("From nearly constant to highly variable by the coefficient of variation."),
        source: "Marsaglia and Tsang 2000",
        example: "{ gamma = { mean = \"5 ms\", cv = 0.5 } }",
        gives: Gives::Anything,
        keys: &["mean", "cv"],
        read: |of| {
            let (mean, cv) = (of.measure("mean"), of.number("cv"));
            Some(Distribution::gamma(mean?, cv?))
        },
    },
    LawSpec {
        name: "erlang",
        takes: "{ mean = VALUE, stages = COUNT }",
        doc: told!(
            "The sum of equal exponential stages, less variable than one of them; the mean is that of the sum."
        ),
        source: "Erlang 1917",
        example: "{ erlang = { mean = \"5 ms\", stages = 4 } }",
        gives: Gives::Anything,
        keys: &["mean", "stages"],
        read: |of| {
            let (mean, stages) = (of.measure("mean"), of.count("stages"));
            Some(Distribution::erlang(mean?, stages?))
        },
    },
    LawSpec {
        name: "hyperexponential",
        takes: "{ mean = VALUE, cv = NUMBER }",
        doc: told!(
            "One of two exponentials that contribute equally to the mean; more variable than one alone."
        ),
        source: "Allen 1990",
        example: "{ hyperexponential = { mean = \"5 ms\", cv = 3 } }",
        gives: Gives::Anything,
        keys: &["mean", "cv"],
        read: |of| {
            let (mean, cv) = (of.measure("mean"), of.number("cv"));
            Some(Distribution::hyperexponential(mean?, cv?))
        },
    },
    LawSpec {
        name: "weibull",
        takes: "{ scale = VALUE, shape = NUMBER }",
        doc: told!("Times until something breaks; shape 1 is the exponential, below 1 the tail is heavier."),
        source: "Weibull 1951",
        example: "{ weibull = { scale = \"5 ms\", shape = 0.5 } }",
        gives: Gives::Anything,
        keys: &["scale", "shape"],
        read: |of| {
            let (scale, shape) = (of.measure("scale"), of.number("shape"));
            Some(Distribution::weibull(scale?, shape?))
        },
    },
    LawSpec {
        name: "pareto",
        takes: "{ min = VALUE, shape = NUMBER, max? = VALUE }",
        doc: told!("A power law with a few giants; without `max` it has a mean only for a shape above 1."),
        source: "Johnson, Kotz and Balakrishnan 1994",
        example: "{ pareto = { min = \"1 ms\", shape = 2.5 } }",
        gives: Gives::Anything,
        keys: &["min", "shape", "max"],
        read: |of| {
            let (min, shape) = (of.measure("min"), of.number("shape"));
            let max = if of.has("max") { of.measure("max").map(Some) } else { Some(None) };
            Some(Distribution::pareto(min?, shape?, max?))
        },
    },
    LawSpec {
        name: "quantiles",
        takes: "{ p50 = VALUE, p90 = VALUE, p99 = VALUE, max = VALUE }",
        doc: told!("What a dashboard shows: zero and these percentiles, joined by straight lines."),
        source: "inverse transform",
        example: "{ quantiles = { p50 = \"2 ms\", p90 = \"5 ms\", p99 = \"20 ms\", max = \"100 ms\" } }",
        gives: Gives::Anything,
        keys: &["p50", "p90", "p99", "max"],
        read: |of| {
            let [p50, p90, p99, max] = ["p50", "p90", "p99", "max"].map(|key| of.measure(key));
            Some(Distribution::quantiles(p50?, p90?, p99?, max?))
        },
    },
    LawSpec {
        name: "empirical",
        takes: "FILE",
        doc: told!(
            "Measured values, each equally likely: a file beside the scenario with one number in a line, under a line that \
              names their unit (`ms`, `kB`; `number` if they have none)."
        ),
        source: "inverse transform",
        example: "{ empirical = \"times.csv\" }",
        gives: Gives::Anything,
        keys: &[],
        read: |of| of.file().map(Distribution::empirical),
    },
    LawSpec {
        name: "mixture",
        takes: "[{ share = SHARE, of = VALUES }, ..]",
        doc: told!("One of several laws: a fast path and a slow one. The shares add up to 1."),
        source: "one draw for the part, then those of the part",
        example: "{ mixture = [ { share = \"90 %\", of = \"1 ms\" }, { share = \"10 %\", of = { exponential = \"20 ms\" } } ] }",
        gives: Gives::Anything,
        keys: &[],
        read: |of| of.parts().map(Distribution::mixture),
    },
    LawSpec {
        name: "geometric",
        takes: "VALUE",
        doc: told!("A count: trials up to and with the first success, at least 1."),
        source: "inverse transform",
        example: "{ geometric = 4 }",
        gives: Gives::Counts,
        keys: &[],
        read: |of| of.value().map(Distribution::geometric),
    },
    LawSpec {
        name: "poisson",
        takes: "VALUE",
        doc: told!("A count: independent rare events, perhaps none."),
        source: "Knuth 1969; Ahrens and Dieter 1982",
        example: "{ poisson = 4 }",
        gives: Gives::Counts,
        keys: &[],
        read: |of| of.value().map(Distribution::poisson),
    },
];

fn lognormal(of: &mut Parameters<'_, '_, '_>) -> Option<Made> {
    if of.has("mean") == of.has("median") {
        return Some(Err("`lognormal` needs one of `median` and `mean`, beside `p99`".to_owned()));
    }
    let (center, make): (_, fn(f64, f64) -> Made) = match of.has("mean") {
        true => (of.measure("mean"), Distribution::lognormal_of_mean),
        false => (of.measure("median"), Distribution::lognormal_of_median),
    };
    let p99 = of.measure("p99");
    Some(make(center?, p99?))
}
