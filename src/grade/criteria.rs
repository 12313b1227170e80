//! The criteria: what each asks of a scenario, how it is checked, and what an interviewer would ask next.

use super::{Exam, Expected};
use crate::experiment::Trial;
use crate::mechanism::arrange::Arrange;
use crate::plan::{Level, bounds};
use crate::scenario::{Window, format_rate};

/// The steps of a design interview.
pub(super) const STEPS: [&str; 4] = [
    "understand the problem, fix its scope",
    "propose a design, check that its figures hold",
    "go deep into a choice",
    "wrap up: what breaks, what grows",
];

/// Something that a complete answer has.
pub(super) struct Criterion {
    /// The step to which it belongs.
    pub(super) step: usize,
    pub(super) id: &'static str,
    pub(super) meaning: &'static str,
    /// What of the scenario meets it, or as an error what is missing.
    pub(super) check: fn(&Exam<'_>) -> Result<String, String>,
    /// The question where it is not met.
    pub(super) missing: &'static str,
    /// The question where it is.
    pub(super) deeper: &'static str,
}

/// All criteria, in the order of the steps.
pub(super) const CRITERIA: [Criterion; 7] = [
    Criterion {
        step: 0,
        id: "functional",
        meaning: "[requirements] names operations, and clients ask for each of them",
        check: functional,
        missing: "Before you draw anything: which requests must the system answer, and who sends them?",
        deeper: "Which of these may be left out of the first version, and who would miss it?",
    },
    Criterion {
        step: 0,
        id: "non_functional",
        meaning: "[requirements] names objectives of [slo], and a run could miss each of them",
        check: non_functional,
        missing: "How fast is fast enough, and how often may it fail? Give me numbers that a bad design would miss.",
        deeper: "If only one of these could be kept on a bad day, which one, and who decides that?",
    },
    Criterion {
        step: 1,
        id: "estimate",
        meaning: "a quantity of the system comes from an estimate that is noted or measured",
        check: estimate,
        missing: "How did you arrive at these rates and sizes? Show me the arithmetic, and a figure to hold it against.",
        deeper: "Which input of the estimate do you trust least, and what changes if it is off by a factor of two?",
    },
    Criterion {
        step: 1,
        id: "objective",
        meaning: "an objective decides the exit code, and a run could miss it",
        check: objective,
        missing: "How would we notice on an ordinary day that this design does not do its job?",
        deeper: "How much room is left below that limit at the average load, and what uses it up first?",
    },
    Criterion {
        step: 2,
        id: "variant",
        meaning: "a variant changes the design, and a claim that could fail says what that does",
        check: variant,
        missing: "Which part did you choose against an alternative? Put the two side by side and predict the difference.",
        deeper: "At which load or price would you decide the other way?",
    },
    Criterion {
        step: 3,
        id: "fault",
        meaning: "something breaks, and an expectation that could fail says what happens during or after it",
        check: fault,
        missing: "Choose the component that you would least like to lose. What do users see while it is gone, and after it is back?",
        deeper: "And if it does not die but only becomes slow, who notices first?",
    },
    Criterion {
        step: 3,
        id: "ten_times",
        meaning: "a variant offers ten times the load or more, and a claim that could fail says what becomes of it",
        check: ten_times,
        missing: "Tomorrow there are ten times as many users. What gives way first, and how does that look from outside?",
        deeper: "You may buy one thing before that day. What is it, and what gives way next?",
    },
];

/// "`a`, `b`".
fn quoted<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<String>>().join(", ")
}

fn functional(exam: &Exam<'_>) -> Result<String, String> {
    let required: Vec<&str> =
        exam.base.scenario.requirements.functional.iter().map(|one| one.of.name.as_str()).collect();
    if required.is_empty() {
        return Err("[requirements] has no `functional`".to_owned());
    }
    let bounds = bounds(&exam.base.scenario.plan);
    let is_asked = |target: &&str| {
        let (component, operation) = target.split_once('.').expect("it was checked");
        let mut stations = bounds.stations.iter().filter(|station| station.name == component);
        stations.any(|station| station.operations.iter().any(|one| one.name == operation))
    };
    let idle: Vec<&str> = required.iter().copied().filter(|target| !is_asked(target)).collect();
    match idle.is_empty() {
        true => Ok(format!("clients ask for {}", quoted(required))),
        false => Err(format!("no client asks for {}", quoted(idle))),
    }
}

