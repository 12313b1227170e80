//! Reads the table of a cache.

use super::super::filling::{Target, read_capacity, read_flag, read_store};
use super::super::{Reading, Work};
use super::leases::LeasePlan;
use super::source::{Ahead, SourcePlan};
use super::spread::{Spread, read_rehash};
use super::writes::{WritePlan, Writing};
use crate::mechanism::eviction::{Capacity, Kind};
use crate::scenario::{Dimension, Location, Named, Node, Table, Value};
use crate::units::Span;

/// What the table of a cache says.
#[derive(Clone, Debug)]
pub struct CacheBlueprint {
    pub(super) capacity: Capacity,
    pub(super) eviction: Kind,
    /// Where it names a policy that has to know the keys.
    pub(super) foresees: Option<Location>,
    pub(super) ttl: Option<Span>,
    /// Whether a hit lets the `ttl` begin anew.
    pub(super) renews: bool,
    pub(super) spread: Spread,
    /// After how long callers turn from lost instances to others, if they do.
    pub(super) rehash: Option<Span>,
    pub(super) source: Option<SourcePlan>,
    pub(super) writes: Option<WritePlan>,
    pub(super) leases: Option<LeasePlan>,
    /// The store of which it has copies.
    pub(super) store: Option<Named>,
    pub(super) service: Option<Work>,
}

impl CacheBlueprint {
    pub(super) fn read_table(reading: &mut Reading<'_, '_>) -> Option<CacheBlueprint> {
        let names: Vec<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        let default = Kind::ALL.iter().position(|kind| *kind == Kind::Lru).expect("it is in the list");
        let capacity = read_capacity(reading);
        let eviction = reading.choice("eviction", &names, default).map(|index| Kind::ALL[index]);
        let ttl = reading.time("ttl");
        let renews = read_flag(reading, "renew", false);
        let needs_ttl = ["renew", "refresh_ahead", "early_expiry"];
        let has_ttl = needs(reading, &needs_ttl, "ttl", reading.get("ttl").is_some());
        let spread = Spread::read(reading);
        let rehash = read_rehash(reading);
        let source = read_source(reading);
        let writes = read_writes(reading);
        let leases = read_leases(reading);
        let store = read_store(reading);
        let service = reading.work("service");
        has_ttl?;
        let eviction = eviction?;
        let foresees = reading.get("eviction").filter(|_| eviction.needs_future());
        let (source, writes, store) = (source?, writes?, store?);
        let known = source.as_ref().map(|source| &source.target);
        let known = known.or(writes.as_ref().map(|writes| &writes.target));
        Some(CacheBlueprint {
            store: store.or_else(|| known.map(|target| target.component.clone())),
            capacity: capacity?,
            foresees: foresees.map(|node| node.location),
            eviction,
            ttl: ttl?,
            renews: renews?,
            spread: spread?,
            rehash: rehash?,
            leases: leases?,
            service: service?,
            source,
            writes,
        })
    }
}

/// Says so of each of these keys that is there without `owner`, which alone gives it a meaning.
fn needs(reading: &mut Reading<'_, '_>, keys: &[&str], owner: &str, is_there: bool) -> Option<()> {
    if is_there {
        return Some(());
    }
    let owner = format!("`{owner}`");
    let found: Vec<Option<()>> = keys.iter().map(|key| reading.only_with(key, &owner)).collect();
    found.into_iter().collect()
}

fn read_source(reading: &mut Reading<'_, '_>) -> Option<Option<SourcePlan>> {
    let Some(node) = reading.get("read_through") else {
        let keys = ["single_flight", "refresh_ahead", "early_expiry", "negative_ttl"];
        needs(reading, &keys, "read_through", false)?;
        return Some(None);
    };
    let target = Target::read(node, reading);
    let single_flight = read_flag(reading, "single_flight", false);
    let ahead = read_ahead(reading);
    let beta = read_beta(reading);
    let negative_ttl = reading.time("negative_ttl");
    Some(Some(SourcePlan {
        target: target?,
        single_flight: single_flight?,
        ahead: ahead?,
        beta: beta?,
        negative_ttl: negative_ttl?,
    }))
}

