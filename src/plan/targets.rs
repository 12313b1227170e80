//! Whether those to whom components forward can be asked: they are there and alike, and do not go round in a circle.

use super::declare::Declaration;
use super::roster::Roster;
use crate::mechanism::arrange::Arrange;
use crate::scenario::{Diagnostics, Named};
use petgraph::algo::tarjan_scc;
use petgraph::graph::DiGraph;

/// Reports targets that no call can reach; `None` if it is not known then what their pickers offer.
pub(super) fn check(
    declarations: &[Declaration],
    roster: &Roster,
    diagnostics: &mut Diagnostics,
) -> Option<()> {
    check_names(declarations, roster, diagnostics);
    check_numbers(declarations, diagnostics);
    check_alikeness(declarations, diagnostics);
    (are_present(declarations, diagnostics) && !has_circles(declarations, diagnostics)).then_some(())
}

/// Targets are other components that take calls.
fn check_names(declarations: &[Declaration], roster: &Roster, diagnostics: &mut Diagnostics) {
    for declaration in declarations {
        for target in declaration.blueprint.targets() {
            let names: Vec<&str> = declarations
                .iter()
                .filter(|other| other.spec.serves.has_station() && other.name != declaration.name)
                .map(|other| other.name.as_str())
                .collect();
            if !names.contains(&target.name.as_str()) {
                unknown_target(&declaration.name, target, &names, roster, diagnostics);
            }
        }
    }
}

/// Reports that somebody's table means a component that it cannot: one that is not there, or itself.
pub(super) fn unknown_target(
    own: &str,
    target: &Named,
    names: &[&str],
    roster: &Roster,
    diagnostics: &mut Diagnostics,
) {
    if target.name == own {
        let help = if names.is_empty() {
            "there is no other component".to_owned()
        } else {
            format!("valid components: {}", names.join(", "))
        };
        diagnostics.error(target.location, format!("`{own}` is the component itself")).help(help);
    } else {
        roster.unknown((&target.name, None), target.location, "", names, diagnostics);
    }
}

/// Who says something of each instance of a target has to say it of all of them.
fn check_numbers(declarations: &[Declaration], diagnostics: &mut Diagnostics) {
    for (target, count) in declarations.iter().flat_map(|one| one.blueprint.numbered_targets()) {
        let instances =
            declarations.iter().find(|other| other.name == target.name).map(|other| other.instances);
        if let Some(instances) = instances.filter(|instances| *instances != count) {
            let name = &target.name;
            diagnostics
                .error(
                    target.location,
                    format!(
                        "a number for each instance of `{name}` is needed here: {instances}, not {count}"
                    ),
                )
                .help("write one number for each instance, or one for all of them");
        }
    }
}

/// Whether all targets are there to be called: one that only knows where others are takes no calls; reports it.
fn are_present(declarations: &[Declaration], diagnostics: &mut Diagnostics) -> bool {
    let mut all = true;
    for declaration in declarations {
        for target in declaration.blueprint.targets() {
            let found = declarations.iter().find(|other| other.name == target.name);
            let Some(other) = found.filter(|other| other.blueprint.tells_where()) else { continue };
            all = false;
            let (picker, kind, name) = (declaration.spec.name, other.spec.name, &target.name);
            diagnostics
                .error(
                    target.location,
                    format!("the {kind} `{name}` takes no calls: it cannot be a target of a {picker}"),
                )
                .help(format!("name the targets of `{name}` instead"));
        }
    }
    all
}

/// Who picks among the instances of a target takes them for alike: one that is sent to a replica of a database cannot write.
fn check_alikeness(declarations: &[Declaration], diagnostics: &mut Diagnostics) {
    for declaration in declarations {
        for target in declaration.blueprint.targets() {
            let found = declarations.iter().find(|other| other.name == target.name);
            let Some(other) = found.filter(|other| other.blueprint.has_unlike_instances()) else { continue };
            let (picker, kind, name) = (declaration.spec.name, other.spec.name, &target.name);
            diagnostics
                .error(
                    target.location,
                    format!(
                        "the {} instances of the {kind} `{name}` are not alike: no {picker} can pick one of them",
                        other.instances
                    ),
                )
                .help(format!("call `{name}` directly: it sends each call to the instance that can serve it"));
        }
    }
}

/// Whether components forward to each other in a circle, so that no call would ever arrive; reports it.
fn has_circles(declarations: &[Declaration], diagnostics: &mut Diagnostics) -> bool {
    let mut graph = DiGraph::<usize, ()>::new();
    let nodes: Vec<_> = (0..declarations.len()).map(|index| graph.add_node(index)).collect();
    for (index, declaration) in declarations.iter().enumerate() {
        let operations = declaration.spec.operations.iter();
        let sources =
            operations.filter_map(|own| declaration.blueprint.ends_as(own.name)).map(|(source, _)| source);
        for target in declaration.blueprint.targets().iter().chain(sources) {
            let other = declarations.iter().position(|other| other.name == target.name);
            graph.extend_with_edges(other.map(|other| (nodes[index], nodes[other])));
        }
    }
    let circles: Vec<_> = tarjan_scc(&graph).into_iter().filter(|component| component.len() > 1).collect();
    let found = !circles.is_empty();
    for circle in circles {
        let mut members: Vec<usize> = circle.into_iter().map(|node| graph[node]).collect();
        members.arrange();
        let names: Vec<&str> = members.iter().map(|member| declarations[*member].name.as_str()).collect();
        let location = declarations[members[0]].location;
        diagnostics.error(location, format!("targets go round in a circle: {}", names.join(", ")));
    }
    found
}
