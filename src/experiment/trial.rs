//! What an experiment consists of, built and checked before anything runs.

use super::run::Tracing;
use crate::HELPS;
use crate::estimate::{estimate, judge_notes};
use crate::figures::{Catalogue, Definition, Listing, Metric};
use crate::kernel::random::mix;
use crate::measure::timeline::Window;
use crate::mechanism::hash::xxh3;
use crate::plan::{Document, Expected, Objective, Scenario, build, lint, topology};
use crate::results::{Background, Judgement, Origin, Remark, Results, Subject};
use crate::scenario::{Diagnostic, Diagnostics, Sources};
use crate::slo::{Checked, Ground, Grounds, check_expectations, check_names, look_for_foregone};

/// What the user gave.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The file, as it was asked for.
    pub file: &'a str,
    /// Its text.
    pub text: &'a str,
    /// What was set from outside: `path=value`.
    pub settings: &'a [String],
}

/// Scenarios that are run with the same seeds.
pub struct Experiment {
    /// The scenarios, at least one; the first is what was asked for.
    pub trials: Vec<Trial>,
    /// The seed of the first replication.
    pub seed: u64,
    /// How often each is run, at least once.
    pub replications: u64,
    /// Whether requests of the first replication are noted.
    pub tracing: Tracing,
    /// What they were read from.
    pub origin: Origin,
    /// What the author of the first scenario may not have meant.
    pub remarks: Vec<Remark>,
}

/// One scenario that is run: the base or a variant.
pub struct Trial {
    /// What it is called.
    pub subject: Subject,
    /// What runs, and what is expected of it.
    pub scenario: Scenario,
    /// Its metrics.
    pub catalogue: Catalogue,
    listed: Vec<Listed>,
    questions: Vec<(Metric, Window)>,
    /// What is wanted of it.
    pub objectives: Vec<Checked>,
    /// Of the base only: a scenario makes its claims once.
    pub claims: Vec<Checked>,
    /// What to think of the noted figures of its estimates.
    pub notes: Vec<Judgement>,
}

/// A metric that is shown without being asked for.
#[derive(Clone, PartialEq, Debug)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// Its meaning.
    pub definition: Definition,
}

impl Listed {
    /// Whether these values of it are worth showing.
    pub fn is_shown(&self, values: &[f64]) -> bool {
        self.definition.listing == Listing::Always || values.iter().any(|value| *value != 0.0)
    }
}

/// A scenario that was built, with its metrics.
struct Built {
    variant: Option<String>,
    title: Option<String>,
    scenario: Scenario,
    catalogue: Catalogue,
}

/// A hash of everything that a scenario is read from: the text, what was set from outside, and the variant.
pub fn content_hash(input: Input<'_>, variant: Option<&str>) -> u64 {
    let settings = input.settings.iter().fold(xxh3(input.text), |hash, setting| mix(hash, xxh3(setting)));
    variant.map_or(settings, |variant| mix(settings, !xxh3(variant)))
}

/// What was found in a scenario, as data.
fn remarks(diagnostics: &Diagnostics, sources: &Sources) -> Vec<Remark> {
    let remark = |found: &&Diagnostic| {
        let position =
            found.location.map(|location| (sources.name(location.source), sources.position(location)));
        Remark {
            severity: found.severity.word(),
            id: found.lint,
            message: found.message.clone(),
            file: position.map(|(file, _)| file.to_owned()),
            line: position.map(|(_, position)| position.line),
            column: position.map(|(_, position)| position.column),
            label: found.label.clone(),
            help: found.help.clone(),
        }
    };
    diagnostics.sorted().iter().map(remark).collect()
}

