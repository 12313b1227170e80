//! The symbol table of the compiler: which components can be called, which operations each of them offers, and with which words
//! these end.

use super::declare::Declaration;
use super::program::{Form, Pool};
use super::roster::Roster;
use super::{graph, targets};
use crate::component::{KINDS, Register};
use crate::mechanism::arrange::Arrange;
use crate::outcome;
use crate::scenario::{Diagnostics, Location, Node, Table, Value};
use crate::units::{ComponentId, OutcomeId};

/// What the names of components and operations mean.
pub(super) struct Symbols<'a> {
    declarations: &'a [Declaration],
    roster: &'a Roster,
    /// Sorted operations of each component.
    pub(super) operations: Vec<Vec<String>>,
    pub(super) own_words: Vec<String>,
    /// Of each component, whether it may offer more than is known.
    is_open: Vec<bool>,
}

/// What the compiler knows of a callee.
pub struct Callee {
    /// Its component.
    pub component: ComponentId,
    /// Whether the operation is about a key.
    pub keyed: bool,
    /// What a call of it has to do with the value of a row.
    pub register: Register,
    /// Whether a call of it may say how long what it brings waits.
    pub schedules: bool,
    /// Whether callers look up where it is and go there themselves.
    pub looked_up: bool,
}

impl Callee {
    /// Who may be called, and whether the call has a request of its own: it does where an address may have to be asked for.
    pub fn pool(&self) -> (Pool, Form) {
        match self.looked_up {
            true => (Pool::Named(self.component), Form::Child),
            false => (Pool::Component(self.component), Form::Hop),
        }
    }
}

