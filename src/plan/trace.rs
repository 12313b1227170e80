//! Reads the traces of clients: what is wrong with them, and how often they ask for what.

use super::Traced;
use super::builder::Builder;
use super::compiler::Compiler;
use super::declare::Declaration;
use super::program::Choice;
use crate::component::{Asking, ClientBlueprint};
use crate::files::Mistake;
use crate::scenario::{Location, Named, Reader, Value, format_duration};
use crate::units::StepId;
use crate::workload::{Column, Trace, TraceReader};
use std::sync::Arc;

impl Builder<'_> {
    /// Reads the trace of a client once, and what the client asks for by it: where a trace chooses the operations, a mix of
    /// them as often as it does.
    pub(super) fn read_trace(
        &self,
        declaration: &Declaration,
        client: &ClientBlueprint,
        file: &Named,
        compiler: &Compiler<'_>,
        reader: &mut Reader<'_>,
    ) -> Option<(Trace, Asking)> {
        let path = file.name.as_str();
        let input = match self.files.open(path) {
            Ok(input) => input,
            Err(error) => {
                reader.error(file.location, format!("cannot read {path}: {error}"));
                return None;
            }
        };
        let rows =
            TraceReader::new(input).map_err(|mistakes| report(path, file.location, mistakes, reader)).ok()?;
        self.check_columns(declaration, &rows, path, reader);
        let chooses = rows.has(Column::Operation);
        let operations = if chooses { choices(&client.asking, compiler)? } else { Vec::new() };
        let read = Trace::read(Arc::clone(self.files), path, rows, operations, self.measured);
        let trace = read.map_err(|mistakes| report(path, file.location, mistakes, reader)).ok()?;
        self.check_extent(&trace, file.location, reader)?;
        let asking = if chooses { mix(&client.asking, &trace) } else { client.asking.clone() };
        Some((trace, asking))
    }

    /// A trace must not tell what the client's table says as well.
    fn check_columns(
        &self,
        declaration: &Declaration,
        rows: &TraceReader,
        path: &str,
        reader: &mut Reader<'_>,
    ) {
        const TWICE: [(Column, &str, &str); 4] = [
            (Column::Operation, "operation", "session"),
            (Column::Key, "key", "keys"),
            (Column::User, "user", "users"),
            (Column::Size, "size", "sizes"),
        ];
        let name = declaration.name.as_str();
        let clients = self.root.get("client").map(|node| &node.value);
        let Some(Value::Table(clients)) = clients else { return };
        let Some(Value::Table(table)) = clients.get(name).map(|node| &node.value) else { return };
        for (column, column_name, key) in TWICE {
            if let Some(entry) = table.entry(key).filter(|_| rows.has(column)) {
                let message = format!(
                    "client `{name}` has `{key}`, but its trace `{path}` has a column `{column_name}`"
                );
                reader.error(entry.name_location, message).help("leave out one of them");
            }
        }
    }

    fn check_extent(&self, trace: &Trace, location: Location, reader: &mut Reader<'_>) -> Option<()> {
        let ((lines, first, _), path) = (trace.extent(), trace.path());
        if lines == 0 {
            reader.error(location, format!("{path} has no lines behind its header"));
            return None;
        }
        // With a wrong header the measured time is not known.
        if trace.count() == 0 && !reader.diagnostics.has_errors() {
            let (first, end) = (format_duration(first.seconds()), format_duration(self.measured.seconds()));
            reader
                .error(location, format!("{path} begins at {first}, when the run has ended at {end}"))
                .help("times count from the begin of the measured time");
            return None;
        }
        Some(())
    }
}

fn report(path: &str, location: Location, mistakes: Vec<Mistake>, reader: &mut Reader<'_>) {
    for Mistake { line, column, message, help } in mistakes {
        let error = reader.error(location, format!("{path}:{line}:{column}: {message}"));
        if let Some(help) = help {
            error.help(help);
        }
    }
}

/// What a trace may choose from, with names of the form `component.operation`; none if that could not be read, or if the
/// client's calls are fixed.
fn choices(asking: &Asking, compiler: &Compiler<'_>) -> Option<Vec<String>> {
    match asking {
        Asking::Request(target) => {
            let (component, _) = target.name.split_once('.')?;
            let operations = compiler.operations_of(component)?;
            Some(operations.into_iter().map(|operation| format!("{component}.{operation}")).collect())
        }
        Asking::Mix(parts) => Some(parts.iter().map(|(target, _)| target.name.clone()).collect()),
        Asking::Session(_) => None,
    }
}

/// A mix of what a trace asks for, and of what the client's table names.
fn mix(asking: &Asking, trace: &Trace) -> Asking {
    let named: Vec<&Named> = match asking {
        Asking::Request(target) => vec![target],
        Asking::Mix(parts) => parts.iter().map(|(target, _)| target).collect(),
        Asking::Session(_) => Vec::new(),
    };
    let parts = trace.operations().iter().filter_map(|operation| {
        let by_name = named.iter().find(|target| target.name == operation.name);
        let target = by_name.or(named.first().filter(|_| operation.count > 0))?;
        Some((Named { name: operation.name.clone(), location: target.location }, operation.count as f64))
    });
    Asking::Mix(parts.collect())
}

/// The way of each operation of a trace through the mix that was compiled last.
pub(super) fn traced(trace: Trace, asking: &Asking, compiler: &Compiler<'_>) -> Traced {
    let mut starts: Vec<Option<StepId>> = vec![None; trace.operations().len()];
    if let (Asking::Mix(parts), Some(Choice::Drawn(branches, _))) = (asking, compiler.choices.last()) {
        for ((target, _), (_, step)) in parts.iter().zip(branches) {
            let index = trace.operations().iter().position(|operation| operation.name == target.name);
            if let Some(index) = index {
                starts[index] = Some(*step);
            }
        }
    }
    Traced { trace, starts }
}
