//! Which components a scenario's text has, those among them that cannot be read: nobody is told that they do not exist.

use super::names;
use super::tables::TABLES;
use crate::component::KINDS;
use crate::mechanism::arrange::Arrange;
use crate::scenario::{Diagnostic, Diagnostics, Location, Table, Value, suggest};

/// The kind that nobody calls.
const CLIENT: &str = "client";

/// The headers `[KIND.NAME]` of a scenario.
pub(super) struct Roster {
    entries: Vec<Listed>,
}

/// A header, and what came of it.
struct Listed {
    name: String,
    kind: String,
    state: State,
}

/// What is known of a component.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// Its table could be read, or has not been read yet.
    Whole,
    /// Its kind is unknown, or its table could not be read.
    Broken,
    /// Its name is none; others call it by a name that it cannot have.
    Misnamed,
}

impl Roster {
    /// All headers of a scenario, also those of kinds that do not exist.
    pub(super) fn read(root: &Table) -> Roster {
        let mut entries = Vec::new();
        let is_of_a_component = |name: &str| TABLES.iter().all(|table| table.name != name);
        for entry in root.iter().filter(|entry| is_of_a_component(&entry.name)) {
            let is_kind = KINDS.iter().any(|kind| kind.name == entry.name);
            let Value::Table(tables) = &entry.node.value else { continue };
            let kind = &entry.name;
            let named = tables.iter().filter(|own| matches!(own.node.value, Value::Table(_)));
            for own in named {
                let state = match (names::is_word(&own.name), is_kind) {
                    (false, _) => State::Misnamed,
                    (true, true) => State::Whole,
                    (true, false) => State::Broken,
                };
                entries.push(Listed { name: own.name.clone(), kind: kind.clone(), state });
            }
            if !is_kind {
                // It may be the name of a component without its kind.
                entries.push(Listed { name: kind.clone(), kind: String::new(), state: State::Broken });
            }
        }
        Roster { entries }
    }

    /// Notes that the table of a component cannot be read.
    pub(super) fn breaks(&mut self, name: &str) {
        let whole = self.entries.iter_mut().filter(|one| one.name == name && one.state == State::Whole);
        whole.for_each(|one| one.state = State::Broken);
    }

    /// Whether something is wrong with all components.
    pub(super) fn is_broken(&self, name: &str) -> bool {
        self.entries.iter().any(|one| match one.state {
            State::Whole => false,
            State::Broken => one.name == name,
            State::Misnamed => one.name == name || is_meant(&one.name, name),
        })
    }

    /// Whether a component cannot be read.
    pub(super) fn has_broken(&self) -> bool {
        self.entries.iter().any(|one| one.state != State::Whole)
    }

    /// The names of the components that cannot be read, but can be spoken of.
    pub(super) fn broken(&self) -> impl Iterator<Item = &str> {
        let broken = self.entries.iter().filter(|one| one.state == State::Broken && !one.kind.is_empty());
        broken.map(|one| one.name.as_str())
    }

    /// Adds the error that a name is that of no component, unless one of that name cannot be read; `choices` are those that
    /// could be, in the order of their names, and `operation` what is asked of it, if anything is.
    pub(super) fn unknown<'d>(
        &self,
        (name, operation): (&str, Option<&str>),
        location: Location,
        place: &str,
        choices: &[&str],
        diagnostics: &'d mut Diagnostics,
    ) -> Option<&'d mut Diagnostic> {
        if self.is_broken(name) {
            return None;
        }
        let nameable = || self.entries.iter().filter(|one| one.state != State::Misnamed);
        let of_kind: Vec<&str> =
            nameable().filter(|one| one.kind == name).map(|one| one.name.as_str()).collect();
        let mut choices: Vec<&str> = choices.to_vec();
        let broken = nameable().filter(|one| one.state == State::Broken && one.kind != CLIENT);
        choices.extend(broken.filter(|one| !one.kind.is_empty()).map(|one| one.name.as_str()));
        choices.arrange();
        choices.dedup();
        let error = diagnostics.unknown(location, "component", name, place, &choices);
        let behind = operation.map_or(String::new(), |operation| format!(".{operation}"));
        match &of_kind[..] {
            [] => {}
            [one] => {
                let help =
                    format!("`{name}` is a kind; the one here is called `{one}`: write \"{one}{behind}\"");
                error.help(help);
            }
            several => {
                let names = several.iter().map(|one| format!("`{one}`")).collect::<Vec<_>>().join(", ");
                error.help(format!("`{name}` is a kind; those here are called {names}"));
            }
        }
        Some(error)
    }
}

/// Whether a name is one that somebody may have written for one that cannot be a name: `app` for `App` or `app-1`.
fn is_meant(misnamed: &str, name: &str) -> bool {
    let plain = names::plain(misnamed);
    plain.starts_with(name) || suggest(name, [plain.as_str()]).is_some()
}
