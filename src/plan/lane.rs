//! Reads by what that which visitors of a component bring falls into lanes.

use super::builder::Builder;
use super::compiler::Compiler;
use super::operands::read_template;
use super::{Field, Template};
use crate::scenario::{Node, Reader};

impl Builder<'_> {
    /// The lanes of all components, in their order.
    pub(super) fn lanes(&self, compiler: &Compiler<'_>, reader: &mut Reader<'_>) -> Vec<Option<Template>> {
        let node = |index: usize| self.declarations[index].blueprint.lane();
        (0..self.declarations.len()).map(|index| read(node(index)?, compiler, reader)).collect()
    }
}

/// A lane is known to who sends and to who receives: it is made of what travels.
fn read(node: &Node, compiler: &Compiler<'_>, reader: &mut Reader<'_>) -> Option<Template> {
    if compiler.names.asks_the_broken(node) {
        return None;
    }
    let template = read_template(node, &compiler.functions, reader)?;
    let travels = |field: Field| match field {
        Field::Told(function) => compiler.functions[function.index()].argument,
        own => own,
    };
    let is_known = |field: Field| matches!(travels(field), Field::Key | Field::User | Field::Id);
    if template.fields().all(is_known) {
        return Some(template);
    }
    let message = "a lane is told by what travels: {key}, {user}, {id}, and what a graph says of them";
    reader.error(node.location, message).help("as in lane = \"{web.host(key)}\"");
    None
}
