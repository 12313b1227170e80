//! A server: instances that run handlers which the scenario writes itself.

use super::{Behaviour, Course, DefaultWorkers, Key, Line, Plans, Reading, Serves, Setting, Spec};
use crate::scenario::{Entry, Named, Node, Reader, Value};

/// What the table of a server says.
#[derive(Clone, Debug)]
pub struct ServerBlueprint {
    /// Operation and steps, in the order of the text.
    handlers: Vec<(Named, Node)>,
}

impl Plans for ServerBlueprint {
    const SPEC: Spec = Spec {
        name: "server",
        doc: told!(
            "Runs a handler of the scenario for each of its operations, on a limited number of workers."
        ),
        keys: &[Key {
            name: "on",
            takes: "{ OPERATION = STEPS }",
            doc: told!("The operations that it offers, with the steps of their handlers. Required."),
        }],
        serves: Serves::Yes(DefaultWorkers::Required),
        operations: &[],
        counters: &[],
        figures: &[],
        courses: &[Course::Instances],
        roles: &[],
    };
    type State = ServerState;

    fn read(reading: &mut Reading<'_, '_>) -> Option<Self> {
        let context = reading.context();
        let node = reading.required("on")?;
        let on = reading.reader.table(node)?;
        if on.is_empty() {
            let help = "an operation with its steps, as in `on.show = [ { work = \"1 ms\" } ]`";
            reading.reader.error(node.location, format!("{context} needs an operation in `on`")).help(help);
            return None;
        }
        let handlers: Vec<_> = on.iter().map(|entry| read_handler(reading.reader, entry)).collect();
        Some(ServerBlueprint { handlers: handlers.into_iter().collect::<Option<_>>()? })
    }

    fn own_operations(&self) -> Vec<Named> {
        self.handlers.iter().map(|(operation, _)| operation.clone()).collect()
    }

    fn lines(&self, operation: &str) -> Vec<Line> {
        let handler = self.handlers.iter().find(|(own, _)| own.name == operation);
        let (_, steps) = handler.unwrap_or_else(|| panic!("a server without the operation {operation}"));
        vec![Line::Handler(steps.clone())]
    }

    fn has_interchangeable_instances(&self) -> bool {
        true
    }

    fn state(&self, _setting: &Setting) -> ServerState {
        ServerState
    }
}

fn read_handler(reader: &mut Reader<'_>, entry: &Entry) -> Option<(Named, Node)> {
    let word = Node { location: entry.name_location, value: Value::Text(entry.name.clone()) };
    let name = reader.name(&word).map(str::to_owned);
    let steps = reader.array(&entry.node).map(|_| entry.node.clone());
    Some((Named { name: name?, location: entry.name_location }, steps?))
}

/// A server keeps nothing of its own: what a visit does stands in its handler.
pub struct ServerState;

impl Behaviour for ServerState {}

#[cfg(test)]
mod tests {
    use super::super::testing::{outline, read};
    use super::*;

    #[test]
    fn tables_and_what_is_said_about_them() {
        for (toml, expected) in [
            ("on.show = [ { work = \"1 ms\" } ]\non.store_2 = []", Ok(vec!["show", "store_2"])),
            (
                "",
                Err(
                    "x:1:1: error: [server.it] needs the key `on` (The operations that it offers, with the steps of their handlers)\n",
                ),
            ),
            ("on = []", Err("x:2:6: error: a table is needed here, not an array\n")),
            (
                "on = {}",
                Err("x:2:6: error: [server.it] needs an operation in `on` \
                     (an operation with its steps, as in `on.show = [ { work = \"1 ms\" } ]`)\n"),
            ),
            (
                "on.Show = []\non.store = 1",
                Err("x:2:4: error: `Show` is not a name \
                     (a name begins with a letter a-z, then letters a-z, digits and `_`)\n\
                     x:3:12: error: an array is needed here, not a whole number\n"),
            ),
        ] {
            let names = read::<ServerBlueprint>(toml).map(|server| {
                server.own_operations().into_iter().map(|operation| operation.name).collect::<Vec<_>>()
            });
            let expected =
                expected.map(|names| names.into_iter().map(str::to_owned).collect()).map_err(str::to_owned);
            assert_eq!(names, expected, "{toml}");
        }
    }

    #[test]
    fn a_visit_runs_the_handler_of_its_operation() {
        let server = read::<ServerBlueprint>("on.show = [ 1 ]\non.store = [ 1, 2 ]").unwrap();
        assert_eq!(outline(&server.lines("show")), "handler of 1");
        assert_eq!(outline(&server.lines("store")), "handler of 2");
    }
}
