//! Builds the plan of a scenario: reads its tables, compiles its handlers, and finds everything that is wrong.

use super::builder::{Builder, Origins};
use super::declare;
use super::document::Document;
use super::essence::{self, Essence};
use super::header::{Header, read_limits};
use super::knobs::knobs;
use super::network::Network;
use super::objective::{self, FaultSpan, Objective};
use super::price::PriceTable;
use super::requirement::Requirements;
use super::shown::Shown;
use super::{Plan, apart, fault, hint, lint, size, tables};
use crate::HELPS;
use crate::fault::reported_windows;
use crate::measure::timeline::Timeline;
use crate::results::Knob;
use crate::scenario::{Beside, Diagnostics, Estimates, Named, Node, Reader, Value};
use std::sync::Arc;

/// Each window cuts the time of the run in two more places, and every count is kept for each cut.
const WINDOW_EDGES_MAX: usize = 1000;

/// Bins of the plots.
const BINS: u64 = 120;

/// A scenario that can be run: the plan, and what is expected of it.
pub struct Scenario {
    /// What runs.
    pub plan: Plan,
    /// The envelope.
    pub estimates: Estimates,
    /// What the user wants of what was run.
    pub objectives: Vec<Objective>,
    /// What the scenario teaches.
    pub claims: Vec<Objective>,
    /// How often it is run, with different seeds.
    pub replications: u64,
    /// When its faults begin and end, and those of the base that a variant does not have.
    pub fault_spans: Vec<FaultSpan>,
    /// What of it can be changed with a slider.
    pub knobs: Vec<Knob>,
    /// The lints that it allows.
    pub allowed: Vec<Named>,
    /// What a run of it tells beyond what it always tells.
    pub shown: Shown,
    /// What is required of it.
    pub requirements: Requirements,
    /// What of its text its design comes from.
    pub essence: Essence,
    /// The files beside it that some of its values stand in, each with a digest of them.
    pub value_files: Vec<(String, u64)>,
    /// Where its parts stand in the text.
    pub(super) origins: Origins,
}

/// Builds a variant of a scenario, or its base. `None` if there are errors, which are in `diagnostics`.
pub fn build(document: &Document, variant: Option<&str>, diagnostics: &mut Diagnostics) -> Option<Scenario> {
    let built = build_scenario(document, variant, diagnostics);
    if HELPS {
        hint::give(document, variant, diagnostics);
    }
    built
}

fn build_scenario(
    document: &Document,
    variant: Option<&str>,
    diagnostics: &mut Diagnostics,
) -> Option<Scenario> {
    let root = document.tables(variant, diagnostics)?;
    tables::check(&root, diagnostics);
    let estimates = match root.get("estimate") {
        Some(Node { value: Value::Table(table), .. }) => Estimates::read(table, diagnostics),
        Some(node) => {
            Reader::new(diagnostics, &Estimates::new()).table(node);
            Estimates::new()
        }
        None => Estimates::new(),
    };
    if !size::fits_components(&root, diagnostics) {
        return None;
    }
    let header = Header::read(&root, &estimates, diagnostics);
    let limits = read_limits(&root, &estimates, diagnostics);
    let allowed = lint::read_allowed(&root, diagnostics);
    let objectives = objective::read(&root, "slo", &estimates, diagnostics);
    let claims = objective::read(&root, "claim", &estimates, diagnostics);
    let requirements = Requirements::read(&root, diagnostics);
    // They are those of the base: a variant may be without what it must have.
    let required = if variant.is_none() { requirements.clone() } else { Requirements::default() };
    required.check_names(&root, diagnostics);
    let beside = Beside::new(Arc::clone(document.files()));
    let network = match root.get("network") {
        Some(node) => {
            let mut reader = Reader::new(diagnostics, &estimates).with(&beside);
            match reader.table(node) {
                Some(table) => Network::read(table, node.location, &mut reader),
                None => Network::default_network(),
            }
        }
        None => Network::default_network(),
    };
    let declarations = declare::read_all(&root, &network, &estimates, &beside, diagnostics);
    let shown = Shown::read(&root, &declarations, diagnostics);
    let mut reader = Reader::new(diagnostics, &estimates).with(&beside);
    let price_table = PriceTable::read(&root, &network, &mut reader);
    let faults = fault::read_all(&root, header.as_ref(), &declarations, &network, &mut reader);
    // Without a header there is nothing to run, but the rest of the file can still be checked.
    let header = header.unwrap_or_default();
    let all: Vec<&Objective> = objectives.iter().chain(&claims).collect();
    let mut fault_spans = fault::spans(&root, &header, &estimates);
    if variant.is_some()
        && let Some(base) = document.tables(None, &mut Diagnostics::new())
    {
        // A fault that the variant does not have is a stretch of time all the same, so that it can be compared with the base.
        for span in fault::spans(&base, &header, &estimates) {
            if !fault_spans.iter().any(|known| known.name == span.name) {
                fault_spans.push(span);
            }
        }
    }
    let mut edges = objective::window_edges(&all, header.warm_up, &fault_spans);
    if edges.len() > WINDOW_EDGES_MAX {
        diagnostics.error(None, format!("more than {} windows in [slo] and [claim]", WINDOW_EDGES_MAX / 2));
        return None;
    }
    edges.extend(reported_windows(&faults).into_iter().flat_map(|(_, window)| window));
    let timeline = Timeline::new(header.warm_up, header.duration, BINS, &edges);
    let builder = Builder {
        root: &root,
        estimates: &estimates,
        declarations: &declarations.list,
        roster: &declarations.roster,
        network: &network,
        files: document.files(),
        beside: &beside,
        measured: header.duration,
        price_table: &price_table,
        seed: header.seed,
        required: &required,
        shown: &shown,
    };
    let replications = header.replications;
    let built = builder.plan(header, timeline, limits, faults, diagnostics);
    if diagnostics.has_errors() {
        return None;
    }
    let (mut plan, origins) = built?;
    plan.apart = apart::asked(&all, &plan);
    let knobs = knobs(&root, &estimates);
    let essence = essence::essence(&root, &estimates);
    Some(Scenario {
        plan,
        estimates,
        objectives,
        claims,
        replications,
        fault_spans,
        knobs,
        allowed,
        shown,
        requirements,
        essence,
        value_files: beside.read(),
        origins,
    })
}
