//! What the kinds that keep copies have in common: where copies come from, how much room there is, and who waits for them.

use super::{Context, Errand, Reading, Report};
use crate::kernel::request::{Request, RequestId};
use crate::measure::recorder::Ending;
use crate::mechanism::eviction::Capacity;
use crate::outcome;
use crate::scenario::{Dimension, Hint, Named, Node};

/// An operation that a component calls by itself.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) component: Named,
    pub(super) operation: String,
}

impl Target {
    /// Reads "component.operation".
    pub(super) fn read(node: &Node, reading: &mut Reading<'_, '_>) -> Option<Target> {
        let text = reading.reader.text(node)?;
        let Some((component, operation)) = text.rsplit_once('.') else {
            let message = format!("`{text}` is not of the form \"component.operation\"");
            reading.reader.error(node.location, message).hint(Hint::Operation(text.to_owned()));
            return None;
        };
        let component = Named { name: component.to_owned(), location: node.location };
        Some(Target { component, operation: operation.to_owned() })
    }

    /// A request of an instance's own.
    pub(super) fn errand(&self) -> Errand {
        Errand::Call { target: self.component.clone(), operation: self.operation.clone() }
    }
}

/// Reads `capacity`, which a kind must have.
pub(super) fn read_capacity(reading: &mut Reading<'_, '_>) -> Option<Capacity> {
    let node = reading.required("capacity")?;
    let quantity = reading.reader.quantity_of(node, &[Dimension::OBJECTS, Dimension::BYTES])?;
    if quantity.value < 0.0 {
        reading.reader.error(node.location, "a capacity cannot be negative");
        return None;
    }
    // What is beyond the range becomes the largest number there is, and a part of an object or byte has no room.
    let room = quantity.value as u64;
    Some(if quantity.dimension == Dimension::OBJECTS {
        Capacity::Objects(room)
    } else {
        Capacity::Bytes(room)
    })
}

/// Reads a word that is true or false, and may be absent.
pub(super) fn read_flag(reading: &mut Reading<'_, '_>, key: &str, default: bool) -> Option<bool> {
    match reading.get(key) {
        Some(node) => reading.reader.boolean(node),
        None => Some(default),
    }
}

/// Reads `store`: of whose rows the copies are.
pub(super) fn read_store(reading: &mut Reading<'_, '_>) -> Option<Option<Named>> {
    let Some(node) = reading.get("store") else { return Some(None) };
    let name = reading.reader.name(node)?;
    Some(Some(Named { name: name.to_owned(), location: node.location }))
}

/// A parked request, with what it keeps if it is answered without a value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiter {
    request: RequestId,
    size: u64,
    version: u64,
}

impl Waiter {
    /// Who visits just now.
    pub(super) fn visiting(request: &Request, context: &Context<'_>) -> Waiter {
        Waiter { request: context.visitor, size: request.size, version: request.version }
    }

    /// Which request it is.
    pub(super) fn id(&self) -> RequestId {
        self.request
    }

    /// It is answered, and keeps the size and version that it came with.
    pub(super) fn answer_without_value(&self, report: &Report, context: &mut Context<'_>) {
        context.finish(self.request, Report { size: self.size, version: self.version, ..*report });
    }

    /// It is answered.
    pub(super) fn answer(&self, report: &Report, context: &mut Context<'_>) {
        let has_value = report.ending == Ending::Completed && report.outcome == outcome::OK;
        let (size, version) =
            if has_value { (report.size, report.version) } else { (self.size, self.version) };
        context.finish(self.request, Report { size, version, ..*report });
    }
}
