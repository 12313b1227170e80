//! Compiles `for_each`, and what expressions and templates ask of components: `follows.in(user)`.

use super::build::Builder;
use super::compiler::{Compiler, Names, Place};
use super::program::{Field, FunctionPlan, Sequence, Turns};
use super::verbs::{ARGUMENTS, FUNCTIONS_MAX, VARIABLES};
use crate::component::{ClientBlueprint, ClientSource};
use crate::scenario::{Dimension, Location, Node, Program, Reader, Table, Variable};
use crate::units::{ComponentId, FunctionId, SequenceId};

/// What can be asked of components, about each field that a request has.
pub(super) fn functions(names: &dyn Names) -> Vec<FunctionPlan> {
    let functions = names.functions().into_iter().take(FUNCTIONS_MAX);
    let about = |(name, component, function): (String, ComponentId, usize)| {
        ARGUMENTS.map(|(word, argument)| FunctionPlan {
            name: format!("{name}({word})"),
            component,
            function,
            argument,
        })
    };
    functions.flat_map(about).collect()
}

impl Compiler<'_> {
    /// What expressions of steps may name besides estimates.
    pub(super) fn variables(&self) -> Vec<Variable<'_>> {
        let told = self
            .functions
            .iter()
            .map(|function| Variable { name: &function.name, dimension: Dimension::NONE });
        VARIABLES.into_iter().chain(told).collect()
    }

    /// A condition on the request; `None` after an error.
    pub(super) fn condition(&mut self, node: &Node, reader: &mut Reader<'_>) -> Option<Program> {
        let program = reader.condition(node, &self.variables())?;
        self.notice(&program, node.location, reader)?;
        Some(program)
    }

    /// Notes what a program looks at; `None` if it cannot do so here.
    pub(super) fn notice(
        &mut self,
        program: &Program,
        location: Location,
        reader: &mut Reader<'_>,
    ) -> Option<()> {
        let field = |index: u8| match VARIABLES.get(usize::from(index)) {
            None => Some(Field::Told(FunctionId(u16::from(index) - VARIABLES.len() as u16))),
            Some(variable) => match variable.name {
                "value" => Some(Field::Value),
                "each" => Some(Field::Each),
                _ => None,
            },
        };
        let fields: Vec<Field> = program.variables().into_iter().filter_map(field).collect();
        self.notice_fields(&fields, location, reader)
    }

    /// The same of the fields of a template.
    pub(super) fn notice_fields(
        &mut self,
        fields: &[Field],
        location: Location,
        reader: &mut Reader<'_>,
    ) -> Option<()> {
        for field in fields {
            let (name, about) = match field {
                Field::Told(id) => {
                    let function = &self.functions[id.index()];
                    (function.name.as_str(), function.argument)
                }
                own => ("each", *own),
            };
            if about == Field::Each && !self.in_each {
                reader.error(location, format!("`{name}` means something only within `for_each`"));
                return None;
            }
            if about == Field::Caller {
                reader
                    .error(location, "`{caller}` is not known to the steps of a handler")
                    .help("`fair_by` of a station and `by` of a rate limiter may name it");
                return None;
            }
            self.uses_values |= about == Field::Value;
        }
        Some(())
    }

    pub(super) fn for_each(&mut self, value: &Node, table: &Table, place: &Place, reader: &mut Reader<'_>) {
        let context = "a step `for_each`";
        let path = format!("{}.for_each", place.path);
        let found = self.sequence(value, reader);
        let of = match reader.required(table, "of", context) {
            Some(_) => self.template(table, "of", reader).flatten(),
            None => None,
        };
        let limit = match table.get("limit") {
            Some(node) => match self.read_count(node, &format!("{path}.limit"), reader) {
                Some(limit) => Some(limit),
                None => return,
            },
            None => None,
        };
        let outside = std::mem::replace(&mut self.in_each, true);
        let keep = match table.get("where") {
            Some(node) => self.condition(node, reader).map(Some),
            None => Some(None),
        };
        if let (Some(body), Some((component, sequence)), Some(of), Some(keep)) =
            (reader.required(table, "do", context), found, of, keep)
        {
            let text = reader.source_text(value);
            let id = SequenceId(self.sequences.len() as u32);
            self.sequences.push(Sequence { component, sequence, of, keep, limit, text });
            self.turns(Turns::Each(id), body, table, (path, place), reader);
        }
        self.in_each = outside;
    }

    /// The list of this name: "follows.out".
    fn sequence(&self, value: &Node, reader: &mut Reader<'_>) -> Option<(ComponentId, usize)> {
        let text = reader.text(value)?;
        let (owner, list) = text.rsplit_once('.').unwrap_or((text, ""));
        if self.names.is_broken(owner) {
            return None;
        }
        let known = self.names.sequence_names();
        let choices: Vec<&str> = known.iter().map(String::as_str).collect();
        let found = self.names.sequences(owner);
        if let Some((_, kind, [])) = found {
            reader
                .error(value.location, format!("`for_each` cannot go through the {kind} `{owner}`"))
                .help("it goes through the lists of a graph: \"friends.out\", \"friends.in\"");
            return None;
        }
        let index = found.and_then(|(component, _, lists)| {
            Some((component, lists.iter().position(|known| *known == list)?))
        });
        if index.is_none() {
            reader.diagnostics.unknown(value.location, "list", text, "", &choices);
        }
        index
    }
}

impl Builder<'_> {
    /// The graph whose nodes a client's users are, if its requests are about their neighbours.
    pub(super) fn neighbours(
        &self,
        client: &ClientBlueprint,
        reader: &mut Reader<'_>,
    ) -> Option<ComponentId> {
        let graph = client.neighbours.as_ref()?;
        if self.broken.contains(&graph.name) {
            return None;
        }
        let nodes_of = |name: &str| {
            let found = self.declarations.iter().find(|declaration| declaration.name == name)?;
            found.blueprint.nodes()
        };
        let Some(nodes) = nodes_of(&graph.name) else {
            let graphs = self.declarations.iter().filter(|one| one.blueprint.nodes().is_some());
            let choices: Vec<&str> = graphs.map(|one| one.name.as_str()).collect();
            reader.diagnostics.unknown(graph.location, "graph", &graph.name, "", &choices);
            return None;
        };
        let count = match (&client.users, &client.source) {
            (Some(users), _) => users.count(),
            (None, ClientSource::Closed { users, .. }) => Some(u64::from(*users)),
            (None, _) => None,
        };
        if count.is_none_or(|count| count > nodes) {
            let name = &graph.name;
            reader
                .error(graph.location, format!("whoever asks must be one of the {nodes} nodes of `{name}`"))
                .help(format!("give the client `users = {{ count = {nodes} }}`, or fewer"));
            return None;
        }
        self.component(&graph.name)
    }
}
