//! Components whose number of instances another one decides: how many there are at most, and when the run begins.

use super::builder::Builder;
use super::declare::Declaration;
use super::roster::Roster;
use crate::component::{Figure, Subject, Ward};
use crate::scenario::Diagnostics;
use crate::station::{Shape, UNBOUNDED};
use crate::units::ComponentId;

/// Gives each component as many instances as there may ever be.
pub(super) fn settle(declarations: &mut [Declaration], roster: &Roster, diagnostics: &mut Diagnostics) {
    let wards: Vec<(String, Ward)> = declarations
        .iter()
        .filter_map(|one| Some((one.name.clone(), one.blueprint.ward()?.clone())))
        .collect();
    let choices: Vec<String> = declarations
        .iter()
        .filter(|one| one.blueprint.has_interchangeable_instances())
        .map(|one| one.name.clone())
        .collect();
    let choices: Vec<&str> = choices.iter().map(String::as_str).collect();
    for (index, (decider, ward)) in wards.iter().enumerate() {
        let location = ward.target.location;
        let name = &ward.target.name;
        if roster.is_broken(name) {
            continue;
        }
        let Some(target) = declarations.iter_mut().find(|one| one.name == *name) else {
            diagnostics.unknown(location, "component", name, "", &choices);
            continue;
        };
        if !target.blueprint.has_interchangeable_instances() {
            let message =
                format!("the instances of `{name}` cannot come and go: not any of them takes any call");
            diagnostics.error(location, message).help(match choices[..] {
                [] => "no component has instances that can".to_owned(),
                _ => format!("those of {} can", choices.join(", ")),
            });
            continue;
        }
        if let Some((other, _)) = wards[..index].iter().find(|(_, other)| other.target.name == *name) {
            let message = format!("`{other}` and `{decider}` both decide how many instances `{name}` has");
            diagnostics.error(location, message).help("one of them can do that");
            continue;
        }
        let begins = target.instances;
        if target.is_whole && !(ward.min..=ward.max).contains(&begins) {
            let (min, max) = (ward.min, ward.max);
            let message = format!("`{name}` begins with {begins} of {min} to {max} instances");
            let label = format!("`{decider}` keeps from {min} to {max}");
            let help =
                format!("write `instances = {}` in [{}.{name}]", begins.clamp(min, max), target.spec.name);
            diagnostics.error(target.location, message).label(label).help(help);
            continue;
        }
        target.instances = ward.max;
    }
}

impl Builder<'_> {
    /// What the instances of each component look at; reports what cannot be seen.
    pub(super) fn subjects(
        &self,
        shapes: &[Shape],
        diagnostics: &mut Diagnostics,
    ) -> Vec<Vec<(ComponentId, Option<usize>)>> {
        let all = self.declarations.iter().map(|declaration| {
            let subjects = declaration.blueprint.subjects().into_iter();
            subjects.filter_map(|subject| self.subject(&subject, shapes, diagnostics)).collect()
        });
        all.collect()
    }

    fn subject(
        &self,
        subject: &Subject,
        shapes: &[Shape],
        diagnostics: &mut Diagnostics,
    ) -> Option<(ComponentId, Option<usize>)> {
        let Subject { component: named, level, needs_workers } = subject;
        let Some(component) = self.component(&named.name) else {
            let names: Vec<&str> = self.declarations.iter().map(|one| one.name.as_str()).collect();
            self.roster.unknown((&named.name, None), named.location, "", &names, diagnostics);
            return None;
        };
        if *needs_workers && shapes[component.index()].capacity() == UNBOUNDED {
            let message = format!("`{}` has no utilization: its workers are unbounded", named.name);
            diagnostics
                .error(named.location, message)
                .help("give it a number of `workers`, or follow something else");
            return None;
        }
        let Some(word) = level else { return Some((component, None)) };
        let figures = self.declarations[component.index()].spec.figures;
        let found = figures.iter().position(|figure| figure.name() == word && is_level(figure));
        if found.is_none() {
            let levels: Vec<&str> = figures.iter().filter(|one| is_level(one)).map(Figure::name).collect();
            let place = format!(" of `{}`", named.name);
            diagnostics.unknown(named.location, "level", word, &place, &levels);
        }
        found.map(|figure| (component, Some(figure)))
    }
}

fn is_level(figure: &Figure) -> bool {
    matches!(figure, Figure::Level { .. })
}
