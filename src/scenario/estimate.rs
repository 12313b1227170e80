//! The back of the envelope: named formulas, evaluated in the order in which they need each other.

use std::collections::{BTreeMap, BTreeSet};

use super::diagnostic::Diagnostics;
use super::dimension::Dimension;
use super::expression::{Leaf, Scope, Term, TermKind, Type, is_reserved, parse_formula, type_of};
use super::key::Key;
use super::noted::{Noted, slip};
use super::phrase::Phrase;
use super::quantity::{Calendar, Quantity, parse_quantity};
use super::reader::Reader;
use super::slip::Slip;
use super::source::Location;
use super::suggestion::shorten;
use super::tree::{Entry, Named, Node, Table, Value};
use super::unit;

/// One line of the envelope.
#[derive(Clone, PartialEq, Debug)]
pub struct Estimate {
    /// Its name.
    pub name: String,
    /// Where the name stands.
    pub location: Location,
    /// The formula as it is written.
    pub text: String,
    /// What the formula gives.
    pub value: Quantity,
    /// What its author found elsewhere.
    pub noted: Option<Noted>,
    /// The metric that measures it in a run.
    pub measured: Option<Named>,
    /// The estimates in its formula, sorted, without doubles.
    pub inputs: Vec<String>,
    /// What it would be if a day had the other usual length: 100,000 s, or 86,400 s where `seconds_per_day` says otherwise.
    pub other_day: Option<Quantity>,
    /// What it would be if a month had its mean length of 30.4 days.
    pub mean_month: Option<Quantity>,
    /// What it would be if a year had 360 days.
    pub short_year: Option<Quantity>,
    pub(super) formula: Term,
}

/// All estimates of a scenario, each after those it needs.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Estimates {
    list: Vec<Estimate>,
    /// Index into the list.
    by_name: BTreeMap<String, usize>,
    /// How long the units of the calendar are in it.
    calendar: Calendar,
    /// All names of the table. One that has no value has an error that is reported; naming it is no further
    /// error.
    declared: BTreeSet<String>,
}

/// What expressions of steps may name besides estimates: an estimate of that name would be hidden.
const STEP_VARIABLES: [&str; 9] =
    ["size", "value", "version", "turn", "attempt", "concurrency", "queue", "user", "each"];

/// The keys of an estimate that is a table.
pub const ESTIMATE_KEYS: [Key; 4] = [
    Key { name: "is", takes: "FORMULA", doc: told!("The formula. Required.") },
    Key {
        name: "noted",
        takes: "FORMULA",
        doc: told!("What somebody else found; the gap to the formula is shown."),
    },
    Key { name: "slip", takes: "SLIP", doc: told!("What is wrong with the noted figure.") },
    Key { name: "measured", takes: "METRIC", doc: told!("The metric of the run that measures the same.") },
];

/// The key that is no estimate: how long a day is.
pub const SECONDS_PER_DAY: Key = Key {
    name: "seconds_per_day",
    takes: "NUMBER",
    doc: told!("How long a day is in this envelope, as 100_000 for mental arithmetic. Default: 86,400."),
};

impl Estimates {
    /// No estimates.
    pub fn new() -> Estimates {
        Estimates::default()
    }

    /// Reads and evaluates the table `[estimate]`. What is wrong is reported and left out.
    pub fn read(table: &Table, diagnostics: &mut Diagnostics) -> Estimates {
        let calendar = calendar(table, diagnostics);
        let mut estimates = Estimates::evaluate(table, calendar, diagnostics);
        if estimates.iter().any(|estimate| estimate.noted.is_some()) {
            // What is wrong has been reported already.
            let with = |calendar| Estimates::evaluate(table, calendar, &mut Diagnostics::new());
            let other_day = with(calendar.other());
            let mean_month = with(calendar.with_mean_month());
            let short_year = with(calendar.with_short_year());
            for estimate in &mut estimates.list {
                let found = |of: &Estimates| of.get(&estimate.name).filter(|other| *other != estimate.value);
                let others = (found(&other_day), found(&mean_month), found(&short_year));
                (estimate.other_day, estimate.mean_month, estimate.short_year) = others;
            }
        }
        estimates
    }

