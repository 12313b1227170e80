//! The graph whose nodes a client's users are, where its requests are about their neighbours.

use super::builder::Builder;
use crate::component::{ClientBlueprint, ClientSource};
use crate::scenario::Reader;
use crate::units::ComponentId;

impl Builder<'_> {
    /// The graph whose nodes a client's users are, if its requests are about their neighbours.
    pub(super) fn neighbours(
        &self,
        client: &ClientBlueprint,
        reader: &mut Reader<'_>,
    ) -> Option<ComponentId> {
        let graph = client.neighbours.as_ref()?;
        if self.roster.is_broken(&graph.name) {
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
