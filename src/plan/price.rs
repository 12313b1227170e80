//! Reads prices: `[price]`, and the key `price` of the components.

use super::builder::Builder;
use super::network::{self, Network};
use super::{EntryPlan, ErrandPlan, Link};
use crate::component::{Errand, KINDS, Key};
use crate::scenario::{Dimension, Node, Reader, Table, Value};
use crate::units::EntryId;

/// What a scenario pays for \[USD\]; all zero where it names no prices.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Prices {
    /// By component.
    pub components: Vec<Price>,
    /// What a byte from place to place costs, row by row \[USD/B\].
    pub links: Vec<f64>,
}

/// What a component costs.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Price {
    /// An instance, for as long as it is there, up or down \[USD/s\].
    pub instance: Option<f64>,
    /// A visit served, by operation \[USD\].
    pub requests: Option<Vec<(EntryId, f64)>>,
    /// A byte that it delivers \[USD/B\], and the counter of its kind that counts them.
    pub egress: Option<(f64, usize)>,
    /// What it stores \[USD/s\].
    pub storage: Option<f64>,
}

impl Price {
    /// Whether it costs nothing.
    pub fn is_free(&self) -> bool {
        *self == Price::default()
    }
}

impl Prices {
    /// Whether nothing costs anything.
    pub fn are_none(&self) -> bool {
        self.components.iter().all(Price::is_free) && self.links.iter().all(|price| *price == 0.0)
    }
}

/// The name of the counter of a kind that counts the bytes that it delivers.
pub const EGRESS: &str = "egress";

const PER_TIME: Dimension = Dimension { money: 1, time: -1, ..Dimension::NONE };
const PER_BYTE: Dimension = Dimension { money: 1, bytes: -1, ..Dimension::NONE };
const PER_BYTE_AND_TIME: Dimension = Dimension { money: 1, bytes: -1, time: -1, ..Dimension::NONE };

/// The keys of a price that has several parts.
const PARTS: [&str; 5] = ["instance", "request", "egress", "storage", "stored"];

/// The keys of `[price]`: the kinds that serve, and the places between which bytes cost something.
pub(super) const PRICE_KEYS: [Key; PRICE_KEY_COUNT] = {
    let transfer = Key {
        name: "transfer",
        takes: "{ within? = PRICE, PAIR = PRICE }",
        doc: told!(
            "What bytes from place to place cost, `within` a place and between two. Default: nothing."
        ),
    };
    let mut keys = [transfer; PRICE_KEY_COUNT];
    let (mut kind, mut key) = (0, 0);
    while kind < KINDS.len() {
        if KINDS[kind].serves.has_station() {
            keys[key] = Key {
                name: KINDS[kind].name,
                takes: "PRICES",
                doc: told!("What the components of the kind cost whose own `price` says nothing of it."),
            };
            key += 1;
        }
        kind += 1;
    }
    keys
};

const PRICE_KEY_COUNT: usize = {
    let (mut kind, mut count) = (0, 1);
    while kind < KINDS.len() {
        if KINDS[kind].serves.has_station() {
            count += 1;
        }
        kind += 1;
    }
    count
};

/// The parts of a price as they are written.
#[derive(Clone, Default)]
pub(super) struct Written {
    parts: [Option<Node>; PARTS.len()],
}

impl Written {
    /// Reads the form of a price; its quantities are read when the operations are known.
    pub(super) fn read(node: &Node, context: &str, reader: &mut Reader<'_>) -> Written {
        let mut written = Written::default();
        let mut set = |part: &str, node: &Node| {
            let index = PARTS.iter().position(|known| *known == part).expect("it is one of the parts");
            written.parts[index] = Some(node.clone());
        };
        match &node.value {
            Value::Table(table) => {
                reader.check_keys(table, context, &PARTS);
                let known = table.iter().filter(|entry| PARTS.contains(&entry.name.as_str()));
                known.for_each(|entry| set(&entry.name, &entry.node));
            }
            _ => match reader.quantity_of(node, &[PER_TIME, Dimension::MONEY]) {
                Some(quantity) if quantity.dimension == PER_TIME => set("instance", node),
                Some(_) => set("request", node),
                None => {}
            },
        }
        written
    }

    /// Its parts, and of the others those of a kind.
    fn or(&self, kind: &Written) -> Written {
        let mut both = self.clone();
        for (own, other) in both.parts.iter_mut().zip(&kind.parts) {
            *own = own.take().or_else(|| other.clone());
        }
        both
    }

    fn part(&self, name: &str) -> Option<&Node> {
        PARTS.iter().position(|known| *known == name).and_then(|index| self.parts[index].as_ref())
    }
}

/// What `[price]` says.
#[derive(Default)]
pub(super) struct PriceTable {
    /// By kind.
    kinds: Vec<(String, Written)>,
    transfer: Vec<network::Rule<f64>>,
}

impl PriceTable {
    pub(super) fn read(root: &Table, network: &Network, reader: &mut Reader<'_>) -> PriceTable {
        let Some(table) = root.get("price").and_then(|node| reader.table(node)) else {
            return PriceTable::default();
        };
        reader.check_keys(table, "[price]", &Key::names(&PRICE_KEYS));
        let transfer = table.get("transfer").map(|node| {
            network::rules(node, &network.places, reader, |reader, node| amount(node, PER_BYTE, reader))
        });
        let kinds = table.iter().filter(|entry| KINDS.iter().any(|kind| kind.name == entry.name));
        let kinds = kinds.map(|entry| {
            let context = format!("`{}` in [price]", entry.name);
            (entry.name.clone(), Written::read(&entry.node, &context, reader))
        });
        PriceTable { kinds: kinds.collect(), transfer: transfer.unwrap_or_default() }
    }
}