    fn evaluate(table: &Table, calendar: Calendar, diagnostics: &mut Diagnostics) -> Estimates {
        let entries = || table.iter().filter(|entry| entry.name != SECONDS_PER_DAY.name);
        let declared = entries().map(|entry| entry.name.clone()).collect();
        let mut estimates = Estimates { declared, calendar, ..Estimates::default() };
        let mut drafts = BTreeMap::new();
        for entry in entries() {
            if let Some(draft) = Draft::read(entry, calendar, diagnostics) {
                drafts.insert(entry.name.as_str(), draft);
            }
        }
        for name in order(table, &drafts, diagnostics) {
            let draft = drafts.remove(name).expect("the order has each name once");
            if let Some(estimate) = draft.evaluate(&estimates, diagnostics) {
                estimates.add(estimate);
            }
        }
        estimates
    }

    /// The estimate of this name.
    pub fn find(&self, name: &str) -> Option<&Estimate> {
        self.by_name.get(name).map(|&index| &self.list[index])
    }

    /// The value of an estimate.
    pub fn get(&self, name: &str) -> Option<Quantity> {
        self.find(name).map(|estimate| estimate.value)
    }

    /// The other usual length of a day \[s\]: that of [`Estimate::other_day`].
    pub fn other_day(&self) -> f64 {
        self.calendar.other().day
    }

    /// All, each after those it needs.
    pub fn iter(&self) -> std::slice::Iter<'_, Estimate> {
        self.list.iter()
    }

    /// Where among all an estimate stands that has a value.
    pub fn position(&self, name: &str) -> usize {
        self.by_name[name]
    }

    /// The one that stands there.
    pub(super) fn at(&self, index: usize) -> &Estimate {
        &self.list[index]
    }

    /// All names, those of estimates without a value included.
    pub(super) fn names(&self) -> &BTreeSet<String> {
        &self.declared
    }

    fn add(&mut self, estimate: Estimate) {
        self.by_name.insert(estimate.name.clone(), self.list.len());
        self.list.push(estimate);
    }
}

/// How long a day is in this envelope.
fn calendar(table: &Table, diagnostics: &mut Diagnostics) -> Calendar {
    let Some(node) = table.get(SECONDS_PER_DAY.name) else { return Calendar::default() };
    let seconds = Reader::new(diagnostics, &Estimates::new()).number(node);
    match seconds {
        Some(day) if day > 0.0 => return Calendar::of_days(day),
        Some(_) => {
            diagnostics.error(node.location, "a day has more than 0 seconds");
        }
        None => {}
    }
    Calendar::default()
}

/// An estimate that is read and not yet evaluated.
struct Draft {
    name: Named,
    text: String,
    formula: Term,
    noted: Option<(Noted, Location)>,
    measured: Option<Named>,
}

impl Estimate {
    /// Its value as people read it: an input as it is written, and what is computed with a few digits.
    pub fn human(&self) -> String {
        match parse_quantity(&self.text, Calendar::default()) {
            Ok(_) => self.text.clone(),
            Err(_) => self.value.human(),
        }
    }
}

impl Draft {
    fn read(entry: &Entry, calendar: Calendar, diagnostics: &mut Diagnostics) -> Option<Draft> {
        let name = Named { name: entry.name.clone(), location: entry.name_location };
        let is_usable = check_name(&name, diagnostics);
        let mut draft = match &entry.node.value {
            Value::Table(table) => Draft::read_table(name, table, calendar, diagnostics)?,
            _ => {
                let (text, formula) = formula(&entry.node, calendar, diagnostics)?;
                Draft { name, text, formula, noted: None, measured: None }
            }
        };
        draft.text = draft.text.trim().to_owned();
        is_usable.then_some(draft)
    }