fn non_functional(exam: &Exam<'_>) -> Result<String, String> {
    let required = &exam.base.scenario.requirements.non_functional;
    if required.is_empty() {
        return Err("[requirements] has no `non_functional`".to_owned());
    }
    let is_required = |expected: &&Expected<'_>| required.iter().any(|one| one.of.name == expected.name());
    let answers = || exam.objectives.iter().filter(is_required);
    decidable(answers()).map(|()| format!("{} can be missed", quoted(answers().map(Expected::name))))
}

fn estimate(exam: &Exam<'_>) -> Result<String, String> {
    let scenario = &exam.base.scenario;
    if scenario.estimates.iter().next().is_none() {
        return Err("there is no [estimate]".to_owned());
    }
    let used = &scenario.essence.estimates;
    if used.is_empty() {
        return Err("no quantity of the system is computed from an estimate".to_owned());
    }
    let has_figure = |name: &&str| {
        let found = scenario.estimates.find(name);
        found.is_some_and(|estimate| estimate.noted.is_some() || estimate.measured.is_some())
    };
    let compared: Vec<&str> = used.iter().map(String::as_str).filter(has_figure).collect();
    match compared.is_empty() {
        true => {
            let used = quoted(used.iter().map(String::as_str));
            Err(format!("the system is computed from {used}, but nothing is `noted` or `measured` beside it"))
        }
        false => Ok(format!("the system is computed from {}, with a figure beside it", quoted(compared))),
    }
}

fn objective(exam: &Exam<'_>) -> Result<String, String> {
    if exam.objectives.is_empty() {
        return Err("there is no [slo]".to_owned());
    }
    let gates = || exam.objectives.iter().filter(|expected| expected.objective.level == Level::Error);
    if gates().next().is_none() {
        let names = quoted(exam.objectives.iter().map(Expected::name));
        return Err(format!("none of {names} decides the exit code"));
    }
    let able = some_decidable(gates())?;
    Ok(format!("the exit code depends on {}", quoted(able.into_iter().map(Expected::name))))
}

fn variant(exam: &Exam<'_>) -> Result<String, String> {
    if exam.variants.is_empty() {
        return Err("there is no [variant]".to_owned());
    }
    let design = |trial: &Trial| trial.scenario.essence.design.clone();
    let others: Vec<&Trial> =
        exam.variants.iter().filter(|trial| design(trial) != design(exam.base)).collect();
    if others.is_empty() {
        let leave = if exam.variants.len() == 1 { "leaves" } else { "leave" };
        return Err(format!("{} {leave} the design as it is", quoted(exam.variants.iter().map(name))));
    }
    let told = Told::of(exam, &others);
    match told.by_claims.is_empty() {
        true => Err(told.lack()),
        false => Ok(format!("claims tell of {}", quoted(told.by_claims))),
    }
}

fn fault(exam: &Exam<'_>) -> Result<String, String> {
    let trials = || [exam.base].into_iter().chain(exam.variants);
    let mut faults: Vec<&str> = trials()
        .flat_map(|trial| trial.scenario.fault_spans.iter().filter(|fault| fault.span.is_some()))
        .map(|fault| fault.name.as_str())
        .collect();
    faults.arrange();
    faults.dedup();
    if faults.is_empty() {
        return Err("there is no [fault]".to_owned());
    }
    let speaks = |expected: &&Expected<'_>, fault: &str| {
        expected.metrics.iter().any(|metric| match &metric.window {
            Some(Window::During(named) | Window::After { fault: named, .. }) => named.name == fault,
            _ => false,
        })
    };
    let told = |fault: &&str| {
        exam.expectations().any(|expected| expected.weakness().is_none() && speaks(&expected, fault))
    };
    let covered: Vec<&str> = faults.iter().copied().filter(told).collect();
    if !covered.is_empty() {
        return Ok(format!("expectations speak of {}", quoted(covered)));
    }
    let weak = exam.expectations().filter(|expected| faults.iter().any(|fault| speaks(expected, fault)));
    let weak: Vec<String> = weak.filter_map(Expected::weakness).collect();
    Err(match weak.is_empty() {
        true => format!("nothing is expected during or after {}", quoted(faults)),
        false => weak.join(", "),
    })
}