impl Experiment {
    /// Builds the scenarios that are run (none is the base) and checks what is expected of them. `None` if there are errors,
    /// which are in `diagnostics`.
    ///
    /// Variants that are not run, but that objectives or claims name, are built as well, so that names are checked in them.
    pub fn new(
        document: &Document,
        input: Input<'_>,
        variants: &[Option<&str>],
        diagnostics: &mut Diagnostics,
    ) -> Option<Experiment> {
        let mut grounds: Vec<Built> = Vec::new();
        for (index, variant) in variants.iter().enumerate() {
            let mut found = Diagnostics::new();
            grounds.extend(Built::new(document, *variant, &mut found));
            match variant {
                // Lints are about what was asked for: a bad variant is the point of a variant.
                Some(variant) if index > 0 => diagnostics.take_errors_of(variant, found),
                _ => diagnostics.take(found),
            }
        }
        let is_planned = grounds.first().is_some_and(|built| built.variant.as_deref() == variants[0]);
        let expected = (!is_planned).then(|| Expected::read(document, variants[0]));
        let is_named = |name: &str, grounds: &[Built]| {
            let objectives = expected.iter().flat_map(|expected| &expected.objectives);
            names(objectives, name) || grounds.iter().any(|built| built.names(name))
        };
        for variant in document.variants() {
            let name = variant.name.name.as_str();
            let is_built = grounds.iter().any(|built| built.variant.as_deref() == Some(name));
            let mut found = Diagnostics::new();
            if !is_built && is_named(name, &grounds) {
                grounds.extend(Built::new(document, Some(name), &mut found));
            } else if !is_built && !document.has_settings() {
                // Nobody asks for it now; what is wrong with it is told all the same, as long as it is what stands in the file.
                build(document, Some(name), &mut found);
            }
            diagnostics.take_errors_of(name, found);
        }
        let known = document.variants().iter().map(|variant| variant.name.name.as_str()).collect();
        let seen = Grounds {
            list: grounds.iter().map(Built::ground).collect(),
            variants: known,
            sources: &document.sources,
        };
        if let Some(expected) = expected {
            check_names(&expected, &seen, diagnostics);
            return None;
        }
        let (seed, replications) = (grounds[0].scenario.plan.seed, grounds[0].scenario.replications);
        let mut expected = Vec::new();
        for (home, ground) in seen.list.iter().enumerate() {
            if !variants.contains(&ground.variant) {
                continue;
            }
            let objectives = check_expectations(&ground.scenario.objectives, home, &seen, diagnostics);
            let claims: &[Objective] = if ground.variant.is_none() { &ground.scenario.claims } else { &[] };
            expected.push((objectives, check_expectations(claims, home, &seen, diagnostics)));
        }
        if diagnostics.has_errors() {
            return None;
        }
        let (objectives, claims) = &expected[0];
        if HELPS {
            look_for_foregone(objectives.iter().chain(claims), 0, &seen, diagnostics);
            lint::check(&grounds[0].scenario, diagnostics);
            lint::settle(document, variants[0], &grounds[0].scenario, diagnostics);
        }
        let remarks = remarks(diagnostics, &document.sources);
        let mut trials: Vec<Trial> = grounds
            .into_iter()
            .zip(expected)
            .map(|(built, (objectives, claims))| {
                let notes = judge_notes(&built.scenario.estimates, &document.sources);
                Trial { notes, ..Trial::new(built, input, objectives, claims) }
            })
            .collect();
        let asked: Vec<_> =
            trials.iter().flat_map(Trial::expected).flat_map(Checked::questions).copied().collect();
        for question in asked {
            // A variant that is not run answers nothing.
            let Some(trial) = trials.get_mut(question.ground) else { continue };
            let questions = &mut trial.questions;
            if !questions.contains(&(question.metric, question.window)) {
                questions.push((question.metric, question.window));
            }
        }
        let Scenario { plan, value_files, .. } = &trials[0].scenario;
        let paths =
            plan.traces().map(|trace| trace.path()).chain(value_files.iter().map(|(path, _)| path.as_str()));
        let files = paths.map(|path| (path.to_owned(), document.text_of(path))).collect();
        let (text, settings) = (input.text.to_owned(), input.settings.to_vec());
        let origin = Origin { text, settings, seed, replications, files };
        Some(Experiment { trials, seed, replications, tracing: Tracing::Off, origin, remarks })
    }
}

impl Experiment {
    /// What the page of a trial shows besides its results.
    pub fn background(&self, trial: &Trial, results: &Results) -> Background {
        let scenario = &trial.scenario;
        Background {
            topology: topology(&scenario.plan),
            estimates: estimate(&scenario.estimates, Some(&results.metrics)),
            origin: self.origin.clone(),
            knobs: scenario.knobs.clone(),
        }
    }
}

impl Built {
    fn new(document: &Document, variant: Option<&str>, diagnostics: &mut Diagnostics) -> Option<Built> {
        let scenario = build(document, variant, diagnostics)?;
        let catalogue = Catalogue::of(&scenario.plan);
        let title = document
            .variants()
            .iter()
            .find(|known| variant == Some(&known.name.name))
            .and_then(|known| known.title.clone());
        Some(Built { variant: variant.map(str::to_owned), title, scenario, catalogue })
    }

    fn ground(&self) -> Ground<'_> {
        Ground { variant: self.variant.as_deref(), scenario: &self.scenario, catalogue: &self.catalogue }
    }

    /// Whether its objectives or claims name a variant.
    fn names(&self, variant: &str) -> bool {
        names(self.scenario.objectives.iter().chain(&self.scenario.claims), variant)
    }
}

/// Whether expectations name a variant.
fn names<'o>(expected: impl IntoIterator<Item = &'o Objective>, variant: &str) -> bool {
    let mut metrics = expected.into_iter().flat_map(|objective| objective.expectation.metrics());
    metrics.any(|metric| metric.variant.as_ref().is_some_and(|named| named.name == variant))
}

impl Trial {
    fn new(built: Built, input: Input<'_>, objectives: Vec<Checked>, claims: Vec<Checked>) -> Trial {
        let shown = built.catalogue.iter().filter(|(_, definition)| definition.listing != Listing::OnRequest);
        let listed = shown
            .map(|(name, definition)| Listed { name: name.to_owned(), definition: *definition })
            .collect();
        let hash = content_hash(input, built.variant.as_deref());
        let traces = built.scenario.plan.traces().map(|trace| trace.digest());
        let beside = traces.chain(built.scenario.value_files.iter().map(|(_, digest)| *digest));
        let subject = Subject {
            title: built.scenario.plan.title.clone(),
            file: input.file.to_owned(),
            hash: beside.fold(hash, mix),
            variant: built.variant,
            variant_title: built.title,
        };
        Trial {
            subject,
            scenario: built.scenario,
            catalogue: built.catalogue,
            listed,
            questions: Vec::new(),
            objectives,
            claims,
            notes: Vec::new(),
        }
    }

    /// The metrics that are shown without being asked for, in the order of their names.
    pub fn listed(&self) -> &[Listed] {
        &self.listed
    }

    /// What the experiment's objectives and claims must know of it.
    pub fn questions(&self) -> &[(Metric, Window)] {
        &self.questions
    }

    fn expected(&self) -> impl Iterator<Item = &Checked> {
        self.objectives.iter().chain(&self.claims)
    }
}
