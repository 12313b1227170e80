//! Makes the components of a plan, and their instances, of what their tables say.

use super::builder::Builder;
use super::compiler::Compiler;
use super::declare::Declaration;
use super::symbols::Symbols;
use super::{ComponentPlan, EntryPlan, ErrandPlan, InstancePlan};
use crate::component::{Geography, Setting, Staff, Ward};
use crate::kernel::random::{hash_name, mix};
use crate::resilience::Latency;
use crate::station::{Shape, Works};
use crate::units::{ComponentId, EntryId, InstanceId, OperationId, Time};
use std::sync::Arc;

/// What the instances of a component do by themselves: errands, letters that take so long, and looks at others.
type Affairs = ((Vec<ErrandPlan>, Option<Latency>), Vec<(ComponentId, Option<usize>)>);

impl Builder<'_> {
    pub(super) fn shapes(&self, compiler: &mut Compiler<'_>) -> Vec<Shape> {
        let shape = |(index, declaration): (usize, &Declaration)| {
            let patience = declaration.patience.as_ref().map(|(law, text)| {
                compiler.duration(
                    law,
                    &format!("{}.{}.patience", declaration.spec.name, declaration.name),
                    text.clone(),
                )
            });
            let has_several = compiler.works_side_by_side.contains(&ComponentId(index as u16));
            let works = if has_several { Works::Several } else { Works::One };
            Shape { patience, works, ..declaration.shape }
        };
        self.declarations.iter().enumerate().map(shape).collect()
    }

    pub(super) fn instances(&self) -> Vec<InstancePlan> {
        let mut instances = Vec::new();
        for (component, declaration) in self.declarations.iter().enumerate() {
            for index in 0..declaration.instances {
                let place = declaration.places[index as usize % declaration.places.len()];
                instances.push(InstancePlan { component: ComponentId(component as u16), index, place });
            }
        }
        instances
    }

    /// What an instance is called, hashed.
    pub(super) fn name_of(&self, instance: &InstancePlan) -> u64 {
        mix(hash_name(&self.declarations[instance.component.index()].name), u64::from(instance.index))
    }

    pub(super) fn components(
        &self,
        entries: &[EntryPlan],
        shapes: &[Shape],
        compiler: &Compiler<'_>,
        symbols: &Symbols<'_>,
        affairs: impl Iterator<Item = Affairs>,
        (geography, zero): (&Arc<Geography>, Time),
    ) -> Vec<ComponentPlan> {
        let mut first_instance = 0;
        let mut first_entry = 0;
        let firsts: Vec<u32> = self
            .declarations
            .iter()
            .scan(0, |next, declaration| {
                let first = *next;
                *next += declaration.instances;
                Some(first)
            })
            .collect();
        let named: usize = (0..self.declarations.len()).map(|index| symbols.visited(index).count()).sum();
        let mut components = Vec::new();
        let declarations = self.declarations.iter().enumerate();
        for ((index, declaration), ((errands, letters), subjects)) in declarations.zip(affairs) {
            let component = ComponentId(index as u16);
            let count = symbols.visited(index).count() as u16;
            let pools = if declaration.blueprint.targets().is_empty() {
                Vec::new()
            } else {
                let operations = symbols.operations[index].iter().map(|name| {
                    let id = compiler
                        .operations
                        .iter()
                        .position(|known| known == name)
                        .expect("the operation is known");
                    OperationId(id as u16)
                });
                operations
                    .map(|operation| {
                        let offering = self.offering(component, operation, &entries[..named]);
                        let instances = offering.iter().flat_map(|target| {
                            let first = firsts[target.index()];
                            (first..first + self.declarations[target.index()].instances).map(InstanceId)
                        });
                        (operation, instances.collect())
                    })
                    .collect()
            };
            let blueprint = &declaration.blueprint;
            let targets = blueprint.targets().iter().chain(blueprint.aims_at()).filter_map(|target| {
                let index = self.declarations.iter().position(|other| other.name == target.name)?;
                Some((InstanceId(firsts[index]), self.declarations[index].instances))
            });
            let staff = |ward: &Ward| {
                let target = self.component(&ward.target.name)?.index();
                let Declaration { instances: most, initial, .. } = self.declarations[target];
                Some(Staff { first: InstanceId(firsts[target]), most, initial })
            };
            components.push(ComponentPlan {
                name: declaration.name.clone(),
                kind: declaration.spec.name,
                blueprint: declaration.blueprint.clone(),
                shape: shapes[index],
                guard: declaration.guard,
                frailty: declaration.frailty.clone(),
                cold_start: declaration.cold_start,
                memory: self.memory(declaration, component, &entries[..named], compiler),
                by: declaration.by.clone(),
                lane: compiler.lanes[index].clone(),
                instances: (InstanceId(first_instance), declaration.instances),
                entries: (EntryId(first_entry), count),
                errands,
                letters,
                copies_of: declaration.blueprint.copies_of().and_then(|store| self.component(&store.name)),
                subjects,
                lists_instances: self.shown.instances.contains(&declaration.name),
                setting: Setting {
                    first: InstanceId(first_instance),
                    geography: geography.clone(),
                    name: hash_name(&declaration.name),
                    seed: self.seed,
                    instances: declaration.instances,
                    first_entry: EntryId(first_entry),
                    operations: symbols.operations[index].clone(),
                    workers: shapes[index].workers,
                    pools,
                    targets: targets.collect(),
                    staff: declaration.blueprint.ward().and_then(staff),
                    zero,
                    future: None,
                },
            });
            first_instance += declaration.instances;
            first_entry += count;
        }
        components
    }

    /// What a request for each operation of a component takes of its memory.
    fn memory(
        &self,
        declaration: &Declaration,
        component: ComponentId,
        entries: &[EntryPlan],
        compiler: &Compiler<'_>,
    ) -> Vec<u64> {
        let Some(memory) = &declaration.memory else { return Vec::new() };
        let own = entries.iter().filter(|entry| entry.component == component);
        own.map(|entry| memory.of(&compiler.operations[entry.operation.index()])).collect()
    }
}
