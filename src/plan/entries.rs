//! Compiles the operations of components: what each does when it is called.

use super::builder::Builder;
use super::call::{Rules, SiteNote, plain_site};
use super::compiler::{Compiler, Place, Role};
use super::declare::Declaration;
use super::program::{Pool, Step};
use super::symbols::Symbols;
use super::{EntryPlan, graph};
use crate::component::{Carries, Line};
use crate::outcome;
use crate::scenario::Reader;
use crate::units::{ComponentId, OperationId};

impl Builder<'_> {
    /// Compiles every operation of every component, in the order of both names.
    pub(super) fn compile_entries(
        &self,
        symbols: &Symbols<'_>,
        compiler: &mut Compiler<'_>,
        reader: &mut Reader<'_>,
    ) -> Vec<EntryPlan> {
        let mut entries = Vec::new();
        for (index, declaration) in self.declarations.iter().enumerate() {
            let component = ComponentId(index as u16);
            for name in symbols.visited(index) {
                let operation = compiler.operation(name);
                let start = compiler.here();
                compiler.entry = Some(entries.len());
                compiler.answers = false;
                compiler.frames_max = 0;
                self.compile_lines(declaration, component, name, operation, compiler, reader);
                let fixed = declaration.spec.operations.iter().position(|known| known.name == name);
                let own = declaration.blueprint.own_operations();
                let own = own.iter().position(|known| known.name == *name);
                let own = own.map(|index| declaration.spec.operations.len() + index);
                entries.push(EntryPlan {
                    component,
                    operation,
                    start,
                    first_work: graph::first_work(&compiler.steps, start),
                    carries: fixed
                        .map_or(Carries::Nothing, |index| declaration.spec.operations[index].carries),
                    answers_early: compiler.answers,
                    frames: compiler.frames_max,
                    action: fixed.or(own).unwrap_or(usize::from(u16::MAX)) as u16,
                });
            }
        }
        compiler.entry = None;
        entries
    }

    pub(super) fn compile_lines(
        &self,
        declaration: &Declaration,
        component: ComponentId,
        name: &str,
        operation: OperationId,
        compiler: &mut Compiler<'_>,
        reader: &mut Reader<'_>,
    ) {
        let path = format!("{}.{}.{name}", declaration.spec.name, declaration.name);
        let lines = declaration.blueprint.lines(name);
        // Who consults may end there.
        let certain = !lines.iter().any(|line| matches!(line, Line::Consult));
        for line in lines {
            match line {
                Line::Work(work) => compiler.service(&work, &path),
                Line::Consult => compiler.steps.push(Step::Consult),
                Line::Forward => {
                    let note = SiteNote {
                        caller: component,
                        entry: compiler.entry,
                        frames: 1,
                        certain,
                        sent: false,
                        location: None,
                        rules: Rules::default(),
                    };
                    let site = plain_site(operation, Pool::Targets, &path, format!("a target's {name}"));
                    let id = compiler.site(note, site);
                    compiler.steps.push(Step::Call(id));
                    compiler.sites[id.index()].next = compiler.here();
                    compiler.steps.push(Step::Relay);
                    return;
                }
                Line::Handler(node) => {
                    let place = Place {
                        component,
                        role: Role::Handler,
                        path: format!("{}.{}.on.{name}", declaration.spec.name, declaration.name),
                        frames: 0,
                        nesting: 0,
                        certain: true,
                    };
                    compiler.handler(&node, &place, reader);
                }
            }
        }
        compiler.steps.push(Step::Return(outcome::OK));
    }
}