    fn read_table(
        name: Named,
        table: &Table,
        calendar: Calendar,
        diagnostics: &mut Diagnostics,
    ) -> Option<Draft> {
        let context = format!("estimate `{}`", shorten(&name.name));
        let nothing = Estimates::new();
        let mut reader = Reader::new(diagnostics, &nothing);
        reader.check_keys(table, &context, &Key::names(&ESTIMATE_KEYS));
        let measured = table.get("measured").and_then(|node| {
            let metric = reader.text(node)?;
            Some(Named {
                name: metric.to_owned(),
                location: Phrase::new(metric, node.location).at(0..metric.len()),
            })
        });
        let is = reader.required(table, "is", &context);
        let slip = table.get("slip").and_then(|node| slip(node, table, &mut reader));
        let noted = table.get("noted").and_then(|node| {
            let (text, term) = formula(node, calendar, diagnostics)?;
            let quantity = evaluate(&term, &nothing, diagnostics)?;
            Some((Noted::new(&text, quantity, slip), node.location))
        });
        let (text, formula) = formula(is?, calendar, diagnostics)?;
        Some(Draft { name, text, formula, noted, measured })
    }

    /// The estimate, with those it needs evaluated before.
    fn evaluate(self, estimates: &Estimates, diagnostics: &mut Diagnostics) -> Option<Estimate> {
        let value = evaluate(&self.formula, estimates, diagnostics)?;
        if let Some((noted, location)) = &self.noted
            && noted.quantity.dimension != value.dimension
            && noted.slip != Some(Slip::Unit)
        {
            let found = noted.quantity.dimension;
            let message = format!("`{}` is {}, but {found} is noted", self.name.name, value.dimension);
            diagnostics.error(*location, message);
        }
        let inputs: BTreeSet<String> = self.formula.names().into_iter().map(|named| named.name).collect();
        Some(Estimate {
            name: self.name.name,
            location: self.name.location,
            text: self.text,
            value,
            noted: self.noted.map(|(noted, _)| noted),
            measured: self.measured,
            inputs: inputs.into_iter().collect(),
            other_day: None,
            mean_month: None,
            short_year: None,
            formula: self.formula,
        })
    }
}

fn check_name(named: &Named, diagnostics: &mut Diagnostics) -> bool {
    let name = named.name.as_str();
    let taken_by = if !super::reader::is_name(name) {
        diagnostics
            .error(named.location, format!("`{}` is not a name", shorten(name)))
            .help("a name begins with a letter a-z, then letters a-z, digits and `_`");
        return false;
    } else if unit::is_reserved(name) {
        "a unit"
    } else if is_reserved(name) {
        "a word of expressions"
    } else if STEP_VARIABLES.contains(&name) {
        "a variable of steps"
    } else {
        return true;
    };
    diagnostics.error(named.location, format!("an estimate cannot be called `{name}`: that is {taken_by}"));
    false
}

/// The text of a formula and its tree.
fn formula(node: &Node, calendar: Calendar, diagnostics: &mut Diagnostics) -> Option<(String, Term)> {
    let number = match &node.value {
        Value::Text(text) => {
            let phrase = Phrase::new(text, node.location);
            let indent = text.len() - text.trim_start_matches([' ', '=']).len();
            let term = parse_formula(phrase.skip(indent), calendar, diagnostics)?;
            return Some((text[indent..].to_owned(), term));
        }
        Value::Integer(number) => *number as f64,
        Value::Float(number) => *number,
        other => {
            let message = format!("a formula or a number is needed here, not {}", other.noun());
            diagnostics.error(node.location, message).help("as in \"new_per_day / day\"");
            return None;
        }
    };
    let kind = TermKind::Number(Quantity::new(number, Dimension::NONE));
    Some((number.to_string(), Term { location: node.location, kind }))
}