fn ten_times(exam: &Exam<'_>) -> Result<String, String> {
    let base = Load::of(exam.base);
    let loads = || exam.variants.iter().map(|trial| (trial, Load::of(trial).times(base)));
    let large: Vec<&Trial> = loads().filter(|(_, times)| *times >= TEN).map(|(trial, _)| trial).collect();
    if large.is_empty() {
        let largest = loads().map(|(_, times)| times).fold(1.0, f64::max);
        return Err(format!("no variant offers more than {largest:.1} times the load of {}", base.shown()));
    }
    let told = Told::of(exam, &large);
    match told.by_claims.is_empty() || !told.weak.is_empty() {
        true => Err(told.lack()),
        false => {
            Ok(format!("claims tell of {}, with ten times {} or more", quoted(told.by_claims), base.shown()))
        }
    }
}

/// Ten, but for the rounding of sums.
const TEN: f64 = 10.0 * (1.0 - 1e-9);

/// What clients offer, before anything is answered.
#[derive(Clone, Copy)]
struct Load {
    /// Arrivals of those who do not wait for answers \[1/s\].
    rate: f64,
    /// Those who do.
    users: f64,
}

impl Load {
    fn of(trial: &Trial) -> Load {
        let mut load = Load { rate: 0.0, users: 0.0 };
        for client in bounds(&trial.scenario.plan).clients {
            match client.users {
                Some(users) => load.users += f64::from(users),
                None => load.rate += client.rate.high,
            }
        }
        load
    }

    /// How many times a load this is, counting what grows least of what that load has.
    fn times(self, base: Load) -> f64 {
        let pairs = [(self.rate, base.rate), (self.users, base.users)];
        let ratios = pairs.iter().filter(|(_, base)| *base > 0.0).map(|(own, base)| own / base);
        let least = ratios.fold(f64::INFINITY, f64::min);
        if least.is_finite() { least } else { 0.0 }
    }

    fn shown(self) -> String {
        match (self.rate > 0.0, self.users > 0.0) {
            (true, true) => format!("{} and {} users", format_rate(self.rate), self.users),
            (false, true) => format!("{} users", self.users),
            _ => format_rate(self.rate),
        }
    }
}

fn name(trial: &Trial) -> &str {
    trial.subject.variant.as_deref().unwrap_or_default()
}

/// What claims tell of variants.
struct Told<'e> {
    /// Those of which claims tell that a run can decide.
    by_claims: Vec<&'e str>,
    /// Those of which no claim speaks.
    not: Vec<&'e str>,
    /// Why a run cannot decide the claims about the others.
    weak: Vec<String>,
}

impl<'e> Told<'e> {
    fn of(exam: &Exam<'e>, variants: &[&'e Trial]) -> Told<'e> {
        let mut told = Told { by_claims: Vec::new(), not: Vec::new(), weak: Vec::new() };
        for variant in variants.iter().map(|trial| name(trial)) {
            match decidable(exam.claims_about(variant)) {
                Err(weakness) => told.weak.push(weakness),
                Ok(()) if exam.claims_about(variant).next().is_none() => told.not.push(variant),
                Ok(()) => told.by_claims.push(variant),
            }
        }
        told
    }

    /// Why it is not enough.
    fn lack(&self) -> String {
        match self.weak.is_empty() {
            true => format!("no claim speaks of {}", quoted(self.not.iter().copied())),
            false => self.weak.join(", "),
        }
    }
}

/// Whether a run can decide all of these, or why it cannot.
fn decidable<'x, 'e: 'x>(expected: impl Iterator<Item = &'x Expected<'e>>) -> Result<(), String> {
    let weak: Vec<String> = expected.filter_map(Expected::weakness).collect();
    if weak.is_empty() { Ok(()) } else { Err(weak.join(", ")) }
}

/// Those that a run can decide, or why it cannot decide one.
fn some_decidable<'x, 'e: 'x>(
    expected: impl Iterator<Item = &'x Expected<'e>>,
) -> Result<Vec<&'x Expected<'e>>, String> {
    let (able, weak): (Vec<_>, Vec<_>) = expected.partition(|expected| expected.weakness().is_none());
    let reasons: Vec<String> = weak.into_iter().filter_map(Expected::weakness).collect();
    if able.is_empty() { Err(reasons.join(", ")) } else { Ok(able) }
}
