//! `[lint] allow`: what a scenario means although it looks as if it did not.

use super::super::document::Document;
use super::super::{Scenario, build};
use super::list::LINTS;
use crate::scenario::{Diagnostic, Diagnostics, Estimates, Key, Named, Reader, Table};

/// The lints that say that something serves for nothing: a variant may be what it is for.
const UNUSED: [&str; 3] = ["unused_component", "unused_call", "unused_propagate"];

/// The keys of `[lint]`.
pub(in super::super) const LINT_KEYS: [Key; 1] = [Key {
    name: "allow",
    takes: "[LINT, ..]",
    doc: told!("The lints that this scenario means; they are not shown."),
}];

/// Reads `[lint]`.
pub(in super::super) fn read_allowed(root: &Table, diagnostics: &mut Diagnostics) -> Vec<Named> {
    let estimates = Estimates::new();
    let mut reader = Reader::new(diagnostics, &estimates);
    let Some(table) = root.get("lint").and_then(|node| reader.table(node)) else { return Vec::new() };
    reader.check_keys(table, "[lint]", &Key::names(&LINT_KEYS));
    let Some(nodes) = table.get("allow").and_then(|node| reader.array(node)) else { return Vec::new() };
    let ids = LINTS.map(|lint| lint.id);
    let mut allowed: Vec<Named> = Vec::new();
    for node in nodes {
        let Some(id) = reader.text(node) else { continue };
        if !ids.contains(&id) {
            reader.diagnostics.unknown(node.location, "lint", id, " in [lint] allow", &ids);
        } else if allowed.iter().any(|known| known.name == id) {
            reader.error(node.location, format!("`{id}` is allowed twice"));
        }
        allowed.push(Named { name: id.to_owned(), location: node.location });
    }
    allowed
}

/// Forgets the lints that the scenario allows, and those about what only other variants use; says which permissions
/// silence nothing. `variant` is what was asked for.
pub fn settle(
    document: &Document,
    variant: Option<&str>,
    scenario: &Scenario,
    diagnostics: &mut Diagnostics,
) {
    let is_known = |id: &str| LINTS.iter().any(|lint| lint.id == id);
    debug_assert!(diagnostics.iter().all(|one| one.lint.is_none_or(is_known)), "every lint is in the list");
    let mut others = Others::new(document, variant);
    if diagnostics.iter().any(is_about_use) {
        for found in others.found() {
            diagnostics
                .retain_warnings(|one| !is_about_use(one) || found.iter().any(|other| same(one, other)));
        }
    }
    let fires = |diagnostics: &Diagnostics, id: &str| diagnostics.iter().any(|one| one.lint == Some(id));
    let idle: Vec<&Named> =
        scenario.allowed.iter().filter(|allowed| !fires(diagnostics, &allowed.name)).collect();
    diagnostics
        .retain_warnings(|one| !scenario.allowed.iter().any(|allowed| one.lint == Some(&allowed.name)));
    if scenario.allowed.iter().any(|allowed| allowed.name == "unused_allow") {
        return;
    }
    for allowed in idle {
        if allowed.name != "unused_allow" && !others.found().iter().any(|found| fires(found, &allowed.name)) {
            diagnostics
                .lint(
                    "unused_allow",
                    allowed.location,
                    format!("`{}` is allowed, but nothing has to be", allowed.name),
                )
                .label("this silences nothing")
                .help("take it away, so that it is told when it comes back");
        }
    }
}

fn is_about_use(diagnostic: &Diagnostic) -> bool {
    diagnostic.lint.is_some_and(|id| UNUSED.contains(&id))
}

/// Whether two lints say the same of the same place.
fn same(left: &Diagnostic, right: &Diagnostic) -> bool {
    left.lint == right.lint && left.location == right.location && left.message == right.message
}

/// The lints of the base and the variants that were not asked for, which are built when somebody needs to know.
struct Others<'d> {
    document: &'d Document,
    variant: Option<&'d str>,
    found: Option<Vec<Diagnostics>>,
}

impl<'d> Others<'d> {
    fn new(document: &'d Document, variant: Option<&'d str>) -> Others<'d> {
        Others { document, variant, found: None }
    }

    /// What was found in each of them that can be built.
    fn found(&mut self) -> &[Diagnostics] {
        let (document, own) = (self.document, self.variant);
        self.found.get_or_insert_with(|| {
            let variants = document.variants().iter().map(|variant| Some(variant.name.name.as_str()));
            let others = [None].into_iter().chain(variants).filter(|variant| *variant != own);
            let lints = |variant: Option<&str>| {
                let mut diagnostics = Diagnostics::new();
                let scenario = build(document, variant, &mut diagnostics)?;
                super::check(&scenario, &mut diagnostics);
                Some(diagnostics)
            };
            others.filter_map(lints).collect()
        })
    }
}