impl Builder<'_> {
    /// The operations whose visits can have a price: `asked`, those that requests name or look addresses up with, and the
    /// steps that components run at their own stations, such as what a consumer does for each message. What components do
    /// among themselves besides is nobody's visit: probes, loads, copies, and what is handed out and acknowledged.
    pub(super) fn payable(
        &self,
        asked: impl Iterator<Item = EntryId>,
        errands: &[Vec<ErrandPlan>],
    ) -> Vec<EntryId> {
        let own = self.declarations.iter().zip(errands).flat_map(|(declaration, plans)| {
            let errands = declaration.blueprint.errands().into_iter().zip(plans);
            errands.filter_map(|pair| match pair {
                (Errand::Handler { .. }, ErrandPlan::Work(entry)) => Some(*entry),
                _ => None,
            })
        });
        asked.chain(own).collect()
    }

    /// Reads all prices; those of visits for the operations that are `payable`.
    pub(super) fn prices(
        &self,
        payable: &[EntryId],
        entries: &[EntryPlan],
        operations: &[String],
        links: &[Link],
        reader: &mut Reader<'_>,
    ) -> Prices {
        let offered = |component: usize| -> Vec<(&str, EntryId)> {
            let plan = |id: &EntryId| &entries[id.index()];
            let own = payable.iter().filter(|id| plan(id).component.index() == component);
            own.map(|id| (operations[plan(id).operation.index()].as_str(), *id)).collect()
        };
        let components = (0..self.declarations.len())
            .map(|component| self.price(component, &offered(component), reader))
            .collect();
        let name = |place: crate::units::PlaceId| self.network.places[place.index()].as_str();
        let of_link = |link: &Link| {
            let rules = &self.price_table.transfer;
            network::best(rules, name(link.ends.0), name(link.ends.1)).copied().unwrap_or(0.0)
        };
        Prices { components, links: links.iter().map(of_link).collect() }
    }

    fn price(&self, component: usize, offered: &[(&str, EntryId)], reader: &mut Reader<'_>) -> Price {
        let declaration = &self.declarations[component];
        let name = declaration.name.as_str();
        let of_kind = self.price_table.kinds.iter().find(|(kind, _)| kind == declaration.spec.name);
        let written = match of_kind {
            Some((_, of_kind)) => declaration.price.or(of_kind),
            None => declaration.price.clone(),
        };
        let mut part = |name, dimension| written.part(name).and_then(|node| amount(node, dimension, reader));
        let (instance, egress) = (part("instance", PER_TIME), part("egress", PER_BYTE));
        let storage = part("storage", PER_BYTE_AND_TIME);
        let requests = written.part("request").and_then(|node| by_operation(node, name, offered, reader));
        let egress = egress.and_then(|price| {
            let counter = declaration.spec.counters.iter().position(|counter| counter.name == EGRESS);
            if counter.is_none() {
                let node = written.part("egress").expect("it has been read");
                reader
                    .error(
                        node.location,
                        format!("a {} does not count what it delivers", declaration.spec.name),
                    )
                    .help("what bytes between two places cost stands in [price], as `transfer`");
            }
            Some((price, counter?))
        });
        let stored = written.part("stored").and_then(|node| reader.bytes(node));
        let storage = match (storage, stored) {
            (Some(price), Some(bytes)) => Some(price * bytes),
            (Some(_), None) if written.part("stored").is_none() => {
                let node = written.part("storage").expect("it has been read");
                reader
                    .error(node.location, format!("`storage` needs `stored`: how much `{name}` stores"))
                    .help("as in price = { storage = \"$0.02/GB/month\", stored = \"36.5 TB\" }");
                None
            }
            _ => None,
        };
        Price { instance, requests, egress, storage }
    }
}

/// What visits cost: one price, or one for each operation that costs anything.
fn by_operation(
    node: &Node,
    component: &str,
    offered: &[(&str, EntryId)],
    reader: &mut Reader<'_>,
) -> Option<Vec<(EntryId, f64)>> {
    let Value::Table(table) = &node.value else {
        let price = amount(node, Dimension::MONEY, reader)?;
        return Some(offered.iter().map(|(_, entry)| (*entry, price)).collect());
    };
    let mut prices = Vec::new();
    for entry in table.iter() {
        match offered.iter().find(|(operation, _)| *operation == entry.name) {
            Some((_, id)) => prices.push((*id, amount(&entry.node, Dimension::MONEY, reader)?)),
            None => {
                let place = format!(" of `{component}`");
                let names: Vec<&str> = offered.iter().map(|(operation, _)| *operation).collect();
                reader.diagnostics.unknown(entry.name_location, "operation", &entry.name, &place, &names);
            }
        }
    }
    Some(prices)
}

/// A price in base units.
fn amount(node: &Node, dimension: Dimension, reader: &mut Reader<'_>) -> Option<f64> {
    let price = reader.quantity(node, dimension)?;
    if price >= 0.0 {
        return Some(price);
    }
    reader.error(node.location, "a price is not negative");
    None
}