fn read_ahead(reading: &mut Reading<'_, '_>) -> Option<Option<Ahead>> {
    let Some(node) = reading.get("refresh_ahead") else { return Some(None) };
    let quantity = reading.reader.quantity_of(node, &[Dimension::NONE, Dimension::TIME])?;
    if quantity.dimension == Dimension::NONE {
        return reading.reader.share(node).map(|share| Some(Ahead::Share(share)));
    }
    reading.reader.time(node).map(|time| Some(Ahead::Time(time)))
}

fn read_beta(reading: &mut Reading<'_, '_>) -> Option<Option<f64>> {
    let Some(node) = reading.get("early_expiry") else { return Some(None) };
    let table = own_table(node, "early_expiry", &["beta"], reading)?;
    let Some(node) = table.get("beta") else { return Some(Some(1.0)) };
    let beta = reading.reader.number(node)?;
    if beta <= 0.0 {
        reading.reader.error(node.location, "`beta` is above zero").help("1 is the usual value");
        return None;
    }
    Some(Some(beta))
}

fn read_writes(reading: &mut Reading<'_, '_>) -> Option<Option<WritePlan>> {
    if let (Some(_), Some(back)) = (reading.get("write_through"), reading.entry("write_back")) {
        let message = "a cache has `write_through` or `write_back`, not both";
        reading.reader.error(back.name_location, message);
        return None;
    }
    if let Some(node) = reading.get("write_through") {
        let target = Target::read(node, reading)?;
        return Some(Some(WritePlan { target, writing: Writing::Through }));
    }
    let Some(node) = reading.get("write_back") else { return Some(None) };
    let table = own_table(node, "write_back", &["to", "after", "batch"], reading)?;
    let context = "`write_back`";
    let target = reading.reader.required(table, "to", context).map(|node| Target::read(node, reading));
    let after = reading.reader.required(table, "after", context).map(|node| reading.reader.time(node));
    let batch = match table.get("batch") {
        Some(node) => Some(read_batch(node, reading)?),
        None => None,
    };
    Some(Some(WritePlan { target: target??, writing: Writing::Back { after: after??, batch } }))
}

fn read_batch(node: &Node, reading: &mut Reading<'_, '_>) -> Option<u64> {
    let batch = reading.reader.count(node)?;
    if batch == 0 {
        reading.reader.error(node.location, "`batch` is at least 1");
        return None;
    }
    Some(batch)
}

fn read_leases(reading: &mut Reading<'_, '_>) -> Option<Option<LeasePlan>> {
    let Some(entry) = reading.entry("leases") else { return Some(None) };
    let own = ["read_through", "write_through", "write_back"];
    if let Some(key) = own.into_iter().find(|key| reading.get(key).is_some()) {
        let message = format!("`leases` are for caches that their callers fill, not for one with `{key}`");
        let error = reading.reader.error(entry.name_location, message);
        if key == "read_through" {
            error.help("`single_flight` keeps such a cache from loading a key more than once at a time");
        }
        return None;
    }
    let table = own_table(&entry.node, "leases", &["every", "stale"], reading)?;
    let every = reading.reader.required(table, "every", "`leases`").map(|node| reading.reader.time(node));
    let stale = match table.get("stale") {
        Some(node) => Some(reading.reader.time(node)?),
        None => None,
    };
    Some(Some(LeasePlan { every: every??, stale }))
}

/// The table under a key, without keys that do not belong there.
fn own_table<'n>(
    node: &'n Node,
    key: &str,
    keys: &[&str],
    reading: &mut Reading<'_, '_>,
) -> Option<&'n Table> {
    if !matches!(node.value, Value::Table(_)) {
        let message = format!("`{key}` takes a table, not {}", node.value.noun());
        reading.reader.error(node.location, message).help(format!("its keys: {}", keys.join(", ")));
        return None;
    }
    let table = reading.reader.table(node)?;
    reading.reader.check_keys(table, &format!("`{key}`"), keys);
    Some(table)
}
