//! `storm`: the metastability map of a scenario, load against the strength of a trigger.

use super::exit::{Exit, Trouble};
use super::folder::{Folder, Item};
use super::options::{Edits, Format};
use super::watch::{Watcher, catch_interrupts};
use super::{load, print};
use clap::Args;
use serde_json::json;
use std::path::PathBuf;
use windtunnel::experiment::{StormTerms, StormTrigger, storm as map};
use windtunnel::fault::Schedule;
use windtunnel::plan::Plan;
use windtunnel::report::{plot, text};
use windtunnel::scenario::{Calendar, Dimension, parse_quantity};
use windtunnel::units::Span;

/// Sweep the load up and down, strike at each level, and map where the system recovers and where it does not
#[derive(Args)]
pub(super) struct Arguments {
    /// The scenario
    file: PathBuf,

    /// This variant instead of the base
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,

    /// The levels of the load, of what the scenario offers: `FROM:TO:STEP`, or a list
    #[arg(long, value_name = "LOADS", default_value = "0.4:1.2:0.1")]
    loads: String,

    /// How long the trigger strikes: `FROM:TO:STEP`, or a list; at most a quarter of a level [default: 0 and five more]
    #[arg(long, value_name = "TIMES")]
    lengths: Option<String>,

    /// How long each level lasts [default: the duration of the scenario]
    #[arg(long, value_name = "TIME")]
    level: Option<String>,

    /// What strikes: a fault of the scenario, or `surge=FACTOR` [default: the first fault, else surge=2]
    #[arg(long, value_name = "FAULT")]
    trigger: Option<String>,

    /// Who is answered within this time is answered well [default: 4 times the p99 at the lowest load]
    #[arg(long, value_name = "TIME")]
    within: Option<String>,

    /// The share of the requests that must be answered well
    #[arg(long, value_name = "SHARE", default_value = "90 %")]
    share: String,

    /// The seed, instead of the scenario's
    #[arg(long, value_name = "N")]
    seed: Option<u64>,

    #[command(flatten)]
    edits: Edits,

    /// Folder for the map as JSON and picture [default: reports/<scenario>/storm]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// What is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// More levels or lengths than these are a mistake.
const VALUES_MAX: usize = 200;

/// So many lengths besides none, if nobody says them.
const LENGTHS: u64 = 5;

/// The command.
pub(super) fn storm(arguments: &Arguments) -> Result<Exit, Trouble> {
    let variant = arguments.variant.clone();
    let one = load::experiment(&arguments.file, &arguments.edits, |_, _| vec![variant.clone()])?;
    let terms = arguments.terms(&one.trials[0].scenario.plan)?;
    // A plan for each row; what there is to say about the scenario has been said.
    let quiet = Edits { set: arguments.edits.set.clone(), quiet: true };
    let rows = vec![variant; terms.lengths.len()];
    let mut experiment = load::experiment(&arguments.file, &quiet, |_, _| rows)?;
    experiment.seed = arguments.seed.unwrap_or(experiment.seed);
    catch_interrupts();
    let watcher = match arguments.edits.quiet {
        true => Watcher::silent(&experiment),
        false => Watcher::new(&experiment, "storm"),
    };
    let storm = map(experiment, &terms, &watcher);
    watcher.finish();
    let Some(storm) = storm.map_err(Trouble::invalid)? else {
        print::message("interrupted before the map was finished");
        return Ok(Exit::Interrupted);
    };
    let document = format!("{:#}\n", json!(storm));
    print::result(&match arguments.format {
        Format::Text => text::storm(&storm, print::style()),
        Format::Json => document.clone(),
    })?;
    let picture = plot::storm(&storm);
    let items = [
        Item::new("storm.json", document),
        Item::new("storm.svg", picture.svg()),
        Item::new("storm.png", picture.png()),
    ];
    let folder = arguments.out.clone().unwrap_or_else(|| {
        Folder::of(&arguments.file, None).path_for(arguments.variant.as_deref()).join("storm")
    });
    let mut subject = storm.scenario.clone();
    subject.variant = None;
    Folder::of(&arguments.file, Some(&folder)).write(&subject, &items)?;
    if !arguments.edits.quiet {
        print::message(&format!("map as picture and JSON: {}", folder.display()));
    }
    Ok(Exit::Pass)
}

impl Arguments {
    fn terms(&self, plan: &Plan) -> Result<StormTerms, Trouble> {
        let measured = plan.timeline.end().since(plan.timeline.start());
        let step = self.level.as_ref().map_or(Ok(measured), |text| time("--level", text))?;
        let mut terms = StormTerms {
            loads: values("--loads", &self.loads, Dimension::NONE)?,
            lengths: Vec::new(),
            step,
            trigger: self.trigger(plan)?,
            within: self.within.as_ref().map(|text| time("--within", text)).transpose()?,
            share: quantity("--share", &self.share, Dimension::NONE)?,
        };
        if step.0 < 8 {
            return Err(Trouble::invalid("--level must be longer"));
        }
        if !(terms.share > 0.0 && terms.share <= 1.0) {
            return Err(Trouble::invalid("--share lies above 0 % and is at most 100 %"));
        }
        let ascends = |values: &[f64]| values.windows(2).all(|pair| pair[0] < pair[1]);
        if !ascends(&terms.loads) || terms.loads.iter().any(|load| !(*load > 0.0 && *load <= 1000.0)) {
            return Err(Trouble::invalid("--loads are positive and ascend"));
        }
        let longest = terms.longest();
        terms.lengths = match &self.lengths {
            None => (0..=LENGTHS).map(|part| Span(longest.0 * part / LENGTHS)).collect(),
            Some(text) => {
                let seconds = values("--lengths", text, Dimension::TIME)?;
                if !ascends(&seconds) || seconds.iter().any(|length| *length < 0.0) {
                    return Err(Trouble::invalid("--lengths ascend, and none is negative"));
                }
                let mut lengths: Vec<Span> = seconds.into_iter().map(Span::from_seconds).collect();
                // Without a trigger one sees what the load does by itself.
                if lengths.first() != Some(&Span::ZERO) {
                    lengths.insert(0, Span::ZERO);
                }
                lengths
            }
        };
        if terms.lengths.last().is_some_and(|length| *length > longest) {
            return Err(Trouble::invalid(format!(
                "--lengths are at most a quarter of a level, which is {} s: the system needs time to recover",
                longest.seconds()
            )));
        }
        Ok(terms)
    }