/// The value of a formula over estimates; finite, or an error is reported.
pub(super) fn evaluate(
    term: &Term,
    estimates: &Estimates,
    diagnostics: &mut Diagnostics,
) -> Option<Quantity> {
    let scope = Scope { estimates, variables: &[], metric: &|_| None };
    let dimension = match type_of(term, &scope, diagnostics)? {
        Type::Quantity(dimension) => dimension,
        Type::Truth => {
            diagnostics.error(term.location, "a comparison is not a quantity");
            return None;
        }
    };
    let mut leaf = |leaf: Leaf<'_>| match leaf {
        Leaf::Name(name) => Ok(estimates.get(name).expect("names were checked").value),
        Leaf::Metric(_) => Err(()),
    };
    match term.value(&mut leaf) {
        Ok(value) if value.is_finite() => Some(Quantity::new(value, dimension)),
        _ => {
            diagnostics.error(term.location, "this has no finite value").help("does it divide by zero?");
            None
        }
    }
}

/// The names of the drafts, each after those it needs (A. Kahn, 1962), as near to the order of the text as that
/// allows. Cycles are reported; who is in one, or needs one, is left out.
fn order<'t>(
    table: &'t Table,
    drafts: &BTreeMap<&str, Draft>,
    diagnostics: &mut Diagnostics,
) -> Vec<&'t str> {
    let names = table.iter().map(|entry| entry.name.as_str());
    let names: Vec<&str> = names.filter(|name| drafts.contains_key(name)).collect();
    let index: BTreeMap<&str, usize> = names.iter().enumerate().map(|(index, &name)| (name, index)).collect();
    let needs_of = |name: &&str| {
        let inputs = drafts[name].formula.names();
        inputs.iter().filter_map(|named| index.get(named.name.as_str()).copied()).collect()
    };
    let needs: Vec<BTreeSet<usize>> = names.iter().map(needs_of).collect();
    let mut needed_by = vec![Vec::new(); names.len()];
    for (user, inputs) in needs.iter().enumerate() {
        inputs.iter().for_each(|&input| needed_by[input].push(user));
    }
    let mut missing: Vec<usize> = needs.iter().map(BTreeSet::len).collect();
    let mut ready: BTreeSet<usize> = (0..names.len()).filter(|&one| missing[one] == 0).collect();
    let mut ordered = Vec::new();
    while let Some(next) = ready.pop_first() {
        ordered.push(names[next]);
        for &user in &needed_by[next] {
            missing[user] -= 1;
            if missing[user] == 0 {
                ready.insert(user);
            }
        }
    }
    let stuck: BTreeSet<usize> = (0..names.len()).filter(|&one| missing[one] > 0).collect();
    report_cycles(&names, &needs, &stuck, drafts, diagnostics);
    ordered
}

