//! Compiles what steps are given: times, numbers, sizes, conditions and templates, each constant, drawn, or computed of the
//! request.

use super::compiler::Compiler;
use super::program::{Amount, Field, FunctionPlan, Law, Template};
use super::symbols::Symbols;
use super::verbs::{ARGUMENTS, FIELDS, FUNCTIONS_MAX, TemplateError, VARIABLES, parse_template};
use crate::distribution::Distribution;
use crate::kernel::random::hash_name;
use crate::scenario::{Dimension, Location, Node, Program, Reader, Table, Value, Variable};
use crate::units::{AmountId, ComponentId, FunctionId, SECOND, Span};

impl Compiler<'_> {
    /// A duration with a law in seconds.
    pub fn duration(&mut self, law: &Distribution, path: &str, text: String) -> AmountId {
        let law = match law {
            Distribution::Constant(constant) => {
                let span = Span::from_seconds(constant.value());
                Law::Constant(span, self.lane(span))
            }
            other => Law::Drawn(other.scaled(SECOND as f64)),
        };
        self.amount(law, path, text)
    }

    /// A count or size.
    pub fn count(&mut self, law: &Distribution, path: &str, text: String) -> AmountId {
        let law = match law {
            Distribution::Constant(constant) => Law::Constant(Span(constant.value() as u64), u32::MAX),
            other => Law::Drawn(other.clone()),
        };
        self.amount(law, path, text)
    }

    fn amount(&mut self, law: Law, path: &str, text: String) -> AmountId {
        self.amounts.push(Amount { law, salt: hash_name(path), text });
        AmountId((self.amounts.len() - 1) as u32)
    }

    /// A duration, a number or a size that may depend on the request, as its dimension says.
    pub(super) fn read_amount(
        &mut self,
        node: &Node,
        dimension: Dimension,
        path: &str,
        reader: &mut Reader<'_>,
    ) -> Option<AmountId> {
        let text = reader.source_text(node);
        if let Some(program) = self.read_program(node, dimension, reader)? {
            return Some(self.amount(Law::Computed(program), path, text));
        }
        Some(match dimension {
            Dimension::TIME => self.duration(&reader.duration(node)?, path, text),
            Dimension::NONE => self.count(&reader.counts(node)?, path, text),
            other => self.count(&reader.law(node, other)?, path, text),
        })
    }

    /// The same under a key that may be left out; the outer option is `None` after an error.
    pub(super) fn read_amount_at(
        &mut self,
        (table, key): (&Table, &str),
        dimension: Dimension,
        path: &str,
        reader: &mut Reader<'_>,
    ) -> Option<Option<AmountId>> {
        let Some(node) = table.get(key) else { return Some(None) };
        self.read_amount(node, dimension, &format!("{path}.{key}"), reader).map(Some)
    }

    /// Reads a template; the outer option is `None` after an error.
    pub(super) fn template(
        &mut self,
        table: &Table,
        key: &str,
        reader: &mut Reader<'_>,
    ) -> Option<Option<Template>> {
        let Some(node) = table.get(key) else { return Some(None) };
        if self.names.asks_the_broken(node) {
            return None;
        }
        let template = read_template(node, &self.functions, reader)?;
        let fields: Vec<Field> = template.fields().collect();
        self.notice_fields(&fields, node.location, reader)?;
        Some(Some(template))
    }

    /// A text that begins with `=` and needs the request; the inner option is `None` for anything else.
    pub(super) fn read_program(
        &mut self,
        value: &Node,
        dimension: Dimension,
        reader: &mut Reader<'_>,
    ) -> Option<Option<Program>> {
        match &value.value {
            Value::Text(_) if self.names.asks_the_broken(value) => None,
            Value::Text(text) if text.trim_start().starts_with('=') => {
                let program = reader.program(value, dimension, &self.variables())?;
                self.notice(&program, value.location, reader)?;
                Some(program.constant().is_none().then_some(program))
            }
            _ => Some(None),
        }
    }

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
        if self.names.asks_the_broken(node) {
            return None;
        }
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
}

/// What can be asked of components, about each field that a request has.
pub(super) fn functions(names: &Symbols<'_>) -> Vec<FunctionPlan> {
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

/// Reads a template, which may ask these functions.
pub(super) fn read_template(
    node: &Node,
    functions: &[FunctionPlan],
    reader: &mut Reader<'_>,
) -> Option<Template> {
    match parse_template(reader.text(node)?, functions) {
        Ok(template) => Some(template),
        Err(TemplateError::Unclosed) => {
            reader.error(node.location, "a `{` of this template is not closed");
            None
        }
        Err(TemplateError::Unknown(field)) => {
            let told = functions.iter().map(|function| function.name.as_str());
            let choices: Vec<&str> = FIELDS.iter().map(|(name, _)| *name).chain(told).collect();
            reader.diagnostics.unknown(node.location, "field", &field, " in a template", &choices);
            None
        }
    }
}