impl<'a> Symbols<'a> {
    /// Finds out which operations each component offers; a balancer offers those of its targets.
    pub(super) fn of(
        declarations: &'a [Declaration],
        roster: &'a Roster,
        root: &Table,
        diagnostics: &mut Diagnostics,
    ) -> Option<Symbols<'a>> {
        let mut operations: Vec<Vec<String>> = Vec::new();
        for declaration in declarations {
            let mut own: Vec<String> =
                declaration.spec.operations.iter().map(|operation| operation.name.to_owned()).collect();
            own.extend(declaration.blueprint.own_operations().into_iter().map(|operation| operation.name));
            own.arrange();
            operations.push(own);
        }
        targets::check(declarations, roster, diagnostics)?;
        // Balancers may stand in front of balancers; as many rounds as there are components reach every one.
        for _ in 0..declarations.len() {
            for (index, declaration) in declarations.iter().enumerate() {
                for target in declaration.blueprint.targets() {
                    let Some(other) = declarations.iter().position(|other| other.name == target.name) else {
                        continue;
                    };
                    let offered: Vec<String> = operations[other]
                        .iter()
                        .filter(|operation| !operations[index].contains(operation))
                        .cloned()
                        .collect();
                    operations[index].extend(offered);
                    operations[index].arrange();
                }
            }
        }
        let is_open = open_ones(declarations);
        check_operations(declarations, &operations, &is_open, diagnostics);
        let mut own_words = Vec::new();
        for kind in KINDS {
            if let Some(node) = root.get(kind.name) {
                collect_words(node, &mut own_words);
            }
        }
        own_words.arrange();
        own_words.dedup();
        Some(Symbols { declarations, roster, operations, own_words, is_open })
    }

    /// The name of a component.
    pub(super) fn name(&self, component: ComponentId) -> &str {
        &self.declarations[component.index()].name
    }

    /// The component of this name.
    pub(super) fn component(&self, name: &str) -> Option<ComponentId> {
        let index = self.declarations.iter().position(|declaration| declaration.name == name)?;
        (!self.operations[index].is_empty()).then_some(ComponentId(index as u16))
    }

    /// Its operation.
    pub(super) fn callee(&self, component: ComponentId, operation: &str) -> Option<Callee> {
        let declaration = &self.declarations[component.index()];
        self.operations[component.index()].iter().find(|known| *known == operation)?;
        let fixed = declaration.spec.operations.iter().find(|known| known.name == operation);
        let keyed = fixed.is_some_and(|operation| operation.keyed);
        let register = self.register(component, operation);
        let looked_up = fixed.is_none() && declaration.blueprint.tells_where();
        let schedules = self.schedules(component, operation);
        Some(Callee { component, keyed, register, schedules, looked_up })
    }

    /// Reports that nothing of this name can be called, unless it may offer what is asked of it.
    pub(super) fn unknown(
        &self,
        (name, operation): (&str, &str),
        location: Location,
        place: &str,
        diagnostics: &mut Diagnostics,
    ) {
        match self.declarations.iter().find(|declaration| declaration.name == name) {
            Some(_) if self.may_offer(name) => {}
            Some(declaration) => {
                let kind = declaration.spec.name.replace('_', " ");
                let article = if kind.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
                let error =
                    diagnostics.error(location, format!("`{name}` is {article} {kind}: nobody can call it"));
                let names = self.component_names();
                if !names.is_empty() {
                    error.help(format!("components that can be called: {}", names.join(", ")));
                }
            }
            None => {
                let names = self.component_names();
                self.roster.unknown((name, Some(operation)), location, place, &names, diagnostics);
            }
        }
    }

    /// Whether a component may offer operations that are not known, because it, or one that it forwards to, cannot be read.
    pub(super) fn may_offer(&self, name: &str) -> bool {
        let index = self.declarations.iter().position(|declaration| declaration.name == name);
        index.map_or_else(|| self.roster.is_broken(name), |index| self.is_open[index])
    }

    /// Whether a text asks something of a component that could not be read: nobody knows what it would answer.
    pub(super) fn asks_the_broken(&self, node: &Node) -> bool {
        let Value::Text(text) = &node.value else { return false };
        let mut words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && !"_.".contains(letter));
        words.any(|word| word.split_once('.').is_some_and(|(owner, _)| self.is_broken(owner)))
    }

    /// Whether there is such a component, but it could not be read.
    pub(super) fn is_broken(&self, name: &str) -> bool {
        self.roster.is_broken(name)
    }

    /// All components that can be called.
    pub(super) fn component_names(&self) -> Vec<&str> {
        let callable =
            self.declarations.iter().zip(&self.operations).filter(|(_, operations)| !operations.is_empty());
        callable.map(|(declaration, _)| declaration.name.as_str()).collect()
    }

    /// All operations of a component.
    pub(super) fn operation_names(&self, component: ComponentId) -> Vec<&str> {
        self.operations[component.index()].iter().map(String::as_str).collect()
    }

    /// How a component is told to offer an operation, if its table lists them.
    pub(super) fn way_to_offer(&self, component: ComponentId, operation: &str) -> Option<String> {
        const LIST: &str = "operations";
        let Declaration { name, spec, .. } = &self.declarations[component.index()];
        spec.keys.iter().find(|key| key.name == LIST)?;
        let offered = self.operation_names(component).into_iter().chain([operation]);
        let listed: Vec<String> = offered.map(|operation| format!("\"{operation}\"")).collect();
        Some(format!("write `{LIST} = [{}]` in [{}.{name}]", listed.join(", "), spec.name))
    }

    /// What a caller hears if it cannot reach the callee; none for the failure.
    pub(super) fn instead(&self, component: ComponentId, operation: &str) -> Option<OutcomeId> {
        self.declarations[component.index()].blueprint.instead(operation)
    }

    /// The lists of a component that `for_each` may go through; none if there is no such component.
    pub(super) fn sequences(
        &self,
        name: &str,
    ) -> Option<(ComponentId, &'static str, &'static [&'static str])> {
        let index = self.declarations.iter().position(|declaration| declaration.name == name)?;
        let declaration = &self.declarations[index];
        Some((ComponentId(index as u16), declaration.spec.name, declaration.blueprint.sequences()))
    }

    /// All of them, by their names in the scenario.
    pub(super) fn sequence_names(&self) -> Vec<String> {
        let of = |declaration: &Declaration| {
            let name = declaration.name.clone();
            declaration.blueprint.sequences().iter().map(move |list| format!("{name}.{list}"))
        };
        self.declarations.iter().flat_map(of).collect()
    }

    /// What components can be asked: the names of both, with their numbers.
    pub(super) fn functions(&self) -> Vec<(String, ComponentId, usize)> {
        let of = |(index, declaration): (usize, &Declaration)| {
            let name = declaration.name.clone();
            let functions = declaration.blueprint.functions().into_iter().enumerate();
            functions.map(move |(function, known)| {
                (format!("{name}.{known}"), ComponentId(index as u16), function)
            })
        };
        self.declarations.iter().enumerate().flat_map(of).collect()
    }

    /// The words with which an operation may end besides failures: those that its kind fixes, or any that the scenario's
    /// handlers use.
    pub(super) fn answers(&self, component: ComponentId, operation: &str) -> Vec<&str> {
        let declaration = &self.declarations[component.index()];
        if let Some((target, operation)) = declaration.blueprint.ends_as(operation) {
            let offers =
                |id: &ComponentId| self.operations[id.index()].iter().any(|known| known == operation);
            let source = self.component(&target.name).filter(offers);
            return source.map_or(Vec::new(), |id| self.answers(id, operation));
        }
        if let Some(fixed) = declaration.spec.operations.iter().find(|known| known.name == operation) {
            return fixed.outcomes.iter().map(|outcome| outcome::ALL[outcome.index()].word).collect();
        }
        let targets = declaration.blueprint.targets();
        if targets.is_empty() {
            return self.own_words.iter().map(String::as_str).collect();
        }
        let offering = targets.iter().filter(|target| target.name != declaration.name);
        let ids = offering.filter_map(|target| self.component(&target.name));
        ids.filter(|id| self.operations[id.index()].iter().any(|known| known == operation))
            .flat_map(|id| self.answers(id, operation))
            .collect()
    }

    /// Whether callers look up where the targets of a component are.
    pub(super) fn tells_where(&self, component: usize) -> bool {
        self.declarations[component].blueprint.tells_where()
    }

    /// The operations for which requests come to a component itself: where callers look its targets up, those of the kind.
    pub(super) fn visited(&self, component: usize) -> impl Iterator<Item = &String> {
        let declaration = &self.declarations[component];
        let all = !self.tells_where(component);
        let fixed = declaration.spec.operations;
        self.operations[component]
            .iter()
            .filter(move |name| all || fixed.iter().any(|known| known.name == name.as_str()))
    }

    /// What a call of an operation has to do with the value of a row; a balancer stands for its targets, if they are alike.
    pub(super) fn register(&self, component: ComponentId, operation: &str) -> Register {
        let blueprint = &self.declarations[component.index()].blueprint;
        let offering = blueprint.targets().iter().filter_map(|target| {
            let index = self.declarations.iter().position(|other| other.name == target.name)?;
            self.operations[index].iter().any(|known| known == operation).then_some(index)
        });
        let registers: Vec<Register> =
            offering.map(|index| self.register(ComponentId(index as u16), operation)).collect();
        match registers[..] {
            [] => blueprint.register(operation),
            [first, ..] if registers.iter().all(|register| *register == first) => first,
            _ => Register::None,
        }
    }

    /// Whether a call of an operation may say how long what it brings waits; a balancer stands for its targets.
    fn schedules(&self, component: ComponentId, operation: &str) -> bool {
        let blueprint = &self.declarations[component.index()].blueprint;
        let targets = blueprint.targets();
        let mut offering = targets.iter().filter_map(|target| {
            let index = self.declarations.iter().position(|other| other.name == target.name)?;
            self.operations[index].iter().any(|known| known == operation).then_some(index)
        });
        match targets.is_empty() {
            true => blueprint.schedules(operation),
            false => offering.all(|index| self.schedules(ComponentId(index as u16), operation)),
        }
    }
}

