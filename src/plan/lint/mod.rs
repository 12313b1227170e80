//! Lints: what a scenario says that its author may not have meant.
//!
//! A lint is a warning with an id. Most are found in the plan, when nothing is wrong with the scenario; those about a single
//! word, such as a law without a mean, are found where it is read, and those about expectations by [`slo`](crate::slo). A
//! scenario that means what it says allows the lint: `[lint] allow = ["overload"]`.
//!
//! A new lint is one function that finds it and one line in [`LINTS`].

mod allow;
mod calls;
mod components;
mod copies;
mod deadlock;
mod fairness;
mod full;
mod halfway;
mod heartbeats;
mod list;
mod load;
mod repeats;
mod waiting;

pub use allow::settle;
pub(super) use allow::{LINT_KEYS, read_allowed};
pub use list::{LINTS, Lint};

use super::Plan;
use super::Scenario;
use super::builder::Origins;
use crate::scenario::{Diagnostics, Location};
use crate::units::ComponentId;

/// Looks for everything in a plan that its author may not have meant; [`settle`] then forgets what the scenario allows.
pub fn check(scenario: &Scenario, diagnostics: &mut Diagnostics) {
    let subject = Subject { plan: &scenario.plan, origins: &scenario.origins };
    load::check(&subject, diagnostics);
    deadlock::check(&subject, diagnostics);
    components::check(&subject, diagnostics);
    calls::check(&subject, diagnostics);
    repeats::check(&subject, diagnostics);
    heartbeats::check(&subject, diagnostics);
    fairness::check(&subject, diagnostics);
    full::check(&subject, scenario, diagnostics);
    waiting::check(&subject, diagnostics);
    copies::check(&subject, diagnostics);
}

/// A plan, and where its parts stand.
struct Subject<'s> {
    plan: &'s Plan,
    origins: &'s Origins,
}

impl Subject<'_> {
    /// The name of a component.
    fn name(&self, component: ComponentId) -> &str {
        &self.plan.components[component.index()].name
    }

    /// Where the name of a component stands.
    fn place(&self, component: ComponentId) -> Location {
        self.origins.components[component.index()]
    }

    /// Where a call is written, or at least its caller.
    fn place_of_call(&self, site: usize) -> Location {
        let note = &self.origins.sites[site];
        note.location.unwrap_or_else(|| self.place(note.caller))
    }
}