/// Reports each cycle among those that wait for each other; who only waits for a cycle is not in one.
fn report_cycles(
    names: &[&str],
    needs: &[BTreeSet<usize>],
    stuck: &BTreeSet<usize>,
    drafts: &BTreeMap<&str, Draft>,
    diagnostics: &mut Diagnostics,
) {
    let mut seen = BTreeSet::new();
    for &start in stuck {
        // Everyone who is stuck needs another who is, so the walk meets itself or an earlier one.
        let mut path = Vec::new();
        let mut one = start;
        while seen.insert(one) {
            path.push(one);
            one = *needs[one].iter().find(|input| stuck.contains(input)).expect("it waits for someone");
        }
        if let Some(begin) = path.iter().position(|&member| member == one) {
            let circle = path[begin..].iter().chain([&one]).map(|&member| names[member]);
            let message = format!("estimates need each other: {}", circle.collect::<Vec<_>>().join(" -> "));
            diagnostics.error(drafts[names[one]].name.location, message);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::source::Sources;
    use super::super::tree::parse;
    use super::*;

    fn read(text: &str) -> (Estimates, String) {
        let (mut sources, mut diagnostics) = (Sources::new(), Diagnostics::new());
        let table = parse(&mut sources, "x", text, &mut diagnostics).unwrap();
        let estimates = Estimates::read(&table, &mut diagnostics);
        (estimates, diagnostics.lines(&sources))
    }

    #[test]
    fn formulas_are_evaluated_whatever_their_order() {
        let (estimates, errors) = read(
            r#"
            read_rate   = { is = "10 * write_rate", noted = "11600 /s", measured = "authors.rate" }
            write_rate  = "new_per_day / day"
            new_per_day = "100 M"
            storage     = { is = "new_per_day * 365 * 10 * 100 B", noted = "36.5 TB" }
            threshold   = 500
            share       = 0.25
            "#,
        );
        assert_eq!(errors, "");
        let names: Vec<&str> = estimates.iter().map(|estimate| estimate.name.as_str()).collect();
        assert_eq!(names, ["new_per_day", "write_rate", "read_rate", "storage", "threshold", "share"]);
        let write_rate = 100e6 / 86_400.0;
        assert_eq!(estimates.get("read_rate"), Some(Quantity::new(10.0 * write_rate, Dimension::RATE)));
        assert_eq!(estimates.get("threshold"), Some(Quantity::number(500.0)));
        assert_eq!(estimates.get("absent"), None);
        let storage = estimates.iter().find(|estimate| estimate.name == "storage").unwrap();
        assert_eq!(storage.value.human(), "36.5 TB");
        let quantity = Quantity::new(36.5e12, Dimension::BYTES);
        assert_eq!(
            storage.noted,
            Some(Noted { quantity, text: "36.5 TB".to_owned(), number: 36.5, digits: 3, slip: None })
        );
        assert_eq!(
            (storage.text.as_str(), &storage.inputs[..]),
            ("new_per_day * 365 * 10 * 100 B", ["new_per_day".to_owned()].as_slice())
        );
        let read_rate = estimates.iter().find(|estimate| estimate.name == "read_rate").unwrap();
        assert_eq!(read_rate.measured.as_ref().unwrap().name, "authors.rate");
    }

    #[test]
    fn an_estimate_waits_for_all_that_it_needs() {
        let (estimates, errors) = read("sum = \"first + second\"\nsecond = \"first * 2\"\nfirst = 1");
        assert_eq!((estimates.get("sum"), errors.as_str()), (Some(Quantity::number(3.0)), ""));
    }

    #[test]
    fn a_day_may_have_a_round_number_of_seconds() {
        let (estimates, errors) =
            read("rate = \"100 M / day\"\nsame = \"100 M/day\"\nseconds_per_day = 100_000");
        assert_eq!(errors, "");
        assert_eq!(estimates.get("rate"), Some(Quantity::new(1_000.0, Dimension::RATE)));
        assert_eq!(estimates.get("same"), estimates.get("rate"));
        assert_eq!(estimates.iter().count(), 2);
    }

    #[test]
    fn a_day_of_another_length_is_known_beside() {
        let (estimates, errors) =
            read("n = { is = \"1 M / day\", noted = \"10 /s\" }\nm = \"2 * n\"\nk2 = 1");
        assert_eq!(errors, "");
        let other: Vec<Option<f64>> =
            estimates.iter().map(|estimate| estimate.other_day.map(|value| value.value)).collect();
        assert_eq!(other, [Some(10.0), Some(20.0), None]);
        let (estimates, _) = read("n = { is = \"1 M / day\", noted = \"10 /s\" }\nseconds_per_day = 100_000");
        assert_eq!(estimates.iter().next().unwrap().other_day.unwrap().value, 1e6 / 86_400.0);
    }

    #[test]
    fn constants_have_dots_and_estimates_have_none() {
        let (estimates, errors) =
            read("disk_seek = \"8 ms\"\nn = \"latency.disk_seek / disk_seek\"\nm = \"binary.kilo + 1\"");
        assert_eq!(errors, "");
        assert_eq!(estimates.get("n"), Some(Quantity::number(1.25)));
        assert_eq!(estimates.get("m"), Some(Quantity::number(1_025.0)));
    }

    #[test]
    fn what_is_wrong_is_said_once() {
        for (text, expected) in [
            (
                "a = \"b\"\nb = \"c + 1\"\nc = \"a\"",
                "x:1:1: error: estimates need each other: a -> b -> c -> a\n",
            ),
            ("z = \"a\"\na = \"a + 1\"", "x:2:1: error: estimates need each other: a -> a\n"),
            (
                "a = \"bb\"\nbbb = 1",
                "x:1:6: error: unknown name `bb` (did you mean `bbb`? valid names: a, bbb)\n",
            ),
            (
                "a = \"1 s + 1 B\"\nb = \"a * 2\"\nc = \"b\"",
                "x:1:6: error: a duration cannot be added to a size\n",
            ),
            ("a = \"1 / 0\"", "x:1:6: error: this has no finite value (does it divide by zero?)\n"),
            ("a = \"1 < 2\"", "x:1:6: error: a comparison is not a quantity\n"),
            ("day = 1", "x:1:1: error: an estimate cannot be called `day`: that is a unit\n"),
            ("k = 1", "x:1:1: error: an estimate cannot be called `k`: that is a unit\n"),
            ("max = 1", "x:1:1: error: an estimate cannot be called `max`: that is a word of expressions\n"),
            ("size = 1", "x:1:1: error: an estimate cannot be called `size`: that is a variable of steps\n"),
            (
                "Big = 1",
                "x:1:1: error: `Big` is not a name (a name begins with a letter a-z, then letters a-z, \
                digits and `_`)\n",
            ),
            (
                "a = true",
                "x:1:5: error: a formula or a number is needed here, not a boolean (as in \"new_per_day / \
                day\")\n",
            ),
            (
                "a = { si = 1 }",
                "x:1:5: error: estimate `a` needs the key `is`\n\
                 x:1:7: error: unknown key `si` in estimate `a` (did you mean `is`? valid keys: is, noted, slip, measured)\n",
            ),
            (
                "a = { is = 1, slip = \"day\" }",
                "x:1:22: error: `slip` says what is wrong with `noted`, which is missing\n",
            ),
            (
                "a = \"2 * latency.disk_sek\"",
                "x:1:10: error: unknown constant `latency.disk_sek` (did you mean `latency.disk_seek`? valid \
                constants: latency.l1_cache, latency.branch_mispredict, latency.l2_cache, latency.mutex, \
                latency.memory, latency.compress_1kb, latency.send_2kb, latency.memory_1mb, \
                latency.local_round_trip, latency.disk_seek, latency.network_1mb, latency.disk_1mb, \
                latency.ocean_round_trip, latency.ssd_read, latency.ssd_1mb)\n",
            ),
            (
                "a = { is = 1, noted = \"1 s\" }",
                "x:1:23: error: `a` is a plain number, but a duration is noted\n",
            ),
            ("seconds_per_day = 0", "x:1:19: error: a day has more than 0 seconds\n"),
            ("a = { is = 1, measured = 1 }", "x:1:26: error: a text is needed here, not a whole number\n"),
        ] {
            assert_eq!(read(text).1, expected, "{text}");
        }
    }

    #[test]
    fn a_long_chain_needs_no_deep_stack() {
        let chain: Vec<String> =
            (0..5_000).map(|index| format!("a{index} = \"a{} + 1\"", index + 1)).collect();
        let (estimates, errors) = read(&format!("{}\na5000 = 0", chain.join("\n")));
        assert_eq!(errors, "");
        assert_eq!(estimates.get("a0"), Some(Quantity::number(5_000.0)));
    }
}