impl graph::Keyed for Symbols<'_> {
    fn keyed(&self, component: ComponentId, operation: &str) -> Option<String> {
        let callee = self.callee(component, operation)?;
        callee.keyed.then(|| format!("{}.{operation}", self.declarations[component.index()].name))
    }
}

/// The components that forward to some that cannot be read or are not there: what these would offer is not known.
fn open_ones(declarations: &[Declaration]) -> Vec<bool> {
    let mut is_open = vec![false; declarations.len()];
    loop {
        let known = is_open.clone();
        for (index, declaration) in declarations.iter().enumerate() {
            let opens = |name: &str| {
                let target = declarations.iter().position(|other| other.name == name);
                target.is_none_or(|target| known[target])
            };
            is_open[index] |= declaration.blueprint.targets().iter().any(|target| opens(&target.name));
        }
        if is_open == known {
            return is_open;
        }
    }
}

/// A table speaks of operations that its component offers.
fn check_operations(
    declarations: &[Declaration],
    operations: &[Vec<String>],
    is_open: &[bool],
    diagnostics: &mut Diagnostics,
) {
    let closed = declarations.iter().zip(operations).zip(is_open).filter(|(_, is_open)| !**is_open);
    for ((declaration, offered), _) in closed {
        for named in declaration.blueprint.named_operations() {
            if !offered.contains(&named.name) {
                let names: Vec<&str> = offered.iter().map(String::as_str).collect();
                let place = format!(" of `{}`", declaration.name);
                diagnostics.unknown(named.location, "operation", &named.name, &place, &names);
            }
        }
    }
}

/// The words behind `answer`, `return` and `fail`, wherever they stand.
fn collect_words(node: &Node, words: &mut Vec<String>) {
    match &node.value {
        Value::Table(table) => {
            for entry in table.iter() {
                if let ("answer" | "return" | "fail", Value::Text(word)) =
                    (entry.name.as_str(), &entry.node.value)
                {
                    words.push(word.clone());
                }
                collect_words(&entry.node, words);
            }
        }
        Value::Array(elements) => elements.iter().for_each(|element| collect_words(element, words)),
        _ => {}
    }
}
