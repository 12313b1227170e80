//! Compiles the sessions of clients.

use super::builder::Builder;
use super::call::plain_site;
use super::call::{Rules, SiteNote};
use super::compiler::{Compiler, Place, Role};
use super::declare::Declaration;
use super::program::{Choice, Form, Site, Step};
use super::{ClientPlan, Part, SlotPlan, Source};
use crate::component::{Asking, Blueprint, ClientSource};
use crate::kernel::random::hash_name;
use crate::outcome;
use crate::scenario::{Node, Reader, Value};
use crate::units::{ChoiceId, ComponentId, SiteId, SlotId};

impl Builder<'_> {
    /// Compiles the sessions of the clients.
    pub(super) fn compile_clients(
        &self,
        compiler: &mut Compiler<'_>,
        reader: &mut Reader<'_>,
    ) -> (Vec<ClientPlan>, Vec<SlotPlan>) {
        let mut clients = Vec::new();
        let mut slots: Vec<SlotPlan> = Vec::new();
        for (index, declaration) in self.declarations.iter().enumerate() {
            let Blueprint::Client(client) = &declaration.blueprint else { continue };
            let number = clients.len();
            let first_slot = slots.len();
            let start = compiler.here();
            let component = ComponentId(index as u16);
            let trace = match &client.source {
                ClientSource::Trace(file) => self.read_trace(declaration, client, file, compiler, reader),
                ClientSource::Open(_) | ClientSource::Closed { .. } => None,
            };
            let asking = trace.as_ref().map_or(&client.asking, |(_, asking)| asking);
            self.compile_session(declaration, asking, component, number, &mut slots, compiler, reader);
            let path = format!("client.{}", declaration.name);
            let source = match &client.source {
                ClientSource::Trace(_) => {
                    // What is wrong with it has been reported.
                    let Some((trace, asking)) = trace else { continue };
                    Source::Trace(super::trace::traced(trace, &asking, compiler))
                }
                ClientSource::Open(arrivals) => Source::Open(arrivals.clone()),
                ClientSource::Closed { users, think, think_text } => Source::Closed {
                    users: *users,
                    think: compiler.duration(think, &format!("{path}.think"), think_text.clone()),
                },
            };
            let sizes = client.sizes.as_ref().map(|sizes| {
                // Equal for every client, so that a key has one size wherever it appears.
                compiler.count(sizes, "sizes", String::new())
            });
            let own = (first_slot..slots.len()).find(|slot| slots[*slot].part == Part::Request);
            clients.push(ClientPlan {
                component,
                name: declaration.name.clone(),
                source,
                keys: client.keys,
                neighbours: self.neighbours(client, reader),
                users: client.users,
                sizes,
                priority: client.priority,
                start,
                slot: SlotId(own.unwrap_or(0) as u32),
            });
        }
        (clients, slots)
    }

    #[expect(clippy::too_many_arguments, reason = "what a session needs has no common owner")]
    fn compile_session(
        &self,
        declaration: &Declaration,
        asking: &Asking,
        component: ComponentId,
        number: usize,
        slots: &mut Vec<SlotPlan>,
        compiler: &mut Compiler<'_>,
        reader: &mut Reader<'_>,
    ) {
        let path = format!("client.{}", declaration.name);
        let note = |location| SiteNote {
            caller: component,
            entry: None,
            frames: 0,
            certain: true,
            sent: false,
            location: Some(location),
            rules: Rules::default(),
        };
        let mut short = |node: &Node, path: &str, compiler: &mut Compiler<'_>, slots: &mut Vec<SlotPlan>| {
            let (callee, operation) = compiler.target(node, reader)?;
            let Value::Text(text) = &node.value else { return None };
            let (pool, form) = callee.pool();
            let site = Site { form, ..plain_site(operation, pool, path, text.clone()) };
            let id = compiler.site(note(node.location), site);
            compiler.steps.push(Step::Call(id));
            compiler.sites[id.index()].next = compiler.here();
            let slot =
                slot_for(slots, SlotPlan { client: number, operation: Some(operation), part: Part::Request });
            compiler.record(id, slot);
            compiler.steps.push(Step::Relay);
            Some(())
        };
        match asking {
            Asking::Request(target) => {
                let node = Node { location: target.location, value: Value::Text(target.name.clone()) };
                short(&node, &format!("{path}.request"), compiler, slots);
                return;
            }
            Asking::Mix(parts) => {
                let total: f64 = parts.iter().map(|(_, weight)| weight).sum();
                let choice = ChoiceId(compiler.choices.len() as u32);
                compiler.choices.push(Choice::Drawn(Vec::new(), hash_name(&format!("{path}.mix"))));
                compiler.steps.push(Step::Choose(choice));
                let mut branches = Vec::new();
                let mut cumulative = 0.0;
                for (target, weight) in parts {
                    cumulative += weight / total;
                    branches.push((super::choice::fraction(cumulative), compiler.here()));
                    let node = Node { location: target.location, value: Value::Text(target.name.clone()) };
                    short(&node, &format!("{path}.mix.{}", target.name), compiler, slots);
                }
                compiler.choices[choice.index()] = Choice::Drawn(branches, hash_name(&format!("{path}.mix")));
                return;
            }
            Asking::Session(steps) => {
                slots.push(SlotPlan { client: number, operation: None, part: Part::Request });
                let first = compiler.sites.len();
                let place = Place {
                    component,
                    role: Role::Session,
                    path: format!("{path}.session"),
                    frames: 0,
                    nesting: 0,
                    certain: true,
                };
                compiler.block(steps, &place, reader);
                for index in first..compiler.sites.len() {
                    let id = SiteId(index as u32);
                    if compiler.notes[index].sent {
                        continue;
                    }
                    let operation = compiler.sites[index].operation;
                    let slot = slot_for(
                        slots,
                        SlotPlan { client: number, operation: Some(operation), part: Part::Call },
                    );
                    compiler.record(id, slot);
                    compiler.sites[index].form = Form::Child;
                }
            }
        }
        compiler.steps.push(Step::Return(outcome::OK));
    }
}

fn slot_for(slots: &mut Vec<SlotPlan>, slot: SlotPlan) -> SlotId {
    let index = slots.iter().position(|known| *known == slot).unwrap_or_else(|| {
        slots.push(slot);
        slots.len() - 1
    });
    SlotId(index as u32)
}
