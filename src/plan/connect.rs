//! Finds the edges between components, and what holds for the calls over them.

use super::builder::Builder;
use super::call::Rules;
use super::compiler::Compiler;
use super::policy::{Defaults, Policies};
use super::program::Pool;
use super::{Callers, ClientPlan, EdgePlan, EntryPlan, KeeperPlan, Source};
use crate::mechanism::arrange::Arrange;
use crate::outcome;
use crate::resilience::{After, Latency, Policy};
use crate::scenario::Reader;
use crate::units::{AmountId, ComponentId, EdgeId, EntryId, KeeperId, OperationId, PlaceId, SiteId};
use std::collections::BTreeMap;

/// The edges between components, and what holds for the letters within them.
pub(super) struct Connections {
    pub(super) edges: Vec<EdgePlan>,
    /// By component, how long its letters take, if the network does not say it.
    pub(super) letters: Vec<Option<Latency>>,
}

impl Builder<'_> {
    /// Finds the edges between components, and the policy of every call; the first so many `entries` have names.
    pub(super) fn connect(
        &self,
        entries: &[EntryPlan],
        named: usize,
        compiler: &mut Compiler<'_>,
        reader: &mut Reader<'_>,
    ) -> Connections {
        let names: Vec<&str> =
            self.declarations.iter().map(|declaration| declaration.name.as_str()).collect();
        let known: Vec<&str> = names.iter().copied().chain(self.roster.broken()).collect();
        let answers = outcome::ALL.iter().filter(|known| known.class == outcome::Class::Answer);
        let answers: Vec<&str> = answers.map(|known| known.word).collect();
        let words = compiler.outcomes.clone();
        let reasons: Vec<&str> =
            words.iter().map(String::as_str).filter(|word| !answers.contains(word)).collect();
        let mut policies = Policies::read(self.root, (&known, self.roster), &reasons, reader);
        let mut edges = Edges::default();
        for index in 0..compiler.sites.len() {
            let note = compiler.notes[index].clone();
            let operation = compiler.sites[index].operation;
            let callees = match compiler.sites[index].pool {
                Pool::Component(callee) | Pool::Aimed(callee) | Pool::Resolver(callee) => vec![callee],
                Pool::Targets => self.offering(note.caller, operation, &entries[..named]),
                Pool::Named(name) => self.offering(name, operation, &entries[..named]),
            };
            let own = compiler.sites[index].policy.clone();
            let defaults = match compiler.sites[index].pool {
                Pool::Component(_) | Pool::Named(_) => Defaults::Hold,
                // What is asked for, not what copies do among themselves.
                Pool::Aimed(callee) if own.is_none() && callee != note.caller => Defaults::Hold,
                Pool::Targets | Pool::Aimed(_) | Pool::Resolver(_) => Defaults::DoNotHold,
            };
            // Who goes by a name keeps to what is said of the name, whoever answers to it.
            let called_by = |callee: ComponentId| match compiler.sites[index].pool {
                Pool::Named(name) => names[name.index()],
                _ => names[callee.index()],
            };
            let called: Vec<&str> = callees.iter().map(|callee| called_by(*callee)).collect();
            let name = compiler.operations[operation.index()].clone();
            let mut found = Vec::new();
            let mut latencies = Vec::new();
            let caller = names[note.caller.index()];
            // Who asks on terms of its own waits as long as they say, whatever the edge is told of calls; a lookup as long as its
            // call.
            let is_ruled = match compiler.sites[index].pool {
                Pool::Aimed(_) => own.is_none(),
                Pool::Resolver(_) => false,
                Pool::Component(_) | Pool::Targets | Pool::Named(_) => true,
            };
            for called in &called {
                latencies.push(policies.latency(caller, called, Some(&name), defaults, compiler));
            }
            compiler.sites[index].latency = latencies[0];
            for called in called.iter().filter(|_| is_ruled) {
                found.push(policies.find(caller, called, &name, defaults, compiler));
            }
            if found.windows(2).any(|pair| !same_policy(&pair[0], &pair[1], compiler))
                || latencies.windows(2).any(|pair| !same_latency(pair[0], pair[1], compiler))
            {
                let balancer = &self.declarations[note.caller.index()];
                reader
                    .error(balancer.location, format!("the targets of `{}` that offer `{name}` have different policies", balancer.name))
                    .help("a balancer picks the target after it has decided how long to wait: give the edges the same keys");
            }
            let site_edges = callees
                .iter()
                .map(|callee| (*callee, edges.id(EdgePlan { caller: note.caller, callee: *callee })))
                .collect();
            let policy = match is_ruled {
                true => found.into_iter().next().flatten().filter(|_| !note.sent),
                false => own,
            };
            if let (Some(_), Some(callee)) = (&policy, called.first()) {
                let place = |key| policies.place_of(key, caller, callee, &name, defaults);
                compiler.notes[index].rules =
                    Rules { timeout: place("timeout"), retry: place("retry"), hedge: place("hedge") };
            }
            compiler.set_policy(SiteId(index as u32), policy, site_edges);
            let entry = |callee: &ComponentId| {
                entries.iter().position(|entry| entry.component == *callee && entry.operation == operation)
            };
            compiler.sites[index].entries =
                callees.iter().filter_map(entry).map(|entry| EntryId(entry as u16)).collect();
            if let Some(first) = compiler.sites[index].entries.first() {
                compiler.sites[index].action = entries[first.index()].action;
            }
        }
        let letters = self.declarations.iter().map(|own| {
            let name = &own.name;
            let writes = own.blueprint.has_letters();
            writes.then(|| policies.latency(name, name, None, Defaults::DoNotHold, compiler)).flatten()
        });
        let letters = letters.collect();
        // What is wrong elsewhere may be why nobody uses them.
        if !reader.diagnostics.has_errors() {
            let there: Vec<(&str, &str)> = edges
                .list
                .iter()
                .map(|edge| (names[edge.caller.index()], names[edge.callee.index()]))
                .collect();
            policies.tell_unused(&there, reader);
        }
        Connections { edges: edges.list, letters }
    }

    /// Gives the callers books where their policies need them: the calls over the same edge share them if they want the same.
    pub(super) fn keepers(&self, clients: &[ClientPlan], compiler: &mut Compiler<'_>) -> Vec<KeeperPlan> {
        let mut keepers: Vec<KeeperPlan> = Vec::new();
        for (site, note) in compiler.sites.iter_mut().zip(&compiler.notes) {
            let Some(policy) = &site.policy else { continue };
            let budget = policy.retry.as_ref().and_then(|retry| retry.budget);
            let percentile = match policy.hedge.map(|hedge| hedge.after) {
                Some(After::Percentile(percentile)) => Some(percentile),
                _ => None,
            };
            let (gate, batch) = (policy.gate, policy.batch);
            if budget.is_none() && percentile.is_none() && gate.is_none() && batch.is_none() {
                continue;
            }
            let client = clients.iter().find(|client| client.component == note.caller);
            let callers = match client.map(|client| &client.source) {
                Some(Source::Closed { users, .. }) => Callers::Users(*users),
                _ => Callers::Instances(self.declarations[note.caller.index()].instances),
            };
            let edges = site.edges.iter().map(|(_, edge)| *edge).collect();
            let keeper = KeeperPlan { caller: note.caller, edges, budget, percentile, gate, batch, callers };
            let known = keepers.iter().position(|known| *known == keeper);
            if known.is_none() {
                keepers.push(keeper);
            }
            site.keeper = Some(KeeperId(known.unwrap_or(keepers.len() - 1) as u16));
        }
        keepers
    }

    /// The targets of a balancer that offer an operation, as one of the `named` entries: what a target asks of others under
    /// that name it does not offer.
    pub(super) fn offering(
        &self,
        balancer: ComponentId,
        operation: OperationId,
        named: &[EntryPlan],
    ) -> Vec<ComponentId> {
        let targets = self.declarations[balancer.index()].blueprint.targets();
        let ids = targets
            .iter()
            .filter_map(|target| {
                self.declarations.iter().position(|declaration| declaration.name == target.name)
            })
            .map(|index| ComponentId(index as u16));
        ids.filter(|id| named.iter().any(|entry| entry.component == *id && entry.operation == operation))
            .collect()
    }

    /// The pairs of places between which messages pass.
    pub(super) fn talking_places(&self, edges: &[EdgePlan]) -> Vec<(PlaceId, PlaceId)> {
        let mut pairs = Vec::new();
        let places = |component: ComponentId| {
            let mut places: Vec<_> = self.declarations[component.index()].places.clone();
            places.truncate(self.declarations[component.index()].instances as usize);
            places
        };
        for edge in edges {
            for from in places(edge.caller) {
                for to in places(edge.callee) {
                    pairs.push((from, to));
                }
            }
        }
        let writers = self.declarations.iter().enumerate().filter(|(_, own)| own.blueprint.has_letters());
        for (component, _) in writers {
            let own = places(ComponentId(component as u16));
            pairs.extend(own.iter().flat_map(|from| own.iter().map(|to| (*from, *to))));
        }
        pairs.arrange();
        pairs.dedup();
        pairs
    }
}