    fn trigger(&self, plan: &Plan) -> Result<StormTrigger, Trouble> {
        let once: Vec<&str> = plan
            .faults
            .iter()
            .filter(|fault| matches!(fault.schedule, Schedule::Once { .. }))
            .map(|fault| fault.name.as_str())
            .collect();
        let Some(wanted) = &self.trigger else {
            let first = once.first().map(|name| StormTrigger::Fault((*name).to_owned()));
            return Ok(first.unwrap_or(StormTrigger::Surge(2.0)));
        };
        if let Some(factor) = wanted.strip_prefix("surge=") {
            let factor = quantity("--trigger surge", factor, Dimension::NONE)?;
            if !(factor > 1.0 && factor <= 1000.0) {
                return Err(Trouble::invalid(
                    "a surge is more than the load, and at most 1000 times as much",
                ));
            }
            return Ok(StormTrigger::Surge(factor));
        }
        if !once.contains(&wanted.as_str()) {
            let known = if once.is_empty() {
                "it has none".to_owned()
            } else {
                format!("there is {}", once.join(", "))
            };
            return Err(Trouble::invalid(format!(
                "--trigger is `surge=FACTOR` or a fault of the scenario, not `{wanted}`: {known}"
            )));
        }
        Ok(StormTrigger::Fault(wanted.clone()))
    }
}

fn time(option: &str, text: &str) -> Result<Span, Trouble> {
    let seconds = quantity(option, text, Dimension::TIME)?;
    if seconds > 0.0 && seconds < 1e9 {
        Ok(Span::from_seconds(seconds))
    } else {
        Err(Trouble::invalid(format!("{option} is a time above 0 s")))
    }
}

/// A list of quantities, or the values from one to another in steps.
fn values(option: &str, text: &str, dimension: Dimension) -> Result<Vec<f64>, Trouble> {
    let parts: Vec<&str> = text.split(':').collect();
    let values = match parts[..] {
        [from, to, step] => {
            let [from, to, step] = [
                quantity(option, from, dimension)?,
                quantity(option, to, dimension)?,
                quantity(option, step, dimension)?,
            ];
            if !(step > 0.0 && from <= to && (to - from) / step < VALUES_MAX as f64) {
                return Err(Trouble::invalid(format!("{option}: `{text}` is no FROM:TO:STEP")));
            }
            let count = ((to - from) / step + 1e-9).floor() as usize;
            // Rounded to a billionth: 0.4 + 2 * 0.1 is 0.6.
            (0..=count).map(|index| ((from + step * index as f64) * 1e9).round() / 1e9).collect()
        }
        [_] => text
            .split(',')
            .map(|one| quantity(option, one, dimension))
            .collect::<Result<Vec<f64>, Trouble>>()?,
        _ => return Err(Trouble::invalid(format!("{option} is FROM:TO:STEP or a list, not `{text}`"))),
    };
    if values.len() > VALUES_MAX {
        return Err(Trouble::invalid(format!("{option}: at most {VALUES_MAX} values")));
    }
    Ok(values)
}

fn quantity(option: &str, text: &str, dimension: Dimension) -> Result<f64, Trouble> {
    let wrong = |why: String| Trouble::invalid(format!("{option}: {why}"));
    let quantity = parse_quantity(text.trim(), Calendar::default())
        .map_err(|error| wrong(format!("{} ({})", error.message, error.help)))?;
    // Nothing has any dimension.
    if quantity.dimension == dimension || quantity.value == 0.0 {
        return Ok(quantity.value);
    }
    Err(wrong(format!("`{text}` is {}, not {dimension}", quantity.dimension)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_lists_or_ranges() {
        for (text, expected) in [
            ("0.4:0.8:0.1", Ok(vec![0.4, 0.5, 0.6, 0.7, 0.8])),
            ("50 %, 1,2.5", Ok(vec![0.5, 1.0, 2.5])),
            ("1:1:1", Ok(vec![1.0])),
            ("2:1:1", Err("--loads: `2:1:1` is no FROM:TO:STEP")),
            ("0:1:0.001", Err("--loads: `0:1:0.001` is no FROM:TO:STEP")),
            ("1:2", Err("--loads is FROM:TO:STEP or a list, not `1:2`")),
            ("1 s", Err("--loads: `1 s` is a duration, not a plain number")),
        ] {
            let actual = values("--loads", text, Dimension::NONE);
            assert_eq!(actual, expected.map_err(Trouble::invalid), "{text}");
        }
    }
}