/// The edges that have been met.
#[derive(Default)]
struct Edges {
    list: Vec<EdgePlan>,
    ids: BTreeMap<(ComponentId, ComponentId), EdgeId>,
}

impl Edges {
    /// Edges that are too many for their ids are counted all the same; the scenario is refused when all are known.
    fn id(&mut self, edge: EdgePlan) -> EdgeId {
        *self.ids.entry((edge.caller, edge.callee)).or_insert_with(|| {
            self.list.push(edge);
            EdgeId((self.list.len() - 1) as u16)
        })
    }
}

/// Whether two latencies that were compiled apart say the same.
fn same_latency(left: Option<Latency>, right: Option<Latency>, compiler: &Compiler<'_>) -> bool {
    let text = |amount: AmountId| &compiler.amounts[amount.index()].text;
    let words = |latency: Option<Latency>| latency.map(|latency| (text(latency.there), text(latency.back)));
    words(left) == words(right)
}

/// Whether two policies that were compiled apart say the same.
fn same_policy(left: &Option<Policy>, right: &Option<Policy>, compiler: &Compiler<'_>) -> bool {
    let words = |policy: &Option<Policy>| {
        policy.as_ref().map(|policy| {
            let text = |amount: AmountId| compiler.amounts[amount.index()].text.clone();
            let retry = policy.retry.as_ref().map(|retry| {
                (
                    retry.attempts,
                    std::mem::discriminant(&retry.backoff),
                    retry.base().map(text),
                    retry.cap,
                    retry.jitter,
                    retry.on.clone(),
                    retry.budget,
                )
            });
            let deadline = policy.deadline.map(|deadline| (text(deadline.time), deadline.is_handed_on));
            let hedge = policy.hedge.map(|hedge| match hedge.after {
                After::AtOnce => (hedge.copies, "0 s".to_owned()),
                After::Time(time) => (hedge.copies, text(time)),
                After::Percentile(share) => (hedge.copies, format!("p{share}")),
            });
            (policy.timeout.map(text), deadline, retry, hedge, policy.cancel, policy.gate, policy.batch)
        })
    };
    words(left) == words(right)
}
